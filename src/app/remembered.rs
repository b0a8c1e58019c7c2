//! The last known fleet beside the one that is read.
//!
//! What is remembered is a fleet of its own. Plans, sheets and every command look into the one that is read alone, so
//! nothing that is only remembered can get there; the Fleet screen shows both, and says which is which.

use std::sync::Arc;

use super::event::Effect;
use super::fleet::Row;
use super::history::Place;
use super::state::State;
use crate::model::account::Standby;
use crate::model::clock::{Age, Stamp, Timestamp, seconds_since};
use crate::model::environment::Environment;
use crate::model::fleet::Fleet;
use crate::model::id::{AccountId, Connection, EnvironmentKey, Platform};
use crate::model::memory::{Memory, Origins};
use crate::model::sighting::{Coverage, Observation, Scope, Sighting, Source};

/// So often is what is known kept: as much is lost when the machine stops.
const KEEP_SECONDS: u64 = 60;

/// What is remembered and not read yet, and whether anything is kept.
#[derive(Debug, Default)]
pub struct Remembered {
    fleet: Fleet,
    /// Whether any of it is left.
    is_any: bool,
    /// Where the ways in lead to; none where nothing is kept: in the demo, and without a screen.
    origins: Option<Origins>,
    /// When what is known was last handed on to be kept, or the first of it was read.
    kept_at: Option<Timestamp>,
    /// Whether anything was read since.
    is_due: bool,
}

/// An environment with where it is known from.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The environment.
    pub environment: Environment<'a>,
    /// Whether it is only remembered.
    pub is_remembered: bool,
}

impl Remembered {
    /// What is kept of these places from now on, and what was kept of them.
    #[must_use]
    pub fn new(origins: Origins, memory: Option<Memory>, read: &Fleet) -> Self {
        let fleet = memory.map(|memory| memory.fleet(Arc::new(read.configured().clone()))).unwrap_or_default();
        let mut new = Self { fleet, origins: Some(origins), ..Self::default() };
        new.is_any = new.is_left();
        new
    }

    /// Whether something is remembered that was not read yet.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.is_any
    }

    fn is_left(&self) -> bool {
        self.fleet.environments().any(|environment| !environment.is_unseen())
    }

    /// What is remembered of this environment.
    fn get(&self, key: &EnvironmentKey) -> Option<Environment<'_>> {
        if !self.is_any {
            return None;
        }
        self.fleet.get(key).filter(|environment| !environment.is_unseen())
    }

    /// Lets go of all that these scopes held: they were read, or are read no more.
    fn forget(&mut self, is_over: impl Fn(&Scope) -> Option<Timestamp>) -> bool {
        let scopes: Vec<Arc<Scope>> = self.fleet.sources().map(|(source, _)| Arc::clone(&source.scope)).collect();
        let mut forgot = false;
        for scope in scopes {
            let Some(asked_at) = is_over(&scope) else { continue };
            let source = Source { question: crate::model::sighting::Question::Listing, scope };
            if self.fleet.source(&source).is_some_and(|state| state.complete.is_some()) {
                continue;
            }
            // A complete listing that holds nothing: the merge itself says what that means.
            let stamp = Stamp { asked_at, sequence: 1 };
            let (coverage, readings, events) = (Coverage::Complete, Vec::new(), Vec::new());
            let _ = self.fleet.observe(Observation::Seen(Sighting { source, stamp, coverage, account: None, readings, events }));
            forgot = true;
        }
        if forgot {
            self.is_any = self.is_left();
        }
        if !self.is_any {
            self.fleet = Fleet::default();
        }
        forgot
    }
}

impl State {
    /// An environment as it is shown: as it was read, else as it is remembered.
    #[must_use]
    pub fn shown(&self, key: &EnvironmentKey) -> Option<Shown<'_>> {
        shown(&self.fleet, &self.remembered, key)
    }

    /// Since when an environment is as it is remembered, where it was not read yet.
    #[must_use]
    pub fn remembered_since(&self, key: &EnvironmentKey) -> Option<Timestamp> {
        if !self.remembered.is_any() {
            return None;
        }
        self.shown(key).filter(|shown| shown.is_remembered)?.environment.listed_at()
    }

    /// All that is known, to be kept; none where nothing is kept, and where nothing is known.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        let origins = self.remembered.origins.clone()?;
        let memory = Memory::of(all(&self.fleet, &self.remembered).map(|shown| shown.environment), origins);
        (!memory.is_empty()).then_some(memory)
    }
}

fn shown<'a>(read: &'a Fleet, remembered: &'a Remembered, key: &EnvironmentKey) -> Option<Shown<'a>> {
    let here = read.get(key);
    match here.filter(|environment| !environment.is_unseen()).or_else(|| remembered.get(key)) {
        Some(environment) => {
            Some(Shown { environment, is_remembered: here.is_none_or(|here| here.is_unseen()) && !environment.is_unseen() })
        }
        None => here.map(|environment| Shown { environment, is_remembered: false }),
    }
}

/// Every environment once, in no order: as it was read, else as it is remembered.
pub fn all<'a>(read: &'a Fleet, remembered: &'a Remembered) -> impl Iterator<Item = Shown<'a>> {
    // What is only declared stands back behind what is remembered of it.
    let is_better =
        move |environment: &Environment<'_>| remembered.is_any() && environment.is_unseen() && remembered.get(&environment.key()).is_some();
    let here = read.environments().filter(move |environment| !is_better(environment));
    let here = here.map(|environment| Shown { environment, is_remembered: false });
    let is_read =
        move |environment: &Environment<'_>| environment.seen_key().and_then(|key| read.get(key)).is_some_and(|known| !known.is_unseen());
    let past = remembered.is_any().then(|| remembered.fleet.environments()).into_iter().flatten();
    let past = past.filter(move |environment| !environment.is_unseen() && !is_read(environment));
    here.chain(past.map(|environment| Shown { environment, is_remembered: true }))
}

/// Takes note that something was read: a complete listing says all about its scope.
pub(super) fn read(state: &mut State) {
    state.remembered.is_due = true;
    state.remembered.kept_at.get_or_insert(state.now);
    if state.remembered.is_any() {
        forget_what_was_read(state);
        // A listing that is not complete may have told of some.
        state.stale_rows = true;
    }
}

/// Takes note of who stands by from now on: what the reader has listed already is all of it.
pub(super) fn stands_by(state: &mut State) {
    if state.remembered.is_any() {
        forget_what_was_read(state);
        state.stale_rows = true;
    }
}

/// Lets go of each scope of which there is a complete listing: its own, or that of who reads the same account instead.
fn forget_what_was_read(state: &mut State) {
    let (fleet, standby) = (&state.fleet, &state.reading.standby);
    let complete = |scope: Scope| {
        let source = Source { question: crate::model::sighting::Question::Listing, scope: Arc::new(scope) };
        fleet.source(&source)?.complete.map(|stamp| stamp.asked_at)
    };
    let is_read_by_another = |one: &&Standby, scope: &Scope| {
        one.connection == scope.connection && scope.region.as_ref().is_some_and(|it| one.regions.contains(it))
    };
    let instead = |scope: &Scope| {
        let mut readers = standby.iter().filter(|one| is_read_by_another(one, scope)).map(|one| one.reader.clone());
        readers.find_map(|connection| complete(Scope { connection, ..scope.clone() }))
    };
    state.remembered.forget(|scope| complete(scope.clone()).or_else(|| instead(scope)));
}

/// Takes note of what is read from now on: what is not listed any more cannot be read again.
pub(super) fn scopes_are_known(state: &mut State, found: Option<&Connection>) {
    let Some(scopes) = state.reading.scopes.as_ref().filter(|_| state.remembered.is_any()) else { return };
    let now = state.now;
    let is_gone = |scope: &Scope| {
        let mut theirs = scopes.iter().filter(|other| other.connection == scope.connection);
        // Until its regions are found out a way in may have others than these.
        let is_settled = found == Some(&scope.connection) || theirs.any(|other| other.region == scope.region);
        is_settled && !scopes.iter().any(|other| **other == *scope)
    };
    state.stale_rows |= state.remembered.forget(|scope| is_gone(scope).then_some(now));
}

/// Takes note of whose credentials a way in has: what is remembered of another account is not shown.
pub(super) fn identified(state: &mut State, connection: &Connection, account: &AccountId) {
    if !state.remembered.is_any() {
        return;
    }
    let now = state.now;
    let others = state.remembered.fleet.environments().filter(|environment| !environment.is_unseen());
    let others =
        others.filter(|environment| environment.key().account.as_ref() != Some(account)).filter_map(|other| other.source().cloned());
    let theirs: Vec<Arc<Scope>> =
        others.map(|source| source.scope).filter(|scope| scope.connection == *connection && scope.platform != Platform::Host).collect();
    state.stale_rows |= state.remembered.forget(|scope| theirs.iter().any(|other| **other == *scope).then_some(now));
}

/// What is to be kept now, if anything is.
pub(super) fn keep(state: &mut State) -> Option<Effect> {
    let is_time = state.remembered.kept_at.is_some_and(|at| seconds_since(at, state.now) >= KEEP_SECONDS);
    if !is_time || !state.remembered.is_due {
        return None;
    }
    state.remembered.kept_at = Some(state.now);
    state.remembered.is_due = false;
    state.memory().map(|memory| Effect::Remember(Box::new(memory)))
}

/// Why nothing is changed yet: what would be changed is only remembered.
pub(super) fn refusal(state: &State) -> Option<String> {
    if !state.remembered.is_any() {
        return None;
    }
    let selected = match (state.place(), state.fleet_screen.cursor.selected()) {
        (Place::Environment(key), _) | (Place::Fleet, Some(Row::Environment(key))) => Some(key),
        _ => None,
    };
    let marked = state.fleet_screen.marks.iter().filter(|_| *state.place() == Place::Fleet);
    let (key, since) = selected.into_iter().chain(marked).find_map(|key| Some((key, state.remembered_since(key)?)))?;
    let age = Age::of(since, state.now);
    Some(format!("{} was not read yet: what is shown of it is {age} old, and nothing is planned on that", key.name))
}

#[cfg(test)]
#[path = "remembered_tests.rs"]
mod tests;
