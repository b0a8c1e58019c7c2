//! One line of a log, and what identifies it.

use crate::model::clock::Timestamp;

use super::level::Level;

/// A moment as log services tell it: milliseconds since 1970, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// The moment as the rest of the model has it; one beyond all calendars is their end.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// This moment moved by so many milliseconds.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// How many milliseconds after `earlier` this is.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Timestamp> for Millis {
    fn from(at: Timestamp) -> Self {
        Self(at.as_millisecond())
    }
}

/// Which of the sources of a stream: given by whoever found it, once in a stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u16);

/// One uninterrupted reading of sources: a live session, or one sweep of what was written.
///
/// Within one, every line is told once. Two that overlap tell some lines twice.
/// At most 65,536 of them in a row are told apart, which only matters where they overlap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReportId(pub u32);

/// What stands in the stream: a line or a note. Never used for another, and never changes.
///
/// Lines are numbered as they arrive, and so are notes, apart from each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct EntryId(u64);

/// Set in the id of a note.
const NOTE: u64 = 1 << 63;

impl EntryId {
    /// The line that arrived as the `number`th.
    pub(super) const fn line(number: u64) -> Self {
        Self(number & !NOTE)
    }

    /// The note that was made as the `number`th.
    pub(super) const fn note(number: u64) -> Self {
        Self(number | NOTE)
    }

    /// Whether it is a note.
    #[must_use]
    pub const fn is_note(self) -> bool {
        self.0 & NOTE != 0
    }

    /// Its number among its kind.
    pub(super) const fn number(self) -> u64 {
        self.0 & !NOTE
    }
}

/// Everything that had arrived at a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrived {
    /// How many lines.
    pub(super) lines: u64,
    /// How many notes.
    pub(super) notes: u64,
}

impl Arrived {
    /// Whether an entry was there then.
    #[must_use]
    pub const fn has(self, id: EntryId) -> bool {
        id.number() < if id.is_note() { self.notes } else { self.lines }
    }
}

/// A line as a source tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewLine {
    /// Where it is from.
    pub source: SourceId,
    /// When it happened, as its source says.
    pub time: Millis,
    /// When the service took it in, where it tells.
    pub ingested: Option<Millis>,
    /// The text, as it came.
    pub text: Vec<u8>,
}

/// A line that is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line<'a> {
    /// Its id, in the order of arrival.
    pub id: EntryId,
    /// Where it is from.
    pub source: SourceId,
    /// When it happened.
    pub time: Millis,
    /// When the service took it in, where it told.
    pub ingested: Option<Millis>,
    /// How bad it says that it is, where that was recognised.
    pub level: Option<Level>,
    /// It arrived after lines that had happened well after it.
    pub late: bool,
    /// The text, as it came: anything may be in it.
    pub text: &'a [u8],
}

impl Line<'_> {
    /// Whether it says that something went wrong.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level >= Some(Level::Error)
    }
}

/// Where an entry stands in the stream.
///
/// By time; of the same moment, what explains comes before the lines and what
/// is missing behind them. Then by source, by ingestion, and at last by arrival, which
/// within one source is the order in which the source wrote.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    pub(super) time: i64,
    pub(super) class: Class,
    pub(super) source: u16,
    pub(super) lag: i32,
    pub(super) id: EntryId,
}

/// The order within a moment.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Class {
    /// Something that happened.
    Marker,
    /// A line.
    Line,
    /// Something that is missing from here on.
    Gap,
}

impl Key {
    /// Before everything of a moment.
    pub(super) const fn start_of(time: Millis) -> Self {
        Self { time: time.0, class: Class::Marker, source: 0, lag: i32::MIN, id: EntryId(0) }
    }

    /// Behind everything of a moment.
    pub(super) const fn end_of(time: Millis) -> Self {
        Self { time: time.0, class: Class::Gap, source: u16::MAX, lag: i32::MAX, id: EntryId(u64::MAX) }
    }

    /// Of which entry.
    #[must_use]
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// When.
    #[must_use]
    pub const fn time(&self) -> Millis {
        Millis(self.time)
    }
}
