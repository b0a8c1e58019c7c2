//! The fields of branches, commits, folders and files, and of their checks.

use serde_json::json;

use super::connection;
use super::execute::{Arguments, Problem};
use super::fields::{Resolved, leaf, one};
use super::node::Node;
use crate::chance::hash;
use crate::github::git::ask::{Comparison, Fact, Question};
use crate::github::git::history::Commit;
use crate::github::node_id;
use crate::github::repository::Repository;
use crate::github::rest::contents::folder;
use crate::github::rest::objects::{time, web};
use crate::github::rest::rules::protected;
use crate::github::rest::{Cx, checks, statuses};

/// What the whole names of tags begin with; a branch goes by its short one here.
pub const TAGS: &str = "refs/tags/";

/// The field of a node.
pub fn resolve(cx: &Cx<'_>, node: &Node, name: &str, arguments: &Arguments) -> Resolved {
    match node {
        Node::Ref(place, branch, head) => reference(cx, *place, branch, *head, name, arguments),
        Node::RefUpdateRule(place) => update_rule(cx, *place, name),
        Node::Comparison(place, base, head) => comparison(cx, *place, *base, *head, name, arguments),
        Node::Commit(place, at) => commit(cx, *place, *at, name, arguments),
        Node::GitActor(place, at, committer) => actor(cx, *place, *at, *committer, name),
        Node::Tree(place, at, path) => tree(cx, *place, *at, path, name),
        Node::Entry(place, at, path) => entry(cx, *place, *at, path, name),
        Node::Blob(place, at, path) => blob(cx, *place, *at, path, name),
        Node::Rollup(place, at) => rollup(cx, *place, *at, name, arguments),
        _ => Err(Problem::Unknown),
    }
}

fn gone() -> Problem {
    Problem::Other("NOT_FOUND", String::from("Could not resolve to a node."))
}

fn found<'a>(cx: &'a Cx<'_>, place: usize, at: usize) -> Result<(&'a Repository, &'a Commit), Problem> {
    let repository = cx.repository(place).map_err(|_| gone())?;
    Ok((repository, repository.history.at(at).ok_or_else(gone)?))
}

/// What `object(expression:)` or `object(oid:)` names.
pub fn object(cx: &Cx<'_>, repository: &Repository, place: usize, arguments: &Arguments) -> Option<Node> {
    let text = arguments.text("oid").or_else(|| arguments.text("expression"))?;
    let (revision, path) = text.split_once(':').map_or((text, None), |(revision, path)| (revision, Some(path)));
    let at = repository.resolve(revision, cx.now)?;
    let Some(path) = path else { return Some(Node::Commit(place, at)) };
    inside(repository, place, at, path.trim_matches('/'))
}

/// The folder or file at a path of a commit.
fn inside(repository: &Repository, place: usize, at: usize, path: &str) -> Option<Node> {
    let commit = repository.history.at(at)?;
    if commit.tree.contains_key(path) {
        return Some(Node::Blob(place, at, path.to_owned()));
    }
    commit.trees.contains_key(path).then(|| Node::Tree(place, at, path.to_owned()))
}

fn reference(cx: &Cx<'_>, place: usize, branch: &str, head: usize, name: &str, arguments: &Arguments) -> Resolved {
    let repository = cx.repository(place).map_err(|_| gone())?;
    let (prefix, short) = branch.strip_prefix(TAGS).map_or(("refs/heads/", branch), |tag| (TAGS, tag));
    match name {
        "id" => leaf(node_id("REF", hash(branch))),
        "name" => leaf(short),
        "prefix" => leaf(prefix),
        "target" => one(Some(Node::Commit(place, head))),
        "refUpdateRule" => one((repository.classic && protected(repository, branch)).then_some(Node::RefUpdateRule(place))),
        "compare" => {
            let wanted = arguments.text("headRef").unwrap_or("");
            one(repository.resolve(wanted, cx.now).map(|other| Node::Comparison(place, head, other)))
        }
        _ => Err(Problem::Unknown),
    }
}

/// What a branch protection asks for.
fn update_rule(cx: &Cx<'_>, place: usize, name: &str) -> Resolved {
    let repository = cx.repository(place).map_err(|_| gone())?;
    match name {
        "requiredStatusCheckContexts" => leaf(json!(repository.required.iter().map(|name| &**name).collect::<Vec<&str>>())),
        "allowsDeletions" | "allowsForcePushes" => leaf(false),
        _ => Err(Problem::Unknown),
    }
}

fn comparison(cx: &Cx<'_>, place: usize, base: usize, head: usize, name: &str, arguments: &Arguments) -> Resolved {
    let (_, from) = found(cx, place, base)?;
    let (repository, to) = found(cx, place, head)?;
    let fact = cx.fact(Question::Compare(place, from.id.clone(), to.id.clone()));
    let compared: Option<Comparison> = match fact.as_deref() {
        Some(Fact::Compare(compared)) => compared.clone(),
        _ => None,
    };
    let (ahead, behind) = compared.map(|compared| (compared.ahead, compared.behind)).unwrap_or_default();
    match name {
        "aheadBy" => leaf(ahead.len()),
        "behindBy" => leaf(behind),
        "status" => leaf(match (ahead.len(), behind) {
            (0, 0) => "IDENTICAL",
            (_, 0) => "AHEAD",
            (0, _) => "BEHIND",
            _ => "DIVERGED",
        }),
        "baseTarget" => one(Some(Node::Commit(place, base))),
        "headTarget" => one(Some(Node::Commit(place, head))),
        "commits" => {
            let nodes = ahead.iter().filter_map(|id| repository.history.place(id)).map(|at| Node::Commit(place, at));
            connection::part("ComparisonCommitConnection", name, nodes.collect(), arguments)
        }
        _ => Err(Problem::Unknown),
    }
}

fn commit(cx: &Cx<'_>, place: usize, at: usize, name: &str, arguments: &Arguments) -> Resolved {
    let (repository, commit) = found(cx, place, at)?;
    match name {
        "id" => leaf(node_id("C", hash(&commit.id))),
        "oid" => leaf(&*commit.id),
        "abbreviatedOid" => leaf(commit.short()),
        "message" => leaf(&*commit.message),
        "messageHeadline" => leaf(commit.subject()),
        "messageBody" => leaf(commit.message.split_once("\n\n").map_or("", |(_, body)| body)),
        "committedDate" => leaf(time(commit.committer.at)),
        "authoredDate" => leaf(time(commit.author.at)),
        "url" | "commitUrl" => leaf(format!("{}/commit/{}", web(repository), commit.id)),
        "author" => one(Some(Node::GitActor(place, at, false))),
        "committer" => one(Some(Node::GitActor(place, at, true))),
        "tree" => one(Some(Node::Tree(place, at, String::new()))),
        "repository" => one(Some(Node::Repository(place))),
        "parents" => {
            let nodes = commit.parents.iter().map(|&parent| Node::Commit(place, parent)).collect();
            connection::part("CommitConnection", name, nodes, arguments)
        }
        "history" => {
            let fact = cx.fact(Question::Log(place, commit.id.clone()));
            let ids = if let Some(Fact::Log(ids)) = fact.as_deref() { ids.as_slice() } else { &[] };
            let nodes = ids.iter().filter_map(|id| repository.history.place(id)).map(|at| Node::Commit(place, at)).collect();
            connection::part("CommitHistoryConnection", name, nodes, arguments)
        }
        "associatedPullRequests" => {
            let number = commit.pull;
            let seen = |pull: &crate::github::repository::Pull| Some(pull.number) == number && pull.opened <= cx.now;
            let nodes = repository.pulls.iter().position(seen).map(|pull| Node::Pull(place, pull)).into_iter().collect();
            connection::part("PullRequestConnection", name, nodes, arguments)
        }
        "statusCheckRollup" => {
            let none = checks::of(repository, at, cx.now).is_empty() && statuses::of(repository, at, cx.now).is_empty();
            one((!none).then_some(Node::Rollup(place, at)))
        }
        _ => Err(Problem::Unknown),
    }
}

fn actor(cx: &Cx<'_>, place: usize, at: usize, committer: bool, name: &str) -> Resolved {
    let (_, commit) = found(cx, place, at)?;
    let who = if committer { &commit.committer } else { &commit.author };
    match name {
        "name" => leaf(&*who.name),
        "email" => leaf(&*who.email),
        "date" => leaf(time(who.at)),
        "user" => one(commit.login.clone().filter(|_| !committer || *who.name != *"GitHub").map(Node::User)),
        _ => Err(Problem::Unknown),
    }
}

fn tree(cx: &Cx<'_>, place: usize, at: usize, path: &str, name: &str) -> Resolved {
    let (_, commit) = found(cx, place, at)?;
    let id = commit.trees.get(path).map_or("", |id| id);
    match name {
        "id" => leaf(node_id("T", hash(id))),
        "oid" => leaf(id),
        "entries" => {
            let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            Ok(super::execute::Out::Many(folder(commit, path).into_keys().map(|name| Node::Entry(place, at, below(name))).collect()))
        }
        _ => Err(Problem::Unknown),
    }
}

fn entry(cx: &Cx<'_>, place: usize, at: usize, path: &str, name: &str) -> Resolved {
    let (repository, commit) = found(cx, place, at)?;
    let file = commit.tree.get(path);
    match name {
        "name" => leaf(path.rsplit('/').next().unwrap_or(path)),
        "path" => leaf(path),
        "type" => leaf(if file.is_some() { "blob" } else { "tree" }),
        "mode" => leaf(if file.is_some() { 0o100_644 } else { 0o040_000 }),
        "oid" => leaf(file.map_or_else(|| commit.trees.get(path).map_or("", |id| id), |file| &file.id)),
        "object" => one(inside(repository, place, at, path)),
        _ => Err(Problem::Unknown),
    }
}

fn blob(cx: &Cx<'_>, place: usize, at: usize, path: &str, name: &str) -> Resolved {
    let (_, commit) = found(cx, place, at)?;
    let file = commit.tree.get(path).ok_or_else(gone)?;
    match name {
        "id" => leaf(node_id("B", hash(&file.id))),
        "oid" => leaf(&*file.id),
        "text" => leaf(&*file.text),
        "byteSize" => leaf(file.text.len()),
        "isTruncated" | "isBinary" => leaf(false),
        _ => Err(Problem::Unknown),
    }
}

fn rollup(cx: &Cx<'_>, place: usize, at: usize, name: &str, arguments: &Arguments) -> Resolved {
    let (repository, commit) = found(cx, place, at)?;
    let (checks, statuses) = (checks::of(repository, at, cx.now), statuses::of(repository, at, cx.now));
    match name {
        "id" => leaf(node_id("SCR", hash(&commit.id))),
        "state" => {
            let of_check = |check: &checks::Check| match (check.status, check.conclusion) {
                ("completed", Some("success" | "skipped" | "neutral")) => "success",
                ("completed", _) => "failure",
                _ => "pending",
            };
            let states: Vec<&str> = checks.iter().map(of_check).chain(statuses.iter().map(|(_, _, state, _)| *state)).collect();
            leaf(json!(checks::combined(&states).to_uppercase()))
        }
        "contexts" => {
            let runs = checks.into_iter().map(|check| Node::CheckRun(Box::new(check)));
            let statuses = statuses.into_iter().map(|(id, context, state, when)| Node::Status(id, context, state, when));
            connection::part("StatusCheckRollupContextConnection", name, runs.chain(statuses).collect(), arguments)
        }
        "commit" => one(Some(Node::Commit(place, at))),
        _ => Err(Problem::Unknown),
    }
}
