//! Elastic IP addresses: `DescribeAddresses`, `AssociateAddress`, `DisassociateAddress`.

use crate::aws::{Answered, Call, Fault};
use crate::compute::address::Address;
use crate::environment::instance_name;
use crate::wire::xml::Xml;
use crate::world::World;

use super::filter::{all_fit, is_any, tags_fit, unknown};

/// Answers `DescribeAddresses`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let (ids, ips) = (call.params.list("AllocationId"), call.params.list("PublicIp"));
    let here: Vec<&Address> = world.compute.addresses.iter().filter(|address| address.place == call.place).collect();
    for id in &ids {
        if !here.iter().any(|address| address.allocation() == *id) {
            return Err(unknown_allocation(id));
        }
    }
    if let Some(ip) = ips.iter().find(|ip| !here.iter().any(|address| address.ip == **ip)) {
        return Err(Fault::new(400, "InvalidAddress.NotFound", format!("Address '{ip}' not found.")));
    }
    let filters = call.params.structures("Filter");
    let mut found = Vec::new();
    for address in here {
        let named =
            (ids.is_empty() && ips.is_empty()) || ids.contains(&address.allocation().as_str()) || ips.contains(&address.ip.as_str());
        if named && all_fit(&filters, |name, values| fits(world, address, name, values))? {
            found.push(address);
        }
    }
    xml.list("addressesSet", "item", found, |xml, address| tell(world, address, xml));
    Ok(())
}

fn unknown_allocation(id: &str) -> Fault {
    Fault::new(400, "InvalidAllocationID.NotFound", format!("The allocation ID '{id}' does not exist"))
}

/// The instance that an address points to.
fn instance_of(world: &World, address: &Address) -> Option<u64> {
    Some(world.compute.machines.get(address.machine?)?.id)
}

fn fits(world: &World, address: &Address, name: &str, values: &[&str]) -> Option<bool> {
    let instance = instance_of(world, address);
    Some(match name {
        "allocation-id" => is_any(values, &address.allocation()),
        "association-id" => instance.is_some() && is_any(values, &address.association()),
        "instance-id" => instance.is_some_and(|number| is_any(values, &instance_name(number))),
        "public-ip" => is_any(values, &address.ip),
        "domain" => is_any(values, "vpc"),
        _ => {
            let tags: Vec<(&str, String)> = address.tags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
            return tags_fit(&tags, name, values);
        }
    })
}

fn tell(world: &World, address: &Address, xml: &mut Xml) {
    let machine = address.machine.and_then(|slot| world.compute.machines.get(slot));
    xml.maybe("instanceId", machine.map(crate::compute::machine::Machine::name).as_deref());
    xml.text("publicIp", &address.ip);
    xml.text("allocationId", &address.allocation());
    xml.maybe("associationId", machine.map(|_| address.association()).as_deref());
    xml.text("domain", "vpc");
    xml.maybe("privateIpAddress", machine.map(crate::compute::machine::Machine::private_ip).as_deref());
    xml.list("tagSet", "item", &address.tags, |xml, (key, value)| {
        xml.text("key", key);
        xml.text("value", value);
    });
    xml.text("publicIpv4Pool", "amazon");
    xml.text("networkBorderGroup", &address.place.region);
}

/// Answers `AssociateAddress`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn associate(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let id = call.params.get("InstanceId").unwrap_or("");
    let machine = world.compute.named(&call.place, id).ok_or_else(|| unknown(id))?;
    let allocation = call.params.get("AllocationId").unwrap_or("");
    let mut addresses = world.compute.addresses.iter_mut().filter(|address| address.place == call.place);
    let address = addresses.find(|address| address.allocation() == allocation).ok_or_else(|| unknown_allocation(allocation))?;
    address.machine = Some(machine);
    xml.text("associationId", &address.association());
    Ok(())
}

/// Answers `DisassociateAddress`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn disassociate(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let association = call.params.get("AssociationId").unwrap_or("");
    let mut addresses = world.compute.addresses.iter_mut().filter(|address| address.place == call.place && address.machine.is_some());
    let address = addresses
        .find(|address| address.association() == association)
        .ok_or_else(|| Fault::new(400, "InvalidAssociationID.NotFound", format!("The association ID '{association}' does not exist")))?;
    address.machine = None;
    xml.plain("return", true);
    Ok(())
}
