//! How machines change: they start, serve, restart and end.
//!
//! Owns the moments between those. What that means to target groups is
//! `targets`'.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Due;
use super::machine::{Answers, Container, Deploys, Machine, Power};
use super::target_group::Phase;
use crate::environment::{Name, Place};
use crate::moment::{Millis, SECOND};
use crate::world::{What, World};

/// How long a machine takes to be on.
const STARTING: Millis = 20 * SECOND;
/// How long what runs on it takes to answer after that.
const BOOTING: Millis = 40 * SECOND;
/// How long EC2's checks of a machine take from its launch on.
const CHECKS: Millis = 120 * SECOND;
/// How long a machine takes to be gone.
const ENDING: Millis = 35 * SECOND;

/// What a machine is launched with.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Whose and where.
    pub place: Place,
    /// `ImageId`.
    pub ami: Name,
    /// `InstanceType`.
    pub kind: Name,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What it runs once it has started.
    pub container: Option<Container>,
    /// What it answers once it has started.
    pub usual: Answers,
    /// It never does.
    pub stillborn: bool,
}

impl World {
    /// What stands in the scenario begins: its drains end, and the truth is noted.
    pub(crate) fn compute_start(&mut self) {
        for slot in 0..self.compute.groups.len() {
            let Some(group) = self.compute.groups.get(slot) else { continue };
            let (delay, targets) = (group.delay, group.targets.clone());
            for target in targets.iter().filter(|target| target.phase == Phase::Draining) {
                self.compute_later(delay.saturating_mul(SECOND), Due::Drained(slot, target.machine, target.turn));
            }
        }
        self.compute_settle();
    }

    /// Carries out what is due for machines and targets.
    pub(crate) fn compute_due(&mut self, due: Due) {
        match due {
            Due::Started(machine) => self.started(machine),
            Due::Checked(machine) => self.checked(machine),
            Due::Serving(machine, turn) => self.serving(machine, turn),
            Due::Recovered(machine, turn, answers) => self.recovered(machine, turn, answers),
            Due::Gone(machine) => self.gone(machine),
            Due::Checking(group, machine, turn) => self.checking(group, machine, turn),
            Due::Judged(group, machine, turn) => self.judged(group, machine, turn),
            Due::Drained(group, machine, turn) => self.drained(group, machine, turn),
            Due::Command(command, index) => self.command_due(command, index),
            Due::Replace(slot) => self.replace_on(slot),
            Due::Scaling(slot) => self.scaling_on(slot),
            Due::Roll(group, number, step) => self.roll_on(group, number, step),
        }
    }

    /// Makes something of machines or targets happen after a length.
    pub(crate) fn compute_later(&mut self, length: Millis, due: Due) {
        let at = self.now.plus(self.scaled(length).max(1));
        self.schedule(at, What::Compute(due));
    }

    /// Launches a machine; its number.
    pub fn launch_machine(&mut self, launch: Launch, reservation: u64) -> usize {
        let slot = self.compute.machines.len();
        let zones = crate::aws::ec2::zones_of(&launch.place.region).len();
        let zone = u8::try_from(slot % zones.max(1)).unwrap_or(0);
        let machine = Machine {
            place: launch.place,
            id: self.draws.bits(),
            reservation,
            zone,
            kind: launch.kind,
            ami: launch.ami,
            launched: self.now,
            ended: None,
            power: Power::Pending,
            checked: false,
            tags: launch.tags,
            container: launch.container,
            answers: Answers::Refused,
            usual: launch.usual,
            stillborn: launch.stillborn,
            protected: false,
            managed: true,
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            deploys: Deploys::default(),
            turn: 0,
        };
        self.compute.machines.push(machine);
        self.compute_later(STARTING, Due::Started(slot));
        self.compute_later(CHECKS, Due::Checked(slot));
        self.machine_changed(slot);
        slot
    }

    fn started(&mut self, slot: usize) {
        let Some(machine) = self.compute.machines.get_mut(slot).filter(|machine| machine.power == Power::Pending) else { return };
        machine.power = Power::Running;
        self.boot(slot, BOOTING);
    }

    fn checked(&mut self, slot: usize) {
        if let Some(machine) = self.compute.machines.get_mut(slot) {
            machine.checked = true;
        }
        self.compute_settle();
    }

    /// Nothing answers on a machine until that long from now.
    pub(crate) fn boot(&mut self, slot: usize, length: Millis) {
        let Some(machine) = self.compute.machines.get_mut(slot) else { return };
        machine.answers = Answers::Refused;
        machine.turn += 1;
        let turn = machine.turn;
        self.compute_later(length, Due::Serving(slot, turn));
        self.machine_changed(slot);
    }

    fn serving(&mut self, slot: usize, turn: u64) {
        let now = self.now;
        let Some(machine) = self.compute.machines.get_mut(slot).filter(|machine| machine.turn == turn) else { return };
        if machine.stillborn {
            return;
        }
        machine.answers = machine.usual;
        if let Some(container) = &mut machine.container {
            container.started = now;
        }
        self.machine_changed(slot);
    }

    /// Lets a machine answer otherwise from now on, or for a while.
    pub(super) fn answer_with(&mut self, slot: usize, answers: Answers, lasts: Option<Millis>) {
        let Some(machine) = self.compute.machines.get_mut(slot) else { return };
        let before = std::mem::replace(&mut machine.answers, answers);
        // A boot that goes on has nothing more to say.
        machine.turn += 1;
        let turn = machine.turn;
        if let Some(lasts) = lasts {
            self.compute_later(lasts, Due::Recovered(slot, turn, before));
        }
        self.machine_changed(slot);
    }

    fn recovered(&mut self, slot: usize, turn: u64, answers: Answers) {
        if self.compute.machines.get(slot).is_some_and(|machine| machine.turn == turn) {
            self.answer_with(slot, answers, None);
        }
    }

    /// Restarts a machine: what runs on it answers again after a while.
    pub fn reboot_machine(&mut self, slot: usize) {
        if self.compute.machines.get(slot).is_some_and(|machine| machine.power == Power::Running) {
            self.boot(slot, BOOTING);
        }
    }

    /// Begins to end a machine.
    pub fn terminate_machine(&mut self, slot: usize) {
        let Some(machine) = self.compute.machines.get_mut(slot).filter(|machine| machine.alive()) else { return };
        machine.power = Power::ShuttingDown;
        for address in self.compute.addresses.iter_mut().filter(|address| address.machine == Some(slot)) {
            address.machine = None;
        }
        self.compute_later(ENDING, Due::Gone(slot));
        self.scaling_changed(slot);
        self.machine_changed(slot);
    }

    fn gone(&mut self, slot: usize) {
        let now = self.now;
        let Some(machine) = self.compute.machines.get_mut(slot) else { return };
        machine.power = Power::Terminated;
        machine.ended = Some(now);
        // Elastic Load Balancing takes an instance that is gone out of its groups.
        for group in &mut self.compute.groups {
            group.targets.retain(|target| target.machine != slot);
        }
        self.compute_settle();
    }

    /// Runs another container on a machine in place of the one that it has.
    pub(crate) fn run_container(&mut self, slot: usize, container: Container, length: Millis) {
        let Some(machine) = self.compute.machines.get_mut(slot) else { return };
        machine.container = Some(container);
        self.boot(slot, length);
    }

    /// After any change of a machine: what its target groups make of it, and the truth.
    pub(crate) fn machine_changed(&mut self, slot: usize) {
        let groups: Vec<usize> = self.compute.groups_with(slot).collect();
        for group in groups {
            self.review_target(group, slot);
        }
        self.compute_settle();
    }

    /// The container of an image in place of the one that a machine runs: of the same
    /// name and repository, with the digest that the tag stands for there.
    #[must_use]
    pub(crate) fn container_of(&self, slot: usize, tag: &Name, commit: &Name) -> Option<Container> {
        let old = self.compute.machines.get(slot)?.container.as_ref()?;
        let repository = self.registry.iter().find(|repository| repository.uri() == *old.image);
        let digest = repository.and_then(|repository| repository.tagged(tag)).map(|image| Arc::clone(&image.digest));
        Some(Container { tag: Arc::clone(tag), digest, commit: Arc::clone(commit), started: self.now, ..old.clone() })
    }
}
