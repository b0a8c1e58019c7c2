//! AWS: reads it through its SDKs, tells the model what was seen, and acts there.
//!
//! The only place that names an SDK. Types, statuses and error codes of AWS
//! are translated here and go no further. Nothing here retries, schedules or
//! decides what to believe, and no call is made that has not passed its budget.

pub mod acting;
pub mod beanstalk;
mod call;
mod chain;
pub mod clients;
pub mod compute;
pub mod connection;
pub mod discovery;
mod error;
mod fetch;
mod http;
pub mod inventory;
mod kept;
mod local;
pub mod logs;
mod pages;
pub mod permissions;
pub mod profile_names;
mod profiles;
mod sent;
pub mod skew;
mod target_state;
mod told;
mod whole;

#[cfg(test)]
mod canned;

use quarterdeck_core::{model, ops};

pub use acting::Acting;
pub use beanstalk::Beanstalk;
pub use clients::Clients;
pub use compute::{InstanceAddresses, TaggedInstances, TargetGroups};
pub use connection::{Access, ConnectionSettings, Keys};
pub use discovery::Account;
pub use logs::CloudWatchLogs;
