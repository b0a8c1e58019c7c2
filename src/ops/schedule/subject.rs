//! One environment, as far as the sweep has to know it, and how soon it is read again.

use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::model::id::{EnvironmentKey, VersionLabel};
use crate::model::instance::Instances;
use crate::model::sighting::{Busy, Observation, Question, Questions};
use crate::ops::port::ProbeTarget;

/// How often versions are read where telling costs a login, unless something has changed.
pub(super) const LOGINS: Duration = Duration::from_secs(900);
/// The longest time from one probe of an environment to the next.
pub(super) const PROBED_AT_LEAST: Duration = Duration::from_secs(60);

/// How soon an environment's details should be read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    Open,
    Urgent,
    Unwell,
    Visible,
    Background,
}

impl Need {
    /// Logins are few, whatever the need; and a probe is cheap.
    pub(super) fn interval_of(self, question: Question) -> Duration {
        match question {
            Question::Versions => LOGINS,
            Question::Probes => self.interval().min(PROBED_AT_LEAST),
            Question::Listing
            | Question::Events
            | Question::Health
            | Question::Instances
            | Question::Resources
            | Question::Record
            | Question::Rollout
            | Question::Runs
            | Question::Alerts
            | Question::Properties
            | Question::Planning => self.interval(),
        }
    }

    pub(super) const fn interval(self) -> Duration {
        Duration::from_secs(match self {
            Self::Open => 5,
            Self::Urgent => 15,
            Self::Unwell | Self::Visible => 30,
            Self::Background => 300,
        })
    }
}

/// A moment for each question. An array, since the sweep looks at thousands a second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments([Option<Instant>; Question::COUNT]);

impl Moments {
    pub(super) const fn none() -> Self {
        Self([None; Question::COUNT])
    }

    pub(super) fn get(&self, question: Question) -> Option<Instant> {
        self.0.get(question as usize).copied().flatten()
    }

    pub(super) fn set(&mut self, question: Question, at: Instant) {
        if let Some(slot) = self.0.get_mut(question as usize) {
            *slot = Some(at);
        }
    }

    pub(super) fn clear(&mut self, question: Question) {
        if let Some(slot) = self.0.get_mut(question as usize) {
            *slot = None;
        }
    }
}

/// One environment, as far as the sweep has to know it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may hold beside any other")]
pub(super) struct Subject {
    /// The questions worth asking about it.
    pub(super) questions: Questions,
    /// What its listing tells whoever probes it; none where nobody does.
    pub(super) target: Option<ProbeTarget>,
    /// Whether its listing tells how it is: else the answers about it do.
    pub(super) is_judged_by_listing: bool,
    /// What its machines are, in one number, as they were last read.
    pub(super) machines: Option<u64>,
    /// The version that its listing told last.
    pub(super) version: Option<VersionLabel>,
    pub(super) unwell: bool,
    pub(super) busy: bool,
    /// Whether its instances run different versions, as they were last read.
    pub(super) mixed: bool,
    /// When each question was last asked.
    pub(super) asked: Moments,
    /// Not to be asked before.
    pub(super) resting: Moments,
    /// In which listing it was last seen.
    pub(super) generation: u64,
}

impl Subject {
    /// One of which nothing is known: what nobody tells how it is, a person should look at.
    pub(super) const fn new() -> Self {
        Self {
            questions: Questions::none(),
            target: None,
            is_judged_by_listing: false,
            machines: None,
            version: None,
            unwell: true,
            busy: false,
            mixed: false,
            asked: Moments::none(),
            resting: Moments::none(),
            generation: 0,
        }
    }

    /// Whether a person should look at it.
    pub(super) const fn is_pressing(&self) -> bool {
        self.unwell || self.busy || self.mixed
    }

    /// Takes from an answer what it tells of this environment's need to be read.
    pub(super) fn learn(&mut self, key: &EnvironmentKey, observation: &Observation) {
        let Observation::Seen(sighting) = observation else { return };
        let Some((_, reading)) = sighting.readings.iter().find(|(other, _)| other == key) else { return };
        if let Some(instances) = &reading.instances {
            self.mixed = instances.mixed();
            let machines = fingerprint(instances);
            if self.machines.is_some_and(|before| before != machines) {
                self.asked.clear(Question::Versions);
            }
            self.machines = Some(machines);
        }
        if !self.is_judged_by_listing && (reading.health.is_some() || reading.instances.is_some()) {
            // Where nobody judges it at all, asking more often tells no more.
            self.unwell = reading.health.as_ref().is_some_and(|health| health.level.needs_attention());
        }
        if let Some(busy) = reading.busy {
            self.set_busy(matches!(busy, Busy::With(_)));
        }
    }

    /// Another version was deployed, perhaps between two listings: what its instances run, and how they are, is told by
    /// themselves, and nobody should wait for their turn.
    pub(super) fn set_version(&mut self, version: Option<&VersionLabel>) {
        let Some(version) = version else { return };
        if self.version.as_ref().is_some_and(|before| before != version) {
            for question in [Question::Instances, Question::Health, Question::Versions] {
                self.asked.clear(question);
            }
        }
        self.version = Some(version.clone());
    }

    /// What was deployed may be known only once the deploy is over.
    pub(super) fn set_busy(&mut self, busy: bool) {
        if self.busy && !busy {
            self.asked.clear(Question::Versions);
        }
        self.busy = busy;
    }
}

/// Which machines these are.
pub(super) fn fingerprint(instances: &Instances) -> u64 {
    let mut ids: Vec<&str> = instances.each.iter().map(|instance| instance.id.as_str()).collect();
    ids.sort_unstable();
    let mut hasher = std::hash::DefaultHasher::new();
    for id in ids {
        id.hash(&mut hasher);
    }
    hasher.finish()
}
