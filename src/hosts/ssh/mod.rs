//! One command on one host, by the system's `ssh`.
//!
//! The program itself, so that the user's configuration, agent, hardware keys, jump hosts and
//! known hosts hold. It asks nobody anything (`BatchMode`): what would need an answer is an error
//! that says what to do. Its process group ends with whoever waits for it.
//!
//! A command without a terminal goes on at the host when the connection ends, until it writes:
//! what must not go on has to limit its own time.

mod command;
mod error;
mod lines;
mod run;

#[cfg(test)]
pub(crate) mod server;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

pub use command::Command;
pub use error::{Failure, SshError};
pub use lines::{Line, Lines};
pub use run::{Limits, Output};

use crate::model::destination::Destination;

/// How the system's ssh is called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ssh {
    /// The program: a name to be found on the `PATH`, or a path.
    pub program: PathBuf,
    /// A configuration file in place of the user's own.
    pub config: Option<PathBuf>,
    /// Further options, such as `Port=2222`. None of them overrides what is set here.
    pub options: Vec<String>,
    /// How long the making of a connection may take.
    pub patience: Duration,
}

impl Default for Ssh {
    fn default() -> Self {
        Self { program: PathBuf::from("ssh"), config: None, options: Vec::new(), patience: Duration::from_secs(10) }
    }
}

/// Set for every call. The first of several values of an option counts (ssh_config(5)), so neither the
/// user's file nor configured options change these.
///
/// Nobody is there to be asked, and nothing but one command is wanted: no forwarding, which would give
/// the host the user's agent or hold a port, and no terminal. A connection that is shared already
/// (`ControlPath`) is used, but none is left behind: it would outlive this program.
const ALWAYS: [&str; 12] = [
    "BatchMode=yes",
    "ClearAllForwardings=yes",
    "ConnectionAttempts=1",
    "ControlMaster=no",
    "ForwardAgent=no",
    "ForwardX11=no",
    "LogLevel=ERROR",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "ServerAliveCountMax=3",
    "ServerAliveInterval=5",
];

impl Ssh {
    /// The arguments of one call.
    fn arguments(&self, to: &Destination, command: &Command) -> Vec<String> {
        let mut arguments = vec!["-T".to_owned()];
        if let Some(config) = &self.config {
            arguments.extend(["-F".to_owned(), config.to_string_lossy().into_owned()]);
        }
        let timeout = format!("ConnectTimeout={}", self.patience.as_secs().max(1));
        let set = ALWAYS.into_iter().map(str::to_owned).chain([timeout]).chain(self.options.iter().cloned());
        arguments.extend(set.flat_map(|option| ["-o".to_owned(), option]));
        // Behind it nothing is read as an option, whatever it begins with.
        arguments.extend(["--".to_owned(), to.as_str().to_owned(), command.as_str().to_owned()]);
        arguments
    }
}
