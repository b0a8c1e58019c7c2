//! The one table of every screen: columns by worth, headings, rows.
//!
//! ```text
//!    ENVIRONMENT      REGION  HEALTH ▾     VERSION          INST  ACTIVITY
//! ▌◆ h-prod           usw1    ✖ Severe     …g8a52aea         2/4  31 % of req…
//! ```
//!
//! Widths follow from the room alone, never from the rows: a table does not
//! jump when it is scrolled or when something is read. Where room is short,
//! the column of the least worth goes first. Knows nothing of environments.

use ratatui::layout::Rect;

use super::line::{Line, Pen};
use super::theme::Role;

/// The cells before the first column: the bar of the selected row, a mark, a blank.
pub const GUTTER: usize = 3;

/// A column's side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// Words.
    Left,
    /// Figures.
    Right,
}

/// A column that may be shown.
#[derive(Clone, Copy, Debug)]
pub struct Column<Id> {
    /// Which.
    pub id: Id,
    /// Its heading.
    pub title: &'static str,
    /// How much it is worth where room is short; 255 never goes.
    pub worth: u8,
    /// The least width at which it is of use.
    pub least: usize,
    /// The width at which nearly everything fits.
    pub usual: usize,
    /// What it takes where there is room to spare.
    pub most: usize,
    /// Its side.
    pub align: Align,
}

/// A column with its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed<Id> {
    /// Which.
    pub id: Id,
    /// Its heading.
    pub title: &'static str,
    /// Where it begins, from the left of the table.
    pub at: usize,
    /// How wide it is.
    pub width: usize,
    /// Its side.
    pub align: Align,
}

/// Lays columns out in this room. A column that is `kept` goes last.
pub fn lay_out<Id: Copy + PartialEq>(columns: &[Column<Id>], room: usize, kept: impl Fn(Id) -> bool) -> Vec<Placed<Id>> {
    let gap = if room >= 110 { 2 } else { 1 };
    let worth = |column: &Column<Id>| if column.worth < 255 && kept(column.id) { 254 } else { column.worth };
    let mut by_worth: Vec<(usize, &Column<Id>)> = columns.iter().enumerate().collect();
    by_worth.sort_by_key(|(_, column)| std::cmp::Reverse(worth(column)));
    let mut left = room.saturating_sub(GUTTER);
    let mut chosen: Vec<(usize, &Column<Id>, usize)> = Vec::with_capacity(columns.len());
    for (index, column) in by_worth {
        let needed = column.least + gap;
        if needed <= left + gap || column.worth == 255 {
            left = left.saturating_sub(needed);
            chosen.push((index, column, column.least));
        } else if chosen.len() > 1 {
            // What is worth less does not take the place of what is worth more.
            break;
        }
    }
    for wanted in [|column: &Column<Id>| column.usual, |column: &Column<Id>| column.most] {
        for (_, column, width) in &mut chosen {
            let more = wanted(column).saturating_sub(*width).min(left);
            *width += more;
            left -= more;
        }
    }
    chosen.sort_by_key(|(index, _, _)| *index);
    let mut at = GUTTER;
    let mut placed = Vec::with_capacity(chosen.len());
    for (_, column, width) in chosen {
        let width = width.min(room.saturating_sub(at));
        placed.push(Placed { id: column.id, title: column.title, at, width, align: column.align });
        at += width + gap;
    }
    placed
}

/// Writes the headings: the sorted one with an arrow, the selected one underlined.
pub fn headings<Id: Copy + PartialEq>(
    pen: &mut Pen<'_>,
    area: Rect,
    down: usize,
    columns: &[Placed<Id>],
    sorted: Option<(Id, bool)>,
    selected: Option<Id>,
) {
    for column in columns {
        let role = if selected == Some(column.id) { Role::HeadingSelected } else { Role::Heading };
        let mut heading = Line::own(column.title, role);
        if let Some((_, descending)) = sorted.filter(|(id, _)| *id == column.id) {
            heading = heading.and(if descending { "▾" } else { "▴" }, Role::HeadingSelected);
        }
        cell(pen, area, down, column, heading);
    }
}

/// Writes a cell.
pub fn cell<Id>(pen: &mut Pen<'_>, area: Rect, down: usize, column: &Placed<Id>, line: Line<'_>) {
    let line = line.cut(column.width);
    let indent = match column.align {
        Align::Left => 0,
        Align::Right => column.width.saturating_sub(line.width()),
    };
    pen.line(area, down, column.at + indent, line);
}

/// Writes what stands before the first column, and lays the selection over the row.
pub fn finish_row(pen: &mut Pen<'_>, area: Rect, down: usize, selected: bool, marked: bool) {
    if marked {
        pen.line(area, down, 1, Line::own("◆", Role::Mark));
    }
    if selected {
        pen.lay_over(area, down, Role::Selected);
        pen.line(area, down, 0, Line::own("▌", Role::Bar));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(id: char, worth: u8, least: usize, usual: usize, most: usize) -> Column<char> {
        Column { id, title: "T", worth, least, usual, most, align: Align::Left }
    }

    const COLUMNS: [Column<char>; 4] =
        [column('a', 255, 10, 20, 30), column('b', 10, 5, 5, 5), column('c', 50, 8, 8, 8), column('d', 90, 10, 20, 500)];

    fn ids(room: usize, kept: char) -> String {
        lay_out(&COLUMNS, room, |id| id == kept).iter().map(|placed| placed.id).collect()
    }

    #[test]
    fn columns_go_by_worth_and_a_kept_one_last() {
        assert_eq!(ids(100, ' '), "abcd");
        assert_eq!(ids(38, ' '), "acd");
        assert_eq!(ids(38, 'b'), "abd");
        assert_eq!(ids(25, ' '), "ad");
        assert_eq!(ids(14, ' '), "a");
    }

    #[test]
    fn every_column_ends_within_the_room_and_none_overlap() {
        for room in 10..300 {
            let placed = lay_out(&COLUMNS, room, |_| false);
            for pair in placed.windows(2) {
                assert!(pair[0].at + pair[0].width < pair[1].at);
            }
            assert!(placed.iter().all(|column| column.at + column.width <= room), "{room}: {placed:?}");
        }
    }
}
