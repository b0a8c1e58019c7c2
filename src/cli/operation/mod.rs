//! What changes environments, without a screen: each command plans as the console does, shows the plan, is confirmed on
//! the command line, and is followed to its proven end.

mod audit;
mod carried;
mod document;
mod flags;
mod follow;
mod listing;
mod manage;
mod plan;
mod progress;
mod twins;

use clap::Subcommand;

use super::{Common, Exit};

/// What changes environments, and what is known of that.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a version in environments, and follow it until each is proven to run it.
    Deploy(twins::Deploy),
    /// Run a version on every instance of a target group, one after the other, each out of it meanwhile.
    Roll(twins::Roll),
    /// Run the version that runs, once more.
    Redeploy(twins::Redeploy),
    /// Restart the application servers.
    Restart(twins::Restart),
    /// Make every resource of an environment anew; nothing serves meanwhile.
    Rebuild(twins::Rebuild),
    /// Abort the update that goes on, where the platform says that it can be.
    Abort(twins::Abort),
    /// Exchange the CNAMEs of two environments.
    Swap(twins::Swap),
    /// Change how few and how many instances are kept.
    Scale(twins::Scale),
    /// Run a version in every environment of an app: what is not production, a canary, then the rest.
    Wave(twins::Wave),
    /// Look at operations, and carry on those that were interrupted.
    Operations {
        /// What to do; without it they are listed.
        #[command(subcommand)]
        command: Option<manage::Command>,
    },
    /// Read the log of all that was done from this machine.
    Audit(audit::Options),
}

impl Command {
    /// Whether it may carry out an operation: then what was sent is written down before it ends.
    #[must_use]
    pub const fn carries_out(&self) -> bool {
        match self {
            Self::Operations { command: Some(command) } => command.carries_out(),
            Self::Operations { command: None } | Self::Audit(_) => false,
            Self::Deploy(_)
            | Self::Roll(_)
            | Self::Redeploy(_)
            | Self::Restart(_)
            | Self::Rebuild(_)
            | Self::Abort(_)
            | Self::Swap(_)
            | Self::Scale(_)
            | Self::Wave(_) => true,
        }
    }
}

/// Does what was typed.
pub async fn run(common: &Common, command: Command) -> Exit {
    match command {
        Command::Deploy(typed) => twins::run(common, &typed).await,
        Command::Roll(typed) => twins::run(common, &typed).await,
        Command::Redeploy(typed) => twins::run(common, &typed).await,
        Command::Restart(typed) => twins::run(common, &typed).await,
        Command::Rebuild(typed) => twins::run(common, &typed).await,
        Command::Abort(typed) => twins::run(common, &typed).await,
        Command::Swap(typed) => twins::run(common, &typed).await,
        Command::Scale(typed) => twins::run(common, &typed).await,
        Command::Wave(typed) => twins::run(common, &typed).await,
        Command::Operations { command } => manage::run(common, command.unwrap_or_default()).await,
        Command::Audit(options) => audit::run(&options),
    }
}
