//! What a tail tells: lines, what is missing, and how its sources are.

use super::line::{Millis, NewLine, ReportId, SourceId};
use super::note::{Gap, Marker};
use super::source::State;

/// Lines of one report, in the order in which each source wrote them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Which report.
    pub report: ReportId,
    /// Whether they are told as they happen; else they were looked up, and none of them is late.
    pub live: bool,
    /// The lines.
    pub lines: Vec<NewLine>,
}

/// One thing that a tail tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum News {
    /// A source that was found. Its id is new. A feed tells of itself first: as a source whose stream has no name, so
    /// that how it is can be told before it has any lines.
    Found(SourceId, super::source::Name),
    /// Lines.
    Lines(Batch),
    /// Something is missing, or is not any more.
    Missing(Gap),
    /// Something happened.
    Happened(Marker),
    /// How some sources are from now on.
    Is(Vec<SourceId>, State),
    /// All lines up to a moment have been told, as far as the service tells.
    Told(Vec<SourceId>, Millis),
    /// A report is at its end.
    Ended(ReportId),
}
