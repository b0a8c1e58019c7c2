//! The tags of a repository (GitHub's REST API documentation, "List repository tags": each with its commit, whatever
//! kind of tag it is).

use std::sync::Arc;

use serde::Deserialize;

use super::asking::Asking;
use super::error::Trouble;
use super::soft::soft;
use crate::model::id::{Repository, Sha};
use crate::model::tag::{Tag, Tags};

/// How many pages of a hundred are read. The highest names come first.
const PAGES: usize = 3;

#[derive(Deserialize)]
struct RawTag {
    name: String,
    #[serde(default, deserialize_with = "soft")]
    commit: Option<RawCommit>,
}

#[derive(Deserialize)]
struct RawCommit {
    sha: String,
}

/// The tags. What was not understood is left out, and then they are not all.
pub async fn tags(asking: &mut Asking<'_>, repository: &Repository) -> Result<Tags, Trouble> {
    let mut url = format!("{}/tags?per_page=100", asking.caller.home(repository)?);
    let mut tags = Tags { each: Vec::new(), is_complete: true };
    for _ in 0..PAGES {
        let page = asking.page(repository, &url, |body| Ok(serde_json::from_slice::<Vec<RawTag>>(body)?)).await?;
        let tag = |raw: &RawTag| Some(Tag { name: Arc::from(raw.name.as_str()), commit: Sha::new(&raw.commit.as_ref()?.sha)? });
        let known: Vec<Tag> = page.value.iter().filter_map(tag).collect();
        tags.is_complete &= known.len() == page.value.len();
        tags.each.extend(known);
        match page.next {
            Some(next) => url = next,
            None => return Ok(tags),
        }
    }
    tags.is_complete = false;
    Ok(tags)
}
