//! What all feeds tell, as one stream: what is new in it, and how it went.

use std::collections::HashMap;

use super::super::Exit;
use crate::model::id::EnvironmentKey;
use crate::model::log::batch::News;
use crate::model::log::buffer::{Bounds, Buffer};
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::note::{Gap, GapId, Loss, Note};
use crate::model::log::source::{Source, Sources, State};

/// How much is kept of what was printed already: as far back as anything is told twice.
pub(super) const KEPT: Bounds = Bounds { lines: 200_000, bytes: 64 * 1024 * 1024 };

/// Something beside lines that is to be told.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Beside {
    /// Something is missing, or is not any more.
    Loss(Gap),
    /// How a source is from now on.
    State(SourceId, State),
}

/// One stream of what several environments tell.
pub(super) struct Stream {
    pub(super) environments: Vec<EnvironmentKey>,
    pub(super) buffer: Buffer,
    sources: Sources,
    /// Which environment a source is of.
    of: HashMap<SourceId, usize>,
    gaps: HashMap<GapId, Gap>,
    beside: Vec<Beside>,
    /// How many lines have been taken out.
    taken: u64,
}

impl Stream {
    pub(super) fn new(environments: Vec<EnvironmentKey>, bounds: Bounds) -> Self {
        Self {
            environments,
            buffer: Buffer::new(bounds),
            sources: Sources::default(),
            of: HashMap::new(),
            gaps: HashMap::new(),
            beside: Vec::new(),
            taken: 0,
        }
    }

    /// Takes in what the environment at this place tells.
    pub(super) fn take(&mut self, place: usize, news: News) {
        match news {
            News::Found(id, name) => {
                self.of.insert(id, place);
                self.sources.found(id, name);
            }
            News::Lines(batch) => drop(self.buffer.take(&batch)),
            News::Missing(gap) => self.missing(gap),
            News::Is(ids, state) => self.is(&ids, &state),
            News::Ended(report) => self.buffer.end(report),
            News::Happened(_) | News::Told(..) => {}
        }
    }

    fn missing(&mut self, gap: Gap) {
        // One that only grows is told once, and again when it is known what was missing.
        let is_news = self.gaps.get(&gap.id).is_none_or(|before| (before.filled, before.count) != (gap.filled, gap.count));
        let _ = self.buffer.note(Note::Gap(gap.clone()));
        if is_news {
            self.beside.push(Beside::Loss(gap.clone()));
        }
        self.gaps.insert(gap.id, gap);
    }

    /// Many sources of one feed become the same at once: that is told of the feed.
    fn is(&mut self, ids: &[SourceId], state: &State) {
        let is_feed = |id: &&SourceId| self.sources.get(**id).is_some_and(|source| source.name.is_feed());
        let Some(&told) = ids.iter().find(is_feed).or_else(|| ids.first()) else { return };
        let is_news = self.sources.get(told).is_some_and(|source| is_told(&source.state, state));
        for id in ids {
            if let Some(source) = self.sources.get_mut(*id) {
                source.state = state.clone();
            }
        }
        if is_news {
            self.beside.push(Beside::State(told, state.clone()));
        }
    }

    /// What is to be told beside lines, since the last time.
    pub(super) fn beside(&mut self) -> Vec<Beside> {
        std::mem::take(&mut self.beside)
    }

    /// How many lines arrived before those that are new, which are taken with this.
    pub(super) fn take_new(&mut self) -> u64 {
        std::mem::replace(&mut self.taken, self.buffer.arrived())
    }

    /// Throws nothing away from now on that was not taken out before.
    pub(super) fn hold_what_is_new(&mut self) {
        self.buffer.hold(self.taken);
    }

    /// The source with this id, and which environment it is of.
    pub(super) fn source(&self, id: SourceId) -> Option<(&EnvironmentKey, &Source)> {
        Some((self.environments.get(*self.of.get(&id)?)?, self.sources.get(id)?))
    }

    /// Whether something cannot be read at the moment, or not as it was wanted.
    pub(super) fn has_trouble(&self) -> bool {
        self.sources.iter().any(|(_, source)| matches!(source.state, State::Failing(_) | State::Polling { .. }))
    }

    /// Tells of lines that were thrown away since there was no room for them.
    pub(super) fn note_what_was_dropped(&mut self) {
        let first = self.buffer.entries().find_map(|id| self.buffer.line(id)).map(|line| line.time);
        if self.buffer.evicted() > 0 {
            let to = first.unwrap_or(Millis(0));
            let sources = self.sources.iter().map(|(id, _)| id).collect();
            let count = Some(self.buffer.evicted());
            // No service gives such a number.
            self.missing(Gap { id: GapId(u64::MAX), loss: Loss::Dropped, sources, from: to, to, count, filled: false });
        }
    }

    /// What all of it comes to, where so many environments had nothing to read.
    pub(super) fn exit(&self, unread: usize) -> Exit {
        let is_failing = |source: &Source| matches!(source.state, State::Failing(_));
        let feeds = || self.sources.iter().map(|(_, source)| source).filter(|source| source.name.is_feed());
        let is_lost = |gap: &Gap| !gap.filled;
        if self.buffer.arrived() == 0 && feeds().all(is_failing) {
            Exit::Failed
        } else if unread > 0 || self.sources.iter().any(|(_, source)| is_failing(source)) || self.gaps.values().any(is_lost) {
            Exit::Partial
        } else {
            Exit::Complete
        }
    }
}

/// Whether a change of state is worth telling: that nothing is wrong is told only where something was.
fn is_told(before: &State, now: &State) -> bool {
    match (before, now) {
        (State::Failing(before), State::Failing(now)) => before.sentence != now.sentence,
        (State::Polling { why: before, .. }, State::Polling { why: now, .. }) => before != now,
        (State::Opening, State::Live | State::Ended) | (State::Live | State::Polling { .. }, State::Ended) => false,
        (before, now) => before.word() != now.word(),
    }
}
