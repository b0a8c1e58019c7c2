//! What is told, and what is thrown away where nobody takes it.
//!
//! A live tail has to be read at once, since the service throws away what waits,
//! and does not say so. So what the console cannot take is thrown away here, and is told.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::model::log::batch::{Batch, News};
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::note::{Gap, Loss};
use crate::ops::port::Numbers;

/// How much may wait to be taken: some minutes of updates.
const MOST_WAITING: usize = 1_024;

/// Where what is told goes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Out {
    sender: mpsc::Sender<News>,
    numbers: Arc<Numbers>,
    dropped: Arc<Mutex<Option<Gap>>>,
}

pub(super) fn channel(numbers: Arc<Numbers>) -> (Out, mpsc::Receiver<News>) {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    (Out { sender, numbers, dropped: Arc::default() }, receiver)
}

impl Out {
    /// Tells something that can wait until it is taken.
    pub(super) async fn tell(&self, news: News) {
        // Nobody listens any more: then all of this ends at once.
        let _ = self.sender.send(news).await;
    }

    /// Tells lines that cannot wait.
    pub(super) fn tell_at_once(&self, batch: Batch) {
        if batch.lines.is_empty() {
            return;
        }
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gap) = dropped.take()
            && let Err(mpsc::error::TrySendError::Full(News::Missing(gap))) = self.sender.try_send(News::Missing(gap))
        {
            *dropped = Some(gap);
        }
        if let Err(mpsc::error::TrySendError::Full(News::Lines(batch))) = self.sender.try_send(News::Lines(batch)) {
            self.drop_lines(&mut dropped, &batch);
        }
    }

    fn drop_lines(&self, dropped: &mut Option<Gap>, batch: &Batch) {
        let Some((first, last)) = span(batch.lines.iter().map(|line| line.time)) else { return };
        let mut sources: Vec<SourceId> = batch.lines.iter().map(|line| line.source).collect();
        sources.sort_unstable();
        sources.dedup();
        let fresh = || Gap {
            id: self.numbers.gap(),
            loss: Loss::Dropped,
            sources: sources.into(),
            from: first,
            to: last,
            count: Some(0),
            filled: false,
        };
        let gap = dropped.get_or_insert_with(fresh);
        gap.to = gap.to.max(last);
        gap.count = gap.count.map(|count| count + batch.lines.len() as u64);
    }
}

/// The first and the last of some moments.
pub(super) fn span(times: impl Iterator<Item = Millis>) -> Option<(Millis, Millis)> {
    times.fold(None, |span, time| Some(span.map_or((time, time), |(first, last): (Millis, Millis)| (first.min(time), last.max(time)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::line::{NewLine, ReportId};

    #[tokio::test]
    async fn what_nobody_takes_is_thrown_away_and_counted() {
        let (out, mut news) = channel(Arc::default());
        let line = |time| NewLine { source: SourceId(3), time: Millis(time), ingested: None, text: b"x".to_vec() };
        let batch = |time| Batch { report: ReportId(1), live: true, lines: vec![line(time), line(time + 1)] };
        let most = i64::try_from(MOST_WAITING).unwrap();
        for time in 0..most + 5 {
            out.tell_at_once(batch(time * 10));
        }
        for _ in 0..10 {
            news.recv().await.unwrap();
        }
        out.tell_at_once(batch(most * 100));
        let mut gaps = Vec::new();
        while let Ok(told) = news.try_recv() {
            if let News::Missing(gap) = told {
                gaps.push(gap);
            }
        }
        let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
        assert_eq!((gap.loss, gap.count, gap.from, gap.to), (Loss::Dropped, Some(10), Millis(most * 10), Millis(most * 10 + 41)));
    }
}
