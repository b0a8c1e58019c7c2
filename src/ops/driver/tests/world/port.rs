//! What the world in memory answers to the driver, over a wire that loses, delays and hangs.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use super::{Arrival, Ends, LATEST, State, Weather, World, fault, name_of, seconds};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Progress, Receipt};
use crate::ops::port::Platform;

/// A look that hangs, until whoever waits for it has had enough.
struct Hangs<'a>(&'a World);

impl Drop for Hangs<'_> {
    fn drop(&mut self) {
        self.0.with(|state| state.hanging -= 1);
    }
}

/// How long a look or a request is on its way, in milliseconds.
const WIRE: std::ops::Range<u64> = 20..400;

impl Platform for World {
    fn before(&self, place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        async move {
            self.fate.tick().await;
            self.wire().await?;
            let answer = self.with(|state| state.before(&place, &action));
            self.fate.tick().await;
            answer
        }
        .boxed()
    }

    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun> {
        async move {
            self.fate.tick().await;
            let (waits, answer) = self.with(|state| state.request(place, action, mark));
            self.fate.tick().await;
            let Some(waits) = waits else { return std::future::pending().await };
            sleep(waits).await;
            // Without the hook, which would print each of them.
            let Some(answer) = answer else { std::panic::resume_unwind(Box::new("an adapter panics")) };
            self.fate.tick().await;
            answer
        }
        .boxed()
    }

    fn observe(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        async move {
            self.fate.tick().await;
            if self.with(|state| state.is_silent(&place)) {
                let _hangs = Hangs(self);
                return std::future::pending().await;
            }
            self.wire().await?;
            let answer = self.with(|state| state.look(&place, &action, &mark, &baseline, receipt.is_some()));
            self.fate.tick().await;
            answer
        }
        .boxed()
    }
}

impl World {
    /// The way of a look: it may fail, hang, or panic.
    async fn wire(&self) -> Result<(), Fault> {
        let (wait, weather, closed, dice, turn) = self.with(|state| {
            let dice = state.rng.u32(0..1_000);
            state.spent_until = state.spent_until.max(Instant::now()) + seconds(state.weather.shared);
            (state.rng.u64(WIRE), state.weather, state.closed(), dice, state.spent_until)
        });
        sleep_until(turn).await;
        sleep(Duration::from_millis(wait)).await;
        if let Some(fault) = closed {
            return Err(fault);
        }
        let Weather { hangs, panics, blind, .. } = weather;
        if dice < hangs {
            return std::future::pending().await;
        }
        if dice < hangs + panics {
            std::panic::resume_unwind(Box::new("an adapter panics"));
        }
        if dice < hangs + panics + blind {
            let throttled = fault(FaultKind::Throttled(Some(seconds(5))), "asked too often");
            return Err(if dice % 2 == 0 { throttled } else { fault(FaultKind::Unreachable, "no way there") });
        }
        Ok(())
    }
}

impl State {
    fn before(&mut self, place: &Place, action: &Action) -> Result<Baseline, Fault> {
        let mut baseline = Baseline { at: Some(Timestamp::UNIX_EPOCH), ..Baseline::default() };
        if let Some(instance) = &place.instance {
            if self.is_gone(instance.as_str()) {
                return Err(fault(FaultKind::Missing, "the instance is gone"));
            }
            if let Action::Deregister(registration) = action {
                let others = self.targets.keys().filter(|other| *other != instance.as_str() && self.is_healthy(other)).count();
                if others < registration.keep as usize {
                    return Err(fault(FaultKind::Refused, "too few others are healthy"));
                }
            }
        }
        if let Some(environment) = self.environments.get_mut(place.environment.name.as_str()) {
            environment.settle();
            if environment.wanted.is_some() {
                return Err(fault(FaultKind::Refused, "the environment must be Ready"));
            }
            baseline.deployment = Some(environment.deployment);
            baseline.version = Some((*environment.label).into());
        }
        Ok(baseline)
    }

    /// How long the answer takes, if one comes, and what it is, if it is no panic.
    fn request(&mut self, place: Place, action: Action, mark: Mark) -> (Option<Duration>, Option<Begun>) {
        let repeated = self.written.get(&mark).is_some_and(|written| written.requests > 0 && !written.may_repeat);
        if repeated {
            self.violations.push(format!("{} was sent again without a look that says that it was not begun", mark.0));
        }
        let written = self.written.entry(mark.clone()).or_default();
        (written.requests, written.may_repeat) = (written.requests + 1, false);
        let Weather { lost_answer, lost_request, refused, hangs, panics, .. } = self.weather;
        let dice = self.rng.u32(0..1_000);
        let (quick, late) = (Duration::from_millis(self.rng.u64(WIRE)), Duration::from_millis(self.rng.u64(0..LATEST)));
        let lost = Begun::Unclear(fault(FaultKind::Unreachable, "the answer was lost"));
        let refuses = dice < refused || self.start.elapsed() < seconds(self.weather.refuses_until);
        let turned_down = self.closed().or_else(|| refuses.then(|| fault(FaultKind::Throttled(None), "not now")));
        if let Some(fault) = turned_down {
            self.written.entry(mark).or_default().may_repeat = true;
            return (Some(quick), Some(Begun::Refused(fault)));
        }
        if matches!(action, Action::Register(_)) && self.is_gone(name_of(&place)) {
            // The service has no other word for an instance that is gone.
            return (Some(quick), Some(Begun::Refused(fault(FaultKind::Refused, "the target is not valid"))));
        }
        let mut behind = refused;
        let mut falls = |share: u32| {
            behind += share;
            dice < behind
        };
        if falls(lost_request) {
            return (Some(quick), Some(lost));
        }
        let (hung, panicked, unanswered) = (falls(hangs), falls(panics), falls(lost_answer));
        let due = Instant::now() + if hung || panicked || unanswered { late } else { quick };
        self.arrivals.push(Arrival { due, place, action, mark });
        if hung {
            return (None, None);
        }
        let receipt = Receipt { request: Some("r".into()), ..Receipt::default() };
        let answer = if unanswered { lost } else { Begun::Accepted(receipt) };
        (Some(quick * 2), (!panicked).then_some(answer))
    }

    fn look(&mut self, place: &Place, action: &Action, mark: &Mark, baseline: &Baseline, receipt: bool) -> Result<Observed, Fault> {
        let unclear = self.weather.unclear;
        if self.chance(unclear) {
            return Ok(Observed::Unclear("nobody can tell yet".into()));
        }
        let name = name_of(place).to_owned();
        if !action.is_write() {
            return self.wait(&name, action);
        }
        if let Action::Deploy(label) = action {
            return Ok(self.deployed(&name, label.as_str(), mark, baseline));
        }
        let written = self.written.get(mark).cloned().unwrap_or_default();
        if written.effects == 0 && !receipt {
            self.written.entry(mark.clone()).or_default().may_repeat = true;
            return Ok(Observed::NotBegun);
        }
        let never_told = self.targets.get(&name).is_some_and(|target| target.destiny.never_told);
        Ok(match written.ends {
            Some(_) if never_told && matches!(action, Action::Run { .. }) => Observed::Unclear("the machine cannot tell".into()),
            Some((ends, _)) if ends > Instant::now() => Observed::Underway(Progress::default()),
            Some((_, false)) => failed("it ended with exit code 2"),
            _ => done("it is so"),
        })
    }

    fn wait(&mut self, name: &str, action: &Action) -> Result<Observed, Fault> {
        let gone = self.is_gone(name);
        let now = Instant::now();
        let target = self.targets.get(name);
        Ok(match action {
            Action::Drained(_) if gone || target.is_none_or(|target| target.drained_from <= now) => done("it is no target"),
            Action::Healthy(_) if gone => failed("it is no target any more"),
            Action::Healthy(_) if self.is_healthy(name) => done("it is healthy"),
            Action::Steady => self.steady(name),
            Action::Quiet { .. } if self.is_in(self.weather.busy) => {
                Observed::Underway(Progress { parts: None, note: Some("run #7 of Deploy is in progress".into()) })
            }
            Action::Runs { except, .. } => match self.runs_another(|name| except.iter().any(|id| id.as_str() == name)) {
                None => done("every instance runs it"),
                Some(name) => Observed::Underway(Progress { parts: None, note: Some(format!("{name} runs v1").into()) }),
            },
            Action::Local(_) if self.drift => failed("the state has drifted"),
            Action::Reached(_) if gone => return Err(fault(FaultKind::Unreachable, "the host does not answer")),
            Action::Local(_) | Action::Reached(_) | Action::Built { .. } | Action::Quiet { .. } => done("it is so"),
            _ => Observed::Underway(Progress::default()),
        })
    }

    fn steady(&mut self, name: &str) -> Observed {
        let environment = self.environments.entry(name.to_owned()).or_default();
        environment.settle();
        let unwell = environment.done_at.is_some_and(|at| at.elapsed() > seconds(20));
        match environment.ends {
            Ends::Unwell if unwell => failed("it is severe"),
            Ends::Untold => Observed::Unclear("it does not tell how it is".into()),
            Ends::Well | Ends::OnTheOldVersion | Ends::Aborted | Ends::Unwell => Observed::Underway(Progress::default()),
        }
    }

    /// As an adapter tells it that has only the service to ask: by what was before.
    fn deployed(&mut self, name: &str, label: &str, mark: &Mark, baseline: &Baseline) -> Observed {
        let environment = self.environments.entry(name.to_owned()).or_default();
        environment.settle();
        if environment.wanted.is_some() {
            return Observed::Underway(Progress::default());
        }
        if baseline.deployment.is_some_and(|before| environment.deployment <= before) {
            self.written.entry(mark.clone()).or_default().may_repeat = true;
            return Observed::NotBegun;
        }
        match environment.ends {
            Ends::Aborted => failed("somebody has aborted the update"),
            _ if *environment.label == *label => done("it runs the version, ready, without an error"),
            _ => failed("it is Ready and Green, and runs the old version"),
        }
    }
}

fn done(why: &str) -> Observed {
    Observed::Ended(Outcome::Done(why.into()))
}

fn failed(why: &str) -> Observed {
    Observed::Ended(Outcome::Failed(why.into()))
}
