//! The fields of GraphQL's types, but those of commits and files.
//!
//! Owns GitHub's names for them. A field that is not here does not exist.

use serde_json::{Value, json};

use super::connection;
use super::execute::{Arguments, Out, Problem};
use super::git;
use super::node::Node;
use crate::environment::Name;
use crate::github::limits::Left;
use crate::github::repository::{Pull, Repository};
use crate::github::rest::checks::ACTIONS;
use crate::github::rest::merge::standing;
use crate::github::rest::objects::{WEB, time, web};
use crate::github::rest::{Cx, pulls};
use crate::github::{account_id, node_id};

/// What a field comes to.
pub type Resolved = Result<Out, Problem>;

/// The field of a node.
pub fn resolve(cx: &Cx<'_>, left: &Left, node: &Node, name: &str, arguments: &Arguments) -> Resolved {
    match node {
        Node::Query => query(cx, name, arguments),
        Node::Reverted { repository, reverted, made, client } => match name {
            "pullRequest" => one(Some(Node::Pull(*repository, *reverted))),
            "revertPullRequest" => one(Some(Node::Pull(*repository, *made))),
            "clientMutationId" => leaf(client.clone()),
            _ => Err(Problem::Unknown),
        },
        Node::RateLimit => rate(left, name),
        Node::User(login) => user(login, name),
        Node::Repository(place) => repository(cx, *place, name, arguments),
        Node::Pull(place, pull) => self::pull(cx, *place, *pull, name, arguments),
        Node::Own(place, commit) => match name {
            "commit" => one(Some(Node::Commit(*place, *commit))),
            _ => Err(Problem::Unknown),
        },
        Node::File(file) => Ok(Out::Leaf(match name {
            "path" => json!(&*file.path),
            "additions" => json!(file.additions),
            "deletions" => json!(file.deletions),
            "changeType" => json!(match file.status {
                "removed" => "DELETED".to_owned(),
                other => other.to_uppercase(),
            }),
            _ => return Err(Problem::Unknown),
        })),
        Node::CheckRun(_) if name == "checkSuite" => one(Some(Node::CheckSuite)),
        Node::CheckSuite if name == "app" => one(Some(Node::App)),
        Node::CheckSuite => Err(Problem::Unknown),
        Node::App => Ok(Out::Leaf(match name {
            "databaseId" => json!(ACTIONS),
            "slug" => json!("github-actions"),
            "name" => json!("GitHub Actions"),
            _ => return Err(Problem::Unknown),
        })),
        Node::CheckRun(check) => Ok(Out::Leaf(match name {
            "id" => json!(node_id("CR", check.id)),
            "databaseId" => json!(check.id),
            "name" => json!(check.name),
            "status" => json!(check.status.to_uppercase()),
            "conclusion" => json!(check.conclusion.map(str::to_uppercase)),
            "detailsUrl" | "url" | "permalink" => json!(check.address),
            "startedAt" => json!(check.started.map(time)),
            "completedAt" => json!(check.completed.map(time)),
            _ => return Err(Problem::Unknown),
        })),
        Node::Status(id, context, state, at) => Ok(Out::Leaf(match name {
            "id" => json!(node_id("SC", *id)),
            "context" => json!(&**context),
            "state" => json!(state.to_uppercase()),
            "targetUrl" => json!(format!("{WEB}/status/{id}")),
            "description" => Value::Null,
            "createdAt" => json!(time(*at)),
            _ => return Err(Problem::Unknown),
        })),
        Node::Connection(connection) => connection::field(connection, name),
        Node::Edge(node, number) => connection::edge(node, *number, name),
        Node::PageInfo(span) => connection::page(*span, name),
        Node::Ref(..)
        | Node::RefUpdateRule(_)
        | Node::Comparison(..)
        | Node::Commit(..)
        | Node::GitActor(..)
        | Node::Tree(..)
        | Node::Entry(..)
        | Node::Blob(..)
        | Node::Rollup(..) => git::resolve(cx, node, name, arguments),
    }
}

/// A value.
#[expect(clippy::unnecessary_wraps, reason = "it is what the arms of a match come to")]
pub fn leaf(value: impl Into<Value>) -> Resolved {
    Ok(Out::Leaf(value.into()))
}

/// Something with fields.
#[expect(clippy::unnecessary_wraps, reason = "it is what the arms of a match come to")]
pub const fn one(node: Option<Node>) -> Resolved {
    Ok(Out::One(node))
}

fn query(cx: &Cx<'_>, name: &str, arguments: &Arguments) -> Resolved {
    match name {
        "viewer" => one(Some(Node::User(cx.world.github.viewer.clone()))),
        "rateLimit" => one(Some(Node::RateLimit)),
        "repository" => {
            let (Some(owner), Some(wanted)) = (arguments.text("owner"), arguments.text("name")) else {
                let message = "Field 'repository' is missing required arguments: owner, name";
                return Err(Problem::Other("MISSING_ARGUMENT", message.to_owned()));
            };
            let found = cx.world.github.find(owner, wanted);
            let place = found.ok_or_else(|| {
                Problem::Other("NOT_FOUND", format!("Could not resolve to a Repository with the name '{owner}/{wanted}'."))
            })?;
            one(Some(Node::Repository(place)))
        }
        _ => Err(Problem::Unknown),
    }
}

fn rate(left: &Left, name: &str) -> Resolved {
    match name {
        "cost" | "nodeCount" => leaf(1),
        "limit" => leaf(left.limit),
        "remaining" => leaf(left.remaining()),
        "used" => leaf(left.used),
        "resetAt" => leaf(time(crate::moment::Moment::from_millis(left.reset * 1_000))),
        _ => Err(Problem::Unknown),
    }
}

fn user(login: &Name, name: &str) -> Resolved {
    match name {
        "login" => leaf(&**login),
        "id" => leaf(node_id("U", account_id(login))),
        "databaseId" => leaf(account_id(login)),
        "name" => leaf(crate::github::making::person(login)),
        "url" => leaf(format!("{WEB}/{login}")),
        _ => Err(Problem::Unknown),
    }
}

fn gone() -> Problem {
    Problem::Other("NOT_FOUND", String::from("Could not resolve to a Repository."))
}

fn repository(cx: &Cx<'_>, place: usize, name: &str, arguments: &Arguments) -> Resolved {
    let found = cx.repository(place).map_err(|_| gone())?;
    match name {
        "id" => leaf(node_id("R", found.id)),
        "databaseId" => leaf(found.id),
        "name" => leaf(&*found.name),
        "nameWithOwner" => leaf(found.full_name()),
        "owner" => one(Some(Node::User(found.owner.clone()))),
        "description" => leaf(found.description.as_deref()),
        "url" => leaf(web(found)),
        "isArchived" => leaf(found.archived),
        "isPrivate" => leaf(found.private),
        "isFork" => leaf(false),
        "pushedAt" => leaf(time(found.pushed)),
        "viewerPermission" => leaf(found.permission.word()),
        "defaultBranchRef" => one(Some(Node::Ref(place, found.branch.clone(), found.head))),
        "ref" => {
            let wanted = arguments.text("qualifiedName").unwrap_or("");
            let short = wanted.strip_prefix("refs/heads/").unwrap_or(wanted);
            one(found.branch_head(short, cx.now).map(|head| Node::Ref(place, short.into(), head)))
        }
        "refs" => connection::part("RefConnection", name, tags(cx, found, place, arguments), arguments),
        "object" => one(git::object(cx, found, place, arguments)),
        "pullRequest" => {
            let number = arguments.number("number").unwrap_or(0);
            let at = found.pulls.iter().position(|pull| usize::try_from(pull.number) == Ok(number) && pull.opened <= cx.now);
            let at =
                at.ok_or_else(|| Problem::Other("NOT_FOUND", format!("Could not resolve to a PullRequest with the number of {number}.")))?;
            one(Some(Node::Pull(place, at)))
        }
        "pullRequests" => connection::part("PullRequestConnection", name, listed(cx, found, place, arguments), arguments),
        _ => Err(Problem::Unknown),
    }
}

/// Tags, those with the newest commits first where that is asked for, else by their names.
fn tags(cx: &Cx<'_>, found: &Repository, place: usize, arguments: &Arguments) -> Vec<Node> {
    let mut tags: Vec<_> = found.tags.iter().filter(|tag| tag.at <= cx.now).collect();
    if arguments.text("refPrefix") != Some(git::TAGS) {
        tags.clear();
    }
    let committed = |commit: usize| found.history.at(commit).map(|commit| commit.committer.at);
    if arguments.within("orderBy", "field") == Some("TAG_COMMIT_DATE") {
        tags.sort_by_key(|tag| committed(tag.commit));
    } else {
        tags.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if arguments.within("orderBy", "direction") == Some("DESC") {
        tags.reverse();
    }
    tags.into_iter().map(|tag| Node::Ref(place, format!("{}{}", git::TAGS, tag.name).into(), tag.commit)).collect()
}

fn listed(cx: &Cx<'_>, found: &Repository, place: usize, arguments: &Arguments) -> Vec<Node> {
    let states = arguments.words("states");
    let base = arguments.text("baseRefName");
    let wanted = |pull: &&Pull| {
        let state = states.is_empty() || states.iter().any(|word| word == state(pull));
        pull.opened <= cx.now && state && base.is_none_or(|base| *base == *found.branch)
    };
    let mut pulls: Vec<(usize, &Pull)> = found.pulls.iter().enumerate().filter(|(_, pull)| wanted(pull)).collect();
    let changed = |pull: &Pull| pull.merged.as_ref().map_or(pull.opened, |merged| merged.at);
    if arguments.within("orderBy", "field") == Some("UPDATED_AT") {
        pulls.sort_by_key(|(_, pull)| changed(pull));
    } else {
        pulls.sort_by_key(|(_, pull)| pull.opened);
    }
    if arguments.within("orderBy", "direction") == Some("DESC") {
        pulls.reverse();
    }
    pulls.into_iter().map(|(pull, _)| Node::Pull(place, pull)).collect()
}

const fn state(pull: &Pull) -> &'static str {
    if pull.merged.is_some() { "MERGED" } else { "OPEN" }
}

fn pull(cx: &Cx<'_>, place: usize, at: usize, name: &str, arguments: &Arguments) -> Resolved {
    let found = cx.repository(place).map_err(|_| gone())?;
    let pull = found.pulls.get(at).ok_or_else(gone)?;
    let merged = pull.merged.as_ref();
    let sha = |commit: usize| found.history.at(commit).map(|commit| commit.id.to_string());
    match name {
        "id" => leaf(node_id("PR", found.id * 1_000 + pull.number)),
        "databaseId" => leaf(found.id * 1_000 + pull.number),
        "number" => leaf(pull.number),
        "title" => leaf(&*pull.title),
        "body" => leaf(pull.body.as_deref().unwrap_or("")),
        "url" => leaf(format!("{}/pull/{}", web(found), pull.number)),
        "state" => leaf(state(pull)),
        "isDraft" => leaf(pull.draft),
        "mergeable" => mergeable(cx, place, pull),
        "merged" => leaf(merged.is_some()),
        "createdAt" => leaf(time(pull.opened)),
        "updatedAt" => leaf(time(merged.map_or(pull.opened, |merged| merged.at))),
        "mergedAt" | "closedAt" => leaf(merged.map(|merged| time(merged.at))),
        "author" => one(pull.author.clone().map(Node::User)),
        "mergedBy" => one(merged.map(|merged| Node::User(merged.by.clone()))),
        "mergeCommit" => one(merged.map(|merged| Node::Commit(place, merged.commit))),
        "baseRefName" => leaf(&*found.branch),
        "baseRefOid" => leaf(sha(pull.base)),
        "headRefName" => leaf(&*pull.branch),
        "headRefOid" => leaf(sha(pull.head)),
        "repository" => one(Some(Node::Repository(place))),
        "commits" => connection::part("PullRequestCommitConnection", name, own(found, place, pull), arguments),
        "additions" | "deletions" | "changedFiles" | "files" => files(cx, place, pull, name, arguments),
        _ => Err(Problem::Unknown),
    }
}

/// The commits of a pull request, the oldest first.
fn own(found: &Repository, place: usize, pull: &Pull) -> Vec<Node> {
    let parent = |at: &usize| found.history.at(*at).and_then(|commit| commit.parents.first().copied());
    let mut commits: Vec<usize> = std::iter::successors(Some(pull.head), parent).take_while(|at| *at != pull.base).collect();
    commits.reverse();
    commits.into_iter().map(|commit| Node::Own(place, commit)).collect()
}

/// Whether there is a conflict, as GraphQL has it.
fn mergeable(cx: &Cx<'_>, place: usize, pull: &Pull) -> Resolved {
    // Where git has to be asked first, the whole answer is made once more.
    let standing = standing(cx, place, pull);
    leaf(match standing.and_then(|standing| standing.mergeable) {
        None => "UNKNOWN",
        Some(true) => "MERGEABLE",
        Some(false) => "CONFLICTING",
    })
}

fn files(cx: &Cx<'_>, place: usize, pull: &Pull, name: &str, arguments: &Arguments) -> Resolved {
    // Where git has to be asked first, the whole answer is made once more.
    let files = pulls::difference(cx, place, pull).unwrap_or_default();
    match name {
        "additions" => leaf(files.iter().map(|file| file.additions).sum::<u64>()),
        "deletions" => leaf(files.iter().map(|file| file.deletions).sum::<u64>()),
        "changedFiles" => leaf(files.len()),
        _ => {
            let nodes = files.into_iter().map(|file| Node::File(Box::new(file))).collect();
            connection::part("PullRequestChangedFileConnection", name, nodes, arguments)
        }
    }
}
