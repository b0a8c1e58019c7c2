//! Which instances were taken out of their target groups from here and have not come back: their groups name them no
//! more, so nothing else tells of them.

use super::super::super::state::State;
use super::instance::registered;
use crate::model::id::{EnvironmentKey, InstanceId, Platform};
use crate::model::instance::Registered;

use crate::model::operation::action::{Action, Registration};
use crate::model::operation::fact::Spot;
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::Deed;
use crate::model::operation::verdict::Verdict::Ended;

/// An instance, and the target groups that it was taken out of.
pub type TakenOut = (InstanceId, Vec<Registration>);

/// Those that can be put back, however the operation ended that took them out, and whatever else it was for.
#[must_use]
pub fn taken_out(state: &State, key: &EnvironmentKey) -> Vec<TakenOut> {
    let newest_first = state.operations.in_order();
    let over = newest_first.iter().filter_map(|id| state.operations.get(id)).map(|known| &known.operation);
    let mut last: Vec<TakenOut> = Vec::new();
    for operation in over.filter(|operation| matches!(operation.verdict(), Ended(_))) {
        for (id, out) in operation.units().filter_map(|unit| left(operation, unit, key)) {
            // What was done last with an instance counts.
            if !last.iter().any(|(other, _)| *other == id) {
                last.push((id, out));
            }
        }
    }
    last.into_iter().map(|(id, out)| missing(state, key, id, out)).filter(|(_, out)| !out.is_empty()).collect()
}

/// What a unit of an operation has taken an instance out of, and not put back; nothing, where it is gone for good.
/// None: the unit has changed nothing of that.
fn left(operation: &Operation, number: u32, key: &EnvironmentKey) -> Option<TakenOut> {
    let deeds = deeds(operation, number);
    let mut own = deeds.iter().map(|(_, deed)| &deed.place).filter(|place| place.environment == *key);
    let id = own.find_map(|place| place.instance.clone())?;
    let mut out: Option<Vec<Registration>> = None;
    for (spot, deed) in deeds {
        match &deed.action {
            Action::Deregister(registration) if operation.may_have_changed(spot) => out.get_or_insert_default().push(registration.clone()),
            Action::Register(back) if operation.is_done(spot) => {
                out.get_or_insert_default().retain(|out| (&out.group, out.port) != (&back.group, back.port));
            }
            Action::Terminate | Action::Replace if operation.may_have_changed(spot) => return Some((id, Vec::new())),
            _ => {}
        }
    }
    out.map(|out| (id, out))
}

/// What is done in a unit, and behind it what puts it right.
fn deeds(operation: &Operation, unit: u32) -> Vec<(Spot, &Deed)> {
    let steps = operation.unit(unit).map(|unit| unit.steps.as_slice()).unwrap_or_default();
    let numbered = || (0_u32..).zip(steps);
    let done = numbered().map(|(step, each)| (Spot::Step { unit, step }, &each.deed));
    let undone = numbered().flat_map(|(step, each)| {
        let deeds = each.undo.as_ref().map(|undo| undo.deeds.as_slice()).unwrap_or_default();
        (0_u32..).zip(deeds).map(move |(deed, each)| (Spot::Undo { unit, step, deed }, each))
    });
    done.chain(undone).collect()
}

/// The same without the groups that have it again; none of them, where it is known to be gone itself.
fn missing(state: &State, key: &EnvironmentKey, id: InstanceId, mut out: Vec<Registration>) -> TakenOut {
    let Some(environment) = state.fleet.get(key) else { return (id, out) };
    let told = environment.instances().filter(|_| key.platform != Platform::TargetGroup);
    if told.is_some_and(|told| !told.value.each.iter().any(|instance| instance.id == id)) {
        return (id, Vec::new());
    }
    let back = registered(state, &environment, &id).unwrap_or_default();
    let is_back = |out: &Registration| {
        let is_it = |one: &Registered| (&one.group, !one.is_leaving) == (&out.group, true) && (out.port.is_none() || one.port == out.port);
        back.iter().any(is_it)
    };
    out.retain(|out| !is_back(out));
    (id, out)
}
