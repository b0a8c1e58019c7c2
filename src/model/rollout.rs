//! When something was last brought to all machines of an environment on EC2, as far as its repository tells.
//!
//! That is a deployment that GitHub has recorded, and a change of the file that machines are given when they boot.
//!
//! Pure: from what GitHub told to sightings of [`Question::Rollout`]. Only the moments are taken: a deployment that a
//! person started may have been of another commit than GitHub records.

use std::sync::Arc;

use super::catalogue::Catalogue;
use super::clock::{Stamp, Timestamp};
use super::environment::Environment;
use super::fleet::Fleet;
use super::forge::{Forge, RepositoryFacts, RepositoryInterest};
use super::id::{EnvironmentKey, Platform, Repository};
use super::record::{Recorded, RecordedState};
use super::remote::Remote;
use super::sighting::{Coverage, Observation, Question, Reading, Rollout, Scope, Sighting, Source};

/// What of a repository tells of one environment.
struct Traces {
    environment: Option<Arc<str>>,
    file: Option<Arc<str>>,
}

/// What has to be read of GitHub.
pub fn interest(fleet: &Fleet, repository: &Repository, wanted: &mut RepositoryInterest) {
    for (_, traces) in ours(fleet, repository) {
        let Traces { environment, file } = traces;
        wanted.deployments.extend(environment.filter(|name| !wanted.deployments.contains(name)));
        wanted.changed.extend(file.filter(|path| !wanted.changed.contains(path)));
    }
}

/// What it tells of every environment whose app has this repository.
#[must_use]
pub fn sightings(fleet: &Fleet, forge: &Forge, repository: &Repository) -> Vec<Observation> {
    let Some(facts) = forge.get(repository) else { return Vec::new() };
    let told = ours(fleet, repository).filter_map(|(environment, traces)| {
        let (stamp, rollout) = rollout(&traces, facts)?;
        let source = Source { question: Question::Rollout, scope: Arc::clone(&environment.source()?.scope) };
        let readings = vec![(environment.key(), Reading { rollout: Some(rollout), ..Reading::default() })];
        Some(Observation::Seen(Sighting { source, stamp, coverage: Coverage::Partial, account: None, readings, events: Vec::new() }))
    });
    told.collect()
}

/// The environments of which this repository has traces.
fn ours<'f>(fleet: &'f Fleet, repository: &Repository) -> impl Iterator<Item = (Environment<'f>, Traces)> {
    let catalogue = fleet.catalogue();
    let has_any = !catalogue.target_groups.is_empty() || !catalogue.tagged.is_empty();
    let has_it = move |environment: &Environment<'f>| {
        let app = environment.app_ref().and_then(|app| catalogue.app(app));
        app.is_some_and(|app| app.repository.as_deref() == Some(repository.as_str()))
    };
    let listed = fleet.environments().filter(move |environment| has_any && has_it(environment));
    listed.filter_map(move |environment| {
        let traces = traces(catalogue, environment.seen_key()?, &environment.source()?.scope)?;
        Some((environment, traces))
    })
}

/// What its declaration says of where its traces are.
fn traces(catalogue: &Catalogue, key: &EnvironmentKey, scope: &Scope) -> Option<Traces> {
    let name = key.name.as_str();
    let traces = match key.platform {
        Platform::TargetGroup => {
            let mut declared = catalogue.target_groups.iter().filter(|one| one.site.is(scope));
            let one = declared.find(|one| one.name.matches(name))?;
            Traces { environment: one.environment_of(name), file: one.environment_file_of(name) }
        }
        Platform::TaggedEc2 => {
            let mut declared = catalogue.tagged.iter().filter(|one| one.site.is(scope));
            let one = declared.find(|one| one.is_called(name))?;
            Traces { environment: None, file: one.environment_file.clone() }
        }
        Platform::Beanstalk | Platform::Host => return None,
    };
    (traces.environment.is_some() || traces.file.is_some()).then_some(traces)
}

/// The moments, and when the newest part of them was asked for.
fn rollout(traces: &Traces, facts: &RepositoryFacts) -> Option<(Stamp, Rollout)> {
    let deployments = traces.environment.as_ref().and_then(|name| facts.deployments.get(name));
    let changed = traces.file.as_ref().and_then(|path| facts.changed.get(path));
    // All at once or nothing: an answer is kept by the newest of its parts, and an older part would come too late.
    let waits = traces.environment.is_some() && is_unanswered(deployments) || traces.file.is_some() && is_unanswered(changed);
    let stamp = [deployments.and_then(Remote::stamp), changed.and_then(Remote::stamp)].into_iter().flatten().max().filter(|_| !waits)?;
    let environment_changed_at = changed.and_then(Remote::value).copied().flatten();
    Some((stamp, Rollout { deployed_at: deployments.and_then(Remote::value).and_then(|told| last(told)), environment_changed_at }))
}

/// Whether nobody has answered so far, nor said why not.
fn is_unanswered<T>(told: Option<&Remote<T>>) -> bool {
    told.is_none_or(|told| told.value().is_none() && told.fault().is_none())
}

/// When the last deployment that went well began.
fn last(told: &[Recorded]) -> Option<Timestamp> {
    told.iter().find(|one| one.state == RecordedState::Success)?.created_at
}
