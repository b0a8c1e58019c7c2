//! A person's answer to gates that hold a run back, and what became of it.

use super::fault::Fault;
use super::id::{GateId, Login, Repository, RunId, Sha};

/// An answer to gates that hold a run back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
    /// The repository.
    pub repository: Repository,
    /// The run.
    pub run: RunId,
    /// The gates, by their ids: names are display names.
    pub gates: Vec<GateId>,
    /// Whether they open (`true`) or the jobs behind them fail.
    pub approve: bool,
    /// What is said with it; GitHub keeps it.
    pub comment: String,
}

/// An answer with what it was given on: it is sent only if that still holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Which answer of this session.
    pub number: u64,
    /// The answer.
    pub review: Review,
    /// The commit of the run that was looked at.
    pub head: Sha,
    /// The attempt of the run that was looked at.
    pub attempt: u64,
    /// Every gate that held the run back.
    pub held: Vec<GateId>,
    /// As whom, where that is known.
    pub identity: Option<Login>,
    /// What was decided on, in a person's words: what the audit log keeps.
    pub plan: String,
}

/// What became of a write that was sent once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// It was accepted.
    Done,
    /// It was refused, or never left: nothing has changed.
    Refused(Fault),
    /// It left, and no answer came: look before asking again.
    Unclear(Fault),
    /// What it was given on no longer holds: nothing was sent.
    Changed(String),
}
