//! EC2 as a [`Source`](crate::ops::port::Source) of environments: target groups, and instances by their tags.
//!
//! Asks and translates. Reads no user data, ever: it holds secrets.

mod addresses;
mod checks;
mod commands;
mod image_tags;
mod images;
mod machines;
mod planning;
mod reach;
mod registered;
mod shards;
mod tagged;
mod tagged_words;
mod target_groups;
mod target_words;
mod versions;

#[cfg(test)]
mod tests;

pub(super) use machines::{Machine, Machines};
pub use reach::InstanceAddresses;
pub use tagged::TaggedInstances;
pub use target_groups::TargetGroups;

use super::call::Answer;
use super::pages;
use crate::model::clock::Stamp;
use crate::model::fault::Fault;
use crate::model::id::{AccountId, EnvironmentKey};
use crate::model::sighting::{Coverage, Failure, Observation, Question, Reading, Scope, Sighting, Source as Origin};
use std::sync::Arc;

/// What an answer told, before it is said who asked what.
struct Told {
    account: Option<AccountId>,
    readings: Vec<(EnvironmentKey, Reading)>,
    coverage: Coverage,
}

impl Told {
    /// Nothing, of what nothing is ever told of.
    const fn nothing() -> Self {
        Self { account: None, readings: Vec::new(), coverage: Coverage::Partial }
    }

    /// What was told of one environment.
    fn about(key: &EnvironmentKey, reading: Reading) -> Self {
        Self { account: key.account.clone(), readings: vec![(key.clone(), reading)], coverage: Coverage::Partial }
    }
}

/// An answer as the model takes it.
fn observation(scope: Arc<Scope>, question: Question, about: Option<EnvironmentKey>, answer: Answer<Told>) -> Observation {
    let source = Origin { question, scope };
    let Answer { stamp, told } = answer;
    match told {
        Ok(told) => seen(source, stamp, told),
        Err(fault) => failed(source, stamp, about, fault),
    }
}

fn seen(source: Origin, stamp: Stamp, told: Told) -> Observation {
    let Told { account, readings, coverage } = told;
    Observation::Seen(Sighting { source, stamp, coverage, account, readings, events: Vec::new() })
}

const fn failed(source: Origin, stamp: Stamp, about: Option<EnvironmentKey>, fault: Fault) -> Observation {
    Observation::Failed(Failure { source, stamp, about, fault })
}
