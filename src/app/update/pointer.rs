//! The mouse.

use super::super::act::{Motion, fleet_window};
use super::super::command::CommandId;
use super::super::dialog::{Dialog, Kind};
use super::super::event::{Effect, Event};
use super::super::history::Place;
use super::super::key::{Code, Key};
use super::super::logs;
use super::super::state::State;
use super::{READER_FRAME, move_selection, run, say};
use crate::model::column::Column;

/// The wheel scrolls what is under it, and leaves the keys where they are.
pub(super) fn wheel(state: &mut State, rows: i16, (column, row): (u16, u16)) -> Vec<Effect> {
    if state.is_in_other_pane(column, row) {
        return state.in_other(|state| scroll(state, rows)).unwrap_or_default();
    }
    scroll(state, rows)
}

fn scroll(state: &mut State, rows: i16) -> Vec<Effect> {
    if state.dialog.is_none() && matches!(state.place(), Place::Logs(_)) {
        logs::update::wheel(state, rows);
        return Vec::new();
    }
    let whole = state.terminal();
    match &mut state.dialog {
        Some(Dialog { kind: Kind::Help { scroll } | Kind::Confirm { scroll, .. }, .. }) => {
            *scroll = scroll.saturating_add_signed(isize::from(rows));
        }
        Some(Dialog { kind: Kind::Palette(palette), .. }) => palette.move_by(isize::from(rows)),
        Some(Dialog { kind: Kind::Reader(text), .. }) => {
            let key = Key::of(if rows < 0 { Code::Up } else { Code::Down });
            let window = usize::from(whole.height).saturating_sub(READER_FRAME);
            for _ in 0..rows.unsigned_abs() {
                text.press(key, window);
            }
        }
        Some(_) => {}
        None => move_selection(state, Motion::By(isize::from(rows))),
    }
    Vec::new()
}

/// A click, or two.
pub(super) fn clicked(state: &mut State, event: &Event) -> Vec<Effect> {
    match *event {
        Event::Click { column, row } => {
            click(state, column, row);
            Vec::new()
        }
        Event::DoubleClick { column, row } => double_click(state, column, row),
        Event::ClickedRow { index, twice } => select(state, index, twice),
        Event::ClickedHeading(column) => sort_by(state, column),
        _ => Vec::new(),
    }
}

/// Takes the mouse, or leaves it to the terminal.
pub(super) fn switch(state: &mut State, on: bool) {
    state.mouse = on;
    let key = state.keymap.keys(CommandId::Mouse).first().map_or_else(|| ":mouse".to_owned(), ToString::to_string);
    let sentence =
        if on { "the mouse selects and scrolls here".to_owned() } else { format!("the mouse is the terminal's own: {key} takes it back") };
    say(state, &sentence, false);
}

/// Selects a row of the list that is moved in, and opens it where it was clicked twice.
fn select(state: &mut State, index: usize, twice: bool) -> Vec<Effect> {
    if state.dialog.is_some() {
        return Vec::new();
    }
    move_selection(state, Motion::To(index));
    if twice { run(state, CommandId::Open) } else { Vec::new() }
}

/// Sorts by the column whose heading was clicked.
fn sort_by(state: &mut State, column: Column) -> Vec<Effect> {
    if state.dialog.is_some() || *state.place() != Place::Fleet {
        return Vec::new();
    }
    state.fleet_screen.column = column;
    run(state, CommandId::Sort)
}

/// Clicked twice, a row is opened. A dialog is never answered so.
fn double_click(state: &mut State, column: u16, row: u16) -> Vec<Effect> {
    if state.dialog.is_some() || state.is_typing_filter() || !click(state, column, row) {
        return Vec::new();
    }
    run(state, CommandId::Open)
}

/// A click selects a row; it never opens or confirms anything. Whether it did.
fn click(state: &mut State, _column: u16, row: u16) -> bool {
    if state.dialog.is_none() && matches!(state.place(), Place::Logs(_)) {
        logs::update::click(state, usize::from(row));
        state.dirty = true;
        return true;
    }
    if state.dialog.is_some() || *state.place() != Place::Fleet {
        return false;
    }
    let window = fleet_window(state);
    let screen = &mut state.fleet_screen;
    // Title and headings stand above the rows.
    let Some(line) = usize::from(row).checked_sub(2).filter(|line| *line < window) else { return false };
    let index = screen.cursor.offset() + line;
    if index < screen.rows.len() {
        screen.cursor.select(index, &screen.rows, window);
        state.dirty = true;
        return true;
    }
    false
}
