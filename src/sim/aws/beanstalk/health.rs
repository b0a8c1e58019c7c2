//! `DescribeEnvironmentHealth` and `DescribeInstancesHealth`.

use crate::chance::mix;
use crate::environment::{Environment, Progress};
use crate::health::{self, Light};
use crate::metrics::{self, Counts, PERCENTILES, WINDOW};
use crate::moment::Moment;
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault, ec2, token};
use super::{at, named};

/// How many instances one answer tells of.
const PAGE: usize = 100;

const OF_ENVIRONMENT: [&str; 8] =
    ["Status", "Color", "Causes", "ApplicationMetrics", "InstancesHealth", "All", "HealthStatus", "RefreshedAt"];

const OF_INSTANCES: [&str; 11] = [
    "HealthStatus",
    "Color",
    "Causes",
    "ApplicationMetrics",
    "RefreshedAt",
    "LaunchedAt",
    "System",
    "Deployment",
    "AvailabilityZone",
    "InstanceType",
    "All",
];

/// The attributes that a call asks for.
struct Asked<'a>(Vec<&'a str>);

impl<'a> Asked<'a> {
    fn read(call: &'a Call<'_>, known: &[&str]) -> Result<Self, Fault> {
        let names = call.params.list("AttributeNames");
        match names.iter().find(|name| !known.contains(name)) {
            Some(other) => Err(Fault::not_in_enum(other, "attributeNames", known)),
            None => Ok(Self(names)),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|asked| *asked == "All" || *asked == name)
    }
}

/// The environment, where its health is of the enhanced kind.
fn watched<'a>(world: &'a World, call: &Call<'_>) -> Result<&'a Environment, Fault> {
    let environment = at(world, named(world, call)?)?;
    if environment.settings.enhanced {
        return Ok(environment);
    }
    Err(Fault::new(400, "InvalidRequestException", format!("{} is not supported.", call.operation)))
}

/// Answers `DescribeEnvironmentHealth`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with; basic health among it.
pub fn environment(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let asked = Asked::read(call, &OF_ENVIRONMENT)?;
    let environment = watched(world, call)?;
    let now = world.now;
    xml.text("EnvironmentName", &environment.name);
    if asked.has("HealthStatus") {
        xml.text("HealthStatus", environment.health.light.word());
    }
    if asked.has("Status") {
        xml.text("Status", environment.status.word());
    }
    if asked.has("Color") {
        xml.text("Color", environment.health.light.color());
    }
    if asked.has("Causes") {
        xml.texts("Causes", "member", environment.health.causes.iter().map(String::as_str));
    }
    if asked.has("ApplicationMetrics") {
        let counts = metrics::of_environment(environment, now);
        let median = metrics::median(environment, 0, now);
        xml.within("ApplicationMetrics", |xml| {
            application_metrics(counts, median, xml);
        });
    }
    if asked.has("InstancesHealth") {
        xml.within("InstancesHealth", |xml| summary(environment, now, xml));
    }
    if asked.has("RefreshedAt") {
        xml.text("RefreshedAt", &refreshed(now));
    }
    Ok(())
}

/// Health is read every ten seconds.
fn refreshed(now: Moment) -> String {
    Moment::from_millis(metrics::bucket(now) * WINDOW * 1_000).rfc3339()
}

/// How many instances are in each state.
fn summary(environment: &Environment, now: Moment, xml: &mut Xml) {
    let lights: Vec<Light> = (0..environment.instances.len()).map(|index| health::of_instance(environment, index, now).0).collect();
    let all = [Light::NoData, Light::Unknown, Light::Pending, Light::Ok, Light::Info, Light::Warning, Light::Degraded, Light::Severe];
    for light in all {
        let same = lights.iter().filter(|other| **other == light).count();
        xml.plain(light.word(), same);
    }
}

/// Without requests there are neither statuses nor latencies.
fn application_metrics(counts: Counts, median: f64, xml: &mut Xml) {
    xml.plain("Duration", WINDOW);
    xml.plain("RequestCount", counts.all());
    if counts.all() == 0 {
        return;
    }
    xml.within("StatusCodes", |xml| {
        xml.plain("Status2xx", counts.ok);
        xml.plain("Status3xx", counts.moved);
        xml.plain("Status4xx", counts.client);
        xml.plain("Status5xx", counts.server);
    });
    xml.within("Latency", |xml| {
        for (name, times) in PERCENTILES {
            xml.plain(name, format_args!("{:.3}", median * times));
        }
    });
}

/// Answers `DescribeInstancesHealth`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with; basic health among it.
pub fn instances(world: &World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let asked = Asked::read(call, &OF_INSTANCES)?;
    let environment = watched(world, call)?;
    let from = match call.params.get("NextToken") {
        None => 0,
        Some(text) => {
            let numbers = token::read("instances-health", text)?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let total = environment.instances.len();
    let end = from.saturating_add(PAGE).min(total);
    xml.list("InstanceHealthList", "member", from..end, |xml, index| {
        instance(environment, index, world.now, &asked, xml);
    });
    if asked.has("RefreshedAt") {
        xml.text("RefreshedAt", &refreshed(world.now));
    }
    if end < total {
        xml.text("NextToken", &token::write("instances-health", &[i64::try_from(end).unwrap_or(0)]));
    }
    Ok(())
}

fn instance(environment: &Environment, index: usize, now: Moment, asked: &Asked<'_>, xml: &mut Xml) {
    let Some(instance) = environment.instances.get(index) else {
        return;
    };
    let (light, causes) = health::of_instance(environment, index, now);
    xml.text("InstanceId", &instance.name());
    if asked.has("HealthStatus") {
        xml.text("HealthStatus", light.word());
    }
    if asked.has("Color") {
        xml.text("Color", light.color());
    }
    if asked.has("Causes") {
        xml.texts("Causes", "member", causes.iter().map(String::as_str));
    }
    if asked.has("LaunchedAt") {
        xml.text("LaunchedAt", &instance.launched.rfc3339());
    }
    if asked.has("ApplicationMetrics") && instance.in_service {
        let counts = metrics::of_instance(environment, index, now);
        let median = metrics::median(environment, instance.id, now);
        xml.within("ApplicationMetrics", |xml| {
            application_metrics(counts, median, xml);
        });
    }
    if asked.has("System") && instance.in_service {
        xml.within("System", |xml| system(environment, index, now, xml));
    }
    if asked.has("Deployment") {
        deployment(environment, index, xml);
    }
    if asked.has("AvailabilityZone") {
        xml.text("AvailabilityZone", &ec2::zone(&environment.place.region, instance.zone));
    }
    if asked.has("InstanceType") {
        xml.text("InstanceType", &environment.settings.instance_type);
    }
}

/// Like the real one, an instance that nothing was deployed to has an empty element.
fn deployment(environment: &Environment, index: usize, xml: &mut Xml) {
    let deployment = environment.instances.get(index).and_then(|i| i.deployment.as_ref());
    xml.within("Deployment", |xml| {
        let Some(deployment) = deployment else { return };
        xml.text("VersionLabel", &deployment.label);
        xml.plain("DeploymentId", deployment.id);
        let word = match deployment.progress {
            Progress::InProgress => "In Progress",
            Progress::Deployed => "Deployed",
            Progress::Failed => "Failed",
        };
        xml.text("Status", word);
        xml.text("DeploymentTime", &deployment.at.rfc3339());
    });
}

fn system(environment: &Environment, index: usize, now: Moment, xml: &mut Xml) {
    let busy = metrics::busy(environment, index, now);
    let user = busy * 0.82;
    let kernel = busy * 0.15;
    let wait = busy * 0.03;
    xml.within("CPUUtilization", |xml| {
        xml.plain("User", format_args!("{user:.1}"));
        xml.plain("Nice", "0.0");
        xml.plain("System", format_args!("{kernel:.1}"));
        xml.plain("Idle", format_args!("{:.1}", 100.0 - busy));
        xml.plain("IOWait", format_args!("{wait:.1}"));
        xml.plain("IRQ", "0.0");
        xml.plain("SoftIRQ", "0.0");
    });
    let swing = crate::chance::fraction(mix(environment.number(), metrics::bucket(now).unsigned_abs()));
    let load = busy / 50.0;
    xml.within("LoadAverage", |xml| {
        for value in [load, load * (0.8 + 0.3 * swing)] {
            xml.plain("member", format_args!("{value:.2}"));
        }
    });
}
