//! The Properties screen: what one environment has, and how the others of its app stand to it.
//!
//! ```text
//!    PROPERTY        VALUE       ELSEWHERE
//! ▌  DATABASE_URL    ••••••••    ≠ differs in 2
//!    H_TITLE_LIMIT   — not set   ≠ set in 2
//!    SENTRY_DSN      ••••••••    = same in all 2
//! ── DATABASE_URL ───────────────────────────────
//! ```

use ratatui::layout::Rect;

use super::first_steps;
use super::line::{Line, Pen};
use super::middle::{self, Said};
use super::table::{self, Align, Column};
use super::text::{counted, wrap};
use super::theme::Role;
use super::view::View;
use super::words::NOT_YET;
use crate::app::command::CommandId;
use crate::app::fleet::short_region;
use crate::app::properties::{DETAIL, PropertiesScreen, Row, SHOWN_SECONDS, each_other, elsewhere, fault, window};
use crate::model::id::EnvironmentKey;
use crate::model::property::{Property, Standing};

/// What stands for a value that nobody has asked for: as long for each, since a length tells something, too.
const MASK: &str = "••••••••";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Cell {
    Name,
    Value,
    Elsewhere,
}

const COLUMNS: [Column<Cell>; 3] = [
    Column { id: Cell::Name, title: "PROPERTY", worth: 255, least: 20, usual: 32, most: 48, align: Align::Left },
    Column { id: Cell::Value, title: "VALUE", worth: 255, least: 14, usual: 14, most: 48, align: Align::Left },
    Column { id: Cell::Elsewhere, title: "ELSEWHERE", worth: 255, least: 30, usual: 40, most: 48, align: Align::Left },
];

/// The columns; names and comparisons no wider than they are, so that no comparison is cut beside empty cells.
fn columns(view: &View<'_>, key: &EnvironmentKey) -> [Column<Cell>; 3] {
    let screen = &view.state.properties_screen;
    COLUMNS.map(|column| {
        if column.id == Cell::Value {
            return column;
        }
        let rows = screen.rows.iter().filter_map(|name| screen.get(name));
        let held = rows.map(|row| cell(view, key, row, column.id).width()).max().unwrap_or(column.most);
        let usual = held.clamp(column.title.len(), column.most);
        Column { least: column.least.min(usual), usual, most: usual, ..column }
    })
}

/// Draws the screen.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, key: &EnvironmentKey) {
    let below = u16::try_from(DETAIL).unwrap_or(5).min(area.height);
    let above = Rect { height: area.height - below, ..area };
    if view.state.properties_screen.rows.is_empty() {
        middle::draw(pen, above, &empty(view, key));
    } else {
        rows(view, pen, above, key);
    }
    detail(view, pen, Rect { y: area.bottom() - below, height: below, ..area }, key);
}

fn rows(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, key: &EnvironmentKey) {
    let screen = &view.state.properties_screen;
    let placed = table::lay_out(&columns(view, key), usize::from(area.width), |_| false);
    table::headings(pen, area, 0, &placed, None, None);
    let shown = window(view.state.size);
    let from = screen.cursor.offset();
    view.lists(area.y + 1, screen.rows.len().saturating_sub(from).min(shown), from);
    for (down, name) in screen.rows.iter().skip(from).take(shown).enumerate() {
        let Some(row) = screen.get(name) else { continue };
        for column in &placed {
            table::cell(pen, area, down + 1, column, cell(view, key, row, column.id));
        }
        table::finish_row(pen, area, down + 1, screen.cursor.selected() == Some(name), false);
    }
}

fn cell<'a>(view: &'a View<'_>, key: &EnvironmentKey, row: &'a Row, id: Cell) -> Line<'a> {
    match id {
        Cell::Name => Line::foreign(&*row.name, if row.own.is_some() { Role::Text } else { Role::Faint }),
        Cell::Value => value(view, key, row),
        Cell::Elsewhere => {
            let screen = &view.state.properties_screen;
            match (row.is_different(), screen.read) {
                (_, 0) if screen.others > 0 => Line::own(NOT_YET, Role::Faint),
                (true, _) => Line::own(format!("≠ {}", elsewhere(screen, row)), Role::Differs),
                (false, 0) => Line::own(elsewhere(screen, row), Role::Faint),
                (false, _) if row.not_compared > 0 => Line::own(format!("? {}", elsewhere(screen, row)), Role::Faint),
                (false, _) => Line::own(format!("= {}", elsewhere(screen, row)), Role::Faint),
            }
        }
    }
}

/// The value, where it is the one that was asked for.
fn value<'a>(view: &'a View<'_>, key: &EnvironmentKey, row: &Row) -> Line<'a> {
    let revealed = &view.state.revealed;
    match (revealed.of(key, &row.name), row.own) {
        (Some(value), _) if value.reveal().is_empty() => Line::own("empty", Role::Faint),
        (Some(value), _) => Line::foreign(value.reveal(), Role::Strong),
        (None, _) if revealed.awaits(key, &row.name) => Line::own("reading …", Role::Activity),
        (None, Some(Property::Plain(_))) => Line::own(MASK, Role::Faint),
        (None, Some(Property::Reference)) => Line::own("kept elsewhere", Role::Faint),
        (None, None) => Line::own("— not set", Role::Differs),
    }
}

/// Why there is no row.
fn empty(view: &View<'_>, key: &EnvironmentKey) -> Vec<Said> {
    let screen = &view.state.properties_screen;
    if !screen.each.is_empty() {
        let all = format!("{} shows all of them.", first_steps::key(view, CommandId::DifferentOnly));
        return vec![Said::plain(alike(screen)), Said::step(all)];
    }
    match (view.state.fleet.get(key).map(|environment| environment.properties().is_some()), fault(view.state, key)) {
        (None, _) => vec![Said::plain("This environment is not listed: it is gone, or its region was not read yet.")],
        (Some(true), _) => vec![Said::plain("No environment property is set here.")],
        (Some(false), Some(fault)) => vec![Said::fault(fault.to_string())],
        (Some(false), None) => vec![Said::plain("Reading …")],
    }
}

/// Why no property is known to differ.
fn alike(screen: &PropertiesScreen) -> String {
    let not_compared = screen.each.iter().filter(|row| row.not_compared > 0).count();
    match (screen.others, screen.read, not_compared) {
        (0, ..) => "The app has no other environment to compare with.".to_owned(),
        (_, 0, _) => "No other environment was read yet.".to_owned(),
        (.., 0) => format!("{} alike in every environment that was read.", counted(screen.each.len(), "property is", "properties are")),
        (.., few) => {
            format!("None is known to differ; {} kept elsewhere, and not compared.", counted(few, "property is", "properties are"))
        }
    }
}

/// What is selected: its value where that was asked for, else who stands how to it; and what could not be read.
fn detail(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, key: &EnvironmentKey) {
    let wide = usize::from(area.width);
    let room = wide.saturating_sub(4);
    pen.fill(area, 0, 0, wide, "─", Role::Rule);
    let screen = &view.state.properties_screen;
    let Some(row) = screen.cursor.selected().and_then(|name| screen.get(name)) else { return };
    let mut title = Line::own(" ", Role::Title).and_foreign(&*row.name, Role::Title).and(" ", Role::Title);
    if let Some(oldest) = screen.oldest {
        title.append(Line::own("· oldest reading ", Role::Faint));
        title.append(view.ago(oldest).and(" ", Role::Faint));
    }
    pen.line(area, 0, 2, title.cut(room));
    // Nothing else may wake the console when the value has been there for long enough.
    if let Some(left) = view.state.revealed.left(view.state.now) {
        view.again_in(left);
    }
    let mut lines = match view.state.revealed.of(key, &row.name) {
        Some(value) => revealed(value.reveal(), room),
        None => standings(view, key, row),
    };
    if let Some(fault) = fault(view.state, key) {
        lines.truncate(DETAIL - 2);
        lines.push(Line::own("✖ ", Role::Fault).and_foreign(fault.to_string(), Role::Fault));
    }
    for (down, line) in lines.into_iter().take(DETAIL - 1).enumerate() {
        pen.line(area, down + 1, 3, line.cut(room));
    }
}

fn revealed(value: &str, room: usize) -> Vec<Line<'static>> {
    let whole = wrap(&super::line::harmless(value.into()), room, DETAIL - 2);
    let until = format!("{}; hidden again after {SHOWN_SECONDS} s, or as soon as something else is shown", unseen(value));
    let lines = whole.into_iter().map(|line| Line::foreign(line, Role::Text));
    lines.chain([Line::own(until, Role::Faint)]).collect()
}

/// What of a value an eye does not see: by that, values that look alike differ.
fn unseen(value: &str) -> String {
    let breaks = value.matches('\n').count();
    let mut said = vec![counted(value.chars().count(), "character", "characters")];
    said.extend((breaks > 0).then(|| counted(breaks, "line break", "line breaks")));
    said.extend(value.starts_with(char::is_whitespace).then(|| "begins with a blank".to_owned()));
    said.extend(value.ends_with(char::is_whitespace).then(|| "ends with a blank".to_owned()));
    said.join(", ")
}

/// The other environments by how they stand to this one, those that need a look first.
fn standings(view: &View<'_>, key: &EnvironmentKey, row: &Row) -> Vec<Line<'static>> {
    let each = each_other(&view.state.fleet, key, &row.name);
    let one_has = if row.own.is_some() { "— not set in " } else { "≠ set in " };
    let kinds = [
        (Some(Standing::Differs), "≠ differs in ", Role::Differs),
        (Some(Standing::OneHas), one_has, Role::Differs),
        (None, "· not read yet: ", Role::Faint),
        (Some(Standing::NotCompared), "? kept in Secrets Manager or Parameter Store, so not compared with ", Role::Faint),
        (Some(Standing::Same), if row.own.is_some() { "= same in " } else { "= not set either in " }, Role::Faint),
    ];
    let line = |(standing, words, role): (Option<Standing>, &'static str, Role)| {
        let of: Vec<String> = each.iter().filter(|(_, told)| *told == standing).map(|(key, _)| named(key)).collect();
        (!of.is_empty()).then(|| Line::own(words, role).and_foreign(of.join(", "), Role::Text))
    };
    kinds.into_iter().filter_map(line).collect()
}

fn named(key: &EnvironmentKey) -> String {
    key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{} {}", key.name, short_region(region.as_str())))
}
