//! Target groups and their attributes.

use super::super::beanstalk::resources::{balancer_arn, target_group_arn, target_group_name};
use super::balancers::Balancer;
use super::{Answered, Call, Fault, Named, asked, balanced, ec2, not_found, page, pick, tags_of_environment};
use crate::compute::target_group::{HealthCheck, Protocol, TargetGroup};
use crate::environment::{Environment, Place};
use crate::wire::xml::Xml;
use crate::world::World;

/// A target group.
#[derive(Clone, Copy)]
pub enum Group<'a> {
    /// That of an environment.
    Managed(&'a Environment),
    /// One of its own, with its number.
    Own(usize, &'a TargetGroup),
}

impl Named for Group<'_> {
    const UNKNOWN: &'static str = "TargetGroupNotFound";
    const WHAT: &'static str = "Target groups";

    fn arn(&self) -> String {
        match self {
            Self::Managed(environment) => target_group_arn(environment),
            Self::Own(_, group) => group.arn(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Managed(environment) => target_group_name(environment),
            Self::Own(_, group) => group.name.to_string(),
        }
    }
}

impl<'a> Group<'a> {
    /// The target groups of a place.
    pub fn all(world: &'a World, place: &'a Place) -> Vec<Self> {
        let managed = balanced(world, place).map(Self::Managed);
        managed.chain(world.compute.groups_of(place).map(|(slot, group)| Self::Own(slot, group))).collect()
    }

    /// The one that a call names.
    ///
    /// # Errors
    ///
    /// When it names none, or one that there is not.
    pub fn named(world: &'a World, call: &'a Call<'_>) -> Result<Self, Fault> {
        let arn = call.params.get("TargetGroupArn").ok_or_else(|| Fault::missing("targetGroupArn"))?;
        Self::all(world, &call.place).into_iter().find(|group| group.arn() == arn).ok_or_else(|| not_found::<Self>(arn))
    }

    fn balancer(&self) -> Option<String> {
        match self {
            Self::Managed(environment) => Some(balancer_arn(environment)),
            Self::Own(_, group) => group.balancer_arn(),
        }
    }

    const fn protocol(&self) -> Protocol {
        match self {
            Self::Managed(_) => Protocol::Http,
            Self::Own(_, group) => group.protocol,
        }
    }

    /// The port of its targets.
    pub const fn port(&self) -> u16 {
        match self {
            Self::Managed(_) => 80,
            Self::Own(_, group) => group.port,
        }
    }

    fn check(&self) -> HealthCheck {
        match self {
            Self::Managed(environment) => HealthCheck {
                protocol: Protocol::Http,
                path: environment.settings.health_path.clone(),
                interval: 15,
                timeout: 5,
                healthy: 3,
                unhealthy: 5,
                codes: String::from("200"),
            },
            Self::Own(_, group) => group.check.clone(),
        }
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<(String, String)> {
        match self {
            Self::Managed(environment) => tags_of_environment(environment),
            Self::Own(_, group) => group.tags.clone(),
        }
    }
}

/// Answers `DescribeTargetGroups`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let mut all = Group::all(world, &call.place);
    if let Some(balancer) = call.params.get("LoadBalancerArn") {
        pick(Balancer::all(world, &call.place), &[balancer], Balancer::arn)?;
        all.retain(|group| group.balancer().is_some_and(|arn| arn == balancer));
    }
    let all = asked(all, call, "TargetGroupArns")?;
    let (here, marker) = page(call, "target-groups", &all)?;
    xml.list("TargetGroups", "member", here, |xml, group| tell(*group, &call.place, xml));
    xml.maybe("NextMarker", marker.as_deref());
    Ok(())
}

fn tell(group: Group<'_>, place: &Place, xml: &mut Xml) {
    let check = group.check();
    xml.text("TargetGroupArn", &group.arn());
    xml.text("TargetGroupName", &group.name());
    xml.text("Protocol", group.protocol().word());
    xml.plain("Port", group.port());
    xml.text("VpcId", &ec2::vpc(place));
    xml.text("HealthCheckProtocol", check.protocol.word());
    xml.text("HealthCheckPort", "traffic-port");
    xml.plain("HealthCheckEnabled", true);
    xml.plain("HealthCheckIntervalSeconds", check.interval);
    xml.plain("HealthCheckTimeoutSeconds", check.timeout);
    xml.plain("HealthyThresholdCount", check.healthy);
    xml.plain("UnhealthyThresholdCount", check.unhealthy);
    if check.protocol == Protocol::Http {
        xml.text("HealthCheckPath", &check.path);
        xml.within("Matcher", |xml| xml.text("HttpCode", &check.codes));
    }
    xml.texts("LoadBalancerArns", "member", group.balancer().as_deref());
    xml.text("TargetType", "instance");
    if group.protocol() == Protocol::Http {
        xml.text("ProtocolVersion", "HTTP1");
    }
    xml.text("IpAddressType", "ipv4");
}

/// Answers `DescribeTargetGroupAttributes`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn attributes(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let group = Group::named(world, call)?;
    let delay = match group {
        Group::Managed(_) => 20,
        Group::Own(_, group) => group.delay,
    };
    let stickiness = if group.protocol() == Protocol::Http { "lb_cookie" } else { "source_ip" };
    let attributes = [
        ("deregistration_delay.timeout_seconds", delay.to_string()),
        ("stickiness.enabled", String::from("false")),
        ("stickiness.type", stickiness.to_owned()),
        ("load_balancing.cross_zone.enabled", String::from("use_load_balancer_configuration")),
    ];
    xml.list("Attributes", "member", attributes, |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", &value);
    });
    Ok(())
}
