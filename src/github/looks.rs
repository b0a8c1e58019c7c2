//! Looks past everything that is kept: what a write is checked against, and what it has done.
//!
//! Shapes: GitHub's REST API documentation, "Workflow runs", "Pull requests", "Git references".

use std::sync::Arc;

use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::call::encoded;
use super::error::Trouble;
use super::rest;
use super::soft::{Account, list, login, soft, words};
use crate::model::commit::PullState;
use crate::model::id::{GateId, PullNumber, Repository, RunId, Sha};
use crate::model::run::Approval;
use crate::model::write::{Look, Sight};

/// What is looked at, as a sentence says it.
pub fn what(repository: &Repository, look: &Look) -> String {
    match look {
        Look::Run(run) | Look::Held(run) => format!("run {run} of {repository}"),
        Look::Runs(_) => format!("the runs of {repository}"),
        Look::Approvals(run) => format!("the answers to run {run} of {repository}"),
        Look::Pull(pull) => format!("pull request {pull} of {repository}"),
        Look::Reverts(pull) => format!("what takes back pull request {pull} of {repository}"),
        Look::Tag(tag) => format!("the tag {tag} of {repository}"),
    }
}

/// Looks.
pub async fn look(asking: &mut Asking<'_>, repository: &Repository, look: &Look) -> Result<Sight, Trouble> {
    match look {
        Look::Run(id) => rest::run(asking, repository, *id).await.map(Box::new).map(Sight::Run),
        Look::Held(id) => {
            let run = rest::run(asking, repository, *id).await?;
            let gates = rest::gates(asking, repository, *id, true).await?;
            Ok(Sight::Held(Box::new(run), gates))
        }
        Look::Runs(branch) => {
            let head = match branch {
                Some(branch) => read_ref(asking, repository, &format!("heads/{}", path(branch))).await?,
                None => None,
            };
            Ok(Sight::Runs(rest::runs_now(asking, repository).await?, head.map(|head| commit(&head.sha)).transpose()?))
        }
        Look::Approvals(run) => {
            let approvals = approvals(asking, repository, *run).await?;
            let gates = rest::gates(asking, repository, *run, true).await?;
            Ok(Sight::Approvals(approvals, gates))
        }
        Look::Pull(pull) => read_pull(asking, repository, *pull).await?.state().map(Box::new).map(Sight::Pull),
        Look::Reverts(pull) => reverts(asking, repository, *pull).await.map(Sight::Reverts),
        Look::Tag(tag) => read_tag(asking, repository, tag).await.map(Sight::Tag),
    }
}

#[derive(Deserialize)]
struct RawApproval {
    #[serde(default, deserialize_with = "soft")]
    user: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    comment: Option<String>,
    #[serde(default, deserialize_with = "list")]
    environments: Vec<RawGate>,
}

#[derive(Deserialize)]
struct RawGate {
    id: u64,
}

async fn approvals(asking: &mut Asking<'_>, repository: &Repository, run: RunId) -> Result<Vec<Approval>, Trouble> {
    let url = format!("{}/actions/runs/{run}/approvals", asking.caller.home(repository)?);
    let page = asking.past_the_cache(repository, &url, |body| Ok(serde_json::from_slice::<Vec<RawApproval>>(body)?)).await?;
    let raw = Arc::into_inner(page.value).unwrap_or_default();
    let approval = |raw: RawApproval| Approval {
        by: login(raw.user),
        approved: match raw.state.as_deref() {
            Some("approved") => Some(true),
            Some("rejected") => Some(false),
            Some(_) | None => None,
        },
        comment: raw.comment.unwrap_or_default(),
        gates: raw.environments.iter().map(|gate| GateId(gate.id)).collect(),
    };
    Ok(raw.into_iter().map(approval).collect())
}

/// A pull request with what writes need of it.
#[derive(Deserialize)]
pub struct RawPull {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    pub node_id: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    user: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    merged_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    html_url: Option<String>,
    head: RawHead,
    #[serde(default, deserialize_with = "soft")]
    base: Option<RawHead>,
}

/// One end of a pull request.
#[derive(Deserialize)]
struct RawHead {
    sha: String,
    #[serde(rename = "ref", default, deserialize_with = "soft")]
    branch: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    repo: Option<RawRepository>,
}

#[derive(Deserialize)]
struct RawRepository {
    id: u64,
}

impl RawPull {
    /// Whether its branch is the repository's own: in a fork, anybody may call a branch anything.
    fn is_own(&self) -> bool {
        let id = |end: &RawHead| end.repo.as_ref().map(|repository| repository.id);
        id(&self.head).is_some_and(|head| self.base.as_ref().and_then(id) == Some(head))
    }

    fn state(&self) -> Result<PullState, Trouble> {
        let head = Sha::new(&self.head.sha).ok_or_else(|| Trouble::Garbled("the pull request has no commit".into()))?;
        Ok(PullState {
            number: PullNumber(self.number),
            title: words(self.title.clone()),
            author: login(self.user.clone()),
            is_open: self.state.as_deref() == Some("open"),
            is_merged: self.merged_at.is_some(),
            head,
            base: words(self.base.as_ref().and_then(|base| base.branch.clone())),
            url: words(self.html_url.clone()),
        })
    }
}

/// A pull request as it is now.
pub async fn read_pull(asking: &mut Asking<'_>, repository: &Repository, pull: PullNumber) -> Result<RawPull, Trouble> {
    let url = format!("{}/pulls/{pull}", asking.caller.home(repository)?);
    let page = asking.past_the_cache(repository, &url, |body| Ok(serde_json::from_slice::<RawPull>(body)?)).await?;
    Arc::into_inner(page.value).ok_or_else(|| Trouble::Garbled("it was told to somebody else".into()))
}

/// Open pull requests on a branch of the repository with the name that GitHub gives to what takes this one back.
async fn reverts(asking: &mut Asking<'_>, repository: &Repository, pull: PullNumber) -> Result<Vec<PullState>, Trouble> {
    let url = format!("{}/pulls?state=open&sort=created&direction=desc&per_page=50", asking.caller.home(repository)?);
    let page = asking.past_the_cache(repository, &url, |body| Ok(serde_json::from_slice::<Vec<RawPull>>(body)?)).await?;
    let start = format!("revert-{pull}-");
    let named = |raw: &&RawPull| raw.head.branch.as_deref().is_some_and(|branch| branch.starts_with(&start));
    page.value.iter().filter(named).filter(|raw| raw.is_own()).map(RawPull::state).collect()
}

#[derive(Deserialize)]
struct RawRef {
    object: RawObject,
}

#[derive(Deserialize)]
struct RawObject {
    sha: String,
    #[serde(rename = "type", default, deserialize_with = "soft")]
    kind: Option<String>,
}

/// What a tag stands for: the commit itself, where it is a plain one.
async fn read_tag(asking: &mut Asking<'_>, repository: &Repository, tag: &str) -> Result<Option<Sha>, Trouble> {
    let Some(object) = read_ref(asking, repository, &format!("tags/{}", path(tag))).await? else { return Ok(None) };
    if object.kind.as_deref() != Some("tag") {
        return commit(&object.sha).map(Some);
    }
    // An annotated tag is an object of its own.
    let url = format!("{}/git/tags/{}", asking.caller.home(repository)?, encoded(&object.sha));
    let page = asking.past_the_cache(repository, &url, |body| Ok::<_, Misread>(serde_json::from_slice::<RawRef>(body)?.object)).await?;
    commit(&page.value.sha).map(Some)
}

/// What a branch or tag leads to; none where there is no such one.
async fn read_ref(asking: &mut Asking<'_>, repository: &Repository, name: &str) -> Result<Option<Arc<RawObject>>, Trouble> {
    let url = format!("{}/git/ref/{name}", asking.caller.home(repository)?);
    let told = asking.past_the_cache(repository, &url, |body| Ok(serde_json::from_slice::<RawRef>(body)?.object)).await;
    match told {
        Ok(page) => Ok(Some(page.value)),
        Err(Trouble::Refused(refusal)) if refusal.status == 404 => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

fn commit(text: &str) -> Result<Sha, Trouble> {
    Sha::new(text).ok_or_else(|| Trouble::Garbled("it stands for no commit".into()))
}

/// A name with slashes as parts of a path.
fn path(name: &str) -> String {
    name.split('/').map(|part| encoded(part).to_string()).collect::<Vec<_>>().join("/")
}
