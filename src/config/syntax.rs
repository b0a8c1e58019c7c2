//! From text to a tree in which every key and value knows its place.
//!
//! Words the TOML parser's complaints; judges nothing of its own.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, Error};

use super::source::{Notes, Source, quoted};

/// The tree, where the text is TOML.
///
/// What is written twice leaves a tree that can be judged all the same, with
/// the first of the two in it; after any other mistake the parser has guessed
/// where things end, so that what it made of the rest would be blamed wrongly.
pub(super) fn tree<'t>(source: &Source<'t>, notes: &mut Notes<'_>) -> Option<DeTable<'t>> {
    let (tree, errors) = DeTable::parse_recoverable(source.text());
    let end = last_place(source.text());
    // A complaint about the end of the file is shown at the last thing written.
    let place = |error: &Error| error.span().filter(|span| span.start < source.text().len()).unwrap_or_else(|| end.clone());
    let mut placed: Vec<(Range<usize>, &Error)> = errors.iter().map(|error| (place(error), error)).collect();
    // The parser judges texts and numbers after everything else.
    placed.sort_by_key(|(span, _)| span.start);
    let mut lines = BTreeSet::new();
    for (span, error) in placed {
        let is_first = lines.is_empty();
        let ends_nowhere = OPEN.iter().any(|message| error.message().starts_with(message));
        // One slip makes the parser stumble several times on the same line, and
        // something left open makes it stumble over all that follows.
        if (is_first || !ends_nowhere) && lines.insert(source.line_of(span.start)) {
            notes.add_with(&span, || sentence(error, source, &span));
        }
        if ends_nowhere {
            break;
        }
    }
    notes.is_partial = !errors.iter().all(is_repetition);
    (!notes.is_partial).then(|| Spanned::into_inner(tree))
}

/// The last character that is no blank.
fn last_place(text: &str) -> Range<usize> {
    let end = text.trim_end().len();
    let start = text.get(..end).and_then(|text| text.char_indices().next_back()).map_or(0, |(at, _)| at);
    start..end
}

/// Whether the text is TOML but for something that is said twice.
fn is_repetition(error: &Error) -> bool {
    error.message() == "duplicate key"
}

/// How the parser's complaints begin about what goes on to the end of the file.
const OPEN: [&str; 4] = ["missing comma", "unclosed array, ", "unclosed inline table", "extra comma"];

/// The parser's complaints, by how they begin, in words for somebody who does not know TOML.
const WORDED: [(&str, &str); 24] = [
    ("unclosed table, ", "the header of this section is not closed: write ] behind it"),
    ("unclosed array table", "the header of this section is not closed: write ]] behind it"),
    ("unclosed array, ", "this list is not closed: write ] behind it"),
    ("unclosed inline table", "this section in braces is not closed: write } behind it"),
    ("missing comma between array elements", "a comma is missing before this, or the list above is not closed with ]"),
    ("missing comma between key-value pairs", "a comma is missing before this, or the braces above are not closed with }"),
    ("extra comma", "there is a comma too many here"),
    ("key with no value", "here is a key without a value: write key = value"),
    ("missing value", "here is a key without a value: write key = value"),
    ("missing assignment", "here is a key without a value: write key = value"),
    ("missing key", "there is no key before this: write key = value"),
    ("unquoted keys cannot be empty", "there is no key before this: write key = value"),
    ("invalid key-value pair", "this is neither key = value nor a [section]"),
    ("unexpected key or value", "the line should end before this: write it on a line of its own"),
    ("invalid unquoted key", "a key holds letters, digits, - and _ only, unless it stands in quotes"),
    ("invalid boolean", "true and false are written in small letters"),
    ("invalid comment character", "here is a character that cannot be seen: leave it out"),
    ("invalid basic string, expected `\"`", "this text has no closing quote"),
    ("invalid literal string, expected `'`", "this text has no closing quote"),
    ("invalid basic string", "here is a character that cannot be seen: leave it out"),
    ("invalid literal string", "here is a character that cannot be seen: leave it out"),
    ("missing escaped value", "there is no such escape: write the text in 'single quotes', where a backslash is a backslash"),
    ("carriage return must be", "this line ends with a carriage return alone: save the file with the line ends of Unix or Windows"),
    ("cannot recurse further", "nothing in this file needs so many levels"),
];

fn sentence(error: &Error, source: &Source<'_>, span: &Range<usize>) -> String {
    let message = error.message();
    let written = source.text().get(span.clone()).unwrap_or_default();
    if is_repetition(error) {
        return repeated(source, span);
    }
    if message.starts_with("cannot extend value of type") {
        return format!("{} has a value already, so that nothing can be added to it: write all of it in one place", quoted(written));
    }
    if message.starts_with("string values must be quoted") && !written.trim().is_empty() {
        return format!("a text stands in quotes: write {}", quoted(written));
    }
    if message.starts_with("string values must be quoted") {
        return "here is a key without a value: write key = value".to_owned();
    }
    if message == "recursion limit" {
        return "nothing in this file needs so many levels".to_owned();
    }
    let worded = WORDED.iter().find(|(begin, _)| message.starts_with(begin));
    worded.map_or_else(|| format!("this is not TOML: {message}"), |(_, words)| (*words).to_owned())
}

/// What to say about a key or section that is there already.
fn repeated(source: &Source<'_>, span: &Range<usize>) -> String {
    let key = quoted(source.text().get(span.clone()).unwrap_or_default());
    match earlier(source, span) {
        Some(line) => format!("{key} is written twice, first on line {line}: keep one"),
        None => format!("{key} is written twice: keep one"),
    }
}

/// The line on which the same thing was written before, as far as the lines tell.
///
/// The parser keeps this to itself. The same header is the same line again; the
/// same key begins a line between here and the section's header.
fn earlier(source: &Source<'_>, span: &Range<usize>) -> Option<usize> {
    let here = source.line_of(span.start);
    let line = source.line(here).trim();
    if line.starts_with('[') {
        let header = |text: &str| text.split('#').next().unwrap_or_default().trim().to_owned();
        return (1..here).find(|number| header(source.line(*number)) == header(line));
    }
    let key = source.text().get(span.clone())?;
    let written_in = |number: &usize| {
        let rest = source.line(*number).trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    let mut above = (1..here).rev().take_while(|number| !source.line(*number).trim_start().starts_with('['));
    above.find(written_in)
}
