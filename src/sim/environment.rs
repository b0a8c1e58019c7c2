//! One environment: what Elastic Beanstalk knows about it.
//!
//! Owns the state and the words of the API for it. Never decides how it
//! changes (that is `motion`) nor how it feels (that is `health`).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::moment::Moment;
use crate::settings::Settings;

/// A shared text: labels and names stand in many places.
pub type Name = Arc<str>;

/// One account in one region: what one endpoint of AWS can see.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Twelve digits.
    pub account: Name,
    /// Such as `us-west-1`.
    pub region: Name,
}

/// `EnvironmentStatus` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being created.
    Launching,
    /// An update runs.
    Updating,
    /// Nothing runs; changes are accepted.
    Ready,
    /// An update is being taken back.
    Aborting,
    /// Going away.
    Terminating,
    /// Gone; listed with `IncludeDeleted` only.
    Terminated,
}

impl Status {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Launching => "Launching",
            Self::Updating => "Updating",
            Self::Ready => "Ready",
            Self::Aborting => "Aborting",
            Self::Terminating => "Terminating",
            Self::Terminated => "Terminated",
        }
    }
}

/// What stands of a deployment on an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Running now.
    InProgress,
    /// Finished.
    Deployed,
    /// Did not finish.
    Failed,
}

/// The latest deployment to an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The version label.
    pub label: Name,
    /// The environment's running number of deployments.
    pub id: u64,
    /// When it got to where it is.
    pub at: Moment,
    /// How far it is.
    pub progress: Progress,
}

/// One EC2 instance of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The number in its id.
    pub id: u64,
    /// When it was launched.
    pub launched: Moment,
    /// Which of the region's zones it is in.
    pub zone: u8,
    /// Whether it takes requests already.
    pub in_service: bool,
    /// Whether a configuration change or restart is on it.
    pub busy: bool,
    /// What was deployed to it last; nothing yet while it boots.
    pub deployment: Option<Deployment>,
    /// What was deployed before, while a deployment runs.
    pub before: Option<Box<Deployment>>,
}

impl Instance {
    /// `i-` and seventeen hexadecimal digits.
    #[must_use]
    pub fn name(&self) -> String {
        instance_name(self.id)
    }

    /// Its private address.
    #[must_use]
    pub fn private_ip(&self) -> String {
        private_ip(self.id)
    }

    /// Its public address.
    #[must_use]
    pub fn public_ip(&self) -> String {
        public_ip(self.id)
    }
}

/// The private address of the instance with that number.
#[must_use]
pub fn private_ip(id: u64) -> String {
    let [.., a, b, c] = id.to_be_bytes();
    format!("10.{}.{b}.{}", a % 16, c.clamp(4, 250))
}

/// The public address of the instance with that number.
#[must_use]
pub fn public_ip(id: u64) -> String {
    // 203.0.113.0/24 and its siblings are for documentation: nobody's.
    let [.., b, c] = id.to_be_bytes();
    let net = if b & 1 == 0 { "203.0.113" } else { "198.51.100" };
    format!("{net}.{}", c.clamp(1, 254))
}

/// The id of an instance out of its number.
#[must_use]
pub fn instance_name(id: u64) -> String {
    format!("i-0{id:016x}")
}

/// What goes on in an environment, in the words of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Being created.
    Launch,
    /// A version is deployed.
    Deploy,
    /// Options change.
    Configuration,
    /// Application servers restart.
    Restart,
    /// Everything is made anew.
    Rebuild,
    /// An update is taken back.
    Abort,
    /// Two environments exchange their addresses.
    Swap,
    /// It goes away.
    Terminate,
}

impl Kind {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Launch => "launch",
            Self::Deploy => "deploy",
            Self::Configuration => "configuration",
            Self::Restart => "restart",
            Self::Rebuild => "rebuild",
            Self::Abort => "abort",
            Self::Swap => "swap",
            Self::Terminate => "terminate",
        }
    }
}

/// What is being done to an environment now.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Tells its scheduled changes from those of an operation that was replaced.
    pub id: u64,
    /// What it is.
    pub kind: Kind,
    /// Since when.
    pub since: Moment,
    /// The id of the request that asked for it.
    pub request: Name,
    /// The number of the deployment it makes.
    pub deployment: u64,
    /// It can be aborted.
    pub abortable: bool,
    /// What an abort or a failure goes back to.
    pub previous: Arc<Settings>,
}

/// Something wrong, made by a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Tells it from one that comes after; set when it begins.
    pub number: u64,
    /// How bad the environment looks.
    pub level: crate::health::Light,
    /// Why, in Elastic Beanstalk's words.
    pub causes: Vec<String>,
    /// Which share of the requests fails with 5xx, 0 to 1.
    pub failing: f64,
    /// How many of its instances are unwell.
    pub unhealthy: usize,
    /// How many times slower answers are.
    pub slow: f64,
}

/// An Elastic Beanstalk environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Whose and where.
    pub place: Place,
    /// `ApplicationName`.
    pub app: Name,
    /// `EnvironmentName`.
    pub name: Name,
    /// `e-` and ten letters.
    pub id: Name,
    /// production, staging, development, preview, unknown.
    pub tier: Name,
    /// What `CNAME` begins with.
    pub cname: Name,
    /// `Description`.
    pub description: Option<Name>,
    /// The label that `DescribeEnvironments` tells: the requested one.
    pub label: Name,
    /// The label of the last deploy that succeeded.
    pub expected: Name,
    /// The number of that deploy.
    pub expected_deployment: u64,
    /// The number of the latest deploy, failed ones included.
    pub last_deployment: u64,
    /// `DateCreated`.
    pub created: Moment,
    /// `DateUpdated`.
    pub updated: Moment,
    /// `Status`.
    pub status: Status,
    /// What runs now.
    pub operation: Option<Operation>,
    /// What is wrong with it.
    pub incident: Option<Incident>,
    /// Monitoring is suspended.
    pub suspended: bool,
    /// Mixed versions do not show in its health.
    pub mixed_unnoticed: bool,
    /// Requests in ten seconds, on an ordinary day.
    pub load: f64,
    /// Its configuration.
    pub settings: Arc<Settings>,
    /// Its instances, oldest first.
    pub instances: Vec<Instance>,
    /// How it feels: kept by `World::settle`.
    pub health: crate::health::Health,
    /// Which log collections were asked for, and when.
    pub collected: Vec<(String, Moment)>,
    /// What it was like.
    pub history: crate::history::History,
    /// Its `DescribeEnvironments` entry, until it changes.
    pub rendered: Option<Arc<str>>,
}

impl Environment {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:aws:elasticbeanstalk:{}:{}:environment/{}/{}", self.place.region, self.place.account, self.app, self.name)
    }

    /// The fully qualified name of its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}.{}.elasticbeanstalk.com", self.cname, self.place.region)
    }

    /// A number that stands for it in draws, the same in every run.
    #[must_use]
    pub fn number(&self) -> u64 {
        crate::chance::hash(&self.id)
    }

    /// Whether the operation that runs can be aborted.
    #[must_use]
    pub fn abortable(&self) -> bool {
        self.operation.as_ref().is_some_and(|operation| operation.abortable)
    }

    /// Whether it is still listed without `IncludeDeleted`.
    #[must_use]
    pub fn listed(&self) -> bool {
        self.status != Status::Terminated
    }

    /// How many instances have finished the running deploy, of how many.
    #[must_use]
    pub fn deployed(&self) -> (usize, usize) {
        let number = self.operation.as_ref().map_or(self.last_deployment, |o| o.deployment);
        let done = self
            .instances
            .iter()
            .filter_map(|instance| instance.deployment.as_ref())
            .filter(|d| d.id == number && d.progress == Progress::Deployed)
            .count();
        (done, self.instances.len())
    }

    /// How many instances report each label, in the order of the labels.
    #[must_use]
    pub fn versions(&self) -> Vec<(Name, usize)> {
        let mut counts: BTreeMap<&Name, usize> = BTreeMap::new();
        for deployment in self.instances.iter().filter_map(|i| i.deployment.as_ref()) {
            *counts.entry(&deployment.label).or_default() += 1;
        }
        counts.into_iter().map(|(label, count)| (Arc::clone(label), count)).collect()
    }
}

/// The number in the id of an instance.
#[must_use]
pub fn instance_number(id: &str) -> Option<u64> {
    let digits = id.strip_prefix("i-0").filter(|digits| digits.len() == 16)?;
    let lower = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    u64::from_str_radix(digits, 16).ok().filter(|_| lower)
}
