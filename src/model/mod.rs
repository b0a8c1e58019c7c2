//! The words of the domain and what may be concluded from what was seen.
//!
//! Pure: no I/O, no clock, no terminal, no SDK. Time arrives as an argument.

pub mod activity;
pub mod catalogue;
pub mod clock;
pub mod environment;
pub mod event;
pub mod fault;
pub mod fleet;
pub mod health;
pub mod id;
pub mod instance;
pub mod pattern;
mod records;
pub mod safe_text;
pub mod sighting;
pub mod trouble;
pub mod version;
