//! What narrows what is shown, and what is searched for within it.
//!
//! Both look at everything that is kept, in steps of bounded work.

use std::collections::HashSet;
use std::sync::Arc;

use super::words;
use crate::app::filter::TextField;
use crate::model::log::buffer::Buffer;
use crate::model::log::filter::{Filter, Pattern};
use crate::model::log::line::{EntryId, Key, SourceId};
use crate::model::log::matches::Matches;

/// So much is looked at when a filter changes, before the next frame: some thousand lines, where the reader most likely is.
const AT_ONCE: usize = 512 * 1024;

/// What narrows what is shown.
#[derive(Debug, Default)]
pub struct Narrowing {
    /// As it is typed.
    pub text: TextField,
    /// Why what is typed is no filter; what was one before stands.
    pub error: Option<String>,
    /// What the words would show is hidden, and the other way round.
    pub inverted: bool,
    /// It is set aside for a while: everything is shown.
    pub aside: bool,
    filter: Arc<Filter>,
    matches: Option<Matches>,
}

impl Narrowing {
    /// What it shows; `None` where that is everything.
    #[must_use]
    pub const fn matches(&self) -> Option<&Matches> {
        if self.aside { None } else { self.matches.as_ref() }
    }

    /// Whether anything was typed that narrows.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !self.text.text().trim().is_empty()
    }

    /// Whether anything is kept from sight.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.matches().is_some()
    }

    /// Makes it what is typed; says why it is not, where it is none.
    pub(super) fn apply(&mut self, hidden: &HashSet<SourceId>, buffer: &Buffer) {
        match words::filter(self.text.text(), hidden.clone()) {
            Err(why) => self.error = Some(why),
            Ok(filter) => {
                let filter = Filter { inverted: self.inverted, ..filter };
                self.error = None;
                self.aside = false;
                self.matches = (!filter.is_empty()).then(|| Matches::filtered(filter.clone(), buffer));
                self.filter = Arc::new(filter);
                self.step(buffer, AT_ONCE);
            }
        }
    }

    /// The filter within which a search finds.
    pub(super) fn within(&self) -> Option<Arc<Filter>> {
        (self.narrows()).then(|| Arc::clone(&self.filter))
    }

    /// Looks at so much more.
    pub(super) fn step(&mut self, buffer: &Buffer, budget: usize) {
        if let Some(matches) = &mut self.matches {
            matches.step(buffer, budget);
        }
    }

    /// Whether not everything was looked at.
    #[must_use]
    pub fn is_working(&self, buffer: &Buffer) -> bool {
        self.matches.as_ref().is_some_and(|matches| !matches.is_done(buffer))
    }
}

/// Where a search goes, once something is found there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Jump {
    /// From here.
    pub from: Key,
    /// To what comes later, or to what came before.
    pub forward: bool,
    /// What stands at the place itself counts, too.
    pub here: bool,
}

/// What is searched for.
#[derive(Debug)]
pub struct Search {
    /// As it was typed.
    pub text: String,
    /// The same as an expression.
    pub pattern: Pattern,
    /// Where it goes, once something is found.
    pub jump: Option<Jump>,
    matches: Matches,
}

impl Search {
    /// A search for this text.
    ///
    /// # Errors
    /// A sentence, where it is no expression.
    pub fn new(text: &str, within: Option<Arc<Filter>>, buffer: &Buffer) -> Result<Self, String> {
        let pattern = Pattern::smart(text).map_err(|error| error.to_string())?;
        let matches = Matches::found(Filter { within, ..Filter::of(pattern.clone()) }, buffer);
        let mut search = Self { text: text.to_owned(), pattern, jump: None, matches };
        search.step(buffer, AT_ONCE);
        Ok(search)
    }

    /// Begins anew within another filter.
    pub(super) fn begin(&mut self, within: Option<Arc<Filter>>, buffer: &Buffer) {
        self.matches = Matches::found(Filter { within, ..Filter::of(self.pattern.clone()) }, buffer);
        self.step(buffer, AT_ONCE);
    }

    /// Looks at so much more.
    pub(super) fn step(&mut self, buffer: &Buffer, budget: usize) {
        self.matches.step(buffer, budget);
    }

    /// Whether not everything was looked at.
    #[must_use]
    pub fn is_working(&self, buffer: &Buffer) -> bool {
        !self.matches.is_done(buffer)
    }

    /// How many lines are found so far.
    #[must_use]
    pub fn found(&self) -> usize {
        self.matches.len()
    }

    /// The number of the found line at a place, from 1; `None` where the line there is none of them.
    #[must_use]
    pub fn number(&self, buffer: &Buffer, at: Key) -> Option<usize> {
        let before = self.matches.before(buffer, at);
        (self.matches.entries().nth(before).and_then(|id| buffer.key(id)) == Some(at)).then_some(before + 1)
    }

    /// The first found line behind a place, or before it; at the end it begins again from the other side.
    #[must_use]
    pub fn next(&self, buffer: &Buffer, jump: Jump) -> Option<(Key, bool)> {
        let all = Filter::default();
        if jump.here && self.number(buffer, jump.from).is_some() {
            return Some((jump.from, false));
        }
        let key = |id: EntryId| buffer.key(id);
        if let Some(found) = self.matches.next(buffer, jump.from, jump.forward, &all).and_then(key) {
            return Some((found, false));
        }
        let mut entries = self.matches.entries();
        let other = if jump.forward { entries.next() } else { entries.next_back() };
        other.and_then(key).map(|key| (key, true))
    }
}
