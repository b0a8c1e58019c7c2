//! Aborting the update that goes on: only where the platform says that it can be, and with one `y`.

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::super::names;
use super::target::Target;
use super::{Wanted, decision, identity, origin};
use crate::model::activity::Activity;
use crate::model::id::EnvironmentKey;
use crate::model::operation::action::Action;
use crate::model::operation::plan::{Aim, OnFailure, environments};

/// How long an abort may take: the instances go back to what they ran.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// The dialog. Nothing stands in its way: neither locks nor freezes nor another operation.
///
/// # Errors
/// Why nothing can be aborted.
pub(super) fn plan(state: &State, wanted: &Wanted, targets: &[Target<'_>]) -> Result<Decision, String> {
    let (able, others): (Vec<&Target<'_>>, Vec<&Target<'_>>) =
        targets.iter().partition(|target| target.environment.identity().is_some_and(|identity| identity.abortable));
    if able.is_empty() {
        return Err(others.first().map_or_else(|| "nothing is selected".to_owned(), |target| why_not(target)));
    }
    let keys: Vec<EnvironmentKey> = able.iter().map(|target| target.key().clone()).collect();
    let aim = |target: &&Target<'_>| Aim { place: target.place.clone(), action: Action::Abort, patience: PATIENCE, expected: None };
    let at_once = u32::try_from(able.len()).unwrap_or(u32::MAX);
    let title = format!("{} {}", wanted.verb(), names(&keys));
    let origin = origin(state, &able, OnFailure::CarryOn);
    let plan = environments(origin, wanted.kind(), title, able.iter().map(aim).collect(), at_once).map_err(|error| error.to_string())?;
    let mut decision = decision(state, wanted, Undertaking { plan, rests_on: Vec::new() }, Proof::Yes);
    for target in &able {
        decision = decision.with("stops", format!("{}: {}", target.name(), going_on(target).map_or_else(|| "an update".to_owned(), said)));
    }
    for target in others {
        decision = decision.with("left out", why_not(target));
    }
    let leaves = "Elastic Beanstalk takes back what it can: instances may be left with different versions until the next deploy";
    Ok(decision.with("leaves", leaves).with("as", identity(state, &able)))
}

/// Whether the platform says of one of these that what goes on can be aborted.
#[must_use]
pub fn is_abortable(state: &State, environments: &[EnvironmentKey]) -> bool {
    let says = |key: &EnvironmentKey| state.fleet.get(key).and_then(|it| it.identity()).is_some_and(|identity| identity.abortable);
    environments.iter().any(says)
}

fn going_on(target: &Target<'_>) -> Option<Activity> {
    target.environment.activity()?.value
}

fn why_not(target: &Target<'_>) -> String {
    match going_on(target) {
        Some(activity) => format!("{} is {}: the platform says that this cannot be aborted now", target.name(), activity.kind.phrase()),
        None => format!("no update of {} goes on", target.name()),
    }
}

/// What goes on; without its age, since with each it would be another plan.
fn said(activity: Activity) -> String {
    activity.kind.phrase().to_owned()
}
