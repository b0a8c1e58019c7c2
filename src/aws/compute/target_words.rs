//! How a target group is, from the states of its targets: pure.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription};

use super::super::target_state::State;
use super::super::told::text;
use super::machines::Machine;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::InstanceId;
use crate::model::instance::{Instance, Instances, Registered, Silence};
use crate::model::sighting::{Busy, Reading};

/// How many targets that are not well are told one by one.
const MOST_TOLD: usize = 12;

/// What the state of a target comes to for those who send requests, the best first.
///
/// After Elastic Load Balancing's API reference, "TargetHealth": `unused` is said of a target that no listener sends
/// requests to or whose zone is not enabled (`Target.NotInUse`), and of one that is stopped (`Target.InvalidState`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// Gets requests and answers them.
    Healthy,
    /// Is being registered, or checked for the first time: gets none yet, and has not failed.
    Joining,
    /// Nobody checks it: it may answer.
    Unchecked,
    /// Its state is not one that is known here.
    Untold,
    /// Nothing sends requests to it; so it is not checked either.
    Unused,
    /// Is being taken out: gets no new requests.
    Draining,
    /// Is registered, and stopped, gone, or not to be reached.
    Off,
    /// Fails its checks.
    Failing,
}

impl Standing {
    fn of(state: &State<'_>) -> Self {
        match (state.word, state.reason) {
            ("healthy", _) => Self::Healthy,
            ("initial", _) => Self::Joining,
            ("unavailable", _) => Self::Unchecked,
            ("unused", Some("Target.InvalidState" | "Target.IpUnusable")) => Self::Off,
            ("unused", _) => Self::Unused,
            ("draining", _) => Self::Draining,
            ("unhealthy" | "unhealthy.draining", _) => Self::Failing,
            _ => Self::Untold,
        }
    }
}

/// A machine as its load balancers find it.
#[derive(Clone, PartialEq, Debug)]
pub struct Placed {
    /// What its state comes to; none where no load balancer tells of it.
    pub standing: Option<Standing>,
    /// The machine.
    pub instance: Instance,
}

/// The machines of a target group, each once, in the order of its targets.
pub fn ids(targets: &[TargetHealthDescription]) -> Vec<InstanceId> {
    let mut ids: Vec<InstanceId> = Vec::new();
    for id in targets.iter().filter_map(id) {
        if !ids.iter().any(|known| known.as_str() == id) {
            ids.push(id.into());
        }
    }
    ids
}

fn id(told: &TargetHealthDescription) -> Option<&str> {
    told.target().and_then(|target| text(target.id.as_ref()))
}

/// What the targets of a group tell of it, with what EC2 tells of the machines behind them.
pub fn reading(targets: &[TargetHealthDescription], machines: &HashMap<InstanceId, Machine>) -> Reading {
    let each: Vec<Placed> = ids(targets).into_iter().map(|id| placed(id, targets, machines)).collect();
    let has = |standing: Standing| each.iter().any(|placed| placed.standing == Some(standing));
    let is_checked = !has(Standing::Unchecked);
    let moves = has(Standing::Draining) || has(Standing::Joining);
    let instances = Instances {
        health_known: is_checked,
        silence: (!is_checked).then_some(Silence::NotChecked),
        each: each.iter().map(|placed| placed.instance.clone()).collect(),
        ..Instances::default()
    };
    Reading {
        health: Some(health(&each)),
        busy: Some(if moves { Busy::With(Activity::of(ActivityKind::Unknown)) } else { Busy::No }),
        instances: Some(instances),
        ..Reading::default()
    }
}

/// A machine as the targets of one group are; of several ports of it the worst counts, since each has requests of its own.
pub fn placed(id: InstanceId, targets: &[TargetHealthDescription], machines: &HashMap<InstanceId, Machine>) -> Placed {
    let own = targets.iter().filter(|told| self::id(told) == Some(id.as_str())).filter_map(TargetHealthDescription::target_health);
    let worst = own.filter_map(State::of).max_by_key(Standing::of);
    let bare = machines.get(&id).map_or_else(|| Instance::of(id), Machine::instance);
    let Some(state) = worst else { return Placed { standing: None, instance: bare } };
    let instance = Instance {
        level: state.level.unwrap_or(Level::Unknown),
        word: Some(Arc::from(state.word)),
        causes: state.cause().map(Arc::from).into_iter().collect(),
        ..bare
    };
    Placed { standing: Some(Standing::of(&state)), instance }
}

fn word(told: &TargetHealthDescription) -> &str {
    told.target_health().and_then(State::of).map_or("", |state| state.word)
}

/// How a target group has one machine: once for each port of it.
pub fn registered(arn: &str, id: &InstanceId, targets: &[TargetHealthDescription]) -> Vec<Registered> {
    let is_ours = |told: &&TargetHealthDescription| self::id(told) == Some(id.as_str());
    let mut others: Vec<&str> = targets.iter().filter(|told| !is_ours(told) && word(told) == "healthy").filter_map(self::id).collect();
    others.sort_unstable();
    others.dedup();
    let own = targets.iter().filter(is_ours).map(|told| Registered {
        group: Arc::from(arn),
        port: told.target().and_then(TargetDescription::port).and_then(|port| u16::try_from(port).ok()),
        is_healthy: word(told) == "healthy",
        is_leaving: matches!(word(told), "draining" | "unhealthy.draining"),
        healthy_others: u32::try_from(others.len()).unwrap_or(u32::MAX),
    });
    own.collect()
}

/// How unwell it is that none of these is healthy, and why, as a sentence that begins with whose they are.
///
/// Where some are joining, or nothing is sent to any, nobody has failed: something goes on, or was left unfinished.
pub fn none_healthy(standings: &[Standing], whose: &str) -> (Level, String) {
    let has = |standing: Standing| standings.contains(&standing);
    let joining = standings.iter().filter(|standing| **standing == Standing::Joining).count();
    let none = |rest: &str| format!("none of {} {whose} is healthy{rest}", standings.len());
    if has(Standing::Failing) || has(Standing::Off) {
        (Level::Severe, none(": requests are not answered"))
    } else if has(Standing::Unchecked) {
        (Level::Unknown, format!("the load balancer does not check {} {whose}", standings.len()))
    } else if has(Standing::Untold) {
        (Level::Unknown, none(", and the states that are told are not known here"))
    } else if joining > 0 {
        (Level::Warning, none(&format!(" yet: {joining} being registered or checked for the first time")))
    } else if has(Standing::Unused) {
        let why = "no listener forwards to them, or their zones are not enabled for the load balancer";
        (Level::Warning, format!("no requests are sent to any of {} {whose}: {why}", standings.len()))
    } else {
        (Level::Severe, none(": requests are not answered"))
    }
}

/// How all of them together are: whether requests are answered, and what keeps each that is not well from it.
pub fn health(each: &[Placed]) -> Health {
    let standings: Vec<Standing> = each.iter().filter_map(|placed| placed.standing).collect();
    let count = |standing: Standing| standings.iter().filter(|known| **known == standing).count();
    let healthy = count(Standing::Healthy);
    let mut causes: Vec<Arc<str>> = Vec::new();
    let level = match healthy {
        _ if each.is_empty() => {
            causes.push(Arc::from("no target is registered: the load balancer has nobody to send requests to"));
            Level::Severe
        }
        0 => {
            let (level, why) = none_healthy(&standings, "targets");
            causes.push(Arc::from(why));
            level
        }
        some => {
            let is_single = some == 1 && each.len() > 1;
            if is_single {
                causes.push(Arc::from(format!("only one of {} targets is healthy: without it nobody answers", each.len())));
            }
            match () {
                () if count(Standing::Failing) > 0 => Level::Degraded,
                () if is_single => Level::Warning,
                () if some < each.len() => Level::Info,
                () => Level::Ok,
            }
        }
    };
    causes.extend(unwell(each.iter().map(|placed| &placed.instance)));
    Health { level, word: None, causes, source: HealthSource::TargetHealth }
}

/// What keeps each of these that is not well from being so.
fn unwell<'a>(each: impl Iterator<Item = &'a Instance>) -> Vec<Arc<str>> {
    let unwell: Vec<&Instance> = each.filter(|instance| instance.level != Level::Ok).collect();
    let one = |instance: &&Instance| {
        let why = instance.causes.first().map_or("its state is not told", |cause| cause);
        Arc::from(format!("{}: {why}", instance.id))
    };
    let mut causes: Vec<Arc<str>> = unwell.iter().take(MOST_TOLD).map(one).collect();
    if let Some(more) = unwell.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        causes.push(Arc::from(format!("and {more} more targets that are not healthy")));
    }
    causes
}
