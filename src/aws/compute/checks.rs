//! EC2's own checks of machines, and what it has scheduled for them.
//!
//! A load balancer tells that a machine does not answer; this may tell why, or that it soon will not.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_ec2::types::{InstanceStatus, InstanceStatusEvent, InstanceStatusSummary, SummaryStatus};
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::{moment, text};
use super::pages;
use super::shards::Shards;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, Level};
use crate::model::id::{Connection, InstanceId, Region};
use crate::model::instance::Instances;

/// For how long what was told counts as known: EC2 checks once a minute (its user guide, "Status checks").
const FRESH: Duration = Duration::from_secs(60);
/// How many machines one page tells: the most that EC2 gives (its API reference, "DescribeInstanceStatus").
const PAGE: i32 = 1_000;
/// How a scheduled event begins that is over (the same, "InstanceStatusEvent").
const OVER: [&str; 2] = ["[Completed]", "[Canceled]"];

/// Asks EC2 about its checks. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Checks {
    wire: Wire,
    memory: Shards<(Connection, Region), Memory>,
}

/// What was told of a region, and when: what is wrong with each machine with which anything is; or why that is not known.
type Memory = Option<(Instant, Result<Arc<Wrong>, Fault>)>;

/// What is wrong with machines, in sentences.
type Wrong = HashMap<InstanceId, Vec<Arc<str>>>;

impl Checks {
    pub fn new(wire: Wire) -> Self {
        Self { wire, memory: Shards::default() }
    }

    /// Adds what EC2 finds wrong with machines that run, or will soon.
    pub async fn tell(&self, line: &Line, health: &mut Option<Health>, instances: &mut Instances) {
        let wrong = match self.wrong(line).await {
            Ok(wrong) => wrong,
            Err(fault) => {
                // Who may not ask for this misses little; what a server does not offer is missed by nobody.
                instances.gaps.extend(Some(fault).filter(|fault| fault.kind != FaultKind::Unsupported));
                return;
            }
        };
        for instance in &mut instances.each {
            let Some(causes) = wrong.get(&instance.id) else { continue };
            if let Some(health) = health {
                if health.level.urgency() < Level::Warning.urgency() {
                    health.level = Level::Warning;
                }
                health.causes.extend(causes.iter().map(|cause| Arc::from(format!("{}: {cause}", instance.id))));
            }
            instance.causes.extend(causes.iter().cloned());
        }
    }

    /// What is wrong with the machines of a region: asked for once for all that want it.
    async fn wrong(&self, line: &Line) -> Result<Arc<Wrong>, Fault> {
        let mut memory = self.memory.hold((line.connection.clone(), line.region.clone())).await;
        if let Some((_, told)) = memory.as_ref().filter(|(at, _)| at.elapsed() < FRESH) {
            return told.clone();
        }
        let told = self.ask(line).await.map(Arc::new);
        *memory = Some((Instant::now(), told.clone()));
        told
    }

    /// Of machines that run, which is what EC2 tells unless asked for others.
    async fn ask(&self, line: &Line) -> Result<Wrong, Fault> {
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeInstanceStatus", about: None, in_turn: false };
        let client = line.opened.compute(&line.region);
        let pages = pages::all(line, operation, |token| {
            let ask = client.describe_instance_status().max_results(PAGE).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.instance_statuses.unwrap_or_default(), page.next_token)) }
            })
        });
        let of = |told: &InstanceStatus| Some((InstanceId::from(text(told.instance_id.as_ref())?), causes(told)));
        Ok(pages.await.told?.iter().filter_map(of).filter(|(_, causes)| !causes.is_empty()).collect())
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
