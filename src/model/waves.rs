//! How a version goes through many environments of an app, as it is configured: some first, then batches.

use std::time::Duration;

use super::operation::plan::OnFailure;

/// How many begin when, and what is waited for in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waves {
    /// How many environments of production go alone before the others do.
    pub canary: u32,
    /// How many environments one wave of the others has; none where they are one wave.
    pub batch: Option<u32>,
    /// How many may be under way at once.
    pub at_once: u32,
    /// How long the health of each wave is watched before the next one begins.
    pub bake: Duration,
    /// What a failure does to the rest.
    pub on_failure: OnFailure,
}

impl Default for Waves {
    fn default() -> Self {
        Self { canary: 1, batch: None, at_once: 3, bake: Duration::from_secs(300), on_failure: OnFailure::Stop }
    }
}
