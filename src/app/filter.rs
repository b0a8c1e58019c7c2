//! Filters: what is typed behind `/`, and which rows it lets through.

use regex::{Regex, RegexBuilder};
use unicode_segmentation::UnicodeSegmentation as _;

use super::key::{Code, Key};
use crate::model::column::Column;

/// A line of text being typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextField {
    text: String,
    /// Where the cursor is, in bytes, on a boundary between characters as people see them.
    cursor: usize,
}

/// The longest line that is taken: what is beyond was not typed by a person.
const LONGEST: usize = 500;

impl TextField {
    /// A field that holds this text, the cursor behind it.
    #[must_use]
    pub fn with(text: &str) -> Self {
        Self { text: text.to_owned(), cursor: text.len() }
    }

    /// What it holds.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and behind it.
    #[must_use]
    pub fn around_cursor(&self) -> (&str, &str) {
        self.text.split_at_checked(self.cursor).unwrap_or((&self.text, ""))
    }

    /// Takes in pasted or typed text: only its first line, without control characters.
    pub fn insert(&mut self, text: &str) {
        let line = text.lines().next().unwrap_or("");
        let room = LONGEST.saturating_sub(self.text.len());
        let mut fits: String = line.chars().filter(|character| !character.is_control()).collect();
        while fits.len() > room {
            fits.pop();
        }
        self.text.insert_str(self.cursor, &fits);
        self.cursor += fits.len();
    }

    /// Handles a key as every line editor does. Returns whether it was one of its keys.
    pub fn key(&mut self, key: Key) -> bool {
        match (key.ctrl, key.code) {
            (false, Code::Char(character)) => self.insert(character.encode_utf8(&mut [0; 4])),
            (false, Code::Backspace) | (true, Code::Char('h')) => self.delete_to(self.left_of_cursor()),
            (false, Code::Delete) => self.delete_to(self.right_of_cursor()),
            (true, Code::Char('w')) => self.delete_to(self.word_before_cursor()),
            (true, Code::Char('u')) => self.delete_to(0),
            (true, Code::Char('k')) => self.delete_to(self.text.len()),
            (false, Code::Left) => self.cursor = self.left_of_cursor(),
            (false, Code::Right) => self.cursor = self.right_of_cursor(),
            (false, Code::Home) | (true, Code::Char('a')) => self.cursor = 0,
            (false, Code::End) | (true, Code::Char('e')) => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    fn left_of_cursor(&self) -> usize {
        self.around_cursor().0.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right_of_cursor(&self) -> usize {
        self.cursor + self.around_cursor().1.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before_cursor(&self) -> usize {
        let before = self.around_cursor().0.trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))
    }

    fn delete_to(&mut self, other: usize) {
        let (from, to) = (self.cursor.min(other), self.cursor.max(other));
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }
}

/// One word of a filter.
#[derive(Clone, Debug)]
struct Term {
    column: Option<Column>,
    inverse: bool,
    pattern: Regex,
}

/// A filter: its words all have to fit.
///
/// A word is a regular expression, in any case unless it has a capital;
/// `!word` lets through what does not fit; `region:ca` looks at one column.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// Reads what was typed.
    ///
    /// # Errors
    /// A sentence, when a word is no regular expression.
    pub fn new(text: &str) -> Result<Self, String> {
        let terms = text.split_whitespace().filter(|word| *word != "!").map(term);
        Ok(Self { terms: terms.collect::<Result<_, _>>()? })
    }

    /// Whether everything fits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row fits, whose text in a column the closure tells
    /// (`None` for the column: the whole row).
    pub fn fits<'a>(&self, mut text: impl FnMut(Option<Column>) -> std::borrow::Cow<'a, str>) -> bool {
        self.terms.iter().all(|term| term.pattern.is_match(&text(term.column)) != term.inverse)
    }
}

/// The columns whose text is searched: the others hold numbers.
const SEARCHED: [Column; 7] =
    [Column::Environment, Column::Region, Column::Tier, Column::Health, Column::Version, Column::Activity, Column::Account];

fn column_called(name: &str) -> Result<Column, String> {
    SEARCHED.into_iter().find(|column| column.word() == name).ok_or_else(|| {
        let known: Vec<&str> = SEARCHED.iter().map(|column| column.word()).collect();
        format!("no column is called \"{name}\": there are {}", known.join(", "))
    })
}

fn term(word: &str) -> Result<Term, String> {
    let (inverse, rest) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let (column, text) = match rest.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            (Some(column_called(name)?), value)
        }
        Some(_) | None => (None, rest),
    };
    let any_case = !text.chars().any(char::is_uppercase);
    let pattern = RegexBuilder::new(text).case_insensitive(any_case).size_limit(1 << 20).build();
    let pattern = pattern.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => format!("\"{text}\" is too large a pattern"),
        other => format!(
            "\"{text}\" is not a regular expression: {}",
            other.to_string().lines().last().unwrap_or("").trim_start_matches("error: ")
        ),
    })?;
    Ok(Term { column, inverse, pattern })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(filter: &str, row: &[(Column, &'static str)]) -> bool {
        let whole = row.iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ");
        Filter::new(filter).unwrap().fits(|column| {
            let text =
                column.map_or(whole.as_str(), |wanted| row.iter().find(|(column, _)| *column == wanted).map_or("", |(_, text)| text));
            text.to_owned().into()
        })
    }

    #[test]
    fn words_inverses_columns_and_expressions() {
        let row = [(Column::Environment, "h-prod"), (Column::Region, "ca-central-1"), (Column::Health, "severe")];
        for (filter, expected) in [
            ("", true),
            ("prod", true),
            ("PROD", false),
            ("prod ca", true),
            ("prod us", false),
            ("!us", true),
            ("!prod", false),
            ("^h-.*severe$", true),
            ("region:ca", true),
            ("name:ca", false),
            ("!region:us prod", true),
            ("health:severe|degraded", true),
            ("!", true),
        ] {
            assert_eq!(fits(filter, &row), expected, "{filter}");
        }
        assert!(Filter::new("(").unwrap_err().contains("not a regular expression"));
        assert!(Filter::new("foo:bar").unwrap_err().contains("there are name, region, tier"));
        assert!(Filter::new("p99:1").is_err(), "numbers are not searched as text");
        assert!(fits("(?:prod|qa)", &row), "a colon in an expression is its own");
    }

    #[test]
    fn a_text_field_edits_by_characters_as_people_see_them() {
        let mut field = TextField::default();
        field.insert("añ👩‍👩‍👧b c\nsecond line");
        assert_eq!(field.text(), "añ👩‍👩‍👧b c");
        for key in ["ctrl-w", "backspace", "←", "del"] {
            assert!(field.key(key.parse().unwrap()));
        }
        assert_eq!(field.text(), "añ👩‍👩‍👧");
        field.key(Key::of(Code::Backspace));
        assert_eq!(field.text(), "añ");
        field.key(Key::ctrl('a'));
        field.key(Key::ctrl('k'));
        assert_eq!(field.text(), "");
        field.insert(&"x".repeat(2_000));
        assert_eq!(field.text().len(), LONGEST);
    }
}
