//! What to show and what to find: words, expressions, and what they are held against.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

use super::level::Level;
use super::line::{Line, SourceId};

/// No expression may become larger than this, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// A word or an expression that a line has in it or not.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Literal(Box<Finder<'static>>),
    Regex(Regex),
}

/// Why a text is no pattern.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoPattern(String);

impl Pattern {
    /// Reads what a person typed: a regular expression, which a plain word is, too.
    ///
    /// # Errors
    /// When it is no expression: with a sentence that says why and what to do.
    pub fn parse(text: &str) -> Result<Self, NoPattern> {
        if regex::escape(text) == text {
            return Ok(Self::literal(text));
        }
        let built = RegexBuilder::new(text).size_limit(LARGEST).build();
        let regex = built.map_err(|error| NoPattern(sentence(text, &error)))?;
        Ok(Self { text: text.to_owned(), kind: Kind::Regex(regex) })
    }

    /// The same, in any case unless it has a capital: as everywhere in the console where a person types what is looked for.
    ///
    /// # Errors
    /// The same.
    pub fn smart(text: &str) -> Result<Self, NoPattern> {
        let has_letters = text.chars().any(char::is_alphabetic);
        if !has_letters || text.chars().any(char::is_uppercase) {
            return Self::parse(text);
        }
        let built = RegexBuilder::new(text).case_insensitive(true).size_limit(LARGEST).build();
        let regex = built.map_err(|error| NoPattern(sentence(text, &error)))?;
        Ok(Self { text: text.to_owned(), kind: Kind::Regex(regex) })
    }

    /// Exactly this text.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), kind: Kind::Literal(Box::new(Finder::new(text).into_owned())) }
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a text has it.
    #[must_use]
    pub fn is_in(&self, text: &[u8]) -> bool {
        match &self.kind {
            Kind::Literal(finder) => finder.find(text).is_some(),
            Kind::Regex(regex) => regex.is_match(text),
        }
    }

    /// Where in a text it is, first to last, at most so many times.
    #[must_use]
    pub fn places(&self, text: &[u8], most: usize) -> Vec<std::ops::Range<usize>> {
        match &self.kind {
            Kind::Literal(finder) if finder.needle().is_empty() => Vec::new(),
            Kind::Literal(finder) => finder.find_iter(text).take(most).map(|start| start..start + finder.needle().len()).collect(),
            Kind::Regex(regex) => regex.find_iter(text).map(|found| found.range()).filter(|found| !found.is_empty()).take(most).collect(),
        }
    }

    /// What finds it in many lines at once, where that can be.
    pub(super) fn finder(&self) -> Option<&Finder<'static>> {
        match &self.kind {
            Kind::Literal(finder) => Some(&**finder).filter(|finder| !finder.needle().is_empty()),
            Kind::Regex(_) => None,
        }
    }
}

fn sentence(text: &str, error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => format!("\"{text}\" is too large an expression: repeat less in it"),
        // The last line of the message says what is wrong, those before draw where.
        other => {
            let told = other.to_string();
            let why = told.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("\"{text}\" is no regular expression, {why}: put a backslash before a character that means itself")
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// A pattern that a line must have, or must not have.
#[derive(Clone, Debug)]
pub struct Term {
    /// The pattern.
    pub pattern: Pattern,
    /// A line that has it is not shown.
    pub exclude: bool,
}

/// Which lines are shown. The empty one shows all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// All of them have to agree.
    pub terms: Vec<Term>,
    /// What the terms would show is hidden, and the other way round.
    pub inverted: bool,
    /// Only lines that say that they are at least so bad.
    pub least: Option<Level>,
    /// Sources that are not shown.
    pub hidden: HashSet<SourceId>,
    /// Only lines that this one shows, too: a search finds within what a filter shows.
    pub within: Option<Arc<Self>>,
}

impl Filter {
    /// Lines with this pattern.
    #[must_use]
    pub fn of(pattern: Pattern) -> Self {
        Self { terms: vec![Term { pattern, exclude: false }], ..Self::default() }
    }

    /// Whether it shows every line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.least.is_none() && self.hidden.is_empty() && self.within.is_none()
    }

    /// Whether it shows a line.
    #[must_use]
    pub fn shows(&self, line: &Line<'_>) -> bool {
        self.shows_kind(line) && (self.terms.is_empty() || self.shows_text(line.text) != self.inverted)
    }

    /// Whether everything but its own terms shows a line.
    pub(super) fn shows_kind(&self, line: &Line<'_>) -> bool {
        self.least.is_none_or(|least| line.level >= Some(least))
            && (self.hidden.is_empty() || !self.hidden.contains(&line.source))
            && self.within.as_ref().is_none_or(|within| within.shows(line))
    }

    fn shows_text(&self, text: &[u8]) -> bool {
        self.terms.iter().all(|term| term.pattern.is_in(text) != term.exclude)
    }

    /// The one text that decides, where that is so: a chunk is searched at once then, not line by line.
    pub(super) fn finder(&self) -> Option<&Finder<'static>> {
        match self.terms.as_slice() {
            [Term { pattern, exclude: false }] if !self.inverted => pattern.finder(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::line::{EntryId, Millis};

    fn shows(filter: &Filter, text: &str) -> bool {
        let level = super::super::level::recognise(text.as_bytes());
        let (id, time) = (EntryId::line(0), Millis(0));
        filter.shows(&Line { id, source: SourceId(1), time, ingested: None, level, late: false, text: text.as_bytes() })
    }

    fn term(text: &str, exclude: bool) -> Term {
        Term { pattern: Pattern::parse(text).unwrap(), exclude }
    }

    #[test]
    fn terms_agree_or_exclude_and_can_be_inverted() {
        let mut filter = Filter { terms: vec![term("(?i)timeout|refused", false), term("healthcheck", true)], ..Filter::default() };
        for (text, shown) in [("ERROR Timeout", true), ("INFO ok", false), ("refused by healthcheck", false), ("", false)] {
            assert_eq!(shows(&filter, text), shown, "{text}");
            filter.inverted = true;
            assert_eq!(shows(&filter, text), !shown, "{text}");
            filter.inverted = false;
        }
        filter.least = Some(Level::Error);
        assert!(shows(&filter, "ERROR timeout") && !shows(&filter, "INFO timeout") && !shows(&filter, "timeout"));
        filter.hidden.insert(SourceId(1));
        assert!(!shows(&filter, "ERROR timeout"));
        assert!(shows(&Filter { inverted: true, ..Filter::default() }, "x"), "without terms there is nothing to invert");
    }

    #[test]
    fn what_has_no_capital_is_found_in_any_case() {
        for (typed, text, is_in) in [
            ("timeout", "TimeOut", true),
            ("Timeout", "timeout", false),
            ("503", "503", true),
            ("\\d+ ms", "30 MS", true),
            // A class of a capital letter is a capital, too.
            ("\\S+Error", "ValueError", true),
        ] {
            assert_eq!(Pattern::smart(typed).unwrap().is_in(text.as_bytes()), is_in, "{typed}");
        }
        assert!(Pattern::smart("503").unwrap().finder().is_some(), "many lines at once");
        assert!(Pattern::smart("a(b").is_err());
    }

    #[test]
    fn a_search_finds_within_what_a_filter_shows() {
        let within = Filter { terms: vec![term("refused", false)], inverted: true, ..Filter::default() };
        let search = Filter { within: Some(Arc::new(within)), ..Filter::of(Pattern::literal("ERROR")) };
        assert!(shows(&search, "ERROR timeout") && !shows(&search, "ERROR refused") && !shows(&search, "INFO timeout"));
    }

    #[test]
    fn a_word_is_itself_and_a_bad_expression_says_what_to_do() {
        assert!(Pattern::parse("timeout").unwrap().finder().is_some());
        assert!(Pattern::parse("time.ut").unwrap().finder().is_none());
        assert!(Pattern::parse("").unwrap().is_in(b"anything"));
        let error = Pattern::parse("a(b").unwrap_err().to_string();
        assert_eq!(error, "\"a(b\" is no regular expression, unclosed group: put a backslash before a character that means itself");
        let error = Pattern::parse("(a{1000}){1000}{1000}").unwrap_err().to_string();
        assert!(error.contains("repeat less in it") || error.contains("is no regular expression"), "{error}");
    }

    #[test]
    fn places_are_where_the_pattern_is() {
        assert_eq!(Pattern::literal("ab").places(b"abxab", 9), [0..2, 3..5]);
        assert_eq!(Pattern::parse("[ab]+").unwrap().places(b"abxab\xffa", 2), [0..2, 3..5]);
        assert!(Pattern::parse("x*").unwrap().places(b"ab", 9).is_empty());
        assert!(Pattern::literal("").places(b"ab", 9).is_empty());
    }
}
