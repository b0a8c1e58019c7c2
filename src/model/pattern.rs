//! Name patterns as the configuration writes them: `*` for any run of characters, `?` for one.

use std::fmt;

/// A pattern over whole names, case-exact: cloud names and tags are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamePattern(String);

impl NamePattern {
    /// A pattern; every text is one.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has no wildcard and so names one thing.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// A text in which `*` is what the one `*` of this pattern stands for in `name`; the text itself where there is none.
    #[must_use]
    pub fn carried_over(&self, name: &str, text: &str) -> std::sync::Arc<str> {
        let rest = self.0.split_once('*').filter(|(_, behind)| !behind.contains('*'));
        let rest = rest.and_then(|(before, behind)| name.strip_prefix(before)?.strip_suffix(behind));
        rest.map_or_else(|| text.into(), |rest| text.replace('*', rest).into())
    }

    /// Whether the whole of `name` fits.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let name: Vec<char> = name.chars().collect();
        let (mut p, mut n) = (0, 0);
        // Where to go on when the last `*` has to take one character more.
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(wanted) if *wanted == '?' || name.get(n) == Some(wanted) => {
                    p += 1;
                    n += 1;
                }
                Some(_) | None => match star {
                    Some((at, taken)) => {
                        star = Some((at, taken + 1));
                        p = at + 1;
                        n = taken + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern.get(p..).is_some_and(|rest| rest.iter().all(|character| *character == '*'))
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, fits) in [
            ("h-*", "h-prod", true),
            ("h-*", "oh-prod", false),
            ("*-prod", "h-prod", true),
            ("*-prod", "h-prod-2", false),
            ("*", "", true),
            ("h-prod", "h-prod", true),
            ("h-prod", "H-prod", false),
            ("a*b*c", "a-bb-bc", true),
            ("a*b*c", "a-bb-b", false),
            ("?-x", "ä-x", true),
            ("", "x", false),
        ] {
            assert_eq!(NamePattern::new(pattern).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = NamePattern::new(&"*a".repeat(40));
        assert!(!pattern.matches(&"a".repeat(39)));
    }

    #[test]
    fn what_a_star_stands_for_is_carried_over() {
        let carried = |pattern: &str, name: &str, text: &str| NamePattern::new(pattern).carried_over(name, text).to_string();
        assert_eq!(carried("growl-*", "growl-prod", "env-*.sha256"), "env-prod.sha256");
        assert_eq!(carried("*-api", "dev-api", "*"), "dev");
        assert_eq!(carried("growl-prod", "growl-prod", "prod"), "prod");
        assert_eq!(carried("*-*", "a-b", "x-*"), "x-*");
    }
}
