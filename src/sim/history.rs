//! What an environment was like, and when.
//!
//! Owns the truth rows of one environment, kept for somewhat more than an hour.
//! Never holds what cannot change (names, account): the environment has those.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::environment::Name;
use crate::moment::{HOUR, MINUTE, Millis, Moment};

/// For how long rows are kept; the contract asks for an hour.
pub const KEPT: Millis = HOUR + 30 * MINUTE;
/// However much happens, no more rows than this.
const MOST: usize = 40_000;

/// What was true of an environment from one moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The version label.
    pub label: Name,
    /// The contract's health level.
    pub level: &'static str,
    /// Why.
    pub causes: Arc<[String]>,
    /// What went on.
    pub activity: Option<Activity>,
    /// How many instances there were.
    pub total: usize,
    /// How many of them were well.
    pub healthy: usize,
    /// How many reported each label.
    pub versions: Arc<[(Name, usize)]>,
}

/// What went on, in the contract's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// The kind's word.
    pub kind: &'static str,
    /// Instances done, of how many; for deploys.
    pub done: Option<(usize, usize)>,
    /// Since when.
    pub since: Moment,
}

/// The rows of one environment, oldest first. `None`: it was not there.
#[derive(Clone, Debug, Default)]
pub struct History {
    rows: VecDeque<(Moment, Option<Row>)>,
}

impl History {
    /// Notes what is true from `at` on; nothing when that is no news.
    pub fn note(&mut self, at: Moment, row: Option<Row>) {
        if self.rows.back().is_some_and(|(_, last)| *last == row) {
            return;
        }
        match self.rows.back_mut() {
            // Two changes in one millisecond: the later one is what was true.
            Some(last) if last.0 == at => last.1 = row,
            _ => self.rows.push_back((at, row)),
        }
        let horizon = at.plus(-KEPT);
        // The row that was true at the horizon stays, so every later moment has one.
        while self.rows.len() > MOST || self.rows.get(1).is_some_and(|(since, _)| *since <= horizon) {
            self.rows.pop_front();
        }
    }

    /// The oldest row that is kept.
    #[must_use]
    pub fn first(&self) -> Option<&Row> {
        self.rows.iter().find_map(|(_, row)| row.as_ref())
    }

    /// What was true at `moment`.
    #[must_use]
    pub fn at(&self, moment: Moment) -> Option<&Row> {
        let after = self.rows.partition_point(|(since, _)| *since <= moment);
        self.rows.get(after.checked_sub(1)?)?.1.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::SECOND;

    fn row(total: usize) -> Row {
        Row { label: "v1".into(), level: "ok", causes: Arc::new([]), activity: None, total, healthy: total, versions: Arc::new([]) }
    }

    fn total(history: &History, at: i64) -> Option<usize> {
        history.at(Moment::from_millis(at)).map(|row| row.total)
    }

    #[test]
    fn every_moment_has_the_row_that_was_true_then() {
        let mut history = History::default();
        for (at, count) in [(10, 1), (20, 2), (20, 3), (30, 3)] {
            history.note(Moment::from_millis(at), Some(row(count)));
        }
        history.note(Moment::from_millis(40), None);
        let seen: Vec<_> = [9, 10, 19, 20, 39, 40].map(|at| total(&history, at)).into();
        assert_eq!(seen, [None, Some(1), Some(1), Some(3), Some(3), None]);
    }

    #[test]
    fn an_hour_is_kept_and_not_for_ever() {
        let mut history = History::default();
        for second in 0..20_000 {
            let count = usize::try_from(second / 10).unwrap();
            history.note(Moment::from_millis(second * SECOND), Some(row(count)));
        }
        let last = 19_999 * SECOND;
        assert_eq!(total(&history, last - HOUR), Some(1_639));
        assert_eq!(total(&history, 0), None);
        assert!(history.rows.len() < 600);
    }
}
