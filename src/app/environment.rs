//! The Environment screen: what is selected in each of its panes.

use super::cursor::Cursor;
use super::state::Size;
use crate::model::environment::Environment;
use crate::model::event::PlatformEvent;
use crate::model::id::InstanceId;

/// A pane of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pane {
    /// The instances.
    #[default]
    Instances,
    /// The events.
    Events,
    /// Every sentence about what is wrong, whole: over the other panes while it has the keys.
    Why,
}

impl Pane {
    /// The pane after this one, or before it. Where nothing is wrong there is nothing to read about it.
    #[must_use]
    pub const fn other(self, back: bool, has_sentences: bool) -> Self {
        match (self, back) {
            (Self::Instances, true) | (Self::Events, false) if has_sentences => Self::Why,
            (Self::Instances, _) | (Self::Why, true) => Self::Events,
            (Self::Events | Self::Why, _) => Self::Instances,
        }
    }
}

/// The Environment screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnvironmentScreen {
    /// Which pane has the keys.
    pub pane: Pane,
    /// The selected instance.
    pub instances: Cursor<InstanceId>,
    /// The selected event.
    pub events: Cursor<PlatformEvent>,
    /// How many lines of the sentences about what is wrong are scrolled away.
    pub scroll: usize,
}

/// From this width on the panes may stand side by side: in less, both would be cut, with half of their rows empty.
const SIDE_BY_SIDE: u16 = 160;

/// Rows that a pane keeps however little there is in it: it says why.
const LEAST_ROWS: usize = 3;

/// Above the rows of the instances stand a title and headings, above those of the events a title.
const ABOVE: (usize, usize) = (2, 1);

/// How much there is to show.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    /// Lines that say what is wrong.
    pub lines: usize,
    /// Instances.
    pub instances: usize,
    /// Events.
    pub events: usize,
}

impl Wanted {
    /// What there is to show of this environment on a terminal of this size.
    #[must_use]
    pub fn of(environment: Option<&Environment<'_>>, size: Size) -> Self {
        let instances = environment.and_then(|environment| Some(environment.instances()?.value.each.len())).unwrap_or(0);
        Self { lines: lines(environment, size), instances, events: environment.map_or(0, |environment| environment.events().count()) }
    }
}

/// How the screen is shared out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Whether the panes stand side by side; else one above the other.
    pub side_by_side: bool,
    /// Height of the heading with version, health, what is wrong.
    pub heading: usize,
    /// Rows of instances that fit.
    pub instances: usize,
    /// Rows of events that fit.
    pub events: usize,
    /// Height of the text of what is selected, its title included.
    pub detail: usize,
}

impl Layout {
    /// The height of a heading in which no sentence stands.
    pub const LEAST_HEADING: usize = 6;

    /// The layout for a terminal of this size with so much to show.
    ///
    /// Side by side only where half of the height does not hold the instances: below each other no row is cut, and
    /// what decides changes seldom.
    #[must_use]
    pub fn of(size: Size, wanted: Wanted) -> Self {
        let height = usize::from(size.height);
        let (least, most, detail) = match height {
            0..=27 => (0, 3, 3),
            28..=39 => (1, 4, 4),
            _ => (3, 6, 5),
        };
        let heading = Self::LEAST_HEADING + wanted.lines.clamp(least, most);
        // Title and footer; each pane has a title, the instances headings as well.
        let rest = height.saturating_sub(2 + heading + detail);
        let side_by_side = size.width >= SIDE_BY_SIDE && wanted.instances + ABOVE.0 > rest / 2;
        let (upper, lower) = if side_by_side { (rest, rest) } else { shares(rest, wanted) };
        Self { side_by_side, heading, instances: upper.saturating_sub(ABOVE.0), events: lower.saturating_sub(ABOVE.1), detail }
    }
}

/// The heights of two panes below each other: half each, but what one does not need the other has.
fn shares(rest: usize, wanted: Wanted) -> (usize, usize) {
    let needs = (wanted.instances.max(LEAST_ROWS) + ABOVE.0, wanted.events.max(LEAST_ROWS) + ABOVE.1);
    let half = rest / 2;
    let upper = if needs.0 > half {
        needs.0.min(rest.saturating_sub(needs.1)).max(half)
    } else {
        needs.0.max(rest.saturating_sub(needs.1)).min(half)
    };
    (upper, rest - upper)
}

impl EnvironmentScreen {
    /// Lets the selections follow what is there now.
    pub fn arrange(&mut self, environment: Option<&Environment<'_>>, size: Size) {
        let layout = Layout::of(size, Wanted::of(environment, size));
        self.instances.follow(&instance_ids(environment), layout.instances);
        self.events.follow(&events(environment), layout.events);
    }

    /// Moves the selection of the pane that has the keys, to what `to` makes of (index, rows, window).
    pub fn select(&mut self, environment: Option<&Environment<'_>>, size: Size, to: impl Fn(usize, usize, usize) -> usize) {
        let layout = Layout::of(size, Wanted::of(environment, size));
        match self.pane {
            Pane::Instances => {
                let rows = instance_ids(environment);
                self.instances.select(to(self.instances.index(), rows.len(), layout.instances), &rows, layout.instances);
            }
            Pane::Events => {
                let rows = events(environment);
                self.events.select(to(self.events.index(), rows.len(), layout.events), &rows, layout.events);
            }
            // How many lines there are is known where they are drawn, which stops at the last one.
            Pane::Why => {
                let most = lines(environment, Size { width: size.width / 2, ..size });
                self.scroll = to(self.scroll, most, usize::from(size.height) / 2);
            }
        }
    }
}

/// How many sentences there are about what is wrong.
#[must_use]
pub fn sentences(environment: Option<&Environment<'_>>) -> usize {
    environment.map_or(0, |environment| {
        environment.faults().len() + usize::from(environment.disagreement().is_some()) + environment.causes().len()
    })
}

/// Before a fault's sentence stand its kind and when it was met.
const FAULT_LEAD: usize = 30;
/// Behind a cause that is another's stand its source and when that was asked.
const CAUSE_TAIL: usize = 30;
/// The cells of a line before a sentence and behind it: the indent, the sign, the edge.
const AROUND: usize = 14;
/// The cells of a line that a sentence of several lines does not fill: those around it, and where a word did not fit.
const UNFILLED: usize = 18;

/// How many lines the sentences about what is wrong take in the heading, about: only where they are drawn is it known.
#[must_use]
pub fn lines(environment: Option<&Environment<'_>>, size: Size) -> usize {
    let Some(environment) = environment else { return 0 };
    let room = usize::from(size.width).saturating_sub(UNFILLED).max(UNFILLED);
    let faults = environment.faults().into_iter().map(|told| FAULT_LEAD + told.value.sentence.chars().count());
    let main = environment.word().map(|word| word.source);
    let causes = environment.causes().into_iter().map(|cause| {
        let tail = if main == Some(cause.source) { 0 } else { CAUSE_TAIL };
        tail + cause.text.chars().count()
    });
    let record = environment.disagreement().map(|_| room);
    let whole = usize::from(size.width).saturating_sub(AROUND);
    let taken = |length: usize| if length <= whole { 1 } else { length.div_ceil(room) };
    faults.chain(record).chain(causes).map(taken).sum()
}

/// The instances in the order they are shown: worst first, then as the platform gives them.
#[must_use]
pub fn instances_in_order<'a>(environment: &Environment<'a>) -> Vec<&'a crate::model::instance::Instance> {
    let mut instances: Vec<_> = environment.instances().map(|told| told.value.each.iter().collect()).unwrap_or_default();
    instances.sort_by_key(|instance: &&crate::model::instance::Instance| std::cmp::Reverse(instance.level.urgency()));
    instances
}

fn instance_ids(environment: Option<&Environment<'_>>) -> Vec<InstanceId> {
    environment
        .map(|environment| instances_in_order(environment).into_iter().map(|instance| instance.id.clone()).collect())
        .unwrap_or_default()
}

fn events(environment: Option<&Environment<'_>>) -> Vec<PlatformEvent> {
    environment.map(|environment| environment.events().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
