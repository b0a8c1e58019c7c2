//! Workflows, jobs, and what waits for a reviewer.

use serde_json::{Value, json};

use super::super::node_id;
use super::super::repository::{Gate, Repository, Reviewer};
use super::super::run::{Conclusion, Job, Phase, Run};
use super::super::workflow::Workflow;
use super::objects::{WEB, run_web, team, time, url, user, web};
use super::page::Page;
use super::runs::{find, suite};
use super::{Answered, Cx, Refusal, Reply, Request};

/// The workflow of an id or a file's name.
#[must_use]
pub fn workflow_named(repository: &Repository, named: &str) -> Option<Workflow> {
    let is = |workflow: &Workflow| {
        let file = workflow.path.rsplit('/').next() == Some(named) || workflow.path == named;
        file || named.parse() == Ok(repository.workflow_id(&workflow.path))
    };
    repository.workflows(repository.head).into_iter().find(is)
}

/// `GET …/actions/workflows`.
///
/// # Errors
///
/// When the repository is gone.
pub fn workflows(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let (url, web) = (url(&cx.base, repository), web(repository));
    let all = repository.workflows(repository.head);
    let page = Page::read(&request.params, 30);
    let one = |workflow: &Workflow| {
        let id = repository.workflow_id(&workflow.path);
        let file = workflow.path.rsplit('/').next().unwrap_or("");
        json!({
            "id": id, "node_id": node_id("W", id), "name": workflow.name, "path": workflow.path, "state": "active",
            "created_at": time(repository.created), "updated_at": time(repository.created),
            "url": format!("{url}/actions/workflows/{id}"),
            "html_url": format!("{web}/blob/{}/{}", repository.branch, workflow.path),
            "badge_url": format!("{web}/workflows/{file}/badge.svg"),
        })
    };
    let items: Vec<Value> = page.cut(&all).iter().map(one).collect();
    Ok(Reply::Json(200, json!({ "total_count": all.len(), "workflows": items }), page.link(request, repository.id, all.len())))
}

/// `GET …/actions/runs/{run_id}/jobs`.
///
/// # Errors
///
/// When there is no such run.
pub fn jobs(cx: &Cx<'_>, request: &Request<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let (_, run) = find(repository, id)?;
    let all = request.params.get("filter") == Some("all");
    // Jobs that succeeded in an earlier attempt belong to the latest all the same.
    let earlier = run.earlier.iter().filter(|_| all);
    let jobs: Vec<&Job> = run.jobs.iter().chain(earlier).filter(|job| job.listed()).collect();
    let page = Page::read(&request.params, 30);
    let items: Vec<Value> = page.cut(&jobs).into_iter().map(|item| job(cx, repository, run, item)).collect();
    Ok(Reply::Json(200, json!({ "total_count": jobs.len(), "jobs": items }), page.link(request, repository.id, jobs.len())))
}

fn job(cx: &Cx<'_>, repository: &Repository, run: &Run, job: &Job) -> Value {
    let url = url(&cx.base, repository);
    let runs = job.started.is_some();
    let began = job.started.unwrap_or(job.created);
    let step = |number: usize, name: &str| {
        json!({
            "name": name, "number": number, "status": job.status().word(), "conclusion": job.conclusion.map(Conclusion::word),
            "started_at": job.started.map(time), "completed_at": job.completed.map(time),
        })
    };
    let mut steps = match (runs, job.plan.deploy.is_some()) {
        (false, _) => Vec::new(),
        (true, true) => vec![step(1, "Set up job"), step(2, "Deploy")],
        (true, false) => vec![step(1, "Set up job"), step(2, "Run")],
    };
    // A step that may fail without its job: only it says so.
    if let Some(well) = job.migrated {
        let mut migrations = step(3, "Run migrations");
        if let Some(conclusion) = migrations.get_mut("conclusion").filter(|conclusion| !conclusion.is_null() && !well) {
            *conclusion = json!("failure");
        }
        steps.push(migrations);
    }
    json!({
        "id": job.id,
        "run_id": run.id,
        "run_url": format!("{url}/actions/runs/{}", run.id),
        "run_attempt": job.attempt,
        "node_id": node_id("CR", job.id),
        "head_sha": repository.history.at(run.head).map_or("", |head| &*head.id),
        "url": format!("{url}/actions/jobs/{}", job.id),
        "html_url": format!("{}/job/{}", run_web(repository, run), job.id),
        "status": job.status().word(),
        "conclusion": job.conclusion.map(Conclusion::word),
        "created_at": time(job.created),
        "started_at": time(began),
        "completed_at": job.completed.map(time),
        "name": job.plan.name,
        "steps": steps,
        "check_run_url": format!("{url}/check-runs/{}", job.id),
        "labels": ["ubuntu-latest"],
        "runner_id": runs.then_some(1),
        "runner_name": runs.then_some("GitHub Actions 1"),
        "runner_group_id": runs.then_some(1),
        "runner_group_name": runs.then_some("GitHub Actions"),
        "workflow_name": &*run.name,
        "head_branch": &*run.branch,
    })
}

/// An environment inside another answer.
#[must_use]
pub fn environment(cx: &Cx<'_>, repository: &Repository, gate: &Gate) -> Value {
    let link = format!("{}/environments/{}", url(&cx.base, repository), super::page::encode(&gate.name));
    json!({
        "id": gate.id,
        "node_id": node_id("EN", gate.id),
        "name": &*gate.name,
        "url": link,
        "html_url": format!("{WEB}/{}/deployments/activity_log?environments_filter={}", repository.full_name(), super::page::encode(&gate.name)),
        "created_at": time(repository.created),
        "updated_at": time(repository.created),
    })
}

/// `GET …/actions/runs/{run_id}/approvals`.
///
/// # Errors
///
/// When there is no such run.
pub fn approvals(cx: &Cx<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let (_, run) = find(repository, id)?;
    let reviews = run.reviews.iter().map(|review| {
        let gates = review.environments.iter().filter_map(|name| repository.gate(name));
        json!({
            "environments": gates.map(|gate| environment(cx, repository, gate)).collect::<Vec<_>>(),
            "state": if review.approved { "approved" } else { "rejected" },
            "user": user(&cx.base, &review.by),
            "comment": &*review.comment,
        })
    });
    Ok(Reply::json(Value::Array(reviews.collect())))
}

/// `GET …/actions/runs/{run_id}/pending_deployments`.
///
/// # Errors
///
/// When there is no such run.
pub fn pending(cx: &Cx<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let (_, run) = find(repository, id)?;
    let waits = run.waits_for();
    let rows = waits.iter().filter_map(|name| repository.gate(name)).map(|gate| {
        let job = run.jobs.iter().find(|job| job.phase == Phase::Gate && job.plan.environment.as_deref() == Some(&*gate.name));
        let reviewers = gate.reviewers.iter().map(|reviewer| match reviewer {
            Reviewer::User(login) => json!({ "type": "User", "reviewer": user(&cx.base, login) }),
            Reviewer::Team(name) => json!({ "type": "Team", "reviewer": team(&cx.base, &repository.owner, name) }),
        });
        json!({
            "environment": environment(cx, repository, gate),
            "wait_timer": gate.wait,
            "wait_timer_started_at": job.filter(|_| gate.wait > 0).map(|job| time(job.created)),
            "current_user_can_approve": gate.may_approve,
            "reviewers": reviewers.collect::<Vec<_>>(),
        })
    });
    Ok(Reply::json(Value::Array(rows.collect())))
}

/// `GET …/actions/jobs/{job_id}/logs`: where they are, for a minute.
///
/// # Errors
///
/// When there is no such job, or it has no log yet.
pub fn logs(cx: &Cx<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let id: u64 = id.parse().map_err(|_| Refusal::not_found())?;
    let mut jobs = repository.runs.iter().flat_map(|run| run.jobs.iter().chain(&run.earlier));
    let job = jobs.find(|job| job.id == id).filter(|job| job.done()).ok_or_else(Refusal::not_found)?;
    let end = cx.now.plus(crate::moment::MINUTE).millis();
    Ok(Reply::Elsewhere(302, format!("{}/_sim/github/logs/{}/{}?until={end}", cx.base, repository.id, job.id)))
}

/// The log at such an address, until its minute is over.
#[must_use]
pub fn log(world: &crate::world::World, repository: &str, job: &str, until: i64) -> Option<String> {
    if world.now.millis() > until {
        return None;
    }
    let mut repositories = world.github.repositories.iter();
    let found = repositories.find(|found| Ok(found.id) == repository.parse())?;
    let job = found.runs.iter().flat_map(|run| run.jobs.iter().chain(&run.earlier)).find(|known| Ok(known.id) == job.parse())?;
    Some(job.log.iter().map(|(at, line)| format!("{} {line}\n", at.rfc3339())).collect())
}

/// The check suite of a run, as others name it.
#[must_use]
pub fn suite_of(run: &Run) -> Value {
    json!({ "id": suite(run) })
}
