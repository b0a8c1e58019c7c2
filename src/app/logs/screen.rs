//! How a stream is read: where the reader is, what is shown, what is searched for.
//!
//! The reader's place is a key, never a row: nothing that arrives moves it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::find::{Narrowing, Search};
use super::layout::{Chart, Columns, Layout, Named, Shows, Zone};
use super::prompt::Prompt;
use super::saving::{SaveId, Saving};
use super::subject::Subject;
use super::tidy::without_time;
use super::wrap;
use crate::app::act::Motion;
use crate::app::state::Size;
use crate::model::id::InstanceId;
use crate::model::log::buffer::{Buffer, Entry};
use crate::model::log::line::{EntryId, Key, Line, Millis, SourceId};
use crate::model::log::source::Name;
use crate::model::log::view::{Bookmarks, Shown, View, Window};

/// Which piece of time is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Period {
    /// All that was read.
    #[default]
    All,
    /// So many milliseconds until now.
    Last(i64),
    /// From one moment to another.
    Between(Millis, Millis),
}

/// How a stream is read.
#[derive(Debug, Default)]
pub struct LogsScreen {
    /// Where the reader is.
    pub view: View,
    /// The line that is selected; none while the end is followed.
    pub cursor: Option<Key>,
    /// What narrows what is shown.
    pub narrowing: Narrowing,
    /// What is searched for.
    pub search: Option<Search>,
    /// The one instance whose sources are shown; others are hidden as they are met.
    pub only: Option<InstanceId>,
    /// Sources that are not shown.
    pub hidden: HashSet<SourceId>,
    /// Which piece of time is shown.
    pub period: Period,
    /// The moment behind which nothing is shown: the screen stands still.
    pub paused: Option<Millis>,
    /// Long lines are broken.
    pub wrap: bool,
    /// The columns before the text.
    pub columns: Columns,
    /// In which zone times are shown.
    pub zone: Zone,
    /// The chart of lines and errors over time.
    pub chart: Chart,
    /// Whether the sources are listed; `None`: where there is room.
    pub panel: Option<bool>,
    /// The row of the list of sources that is selected, while that has the keys.
    pub choosing: Option<usize>,
    /// How many characters are scrolled away to the left.
    pub right: usize,
    /// The line that is not shown from its beginning where lines are broken, and the byte from which on it is.
    pub begins: Option<(EntryId, usize)>,
    /// Lines to find again.
    pub bookmarks: Bookmarks,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// What is being written into a file.
    pub saving: Option<Saving>,
    /// The number of the last file.
    pub(super) last_save: SaveId,
}

/// What can be looked at, and how much of it fits.
pub struct Sight<'a> {
    /// The entries, in order.
    pub shown: Shown<'a>,
    buffer: &'a Buffer,
    rows: usize,
    /// The width at which lines are broken, where they are.
    width: Option<usize>,
    columns: Columns,
    begins: Option<(EntryId, usize)>,
}

/// The text of a line as it is drawn: without its own time, where that stands beside it.
#[must_use]
pub fn shown_text<'a>(line: &Line<'a>, columns: Columns) -> Cow<'a, [u8]> {
    if columns == Columns::TextOnly { Cow::Borrowed(line.text) } else { without_time(line.text, line.time) }
}

/// A line's text from where it is shown on: `begins` says so of the one line of which that is not its beginning.
#[must_use]
pub fn from(text: &[u8], begins: Option<(EntryId, usize)>, id: EntryId) -> &[u8] {
    let at = begins.filter(|(begun, _)| *begun == id).map_or(0, |(_, at)| at);
    text.get(at..).unwrap_or(text)
}

impl Sight<'_> {
    /// How many rows an entry takes.
    fn rows_of(&self, id: EntryId) -> usize {
        match (self.width, self.buffer.entry(id)) {
            (Some(width), Some(Entry::Line(line))) => {
                wrap::rows(from(&shown_text(&line, self.columns), self.begins, id), width).min(self.rows)
            }
            _ => 1,
        }
    }

    /// How many entries fit, counted off from these.
    fn fit(&self, ids: impl Iterator<Item = EntryId>) -> usize {
        let mut left = self.rows;
        let fitting = ids.take(self.rows).take_while(|id| {
            let rows = self.rows_of(*id);
            let fits = rows <= left;
            left = left.saturating_sub(rows);
            fits
        });
        fitting.count().max(1)
    }

    /// How many entries fit at the end.
    #[must_use]
    pub fn at_end(&self) -> usize {
        self.before(self.shown.len())
    }

    /// How many entries fit before a rank.
    fn before(&self, rank: usize) -> usize {
        self.fit(self.shown.range(0..rank).rev())
    }

    /// The ranks that are on the screen.
    #[must_use]
    pub fn visible(&self, view: &View) -> Range<usize> {
        let at_end = self.at_end();
        // No room stays empty while there are lines to fill it.
        let start = view.ranks(&self.shown, at_end).start.min(self.shown.len().saturating_sub(at_end));
        let fitting = self.fit(self.shown.range(start..self.shown.len()));
        start..start.saturating_add(fitting).min(self.shown.len())
    }

    /// The last entry that can be looked at.
    #[must_use]
    pub fn last(&self) -> Option<Key> {
        self.key(self.shown.len().checked_sub(1)?)
    }

    /// The rank of the entry that is drawn in a row.
    #[must_use]
    pub fn rank_at_row(&self, visible: &Range<usize>, row: usize) -> Option<usize> {
        let mut below = row;
        visible.clone().find(|rank| {
            let rows = self.shown.get(*rank).map_or(1, |id| self.rows_of(id));
            let is_it = below < rows;
            below = below.saturating_sub(rows);
            is_it
        })
    }

    /// The key of the entry at a rank.
    #[must_use]
    pub fn key(&self, rank: usize) -> Option<Key> {
        self.buffer.key(self.shown.get(rank)?)
    }

    /// The rank of an entry, where it can be looked at.
    #[must_use]
    pub fn rank_of(&self, key: Key) -> Option<usize> {
        let rank = self.shown.rank(key);
        (self.key(rank) == Some(key)).then_some(rank)
    }
}

impl LogsScreen {
    /// A screen for another subject: how lines are shown stays as it was chosen, what was done with lines does not.
    pub fn turn_to(&mut self, subject: &Subject) {
        let Self { wrap, columns, zone, chart, panel, last_save, .. } = *self;
        // What is on its way to the disk gets there.
        let saving = self.saving.take().filter(Saving::is_sent);
        *self = Self { wrap, columns, zone, chart, panel, last_save, saving, only: subject.instance.clone(), ..Self::default() };
    }

    /// The number of the next file.
    pub(super) const fn next_save(&mut self) -> SaveId {
        self.last_save.0 += 1;
        self.last_save
    }

    /// What is being written into the file with this number.
    pub(super) fn saving(&mut self, id: SaveId) -> Option<&mut Saving> {
        self.saving.as_mut().filter(|saving| saving.id == id)
    }

    /// What of the screen is shown.
    #[must_use]
    pub fn shows(&self, named: Named) -> Shows {
        Shows {
            chart: self.chart,
            columns: self.columns,
            narrowed: self.narrowing.is_told() || self.search.is_some() || self.period != Period::All,
            prompt: self.prompt.is_some(),
            panel: if self.choosing.is_some() { Some(true) } else { self.panel },
            named,
        }
    }

    /// How the screen is shared out.
    #[must_use]
    pub fn layout(&self, size: Size, named: Named) -> Layout {
        Layout::of(size, self.shows(named))
    }

    /// The piece of time that is shown.
    #[must_use]
    pub fn window(&self, now: Millis) -> Option<Window> {
        let (from, to) = match self.period {
            Period::All => (None, None),
            Period::Last(length) => (Some(now.plus(-length)), None),
            Period::Between(from, to) => (Some(from), Some(to)),
        };
        let to = match (to, self.paused.map(|at| at.plus(1))) {
            (Some(to), Some(paused)) => Some(to.min(paused)),
            (to, paused) => to.or(paused),
        };
        (from.is_some() || to.is_some()).then_some(Window { from, to })
    }

    /// What can be looked at now.
    #[must_use]
    pub fn sight<'a>(&'a self, buffer: &'a Buffer, layout: Layout, now: Millis) -> Sight<'a> {
        let shown = Shown::new(buffer, self.narrowing.matches(), self.window(now));
        Sight { shown, buffer, rows: layout.rows, width: self.wrap.then_some(layout.text), columns: self.columns, begins: self.begins }
    }

    /// Moves the selection.
    pub fn step(&mut self, motion: Motion, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let visible = sight.visible(&self.view);
        let at_end = self.view.is_following();
        let here = self.cursor.map_or_else(|| visible.end.saturating_sub(1), |key| sight.shown.rank(key));
        let to = motion.apply(here, sight.shown.len(), visible.len());
        match motion {
            Motion::Last => self.follow(),
            // Whoever follows and moves down, follows on.
            _ if at_end && to >= here => {}
            Motion::Pages(_) | Motion::HalfPages(_) => self.turn_page(to.cast_signed() - here.cast_signed(), buffer, layout, now),
            _ => self.select(to, buffer, layout, now),
        }
    }

    /// Moves the lines and the selection by as much.
    fn turn_page(&mut self, by: isize, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let visible = sight.visible(&self.view);
        let here = self.cursor.map_or_else(|| visible.end.saturating_sub(1), |key| sight.shown.rank(key));
        let mut view = self.view;
        view.hold(&sight.shown, sight.at_end());
        view.scroll(by, &sight.shown, sight.at_end());
        let moved = sight.visible(&view);
        let to = here.saturating_add_signed(by).clamp(moved.start, moved.end.saturating_sub(1).max(moved.start));
        let cursor = sight.key(to);
        (self.view, self.cursor) = (view, cursor);
    }

    /// Selects the entry at a rank, and brings it onto the screen.
    pub fn select(&mut self, rank: usize, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let rank = rank.min(sight.shown.len().saturating_sub(1));
        let Some(key) = sight.key(rank) else { return };
        let visible = sight.visible(&self.view);
        let (fits, above) = (sight.at_end(), sight.before(rank + 1));
        let by = if rank < visible.start {
            rank.cast_signed() - visible.start.cast_signed()
        } else if rank >= visible.end {
            (rank + 1).saturating_sub(above).cast_signed() - visible.start.cast_signed()
        } else {
            0
        };
        let mut view = self.view;
        view.hold(&sight.shown, fits);
        view.scroll(by, &sight.shown, fits);
        self.view = view;
        self.cursor = Some(key);
    }

    /// The selected entry, where it is on the screen.
    #[must_use]
    pub fn seen(&self, buffer: &Buffer, layout: Layout, now: Millis) -> Option<Key> {
        let sight = self.sight(buffer, layout, now);
        self.cursor.filter(|key| sight.rank_of(*key).is_some_and(|rank| sight.visible(&self.view).contains(&rank)))
    }

    /// Keeps an entry on the screen that was there: lines that came late between the top and it push it down.
    pub fn keep(&mut self, seen: Key, buffer: &Buffer, layout: Layout, now: Millis) {
        let rank = self.sight(buffer, layout, now).rank_of(seen);
        if let Some(rank) = rank.filter(|_| self.seen(buffer, layout, now).is_none()) {
            self.select(rank, buffer, layout, now);
        }
    }

    /// Turns the wheel: the lines move, and take the selection along where it would leave the screen.
    pub fn wheel(&mut self, rows: isize, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let mut view = self.view;
        view.scroll(rows, &sight.shown, sight.at_end());
        let visible = sight.visible(&view);
        let cursor = self.cursor.map(|key| sight.shown.rank(key).clamp(visible.start, visible.end.saturating_sub(1).max(visible.start)));
        let cursor = cursor.and_then(|rank| sight.key(rank));
        self.view = view;
        self.cursor = cursor;
    }

    /// Selects an entry wherever it is: where it is not on the screen, it comes to its middle.
    pub fn go_to(&mut self, key: Key, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let mut view = self.view;
        view.hold(&sight.shown, sight.at_end());
        view.go_to(key, &sight.shown, sight.visible(&view).len());
        let rank = sight.shown.rank(key);
        self.view = view;
        self.cursor = Some(key);
        // Broken lines take more rows than were counted on.
        self.select(rank, buffer, layout, now);
    }

    /// Goes along with the end.
    pub fn follow(&mut self) {
        self.view.follow();
        self.cursor = None;
        self.paused = None;
    }

    /// Stays where it is.
    pub fn hold(&mut self, buffer: &Buffer, layout: Layout, now: Millis) {
        let sight = self.sight(buffer, layout, now);
        let mut view = self.view;
        view.hold(&sight.shown, sight.at_end());
        self.view = view;
    }

    /// The line that keys are about: the selected one, else the last one on the screen.
    #[must_use]
    pub fn current(&self, buffer: &Buffer, layout: Layout, now: Millis) -> Option<Key> {
        let sight = self.sight(buffer, layout, now);
        self.cursor.filter(|key| sight.rank_of(*key).is_some()).or_else(|| {
            let visible = sight.visible(&self.view);
            visible.rev().find_map(|rank| sight.key(rank))
        })
    }

    /// How many lines have come that the reader has not seen, while the end is not followed.
    #[must_use]
    pub fn waiting(&self, buffer: &Buffer) -> u64 {
        self.view.waiting(&Shown::new(buffer, self.narrowing.matches(), None))
    }

    /// What is shown is another from now on.
    pub fn narrow(&mut self, buffer: &Buffer) {
        self.narrowing.apply(&self.hidden, buffer);
        self.view.recount(&Shown::new(buffer, self.narrowing.matches(), None));
        self.search_again(buffer);
    }

    /// Searches anew within what is shown.
    pub fn search_again(&mut self, buffer: &Buffer) {
        let within = self.narrowing.within();
        if let Some(search) = &mut self.search {
            search.begin(within, buffer);
        }
    }

    /// Sets the filter aside, so that all lines around the current one are seen; or takes it back.
    pub fn set_aside(&mut self, buffer: &Buffer, layout: Layout, now: Millis) {
        let here = self.current(buffer, layout, now);
        self.narrowing.aside = !self.narrowing.aside;
        self.view.recount(&Shown::new(buffer, self.narrowing.matches(), None));
        self.search_again(buffer);
        if let Some(key) = here {
            self.go_to(key, buffer, layout, now);
        }
    }

    /// Whether something has not been looked at yet, or written.
    #[must_use]
    pub fn is_working(&self, buffer: &Buffer) -> bool {
        let saves = self.saving.as_ref().is_some_and(Saving::can_go_on);
        self.narrowing.is_working(buffer) || self.search.as_ref().is_some_and(|search| search.is_working(buffer)) || saves
    }

    /// A source was met: it is hidden where another instance is asked for.
    pub fn meet(&mut self, source: SourceId, name: &Name) -> bool {
        let hides = !name.is_feed() && self.only.as_ref().is_some_and(|only| only.as_str() != &*name.stream);
        hides && self.hidden.insert(source)
    }
}
