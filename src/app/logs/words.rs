//! What is typed as a filter: words that a line must have, or must not have.

use std::collections::HashSet;

use crate::model::log::filter::{Filter, Pattern, Term};
use crate::model::log::level::Level;
use crate::model::log::line::SourceId;

/// The levels by which lines can be narrowed.
const LEVELS: [(&str, Level); 7] = [
    ("trace", Level::Trace),
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("error", Level::Error),
    ("fatal", Level::Fatal),
];

/// Reads a filter: words with blanks between them, all of which have to be there.
///
/// A word is a regular expression, in any case unless it has a capital. `!word` must not be there;
/// what stands in quotes may have blanks; `level:warn` shows what says that it is at least so bad.
///
/// # Errors
/// A sentence, where a word is no regular expression, or no level.
#[expect(clippy::implicit_hasher, reason = "the filter holds the set as it is")]
pub fn filter(text: &str, hidden: HashSet<SourceId>) -> Result<Filter, String> {
    let mut filter = Filter { hidden, ..Filter::default() };
    for (exclude, word) in words(text) {
        if let Some(name) = word.strip_prefix("level:").filter(|_| !exclude) {
            filter.least = Some(level(name)?);
            continue;
        }
        let pattern = Pattern::smart(&word).map_err(|error| error.to_string())?;
        filter.terms.push(Term { pattern, exclude });
    }
    Ok(filter)
}

fn level(name: &str) -> Result<Level, String> {
    let found = LEVELS.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, level)| *level);
    found.ok_or_else(|| format!("\"{name}\" is no level: there are trace, debug, info, warn, error, fatal"))
}

/// The words, and whether each is left out. Quotes hold blanks together; one that is not closed holds to the end.
fn words(text: &str) -> Vec<(bool, String)> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (exclude, begins) = rest.strip_prefix('!').map_or((false, rest), |behind| (true, behind));
        let (word, behind) = match begins.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => begins.split_once(char::is_whitespace).unwrap_or((begins, "")),
        };
        if !word.is_empty() {
            words.push((exclude, word.to_owned()));
        }
        rest = behind.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_there_or_not_and_quotes_hold_blanks() {
        let read = |text: &str| {
            words(text).into_iter().map(|(exclude, word)| format!("{}{word}", if exclude { "-" } else { "+" })).collect::<Vec<_>>()
        };
        assert_eq!(read("timeout !health"), ["+timeout", "-health"]);
        assert_eq!(read("  \"GET /api\" !\"a b\"  "), ["+GET /api", "-a b"]);
        assert_eq!(read("\"not closed"), ["+not closed"]);
        assert_eq!(read("! \"\""), Vec::<String>::new());
    }

    #[test]
    fn a_level_is_the_least_and_what_is_none_says_so() {
        assert_eq!(filter("level:WARN x", HashSet::new()).unwrap().least, Some(Level::Warn));
        assert!(filter("level:loud", HashSet::new()).unwrap_err().contains("no level"));
        assert!(filter("a(b", HashSet::new()).unwrap_err().contains("backslash"));
    }
}
