//! Starting the failed jobs of a run once more, and cancelling a run.

use super::super::act::Refusal;
use super::super::decision::{Decision, Draft, Proof};
use super::super::state::State;
use super::{Reach, barred, deployed_to, identity, is_production, may_write, names};
use crate::model::dispatch::{Fate, Group, fates, rivals};
use crate::model::forge::RepositoryFacts;
use crate::model::id::{EnvironmentKey, Repository, RunId};
use crate::model::pipeline::{Pipeline, Stage};
use crate::model::run::{Conclusion, Job, Progress, Run};
use crate::model::write::{Premise, Write};

/// For how many days GitHub runs jobs again (its documentation, "Re-running workflows and jobs").
const DAYS: u64 = 30;

/// The dialog that runs a run's failed jobs once more.
///
/// # Errors
/// Why they cannot be, or should not.
pub fn rerun(state: &State, repository: &Repository, run: RunId) -> Result<Decision, Refusal> {
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let run = facts.run(run).ok_or("the run is not in GitHub's list any more")?;
    match run.progress {
        Progress::Completed(Conclusion::Success) => return Err("all its jobs succeeded: there is nothing to run again"),
        Progress::Completed(_) => {}
        _ => return Err("the run goes on: what has failed can be run again once it is over"),
    }
    let age = run.created_at.map(|at| crate::model::clock::seconds_since(at, state.now));
    if age.is_some_and(|seconds| seconds > DAYS * 86_400) {
        return Err("GitHub runs nothing again after 30 days");
    }
    let pipeline = pipeline(facts, run);
    if is_overtaken(facts, run) {
        return Err("a newer run of its workflow exists: running this one again would roll back. Roll forward instead: U reverts");
    }
    Ok(plan_rerun(state, repository, facts, run, pipeline))
}

fn pipeline<'f>(facts: &'f RepositoryFacts, run: &Run) -> Option<&'f Pipeline> {
    facts.overview.value()?.pipelines.iter().find(|pipeline| pipeline.workflow == run.workflow)
}

/// Whether a newer run of the workflow on the same branch exists.
fn is_overtaken(facts: &RepositoryFacts, run: &Run) -> bool {
    let newer = |other: &Run| other.workflow == run.workflow && other.branch == run.branch && other.number > run.number;
    facts.runs.value().into_iter().flatten().any(newer)
}

fn plan_rerun(state: &State, repository: &Repository, facts: &RepositoryFacts, run: &Run, pipeline: Option<&Pipeline>) -> Decision {
    let group = pipeline.map_or(Group::Unknown, |pipeline| pipeline.group.clone());
    let workflows = match facts.overview.value() {
        Some(overview) => rivals(overview, &run.workflow, &group),
        None => vec![run.workflow.clone()],
    };
    let runs = facts.runs.value().map_or(&[][..], Vec::as_slice);
    let failed: Vec<&Job> = failed_jobs(facts, run);
    let stages: Vec<&Stage> = pipeline.into_iter().flat_map(|pipeline| again(pipeline, &failed)).collect();
    let (environments, is_whole) = deployed_to(state, repository, &stages);
    let production = is_production(state, &environments) || !is_whole || pipeline.is_none();
    let headline = format!("Run the failed jobs of run #{} of {repository} again, at {}", run.number, run.head.short());
    let plan = format!("re-run the failed jobs of #{} of {repository} at {} ({})", run.number, run.head.short(), places(&environments));
    let draft = Draft {
        repository: repository.clone(),
        write: Write::RerunFailed(run.id),
        premise: Premise::quiet(workflows.clone(), runs, Some(run)),
        commit: Some(run.head.clone()),
        plan,
    };
    let jobs = if failed.is_empty() {
        "? which failed is not known yet".to_owned()
    } else {
        failed.iter().map(|job| job.name.to_string()).collect::<Vec<_>>().join(", ")
    };
    let decision = Decision::on("re-run failed jobs", headline, draft, proof(&environments, production, run));
    let decision = decision.with("jobs", jobs).with("deploys", places(&environments));
    let decision = meeting(decision, &group, &fates(&group, &workflows, runs)).with("as", identity(state));
    let is_whole = is_whole && pipeline.is_some();
    let (decision, failed) = barred(state, Reach { repository, environments: &environments, is_whole, production }, decision);
    decision.against(failed)
}

/// The jobs of the latest attempt that did not succeed.
fn failed_jobs<'f>(facts: &'f RepositoryFacts, run: &Run) -> Vec<&'f Job> {
    let jobs = facts.jobs.get(&run.id).and_then(|jobs| jobs.value());
    let failed = |job: &&Job| {
        matches!(job.progress, Progress::Completed(Conclusion::Failure | Conclusion::Cancelled | Conclusion::TimedOut | Conclusion::Other))
    };
    jobs.into_iter().flat_map(|jobs| &jobs.each).filter(failed).collect()
}

/// The deploying jobs that would run again: those that failed and all that need one of them; all where that is not known.
fn again<'p>(pipeline: &'p Pipeline, failed: &[&Job]) -> Vec<&'p Stage> {
    let is = |stage: &Stage, job: &Job| job.name.strip_prefix(&*stage.name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "));
    let begins = |stage: &Stage| failed.iter().any(|job| is(stage, job));
    // A job that deploys nothing failed: whatever needs it runs again, and which that is, is not known here.
    if failed.is_empty() || failed.iter().any(|job| !pipeline.stages.iter().any(|stage| is(stage, job))) {
        return pipeline.stages.iter().collect();
    }
    let needs_one = |stage: &Stage| pipeline.before(stage).into_iter().any(begins);
    pipeline.stages.iter().filter(|stage| begins(stage) || needs_one(stage)).collect()
}

fn places(environments: &[EnvironmentKey]) -> String {
    if environments.is_empty() { "? where is not known".to_owned() } else { names(environments) }
}

/// Where it deploys to may not be known: then the run's number is typed.
fn proof(environments: &[EnvironmentKey], production: bool, run: &Run) -> Proof {
    if environments.is_empty() && production { Proof::Typed(run.number.to_string()) } else { Proof::of(environments, production) }
}

/// What it meets in its group, said in the plan.
#[must_use]
pub fn meeting(mut decision: Decision, group: &Group, met: &[(&Run, Fate)]) -> Decision {
    for (run, fate) in met {
        let what = format!("run #{} of {}, which is {}", run.number, run.name, run.progress.word());
        decision = match fate {
            Fate::Cancelled => decision.with("cancels", what),
            Fate::MayBeCancelled => decision.with("cancels", format!("? perhaps {what}: only GitHub knows")),
            Fate::WaitedFor => decision.with("waits for", what),
        };
    }
    if *group == Group::Unknown {
        decision = decision.with("cancels", "? its group of runs is not known: GitHub may cancel a run that goes on");
    }
    decision
}

/// The dialog that cancels a run.
///
/// # Errors
/// Why it cannot be.
pub fn cancel(state: &State, repository: &Repository, run: RunId) -> Result<Decision, Refusal> {
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let run = facts.run(run).ok_or("the run is not in GitHub's list any more")?;
    if !run.progress.is_live() {
        return Err("the run is over");
    }
    let stages: Vec<&Stage> = pipeline(facts, run).into_iter().flat_map(|pipeline| &pipeline.stages).collect();
    let (environments, _) = deployed_to(state, repository, &stages);
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
    let decision = Decision::on("cancel the run", headline, draft, Proof::Yes);
    let decision = decision.with("is", format!("{}: {}", run.progress.word(), run.title));
    let goes_on = if busy.is_empty() {
        "what the platform has begun goes on: cancelling a run stops no update of an environment".to_owned()
    } else {
        format!("the update of {} goes on: cancelling a run does not stop it", names(&busy))
    };
    Ok(decision.with("then", goes_on).with("as", identity(state)))
}
