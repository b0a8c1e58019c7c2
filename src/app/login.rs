//! Credentials that have run out: the terminal is lent to the login command of the account, and reading goes on.

use super::act::{Act, Refusal};
use super::event::{Effect, Program};
use super::operations::Carrier;
use super::state::State;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Connection;
use crate::model::trouble::{About, troubles};

/// What cannot be read for want of credentials: the ways in, each with why.
fn locked_out(state: &State) -> Vec<(&Connection, &Fault)> {
    let reading = &state.reading;
    let undiscovered = reading.connections.iter().filter_map(|(name, known)| Some((name, known.fault.as_ref()?)));
    let told = troubles(&state.fleet, reading.scopes.as_deref().unwrap_or_default(), undiscovered);
    let is_whole = |about: &About<'_>| matches!(about, About::Connection { .. } | About::Regions);
    let expired = told.into_iter().filter(|trouble| trouble.fault.kind == FaultKind::Expired && is_whole(&trouble.about));
    expired.map(|trouble| (trouble.connection, trouble.fault)).collect()
}

/// The command that the first notice about credentials names, with the way in that it is of.
///
/// Only what is named: a clock that is wrong, or keys in the environment, are not mended by any login.
#[must_use]
pub fn offered(state: &State) -> Option<(&Connection, &[String])> {
    locked_out(state).into_iter().find_map(|(connection, fault)| {
        let command = named(state.logins.get(connection)?, &fault.sentence)?;
        Some((connection, command))
    })
}

/// The command that an operation of this console waits for: who writes has other credentials than who reads.
fn awaited(state: &State) -> Option<&[String]> {
    let own = state.operations.live().filter(|known| known.carrier == Carrier::Here);
    let mut troubles = own.flat_map(|known| known.notes.values()).filter(|note| note.is_trouble).filter_map(|note| note.sentence.as_ref());
    troubles.find_map(|sentence| state.logins.values().find_map(|commands| named(commands, sentence)))
}

/// The one of these commands that a sentence names.
fn named<'a>(commands: &'a [Vec<String>], sentence: &str) -> Option<&'a [String]> {
    commands.iter().find(|command| sentence.contains(&quoted(command))).map(Vec::as_slice)
}

/// Whether anything waits for credentials.
#[must_use]
pub fn is_wanted(state: &State) -> bool {
    !locked_out(state).is_empty()
}

/// A command as the notices name it.
fn quoted(command: &[String]) -> String {
    format!("`{}`", command.join(" "))
}

/// Lends the terminal to the login command. What that asks (a code, a confirmation) the person answers there.
///
/// # Errors
/// Why there is nothing to log in to.
pub fn prepare(state: &State) -> Result<Act, Refusal> {
    if let Some(command) = offered(state).map(|(_, command)| command).or_else(|| awaited(state)) {
        let program = Program { name: command.join(" "), command: command.to_vec(), run: None, holds: true };
        return Ok(Act::Do(Effect::Lend(Box::new(program))));
    }
    match locked_out(state).first() {
        Some((_, fault)) => Err(fault.to_string().into()),
        None => Err("no credentials have run out".into()),
    }
}
