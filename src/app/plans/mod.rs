//! Plans of writes: what each resolves to, what stands in its way, and what has to be typed.
//!
//! A plan is made from what is known when its dialog opens; whether that still
//! holds is looked at again right before it is sent.

pub mod dispatch;
pub mod migrate;
pub mod revert;
pub mod review;
pub mod run;

use super::act::Refusal;
use super::decision::Decision;
use super::state::State;
use crate::model::catalogue::Tier;
use crate::model::id::{EnvironmentKey, Repository};
use crate::model::promotion::{self, Aim, Verdict};

/// Refuses where nothing is written: by a flag, or by an app of the repository.
///
/// # Errors
/// Why nothing is written.
pub fn may_write(state: &State, repository: &Repository) -> Result<(), Refusal> {
    let of_repository = |app: &&crate::model::catalogue::App| app.repository.as_deref() == Some(repository.as_str());
    if state.read_only || state.fleet.catalogue().apps.iter().filter(of_repository).any(|app| app.read_only) {
        return Err("read-only: nothing is changed from here");
    }
    Ok(())
}

/// Whether any of these is production, or may be.
fn is_production(state: &State, environments: &[EnvironmentKey]) -> bool {
    let tier = |key: &EnvironmentKey| state.fleet.get(key).map_or(Tier::Unknown, |environment| environment.tier());
    environments.iter().any(|key| matches!(tier(key), Tier::Production | Tier::Unknown))
}

/// Environments by name and region.
fn names(environments: &[EnvironmentKey]) -> String {
    let name = |key: &EnvironmentKey| match &key.region {
        Some(region) => format!("{} {region}", key.name),
        None => key.name.to_string(),
    };
    environments.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// As whom it is written.
fn identity(state: &State) -> String {
    let viewer = state.github.forge.viewer.value();
    viewer.map_or_else(|| "? GitHub has not told whose token it is".to_owned(), |login| format!("@{login} on GitHub"))
}

/// Those environments of the repository to which the jobs deploy, and whether that is known of each job.
fn deployed_to(state: &State, repository: &Repository, stages: &[&crate::model::pipeline::Stage]) -> (Vec<EnvironmentKey>, bool) {
    promotion::targets(stages, &promotion::of_repository(&state.fleet, repository))
}

/// Where a plan ships to, as far as that is known.
#[derive(Clone, Copy)]
struct Reach<'a> {
    repository: &'a Repository,
    environments: &'a [EnvironmentKey],
    /// Whether these are all.
    is_whole: bool,
    /// Whether production is among them, or may be.
    production: bool,
}

/// The decision with the freezes that begin soon; and which freezes and locks are in its way now.
fn barred(state: &State, reach: Reach<'_>, mut decision: Decision) -> (Decision, Vec<String>) {
    let apps = promotion::apps(&state.fleet, reach.repository);
    let aim = Aim { environments: reach.environments, apps: &apps, is_whole: reach.is_whole };
    let mut failed = Vec::new();
    for check in promotion::barriers(aim, &state.fleet, &state.locks, state.now) {
        match check.verdict.counted(reach.production) {
            Verdict::Fail => failed.push(check.sentence),
            Verdict::Warn | Verdict::Unknown => decision = decision.with("▲", check.sentence),
            Verdict::Pass => {}
        }
    }
    (decision, failed)
}
