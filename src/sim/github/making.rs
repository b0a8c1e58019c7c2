//! A repository in the making: what pushes, pull requests and merges do to
//! its history, one after the other.
//!
//! Owns what a commit of a scenario changes, and how it is merged.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::git::history::{Draft, History};
use super::git::objects::{File, Signature, Tree};
use super::issue::Comment;
use super::merging::web_flow;
use super::past::{Outcome, Past};
use super::repository::{Merged, Pull, Repository};
use crate::environment::Name;
use crate::moment::Moment;
use crate::scenario::repositories::{CommitEntry, RepositoryEntry};

/// Something that happens to a repository's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A commit is pushed to the default branch.
    Push(usize),
    /// A pull request is opened.
    Open(usize),
    /// A pull request is merged; by the script or before.
    Merge(usize, bool),
    /// The default branch is set back to a commit, by name.
    Reset(usize),
}

/// A repository in the making.
pub(super) struct Making<'a> {
    pub(super) entry: &'a RepositoryEntry,
    pub(super) history: History,
    pub(super) repository: Repository,
    /// The head of the default branch so far.
    pub(super) head: usize,
    /// Where each pull request of the file is among those of the repository.
    pub(super) pulls: BTreeMap<usize, usize>,
    /// What was pushed before the start, and what became of it.
    pub(super) pushes: Vec<Past>,
    pub(super) viewer: Name,
    /// What was said about pull requests of the file.
    pub(super) comments: BTreeMap<usize, Vec<Comment>>,
}

impl Making<'_> {
    pub(super) fn step(&mut self, step: Step, at: Moment, line: usize) -> Result<(), String> {
        let entry = |place: usize| self.entry.commit.get(place).map(Spanned::get_ref).ok_or_else(String::new);
        match step {
            Step::Push(place) => {
                let entry = entry(place)?.clone();
                let draft = self.draft(&entry, at, vec![self.head], None)?;
                let commit = self.commit(&entry, draft)?;
                self.told(commit, &entry, at, line);
            }
            Step::Open(place) => {
                let entry = entry(place)?.clone();
                self.open(&entry, place, at)?;
            }
            Step::Merge(place, scripted) => {
                let entry = entry(place)?.clone();
                let commit = self.merge(&entry, place, at, scripted)?;
                if !scripted {
                    self.told(commit, &entry, at, line);
                }
            }
            Step::Reset(place) => {
                let name = entry(place)?.name.clone().unwrap_or_default();
                self.head = self.history.named(&name).ok_or_else(|| format!("\"{name}\" is not merged by then"))?;
            }
        }
        Ok(())
    }

    /// A commit that does what its entry says, on top of the first parent.
    fn draft(&self, entry: &CommitEntry, at: Moment, parents: Vec<usize>, pull: Option<u64>) -> Result<Draft, String> {
        let login = entry.author.as_deref().unwrap_or(&self.viewer);
        let author = signature(login, at);
        let base = parents.first().and_then(|&parent| self.history.at(parent)).map(|parent| Arc::clone(&parent.tree));
        let tree = self.changed(entry, &base.unwrap_or_default())?;
        let message = entry.body.as_ref().map_or_else(|| entry.title.clone(), |body| format!("{}\n\n{body}", entry.title));
        let checks = entry.checks.iter().map(|(name, word)| (Name::from(name.as_str()), Name::from(word.get_ref().as_str())));
        let statuses = entry.statuses.iter().map(|(name, word)| (Name::from(name.as_str()), Name::from(word.get_ref().as_str())));
        Ok(Draft {
            tree: Arc::new(tree),
            parents,
            committer: author.clone(),
            author,
            login: (!entry.gone).then(|| login.into()),
            message: message.into(),
            from: at,
            pull,
            checks: checks.collect(),
            statuses: statuses.collect(),
            fails_at: entry.fails_at,
        })
    }

    fn changed(&self, entry: &CommitEntry, base: &Tree) -> Result<Tree, String> {
        let mut tree = base.clone();
        if let Some(name) = &entry.reverts {
            let place = self.history.named(name).ok_or_else(|| format!("there is no earlier commit named \"{name}\""))?;
            let Some(commit) = self.history.at(place) else { return Ok(tree) };
            let before = commit.parents.first().and_then(|&parent| self.history.at(parent)).map(|parent| Arc::clone(&parent.tree));
            let before = before.unwrap_or_default();
            let paths: Vec<Name> =
                commit.tree.keys().chain(before.keys()).filter(|p| commit.tree.get(*p) != before.get(*p)).cloned().collect();
            for path in paths {
                match before.get(&path) {
                    Some(file) => drop(tree.insert(path, file.clone())),
                    None => drop(tree.remove(&path)),
                }
            }
        }
        for path in &entry.delete {
            tree.remove(path.as_str()).ok_or_else(|| format!("there is no file \"{path}\" to delete"))?;
        }
        for (path, text) in &entry.files {
            if !is_path(path) {
                return Err(format!("\"{path}\" cannot be the path of a file"));
            }
            tree.insert(path.as_str().into(), File::new(text.as_str()));
        }
        for edit in &entry.edits {
            let file = tree.get(edit.path.as_str()).filter(|file| file.text.contains(&edit.find));
            let file = file.ok_or_else(|| format!("in \"{}\" there is no text {:?} to replace", edit.path, edit.find))?;
            let text = file.text.replacen(&edit.find, &edit.replace, 1);
            tree.insert(edit.path.as_str().into(), File::new(text));
        }
        Ok(tree)
    }

    /// Adds a commit to the default branch.
    fn commit(&mut self, entry: &CommitEntry, draft: Draft) -> Result<usize, String> {
        let place = self.history.add(draft);
        self.head = place;
        if let Some(name) = &entry.name {
            if self.history.named(name).is_some() {
                return Err(format!("there are two commits named \"{name}\""));
            }
            self.history.call(name, place);
        }
        Ok(place)
    }

    fn open(&mut self, entry: &CommitEntry, place: usize, at: Moment) -> Result<(), String> {
        let number = entry.number.unwrap_or(0);
        if self.repository.pulls.iter().any(|pull| pull.number == number) {
            return Err(format!("there are two pull requests #{number}"));
        }
        let draft = self.draft(entry, at, vec![self.head], Some(number))?;
        let author = draft.login.clone();
        let head = self.history.add(draft);
        let branch = entry.branch.clone().unwrap_or_else(|| format!("{}-{number}", entry.name.as_deref().unwrap_or("patch")));
        self.pulls.insert(place, self.repository.pulls.len());
        self.repository.pulls.push(Pull {
            number,
            title: entry.title.as_str().into(),
            body: entry.body.as_deref().map(Name::from),
            author,
            branch: branch.into(),
            opened: at,
            base: self.head,
            head,
            merged: None,
            planned: None,
            draft: entry.draft,
            comments: self.comments.get(&place).cloned().unwrap_or_default(),
        });
        Ok(())
    }

    fn merge(&mut self, entry: &CommitEntry, place: usize, at: Moment, scripted: bool) -> Result<usize, String> {
        let pull = self.pulls.get(&place).copied().unwrap_or(usize::MAX);
        let Some((number, head, branch)) = self.repository.pulls.get(pull).map(|pull| (pull.number, pull.head, Arc::clone(&pull.branch)))
        else {
            return Err(String::from("there is no such pull request"));
        };
        let with_merge = match entry.merge.as_ref().map(|word| word.get_ref().as_str()) {
            None | Some("squash") => false,
            Some("merge") => true,
            Some(other) => return Err(format!("\"{other}\" is no way to merge; write squash or merge")),
        };
        let parents = if with_merge { vec![self.head, head] } else { vec![self.head] };
        let mut draft = self.draft(entry, at, parents, Some(number))?;
        let body = entry.body.as_ref().map_or_else(String::new, |body| format!("\n\n{body}"));
        let by: Name = entry.by.as_deref().or(entry.author.as_deref().filter(|_| !entry.gone)).unwrap_or(&self.viewer).into();
        draft.message = if with_merge {
            draft.author = signature(&by, at);
            draft.login = Some(Arc::clone(&by));
            let from = format!("{}/{branch}", self.repository.owner);
            format!("Merge pull request #{number} from {from}\n\n{}", entry.title).into()
        } else {
            format!("{} (#{number}){body}", entry.title).into()
        };
        draft.committer = web_flow(at);
        let commit = self.commit(entry, draft)?;
        let merged = Some(Merged { at, commit, by });
        if let Some(pull) = self.repository.pulls.get_mut(pull) {
            if scripted { pull.planned = merged } else { pull.merged = merged }
        }
        Ok(commit)
    }

    /// Notes what was pushed before the start.
    fn told(&mut self, commit: usize, entry: &CommitEntry, at: Moment, line: usize) {
        self.repository.head = commit;
        self.repository.pushed = at;
        let outcome = entry.outcome.as_ref().map(|word| word.get_ref().clone());
        let by = entry.by.as_deref().or(entry.author.as_deref().filter(|_| !entry.gone)).unwrap_or(&self.viewer).into();
        if let Some(last) = self.pushes.last_mut() {
            last.next = Some(at);
        }
        let failed = entry.failed.clone();
        self.pushes.push(Past { commit, at, by, outcome: Outcome::Unread(outcome), failed, next: None, line });
    }
}

pub(super) fn is_path(path: &str) -> bool {
    let plain = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && part != ".git");
    plain && !path.contains(['\n', '\0', '"', '\\'])
}

/// A person as git has them: `mira-ost` is Mira Ost.
#[must_use]
pub fn person(login: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    login.split('-').map(capital).collect::<Vec<_>>().join(" ").replace(['<', '>', '\n'], "")
}

pub(super) fn signature(login: &str, at: Moment) -> Signature {
    let name = person(login).into();
    Signature { name, email: format!("{}@users.noreply.github.example", login.replace(['<', '>', ' ', '\n'], "")).into(), at }
}
