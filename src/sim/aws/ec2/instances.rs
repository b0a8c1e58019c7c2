//! `DescribeInstances` and `DescribeInstanceStatus`.
//!
//! Owns the ec2Query shape of an instance, and paging over instances.

use crate::aws::{Answered, Call, Fault, token};
use crate::environment::instance_name;
use crate::wire::xml::Xml;
use crate::world::World;

use super::filter::chosen;
use super::seen::Seen;
use super::{subnet, vpc, zone};

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

/// Answers `DescribeInstances`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let all = chosen(world, call)?;
    let (here, next) = page(call, &all)?;
    let reservations = here.chunk_by(|one, other| one.reservation() == other.reservation());
    xml.list("reservationSet", "item", reservations, |xml, together| {
        if let Some(first) = together.first() {
            reservation(&first.reservation(), &first.place().account, xml);
        }
        xml.list("instancesSet", "item", together, |xml, seen| instance(seen, xml));
        // What an Auto Scaling group launches has its service as requester.
        if let Some(Seen::Managed { .. }) = together.first() {
            xml.text("requesterId", "940372691376");
        }
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}

/// What stands before the instances of a reservation.
pub fn reservation(id: &str, owner: &str, xml: &mut Xml) {
    xml.text("reservationId", id);
    xml.text("ownerId", owner);
    xml.open("groupSet");
    xml.close("groupSet");
}

/// An instance.
pub fn instance(seen: &Seen<'_>, xml: &mut Xml) {
    let place = seen.place();
    let region = &place.region;
    let (private, public) = (seen.private_ip(), seen.public_ip());
    let name = |ip: &Option<String>, before: &str, after: &str| {
        ip.as_ref().map(|ip| format!("{before}-{}.{region}{after}", ip.replace('.', "-"))).unwrap_or_default()
    };
    xml.text("instanceId", &instance_name(seen.number()));
    xml.text("imageId", &seen.ami());
    xml.within("instanceState", |xml| state(seen.state(), xml));
    xml.text("privateDnsName", &name(&private, "ip", ".compute.internal"));
    xml.text("dnsName", &name(&public, "ec2", ".compute.amazonaws.com"));
    xml.text("reason", if seen.gone() { "User initiated" } else { "" });
    xml.plain("amiLaunchIndex", 0);
    xml.text("instanceType", seen.kind());
    xml.text("launchTime", &seen.launched().rfc3339());
    xml.within("placement", |xml| {
        xml.text("availabilityZone", &zone(region, seen.zone()));
        xml.text("groupName", "");
        xml.text("tenancy", "default");
    });
    xml.within("monitoring", |xml| xml.text("state", "disabled"));
    if !seen.gone() {
        xml.text("subnetId", &subnet(place, seen.zone()));
        xml.text("vpcId", &vpc(place));
    }
    xml.maybe("privateIpAddress", private.as_deref());
    xml.maybe("ipAddress", public.as_deref());
    xml.plain("sourceDestCheck", true);
    let groups = (!seen.gone()).then(|| seen.security_group());
    xml.list("groupSet", "item", groups, |xml, (id, name)| {
        xml.text("groupId", &id);
        xml.text("groupName", &name);
    });
    if seen.gone() {
        xml.within("stateReason", |xml| {
            xml.text("code", "Client.UserInitiatedShutdown");
            xml.text("message", "Client.UserInitiatedShutdown: User initiated shutdown");
        });
    }
    xml.text("architecture", "x86_64");
    xml.text("rootDeviceType", "ebs");
    xml.text("rootDeviceName", "/dev/xvda");
    xml.text("virtualizationType", "hvm");
    xml.text("hypervisor", "xen");
    xml.list("tagSet", "item", seen.tags(), |xml, (key, value)| {
        xml.text("key", key);
        xml.text("value", &value);
    });
    xml.plain("ebsOptimized", false);
}

/// A state.
pub fn state((code, name): (u16, &str), xml: &mut Xml) {
    xml.plain("code", code);
    xml.text("name", name);
}

/// Answers `DescribeInstanceStatus`.
///
/// # Errors
///
/// What EC2 refuses it with.
pub fn statuses(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let mut all = chosen(world, call)?;
    if !call.params.flag("IncludeAllInstances") {
        all.retain(|seen| seen.state().0 == 16);
    }
    let (here, next) = page(call, &all)?;
    xml.list("instanceStatusSet", "item", here, |xml, seen| {
        let running = seen.state().0 == 16;
        xml.text("instanceId", &instance_name(seen.number()));
        xml.text("availabilityZone", &zone(&seen.place().region, seen.zone()));
        xml.within("instanceState", |xml| state(seen.state(), xml));
        let (summary, detail) = match (running, seen.passed(world.now)) {
            (false, _) => ("not-applicable", None),
            (true, false) => ("initializing", Some("initializing")),
            (true, true) => ("ok", Some("passed")),
        };
        for check in ["systemStatus", "instanceStatus"] {
            xml.within(check, |xml| {
                xml.text("status", summary);
                xml.list("details", "item", detail, |xml, detail| {
                    xml.text("name", "reachability");
                    xml.text("status", detail);
                });
            });
        }
    });
    xml.maybe("nextToken", next.as_deref());
    Ok(())
}
