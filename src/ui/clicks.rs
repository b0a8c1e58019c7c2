//! What a click means: only the view knows what stands where.

use std::time::Duration;

use tokio::time::Instant;

use super::fleet;
use super::theme::Theme;
use super::view::List;
use crate::app::event::Event;
use crate::app::state::State;

/// Two clicks within this are one double click.
const DOUBLE: Duration = Duration::from_millis(400);

/// Where was clicked, and what stands there.
#[derive(Debug, Default)]
pub(super) struct Clicks {
    /// Where was clicked last, and when.
    last: Option<(u16, u16, Instant)>,
    /// Where the rows of the list stand on the last frame.
    pub(super) list: Option<List>,
    /// The same of the pane that has not the keys.
    pub(super) other_list: Option<List>,
}

impl Clicks {
    /// What has to be told before an event: a click gives the keys to the pane under it.
    pub(super) fn focuses(&mut self, state: &State, event: &Event) -> Option<Event> {
        match event {
            Event::Click { column, row } if state.is_in_other_pane(*column, *row) => {
                std::mem::swap(&mut self.list, &mut self.other_list);
                Some(Event::OtherPane)
            }
            _ => None,
        }
    }

    /// What an event means: a click on a heading is one on the column, one on a row one on that row.
    pub(super) fn aimed(&mut self, state: &State, theme: &Theme, event: Event) -> Event {
        let Event::Click { column, row } = event else { return event };
        let (across, down) = state.within_pane(column, row);
        if let Some(heading) = fleet::heading_at(state, theme, across, down) {
            return Event::ClickedHeading(heading);
        }
        let twice = self.is_second(column, row);
        match self.list.and_then(|list| list.index_at(row)) {
            Some(index) => Event::ClickedRow { index, twice },
            None if twice => Event::DoubleClick { column: across, row: down },
            None => Event::Click { column: across, row: down },
        }
    }

    /// Whether the same place was clicked a moment ago. A third click is a first one again.
    fn is_second(&mut self, column: u16, row: u16) -> bool {
        let now = Instant::now();
        let before = self.last.replace((column, row, now));
        let is_second = before.is_some_and(|(x, y, at)| x.abs_diff(column) <= 1 && y == row && now - at <= DOUBLE);
        if is_second {
            self.last = None;
        }
        is_second
    }
}
