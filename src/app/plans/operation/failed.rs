//! Where a version has failed before: who deploys it there again does so knowing that.

use super::super::super::state::State;
use super::target::name;
use crate::model::clock::{Age, Timestamp};
use crate::model::id::{EnvironmentKey, VersionLabel};
use crate::model::instance::DeploymentState;

/// When the last deploy of this label to this environment failed, and why where an operation of this machine tells;
/// none where it did not, or nobody tells.
pub(super) fn failed<'s>(state: &'s State, key: &EnvironmentKey, label: &VersionLabel) -> Option<(Timestamp, Option<&'s str>)> {
    let by_us = state.operations.failure(key, label).map(|(at, why)| (at, Some(why)));
    by_us.or_else(|| on_instances(state, key, label).map(|at| (at, None)))
}

/// When it failed on an instance, as the platform tells.
fn on_instances(state: &State, key: &EnvironmentKey, label: &VersionLabel) -> Option<Timestamp> {
    let told = state.fleet.get(key)?.instances()?;
    let deployments = told.value.each.iter().filter_map(|instance| instance.deployment.as_ref());
    let has_failed = |deployment: &&crate::model::instance::Deployment| {
        deployment.label.as_ref() == Some(label) && deployment.state == Some(DeploymentState::Failed)
    };
    deployments.filter(has_failed).filter_map(|deployment| deployment.at).max()
}

/// Where of these it failed, in a few words for a list; none where it did nowhere.
pub(super) fn in_words(state: &State, keys: &[EnvironmentKey], label: &VersionLabel) -> Option<String> {
    let places: Vec<(&EnvironmentKey, Timestamp)> = keys.iter().filter_map(|key| Some((key, failed(state, key, label)?.0))).collect();
    match (places.as_slice(), keys) {
        ([], _) => None,
        ([(_, at)], [_]) => Some(format!("✖ failed here {} ago", Age::of(*at, state.now))),
        ([(key, at)], _) => Some(format!("✖ failed in {} {} ago", name(key), Age::of(*at, state.now))),
        (several, _) => Some(format!("✖ failed in {} of them", several.len())),
    }
}
