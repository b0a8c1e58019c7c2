//! Lines on standard output, whole and at once; what is missing and what went wrong beside them.

use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};

use super::stream::{Beside, Stream};
use crate::cli::complain;
use crate::model::id::EnvironmentKey;
use crate::model::log::buffer::Entry;
use crate::model::log::filter::Filter;
use crate::model::log::level::Level;
use crate::model::log::line::{Line, Millis, SourceId};
use crate::model::log::note::{Gap, Loss, Note};
use crate::model::log::source::State;
use crate::model::safe_text::{harmless_json, safe};

/// How lines are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// For people and for `grep`; what is no line goes to standard error.
    Text,
    /// An object on each line, whatever it is.
    Json,
}

/// So much is written at once.
const AT_ONCE: usize = 64 * 1024;

/// Prints what a filter shows.
pub(super) struct Printer {
    format: Format,
    filter: Filter,
    /// What each environment is called, in their order.
    labels: Vec<String>,
    out: Box<dyn io::Write + Send>,
}

impl Printer {
    pub(super) fn new(format: Format, filter: Filter, environments: &[EnvironmentKey], out: Box<dyn io::Write + Send>) -> Self {
        let label = |key: &EnvironmentKey| {
            let is_alone = environments.iter().filter(|other| other.name == key.name).count() == 1;
            match &key.region {
                Some(region) if !is_alone => format!("{}@{region}", key.name),
                _ => key.name.to_string(),
            }
        };
        Self { format, filter, labels: environments.iter().map(label).collect(), out }
    }

    /// Prints everything in its order. Whether whoever reads still does.
    pub(super) fn all(&mut self, stream: &mut Stream) -> io::Result<bool> {
        let beside = stream.beside();
        let mut text = String::new();
        for entry in stream.buffer.entries().filter_map(|id| stream.buffer.entry(id)) {
            match entry {
                Entry::Line(line) => self.line(stream, &line, &mut text),
                Entry::Note(Note::Gap(gap)) => self.loss(stream, gap, &mut text),
                Entry::Note(Note::Marker(_)) => {}
            }
            if text.len() >= AT_ONCE && !self.write(&std::mem::take(&mut text))? {
                return Ok(false);
            }
        }
        for told in beside {
            if let Beside::State(id, state) = told {
                self.state(stream, id, &state, &mut text);
            }
        }
        self.write(&text)
    }

    /// Prints what is new. Whether whoever reads still does.
    pub(super) fn recent(&mut self, stream: &mut Stream) -> io::Result<bool> {
        let (beside, before) = (stream.beside(), stream.take_new());
        let mut text = String::new();
        let mut lines: Vec<Line<'_>> = stream.buffer.arrived_since(before).collect();
        lines.sort_by_key(|line| line.time);
        for line in lines {
            self.line(stream, &line, &mut text);
        }
        for told in beside {
            match told {
                Beside::Loss(gap) => self.loss(stream, &gap, &mut text),
                Beside::State(id, state) => self.state(stream, id, &state, &mut text),
            }
        }
        self.write(&text)
    }

    /// Writes whole lines. Whether whoever reads still does: a closed pipe is no error.
    fn write(&mut self, text: &str) -> io::Result<bool> {
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn line(&self, stream: &Stream, line: &Line<'_>, text: &mut String) {
        if !self.filter.shows(line) {
            return;
        }
        let told = String::from_utf8_lossy(line.text);
        let said = told.trim_end_matches(['\n', '\r']);
        let (key, group, name) = named(stream, line.source);
        if self.format == Format::Text {
            let label = self.label(stream, key.as_ref());
            let name = if name.is_empty() { String::new() } else { format!(" {name}") };
            let place = safe(&format!("{label} {}{name}", short(&group, key.as_ref()))).into_owned();
            let _ = writeln!(text, "{} {place} | {}", moment(line.time), safe(said));
            return;
        }
        put(
            text,
            &json!({
                "kind": "line", "at": moment(line.time), "environment": key.map(|key| key.to_string()), "group": group,
                "stream": name, "level": line.level.map(Level::word), "late": line.late, "text": said,
            }),
        );
    }

    fn loss(&self, stream: &Stream, gap: &Gap, text: &mut String) {
        let key = gap.sources.iter().find_map(|id| stream.source(*id)).map(|(key, _)| key.clone());
        if self.format == Format::Text {
            complain(&safe(&format!("{} {}: {}", moment(gap.from), self.label(stream, key.as_ref()), sentence(gap))));
            return;
        }
        let sources: Vec<Value> =
            gap.sources.iter().filter_map(|id| stream.source(*id)).map(|(_, source)| json!(source.name.to_string())).collect();
        put(
            text,
            &json!({
                "kind": "loss", "id": gap.id.0, "environment": key.map(|key| key.to_string()), "sources": sources,
                "reason": gap.loss.word(), "from": moment(gap.from), "to": moment(gap.to), "count": gap.count, "filled": gap.filled,
            }),
        );
    }

    fn state(&self, stream: &Stream, id: SourceId, state: &State, text: &mut String) {
        let (key, group, name) = named(stream, id);
        let why = match state {
            State::Failing(fault) => Some(fault.sentence.to_string()),
            State::Polling { why, .. } => Some(format!("searched instead of streamed: {why}")),
            State::Opening | State::Live | State::Ended => None,
        };
        if self.format == Format::Text {
            let place = if name.is_empty() { group } else { format!("{group} {name}") };
            let said = why.unwrap_or_else(|| state.word().to_owned());
            complain(&safe(&format!("{}: {place}: {said}", self.label(stream, key.as_ref()))));
            return;
        }
        put(
            text,
            &json!({
                "kind": "source", "environment": key.map(|key| key.to_string()), "group": group, "stream": name,
                "state": state.word(), "why": why,
            }),
        );
    }

    fn label(&self, stream: &Stream, key: Option<&EnvironmentKey>) -> &str {
        let place = key.and_then(|key| stream.environments.iter().position(|other| other == key));
        place.and_then(|place| self.labels.get(place)).map_or("-", String::as_str)
    }
}

/// Whose a source is, and what it is called.
fn named(stream: &Stream, id: SourceId) -> (Option<EnvironmentKey>, String, String) {
    stream
        .source(id)
        .map_or_else(Default::default, |(key, source)| (Some(key.clone()), source.name.group.to_string(), source.name.stream.to_string()))
}

/// What is left of a group's name beside what every group of an Elastic Beanstalk environment begins with.
fn short<'g>(group: &'g str, key: Option<&EnvironmentKey>) -> &'g str {
    let prefix = key.map(|key| format!("/aws/elasticbeanstalk/{}/", key.name)).unwrap_or_default();
    let rest = group.strip_prefix(&prefix).filter(|rest| !rest.is_empty()).unwrap_or(group);
    rest.strip_prefix("var/log/").unwrap_or(rest)
}

/// A moment, to the millisecond, so that all are equally long.
fn moment(at: Millis) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn sentence(gap: &Gap) -> String {
    let lines = match gap.count {
        Some(1) => "1 line".to_owned(),
        Some(count) => format!("{count} lines"),
        None => "lines".to_owned(),
    };
    let until = format!("until {}", moment(gap.to));
    match (gap.loss, gap.filled) {
        (Loss::Sampled, true) => format!("{lines} that the service had left out {until} were looked up"),
        (Loss::Sampled, false) => format!("{lines} left out by the service, which samples above 500 a second, {until}"),
        (Loss::Disconnected, true) => format!("the connection broke; what was written {until} was looked up"),
        (Loss::Disconnected, false) => format!("the connection broke: lines written {until} may be missing"),
        (Loss::Opening, _) => format!("what was written {until} could not be looked up"),
        (Loss::Dropped, _) => format!("{lines} thrown away here {until}: whoever reads is too slow, or there is no more room"),
    }
}

fn put(text: &mut String, object: &Value) {
    let _ = writeln!(text, "{}", harmless_json(&object.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped_in_json_and_means_the_same() {
        let object = json!({ "text": "\u{9b}31m\u{202e}\u{7f}\u{1b}]0;owned\u{7} grün" });
        let mut text = String::new();
        put(&mut text, &object);
        assert!(text.trim_end().chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), object);
    }
}
