//! The Operations screen: which operation is selected, which of its units, and how the screen is shared out.

use super::cursor::Cursor;
use super::operations::{Known, Operations};
use super::state::Size;
use crate::model::operation::plan::OperationId;
use crate::model::operation::verdict::Standing;

/// A pane of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pane {
    /// The operations.
    #[default]
    List,
    /// The units of the selected one.
    Units,
}

/// The Operations screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OperationsScreen {
    /// Which pane has the keys.
    pub pane: Pane,
    /// The operations, in their order.
    pub rows: Vec<OperationId>,
    /// The selected one.
    pub cursor: Cursor<OperationId>,
    /// The units of the selected one, by number.
    pub units: Vec<u32>,
    /// The selected unit.
    pub unit: Cursor<u32>,
    /// Whose units these are.
    of: Option<OperationId>,
    /// The operation that is to be selected once it is known.
    pub awaited: Option<OperationId>,
}

/// How the screen is shared out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Rows of operations that fit.
    pub list: usize,
    /// Rows of units that fit.
    pub units: usize,
    /// Lines for what was refused or cannot be read.
    pub troubles: usize,
}

/// The lines between the list and the units: a rule with the title, the bar, what it says, the headings.
pub const HEADING: usize = 4;

/// The lines below the units: a rule, and what is said of the selected one.
pub const DETAIL: usize = 4;

/// The lines below those, where something was refused or cannot be read: a rule, and what.
pub const TROUBLES: usize = 4;

impl Layout {
    /// The layout for a terminal of this size with these operations.
    #[must_use]
    pub fn of(size: Size, operations: &Operations) -> Self {
        // Title, footer, and the headings of the list.
        let height = usize::from(size.height).saturating_sub(3);
        let list = operations.count().clamp(1, (height / 4).max(2));
        let troubles = if operations.has_troubles() { TROUBLES } else { 0 };
        Self { list, units: height.saturating_sub(list + HEADING + DETAIL + troubles).max(1), troubles }
    }
}

impl OperationsScreen {
    /// Works out what is shown, and lets the selections follow.
    pub fn arrange(&mut self, operations: &Operations, size: Size) {
        self.rows = operations.in_order();
        let layout = Layout::of(size, operations);
        if let Some(awaited) = self.awaited.take_if(|awaited| self.rows.contains(awaited)) {
            self.cursor.select_id(&awaited, &self.rows, layout.list);
        }
        self.cursor.follow(&self.rows, layout.list);
        if self.of.as_ref() != self.cursor.selected() {
            self.of = self.cursor.selected().cloned();
            self.unit = Cursor::default();
        }
        let known = self.cursor.selected().and_then(|id| operations.get(id));
        self.units = known.map(|known| known.operation.units().collect()).unwrap_or_default();
        let start = known.map_or(0, first_of_interest);
        self.unit.follow_or_start(&self.units, layout.units, start);
    }

    /// Moves the selection of the pane that has the keys, to what `to` makes of (index, rows, window).
    pub fn select(&mut self, operations: &Operations, size: Size, to: impl Fn(usize, usize, usize) -> usize) {
        let layout = Layout::of(size, operations);
        match self.pane {
            Pane::List => self.cursor.select(to(self.cursor.index(), self.rows.len(), layout.list), &self.rows, layout.list),
            Pane::Units => self.unit.select(to(self.unit.index(), self.units.len(), layout.units), &self.units, layout.units),
        }
    }
}

/// The unit to look at while nobody chooses: one that asks, else one that failed, else one that is under way.
fn first_of_interest(known: &Known) -> usize {
    let rank = |unit: u32| match known.operation.standing(unit) {
        Standing::Asks(_) => 0,
        Standing::Failed { .. } => 1,
        Standing::PuttingBack(_) => 2,
        Standing::Underway(_) => 3,
        Standing::Baking => 4,
        Standing::Waiting => 5,
        Standing::Done | Standing::Stopped(_) | Standing::Skipped { .. } => 6,
    };
    known.operation.units().enumerate().min_by_key(|(_, unit)| rank(*unit)).map_or(0, |(index, _)| index)
}
