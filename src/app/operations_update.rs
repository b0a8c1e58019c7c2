//! How operations and their screen change: what is begun, what is told, and what is chosen.

use super::act::Motion;
use super::decision::{Decision, Undertaking};
use super::dialog::{Dialog, Kind};
use super::event::Effect;
use super::history::Place;
use super::menu::Choice;
use super::operations::{Carrier, Condition, Known, News, Order, Resolving};
use super::operations_screen::Pane;
use super::plans::operation::{Deed, Wanted};
use super::plans::{self, Intent, operation};
use super::state::State;
use super::update::{go, say};
use super::{instance, notice, operate};
use crate::model::id::EnvironmentKey;
use crate::model::operation::plan::OperationId;
use crate::model::operation::verdict::{Ending, Standing};

/// Shows the plan, or says why there is none. What it has to be compared with is asked for.
pub fn open_plan(state: &mut State, intent: &Intent) {
    ask_for(state, intent);
    match plans::plan(state, intent) {
        Ok(decision) => state.dialog = Some(Dialog::new(Kind::Decide(Box::new(decision)))),
        Err(why) => say(state, &why, false),
    }
}

/// Has that asked for which the plan compares.
pub fn ask_for(state: &mut State, intent: &Intent) {
    if let Intent::Operate(wanted) = intent {
        state.github.asked = operation::comparisons(state, wanted);
        state.stale_rows = true;
    }
}

/// Shows the plan of what was set up; where there is none, why, and what was entered stands.
pub fn open_set_up(state: &mut State, wanted: Wanted) {
    let intent = Intent::Operate(Box::new(wanted));
    ask_for(state, &intent);
    match (plans::plan(state, &intent), &mut state.dialog) {
        (Ok(decision), dialog) => *dialog = Some(Dialog::new(Kind::Decide(Box::new(decision)))),
        (Err(why), Some(Dialog { kind: Kind::Setup(setup), .. })) => setup.error = Some(why),
        (Err(why), _) => say(state, &why, false),
    }
}

/// Makes the plan anew that is shown while something that it tells is not known yet and nobody has begun to confirm it.
pub fn complete(state: &mut State) {
    let Some(Dialog { kind: Kind::Decide(decision), .. }) = &state.dialog else { return };
    if !decision.is_open() {
        return;
    }
    let intent = decision.intent.clone();
    let now = plans::plan(state, &intent);
    let Some(Dialog { kind: Kind::Decide(decision), seen }) = &mut state.dialog else { return };
    match now {
        // What was typed before this was drawn was meant for what was there before.
        Ok(now) => *seen &= !decision.settle(now),
        Err(why) if decision.awaits && decision.is_untouched() => {
            // It comes to nothing more, and whoever confirms it all the same is told so again.
            decision.error = Some(why);
            decision.awaits = false;
        }
        // What was said in it stays; whoever confirms it is told.
        Err(_) => {}
    }
}

/// Makes the open list of labels, or of what is done to an instance, anew: what it rests on is read while it is open. What is selected stays so.
pub fn list_anew(state: &mut State) {
    let Some(Dialog { kind: Kind::Menu(menu), .. }) = &state.dialog else { return };
    let now = match &menu.takes {
        Some(wanted) => operation::labels::menu(state, &wanted.environments),
        // Which target groups have an instance is read while it is open as well.
        None if menu.title == instance::TITLE => instance::menu(state),
        None => return,
    };
    let Ok(now) = now else { return };
    if let Some(Dialog { kind: Kind::Menu(menu), seen }) = &mut state.dialog
        && menu.items != now.items
    {
        let before = menu.selected().map(|item| item.name.clone());
        menu.items = now.items;
        let same = before.as_ref().filter(|_| menu.is_touched()).and_then(|name| menu.shown().position(|item| item.name == *name));
        menu.at = same.unwrap_or(0);
        // A key that was meant for what was selected before chooses nothing else.
        *seen &= menu.selected().map(|item| item.name.clone()) == before;
    }
}

/// The environments that an open dialog is about: what their plans tell is read first.
pub fn regarded(state: &State) -> Vec<EnvironmentKey> {
    match state.dialog.as_ref().map(|dialog| &dialog.kind) {
        Some(Kind::Decide(decision)) => match &decision.intent {
            Intent::Operate(wanted) => wanted.environments.clone(),
            _ => Vec::new(),
        },
        Some(Kind::Setup(setup)) => setup.wanted.environments.clone(),
        Some(Kind::Menu(menu)) => {
            let of_instance = menu.items.iter().find_map(|item| match &item.choice {
                Choice::Operate(wanted) if matches!(wanted.deed, Deed::Instance(..)) => Some(wanted),
                _ => None,
            });
            menu.takes.as_ref().or(of_instance).map(|wanted| wanted.environments.clone()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// What was confirmed is begun, and followed on the Operations screen.
pub fn begin(state: &mut State, decision: &Decision, undertaking: Undertaking) -> Vec<Effect> {
    let mut plan = undertaking.plan;
    plan.reason = decision.reason().map(Into::into);
    state.operations_screen.awaited = Some(plan.id.clone());
    state.operations_screen.pane = Pane::List;
    say(state, "it is written down, then begun …", false);
    go(state, |state| state.history.go(Place::Operations));
    vec![Effect::Operate(Box::new(Order::Start(Box::new(plan))))]
}

/// What was confirmed goes on.
pub fn carry_on(state: &mut State, decision: &Decision, id: &OperationId) -> Vec<Effect> {
    match operate::carried_on(state, id, decision.reason()) {
        Ok(order) => vec![Effect::Operate(Box::new(order))],
        Err(why) => {
            say(state, &format!("nothing was sent: {why}"), true);
            Vec::new()
        }
    }
}

/// Asks how it is known what became of a step.
pub fn resolve(state: &mut State, resolving: &Resolving) {
    let reason = operate::ask_how(state.operations.get(&resolving.id), resolving);
    state.dialog = Some(Dialog::new(Kind::Reason(Box::new(reason))));
}

/// A reason was given: what it is for is asked for.
pub fn reasoned(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Reason(reason), .. }) = state.dialog.take() else { return Vec::new() };
    match operate::given(state, &reason) {
        Ok(order) => vec![Effect::Operate(Box::new(order))],
        Err(why) => {
            say(state, &why, true);
            Vec::new()
        }
    }
}

/// Takes in what is told of operations.
pub fn told(state: &mut State, news: News) -> Vec<Effect> {
    let mut over = Vec::new();
    match &news {
        News::Known(known) => {
            announce(state, known);
            over = just_over(state, known);
        }
        News::Refused(_, why) => notice::announce(state, &format!("nothing was sent: {why}"), true),
        News::Unreadable(..) | News::Journals(_) | News::Written(..) => {}
    }
    state.operations.take(news);
    state.stale_rows = true;
    state.dirty = true;
    over.into_iter().map(|key| Effect::ReadNow(Some(key))).collect()
}

/// The environments at which something has come to its end since the last that was told: what was read of them in the
/// middle of it stands beside what is proven now, until they are read again.
fn just_over(state: &State, known: &Known) -> Vec<EnvironmentKey> {
    let Some(before) = state.operations.get(known.id()) else { return Vec::new() };
    let goes_on = |known: &Known, unit| {
        matches!(known.operation.standing(unit), Standing::Underway(_) | Standing::PuttingBack(_) | Standing::Asks(_))
    };
    let units = known.operation.units().filter(|unit| goes_on(before, *unit) && !goes_on(known, *unit));
    let mut over: Vec<EnvironmentKey> = units.filter_map(|unit| known.environment_of(unit).cloned()).collect();
    over.sort();
    over.dedup();
    over
}

/// Says what has changed with one, where a person should know.
fn announce(state: &mut State, known: &Known) {
    let before = state.operations.get(known.id()).map(Known::condition);
    let now = known.condition();
    if before == Some(now) {
        return;
    }
    let title = &known.operation.plan().title;
    match (before, now) {
        (None, Condition::Interrupted) => {
            notice::announce(state, &format!("interrupted, and not over: {title}; 4 finishes it, or puts it back"), true);
        }
        (Some(_), Condition::Interrupted) => {
            let why = known.broken.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            notice::announce(state, &format!("{title} was interrupted{why}"), true);
        }
        (_, Condition::Asks) if known.carrier == Carrier::Here => notice::announce(state, &format!("{title} asks you: 4 shows what"), true),
        (Some(_), Condition::Over(ending)) if known.carrier != Carrier::Elsewhere => {
            let upshot = known.operation.upshot().map_or_else(String::new, |upshot| format!(": {upshot}"));
            notice::announce(state, &format!("{title}: {ending}{upshot}"), ending != Ending::Succeeded);
        }
        _ => {}
    }
}

/// Moves the selection.
pub fn move_selection(state: &mut State, motion: Motion) {
    state.operations_screen.select(&state.operations, state.size, |index, count, window| motion.apply(index, count, window));
    state.stale_rows = true;
}

/// Gives the keys to the other pane.
pub fn turn_to_pane(state: &mut State) {
    let screen = &mut state.operations_screen;
    screen.pane = if screen.pane == Pane::List { Pane::Units } else { Pane::List };
}
