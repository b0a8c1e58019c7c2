//! The port through which logs are read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::model::fault::Fault;
use crate::model::id::{Connection, Region};
use crate::model::log::batch::News;
use crate::model::log::line::{Millis, ReportId, SourceId};
use crate::model::log::note::GapId;

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

/// The log groups of an environment.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Groups {
    /// Those to read, by name.
    pub read: Vec<Arc<str>>,
    /// Those whose lines all stand in others: reading them, too, would show everything twice.
    pub beside: Vec<Arc<str>>,
}

/// What to follow. It carries everything that it needs.
#[derive(Clone, Debug)]
pub struct Follow {
    /// The way in.
    pub connection: Connection,
    /// The region.
    pub region: Region,
    /// The groups, by name.
    pub groups: Vec<Arc<str>>,
    /// From when on lines are wanted that were written before.
    pub since: Millis,
    /// Whether lines may be streamed, which costs money by the minute; else they are searched for.
    pub live: bool,
    /// Where its numbers come from.
    pub numbers: Arc<Numbers>,
}

/// Reads logs: what was written lately, and from then on what is written.
///
/// Every call passes a [`crate::ops::limit::Limiter`]. What cannot be read is tried again for as long as the
/// stream is held; what is missing is told, and told again once it was filled. Dropping the stream ends everything.
pub trait Tail: Send + Sync {
    /// The groups of an environment, of no other whose name merely begins with its name.
    ///
    /// # Errors
    /// When they cannot be asked for.
    fn groups<'a>(&'a self, connection: &'a Connection, region: &'a Region, environment: &'a str) -> BoxFuture<'a, Result<Groups, Fault>>;

    /// Follows.
    fn follow(&self, follow: Follow) -> BoxStream<'static, News>;
}
