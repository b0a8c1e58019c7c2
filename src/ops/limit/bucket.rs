//! One budget: a token bucket that pauses when its service throttles, and who takes the next token.

use std::time::Duration;

use tokio::time::Instant;

use super::{Precedence, Rate};

/// The shortest pause after a first throttling.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause, however often a service throttles.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that a service is believed to want.
const LONGEST_TOLD_PAUSE: Duration = Duration::from_secs(300);

/// So many calls of operations go before a call that only reads and waits; then it is let through. So reading always has a
/// quarter of a budget.
const AHEAD: u32 = 3;

/// One budget.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    tokens: f64,
    filled_at: Instant,
    paused_until: Instant,
    throttled_in_a_row: u32,
    /// How many calls wait that only read.
    readings: usize,
    /// How many calls of operations wait.
    operations: usize,
    /// How many calls of operations went before those that wait to read.
    ahead: u32,
}

impl Bucket {
    pub(super) const fn new(rate: Rate, now: Instant) -> Self {
        let (readings, operations, ahead, throttled_in_a_row) = (0, 0, 0, 0);
        Self { rate, tokens: rate.burst, filled_at: now, paused_until: now, throttled_in_a_row, readings, operations, ahead }
    }

    /// Takes a token, or says when to ask again.
    pub(super) fn take(&mut self, precedence: Precedence, now: Instant) -> Result<(), Instant> {
        if now < self.paused_until {
            return Err(self.paused_until);
        }
        let passed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = passed.mul_add(self.rate.per_second, self.tokens).min(self.rate.burst);
        self.filled_at = now;
        // Who has to let others go first asks again when the token after theirs is there.
        let missing = if self.yields(precedence) { 1.0 } else { 1.0 - self.tokens };
        if missing <= 0.0 {
            self.tokens -= 1.0;
            self.ahead = if precedence == Precedence::Operation && self.readings > 0 { self.ahead + 1 } else { 0 };
            return Ok(());
        }
        // Rounded up, or a sleeper would wake a hair too early and spin.
        Err(now + Duration::from_secs_f64(missing / self.rate.per_second) + Duration::from_millis(1))
    }

    /// Whether another one that waits goes first.
    const fn yields(&self, precedence: Precedence) -> bool {
        let is_readings_turn = self.readings > 0 && self.ahead >= AHEAD;
        match precedence {
            Precedence::Reading => self.operations > 0 && !is_readings_turn,
            Precedence::Operation => is_readings_turn,
        }
    }

    /// A call waits for this budget.
    pub(super) const fn join(&mut self, precedence: Precedence) {
        let waiting = self.waiting(precedence);
        *waiting = waiting.saturating_add(1);
    }

    /// It was let through, or is not wanted any more.
    pub(super) const fn leave(&mut self, precedence: Precedence) {
        let waiting = self.waiting(precedence);
        *waiting = waiting.saturating_sub(1);
    }

    const fn waiting(&mut self, precedence: Precedence) -> &mut usize {
        match precedence {
            Precedence::Reading => &mut self.readings,
            Precedence::Operation => &mut self.operations,
        }
    }

    /// The service throttled a call: it pauses for as long as it was told, or else ever longer.
    pub(super) fn throttled(&mut self, now: Instant, after: Option<Duration>, jitter: f64) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.throttled_in_a_row.min(6));
        let pause = after.map_or_else(|| doubled.min(LONGEST_PAUSE).mul_f64(0.5 + jitter / 2.0), |after| after.min(LONGEST_TOLD_PAUSE));
        self.throttled_in_a_row = self.throttled_in_a_row.saturating_add(1);
        self.paused_until = self.paused_until.max(now + pause);
        self.tokens = 0.0;
        self.filled_at = self.paused_until;
    }

    /// For how long it still pauses.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        self.paused_until.saturating_duration_since(now)
    }

    /// The service answered a call: what pauses there were are forgotten.
    pub(super) const fn answered(&mut self) {
        self.throttled_in_a_row = 0;
    }

    /// A call that was let through has not been made.
    pub(super) const fn give_back(&mut self) {
        self.tokens = (self.tokens + 1.0).min(self.rate.burst);
    }
}
