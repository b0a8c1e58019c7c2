//! How an environment is configured: policy, batches, platform, properties.
//!
//! Owns the meaning of the settings. Which option of the API stands for which
//! is `aws::beanstalk::configuration`'s.

use std::collections::BTreeMap;

/// `DeploymentPolicy` of `aws:elasticbeanstalk:command`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Every instance at once.
    AllAtOnce,
    /// In batches, in place.
    Rolling,
    /// In batches, with as many new instances as a batch has.
    RollingWithAdditionalBatch,
    /// On a second set of instances.
    Immutable,
}

impl Policy {
    /// The API's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::AllAtOnce => "AllAtOnce",
            Self::Rolling => "Rolling",
            Self::RollingWithAdditionalBatch => "RollingWithAdditionalBatch",
            Self::Immutable => "Immutable",
        }
    }

    /// Reads the API's word; a traffic split deploys as an immutable one here.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "AllAtOnce" => Some(Self::AllAtOnce),
            "Rolling" => Some(Self::Rolling),
            "RollingWithAdditionalBatch" => Some(Self::RollingWithAdditionalBatch),
            "Immutable" | "TrafficSplitting" => Some(Self::Immutable),
            _ => None,
        }
    }
}

/// How many instances a batch of a deploy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Out of a hundred.
    Percentage(u32),
    /// That many.
    Fixed(u32),
}

impl Batch {
    /// The size of a batch of `total` instances, at least one.
    #[must_use]
    pub fn of(self, total: usize) -> usize {
        let size = match self {
            Self::Percentage(share) => total.saturating_mul(share as usize).div_ceil(100),
            Self::Fixed(count) => count as usize,
        };
        size.clamp(1, total.max(1))
    }
}

/// How an environment is configured; shared until one is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How versions are deployed.
    pub policy: Policy,
    /// By how many instances at a time.
    pub batch: Batch,
    /// Health is reported by the platform's own agent, not by a load balancer alone.
    pub enhanced: bool,
    /// Behind a load balancer, or one instance alone.
    pub balanced: bool,
    /// Lowest number of instances.
    pub min: u32,
    /// Highest number of instances.
    pub max: u32,
    /// Log files go to `CloudWatch`.
    pub stream_logs: bool,
    /// For that many days.
    pub retention_days: u32,
    /// Where the load balancer asks.
    pub health_path: String,
    /// EC2's instance type.
    pub instance_type: String,
    /// The name of its platform, as in `Docker` or `Python 3.11`.
    pub stack: &'static Stack,
    /// Environment properties, values included.
    pub properties: BTreeMap<String, String>,
    /// Any further option, by namespace and name.
    pub further: BTreeMap<(String, String), String>,
}

/// A platform version.
#[derive(Debug, PartialEq, Eq)]
pub struct Stack {
    /// `Docker`, `Python 3.11` …
    pub branch: &'static str,
    /// The operating system's name.
    pub system: &'static str,
    /// The platform's version.
    pub version: &'static str,
}

/// The platforms of the simulated cloud.
pub static STACKS: [Stack; 4] = [
    Stack { branch: "Docker", system: "64bit Amazon Linux 2023", version: "4.3.3" },
    Stack { branch: "Docker", system: "64bit Amazon Linux 2", version: "3.8.2" },
    Stack { branch: "Python 3.11", system: "64bit Amazon Linux 2023", version: "4.2.0" },
    Stack { branch: "Node.js 20", system: "64bit Amazon Linux 2023", version: "6.2.0" },
];

impl Stack {
    /// As `SolutionStackName` says it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} v{} running {}", self.system, self.version, self.branch)
    }

    /// The ARN of the platform version in a region.
    #[must_use]
    pub fn arn(&self, region: &str) -> String {
        format!("arn:aws:elasticbeanstalk:{region}::platform/{} running on {}/{}", self.branch, self.system, self.version)
    }
}
