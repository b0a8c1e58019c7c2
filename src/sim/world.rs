//! The world: everything that is true in the simulated cloud, and its clock.
//!
//! Owns the environments, the queue of what will happen, and the one way in
//! which time passes: [`World::advance_to`] carries out what is due, each at
//! its own exact moment. Never reads the machine's clock and never ticks.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use crate::application::Application;
use crate::chance::Draws;
use crate::circleci::CircleCi;
use crate::compute::Compute;
use crate::environment::{Environment, Name, Place, Status};
use crate::events::{Event, Journal, Severity};
use crate::faults::Faults;
use crate::github::Github;
use crate::github::motion::At;
use crate::health::{self, Light};
use crate::history::{Activity, Row};
use crate::host::HostApp;
use crate::logs::Logs;
use crate::moment::{Millis, Moment};
use crate::motion::Change;
use crate::registry::ImageRepository;
use crate::script::Script;

/// A key, and the account and identity that it stands for.
#[derive(Clone, Debug)]
pub struct Account {
    /// Twelve digits.
    pub id: Name,
    /// What requests are signed with.
    pub access_key: Name,
    /// Its other half.
    pub secret_key: Name,
    /// The ARN of who that is.
    pub caller: Name,
}

/// A role that nobody assumes without the code of a device.
#[derive(Clone, Debug)]
pub struct MfaRole {
    /// Its ARN.
    pub arn: Name,
    /// The serial number of the device.
    pub serial: Name,
    /// The code that it shows.
    pub code: Name,
}

/// What one account has in one region.
#[derive(Debug, Default)]
pub struct Site {
    /// Its environments, in the order they were made.
    pub environments: Vec<usize>,
    /// The live environment of each name.
    pub names: HashMap<Name, usize>,
    /// Its applications.
    pub applications: BTreeMap<Name, Application>,
    /// Its events.
    pub journal: Journal,
}

/// What is due at a moment.
#[derive(Debug)]
pub enum What {
    /// The next change of an operation.
    Change {
        /// The environment.
        slot: usize,
        /// The operation it belongs to; void once another one runs.
        operation: u64,
        /// The change.
        change: Change,
    },
    /// A line of the script.
    Script(usize),
    /// The end of an incident, where it is still the same one.
    Recover {
        /// The environment.
        slot: usize,
        /// Which incident.
        incident: u64,
    },
    /// The next step of a job, where it is still that turn of it.
    Job(At, u64),
    /// Something of an app on a host.
    Host(crate::host::Due),
    /// Something of machines or targets.
    Compute(crate::compute::Due),
}

#[derive(Debug)]
struct Due {
    at: Moment,
    turn: u64,
    what: What,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.turn) == (other.at, other.turn)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.turn).cmp(&(other.at, other.turn))
    }
}

/// Everything there is.
#[derive(Debug)]
pub struct World {
    /// What repeats everything.
    pub seed: u64,
    /// When it was started.
    pub started: Moment,
    /// From when on there is history: earlier than the start, where a scenario
    /// lets things happen before it.
    pub origin: Moment,
    /// How far it has come.
    pub now: Moment,
    /// Scripted things happen that many times sooner.
    pub speed: f64,
    /// Who can be asked for.
    pub accounts: Vec<Account>,
    /// Roles that want a code.
    pub mfa_roles: Vec<MfaRole>,
    /// The regions that the accounts have enabled.
    pub regions: Vec<Name>,
    /// What is where.
    pub sites: BTreeMap<Place, Site>,
    /// Every environment there has been; its place here never changes.
    pub environments: Vec<Environment>,
    /// EC2 instances of their own and target groups.
    pub compute: Compute,
    /// Apps on hosts; the place of one never changes.
    pub hosts: Vec<HostApp>,
    /// Repositories of container images.
    pub registry: Vec<ImageRepository>,
    /// What a scenario wants to happen.
    pub scripts: Vec<Script>,
    /// What is written into logs.
    pub logs: Logs,
    /// Repositories and what goes on in them.
    pub github: Github,
    /// Projects that CircleCI builds.
    pub circleci: CircleCi,
    /// How the server misbehaves.
    pub faults: Faults,
    /// What ids are drawn from.
    pub draws: Draws,
    queue: BinaryHeap<Reverse<Due>>,
    turns: u64,
}

impl World {
    /// An empty world that begins at `origin`.
    #[must_use]
    pub fn new(seed: u64, origin: Moment, pace: f64) -> Self {
        Self {
            seed,
            started: origin,
            origin,
            now: origin,
            speed: pace,
            accounts: Vec::new(),
            mfa_roles: Vec::new(),
            regions: Vec::new(),
            sites: BTreeMap::new(),
            environments: Vec::new(),
            compute: Compute::default(),
            hosts: Vec::new(),
            registry: Vec::new(),
            scripts: Vec::new(),
            logs: Logs::default(),
            github: Github::default(),
            circleci: CircleCi::default(),
            faults: Faults::new(seed),
            draws: Draws::new(seed),
            queue: BinaryHeap::new(),
            turns: 0,
        }
    }

    /// Lets time pass up to `now`: what is due happens, in order, each at its
    /// own moment. Time that has passed already stays passed.
    pub fn advance_to(&mut self, now: Moment) {
        while self.queue.peek().is_some_and(|Reverse(due)| due.at <= now) {
            let Some(Reverse(due)) = self.queue.pop() else {
                break;
            };
            self.now = self.now.max(due.at);
            match due.what {
                What::Change { slot, operation, change } => self.change(slot, operation, change),
                What::Script(index) => self.perform(index),
                What::Recover { slot, incident } => self.end_incident(slot, incident),
                What::Job(at, turn) => self.step(at, turn),
                What::Compute(due) => self.compute_due(due),
                What::Host(due) => self.host_due(due),
            }
        }
        self.now = self.now.max(now);
        let started = self.now;
        self.faults.expire(started);
    }

    /// Makes `what` happen at `at`.
    pub fn schedule(&mut self, at: Moment, what: What) {
        self.turns += 1;
        self.queue.push(Reverse(Due { at, turn: self.turns, what }));
    }

    /// A scripted length at the speed of this world.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "lengths of scripts are far below 2^52 ms")]
    pub fn scaled(&self, length: Millis) -> Millis {
        (length as f64 / self.speed) as Millis
    }

    /// The site of a place, where there is anything.
    #[must_use]
    pub fn site(&self, place: &Place) -> Option<&Site> {
        self.sites.get(place)
    }

    /// The live environment of that name.
    #[must_use]
    pub fn named(&self, place: &Place, name: &str) -> Option<usize> {
        self.site(place)?.names.get(name).copied()
    }

    /// The environment of that id, terminated ones included.
    #[must_use]
    pub fn identified(&self, place: &Place, id: &str) -> Option<usize> {
        let slots = &self.site(place)?.environments;
        slots.iter().rev().copied().find(|&slot| self.environments.get(slot).is_some_and(|environment| &*environment.id == id))
    }

    /// The environments of a place, in the order they were made.
    pub fn of(&self, place: &Place) -> impl Iterator<Item = &Environment> {
        self.site(place).into_iter().flat_map(|site| &site.environments).filter_map(|&slot| self.environments.get(slot))
    }

    /// Puts an environment into the world.
    pub fn add(&mut self, environment: Environment) -> usize {
        let slot = self.environments.len();
        let site = self.sites.entry(environment.place.clone()).or_default();
        site.environments.push(slot);
        site.names.insert(Arc::clone(&environment.name), slot);
        self.environments.push(environment);
        slot
    }

    /// Writes an event about the environment, for the running operation's request.
    pub fn say(&mut self, slot: usize, severity: Severity, message: impl Into<String>) {
        let operation = self.environments.get(slot).and_then(|environment| environment.operation.as_ref());
        let request = operation.map(|operation| Arc::clone(&operation.request));
        self.tell(slot, severity, request, message.into());
    }

    /// Writes an event about the environment, for a request or for none.
    pub fn tell(&mut self, slot: usize, severity: Severity, request: Option<Name>, message: String) {
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let event = Event {
            number: 0,
            at: self.now,
            visible: self.now,
            severity,
            app: Arc::clone(&environment.app),
            environment: Some(Arc::clone(&environment.name)),
            environment_id: Some(Arc::clone(&environment.id)),
            label: None,
            request,
            message,
        };
        self.sites.entry(environment.place.clone()).or_default().journal.add(event);
    }

    /// After any change: works out the health anew, tells of its transition,
    /// and notes what is true from now on.
    pub fn settle(&mut self, slot: usize) {
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        environment.rendered = None;
        let before = environment.health.light;
        environment.health = health::assess(environment);
        let after = environment.health.light;
        let told = environment.settings.enhanced && before != after && before != Light::NoData && environment.status != Status::Terminated;
        if told {
            let message = transition(before, after, &environment.health.causes);
            let severity = if matches!(after, Light::Warning | Light::Degraded | Light::Severe) { Severity::Warn } else { Severity::Info };
            // Health is nobody's request.
            self.tell(slot, severity, None, message);
        }
        let now = self.now;
        if let Some(environment) = self.environments.get_mut(slot) {
            let row = environment.listed().then(|| row(environment, now));
            environment.history.note(now, row);
            self.logs.lives.note(slot, &environment.instances, now);
        }
    }
}

fn transition(before: Light, after: Light, causes: &[String]) -> String {
    let mut message = format!("Environment health has transitioned from {} to {}.", before.word(), after.word());
    for cause in causes {
        message.push(' ');
        message.push_str(cause);
    }
    message
}

/// The truth about an environment now.
fn row(environment: &Environment, now: Moment) -> Row {
    Row {
        label: Arc::clone(&environment.label),
        level: health::level(environment),
        causes: Arc::clone(&environment.health.causes),
        activity: activity(environment),
        total: environment.instances.len(),
        healthy: health::healthy(environment, now),
        versions: environment.versions().into(),
    }
}

fn activity(environment: &Environment) -> Option<Activity> {
    let operation = environment.operation.as_ref()?;
    Some(Activity {
        kind: operation.kind.word(),
        done: (operation.kind == crate::environment::Kind::Deploy).then(|| environment.deployed()),
        since: operation.since,
    })
}
