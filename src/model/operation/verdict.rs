//! How an operation stands, and how it ended, as far as it is proven.

use std::fmt;
use std::sync::Arc;

use super::action::Action;
use super::course::{Checked, Course};
use super::evidence::Outcome;
use super::fact::Spot;
use super::operation::{Operation, Progress};
use crate::model::id::InstanceId;

/// How an operation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// Everything that was not left out is proven.
    Succeeded,
    /// Something has failed.
    Failed,
    /// What is checked first was not so: nothing was touched.
    Refused,
    /// It was stopped before all was done.
    Stopped,
    /// A person has left it as it was, half done or not.
    Left,
}

impl Ending {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Stopped => "stopped",
            Self::Left => "left",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How an operation stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It goes on.
    Underway,
    /// Nothing else begins until a person says so.
    Paused,
    /// A person is asked, and something waits for the answer.
    Asks,
    /// It comes to an early end, and is not there yet.
    Stopping,
    /// It has ended.
    Ended(Ending),
}

/// How a unit stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing of it has begun.
    Waiting,
    /// This is done, waited for, or comes next.
    Underway(Spot),
    /// It is through, and waits for its wave or is watched with it.
    Baking,
    /// What it did is being put right.
    PuttingBack(Spot),
    /// A person is asked.
    Asks(Spot),
    /// All of it is proven.
    Done,
    /// It has failed.
    Failed {
        /// Why.
        why: Arc<str>,
        /// What became of what was half done.
        put_back: PutBack,
    },
    /// It was stopped before it was done.
    Stopped(PutBack),
    /// A person has left it out.
    Skipped {
        /// Why.
        reason: Arc<str>,
    },
}

/// What became of what was half done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PutBack {
    /// Nothing was half done.
    NotNeeded,
    /// It is as it was.
    Done,
    /// Not all of it is as it was, and why.
    Not(Arc<str>),
}

/// How many units are how far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Proven.
    pub done: u32,
    /// Failed.
    pub failed: u32,
    /// Left out.
    pub skipped: u32,
    /// Stopped before they were done.
    pub stopped: u32,
    /// Under way.
    pub under_way: u32,
    /// Not begun.
    pub waiting: u32,
}

impl Operation {
    /// How it stands.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if self.is_over() {
            return Verdict::Ended(self.ending());
        }
        if !self.questions().is_empty() {
            return Verdict::Asks;
        }
        if self.is_halting() {
            return Verdict::Stopping;
        }
        if self.paused.is_some() { Verdict::Paused } else { Verdict::Underway }
    }

    fn ending(&self) -> Ending {
        let tally = self.tally();
        if self.left.is_some() {
            Ending::Left
        } else if self.checked() == Checked::Failed {
            Ending::Refused
        } else if tally.failed > 0 || self.left_half_done().is_some() {
            Ending::Failed
        } else if tally.done > 0 && tally.stopped == 0 && tally.waiting == 0 {
            Ending::Succeeded
        } else {
            Ending::Stopped
        }
    }

    /// How a unit stands.
    #[must_use]
    pub fn standing(&self, unit: u32) -> Standing {
        if let Some(word) = self.skipped.get(&unit) {
            return Standing::Skipped { reason: word.reason.clone().unwrap_or_default() };
        }
        if let Some((spot, _)) = self.questions().into_iter().find(|(spot, _)| spot.unit() == Some(unit)) {
            return Standing::Asks(spot);
        }
        match self.course(unit) {
            Course::Waiting => Standing::Waiting,
            Course::Next(spot @ Spot::Undo { .. }) | Course::Doubt(spot @ Spot::Undo { .. }) => Standing::PuttingBack(spot),
            Course::Through | Course::Next(Spot::Watch { .. }) | Course::Doubt(Spot::Watch { .. }) => Standing::Baking,
            Course::Next(spot) | Course::Doubt(spot) => Standing::Underway(spot),
            Course::Asks(spot) => Standing::Asks(spot),
            Course::Closed => self.closed(unit),
        }
    }

    fn closed(&self, unit: u32) -> Standing {
        if let Some(why) = self.failure(unit) {
            return Standing::Failed { why: Arc::clone(why), put_back: self.put_back(unit) };
        }
        let steps = self.unit(unit).map_or(0, |unit| unit.steps.len());
        let proven = |step| self.progress.get(&Spot::Step { unit, step }).is_some_and(Progress::is_done);
        // A pause behind the last proof proves nothing.
        let pause = |step| self.deed(Spot::Step { unit, step }).is_some_and(|deed| matches!(deed.action, Action::Pause(_)));
        let done = (0_u32..).take(steps).all(|step| proven(step) || pause(step));
        if done { Standing::Done } else { Standing::Stopped(self.put_back(unit)) }
    }

    fn put_back(&self, unit: u32) -> PutBack {
        let undoing = self.undoing(unit);
        if undoing.is_empty() {
            return PutBack::NotNeeded;
        }
        let failed = |spot: &Spot| self.progress.get(spot).and_then(|progress| progress.failure().cloned());
        if let Some(why) = undoing.iter().find_map(failed) {
            return PutBack::Not(why);
        }
        let done = undoing.iter().all(|spot| self.progress.get(spot).is_some_and(Progress::is_done));
        if done { PutBack::Done } else { PutBack::Not("it was left as it was".into()) }
    }

    /// How many units are how far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for unit in self.units() {
            let counted = match self.standing(unit) {
                Standing::Waiting => &mut tally.waiting,
                Standing::Underway(_) | Standing::Baking | Standing::PuttingBack(_) | Standing::Asks(_) => &mut tally.under_way,
                Standing::Done => &mut tally.done,
                Standing::Failed { .. } => &mut tally.failed,
                Standing::Stopped(_) => &mut tally.stopped,
                Standing::Skipped { .. } => &mut tally.skipped,
            };
            *counted += 1;
        }
        tally
    }

    /// The first thing that went wrong; none where nothing did. Its parts come from outside: not yet safe to show.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let checks = (0_u32..).take(self.plan.before.len()).map(|step| self.progress.get(&Spot::Before { step }));
        if let Some(why) = checks.flatten().find_map(Progress::failure) {
            return Some(why.to_string());
        }
        let named = |unit: u32, why: &Arc<str>| {
            let name = self.unit(unit).map_or("", |unit| &*unit.name);
            match self.put_back(unit) {
                PutBack::NotNeeded => format!("{name}: {why}"),
                PutBack::Done => format!("{name}: {why}; it was put back"),
                PutBack::Not(not) => format!("{name}: {why}; it was not put back: {not}"),
            }
        };
        let failed = self.units().find_map(|unit| self.failure(unit).map(|why| named(unit, why)));
        failed.or_else(|| {
            let (unit, why) = self.left_half_done()?;
            let name = self.unit(unit).map_or("", |unit| &*unit.name);
            Some(format!("{name}: it was stopped, and not put back: {why}"))
        })
    }

    /// The one thing to say of how it came out: what went wrong first, else what the look at its end has found. Its parts
    /// come from outside: not yet safe to show.
    #[must_use]
    pub fn upshot(&self) -> Option<String> {
        self.trouble().or_else(|| self.found().map(ToString::to_string))
    }

    /// What was found by a unit that changes nothing and only looks: what the instances run in the end.
    #[must_use]
    pub fn found(&self) -> Option<&Arc<str>> {
        self.units().find_map(|unit| self.found_by(unit))
    }

    /// The same of one unit; none where it changes anything, or has found nothing yet.
    #[must_use]
    pub fn found_by(&self, unit: u32) -> Option<&Arc<str>> {
        let steps = &self.unit(unit)?.steps;
        if steps.iter().any(|step| step.deed.writes()) {
            return None;
        }
        let last = u32::try_from(steps.len()).ok()?.checked_sub(1)?;
        match self.outcome(Spot::Step { unit, step: last })? {
            Outcome::Done(proof) => Some(proof),
            Outcome::Failed(_) => None,
        }
    }

    /// The instances that are not proven to be changed: their units were left out, or have failed, and say so themselves.
    #[must_use]
    pub fn unchanged(&self) -> Vec<InstanceId> {
        let left = self.units().filter(|unit| self.standing(*unit) != Standing::Done).filter_map(|unit| self.unit(unit));
        left.filter_map(|unit| unit.steps.iter().find_map(|step| step.deed.place.instance.clone())).collect()
    }

    /// The first unit that was stopped and of which not all is as it was, and why.
    fn left_half_done(&self) -> Option<(u32, Arc<str>)> {
        self.units().find_map(|unit| match self.standing(unit) {
            Standing::Stopped(PutBack::Not(why)) => Some((unit, why)),
            _ => None,
        })
    }
}
