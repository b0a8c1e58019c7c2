//! The list of sources: what there is to follow, what is met in it, and what of it is wanted.

use super::order::{FeedId, Order};
use super::sessions;
use super::stream::Stream;
use crate::app::event::Effect;
use crate::app::key::{Code, Key};
use crate::app::state::State;
use crate::model::id::EnvironmentKey;
use crate::model::log::line::SourceId;

/// A row of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// An environment of which nothing can be followed.
    Nothing(EnvironmentKey),
    /// Something that can be followed.
    Feed(FeedId),
    /// Groups of it for which its first live session has no room.
    Part(SourceId),
    /// A source that was met in it.
    Source(SourceId),
}

/// The rows, in order.
#[must_use]
pub fn rows(stream: &Stream) -> Vec<Row> {
    let mut rows = Vec::new();
    for key in &stream.subject.environments {
        if stream.unfollowed.contains_key(key) {
            rows.push(Row::Nothing(key.clone()));
        }
        for (id, _) in stream.feeds.iter().filter(|(_, fed)| fed.environment.as_ref() == Some(key)) {
            push(&mut rows, stream, *id);
        }
    }
    for (id, _) in stream.feeds.iter().filter(|(_, fed)| fed.environment.is_none()) {
        push(&mut rows, stream, *id);
    }
    rows
}

/// A feed with its sources.
fn push(rows: &mut Vec<Row>, stream: &Stream, id: FeedId) {
    rows.push(Row::Feed(id));
    rows.extend(sessions::further(stream, id).map(Row::Part));
    let mut parts: Vec<_> = stream.sources_of(id).filter(|(_, source)| !source.name.is_feed()).collect();
    parts.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
    rows.extend(parts.into_iter().map(|(source, _)| Row::Source(source)));
}

/// Shows the list and gives it the keys; takes it away again.
pub fn turn(state: &mut State) {
    let screen = &mut state.logs.screen;
    let had_keys = screen.choosing.take().is_some();
    screen.panel = Some(!had_keys);
    let stream = state.logs.stream.as_ref();
    screen.choosing = (!had_keys).then(|| stream.map_or(0, first_question));
}

/// The row that waits for a person to choose; else the first.
fn first_question(stream: &Stream) -> usize {
    let Some(part) = sessions::without_session(stream).next() else { return 0 };
    rows(stream).iter().position(|row| *row == Row::Part(part)).unwrap_or(0)
}

/// Takes a key while the list has them.
pub fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(stream) = &state.logs.stream else { return Vec::new() };
    let last = rows(stream).len().saturating_sub(1);
    let screen = &mut state.logs.screen;
    let Some(at) = &mut screen.choosing else { return Vec::new() };
    match (key.ctrl, key.code) {
        (false, Code::Down | Code::Char('j')) => *at = (*at + 1).min(last),
        (false, Code::Up | Code::Char('k')) => *at = at.saturating_sub(1),
        (false, Code::PageDown) => *at = (*at + 10).min(last),
        (false, Code::PageUp) => *at = at.saturating_sub(10),
        (false, Code::Home | Code::Char('g')) => *at = 0,
        (false, Code::End | Code::Char('G')) => *at = last,
        (false, Code::Char(' ') | Code::Enter) => return toggle(state),
        (false, Code::Char('o')) => only(state),
        (false, Code::Char('x')) => turn(state),
        (false, Code::Esc | Code::Char('q') | Code::Tab) | (true, Code::Char('c')) => {
            screen.choosing = None;
            screen.panel = None;
        }
        _ => {}
    }
    Vec::new()
}

/// Follows what is selected, or not any more; shows it, or not.
fn toggle(state: &mut State) -> Vec<Effect> {
    let (Some(stream), screen) = (&mut state.logs.stream, &mut state.logs.screen) else { return Vec::new() };
    let rows = rows(stream);
    match screen.choosing.and_then(|at| rows.get(at)) {
        Some(Row::Feed(feed)) => {
            if !stream.chosen.remove(feed) {
                stream.chosen.insert(*feed);
            }
            stream.begin_anew(*feed);
            vec![follow(stream)]
        }
        Some(Row::Part(part)) => {
            sessions::ask(state, *part);
            Vec::new()
        }
        Some(Row::Source(source)) => {
            if !screen.hidden.remove(source) {
                screen.hidden.insert(*source);
            }
            screen.narrow(&stream.buffer);
            Vec::new()
        }
        Some(Row::Nothing(_)) | None => Vec::new(),
    }
}

/// Shows only the selected source; where that is so already, all.
fn only(state: &mut State) {
    let (Some(stream), screen) = (&mut state.logs.stream, &mut state.logs.screen) else { return };
    let rows = rows(stream);
    let Some(Row::Source(wanted)) = screen.choosing.and_then(|at| rows.get(at)) else { return };
    let others = rows.iter().filter_map(|row| match row {
        Row::Source(source) if source != wanted => Some(*source),
        _ => None,
    });
    let others = others.collect();
    screen.hidden = if screen.hidden == others { std::collections::HashSet::new() } else { others };
    screen.only = None;
    screen.narrow(&stream.buffer);
}

/// Asks for what is chosen to be followed.
pub(super) fn follow(stream: &mut Stream) -> Effect {
    stream.is_followed = true;
    let chosen = stream.chosen.iter().filter_map(|id| Some((*id, stream.feeds.get(id)?.feed.clone())));
    let feeds = chosen.collect();
    Effect::Logs(Order::Follow { stream: stream.id, feeds, since: stream.since })
}
