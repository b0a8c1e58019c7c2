//! Issues, and what people say about them and about pull requests.
//!
//! Owns what they hold at a moment. Whether a monitor or a person wrote them is
//! nobody's business here.

use crate::environment::Name;
use crate::moment::Moment;

/// A comment on an issue or a pull request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its id.
    pub id: u64,
    /// Whose; `None` where the account is gone.
    pub author: Option<Name>,
    /// What it says.
    pub body: Name,
    /// When.
    pub at: Moment,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number: pull requests count with it.
    pub number: u64,
    /// Its title.
    pub title: Name,
    /// Its text.
    pub body: Option<Name>,
    /// Who opened it; `None` where the account is gone.
    pub author: Option<Name>,
    /// Its labels.
    pub labels: Vec<Name>,
    /// When it was opened.
    pub opened: Moment,
    /// When it is closed, if ever.
    pub closed: Option<Moment>,
    /// What was said about it.
    pub comments: Vec<Comment>,
}

impl Issue {
    /// Whether it is open at a moment.
    #[must_use]
    pub fn open(&self, now: Moment) -> bool {
        self.opened <= now && self.closed.is_none_or(|closed| closed > now)
    }
}
