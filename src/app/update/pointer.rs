//! The mouse.

use super::super::act::{Motion, fleet_window};
use super::super::dialog::{Dialog, Kind};
use super::super::event::Effect;
use super::super::history::Place;
use super::super::key::{Code, Key};
use super::super::logs;
use super::super::state::State;
use super::{READER_FRAME, move_selection};

pub(super) fn wheel(state: &mut State, rows: i16) -> Vec<Effect> {
    if state.dialog.is_none() && matches!(state.place(), Place::Logs(_)) {
        logs::update::wheel(state, rows);
        return Vec::new();
    }
    match &mut state.dialog {
        Some(Dialog { kind: Kind::Help { scroll }, .. }) => *scroll = scroll.saturating_add_signed(isize::from(rows)),
        Some(Dialog { kind: Kind::Palette(palette), .. }) => palette.move_by(isize::from(rows)),
        Some(Dialog { kind: Kind::Reader(text), .. }) => {
            let key = Key::of(if rows < 0 { Code::Up } else { Code::Down });
            let window = usize::from(state.size.height).saturating_sub(READER_FRAME);
            for _ in 0..rows.unsigned_abs() {
                text.press(key, window);
            }
        }
        Some(_) => {}
        None => move_selection(state, Motion::By(isize::from(rows))),
    }
    Vec::new()
}

/// A click selects a row; it never opens or confirms anything.
pub(super) fn click(state: &mut State, _column: u16, row: u16) {
    if state.dialog.is_none() && matches!(state.place(), Place::Logs(_)) {
        logs::update::click(state, usize::from(row));
        state.dirty = true;
        return;
    }
    if state.dialog.is_some() || *state.place() != Place::Fleet {
        return;
    }
    let window = fleet_window(state);
    let screen = &mut state.fleet_screen;
    // Title and headings stand above the rows.
    let Some(line) = usize::from(row).checked_sub(2).filter(|line| *line < window) else { return };
    let index = screen.cursor.offset() + line;
    if index < screen.rows.len() {
        screen.cursor.select(index, &screen.rows, window);
        state.dirty = true;
    }
}
