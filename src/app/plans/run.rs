//! Starting the failed jobs of a run once more, and cancelling a run.

use std::sync::Arc;

use super::super::decision::{Decision, Draft, Proof};
use super::super::state::State;
use super::older;
use super::reach::Reach;
use super::{Intent, barred, identity, may_write, names};
use crate::model::dispatch::{Fate, Group, fates, rivals, strangers};
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, Repository, RunId, Sha};
use crate::model::pipeline::{Overview, Pipeline, Stage};
use crate::model::run::{Conclusion, Job, Progress, Run};
use crate::model::write::{Premise, Write};

/// For how many days GitHub runs jobs again (its documentation, "Re-running workflows and jobs").
const DAYS: u64 = 30;

/// The dialog that runs a run's failed jobs once more.
///
/// # Errors
/// Why they cannot be, or should not.
pub fn rerun(state: &State, repository: &Repository, run: RunId) -> Result<Decision, String> {
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let run = facts.run(run).ok_or("the run is not in GitHub's list any more")?;
    match run.progress {
        Progress::Completed(Conclusion::Success) => return Err("all its jobs succeeded: there is nothing to run again".to_owned()),
        Progress::Completed(_) => {}
        _ => return Err("the run goes on: what has failed can be run again once it is over".to_owned()),
    }
    let age = run.created_at.map(|at| crate::model::clock::seconds_since(at, state.now));
    if age.is_some_and(|seconds| seconds > DAYS * 86_400) {
        return Err("GitHub runs nothing again after 30 days".to_owned());
    }
    let overview = facts.overview.value().ok_or("its workflows were not read yet")?;
    let (failed, reach) = reach(state, repository, facts, run);
    if let Some(newer) = overtaking(state, repository, facts, run, &reach) {
        return Err(format!("run #{} of {} is newer, so this would roll back: U rolls forward", newer.number, newer.name));
    }
    older::refuse(state, facts, &reach, &deployed(run).cloned().into_iter().collect::<Vec<_>>())?;
    Ok(plan_rerun(state, facts, overview, run, &Again { repository, pipeline: pipeline(facts, run), failed, reach }))
}

/// What would run again.
struct Again<'a> {
    repository: &'a Repository,
    pipeline: Option<&'a Pipeline>,
    failed: Vec<&'a Job>,
    reach: Reach,
}

fn pipeline<'f>(facts: &'f RepositoryFacts, run: &Run) -> Option<&'f Pipeline> {
    facts.overview.value()?.pipelines.iter().find(|pipeline| pipeline.workflow == run.workflow)
}

/// A newer run of the workflow on the same branch, or of any workflow on any branch or tag that deploys to the same
/// environments.
fn overtaking<'f>(state: &State, repository: &Repository, facts: &'f RepositoryFacts, run: &Run, reach: &Reach) -> Option<&'f Run> {
    let meets = |other: &Run| {
        let stages: Vec<&Stage> = pipeline(facts, other).into_iter().flat_map(|pipeline| &pipeline.stages).collect();
        let theirs = Reach::of(state, repository, &stages, true);
        theirs.environments.iter().any(|key| reach.environments.contains(key))
    };
    let newer = |other: &&Run| {
        let same = other.workflow == run.workflow && other.branch == run.branch;
        other.id > run.id && !other.event.starts_with("pull_request") && (same || meets(other))
    };
    facts.known_runs().into_iter().find(|run| newer(run))
}

/// The commit that a run deploys, where it says so: of one that somebody started by hand it is the branch's newest,
/// whatever it deploys.
fn deployed(run: &Run) -> Option<&Sha> {
    (!run.is_dispatched()).then_some(&run.head)
}

/// What has to be compared before it can be said what running the failed jobs of this run again would undo.
#[must_use]
pub fn comparisons(state: &State, repository: &Repository, run: RunId) -> Vec<Between> {
    let facts = state.github.forge.get(repository);
    let Some((facts, run)) = facts.and_then(|facts| Some((facts, facts.run(run)?))) else { return Vec::new() };
    let failed = matches!(run.progress, Progress::Completed(conclusion) if conclusion != Conclusion::Success);
    let Some(commit) = deployed(run).filter(|_| failed) else { return Vec::new() };
    older::comparisons_of(state, &reach(state, repository, facts, run).1, commit)
}

/// The failed jobs of a run, and where those that run again with them deploy to.
fn reach<'f>(state: &State, repository: &Repository, facts: &'f RepositoryFacts, run: &Run) -> (Vec<&'f Job>, Reach) {
    let pipeline = pipeline(facts, run);
    let failed: Vec<&Job> = failed_jobs(facts, run);
    let stages: Vec<&Stage> = pipeline.into_iter().flat_map(|pipeline| again(pipeline, &failed)).collect();
    (failed, Reach::of(state, repository, &stages, pipeline.is_some()))
}

/// What speaks against running it again beside what runs now.
fn older_doubts(state: &State, facts: &RepositoryFacts, reach: &Reach, run: &Run) -> Vec<String> {
    match deployed(run) {
        Some(commit) => older::doubts(state, facts, reach, commit),
        None if reach.is_production => vec!["somebody started this run by hand: what it deploys may be older than what runs".to_owned()],
        None => Vec::new(),
    }
}

fn plan_rerun(state: &State, facts: &RepositoryFacts, overview: &Overview, run: &Run, again: &Again<'_>) -> Decision {
    let Again { repository, pipeline, failed, reach } = again;
    let group = pipeline.map_or(Group::Unknown, |pipeline| pipeline.group.clone());
    let met = Met::of(facts, overview, &run.workflow, &group);
    let on = if run.is_dispatched() { String::new() } else { format!(" at {}", run.head.short()) };
    let headline = format!("Run the failed jobs of run #{} of {repository} again,{on}", run.number);
    let headline = headline.trim_end_matches(',').to_owned();
    let plan = format!("re-run the failed jobs of #{} of {repository}{on} ({})", run.number, reach.places());
    let draft = Draft {
        repository: (*repository).clone(),
        write: Write::RerunFailed(run.id),
        premise: Premise::quiet(met.workflows.clone(), met.runs.iter().copied(), Some(run)),
        commit: (!run.is_dispatched()).then(|| run.head.clone()),
        plan,
    };
    let jobs = if failed.is_empty() {
        "? which failed is not known yet".to_owned()
    } else {
        failed.iter().map(|job| job.name.to_string()).collect::<Vec<_>>().join(", ")
    };
    let intent = Intent::Rerun((*repository).clone(), run.id);
    let decision = Decision::on(intent, headline, draft, reach.proof(run.number.to_string()));
    let decision = met.said_in(decision).with("jobs", jobs).with("deploys", reach.places());
    let decision = decision.with("as", identity(state));
    let unknown = if reach.is_production { met.doubts(facts) } else { Vec::new() };
    let older = older_doubts(state, facts, reach, run);
    barred(state, repository, reach, decision).against(reach.doubts(state)).against(unknown).against(older)
}

/// The jobs of the latest attempt that did not succeed.
fn failed_jobs<'f>(facts: &'f RepositoryFacts, run: &Run) -> Vec<&'f Job> {
    let jobs = facts.jobs.get(&run.id).and_then(|jobs| jobs.value());
    let failed = |job: &&Job| {
        matches!(job.progress, Progress::Completed(Conclusion::Failure | Conclusion::Cancelled | Conclusion::TimedOut | Conclusion::Other))
    };
    jobs.into_iter().flat_map(|jobs| &jobs.each).filter(failed).collect()
}

/// The deploying jobs that would run again: those that failed and all that need one of them, directly or through others;
/// all where that is not known.
fn again<'p>(pipeline: &'p Pipeline, failed: &[&Job]) -> Vec<&'p Stage> {
    let is = |stage: &Stage, job: &Job| job.name.strip_prefix(&*stage.name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "));
    // A job that deploys nothing failed: whatever needs it runs again, and which that is, is not known here.
    if failed.is_empty() || failed.iter().any(|job| !pipeline.stages.iter().any(|stage| is(stage, job))) {
        return pipeline.stages.iter().collect();
    }
    let mut found: Vec<&Stage> = pipeline.stages.iter().filter(|stage| failed.iter().any(|job| is(stage, job))).collect();
    loop {
        let needs_one = |stage: &&Stage| {
            let is_in = found.iter().any(|other| other.job == stage.job);
            !is_in && pipeline.before(stage).iter().any(|before| found.iter().any(|other| other.job == before.job))
        };
        let more: Vec<&Stage> = pipeline.stages.iter().filter(needs_one).collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The runs that a run meets in its group.
pub struct Met<'f> {
    group: Group,
    /// The workflows whose runs are in the group, or may be.
    pub workflows: Vec<Arc<str>>,
    /// The runs that are known.
    pub runs: Vec<&'f Run>,
    fates: Vec<(&'f Run, Fate)>,
}

impl<'f> Met<'f> {
    /// What a run of this workflow meets.
    pub fn of(facts: &'f RepositoryFacts, overview: &Overview, workflow: &Arc<str>, group: &Group) -> Self {
        let runs = facts.known_runs();
        let (mut workflows, strangers) = (rivals(overview, workflow, group), strangers(overview, workflow, group));
        let fates = fates(group, &workflows, &strangers, &runs);
        workflows.extend(strangers);
        Self { group: group.clone(), workflows, runs, fates }
    }

    /// Says it in a plan.
    pub fn said_in(&self, mut decision: Decision) -> Decision {
        for (run, fate) in &self.fates {
            let what = format!("run #{} of {}, which is {}", run.number, run.name, run.progress.word());
            decision = match fate {
                Fate::Cancelled => decision.with("cancels", what),
                Fate::MayBeCancelled => decision.with("cancels", format!("? perhaps {what}: only GitHub knows")),
                Fate::WaitedFor => decision.with("waits for", what),
            };
        }
        if self.group == Group::Unknown && self.fates.is_empty() {
            decision = decision.with("cancels", "? its group of runs is not known: GitHub may cancel a run that goes on");
        }
        decision
    }

    /// What of it is not known, where that stands in the way.
    pub fn doubts(&self, facts: &RepositoryFacts) -> Vec<String> {
        let mut doubts = super::stale(facts);
        // Without a group it meets none of them.
        doubts.extend(facts.unknown_runs().filter(|_| self.group != Group::None));
        let perhaps: Vec<String> =
            self.fates.iter().filter(|(_, fate)| *fate == Fate::MayBeCancelled).map(|(run, _)| format!("#{}", run.number)).collect();
        if !perhaps.is_empty() {
            doubts.push(format!("GitHub may cancel run {}: whether it does is not known", perhaps.join(", ")));
        }
        doubts
    }
}

/// The dialog that cancels a run.
///
/// # Errors
/// Why it cannot be.
pub fn cancel(state: &State, repository: &Repository, run: RunId) -> Result<Decision, String> {
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let run = facts.run(run).ok_or("the run is not in GitHub's list any more")?;
    if !run.progress.is_live() {
        return Err("the run is over".to_owned());
    }
    let stages: Vec<&Stage> = pipeline(facts, run).into_iter().flat_map(|pipeline| &pipeline.stages).collect();
    let environments = Reach::of(state, repository, &stages, true).environments;
    let is_busy = |key: &&EnvironmentKey| state.fleet.get(key).and_then(|environment| environment.activity()?.value).is_some();
    let busy: Vec<EnvironmentKey> = environments.iter().filter(is_busy).cloned().collect();
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Cancel(run.id),
        premise: Premise::Live { run: run.id, attempt: run.attempt },
        commit: Some(run.head.clone()),
        plan: format!("cancel #{} of {repository} at {}, which was {}", run.number, run.head.short(), run.progress.word()),
    };
    let headline = format!("Cancel run #{} of {repository} at {}", run.number, run.head.short());
    let decision = Decision::on(Intent::Cancel(repository.clone(), run.id), headline, draft, Proof::Yes);
    let decision = decision.with("is", format!("{}: {}", run.progress.word(), run.title));
    let goes_on = if busy.is_empty() {
        "what the platform has begun goes on: cancelling a run stops no update of an environment".to_owned()
    } else {
        format!("the update of {} goes on: cancelling a run does not stop it", names(&busy))
    };
    Ok(decision.with("then", goes_on).with("as", identity(state)))
}
