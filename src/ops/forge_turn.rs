//! When one question is due again, what it told so far, and when the whole way in rests.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::commit::CommitDetail;
use crate::model::fault::FaultKind;

/// How soon an expired token is tried again: a person may have renewed it.
const RENEWAL_PAUSE: Duration = Duration::from_secs(8);
/// The first pause after no answer came; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause after no answer came.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After so many answers in a row that told nothing new, little is to be expected of the next.
const UNCHANGED: u32 = 20;

/// A question that is asked again and again, or once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Since when it is wanted.
    since: Instant,
    /// When it was last asked.
    asked: Option<Instant>,
    /// Not to be asked before.
    resting: Option<Instant>,
    running: bool,
    failures: u32,
}

impl Turn {
    pub(super) const fn wanted(since: Instant) -> Self {
        Self { since, asked: None, resting: None, running: false, failures: 0 }
    }

    /// When it is due, if it is asked this often.
    pub(super) fn due(&self, interval: Duration) -> Option<Instant> {
        let due = self.asked.map_or(self.since, |asked| asked + interval);
        let due = self.resting.map_or(due, |resting| resting.max(due));
        (!self.running).then_some(due)
    }

    /// Whether it was never asked, or the way in was not there.
    pub(super) const fn is_new(&self) -> bool {
        self.asked.is_none() && self.failures == 0
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running
    }

    pub(super) const fn begin(&mut self, now: Instant) {
        self.running = true;
        self.asked = Some(now);
    }

    pub(super) const fn answered(&mut self) {
        (self.running, self.failures, self.resting) = (false, 0, None);
    }

    pub(super) fn failed(&mut self, kind: FaultKind, now: Instant, jitter: f64) {
        self.running = false;
        let doubled = |first: u64, most: u64| {
            let pause = Duration::from_secs(first).saturating_mul(1 << self.failures.min(10)).min(Duration::from_secs(most));
            pause.mul_f64(0.5 + jitter / 2.0)
        };
        let pause = match kind {
            // The whole way in rests: this comes again with it.
            FaultKind::Expired | FaultKind::Unreachable | FaultKind::Throttled(_) => {
                self.asked = None;
                return;
            }
            FaultKind::Denied => Duration::from_secs(300),
            FaultKind::Unsupported => Duration::from_secs(3_600),
            FaultKind::Missing | FaultKind::Refused => doubled(60, 3_600),
            FaultKind::Failed | FaultKind::Malformed => doubled(15, 300),
        };
        self.failures = self.failures.saturating_add(1);
        self.resting = Some(now + pause);
    }

    /// Wants it now.
    pub(super) const fn hurry(&mut self, now: Instant) {
        (self.since, self.asked, self.resting) = (now, None, None);
    }
}

/// The details of a commit, which are asked for as long as they are wanted.
pub(super) struct DetailTurn {
    pub(super) turn: Turn,
    told: Option<CommitDetail>,
    /// How often in a row the same was told.
    unchanged: u32,
}

impl DetailTurn {
    pub(super) const fn wanted(since: Instant) -> Self {
        Self { turn: Turn::wanted(since), told: None, unchanged: 0 }
    }

    pub(super) const fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// Whether it has stayed the same for so long that it may well do so for ever: checks that nobody ends.
    pub(super) const fn is_still(&self) -> bool {
        self.unchanged >= UNCHANGED
    }

    pub(super) fn answered(&mut self, detail: &CommitDetail) {
        self.turn.answered();
        if self.told.as_ref() == Some(detail) {
            self.unchanged = self.unchanged.saturating_add(1);
        } else {
            (self.told, self.unchanged) = (Some(detail.clone()), 0);
        }
    }
}

/// How the way in is.
#[derive(Default)]
pub(super) struct Way {
    pub(super) resting: Option<Instant>,
    /// Whether the server itself asked for the rest.
    pub(super) told: bool,
    /// How often in a row there was no answer, or no token.
    pub(super) failures: u32,
}

impl Way {
    /// Learns from what came of a question how the way in is.
    pub(super) fn learn(&mut self, told: Result<(), FaultKind>, now: Instant) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        let (pause, told) = match told {
            Err(FaultKind::Throttled(after)) => (after.unwrap_or(LONGEST_PAUSE), true),
            // GitHub locks out who tries bad credentials again and again.
            Err(FaultKind::Expired) => (doubled.max(RENEWAL_PAUSE), false),
            Err(FaultKind::Unreachable) => (doubled.mul_f64(0.5 + fastrand::f64() / 2.0), false),
            Ok(())
            | Err(
                FaultKind::Denied
                | FaultKind::Missing
                | FaultKind::Unsupported
                | FaultKind::Failed
                | FaultKind::Refused
                | FaultKind::Malformed,
            ) => {
                self.failures = 0;
                return;
            }
        };
        // What was under way together fails together: that is one failure.
        let rests = self.resting.is_some_and(|until| until > now);
        if rests && !told {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.told = told;
        self.resting = self.resting.max(Some(now + pause));
    }
}
