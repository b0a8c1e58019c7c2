//! Workflow runs.

use serde_json::{Value, json};

use super::super::git::history::Commit;
use super::super::node_id;
use super::super::repository::Repository;
use super::super::run::{Conclusion, Run};
use super::actions::workflow_named;
use super::objects::{minimal_repository, run_web, time, url, user};
use super::page::Page;
use super::pulls::minimal;
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::moment::Moment;

/// Filtered lists hold no more.
const MOST: usize = 1_000;

/// `GET …/actions/runs`, of all workflows or the one of a file.
///
/// # Errors
///
/// When the repository is gone.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize, path: Option<&str>) -> Answered {
    let repository = cx.repository(place)?;
    let params = &request.params;
    let filtered = ["status", "branch", "event", "head_sha", "created", "actor"].iter().any(|name| params.has(name));
    let is = |name: &str, value: &str| params.get(name).is_none_or(|wanted| wanted == value);
    let wanted = |run: &&Run| {
        let sha = repository.history.at(run.head).map_or("", |head| &*head.id);
        let state = params
            .get("status")
            .is_none_or(|wanted| wanted == run.status().word() || run.conclusion().is_some_and(|conclusion| wanted == conclusion.word()));
        !run.deleted
            && run.created <= cx.now
            && path.is_none_or(|path| *path == *run.path)
            && state
            && is("branch", &run.branch)
            && is("event", run.event.word())
            && is("actor", &run.actor)
            && is("head_sha", sha)
            && params.get("created").is_none_or(|range| within(range, run.created))
    };
    let mut runs: Vec<&Run> = repository.runs.iter().filter(wanted).collect();
    runs.sort_by_key(|run| std::cmp::Reverse((run.created, run.id)));
    if filtered {
        runs.truncate(MOST);
    }
    let page = Page::read(params, 30);
    let items: Vec<Value> = page.cut(&runs).into_iter().map(|item| run(cx, repository, item)).collect();
    let link = page.link(request, repository.id, runs.len());
    Ok(Reply::Json(200, json!({ "total_count": runs.len(), "workflow_runs": items }), link))
}

/// Whether a moment is in a range as GitHub's search writes it.
fn within(range: &str, at: Moment) -> bool {
    // A day stands for its beginning, and at the end of a range for its end.
    let read = |text: &str, end: bool| {
        let day = text.len() == 10;
        let moment = Moment::parse(&if day { format!("{text}T00:00:00Z") } else { text.to_owned() })?;
        Some(if day && end { moment.plus(crate::moment::DAY - 1) } else { moment })
    };
    let second = at.plus(-at.millis().rem_euclid(1_000));
    if let Some((from, to)) = range.split_once("..") {
        let from = from == "*" || read(from, false).is_some_and(|from| second >= from);
        return from && (to == "*" || read(to, true).is_some_and(|to| second <= to));
    }
    for (sign, fits) in [(">=", std::cmp::Ordering::is_ge as fn(std::cmp::Ordering) -> bool), ("<=", std::cmp::Ordering::is_le)] {
        if let Some(text) = range.strip_prefix(sign) {
            return read(text, sign == "<=").is_some_and(|bound| fits(second.cmp(&bound)));
        }
    }
    if let Some(text) = range.strip_prefix('>') {
        return read(text, true).is_some_and(|bound| second > bound);
    }
    if let Some(text) = range.strip_prefix('<') {
        return read(text, false).is_some_and(|bound| second < bound);
    }
    matches!((read(range, false), read(range, true)), (Some(from), Some(to)) if second >= from && second <= to)
}

/// `GET …/actions/workflows/{workflow_id}/runs`.
///
/// # Errors
///
/// When there is no such workflow.
pub fn of_workflow(cx: &Cx<'_>, request: &Request<'_>, place: usize, named: &str) -> Answered {
    let repository = cx.repository(place)?;
    let workflow = workflow_named(repository, named).ok_or_else(Refusal::not_found)?;
    list(cx, request, place, Some(&workflow.path))
}

/// The run of an id.
///
/// # Errors
///
/// When there is none.
pub fn find<'a>(repository: &'a Repository, id: &str) -> Result<(usize, &'a Run), Refusal> {
    let id: u64 = id.parse().map_err(|_| Refusal::not_found())?;
    let mut runs = repository.runs.iter().enumerate();
    runs.find(|(_, run)| run.id == id && !run.deleted).ok_or_else(Refusal::not_found)
}

/// `GET …/actions/runs/{run_id}`.
///
/// # Errors
///
/// When there is none.
pub fn one(cx: &Cx<'_>, place: usize, id: &str) -> Answered {
    let repository = cx.repository(place)?;
    let (_, found) = find(repository, id)?;
    Ok(Reply::json(run(cx, repository, found)))
}

fn head_commit(commit: &Commit) -> Value {
    let person = |name: &str, email: &str| json!({ "name": name, "email": email });
    json!({
        "id": &*commit.id,
        "tree_id": commit.tree_id(),
        "message": &*commit.message,
        "timestamp": time(commit.committer.at),
        "author": person(&commit.author.name, &commit.author.email),
        "committer": person(&commit.committer.name, &commit.committer.email),
    })
}

/// A run.
#[must_use]
pub fn run(cx: &Cx<'_>, repository: &Repository, run: &Run) -> Value {
    let (url, web) = (url(&cx.base, repository), run_web(repository, run));
    let own = format!("{url}/actions/runs/{}", run.id);
    let head = repository.history.at(run.head);
    let workflow = repository.workflow_id(&run.path);
    let suite = suite(run);
    let pulls: Vec<Value> = repository
        .pulls
        .iter()
        .filter(|pull| pull.opened <= cx.now && pull.merged.is_none() && pull.head == run.head)
        .map(|pull| minimal(cx, repository, pull))
        .collect();
    let title = match run.event {
        super::super::run::Event::Push => head.map_or("", Commit::subject),
        super::super::run::Event::Dispatch => &*run.name,
        super::super::run::Event::Release => &*run.branch,
    };
    let repository_value = minimal_repository(&cx.base, repository);
    json!({
        "id": run.id,
        "name": &*run.name,
        "node_id": node_id("WFR", run.id),
        "check_suite_id": suite,
        "check_suite_node_id": node_id("CS", suite),
        "head_branch": &*run.branch,
        "head_sha": head.map_or("", |head| &*head.id),
        "path": &*run.path,
        "display_title": title,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "referenced_workflows": [],
        "event": run.event.word(),
        "status": run.status().word(),
        "conclusion": run.conclusion().map(Conclusion::word),
        "workflow_id": workflow,
        "url": own,
        "html_url": web,
        "pull_requests": pulls,
        "created_at": time(run.created),
        "updated_at": time(run.updated),
        "actor": user(&cx.base, &run.actor),
        "triggering_actor": user(&cx.base, &run.triggering),
        "run_started_at": time(run.started),
        "jobs_url": format!("{own}/jobs"),
        "logs_url": format!("{own}/logs"),
        "check_suite_url": format!("{url}/check-suites/{suite}"),
        "artifacts_url": format!("{own}/artifacts"),
        "cancel_url": format!("{own}/cancel"),
        "rerun_url": format!("{own}/rerun"),
        "previous_attempt_url": (run.attempt > 1).then(|| format!("{own}/attempts/{}", run.attempt - 1)),
        "workflow_url": format!("{url}/actions/workflows/{workflow}"),
        "head_commit": head.map(head_commit),
        "repository": repository_value,
        "head_repository": repository_value,
    })
}

/// The id of the check suite of a run.
#[must_use]
pub const fn suite(run: &Run) -> u64 {
    run.id * 2 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_creation_are_read() {
        let at = Moment::parse("2026-11-20T10:00:00.500Z").unwrap();
        for (range, expected) in [
            (">=2026-11-20T10:00:00Z", true),
            (">2026-11-20T10:00:00Z", false),
            ("<2026-11-20", false),
            ("2026-11-20", true),
            ("2026-11-19..2026-11-20", true),
            ("*..2026-11-19", false),
            ("nonsense", false),
        ] {
            assert_eq!(within(range, at), expected, "{range}");
        }
    }
}
