//! Targets: how they are, and registering and deregistering them.

use super::groups::Group;
use super::{Answered, Call, Fault};
use crate::compute::Compute;
use crate::compute::machine::Power;
use crate::compute::target_group::{TargetGroup, Told};
use crate::environment::{Environment, Status};
use crate::health;
use crate::wire::query::Params;
use crate::wire::xml::Xml;
use crate::world::World;

/// A target as an answer tells of it.
struct Seen {
    id: String,
    port: u16,
    told: Told,
}

/// Answers `DescribeTargetHealth`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let group = Group::named(world, call)?;
    let here = match group {
        Group::Managed(environment) => of_environment(environment),
        Group::Own(_, group) => of_group(&world.compute, group),
    };
    let asked = call.params.structures("Targets");
    let found = if asked.is_empty() { here } else { asked.iter().map(|target| of_asked(target, &here, group.port())).collect() };
    xml.list("TargetHealthDescriptions", "member", found, |xml, seen| {
        xml.within("Target", |xml| {
            xml.text("Id", &seen.id);
            xml.plain("Port", seen.port);
        });
        if seen.told != Told::not_registered() {
            xml.plain("HealthCheckPort", seen.port);
        }
        xml.within("TargetHealth", |xml| {
            xml.text("State", seen.told.state);
            if let Some((reason, description)) = &seen.told.reason {
                xml.text("Reason", reason);
                xml.text("Description", description);
            }
        });
    });
    Ok(())
}

/// A target that is asked for: one that is registered, or what is said of any other.
fn of_asked(asked: &Params, here: &[Seen], usual: u16) -> Seen {
    let id = asked.get("Id").unwrap_or("");
    let port: Option<u16> = asked.get("Port").and_then(|port| port.parse().ok());
    let found = here.iter().find(|seen| seen.id == id && port.is_none_or(|port| port == seen.port));
    Seen {
        id: id.to_owned(),
        port: found.map_or_else(|| port.unwrap_or(usual), |seen| seen.port),
        told: found.map_or_else(Told::not_registered, |seen| seen.told.clone()),
    }
}

fn of_group(compute: &Compute, group: &TargetGroup) -> Vec<Seen> {
    let seen = group.targets.iter().filter_map(|target| {
        let machine = compute.machines.get(target.machine)?;
        Some(Seen { id: machine.name(), port: target.port, told: group.told(target, machine) })
    });
    seen.collect()
}

fn of_environment(environment: &Environment) -> Vec<Seen> {
    let instances = environment.instances.iter().enumerate();
    instances.map(|(index, instance)| Seen { id: instance.name(), port: 80, told: told(environment, index) }).collect()
}

fn told(environment: &Environment, index: usize) -> Told {
    let in_service = environment.instances.get(index).is_some_and(|instance| instance.in_service);
    if environment.status == Status::Terminating {
        Told::new("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    } else if !in_service {
        Told::new("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    } else if health::unwell(environment, index).is_some() {
        Told::new("unhealthy", "Target.Timeout", "Request timed out")
    } else {
        Told { state: "healthy", reason: None }
    }
}

/// Targets by id, with the ports that a call gives.
type Named = Vec<(String, Option<u16>)>;

/// The group that may be changed, and the targets that a call names, with ports.
fn named(world: &World, call: &Call<'_>) -> Result<(usize, Named), Fault> {
    let targets = call.params.structures("Targets");
    if targets.is_empty() {
        return Err(Fault::missing("targets"));
    }
    let Group::Own(group, _) = Group::named(world, call)? else {
        // Elastic Beanstalk's Auto Scaling group would take any change back at once.
        let sentence = "The target group is managed by Elastic Beanstalk and cannot be changed by hand here";
        return Err(Fault::new(400, "OperationNotPermitted", sentence));
    };
    let read = |target: &Params| {
        let id = target.get("Id").ok_or_else(|| Fault::missing("targets.1.member.id"))?;
        Ok((id.to_owned(), target.get("Port").and_then(|port| port.parse().ok())))
    };
    Ok((group, targets.iter().map(read).collect::<Result<_, Fault>>()?))
}

/// Answers `RegisterTargets`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn register(world: &mut World, call: &Call<'_>) -> Answered {
    let (group, targets) = named(world, call)?;
    let mut found = Vec::new();
    for (id, port) in targets {
        let machine = world.compute.named(&call.place, &id);
        let machine = machine.ok_or_else(|| Fault::new(400, "ValidationError", format!("Instance ID '{id}' is not valid")))?;
        if world.compute.machines.get(machine).is_none_or(|machine| machine.power != Power::Running) {
            let sentence = format!("The following targets are not in a running state and cannot be registered: '{id}'");
            return Err(Fault::new(400, "InvalidTarget", sentence));
        }
        found.push((machine, port));
    }
    for (machine, port) in found {
        world.register(group, machine, port);
    }
    Ok(())
}

/// Answers `DeregisterTargets`. What is not registered is nobody's mistake.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn deregister(world: &mut World, call: &Call<'_>) -> Answered {
    let (group, targets) = named(world, call)?;
    for (id, _) in targets {
        if let Some(machine) = world.compute.named(&call.place, &id) {
            world.deregister(group, machine);
        }
    }
    Ok(())
}
