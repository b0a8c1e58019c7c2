//! What lies between two commits (GitHub's REST API documentation, "Compare two commits").

use std::sync::Arc;

use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::error::Trouble;
use super::soft::{Account, login, moment, soft, words};
use crate::model::commit::{ChangedFile, Commit, Comparison, Relation};
use crate::model::forge::Between;
use crate::model::id::{Repository, Sha};

/// How many pages of commits are read, of 100 each.
const PAGES: usize = 10;
/// With this many files GitHub stops telling.
const FILES: usize = 300;

#[derive(Deserialize)]
struct Raw {
    status: String,
    ahead_by: u64,
    behind_by: u64,
    commits: Vec<RawCommit>,
    /// Only on the first page.
    #[serde(default)]
    files: Option<Vec<RawFile>>,
    #[serde(default, deserialize_with = "soft")]
    base_commit: Option<RawBase>,
}

#[derive(Deserialize)]
struct RawBase {
    sha: String,
}

#[derive(Deserialize)]
struct RawCommit {
    sha: String,
    #[serde(default, deserialize_with = "soft")]
    commit: Option<RawBody>,
    #[serde(default, deserialize_with = "soft")]
    author: Option<Account>,
    #[serde(default)]
    parents: Vec<serde_json::Value>,
}

#[derive(Deserialize, Default)]
struct RawBody {
    #[serde(default, deserialize_with = "soft")]
    message: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    author: Option<RawPerson>,
    #[serde(default, deserialize_with = "soft")]
    committer: Option<RawPerson>,
}

#[derive(Deserialize, Default)]
struct RawPerson {
    #[serde(default, deserialize_with = "soft")]
    name: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    date: Option<String>,
}

#[derive(Deserialize)]
struct RawFile {
    filename: String,
    #[serde(default, deserialize_with = "soft")]
    previous_filename: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    status: Option<String>,
    #[serde(default, deserialize_with = "soft")]
    patch: Option<String>,
    /// Lines added and removed.
    #[serde(default, deserialize_with = "soft")]
    changes: Option<u64>,
}

/// Compares. Nothing of it is kept: two commits by their hashes are compared once.
pub async fn compare(asking: &mut Asking<'_>, repository: &Repository, between: &Between) -> Result<Comparison, Trouble> {
    let home = asking.caller.home(repository)?;
    // Hashes: digits only, so that nothing in them needs encoding.
    let mut url = format!("{home}/compare/{}...{}?per_page=100&page=1", between.base, between.head);
    let mut whole: Option<Comparison> = None;
    for _ in 0..PAGES {
        let page = asking.past_the_cache(repository, &url, |body| read(serde_json::from_slice(body)?)).await;
        let page = page.map_err(|trouble| gone(trouble, between))?;
        let part = Arc::unwrap_or_clone(page.value);
        match &mut whole {
            Some(whole) => whole.commits.extend(part.commits),
            None => whole = Some(part),
        }
        match page.next {
            Some(next) => url = next,
            None => break,
        }
    }
    whole.ok_or(Trouble::Empty)
}

/// GitHub says only that it does not find the comparison.
fn gone(trouble: Trouble, between: &Between) -> Trouble {
    match trouble {
        Trouble::Refused(refusal) if refusal.status == 404 => Trouble::NoCommit(between.base.clone(), between.head.clone()),
        other => other,
    }
}

fn read(raw: Raw) -> Result<Comparison, Misread> {
    let relation = match raw.status.as_str() {
        "ahead" => Relation::Ahead,
        "behind" => Relation::Behind,
        "identical" => Relation::Identical,
        "diverged" => Relation::Diverged,
        _ => return Err(Misread::Shape("it does not say how the commits lie to each other".into())),
    };
    let told = raw.files.as_ref().map_or(FILES, Vec::len);
    let files: Vec<ChangedFile> = raw.files.unwrap_or_default().into_iter().map(file).collect();
    Ok(Comparison {
        relation,
        ahead: raw.ahead_by,
        behind: raw.behind_by,
        commits: raw.commits.into_iter().map(commit).collect::<Result<_, _>>()?,
        files_complete: told < FILES,
        files,
        base: raw.base_commit.and_then(|base| Sha::new(&base.sha)),
    })
}

fn commit(raw: RawCommit) -> Result<Commit, Misread> {
    let sha = Sha::new(&raw.sha).ok_or_else(|| Misread::Shape("a commit has no hash".into()))?;
    let body = raw.commit.unwrap_or_default();
    let message = body.message.unwrap_or_default();
    Ok(Commit {
        sha,
        title: message.lines().next().unwrap_or_default().into(),
        author: login(raw.author),
        author_name: body.author.and_then(|author| author.name).map(Arc::from),
        committed_at: moment(body.committer.and_then(|committer| committer.date)),
        is_merge: raw.parents.len() > 1,
        reverts: Commit::reverted_by(&message),
    })
}

fn file(raw: RawFile) -> ChangedFile {
    let status = raw.status.as_deref();
    ChangedFile {
        path: raw.filename.into(),
        before: raw.previous_filename.map(|before| words(Some(before))),
        // A file that was only renamed, or is empty, or binary, has no patch and no changed lines: nothing was left out.
        patch: raw.patch.map(Arc::from).or_else(|| (raw.changes == Some(0)).then(|| Arc::from(""))),
        is_new: matches!(status, Some("added" | "copied")),
        is_gone: status == Some("removed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_changed_lines_has_nothing_that_was_not_told() {
        for (json, patch) in [
            (r#"{"filename":"a.py","status":"renamed","changes":0}"#, Some("")),
            (r#"{"filename":"a.py","status":"modified","changes":9000}"#, None),
            (r#"{"filename":"a.py","status":"modified"}"#, None),
            (r#"{"filename":"a.py","status":"modified","changes":1,"patch":"+x"}"#, Some("+x")),
        ] {
            let told = file(serde_json::from_str(json).unwrap());
            assert_eq!(told.patch.as_deref(), patch, "{json}");
        }
    }
}
