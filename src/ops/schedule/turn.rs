//! Turns: when a question comes again, by how the last one ended; and how many are asked at once.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::fault::FaultKind;
use crate::ops::port::Sweep;

/// The longest pause after failures in a row.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// How soon expired credentials are tried again: a person may have renewed them.
pub(super) const RENEWAL_PAUSE: Duration = Duration::from_secs(8);
/// For how long what the service does not offer is not asked for again.
pub(super) const NOT_OFFERED_PAUSE: Duration = Duration::from_secs(3_600);
/// For how long what was refused for one environment is not asked for again.
pub(super) const REFUSED_PAUSE: Duration = Duration::from_secs(60);
/// For how long what is denied is not asked for again.
pub(super) const DENIED_PAUSE: Duration = Duration::from_secs(300);

/// A question that is asked again and again.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) due: Instant,
    pub(super) running: bool,
    pub(super) failures: u32,
}

impl Turn {
    pub(super) const fn at(due: Instant) -> Self {
        Self { due, running: false, failures: 0 }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.running && self.due <= now
    }

    pub(super) fn answered(&mut self, now: Instant, pause: Duration) {
        self.running = false;
        self.failures = 0;
        self.due = now + pause;
    }

    pub(super) fn failed(&mut self, now: Instant, kind: FaultKind, pace: Duration, jitter: f64) {
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

/// Questions about single environments that do not wait for those of another lane.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) sweep: Sweep,
    pub(super) next: Instant,
    pub(super) running: usize,
}

impl Lane {
    pub(super) const fn at(sweep: Sweep, now: Instant) -> Self {
        Self { sweep, next: now, running: 0 }
    }

    pub(super) fn is_free(&self, now: Instant) -> bool {
        now >= self.next && self.running < self.sweep.at_once
    }
}
