//! The Fleet screen's table.
//!
//! ```text
//!    ENVIRONMENT      REGION       HEALTH       VERSION             AGE   INST    P99   5XX  ACTIVITY
//! ▾  h ─────────────────────────────────────────────────────────────────────────────────────────────
//! ▌◆ h-prod           ca-central-1 ✖ Severe     …20221110-g8a52aea   3d    2/4  1.92s   31%  ELB: 2 …
//!    h-prod           us-west-1    ● Ok         …20221110-g8a52aea   3d  12/12  0.21s    0%
//! ▸  orchid ─ 84 environments · 81 ok · 2 degraded · 1 severe · versions 80×v412 3×v411 ── 78 folded
//! ── h-prod · ca-central-1 · production ─ 4s ago ───────────────────────────────────────────────────
//!  ✖ 31 % of requests fail with 5xx.
//!  / prod                                                                            3 of 12 fit
//! ```
//!
//! Only the rows in the window are formatted.

use ratatui::layout::Rect;

use super::fleet_cells::{cell, columns};
use super::line::{Line, Pen, most_worthy};
use super::table::{self, GUTTER, Placed};
use super::text::width;
use super::theme::{Role, Theme};
use super::view::View;
use super::words::{NOT_YET, REMEMBERED, glyph, level_role};
use super::{fleet_details, fleet_empty};
use crate::app::act::fleet_window;
use crate::app::fleet::{Group, Layout, Row};
use crate::app::state::State;
use crate::model::column::{Column, Order};
use crate::model::health::Level;
use crate::model::id::AppName;

/// Draws the screen between title and footer.
pub fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let layout = Layout::of(view.state.size);
    let window = fleet_window(view.state);
    let rows = u16::try_from(window).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
    let table = Rect { height: rows.saturating_add(1), ..area };
    let screen = &view.state.fleet_screen;
    if screen.rows.is_empty() {
        fleet_empty::draw(view, pen, Rect { height: area.height.saturating_sub(filter_height(layout, window)), ..area });
    } else {
        draw_table(view, pen, table);
        let below = Rect { y: table.bottom(), height: u16::try_from(layout.details).unwrap_or(0), ..area };
        fleet_details::draw(view, pen, below.intersection(area));
    }
    if filter_height(layout, window) > 0 {
        filter_line(view, pen, Rect { y: area.bottom().saturating_sub(1), height: 1, ..area });
    }
}

/// The height of the line in which the filter stands.
fn filter_height(layout: Layout, window: usize) -> u16 {
    u16::from(window < layout.rows)
}

/// The columns as they are placed in this width: what a click on a heading looks up.
#[must_use]
pub fn placed(view: &View<'_>, width: usize) -> Vec<Placed<Column>> {
    let screen = &view.state.fleet_screen;
    let sorted = sorted_by(screen.order).map(|(column, _)| column);
    table::lay_out(&columns(view, width), width, |column| column == screen.column || Some(column) == sorted)
}

/// The column whose heading is in this cell.
#[must_use]
pub fn heading_at(state: &State, theme: &Theme, column: u16, row: u16) -> Option<Column> {
    let view = View::new(state, theme);
    let columns = if row == 1 && !state.fleet_screen.rows.is_empty() { placed(&view, usize::from(state.size.width)) } else { Vec::new() };
    // A heading reaches up to the next one.
    columns.iter().rev().find(|placed| placed.at <= usize::from(column)).map(|placed| placed.id)
}

const fn sorted_by(order: Order) -> Option<(Column, bool)> {
    match order {
        Order::Urgency => None,
        Order::By { column, descending } => Some((column, descending)),
    }
}

fn draw_table(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.fleet_screen;
    let columns = placed(view, usize::from(area.width));
    table::headings(pen, area, 0, &columns, sorted_by(screen.order), Some(screen.column));
    let visible = screen.rows.iter().skip(screen.cursor.offset()).take(usize::from(area.height).saturating_sub(1));
    for (down, row) in visible.enumerate() {
        let selected = screen.cursor.selected() == Some(row);
        match row {
            Row::Group(app) => {
                if let Some(group) = screen.groups.get(app) {
                    heading(pen, area, down + 1, app, group);
                }
                table::finish_row(pen, area, down + 1, selected, false);
            }
            Row::Environment(key) => {
                if let Some(shown) = view.state.shown(key) {
                    for column in &columns {
                        table::cell(pen, area, down + 1, column, cell(view, shown, column));
                    }
                }
                table::finish_row(pen, area, down + 1, selected, screen.marks.contains(key));
            }
        }
    }
}

/// The heading of an app: its name, what it holds where not all of it is seen, a line, what is folded.
fn heading(pen: &mut Pen<'_>, area: Rect, down: usize, app: &AppName, group: &Group) {
    let room = usize::from(area.width);
    let sign = if group.folded { "▸" } else { "▾" };
    pen.line(area, down, 1, Line::own(sign, Role::Heading));
    let name = Line::foreign(app.as_str(), Role::Group).cut(room / 3);
    let mut end = pen.line(area, down, GUTTER, name) + 1;
    let folded = if group.hidden > 0 { format!("{} folded", group.hidden) } else { String::new() };
    let reserved = if folded.is_empty() { 0 } else { width(&folded) + 2 };
    if group.folded || group.total > group.fitting || group.total > crate::app::fleet::FOLD_ABOVE {
        let summary = most_worthy(summary(group), 3, room.saturating_sub(end + 4 + reserved));
        if !summary.is_empty() {
            end = pen.line(area, down, end, Line::own("─ ", Role::Rule));
        }
        for (index, part) in summary.into_iter().enumerate() {
            if index > 0 {
                end = pen.line(area, down, end, Line::own(" · ", Role::Rule));
            }
            end = pen.line(area, down, end, part);
        }
        end += 1;
    }
    let rule_end = room.saturating_sub(reserved);
    pen.fill(area, down, end, rule_end, "─", Role::Rule);
    pen.line(area, down, rule_end + 1, Line::own(folded, Role::Faint));
}

/// What a heading tells, with what each part is worth.
#[must_use]
pub fn summary(group: &Group) -> Vec<(u8, Line<'_>)> {
    let mut parts = Vec::new();
    let count = if group.fitting < group.total {
        format!("{} of {} environments", group.fitting, group.total)
    } else {
        super::text::counted(group.total, "environment", "environments")
    };
    parts.push((80, Line::own(count, Role::Faint)));
    if group.remembered > 0 {
        parts.push((95, Line::own(format!("{REMEMBERED} {} not read yet", group.remembered), Role::Stale)));
    }
    if group.awaited > 0 {
        parts.push((75, Line::own(format!("{NOT_YET} {} not read yet", group.awaited), Role::Faint)));
    }
    for (level, count) in &group.levels {
        let (worth, role) = match level {
            Level::Severe | Level::Degraded | Level::Unknown => (100, level_role(*level)),
            Level::Warning => (90, level_role(*level)),
            Level::Info | Level::Ok => (70, Role::Faint),
        };
        let sign = if level.needs_attention() { format!("{} ", glyph(*level)) } else { String::new() };
        parts.push((worth, Line::own(format!("{sign}{count} {level}"), role)));
    }
    if group.mixed > 0 {
        parts.push((72, Line::own(format!("{} mixed", group.mixed), Role::Differs)));
    }
    if group.busy > 0 {
        parts.push((60, Line::own(format!("↻ {} busy", group.busy), Role::Activity)));
    }
    // What most run, and what does not run the same: the rest is for the details.
    for (shown, worth) in [(3, 40), (1, 50)] {
        let line = versions(group, shown);
        let narrower = shown == 1 && group.versions.len() == 1;
        if !line.is_empty() && !narrower && (shown == 1) == (group.versions.len() > 6) {
            parts.push((worth, line));
        }
    }
    parts
}

/// The versions of an app by how many environments run each.
#[must_use]
pub fn versions(group: &Group, shown: usize) -> Line<'_> {
    let mut line = Line::new();
    for (index, (version, count)) in group.versions.iter().take(shown).enumerate() {
        let before = if index == 0 { if group.versions.len() == 1 { "version " } else { "versions " } } else { " " };
        let short = if version.len() == 40 && version.is_ascii() { version.get(..7).unwrap_or(version) } else { version };
        line = line.and(before, Role::Faint).and(format!("{count}×"), Role::Faint);
        line.push(super::line::Piece::foreign(short, Role::Text).cut(20));
    }
    let more = group.versions.len().saturating_sub(shown);
    if more > 0 { line.and(format!(" +{more}"), Role::Faint) } else { line }
}

/// What stands before the filter, the cursor behind it, and a gap.
const FILTER_MARGIN: usize = 7;

/// The filter as it is typed, why it is none, and how many rows fit.
fn filter_line(view: &View<'_>, pen: &mut Pen<'_>, area: Rect) {
    let screen = &view.state.fleet_screen;
    let counts = &screen.counts;
    let tail = match &screen.filter_error {
        // It takes what is typed's room only where there is no other.
        Some(error) => {
            let room = usize::from(area.width);
            let beside = room.saturating_sub(super::text::width(screen.filter_text.text()) + FILTER_MARGIN);
            Line::foreign(error.as_str(), Role::Fault).cut(beside.max(room / 2))
        }
        None => {
            let fit = if counts.fitting == 1 { "fits" } else { "fit" };
            let mut tail = Line::own(format!("{} of {} {fit}", counts.fitting, counts.total), Role::Faint);
            if counts.marked_hidden > 0 {
                tail = tail.and(format!("  ◆ {} marked hidden", counts.marked_hidden), Role::Mark);
            }
            tail
        }
    };
    let start = pen.line_at_end(area, 0, 1, tail);
    let (before, behind) = screen.filter_text.around_cursor();
    let role = if screen.editing_filter { Role::Strong } else { Role::Text };
    let prompt = if screen.editing_filter { Role::Key } else { Role::Faint };
    let field = Rect { width: area.width.min(u16::try_from(start.saturating_sub(1)).unwrap_or(area.width)), ..area };
    super::overlay::text_field(view, pen, field, &Line::own(" / ", prompt), (before, behind), role, screen.editing_filter);
}
