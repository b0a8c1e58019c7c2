//! What GitHub told, repository by repository. The latest reading of each topic, and why it could not be read since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::App;
use super::clock::{Stamp, Timestamp};
use super::commit::{CommitDetail, Comparison, OpenPulls, RequiredCheck};
use super::fault::Fault;
use super::folder::{Touched, Within};
use super::id::{Login, PullNumber, Repository, RunId, Sha};
use super::import::Import;
use super::pipeline::Overview;
use super::preview::PreviewList;
use super::record::{Alert, Recorded};
use super::remote::Remote;
use super::run::{Gate, Jobs, Run};
use super::tag::Tags;
use super::tagged::{PullRequest, Statuses};

/// How many of the latest runs are told of.
pub const LATEST: usize = 50;

/// What can be asked about a repository.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Topic {
    /// Its branch, the newest commit, its workflows.
    Overview,
    /// Its open pull requests that would be merged into this branch.
    OpenPulls(Arc<str>),
    /// Its tags.
    Tags,
    /// The checks that the rules of this branch require.
    Rules(Arc<str>),
    /// Its latest runs.
    Runs,
    /// Its runs that go on or are about to, where the latest are not all that there are.
    LiveRuns,
    /// What holds this run back.
    Gates(RunId),
    /// The jobs of this run.
    Jobs(RunId),
    /// What lies between two commits.
    Comparison(Between),
    /// Which commits touch a folder.
    Touched(Within),
    /// Pull requests and checks of these commits.
    Details(Vec<Sha>),
    /// What its record says was deployed to the environment of this name.
    Deployments(Arc<str>),
    /// Its open issues with this label.
    Alerts(Arc<str>),
    /// The file of this path, which lists its environments.
    Catalogue(Arc<str>),
    /// Its pull requests, with where their previews are.
    Previews,
    /// On which commits of its branch statuses say that something has succeeded.
    Statuses,
    /// Where these pull requests stand.
    Pulls(Vec<PullNumber>),
    /// When this file was last changed on its branch.
    Changed(Arc<str>),
}

/// Two commits to compare.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Between {
    /// What runs.
    pub base: Sha,
    /// What would.
    pub head: Sha,
}

/// An answer about a repository.
#[derive(Clone, PartialEq, Debug)]
pub enum News {
    /// To [`Topic::Overview`].
    Overview(Box<Overview>),
    /// To [`Topic::OpenPulls`].
    OpenPulls(OpenPulls),
    /// To [`Topic::Tags`].
    Tags(Tags),
    /// To [`Topic::Rules`]: each once. None where no rule requires any.
    Rules(Vec<RequiredCheck>),
    /// To [`Topic::Runs`], newest first: at most [`LATEST`], and those that wait.
    Runs(Vec<Run>),
    /// To [`Topic::LiveRuns`].
    LiveRuns(Vec<Run>),
    /// To [`Topic::Gates`].
    Gates(Vec<Gate>),
    /// To [`Topic::Jobs`].
    Jobs(Jobs),
    /// To [`Topic::Comparison`].
    Comparison(Box<Comparison>),
    /// To [`Topic::Touched`].
    Touched(Touched),
    /// To [`Topic::Details`].
    Details(Vec<(Sha, CommitDetail)>),
    /// To [`Topic::Deployments`], newest first: none of which the state is not told.
    Deployments(Vec<Recorded>),
    /// To [`Topic::Alerts`], newest first.
    Alerts(Vec<Alert>),
    /// To [`Topic::Catalogue`]: its text.
    Catalogue(Arc<str>),
    /// To [`Topic::Previews`].
    Previews(PreviewList),
    /// To [`Topic::Statuses`].
    Statuses(Statuses),
    /// To [`Topic::Pulls`]: those that there are.
    Pulls(Vec<PullRequest>),
    /// To [`Topic::Changed`]: none where no commit of the branch has touched it.
    Changed(Option<Timestamp>),
    /// Nothing has changed since the last answer.
    Same,
}

/// An answer with what it answers.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The repository.
    pub repository: Repository,
    /// What was asked.
    pub topic: Topic,
    /// When.
    pub stamp: Stamp,
    /// The answer, or why there is none.
    pub news: Result<News, Fault>,
}

/// How much may still be asked of GitHub, as it says itself (per user, not per token).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    /// Calls left in this hour.
    pub remaining: u64,
    /// Calls in an hour.
    pub limit: u64,
    /// When the hour is over.
    pub resets_at: Timestamp,
}

/// What is known of one repository.
#[derive(Clone, Debug, Default)]
pub struct RepositoryFacts {
    /// Branch, head, workflows.
    pub overview: Remote<Overview>,
    /// Its open pull requests.
    pub open_pulls: Remote<OpenPulls>,
    /// Its tags.
    pub tags: Remote<Tags>,
    /// The checks that the rules of its branch require. That they could not be read is no fault of the
    /// repository's: many tokens may not.
    pub rules: Remote<Vec<RequiredCheck>>,
    /// The latest runs, newest first.
    pub runs: Remote<Vec<Run>>,
    /// Runs that go on or are about to, where that was asked.
    pub live_runs: Remote<Vec<Run>>,
    /// What holds runs back.
    pub gates: BTreeMap<RunId, Remote<Vec<Gate>>>,
    /// Jobs of runs.
    pub jobs: BTreeMap<RunId, Remote<Jobs>>,
    /// What lies between commits. Two commits by their hashes compare the same for ever.
    pub comparisons: BTreeMap<Between, Remote<Comparison>>,
    /// Which commits touch the folders of apps. The same for ever.
    pub touched: BTreeMap<Within, Remote<Touched>>,
    /// Pull requests and checks.
    pub commits: BTreeMap<Sha, CommitDetail>,
    /// Why details could not be read.
    pub details: Remote<()>,
    /// What the record says was deployed, by the name of the environment.
    pub deployments: BTreeMap<Arc<str>, Remote<Vec<Recorded>>>,
    /// Open issues, by their label.
    pub alerts: BTreeMap<Arc<str>, Remote<Vec<Alert>>>,
    /// What files of environments declare, by their paths.
    pub catalogues: BTreeMap<Arc<str>, Remote<Import>>,
    /// The newest commits on which statuses say that something has succeeded.
    pub statuses: Remote<Statuses>,
    /// Where the pull requests of previews stand.
    pub pulls: Remote<Vec<PullRequest>>,
    /// When files were last changed, by their paths.
    pub changed: BTreeMap<Arc<str>, Remote<Option<Timestamp>>>,
}

impl RepositoryFacts {
    /// The run of this id.
    #[must_use]
    pub fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.value()?.iter().find(|run| run.id == id)
    }

    /// Every run that is known of: the latest, those that wait, and those that go on.
    #[must_use]
    pub fn known_runs(&self) -> Vec<&Run> {
        let mut known: Vec<&Run> = self.runs.value().into_iter().flatten().collect();
        for run in self.live_runs.value().into_iter().flatten() {
            if known.iter().all(|other| other.id != run.id) {
                known.push(run);
            }
        }
        known
    }

    /// Whether the latest runs may not be all that there are.
    #[must_use]
    pub fn has_more_runs(&self) -> bool {
        self.runs.value().is_some_and(|runs| runs.len() >= LATEST)
    }

    /// Why it is not known which runs go on, if it is not: the latest are known, and an older one may go on as well.
    #[must_use]
    pub fn unknown_runs(&self) -> Option<String> {
        let of = |why: &str| Some(format!("only the latest runs are known, an older one may go on as well{why}"));
        match (self.runs.value(), self.live_runs.value(), self.live_runs.fault()) {
            (None, _, _) => Some("the runs were not read: what goes on is not known".to_owned()),
            (Some(_), _, _) if !self.has_more_runs() => None,
            (Some(_), _, Some(fault)) => of(&format!(": {fault}")),
            (Some(_), Some(_), None) => None,
            (Some(_), None, None) => of(""),
        }
    }

    /// The whole hash of a commit that is told of in full somewhere.
    #[must_use]
    pub fn full(&self, sha: &Sha) -> Option<Sha> {
        const WHOLE: usize = 40;
        let read = self.comparisons.values().filter_map(Remote::value);
        let compared = read.flat_map(|comparison| comparison.base.iter().chain(comparison.commits.iter().map(|commit| &commit.sha)));
        let runs = self.runs.value().into_iter().flatten().map(|run| &run.head);
        let head = self.overview.value().map(|overview| &overview.head);
        let mut known = std::iter::once(sha).chain(head).chain(runs).chain(compared);
        known.find(|known| known.as_str().len() == WHOLE && known.agrees_with(sha)).cloned()
    }

    /// Why parts of it could not be read since they were last told.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        let whole = self.runs.fault().into_iter().chain(self.overview.fault());
        let parts = self.gates.values().filter_map(Remote::fault).chain(self.comparisons.values().filter_map(Remote::fault));
        let record = self.statuses.fault().into_iter().chain(self.pulls.fault());
        let files = self.catalogues.values().filter_map(|read| read.fault().or_else(|| read.value()?.flaw.as_ref()));
        whole.chain(files).chain(parts).chain(self.touched.values().filter_map(Remote::fault)).chain(self.details.fault()).chain(record)
    }

    /// Whether a check of this name says something of a commit: those that are deploys do not.
    #[must_use]
    pub fn is_counted(&self, check: &str) -> bool {
        !self.overview.value().is_some_and(|overview| overview.pipelines.iter().any(|pipeline| pipeline.deploys_as(check)))
    }

    fn observe(&mut self, topic: Topic, stamp: Stamp, news: Result<News, Fault>) {
        match (topic, news) {
            (topic, Ok(News::Same)) => self.confirm(&topic, stamp),
            (topic, Err(fault)) => self.fail(topic, stamp, fault),
            (Topic::Overview, Ok(News::Overview(overview))) => {
                self.overview.take(stamp, Ok(*overview));
                self.complete();
            }
            (Topic::OpenPulls(_), Ok(News::OpenPulls(pulls))) => self.open_pulls.take(stamp, Ok(pulls)),
            (Topic::Tags, Ok(News::Tags(tags))) => self.tags.take(stamp, Ok(tags)),
            (Topic::Rules(_), Ok(News::Rules(required))) => self.rules.take(stamp, Ok(required)),
            (Topic::Runs, Ok(News::Runs(runs))) => self.take_runs(stamp, runs),
            (Topic::LiveRuns, Ok(News::LiveRuns(runs))) => self.live_runs.take(stamp, Ok(runs)),
            (Topic::Gates(run), Ok(News::Gates(gates))) => self.gates.entry(run).or_default().take(stamp, Ok(gates)),
            (Topic::Jobs(run), Ok(News::Jobs(jobs))) => self.jobs.entry(run).or_default().take(stamp, Ok(jobs)),
            (Topic::Comparison(between), Ok(News::Comparison(comparison))) => {
                self.comparisons.entry(between).or_default().take(stamp, Ok(*comparison));
            }
            (Topic::Touched(within), Ok(News::Touched(touched))) => self.touched.entry(within).or_default().take(stamp, Ok(touched)),
            (Topic::Details(_), Ok(News::Details(details))) => {
                self.commits.extend(details);
                self.details.take(stamp, Ok(()));
            }
            (Topic::Deployments(name), Ok(News::Deployments(told))) => self.deployments.entry(name).or_default().take(stamp, Ok(told)),
            (Topic::Alerts(label), Ok(News::Alerts(told))) => self.alerts.entry(label).or_default().take(stamp, Ok(told)),
            (Topic::Catalogue(path), Ok(News::Catalogue(text))) => {
                let read = Import::read(&text, &path);
                self.catalogues.entry(path).or_default().take(stamp, read);
                self.complete();
            }
            (Topic::Statuses, Ok(News::Statuses(told))) => self.statuses.take(stamp, Ok(told)),
            (Topic::Pulls(_), Ok(News::Pulls(told))) => self.pulls.take(stamp, Ok(told)),
            (Topic::Changed(path), Ok(News::Changed(told))) => self.changed.entry(path).or_default().take(stamp, Ok(told)),
            // An answer to another question is none: adapters do not make such reports.
            (_, Ok(_)) => {}
        }
    }

    /// Says where jobs deploy to that only a file of environments knows.
    fn complete(&mut self) {
        self.overview.amend(Import::take_back);
        for import in self.catalogues.values().filter_map(Remote::value) {
            self.overview.amend(|overview| import.complete(overview));
        }
    }

    /// Runs that are over, and those that are gone from the list, hold nothing back.
    fn take_runs(&mut self, stamp: Stamp, runs: Vec<Run>) {
        let live = |id: &RunId| runs.iter().any(|run| run.id == *id && run.progress.is_live());
        self.gates.retain(|id, _| live(id));
        self.jobs.retain(|id, _| runs.iter().any(|run| run.id == *id));
        self.runs.take(stamp, Ok(runs));
    }

    fn confirm(&mut self, topic: &Topic, stamp: Stamp) {
        match topic {
            Topic::Overview => self.overview.confirm(stamp),
            Topic::OpenPulls(_) => self.open_pulls.confirm(stamp),
            Topic::Tags => self.tags.confirm(stamp),
            Topic::Rules(_) => self.rules.confirm(stamp),
            Topic::Runs => self.runs.confirm(stamp),
            Topic::LiveRuns => self.live_runs.confirm(stamp),
            Topic::Gates(run) => self.gates.entry(*run).or_default().confirm(stamp),
            Topic::Jobs(run) => self.jobs.entry(*run).or_default().confirm(stamp),
            Topic::Comparison(between) => self.comparisons.entry(between.clone()).or_default().confirm(stamp),
            Topic::Touched(within) => self.touched.entry(within.clone()).or_default().confirm(stamp),
            Topic::Details(_) => self.details.confirm(stamp),
            Topic::Deployments(name) => self.deployments.entry(Arc::clone(name)).or_default().confirm(stamp),
            Topic::Alerts(label) => self.alerts.entry(Arc::clone(label)).or_default().confirm(stamp),
            Topic::Catalogue(path) => self.catalogues.entry(Arc::clone(path)).or_default().confirm(stamp),
            // Whoever lists previews asks for them, and keeps them.
            Topic::Previews => {}
            Topic::Statuses => self.statuses.confirm(stamp),
            Topic::Pulls(_) => self.pulls.confirm(stamp),
            Topic::Changed(path) => self.changed.entry(Arc::clone(path)).or_default().confirm(stamp),
        }
    }

    fn fail(&mut self, topic: Topic, stamp: Stamp, fault: Fault) {
        match topic {
            Topic::Overview => self.overview.take(stamp, Err(fault)),
            Topic::OpenPulls(_) => self.open_pulls.take(stamp, Err(fault)),
            Topic::Tags => self.tags.take(stamp, Err(fault)),
            Topic::Rules(_) => self.rules.take(stamp, Err(fault)),
            Topic::Runs => self.runs.take(stamp, Err(fault)),
            Topic::LiveRuns => self.live_runs.take(stamp, Err(fault)),
            Topic::Gates(run) => self.gates.entry(run).or_default().take(stamp, Err(fault)),
            Topic::Jobs(run) => self.jobs.entry(run).or_default().take(stamp, Err(fault)),
            Topic::Comparison(between) => self.comparisons.entry(between).or_default().take(stamp, Err(fault)),
            Topic::Touched(within) => self.touched.entry(within).or_default().take(stamp, Err(fault)),
            Topic::Details(_) => self.details.take(stamp, Err(fault)),
            Topic::Deployments(name) => self.deployments.entry(name).or_default().take(stamp, Err(fault)),
            Topic::Alerts(label) => self.alerts.entry(label).or_default().take(stamp, Err(fault)),
            Topic::Catalogue(path) => self.catalogues.entry(path).or_default().take(stamp, Err(fault)),
            Topic::Previews => {}
            Topic::Statuses => self.statuses.take(stamp, Err(fault)),
            Topic::Pulls(_) => self.pulls.take(stamp, Err(fault)),
            Topic::Changed(path) => self.changed.entry(path).or_default().take(stamp, Err(fault)),
        }
    }
}

/// Everything that GitHub told.
#[derive(Clone, Debug, Default)]
pub struct Forge {
    repositories: BTreeMap<Repository, RepositoryFacts>,
    /// Whose token it is.
    pub viewer: Remote<Login>,
    /// How much may still be asked.
    pub allowance: Option<Allowance>,
}

impl Forge {
    /// Takes in an answer.
    pub fn observe(&mut self, report: Report) {
        self.repositories.entry(report.repository).or_default().observe(report.topic, report.stamp, report.news);
    }

    /// What is known of a repository.
    #[must_use]
    pub fn get(&self, repository: &Repository) -> Option<&RepositoryFacts> {
        self.repositories.get(repository)
    }

    /// Forgets comparisons that nobody needs any more, and the commits that were only in them.
    pub fn keep(&mut self, repository: &Repository, needed: &BTreeSet<Between>, heads: &BTreeSet<Sha>) {
        let Some(facts) = self.repositories.get_mut(repository) else { return };
        let before = facts.comparisons.len();
        facts.comparisons.retain(|between, _| needed.contains(between));
        facts.touched.retain(|within, _| needed.contains(&within.between));
        if facts.comparisons.len() < before {
            let read = facts.comparisons.values().filter_map(Remote::value);
            let listed: BTreeSet<&Sha> = read.flat_map(|comparison| comparison.commits.iter().map(|commit| &commit.sha)).collect();
            facts.commits.retain(|sha, _| listed.contains(sha) || heads.contains(sha));
        }
    }

    /// Forgets which runs went on, of every repository but this one: nobody asks for that any more, and what is old is no
    /// word on what goes on.
    pub fn keep_live_runs(&mut self, of: &[Repository]) {
        for (_, facts) in self.repositories.iter_mut().filter(|(repository, _)| !of.contains(*repository)) {
            facts.live_runs = Remote::default();
        }
    }

    /// Every repository that was asked about.
    pub fn repositories(&self) -> impl Iterator<Item = (&Repository, &RepositoryFacts)> {
        self.repositories.iter()
    }

    /// Why GitHub could not be read, by repository: the first of what failed since it was last told.
    pub fn faults(&self) -> impl Iterator<Item = (&Repository, &Fault)> {
        self.repositories.iter().filter_map(|(repository, facts)| Some((repository, facts.faults().next()?)))
    }

    /// How old the oldest reading of the runs is.
    #[must_use]
    pub fn read_at(&self) -> Option<Timestamp> {
        self.repositories.values().filter_map(|facts| facts.runs.at()).min()
    }
}

/// What the program has to know of GitHub next: derived from what is on the screens.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Interest {
    /// Repositories, with what has to be compared and told in each.
    pub repositories: BTreeMap<Repository, RepositoryInterest>,
}

/// What has to be known of one repository.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, and they are asked for in any combination")]
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RepositoryInterest {
    /// The branch that is deployed; the repository's default branch where nobody said.
    pub branch: Option<Arc<str>>,
    /// Comparisons that are missing.
    pub comparisons: Vec<Between>,
    /// Folders of which it is missing which commits touch them.
    pub touched: Vec<Within>,
    /// Commits whose pull requests and checks are missing.
    pub details: Vec<Sha>,
    /// The branch whose open pull requests are wanted: something is promoted by merging them.
    pub open_pulls: Option<Arc<str>>,
    /// Whether its tags are wanted: something is promoted by them.
    pub tags: bool,
    /// The branch whose rules say which checks a commit needs, while somebody decides on one.
    pub rules: Option<Arc<str>>,
    /// Whether runs that go on are asked for by themselves, while somebody decides on what they would meet.
    pub live_runs: bool,
    /// Environments whose recorded deployments are looked at.
    pub deployments: Vec<Arc<str>>,
    /// The labels of issues that are alerts.
    pub alerts: Vec<Arc<str>>,
    /// Files that list environments.
    pub catalogues: Vec<Arc<str>>,
    /// Whether it is wanted what statuses on commits say.
    pub statuses: bool,
    /// Pull requests of which it is wanted where they stand.
    pub pulls: Vec<PullNumber>,
    /// Files of which it is wanted when they were last changed.
    pub changed: Vec<Arc<str>>,
    /// Runs whose jobs are looked at.
    pub jobs: Vec<RunId>,
    /// Whether it is on the screen, and so read more often.
    pub watched: bool,
}

impl RepositoryInterest {
    /// Has the file that lists an app's environments read, where it has one.
    pub fn list(&mut self, app: &App) {
        if let Some(path) = app.catalogue.as_ref().filter(|path| !self.catalogues.contains(path)) {
            self.catalogues.push(Arc::clone(path));
        }
    }
}
