//! EC2's own checks of machines, and what it has scheduled for them.
//!
//! A load balancer tells that a machine does not answer; this may tell why, or that it soon will not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ec2::types::{InstanceStatus, InstanceStatusEvent, InstanceStatusSummary, SummaryStatus};
use tokio::time::Instant;

use super::super::call::{Line, Operation, Wire};
use super::super::told::{moment, text};
use super::machines::Machine;
use super::shards::Shards;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, Level};
use crate::model::id::{Connection, InstanceId, Region};
use crate::model::instance::Instances;

/// For how long what was told counts as known: EC2 checks once a minute (its user guide, "Status checks").
const FRESH: Duration = Duration::from_secs(60);
/// For how long nobody asks again after a failure.
const FAILED: Duration = Duration::from_secs(60);
/// The most machines that one question may name (EC2's API reference, "DescribeInstanceStatus").
const MOST_NAMED: usize = 100;
/// How a scheduled event begins that is over (the same, "InstanceStatusEvent").
const OVER: [&str; 2] = ["[Completed]", "[Canceled]"];

/// Asks EC2 about its checks. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Checks {
    wire: Wire,
    memory: Shards<(Connection, Region), Memory>,
}

#[derive(Default)]
struct Memory {
    /// What is wrong with each machine, and when that was asked for.
    known: HashMap<InstanceId, (Instant, Vec<Arc<str>>)>,
    failed: Option<(Instant, Fault)>,
}

impl Checks {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Shards::default() }
    }

    /// Adds what EC2 finds wrong with machines that run, or will soon.
    pub async fn tell<'m>(
        &self,
        line: &Line,
        machines: impl Iterator<Item = &'m Machine> + Send,
        health: &mut Option<Health>,
        instances: &mut Instances,
    ) {
        let ids: Vec<InstanceId> = machines.filter(|machine| &*machine.state == "running").map(|machine| machine.id.clone()).collect();
        let found = match self.of(line, &ids).await {
            Ok(found) => found,
            Err(fault) => {
                // Who may not ask for this misses little; what a server does not offer is missed by nobody.
                instances.gaps.extend(Some(fault).filter(|fault| fault.kind != FaultKind::Unsupported));
                return;
            }
        };
        for (id, causes) in found {
            if let Some(health) = health {
                if health.level.urgency() < Level::Warning.urgency() {
                    health.level = Level::Warning;
                }
                health.causes.extend(causes.iter().map(|cause| Arc::from(format!("{id}: {cause}"))));
            }
            if let Some(instance) = instances.each.iter_mut().find(|instance| instance.id == id) {
                instance.causes.extend(causes);
            }
        }
    }

    /// What is wrong with those of these machines with which anything is.
    async fn of(&self, line: &Line, ids: &[InstanceId]) -> Result<Vec<(InstanceId, Vec<Arc<str>>)>, Fault> {
        let mut memory = self.memory.hold((line.connection.clone(), line.region.clone())).await;
        memory.known.retain(|_, (at, _)| at.elapsed() < FRESH);
        let unknown: Vec<InstanceId> = ids.iter().filter(|id| !memory.known.contains_key(*id)).cloned().collect();
        if !unknown.is_empty()
            && let Some((_, fault)) = memory.failed.as_ref().filter(|(at, _)| at.elapsed() < FAILED)
        {
            return Err(fault.clone());
        }
        for part in unknown.chunks(MOST_NAMED) {
            let mut told = match self.ask(line, part).await {
                Ok(told) => told,
                Err(fault) => {
                    memory.failed = Some((Instant::now(), fault.clone()));
                    return Err(fault);
                }
            };
            for id in part {
                memory.known.insert(id.clone(), (Instant::now(), told.remove(id).unwrap_or_default()));
            }
        }
        let found = ids.iter().filter_map(|id| Some((id.clone(), memory.known.get(id)?.1.clone())));
        Ok(found.filter(|(_, causes)| !causes.is_empty()).collect())
    }

    async fn ask(&self, line: &Line, ids: &[InstanceId]) -> Result<HashMap<InstanceId, Vec<Arc<str>>>, Fault> {
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeInstanceStatus", about: None, in_turn: false };
        let ids = ids.iter().map(|id| id.as_str().to_owned()).collect();
        let send = line.opened.compute(&line.region).describe_instance_status().set_instance_ids(Some(ids)).send();
        let told = match self.wire.call(line, operation, send).await.told {
            Ok(told) => told,
            // One of them has ended since it was listed: the next look goes without it.
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(HashMap::new()),
            Err(fault) => return Err(fault),
        };
        let of = |told: &InstanceStatus| Some((InstanceId::from(text(told.instance_id.as_ref())?), causes(told)));
        Ok(told.instance_statuses().iter().filter_map(of).collect())
    }
}

/// What is wrong, in sentences.
fn causes(told: &InstanceStatus) -> Vec<Arc<str>> {
    let is_impaired = |summary: Option<&InstanceStatusSummary>| summary.and_then(|one| one.status()) == Some(&SummaryStatus::Impaired);
    let system = is_impaired(told.system_status()).then(|| "EC2's system check fails: the hardware or the network under it".to_owned());
    let own = is_impaired(told.instance_status()).then(|| "EC2's instance check fails: its own system or its network settings".to_owned());
    let events = told.events().iter().filter_map(scheduled);
    system.into_iter().chain(own).chain(events).map(Arc::from).collect()
}

/// What EC2 has scheduled, unless it is over.
fn scheduled(event: &InstanceStatusEvent) -> Option<String> {
    let description = event.description().unwrap_or_default();
    if OVER.iter().any(|over| description.starts_with(over)) {
        return None;
    }
    let code = event.code().map_or("an event", |code| code.as_str());
    let at = moment(event.not_before()).map_or_else(String::new, |at| at.strftime(" from %Y-%m-%d %H:%MZ").to_string());
    let said = if description.is_empty() { String::new() } else { format!(": {description}") };
    Some(format!("EC2 has scheduled {code}{at}{said}"))
}
