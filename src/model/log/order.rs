//! Entries in the order in which they stand, as a list of ids.
//!
//! Knows no entry: where one stands it is told by whoever holds them.

use std::collections::VecDeque;
use std::collections::vec_deque;
use std::ops::Range;

use super::line::{EntryId, Key};

/// Ids in the order of their keys.
#[derive(Debug, Default)]
pub struct Order {
    ids: VecDeque<EntryId>,
}

impl Order {
    /// None.
    pub const fn new() -> Self {
        Self { ids: VecDeque::new() }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The one at a rank.
    pub fn get(&self, rank: usize) -> Option<EntryId> {
        self.ids.get(rank).copied()
    }

    /// Those of a range of ranks.
    pub fn range(&self, ranks: Range<usize>) -> vec_deque::Iter<'_, EntryId> {
        let end = ranks.end.min(self.ids.len());
        self.ids.range(ranks.start.min(end)..end)
    }

    /// How many stand before a key.
    pub fn rank(&self, key: Key, key_of: impl Fn(EntryId) -> Key) -> usize {
        // Nearly everything is asked about the end.
        if self.ids.back().is_none_or(|&last| key_of(last) < key) {
            return self.ids.len();
        }
        self.ids.partition_point(|&id| key_of(id) < key)
    }

    /// The first one behind a place, or before it.
    pub fn next(&self, from: Key, forward: bool, key_of: impl Fn(EntryId) -> Key) -> Option<EntryId> {
        let rank = self.rank(from, &key_of);
        let here = self.get(rank).is_some_and(|id| key_of(id) == from);
        self.get(if forward { rank + usize::from(here) } else { rank.checked_sub(1)? })
    }

    /// Puts new ones, which are in order, where they belong.
    ///
    /// Asked for are the keys of few: what lies between two new ones is moved as a whole.
    pub fn merge(&mut self, new: &[EntryId], key_of: impl Fn(EntryId) -> Key) {
        let (Some(&first), Some(&last)) = (new.first(), new.last()) else { return };
        self.make_room(new.len());
        let (from, to) = (self.rank(key_of(first), &key_of), self.rank(key_of(last), &key_of));
        if self.ids.len() - from <= to {
            let behind: Vec<EntryId> = self.ids.drain(from..).collect();
            let mut rest = behind.as_slice();
            for &id in new {
                let key = key_of(id);
                let (before, after) = rest.split_at(count_before(rest, |other| key_of(other) < key));
                self.ids.extend(before);
                self.ids.push_back(id);
                rest = after;
            }
            self.ids.extend(rest);
        } else {
            let before: Vec<EntryId> = self.ids.drain(..to).collect();
            let mut rest = before.as_slice();
            // From the last to the first, since each goes in front of the one before.
            for &id in new.iter().rev() {
                let key = key_of(id);
                let (left, behind) = rest.split_at(rest.len() - count_behind(rest, |other| key_of(other) < key));
                self.put_in_front(behind);
                self.ids.push_front(id);
                rest = left;
            }
            self.put_in_front(rest);
        }
    }

    fn put_in_front(&mut self, ids: &[EntryId]) {
        for &id in ids.iter().rev() {
            self.ids.push_front(id);
        }
    }

    /// Grows by an eighth: doubling would keep as much free as there is.
    fn make_room(&mut self, more: usize) {
        let needed = self.ids.len() + more;
        if needed > self.ids.capacity() {
            self.ids.reserve_exact(more.max(self.ids.len() / 8).max(1_024));
        }
    }

    /// Removes what is gone. All of it stood before a key, and its own key is smaller than any now.
    pub fn remove_gone(&mut self, before: Key, key_of: impl Fn(EntryId) -> Key, is_gone: impl Fn(EntryId) -> bool) {
        let rank = self.rank(before, key_of);
        let kept: Vec<EntryId> = self.ids.drain(..rank).filter(|id| !is_gone(*id)).collect();
        self.put_in_front(&kept);
    }

    /// Removes what is gone, wherever it stood.
    pub fn remove_all(&mut self, is_gone: impl Fn(EntryId) -> bool) {
        self.ids.retain(|id| !is_gone(*id));
    }

    /// Removes the one at a rank.
    pub fn remove(&mut self, rank: usize) {
        let _ = self.ids.remove(rank);
    }

    /// How many bytes it takes.
    pub fn memory(&self) -> usize {
        self.ids.capacity() * size_of::<EntryId>()
    }
}

/// How many at the beginning stand before something: a few, most likely, so it is looked for from there in growing steps.
fn count_before(ids: &[EntryId], is_before: impl Fn(EntryId) -> bool) -> usize {
    let mut step = 1;
    while ids.get(step - 1).is_some_and(|&id| is_before(id)) {
        step *= 2;
    }
    let (from, to) = (step / 2, step.min(ids.len()));
    from + ids.get(from..to).map_or(0, |some| some.partition_point(|&id| is_before(id)))
}

/// How many at the end do not stand before something: the same from the other side.
fn count_behind(ids: &[EntryId], is_before: impl Fn(EntryId) -> bool) -> usize {
    let mut step = 1;
    while ids.len().checked_sub(step).and_then(|place| ids.get(place)).is_some_and(|&id| !is_before(id)) {
        step *= 2;
    }
    let (from, to) = (ids.len().saturating_sub(step), ids.len() - (step / 2).min(ids.len()));
    ids.len() - from - ids.get(from..to).map_or(0, |some| some.partition_point(|&id| is_before(id)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::log::line::Millis;

    proptest! {
        #[test]
        fn what_is_merged_is_in_order(old in proptest::collection::vec(0_u64..300, 0..60), new in proptest::collection::vec(0_u64..300, 0..60)) {
            let ids = |numbers: &[u64]| {
                let mut ids: Vec<EntryId> = numbers.iter().copied().map(EntryId::line).collect();
                ids.sort_unstable();
                ids
            };
            let key_of = |id: EntryId| Key { id, ..Key::start_of(Millis(i64::try_from(id.number()).unwrap())) };
            let (mut order, both) = (Order::default(), ids(&[old.clone(), new.clone()].concat()));
            order.merge(&ids(&old), key_of);
            order.merge(&ids(&new), key_of);
            prop_assert_eq!(order.range(0..usize::MAX).copied().collect::<Vec<_>>(), both);
        }
    }
}
