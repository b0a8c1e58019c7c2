//! A deploy that replaces one machine by another, as a script makes it.
//!
//! Owns the steps of that script: launch, wait for the checks of EC2, register
//! or give an address, wait until healthy, and only then terminate what was
//! there before, without draining it. What never gets healthy stays, beside the
//! old one: an orphan.

use std::sync::Arc;

use super::Due;
use super::machine::{Answers, Machine, Power};
use super::motion::Launch;
use super::target_group::Phase;
use crate::environment::Name;
use crate::moment::{MINUTE, Millis, Moment, SECOND};
use crate::world::World;

/// How far apart the script looks at the checks of the new machine.
const CHECKS: Millis = 30 * SECOND;
/// How far apart the script looks whether the new machine is healthy.
const LOOK: Millis = MINUTE;
/// How often it looks.
const LOOKS: u32 = 60;

/// The status that a deploy reports on the commit.
#[derive(Clone, Debug)]
pub struct Report {
    /// The repository's place.
    pub repository: usize,
    /// The commit's place in it.
    pub commit: usize,
    /// Such as `ci/circleci: backend deploy prod`.
    pub context: Name,
}

/// What a replacement is to do.
#[derive(Clone, Debug)]
pub struct ReplaceOrder {
    /// The environment that tags make, by its number.
    pub tagged: usize,
    /// The commit that the new machine runs.
    pub commit: Name,
    /// The new machine never answers.
    pub fails: bool,
    /// Where the script tells of it.
    pub report: Option<Report>,
}

/// A replacement that runs.
#[derive(Clone, Debug)]
pub struct Replace {
    /// What it does.
    pub order: ReplaceOrder,
    /// Since when.
    pub since: Moment,
    /// The new machine.
    pub new: usize,
    /// Those that it replaces.
    pub old: Vec<usize>,
    /// The target groups that those are registered in.
    pub groups: Vec<usize>,
    /// How often it has looked.
    pub looks: u32,
    /// The new machine is registered, or has its address.
    pub open: bool,
    /// It is over.
    pub over: bool,
    /// When it was over, and whether the new machine serves.
    pub ended: Option<(Moment, bool)>,
}

impl World {
    /// Begins to replace what carries the tags of an environment. A preview that has
    /// no machine yet gets none: there is nothing to launch it like.
    pub fn replace_machine(&mut self, order: ReplaceOrder) {
        let old: Vec<usize> = self.compute.carrying(order.tagged);
        let Some(like) = old.iter().rev().find_map(|&slot| self.compute.machines.get(slot)).cloned() else { return };
        let groups: Vec<usize> = (0..self.compute.groups.len())
            .filter(|&group| old.iter().any(|&slot| self.compute.groups.get(group).is_some_and(|g| g.target(slot).is_some())))
            .collect();
        let container = like.container.map(|container| super::machine::Container {
            tag: Arc::clone(&order.commit),
            commit: Arc::clone(&order.commit),
            ..container
        });
        // What is launched answers as those do that serve, and not as one that was left behind.
        let serves = |machine: &&Machine| matches!(machine.answer(), Answers::Well | Answers::Status(200..=299));
        let usual =
            old.iter().rev().filter_map(|&slot| self.compute.machines.get(slot)).find(serves).map_or(like.usual, |machine| machine.usual);
        let launch =
            Launch { place: like.place, ami: like.ami, kind: like.kind, tags: like.tags, container, usual, stillborn: order.fails };
        self.report(&order, "pending");
        let slot = self.compute.replaces.len();
        let reservation = self.draws.bits();
        // The truth tells of a deploy from the launch on.
        let new = self.compute.machines.len();
        self.compute.replaces.push(Replace { order, since: self.now, new, old, groups, looks: 0, open: false, over: false, ended: None });
        self.launch_machine(launch, reservation);
        self.compute_later(CHECKS, Due::Replace(slot));
    }

    fn report(&mut self, order: &ReplaceOrder, state: &'static str) {
        if let Some(report) = &order.report {
            self.report_status(report.repository, report.commit, &report.context, state);
        }
    }

    /// The next look of a replacement.
    pub(super) fn replace_on(&mut self, slot: usize) {
        let Some(replace) = self.compute.replaces.get(slot).filter(|replace| !replace.over).cloned() else { return };
        let Some(new) = self.compute.machines.get(replace.new) else { return };
        if !replace.open {
            if new.power == Power::Running && new.checked {
                return self.open(slot, &replace);
            }
            if new.alive() {
                return self.compute_later(CHECKS, Due::Replace(slot));
            }
        }
        if self.serves(&replace, new) {
            return self.end_replace(slot, &replace, true);
        }
        if replace.looks + 1 >= LOOKS || !new.alive() {
            return self.end_replace(slot, &replace, false);
        }
        if let Some(replace) = self.compute.replaces.get_mut(slot) {
            replace.looks += 1;
        }
        self.compute_later(LOOK, Due::Replace(slot));
    }

    /// The new machine is registered where the old ones are; outside of target groups
    /// it gets the first address that is free, and without one the script fails.
    fn open(&mut self, slot: usize, replace: &Replace) {
        if let Some(replace) = self.compute.replaces.get_mut(slot) {
            replace.open = true;
        }
        if replace.groups.is_empty() {
            let place = self.compute.machines.get(replace.new).map(|machine| machine.place.clone());
            let mut pool = self.compute.addresses.iter_mut().filter(|address| Some(&address.place) == place.as_ref());
            match pool.find(|address| address.machine.is_none()) {
                Some(address) => address.machine = Some(replace.new),
                None => return self.end_replace(slot, replace, false),
            }
        }
        for &group in &replace.groups {
            self.register(group, replace.new, None);
        }
        self.compute_later(LOOK, Due::Replace(slot));
    }

    fn serves(&self, replace: &Replace, new: &Machine) -> bool {
        let healthy = |&group: &usize| {
            let target = self.compute.groups.get(group).and_then(|group| group.target(replace.new));
            target.is_some_and(|target| target.phase == Phase::Healthy)
        };
        matches!(new.answer(), Answers::Well | Answers::Status(200..=299)) && replace.groups.iter().all(healthy)
    }

    fn end_replace(&mut self, slot: usize, replace: &Replace, well: bool) {
        let now = self.now;
        if let Some(replace) = self.compute.replaces.get_mut(slot) {
            replace.over = true;
            replace.ended = Some((now, well));
        }
        if well {
            for &old in &replace.old {
                self.terminate_machine(old);
            }
        }
        self.report(&replace.order, if well { "success" } else { "failure" });
        self.compute_settle();
    }
}
