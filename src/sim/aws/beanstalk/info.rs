//! What is known beside an environment: log tails, tags, managed actions, names.

use crate::chance::mix;
use crate::environment::{Environment, Instance};
use crate::events::Severity;
use crate::logs::collected::{AGE, sent, signature};
use crate::moment::{Millis, Moment};
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::ec2;
use super::super::{Answered, Call, Fault};
use super::{at, bucket, named};

const KINDS: [&str; 3] = ["tail", "bundle", "analyze"];

fn kind<'a>(call: &'a Call<'_>) -> Result<&'a str, Fault> {
    let kind = call.params.get("InfoType").ok_or_else(|| Fault::missing("infoType"))?;
    if KINDS.contains(&kind) { Ok(kind) } else { Err(Fault::not_in_enum(kind, "infoType", &KINDS)) }
}

/// Answers `RequestEnvironmentInfo`: the logs are collected from now on.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn request(world: &mut World, call: &Call<'_>) -> Answered {
    let kind = kind(call)?;
    let slot = named(world, call)?;
    let now = world.now;
    let Some(environment) = world.environments.get_mut(slot) else {
        return Ok(());
    };
    environment.collected.retain(|(_, asked)| now.since(*asked) < 2 * AGE);
    environment.collected.push((kind.to_owned(), now));
    let doing = if kind == "bundle" { "bundling" } else { "tailing" };
    let mut said = vec![String::from("requestEnvironmentInfo is starting.")];
    for instance in &environment.instances {
        said.push(format!("[Instance: {}] Successfully finished {doing} 4 log(s)", instance.name()));
    }
    said.push(String::from("Pulled logs for environment instances."));
    for message in said {
        world.tell(slot, Severity::Info, Some(call.request_id.into()), message);
    }
    Ok(())
}

/// Answers `RetrieveEnvironmentInfo` with what the instances have sent so far: for the last request, and for those before
/// it for as long as links to it lead anywhere.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn retrieve(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let kind = kind(call)?;
    let environment = at(world, named(world, call)?)?;
    let sent: Vec<(&Instance, Moment)> = sent(environment, kind, world.now).collect();
    xml.list("EnvironmentInfo", "member", sent, |xml, (instance, at)| {
        xml.text("InfoType", kind);
        xml.text("Ec2InstanceId", &instance.name());
        xml.text("SampleTimestamp", &at.rfc3339());
        xml.text("Message", &link(call.base, environment, &instance.name(), kind, at));
    });
    Ok(())
}

/// The address where the log lies: the ends of files here, below `/_sim/`; a bundle nowhere.
fn link(base: &str, environment: &Environment, instance: &str, kind: &str, at: Moment) -> String {
    let signature = signature(environment, at);
    if kind == "tail" {
        return format!("{base}/_sim/collected/{}/{instance}/TailLogs.txt?X-Amz-Expires=900&X-Amz-Signature={signature}", environment.id);
    }
    let ending = if kind == "bundle" { "BundleLogs.zip" } else { "AnalyzeLogs.txt" };
    let place = &environment.place;
    format!(
        "https://{}.s3.{}.amazonaws.com/resources/environments/logs/{kind}/{}/{instance}/{ending}?X-Amz-Expires=900&X-Amz-Signature={signature}",
        bucket(place),
        place.region,
        environment.id
    )
}

/// Answers `ListTagsForResource`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn tags(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let arn = call.params.get("ResourceArn").ok_or_else(|| Fault::missing("resourceArn"))?;
    let environment = world.of(&call.place).find(|e| e.listed() && e.arn() == arn).ok_or_else(|| {
        let sentence = format!("Resource not found for arn '{arn}'.");
        Fault::new(400, "ResourceNotFoundException", sentence)
    })?;
    xml.text("ResourceArn", arn);
    xml.list("ResourceTags", "member", ec2::tags(environment), |xml, (key, value)| {
        xml.text("Key", key);
        xml.text("Value", &value);
    });
    Ok(())
}

/// A day in the coming week, the same each time it is asked for.
fn window(environment: &Environment, now: Moment) -> Moment {
    let week: Millis = 7 * crate::moment::DAY;
    let offset = Millis::try_from(mix(environment.number(), 21) % week.unsigned_abs()).unwrap_or(0);
    Moment::from_millis((now.millis().div_euclid(week) + 1) * week + offset)
}

/// Answers `DescribeEnvironmentManagedActions`: about every third environment
/// has a platform update ahead.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn managed_actions(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let statuses = ["Scheduled", "Pending", "Running", "Unknown"];
    let wanted = call.params.get("Status");
    if let Some(other) = wanted.filter(|status| !statuses.contains(status)) {
        return Err(Fault::not_in_enum(other, "status", &statuses));
    }
    let environment = at(world, named(world, call)?)?;
    let has = mix(environment.number(), 22).is_multiple_of(3) && wanted.is_none_or(|status| status == "Scheduled");
    if !has {
        // The model has no empty list of them.
        return Ok(());
    }
    xml.list("ManagedActions", "member", [()], |xml, ()| {
        let id = mix(environment.number(), 23) >> 32;
        xml.text("ActionId", &format!("{id:08x}-platform-update"));
        xml.text("ActionDescription", "Platform update to a newer minor version");
        xml.text("ActionType", "PlatformUpdate");
        xml.text("Status", "Scheduled");
        xml.text("WindowStartTime", &window(environment, world.now).rfc3339());
    });
    Ok(())
}

/// Answers `DescribeEnvironmentManagedActionHistory`: nothing was managed so far.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn managed_history(world: &World, call: &Call<'_>) -> Answered {
    // The model has no empty list of them: an empty history is an empty result.
    at(world, named(world, call)?).map(|_| ())
}

/// Answers `CheckDNSAvailability`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn dns(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let prefix = call.params.get("CNAMEPrefix").ok_or_else(|| Fault::missing("cNAMEPrefix"))?;
    let address = format!("{prefix}.{}.elasticbeanstalk.com", call.place.region);
    let taken = world.environments.iter().any(|e| e.listed() && e.place.region == call.place.region && e.address() == address);
    xml.plain("Available", !taken);
    xml.text("FullyQualifiedCNAME", &address);
    Ok(())
}
