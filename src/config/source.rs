//! The file's text and its lines, and the list of what was found in it so far.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use super::finding::{Excerpt, Finding, Findings, Warning};
use crate::model::safe_text::safe;

/// More mistakes than these are only counted: nobody reads on, and a file of nonsense may hold a million.
const MOST_SHOWN: usize = 100;

/// How many characters are shown before the place, where a line is very long.
const SHOWN_BEFORE: usize = 60;

/// How many characters of a line are shown at most.
const SHOWN_AT_MOST: usize = 140;

/// A value and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub span: Range<usize>,
}

impl<T> At<T> {
    pub const fn new(value: T, span: Range<usize>) -> Self {
        Self { value, span }
    }

    /// Another value at the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At { value: change(self.value), span: self.span }
    }
}

/// The text with the start of each line known, so that a place costs a search and not a count.
pub(super) struct Source<'t> {
    name: &'t str,
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Source<'t> {
    pub fn new(text: &'t str, name: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name, text, starts }
    }

    pub const fn text(&self) -> &'t str {
        self.text
    }

    /// The line of a byte, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).max(1)
    }

    /// The text of a line, from 1, without its end.
    pub fn line(&self, number: usize) -> &'t str {
        let start = self.start_of(number);
        let rest = self.text.get(start..).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default().trim_end_matches('\r')
    }

    fn start_of(&self, number: usize) -> usize {
        self.starts.get(number.saturating_sub(1)).copied().unwrap_or(self.text.len())
    }

    fn finding(&self, span: &Range<usize>, sentence: &str) -> Finding {
        let line = self.line_of(span.start);
        let start = self.start_of(line);
        let text = self.line(line);
        let from = chars_before(text, span.start.saturating_sub(start));
        let to = chars_before(text, span.end.saturating_sub(start));
        Finding {
            line,
            column: from + 1,
            span: span.clone(),
            sentence: safe(sentence).into_owned(),
            excerpt: Some(excerpt(text, from..to)),
        }
    }
}

/// How many characters begin before this byte.
fn chars_before(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).count()
}

/// The part of a line around some of its characters, with the cells that they take.
fn excerpt(line: &str, place: Range<usize>) -> Excerpt {
    let skipped = if place.start > SHOWN_BEFORE * 2 { place.start - SHOWN_BEFORE } else { 0 };
    let mut text = String::from(if skipped > 0 { "…" } else { "" });
    let (mut before, mut width) = (text.chars().count(), 0);
    let mut rest = line.chars().enumerate().skip(skipped);
    for (at, character) in rest.by_ref().take(SHOWN_AT_MOST) {
        let shown = safe(character.encode_utf8(&mut [0; 4])).into_owned();
        let cells = shown.chars().filter_map(UnicodeWidthChar::width).sum::<usize>();
        if at < place.start {
            before += cells;
        } else if at < place.end {
            width += cells;
        }
        text.push_str(&shown);
    }
    if rest.next().is_some() {
        text.push('…');
    }
    Excerpt { text, before, width: width.max(1) }
}

/// What was found so far.
pub(super) struct Notes<'s> {
    source: &'s Source<'s>,
    list: Vec<Finding>,
    warnings: Vec<Warning>,
    more: usize,
    /// The text cannot be looked into, so that there may be other mistakes in it.
    pub is_partial: bool,
}

impl<'s> Notes<'s> {
    pub const fn new(source: &'s Source<'s>) -> Self {
        Self { source, list: Vec::new(), warnings: Vec::new(), more: 0, is_partial: false }
    }

    /// Notes a mistake at a place. Whatever the sentence quotes is made harmless here.
    pub fn add(&mut self, span: &Range<usize>, sentence: impl Into<String>) {
        self.add_with(span, || sentence.into());
    }

    /// The same with a sentence that takes work, which is done only where it is shown.
    pub fn add_with(&mut self, span: &Range<usize>, sentence: impl FnOnce() -> String) {
        if self.list.len() < MOST_SHOWN {
            self.list.push(self.source.finding(span, &sentence()));
        } else {
            self.more += 1;
        }
    }

    /// Notes a mistake of the file as a whole.
    pub fn add_for_all(&mut self, sentence: &str) {
        let sentence = safe(sentence).into_owned();
        self.list.push(Finding { line: 1, column: 1, span: 0..0, sentence, excerpt: None });
    }

    /// Notes something that is no mistake.
    pub fn warn(&mut self, span: &Range<usize>, sentence: impl AsRef<str>) {
        if self.warnings.len() < MOST_SHOWN {
            let sentence = safe(sentence.as_ref()).into_owned();
            self.warnings.push(Warning { line: self.source.line_of(span.start), sentence });
        }
    }

    /// What was noted that is no mistake, in the file's order.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.sort_by_key(|warning| warning.line);
        warnings
    }

    /// How many mistakes were found so far.
    pub const fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// The line on which a place begins, for sentences that name another one.
    pub fn line_of(&self, span: &Range<usize>) -> usize {
        self.source.line_of(span.start)
    }

    /// What the file says at a place, as it was written.
    pub fn written(&self, span: &Range<usize>) -> &'s str {
        self.source.text.get(span.clone()).unwrap_or_default()
    }

    /// Everything found, in the file's order; nothing where there was nothing.
    pub fn into_findings(mut self) -> Option<Findings> {
        self.list.sort_by_key(|finding| (finding.line, finding.column));
        let findings = Findings { name: self.source.name.to_owned(), list: self.list, more: self.more, is_partial: self.is_partial };
        (findings.count() > 0).then_some(findings)
    }
}

/// How many characters of a text are quoted in a sentence.
const QUOTED_AT_MOST: usize = 60;

/// A text in quotes, shortened where it is long.
pub(super) fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let mut short: String = characters.by_ref().take(QUOTED_AT_MOST).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    format!("\"{short}\"")
}

/// Texts as a sentence lists them: `a, b or c`.
pub(super) fn listed<'t>(texts: impl IntoIterator<Item = &'t str>, last: &str) -> String {
    let mut texts: Vec<&str> = texts.into_iter().collect();
    let end = texts.pop().unwrap_or_default();
    if texts.is_empty() { end.to_owned() } else { format!("{} {last} {end}", texts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_either_kind_of_break() {
        let source = Source::new("one\r\ntwo\nthree", "x");
        assert_eq!((source.line(1), source.line(2), source.line(3), source.line(4)), ("one", "two", "three", ""));
        assert_eq!((source.line_of(0), source.line_of(4), source.line_of(5), source.line_of(99)), (1, 1, 2, 3));
    }

    #[test]
    fn carets_stand_under_wide_characters_and_long_lines_are_cut() {
        assert_eq!(excerpt("環境 = 1", 0..2), Excerpt { text: "環境 = 1".into(), before: 0, width: 4 });
        assert_eq!(excerpt("環境 = 1", 5..6), Excerpt { text: "環境 = 1".into(), before: 7, width: 1 });
        let long = excerpt(&"x".repeat(1_000), 500..501);
        assert_eq!((long.text.chars().count(), long.before, long.width), (142, 61, 1));
        assert!(long.text.starts_with('…') && long.text.ends_with('…'));
    }

    #[test]
    fn very_many_mistakes_are_counted_only() {
        let source = Source::new("x", "file");
        let mut notes = Notes::new(&source);
        for _ in 0..1_000 {
            notes.add(&(0..1), "wrong");
        }
        let findings = notes.into_findings().unwrap();
        assert_eq!((findings.as_slice().len(), findings.count()), (100, 1_000));
        assert!(findings.to_string().ends_with("… and 900 more\n1000 mistakes in file"));
    }

    #[test]
    fn sentences_list_and_quote() {
        assert_eq!(listed(["a"], "or"), "a");
        assert_eq!(listed(["a", "b", "c"], "or"), "a, b or c");
        assert_eq!(quoted(&"x".repeat(99)).chars().count(), 63);
    }
}
