//! Auto Scaling: the groups behind environments, as far as the EB CLI asks.

use crate::wire::xml::Xml;
use crate::world::World;

use super::beanstalk::resources::{group_name, launch_template};
use super::{Answered, Call, Fault, ec2};
use crate::environment::Environment;
use crate::health;

/// Answers a call.
///
/// # Errors
///
/// What Auto Scaling refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    match call.operation {
        "DescribeAutoScalingGroups" => {
            groups(world, call, xml);
            Ok(())
        }
        other => Err(Fault::unknown_operation(other)),
    }
}

fn groups(world: &World, call: &Call<'_>, xml: &mut Xml) {
    let names = call.params.list("AutoScalingGroupNames");
    let wanted = |e: &&Environment| e.listed() && (names.is_empty() || names.contains(&group_name(e).as_str()));
    xml.list("AutoScalingGroups", "member", world.of(&call.place).filter(wanted), |xml, e| {
        group(world, e, xml);
    });
}

fn group(world: &World, environment: &Environment, xml: &mut Xml) {
    let region = &environment.place.region;
    let name = group_name(environment);
    xml.text("AutoScalingGroupName", &name);
    xml.text(
        "AutoScalingGroupARN",
        &format!(
            "arn:aws:autoscaling:{region}:{}:autoScalingGroup:{:016x}:autoScalingGroupName/{name}",
            environment.place.account,
            environment.number()
        ),
    );
    xml.plain("MinSize", environment.settings.min);
    xml.plain("MaxSize", environment.settings.max);
    xml.plain("DesiredCapacity", environment.instances.len());
    xml.plain("DefaultCooldown", 360);
    xml.texts("AvailabilityZones", "member", ec2::zones_of(region).iter().map(String::as_str));
    xml.text("HealthCheckType", "EC2");
    xml.plain("HealthCheckGracePeriod", 0);
    xml.list("Instances", "member", environment.instances.iter().enumerate(), |xml, (index, instance)| {
        xml.text("InstanceId", &instance.name());
        xml.text("InstanceType", &environment.settings.instance_type);
        xml.text("AvailabilityZone", &ec2::zone(region, instance.zone));
        xml.text("LifecycleState", if instance.in_service { "InService" } else { "Pending" });
        let light = health::of_instance(environment, index, world.now).0;
        xml.text("HealthStatus", if light == health::Light::NoData { "Unhealthy" } else { "Healthy" });
        xml.within("LaunchTemplate", |xml| template(environment, xml));
        xml.plain("ProtectedFromScaleIn", false);
    });
    xml.text("CreatedTime", &environment.created.rfc3339());
    xml.within("LaunchTemplate", |xml| template(environment, xml));
    xml.open("SuspendedProcesses");
    xml.close("SuspendedProcesses");
    xml.list("Tags", "member", ec2::tags(environment), |xml, (key, value)| {
        xml.text("ResourceId", &name);
        xml.text("ResourceType", "auto-scaling-group");
        xml.text("Key", key);
        xml.text("Value", &value);
        xml.plain("PropagateAtLaunch", true);
    });
    xml.texts("TerminationPolicies", "member", ["Default"]);
}

fn template(environment: &Environment, xml: &mut Xml) {
    let (id, name) = launch_template(environment);
    xml.text("LaunchTemplateId", &id);
    xml.text("LaunchTemplateName", &name);
    xml.text("Version", "1");
}
