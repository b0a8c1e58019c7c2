//! Releases, and making them.

use serde_json::{Value, json};

use super::super::node_id;
use super::super::refs::{Release, is_ref_name};
use super::super::repository::{Permission, Repository};
use super::objects::{time, url, user, web};
use super::page::{Page, encode_path};
use super::writes::{body, flag, text};
use super::{Answered, Cx, Refusal, Reply, Request};
use crate::environment::Name;
use crate::world::World;

fn release(base: &str, repository: &Repository, release: &Release) -> Value {
    let (url, web, tag) = (url(base, repository), web(repository), encode_path(&release.tag));
    let own = format!("{url}/releases/{}", release.id);
    json!({
        "url": own,
        "html_url": format!("{web}/releases/tag/{tag}"),
        "assets_url": format!("{own}/assets"),
        "upload_url": format!("{own}/assets{{?name,label}}"),
        "tarball_url": (!release.draft).then(|| format!("{url}/tarball/{tag}")),
        "zipball_url": (!release.draft).then(|| format!("{url}/zipball/{tag}")),
        "id": release.id,
        "node_id": node_id("RE", release.id),
        "tag_name": &*release.tag,
        "target_commitish": &*release.target,
        "name": release.name.as_deref(),
        "body": release.body.as_deref(),
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": false,
        "created_at": time(release.at),
        "published_at": (!release.draft).then(|| time(release.at)),
        "author": user(base, &release.author),
        "assets": [],
    })
}

/// `GET …/releases`, newest first.
///
/// # Errors
///
/// When the repository is gone.
pub fn list(cx: &Cx<'_>, request: &Request<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let releases = repository.releases_at(cx.now, repository.permission >= Permission::Write);
    let page = Page::read(&request.params, 30);
    let rows = page.cut(&releases).into_iter().map(|found| release(&cx.base, repository, found));
    Ok(Reply::Json(200, Value::Array(rows.collect()), page.link(request, repository.id, releases.len())))
}

/// `GET …/releases/latest`: neither a draft nor a prerelease.
///
/// # Errors
///
/// When there is none.
pub fn latest(cx: &Cx<'_>, place: usize) -> Answered {
    let repository = cx.repository(place)?;
    let releases = repository.releases_at(cx.now, false);
    let found = releases.into_iter().find(|release| !release.prerelease).ok_or_else(Refusal::not_found)?;
    Ok(Reply::json(release(&cx.base, repository, found)))
}

/// `POST …/releases`: also makes the tag, where there is none.
///
/// # Errors
///
/// When the tag has a release, or its name or its target is none.
pub fn make(world: &mut World, request: &Request<'_>, place: usize) -> Answered {
    let body = body(request)?;
    let tag = text(&body, "tag_name")?;
    let (now, author) = (world.now, world.github.viewer.clone());
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    if !is_ref_name(tag) {
        return Err(Refusal::failed("Release", "tag_name", "invalid"));
    }
    let draft = flag(&body, "draft")?;
    if !draft && repository.releases.iter().any(|known| !known.draft && *known.tag == *tag) {
        return Err(Refusal::failed("Release", "tag_name", "already_exists"));
    }
    let wanted = body.get("target_commitish").and_then(Value::as_str).unwrap_or(&repository.branch);
    let commit = repository.tag(tag, now).or_else(|| repository.resolve(wanted, now));
    let commit = commit.ok_or_else(|| Refusal::failed("Release", "target_commitish", "invalid"))?;
    let of = |name: &str| body.get(name).and_then(Value::as_str).map(Name::from);
    let notes = if flag(&body, "generate_release_notes")? { Some(notes(repository, tag, commit)) } else { None };
    let made = Release {
        id: 0,
        tag: tag.into(),
        target: wanted.into(),
        name: of("name").or_else(|| notes.is_some().then(|| tag.into())),
        body: match (of("body"), notes) {
            (Some(body), Some(notes)) => Some(format!("{body}\n\n{notes}").into()),
            (body, notes) => body.or_else(|| notes.map(Name::from)),
        },
        draft,
        prerelease: flag(&body, "prerelease")?,
        author,
        at: now,
    };
    let made = Release { id: world.github.number(), ..made };
    let made = world.release(place, made, commit).ok_or_else(Refusal::not_found)?;
    let repository = world.github.repositories.get(place).ok_or_else(Refusal::not_found)?;
    let made = repository.releases.get(made).ok_or_else(Refusal::not_found)?;
    Ok(Reply::Json(201, release(&request.base, repository, made), None))
}

/// The pull requests since the release before, as GitHub writes them.
fn notes(repository: &Repository, tag: &str, commit: usize) -> String {
    let before = repository.releases.iter().rev().find(|release| !release.draft);
    let before = before.and_then(|release| repository.tags.iter().find(|known| known.name == release.tag));
    let (mut lines, mut at) = (Vec::new(), Some(commit));
    while let Some(place) = at.filter(|place| before.is_none_or(|tag| tag.commit != *place)) {
        let Some(found) = repository.history.at(place) else { break };
        if let Some(pull) = found.pull.and_then(|number| repository.pulls.iter().find(|pull| pull.number == number)) {
            let by = pull.author.as_deref().unwrap_or("ghost");
            lines.push(format!("* {} by @{by} in {}/pull/{}", pull.title, web(repository), pull.number));
        }
        at = found.parents.first().copied();
    }
    lines.reverse();
    let changes = if lines.is_empty() { String::new() } else { format!("## What's Changed\n{}\n\n", lines.join("\n")) };
    let range = before.map_or_else(|| format!("commits/{tag}"), |before| format!("compare/{}...{tag}", before.name));
    format!("{changes}**Full Changelog**: {}/{range}", web(repository))
}
