//! Moments and ages. The present is always handed in; nothing here asks what time it is.

use std::fmt;

pub use jiff::Timestamp;
pub use jiff::tz::TimeZone;

/// How long before `now` a moment was, in whole seconds; 0 when it lies in the future.
#[must_use]
pub fn seconds_since(moment: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.duration_since(moment).as_secs()).unwrap_or(0)
}

/// A span of time as a person says it, coarse on purpose: `4s`, `2m`, `3h`, `5d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Age {
    seconds: u64,
}

impl Age {
    /// The age at `now` of something that happened at `moment`.
    #[must_use]
    pub fn of(moment: Timestamp, now: Timestamp) -> Self {
        Self { seconds: seconds_since(moment, now) }
    }

    /// An age of so many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self { seconds }
    }

    /// The seconds in one unit of the text this age is drawn as.
    const fn unit(self) -> u64 {
        match self.seconds {
            0..=59 => 1,
            60..=3_599 => 60,
            3_600..=172_799 => 3_600,
            _ => 86_400,
        }
    }

    /// In how many seconds the text changes: when a screen that shows it must be drawn again.
    #[must_use]
    pub const fn changes_in(self) -> u64 {
        let unit = self.unit();
        unit - self.seconds % unit
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit();
        let letter = match unit {
            1 => 's',
            60 => 'm',
            3_600 => 'h',
            _ => 'd',
        };
        f.pad(&format!("{}{letter}", self.seconds / unit))
    }
}

/// When a question was asked, with a number that orders questions of the same instant.
///
/// The order of stamps is the order in which knowledge supersedes knowledge:
/// an answer to a later question wins, however late an earlier one arrives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Stamp {
    /// When the question was asked.
    pub asked_at: Timestamp,
    /// Unique within the process, growing.
    pub sequence: u64,
}

impl Stamp {
    /// The stamp of what several answers tell together: as old as the oldest of them, and ahead of the same put
    /// together before one of them was renewed.
    pub fn of_parts(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        parts.into_iter().reduce(|all, part| Self { asked_at: all.asked_at.min(part.asked_at), sequence: all.sequence.max(part.sequence) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_answers_together_are_as_old_as_the_oldest_and_go_on_with_each() {
        let stamp = |second: i64, sequence: u64| Stamp { asked_at: Timestamp::from_second(second).unwrap(), sequence };
        let before = Stamp::of_parts([stamp(20, 5), stamp(10, 2)]).unwrap();
        let after = Stamp::of_parts([stamp(30, 9), stamp(10, 2)]).unwrap();
        assert_eq!((before, after), (stamp(10, 5), stamp(10, 9)));
        assert!(before < after);
        assert_eq!(Stamp::of_parts([]), None);
    }

    #[test]
    fn ages_are_coarse_and_say_when_they_change() {
        for (seconds, text, changes_in) in [
            (0, "0s", 1),
            (59, "59s", 1),
            (60, "1m", 60),
            (119, "1m", 1),
            (3_600, "1h", 3_600),
            (86_400, "24h", 3_600),
            (200_000, "2d", 59_200),
        ] {
            let age = Age::from_seconds(seconds);
            assert_eq!((age.to_string().as_str(), age.changes_in()), (text, changes_in));
        }
    }
}
