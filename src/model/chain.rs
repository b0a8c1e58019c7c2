//! In which order commits travel, and what has not arrived yet.
//!
//! Each environment that has a repository has one link: from what feeds it
//! (its branch, or the environment before it) to what it runs. What runs is
//! the platform's word, never GitHub's record of deployments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::{App, Tier};
use super::commit::{Commit, Relation};
use super::environment::Environment;
use super::fleet::Fleet;
use super::folder::Part;
use super::forge::{Between, Forge, RepositoryFacts};
use super::id::{AppName, EnvironmentKey, PullNumber, Repository, RunId, Sha};
use super::pipeline::{Pipeline, Stage};
use super::run::{Conclusion, Progress, Run};

/// What feeds an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Upstream {
    /// The branch that is deployed, where its name is known.
    Branch(Option<Arc<str>>),
    /// The environment in which a version is tried before.
    Environment(EnvironmentKey),
}

/// One of several commits that an environment runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Share {
    /// The commit.
    pub commit: Sha,
    /// How many instances run it.
    pub instances: usize,
}

/// The last step of a commit's way to an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may hold beside any other")]
pub struct Link {
    /// The environment.
    pub environment: EnvironmentKey,
    /// Its app.
    pub app: AppName,
    /// Its tier.
    pub tier: Tier,
    /// The app's repository.
    pub repository: Repository,
    /// The folder of it that the app lives in; none where it has all of it.
    pub folder: Option<Arc<str>>,
    /// What feeds it.
    pub upstream: Upstream,
    /// The commit it runs, where that is known and one.
    pub running: Option<Sha>,
    /// Whether its instances run something else than it should, or than each other.
    pub is_mixed: bool,
    /// The commits that its instances run where those are several and all known, what most run first; else nothing.
    pub shares: Vec<Share>,
    /// The commit that its upstream has, where that is known and one.
    pub offered: Option<Sha>,
    /// Whether the environment that feeds it runs several versions.
    pub is_fed_by_mixed: bool,
    /// Whether what runs in it, or in the environment that feeds it, has not been read yet.
    pub is_unread: bool,
    /// Whether the platform has said what runs at both ends and the instances of one have not been asked yet: they may
    /// run something else.
    pub may_differ: bool,
}

impl Link {
    /// What has to be compared to know what is pending; nothing where both are one commit.
    #[must_use]
    pub fn between(&self) -> Option<Between> {
        let (base, head) = (self.running.clone()?, self.offered.clone()?);
        (!base.agrees_with(&head)).then_some(Between { base, head })
    }

    /// What has to be compared of each of several commits that run there: those that are not what is offered.
    pub fn of_shares(&self) -> impl Iterator<Item = (&Share, Between)> {
        let between = |share: &Share| Some(Between { base: share.commit.clone(), head: self.offered.clone()? });
        let differs = |share: &&Share| self.offered.as_ref().is_some_and(|offered| !share.commit.agrees_with(offered));
        self.shares.iter().filter(differs).filter_map(move |share| Some((share, between(share)?)))
    }

    /// Everything that has to be compared, for one commit that runs there and for several.
    #[must_use]
    pub fn compared(&self) -> Vec<Between> {
        self.between().into_iter().chain(self.of_shares().map(|(_, between)| between)).collect()
    }

    /// Why it cannot be said how far it is behind, where an end of it is not known.
    fn gap(&self, forge: &Forge) -> Option<Gap> {
        if self.running.is_some() && self.offered.is_some() {
            return None;
        }
        Some(match &self.upstream {
            _ if self.running.is_none() => Gap::Running,
            Upstream::Branch(_) => Gap::Branch(self.unread_branch(forge)),
            Upstream::Environment(key) if self.is_fed_by_mixed => Gap::Several(key.clone()),
            Upstream::Environment(key) => Gap::Before(key.clone()),
        })
    }

    /// Why its branch could not be read, where reading it failed.
    fn unread_branch(&self, forge: &Forge) -> Option<Arc<str>> {
        let fault = forge.get(&self.repository).and_then(|facts| facts.overview.fault()).or_else(|| forge.viewer.fault());
        fault.map(|fault| Arc::clone(&fault.sentence))
    }
}

/// One environment, as far as its place in a chain needs it.
struct Node {
    key: EnvironmentKey,
    tier: Tier,
    running: Option<Sha>,
    is_mixed: bool,
    shares: Vec<Share>,
    is_unread: bool,
    may_differ: bool,
    stem: String,
}

/// A name without the words that tell its tier: `h-websocket-prod` and `h-websocket-staging` have one.
fn stem(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| Tier::told_by(word) == Tier::Unknown);
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

impl Node {
    fn of(environment: &Environment<'_>, key: EnvironmentKey, fleet: &Fleet) -> Self {
        let stem = stem(key.name.as_str());
        let is_mixed = is_mixed(environment);
        let shares = if is_mixed { shares(environment, fleet) } else { Vec::new() };
        let running = environment.commit().filter(|_| !is_mixed).cloned();
        let (is_unread, may_differ) = (environment.awaits_version(), environment.awaits_instances());
        Self { tier: environment.tier(), running, is_mixed, shares, is_unread, may_differ, stem, key }
    }

    /// How alike another is: what is tried in it is likelier meant for this one.
    fn likeness(&self, other: &Self) -> (bool, bool) {
        (self.stem == other.stem, self.key.region == other.key.region)
    }
}

/// Whether an environment's instances run something else than it should, or than each other.
fn is_mixed(environment: &Environment<'_>) -> bool {
    environment.is_uniform() == Some(false)
}

/// The commits that an environment's instances run, what most run first; nothing unless all of them are known.
fn shares(environment: &Environment<'_>, fleet: &Fleet) -> Vec<Share> {
    let Some(told) = environment.instances().filter(|told| told.value.all_told()) else { return Vec::new() };
    let app = environment.app();
    let share = |(label, instances)| Some(Share { commit: fleet.commit_of(&app, &label)?, instances });
    told.value.versions().into_iter().map(share).collect::<Option<_>>().unwrap_or_default()
}

/// The links of every environment whose app has a repository, in the fleet's order.
#[must_use]
pub fn links(fleet: &Fleet, forge: &Forge) -> Vec<Link> {
    let mut apps: BTreeMap<AppName, Vec<Node>> = BTreeMap::new();
    for environment in fleet.environments() {
        let app = environment.app();
        let has_repository = fleet.catalogue().app(&app).is_some_and(|app| app.repository.is_some());
        if has_repository && environment.tier() != Tier::Preview {
            let key = environment.key();
            apps.entry(app).or_default().push(Node::of(&environment, key, fleet));
        }
    }
    let mut links = Vec::new();
    for (name, nodes) in &apps {
        let Some(app) = fleet.catalogue().app(name) else { continue };
        let Some(repository) = app.repository.as_deref().map(Repository::from) else { continue };
        let facts = forge.get(&repository);
        links.extend(nodes.iter().map(|node| link(app, &repository, facts, node, nodes)));
    }
    links
}

fn link(app: &App, repository: &Repository, facts: Option<&RepositoryFacts>, node: &Node, nodes: &[Node]) -> Link {
    let overview = facts.and_then(|facts| facts.overview.value());
    let before = fed_by_environment(overview.map_or(&[][..], |overview| &overview.pipelines), node, nodes);
    let upstream = before.map_or_else(
        || Upstream::Branch(overview.map(|overview| Arc::clone(&overview.branch)).or_else(|| app.branch.clone())),
        |before| Upstream::Environment(before.key.clone()),
    );
    let offered = before.map_or_else(|| overview.map(|overview| overview.head.clone()), |before| before.running.clone());
    Link {
        environment: node.key.clone(),
        app: app.name.clone(),
        tier: node.tier,
        repository: repository.clone(),
        folder: app.folder.clone(),
        upstream,
        running: node.running.clone(),
        is_mixed: node.is_mixed,
        shares: node.shares.clone(),
        offered,
        is_fed_by_mixed: before.is_some_and(|before| before.is_mixed),
        is_unread: node.is_unread || before.is_some_and(|before| before.is_unread),
        may_differ: node.may_differ || before.is_some_and(|before| before.may_differ),
    }
}

/// The environment in which a version has to run before it goes to this one.
///
/// A workflow that deploys to this one says so (`needs`); where none does,
/// production is fed by a staging environment of the same app.
fn fed_by_environment<'n>(pipelines: &[Pipeline], node: &Node, nodes: &'n [Node]) -> Option<&'n Node> {
    let likest =
        |candidates: Vec<&'n Node>| candidates.into_iter().max_by_key(|other| (node.likeness(other), std::cmp::Reverse(&other.key)));
    match stage_of(pipelines, &node.key) {
        Some((pipeline, stage)) => {
            let before = pipeline.before(stage);
            likest(nodes.iter().filter(|other| before.iter().any(|stage| deploys_to(stage, &other.key))).collect())
        }
        None if node.tier == Tier::Production => likest(nodes.iter().filter(|other| other.tier == Tier::Staging).collect()),
        None => None,
    }
}

/// Where something for this environment is tried first, where no workflow says: a staging environment among these.
#[must_use]
pub fn tried_first(fleet: &Fleet, key: &EnvironmentKey, ours: &[EnvironmentKey]) -> Option<EnvironmentKey> {
    let node = |key: &EnvironmentKey| Some(Node::of(&fleet.get(key)?, key.clone(), fleet));
    let nodes: Vec<Node> = ours.iter().filter_map(node).collect();
    fed_by_environment(&[], &node(key)?, &nodes).map(|before| before.key.clone())
}

fn deploys_to(stage: &Stage, key: &EnvironmentKey) -> bool {
    stage.target.as_ref().is_some_and(|target| target.fit(key).is_some())
}

/// The workflow and the job that deploy to this environment when the branch is pushed to.
#[must_use]
pub fn stage_of<'p>(pipelines: &'p [Pipeline], key: &EnvironmentKey) -> Option<(&'p Pipeline, &'p Stage)> {
    let stages = pipelines
        .iter()
        .filter(|pipeline| pipeline.on_push)
        .flat_map(|pipeline| pipeline.stages.iter().map(move |stage| (pipeline, stage)));
    let fitting = stages.filter_map(|(pipeline, stage)| Some((stage.target.as_ref()?.fit(key)?, pipeline, stage)));
    fitting.min_by_key(|(fit, _, _)| *fit).map(|(_, pipeline, stage)| (pipeline, stage))
}

/// Why it cannot be said how far an environment is behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gap {
    /// The commit of what runs there is not known.
    Running,
    /// The newest commit of its branch is not known; the sentence says why, where reading it failed.
    Branch(Option<Arc<str>>),
    /// This one feeds it and runs several versions.
    Several(EnvironmentKey),
    /// This one feeds it, and the commit that runs there is not known.
    Before(EnvironmentKey),
}

impl Gap {
    /// As a clause, the cause first; names are not yet safe to show.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Running => "the commit that runs there is not known".to_owned(),
            Self::Branch(None) => "the newest commit of its branch is not known".to_owned(),
            Self::Branch(Some(why)) => format!("its branch could not be read: {why}"),
            Self::Several(key) => format!("{} before it runs several versions", key.name),
            Self::Before(key) => format!("the commit that {} before it runs is not known", key.name),
        }
    }
}

/// How far an environment is behind what feeds it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Behind {
    /// Its version's commit, or what feeds it, is not known: why.
    Unknown(Gap),
    /// It runs several versions.
    Mixed,
    /// It is known what to compare; the answer is not there yet.
    NotRead,
    /// The comparison failed; the sentence says why.
    Failed(Arc<str>),
    /// It runs what it is offered.
    Nothing,
    /// So many commits are pending.
    Pending {
        /// Commits.
        commits: u64,
        /// Pull requests that bring them, where all are known.
        pulls: Option<usize>,
    },
    /// It runs something newer than what feeds it.
    Beyond(u64),
    /// Each has commits that the other lacks.
    Diverged {
        /// Commits pending.
        ahead: u64,
        /// Commits that only this environment runs.
        behind: u64,
    },
}

impl Behind {
    /// How many commits are pending, where that is known.
    #[must_use]
    pub const fn commits(&self) -> Option<u64> {
        match self {
            Self::Nothing | Self::Beyond(_) => Some(0),
            Self::Pending { commits, .. } => Some(*commits),
            Self::Diverged { ahead, .. } => Some(*ahead),
            Self::Unknown(_) | Self::Mixed | Self::NotRead | Self::Failed(_) => None,
        }
    }
}

/// How far the environment of this link is behind.
#[must_use]
pub fn behind(link: &Link, forge: &Forge) -> Behind {
    if link.is_mixed {
        return Behind::Mixed;
    }
    if let Some(gap) = link.gap(forge) {
        let is_branch_unread =
            || matches!(&gap, Gap::Branch(None)) && forge.get(&link.repository).is_none_or(|facts| facts.overview.at().is_none());
        return if link.is_unread || is_branch_unread() { Behind::NotRead } else { Behind::Unknown(gap) };
    }
    let Some(between) = link.between() else { return Behind::Nothing };
    let facts = forge.get(&link.repository);
    let Some(read) = facts.and_then(|facts| facts.comparisons.get(&between)) else { return Behind::NotRead };
    let Some(comparison) = read.value() else {
        return read.fault().map_or(Behind::NotRead, |fault| Behind::Failed(Arc::clone(&fault.sentence)));
    };
    let Some((part, facts)) = facts.and_then(|facts| Some((Part::of(facts, &between, link.folder.as_slice())?, facts))) else {
        return Behind::NotRead;
    };
    match comparison.relation {
        Relation::Identical => Behind::Nothing,
        Relation::Behind => Behind::Beyond(comparison.behind),
        Relation::Diverged => Behind::Diverged { ahead: part.ahead(), behind: comparison.behind },
        // What is new touches nothing of this app.
        Relation::Ahead if part.ahead() == 0 => Behind::Nothing,
        Relation::Ahead => Behind::Pending { commits: part.ahead(), pulls: pulls(&part, facts) },
    }
}

/// How many pull requests brought these commits, where it is known of every commit.
fn pulls(part: &Part<'_>, facts: &RepositoryFacts) -> Option<usize> {
    if !part.comparison.is_complete() {
        return None;
    }
    let mut numbers = BTreeSet::new();
    for commit in part.comparison.commits.iter().filter(|commit| part.concerns(&commit.sha)) {
        if let Some(pull) = &facts.commits.get(&commit.sha)?.pull {
            numbers.insert(pull.number);
        }
    }
    Some(numbers.len())
}

/// Where a commit is that has not arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whereabouts {
    /// The run that carries it waits for a person.
    Waiting(RunId),
    /// The run that carries it is at work.
    Deploying(RunId),
    /// The run that carried it was cancelled by a later one, and none carries it now.
    Superseded(RunId),
    /// The run that carried it failed.
    Failed(RunId),
    /// The run that carried it went through.
    Passed(RunId),
    /// It touches only paths that start no run.
    Ignored,
    /// No run carries it.
    NoRun,
    /// A later commit takes it back.
    Reverted(Sha),
    /// Runs could not be read.
    Unknown,
}

impl Whereabouts {
    /// The run that carries it, or did.
    #[must_use]
    pub const fn run(&self) -> Option<RunId> {
        match self {
            Self::Waiting(run) | Self::Deploying(run) | Self::Superseded(run) | Self::Failed(run) | Self::Passed(run) => Some(*run),
            Self::Ignored | Self::NoRun | Self::Reverted(_) | Self::Unknown => None,
        }
    }

    /// In a few words.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Waiting(_) => "waits for approval",
            Self::Deploying(_) => "deploying",
            Self::Superseded(_) => "superseded",
            Self::Failed(_) => "failed",
            Self::Passed(_) => "run went through",
            Self::Ignored => "starts no run",
            Self::NoRun => "no run",
            Self::Reverted(_) => "reverted",
            Self::Unknown => "?",
        }
    }
}

/// A commit that has not arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending<'a> {
    /// The commit.
    pub commit: &'a Commit,
    /// Where it is.
    pub whereabouts: Whereabouts,
}

/// The pending commits of a comparison, newest first, each with where it is; of those of an app in a folder of its
/// own, only the runs of the workflow that deploys to this environment tell that.
#[must_use]
pub fn pending<'a>(part: &Part<'a>, facts: &'a RepositoryFacts, to: Option<&EnvironmentKey>) -> Vec<Pending<'a>> {
    let comparison = part.comparison;
    let ours = to.zip(facts.overview.value()).and_then(|(key, overview)| Some(&stage_of(&overview.pipelines, key)?.0.workflow));
    let deploys = |pipeline: &&Pipeline| pipeline.on_push && ours.is_none_or(|ours| *ours == pipeline.workflow);
    let places: BTreeMap<&Sha, usize> = comparison.commits.iter().enumerate().map(|(at, commit)| (&commit.sha, at)).collect();
    let pushes = facts.overview.value().map(|overview| overview.pipelines.iter().filter(deploys).collect::<Vec<_>>());
    // Without the workflows nobody knows which runs deploy.
    let runs: Option<Vec<(usize, &Run)>> = facts.runs.value().zip(pushes.as_ref()).map(|(runs, pushes)| {
        let of_workflow = |run: &&Run| pushes.iter().any(|pipeline| pipeline.workflow == run.workflow);
        let carried = |run: &'a Run| places.get(&run.head).map(|at| (*at, run));
        runs.iter().filter(|run| &*run.event == "push").filter(of_workflow).filter_map(carried).collect()
    });
    let takes_back = |later: &&Commit, sha: &Sha| later.reverts.as_ref().is_some_and(|reverted| reverted.agrees_with(sha));
    let each = comparison.commits.iter().enumerate().map(|(at, commit)| {
        let after = |at: usize| comparison.commits.iter().skip(at + 1);
        // What takes it back counts unless that is taken back itself.
        let stands = |later: &&Commit| {
            let place = places.get(&later.sha).copied().unwrap_or(at);
            !after(place).any(|last| takes_back(&last, &later.sha))
        };
        let reverting = after(at).filter(|later| takes_back(later, &commit.sha)).find(stands);
        let whereabouts = reverting.map_or_else(
            || runs.as_ref().map_or(Whereabouts::Unknown, |runs| whereabouts(at, commit, runs, pushes.as_deref(), facts)),
            |later| Whereabouts::Reverted(later.sha.clone()),
        );
        Pending { commit, whereabouts }
    });
    let mut pending: Vec<Pending<'a>> = each.filter(|pending| part.concerns(&pending.commit.sha)).collect();
    pending.reverse();
    pending
}

/// A run carries its own commit and all before it: what is live counts first, then what came last.
fn whereabouts(at: usize, commit: &Commit, runs: &[(usize, &Run)], pushes: Option<&[&Pipeline]>, facts: &RepositoryFacts) -> Whereabouts {
    let carrying = || runs.iter().filter(|(head, _)| *head >= at).map(|(_, run)| *run);
    let live = carrying().filter(|run| run.progress.is_live()).max_by_key(|run| run.number);
    match live.or_else(|| carrying().max_by_key(|run| run.number)) {
        Some(run) => match run.progress {
            Progress::Waiting => Whereabouts::Waiting(run.id),
            Progress::Queued | Progress::InProgress | Progress::Unknown => Whereabouts::Deploying(run.id),
            Progress::Completed(Conclusion::Success) => Whereabouts::Passed(run.id),
            Progress::Completed(Conclusion::Cancelled | Conclusion::Skipped) => Whereabouts::Superseded(run.id),
            Progress::Completed(Conclusion::Failure | Conclusion::TimedOut | Conclusion::Other) => Whereabouts::Failed(run.id),
        },
        None if starts_nothing(commit, pushes, facts) => Whereabouts::Ignored,
        None if is_older_than_the_list(commit, facts) => Whereabouts::Unknown,
        None => Whereabouts::NoRun,
    }
}

/// Whether its run may have been, but is not among those that are listed: GitHub lists the newest.
fn is_older_than_the_list(commit: &Commit, facts: &RepositoryFacts) -> bool {
    let oldest = facts.runs.value().into_iter().flatten().filter_map(|run| run.created_at).min();
    commit.committed_at.zip(oldest).is_some_and(|(committed, oldest)| committed < oldest)
}

/// Whether all its files are known, and none of them starts a run.
fn starts_nothing(commit: &Commit, pushes: Option<&[&Pipeline]>, facts: &RepositoryFacts) -> bool {
    let paths = facts.commits.get(&commit.sha).and_then(|detail| detail.pull.as_ref()?.paths.as_ref());
    let (Some(paths), Some(pushes)) = (paths, pushes) else { return false };
    !paths.is_empty() && pushes.iter().all(|pipeline| paths.iter().all(|path| pipeline.ignored.fits(path)))
}

/// The pull requests among pending commits in order of their newest commit; commits without one stand alone.
#[must_use]
pub fn by_pull<'a, 'p>(
    pending: &'p [Pending<'a>],
    facts: &'a RepositoryFacts,
) -> Vec<(Option<&'a super::commit::Pull>, Vec<&'p Pending<'a>>)> {
    let mut groups: Vec<(Option<&'a super::commit::Pull>, Vec<&'p Pending<'a>>)> = Vec::new();
    let mut seen: BTreeMap<PullNumber, usize> = BTreeMap::new();
    for each in pending {
        let pull = facts.commits.get(&each.commit.sha).and_then(|detail| detail.pull.as_ref());
        match pull.and_then(|pull| seen.get(&pull.number).copied()).and_then(|at| groups.get_mut(at)) {
            Some((_, commits)) => commits.push(each),
            None => {
                if let Some(pull) = pull {
                    seen.insert(pull.number, groups.len());
                }
                groups.push((pull, vec![each]));
            }
        }
    }
    groups
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
