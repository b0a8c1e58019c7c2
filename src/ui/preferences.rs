//! The dialogs in which the Fleet's columns and its views are chosen.
//!
//! ```text
//! ╭ columns ─────────────── ⏎ keeps · esc undoes ─╮
//! │ ▌ ✔ ENVIRONMENT   name                        │
//! │   ✔ HEALTH        health      14 cells        │
//! │   ✔ P99           p99         no room here    │
//! │     TIER          tier                        │
//! ╰───────────────────────────────────────────────╯
//! ```

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::overlay::{frame, text_field};
use super::text::width;
use super::theme::Role;
use super::view::View;
use super::{fleet, fleet_cells};
use crate::app::columns::{ColumnsDialog, Line as Chosen};
use crate::app::views::{ViewsDialog, in_words};
use crate::model::column::Column;

/// What the keys do in the dialog of columns.
const COLUMN_KEYS: &str = "space shows · J K move · ← → width · = usual · r all as usual";
/// What they do in the dialog of views.
const VIEW_KEYS: &str = "⏎ shows it · ctrl-s saves what is shown · ctrl-x takes it away";
/// What they do there where none is saved.
const FIRST_VIEW_KEYS: &str = "type a name, ctrl-s saves what is shown";
/// Where the second and the third part of a line of columns stand.
const WORD: usize = 19;
const WIDTH: usize = 31;
/// The most that the names of views take.
const NAMES: usize = 28;

/// Draws the dialog of columns.
pub fn draw_columns(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, dialog: &ColumnsDialog) {
    let wide = (width(COLUMN_KEYS) + 4).min(usize::from(area.width));
    let inner = frame(pen, area, (wide, dialog.lines.len() + 4), "columns", "⏎ keeps · esc undoes");
    // What is chosen is on the screen behind the dialog already.
    let room = usize::from(view.state.size.width);
    let wanted: Vec<Column> = fleet_cells::columns(view, room).iter().map(|column| column.id).collect();
    let placed: Vec<Column> = fleet::placed(view, room).iter().map(|placed| placed.id).collect();
    for (down, line) in dialog.lines.iter().enumerate() {
        let role = if line.is_shown { Role::Text } else { Role::Faint };
        pen.line(inner, down, 2, Line::own(if line.is_shown { "✔" } else { " " }, Role::HealthOk));
        pen.line(inner, down, 4, Line::own(line.shown.column.title(), role));
        pen.line(inner, down, WORD, Line::own(line.shown.column.word(), Role::Faint));
        let wide = line.shown.width.map_or_else(String::new, |cells| format!("{cells} cells"));
        let end = pen.line(inner, down, WIDTH, Line::own(if line.is_shown { wide } else { String::new() }, role));
        if let Some(why) = why_absent(&wanted, &placed, *line).filter(|_| line.is_shown) {
            pen.line(inner, down, if end > WIDTH { end + 2 } else { WIDTH }, Line::own(why, Role::Stale));
        }
        if down == dialog.at {
            pen.lay_over(inner, down, Role::Selected);
            pen.line(inner, down, 0, Line::own("▌", Role::Bar));
        }
    }
    pen.line(inner, dialog.lines.len() + 1, 0, Line::own(COLUMN_KEYS, Role::Faint).cut(usize::from(inner.width)));
}

/// Why a column that is chosen is not on the screen; none where it is.
fn why_absent(wanted: &[Column], placed: &[Column], line: Chosen) -> Option<&'static str> {
    let column = line.shown.column;
    match (placed.contains(&column), wanted.contains(&column)) {
        (true, _) => None,
        (false, true) => Some("no room here"),
        (false, false) => Some("nothing to tell"),
    }
}

/// Draws the dialog of views.
pub fn draw_views(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, dialog: &ViewsDialog) {
    let wide = usize::from(area.width).saturating_sub(4).min(90);
    // One height whatever fits, so that nothing jumps while typing.
    let room = dialog.items.len().clamp(1, usize::from(area.height).saturating_sub(8).max(1));
    let inner = frame(pen, area, (wide, room + 5), "views", "esc closes");
    let row = Rect { height: 1, ..inner };
    text_field(view, pen, row, &Line::own("> ", Role::Key), dialog.input.around_cursor(), Role::Strong, true);
    if dialog.shown().next().is_none() {
        let text = if dialog.items.is_empty() { "none is saved yet" } else { "no name has this in it" };
        pen.line(inner, 1, 2, Line::own(text, Role::Faint));
    }
    // The selected line stays in sight.
    let offset = (dialog.at + 1).saturating_sub(room);
    for (down, item) in dialog.shown().skip(offset).take(room).enumerate() {
        pen.line(inner, down + 1, 2, Line::foreign(item.view.name.to_string(), Role::Text).cut(NAMES));
        let whose = if item.is_configured { "configuration" } else { "" };
        let end = pen.line_at_end(inner, down + 1, 0, Line::own(whose, Role::Faint));
        let words = Line::foreign(in_words(&item.view), Role::Faint);
        pen.line(inner, down + 1, NAMES + 3, words.cut(end.saturating_sub(NAMES + 5)));
        if down + offset == dialog.at {
            pen.lay_over(inner, down + 1, Role::Selected);
            pen.line(inner, down + 1, 0, Line::own("▌", Role::Bar));
        }
    }
    let below = match &dialog.error {
        Some(error) => Line::own(error.clone(), Role::Fault),
        None if dialog.items.is_empty() => Line::own(FIRST_VIEW_KEYS, Role::Faint),
        None => Line::own(VIEW_KEYS, Role::Faint),
    };
    pen.line(inner, room + 2, 0, below.cut(usize::from(inner.width)));
}
