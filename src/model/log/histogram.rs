//! How many lines and errors there are over time.

use super::buffer::Buffer;
use super::line::{Key, Millis};
use super::matches::Matches;
use super::order::Order;

/// A piece of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bucket {
    /// When it begins; it ends where the next one begins.
    pub from: Millis,
    /// How many lines.
    pub lines: usize,
    /// How many of them say that something went wrong.
    pub errors: usize,
}

/// The lines from one moment to another (exclusive), in `count` pieces: those that are shown, or all.
///
/// Counted by rank, not line by line: it costs the same for a thousand lines and for a million.
#[must_use]
pub fn histogram(buffer: &Buffer, shown: Option<&Matches>, from: Millis, to: Millis, count: usize) -> Vec<Bucket> {
    let pieces = i64::try_from(count).unwrap_or(i64::MAX).max(1);
    let length = to.since(from).max(0);
    let edge = |piece: i64| from.plus((i128::from(length) * i128::from(piece) / i128::from(pieces)).try_into().unwrap_or(i64::MAX));
    let (order, errors) = shown.map_or_else(|| (buffer.order(), buffer.errors()), |shown| (shown.order(), shown.errors()));
    let rank = |order: &Order, at: Millis| order.rank(Key::start_of(at), |id| buffer.key_of(id));
    let mut notes: Vec<i64> = shown.map_or_else(|| buffer.note_times(u64::MAX).collect(), |shown| shown.note_times(buffer).collect());
    notes.sort_unstable();
    // What the buffer has let go of since the filter looked last is still among what it shows: nothing here may rest on
    // these numbers agreeing.
    let lines = |at: Millis| rank(order, at).saturating_sub(notes.partition_point(|time| *time < at.0));
    let until = |at: Millis| (lines(at), rank(errors, at));
    let mut before = until(from);
    let piece = |piece: i64| {
        let after = until(edge(piece + 1));
        let (lines, errors) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
        before = after;
        Bucket { from: edge(piece), lines, errors }
    };
    (0..pieces).take(count).map(piece).collect()
}
