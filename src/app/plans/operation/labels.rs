//! The version labels that are known: those that the platform lists, and those of what runs, ran, or waits in the same
//! application of the platform.

use std::collections::BTreeMap;

use super::super::super::act::Refusal;
use super::super::super::filter::TextField;
use super::super::super::menu::{Choice, Item, Menu};
use super::super::super::state::State;
use super::failed;
use super::target::{Target, name};
use super::{Deed, Tempo, Wanted, planned};
use crate::model::clock::{Age, Timestamp};
use crate::model::environment::Environment;
use crate::model::id::{AppName, EnvironmentKey, Platform, VersionLabel};
use crate::model::planning::{Release, Releases};
use crate::model::sighting::Question;

/// Why no label is listed.
const UNKNOWN: &str = "of none of these it is known what and where it is";

/// What is known of a label.
#[derive(Default)]
struct Known {
    /// The environments that run it.
    runs_in: Vec<EnvironmentKey>,
    /// When it was seen last in an event, or was deployed.
    at: Option<Timestamp>,
    /// What the platform lists of it.
    release: Option<Release>,
    /// Where of what is deployed to it has failed before.
    failed: Option<String>,
}

/// Whether labels can be listed for these. Asked at every frame, so none is looked at for it.
///
/// # Errors
/// Why not.
pub fn offered(state: &State, environments: &[EnvironmentKey]) -> Result<(), Refusal> {
    if environments.iter().any(|key| Target::of(state, key).is_ok()) { Ok(()) } else { Err(UNKNOWN.into()) }
}

/// The list of labels that can be deployed there.
///
/// # Errors
/// Why there is none.
pub fn menu(state: &State, environments: &[EnvironmentKey]) -> Result<Menu, Refusal> {
    let targets = environments.iter().filter_map(|key| Target::of(state, key).ok()).collect::<Vec<_>>();
    let groups: Vec<AppName> = targets.iter().filter_map(|target| Some(target.environment.identity()?.app.clone())).collect();
    let [first, ..] = targets.as_slice() else { return Err(UNKNOWN.into()) };
    let of_groups = |environment: &Environment<'_>| environment.identity().is_some_and(|identity| groups.contains(&identity.app));
    let mut known: BTreeMap<VersionLabel, Known> = BTreeMap::new();
    for environment in state.fleet.environments().filter(of_groups) {
        take_in(&environment, &mut known);
    }
    let listed: Vec<&Releases> = targets.iter().filter_map(|target| releases(state, target.key())).collect();
    for release in listed.iter().flat_map(|releases| &releases.each) {
        known.entry(release.label.clone()).or_default().release = Some(release.clone());
    }
    // Where some of these were not read yet, what is missing may be among those.
    let is_whole = !listed.is_empty() && targets.iter().all(|target| releases(state, target.key()).is_some());
    // What the one environment runs is no news to it.
    if let [one] = targets.as_slice()
        && let Some(label) = one.environment.label().filter(|_| one.environment.is_uniform() != Some(false))
    {
        known.remove(label);
    }
    let offered = environments.iter().find_map(|key| state.github.links.get(key)?.link.offered.clone());
    let app = first.environment.app();
    let is_offered = |label: &VersionLabel| {
        let commit = state.fleet.commit_of(&app, label);
        commit.zip(offered.as_ref()).is_some_and(|(commit, offered)| commit.agrees_with(offered))
    };
    let mut labels: Vec<(VersionLabel, Known)> = known.into_iter().collect();
    for (label, known) in &mut labels {
        known.failed = failed::in_words(state, environments, label);
    }
    labels.sort_by(|(one, known_one), (other, known_other)| {
        let made = |known: &Known| known.release.as_ref().and_then(|release| release.made_at).or(known.at);
        let is_there = |known: &Known| !is_whole || known.release.is_some();
        let rank = |label: &VersionLabel, known: &Known| (is_there(known), known.failed.is_none() && is_offered(label), made(known));
        rank(other, known_other).cmp(&rank(one, known_one)).then_with(|| other.cmp(one))
    });
    let tempo = Tempo::of(state, environments);
    let item = |(label, known): (VersionLabel, Known)| {
        let detail = described(state, &known, is_offered(&label), is_whole);
        let wanted = Wanted { tempo, ..Wanted::new(Deed::Deploy(label.clone()), environments.to_vec()) };
        Item { name: label.as_str().into(), detail: detail.into(), choice: Choice::Operate(Box::new(wanted)) }
    };
    let heading = match environments {
        [one] => format!("to {}, which runs {}", name(one), first.environment.label().map_or("? not known", VersionLabel::as_str)),
        several => format!("to {} environments of {app}", several.len()),
    };
    Ok(Menu {
        title: "deploy which version?",
        note: "type to narrow · ⏎ goes on · esc deploys nothing",
        heading,
        items: labels.into_iter().map(item).collect(),
        at: 0,
        filter: Some(TextField::default()),
        takes: Some(Box::new(Wanted { tempo, ..Wanted::new(Deed::Redeploy, environments.to_vec()) })),
    })
}

fn take_in(environment: &Environment<'_>, known: &mut BTreeMap<VersionLabel, Known>) {
    let key = environment.key();
    let on_instances = environment.instances().map(|told| told.value.versions()).unwrap_or_default();
    for label in environment.label().into_iter().cloned().chain(on_instances.into_iter().map(|(label, _)| label)) {
        let entry = known.entry(label).or_default();
        if !entry.runs_in.contains(&key) {
            entry.runs_in.push(key.clone());
        }
    }
    for event in environment.events() {
        let Some(label) = &event.label else { continue };
        let entry = known.entry(label.clone()).or_default();
        entry.at = entry.at.max(Some(event.at));
    }
}

fn described(state: &State, known: &Known, is_offered: bool, is_whole: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    match &known.release {
        Some(Release { unfit: Some(why), .. }) => parts.push(format!("✖ {why}")),
        None if is_whole => parts.push("✖ purged: there is no such version any more".to_owned()),
        Some(_) | None => {}
    }
    parts.extend(known.failed.clone());
    if is_offered {
        parts.push("next in the chain".to_owned());
    }
    match known.runs_in.as_slice() {
        [] => {}
        [one] => parts.push(format!("runs in {}", name(one))),
        [one, rest @ ..] => parts.push(format!("runs in {} and {} more", name(one), rest.len())),
    }
    match &known.release {
        Some(release) => {
            parts.extend(release.made_at.map(|at| format!("made {} ago", Age::of(at, state.now))));
            parts.extend(release.description.as_ref().map(ToString::to_string));
        }
        None => parts.extend(known.at.map(|at| format!("told of {} ago", Age::of(at, state.now)))),
    }
    parts.join(" · ")
}

/// What the platform lists for this environment: the newest answer of it and of all of its application there.
pub(super) fn releases<'s>(state: &'s State, key: &EnvironmentKey) -> Option<&'s Releases> {
    let own = state.fleet.get(key)?;
    let told = |environment: Environment<'s>| {
        planned::planning(state, &environment).and_then(|told| Some((told.at, told.value.releases.as_ref()?)))
    };
    if key.platform != Platform::Beanstalk {
        return told(own).map(|(_, releases)| releases);
    }
    let group = own.identity().map(|identity| &identity.app);
    let is_sibling = |environment: &Environment<'s>| {
        let other = environment.key();
        (other.platform, &other.account, &other.region) == (key.platform, &key.account, &key.region)
            && environment.identity().map(|identity| &identity.app) == group
    };
    // Of many one is asked, and which one that is changes: an answer of its own may be the older one.
    let all = std::iter::once(own).chain(state.fleet.environments().filter(is_sibling));
    all.filter_map(told).max_by_key(|(at, _)| *at).map(|(_, releases)| releases)
}

/// Whether what can be deployed to this environment of Elastic Beanstalk is still being read.
pub(super) fn awaits(state: &State, key: &EnvironmentKey) -> bool {
    let own = state.fleet.get(key);
    let group = own.as_ref().and_then(Environment::identity).map(|identity| &identity.app);
    // One environment is asked for all of its application: what failed there failed for each.
    let is_sibling = |environment: &Environment<'_>| {
        let other = environment.key();
        (other.platform, &other.account, &other.region) == (key.platform, &key.account, &key.region)
            && environment.identity().map(|identity| &identity.app) == group
    };
    let has_failed =
        || own.is_none() || state.fleet.environments().filter(is_sibling).any(|one| one.fault_of(Question::Planning).is_some());
    key.platform == Platform::Beanstalk && releases(state, key).is_none() && !has_failed()
}

/// Whether a label was seen in the same application, account and region.
pub(super) fn is_known(state: &State, target: &Target<'_>, label: &VersionLabel) -> bool {
    let key = target.key();
    let group = target.environment.identity().map(|identity| &identity.app);
    let mut siblings = state.fleet.environments().filter(|other| {
        let other_key = other.key();
        let same_place = (&other_key.account, &other_key.region) == (&key.account, &key.region);
        same_place && other.identity().map(|identity| &identity.app) == group
    });
    siblings.any(|environment| {
        let on_instances = || environment.instances().is_some_and(|told| told.value.versions().iter().any(|(other, _)| other == label));
        environment.label() == Some(label) || on_instances() || environment.events().any(|event| event.label.as_ref() == Some(label))
    })
}
