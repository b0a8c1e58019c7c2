//! The port through which leases are kept.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::model::fault::Fault;
use crate::model::operation::action::Place;

/// Where leases are kept: whatever all machines see, and what never overwrites when it creates.
pub trait Leases: Send + Sync {
    /// Creates a text under a name, near a place. Says whether it did: there may be one already.
    fn create(&self, place: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<bool, Fault>>;

    /// The text that is there.
    fn read(&self, place: Place, name: Arc<str>) -> BoxFuture<'_, Result<Option<String>, Fault>>;

    /// Writes over what is there.
    fn replace(&self, place: Place, name: Arc<str>, text: String) -> BoxFuture<'_, Result<(), Fault>>;

    /// Removes what is there, if anything is.
    fn remove(&self, place: Place, name: Arc<str>) -> BoxFuture<'_, Result<(), Fault>>;

    /// How a person removes what is there, as the end of a sentence: `run …`.
    fn removal(&self, place: &Place, name: &str) -> String;

    /// What this machine is called.
    fn machine(&self) -> Arc<str>;
}
