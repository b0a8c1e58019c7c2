//! What several reports tell of one line.
//!
//! A line has no id of its own. What one report tells is a multiset: lines that
//! look the same and happened in the same moment are as many as were told. Of
//! reports that overlap the largest count of each line is the true one, not the
//! sum. So what is kept does not depend on which report came first, nor on how often
//! something was told.
//!
//! Counted are only the lines that a report told and that were held already:
//! what it brought itself, the buffer knows.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use super::line::{Millis, SourceId};

/// From when to when a report told lines of a source.
#[derive(Debug)]
struct Span {
    report: u16,
    from: i64,
    to: i64,
}

/// The reports so far.
#[derive(Debug, Default)]
pub(super) struct Overlaps {
    /// By source.
    spans: Vec<Vec<Span>>,
    /// How often a report told a line that another had brought.
    doubles: HashMap<(u16, u64), u32>,
    hasher: RandomState,
}

impl Overlaps {
    /// Notes that a report tells of a moment of a source, and says whether another one has told of the time around it.
    pub(super) fn tell(&mut self, report: u16, source: SourceId, time: Millis) -> bool {
        let place = usize::from(source.0);
        if self.spans.len() <= place {
            self.spans.resize_with(place + 1, Vec::new);
        }
        let Some(spans) = self.spans.get_mut(place) else { return true };
        let overlapped = spans.iter().any(|span| span.report != report && (span.from..=span.to).contains(&time.0));
        if let Some(own) = spans.iter_mut().find(|span| span.report == report) {
            own.from = own.from.min(time.0);
            own.to = own.to.max(time.0);
        } else {
            spans.push(Span { report, from: time.0, to: time.0 });
        }
        overlapped
    }

    /// Whether a line that a report tells is one of the `others` that look the same and that other reports brought.
    pub(super) fn is_double(&mut self, report: u16, identity: (SourceId, Millis, i32, &[u8]), others: u32) -> bool {
        if others == 0 {
            return false;
        }
        let told = self.doubles.entry((report, self.hasher.hash_one(identity))).or_default();
        let is_double = *told < others;
        *told += u32::from(is_double);
        is_double
    }

    /// A report will tell nothing more: what it told stays known, its counts are not needed any more.
    pub(super) fn end(&mut self, report: u16) {
        self.doubles.retain(|(of, _), _| *of != report);
    }

    /// Everything before a moment is gone: forgets the spans that end before it.
    pub(super) fn forget(&mut self, before: i64) {
        for spans in &mut self.spans {
            spans.retain(|span| span.to >= before);
        }
    }
}
