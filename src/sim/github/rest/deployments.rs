//! Deployments as GitHub keeps them.
//!
//! They say what a job was started for, not what runs: a redeploy's is of the
//! branch's head, whatever label it deploys again.

use serde_json::{Value, json};

use super::super::node_id;
use super::super::repository::Repository;
use super::super::run::Deployment;
use super::objects::{time, url, user, web};
use super::page::Page;
use super::{Answered, Cx, Refusal, Reply, Request};

/// `GET …/deployments`.
///
/// # Errors
///
/// When the repository is gone.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let sha = |deployment: &Deployment| repository.history.at(deployment.commit).map(|commit| commit.id.clone());
    let is = |name: &str, value: &str| request.params.get(name).is_none_or(|wanted| wanted == value);
    let wanted = |deployment: &&Deployment| {
        is("environment", &deployment.environment)
            && is("task", "deploy")
            && is("ref", &deployment.branch)
            && sha(deployment).is_some_and(|sha| is("sha", &sha))
    };
    let mut found: Vec<&Deployment> = repository.deployments.iter().filter(wanted).collect();
    found.sort_by_key(|deployment| std::cmp::Reverse(deployment.id));
    let page = Page::read(&request.params, 30);
    let items = page.cut(&found).into_iter().map(|item| deployment(cx, repository, item)).collect();
    Ok(Reply::Json(200, Value::Array(items), page.link(request, repository.id, found.len())))
}

/// `GET …/deployments/{deployment_id}/statuses`, newest first.
///
/// # Errors
///
/// When there is no such deployment.
pub fn statuses(cx: &Cx<'_>, request: &Request<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let id: u64 = id.parse().map_err(|_| Refusal::not_found())?;
    let found = repository.deployments.iter().find(|deployment| deployment.id == id).ok_or_else(Refusal::not_found)?;
    let url = url(&cx.base, repository);
    let log = format!("{}/actions/runs/{}/job/{}", web(repository), found.job.0, found.job.1);
    let rows: Vec<Value> = found
        .states
        .iter()
        .rev()
        .map(|(id, state, at)| {
            json!({
                "url": format!("{url}/deployments/{}/statuses/{id}", found.id), "id": id, "node_id": node_id("DES", *id),
                "state": state, "creator": user(&cx.base, "github-actions[bot]"), "description": "", "environment": &*found.environment,
                "target_url": log, "log_url": log, "environment_url": found.url,
                "created_at": time(*at), "updated_at": time(*at),
                "deployment_url": format!("{url}/deployments/{}", found.id), "repository_url": url,
            })
        })
        .collect();
    let page = Page::read(&request.params, 30);
    Ok(Reply::Json(200, Value::Array(page.cut(&rows)), page.link(request, repository.id, rows.len())))
}

/// A deployment.
#[must_use]
pub fn deployment(cx: &Cx<'_>, repository: &Repository, deployment: &Deployment) -> Value {
    let url = url(&cx.base, repository);
    let own = format!("{url}/deployments/{}", deployment.id);
    let first = deployment.states.first().map(|(_, _, at)| time(*at));
    let last = deployment.states.last().map(|(_, _, at)| time(*at));
    json!({
        "url": own,
        "id": deployment.id,
        "node_id": node_id("DE", deployment.id),
        "task": "deploy",
        "original_environment": &*deployment.environment,
        "environment": &*deployment.environment,
        "description": null,
        "created_at": first,
        "updated_at": last,
        "statuses_url": format!("{own}/statuses"),
        "repository_url": url,
        "creator": user(&cx.base, &deployment.creator),
        "sha": repository.history.at(deployment.commit).map_or("", |commit| &*commit.id),
        "ref": &*deployment.branch,
        "payload": {},
        "transient_environment": false,
        "production_environment": false,
    })
}
