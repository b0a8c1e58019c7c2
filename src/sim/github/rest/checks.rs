//! Check runs of commits.
//!
//! Owns what they say: a commit has those of its repository, successful unless
//! the scenario says otherwise, and the jobs of its runs.

use serde_json::{Value, json};

use super::super::git::history::Commit;
use super::super::node_id;
use super::super::repository::Repository;
use super::super::run::{Conclusion, Job, Run};
use super::actions::suite_of;
use super::objects::{WEB, run_web, time, url, user, web};
use super::page::Page;
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::chance::{hash, mix};
use crate::environment::Name;
use crate::moment::{MINUTE, Millis, Moment, SECOND};

/// The id of the app whose check runs they are: GitHub Actions.
pub const ACTIONS: u64 = 15_368;

/// One check of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `status`.
    pub status: &'static str,
    /// `conclusion`.
    pub conclusion: Option<&'static str>,
    /// When it began.
    pub started: Option<Moment>,
    /// When it ended.
    pub completed: Option<Moment>,
    /// Where a browser finds it.
    pub address: String,
    /// Its suite, where it is a job's.
    pub suite: Value,
}

/// How long the check of that number on that commit takes: some minutes.
#[must_use]
pub fn length(commit: &Commit, number: usize) -> Millis {
    let spread = mix(hash(&commit.id), number as u64) % 180_000;
    MINUTE + Millis::try_from(spread).unwrap_or(0)
}

/// What a scenario says of a check; success when it says nothing.
#[must_use]
pub fn word<'a>(commit: &'a Commit, name: &Name) -> &'a str {
    commit.checks.get(name).map_or("success", |word| word)
}

/// The check runs of a commit.
#[must_use]
pub fn of(repository: &Repository, place: usize, now: Moment) -> Vec<Check> {
    let Some(commit) = repository.history.at(place) else { return Vec::new() };
    let mut checks = Vec::new();
    for (number, name) in repository.checks.iter().enumerate().filter(|(_, name)| word(commit, name) != "missing") {
        let id = 50_000_000_000 + mix(hash(&commit.id), number as u64) % 9_000_000_000;
        let started = commit.from.plus(10 * SECOND);
        let completed = started.plus(length(commit, number));
        let over = completed <= now && word(commit, name) != "pending";
        let begun = started <= now;
        checks.push(Check {
            id,
            name: name.to_string(),
            status: if over {
                "completed"
            } else if begun {
                "in_progress"
            } else {
                "queued"
            },
            conclusion: over.then(|| if word(commit, name) == "failure" { "failure" } else { "success" }),
            started: begun.then_some(started),
            completed: over.then_some(completed),
            address: format!("{}/runs/{id}", web(repository)),
            suite: json!({ "id": id + 1 }),
        });
    }
    for run in repository.runs.iter().filter(|run| run.head == place && !run.deleted && run.created <= now) {
        checks.extend(run.jobs.iter().filter(|job| job.listed()).map(|job| of_job(repository, run, job)));
    }
    checks
}

fn of_job(repository: &Repository, run: &Run, job: &Job) -> Check {
    Check {
        id: job.id,
        name: job.plan.name.clone(),
        status: job.status().word(),
        conclusion: job.conclusion.map(Conclusion::word),
        started: job.started.or(Some(job.created)),
        completed: job.completed,
        address: format!("{}/job/{}", run_web(repository, run), job.id),
        suite: suite_of(run),
    }
}

/// The commit that a reference names.
///
/// # Errors
///
/// When there is none.
pub fn find(cx: &Cx<'_>, place: usize, text: &str) -> Result<usize, Refusal> {
    let repository = cx.repository(place)?;
    repository.resolve(text, cx.now).ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {text}")))
}

/// `GET …/commits/{ref}/check-runs`.
///
/// # Errors
///
/// When there is no such commit.
pub fn runs(cx: &Cx<'_>, request: &Request<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let found = find(cx, place, text)?;
    let sha = repository.history.at(found).map_or("", |commit| &*commit.id);
    let mut checks = of(repository, found, cx.now);
    if let Some(name) = request.params.get("check_name") {
        checks.retain(|check| check.name == name);
    }
    if let Some(status) = request.params.get("status") {
        checks.retain(|check| check.status == status);
    }
    let page = Page::read(&request.params, 30);
    let items: Vec<Value> = page.cut(&checks).iter().map(|check| run(cx, repository, sha, check)).collect();
    Ok(Reply::Json(200, json!({ "total_count": checks.len(), "check_runs": items }), page.link(request, repository.id, checks.len())))
}

fn run(cx: &Cx<'_>, repository: &Repository, sha: &str, check: &Check) -> Value {
    let own = format!("{}/check-runs/{}", url(&cx.base, repository), check.id);
    json!({
        "id": check.id,
        "node_id": node_id("CR", check.id),
        "head_sha": sha,
        "external_id": check.id.to_string(),
        "url": own,
        "html_url": check.address,
        "details_url": check.address,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": check.started.map(time),
        "completed_at": check.completed.map(time),
        "output": { "title": null, "summary": null, "text": null, "annotations_count": 0, "annotations_url": format!("{own}/annotations") },
        "name": check.name,
        "check_suite": check.suite,
        "app": app(cx),
        "pull_requests": [],
    })
}

fn app(cx: &Cx<'_>) -> Value {
    let since = time(Moment::from_millis(1_532_000_000_000));
    json!({
        "id": ACTIONS, "slug": "github-actions", "node_id": node_id("A", ACTIONS), "client_id": "simulated",
        "owner": user(&cx.base, "github"), "name": "GitHub Actions", "description": "Automate your workflow",
        "external_url": format!("{WEB}/features/actions"), "html_url": format!("{WEB}/apps/github-actions"),
        "created_at": since, "updated_at": since, "permissions": { "actions": "write", "checks": "write" }, "events": [],
    })
}

/// The state that several come to.
#[must_use]
pub fn combined(states: &[&str]) -> &'static str {
    if states.contains(&"failure") || states.contains(&"error") {
        "failure"
    } else if states.is_empty() || states.contains(&"pending") {
        "pending"
    } else {
        "success"
    }
}
