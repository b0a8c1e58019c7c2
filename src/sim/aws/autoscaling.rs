//! Auto Scaling: the groups behind environments, as far as the EB CLI asks, and those of target groups.
//!
//! Owns the shapes and the refusals. How a group of a target group keeps its
//! instances, `compute::scaling` says.

use crate::wire::xml::Xml;
use crate::world::World;

use super::beanstalk::resources::{group_name, launch_template};
use super::{Answered, Call, Fault, ec2};
use crate::compute::machine::Machine;
use crate::compute::scaling::{Activity, ScalingGroup};
use crate::environment::{Environment, Place};
use crate::health;
use crate::moment::Moment;

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
        "DescribeAutoScalingInstances" => {
            instances(world, call, xml);
            Ok(())
        }
        "DescribeScalingActivities" => activities(world, call, xml),
        "TerminateInstanceInAutoScalingGroup" => terminate(world, call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// An instance as a group tells of it.
struct Member {
    group: String,
    id: String,
    kind: String,
    zone: String,
    state: &'static str,
    is_well: bool,
    template: (String, String),
}

/// A group as an answer tells of it.
struct Group {
    name: String,
    number: u64,
    desired: usize,
    sizes: (u64, u64),
    created: Moment,
    members: Vec<Member>,
    tags: Vec<(String, String)>,
    template: (String, String),
}

fn of_environment(world: &World, environment: &Environment) -> Group {
    let region = &environment.place.region;
    let name = group_name(environment);
    let template = launch_template(environment);
    let member = |(index, instance): (usize, &crate::environment::Instance)| Member {
        group: name.clone(),
        id: instance.name(),
        kind: environment.settings.instance_type.clone(),
        zone: ec2::zone(region, instance.zone),
        state: if instance.in_service { "InService" } else { "Pending" },
        is_well: health::of_instance(environment, index, world.now).0 != health::Light::NoData,
        template: template.clone(),
    };
    Group {
        number: environment.number(),
        desired: environment.instances.len(),
        sizes: (u64::from(environment.settings.min), u64::from(environment.settings.max)),
        created: environment.created,
        members: environment.instances.iter().enumerate().map(member).collect(),
        tags: ec2::tags(environment).into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        template,
        name,
    }
}

fn of_target_group(world: &World, group: &ScalingGroup) -> Group {
    let template = (String::from("lt-0123456789abcdef0"), group.name.to_string());
    let machine = |&slot: &usize| world.compute.machines.get(slot).map(|machine| (slot, machine));
    let member = |(slot, machine): (usize, &Machine)| Member {
        group: group.name.to_string(),
        id: machine.name(),
        kind: machine.kind.to_string(),
        zone: ec2::zone(&machine.place.region, machine.zone),
        state: group.lifecycle(slot, machine),
        is_well: machine.alive(),
        template: template.clone(),
    };
    Group {
        name: group.name.to_string(),
        number: crate::chance::hash(&group.name),
        desired: group.desired,
        sizes: (1, 100),
        created: group.created,
        members: group.members.iter().filter_map(machine).map(member).collect(),
        tags: Vec::new(),
        template: template.clone(),
    }
}

/// Every group of a place.
fn all(world: &World, place: &Place) -> Vec<Group> {
    let of_environments = world.of(place).filter(|environment| environment.listed()).map(|environment| of_environment(world, environment));
    let own = world.compute.scaling.iter().filter(|group| group.place == *place).map(|group| of_target_group(world, group));
    of_environments.chain(own).collect()
}

fn groups(world: &World, call: &Call<'_>, xml: &mut Xml) {
    let names = call.params.list("AutoScalingGroupNames");
    let wanted = |group: &Group| names.is_empty() || names.contains(&group.name.as_str());
    let found = all(world, &call.place).into_iter().filter(wanted);
    xml.list("AutoScalingGroups", "member", found, |xml, found| group(&call.place, &found, xml));
}

fn group(place: &Place, group: &Group, xml: &mut Xml) {
    let Place { region, account } = place;
    let name = &group.name;
    xml.text("AutoScalingGroupName", name);
    xml.text(
        "AutoScalingGroupARN",
        &format!("arn:aws:autoscaling:{region}:{account}:autoScalingGroup:{:016x}:autoScalingGroupName/{name}", group.number),
    );
    xml.plain("MinSize", group.sizes.0);
    xml.plain("MaxSize", group.sizes.1);
    xml.plain("DesiredCapacity", group.desired);
    xml.plain("DefaultCooldown", 360);
    xml.texts("AvailabilityZones", "member", ec2::zones_of(region).iter().map(String::as_str));
    xml.text("HealthCheckType", "EC2");
    xml.plain("HealthCheckGracePeriod", 0);
    xml.list("Instances", "member", &group.members, member);
    xml.text("CreatedTime", &group.created.rfc3339());
    xml.within("LaunchTemplate", |xml| template(&group.template, xml));
    xml.open("SuspendedProcesses");
    xml.close("SuspendedProcesses");
    xml.list("Tags", "member", &group.tags, |xml, (key, value)| {
        xml.text("ResourceId", name);
        xml.text("ResourceType", "auto-scaling-group");
        xml.text("Key", key);
        xml.text("Value", value);
        xml.plain("PropagateAtLaunch", true);
    });
    xml.texts("TerminationPolicies", "member", ["Default"]);
}

fn member(xml: &mut Xml, member: &Member) {
    xml.text("InstanceId", &member.id);
    xml.text("InstanceType", &member.kind);
    xml.text("AvailabilityZone", &member.zone);
    xml.text("LifecycleState", member.state);
    xml.text("HealthStatus", if member.is_well { "Healthy" } else { "Unhealthy" });
    xml.within("LaunchTemplate", |xml| template(&member.template, xml));
    xml.plain("ProtectedFromScaleIn", false);
}

fn template((id, name): &(String, String), xml: &mut Xml) {
    xml.text("LaunchTemplateId", id);
    xml.text("LaunchTemplateName", name);
    xml.text("Version", "1");
}

fn instances(world: &World, call: &Call<'_>, xml: &mut Xml) {
    let ids = call.params.list("InstanceIds");
    let members = all(world, &call.place).into_iter().flat_map(|group| group.members);
    let wanted = members.filter(|member| ids.is_empty() || ids.contains(&member.id.as_str()));
    xml.list("AutoScalingInstances", "member", wanted, |xml, found| {
        xml.text("AutoScalingGroupName", &found.group);
        xml.text("HealthStatus", if found.is_well { "HEALTHY" } else { "UNHEALTHY" });
        xml.text("InstanceId", &found.id);
        xml.text("InstanceType", &found.kind);
        xml.text("AvailabilityZone", &found.zone);
        xml.text("LifecycleState", found.state);
        xml.within("LaunchTemplate", |xml| template(&found.template, xml));
        xml.plain("ProtectedFromScaleIn", false);
    });
}

fn no_such_group(name: &str) -> Fault {
    Fault::new(400, "ValidationError", format!("AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"))
}

/// The activities of a group, newest first. Nothing is remembered of those of environments.
fn activities(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let name = call.params.get("AutoScalingGroupName");
    if let Some(name) = name.filter(|name| !all(world, &call.place).iter().any(|group| group.name == **name)) {
        return Err(no_such_group(name));
    }
    let ids = call.params.list("ActivityIds");
    let most = call.params.get("MaxRecords").and_then(|most| most.parse().ok()).unwrap_or(100);
    let here = world.compute.scaling.iter().filter(|group| group.place == call.place && name.is_none_or(|name| *group.name == *name));
    let each = here.flat_map(|group| group.activities.iter().rev().map(move |activity| (group, activity)));
    let wanted = each.filter(|(_, activity)| ids.is_empty() || ids.contains(&activity.id.as_str())).take(most);
    xml.list("Activities", "member", wanted, |xml, (group, found)| activity(world, group, found, xml));
    Ok(())
}

fn activity(world: &World, group: &ScalingGroup, activity: &Activity, xml: &mut Xml) {
    let is_on = world.compute.machines.get(activity.machine).is_some_and(Machine::alive) && !group.joining.contains(&activity.machine);
    let is_gone = !group.members.contains(&activity.machine);
    let is_over = if activity.launches { is_on || is_gone } else { is_gone };
    xml.text("ActivityId", &activity.id);
    xml.text("AutoScalingGroupName", &group.name);
    xml.text("Description", &activity.description);
    xml.text("Cause", &activity.cause);
    xml.text("StartTime", &activity.begun.rfc3339());
    xml.text("StatusCode", if is_over { "Successful" } else { "InProgress" });
    xml.plain("Progress", if is_over { 100 } else { 50 });
    xml.text("Details", "{}");
}

/// Answers `TerminateInstanceInAutoScalingGroup`.
fn terminate(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let id = call.params.get("InstanceId").ok_or_else(|| Fault::missing("instanceId"))?;
    if !call.params.has("ShouldDecrementDesiredCapacity") {
        return Err(Fault::missing("shouldDecrementDesiredCapacity"));
    }
    let shrinks = call.params.flag("ShouldDecrementDesiredCapacity");
    let not_found =
        || Fault::new(400, "ValidationError", format!("Instance Id not found - No managed instance found for instance ID: {id}"));
    let own = world.compute.named(&call.place, id).and_then(|machine| Some((world.scaling_of(machine)?, machine)));
    if let Some((slot, machine)) = own {
        let ended = world.terminate_in_group(slot, machine, shrinks).ok_or_else(not_found)?;
        if let Some(group) = world.compute.scaling.get(slot) {
            xml.within("Activity", |xml| activity(world, group, &ended, xml));
        }
        return Ok(());
    }
    let (name, request) = (world.terminate_instance(&call.place, id).ok_or_else(not_found)?, call.request_id);
    let begun = world.now;
    xml.within("Activity", |xml| {
        xml.text("ActivityId", request);
        xml.text("AutoScalingGroupName", &name);
        xml.text("Description", &format!("Terminating EC2 instance: {id}"));
        xml.text("Cause", &format!("At {} instance {id} was taken out of service in response to a user request.", begun.rfc3339()));
        xml.text("StartTime", &begun.rfc3339());
        xml.text("StatusCode", "InProgress");
        xml.plain("Progress", 0);
        xml.text("Details", "{}");
    });
    Ok(())
}
