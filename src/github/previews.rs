//! Pull requests, and what a pipeline says of where the preview of each is: in GitHub's record of deployments, or in a
//! comment.
//!
//! Anybody may comment on a public repository, and what is told here is visited: so only the comments of
//! bots and of those who may push count.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::asking::Asking;
use super::error::Trouble;
use super::record;
use super::soft::{Account, list, login, moment, soft, words};
use crate::model::clock::Timestamp;
use crate::model::id::{PullNumber, Repository, Sha};
use crate::model::preview::{Marks, Place, Preview, PreviewList, commit, is_address};
use crate::model::record::RecordedState;
use crate::model::version::{Stated, VersionSource};

/// How many pages of open pull requests are read, of 100 each.
const PAGES: usize = 5;
/// How many of those that were closed last are looked at.
const CLOSED: usize = 20;
/// On how many pull requests comments and deployments are looked for; of each of the others nothing is known.
const COMMENTED: usize = 60;
/// How many pages of a repository's deployments are read, of 100 each.
const DEPLOYMENT_PAGES: usize = 5;
/// How many deployments of one preview are looked at: one that is under way or has failed leaves what was there before.
const TRIED: usize = 5;
/// How many pages of comments of one pull request are read, of 100 each: the last that tells counts.
const COMMENT_PAGES: usize = 5;

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

#[derive(Deserialize)]
struct RawDeployment {
    id: u64,
    #[serde(default, deserialize_with = "soft")]
    environment: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    sha: Option<String>,
}

#[derive(Deserialize)]
struct RawDeployments(#[serde(deserialize_with = "list")] Vec<RawDeployment>);

#[derive(Deserialize)]
struct RawStatus {
    #[serde(default, deserialize_with = "soft")]
    state: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    environment_url: Option<String>,
}

/// Where a preview is and what runs there, as one of both ways tells.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    place: Place,
    version: Option<Stated>,
}

/// Nothing is known of it.
const UNREAD: Told = Told { place: Place::Unread, version: None };

/// A deployment of a preview.
#[derive(Clone, Debug)]
struct Deployed {
    id: u64,
    sha: Option<Sha>,
}

/// The deployments of previews, by the numbers of their pull requests, the newest first.
#[derive(Default)]
struct Record {
    of_pulls: HashMap<u64, Vec<Deployed>>,
    /// Whether there is one here of every preview that was ever deployed.
    is_whole: bool,
}

/// What was read of comments, by pull request and when that was last changed: a comment changes it.
#[derive(Default)]
pub struct Commented(Mutex<HashMap<(Repository, u64), Said>>);

/// What the comments of a pull request said when it was last changed.
struct Said {
    updated_at: String,
    told: Told,
}

/// Its comments have to be read.
struct Unread;

impl Commented {
    /// What is known of a pull request that has not changed since; an error where nothing is.
    fn get(&self, repository: &Repository, pull: &RawPull) -> Result<Told, Unread> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = known.get(&(repository.clone(), pull.number)).ok_or(Unread)?;
        if pull.updated_at.as_ref() == Some(&said.updated_at) { Ok(said.told.clone()) } else { Err(Unread) }
    }

    fn keep(&self, repository: &Repository, pull: &RawPull, told: Told) {
        let Some(updated_at) = pull.updated_at.clone() else { return };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert((repository.clone(), pull.number), Said { updated_at, told });
    }

    /// What is not looked at any more is not kept.
    fn retain(&self, repository: &Repository, pulls: &[RawPull]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, number), _| other != repository || pulls.iter().any(|pull| pull.number == *number));
    }
}

/// The pull requests that are open and those that were closed last, with where their previews are.
pub async fn previews(
    asking: &mut Asking<'_>,
    commented: &Commented,
    marks: &Marks,
    repository: &Repository,
) -> Result<PreviewList, Trouble> {
    let home = asking.caller.home(repository)?;
    let (mut pulls, is_complete) = open(asking, repository, &home).await?;
    let url = format!("{home}/pulls?state=closed&sort=updated&direction=desc&per_page={CLOSED}");
    pulls.extend(page(asking, repository, &url).await?.0);
    let record = if pulls.is_empty() { Record::default() } else { record_of(asking, marks, repository, &home, &pulls).await? };
    let mut each = Vec::with_capacity(pulls.len());
    for (place, pull) in pulls.iter().enumerate() {
        let told = if place < COMMENTED {
            match recorded(asking, repository, &home, &record, pull).await? {
                Some(told) => told,
                None => match said(asking, commented, marks, repository, &home, pull).await? {
                    // Nobody says so, in as much as was read.
                    told if told.place == Place::Nowhere && !record.is_whole => UNREAD,
                    told => told,
                },
            }
        } else {
            UNREAD
        };
        each.push(preview(pull.clone(), told));
    }
    commented.retain(repository, &pulls);
    Ok(PreviewList { each, is_complete })
}

/// The deployments of previews among the latest of all: as many as it takes to find one of each of these.
async fn record_of(
    asking: &mut Asking<'_>,
    marks: &Marks,
    repository: &Repository,
    home: &str,
    pulls: &[RawPull],
) -> Result<Record, Trouble> {
    let mut record = Record { is_whole: true, ..Record::default() };
    if marks.environments.is_empty() {
        return Ok(record);
    }
    let mut url = format!("{home}/deployments?per_page=100");
    for _ in 0..DEPLOYMENT_PAGES {
        let marks = marks.clone();
        let page = asking.page(repository, &url, move |body| Ok(of_previews(&marks, serde_json::from_slice(body)?))).await?;
        for (pull, deployed) in page.value.iter() {
            record.of_pulls.entry(*pull).or_default().push(deployed.clone());
        }
        let is_enough = pulls.iter().take(COMMENTED).all(|pull| record.of_pulls.contains_key(&pull.number));
        match page.next {
            Some(next) if !is_enough => url = next,
            Some(_) | None => return Ok(record),
        }
    }
    Ok(Record { is_whole: false, ..record })
}

/// The deployments of previews with the numbers of their pull requests, in the order in which they are told.
fn of_previews(marks: &Marks, told: RawDeployments) -> Vec<(u64, Deployed)> {
    let deployed = |raw: RawDeployment| {
        let pull = marks.pull(raw.environment.as_deref()?)?;
        Some((pull.0, Deployed { id: raw.id, sha: raw.sha.as_deref().and_then(Sha::new) }))
    };
    told.0.into_iter().filter_map(deployed).collect()
}

/// Where the deployments of a preview have left it; nothing where a comment may tell more.
async fn recorded(
    asking: &mut Asking<'_>,
    repository: &Repository,
    home: &str,
    record: &Record,
    pull: &RawPull,
) -> Result<Option<Told>, Trouble> {
    for deployed in record.of_pulls.get(&pull.number).into_iter().flatten().take(TRIED) {
        let url = format!("{home}/deployments/{}/statuses?per_page=1", deployed.id);
        let page = asking
            .page(repository, &url, |body| {
                let newest = serde_json::from_slice::<Vec<RawStatus>>(body)?.into_iter().next();
                Ok(newest.map(|raw| (record::state(raw.state.as_deref()), raw.environment_url)))
            })
            .await?;
        let at = |url: &str, sha: Option<&Sha>| {
            let version = sha.cloned().map(|sha| Stated::commit(VersionSource::GitHubDeployment, sha));
            Told { place: Place::At(Arc::from(url)), version }
        };
        match page.value.as_ref() {
            Some((RecordedState::Success, Some(url))) if is_address(url) => return Ok(Some(at(url, deployed.sha.as_ref()))),
            // It was taken down. Of one whose pull request is over that has to be looked at, where it was.
            Some((RecordedState::Inactive, _)) if is_open(pull) => return Ok(Some(Told { place: Place::Nowhere, version: None })),
            Some((RecordedState::Inactive, Some(url))) if is_address(url) => return Ok(Some(at(url, None))),
            // One that is under way or has failed: what was there before is there.
            _ => {}
        }
    }
    Ok(None)
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

/// Where the last comment that says so says that the preview is. Where not all comments could be read nothing is known.
async fn said(
    asking: &mut Asking<'_>,
    commented: &Commented,
    marks: &Marks,
    repository: &Repository,
    home: &str,
    pull: &RawPull,
) -> Result<Told, Trouble> {
    if let Ok(known) = commented.get(repository, pull) {
        return Ok(known);
    }
    let mut url = format!("{home}/issues/{}/comments?per_page=100", pull.number);
    let mut told = Told { place: Place::Nowhere, version: None };
    for _ in 0..COMMENT_PAGES {
        let marks = marks.clone();
        let page = asking.page(repository, &url, move |body| Ok(last_told(&marks, serde_json::from_slice(body)?))).await?;
        if let Some(later) = page.value.as_ref() {
            told = later.clone();
        }
        match page.next {
            Some(next) => url = next,
            None => {
                commented.keep(repository, pull, told.clone());
                return Ok(told);
            }
        }
    }
    Ok(UNREAD)
}

fn last_told(marks: &Marks, comments: Vec<RawComment>) -> Option<Told> {
    let trusted = comments.into_iter().filter(|comment| {
        let is_bot = comment.user.as_ref().is_some_and(|user| user.kind.as_deref() == Some("Bot"));
        is_bot || matches!(comment.author_association.as_deref(), Some("OWNER" | "MEMBER" | "COLLABORATOR"))
    });
    let bodies: Vec<String> = trusted.filter_map(|comment| comment.body).collect();
    bodies.iter().rev().find_map(|body| {
        let place = Place::At(Arc::from(marks.address(body)?));
        Some(Told { place, version: commit(body).map(|sha| Stated::commit(VersionSource::GitHubComment, sha)) })
    })
}

fn is_open(pull: &RawPull) -> bool {
    pull.state.as_deref() == Some("open")
}

fn preview(raw: RawPull, told: Told) -> Preview {
    let closed_at: Option<Timestamp> = moment(raw.closed_at.clone());
    Preview {
        pull: PullNumber(raw.number),
        is_open: is_open(&raw),
        title: words(raw.title),
        author: login(raw.user.map(|user| Account { login: user.login })),
        closed_at,
        place: told.place,
        version: told.version,
    }
}
