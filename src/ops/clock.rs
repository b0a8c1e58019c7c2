//! Where the present comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::clock::{Stamp, Timestamp};

/// Tells the time. The shell injects the system's; tests inject their own.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
}

/// Gives questions their stamps.
#[derive(Clone)]
pub struct Stamps {
    clock: Arc<dyn Clock>,
    next: Arc<AtomicU64>,
}

impl Stamps {
    /// Stamps by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, next: Arc::new(AtomicU64::new(1)) }
    }

    /// A stamp for a question that is being asked now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { asked_at: self.clock.now(), sequence: self.next.fetch_add(1, Ordering::Relaxed) }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
