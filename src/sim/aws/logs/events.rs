//! FilterLogEvents, GetLogEvents.
//!
//! A search sees what was searchable when its first page was asked for, so that
//! its pages together have every event once. A page has at most 1 MB or 10,000
//! events, and ends after so much time was looked through: it may be empty and still go on.

use serde_json::{Value, json};

use super::{group_of, invalid, missing, pattern_of};
use crate::aws::json::{Answered, Body};
use crate::aws::{Call, Fault, token};
use crate::logs::shelf;
use crate::logs::stream::{self, READABLE, Stream};
use crate::logs::write::Line;
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// No page has more bytes of text.
const MOST_BYTES: usize = 1024 * 1024;
/// Nor more events.
const MOST_EVENTS: usize = 10_000;
/// What each event counts beside its text.
const EVENT_BYTES: usize = 26;
/// No page looks through more time than this.
const MOST_TIME: Millis = 600 * SECOND;
/// How much time is looked through at once.
const PIECE: Millis = 20 * SECOND;

/// A line and the place of its stream among those that are searched.
type Found = (Line, usize);

/// Which events are wanted.
struct Search {
    streams: Vec<Stream>,
    /// What is searchable by then is seen.
    seen: Moment,
    from: Moment,
    to: Moment,
    most: usize,
    forward: bool,
    /// Only what stands behind this one.
    after: Option<(Moment, i64)>,
}

/// What was found, and whether there may be more.
struct Page {
    events: Vec<Found>,
    goes_on: Option<(Moment, i64)>,
}

fn limit(call: &Call<'_>) -> Result<usize, Fault> {
    let limit = usize::try_from(call.body.number("limit").unwrap_or(10_000)).unwrap_or(0);
    if (1..=MOST_EVENTS).contains(&limit) { Ok(limit) } else { Err(invalid("limit has to be from 1 to 10000.")) }
}

/// From when to when, as far as anything is kept.
fn times(world: &World, call: &Call<'_>) -> Result<(Moment, Moment), Fault> {
    let at = |name: &str| call.body.number(name).map(Moment::from_millis);
    let (from, to) = (at("startTime"), at("endTime"));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        return Err(invalid("startTime has to be before endTime."));
    }
    let kept = world.now.plus(-READABLE);
    let to = to.unwrap_or_else(|| world.now.plus(SECOND)).min(world.now.plus(SECOND));
    Ok((from.unwrap_or(kept).max(kept), to))
}

/// `FilterLogEvents`.
pub fn filter(world: &mut World, call: &Call<'_>) -> Answered {
    let group = group_of(world, call)?;
    let pattern = pattern_of(call, "filterPattern")?;
    let (names, prefix) = (call.body.texts("logStreamNames"), call.body.text("logStreamNamePrefix"));
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("logStreamNames and logStreamNamePrefix are mutually exclusive."));
    }
    let mut streams = stream::streams(world, &group);
    streams.retain(|stream| {
        let name = stream.name();
        (names.is_empty() || names.contains(&name.as_str())) && name.starts_with(prefix.unwrap_or(""))
    });
    let (from, to) = times(world, call)?;
    let forward = !call.body.has("startFromHead") || call.body.flag("startFromHead");
    let mut search = Search { streams, seen: world.now, from, to, most: limit(call)?, forward, after: None };
    if let Some(text) = call.body.text("nextToken") {
        let numbers = token::read("filter-log-events", text).map_err(|_| invalid("The specified nextToken is invalid."))?;
        let [seen, at, id] = numbers.as_slice() else { return Err(invalid("The specified nextToken is invalid.")) };
        search.seen = Moment::from_millis(*seen);
        search.after = Some((Moment::from_millis(*at), *id));
    }
    let page = search.page(world, |text| pattern.shows(text));
    let event = |(line, stream): &Found| {
        json!({
            "logStreamName": search.streams.get(*stream).map(Stream::name), "timestamp": line.at.millis(), "message": line.text,
            "ingestionTime": line.ingested.millis(), "eventId": format!("{:037}{:019}", line.at.millis(), line.id),
        })
    };
    let events: Vec<Value> = page.events.iter().map(event).collect();
    let token = page.goes_on.map(|(at, id)| token::write("filter-log-events", &[search.seen.millis(), at.millis(), id]));
    Ok(Body::with(json!({ "events": events, "searchedLogStreams": [] }), "nextToken", token))
}

impl Search {
    /// The events of one page, in order.
    fn page(&self, world: &mut World, shows: impl Fn(&str) -> bool) -> Page {
        let (mut events, mut bytes, mut looked) = (Vec::new(), 0, 0);
        let (mut from, mut to) = (self.from, self.to);
        if let Some((at, _)) = self.after {
            if self.forward { from = from.max(at) } else { to = to.min(at.plus(1)) }
        }
        while from < to {
            let (start, end) = if self.forward { (from, to.min(from.plus(PIECE))) } else { (from.max(to.plus(-PIECE)), to) };
            for found in self.piece(world, start, end, &shows) {
                if events.len() == self.most || (bytes + found.0.text.len() + EVENT_BYTES > MOST_BYTES && !events.is_empty()) {
                    let last: Option<&Found> = events.last();
                    return Page { goes_on: last.map(|(line, _)| (line.at, line.id)), events };
                }
                bytes += found.0.text.len() + EVENT_BYTES;
                events.push(found);
            }
            if self.forward {
                from = end;
            } else {
                to = start;
            }
            looked += PIECE;
            if looked >= MOST_TIME && from < to {
                // Before the first event of the next moment, or behind the last one of the moment before.
                let on = if self.forward { (end.plus(-1), i64::MAX) } else { (start, -1) };
                return Page { goes_on: Some(on), events };
            }
        }
        Page { events, goes_on: None }
    }

    /// The events of a piece of time, in order.
    fn piece(&self, world: &mut World, from: Moment, to: Moment, shows: &impl Fn(&str) -> bool) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (place, stream) in self.streams.iter().enumerate() {
            shelf::written(world, stream, from, to, |line| {
                let behind =
                    self.after.is_none_or(|after| if self.forward { (line.at, line.id) > after } else { (line.at, line.id) < after });
                if line.searchable <= self.seen && behind && shows(&line.text) {
                    found.push((line.clone(), place));
                }
            });
        }
        found.sort_by_key(|(line, _)| (line.at, line.id));
        if !self.forward {
            found.reverse();
        }
        found
    }
}

/// `GetLogEvents`: one stream, forwards or backwards from a token.
pub fn get(world: &mut World, call: &Call<'_>) -> Answered {
    let group = group_of(world, call)?;
    let name = call.body.text("logStreamName").ok_or_else(|| invalid("logStreamName is missing."))?;
    let streams: Vec<Stream> = stream::streams(world, &group).into_iter().filter(|stream| stream.name() == name).collect();
    if streams.is_empty() {
        return Err(missing("log stream"));
    }
    let (from, to) = times(world, call)?;
    let (mut forward, mut after) = (call.body.flag("startFromHead"), None);
    if let Some(text) = call.body.text("nextToken") {
        let bad = || invalid("The specified nextToken is invalid.");
        let (way, text) = text.split_once('/').ok_or_else(bad)?;
        let numbers = token::read("get-log-events", text).map_err(|_| bad())?;
        let [at, id] = numbers.as_slice() else { return Err(bad()) };
        forward = way == "f";
        after = Some((Moment::from_millis(*at), *id));
    }
    let search = Search { streams, seen: world.now, from, to, most: limit(call)?, forward, after };
    let mut page = search.page(world, |_| true);
    if !forward {
        page.events.reverse();
    }
    let event = |(line, _): &Found| json!({ "timestamp": line.at.millis(), "message": line.text, "ingestionTime": line.ingested.millis() });
    let events: Vec<Value> = page.events.iter().map(event).collect();
    let place = |found: Option<&Found>, way: &str| {
        // At the end the token stays what it was.
        let (at, id) = found.map(|(line, _)| (line.at, line.id)).or(after).unwrap_or((if way == "f" { from } else { to }, 0));
        format!("{way}/{}", token::write("get-log-events", &[at.millis(), id]))
    };
    let (last, first) = (place(page.events.last(), "f"), place(page.events.first(), "b"));
    Ok(json!({ "events": events, "nextForwardToken": last, "nextBackwardToken": first }))
}
