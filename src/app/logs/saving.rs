//! Lines written into a file, piece by piece, while everything else goes on.
//!
//! What is written is safe to show: who looks at the file does so in a terminal, most likely.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::order::Order;
use super::stream::Stream;
use crate::model::log::ansi;
use crate::model::log::buffer::{Buffer, Entry};
use crate::model::log::line::{Key, Line};
use crate::model::log::matches::Matches;
use crate::model::log::note::Note;
use crate::model::log::view::{Shown, Window};
use crate::model::safe_text::safe;

/// No more than this is on its way to the disk, in bytes.
const MOST_UNDERWAY: u64 = 1024 * 1024;
/// One piece is about as large, in bytes: no key waits for more.
const PIECE: usize = 128 * 1024;

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
    /// Where to.
    pub path: Arc<PathBuf>,
    /// What.
    pub extent: Extent,
    /// How many entries there are.
    pub total: usize,
    /// How many of them are written, or on their way.
    pub done: usize,
    window: Option<Window>,
    /// The last entry that is written.
    last: Option<Key>,
    /// The one that was made last.
    at: Option<Key>,
    sent: u64,
    written: u64,
    /// Nothing more is to be sent.
    ended: bool,
}

impl Saving {
    /// What is there now, of this piece of time.
    #[must_use]
    pub fn new(path: PathBuf, extent: Extent, buffer: &Buffer, matches: Option<&Matches>, window: Option<Window>) -> Self {
        let (matches, window) = if extent == Extent::Shown { (matches, window) } else { (None, None) };
        let shown = Shown::new(buffer, matches, window);
        let last = shown.len().checked_sub(1).and_then(|rank| shown.get(rank)).and_then(|id| buffer.key(id));
        let path = Arc::new(path);
        Self { path, extent, total: shown.len(), done: 0, window, last, at: None, sent: 0, written: 0, ended: false }
    }

    /// Whether a piece may be made now.
    #[must_use]
    pub const fn can_go_on(&self) -> bool {
        !self.ended && self.sent - self.written < MOST_UNDERWAY
    }

    /// So many bytes are on the disk.
    pub const fn written(&mut self, bytes: u64) {
        self.written += bytes;
    }

    /// The next piece.
    pub fn piece(&mut self, stream: &Stream, matches: Option<&Matches>) -> Order {
        let matches = matches.filter(|_| self.extent == Extent::Shown);
        let shown = Shown::new(&stream.buffer, matches, self.window);
        let from = self.at.map_or(0, |key| {
            let rank = shown.rank(key);
            let is_there = shown.get(rank).and_then(|id| stream.buffer.key(id)) == Some(key);
            rank + usize::from(is_there)
        });
        let mut text = String::new();
        self.ended = true;
        for id in shown.range(from..shown.len()) {
            let Some((key, entry)) = stream.buffer.key(id).zip(stream.buffer.entry(id)) else { continue };
            if Some(key) > self.last {
                break;
            }
            if text.len() >= PIECE {
                self.ended = false;
                break;
            }
            write(&mut text, stream, &entry);
            (self.at, self.done) = (Some(key), self.done + 1);
        }
        self.sent += text.len() as u64;
        Order::Piece { text: text.into_bytes().into(), is_last: self.ended }
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
        let environment = stream.environment_of(line.source).map(|key| format!("{} ", key.name)).unwrap_or_default();
        let file = stream.origins.get(&line.source).map(|origin| Arc::clone(&origin.short.0)).unwrap_or_default();
        let _ = write!(text, " {}{} {} ", safe(&environment), safe(&file), safe(&source.name.stream));
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
