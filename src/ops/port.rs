//! The ports: what adapters do for the program, in the model's words.

mod leases;
mod tail;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::model::catalogue::Tier;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{Allowance, Report, Topic};
use crate::model::host;
use crate::model::id::{AccountId, AppName, Connection, EnvironmentKey, Login, Region, Repository};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Receipt};
use crate::model::property::{PropertyKey, Value};
use crate::model::sighting::{Identity as Listed, Observation, Question, Scope};
use crate::model::write::{Look, Sent, Sight, Write};

pub use leases::Leases;
pub use tail::{Addresses, Follow, Numbers, Tail};

/// One thing to read. It carries everything that it needs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Ask {
    /// Every environment of the scope, in as few calls as the platform allows.
    Listing,
    /// What has happened in the scope since a moment (inclusive).
    Events {
        /// The moment.
        since: Timestamp,
    },
    /// One environment's health with its causes and requests.
    Health(EnvironmentKey),
    /// One environment's instances with what runs on each.
    Instances(EnvironmentKey),
    /// One environment's machines, and how each is as far as something else than the platform tells.
    Resources(EnvironmentKey),
    /// What runs on each of one environment's machines, where telling costs a login.
    Versions(EnvironmentKey),
    /// How one environment of any platform answers over HTTP.
    Probes {
        /// The environment.
        key: EnvironmentKey,
        /// What its listing tells of it.
        target: ProbeTarget,
    },
    /// One environment's properties. Never their values.
    Properties {
        /// The environment.
        key: EnvironmentKey,
        /// The platform's grouping it is in (Beanstalk's application).
        group: AppName,
    },
    /// What has to be known to plan a change of one environment.
    Planning {
        /// The environment.
        key: EnvironmentKey,
        /// The platform's grouping it is in (Beanstalk's application).
        group: AppName,
    },
}

/// What a listing tells of an environment that is looked at from outside: which pages are asked of it follows from that.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ProbeTarget {
    /// Where it is reached.
    pub url: Option<Arc<str>>,
    /// The platform's grouping it is in.
    pub group: AppName,
    /// What it is for, where the source was told.
    pub tier: Option<Tier>,
}

impl ProbeTarget {
    /// What this listing tells.
    #[must_use]
    pub fn of(identity: &Listed) -> Self {
        Self { url: identity.url.clone(), group: identity.app.clone(), tier: identity.tier }
    }
}

impl Ask {
    /// Which question this is.
    #[must_use]
    pub const fn question(&self) -> Question {
        match self {
            Self::Listing => Question::Listing,
            Self::Events { .. } => Question::Events,
            Self::Health(_) => Question::Health,
            Self::Instances(_) => Question::Instances,
            Self::Resources(_) => Question::Resources,
            Self::Versions(_) => Question::Versions,
            Self::Probes { .. } => Question::Probes,
            Self::Properties { .. } => Question::Properties,
            Self::Planning { .. } => Question::Planning,
        }
    }

    /// The environment it is about, where it is about one.
    #[must_use]
    pub const fn about(&self) -> Option<&EnvironmentKey> {
        match self {
            Self::Listing | Self::Events { .. } => None,
            Self::Health(key)
            | Self::Instances(key)
            | Self::Resources(key)
            | Self::Versions(key)
            | Self::Probes { key, .. }
            | Self::Properties { key, .. }
            | Self::Planning { key, .. } => Some(key),
        }
    }
}

/// Reads environments of one platform.
///
/// Every call to the outside passes a [`super::limit::Limiter`], and none is
/// retried here: retrying is the schedule's work. The stamp of an answer is
/// taken when its (first) call is let through, not when it was planned.
pub trait Source: Send + Sync {
    /// The scopes that it reads, where it was told which; `None`: every region of every connection.
    fn scopes(&self) -> Option<Vec<Scope>> {
        None
    }

    /// How quickly it may be asked about single environments of one scope; `None`: as the settings say.
    fn sweep(&self) -> Option<Sweep> {
        None
    }

    /// How many calls an answer will probably cost: the schedule leaves each of them its turn.
    fn calls(&self, _scope: &Scope, _ask: &Ask) -> u32 {
        1
    }

    /// Reads. Failing is an answer too: [`Observation::Failed`].
    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation>;

    /// Reads the value of one property, for a person who asks for it.
    ///
    /// # Errors
    /// When it is not set any more, cannot be read, or the platform has no properties.
    fn reveal(&self, _scope: Arc<Scope>, property: PropertyKey) -> BoxFuture<'_, Result<Value, Fault>> {
        let sentence = format!("{} has no properties: its platform keeps none", property.environment.name);
        Box::pin(std::future::ready(Err(Fault::new(FaultKind::Unsupported, sentence))))
    }
}

/// How quickly a source may be asked about single environments, in one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sweep {
    /// From one question to the next.
    pub turn: Duration,
    /// How many questions may be without an answer.
    pub at_once: usize,
}

/// Looks at environments of any platform from outside: an answer to [`Ask::Probes`].
pub trait Prober: Send + Sync {
    /// Whether there is anything to look at.
    fn probes(&self, key: &EnvironmentKey, target: &ProbeTarget) -> bool;

    /// Looks. Failing is an answer too: [`Observation::Failed`].
    fn look(&self, scope: Arc<Scope>, key: EnvironmentKey, target: ProbeTarget) -> BoxFuture<'_, Observation>;
}

/// Asks machines themselves what runs on them, by no cloud's API.
pub trait Machines: Send + Sync {
    /// Asks one. The answer is the last line of what it said, which is anybody's text; or why there is none.
    fn ask(&self, site: Site, inquiry: Inquiry) -> BoxFuture<'_, (Stamp, Result<String, Fault>)>;
}

/// What one machine is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Inquiry {
    /// To run a command that only reads.
    Command {
        /// Whereto, which may hold what cloud APIs told, and how ssh is called for it.
        to: host::Login,
        /// The command, to the letter.
        command: Arc<str>,
    },
    /// For a page.
    Page {
        /// Its address.
        address: String,
        /// Where it is JSON: the key of what is wanted, its parts divided by dots.
        key: Option<Arc<str>>,
    },
}

/// Who a connection's credentials are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The identity's ARN.
    pub arn: Arc<str>,
}

/// Finds out what there is to read.
pub trait Discovery: Send + Sync {
    /// Who the credentials of a connection are.
    fn identity<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Identity, Fault>>;

    /// The regions enabled for a connection's account.
    fn regions<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Vec<Region>, Fault>>;

    /// The region to read where the enabled ones cannot be found out. Makes no call.
    fn home<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Region>;
}

/// Reads a code forge, and writes there what a person has confirmed.
///
/// Every call passes a [`super::limit::Limiter`]. Nothing is retried: a read
/// by the schedule, a write never.
pub trait Forge: Send + Sync {
    /// Whose token it is.
    fn viewer(&self) -> BoxFuture<'_, Result<Login, Fault>>;

    /// Reads a topic of a repository; `branch` is the one that is deployed, where somebody said.
    fn ask(&self, repository: Repository, topic: Topic, branch: Option<Arc<str>>) -> BoxFuture<'_, Report>;

    /// Reads the overviews of several repositories, each with the branch that is deployed where somebody said, as if
    /// for the first time: with one call where that can be. A report for each, in their order.
    fn overviews(&self, repositories: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>>;

    /// Looks at something past every cache: what a write is checked against, and what it has done.
    fn look(&self, repository: Repository, look: Look) -> BoxFuture<'_, Result<Sight, Fault>>;

    /// Writes. Sent once.
    fn write(&self, repository: Repository, write: Write) -> BoxFuture<'_, Sent>;

    /// How much may still be asked, as the last answer told.
    fn allowance(&self) -> Option<Allowance>;
}

/// Carries out actions, and tells what became of them.
///
/// Every call passes a [`super::limit::Limiter`]; none is retried here, and looks pass every cache.
/// A dropped future leaves nothing running here. What an action writes goes into [`super::output::Outputs`].
pub trait Platform: Send + Sync {
    /// Looks at the place right before an action is begun.
    ///
    /// # Errors
    /// When it cannot be looked at, or when the action must not be begun there now: another environment has the name,
    /// it is not ready, too few other targets are healthy. Then nothing was sent.
    fn before(&self, place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>>;

    /// Looks whether an action could be begun there, and nothing else: it is not begun behind this.
    ///
    /// # Errors
    /// Those of [`Self::before`].
    fn check(&self, place: Place, action: Action) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move { self.before(place, action).await.map(drop) })
    }

    /// Sends an action. Once.
    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun>;

    /// Looks at what has become of an action. There is no receipt where no answer came.
    ///
    /// A program of this machine is run by looking at it: that look lasts as long as the program, and what lets go
    /// of it ends the program.
    ///
    /// # Errors
    /// When it cannot be looked at. That says nothing of the action.
    fn observe(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>>;
}
