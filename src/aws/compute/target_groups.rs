//! Target groups as environments: who is registered, how each is found, what it runs.
//!
//! Remembers which ARN a target group has, since its name is not what the other calls take.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{ProtocolEnum, TargetGroup, TargetHealthDescription};
use futures_util::future::BoxFuture;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::clients::Clients;
use super::super::told::{arn_parts, text};
use super::checks::Checks;
use super::machines::{Found as FoundMachines, Machine, Machines};
use super::versions::{self, VersionReader};
use super::{Told, observation, pages, planning, target_words};
use crate::model::clock::Stamp;
use crate::model::compute::{Site, TargetGroups as Declared};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, EnvironmentKey, InstanceId, Platform, PlatformId};
use crate::model::pattern::NamePattern;
use crate::model::sighting::{Coverage, Identity, Observation, Reading, Scope};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Machines as Port, Source, Sweep};

/// From one question about a target group to the next: their budget lets no more through.
const SWEEP: Sweep = Sweep { turn: Duration::from_millis(200), at_once: 8 };

/// The declared target groups of every connection and region.
#[derive(Clone)]
pub struct TargetGroups {
    wire: Wire,
    declared: Arc<[Declared]>,
    machines: Machines,
    checks: Checks,
    versions: VersionReader,
    found: Arc<Mutex<HashMap<(Connection, EnvironmentKey), Found>>>,
}

/// A target group that a listing held.
#[derive(Clone)]
struct Found {
    arn: String,
    /// Which of the declarations it fits.
    declared: usize,
}

impl Source for TargetGroups {
    fn scopes(&self) -> Option<Vec<Scope>> {
        Some(scopes(Platform::TargetGroup, self.declared.iter().map(|declared| &declared.site)))
    }

    fn sweep(&self) -> Option<Sweep> {
        Some(SWEEP)
    }

    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(self.observe(scope, ask))
    }
}

/// Each place that something is declared in, once.
pub fn scopes<'a>(platform: Platform, sites: impl Iterator<Item = &'a Site>) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = Vec::new();
    for site in sites {
        let scope = Scope { platform, connection: site.connection.clone(), region: Some(site.region.clone()) };
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

impl TargetGroups {
    /// Asks with these clients, out of these budgets, for what is declared; and machines themselves by this port.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter, machines: Arc<dyn Port>, declared: Vec<Declared>) -> Self {
        let wire = Wire::new(clients, limiter);
        Self {
            machines: Machines::new(wire.clone()),
            checks: Checks::new(wire.clone()),
            versions: VersionReader::new(wire.clone(), machines),
            declared: declared.into(),
            found: Arc::default(),
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
            Ask::Health(_) | Ask::Resources(_) | Ask::Probes { .. } | Ask::Properties { .. } => {
                self.wire.no_answer("a target group", ask.question())
            }
        };
        observation(scope, ask.question(), ask.about().cloned(), answer)
    }

    /// All groups of the region, since asking by name is refused as a whole where one of the names is not there.
    async fn list(&self, line: &Line) -> Answer<Told> {
        let operation = operation("DescribeTargetGroups", None);
        let client = line.opened.balancing(&line.region);
        let pages = pages::all(line, operation, |marker| {
            let ask = client.describe_target_groups().set_marker(marker);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.target_groups.unwrap_or_default(), page.next_marker)) }
            })
        });
        let Answer { stamp, told } = pages.await;
        let told = match told {
            Ok(groups) => self.listed(line, &groups).await,
            Err(fault) => Err(fault),
        };
        Answer { stamp, told }
    }

    async fn listed(&self, line: &Line, groups: &[TargetGroup]) -> Result<Told, Fault> {
        let here: Vec<(usize, &Declared)> = self.declared.iter().enumerate().filter(|(_, declared)| is_at(&declared.site, line)).collect();
        let shown = groups.iter().find_map(|group| arn_parts(group.target_group_arn()?).0).map(AccountId::from);
        if let Some(account) = &shown {
            self.wire.leads_to(line, account);
        }
        let account = if shown.is_some() { shown } else { self.wire.account(line).await? };
        let mut readings = Vec::new();
        for group in groups {
            let Some((name, arn)) = text(group.target_group_name.as_ref()).zip(text(group.target_group_arn.as_ref())) else { continue };
            let Some((index, declared)) = here.iter().find(|(_, declared)| declared.name.matches(name)) else { continue };
            let key = EnvironmentKey {
                platform: Platform::TargetGroup,
                account: account.clone(),
                region: Some(line.region.clone()),
                name: name.into(),
            };
            let found = Found { arn: arn.to_owned(), declared: *index };
            self.found.lock().unwrap_or_else(PoisonError::into_inner).insert((line.connection.clone(), key.clone()), found);
            readings.push((key, Reading { identity: Some(Box::new(identity(declared, group))), ..Reading::default() }));
        }
        let missing = here.iter().map(|(_, declared)| &declared.name).filter(|name| name.is_literal());
        let missing: Vec<&str> =
            missing.map(NamePattern::as_str).filter(|name| !readings.iter().any(|(key, _)| key.name.as_str() == *name)).collect();
        Ok(Told { account, readings, coverage: coverage(line, &missing) })
    }

    fn found(&self, line: &Line, key: &EnvironmentKey) -> Result<(Found, &Declared), Fault> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(&(line.connection.clone(), key.clone())).cloned();
        let declared = found.as_ref().and_then(|found| self.declared.get(found.declared));
        found.zip(declared).ok_or_else(|| {
            Fault::new(FaultKind::Missing, format!("the target group {} is not in {}: no listing has held it", key.name, line.region))
        })
    }

    async fn instances(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let (found, declared) = match self.found(line, key) {
            Ok(found) => found,
            Err(fault) => return Answer { stamp: self.wire.stamp(), told: Err(fault) },
        };
        let send = line.opened.balancing(&line.region).describe_target_health().target_group_arn(&found.arn).send();
        let Answer { stamp, told } = self.wire.call(line, operation("DescribeTargetHealth", Some(key)), send).await;
        match told {
            Ok(told) => {
                let (asked, reading) = self.machines_of(line, &found.arn, declared, told.target_health_descriptions()).await;
                // As old as the oldest part of it.
                Answer { stamp: asked.map_or(stamp, |asked| asked.min(stamp)), told: Ok(Told::about(key, reading)) }
            }
            Err(fault) => Answer { stamp, told: Err(fault) },
        }
    }

    /// What the targets tell, with what EC2 tells of the machines behind them; how they are is known without that.
    async fn machines_of(
        &self,
        line: &Line,
        arn: &str,
        declared: &Declared,
        targets: &[TargetHealthDescription],
    ) -> (Option<Stamp>, Reading) {
        let (machines, stamp, gap) = match self.machines.by_id(line, &machine_ids(targets)).await {
            Ok(FoundMachines { machines, stamp }) => (machines, stamp, None),
            Err(fault) => (HashMap::new(), None, Some(fault)),
        };
        let mut reading = target_words::reading(targets, &machines);
        if let Some(mut instances) = reading.instances.take() {
            for instance in &mut instances.each {
                instance.whereabouts.registered = target_words::registered(arn, &instance.id, targets);
            }
            instances.gaps.extend(gap);
            self.checks.tell(line, &mut reading.health, &mut instances).await;
            reading.instances = Some(self.versions.by_tag(line, &declared.version, instances, &machines).await);
        }
        (stamp, reading)
    }

    /// What can be deployed there, and what taking a target out meets with.
    async fn planning(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let (found, declared) = match self.found(line, key) {
            Ok(found) => found,
            Err(fault) => return Answer { stamp: self.wire.stamp(), told: Err(fault) },
        };
        let Answer { stamp, told } = planning::drain(&self.wire, line, key.name.as_str(), &found.arn).await;
        let releases = match &declared.version.images {
            Some(images) => Some(planning::images(&self.wire, line, images).await),
            None => None,
        };
        let told = planning::joined(told, releases);
        let reading = |planning| Reading { planning: Some(Arc::new(planning)), ..Reading::default() };
        Answer { stamp, told: told.map(|planning| Told::about(key, reading(planning))) }
    }

    /// What runs on each machine, by asking it.
    async fn running(&self, line: &Line, key: &EnvironmentKey) -> Answer<Told> {
        let (found, declared) = match self.found(line, key) {
            Ok(found) => found,
            Err(fault) => return Answer { stamp: self.wire.stamp(), told: Err(fault) },
        };
        let send = line.opened.balancing(&line.region).describe_target_health().target_group_arn(&found.arn).send();
        let Answer { stamp, told } = self.wire.call(line, operation("DescribeTargetHealth", Some(key)), send).await;
        let ids: Vec<_> = match told {
            Ok(told) => machine_ids(told.target_health_descriptions()),
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let told = match self.machines.by_id(line, &ids).await {
            Ok(FoundMachines { machines, .. }) => {
                let machines: Vec<Machine> = ids.iter().filter_map(|id| machines.get(id).cloned()).collect();
                self.versions.by_asking(line, &declared.version, key, &machines).await.told
            }
            Err(fault) => Err(fault),
        };
        Answer { stamp, told: told.map(|reading| Told::about(key, reading)) }
    }
}

/// The machines among the targets: one may be an address, of which EC2 knows nothing.
fn machine_ids(targets: &[TargetHealthDescription]) -> Vec<InstanceId> {
    target_words::ids(targets).into_iter().filter(|id| id.as_str().starts_with("i-")).collect()
}

/// Whether something is declared where this line leads.
pub fn is_at(site: &Site, line: &Line) -> bool {
    site.connection == line.connection && site.region == line.region
}

fn operation<'a>(name: &'static str, key: Option<&'a EnvironmentKey>) -> Operation<'a> {
    let about = key.map(|key| key.name.as_str());
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about, in_turn: false }
}

/// What is declared and not there is no reason to doubt the rest, nor that what has gone has gone; but somebody may
/// have meant another name.
fn coverage(line: &Line, missing: &[&str]) -> Coverage {
    let what = match missing {
        [] => return Coverage::Complete,
        [name] => format!("no target group {name}"),
        names => format!("no target groups {}", names.join(", ")),
    };
    let sentence = format!("{} has {what}: correct the name or the region in [[target_groups]]; the others are shown", line.region);
    Coverage::Remarked(Fault::new(FaultKind::Missing, sentence))
}

fn identity(declared: &Declared, group: &TargetGroup) -> Identity {
    let protocol = group.protocol().map_or("", ProtocolEnum::as_str);
    let port = group.port().map_or_else(String::new, |port| format!(":{port}"));
    let check = group.health_check_protocol().map_or("", ProtocolEnum::as_str);
    let path = group.health_check_path().unwrap_or_default();
    Identity {
        platform_id: text(group.target_group_arn.as_ref()).map(PlatformId::from),
        stack: Some(Arc::from(format!("target group {protocol}{port}, checked by {check} {path}").trim_end())),
        answers: versions::answers(&declared.version),
        tells_versions: declared.version.is_some(),
        tier: declared.tier,
        ..Identity::of(declared.app.clone())
    }
}
