//! How long an operation has taken, and how long it will probably still take.

use std::time::Duration;

use super::action::Action;
use super::course::Course;
use super::fact::Spot;
use super::operation::Operation;
use crate::model::clock::Timestamp;

/// How long something takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timing {
    /// How long it has taken until now, or until its end.
    pub taken: Duration,
    /// How long it will take in all: as the last one took, or as the units before it took. None where nobody knows.
    pub expected: Option<Duration>,
    /// How long it will still take; zero where it takes longer than it should. None where nobody knows.
    pub left: Option<Duration>,
}

impl Operation {
    /// How long the whole takes.
    #[must_use]
    pub fn timing(&self, now: Timestamp) -> Timing {
        let until = if self.is_over() { self.changed_at } else { now };
        let taken = between(self.planned_at, until);
        let left = if self.is_over() { Some(Duration::ZERO) } else { self.left_in_waves(now) };
        Timing { taken, expected: left.map(|left| taken + left), left }
    }

    /// How long a unit takes; none where it has not begun.
    #[must_use]
    pub fn unit_timing(&self, unit: u32, now: Timestamp) -> Option<Timing> {
        let begun = self.unit_began(unit)?;
        let closed = self.course(unit) == Course::Closed;
        let taken = between(begun, if closed { self.unit_ended(unit).unwrap_or(now) } else { now });
        if closed {
            return Some(Timing { taken, expected: Some(taken), left: Some(Duration::ZERO) });
        }
        let expected = self.expected(unit);
        Some(Timing { taken, expected, left: expected.map(|expected| expected.saturating_sub(taken)) })
    }

    /// How many steps of a unit have ended, of how many.
    #[must_use]
    pub fn steps_done(&self, unit: u32) -> (u32, u32) {
        let steps = self.unit(unit).map_or(0, |unit| u32::try_from(unit.steps.len()).unwrap_or(u32::MAX));
        let ended = (0..steps).filter(|step| self.has_ended(Spot::Step { unit, step: *step })).count();
        (u32::try_from(ended).unwrap_or(u32::MAX), steps)
    }

    fn left_in_waves(&self, now: Timestamp) -> Option<Duration> {
        (0_u32..).zip(&self.plan.waves).map(|(wave, limits)| self.left_in_wave(wave, limits.at_once.max(1), now)).sum()
    }

    /// What is left of all its units, so many at once; not less than what is left of the longest.
    fn left_in_wave(&self, wave: u32, at_once: u32, now: Timestamp) -> Option<Duration> {
        let units = || (0_u32..).zip(&self.plan.units).filter(|(_, unit)| unit.wave == wave);
        let open = units().filter(|(unit, _)| self.course(*unit) != Course::Closed);
        let lefts = open.map(|(unit, _)| match self.unit_timing(unit, now) {
            Some(timing) => timing.left,
            None => self.expected(unit),
        });
        let lefts = lefts.collect::<Option<Vec<Duration>>>()?;
        let longest = lefts.iter().max().copied().unwrap_or_default();
        let shared = lefts.iter().sum::<Duration>() / at_once;
        let baked = units()
            .flat_map(|(unit, planned)| (0_u32..).zip(&planned.watch).map(move |(step, deed)| (Spot::Watch { unit, step }, deed.patience)));
        let baking = baked.filter(|(spot, _)| !self.has_ended(*spot)).map(|(_, patience)| patience).max();
        let baking = if lefts.is_empty() { Duration::ZERO } else { baking.unwrap_or_default() };
        Some(longest.max(shared) + baking)
    }

    /// How long a unit should take: as its plan says, else as those took that are done.
    fn expected(&self, unit: u32) -> Option<Duration> {
        let steps = &self.unit(unit)?.steps;
        let known = |action: &Action| match action {
            Action::Pause(length) => Some(*length),
            _ => None,
        };
        if steps.iter().any(|step| step.deed.expected.is_some()) {
            return Some(steps.iter().filter_map(|step| step.deed.expected.or_else(|| known(&step.deed.action))).sum());
        }
        let took = |unit: u32| Some(between(self.unit_began(unit)?, self.unit_ended(unit)?));
        let done = self.units().filter(|unit| self.steps_all_done(*unit));
        let took: Vec<Duration> = done.filter_map(took).collect();
        let count = u32::try_from(took.len()).ok().filter(|count| *count > 0)?;
        Some(took.iter().sum::<Duration>() / count)
    }

    fn steps_all_done(&self, unit: u32) -> bool {
        let (done, of) = self.steps_done(unit);
        done == of && self.failure(unit).is_none()
    }

    fn unit_began(&self, unit: u32) -> Option<Timestamp> {
        let first = |progress: &super::operation::Progress| progress.first.or_else(|| progress.ended.as_ref().map(|(at, _)| *at));
        self.of_unit(unit).filter_map(|(_, progress)| first(progress)).min()
    }

    /// When its last step or what puts it right ended. What is only watched is not counted.
    fn unit_ended(&self, unit: u32) -> Option<Timestamp> {
        let counted = self.of_unit(unit).filter(|(spot, _)| !matches!(spot, Spot::Watch { .. }));
        counted.filter_map(|(_, progress)| progress.ended.as_ref().map(|(at, _)| *at)).max()
    }
}

fn between(from: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(from)).unwrap_or_default()
}
