//! GitHub: reads it through octocrab, tells the model what it said, and answers for a person to what waits there.
//! Beside it CircleCI, over the same transport.
//!
//! The only place that names octocrab, of which only the transport is used: its models refuse answers that
//! GitHub gives, its cache can be poisoned, its retries would send a write again. Types, statuses and messages
//! of GitHub are translated here and go no further. Nothing here retries, schedules or decides what to believe,
//! and no call is made that has not passed its budget.

mod asking;
mod cache;
mod call;
mod changed;
mod circleci;
mod compare;
mod condition;
mod connect;
mod contents;
mod details;
mod error;
mod forge;
mod graph;
mod job_logs;
mod looks;
mod manual;
mod open_pulls;
mod overview;
mod previews;
mod pulls;
mod record;
mod rest;
pub mod rights;
mod rules;
mod runs;
mod settings;
mod soft;
mod statuses;
mod tags;
mod token;
mod touched;
mod workflow;
mod writes;
mod yaml;

#[cfg(test)]
mod adapter_tests;
#[cfg(test)]
mod canned;

use quarterdeck_core::{model, ops};

pub use circleci::{CircleCi, CircleCiSettings, WithWorkflows};
pub use forge::GitHub;
pub use job_logs::JobLogs;
pub use settings::GitHubSettings;
pub use token::Token;
