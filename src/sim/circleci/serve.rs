//! Where a request of CircleCI's API v2 is understood and answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Pipeline, Project, Workflow};
use crate::calls::Call;
use crate::desk::{Answer, Asked, Delivery, Desk, State};
use crate::faults::{Hit, Hits, Spoil, Target};
use crate::moment::Moment;
use crate::wire::query::Params;

const JSON: &str = "application/json";
/// Where the API begins.
const BASE: &str = "/api/v2/";
/// How many of a list one answer holds.
const PAGE: usize = 20;

/// A call that is known.
#[derive(Clone, Debug)]
enum Route {
    Me,
    Pipelines(String),
    Workflows(String),
    Workflow(String),
    Rerun(String),
    Unknown,
}

/// What is said: a status and a document.
type Answered = Result<(u16, Value), (u16, &'static str)>;

/// Whether a path is CircleCI's.
#[must_use]
pub fn is_ours(path: &str) -> bool {
    path.starts_with(BASE)
}

/// Answers a request. A bug in it becomes an answer, not the end of the server.
pub fn answer(desk: &Desk, asked: &Asked<'_>) -> Answer {
    let now = desk.now();
    let answered = catch_unwind(AssertUnwindSafe(|| {
        let mut state = desk.state();
        state.world.advance_to(now);
        state.circleci(asked, now)
    }));
    answered.unwrap_or_else(|_| {
        let sentence = "The simulated cloud failed to answer; this is a bug in it.";
        Answer::new(500, JSON, json!({ "message": sentence }).to_string())
    })
}

/// The call that a method and a path are, and its name in the record.
#[expect(clippy::literal_string_with_formatting_args, reason = "paths as the documentation of the API writes them")]
fn route(method: &str, path: &str) -> (Route, String) {
    let parts: Vec<String> = path
        .trim_start_matches(BASE)
        .trim_matches('/')
        .split('/')
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (route, known) = match (method, words.as_slice()) {
        ("GET", ["me"]) => (Route::Me, "/me"),
        ("GET", ["project", vcs, owner, name, "pipeline"]) => {
            (Route::Pipelines(format!("{vcs}/{owner}/{name}")), "/project/{slug}/pipeline")
        }
        ("GET", ["pipeline", id, "workflow"]) => (Route::Workflows((*id).to_owned()), "/pipeline/{id}/workflow"),
        ("GET", ["workflow", id]) => (Route::Workflow((*id).to_owned()), "/workflow/{id}"),
        ("POST", ["workflow", id, "rerun"]) => (Route::Rerun((*id).to_owned()), "/workflow/{id}/rerun"),
        _ => (Route::Unknown, path),
    };
    (route, format!("{method} {known}").chars().take(128).collect())
}

impl State {
    fn circleci(&mut self, asked: &Asked<'_>, now: Moment) -> Answer {
        let (route, operation) = route(asked.method, asked.path);
        let hits = self.world.faults.meet(&Target { service: "circleci", operation: &operation, region: "", account: "" });
        let seq = self.calls.enter(Call {
            seq: 0,
            at: now.rfc3339(),
            service: String::from("circleci"),
            operation,
            region: None,
            account: None,
            caller: None,
            write: asked.method != "GET",
            status: None,
            fault: hits.word(),
        });
        let answered = self.circleci_refusal(asked, &route, hits).map_or_else(|| self.circleci_run(asked, &route), Err);
        let (status, body) = answered.unwrap_or_else(|(status, message)| (status, json!({ "message": message })));
        let mut answer = Answer::new(status, JSON, body.to_string());
        deliver(&mut answer, hits);
        if matches!(answer.delivery, Delivery::Whole | Delivery::Cut(_)) {
            self.calls.answered(seq, answer.status);
        }
        answer
    }

    /// Why a request gets no further, if it does not.
    fn circleci_refusal(&mut self, asked: &Asked<'_>, route: &Route, hits: Hits) -> Option<(u16, &'static str)> {
        let circleci = &self.world.circleci;
        if circleci.token.is_empty() || asked.circle_token != Some(circleci.token.as_str()) {
            return Some((401, "You must log in first."));
        }
        if let Some(hit) = hits.other.filter(|hit| !hit.kind.takes_effect()) {
            return Some(spoilt(hit));
        }
        if self.read_only && matches!(route, Route::Rerun(_)) {
            self.refused += 1;
            return Some((403, "The simulated cloud is read-only."));
        }
        None
    }

    fn circleci_run(&mut self, asked: &Asked<'_>, route: &Route) -> Answered {
        let params = Params::read(asked.query, b"");
        match route {
            Route::Me => Ok((200, json!({ "id": self.world.circleci.viewer, "login": "operator", "name": "Operator" }))),
            Route::Pipelines(slug) => self.pipelines(slug, &params),
            Route::Workflows(id) => {
                let (project, pipeline) = self.world.circleci.pipeline(id).ok_or((404, "Pipeline not found"))?;
                let each: Vec<Value> = pipeline.workflows.iter().rev().map(|workflow| self.workflow(project, pipeline, workflow)).collect();
                page(each, &params)
            }
            Route::Workflow(id) => {
                let circleci = &self.world.circleci;
                let place = circleci.find(id).and_then(|(project, pipeline, place)| {
                    let project = circleci.projects.get(project)?;
                    let pipeline = project.pipelines.get(pipeline)?;
                    Some((project, pipeline, pipeline.workflows.get(place)?))
                });
                let (project, pipeline, workflow) = place.ok_or((404, "Workflow not found"))?;
                Ok((200, self.workflow(project, pipeline, workflow)))
            }
            Route::Rerun(id) => self.rerun(id, asked.body),
            Route::Unknown => Err((404, "Not Found")),
        }
    }

    /// The pipelines of a project, the newest first; of one branch, where one is named.
    fn pipelines(&self, slug: &str, params: &Params) -> Answered {
        let known = self.world.circleci.projects.iter().find(|project| *project.slug == *slug);
        let project = known.ok_or((404, "Project not found"))?;
        let branch = params.get("branch");
        let fits = |pipeline: &&Pipeline| branch.is_none_or(|branch| pipeline.branch.as_deref() == Some(branch));
        page(project.pipelines.iter().rev().filter(fits).map(|pipeline| pipeline_json(project, pipeline)).collect(), params)
    }

    fn workflow(&self, project: &Project, pipeline: &Pipeline, workflow: &Workflow) -> Value {
        let (status, stopped) = workflow.status(&self.world.compute, self.world.now);
        json!({
            "id": workflow.id,
            "name": workflow.name,
            "project_slug": project.slug,
            "pipeline_id": pipeline.id,
            "pipeline_number": pipeline.number,
            "status": status,
            "started_by": workflow.by,
            "created_at": workflow.created.rfc3339(),
            "stopped_at": stopped.map(Moment::rfc3339),
            "tag": null,
        })
    }

    fn rerun(&mut self, id: &str, body: &[u8]) -> Answered {
        let place = self.world.circleci.find(id).ok_or((404, "Workflow not found"))?;
        let wanted: Value = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).map_err(|_| (400, "Malformed JSON"))? };
        let from_failed = wanted.get("from_failed").and_then(Value::as_bool).unwrap_or(false);
        let (project, pipeline, index) = place;
        let of = self.world.circleci.projects.get(project).and_then(|project| project.pipelines.get(pipeline));
        let status = of.and_then(|of| of.workflows.get(index)).map(|workflow| workflow.status(&self.world.compute, self.world.now).0);
        if from_failed && status != Some("failed") {
            return Err((400, "Workflow is not failed: it cannot be rerun from failed."));
        }
        let id = self.world.rerun_workflow(place).ok_or((404, "Workflow not found"))?;
        Ok((202, json!({ "workflow_id": id })))
    }
}

fn pipeline_json(project: &Project, pipeline: &Pipeline) -> Value {
    let mut vcs = json!({ "provider_name": "GitHub", "revision": pipeline.revision });
    for (key, value) in [("branch", &pipeline.branch), ("tag", &pipeline.tag)] {
        if let (Some(value), Some(vcs)) = (value, vcs.as_object_mut()) {
            vcs.insert(key.to_owned(), json!(value));
        }
    }
    json!({
        "id": pipeline.id,
        "number": pipeline.number,
        "project_slug": project.slug,
        "state": "created",
        "errors": [],
        "created_at": pipeline.created.rfc3339(),
        "updated_at": pipeline.created.rfc3339(),
        "trigger": { "type": "webhook", "received_at": pipeline.created.rfc3339(), "actor": { "login": "operator", "avatar_url": null } },
        "vcs": vcs,
    })
}

/// One page of a list. A token is the number of what it begins with.
fn page(each: Vec<Value>, params: &Params) -> Answered {
    let from: usize = match params.get("page-token").map(str::parse) {
        None => 0,
        Some(Ok(from)) => from,
        Some(Err(_)) => return Err((400, "Invalid page-token")),
    };
    let next = (each.len() > from + PAGE).then(|| (from + PAGE).to_string());
    let items: Vec<Value> = each.into_iter().skip(from).take(PAGE).collect();
    Ok((200, json!({ "items": items, "next_page_token": next })))
}

/// What a fault that was asked for says.
fn spoilt(hit: Hit) -> (u16, &'static str) {
    match hit.kind {
        Spoil::Throttle => (429, "Rate limit exceeded."),
        Spoil::Denied => (403, "Permission denied"),
        Spoil::Expired => (401, "You must log in first."),
        Spoil::Status => (u16::try_from(hit.value).unwrap_or(500), "Server Error"),
        Spoil::Latency | Spoil::Reset | Spoil::Truncate | Spoil::Garbage | Spoil::Unreachable | Spoil::LostAnswer => (500, "Server Error"),
    }
}

/// Lets an answer leave badly, where a fault says so.
fn deliver(answer: &mut Answer, hits: Hits) {
    answer.delay = Duration::from_millis(hits.latency);
    let Some(hit) = hits.other else { return };
    match hit.kind {
        Spoil::Reset | Spoil::LostAnswer => answer.delivery = Delivery::Reset,
        Spoil::Unreachable => answer.delivery = Delivery::Never,
        Spoil::Truncate => answer.delivery = Delivery::Cut(usize::try_from(hit.value).unwrap_or(usize::MAX)),
        Spoil::Garbage => {
            answer.status = 200;
            answer.body = String::from("\u{fffd}\u{1}{\"items\": <h1>, }]\u{0}\u{7f}");
        }
        Spoil::Throttle => answer.headers.push(("retry-after", String::from("7"))),
        Spoil::Latency | Spoil::Status | Spoil::Denied | Spoil::Expired => {}
    }
}
