//! `DescribeEnvironmentResources`, and the names of what an environment has.

use crate::chance::{mix, spell};
use crate::environment::Environment;
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call};
use super::{at, named};

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SMALL: &str = "abcdefghijklmnopqrstuvwxyz0123456789";

/// The name of its Auto Scaling group.
#[must_use]
pub fn group_name(environment: &Environment) -> String {
    let random = spell(mix(environment.number(), 11), SMALL, 12);
    format!("awseb-{}-stack-AWSEBAutoScalingGroup-{random}", environment.id)
}

/// The id and name of its launch template.
#[must_use]
pub fn launch_template(environment: &Environment) -> (String, String) {
    let random = spell(mix(environment.number(), 13), SMALL, 12);
    (format!("lt-0{:016x}", mix(environment.number(), 12)), format!("AWSEBEC2LaunchTemplate_{random}"))
}

/// The name of its load balancer; at most 32 characters.
#[must_use]
pub fn balancer_name(environment: &Environment) -> String {
    format!("awseb--AWSEB-{}", spell(mix(environment.number(), 14), LETTERS, 12))
}

/// The ARN of its load balancer.
#[must_use]
pub fn balancer_arn(environment: &Environment) -> String {
    format!(
        "arn:aws:elasticloadbalancing:{}:{}:loadbalancer/app/{}/{:016x}",
        environment.place.region,
        environment.place.account,
        balancer_name(environment),
        mix(environment.number(), 15)
    )
}

/// The name of its target group.
#[must_use]
pub fn target_group_name(environment: &Environment) -> String {
    format!("awseb-AWSEB-{}", spell(mix(environment.number(), 16), LETTERS, 12))
}

/// The ARN of its target group.
#[must_use]
pub fn target_group_arn(environment: &Environment) -> String {
    format!(
        "arn:aws:elasticloadbalancing:{}:{}:targetgroup/{}/{:016x}",
        environment.place.region,
        environment.place.account,
        target_group_name(environment),
        mix(environment.number(), 17)
    )
}

/// The host name of its load balancer.
#[must_use]
pub fn balancer_host(environment: &Environment) -> String {
    let number = mix(environment.number(), 18) % 2_000_000_000;
    format!("{}-{number}.{}.elb.amazonaws.com", balancer_name(environment), environment.place.region)
}

/// `EndpointURL`: the load balancer's, or the only instance's address.
#[must_use]
pub fn endpoint(environment: &Environment) -> String {
    match environment.instances.first() {
        Some(instance) if !environment.settings.balanced => instance.public_ip(),
        _ => balancer_host(environment),
    }
}

/// Answers `DescribeEnvironmentResources`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn describe(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let environment = at(world, named(world, call)?)?;
    let one = |xml: &mut Xml, list: &str, tag: &str, value: Option<String>| {
        xml.list(list, "member", value, |xml, value| xml.text(tag, &value));
    };
    xml.within("EnvironmentResources", |xml| {
        xml.text("EnvironmentName", &environment.name);
        one(xml, "AutoScalingGroups", "Name", Some(group_name(environment)));
        xml.list("Instances", "member", &environment.instances, |xml, instance| {
            xml.text("Id", &instance.name());
        });
        one(xml, "LaunchConfigurations", "Name", None);
        one(xml, "LaunchTemplates", "Id", Some(launch_template(environment).0));
        one(xml, "LoadBalancers", "Name", environment.settings.balanced.then(|| balancer_arn(environment)));
        one(xml, "Triggers", "Name", None);
        one(xml, "Queues", "Name", None);
    });
    Ok(())
}
