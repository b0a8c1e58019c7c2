//! Pull requests by their numbers, many with one query (GitHub's GraphQL reference, `PullRequest`).

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::asking::Asking;
use super::error::Trouble;
use super::graph::{ask, halves};
use super::soft::{Account, list, login, moment, soft, words};
use super::statuses::{RawCommit, SAID, newest};
use crate::model::id::{PullNumber, Repository};
use crate::model::link::is_page;
use crate::model::tagged::{PullRequest, PullState};

/// How many pull requests one query asks about.
const AT_ONCE: usize = 100;
/// On how many of its last commits statuses are looked for: what was deployed of it last is hardly older.
const COMMITS: usize = 10;

#[derive(Deserialize)]
struct RawPull {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
    #[serde(rename = "headRefName", default, deserialize_with = "soft")]
    branch: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    url: Option<String>,
    #[serde(rename = "createdAt", default, deserialize_with = "soft")]
    created_at: Option<String>,
    #[serde(rename = "closedAt", default, deserialize_with = "soft")]
    closed_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    author: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    commits: Option<RawCommits>,
}

#[derive(Deserialize)]
struct RawCommits {
    #[serde(default, deserialize_with = "list")]
    nodes: Vec<RawOwn>,
}

#[derive(Deserialize)]
struct RawOwn {
    commit: RawCommit,
}

/// Where these pull requests stand. A number that GitHub does not know is left out: it is nobody's.
pub async fn pulls(asking: &mut Asking<'_>, repository: &Repository, numbers: &[PullNumber]) -> Result<Vec<PullRequest>, Trouble> {
    let mut told = Vec::new();
    for batch in numbers.chunks(AT_ONCE) {
        let (owner, name) = halves(repository)?;
        let graph = ask(asking, &query(batch), json!({ "owner": owner, "name": name })).await?;
        let raw = batch.iter().filter_map(|number| graph.repository.get(format!("p{number}")).filter(|value| value.is_object()));
        told.extend(raw.filter_map(|value| RawPull::deserialize(value).ok()).map(pull));
    }
    Ok(told)
}

fn query(numbers: &[PullNumber]) -> String {
    let mut text = String::from("query Pulls($owner: String!, $name: String!) {\n  repository(owner: $owner, name: $name) {\n");
    for number in numbers {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "    p{number}: pullRequest(number: {number}) {{ number title state headRefName url createdAt closedAt author {{ login }} \
             commits(last: {COMMITS}) {{ nodes {{ commit {{ ...said }} }} }} }}"
        );
    }
    text.push_str("  }\n}\n");
    text.push_str(SAID);
    text
}

fn pull(raw: RawPull) -> PullRequest {
    let state = match raw.state.as_deref() {
        Some("OPEN") => PullState::Open,
        Some("MERGED") => PullState::Merged,
        Some("CLOSED") => PullState::Closed,
        Some(_) | None => PullState::Unknown,
    };
    PullRequest {
        number: PullNumber(raw.number),
        title: words(raw.title),
        author: login(raw.author),
        state,
        branch: raw.branch.filter(|branch| !branch.is_empty()).map(Arc::from),
        url: raw.url.filter(|url| is_page(url)).map(Arc::from),
        created_at: moment(raw.created_at),
        closed_at: moment(raw.closed_at),
        // They come with the newest at the end.
        statuses: newest(raw.commits.into_iter().flat_map(|commits| commits.nodes).map(|own| own.commit).rev()),
    }
}
