//! Runs, jobs and gates, as the REST API tells them.
//!
//! Shapes and words: GitHub's REST API documentation, "Workflow runs", "Workflow jobs".

use std::sync::Arc;

use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::error::Trouble;
use super::soft::{Account, list, login, moment, soft, words};
use crate::model::forge::LATEST;
use crate::model::id::{GateId, JobId, Repository, RunId, Sha};
use crate::model::run::{Conclusion, Gate, Job, Jobs, Progress, Run, Step};

/// How many runs a list has at most.
pub const RUNS: usize = LATEST;
/// What the states of runs are called that go on or are about to, but for those that wait for a person.
pub const LIVE: [&str; 4] = ["in_progress", "queued", "pending", "requested"];
/// How many pages of jobs are read, of 100 each.
const JOB_PAGES: usize = 10;

#[derive(Deserialize)]
struct RawRun {
    id: u64,
    head_sha: String,
    #[serde(default, deserialize_with = "soft")]
    run_number: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    run_attempt: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    path: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    display_title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    head_branch: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    event: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    actor: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    triggering_actor: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct RawRuns {
    workflow_runs: Vec<RawRun>,
}

#[derive(Deserialize)]
struct RawJob {
    id: u64,
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    completed_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    html_url: Option<String>,
    #[serde(default, deserialize_with = "list")]
    steps: Vec<RawStep>,
}

#[derive(Deserialize)]
struct RawStep {
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    conclusion: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    completed_at: Option<String>,
}

#[derive(Deserialize)]
struct RawJobs {
    jobs: Vec<RawJob>,
}

#[derive(Deserialize)]
struct RawGate {
    environment: RawEnvironment,
    #[serde(default, deserialize_with = "soft")]
    wait_timer: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    wait_timer_started_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    current_user_can_approve: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    reviewers: Vec<RawReviewer>,
}

#[derive(Deserialize)]
struct RawEnvironment {
    id: u64,
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct RawReviewer {
    #[serde(default, deserialize_with = "soft")]
    reviewer: Option<RawParty>,
}

/// A person or a team.
#[derive(Deserialize)]
struct RawParty {
    #[serde(default, deserialize_with = "soft")]
    login: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    slug: Option<String>,
}

/// The latest runs of every workflow, on whatever branch or tag: those that wait may be a tag's.
pub async fn latest_runs(asking: &mut Asking<'_>, repository: &Repository) -> Result<Arc<Vec<Run>>, Trouble> {
    list_of_runs(asking, repository, "").await
}

/// The latest of the runs that wait: where much is going on, they are not among the latest of all.
pub async fn waiting_runs(asking: &mut Asking<'_>, repository: &Repository) -> Result<Arc<Vec<Run>>, Trouble> {
    list_of_runs(asking, repository, "status=waiting&").await
}

/// The latest of the runs in this state.
pub async fn runs_with(asking: &mut Asking<'_>, repository: &Repository, status: &str) -> Result<Arc<Vec<Run>>, Trouble> {
    list_of_runs(asking, repository, &format!("status={status}&")).await
}

/// The latest runs, and the latest that wait, go on or are about to, past what is kept, newest first. Where the latest
/// are all that there are, the others are among them.
pub async fn runs_now(asking: &mut Asking<'_>, repository: &Repository) -> Result<Vec<Run>, Trouble> {
    let mut runs: Vec<Run> = Vec::new();
    for status in [None, Some("waiting")].into_iter().chain(LIVE.map(Some)) {
        let filter = status.map_or_else(String::new, |status| format!("status={status}&"));
        let url = format!("{}/actions/runs?{filter}per_page={RUNS}", asking.caller.home(repository)?);
        let page = asking.past_the_cache(repository, &url, |body| read_runs(serde_json::from_slice(body)?)).await?;
        runs.extend(page.value.iter().cloned());
        if status.is_none() && runs.len() < RUNS {
            break;
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.id));
    runs.dedup_by_key(|run| run.id);
    Ok(runs)
}

async fn list_of_runs(asking: &mut Asking<'_>, repository: &Repository, filter: &str) -> Result<Arc<Vec<Run>>, Trouble> {
    let url = format!("{}/actions/runs?{filter}per_page={RUNS}", asking.caller.home(repository)?);
    let page = asking.page(repository, &url, |body| read_runs(serde_json::from_slice(body)?)).await?;
    Ok(page.value)
}

/// One run, past what is kept.
pub async fn run(asking: &mut Asking<'_>, repository: &Repository, run: RunId) -> Result<Run, Trouble> {
    let url = format!("{}/actions/runs/{run}", asking.caller.home(repository)?);
    let page = asking.past_the_cache(repository, &url, |body| read_run(serde_json::from_slice(body)?)).await?;
    Ok(Arc::unwrap_or_clone(page.value))
}

/// What holds a run back; `past` what is kept, where it is about to be answered.
pub async fn gates(asking: &mut Asking<'_>, repository: &Repository, run: RunId, past: bool) -> Result<Vec<Gate>, Trouble> {
    let url = pending(asking, repository, run)?;
    let parse = |body: &[u8]| Ok(read_gates(serde_json::from_slice(body)?));
    let page = if past { asking.past_the_cache(repository, &url, parse).await? } else { asking.page(repository, &url, parse).await? };
    Ok(Arc::unwrap_or_clone(page.value))
}

/// Where the gates of a run are, to be read and to be answered.
pub fn pending(asking: &Asking<'_>, repository: &Repository, run: RunId) -> Result<String, Trouble> {
    Ok(format!("{}/actions/runs/{run}/pending_deployments", asking.caller.home(repository)?))
}

/// The jobs of a run's latest attempt: the first thousand, where there are more.
pub async fn jobs(asking: &mut Asking<'_>, repository: &Repository, run: RunId) -> Result<Jobs, Trouble> {
    let mut url = format!("{}/actions/runs/{run}/jobs?per_page=100", asking.caller.home(repository)?);
    let mut jobs = Jobs { each: Vec::new(), is_complete: false };
    for _ in 0..JOB_PAGES {
        let page = asking.page(repository, &url, |body| Ok(read_jobs(serde_json::from_slice(body)?))).await?;
        jobs.each.extend(page.value.iter().cloned());
        match page.next {
            Some(next) => url = next,
            None => {
                jobs.is_complete = true;
                break;
            }
        }
    }
    Ok(jobs)
}

fn read_runs(raw: RawRuns) -> Result<Vec<Run>, Misread> {
    raw.workflow_runs.into_iter().map(read_run).collect()
}

fn read_run(raw: RawRun) -> Result<Run, Misread> {
    let head = Sha::new(&raw.head_sha).ok_or_else(|| Misread::Shape(format!("run {} has no commit", raw.id)))?;
    // `.github/workflows/x.yml@main` where it is a run of a ruleset.
    let path = raw.path.unwrap_or_default();
    let workflow: Arc<str> = path.split('@').next().unwrap_or_default().into();
    let name = raw.name.filter(|name| !name.is_empty()).map_or_else(|| Arc::clone(&workflow), Arc::from);
    Ok(Run {
        id: RunId(raw.id),
        number: raw.run_number.unwrap_or_default(),
        attempt: raw.run_attempt.unwrap_or(1),
        title: raw.display_title.map_or_else(|| Arc::clone(&name), Arc::from),
        workflow,
        name,
        head,
        branch: raw.head_branch.map(Arc::from),
        event: words(raw.event),
        progress: progress(raw.status.as_deref(), raw.conclusion.as_deref()),
        actor: login(raw.triggering_actor).or_else(|| login(raw.actor)),
        created_at: moment(raw.created_at),
        updated_at: moment(raw.updated_at),
        url: words(raw.html_url),
    })
}

fn read_jobs(raw: RawJobs) -> Vec<Job> {
    let job = |raw: RawJob| Job {
        id: JobId(raw.id),
        name: words(raw.name),
        progress: progress(raw.status.as_deref(), raw.conclusion.as_deref()),
        started_at: moment(raw.started_at),
        completed_at: moment(raw.completed_at),
        steps: raw.steps.into_iter().map(step).collect(),
        url: words(raw.html_url),
    };
    raw.jobs.into_iter().map(job).collect()
}

fn step(raw: RawStep) -> Step {
    Step {
        name: words(raw.name),
        progress: progress(raw.status.as_deref(), raw.conclusion.as_deref()),
        started_at: moment(raw.started_at),
        completed_at: moment(raw.completed_at),
    }
}

fn read_gates(raw: Vec<RawGate>) -> Vec<Gate> {
    let party = |raw: RawReviewer| {
        let party = raw.reviewer?;
        party.login.or(party.name).or(party.slug).map(Arc::from)
    };
    let gate = |raw: RawGate| Gate {
        id: GateId(raw.environment.id),
        name: words(raw.environment.name),
        may_approve: raw.current_user_can_approve.unwrap_or(false),
        reviewers: raw.reviewers.into_iter().filter_map(party).collect(),
        wait_minutes: raw.wait_timer.unwrap_or_default(),
        wait_since: moment(raw.wait_timer_started_at),
    };
    raw.into_iter().map(gate).collect()
}

/// How far something is. `requested` and `pending` are what has not begun; `pending` waits for its concurrency group.
fn progress(status: Option<&str>, conclusion: Option<&str>) -> Progress {
    match (status, conclusion) {
        (Some("completed"), conclusion) => Progress::Completed(ended(conclusion)),
        (Some("queued" | "requested" | "pending"), _) => Progress::Queued,
        (Some("waiting"), _) => Progress::Waiting,
        (Some("in_progress"), _) => Progress::InProgress,
        (Some(_) | None, _) => Progress::Unknown,
    }
}

fn ended(conclusion: Option<&str>) -> Conclusion {
    match conclusion {
        Some("success") => Conclusion::Success,
        Some("failure" | "startup_failure") => Conclusion::Failure,
        Some("cancelled") => Conclusion::Cancelled,
        Some("skipped") => Conclusion::Skipped,
        Some("timed_out") => Conclusion::TimedOut,
        Some(_) | None => Conclusion::Other,
    }
}
