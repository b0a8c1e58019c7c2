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
use crate::model::sighting::{Observation, Question, Scope, Sighting};
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

    /// Takes note of answers about what has happened. Says whether one of them is the first of its scope.
    pub(super) fn answered(&mut self, observations: &[Observation]) -> bool {
        let mut is_first = false;
        for observation in observations {
            let Observation::Seen(Sighting { source, stamp, .. }) = observation else { continue };
            if source.question != Question::Events {
                continue;
            }
            let first = self.first_events.get(&source.scope).copied();
            if first.is_none_or(|first| stamp.asked_at < first) {
                self.first_events.insert(Arc::clone(&source.scope), stamp.asked_at);
                is_first = true;
            }
        }
        is_first
    }

    /// Compares what is known now with what was known before.
    pub(super) fn look(&mut self, fleet: &Fleet, now: Timestamp) {
        for environment in fleet.environments() {
            let Some(key) = environment.seen_key() else { continue };
            let _ = self.since.get_or_insert(now);
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
        self.readings.keep(|key| fleet.get(key).is_some());
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
        Level::Degraded => Tone::Degraded,
        Level::Severe => Tone::Bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Stamp;
    use crate::model::health::{Health, HealthSource};
    use crate::model::sighting::{Coverage, Identity, Reading, Source};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// A complete listing of a host on which these apps run.
    fn listed(second: i64, names: &[&str]) -> Observation {
        let health = Health { level: Level::Ok, word: None, causes: Vec::new(), source: HealthSource::Probe };
        let reading = |name: &&str| {
            let identity = Some(Box::new(Identity::of("wit".into())));
            (format!("host:-:-:{name}").parse().unwrap(), Reading { identity, health: Some(health.clone()), ..Reading::default() })
        };
        let scope = Arc::new(Scope { platform: Platform::Host, connection: "lion-1".into(), region: None });
        Observation::Seen(Sighting {
            source: Source { question: Question::Listing, scope },
            stamp: Stamp { asked_at: at(second), sequence: second.unsigned_abs() + 1 },
            coverage: Coverage::Complete,
            account: None,
            readings: names.iter().map(reading).collect(),
            events: Vec::new(),
        })
    }

    #[test]
    fn what_was_read_of_a_preview_goes_with_it() {
        let (mut fleet, mut seen) = (Fleet::default(), Seen::default());
        let _ = fleet.observe(listed(0, &["wit", "wit-pr-7"]));
        seen.look(&fleet, at(0));
        assert_eq!(seen.readings.len(), 2);
        for second in [60, 2 * 3_600] {
            let _ = fleet.observe(listed(second, &["wit"]));
            seen.look(&fleet, at(second));
        }
        assert_eq!(seen.readings.len(), 1);
    }
}
