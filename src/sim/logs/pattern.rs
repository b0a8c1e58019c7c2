//! Filter patterns, as far as they are simple terms.
//!
//! All terms have to be there, in capitals as given; `-term` must not be; of
//! `?term`s one is enough; a term in quotes may have anything in it
//! (CloudWatch Logs, "Filter pattern syntax", unstructured log events).

/// A pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    all: Vec<String>,
    none: Vec<String>,
    any: Vec<String>,
}

impl Pattern {
    /// Reads a pattern; `None` where it is of a kind that is not simulated, or no pattern.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut pattern = Self::default();
        let mut rest = text.trim_start();
        if rest.starts_with(['{', '[', '%']) {
            return None;
        }
        while !rest.is_empty() {
            let (list, term) = match rest.split_at_checked(1) {
                Some(("-", term)) => (&mut pattern.none, term),
                Some(("?", term)) => (&mut pattern.any, term),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = match term.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => term.split_once(' ').unwrap_or((term, "")),
            };
            list.push(term.to_owned());
            rest = after.trim_start();
        }
        Some(pattern)
    }

    /// Whether it shows a line.
    #[must_use]
    pub fn shows(&self, text: &str) -> bool {
        let has = |term: &String| text.contains(term.as_str());
        self.all.iter().all(has) && !self.none.iter().any(has) && (self.any.is_empty() || self.any.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_there_or_not() {
        for (pattern, text, shown) in [
            ("", "anything", true),
            ("ERROR timeout", "ERROR: a timeout", true),
            ("ERROR timeout", "error: a timeout", false),
            ("ERROR -timeout", "ERROR: a timeout", false),
            ("?ERROR ?WARN", "WARN", true),
            ("?ERROR ?WARN", "INFO", false),
            ("\"a timeout\" ERROR", "ERROR: a timeout", true),
        ] {
            assert_eq!(Pattern::read(pattern).unwrap().shows(text), shown, "{pattern}");
        }
        assert_eq!(Pattern::read("{ $.level = \"x\" }"), None);
        assert_eq!(Pattern::read("\"never closed"), None);
    }
}
