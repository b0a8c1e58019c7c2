//! Target groups: how the load balancer finds the machines of an environment
//! whose own health does not tell.
//!
//! Remembers which target groups are an environment's, since they seldom
//! change, and for a while what may not be asked; never how a target was.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_elasticbeanstalk::types::EnvironmentResourceDescription;
use aws_sdk_elasticloadbalancingv2::types::{TargetGroup, TargetHealthDescription};
use tokio::time::Instant;

use super::super::call::{Line, Operation, Wire};
use super::super::target_state::State;
use super::super::told::text;
use super::instances;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::id::{Connection, EnvironmentKey, Region};
use crate::model::instance::{Instance, Instances, Silence};
use crate::model::sighting::Reading;

/// How many target groups of one load balancer are looked through. An
/// environment has one for each of its processes; a load balancer that many
/// environments share has dozens, and nothing says whose each is.
const MOST_GROUPS: usize = 5;
/// How soon the groups are looked for again while some machine is in none of them.
const SEARCH_PAUSE: Duration = Duration::from_secs(60);
/// The same where there are more of them than are looked through: then it will hardly help.
const LONG_SEARCH_PAUSE: Duration = Duration::from_secs(1_800);
/// For how long what is denied is not asked for again.
const DENIED_PAUSE: Duration = Duration::from_secs(60);
/// For how long what the service does not offer is not asked for again.
const NOT_OFFERED_PAUSE: Duration = Duration::from_secs(3_600);
/// For how long it is remembered which groups were an environment's that is not listed any more.
const MEMORY: Duration = Duration::from_secs(3_600);
/// The calls of a first reading: which groups, and the targets of one.
const FIRST_CALLS: u32 = 2;

/// Asks load balancers about the machines of environments. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct Targets {
    wire: Wire,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    environments: HashMap<(Connection, EnvironmentKey), Found>,
    /// What may not be asked, until when, and why.
    resting: HashMap<(Connection, Option<Region>), (Instant, Fault)>,
}

/// Where the targets of an environment are.
#[derive(Clone, Default)]
struct Found {
    /// The load balancers it had then: another one makes all of this void.
    balancers: Vec<String>,
    groups: Vec<String>,
    /// Whether there were more groups than were looked through.
    more: bool,
    /// When to look again, where a machine was in none of them.
    search_at: Option<Instant>,
    /// Since when complete listings do not hold the environment.
    gone_since: Option<Instant>,
}

/// The targets of one group.
type Group = Vec<TargetHealthDescription>;

/// What the groups of an environment told.
struct Told {
    targets: Group,
    /// What it means where a machine is not among them.
    unfound: Silence,
}

impl Targets {
    pub(super) fn new(wire: Wire) -> Self {
        Self { wire, memory: Arc::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls [`Self::instances`] will probably make.
    pub(super) fn calls(&self, connection: &Connection, key: &EnvironmentKey) -> u32 {
        let now = Instant::now();
        let memory = self.memory();
        if memory.rests(connection, key.region.as_ref(), now).is_some() {
            return 0;
        }
        match memory.environments.get(&(connection.clone(), key.clone())) {
            Some(found) if found.search_at.is_none_or(|at| now < at) => u32::try_from(found.groups.len()).unwrap_or(u32::MAX),
            Some(_) | None => FIRST_CALLS,
        }
    }

    /// The machines of an environment, each as its load balancer finds it.
    ///
    /// Where the load balancer may not be asked, the machines alone. Where it
    /// has answered before and does not now, that is a fault: the last values stay.
    pub(super) async fn instances(
        &self,
        line: &Line,
        key: &EnvironmentKey,
        told: Option<&EnvironmentResourceDescription>,
    ) -> Result<Instances, Fault> {
        let machines = instances::by_name(told);
        let balancers = match balancers(told) {
            Ok(balancers) => balancers,
            Err(silence) => {
                self.remember(line, key, Found::default());
                return Ok(silent(machines, silence));
            }
        };
        if machines.each.is_empty() {
            return Ok(machines);
        }
        let rests = self.memory().rests(&line.connection, Some(&line.region), Instant::now());
        if let Some(fault) = rests {
            return Ok(silent(machines, Silence::Failed(fault)));
        }
        let found = self.memory().environments.get(&(line.connection.clone(), key.clone())).cloned();
        let answered_before = found.as_ref().is_some_and(|found| !found.groups.is_empty());
        let told = match found.filter(|found| found.holds(&balancers, Instant::now())) {
            Some(found) => match self.remembered(line, key, &machines, found).await {
                // A target group is gone: another has taken its place, or will.
                Err(fault) if fault.kind == FaultKind::Missing => self.search(line, key, &machines, balancers).await,
                told => told,
            },
            None => self.search(line, key, &machines, balancers).await,
        };
        match told {
            Ok(told) => Ok(judged(machines, &told)),
            Err(fault) => self.silenced(line, key, machines, fault, answered_before),
        }
    }

    fn remember(&self, line: &Line, key: &EnvironmentKey, found: Found) {
        self.memory().environments.insert((line.connection.clone(), key.clone()), found);
    }

    /// Forgets, in time, the environments of this region that are not among those of a complete listing.
    pub(super) fn forget_others(&self, line: &Line, listed: &[(EnvironmentKey, Reading)]) {
        let mut memory = self.memory();
        if !memory.environments.is_empty() {
            let listed: HashSet<&EnvironmentKey> = listed.iter().map(|(key, _)| key).collect();
            memory.keep(&line.connection, &line.region, &listed, Instant::now());
        }
    }

    /// Asks the groups that were found before.
    async fn remembered(&self, line: &Line, key: &EnvironmentKey, machines: &Instances, mut found: Found) -> Result<Told, Fault> {
        let mut targets = Vec::new();
        for group in &found.groups {
            targets.extend(self.targets(line, key, group).await?);
        }
        let unfound = found.unfound();
        if found.search_at.is_none() && !holds_all(machines, &targets) {
            found.search_at = Some(Instant::now());
            self.remember(line, key, found);
        }
        Ok(Told { targets, unfound })
    }

    /// Finds the groups of the load balancers that hold one of the machines, and asks them.
    async fn search(&self, line: &Line, key: &EnvironmentKey, machines: &Instances, balancers: Vec<String>) -> Result<Told, Fault> {
        let mut found = Found { balancers, ..Found::default() };
        let mut targets = Vec::new();
        for balancer in &found.balancers {
            let groups = self.groups(line, key, balancer).await?;
            found.more |= groups.len() > MOST_GROUPS;
            for group in groups.into_iter().take(MOST_GROUPS) {
                let of_group = self.targets(line, key, &group).await?;
                if machines.each.iter().any(|machine| of_group.iter().any(|target| is_of(target, machine))) {
                    found.groups.push(group);
                    targets.extend(of_group);
                }
            }
        }
        let pause = if found.more { LONG_SEARCH_PAUSE } else { SEARCH_PAUSE };
        found.search_at = (!holds_all(machines, &targets)).then(|| Instant::now() + pause);
        let unfound = found.unfound();
        self.remember(line, key, found);
        Ok(Told { targets, unfound })
    }

    async fn groups(&self, line: &Line, key: &EnvironmentKey, balancer: &str) -> Result<Vec<String>, Fault> {
        let send = line.opened.balancing(&line.region).describe_target_groups().load_balancer_arn(balancer).send();
        let told = self.wire.call(line, operation("DescribeTargetGroups", key), send).await.told?;
        let mut groups: Vec<&TargetGroup> = told.target_groups().iter().collect();
        // On a shared load balancer a group's name may begin like the environment's.
        let named = |group: &TargetGroup| group.target_group_name().is_some_and(|name| name.contains(key.name.as_str()));
        groups.sort_by_key(|group| !named(group));
        Ok(groups.into_iter().filter_map(|group| text(group.target_group_arn.as_ref()).map(str::to_owned)).collect())
    }

    async fn targets(&self, line: &Line, key: &EnvironmentKey, group: &str) -> Result<Group, Fault> {
        let send = line.opened.balancing(&line.region).describe_target_health().target_group_arn(group).send();
        let told = self.wire.call(line, operation("DescribeTargetHealth", key), send).await.told?;
        Ok(told.target_health_descriptions.unwrap_or_default())
    }

    /// What a load balancer's no leaves of a reading.
    fn silenced(
        &self,
        line: &Line,
        key: &EnvironmentKey,
        machines: Instances,
        fault: Fault,
        answered_before: bool,
    ) -> Result<Instances, Fault> {
        let rest = match fault.kind {
            FaultKind::Denied => Some(DENIED_PAUSE),
            FaultKind::Unsupported => Some(NOT_OFFERED_PAUSE),
            FaultKind::Missing | FaultKind::Refused => {
                self.memory().environments.remove(&(line.connection.clone(), key.clone()));
                None
            }
            FaultKind::Throttled(_) | FaultKind::Expired | FaultKind::Unreachable | FaultKind::Failed | FaultKind::Malformed => {
                if answered_before {
                    return Err(fault);
                }
                None
            }
        };
        if let Some(pause) = rest {
            let place = (line.connection.clone(), Some(line.region.clone()));
            self.memory().resting.insert(place, (Instant::now() + pause, fault.clone()));
        }
        Ok(silent(machines, Silence::Failed(fault)))
    }
}

impl Found {
    fn holds(&self, balancers: &[String], now: Instant) -> bool {
        self.balancers == balancers && self.search_at.is_none_or(|at| now < at)
    }

    const fn unfound(&self) -> Silence {
        if self.more { Silence::NotFound } else { Silence::NotRegistered }
    }
}

impl Memory {
    fn keep(&mut self, connection: &Connection, region: &Region, listed: &HashSet<&EnvironmentKey>, now: Instant) {
        self.environments.retain(|(way, key), found| {
            if way != connection || key.region.as_ref() != Some(region) {
                return true;
            }
            found.gone_since = if listed.contains(key) { None } else { found.gone_since.or(Some(now)) };
            found.gone_since.is_none_or(|since| now.saturating_duration_since(since) < MEMORY)
        });
    }

    fn rests(&self, connection: &Connection, region: Option<&Region>, now: Instant) -> Option<Fault> {
        let (until, fault) = self.resting.get(&(connection.clone(), region.cloned()))?;
        (now < *until).then(|| fault.clone())
    }
}

fn operation<'a>(name: &'static str, key: &'a EnvironmentKey) -> Operation<'a> {
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about: Some(key.name.as_str()), in_turn: true }
}

/// The ARNs of an environment's load balancers. A classic one is told by its name alone.
fn balancers(told: Option<&EnvironmentResourceDescription>) -> Result<Vec<String>, Silence> {
    let named = told.map(EnvironmentResourceDescription::load_balancers).unwrap_or_default();
    let names: Vec<&str> = named.iter().filter_map(|told| text(told.name.as_ref())).collect();
    if names.is_empty() {
        return Err(Silence::NoBalancer);
    }
    let arns: Vec<String> = names.into_iter().filter(|name| name.starts_with("arn:")).map(str::to_owned).collect();
    if arns.is_empty() { Err(Silence::ClassicBalancer) } else { Ok(arns) }
}

fn silent(machines: Instances, silence: Silence) -> Instances {
    Instances { health_known: false, silence: Some(silence), ..machines }
}

fn is_of(target: &TargetHealthDescription, machine: &Instance) -> bool {
    target.target().and_then(|target| target.id()) == Some(machine.id.as_str())
}

fn holds_all(machines: &Instances, told: &[TargetHealthDescription]) -> bool {
    machines.each.iter().all(|machine| told.iter().any(|target| is_of(target, machine)))
}

/// The machines as their targets are; of several targets of one machine the worst counts.
fn judged(mut machines: Instances, told: &Told) -> Instances {
    let mut silence = None;
    for machine in &mut machines.each {
        let states = told.targets.iter().filter(|target| is_of(target, machine)).filter_map(TargetHealthDescription::target_health);
        let worst = states.filter_map(State::of).max_by_key(|state| state.level.unwrap_or(Level::Unknown).urgency());
        let Some(state) = worst else {
            silence = Some(told.unfound.clone());
            continue;
        };
        machine.level = state.level.unwrap_or(Level::Unknown);
        machine.word = Some(Arc::from(state.word));
        machine.causes = state.cause().map(Arc::from).into_iter().collect();
        if state.level.is_none() {
            silence = silence.or(Some(Silence::NotChecked));
        }
    }
    Instances { health_known: silence.is_none(), silence, ..machines }
}

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
