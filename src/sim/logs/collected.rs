//! What Elastic Beanstalk collects from instances: the ends of their log files, in one text for each instance.

use std::fmt::Write as _;

use super::shelf;
use super::stream::{Life, Stream, written_files};
use crate::chance::mix;
use crate::environment::{Environment, Instance};
use crate::moment::{MINUTE, Millis, Moment, SECOND};
use crate::world::World;

/// How many lines of each file are collected (AWS, "Viewing logs from Amazon EC2 instances": the last 100).
const LINES: usize = 100;
/// How far back they are looked for.
const LOOKED_BACK: i64 = 5 * MINUTE;
/// For how long a link to it leads anywhere.
pub const AGE: i64 = 15 * MINUTE;

/// How long the quickest agent takes until it has sent what it has.
const QUICKEST: Millis = 3 * SECOND;
/// How much longer the next one takes, and how many take different times.
const SLOWER: Millis = 2 * SECOND;
const DIFFERENT: usize = 4;

/// What instances have sent of a kind by now, and when each took it: every agent takes its own time, and what was sent
/// for an earlier request stays until it is too old.
pub fn sent<'e>(environment: &'e Environment, kind: &'e str, now: Moment) -> impl Iterator<Item = (&'e Instance, Moment)> {
    let requests = environment.collected.iter().filter(move |(known, _)| *known == kind);
    let samples = requests.flat_map(|(_, asked)| {
        let each = environment.instances.iter().enumerate();
        each.map(|(index, instance)| (instance, asked.plus(QUICKEST + SLOWER * i64::try_from(index % DIFFERENT).unwrap_or(0))))
    });
    samples.filter(move |(_, at)| (0..AGE).contains(&now.since(*at)))
}

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
    let (found, at) =
        sent(environment, "tail", now).find(|(known, at)| known.name() == instance && signature(environment, *at) == signed)?;
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
