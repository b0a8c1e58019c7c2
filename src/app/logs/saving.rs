//! Lines written into a file, piece by piece, while everything else goes on.
//!
//! What is written is what was there when it was asked for, however it is read, filtered or searched meanwhile; what is
//! thrown away before it is written is counted, and told in the file where it stood.
//! It is safe to show: who looks at the file does so in a terminal, most likely.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::markers::thousands;
use super::order::Order;
use super::stream::Stream;
use crate::model::log::ansi;
use crate::model::log::buffer::{Buffer, Entry};
use crate::model::log::line::{Arrived, EntryId, Line};
use crate::model::log::matches::Matches;
use crate::model::log::note::Note;
use crate::model::log::view::{Shown, Window};
use crate::model::safe_text::safe;

/// No more than this is on its way to the disk, in bytes.
const MOST_UNDERWAY: u64 = 1024 * 1024;
/// One piece is about as large, in bytes: no key waits for more.
const PIECE: usize = 128 * 1024;

/// Names a file that is written, so that what an earlier one still tells is known to be old.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct SaveId(pub u64);

/// What of a stream is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// What is shown.
    Shown,
    /// Everything that is kept.
    Everything,
}

/// What is being written.
#[derive(Debug)]
pub struct Saving {
    /// Which file.
    pub id: SaveId,
    /// Where to.
    pub path: Arc<PathBuf>,
    stage: Stage,
    /// How many lines are written, or on their way.
    lines: u64,
    /// How many were thrown away before they could be.
    lost: u64,
    sent: u64,
    written: u64,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// The filter has not been through all that there was.
    Looking(Box<Looking>),
    /// What is to be written, in its order, and how much of it is done.
    Writing(Vec<EntryId>, usize),
    /// Nothing more is to be sent.
    Sent,
}

/// A filter as it was, on its way through what was there.
#[derive(Debug)]
struct Looking {
    matches: Matches,
    window: Option<Window>,
    there: Arrived,
    /// How many lines had been thrown away before.
    evicted: u64,
}

impl Looking {
    /// What it shows of what was there.
    fn ids(&self, buffer: &Buffer) -> Vec<EntryId> {
        let mut ids = ids(buffer, Some(&self.matches), self.window);
        ids.retain(|id| self.there.has(*id));
        ids
    }
}

fn ids(buffer: &Buffer, matches: Option<&Matches>, window: Option<Window>) -> Vec<EntryId> {
    let shown = Shown::new(buffer, matches, window);
    shown.range(0..shown.len()).collect()
}

impl Saving {
    /// What is there now: all of it, or what a filter shows of a piece of time.
    #[must_use]
    pub fn new(id: SaveId, path: PathBuf, extent: Extent, buffer: &Buffer, matches: Option<&Matches>, window: Option<Window>) -> Self {
        let (matches, window) = if extent == Extent::Shown { (matches, window) } else { (None, None) };
        let stage = match matches {
            // The filter on the screen may change, this one does not.
            Some(shown) if !shown.is_done(buffer) => {
                let matches = Matches::filtered(shown.filter().clone(), buffer);
                Stage::Looking(Box::new(Looking { matches, window, there: buffer.so_far(), evicted: buffer.evicted() }))
            }
            matches => Stage::Writing(ids(buffer, matches, window), 0),
        };
        Self { id, path: Arc::new(path), stage, lines: 0, lost: 0, sent: 0, written: 0 }
    }

    /// Whether something can be done now.
    #[must_use]
    pub const fn can_go_on(&self) -> bool {
        !self.is_sent() && self.sent - self.written < MOST_UNDERWAY
    }

    /// Whether everything is on its way to the disk.
    #[must_use]
    pub const fn is_sent(&self) -> bool {
        matches!(self.stage, Stage::Sent)
    }

    /// So many bytes are on the disk.
    pub const fn written(&mut self, bytes: u64) {
        self.written += bytes;
    }

    /// How much is done, of how much; none while the filter is still looking.
    #[must_use]
    pub const fn progress(&self) -> Option<(usize, usize)> {
        match &self.stage {
            Stage::Looking(_) => None,
            Stage::Writing(ids, done) => Some((*done, ids.len())),
            Stage::Sent => Some((1, 1)),
        }
    }

    /// What is in the file, as a sentence; whether it is less than there was.
    #[must_use]
    pub fn outcome(&self) -> (String, bool) {
        let (lines, path) = (thousands(self.lines), self.path.display());
        if self.lost == 0 {
            return (format!("{lines} lines are in {path}"), false);
        }
        let of = thousands(self.lines + self.lost);
        (format!("{lines} of {of} lines are in {path}: there was no more room for the others, it says where"), true)
    }

    /// Does some of it: the next piece of the file, where there is one already. `budget` is how much may be looked at, in bytes.
    pub fn work(&mut self, stream: &Stream, budget: usize) -> Option<Order> {
        let mut text = String::new();
        if let Stage::Looking(looking) = &mut self.stage {
            if !looking.matches.step(&stream.buffer, budget) {
                return None;
            }
            // What was thrown away meanwhile may not have been looked at: so many at most.
            let lost = stream.buffer.evicted() - looking.evicted;
            self.stage = Stage::Writing(looking.ids(&stream.buffer), 0);
            self.tell_lost(&mut text, lost);
        }
        let Stage::Writing(ids, done) = std::mem::replace(&mut self.stage, Stage::Sent) else { return None };
        let done = self.piece(stream, &ids, done, &mut text);
        if done < ids.len() {
            self.stage = Stage::Writing(ids, done);
        }
        self.sent += text.len() as u64;
        Some(Order::Piece { save: self.id, text: text.into_bytes().into(), is_last: self.is_sent() })
    }

    /// Writes about as much as one piece has; says how much is done then.
    fn piece(&mut self, stream: &Stream, ids: &[EntryId], mut done: usize, text: &mut String) -> usize {
        let mut lost = 0;
        for id in ids.iter().skip(done) {
            if text.len() >= PIECE {
                break;
            }
            done += 1;
            let Some(entry) = stream.buffer.entry(*id) else {
                lost += u64::from(!id.is_note());
                continue;
            };
            self.tell_lost(text, std::mem::take(&mut lost));
            self.lines += u64::from(!id.is_note());
            write(text, stream, &entry);
        }
        self.tell_lost(text, lost);
        done
    }

    /// Counts lines that were thrown away before they were written, and tells so where they stood.
    fn tell_lost(&mut self, text: &mut String, lost: u64) {
        self.lost += lost;
        if lost > 0 {
            let lines = if lost == 1 { "1 line was".to_owned() } else { format!("{} lines were", thousands(lost)) };
            let _ = writeln!(text, "-- {lines} thrown away here before they could be written: there was no more room for them --");
        }
    }
}

fn write(text: &mut String, stream: &Stream, entry: &Entry<'_>) {
    match entry {
        Entry::Line(line) => text.push_str(&one(stream, line)),
        Entry::Note(note) => {
            let _ = write!(text, "{} -- {} --", note.time().timestamp().strftime("%FT%T%.3fZ"), told(note));
        }
    }
    text.push('\n');
}

/// A line as it is copied and saved: when, from where, what, without colours, and with nothing that a terminal would obey.
#[must_use]
pub fn one(stream: &Stream, line: &Line<'_>) -> String {
    let mut text = format!("{}", line.time.timestamp().strftime("%FT%T%.3fZ"));
    if let Some(source) = stream.sources.get(line.source) {
        let environment = stream.environment_of(line.source).map(|key| format!("{} ", stream.names.whole(key))).unwrap_or_default();
        let file = stream.names.label(line.source).map(|[_, file, _]| file.as_str()).unwrap_or_default();
        let _ = write!(text, " {}{file} {} ", safe(&environment), safe(&source.name.stream));
    }
    let plain = ansi::plain(line.text);
    let whole = String::from_utf8_lossy(&plain);
    // A line of several lines stays one that can be told from the others.
    let lines: Vec<_> = whole.trim_end_matches(['\r', '\n']).lines().map(safe).collect();
    text.push_str(&lines.join("\n\t"));
    text
}

/// What stands among the lines, in words. From outside: not yet safe to show.
#[must_use]
pub fn told(note: &Note) -> String {
    match note {
        Note::Gap(gap) => super::markers::gap(gap),
        Note::Marker(marker) => safe(&marker.text).into_owned(),
    }
}
