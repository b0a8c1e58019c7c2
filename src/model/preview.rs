//! Previews as GitHub tells of them: pull requests, and where a comment on each says that it can be seen.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{Login, PullNumber};

/// A pull request that may have a preview.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preview {
    /// Its number.
    pub pull: PullNumber,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// Who opened it; none where the account is gone.
    pub author: Option<Login>,
    /// Whether it is open.
    pub is_open: bool,
    /// When it was closed, where it was.
    pub closed_at: Option<Timestamp>,
    /// Where a comment of the pipeline's says that its preview is.
    pub url: Option<Arc<str>>,
}

/// The pull requests of a repository: those that are open, and those that were closed last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PreviewList {
    /// Each of them.
    pub each: Vec<Preview>,
    /// Whether those that are open are all here: only then is one that is not here closed.
    pub is_complete: bool,
}

/// How such a comment begins.
const SAID: [&str; 2] = ["Preview deployed:", "See this pull request in action:"];

/// The address in a comment that tells of a preview.
#[must_use]
pub fn address(comment: &str) -> Option<&str> {
    let said = comment.lines().find_map(|line| {
        let line = line.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        SAID.iter().find_map(|start| line.get(..start.len()).filter(|begun| begun.eq_ignore_ascii_case(start)).and(line.get(start.len()..)))
    })?;
    let from = said.find("https://").or_else(|| said.find("http://"))?;
    let address = said.get(from..)?;
    let end = address
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ')' | ']' | '>' | '"' | '*' | '`'))
        .unwrap_or(address.len());
    let address = address.get(..end)?.trim_end_matches(['.', ',']);
    let host = address.split_once("://")?.1.split(['/', '?', '#']).next()?;
    (!host.is_empty() && !host.contains('@')).then_some(address)
}

impl PreviewList {
    /// The pull request of this number.
    #[must_use]
    pub fn get(&self, pull: PullNumber) -> Option<&Preview> {
        self.each.iter().find(|preview| preview.pull == pull)
    }

    /// Whether it is known that this pull request is not open.
    #[must_use]
    pub fn is_closed(&self, pull: PullNumber) -> bool {
        self.get(pull).map_or(self.is_complete, |preview| !preview.is_open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_taken_from_what_a_pipeline_says() {
        for (comment, expected) in [
            ("Preview deployed: https://pr-7.preview.wit.example.com", Some("https://pr-7.preview.wit.example.com")),
            ("### Preview deployed: [open](https://pr-7.example.com/x).", Some("https://pr-7.example.com/x")),
            ("**Preview deployed:** https://pr-7.example.com\n\nCommit: abc", Some("https://pr-7.example.com")),
            ("See this pull request in action: https://ec2-1.example.com\n\n8a52aea", Some("https://ec2-1.example.com")),
            ("The Preview deployed: https://x.example.com", None),
            ("This deploy was cleaned up.", None),
            ("Preview deployed: javascript:alert(1)", None),
            ("Preview deployed: https://user:word@x.example.com", None),
            ("Preview deployed: https://", None),
            ("Prévïew déployed: https://x.example.com", None),
        ] {
            assert_eq!(address(comment), expected, "{comment}");
        }
    }

    #[test]
    fn what_is_not_listed_is_closed_only_where_the_list_is_complete() {
        let preview =
            |number, is_open| Preview { pull: PullNumber(number), title: "t".into(), author: None, is_open, closed_at: None, url: None };
        let mut list = PreviewList { each: vec![preview(1, true), preview(2, false)], is_complete: false };
        let closed = |list: &PreviewList| [1, 2, 3].map(|number| list.is_closed(PullNumber(number)));
        assert_eq!(closed(&list), [false, true, false]);
        list.is_complete = true;
        assert_eq!(closed(&list), [false, true, true]);
    }
}
