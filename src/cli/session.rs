//! A console without a screen: reads until enough is known, and sends what is confirmed on the command line.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::select::Unclear;
use super::{Exit, complain};
use crate::app::event::{Effect, Event};
use crate::app::history::Place;
use crate::app::operations::Operations;
use crate::app::state::{Size, State};
use crate::app::update::{settle, update};
use crate::config::Settings;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{RepositoryFacts, RepositoryInterest};
use crate::model::id::Repository;
use crate::model::lock::Locks;
use crate::model::safe_text::safe;
use crate::model::sighting::Question;
use crate::ops::clock::Clock as _;
use crate::shell::{self, SystemClock, Unattended, Ways};
use crate::sources;

/// A program that reads, without a screen.
pub struct Session {
    /// What is known.
    pub state: State,
    reading: Unattended,
}

impl Session {
    /// Begins to read.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        let (connections, github) = (sources::connections(settings), Some(sources::github(settings)));
        Self::over(settings, Ways { connections, github, locks: shell::locks(settings), operations: shell::operations() })
    }

    /// Begins to read through these ways in.
    #[must_use]
    pub fn over(settings: &Settings, ways: Ways) -> Self {
        let mut state = State::new(Arc::new(settings.catalogue.clone()), SystemClock.now(), Size { width: 200, height: 60 });
        state.read_only = settings.read_only;
        state.locks = Locks::not_read();
        state.person = shell::person();
        state.operations = Operations::not_read();
        state.operations.salt = fastrand::u32(..);
        Self { state, reading: shell::unattended(settings, ways) }
    }

    /// Goes to a screen: what it needs is read first.
    pub fn go(&mut self, place: Place) {
        self.state.history.go(place);
        self.state.stale_rows = true;
        self.settle();
    }

    /// Takes in what is told until this holds, or the time is over. Says whether it holds.
    pub async fn until(&mut self, patience: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let end = Instant::now() + patience;
        loop {
            self.settle();
            if holds(&self.state) {
                return true;
            }
            match timeout_at(end, self.reading.events.recv()).await {
                Ok(Some(event)) => self.take(event),
                Ok(None) | Err(_) => return holds(&self.state),
            }
        }
    }

    /// Takes in what is told next, and how late it is. Waits so long at most. Says whether anything else will be told:
    /// where reading has stopped, nothing is.
    pub async fn step(&mut self, patience: Duration) -> bool {
        self.settle();
        let told = tokio::time::timeout(patience, self.reading.events.recv()).await;
        let is_open = !matches!(told, Ok(None));
        match told {
            Ok(Some(event)) => self.take(event),
            Ok(None) | Err(_) => self.tick(),
        }
        self.settle();
        is_open
    }

    /// Ends it: nothing else is begun, what was sent is answered and written down. Waits so long at most, and returns
    /// what is known then, and whether all of that is done.
    pub async fn close(self, patience: Duration) -> (State, bool) {
        let Self { mut state, reading } = self;
        let (end, mut events) = (Instant::now() + patience, reading.close());
        loop {
            match timeout_at(end, events.recv()).await {
                // Nobody carries out any more what would follow from it.
                Ok(Some(event)) => drop(update(&mut state, event)),
                Ok(None) => return (state, true),
                Err(_) => return (state, false),
            }
        }
    }

    /// Carries an effect out.
    pub fn perform(&self, effect: Effect) {
        self.reading.perform(effect);
    }

    fn tick(&mut self) {
        for effect in update(&mut self.state, Event::Tick(SystemClock.now())) {
            self.reading.perform(effect);
        }
    }

    fn take(&mut self, event: Event) {
        self.tick();
        for effect in update(&mut self.state, event) {
            self.reading.perform(effect);
        }
    }

    /// Works out what follows from all that was told, and has it done.
    pub fn settle(&mut self) {
        for effect in settle(&mut self.state) {
            self.reading.perform(effect);
        }
    }
}

/// Whether every region was listed, or could not be.
#[must_use]
pub fn is_listed(state: &State) -> bool {
    let Some(scopes) = &state.reading.scopes else {
        let closed = state.reading.connections.values().filter(|connection| connection.fault.is_some()).count();
        return closed >= state.fleet.catalogue().accounts.len().max(1);
    };
    let listings: Vec<_> = state.fleet.sources().filter(|(source, _)| source.question == Question::Listing).collect();
    // Who is asked to call more slowly is answered soon: that is waited for.
    let has_failed = |fault: &Fault| !matches!(fault.kind, FaultKind::Throttled(_));
    scopes.iter().all(|scope| {
        let known = listings.iter().find(|(source, _)| source.scope == *scope);
        known.is_some_and(|(_, known)| known.answered.is_some() || known.current_fault().is_some_and(|(_, fault)| has_failed(fault)))
    })
}

/// Whether all that is pending and all that waits is known, as far as GitHub tells it.
#[must_use]
pub fn is_compared(state: &State) -> bool {
    let forge = &state.github.forge;
    let wanted = &state.github.interest.repositories;
    let all = || wanted.iter().all(|(repository, wanted)| forge.get(repository).is_some_and(|facts| is_known(facts, wanted)));
    is_listed(state) && (is_shut_out(state) || all())
}

/// Whether GitHub does not accept the token: then nothing more is asked until there is another.
fn is_shut_out(state: &State) -> bool {
    let forge = &state.github.forge;
    let mut faults = forge.faults().map(|(_, fault)| fault).chain(forge.viewer.fault());
    faults.any(|fault| fault.kind == FaultKind::Expired)
}

/// So many waiting runs of a repository are looked into; who has more has another trouble.
const MOST_WAITING: usize = 30;

fn is_known(facts: &RepositoryFacts, wanted: &RepositoryInterest) -> bool {
    let overview = facts.overview.value().is_some() || facts.overview.fault().is_some();
    let rules = wanted.rules.is_none() || facts.rules.value().is_some() || facts.rules.fault().is_some();
    let live = !wanted.live_runs || facts.live_runs.value().is_some() || facts.live_runs.fault().is_some();
    let runs = facts.runs.value().is_some() || facts.runs.fault().is_some();
    let waiting = facts.runs.value().into_iter().flatten().filter(|run| run.progress == crate::model::run::Progress::Waiting);
    let gates = waiting
        .take(MOST_WAITING)
        .all(|run| facts.gates.get(&run.id).is_some_and(|gates| gates.value().is_some() || gates.fault().is_some()));
    let compared = wanted.comparisons.iter().all(|between| facts.comparisons.get(between).is_some_and(|read| read.fault().is_some()));
    let touched = wanted.touched.iter().all(|within| facts.touched.get(within).is_some_and(|read| read.fault().is_some()));
    overview
        && rules
        && live
        && touched
        && runs
        && gates
        && compared
        && (wanted.details.iter().all(|sha| facts.commits.contains_key(sha)) || facts.details.fault().is_some())
}

/// What of the fleet could not be read, in sentences.
#[must_use]
pub fn troubles(state: &State) -> Vec<String> {
    let closed = state.reading.connections.iter().filter_map(|(name, known)| Some(format!("{name}: {}", known.fault.as_ref()?)));
    let listings = state.fleet.sources().filter(|(source, _)| source.question == Question::Listing);
    let failing = listings.filter_map(|(source, known)| Some(format!("{}: {}", source.scope, known.current_fault()?.1)));
    closed.chain(failing).collect()
}

/// Says what is not clear. An environment that is not found may be one that could not be read: then that is said, too,
/// and the command line is not to blame.
#[must_use]
pub fn unfound(state: &State, unclear: &Unclear) -> Exit {
    complain(unclear);
    let troubles = troubles(state);
    if troubles.is_empty() || !matches!(unclear, Unclear::Nothing(_) | Unclear::NoneOf(_)) {
        return Exit::Usage;
    }
    complain(&"not everything could be read, so it may be there all the same:");
    for trouble in &troubles {
        complain(&safe(trouble));
    }
    Exit::Failed
}

/// What of GitHub could not be read.
#[must_use]
pub fn faults(state: &State) -> Vec<(Repository, Fault)> {
    let mut faults: Vec<(Repository, Fault)> = Vec::new();
    for (repository, facts) in state.github.forge.repositories() {
        for fault in facts.faults() {
            if !faults.iter().any(|(known, other)| known == repository && other.sentence == fault.sentence) {
                faults.push((repository.clone(), fault.clone()));
            }
        }
    }
    faults
}
