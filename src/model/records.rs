//! Where a fleet keeps what it has seen of each environment.
//!
//! In the order of first sight, in which every further listing comes as well:
//! ten thousand readings are then taken in from one end of the memory to the
//! other, mostly without a search. What is forgotten is removed all at once, and seldom.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::fleet::Record;
use super::id::EnvironmentKey;

/// The record of every environment that anything was seen of.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    each: Vec<Record>,
    places: HashMap<EnvironmentKey, usize>,
    /// Behind the one that was asked for last.
    next: usize,
}

impl Records {
    /// The record of an environment.
    pub(super) fn get(&self, key: &EnvironmentKey) -> Option<&Record> {
        self.each.get(*self.places.get(key)?)
    }

    /// Every record, in the order of first sight.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Record> {
        self.each.iter()
    }

    /// Every record, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.each.iter_mut()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.each.len()
    }

    /// Removes those of which nothing is known any more.
    pub(super) fn forget_empty(&mut self) {
        if !self.each.iter().any(Record::is_empty) {
            return;
        }
        self.each.retain(|record| !record.is_empty());
        self.places = self.each.iter().enumerate().map(|(place, record)| (record.key.clone(), place)).collect();
        self.next = 0;
    }

    /// The record of an environment, made where there was none, and whether there was one.
    pub(super) fn take(&mut self, key: EnvironmentKey) -> (&mut Record, bool) {
        let (place, known) = if self.each.get(self.next).is_some_and(|record| record.key == key) {
            (self.next, true)
        } else {
            match self.places.entry(key) {
                Entry::Occupied(place) => (*place.get(), true),
                Entry::Vacant(vacant) => {
                    self.each.push(Record::new(vacant.key().clone()));
                    (*vacant.insert(self.each.len() - 1), false)
                }
            }
        };
        self.next = place + 1;
        #[expect(clippy::indexing_slicing, reason = "the place was just found, or the record just put there")]
        (&mut self.each[place], known)
    }
}
