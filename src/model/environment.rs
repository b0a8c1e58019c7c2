//! One environment as it is to be believed: which source wins, and how old each value is.
//!
//! Version, activity and health are separate facts; each carries when it was
//! asked for. A value that a failed reading could not renew stays, with its
//! age and the fault beside it.

mod console;
mod health;
mod odd;
mod orphan;
mod preview;
mod took;
mod unknown;
pub(super) mod version;

use std::sync::Arc;

use super::activity::{Activity, ActivityKind};
use super::catalogue::{Declared, Placement, Tier};
use super::clock::{Stamp, Timestamp};
use super::event::{Meaning, PlatformEvent};
use super::fault::{Fault, FaultKind};
use super::fleet::{Fleet, Record, Slot, SourceState};
use super::health::Traffic;
use super::id::{AppName, EnvironmentKey, Sha, VersionLabel};
use super::instance::{Instances, Silence};
use super::planning::Planning;
use super::property::Properties;
use super::sighting::{Busy, Identity, Question, Reading, Source};
use super::strategy::Strategy;
use super::tagged::PullRequest;
use super::version::{Confidence, Stated, VersionSource};

pub use health::Word;
pub use preview::{Doubt, Need};

/// By how much the platform's record of the last change may come after the event that tells of it.
const BEGAN_TOLERANCE: std::time::Duration = std::time::Duration::from_millis(250);

/// A value with the moment it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// When it was asked for.
    pub at: Timestamp,
}

/// What runs, as it is to be believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Version {
    /// As the platform gives it.
    pub label: VersionLabel,
    /// The commit it stands for.
    pub sha: Option<Sha>,
    /// Where it was read.
    pub source: VersionSource,
    /// How sure.
    pub confidence: Confidence,
}

/// A version that is not believed, since another one is known that is surer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Disagreement<'a> {
    /// What was stated.
    pub stated: &'a Stated,
    /// The commit it stands for.
    pub sha: &'a Sha,
}

/// One environment of a [`Fleet`], borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct Environment<'a> {
    fleet: &'a Fleet,
    known: Known<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Known<'a> {
    Seen { record: &'a Record, listing: &'a Slot },
    Declared(&'a Declared),
}

impl<'a> Environment<'a> {
    pub(super) const fn seen(fleet: &'a Fleet, record: &'a Record, listing: &'a Slot) -> Self {
        Self { fleet, known: Known::Seen { record, listing } }
    }

    pub(super) const fn declared(fleet: &'a Fleet, entry: &'a Declared) -> Self {
        Self { fleet, known: Known::Declared(entry) }
    }

    const fn record(&self) -> Option<&'a Record> {
        match self.known {
            Known::Seen { record, .. } => Some(record),
            Known::Declared(_) => None,
        }
    }

    fn listed(&self) -> Option<(Timestamp, &'a Reading)> {
        match self.known {
            Known::Seen { listing, .. } => listing.answer.as_ref().map(|(stamp, reading)| (stamp.asked_at, reading)),
            Known::Declared(_) => None,
        }
    }

    /// The latest answer to a question about details.
    ///
    /// Names are reused: an answer from before this environment was created
    /// tells of another one.
    fn answer(&self, question: Question) -> Option<(Timestamp, &'a Reading)> {
        let (_, stamp, reading) = self.record()?.latest(question)?;
        let created = self.identity().and_then(|identity| identity.created_at);
        created.is_none_or(|created| created <= stamp.asked_at).then_some((stamp.asked_at, reading))
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> EnvironmentKey {
        match self.known {
            Known::Seen { record, .. } => record.key.clone(),
            Known::Declared(entry) => entry.key(),
        }
    }

    /// Its key, borrowed, where it has been seen.
    #[must_use]
    pub fn seen_key(&self) -> Option<&'a EnvironmentKey> {
        self.record().map(|record| &record.key)
    }

    /// Whether it is only declared: no listing has held it.
    #[must_use]
    pub const fn is_unseen(&self) -> bool {
        matches!(self.known, Known::Declared(_))
    }

    /// Who declares it while it has not been seen; the configuration itself where nobody else does.
    #[must_use]
    pub fn declared_by(&self) -> Option<&'a str> {
        match self.known {
            Known::Seen { .. } => None,
            Known::Declared(entry) => entry.by.as_deref(),
        }
    }

    /// Which listing holds it.
    #[must_use]
    pub const fn source(&self) -> Option<&'a Source> {
        match self.known {
            Known::Seen { listing, .. } => Some(&listing.source),
            Known::Declared(_) => None,
        }
    }

    /// Its app.
    #[must_use]
    pub fn app(&self) -> AppName {
        self.app_ref().cloned().unwrap_or_else(|| AppName::from("unassigned"))
    }

    /// Its app, borrowed; `None` where nobody said.
    #[must_use]
    pub fn app_ref(&self) -> Option<&'a AppName> {
        match self.known {
            Known::Seen { record, .. } => record.placement.as_ref().map(|placement: &Placement| &placement.app),
            Known::Declared(entry) => entry.app.as_ref(),
        }
    }

    /// What it is for.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self.known {
            Known::Seen { record, .. } => record.placement.as_ref().map_or(Tier::Unknown, |placement| placement.tier),
            Known::Declared(entry) => entry.tier.unwrap_or_else(|| Tier::told_by(entry.name.as_str())),
        }
    }

    /// When the listing that tells of it was asked for.
    #[must_use]
    pub fn listed_at(&self) -> Option<Timestamp> {
        self.listed().map(|(at, _)| at)
    }

    /// What the listing tells of it beside its state.
    #[must_use]
    pub fn identity(&self) -> Option<&'a Identity> {
        self.listed()?.1.identity.as_deref()
    }

    /// Its instances, each with its version where a question of its own told it.
    #[must_use]
    pub fn instances(&self) -> Option<Told<&'a Instances>> {
        let of = |(at, reading): (Timestamp, &'a Reading)| reading.instances.as_ref().map(|value| Told { value, at });
        let answers = [Question::Instances, Question::Resources, Question::Versions];
        let told = answers.into_iter().filter_map(|question| self.answer(question).and_then(of)).max_by_key(|told| told.at)?;
        let merged = self.record().and_then(|record| record.merged.as_deref()).filter(|_| self.answer(Question::Versions).is_some());
        Some(Told { value: merged.unwrap_or(told.value), at: told.at })
    }

    /// The pull request that it is a preview of, where GitHub has told of it.
    #[must_use]
    pub fn pull(&self) -> Option<Told<&'a PullRequest>> {
        let (at, reading) = self.answer(Question::Record)?;
        reading.pull.as_deref().map(|value| Told { value, at })
    }

    /// Its requests.
    #[must_use]
    pub fn traffic(&self) -> Option<Told<Traffic>> {
        let (at, reading) = self.answer(Question::Health)?;
        reading.traffic.map(|value| Told { value, at })
    }

    /// What goes on, as far as it is known; `Some` with `None` inside: nothing does.
    #[must_use]
    pub fn activity(&self) -> Option<Told<Option<Activity>>> {
        let (at, busy) = self.busy()?;
        match busy {
            Busy::No => Some(Told { value: None, at }),
            Busy::With(activity) => Some(self.refine(activity, at)),
        }
    }

    /// What a listing tells of what goes on, else the newest answer that does.
    fn busy(&self) -> Option<(Timestamp, Busy)> {
        let of = |(at, reading): (Timestamp, &Reading)| reading.busy.map(|busy| (at, busy));
        let told = || {
            [Question::Health, Question::Instances, Question::Versions, Question::Runs]
                .into_iter()
                .filter_map(|question| self.answer(question))
        };
        self.listed().and_then(of).or_else(|| told().filter_map(of).max_by_key(|(at, _)| *at))
    }

    /// Whether something goes on.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self.busy(), Some((_, Busy::With(_))))
    }

    /// What kind of thing goes on, from the events, and how far it is, from the instances.
    ///
    /// Progress is only taken from a reading made after the start: an earlier
    /// one tells of the deployment before. One that was made after the listing
    /// counts only while an instance is still at it, since the listing cannot
    /// tell that all was not over by then. With progress, the age is the reading's.
    fn refine(&self, listed: Activity, at: Timestamp) -> Told<Option<Activity>> {
        let mut activity = listed;
        // What has begun since the listing was asked for is not what that found at work, where something was then.
        if let Some((kind, since)) = self.began(Some(at)).or_else(|| self.began(None)) {
            let fits = activity.kind == ActivityKind::Unknown || activity.kind == kind;
            if fits {
                activity.kind = kind;
                activity.since = Some(since);
            }
        }
        let deploys = matches!(activity.kind, ActivityKind::Deploy | ActivityKind::Roll);
        let (Some(since), Some(instances), Some(label)) = (activity.since, self.instances(), self.label()) else {
            return Told { value: Some(activity), at };
        };
        let ongoing = instances.at <= at || instances.value.is_deploying();
        // A listing from before the start names the version of the deployment before.
        if !deploys || at < since || instances.at < since || !ongoing || !instances.value.deployments_known() {
            return Told { value: Some(activity), at };
        }
        activity.done = u32::try_from(instances.value.finished(label, since)).ok();
        activity.total = u32::try_from(instances.value.total()).ok();
        Told { value: Some(activity), at: instances.at }
    }

    /// What began last, if nothing has ended since and the platform has not changed the
    /// environment since: then something else has begun of which no event tells yet. As it was at a moment, where one is named.
    fn began(&self, until: Option<Timestamp>) -> Option<(ActivityKind, Timestamp)> {
        let last = self.record()?.events.iter().rev().filter(|event| until.is_none_or(|until| event.at <= until));
        let mut relevant = last.filter_map(|event| event.meaning.map(|meaning| (meaning, event.at)));
        let (kind, since) = relevant.find_map(|(meaning, at)| match meaning {
            Meaning::Began(kind) => Some(Some((kind.0, at))),
            Meaning::Ended | Meaning::Failed => Some(None),
            Meaning::HealthChanged { .. } | Meaning::InstancesChanged => None,
        })??;
        let updated = self.identity().and_then(|identity| identity.updated_at);
        updated.is_none_or(|updated| updated <= since + BEGAN_TOLERANCE).then_some((kind, since))
    }

    /// Its events, newest first.
    pub fn events(&self) -> impl Iterator<Item = &'a PlatformEvent> {
        self.record().into_iter().flat_map(|record| record.events.iter().rev())
    }

    /// Why its values may be old: the listing's fault, else that of a detail.
    #[must_use]
    pub fn fault(&self) -> Option<Told<&'a Fault>> {
        self.listing_fault().or_else(|| self.detail_fault())
    }

    /// The fault of the listing that tells of it, where it has not answered since.
    #[must_use]
    pub fn listing_fault(&self) -> Option<Told<&'a Fault>> {
        let current = match self.known {
            Known::Seen { listing, .. } => self.fleet.source(&listing.source)?.current_fault(),
            Known::Declared(entry) => self.fleet.listing_fault(&entry.key()),
        };
        current.map(|(stamp, value)| Told { value, at: stamp.asked_at })
    }

    /// Its environment properties, without their values.
    #[must_use]
    pub fn properties(&self) -> Option<Told<&'a Properties>> {
        let (at, reading) = self.answer(Question::Properties)?;
        reading.properties.as_deref().map(|value| Told { value, at })
    }

    /// How a version is brought to its instances, and between how many it keeps.
    #[must_use]
    pub fn strategy(&self) -> Option<Told<&'a Strategy>> {
        let (at, reading) = self.answer(Question::Properties)?;
        reading.strategy.as_ref().map(|value| Told { value, at })
    }

    /// What has to be known to plan a change of it, where somebody plans one.
    #[must_use]
    pub fn planning(&self) -> Option<Told<&'a Planning>> {
        let (at, reading) = self.answer(Question::Planning)?;
        reading.planning.as_deref().map(|value| Told { value, at })
    }

    /// When this question was last answered, about this environment or, where it is put to a whole scope, about that.
    #[must_use]
    pub fn answered_at(&self, question: Question) -> Option<Timestamp> {
        let own = self.answer(question).map(|(at, _)| at);
        // An answer about another environment tells nothing of this one.
        let scope = self.scope_state(question).filter(|_| question.is_of_a_scope());
        let scope = scope.and_then(|state| state.answered).map(|stamp| stamp.asked_at);
        own.max(scope)
    }

    /// Why this question has not been answered since, where it failed.
    #[must_use]
    pub fn fault_of(&self, question: Question) -> Option<Told<&'a Fault>> {
        let own = self.standing_faults().filter(|(asked, _, _)| *asked == question).map(|(_, stamp, fault)| (stamp, fault));
        let scope = self.scope_state(question).and_then(SourceState::current_fault);
        own.chain(scope).max_by_key(|(stamp, _)| *stamp).map(|(stamp, value)| Told { value, at: stamp.asked_at })
    }

    /// What is known of the source that answers this question for the whole scope it is in.
    fn scope_state(&self, question: Question) -> Option<&'a SourceState> {
        let scope = Arc::clone(&self.source()?.scope);
        self.fleet.source(&Source { question, scope })
    }

    /// The latest fault of a question about this environment alone.
    ///
    /// What the platform does not offer for it (basic health) is no fault.
    #[must_use]
    pub fn detail_fault(&self) -> Option<Told<&'a Fault>> {
        self.detail_faults().max_by_key(|told| told.at)
    }

    fn detail_faults(&self) -> impl Iterator<Item = Told<&'a Fault>> {
        // Why something cannot be planned is told with the plan.
        // What stands in for the platform's own health may be refused while there is nothing to look at yet.
        let stands_in = self.identity().is_some_and(|identity| identity.answers.holds(Question::Resources));
        let real = move |fault: &Fault| fault.kind != FaultKind::Unsupported && (!stands_in || fault.kind != FaultKind::Refused);
        self.standing_faults()
            .filter(move |(question, _, fault)| *question != Question::Planning && real(fault))
            .map(|(_, stamp, value)| Told { value, at: stamp.asked_at })
    }

    /// The faults of questions about this environment alone that the next answer would end.
    ///
    /// No answer comes to a question that is not asked any more, since the platform tells
    /// health another way now. Through another connection it may have been answered since.
    /// And what failed before this environment was created was about another of its name.
    fn standing_faults(&self) -> impl Iterator<Item = (Question, Stamp, &'a Fault)> {
        let record = self.record();
        let identity = self.identity();
        let answers = identity.map(|identity| identity.answers);
        let created = identity.and_then(|identity| identity.created_at);
        let is_asked = move |question: Question| !question.is_optional() || answers.is_none_or(|answers| answers.holds(question));
        let answered = move |question: Question| record.and_then(|record| record.latest(question)).map(|(_, stamp, _)| stamp);
        let slots = record.into_iter().flat_map(|record| &record.slots).filter(|slot| !slot.source.question.lists());
        let faults = slots.filter_map(|slot| slot.current_fault().map(|(stamp, fault)| (slot.source.question, stamp, fault)));
        faults.filter(move |(question, stamp, _)| {
            is_asked(*question)
                && answered(*question).is_none_or(|answered| answered < *stamp)
                && created.is_none_or(|created| created <= stamp.asked_at)
        })
    }

    /// Every fault that keeps some of its values from being read again, the listing's first; those
    /// of one wording once.
    #[must_use]
    pub fn faults(&self) -> Vec<Told<&'a Fault>> {
        let unheard = self.instances().and_then(|told| match told.value.silence.as_ref()? {
            Silence::Failed(fault) => Some(Told { value: fault, at: told.at }),
            Silence::NoBalancer
            | Silence::ClassicBalancer
            | Silence::NotRegistered
            | Silence::NotFound
            | Silence::Unproven(_)
            | Silence::NotChecked
            | Silence::NotAsked => None,
        });
        let instances = self.instances();
        let gaps = instances.into_iter().flat_map(|told| told.value.gaps.iter().map(move |fault| Told { value: fault, at: told.at }));
        let events = self.fault_of(Question::Events).filter(|told| told.value.kind != FaultKind::Unsupported);
        let mut faults: Vec<Told<&'a Fault>> = Vec::new();
        for told in self.listing_fault().into_iter().chain(events).chain(self.detail_faults()).chain(unheard).chain(gaps) {
            if !faults.iter().any(|known| known.value.sentence == told.value.sentence) {
                faults.push(told);
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests;
