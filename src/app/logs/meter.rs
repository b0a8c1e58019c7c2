//! What live sessions cost: AWS charges each by the minute, and tells nobody how many there were.

use crate::model::log::line::Millis;

/// So many minutes of each month are free for an account (AWS, "Amazon CloudWatch pricing", free tier).
pub const FREE_MINUTES: u64 = 1_800;

/// Counts how long sessions were open, all together, since this console was started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meter {
    read_at: Option<Millis>,
    /// In milliseconds.
    open: i64,
}

impl Meter {
    /// So many sessions have been open since it was read last.
    pub fn read(&mut self, sessions: usize, now: Millis) {
        let passed = self.read_at.map_or(0, |before| now.since(before).max(0));
        self.open = self.open.saturating_add(passed.saturating_mul(i64::try_from(sessions).unwrap_or(i64::MAX)));
        self.read_at = Some(now);
    }

    /// The minutes, each that was begun counted whole.
    #[must_use]
    pub fn minutes(&self) -> u64 {
        u64::try_from(self.open).unwrap_or(0).div_ceil(60_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minutes_of_all_sessions_are_added() {
        let mut meter = Meter::default();
        for (second, sessions, minutes) in [(0, 3, 0), (1, 1, 1), (60, 1, 1), (61, 1, 2), (121, 4, 6), (600, 0, 6), (660, 1, 7)] {
            meter.read(sessions, Millis(second * 1_000));
            assert_eq!(meter.minutes(), minutes, "after {second} s");
        }
    }
}
