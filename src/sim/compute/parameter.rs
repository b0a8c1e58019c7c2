//! A parameter of Systems Manager.

use crate::moment::Moment;

/// A text under a name.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// `String`, `StringList` or `SecureString`.
    pub kind: String,
    /// The text.
    pub value: String,
    /// How often it was written.
    pub version: u64,
    /// When it was written last.
    pub written: Moment,
}
