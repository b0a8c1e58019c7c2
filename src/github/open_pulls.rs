//! The open pull requests of a branch (GitHub's REST API documentation, "List pull requests").

use serde::Deserialize;

use super::asking::Asking;
use super::call::encoded;
use super::error::Trouble;
use super::soft::{Account, login, moment, soft, words};
use crate::model::commit::{OpenPull, OpenPulls};
use crate::model::id::{PullNumber, Repository, Sha};

/// How many pages of a hundred are read.
const PAGES: usize = 3;

#[derive(Deserialize)]
struct RawPull {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    user: Option<Account>,
    #[serde(default, deserialize_with = "soft")]
    draft: Option<bool>,
    #[serde(default, deserialize_with = "soft")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    head: Option<RawHead>,
}

#[derive(Deserialize)]
struct RawHead {
    sha: String,
}

/// The open pull requests that would be merged into this branch. What was not understood is left out, and then they
/// are not all.
pub async fn open_pulls(asking: &mut Asking<'_>, repository: &Repository, branch: &str) -> Result<OpenPulls, Trouble> {
    let home = asking.caller.home(repository)?;
    let mut url = format!("{home}/pulls?state=open&base={}&sort=created&direction=desc&per_page=100", encoded(branch));
    let mut pulls = OpenPulls { each: Vec::new(), is_complete: true };
    for _ in 0..PAGES {
        let page = asking.page(repository, &url, |body| Ok(serde_json::from_slice::<Vec<RawPull>>(body)?)).await?;
        let known: Vec<OpenPull> = page.value.iter().filter_map(open_pull).collect();
        pulls.is_complete &= known.len() == page.value.len();
        pulls.each.extend(known);
        match page.next {
            Some(next) => url = next,
            None => return Ok(pulls),
        }
    }
    pulls.is_complete = false;
    Ok(pulls)
}

fn open_pull(raw: &RawPull) -> Option<OpenPull> {
    Some(OpenPull {
        number: PullNumber(raw.number),
        title: words(raw.title.clone()),
        author: login(raw.user.clone()),
        head: Sha::new(&raw.head.as_ref()?.sha)?,
        is_draft: raw.draft == Some(true),
        created_at: moment(raw.created_at.clone()),
    })
}
