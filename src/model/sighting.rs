//! What was seen: the only thing adapters tell the model.

use std::fmt;
use std::sync::Arc;

use super::activity::Activity;
use super::catalogue::Tier;
use super::clock::{Stamp, Timestamp};
use super::event::PlatformEvent;
use super::fault::Fault;
use super::health::{Health, Level, Traffic};
use super::id::{AccountId, AppName, Connection, EnvironmentKey, Platform, PlatformId, PullNumber, Region};
use super::instance::{Instances, Versions};
use super::planning::Planning;
use super::property::Properties;
use super::strategy::Strategy;
use super::tagged::PullRequest;
use super::version::Stated;

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
    /// What runs on each machine, where telling costs a login (a command over SSH or Systems Manager).
    Versions,
    /// How does it answer over HTTP? Of an environment of any platform.
    Probes,
    /// What does GitHub's record say was deployed there? Asked of the forge, never of the platform.
    Record,
    /// When was last deployed there, and when were the settings changed that its machines boot with? Asked of the forge.
    Rollout,
    /// What do the runs of its pipeline do there? Asked of the forge.
    Runs,
    /// Which open issues were raised as alerts about it? Asked of the forge.
    Alerts,
    /// Which environment properties are set (names only), and how is it deployed to? (DescribeConfigurationSettings)
    Properties,
    /// What has to be known to plan a change of it? (DescribeApplicationVersions, ECR's DescribeImages,
    /// DescribeTargetGroupAttributes). Asked only while somebody plans one.
    Planning,
}

impl Question {
    /// How many questions there are.
    pub const COUNT: usize = 13;

    /// As a fault's sentence names it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Events => "events",
            Self::Health => "health",
            Self::Instances => "instances",
            Self::Resources => "resources",
            Self::Versions => "versions",
            Self::Probes => "probes",
            Self::Record => "record",
            Self::Rollout => "rollout",
            Self::Runs => "runs",
            Self::Alerts => "alerts",
            Self::Properties => "properties",
            Self::Planning => "planning",
        }
    }

    /// Whether an answer tells which environments there are.
    #[must_use]
    pub const fn lists(self) -> bool {
        matches!(self, Self::Listing)
    }

    /// Whether it is put to a whole scope at once, and one answer tells of every environment there.
    #[must_use]
    pub const fn is_of_a_scope(self) -> bool {
        matches!(self, Self::Listing | Self::Events)
    }

    /// Whether it is only put where the source of an environment says that it has an answer: see [`Identity::answers`].
    #[must_use]
    pub const fn is_optional(self) -> bool {
        match self {
            Self::Listing
            | Self::Events
            | Self::Properties
            | Self::Planning
            | Self::Probes
            | Self::Record
            | Self::Rollout
            | Self::Runs
            | Self::Alerts => false,
            Self::Health | Self::Instances | Self::Resources | Self::Versions => true,
        }
    }
}

/// A set of questions about a single environment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Questions(u16);

impl Questions {
    /// What may be asked of a single environment, in the order in which it is asked for the first time.
    const IN_ORDER: [Question; 7] = [
        Question::Instances,
        Question::Health,
        Question::Resources,
        Question::Probes,
        Question::Versions,
        Question::Properties,
        Question::Planning,
    ];

    /// These questions.
    #[must_use]
    pub fn of(questions: impl IntoIterator<Item = Question>) -> Self {
        questions.into_iter().fold(Self::default(), Self::with)
    }

    /// None.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// With this question too.
    #[must_use]
    pub const fn with(self, question: Question) -> Self {
        Self(self.0 | 1 << question as u16)
    }

    /// Whether this question is among them.
    #[must_use]
    pub const fn holds(self, question: Question) -> bool {
        self.0 & 1 << question as u16 != 0
    }

    /// Each of them that can be asked of a single environment.
    pub fn iter(self) -> impl Iterator<Item = Question> {
        Self::IN_ORDER.into_iter().filter(move |question| self.holds(*question))
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
    /// Which of the questions about single environments its source has an answer to.
    pub answers: Questions,
    /// Whether its instances tell what runs on each of them.
    pub tells_versions: bool,
    /// What it is for, where the source was told; a rule or an explicit entry wins.
    pub tier: Option<Tier>,
    /// How many instances it should have, where somebody said.
    pub expected: Option<u32>,
    /// The pull request that it is a preview of.
    pub pull: Option<PullNumber>,
    /// What the listing finds wrong with it, beside how it is.
    pub warnings: Vec<Warning>,
}

impl Identity {
    /// Something of this grouping, of which nothing more is known.
    #[must_use]
    pub fn of(app: AppName) -> Self {
        Self {
            app,
            platform_id: None,
            url: None,
            stack: None,
            status: None,
            created_at: None,
            updated_at: None,
            abortable: false,
            answers: Questions::default(),
            tells_versions: false,
            tier: None,
            expected: None,
            pull: None,
            warnings: Vec::new(),
        }
    }
}

/// Something that a listing finds wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Warning {
    /// How unwell that makes the environment.
    pub level: Level,
    /// What is wrong, as a sentence; its parts come from outside: not yet safe to show.
    pub sentence: Arc<str>,
}

impl Warning {
    /// A warning of this level with this sentence.
    pub fn new(level: Level, sentence: impl Into<Arc<str>>) -> Self {
        Self { level, sentence: sentence.into() }
    }
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
    pub version: Option<Stated>,
    /// What stands in front of it and is deployed by itself.
    pub frontend: Option<Stated>,
    /// How it is.
    pub health: Option<Health>,
    /// What goes on.
    pub busy: Option<Busy>,
    /// Its instances.
    pub instances: Option<Instances>,
    /// What runs on each of its machines.
    pub versions: Option<Arc<Versions>>,
    /// The pull request that it is a preview of.
    pub pull: Option<Arc<PullRequest>>,
    /// When something was last brought to all of its machines.
    pub rollout: Option<Rollout>,
    /// Its requests.
    pub traffic: Option<Traffic>,
    /// Its environment properties. Never their values.
    pub properties: Option<Arc<Properties>>,
    /// How a version is brought to its instances.
    pub strategy: Option<Strategy>,
    /// What has to be known to plan a change of it.
    pub planning: Option<Arc<Planning>>,
}

/// When something was last brought to all machines of an environment, as far as a repository tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rollout {
    /// When the last deployment that went well began.
    pub deployed_at: Option<Timestamp>,
    /// When the file was changed that its machines are given when they boot.
    pub environment_changed_at: Option<Timestamp>,
}

/// Whether an answer held everything there is in its scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Coverage {
    /// Everything: what is not in it is not there.
    Complete,
    /// Everything: what is not in it is not there. Beside that something wants a person's attention, as the fault says;
    /// it casts no doubt on the rest.
    Remarked(Fault),
    /// Everything, but some of it could not be understood and was left out, as the fault says:
    /// absence proves nothing, since what is missing may be among that.
    Except(Fault),
    /// A part: absence proves nothing.
    Partial,
}

impl Coverage {
    /// Whether what is not in the answer is not there.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(self, Self::Complete | Self::Remarked(_))
    }

    /// What of it wants a person's attention.
    #[must_use]
    pub const fn flaw(&self) -> Option<&Fault> {
        match self {
            Self::Remarked(fault) | Self::Except(fault) => Some(fault),
            Self::Complete | Self::Partial => None,
        }
    }
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
