//! The plan for one scope: its listing, its events, and the sweep of the questions about single environments.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::sight::{Sight, need};
use super::subject::{Moments, Subject};
use super::turn::{DENIED_PAUSE, Lane, NOT_OFFERED_PAUSE, REFUSED_PAUSE, Turn};
use super::{Pace, Probed, earlier};
use crate::model::clock::Timestamp;
use crate::model::fault::FaultKind;
use crate::model::id::EnvironmentKey;
use crate::model::sighting::{Busy, Observation, Question, Scope, Sighting};
use crate::ops::port::{Ask, ProbeTarget, Sweep};

/// How quickly environments of one scope are probed: a probe costs the environment an answer, and no API a call.
pub(super) const PROBES: Sweep = Sweep { turn: Duration::from_millis(100), at_once: 16 };

/// The plan for one scope.
#[derive(Debug)]
pub(super) struct ScopePlan {
    pub(super) scope: Arc<Scope>,
    pub(super) listing: Turn,
    pub(super) events: Turn,
    pub(super) events_since: Option<Timestamp>,
    /// When the newest event happened that was told of, by the platform's own clock.
    pub(super) newest_event: Option<Timestamp>,
    pub(super) subjects: HashMap<EnvironmentKey, Subject>,
    pub(super) generation: u64,
    /// What the platform is asked.
    pub(super) details: Lane,
    /// What the environments themselves are.
    pub(super) probes: Lane,
    /// Questions that the whole scope is not to be asked before.
    pub(super) resting: Moments,
    /// Whether a listing has been answered.
    pub(super) listed: bool,
    /// When the last one was.
    pub(super) listed_at: Instant,
    /// Whether a listing is wanted beside what was told of something busy.
    pub(super) relist: bool,
}

impl ScopePlan {
    pub(super) fn new(scope: Arc<Scope>, sweep: Sweep, now: Instant) -> Self {
        Self {
            scope,
            listing: Turn::at(now),
            events: Turn::at(now),
            events_since: None,
            newest_event: None,
            subjects: HashMap::new(),
            generation: 0,
            details: Lane::at(sweep, now),
            probes: Lane::at(PROBES, now),
            resting: Moments::default(),
            listed: false,
            listed_at: now,
            relist: false,
        }
    }

    pub(super) fn steady(&self, pace: Pace) -> Duration {
        if self.subjects.is_empty() {
            pace.empty
        } else if self.subjects.values().any(|subject| subject.busy) {
            pace.busy
        } else {
            pace.listing
        }
    }

    pub(super) const fn lane(&mut self, question: Question) -> &mut Lane {
        if matches!(question, Question::Probes) { &mut self.probes } else { &mut self.details }
    }

    pub(super) fn listing_ended(&mut self, observation: &Observation, pace: Pace, probed: Option<&Probed>, now: Instant) {
        match observation {
            Observation::Seen(sighting) => {
                self.listed = true;
                self.relist = false;
                self.listed_at = now;
                self.take_listing(sighting, probed);
                let pause = self.steady(pace);
                self.listing.answered(now, pause);
            }
            Observation::Failed(failure) => self.listing.failed(now, failure.fault.kind, pace.listing, fastrand::f64()),
        }
    }

    pub(super) fn take_listing(&mut self, sighting: &Sighting, probed: Option<&Probed>) {
        self.generation += 1;
        for (key, reading) in &sighting.readings {
            let identity = reading.identity.as_deref();
            let answers = identity.map(|identity| identity.answers).unwrap_or_default();
            let target = identity.map(ProbeTarget::of).filter(|target| probed.is_some_and(|probed| probed(key, target)));
            let subject = self.subjects.entry(key.clone()).or_insert_with(Subject::new);
            subject.questions = if target.is_some() { answers.with(Question::Probes) } else { answers };
            subject.target = target;
            subject.is_judged_by_listing = reading.health.is_some();
            subject.set_version(reading.version.as_ref().map(|stated| &stated.label));
            if let Some(health) = &reading.health {
                subject.unwell = health.level.needs_attention();
            }
            if let Some(busy) = reading.busy {
                subject.set_busy(matches!(busy, Busy::With(_)));
            }
            subject.generation = self.generation;
        }
        if sighting.coverage.is_complete() {
            let generation = self.generation;
            self.subjects.retain(|_, subject| subject.generation == generation);
        }
    }

    /// The next window begins where the platform's own events say that this one reached, not where this
    /// machine's clock does: one that is ahead would skip what has happened by the platform's. Only
    /// an event from the future is not followed. While there is no event, there is nothing to begin
    /// behind, and asking for the same window again costs the same one call.
    pub(super) fn events_ended(&mut self, since: Timestamp, observation: &Observation, pace: Pace, now: Instant) {
        match observation {
            Observation::Seen(sighting) => {
                let told = sighting.events.iter().map(|(_, event)| event.at).max();
                self.newest_event = self.newest_event.max(told);
                let reached = self.newest_event.map(|newest| earlier(newest.min(sighting.stamp.asked_at), pace.overlap));
                self.events_since = Some(reached.unwrap_or(since));
                let pause = self.steady(pace);
                self.events.answered(now, pause);
            }
            Observation::Failed(failure) => self.events.failed(now, failure.fault.kind, pace.listing, fastrand::f64()),
        }
    }

    pub(super) fn detail_ended(&mut self, key: &EnvironmentKey, question: Question, observation: &Observation, pace: Pace, now: Instant) {
        let lane = self.lane(question);
        lane.running = lane.running.saturating_sub(1);
        let turn = lane.sweep.turn;
        let Observation::Failed(failure) = observation else {
            self.take_along(key, question, observation, now);
            // How far something is can only be told beside a listing that still says that it goes on.
            let busy = self.subjects.get_mut(key).is_some_and(|subject| {
                subject.learn(key, observation);
                subject.busy
            });
            let beside = pace.relist.filter(|_| question == Question::Instances && busy && self.listing.failures == 0);
            if let Some(pause) = beside {
                self.relist = true;
                self.listing.due = self.listing.due.min(now.max(self.listed_at + pause));
            }
            return;
        };
        let subject = self.subjects.get_mut(key);
        match failure.fault.kind {
            FaultKind::Unsupported => {
                self.resting.set(question, now + NOT_OFFERED_PAUSE);
            }
            FaultKind::Denied => {
                self.resting.set(question, now + DENIED_PAUSE);
            }
            FaultKind::Expired | FaultKind::Unreachable | FaultKind::Throttled(None) => {
                let lane = self.lane(question);
                lane.next = lane.next.max(now + turn * 4);
            }
            FaultKind::Throttled(Some(after)) => {
                let lane = self.lane(question);
                lane.next = lane.next.max(now + after);
            }
            // A wrong state, an environment that is gone: this one alone rests. The state may pass.
            FaultKind::Refused | FaultKind::Missing => {
                if let Some(subject) = subject {
                    subject.resting.set(question, now + REFUSED_PAUSE);
                }
            }
            FaultKind::Failed | FaultKind::Malformed => {}
        }
    }

    /// One login may tell of all that lives on a machine: what was told of others has been asked of them.
    pub(super) fn take_along(&mut self, key: &EnvironmentKey, question: Question, observation: &Observation, now: Instant) {
        let Observation::Seen(sighting) = observation else { return };
        for (other, _) in sighting.readings.iter().filter(|(other, _)| other != key) {
            if let Some(subject) = self.subjects.get_mut(other) {
                subject.asked.set(question, now);
                subject.learn(other, observation);
            }
        }
    }

    pub(super) fn rests(&self, subject: &Subject, question: Question, now: Instant) -> bool {
        [self.resting, subject.resting].iter().any(|moments| moments.get(question).is_some_and(|until| until > now))
    }

    /// The most overdue question about a single environment, each measured by how soon it should
    /// be read again: so nothing starves, however many are unwell.
    pub(super) fn most_overdue(&self, focus: &Sight, probes: bool, now: Instant) -> Option<(f64, &EnvironmentKey, Question)> {
        let mut best: Option<(f64, &EnvironmentKey, Question)> = None;
        for (key, subject) in &self.subjects {
            let need = need(key, subject, focus);
            for question in focus.questions(key, subject).iter().filter(|question| (*question == Question::Probes) == probes) {
                if self.rests(subject, question, now) {
                    continue;
                }
                // What was never asked is long overdue, the more so the more it is needed.
                let never = if focus.awaits(key, question) { 1_000_000.0 } else { 100_000.0 };
                let waited = subject.asked.get(question).map_or(never, |at| now.saturating_duration_since(at).as_secs_f64());
                let overdue = waited / need.interval_of(question).as_secs_f64();
                let better = best.is_none_or(|(most, other, _)| overdue > most || (overdue.total_cmp(&most).is_eq() && key < other));
                if overdue >= 1.0 && better {
                    best = Some((overdue, key, question));
                }
            }
        }
        best
    }

    pub(super) fn next_detail(&mut self, focus: &Sight, probes: bool, now: Instant) -> Option<Ask> {
        let lane = if probes { &self.probes } else { &self.details };
        // While the listing fails, the details would fail as well.
        if !lane.is_free(now) || self.listing.failures > 0 {
            return None;
        }
        let (_, key, question) = self.most_overdue(focus, probes, now)?;
        let key = key.clone();
        let lane = self.lane(question);
        lane.next = now + lane.sweep.turn;
        lane.running += 1;
        let subject = self.subjects.get_mut(&key)?;
        subject.asked.set(question, now);
        match question {
            Question::Versions => Some(Ask::Versions(key)),
            Question::Probes => Some(Ask::Probes { target: subject.target.clone()?, key }),
            Question::Health => Some(Ask::Health(key)),
            Question::Instances => Some(Ask::Instances(key)),
            Question::Resources => Some(Ask::Resources(key)),
            Question::Properties => Some(Ask::Properties { group: focus.compared.get(&key)?.clone(), key }),
            Question::Planning => Some(Ask::Planning { group: focus.planned.get(&key)?.clone(), key }),
            Question::Listing | Question::Events | Question::Record | Question::Rollout | Question::Runs | Question::Alerts => None,
        }
    }

    pub(super) fn detail_due(&self, focus: &Sight, now: Instant) -> Option<Instant> {
        if self.subjects.is_empty() || self.listing.failures > 0 {
            return None;
        }
        // Something is overdue: at the next free turn. Else: looked at again in a little while.
        let idle = now + Duration::from_secs(2);
        let of = |(lane, probes): (&Lane, bool)| {
            let is_full = lane.running >= lane.sweep.at_once;
            (!is_full).then(|| self.most_overdue(focus, probes, now).map_or(idle.max(lane.next), |_| lane.next))
        };
        [(&self.details, false), (&self.probes, true)].into_iter().filter_map(of).min()
    }

    pub(super) fn has_swept(&self, focus: &Sight, now: Instant) -> bool {
        let asked_events = self.subjects.is_empty() || self.events_since.is_some() || self.events.failures > 0;
        let done = |(key, subject): (&EnvironmentKey, &Subject)| {
            let wanted = subject.is_pressing() || focus.wants(key);
            let told = |question: Question| subject.asked.get(question).is_some() || self.rests(subject, question, now);
            !wanted || subject.questions.iter().all(told)
        };
        let failed = self.listing.failures > 0;
        let running = self.details.running + self.probes.running;
        failed || (asked_events && running == 0 && !self.relist && self.subjects.iter().all(done))
    }
}
