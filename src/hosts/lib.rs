//! Plain hosts, read without any cloud's API: over the system's `ssh`, and by their health pages.
//!
//! - [`ssh`]: runs one command on a host, with the user's own configuration, agent and known hosts.
//! - [`http`]: asks for one page, once, and says at which stage that failed.
//! - [`Hosts`]: the declared servers as a source; [`Probes`]: the pages of environments of any platform.
//! - [`Machines`]: asks the machines of a cloud what runs on them.
//!
//! Nothing here retries, schedules or decides what to believe. What a host or a page answers is
//! anybody's text: limited in size, in time and, by the model, in what it may do to a screen.

pub mod http;
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
