//! The path patterns of workflows: `paths`, `paths-ignore` and `branches`.
//!
//! Owns GitHub's rules: `*` stops at a slash, `**` does not, and a later
//! pattern that begins with `!` takes back what an earlier one matched.

/// Whether the patterns, taken in turn, match in the end.
#[must_use]
pub fn any(patterns: &[String], text: &str) -> bool {
    patterns.iter().fold(false, |matched, pattern| match pattern.strip_prefix('!') {
        Some(taken) => matched && !fits(taken, text),
        None => matched || fits(pattern, text),
    })
}

/// Whether one pattern fits.
#[must_use]
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    here(&pattern, &text)
}

fn here(pattern: &[char], text: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['*', '*', '/', rest @ ..] => {
            let starts = (0..text.len()).filter(|&at| at == 0 || text.get(at - 1) == Some(&'/'));
            starts.into_iter().any(|at| text.get(at..).is_some_and(|text| here(rest, text)))
        }
        ['*', '*', rest @ ..] => (0..=text.len()).any(|at| text.get(at..).is_some_and(|text| here(rest, text))),
        ['*', rest @ ..] => {
            let end = text.iter().position(|&letter| letter == '/').unwrap_or(text.len());
            (0..=end).any(|at| text.get(at..).is_some_and(|text| here(rest, text)))
        }
        [letter, '?', rest @ ..] => {
            here(rest, text) || text.split_first().is_some_and(|(first, after)| first == letter && here(rest, after))
        }
        [letter, rest @ ..] => text.split_first().is_some_and(|(first, after)| first == letter && here(rest, after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_follow_githubs_rules() {
        for (pattern, text, expected) in [
            ("docs/*", "docs/a.md", true),
            ("docs/*", "docs/a/b.md", false),
            ("docs/**", "docs/a/b.md", true),
            ("**/.gitignore", ".gitignore", true),
            ("**/.gitignore", "a/b/.gitignore", true),
            ("*.md", "README.md", true),
            ("*.md", "docs/README.md", false),
            ("**.md", "docs/README.md", true),
            ("*.jsx?", "page.js", true),
            ("*.jsx?", "page.jsx", true),
            ("tox.ini", "tox.ini2", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_later_pattern_takes_back() {
        let patterns = [String::from("requirements/*"), String::from("!requirements/prod.txt")];
        assert!(any(&patterns, "requirements/dev.txt"));
        assert!(!any(&patterns, "requirements/prod.txt"));
    }
}
