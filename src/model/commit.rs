//! Commits, pull requests, and what lies between two commits.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{Login, PullNumber, Sha};

/// A commit, as a comparison lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Its full hash.
    pub sha: Sha,
    /// The first line of its message; not yet safe to show.
    pub title: Arc<str>,
    /// Who wrote it; none where the account is gone or never was.
    pub author: Option<Login>,
    /// The author's name in the commit itself.
    pub author_name: Option<Arc<str>>,
    /// When it was committed.
    pub committed_at: Option<Timestamp>,
    /// Whether it joins two lines of history.
    pub is_merge: bool,
    /// The commit that it takes back, by its message.
    pub reverts: Option<Sha>,
}

impl Commit {
    /// The commit that a message says it takes back: `git revert` and GitHub write this sentence.
    #[must_use]
    pub fn reverted_by(message: &str) -> Option<Sha> {
        let rest = message.split("This reverts commit ").nth(1)?;
        let digits: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        Sha::new(&digits).filter(|sha| sha.as_str().len() >= 7)
    }
}

/// A pull request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pull {
    /// Its number.
    pub number: PullNumber,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// Who opened it; none where the account is gone.
    pub author: Option<Login>,
    /// When it was merged.
    pub merged_at: Option<Timestamp>,
    /// Where a person reads it.
    pub url: Arc<str>,
    /// The files that it changes, where they were all told.
    pub paths: Option<Vec<Arc<str>>>,
}

/// How far a pull request is, as a look shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PullState {
    /// Its number.
    pub number: PullNumber,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// Who opened it.
    pub author: Option<Login>,
    /// Whether it can still be merged or closed.
    pub is_open: bool,
    /// Whether it was merged.
    pub is_merged: bool,
    /// Its newest commit.
    pub head: Sha,
    /// The branch that it is merged into.
    pub base: Arc<str>,
    /// Where a person reads it.
    pub url: Arc<str>,
}

/// A pull request that can be merged into the branch that is deployed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPull {
    /// Its number.
    pub number: PullNumber,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// Who opened it; none where the account is gone.
    pub author: Option<Login>,
    /// Its newest commit.
    pub head: Sha,
    /// Whether it is not meant to be merged yet.
    pub is_draft: bool,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
}

/// Open pull requests, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPulls {
    /// Those that were read.
    pub each: Vec<OpenPull>,
    /// Whether these are all.
    pub is_complete: bool,
}

/// How a commit's checks stand, all taken together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CheckState {
    /// It succeeded.
    Success,
    /// It failed, was cancelled or timed out.
    Failure,
    /// It is not over.
    Pending,
    /// Skipped or neutral: it says nothing against the commit.
    Neutral,
    /// GitHub says something this program does not know.
    Unknown,
}

/// One check or status of a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// The check run's name or the status's context.
    pub name: Arc<str>,
    /// How it stands.
    pub state: CheckState,
    /// The id of the GitHub app that reported it; none of a status, and where GitHub does not tell.
    pub app: Option<u64>,
}

/// A check that a commit needs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RequiredCheck {
    /// Its name.
    pub name: Arc<str>,
    /// The id of the GitHub app that has to report it; any may where none is named.
    pub app: Option<u64>,
}

impl RequiredCheck {
    /// Whether this is the check that is meant.
    #[must_use]
    pub fn is(&self, check: &Check) -> bool {
        check.name == self.name && (self.app.is_none() || check.app == self.app)
    }
}

impl<N: Into<Arc<str>>> From<N> for RequiredCheck {
    /// A check of this name, whoever reports it.
    fn from(name: N) -> Self {
        Self { name: name.into(), app: None }
    }
}

/// What is told of one commit beside its place in a comparison.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CommitDetail {
    /// The pull request that brought it.
    pub pull: Option<Pull>,
    /// Its checks; none where they could not be read.
    pub checks: Option<Vec<Check>>,
}

impl CommitDetail {
    /// All checks taken together, but for those that are not counted: one that failed, else one
    /// that is not over, else success.
    #[must_use]
    pub fn state(&self, is_counted: impl Fn(&str) -> bool) -> Option<CheckState> {
        let checks = self.checks.as_ref()?;
        let any = |state| checks.iter().any(|check| check.state == state && is_counted(&check.name));
        let order = [CheckState::Failure, CheckState::Pending, CheckState::Unknown, CheckState::Success];
        order.into_iter().find(|state| any(*state))
    }
}

/// How one commit lies to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// The head has what the base has, and more.
    Ahead,
    /// The base has what the head has, and more.
    Behind,
    /// They are one.
    Identical,
    /// Each has what the other lacks.
    Diverged,
}

/// A file that differs between two commits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangedFile {
    /// Its path in the repository.
    pub path: Arc<str>,
    /// Where it was before, if it was moved.
    pub before: Option<Arc<str>>,
    /// The change as a patch; absent where it is binary or too large, and so not known.
    pub patch: Option<Arc<str>>,
    /// Whether the file is new.
    pub is_new: bool,
    /// Whether the file is gone.
    pub is_gone: bool,
}

impl ChangedFile {
    /// The lines that this change adds, without their mark.
    pub fn added(&self) -> impl Iterator<Item = &str> {
        let lines = self.patch.as_deref().unwrap_or("").lines();
        lines.filter(|line| !line.starts_with("+++")).filter_map(|line| line.strip_prefix('+'))
    }
}

/// What lies between two commits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// How the head lies to the base.
    pub relation: Relation,
    /// How many commits the head has that the base lacks.
    pub ahead: u64,
    /// How many commits the base has that the head lacks.
    pub behind: u64,
    /// The commits that the head has and the base lacks, oldest first; fewer than `ahead` where capped.
    pub commits: Vec<Commit>,
    /// The files that differ.
    pub files: Vec<ChangedFile>,
    /// Whether `files` are all: GitHub tells 300 at most.
    pub files_complete: bool,
    /// The base's full hash, where the answer told it.
    pub base: Option<Sha>,
}

impl Comparison {
    /// Whether every commit is listed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        u64::try_from(self.commits.len()).is_ok_and(|listed| listed >= self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_names_what_it_takes_back() {
        let message = "Revert \"Add a column\"\n\nThis reverts commit 8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012.";
        assert_eq!(Commit::reverted_by(message).unwrap().short(), "8a52aea");
        assert_eq!(Commit::reverted_by("This reverts commit abc"), None);
        assert_eq!(Commit::reverted_by("Revert nothing"), None);
    }

    #[test]
    fn one_failed_check_outweighs_the_others() {
        let checks = |states: &[CheckState]| CommitDetail {
            pull: None,
            checks: Some(states.iter().map(|state| Check { name: "x".into(), state: *state, app: None }).collect()),
        };
        assert_eq!(checks(&[CheckState::Success, CheckState::Failure, CheckState::Pending]).state(|_| true), Some(CheckState::Failure));
        assert_eq!(checks(&[CheckState::Success, CheckState::Pending]).state(|_| true), Some(CheckState::Pending));
        assert_eq!(checks(&[CheckState::Success, CheckState::Failure]).state(|name| name != "x"), None);
        assert_eq!(checks(&[CheckState::Neutral, CheckState::Success]).state(|_| true), Some(CheckState::Success));
        assert_eq!(checks(&[]).state(|_| true), None);
        assert_eq!(CommitDetail::default().state(|_| true), None);
    }

    #[test]
    fn added_lines_are_those_of_the_patch_without_its_heading() {
        let file = ChangedFile {
            path: "a.py".into(),
            before: None,
            patch: Some("@@ -1 +1,2 @@\n-x\n+y\n+z\n same".into()),
            is_new: false,
            is_gone: false,
        };
        assert_eq!(file.added().collect::<Vec<_>>(), ["y", "z"]);
    }
}
