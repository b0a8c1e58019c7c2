//! The operations that change something: reviews, dispatches, cancelling,
//! starting anew, deleting.
//!
//! Owns the reading of their bodies and who may call them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::git::ask::Facts;
use super::super::repository::Permission;
use super::super::review::Verdict;
use super::actions::workflow_named;
use super::deployments::deployment;
use super::objects::{run_web, url};
use super::runs::find;
use super::{Answered, Cx, Refusal, Reply, Request, Route};
use crate::world::World;

/// Answers a `POST` or `DELETE` about a repository.
///
/// # Errors
///
/// What GitHub refuses it with; then nothing has changed.
pub fn answer(world: &mut World, request: &Request<'_>, route: &Route, place: usize, rest: &[String]) -> Answered {
    let first = rest.first().map_or("", String::as_str);
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    if repository.permission < Permission::Write {
        return Err(Refusal::new(403, "Must have admin rights to Repository."));
    }
    if repository.archived {
        return Err(Refusal::new(403, "Repository was archived so is read-only."));
    }
    let path = route.path.strip_prefix("/repos/{owner}/{repo}/actions").unwrap_or_default();
    if path == "/workflows/{workflow_id}/dispatches" {
        return dispatch(world, request, place, first);
    }
    let (run, found) = find(repository, first)?;
    match (request.method, path) {
        ("POST", "/runs/{run_id}/pending_deployments") => review(world, request, place, run),
        ("POST", "/runs/{run_id}/rerun-failed-jobs") => {
            let by = world.github.viewer.clone();
            world.rerun_failed(place, run, &by).map_err(|sentence| Refusal::new(403, sentence))?;
            Ok(Reply::Json(201, json!({}), None))
        }
        ("POST", "/runs/{run_id}/cancel") => {
            if found.done() {
                return Err(Refusal::new(409, "Cannot cancel a workflow run that is completed."));
            }
            world.cancel_run(place, run);
            Ok(Reply::Json(202, json!({}), None))
        }
        ("DELETE", "/runs/{run_id}") => {
            if !found.done() {
                return Err(Refusal::new(403, "Workflow run is in progress."));
            }
            if let Some(run) = world.run(place, run) {
                run.deleted = true;
            }
            Ok(Reply::Empty(204))
        }
        _ => Err(Refusal::not_found()),
    }
}

fn body(request: &Request<'_>) -> Result<Value, Refusal> {
    serde_json::from_slice(request.body).map_err(|_| Refusal::new(400, "Problems parsing JSON"))
}

fn invalid(sentence: &str) -> Refusal {
    Refusal::new(422, format!("Invalid request.\n\n{sentence}"))
}

fn review(world: &mut World, request: &Request<'_>, place: usize, run: usize) -> Answered {
    let body = body(request)?;
    let missing: Vec<String> =
        ["environment_ids", "state", "comment"].iter().filter(|name| body.get(**name).is_none()).map(|name| format!("{name:?}")).collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(invalid(&format!("{one} wasn't supplied."))),
        several => return Err(invalid(&format!("{} weren't supplied.", several.join(", ")))),
    }
    let approved = match body.get("state").and_then(Value::as_str) {
        Some("approved") => true,
        Some("rejected") => false,
        _ => return Err(invalid("For 'properties/state', the value is not a member of [\"approved\", \"rejected\"].")),
    };
    let ids = body.get("environment_ids").and_then(Value::as_array);
    let ids: Option<Vec<u64>> = ids.and_then(|ids| ids.iter().map(Value::as_u64).collect());
    let environments = ids.ok_or_else(|| invalid("For 'properties/environment_ids', the value is not an array of integers."))?;
    let comment =
        body.get("comment").and_then(Value::as_str).ok_or_else(|| invalid("For 'properties/comment', the value is not a string."))?;
    let by = world.github.viewer.clone();
    let verdict = Verdict { environments, approved, comment: comment.into(), by };
    let deployments = world.review(place, run, &verdict).map_err(|sentence| Refusal {
        status: 422,
        message: sentence.clone(),
        errors: vec![sentence],
    })?;
    let facts = Facts::default();
    let now = world.now;
    let cx = Cx { world, facts: &facts, needs: std::cell::RefCell::default(), base: request.base.clone(), now };
    let repository = cx.repository(place)?;
    let made = deployments.iter().filter_map(|&made| repository.deployments.get(made)).map(|made| deployment(&cx, repository, made));
    Ok(Reply::json(Value::Array(made.collect())))
}

fn dispatch(world: &mut World, request: &Request<'_>, place: usize, named: &str) -> Answered {
    let body = body(request)?;
    let reference = body.get("ref").and_then(Value::as_str).ok_or_else(|| invalid("\"ref\" wasn't supplied."))?;
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let inputs: BTreeMap<String, String> = body
        .get("inputs")
        .and_then(Value::as_object)
        .map(|inputs| inputs.iter().map(|(name, value)| (name.clone(), word(value))).collect())
        .unwrap_or_default();
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    let workflow = workflow_named(repository, named).ok_or_else(Refusal::not_found)?;
    let run = world.dispatch(place, &workflow.path, reference, &inputs).map_err(|sentence| Refusal::new(422, sentence))?;
    if body.get("return_run_details").and_then(Value::as_bool) != Some(true) {
        return Ok(Reply::Empty(204));
    }
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    let run = repository.runs.get(run).ok_or_else(Refusal::not_found)?;
    let link = format!("{}/actions/runs/{}", url(&request.base, repository), run.id);
    let reply = json!({ "workflow_run_id": run.id, "run_url": link, "html_url": run_web(repository, run) });
    Ok(Reply::json(reply))
}
