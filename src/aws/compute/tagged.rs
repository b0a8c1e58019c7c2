//! Instances that carry tags as environments.
//!
//! Asks for exactly the declared tags, and holds what comes back against them again: an instance of another case
//! is never listed. Remembers which machines an environment has.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::call::{Answer, Line, Wire};
use super::super::clients::Clients;
use super::machines::{Found, Machine, Machines};
use super::registered::{Registered, Registry};
use super::tagged_words::{self, Group};
use super::target_groups::{is_at, scopes};
use super::versions::{self, VersionReader};
use super::{Told, observation, target_words};
use crate::model::catalogue::Tier;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{Tag, Tagged, TaggedInstances as Declared};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, EnvironmentKey, InstanceId, Platform};
use crate::model::instance::Silence;
use crate::model::sighting::{Coverage, Identity, Observation, Reading, Scope};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Source, Sweep};

/// From one question about an environment to the next: most of them cost no call of their own.
const SWEEP: Sweep = Sweep { turn: Duration::from_millis(20), at_once: 16 };
/// The declared tags of every connection and region.
#[derive(Clone)]
pub struct TaggedInstances {
    wire: Wire,
    declared: Arc<[Declared]>,
    machines: Machines,
    registry: Registry,
    versions: VersionReader,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    /// What the latest listing found.
    environments: HashMap<(Connection, EnvironmentKey), (usize, Group)>,
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
            registry: Registry::new(wire.clone()),
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
        match self.found(line, key, declared, group).await {
            // As old as the oldest part of it.
            Ok((asked, reading)) => Answer { stamp: asked.unwrap_or(stamp), told: Ok(Told::about(key, reading)) },
            Err(fault) => Answer { stamp, told: Err(fault) },
        }
    }

    async fn found(
        &self,
        line: &Line,
        key: &EnvironmentKey,
        declared: &Declared,
        mut group: Group,
    ) -> Result<(Option<Stamp>, Reading), Fault> {
        let ids: Vec<InstanceId> = group.machines.iter().map(|machine| machine.id.clone()).collect();
        let Found { machines: by_id, stamp: asked } = self.machines.by_id(line, &ids).await?;
        group.machines = ids.iter().filter_map(|id| by_id.get(id).cloned()).collect();
        let (stamp, mut reading) = if group.pull.is_some() {
            // Looking hundreds of previews up in every target group of a region would cost more than it tells.
            (asked, tagged_words::unbalanced(&group.machines, Silence::NotAsked))
        } else {
            let registered = self.registry.find(line, key.name.as_str(), &ids).await?;
            (registered.stamp.into_iter().chain(asked).min(), balanced(&group, &registered, &by_id))
        };
        if let Some(instances) = reading.instances.take() {
            reading.instances = Some(self.versions.by_tag(line, &declared.version, instances, &by_id).await?);
        }
        Ok((stamp, reading))
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

/// How the machines of an environment are, each as its load balancers find it.
fn balanced(group: &Group, registered: &Registered, by_id: &HashMap<InstanceId, Machine>) -> Reading {
    let is_known = registered.is_complete || group.machines.iter().all(|machine| registered.holds(&machine.id));
    if !is_known {
        return tagged_words::unbalanced(&group.machines, Silence::NotFound);
    }
    let found = |machine: &Machine| {
        let found = target_words::instance(machine.id.clone(), &registered.targets, by_id);
        if found.word.is_some() { found } else { tagged_words::stated(machine) }
    };
    tagged_words::balanced(group, group.machines.iter().map(found).collect())
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
