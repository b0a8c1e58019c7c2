//! What waits for a person's yes, what that would ship where, and what stands in the way.

mod arrival;
mod barriers;
mod checks;
mod migrations;
pub mod older;
mod sheet;
pub mod shipping;

pub use arrival::{Arrival, arrival};
pub use barriers::{Aim, barriers};
pub use checks::stale;
pub use migrations::MigrationWorkflow;
pub use older::OlderVersions;
pub use sheet::{Around, Check, Findings, Proposed, Sheet, Shipment, Subject, Verdict, proposal, sheet};
pub use shipping::{Shipping, shipping};

use std::sync::Arc;

use super::catalogue::{App, Way};
use super::chain;
use super::commit::CheckState;
use super::dispatch::Group;
use super::environment::Environment;
use super::fleet::Fleet;
use super::folder::Within;
use super::forge::{Between, Forge, Interest, RepositoryFacts, RepositoryInterest};
use super::id::{AppName, EnvironmentKey, Repository, Sha};
use super::pipeline::{Pipeline, Stage};
use super::record;
use super::remote::Remote;
use super::run::{Gate, Progress, Run};

/// A gate with the environments behind it, as far as they are known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The gate.
    pub gate: Gate,
    /// What the jobs behind it deploy to, as far as that is known.
    pub environments: Vec<EnvironmentKey>,
    /// Whether each of those jobs is known to deploy to exactly one environment.
    pub is_whole: bool,
}

/// A run that waits for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promotion {
    /// Its repository.
    pub repository: Repository,
    /// The apps that the repository has: more than one where a workflow has separate chains.
    pub apps: Vec<AppName>,
    /// The run.
    pub run: Run,
    /// What it waits at. Empty while that is not read.
    pub held: Vec<Held>,
    /// Whether what it waits at is known.
    pub is_read: bool,
    /// Whether it holds a group of runs of which only one is live: later deploys wait behind it or cancel it.
    pub holds_group: bool,
}

impl Promotion {
    /// A run that waits for nobody any more.
    #[must_use]
    pub const fn over(repository: Repository, run: Run) -> Self {
        Self { repository, apps: Vec::new(), run, held: Vec::new(), is_read: false, holds_group: false }
    }

    /// Whether somebody started it by hand: then its commit is the branch's newest, whatever it deploys.
    #[must_use]
    pub fn is_dispatched(&self) -> bool {
        self.run.is_dispatched()
    }

    /// Whether whoever looks may approve something of it.
    #[must_use]
    pub fn may_approve(&self) -> bool {
        self.held.iter().any(|held| held.gate.may_approve)
    }

    /// Every environment behind its gates.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentKey> {
        self.held.iter().flat_map(|held| &held.environments)
    }
}

/// Every run that waits for a person: those that whoever looks may approve first, then the newest first.
#[must_use]
pub fn promotions(fleet: &Fleet, forge: &Forge) -> Vec<Promotion> {
    let mut found: Vec<Promotion> = forge.repositories().flat_map(|(repository, facts)| waiting(fleet, repository, facts)).collect();
    found.sort_by(|a, b| {
        let newest = b.run.created_at.cmp(&a.run.created_at);
        b.may_approve().cmp(&a.may_approve()).then(newest).then_with(|| (&a.repository, a.run.id).cmp(&(&b.repository, b.run.id)))
    });
    found
}

fn waiting(fleet: &Fleet, repository: &Repository, facts: &RepositoryFacts) -> Vec<Promotion> {
    let apps = apps(fleet, repository);
    let pipelines = facts.overview.value().map_or(&[][..], |overview| &overview.pipelines);
    let ours = of_apps(fleet, &apps);
    // A run of which one job is at work says that it is in progress, though a gate holds another.
    let is_held = |run: &&Run| facts.gates.get(&run.id).and_then(Remote::value).is_some_and(|gates| !gates.is_empty());
    let waits = |run: &&Run| run.progress == Progress::Waiting || (run.progress.is_live() && is_held(run));
    let runs = facts.runs.value().into_iter().flatten().filter(waits);
    let seen = facts.gates.values().filter_map(Remote::value).flatten();
    let holding: Vec<&str> = seen.map(|gate| &*gate.name).collect();
    let promotion = |run: &Run| {
        let gates = facts.gates.get(&run.id).and_then(|gates| gates.value());
        let pipeline = pipelines.iter().find(|pipeline| pipeline.workflow == run.workflow);
        let held = gates.into_iter().flatten().map(|gate| {
            let (environments, is_whole) = behind_gate(pipeline, gate, &holding, &ours);
            Held { environments, is_whole, gate: gate.clone() }
        });
        Promotion {
            repository: repository.clone(),
            apps: apps.clone(),
            held: held.collect(),
            is_read: gates.is_some(),
            holds_group: pipeline.is_some_and(|pipeline| matches!(pipeline.group, Group::Named { .. })),
            run: run.clone(),
        }
    };
    runs.map(promotion).collect()
}

fn of_apps(fleet: &Fleet, apps: &[AppName]) -> Vec<EnvironmentKey> {
    fleet.environments().filter(|environment| apps.contains(&environment.app())).map(|environment| environment.key()).collect()
}

/// The environments that the jobs behind a gate deploy to, and whether each job is known to deploy to exactly one.
///
/// What needs such a job begins by itself when that is done, unless a gate is known to hold it: one at which a run
/// waits, or was seen to wait.
fn behind_gate(pipeline: Option<&Pipeline>, gate: &Gate, holding: &[&str], ours: &[EnvironmentKey]) -> (Vec<EnvironmentKey>, bool) {
    let Some(pipeline) = pipeline else { return (Vec::new(), false) };
    let mut stages: Vec<&Stage> = pipeline.behind_gate(&gate.name).collect();
    let is_whole = !stages.is_empty();
    let is_held = |stage: &Stage| stage.gate.as_deref().is_some_and(|own| holding.contains(&own));
    loop {
        let follows = |stage: &&Stage| {
            let is_in = stages.iter().any(|other| other.job == stage.job);
            !is_in && !is_held(stage) && pipeline.before(stage).iter().any(|before| stages.iter().any(|other| other.job == before.job))
        };
        let more: Vec<&Stage> = pipeline.stages.iter().filter(follows).collect();
        if more.is_empty() {
            break;
        }
        stages.extend(more);
    }
    let (environments, each_is_known) = targets(&stages, ours);
    (environments, is_whole && each_is_known)
}

/// The environments of a repository's apps.
#[must_use]
pub fn of_repository(fleet: &Fleet, repository: &Repository) -> Vec<EnvironmentKey> {
    of_apps(fleet, &apps(fleet, repository))
}

/// An environment by its name and region.
fn place(key: &EnvironmentKey) -> String {
    key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{} {region}", key.name))
}

/// The apps of a repository.
#[must_use]
pub fn apps(fleet: &Fleet, repository: &Repository) -> Vec<AppName> {
    let has_it = |app: &&App| app.repository.as_deref() == Some(repository.as_str());
    fleet.catalogue().apps.iter().filter(has_it).map(|app| app.name.clone()).collect()
}

/// The app of an environment.
fn app_of(fleet: &Fleet, key: &EnvironmentKey) -> Option<AppName> {
    fleet.get(key).map(|environment| environment.app())
}

/// The app of a promotion: of those whose environments it waits for the first whose migrations somebody runs, where one
/// has such; else any of them, or of the repository.
#[must_use]
pub fn app<'f>(fleet: &'f Fleet, promotion: &Promotion) -> Option<&'f App> {
    let waits: Vec<AppName> = promotion.environments().filter_map(|key| app_of(fleet, key)).collect();
    let known = |name: &AppName| fleet.catalogue().app(name);
    let by_hand = waits.iter().filter_map(known).find(|app| !app.shipping.migrations_run);
    by_hand.or_else(|| waits.iter().chain(&promotion.apps).find_map(known))
}

/// Those of these environments that the jobs deploy to, and whether each job is known to deploy to exactly one.
#[must_use]
pub fn targets(stages: &[&Stage], ours: &[EnvironmentKey]) -> (Vec<EnvironmentKey>, bool) {
    let mut is_whole = true;
    let mut found: Vec<EnvironmentKey> = Vec::new();
    for stage in stages {
        let fitting: Vec<(usize, &EnvironmentKey)> =
            stage.target.iter().flat_map(|target| ours.iter().filter_map(|key| Some((target.fit(key)?, key)))).collect();
        let best = fitting.iter().map(|(fit, _)| *fit).min();
        let likeliest: Vec<&EnvironmentKey> = fitting.iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, key)| *key).collect();
        is_whole &= likeliest.len() == 1;
        for key in likeliest {
            if !found.contains(key) {
                found.push(key.clone());
            }
        }
    }
    (found, is_whole)
}

/// The comparisons that a promotion's sheet needs.
#[must_use]
pub fn needed(promotion: &Promotion, fleet: &Fleet, facts: Option<&RepositoryFacts>) -> Vec<Between> {
    let shipped = sheet::shipments(checks::Offer::of(promotion), None, fleet).into_iter().filter_map(|shipment| shipment.between);
    with_undone(shipped, facts)
}

/// These comparisons; and where they say that commits would be undone, those that tell which.
#[must_use]
pub fn with_undone(comparisons: impl IntoIterator<Item = Between>, facts: Option<&RepositoryFacts>) -> Vec<Between> {
    let mut wanted: Vec<Between> = comparisons.into_iter().collect();
    let undoing = wanted.iter().filter(|between| facts.is_some_and(|facts| older::undoes(facts, between)));
    let backwards: Vec<Between> = undoing.map(older::backwards).collect();
    wanted.extend(backwards);
    wanted
}

/// Every commit that an environment's instances run: more than one in the middle of a deployment, or after one failed;
/// none where it is not known.
#[must_use]
pub fn running(environment: &Environment<'_>, fleet: &Fleet) -> Vec<Sha> {
    let app = environment.app();
    // One of which it is not told what it runs may run anything, where the others tell.
    if environment.instances().is_some_and(|told| told.value.deployments_known() && !told.value.all_told()) {
        return Vec::new();
    }
    let told = environment.instances().map(|told| told.value.versions()).unwrap_or_default();
    let commits: Option<Vec<Sha>> = told.iter().map(|(label, _)| fleet.commit_of(&app, label)).collect();
    // A label that does not tell its commit may stand for any.
    let Some(mut found) = commits else { return Vec::new() };
    if found.is_empty() {
        found.extend(environment.commit().cloned());
    }
    found.sort();
    found.dedup();
    found
}

/// The folders of which it is not known yet which of the commits that were compared touch them.
fn untold(
    repository: &Repository,
    links: &[chain::Link],
    promotions: &[Promotion],
    asked: &[(Repository, Between)],
    fleet: &Fleet,
    facts: &RepositoryFacts,
) -> Vec<Within> {
    let linked = links.iter().filter(|link| link.repository == *repository);
    let of_folder = |link: &chain::Link, folder: &Arc<str>| -> Vec<_> {
        link.compared().into_iter().map(|between| (between, Arc::clone(folder))).collect()
    };
    let pairs = linked.filter_map(|link| Some(of_folder(link, link.folder.as_ref()?))).flatten();
    let shipped = promotions.iter().filter(|promotion| promotion.repository == *repository).flat_map(|promotion| {
        // Of each environment by itself: which of them are chosen, a person decides.
        let folders: Vec<Arc<str>> = promotion.environments().filter_map(|key| folder(key, fleet)).collect();
        needed(promotion, fleet, None)
            .into_iter()
            .flat_map(move |between| folders.clone().into_iter().map(move |folder| (between.clone(), folder)))
    });
    // Of what else is asked it is not said for which app: each of the repository has few folders, mostly none.
    let apps = fleet.catalogue().apps.iter().filter(|app| app.repository.as_deref() == Some(repository.as_str()));
    let own: Vec<Arc<str>> = apps.filter_map(|app| app.folder.clone()).collect();
    let planned = asked.iter().filter(|(other, _)| other == repository);
    let planned = planned.flat_map(|(_, between)| own.iter().map(move |folder| (between.clone(), Arc::clone(folder))));
    let within = |(between, folder): (Between, Arc<str>)| Within::of(&between, facts.comparisons.get(&between)?.value()?, &folder);
    let is_missing = |within: &Within| facts.touched.get(within).is_none_or(|read| read.value().is_none());
    let mut missing: Vec<Within> = pairs.chain(shipped).chain(planned).filter_map(within).filter(is_missing).collect();
    missing.sort();
    missing.dedup();
    missing
}

/// The folder of the app of an environment.
fn folder(key: &EnvironmentKey, fleet: &Fleet) -> Option<Arc<str>> {
    fleet.catalogue().app(&fleet.get(key)?.app())?.folder.clone()
}

/// The folders of the apps of these environments; none where one of them has its whole repository.
fn folders<'k>(environments: impl Iterator<Item = &'k EnvironmentKey>, fleet: &Fleet) -> Vec<Arc<str>> {
    let mut folders: Vec<Arc<str>> = environments.map(|key| folder(key, fleet)).collect::<Option<_>>().unwrap_or_default();
    folders.sort();
    folders.dedup();
    folders
}

/// Whether the repository has an app of which nobody has said which checks it needs.
#[must_use]
pub fn needs_rules(repository: &Repository, fleet: &Fleet) -> bool {
    let says = |app: &AppName| fleet.catalogue().app(app).is_some_and(|app| !app.shipping.required.is_empty());
    !apps(fleet, repository).iter().all(says)
}

/// Wants what the apps of a repository are promoted by, where that is tags or merges: when somebody looks at one of them.
pub fn want_ways(fleet: &Fleet, repository: &Repository, forge: &Forge, wanted: &mut RepositoryInterest) {
    let branch = forge.get(repository).and_then(|facts| facts.overview.value()).map(|overview| &overview.branch);
    for app in fleet.catalogue().apps.iter().filter(|app| app.repository.as_deref() == Some(repository.as_str())) {
        match app.promotion {
            Way::Approval => {}
            Way::Tag { .. } => wanted.tags = true,
            Way::Merge => wanted.open_pulls = branch.cloned(),
        }
    }
}

/// What has to be read for what is pending, what waits and what else is asked: comparisons, then the commits in them.
#[must_use]
pub fn interest(
    links: &[chain::Link],
    promotions: &[Promotion],
    asked: &[(Repository, Between)],
    fleet: &Fleet,
    forge: &Forge,
) -> Interest {
    let mut interest = Interest::default();
    for app in &fleet.catalogue().apps {
        if let Some(repository) = app.repository.as_deref() {
            let wanted = interest.repositories.entry(Repository::from(repository)).or_default();
            wanted.branch = wanted.branch.take().or_else(|| app.branch.clone());
            wanted.list(app);
            record::wants(fleet, forge, &Repository::from(repository), wanted);
        }
    }
    let linked = links.iter().flat_map(|link| link.compared().into_iter().map(|between| (&link.repository, between)));
    let shipped = promotions.iter().flat_map(|promotion| {
        let needed = needed(promotion, fleet, forge.get(&promotion.repository));
        needed.into_iter().map(|between| (&promotion.repository, between))
    });
    let planned = asked.iter().flat_map(|(repository, between)| {
        let wanted = with_undone([between.clone()], forge.get(repository));
        wanted.into_iter().map(move |between| (repository, between))
    });
    for (repository, between) in linked.chain(shipped).chain(planned) {
        let wanted = &mut interest.repositories.entry(repository.clone()).or_default().comparisons;
        if !wanted.contains(&between) {
            wanted.push(between);
        }
    }
    for (repository, wanted) in &mut interest.repositories {
        let Some(facts) = forge.get(repository) else { continue };
        let read = wanted.comparisons.iter().filter_map(|between| facts.comparisons.get(between)?.value());
        let waiting = promotions.iter().filter(|promotion| promotion.repository == *repository).map(|promotion| &promotion.run.head);
        let planned = asked.iter().filter(|(other, _)| other == repository).map(|(_, between)| &between.head);
        let heads = waiting.chain(planned);
        let commits = read.flat_map(|comparison| comparison.commits.iter().map(|commit| &commit.sha)).chain(heads);
        // Checks that are not over are asked for again.
        let is_missing = |sha: &&Sha| {
            let detail = facts.commits.get(*sha);
            detail.is_none_or(|detail| detail.state(|check| facts.is_counted(check)) == Some(CheckState::Pending))
        };
        let mut missing: Vec<Sha> = commits.filter(is_missing).cloned().collect();
        missing.sort();
        missing.dedup();
        wanted.details = missing;
        wanted.touched = untold(repository, links, promotions, asked, fleet, facts);
        wanted.comparisons.retain(|between| facts.comparisons.get(between).is_none_or(|read| read.value().is_none()));
    }
    interest
}

#[cfg(test)]
mod tests;
