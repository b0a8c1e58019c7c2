//! What waits to be handed on: as much at a time as the console takes in within a few milliseconds.

use std::collections::VecDeque;

use crate::app::logs::order::Item;
use crate::model::log::batch::{Batch, News};

/// So many lines are handed on at once.
const AT_ONCE: usize = 1_000;
/// No more lines wait here; the others wait where they are read.
const MOST_WAITING: usize = 20_000;
/// The same of other things, which are few.
const MOST_ITEMS: usize = 5_000;

/// What waits.
#[derive(Default)]
pub(super) struct Frame {
    items: VecDeque<Item>,
    lines: usize,
}

impl Frame {
    /// Whether more may be taken in.
    pub(super) fn has_room(&self) -> bool {
        self.lines < MOST_WAITING && self.items.len() < MOST_ITEMS
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Puts something behind all that waits.
    pub(super) fn push(&mut self, item: Item) {
        let Item::News(News::Lines(mut batch)) = item else { return self.items.push_back(item) };
        self.lines += batch.lines.len();
        // In pieces: a search tells ten thousand lines at once.
        while batch.lines.len() > AT_ONCE {
            let rest = batch.lines.split_off(AT_ONCE);
            let piece = std::mem::replace(&mut batch.lines, rest);
            self.items.push_back(Item::News(News::Lines(Batch { lines: piece, ..batch })));
        }
        self.items.push_back(Item::News(News::Lines(batch)));
    }

    /// Takes what is handed on next.
    pub(super) fn next(&mut self) -> Vec<Item> {
        let (mut items, mut lines) = (Vec::new(), 0);
        while let Some(item) = self.items.pop_front() {
            let own = if let Item::News(News::Lines(batch)) = &item { batch.lines.len() } else { 0 };
            if lines > 0 && lines + own > AT_ONCE {
                self.items.push_front(item);
                break;
            }
            lines += own;
            items.push(item);
        }
        self.lines -= lines;
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};

    #[test]
    fn much_is_handed_on_in_pieces_in_its_order() {
        let line = |time| NewLine { source: SourceId(1), time: Millis(time), ingested: None, text: Vec::new() };
        let batch = |times: std::ops::Range<i64>| {
            Item::News(News::Lines(Batch { report: ReportId(1), live: true, lines: times.map(line).collect() }))
        };
        let mut frame = Frame::default();
        frame.push(batch(0..2_500));
        frame.push(batch(2_500..2_700));
        let mut told = Vec::new();
        let mut largest = 0;
        while !frame.is_empty() {
            let before = told.len();
            for item in frame.next() {
                let Item::News(News::Lines(batch)) = item else { panic!("{item:?}") };
                told.extend(batch.lines.into_iter().map(|line| line.time.0));
            }
            largest = largest.max(told.len() - before);
        }
        assert_eq!((told, largest, frame.lines), ((0..2_700).collect(), AT_ONCE, 0));
        frame.push(batch(0..30_000));
        assert!(!frame.has_room());
    }
}
