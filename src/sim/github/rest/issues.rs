//! Issues, and the comments on them and on pull requests.
//!
//! A pull request is an issue too: lists hold both, and tell them apart by
//! `pull_request`.

use serde_json::{Value, json};

use super::super::issue::{Comment, Issue};
use super::super::node_id;
use super::super::repository::{Pull, Repository};
use super::objects::{ghost, time, url, user, web};
use super::page::{Page, encode};
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::chance::{hash, mix};
use crate::moment::Moment;

fn label(cx: &Cx<'_>, repository: &Repository, name: &str) -> Value {
    let id = 300_000_000 + mix(repository.id, hash(name)) % 900_000_000;
    json!({
        "id": id, "node_id": node_id("LA", id), "url": format!("{}/labels/{}", url(&cx.base, repository), encode(name)),
        "name": name, "color": "b60205", "default": false, "description": null,
    })
}

/// The issue of a repository, or the pull request as one.
enum Entry<'a> {
    Issue(&'a Issue),
    Pull(&'a Pull),
}

impl Entry<'_> {
    fn opened(&self) -> Moment {
        match self {
            Self::Issue(issue) => issue.opened,
            Self::Pull(pull) => pull.opened,
        }
    }

    fn number(&self) -> u64 {
        match self {
            Self::Issue(issue) => issue.number,
            Self::Pull(pull) => pull.number,
        }
    }

    fn closed(&self, now: Moment) -> Option<Moment> {
        match self {
            Self::Issue(issue) => issue.closed.filter(|closed| *closed <= now),
            Self::Pull(pull) => pull.merged.as_ref().map(|merged| merged.at),
        }
    }

    fn comments(&self, now: Moment) -> Vec<&Comment> {
        let all = match self {
            Self::Issue(issue) => &issue.comments,
            Self::Pull(pull) => &pull.comments,
        };
        all.iter().filter(|comment| comment.at <= now).collect()
    }

    fn has(&self, label: &str) -> bool {
        match self {
            Self::Issue(issue) => issue.labels.iter().any(|known| known.eq_ignore_ascii_case(label)),
            Self::Pull(_) => false,
        }
    }

    fn updated(&self, now: Moment) -> Moment {
        let said = self.comments(now).into_iter().map(|comment| comment.at);
        said.chain(self.closed(now)).fold(self.opened(), Moment::max)
    }
}

fn entries(repository: &Repository, now: Moment) -> Vec<Entry<'_>> {
    let issues = repository.issues.iter().map(Entry::Issue);
    let all = issues.chain(repository.pulls.iter().map(Entry::Pull));
    all.filter(|entry| entry.opened() <= now).collect()
}

/// `GET …/issues`, newest first.
///
/// # Errors
///
/// When the repository is gone.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let params = &request.params;
    let state = params.get("state").unwrap_or("open");
    let labels: Vec<&str> = params.get("labels").unwrap_or("").split(',').map(str::trim).filter(|label| !label.is_empty()).collect();
    let since = params.get("since").and_then(Moment::parse);
    let wanted = |entry: &Entry<'_>| {
        (state == "all" || (state == "closed") == entry.closed(cx.now).is_some())
            && labels.iter().all(|label| entry.has(label))
            && since.is_none_or(|since| entry.updated(cx.now) >= since)
    };
    let mut found: Vec<Entry<'_>> = entries(repository, cx.now).into_iter().filter(wanted).collect();
    found.sort_by_key(|entry| {
        let at = match params.get("sort") {
            Some("updated") => entry.updated(cx.now),
            _ => entry.opened(),
        };
        (at, entry.number())
    });
    if params.get("direction") != Some("asc") {
        found.reverse();
    }
    let rows: Vec<Value> = found.iter().map(|entry| issue(cx, repository, entry)).collect();
    let page = Page::read(params, 30);
    Ok(Reply::Json(200, Value::Array(page.cut(&rows)), page.link(request, repository.id, rows.len())))
}

fn issue(cx: &Cx<'_>, repository: &Repository, entry: &Entry<'_>) -> Value {
    let (url, web, number) = (url(&cx.base, repository), web(repository), entry.number());
    let own = format!("{url}/issues/{number}");
    let (title, body, author, labels) = match entry {
        Entry::Issue(issue) => (&issue.title, &issue.body, &issue.author, issue.labels.as_slice()),
        Entry::Pull(pull) => (&pull.title, &pull.body, &pull.author, &[][..]),
    };
    let closed = entry.closed(cx.now);
    let page = if matches!(entry, Entry::Pull(_)) { "pull" } else { "issues" };
    let id = repository.id * 1_000 + number;
    let mut value = json!({
        "id": id, "node_id": node_id("I", id), "url": own, "repository_url": url,
        "labels_url": format!("{own}/labels{{/name}}"), "comments_url": format!("{own}/comments"), "events_url": format!("{own}/events"),
        "html_url": format!("{web}/{page}/{number}"),
        "number": number,
        "state": if closed.is_some() { "closed" } else { "open" },
        "state_reason": closed.map(|_| "completed"),
        "title": &**title,
        "body": body.as_deref(),
        "user": author.as_ref().map_or_else(|| ghost(&cx.base), |login| user(&cx.base, login)),
        "labels": labels.iter().map(|name| label(cx, repository, name)).collect::<Vec<_>>(),
        "assignee": null, "assignees": [], "milestone": null,
        "locked": false, "active_lock_reason": null,
        "comments": entry.comments(cx.now).len(),
        "created_at": time(entry.opened()),
        "updated_at": time(entry.updated(cx.now)),
        "closed_at": closed.map(time),
        "author_association": "MEMBER",
    });
    if let (Entry::Pull(pull), Some(members)) = (entry, value.as_object_mut()) {
        let merged = pull.merged.as_ref().map(|merged| time(merged.at));
        let addresses = json!({
            "url": format!("{url}/pulls/{number}"), "html_url": format!("{web}/pull/{number}"),
            "diff_url": format!("{web}/pull/{number}.diff"), "patch_url": format!("{web}/pull/{number}.patch"), "merged_at": merged,
        });
        members.insert(String::from("pull_request"), addresses);
        members.insert(String::from("draft"), json!(pull.draft));
    }
    value
}

/// `GET …/issues/{issue_number}/comments`, oldest first.
///
/// # Errors
///
/// When there is neither an issue nor a pull request of that number.
pub fn comments(cx: &Cx<'_>, request: &Request<'_>, place: usize, number: &str) -> Answered {
    let repository = cx.repository(place)?;
    let number: u64 = number.parse().map_err(|_| Refusal::not_found())?;
    let entry = entries(repository, cx.now).into_iter().find(|entry| entry.number() == number).ok_or_else(Refusal::not_found)?;
    let since = request.params.get("since").and_then(Moment::parse);
    let found: Vec<&Comment> = entry.comments(cx.now).into_iter().filter(|comment| since.is_none_or(|since| comment.at >= since)).collect();
    let (url, web) = (url(&cx.base, repository), web(repository));
    let page = Page::read(&request.params, 30);
    let rows = page.cut(&found).into_iter().map(|comment| {
        json!({
            "id": comment.id, "node_id": node_id("IC", comment.id),
            "url": format!("{url}/issues/comments/{}", comment.id),
            "html_url": format!("{web}/issues/{number}#issuecomment-{}", comment.id),
            "issue_url": format!("{url}/issues/{number}"),
            "user": comment.author.as_ref().map_or_else(|| ghost(&cx.base), |login| user(&cx.base, login)),
            "body": &*comment.body,
            "created_at": time(comment.at), "updated_at": time(comment.at),
            "author_association": "MEMBER",
        })
    });
    Ok(Reply::Json(200, Value::Array(rows.collect()), page.link(request, repository.id, found.len())))
}
