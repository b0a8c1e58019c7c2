//! Log groups for which one live session has no room: they are searched, until a person has them streamed as well.
//!
//! Each session costs money by the minute, so no other than the first of a feed is opened unasked.

use super::order::FeedId;
use super::stream::Stream;
use super::update::Chosen;
use crate::app::dialog::{Dialog, Kind};
use crate::app::event::Effect;
use crate::app::menu::{Choice, Item, Menu};
use crate::app::state::State;
use crate::model::log::feed::Streaming;
use crate::model::log::line::SourceId;
use crate::model::log::source::State as Is;

/// The parts of a feed beside its first one, as they are now: each has groups of its own.
pub fn further(stream: &Stream, feed: FeedId) -> impl Iterator<Item = SourceId> + '_ {
    let costs = stream.feeds.get(&feed).is_some_and(super::stream::Fed::costs);
    let wholes = stream.sources_of(feed).filter(move |(_, source)| costs && source.name.is_feed()).skip(1);
    // One of an earlier reading, which was divided in another way, is not heard of again.
    wholes.filter(|(_, source)| source.state != Is::Opening).map(|(id, _)| id)
}

/// The parts that are only searched since no other session was asked for.
pub fn without_session(stream: &Stream) -> impl Iterator<Item = SourceId> + '_ {
    let chosen = stream.chosen.iter().copied().filter(|id| streaming(stream, *id) == Streaming::OneSession);
    chosen.flat_map(|id| further(stream, id))
}

fn streaming(stream: &Stream, feed: FeedId) -> Streaming {
    stream.feeds.get(&feed).map_or(Streaming::Off, |fed| fed.feed.streaming())
}

/// What a part is called beside its feed; not yet safe to show.
#[must_use]
pub fn part_name(stream: &Stream, part: SourceId) -> Option<&str> {
    let of = stream.feeds.get(&stream.origins.get(&part)?.feed)?;
    let name = &stream.sources.get(part)?.name.group;
    Some(name.strip_prefix(&*of.feed.title()).map_or(&**name, |rest| rest.trim_start_matches(", ")))
}

/// Asks whether the groups of a part are streamed, too.
pub(super) fn ask(state: &mut State, part: SourceId) {
    let minutes = state.meter.minutes();
    let Some(stream) = &state.logs.stream else { return };
    let (Some(origin), Some(name)) = (stream.origins.get(&part), part_name(stream, part)) else { return };
    let feed = origin.feed;
    let item = |name: &str, detail: String, streaming| Item {
        name: name.into(),
        detail: detail.into(),
        choice: Choice::Logs(Chosen::Streaming(feed, streaming)),
    };
    let cost = format!("billed by the minute, {minutes} min so far");
    let items = vec![
        item("search them", "every few seconds, which is free".to_owned(), Streaming::OneSession),
        item("stream them, ten a session", cost, Streaming::AllGroups),
    ];
    let heading = format!("{name} than one live session has room for");
    let at = usize::from(streaming(stream, feed) == Streaming::AllGroups);
    let menu = Menu { title: "log groups", note: "⏎ chooses · esc closes", heading, items, at, filter: None, takes: None };
    state.dialog = Some(Dialog::new(Kind::Menu(menu)));
}

/// Streams all groups of a feed, or those of one session.
pub(super) fn stream_so(state: &mut State, feed: FeedId, wanted: Streaming) -> Vec<Effect> {
    let Some(stream) = &mut state.logs.stream else { return Vec::new() };
    let Some(fed) = stream.feeds.get_mut(&feed).filter(|fed| fed.feed.streaming() != wanted) else { return Vec::new() };
    fed.feed = fed.feed.clone().streamed(wanted);
    stream.begin_anew(feed);
    vec![super::panel::follow(stream)]
}
