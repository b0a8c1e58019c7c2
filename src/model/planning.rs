//! What has to be known of an environment before a change of it is planned, and is read only then.

use std::sync::Arc;
use std::time::Duration;

use super::circleci::Latest;
use super::clock::Timestamp;
use super::fault::Fault;
use super::id::{InstanceId, VersionLabel};
use super::instance::Registered;

/// What is read while somebody plans.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Planning {
    /// What can be deployed there; none where the platform keeps no list.
    pub releases: Option<Releases>,
    /// How long connections to a target may go on after it was taken out of its group.
    pub drain: Option<Duration>,
    /// The target groups that its machines stand in, where they are not told with the machines.
    pub registered: Option<Vec<(InstanceId, Vec<Registered>)>>,
    /// The workflow of CircleCI that would be run again to deploy it once more, where one deploys it.
    pub workflow: Option<Latest>,
    /// What could not be read while the rest was: each part is asked of a service of its own.
    pub unread: Unread,
}

/// The parts that could not be read, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Unread {
    /// Of what can be deployed.
    pub releases: Option<Fault>,
    /// Of how long connections may go on.
    pub drain: Option<Fault>,
    /// Of the target groups that its machines stand in.
    pub registered: Option<Fault>,
    /// Of the workflow that deploys it.
    pub workflow: Option<Fault>,
}

/// The versions that can be deployed somewhere.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Releases {
    /// The newest first.
    pub each: Vec<Release>,
    /// What lists them, as a sentence names it: `ECR growl-backend (us-west-1)`. Not yet safe to show.
    pub of: Arc<str>,
}

/// A version that can be deployed: a label of Elastic Beanstalk, or an image of ECR by the tag that tells it best.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Release {
    /// As it is deployed.
    pub label: VersionLabel,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// What somebody said of it, or its other tags; not yet safe to show.
    pub description: Option<Arc<str>>,
    /// Why it cannot be deployed, where the platform says so; not yet safe to show.
    pub unfit: Option<Arc<str>>,
}

impl Releases {
    /// The release of this label.
    #[must_use]
    pub fn get(&self, label: &VersionLabel) -> Option<&Release> {
        self.each.iter().find(|release| release.label == *label)
    }

    /// Those that can be deployed and are written much like this one, the newest first, so many at most: that hold it, are
    /// held by it, or begin with most of it.
    #[must_use]
    pub fn near(&self, label: &VersionLabel, most: usize) -> Vec<&VersionLabel> {
        let written = label.as_str().to_ascii_lowercase();
        let is_near = |known: &str| {
            let known = known.to_ascii_lowercase();
            let common = known.chars().zip(written.chars()).take_while(|(one, other)| one == other).count();
            known.contains(&written) || written.contains(&known) || common * 2 > written.chars().count()
        };
        let fit = self.each.iter().filter(|release| release.unfit.is_none() && is_near(release.label.as_str()));
        fit.map(|release| &release.label).take(most).collect()
    }
}
