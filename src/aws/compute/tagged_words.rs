//! What instances with the same tags are together: pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::machines::Machine;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Timestamp;
use crate::model::compute::{Tagged, TaggedInstances};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::{EnvironmentName, InstanceId, PullNumber};
use crate::model::instance::{Instance, Instances, Silence};
use crate::model::sighting::{Busy, Reading, Warning};

/// For how long a machine that is one too many may be part of a deploy: one that boots, is checked and
/// takes over. After that it was left behind.
const DEPLOYS_WITHIN: Duration = Duration::from_secs(3_600);

/// The instances of one environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The environment.
    pub name: EnvironmentName,
    /// The pull request that it is a preview of.
    pub pull: Option<PullNumber>,
    /// How many instances it should have.
    pub expected: u32,
    /// Every one that has not been terminated.
    pub machines: Vec<Machine>,
}

/// What the machines that carry a declaration's tags are; and those of which it cannot be said.
pub fn groups(declared: &TaggedInstances, machines: Vec<Machine>) -> (Vec<Group>, Vec<InstanceId>) {
    match &declared.what {
        Tagged::One { name, expected } => {
            let group = Group { name: name.clone(), pull: None, expected: *expected, machines };
            (vec![group], Vec::new())
        }
        Tagged::Previews { pull_tag } => {
            let mut of_pulls: BTreeMap<u64, Vec<Machine>> = BTreeMap::new();
            let mut odd = Vec::new();
            for machine in machines {
                let number = machine.tags.get(&**pull_tag).and_then(|text| text.trim().parse().ok());
                match number {
                    Some(number) => of_pulls.entry(number).or_default().push(machine),
                    None => odd.push(machine.id),
                }
            }
            let group = |(number, machines): (u64, Vec<Machine>)| Group {
                name: EnvironmentName::from(format!("pr-{number}")),
                pull: Some(PullNumber(number)),
                expected: 1,
                machines,
            };
            (of_pulls.into_iter().map(group).collect(), odd)
        }
    }
}

impl Group {
    /// Those of its machines that run, or will.
    pub fn on(&self) -> impl Iterator<Item = &Machine> {
        self.machines.iter().filter(|machine| machine.is_on())
    }

    /// Whether there are more of them than there should be, one of which is young enough to be a deploy's.
    fn deploys(&self, now: Timestamp) -> bool {
        let limit = now.checked_sub(DEPLOYS_WITHIN).ok();
        let is_young = |machine: &Machine| machine.launched_at.zip(limit).is_some_and(|(launched, limit)| launched > limit);
        self.is_over() && self.on().any(is_young)
    }

    fn is_over(&self) -> bool {
        self.on().count() > usize::try_from(self.expected).unwrap_or(usize::MAX)
    }

    /// What goes on, as far as the number of machines tells.
    pub fn busy(&self, now: Timestamp) -> Busy {
        if self.deploys(now) { Busy::With(Activity::of(ActivityKind::Deploy)) } else { Busy::No }
    }

    /// What the listing alone finds wrong.
    pub fn warnings(&self, tags: &str, now: Timestamp) -> Vec<Warning> {
        let on = self.on().count();
        if on == 0 && self.pull.is_none() {
            let states: Vec<String> = self.machines.iter().map(|machine| format!("{} is {}", machine.id, machine.state)).collect();
            let rest = if states.is_empty() { String::new() } else { format!(": {}", states.join(", ")) };
            return vec![Warning::new(Level::Severe, format!("no running instance carries {tags}{rest}"))];
        }
        if !self.is_over() {
            return Vec::new();
        }
        let each: Vec<String> = self.on().map(told).collect();
        let why = if self.deploys(now) {
            "a deploy is under way, or one has just failed"
        } else {
            "one of them was left behind by a failed deploy"
        };
        let sentence = format!(
            "{on} running instances carry {tags}, {} {} expected: {}; {why}, and the next deploy ends every instance with this tag",
            self.expected,
            if self.expected == 1 { "is" } else { "are" },
            each.join(", ")
        );
        vec![Warning::new(Level::Warning, sentence)]
    }
}

/// A machine with its launch, by which a person tells one from the other.
fn told(machine: &Machine) -> String {
    match machine.launched_at {
        Some(at) => format!("{} of {}", machine.id, at.strftime("%Y-%m-%d %H:%MZ")),
        None => machine.id.to_string(),
    }
}

/// Machines of which no load balancer tells how they are.
pub fn unbalanced(machines: &[Machine], why: Silence) -> Reading {
    let each: Vec<Instance> = machines.iter().map(stated).collect();
    let instances = Instances { each, health_known: false, silence: Some(why), versions_from: None };
    Reading { instances: Some(instances), ..Reading::default() }
}

/// A machine as its power alone tells.
pub fn stated(machine: &Machine) -> Instance {
    let causes = if machine.is_on() { Vec::new() } else { vec![Arc::from(format!("the instance is {}", machine.state))] };
    Instance { word: Some(Arc::clone(&machine.state)), causes, ..machine.instance() }
}

/// How machines are that should be the healthy target of something, each as its load balancer finds it.
pub fn balanced(group: &Group, each: Vec<Instance>) -> Reading {
    let healthy: Vec<&Instance> = each.iter().filter(|instance| instance.level == Level::Ok).collect();
    let expected = usize::try_from(group.expected).unwrap_or(usize::MAX);
    let level = match healthy.len() {
        0 => Level::Severe,
        some if some < expected => Level::Degraded,
        _ if each.len() > expected => Level::Warning,
        _ => Level::Ok,
    };
    let mut causes: Vec<Arc<str>> = Vec::new();
    if healthy.is_empty() {
        causes.push(Arc::from("no instance is a healthy target of a load balancer: requests are not answered"));
    }
    for instance in each.iter().filter(|instance| instance.level != Level::Ok) {
        let why = instance.causes.first().map_or("no target group has it registered", |cause| cause);
        causes.push(Arc::from(format!("{}: {why}", instance.id)));
    }
    if healthy.len() > expected {
        let ids: Vec<&str> = healthy.iter().map(|instance| instance.id.as_str()).collect();
        causes.push(Arc::from(format!("requests go to {} instances where {expected} should answer: {}", healthy.len(), ids.join(", "))));
    }
    let health = Health { level, word: None, causes, source: HealthSource::TargetHealth };
    let instances = Instances { each, health_known: true, silence: None, versions_from: None };
    Reading { health: Some(health), instances: Some(instances), ..Reading::default() }
}
