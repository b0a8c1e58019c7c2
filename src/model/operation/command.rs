//! What a person may want of an operation as it stands, and the fact that follows.

use std::sync::Arc;

use super::course::Course;
use super::fact::{Command, Fact, Wish};
use super::operation::Operation;

/// Why a wish makes no sense now.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotNow {
    /// Nothing comes any more.
    #[error("the operation has ended: there is nothing to change any more")]
    Over,
    /// It is so already.
    #[error("the operation is {0} already")]
    Already(&'static str),
    /// It goes on.
    #[error("the operation is not paused: there is nothing to resume")]
    NotPaused,
    /// The plan has no such unit.
    #[error("the operation has no unit {0}")]
    NoUnit(u32),
    /// It is too late to leave it out.
    #[error("{0} has begun: it can be stopped with the whole operation, and not be left out")]
    Begun(Arc<str>),
    /// Nobody asked.
    #[error("nobody asks what became of that: it was told meanwhile")]
    NotAsked,
    /// A reason is wanted.
    #[error("a reason is needed: say how that is known, or why it is wanted")]
    NoReason,
}

impl Operation {
    /// The fact that follows from a wish.
    ///
    /// # Errors
    /// When it makes no sense as the operation stands. The sentence tells a person.
    pub fn heeds(&self, command: &Command) -> Result<Fact, NotNow> {
        let by = || Arc::clone(&command.by);
        if self.is_over() {
            return Err(NotNow::Over);
        }
        match &command.wish {
            Wish::Pause if self.paused.is_some() => Err(NotNow::Already("paused")),
            Wish::Pause | Wish::Stop if self.stopped.is_some() => Err(NotNow::Already("stopped")),
            Wish::Pause => Ok(Fact::Paused { by: by() }),
            Wish::Resume { .. } if self.paused.is_none() => Err(NotNow::NotPaused),
            Wish::Resume { reason } => Ok(Fact::Resumed { by: by(), reason: reason.clone() }),
            Wish::Stop => Ok(Fact::Stopped { by: by() }),
            Wish::Skip { unit, reason } => {
                let planned = self.unit(*unit).ok_or(NotNow::NoUnit(*unit))?;
                if self.course(*unit) != Course::Waiting {
                    return Err(NotNow::Begun(Arc::clone(&planned.name)));
                }
                Ok(Fact::Skipped { unit: *unit, by: by(), reason: given(reason)? })
            }
            Wish::Resolve { spot, answer, reason } => {
                let asked = self.questions().iter().any(|(asked, _)| asked == spot);
                let fact = Fact::Resolved { spot: *spot, answer: *answer, by: by(), reason: given(reason)? };
                if asked { Ok(fact) } else { Err(NotNow::NotAsked) }
            }
            Wish::Leave { reason } => Ok(Fact::Left { by: by(), reason: given(reason)? }),
        }
    }

    /// The fact that follows from a wish for an operation that nobody carries on: there it makes sense to go on, paused
    /// or not.
    ///
    /// # Errors
    /// When it makes no sense as the operation stands. The sentence tells a person.
    pub fn heeds_interrupted(&self, command: &Command) -> Result<Fact, NotNow> {
        match &command.wish {
            Wish::Resume { reason } if !self.is_over() => Ok(Fact::Resumed { by: Arc::clone(&command.by), reason: reason.clone() }),
            _ => self.heeds(command),
        }
    }
}

fn given(reason: &Arc<str>) -> Result<Arc<str>, NotNow> {
    if reason.trim().is_empty() { Err(NotNow::NoReason) } else { Ok(Arc::clone(reason)) }
}
