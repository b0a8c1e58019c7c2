//! Commands that Systems Manager carries out on instances.
//!
//! Owns when a command begins and ends on each instance. What it comes to
//! there is `shell`'s.

use super::Due;
use super::machine::Power;
use super::shell::{self, Done};
use crate::environment::Place;
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// How long it takes until an instance has heard of a command.
const DELIVERY: Millis = 400;
/// How long a command takes there.
const LENGTH: Millis = SECOND;

/// Where a command is on one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way: nothing is known of it there.
    Sent,
    /// It runs.
    Running(Moment),
    /// It is over: began, ended, and what it came to.
    Over(Moment, Moment, Done),
}

/// A command on one instance.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The instance.
    pub machine: usize,
    /// Where it is.
    pub state: State,
}

/// A command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Whose and where.
    pub place: Place,
    /// Its id.
    pub id: String,
    /// What somebody said of it.
    pub comment: String,
    /// The lines of the script.
    pub lines: Vec<String>,
    /// When it was sent.
    pub sent: Moment,
    /// On which instances.
    pub invocations: Vec<Invocation>,
}

impl World {
    /// Sends a script to instances; the command's place.
    pub fn send_command(&mut self, place: &Place, machines: &[usize], lines: Vec<String>, comment: &str) -> usize {
        let id = self.draws.request_id();
        let slot = self.compute.commands.len();
        let invocations = machines.iter().map(|&machine| Invocation { machine, state: State::Sent }).collect();
        self.compute.commands.push(Command { place: place.clone(), id, comment: comment.to_owned(), lines, sent: self.now, invocations });
        for index in 0..machines.len() {
            self.compute_later(DELIVERY, Due::Command(slot, index));
        }
        slot
    }

    /// A command begins or ends on an instance.
    pub(super) fn command_due(&mut self, slot: usize, index: usize) {
        let now = self.now;
        let Some(command) = self.compute.commands.get(slot) else { return };
        let Some(invocation) = command.invocations.get(index) else { return };
        let Some(machine) = self.compute.machines.get(invocation.machine) else { return };
        let next = match invocation.state {
            State::Sent => State::Running(now),
            // What is off by now never ends; its command does not run there.
            State::Running(_) if machine.power != Power::Running => return,
            State::Running(since) => State::Over(since, now, shell::run(machine, &command.lines)),
            State::Over(..) => return,
        };
        let runs = matches!(next, State::Running(_));
        if let Some(invocation) = self.compute.commands.get_mut(slot).and_then(|command| command.invocations.get_mut(index)) {
            invocation.state = next;
        }
        if runs {
            self.compute_later(LENGTH, Due::Command(slot, index));
        }
    }
}
