//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the crate; `ARCHITECTURE.md` tells why it is so.
//!
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`app`]: the state and how it changes: events in, effects out. Pure.
//! - [`ui`]: the state drawn in a terminal, and the terminal's events.
//! - [`ops`]: ports, budgets, the schedule of reading.
//! - [`aws`]: reads AWS through its SDKs.
//! - [`config`]: the configuration file, and every mistake in it at once.
//! - [`shell`]: effects to tasks, answers to events.
//! - [`cli`]: the command line.
//! - [`log`]: the program's own log.
//! - [`bugs`]: what becomes of a panic.

pub mod app;
pub mod aws;
pub mod bugs;
pub mod cli;
pub mod config;
pub mod log;
pub mod model;
pub mod ops;
pub mod shell;
pub mod ui;
