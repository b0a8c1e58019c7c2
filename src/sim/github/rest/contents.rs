//! Files and folders of a commit.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Value, json};

use super::super::git::history::Commit;
use super::super::git::objects::File;
use super::super::repository::Repository;
use super::objects::{url, web};
use super::page::{encode, encode_path};
use super::{Answered, Cx, Refusal, Reply, Request};

/// `GET …/contents/{path}`.
///
/// # Errors
///
/// When there is no such commit, or nothing at that path.
pub fn answer(cx: &Cx<'_>, request: &Request<'_>, place: usize, path: &str) -> Answered {
    let repository = cx.repository(place)?;
    let path = path.trim_matches('/');
    let reference = request.params.get("ref").unwrap_or(&repository.branch);
    let commit = repository.resolve(reference, cx.now).and_then(|found| repository.history.at(found));
    let commit = commit.ok_or_else(|| Refusal::new(404, format!("No commit found for the ref {reference}")))?;
    if let Some(file) = commit.tree.get(path) {
        if request.accept.contains("raw") {
            return Ok(Reply::Text("application/vnd.github.raw; charset=utf-8", file.text.to_string()));
        }
        return Ok(Reply::json(with_content(entry(cx, repository, reference, path, Some(file), ""), file)));
    }
    let entries = folder(commit, path);
    if entries.is_empty() {
        return Err(Refusal::not_found());
    }
    let list = entries.into_iter().map(|(name, file)| {
        let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        let id = commit.trees.get(below.as_str()).map_or("", |id| id);
        entry(cx, repository, reference, &below, file, id)
    });
    Ok(Reply::json(Value::Array(list.collect())))
}

/// What is directly in a folder: files, and `None` for folders.
#[must_use]
pub fn folder<'a>(commit: &'a Commit, path: &str) -> BTreeMap<&'a str, Option<&'a File>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let below = commit.tree.iter().filter_map(|(name, file)| Some((name.strip_prefix(&prefix)?, file)));
    below.map(|(rest, file)| rest.split_once('/').map_or((rest, Some(file)), |(first, _)| (first, None))).collect()
}

fn entry(cx: &Cx<'_>, repository: &Repository, reference: &str, path: &str, file: Option<&File>, tree: &str) -> Value {
    let (url, web, name) = (url(&cx.base, repository), web(repository), path.rsplit('/').next().unwrap_or(path));
    let (kind, id, size) = file.map_or(("dir", tree, 0), |file| ("file", &*file.id, file.text.len()));
    let (escaped, reference) = (encode_path(path), encode(reference));
    let own = format!("{url}/contents/{escaped}?ref={reference}");
    let git = format!("{url}/git/{}/{id}", if file.is_some() { "blobs" } else { "trees" });
    let html = format!("{web}/{}/{reference}/{escaped}", if file.is_some() { "blob" } else { "tree" });
    let download = file.map(|_| format!("https://raw.github.example/{}/{reference}/{escaped}", repository.full_name()));
    json!({
        "type": kind,
        "size": size,
        "name": name,
        "path": path,
        "sha": id,
        "url": own,
        "git_url": git,
        "html_url": html,
        "download_url": download,
        "_links": { "self": own, "git": git, "html": html },
    })
}

fn with_content(mut entry: Value, file: &File) -> Value {
    let encoded = base64::engine::general_purpose::STANDARD.encode(file.text.as_bytes());
    // GitHub breaks its lines after sixty letters.
    let mut content = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for (number, letter) in encoded.chars().enumerate() {
        if number > 0 && number % 60 == 0 {
            content.push('\n');
        }
        content.push(letter);
    }
    content.push('\n');
    if let Some(members) = entry.as_object_mut() {
        members.insert(String::from("content"), json!(content));
        members.insert(String::from("encoding"), json!("base64"));
    }
    entry
}
