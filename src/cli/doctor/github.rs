//! GitHub: whose token it is, and what it may read of each repository that is configured.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Area, Finding, Verdict};
use super::told;
use crate::config::Settings;
use crate::github::GitHubSettings;
use crate::github::rights::{Rights, Token, Viewer};
use crate::model::fault::FaultKind;
use crate::model::id::Repository;
use crate::ops::clock::{Clock as _, Stamps};
use crate::ops::limit::Limiter;
use crate::shell::SystemClock;

/// Without these nothing of an app can be shown (`doc/accounts.md`, "GitHub").
const NEEDED: [&str; 6] = ["metadata", "contents", "actions", "checks", "commit statuses", "pull requests"];

/// Checks the token and its rights.
pub async fn check(settings: &Settings, way: GitHubSettings) -> Vec<Finding> {
    let mut repositories: Vec<Repository> =
        settings.catalogue.apps.iter().filter_map(|app| app.repository.as_deref().map(Repository::from)).collect();
    repositories.sort();
    repositories.dedup();
    let stamps = Stamps::new(Arc::new(SystemClock));
    let token = Token::new(way, Limiter::new(stamps.clone()), stamps);
    let viewer = match token.viewer().await {
        Ok(viewer) => viewer,
        Err(fault) if repositories.is_empty() && fault.kind == FaultKind::Expired => {
            let sentence = "no app has a repository, and there is no token: GitHub is not asked";
            let finding = Finding::new(Area::GitHub, Verdict::Warn, sentence);
            return vec![
                finding.remedy("repository = \"owner/name\" in [apps.NAME] shows what has not shipped, and what waits to be approved"),
            ];
        }
        Err(fault) => return vec![told(Area::GitHub, &fault).about(token.host())],
    };
    let mut findings = vec![whose(&viewer).about(token.host())];
    findings.extend(clock(&viewer).map(|finding| finding.about(token.host())));
    if repositories.is_empty() {
        findings.push(Finding::new(Area::GitHub, Verdict::Warn, "no app has a repository: say in the configuration which"));
    }
    for repository in &repositories {
        findings.extend(of(&token.rights(repository).await).into_iter().map(|finding| finding.about(repository)));
    }
    let sentence = "writing is not tried: a token may be allowed less than its login";
    findings.push(Finding::new(Area::GitHub, Verdict::Unknown, sentence));
    findings
}

fn whose(viewer: &Viewer) -> Finding {
    let scopes = viewer.scopes.as_deref().filter(|scopes| !scopes.is_empty());
    let scopes = scopes.map_or_else(String::new, |scopes| format!(", with the scopes {scopes}"));
    Finding::new(Area::GitHub, Verdict::Pass, format!("the token is {}'s{scopes}", viewer.login))
}

/// How this machine's clock is by GitHub's: an answer's `Date` is as RFC 9110 writes it, which RFC 2822 allows.
fn clock(viewer: &Viewer) -> Option<Finding> {
    let there = jiff::fmt::rfc2822::parse(viewer.date.as_deref()?).ok()?;
    Some(super::cloud::judged(there.timestamp(), SystemClock.now()))
}

/// What a token may do in a repository.
fn of(rights: &Rights) -> Vec<Finding> {
    let read: Vec<&str> = rights.reads.iter().filter(|right| right.told.is_ok()).map(|right| right.name).collect();
    let mut findings = Vec::new();
    if !read.is_empty() {
        let pushes = match rights.may_push {
            Some(true) => "; its login may push",
            Some(false) => "; its login may not push",
            None => "",
        };
        findings.push(Finding::new(Area::GitHub, Verdict::Pass, format!("it may read {}{pushes}", read.join(", "))));
    }
    let mut denied: BTreeMap<Verdict, Vec<Finding>> = BTreeMap::new();
    for right in &rights.reads {
        let Err(fault) = &right.told else { continue };
        let finding = told(Area::GitHub, fault);
        let verdict = if NEEDED.contains(&right.name) { finding.verdict } else { Verdict::Warn };
        let remedy = format!("give the token {}: read, in its settings on GitHub", right.name);
        denied.entry(verdict).or_default().push(Finding { verdict, ..finding }.remedy(remedy));
    }
    findings.extend(denied.into_values().flatten());
    findings
}
