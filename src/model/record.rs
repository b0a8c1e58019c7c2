//! What GitHub's record says of plain hosts: what was deployed there, what deploys now, and open alerts;
//! and of environments of any kind together with what [`tagged`] concludes.
//!
//! Pure: from what GitHub told to sightings of [`Question::Record`], which stand beside what the server
//! itself tells. A record says what a pipeline meant to do; what runs wins over it.

use std::sync::Arc;

use super::activity::{Activity, ActivityKind};
use super::catalogue::App;
use super::clock::{Stamp, Timestamp};
use super::fleet::Fleet;
use super::forge::{Forge, Interest, RepositoryFacts, RepositoryInterest};
use super::health::{Health, HealthSource, Level};
use super::host::HostedApp;
use super::id::{EnvironmentKey, Repository, Sha};
use super::remote::Remote;
use super::run::{Progress, Run};
use super::sighting::{Busy, Coverage, Observation, Question, Reading, Sighting, Source};
use super::tagged;
use super::version::{Stated, VersionSource};

/// How a deployment went, as GitHub records it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordedState {
    /// It was deployed.
    Success,
    /// It was deployed, and another since.
    Inactive,
    /// It is being deployed, or will be.
    Pending,
    /// It was not.
    Failed,
    /// Nobody said, or GitHub says something this program does not know.
    Unknown,
}

/// A deployment in GitHub's record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The commit that was meant.
    pub sha: Sha,
    /// How it went.
    pub state: RecordedState,
    /// When it was recorded.
    pub created_at: Option<Timestamp>,
}

/// An open issue that was raised as an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its number.
    pub number: u64,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// When it was raised.
    pub created_at: Option<Timestamp>,
}

/// How many alerts of one repository are told as causes; the rest is counted.
const TOLD: usize = 5;

/// What has to be read of GitHub to know what its record says of any environment: of repositories
/// of which nothing is wanted there is none.
#[must_use]
pub fn wanted(fleet: &Fleet) -> Interest {
    let mut wanted = Interest::default();
    for app in &fleet.catalogue().apps {
        let Some(repository) = app.repository.as_deref().map(Repository::from) else { continue };
        let own = wanted.repositories.entry(repository.clone()).or_default();
        own.branch = own.branch.take().or_else(|| app.branch.clone());
        own.list(app);
        interest(fleet, &repository, own);
        tagged::interest(fleet, &repository, own);
    }
    let says_something = |own: &RepositoryInterest| {
        own.statuses || !own.catalogues.is_empty() || !own.deployments.is_empty() || !own.alerts.is_empty() || !own.pulls.is_empty()
    };
    wanted.repositories.retain(|_, own| says_something(own));
    wanted
}

/// What the record of a repository says of environments of any kind.
#[must_use]
pub fn told(fleet: &Fleet, forge: &Forge, repository: &Repository) -> Vec<Observation> {
    let mut told = tagged::sightings(fleet, forge, repository);
    told.extend(sightings(fleet, forge, repository));
    told
}

/// What has to be read of GitHub for plain hosts.
pub fn interest(fleet: &Fleet, repository: &Repository, wanted: &mut RepositoryInterest) {
    for (_, app) in hosted(fleet, repository) {
        if !wanted.deployments.contains(&app.deployment) {
            wanted.deployments.push(Arc::clone(&app.deployment));
        }
        if let Some(label) = app.alerts.as_ref().filter(|label| !wanted.alerts.contains(label)) {
            wanted.alerts.push(Arc::clone(label));
        }
    }
}

/// What GitHub's record says of every environment on a plain host whose app has this repository.
#[must_use]
pub fn sightings(fleet: &Fleet, forge: &Forge, repository: &Repository) -> Vec<Observation> {
    let Some(facts) = forge.get(repository) else { return Vec::new() };
    let told = hosted(fleet, repository).filter_map(|(key, app)| {
        let scope = Arc::clone(&fleet.get(&key)?.source()?.scope);
        let (stamp, reading) = reading(app, facts)?;
        let source = Source { question: Question::Record, scope };
        let sighting =
            Sighting { source, stamp, coverage: Coverage::Partial, account: None, readings: vec![(key, reading)], events: Vec::new() };
        Some(Observation::Seen(sighting))
    });
    told.collect()
}

/// The environments on plain hosts whose app has this repository.
pub fn keys<'f>(fleet: &'f Fleet, repository: &'f Repository) -> impl Iterator<Item = EnvironmentKey> + 'f {
    hosted(fleet, repository).map(|(key, _)| key)
}

/// The environments on plain hosts that are declared and whose app has this repository.
fn hosted<'f>(fleet: &'f Fleet, repository: &Repository) -> impl Iterator<Item = (EnvironmentKey, &'f HostedApp)> {
    let catalogue = fleet.catalogue();
    let apps = catalogue.hosts.iter().flat_map(|host| host.apps.iter().map(|app| (host.key(app.name.clone()), app)));
    apps.filter(move |(key, app)| {
        let placed = catalogue.place(key, &app.group(), Some(app.tier));
        let has_it = |app: &App| app.repository.as_deref() == Some(repository.as_str());
        catalogue.app(&placed.app).is_some_and(has_it)
    })
}

/// What the record says of one environment, and when the newest part of it was asked for.
fn reading(app: &HostedApp, facts: &RepositoryFacts) -> Option<(Stamp, Reading)> {
    let deployments = facts.deployments.get(&app.deployment);
    let alerts = app.alerts.as_ref().and_then(|label| facts.alerts.get(label));
    let stamps = [deployments.and_then(Remote::stamp), alerts.and_then(Remote::stamp), facts.runs.stamp()];
    let stamp = stamps.into_iter().flatten().max()?;
    let runs = deploys_under_way(facts);
    let busy = facts
        .runs
        .value()
        .map(|_| runs.first().map_or(Busy::No, |run| Busy::With(Activity { since: run.created_at, ..Activity::of(ActivityKind::Deploy) })));
    let succeeded = list(deployments).iter().find(|one| one.state == RecordedState::Success);
    let version = succeeded.map(|one| Stated::commit(VersionSource::GitHubDeployment, one.sha.clone()));
    let reading = Reading { version, busy, health: health(app, list(alerts), &runs, list(deployments)), ..Reading::default() };
    Some((stamp, reading))
}

/// What was told; nothing where nothing was.
fn list<T>(told: Option<&Remote<Vec<T>>>) -> &[T] {
    told.and_then(Remote::value).map_or(&[], Vec::as_slice)
}

/// The runs that deploy now, newest first.
fn deploys_under_way(facts: &RepositoryFacts) -> Vec<&Run> {
    let at_work = facts.runs.value().into_iter().flatten().filter(|run| run.progress == Progress::InProgress);
    at_work.filter(|run| is_deploy(run, facts)).collect()
}

/// Whether a run deploys: its workflow says so where it was read, else its file's name does.
fn is_deploy(run: &Run, facts: &RepositoryFacts) -> bool {
    let branch = facts.overview.value().map(|overview| &overview.branch);
    // A run for a pull request makes a preview.
    if &*run.event == "pull_request" || branch.zip(run.branch.as_ref()).is_some_and(|(deployed, own)| deployed != own) {
        return false;
    }
    let pipelines = facts.overview.value().map_or(&[][..], |overview| &overview.pipelines);
    let known = pipelines.iter().find(|pipeline| pipeline.workflow == run.workflow);
    let named = run.workflow.rsplit('/').next().is_some_and(|file| file.starts_with("deploy"));
    named || known.is_some_and(|pipeline| pipeline.stages.iter().any(|stage| stage.gate.is_some()))
}

/// Something that the record tells, and how unwell that makes an environment.
type Finding = (Level, String);

/// What is wrong as far as the record tells; none where nothing is.
fn health(app: &HostedApp, alerts: &[Alert], deploys: &[&Run], deployments: &[Recorded]) -> Option<Health> {
    let raised = of_alerts(alerts);
    let source = if raised.is_empty() { HealthSource::Pipeline } else { HealthSource::Alerts };
    let found: Vec<Finding> = raised.into_iter().chain(of_deploys(app, deploys)).chain(of_last(deployments)).collect();
    let level = found.iter().map(|(level, _)| *level).max_by_key(|level| level.urgency())?;
    Some(Health { level, word: None, causes: found.into_iter().map(|(_, sentence)| Arc::from(sentence)).collect(), source })
}

fn of_alerts(alerts: &[Alert]) -> Vec<Finding> {
    let told = alerts.iter().take(TOLD).map(|alert| format!("open alert #{}: {}", alert.number, alert.title));
    let more = alerts.len().saturating_sub(TOLD);
    let rest = (more > 0).then(|| format!("and {more} more open alerts"));
    told.chain(rest).map(|sentence| (Level::Warning, sentence)).collect()
}

fn of_deploys(app: &HostedApp, deploys: &[&Run]) -> Option<Finding> {
    match deploys {
        [] => None,
        [run] => {
            let sentence =
                format!("run #{} deploys: until it is over an answer of 502 to 504 is the gap that has to be expected", run.number);
            Some((Level::Info, sentence))
        }
        several => {
            let numbers: Vec<String> = several.iter().map(|run| format!("#{}", run.number)).collect();
            let (runs, name) = (numbers.join(" and "), &app.name);
            Some((
                Level::Warning,
                format!("runs {runs} deploy to {name} at once: nothing keeps them apart, and which comes last is chance"),
            ))
        }
    }
}

/// What became of the latest deployment.
fn of_last(deployments: &[Recorded]) -> Option<Finding> {
    let failed = deployments.first().filter(|last| last.state == RecordedState::Failed)?;
    Some((Level::Warning, format!("the last deployment in GitHub's record, of {}, has failed", failed.sha.short())))
}

#[cfg(test)]
#[path = "record_tests.rs"]
pub(crate) mod tests;
