//! A list out of which one is chosen: which workflow to start, which page to open.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::filter::TextField;
use super::key::{Code, Key};
use super::logs::update::Chosen;
use super::operations::Resolving;
use super::plans::operation::{Deed, Wanted};
use crate::model::dispatch::Manual;
use crate::model::id::{AppName, EnvironmentKey, PullNumber, Repository};

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
    /// It is asked how this pull request is merged.
    Merge {
        /// The app that it promotes.
        app: AppName,
        /// The repository.
        repository: Repository,
        /// The pull request.
        pull: PullNumber,
    },
    /// A page is opened, or copied.
    Page(Arc<str>),
    /// Something is done to environments, after its plan.
    Operate(Box<Wanted>),
    /// It is said what became of something of which nobody else can tell.
    Resolve(Box<Resolving>),
    /// Something is done with lines of logs.
    Logs(Chosen),
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
    /// Which is selected, of those that are shown.
    pub at: usize,
    /// What narrows the list, where it can be narrowed.
    pub filter: Option<TextField>,
    /// What is done with a label that is typed and that no line has.
    pub takes: Option<Box<Wanted>>,
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
    /// The items that are shown: those that hold all that is typed.
    pub fn shown(&self) -> impl Iterator<Item = &Item> {
        let typed = self.filter.as_ref().map_or_else(String::new, |filter| filter.text().trim().to_lowercase());
        let fits = move |text: &str| typed.split_whitespace().all(|word| text.contains(word));
        self.items.iter().filter(move |item| fits(&format!("{} {}", item.name, item.detail).to_lowercase()))
    }

    /// The item that is selected.
    #[must_use]
    pub fn selected(&self) -> Option<&Item> {
        self.shown().nth(self.at)
    }

    /// What comes of what is selected; where nothing fits what is typed, of the label that is typed.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        if let Some(item) = self.selected() {
            return Some(item.choice.clone());
        }
        let typed = self.filter.as_ref().map(|filter| filter.text().trim()).filter(|typed| !typed.is_empty())?;
        let wanted = self.takes.as_deref()?;
        Some(Choice::Operate(Box::new(Wanted { deed: Deed::Deploy(typed.into()), ..wanted.clone() })))
    }

    /// Takes pasted text, where the list can be narrowed.
    pub fn paste(&mut self, text: &str) {
        if let Some(filter) = &mut self.filter {
            filter.insert(text);
            self.at = 0;
        }
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        let last = self.shown().count().saturating_sub(1);
        if let Some(filter) = &mut self.filter {
            match key.code {
                Code::Down => self.at = last.min(self.at + 1),
                Code::Up => self.at = self.at.saturating_sub(1),
                Code::PageDown => self.at = last.min(self.at + 10),
                Code::PageUp => self.at = self.at.saturating_sub(10),
                Code::Enter => return Pressed::Chosen,
                _ if filter.key(key) => self.at = 0,
                _ => {}
            }
            return Pressed::On;
        }
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
