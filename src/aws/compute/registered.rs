//! Which target groups of a region know which machines.
//!
//! Where nobody has said which groups an environment stands in, the region is looked through, which costs a call for
//! each of its groups: once, again for machines that were not there then, and ever more seldom for those that are in
//! none. Remembers in which groups a machine was, since that seldom changes; how a target was only as long as the
//! environments of one sweep read it together. What was looked for and not found is told with how far it was looked.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription, TargetHealthReasonEnum};
use tokio::time::Instant;

use super::super::call::{Answer, Line, Operation, Wire};
use super::super::told::text;
use super::pages;
use super::shards::Shards;
use super::target_words;
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, InstanceId, Region};
use crate::model::instance::Registered as Standing;
use crate::model::pattern::NamePattern;

/// How many target groups of a region are looked through: what is in the others is not known.
const MOST_GROUPS: usize = 100;
/// For how long the targets of a group count as known.
const FRESH: Duration = Duration::from_secs(4);
/// How soon at the latest the region is looked through again for a machine that was not there the last time, and which
/// groups there are is read again.
///
/// For each group that it has, see [`COST`].
const SEARCH_PAUSE: Duration = Duration::from_secs(60);
/// The pause that each group adds to that.
const COST: Duration = Duration::from_millis(600);
/// How soon at the latest it is looked through again for one that was in none of its groups: the pause doubles up to
/// this while nothing is found, since a hundred groups are a hundred calls.
const LONGEST_PAUSE: Duration = Duration::from_secs(900);
/// For how long a machine that nobody asks about is remembered.
const WANTED: Duration = Duration::from_secs(1_800);

/// How load balancers find some machines.
#[derive(Debug)]
pub struct Registered {
    /// Each of their targets, with the name of its group.
    pub targets: Vec<(Arc<str>, TargetHealthDescription)>,
    /// How each of these groups has each of them.
    pub standing: Vec<(InstanceId, Standing)>,
    /// When the oldest of this was asked for, that of which a machine is missing included.
    pub stamp: Option<Stamp>,
    /// What it means that a machine is not among them.
    pub absence: Absence,
}

/// What it means that a machine was not found in a target group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Absence {
    /// It is in none: every group of the region was looked through since the machine was first met.
    Everywhere,
    /// It is not in these, which were just read; nobody looked into the others.
    From(Vec<Arc<str>>),
    /// Nothing, for this reason.
    Unproven(Arc<str>),
}

impl Registered {
    /// How target groups have this machine.
    pub fn standing_of(&self, machine: &InstanceId) -> Vec<Standing> {
        self.standing.iter().filter(|(id, _)| id == machine).map(|(_, standing)| standing.clone()).collect()
    }

    /// The groups that have this machine, each with its targets there.
    pub fn groups_of(&self, machine: &InstanceId) -> Vec<(Arc<str>, Vec<TargetHealthDescription>)> {
        let mut groups: Vec<(Arc<str>, Vec<TargetHealthDescription>)> = Vec::new();
        for (group, target) in self.targets.iter().filter(|(_, target)| id(target) == Some(machine.as_str())) {
            match groups.iter_mut().find(|(known, _)| known == group) {
                Some((_, targets)) => targets.push(target.clone()),
                None => groups.push((Arc::clone(group), vec![target.clone()])),
            }
        }
        groups
    }
}

/// Asks the target groups of regions. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Registry {
    wire: Wire,
    regions: Shards<(Connection, Region), Memory>,
}

/// What is remembered of a region's target groups.
#[derive(Default)]
struct Memory {
    /// Which groups there are whose targets are machines, and when that was asked for.
    groups: Option<(Instant, Vec<Group>)>,
    /// The groups that each machine was in.
    groups_of: HashMap<InstanceId, Vec<Group>>,
    /// What a group told last.
    told: HashMap<Group, Told>,
    /// When each machine was first asked about, and when last.
    met: HashMap<InstanceId, (Instant, Instant)>,
    search: Option<Search>,
}

/// A target group.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Group {
    name: Arc<str>,
    arn: Arc<str>,
}

/// What a target group told.
struct Told {
    at: Instant,
    stamp: Stamp,
    targets: Vec<TargetHealthDescription>,
}

/// A look through all groups of the region.
struct Search {
    at: Instant,
    /// What came of it: when its first call was made; or why it does not prove that a machine is in no group.
    outcome: Result<Stamp, Arc<str>>,
    /// How many groups it asked.
    groups: u32,
    /// When it is made again for machines that it has not found.
    pause: Duration,
}

impl Search {
    /// How soon it may be made again for a machine that was not there: the more groups, the later, so that a third of
    /// the calls that load balancers are asked goes into it at most.
    fn shortest(&self) -> Duration {
        COST.saturating_mul(self.groups).clamp(FRESH, SEARCH_PAUSE)
    }

    /// Whether another one is due, for machines of which the youngest was met then.
    fn is_due(search: Option<&Self>, met: Option<Instant>, now: Instant) -> bool {
        let Some(last) = search else { return true };
        let since = now.saturating_duration_since(last.at);
        let is_new = met.is_some_and(|met| met > last.at);
        since >= if is_new { last.shortest() } else { last.pause }
    }
}

impl Registry {
    pub fn new(wire: Wire) -> Self {
        Self { wire, regions: Shards::default() }
    }

    /// How load balancers find these machines: in the groups of these names, or where none is named in any.
    pub async fn find(&self, line: &Line, about: &str, ids: &[InstanceId], named: &[NamePattern]) -> Result<Registered, Fault> {
        let mut memory = self.regions.hold((line.connection.clone(), line.region.clone())).await;
        if !named.is_empty() {
            let groups = self.named(line, &mut memory, named).await?;
            return self.read(line, about, &mut memory, &groups, ids).await;
        }
        let now = Instant::now();
        memory.meet(ids, now);
        let groups = memory.groups_with(ids);
        let found = self.read(line, about, &mut memory, &groups, ids).await?;
        let missing: Vec<InstanceId> = ids.iter().filter(|id| found.groups_of(id).is_empty()).cloned().collect();
        let met = missing.iter().filter_map(|id| memory.met.get(id)).map(|(first, _)| *first).max();
        if missing.is_empty() {
            return Ok(found);
        }
        if !Search::is_due(memory.search.as_ref(), met, now) {
            return Ok(memory.dated(found, met));
        }
        let failed = self.search(line, &mut memory, &missing).await.err();
        let groups = memory.groups_with(ids);
        let found = self.read(line, about, &mut memory, &groups, ids).await?;
        match failed {
            // Nothing is known at all: what was known before stays, with this beside it, and whoever asks again searches.
            Some(fault) if found.targets.is_empty() => {
                memory.search = None;
                Err(fault)
            }
            _ => Ok(memory.dated(found, met)),
        }
    }

    /// How load balancers find these machines, by looking through the region now: for somebody who waits for it.
    pub async fn find_now(&self, line: &Line, about: &str, ids: &[InstanceId]) -> Result<Registered, Fault> {
        let mut memory = self.regions.hold((line.connection.clone(), line.region.clone())).await;
        let now = Instant::now();
        memory.meet(ids, now);
        let met = ids.iter().filter_map(|id| memory.met.get(id)).map(|(first, _)| *first).max();
        let is_told = |last: &Search| met.is_none_or(|met| met <= last.at) && now.saturating_duration_since(last.at) < last.shortest();
        if !memory.search.as_ref().is_some_and(is_told) {
            self.search(line, &mut memory, ids).await?;
        }
        let groups = memory.groups_with(ids);
        let found = self.read(line, about, &mut memory, &groups, ids).await?;
        Ok(memory.proven(found, met))
    }

    /// What these groups tell of these machines.
    async fn read(&self, line: &Line, about: &str, memory: &mut Memory, groups: &[Group], ids: &[InstanceId]) -> Result<Registered, Fault> {
        let names = groups.iter().map(|group| Arc::clone(&group.name)).collect();
        let mut found = Registered { targets: Vec::new(), standing: Vec::new(), stamp: None, absence: Absence::From(names) };
        let is_ours = |told: &&TargetHealthDescription| id(told).is_some_and(|id| ids.iter().any(|own| own.as_str() == id));
        for group in groups {
            if memory.told.get(group).is_none_or(|told| told.at.elapsed() >= FRESH) {
                let told = self.ask(line, Some(about), group).await?;
                memory.note(group, &told);
                memory.told.insert(group.clone(), told);
            }
            let Some(told) = memory.told.get(group) else { continue };
            found.stamp = found.stamp.into_iter().chain([told.stamp]).min();
            let standing = ids
                .iter()
                .flat_map(|id| target_words::registered(&group.arn, id, &told.targets).into_iter().map(move |one| (id.clone(), one)));
            found.standing.extend(standing);
            found.targets.extend(told.targets.iter().filter(is_ours).map(|target| (Arc::clone(&group.name), target.clone())));
        }
        Ok(found)
    }

    /// Looks through every target group of the region, for these machines.
    async fn search(&self, line: &Line, memory: &mut Memory, missing: &[InstanceId]) -> Result<(), Fault> {
        let before = memory.search.as_ref().map_or(SEARCH_PAUSE, |search| search.pause);
        let (at, stamp) = (Instant::now(), self.wire.stamp());
        let told = self.look_through(line, memory).await;
        let found = missing.iter().any(|id| memory.groups_of.contains_key(id));
        let pause = if found { SEARCH_PAUSE } else { before.saturating_mul(2).min(LONGEST_PAUSE) };
        let outcome = match &told {
            Ok(total) if *total > MOST_GROUPS => Err(Arc::from(format!(
                "{} has {total} target groups, of which the first {MOST_GROUPS} were looked through: name theirs in target_groups",
                line.region
            ))),
            Ok(_) => Ok(stamp),
            Err(fault) => Err(Arc::clone(&fault.sentence)),
        };
        let groups = told.as_ref().map_or(MOST_GROUPS, |total| (*total).min(MOST_GROUPS));
        memory.search = Some(Search { at, outcome, groups: u32::try_from(groups).unwrap_or(u32::MAX), pause });
        told.map(|_| ())
    }

    /// How many groups there are, after as many as are looked through have told who is in them.
    async fn look_through(&self, line: &Line, memory: &mut Memory) -> Result<usize, Fault> {
        let groups = self.groups(line, memory, Duration::ZERO).await?;
        // What was known goes only for a whole look: one that fails midway has proven nothing of the rest.
        let mut told = HashMap::new();
        for group in groups.iter().take(MOST_GROUPS) {
            told.insert(group.clone(), self.ask(line, None, group).await?);
        }
        memory.groups_of.clear();
        for (group, told) in &told {
            memory.note(group, told);
        }
        memory.told = told;
        Ok(groups.len())
    }

    /// The groups whose names fit.
    async fn named(&self, line: &Line, memory: &mut Memory, named: &[NamePattern]) -> Result<Vec<Group>, Fault> {
        let mut groups = self.groups(line, memory, SEARCH_PAUSE).await?;
        groups.retain(|group| named.iter().any(|name| name.matches(&group.name)));
        if groups.is_empty() {
            let names: Vec<&str> = named.iter().map(NamePattern::as_str).collect();
            let sentence = format!("{} has no target group {}: correct target_groups or the region", line.region, names.join(" or "));
            return Err(Fault::new(FaultKind::Missing, sentence));
        }
        groups.truncate(MOST_GROUPS);
        Ok(groups)
    }

    /// The target groups of the region whose targets are machines, as they were no longer ago than this.
    async fn groups(&self, line: &Line, memory: &mut Memory, no_older: Duration) -> Result<Vec<Group>, Fault> {
        if let Some((_, groups)) = memory.groups.as_ref().filter(|(at, _)| at.elapsed() < no_older) {
            return Ok(groups.clone());
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
        let group = of_machines.filter_map(|told| {
            let (name, arn) = text(told.target_group_name.as_ref()).zip(text(told.target_group_arn.as_ref()))?;
            Some(Group { name: Arc::from(name), arn: Arc::from(arn) })
        });
        let groups: Vec<Group> = group.collect();
        memory.groups = Some((Instant::now(), groups.clone()));
        Ok(groups)
    }

    /// Everything that is registered with a target group.
    async fn ask(&self, line: &Line, about: Option<&str>, group: &Group) -> Result<Told, Fault> {
        let ask = line.opened.balancing(&line.region).describe_target_health().target_group_arn(&*group.arn);
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
        Ok(Told { at: Instant::now(), stamp, targets: told.into_iter().filter(is_registered).collect() })
    }
}

impl Memory {
    /// Notes that these are asked about.
    fn meet(&mut self, ids: &[InstanceId], now: Instant) {
        self.met.retain(|_, (_, last)| now.saturating_duration_since(*last) < WANTED);
        for id in ids {
            self.met.entry(id.clone()).or_insert((now, now)).1 = now;
        }
    }

    /// The groups that any of these was in.
    fn groups_with(&self, ids: &[InstanceId]) -> Vec<Group> {
        let mut groups: Vec<Group> = ids.iter().filter_map(|id| self.groups_of.get(id)).flatten().cloned().collect();
        groups.sort();
        groups.dedup();
        groups
    }

    /// Notes who is in a group.
    fn note(&mut self, group: &Group, told: &Told) {
        for id in told.targets.iter().filter_map(id) {
            let known = self.groups_of.entry(InstanceId::from(id)).or_default();
            if !known.contains(group) {
                known.push(group.clone());
            }
        }
    }

    /// What was found, with what the last look through the region tells of those that were not, of which the youngest
    /// was met then.
    ///
    /// Where some of them are in groups, those are known to lack the others: that is as fresh as they are. Else it is
    /// as old as that look.
    fn dated(&self, found: Registered, met: Option<Instant>) -> Registered {
        if matches!(&found.absence, Absence::From(groups) if !groups.is_empty()) && !found.targets.is_empty() {
            return found;
        }
        self.proven(found, met)
    }

    /// What was found, with what the last look through the region proves of the groups that were not asked now.
    fn proven(&self, found: Registered, met: Option<Instant>) -> Registered {
        let Some(search) = &self.search else { return found };
        match &search.outcome {
            Err(why) => Registered { absence: Absence::Unproven(Arc::clone(why)), ..found },
            Ok(_) if met.is_some_and(|met| met > search.at) => {
                let why = "they were launched after the target groups of the region were last looked through";
                Registered { absence: Absence::Unproven(Arc::from(why)), ..found }
            }
            Ok(stamp) => Registered { absence: Absence::Everywhere, stamp: found.stamp.into_iter().chain([*stamp]).min(), ..found },
        }
    }
}

fn id(told: &TargetHealthDescription) -> Option<&str> {
    told.target().and_then(TargetDescription::id)
}

fn operation<'a>(name: &'static str, about: Option<&'a str>) -> Operation<'a> {
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about, in_turn: false }
}
