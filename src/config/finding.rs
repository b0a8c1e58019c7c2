//! A mistake in a configuration file and where it stands, as people read it.

use std::fmt;
use std::ops::Range;

use crate::model::safe_text::safe;

/// One mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
    /// The bytes meant, counted from the start of the text (behind a byte order mark).
    pub span: Range<usize>,
    /// What is wrong and what to write instead. Harmless to show.
    pub sentence: String,
    /// The line it stands on; none where the whole file is meant.
    pub(super) excerpt: Option<Excerpt>,
}

/// Something that holds, and that somebody should know of all the same. Harmless to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub sentence: String,
}

/// What is shown of the offending line. Harmless to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Excerpt {
    /// The line, or the part of it around the place.
    pub text: String,
    /// How many terminal cells stand before the place.
    pub before: usize,
    /// How many terminal cells the place takes, at least one.
    pub width: usize,
}

/// Every mistake in one file, in the file's order. Never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Findings {
    pub(super) name: String,
    pub(super) list: Vec<Finding>,
    pub(super) more: usize,
    /// The text is no TOML, so that there may be other mistakes in it.
    pub(super) is_partial: bool,
}

impl Findings {
    /// The mistakes; the first of them, where there are very many.
    #[must_use]
    pub fn as_slice(&self) -> &[Finding] {
        &self.list
    }

    /// How many mistakes there are, those left out of the list included.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Whether there may be more, which show once these are corrected.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// The file's name, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = safe(&self.name);
        for finding in &self.list {
            match &finding.excerpt {
                Some(excerpt) => {
                    writeln!(f, "{name}:{}:{}: {}", finding.line, finding.column, finding.sentence)?;
                    write_excerpt(f, finding.line, excerpt)?;
                }
                None => writeln!(f, "{name}: {}", finding.sentence)?,
            }
        }
        if self.more > 0 {
            writeln!(f, "… and {} more", self.more)?;
        }
        match self.count() {
            1 => write!(f, "1 mistake in {name}")?,
            count => write!(f, "{count} mistakes in {name}")?,
        }
        f.write_str(if self.is_partial { "; what the settings say is checked after that" } else { "" })
    }
}

/// The line and, below it, carets under the place.
fn write_excerpt(f: &mut fmt::Formatter<'_>, line: usize, excerpt: &Excerpt) -> fmt::Result {
    let number = line.to_string();
    let margin = number.len();
    writeln!(f, "  {number} | {}", excerpt.text)?;
    writeln!(f, "  {:margin$} | {:before$}{}", "", "", "^".repeat(excerpt.width), before = excerpt.before)
}

impl std::error::Error for Findings {}
