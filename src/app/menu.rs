//! A list out of which one is chosen: which workflow to start.

use super::key::{Code, Key};
use crate::model::dispatch::Manual;
use crate::model::id::{EnvironmentKey, Repository};

/// The workflows of a repository that a person can start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Menu {
    /// The repository.
    pub repository: Repository,
    /// The workflows: those that deploy to what is selected first.
    pub items: Vec<Manual>,
    /// The environment it was opened for, where it was.
    pub environment: Option<EnvironmentKey>,
    /// Which is selected.
    pub at: usize,
}

impl Menu {
    /// The one that is selected.
    #[must_use]
    pub fn chosen(&self) -> Option<&Manual> {
        self.items.get(self.at)
    }

    /// Takes a key; `true` when one is chosen.
    pub const fn press(&mut self, key: Key) -> bool {
        let last = self.items.len().saturating_sub(1);
        match key.code {
            Code::Down | Code::Char('j') if self.at < last => self.at += 1,
            Code::Up | Code::Char('k') => self.at = self.at.saturating_sub(1),
            Code::Home | Code::Char('g') => self.at = 0,
            Code::End | Code::Char('G') => self.at = last,
            Code::Enter => return true,
            _ => {}
        }
        false
    }
}
