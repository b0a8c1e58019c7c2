//! What instances with the same tags are together: pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::machines::{Machine, UNTOLD};
use super::registered::{Absence, Registered};
use super::target_words::{self, Placed, Standing};
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
        Tagged::Previews { pull_tag, .. } => {
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

    /// What state it is in where nothing of it runs.
    pub fn off(&self) -> Option<&str> {
        if self.on().next().is_some() { None } else { self.machines.first().map(|machine| &*machine.state) }
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
    let instances = Instances { each, silence: Some(why), ..Instances::default() };
    Reading { instances: Some(instances), ..Reading::default() }
}

/// A machine as its power alone tells.
fn stated(machine: &Machine) -> Instance {
    let is_told = &*machine.state != UNTOLD;
    let causes = if machine.is_on() || !is_told { Vec::new() } else { vec![Arc::from(format!("the instance is {}", machine.state))] };
    Instance { word: Some(Arc::clone(&machine.state)), causes, ..machine.instance() }
}

/// How machines are that should be the healthy targets of something, each as its load balancers find it.
pub fn balanced(group: &Group, registered: &Registered) -> Reading {
    let each: Vec<Placed> = group.machines.iter().map(|machine| placed(machine, registered)).collect();
    let unproven = match &registered.absence {
        Absence::Unproven(why) if each.iter().any(|placed| placed.standing.is_none()) => Some(Arc::clone(why)),
        Absence::Everywhere | Absence::From(_) | Absence::Unproven(_) => None,
    };
    let health = health(group, &each, unproven.is_some());
    let each = each.into_iter().map(|placed| placed.instance).collect();
    let instances = Instances { each, health_known: unproven.is_none(), silence: unproven.map(Silence::Unproven), ..Instances::default() };
    Reading { health, instances: Some(instances), ..Reading::default() }
}

/// A machine as the best of its target groups is: that one sends it requests. What another finds wrong is said.
fn placed(machine: &Machine, registered: &Registered) -> Placed {
    let known = HashMap::from([(machine.id.clone(), machine.clone())]);
    let groups = registered.groups_of(&machine.id);
    let mut each: Vec<(Arc<str>, Placed)> =
        groups.into_iter().map(|(group, targets)| (group, target_words::placed(machine.id.clone(), &targets, &known))).collect();
    // Stable: of several that are alike the first.
    each.sort_by_key(|(_, placed)| placed.standing);
    let mut each = each.into_iter();
    let Some((_, mut best)) = each.next() else { return Placed { standing: None, instance: unregistered(machine, &registered.absence) } };
    let others = each.flat_map(|(group, placed)| placed.instance.causes.into_iter().map(move |cause| format!("in {group}: {cause}")));
    best.instance.causes.extend(others.map(Arc::from));
    best
}

/// A machine that no target group was found to have.
fn unregistered(machine: &Machine, absence: &Absence) -> Instance {
    let mut instance = stated(machine);
    let why: Arc<str> = match absence {
        Absence::Everywhere => Arc::from("no target group has it registered"),
        Absence::From(groups) => Arc::from(format!("it is not registered with {}", groups.join(" or "))),
        Absence::Unproven(why) => Arc::from(format!("whether a target group has it registered is not known: {why}")),
    };
    instance.causes.push(why);
    instance
}

/// How all of them are together; none where that is not known.
fn health(group: &Group, each: &[Placed], is_unproven: bool) -> Option<Health> {
    let standings: Vec<Standing> = each.iter().filter_map(|placed| placed.standing).collect();
    let healthy: Vec<&Placed> = each.iter().filter(|placed| placed.standing == Some(Standing::Healthy)).collect();
    let expected = usize::try_from(group.expected).unwrap_or(usize::MAX);
    let fails_elsewhere = healthy.iter().any(|placed| !placed.instance.causes.is_empty());
    let mut causes: Vec<Arc<str>> = Vec::new();
    let level = match healthy.len() {
        0 if is_unproven => return None,
        0 if standings.is_empty() => {
            causes.push(Arc::from("no instance is a healthy target of a load balancer: requests are not answered"));
            Level::Severe
        }
        0 => {
            let (level, why) = target_words::none_healthy(&standings, "registered instances");
            causes.push(Arc::from(why));
            level
        }
        some if some < expected => Level::Degraded,
        _ if each.len() > expected || fails_elsewhere => Level::Warning,
        _ => Level::Ok,
    };
    for Placed { instance, .. } in each {
        causes.extend(instance.causes.iter().map(|why| Arc::from(format!("{}: {why}", instance.id))));
    }
    if healthy.len() > expected {
        let ids: Vec<&str> = healthy.iter().map(|placed| placed.instance.id.as_str()).collect();
        causes.push(Arc::from(format!("requests go to {} instances where {expected} should answer: {}", healthy.len(), ids.join(", "))));
    }
    Some(Health { level, word: None, causes, source: HealthSource::TargetHealth })
}
