//! How a target group is, from the states of its targets: pure.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_elasticloadbalancingv2::types::TargetHealthDescription;

use super::super::target_state::State;
use super::super::told::text;
use super::machines::Machine;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::InstanceId;
use crate::model::instance::{Instance, Instances, Silence};
use crate::model::sighting::{Busy, Reading};

/// How many targets that are not well are told one by one.
const MOST_TOLD: usize = 12;

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
    let each: Vec<Instance> = ids(targets).into_iter().map(|id| instance(id, targets, machines)).collect();
    let is_checked = each.iter().all(|instance| !is_in(instance, "unavailable"));
    let silence = (!is_checked).then_some(Silence::NotChecked);
    let moves = each.iter().any(|instance| is_in(instance, "draining") || is_in(instance, "initial"));
    let busy = if moves { Busy::With(Activity::of(ActivityKind::Unknown)) } else { Busy::No };
    Reading {
        health: Some(health(&each)),
        busy: Some(busy),
        instances: Some(Instances { each, health_known: is_checked, silence, versions_from: None }),
        ..Reading::default()
    }
}

/// A machine as its targets are; of several ports of one machine the worst counts.
pub fn instance(id: InstanceId, targets: &[TargetHealthDescription], machines: &HashMap<InstanceId, Machine>) -> Instance {
    let own = targets.iter().filter(|told| self::id(told) == Some(id.as_str())).filter_map(TargetHealthDescription::target_health);
    let worst = own.filter_map(State::of).max_by_key(|state| state.level.unwrap_or(Level::Unknown).urgency());
    let bare = machines.get(&id).map_or_else(|| Instance::of(id), Machine::instance);
    let Some(state) = worst else { return bare };
    Instance {
        level: state.level.unwrap_or(Level::Unknown),
        word: Some(Arc::from(state.word)),
        causes: state.cause().map(Arc::from).into_iter().collect(),
        ..bare
    }
}

fn is_in(instance: &Instance, state: &str) -> bool {
    instance.word.as_deref() == Some(state)
}

/// How all of them together are: whether requests are answered, and what keeps each that is not well from it.
pub fn health(each: &[Instance]) -> Health {
    let healthy = each.iter().filter(|instance| instance.level == Level::Ok).count();
    let failing = each.iter().filter(|instance| instance.level == Level::Severe).count();
    let unchecked = each.iter().any(|instance| is_in(instance, "unavailable"));
    let is_single = healthy == 1 && each.len() > 1;
    let level = match (healthy, failing) {
        (0, 0) if unchecked => Level::Unknown,
        (0, _) => Level::Severe,
        (_, failing) if failing > 0 => Level::Degraded,
        _ if is_single => Level::Warning,
        _ if healthy < each.len() => Level::Info,
        _ => Level::Ok,
    };
    let mut causes: Vec<Arc<str>> = Vec::new();
    if each.is_empty() {
        causes.push(Arc::from("no target is registered: the load balancer has nobody to send requests to"));
    } else if healthy == 0 && level == Level::Severe {
        causes.push(Arc::from(format!("none of {} targets is healthy: requests are not answered", each.len())));
    } else if is_single {
        causes.push(Arc::from(format!("only one of {} targets is healthy: without it nobody answers", each.len())));
    }
    let unwell: Vec<&Instance> = each.iter().filter(|instance| instance.level != Level::Ok).collect();
    for instance in unwell.iter().take(MOST_TOLD) {
        let why = instance.causes.first().map_or("its state is not told", |cause| cause);
        causes.push(Arc::from(format!("{}: {why}", instance.id)));
    }
    if let Some(more) = unwell.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        causes.push(Arc::from(format!("and {more} more targets that are not healthy")));
    }
    Health { level, word: None, causes, source: HealthSource::TargetHealth }
}
