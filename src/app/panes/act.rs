//! What keys do with panes.

use super::Pane;
use super::split::{Direction, Side, Split};
use crate::app::act::{Act, Refusal, prepare as prepare_command, scope_of};
use crate::app::command::{CommandId, PaneId};
use crate::app::event::Effect;
use crate::app::fleet::FleetScreen;
use crate::app::history::Place;
use crate::app::key::{Code, Key};
use crate::app::keymap::Meaning;
use crate::app::logs;
use crate::app::preferences;
use crate::app::properties;
use crate::app::state::State;
use crate::app::update::{go, say};

/// What is done with panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Open a second one, or have the two lie to each other like this.
    Split(Direction),
    /// Give the keys to the other one.
    Switch,
    /// Close the one that has the keys.
    Close,
    /// Close the other one.
    Only,
    /// Show only the one that has the keys, or both again.
    Zoom,
    /// Give the first one so much of the room, in hundredths.
    Share(u16),
}

/// Half of the room.
const HALF: u16 = 50;

/// What a command would do with panes now.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: PaneId) -> Result<Act, Refusal> {
    let deed = match id {
        PaneId::SplitBeside => split(state, Direction::Beside)?,
        PaneId::SplitBelow => split(state, Direction::Below)?,
        _ => on_two(state, open(state)?, id)?,
    };
    Ok(Act::Panes(deed))
}

fn open(state: &State) -> Result<&Split, Refusal> {
    state.split.as_deref().ok_or_else(|| {
        let (beside, below) = (key(state, PaneId::SplitBeside), key(state, PaneId::SplitBelow));
        format!("there is one pane: {beside} opens another beside it, {below} below it").into()
    })
}

/// A key as sentences name it; the command's name where it has none.
fn key(state: &State, id: PaneId) -> String {
    let name = || format!(":{}", crate::app::command::command(CommandId::Pane(id)).name);
    state.keymap.keys(CommandId::Pane(id)).first().map_or_else(name, ToString::to_string)
}

fn split(state: &State, direction: Direction) -> Result<Deed, Refusal> {
    if state.split.as_ref().is_some_and(|split| split.direction == direction && !split.zoomed) {
        return Err(format!("two panes are open: {} closes one", key(state, PaneId::Close)).into());
    }
    has_room(state, direction).map(|()| Deed::Split(direction))
}

/// Refuses where there is no room for two panes; says what has room.
fn has_room(state: &State, direction: Direction) -> Result<(), Refusal> {
    let terminal = state.terminal();
    let fits = |direction: Direction| direction.areas(terminal, HALF).is_some();
    if fits(direction) {
        return Ok(());
    }
    let [beside, below] = [Direction::Beside, Direction::Below].map(|direction| {
        let least = direction.least();
        format!("{} × {}", least.width, least.height)
    });
    let (needs, id, puts) = match direction {
        Direction::Beside => (format!("side by side needs {beside}"), PaneId::SplitBelow, "puts one above the other"),
        Direction::Below => (format!("one above the other needs {below}"), PaneId::SplitBeside, "puts them side by side"),
    };
    Err(if fits(Direction::Beside) || fits(Direction::Below) {
        format!("{needs} cells, here are {} × {}: {} {puts}", terminal.width, terminal.height, key(state, id))
    } else {
        format!("two panes need {beside} cells, or {below}")
    }
    .into())
}

fn on_two(state: &State, split: &Split, id: PaneId) -> Result<Deed, Refusal> {
    let shown = || if split.areas().is_some() { Ok(()) } else { Err("the other pane is not shown") };
    match id {
        PaneId::Switch => Ok(Deed::Switch),
        PaneId::First if split.side == Side::Second => Ok(Deed::Switch),
        PaneId::Second if split.side == Side::First => Ok(Deed::Switch),
        PaneId::First | PaneId::Second => Err("no pane lies in that direction".into()),
        PaneId::Close => Ok(Deed::Close),
        PaneId::Only => Ok(Deed::Only),
        PaneId::Zoom if split.zoomed => has_room(state, split.direction).map(|()| Deed::Zoom),
        PaneId::Zoom => shown().map(|()| Deed::Zoom).map_err(Into::into),
        PaneId::Grow | PaneId::Shrink => {
            shown()?;
            let resized = split.resized(id == PaneId::Grow).map(Deed::Share);
            resized.ok_or_else(|| "the panes get no other size here".into())
        }
        PaneId::Even => shown().map(|()| Deed::Share(HALF)).map_err(Into::into),
        PaneId::SplitBeside | PaneId::SplitBelow => Err("two panes are open".into()),
    }
}

/// Does it.
pub fn perform(state: &mut State, deed: Deed) -> Vec<Effect> {
    match deed {
        Deed::Split(direction) => match &mut state.split {
            Some(split) => {
                (split.direction, split.zoomed) = (direction, false);
                state.lay_out();
            }
            None => {
                // The same logs would be followed twice, and what is billed by the minute billed twice.
                let place = if matches!(state.place(), Place::Logs(_)) { Place::Fleet } else { state.place().clone() };
                add(state, direction, place);
            }
        },
        Deed::Switch => switch(state),
        Deed::Close => {
            switch(state);
            return close_other(state);
        }
        Deed::Only => return close_other(state),
        Deed::Zoom => {
            if let Some(split) = &mut state.split {
                split.zoomed = !split.zoomed;
            }
            state.lay_out();
        }
        Deed::Share(share) => {
            if let Some(split) = &mut state.split {
                split.share = share;
            }
            state.lay_out();
        }
    }
    Vec::new()
}

/// Opens a second pane, and gives it the keys.
fn add(state: &mut State, direction: Direction, place: Place) {
    state.panes_opened += 1;
    let (terminal, other) = (state.size, Pane::showing(state, place));
    state.split = Some(Box::new(Split { terminal, direction, share: HALF, side: Side::First, zoomed: false, other }));
    switch(state);
}

/// Gives the keys to the other pane.
pub(in crate::app) fn switch(state: &mut State) {
    properties::hide(state);
    preferences::note(state);
    let _ = state.turn();
    preferences::regard(state);
    state.lay_out();
}

/// Closes the pane that has not the keys; what it follows ends.
fn close_other(state: &mut State) -> Vec<Effect> {
    let effects = state.in_other(logs::update::close).unwrap_or_default();
    preferences::note(state);
    if let Some(mut split) = state.split.take() {
        state.size = split.terminal;
        // What is on its way to the disk as a whole gets there, and how that ends is told here.
        if state.logs.screen.saving.is_none() {
            state.logs.screen.saving = split.other.logs.screen.saving.take();
        }
        // Whoever goes to the Fleet from here finds it as it was left.
        if *split.other.history.current() == Place::Fleet && *state.place() != Place::Fleet {
            state.fleet_screen = FleetScreen { editing_filter: false, ..split.other.fleet_screen };
        }
        preferences::regard(state);
    }
    state.stale_rows = true;
    effects
}

/// The key behind the prefix: one for panes; else one that opens a screen, which opens it in the other pane.
pub(in crate::app) fn press(state: &mut State, key: Key) -> Option<Meaning> {
    if key == Key::of(Code::Esc) || key == Key::ctrl('c') {
        return None;
    }
    let screen = scope_of(state.place());
    if let Some(meaning) = state.keymap.meaning(key.behind_prefix(), screen) {
        return Some(meaning);
    }
    let leads = match state.keymap.command(key, screen).map(|id| prepare_command(state, id)) {
        Some(Ok(Act::Go(place))) => show(state, place),
        Some(Err(why)) => Err(why),
        Some(Ok(_)) | None => {
            Err(format!("{} {key} means nothing: behind it come the keys of panes, and those that open a screen", Key::PREFIX).into())
        }
    };
    if let Err(why) = leads {
        say(state, &why, false);
    }
    None
}

/// Shows a place in the other pane, which is opened where there is none, and gives that the keys.
fn show(state: &mut State, place: Place) -> Result<(), Refusal> {
    if state.split.is_some() {
        switch(state);
        go(state, |state| state.history.go(place));
        return Ok(());
    }
    let beside = has_room(state, Direction::Beside).map(|()| Direction::Beside);
    let direction = beside.or_else(|why| has_room(state, Direction::Below).map(|()| Direction::Below).map_err(|_| why))?;
    add(state, direction, place);
    Ok(())
}
