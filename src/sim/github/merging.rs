//! Merging and reverting pull requests.
//!
//! Owns the commits that come of it and their words. What a merge changes in the
//! files is git's to say, except for merges that the script planned: their
//! commits were worked out at the start.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::git::ask::Changes;
use super::git::history::{Commit, Draft, History};
use super::git::objects::{File, Signature, Tree};
use super::making::signature;
use super::repository::{Merged, Pull, Repository};
use crate::environment::Name;
use crate::moment::Moment;
use crate::world::World;

/// How a pull request is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A commit with two parents.
    Merge,
    /// One commit of all of it.
    Squash,
    /// Its commits once more, on top.
    Rebase,
}

impl Method {
    /// All of them, with GitHub's words.
    pub const WORDS: [(&'static str, Self); 3] = [("merge", Self::Merge), ("squash", Self::Squash), ("rebase", Self::Rebase)];

    /// The method of a word.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, method)| *method)
    }
}

/// A merge that somebody asks for.
#[derive(Debug)]
pub struct Merging {
    /// The pull request's place.
    pub pull: usize,
    /// How.
    pub method: Method,
    /// The first line of the commit's message, instead of the usual.
    pub title: Option<String>,
    /// The rest of it, instead of the usual.
    pub message: Option<String>,
    /// What it changes in the files of the default branch.
    pub changes: Changes,
}

/// A revert that somebody asks for.
#[derive(Debug)]
pub struct Reverting {
    /// The place of the pull request that is taken back.
    pub pull: usize,
    /// The title of the new one, instead of the usual.
    pub title: Option<String>,
    /// The text of the new one, instead of the usual.
    pub body: Option<String>,
    /// It is not offered for merging yet.
    pub draft: bool,
    /// What it changes in the files of the default branch.
    pub changes: Changes,
}

/// GitHub as the committer of what is merged on its pages.
pub(super) fn web_flow(at: Moment) -> Signature {
    Signature { name: "GitHub".into(), email: "noreply@github.example".into(), at }
}

/// Files after changes.
fn changed(tree: &Tree, changes: &Changes) -> Tree {
    let mut tree = tree.clone();
    for (path, text) in changes {
        match text {
            Some(text) => drop(tree.insert(Arc::clone(path), File::new(Arc::clone(text)))),
            None => drop(tree.remove(path)),
        }
    }
    tree
}

impl World {
    /// Merges a pull request now; the commit's place.
    pub(crate) fn merge_pull(&mut self, repository: usize, merging: &Merging) -> Option<usize> {
        let (now, by) = (self.now, Arc::clone(&self.github.viewer));
        let found = self.repository(repository)?;
        let draft = found.merge_draft(merging, now, &by)?;
        let commit = Arc::make_mut(&mut found.history).add(draft);
        let pull = found.pulls.get_mut(merging.pull)?;
        pull.planned = None;
        pull.merged = Some(Merged { at: now, commit, by: Arc::clone(&by) });
        self.push(repository, commit, &by);
        Some(commit)
    }

    /// Merges a pull request as the script planned it. Where the default branch
    /// went elsewhere meanwhile, the planned change is made there; where that
    /// touches the same files it is a conflict, and nothing is merged.
    pub(crate) fn merge(&mut self, repository: usize, pull: usize) {
        let now = self.now;
        let Some(found) = self.repository(repository) else { return };
        let Some(planned) = found.pulls.get_mut(pull).and_then(|pull| pull.planned.take()) else { return };
        let Some(commit) = found.onto_head(planned.commit, now) else { return };
        let by = Arc::clone(&planned.by);
        if let Some(pull) = found.pulls.get_mut(pull) {
            pull.merged = Some(Merged { commit, ..planned });
        }
        self.push(repository, commit, &by);
    }

    /// Opens a pull request that takes a merged one back; its place.
    pub(crate) fn revert_pull(&mut self, repository: usize, reverting: &Reverting) -> Option<usize> {
        let (now, by) = (self.now, Arc::clone(&self.github.viewer));
        let found = self.repository(repository)?;
        let number = found.next_number();
        let (reverted, full) = (found.pulls.get(reverting.pull)?.clone(), found.full_name());
        let merged = found.history.at(reverted.merged.as_ref()?.commit)?;
        let message = format!("Revert \"{}\"\n\nThis reverts commit {}.", merged.subject(), merged.id).into();
        let base = found.head;
        let tree = changed(&found.head()?.tree, &reverting.changes);
        let head = Arc::make_mut(&mut found.history).add(Draft {
            tree: Arc::new(tree),
            parents: vec![base],
            author: signature(&by, now),
            committer: web_flow(now),
            login: Some(Arc::clone(&by)),
            message,
            from: now,
            pull: Some(number),
            checks: std::collections::BTreeMap::new(),
            statuses: std::collections::BTreeMap::new(),
            fails_at: None,
        });
        let title = reverting.title.clone().unwrap_or_else(|| format!("Revert \"{}\"", reverted.title));
        let body = reverting.body.clone().unwrap_or_else(|| format!("Reverts {full}#{}", reverted.number));
        let branch = found.free_branch(&format!("revert-{}-{}", reverted.number, reverted.branch), now);
        let place = found.pulls.len();
        found.pulls.push(Pull {
            number,
            title: title.into(),
            body: Some(body.into()),
            author: Some(by),
            branch,
            opened: now,
            base,
            head,
            merged: None,
            planned: None,
            draft: reverting.draft,
            comments: Vec::new(),
        });
        Some(place)
    }
}

impl Repository {
    /// The id of the commit with which GitHub tries whether a pull request can be
    /// merged. It is on no branch, and another one once either side moves.
    #[must_use]
    pub fn trial(&self, pull: u64, changes: &Changes) -> Option<Name> {
        let at = self.pulls.iter().position(|known| known.number == pull)?;
        let found = self.pulls.get(at)?;
        let by = found.author.clone().unwrap_or_else(|| "ghost".into());
        let tried = self.history.at(found.head)?.from.max(self.head()?.from);
        let merging = Merging { pull: at, method: Method::Merge, title: None, message: None, changes: changes.clone() };
        Some(self.history.ids(&self.merge_draft(&merging, tried, &by)?).0)
    }

    /// The number of the next issue or pull request. Those that a scenario opens
    /// later have theirs already.
    fn next_number(&self) -> u64 {
        let pulls = self.pulls.iter().map(|pull| pull.number);
        pulls.chain(self.issues.iter().map(|issue| issue.number)).max().unwrap_or(0) + 1
    }

    /// The name, or the first one after it that no branch has.
    fn free_branch(&self, name: &str, now: Moment) -> Name {
        let names = std::iter::once(name.to_owned()).chain((1..).map(|number| format!("{name}-{number}")));
        names.into_iter().find(|name| self.branch_head(name, now).is_none()).unwrap_or_default().into()
    }

    /// The commit that a merge makes.
    fn merge_draft(&self, merging: &Merging, now: Moment, by: &Name) -> Option<Draft> {
        let pull = self.pulls.get(merging.pull)?;
        let own = self.history.at(pull.head)?;
        let tree = changed(&self.head()?.tree, &merging.changes);
        let parents = if merging.method == Method::Merge { vec![self.head, pull.head] } else { vec![self.head] };
        let (author, committer, login) = match merging.method {
            Method::Merge => (signature(by, now), web_flow(now), Some(Arc::clone(by))),
            Method::Squash => (Signature { at: now, ..own.author.clone() }, web_flow(now), own.login.clone()),
            Method::Rebase => (own.author.clone(), signature(by, now), own.login.clone()),
        };
        Some(Draft {
            tree: Arc::new(tree),
            parents,
            author,
            committer,
            login,
            message: self.merge_message(merging, pull, own).into(),
            from: now,
            pull: Some(pull.number),
            checks: own.checks.clone(),
            statuses: own.statuses.clone(),
            fails_at: own.fails_at,
        })
    }

    fn merge_message(&self, merging: &Merging, pull: &Pull, own: &Commit) -> String {
        let (number, title) = (pull.number, &pull.title);
        let (usual, text) = match merging.method {
            Method::Rebase => return own.message.to_string(),
            Method::Merge => (format!("Merge pull request #{number} from {}/{}", self.owner, pull.branch), title.to_string()),
            Method::Squash => (format!("{title} (#{number})"), pull.body.as_deref().unwrap_or_default().to_owned()),
        };
        let title = merging.title.clone().unwrap_or(usual);
        let text = merging.message.clone().unwrap_or(text);
        if text.is_empty() { title } else { format!("{title}\n\n{text}") }
    }

    /// A planned commit on top of the default branch as it is: itself, where it
    /// was planned so; `None` where the two changed the same file.
    fn onto_head(&mut self, planned: usize, now: Moment) -> Option<usize> {
        let commit = self.history.at(planned)?.clone();
        let parent = *commit.parents.first()?;
        if parent == self.head {
            return Some(planned);
        }
        let changes = changes(&self.history, parent, self.head, &commit)?;
        let tree = changed(&self.head()?.tree, &changes);
        let mut parents = commit.parents.clone();
        if let Some(first) = parents.first_mut() {
            *first = self.head;
        }
        Some(Arc::make_mut(&mut self.history).add(Draft {
            tree: Arc::new(tree),
            parents,
            author: commit.author,
            committer: commit.committer,
            login: commit.login,
            message: commit.message,
            from: now,
            pull: commit.pull,
            checks: commit.checks,
            statuses: commit.statuses,
            fails_at: commit.fails_at,
        }))
    }
}

/// What a commit changes in its parent, for a head that left all of that alone.
fn changes(history: &History, parent: usize, head: usize, commit: &Commit) -> Option<Changes> {
    let (parent, head) = (&history.at(parent)?.tree, &history.at(head)?.tree);
    let paths: BTreeSet<&Name> = parent.keys().chain(commit.tree.keys()).collect();
    let mut changes = Changes::new();
    for path in paths.into_iter().filter(|path| parent.get(*path) != commit.tree.get(*path)) {
        if head.get(path) != parent.get(path) {
            return None;
        }
        changes.push((Arc::clone(path), commit.tree.get(path).map(|file| Arc::clone(&file.text))));
    }
    Some(changes)
}
