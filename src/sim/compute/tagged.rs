//! Environments that tags make: every machine that carries them is one.
//!
//! Owns which those are and their rows in the contract's words. Keys and values
//! are exact, as at EC2: `Environment` is not `environment`.

use std::collections::BTreeMap;

use super::Compute;
use super::machine::{Machine, Power};
use super::truth::{most, versions};
use crate::environment::{Name, Place};
use crate::history::{Activity, History, Row};
use crate::world::World;

/// Which tags make environments in a place.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Whose and where.
    pub place: Place,
    /// The app that they are of.
    pub app: Name,
    /// The key whose value is the environment.
    pub key: String,
    /// The key whose value is the number of a pull request.
    pub pull: String,
}

impl Rule {
    /// The name of the environment that a machine belongs to: the value of the key, or
    /// `pr-` and the number where it has one.
    fn name(&self, machine: &Machine) -> Option<String> {
        let value = machine.tags.get(&self.key).filter(|_| machine.place == self.place)?;
        Some(machine.tags.get(&self.pull).map_or_else(|| value.clone(), |number| format!("pr-{number}")))
    }
}

/// An environment that tags make.
#[derive(Debug)]
pub struct Tagged {
    /// The number of the rule.
    pub rule: usize,
    /// Its name.
    pub name: Name,
    /// production, staging, development, preview, unknown.
    pub tier: Name,
    /// What it was like.
    pub history: History,
}

/// What target groups say of machines, by the place of each: looked up once for all
/// environments, since there may be hundreds of both.
struct Standing {
    grouped: Vec<bool>,
    healthy: Vec<bool>,
}

impl Standing {
    fn of(compute: &Compute) -> Self {
        let none = vec![false; compute.machines.len()];
        let mut standing = Self { grouped: none.clone(), healthy: none };
        for (group, target) in compute.groups.iter().flat_map(|group| group.targets.iter().map(move |target| (group, target))) {
            if let Some(grouped) = standing.grouped.get_mut(target.machine) {
                *grouped = true;
            }
            if let Some(healthy) = standing.healthy.get_mut(target.machine) {
                let machine = compute.machines.get(target.machine);
                *healthy |= machine.is_some_and(|machine| group.told(target, machine).state == "healthy");
            }
        }
        standing
    }

    /// Whether a machine serves, as far as AWS can tell: healthy in a target group where
    /// its like is in one, else on and past EC2's checks.
    fn serves(&self, compute: &Compute, slot: usize, grouped: bool) -> bool {
        let on = |machine: &Machine| machine.power == Power::Running && machine.checked;
        if grouped { self.healthy.get(slot).copied().unwrap_or(false) } else { compute.machines.get(slot).is_some_and(on) }
    }
}

impl Compute {
    /// The environments of the machines that are there, each with those that carry its
    /// tags in the order they were launched; by rule and name.
    fn carried(&self) -> BTreeMap<(usize, String), Vec<usize>> {
        let mut carried: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (slot, machine) in self.machines.iter().enumerate().filter(|(_, machine)| machine.alive()) {
            for (number, rule) in self.rules.iter().enumerate() {
                if let Some(name) = rule.name(machine) {
                    carried.entry((number, name)).or_default().push(slot);
                }
            }
        }
        carried
    }

    /// The machines that carry the tags of an environment, in the order they were launched.
    #[must_use]
    pub fn carrying(&self, tagged: usize) -> Vec<usize> {
        let Some(tagged) = self.tagged.get(tagged) else { return Vec::new() };
        self.carried().remove(&(tagged.rule, tagged.name.to_string())).unwrap_or_default()
    }

    /// Notes the environments of machines that are there; those that are known stay.
    pub(crate) fn meet(&mut self) -> Vec<Vec<usize>> {
        let mut carried = self.carried();
        let mut by_place: Vec<Vec<usize>> =
            self.tagged.iter().map(|known| carried.remove(&(known.rule, known.name.to_string())).unwrap_or_default()).collect();
        // In the order in which their first machines were launched.
        let mut fresh: Vec<((usize, String), Vec<usize>)> = carried.into_iter().collect();
        fresh.sort_by_key(|(_, machines)| machines.first().copied());
        for ((rule, name), machines) in fresh {
            let tier = crate::scenario::environments::tier_of(&name);
            self.tagged.push(Tagged { rule, name: name.into(), tier: tier.into(), history: History::default() });
            by_place.push(machines);
        }
        by_place
    }
}

impl World {
    /// Notes what is true of the environments that tags make.
    pub(super) fn settle_tagged(&mut self) {
        let now = self.now;
        let carried = self.compute.meet();
        let standing = Standing::of(&self.compute);
        for (slot, machines) in carried.iter().enumerate() {
            let row = row(&self.compute, &standing, slot, machines);
            if let Some(tagged) = self.compute.tagged.get_mut(slot) {
                tagged.history.note(now, row);
            }
        }
    }
}

/// The truth about an environment; none where nothing carries its tags.
fn row(compute: &Compute, standing: &Standing, tagged: usize, machines: &[usize]) -> Option<Row> {
    let grouped = machines.iter().any(|&slot| standing.grouped.get(slot).copied().unwrap_or(false));
    let serving: Vec<usize> = machines.iter().copied().filter(|&slot| standing.serves(compute, slot, grouped)).collect();
    let activity = compute.replaces.iter().rev().find(|replace| !replace.over && replace.order.tagged == tagged);
    let activity = activity.map(|replace| Activity { kind: "deploy", done: None, since: replace.since });
    let starts = |machine: &Machine| machine.power == Power::Pending || (machine.power == Power::Running && !machine.checked);
    let starting = machines.iter().filter(|&&slot| compute.machines.get(slot).is_some_and(starts)).count();
    let (level, causes) = level(machines.len(), serving.len(), starting, activity.is_some())?;
    // What serves says what runs; of several that differ, what most of them run.
    let of = if serving.is_empty() { machines } else { &serving };
    Some(Row {
        label: most(&versions(compute, of.iter().copied())),
        level,
        causes: causes.into(),
        activity,
        total: machines.len(),
        healthy: serving.len(),
        versions: versions(compute, machines.iter().copied()).into(),
    })
}

fn level(total: usize, serving: usize, starting: usize, deploys: bool) -> Option<(&'static str, Vec<String>)> {
    let causes = match (total, serving) {
        (0, _) => return None,
        (_, 0) if starting == total => return Some(("info", vec![String::from("The instance is starting.")])),
        (_, 0) => return Some(("severe", vec![String::from("No instance is healthy.")])),
        (1, _) => return Some(("ok", Vec::new())),
        (total, serving) if serving < total => vec![format!("{total} instances carry the tags, {serving} of them healthy.")],
        (total, _) => vec![format!("{total} instances carry the tags.")],
    };
    Some((if deploys { "info" } else { "warning" }, causes))
}
