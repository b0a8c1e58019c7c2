//! Quarterdeck without its adapters: all that needs no SDK.
//!
//! A crate of its own, so that it is built while the SDKs still are, and so
//! that nothing in it can name one. The program hands its modules on as its own.
//!
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`app`]: the state and how it changes: events in, effects out. Pure.
//! - [`ui`]: the state drawn in a terminal, and the terminal's events.
//! - [`ops`]: ports, budgets, the schedule of reading, the journals and the driver of operations.
//! - [`config`]: the configuration file, and every mistake in it at once.

pub mod app;
pub mod config;
pub mod model;
pub mod ops;
pub mod ui;
