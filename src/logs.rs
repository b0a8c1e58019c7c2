//! The shell towards logs: runs what is followed, and hands on what it tells as quickly as the console takes it.
//!
//! One frame of it is on its way at a time, so that no key waits behind lines. What is not taken stays with whoever
//! reads it, who knows what was thrown away and tells so.

mod frame;
mod save;

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::ops::Bound;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;

use self::frame::Frame;
use self::save::Saver;
use crate::app::event::Event;
use crate::app::logs::StreamId;
use crate::app::logs::order::{FeedId, Item, News, Order};
use crate::model::log::batch;
use crate::model::log::feed::Feed;
use crate::model::log::known::Known;
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::source::Name;
use crate::model::log::timed::time_of;
use crate::ops::port::{Follow, Numbers, Tail};

/// Serves the console until it is gone.
pub async fn serve(
    tail: Arc<dyn Tail>,
    home: Option<PathBuf>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::UnboundedSender<Event>,
) {
    let mut desk = Desk { tail, streams: BTreeMap::new(), told: StreamId::default(), saver: Saver::new(home, events.clone()), events };
    loop {
        tokio::select! {
            // What a person wants comes first.
            biased;
            order = orders.recv() => match order {
                Some(order) => desk.heed(order),
                None => return,
            },
            (stream, feed, news) = desk.next() => desk.take(stream, feed, news),
        }
        desk.streams.values_mut().for_each(Followed::drain);
        desk.hand_on();
    }
}

struct Desk {
    tail: Arc<dyn Tail>,
    /// What is followed: one stream for each pane of the console that shows logs.
    streams: BTreeMap<StreamId, Followed>,
    /// Which of them told something last: each has its turn.
    told: StreamId,
    saver: Saver,
    events: mpsc::UnboundedSender<Event>,
}

impl Desk {
    fn heed(&mut self, order: Order) {
        match order {
            Order::Follow { stream, feeds, since } => {
                self.streams.entry(stream).or_default().follow(&self.tail, feeds, since);
            }
            Order::Taken(stream) => {
                if let Some(followed) = self.streams.get_mut(&stream) {
                    followed.is_underway = false;
                }
            }
            // Dropping them ends them.
            Order::End(stream) => drop(self.streams.remove(&stream)),
            Order::Save(id, path) => self.saver.begin(id, &path),
            Order::Piece { save, text, is_last } => self.saver.write(save, text, is_last),
            Order::Discard(id) => self.saver.discard(id),
        }
    }

    /// The next thing that any stream tells that has room for it.
    async fn next(&mut self) -> (StreamId, FeedId, Option<batch::News>) {
        let (streams, last) = (&mut self.streams, self.told);
        poll_fn(|context| {
            let turns: Vec<StreamId> = in_turn(streams, Bound::Excluded(last));
            for id in turns {
                let Some(followed) = streams.get_mut(&id).filter(|followed| followed.frame.has_room()) else { continue };
                if let Poll::Ready((feed, news)) = followed.poll_next(context) {
                    return Poll::Ready((id, feed, news));
                }
            }
            Poll::Pending
        })
        .await
    }

    fn take(&mut self, stream: StreamId, feed: FeedId, news: Option<batch::News>) {
        self.told = stream;
        if let Some(followed) = self.streams.get_mut(&stream) {
            followed.take(feed, news);
        }
    }

    /// Hands on what there is, where the console has taken what was handed on before.
    fn hand_on(&mut self) {
        for (id, followed) in &mut self.streams {
            if followed.is_underway || followed.frame.is_empty() {
                continue;
            }
            followed.is_underway = true;
            // Without a console there is nobody to tell.
            let _ = self.events.send(Event::Logs(News::Told { stream: *id, items: followed.frame.next() }));
        }
    }
}

/// The keys of a map, those behind one first.
fn in_turn<K: Ord + Copy, V>(map: &BTreeMap<K, V>, after: Bound<K>) -> Vec<K> {
    map.range((after, Bound::Unbounded)).chain(map.iter()).map(|(key, _)| *key).take(map.len()).collect()
}

/// A feed that is followed.
struct Reading {
    feed: Feed,
    since: Millis,
    news: BoxStream<'static, batch::News>,
    /// What it calls sources that had another number before.
    aliases: HashMap<SourceId, SourceId>,
}

/// What is followed as one stream.
#[derive(Default)]
struct Followed {
    readings: BTreeMap<FeedId, Reading>,
    /// Which of them was asked last: each has its turn.
    asked: Option<FeedId>,
    /// The sources that were met, by their names: one that is read once more is the same.
    met: HashMap<(FeedId, Name), SourceId>,
    /// What was told of each, where no service tells times of its lines: who reads it once more knows it again. Only
    /// what was taken counts, not what a reader that was let go of had in its hands.
    told: HashMap<SourceId, Known>,
    numbers: Arc<Numbers>,
    frame: Frame,
    /// What was handed on last has not been taken yet.
    is_underway: bool,
}

impl Followed {
    /// Follows these and no others.
    fn follow(&mut self, tail: &Arc<dyn Tail>, feeds: Vec<(FeedId, Feed)>, since: Millis) {
        self.readings.retain(|id, _| feeds.iter().any(|(wanted, _)| wanted == id));
        for (id, feed) in feeds {
            if self.readings.get(&id).is_some_and(|reading| reading.feed == feed && (reading.since <= since || !feed.reaches_back())) {
                continue;
            }
            let follow =
                Follow { feed: feed.clone(), since, goes_on: true, numbers: Arc::clone(&self.numbers), known: Arc::new(self.told_of(id)) };
            self.readings.insert(id, Reading { feed, since, news: tail.follow(follow), aliases: HashMap::new() });
        }
    }

    /// What was told of a feed's sources.
    fn told_of(&self, feed: FeedId) -> HashMap<Name, Known> {
        let of_feed = self.met.iter().filter(|((of, _), _)| *of == feed);
        of_feed.filter_map(|((_, name), source)| Some((name.clone(), self.told.get(source)?.clone()))).collect()
    }

    /// The next thing that any of them tells.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<(FeedId, Option<batch::News>)> {
        for id in in_turn(&self.readings, self.asked.map_or(Bound::Unbounded, Bound::Excluded)) {
            let Some(reading) = self.readings.get_mut(&id) else { continue };
            if let Poll::Ready(news) = reading.news.poll_next_unpin(context) {
                self.asked = Some(id);
                return Poll::Ready((id, news));
            }
        }
        Poll::Pending
    }

    /// Takes in what is there already, as far as there is room for it.
    fn drain(&mut self) {
        while self.frame.has_room() && !self.readings.is_empty() {
            let Some((feed, news)) = poll_fn(|context| self.poll_next(context)).now_or_never() else { return };
            self.take(feed, news);
        }
    }

    fn take(&mut self, feed: FeedId, news: Option<batch::News>) {
        let Some(news) = news else {
            self.readings.remove(&feed);
            return self.frame.push(Item::Ended(feed));
        };
        let item = match news {
            batch::News::Found(id, name) => Item::Found(self.known_as(feed, id, &name), feed, name),
            news => Item::News(self.renumbered(feed, news)),
        };
        if let Item::News(batch::News::Lines(batch)) = &item {
            self.note(batch);
        }
        self.frame.push(item);
    }

    /// Notes lines of which no service tells when it took them in.
    fn note(&mut self, batch: &batch::Batch) {
        for line in batch.lines.iter().filter(|line| line.ingested.is_none()) {
            let is_timed = std::str::from_utf8(&line.text).is_ok_and(|text| time_of(text).is_some());
            self.told.entry(line.source).or_default().note(&line.text, line.time, is_timed);
        }
    }

    /// The number of a source: the one that it had before, where it was met before.
    fn known_as(&mut self, feed: FeedId, id: SourceId, name: &Name) -> SourceId {
        let known = *self.met.entry((feed, name.clone())).or_insert(id);
        if known != id
            && let Some(reading) = self.readings.get_mut(&feed)
        {
            reading.aliases.insert(id, known);
        }
        known
    }

    fn renumbered(&self, feed: FeedId, news: batch::News) -> batch::News {
        let Some(aliases) = self.readings.get(&feed).map(|reading| &reading.aliases).filter(|aliases| !aliases.is_empty()) else {
            return news;
        };
        let number = |id: &SourceId| aliases.get(id).copied().unwrap_or(*id);
        match news {
            batch::News::Lines(mut batch) => {
                for line in &mut batch.lines {
                    line.source = number(&line.source);
                }
                batch::News::Lines(batch)
            }
            batch::News::Missing(mut gap) => {
                gap.sources = gap.sources.iter().map(number).collect();
                batch::News::Missing(gap)
            }
            batch::News::Is(ids, state) => batch::News::Is(ids.iter().map(number).collect(), state),
            batch::News::Told(ids, until) => batch::News::Told(ids.iter().map(number).collect(), until),
            other @ (batch::News::Found(..) | batch::News::Happened(_) | batch::News::Ended(_)) => other,
        }
    }
}

#[cfg(test)]
mod tests;
