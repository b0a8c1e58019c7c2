//! Pull requests.

use serde_json::{Value, json};

use super::super::git::ask::{Fact, Question};
use super::super::node_id;
use super::super::repository::{Pull, Repository};
use super::commits::file;
use super::merge::standing;
use super::objects::{ghost, repository as whole, time, url, user, web};
use super::page::Page;
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::environment::Name;

/// `GET …/pulls`.
///
/// # Errors
///
/// When the repository is gone.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let state = request.params.get("state").unwrap_or("open");
    let base = request.params.get("base");
    let head = request.params.get("head").map(|head| head.split_once(':').map_or(head, |(_, branch)| branch));
    let wanted = |pull: &&Pull| {
        pull.opened <= cx.now
            && (state == "all" || (state == "open") == pull.merged.is_none())
            && base.is_none_or(|base| *base == *repository.branch)
            && head.is_none_or(|head| *head == *pull.branch)
    };
    let mut pulls: Vec<&Pull> = repository.pulls.iter().filter(wanted).collect();
    let sort = request.params.get("sort").unwrap_or("created");
    pulls.sort_by_key(|pull| match sort {
        "updated" => (pull.merged.as_ref().map_or(pull.opened, |merged| merged.at), pull.number),
        _ => (pull.opened, pull.number),
    });
    // Only by creation the newest come first of themselves.
    let usual = if sort == "created" { "desc" } else { "asc" };
    if request.params.get("direction").unwrap_or(usual) != "asc" {
        pulls.reverse();
    }
    Ok(page(cx, request, repository, &pulls))
}

fn page(cx: &Cx<'_>, request: &Request<'_>, repository: &Repository, pulls: &[&Pull]) -> Reply {
    let page = Page::read(&request.params, 30);
    let items = page.cut(pulls).into_iter().map(|pull| simple(cx, repository, pull)).collect();
    Reply::Json(200, Value::Array(items), page.link(request, repository.id, pulls.len()))
}

/// `GET …/commits/{commit_sha}/pulls`: the merged one that brought a commit to
/// the default branch, else those that hold it.
///
/// # Errors
///
/// When there is no such commit.
pub fn of_commit(cx: &Cx<'_>, request: &Request<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let found = repository.resolve(text, cx.now).and_then(|found| repository.history.at(found));
    let found = found.ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {text}")))?;
    let pulls: Vec<&Pull> = found.pull.and_then(|number| repository.pull(number, cx.now)).into_iter().collect();
    Ok(page(cx, request, repository, &pulls))
}

/// `GET …/pulls/{pull_number}`.
///
/// # Errors
///
/// When there is none of that number.
pub fn one(cx: &Cx<'_>, place: usize, number: &str) -> Answered {
    let repository = cx.repository(place)?;
    let pull = find(cx, repository, number)?;
    let (files, standing) = (difference(cx, place, pull), standing(cx, place, pull));
    let (Some(files), Some(standing)) = (files, standing) else { return Ok(Reply::Empty(200)) };
    let mut value = simple(cx, repository, pull);
    let Some(members) = value.as_object_mut() else { return Err(Refusal::not_found()) };
    // Here an account that is gone is the ghost; in lists it is nobody.
    members.entry("user").and_modify(|user| {
        if user.is_null() {
            *user = ghost(&cx.base);
        }
    });
    let merged = pull.merged.as_ref();
    if let Some(trial) = &standing.trial {
        // GitHub tells it of open ones too: it does not mean that they are merged.
        members.insert(String::from("merge_commit_sha"), json!(&**trial));
    }
    let own = json!({
        "merged": merged.is_some(),
        "mergeable": standing.mergeable,
        "mergeable_state": standing.word,
        "merged_by": merged.map(|merged| user(&cx.base, &merged.by)),
        "rebaseable": null,
        "comments": pull.comments.iter().filter(|comment| comment.at <= cx.now).count(), "review_comments": 0, "maintainer_can_modify": false, "commits": 1,
        "additions": files.iter().map(|file| file.additions).sum::<u64>(),
        "deletions": files.iter().map(|file| file.deletions).sum::<u64>(),
        "changed_files": files.len(),
    });
    if let Value::Object(own) = own {
        members.extend(own);
    }
    Ok(Reply::json(value))
}

/// `GET …/pulls/{pull_number}/files`.
///
/// # Errors
///
/// When there is none of that number.
pub fn files(cx: &Cx<'_>, request: &Request<'_>, place: usize, number: &str) -> Answered {
    let repository = cx.repository(place)?;
    let pull = find(cx, repository, number)?;
    let Some(files) = difference(cx, place, pull) else { return Ok(Reply::Empty(200)) };
    let sha = repository.history.at(pull.head).map_or("", |head| &*head.id);
    let page = Page::read(&request.params, 30);
    let items = page.cut(&files).iter().map(|diff| file(cx, repository, sha, diff)).collect();
    Ok(Reply::Json(200, Value::Array(items), page.link(request, repository.id, files.len())))
}

fn find<'a>(cx: &Cx<'_>, repository: &'a Repository, number: &str) -> Result<&'a Pull, Refusal> {
    number.parse().ok().and_then(|number| repository.pull(number, cx.now)).ok_or_else(Refusal::not_found)
}

/// What a pull request changes.
#[must_use]
pub fn difference(cx: &Cx<'_>, place: usize, pull: &Pull) -> Option<Vec<super::super::git::diff::FileDiff>> {
    let history = &cx.world.github.repositories.get(place)?.history;
    let id = |place: usize| history.at(place).map(|commit| commit.id.clone());
    let question = Question::Diff(place, id(pull.base)?, id(pull.head)?);
    match &*cx.fact(question)? {
        Fact::Diff(files) => Some(files.clone()),
        Fact::Log(_) | Fact::Compare(_) | Fact::Merge(_) => None,
    }
}

/// A pull request inside a run or a check.
#[must_use]
pub fn minimal(cx: &Cx<'_>, repository: &Repository, pull: &Pull) -> Value {
    let url = url(&cx.base, repository);
    let id = |place: usize| repository.history.at(place).map_or("", |commit| &*commit.id).to_owned();
    let repo = json!({ "id": repository.id, "url": url, "name": &*repository.name });
    json!({
        "id": repository.id * 1_000 + pull.number, "number": pull.number, "url": format!("{url}/pulls/{}", pull.number),
        "head": { "ref": &*pull.branch, "sha": id(pull.head), "repo": repo },
        "base": { "ref": &*repository.branch, "sha": id(pull.base), "repo": repo },
    })
}

/// A pull request in a list.
#[must_use]
pub fn simple(cx: &Cx<'_>, repository: &Repository, pull: &Pull) -> Value {
    let (url, web, number) = (url(&cx.base, repository), web(repository), pull.number);
    let id = repository.id * 1_000 + number;
    let sha = |place: usize| repository.history.at(place).map_or("", |commit| &*commit.id).to_owned();
    let merged = pull.merged.as_ref();
    let author = pull.author.as_ref().map_or(Value::Null, |login| user(&cx.base, login));
    let end = |branch: &Name, place: usize| {
        json!({
            "label": format!("{}:{branch}", repository.owner),
            "ref": &**branch,
            "sha": sha(place),
            "user": user(&cx.base, &repository.owner),
            "repo": whole(&cx.base, repository),
        })
    };
    let (own, issue) = (format!("{url}/pulls/{number}"), format!("{url}/issues/{number}"));
    let statuses = format!("{url}/statuses/{}", sha(pull.head));
    let changed = merged.map_or(pull.opened, |merged| merged.at);
    json!({
        "url": own, "id": id, "node_id": node_id("PR", id),
        "html_url": format!("{web}/pull/{number}"), "diff_url": format!("{web}/pull/{number}.diff"),
        "patch_url": format!("{web}/pull/{number}.patch"), "issue_url": issue,
        "commits_url": format!("{own}/commits"), "review_comments_url": format!("{own}/comments"),
        "review_comment_url": format!("{url}/pulls/comments{{/number}}"), "comments_url": format!("{issue}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": if merged.is_some() { "closed" } else { "open" },
        "locked": false,
        "title": &*pull.title,
        "user": author,
        "body": pull.body.as_deref(),
        "labels": [], "milestone": null, "assignee": null, "assignees": [], "requested_reviewers": [], "requested_teams": [],
        "created_at": time(pull.opened),
        "updated_at": time(changed),
        "closed_at": merged.map(|merged| time(merged.at)),
        "merged_at": merged.map(|merged| time(merged.at)),
        "merge_commit_sha": merged.map(|merged| sha(merged.commit)),
        "head": end(&pull.branch, pull.head),
        "base": end(&repository.branch, pull.base),
        "_links": {
            "self": { "href": own }, "html": { "href": format!("{web}/pull/{number}") }, "issue": { "href": issue },
            "comments": { "href": format!("{issue}/comments") }, "review_comments": { "href": format!("{own}/comments") },
            "review_comment": { "href": format!("{url}/pulls/comments{{/number}}") },
            "commits": { "href": format!("{own}/commits") }, "statuses": { "href": statuses },
        },
        "author_association": "MEMBER",
        "auto_merge": null,
        "active_lock_reason": null,
        "draft": pull.draft,
    })
}
