//! What was seen: the only thing adapters tell the model.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::activity::Activity;
use super::clock::{Stamp, Timestamp};
use super::event::PlatformEvent;
use super::fault::Fault;
use super::health::{Health, Traffic};
use super::id::{AccountId, AppName, Connection, EnvironmentKey, Platform, PlatformId, Region, VersionLabel};
use super::instance::Instances;

/// The part of the world that one listing covers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Scope {
    /// The kind of place.
    pub platform: Platform,
    /// The way in.
    pub connection: Connection,
    /// The region, where the platform has regions.
    pub region: Option<Region>,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let region = self.region.as_ref().map_or("-", Region::as_str);
        write!(f, "{} {} {region}", self.platform, self.connection)
    }
}

/// Which question was asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Question {
    /// Which environments are there? (DescribeEnvironments)
    Listing,
    /// What has happened? (DescribeEvents)
    Events,
    /// How is this environment, and why? (DescribeEnvironmentHealth)
    Health,
    /// How is each instance, and what runs on it? (DescribeInstancesHealth)
    Instances,
    /// Which machines are there, and does the load balancer reach each of them?
    /// (DescribeEnvironmentResources, DescribeTargetHealth), where the platform does not tell health per instance.
    Resources,
    /// Which environment properties are set? Names only. (DescribeConfigurationSettings)
    Properties,
}

impl Question {
    /// As a fault's sentence names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Events => "events",
            Self::Health => "health",
            Self::Instances => "instances",
            Self::Resources => "resources",
            Self::Properties => "properties",
        }
    }

    /// Whether it is asked about an environment, by whether the platform tells health per instance
    /// of it: where it does not, its load balancer may.
    #[must_use]
    pub const fn is_asked_with(self, enhanced_health: bool) -> bool {
        match self {
            Self::Listing | Self::Events | Self::Properties => true,
            Self::Health | Self::Instances => enhanced_health,
            Self::Resources => !enhanced_health,
        }
    }

    /// Whether an answer tells which environments there are.
    #[must_use]
    pub const fn lists(self) -> bool {
        matches!(self, Self::Listing)
    }
}

/// One question about one scope: what answers are compared by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Source {
    /// Which question.
    pub question: Question,
    /// About which part of the world.
    pub scope: Arc<Scope>,
}

/// What a listing tells of an environment beside its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The platform's own grouping (Beanstalk's application name).
    pub app: AppName,
    /// The platform's own id.
    pub platform_id: Option<PlatformId>,
    /// Where it is reached.
    pub url: Option<Arc<str>>,
    /// What it runs on, such as `64bit Amazon Linux 2023 v4.3.0 running Docker`.
    pub stack: Option<Arc<str>>,
    /// The platform's own word for its state (`Ready`, `Updating`).
    pub status: Option<Arc<str>>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Whether what goes on can be aborted.
    pub abortable: bool,
    /// Whether the platform tells health per instance (enhanced health).
    pub enhanced_health: bool,
}

/// Whether something goes on, as a listing tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Busy {
    /// Nothing.
    No,
    /// This.
    With(Activity),
}

/// What one answer told of one environment. What is absent was not told.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Reading {
    /// What it is.
    pub identity: Option<Box<Identity>>,
    /// What runs.
    pub label: Option<VersionLabel>,
    /// How it is.
    pub health: Option<Health>,
    /// What goes on.
    pub busy: Option<Busy>,
    /// Its instances.
    pub instances: Option<Instances>,
    /// Its requests.
    pub traffic: Option<Traffic>,
    /// The names of its environment properties. Never their values.
    pub properties: Option<Arc<BTreeSet<Arc<str>>>>,
}

/// Whether an answer held everything there is in its scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// Everything: what is not in it is not there.
    Complete,
    /// Everything, but some of it could not be understood and was left out, as the fault says:
    /// absence proves nothing, since what is missing may be among that.
    Except(Fault),
    /// A part: absence proves nothing.
    Partial,
}

/// One answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Sighting {
    /// To which question.
    pub source: Source,
    /// When it was asked.
    pub stamp: Stamp,
    /// How much of the scope it covers.
    pub coverage: Coverage,
    /// The account that answered, where the answer shows it.
    pub account: Option<AccountId>,
    /// What it told, by environment.
    pub readings: Vec<(EnvironmentKey, Reading)>,
    /// What it told of happenings, by environment.
    pub events: Vec<(EnvironmentKey, PlatformEvent)>,
}

/// A question that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Which question.
    pub source: Source,
    /// When it was asked.
    pub stamp: Stamp,
    /// About which environment, where it was about one.
    pub about: Option<EnvironmentKey>,
    /// Why.
    pub fault: Fault,
}

/// What came of asking.
#[derive(Clone, PartialEq, Debug)]
pub enum Observation {
    /// An answer.
    Seen(Sighting),
    /// None.
    Failed(Failure),
}

impl Observation {
    /// Which question this answers.
    #[must_use]
    pub const fn source(&self) -> &Source {
        match self {
            Self::Seen(sighting) => &sighting.source,
            Self::Failed(failure) => &failure.source,
        }
    }
}
