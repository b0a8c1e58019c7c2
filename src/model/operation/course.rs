//! Where each unit of an operation stands, and so what it may do next.

use super::action::Action;
use super::fact::Spot;
use super::operation::{Operation, Progress};
use super::plan::{Deed, OnFailure};

/// Where a unit stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Course {
    /// Nothing of it has begun.
    Waiting,
    /// This comes next.
    Next(Spot),
    /// This has begun and not ended.
    Doubt(Spot),
    /// This could not be put right: a person is asked.
    Asks(Spot),
    /// It is through, and waits for the rest of its wave.
    Through,
    /// Nothing comes any more.
    Closed,
}

/// What is checked before the first change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Checked {
    /// Something is still to be checked.
    Open,
    /// All is well.
    Done,
    /// Something is not.
    Failed,
}

impl Operation {
    /// Whether it comes to an early end: what has begun is followed to its end or put back, nothing else begins.
    #[must_use]
    pub fn is_halting(&self) -> bool {
        self.stopped.is_some() || (self.plan.on_failure == OnFailure::Stop && self.has_failed())
    }

    /// How far it is with what is checked first.
    pub(super) fn checked(&self) -> Checked {
        // Nothing is changed before they are done; behind that they count for good.
        if self.units().any(|unit| self.has_touched(unit)) {
            return Checked::Done;
        }
        let all = (0_u32..).take(self.plan.before.len()).map(|step| self.progress.get(&Spot::Before { step }));
        all.fold(Checked::Done, |sofar, progress| match progress {
            Some(progress) if progress.failure().is_some() => Checked::Failed,
            Some(progress) if progress.is_done() => sofar,
            Some(_) | None if sofar == Checked::Done => Checked::Open,
            Some(_) | None => sofar,
        })
    }

    /// How many of the checks before the first change are over, of how many; none where nothing is checked any more.
    #[must_use]
    pub fn checks(&self) -> Option<(usize, usize)> {
        let count = self.plan.before.len();
        let over = || (0_u32..).take(count).filter(|step| self.has_ended(Spot::Before { step: *step })).count();
        (self.checked() == Checked::Open).then(|| (over(), count))
    }

    /// Where a unit stands.
    pub(super) fn course(&self, unit: u32) -> Course {
        if self.skipped.contains_key(&unit) {
            return Course::Closed;
        }
        if let Some(course) = self.unsettled(unit) {
            return course;
        }
        if self.failure(unit).is_some() {
            return self.turned_back(unit);
        }
        if !self.has_begun(unit) {
            return Course::Waiting;
        }
        if self.is_halting() {
            return self.turned_back(unit);
        }
        if let Some(step) = self.first_open(unit) {
            return Course::Next(step);
        }
        match self.first_unwatched(unit) {
            Some(watch) if self.wave_is_through(unit) => Course::Next(watch),
            Some(_) => Course::Through,
            None => Course::Closed,
        }
    }

    /// What has begun in a unit and not ended, or is put to a person.
    fn unsettled(&self, unit: u32) -> Option<Course> {
        self.of_unit(unit).find_map(|(spot, progress)| match progress {
            Progress { begun: Some(_), .. } => Some(Course::Doubt(spot)),
            Progress { asked: Some(_), ended: None, .. } => Some(Course::Asks(spot)),
            Progress { .. } => None,
        })
    }

    /// A unit that goes no further: what is half done is put right, and what was done is proven.
    fn turned_back(&self, unit: u32) -> Course {
        if let Some(undo) = self.undoing(unit).into_iter().find(|spot| !self.has_ended(*spot)) {
            return Course::Next(undo);
        }
        // What was sent and is not to be put right is followed to its proof, as long as nothing has to be sent for that.
        let proof = |deed: &Deed| !deed.writes() && !matches!(deed.action, Action::Pause(_));
        match self.first_open(unit) {
            Some(spot) if self.failure(unit).is_none() && self.has_touched(unit) && self.deed(spot).is_some_and(proof) => {
                Course::Next(spot)
            }
            Some(_) | None => Course::Closed,
        }
    }

    /// The deeds that put right what is half done, in their order. They do not change once a unit has turned back.
    pub(super) fn undoing(&self, unit: u32) -> Vec<Spot> {
        let steps = self.unit(unit).map(|unit| unit.steps.as_slice()).unwrap_or_default();
        let half_done = steps.iter().enumerate().rev().filter_map(|(step, planned)| {
            let (step, undo) = (u32::try_from(step).ok()?, planned.undo.as_ref()?);
            let touched = self.progress.get(&Spot::Step { unit, step })?.touched;
            let settled = self.progress.get(&Spot::Step { unit, step: undo.until }).is_some_and(Progress::is_done);
            (touched && !settled).then_some((step, undo))
        });
        half_done.flat_map(|(step, undo)| (0_u32..).take(undo.deeds.len()).map(move |deed| Spot::Undo { unit, step, deed })).collect()
    }

    /// Whether every unit of the same wave is through its steps, or goes no further.
    fn wave_is_through(&self, unit: u32) -> bool {
        let Some(wave) = self.unit(unit).map(|unit| unit.wave) else { return false };
        let through = |unit: u32| match self.unsettled(unit) {
            _ if self.skipped.contains_key(&unit) => true,
            Some(course) => matches!(course, Course::Doubt(Spot::Watch { .. })),
            None if self.failure(unit).is_some() => self.turned_back(unit) == Course::Closed,
            None => self.first_open(unit).is_none(),
        };
        (0_u32..).zip(&self.plan.units).filter(|(_, other)| other.wave == wave).all(|(number, _)| through(number))
    }

    fn first_open(&self, unit: u32) -> Option<Spot> {
        let steps = self.unit(unit)?.steps.len();
        (0_u32..).take(steps).map(|step| Spot::Step { unit, step }).find(|spot| !self.has_ended(*spot))
    }

    fn first_unwatched(&self, unit: u32) -> Option<Spot> {
        let watched = self.unit(unit)?.watch.len();
        (0_u32..).take(watched).map(|step| Spot::Watch { unit, step }).find(|spot| !self.has_ended(*spot))
    }

    /// Everything that has happened to a unit.
    pub(super) fn of_unit(&self, unit: u32) -> impl Iterator<Item = (Spot, &Progress)> {
        let steps = self.spots(Spot::Step { unit, step: 0 }..=Spot::Step { unit, step: u32::MAX });
        let watched = self.spots(Spot::Watch { unit, step: 0 }..=Spot::Watch { unit, step: u32::MAX });
        let undone = self.spots(Spot::Undo { unit, step: 0, deed: 0 }..=Spot::Undo { unit, step: u32::MAX, deed: u32::MAX });
        steps.chain(watched).chain(undone)
    }

    /// Whether anything of a unit was tried.
    pub(super) fn has_begun(&self, unit: u32) -> bool {
        self.of_unit(unit).next().is_some()
    }

    /// Whether a unit may have changed anything.
    pub(super) fn has_touched(&self, unit: u32) -> bool {
        self.of_unit(unit).any(|(spot, progress)| progress.touched && self.deed(spot).is_some_and(Deed::writes))
    }

    /// Whether something has come to its end.
    #[must_use]
    pub fn has_ended(&self, spot: Spot) -> bool {
        self.progress.get(&spot).is_some_and(|progress| progress.ended.is_some())
    }
}
