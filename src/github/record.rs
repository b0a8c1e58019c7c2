//! What GitHub records of an environment: its deployments with how they went, and open issues that are alerts.
//!
//! Shapes and words: GitHub's REST API documentation, "Deployments", "Deployment statuses", "Issues".

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::asking::{Asking, Misread};
use super::call::encoded;
use super::error::Trouble;
use super::soft::{moment, soft, words};
use crate::model::id::{Repository, Sha};
use crate::model::record::{Alert, Recorded, RecordedState};

/// How many deployments are looked at, the newest first: the latest that went well is mostly among the first two.
const DEPLOYMENTS: usize = 5;
/// How many alerts are read; whoever has more open has another trouble.
const ALERTS: usize = 100;

#[derive(Deserialize)]
struct RawDeployment {
    id: u64,
    #[serde(default, deserialize_with = "soft")]
    sha: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct RawStatus {
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
}

#[derive(Deserialize)]
struct RawIssue {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    created_at: Option<String>,
    /// There where it is a pull request.
    #[serde(default)]
    pull_request: Value,
}

/// The latest deployments to an environment, as far back as the latest that went well.
pub async fn deployments(asking: &mut Asking<'_>, repository: &Repository, environment: &str) -> Result<Vec<Recorded>, Trouble> {
    let home = asking.caller.home(repository)?;
    let url = format!("{home}/deployments?environment={}&per_page={DEPLOYMENTS}", encoded(environment));
    let page = asking.page(repository, &url, |body| read_deployments(serde_json::from_slice(body)?)).await?;
    let mut told = Vec::new();
    for (id, sha, created_at) in page.value.iter().cloned() {
        let url = format!("{home}/deployments/{id}/statuses?per_page=1");
        let state = asking.page(repository, &url, |body| Ok(read_state(serde_json::from_slice(body)?))).await?;
        let state = *state.value;
        told.push(Recorded { sha, state, created_at });
        if state == RecordedState::Success {
            break;
        }
    }
    Ok(told)
}

/// The open issues with a label, newest first.
pub async fn alerts(asking: &mut Asking<'_>, repository: &Repository, label: &str) -> Result<Vec<Alert>, Trouble> {
    let home = asking.caller.home(repository)?;
    let url = format!("{home}/issues?labels={}&state=open&per_page={ALERTS}", encoded(label));
    let page = asking.page(repository, &url, |body| Ok(read_alerts(serde_json::from_slice(body)?))).await?;
    Ok(Arc::unwrap_or_clone(page.value))
}

type Dated = (u64, Sha, Option<crate::model::clock::Timestamp>);

fn read_deployments(raw: Vec<RawDeployment>) -> Result<Vec<Dated>, Misread> {
    let dated = |raw: RawDeployment| {
        let sha = raw.sha.as_deref().and_then(Sha::new);
        let sha = sha.ok_or_else(|| Misread::Shape(format!("deployment {} has no commit", raw.id)))?;
        Ok((raw.id, sha, moment(raw.created_at)))
    };
    raw.into_iter().map(dated).collect()
}

/// The newest status comes first; without any the deployment has just been made.
fn read_state(raw: Vec<RawStatus>) -> RecordedState {
    let Some(newest) = raw.into_iter().next() else { return RecordedState::Pending };
    state(newest.state.as_deref())
}

/// How far a deployment is, in GitHub's word.
pub fn state(word: Option<&str>) -> RecordedState {
    match word {
        Some("success") => RecordedState::Success,
        Some("inactive") => RecordedState::Inactive,
        Some("pending" | "queued" | "in_progress" | "waiting") => RecordedState::Pending,
        Some("failure" | "error") => RecordedState::Failed,
        Some(_) | None => RecordedState::Unknown,
    }
}

fn read_alerts(raw: Vec<RawIssue>) -> Vec<Alert> {
    let issues = raw.into_iter().filter(|issue| issue.pull_request.is_null());
    issues.map(|raw| Alert { number: raw.number, title: words(raw.title), created_at: moment(raw.created_at) }).collect()
}
