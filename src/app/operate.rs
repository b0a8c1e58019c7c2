//! What the commands that act on environments and on operations would do.

use super::act::{Act, Refusal};
use super::command::CommandId;
use super::event::Effect;
use super::fleet::Row;
use super::history::Place;
use super::menu::{Choice, Item, Menu};
use super::operations::{Carrier, Condition, Known, Order, Resolving};
use super::operations_screen::Pane;
use super::plans::Intent;
use super::plans::operation::{self, Deed, Deployer, Tempo, Wanted, carry_on, labels, may_act, swap};
use super::previews;
use super::reader;
use super::reason::{For, Reason};
use super::setup::Setup;
use super::state::State;
use crate::model::id::{AppName, EnvironmentKey, Platform};
use crate::model::operation::fact::{Answer, Command, Spot, Wish};
use crate::model::operation::plan::OperationId;

/// What such a command would do now, on environments.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    let environments = if id == CommandId::Wave { whole_app(state)? } else { chosen(state)? };
    if matches!(id, CommandId::Deploy | CommandId::Redeploy)
        && let Some(act) = by_workflow(state, &environments)
    {
        return act;
    }
    may_act(state, &environments)?;
    if id == CommandId::StopUpdate
        && let [one] = environments.as_slice()
        && one.platform == Platform::TaggedEc2
    {
        return super::instance::end(state, one);
    }
    if id == CommandId::StopUpdate
        && let [one] = environments.as_slice()
        && one.platform == Platform::Host
    {
        return Err(format!("{} is on a plain host: nothing there is ended from here, its pipeline or a login does", one.name).into());
    }
    let done_to: &[Platform] = match id {
        CommandId::Redeploy if by_circleci(state, &environments) => &[Platform::TaggedEc2],
        CommandId::Deploy | CommandId::Redeploy => &[Platform::Beanstalk, Platform::TargetGroup],
        CommandId::Restart => &[Platform::Beanstalk, Platform::Host],
        _ => &[Platform::Beanstalk],
    };
    done_only_to(done_to, &environments)?;
    match id {
        CommandId::Deploy | CommandId::Wave => labels::offered(state, &environments).map(|()| Act::Versions(environments)),
        CommandId::Redeploy => Ok(planned(state, Deed::Redeploy, environments)),
        CommandId::Restart => Ok(planned(state, Deed::Restart, environments)),
        CommandId::Capacity => {
            let tempo = Tempo::of(state, &environments);
            let wanted = Wanted { tempo, ..Wanted::new(Deed::Resize { fewest: 0, most: 0 }, environments) };
            Ok(Act::Setup(Box::new(Setup::of_capacity(state, wanted))))
        }
        CommandId::StopUpdate if operation::is_abortable(state, &environments) => {
            Ok(Act::Plan(Intent::Operate(Box::new(Wanted::new(Deed::Abort, environments)))))
        }
        CommandId::StopUpdate => Err("no update goes on there that can be aborted".into()),
        CommandId::Rebuild => {
            let one = one(environments, "an environment is rebuilt alone: unmark the others")?;
            Ok(Act::Plan(Intent::Operate(Box::new(Wanted::new(Deed::Rebuild, vec![one])))))
        }
        CommandId::Swap => match environments.as_slice() {
            [one] => swap::menu(state, one).map(Act::Menu),
            [one, other] => Ok(Act::Plan(Intent::Operate(Box::new(Wanted::new(Deed::Swap(other.clone()), vec![one.clone()]))))),
            _ => Err("CNAMEs are swapped between two environments: mark two, or none".into()),
        },
        _ => Err("that is for another screen".into()),
    }
}

/// The versions that can be deployed to these.
///
/// # Errors
/// Why none can be listed.
pub fn versions(state: &State, environments: &[EnvironmentKey]) -> Result<Menu, Refusal> {
    labels::menu(state, environments)
}

/// What [`CommandId::StopUpdate`] does to what is chosen, where that is not the abort of an update.
#[must_use]
pub fn ends(state: &State) -> Option<&'static str> {
    let environments = chosen(state).ok()?;
    let [one] = environments.as_slice() else { return None };
    if one.platform != Platform::TaggedEc2 {
        return None;
    }
    let is_preview = state.fleet.get(one)?.identity()?.pull.is_some();
    Some(if is_preview { "end the preview" } else { "end an instance" })
}

/// Refuses what is not done to environments of other platforms.
fn done_only_to(platforms: &[Platform], environments: &[EnvironmentKey]) -> Result<(), Refusal> {
    let Some(other) = environments.iter().find(|key| !platforms.contains(&key.platform)) else { return Ok(()) };
    let to = match platforms {
        [_, Platform::TargetGroup] => "neither of Elastic Beanstalk nor a target group: its pipeline deploys it",
        [_, Platform::Host] => "neither of Elastic Beanstalk nor on a plain host: I acts on one of its instances",
        _ => "no environment of Elastic Beanstalk: this is done to those alone",
    };
    Err(format!("{} is {to}", other.name).into())
}

/// The plan for one; how they are gone through, for several.
fn planned(state: &State, deed: Deed, environments: Vec<EnvironmentKey>) -> Act {
    let tempo = Tempo::of(state, &environments);
    let wanted = Wanted { tempo, ..Wanted::new(deed, environments) };
    if wanted.environments.len() == 1 {
        Act::Plan(Intent::Operate(Box::new(wanted)))
    } else {
        Act::Setup(Box::new(Setup::of_several(wanted)))
    }
}

fn one(environments: Vec<EnvironmentKey>, otherwise: &'static str) -> Result<EnvironmentKey, Refusal> {
    <[EnvironmentKey; 1]>::try_from(environments).map(|[one]| one).map_err(|_| otherwise.into())
}

/// Where a workflow deploys the one environment and is not to be gone around, it is started instead.
fn by_workflow(state: &State, environments: &[EnvironmentKey]) -> Option<Result<Act, Refusal>> {
    let [one] = environments else { return None };
    let is_direct = |key: &EnvironmentKey| {
        let app = state.fleet.catalogue().app(&state.fleet.get(key)?.app())?;
        Some(app.shipping.direct)
    };
    let by_workflow = matches!(operation::deployer(state, one), Deployer::Workflow(_)) && is_direct(one) != Some(true);
    by_workflow.then(|| super::github_act::prepare(state, CommandId::Dispatch))
}

/// Whether a workflow of CircleCI deploys the one environment.
fn by_circleci(state: &State, environments: &[EnvironmentKey]) -> bool {
    matches!(environments, [one] if operation::deploying(state, one).is_some())
}

/// The marked environments, else the selected one.
fn chosen(state: &State) -> Result<Vec<EnvironmentKey>, Refusal> {
    if *state.place() == Place::Fleet && !state.fleet_screen.marks.is_empty() {
        return Ok(state.fleet_screen.marks.iter().cloned().collect());
    }
    match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Previews, _) => previews::selected(state).map(|key| vec![key.clone()]).ok_or_else(|| "no preview is selected".into()),
        (Place::Environment(key), _) | (Place::Fleet, Some(Row::Environment(key))) => Ok(vec![key.clone()]),
        (Place::Fleet, Some(Row::Group(_))) => Err("select an environment, or mark several; :wave is for a whole app".into()),
        _ => Err("select an environment on the Fleet screen".into()),
    }
}

/// Every environment of the selected app.
fn whole_app(state: &State) -> Result<Vec<EnvironmentKey>, Refusal> {
    if *state.place() == Place::Fleet && !state.fleet_screen.marks.is_empty() {
        return chosen(state);
    }
    let app = match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Environment(key), _) | (Place::Fleet, Some(Row::Environment(key))) => state.fleet.get(key).map(|it| it.app()),
        (Place::Fleet, Some(Row::Group(app))) => Some(app.clone()),
        _ => None,
    };
    let app = app.ok_or("select an app or one of its environments on the Fleet screen")?;
    let environments = environments_of(state, &app);
    if environments.len() < 2 { Err("it has one environment: D deploys to it".into()) } else { Ok(environments) }
}

/// Every environment of an app that was seen.
#[must_use]
pub fn environments_of(state: &State, app: &AppName) -> Vec<EnvironmentKey> {
    let of_app = state.fleet.environments().filter(|environment| !environment.is_unseen() && environment.app() == *app);
    of_app.map(|environment| environment.key()).collect()
}

/// What such a command would do now, on the selected operation.
///
/// # Errors
/// Why it can do nothing.
pub fn on_operation(state: &State, id: CommandId) -> Result<Act, Refusal> {
    let known = selected(state).ok_or("no operation is selected")?;
    let title = &known.operation.plan().title;
    match id {
        CommandId::Output => Ok(Act::Read(Box::new(reader::of_operation(known, &state.operations)))),
        CommandId::Pause if known.operation.pause().is_some() => go_on(state, known),
        CommandId::Pause => wish(state, known, Wish::Pause, format!("Pause it? What has begun goes on, nothing else begins: {title}")),
        CommandId::StopOperation => stop(state, known, "Stop it?"),
        CommandId::PutBack if known.condition() != Condition::Interrupted => Err("it was not interrupted: X stops it safely".into()),
        CommandId::PutBack => stop(state, known, "Put it back?"),
        CommandId::Finish if known.condition() != Condition::Interrupted => Err("it was not interrupted: it goes on by itself".into()),
        CommandId::Finish => go_on(state, known),
        CommandId::Skip => skip(state, known),
        CommandId::Leave => {
            let sentence = format!("Leave it as it is, half done or not, for good: {title}");
            reasoned(state, known, For::Leave, sentence, Wish::Leave { reason: "?".into() })
        }
        _ => Err("that is for another screen".into()),
    }
}

/// The selected operation.
#[must_use]
pub fn selected(state: &State) -> Option<&Known> {
    state.operations.get(state.operations_screen.cursor.selected()?)
}

/// Asks whether to stop it, and says what of it will be refused.
fn stop(state: &State, known: &Known, asked: &str) -> Result<Act, Refusal> {
    let but = carry_on::not_put_back(state, known).map_or_else(String::new, |why| format!(". But {why}"));
    wish(state, known, Wish::Stop, format!("{asked} {}: {}{but}", stops(known), known.operation.plan().title))
}

/// What stopping does to it.
fn stops(known: &Known) -> String {
    let tally = known.operation.tally();
    let waiting = if tally.waiting == 0 { String::new() } else { format!(", {} will not begin", tally.waiting) };
    let what =
        if has_undo(known) { "what is half done is put back" } else { "what the platform has begun is followed to its end and not undone" };
    format!("{what}{waiting}")
}

fn has_undo(known: &Known) -> bool {
    known.operation.plan().units.iter().flat_map(|unit| &unit.steps).any(|step| step.undo.is_some())
}

/// The command, and how it gets to the operation.
fn order(state: &State, known: &Known, wish: Wish) -> Result<Order, Refusal> {
    carry_on::may_change(state, known)?;
    let command = Command { by: super::lock::person(state).into(), wish };
    let is_here = known.carrier == Carrier::Here;
    let heeded = if is_here { known.operation.heeds(&command) } else { known.operation.heeds_interrupted(&command) };
    let _ = heeded.map_err(|error| Refusal::from(error.to_string()))?;
    let id = known.id().clone();
    Ok(if is_here { Order::Wish(id, command) } else { Order::Resume(id, Some(command)) })
}

fn wish(state: &State, known: &Known, wish: Wish, question: String) -> Result<Act, Refusal> {
    let order = order(state, known, wish)?;
    Ok(Act::Confirm { question, then: Effect::Operate(Box::new(order)) })
}

fn reasoned(state: &State, known: &Known, purpose: For, sentence: String, would_be: Wish) -> Result<Act, Refusal> {
    let _ = order(state, known, would_be)?;
    Ok(Act::Reason(Box::new(Reason::new(known.id().clone(), purpose, sentence))))
}

/// The plan of going on with it: what is left begins.
fn go_on(state: &State, known: &Known) -> Result<Act, Refusal> {
    carry_on::may_change(state, known)?;
    Ok(Act::Plan(Intent::CarryOn(known.id().clone())))
}

/// The order to go on with an operation, with the reason where one was given.
///
/// # Errors
/// Why it makes no sense any more.
pub fn carried_on(state: &State, id: &OperationId, reason: Option<String>) -> Result<Order, Refusal> {
    let known = state.operations.get(id).ok_or("that operation is not known any more")?;
    order(state, known, Wish::Resume { reason: reason.map(Into::into) })
}

fn skip(state: &State, known: &Known) -> Result<Act, Refusal> {
    let unit = *state.operations_screen.unit.selected().ok_or("it has no units")?;
    let name = known.operation.unit(unit).map_or_else(String::new, |unit| unit.name.to_string());
    let would_be = Wish::Skip { unit, reason: "?".into() };
    reasoned(state, known, For::Skip(unit), format!("Leave {name} out of it: {}", known.operation.plan().title), would_be)
}

/// What `Enter` does: answers a question, opens the environment of the selected unit, or goes to the units.
pub fn open(state: &State) -> Result<Act, Refusal> {
    let known = selected(state).ok_or("no operation is selected")?;
    let screen = &state.operations_screen;
    let unit = screen.unit.selected().copied().filter(|_| screen.pane == Pane::Units);
    let mut questions = known.operation.questions().into_iter();
    if let Some((spot, why)) = questions.find(|(spot, _)| unit.is_none() || spot.unit() == unit) {
        return resolve(state, known, spot, &why);
    }
    match unit {
        None => Ok(Act::OtherPane { back: false }),
        Some(unit) => {
            known.environment_of(unit).cloned().map(|key| Act::Go(Place::Environment(key))).ok_or_else(|| "it has no environment".into())
        }
    }
}

/// The question put to the person.
fn resolve(state: &State, known: &Known, spot: Spot, why: &str) -> Result<Act, Refusal> {
    carry_on::may_change(state, known)?;
    let words = known.operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
    let name = spot.unit().and_then(|unit| known.operation.unit(unit)).map_or_else(String::new, |unit| format!(" {}", unit.name));
    let item = |answer: Answer, name: &str, detail: &str| {
        let resolving = Resolving { id: known.id().clone(), spot, answer };
        Item { name: name.into(), detail: detail.into(), choice: Choice::Resolve(Box::new(resolving)) }
    };
    Ok(Act::Menu(Menu {
        title: "what became of it?",
        note: "⏎ asks how you know · esc leaves it open",
        heading: format!("{words}{name}: {why}"),
        items: vec![
            item(Answer::Done, "it came about", "goes on behind it"),
            item(Answer::Failed, "it failed", "and is left as it is"),
            item(Answer::Again, "it was not begun", "begins it once more"),
        ],
        at: 0,
        filter: None,
        takes: None,
    }))
}

/// The dialog that asks how that is known.
#[must_use]
pub fn ask_how(known: Option<&Known>, resolving: &Resolving) -> Reason {
    let words = known.and_then(|known| known.operation.deed(resolving.spot)).map(|deed| deed.words().into_owned()).unwrap_or_default();
    let what = match resolving.answer {
        Answer::Done => "came about",
        Answer::Failed => "failed",
        Answer::Again => "was not begun, and is begun once more",
    };
    let sentence = format!("\"{words}\" {what}: how do you know?");
    Reason::new(resolving.id.clone(), For::Resolve(resolving.spot, resolving.answer), sentence)
}

/// The order that follows from a reason that was given.
///
/// # Errors
/// Why it makes no sense any more.
pub fn given(state: &State, reason: &Reason) -> Result<Order, Refusal> {
    let known = state.operations.get(&reason.id).ok_or("that operation is not known any more")?;
    order(state, known, reason.wish())
}
