//! How well an environment or an instance is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;

mod brief;

/// How well, on the one scale used everywhere. Ordered from well to unwell; unknown is no degree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Well.
    Ok,
    /// Well, with something to say.
    Info,
    /// Something is wrong, users may not notice.
    Warning,
    /// Users notice.
    Degraded,
    /// Users cannot work.
    Severe,
    /// Not known: never shown as fine.
    #[default]
    Unknown,
}

impl Level {
    /// Every level, worst first.
    pub const ALL: [Self; 6] = [Self::Severe, Self::Degraded, Self::Unknown, Self::Warning, Self::Info, Self::Ok];

    /// How much a person is needed: sorts worst first. Unknown stands above a warning,
    /// since it may hide anything.
    #[must_use]
    pub const fn urgency(self) -> u8 {
        match self {
            Self::Severe => 5,
            Self::Degraded => 4,
            Self::Unknown => 3,
            Self::Warning => 2,
            Self::Info => 1,
            Self::Ok => 0,
        }
    }

    /// The word used in `--json`, in filters and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Degraded => "degraded",
            Self::Severe => "severe",
            Self::Unknown => "unknown",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "Ok",
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Degraded => "Degraded",
            Self::Severe => "Severe",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether an instance at this level serves: Ok and Info do.
    #[must_use]
    pub const fn serves(self) -> bool {
        matches!(self, Self::Ok | Self::Info)
    }

    /// Whether a person should look: everything but Ok and Info.
    #[must_use]
    pub const fn needs_attention(self) -> bool {
        !self.serves()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Which of the platform's judgements this is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HealthSource {
    /// Elastic Beanstalk's enhanced health: a status with causes.
    BeanstalkEnhanced,
    /// Elastic Beanstalk's basic health: a colour, no causes.
    BeanstalkBasic,
    /// How a load balancer finds the targets of its target group.
    TargetHealth,
    /// What a listing finds odd: two instances where one is expected.
    Listing,
    /// An answer over HTTP to this program itself.
    Probe,
    /// What a server says of its containers.
    Containers,
    /// Open issues on GitHub that were raised as alerts.
    Alerts,
    /// Runs of a pipeline on GitHub.
    Pipeline,
    /// What the versions of the instances show.
    Versions,
    /// The record of when an environment file was changed.
    EnvironmentFile,
    /// Pull requests on GitHub.
    PullRequest,
}

impl HealthSource {
    /// As `--json` and the Environment screen name it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::BeanstalkEnhanced => "beanstalk enhanced health",
            Self::BeanstalkBasic => "beanstalk basic health",
            Self::TargetHealth => "target health",
            Self::Listing => "listing",
            Self::Probe => "http probe",
            Self::Containers => "container health",
            Self::Alerts => "github alerts",
            Self::Pipeline => "github runs",
            Self::Versions => "versions",
            Self::EnvironmentFile => "environment file",
            Self::PullRequest => "github pull request",
        }
    }

    /// What it cannot tell, where that has to be said.
    #[must_use]
    pub const fn limit(self) -> Option<&'static str> {
        match self {
            Self::BeanstalkBasic => Some("a colour, no causes"),
            Self::BeanstalkEnhanced
            | Self::TargetHealth
            | Self::Listing
            | Self::Probe
            | Self::Containers
            | Self::Alerts
            | Self::Pipeline
            | Self::Versions
            | Self::EnvironmentFile
            | Self::PullRequest => None,
        }
    }
}

/// An environment's health as one reading told it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Health {
    /// How well.
    pub level: Level,
    /// The platform's own word (`Severe`, `Suspended`, `Grey`), where it has one.
    pub word: Option<Arc<str>>,
    /// Why, in the platform's sentences. Empty where this reading does not carry causes.
    pub causes: Vec<Arc<str>>,
    /// Which judgement this is.
    pub source: HealthSource,
}

/// One thing that is wrong with an environment, as it is to be believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause<'a> {
    /// What is wrong, as a sentence; not yet safe to show.
    pub text: &'a Arc<str>,
    /// How unwell that makes it.
    pub level: Level,
    /// Whose word this is.
    pub source: HealthSource,
    /// When that was asked for.
    pub at: Timestamp,
}

/// Requests over the platform's last measuring window.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Traffic {
    /// Requests per second.
    pub requests_per_second: Option<f64>,
    /// The share of answers that were 5xx, 0 to 1. `None` when there were no answers: not 0 %.
    pub server_error_share: Option<f64>,
    /// The share of answers that were 4xx, 0 to 1.
    pub client_error_share: Option<f64>,
    /// The time within which half of the requests were answered, in seconds.
    pub p50: Option<f64>,
    /// The same for 90 %.
    pub p90: Option<f64>,
    /// The same for 99 %.
    pub p99: Option<f64>,
}
