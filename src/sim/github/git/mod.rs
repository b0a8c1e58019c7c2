//! Real repositories: their history worked out beforehand, built and asked by git.
//!
//! [`history`] and [`objects`] are pure; only [`ask`] runs programs.

pub mod ask;
pub mod diff;
pub mod history;
mod import;
pub mod objects;
