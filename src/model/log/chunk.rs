//! A piece of the arena: the text of lines that arrived one after another, and what is known of each.
//!
//! Kept in columns, so that a line costs 21 bytes beside its text and a scan
//! for levels or times touches nothing else.

use super::buffer::Bounds;
use super::level::Level;
use super::line::{Class, EntryId, Key, Line, Millis, NewLine, SourceId};

/// No longer line is kept: the rest of it is cut. No log service takes one of this length.
const LONGEST: usize = 4 * 1024 * 1024;
/// There is no time of ingestion.
const NO_LAG: i32 = i32::MIN;
/// Set in the marks of a line that was late.
const LATE: u8 = 0x80;

/// Lines that arrived one after another.
#[derive(Debug)]
pub(super) struct Chunk {
    first: u64,
    text: Vec<u8>,
    ends: Vec<u32>,
    times: Vec<i64>,
    lags: Vec<i32>,
    sources: Vec<u16>,
    reports: Vec<u16>,
    marks: Vec<u8>,
    newest: i64,
}

/// Milliseconds from a line to its ingestion, as far as they can be kept: what is farther off counts as not told.
pub(super) fn lag_of(time: Millis, ingested: Option<Millis>) -> i32 {
    ingested.and_then(|ingested| i32::try_from(ingested.since(time)).ok()).unwrap_or(NO_LAG)
}

impl Chunk {
    /// An empty one, whose first line will have that number.
    pub(super) const fn new(first: u64) -> Self {
        Self {
            first,
            text: Vec::new(),
            ends: Vec::new(),
            times: Vec::new(),
            lags: Vec::new(),
            sources: Vec::new(),
            reports: Vec::new(),
            marks: Vec::new(),
            newest: i64::MIN,
        }
    }

    /// Whether a line of that length still has a place.
    pub(super) fn has_room(&self, length: usize, size: Bounds) -> bool {
        self.ends.is_empty() || (self.ends.len() < size.lines && self.text.len() + length <= size.bytes)
    }

    /// Adds a line behind the others.
    pub(super) fn push(&mut self, line: &NewLine, report: u16, level: Option<Level>, late: bool, size: Bounds) {
        let text = line.text.get(..LONGEST).unwrap_or(&line.text);
        if self.text.capacity() == 0 {
            // What follows fills it: growing by doubling would copy it all again.
            self.text.reserve_exact(size.bytes.max(text.len()));
        }
        self.text.extend_from_slice(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.times.push(line.time.0);
        self.lags.push(lag_of(line.time, line.ingested));
        self.sources.push(line.source.0);
        self.reports.push(report);
        self.marks.push(Level::to_bits(level) | if late { LATE } else { 0 });
        self.newest = self.newest.max(line.time.0);
    }

    /// Nothing will be added any more: gives back what was kept free.
    pub(super) fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.times.shrink_to_fit();
        self.lags.shrink_to_fit();
        self.sources.shrink_to_fit();
        self.reports.shrink_to_fit();
        self.marks.shrink_to_fit();
    }

    /// The number of its first line.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The number behind its last line.
    pub(super) fn end(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    /// How many lines it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The time of its newest line.
    pub(super) const fn newest(&self) -> i64 {
        self.newest
    }

    /// The text of all its lines, without anything between them.
    pub(super) fn all_text(&self) -> &[u8] {
        &self.text
    }

    /// How many bytes it takes, text included.
    pub(super) fn memory(&self) -> usize {
        self.text.capacity()
            + self.ends.capacity() * 4
            + self.times.capacity() * 8
            + self.lags.capacity() * 4
            + self.sources.capacity() * 2
            + self.reports.capacity() * 2
            + self.marks.capacity()
            + size_of::<Self>()
    }

    fn start(&self, index: usize) -> usize {
        let before = index.checked_sub(1).and_then(|before| self.ends.get(before));
        before.map_or(0, |end| *end as usize)
    }

    /// Where in [`Self::all_text`] the text of the line at `index` is.
    pub(super) fn place(&self, index: usize) -> std::ops::Range<usize> {
        self.start(index)..self.ends.get(index).map_or(0, |end| *end as usize)
    }

    /// The line that holds the byte at `offset` of [`Self::all_text`].
    pub(super) fn index_at(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end as usize <= offset)
    }

    /// The line at `index`.
    pub(super) fn line(&self, index: usize) -> Option<Line<'_>> {
        let (&time, &lag, &marks) = (self.times.get(index)?, self.lags.get(index)?, self.marks.get(index)?);
        let time = Millis(time);
        Some(Line {
            id: EntryId::line(self.first + index as u64),
            source: SourceId(*self.sources.get(index)?),
            time,
            ingested: (lag != NO_LAG).then(|| time.plus(i64::from(lag))),
            level: Level::from_bits(marks & !LATE),
            late: marks & LATE != 0,
            text: self.text.get(self.place(index))?,
        })
    }

    /// How bad the line at `index` says that it is.
    pub(super) fn level(&self, index: usize) -> Option<Level> {
        Level::from_bits(self.marks.get(index)? & !LATE)
    }

    /// Which report brought the line at `index`.
    pub(super) fn report(&self, index: usize) -> Option<u16> {
        self.reports.get(index).copied()
    }

    /// Where the line at `index` stands.
    pub(super) fn key(&self, index: usize) -> Option<Key> {
        Some(Key {
            time: *self.times.get(index)?,
            class: Class::Line,
            source: *self.sources.get(index)?,
            lag: *self.lags.get(index)?,
            id: EntryId::line(self.first + index as u64),
        })
    }
}
