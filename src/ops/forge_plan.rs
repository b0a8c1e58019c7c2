//! The plan for one repository: which of its topics are due when, and what their answers change of that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::forge_schedule::ForgePace;
use super::forge_turn::{DetailTurn, Turn};
use crate::model::fault::{Fault, FaultKind};
use crate::model::folder::Within;
use crate::model::forge::{Between, News, RepositoryInterest, Topic};
use crate::model::id::{RunId, Sha};
use crate::model::run::{Progress, Run};

/// How many commits are asked about at once.
const BATCH: usize = 50;
/// How many waiting runs of a repository are looked into.
const WAITING: usize = 30;
/// How many runs are looked into as long as those that go on are among them: one of their jobs may wait.
const LIVE: usize = 20;
/// So long may an answer be under way to whoever asked for it: what is wanted until then may not know of it yet.
const TAKING_IN: Duration = Duration::from_secs(5);
/// A run that is not over.
struct LiveRun {
    id: RunId,
    workflow: Arc<str>,
    waits: bool,
}

/// The plan for one repository.
pub(super) struct Plan {
    pub(super) interest: RepositoryInterest,
    overview: Turn,
    rules: Option<Turn>,
    statuses: Option<Turn>,
    pulls: Option<Turn>,
    tags: Option<Turn>,
    open_pulls: Option<Turn>,
    live_runs: Option<Turn>,
    runs: Turn,
    /// Runs that are not over, newest first.
    live: Vec<LiveRun>,
    /// The workflows with gates, where that is known.
    gated: Option<BTreeSet<Arc<str>>>,
    gates: BTreeMap<RunId, Turn>,
    jobs: BTreeMap<RunId, Turn>,
    /// Runs that are over.
    over: BTreeSet<RunId>,
    comparisons: BTreeMap<Between, Turn>,
    /// When comparisons were told that the newest interest lists all the same: it may not know of the answer yet.
    compared: BTreeMap<Between, Instant>,
    touched: BTreeMap<Within, Turn>,
    details: BTreeMap<Sha, DetailTurn>,
    asking_details: bool,
    deployments: BTreeMap<Arc<str>, Turn>,
    alerts: BTreeMap<Arc<str>, Turn>,
}

impl Plan {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            interest: RepositoryInterest::default(),
            overview: Turn::wanted(now),
            rules: None,
            statuses: None,
            pulls: None,
            tags: None,
            open_pulls: None,
            live_runs: None,
            runs: Turn::wanted(now),
            live: Vec::new(),
            gated: None,
            gates: BTreeMap::new(),
            jobs: BTreeMap::new(),
            over: BTreeSet::new(),
            comparisons: BTreeMap::new(),
            compared: BTreeMap::new(),
            touched: BTreeMap::new(),
            details: BTreeMap::new(),
            asking_details: false,
            deployments: BTreeMap::new(),
            alerts: BTreeMap::new(),
        }
    }

    pub(super) fn take(&mut self, interest: RepositoryInterest, now: Instant) {
        if interest.branch != self.interest.branch {
            self.overview.hurry(now);
        }
        if interest.rules != self.interest.rules {
            self.rules = interest.rules.is_some().then(|| Turn::wanted(now));
        }
        if interest.open_pulls != self.interest.open_pulls {
            self.open_pulls = interest.open_pulls.is_some().then(|| Turn::wanted(now));
        }
        if interest.live_runs != self.interest.live_runs {
            self.live_runs = interest.live_runs.then(|| Turn::wanted(now));
        }
        if interest.statuses != self.interest.statuses {
            self.statuses = interest.statuses.then(|| Turn::wanted(now));
        }
        if interest.pulls != self.interest.pulls {
            self.pulls = (!interest.pulls.is_empty()).then(|| Turn::wanted(now));
        }
        if interest.tags != self.interest.tags {
            self.tags = interest.tags.then(|| Turn::wanted(now));
        }
        self.compare(&interest.comparisons, now);
        keep(&mut self.details, interest.details.iter().cloned().collect(), |_| DetailTurn::wanted(now));
        keep(&mut self.touched, interest.touched.iter().cloned().collect(), |_| Turn::wanted(now));
        keep(&mut self.deployments, interest.deployments.iter().cloned().collect(), |_| Turn::wanted(now));
        keep(&mut self.alerts, interest.alerts.iter().cloned().collect(), |_| Turn::wanted(now));
        keep(&mut self.jobs, interest.jobs.iter().copied().collect(), |_| Turn::wanted(now));
        self.interest = interest;
    }

    /// What is listed is missing: it was never told, or is forgotten, or its answer has not been taken in yet.
    fn compare(&mut self, missing: &[Between], now: Instant) {
        self.compared.retain(|between, told| *told + TAKING_IN > now && missing.contains(between));
        // What is under way is not asked for beside itself, whoever changes his mind meanwhile.
        let under_way = self.comparisons.iter().filter(|(_, turn)| turn.is_running()).map(|(between, _)| between);
        let wanted: BTreeSet<Between> = missing.iter().chain(under_way).cloned().collect();
        let since = |between: &Between| self.compared.get(between).map_or(now, |told| *told + TAKING_IN);
        keep(&mut self.comparisons, wanted, |between| Turn::wanted(since(between)));
    }

    /// Whether its overview was never asked for, or nobody could be asked.
    pub(super) const fn is_new(&self) -> bool {
        self.gated.is_none() && self.overview.is_new()
    }

    pub(super) fn turns(&mut self) -> impl Iterator<Item = &mut Turn> {
        let own = [&mut self.overview, &mut self.runs].into_iter();
        own.chain(self.rules.as_mut())
            .chain(self.statuses.as_mut())
            .chain(self.pulls.as_mut())
            .chain(self.tags.as_mut())
            .chain(self.open_pulls.as_mut())
            .chain(self.gates.values_mut())
            .chain(self.jobs.values_mut())
            .chain(self.comparisons.values_mut())
            .chain(self.touched.values_mut())
            .chain(self.deployments.values_mut())
            .chain(self.alerts.values_mut())
            .chain(self.details.values_mut().map(|detail| &mut detail.turn))
    }

    pub(super) fn candidates(&self, pace: ForgePace, stretch: u32) -> Vec<(Instant, Topic)> {
        let steady = if self.interest.watched { pace.watched } else { pace.others } * stretch;
        let mut due: Vec<(Instant, Topic)> = Vec::new();
        due.extend(self.runs.due(steady).map(|at| (at, Topic::Runs)));
        due.extend(self.live_runs.and_then(|turn| turn.due(steady)).map(|at| (at, Topic::LiveRuns)));
        due.extend(self.overview.due(steady).map(|at| (at, Topic::Overview)));
        let rules = self.rules.and_then(|turn| turn.due(pace.others * stretch));
        due.extend(rules.zip(self.interest.rules.clone()).map(|(at, branch)| (at, Topic::Rules(branch))));
        let open_pulls = self.open_pulls.and_then(|turn| turn.due(steady));
        due.extend(open_pulls.zip(self.interest.open_pulls.clone()).map(|(at, branch)| (at, Topic::OpenPulls(branch))));
        // What runs is told elsewhere: a minute is soon enough, a deploy's end hurries the record.
        let record = pace.others * stretch;
        due.extend(self.deployments.iter().filter_map(|(name, turn)| Some((turn.due(record)?, Topic::Deployments(Arc::clone(name))))));
        due.extend(self.alerts.iter().filter_map(|(label, turn)| Some((turn.due(record)?, Topic::Alerts(Arc::clone(label))))));
        // What a record says changes with a deploy, which is seldom.
        due.extend(self.statuses.and_then(|turn| turn.due(pace.others * stretch)).map(|at| (at, Topic::Statuses)));
        let pulls = self.pulls.and_then(|turn| turn.due(pace.others * stretch));
        due.extend(pulls.map(|at| (at, Topic::Pulls(self.interest.pulls.clone()))));
        due.extend(self.tags.and_then(|turn| turn.due(steady)).map(|at| (at, Topic::Tags)));
        due.extend(self.gates.iter().filter_map(|(run, turn)| Some((turn.due(steady)?, Topic::Gates(*run)))));
        due.extend(self.jobs.iter().filter_map(|(run, turn)| {
            let interval = if self.over.contains(run) { pace.others } else { pace.jobs } * stretch;
            Some((turn.due(interval)?, Topic::Jobs(*run)))
        }));
        // Asked once: an answer takes it out of the list, until a later interest lists it.
        due.extend(self.comparisons.iter().filter_map(|(between, turn)| {
            let at = turn.due(Duration::ZERO)?;
            Some((at, Topic::Comparison(between.clone())))
        }));
        // Once, too: whoever has taken the answer in does not list it any more.
        due.extend(self.touched.iter().filter_map(|(within, turn)| Some((turn.due(pace.details)?, Topic::Touched(within.clone())))));
        due.extend(self.details_due(pace, stretch));
        due
    }

    /// How often the details of this commit are read: what was never told as if somebody looked at it.
    const fn details_interval(&self, detail: &DetailTurn, pace: ForgePace) -> Duration {
        if detail.is_still() {
            pace.details_still
        } else if detail.is_told() && !self.interest.watched {
            pace.details_elsewhere
        } else {
            pace.details
        }
    }

    /// The commits that are longest due, together; when the first of them is.
    fn details_due(&self, pace: ForgePace, stretch: u32) -> Option<(Instant, Topic)> {
        let at = |detail: &DetailTurn| detail.turn.due(self.details_interval(detail, pace) * stretch);
        let mut due: Vec<(Instant, &Sha)> = self.details.iter().filter_map(|(sha, detail)| Some((at(detail)?, sha))).collect();
        due.sort();
        let (first, _) = *due.first().filter(|_| !self.asking_details)?;
        // What is due a little later goes along.
        let along = due.iter().take_while(|(at, _)| *at <= first + pace.details * stretch / 2).take(BATCH);
        Some((first, Topic::Details(along.map(|(_, sha)| (*sha).clone()).collect())))
    }

    fn turn(&mut self, topic: &Topic) -> Option<&mut Turn> {
        match topic {
            Topic::Overview => Some(&mut self.overview),
            Topic::Tags => self.tags.as_mut(),
            Topic::LiveRuns => self.live_runs.as_mut(),
            Topic::OpenPulls(branch) => self.open_pulls.as_mut().filter(|_| self.interest.open_pulls.as_ref() == Some(branch)),
            Topic::Rules(branch) => self.rules.as_mut().filter(|_| self.interest.rules.as_ref() == Some(branch)),
            Topic::Runs => Some(&mut self.runs),
            Topic::Gates(run) => self.gates.get_mut(run),
            Topic::Jobs(run) => self.jobs.get_mut(run),
            Topic::Comparison(between) => self.comparisons.get_mut(between),
            Topic::Touched(within) => self.touched.get_mut(within),
            Topic::Deployments(name) => self.deployments.get_mut(name),
            Topic::Alerts(label) => self.alerts.get_mut(label),
            Topic::Details(_) | Topic::Previews => None,
            Topic::Statuses => self.statuses.as_mut(),
            Topic::Pulls(wanted) => self.pulls.as_mut().filter(|_| self.interest.pulls == *wanted),
        }
    }

    pub(super) fn begin(&mut self, topic: &Topic, now: Instant) {
        if let Topic::Details(shas) = topic {
            self.asking_details = true;
            for sha in shas {
                if let Some(detail) = self.details.get_mut(sha) {
                    detail.turn.begin(now);
                }
            }
        } else if let Some(turn) = self.turn(topic) {
            turn.begin(now);
        }
    }

    pub(super) fn ended(&mut self, topic: &Topic, news: &Result<News, Fault>, now: Instant) {
        if let Topic::Details(shas) = topic {
            return self.details_ended(shas, news, now);
        }
        if let Some(turn) = self.turn(topic) {
            match news {
                Ok(_) => turn.answered(),
                Err(fault) => turn.failed(fault.kind, now, fastrand::f64()),
            }
        }
        match (topic, news) {
            (Topic::Runs, Ok(News::Runs(runs))) => self.saw(runs, now),
            (Topic::Overview, Ok(News::Overview(overview))) => {
                let gated = overview.pipelines.iter().filter(|pipeline| pipeline.stages.iter().any(|stage| stage.gate.is_some()));
                self.gated = Some(gated.map(|pipeline| Arc::clone(&pipeline.workflow)).collect());
                self.look_into(now);
            }
            (Topic::Comparison(between), Ok(_)) => {
                self.comparisons.remove(between);
                self.compared.insert(between.clone(), now);
            }
            // Nobody wants it any more: it was here only while it was under way.
            (Topic::Comparison(between), Err(_)) if !self.interest.comparisons.contains(between) => {
                self.comparisons.remove(between);
            }
            _ => {}
        }
    }

    fn details_ended(&mut self, shas: &[Sha], news: &Result<News, Fault>, now: Instant) {
        self.asking_details = false;
        // Left out of an answer: something there failed.
        let told = |sha: &Sha| match news {
            Ok(News::Details(told)) => told.iter().find(|(other, _)| other == sha).map(|(_, told)| told).ok_or(FaultKind::Failed),
            Ok(_) => Err(FaultKind::Failed),
            Err(fault) => Err(fault.kind),
        };
        for sha in shas {
            let Some(detail) = self.details.get_mut(sha) else { continue };
            match told(sha) {
                Ok(told) => detail.answered(told),
                Err(kind) => detail.turn.failed(kind, now, fastrand::f64()),
            }
        }
    }

    /// Takes from the runs which of them may have gates to look at, and which are over.
    fn saw(&mut self, runs: &[Run], now: Instant) {
        let live = |run: &Run| LiveRun { id: run.id, workflow: Arc::clone(&run.workflow), waits: run.progress == Progress::Waiting };
        self.live = runs.iter().filter(|run| run.progress.is_live()).map(live).collect();
        self.look_into(now);
        let over: BTreeSet<RunId> = runs.iter().filter(|run| !run.progress.is_live()).map(|run| run.id).collect();
        for run in over.difference(&self.over) {
            // How its jobs ended is looked at once more.
            if let Some(turn) = self.jobs.get_mut(run) {
                turn.hurry(now);
            }
        }
        if over.difference(&self.over).next().is_some() {
            self.deployments.values_mut().for_each(|turn| turn.hurry(now));
        }
        self.over = over;
    }

    /// Looks into the runs that wait, and then into those that go on: of these, one job may run while another is held back.
    fn look_into(&mut self, now: Instant) {
        let mut wanted: BTreeSet<RunId> = self.live.iter().filter(|run| run.waits).map(|run| run.id).take(WAITING).collect();
        let has_gates = |run: &&LiveRun| self.gated.as_ref().is_none_or(|gated| gated.contains(&run.workflow));
        let others = self.live.iter().filter(|run| !run.waits).filter(has_gates).map(|run| run.id);
        wanted.extend(others.take(LIVE.saturating_sub(wanted.len())));
        keep(&mut self.gates, wanted, |_| Turn::wanted(now));
    }
}

/// Wants these, and no others; what is known of those that stay is kept.
fn keep<K: Ord, T>(turns: &mut BTreeMap<K, T>, wanted: BTreeSet<K>, new: impl Fn(&K) -> T) {
    let mut before = std::mem::take(turns);
    for key in wanted {
        let turn = before.remove(&key).unwrap_or_else(|| new(&key));
        turns.insert(key, turn);
    }
}
