//! Elastic Beanstalk as a [`Source`] of environments.
//!
//! Asks and translates. What it says of an environment is what one answer
//! told, no more: nothing is filled in from an earlier one but the account,
//! which events do not carry, and where the load balancer's answers are to be had.

mod detail;
pub(super) mod events;
pub(super) mod instances;
mod listing;
mod properties;
mod releases;
mod source;
mod targets;
#[cfg(test)]
mod tests;
pub mod words;

pub use source::Beanstalk;
