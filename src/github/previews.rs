//! Pull requests, and what a pipeline says on each of where its preview is.
//!
//! Anybody may comment on a public repository, and what is told here is visited: so only the comments of
//! bots and of those who may push count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::asking::Asking;
use super::error::Trouble;
use super::soft::{Account, list, login, moment, soft, words};
use crate::model::clock::Timestamp;
use crate::model::id::{PullNumber, Repository};
use crate::model::preview::{Preview, PreviewList, address};

/// How many pages of open pull requests are read, of 100 each.
const PAGES: usize = 5;
/// How many of those that were closed last are looked at.
const CLOSED: usize = 20;
/// On how many pull requests comments are looked for; on each of the others there is none known.
const COMMENTED: usize = 60;

#[derive(Deserialize, Clone)]
struct RawPull {
    number: u64,
    #[serde(default, deserialize_with = "soft")]
    title: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    closed_at: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    user: Option<RawUser>,
}

#[derive(Deserialize, Clone)]
struct RawUser {
    #[serde(default, deserialize_with = "soft")]
    login: Option<String>,
    #[serde(rename = "type", default, deserialize_with = "soft")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct RawPulls(#[serde(deserialize_with = "list")] Vec<RawPull>);

#[derive(Deserialize)]
struct RawComment {
    #[serde(default, deserialize_with = "soft")]
    body: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    user: Option<RawUser>,
    #[serde(default, deserialize_with = "soft")]
    author_association: Option<String>,
}

/// What was read of comments, by pull request and when that was last changed: a comment changes it.
#[derive(Default)]
pub struct Commented(Mutex<HashMap<(Repository, u64), Said>>);

/// What the comments of a pull request said when it was last changed.
struct Said {
    updated_at: String,
    url: Option<Arc<str>>,
}

/// Its comments have to be read.
struct Unread;

impl Commented {
    /// What is known of a pull request that has not changed since; an error where nothing is.
    fn get(&self, repository: &Repository, pull: &RawPull) -> Result<Option<Arc<str>>, Unread> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = known.get(&(repository.clone(), pull.number)).ok_or(Unread)?;
        if pull.updated_at.as_ref() == Some(&said.updated_at) { Ok(said.url.clone()) } else { Err(Unread) }
    }

    fn keep(&self, repository: &Repository, pull: &RawPull, url: Option<Arc<str>>) {
        let Some(updated_at) = pull.updated_at.clone() else { return };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((repository.clone(), pull.number), Said { updated_at, url });
    }

    /// What is not looked at any more is not kept.
    fn retain(&self, repository: &Repository, pulls: &[RawPull]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, number), _| other != repository || pulls.iter().any(|pull| pull.number == *number));
    }
}

/// The pull requests that are open and those that were closed last, with where their previews are.
pub async fn previews(asking: &mut Asking<'_>, commented: &Commented, repository: &Repository) -> Result<PreviewList, Trouble> {
    let home = asking.caller.home(repository)?;
    let (mut pulls, is_complete) = open(asking, repository, &home).await?;
    let url = format!("{home}/pulls?state=closed&sort=updated&direction=desc&per_page={CLOSED}");
    pulls.extend(page(asking, repository, &url).await?.0);
    let mut each = Vec::with_capacity(pulls.len());
    for (place, pull) in pulls.iter().enumerate() {
        let url = if place < COMMENTED { said(asking, commented, repository, &home, pull).await? } else { None };
        each.push(preview(pull.clone(), url));
    }
    commented.retain(repository, &pulls);
    Ok(PreviewList { each, is_complete })
}

/// Those that are open, and whether they are all.
async fn open(asking: &mut Asking<'_>, repository: &Repository, home: &str) -> Result<(Vec<RawPull>, bool), Trouble> {
    let mut url = format!("{home}/pulls?state=open&per_page=100");
    let mut pulls = Vec::new();
    for _ in 0..PAGES {
        let (more, next) = page(asking, repository, &url).await?;
        pulls.extend(more);
        match next {
            Some(next) => url = next,
            None => return Ok((pulls, true)),
        }
    }
    Ok((pulls, false))
}

async fn page(asking: &mut Asking<'_>, repository: &Repository, url: &str) -> Result<(Vec<RawPull>, Option<String>), Trouble> {
    let page = asking.page(repository, url, |body| Ok(serde_json::from_slice::<RawPulls>(body)?.0)).await?;
    Ok((page.value.as_ref().clone(), page.next))
}

/// Where the last comment that says so says that the preview is.
async fn said(
    asking: &mut Asking<'_>,
    commented: &Commented,
    repository: &Repository,
    home: &str,
    pull: &RawPull,
) -> Result<Option<Arc<str>>, Trouble> {
    if let Ok(known) = commented.get(repository, pull) {
        return Ok(known);
    }
    let url = format!("{home}/issues/{}/comments?per_page=100", pull.number);
    let page = asking.page(repository, &url, |body| Ok(last_address(serde_json::from_slice(body)?))).await?;
    let url = page.value.as_ref().clone();
    commented.keep(repository, pull, url.clone());
    Ok(url)
}

fn last_address(comments: Vec<RawComment>) -> Option<Arc<str>> {
    let trusted = comments.into_iter().filter(|comment| {
        let is_bot = comment.user.as_ref().is_some_and(|user| user.kind.as_deref() == Some("Bot"));
        is_bot || matches!(comment.author_association.as_deref(), Some("OWNER" | "MEMBER" | "COLLABORATOR"))
    });
    let bodies: Vec<String> = trusted.filter_map(|comment| comment.body).collect();
    bodies.iter().rev().find_map(|body| address(body)).map(Arc::from)
}

fn preview(raw: RawPull, url: Option<Arc<str>>) -> Preview {
    let closed_at: Option<Timestamp> = moment(raw.closed_at);
    Preview {
        pull: PullNumber(raw.number),
        title: words(raw.title),
        author: login(raw.user.map(|user| Account { login: user.login })),
        is_open: raw.state.as_deref() == Some("open"),
        closed_at,
        url,
    }
}
