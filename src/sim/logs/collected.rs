//! What Elastic Beanstalk collects from instances: the ends of their log files, in one text for each instance.

use std::fmt::Write as _;

use super::shelf;
use super::stream::{Life, Stream, written_files};
use crate::chance::mix;
use crate::environment::Environment;
use crate::moment::{MINUTE, Moment};
use crate::world::World;

/// How many lines of each file are collected (AWS, "Viewing logs from Amazon EC2 instances": the last 100).
const LINES: usize = 100;
/// How far back they are looked for.
const LOOKED_BACK: i64 = 5 * MINUTE;
/// For how long a link to it leads anywhere.
pub const AGE: i64 = 15 * MINUTE;

/// What signs a link to what was collected of an environment at that moment.
#[must_use]
pub fn signature(environment: &Environment, at: Moment) -> String {
    format!("{:016x}", mix(environment.number(), at.millis().unsigned_abs()))
}

/// What such a link leads to: `instance` collected for the environment with this id; nothing for a link that is too old
/// or that nobody signed.
#[must_use]
pub fn text(world: &mut World, id: &str, instance: &str, signed: &str) -> Option<String> {
    let now = world.now;
    let slot = world.environments.iter().position(|environment| *environment.id == *id)?;
    let environment = world.environments.get(slot)?;
    let (_, at) = environment.collected.iter().find(|(kind, _)| kind == "tail")?;
    let at = *at;
    if now.since(at) > AGE || signature(environment, at) != signed {
        return None;
    }
    let found = environment.instances.iter().find(|known| known.name() == instance)?;
    let life = Life { instance: found.id, from: found.launched, until: None };
    let files = written_files(environment);
    let mut text = String::new();
    for file in files {
        let rule = "-".repeat(40);
        let _ = write!(text, "\n\n{rule}\n{}\n{rule}\n", file.path);
        let mut lines: Vec<String> = Vec::new();
        shelf::written(world, &Stream { slot, file, life }, at.plus(-LOOKED_BACK), at, |line| lines.push(line.text.clone()));
        for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
            text.push_str(line);
            text.push('\n');
        }
    }
    Some(text)
}
