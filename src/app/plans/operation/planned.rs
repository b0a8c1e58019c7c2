//! What was read for a plan, for as long as it counts.
//!
//! It is read only while somebody plans: what stands there from the last time may be long past, and a plan that rested
//! on it would take what was for what is.

use std::time::Duration;

use super::super::super::state::State;
use crate::model::clock::Timestamp;
use crate::model::environment::{Environment, Told};
use crate::model::id::InstanceId;
use crate::model::instance::Registered;
use crate::model::planning::Planning;
use crate::model::sighting::Question;

/// For how long an answer counts. While a dialog is open it is asked for every half minute, and a part of it may be a
/// minute old by itself.
const COUNTS: Duration = Duration::from_secs(120);

/// What was read, unless it is too old, or could not be read again.
pub(super) fn planning<'s>(state: &State, environment: &Environment<'s>) -> Option<Told<&'s Planning>> {
    let is_young = |at: Timestamp| Duration::try_from(state.now.duration_since(at)).map_or(true, |age| age <= COUNTS);
    environment.planning().filter(|told| is_young(told.at) && environment.fault_of(Question::Planning).is_none())
}

/// Whether it is still being read.
pub(super) fn awaits(state: &State, environment: &Environment<'_>) -> bool {
    planning(state, environment).is_none() && environment.fault_of(Question::Planning).is_none()
}

/// The target groups that have this instance, and when that was asked: as they were looked through for a plan, since
/// something was last done there from here.
pub(super) fn standing(state: &State, environment: &Environment<'_>, id: &InstanceId) -> Option<(Timestamp, Vec<Registered>)> {
    let told = planning(state, environment)?;
    let changed = state.operations.changed_at(&environment.key());
    // Who is not in the list was not asked about.
    let (_, standing) = told.value.registered.as_ref()?.iter().find(|(other, _)| other == id)?;
    changed.is_none_or(|changed| changed <= told.at).then(|| (told.at, standing.clone()))
}
