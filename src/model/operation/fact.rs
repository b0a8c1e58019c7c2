//! What has happened in an operation: the only thing that is kept of it, and the only thing that changes it.
//!
//! A fact is on the disk before anybody acts on it. Their names on the disk never change.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::evidence::{Baseline, Mark, Outcome, Receipt};
use super::id::OperationId;
use super::plan::Plan;
use crate::model::clock::Timestamp;

/// Which deed of a plan is meant. All are numbers from 0, in the plan's order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spot {
    /// Of what is checked before the first change.
    Before {
        /// Which.
        step: u32,
    },
    /// A step of a unit.
    Step {
        /// Which unit.
        unit: u32,
        /// Which of its steps.
        step: u32,
    },
    /// What is watched of a unit once its wave is through.
    Watch {
        /// Which unit.
        unit: u32,
        /// Which of the things to watch.
        step: u32,
    },
    /// A deed that puts a step right.
    Undo {
        /// Which unit.
        unit: u32,
        /// Which of its steps is put right.
        step: u32,
        /// Which deed of that.
        deed: u32,
    },
}

impl Spot {
    /// The unit, where it is about one.
    #[must_use]
    pub const fn unit(self) -> Option<u32> {
        match self {
            Self::Before { .. } => None,
            Self::Step { unit, .. } | Self::Watch { unit, .. } | Self::Undo { unit, .. } => Some(unit),
        }
    }

    /// The name under which a machine knows it: of one operation, each has its own, and it stays the same when it is
    /// begun once more. So what is sent twice is begun once wherever the other side can tell.
    #[must_use]
    pub fn mark(self, operation: &OperationId) -> Mark {
        Mark(format!("{operation}-{self}").into())
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before { step } => write!(f, "before{step}"),
            Self::Step { unit, step } => write!(f, "unit{unit}-step{step}"),
            Self::Watch { unit, step } => write!(f, "unit{unit}-watch{step}"),
            Self::Undo { unit, step, deed } => write!(f, "unit{unit}-step{step}-undo{deed}"),
        }
    }
}

/// What a person says of a step of which nobody can tell what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It came about: go on behind it.
    Done,
    /// It failed, and is left as it is.
    Failed,
    /// It was not begun: begin it once more.
    Again,
}

impl Answer {
    /// What is said, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Done => "it came about",
            Self::Failed => "it failed",
            Self::Again => "it was not begun, so begin it once more",
        }
    }
}

/// Something that has happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// The operation was planned. Always the first, and only the first.
    Planned {
        /// The plan.
        plan: Arc<Plan>,
    },
    /// Something is about to be sent, or to be waited for. After it nobody may believe that it was not.
    Began {
        /// Which.
        spot: Spot,
        /// How the place was.
        baseline: Baseline,
    },
    /// The service has taken it.
    Accepted {
        /// Which.
        spot: Spot,
        /// What the service answered.
        receipt: Receipt,
    },
    /// It was not begun, for certain: the place does not let it begin, the service said no, the request never left.
    Refused {
        /// Which.
        spot: Spot,
        /// Why: one sentence.
        why: Arc<str>,
        /// Whether it is to be tried again; else that is its end.
        again: bool,
    },
    /// A look shows that it was not begun.
    NotBegun {
        /// Which.
        spot: Spot,
    },
    /// Its patience is over, and nobody can tell what became of it: a person is asked. It is still looked at.
    Unclear {
        /// Which.
        spot: Spot,
        /// Why: one sentence.
        why: Arc<str>,
    },
    /// It has come to its end.
    Ended {
        /// Which.
        spot: Spot,
        /// How.
        outcome: Outcome,
    },
    /// It is waited for no longer, since the operation stops.
    GivenUp {
        /// Which.
        spot: Spot,
    },
    /// A person says what became of it.
    Resolved {
        /// Which.
        spot: Spot,
        /// What.
        answer: Answer,
        /// Who says so.
        by: Arc<str>,
        /// How they know.
        reason: Arc<str>,
    },
    /// A person leaves a unit out that has not begun.
    Skipped {
        /// Which.
        unit: u32,
        /// Who.
        by: Arc<str>,
        /// Why.
        reason: Arc<str>,
    },
    /// Nothing else begins; what has begun goes on.
    Paused {
        /// Who wants it.
        by: Arc<str>,
    },
    /// It goes on: after a pause, or after it was interrupted.
    Resumed {
        /// Who wants it.
        by: Arc<str>,
        /// Why, where something stood in the way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Arc<str>>,
    },
    /// The operation comes to an early end: what is half done is put back. For good.
    Stopped {
        /// Who wants it.
        by: Arc<str>,
    },
    /// A person leaves everything as it is, half done or not. For good.
    Left {
        /// Who.
        by: Arc<str>,
        /// Why.
        reason: Arc<str>,
    },
}

/// A fact and when it was, by this machine's clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stamped {
    /// When.
    pub at: Timestamp,
    /// What.
    pub fact: Fact,
}

/// What a person wants of an operation that goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Who: for the record.
    pub by: Arc<str>,
    /// What.
    pub wish: Wish,
}

/// What may be wanted of an operation that goes on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wish {
    /// Begin nothing else.
    Pause,
    /// Go on: after a pause, after a failure that has made it pause, or after it was interrupted.
    Resume {
        /// Why, where something stands in the way.
        reason: Option<Arc<str>>,
    },
    /// Put back what is half done, and end.
    Stop,
    /// Leave a unit out.
    Skip {
        /// Which.
        unit: u32,
        /// Why.
        reason: Arc<str>,
    },
    /// Say what became of a step.
    Resolve {
        /// Which.
        spot: Spot,
        /// What.
        answer: Answer,
        /// How that is known.
        reason: Arc<str>,
    },
    /// End, and leave everything as it is.
    Leave {
        /// Why.
        reason: Arc<str>,
    },
}

impl Wish {
    /// What is wanted, in a word or two.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume { .. } => "resume",
            Self::Stop => "stop and put back",
            Self::Skip { .. } => "skip",
            Self::Resolve { .. } => "say what became of a step",
            Self::Leave { .. } => "leave as it is",
        }
    }

    /// The reason that is given with it.
    #[must_use]
    pub const fn reason(&self) -> Option<&Arc<str>> {
        match self {
            Self::Pause | Self::Stop => None,
            Self::Resume { reason } => reason.as_ref(),
            Self::Skip { reason, .. } | Self::Resolve { reason, .. } | Self::Leave { reason } => Some(reason),
        }
    }
}
