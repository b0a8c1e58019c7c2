//! EC2: regions, zones, and the instances of environments.
//!
//! Owns the ec2Query shapes. An instance here is an instance of an
//! environment; there are no others.

use crate::chance::{hash, mix};
use crate::environment::Environment;
use crate::health::{self, Light};
use crate::wire::xml::Xml;
use crate::world::World;

mod filter;

use filter::{Seen, chosen};

use super::{Answered, Call, Fault, token};

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
        "DescribeInstances" => instances(world, call, xml),
        "DescribeInstanceStatus" => statuses(world, call, xml),
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

/// Its network.
#[must_use]
pub fn vpc(environment: &Environment) -> String {
    let mixed = mix(hash(&environment.place.account), hash(&environment.place.region));
    format!("vpc-0{mixed:016x}")
}

/// Its network in a zone.
#[must_use]
pub fn subnet(environment: &Environment, zone: u8) -> String {
    let mixed = mix(mix(hash(&environment.place.account), hash(&environment.place.region)), u64::from(zone) + 1);
    format!("subnet-0{mixed:016x}")
}

/// One page of what was found, and the token for the next.
fn page<'s, 'a>(call: &Call<'_>, all: &'s [Seen<'a>]) -> Result<(&'s [Seen<'a>], Option<String>), Fault> {
    let from = match call.params.get("NextToken") {
        None => 0,
        Some(text) => {
            let numbers = token::read("instances", text)?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let most = match call.params.get("MaxResults") {
        None => 1_000,
        Some(text) => text.parse().ok().filter(|n| (5..=1_000).contains(n)).ok_or_else(|| {
            Fault::invalid(format!("Value ( {text} ) for parameter maxResults is invalid. Expecting a value greater than 5."))
        })?,
    };
    let rest = all.get(from..).unwrap_or_default();
    let end = most.min(rest.len());
    let next = i64::try_from(from + end).unwrap_or(0);
    let token = (end < rest.len()).then(|| token::write("instances", &[next]));
    Ok((rest.get(..end).unwrap_or_default(), token))
}

fn instances(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let all = chosen(world, call)?;
    let (here, next) = page(call, &all)?;
    xml.list("reservationSet", "item", here, |xml, seen| {
        xml.text("reservationId", &format!("r-0{:016x}", mix(seen.instance.id, 1)));
        xml.text("ownerId", &seen.environment.place.account);
        xml.open("groupSet");
        xml.close("groupSet");
        xml.list("instancesSet", "item", [seen], |xml, seen| {
            instance(seen, xml);
        });
        xml.text("requesterId", "940372691376");
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

fn instance(seen: &Seen<'_>, xml: &mut Xml) {
    let (environment, instance) = (seen.environment, seen.instance);
    let region = &environment.place.region;
    let zone_name = zone(region, instance.zone);
    let (private, public) = (instance.private_ip(), instance.public_ip());
    let (code, state) = seen.state();
    xml.text("instanceId", &instance.name());
    xml.text("imageId", &format!("ami-0{:016x}", mix(hash(environment.settings.stack.version), hash(region))));
    xml.within("instanceState", |xml| {
        xml.plain("code", code);
        xml.text("name", state);
    });
    xml.text("privateDnsName", &format!("ip-{}.{region}.compute.internal", private.replace('.', "-")));
    xml.text("dnsName", &format!("ec2-{}.{region}.compute.amazonaws.com", public.replace('.', "-")));
    xml.text("reason", "");
    xml.plain("amiLaunchIndex", 0);
    xml.text("instanceType", &environment.settings.instance_type);
    xml.text("launchTime", &instance.launched.rfc3339());
    xml.within("placement", |xml| {
        xml.text("availabilityZone", &zone_name);
        xml.text("groupName", "");
        xml.text("tenancy", "default");
    });
    xml.within("monitoring", |xml| xml.text("state", "disabled"));
    xml.text("subnetId", &subnet(environment, instance.zone));
    xml.text("vpcId", &vpc(environment));
    xml.text("privateIpAddress", &private);
    xml.text("ipAddress", &public);
    xml.plain("sourceDestCheck", true);
    xml.list("groupSet", "item", [()], |xml, ()| {
        xml.text("groupId", &format!("sg-0{:016x}", mix(environment.number(), 3)));
        xml.text("groupName", &format!("awseb-{}-stack-AWSEBSecurityGroup", environment.id));
    });
    xml.text("architecture", "x86_64");
    xml.text("rootDeviceType", "ebs");
    xml.text("rootDeviceName", "/dev/xvda");
    xml.text("virtualizationType", "hvm");
    xml.text("hypervisor", "xen");
    xml.list("tagSet", "item", tags(environment), |xml, (key, value)| {
        xml.text("key", key);
        xml.text("value", &value);
    });
    xml.plain("ebsOptimized", false);
}

fn statuses(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let mut all = chosen(world, call)?;
    if !call.params.flag("IncludeAllInstances") {
        all.retain(|seen| seen.state().0 == 16);
    }
    let (here, next) = page(call, &all)?;
    xml.list("instanceStatusSet", "item", here, |xml, seen| {
        let (code, state) = seen.state();
        xml.text("instanceId", &seen.instance.name());
        xml.text("availabilityZone", &zone(&seen.environment.place.region, seen.instance.zone));
        xml.within("instanceState", |xml| {
            xml.plain("code", code);
            xml.text("name", state);
        });
        // The machine is well even where what runs on it is not.
        let light = health::of_instance(seen.environment, seen.index, world.now).0;
        let (summary, detail) = if light == Light::Pending { ("initializing", "initializing") } else { ("ok", "passed") };
        for check in ["systemStatus", "instanceStatus"] {
            xml.within(check, |xml| {
                xml.text("status", summary);
                xml.list("details", "item", [()], |xml, ()| {
                    xml.text("name", "reachability");
                    xml.text("status", detail);
                });
            });
        }
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}
