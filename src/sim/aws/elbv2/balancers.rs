//! Load balancers and their listeners.

use super::super::beanstalk::resources::{balancer_arn, balancer_host, balancer_name, target_group_arn};
use super::{Answered, Call, Fault, Named, asked, balanced, ec2, page, pick, tags_of_environment};
use crate::chance::mix;
use crate::compute::target_group::TargetGroup;
use crate::environment::{Environment, Place};
use crate::moment::Moment;
use crate::wire::xml::Xml;
use crate::world::World;

/// A load balancer, with the one listener that it has for each target group.
pub struct Balancer {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    name: String,
    /// Its host name.
    host: String,
    /// `application` or `network`.
    kind: &'static str,
    /// When it was made.
    created: Moment,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Its listeners.
    listeners: Vec<Listener>,
}

/// A listener.
struct Listener {
    arn: String,
    protocol: &'static str,
    port: u16,
    group: String,
}

impl Named for Balancer {
    const UNKNOWN: &'static str = "LoadBalancerNotFound";
    const WHAT: &'static str = "Load balancers";

    fn arn(&self) -> String {
        self.arn.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

impl Balancer {
    /// The load balancers of a place.
    pub fn all(world: &World, place: &Place) -> Vec<Self> {
        let mut all: Vec<Self> = balanced(world, place).map(Self::of_environment).collect();
        for (_, group) in world.compute.groups_of(place) {
            let (Some(arn), Some(name), Some(listener)) = (group.balancer_arn(), &group.balancer, group.listener_arn()) else { continue };
            // A Network Load Balancer listens where its targets do; each group behind one has a port of its own.
            let listener = Listener { arn: listener, protocol: group.protocol.word(), port: group.port, group: group.arn() };
            match all.iter_mut().find(|known| known.arn == arn) {
                Some(known) => known.listeners.push(listener),
                None => all.push(Self::of_group(group, arn, name, listener)),
            }
        }
        all
    }

    fn of_environment(environment: &Environment) -> Self {
        let arn = balancer_arn(environment);
        let listener = Listener {
            arn: format!("{}/{:016x}", arn.replacen(":loadbalancer/", ":listener/", 1), mix(environment.number(), 19)),
            protocol: "HTTP",
            port: 80,
            group: target_group_arn(environment),
        };
        Self {
            arn,
            name: balancer_name(environment),
            host: balancer_host(environment),
            kind: "application",
            created: environment.created,
            tags: tags_of_environment(environment),
            listeners: vec![listener],
        }
    }

    fn of_group(group: &TargetGroup, arn: String, name: &str, listener: Listener) -> Self {
        let number = group.balancer_number(name);
        let region = &group.place.region;
        // The two kinds of load balancer have their words in another order.
        let host = match group.protocol.kind().0 {
            "net" => format!("{name}-{number:016x}.elb.{region}.amazonaws.com"),
            _ => format!("{name}-{}.{region}.elb.amazonaws.com", number % 2_000_000_000),
        };
        let tags = group.tags.clone();
        Self { arn, name: name.to_owned(), host, kind: group.protocol.kind().1, created: group.created, tags, listeners: vec![listener] }
    }
}

/// Answers `DescribeLoadBalancers`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let all = asked(Balancer::all(world, &call.place), call, "LoadBalancerArns")?;
    let (here, marker) = page(call, "balancers", &all)?;
    xml.list("LoadBalancers", "member", here, |xml, balancer| tell(balancer, &call.place, xml));
    xml.maybe("NextMarker", marker.as_deref());
    Ok(())
}

fn tell(balancer: &Balancer, place: &Place, xml: &mut Xml) {
    xml.text("LoadBalancerArn", &balancer.arn);
    xml.text("DNSName", &balancer.host);
    xml.text("CanonicalHostedZoneId", "Z368ELLRRE2KJ0");
    xml.text("CreatedTime", &balancer.created.rfc3339());
    xml.text("LoadBalancerName", &balancer.name);
    xml.text("Scheme", "internet-facing");
    xml.text("VpcId", &ec2::vpc(place));
    xml.within("State", |xml| xml.text("Code", "active"));
    xml.text("Type", balancer.kind);
    xml.list("AvailabilityZones", "member", (0_u8..).zip(ec2::zones_of(&place.region)), |xml, (number, zone)| {
        xml.text("ZoneName", &zone);
        xml.text("SubnetId", &ec2::subnet(place, number));
        xml.open("LoadBalancerAddresses");
        xml.close("LoadBalancerAddresses");
    });
    xml.open("SecurityGroups");
    xml.close("SecurityGroups");
    xml.text("IpAddressType", "ipv4");
}

/// Answers `DescribeListeners`.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn listeners(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let all = Balancer::all(world, &call.place);
    let arns = call.params.list("ListenerArns");
    let balancers = match call.params.get("LoadBalancerArn") {
        Some(arn) => pick(all, &[arn], Balancer::arn)?,
        None if arns.is_empty() => {
            return Err(Fault::new(400, "ValidationError", "You must specify either listener ARNs or a load balancer ARN"));
        }
        None => all,
    };
    let listed = balancers.iter().flat_map(|balancer| balancer.listeners.iter().map(|listener| (balancer.arn.as_str(), listener)));
    let found: Vec<(&str, &Listener)> = listed.filter(|(_, listener)| arns.is_empty() || arns.contains(&listener.arn.as_str())).collect();
    if let Some(unknown) = arns.iter().find(|arn| !found.iter().any(|(_, listener)| listener.arn == **arn)) {
        return Err(Fault::new(400, "ListenerNotFound", format!("One or more listeners not found: '[{unknown}]'")));
    }
    let (here, marker) = page(call, "listeners", &found)?;
    xml.list("Listeners", "member", here, |xml, (balancer, listener)| listen(balancer, listener, xml));
    xml.maybe("NextMarker", marker.as_deref());
    Ok(())
}

fn listen(balancer: &str, listener: &Listener, xml: &mut Xml) {
    xml.text("ListenerArn", &listener.arn);
    xml.text("LoadBalancerArn", balancer);
    xml.plain("Port", listener.port);
    xml.text("Protocol", listener.protocol);
    xml.list("DefaultActions", "member", [()], |xml, ()| {
        xml.text("Type", "forward");
        xml.text("TargetGroupArn", &listener.group);
        xml.within("ForwardConfig", |xml| {
            xml.list("TargetGroups", "member", [()], |xml, ()| {
                xml.text("TargetGroupArn", &listener.group);
                if listener.protocol == "HTTP" {
                    xml.plain("Weight", 1);
                }
            });
            if listener.protocol == "HTTP" {
                xml.within("TargetGroupStickinessConfig", |xml| xml.plain("Enabled", false));
            }
        });
    });
}
