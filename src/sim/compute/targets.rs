//! How targets change: registered, checked, judged, drained.
//!
//! Owns when a target's state changes. Which state follows from an answer is
//! `target_group`'s.

use super::Due;
use super::target_group::{Phase, Target};
use crate::moment::{Millis, SECOND};
use crate::world::World;

/// How long a registration takes.
const REGISTERING: Millis = 4 * SECOND;

impl World {
    /// Registers a machine. One that is drained comes back.
    pub fn register(&mut self, group: usize, machine: usize, port: Option<u16>) {
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        let port = port.unwrap_or(found.port);
        let turn = found.next_turn();
        match found.target_mut(machine) {
            Some(target) if target.phase != Phase::Draining => return,
            Some(target) => *target = Target { machine, port, phase: Phase::Registering, turn, coming: None },
            None => found.targets.push(Target { machine, port, phase: Phase::Registering, turn, coming: None }),
        }
        self.compute_later(REGISTERING, Due::Checking(group, machine, turn));
        self.compute_settle();
    }

    /// Deregisters a machine: its connections may go on for the group's delay.
    pub fn deregister(&mut self, group: usize, machine: usize) {
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        let (turn, delay) = (found.next_turn(), found.delay);
        let Some(target) = found.target_mut(machine).filter(|target| target.phase != Phase::Draining) else { return };
        target.phase = Phase::Draining;
        target.turn = turn;
        target.coming = None;
        self.compute_later(delay.saturating_mul(SECOND), Due::Drained(group, machine, turn));
        self.compute_settle();
    }

    /// The target, where it still is the one that something was planned for.
    fn planned(&mut self, group: usize, machine: usize, turn: u64) -> Option<&mut Target> {
        self.compute.groups.get_mut(group)?.target_mut(machine).filter(|target| target.turn == turn)
    }

    pub(super) fn checking(&mut self, group: usize, machine: usize, turn: u64) {
        let Some(target) = self.planned(group, machine, turn) else { return };
        target.phase = Phase::Checking;
        self.review_target(group, machine);
        self.compute_settle();
    }

    pub(super) fn drained(&mut self, group: usize, machine: usize, turn: u64) {
        if self.planned(group, machine, turn).is_none() {
            return;
        }
        if let Some(found) = self.compute.groups.get_mut(group) {
            found.targets.retain(|target| target.machine != machine);
        }
        self.compute_settle();
    }

    pub(super) fn judged(&mut self, group: usize, machine: usize, turn: u64) {
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        let Some(of) = self.compute.machines.get(machine) else { return };
        let phase = found.failure(of).map_or(Phase::Healthy, Phase::Unhealthy);
        let Some(target) = found.target_mut(machine).filter(|target| target.turn == turn) else { return };
        target.phase = phase;
        target.coming = None;
        self.compute_settle();
    }

    /// What a target's machine answers now may lead to another state, once enough
    /// health checks have said the same.
    pub(super) fn review_target(&mut self, group: usize, machine: usize) {
        let Some(found) = self.compute.groups.get_mut(group) else { return };
        let Some(of) = self.compute.machines.get(machine) else { return };
        let failure = found.failure(of);
        let turn = found.next_turn();
        let Some(target) = found.target(machine) else { return };
        let judgement = match target.phase {
            Phase::Registering | Phase::Draining => return,
            Phase::Healthy => failure.is_some().then_some(false),
            Phase::Unhealthy(_) => failure.is_none().then_some(true),
            Phase::Checking => Some(failure.is_none()),
        };
        if judgement.is_some() && judgement == target.coming {
            return;
        }
        let length = judgement.map(|well| found.judging(target, of, well));
        let Some(target) = found.target_mut(machine) else { return };
        target.turn = turn;
        target.coming = judgement;
        if let (Phase::Unhealthy(why), Some(now)) = (&mut target.phase, failure) {
            *why = now;
        }
        if let Some(length) = length {
            self.compute_later(length, Due::Judged(group, machine, turn));
        }
    }
}
