//! One repository: its branches, pull requests and environments.
//!
//! Owns what it is at a moment. Its history never changes ([`super::git`]);
//! its runs are [`super::run`]'s.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::git::history::{Commit, History};
use super::issue::{Comment, Issue};
use super::merging::Method;
use super::refs::{Release, Tag};
use super::run::{Deployment, Run};
use super::workflow::Workflow;
use crate::environment::Name;
use crate::moment::Moment;

/// What the viewer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Look.
    Read,
    /// Manage issues.
    Triage,
    /// Push, dispatch, cancel.
    Write,
    /// Manage.
    Maintain,
    /// Everything.
    Admin,
}

impl Permission {
    /// GraphQL's words, from least to most.
    pub const WORDS: [(&'static str, Self); 5] =
        [("READ", Self::Read), ("TRIAGE", Self::Triage), ("WRITE", Self::Write), ("MAINTAIN", Self::Maintain), ("ADMIN", Self::Admin)];

    /// GraphQL's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, permission)| *permission == self).map_or("READ", |(word, _)| word)
    }
}

/// Who may approve for an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reviewer {
    /// A person, by login.
    User(Name),
    /// A team, by name.
    Team(Name),
}

/// A protected environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: Name,
    /// Any of them approves.
    pub reviewers: Vec<Reviewer>,
    /// Minutes that a job waits.
    pub wait: i64,
    /// Whether the viewer may approve.
    pub may_approve: bool,
}

/// A pull request that was merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// When.
    pub at: Moment,
    /// The place of the commit on the base branch.
    pub commit: usize,
    /// By whom.
    pub by: Name,
}

/// A pull request.
#[derive(Clone, Debug)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: Name,
    /// Its text.
    pub body: Option<Name>,
    /// Who opened it; `None` where the account is gone.
    pub author: Option<Name>,
    /// Its branch.
    pub branch: Name,
    /// When it was opened.
    pub opened: Moment,
    /// The place of the commit that it begins from.
    pub base: usize,
    /// The place of its last own commit.
    pub head: usize,
    /// How it was merged.
    pub merged: Option<Merged>,
    /// How it will be, when its moment has come.
    pub planned: Option<Merged>,
    /// It is not offered for merging yet.
    pub draft: bool,
    /// What was said about it.
    pub comments: Vec<Comment>,
}

/// A commit status that something reported.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The commit's place.
    pub commit: usize,
    /// Its context.
    pub context: Name,
    /// success, failure, error or pending.
    pub state: &'static str,
    /// When.
    pub at: Moment,
}

/// A repository.
#[derive(Clone, Debug)]
pub struct Repository {
    /// Its id.
    pub id: u64,
    /// The account it belongs to.
    pub owner: Name,
    /// Its name.
    pub name: Name,
    /// `owner/name` as it was before it was renamed.
    pub former: Vec<Name>,
    /// What it is for.
    pub description: Option<Name>,
    /// Only members see it.
    pub private: bool,
    /// Nothing can be written.
    pub archived: bool,
    /// What the viewer may do.
    pub permission: Permission,
    /// Its default branch.
    pub branch: Name,
    /// When it was made.
    pub created: Moment,
    /// When it was pushed to last.
    pub pushed: Moment,
    /// All its commits, whenever they come.
    pub history: Arc<History>,
    /// The place of the default branch's head.
    pub head: usize,
    /// Its pull requests, in the order of their numbers.
    pub pulls: Vec<Pull>,
    /// Its protected environments.
    pub gates: Vec<Gate>,
    /// Checks that each commit has.
    pub checks: Vec<Name>,
    /// The checks and statuses that the default branch requires.
    pub required: Vec<Name>,
    /// A branch protection requires them, not a ruleset.
    pub classic: bool,
    /// Commit statuses that each commit has.
    pub statuses: Vec<Name>,
    /// Commit statuses that something reported as the world went on.
    pub reported: Vec<Reported>,
    /// How pull requests may be merged.
    pub methods: Vec<Method>,
    /// Branches that were made through the API, and the places of their heads.
    pub made: Vec<(Name, usize)>,
    /// Its tags, oldest first.
    pub tags: Vec<Tag>,
    /// Its releases, oldest first.
    pub releases: Vec<Release>,
    /// Its issues.
    pub issues: Vec<Issue>,
    /// Its workflow runs, oldest first.
    pub runs: Vec<Run>,
    /// Its deployments, oldest first.
    pub deployments: Vec<Deployment>,
}

impl Repository {
    /// `owner/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The commit at the head of the default branch.
    #[must_use]
    pub fn head(&self) -> Option<&Commit> {
        self.history.at(self.head)
    }

    /// The branches that there are, and the places of their heads.
    #[must_use]
    pub fn branches(&self, now: Moment) -> Vec<(Name, usize)> {
        let mut branches = vec![(Arc::clone(&self.branch), self.head)];
        let open = self.pulls.iter().filter(|pull| pull.opened <= now && pull.merged.is_none());
        branches.extend(open.map(|pull| (Arc::clone(&pull.branch), pull.head)));
        branches.extend(self.made.iter().cloned());
        branches
    }

    /// The place of a branch's head.
    #[must_use]
    pub fn branch_head(&self, name: &str, now: Moment) -> Option<usize> {
        let name = name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("heads/")).unwrap_or(name);
        self.branches(now).into_iter().find(|(known, _)| &**known == name).map(|(_, head)| head)
    }

    /// The place of the commit that a tag names.
    #[must_use]
    pub fn tag(&self, name: &str, now: Moment) -> Option<usize> {
        let name = name.strip_prefix("refs/tags/").or_else(|| name.strip_prefix("tags/")).unwrap_or(name);
        self.tags.iter().find(|tag| *tag.name == *name && tag.at <= now).map(|tag| tag.commit)
    }

    /// What a branch, a tag, a commit id or its beginning stands for.
    #[must_use]
    pub fn resolve(&self, text: &str, now: Moment) -> Option<usize> {
        if text == "HEAD" {
            return Some(self.head);
        }
        self.branch_head(text, now).or_else(|| self.tag(text, now)).or_else(|| self.history.find(text, now))
    }

    /// The pull request of a number.
    #[must_use]
    pub fn pull(&self, number: u64, now: Moment) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number && pull.opened <= now)
    }

    /// The paths in which a commit differs from its first parent.
    #[must_use]
    pub fn changed(&self, place: usize) -> Vec<&str> {
        let Some(commit) = self.history.at(place) else { return Vec::new() };
        match commit.parents.first() {
            Some(&parent) => self.between(parent, place),
            None => commit.tree.keys().map(|path| &**path).collect(),
        }
    }

    /// The paths in which two commits differ.
    #[must_use]
    pub fn between(&self, before: usize, after: usize) -> Vec<&str> {
        let (Some(parent), Some(commit)) = (self.history.at(before), self.history.at(after)) else { return Vec::new() };
        let differs = |path: &Name| commit.tree.get(path) != parent.tree.get(path);
        let paths: BTreeSet<&Name> = commit.tree.keys().chain(parent.tree.keys()).collect();
        paths.into_iter().filter(|path| differs(path)).map(|path| &**path).collect()
    }

    /// The workflow files of a commit. What cannot be read is left out, as
    /// GitHub would not run it either.
    #[must_use]
    pub fn workflows(&self, place: usize) -> Vec<Workflow> {
        let files = self.history.at(place).into_iter().flat_map(|commit| commit.tree.iter());
        files.filter_map(|(path, file)| self.history.workflow(path, file)).cloned().collect()
    }

    /// One workflow file of a commit.
    #[must_use]
    pub fn workflow(&self, place: usize, path: &str) -> Option<Workflow> {
        let (path, file) = self.history.at(place)?.tree.get_key_value(path)?;
        self.history.workflow(path, file).cloned()
    }

    /// The id of the workflow in a file.
    #[must_use]
    pub fn workflow_id(&self, path: &str) -> u64 {
        1_000_000 + crate::chance::mix(self.id, crate::chance::hash(path)) % 90_000_000
    }

    /// The protected environment of a name.
    #[must_use]
    pub fn gate(&self, name: &str) -> Option<&Gate> {
        self.gates.iter().find(|gate| *gate.name == *name)
    }
}
