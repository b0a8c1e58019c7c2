//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the crate; `ARCHITECTURE.md` tells why it is so.
//!
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`app`]: the state and how it changes: events in, effects out. Pure.
//! - [`config`]: the configuration file, and every mistake in it at once.
//! - [`ops`]: ports, budgets, the schedule of reading.

pub mod app;
pub mod config;
pub mod model;
pub mod ops;
