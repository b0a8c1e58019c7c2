//! Commit statuses.
//!
//! Owns what they say: a commit has those of its repository, successful unless
//! the scenario says otherwise, its own, and what was reported as the world went on.
//! Each of the first two is pending before it ends.

use serde_json::{Value, json};

use super::super::repository::{Reported, Repository};
use super::super::{account_id, node_id};
use super::checks::{combined as sum, find, length, word};
use super::objects::{WEB, minimal_repository, time, url, user};
use super::page::Page;
use super::{Answered, Cx, Reply, Request};
use crate::chance::{hash, mix};
use crate::environment::Name;
use crate::moment::Moment;
use crate::world::World;

/// A commit status: id, context, state, when.
pub type Status = (u64, Name, &'static str, Moment);

/// The statuses of a commit that stand at a moment: the latest of each context.
#[must_use]
pub fn of(repository: &Repository, place: usize, now: Moment) -> Vec<Status> {
    let latest = |mut told: Vec<Status>| told.pop();
    history(repository, place, now).into_iter().filter_map(latest).collect()
}

/// What was said so far in each context, oldest first.
fn history(repository: &Repository, place: usize, now: Moment) -> Vec<Vec<Status>> {
    let Some(commit) = repository.history.at(place) else { return Vec::new() };
    let usual = repository.statuses.iter().filter(|name| !commit.statuses.contains_key(*name)).map(|name| (name, word(commit, name)));
    let own = commit.statuses.iter().map(|(name, word)| (name, &**word));
    let all = usual.chain(own).filter(|(_, word)| *word != "missing").enumerate();
    let mut told: Vec<Vec<Status>> = all
        .map(|(number, (name, word))| {
            let seed = mix(hash(&commit.id), hash(name));
            let id = 30_000_000_000 + seed % 9_000_000_000;
            let mut told = vec![(id, name.clone(), "pending", commit.from)];
            let end = commit.from.plus(length(commit, number + 100));
            let state = match word {
                "failure" => Some("failure"),
                "error" => Some("error"),
                "pending" => None,
                _ => Some("success"),
            };
            told.extend(state.filter(|_| end <= now).map(|state| (id + 1, name.clone(), state, end)));
            told
        })
        .collect();
    for (number, reported) in repository.reported.iter().enumerate().filter(|(_, reported)| reported.commit == place && reported.at <= now)
    {
        let status = (39_000_000_000 + number as u64, reported.context.clone(), reported.state, reported.at);
        match told.iter_mut().find(|told| told.first().is_some_and(|(_, context, ..)| *context == reported.context)) {
            Some(told) => told.push(status),
            None => told.push(vec![status]),
        }
    }
    told
}

fn status(cx: &Cx<'_>, repository: &Repository, sha: &str, (id, context, state, at): &Status) -> Value {
    json!({
        "url": format!("{}/statuses/{sha}", url(&cx.base, repository)), "id": id, "node_id": node_id("SC", *id), "state": state,
        "context": &**context, "description": null, "target_url": format!("{WEB}/{}/status/{id}", repository.full_name()),
        "avatar_url": format!("https://avatars.github.example/oa/{}", account_id(context)),
        "created_at": time(*at), "updated_at": time(*at),
    })
}

/// `GET …/commits/{ref}/status`: the latest of each context.
///
/// # Errors
///
/// When there is no such commit.
pub fn combined(cx: &Cx<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let found = find(cx, place, text)?;
    let sha = repository.history.at(found).map_or("", |commit| &*commit.id);
    let (url, statuses) = (url(&cx.base, repository), of(repository, found, cx.now));
    let states: Vec<&str> = statuses.iter().map(|(_, _, state, _)| *state).collect();
    let rows: Vec<Value> = statuses.iter().map(|found| status(cx, repository, sha, found)).collect();
    Ok(Reply::json(json!({
        "state": sum(&states),
        "statuses": rows,
        "sha": sha,
        "total_count": rows.len(),
        "repository": minimal_repository(&cx.base, repository),
        "commit_url": format!("{url}/commits/{sha}"),
        "url": format!("{url}/commits/{sha}/status"),
    })))
}

/// `GET …/commits/{ref}/statuses`: everything that was said, newest first.
///
/// # Errors
///
/// When there is no such commit.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize, text: &str) -> Answered {
    let repository = cx.repository(place)?;
    let found = find(cx, place, text)?;
    let sha = repository.history.at(found).map_or("", |commit| &*commit.id);
    let mut told: Vec<Status> = history(repository, found, cx.now).into_iter().flatten().collect();
    told.sort_by_key(|(id, _, _, at)| std::cmp::Reverse((*at, *id)));
    let page = Page::read(&request.params, 30);
    let rows = page.cut(&told).into_iter().map(|found| {
        let mut value = status(cx, repository, sha, &found);
        if let Some(members) = value.as_object_mut() {
            members.insert(String::from("creator"), user(&cx.base, "ci[bot]"));
        }
        value
    });
    Ok(Reply::Json(200, Value::Array(rows.collect()), page.link(request, repository.id, told.len())))
}

impl World {
    /// Something reports a status of a commit.
    pub(crate) fn report_status(&mut self, repository: usize, commit: usize, context: &Name, state: &'static str) {
        let at = self.now;
        if let Some(found) = self.repository(repository) {
            found.reported.push(Reported { commit, context: context.clone(), state, at });
        }
    }
}
