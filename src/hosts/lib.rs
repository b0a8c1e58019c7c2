//! Plain hosts, without any cloud's API: read over the system's `ssh` and by their health pages, and acted on over `ssh`.
//!
//! - [`ssh`]: runs one command on a host, with the user's own configuration, agent and known hosts.
//! - [`http`]: asks for one page, once, and says at which stage that failed.
//! - [`acting`]: files that are copied to a host, and commands that run there without us.
//! - [`logs`]: what containers and commands on hosts go on telling.
//! - [`Hosts`]: the declared servers as a source; [`Probes`]: the pages of environments of any platform.
//! - [`Machines`]: asks the machines of a cloud what runs on them.
//!
//! Nothing here retries, schedules or decides what to believe. What a host or a page answers is
//! anybody's text: limited in size, in time and, by the model, in what it may do to a screen.

pub mod acting;
pub mod found;
pub mod http;
pub mod logs;
mod machines;
mod previews;
mod probes;
mod server;
mod source;
pub mod ssh;
mod survey;

#[cfg(test)]
mod tests;

use quarterdeck_core::{model, ops};

pub use machines::Machines;
pub use probes::Probes;
pub use source::Hosts;
