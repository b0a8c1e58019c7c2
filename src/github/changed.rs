//! When a file was last changed on a branch (GitHub's REST API documentation, "List commits").

use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::call::encoded;
use super::error::Trouble;
use super::soft::{moment, soft};
use crate::model::clock::Timestamp;
use crate::model::id::Repository;

#[derive(Deserialize)]
struct RawEntry {
    commit: RawCommit,
}

#[derive(Deserialize)]
struct RawCommit {
    #[serde(default, deserialize_with = "soft")]
    committer: Option<RawSigned>,
}

#[derive(Deserialize)]
struct RawSigned {
    #[serde(default, deserialize_with = "soft")]
    date: Option<String>,
}

/// When the newest commit that touches a file came to the branch; none where none does.
///
/// The committer's date: the author's may be from long before the commit was merged.
pub async fn changed(
    asking: &mut Asking<'_>,
    repository: &Repository,
    path: &str,
    branch: Option<&str>,
) -> Result<Option<Timestamp>, Trouble> {
    let home = asking.caller.home(repository)?;
    let branch = branch.map(|branch| format!("&sha={}", encoded(branch))).unwrap_or_default();
    let url = format!("{home}/commits?path={}{branch}&per_page=1", encoded(path));
    let page = asking.page(repository, &url, |body| read(serde_json::from_slice(body)?)).await?;
    Ok(*page.value)
}

fn read(raw: Vec<RawEntry>) -> Result<Option<Timestamp>, Misread> {
    let Some(newest) = raw.into_iter().next() else { return Ok(None) };
    let at = newest.commit.committer.and_then(|signed| moment(signed.date));
    at.map(Some).ok_or_else(|| Misread::Shape("a commit has no date".into()))
}
