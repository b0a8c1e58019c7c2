//! What is happening to an environment now.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

/// What kind of thing is going on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActivityKind {
    /// The environment is being created.
    Launch,
    /// A version is being deployed.
    Deploy,
    /// The configuration is being changed.
    Configuration,
    /// The application servers are being restarted.
    Restart,
    /// Everything is being deleted and created anew.
    Rebuild,
    /// An update is being taken back.
    Abort,
    /// The CNAMEs of two environments are being exchanged.
    Swap,
    /// The environment is being ended.
    Terminate,
    /// Instances are being replaced one after the other by an operation.
    Roll,
    /// Something: the platform says that it is busy, not with what.
    Unknown,
}

impl ActivityKind {
    /// The word used in `--json` and in filters.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Deploy => "deploy",
            Self::Configuration => "configuration",
            Self::Restart => "restart",
            Self::Rebuild => "rebuild",
            Self::Abort => "abort",
            Self::Swap => "swap",
            Self::Terminate => "terminate",
            Self::Roll => "roll",
            Self::Unknown => "unknown",
        }
    }

    /// As a table says it.
    #[must_use]
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Launch => "launching",
            Self::Deploy => "deploying",
            Self::Configuration => "config update",
            Self::Restart => "restarting",
            Self::Rebuild => "rebuilding",
            Self::Abort => "aborting",
            Self::Swap => "swapping",
            Self::Terminate => "terminating",
            Self::Roll => "rolling",
            Self::Unknown => "updating",
        }
    }
}

impl fmt::Display for ActivityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What is going on, how far it is, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activity {
    /// What.
    pub kind: ActivityKind,
    /// How many instances are done, where known.
    pub done: Option<u32>,
    /// Out of how many.
    pub total: Option<u32>,
    /// When it began, where an event said so.
    pub since: Option<Timestamp>,
}

impl Activity {
    /// Something of this kind, of which nothing more is known yet.
    #[must_use]
    pub const fn of(kind: ActivityKind) -> Self {
        Self { kind, done: None, total: None, since: None }
    }
}
