//! The machines that serve an environment.

use std::borrow::Cow;
use std::sync::Arc;

use super::clock::Timestamp;
use super::fault::Fault;
use super::health::{Level, Traffic};
use super::id::{InstanceId, VersionLabel};
use super::version::VersionSource;

/// How far the latest deployment is on one instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeploymentState {
    /// Under way.
    InProgress,
    /// Finished.
    Deployed,
    /// Failed.
    Failed,
    /// The platform's own word, which this program does not know.
    Other(Arc<str>),
}

impl DeploymentState {
    /// As a table says it; a foreign word is not yet safe to show.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::InProgress => "in progress",
            Self::Deployed => "deployed",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

/// What is deployed on one instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deployment {
    /// The version.
    pub label: Option<VersionLabel>,
    /// The platform's number of the deployment: it grows with each.
    pub number: Option<i64>,
    /// How far it is.
    pub state: Option<DeploymentState>,
    /// When it was deployed.
    pub at: Option<Timestamp>,
}

/// A target group that a machine stands in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// The target group's ARN.
    pub group: Arc<str>,
    /// The port at which it stands there.
    pub port: Option<u16>,
    /// Whether it gets requests there and answers them.
    pub is_healthy: bool,
    /// Whether it is leaving: it gets no new connections.
    pub is_leaving: bool,
    /// How many other machines do so there.
    pub healthy_others: u32,
}

impl Registered {
    /// The group's name, out of its ARN: `…:targetgroup/growl-prod/0123456789abcdef`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.group.split('/').nth(1).unwrap_or(&self.group)
    }
}

/// Where a machine is reached, and who sends it requests.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Whereabouts {
    /// Its address within its network.
    pub private_ip: Option<Arc<str>>,
    /// The name or the address under which it is reached from outside.
    pub address: Option<Arc<str>>,
    /// The target groups that have it, where they are told with it.
    pub registered: Vec<Registered>,
}

/// One machine, as one reading told it.
#[derive(Clone, PartialEq, Debug)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// How well it is.
    pub level: Level,
    /// The platform's own word for that.
    pub word: Option<Arc<str>>,
    /// Why, in the platform's sentences.
    pub causes: Vec<Arc<str>>,
    /// When it was launched.
    pub launched_at: Option<Timestamp>,
    /// What is deployed on it; `None` where the platform does not say.
    pub deployment: Option<Deployment>,
    /// Such as `t3.medium`.
    pub instance_type: Option<Arc<str>>,
    /// Such as `us-west-1b`.
    pub zone: Option<Arc<str>>,
    /// The share of its processors in use, 0 to 1.
    pub cpu: Option<f64>,
    /// The load average over one minute.
    pub load: Option<f64>,
    /// Its requests.
    pub traffic: Traffic,
    /// Where it is reached, and who sends it requests.
    pub whereabouts: Whereabouts,
}

/// Why the machines are known and the health of some is not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Silence {
    /// Nothing watches them: a worker, or a single machine without a load balancer.
    NoBalancer,
    /// A classic load balancer watches them, which is not asked.
    ClassicBalancer,
    /// Their load balancer does not know all of them (yet).
    NotRegistered,
    /// Their load balancer has too many target groups to find theirs.
    NotFound,
    /// Their load balancer knows them and does not tell how each is.
    NotChecked,
    /// Some were not found in any target group, and not every group was looked through: why.
    Unproven(Arc<str>),
    /// No load balancer was asked about them: previews are reached directly.
    NotAsked,
    /// Their load balancer could not be asked.
    Failed(Fault),
}

impl Silence {
    /// As a person is told; a fault's parts are not yet safe to show.
    #[must_use]
    pub fn sentence(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::NoBalancer => "no load balancer watches these instances: their health is not told",
            Self::ClassicBalancer => "a classic load balancer watches these instances: their health is not read",
            Self::NotRegistered => "the load balancer does not know all of these instances",
            Self::NotFound => "the load balancer is shared by many: the target group of these instances was not found",
            Self::NotAsked => "previews are reached without a load balancer: their health is not told",
            Self::Unproven(why) => return Cow::Owned(format!("whether a target group has all of them registered is not known: {why}")),
            Self::NotChecked => "the load balancer does not tell how each instance is",
            Self::Failed(fault) => return Cow::Owned(format!("the health of these instances is not known: {}", fault.sentence)),
        })
    }
}

/// The instances of an environment, as one reading told them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Instances {
    /// Every one, in the platform's order.
    pub each: Vec<Instance>,
    /// Whether the health of every one is known: basic health names the machines only, their load balancer may tell more.
    pub health_known: bool,
    /// Why it is not, where that is known.
    pub silence: Option<Silence>,
    /// Where the versions of the instances were read, unless the platform states its own: of several the least sure.
    pub versions_from: Option<VersionSource>,
    /// What of them could not be read while the rest was, and why.
    pub gaps: Vec<Fault>,
}

/// What runs on each machine, where telling it takes a question of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Versions {
    /// By machine: its version, or a sentence that tells why it is not known.
    pub each: Vec<(InstanceId, Result<VersionLabel, Arc<str>>)>,
    /// Where they were read.
    pub source: VersionSource,
}

impl Instance {
    /// A machine of which nothing but its id is known.
    #[must_use]
    pub fn of(id: InstanceId) -> Self {
        Self {
            id,
            level: Level::Unknown,
            word: None,
            causes: Vec::new(),
            launched_at: None,
            deployment: None,
            instance_type: None,
            zone: None,
            cpu: None,
            load: None,
            traffic: Traffic::default(),
            whereabouts: Whereabouts::default(),
        }
    }
}

impl Deployment {
    /// Of which nothing but the version is known.
    #[must_use]
    pub const fn of(label: VersionLabel) -> Self {
        Self { label: Some(label), number: None, state: None, at: None }
    }
}

impl Instances {
    /// The same machines with what a question of its own told of their versions: a machine that it does not
    /// name keeps what it had.
    #[must_use]
    pub fn with(&self, versions: &Versions) -> Self {
        let mut merged = self.clone();
        merged.versions_from = Some(versions.source);
        for instance in &mut merged.each {
            match versions.each.iter().find(|(id, _)| *id == instance.id) {
                Some((_, Ok(label))) => instance.deployment = Some(Deployment::of(label.clone())),
                Some((_, Err(why))) => instance.causes.push(Arc::from(format!("what runs on it is not known: {why}"))),
                None => {}
            }
        }
        merged
    }

    /// How many there are.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.each.len()
    }

    /// How many of them serve, where that is known.
    #[must_use]
    pub fn healthy(&self) -> Option<usize> {
        self.health_known.then(|| self.each.iter().filter(|instance| instance.level.serves()).count())
    }

    /// Whether it is told what is deployed on them: basic health never does, even where it is known how each is.
    #[must_use]
    pub fn deployments_known(&self) -> bool {
        self.each.iter().any(|instance| instance.deployment.is_some())
    }

    /// Whether it is told of each of them what is deployed on it.
    #[must_use]
    pub fn all_told(&self) -> bool {
        self.each.iter().all(|instance| instance.deployment.as_ref().is_some_and(|deployment| deployment.label.is_some()))
    }

    /// The versions that run, with how many instances run each, most first.
    #[must_use]
    pub fn versions(&self) -> Vec<(VersionLabel, usize)> {
        let mut counts: Vec<(VersionLabel, usize)> = Vec::new();
        for label in self.each.iter().filter_map(|instance| instance.deployment.as_ref()?.label.as_ref()) {
            match counts.iter_mut().find(|(known, _)| known == label) {
                Some((_, count)) => *count += 1,
                None => counts.push((label.clone(), 1)),
            }
        }
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }

    /// Whether two instances run different versions.
    #[must_use]
    pub fn mixed(&self) -> bool {
        let mut labels = self.each.iter().filter_map(|instance| instance.deployment.as_ref()?.label.as_ref());
        labels.next().is_some_and(|first| labels.any(|label| label != first))
    }

    /// Whether an instance is in the middle of a deployment.
    #[must_use]
    pub fn is_deploying(&self) -> bool {
        let states = self.each.iter().filter_map(|instance| instance.deployment.as_ref()?.state.as_ref());
        states.into_iter().any(|state| *state == DeploymentState::InProgress)
    }

    /// How many instances have finished deploying `label` in a deployment that began at `since`:
    /// where the label is deployed again, the deployment before has the same one.
    #[must_use]
    pub fn finished(&self, label: &VersionLabel, since: Timestamp) -> usize {
        let done = |deployment: &Deployment| {
            deployment.label.as_ref() == Some(label)
                && deployment.at.is_none_or(|at| at >= since)
                && !matches!(deployment.state, Some(DeploymentState::InProgress | DeploymentState::Failed))
        };
        self.each.iter().filter(|instance| instance.deployment.as_ref().is_some_and(done)).count()
    }
}
