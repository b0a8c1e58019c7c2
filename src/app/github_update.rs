//! How the screens of what is pending and what waits change.

use super::act::{Act, Motion};
use super::dialog::{Dialog, Kind};
use super::event::{Attention, Effect};
use super::github::GitHubState;
use super::history::Place;
use super::pending;
use super::sheet::{self, Given};
use super::state::State;
use super::update::say;
use crate::model::clock::Stamp;
use crate::model::fault::Fault;
use crate::model::forge::Report;
use crate::model::id::{EnvironmentKey, Login, Repository, RunId};
use crate::model::review::Sent;

/// Takes in what GitHub told.
pub fn told(state: &mut State, report: Report) {
    state.github.forge.observe(report);
    state.stale_rows = true;
    state.dirty = true;
}

/// Takes in whose token it is.
pub fn identified(state: &mut State, stamp: Stamp, viewer: Result<Login, Fault>) {
    state.github.forge.viewer.take(stamp, viewer);
    state.stale_rows = true;
    state.dirty = true;
}

/// Works out the screen that is shown, if it is one of these.
pub fn arrange(state: &mut State) {
    let window = window(state);
    match state.history.current() {
        Place::Pending(app) => state.pending_screen.arrange(&state.github, app.as_ref(), window),
        Place::Promotions => state.promotions_screen.arrange(&state.github, window),
        Place::Sheet(repository, run) => state.sheet_screen.arrange(&state.github, &state.fleet, (repository, *run), state.now, window),
        Place::Fleet | Place::Environment(_) => {}
    }
}

/// Rows of the list that fit on the screen that is shown.
pub fn window(state: &State) -> usize {
    match state.place() {
        Place::Sheet(_, _) => sheet::window(state.size),
        _ => pending::window(state.size),
    }
}

/// What has to be found out on GitHub, where that is something else than before.
pub fn wanted(state: &mut State) -> Option<Effect> {
    if !GitHubState::is_used(&state.fleet) {
        return None;
    }
    let wanted = state.github.wanted(&state.fleet, state.history.current());
    (wanted != state.github.interest).then(|| {
        state.github.interest = wanted.clone();
        Effect::FindOut(Box::new(wanted))
    })
}

/// The environments of a sheet are read first, and their properties are compared.
pub fn sheet_attention(state: &State) -> Attention {
    let screen = &state.sheet_screen;
    let ours: Vec<EnvironmentKey> = screen.environments().cloned().collect();
    let with_group = |key: &EnvironmentKey| Some((key.clone(), state.fleet.get(key)?.identity()?.app.clone()));
    let compared = ours.iter().filter_map(with_group).collect();
    let tried_in = screen.sheet.iter().flat_map(|sheet| sheet.tried_in.iter().cloned());
    Attention { open: None, compared, visible: ours.into_iter().chain(tried_in).collect() }
}

/// Moves the selection.
pub fn move_selection(state: &mut State, motion: Motion) {
    let window = window(state);
    match state.history.current() {
        Place::Pending(_) => {
            let screen = &mut state.pending_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Promotions => {
            let screen = &mut state.promotions_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Sheet(_, _) => {
            let screen = &mut state.sheet_screen;
            screen.cursor.select(motion.apply(screen.cursor.index(), screen.rows.len(), window), &screen.rows, window);
        }
        Place::Fleet | Place::Environment(_) => {}
    }
}

/// Does what concerns these screens alone.
pub fn perform(state: &mut State, act: &Act) {
    match (act, state.history.current()) {
        (Act::ToggleMine, Place::Pending(_)) => state.pending_screen.mine = !state.pending_screen.mine,
        (Act::ToggleMine, _) => state.promotions_screen.mine = !state.promotions_screen.mine,
        (Act::ToggleGate(gate), _) => {
            let left_out = &mut state.sheet_screen.left_out;
            match left_out.iter().position(|other| other == gate) {
                Some(at) => {
                    left_out.remove(at);
                }
                None => left_out.push(*gate),
            }
        }
        _ => {}
    }
    state.stale_rows = true;
}

/// A confirmed decision is sent, unless what it rests on is different by now.
pub fn confirm(state: &mut State) -> Vec<Effect> {
    let Some(Dialog { kind: Kind::Decide(decision), .. }) = state.dialog.take() else { return Vec::new() };
    state.github.arrange(&state.fleet);
    arrange(state);
    let screen = &mut state.sheet_screen;
    if let Some(difference) = decision.seal.difference(screen.seal().as_ref()) {
        say(state, &format!("{difference} since the dialog was opened: nothing was sent; look again"), true);
        state.stale_rows = true;
        return Vec::new();
    }
    state.answers += 1;
    let number = state.answers;
    state.sheet_screen.given = Some(Given { number, approve: decision.approve, at: state.now, sent: None });
    say(state, "sending …", false);
    let identity = state.github.forge.viewer.value().cloned();
    vec![Effect::Review(Box::new(decision.order(number, identity)))]
}

/// Takes in what became of an answer.
pub fn reviewed(state: &mut State, repository: &Repository, run: RunId, number: u64, sent: Sent) {
    state.answered += 1;
    let sentence = match &sent {
        Sent::Done => "GitHub has taken the answer".to_owned(),
        Sent::Refused(fault) => format!("nothing has changed: {fault}"),
        Sent::Unclear(fault) => format!("it is not known whether GitHub has taken the answer: {fault}"),
        Sent::Changed(what) => format!("nothing was sent: {what}"),
    };
    let is_fault = sent != Sent::Done;
    // The sheet may be another one by now, or the same opened anew.
    if let Some(given) = state.sheet_screen.given.as_mut().filter(|given| given.number == number) {
        given.sent = Some(sent);
    }
    say(state, &format!("{repository} {run}: {sentence}"), is_fault);
    state.dirty = true;
}
