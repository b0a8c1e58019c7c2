//! What is followed of all that there is, until a person chooses otherwise.

use std::collections::BTreeSet;

use super::order::FeedId;
use super::stream::{Fed, Stream};

/// So many feeds that cost money are followed unasked: an account has fifteen live sessions at once (AWS, "CloudWatch
/// Logs quotas", StartLiveTail), which others need as well.
pub const UNASKED: usize = 10;

/// What is followed until a person chooses: all that costs nothing, and the first few of what does.
#[must_use]
pub fn unasked(stream: &Stream) -> BTreeSet<FeedId> {
    let (costly, free): (Vec<_>, Vec<_>) = stream.feeds.iter().partition(|(_, fed)| Fed::costs(fed));
    costly.into_iter().take(UNASKED).chain(free).map(|(id, _)| *id).collect()
}
