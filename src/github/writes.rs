//! What is written: which write is which call. Each is made once.
//!
//! Shapes: GitHub's REST API documentation, "Workflow runs", "Workflows", "Pull requests", "Git references",
//! "Releases"; for reverts its GraphQL schema, `revertPullRequest`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::asking::Asking;
use super::call::{Answer, encoded};
use super::error::{Refusal, Trouble, query_limit, shortened};
use super::looks::read_pull;
use super::rest;
use super::soft::{list, soft};
use crate::model::clock::Timestamp;
use crate::model::id::{GateId, PullNumber, Repository, RunId};
use crate::model::write::{Receipt, Write};

/// What is written, as a sentence says it.
pub fn what(repository: &Repository, write: &Write) -> String {
    format!("{} of {} of {repository}", write.noun(), write.place())
}

/// Writes.
pub async fn write(asking: &mut Asking<'_>, repository: &Repository, write: &Write) -> Result<Receipt, Trouble> {
    let home = asking.caller.home(repository)?;
    match write {
        Write::Review { run, gates, approve, comment } => {
            let url = rest::pending(asking, repository, *run)?;
            post(asking, &url, &review(gates, *approve, comment)).await.map(|_| Receipt::default())
        }
        Write::RerunFailed(run) => on_run(asking, &home, *run, "rerun-failed-jobs").await,
        Write::Cancel(run) => on_run(asking, &home, *run, "cancel").await,
        Write::Dispatch { workflow, branch, inputs } => {
            let name = workflow.rsplit('/').next().unwrap_or_default();
            let url = format!("{home}/actions/workflows/{}/dispatches", encoded(name));
            dispatch(asking, &url, branch, inputs).await
        }
        Write::Tag { name, commit, release: false } => {
            let body = json!({ "ref": format!("refs/tags/{name}"), "sha": commit.as_str() });
            post(asking, &format!("{home}/git/refs"), &body).await.map(|_| Receipt::default())
        }
        Write::Tag { name, commit, release: true } => {
            let body = json!({ "tag_name": &**name, "target_commitish": commit.as_str(), "name": &**name, "generate_release_notes": true });
            let answer = post(asking, &format!("{home}/releases"), &body).await?;
            Ok(Receipt { run: None, url: web(&answer) })
        }
        Write::Merge { pull, head, method } => {
            let body = json!({ "sha": head.as_str(), "merge_method": method.word() });
            let url = format!("{home}/pulls/{pull}/merge");
            asking.write(Method::PUT, &url, &body).await.map(|_| Receipt::default())
        }
        Write::Revert { pull, body } => revert(asking, repository, *pull, body).await,
    }
}

async fn post(asking: &mut Asking<'_>, url: &str, body: &Value) -> Result<Answer, Trouble> {
    asking.write(Method::POST, url, body).await
}

fn review(gates: &[GateId], approve: bool, comment: &str) -> Value {
    json!({
        "environment_ids": gates.iter().map(|gate| gate.0).collect::<Vec<_>>(),
        "state": if approve { "approved" } else { "rejected" },
        "comment": comment,
    })
}

async fn on_run(asking: &mut Asking<'_>, home: &str, run: RunId, verb: &str) -> Result<Receipt, Trouble> {
    post(asking, &format!("{home}/actions/runs/{run}/{verb}"), &json!({})).await?;
    Ok(Receipt { run: Some(run), url: None })
}

#[derive(Deserialize, Default)]
struct Started {
    #[serde(default, deserialize_with = "soft")]
    workflow_run_id: Option<u64>,
    #[serde(default, deserialize_with = "soft")]
    html_url: Option<String>,
}

async fn dispatch(asking: &mut Asking<'_>, url: &str, branch: &str, inputs: &BTreeMap<Arc<str>, String>) -> Result<Receipt, Trouble> {
    let inputs: BTreeMap<&str, &str> = inputs.iter().map(|(name, value)| (&**name, value.as_str())).collect();
    let answer = match post(asking, url, &json!({ "ref": branch, "inputs": inputs, "return_run_details": true })).await {
        // An older server refuses what it does not know, and has started nothing.
        Err(Trouble::Refused(refusal)) if is_about_details(&refusal) => {
            post(asking, url, &json!({ "ref": branch, "inputs": inputs })).await?
        }
        told => told?,
    };
    let started: Started = serde_json::from_slice(&answer.body).unwrap_or_default();
    Ok(Receipt { run: started.workflow_run_id.map(RunId), url: started.html_url.map(Arc::from) })
}

fn is_about_details(refusal: &Refusal) -> bool {
    let named = refusal.message.as_deref().is_some_and(|message| message.contains("return_run_details"));
    matches!(refusal.status, 400 | 422) && named
}

/// Where a person reads what was made.
fn web(answer: &Answer) -> Option<Arc<str>> {
    #[derive(Deserialize, Default)]
    struct Made {
        #[serde(default, deserialize_with = "soft")]
        html_url: Option<String>,
    }
    serde_json::from_slice::<Made>(&answer.body).unwrap_or_default().html_url.map(Arc::from)
}

/// How long the reading before a write may take, its wait for a budget included.
const BEFORE: Duration = Duration::from_secs(10);

const REVERT: &str = "mutation Revert($pull: ID!, $body: String!) {
  revertPullRequest(input: {pullRequestId: $pull, body: $body}) {
    revertPullRequest { number url }
  }
}";

#[derive(Deserialize, Default)]
struct Reverted {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default, deserialize_with = "list")]
    errors: Vec<Flaw>,
}

#[derive(Deserialize)]
struct Flaw {
    #[serde(default, deserialize_with = "soft")]
    message: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "soft")]
    kind: Option<String>,
}

async fn revert(asking: &mut Asking<'_>, repository: &Repository, pull: PullNumber, body: &str) -> Result<Receipt, Trouble> {
    let read = tokio::time::timeout(BEFORE, read_pull(asking, repository, pull)).await;
    let read = read.unwrap_or_else(|_| Err(Trouble::Unsent("what is to be taken back could not be read in time".into())));
    let node = read.map_err(unsent)?.node_id;
    let node = node.ok_or_else(|| Trouble::Unsent("GitHub does not tell the pull request's id".into()))?;
    let answer = asking.mutate(REVERT, json!({ "pull": node, "body": body })).await?;
    let told: Reverted = serde_json::from_slice(&answer.body).map_err(|_| Trouble::CutShort)?;
    let made = told.data.as_ref().and_then(|data| data.pointer("/revertPullRequest/revertPullRequest/url")?.as_str());
    match (made, told.errors.into_iter().next()) {
        (Some(url), _) => Ok(Receipt { run: None, url: Some(url.into()) }),
        (None, Some(flaw)) => Err(flawed(&flaw, &answer, asking.caller.now())),
        (None, None) => Err(Trouble::Garbled("it names no pull request".into())),
    }
}

/// What a mutation failed with. A refusal is told with status 200; what is told without a kind that means
/// one may have come after it was done.
fn flawed(flaw: &Flaw, answer: &Answer, now: Timestamp) -> Trouble {
    let refused = |status| Trouble::Refused(Box::new(Refusal { status, message: flaw.message.clone(), ..Refusal::default() }));
    match flaw.kind.as_deref() {
        Some("FORBIDDEN" | "INSUFFICIENT_SCOPES") => refused(403),
        Some("NOT_FOUND") => refused(404),
        Some("UNPROCESSABLE") => refused(422),
        Some("RATE_LIMITED" | "RATE_LIMIT") => Trouble::Throttled(query_limit(&answer.headers, now)),
        _ => Trouble::Garbled(flaw.message.as_deref().map_or_else(|| "it is an error without words".to_owned(), shortened)),
    }
}

/// A reading before the write failed: then nothing was written.
fn unsent(trouble: Trouble) -> Trouble {
    if trouble.is_unclear() { Trouble::Unsent("what is to be taken back could not be read".into()) } else { trouble }
}
