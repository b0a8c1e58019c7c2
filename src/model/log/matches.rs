//! The entries that a filter shows, found in steps of bounded work.
//!
//! What arrives is looked at first, then what is there already, newest first: where
//! the reader most likely is, something is shown at once. Dropping it cancels it.

use super::buffer::Buffer;
use super::chunk::Chunk;
use super::filter::Filter;
use super::level::Level;
use super::line::{EntryId, Key, Line};
use super::order::Order;

/// How many lines are looked at before the budget is looked at again.
const RUN: u64 = 4_096;
/// What a line costs beside its text, as if it were so many bytes.
const LINE_COST: usize = 32;

/// What a filter shows of a buffer, as far as it was looked at.
#[derive(Debug)]
pub struct Matches {
    filter: Filter,
    /// Notes are shown among the lines, whatever the filter: a loss is told where it happened.
    with_notes: bool,
    shown: Order,
    errors: Order,
    /// The number of the next line to look at that arrives.
    front: u64,
    /// All lines from here on to the front were looked at.
    back: u64,
    /// The number of the next note to show.
    notes: u64,
    /// No note with a smaller number is shown.
    first_note: u64,
    evicted: u64,
    arrived: u64,
}

impl Matches {
    /// What a filter shows: its lines, and all notes.
    #[must_use]
    pub const fn filtered(filter: Filter, buffer: &Buffer) -> Self {
        Self::new(filter, true, buffer)
    }

    /// What a search finds: lines only.
    #[must_use]
    pub const fn found(filter: Filter, buffer: &Buffer) -> Self {
        Self::new(filter, false, buffer)
    }

    const fn new(filter: Filter, with_notes: bool, buffer: &Buffer) -> Self {
        Self {
            filter,
            with_notes,
            shown: Order::new(),
            errors: Order::new(),
            front: buffer.arrived(),
            back: buffer.arrived(),
            notes: 0,
            first_note: 0,
            evicted: 0,
            arrived: 0,
        }
    }

    /// The filter.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Looks at about so many bytes more. True once there is nothing left to look at.
    pub fn step(&mut self, buffer: &Buffer, budget: usize) -> bool {
        self.forget(buffer);
        self.take_notes(buffer);
        let mut found = Vec::new();
        let mut left = budget;
        while left > 0 {
            let Some(cost) = self.look_ahead(buffer, &mut found).or_else(|| self.look_back(buffer, &mut found)) else { break };
            left = left.saturating_sub(cost);
        }
        self.put(buffer, found);
        self.is_done(buffer)
    }

    /// Whether there is nothing left to look at.
    #[must_use]
    pub fn is_done(&self, buffer: &Buffer) -> bool {
        self.front == buffer.arrived() && buffer.chunks().front().is_none_or(|first| first.first() >= self.back)
    }

    /// How many of the buffer's lines were looked at, about.
    #[must_use]
    pub fn looked_at(&self, buffer: &Buffer) -> u64 {
        let first = buffer.chunks().front().map_or(self.front, Chunk::first);
        self.front.saturating_sub(self.back.max(first))
    }

    /// How many entries it shows, as far as it was looked.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether it shows nothing, as far as it was looked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shown.len() == 0
    }

    /// How many lines it has shown of those that arrived since it was made.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = EntryId> + '_ {
        self.shown.range(0..self.shown.len()).copied()
    }

    /// The first that the filter `also` shows, behind a place or before it: where a search goes on.
    #[must_use]
    pub fn next(&self, buffer: &Buffer, from: Key, forward: bool, also: &Filter) -> Option<EntryId> {
        let rank = self.shown.rank(from, |id| buffer.key_of(id));
        let shown = |id: &&EntryId| buffer.line(**id).is_some_and(|line| also.shows(&line));
        if forward {
            let here = self.shown.get(rank).is_some_and(|id| buffer.key_of(id) == from);
            self.shown.range(rank + usize::from(here)..self.shown.len()).find(shown).copied()
        } else {
            self.shown.range(0..rank).rev().find(shown).copied()
        }
    }

    /// The first that says that something went wrong, behind a place or before it.
    #[must_use]
    pub fn next_error(&self, buffer: &Buffer, from: Key, forward: bool) -> Option<EntryId> {
        self.errors.next(from, forward, |id| buffer.key_of(id))
    }

    /// How many entries it shows before a place, as far as it was looked at.
    #[must_use]
    pub fn before(&self, buffer: &Buffer, place: Key) -> usize {
        self.shown.rank(place, |id| buffer.key_of(id))
    }

    /// How many of the lines that it shows say that something went wrong, as far as it was looked at.
    #[must_use]
    pub fn error_lines(&self) -> usize {
        self.errors.len()
    }

    /// How many notes it shows among the lines.
    #[must_use]
    pub fn notes_shown(&self, buffer: &Buffer) -> usize {
        self.note_times(buffer).count().min(self.shown.len())
    }

    /// The entries, in order.
    pub(super) const fn order(&self) -> &Order {
        &self.shown
    }

    /// Those that say that something went wrong.
    pub(super) const fn errors(&self) -> &Order {
        &self.errors
    }

    /// Lets go of what the buffer has thrown away.
    fn forget(&mut self, buffer: &Buffer) {
        // First of all: where a note stood that is gone nobody can tell, so nothing may be looked for among them.
        if self.first_note != buffer.first_note() {
            self.first_note = buffer.first_note();
            self.shown.remove_all(|id| id.is_note() && id.number() < self.first_note);
        }
        if self.evicted != buffer.evicted() {
            self.evicted = buffer.evicted();
            let is_gone = |id| buffer.key(id).is_none();
            self.shown.remove_gone(buffer.gone_before(), |id| buffer.key_of(id), is_gone);
            self.errors.remove_gone(buffer.gone_before(), |id| buffer.key_of(id), is_gone);
        }
    }

    /// When those of its entries stand that are notes.
    pub(super) fn note_times<'b>(&self, buffer: &'b Buffer) -> impl Iterator<Item = i64> + 'b {
        buffer.note_times(if self.with_notes { self.notes } else { 0 })
    }

    fn take_notes(&mut self, buffer: &Buffer) {
        if self.with_notes && self.notes < buffer.noted() {
            let mut new: Vec<EntryId> = (self.notes..buffer.noted()).map(EntryId::note).filter(|id| buffer.key(*id).is_some()).collect();
            new.sort_by_key(|id| buffer.key_of(*id));
            self.shown.merge(&new, |id| buffer.key_of(id));
            self.notes = buffer.noted();
        }
    }

    /// Looks at some lines that have arrived; says what it cost, `None` where there are none.
    fn look_ahead(&mut self, buffer: &Buffer, found: &mut Vec<Found>) -> Option<usize> {
        let chunk = buffer.chunks().get(buffer.chunks().partition_point(|chunk| chunk.end() <= self.front))?;
        let from = self.front.max(chunk.first());
        let to = chunk.end().min(from + RUN);
        self.front = to;
        let before = found.len();
        let cost = self.look(chunk, from, to, found);
        self.arrived += (found.len() - before) as u64;
        Some(cost)
    }

    /// The same with lines that were there before.
    fn look_back(&mut self, buffer: &Buffer, found: &mut Vec<Found>) -> Option<usize> {
        let before = buffer.chunks().partition_point(|chunk| chunk.first() < self.back);
        let chunk = buffer.chunks().get(before.checked_sub(1)?)?;
        let to = chunk.end().min(self.back);
        let from = chunk.first().max(to.saturating_sub(RUN));
        self.back = from;
        Some(self.look(chunk, from, to, found))
    }

    /// Looks at the lines with these numbers; says what that cost.
    fn look(&self, chunk: &Chunk, from: u64, to: u64, found: &mut Vec<Found>) -> usize {
        let index = |number: u64| usize::try_from(number - chunk.first()).unwrap_or(usize::MAX);
        let (from, to) = (index(from), index(to));
        self.shown_in(chunk, from, to, |index| {
            let (key, level) = (chunk.key(index), chunk.level(index));
            found.extend(key.map(|key| (key, level >= Some(Level::Error))));
        });
        let text = chunk.place(to.saturating_sub(1)).end.saturating_sub(chunk.place(from).start);
        text + (to - from) * LINE_COST
    }

    /// Gives what was found its place.
    fn put(&mut self, buffer: &Buffer, mut found: Vec<Found>) {
        if !found.is_sorted() {
            found.sort_unstable();
        }
        let errors: Vec<EntryId> = found.iter().filter(|(_, is_error)| *is_error).map(|(key, _)| key.id).collect();
        let shown: Vec<EntryId> = found.into_iter().map(|(key, _)| key.id).collect();
        self.shown.merge(&shown, |id| buffer.key_of(id));
        self.errors.merge(&errors, |id| buffer.key_of(id));
    }

    /// The lines from one index to another that the filter shows.
    fn shown_in(&self, chunk: &Chunk, from: usize, to: usize, mut each: impl FnMut(usize)) {
        let shown = |index: usize, shows: &dyn Fn(&Line<'_>) -> bool| chunk.line(index).is_some_and(|line| shows(&line));
        let Some(finder) = self.filter.finder() else {
            return (from..to).filter(|index| shown(*index, &|line| self.filter.shows(line))).for_each(each);
        };
        // All the text at once: most lines are passed without being looked at one by one.
        let end = chunk.place(to.saturating_sub(1)).end;
        let (mut place, mut next) = (chunk.place(from).start, from);
        while let Some(found) = chunk.all_text().get(place..end).and_then(|text| finder.find(text)) {
            let start = place + found;
            // Where most lines have it, the next one does: that is quicker to see than to search for.
            let index = if next < to && chunk.place(next).contains(&start) { next } else { chunk.index_at(start) };
            next = index + 1;
            let own = chunk.place(index);
            // What begins in one line and ends in the next is in neither.
            if start + finder.needle().len() > own.end {
                place = start + 1;
                continue;
            }
            if shown(index, &|line| self.filter.shows_kind(line)) {
                each(index);
            }
            place = own.end;
        }
    }
}

/// Where a line stands that is shown, and whether it says that something went wrong.
type Found = (Key, bool);
