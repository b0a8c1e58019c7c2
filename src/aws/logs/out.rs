//! What is told, and what is thrown away where nobody takes it.
//!
//! A live tail has to be read at once, since the service throws away what waits,
//! and does not say so. So what the console cannot take is thrown away here, and is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    waiting: Arc<Mutex<Waiting>>,
}

/// What could not be taken when it was told.
#[derive(Default)]
struct Waiting {
    /// In order; no lines.
    news: VecDeque<News>,
    /// Of how many lines, and which, it has to be told yet that they were thrown away.
    dropped: Option<Gap>,
}

pub(super) fn channel(numbers: Arc<Numbers>) -> (Out, mpsc::Receiver<News>) {
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    (Out { sender, numbers, waiting: Arc::default() }, receiver)
}

impl Out {
    /// Tells something, once what was told before it has been taken.
    pub(super) async fn tell(&self, news: News) {
        loop {
            // Nobody listens any more: then all of this ends at once.
            let Ok(place) = self.sender.reserve().await else { return };
            let mut waiting = self.waiting();
            match waiting.next() {
                Some(before) => place.send(before),
                None => return place.send(news),
            }
        }
    }

    /// The same without waiting: for whoever has to read on. Lines that cannot be taken are thrown away and counted; what
    /// else cannot be taken is kept until it can.
    pub(super) fn tell_at_once(&self, news: News) {
        let mut waiting = self.waiting();
        while let Ok(place) = self.sender.try_reserve() {
            let Some(before) = waiting.next() else { return place.send(news) };
            place.send(before);
        }
        match news {
            News::Lines(batch) => self.drop_lines(&mut waiting.dropped, &batch),
            news => waiting.keep(news),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Waiting {
    fn next(&mut self) -> Option<News> {
        self.news.pop_front().or_else(|| self.dropped.take().map(News::Missing))
    }

    /// Keeps something. What only says anew how something is takes the place of what it replaces, so that this does not
    /// grow for as long as nobody listens.
    fn keep(&mut self, news: News) {
        let is_replaced = |before: &News| match (before, &news) {
            (News::Told(of, _), News::Told(now, _)) | (News::Is(of, _), News::Is(now, _)) => of == now,
            (News::Missing(of), News::Missing(now)) => of.id == now.id,
            _ => false,
        };
        self.news.retain(|before| !is_replaced(before));
        self.news.push_back(news);
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
    use crate::model::log::source::{Name, State};

    fn lines(time: i64) -> News {
        let line = |time| NewLine { source: SourceId(3), time: Millis(time), ingested: None, text: b"x".to_vec() };
        News::Lines(Batch { report: ReportId(1), live: true, lines: vec![line(time), line(time + 1)] })
    }

    fn most() -> i64 {
        i64::try_from(MOST_WAITING).unwrap()
    }

    #[tokio::test]
    async fn what_nobody_takes_is_thrown_away_and_counted() {
        let (out, mut news) = channel(Arc::default());
        for time in 0..most() + 5 {
            out.tell_at_once(lines(time * 10));
        }
        for _ in 0..10 {
            news.recv().await.unwrap();
        }
        out.tell_at_once(lines(most() * 100));
        let mut gaps = Vec::new();
        while let Ok(told) = news.try_recv() {
            if let News::Missing(gap) = told {
                gaps.push(gap);
            }
        }
        let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
        assert_eq!((gap.loss, gap.count, gap.from, gap.to), (Loss::Dropped, Some(10), Millis(most() * 10), Millis(most() * 10 + 41)));
    }

    #[tokio::test]
    async fn who_reads_a_live_tail_never_waits_for_who_listens_and_nothing_but_lines_is_lost() {
        let (out, mut news) = channel(Arc::default());
        for time in 0..most() {
            out.tell_at_once(lines(time));
        }
        let name = Name { group: "web".into(), stream: "i-9".into() };
        // None of this waits, though nobody listens.
        out.tell_at_once(News::Found(SourceId(9), name));
        for second in 0..1_000 {
            out.tell_at_once(News::Told(vec![SourceId(9)], Millis(second)));
            out.tell_at_once(News::Is(vec![SourceId(9)], State::Live));
        }
        assert!(out.waiting().news.len() <= 3, "{}", out.waiting().news.len());
        for _ in 0..most() {
            assert!(matches!(news.recv().await, Some(News::Lines(_))));
        }
        // What others tell comes behind it: a source is known before its lines.
        out.tell(lines(7)).await;
        let kinds: Vec<&str> = std::iter::from_fn(|| news.try_recv().ok())
            .map(|told| match told {
                News::Found(..) => "found",
                News::Told(_, Millis(999)) => "told",
                News::Is(..) => "is",
                News::Lines(_) => "lines",
                _ => "other",
            })
            .collect();
        assert_eq!(kinds, ["found", "told", "is", "lines"]);
    }
}
