//! `RunInstances`, `TerminateInstances`, `RebootInstances` and `CreateTags`.
//!
//! Owns what EC2 refuses of them. What then happens is `compute::motion`'s.

use std::collections::BTreeMap;

use crate::aws::{Answered, Call, Fault};
use crate::compute::machine::Answers;
use crate::compute::motion::Launch;
use crate::environment::instance_name;
use crate::wire::xml::Xml;
use crate::world::World;

use super::filter::{all, unknown};
use super::instances;
use super::seen::Seen;

/// More than these at once no account may launch here.
const MOST: usize = 100;

/// Answers `RunInstances`. What is launched with the same tags as a machine that
/// is there runs what that runs: a script that replaces one builds it alike.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn run(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let missing = |name: &str| {
        let sentence = format!("The request must contain the parameter {name}");
        Fault::new(400, "MissingParameter", sentence)
    };
    let ami = call.params.get("ImageId").ok_or_else(|| missing("ImageId"))?;
    let count = |name: &str| {
        call.params.get(name).ok_or_else(|| missing(name))?.parse().map_err(|_| Fault::invalid(format!("Invalid value for {name}")))
    };
    let (fewest, most): (usize, usize) = (count("MinCount")?, count("MaxCount")?);
    if fewest == 0 || most < fewest || most > MOST {
        return Err(Fault::invalid(format!("Value ({most}) for parameter maxCount is invalid.")));
    }
    let launch = Launch {
        place: call.place.clone(),
        ami: ami.into(),
        kind: call.params.get("InstanceType").unwrap_or("t3.micro").into(),
        tags: tags_of(call),
        container: None,
        usual: Answers::Well,
        stillborn: false,
    };
    let like = world.compute.machines_of(&call.place).filter(|(_, machine)| machine.alive() && machine.tags == launch.tags).last();
    let (container, usual) = like.map_or((None, Answers::Well), |(_, machine)| (machine.container.clone(), machine.usual));
    let reservation = world.draws.bits();
    let launched: Vec<usize> =
        (0..most).map(|_| world.launch_machine(Launch { container: container.clone(), usual, ..launch.clone() }, reservation)).collect();
    instances::reservation(&format!("r-0{reservation:016x}"), &call.place.account, xml);
    xml.list("instancesSet", "item", launched, |xml, slot| {
        if let Some(machine) = world.compute.machines.get(slot) {
            instances::instance(&Seen::Own { machine, ip: world.compute.public_ip(slot) }, xml);
        }
    });
    Ok(())
}

/// The tags that instances are launched with.
fn tags_of(call: &Call<'_>) -> BTreeMap<String, String> {
    let specifications = call.params.structures("TagSpecification");
    let of_instances = specifications.iter().filter(|tags| tags.get("ResourceType") == Some("instance"));
    let tags = of_instances.flat_map(|tags| tags.structures("Tag"));
    tags.filter_map(|tag| Some((tag.get("Key")?.to_owned(), tag.get("Value").unwrap_or("").to_owned()))).collect()
}

/// The machines that a call names.
fn named(world: &World, call: &Call<'_>) -> Result<Vec<usize>, Fault> {
    let ids = call.params.list("InstanceId");
    if ids.is_empty() {
        return Err(Fault::new(400, "MissingParameter", "The request must contain the parameter InstanceId"));
    }
    let known = all(world, call);
    let find = |id: &str| {
        let own = world.compute.named(&call.place, id);
        own.ok_or_else(|| if known.iter().any(|seen| instance_name(seen.number()) == id) { protected(id) } else { unknown(id) })
    };
    ids.into_iter().map(find).collect()
}

/// What is said of an instance that may not be ended. Those of environments are
/// protected, so that only Elastic Beanstalk changes what it manages.
fn protected(id: &str) -> Fault {
    let sentence =
        format!("The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.");
    Fault::new(400, "OperationNotPermitted", sentence)
}

/// Answers `TerminateInstances`: of all that are named, or of none.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn terminate(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let slots = named(world, call)?;
    let machines = slots.iter().filter_map(|&slot| world.compute.machines.get(slot));
    if let Some(machine) = machines.clone().find(|machine| machine.protected) {
        return Err(protected(&machine.name()));
    }
    let before: Vec<_> = machines.map(|machine| (machine.name(), machine.power.state())).collect();
    for &slot in &slots {
        world.terminate_machine(slot);
    }
    xml.list("instancesSet", "item", slots.iter().zip(before), |xml, (&slot, (name, before))| {
        let after = world.compute.machines.get(slot).map_or(before, |machine| machine.power.state());
        xml.text("instanceId", &name);
        xml.within("currentState", |xml| instances::state(after, xml));
        xml.within("previousState", |xml| instances::state(before, xml));
    });
    Ok(())
}

/// Answers `RebootInstances`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn reboot(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    for slot in named(world, call)? {
        world.reboot_machine(slot);
    }
    xml.plain("return", true);
    Ok(())
}

/// Answers `CreateTags`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn tag(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let find = |id: &str| world.compute.named(&call.place, id).ok_or_else(|| unknown(id));
    let slots = call.params.list("ResourceId").into_iter().map(find).collect::<Result<Vec<_>, _>>()?;
    for tag in call.params.structures("Tag") {
        for &slot in &slots {
            if let (Some(machine), Some(key)) = (world.compute.machines.get_mut(slot), tag.get("Key")) {
                machine.tags.insert(key.to_owned(), tag.get("Value").unwrap_or("").to_owned());
            }
        }
    }
    world.compute_settle();
    xml.plain("return", true);
    Ok(())
}
