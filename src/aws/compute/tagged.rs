//! Instances that carry tags as environments.
//!
//! Asks for exactly the declared tags, and holds what comes back against them again: an instance of another case
//! is never listed. Remembers which machines an environment has.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::call::{Answer, Line, Wire};
use super::super::clients::Clients;
use super::addresses::{Addresses, Pool};
use super::checks::Checks;
use super::machines::{Found, Machine, Machines};
use super::registered::{Absence, Registry};
use super::tagged_words::{self, Group};
use super::target_groups::{is_at, scopes};
use super::versions::{self, VersionReader};
use super::{Told, observation};
use crate::model::catalogue::Tier;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{Tag, Tagged, TaggedInstances as Declared};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, EnvironmentKey, InstanceId, Platform};
use crate::model::instance::Silence;
use crate::model::planning::Planning;
use crate::model::sighting::{Coverage, Identity, Observation, Reading, Scope};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Machines as Port, Source, Sweep};

/// From one question about an environment to the next: most of them cost no call of their own.
const SWEEP: Sweep = Sweep { turn: Duration::from_millis(20), at_once: 16 };
/// The declared tags of every connection and region.
#[derive(Clone)]
pub struct TaggedInstances {
    wire: Wire,
    declared: Arc<[Declared]>,
    machines: Machines,
    registry: Registry,
    checks: Checks,
    addresses: Addresses,
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
    /// Asks with these clients, out of these budgets, for what is declared; and machines themselves by this port.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter, machines: Arc<dyn Port>, declared: Vec<Declared>) -> Self {
        let wire = Wire::new(clients, limiter);
        Self {
            machines: Machines::new(wire.clone()),
            registry: Registry::new(wire.clone()),
            checks: Checks::new(wire.clone()),
            addresses: Addresses::new(wire.clone()),
            versions: VersionReader::new(wire.clone(), machines),
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
            Ask::Planning { key, .. } => self.planning(&line, key).await,
            Ask::Health(_) | Ask::Resources(_) | Ask::Probes { .. } | Ask::Properties { .. } => self.wire.no_answer("EC2", ask.question()),
        };
        observation(scope, ask.question(), ask.about().cloned(), answer)
    }

    /// One question for each set of tags; a set that fails fails the listing, since what is in it would disappear.
    async fn list(&self, line: &Line) -> Answer<Told> {
        let (mut listed, mut first) = (Vec::new(), None);
        for (index, declared) in self.declared.iter().enumerate().filter(|(_, declared)| is_at(&declared.site, line)) {
            let Answer { stamp, told } = self.machines.by_tags(line, &declared.tags).await;
            let stamp = *first.get_or_insert(stamp);
            match told {
                Ok(machines) => listed.push((index, declared, machines)),
                Err(fault) => return Answer { stamp, told: Err(fault) },
            }
        }
        let stamp = first.unwrap_or_else(|| self.wire.stamp());
        let owner = listed.iter().flat_map(|(_, _, machines)| machines).find_map(|machine| machine.owner.clone());
        let account = match self.account(line, owner).await {
            Ok(account) => account,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let mut told = Told { account, readings: Vec::new(), coverage: Coverage::Complete };
        let mut remarks = Vec::new();
        for (index, declared, machines) in listed {
            let pool =
                if declared.wants_addresses() { self.addresses.pool(line).await.map_err(|fault| remarks.push(fault)).ok() } else { None };
            remarks.extend(self.list_one(line, (index, declared), machines, (stamp.asked_at, pool.as_ref()), &mut told));
        }
        told.coverage = coverage(&remarks);
        self.forget(line, &told);
        Answer { stamp, told: Ok(told) }
    }

    /// Whose machines these are, as they say themselves: who may ask for machines may not always ask who it is.
    async fn account(&self, line: &Line, owner: Option<AccountId>) -> Result<Option<AccountId>, Fault> {
        let Some(owner) = owner else { return self.wire.account(line).await };
        self.wire.leads_to(line, &owner);
        Ok(Some(owner))
    }

    /// What the machines of one declaration are, and what about them wants a person's attention.
    fn list_one(
        &self,
        line: &Line,
        (index, declared): (usize, &Declared),
        machines: Vec<Machine>,
        (now, pool): (Timestamp, Option<&Pool>),
        told: &mut Told,
    ) -> Vec<Fault> {
        let (groups, odd) = tagged_words::groups(declared, machines);
        let empty = pool.and_then(|pool| pool.remark(&line.region, &groups));
        for group in groups {
            let key = key(line, told.account.as_ref(), &group);
            let reading = listed(declared, &group, now, pool);
            self.memory
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .environments
                .insert((line.connection.clone(), key.clone()), (index, group));
            told.readings.push((key, reading));
        }
        unnumbered(line, declared, &odd).into_iter().chain(empty).collect()
    }

    /// Lets go of what is not there any more.
    fn forget(&self, line: &Line, told: &Told) {
        let present: HashSet<&EnvironmentKey> = told.readings.iter().map(|(key, _)| key).collect();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let is_elsewhere = |key: &EnvironmentKey| key.region.as_ref() != Some(&line.region);
        let keeps = |way: &Connection, key: &EnvironmentKey| *way != line.connection || is_elsewhere(key) || present.contains(key);
        memory.environments.retain(|(way, key), _| keeps(way, key));
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
        let told = self.machines.by_id(line, &ids).await;
        if group.pull.is_some() {
            let Found { machines, stamp } = told?;
            group.machines = ids.iter().filter_map(|id| machines.get(id).cloned()).collect();
            // Looking hundreds of previews up in every target group of a region would cost more than it tells.
            let reading = tagged_words::unbalanced(&group.machines, Silence::NotAsked);
            return Ok((stamp, self.with_versions(line, declared, &group, reading, None).await));
        }
        // How their load balancers find them is known without EC2.
        let (asked, gap) = match told {
            Ok(Found { machines, stamp }) => {
                group.machines = ids.iter().filter_map(|id| machines.get(id).cloned()).collect();
                (stamp, None)
            }
            Err(fault) => {
                group.machines = group.machines.into_iter().map(Machine::untold).collect();
                (None, Some(fault))
            }
        };
        let registered = self.registry.find(line, key.name.as_str(), &ids, &declared.target_groups).await?;
        let stamp = registered.stamp.into_iter().chain(asked).min();
        let mut reading = tagged_words::balanced(&group, &registered);
        if let Some(instances) = &mut reading.instances {
            for instance in &mut instances.each {
                instance.whereabouts.registered = registered.standing_of(&instance.id);
            }
            self.checks.tell(line, &mut reading.health, instances).await;
        }
        Ok((stamp, self.with_versions(line, declared, &group, reading, gap).await))
    }

    /// The same with the versions that tags tell, and with why the rest of it is missing.
    async fn with_versions(&self, line: &Line, declared: &Declared, group: &Group, mut reading: Reading, gap: Option<Fault>) -> Reading {
        let Some(mut instances) = reading.instances.take() else { return reading };
        instances.gaps.extend(gap);
        let by_id = group.machines.iter().map(|machine| (machine.id.clone(), machine.clone())).collect();
        Reading { instances: Some(self.versions.by_tag(line, &declared.version, instances, &by_id).await), ..reading }
    }

    /// Which target groups its machines stand in, of any name: previews are not looked up there else.
    async fn planning(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let stamp = self.wire.stamp();
        let group = match self.known(line, key) {
            Ok((_, group)) => group,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let ids: Vec<InstanceId> = group.machines.iter().map(|machine| machine.id.clone()).collect();
        let registered = match self.registry.find_now(line, key.name.as_str(), &ids).await {
            Ok(registered) => registered,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let stamp = registered.stamp.unwrap_or(stamp);
        let why = match &registered.absence {
            Absence::Everywhere => None,
            Absence::From(_) => Some("the region was not looked through"),
            Absence::Unproven(why) => Some(&**why),
        };
        let told = match why.filter(|_| ids.iter().any(|id| registered.standing_of(id).is_empty())) {
            Some(why) => Err(Fault::new(FaultKind::Failed, format!("whether a target group has its instances is not known: {why}"))),
            None => Ok(ids.iter().map(|id| (id.clone(), registered.standing_of(id))).collect()),
        };
        let reading = |standing| {
            let planning = Planning { registered: Some(standing), ..Planning::default() };
            Reading { planning: Some(Arc::new(planning)), ..Reading::default() }
        };
        Answer { stamp, told: told.map(|standing| Told::about(key, reading(standing))) }
    }

    /// What runs on each machine, by asking it.
    async fn running(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let (declared, group) = match self.known(line, key) {
            Ok(known) => known,
            Err(fault) => return Answer { stamp: self.wire.stamp(), told: Err(fault) },
        };
        let machines: Vec<Machine> = group.on().cloned().collect();
        let Answer { stamp, told } = self.versions.by_asking(line, &declared.version, key, &machines).await;
        Answer { stamp, told: told.map(|reading| Told::about(key, reading)) }
    }
}

/// A listing with what wants a person's attention: nothing of that may be an environment that has gone.
fn coverage(remarks: &[Fault]) -> Coverage {
    let Some(first) = remarks.first() else { return Coverage::Complete };
    let sentences: Vec<&str> = remarks.iter().map(|fault| &*fault.sentence).collect();
    Coverage::Remarked(Fault::new(first.kind, sentences.join("; ")))
}

fn key(line: &Line, account: Option<&AccountId>, group: &Group) -> EnvironmentKey {
    EnvironmentKey { platform: Platform::TaggedEc2, account: account.cloned(), region: Some(line.region.clone()), name: group.name.clone() }
}

/// What a listing tells of one environment.
fn listed(declared: &Declared, group: &Group, now: Timestamp, pool: Option<&Pool>) -> Reading {
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
        warnings: group.warnings(&named, now).into_iter().chain(pool.and_then(|pool| pool.warning(group))).collect(),
        status: group.off().map(Arc::from),
        created_at: group.machines.iter().filter_map(|machine| machine.launched_at).min().filter(|_| group.pull.is_some()),
        ..Identity::of(declared.app.clone())
    };
    Reading { identity: Some(Box::new(identity)), busy: Some(group.busy(now)), ..Reading::default() }
}

/// Machines that are a preview of nobody knows which pull request.
fn unnumbered(line: &Line, declared: &Declared, odd: &[InstanceId]) -> Option<Fault> {
    let Tagged::Previews { pull_tag, .. } = &declared.what else { return None };
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
