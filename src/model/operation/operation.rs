//! An operation: a fold over its facts. Whoever has the same facts has the same operation, so a crash is a shorter list.
//!
//! Changed by [`Operation::evolve`] alone. It knows no clock and sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::evidence::{Baseline, Outcome, Receipt};
use super::fact::{Answer, Fact, Spot, Stamped};
use super::plan::{Deed, OnFailure, Plan, PlanError, Unit};
use crate::model::clock::Timestamp;

/// What was sent, or has been waited for, and has not ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Begun {
    /// When it was begun.
    pub at: Timestamp,
    /// How the place was.
    pub baseline: Baseline,
    /// What the service answered; none while it has not, or where its answer was lost.
    pub receipt: Option<Receipt>,
}

/// How far one deed is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Progress {
    /// When it was tried first.
    pub(super) first: Option<Timestamp>,
    /// While it is begun and not ended.
    pub(super) begun: Option<Begun>,
    /// Whether it may have changed something: it was begun, and nothing proves that it was not.
    pub(super) touched: bool,
    /// Whether it was once sent, and only a look or a person says that it was not begun.
    doubted: bool,
    /// What a person is asked, while they are.
    pub(super) asked: Option<Arc<str>>,
    /// When and how it ended.
    pub(super) ended: Option<(Timestamp, End)>,
}

/// How a deed ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// As the outcome says.
    Outcome(Outcome),
    /// It was waited for no longer.
    GivenUp,
}

impl Progress {
    pub(super) fn is_done(&self) -> bool {
        matches!(self.ended, Some((_, End::Outcome(Outcome::Done(_)))))
    }

    pub(super) fn failure(&self) -> Option<&Arc<str>> {
        match &self.ended {
            Some((_, End::Outcome(Outcome::Failed(why)))) => Some(why),
            Some((_, End::Outcome(Outcome::Done(_)) | End::GivenUp)) | None => None,
        }
    }
}

/// Why nothing else begins for now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pause {
    /// A person wants it so.
    Wanted {
        /// Who.
        by: Arc<str>,
    },
    /// A unit has failed, and the plan says that a person decides.
    Failure {
        /// Which unit.
        unit: u32,
    },
}

/// What a person has said for good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// Who.
    pub by: Arc<str>,
    /// Why, where that was asked.
    pub reason: Option<Arc<str>>,
}

/// An operation as its facts tell it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    pub(super) plan: Arc<Plan>,
    pub(super) planned_at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) progress: BTreeMap<Spot, Progress>,
    /// What of it is begun and not ended.
    open: BTreeSet<Spot>,
    /// Why units have failed.
    failures: BTreeMap<u32, Arc<str>>,
    pub(super) skipped: BTreeMap<u32, Word>,
    pub(super) paused: Option<Pause>,
    pub(super) stopped: Option<Word>,
    pub(super) left: Option<Word>,
}

/// Why facts are not those of an operation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoOperation {
    /// There is no plan at their beginning.
    #[error("its first fact is not a plan")]
    NoPlan,
    /// The plan makes no sense here.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl Operation {
    /// The operation of these facts.
    ///
    /// # Errors
    /// When the first is not a plan that this program understands.
    pub fn replay(facts: &[Stamped]) -> Result<Self, NoOperation> {
        let (Stamped { at, fact: Fact::Planned { plan } }, rest) = facts.split_first().ok_or(NoOperation::NoPlan)? else {
            return Err(NoOperation::NoPlan);
        };
        plan.check()?;
        let mut operation = Self {
            plan: Arc::clone(plan),
            planned_at: *at,
            changed_at: *at,
            progress: BTreeMap::new(),
            open: BTreeSet::new(),
            failures: BTreeMap::new(),
            skipped: BTreeMap::new(),
            paused: None,
            stopped: None,
            left: None,
        };
        for fact in rest {
            operation.evolve(fact);
        }
        Ok(operation)
    }

    /// Takes in what has happened. The only thing that changes an operation.
    pub fn evolve(&mut self, Stamped { at, fact }: &Stamped) {
        self.changed_at = *at;
        match fact {
            Fact::Planned { .. } => {}
            Fact::Paused { by } => self.paused = Some(Pause::Wanted { by: Arc::clone(by) }),
            Fact::Resumed { .. } => {
                self.paused = None;
                self.forget_checks();
            }
            Fact::Stopped { by } => self.stopped = Some(Word { by: Arc::clone(by), reason: None }),
            Fact::Left { by, reason } => self.left = Some(Word { by: Arc::clone(by), reason: Some(Arc::clone(reason)) }),
            Fact::Skipped { unit, by, reason } => {
                self.skipped.insert(*unit, Word { by: Arc::clone(by), reason: Some(Arc::clone(reason)) });
            }
            Fact::Began { spot, .. }
            | Fact::Accepted { spot, .. }
            | Fact::Refused { spot, .. }
            | Fact::NotBegun { spot }
            | Fact::Unclear { spot, .. }
            | Fact::Ended { spot, .. }
            | Fact::GivenUp { spot }
            | Fact::Resolved { spot, .. } => self.went_on(*spot, *at, fact),
        }
    }

    /// What was checked is checked again wherever nothing is changed yet: it was so before the break. Where something
    /// is, what would be found is our own change; and where something has failed, a person has decided to go on with the
    /// rest.
    fn forget_checks(&mut self) {
        let untouched: BTreeSet<u32> = self.units().filter(|unit| !self.has_touched(*unit)).collect();
        let is_any_changed = self.has_failed() || self.units().any(|unit| !untouched.contains(&unit));
        self.progress.retain(|spot, progress| {
            let is_kept = match spot {
                Spot::Before { .. } => is_any_changed,
                Spot::Step { unit, .. } => !untouched.contains(unit),
                Spot::Watch { .. } | Spot::Undo { .. } => true,
            };
            is_kept || !progress.is_done()
        });
    }

    fn went_on(&mut self, spot: Spot, at: Timestamp, fact: &Fact) {
        // What puts something right must not fail unheard: it is put to a person.
        let asks = matches!(spot, Spot::Undo { .. }) && self.deed(spot).is_some_and(Deed::writes);
        let progress = self.progress.entry(spot).or_default();
        match fact {
            Fact::Began { baseline, .. } => progress.began(at, baseline),
            Fact::Accepted { receipt, .. } => {
                if let Some(begun) = &mut progress.begun {
                    begun.receipt = Some(receipt.clone());
                }
            }
            Fact::Refused { again: true, .. } => progress.was_not(at),
            Fact::NotBegun { .. } => {
                // A look is not the service's own word: if the unit fails, it is put right all the same.
                progress.doubted = true;
                progress.was_not(at);
            }
            Fact::Refused { why, again: false, .. } => {
                progress.was_not(at);
                progress.failed(at, why, asks);
            }
            Fact::Unclear { why, .. } => progress.asked = Some(Arc::clone(why)),
            Fact::Ended { outcome: Outcome::Failed(why), .. } => progress.failed(at, why, asks),
            Fact::Ended { outcome, .. } => progress.ends(at, End::Outcome(outcome.clone())),
            Fact::GivenUp { .. } => progress.ends(at, End::GivenUp),
            Fact::Resolved { answer, by, reason, .. } => progress.resolved(at, *answer, by, reason),
            Fact::Planned { .. }
            | Fact::Skipped { .. }
            | Fact::Paused { .. }
            | Fact::Resumed { .. }
            | Fact::Stopped { .. }
            | Fact::Left { .. } => {}
        }
        let (is_open, failure) = (progress.begun.is_some(), progress.failure().cloned());
        if is_open {
            self.open.insert(spot)
        } else {
            self.open.remove(&spot)
        };
        if let (Some(why), Spot::Step { unit, .. } | Spot::Watch { unit, .. }) = (failure, spot) {
            self.fails(unit, why);
        }
    }

    fn fails(&mut self, unit: u32, why: Arc<str>) {
        if self.failures.insert(unit, why).is_none() && self.plan.on_failure == OnFailure::Pause {
            self.paused = Some(Pause::Failure { unit });
        }
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// When it was planned.
    #[must_use]
    pub const fn planned_at(&self) -> Timestamp {
        self.planned_at
    }

    /// When its latest fact was.
    #[must_use]
    pub const fn changed_at(&self) -> Timestamp {
        self.changed_at
    }

    /// Why nothing else begins, while it is so.
    #[must_use]
    pub const fn pause(&self) -> Option<&Pause> {
        self.paused.as_ref()
    }

    /// Who has stopped it.
    #[must_use]
    pub const fn stopped(&self) -> Option<&Word> {
        self.stopped.as_ref()
    }

    /// What is to be done at a spot; none where the plan has no such spot.
    #[must_use]
    pub fn deed(&self, spot: Spot) -> Option<&Deed> {
        match spot {
            Spot::Before { step } => self.plan.before.get(step as usize),
            Spot::Step { unit, step } => self.unit(unit)?.steps.get(step as usize).map(|step| &step.deed),
            Spot::Watch { unit, step } => self.unit(unit)?.watch.get(step as usize),
            Spot::Undo { unit, step, deed } => self.unit(unit)?.steps.get(step as usize)?.undo.as_ref()?.deeds.get(deed as usize),
        }
    }

    /// A unit; none where the plan has no such unit.
    #[must_use]
    pub fn unit(&self, unit: u32) -> Option<&Unit> {
        self.plan.units.get(unit as usize)
    }

    /// The numbers of all units.
    pub fn units(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.plan.units.len()).unwrap_or(u32::MAX)
    }

    /// What was begun at a spot and has not ended.
    #[must_use]
    pub fn begun(&self, spot: Spot) -> Option<&Begun> {
        self.progress.get(&spot)?.begun.as_ref()
    }

    /// Everything that has begun, be it over or not.
    pub fn all_begun(&self) -> impl Iterator<Item = Spot> {
        self.progress.iter().filter(|(_, progress)| progress.begun.is_some()).map(|(spot, _)| *spot)
    }

    /// When a spot was tried first; none where it was not.
    #[must_use]
    pub fn tried_since(&self, spot: Spot) -> Option<Timestamp> {
        self.progress.get(&spot)?.first
    }

    /// Whether what was begun at a spot may have changed something: nothing proves that it was not begun.
    #[must_use]
    pub fn may_have_changed(&self, spot: Spot) -> bool {
        self.progress.get(&spot).is_some_and(|progress| progress.touched)
    }

    /// Whether what is to be done at a spot is done.
    #[must_use]
    pub fn is_done(&self, spot: Spot) -> bool {
        self.progress.get(&spot).is_some_and(Progress::is_done)
    }

    /// What has begun and not ended: what has to be looked at, before anything else is believed.
    #[must_use]
    pub fn in_doubt(&self) -> Vec<Spot> {
        if self.left.is_some() {
            return Vec::new();
        }
        self.open.iter().copied().collect()
    }

    /// What a person is asked: where, and why nobody else can tell.
    #[must_use]
    pub fn questions(&self) -> Vec<(Spot, Arc<str>)> {
        if self.left.is_some() {
            return Vec::new();
        }
        self.progress.iter().filter_map(|(spot, progress)| progress.asked.clone().map(|why| (*spot, why))).collect()
    }

    /// Why a unit has failed; none while it has not. The failure of what puts it right is another matter.
    #[must_use]
    pub fn failure(&self, unit: u32) -> Option<&Arc<str>> {
        self.failures.get(&unit)
    }

    /// Whether any unit has failed.
    pub(super) fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    pub(super) fn spots(&self, range: std::ops::RangeInclusive<Spot>) -> impl Iterator<Item = (Spot, &Progress)> {
        self.progress.range(range).map(|(spot, progress)| (*spot, progress))
    }
}

impl Progress {
    fn began(&mut self, at: Timestamp, baseline: &Baseline) {
        self.first.get_or_insert(at);
        self.touched = true;
        // What is checked once more is not known any more.
        self.ended = None;
        self.begun = Some(Begun { at, baseline: baseline.clone(), receipt: None });
    }

    /// It was not begun, whatever was believed.
    fn was_not(&mut self, at: Timestamp) {
        self.first.get_or_insert(at);
        self.begun = None;
        self.asked = None;
        self.touched = self.doubted;
    }

    fn failed(&mut self, at: Timestamp, why: &Arc<str>, asks: bool) {
        self.begun = None;
        if asks {
            self.asked = Some(Arc::clone(why));
        } else {
            self.ends(at, End::Outcome(Outcome::Failed(Arc::clone(why))));
        }
    }

    fn ends(&mut self, at: Timestamp, end: End) {
        self.begun = None;
        self.asked = None;
        self.ended = Some((at, end));
    }

    fn resolved(&mut self, at: Timestamp, answer: Answer, by: &str, reason: &str) {
        let sentence = || -> Arc<str> { format!("{by} says so: {reason}").into() };
        match answer {
            Answer::Done => self.ends(at, End::Outcome(Outcome::Done(sentence()))),
            Answer::Failed => self.ends(at, End::Outcome(Outcome::Failed(sentence()))),
            Answer::Again => {
                self.doubted |= self.begun.is_some();
                self.was_not(at);
                // Another try has its own time.
                self.first = None;
            }
        }
    }
}
