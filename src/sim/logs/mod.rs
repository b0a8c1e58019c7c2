//! What the simulated cloud writes into CloudWatch Logs, and who listens.
//!
//! Lines are not kept: each is a function of the seed, the instance, the second
//! and how its environment was then. So the same seed writes the same lines at the same
//! distance from the start, whoever asks, and the truth can be asked for as often as one likes.
//!
//! ```text
//! collected the ends of files, as Elastic Beanstalk collects them on request
//! stream    which files of which instances there are, and when
//! write     the lines of one second of one file
//! shelf     seconds that were written lately, so that they need not be written again
//! pattern   which lines a filter pattern shows
//! session   live tails: updates, sampling, slow readers, expiry
//! quota     how often each operation may be called
//! ```

pub mod collected;
pub mod pattern;
pub mod quota;
pub mod session;
pub mod shelf;
pub mod stream;
pub mod write;

#[cfg(test)]
mod tests;

use self::quota::Quotas;
use self::session::{Lost, Session};
use self::shelf::Shelf;
use self::stream::Lives;

/// Everything about logs that is not a function of something else.
#[derive(Debug, Default)]
pub struct Logs {
    /// When instances lived.
    pub lives: Lives,
    /// What was written lately.
    pub shelf: Shelf,
    /// What is left of the quotas.
    pub quotas: Quotas,
    /// Live tails that are open.
    pub sessions: Vec<Session>,
    /// How many there have been.
    pub opened: u64,
    /// What live tails did not send, as it really was.
    pub lost: Vec<Lost>,
}
