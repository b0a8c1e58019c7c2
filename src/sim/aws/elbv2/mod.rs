//! Elastic Load Balancing v2: load balancers, listeners, target groups and
//! their targets, of environments and of their own alike.
//!
//! Owns the routing of operations, and how things are found by ARN or name.

mod balancers;
mod groups;
mod targets;

use crate::environment::{Environment, Place};
use crate::wire::xml::Xml;
use crate::world::World;

use super::{Answered, Call, Fault, ec2, token};
use balancers::Balancer;
use groups::Group;

/// How many one answer tells of, unless fewer are asked for.
const PAGE: usize = 400;

/// Answers a call.
///
/// # Errors
///
/// What Elastic Load Balancing refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    match call.operation {
        "DescribeLoadBalancers" => balancers::describe(world, call, xml),
        "DescribeListeners" => balancers::listeners(world, call, xml),
        "DescribeTargetGroups" => groups::describe(world, call, xml),
        "DescribeTargetGroupAttributes" => groups::attributes(world, call, xml),
        "DescribeTargetHealth" => targets::describe(world, call, xml),
        "RegisterTargets" => targets::register(world, call),
        "DeregisterTargets" => targets::deregister(world, call),
        "DescribeTags" => tags(world, call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// The environments here that have a load balancer.
fn balanced<'a>(world: &'a World, place: &'a Place) -> impl Iterator<Item = &'a Environment> {
    world.of(place).filter(|environment| environment.listed() && environment.settings.balanced)
}

/// Something that is found by its ARN or its name.
trait Named {
    /// Its ARN.
    fn arn(&self) -> String;
    /// Its name.
    fn name(&self) -> String;
    /// The code of what is said where there is none.
    const UNKNOWN: &'static str;
    /// Of what there is none.
    const WHAT: &'static str;
}

/// Those that are known by what `name` says, or an error.
fn pick<T: Named>(mut all: Vec<T>, wanted: &[&str], name: fn(&T) -> String) -> Result<Vec<T>, Fault> {
    let names: Vec<String> = all.iter().map(name).collect();
    if let Some(unknown) = wanted.iter().find(|wanted| !names.iter().any(|name| name == *wanted)) {
        return Err(not_found::<T>(unknown));
    }
    let mut names = names.iter();
    all.retain(|_| names.next().is_some_and(|name| wanted.contains(&name.as_str())));
    Ok(all)
}

fn not_found<T: Named>(wanted: &str) -> Fault {
    Fault::new(400, T::UNKNOWN, format!("{} '[{wanted}]' not found", T::WHAT))
}

/// Those of `all` that a call's lists of ARNs or names choose; without either all.
fn asked<T: Named>(all: Vec<T>, call: &Call<'_>, arns: &str) -> Result<Vec<T>, Fault> {
    let (arns, names) = (call.params.list(arns), call.params.list("Names"));
    if !arns.is_empty() {
        pick(all, &arns, T::arn)
    } else if !names.is_empty() {
        pick(all, &names, T::name)
    } else {
        Ok(all)
    }
}

/// One page, and the marker of the next.
fn page<'s, T>(call: &Call<'_>, kind: &str, all: &'s [T]) -> Result<(&'s [T], Option<String>), Fault> {
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

/// The tags of what an ARN names.
fn tags_of(world: &World, place: &Place, arn: &str) -> Result<Vec<(String, String)>, Fault> {
    if arn.contains(":targetgroup/") {
        let group = Group::all(world, place).into_iter().find(|group| group.arn() == arn);
        return group.map(|group| group.tags()).ok_or_else(|| not_found::<Group<'_>>(arn));
    }
    let balancer = Balancer::all(world, place).into_iter().find(|balancer| balancer.arn == arn);
    balancer.map(|balancer| balancer.tags).ok_or_else(|| not_found::<Balancer>(arn))
}

fn tags(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let arns = call.params.list("ResourceArns");
    if arns.len() > 20 {
        return Err(Fault::new(400, "ValidationError", "A maximum of 20 resources can be described at a time"));
    }
    let mut found = Vec::new();
    for arn in arns {
        found.push((arn, tags_of(world, &call.place, arn)?));
    }
    xml.list("TagDescriptions", "member", found, |xml, (arn, tags)| {
        xml.text("ResourceArn", arn);
        xml.list("Tags", "member", tags, |xml, (key, value)| {
            xml.text("Key", &key);
            xml.text("Value", &value);
        });
    });
    Ok(())
}

/// The tags that Elastic Beanstalk puts on what is an environment's.
fn tags_of_environment(environment: &Environment) -> Vec<(String, String)> {
    ec2::tags(environment).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
