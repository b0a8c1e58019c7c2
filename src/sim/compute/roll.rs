//! A rolling deploy over a target group, as a script makes it: one instance
//! after the other is taken out, gets the new container, and comes back.
//!
//! Owns the steps of that script and what it makes of failures. How targets
//! drain and become healthy is `targets`'.

use std::sync::Arc;

use super::Due;
use super::target_group::Phase;
use crate::environment::Name;
use crate::history::Activity;
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// How long the script waits for connections to end, whatever the group's delay is.
const DRAIN: Millis = 60 * SECOND;
/// How long the image takes to be pulled and started.
const DEPLOY: Millis = 20 * SECOND;
/// How far apart the script looks whether the target is healthy.
const LOOK: Millis = 5 * SECOND;
/// How often it looks: for 300 s.
const LOOKS: u32 = 60;
/// How long it rests between instances.
const PAUSE: Millis = 5 * SECOND;

/// The image that a deploy brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The tag that it is pulled by.
    pub tag: Name,
    /// The commit that it was built from.
    pub commit: Name,
}

/// What a rolling deploy is to do.
#[derive(Clone, Debug)]
pub struct RollOrder {
    /// What it brings.
    pub image: Image,
    /// Pulling it fails on this instance, counted from 1.
    pub fails_at: Option<usize>,
    /// From this instance on, counted from 1, what it starts never answers.
    pub unhealthy_at: Option<usize>,
}

/// A rolling deploy that runs.
#[derive(Clone, Debug)]
pub struct Roll {
    /// Tells it from others of the group.
    pub number: u64,
    /// What it does.
    pub order: RollOrder,
    /// Since when.
    pub since: Moment,
    /// The machines, in their order.
    pub machines: Vec<usize>,
    /// How many of them it has been through.
    pub done: usize,
    /// How many have the new container.
    pub deployed: usize,
    /// How often it has looked at the one that it waits for.
    pub looks: u32,
}

impl Roll {
    /// What goes on, as the truth tells it.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity { kind: "roll", done: Some((self.done, self.machines.len())), since: self.since }
    }
}

/// How a rolling deploy ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rolled {
    /// Which.
    pub number: u64,
    /// When.
    pub at: Moment,
    /// Every instance has the new container and is healthy.
    pub well: bool,
}

/// What comes next in a rolling deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollStep {
    /// The next instance is taken out.
    Next,
    /// It has drained: the new container is fetched.
    Deploy,
    /// It is put back.
    Register,
    /// A look whether it is healthy.
    Look,
}

impl World {
    /// Begins a rolling deploy; its number.
    ///
    /// # Errors
    ///
    /// The script's sentence where it does not begin.
    pub fn roll(&mut self, group: usize, order: RollOrder) -> Result<u64, String> {
        let now = self.now;
        let Some(found) = self.compute.groups.get_mut(group) else { return Err(String::from("there is no such target group")) };
        if found.roll.is_some() {
            return Err(format!("a rolling deploy of {} runs already", found.name));
        }
        let number = found.next_turn();
        let machines = found.targets.iter().map(|target| target.machine).collect();
        found.roll = Some(Roll { number, order, since: now, machines, done: 0, deployed: 0, looks: 0 });
        self.compute_settle();
        self.roll_on(group, number, RollStep::Next);
        Ok(number)
    }

    /// Carries out a step of a rolling deploy, where it still runs.
    pub(super) fn roll_on(&mut self, group: usize, number: u64, step: RollStep) {
        let Some(found) = self.compute.groups.get(group) else { return };
        let Some(roll) = found.roll.clone().filter(|roll| roll.number == number) else { return };
        let Some(&machine) = roll.machines.get(roll.done) else { return self.end_roll(group) };
        let then = |world: &mut Self, length: Millis, next: RollStep| world.compute_later(length, Due::Roll(group, number, next));
        match step {
            RollStep::Next => {
                if self.compute.machines.get(machine).is_some_and(super::machine::Machine::alive) {
                    self.deregister(group, machine);
                    then(self, DRAIN, RollStep::Deploy);
                } else {
                    self.rolled_past(group, false);
                    then(self, PAUSE, RollStep::Next);
                }
            }
            RollStep::Deploy => then(self, DEPLOY, RollStep::Register),
            RollStep::Register => {
                self.bring(machine, &roll);
                self.register(group, machine, None);
                then(self, LOOK, RollStep::Look);
            }
            RollStep::Look => self.look(group, machine, &roll),
        }
    }

    /// Starts the new container, unless this is where it fails: then the old one runs on.
    fn bring(&mut self, machine: usize, roll: &Roll) {
        let turn = roll.done + 1;
        if roll.order.fails_at == Some(turn) {
            return;
        }
        let Image { tag, commit } = &roll.order.image;
        let Some(container) = self.container_of(machine, tag, commit) else { return };
        if let Some(machine) = self.compute.machines.get_mut(machine) {
            machine.stillborn = roll.order.unhealthy_at.is_some_and(|from| from <= turn);
        }
        self.run_container(machine, container, 4 * SECOND);
    }

    fn look(&mut self, group: usize, machine: usize, roll: &Roll) {
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        let healthy = found.target(machine).is_some_and(|target| target.phase == Phase::Healthy);
        if healthy {
            let fresh = roll.order.fails_at != Some(roll.done + 1);
            self.rolled_past(group, fresh);
            return self.compute_later(PAUSE, Due::Roll(group, roll.number, RollStep::Next));
        }
        // Nobody waits for ever: what is not healthy in time ends the deploy before the next instance.
        if roll.looks + 1 >= LOOKS {
            return self.end_roll(group);
        }
        if let Some(running) = &mut found.roll {
            running.looks += 1;
        }
        self.compute_later(LOOK, Due::Roll(group, roll.number, RollStep::Look));
    }

    /// The script is through with an instance.
    fn rolled_past(&mut self, group: usize, fresh: bool) {
        if let Some(roll) = self.compute.groups.get_mut(group).and_then(|found| found.roll.as_mut()) {
            roll.done += 1;
            roll.looks = 0;
            roll.deployed += usize::from(fresh);
        }
        self.compute_settle();
    }

    fn end_roll(&mut self, group: usize) {
        let now = self.now;
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        if let Some(roll) = found.roll.take() {
            found.rolled = Some(Rolled { number: roll.number, at: now, well: roll.deployed == roll.machines.len() });
        }
        self.compute_settle();
    }

    /// Whether a rolling deploy ended well; `None` while it runs.
    #[must_use]
    pub fn roll_ended(&self, group: usize, number: u64) -> Option<bool> {
        let found = self.compute.groups.get(group)?;
        if found.roll.as_ref().is_some_and(|roll| roll.number == number) {
            return None;
        }
        Some(found.rolled.as_ref().is_some_and(|rolled| rolled.number == number && rolled.well))
    }

    /// How far a rolling deploy is, in the words of its script.
    #[must_use]
    pub fn roll_progress(&self, group: usize) -> Option<String> {
        let roll = self.compute.groups.get(group)?.roll.as_ref()?;
        Some(format!("{} of {} instances done, image tag {}", roll.done, roll.machines.len(), Arc::clone(&roll.order.image.tag)))
    }
}
