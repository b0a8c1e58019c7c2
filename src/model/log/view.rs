//! Where the reader is.
//!
//! Follows the end only while the reader wants that. Else the entry at the top
//! stays at the top, whatever arrives, is put in above it, or is thrown away.

use std::collections::BTreeSet;
use std::ops::Range;

use super::buffer::Buffer;
use super::line::{EntryId, Key, Millis};
use super::matches::Matches;
use super::order::Order;

/// A piece of time that is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// From when on; `None` is from the beginning.
    pub from: Option<Millis>,
    /// Until when (exclusive); `None` is without an end.
    pub to: Option<Millis>,
}

/// The entries that can be looked at now, in order.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    buffer: &'a Buffer,
    order: &'a Order,
    from: usize,
    to: usize,
    arrived: u64,
}

impl<'a> Shown<'a> {
    /// What a filter shows, or everything; of a window, or of all time.
    #[must_use]
    pub fn new(buffer: &'a Buffer, matches: Option<&'a Matches>, window: Option<Window>) -> Self {
        let order = matches.map_or_else(|| buffer.order(), Matches::order);
        let arrived = matches.map_or_else(|| buffer.arrived(), Matches::arrived);
        let rank = |at: Millis| order.rank(Key::start_of(at), |id| buffer.key_of(id));
        let from = window.and_then(|window| window.from).map_or(0, rank);
        let to = window.and_then(|window| window.to).map_or(order.len(), rank);
        Self { buffer, order, from, to: to.max(from), arrived }
    }

    /// How many.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one at a rank.
    #[must_use]
    pub fn get(&self, rank: usize) -> Option<EntryId> {
        if rank < self.len() { self.order.get(self.from + rank) } else { None }
    }

    /// Those of a range of ranks.
    #[must_use]
    pub fn range(&self, ranks: Range<usize>) -> impl DoubleEndedIterator<Item = EntryId> + 'a {
        let end = ranks.end.min(self.len());
        self.order.range(self.from + ranks.start.min(end)..self.from + end).copied()
    }

    /// How many stand before a place.
    #[must_use]
    pub fn rank(&self, key: Key) -> usize {
        self.order.rank(key, |id| self.buffer.key_of(id)).clamp(self.from, self.to) - self.from
    }

    fn key(&self, rank: usize) -> Option<Key> {
        self.buffer.key(self.get(rank)?)
    }
}

/// Where the reader is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Place {
    /// At the end, whatever arrives.
    #[default]
    Following,
    /// This is at the top.
    Top(Key),
}

/// What the reader looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct View {
    place: Place,
    /// How many had arrived when the reader left the end.
    seen: u64,
}

impl View {
    /// Whether it goes along with the end.
    #[must_use]
    pub fn is_following(&self) -> bool {
        self.place == Place::Following
    }

    /// The ranks that fit on a screen of so many entries.
    #[must_use]
    pub fn ranks(&self, shown: &Shown<'_>, height: usize) -> Range<usize> {
        let start = self.top(shown, height);
        start..start.saturating_add(height).min(shown.len())
    }

    /// Goes to the end and stays there.
    pub const fn follow(&mut self) {
        self.place = Place::Following;
    }

    /// Stays where it is, whatever arrives.
    pub fn hold(&mut self, shown: &Shown<'_>, height: usize) {
        self.put(self.top(shown, height), shown);
    }

    /// Moves down, or up. Whoever follows and moves down, follows on; whoever moves up, does not.
    pub fn scroll(&mut self, by: isize, shown: &Shown<'_>, height: usize) {
        if by >= 0 && self.is_following() {
            return;
        }
        let last = shown.len().saturating_sub(height);
        let top = self.top(shown, height).saturating_add_signed(by).min(last);
        self.put(top, shown);
    }

    /// Brings a place onto the screen: where it is there already nothing moves, else it comes to the middle.
    pub fn go_to(&mut self, key: Key, shown: &Shown<'_>, height: usize) {
        let (rank, top) = (shown.rank(key), self.top(shown, height));
        if (top..top.saturating_add(height)).contains(&rank) {
            return self.put(top, shown);
        }
        let last = shown.len().saturating_sub(height);
        self.put(rank.saturating_sub(height / 2).min(last), shown);
    }

    /// How many lines have arrived since the reader left the end.
    #[must_use]
    pub fn waiting(&self, shown: &Shown<'_>) -> u64 {
        if self.is_following() { 0 } else { shown.arrived.saturating_sub(self.seen) }
    }

    /// Another filter is shown from now on: what arrived is counted anew.
    pub const fn recount(&mut self, shown: &Shown<'_>) {
        self.seen = shown.arrived;
    }

    fn top(&self, shown: &Shown<'_>, height: usize) -> usize {
        match self.place {
            Place::Following => shown.len().saturating_sub(height),
            Place::Top(key) => shown.rank(key).min(shown.len().saturating_sub(1)),
        }
    }

    fn put(&mut self, top: usize, shown: &Shown<'_>) {
        if self.is_following() {
            self.seen = shown.arrived;
        }
        // Where nothing is there is nothing to hold.
        self.place = shown.key(top).map_or(Place::Following, Place::Top);
    }
}

/// Entries that the reader wants to find again.
#[derive(Clone, Debug, Default)]
pub struct Bookmarks {
    keys: BTreeSet<Key>,
}

impl Bookmarks {
    /// Sets one, or takes it away.
    pub fn toggle(&mut self, key: Key) {
        if !self.keys.remove(&key) {
            self.keys.insert(key);
        }
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = Key> + '_ {
        self.keys.iter().copied()
    }

    /// Whether there is one.
    #[must_use]
    pub fn has(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }

    /// The first one behind a place, or before it.
    #[must_use]
    pub fn next(&self, from: Key, forward: bool) -> Option<Key> {
        if forward { self.keys.range(from..).find(|key| **key != from).copied() } else { self.keys.range(..from).next_back().copied() }
    }

    /// Lets go of those whose entries are gone; says how many that were.
    pub fn forget(&mut self, buffer: &Buffer) -> usize {
        let before = self.keys.len();
        self.keys.retain(|key| buffer.key(key.id).is_some());
        before - self.keys.len()
    }
}
