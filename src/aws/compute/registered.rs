//! Which target groups of a region know which machines: looked up once for all environments there.
//!
//! Remembers in which groups a machine was, since that seldom changes; how a target was only as long as the
//! environments of one sweep read it together.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription, TargetHealthReasonEnum};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::pages;
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, InstanceId, Region};

/// How many target groups of a region are looked through: what is in the others is not known.
const MOST_GROUPS: usize = 100;
/// For how long the targets of a group count as known.
const FRESH: Duration = Duration::from_secs(4);
/// How soon the region is looked through again for a machine that is in none of its groups.
const SEARCH_PAUSE: Duration = Duration::from_secs(60);

/// How load balancers find some machines.
pub struct Registered {
    /// Each of their targets.
    pub targets: Vec<TargetHealthDescription>,
    /// When the oldest of that was asked for; none where nobody had to be asked.
    pub stamp: Option<Stamp>,
    /// Whether every group of the region was looked through: only then a machine that is not here is in none.
    pub is_complete: bool,
}

impl Registered {
    /// Whether this machine is in a target group.
    pub fn holds(&self, machine: &InstanceId) -> bool {
        self.targets.iter().filter_map(id).any(|id| id == machine.as_str())
    }
}

/// Asks the target groups of regions. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Registry {
    wire: Wire,
    regions: Arc<Mutex<HashMap<(Connection, Region), Memory>>>,
}

#[derive(Default)]
struct Memory {
    searched_at: Option<Instant>,
    /// Whether there were more groups than are looked through.
    more: bool,
    /// The groups that each machine was in.
    groups_of: HashMap<InstanceId, Vec<Arc<str>>>,
    /// What a group told last.
    told: HashMap<Arc<str>, Group>,
}

/// What a target group told.
struct Group {
    at: Instant,
    stamp: Stamp,
    targets: Vec<TargetHealthDescription>,
}

impl Registry {
    pub fn new(wire: Wire) -> Self {
        Self { wire, regions: Arc::default() }
    }

    /// How load balancers find these machines. Looks through the region where one is in none that is known.
    pub async fn find(&self, line: &Line, about: &str, ids: &[InstanceId]) -> Result<Registered, Fault> {
        // Held while asking: who comes next finds what this search has told.
        let mut regions = self.regions.lock().await;
        let memory = regions.entry((line.connection.clone(), line.region.clone())).or_default();
        let now = Instant::now();
        let is_missing = ids.iter().any(|id| !memory.groups_of.contains_key(id));
        if is_missing && memory.searched_at.is_none_or(|at| now.saturating_duration_since(at) >= SEARCH_PAUSE) {
            self.search(line, memory).await?;
        }
        let mut groups: Vec<Arc<str>> = ids.iter().filter_map(|id| memory.groups_of.get(id)).flatten().cloned().collect();
        groups.sort();
        groups.dedup();
        let mut found = Registered { targets: Vec::new(), stamp: None, is_complete: !memory.more };
        let is_ours = |told: &&TargetHealthDescription| id(told).is_some_and(|id| ids.iter().any(|own| own.as_str() == id));
        for group in groups {
            if memory.told.get(&group).is_none_or(|told| told.at.elapsed() >= FRESH) {
                let told = self.ask(line, Some(about), &group).await?;
                memory.told.insert(Arc::clone(&group), told);
            }
            let Some(told) = memory.told.get(&group) else { continue };
            found.stamp = found.stamp.into_iter().chain([told.stamp]).min();
            found.targets.extend(told.targets.iter().filter(is_ours).cloned());
        }
        Ok(found)
    }

    /// Looks through every target group of the region.
    async fn search(&self, line: &Line, memory: &mut Memory) -> Result<(), Fault> {
        let mut groups = self.groups(line).await?;
        memory.more = groups.len() > MOST_GROUPS;
        groups.truncate(MOST_GROUPS);
        memory.groups_of.clear();
        memory.told.clear();
        for group in groups {
            let told = self.ask(line, None, &group).await?;
            for id in told.targets.iter().filter_map(id) {
                let known = memory.groups_of.entry(InstanceId::from(id)).or_default();
                if !known.contains(&group) {
                    known.push(Arc::clone(&group));
                }
            }
            memory.told.insert(group, told);
        }
        memory.searched_at = Some(Instant::now());
        Ok(())
    }

    /// The target groups of the region whose targets are machines.
    async fn groups(&self, line: &Line) -> Result<Vec<Arc<str>>, Fault> {
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
        Ok(of_machines.filter_map(|group| group.target_group_arn()).map(Arc::from).collect())
    }

    /// Everything that is registered with a target group.
    async fn ask(&self, line: &Line, about: Option<&str>, group: &str) -> Result<Group, Fault> {
        let ask = line.opened.balancing(&line.region).describe_target_health().target_group_arn(group);
        let Answer { stamp, told } = self.wire.call(line, operation("DescribeTargetHealth", about), ask.send()).await;
        let told = match told {
            Ok(told) => told.target_health_descriptions.unwrap_or_default(),
            // A target group that is gone has nobody registered.
            Err(fault) if fault.kind == FaultKind::Missing => Vec::new(),
            Err(fault) => return Err(fault),
        };
        let is_registered = |told: &TargetHealthDescription| {
            told.target_health().and_then(|health| health.reason()) != Some(&TargetHealthReasonEnum::NotRegistered)
        };
        Ok(Group { at: Instant::now(), stamp, targets: told.into_iter().filter(is_registered).collect() })
    }
}

fn id(told: &TargetHealthDescription) -> Option<&str> {
    told.target().and_then(TargetDescription::id)
}

fn operation<'a>(name: &'static str, about: Option<&'a str>) -> Operation<'a> {
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about, in_turn: false }
}
