//! A list out of which one is chosen: which workflow to start, which page to open.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::filter::TextField;
use super::key::{Code, Key};
use super::logs::update::Chosen;
use super::operations::Resolving;
use super::plans::operation::{Deed, Wanted};
use super::saving::Format;
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
    /// Changes of this kind alone are listed, or all.
    Kind(Option<crate::model::timeline::Kind>),
    /// This is copied.
    Copy(Arc<str>),
    /// The value of a property is copied, as long as it is shown: this list does not hold it.
    Value,
    /// The screen is saved.
    Save(Format),
    /// The screen is drawn in this theme.
    Theme(Arc<str>),
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

/// What is said of a label that is typed.
pub const AS_TYPED: &str = "not seen here yet: ⏎ takes it as it is typed";

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
    /// What is done with a label that is typed and that no line is called.
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
    /// The items that are shown: those that hold all that is typed; and last the label that is typed, where no line is
    /// called just that. It may be a part of one that is.
    pub fn shown(&self) -> impl Iterator<Item = Cow<'_, Item>> {
        let typed = self.typed().to_lowercase();
        let fits = move |text: &str| typed.split_whitespace().all(|word| text.contains(word));
        let fitting = self.items.iter().filter(move |item| fits(&format!("{} {}", item.name, item.detail).to_lowercase()));
        fitting.map(Cow::Borrowed).chain(self.as_typed().map(Cow::Owned))
    }

    fn typed(&self) -> &str {
        self.filter.as_ref().map_or("", |filter| filter.text().trim())
    }

    /// The label that is typed, as a line.
    fn as_typed(&self) -> Option<Item> {
        let typed = Some(self.typed()).filter(|typed| !typed.is_empty() && self.items.iter().all(|item| *item.name != **typed))?;
        let wanted = Wanted { deed: Deed::Deploy(typed.into()), ..self.takes.as_deref()?.clone() };
        Some(Item { name: typed.into(), detail: AS_TYPED.into(), choice: Choice::Operate(Box::new(wanted)) })
    }

    /// The item that is selected.
    #[must_use]
    pub fn selected(&self) -> Option<Cow<'_, Item>> {
        self.shown().nth(self.at)
    }

    /// What comes of what is selected.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        self.selected().map(|item| item.choice.clone())
    }

    /// Selects the line that is called just what is typed, else the first.
    fn select_typed(&mut self) {
        let known = if self.as_typed().is_some() { None } else { self.shown().position(|item| *item.name == *self.typed()) };
        self.at = known.unwrap_or(0);
    }

    /// Whether somebody has moved in it, or typed.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        self.at > 0 || self.filter.as_ref().is_some_and(|filter| !filter.text().is_empty())
    }

    /// Takes pasted text, where the list can be narrowed.
    pub fn paste(&mut self, text: &str) {
        if let Some(filter) = &mut self.filter {
            filter.insert(text);
            self.select_typed();
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
                _ if filter.key(key) => self.select_typed(),
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
            Code::Char('c') if matches!(self.choice(), Some(Choice::Page(_))) => return Pressed::Copied,
            _ => {}
        }
        Pressed::On
    }
}
