//! Environments that tags make: every machine that carries them is one.
//!
//! Owns which those are and their rows in the contract's words. Keys and values
//! are exact, as at EC2: `Environment` is not `environment`.

use super::Compute;
use super::machine::{Answers, Machine, Power};
use super::target_group::Phase;
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

impl Compute {
    /// The machines that carry the tags of an environment, in the order they were launched.
    pub fn carrying(&self, tagged: usize) -> impl Iterator<Item = usize> {
        let found = self.tagged.get(tagged);
        let rule = found.and_then(|tagged| self.rules.get(tagged.rule));
        let name = found.map_or("", |tagged| &*tagged.name);
        let machines = self.machines.iter().enumerate().filter(|(_, machine)| machine.alive());
        let carries = move |machine: &Machine| rule.and_then(|rule| rule.name(machine)).is_some_and(|of| of == name);
        machines.filter(move |(_, machine)| carries(machine)).map(|(slot, _)| slot)
    }

    /// Notes the environments of machines that are there; those that are known stay.
    pub(crate) fn meet(&mut self) {
        for (number, rule) in self.rules.iter().enumerate() {
            for machine in self.machines.iter().filter(|machine| machine.alive()) {
                let Some(name) = rule.name(machine) else { continue };
                if self.tagged.iter().any(|known| known.rule == number && *known.name == *name) {
                    continue;
                }
                let tier = crate::scenario::environments::tier_of(&name);
                self.tagged.push(Tagged { rule: number, name: name.into(), tier: tier.into(), history: History::default() });
            }
        }
    }

    /// Whether a machine serves: healthy in a target group where its like is in one,
    /// else by its own answers.
    fn serves(&self, slot: usize, grouped: bool) -> bool {
        let Some(machine) = self.machines.get(slot) else { return false };
        let healthy = self.groups.iter().filter_map(|group| group.target(slot)).any(|target| target.phase == Phase::Healthy);
        matches!(machine.answer(), Answers::Well | Answers::Status(200..=299)) && (healthy || !grouped)
    }
}

impl World {
    /// Notes what is true of the environments that tags make.
    pub(super) fn settle_tagged(&mut self) {
        self.compute.meet();
        let now = self.now;
        for slot in 0..self.compute.tagged.len() {
            let row = row(&self.compute, slot);
            if let Some(tagged) = self.compute.tagged.get_mut(slot) {
                tagged.history.note(now, row);
            }
        }
    }
}

/// The truth about an environment; none where nothing carries its tags.
fn row(compute: &Compute, tagged: usize) -> Option<Row> {
    let machines: Vec<usize> = compute.carrying(tagged).collect();
    let grouped = machines.iter().any(|&slot| compute.groups_with(slot).next().is_some());
    let serving: Vec<usize> = machines.iter().copied().filter(|&slot| compute.serves(slot, grouped)).collect();
    let activity = compute.replaces.iter().rev().find(|replace| !replace.over && replace.order.tagged == tagged);
    let activity = activity.map(|replace| Activity { kind: "deploy", done: None, since: replace.since });
    let state =
        |power: Power| machines.iter().filter(|&&slot| compute.machines.get(slot).is_some_and(|machine| machine.power == power)).count();
    let (level, causes) = level(machines.len(), serving.len(), state(Power::Pending), activity.is_some())?;
    // What serves says what runs; of several that differ, what most of them run.
    let of = if serving.is_empty() { &machines } else { &serving };
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

fn level(total: usize, serving: usize, pending: usize, deploys: bool) -> Option<(&'static str, Vec<String>)> {
    let causes = match (total, serving) {
        (0, _) => return None,
        (_, 0) if pending == total => return Some(("info", vec![String::from("The instance is starting.")])),
        (_, 0) => return Some(("severe", vec![String::from("No instance is healthy.")])),
        (1, _) => return Some(("ok", Vec::new())),
        (total, serving) if serving < total => vec![format!("{total} instances carry the tags, {serving} of them healthy.")],
        (total, _) => vec![format!("{total} instances carry the tags.")],
    };
    Some((if deploys { "info" } else { "warning" }, causes))
}
