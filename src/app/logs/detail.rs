//! One line, whole: what is known of it, its JSON laid out, and what stands around it.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::saving::told;
use super::stream::Stream;
use crate::app::reader::{Reader, TextLine, Tone};
use crate::model::clock::TimeZone;
use crate::model::log::ansi;
use crate::model::log::buffer::Entry;
use crate::model::log::level::Level;
use crate::model::log::line::{Key, Line};
use crate::model::safe_text::safe;

/// So many entries before a line, and behind it, are shown with it.
const AROUND: usize = 12;
/// A line that is longer is broken into pieces of so many characters.
const PIECE: usize = 160;

/// The line at a place, whole.
#[must_use]
pub fn reader(stream: &Stream, at: Key, zone: &TimeZone) -> Option<Reader> {
    let id = at.id();
    let Entry::Line(line) = stream.buffer.entry(id)? else {
        return note(stream, at);
    };
    let mut lines = facts(stream, &line, zone);
    lines.push(TextLine::new(Tone::Heading, "the line"));
    lines.extend(text(&line));
    lines.push(TextLine::new(Tone::Heading, "around it, whatever the filter"));
    for other in stream.buffer.around(id, AROUND, AROUND) {
        let Some(entry) = stream.buffer.entry(other) else { continue };
        lines.push(neighbour(stream, &entry, other == id));
    }
    let name = stream.sources.get(line.source).map_or_else(String::new, |source| source.name.to_string());
    Some(Reader::new(name, lines))
}

fn note(stream: &Stream, at: Key) -> Option<Reader> {
    let Entry::Note(note) = stream.buffer.entry(at.id())? else { return None };
    let mut lines = vec![TextLine::new(Tone::Plain, told(note)), TextLine::new(Tone::Remark, stamp(note.time().timestamp()))];
    lines.push(TextLine::new(Tone::Heading, "around it"));
    for other in stream.buffer.around(at.id(), AROUND, AROUND) {
        let Some(entry) = stream.buffer.entry(other) else { continue };
        lines.push(neighbour(stream, &entry, other == at.id()));
    }
    Some(Reader::new("among the lines".to_owned(), lines))
}

fn stamp(at: crate::model::clock::Timestamp) -> String {
    at.strftime("%F %T%.3fZ").to_string()
}

fn facts(stream: &Stream, line: &Line<'_>, zone: &TimeZone) -> Vec<TextLine> {
    let at = line.time.timestamp();
    let mut when = stamp(at);
    if *zone != TimeZone::UTC {
        when.push_str(&at.to_zoned(zone.clone()).strftime(", here %F %T%.3f %Z").to_string());
    }
    if let Some(ingested) = line.ingested {
        let lag = ingested.since(line.time);
        let _ = write!(when, " · taken in {}.{:03} s later", lag.div_euclid(1_000), lag.rem_euclid(1_000));
    }
    let mut facts = vec![TextLine::new(Tone::Remark, when)];
    if line.late {
        facts.push(TextLine::new(Tone::Open, "late: it came after lines of a later time, and was put in its place"));
    }
    if let Some(key) = stream.environment_of(line.source) {
        let region = key.region.as_ref().map(|region| format!(" {region}")).unwrap_or_default();
        facts.push(TextLine::new(Tone::Remark, format!("{}{region} · {} bytes", key.name, line.text.len())));
    }
    facts
}

/// The text of a line: what is JSON in it laid out, else broken where it breaks, or where it is too long.
fn text(line: &Line<'_>) -> Vec<TextLine> {
    let plain = ansi::plain(line.text);
    let whole = String::from_utf8_lossy(&plain);
    let tone = tone(line.level);
    if let Some(begin) = whole.find('{')
        && let Some((before, json)) = whole.split_at_checked(begin)
        && serde_json::from_str::<IgnoredAny>(json.trim_end()).is_ok()
    {
        let before = Some(before.trim()).filter(|before| !before.is_empty());
        let laid = laid_out(json.trim_end());
        return before.into_iter().chain(laid.lines()).flat_map(|line| broken(line, tone)).collect();
    }
    whole.trim_end().lines().flat_map(|line| broken(line, tone)).collect()
}

fn tone(level: Option<Level>) -> Tone {
    match level {
        Some(Level::Error | Level::Fatal) => Tone::Bad,
        Some(Level::Warn) => Tone::Open,
        _ => Tone::Plain,
    }
}

/// A line in pieces that fit on most screens, harmless.
fn broken(line: &str, tone: Tone) -> Vec<TextLine> {
    let characters: Vec<char> = safe(&line.replace('\t', "    ")).chars().collect();
    if characters.is_empty() {
        return vec![TextLine::new(tone, "")];
    }
    characters.chunks(PIECE).map(|piece| TextLine::new(tone, piece.iter().collect::<String>())).collect()
}

/// JSON with a line for each value, in the order in which it was written; a text of several lines takes several.
fn laid_out(json: &str) -> String {
    let mut laid = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut characters = json.chars().peekable();
    let newline = |laid: &mut String, depth: usize| {
        laid.push('\n');
        laid.push_str(&"  ".repeat(depth.min(40)));
    };
    while let Some(character) = characters.next() {
        match (in_text, character) {
            (true, '\\') => match characters.next() {
                Some('n') => newline(&mut laid, depth + 1),
                Some('t') => laid.push_str("    "),
                Some(other) => laid.extend(['\\', other]),
                None => {}
            },
            (_, '"') => {
                in_text = !in_text;
                laid.push('"');
            }
            (false, open @ ('{' | '[')) => {
                laid.push(open);
                if let Some(close) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    laid.push(close);
                } else {
                    depth += 1;
                    newline(&mut laid, depth);
                }
            }
            (false, close @ ('}' | ']')) => {
                depth = depth.saturating_sub(1);
                newline(&mut laid, depth);
                laid.push(close);
            }
            (false, ',') => {
                laid.push(',');
                newline(&mut laid, depth);
            }
            (false, ':') => laid.push_str(": "),
            (false, blank) if blank.is_whitespace() => {}
            (_, other) => laid.push(other),
        }
    }
    laid
}

fn neighbour(stream: &Stream, entry: &Entry<'_>, is_it: bool) -> TextLine {
    let sign = if is_it { "▸" } else { " " };
    match entry {
        Entry::Line(line) => {
            let part = stream.names.label(line.source).map(|label| label.join(" ")).unwrap_or_default();
            let part = part.trim();
            let plain = ansi::plain(line.text.get(..PIECE * 4).unwrap_or(line.text));
            let text = String::from_utf8_lossy(&plain);
            let time = line.time.timestamp().strftime("%T%.3f");
            TextLine::new(tone(line.level), format!("{sign} {time} {part}  {}", safe(text.trim_end())))
        }
        Entry::Note(note) => {
            TextLine::new(Tone::Remark, format!("{sign} {} ── {} ──", note.time().timestamp().strftime("%T%.3f"), told(note)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_in_its_own_order_and_texts_of_several_lines_take_several() {
        let json = r#"{"b":1,"a":{"x":[true,null],"e":{}},"t":"one\ntwo \"q\" , {"}"#;
        let laid = laid_out(json);
        assert_eq!(
            laid,
            "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": [\n      true,\n      null\n    ],\n    \"e\": {}\n  },\n  \"t\": \"one\n    two \\\"q\\\" , {\"\n}"
        );
    }
}
