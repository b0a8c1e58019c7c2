//! Which repository an app comes from: the one that holds a commit that runs, else the only one of its name.

use std::sync::Arc;

use super::found::{Draft, DraftApp, Sign};
use crate::github::rights::Token;
use crate::github::{GitHub, GitHubSettings};
use crate::model::fault::Fault;
use crate::model::forge::{News, Topic};
use crate::model::id::Repository;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::Forge as _;
use crate::shell::SystemClock;

/// As many repositories are asked for the commit of one app.
const ASKED: usize = 6;

/// Looks for the repository of each app, among those that are named and those that the token sees.
///
/// # Errors
/// Why GitHub cannot be asked. What was named is matched by its name all the same.
pub async fn find(draft: &mut Draft, way: GitHubSettings, named: Vec<Repository>) -> Result<(), Fault> {
    let stamps = Stamps::new(Arc::new(SystemClock));
    let limiter = Limiter::new(stamps.clone());
    let token = Token::new(way.clone(), limiter.clone(), stamps.clone());
    let seen = token.repositories().await;
    let mut candidates = named;
    candidates.extend(seen.as_ref().into_iter().flatten().cloned());
    for app in &mut draft.apps {
        app.repository = match (&seen, app.commits.first()) {
            (Ok(_), Some(commit)) => by_commit(&token, &app.name, commit, &candidates).await,
            _ => by_name(&app.name, &candidates),
        };
    }
    let forge = GitHub::new(way, limiter, stamps);
    if seen.is_ok() {
        for app in &mut draft.apps {
            workflows(&forge, app).await;
        }
    }
    seen.map(drop)
}

async fn by_commit(token: &Token, app: &str, commit: &str, candidates: &[Repository]) -> Option<(Repository, Sign)> {
    let mut nearest: Vec<&Repository> = candidates.iter().collect();
    nearest.sort_by_key(|repository| distance(app, repository));
    for repository in nearest.into_iter().take(ASKED) {
        // One that cannot be asked is not the one that is known to hold it.
        if token.holds(repository, commit).await.unwrap_or(false) {
            return Some((repository.clone(), Sign::Commit));
        }
    }
    None
}

fn by_name(app: &str, candidates: &[Repository]) -> Option<(Repository, Sign)> {
    let mut same: Vec<&Repository> = candidates.iter().filter(|repository| distance(app, repository) == 0).collect();
    same.dedup();
    match same.as_slice() {
        [only] => Some(((*only).clone(), Sign::Name)),
        _ => None,
    }
}

/// How far the name of a repository is from that of an app: 0 where they are the same but for capitals.
fn distance(app: &str, repository: &Repository) -> u8 {
    let app = app.to_lowercase();
    let name = repository.as_str().rsplit('/').next().unwrap_or_default().to_lowercase();
    let begins = |whole: &str, part: &str| whole.strip_prefix(part).is_some_and(|rest| rest.starts_with(['-', '_', '.']));
    let ends = |whole: &str, part: &str| whole.strip_suffix(part).is_some_and(|rest| rest.ends_with(['-', '_', '.']));
    match () {
        () if app == name => 0,
        () if begins(&app, &name) || ends(&app, &name) => 1,
        () if begins(&name, &app) || ends(&name, &app) => 2,
        () => 3,
    }
}

/// Notes the workflows of an app's repository that deploy.
async fn workflows(forge: &GitHub, app: &mut DraftApp) {
    let Some((repository, _)) = &app.repository else { return };
    let told = forge.ask(repository.clone(), Topic::Overview, None).await.news;
    if let Ok(News::Overview(overview)) = told {
        app.workflows = overview.pipelines.iter().map(|pipeline| pipeline.workflow.to_string()).collect();
    }
}

/// The repository on GitHub that the folder in which this runs is a clone of.
pub async fn of_this_folder() -> Option<Repository> {
    let mut git = tokio::process::Command::new("git");
    let told = git.args(["remote", "get-url", "origin"]).stdin(std::process::Stdio::null()).kill_on_drop(true).output().await.ok()?;
    let text = String::from_utf8(told.stdout).ok().filter(|_| told.status.success())?;
    repository_of(text.trim())
}

/// `git@HOST:owner/name.git`, `ssh://git@HOST/owner/name`, `https://HOST/owner/name.git`.
fn repository_of(url: &str) -> Option<Repository> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':')?.1,
    };
    let path = path.trim_matches('/');
    let (owner, name) = path.strip_suffix(".git").unwrap_or(path).split_once('/')?;
    let fits = |part: &str| !part.is_empty() && part.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'));
    (fits(owner) && fits(name)).then(|| Repository::from(format!("{owner}/{name}").as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remote_of_a_clone_names_its_repository() {
        for (url, expected) in [
            ("git@github.com:hypothesis/h.git", Some("hypothesis/h")),
            ("https://github.com/Enterprise-CMCS/eAPD", Some("Enterprise-CMCS/eAPD")),
            ("https://user:hush@ghe.example.com/o/r.git", Some("o/r")),
            ("ssh://git@github.com/o/r.git", Some("o/r")),
            ("/srv/git/r.git", None),
            ("git@host:a/b/c.git", None),
        ] {
            assert_eq!(repository_of(url).as_ref().map(Repository::as_str), expected, "{url}");
        }
    }

    #[test]
    fn the_only_repository_of_a_name_is_it_and_of_two_none() {
        let of = |names: &[&str]| names.iter().map(|name| Repository::from(*name)).collect::<Vec<_>>();
        let found = by_name("eapd", &of(&["Enterprise-CMCS/eAPD", "o/other"]));
        assert_eq!(found, Some((Repository::from("Enterprise-CMCS/eAPD"), Sign::Name)));
        assert_eq!(by_name("shop", &of(&["a/shop", "b/shop"])), None);
        assert!(distance("h-websocket", &"hypothesis/h".into()) < distance("h-websocket", &"hypothesis/lms".into()));
    }
}
