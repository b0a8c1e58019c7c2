//! Which commits touch a folder (GitHub's REST API documentation, "List commits").
//!
//! One call tells it of a hundred commits; asking each commit for its files would cost a call for each.

use std::time::Duration;

use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::call::encoded;
use super::error::Trouble;
use crate::model::folder::{Touched, Within};
use crate::model::id::{Repository, Sha};

/// How many pages are read, of 100 commits each.
const PAGES: usize = 10;
/// How much further back is looked than the oldest commit says: clocks of those who commit differ.
const SLACK: Duration = Duration::from_secs(86_400);

#[derive(Deserialize)]
struct RawCommit {
    sha: String,
}

/// The commits that touch the folder. Nothing of it is kept: the answer is the same for ever.
pub async fn touched(asking: &mut Asking<'_>, repository: &Repository, within: &Within) -> Result<Touched, Trouble> {
    let home = asking.caller.home(repository)?;
    let since = within.since.and_then(|since| since.checked_sub(SLACK).ok());
    let since = since.map(|since| format!("&since={}", encoded(&since.to_string()))).unwrap_or_default();
    let mut url = format!("{home}/commits?sha={}&path={}{since}&per_page=100", within.between.head, encoded(&within.folder));
    let mut touched = Touched::default();
    for _ in 0..PAGES {
        let page = asking.past_the_cache(repository, &url, |body| read(serde_json::from_slice(body)?)).await?;
        touched.commits.extend(page.value.iter().cloned());
        match page.next {
            Some(next) => url = next,
            None => {
                touched.is_complete = true;
                break;
            }
        }
    }
    Ok(touched)
}

fn read(raw: Vec<RawCommit>) -> Result<Vec<Sha>, Misread> {
    let sha = |raw: RawCommit| Sha::new(&raw.sha).ok_or_else(|| Misread::Shape("a commit has no hash".into()));
    raw.into_iter().map(sha).collect()
}
