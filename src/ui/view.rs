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
}

/// What a frame leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shown {
    /// In how many seconds some text on the screen changes by itself; `None`: never.
    pub changes_in: Option<u64>,
    /// Where text is being typed.
    pub cursor: Option<Position>,
}

impl<'a> View<'a> {
    /// A view of this state.
    #[must_use]
    pub const fn new(state: &'a State, theme: &'a Theme) -> Self {
        Self { state, theme, changes_in: Cell::new(None), cursor: Cell::new(None) }
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

    /// What the frame leaves behind.
    #[must_use]
    pub const fn shown(&self) -> Shown {
        Shown { changes_in: self.changes_in.get(), cursor: self.cursor.get() }
    }
}
