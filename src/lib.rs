//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the code; `ARCHITECTURE.md` tells why it is so. What needs no SDK is the crate
//! `quarterdeck-core`, what calls AWS the crate `quarterdeck-aws`, what calls GitHub the crate
//! `quarterdeck-github`, what reads plain hosts the crate `quarterdeck-hosts`; all are handed on here.
//!
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`app`]: the state and how it changes: events in, effects out. Pure.
//! - [`ui`]: the state drawn in a terminal, and the terminal's events.
//! - [`ops`]: ports, budgets, the schedule of reading, and who carries out what.
//! - [`aws`]: reads AWS through its SDKs, and acts there.
//! - [`github`]: reads GitHub through octocrab, and answers to what waits there.
//! - [`hosts`]: reads plain hosts over the system's `ssh`, and health pages; acts over `ssh`.
//! - [`commands`]: the shell towards commands of a team's own.
//! - [`config`]: the configuration file, and every mistake in it at once.
//! - [`acting`]: the shell towards what acts.
//! - [`files`]: new files that only this person can read.
//! - [`forge`]: the shell towards GitHub.
//! - [`locks`]: the shell towards the file of locks.
//! - [`logs`]: the shell towards logs: runs what is followed.
//! - [`operations`]: the shell towards operations: starts, resumes and follows them.
//! - [`remember`]: the shell towards what is kept between two runs.
//! - [`tails`]: who reads which logs.
//! - [`shell`]: effects to tasks, answers to events.
//! - [`cli`]: the command line.
//! - [`log`]: the program's own log.
//! - [`bugs`]: what becomes of a panic.

pub use quarterdeck_aws as aws;
pub use quarterdeck_core::{app, config, model, ops, ui};
pub use quarterdeck_github as github;
pub use quarterdeck_hosts as hosts;

pub mod acting;
pub mod bugs;
pub mod cli;
pub mod commands;
pub mod files;
pub mod forge;
pub mod locks;
pub mod log;
pub mod logs;
pub mod operations;
pub mod remember;
pub mod shell;
pub mod sources;
pub mod tails;
