//! The dialog in which a view of the Fleet is chosen by name, saved, or taken away.

use std::sync::Arc;

use super::filter::TextField;
use super::key::{Code, Key};
use crate::model::column::Order;
use crate::model::view::{LONGEST_NAME, View};

/// A view that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// The view.
    pub view: View,
    /// Whether the configuration names it: then it is changed there.
    pub is_configured: bool,
}

/// The dialog.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ViewsDialog {
    /// Every view.
    pub items: Vec<Item>,
    /// Which is selected, of those that are shown.
    pub at: usize,
    /// What is typed: it narrows the list, and names what is saved.
    pub input: TextField,
    /// Why what was pressed did nothing.
    pub error: Option<String>,
}

/// What a key came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Pressed {
    /// It goes on.
    On,
    /// Nothing is done.
    Closed,
    /// This view is shown.
    Chosen(Box<View>),
    /// What is shown is saved under this name.
    Saved(Arc<str>),
    /// The view of this name is taken away.
    Removed(Arc<str>),
}

impl ViewsDialog {
    /// The dialog over these views.
    #[must_use]
    pub fn new(items: Vec<Item>) -> Self {
        Self { items, at: 0, input: TextField::default(), error: None }
    }

    /// The views that have what is typed in their name.
    pub fn shown(&self) -> impl Iterator<Item = &Item> {
        let typed = self.typed().to_lowercase();
        self.items.iter().filter(move |item| item.view.name.to_lowercase().contains(&typed))
    }

    fn typed(&self) -> &str {
        self.input.text().trim()
    }

    fn selected(&self) -> Option<&Item> {
        self.shown().nth(self.at)
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Pressed {
        self.error = None;
        let last = self.shown().count().saturating_sub(1);
        match (key.ctrl, key.code) {
            (false, Code::Esc) | (true, Code::Char('c')) => return Pressed::Closed,
            (false, Code::Enter) => match self.selected() {
                Some(item) => return Pressed::Chosen(Box::new(item.view.clone())),
                None => self.error = Some("there is no such view: ctrl-s saves what is shown under this name".to_owned()),
            },
            (true, Code::Char('s')) => return self.save(),
            (true, Code::Char('x')) => return self.remove(),
            (false, Code::Down) | (true, Code::Char('n')) => self.at = (self.at + 1).min(last),
            (false, Code::Up) | (true, Code::Char('p')) => self.at = self.at.saturating_sub(1),
            _ => {
                if self.input.key(key) {
                    self.at = 0;
                }
            }
        }
        Pressed::On
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
        self.at = 0;
    }

    /// The name that is typed, else that of what is selected.
    fn save(&mut self) -> Pressed {
        let name =
            if self.typed().is_empty() { self.selected().map(|item| item.view.name.to_string()) } else { Some(self.typed().to_owned()) };
        let Some(name) = name else {
            self.error = Some("type a name for it first".to_owned());
            return Pressed::On;
        };
        if name.chars().count() > LONGEST_NAME {
            self.error = Some(format!("a name has {LONGEST_NAME} characters at most"));
            return Pressed::On;
        }
        if self.items.iter().any(|item| item.is_configured && *item.view.name == *name) {
            self.error = Some("the configuration names that one: change it there, or type another name".to_owned());
            return Pressed::On;
        }
        Pressed::Saved(name.into())
    }

    fn remove(&mut self) -> Pressed {
        match self.selected() {
            Some(item) if item.is_configured => self.error = Some("the configuration names that one: take it away there".to_owned()),
            Some(item) => return Pressed::Removed(Arc::clone(&item.view.name)),
            None => self.error = Some("no view is selected".to_owned()),
        }
        Pressed::On
    }
}

/// What a view shows, in a few words; parts come from outside: not yet safe to show.
#[must_use]
pub fn in_words(view: &View) -> String {
    let mut parts = Vec::new();
    if !view.filter.is_empty() {
        parts.push(format!("/{}", view.filter));
    }
    if view.faults_only {
        parts.push("faults only".to_owned());
    }
    if view.sort.0 != Order::Urgency {
        parts.push(format!("by {}", view.sort));
    }
    if let Some(columns) = &view.columns {
        parts.push(format!("{} columns", columns.len()));
    }
    if !view.folds.is_empty() {
        parts.push(format!("{} folds", view.folds.len()));
    }
    if parts.is_empty() { "everything".to_owned() } else { parts.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialog() -> ViewsDialog {
        let item = |(name, is_configured): (&str, bool)| Item { view: View::named(name), is_configured };
        ViewsDialog::new([("canada", true), ("production", false), ("prod trouble", false)].map(item).to_vec())
    }

    fn typed(text: &str) -> ViewsDialog {
        let mut dialog = dialog();
        for character in text.chars() {
            assert_eq!(dialog.press(Key::char(character)), Pressed::On);
        }
        dialog
    }

    #[test]
    fn what_is_typed_narrows_the_list_and_enter_chooses() {
        let mut narrowed = typed("PROD");
        narrowed.press(Key::of(Code::Down));
        assert_eq!(narrowed.press(Key::of(Code::Enter)), Pressed::Chosen(Box::new(View::named("prod trouble"))));
        let mut none = typed("x");
        assert_eq!(none.press(Key::of(Code::Enter)), Pressed::On);
        assert!(none.error.is_some_and(|error| error.contains("ctrl-s saves")));
    }

    #[test]
    fn what_the_configuration_names_is_neither_saved_over_nor_taken_away() {
        let mut dialog = typed("canada");
        assert_eq!((dialog.press(Key::ctrl('s')), dialog.press(Key::ctrl('x'))), (Pressed::On, Pressed::On));
        assert!(dialog.error.unwrap().contains("take it away there"));
        assert_eq!(typed("canada 2").press(Key::ctrl('s')), Pressed::Saved("canada 2".into()));
        assert_eq!(typed("production").press(Key::ctrl('x')), Pressed::Removed("production".into()));
        assert_eq!(typed(&"x".repeat(61)).press(Key::ctrl('s')), Pressed::On);
        assert_eq!(ViewsDialog::new(Vec::new()).press(Key::ctrl('s')), Pressed::On, "nothing has a name");
    }

    #[test]
    fn without_a_name_the_selected_one_is_saved_anew() {
        let mut dialog = dialog();
        dialog.press(Key::of(Code::Down));
        assert_eq!(dialog.press(Key::ctrl('s')), Pressed::Saved("production".into()));
    }
}
