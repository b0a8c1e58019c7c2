//! The lines that are kept, with what is missing among them, in the order of their time.
//!
//! Owns the bounds: what is over them is thrown away, oldest first, in pieces, and counted.
//! An id stays what it is, whatever comes or goes.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::batch::Batch;
use super::chunk::{Chunk, lag_of};
use super::level::{self, Level};
use super::line::{Arrived, Class, EntryId, Key, Line, Millis, NewLine, ReportId};
use super::note::{GapId, Note};
use super::order::Order;
use super::overlap::Overlaps;

/// A line that happened so much longer ago than the newest one is late, in milliseconds.
const LATE_AFTER: i64 = 5_000;
/// No more notes than this are kept.
const MOST_NOTES: usize = 10_000;
/// So many go at once: whoever shows some has to look through all that it shows then.
const NOTES_AT_ONCE: usize = 1_000;

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// How many lines.
    pub lines: usize,
    /// How much text, in bytes. What is known of each line takes less than half as much again.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { lines: 1_000_000, bytes: 256 * 1024 * 1024 }
    }
}

impl Bounds {
    /// How much one piece of it holds, unless one line is longer: what is thrown away at once is a small part.
    fn of_a_chunk(self) -> Self {
        Self { lines: (self.lines / 16).clamp(64, 32_768), bytes: (self.bytes / 16).clamp(4_096, 1024 * 1024) }
    }
}

/// What became of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// How many lines are new.
    pub new: usize,
    /// How many had been told by another report.
    pub doubled: usize,
    /// How many of the new ones were late.
    pub late: usize,
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry<'a> {
    /// A line.
    Line(Line<'a>),
    /// Something else.
    Note(&'a Note),
}

/// The lines and notes of one stream.
#[derive(Debug)]
pub struct Buffer {
    bounds: Bounds,
    chunks: VecDeque<Chunk>,
    order: Order,
    /// The lines that say that something went wrong.
    errors: Order,
    notes: BTreeMap<u64, Note>,
    gaps: HashMap<GapId, u64>,
    overlaps: Overlaps,
    next_line: u64,
    next_note: u64,
    lines: usize,
    bytes: usize,
    evicted: u64,
    /// Nothing that is gone happened later.
    gone_until: i64,
    newest: i64,
    /// No line with this number or a larger one is thrown away.
    held: u64,
}

impl Default for Buffer {
    fn default() -> Self {
        Self::new(Bounds::default())
    }
}

/// The number by which chunks know a report.
#[expect(clippy::cast_possible_truncation, reason = "reports that are 65,536 apart never overlap")]
const fn short(report: ReportId) -> u16 {
    report.0 as u16
}

/// Whether a level counts as an error.
fn is_error(level: Option<Level>) -> bool {
    level >= Some(Level::Error)
}

impl Buffer {
    /// An empty one.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            chunks: VecDeque::new(),
            order: Order::default(),
            errors: Order::default(),
            notes: BTreeMap::new(),
            gaps: HashMap::new(),
            overlaps: Overlaps::default(),
            next_line: 0,
            next_note: 0,
            lines: 0,
            bytes: 0,
            evicted: 0,
            gone_until: i64::MIN,
            newest: i64::MIN,
            held: u64::MAX,
        }
    }

    /// Holds the lines that arrived behind so many others, over the bounds if need be, until more of them are let go of:
    /// whoever has to read each line once loses none. Has to be asked [`Self::is_over`] to stay bounded.
    pub const fn hold(&mut self, number: u64) {
        self.held = number;
    }

    /// Whether more is kept than the bounds allow, since it is held.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.lines > self.bounds.lines || self.bytes > self.bounds.bytes
    }

    /// Takes lines in: those that another report has told already are not kept again.
    pub fn take(&mut self, batch: &Batch) -> Taken {
        let mut taken = Taken::default();
        let (mut new, mut errors) = (Vec::with_capacity(batch.lines.len()), Vec::new());
        let newest = self.newest;
        for line in &batch.lines {
            if self.is_double(batch.report, line) {
                taken.doubled += 1;
                continue;
            }
            let late = batch.live && line.time.since(Millis(newest)) < -LATE_AFTER;
            let level = level::recognise(&line.text);
            let id = self.push(line, short(batch.report), level, late);
            new.push(id);
            if is_error(level) {
                errors.push(id);
            }
            taken.late += usize::from(late);
        }
        taken.new = new.len();
        self.put(new, errors);
        self.evict();
        taken
    }

    /// A report will tell nothing more.
    pub fn end(&mut self, report: ReportId) {
        self.overlaps.end(short(report));
    }

    /// Puts a note in its place. A gap that was told before is changed and stays where it is.
    pub fn note(&mut self, note: Note) -> EntryId {
        if let Note::Gap(gap) = &note
            && let Some(number) = self.gaps.get(&gap.id)
            && let Some(Note::Gap(known)) = self.notes.get_mut(number)
        {
            *known = super::note::Gap { from: known.from, ..gap.clone() };
            return EntryId::note(*number);
        }
        let number = self.next_note;
        self.next_note += 1;
        if let Note::Gap(gap) = &note {
            self.gaps.insert(gap.id, number);
        }
        self.notes.insert(number, note);
        let id = EntryId::note(number);
        self.put(vec![id], Vec::new());
        self.forget_notes();
        id
    }

    /// Keeps the number of notes within its bound: those that were made first go.
    fn forget_notes(&mut self) {
        if self.notes.len() <= MOST_NOTES {
            return;
        }
        for _ in 0..NOTES_AT_ONCE {
            let Some((&number, _)) = self.notes.first_key_value() else { return };
            let rank = self.order.rank(self.key_of(EntryId::note(number)), |id| self.key_of(id));
            self.order.remove(rank);
            if let Some(Note::Gap(gap)) = self.notes.remove(&number) {
                self.gaps.remove(&gap.id);
            }
        }
    }

    fn is_double(&mut self, report: ReportId, line: &NewLine) -> bool {
        let report = short(report);
        if !self.overlaps.tell(report, line.source, line.time) {
            return false;
        }
        let lag = lag_of(line.time, line.ingested);
        let others = self.twins(line, lag).filter(|place| place.0.report(place.1) != Some(report)).count();
        let others = u32::try_from(others).unwrap_or(u32::MAX);
        self.overlaps.is_double(report, (line.source, line.time, lag, &line.text), others)
    }

    /// The lines that look exactly like a line and stand where it would, without those of the batch that is being taken.
    fn twins<'a>(&'a self, line: &'a NewLine, lag: i32) -> impl Iterator<Item = (&'a Chunk, usize)> + 'a {
        let first = Key { time: line.time.0, class: Class::Line, source: line.source.0, lag, id: EntryId::line(0) };
        let from = self.order.rank(first, |id| self.key_of(id));
        let places = self.order.range(from..self.order.len()).map_while(move |&id| {
            let place = self.find(id)?;
            let key = place.0.key(place.1)?;
            (Key { id: first.id, ..key } == first).then_some(place)
        });
        places.filter(|(chunk, index)| chunk.line(*index).is_some_and(|other| other.text == line.text))
    }

    fn push(&mut self, line: &NewLine, report: u16, level: Option<Level>, late: bool) -> EntryId {
        let size = self.bounds.of_a_chunk();
        if self.chunks.back().is_none_or(|last| !last.has_room(line.text.len(), size)) {
            if let Some(last) = self.chunks.back_mut() {
                last.seal();
            }
            self.chunks.push_back(Chunk::new(self.next_line));
        }
        if let Some(last) = self.chunks.back_mut() {
            let before = last.all_text().len();
            last.push(line, report, level, late, size);
            self.bytes += last.all_text().len() - before;
        }
        let id = EntryId::line(self.next_line);
        self.next_line += 1;
        self.lines += 1;
        self.newest = self.newest.max(line.time.0);
        id
    }

    /// Gives new entries their places.
    fn put(&mut self, mut new: Vec<EntryId>, mut errors: Vec<EntryId>) {
        let (mut order, mut wrong) = (std::mem::take(&mut self.order), std::mem::take(&mut self.errors));
        for (order, new) in [(&mut order, &mut new), (&mut wrong, &mut errors)] {
            if !new.is_sorted_by_key(|id| self.key_of(*id)) {
                new.sort_by_cached_key(|id| self.key_of(*id));
            }
            order.merge(new, |id| self.key_of(id));
        }
        (self.order, self.errors) = (order, wrong);
    }

    /// Throws away what is over the bounds: whole chunks, the one first whose newest line is the oldest.
    fn evict(&mut self) {
        while self.is_over() && self.chunks.len() > 1 {
            let without_last = self.chunks.iter().take(self.chunks.len() - 1).enumerate();
            let removable = without_last.filter(|(_, chunk)| chunk.end() <= self.held);
            let Some((index, _)) = removable.min_by_key(|(_, chunk)| chunk.newest()) else { return };
            let Some(gone) = self.chunks.remove(index) else { return };
            self.lines -= gone.len();
            self.bytes -= gone.all_text().len();
            self.evicted += gone.len() as u64;
            self.gone_until = self.gone_until.max(gone.newest());
            let (mut order, mut errors) = (std::mem::take(&mut self.order), std::mem::take(&mut self.errors));
            let before = Key::end_of(Millis(gone.newest()));
            let is_gone = |id: EntryId| !id.is_note() && (gone.first()..gone.end()).contains(&id.number());
            order.remove_gone(before, |id| self.key_of(id), is_gone);
            errors.remove_gone(before, |id| self.key_of(id), is_gone);
            (self.order, self.errors) = (order, errors);
        }
        if let Some(oldest) = self.first_line_time() {
            self.overlaps.forget(oldest.0);
        }
    }

    fn first_line_time(&self) -> Option<Millis> {
        let first = self.order.range(0..self.order.len()).find(|id| !id.is_note())?;
        Some(self.key_of(*first).time())
    }

    /// The chunk that has a line, and its index there.
    fn find(&self, id: EntryId) -> Option<(&Chunk, usize)> {
        let number = id.number();
        let after = self.chunks.partition_point(|chunk| chunk.first() <= number);
        let chunk = self.chunks.get(after.checked_sub(1)?)?;
        let index = usize::try_from(number - chunk.first()).ok()?;
        (index < chunk.len() && !id.is_note()).then_some((chunk, index))
    }

    /// Where an entry that is kept stands. One that is gone stands before everything.
    pub(super) fn key_of(&self, id: EntryId) -> Key {
        self.key(id).unwrap_or(Key { time: i64::MIN, class: Class::Marker, source: 0, lag: i32::MIN, id })
    }

    /// Where an entry stands; `None` when it is not kept any more.
    #[must_use]
    pub fn key(&self, id: EntryId) -> Option<Key> {
        if !id.is_note() {
            let (chunk, index) = self.find(id)?;
            return chunk.key(index);
        }
        let note = self.notes.get(&id.number())?;
        let class = match note {
            Note::Gap(_) => Class::Gap,
            Note::Marker(_) => Class::Marker,
        };
        Some(Key { time: note.time().0, class, source: 0, lag: 0, id })
    }

    /// An entry; `None` when it is not kept any more.
    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<Entry<'_>> {
        if id.is_note() {
            return self.notes.get(&id.number()).map(Entry::Note);
        }
        self.line(id).map(Entry::Line)
    }

    /// A line; `None` when it is not kept any more, or when it is none.
    #[must_use]
    pub fn line(&self, id: EntryId) -> Option<Line<'_>> {
        let (chunk, index) = self.find(id)?;
        chunk.line(index)
    }

    /// How many lines are kept.
    #[must_use]
    pub const fn lines(&self) -> usize {
        self.lines
    }

    /// How many of them say that something went wrong.
    #[must_use]
    pub fn error_lines(&self) -> usize {
        self.errors.len()
    }

    /// When the oldest line happened that is kept, and the newest.
    #[must_use]
    pub fn span(&self) -> Option<(Millis, Millis)> {
        self.first_line_time().map(|first| (first, Millis(self.newest)))
    }

    /// How much text is kept, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many lines were thrown away to stay within the bounds.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// How many lines arrived so far, those that are gone included.
    #[must_use]
    pub const fn arrived(&self) -> u64 {
        self.next_line
    }

    /// What has arrived so far, to tell it from what comes later.
    #[must_use]
    pub const fn so_far(&self) -> Arrived {
        Arrived { lines: self.next_line, notes: self.next_note }
    }

    /// The lines that are kept of those that arrived behind so many others, in the order of arrival.
    pub fn arrived_since(&self, number: u64) -> impl Iterator<Item = Line<'_>> {
        let new = self.chunks.partition_point(|chunk| chunk.end() <= number);
        let lines = self.chunks.range(new..).flat_map(|chunk| (0..chunk.len()).map_while(|index| chunk.line(index)));
        lines.skip_while(move |line| line.id.number() < number)
    }

    /// Nothing that was thrown away stood behind this.
    pub(super) const fn gone_before(&self) -> Key {
        Key::end_of(Millis(self.gone_until))
    }

    /// How many notes there have been.
    pub(super) const fn noted(&self) -> u64 {
        self.next_note
    }

    /// All notes with a smaller number are gone.
    pub(super) fn first_note(&self) -> u64 {
        self.notes.first_key_value().map_or(self.next_note, |(number, _)| *number)
    }

    /// How many bytes all of it takes, as far as it grows with what is kept.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.chunks.iter().map(Chunk::memory).sum::<usize>() + self.order.memory() + self.errors.memory()
    }

    /// When the notes stand that are kept and have a smaller number than this.
    pub(super) fn note_times(&self, below: u64) -> impl Iterator<Item = i64> + '_ {
        self.notes.range(..below).map(|(_, note)| note.time().0)
    }

    /// All entries, in order.
    pub(super) const fn order(&self) -> &Order {
        &self.order
    }

    /// The lines that say that something went wrong, in order.
    pub(super) const fn errors(&self) -> &Order {
        &self.errors
    }

    /// The chunks, in the order of arrival.
    pub(super) const fn chunks(&self) -> &VecDeque<Chunk> {
        &self.chunks
    }

    /// All entries, in order.
    #[must_use]
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = EntryId> + '_ {
        self.order.range(0..self.order.len()).copied()
    }

    /// The entries around one, in order: so many before it, itself, so many behind it.
    #[must_use]
    pub fn around(&self, id: EntryId, before: usize, behind: usize) -> Vec<EntryId> {
        let Some(key) = self.key(id) else { return Vec::new() };
        let rank = self.order.rank(key, |id| self.key_of(id));
        self.order.range(rank.saturating_sub(before)..rank.saturating_add(behind).saturating_add(1)).copied().collect()
    }

    /// The first line that says that something went wrong, behind a place or before it.
    #[must_use]
    pub fn next_error(&self, from: Key, forward: bool) -> Option<EntryId> {
        self.errors.next(from, forward, |id| self.key_of(id))
    }
}
