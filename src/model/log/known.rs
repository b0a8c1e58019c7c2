//! Lines that are told again, by a source whose lines say nothing of when they were written.
//!
//! `tail -n 200 -F` begins with what it told before the connection broke; the ends of files that are collected twice
//! overlap. So what comes is held against what was told last: as far as the end of that is the beginning of this, it is
//! the same.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use super::line::Millis;

/// How many lines are known again.
const MOST: usize = 5_000;

/// The lines that were told last, each as a number, and when the newest of all was written.
#[derive(Clone, Debug, Default)]
pub struct Known {
    lines: VecDeque<u64>,
    newest: Option<Millis>,
    has_untimed: bool,
    hasher: RandomState,
}

impl Known {
    /// Notes a line that was told, of a moment that is not in the future; and whether it says that moment itself.
    pub fn note(&mut self, text: &[u8], time: Millis, is_timed: bool) {
        if self.lines.len() == MOST {
            self.lines.pop_front();
        }
        self.lines.push_back(self.hasher.hash_one(text));
        self.newest = self.newest.max(Some(time));
        self.has_untimed |= !is_timed;
    }

    /// How many of the lines that a session begins with were told before.
    #[must_use]
    pub fn again<'t>(&self, begun: impl Iterator<Item = &'t str>) -> usize {
        let begun: Vec<u64> = begun.take(MOST).map(|text| self.hasher.hash_one(text.as_bytes())).collect();
        let most = begun.len().min(self.lines.len());
        let is_again = |count: &usize| self.lines.range(self.lines.len() - count..).eq(begun.iter().take(*count));
        // The longest: of lines that are all the same, as many as can have been told before.
        (1..=most).rev().find(is_again).unwrap_or(0)
    }

    /// Whether nothing was told yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// When the newest line that was told was written, or heard.
    #[must_use]
    pub const fn newest(&self) -> Option<Millis> {
        self.newest
    }

    /// Whether each line that was told says itself when it was written: such lines are known by that.
    #[must_use]
    pub const fn is_timed(&self) -> bool {
        !self.has_untimed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_session_begins_with_is_known_again() {
        let mut known = Known::default();
        assert_eq!(known.again(std::iter::once("a")), 0);
        for text in ["a", "b", "c", "c"] {
            known.note(text.as_bytes(), Millis(7), true);
        }
        for (begun, again) in [
            (vec!["b", "c", "c", "d"], 3),
            (vec!["c", "c", "c"], 2),
            (vec!["c", "d"], 1),
            (vec!["a", "b"], 0),
            (vec!["a", "b", "c", "c"], 4),
            (vec![], 0),
        ] {
            assert_eq!(known.again(begun.iter().copied()), again, "{begun:?}");
        }
        for number in 0..MOST {
            known.note(number.to_string().as_bytes(), Millis(5), number > 0);
        }
        assert_eq!(known.lines.len(), MOST);
        assert_eq!((known.newest(), known.is_timed()), (Some(Millis(7)), false));
    }
}
