//! What a driver shows of its operation, and how it comes to its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::fault::Fault;
use crate::model::operation::command::NotNow;
use crate::model::operation::evidence::Progress;
use crate::model::operation::fact::Spot;
use crate::model::operation::operation::Operation;
use crate::model::operation::verdict::Ending;

/// What is known of something that goes on and is no fact: it is gone when the process ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Note {
    /// How far it is.
    Progress(Progress),
    /// Nobody can tell yet. The sentence says why.
    Unclear(Arc<str>),
    /// Why it waits: it could not be looked at, or may not begin yet.
    Waits(Fault),
}

/// How a driver has come to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Conclusion {
    /// The operation has ended.
    Ended(Ending),
    /// It was asked to let go. The operation can be resumed.
    Interrupted,
    /// What happens could not be written down, so nothing more is sent. The sentence says why; the operation can be resumed.
    Broken(Arc<str>),
}

/// An operation as it is now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// Folded from the facts that are on the disk.
    pub operation: Arc<Operation>,
    /// What is known besides.
    pub notes: Arc<BTreeMap<Spot, Note>>,
    /// How the driver ended, once it has. Nothing comes after it.
    pub conclusion: Option<Conclusion>,
}

/// Why a command was not heeded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotHeeded {
    /// It makes no sense now.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// It could not be written down.
    #[error("{0}")]
    NotRecorded(Arc<str>),
    /// Nobody drives it any more.
    #[error("the operation is not carried on here any more")]
    Gone,
}
