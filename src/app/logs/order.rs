//! What is asked of whoever follows logs, and what it tells.

use std::path::PathBuf;
use std::sync::Arc;

use super::StreamId;
use super::saving::SaveId;
use crate::model::log::batch;
use crate::model::log::feed::Feed;
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::source::Name;

/// Names a feed within its stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FeedId(pub u32);

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Follow these from now on, and no others of this stream.
    Follow {
        /// The stream.
        stream: StreamId,
        /// What to follow. Those that are followed already go on, unless older lines are wanted.
        feeds: Vec<(FeedId, Feed)>,
        /// From when on lines are wanted.
        since: Millis,
    },
    /// What was told has been taken in: more may be told.
    Taken(StreamId),
    /// Nothing of this stream is wanted any more.
    End(StreamId),
    /// Make a new file that only its owner may read.
    Save(SaveId, Arc<PathBuf>),
    /// Write this behind what is in the file; nothing more comes behind the last piece.
    Piece {
        /// Of which file.
        save: SaveId,
        /// The text.
        text: Arc<[u8]>,
        /// Whether it is the last one.
        is_last: bool,
    },
    /// Stop writing, and take the file away.
    Discard(SaveId),
}

/// One thing told by what is followed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A source was met in this feed, or the feed as a whole. Met once more, it has the number that it had.
    Found(SourceId, FeedId, Name),
    /// Anything else that a tail tells, with numbers of this stream.
    News(batch::News),
    /// A feed will tell nothing more.
    Ended(FeedId),
}

/// What is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// What those that are followed tell. More comes once [`Order::Taken`] was asked for.
    Told {
        /// The stream.
        stream: StreamId,
        /// In their order.
        items: Vec<Item>,
    },
    /// So many bytes are written to a file.
    Written(SaveId, u64),
    /// A file is whole.
    Saved(SaveId),
    /// A file could not be made, or written: why.
    NotSaved(SaveId, Arc<str>),
}
