//! Branches and tags as references of git, and making them.

use serde_json::{Value, json};

use super::super::node_id;
use super::super::refs::is_ref_name;
use super::super::repository::Repository;
use super::objects::url;
use super::page::{Page, encode_path};
use super::writes::{body, text};
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::chance::{hash, mix};
use crate::world::World;

fn reference(base: &str, repository: &Repository, name: &str, commit: usize) -> Value {
    let url = url(base, repository);
    let sha = repository.history.at(commit).map_or("", |commit| &*commit.id);
    json!({
        "ref": name,
        "node_id": node_id("REF", mix(repository.id, hash(name))),
        "url": format!("{url}/git/{}", encode_path(name)),
        "object": { "sha": sha, "type": "commit", "url": format!("{url}/git/commits/{sha}") },
    })
}

/// `GET …/git/ref/{ref}`.
///
/// # Errors
///
/// When there is none of exactly that name.
pub fn one(cx: &Cx<'_>, place: usize, name: &str) -> Answered {
    let repository = cx.repository(place)?;
    let full = format!("refs/{name}");
    let (name, commit) = repository.refs(cx.now).into_iter().find(|(known, _)| *known == full).ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(reference(&cx.base, repository, &name, commit)))
}

/// `GET …/git/matching-refs/{ref}`: all whose names begin so.
///
/// # Errors
///
/// When the repository is gone.
pub fn matching(cx: &Cx<'_>, place: usize, start: &str) -> Answered {
    let repository = cx.repository(place)?;
    let full = format!("refs/{start}");
    let refs = repository.refs(cx.now).into_iter().filter(|(name, _)| name.starts_with(&full));
    Ok(Reply::json(refs.map(|(name, commit)| reference(&cx.base, repository, &name, commit)).collect()))
}

/// `GET …/tags`, the newest name first.
///
/// # Errors
///
/// When the repository is gone.
pub fn tags(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let url = url(&cx.base, repository);
    let mut tags = repository.tags_at(cx.now);
    tags.reverse();
    let page = Page::read(&request.params, 30);
    let rows = page.cut(&tags).into_iter().map(|tag| {
        let sha = repository.history.at(tag.commit).map_or("", |commit| &*commit.id);
        let name = encode_path(&tag.name);
        json!({
            "name": &*tag.name,
            "commit": { "sha": sha, "url": format!("{url}/commits/{sha}") },
            "zipball_url": format!("{url}/zipball/refs/tags/{name}"),
            "tarball_url": format!("{url}/tarball/refs/tags/{name}"),
            "node_id": node_id("REF", mix(repository.id, hash(&format!("refs/tags/{}", tag.name)))),
        })
    });
    Ok(Reply::Json(200, Value::Array(rows.collect()), page.link(request, repository.id, tags.len())))
}

/// `POST …/git/refs`: a new branch or tag, which may start workflows.
///
/// # Errors
///
/// When the name is none or taken, or there is no such commit.
pub fn make(world: &mut World, request: &Request<'_>, place: usize) -> Answered {
    let body = body(request)?;
    let (name, sha) = (text(&body, "ref")?, text(&body, "sha")?);
    let parts = name.strip_prefix("refs/").and_then(|rest| rest.split_once('/'));
    let Some((kind, short)) = parts.filter(|(_, short)| is_ref_name(short)) else {
        return Err(Refusal::new(422, "Reference name must start with 'refs/' and have at least two slashes."));
    };
    if sha.len() != 40 || !sha.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(Refusal::new(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."));
    }
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    if repository.refs(world.now).iter().any(|(known, _)| *known == name) {
        return Err(Refusal::new(422, "Reference already exists"));
    }
    let commit = repository.history.find(sha, world.now).ok_or_else(|| Refusal::new(422, "Object does not exist"))?;
    let by = world.github.viewer.clone();
    match kind {
        "tags" => world.make_tag(place, short, commit, &by),
        "heads" => world.make_branch(place, short, commit, &by),
        _ => return Err(Refusal::new(422, "Only branches and tags are simulated: write refs/heads/… or refs/tags/….")),
    }
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    Ok(Reply::Json(201, reference(&request.base, repository, name, commit), None))
}
