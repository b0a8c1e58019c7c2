//! DescribeInstancesHealth and DescribeEnvironmentResources: the machines of one environment.

use std::sync::Arc;

use aws_sdk_elasticbeanstalk::types::{CpuUtilization, Deployment as ToldDeployment, EnvironmentResourceDescription, SingleInstanceHealth};

use super::super::told::{Interned, InternedText, moment, text};
use super::detail::{causes, traffic};
use super::words;
use crate::model::health::Level;
use crate::model::id::{InstanceId, VersionLabel};
use crate::model::instance::{Deployment, DeploymentState, Instance, Instances};

/// The machines with their health. One without an id is no machine that anything can be said of.
pub fn with_health(told: &[SingleInstanceHealth]) -> Instances {
    let mut labels = Interned::default();
    let mut texts = InternedText::default();
    let each = told.iter().filter_map(|told| instance(told, &mut labels, &mut texts)).collect();
    Instances { each, health_known: true, ..Instances::default() }
}

/// The machines by name alone.
pub(super) fn by_name(told: Option<&EnvironmentResourceDescription>) -> Instances {
    let named = told.map(EnvironmentResourceDescription::instances).unwrap_or_default();
    let each = named.iter().filter_map(|told| text(told.id.as_ref())).map(|id| Instance::of(InstanceId::from(id)));
    Instances { each: each.collect(), ..Instances::default() }
}

fn instance(told: &SingleInstanceHealth, labels: &mut Interned<VersionLabel>, texts: &mut InternedText) -> Option<Instance> {
    let judged = words::judge(text(told.health_status.as_ref()), text(told.color.as_ref()));
    Some(Instance {
        level: judged.map_or(Level::Unknown, |judged| judged.level),
        word: judged.map(|judged| texts.get(judged.word)),
        causes: causes(told.causes()),
        launched_at: moment(told.launched_at()),
        deployment: told.deployment().and_then(|told| deployment(told, labels)),
        instance_type: text(told.instance_type.as_ref()).map(|word| texts.get(word)),
        zone: text(told.availability_zone.as_ref()).map(|word| texts.get(word)),
        cpu: told.system().and_then(|system| system.cpu_utilization()).and_then(busy_share),
        load: told.system().and_then(|system| system.load_average().first().copied()),
        traffic: told.application_metrics().map(traffic).unwrap_or_default(),
        ..Instance::of(InstanceId::from(text(told.instance_id.as_ref())?))
    })
}

/// What is deployed; an empty element says nothing.
fn deployment(told: &ToldDeployment, labels: &mut Interned<VersionLabel>) -> Option<Deployment> {
    let deployment = Deployment {
        label: text(told.version_label.as_ref()).map(|label| labels.get(label)),
        number: told.deployment_id(),
        state: text(told.status.as_ref()).map(|word| match word {
            "In Progress" => DeploymentState::InProgress,
            "Deployed" => DeploymentState::Deployed,
            "Failed" => DeploymentState::Failed,
            _ => DeploymentState::Other(Arc::from(word)),
        }),
        at: moment(told.deployment_time()),
    };
    let empty = Deployment { label: None, number: None, state: None, at: None };
    (deployment != empty).then_some(deployment)
}

/// The share of the processors that works: everything but idling and waiting for disks.
fn busy_share(told: &CpuUtilization) -> Option<f64> {
    let working = [told.user(), told.nice(), told.system(), told.irq(), told.soft_irq(), told.privileged()];
    let percent = match working.into_iter().flatten().reduce(|sum, part| sum + part) {
        Some(sum) => sum,
        None => 100.0 - told.idle()?,
    };
    Some((percent / 100.0).clamp(0.0, 1.0))
}
