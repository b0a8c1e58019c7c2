//! The machines that serve an environment.

use std::sync::Arc;

use super::clock::Timestamp;
use super::health::{Level, Traffic};
use super::id::{InstanceId, VersionLabel};

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
}

/// The instances of an environment, as one reading told them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Instances {
    /// Every one, in the platform's order.
    pub each: Vec<Instance>,
    /// Whether their health is known: basic health names the machines only.
    pub health_known: bool,
}

impl Instances {
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

    /// How many instances have finished deploying `label`.
    #[must_use]
    pub fn finished(&self, label: &VersionLabel) -> usize {
        let done = |deployment: &Deployment| {
            deployment.label.as_ref() == Some(label)
                && !matches!(deployment.state, Some(DeploymentState::InProgress | DeploymentState::Failed))
        };
        self.each.iter().filter(|instance| instance.deployment.as_ref().is_some_and(done)).count()
    }
}
