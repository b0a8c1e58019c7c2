//! Elastic Load Balancing v2: a load balancer and a target group for each
//! environment that has one, and how its targets are.

use crate::environment::{Environment, Status};
use crate::health;
use crate::wire::xml::Xml;
use crate::world::World;

use super::beanstalk::resources::{balancer_arn, balancer_host, balancer_name, target_group_arn, target_group_name};
use super::{Answered, Call, Fault, ec2, token};

/// How many one answer tells of, unless fewer are asked for.
const PAGE: usize = 400;

/// Answers a call.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    match call.operation {
        "DescribeLoadBalancers" => balancers(world, call, xml),
        "DescribeTargetGroups" => groups(world, call, xml),
        "DescribeTargetHealth" => targets(world, call, xml),
        "DescribeTags" => tags(world, call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// The environments here that have a load balancer.
fn balanced<'a>(world: &'a World, call: &Call<'_>) -> Vec<&'a Environment> {
    world.of(&call.place).filter(|e| e.listed() && e.settings.balanced).collect()
}

/// Those of the arguments that are known by `name`, or an error of `code`.
fn pick<'a>(
    all: &[&'a Environment],
    wanted: &[&str],
    name: fn(&Environment) -> String,
    code: &str,
    sentence: &str,
) -> Result<Vec<&'a Environment>, Fault> {
    wanted
        .iter()
        .map(|wanted| {
            let found = all.iter().find(|environment| name(environment) == *wanted);
            found.copied().ok_or_else(|| Fault::new(400, code, format!("{sentence} '[{wanted}]' not found")))
        })
        .collect()
}

fn page<'s, 'a>(call: &Call<'_>, kind: &str, all: &'s [&'a Environment]) -> Result<(&'s [&'a Environment], Option<String>), Fault> {
    let most = token::most(call.params.get("PageSize"), PAGE)?.unwrap_or(PAGE);
    let from = match call.params.get("Marker") {
        None => 0,
        Some(text) => {
            let numbers = token::read(kind, text)?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let rest = all.get(from..).unwrap_or_default();
    let end = most.min(rest.len());
    let next = i64::try_from(from + end).unwrap_or(0);
    let marker = (end < rest.len()).then(|| token::write(kind, &[next]));
    Ok((rest.get(..end).unwrap_or_default(), marker))
}

fn balancers(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let mut all = balanced(world, call);
    let (arns, names) = (call.params.list("LoadBalancerArns"), call.params.list("Names"));
    if !arns.is_empty() {
        all = pick(&all, &arns, balancer_arn, "LoadBalancerNotFound", "Load balancers")?;
    } else if !names.is_empty() {
        all = pick(&all, &names, balancer_name, "LoadBalancerNotFound", "Load balancers")?;
    }
    let (here, marker) = page(call, "balancers", &all)?;
    xml.list("LoadBalancers", "member", here, |xml, e| balancer(e, xml));
    xml.maybe("NextMarker", marker.as_deref());
    Ok(())
}

fn balancer(environment: &Environment, xml: &mut Xml) {
    let region = &environment.place.region;
    xml.text("LoadBalancerArn", &balancer_arn(environment));
    xml.text("DNSName", &balancer_host(environment));
    xml.text("CanonicalHostedZoneId", "Z368ELLRRE2KJ0");
    xml.text("CreatedTime", &environment.created.rfc3339());
    xml.text("LoadBalancerName", &balancer_name(environment));
    xml.text("Scheme", "internet-facing");
    xml.text("VpcId", &ec2::vpc(environment));
    xml.within("State", |xml| xml.text("Code", "active"));
    xml.text("Type", "application");
    xml.list("AvailabilityZones", "member", (0_u8..).zip(ec2::zones_of(region)), |xml, (number, zone)| {
        xml.text("ZoneName", &zone);
        xml.text("SubnetId", &ec2::subnet(environment, number));
        xml.open("LoadBalancerAddresses");
        xml.close("LoadBalancerAddresses");
    });
    xml.open("SecurityGroups");
    xml.close("SecurityGroups");
    xml.text("IpAddressType", "ipv4");
}

fn groups(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let mut all = balanced(world, call);
    let (arns, names) = (call.params.list("TargetGroupArns"), call.params.list("Names"));
    if let Some(balancer) = call.params.get("LoadBalancerArn") {
        all = pick(&all, &[balancer], balancer_arn, "LoadBalancerNotFound", "Load balancers")?;
    } else if !arns.is_empty() {
        all = pick(&all, &arns, target_group_arn, "TargetGroupNotFound", "Target groups")?;
    } else if !names.is_empty() {
        all = pick(&all, &names, target_group_name, "TargetGroupNotFound", "Target groups")?;
    }
    let (here, marker) = page(call, "target-groups", &all)?;
    xml.list("TargetGroups", "member", here, |xml, e| group(e, xml));
    xml.maybe("NextMarker", marker.as_deref());
    Ok(())
}

fn group(environment: &Environment, xml: &mut Xml) {
    xml.text("TargetGroupArn", &target_group_arn(environment));
    xml.text("TargetGroupName", &target_group_name(environment));
    xml.text("Protocol", "HTTP");
    xml.plain("Port", 80);
    xml.text("VpcId", &ec2::vpc(environment));
    xml.text("HealthCheckProtocol", "HTTP");
    xml.text("HealthCheckPort", "traffic-port");
    xml.plain("HealthCheckEnabled", true);
    xml.plain("HealthCheckIntervalSeconds", 15);
    xml.plain("HealthCheckTimeoutSeconds", 5);
    xml.plain("HealthyThresholdCount", 3);
    xml.plain("UnhealthyThresholdCount", 5);
    xml.text("HealthCheckPath", &environment.settings.health_path);
    xml.within("Matcher", |xml| xml.text("HttpCode", "200"));
    xml.texts("LoadBalancerArns", "member", [balancer_arn(environment).as_str()]);
    xml.text("TargetType", "instance");
    xml.text("ProtocolVersion", "HTTP1");
    xml.text("IpAddressType", "ipv4");
}

fn targets(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let arn = call.params.get("TargetGroupArn").ok_or_else(|| Fault::missing("targetGroupArn"))?;
    let found = pick(&balanced(world, call), &[arn], target_group_arn, "TargetGroupNotFound", "Target groups")?;
    let Some(environment) = found.first() else {
        return Ok(());
    };
    let asked: Vec<_> = call.params.structures("Targets");
    let wanted = |id: &str| asked.is_empty() || asked.iter().any(|target| target.get("Id") == Some(id));
    let here = environment.instances.iter().enumerate().filter(|(_, i)| wanted(&i.name()));
    xml.open("TargetHealthDescriptions");
    for (index, instance) in here {
        xml.within("member", |xml| {
            target(&instance.name(), xml);
            xml.text("HealthCheckPort", "80");
            xml.within("TargetHealth", |xml| state(environment, index, xml));
        });
    }
    for target_asked in &asked {
        let id = target_asked.get("Id").unwrap_or("");
        if !environment.instances.iter().any(|instance| instance.name() == id) {
            xml.within("member", |xml| {
                target(id, xml);
                xml.within("TargetHealth", |xml| {
                    told(xml, "unused", "Target.NotRegistered", "Target is not registered to the target group");
                });
            });
        }
    }
    xml.close("TargetHealthDescriptions");
    Ok(())
}

fn target(id: &str, xml: &mut Xml) {
    xml.within("Target", |xml| {
        xml.text("Id", id);
        xml.plain("Port", 80);
    });
}

fn told(xml: &mut Xml, state: &str, reason: &str, description: &str) {
    xml.text("State", state);
    xml.text("Reason", reason);
    xml.text("Description", description);
}

fn state(environment: &Environment, index: usize, xml: &mut Xml) {
    let in_service = environment.instances.get(index).is_some_and(|instance| instance.in_service);
    if environment.status == Status::Terminating {
        told(xml, "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress");
    } else if !in_service {
        told(xml, "initial", "Elb.RegistrationInProgress", "Target registration is in progress");
    } else if health::unwell(environment, index).is_some() {
        told(xml, "unhealthy", "Target.Timeout", "Request timed out");
    } else {
        xml.text("State", "healthy");
    }
}

fn tags(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let arns = call.params.list("ResourceArns");
    let all = balanced(world, call);
    let mut found = Vec::new();
    for arn in arns {
        let environment =
            all.iter().find(|environment| balancer_arn(environment) == arn || target_group_arn(environment) == arn).ok_or_else(|| {
                let (code, what) = if arn.contains(":targetgroup/") {
                    ("TargetGroupNotFound", "Target groups")
                } else {
                    ("LoadBalancerNotFound", "Load balancers")
                };
                Fault::new(400, code, format!("{what} '[{arn}]' not found"))
            })?;
        found.push((arn, *environment));
    }
    xml.list("TagDescriptions", "member", found, |xml, (arn, environment)| {
        xml.text("ResourceArn", arn);
        xml.list("Tags", "member", ec2::tags(environment), |xml, (key, value)| {
            xml.text("Key", key);
            xml.text("Value", &value);
        });
    });
    Ok(())
}
