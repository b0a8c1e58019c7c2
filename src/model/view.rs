//! How a person wants the Fleet to be shown: columns, order, folds, and views of it by name.
//!
//! In the configuration and in the file in which the console keeps them they are written alike: `health:14`, `-age`.

mod merge;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::column::{Column, Order};
use super::id::AppName;
use super::safe_text::harmless_json;
pub use merge::TooMany;

/// The narrowest and the widest that a column is made, in cells.
pub const WIDTHS: std::ops::RangeInclusive<u16> = 3..=200;
/// What the file says that it is.
const FORMAT: &str = "quarterdeck console";
/// The edition of the format: another one is not understood.
const VERSION: u32 = 1;
/// At most so many views are kept.
pub const MOST_VIEWS: usize = 50;
/// At most so many folds are kept, of a view or of the Fleet itself.
const MOST_FOLDS: usize = 1_000;
/// The longest name of a view, in characters.
pub const LONGEST_NAME: usize = 60;
/// The longest word for a theme, in bytes.
const LONGEST_WORD: usize = 40;
/// The longest filter, in bytes: as long as one may be typed.
const LONGEST_FILTER: usize = 500;

/// A column that is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shown {
    /// Which.
    pub column: Column,
    /// How wide it is, in cells; as wide as it usually is where absent.
    pub width: Option<u16>,
}

impl Shown {
    /// The column as wide as it usually is.
    #[must_use]
    pub const fn usual(column: Column) -> Self {
        Self { column, width: None }
    }
}

/// Why a text names no column.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoColumn {
    /// There is no column of that name.
    #[error("there is no column \"{0}\"")]
    Word(String),
    /// The width is none.
    #[error("the width \"{0}\" is no number from {from} to {to}", from = WIDTHS.start(), to = WIDTHS.end())]
    Width(String),
}

impl FromStr for Shown {
    type Err = NoColumn;

    fn from_str(text: &str) -> Result<Self, NoColumn> {
        let (word, width) = text.split_once(':').map_or((text, None), |(word, width)| (word, Some(width)));
        let column = Column::by_word(word).ok_or_else(|| NoColumn::Word(word.to_owned()))?;
        let number =
            |width: &str| width.parse().ok().filter(|width| WIDTHS.contains(width)).ok_or_else(|| NoColumn::Width(width.to_owned()));
        Ok(Self { column, width: width.map(number).transpose()? })
    }
}

impl TryFrom<String> for Shown {
    type Error = NoColumn;

    fn try_from(text: String) -> Result<Self, NoColumn> {
        text.parse()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.width {
            Some(width) => write!(f, "{}:{width}", self.column.word()),
            None => f.write_str(self.column.word()),
        }
    }
}

impl From<Shown> for String {
    fn from(shown: Shown) -> Self {
        shown.to_string()
    }
}

/// The columns of the Fleet from left to right: those of `wanted`, each once. The names of environments are always
/// among them, since a row without one is nobody's.
#[must_use]
pub fn columns(wanted: impl IntoIterator<Item = Shown>) -> Vec<Shown> {
    let mut seen = BTreeSet::new();
    let mut columns: Vec<Shown> = wanted.into_iter().filter(|shown| seen.insert(shown.column)).collect();
    if !seen.contains(&Column::Environment) {
        columns.insert(0, Shown::usual(Column::Environment));
    }
    columns
}

/// An order as it is written: `urgency`, a column's word, or that behind a `-` for the other way round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sort(pub Order);

impl FromStr for Sort {
    type Err = NoColumn;

    fn from_str(text: &str) -> Result<Self, NoColumn> {
        if text == "urgency" {
            return Ok(Self(Order::Urgency));
        }
        let (word, descending) = text.strip_prefix('-').map_or((text, false), |word| (word, true));
        let column = Column::by_word(word).ok_or_else(|| NoColumn::Word(text.to_owned()))?;
        Ok(Self(Order::By { column, descending }))
    }
}

impl TryFrom<String> for Sort {
    type Error = NoColumn;

    fn try_from(text: String) -> Result<Self, NoColumn> {
        text.parse()
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Order::Urgency => f.write_str("urgency"),
            Order::By { column, descending } => write!(f, "{}{}", if descending { "-" } else { "" }, column.word()),
        }
    }
}

impl From<Sort> for String {
    fn from(sort: Sort) -> Self {
        sort.to_string()
    }
}

/// The Fleet as somebody wants to see it, by a name.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct View {
    /// What it is called; not yet safe to show.
    pub name: Arc<str>,
    /// The filter, as it is typed behind `/`.
    pub filter: Arc<str>,
    /// The order.
    pub sort: Sort,
    /// Only what needs a person.
    pub faults_only: bool,
    /// The columns; the usual ones where absent.
    pub columns: Option<Vec<Shown>>,
    /// The apps that are folded or unfolded whatever their size; all others as usual.
    pub folds: BTreeMap<AppName, bool>,
}

impl View {
    /// Everything as usual, under this name.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), filter: "".into(), sort: Sort(Order::Urgency), faults_only: false, columns: None, folds: BTreeMap::new() }
    }

    fn is_bounded(&self) -> bool {
        let has_name = !self.name.trim().is_empty() && self.name.chars().count() <= LONGEST_NAME;
        has_name && self.filter.len() <= LONGEST_FILTER && self.folds.len() <= MOST_FOLDS
    }
}

/// What the configuration says about the Fleet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Configured {
    /// The columns; the usual ones where absent.
    pub columns: Option<Vec<Shown>>,
    /// Views.
    pub views: Vec<View>,
}

/// What the console keeps of how it is used.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preferences {
    /// The columns; as configured where absent.
    pub columns: Option<Vec<Shown>>,
    /// The order.
    pub sort: Option<Sort>,
    /// The apps that are folded or unfolded.
    pub folds: BTreeMap<AppName, bool>,
    /// The views that were saved from the console.
    pub views: Vec<View>,
    /// The theme that was chosen in the console, by its word.
    pub theme: Option<Arc<str>>,
}

/// Why a text holds no preferences.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoPreferences {
    /// It makes no sense.
    #[error("it cannot be understood: {0}")]
    NotUnderstood(String),
    /// It is of another edition.
    #[error("it is of edition {0}, and this program keeps edition {VERSION}")]
    Edition(u32),
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    version: u32,
    columns: Option<Vec<Shown>>,
    sort: Option<Sort>,
    folds: BTreeMap<AppName, bool>,
    views: Vec<View>,
    /// Files of before there was one have none.
    #[serde(default)]
    theme: Option<Arc<str>>,
}

impl Preferences {
    /// As a file's text.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { columns, sort, folds, views, theme } = self.clone();
        let folds = folds.into_iter().take(MOST_FOLDS).collect();
        let written = Written { format: FORMAT.to_owned(), version: VERSION, columns, sort, folds, views, theme };
        // Texts and lists: none of it can fail to be written.
        harmless_json(&serde_json::to_string_pretty(&written).unwrap_or_default()) + "\n"
    }

    /// Understands a file's text.
    ///
    /// # Errors
    /// When it cannot be understood as a whole.
    pub fn parse(text: &str) -> Result<Self, NoPreferences> {
        let not_understood = |error: serde_json::Error| NoPreferences::NotUnderstood(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(not_understood)?;
        if head.format != FORMAT {
            return Err(NoPreferences::NotUnderstood("it does not say that a console keeps it".to_owned()));
        }
        if head.version != VERSION {
            return Err(NoPreferences::Edition(head.version));
        }
        let Written { columns: shown, sort, folds, mut views, theme, .. } = serde_json::from_str(text).map_err(not_understood)?;
        let mut names = BTreeSet::new();
        let is_sound = views.iter().all(|view| view.is_bounded() && names.insert(Arc::clone(&view.name)));
        if !is_sound || views.len() > MOST_VIEWS || folds.len() > MOST_FOLDS {
            return Err(NoPreferences::NotUnderstood("it holds what is never kept".to_owned()));
        }
        for view in &mut views {
            view.columns = view.columns.take().map(columns);
        }
        let theme = theme.filter(|word| word.len() <= LONGEST_WORD);
        Ok(Self { columns: shown.map(columns), sort, folds, views, theme })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_orders_read_back_as_they_are_written() {
        for text in ["name", "health:14", "p99:200"] {
            assert_eq!(text.parse::<Shown>().unwrap().to_string(), text);
        }
        for text in ["urgency", "age", "-behind"] {
            assert_eq!(text.parse::<Sort>().unwrap().to_string(), text);
        }
        for (text, sentence) in [
            ("helth", "there is no column \"helth\""),
            ("health:2", "the width \"2\" is no number from 3 to 200"),
            ("health:", "the width \"\" is no number from 3 to 200"),
            ("health:wide", "the width \"wide\" is no number from 3 to 200"),
        ] {
            assert_eq!(text.parse::<Shown>().unwrap_err().to_string(), sentence);
        }
        assert!("-urgency".parse::<Sort>().is_err());
    }

    #[test]
    fn the_names_of_environments_are_always_among_the_columns() {
        let of = |words: &[&str]| {
            let shown = columns(words.iter().map(|word| word.parse().unwrap()));
            shown.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(&["health", "age"]), "name health age");
        assert_eq!(of(&["health:9", "name", "health"]), "health:9 name");
        assert_eq!(of(&[]), "name");
    }

    fn preferences() -> Preferences {
        let view = View {
            filter: "region:ca !staging".into(),
            sort: Sort(Order::By { column: Column::Age, descending: true }),
            faults_only: true,
            columns: Some(columns(["health:14".parse().unwrap()])),
            folds: BTreeMap::from([("h".into(), true)]),
            ..View::named("canada \u{202e}")
        };
        let folds = BTreeMap::from([("via".into(), false)]);
        Preferences { columns: None, sort: Some(Sort(Order::Urgency)), folds, views: vec![view], theme: Some("mono".into()) }
    }

    #[test]
    fn what_was_kept_before_themes_were_is_understood() {
        let before = preferences().text().replace(",\n  \"theme\": \"mono\"", "");
        assert!(!before.contains("theme"), "{before}");
        assert_eq!(Preferences::parse(&before), Ok(Preferences { theme: None, ..preferences() }));
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        for preferences in [Preferences::default(), preferences()] {
            let text = preferences.text();
            assert!(!text.contains('\u{202e}'), "{text}");
            assert_eq!(Preferences::parse(&text), Ok(preferences));
        }
    }

    #[test]
    fn what_is_broken_or_of_another_edition_is_refused() {
        let text = preferences().text();
        assert_eq!(Preferences::parse(&text.replace("\"version\": 1", "\"version\": 3")), Err(NoPreferences::Edition(3)));
        for broken in [
            "",
            "{}",
            text.trim_end_matches("}\n"),
            &text.replace("-age", "-nothing"),
            &text.replace("console", "locks"),
            &text.replace(":14", ":1"),
        ] {
            assert!(matches!(Preferences::parse(broken), Err(NoPreferences::NotUnderstood(_))), "{broken}");
        }
        let twice = Preferences { views: vec![View::named("a"), View::named("a")], ..Preferences::default() };
        assert!(Preferences::parse(&twice.text()).is_err());
        let nameless = Preferences { views: vec![View::named(" ")], ..Preferences::default() };
        assert!(Preferences::parse(&nameless.text()).is_err());
    }
}
