//! EC2 instances of their own, and the target groups they stand in.
//!
//! Owns what Elastic Beanstalk does not manage: machines, target groups, and
//! the deploys that scripts make over them. How they change is `motion`'s,
//! `targets`' and `roll`'s; what the truth says of them is `truth`'s.

pub mod address;
pub mod command;
pub mod deed;
pub mod machine;
pub mod motion;
pub mod parameter;
pub mod replace;
pub mod roll;
pub mod scaling;
pub mod shell;
pub mod tagged;
pub mod target_group;
pub mod targets;
pub mod truth;

#[cfg(test)]
mod world_tests;

use std::collections::BTreeMap;

use address::Address;
use command::Command;
use machine::{Answers, Machine};
use parameter::Parameter;
use replace::Replace;
use roll::RollStep;
use scaling::ScalingGroup;
use tagged::{Rule, Tagged};
use target_group::TargetGroup;

use crate::environment::{Place, instance_number};

/// Everything of a world that is neither Elastic Beanstalk's nor GitHub's.
#[derive(Debug, Default)]
pub struct Compute {
    /// Every machine there has been; its place here never changes.
    pub machines: Vec<Machine>,
    /// The target groups.
    pub groups: Vec<TargetGroup>,
    /// The Elastic IP addresses.
    pub addresses: Vec<Address>,
    /// Which tags make environments.
    pub rules: Vec<Rule>,
    /// The environments that tags make, as they are first met.
    pub tagged: Vec<Tagged>,
    /// The replacements of one machine by another.
    pub replaces: Vec<Replace>,
    /// The Auto Scaling groups of target groups.
    pub scaling: Vec<ScalingGroup>,
    /// The commands that were sent to instances.
    pub commands: Vec<Command>,
    /// The parameters, by where they are and their names.
    pub parameters: BTreeMap<(Place, String), Parameter>,
}

impl Compute {
    /// The machines of a place with their numbers, in the order they were launched.
    pub fn machines_of<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = (usize, &'a Machine)> {
        self.machines.iter().enumerate().filter(move |(_, machine)| machine.place == *place)
    }

    /// The target groups of a place with their numbers.
    pub fn groups_of<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = (usize, &'a TargetGroup)> {
        self.groups.iter().enumerate().filter(move |(_, group)| group.place == *place)
    }

    /// The machine of that id in a place.
    #[must_use]
    pub fn named(&self, place: &Place, id: &str) -> Option<usize> {
        let number = instance_number(id)?;
        self.machines_of(place).find(|(_, machine)| machine.id == number).map(|(slot, _)| slot)
    }

    /// The machine that an Elastic IP address points to has that address instead of its own.
    #[must_use]
    pub fn public_ip(&self, slot: usize) -> Option<String> {
        let elastic = self.addresses.iter().find(|address| address.machine == Some(slot)).map(|address| address.ip.clone());
        elastic.or_else(|| self.machines.get(slot).map(Machine::own_ip))
    }

    /// The target groups that a machine is registered in.
    pub fn groups_with(&self, machine: usize) -> impl Iterator<Item = usize> {
        self.groups.iter().enumerate().filter(move |(_, group)| group.target(machine).is_some()).map(|(slot, _)| slot)
    }
}

/// What is due at a moment, for machines and targets.
#[derive(Clone, Copy, Debug)]
pub enum Due {
    /// The machine has started.
    Started(usize),
    /// EC2's checks of the machine have passed.
    Checked(usize),
    /// What runs on the machine answers, where it is still that boot of it.
    Serving(usize, u64),
    /// The machine is gone.
    Gone(usize),
    /// The first health check of a target begins.
    Checking(usize, usize, u64),
    /// Enough health checks in a row said the same of a target.
    Judged(usize, usize, u64),
    /// Connections to a target have ended.
    Drained(usize, usize, u64),
    /// The machine answers as before, where nothing else happened to it since.
    Recovered(usize, u64, Answers),
    /// A command begins or ends on an instance.
    Command(usize, usize),
    /// A look of a replacement.
    Replace(usize),
    /// A look of an Auto Scaling group at its instances.
    Scaling(usize),
    /// A step of a rolling deploy.
    Roll(usize, u64, RollStep),
}
