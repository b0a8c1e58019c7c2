//! The dialogs of a console that nobody sees: what the command line asks for, planned and confirmed as a person would.
//!
//! It plans nothing by itself: the plans, what makes one another plan, and the barriers are those of the screens.

use std::sync::Arc;

use super::act::{Act, Refusal};
use super::command::CommandId;
use super::decision::{Decision, Lacking, Said};
use super::dialog::{Dialog, Kind};
use super::event::Effect;
use super::filter::TextField;
use super::operations::{Known, News, Order, Resolving};
use super::plans::operation::{Deed, Wanted};
use super::plans::{self, Intent};
use super::reason::Reason;
use super::setup::Setup;
use super::state::State;
use super::{github_update, operate, operations_update};
use crate::model::id::{AppName, EnvironmentKey};
use crate::model::operation::fact::{Answer, Spot, Stamped};
use crate::model::operation::plan::OperationId;

/// Takes note of what is wanted: what its plan tells is read before the rest.
pub fn regard(state: &mut State, wanted: &Wanted) {
    let concerned = Wanted { environments: concerned(wanted), ..wanted.clone() };
    state.dialog = Some(Dialog::new(Kind::Setup(Box::new(Setup::of_several(concerned)))));
    operations_update::ask_for(state, &Intent::Operate(Box::new(wanted.clone())));
}

/// The environments that it is about, the other one of a swap as well.
#[must_use]
pub fn concerned(wanted: &Wanted) -> Vec<EnvironmentKey> {
    let other = if let Deed::Swap(other) = &wanted.deed { Some(other) } else { None };
    wanted.environments.iter().chain(other).cloned().collect()
}

/// Opens the plan, as things are now.
///
/// # Errors
/// Why there is none.
pub fn propose(state: &mut State, intent: &Intent) -> Result<(), String> {
    operations_update::ask_for(state, intent);
    let decision = plans::plan(state, intent)?;
    state.dialog = Some(Dialog::new(Kind::Decide(Box::new(decision))));
    Ok(())
}

/// The plan that is open.
#[must_use]
pub fn proposed(state: &State) -> Option<&Decision> {
    match &state.dialog {
        Some(Dialog { kind: Kind::Decide(decision), .. }) => Some(decision),
        _ => None,
    }
}

/// Why the plan that is open was not carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unconfirmed {
    /// It was not confirmed as it has to be.
    Lacking(Lacking),
    /// It is another plan by now, or there is none any more; not yet safe to show.
    Changed(String),
}

/// Confirms the plan that is open. It is made once more, and if it is another one by now, nothing is begun.
///
/// # Errors
/// Why nothing is begun.
pub fn confirm(state: &mut State, said: Said<'_>) -> Result<Order, Unconfirmed> {
    let Some(Dialog { kind: Kind::Decide(decision), .. }) = &mut state.dialog else {
        return Err(Unconfirmed::Changed("there is no plan".to_owned()));
    };
    decision.enter(said).map_err(Unconfirmed::Lacking)?;
    for effect in github_update::confirm(state) {
        if let Effect::Operate(order) = effect {
            return Ok(*order);
        }
    }
    let why = proposed(state).and_then(|decision| decision.error.clone());
    Err(Unconfirmed::Changed(why.unwrap_or_else(|| "the plan is another one by now".to_owned())))
}

/// What a command of the Operations screen would do with this operation.
///
/// # Errors
/// Why it can do nothing.
pub fn on_operation(state: &mut State, id: &OperationId, command: CommandId) -> Result<Act, Refusal> {
    select(state, id);
    operate::on_operation(state, command)
}

fn select(state: &mut State, id: &OperationId) {
    let screen = &mut state.operations_screen;
    screen.arrange(&state.operations, state.size);
    screen.cursor.select_id(id, &screen.rows, screen.rows.len());
    screen.arrange(&state.operations, state.size);
}

/// Selects a unit of this operation.
pub fn select_unit(state: &mut State, id: &OperationId, unit: u32) {
    select(state, id);
    let screen = &mut state.operations_screen;
    screen.unit.select_id(&unit, &screen.units, screen.units.len());
}

/// The dialog that asks how it is known what became of a step.
#[must_use]
pub fn ask_how(state: &State, id: &OperationId, spot: Spot, answer: Answer) -> Act {
    let resolving = Resolving { id: id.clone(), spot, answer };
    Act::Reason(Box::new(operate::ask_how(state.operations.get(id), &resolving)))
}

/// The order that follows from a dialog that asks for a reason, answered with this one.
///
/// # Errors
/// Why it makes no sense.
pub fn reasoned(state: &State, mut reason: Reason, text: &str) -> Result<Order, Refusal> {
    reason.text = TextField::with(text);
    operate::given(state, &reason)
}

/// What was known of an operation before [`presume`].
#[must_use]
pub struct Before(Known);

/// Takes the operation to be as it will be once this is written down: what follows is planned from there. None where
/// nothing follows, or where it makes no sense.
pub fn presume(state: &mut State, order: &Order) -> Option<Before> {
    let Order::Resume(id, Some(command)) = order else { return None };
    let known = state.operations.get(id)?.clone();
    let fact = known.operation.heeds_interrupted(command).ok()?;
    let mut operation = (*known.operation).clone();
    operation.evolve(&Stamped { at: state.now, fact });
    if operation.is_over() {
        return None;
    }
    state.operations.take(News::Known(Box::new(Known { operation: Arc::new(operation), ..known.clone() })));
    Some(Before(known))
}

/// Takes it to be as it is.
pub fn forget(state: &mut State, Before(known): Before) {
    state.operations.take(News::Known(Box::new(known)));
}

/// Takes note of what is ordered; what has it done.
pub fn order(state: &mut State, order: Order) -> Effect {
    state.operations.ask(&order);
    Effect::Operate(Box::new(order))
}

/// Every environment of an app that was seen.
#[must_use]
pub fn environments_of(state: &State, app: &AppName) -> Vec<EnvironmentKey> {
    operate::environments_of(state, app)
}
