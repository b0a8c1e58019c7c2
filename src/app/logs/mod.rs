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
pub mod names;
pub mod order;
pub mod panel;
pub mod prompt;
pub mod saving;
pub mod screen;
pub mod sessions;
pub mod stream;
pub mod subject;
pub mod telling;
#[cfg(test)]
mod tests;
pub mod tidy;
pub mod update;
pub mod words;
pub mod wrap;

use std::time::Duration;

use order::News;
use saving::{SaveId, Saving};
use screen::LogsScreen;
use stream::Stream;
use subject::Subject;

use super::history::Place;
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
    /// The number of the last stream.
    last: StreamId,
}

impl Default for Logs {
    fn default() -> Self {
        Self { stream: None, screen: LogsScreen::default(), left_at: None, zone: TimeZone::UTC, last: StreamId::default() }
    }
}

/// The streams and the files of a pane have numbers of their own: it never has as many.
const NUMBERS: u32 = 32;

impl Logs {
    /// Those of another pane, of which nothing is known yet. `pane` tells it from all others.
    #[must_use]
    pub fn another(&self, pane: u32) -> Self {
        let first = u64::from(pane) << NUMBERS;
        let LogsScreen { wrap, columns, zone, chart, .. } = self.screen;
        let screen = LogsScreen { wrap, columns, zone, chart, last_save: SaveId(first), ..LogsScreen::default() };
        Self { screen, zone: self.zone.clone(), last: StreamId(first), ..Self::default() }
    }

    /// Whether this was asked for here.
    #[must_use]
    pub fn awaits(&self, news: &News) -> bool {
        match news {
            News::Told { stream, .. } => self.stream.as_ref().is_some_and(|held| held.id == *stream),
            News::Written(id, _) | News::Saved(id) | News::NotSaved(id, _) => {
                self.screen.saving.as_ref().is_some_and(|saving| saving.id == *id)
            }
        }
    }

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

    /// Whether something is left to do while this place is shown: to look at lines, or to write them.
    #[must_use]
    pub fn can_work(&self, place: &Place) -> bool {
        let saves = self.screen.saving.as_ref().is_some_and(Saving::can_go_on);
        (matches!(place, Place::Logs(_)) && self.is_working()) || saves
    }

    /// The number of the next stream.
    const fn next_stream(&mut self) -> StreamId {
        self.last.0 += 1;
        self.last
    }
}
