//! What GitHub tells of plain hosts: what was deployed there, what deploys now, and open alerts.
//!
//! Pure: from what GitHub told to sightings of [`Question::Record`], [`Question::Runs`] and [`Question::Alerts`], which
//! stand beside what the server itself tells, each as old as the call that it came by. A record says what a pipeline
//! meant to do; what runs wins over it.

use std::sync::Arc;

use super::catalogue::App;
use super::clock::{Stamp, Timestamp};
use super::deploys;
use super::fleet::Fleet;
use super::forge::{Forge, RepositoryFacts, RepositoryInterest};
use super::health::{Health, HealthSource, Level};
use super::host::HostedApp;
use super::id::{EnvironmentKey, Repository, Sha};
use super::remote::Remote;
use super::sighting::{Coverage, Failure, Observation, Question, Reading, Scope, Sighting, Source};
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

/// What has to be read of GitHub for plain hosts.
pub fn interest(fleet: &Fleet, forge: &Forge, repository: &Repository, wanted: &mut RepositoryInterest) {
    for (_, app) in hosted(fleet, repository) {
        if !wanted.deployments.contains(&app.deployment) {
            wanted.deployments.push(Arc::clone(&app.deployment));
        }
        if let Some(label) = app.alerts.as_ref().filter(|label| !wanted.alerts.contains(label)) {
            wanted.alerts.push(Arc::clone(label));
        }
        let runs = forge.get(repository).into_iter().flat_map(|facts| deploys::looked_into(app, facts));
        wanted.jobs.extend(runs);
    }
    wanted.jobs.sort_unstable();
    wanted.jobs.dedup();
}

/// What GitHub tells of every environment on a plain host whose app has this repository.
#[must_use]
pub fn sightings(fleet: &Fleet, forge: &Forge, repository: &Repository) -> Vec<Observation> {
    let Some(facts) = forge.get(repository) else { return Vec::new() };
    let told = hosted(fleet, repository).filter_map(|(key, app)| {
        let scope = Arc::clone(&fleet.get(&key)?.source()?.scope);
        Some(answers(app, facts).into_iter().flat_map(move |answer| answer.observations(&scope, &key)))
    });
    told.flatten().collect()
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

/// What one question about an environment came to, and why it could not be asked again since.
pub(super) struct Answer<'f> {
    pub question: Question,
    pub told: Option<(Stamp, Reading)>,
    pub failed: Option<(Stamp, &'f super::fault::Fault)>,
}

impl Answer<'_> {
    /// As the fleet takes it in.
    pub fn observations(self, scope: &Arc<Scope>, key: &EnvironmentKey) -> impl Iterator<Item = Observation> + use<> {
        let source = Source { question: self.question, scope: Arc::clone(scope) };
        let failed = self.failed.map(|(stamp, fault)| {
            Observation::Failed(Failure { source: source.clone(), stamp, about: Some(key.clone()), fault: fault.clone() })
        });
        let told = self.told.map(|(stamp, reading)| {
            let readings = vec![(key.clone(), reading)];
            Observation::Seen(Sighting { source, stamp, coverage: Coverage::Partial, account: None, readings, events: Vec::new() })
        });
        told.into_iter().chain(failed)
    }
}

fn answers<'f>(app: &HostedApp, facts: &'f RepositoryFacts) -> Vec<Answer<'f>> {
    let record = facts.deployments.get(&app.deployment).map(|told| answer(Question::Record, told, |each| recorded(each)));
    let alerts = app.alerts.as_ref().and_then(|label| facts.alerts.get(label));
    let alerts = alerts.map(|told| answer(Question::Alerts, told, |each| Reading { health: raised(each), ..Reading::default() }));
    let runs = Answer { question: Question::Runs, told: deploys::reading(app, facts), failed: facts.runs.failed() };
    record.into_iter().chain(alerts).chain([runs]).collect()
}

fn answer<T>(question: Question, told: &Remote<T>, reading: impl FnOnce(&T) -> Reading) -> Answer<'_> {
    Answer { question, told: told.stamp().zip(told.value().map(reading)), failed: told.failed() }
}

/// What was deployed last that went well, and what became of the latest deployment.
fn recorded(deployments: &[Recorded]) -> Reading {
    let succeeded = deployments.iter().find(|one| one.state == RecordedState::Success);
    let version = succeeded.map(|one| Stated::commit(VersionSource::GitHubDeployment, one.sha.clone()));
    let failed = deployments.first().filter(|last| last.state == RecordedState::Failed);
    let sentence = failed.map(|last| format!("the last deployment in GitHub's record, of {}, has failed", last.sha.short()));
    Reading { version, health: sentence.map(|sentence| warning(vec![sentence], HealthSource::Pipeline)), ..Reading::default() }
}

/// The open alerts; none where there are none.
fn raised(alerts: &[Alert]) -> Option<Health> {
    let told = alerts.iter().take(TOLD).map(|alert| format!("open alert #{}: {}", alert.number, alert.title));
    let more = alerts.len().saturating_sub(TOLD);
    let rest = (more > 0).then(|| format!("and {more} more open alerts"));
    (!alerts.is_empty()).then(|| warning(told.chain(rest).collect(), HealthSource::Alerts))
}

fn warning(sentences: Vec<String>, source: HealthSource) -> Health {
    Health { level: Level::Warning, word: None, causes: sentences.into_iter().map(Arc::from).collect(), source }
}

#[cfg(test)]
#[path = "record_tests.rs"]
pub(crate) mod tests;
