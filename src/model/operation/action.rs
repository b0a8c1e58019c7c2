//! One thing to do at one place, complete in itself: nothing is looked up again when it is begun.
//!
//! An action is part of a plan, and a plan is kept on the disk for as long as an operation lives.
//! So its names on the disk never change, and it holds no secret.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::account::Writer;
use crate::model::circleci::Deploying;
use crate::model::destination::Destination;
use crate::model::id::{Connection, EnvironmentKey, InstanceId, PlatformId, Region, Repository, VersionLabel};

/// Where an action takes place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Place {
    /// The environment.
    pub environment: EnvironmentKey,
    /// The platform's own id of it (`e-abcdefghij`, a target group's ARN): names are used again after a termination.
    pub id: Option<PlatformId>,
    /// The instance, where it is about one.
    pub instance: Option<InstanceId>,
    /// The way in: whose credentials look, and act where nobody else writes. None where none are needed.
    pub connection: Option<Connection>,
    /// Who acts, where that is another than who looks: the plan says so, and nobody else does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<Writer>,
}

/// A target in a target group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Registration {
    /// The target group's ARN.
    pub group: Arc<str>,
    /// The target's port; none where the group's own is meant.
    pub port: Option<u16>,
    /// How many other targets of the group have to be healthy before this one is taken out of it.
    pub keep: u32,
}

/// How a command gets to a machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By the system's ssh.
    Ssh(Destination),
    /// By AWS Systems Manager, to the place's instance.
    Ssm,
}

/// A file that is copied to a machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Copied {
    /// Where it is here.
    pub from: PathBuf,
    /// Where it goes, on the machine. An absolute path, or one below the home of who logs in.
    pub to: String,
}

/// A program that is run here, and what its exit codes mean.
///
/// It is started without a shell. What it writes goes into the operation's output.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Local {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The folder that it is run in.
    pub folder: Option<PathBuf>,
    /// What an exit code other than 0 means, for a person: `2` is `the state has drifted`.
    pub meanings: BTreeMap<i32, String>,
    /// What the last line that it writes has to be, where that counts.
    #[serde(default)]
    pub prints: Option<String>,
    /// How long it may take.
    pub limit: Duration,
}

/// A workflow of CircleCI that is run again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rerun {
    /// What deploys the environment: the newest of it has to be this one still.
    pub of: Deploying,
    /// The id of the workflow.
    pub workflow: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The id of its pipeline: the new workflow is another one there.
    pub pipeline: Arc<str>,
    /// The pipeline's number.
    pub number: u64,
}

/// What is done, or waited for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Elastic Beanstalk: run this version label (`UpdateEnvironment` with nothing else). The running one is a redeploy.
    Deploy(VersionLabel),
    /// Elastic Beanstalk: restart the application servers (`RestartAppServer`).
    Restart,
    /// Elastic Beanstalk: make all resources of the environment anew (`RebuildEnvironment`).
    Rebuild,
    /// Elastic Beanstalk: abort the update that goes on (`AbortEnvironmentUpdate`).
    Abort,
    /// Elastic Beanstalk: exchange the CNAME with another environment (`SwapEnvironmentCNAMEs`).
    Swap {
        /// The other one.
        with: EnvironmentKey,
        /// The platform's own id of the other one.
        id: PlatformId,
    },
    /// Elastic Beanstalk: fewest and most instances (`UpdateEnvironment` with two option settings and no version).
    Resize {
        /// The fewest.
        fewest: u32,
        /// The most.
        most: u32,
    },
    /// CircleCI: run a workflow again, from its beginning (`POST /workflow/{id}/rerun`).
    Rerun(Rerun),
    /// Take the instance out of a target group.
    Deregister(Registration),
    /// Put the instance into a target group.
    Register(Registration),
    /// Reboot the instance.
    Reboot,
    /// Terminate the instance in its Auto Scaling group, which makes another.
    Replace,
    /// Terminate the instance.
    Terminate,
    /// Copy files to the machine.
    Copy(Destination, Vec<Copied>),
    /// Run a command on the machine, detached: it goes on without us, and its end can be asked for later.
    Run {
        /// How it gets there.
        way: Way,
        /// The command, for the machine's own shell.
        command: String,
        /// How long it may take: then it is ended, there.
        limit: Duration,
    },
    /// Run a program here.
    Local(Local),
    /// Wait until connections to the instance are drained: it is no target of the group any more.
    Drained(Registration),
    /// Wait until the group finds the instance healthy.
    Healthy(Registration),
    /// Wait until the environment is proven to run this version: the label, ready, and no error event since.
    Proven(VersionLabel),
    /// Wait until other machines than these serve the environment, alone, and run this commit where they tell.
    Renewed {
        /// Those that were there before.
        before: Vec<InstanceId>,
        /// The commit, abbreviated or whole.
        commit: Option<Arc<str>>,
    },
    /// See that each instance runs this version, as it tells itself. Where nothing tells it, it ends well and says so.
    Runs {
        /// The version that each was to get.
        version: VersionLabel,
        /// Other names of the same: further tags of the image.
        #[serde(default)]
        also: Vec<VersionLabel>,
        /// Instances of which it is not expected: they were left out, or have failed. What they run is told all the same.
        /// In a plan there are none; they are filled in when it is looked.
        #[serde(default)]
        except: Vec<InstanceId>,
    },
    /// Watch that the environment stays well. It ends, failed, when the platform finds it degraded or severe; by
    /// itself it ends in no other way: whoever watches says for how long.
    Steady,
    /// Check that the machine can be reached this way.
    Reached(Way),
    /// Check that an image with this tag is in the repository of ECR.
    Built {
        /// The registry's region.
        region: Region,
        /// The repository's name.
        repository: Arc<str>,
        /// The tag.
        tag: Arc<str>,
    },
    /// Check that no run of these workflows goes on.
    Quiet {
        /// `owner/name`.
        repository: Repository,
        /// The workflows' files.
        workflows: Vec<Arc<str>>,
    },
    /// Wait.
    Pause(Duration),
}

impl Action {
    /// Whether something is sent to begin it. Of the others there is only an end to wait for.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        matches!(
            self,
            Self::Deploy(_)
                | Self::Restart
                | Self::Rebuild
                | Self::Abort
                | Self::Swap { .. }
                | Self::Resize { .. }
                | Self::Rerun(_)
                | Self::Deregister(_)
                | Self::Register(_)
                | Self::Reboot
                | Self::Replace
                | Self::Terminate
                | Self::Copy(..)
                | Self::Run { .. }
        )
    }

    /// Whether beginning it takes an instance out of service.
    #[must_use]
    pub const fn takes_out(&self) -> bool {
        matches!(self, Self::Deregister(_) | Self::Reboot | Self::Replace | Self::Terminate)
    }
}
