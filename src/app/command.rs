//! Every command once: its name, its keys, where it applies, what it risks, what it does.
//!
//! Help, footer, palette and `doc/keys.md` are made from this table.
//! Whether a command can act now and what it then does are one function,
//! [`super::act::prepare`], so that a hint never offers what the key would refuse.

mod id;
mod scope;
mod table;

pub use id::{CommandId, PaneId};
pub use scope::Scope;
pub use table::COMMANDS;

use super::key::Key;

/// What a command may change outside this program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Risk {
    /// Nothing.
    Reads,
    /// It stops something: one `y`.
    Stops,
    /// It changes something: a plan comes first.
    Writes,
}

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Which.
    pub id: CommandId,
    /// Its name in the palette, in the configuration and in help: lower case, words joined by hyphens.
    pub name: &'static str,
    /// The keys it has unless they are bound otherwise.
    pub keys: &'static [Key],
    /// Where it applies.
    pub scope: Scope,
    /// What it risks.
    pub risk: Risk,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// Its word in the footer, where it is worth room there; and how much it is worth (higher first).
    pub hint: Option<(&'static str, u8)>,
}

/// The row of a command.
#[must_use]
pub fn command(id: CommandId) -> &'static Command {
    const FIRST: &Command = match COMMANDS.first() {
        Some(first) => first,
        None => panic!("there are commands"),
    };
    // Every id has a row: a test says so. The fallback is never reached.
    COMMANDS.iter().find(|command| command.id == id).unwrap_or(FIRST)
}
