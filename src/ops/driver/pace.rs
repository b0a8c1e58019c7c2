//! When to call again: what a driver remembers of each thing, and may forget.

use std::time::Duration;

use tokio::time::Instant;

use super::Note;
use crate::model::clock::{Timestamp, seconds_since};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::evidence::Observed;
use crate::model::operation::look::is_waited_out;

/// The first wait after a failed call; it doubles.
const FIRST: Duration = Duration::from_secs(2);

/// The longest.
const LONGEST: Duration = Duration::from_secs(60);

/// Longer than a call and the wait for the next one take together: who has not tried for so long could not.
const GAP: u64 = 300;

/// Since when something has failed without a break.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    since: Option<Timestamp>,
    tried: Option<Timestamp>,
}

impl Run {
    /// It has failed now; tells since when it does. A time in which nobody tried is a break: the machine slept.
    pub(super) fn fails(&mut self, now: Timestamp) -> Timestamp {
        if self.tried.is_some_and(|tried| seconds_since(tried, now) > GAP) {
            self.since = None;
        }
        self.tried = Some(now);
        *self.since.get_or_insert(now)
    }

    /// It failed as is waited out without limit: that uses up no patience.
    pub(super) const fn breaks(&mut self) {
        self.since = None;
    }
}

/// What is remembered of one thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// Whether a call about it is on its way.
    pub(super) is_busy: bool,
    /// Not before then.
    due: Option<Instant>,
    failures: u32,
    /// How long looks fail, or the look before says no.
    looks: Run,
    /// How long requests are turned down.
    requests: Run,
    /// When its request was last on its way.
    pub(super) sent: Option<Timestamp>,
    /// What is known of it.
    pub(super) note: Option<Note>,
}

impl Pace {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.is_busy && self.due.is_none_or(|due| due <= now)
    }

    /// When it is to be thought of again; none while a call is on its way.
    pub(super) fn wakes(&self) -> Option<Instant> {
        if self.is_busy { None } else { Some(self.due.unwrap_or_else(Instant::now)) }
    }

    /// A look has failed, or the look before says no; tells since when.
    pub(super) fn hindered(&mut self, fault: &Fault, now: Timestamp) -> Timestamp {
        failed(&mut self.looks, fault, now)
    }

    /// A request was turned down; tells since when they are.
    pub(super) fn turned_down(&mut self, fault: &Fault, now: Timestamp) -> Timestamp {
        failed(&mut self.requests, fault, now)
    }

    /// The look before lets it begin. That says nothing of how its request fares.
    pub(super) fn let_begin(&mut self) {
        (self.looks, self.due, self.note) = (Run::default(), None, None);
    }

    /// The service has taken its request.
    pub(super) fn accepted(&mut self) {
        (self.failures, self.requests) = (0, Run::default());
    }

    /// Does not wait any longer.
    pub(super) const fn hurry(&mut self) {
        self.due = None;
    }

    /// A call failed: it waits, longer each time, or as long as it was told to.
    pub(super) fn put_off(&mut self, fault: Fault) {
        let doubled = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let wait = match fault.kind {
            FaultKind::Throttled(Some(told)) => told.clamp(FIRST, LONGEST),
            FaultKind::Throttled(None)
            | FaultKind::Denied
            | FaultKind::Expired
            | FaultKind::Missing
            | FaultKind::Unsupported
            | FaultKind::Unreachable
            | FaultKind::Failed
            | FaultKind::Refused
            | FaultKind::Malformed => doubled,
        };
        self.due = Some(Instant::now() + wait);
        self.note = Some(Note::Waits(fault));
    }

    /// A look was answered.
    pub(super) fn saw(&mut self, answer: Result<Observed, Fault>, interval: Duration) {
        let note = match answer {
            Err(fault) => return self.put_off(fault),
            Ok(Observed::Underway(progress)) => Some(Note::Progress(progress)),
            Ok(Observed::Unclear(why)) => Some(Note::Unclear(why)),
            Ok(Observed::NotBegun | Observed::Ended(_)) => None,
        };
        (self.failures, self.looks, self.note, self.due) = (0, Run::default(), note, Some(Instant::now() + interval));
    }
}

fn failed(run: &mut Run, fault: &Fault, now: Timestamp) -> Timestamp {
    let since = run.fails(now);
    if is_waited_out(fault.kind) {
        run.breaks();
    }
    since
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unbroken_run_of_failures_counts() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let unreachable = Fault::new(FaultKind::Unreachable, "no");
        let mut pace = Pace::default();
        assert_eq!(pace.hindered(&unreachable, at(0)), at(0));
        assert_eq!(pace.hindered(&unreachable, at(40)), at(0));
        let night = 8 * 3_600;
        assert_eq!(pace.hindered(&unreachable, at(night)), at(night), "nobody tried all night");
        let _ = pace.hindered(&Fault::new(FaultKind::Expired, "no"), at(night + 10));
        assert_eq!(pace.hindered(&unreachable, at(night + 20)), at(night + 20), "in between it was waited out");
        // A look that lets it begin says nothing of how requests fare.
        assert_eq!(pace.turned_down(&unreachable, at(night + 20)), at(night + 20));
        pace.let_begin();
        assert_eq!(pace.turned_down(&unreachable, at(night + 50)), at(night + 20));
        pace.accepted();
        assert_eq!(pace.turned_down(&unreachable, at(night + 60)), at(night + 60));
    }
}
