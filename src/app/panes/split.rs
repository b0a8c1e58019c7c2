//! How the screen is shared out between two panes.
//!
//! ```text
//! title                              title
//! heading      │ heading             heading
//! screen       │ screen              screen
//! …            │ …                   heading
//! footer                             screen
//!                                    footer
//! ```

use super::Pane;
use crate::app::state::Size;

/// How two panes lie to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Side by side.
    Beside,
    /// One above the other.
    Below,
}

/// One of two panes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The left or the upper one.
    First,
    /// The right or the lower one.
    Second,
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// The smallest pane, as the size of a terminal that shows only this. As wide as the smallest terminal, since columns
/// would be missing; less high, since of a list only rows are.
pub const LEAST: Size = Size { width: Size::LEAST.width, height: 20 };

/// So much of the whole a pane grows or shrinks at once, in hundredths.
const STEP: u16 = 5;
/// The first one has at least so much of the whole, in hundredths, and leaves so much.
const LEAST_SHARE: u16 = 10;

/// Two panes.
#[derive(Debug)]
pub struct Split {
    /// The size of the terminal.
    pub terminal: Size,
    /// How they lie to each other.
    pub direction: Direction,
    /// How much of the room the first one has, in hundredths.
    pub share: u16,
    /// Which of them has the keys, and so its fields in the state.
    pub side: Side,
    /// Only the one that has the keys is shown.
    pub zoomed: bool,
    /// The one that has not the keys.
    pub other: Pane,
}

/// Where a pane stands on the terminal, its heading included, in cells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Area {
    /// From the left.
    pub left: u16,
    /// From the top.
    pub top: u16,
    /// Columns.
    pub width: u16,
    /// Rows, the heading's among them.
    pub height: u16,
}

impl Area {
    /// The size of the terminal on which the screen has as much room: with a title instead of the heading, and a footer.
    #[must_use]
    pub const fn size(self) -> Size {
        Size { width: self.width, height: self.height + 1 }
    }

    /// Whether this cell is in it.
    #[must_use]
    pub fn holds(self, column: u16, row: u16) -> bool {
        (self.left..self.left + self.width).contains(&column) && (self.top..self.top + self.height).contains(&row)
    }

    const fn suffices(self) -> bool {
        let size = self.size();
        size.width >= LEAST.width && size.height >= LEAST.height
    }
}

impl Direction {
    /// The smallest terminal that has room for both.
    #[must_use]
    pub const fn least(self) -> Size {
        // Each heading takes the place of a title or a footer; the title and the footer of the whole come beside them.
        match self {
            Self::Beside => Size { width: 2 * LEAST.width + 1, height: Size::LEAST.height },
            Self::Below => Size { width: LEAST.width, height: 2 * LEAST.height },
        }
    }

    /// Where the panes stand, the first one with so much of the room; `None` where there is too little.
    #[must_use]
    pub fn areas(self, terminal: Size, share: u16) -> Option<(Area, Area)> {
        // Title and footer.
        let whole = Area { left: 0, top: 1, width: terminal.width, height: terminal.height.checked_sub(2)? };
        let (first, second) = match self {
            Self::Beside => {
                let room = whole.width.checked_sub(1)?;
                let wide = part(room, share, LEAST.width);
                (Area { width: wide, ..whole }, Area { left: wide + 1, width: room - wide, ..whole })
            }
            Self::Below => {
                let high = part(whole.height, share, LEAST.height - 1);
                (Area { height: high, ..whole }, Area { top: whole.top + high, height: whole.height - high, ..whole })
            }
        };
        (first.suffices() && second.suffices()).then_some((first, second))
    }
}

/// A part of some room, in hundredths of it, that leaves at least so much on both sides.
fn part(room: u16, share: u16, least: u16) -> u16 {
    let wanted = u16::try_from(u32::from(room) * u32::from(share) / 100).unwrap_or(room);
    wanted.min(room.saturating_sub(least)).max(least).min(room)
}

impl Split {
    /// Where the panes stand, the first and the second; `None` where only one is shown.
    #[must_use]
    pub fn areas(&self) -> Option<(Area, Area)> {
        self.direction.areas(self.terminal, self.share).filter(|_| !self.zoomed)
    }

    /// Where the pane stands that has the keys.
    #[must_use]
    pub fn own_area(&self) -> Option<Area> {
        self.area(self.side)
    }

    /// Where the other one stands.
    #[must_use]
    pub fn other_area(&self) -> Option<Area> {
        self.area(self.side.other())
    }

    fn area(&self, side: Side) -> Option<Area> {
        let (first, second) = self.areas()?;
        Some(if side == Side::First { first } else { second })
    }

    /// How much the first one would have if the one that has the keys grew, or shrank; `None` where that changes nothing.
    #[must_use]
    pub fn resized(&self, grows: bool) -> Option<u16> {
        let more = grows == (self.side == Side::First);
        let share = if more { self.share + STEP } else { self.share.saturating_sub(STEP) };
        let share = share.clamp(LEAST_SHARE, 100 - LEAST_SHARE);
        (self.direction.areas(self.terminal, share)? != self.areas()?).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECTIONS: [Direction; 2] = [Direction::Beside, Direction::Below];

    #[test]
    fn two_panes_fit_from_the_least_size_on_and_not_before() {
        for direction in DIRECTIONS {
            let least = direction.least();
            assert!(direction.areas(least, 50).is_some(), "{direction:?}");
            for smaller in [Size { width: least.width - 1, ..least }, Size { height: least.height - 5, ..least }] {
                assert_eq!(direction.areas(smaller, 50), None, "{direction:?} {smaller:?}");
            }
        }
    }

    #[test]
    fn every_cell_between_title_and_footer_is_one_panes_or_the_line_between_them() {
        for direction in DIRECTIONS {
            for share in [0, 10, 35, 50, 90, 100] {
                let terminal = Size { width: 200, height: 60 };
                let (first, second) = direction.areas(terminal, share).unwrap();
                assert!(first.suffices() && second.suffices());
                for (column, row) in (0..terminal.width).flat_map(|column| (1..terminal.height - 1).map(move |row| (column, row))) {
                    let line = direction == Direction::Beside && column == first.width;
                    let holders = [first.holds(column, row), second.holds(column, row), line];
                    assert_eq!(holders.into_iter().filter(|holds| *holds).count(), 1, "{direction:?} {share} {column} {row}");
                }
            }
        }
    }
}
