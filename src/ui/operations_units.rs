//! The units of an operation: where each stands, how long it takes, and what is to be said of it.

use ratatui::layout::Rect;

use super::fleet_cells::{bar, progress};
use super::line::{Line, Pen};
use super::operations::{Cell, SIGN, column, left};
use super::table::{self, Align, Column, Placed};
use super::text::wrap;
use super::theme::Role;
use super::view::View;
use crate::app::operations::{Condition, Known, Note};
use crate::app::operations_screen::Pane;
use crate::model::id::EnvironmentKey;
use crate::model::operation::evidence::Outcome;
use crate::model::operation::fact::Spot;
use crate::model::operation::look::spoken;
use crate::model::operation::verdict::{PutBack, Standing};

const UNITS: [Column<Cell>; 5] = [
    column(Cell::Title, "UNIT", 255, (27, 30, 44), Align::Left),
    column(Cell::State, "STATE", 254, (18, 22, 30), Align::Left),
    column(Cell::Taken, "TAKEN", 90, (9, 9, 9), Align::Right),
    column(Cell::Left, "LEFT", 80, (7, 9, 9), Align::Right),
    column(Cell::Done, "NOW", 100, (12, 40, usize::MAX), Align::Left),
];

/// From this width on what goes on has a bar: in less, its words need the cells.
const BAR_FROM: usize = 28;

/// Draws as many units as fit.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, known: &Known, window: usize) {
    let screen = &view.state.operations_screen;
    let placed = table::lay_out(&columns(known), usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    for (down, unit) in screen.units.iter().skip(screen.unit.offset()).take(window).enumerate() {
        for column in &placed {
            table::cell(pen, area, down + 1, column, unit_cell(view, known, *unit, column));
        }
        table::finish_row(pen, area, down + 1, screen.unit.selected() == Some(unit) && screen.pane == Pane::Units, false);
    }
}

/// The columns; the names no wider than they are, so that nothing is cut beside empty cells.
fn columns(known: &Known) -> [Column<Cell>; 5] {
    // Of what is over nothing is so now: it has come out so.
    let is_over = matches!(known.condition(), Condition::Over(_));
    UNITS.map(|column| {
        if column.id == Cell::Done && is_over {
            return Column { title: "OUTCOME", ..column };
        }
        if column.id != Cell::Title {
            return column;
        }
        let names = known.operation.plan().units.iter().map(|unit| Line::foreign(&*unit.name, Role::Text).width());
        let held = names.max().unwrap_or(column.most).max(column.title.len());
        Column { least: column.least.min(held), usual: column.usual.min(held), most: column.most.min(held), ..column }
    })
}

fn unit_cell<'a>(view: &View<'_>, known: &'a Known, unit: u32, column: &Placed<Cell>) -> Line<'a> {
    let operation = &known.operation;
    let timing = operation.unit_timing(unit, view.state.now);
    let standing = operation.standing(unit);
    let is_open = !matches!(standing, Standing::Done | Standing::Failed { .. } | Standing::Stopped(_) | Standing::Skipped { .. });
    match column.id {
        Cell::Title => operation.unit(unit).map_or_else(Line::new, |unit| Line::foreign(&*unit.name, Role::Text)),
        Cell::State => standing_in_a_row(known, &standing),
        Cell::Taken => timing.map_or_else(Line::new, |timing| Line::own(spoken(timing.taken), Role::Faint)),
        Cell::Left if is_open => timing.map_or_else(Line::new, left),
        Cell::Left | Cell::Where => Line::new(),
        Cell::Done => now(view, known, unit, &standing, column.width >= BAR_FROM),
    }
}

/// How a unit stands: what the title of the operation says already is not said again of each unit.
fn standing_in_a_row(known: &Known, standing: &Standing) -> Line<'static> {
    let Standing::Underway(spot) = standing else { return standing_in_words(known, standing) };
    let words = known.operation.deed(*spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
    match words.split_once(' ') {
        Some((verb, _)) if known.operation.plan().title.starts_with(&words) => {
            Line::own(format!("{SIGN} "), Role::Activity).and_foreign(verb.to_owned(), Role::Activity)
        }
        _ => standing_in_words(known, standing),
    }
}

/// How a unit stands, in words, with its sign.
#[must_use]
pub fn standing_in_words(known: &Known, standing: &Standing) -> Line<'static> {
    let words = |spot: Spot| known.operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
    match standing {
        Standing::Waiting if known.condition() == Condition::Stopping => Line::own("— does not begin", Role::HealthWarning),
        Standing::Waiting if matches!(known.condition(), Condition::Over(_)) => Line::own("— did not begin", Role::Faint),
        Standing::Waiting => Line::own("· waits its turn", Role::Faint),
        Standing::Underway(spot) => Line::own(format!("{SIGN} "), Role::Activity).and_foreign(words(*spot), Role::Activity),
        Standing::Baking => Line::own(format!("{SIGN} its health is watched"), Role::Activity),
        Standing::PuttingBack(spot) => Line::own("↶ puts back: ", Role::HealthWarning).and_foreign(words(*spot), Role::HealthWarning),
        Standing::Asks(spot) => Line::own("? ", Role::HealthUnknown).and_foreign(words(*spot), Role::HealthUnknown),
        Standing::Done => Line::own("✔ done", Role::HealthOk),
        Standing::Failed { put_back: PutBack::Done, .. } => Line::own("✖ failed, put back", Role::HealthSevere),
        Standing::Failed { put_back: PutBack::Not(_), .. } => Line::own("✖ failed, NOT put back", Role::HealthSevere),
        Standing::Failed { .. } => Line::own("✖ failed", Role::HealthSevere),
        Standing::Stopped(PutBack::Not(_)) => Line::own("— stopped, NOT put back", Role::HealthSevere),
        Standing::Stopped(_) => Line::own("— stopped", Role::HealthWarning),
        Standing::Skipped { .. } => Line::own("— left out", Role::HealthWarning),
    }
}

/// What is to be said of a unit now.
fn now<'a>(view: &View<'_>, known: &'a Known, unit: u32, standing: &Standing, has_bar: bool) -> Line<'a> {
    let operation = &known.operation;
    match standing {
        Standing::Failed { why, put_back: PutBack::Not(not) } => Line::foreign(format!("{why}; not put back: {not}"), Role::Text),
        Standing::Failed { why, .. } => Line::foreign(why.to_string(), Role::Text),
        Standing::Skipped { reason } => Line::foreign(reason.to_string(), Role::Faint),
        Standing::Stopped(PutBack::Not(not)) => Line::foreign(not.to_string(), Role::Text),
        Standing::Asks(spot) => {
            let why = operation.questions().into_iter().find(|(asked, _)| asked == spot).map(|(_, why)| why.to_string());
            Line::foreign(why.unwrap_or_default(), Role::Text)
        }
        Standing::Underway(spot) | Standing::PuttingBack(spot) => match known.notes.get(spot) {
            Some(note) => noted(note, has_bar),
            None => known.environment_of(unit).map_or_else(Line::new, |key| platform(view, key)),
        },
        Standing::Done => operation.found_by(unit).map_or_else(Line::new, |found| Line::foreign(found.to_string(), Role::Text)),
        Standing::Baking | Standing::Waiting | Standing::Stopped(_) => Line::new(),
    }
}

fn noted(note: &Note, has_bar: bool) -> Line<'_> {
    let role = if note.is_trouble { Role::HealthWarning } else { Role::Text };
    let mut line = Line::new();
    if let Some((done, of)) = note.parts {
        if has_bar {
            line.append(bar(done, of, 6));
            line = line.and(" ", Role::Text);
        }
        line = line.and(format!("{done}/{of} "), Role::Text);
    }
    match &note.sentence {
        Some(sentence) => line.and_foreign(&**sentence, role),
        None => line,
    }
}

/// What the platform itself says goes on.
fn platform(view: &View<'_>, key: &EnvironmentKey) -> Line<'static> {
    let activity = view.state.fleet.get(key).and_then(|environment| environment.activity()?.value);
    activity.map_or_else(Line::new, |activity| progress(view, &activity, 40))
}

/// What is said of the selected unit, in full, below a rule that says how many units are not shown.
pub fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, known: &Known, window: usize) {
    pen.fill(area, 0, 0, usize::from(area.width), "─", Role::Rule);
    let screen = &view.state.operations_screen;
    let hidden = screen.units.len().saturating_sub(screen.unit.offset() + window);
    if hidden > 0 {
        pen.line_at_end(area, 0, 2, Line::own(format!(" {hidden} more below "), Role::Faint));
    }
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let operation = &known.operation;
    let Some((unit, name)) = screen.unit.selected().and_then(|unit| Some((*unit, &operation.unit(*unit)?.name))) else {
        return;
    };
    pen.line(area, 0, 2, Line::own(" ", Role::Title).and_foreign(&**name, Role::Title).and(" ", Role::Title));
    let standing = operation.standing(unit);
    let (done, of) = operation.steps_done(unit);
    let mut line = standing_in_words(known, &standing);
    if of > 1 && !matches!(known.condition(), Condition::Over(_)) {
        line = line.and(format!(" · step {} of {of}", (done + 1).min(of)), Role::Faint);
    }
    pen.line(below, 0, 3, line);
    let text = now(view, known, unit, &standing, true).plain();
    let proof = (0..of).rev().find_map(|step| operation.outcome(Spot::Step { unit, step }));
    let text = match proof {
        Some(Outcome::Done(proof)) if text.is_empty() => proof.to_string(),
        // Above, it may be cut: what kept this one from beginning is told whole.
        _ if standing == Standing::Waiting => operation.trouble().unwrap_or_default(),
        _ => text,
    };
    for (down, part) in wrap(&text, usize::from(area.width).saturating_sub(6), 2).into_iter().enumerate() {
        pen.line(below, down + 1, 3, Line::foreign(part, Role::Text));
    }
}
