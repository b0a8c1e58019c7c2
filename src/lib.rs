//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the crate; `ARCHITECTURE.md` tells why it is so.
//!
//! - [`config`]: the configuration file, its rules and its mistakes. Only this names the TOML crate.
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`ops`]: ports, budgets, the schedule of reading.

pub mod config;
pub mod model;
pub mod ops;
