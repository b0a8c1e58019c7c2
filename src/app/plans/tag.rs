//! Promoting by a tag, or by a release with one: which, on which commit, and what speaks for and against it.

use std::sync::Arc;

use super::super::act::Refusal;
use super::super::decision::{Decision, Draft, Proof};
use super::super::form::{Form, Purpose, Tagging};
use super::super::sheet::Seal;
use super::super::state::State;
use super::{Intent, identity, may_write, names, older};
use crate::model::catalogue::{Tier, Way};
use crate::model::dispatch::{Input, InputKind};
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{AppName, EnvironmentKey, Repository, Sha};
use crate::model::pattern::NamePattern;
use crate::model::promotion::{self, Around, Findings, Proposed, Subject, Verdict};
use crate::model::tag::{self, Tags};
use crate::model::write::{Premise, Write};

/// The name of the input with the tag, and of the one with the commit.
const INPUTS: [&str; 2] = ["tag", "commit"];

/// The form for a tag that promotes to the production of this environment's app.
///
/// # Errors
/// Why there is none.
pub fn form(state: &State, key: &EnvironmentKey) -> Result<Form, Refusal> {
    let environment = state.fleet.get(key).ok_or("that environment is not there any more")?;
    let app = state.fleet.catalogue().app(&environment.app()).ok_or("nobody has said which app that is")?;
    let Way::Tag { pattern, release } = &app.promotion else { return Err("this app is not promoted by tags".into()) };
    let repository = app.repository.as_deref().map(Repository::from).ok_or("this app has no repository: say in the configuration which")?;
    may_write(state, &repository)?;
    if !matches!(environment.tier(), Tier::Production | Tier::Unknown) {
        return Err("a tag promotes to production: select one of its environments".into());
    }
    let facts = state.github.forge.get(&repository).ok_or("nothing was read of that repository yet")?;
    let tags = facts.tags.value().ok_or("its tags were not read yet")?;
    let next = tags.next(pattern);
    let known = tags.latest(pattern).map_or_else(
        || format!("No tag fits {} yet.", pattern.as_str()),
        |tag| format!("The latest is {}, on {}.", tag.name, tag.commit.short()),
    );
    let offered = state.github.links.get(key).and_then(|linked| linked.link.offered.as_ref()).and_then(|sha| facts.full(sha));
    let input = |name: &str, description: String, default: Option<String>| Input {
        name: name.into(),
        description: description.into(),
        kind: InputKind::Text,
        required: true,
        default: default.map(Arc::from),
    };
    let [name, commit] = INPUTS;
    let proven = "What runs where it is tried first is entered; only that may go to production.".to_owned();
    let inputs = vec![input(name, known, next), input(commit, proven, offered.map(|sha| sha.to_string()))];
    let purpose = Purpose::Tag(Tagging { app: app.name.clone(), release: *release });
    Ok(Form::with(repository, purpose, inputs))
}

/// Production of every app of the repository that goes there in this way, as far as it is known; what has no known tier
/// counts as production.
pub(super) fn targets(state: &State, repository: &Repository, goes: impl Fn(&Way) -> bool) -> Vec<EnvironmentKey> {
    let ours = state.fleet.environments().filter(|environment| {
        let app = state.fleet.catalogue().app(&environment.app());
        let is_ours = app.is_some_and(|app| app.repository.as_deref() == Some(repository.as_str()) && goes(&app.promotion));
        is_ours && matches!(environment.tier(), Tier::Production | Tier::Unknown)
    });
    ours.map(|environment| environment.key()).collect()
}

/// Whether a tag of this name promotes an app that goes to production in this way.
fn is_promoted_by(way: &Way, name: &str) -> bool {
    matches!(way, Way::Tag { pattern, .. } if pattern.matches(name))
}

/// What has to be compared to know what ships with what was entered.
pub(super) fn comparisons(state: &State, form: &Form) -> Vec<Between> {
    let values = form.values();
    let [name, commit] = INPUTS.map(|input| values.get(input).map_or("", String::as_str));
    let Some(head) = Sha::new(commit) else { return Vec::new() };
    let targets = targets(state, &form.repository, |way| is_promoted_by(way, name));
    older::with_all_that_runs(state, &targets, &head)
}

/// The dialog that sets the tag.
///
/// # Errors
/// Why it cannot be set so.
pub(super) fn plan(state: &State, form: &Form, tagging: &Tagging) -> Result<Decision, String> {
    may_write(state, &form.repository)?;
    let facts = state.github.forge.get(&form.repository).ok_or("nothing was read of that repository yet")?;
    let app = state.fleet.catalogue().app(&tagging.app).ok_or("that app is not configured any more")?;
    let Way::Tag { pattern, .. } = &app.promotion else { return Err("this app is not promoted by tags".to_owned()) };
    let tags = facts.tags.value().ok_or("its tags were not read yet")?;
    let values = form.values();
    let [name, commit] = INPUTS.map(|input| values.get(input).map_or("", String::as_str));
    let name = named(name, pattern, tags)?;
    let head = whole(commit, facts)?;
    let environments = targets(state, &form.repository, |way| is_promoted_by(way, name));
    if environments.is_empty() {
        return Err(format!("no environment of production is known of {}: there is nothing to promote to", tagging.app));
    }
    let found = findings(state, facts, &head, name, &environments);
    if let Some(refused) = found.refused {
        return Err(refused.to_owned());
    }
    if let Some(unproven) = found.checks.iter().find(|check| check.subject == Subject::Staging && check.verdict == Verdict::Fail) {
        return Err(format!("only what was tried goes to production: {}", unproven.sentence));
    }
    Ok(decided(state, form, tagging, &Chosen { name, head, environments, found, tags, facts }))
}

/// A tag of this name, if it can be set and promotes.
fn named<'t>(name: &'t str, pattern: &NamePattern, tags: &Tags) -> Result<&'t str, String> {
    if let Some(fault) = tag::fault(name) {
        return Err(format!("the tag {name} {fault}"));
    }
    if !pattern.matches(name) {
        return Err(format!("the tag {name} would not be deployed: those that are fit {} (promotion_tags)", pattern.as_str()));
    }
    match tags.named(name) {
        Some(taken) => Err(format!("the tag {name} stands for {} already", taken.commit.short())),
        None => Ok(name),
    }
}

/// The commit that is meant, by its whole hash.
fn whole(text: &str, facts: &RepositoryFacts) -> Result<Sha, String> {
    let sha = Sha::new(text).ok_or_else(|| format!("{text} is no commit's hash"))?;
    if sha.as_str().len() == 40 {
        return Ok(sha);
    }
    facts.full(&sha).ok_or_else(|| format!("no commit that was read begins with {text}: enter the whole hash"))
}

/// What speaks for and against it, by the rules of every app that it promotes.
fn findings(state: &State, facts: &RepositoryFacts, head: &Sha, name: &str, environments: &[EnvironmentKey]) -> Findings {
    let shipping = promotion::shipping::of(&state.fleet, environments, &[]);
    let around = Around { fleet: &state.fleet, github: facts, shipping: &shipping, locks: &state.locks, now: state.now };
    let apps = promoted(state, environments);
    promotion::proposal(Proposed { head, name, environments, apps: &apps, is_merge: false }, around)
}

/// The apps of these environments.
pub(super) fn promoted(state: &State, environments: &[EnvironmentKey]) -> Vec<AppName> {
    let mut apps: Vec<AppName> = environments.iter().filter_map(|key| Some(state.fleet.get(key)?.app())).collect();
    apps.sort();
    apps.dedup();
    apps
}

/// What was chosen, and what is known of it.
struct Chosen<'a> {
    name: &'a str,
    head: Sha,
    environments: Vec<EnvironmentKey>,
    found: Findings,
    tags: &'a Tags,
    facts: &'a RepositoryFacts,
}

fn decided(state: &State, form: &Form, tagging: &Tagging, chosen: &Chosen<'_>) -> Decision {
    let Chosen { name, head, environments, found, tags, facts } = chosen;
    let repository = &form.repository;
    let what = if tagging.release { "Publish the release" } else { "Set the tag" };
    let places = names(environments);
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Tag { name: (*name).into(), commit: head.clone(), release: tagging.release },
        premise: Premise::Free((*name).into()),
        commit: Some(head.clone()),
        plan: format!("{} {name} at {} of {repository} ({places})", what.to_lowercase(), head.short()),
    };
    let headline = format!("{what} {name} at {} of {repository}", head.short());
    let intent = Intent::Tag(Box::new(form.clone()));
    let commits = found.commits(head, facts).map_or_else(|| "? not known".to_owned(), |commits| commits.to_string());
    let mut decision = Decision::on(intent, headline, draft, Proof::of(environments, found.production));
    decision = decision.with("ships to", places).with("commits", commits);
    if let Some(other) = tags.each.iter().find(|tag| tag.commit == *head) {
        decision = decision.with("has", format!("the tag {} already", other.name));
    }
    decision.seal = Some(Seal::of(found, head));
    decision.with("as", identity(state)).checked(&found.checks, found.production)
}
