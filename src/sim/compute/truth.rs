//! What is true of target groups: their rows in the contract's words.
//!
//! Owns how a group's level follows from the states of its targets. Never
//! changes anything but the history.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Compute;
use super::target_group::TargetGroup;
use crate::environment::Name;
use crate::history::Row;
use crate::world::World;

/// How many targets are in each state, and why those that are unhealthy are.
#[derive(Debug, Default)]
struct States {
    of: BTreeMap<&'static str, usize>,
    unhealthy: BTreeMap<String, usize>,
}

impl States {
    fn of(compute: &Compute, group: &TargetGroup) -> Self {
        let mut states = Self::default();
        for target in &group.targets {
            let Some(machine) = compute.machines.get(target.machine) else { continue };
            let told = group.told(target, machine);
            *states.of.entry(told.state).or_default() += 1;
            if let ("unhealthy", Some((_, description))) = (told.state, told.reason) {
                *states.unhealthy.entry(description).or_default() += 1;
            }
        }
        states
    }

    fn count(&self, state: &str) -> usize {
        self.of.get(state).copied().unwrap_or(0)
    }
}

impl World {
    /// Notes what is true of machines and target groups from now on.
    pub(crate) fn compute_settle(&mut self) {
        let now = self.now;
        for slot in 0..self.compute.groups.len() {
            let Some(group) = self.compute.groups.get(slot).filter(|group| group.listed) else { continue };
            let row = group_row(&self.compute, group);
            if let Some(group) = self.compute.groups.get_mut(slot) {
                group.history.note(now, Some(row));
            }
        }
        self.settle_tagged();
    }
}

fn group_row(compute: &Compute, group: &TargetGroup) -> Row {
    let states = States::of(compute, group);
    let versions = versions(compute, group.targets.iter().map(|target| target.machine));
    let (level, causes) = level(&states, group.targets.len(), versions.len() > 1 && group.roll.is_none());
    Row {
        label: most(&versions),
        level,
        causes: causes.into(),
        activity: group.roll.as_ref().map(super::roll::Roll::activity),
        total: group.targets.len(),
        healthy: states.count("healthy"),
        versions: versions.into(),
    }
}

/// How many machines run each commit, in the order of the commits.
pub(super) fn versions(compute: &Compute, machines: impl Iterator<Item = usize>) -> Vec<(Name, usize)> {
    let mut counts: BTreeMap<&Name, usize> = BTreeMap::new();
    for container in machines.filter_map(|machine| compute.machines.get(machine)?.container.as_ref()) {
        *counts.entry(&container.commit).or_default() += 1;
    }
    counts.into_iter().map(|(commit, count)| (Arc::clone(commit), count)).collect()
}

/// The commit that most run; of several the first.
pub(super) fn most(versions: &[(Name, usize)]) -> Name {
    let best = versions.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or_else(|| "".into(), |(commit, _)| Arc::clone(commit))
}

fn level(states: &States, total: usize, mixed: bool) -> (&'static str, Vec<String>) {
    let (healthy, unhealthy) = (states.count("healthy"), states.count("unhealthy"));
    let mut causes = Vec::new();
    if total == 0 {
        return ("severe", vec![String::from("No targets are registered.")]);
    }
    if states.count("unavailable") == total {
        return ("unknown", vec![String::from("Target health is unavailable.")]);
    }
    if healthy == 0 {
        causes.push(format!("None of {} is healthy.", targets(total)));
    }
    for (why, count) in &states.unhealthy {
        causes.push(format!("{count} of {} {} unhealthy: {why}.", targets(total), be(*count)));
    }
    for state in ["initial", "draining", "unused", "unavailable"] {
        let count = states.count(state);
        if count > 0 {
            causes.push(format!("{count} of {} {} {state}.", targets(total), be(count)));
        }
    }
    if mixed {
        causes.push(String::from("The targets run different versions."));
    }
    let level = if healthy == 0 {
        "severe"
    } else if unhealthy > 0 {
        "degraded"
    } else if mixed {
        "warning"
    } else if healthy < total {
        "info"
    } else {
        "ok"
    };
    (level, causes)
}

fn targets(count: usize) -> String {
    if count == 1 { String::from("1 target") } else { format!("{count} targets") }
}

const fn be(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
