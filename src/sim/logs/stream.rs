//! Log groups and streams: one group for each file of an environment, one stream in it for each instance.
//!
//! Owns their names (Elastic Beanstalk's) and when each instance lived. Never writes a line.

use std::collections::{BTreeMap, HashMap};

use crate::environment::{Environment, Instance, Place, instance_name};
use crate::history::KEPT;
use crate::moment::{MINUTE, Millis, Moment};
use crate::world::World;

/// For how long lines can be read: how an environment was before that is not known.
pub const READABLE: Millis = KEPT - 10 * MINUTE;

/// What is written into a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// The agent that carries out deploys.
    Engine,
    /// The requests.
    Access,
    /// What the proxy complains of.
    ProxyError,
    /// An application behind a supervisor: `web (stderr) | …`.
    Supervised,
    /// An application that writes JSON.
    Json,
    /// What an application says.
    Out,
    /// What it complains of.
    Err,
    /// Both again.
    Combined,
}

/// A file whose lines are streamed.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its path.
    pub path: &'static str,
    /// What is in it.
    pub content: Content,
}

const fn file(path: &'static str, content: Content) -> File {
    File { path, content }
}

const DOCKER: [File; 4] = [
    file("/var/log/eb-docker/containers/eb-current-app/stdouterr.log", Content::Supervised),
    file("/var/log/eb-engine.log", Content::Engine),
    file("/var/log/nginx/access.log", Content::Access),
    file("/var/log/nginx/error.log", Content::ProxyError),
];
const PYTHON: [File; 4] = [
    file("/var/log/eb-engine.log", Content::Engine),
    file("/var/log/nginx/access.log", Content::Access),
    file("/var/log/nginx/error.log", Content::ProxyError),
    file("/var/log/web.stdout.log", Content::Json),
];
// As pm2 writes them: one file for each output, and one with both.
const NODE: [File; 6] = [
    file("/var/log/eb-engine.log", Content::Engine),
    file("/var/log/nginx/access.log", Content::Access),
    file("/var/log/nginx/error.log", Content::ProxyError),
    file("/var/log/pm2/api-combined-0.log", Content::Combined),
    file("/var/log/pm2/api-error-0.log", Content::Err),
    file("/var/log/pm2/api-out-0.log", Content::Out),
];

/// The files of an environment that are streamed, by their names.
#[must_use]
pub fn files(environment: &Environment) -> &'static [File] {
    if environment.settings.stream_logs { written_files(environment) } else { &[] }
}

/// The files that its instances write, streamed or not.
#[must_use]
pub fn written_files(environment: &Environment) -> &'static [File] {
    match environment.settings.stack.branch {
        "Docker" => &DOCKER,
        "Node.js 20" => &NODE,
        _ => &PYTHON,
    }
}

/// The group of a file.
#[must_use]
pub fn group_name(environment: &Environment, file: &File) -> String {
    format!("/aws/elasticbeanstalk/{}{}", environment.name, file.path)
}

/// From when to when an instance wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// The number in its id.
    pub instance: u64,
    /// When it was launched.
    pub from: Moment,
    /// When it was gone.
    pub until: Option<Moment>,
}

impl Life {
    /// Whether it wrote at that moment.
    #[must_use]
    pub fn covers(&self, at: Moment) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// The instances of every environment, gone ones included.
#[derive(Debug, Default)]
pub struct Lives {
    of: HashMap<usize, Vec<Life>>,
}

impl Lives {
    /// Notes which instances an environment has from now on.
    pub fn note(&mut self, slot: usize, instances: &[Instance], now: Moment) {
        let lives = self.of.entry(slot).or_default();
        for life in lives.iter_mut().filter(|life| life.until.is_none()) {
            if !instances.iter().any(|instance| instance.id == life.instance) {
                life.until = Some(now);
            }
        }
        for instance in instances {
            if !lives.iter().any(|life| life.instance == instance.id && life.until.is_none()) {
                lives.push(Life { instance: instance.id, from: instance.launched, until: None });
            }
        }
        lives.retain(|life| life.until.is_none_or(|until| until > now.plus(-READABLE)));
    }

    /// Those of one environment, in the order in which they came.
    #[must_use]
    pub fn of(&self, slot: usize) -> &[Life] {
        self.of.get(&slot).map_or(&[], Vec::as_slice)
    }
}

/// A stream.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    /// The environment.
    pub slot: usize,
    /// The file.
    pub file: &'static File,
    /// The instance.
    pub life: Life,
}

impl Stream {
    /// Its name: the instance's id.
    #[must_use]
    pub fn name(&self) -> String {
        instance_name(self.life.instance)
    }
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Whose it is. A name that was used again has several.
    pub slots: Vec<usize>,
    /// The file.
    pub file: &'static File,
    /// When it was made.
    pub created: Moment,
    /// For how many days lines are kept.
    pub retention_days: u32,
}

/// The groups of a place, by name.
#[must_use]
pub fn groups(world: &World, place: &Place) -> Vec<Group> {
    groups_of(world, place, |_| true)
}

/// The group of that name.
#[must_use]
pub fn group(world: &World, place: &Place, name: &str) -> Option<Group> {
    let environment = name.strip_prefix("/aws/elasticbeanstalk/")?.split('/').next()?;
    groups_of(world, place, |found| &*found.name == environment).into_iter().find(|group| group.name == name)
}

fn groups_of(world: &World, place: &Place, is_wanted: impl Fn(&Environment) -> bool) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let slots = world.site(place).map_or(&[][..], |site| &site.environments);
    for &slot in slots {
        let Some(environment) = world.environments.get(slot).filter(|environment| is_wanted(environment)) else { continue };
        for file in files(environment) {
            let name = group_name(environment, file);
            let (created, retention_days) = (environment.created, environment.settings.retention_days);
            let made = || Group { name: name.clone(), slots: Vec::new(), file, created, retention_days };
            groups.entry(name.clone()).or_insert_with(made).slots.push(slot);
        }
    }
    groups.into_values().collect()
}

/// The streams of a group, by name.
#[must_use]
pub fn streams(world: &World, group: &Group) -> Vec<Stream> {
    let of = |&slot: &usize| world.logs.lives.of(slot).iter().map(move |&life| Stream { slot, file: group.file, life });
    let mut streams: Vec<Stream> = group.slots.iter().flat_map(of).collect();
    streams.sort_by_key(|stream| stream.life.instance);
    streams
}
