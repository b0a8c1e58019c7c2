//! From `[[repository]]` to repositories with all their commits.
//!
//! Owns the meaning of every key of theirs. The commits of the whole life of
//! the world are made here, those of merges still to come included, because
//! labels name them and git builds them all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::git::history::{Draft, History};
use super::git::objects::{File, Signature, Tree};
use super::past::{Outcome, Past};
use super::repository::{Gate, Merged, Permission, Pull, Repository, Reviewer};
use super::workflow::{FOLDER, Workflow};
use super::{Github, account_id};
use crate::chance::{hash, mix, spell};
use crate::environment::Name;
use crate::moment::{DAY, Moment};
use crate::scenario::populate::Builder;
use crate::scenario::repositories::{CommitEntry, GateEntry, RepositoryEntry};
use crate::scenario::{Mistake, Scenario};

/// Something that happens to a repository's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
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
struct Making<'a> {
    entry: &'a RepositoryEntry,
    history: History,
    repository: Repository,
    /// The head of the default branch so far.
    head: usize,
    /// Where each pull request of the file is among those of the repository.
    pulls: BTreeMap<usize, usize>,
    /// What was pushed before the start, and what became of it.
    pushes: Vec<Past>,
    viewer: Name,
}

impl Builder<'_> {
    /// Makes the repositories of a scenario.
    pub(crate) fn repositories(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        let settings = scenario.github.clone().unwrap_or_default();
        let seed = mix(self.world.seed, 0x617);
        let letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        self.world.github = Github {
            viewer: settings.user.as_deref().unwrap_or("operator").into(),
            teams: settings.teams.iter().map(|team| Name::from(team.as_str())).collect(),
            token: format!("ghp_simulated{}", spell(seed, letters, 27)).into(),
            limit: settings.limit.unwrap_or(5_000),
            ..Github::default()
        };
        for spanned in &scenario.repository {
            let made = self.repository(spanned, scenario)?;
            self.world.github.repositories.push(made.0);
            self.pasts.push(made.1);
        }
        // Only now: a workflow may call one of a later repository.
        let pasts = std::mem::take(&mut self.pasts);
        for (place, pushes) in pasts.into_iter().enumerate() {
            for past in pushes {
                let at = past.line;
                self.world.tell_push(place, &past).map_err(|sentence| self.source.mistake(at, sentence))?;
            }
        }
        Ok(())
    }

    fn repository(&self, spanned: &Spanned<RepositoryEntry>, scenario: &Scenario) -> Result<(Repository, Vec<Past>), Mistake> {
        let entry = spanned.get_ref();
        let at = entry.name.span().start;
        let full = entry.name.get_ref();
        let parts: Vec<&str> = full.split('/').collect();
        let [owner, name] = parts.as_slice() else {
            return Err(self.source.mistake(at, format!("\"{full}\" is not a repository: write owner/name")));
        };
        if self.world.github.find(owner, name).is_some() {
            return Err(self.source.mistake(at, format!("there are two repositories \"{full}\"")));
        }
        let permission = match &entry.permission {
            None => Permission::Write,
            Some(word) => {
                let known = self.one_of(word, &["read", "triage", "write", "maintain", "admin"])?;
                Permission::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(known)).map_or(Permission::Read, |(_, p)| *p)
            }
        };
        let created = self.start.plus(self.length(entry.created.as_ref(), -400 * DAY)?);
        let repository = Repository {
            id: account_id(full) * 3 + 1,
            owner: (*owner).into(),
            name: (*name).into(),
            former: entry.former.iter().map(|name| Name::from(name.as_str())).collect(),
            description: entry.description.as_deref().map(Name::from),
            private: entry.private,
            archived: entry.archived,
            permission,
            branch: entry.default_branch.as_deref().unwrap_or("main").into(),
            created,
            pushed: created,
            history: Arc::default(),
            head: 0,
            pulls: Vec::new(),
            gates: self.gates(entry)?,
            checks: names(&entry.checks),
            required: names(&entry.required),
            statuses: names(&entry.statuses),
            runs: Vec::new(),
            deployments: Vec::new(),
        };
        let viewer = Arc::clone(&self.world.github.viewer);
        let mut making =
            Making { entry, history: History::default(), repository, head: 0, pulls: BTreeMap::new(), pushes: Vec::new(), viewer };
        self.first(&mut making, created)?;
        let mut steps = self.steps(entry, scenario)?;
        steps.sort_by_key(|(at, order, _)| (*at, *order));
        let mut scripted = None;
        for (when, line, step) in steps {
            let told = matches!(step, Step::Push(_) | Step::Merge(_, false));
            if let Some(since) = scripted.filter(|_| told) {
                let sentence = format!("nothing of the past can come after what happens {since}: let `do = \"merge\"` merge it too");
                return Err(self.source.mistake(line, sentence));
            }
            if matches!(step, Step::Merge(_, true) | Step::Reset(_)) {
                scripted = Some("by the script");
            }
            making.step(step, when, line).map_err(|sentence| self.source.mistake(line, sentence))?;
        }
        making.repository.history = Arc::new(making.history);
        making.repository.pulls.sort_by_key(|pull| pull.number);
        Ok((making.repository, making.pushes))
    }

    fn gates(&self, entry: &RepositoryEntry) -> Result<Vec<Gate>, Mistake> {
        let github = &self.world.github;
        let mut gates = Vec::new();
        for spanned in &entry.environment {
            let gate: &GateEntry = spanned.get_ref();
            let mut reviewers = Vec::new();
            for written in &gate.reviewers {
                reviewers.push(match written.get_ref().split_once(':') {
                    Some(("user", login)) => Reviewer::User(login.into()),
                    Some(("team", name)) => Reviewer::Team(name.into()),
                    _ => {
                        let sentence = format!("\"{}\" is no reviewer: write user:LOGIN or team:NAME", written.get_ref());
                        return Err(self.source.mistake(written.span().start, sentence));
                    }
                });
            }
            let mine = reviewers.iter().any(|reviewer| match reviewer {
                Reviewer::User(login) => *login == github.viewer,
                Reviewer::Team(team) => github.teams.contains(team),
            });
            let id = 1_000_000 + mix(hash(entry.name.get_ref()), hash(&gate.name)) % 9_000_000_000;
            let may_approve = gate.may_approve.unwrap_or(mine);
            gates.push(Gate { id, name: gate.name.as_str().into(), reviewers, wait: gate.wait.max(0), may_approve });
        }
        Ok(gates)
    }

    /// The first commit: files and workflows.
    fn first(&self, making: &mut Making<'_>, at: Moment) -> Result<(), Mistake> {
        let mut tree: Tree = making.entry.files.iter().map(|(path, text)| (path.as_str().into(), File::new(text.as_str()))).collect();
        for spanned in &making.entry.workflow {
            let workflow = spanned.get_ref();
            let path = format!("{FOLDER}{}", workflow.file);
            Workflow::read(&path, &workflow.text).map_err(|sentence| self.source.mistake(spanned.span().start, sentence))?;
            tree.insert(path.into(), File::new(workflow.text.as_str()));
        }
        if let Some(path) = tree.keys().find(|path| !is_path(path)) {
            return Err(self.source.mistake(making.entry.name.span().start, format!("\"{path}\" cannot be the path of a file")));
        }
        let author = signature(&making.viewer, at);
        making.head = making.history.add(Draft {
            tree: Arc::new(tree),
            parents: Vec::new(),
            committer: author.clone(),
            author,
            login: Some(Arc::clone(&making.viewer)),
            message: "Initial commit".into(),
            from: at,
            pull: None,
            checks: BTreeMap::new(),
            fails_at: None,
        });
        Ok(())
    }

    /// Everything that happens to the history, with its moment and line.
    fn steps(&self, entry: &RepositoryEntry, scenario: &Scenario) -> Result<Vec<(Moment, usize, Step)>, Mistake> {
        let mut steps = Vec::new();
        for (place, spanned) in entry.commit.iter().enumerate() {
            let (commit, line) = (spanned.get_ref(), spanned.span().start);
            let length = self.length(Some(&commit.at), 0)?;
            let at = self.start.plus(if length > 0 { self.world.scaled(length) } else { length });
            let Some(number) = commit.number else {
                if at > self.start {
                    return Err(self
                        .source
                        .mistake(line, "a commit without a `number` is of the past: give it one, and let `do = \"merge\"` merge it"));
                }
                steps.push((at, line, Step::Push(place)));
                continue;
            };
            steps.push((at, line, Step::Open(place)));
            let script = self.merged_by_script(entry, number, scenario)?;
            match (&commit.merged, script) {
                (Some(_), Some(_)) => return Err(self.source.mistake(line, format!("#{number} is merged twice"))),
                (Some(merged), None) => {
                    let merged = self.start.plus(self.length(Some(merged), 0)?);
                    if merged > self.start || merged < at {
                        return Err(self.source.mistake(line, "`merged` lies between `at` and the start; later ones are `do = \"merge\"`"));
                    }
                    steps.push((merged, line, Step::Merge(place, false)));
                }
                (None, Some(when)) if when < at => {
                    return Err(self.source.mistake(line, format!("#{number} is merged before it is opened")));
                }
                (None, Some(when)) => steps.push((when, line, Step::Merge(place, true))),
                (None, None) => {}
            }
        }
        for (when, place, line) in self.resets(entry, scenario)? {
            steps.push((when, line, Step::Reset(place)));
        }
        Ok(steps)
    }

    /// When the script merges a pull request.
    fn merged_by_script(&self, entry: &RepositoryEntry, number: u64, scenario: &Scenario) -> Result<Option<Moment>, Mistake> {
        let mut found = None;
        for happening in scenario.happening.iter().map(Spanned::get_ref).filter(|happening| happening.deed.get_ref() == "merge") {
            let Some(pull) = &happening.pull else { continue };
            if is_pull(pull.get_ref(), entry.name.get_ref(), number) {
                if found.is_some() || happening.every.is_some() {
                    return Err(self.source.mistake(pull.span().start, format!("#{number} is merged more than once")));
                }
                found = Some(self.start.plus(self.world.scaled(self.length(Some(&happening.at), 0)?)));
            }
        }
        Ok(found)
    }

    /// When the script sets the default branch back, and to which entry.
    fn resets(&self, entry: &RepositoryEntry, scenario: &Scenario) -> Result<Vec<(Moment, usize, usize)>, Mistake> {
        let mut found = Vec::new();
        for happening in scenario.happening.iter().filter(|happening| happening.get_ref().deed.get_ref() == "force-push") {
            let Some(commit) = &happening.get_ref().commit else { continue };
            let Some((repository, name)) = commit.get_ref().rsplit_once('/') else { continue };
            let place = entry.commit.iter().position(|known| known.get_ref().name.as_deref() == Some(name));
            if let Some(place) = place.filter(|_| is_repository(repository, entry.name.get_ref())) {
                let at = self.length(Some(&happening.get_ref().at), 0)?;
                found.push((self.start.plus(self.world.scaled(at)), place, happening.span().start));
            }
        }
        Ok(found)
    }
}

/// Whether `name#12` or `owner/name#12` is that pull request.
#[must_use]
pub fn is_pull(text: &str, repository: &str, number: u64) -> bool {
    text.rsplit_once('#').is_some_and(|(name, digits)| is_repository(name, repository) && digits.parse() == Ok(number))
}

/// Whether `name` or `owner/name` is that repository.
#[must_use]
pub fn is_repository(text: &str, repository: &str) -> bool {
    text == repository || repository.rsplit('/').next() == Some(text)
}

fn is_path(path: &str) -> bool {
    let plain = !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && part != ".git");
    plain && !path.contains(['\n', '\0', '"', '\\'])
}

fn names(texts: &[String]) -> Vec<Name> {
    texts.iter().map(|text| Name::from(text.as_str())).collect()
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

fn signature(login: &str, at: Moment) -> Signature {
    let name = person(login).into();
    Signature { name, email: format!("{}@users.noreply.github.example", login.replace(['<', '>', ' ', '\n'], "")).into(), at }
}

impl Making<'_> {
    fn step(&mut self, step: Step, at: Moment, line: usize) -> Result<(), String> {
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
        draft.committer = Signature { name: "GitHub".into(), email: "noreply@github.example".into(), at };
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
