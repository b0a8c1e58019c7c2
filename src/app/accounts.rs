//! What accounts are called: by the first configured way in that leads there, where there is one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::remembered;
use super::state::State;
use super::update::say;
use crate::model::account::Standby;
use crate::model::id::{AccountId, Connection};

/// Takes in whose credentials a way in has.
pub fn identified(state: &mut State, connection: Connection, account: AccountId, arn: Arc<str>) {
    state.reading.connections.entry(connection).or_default().identity = Some((account, arn));
    // Rows are sorted and filtered by what accounts are called.
    state.stale_rows = true;
    state.dirty = true;
}

/// Takes in which ways in lead into accounts that others read, and tells the person of the first that does so now.
pub fn stand_by(state: &mut State, standby: Vec<Standby>) {
    if let Some(new) = standby.iter().find(|new| !state.reading.standby.contains(new)) {
        say(state, &new.to_string(), false);
    }
    state.reading.standby = standby;
    remembered::stands_by(state);
    state.dirty = true;
}

/// The names of accounts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names(BTreeMap<AccountId, Connection>);

impl Names {
    /// As far as it is known by now which way in leads where.
    #[must_use]
    pub fn of(state: &State) -> Self {
        let mut names = BTreeMap::new();
        for way in &state.fleet.catalogue().accounts {
            let known = state.reading.connections.get(&way.connection).and_then(|known| known.identity.as_ref());
            if let Some((account, _)) = known {
                names.entry(account.clone()).or_insert_with(|| way.connection.clone());
            }
        }
        Self(names)
    }

    /// What an account is called, where it has a name.
    #[must_use]
    pub fn get(&self, account: &AccountId) -> Option<&Connection> {
        self.0.get(account)
    }

    /// In few letters: its name, its digits where it has none.
    #[must_use]
    pub fn short(&self, account: &AccountId) -> String {
        self.get(account).map_or_else(|| account.to_string(), ToString::to_string)
    }

    /// With all that is known of it: `main 111122223333`.
    #[must_use]
    pub fn full(&self, account: &AccountId) -> String {
        self.get(account).map_or_else(|| account.to_string(), |name| format!("{name} {account}"))
    }
}
