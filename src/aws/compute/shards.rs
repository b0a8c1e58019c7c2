//! A lock for each place: whoever asks at one place waits for whoever asks there, and for nobody else.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// What is remembered of each place. Cheap to clone; all clones are one.
///
/// A place is held while it is asked: who comes next finds what was told, and does not ask again. Which
/// places there are is looked up under a lock of its own that nobody holds across a call, so that a region
/// that does not answer stalls none but itself.
pub struct Shards<K, V> {
    places: Arc<Mutex<Places<K, V>>>,
}

type Places<K, V> = HashMap<K, Arc<Turn<V>>>;

impl<K, V> Clone for Shards<K, V> {
    fn clone(&self) -> Self {
        Self { places: Arc::clone(&self.places) }
    }
}

impl<K, V> Default for Shards<K, V> {
    fn default() -> Self {
        Self { places: Arc::default() }
    }
}

impl<K: Eq + Hash, V: Default> Shards<K, V> {
    /// What is remembered of this place, held until it is let go of.
    pub async fn hold(&self, place: K) -> OwnedMutexGuard<V> {
        let turn = Arc::clone(self.places.lock().unwrap_or_else(PoisonError::into_inner).entry(place).or_default());
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_place_that_is_held_stalls_no_other_and_tells_the_next_what_it_learnt() {
        let shards: Shards<&str, Vec<u8>> = Shards::default();
        let mut slow = shards.hold("us-west-1").await;
        assert!(shards.hold("us-west-2").now_or_never().is_some());
        assert!(shards.clone().hold("us-west-1").now_or_never().is_none(), "all clones are one");
        slow.push(7);
        drop(slow);
        assert_eq!(*shards.hold("us-west-1").await, [7]);
    }
}
