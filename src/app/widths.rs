//! How wide the texts are that stand in the Fleet's columns: a column is no wider than what it holds.
//!
//! Of everything that is known, whatever the filter and wherever the list is scrolled to: a table that changes its
//! columns while somebody reads it cannot be read.

use std::collections::HashSet;

use super::accounts::Names;
use crate::model::environment::Environment;
use crate::model::id::{AccountId, EnvironmentKey, Region};

/// What stands before the shares of a mixed version, and what one share takes beside its figure: `×g8a52aea `.
const MIXED: (usize, usize) = ("mixed".len(), 10);
/// The digits of a commit that are enough for a person.
const COMMIT: usize = 7;

/// The widest text of each column, in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Widths {
    /// The names.
    pub name: usize,
    /// What accounts are called.
    pub account: usize,
    /// Regions, written out.
    pub region: usize,
    /// Versions: labels, or the shares of those that run beside each other.
    pub version: usize,
}

impl Widths {
    /// Those of all these environments.
    pub fn of<'e>(everything: impl Iterator<Item = (&'e EnvironmentKey, &'e Environment<'e>, bool)>, names: &Names) -> Self {
        let mut widths = Self::default();
        let mut accounts: HashSet<&AccountId> = HashSet::new();
        for (key, environment, is_mixed) in everything {
            widths.name = widths.name.max(characters(key.name.as_str()));
            widths.region = widths.region.max(key.region.as_ref().map_or(0, |region: &Region| characters(region.as_str())));
            widths.version = widths.version.max(version(environment, is_mixed));
            // Few accounts have many environments.
            if let Some(account) = key.account.as_ref().filter(|account| accounts.insert(account)) {
                widths.account = widths.account.max(characters(&names.short(account)));
            }
        }
        widths
    }
}

fn version(environment: &Environment<'_>, is_mixed: bool) -> usize {
    if let Some(instances) = environment.instances().filter(|_| is_mixed) {
        let shares = instances.value.versions().into_iter().map(|(_, count)| MIXED.1 + count.to_string().len());
        return MIXED.0 + shares.sum::<usize>();
    }
    let Some(label) = environment.label() else { return 0 };
    let is_commit = environment.commit().is_some_and(|commit| commit.as_str() == label.as_str());
    if is_commit { COMMIT } else { characters(label.as_str()) }
}

fn characters(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}
