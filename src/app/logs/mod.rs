//! The Logs screen: one stream out of many sources, and how it is read.
//!
//! Owns what is followed, what the reader has done with it, and what is asked of whoever follows.
//! Pure: lines come in as events, what is wanted goes out as effects.
//!
//! ```text
//! l ─► act ─► feeds of the subject ─► choice ─► Order::Follow ─► desk
//!                                                                 │
//! frame ◄─ screen ◄─ stream ◄─ intake ◄────── News::Told ◄────────┘
//!            │                    └─► Order::Taken: only then comes more
//!            └ view, filter, search, bookmarks, period, prompt
//! ```

pub mod act;
pub mod beside;
pub mod changes;
pub mod choice;
pub mod detail;
pub mod find;
pub mod intake;
pub mod layout;
pub mod markers;
pub mod meter;
pub mod order;
pub mod panel;
pub mod prompt;
pub mod saving;
pub mod screen;
pub mod sessions;
pub mod stream;
pub mod subject;
#[cfg(test)]
mod tests;
pub mod tidy;
pub mod update;
pub mod words;
pub mod wrap;

use std::time::Duration;

use meter::Meter;
use screen::LogsScreen;
use stream::Stream;
use subject::Subject;

use crate::model::clock::{TimeZone, Timestamp};

/// For how long a stream goes on after its screen was left: who only looks at something else comes back.
pub const LINGER: Duration = Duration::from_secs(60);

/// Names a stream, so that what an earlier one still tells is known to be old.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StreamId(pub u64);

/// All that is known of logs.
#[derive(Debug)]
pub struct Logs {
    /// What is followed, or was.
    pub stream: Option<Stream>,
    /// How it is read.
    pub screen: LogsScreen,
    /// When its screen was left.
    pub left_at: Option<Timestamp>,
    /// The person's own time zone.
    pub zone: TimeZone,
    /// What live sessions have cost so far.
    pub meter: Meter,
    /// The number of the last stream.
    last: StreamId,
}

impl Default for Logs {
    fn default() -> Self {
        Self {
            stream: None,
            screen: LogsScreen::default(),
            left_at: None,
            zone: TimeZone::UTC,
            meter: Meter::default(),
            last: StreamId::default(),
        }
    }
}

impl Logs {
    /// The stream of a subject, where that is the one that is held.
    #[must_use]
    pub fn of(&self, subject: &Subject) -> Option<&Stream> {
        self.stream.as_ref().filter(|stream| stream.subject == *subject)
    }

    /// Whether something of what is filtered or searched has not been looked at yet.
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| self.screen.is_working(&stream.buffer))
    }

    /// The number of the next stream.
    const fn next_stream(&mut self) -> StreamId {
        self.last.0 += 1;
        self.last
    }
}
