//! FilterLogEvents: what was written in a span, page by page.

use std::sync::Arc;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::super::call::{Line, Wire};
use super::operation;
use super::sources::Sources;
use crate::model::fault::Fault;
use crate::model::log::line::{Millis, NewLine, SourceId};
use crate::model::log::source::Name;

/// A line that was found, and the id that the service gave it.
pub(super) struct Found {
    pub(super) event: Option<String>,
    pub(super) line: NewLine,
}

/// One page of a group, and where the next one begins.
pub(super) struct Page {
    pub(super) found: Vec<Found>,
    /// Sources that are new.
    pub(super) sources: Vec<(SourceId, Name)>,
    pub(super) next: Option<String>,
}

/// Asks for one page of what was written from one moment to another (both inclusive, as the service has it).
pub(super) async fn page(
    wire: &Wire,
    line: &Line,
    sources: &Sources,
    group: &Arc<str>,
    (from, to): (Millis, Millis),
    token: Option<String>,
) -> Result<Page, Fault> {
    let client = line.opened.logs(&line.region);
    let asked = client.filter_log_events().log_group_name(&**group).start_time(from.0.max(0)).end_time(to.0.max(0)).set_next_token(token);
    let told = wire.call(line, operation("FilterLogEvents"), asked.send()).await.told?;
    let mut page = Page { found: Vec::with_capacity(told.events().len()), sources: Vec::new(), next: told.next_token };
    for event in told.events.unwrap_or_default() {
        let found = found(sources, group, event, from, &mut page.sources);
        page.found.push(found);
    }
    Ok(page)
}

/// A line whose time is not told, which the service's model allows, stands where it was searched from.
fn found(sources: &Sources, group: &Arc<str>, event: FilteredLogEvent, from: Millis, new: &mut Vec<(SourceId, Name)>) -> Found {
    let source = sources.id_of(group, event.log_stream_name.as_deref().unwrap_or_default(), new);
    let line = NewLine {
        source,
        time: event.timestamp.or(event.ingestion_time).map_or(from, Millis),
        ingested: event.ingestion_time.map(Millis),
        text: event.message.unwrap_or_default().into_bytes(),
    };
    Found { event: event.event_id, line }
}
