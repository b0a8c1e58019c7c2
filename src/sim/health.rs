//! How environments and instances feel, derived from what is true of them.
//!
//! Owns the levels, colours and causes in Elastic Beanstalk's own words. Never
//! changes anything: a health is a function of the environment.

use std::sync::Arc;

use crate::environment::{Environment, Instance, Kind, Progress, Status};
use crate::moment::{Moment, SECOND};

/// `HealthStatus` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Light {
    /// No data yet.
    NoData,
    /// Not known.
    Unknown,
    /// On its way.
    Pending,
    /// Well.
    Ok,
    /// Well, and something goes on.
    Info,
    /// A little unwell.
    Warning,
    /// Unwell.
    Degraded,
    /// Very unwell.
    Severe,
    /// Not watched.
    Suspended,
}

impl Light {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoData => "NoData",
            Self::Unknown => "Unknown",
            Self::Pending => "Pending",
            Self::Ok => "Ok",
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Degraded => "Degraded",
            Self::Severe => "Severe",
            Self::Suspended => "Suspended",
        }
    }

    /// The colour that goes with it.
    #[must_use]
    pub const fn color(self) -> &'static str {
        match self {
            Self::Ok | Self::Info => "Green",
            Self::Warning => "Yellow",
            Self::Degraded | Self::Severe => "Red",
            Self::NoData | Self::Unknown | Self::Pending | Self::Suspended => "Grey",
        }
    }

    /// The contract's level.
    #[must_use]
    pub const fn level(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Degraded => "degraded",
            Self::Severe => "severe",
            Self::NoData | Self::Unknown | Self::Pending | Self::Suspended => "unknown",
        }
    }

    /// Whether an instance in it counts as healthy.
    #[must_use]
    pub const fn healthy(self) -> bool {
        matches!(self, Self::Ok | Self::Info)
    }
}

/// How an environment feels, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The level.
    pub light: Light,
    /// The causes.
    pub causes: Arc<[String]>,
}

impl Default for Health {
    fn default() -> Self {
        Self { light: Light::NoData, causes: Arc::new([]) }
    }
}

/// The contract's level of an environment: on basic health the colour is all
/// that is known.
#[must_use]
pub fn level(environment: &Environment) -> &'static str {
    if environment.settings.enhanced {
        return environment.health.light.level();
    }
    match environment.health.light.color() {
        "Green" => "ok",
        "Yellow" => "warning",
        "Red" => "severe",
        _ => "unknown",
    }
}

/// How the environment feels now.
#[must_use]
pub fn assess(environment: &Environment) -> Health {
    let (light, causes) = if environment.settings.enhanced { enhanced(environment) } else { (basic(environment), Vec::new()) };
    Health { light, causes: causes.into() }
}

/// Basic health: grey while anything goes on, else what the load balancer says.
fn basic(environment: &Environment) -> Light {
    if environment.status != Status::Ready || environment.suspended {
        return Light::Unknown;
    }
    environment.incident.as_ref().map_or(Light::Ok, |incident| incident.level)
}

fn enhanced(environment: &Environment) -> (Light, Vec<String>) {
    match environment.status {
        Status::Terminating | Status::Terminated => return (Light::Unknown, Vec::new()),
        Status::Launching => {
            return (Light::Pending, vec![String::from("Initialization in progress.")]);
        }
        Status::Ready | Status::Updating | Status::Aborting => {}
    }
    if environment.suspended {
        return (Light::Suspended, Vec::new());
    }
    if environment.instances.is_empty() {
        return (Light::Pending, vec![String::from("There are no instances.")]);
    }
    let (mut light, mut causes) = (Light::Ok, Vec::new());
    if let Some(incident) = &environment.incident {
        light = incident.level;
        causes.clone_from(&incident.causes);
    }
    if let Some(cause) = underway(environment) {
        light = light.max(Light::Info);
        causes.push(cause);
    } else if let Some(cause) = mixed(environment) {
        light = light.max(Light::Degraded);
        causes.push(cause);
    }
    (light, causes)
}

/// What the running operation says of itself.
fn underway(environment: &Environment) -> Option<String> {
    let operation = environment.operation.as_ref()?;
    let (done, total) = environment.deployed();
    let busy = environment.instances.iter().filter(|i| i.busy).count();
    let active = environment.instances.iter().filter(|i| i.deployment.as_ref().is_some_and(|d| d.progress == Progress::InProgress)).count();
    let on = |what: &str, some: usize| match some {
        0 => format!("{what} in progress."),
        some => format!("{what} in progress on {}.", count(some)),
    };
    Some(match operation.kind {
        Kind::Deploy => format!("{} {done} out of {} completed.", on("Application update", active), count(total)),
        Kind::Abort => String::from("Environment update is being aborted."),
        Kind::Restart => on("Application restart", busy),
        Kind::Configuration => on("Configuration update", busy),
        Kind::Rebuild | Kind::Launch => String::from("Initialization in progress."),
        Kind::Swap => String::from("Environment CNAME swap in progress."),
        Kind::Terminate => return None,
    })
}

fn count(instances: usize) -> String {
    if instances == 1 { String::from("1 instance") } else { format!("{instances} instances") }
}

/// The sentence about instances that do not run what they should.
fn mixed(environment: &Environment) -> Option<String> {
    if environment.mixed_unnoticed {
        return None;
    }
    let wrong = environment.instances.iter().filter(|i| wrong_version(environment, i)).count();
    let total = environment.instances.len();
    let expected = &environment.expected;
    let number = environment.expected_deployment;
    (wrong > 0).then(|| {
        let on = if wrong == total { String::from("all instances") } else { format!("{wrong} out of {}", count(total)) };
        format!("Incorrect application version found on {on}. Expected version \"{expected}\" (deployment {number}).")
    })
}

/// Whether an instance runs something else than the environment should.
#[must_use]
pub fn wrong_version(environment: &Environment, instance: &Instance) -> bool {
    instance.deployment.as_ref().is_some_and(|d| d.label != environment.expected || d.progress == Progress::Failed)
}

/// How the instance at `index` feels, and why.
#[must_use]
pub fn of_instance(environment: &Environment, index: usize, now: Moment) -> (Light, Vec<String>) {
    let Some(instance) = environment.instances.get(index) else {
        return (Light::NoData, Vec::new());
    };
    if environment.suspended {
        // Of instances only this much is said: they have no such state.
        return (Light::Unknown, Vec::new());
    }
    let running = |since: Moment| now.since(since).max(0) / SECOND;
    let Some(deployment) = instance.deployment.as_ref().filter(|_| instance.in_service) else {
        let seconds = running(instance.launched);
        let cause = format!("Instance initialization (running for {seconds} seconds).");
        return (Light::Pending, vec![cause]);
    };
    if let Some(causes) = unwell(environment, index) {
        return (Light::Severe, causes);
    }
    if deployment.progress == Progress::InProgress {
        let seconds = running(deployment.at);
        let cause = format!("Application update in progress (running for {seconds} seconds).");
        return (Light::Info, vec![cause]);
    }
    if instance.busy {
        return (Light::Info, vec![String::from("Command is executing on the instance.")]);
    }
    if environment.operation.is_none()
        && !environment.mixed_unnoticed
        && let Some(cause) = wrong(environment, instance)
    {
        return (Light::Degraded, vec![cause]);
    }
    (Light::Ok, Vec::new())
}

/// Why an instance that runs the wrong version is unwell.
fn wrong(environment: &Environment, instance: &Instance) -> Option<String> {
    let deployment = instance.deployment.as_ref()?;
    if deployment.progress == Progress::Failed {
        return Some(format!(
            "Application update failed at {} with exit status 1 and error: Engine execution has encountered an error.",
            deployment.at.rfc3339()
        ));
    }
    wrong_version(environment, instance).then(|| {
        format!(
            "Incorrect application version \"{}\" (deployment {}). Expected version \"{}\" (deployment {}).",
            deployment.label, deployment.id, environment.expected, environment.expected_deployment
        )
    })
}

/// Why the incident holds for the instance at `index`, where it does.
#[must_use]
pub fn unwell(environment: &Environment, index: usize) -> Option<Vec<String>> {
    let incident = environment.incident.as_ref()?;
    (index < incident.unhealthy).then(|| {
        let mut causes = Vec::new();
        let share = crate::metrics::failing(environment, index) * 100.0;
        if share > 0.0 {
            causes.push(format!("{share:.1} % of the requests are failing with HTTP 5xx."));
        }
        causes.push(String::from("ELB health is failing or not available."));
        causes
    })
}

/// How many instances are healthy: Ok or Info, or on basic health those that
/// the load balancer reaches.
#[must_use]
pub fn healthy(environment: &Environment, now: Moment) -> usize {
    let serves = |index: usize| {
        if environment.settings.enhanced { of_instance(environment, index, now).0.healthy() } else { reached(environment, index) }
    };
    (0..environment.instances.len()).filter(|&index| serves(index)).count()
}

/// Whether the load balancer sends requests to an instance: it knows nothing of versions.
#[must_use]
pub fn reached(environment: &Environment, index: usize) -> bool {
    let in_service = environment.instances.get(index).is_some_and(|instance| instance.in_service);
    environment.status != Status::Terminating && in_service && unwell(environment, index).is_none()
}
