//! Quarterdeck: a terminal operations console for teams that deploy to AWS from GitHub.
//!
//! The map of the crate; `ARCHITECTURE.md` tells why it is so.
//!
//! - [`aws`]: reads AWS through its SDKs and tells the model what was seen.
//! - [`model`]: the words of the domain and what may be concluded from what was seen. Pure.
//! - [`ops`]: ports, budgets, the schedule of reading.

pub mod aws;
pub mod model;
pub mod ops;
