//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the crate; `ARCHITECTURE.md` tells why it is so.
//!
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`app`]: the state and how it changes: events in, effects out. Pure.
//! - [`ops`]: ports, budgets, the schedule of reading.
//! - [`ui`]: the terminal: everything the eye sees, and where keys come from.

pub mod app;
pub mod model;
pub mod ops;
pub mod ui;
