//! The operations that change something: which there are, and those about
//! runs: reviews, dispatches, cancelling, starting anew, deleting.
//!
//! Owns the reading of their bodies and who may call them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::git::ask::{Facts, Question};
use super::super::repository::Permission;
use super::super::review::Verdict;
use super::super::start::Again;
use super::actions::workflow_named;
use super::deployments::deployment;
use super::objects::{run_web, url};
use super::runs::find;
use super::{Answered, Cx, Refusal, Reply, Request, Route, merge, refs, releases};
use crate::world::World;

/// Answers what changes something in a repository.
///
/// # Errors
///
/// What git has to be asked first; then nothing has changed.
pub fn answer(
    world: &mut World,
    facts: &Facts,
    request: &Request<'_>,
    route: &Route,
    place: usize,
    rest: &[String],
) -> Result<Answered, Vec<Question>> {
    let first = rest.first().map_or("", String::as_str);
    if let Err(refusal) = may_write(world, place) {
        return Ok(Err(refusal));
    }
    let path = route.path.strip_prefix("/repos/{owner}/{repo}").unwrap_or_default();
    Ok(match (request.method, path) {
        ("PUT", "/pulls/{pull_number}/merge") => return merge::answer(world, facts, request, place, first),
        ("POST", "/git/refs") => refs::make(world, request, place),
        ("POST", "/releases") => releases::make(world, request, place),
        ("POST", "/actions/workflows/{workflow_id}/dispatches") => dispatch(world, request, place, first),
        (method, path) => of_run(world, request, place, first, (method, path)),
    })
}

/// Why the viewer can change nothing in a repository, if that is so.
///
/// # Errors
///
/// GitHub's refusal.
pub fn may_write(world: &World, place: usize) -> Result<(), Refusal> {
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    if repository.permission < Permission::Write {
        return Err(Refusal::new(403, "Must have admin rights to Repository."));
    }
    if repository.archived {
        return Err(Refusal::new(403, "Repository was archived so is read-only."));
    }
    Ok(())
}

fn of_run(world: &mut World, request: &Request<'_>, place: usize, id: &str, operation: (&str, &str)) -> Answered {
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    let (run, found) = find(repository, id)?;
    match operation {
        ("POST", "/actions/runs/{run_id}/pending_deployments") => review(world, request, place, run),
        ("POST", "/actions/runs/{run_id}/rerun-failed-jobs") => again(world, place, run, Again::Failed),
        ("POST", "/actions/runs/{run_id}/rerun") => again(world, place, run, Again::All),
        // What is forced here differs in nothing: no job has steps that go on in spite of being cancelled.
        ("POST", "/actions/runs/{run_id}/cancel" | "/actions/runs/{run_id}/force-cancel") => {
            if found.done() {
                return Err(Refusal::new(409, "Cannot cancel a workflow run that is completed."));
            }
            world.cancel_run(place, run);
            Ok(Reply::Json(202, json!({}), None))
        }
        ("DELETE", "/actions/runs/{run_id}") => {
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

fn again(world: &mut World, place: usize, run: usize, which: Again) -> Answered {
    let by = world.github.viewer.clone();
    world.rerun(place, run, which, &by).map_err(|sentence| Refusal::new(403, sentence))?;
    Ok(Reply::Json(201, json!({}), None))
}

/// The body, as JSON.
///
/// # Errors
///
/// When it is none.
pub fn body(request: &Request<'_>) -> Result<Value, Refusal> {
    serde_json::from_slice(request.body).map_err(|_| Refusal::new(400, "Problems parsing JSON"))
}

/// A member of a body that has to be a text.
///
/// # Errors
///
/// When it is missing or something else.
pub fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let value = body.get(name).ok_or_else(|| invalid(&format!("{name:?} wasn't supplied.")))?;
    value.as_str().ok_or_else(|| invalid(&format!("For 'properties/{name}', {value} is not a string.")))
}

/// A member of a body that is yes or no; no where it is missing.
///
/// # Errors
///
/// When it is something else.
pub fn flag(body: &Value, name: &str) -> Result<bool, Refusal> {
    let value = body.get(name).unwrap_or(&Value::Bool(false));
    value.as_bool().ok_or_else(|| invalid(&format!("For 'properties/{name}', {value} is not a boolean.")))
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
        errors: vec![Value::String(sentence)],
    })?;
    let facts = Facts::default();
    let cx = Cx::new(world, &facts, request);
    let repository = cx.repository(place)?;
    let made = deployments.iter().filter_map(|&made| repository.deployments.get(made)).map(|made| deployment(&cx, repository, made));
    Ok(Reply::json(Value::Array(made.collect())))
}

fn dispatch(world: &mut World, request: &Request<'_>, place: usize, named: &str) -> Answered {
    let body = body(request)?;
    let reference = text(&body, "ref")?;
    if world.github.older && body.get("return_run_details").is_some() {
        return Err(invalid("\"return_run_details\" is not a permitted key."));
    }
    let details = flag(&body, "return_run_details")?;
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
    if !details {
        return Ok(Reply::Empty(204));
    }
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    let run = repository.runs.get(run).ok_or_else(Refusal::not_found)?;
    let link = format!("{}/actions/runs/{}", url(&request.base, repository), run.id);
    let reply = json!({ "workflow_run_id": run.id, "run_url": link, "html_url": run_web(repository, run) });
    Ok(Reply::json(reply))
}
