//! All commits that a repository has, or will have while the world lasts.
//!
//! A scenario says beforehand what will be merged and when, so most of the
//! history is known at the start; a commit is to be seen from its moment on.
//! What is merged or reverted through the API is added behind it. Nothing is
//! ever changed or removed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::objects::{File, Signature, Tree, commit_id, tree_ids};
use crate::environment::Name;
use crate::github::workflow::{Workflow, is_workflow};
use crate::moment::Moment;

/// One commit.
#[derive(Clone, Debug)]
pub struct Commit {
    /// Forty hexadecimal digits.
    pub id: Name,
    /// Its files.
    pub tree: Arc<Tree>,
    /// The ids of its folders; the root's path is empty.
    pub trees: Arc<BTreeMap<Name, Name>>,
    /// The places of its parents in the history.
    pub parents: Vec<usize>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The login of its author; `None` where the account is gone.
    pub login: Option<Name>,
    /// Its message.
    pub message: Name,
    /// From when on it is there.
    pub from: Moment,
    /// The pull request that it came with.
    pub pull: Option<u64>,
    /// What checks say about it, where it is not success.
    pub checks: BTreeMap<Name, Name>,
    /// Its own statuses, by their contexts.
    pub statuses: BTreeMap<Name, Name>,
    /// Deploys of it fail at this instance, counted from 1.
    pub fails_at: Option<usize>,
}

impl Commit {
    /// The first line of its message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }

    /// The id of its tree.
    #[must_use]
    pub fn tree_id(&self) -> &str {
        self.trees.get("").map_or("", |id| id)
    }

    /// The version that is built from it: `20221110-g8a52aea`.
    #[must_use]
    pub fn version(&self) -> String {
        let date = self.committer.at.strftime("%Y%m%d").unwrap_or_default();
        format!("{date}-g{}", self.short())
    }

    /// Seven digits of its id.
    #[must_use]
    pub fn short(&self) -> &str {
        self.id.get(..7).unwrap_or(&self.id)
    }
}

/// What a new commit is made from.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its files.
    pub tree: Arc<Tree>,
    /// The places of its parents.
    pub parents: Vec<usize>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// The login of its author.
    pub login: Option<Name>,
    /// Its message.
    pub message: Name,
    /// From when on it is there.
    pub from: Moment,
    /// The pull request that it came with.
    pub pull: Option<u64>,
    /// What checks say about it, where it is not success.
    pub checks: BTreeMap<Name, Name>,
    /// Its own statuses, by their contexts.
    pub statuses: BTreeMap<Name, Name>,
    /// Deploys of it fail at this instance.
    pub fails_at: Option<usize>,
}

/// The commits of a repository, parents before children.
#[derive(Clone, Debug, Default)]
pub struct History {
    commits: Vec<Commit>,
    places: HashMap<Name, usize>,
    names: HashMap<Name, usize>,
    /// The workflow files by path and blob, read once: few of them ever change.
    workflows: HashMap<(Name, Name), Option<Workflow>>,
}

impl History {
    /// Adds a commit and says its place. One that is there already stays as it is:
    /// the same content, parents and second make the same id.
    pub fn add(&mut self, draft: Draft) -> usize {
        let (id, trees) = self.ids(&draft);
        for (path, file) in draft.tree.iter().filter(|(path, _)| is_workflow(path)) {
            let key = (Arc::clone(path), Arc::clone(&file.id));
            self.workflows.entry(key).or_insert_with(|| Workflow::read(path, &file.text).ok());
        }
        if let Some(&known) = self.places.get(&id) {
            return known;
        }
        let place = self.commits.len();
        self.places.insert(Arc::clone(&id), place);
        self.commits.push(Commit {
            id,
            tree: draft.tree,
            trees: Arc::new(trees),
            parents: draft.parents,
            author: draft.author,
            committer: draft.committer,
            login: draft.login,
            message: draft.message,
            from: draft.from,
            pull: draft.pull,
            checks: draft.checks,
            statuses: draft.statuses,
            fails_at: draft.fails_at,
        });
        place
    }

    /// The id that a commit would have, and those of its folders.
    #[must_use]
    pub fn ids(&self, draft: &Draft) -> (Name, BTreeMap<Name, Name>) {
        let trees = tree_ids(&draft.tree);
        let parents: Vec<Name> = draft.parents.iter().filter_map(|&place| Some(Arc::clone(&self.commits.get(place)?.id))).collect();
        let tree = trees.get("").cloned().unwrap_or_else(|| "".into());
        (commit_id(&tree, &parents, &draft.author, &draft.committer, &draft.message), trees)
    }

    /// Lets a scenario speak of a commit by a name.
    pub fn call(&mut self, name: &str, place: usize) {
        self.names.insert(name.into(), place);
    }

    /// The workflow in a file; `None` where it cannot be read.
    #[must_use]
    pub fn workflow(&self, path: &Name, file: &File) -> Option<&Workflow> {
        self.workflows.get(&(Arc::clone(path), Arc::clone(&file.id)))?.as_ref()
    }

    /// The commit that a scenario gave a name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The commit at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&Commit> {
        self.commits.get(place)
    }

    /// All commits.
    #[must_use]
    pub fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// The place of a commit by its full id, whenever it comes.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The commit that is there now of that id or its beginning: `None` where
    /// there is none, or where several begin so.
    #[must_use]
    pub fn find(&self, id: &str, now: Moment) -> Option<usize> {
        let digits = id.len() >= 4 && id.len() <= 40 && id.bytes().all(|b| b.is_ascii_hexdigit());
        if !digits {
            return None;
        }
        let id = id.to_ascii_lowercase();
        let mut found = self.commits.iter().enumerate().filter(|(_, c)| c.from <= now && c.id.starts_with(&*id));
        let first = found.next()?.0;
        found.next().is_none().then_some(first)
    }
}
