//! What is told by those who follow, taken in.

use std::collections::HashMap;

use super::markers;
use super::order::{Item, News, Order};
use super::stream::Stream;
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::notice::announce;
use crate::app::state::State;
use crate::model::log::batch::{self, Batch};
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::note::Note;
use crate::model::log::source::State as Is;

/// Takes in what is told.
#[must_use]
pub fn told(state: &mut State, news: News) -> Vec<Effect> {
    state.dirty |= matches!(state.place(), Place::Logs(_));
    match news {
        News::Told { stream: id, items } => {
            if state.logs.stream.as_ref().is_none_or(|stream| stream.id != id) {
                return Vec::new();
            }
            take(state, items);
            return vec![Effect::Logs(Order::Taken(id))];
        }
        News::Written(id, bytes) => {
            if let Some(saving) = state.logs.screen.saving(id) {
                saving.written(bytes);
            }
        }
        News::Saved(id) => {
            if let Some(saving) = state.logs.screen.saving.take_if(|saving| saving.id == id) {
                let (sentence, is_less) = saving.outcome();
                announce(state, &sentence, is_less);
            }
        }
        News::NotSaved(id, why) => {
            if state.logs.screen.saving.take_if(|saving| saving.id == id).is_some() {
                announce(state, &format!("nothing was saved: {why}"), true);
            }
        }
    }
    Vec::new()
}

fn take(state: &mut State, items: Vec<Item>) {
    let now = Millis::from(state.now);
    let (Some(stream), screen) = (&mut state.logs.stream, &mut state.logs.screen) else { return };
    let size = state.size;
    let seen = screen.seen(&stream.buffer, screen.layout(size, stream.named()), now);
    let (mut hides, evicted) = (false, stream.buffer.evicted());
    let meets = items.iter().any(|item| matches!(item, Item::Found(..)));
    for item in items {
        match item {
            Item::Found(source, feed, name) => {
                hides |= screen.meet(source, &name);
                stream.introduce(source, feed, name);
            }
            Item::Ended(feed) => {
                let of: Vec<SourceId> = stream.sources_of(feed).map(|(id, _)| id).collect();
                take_news(stream, batch::News::Is(of, Is::Ended), now);
            }
            Item::News(news) => take_news(stream, news, now),
        }
    }
    if meets {
        stream.rename(&state.fleet_screen.names);
    }
    if stream.buffer.evicted() != evicted {
        screen.bookmarks.forget(&stream.buffer);
    }
    if hides {
        screen.narrow(&stream.buffer);
    }
    if let Some(seen) = seen {
        screen.keep(seen, &stream.buffer, screen.layout(size, stream.named()), now);
    }
}

fn take_news(stream: &mut Stream, news: batch::News, now: Millis) {
    match news {
        // Told with its feed.
        batch::News::Found(..) => {}
        batch::News::Lines(batch) => take_lines(stream, &batch, now),
        batch::News::Missing(gap) => drop(stream.buffer.note(Note::Gap(gap))),
        batch::News::Happened(marker) => drop(stream.buffer.note(Note::Marker(marker))),
        batch::News::Is(sources, state) => {
            markers::tell_state(stream, &sources, &state, now);
            for source in sources {
                if let Some(known) = stream.sources.get_mut(source) {
                    known.state = state.clone();
                }
            }
        }
        batch::News::Told(sources, until) => {
            for source in sources {
                if let Some(known) = stream.sources.get_mut(source) {
                    known.told = known.told.max(Some(until));
                }
            }
        }
        batch::News::Ended(report) => stream.buffer.end(report),
    }
}

fn take_lines(stream: &mut Stream, batch: &Batch, now: Millis) {
    stream.buffer.take(batch);
    let mut counts: HashMap<SourceId, (u32, Millis)> = HashMap::new();
    for line in &batch.lines {
        let (count, newest) = counts.entry(line.source).or_insert((0, line.time));
        *count += 1;
        *newest = line.time.max(*newest);
    }
    for (source, (count, newest)) in counts {
        let Some(source) = stream.sources.get_mut(source) else { continue };
        if batch.live {
            source.count(count, newest, now);
        } else {
            // Looked up: what was written before is no rate.
            source.lines += u64::from(count);
        }
    }
}
