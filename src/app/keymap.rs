//! Which key means which command, on which screen.
//!
//! On one screen a key means one thing: whoever binds keys otherwise asks [`Keymap::clashes`] first.

use std::collections::HashMap;

use super::command::{COMMANDS, CommandId, Scope};
use super::key::Key;

/// What a key means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A command of the table.
    Command(CommandId),
    /// The configured command of this number.
    Custom(usize),
}

/// The keys of one command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// What they mean.
    pub meaning: Meaning,
    /// Where.
    pub scope: Scope,
    /// Which, in the order in which they are shown; none for what only the palette runs.
    pub keys: Vec<Key>,
}

/// Two bindings that give one key two meanings on some screen, by their numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clash {
    /// The key.
    pub key: Key,
    /// The one that stands before the other.
    pub first: usize,
    /// The other one.
    pub second: usize,
}

/// Which key means what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keymap {
    bindings: Vec<Binding>,
    by_key: HashMap<Key, Vec<(Scope, Meaning)>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(Self::usual())
    }
}

impl Keymap {
    /// The bindings of the table, in its order.
    #[must_use]
    pub fn usual() -> Vec<Binding> {
        let binding = |command: &super::command::Command| Binding {
            meaning: Meaning::Command(command.id),
            scope: command.scope,
            keys: command.keys.to_vec(),
        };
        COMMANDS.iter().map(binding).collect()
    }

    /// These bindings. Of two that clash, the first counts.
    #[must_use]
    pub fn new(bindings: Vec<Binding>) -> Self {
        let mut by_key: HashMap<Key, Vec<(Scope, Meaning)>> = HashMap::new();
        for binding in &bindings {
            for key in &binding.keys {
                by_key.entry(*key).or_default().push((binding.scope, binding.meaning));
            }
        }
        Self { bindings, by_key }
    }

    /// Where a key would mean two things on one screen.
    #[must_use]
    pub fn clashes(bindings: &[Binding]) -> Vec<Clash> {
        let mut seen: HashMap<Key, Vec<usize>> = HashMap::new();
        let mut clashes = Vec::new();
        for (second, binding) in bindings.iter().enumerate() {
            for key in &binding.keys {
                let others = seen.entry(*key).or_default();
                let meets =
                    |first: &&usize| **first != second && bindings.get(**first).is_some_and(|other| other.scope.meets(binding.scope));
                clashes.extend(others.iter().find(meets).map(|first| Clash { key: *key, first: *first, second }));
                others.push(second);
            }
        }
        clashes
    }

    /// What a key means on the screen with this scope.
    #[must_use]
    pub fn meaning(&self, key: Key, screen: Scope) -> Option<Meaning> {
        self.by_key.get(&key)?.iter().find(|(scope, _)| scope.holds(screen)).map(|(_, meaning)| *meaning)
    }

    /// The command of the table that a key means on the screen with this scope.
    #[must_use]
    pub fn command(&self, key: Key, screen: Scope) -> Option<CommandId> {
        match self.meaning(key, screen)? {
            Meaning::Command(id) => Some(id),
            Meaning::Custom(_) => None,
        }
    }

    /// The keys bound to a command, the one that is shown first of all.
    #[must_use]
    pub fn keys(&self, id: CommandId) -> &[Key] {
        self.keys_of(Meaning::Command(id))
    }

    /// The keys that mean this.
    #[must_use]
    pub fn keys_of(&self, meaning: Meaning) -> &[Key] {
        self.bindings.iter().find(|binding| binding.meaning == meaning).map_or(&[], |binding| &binding.keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Risk;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        assert_eq!(Keymap::clashes(&Keymap::usual()), []);
    }

    #[test]
    fn a_clash_is_one_where_some_screen_has_both() {
        let binding = |number, scope, keys: &[&str]| Binding {
            meaning: Meaning::Custom(number),
            scope,
            keys: keys.iter().map(|key| key.parse().unwrap()).collect(),
        };
        let clashes = |first, second| Keymap::clashes(&[binding(0, first, &["x", "a"]), binding(1, second, &["b", "a"])]).len();
        // Both of several screens, and only the Environment screen is in both.
        assert_eq!((clashes(Scope::Environments, Scope::Panes), clashes(Scope::Environments, Scope::Logs)), (1, 0));
        assert_eq!((clashes(Scope::Everywhere, Scope::Logs), clashes(Scope::Fleet, Scope::Fleet)), (1, 1));
        assert_eq!(clashes(Scope::Changes, Scope::Operations), 0);
        let twice =
            Keymap::clashes(&[binding(0, Scope::Fleet, &["a"]), binding(1, Scope::Logs, &["a"]), binding(2, Scope::Everywhere, &["a"])]);
        assert_eq!(twice, [Clash { key: Key::char('a'), first: 0, second: 2 }]);
    }

    #[test]
    fn keys_follow_what_they_are_bound_to() {
        let mut bindings = Keymap::usual();
        for binding in &mut bindings {
            match binding.meaning {
                Meaning::Command(CommandId::Sort) => binding.keys = vec![Key::of(super::super::key::Code::F(5)), Key::char('y')],
                Meaning::Command(CommandId::Links) => binding.keys.clear(),
                _ => {}
            }
        }
        let keymap = Keymap::new(bindings);
        assert_eq!(
            (keymap.command(Key::char('y'), Scope::Fleet), keymap.command(Key::char('y'), Scope::Logs)),
            (Some(CommandId::Sort), None)
        );
        assert_eq!((keymap.command(Key::char('s'), Scope::Fleet), keymap.command(Key::char('o'), Scope::Fleet)), (None, None));
        assert_eq!((keymap.keys(CommandId::Sort).len(), keymap.keys(CommandId::Links)), (2, &[][..]));
    }

    #[test]
    fn every_command_has_one_row_a_sentence_and_a_plain_name() {
        for command in COMMANDS {
            assert_eq!(COMMANDS.iter().filter(|other| other.id == command.id || other.name == command.name).count(), 1, "{}", command.name);
            assert!(command.sentence.ends_with('.') && command.sentence.len() > 4, "{}", command.name);
            assert!(command.name.chars().all(|character| character.is_ascii_lowercase() || character == '-'), "{}", command.name);
        }
    }

    /// Lower case reads, capitals write; the motions and what undoes itself are the exceptions.
    #[test]
    fn what_writes_has_a_capital() {
        for command in COMMANDS.iter().filter(|command| command.risk == Risk::Writes) {
            assert!(command.keys.iter().all(|key| key.is_capital()), "{}", command.name);
        }
    }
}
