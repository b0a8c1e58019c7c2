//! What stands among the lines: what the platform says has happened, how sources are, and what is missing.

use std::sync::Arc;

use super::stream::Stream;
use crate::app::state::State as App;
use crate::model::activity::ActivityKind;
use crate::model::event::{Meaning, PlatformEvent};
use crate::model::id::EnvironmentKey;
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::note::{Gap, Loss, Marker, MarkerKind, Note};
use crate::model::log::source::State;

/// Puts what happens to environments among the lines, as far as it is not there yet: what the platform tells, or what two
/// readings show.
pub fn take_events(app: &mut App) {
    let Some(stream) = &mut app.logs.stream else { return };
    for key in stream.subject.environments.clone() {
        let Some(environment) = app.fleet.get(&key) else { continue };
        let since = stream.since;
        for marker in stream.readings.compare(&environment) {
            let text = named(stream, &key, &marker.text);
            stream.buffer.note(Note::Marker(Marker { text, ..marker }));
        }
        // Newest first: those before it were looked at when they were new.
        let recent = environment.events().take_while(|event| Millis::from(event.at) >= since);
        for event in recent {
            let Some(kind) = kind(event) else { continue };
            if !stream.marked.insert((key.clone(), event.clone())) {
                continue;
            }
            let text = named(stream, &key, &event.message);
            stream.buffer.note(Note::Marker(Marker { time: event.at.into(), kind, text }));
        }
    }
}

/// What has happened, with whose it is where there are several.
fn named(stream: &Stream, of: &EnvironmentKey, text: &str) -> Arc<str> {
    if stream.has_several() { format!("{}: {text}", stream.names.whole(of)).into() } else { text.into() }
}

/// What kind of marker an event is, where it is one.
const fn kind(event: &PlatformEvent) -> Option<MarkerKind> {
    match event.meaning {
        Some(Meaning::HealthChanged { .. }) => Some(MarkerKind::Health),
        Some(Meaning::InstancesChanged) => Some(MarkerKind::Instance),
        Some(Meaning::Began(kind)) => Some(match kind.0 {
            ActivityKind::Deploy | ActivityKind::Roll => MarkerKind::Deploy,
            ActivityKind::Restart => MarkerKind::Restart,
            ActivityKind::Launch
            | ActivityKind::Configuration
            | ActivityKind::Rebuild
            | ActivityKind::Abort
            | ActivityKind::Swap
            | ActivityKind::Terminate
            | ActivityKind::Unknown => MarkerKind::Change,
        }),
        Some(Meaning::Ended | Meaning::Failed) => Some(MarkerKind::Change),
        None => None,
    }
}

/// Tells among the lines that a feed is not as it was, where a person should know: once for the feed, not for each source.
pub fn tell_state(stream: &mut Stream, sources: &[SourceId], state: &State, now: Millis) {
    let told: Vec<String> = sources
        .iter()
        .filter_map(|id| {
            let source = stream.sources.get(*id).filter(|source| source.name.is_feed())?;
            let is_new = source.told.is_none() && source.state == State::Opening;
            let told = changed(Some(&source.state).filter(|_| !is_new), state)?;
            Some(format!("{}: {told}", name(stream, *id)?))
        })
        .collect();
    for text in told {
        stream.buffer.note(Note::Marker(Marker { time: now, kind: MarkerKind::Source, text: text.into() }));
    }
}

/// What is to be said of a source that was so before, and is so now.
fn changed(before: Option<&State>, now: &State) -> Option<String> {
    match (before, now) {
        (Some(State::Failing(old)), State::Failing(new)) if old.kind.word() == new.kind.word() => None,
        (_, State::Failing(fault)) => Some(format!("cannot be read: {fault}; tried again, everything else goes on")),
        (Some(State::Polling { .. }), State::Polling { .. }) => None,
        (_, State::Polling { why, .. }) => Some(format!("searched again and again, not listened to: {why}")),
        (Some(State::Failing(_)), State::Live) => Some("read again, live".to_owned()),
        (Some(State::Polling { .. }), State::Live) => Some("live from here on".to_owned()),
        (_, State::Opening | State::Live) | (Some(State::Ended), State::Ended) => None,
        (_, State::Ended) => Some("ended, it will tell nothing more".to_owned()),
    }
}

/// What a feed is called among the lines.
fn name(stream: &Stream, source: SourceId) -> Option<String> {
    let of = stream.feeds.get(&stream.origins.get(&source)?.feed)?;
    let title = &stream.sources.get(source)?.name.group;
    let title = of.title.as_ref().unwrap_or(title);
    let Some(key) = of.environment.as_ref().filter(|_| stream.has_several()) else { return Some(title.to_string()) };
    let whole = stream.names.whole(key);
    // Others may have the same name elsewhere.
    Some(if title.contains(key.name.as_str()) { title.replacen(key.name.as_str(), whole, 1) } else { format!("{title} of {whole}") })
}

/// A length of time as a gap tells it: `3.2 s`, `4 min`.
fn length(millis: i64) -> String {
    match millis.max(0) {
        millis @ 0..=59_999 => format!("{}.{} s", millis / 1_000, millis % 1_000 / 100),
        millis @ 60_000..=3_599_999 => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1_000),
        millis => format!("{} h {} min", millis / 3_600_000, millis % 3_600_000 / 60_000),
    }
}

fn lines(count: u64) -> String {
    if count == 1 { "1 line".to_owned() } else { format!("{} lines", thousands(count)) }
}

/// A number with a comma between thousands.
#[must_use]
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is missing, or was, in words.
#[must_use]
pub fn gap(gap: &Gap) -> String {
    let (span, count) = (length(gap.length()), gap.count);
    match (gap.loss, gap.filled, count) {
        (Loss::Sampled, true, Some(0)) => format!("the service sampled here for {span}; nothing is missing"),
        (Loss::Sampled, true, Some(count)) => format!("{} sampled away by the service in {span}: looked up, none is missing", lines(count)),
        (Loss::Sampled, true, None) => format!("sampled by the service for {span}: looked up, none is missing"),
        (Loss::Sampled, false, Some(count)) => format!("{} sampled away by the service in {span}: they are missing", lines(count)),
        (Loss::Sampled, false, None) => format!("the service sends only a part of the lines of {span}: the others are missing so far"),
        (Loss::Opening, true, _) => "what was written before is read".to_owned(),
        (Loss::Opening, false, _) => format!("{span} of lines could not be looked up: they are missing"),
        (Loss::Disconnected, true, _) => format!("reconnected, gap of {span} filled"),
        (Loss::Disconnected, false, _) => format!("nothing was received for {span}: lines are missing so far"),
        (Loss::Dropped, true, _) => format!("lines of {span} were dropped, and looked up again"),
        (Loss::Dropped, false, Some(count)) => format!("{} dropped within {span}: more came than this console could take", lines(count)),
        (Loss::Dropped, false, None) => format!("lines of {span} were dropped: more came than this console could take"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::note::GapId;

    #[test]
    fn a_gap_says_how_much_is_missing_or_that_nothing_is() {
        let told = |loss, filled, count| {
            gap(&Gap { id: GapId(1), loss, sources: [].into(), from: Millis(1_000), to: Millis(4_200), count, filled })
        };
        assert_eq!(told(Loss::Sampled, false, Some(1_412)), "1,412 lines sampled away by the service in 3.2 s: they are missing");
        assert_eq!(told(Loss::Disconnected, true, None), "reconnected, gap of 3.2 s filled");
        assert_eq!(told(Loss::Dropped, false, Some(1)), "1 line dropped within 3.2 s: more came than this console could take");
        assert_eq!(length(75_000), "1 min 15 s");
        assert_eq!((thousands(999), thousands(1_000), thousands(1_234_567)), ("999".into(), "1,000".into(), "1,234,567".into()));
    }
}
