//! What an operation does next: the only source of work.
//!
//! Level-triggered: it follows from how the operation stands, not from what has just happened. So starting an operation
//! and carrying on one that was interrupted are the same.

use std::time::Duration;

use super::action::Action;
use super::course::{Checked, Course};
use super::evidence::{Baseline, Outcome};
use super::fact::{Fact, Spot};
use super::operation::Operation;
use super::plan::Deed;
use crate::model::clock::Timestamp;

/// For how long counts what was checked right before a unit's first change. Longer than the look before that takes.
const FRESH: Duration = Duration::from_secs(120);

/// Something to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Work {
    /// Write this down. Nothing is sent for it.
    Record(Fact),
    /// Look at the place; where it lets it, write down that it begins, and then send it, where there is something to
    /// send. Where it is only checked, the look is its end.
    Begin(Spot),
}

impl Operation {
    /// What is to be done now. To be asked again whenever a fact has come in, and at [`Self::wakes_at`].
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Vec<Work> {
        if self.left.is_some() {
            return Vec::new();
        }
        let mut work: Vec<Work> = self.in_doubt().into_iter().filter_map(|spot| self.settled(spot, now)).map(Work::Record).collect();
        match self.checked() {
            Checked::Open if self.stopped.is_none() && self.paused.is_none() => work.extend(self.next_checks(now)),
            Checked::Done => work.extend(self.next_steps(now)),
            Checked::Open | Checked::Failed => {}
        }
        work
    }

    /// When something comes to its end by itself: a pause. None where nothing does.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.in_doubt().into_iter().filter_map(|spot| self.pause_ends(spot)).min()
    }

    /// Whether nothing comes any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        if self.left.is_some() {
            return true;
        }
        if self.checked() != Checked::Done {
            let cut_short = self.checked() == Checked::Failed || self.stopped.is_some();
            return cut_short && self.in_doubt().is_empty();
        }
        let halting = self.is_halting();
        self.units().map(|unit| self.course(unit)).all(|course| course == Course::Closed || (halting && course == Course::Waiting))
    }

    fn pause_ends(&self, spot: Spot) -> Option<Timestamp> {
        let Action::Pause(length) = self.deed(spot)?.action else { return None };
        Some(after(self.begun(spot)?.at, length))
    }

    /// How something that has begun ends without a look.
    fn settled(&self, spot: Spot, now: Timestamp) -> Option<Fact> {
        if self.is_given_up(spot) {
            return Some(Fact::GivenUp { spot });
        }
        let over = self.pause_ends(spot).is_some_and(|ends| ends <= now);
        over.then(|| Fact::Ended { spot, outcome: Outcome::Done("the pause is over".into()) })
    }

    /// Whether something is waited for no longer. What was sent always is: it goes on without us.
    fn is_given_up(&self, spot: Spot) -> bool {
        let Some(deed) = self.deed(spot).filter(|deed| !deed.writes()) else { return false };
        match spot {
            Spot::Before { .. } => self.stopped.is_some() || self.checked() == Checked::Failed,
            Spot::Watch { .. } => self.is_halting(),
            // What puts something right is seen through.
            Spot::Undo { .. } => false,
            Spot::Step { unit, .. } => {
                let nobody_knows = self.progress.get(&spot).is_some_and(|progress| progress.asked.is_some());
                let put_back = !self.undoing(unit).is_empty();
                let needless = matches!(deed.action, Action::Pause(_)) || put_back || nobody_knows || !self.has_touched(unit);
                needless && self.is_halting()
            }
        }
    }

    fn next_checks(&self, now: Timestamp) -> Vec<Work> {
        let numbered = || (0_u32..).zip(&self.plan.before);
        let open = numbered().find(|(step, _)| !self.has_ended(Spot::Before { step: *step })).map(|(step, _)| step);
        let Some(open) = open else { return Vec::new() };
        let group = numbered().filter(|(step, deed)| *step == open || (*step > open && deed.together));
        // Up to the first one that waits for those before it.
        let group = group.zip(open..).take_while(|((step, _), expected)| step == expected);
        let spots = group.map(|((step, _), _)| Spot::Before { step });
        spots.filter(|spot| !self.has_ended(*spot) && self.begun(*spot).is_none()).filter_map(|spot| self.begin(spot, now)).collect()
    }

    fn next_steps(&self, now: Timestamp) -> Vec<Work> {
        let courses: Vec<(u32, u32, Course)> =
            (0_u32..).zip(&self.plan.units).map(|(unit, planned)| (unit, planned.wave, self.course(unit))).collect();
        let mut room = Room::of(self, &courses);
        // What is checked before an instance is taken out is checked right before: so none waits behind its checks.
        let at_the_door =
            |(unit, _, course): &(u32, u32, Course)| is_under_way(*course) && self.may_take_out(*unit) && !self.has_touched(*unit);
        let mut one_at_the_door = courses.iter().any(at_the_door);
        let spots = courses.iter().filter_map(|(unit, wave, course)| match course {
            Course::Next(spot) if self.is_held(*unit, *spot) => None,
            Course::Next(spot) => Some(*spot),
            Course::Waiting if !(one_at_the_door && self.may_take_out(*unit)) && room.enters(*wave) => {
                one_at_the_door |= self.may_take_out(*unit);
                Some(Spot::Step { unit: *unit, step: 0 })
            }
            Course::Waiting | Course::Doubt(_) | Course::Asks(_) | Course::Through | Course::Closed => None,
        });
        let mut taking_out = self.is_taking_out();
        spots
            .filter(|spot| {
                let takes_out = self.deed(*spot).is_some_and(|deed| deed.writes() && deed.action.takes_out());
                let lets = !takes_out || !taking_out;
                taking_out |= takes_out;
                lets
            })
            .flat_map(|spot| {
                let stale = self.stale_checks(spot, now);
                if stale.is_empty() { self.begin(spot, now).into_iter().collect() } else { stale }
            })
            .collect()
    }

    /// What was checked of a unit right before its first change, and too long ago: it is checked again.
    fn stale_checks(&self, first: Spot, now: Timestamp) -> Vec<Work> {
        let Spot::Step { unit, step } = first else { return Vec::new() };
        if self.has_touched(unit) || !self.deed(first).is_some_and(Deed::writes) {
            return Vec::new();
        }
        let before = (0..step).map(|step| Spot::Step { unit, step });
        let is_stale = |spot: &Spot| {
            let ended = self.progress.get(spot).and_then(|progress| progress.ended.as_ref());
            ended.is_some_and(|(at, _)| after(*at, FRESH) < now)
        };
        before.filter(is_stale).filter_map(|spot| self.begin(spot, now)).collect()
    }

    /// Whether a pause holds a unit back: one that has changed nothing yet.
    fn is_held(&self, unit: u32, spot: Spot) -> bool {
        self.paused.is_some() && !self.is_halting() && matches!(spot, Spot::Step { .. }) && !self.has_touched(unit)
    }

    /// Whether a unit takes an instance out in one of its steps.
    fn may_take_out(&self, unit: u32) -> bool {
        self.unit(unit).is_some_and(|unit| unit.steps.iter().any(|step| step.deed.writes() && step.deed.action.takes_out()))
    }

    /// Whether an instance is being taken out of which it is not seen yet that it is: until then nobody can count how
    /// many are in service, so no other is taken out.
    fn is_taking_out(&self) -> bool {
        self.in_doubt().into_iter().any(|spot| {
            let unseen = |deed: &Deed| match deed.action {
                Action::Deregister(_) => true,
                _ => deed.action.takes_out() && self.begun(spot).is_some_and(|begun| begun.receipt.is_none()),
            };
            self.deed(spot).is_some_and(unseen)
        })
    }

    fn begin(&self, spot: Spot, now: Timestamp) -> Option<Work> {
        let action = &self.deed(spot)?.action;
        // A proof compares as well with what was before.
        if action.is_write() || matches!(action, Action::Proven(_)) {
            return Some(Work::Begin(spot));
        }
        // There is nothing to send and nothing to compare with later: it is waited for from now on.
        Some(Work::Record(Fact::Began { spot, baseline: Baseline { at: Some(now), ..Baseline::default() } }))
    }
}

/// How many more units may begin.
struct Room {
    /// The wave whose turn it is; none while nothing may begin.
    wave: Option<u32>,
    left: u32,
}

impl Room {
    fn of(operation: &Operation, courses: &[(u32, u32, Course)]) -> Self {
        if operation.paused.is_some() || operation.is_halting() {
            return Self { wave: None, left: 0 };
        }
        let open = courses.iter().filter(|(.., course)| *course != Course::Closed).map(|(_, wave, _)| *wave).min();
        let Some(wave) = open else { return Self { wave: None, left: 0 } };
        let under_way = courses.iter().filter(|(_, of, course)| *of == wave && is_under_way(*course)).count();
        let at_once = operation.plan.waves.get(wave as usize).map_or(0, |wave| wave.at_once);
        Self { wave: Some(wave), left: at_once.saturating_sub(u32::try_from(under_way).unwrap_or(u32::MAX)) }
    }

    fn enters(&mut self, wave: u32) -> bool {
        let enters = self.wave == Some(wave) && self.left > 0;
        if enters {
            self.left -= 1;
        }
        enters
    }
}

/// Whether a unit takes one of the places: what is only watched takes none.
const fn is_under_way(course: Course) -> bool {
    match course {
        Course::Next(spot) | Course::Doubt(spot) | Course::Asks(spot) => !matches!(spot, Spot::Watch { .. }),
        Course::Waiting | Course::Through | Course::Closed => false,
    }
}

/// So long after a moment; the moment itself where that is past all time.
pub(super) fn after(moment: Timestamp, length: Duration) -> Timestamp {
    moment.checked_add(length).unwrap_or(Timestamp::MAX)
}
