//! EC2: regions, zones, instances and addresses.
//!
//! Owns the routing of operations, and the names of networks. Instances of
//! environments and those of their own are one list here, as at AWS.

use crate::chance::{hash, mix};
use crate::environment::{Environment, Place};
use crate::wire::xml::Xml;
use crate::world::World;

mod addresses;
mod filter;
mod instances;
mod launches;
mod seen;

use super::{Answered, Call, Fault};

/// The names of a region's zones, as this account sees them.
#[must_use]
pub fn zones_of(region: &str) -> Vec<String> {
    let letters: &[char] = match region {
        // These two give new accounts two of their zones.
        "us-west-1" => &['a', 'c'],
        "ca-central-1" => &['a', 'b', 'd'],
        _ => &['a', 'b', 'c'],
    };
    letters.iter().map(|letter| format!("{region}{letter}")).collect()
}

/// The name of the zone with that number.
#[must_use]
pub fn zone(region: &str, number: u8) -> String {
    let zones = zones_of(region);
    let index = usize::from(number) % zones.len().max(1);
    zones.get(index).cloned().unwrap_or_default()
}

/// The tags that Elastic Beanstalk puts on everything of an environment.
#[must_use]
pub fn tags(environment: &Environment) -> [(&'static str, String); 3] {
    [
        ("Name", environment.name.to_string()),
        ("elasticbeanstalk:environment-id", environment.id.to_string()),
        ("elasticbeanstalk:environment-name", environment.name.to_string()),
    ]
}

/// Answers a call.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    if call.params.flag("DryRun") {
        let sentence = "Request would have succeeded, but DryRun flag is set.";
        return Err(Fault::new(412, "DryRunOperation", sentence));
    }
    match call.operation {
        "DescribeRegions" => regions(world, call, xml),
        "DescribeAvailabilityZones" => {
            availability_zones(call, xml);
            Ok(())
        }
        "DescribeInstances" => instances::describe(world, call, xml),
        "DescribeInstanceStatus" => instances::statuses(world, call, xml),
        "DescribeAddresses" => addresses::describe(world, call, xml),
        "AssociateAddress" => addresses::associate(world, call, xml),
        "DisassociateAddress" => addresses::disassociate(world, call, xml),
        "RunInstances" => launches::run(world, call, xml),
        "TerminateInstances" => launches::terminate(world, call, xml),
        "RebootInstances" => launches::reboot(world, call, xml),
        "CreateTags" => launches::tag(world, call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// Regions that an account has to opt in to, as far as they are listed here.
const OPT_IN: [&str; 6] = ["af-south-1", "ap-east-1", "ca-west-1", "eu-south-1", "il-central-1", "me-south-1"];

fn regions(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let names = call.params.list("RegionName");
    let enabled = |region: &str| world.regions.iter().any(|known| **known == *region);
    let mut all: Vec<&str> = world.regions.iter().map(|region| &**region).collect();
    if call.params.flag("AllRegions") {
        all.extend(OPT_IN.iter().filter(|region| !enabled(region)));
        all.sort_unstable();
    }
    if let Some(unknown) = names.iter().find(|name| !all.contains(name) && !OPT_IN.contains(name)) {
        return Err(Fault::invalid_region(unknown));
    }
    let wanted = all.into_iter().filter(|region| names.is_empty() || names.contains(region));
    xml.list("regionInfo", "item", wanted, |xml, region| {
        xml.text("regionName", region);
        xml.text("regionEndpoint", &format!("ec2.{region}.amazonaws.com"));
        let opted = match (OPT_IN.contains(&region), enabled(region)) {
            (false, _) => "opt-in-not-required",
            (true, true) => "opted-in",
            (true, false) => "not-opted-in",
        };
        xml.text("optInStatus", opted);
    });
    Ok(())
}

impl Fault {
    fn invalid_region(name: &str) -> Self {
        Self::invalid(format!("Invalid region name provided: {name}"))
    }
}

fn availability_zones(call: &Call<'_>, xml: &mut Xml) {
    let region = &*call.place.region;
    xml.list("availabilityZoneInfo", "item", zones_of(region).iter().enumerate(), |xml, (number, zone)| {
        xml.text("zoneName", zone);
        xml.text(
            "zoneId",
            &format!(
                "{}-az{}",
                region
                    .replace("central", "c")
                    .replace("west", "w")
                    .replace("east", "e")
                    .replace("-c-", "c")
                    .replace("-w-", "w")
                    .replace("-e-", "e"),
                number + 1
            ),
        );
        xml.text("zoneState", "available");
        xml.text("regionName", region);
        xml.text("groupName", region);
        xml.text("networkBorderGroup", region);
        xml.text("optInStatus", "opt-in-not-required");
        xml.text("zoneType", "availability-zone");
        xml.open("messageSet");
        xml.close("messageSet");
    });
}

/// The network of a place.
#[must_use]
pub fn vpc(place: &Place) -> String {
    let mixed = mix(hash(&place.account), hash(&place.region));
    format!("vpc-0{mixed:016x}")
}

/// That network in a zone.
#[must_use]
pub fn subnet(place: &Place, zone: u8) -> String {
    let mixed = mix(mix(hash(&place.account), hash(&place.region)), u64::from(zone) + 1);
    format!("subnet-0{mixed:016x}")
}
