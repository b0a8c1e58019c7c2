//! A world in memory behind the port: a target group with its hosts, and environments of Elastic Beanstalk.
//!
//! It loses answers, delivers late, refuses, throttles, hangs and panics as its seed says, and it keeps books: what
//! must never happen is written down as a violation in the moment in which it happens.

mod judged;
mod port;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::Mark;
use crate::ops::clock::Clock;

/// The deployment that ran when nothing had been done yet.
const FIRST: u64 = 7;

/// The longest that a request may be on its way after its sender has gone.
const LATEST: u64 = 8_000;

/// How the wire and the services behave, in thousandths of calls.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weather {
    /// The request arrives, the answer does not.
    pub(super) lost_answer: u32,
    /// The request does not arrive.
    pub(super) lost_request: u32,
    /// It is said no for now: throttled, unreachable.
    pub(super) refused: u32,
    /// No answer ever comes.
    pub(super) hangs: u32,
    /// The adapter panics.
    pub(super) panics: u32,
    /// A look fails.
    pub(super) blind: u32,
    /// So many seconds each look takes from a budget that all of them share.
    pub(super) shared: u64,
    /// A look cannot tell.
    pub(super) unclear: u32,
    /// The credentials are expired from the first second to the second one.
    pub(super) expired: (u64, u64),
    /// Everything is throttled from the first second to the second one.
    pub(super) throttled: (u64, u64),
    /// Nothing is reached from the first second to the second one: no request leaves.
    pub(super) unreachable: (u64, u64),
    /// A run of the workflow goes on from the first second to the second one.
    pub(super) busy: (u64, u64),
    /// Every request is throttled until this second, and no look is.
    pub(super) refuses_until: u64,
}

/// What one target of the group is destined to.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that may befall it, and any of them may with any other")]
pub(super) struct Destiny {
    pub(super) copy_fails: bool,
    pub(super) command_fails: bool,
    /// With what it runs then, it never becomes healthy.
    pub(super) never_healthy: bool,
    /// When it becomes healthy, in seconds; from the start where that is not said.
    pub(super) well_from: Option<u64>,
    /// When the instance is terminated by somebody else, in seconds.
    pub(super) vanishes: Option<u64>,
    /// The services cannot tell what became of its command.
    pub(super) never_told: bool,
}

/// A target of the group and its host.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) destiny: Destiny,
    pub(super) registered: bool,
    pub(super) healthy_from: Option<Instant>,
    drained_from: Instant,
    pub(super) is_new: bool,
    /// It was taken out by us, and not put back yet.
    pub(super) is_out: bool,
}

/// How an environment's update is destined to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Ends {
    #[default]
    Well,
    /// Ready, green, and on the old version.
    OnTheOldVersion,
    /// Somebody else aborts it.
    Aborted,
    /// Well, and then it becomes unwell.
    Unwell,
    /// Well, and nobody can tell how it is.
    Untold,
}

/// An environment of Elastic Beanstalk.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    pub(super) ends: Ends,
    pub(super) label: Arc<str>,
    pub(super) deployment: u64,
    wanted: Option<(Arc<str>, Option<Instant>)>,
    /// Whether the last update was one that ended well.
    pub(super) went_well: bool,
    done_at: Option<Instant>,
}

/// What is known of one write.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    pub(super) requests: u32,
    pub(super) effects: u32,
    /// Whether the last request may be repeated: it was refused, or a look said that it was not begun.
    may_repeat: bool,
    ends: Option<(Instant, bool)>,
}

struct Arrival {
    due: Instant,
    place: Place,
    action: Action,
    mark: Mark,
}

pub(super) struct State {
    rng: fastrand::Rng,
    start: Instant,
    /// Until when the shared budget is given away.
    spent_until: Instant,
    pub(super) weather: Weather,
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) environments: BTreeMap<String, Environment>,
    pub(super) written: HashMap<Mark, Written>,
    arrivals: Vec<Arrival>,
    pub(super) at_once: usize,
    pub(super) drift: bool,
    /// Once something was sent there, no look at it is ever answered.
    pub(super) silent: Option<String>,
    /// How many looks there hang now.
    hanging: u32,
    /// How many others were looked at meanwhile.
    pub(super) looked_beside: u32,
    pub(super) violations: Vec<String>,
}

/// The world. All clones are one.
#[derive(Clone)]
pub(super) struct World {
    state: Arc<Mutex<State>>,
    pub(super) fate: Arc<Fate>,
}

#[derive(Default)]
struct Ticks {
    passed: u64,
    kill: Option<u64>,
    is_dead: bool,
}

/// Ends the process at a moment: so many calls and writes of the journal in, before or after one of them.
#[derive(Default)]
pub(super) struct Fate {
    ticks: Mutex<Ticks>,
    pub(super) killed: Notify,
}

impl Fate {
    /// Kills at this tick from now on.
    pub(super) fn kill_in(&self, ticks: Option<u64>) {
        let mut held = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        *held = Ticks { passed: held.passed, kill: ticks.map(|ticks| held.passed + ticks), is_dead: false };
    }

    pub(super) fn ticks(&self) -> u64 {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner).passed
    }

    /// A moment in which the process may be killed. Whoever is killed goes no further.
    pub(super) async fn tick(&self) {
        let (dies, is_dead) = {
            let mut held = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
            held.passed += 1;
            let dies = !held.is_dead && held.kill.is_some_and(|kill| kill <= held.passed);
            held.is_dead |= dies;
            (dies, held.is_dead)
        };
        if dies {
            self.killed.notify_one();
        }
        if is_dead {
            std::future::pending::<()>().await;
        }
    }
}

/// The present of a paused runtime.
#[derive(Clone, Copy)]
pub(super) struct PausedClock {
    since: Instant,
    /// After how long somebody sets it back by an hour.
    set_back: Option<Duration>,
}

impl PausedClock {
    pub(super) fn new(set_back: Option<Duration>) -> Self {
        Self { since: Instant::now(), set_back }
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let passed = self.since.elapsed();
        let is_back = self.set_back.is_some_and(|after| passed >= after);
        let start = if is_back { 1_700_000_000 - 3_600 } else { 1_700_000_000 };
        Timestamp::from_second(start).unwrap() + passed
    }
}

fn fault(kind: FaultKind, sentence: &str) -> Fault {
    Fault::new(kind, sentence)
}

fn name_of(place: &Place) -> &str {
    place.instance.as_ref().map_or(place.environment.name.as_str(), |instance| instance.as_str())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl World {
    pub(super) fn new(seed: u64, weather: Weather) -> Self {
        let state = State {
            rng: fastrand::Rng::with_seed(seed),
            start: Instant::now(),
            spent_until: Instant::now(),
            weather,
            targets: BTreeMap::new(),
            environments: BTreeMap::new(),
            written: HashMap::new(),
            arrivals: Vec::new(),
            at_once: 1,
            drift: false,
            silent: None,
            hanging: 0,
            looked_beside: 0,
            violations: Vec::new(),
        };
        Self { state: Arc::new(Mutex::new(state)), fate: Arc::default() }
    }

    /// The world as it is now: what has arrived meanwhile has happened.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // An adapter that panicked held no half-made change.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.arrive();
        look(&mut state)
    }

    pub(super) fn add_target(&self, name: &str, destiny: Destiny) {
        let now = Instant::now();
        let healthy_from = Some(now + seconds(destiny.well_from.unwrap_or_default()));
        let target = Target { destiny, registered: true, healthy_from, drained_from: now, is_new: false, is_out: false };
        self.with(|state| state.targets.insert(name.to_owned(), target));
    }

    pub(super) fn add_environment(&self, name: &str, label: &str, ends: Ends) {
        let environment = Environment { ends, label: label.into(), deployment: FIRST, ..Environment::default() };
        self.with(|state| state.environments.insert(name.to_owned(), environment));
    }
}

impl State {
    /// Whether a look there hangs. Counts either way.
    fn is_silent(&mut self, place: &Place) -> bool {
        let is_silent = self.silent.as_deref() == Some(name_of(place));
        if is_silent {
            self.hanging += 1;
        } else if self.hanging > 0 {
            self.looked_beside += 1;
        }
        is_silent
    }

    fn chance(&mut self, thousandths: u32) -> bool {
        self.rng.u32(0..1_000) < thousandths
    }

    fn is_gone(&self, name: &str) -> bool {
        let vanishes = self.targets.get(name).and_then(|target| target.destiny.vanishes);
        vanishes.is_some_and(|at| self.start.elapsed() >= seconds(at))
    }

    pub(super) fn is_healthy(&self, name: &str) -> bool {
        let healthy = |target: &Target| target.registered && target.healthy_from.is_some_and(|from| from <= Instant::now());
        !self.is_gone(name) && self.targets.get(name).is_some_and(healthy)
    }

    fn is_in(&self, (from, until): (u64, u64)) -> bool {
        let now = self.start.elapsed();
        from < until && now >= seconds(from) && now < seconds(until)
    }

    /// Why nothing gets through now; none where it does.
    fn closed(&self) -> Option<Fault> {
        let Weather { expired, throttled, unreachable, .. } = self.weather;
        let first = [
            (expired, FaultKind::Expired, "the credentials have expired"),
            (throttled, FaultKind::Throttled(None), "asked too often"),
            (unreachable, FaultKind::Unreachable, "no way there"),
        ];
        first.into_iter().find(|(window, ..)| self.is_in(*window)).map(|(_, kind, sentence)| fault(kind, sentence))
    }

    /// Lets everything happen whose moment has come, each at its own.
    fn arrive(&mut self) {
        let now = Instant::now();
        self.arrivals.sort_by_key(|arrival| arrival.due);
        let behind = self.arrivals.partition_point(|arrival| arrival.due <= now);
        let rest = self.arrivals.split_off(behind);
        for arrival in std::mem::replace(&mut self.arrivals, rest) {
            self.happen(&arrival);
        }
    }

    fn happen(&mut self, Arrival { due, place, action, mark }: &Arrival) {
        let written = self.written.entry(mark.clone()).or_default();
        written.effects += 1;
        if written.effects > 1 {
            self.violations.push(format!("{} was begun twice", mark.0));
        }
        let name = name_of(place).to_owned();
        let gone = self.is_gone(&name);
        let (length, lasts) = (seconds(self.rng.u64(1..40)), seconds(self.rng.u64(20..200)));
        match action {
            Action::Deregister(registration) => self.deregister(*due, &name, registration.keep),
            Action::Register(_) => {
                if let Some(target) = self.targets.get_mut(&name).filter(|_| !gone) {
                    target.is_out = false;
                    let never = target.is_new && target.destiny.never_healthy;
                    if !target.registered {
                        target.healthy_from = (!never).then(|| *due + length);
                    }
                    target.registered = true;
                }
            }
            Action::Run { .. } | Action::Copy(..) => {
                let copies = matches!(action, Action::Copy(..));
                let Some(target) = self.targets.get_mut(&name) else { return };
                let fails = gone || if copies { target.destiny.copy_fails } else { target.destiny.command_fails };
                if target.registered && !gone {
                    self.violations.push(format!("{} was changed while it was in service", mark.0));
                }
                if !copies && !fails {
                    target.is_new = true;
                }
                self.written.entry(mark.clone()).or_default().ends = Some((*due + length, !fails));
            }
            Action::Deploy(label) => self.deploy(*due, &name, label.as_str(), lasts),
            Action::Terminate => drop(self.targets.remove(&name)),
            _ => {}
        }
    }

    fn deregister(&mut self, due: Instant, name: &str, keep: u32) {
        let gone = self.is_gone(name);
        let (from, until) = self.weather.busy;
        // Between the check and the change one may begin: nobody can see that.
        if self.is_in((from + 130, until)) {
            self.violations.push(format!("{name} was taken out while a run went on"));
        }
        let Some(target) = self.targets.get_mut(name).filter(|_| !gone) else { return };
        target.registered = false;
        target.is_out = true;
        target.drained_from = due + seconds(30);
        // What the world has taken away by itself is nobody's doing.
        let spared = |state: &Self, other: &str| state.is_healthy(other) || state.is_gone(other);
        let others = self.targets.keys().filter(|other| *other != name && spared(self, other)).count();
        if others < keep as usize {
            self.violations.push(format!("{name} was taken out, with {others} others healthy where {keep} must be"));
        }
        let out = self.targets.iter().filter(|(name, target)| target.is_out && !self.is_gone(name)).count();
        if out > self.at_once {
            self.violations.push(format!("{out} are out, where {} may be", self.at_once));
        }
    }

    fn deploy(&mut self, due: Instant, name: &str, label: &str, lasts: Duration) {
        let Some(environment) = self.environments.get_mut(name) else { return };
        if environment.wanted.is_some() {
            // As the service answers: it must be Ready.
            return;
        }
        environment.deployment += 1;
        environment.wanted = Some((label.into(), Some(due + lasts)));
        environment.went_well = false;
        let under_way = self.environments.values().filter(|environment| environment.is_updating()).count();
        if under_way > self.at_once {
            self.violations.push(format!("{under_way} are updated at once, where {} may be", self.at_once));
        }
    }
}

impl Environment {
    pub(super) fn is_updating(&self) -> bool {
        matches!(&self.wanted, Some((_, Some(ends))) if *ends > Instant::now())
    }

    pub(super) fn settle(&mut self) {
        let Some((label, Some(ends))) = self.wanted.clone().filter(|_| !self.is_updating()) else { return };
        self.wanted = None;
        self.went_well = matches!(self.ends, Ends::Well | Ends::Unwell | Ends::Untold);
        self.done_at = Some(ends);
        if self.went_well {
            self.label = label;
        }
    }
}
