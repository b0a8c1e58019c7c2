//! The order in which rows stand, kept while a person reads them.
//!
//! Health changes all the time, and what is sorted by it would jump under the
//! eye. So rows keep their order until the person asks for another one, or is
//! seen not to be reading; only what was not there takes the place that is its own.

use std::collections::HashMap;
use std::hash::Hash;

/// After so many seconds without a key the rows may move while the first one is selected: what is
/// worst belongs to the top, where nobody is on the way to something else.
pub const QUIET_SECONDS: u64 = 10;
/// After so many, whatever is selected: nobody reads row by row any more.
pub const AWAY_SECONDS: u64 = 120;
/// For so many seconds after everything was asked to be read again, what is answered moves the
/// rows, unless something else was done since.
pub const ANSWER_SECONDS: u64 = 5;

/// How the rows stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Stand {
    /// In their order.
    #[default]
    Ordered,
    /// In the order they had, since they are being read.
    Held,
    /// The person has asked for something that orders them anew.
    Due,
}

/// Where each row stood before.
pub struct Standing<'a, Id>(Option<HashMap<&'a Id, usize>>);

impl<'a, Id: Hash + Eq> Standing<'a, Id> {
    /// Nothing is kept.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// The order of these rows is kept.
    pub fn of(rows: &'a [Id]) -> Self {
        Self(Some(rows.iter().enumerate().map(|(place, row)| (row, place)).collect()))
    }

    /// What is handed in as it should stand, as it stands: those that stood before in the order they
    /// had, each of the others before the first of those that it should stand before. Says whether
    /// that is another order.
    #[must_use]
    pub fn keep<T>(&self, sorted: Vec<T>, id: impl Fn(&T) -> Id) -> (Vec<T>, bool) {
        let Some(places) = &self.0 else { return (sorted, false) };
        let mut stood: Vec<(usize, usize, T)> = Vec::with_capacity(sorted.len());
        let mut fresh: Vec<(usize, T)> = Vec::new();
        for (rank, item) in sorted.into_iter().enumerate() {
            match places.get(&id(&item)) {
                Some(place) => stood.push((*place, rank, item)),
                None => fresh.push((rank, item)),
            }
        }
        let moved = !stood.is_sorted_by_key(|(place, ..)| *place);
        stood.sort_by_key(|(place, ..)| *place);
        let mut fresh = fresh.into_iter().peekable();
        let mut kept = Vec::with_capacity(stood.len());
        for (_, rank, item) in stood {
            while let Some((_, item)) = fresh.next_if(|(other, _)| *other < rank) {
                kept.push(item);
            }
            kept.push(item);
        }
        kept.extend(fresh.map(|(_, item)| item));
        (kept, moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stood_keeps_its_order_and_what_is_new_takes_its_own_place() {
        let before = ["a", "b", "c"];
        let standing = Standing::of(&before);
        assert_eq!(standing.keep(vec!["c", "a", "b"], |row| *row), (vec!["a", "b", "c"], true));
        assert_eq!(standing.keep(vec!["x", "c", "y", "a", "z"], |row| *row), (vec!["x", "y", "a", "c", "z"], true));
        assert_eq!(standing.keep(vec!["a", "x", "c"], |row| *row), (vec!["a", "x", "c"], false));
        assert_eq!(Standing::none().keep(vec!["c", "a"], |row| *row), (vec!["c", "a"], false));
    }
}
