//! GitHub's REST API, version 2022-11-28: from a path to JSON.
//!
//! Owns the routes and the words of refusals. Never touches HTTP nor git: what
//! only git knows is noted as needed ([`Cx::fact`]), and the request answered
//! once more when it is there.

pub mod actions;
pub mod checks;
pub mod commits;
pub mod contents;
pub mod deployments;
pub mod issues;
pub mod merge;
pub mod mine;
pub mod objects;
pub mod page;
pub mod pulls;
pub mod refs;
pub mod releases;
pub mod rules;
pub mod runs;
pub mod statuses;
pub mod writes;

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value, json};

use super::git::ask::{Fact, Facts, Question};
use super::repository::Repository;
use crate::moment::Moment;
use crate::wire::query::Params;
use crate::world::World;

/// A request, read.
#[derive(Debug)]
pub struct Request<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// The parts of the path, decoded.
    pub parts: Vec<String>,
    /// The query.
    pub params: Params,
    /// `Accept`.
    pub accept: &'a str,
    /// The body.
    pub body: &'a [u8],
    /// What addresses begin with: `http://127.0.0.1:PORT`.
    pub base: String,
    /// The path and query as they came, for `Link`.
    pub path: &'a str,
}

/// What an operation answers.
#[derive(Debug)]
pub enum Reply {
    /// A status and a document, and what `Link` says.
    Json(u16, Value, Option<String>),
    /// Plain text of a media type.
    Text(&'static str, String),
    /// Elsewhere, with a status.
    Elsewhere(u16, String),
    /// Nothing.
    Empty(u16),
}

impl Reply {
    /// A document.
    #[must_use]
    pub const fn json(value: Value) -> Self {
        Self::Json(200, value, None)
    }
}

/// Why an operation is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// `message`.
    pub message: String,
    /// `errors`, where there are any: sentences, or objects with a code.
    pub errors: Vec<Value>,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new() }
    }

    /// There is no such thing, or none that the viewer may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    /// A body whose members make no sense, with what is wrong about one of them.
    #[must_use]
    pub fn failed(resource: &str, field: &str, code: &str) -> Self {
        let error = json!({ "resource": resource, "field": field, "code": code });
        Self { status: 422, message: String::from("Validation Failed"), errors: vec![error] }
    }

    /// The document.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "message": self.message,
            "documentation_url": "https://docs.github.com/rest",
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty()
            && let Some(fields) = body.as_object_mut()
        {
            fields.insert(String::from("errors"), json!(self.errors));
        }
        body
    }
}

/// What an operation makes of a request.
pub type Answered = Result<Reply, Refusal>;

/// Everything an operation sees.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The world.
    pub world: &'a World,
    /// What git said so far.
    pub facts: &'a Facts,
    /// What git has to be asked before this can be answered.
    pub needs: RefCell<Vec<Question>>,
    /// What addresses begin with.
    pub base: String,
    /// Now.
    pub now: Moment,
}

impl<'a> Cx<'a> {
    /// What an operation sees of the world now.
    #[must_use]
    pub fn new(world: &'a World, facts: &'a Facts, request: &Request<'_>) -> Self {
        Self { world, facts, needs: RefCell::default(), base: request.base.clone(), now: world.now }
    }

    /// What git says; `None` notes that it has to be asked first.
    #[must_use]
    pub fn fact(&self, question: Question) -> Option<Arc<Fact>> {
        let found = self.facts.get(&question);
        if found.is_none() {
            self.needs.borrow_mut().push(question);
        }
        found
    }

    /// The repository at a place.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn repository(&self, place: usize) -> Result<&Repository, Refusal> {
        self.world.github.repositories.get(place).ok_or_else(Refusal::not_found)
    }
}

/// A route: its method, its path in the API description, and what it is.
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path. A part in braces stands for one part; `{ref}`, `{branch}`,
    /// `{basehead}` and `{path}` for as many as there are.
    pub path: &'static str,
}

/// Every operation that is simulated.
pub const ROUTES: [Route; 46] = [
    Route { method: "GET", path: "/user" },
    Route { method: "GET", path: "/user/repos" },
    Route { method: "GET", path: "/rate_limit" },
    Route { method: "GET", path: "/repos/{owner}/{repo}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/branches/{branch}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits/{commit_sha}/pulls" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref}/check-runs" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref}/status" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref}/statuses" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/commits/{ref}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/compare/{basehead}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/contents/{path}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/git/ref/{ref}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/git/matching-refs/{ref}" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/git/refs" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/tags" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/releases" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/releases/latest" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/releases" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/issues" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/issues/{issue_number}/comments" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/pulls" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/pulls/{pull_number}/files" },
    Route { method: "PUT", path: "/repos/{owner}/{repo}/pulls/{pull_number}/merge" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/runs" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/runs/{run_id}" },
    Route { method: "DELETE", path: "/repos/{owner}/{repo}/actions/runs/{run_id}" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/approvals" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/workflows" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs" },
    Route { method: "POST", path: "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/deployments" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/deployments/{deployment_id}/statuses" },
    Route { method: "GET", path: "/repos/{owner}/{repo}/rules/branches/{branch}" },
    Route { method: "POST", path: "/graphql" },
];

/// The route of a path, and what its braces stand for.
#[must_use]
pub fn route(method: &str, parts: &[String]) -> Option<(&'static Route, Vec<String>)> {
    ROUTES.iter().filter(|route| route.method == method).find_map(|route| {
        let pattern: Vec<&str> = route.path.split('/').skip(1).collect();
        Some((route, fit(&pattern, parts)?))
    })
}

fn fit(pattern: &[&str], parts: &[String]) -> Option<Vec<String>> {
    match (pattern, parts) {
        ([], []) => Some(Vec::new()),
        ([wide @ ("{ref}" | "{branch}" | "{basehead}" | "{path}"), rest @ ..], _) => {
            let least = usize::from(*wide != "{path}");
            let taken = parts.len().checked_sub(rest.len()).filter(|&taken| taken >= least)?;
            let (mine, after) = parts.split_at(taken);
            let mut found = vec![mine.join("/")];
            found.extend(fit(rest, after)?);
            Some(found)
        }
        ([name, rest @ ..], [part, after @ ..]) if name.starts_with('{') => {
            let mut found = vec![part.clone()];
            found.extend(fit(rest, after)?);
            Some(found)
        }
        ([word, rest @ ..], [part, after @ ..]) if word == part => fit(rest, after),
        _ => None,
    }
}

/// Answers a `GET` about a repository; the viewer and limits are elsewhere.
///
/// # Errors
///
/// What GitHub refuses it with.
pub fn read(cx: &Cx<'_>, request: &Request<'_>, route: &Route, place: usize, rest: &[String]) -> Answered {
    let first = rest.first().map_or("", String::as_str);
    let path = route.path.strip_prefix("/repos/{owner}/{repo}").unwrap_or_default();
    match path {
        "" => Ok(Reply::json(objects::full_repository(cx, cx.repository(place)?))),
        "/branches/{branch}" => commits::branch(cx, place, first),
        "/commits" => commits::list(cx, request, place),
        "/commits/{commit_sha}/pulls" => pulls::of_commit(cx, request, place, first),
        "/commits/{ref}/check-runs" => checks::runs(cx, request, place, first),
        "/commits/{ref}/status" => statuses::combined(cx, place, first),
        "/commits/{ref}/statuses" => statuses::list(cx, request, place, first),
        "/commits/{ref}" => commits::one(cx, request, place, first),
        "/compare/{basehead}" => commits::compare(cx, request, place, first),
        "/contents/{path}" => contents::answer(cx, request, place, first),
        "/git/ref/{ref}" => refs::one(cx, place, first),
        "/git/matching-refs/{ref}" => refs::matching(cx, place, first),
        "/tags" => refs::tags(cx, request, place),
        "/releases" => releases::list(cx, request, place),
        "/releases/latest" => releases::latest(cx, place),
        "/issues" => issues::list(cx, request, place),
        "/issues/{issue_number}/comments" => issues::comments(cx, request, place, first),
        "/pulls" => pulls::list(cx, request, place),
        "/pulls/{pull_number}" => pulls::one(cx, place, first),
        "/pulls/{pull_number}/files" => pulls::files(cx, request, place, first),
        "/actions/runs" => runs::list(cx, request, place, None),
        "/actions/runs/{run_id}" => runs::one(cx, place, first),
        "/actions/runs/{run_id}/jobs" => actions::jobs(cx, request, place, first),
        "/actions/runs/{run_id}/approvals" => actions::approvals(cx, place, first),
        "/actions/runs/{run_id}/pending_deployments" => actions::pending(cx, place, first),
        "/actions/jobs/{job_id}/logs" => actions::logs(cx, place, first),
        "/actions/workflows" => actions::workflows(cx, request, place),
        "/actions/workflows/{workflow_id}/runs" => runs::of_workflow(cx, request, place, first),
        "/deployments" => deployments::list(cx, request, place),
        "/deployments/{deployment_id}/statuses" => deployments::statuses(cx, request, place, first),
        "/rules/branches/{branch}" => rules::of_branch(cx, place, first),
        "/branches/{branch}/protection/required_status_checks" => rules::protection(cx, place, first),
        _ => Err(Refusal::not_found()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::literal_string_with_formatting_args, reason = "the braces are the API description's")]
    fn paths_find_their_routes() {
        for (path, expected, last) in [
            ("repos/o/r/commits/fix/a/pulls", "/repos/{owner}/{repo}/commits/{ref}", "fix/a/pulls"),
            ("repos/o/r/commits/abc/pulls", "/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "abc"),
            ("repos/o/r/commits/fix/a/statuses", "/repos/{owner}/{repo}/commits/{ref}/statuses", "fix/a"),
            ("repos/o/r/git/ref/heads/fix/a", "/repos/{owner}/{repo}/git/ref/{ref}", "heads/fix/a"),
            (
                "repos/o/r/branches/fix/a/protection/required_status_checks",
                "/repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks",
                "fix/a",
            ),
            ("repos/o/r/commits/fix/a/status", "/repos/{owner}/{repo}/commits/{ref}/status", "fix/a"),
            ("repos/o/r/contents", "/repos/{owner}/{repo}/contents/{path}", ""),
            ("repos/o/r/contents/a/b.py", "/repos/{owner}/{repo}/contents/{path}", "a/b.py"),
            ("repos/o/r/compare/a...b/c", "/repos/{owner}/{repo}/compare/{basehead}", "a...b/c"),
        ] {
            let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
            let (route, found) = route("GET", &parts).unwrap();
            assert_eq!((route.path, found.last().map(String::as_str)), (expected, Some(last)), "{path}");
        }
        assert!(route("PUT", &[String::from("user")]).is_none());
    }
}
