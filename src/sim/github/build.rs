//! From `[[repository]]` to repositories with all their commits.
//!
//! Owns the meaning of every key of theirs. The commits of the whole life of
//! the world are made here, those of merges still to come included, because
//! labels name them and git builds them all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::Spanned;

use super::git::history::{Draft, History};
use super::git::objects::{File, Tree};
use super::making::{Making, Step, is_path, signature};
use super::past::Past;
use super::repository::{Gate, Permission, Repository, Reviewer};
use super::run::Deployment;
use super::workflow::{FOLDER, Workflow};
use super::{Github, account_id};
use crate::chance::{hash, mix, spell};
use crate::environment::Name;
use crate::moment::{DAY, Moment};
use crate::scenario::populate::Builder;
use crate::scenario::repositories::{GateEntry, RepositoryEntry};
use crate::scenario::{Mistake, Scenario};

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
            older: settings.older,
            ..Github::default()
        };
        for spanned in &scenario.repository {
            for entry in self.repositories_of(spanned)? {
                let made = self.repository(&entry, scenario)?;
                self.world.github.repositories.push(made.0);
                self.pasts.push(made.1);
            }
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

    fn repository(&self, entry: &RepositoryEntry, scenario: &Scenario) -> Result<(Repository, Vec<Past>), Mistake> {
        let repository = self.bare(entry)?;
        let created = repository.created;
        let viewer = Arc::clone(&self.world.github.viewer);
        let mut making = Making {
            entry,
            history: History::default(),
            repository,
            head: 0,
            pulls: BTreeMap::new(),
            pushes: Vec::new(),
            viewer,
            comments: self.comments(entry)?,
        };
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
        self.beside(entry, &mut making.repository)?;
        self.previews(entry, &mut making.repository)?;
        Ok((making.repository, making.pushes))
    }

    /// The previews of pull requests that the record of deployments has.
    fn previews(&self, entry: &RepositoryEntry, repository: &mut Repository) -> Result<(), Mistake> {
        for commit in entry.commit.iter().map(Spanned::get_ref) {
            let Some(preview) = &commit.preview else { continue };
            let at = preview.at.span().start;
            let pull = repository.pulls.iter().find(|pull| Some(pull.number) == commit.number);
            let pull = pull.ok_or_else(|| self.source.mistake(at, "a preview is that of a pull request: give this commit a number"))?;
            let state = preview.state.as_ref().map(|state| self.one_of(state, &["success", "failure", "in_progress", "inactive"]));
            let when = self.start.plus(self.length(Some(&preview.at), 0)?);
            let id = account_id(&format!("{} {}", repository.name, preview.environment));
            repository.deployments.push(Deployment {
                id,
                commit: pull.head,
                branch: Arc::clone(&pull.branch),
                environment: preview.environment.as_str().into(),
                url: preview.url.clone(),
                creator: pull.author.clone().unwrap_or_else(|| Arc::clone(&self.world.github.viewer)),
                states: vec![(id + 1, state.transpose()?.unwrap_or("success"), when)],
                job: (0, 0),
            });
        }
        Ok(())
    }

    /// A repository before its first commit.
    fn bare(&self, entry: &RepositoryEntry) -> Result<Repository, Mistake> {
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
        Ok(Repository {
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
            classic: self.classic(entry)?,
            statuses: names(&entry.statuses),
            reported: Vec::new(),
            methods: self.methods(entry)?,
            made: Vec::new(),
            tags: Vec::new(),
            releases: Vec::new(),
            issues: Vec::new(),
            runs: Vec::new(),
            deployments: Vec::new(),
        })
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
            statuses: BTreeMap::new(),
            fails_at: None,
        });
        Ok(())
    }

    /// Everything that happens to the history, with its moment and line.
    fn steps(&self, entry: &RepositoryEntry, scenario: &Scenario) -> Result<Vec<(Moment, usize, Step)>, Mistake> {
        let mut steps = Vec::new();
        for (place, spanned) in entry.commit.iter().enumerate() {
            let (commit, line) = (spanned.get_ref(), spanned.span().start);
            self.check_words(entry, commit)?;
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

fn names(texts: &[String]) -> Vec<Name> {
    texts.iter().map(|text| Name::from(text.as_str())).collect()
}
