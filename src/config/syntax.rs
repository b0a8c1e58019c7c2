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
    let mut lines = BTreeSet::new();
    for error in &errors {
        let span = error.span().map_or_else(|| last_place(source.text()), |span| visible(source.text(), span));
        // One slip makes the parser stumble several times on the same line.
        if lines.insert(source.line_of(span.start)) {
            notes.add(&span, sentence(error, source, &span));
        }
    }
    errors.iter().all(is_repetition).then(|| Spanned::into_inner(tree))
}

/// A complaint about the end of the file or of a line is shown at the last thing written before it.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    if span.start < text.len() { span } else { last_place(text) }
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

fn sentence(error: &Error, source: &Source<'_>, span: &Range<usize>) -> String {
    if is_repetition(error) {
        return repeated(source, span);
    }
    let message = error.message();
    let advice = match message {
        text if text.starts_with("string values must be quoted") => "put the text in quotes",
        text if text.starts_with("cannot extend value of type") => return extended(source, span),
        text if text.starts_with("unclosed") || text.contains("literal string") => "close it",
        text if text.starts_with("cannot recurse further") => "nothing in this file needs so many levels",
        text if text.starts_with("missing escaped value") || text.starts_with("invalid escape") => {
            "write it in 'single quotes', where a backslash is a backslash"
        }
        _ => "correct this, then the rest of the file is checked",
    };
    format!("this is not TOML: {message}; {advice}")
}

/// What to say about a key or section that is there already.
fn repeated(source: &Source<'_>, span: &Range<usize>) -> String {
    let key = quoted(source.text().get(span.clone()).unwrap_or_default());
    match earlier(source, span) {
        Some(line) => format!("{key} is written twice, first on line {line}: keep one"),
        None => format!("{key} is written twice: keep one"),
    }
}

fn extended(source: &Source<'_>, span: &Range<usize>) -> String {
    let key = quoted(source.text().get(span.clone()).unwrap_or_default());
    format!("{key} has a value already, so that nothing can be added to it: write all of it in one place")
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
