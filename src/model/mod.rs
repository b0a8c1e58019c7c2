//! The words of the domain and what may be concluded from what was seen.
//!
//! Pure: no I/O, no clock, no terminal, no SDK. Time arrives as an argument.

pub mod account;
pub mod activity;
pub mod catalogue;
pub mod chain;
pub mod circleci;
pub mod clock;
pub mod column;
pub mod commit;
pub mod compute;
pub mod deploys;
pub mod destination;
pub mod dispatch;
pub mod environment;
pub mod event;
pub mod fault;
pub mod fleet;
pub mod folder;
pub mod forge;
pub mod freeze;
#[cfg(test)]
mod github_facts;
pub mod health;
pub mod host;
pub mod id;
pub mod import;
pub mod instance;
pub mod link;
pub mod lock;
pub mod log;
pub mod memory;
pub mod operation;
pub mod pattern;
pub mod pipeline;
pub mod planning;
pub mod preview;
pub mod probe;
pub mod promotion;
pub mod record;
mod records;
pub mod remote;
pub mod rolling;
pub mod rollout;
pub mod run;
pub mod safe_text;
pub mod scan;
pub mod sighting;
pub mod strategy;
pub mod tag;
pub mod tagged;
pub mod timeline;
pub mod trouble;
pub mod version;
pub mod view;
pub mod waves;
pub mod write;
