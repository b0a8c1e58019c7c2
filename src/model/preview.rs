//! Previews as GitHub tells of them: pull requests, and where a comment or a deployment says that each can be seen.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{Login, PullNumber, Sha};
use super::version::Stated;

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
    /// Where it can be seen.
    pub place: Place,
    /// What GitHub says was deployed there.
    pub version: Option<Stated>,
}

impl Preview {
    /// Where it can be seen, where that is known.
    #[must_use]
    pub const fn address(&self) -> Option<&Arc<str>> {
        match &self.place {
            Place::At(address) => Some(address),
            Place::Nowhere | Place::Unread => None,
        }
    }
}

/// Where a preview can be seen, as far as GitHub was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// At this address.
    At(Arc<str>),
    /// Nobody says that there is one.
    Nowhere,
    /// Not all that may say so was read.
    Unread,
}

/// The pull requests of a repository: those that are open, and those that were closed last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PreviewList {
    /// Each of them.
    pub each: Vec<Preview>,
    /// Whether those that are open are all here: only then is one that is not here closed.
    pub is_complete: bool,
}

/// How a pipeline says where its previews are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marks {
    /// How the line of a comment begins that tells the address.
    pub comments: Vec<Arc<str>>,
    /// What the environments of previews are called in GitHub's record, with `{n}` for the number of the pull request.
    pub environments: Vec<Arc<str>>,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            comments: ["Preview deployed:", "See this pull request in action:"].map(Arc::from).to_vec(),
            environments: ["preview-{n}", "pr-{n}"].map(Arc::from).to_vec(),
        }
    }
}

impl Marks {
    /// What stands for the number of the pull request.
    pub const NUMBER: &'static str = "{n}";

    /// The address in a comment that tells of a preview.
    #[must_use]
    pub fn address<'c>(&self, comment: &'c str) -> Option<&'c str> {
        let begun = |line: &'c str, start: &str| {
            line.get(..start.len()).filter(|begun| begun.eq_ignore_ascii_case(start)).and(line.get(start.len()..))
        };
        let said = comment.lines().find_map(|line| {
            let line = line.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
            self.comments.iter().find_map(|start| begun(line, start))
        })?;
        let from = said.find("https://").or_else(|| said.find("http://"))?;
        let address = said.get(from..)?;
        let end = address
            .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, ')' | ']' | '>' | '"' | '*' | '`'))
            .unwrap_or(address.len());
        let address = address.get(..end)?.trim_end_matches(['.', ',']);
        is_address(address).then_some(address)
    }

    /// The number of the pull request whose preview an environment of this name is in GitHub's record.
    #[must_use]
    pub fn pull(&self, environment: &str) -> Option<PullNumber> {
        let of = |mark: &Arc<str>| {
            let (before, after) = mark.split_once(Self::NUMBER)?;
            let number = environment.strip_prefix(before)?.strip_suffix(after)?;
            let is_number = number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
            number.parse().ok().filter(|_| is_number).map(PullNumber)
        };
        self.environments.iter().find_map(of)
    }
}

/// Whether a text is the address of a page, and of nobody's login.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@')) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The whole commit that a comment names, where it names one.
#[must_use]
pub fn commit(comment: &str) -> Option<Sha> {
    const WHOLE: usize = 40;
    let mut words = comment.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == WHOLE);
    words.find_map(Sha::new)
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
    fn what_tells_of_previews_is_configured() {
        let marks = Marks { comments: vec!["Siehe".into()], environments: vec!["review/{n}/app".into()] };
        assert_eq!(marks.address("Siehe https://x.example.com"), Some("https://x.example.com"));
        assert_eq!(marks.address("Preview deployed: https://x.example.com"), None);
        assert_eq!(marks.pull("review/12/app"), Some(PullNumber(12)));
        for (name, number) in
            [("preview-7", Some(7)), ("pr-12", Some(12)), ("pr-", None), ("pr-07", None), ("pr-1a", None), ("production", None)]
        {
            assert_eq!(Marks::default().pull(name).map(|pull| pull.0), number, "{name}");
        }
    }

    #[test]
    fn a_comment_may_name_the_whole_commit() {
        let whole = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";
        assert_eq!(commit(&format!("See it: https://x.example.com\n\n{whole}")).unwrap().as_str(), whole);
        assert_eq!(commit("Commit: 8a52aea"), None);
        assert_eq!(commit(&"z".repeat(40)), None);
    }

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
            assert_eq!(Marks::default().address(comment), expected, "{comment}");
        }
    }

    #[test]
    fn what_is_not_listed_is_closed_only_where_the_list_is_complete() {
        let preview = |number, is_open| Preview {
            pull: PullNumber(number),
            title: "t".into(),
            author: None,
            is_open,
            closed_at: None,
            place: Place::Nowhere,
            version: None,
        };
        let mut list = PreviewList { each: vec![preview(1, true), preview(2, false)], is_complete: false };
        let closed = |list: &PreviewList| [1, 2, 3].map(|number| list.is_closed(PullNumber(number)));
        assert_eq!(closed(&list), [false, true, false]);
        list.is_complete = true;
        assert_eq!(closed(&list), [false, true, true]);
    }
}
