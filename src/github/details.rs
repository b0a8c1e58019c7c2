//! Pull requests and checks of commits, many with one query (GitHub's GraphQL reference, `Commit`).

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::asking::Asking;
use super::error::Trouble;
use super::graph::{Graph, ask, halves};
use super::soft::{Account, list, login, moment, soft, words};
use crate::model::commit::{Check, CheckState, CommitDetail, Pull};
use crate::model::id::{PullNumber, Repository, Sha};

/// How many commits one query asks about.
const AT_ONCE: usize = 100;

const COMMIT: &str = "fragment told on Commit {
  associatedPullRequests(first: 5) {
    nodes {
      number title url mergedAt baseRefName
      mergeCommit { oid }
      author { login }
      files(first: 100) { nodes { path } pageInfo { hasNextPage } }
    }
  }
  statusCheckRollup {
    contexts(first: 100) {
      totalCount
      nodes {
        __typename
        ... on CheckRun { name status conclusion checkSuite { app { databaseId } } }
        ... on StatusContext { context state }
      }
    }
  }
}";

#[derive(Deserialize, Default)]
struct RawCommit {
    #[serde(rename = "associatedPullRequests", default, deserialize_with = "soft")]
    pulls: Option<Nodes<RawPull>>,
    #[serde(rename = "statusCheckRollup", default, deserialize_with = "soft")]
    rollup: Option<RawRollup>,
}

#[derive(Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
struct Nodes<T> {
    #[serde(rename = "nodes", default, deserialize_with = "list")]
    all: Vec<T>,
    #[serde(rename = "pageInfo", default, deserialize_with = "soft")]
    page: Option<PageInfo>,
    #[serde(rename = "totalCount", default, deserialize_with = "soft")]
    total: Option<usize>,
}

#[derive(Deserialize)]
struct PageInfo {
    #[serde(rename = "hasNextPage")]
    more: bool,
}

#[derive(Deserialize)]
struct RawPull {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    url: Option<String>,
    #[serde(rename = "mergedAt", default, deserialize_with = "soft")]
    merged_at: Option<String>,
    #[serde(rename = "baseRefName", default, deserialize_with = "soft")]
    base: Option<String>,
    #[serde(rename = "mergeCommit", default, deserialize_with = "soft")]
    merge: Option<RawOid>,
    #[serde(default, deserialize_with = "soft")]
    author: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    files: Option<Nodes<RawPath>>,
}

#[derive(Deserialize)]
struct RawOid {
    oid: String,
}

#[derive(Deserialize)]
struct RawPath {
    path: String,
}

#[derive(Deserialize)]
struct RawRollup {
    #[serde(default, deserialize_with = "soft")]
    contexts: Option<Nodes<RawContext>>,
}

#[derive(Deserialize)]
struct RawContext {
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    conclusion: Option<String>,
    #[serde(rename = "checkSuite", default, deserialize_with = "soft")]
    suite: Option<RawSuite>,
    #[serde(default, deserialize_with = "soft")]
    context: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
}

#[derive(Deserialize)]
struct RawSuite {
    #[serde(default, deserialize_with = "soft")]
    app: Option<RawApp>,
}

#[derive(Deserialize)]
struct RawApp {
    #[serde(rename = "databaseId", default, deserialize_with = "soft")]
    id: Option<u64>,
}

/// Pull requests and checks of these commits. Those of which an error says that they could not be told are left out.
pub async fn details(
    asking: &mut Asking<'_>,
    repository: &Repository,
    shas: &[Sha],
    branch: Option<&str>,
) -> Result<Vec<(Sha, CommitDetail)>, Trouble> {
    let mut told = Vec::new();
    for batch in shas.chunks(AT_ONCE) {
        let (owner, name) = halves(repository)?;
        let graph = ask(asking, &query(batch), json!({ "owner": owner, "name": name })).await?;
        let known = told.len();
        for (place, sha) in batch.iter().enumerate() {
            told.extend(detail(&graph, &format!("c{place}"), sha, branch).map(|detail| (sha.clone(), detail)));
        }
        if told.len() == known {
            return Err(Trouble::Query(graph.complaint()));
        }
    }
    Ok(told)
}

fn query(shas: &[Sha]) -> String {
    let mut text = String::from("query Details($owner: String!, $name: String!) {\n  repository(owner: $owner, name: $name) {\n");
    for (place, sha) in shas.iter().enumerate() {
        // Hashes: digits only. An abbreviation is an expression, which Git's own rules resolve.
        let argument = if sha.as_str().len() == 40 { "oid" } else { "expression" };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "    c{place}: object({argument}: \"{sha}\") {{ ...told }}");
    }
    text.push_str("  }\n}\n");
    text.push_str(COMMIT);
    text
}

/// What is told of one commit; none where only an error is.
fn detail(graph: &Graph, alias: &str, sha: &Sha, branch: Option<&str>) -> Option<CommitDetail> {
    let lacks = |rest: &[&str]| graph.lacks(&[&[alias], rest].concat());
    let raw = graph.repository.get(alias).filter(|value| value.is_object());
    let Some(raw) = raw.and_then(|value| RawCommit::deserialize(value).ok()) else {
        // Without an error it is no commit of this repository: there is nothing to tell.
        return (!lacks(&[])).then(CommitDetail::default);
    };
    let checks = match raw.rollup {
        Some(rollup) => rollup.contexts.map(checks),
        // Nothing ever checked it, unless that could not be told.
        None => (!lacks(&["statusCheckRollup"])).then(Vec::new),
    };
    // "There is none" is not what an error says: it is asked again.
    if lacks(&["associatedPullRequests"]) {
        return None;
    }
    Some(CommitDetail { pull: raw.pulls.and_then(|pulls| pull(pulls.all, sha, branch)), checks })
}

/// The pull request that brought a commit: the one whose merge it is, else one merged into the branch, else any merged one.
fn pull(pulls: Vec<RawPull>, sha: &Sha, branch: Option<&str>) -> Option<Pull> {
    let rank = |pull: &RawPull| {
        let is_merge = pull.merge.as_ref().is_some_and(|merge| merge.oid == sha.as_str());
        let elsewhere = branch.is_some_and(|branch| pull.base.as_deref() != Some(branch));
        (!is_merge, elsewhere)
    };
    let raw = pulls.into_iter().filter(|pull| pull.merged_at.is_some()).min_by_key(rank)?;
    let all = raw.files.as_ref().is_some_and(|files| files.page.as_ref().is_some_and(|page| !page.more));
    let paths = raw.files.filter(|_| all).map(|files| files.all.into_iter().map(|file| Arc::from(file.path)).collect());
    Some(Pull {
        number: PullNumber(raw.number),
        title: words(raw.title),
        author: login(raw.author),
        merged_at: moment(raw.merged_at),
        url: words(raw.url),
        paths,
    })
}

fn checks(contexts: Nodes<RawContext>) -> Vec<Check> {
    let told = contexts.all.len();
    let mut checks: Vec<Check> = contexts.all.into_iter().map(check).collect();
    if let Some(more) = contexts.total.and_then(|total| total.checked_sub(told)).filter(|more| *more > 0) {
        // What was not told may have failed.
        checks.push(Check { name: format!("{more} more").into(), state: CheckState::Unknown, app: None });
    }
    checks
}

fn check(raw: RawContext) -> Check {
    let state = raw.state.as_deref().map_or_else(|| run_state(raw.status.as_deref(), raw.conclusion.as_deref()), status_state);
    Check { name: words(raw.name.or(raw.context)), state, app: raw.suite.and_then(|suite| suite.app?.id) }
}

/// A check run (`CheckStatusState`, `CheckConclusionState`).
fn run_state(status: Option<&str>, conclusion: Option<&str>) -> CheckState {
    match (status, conclusion) {
        (Some("COMPLETED"), Some("SUCCESS")) => CheckState::Success,
        (Some("COMPLETED"), Some("FAILURE" | "CANCELLED" | "TIMED_OUT" | "ACTION_REQUIRED" | "STARTUP_FAILURE")) => CheckState::Failure,
        (Some("COMPLETED"), Some("SKIPPED" | "NEUTRAL")) => CheckState::Neutral,
        (Some("QUEUED" | "REQUESTED" | "PENDING" | "WAITING" | "IN_PROGRESS"), _) => CheckState::Pending,
        (Some(_) | None, _) => CheckState::Unknown,
    }
}

/// A commit status (`StatusState`).
fn status_state(state: &str) -> CheckState {
    match state {
        "SUCCESS" => CheckState::Success,
        "FAILURE" | "ERROR" => CheckState::Failure,
        "PENDING" | "EXPECTED" => CheckState::Pending,
        _ => CheckState::Unknown,
    }
}
