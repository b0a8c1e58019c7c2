//! How long the last one took: of the platform's events, from what began to what ended.

use std::time::Duration;

use super::Environment;
use crate::model::activity::ActivityKind;
use crate::model::clock::Timestamp;
use crate::model::event::{Meaning, PlatformEvent};

impl Environment<'_> {
    /// How long the last action of this kind took that came to a good end, as far as its events are known.
    #[must_use]
    pub fn last_took(&self, kind: ActivityKind) -> Option<Duration> {
        took(self.record()?.events.iter(), kind)
    }
}

fn took<'e>(events: impl Iterator<Item = &'e PlatformEvent>, kind: ActivityKind) -> Option<Duration> {
    let mut last = None;
    let mut open: Option<(ActivityKind, Timestamp)> = None;
    for event in events {
        match event.meaning {
            // What kind of update it is, a later event tells.
            Some(Meaning::Began(began)) => {
                let since = open.filter(|(known, _)| *known == ActivityKind::Unknown && began.0 != *known);
                open = Some((began.0, since.map_or(event.at, |(_, since)| since)));
            }
            Some(Meaning::Ended) => {
                let ended = open.take().filter(|(known, _)| *known == kind);
                last = ended.and_then(|(_, since)| Duration::try_from(event.at.duration_since(since)).ok()).or(last);
            }
            Some(Meaning::Failed) => open = None,
            Some(Meaning::HealthChanged { .. } | Meaning::InstancesChanged) | None => {}
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::{BeganKind, Severity};

    fn event(second: i64, meaning: Meaning) -> PlatformEvent {
        let at = Timestamp::from_second(second).unwrap();
        PlatformEvent { at, severity: Severity::Info, message: "".into(), request: None, label: None, meaning: Some(meaning) }
    }

    fn began(kind: ActivityKind) -> Meaning {
        Meaning::Began(BeganKind(kind))
    }

    fn seconds(events: &[PlatformEvent], kind: ActivityKind) -> Option<u64> {
        took(events.iter(), kind).map(|took| took.as_secs())
    }

    #[test]
    fn the_last_one_that_came_to_a_good_end_counts() {
        let events = [
            event(0, began(ActivityKind::Unknown)),
            event(2, began(ActivityKind::Deploy)),
            event(3, Meaning::InstancesChanged),
            event(60, Meaning::Ended),
            event(100, began(ActivityKind::Restart)),
            event(110, Meaning::Ended),
            event(111, Meaning::Ended),
            event(200, began(ActivityKind::Unknown)),
            event(201, began(ActivityKind::Deploy)),
            event(230, Meaning::Failed),
            event(300, began(ActivityKind::Deploy)),
        ];
        assert_eq!(seconds(&events, ActivityKind::Deploy), Some(60));
        assert_eq!(seconds(&events, ActivityKind::Restart), Some(10));
        assert_eq!(seconds(&events, ActivityKind::Rebuild), None);
    }

    #[test]
    fn what_never_ended_does_not_make_the_next_one_longer() {
        let deploy = [ActivityKind::Unknown, ActivityKind::Deploy];
        let mut events: Vec<PlatformEvent> = deploy.into_iter().zip(0..).map(|(kind, second)| event(second, began(kind))).collect();
        events.extend(deploy.into_iter().zip(500..).map(|(kind, second)| event(second, began(kind))));
        events.push(event(530, Meaning::Ended));
        assert_eq!(seconds(&events, ActivityKind::Deploy), Some(30));
    }
}
