//! On which commits of a branch and of tags statuses say that something has succeeded (GitHub's GraphQL reference,
//! `Commit.history`, `Repository.refs`, `StatusCheckRollup`).
//!
//! A pipeline that is not GitHub's leaves a status on the commit that it has deployed, which a tag may name that is on no
//! branch: the newest status is what that pipeline deployed last, however old its commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::json;

use super::asking::Asking;
use super::error::Trouble;
use super::graph::{ask, halves};
use super::soft::{list, moment, soft};
use crate::model::clock::Timestamp;
use crate::model::id::{Repository, Sha};
use crate::model::tagged::Statuses;

/// How far back a branch is looked through, and how many tags: what was deployed last is hardly older.
const QUERY: &str = "query Statuses($owner: String!, $name: String!, $branch: String!) {
  repository(owner: $owner, name: $name) {
    object(expression: $branch) { ... on Commit { history(first: 100) { nodes { ...said } } } }
    refs(refPrefix: \"refs/tags/\", first: 50, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      nodes { target { __typename ... on Commit { ...said } ... on Tag { target { __typename ... on Commit { ...said } } } } }
    }
  }
}
";
/// The statuses of a commit.
pub const SAID: &str = "fragment said on Commit {
  oid
  statusCheckRollup { contexts(first: 100) { nodes { __typename ... on StatusContext { context state createdAt } } } }
}
";

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
struct RawTag {
    #[serde(default, deserialize_with = "soft")]
    target: Option<RawTarget>,
}

/// A commit, or what a tag with a message of its own leads to.
#[derive(Deserialize)]
struct RawTarget {
    #[serde(flatten, default, deserialize_with = "soft")]
    commit: Option<RawCommit>,
    #[serde(default, deserialize_with = "soft")]
    target: Option<RawCommit>,
}

/// A commit with its statuses: what [`SAID`] asks for.
#[derive(Deserialize)]
pub struct RawCommit {
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
    #[serde(rename = "createdAt", default, deserialize_with = "soft")]
    created_at: Option<String>,
}

/// The commit of the newest status of each name that says "success".
pub async fn statuses(asking: &mut Asking<'_>, repository: &Repository, branch: Option<&str>) -> Result<Statuses, Trouble> {
    let (owner, name) = halves(repository)?;
    // Without a branch that anybody named, the one that is checked out by default.
    let branch = branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
    let graph = ask(asking, &[QUERY, SAID].concat(), json!({ "owner": owner, "name": name, "branch": branch })).await?;
    // The newest status may be on a tag: without them an older one would count.
    if graph.lacks(&["refs"]) {
        return Err(Trouble::Query(graph.complaint()));
    }
    let told = graph.repository.get("object").filter(|told| told.is_object()).and_then(|told| RawBranch::deserialize(told).ok());
    let tags = graph.repository.get("refs").and_then(|told| Nodes::<RawTag>::deserialize(told).ok());
    let tagged = tags.into_iter().flat_map(|tags| tags.all).filter_map(|tag| tag.target).filter_map(RawTarget::commit);
    told.map(|told| newest(told.history.all.into_iter().chain(tagged))).ok_or_else(|| Trouble::Query(graph.complaint()))
}

impl RawTarget {
    fn commit(self) -> Option<RawCommit> {
        self.commit.or(self.target)
    }
}

/// Of several commits with a status of one name the one on which it was left last. History comes newest first, so where
/// nobody says when, the first counts.
pub fn newest(commits: impl IntoIterator<Item = RawCommit>) -> Statuses {
    let mut newest: BTreeMap<String, (Option<Timestamp>, Sha)> = BTreeMap::new();
    for commit in commits {
        let Some(sha) = Sha::new(&commit.oid) else { continue };
        let contexts = commit.rollup.into_iter().flat_map(|rollup| rollup.contexts.all);
        for RawContext { context, created_at, .. } in contexts.filter(|context| context.state.as_deref() == Some("SUCCESS")) {
            let (Some(context), at) = (context, moment(created_at)) else { continue };
            if newest.get(&context).is_none_or(|(known, _)| *known < at) {
                newest.insert(context, (at, sha.clone()));
            }
        }
    }
    newest.into_iter().map(|(context, (_, sha))| (Arc::from(context), sha)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::canned::{Rig, with};
    use super::*;
    use crate::model::forge::{News, Topic};

    fn commit(digit: &str, each: &[(&str, &str, Option<&str>)]) -> serde_json::Value {
        let context = |(context, state, at): &(&str, &str, Option<&str>)| json!({ "context": context, "state": state, "createdAt": at });
        let nodes: Vec<_> = each.iter().map(context).collect();
        json!({ "__typename": "Commit", "oid": digit.repeat(40), "statusCheckRollup": { "contexts": { "nodes": nodes } } })
    }

    /// Without the tags an older status would count, as if nobody had deployed since.
    #[tokio::test]
    async fn tags_that_could_not_be_read_leave_nothing_known() {
        let told = |errors: serde_json::Value| {
            let branch = json!({ "history": { "nodes": [commit("1", &[("deploy prod", "SUCCESS", None)])] } });
            json!({ "data": { "repository": { "object": branch, "refs": null } }, "errors": errors })
        };
        let error = json!([{ "path": ["repository", "refs"], "message": "Something went wrong" }]);
        let rig = Rig::new(vec![with(200, &[], told(error)), with(200, &[], told(json!([])))]).await;
        let fault = rig.fail(Topic::Statuses).await;
        assert!(fault.sentence.contains("Something went wrong"), "{fault}");
        assert!(matches!(rig.see(Topic::Statuses).await, News::Statuses(told) if told.len() == 1));
    }

    fn told(commits: &[serde_json::Value]) -> Vec<(String, String)> {
        let commits = commits.iter().map(|commit| RawCommit::deserialize(commit).unwrap());
        newest(commits).iter().map(|(context, sha)| (context.to_string(), sha.short().to_owned())).collect()
    }

    #[test]
    fn the_commit_on_which_a_status_succeeded_last_counts() {
        let history = [
            json!({ "oid": "3".repeat(40), "statusCheckRollup": null }),
            commit("2", &[("deploy prod", "FAILURE", None), ("deploy staging", "SUCCESS", None)]),
            commit("1", &[("deploy prod", "SUCCESS", None), ("deploy staging", "SUCCESS", None)]),
        ];
        let expected = [("deploy prod".to_owned(), "1111111".to_owned()), ("deploy staging".to_owned(), "2222222".to_owned())];
        assert_eq!(told(&history), expected);
        // An older commit was deployed again: its status is the newer one.
        let again = [
            commit("2", &[("deploy prod", "SUCCESS", Some("2026-11-20T10:00:00Z"))]),
            commit("1", &[("deploy prod", "SUCCESS", Some("2026-11-21T10:00:00Z"))]),
        ];
        assert_eq!(told(&again)[0].1, "1111111");
    }

    #[test]
    fn a_tag_leads_to_its_commit_with_and_without_a_message_of_its_own() {
        let plain = json!({ "target": commit("4", &[]) });
        let annotated = json!({ "target": { "__typename": "Tag", "target": commit("5", &[]) } });
        let of = |raw: serde_json::Value| RawTag::deserialize(raw).unwrap().target.and_then(RawTarget::commit).map(|commit| commit.oid);
        assert_eq!((of(plain), of(annotated)), (Some("4".repeat(40)), Some("5".repeat(40))));
        assert_eq!((of(json!({ "target": null })), of(json!({ "target": { "__typename": "Tree" } }))), (None, None));
    }
}
