//! The Pending screen: what has not arrived, for every step of every chain.

use std::sync::Arc;

use super::cursor::Cursor;
use super::github::{GitHubState, Linked};
use super::state::Size;
use crate::model::chain::{self, Behind, Link, Share, Upstream, Whereabouts};
use crate::model::clock::Timestamp;
use crate::model::commit::CheckState;
use crate::model::folder::Part;
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{AppName, EnvironmentKey, Login, PullNumber, Repository, Sha};

/// Commits that arrive together: a pull request, or a commit of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its newest commit.
    pub newest: Sha,
    /// Its pull request's number.
    pub pull: Option<PullNumber>,
    /// The title of the pull request, or of the commit; not yet safe to show.
    pub title: Arc<str>,
    /// Who wrote it; none where the account is gone.
    pub author: Option<Login>,
    /// When it was merged, or committed.
    pub at: Option<Timestamp>,
    /// How many commits it has among those that are pending.
    pub commits: usize,
    /// Where its newest commit is.
    pub whereabouts: Whereabouts,
    /// How the checks of its newest commit came out.
    pub checks: Option<CheckState>,
    /// Where a person reads it.
    pub url: Option<Arc<str>>,
    /// On how many instances it has arrived, and of how many, where they run several versions.
    pub arrived: Option<(usize, usize)>,
}

impl Change {
    /// What groups by this: the pull request's number, or the commit.
    #[must_use]
    pub fn name(&self) -> String {
        self.pull.map_or_else(|| self.newest.short().to_owned(), |number| format!("#{number}"))
    }
}

/// The changes among the commits that concern an app, newest first; `to` an environment, where its own workflow tells of them.
#[must_use]
pub fn changes(part: &Part<'_>, facts: &RepositoryFacts, to: Option<&EnvironmentKey>) -> Vec<Change> {
    let pending = chain::pending(part, facts, to);
    let groups = chain::by_pull(&pending, facts);
    let change = |(pull, commits): &(Option<&crate::model::commit::Pull>, Vec<&chain::Pending<'_>>)| {
        let newest = commits.first()?;
        let detail = facts.commits.get(&newest.commit.sha);
        Some(Change {
            newest: newest.commit.sha.clone(),
            pull: pull.map(|pull| pull.number),
            title: pull.map_or_else(|| Arc::clone(&newest.commit.title), |pull| Arc::clone(&pull.title)),
            author: pull.map_or_else(|| newest.commit.author.clone(), |pull| pull.author.clone()),
            at: pull.and_then(|pull| pull.merged_at).or(newest.commit.committed_at),
            commits: commits.len(),
            whereabouts: newest.whereabouts.clone(),
            checks: detail.and_then(|detail| detail.state(|check| facts.is_counted(check))),
            url: pull.map(|pull| Arc::clone(&pull.url)),
            arrived: None,
        })
    };
    groups.iter().filter_map(change).collect()
}

/// Environments that run one version and are fed by one: one step of a chain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The app.
    pub app: AppName,
    /// Its repository.
    pub repository: Repository,
    /// The environments, which run the same.
    pub environments: Vec<EnvironmentKey>,
    /// What feeds them.
    pub upstream: Upstream,
    /// What they run.
    pub running: Option<Sha>,
    /// What its instances run where those are several commits and all known, what most run first.
    pub shares: Vec<Share>,
    /// What the changes are told from: what runs, or the one of several that lacks most.
    pub base: Option<Sha>,
    /// What they are offered.
    pub offered: Option<Sha>,
    /// How far they are behind.
    pub behind: Behind,
    /// What is pending, newest first; where several versions run, what has not arrived on every instance.
    pub changes: Vec<Change>,
    /// Whether all that has to be compared for that was.
    pub is_compared: bool,
    /// How many commits are pending beside those that are listed.
    pub unlisted: u64,
    /// The app's folder, where it is not known of all of them whether they touch it.
    pub vague: Option<Arc<str>>,
}

impl Step {
    /// What is not known of the pending commits, in words: which they are, or whether they concern the app.
    /// Not yet safe to show.
    #[must_use]
    pub fn unknown(&self) -> Option<String> {
        let total = self.behind.commits().filter(|_| self.unlisted > 0);
        let listed = total.map(|total| format!("{} of {total} listed", total.saturating_sub(self.unlisted)));
        let vague = self.vague.as_ref().map(|folder| format!("it is not known which touch {folder}"));
        let parts: Vec<String> = listed.into_iter().chain(vague).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// A row of the screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// A step, named by its first environment.
    Step(EnvironmentKey),
    /// A change that is pending there, named by its newest commit.
    Change(EnvironmentKey, Sha),
}

/// The Pending screen.
#[derive(Debug, Default)]
pub struct PendingScreen {
    /// The steps.
    pub steps: Vec<Step>,
    /// The rows, from top to bottom.
    pub rows: Vec<Row>,
    /// The selected row.
    pub cursor: Cursor<Row>,
    /// Whether only changes of whoever looks are shown.
    pub mine: bool,
}

impl PendingScreen {
    /// Works the rows out again, of one app or of all.
    pub fn arrange(&mut self, github: &GitHubState, app: Option<&AppName>, window: usize) {
        self.steps = steps(github, app);
        let viewer = github.forge.viewer.value();
        self.rows.clear();
        for step in &self.steps {
            let Some(first) = step.environments.first() else { continue };
            let shown: Vec<&Change> = step.changes.iter().filter(|change| !self.mine || is_of(change, viewer)).collect();
            if self.mine && shown.is_empty() {
                continue;
            }
            self.rows.push(Row::Step(first.clone()));
            self.rows.extend(shown.into_iter().map(|change| Row::Change(first.clone(), change.newest.clone())));
        }
        self.cursor.follow(&self.rows, window);
    }

    /// The step that a row belongs to.
    #[must_use]
    pub fn step(&self, row: &Row) -> Option<&Step> {
        let (Row::Step(key) | Row::Change(key, _)) = row;
        self.steps.iter().find(|step| step.environments.first() == Some(key))
    }

    /// The change that a row is.
    #[must_use]
    pub fn change(&self, row: &Row) -> Option<&Change> {
        let Row::Change(_, sha) = row else { return None };
        self.step(row)?.changes.iter().find(|change| change.newest == *sha)
    }
}

fn is_of(change: &Change, viewer: Option<&Login>) -> bool {
    viewer.is_some_and(|viewer| change.author.as_ref().is_some_and(|author| author.is(viewer)))
}

/// The steps of every chain: what is fed by a branch first, then what is fed by that.
fn steps(github: &GitHubState, app: Option<&AppName>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let ours = github.links.values().filter(|linked| app.is_none_or(|app| linked.link.app == *app));
    for linked in ours {
        let same = steps.iter_mut().find(|step| belongs(step, linked));
        match same {
            Some(step) => step.environments.push(linked.link.environment.clone()),
            None => steps.push(step(github, linked)),
        }
    }
    let is_later = |step: &Step| matches!(step.upstream, Upstream::Environment(_));
    steps.sort_by(|a, b| (&a.app, is_later(a), a.environments.first()).cmp(&(&b.app, is_later(b), b.environments.first())));
    steps
}

fn belongs(step: &Step, linked: &Linked) -> bool {
    let link = &linked.link;
    let (theirs, its) = ((&step.running, &step.shares, &step.offered), (&link.running, &link.shares, &link.offered));
    step.app == link.app && step.upstream == link.upstream && theirs == its
}

fn step(github: &GitHubState, linked: &Linked) -> Step {
    let link = &linked.link;
    let facts = github.forge.get(&link.repository);
    let to = link.folder.as_ref().map(|_| &link.environment);
    let parts = parts(link, facts);
    let largest = parts.iter().max_by_key(|(_, part)| part.ahead());
    let unlisted = largest
        .map(|(_, part)| part.comparison)
        .map_or(0, |comparison| comparison.ahead.saturating_sub(u64::try_from(comparison.commits.len()).unwrap_or(u64::MAX)));
    let changes = facts.map_or_else(Vec::new, |facts| {
        let each = parts.iter().map(|(share, part)| (*share, changes(part, facts, to)));
        together(each.collect(), link.shares.iter().map(|share| share.instances).sum())
    });
    Step {
        app: link.app.clone(),
        repository: link.repository.clone(),
        environments: vec![link.environment.clone()],
        upstream: link.upstream.clone(),
        running: link.running.clone(),
        shares: link.shares.clone(),
        base: largest.and_then(|(share, _)| Some(share.as_ref()?.commit.clone())).or_else(|| link.running.clone()),
        offered: link.offered.clone(),
        behind: linked.behind.clone(),
        vague: parts.iter().any(|(_, part)| part.is_vague()).then(|| link.folder.clone()).flatten(),
        is_compared: parts.len() == link.compared().len(),
        changes,
        unlisted,
    }
}

/// What lies between each commit that runs there and what is offered, as far as it was read; with whose it is, where
/// several run.
fn parts<'a>(link: &'a Link, facts: Option<&'a RepositoryFacts>) -> Vec<(Option<&'a Share>, Part<'a>)> {
    let whole = link.between().map(|between| (None, between));
    let shares = link.of_shares().map(|(share, between)| (Some(share), between));
    let part = |(share, between): (Option<&'a Share>, Between)| Some((share, Part::of(facts?, &between, link.folder.as_slice())?));
    whole.into_iter().chain(shares).filter_map(part).collect()
}

/// The changes that some of so many instances lack, each once, with how many have it. The most that one version lacks
/// comes first, since the others mostly lack a part of that.
fn together(mut each: Vec<(Option<&Share>, Vec<Change>)>, all: usize) -> Vec<Change> {
    each.sort_by_key(|(_, changes)| std::cmp::Reverse(changes.len()));
    let mut merged: Vec<(usize, Change)> = Vec::new();
    for (share, changes) in each {
        let lacking = share.map_or(all, |share| share.instances);
        for change in changes {
            match merged.iter_mut().find(|(_, known)| known.name() == change.name()) {
                Some((instances, known)) => {
                    *instances += lacking;
                    known.commits = known.commits.max(change.commits);
                }
                None => merged.push((lacking, change)),
            }
        }
    }
    let arrived = |lacking: usize| (all > 0).then(|| (all.saturating_sub(lacking), all));
    merged.into_iter().map(|(lacking, change)| Change { arrived: arrived(lacking), ..change }).collect()
}

/// Rows of the list that fit; below it stands what is selected in full.
#[must_use]
pub fn window(size: Size) -> usize {
    usize::from(size.height).saturating_sub(2 + DETAIL)
}

/// The height of what is selected in full, its title included.
pub const DETAIL: usize = 4;
