//! Commands that Systems Manager carries out on instances.
//!
//! Owns when a command begins and ends on each instance. What it comes to
//! there is `shell`'s.

use std::sync::Arc;

use super::Due;
use super::machine::{Deploys, Machine, Power};
use super::shell::{self, Done};
use crate::environment::{Name, Place};
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// How long it takes until an instance has heard of a command.
const DELIVERY: Millis = 400;
/// How long a command takes there that only reads.
const LENGTH: Millis = SECOND;
/// How long one takes that starts another container.
const DEPLOY: Millis = 20 * SECOND;
/// How long what it has started takes to answer.
const STARTING: Millis = 4 * SECOND;

/// Where a command is on one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// On its way: nothing is known of it there.
    Sent,
    /// It runs.
    Running(Moment),
    /// It is over: began, ended, and what it came to.
    Over(Moment, Moment, Done),
    /// It took longer than it may, and was ended: began, ended.
    TimedOut(Moment, Moment),
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
    /// How long it may take.
    pub limit: Millis,
    /// On which instances.
    pub invocations: Vec<Invocation>,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Order {
    /// The lines of the script.
    pub lines: Vec<String>,
    /// What somebody says of it.
    pub comment: String,
    /// How long it may take.
    pub limit: Millis,
}

impl World {
    /// Sends a script to instances; the command's place.
    pub fn send_command(&mut self, place: &Place, machines: &[usize], order: Order) -> usize {
        let Order { lines, comment, limit } = order;
        let id = self.draws.request_id();
        let slot = self.compute.commands.len();
        let invocations = machines.iter().map(|&machine| Invocation { machine, state: State::Sent }).collect();
        self.compute.commands.push(Command { place: place.clone(), id, comment, lines, sent: self.now, limit, invocations });
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
            State::Running(since) if length(machine, command) >= command.limit => State::TimedOut(since, now),
            State::Running(since) => State::Over(since, now, shell::run(machine, &command.lines)),
            State::Over(..) | State::TimedOut(..) => return,
        };
        let runs = matches!(next, State::Running(_)).then(|| length(machine, command).min(command.limit));
        let changed = if let State::Over(_, _, done) = &next { Some((invocation.machine, done.clone())) } else { None };
        if let Some(invocation) = self.compute.commands.get_mut(slot).and_then(|command| command.invocations.get_mut(index)) {
            invocation.state = next;
        }
        if let Some(length) = runs {
            self.compute_later(length, Due::Command(slot, index));
        }
        if let Some((machine, done)) = changed {
            self.after_command(machine, done);
        }
    }

    /// What a script has changed on its machine.
    fn after_command(&mut self, slot: usize, done: Done) {
        let Some(machine) = self.compute.machines.get_mut(slot) else { return };
        machine.folders.extend(done.made);
        let Some(tag) = done.started else { return };
        machine.stillborn = machine.deploys == Deploys::Unwell;
        let (uri, tag) = (machine.container.as_ref().map(|container| container.image.clone()), Name::from(tag));
        let repository = self.registry.iter().find(|repository| Some(repository.uri().as_str()) == uri.as_deref());
        // Outside of a registry a tag is the commit that the image was built from.
        let commit =
            repository.and_then(|repository| repository.tagged(&tag)).map_or_else(|| Arc::clone(&tag), |image| Arc::clone(&image.commit));
        if let Some(container) = self.container_of(slot, &tag, &commit) {
            self.run_container(slot, container, STARTING);
        }
    }
}

/// How long a command takes on a machine.
fn length(machine: &Machine, command: &Command) -> Millis {
    match (shell::deploys(&command.lines), machine.deploys) {
        (false, _) => LENGTH,
        (true, Deploys::Hangs) => Millis::MAX,
        (true, Deploys::Well | Deploys::Fails | Deploys::Unwell | Deploys::Full) => DEPLOY,
    }
}
