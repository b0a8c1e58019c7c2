//! When to call again: what a driver remembers of each thing, and may forget.

use std::time::Duration;

use tokio::time::Instant;

use super::Note;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::evidence::Observed;

/// The first wait after a failed call; it doubles.
const FIRST: Duration = Duration::from_secs(2);

/// The longest.
const LONGEST: Duration = Duration::from_secs(60);

/// What is remembered of one thing.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace {
    /// Whether a call about it is on its way.
    pub(super) is_busy: bool,
    /// Not before then.
    due: Option<Instant>,
    failures: u32,
    /// Since when the look before says no.
    pub(super) hindered: Option<Timestamp>,
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
        (self.failures, self.note, self.due) = (0, note, Some(Instant::now() + interval));
    }
}
