//! Instances that carry tags as environments.
//!
//! Asks for exactly the declared tags, and holds what comes back against them again: an instance of another case
//! is never listed. Remembers which machines an environment has, and which target groups know them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription, TargetHealthReasonEnum};
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::clients::Clients;
use super::machines::{Machine, Machines};
use super::tagged_words::{self, Group};
use super::target_groups::{is_at, scopes};
use super::versions::{self, VersionReader};
use super::{Told, observation, pages, target_words};
use crate::model::catalogue::Tier;
use crate::model::clock::Timestamp;
use crate::model::compute::{Tag, Tagged, TaggedInstances as Declared};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, EnvironmentKey, InstanceId, Platform, Region};
use crate::model::sighting::{Coverage, Identity, Observation, Reading, Scope};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Source, Sweep};

/// From one question about an environment to the next.
const SWEEP: Sweep = Sweep { turn: Duration::from_millis(200), at_once: 8 };
/// How soon the target groups of a region are listed again.
const GROUPS_PAUSE: Duration = Duration::from_secs(300);
/// How soon it is looked again in which of them a machine is that was in none.
const SEARCH_PAUSE: Duration = Duration::from_secs(120);
/// How many target groups of a region are looked through.
const MOST_GROUPS: usize = 30;

/// The declared tags of every connection and region.
#[derive(Clone)]
pub struct TaggedInstances {
    wire: Wire,
    declared: Arc<[Declared]>,
    machines: Machines,
    versions: VersionReader,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    /// What the latest listing found.
    environments: HashMap<(Connection, EnvironmentKey), (usize, Group)>,
    /// The target groups of regions.
    groups: HashMap<(Connection, Region), (Instant, Vec<String>)>,
    /// Which of them know the machines of an environment, and when that was looked up.
    targets: HashMap<(Connection, EnvironmentKey), (Instant, Vec<String>)>,
}

impl Source for TaggedInstances {
    fn scopes(&self) -> Option<Vec<Scope>> {
        Some(scopes(Platform::TaggedEc2, self.declared.iter().map(|declared| &declared.site)))
    }

    fn sweep(&self) -> Option<Sweep> {
        Some(SWEEP)
    }

    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(self.observe(scope, ask))
    }
}

impl TaggedInstances {
    /// Asks with these clients, out of these budgets, for what is declared.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter, declared: Vec<Declared>) -> Self {
        let wire = Wire::new(clients, limiter);
        Self {
            machines: Machines::new(wire.clone()),
            versions: VersionReader::new(wire.clone()),
            declared: declared.into(),
            memory: Arc::default(),
            wire,
        }
    }

    async fn observe(&self, scope: Arc<Scope>, ask: Ask) -> Observation {
        let line = self.wire.line(&scope.connection, scope.region.as_ref()).await;
        let answer = match &ask {
            Ask::Listing => self.list(&line).await,
            Ask::Events { .. } => Answer { stamp: self.wire.stamp(), told: Ok(Told::nothing()) },
            Ask::Instances(key) => self.instances(&line, key).await,
            Ask::Versions(key) => self.running(&line, key).await,
            Ask::Health(_) | Ask::Resources(_) | Ask::Probes { .. } | Ask::Properties { .. } => self.wire.no_answer("EC2", ask.question()),
        };
        observation(scope, ask.question(), ask.about().cloned(), answer)
    }

    /// One question for each set of tags; a set that fails fails the listing, since what is in it would disappear.
    async fn list(&self, line: &Line) -> Answer<Told> {
        let stamp = self.wire.stamp();
        let account = match self.wire.account(line).await {
            Ok(account) => account,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let mut told = Told { account, readings: Vec::new(), coverage: Coverage::Complete };
        let mut first = None;
        let here = self.declared.iter().enumerate().filter(|(_, declared)| is_at(&declared.site, line));
        let here: Vec<(usize, &Declared)> = here.collect();
        for (index, declared) in here {
            let Answer { stamp, told: machines } = self.machines.by_tags(line, &declared.tags).await;
            let stamp = *first.get_or_insert(stamp);
            match machines {
                Ok(machines) => self.list_one(line, (index, declared), machines, stamp.asked_at, &mut told),
                Err(fault) => return Answer { stamp, told: Err(fault) },
            }
        }
        let present: Vec<&EnvironmentKey> = told.readings.iter().map(|(key, _)| key).collect();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let is_elsewhere = |key: &EnvironmentKey| key.region.as_ref() != Some(&line.region);
        let keeps = |way: &Connection, key: &EnvironmentKey| *way != line.connection || is_elsewhere(key) || present.contains(&key);
        memory.environments.retain(|(way, key), _| keeps(way, key));
        memory.targets.retain(|(way, key), _| keeps(way, key));
        drop(memory);
        Answer { stamp: first.unwrap_or(stamp), told: Ok(told) }
    }

    /// What the machines of one declaration are.
    fn list_one(&self, line: &Line, (index, declared): (usize, &Declared), machines: Vec<Machine>, now: Timestamp, told: &mut Told) {
        let (groups, odd) = tagged_words::groups(declared, machines);
        if let Some(fault) = unnumbered(line, declared, &odd) {
            told.coverage = Coverage::Except(fault);
        }
        for group in groups {
            let key = key(line, told.account.as_ref(), &group);
            let reading = listed(declared, &group, now);
            self.memory
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .environments
                .insert((line.connection.clone(), key.clone()), (index, group));
            told.readings.push((key, reading));
        }
    }

    fn known(&self, line: &Line, key: &EnvironmentKey) -> Result<(&Declared, Group), Fault> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let known = memory.environments.get(&(line.connection.clone(), key.clone())).cloned();
        drop(memory);
        let of = |(index, group): (usize, Group)| self.declared.get(index).map(|declared| (declared, group));
        known.and_then(of).ok_or_else(|| {
            Fault::new(
                FaultKind::Missing,
                format!("the instances of {} are not known: no listing of {} has held them", key.name, line.region),
            )
        })
    }

    async fn instances(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let stamp = self.wire.stamp();
        let (declared, group) = match self.known(line, key) {
            Ok(known) => known,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let told = self.found(line, key, declared, &group).await;
        Answer { stamp, told: told.map(|reading| Told::about(key, reading)) }
    }

    async fn found(&self, line: &Line, key: &EnvironmentKey, declared: &Declared, group: &Group) -> Result<Reading, Fault> {
        let ids: Vec<InstanceId> = group.machines.iter().map(|machine| machine.id.clone()).collect();
        let by_id: HashMap<InstanceId, Machine> = group.machines.iter().map(|machine| (machine.id.clone(), machine.clone())).collect();
        let targets = self.targets(line, key, &ids).await?;
        let mut reading = if targets.is_empty() && group.pull.is_some() {
            tagged_words::unbalanced(&group.machines)
        } else {
            let of = |machine: &Machine| {
                let found = target_words::instance(machine.id.clone(), &targets, &by_id);
                if found.word.is_some() { found } else { tagged_words::stated(machine) }
            };
            tagged_words::balanced(group, group.machines.iter().map(of).collect())
        };
        if let Some(instances) = reading.instances.take() {
            reading.instances = Some(self.versions.by_tag(line, &declared.version, instances, &by_id).await?);
        }
        Ok(reading)
    }

    /// How the load balancers find these machines: those target groups are asked that knew one of them the last time.
    async fn targets(&self, line: &Line, key: &EnvironmentKey, ids: &[InstanceId]) -> Result<Vec<TargetHealthDescription>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let now = Instant::now();
        let place = (line.connection.clone(), key.clone());
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).targets.get(&place).cloned();
        let mut told = Vec::new();
        if let Some((at, groups)) = known {
            for group in &groups {
                told.extend(self.registered(line, key, group, ids).await?);
            }
            let is_found = |id: &InstanceId| told.iter().any(|told| told.target().and_then(TargetDescription::id) == Some(id.as_str()));
            if ids.iter().all(is_found) || now.saturating_duration_since(at) < SEARCH_PAUSE {
                return Ok(told);
            }
        }
        let mut groups = Vec::new();
        told.clear();
        for group in self.groups(line, now).await? {
            let registered = self.registered(line, key, &group, ids).await?;
            if !registered.is_empty() {
                groups.push(group);
                told.extend(registered);
            }
        }
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).targets.insert(place, (now, groups));
        Ok(told)
    }

    /// The target groups of the region whose targets are machines, listed once for all environments.
    async fn groups(&self, line: &Line, now: Instant) -> Result<Vec<String>, Fault> {
        let place = (line.connection.clone(), line.region.clone());
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).groups.get(&place).cloned();
        if let Some((_, groups)) = known.filter(|(at, _)| now.saturating_duration_since(*at) < GROUPS_PAUSE) {
            return Ok(groups);
        }
        let operation = operation("DescribeTargetGroups", None);
        let client = line.opened.balancing(&line.region);
        let pages = pages::all(line, operation, |marker| {
            let ask = client.describe_target_groups().set_marker(marker);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.target_groups.unwrap_or_default(), page.next_marker)) }
            })
        });
        let told = pages.await.told?;
        let of_machines = told.iter().filter(|group| group.target_type().is_none_or(|kind| kind.as_str() == "instance"));
        let groups: Vec<String> = of_machines.filter_map(|group| group.target_group_arn.clone()).take(MOST_GROUPS).collect();
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).groups.insert(place, (now, groups.clone()));
        Ok(groups)
    }

    /// Those of these machines that are registered with a target group, as it finds them.
    async fn registered(
        &self,
        line: &Line,
        key: &EnvironmentKey,
        group: &str,
        ids: &[InstanceId],
    ) -> Result<Vec<TargetHealthDescription>, Fault> {
        let ask = line.opened.balancing(&line.region).describe_target_health().target_group_arn(group);
        let told = self.wire.call(line, operation("DescribeTargetHealth", Some(key)), ask.send()).await;
        let told = match told.told {
            Ok(told) => told.target_health_descriptions.unwrap_or_default(),
            // A target group that is gone has nobody registered.
            Err(fault) if fault.kind == FaultKind::Missing => Vec::new(),
            Err(fault) => return Err(fault),
        };
        let is_ours = |told: &TargetHealthDescription| {
            let id = told.target().and_then(TargetDescription::id);
            let reason = told.target_health().and_then(|health| health.reason());
            id.is_some_and(|id| ids.iter().any(|own| own.as_str() == id)) && reason != Some(&TargetHealthReasonEnum::NotRegistered)
        };
        Ok(told.into_iter().filter(is_ours).collect())
    }

    /// What runs on each machine, by a command.
    async fn running(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let (declared, group) = match self.known(line, key) {
            Ok(known) => known,
            Err(fault) => return Answer { stamp: self.wire.stamp(), told: Err(fault) },
        };
        let launched: Vec<_> = group.on().map(|machine| (machine.id.clone(), machine.launched_at)).collect();
        let Answer { stamp, told } = self.versions.by_command(line, &declared.version, key, &launched).await;
        Answer { stamp, told: told.map(|reading| Told::about(key, reading)) }
    }
}

fn operation<'a>(name: &'static str, key: Option<&'a EnvironmentKey>) -> Operation<'a> {
    let about = key.map(|key| key.name.as_str());
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about, in_turn: false }
}

fn key(line: &Line, account: Option<&AccountId>, group: &Group) -> EnvironmentKey {
    EnvironmentKey { platform: Platform::TaggedEc2, account: account.cloned(), region: Some(line.region.clone()), name: group.name.clone() }
}

/// What a listing tells of one environment.
fn listed(declared: &Declared, group: &Group, now: Timestamp) -> Reading {
    let tags: Vec<String> = declared.tags.iter().map(Tag::to_string).collect();
    let tags = tags.join(", ");
    let named = match group.pull {
        Some(pull) => format!("{tags} of pull request {pull}"),
        None => tags.clone(),
    };
    let identity = Identity {
        url: group.on().find_map(|machine| machine.address.clone()).filter(|_| group.pull.is_some()),
        stack: Some(Arc::from(format!("EC2 instances with {tags}"))),
        answers: versions::answers(&declared.version),
        tells_versions: declared.version.is_some(),
        tier: if group.pull.is_some() { declared.tier.or(Some(Tier::Preview)) } else { declared.tier },
        expected: Some(group.expected),
        pull: group.pull,
        warnings: group.warnings(&named, now),
        created_at: group.machines.iter().filter_map(|machine| machine.launched_at).min().filter(|_| group.pull.is_some()),
        ..Identity::of(declared.app.clone())
    };
    Reading { identity: Some(Box::new(identity)), busy: Some(group.busy(now)), ..Reading::default() }
}

/// Machines that are a preview of nobody knows which pull request.
fn unnumbered(line: &Line, declared: &Declared, odd: &[InstanceId]) -> Option<Fault> {
    let Tagged::Previews { pull_tag } = &declared.what else { return None };
    let ids: Vec<&str> = odd.iter().map(InstanceId::as_str).collect();
    (!ids.is_empty()).then(|| {
        let what = if ids.len() == 1 { "is an instance" } else { "are instances" };
        let sentence = format!(
            "in {} there {what} of previews without a number in the tag {pull_tag} ({}): left out, the others are shown",
            line.region,
            ids.join(", ")
        );
        Fault::new(FaultKind::Malformed, sentence)
    })
}
