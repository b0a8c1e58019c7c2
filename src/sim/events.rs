//! The events of one place, as `DescribeEvents` tells them.
//!
//! Owns their order and when each becomes visible: like the real ones, events
//! arrive up to some seconds after the moment they are dated with. Never
//! decides which events there are.

use std::collections::VecDeque;

use crate::chance::mix;
use crate::environment::Name;
use crate::moment::{Millis, Moment};

/// No more than this many are kept in a place.
const MOST: usize = 60_000;
/// Events become visible up to this long after their date.
const LATEST: u64 = 4_000;

/// `EventSeverity`, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For the curious.
    Trace,
    /// For those who debug.
    Debug,
    /// For the record.
    Info,
    /// Worth a look.
    Warn,
    /// Went wrong.
    Error,
    /// Went wrong for good.
    Fatal,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }

    /// Reads the API's word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its place in the order of all events here.
    pub number: u64,
    /// When it happened.
    pub at: Moment,
    /// From when on it is told.
    pub visible: Moment,
    /// `Severity`.
    pub severity: Severity,
    /// `ApplicationName`.
    pub app: Name,
    /// `EnvironmentName`.
    pub environment: Option<Name>,
    /// The environment's id: never told, but asked for.
    pub environment_id: Option<Name>,
    /// `VersionLabel`.
    pub label: Option<Name>,
    /// `RequestId`.
    pub request: Option<Name>,
    /// `Message`.
    pub message: String,
}

/// The events of one place, in the order of their dates.
#[derive(Debug, Default)]
pub struct Journal {
    events: VecDeque<Event>,
    numbered: u64,
}

impl Journal {
    /// Adds an event; `event.number` and `event.visible` are set here.
    pub fn add(&mut self, mut event: Event) {
        self.numbered += 1;
        event.number = self.numbered;
        event.visible = event.at.plus(delay(&event));
        let index = self.events.partition_point(|other| other.at <= event.at);
        self.events.insert(index, event);
        if self.events.len() > MOST {
            self.events.pop_front();
        }
    }

    /// Everything, newest first, from `before` on where that is given.
    pub fn newest_first(&self, before: Option<(Moment, u64)>) -> impl Iterator<Item = &Event> {
        let end = before.map_or(self.events.len(), |before| self.events.partition_point(|event| (event.at, event.number) < before));
        self.events.range(..end).rev()
    }
}

/// How long after its date an event is told.
fn delay(event: &Event) -> Millis {
    // Out of the number alone: the moment differs from one run to the next.
    Millis::try_from(mix(event.number, 0xE7) % LATEST).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: i64) -> Event {
        Event {
            number: 0,
            at: Moment::from_millis(at),
            visible: Moment::from_millis(at),
            severity: Severity::Info,
            app: "a".into(),
            environment: None,
            environment_id: None,
            label: None,
            request: None,
            message: at.to_string(),
        }
    }

    #[test]
    fn events_are_told_late_and_newest_first() {
        let mut journal = Journal::default();
        for at in [10, 30, 20] {
            journal.add(event(at));
        }
        let order: Vec<i64> = journal.newest_first(None).map(|e| e.at.millis()).collect();
        assert_eq!(order, [30, 20, 10]);
        assert!(journal.newest_first(None).all(|e| e.visible >= e.at));
        let last = journal.newest_first(None).next().map(|e| (e.at, e.number));
        assert_eq!(journal.newest_first(last).count(), 2);
    }
}
