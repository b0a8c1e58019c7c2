//! What to read next: the one place that decides it.
//!
//! For each scope: a listing and the events at a steady pace whatever the size
//! of the fleet, faster while something goes on; and a bounded sweep of the
//! questions that cost a call per environment, what is on screen or unwell
//! first, every environment in time. Decides only; asking is [`super::reader`]'s.

mod scope;
mod sight;
mod subject;
mod turn;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::port::{Ask, ProbeTarget, Sweep};
use crate::model::clock::Timestamp;
use crate::model::event::FIRST_WINDOW;
use crate::model::id::{AppName, EnvironmentKey, Platform};
use crate::model::sighting::{Observation, Question, Scope};
use scope::ScopePlan;
use sight::Sight;
use subject::Moments;

/// How often what is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// From one listing of a scope to the next, and from one reading of its events to the next.
    pub listing: Duration,
    /// The same while something goes on in the scope.
    pub busy: Duration,
    /// From one listing to the next of a scope that holds nothing.
    pub empty: Duration,
    /// From one question about a single environment to the next, in one scope.
    pub detail: Duration,
    /// How soon after a listing another may follow beside what was read of something busy; none
    /// where one look is all that is wanted.
    pub relist: Option<Duration>,
    /// How far back the first reading of events goes.
    pub first_events: Duration,
    /// How far each further reading of events reaches behind the one before: events arrive late.
    pub overlap: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            listing: Duration::from_secs(15),
            busy: Duration::from_secs(6),
            empty: Duration::from_secs(600),
            detail: Duration::from_secs(1),
            relist: Some(Duration::from_secs(4)),
            first_events: FIRST_WINDOW,
            overlap: Duration::from_secs(120),
        }
    }
}

/// What a person looks at: read before the rest.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Focus {
    /// The environment that is open.
    pub open: Option<EnvironmentKey>,
    /// The environments on screen.
    pub visible: Vec<EnvironmentKey>,
    /// Those whose environment properties are compared, by name, each with the platform's grouping it is in.
    pub compared: Vec<(EnvironmentKey, AppName)>,
    /// Those for which a change is planned, each with the platform's grouping it is in.
    pub planned: Vec<(EnvironmentKey, AppName)>,
}

/// How many questions about single environments may be without an answer, in one scope.
const DETAILS_AT_ONCE: usize = 4;
/// How soon opening an environment has them read again.
const LOGINS_AT_LEAST: Duration = Duration::from_secs(60);

/// The plan for everything.
pub struct Schedule {
    pace: Pace,
    scopes: Vec<ScopePlan>,
    focus: Sight,
    /// How quickly platforms may be asked that have a way of their own.
    sweeps: HashMap<Platform, Sweep>,
    /// Says what is probed; nothing, where absent.
    probed: Option<Arc<Probed>>,
}

/// Says of an environment whether its details are wanted though it is well.
pub type Wanted = dyn Fn(&EnvironmentKey) -> bool + Send + Sync;
/// Says of an environment whether it is probed.
pub type Probed = dyn Fn(&EnvironmentKey, &ProbeTarget) -> bool + Send + Sync;

impl Schedule {
    /// A plan for nothing yet.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, scopes: Vec::new(), focus: Sight::default(), sweeps: HashMap::new(), probed: None }
    }

    /// Reads these scopes from now on; what is known of those that stay is kept.
    pub fn cover(&mut self, scopes: &[Arc<Scope>], now: Instant) {
        self.scopes.retain(|plan| scopes.contains(&plan.scope));
        for scope in scopes {
            if !self.scopes.iter().any(|plan| plan.scope == *scope) {
                let usual = Sweep { turn: self.pace.detail, at_once: DETAILS_AT_ONCE };
                let sweep = self.sweeps.get(&scope.platform).copied().unwrap_or(usual);
                self.scopes.push(ScopePlan::new(Arc::clone(scope), sweep, now));
            }
        }
    }

    /// Wants the details of these environments too, though they may be well.
    pub fn want(&mut self, wanted: Arc<Wanted>) {
        self.focus.wanted = Some(wanted);
    }

    /// Asks about single environments of a platform as quickly as this.
    pub fn sweep(&mut self, platform: Platform, sweep: Sweep) {
        self.sweeps.insert(platform, sweep);
    }

    /// Probes the environments of which this says so.
    pub fn probe(&mut self, probed: Arc<Probed>) {
        self.probed = Some(probed);
    }

    /// What a person looks at now. Opening an environment has its versions read, where that costs a login.
    pub fn focus(&mut self, focus: Focus, now: Instant) {
        if let Some(opened) = focus.open.as_ref().filter(|opened| self.focus.open.as_ref() != Some(opened)) {
            for subject in self.scopes.iter_mut().filter_map(|plan| plan.subjects.get_mut(opened)) {
                let is_recent = |at: Instant| now.saturating_duration_since(at) < LOGINS_AT_LEAST;
                if !subject.asked.get(Question::Versions).is_some_and(is_recent) {
                    subject.asked.clear(Question::Versions);
                }
            }
        }
        self.focus.open = focus.open;
        self.focus.visible = focus.visible.into_iter().collect();
        self.focus.compared = focus.compared.into_iter().collect();
        self.focus.planned = focus.planned.into_iter().collect();
    }

    /// Reads again now: everything, with the details of what is on screen; or what concerns one environment.
    pub fn hurry(&mut self, about: Option<&EnvironmentKey>, now: Instant) {
        for plan in &mut self.scopes {
            if about.is_some_and(|key| key.region != plan.scope.region || key.platform != plan.scope.platform) {
                continue;
            }
            plan.listing.due = now;
            plan.events.due = now;
            plan.resting = Moments::default();
            let Sight { visible, compared, .. } = &self.focus;
            let is_shown = |key: &EnvironmentKey| visible.contains(key) || compared.contains_key(key);
            let meant = |key: &EnvironmentKey| about.map_or_else(|| is_shown(key), |about| about == key);
            for (_, subject) in plan.subjects.iter_mut().filter(|(key, _)| meant(key)) {
                subject.asked = Moments::default();
                subject.resting = Moments::default();
            }
        }
    }

    /// What is to be asked now. Each is counted as running until [`Self::ended`].
    pub fn due(&mut self, now: Instant, present: Timestamp) -> Vec<(Arc<Scope>, Ask)> {
        let mut asks = Vec::new();
        for plan in &mut self.scopes {
            if plan.listing.is_due(now) {
                plan.listing.running = true;
                asks.push((Arc::clone(&plan.scope), Ask::Listing));
            }
            // Nothing has happened to what is not there; and the account is known only from a listing.
            if plan.listed && !plan.subjects.is_empty() && plan.events.is_due(now) {
                plan.events.running = true;
                let since = plan.events_since.unwrap_or_else(|| earlier(present, self.pace.first_events));
                asks.push((Arc::clone(&plan.scope), Ask::Events { since }));
            }
            for probes in [false, true] {
                if let Some(ask) = plan.next_detail(&self.focus, probes, now) {
                    asks.push((Arc::clone(&plan.scope), ask));
                }
            }
        }
        asks
    }

    /// What was handed out costs so many calls: the next question about a single
    /// environment of its scope waits until each of them has had its turn.
    pub fn costs(&mut self, scope: &Scope, ask: &Ask, calls: u32) {
        if let Some(plan) = self.scopes.iter_mut().find(|plan| *plan.scope == *scope && ask.about().is_some()) {
            let lane = plan.lane(ask.question());
            lane.next += lane.sweep.turn * calls.saturating_sub(1);
        }
    }

    /// When [`Self::due`] may have something again.
    #[must_use]
    pub fn next_due(&self, now: Instant) -> Option<Instant> {
        let of = |plan: &ScopePlan| {
            let turns = [Some(&plan.listing), (plan.listed && !plan.subjects.is_empty()).then_some(&plan.events)];
            let turns = turns.into_iter().flatten().filter(|turn| !turn.running).map(|turn| turn.due);
            let detail = plan.detail_due(&self.focus, now);
            turns.chain(detail).min()
        };
        self.scopes.iter().filter_map(of).min()
    }

    /// A question came to its end.
    pub fn ended(&mut self, scope: &Scope, ask: &Ask, observation: &Observation, now: Instant) {
        let pace = self.pace;
        let Some(plan) = self.scopes.iter_mut().find(|plan| *plan.scope == *scope) else { return };
        match ask {
            Ask::Listing => plan.listing_ended(observation, pace, self.probed.as_deref(), now),
            Ask::Events { since } => plan.events_ended(*since, observation, pace, now),
            Ask::Health(key)
            | Ask::Instances(key)
            | Ask::Resources(key)
            | Ask::Versions(key)
            | Ask::Probes { key, .. }
            | Ask::Properties { key, .. }
            | Ask::Planning { key, .. } => plan.detail_ended(key, ask.question(), observation, pace, now),
        }
    }

    /// Whether every listing was answered or failed at least once.
    #[must_use]
    pub fn has_listed(&self) -> bool {
        self.scopes.iter().all(|plan| plan.listed || plan.listing.failures > 0)
    }

    /// Whether nothing remains to be read that would tell more of environments that are unwell,
    /// busy, mixed or wanted: every listing, the events, and each question once.
    #[must_use]
    pub fn has_swept(&self, now: Instant) -> bool {
        self.has_listed() && self.scopes.iter().all(|plan| plan.has_swept(&self.focus, now))
    }

    /// The scopes that hold environments, or that could not be read: what is worth showing.
    #[must_use]
    pub fn worth_showing(&self) -> Vec<Arc<Scope>> {
        let worth = |plan: &&ScopePlan| !plan.listed || !plan.subjects.is_empty();
        self.scopes.iter().filter(worth).map(|plan| Arc::clone(&plan.scope)).collect()
    }
}

fn earlier(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_sub(by).unwrap_or(moment)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
