//! A list out of which one is chosen: which workflow to start, which page to open.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::key::{Code, Key};
use crate::model::dispatch::Manual;
use crate::model::id::{EnvironmentKey, Repository};

/// What comes of choosing an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The inputs of a workflow are asked for.
    Start {
        /// The repository.
        repository: Repository,
        /// The workflow.
        manual: Box<Manual>,
        /// The environment that it is meant for, where one is.
        environment: Option<EnvironmentKey>,
        /// What is entered for its inputs, by their names.
        entered: BTreeMap<Arc<str>, Arc<str>>,
    },
    /// A page is opened, or copied.
    Page(Arc<str>),
}

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What it is called; not yet safe to show.
    pub name: Arc<str>,
    /// What tells it apart; not yet safe to show.
    pub detail: Arc<str>,
    /// What comes of it.
    pub choice: Choice,
}

/// The list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Menu {
    /// What is asked.
    pub title: &'static str,
    /// Which keys do what.
    pub note: &'static str,
    /// What it is about; not yet safe to show.
    pub heading: String,
    /// The lines.
    pub items: Vec<Item>,
    /// Which is selected.
    pub at: usize,
}

/// What a key came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pressed {
    /// It goes on.
    On,
    /// The selected item is chosen.
    Chosen,
    /// The selected page is copied.
    Copied,
}

impl Menu {
    /// The item that is selected.
    #[must_use]
    pub fn selected(&self) -> Option<&Item> {
        self.items.get(self.at)
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        let last = self.items.len().saturating_sub(1);
        match key.code {
            Code::Down | Code::Char('j') if self.at < last => self.at += 1,
            Code::Up | Code::Char('k') => self.at = self.at.saturating_sub(1),
            Code::Home | Code::Char('g') => self.at = 0,
            Code::End | Code::Char('G') => self.at = last,
            Code::Enter => return Pressed::Chosen,
            Code::Char('c') if matches!(self.selected(), Some(Item { choice: Choice::Page(_), .. })) => return Pressed::Copied,
            _ => {}
        }
        Pressed::On
    }
}
