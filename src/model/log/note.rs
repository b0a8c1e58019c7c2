//! What stands in the stream and is no line: what is missing, and what happened.

use std::sync::Arc;

use super::line::{Millis, SourceId};

/// Tells one loss from another, so that it can be told of again: by then it may be counted, longer, or filled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GapId(pub u64);

/// Why lines are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// The service sends a part of them only: too many were written at once.
    Sampled,
    /// What was written before could not be looked up.
    Opening,
    /// Nothing was received: no connection, or none that worked.
    Disconnected,
    /// Lines were thrown away unread: this console was too slow, or its memory is full.
    Dropped,
}

impl Loss {
    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::Opening => "opening",
            Self::Disconnected => "disconnected",
            Self::Dropped => "dropped",
        }
    }
}

/// Lines that are missing, or were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Which one.
    pub id: GapId,
    /// Why.
    pub loss: Loss,
    /// Of which sources.
    pub sources: Arc<[SourceId]>,
    /// From when on, by the time of the lines.
    pub from: Millis,
    /// Until when.
    pub to: Millis,
    /// How many lines, where that is known.
    pub count: Option<u64>,
    /// They were read otherwise since: nothing is missing any more.
    pub filled: bool,
}

impl Gap {
    /// How long it is, in milliseconds.
    #[must_use]
    pub const fn length(&self) -> i64 {
        self.to.since(self.from)
    }
}

/// What happened to an environment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MarkerKind {
    /// A version was deployed, or is.
    Deploy,
    /// It restarted.
    Restart,
    /// It feels otherwise than before.
    Health,
    /// An instance came or went.
    Instance,
    /// Something else was begun there, or has ended.
    Change,
    /// A source of lines is not as it was: it fails, or is read again, or otherwise.
    Source,
}

/// Something that happened, drawn among the lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marker {
    /// When.
    pub time: Millis,
    /// What kind of thing.
    pub kind: MarkerKind,
    /// What, in a few words. From outside: not yet safe to show.
    pub text: Arc<str>,
}

/// An entry that is no line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// Something is missing.
    Gap(Gap),
    /// Something happened.
    Marker(Marker),
}

impl Note {
    /// Where it stands.
    #[must_use]
    pub const fn time(&self) -> Millis {
        match self {
            Self::Gap(gap) => gap.from,
            Self::Marker(marker) => marker.time,
        }
    }
}
