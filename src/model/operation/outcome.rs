//! How each deed of an operation ended: what the list of its steps shows.

use super::evidence::Outcome;
use super::fact::Spot;
use super::operation::{End, Operation};

impl Operation {
    /// How something ended, and what proves it; none while it has not, or where it was waited for no longer.
    #[must_use]
    pub fn outcome(&self, spot: Spot) -> Option<&Outcome> {
        match &self.progress.get(&spot)?.ended {
            Some((_, End::Outcome(outcome))) => Some(outcome),
            Some((_, End::GivenUp)) | None => None,
        }
    }
}
