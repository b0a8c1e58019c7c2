//! What to read next: the one place that decides it.
//!
//! For each scope: a listing and the events at a steady pace whatever the size
//! of the fleet, faster while something goes on; and a bounded sweep of the
//! questions that cost a call per environment, what is on screen or unwell
//! first, every environment in time. Decides only; asking is [`super::reader`]'s.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::port::{Ask, ProbeTarget, Sweep};
use crate::model::clock::Timestamp;
use crate::model::fault::FaultKind;
use crate::model::id::{AppName, EnvironmentKey, Platform, VersionLabel};
use crate::model::instance::Instances;
use crate::model::sighting::{Busy, Observation, Question, Questions, Scope, Sighting};

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
            first_events: Duration::from_secs(6 * 3_600),
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
}

/// The longest pause after failures in a row.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// How soon expired credentials are tried again: a person may have renewed them.
const RENEWAL_PAUSE: Duration = Duration::from_secs(8);
/// For how long what the service does not offer is not asked for again.
const NOT_OFFERED_PAUSE: Duration = Duration::from_secs(3_600);
/// For how long what was refused for one environment is not asked for again.
const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// For how long what is denied is not asked for again.
const DENIED_PAUSE: Duration = Duration::from_secs(300);
/// How many questions about single environments may be without an answer, in one scope.
const DETAILS_AT_ONCE: usize = 4;
/// How quickly environments of one scope are probed: a probe costs the environment an answer, and no API a call.
const PROBES: Sweep = Sweep { turn: Duration::from_millis(100), at_once: 16 };
/// How often versions are read where telling costs a login, unless something has changed.
const LOGINS: Duration = Duration::from_secs(900);
/// How soon opening an environment has them read again.
const LOGINS_AT_LEAST: Duration = Duration::from_secs(60);
/// The longest time from one probe of an environment to the next.
const PROBED_AT_LEAST: Duration = Duration::from_secs(60);

/// A question that is asked again and again.
#[derive(Debug)]
struct Turn {
    due: Instant,
    running: bool,
    failures: u32,
}

impl Turn {
    const fn at(due: Instant) -> Self {
        Self { due, running: false, failures: 0 }
    }

    fn is_due(&self, now: Instant) -> bool {
        !self.running && self.due <= now
    }

    fn answered(&mut self, now: Instant, pause: Duration) {
        self.running = false;
        self.failures = 0;
        self.due = now + pause;
    }

    fn failed(&mut self, now: Instant, kind: FaultKind, pace: Duration, jitter: f64) {
        self.running = false;
        let doubled = pace.saturating_mul(1 << self.failures.min(5)).min(LONGEST_PAUSE.max(pace));
        self.failures = self.failures.saturating_add(1);
        self.due = now
            + match kind {
                FaultKind::Expired => RENEWAL_PAUSE,
                FaultKind::Denied => DENIED_PAUSE.max(pace),
                FaultKind::Unsupported => NOT_OFFERED_PAUSE,
                FaultKind::Throttled(Some(after)) => after.max(doubled),
                FaultKind::Throttled(None)
                | FaultKind::Missing
                | FaultKind::Unreachable
                | FaultKind::Failed
                | FaultKind::Refused
                | FaultKind::Malformed => doubled.mul_f64(0.5 + jitter / 2.0),
            };
    }
}

/// How soon an environment's details should be read again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    Open,
    Urgent,
    Unwell,
    Visible,
    Background,
}

impl Need {
    /// Logins are few, whatever the need; and a probe is cheap.
    fn interval_of(self, question: Question) -> Duration {
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
            | Question::Properties => self.interval(),
        }
    }

    const fn interval(self) -> Duration {
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
struct Moments([Option<Instant>; Question::COUNT]);

impl Moments {
    const fn none() -> Self {
        Self([None; Question::COUNT])
    }

    fn get(&self, question: Question) -> Option<Instant> {
        self.0.get(question as usize).copied().flatten()
    }

    fn set(&mut self, question: Question, at: Instant) {
        if let Some(slot) = self.0.get_mut(question as usize) {
            *slot = Some(at);
        }
    }

    fn clear(&mut self, question: Question) {
        if let Some(slot) = self.0.get_mut(question as usize) {
            *slot = None;
        }
    }
}

/// One environment, as far as the sweep has to know it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may hold beside any other")]
struct Subject {
    /// The questions worth asking about it.
    questions: Questions,
    /// What its listing tells whoever probes it; none where nobody does.
    target: Option<ProbeTarget>,
    /// Whether its listing tells how it is: else the answers about it do.
    is_judged_by_listing: bool,
    /// What its machines are, in one number, as they were last read.
    machines: Option<u64>,
    /// The version that its listing told last.
    version: Option<VersionLabel>,
    unwell: bool,
    busy: bool,
    /// Whether its instances run different versions, as they were last read.
    mixed: bool,
    /// When each question was last asked.
    asked: Moments,
    /// Not to be asked before.
    resting: Moments,
    /// In which listing it was last seen.
    generation: u64,
}

impl Subject {
    /// One of which nothing is known: what nobody tells how it is, a person should look at.
    const fn new() -> Self {
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
    const fn is_pressing(&self) -> bool {
        self.unwell || self.busy || self.mixed
    }

    /// Takes from an answer what it tells of this environment's need to be read.
    fn learn(&mut self, key: &EnvironmentKey, observation: &Observation) {
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
    fn set_version(&mut self, version: Option<&VersionLabel>) {
        let Some(version) = version else { return };
        if self.version.as_ref().is_some_and(|before| before != version) {
            for question in [Question::Instances, Question::Health, Question::Versions] {
                self.asked.clear(question);
            }
        }
        self.version = Some(version.clone());
    }

    /// What was deployed may be known only once the deploy is over.
    fn set_busy(&mut self, busy: bool) {
        if self.busy && !busy {
            self.asked.clear(Question::Versions);
        }
        self.busy = busy;
    }
}

/// Which machines these are.
fn fingerprint(instances: &Instances) -> u64 {
    let mut ids: Vec<&str> = instances.each.iter().map(|instance| instance.id.as_str()).collect();
    ids.sort_unstable();
    let mut hasher = std::hash::DefaultHasher::new();
    for id in ids {
        id.hash(&mut hasher);
    }
    hasher.finish()
}

/// Questions about single environments that do not wait for those of another lane.
#[derive(Debug)]
struct Lane {
    sweep: Sweep,
    next: Instant,
    running: usize,
}

impl Lane {
    const fn at(sweep: Sweep, now: Instant) -> Self {
        Self { sweep, next: now, running: 0 }
    }

    fn is_free(&self, now: Instant) -> bool {
        now >= self.next && self.running < self.sweep.at_once
    }
}

/// The plan for one scope.
#[derive(Debug)]
struct ScopePlan {
    scope: Arc<Scope>,
    listing: Turn,
    events: Turn,
    events_since: Option<Timestamp>,
    /// When the newest event happened that was told of, by the platform's own clock.
    newest_event: Option<Timestamp>,
    subjects: HashMap<EnvironmentKey, Subject>,
    generation: u64,
    /// What the platform is asked.
    details: Lane,
    /// What the environments themselves are.
    probes: Lane,
    /// Questions that the whole scope is not to be asked before.
    resting: Moments,
    /// Whether a listing has been answered.
    listed: bool,
    /// When the last one was.
    listed_at: Instant,
    /// Whether a listing is wanted beside what was told of something busy.
    relist: bool,
}

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

/// A [`Focus`] that is quick to ask.
#[derive(Default)]
struct Sight {
    open: Option<EnvironmentKey>,
    visible: HashSet<EnvironmentKey>,
    compared: HashMap<EnvironmentKey, AppName>,
    /// Which environments are wanted though they are well; none, where absent.
    wanted: Option<Arc<Wanted>>,
}

impl Sight {
    /// What is asked of an environment; some only of one that is compared with others.
    fn questions(&self, key: &EnvironmentKey, subject: &Subject) -> Questions {
        if self.compared.contains_key(key) { subject.questions.with(Question::Properties) } else { subject.questions }
    }

    fn wants(&self, key: &EnvironmentKey) -> bool {
        self.wanted.as_ref().is_some_and(|wanted| wanted(key))
    }
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
            let visible = &self.focus.visible;
            let meant = |key: &EnvironmentKey| about.map_or_else(|| visible.contains(key), |about| about == key);
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
            | Ask::Properties { key, .. } => plan.detail_ended(key, ask.question(), observation, pace, now),
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

impl ScopePlan {
    fn new(scope: Arc<Scope>, sweep: Sweep, now: Instant) -> Self {
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

    fn steady(&self, pace: Pace) -> Duration {
        if self.subjects.is_empty() {
            pace.empty
        } else if self.subjects.values().any(|subject| subject.busy) {
            pace.busy
        } else {
            pace.listing
        }
    }

    const fn lane(&mut self, question: Question) -> &mut Lane {
        if matches!(question, Question::Probes) { &mut self.probes } else { &mut self.details }
    }

    fn listing_ended(&mut self, observation: &Observation, pace: Pace, probed: Option<&Probed>, now: Instant) {
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

    fn take_listing(&mut self, sighting: &Sighting, probed: Option<&Probed>) {
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
    fn events_ended(&mut self, since: Timestamp, observation: &Observation, pace: Pace, now: Instant) {
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

    fn detail_ended(&mut self, key: &EnvironmentKey, question: Question, observation: &Observation, pace: Pace, now: Instant) {
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
    fn take_along(&mut self, key: &EnvironmentKey, question: Question, observation: &Observation, now: Instant) {
        let Observation::Seen(sighting) = observation else { return };
        for (other, _) in sighting.readings.iter().filter(|(other, _)| other != key) {
            if let Some(subject) = self.subjects.get_mut(other) {
                subject.asked.set(question, now);
                subject.learn(other, observation);
            }
        }
    }

    fn rests(&self, subject: &Subject, question: Question, now: Instant) -> bool {
        [self.resting, subject.resting].iter().any(|moments| moments.get(question).is_some_and(|until| until > now))
    }

    /// The most overdue question about a single environment, each measured by how soon it should
    /// be read again: so nothing starves, however many are unwell.
    fn most_overdue(&self, focus: &Sight, probes: bool, now: Instant) -> Option<(f64, &EnvironmentKey, Question)> {
        let mut best: Option<(f64, &EnvironmentKey, Question)> = None;
        for (key, subject) in &self.subjects {
            let need = need(key, subject, focus);
            for question in focus.questions(key, subject).iter().filter(|question| (*question == Question::Probes) == probes) {
                if self.rests(subject, question, now) {
                    continue;
                }
                // What was never asked is long overdue, the more so the more it is needed.
                let waited = subject.asked.get(question).map_or(100_000.0, |at| now.saturating_duration_since(at).as_secs_f64());
                let overdue = waited / need.interval_of(question).as_secs_f64();
                let better = best.is_none_or(|(most, other, _)| overdue > most || (overdue.total_cmp(&most).is_eq() && key < other));
                if overdue >= 1.0 && better {
                    best = Some((overdue, key, question));
                }
            }
        }
        best
    }

    fn next_detail(&mut self, focus: &Sight, probes: bool, now: Instant) -> Option<Ask> {
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
            Question::Listing | Question::Events | Question::Record | Question::Rollout | Question::Runs | Question::Alerts => None,
        }
    }

    fn detail_due(&self, focus: &Sight, now: Instant) -> Option<Instant> {
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

    fn has_swept(&self, focus: &Sight, now: Instant) -> bool {
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

fn need(key: &EnvironmentKey, subject: &Subject, focus: &Sight) -> Need {
    let wanted = focus.wants(key);
    let visible = wanted || focus.visible.contains(key) || focus.compared.contains_key(key);
    let pressing = subject.is_pressing();
    match (focus.open.as_ref() == Some(key) || (wanted && pressing), pressing || wanted, visible) {
        (true, _, _) => Need::Open,
        (false, true, true) => Need::Urgent,
        (false, true, false) => Need::Unwell,
        (false, false, true) => Need::Visible,
        (false, false, false) => Need::Background,
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
