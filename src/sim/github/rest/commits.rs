//! Commits, branches, and what lies between two of them.
//!
//! Owns the paging of comparisons. Order, ancestry and patches are git's.

use serde_json::{Value, json};

use super::super::git::ask::{Fact, Question};
use super::super::git::diff::FileDiff;
use super::super::git::history::Commit;
use super::super::node_id;
use super::super::repository::Repository;
use super::objects::{signature, url, user, web};
use super::page::{Page, encode_path};
use super::rules::protected;
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::chance::hash;
use crate::environment::Name;

/// A comparison without paging has no more commits.
const MOST_COMMITS: usize = 250;
/// A comparison has no more files, nor has a page of a commit.
const MOST_FILES: usize = 300;
/// A commit has no more files on all its pages.
const ALL_FILES: usize = 3_000;
/// The parent of a first commit: git's empty tree.
const EMPTY: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// A commit in a list.
#[must_use]
pub fn commit(cx: &Cx<'_>, repository: &Repository, commit: &Commit) -> Value {
    let (url, web) = (url(&cx.base, repository), web(repository));
    let account = |login: Option<&Name>| login.map_or(Value::Null, |login| user(&cx.base, login));
    let by_web = &*commit.committer.name == "GitHub";
    let parents: Vec<Value> = commit.parents.iter().filter_map(|&parent| repository.history.at(parent)).map(|parent| {
        json!({ "sha": &*parent.id, "url": format!("{url}/commits/{}", parent.id), "html_url": format!("{web}/commit/{}", parent.id) })
    })
    .collect();
    json!({
        "sha": &*commit.id,
        "node_id": node_id("C", hash(&commit.id)),
        "url": format!("{url}/commits/{}", commit.id),
        "html_url": format!("{web}/commit/{}", commit.id),
        "comments_url": format!("{url}/commits/{}/comments", commit.id),
        "commit": {
            "url": format!("{url}/git/commits/{}", commit.id),
            "author": signature(commit, false),
            "committer": signature(commit, true),
            "message": &*commit.message,
            "tree": { "sha": commit.tree_id(), "url": format!("{url}/git/trees/{}", commit.tree_id()) },
            "comment_count": 0,
            "verification": { "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null },
        },
        "author": account(commit.login.as_ref()),
        "committer": if by_web { user(&cx.base, "web-flow") } else { account(commit.login.as_ref()) },
        "parents": parents,
    })
}

/// A file of a difference.
#[must_use]
pub fn file(cx: &Cx<'_>, repository: &Repository, sha: &str, diff: &FileDiff) -> Value {
    let (url, web, path) = (url(&cx.base, repository), web(repository), encode_path(&diff.path));
    let mut value = json!({
        "sha": &*diff.blob,
        "filename": &*diff.path,
        "status": diff.status,
        "additions": diff.additions,
        "deletions": diff.deletions,
        "changes": diff.additions + diff.deletions,
        "blob_url": format!("{web}/blob/{sha}/{path}"),
        "raw_url": format!("{web}/raw/{sha}/{path}"),
        "contents_url": format!("{url}/contents/{path}?ref={sha}"),
    });
    if let Some(members) = value.as_object_mut() {
        if let Some(patch) = &diff.patch {
            members.insert(String::from("patch"), json!(&**patch));
        }
        if let Some(previous) = &diff.previous {
            members.insert(String::from("previous_filename"), json!(&**previous));
        }
    }
    value
}

/// What changed in a commit, against its first parent.
#[must_use]
pub fn changes(cx: &Cx<'_>, place: usize, commit: &Commit) -> Option<Vec<FileDiff>> {
    let repository = cx.world.github.repositories.get(place)?;
    let parent = commit.parents.first().and_then(|&parent| repository.history.at(parent));
    let from: Name = parent.map_or_else(|| EMPTY.into(), |parent| parent.id.clone());
    match &*cx.fact(Question::Diff(place, from, commit.id.clone()))? {
        Fact::Diff(files) => Some(files.clone()),
        Fact::Log(_) | Fact::Compare(_) | Fact::Merge(_) => None,
    }
}

/// `GET …/branches/{branch}`.
///
/// # Errors
///
/// When there is no such branch.
pub fn branch(cx: &Cx<'_>, place: usize, name: &str) -> Answered {
    let repository = cx.repository(place)?;
    let head = repository.branch_head(name, cx.now).and_then(|head| repository.history.at(head));
    let head = head.ok_or_else(|| Refusal::new(404, "Branch not found"))?;
    let protected = protected(repository, name);
    let link = format!("{}/branches/{}", url(&cx.base, repository), encode_path(name));
    let contexts: Vec<&str> = if protected { repository.required.iter().map(|name| &**name).collect() } else { Vec::new() };
    Ok(Reply::json(json!({
        "name": name,
        "commit": commit(cx, repository, head),
        "_links": { "self": link, "html": format!("{}/tree/{}", web(repository), encode_path(name)) },
        "protected": protected,
        "protection": {
            "enabled": protected,
            "required_status_checks": { "enforcement_level": if protected { "non_admins" } else { "off" }, "contexts": contexts, "checks": [] },
        },
        "protection_url": format!("{link}/protection"),
    })))
}

/// `GET …/commits`.
///
/// # Errors
///
/// When there is nothing of the name in `sha`.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let from = match request.params.get("sha") {
        None => Some(repository.head),
        Some(text) => repository.resolve(text, cx.now),
    };
    let from = from.and_then(|from| repository.history.at(from)).ok_or_else(Refusal::not_found)?;
    let Some(fact) = cx.fact(Question::Log(place, from.id.clone())) else { return Ok(Reply::Empty(200)) };
    let Fact::Log(ids) = &*fact else { return Err(Refusal::new(500, "Server Error")) };
    let all = ids.iter().filter_map(|id| repository.history.at(repository.history.place(id)?));
    let of_path = |commit: &&Commit| {
        request.params.get("path").is_none_or(|path| {
            let touched = repository.history.place(&commit.id).map(|place| repository.changed(place)).unwrap_or_default();
            touched.iter().any(|file| *file == path || file.starts_with(&format!("{path}/")))
        })
    };
    let commits: Vec<&Commit> = all.filter(of_path).collect();
    let page = Page::read(&request.params, 30);
    let items = page.cut(&commits).into_iter().map(|item| commit(cx, repository, item)).collect();
    Ok(Reply::Json(200, Value::Array(items), page.link(request, repository.id, commits.len())))
}

/// `GET …/commits/{ref}`.
///
/// # Errors
///
/// When there is no such commit.
pub fn one(cx: &Cx<'_>, request: &Request<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let found = repository.resolve(text, cx.now).and_then(|found| repository.history.at(found));
    let found = found.ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {text}")))?;
    if request.accept.contains("application/vnd.github.sha") || request.accept.contains("application/vnd.github.v3.sha") {
        return Ok(Reply::Text("application/vnd.github.sha; charset=utf-8", found.id.to_string()));
    }
    let Some(files) = changes(cx, place, found) else { return Ok(Reply::Empty(200)) };
    let sum = |of: fn(&FileDiff) -> u64| files.iter().map(of).sum::<u64>();
    let (additions, deletions) = (sum(|file| file.additions), sum(|file| file.deletions));
    let page = Page {
        size: request.params.get("per_page").and_then(|text| text.parse().ok()).unwrap_or(MOST_FILES).clamp(1, MOST_FILES),
        ..Page::read(&request.params, MOST_FILES)
    };
    let shown = files.len().min(ALL_FILES);
    let listed: Vec<Value> =
        page.cut(files.get(..shown).unwrap_or(&files)).iter().map(|diff| file(cx, repository, &found.id, diff)).collect();
    let mut value = commit(cx, repository, found);
    if let Some(members) = value.as_object_mut() {
        members.insert(String::from("stats"), json!({ "additions": additions, "deletions": deletions, "total": additions + deletions }));
        members.insert(String::from("files"), Value::Array(listed));
    }
    Ok(Reply::Json(200, value, page.link(request, repository.id, shown)))
}

/// `GET …/compare/{basehead}`.
///
/// # Errors
///
/// When either does not exist, or they have nothing in common.
pub fn compare(cx: &Cx<'_>, request: &Request<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let (base, head) = text.split_once("...").ok_or_else(Refusal::not_found)?;
    let find = |text: &str| {
        let own = text.split_once(':').map_or(text, |(_, branch)| branch);
        repository.resolve(own, cx.now).and_then(|found| repository.history.at(found)).ok_or_else(Refusal::not_found)
    };
    let (base, head) = (find(base)?, find(head)?);
    let Some(fact) = cx.fact(Question::Compare(place, base.id.clone(), head.id.clone())) else { return Ok(Reply::Empty(200)) };
    let Fact::Compare(found) = &*fact else { return Err(Refusal::new(500, "Server Error")) };
    let found = found.as_ref().ok_or_else(|| Refusal::new(404, format!("No common ancestor between {} and {}.", base.id, head.id)))?;
    let Some(fact) = cx.fact(Question::Diff(place, found.merge_base.clone(), head.id.clone())) else { return Ok(Reply::Empty(200)) };
    let Fact::Diff(files) = &*fact else { return Err(Refusal::new(500, "Server Error")) };
    let status = match (found.ahead.len(), found.behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let paged = request.params.has("page") || request.params.has("per_page");
    let page = if paged { Page::read(&request.params, 30) } else { Page { number: 1, size: MOST_COMMITS } };
    let ids = if paged {
        page.cut(&found.ahead)
    } else {
        // Without pages it is the newest that are told.
        found.ahead.iter().skip(found.ahead.len().saturating_sub(MOST_COMMITS)).cloned().collect()
    };
    let of = |id: &Name| repository.history.at(repository.history.place(id)?).map(|found| commit(cx, repository, found));
    let total = found.ahead.len();
    let (url, web) = (url(&cx.base, repository), web(repository));
    let (range, short) = (format!("{}...{}", base.id, head.id), format!("{}...{}", base.short(), head.short()));
    let mut value = json!({
        "url": format!("{url}/compare/{range}"),
        "html_url": format!("{web}/compare/{range}"),
        "permalink_url": format!("{web}/compare/{}:{short}", repository.owner),
        "diff_url": format!("{web}/compare/{range}.diff"),
        "patch_url": format!("{web}/compare/{range}.patch"),
        "base_commit": commit(cx, repository, base),
        "merge_base_commit": of(&found.merge_base),
        "status": status,
        "ahead_by": total,
        "behind_by": found.behind,
        "total_commits": total,
        "commits": ids.iter().filter_map(of).collect::<Vec<_>>(),
    });
    if let Some(members) = value.as_object_mut().filter(|_| page.number == 1) {
        let listed: Vec<Value> = files.iter().take(MOST_FILES).map(|diff| file(cx, repository, &head.id, diff)).collect();
        members.insert(String::from("files"), Value::Array(listed));
    }
    let link = if paged { page.link(request, repository.id, total) } else { None };
    Ok(Reply::Json(200, value, link))
}
