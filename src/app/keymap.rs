//! Which key means which command, on which screen.

use std::collections::HashMap;

use super::command::{COMMANDS, CommandId, Scope};
use super::key::Key;

/// Which key means what. A screen's own binding hides one for everywhere.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: HashMap<Key, Vec<(Scope, CommandId)>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut bindings: HashMap<Key, Vec<(Scope, CommandId)>> = HashMap::new();
        for command in COMMANDS {
            for key in command.keys {
                bindings.entry(*key).or_default().push((command.scope, command.id));
            }
        }
        Self { bindings }
    }
}

impl Keymap {
    /// What a key means on the screen with this scope.
    #[must_use]
    pub fn command(&self, key: Key, scope: Scope) -> Option<CommandId> {
        let bound = self.bindings.get(&key)?;
        let of = |wanted: Scope| bound.iter().find(|(at, _)| *at == wanted).map(|(_, id)| *id);
        let shared = || bound.iter().find(|(at, _)| *at != Scope::Everywhere && at.holds(scope)).map(|(_, id)| *id);
        of(scope).or_else(shared).or_else(|| of(Scope::Everywhere))
    }

    /// The keys bound to a command, in the order of the table.
    #[must_use]
    pub fn keys(&self, id: CommandId) -> Vec<Key> {
        let table = COMMANDS.iter().find(|command| command.id == id).map_or(&[][..], |command| command.keys);
        table
            .iter()
            .copied()
            .filter(|key| self.bindings.get(key).is_some_and(|bound| bound.iter().any(|(_, other)| *other == id)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::command::Risk;

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        for (key, bound) in &Keymap::default().bindings {
            for (index, (scope, id)) in bound.iter().enumerate() {
                let clash = bound.iter().skip(index + 1).find(|(other, _)| other.holds(*scope) || scope.holds(*other));
                assert!(clash.is_none(), "{key} means both {id:?} and {clash:?}");
            }
        }
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
            assert!(
                command.keys.iter().all(|key| matches!(key.code, crate::app::key::Code::Char(c) if c.is_ascii_uppercase())),
                "{}",
                command.name
            );
        }
    }
}
