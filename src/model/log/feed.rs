//! Where the lines of an environment come from: one entry for each way of reading some of them.
//!
//! A feed carries all that its reader needs. Which feeds an environment has, [`super::feeds`] says.

use std::sync::Arc;

use crate::model::compute::Site;
use crate::model::host::Login;
use crate::model::id::{EnvironmentName, InstanceId, Repository, RunId};
use crate::model::operation::evidence::Mark;
use crate::model::pattern::NamePattern;

/// Whether the lines of log groups are streamed as they are written, for which each session costs money by the minute. What
/// is not streamed is searched for, which is free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Streaming {
    /// It is switched off.
    Off,
    /// By one session; the groups for which it has no room are searched.
    OneSession,
    /// By as many sessions as there have to be, since a person said so.
    AllGroups,
}

impl From<bool> for Streaming {
    /// As the configuration has it: whether lines may be streamed.
    fn from(live: bool) -> Self {
        if live { Self::OneSession } else { Self::Off }
    }
}

/// One way of reading some of an environment's lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Feed {
    /// What Elastic Beanstalk streams to CloudWatch Logs, or collects where it streams nothing.
    Beanstalk {
        /// Where.
        site: Site,
        /// The environment.
        environment: EnvironmentName,
        /// Whether lines are streamed.
        live: Streaming,
        /// Whether its instances may be asked for the ends of their log files where nothing is streamed.
        request: bool,
    },
    /// Groups of CloudWatch Logs that somebody named.
    Groups {
        /// Where.
        site: Site,
        /// Their names, or patterns over names.
        names: Vec<NamePattern>,
        /// As above.
        live: Streaming,
    },
    /// What a command goes on telling.
    Command(Command),
    /// The jobs of a run of a workflow: the logs of those that are over, the steps of those that go on.
    Jobs {
        /// The repository.
        repository: Repository,
        /// The run.
        run: RunId,
    },
    /// What actions of this console write.
    Output {
        /// Which actions.
        marks: Vec<Mark>,
    },
}

/// A command that is run over SSH and tells lines for as long as it is let.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// What its lines are called on screen.
    pub title: Arc<str>,
    /// Where it is run.
    pub at: Place,
    /// What is run.
    pub what: Followed,
}

/// Where a command is run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// On a server.
    Host(Login),
    /// On each of some instances of EC2.
    Instances {
        /// Where they are.
        site: Site,
        /// `host` or `user@host`, in which `{id}`, `{private_ip}` and `{address}` are filled in for each.
        to: Arc<str>,
        /// Which.
        ids: Vec<InstanceId>,
    },
}

/// What is followed over SSH.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Followed {
    /// The containers whose compose project was started from this folder, or from one below it.
    Containers(Arc<str>),
    /// A command line of the configuration. `{since}` in it is the moment from which on lines are wanted, in seconds
    /// since 1970; without it, lines that were told before the connection broke are known again by what they say.
    Line(Arc<str>),
}

/// What stands in a command line for the moment from which on lines are wanted.
pub const SINCE: &str = "{since}";

impl Feed {
    /// Whether older lines come where they are asked for from an earlier moment on. Others tell what they tell, whenever
    /// they are read.
    #[must_use]
    pub fn reaches_back(&self) -> bool {
        match self {
            Self::Beanstalk { .. } | Self::Groups { .. } => true,
            Self::Command(command) => match &command.what {
                Followed::Containers(_) => true,
                Followed::Line(line) => line.contains(SINCE),
            },
            Self::Jobs { .. } | Self::Output { .. } => false,
        }
    }

    /// Whether lines are streamed by sessions that cost money.
    #[must_use]
    pub const fn streaming(&self) -> Streaming {
        match self {
            Self::Beanstalk { live, .. } | Self::Groups { live, .. } => *live,
            Self::Command(_) | Self::Jobs { .. } | Self::Output { .. } => Streaming::Off,
        }
    }

    /// The same feed, streamed so.
    #[must_use]
    pub fn streamed(mut self, streaming: Streaming) -> Self {
        if let Self::Beanstalk { live, .. } | Self::Groups { live, .. } = &mut self {
            *live = streaming;
        }
        self
    }

    /// What it is called where it has to be spoken of as a whole. Its parts come from outside: not yet safe to show.
    #[must_use]
    pub fn title(&self) -> Arc<str> {
        match self {
            Self::Beanstalk { environment, .. } => format!("logs of {environment}").into(),
            Self::Groups { names, .. } => match names.as_slice() {
                [only] => only.as_str().into(),
                several => format!("{} log groups", several.len()).into(),
            },
            Self::Command(command) => Arc::clone(&command.title),
            Self::Jobs { run, .. } => format!("run {run}").into(),
            Self::Output { .. } => "operations".into(),
        }
    }
}
