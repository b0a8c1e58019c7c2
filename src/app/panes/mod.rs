//! Two screens at once, side by side or one above the other, each with a history of its own.
//!
//! What is a screen's own stands in [`State`] for the pane that has the keys, and in a [`Pane`] for the other one; the
//! two change places when the keys go to the other. So no screen and no command knows that there are two: whatever
//! concerns both is done once for each, the second time in [`State::in_other`]. What is the world's (the fleet, what
//! GitHub told, operations, notices, dialogs) stands in [`State`] alone, and is one.

pub mod act;
pub mod split;

use std::mem::swap;

use self::split::Area;
use super::environment::EnvironmentScreen;
use super::event::Effect;
use super::fleet::FleetScreen;
use super::history::{History, Place};
use super::logs::order::News;
use super::logs::{Logs, intake};
use super::operations_screen::OperationsScreen;
use super::pending::PendingScreen;
use super::previews::PreviewsScreen;
use super::promotions::PromotionsScreen;
use super::properties::PropertiesScreen;
use super::sheet::SheetScreen;
use super::state::{Size, State};
use super::timeline::TimelineScreen;

/// What a screen has of its own: where it was, what is selected, how it is narrowed. Of these there are two where two
/// panes are open; each field is one of [`State`]'s too, of the pane that has the keys.
#[derive(Debug)]
pub struct Pane {
    /// Its size, as that of a terminal that shows only this.
    pub size: Size,
    /// Which screen, and which before.
    pub history: History,
    /// Its Fleet screen.
    pub fleet_screen: FleetScreen,
    /// Its Environment screen.
    pub environment_screen: EnvironmentScreen,
    /// Its Pending screen.
    pub pending_screen: PendingScreen,
    /// Its Promotions screen.
    pub promotions_screen: PromotionsScreen,
    /// Its Previews screen.
    pub previews_screen: PreviewsScreen,
    /// Its Properties screen.
    pub properties_screen: PropertiesScreen,
    /// Its ship sheet.
    pub sheet_screen: SheetScreen,
    /// Its Operations screen.
    pub operations_screen: OperationsScreen,
    /// Its Timeline screen.
    pub timeline_screen: Box<TimelineScreen>,
    /// Its logs: what it follows, and how that is read.
    pub logs: Box<Logs>,
}

impl Pane {
    /// A new one that shows this place, as the person wants screens to be shown so far. What is marked is marked in one
    /// pane only: nothing is written to because of a mark that nobody sees.
    fn showing(state: &State, place: Place) -> Self {
        let fleet = FleetScreen { editing_filter: false, last_marked: None, marks: [].into(), ..state.fleet_screen.clone() };
        let is_same = place == *state.place();
        Self {
            size: state.size,
            history: History::at(place),
            fleet_screen: fleet,
            environment_screen: if is_same { state.environment_screen.clone() } else { EnvironmentScreen::default() },
            pending_screen: PendingScreen { mine: state.pending_screen.mine, ..PendingScreen::default() },
            promotions_screen: PromotionsScreen { mine: state.promotions_screen.mine, ..PromotionsScreen::default() },
            previews_screen: PreviewsScreen { orphans_only: state.previews_screen.orphans_only, ..PreviewsScreen::default() },
            properties_screen: state.properties_screen.clone(),
            sheet_screen: SheetScreen::default(),
            operations_screen: state.operations_screen.clone(),
            timeline_screen: Box::default(),
            logs: Box::new(state.logs.another(state.panes_opened)),
        }
    }

    /// Changes places with what the state has.
    fn swap(&mut self, state: &mut State) {
        let Self {
            size,
            history,
            fleet_screen,
            environment_screen,
            pending_screen,
            promotions_screen,
            previews_screen,
            properties_screen,
            sheet_screen,
            operations_screen,
            timeline_screen,
            logs,
        } = self;
        swap(size, &mut state.size);
        swap(history, &mut state.history);
        swap(fleet_screen, &mut state.fleet_screen);
        swap(environment_screen, &mut state.environment_screen);
        swap(pending_screen, &mut state.pending_screen);
        swap(promotions_screen, &mut state.promotions_screen);
        swap(previews_screen, &mut state.previews_screen);
        swap(properties_screen, &mut state.properties_screen);
        swap(sheet_screen, &mut state.sheet_screen);
        swap(operations_screen, &mut state.operations_screen);
        swap(timeline_screen, &mut state.timeline_screen);
        swap(logs, &mut state.logs);
    }
}

impl State {
    /// The size of the terminal, of whichever pane [`Self::size`] is.
    #[must_use]
    pub fn terminal(&self) -> Size {
        self.split.as_ref().map_or(self.size, |split| split.terminal)
    }

    /// The pane that has not the keys.
    #[must_use]
    pub fn other_pane(&self) -> Option<&Pane> {
        self.split.as_ref().map(|split| &split.other)
    }

    /// Whether two panes are on the screen: a second one may be open and have no room.
    #[must_use]
    pub fn shows_two(&self) -> bool {
        self.split.as_ref().is_some_and(|split| split.areas().is_some())
    }

    /// What is on the screen: first what has the keys.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        let other = self.other_pane().filter(|_| self.shows_two()).map(|pane| pane.history.current());
        std::iter::once(self.place()).chain(other)
    }

    /// Where the pane that has the keys stands, where two are on the screen.
    #[must_use]
    pub fn own_area(&self) -> Option<Area> {
        self.split.as_ref()?.own_area()
    }

    /// A cell of the terminal as the pane that has the keys counts: its heading stands where its title would.
    #[must_use]
    pub fn within_pane(&self, column: u16, row: u16) -> (u16, u16) {
        self.own_area().map_or((column, row), |area| (column.saturating_sub(area.left), row.saturating_sub(area.top)))
    }

    /// Whether a cell of the terminal belongs to the pane that has not the keys. Under a dialog none does.
    #[must_use]
    pub fn is_in_other_pane(&self, column: u16, row: u16) -> bool {
        let area = self.split.as_ref().and_then(|split| split.other_area());
        self.dialog.is_none() && area.is_some_and(|area| area.holds(column, row))
    }

    /// Does this as if the other pane had the keys; `None` where there is no other.
    pub fn in_other<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.turn() {
            return None;
        }
        let done = act(self);
        self.turn();
        Some(done)
    }

    /// Has the two panes change places. Whether there are two.
    fn turn(&mut self) -> bool {
        let Some(mut split) = self.split.take() else { return false };
        split.other.swap(self);
        split.side = split.side.other();
        self.split = Some(split);
        true
    }

    /// The terminal has this size now.
    pub(super) fn resize(&mut self, size: Size) {
        match &mut self.split {
            Some(split) => {
                split.terminal = size;
                self.lay_out();
            }
            None => self.size = size,
        }
    }

    /// Gives each pane its size: both have that of the terminal where only one is on the screen.
    fn lay_out(&mut self) {
        if let Some(split) = &mut self.split {
            let whole = split.terminal;
            self.size = split.own_area().map_or(whole, Area::size);
            split.other.size = split.other_area().map_or(whole, Area::size);
        }
        self.stale_rows = true;
        self.dirty = true;
    }
}

/// Takes in what is told of logs, for the pane that asked for it.
pub(super) fn told_of_logs(state: &mut State, news: News) -> Vec<Effect> {
    if state.other_pane().is_some_and(|pane| pane.logs.awaits(&news)) {
        return state.in_other(|state| intake::told(state, news)).unwrap_or_default();
    }
    intake::told(state, news)
}
