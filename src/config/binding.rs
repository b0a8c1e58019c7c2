//! `[keys]`: which keys commands have. What is not named there keeps its own.
//!
//! On one screen a key means one thing: a clash names both. `esc` and `ctrl-c` are how every dialog is left, and stay.

use std::collections::HashMap;

use super::nearest::no_such_word;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::app::command::{COMMANDS, Command, CommandId, Risk, Scope};
use crate::app::key::Key;
use crate::app::keymap::{Binding, Clash, Keymap, Meaning};

/// Commands whose keys cannot be changed.
const FIXED: [CommandId; 2] = [CommandId::Escape, CommandId::Cancel];

/// Every binding, the table's first, and where the file says something about it.
pub(super) struct Entries {
    bindings: Vec<Binding>,
    /// The place of each of the bindings that the file speaks of, by its number.
    said: HashMap<usize, At<String>>,
}

impl Entries {
    /// Reads the section.
    pub fn read(top: &Section<'_>, notes: &mut Notes<'_>) -> Self {
        let mut entries = Self { bindings: Keymap::usual(), said: HashMap::new() };
        for (name, texts) in top.lists_by_name("keys", "[keys]", notes) {
            let known = COMMANDS.iter().position(|command| command.name == name.value);
            let Some((number, command)) = known.and_then(|number| Some((number, COMMANDS.get(number)?))) else {
                notes.add(&name.span, no_such_word("command", name.value, COMMANDS.iter().map(|command| command.name)));
                continue;
            };
            let Some(texts) = texts else { continue };
            if FIXED.contains(&command.id) {
                let keys: Vec<String> = command.keys.iter().map(ToString::to_string).collect();
                let sentence = format!("{} always means {}, in every dialog too: leave this line out", keys.join(" and "), command.name);
                notes.add(&name.span, sentence);
                continue;
            }
            let keys: Vec<Key> = texts.iter().filter_map(|text| key(text, notes)).collect();
            for (text, key) in texts.iter().zip(&keys) {
                if command.risk != Risk::Reads && key.is_plain() {
                    notes.warn(&text.span, lower_case(*key, command));
                }
            }
            if let Some(binding) = entries.bindings.get_mut(number) {
                binding.keys = keys;
                entries.said.insert(number, name.map(str::to_owned));
            }
        }
        entries
    }

    /// Adds the keys of a command of the team's own, which stands behind those that were added before.
    pub fn add(&mut self, number: usize, scope: Scope, keys: Vec<Key>, place: At<String>) {
        self.said.insert(self.bindings.len(), place);
        self.bindings.push(Binding { meaning: Meaning::Custom(number), scope, keys });
    }

    /// Notes every key that would mean two things on some screen.
    pub fn check(&self, notes: &mut Notes<'_>) {
        for clash in Keymap::clashes(&self.bindings) {
            // One of the two is the file's: the table has none.
            let Some((number, other)) = self.sides(&clash) else { continue };
            let Some(place) = self.said.get(&number) else { continue };
            let whence = self.said.get(&other).map_or_else(String::new, |at| format!(", on line {}", notes.line_of(&at.span)));
            let sentence = format!(
                "{} means {} here and {}{whence}: give one of them another key",
                quoted(&clash.key.to_string()),
                self.named(number),
                self.named(other)
            );
            notes.add(&place.span, sentence);
        }
    }

    /// Of a clash the one that is told of, which the file speaks of, and the other one.
    fn sides(&self, clash: &Clash) -> Option<(usize, usize)> {
        [(clash.second, clash.first), (clash.first, clash.second)].into_iter().find(|(number, _)| self.said.contains_key(number))
    }

    /// A command's name, with where it applies.
    fn named(&self, number: usize) -> String {
        let Some(binding) = self.bindings.get(number) else { return String::new() };
        let name = match binding.meaning {
            Meaning::Command(id) => COMMANDS.iter().find(|command| command.id == id).map_or("", |command| command.name).to_owned(),
            Meaning::Custom(_) => self.said.get(&number).map_or_else(String::new, |at| at.value.clone()),
        };
        format!("{} ({})", quoted(&name), binding.scope.title())
    }

    /// What the bindings come to.
    pub fn keymap(self) -> Keymap {
        Keymap::new(self.bindings)
    }
}

/// A key; notes why it is none.
pub(super) fn key(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Key> {
    match text.value.parse::<Key>() {
        Ok(Key::PREFIX) => {
            notes.add(&text.span, format!("{} begins the keys of panes: write a key behind it, as in \"{}\"", Key::PREFIX, "ctrl-w v"));
            None
        }
        Ok(key) => Some(key),
        Err(sentence) => {
            notes.add(&text.span, sentence);
            None
        }
    }
}

fn lower_case(key: Key, command: &Command) -> String {
    let does = if command.risk == Risk::Stops { "stops something" } else { "writes" };
    format!("{} {does}, and {} is easily pressed: capitals write, all other keys read", quoted(command.name), quoted(&key.to_string()))
}
