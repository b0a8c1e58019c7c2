//! Tags: which there are, and which comes next.

use std::sync::Arc;

use super::id::Sha;
use super::pattern::NamePattern;

/// A tag and what it stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tag {
    /// Its name; not yet safe to show.
    pub name: Arc<str>,
    /// Its commit.
    pub commit: Sha,
}

/// The tags of a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tags {
    /// Those that were read.
    pub each: Vec<Tag>,
    /// Whether these are all.
    pub is_complete: bool,
}

impl Tags {
    /// What this one stands for, where it was read.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Tag> {
        self.each.iter().find(|tag| *tag.name == *name)
    }

    /// The tag of the highest version that fits.
    #[must_use]
    pub fn latest(&self, pattern: &NamePattern) -> Option<&Tag> {
        let fitting = self.each.iter().filter(|tag| pattern.matches(&tag.name));
        fitting.filter_map(|tag| Some((version(&tag.name)?, tag))).max_by(|a, b| a.0.1.cmp(&b.0.1)).map(|(_, tag)| tag)
    }

    /// The version after the highest one: its last number grows by one, and behind a whole one comes a first part,
    /// as `v4.9` is followed by `v4.10` and `v5` by `v5.1`.
    #[must_use]
    pub fn next(&self, pattern: &NamePattern) -> Option<String> {
        let (start, numbers) = version(&self.latest(pattern)?.name)?;
        let mut numbers = numbers;
        match numbers.as_mut_slice() {
            [_] => numbers.push(1),
            [.., last] => *last = last.checked_add(1)?,
            [] => return None,
        }
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        Some(format!("{start}{}", numbers.join("."))).filter(|name| pattern.matches(name))
    }
}

/// What stands before the numbers of a version, and the numbers. What has anything behind them (`v5-rc1`) is no
/// version that another follows.
fn version(name: &str) -> Option<(&str, Vec<u64>)> {
    let at = name.find(|character: char| character.is_ascii_digit())?;
    let (start, numbers) = name.split_at(at);
    let numbers: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
    Some((start, numbers?))
}

/// Why git takes no tag of this name (git-check-ref-format).
#[must_use]
pub fn fault(name: &str) -> Option<&'static str> {
    let is_odd = |character: char| character.is_whitespace() || character.is_control() || "~^:?*[\\".contains(character);
    let part_is_bad = |part: &str| {
        let is_lock = std::path::Path::new(part).extension().is_some_and(|end| end.eq_ignore_ascii_case("lock"));
        part.is_empty() || part.starts_with('.') || is_lock
    };
    if name.is_empty() {
        Some("must be given")
    } else if name.starts_with('-') || name.ends_with('.') || name.contains("..") || name.contains("@{") || name == "@" {
        Some("is no name that git takes for a tag")
    } else if name.chars().any(is_odd) || name.split('/').any(part_is_bad) {
        Some("holds characters that git takes in no tag")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(names: &[&str]) -> Tags {
        let commit = Sha::new("8a52aea").unwrap();
        Tags { each: names.iter().map(|name| Tag { name: (*name).into(), commit: commit.clone() }).collect(), is_complete: true }
    }

    #[test]
    fn the_next_version_follows_the_highest_whatever_the_order() {
        for (names, pattern, next) in [
            (&["v4.9", "v4.10", "v4.2.9"][..], "v*", Some("v4.11")),
            (&["v4.9.4", "v4.9.1"], "v*", Some("v4.9.5")),
            (&["v4.9.4", "v5"], "v*", Some("v5.1")),
            (&["rc-7.2", "v5", "v5-rc1", "vodka"], "v*", Some("v5.1")),
            (&["rc-7.2"], "rc*", Some("rc-7.3")),
            (&["2026.11"], "v*", None),
            (&["v18446744073709551615.18446744073709551615"], "v*", None),
            (&[], "v*", None),
        ] {
            assert_eq!(tags(names).next(&NamePattern::new(pattern)).as_deref(), next, "{names:?}");
        }
    }

    #[test]
    fn what_git_takes_for_no_tag_is_known() {
        for name in ["v1", "release/2026.11", "v1-rc.1", "ä"] {
            assert_eq!(fault(name), None, "{name}");
        }
        for name in ["", "-v1", "v 1", "v..1", "v1.", "a//b", ".v1", "v1.lock", "v~1", "v\u{1b}[31m", "@", "v@{1}", "v*"] {
            assert!(fault(name).is_some(), "{name}");
        }
    }
}
