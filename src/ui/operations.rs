//! The Operations screen: what is done from here, how far it is, and what was interrupted.
//!
//! ```text
//!    OPERATION                                 STATE         DONE          TAKEN     LEFT     WHERE
//! ▌ deploy v413 to 82 of 84 environments      ▷ under way   ▰▰▰▱▱ 12/82   4 m 10 s  ~ 22 m   here
//!  ─ deploy v413 to 82 of 84 environments ───────────────────────────────────────────────────────
//!    ▰▰▰▰▰▱▱▱▱▱▱▱▱ 12/82 · the rest, 3 at once · 4 m 10 s, about 22 m left
//!    UNIT                        STATE               TAKEN     LEFT     NOW
//!    orchid-acme us-east-1       ▷ deploy v413       0 m 41 s  ~ 2 m    2 of 4 instances
//! ```

use std::time::Duration;

use ratatui::layout::Rect;

use super::fleet_cells::bar;
use super::line::{Line, Pen};
use super::operations_units as units_of;
use super::table::{self, Align, Column};
use super::text::{short_commits, wrap};
use super::theme::Role;
use super::view::View;
use crate::app::operations::{Carrier, Condition, Known};
use crate::app::operations_screen::{DETAIL, Layout, Pane};
use crate::app::state::State;
use crate::model::operation::look::spoken;
use crate::model::operation::operation::Pause;
use crate::model::operation::timing::Timing;
use crate::model::operation::verdict::{Ending, Standing};

/// The sign of an operation that goes on.
pub const SIGN: &str = "▷";

/// A column of the operations, or of the units of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cell {
    Title,
    State,
    Done,
    Taken,
    Left,
    Where,
}

const COLUMNS: [Column<Cell>; 6] = [
    column(Cell::Title, "OPERATION", 255, (24, 48, usize::MAX), Align::Left),
    column(Cell::State, "STATE", 254, (13, 13, 13), Align::Left),
    column(Cell::Done, "DONE", 100, (12, 16, 16), Align::Left),
    column(Cell::Taken, "TAKEN", 90, (9, 9, 9), Align::Right),
    column(Cell::Left, "LEFT", 95, (9, 9, 9), Align::Right),
    column(Cell::Where, "CARRIED ON", 40, (13, 14, 14), Align::Left),
];

pub(super) const fn column(
    id: Cell,
    title: &'static str,
    worth: u8,
    (least, usual, most): (usize, usize, usize),
    align: Align,
) -> Column<Cell> {
    Column { id, title, worth, least, usual, most, align }
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.operations_screen;
    let layout = Layout::of(view.state.size, &view.state.operations);
    let placed = table::lay_out(&COLUMNS, usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    if screen.rows.is_empty() {
        nothing(view, pen, area);
        return;
    }
    if screen.pane == Pane::List {
        let listed = screen.rows.len().saturating_sub(screen.cursor.offset()).min(layout.list);
        view.lists(area.y + 1, listed, screen.cursor.offset());
    }
    for (down, id) in screen.rows.iter().skip(screen.cursor.offset()).take(layout.list).enumerate() {
        let Some(known) = view.state.operations.get(id) else { continue };
        for column in &placed {
            table::cell(pen, area, down + 1, column, cell(view, known, column.id));
        }
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(id) && screen.pane == Pane::List, false);
    }
    let Some(known) = screen.cursor.selected().and_then(|id| view.state.operations.get(id)) else { return };
    if screen.pane == Pane::Units {
        // Which operation these units are of stays in sight.
        let at = screen.cursor.index().saturating_sub(screen.cursor.offset());
        pen.line(area, at + 1, 0, Line::own("▏", Role::Bar));
    }
    let from = u16::try_from(layout.list + 1).unwrap_or(u16::MAX).min(area.height);
    let rest = Rect { y: area.y + from, height: area.height - from, ..area };
    heading(view, pen, rest, known);
    units_of::draw(view, pen, Rect { y: rest.y + 3, height: rest.height.saturating_sub(3), ..rest }, known, layout.units);
    let high = |lines: usize| u16::try_from(lines).unwrap_or(0).min(area.height);
    let (detail, below) = (high(DETAIL), high(layout.troubles));
    let selected = Rect { y: area.bottom().saturating_sub(detail + below).max(area.y), height: detail, ..area };
    units_of::detail(view, pen, selected, known, layout.units);
    if below > 0 {
        let area = Rect { y: area.bottom() - below, height: below, ..area };
        pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
        said(pen, Rect { y: area.y + 1, height: below - 1, ..area }, troubles(view.state));
    }
}

fn nothing(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let (text, role) = match view.state.operations.doubt() {
        Some(_) => ("? Whether anything was done from here is not known.", Role::HealthUnknown),
        None => ("Nothing was done from here yet. D deploys, R redeploys, B restarts, on the Fleet and Environment screens.", Role::Text),
    };
    let lines = wrap(text, usize::from(area.width).saturating_sub(4), 3);
    let below = u16::try_from(lines.len() + 3).unwrap_or(4);
    for (down, line) in lines.into_iter().enumerate() {
        pen.line(area, down + 2, 3, Line::own(line, role));
    }
    let troubles = troubles(view.state);
    said(pen, Rect { y: area.y + below, height: area.height.saturating_sub(below), ..area }, troubles);
}

/// What was refused, and what cannot be read.
fn troubles(state: &State) -> Vec<(&'static str, Role, String)> {
    let operations = &state.operations;
    let refused = operations.refused.iter().map(|(_, why)| ("✖", Role::HealthSevere, format!("nothing was sent: {why}")));
    let unread = operations.fault.iter().chain(operations.unreadable.values()).map(|why| ("!", Role::Fault, why.to_string()));
    refused.chain(unread).collect()
}

/// Sentences with their signs: each whole where there is room, and at least a line of it; else how many more there are.
fn said(pen: &mut Pen<'_>, area: Rect, sentences: Vec<(&'static str, Role, String)>) {
    let (mut down, mut open) = (0, sentences.len());
    for (sign, role, sentence) in sentences {
        open -= 1;
        let left = usize::from(area.height).saturating_sub(down);
        if left == 1 && open > 0 {
            pen.line(area, down, 3, Line::own(format!("… and {} more", open + 1), Role::Fault));
            return;
        }
        let most = left.saturating_sub(open).max(1).min(left);
        for (index, part) in wrap(&sentence, usize::from(area.width).saturating_sub(6), most).into_iter().enumerate() {
            let sign = if index == 0 { sign } else { " " };
            pen.line(area, down, 3, Line::own(format!("{sign} "), role).and_foreign(part, Role::Text));
            down += 1;
        }
    }
}

fn cell<'a>(view: &View<'_>, known: &'a Known, id: Cell) -> Line<'a> {
    let operation = &known.operation;
    let tally = operation.tally();
    let total = u32::try_from(operation.plan().units.len()).unwrap_or(u32::MAX);
    let timing = operation.timing(view.state.now);
    let is_over = matches!(known.condition(), Condition::Over(_));
    match id {
        Cell::Title => Line::foreign(short_commits(&operation.plan().title), Role::Text),
        Cell::State => condition(known),
        Cell::Done if is_over => Line::own(format!("{}/{total}", tally.done), Role::Faint),
        Cell::Done => {
            let mut line = bar(tally.done, total, 6);
            line = line.and(format!(" {}/{total}", tally.done), Role::Text);
            line
        }
        Cell::Taken => Line::own(spoken(timing.taken), Role::Faint),
        Cell::Left if is_over || known.condition() == Condition::Interrupted => Line::new(),
        Cell::Left => left(timing),
        Cell::Where => match known.carrier {
            Carrier::Here => Line::own("here", Role::Text),
            Carrier::Elsewhere => Line::own("elsewhere", Role::Text),
            Carrier::Nobody if is_over => Line::own(format!("ended {} ago", view.age(operation.changed_at())), Role::Faint),
            Carrier::Nobody => Line::own("nobody", Role::Fault),
        },
    }
}

pub(super) fn left(timing: Timing) -> Line<'static> {
    match timing.left {
        Some(left) if left.is_zero() => Line::own("overdue", Role::HealthWarning),
        Some(left) => Line::own(format!("~ {}", coarse(left)), Role::Text),
        None => Line::own("?", Role::HealthUnknown),
    }
}

/// A length of time that is only guessed: without its seconds where there are minutes.
fn coarse(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds < 60 { spoken(length) } else { spoken(Duration::from_secs(seconds.div_ceil(60) * 60)) }
}

fn condition(known: &Known) -> Line<'static> {
    let condition = known.condition();
    let (sign, role) = match condition {
        Condition::Asks => ("?", Role::HealthUnknown),
        Condition::Interrupted => ("!", Role::Fault),
        Condition::Stopping | Condition::Underway => (SIGN, Role::Activity),
        Condition::Paused => ("‖", Role::HealthWarning),
        Condition::Over(Ending::Succeeded) => ("✔", Role::HealthOk),
        Condition::Over(Ending::Failed) => ("✖", Role::HealthSevere),
        Condition::Over(Ending::Refused | Ending::Stopped | Ending::Left) => ("—", Role::HealthWarning),
    };
    Line::own(format!("{sign} {}", condition.word()), role)
}

/// The title, how far it is, and what has to be said of it.
fn heading(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, known: &Known) {
    let room = usize::from(area.width);
    let operation = &known.operation;
    pen.fill(area, 0, 0, room, "─", Role::Rule);
    pen.line(
        area,
        0,
        2,
        Line::own(" ", Role::Title)
            .and_foreign(short_commits(&operation.plan().title), Role::Title)
            .and(" ", Role::Title)
            .cut(room.saturating_sub(4)),
    );
    let tally = operation.tally();
    let total = u32::try_from(operation.plan().units.len()).unwrap_or(u32::MAX);
    let mut line = bar(tally.done, total, if room >= 110 { 24 } else { 12 });
    line = line.and(format!(" {}/{total} done", tally.done), Role::Strong);
    for (count, word, role) in [
        (tally.under_way, "under way", Role::Activity),
        (tally.failed, "failed", Role::HealthSevere),
        (tally.stopped, "stopped", Role::HealthWarning),
        (tally.skipped, "left out", Role::HealthWarning),
        (tally.waiting, "not begun", Role::Faint),
    ] {
        if count > 0 {
            line = line.and(format!(" · {count} {word}"), role);
        }
    }
    let timing = operation.timing(view.state.now);
    line = line.and(format!(" · {} taken", spoken(timing.taken)), Role::Faint);
    if known.is_live() {
        view.again_in(1);
        line = match timing.left {
            Some(left) if left.is_zero() => line.and(", longer than expected", Role::HealthWarning),
            Some(left) => line.and(format!(", about {} left", coarse(left)), Role::Text),
            None => line.and(", how long it will take is not known", Role::Faint),
        };
    }
    pen.line(area, 1, 3, line.cut(room.saturating_sub(4)));
    pen.line(area, 2, 3, remark(known).cut(room.saturating_sub(4)));
}

/// The one thing to say of it.
fn remark(known: &Known) -> Line<'static> {
    let operation = &known.operation;
    if let Some((spot, why)) = operation.questions().into_iter().next() {
        let words = operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
        return Line::own("? ⏎ answers: ", Role::HealthUnknown).and_foreign(format!("what became of \"{words}\"? {why}"), Role::Text);
    }
    match (known.condition(), operation.trouble(), operation.pause()) {
        (Condition::Interrupted, _, _) => {
            let why = known.broken.as_ref().map_or_else(String::new, |why| format!("{why}: "));
            Line::own("! ", Role::Fault)
                .and_foreign(format!("{why}nobody carries it on. F finishes it, U puts it back, L leaves it"), Role::Text)
        }
        (Condition::Paused, _, Some(Pause::Failure { unit })) => {
            let name = operation.unit(*unit).map_or_else(String::new, |unit| unit.name.to_string());
            Line::own("‖ ", Role::HealthWarning).and_foreign(format!("{name} has failed: P goes on with the rest, X stops"), Role::Text)
        }
        (Condition::Stopping, None, _) => Line::own("— stopping: nothing else begins", Role::HealthWarning),
        (Condition::Paused, _, _) => Line::own("‖ nothing else begins: P goes on", Role::HealthWarning),
        (_, Some(trouble), _) => Line::own("✖ ", Role::HealthSevere).and_foreign(trouble, Role::Text),
        (_, None, _) => match (operation.found(), operation.checks()) {
            (Some(found), _) => Line::own("✔ ", Role::HealthOk).and_foreign(found.to_string(), Role::Text),
            (None, Some((over, count))) => Line::own(format!("checked before the first change: {over} of {count}"), Role::Activity),
            (None, None) => wave(known),
        },
    }
}

/// Which wave goes on.
fn wave(known: &Known) -> Line<'static> {
    let operation = &known.operation;
    let plan = operation.plan();
    let open = operation.units().find(|unit| {
        matches!(operation.standing(*unit), Standing::Waiting | Standing::Underway(_) | Standing::Baking | Standing::PuttingBack(_))
    });
    let Some((number, wave)) =
        open.and_then(|unit| operation.unit(unit)).and_then(|unit| Some((unit.wave, plan.waves.get(unit.wave as usize)?)))
    else {
        return Line::new();
    };
    let text = if plan.waves.len() > 1 { format!("wave {} of {}: {}", number + 1, plan.waves.len(), wave.name) } else { String::new() };
    let units = plan.units.iter().filter(|unit| unit.wave == number).count();
    let at_once = usize::try_from(wave.at_once).map_or(units, |at_once| at_once.min(units));
    let text = if units > 1 { format!("{text}{}{at_once} at once", if text.is_empty() { "" } else { ", " }) } else { text };
    Line::foreign(text, Role::Faint)
}
