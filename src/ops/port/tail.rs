//! The port through which logs are read.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::model::compute::Site;
use crate::model::fault::Fault;
use crate::model::id::InstanceId;
use crate::model::log::batch::News;
use crate::model::log::feed::Feed;
use crate::model::log::known::Known;
use crate::model::log::line::{Millis, ReportId, SourceId};
use crate::model::log::note::GapId;
use crate::model::log::source::Name;

/// The numbers by which sources, reports and gaps of one stream are told apart, whoever tells of them.
#[derive(Debug, Default)]
pub struct Numbers {
    sources: AtomicU32,
    reports: AtomicU32,
    gaps: AtomicU64,
}

impl Numbers {
    /// A new source's id; `None` where there are too many to be told apart.
    #[must_use]
    pub fn source(&self) -> Option<SourceId> {
        u16::try_from(self.sources.fetch_add(1, Ordering::Relaxed)).ok().map(SourceId)
    }

    /// A new report's id.
    #[must_use]
    pub fn report(&self) -> ReportId {
        ReportId(self.reports.fetch_add(1, Ordering::Relaxed))
    }

    /// A new gap's id.
    #[must_use]
    pub fn gap(&self) -> GapId {
        GapId(self.gaps.fetch_add(1, Ordering::Relaxed))
    }
}

/// What to follow. It carries everything that it needs.
#[derive(Clone, Debug)]
pub struct Follow {
    /// Where the lines come from.
    pub feed: Feed,
    /// From when on lines are wanted that were written before.
    pub since: Millis,
    /// Whether it goes on with what is written from now on; else the stream ends once everything up to now was told.
    pub goes_on: bool,
    /// Where its numbers come from: the same for all that is followed as one stream.
    pub numbers: Arc<Numbers>,
    /// What earlier readings of this feed have told in the same stream, by source: of lines that no service tells a time
    /// of, so that nothing else knows them again.
    pub known: Arc<HashMap<Name, Known>>,
}

/// Tells where the machines of a cloud are reached.
pub trait Addresses: Send + Sync {
    /// A text with what is in braces filled in for each of some instances, as [`crate::model::compute::Place`] has it.
    /// Instances that are off or gone are left out.
    ///
    /// # Errors
    /// When nobody tells, or not all that is in braces.
    fn fill<'a>(&'a self, site: &'a Site, text: &'a str, ids: &'a [InstanceId]) -> BoxFuture<'a, Result<Vec<(InstanceId, String)>, Fault>>;
}

/// Reads logs: what was written lately, and from then on what is written.
///
/// It first tells of the feed itself, as [`News::Found`] has it. Every call passes a [`crate::ops::limit::Limiter`].
/// What cannot be read is tried again for as long as the stream is held; what is missing is told, and told again once
/// it was filled. Dropping the stream ends everything that it has started.
pub trait Tail: Send + Sync {
    /// Follows a feed.
    fn follow(&self, follow: Follow) -> BoxStream<'static, News>;
}
