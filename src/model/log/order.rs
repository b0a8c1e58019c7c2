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

    /// Puts new ones, which are in order, where they belong.
    pub fn merge(&mut self, new: &[EntryId], key_of: impl Fn(EntryId) -> Key) {
        let (Some(&first), Some(&last)) = (new.first(), new.last()) else { return };
        self.make_room(new.len());
        // Only what stands between the first and the last new one is interwoven with them.
        let (from, to) = (self.rank(key_of(first), &key_of), self.rank(key_of(last), &key_of));
        if self.ids.len() - from <= to {
            let behind: Vec<EntryId> = self.ids.drain(from..).collect();
            self.ids.extend(woven(&behind, new, &key_of));
        } else {
            let before: Vec<EntryId> = self.ids.drain(..to).collect();
            // From the last to the first, since each goes in front of the one before.
            for id in unwoven(&before, new, &key_of) {
                self.ids.push_front(id);
            }
        }
    }

    /// Grows by an eighth: doubling would keep as much free as there is.
    fn make_room(&mut self, more: usize) {
        let needed = self.ids.len() + more;
        if needed > self.ids.capacity() {
            self.ids.reserve_exact(more.max(self.ids.len() / 8).max(1_024));
        }
    }

    /// Removes what is gone: what has no key any more. All of it stood before or at the moment `until`.
    pub fn remove_gone(&mut self, until: i64, key: impl Fn(EntryId) -> Option<Key>) {
        let mut kept = Vec::new();
        while let Some(id) = self.ids.pop_front() {
            let Some(key) = key(id) else { continue };
            kept.push(id);
            if key.time > until {
                break;
            }
        }
        for id in kept.into_iter().rev() {
            self.ids.push_front(id);
        }
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

/// Two lists in order as one, from its end to its beginning.
fn unwoven<'a>(old: &'a [EntryId], new: &'a [EntryId], key_of: &'a impl Fn(EntryId) -> Key) -> impl Iterator<Item = EntryId> + 'a {
    let (mut old, mut new) = (old.iter().rev().copied().peekable(), new.iter().rev().copied().peekable());
    std::iter::from_fn(move || match (old.peek(), new.peek()) {
        (Some(&left), Some(&right)) if key_of(right) < key_of(left) => old.next(),
        (_, Some(_)) => new.next(),
        (_, None) => old.next(),
    })
}

/// Two lists in order as one.
fn woven<'a>(old: &'a [EntryId], new: &'a [EntryId], key_of: &'a impl Fn(EntryId) -> Key) -> impl Iterator<Item = EntryId> + 'a {
    let (mut old, mut new) = (old.iter().copied().peekable(), new.iter().copied().peekable());
    std::iter::from_fn(move || match (old.peek(), new.peek()) {
        (Some(&left), Some(&right)) if key_of(right) < key_of(left) => new.next(),
        (Some(_), _) => old.next(),
        (None, _) => new.next(),
    })
}
