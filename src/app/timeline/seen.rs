//! What this console sees between two readings of environments whose platform tells no events.
//!
//! The change came about between the two: when, nobody knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::logs::changes::Readings;
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::health::Level;
use crate::model::id::Platform;
use crate::model::log::note::MarkerKind;
use crate::model::sighting::{Question, Scope};
use crate::model::timeline::{Entry, Kind, Origin, Tone};

/// So many are kept: the newest.
const KEPT: usize = 1_000;

/// What was seen, and since when.
#[derive(Debug, Default)]
pub struct Seen {
    readings: Readings,
    entries: std::collections::BTreeSet<Entry>,
    since: Option<Timestamp>,
    /// When the events of a scope were asked for first.
    first_events: BTreeMap<Arc<Scope>, Timestamp>,
}

impl Seen {
    /// Since when it is looked; none before anything was read.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// What was seen.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// When the events of each scope were asked for first.
    pub fn first_events(&self) -> impl Iterator<Item = (&Arc<Scope>, Timestamp)> {
        self.first_events.iter().map(|(scope, at)| (scope, *at))
    }

    /// Compares what is known now with what was known before.
    pub(super) fn look(&mut self, fleet: &Fleet, now: Timestamp) {
        for (source, state) in fleet.sources().filter(|(source, _)| source.question == Question::Events) {
            if let Some(stamp) = state.answered {
                let first = self.first_events.entry(Arc::clone(&source.scope)).or_insert(stamp.asked_at);
                *first = stamp.asked_at.min(*first);
            }
        }
        for environment in fleet.environments().filter(|environment| !environment.is_unseen()) {
            let _ = self.since.get_or_insert(now);
            let key = environment.key();
            if key.platform == Platform::Beanstalk {
                continue;
            }
            for marker in self.readings.compare(&environment) {
                let Ok(at) = Timestamp::from_millisecond(marker.time.0) else { continue };
                let kind = kind(marker.kind);
                let tone = if kind == Kind::Health { tone(environment.level()) } else { Tone::Plain };
                let entry = Entry { tone, ..Entry::of(at, (kind, Origin::Seen), vec![key.clone()], marker.text) };
                self.entries.insert(entry);
            }
        }
        while self.entries.len() > KEPT {
            self.entries.pop_first();
        }
    }
}

const fn kind(marker: MarkerKind) -> Kind {
    match marker {
        MarkerKind::Deploy => Kind::Deploy,
        MarkerKind::Health => Kind::Health,
        MarkerKind::Instance => Kind::Instance,
        MarkerKind::Restart => Kind::Lifecycle,
        MarkerKind::Change | MarkerKind::Source => Kind::Configuration,
    }
}

const fn tone(level: Level) -> Tone {
    match level {
        Level::Ok => Tone::Good,
        Level::Info | Level::Unknown => Tone::Plain,
        Level::Warning => Tone::Warning,
        Level::Degraded | Level::Severe => Tone::Bad,
    }
}
