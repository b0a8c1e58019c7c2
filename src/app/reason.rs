//! The dialog in which a reason is given for what a person decides about an operation.

use super::filter::TextField;
use super::key::{Code, Key};
use crate::model::operation::fact::{Answer, Spot, Wish};
use crate::model::operation::plan::OperationId;

/// What the reason is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum For {
    /// Leaving a unit out.
    Skip(u32),
    /// Leaving the operation as it is.
    Leave,
    /// Saying what became of a step.
    Resolve(Spot, Answer),
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Of which operation.
    pub id: OperationId,
    /// What it is for.
    pub purpose: For,
    /// What is decided, in a sentence; not yet safe to show.
    pub sentence: String,
    /// The reason.
    pub text: TextField,
    /// What is wrong with it.
    pub error: Option<&'static str>,
}

impl Reason {
    /// The dialog, empty.
    #[must_use]
    pub fn new(id: OperationId, purpose: For, sentence: String) -> Self {
        Self { id, purpose, sentence, text: TextField::default(), error: None }
    }

    /// Takes a key; `true` when it is given.
    pub fn press(&mut self, key: Key) -> bool {
        self.error = None;
        match key.code {
            Code::Enter if self.text.text().trim().is_empty() => {
                self.error = Some("say why: it goes into the operation's journal and into the audit log");
            }
            Code::Enter => return true,
            _ => {
                self.text.key(key);
            }
        }
        false
    }

    /// What is wanted of the operation.
    #[must_use]
    pub fn wish(&self) -> Wish {
        let reason = self.text.text().trim().into();
        match self.purpose {
            For::Skip(unit) => Wish::Skip { unit, reason },
            For::Leave => Wish::Leave { reason },
            For::Resolve(spot, answer) => Wish::Resolve { spot, answer, reason },
        }
    }
}
