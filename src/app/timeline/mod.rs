//! The Timeline screen: what changed, of the whole fleet or of some environments, newest first.
//!
//! Owns what this console has seen and done itself, how the list is narrowed, and which line is selected. Every line is
//! made of what is read and kept anyway: nothing is asked of anybody for it.

pub mod act;
pub mod collect;
pub mod markdown;
mod seen;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::act::Motion;
use super::cursor::Cursor;
use super::filter::TextField;
use super::fleet::short_region;
use super::history::Place;
use super::key::{Code, Key};
use super::state::{Size, State};
use crate::model::clock::Timestamp;
use crate::model::id::{EnvironmentKey, VersionLabel};
use crate::model::sighting::Observation;
use crate::model::timeline::update::{Beside, Told, Update, folded};
use crate::model::timeline::{Entry, Horizon, Kind, Origin};
use crate::model::write::{Order, Sent, Write};

pub use collect::{Collected, collect};
pub use seen::Seen;

/// How far the list goes back.
pub const WINDOW: Duration = Duration::from_secs(24 * 3_600);

/// The height of what is selected in full, its title included.
pub const DETAIL: usize = 5;

/// So many changes are listed; of more, the oldest are left out, and that is said.
pub const MOST: usize = 2_000;

/// A line of the list.
#[derive(Clone, Debug)]
pub enum Row {
    /// A change.
    Entry(Arc<Entry>),
    /// Several changes that are one update.
    Update(Arc<Update>),
    /// A source tells nothing from before this.
    Horizon(Arc<Horizon>),
    /// So many older changes are not listed: the moment of the last one that is.
    Cut(Timestamp, usize),
}

/// Whether two lines are of one thing: what is selected stays so while more becomes known of it.
impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Entry(entry), Self::Entry(other)) => entry == other,
            (Self::Update(update), Self::Update(other)) => update.is_same(other),
            (Self::Horizon(horizon), Self::Horizon(other)) => horizon == other,
            (Self::Cut(at, left), Self::Cut(last, others)) => (at, left) == (last, others),
            (Self::Entry(_) | Self::Update(_) | Self::Horizon(_) | Self::Cut(..), _) => false,
        }
    }
}

impl Eq for Row {}

impl Row {
    /// Its moment.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Entry(entry) => entry.at,
            Self::Update(update) => update.told.at,
            Self::Horizon(horizon) => horizon.at,
            Self::Cut(at, _) => *at,
        }
    }

    /// The change that it is; an update as one.
    #[must_use]
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Update(update) => Some(&update.told),
            Self::Horizon(_) | Self::Cut(..) => None,
        }
    }
}

/// The Timeline screen.
#[derive(Debug, Default)]
pub struct TimelineScreen {
    /// The lines, newest first; last how far back each source reaches.
    pub rows: Vec<Row>,
    /// How wide the widest name is of what they are about, in cells: wherever the list is scrolled to.
    pub about: usize,
    /// The selected one.
    pub cursor: Cursor<Row>,
    /// Only changes of this kind.
    pub kind: Option<Kind>,
    /// What could not be read, in sentences; not yet safe to show.
    pub unread: Vec<String>,
    /// What narrows the list.
    pub filter: TextField,
    /// Whether keys go into that.
    pub editing: bool,
}

/// What this console knows by itself of what has changed, whichever pane shows it.
#[derive(Debug, Default)]
pub struct Known {
    /// What it has seen between two readings, and since when it looks.
    pub seen: Seen,
    /// What was written to GitHub from here.
    written: BTreeSet<Entry>,
}

impl Known {
    /// Since when this console looks; none before anything was read.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.seen.since()
    }

    /// What was written from here.
    pub fn written(&self) -> impl Iterator<Item = &Entry> {
        self.written.iter()
    }
}

impl TimelineScreen {
    /// Whether something narrows the list.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.kind.is_some() || !self.filter.text().trim().is_empty()
    }

    /// Takes lines that were worked out again.
    fn take(&mut self, rows: Vec<Row>, unread: Vec<String>, window: usize) {
        self.about = rows.iter().filter_map(Row::entry).map(|entry| breadth(entry)).max().unwrap_or(0);
        (self.rows, self.unread) = (rows, unread);
        self.cursor.follow_or_start(&self.rows, window, 0);
    }
}

/// How wide the name is of what a change is about, with its region in few letters.
fn breadth(entry: &Entry) -> usize {
    let characters = |text: &str| text.chars().count();
    match (entry.about.as_slice(), &entry.repository) {
        ([one], _) => {
            let region = one.region.as_ref().map_or(0, |region| 1 + characters(&short_region(region.as_str())));
            characters(one.name.as_str()) + region
        }
        ([], Some(repository)) => characters(repository.as_str()),
        ([], None) => 1,
        ([first, rest @ ..], _) => characters(&format!("{} and {} more", first.name, rest.len())),
    }
}

/// Every change that was collected, newest first, with the horizons at their moments.
#[must_use]
pub fn listed(collected: Collected) -> Vec<Row> {
    let mut rows = cut(collected.entries.into_iter().rev().map(|entry| Row::Entry(Arc::new(entry))));
    rows.extend(horizons(collected.horizons));
    // A change at the very moment of a horizon is known, and stands above it.
    rows.sort_by_key(|row| std::cmp::Reverse((row.at(), !matches!(row, Row::Horizon(_)))));
    rows
}

/// The lines of the screen: what belongs to one update is one of them, and how far back each source reaches stands below
/// the last change, where nobody takes it for one.
fn shown(state: &State, collected: Collected) -> Vec<Row> {
    let screen = &state.timeline_screen;
    let words = screen.filter.text().to_lowercase();
    let is_busy = |key: &EnvironmentKey| state.fleet.get(key).is_some_and(|environment| environment.is_busy());
    let deployed = |key: &EnvironmentKey, from: Timestamp, until: Timestamp| {
        let environment = state.fleet.get(key)?;
        let each = environment.instances()?.value.each.iter().filter_map(|instance| instance.deployment.as_ref());
        let then = each.filter(|deployment| deployment.at.is_some_and(|at| (from..=until).contains(&at)));
        let mut labels: BTreeSet<&VersionLabel> = then.filter_map(|deployment| deployment.label.as_ref()).collect();
        let label = labels.pop_first()?;
        labels.is_empty().then(|| label.clone())
    };
    // Kinds first: who wants to see the health sees all of it.
    let of_kind = collected.entries.into_iter().filter(|entry| screen.kind.is_none_or(|kind| entry.kind == kind));
    let told = folded(of_kind, &Beside { is_busy: &is_busy, deployed: &deployed });
    let mut rows = cut(told.into_iter().filter_map(|told| match told {
        Told::Alone(entry) => collect::fits(&entry, &words).then_some(Row::Entry(entry)),
        Told::Update(update) => {
            let fits = collect::fits(&update.told, &words) || update.parts.iter().any(|part| collect::fits(part, &words));
            fits.then_some(Row::Update(update))
        }
    }));
    rows.extend(horizons(collected.horizons));
    rows
}

/// The newest of these lines, and how many are left out.
fn cut(mut rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = rows.by_ref().take(MOST).collect();
    let left = rows.count();
    if left > 0
        && let Some(last) = kept.last().map(Row::at)
    {
        kept.push(Row::Cut(last, left));
    }
    kept
}

fn horizons(horizons: Vec<Horizon>) -> impl Iterator<Item = Row> {
    horizons.into_iter().map(|horizon| Row::Horizon(Arc::new(horizon)))
}

/// Rows of the list that fit: title, headings and footer take one each, and what is typed another one.
#[must_use]
pub fn window(state: &State) -> usize {
    let screen = &state.timeline_screen;
    let typing = usize::from(screen.editing || !screen.filter.text().is_empty());
    room(state.size).saturating_sub(typing)
}

fn room(size: Size) -> usize {
    usize::from(size.height).saturating_sub(3 + DETAIL)
}

/// Takes note of what was answered: how far back the events of a scope reach follows from when they were first asked for.
pub fn answered(state: &mut State, observations: &[Observation]) {
    let is_first = state.timeline.seen.answered(observations);
    state.stale_rows |= is_first && state.places().any(|place| matches!(place, Place::Timeline(_)));
}

/// Takes note of what has changed between two readings, whatever is shown.
pub fn look(state: &mut State) {
    state.timeline.seen.look(&state.fleet, state.now);
}

/// Works the screen out again if it is shown.
pub fn arrange(state: &mut State) {
    let Place::Timeline(about) = state.place() else { return };
    let since = state.now.checked_sub(WINDOW).unwrap_or(Timestamp::MIN);
    let mut collected = collect(state, about, since);
    let unread = std::mem::take(&mut collected.unread);
    let rows = shown(state, collected);
    let window = window(state);
    state.timeline_screen.take(rows, unread, window);
}

/// Another timeline is shown: from its newest change on, nothing left out.
pub fn arrive(state: &mut State) {
    let screen = &mut state.timeline_screen;
    (screen.cursor, screen.kind, screen.filter, screen.editing) = (Cursor::default(), None, TextField::default(), false);
}

/// Moves the selection.
pub fn move_selection(state: &mut State, motion: Motion) {
    let window = window(state);
    let screen = &mut state.timeline_screen;
    let index = motion.apply(screen.cursor.index(), screen.rows.len(), window);
    screen.cursor.select(index, &screen.rows, window);
}

/// The environment of the selected change, where it is about one.
#[must_use]
pub fn selected(state: &State) -> Option<&EnvironmentKey> {
    let entry = state.timeline_screen.cursor.selected().filter(|_| matches!(state.place(), Place::Timeline(_)))?.entry()?;
    match entry.about.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// Whether keys go into what narrows the list.
#[must_use]
pub fn takes_keys(state: &State) -> bool {
    matches!(state.place(), Place::Timeline(_)) && state.timeline_screen.editing
}

/// Takes a key while the filter is typed.
pub fn press(state: &mut State, key: Key) {
    let screen = &mut state.timeline_screen;
    match (key.ctrl, key.code) {
        (false, Code::Enter) => screen.editing = false,
        (false, Code::Esc) | (true, Code::Char('c')) => {
            screen.editing = false;
            screen.filter = TextField::default();
        }
        (false, Code::Up) => return move_selection(state, Motion::By(-1)),
        (false, Code::Down) => return move_selection(state, Motion::By(1)),
        _ => {
            let _ = screen.filter.key(key);
        }
    }
    state.stale_rows = true;
}

/// Takes pasted text into the filter.
pub fn paste(state: &mut State, text: &str) {
    state.timeline_screen.filter.insert(text);
    state.stale_rows = true;
}

/// Takes note of what became of a write to GitHub.
pub fn note_write(state: &mut State, order: &Order, sent: &Sent) {
    let (word, tone) = match sent {
        Sent::Done(_) | Sent::Found(_) => (order.write.participle(), crate::model::timeline::Tone::Good),
        Sent::Unclear(_) => ("sent, and what became of it is not known", crate::model::timeline::Tone::Warning),
        // Nothing has changed.
        Sent::Refused(_) | Sent::Changed(_) => return,
    };
    let run = order.write.run().and_then(|run| state.github.forge.get(&order.repository)?.run(run));
    let what = run.map_or_else(|| order.write.noun().to_owned(), |run| format!("run #{}", run.number));
    let kind =
        if matches!(order.write, Write::Merge { .. } | Write::Revert { .. } | Write::Tag { .. }) { Kind::Run } else { Kind::Approval };
    let said = match &order.write {
        Write::Review { comment, .. } if !comment.is_empty() => Some(format!("comment: {comment}").into()),
        _ => None,
    };
    let entry = Entry {
        repository: Some(order.repository.clone()),
        tone,
        who: order.identity.as_ref().map(|login| login.as_str().into()),
        detail: std::iter::once(Arc::from(order.plan.as_str())).chain(said).collect(),
        ..Entry::of(state.now, (kind, Origin::Written), Vec::new(), format!("{what} of {}: {word}", order.repository))
    };
    state.timeline.written.insert(entry);
    state.stale_rows = true;
}
