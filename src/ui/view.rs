//! What views are handed: the state, the theme, and a note of when their text goes stale.

use std::cell::Cell;

use ratatui::layout::Position;

use super::line::Line;
use super::theme::{Role, Theme};
use crate::app::state::State;
use crate::model::clock::{Age, Timestamp};

/// The state as it is to be shown.
pub struct View<'a> {
    /// The program.
    pub state: &'a State,
    /// What roles look like.
    pub theme: &'a Theme,
    changes_in: Cell<Option<u64>>,
    cursor: Cell<Option<Position>>,
    list: Cell<Option<List>>,
}

/// Where the rows of the list stand that is moved in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct List {
    /// The first of them on the screen, from the top, from 0.
    pub top: u16,
    /// How many are shown.
    pub shown: usize,
    /// The number of the first that is shown.
    pub from: usize,
}

impl List {
    /// The number of the row that stands there.
    #[must_use]
    pub fn index_at(self, row: u16) -> Option<usize> {
        let down = usize::from(row.checked_sub(self.top)?);
        (down < self.shown).then_some(self.from + down)
    }
}

/// What a frame leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    /// In how many seconds some text on the screen changes by itself; `None`: never.
    pub changes_in: Option<u64>,
    /// Where text is being typed.
    pub cursor: Option<Position>,
    /// The list that is moved in, where a click selects by its rows.
    pub list: Option<List>,
    /// The same of the pane that has not the keys.
    pub other_list: Option<List>,
}

impl<'a> View<'a> {
    /// A view of this state.
    #[must_use]
    pub const fn new(state: &'a State, theme: &'a Theme) -> Self {
        Self { state, theme, changes_in: Cell::new(None), cursor: Cell::new(None), list: Cell::new(None) }
    }

    /// The age of a moment. The frame is drawn again when its text changes.
    pub fn age(&self, moment: Timestamp) -> Age {
        let age = Age::of(moment, self.state.now);
        self.again_in(age.changes_in());
        age
    }

    /// The age in the quiet way in which it stands behind a value.
    pub fn ago(&self, moment: Timestamp) -> Line<'static> {
        Line::own(format!("{} ago", self.age(moment)), Role::Faint)
    }

    /// Has the frame drawn again in so many seconds at the latest.
    pub fn again_in(&self, seconds: u64) {
        let sooner = self.changes_in.get().map_or(seconds, |other| other.min(seconds));
        self.changes_in.set(Some(sooner.max(1)));
    }

    /// Notes where text is being typed.
    pub fn type_at(&self, position: Position) {
        self.cursor.set(Some(position));
    }

    /// Notes where the rows of the list stand that is moved in: so many, the first of which is this one.
    pub fn lists(&self, top: u16, shown: usize, from: usize) {
        self.list.set(Some(List { top, shown, from }));
    }

    /// What the frame leaves behind.
    #[must_use]
    pub const fn shown(&self) -> Shown {
        Shown { changes_in: self.changes_in.get(), cursor: self.cursor.get(), list: self.list.get(), other_list: None }
    }
}
