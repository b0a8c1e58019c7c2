//! On which commits of a branch statuses say that something has succeeded (GitHub's GraphQL reference, `Commit.history`,
//! `StatusCheckRollup`).
//!
//! A pipeline that is not GitHub's leaves a status on the commit that it has deployed: the newest commit with it is
//! what that pipeline deployed last, unless somebody deployed an older one again.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::asking::Asking;
use super::error::Trouble;
use super::graph::{ask, halves};
use super::soft::{list, soft};
use crate::model::id::{Repository, Sha};
use crate::model::tagged::Statuses;

/// How far back a branch is looked through: what was deployed last is hardly older.
const QUERY: &str = "query Statuses($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    object(expression: $branch) {
      ... on Commit {
        history(first: 100) {
          nodes {
            oid
            statusCheckRollup { contexts(first: 100) { nodes { __typename ... on StatusContext { context state } } } }
          }
        }
      }
    }
  }
}";

#[derive(Deserialize)]
struct RawBranch {
    history: Nodes<RawCommit>,
}

#[derive(Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
struct Nodes<T> {
    #[serde(rename = "nodes", default, deserialize_with = "list")]
    all: Vec<T>,
}

#[derive(Deserialize)]
struct RawCommit {
    oid: String,
    #[serde(rename = "statusCheckRollup", default, deserialize_with = "soft")]
    rollup: Option<RawRollup>,
}

#[derive(Deserialize)]
struct RawRollup {
    contexts: Nodes<RawContext>,
}

#[derive(Deserialize)]
struct RawContext {
    #[serde(default, deserialize_with = "soft")]
    context: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
}

/// The newest commit of the branch for each status that says "success".
pub async fn statuses(asking: &mut Asking<'_>, repository: &Repository, branch: Option<&str>) -> Result<Statuses, Trouble> {
    let (owner, name) = halves(repository)?;
    // Without a branch that anybody named, the one that is checked out by default.
    let branch = branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
    let graph = ask(asking, QUERY, json!({ "owner": owner, "name": name, "branch": branch })).await?;
    let told = graph.repository.get("object").filter(|told| told.is_object()).and_then(|told| RawBranch::deserialize(told).ok());
    told.map(|told| newest(&told.history.all)).ok_or_else(|| Trouble::Query(graph.complaint()))
}

/// History comes newest first, so the first commit of a status is its newest.
fn newest(history: &[RawCommit]) -> Statuses {
    let mut newest: BTreeMap<&str, Sha> = BTreeMap::new();
    for commit in history {
        let Some(sha) = Sha::new(&commit.oid) else { continue };
        let contexts = commit.rollup.iter().flat_map(|rollup| &rollup.contexts.all);
        for context in
            contexts.filter(|context| context.state.as_deref() == Some("SUCCESS")).filter_map(|context| context.context.as_deref())
        {
            newest.entry(context).or_insert_with(|| sha.clone());
        }
    }
    newest.into_iter().map(|(context, sha)| (Arc::from(context), sha)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_commit_on_which_a_status_succeeded_counts() {
        let commit = |digit: &str, states: serde_json::Value| json!({ "oid": digit.repeat(40), "statusCheckRollup": states });
        let contexts = |each: &[(&str, &str)]| {
            let nodes: Vec<_> = each.iter().map(|(context, state)| json!({ "context": context, "state": state })).collect();
            json!({ "contexts": { "nodes": nodes } })
        };
        let history: Vec<RawCommit> = serde_json::from_value(json!([
            commit("3", json!(null)),
            commit("2", contexts(&[("deploy prod", "FAILURE"), ("deploy staging", "SUCCESS")])),
            commit("1", contexts(&[("deploy prod", "SUCCESS"), ("deploy staging", "SUCCESS")])),
        ]))
        .unwrap();
        let told: Vec<(String, String)> =
            newest(&history).iter().map(|(context, sha)| (context.to_string(), sha.short().to_owned())).collect();
        assert_eq!(told, [("deploy prod".to_owned(), "1111111".to_owned()), ("deploy staging".to_owned(), "2222222".to_owned())]);
    }
}
