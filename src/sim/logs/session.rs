//! Live tails: what a session sends, and what it does not.
//!
//! Every second one update with what was taken in since the one before: at most
//! 500 lines, of more a sample. A reader that is slow has ten updates or 5,000 lines
//! waiting for it, of more the oldest are dropped. After three hours it is over
//! (StartLiveTail's documentation). What is lost is noted as it really was.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;

use super::pattern::Pattern;
use super::shelf;
use super::stream::{self, Stream};
use super::write::Line;
use crate::aws::json::Body;
use crate::chance::{hash, mix};
use crate::environment::Place;
use crate::moment::{HOUR, Millis, Moment, SECOND};
use crate::wire::event_stream::{event, exception};
use crate::world::World;

/// No more lines than this are in an update.
pub const MOST_IN_UPDATE: usize = 500;
/// No more updates than this wait for a reader.
pub const MOST_UPDATES: usize = 10;
/// No more lines than this wait for a reader.
pub const MOST_WAITING: usize = 5_000;
/// How many sessions an account may have in a region.
pub const MOST_SESSIONS: usize = 15;
/// How many groups a session may have.
pub const MOST_GROUPS: usize = 10;
/// How long a session lasts, at the speed of the world.
const LASTS: Millis = 3 * HOUR;
/// No more losses than this are remembered.
const MOST_LOST: usize = 20_000;

/// Lines that a session did not send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The session.
    pub session: u64,
    /// Where.
    pub place: Place,
    /// Its groups.
    pub groups: Arc<[String]>,
    /// `sampled` or `dropped`.
    pub kind: &'static str,
    /// They were taken in after this moment.
    pub from: Moment,
    /// And up to this one.
    pub to: Moment,
    /// When the first of the lost lines was written.
    pub first: Moment,
    /// When the last one was.
    pub last: Moment,
    /// How many.
    pub count: usize,
}

/// What a session was asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The groups, by name.
    pub groups: Arc<[String]>,
    /// These streams only, where any are named.
    pub streams: Vec<String>,
    /// Those that begin with one of these, where any is named.
    pub prefixes: Vec<String>,
    /// The lines.
    pub pattern: Pattern,
    /// The pattern as it was written.
    pub written: String,
}

/// A line on its way, and the group and the stream it is from.
type Sent = (Line, String, String);

#[derive(Debug)]
struct Update {
    from: Moment,
    to: Moment,
    sampled: bool,
    lines: Vec<Sent>,
}

/// A live tail that is open.
#[derive(Debug)]
pub struct Session {
    /// Which one.
    pub id: u64,
    /// Whose and where.
    pub place: Place,
    wanted: Wanted,
    /// Up to when updates were made.
    made: Moment,
    expires: Moment,
    started: bool,
    waiting: VecDeque<Update>,
}

/// What a session has to send now.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// The frames.
    pub frames: Vec<u8>,
    /// When there will be more; `None` when it is over.
    pub next: Option<Moment>,
}

impl Session {
    /// One that begins now.
    #[must_use]
    pub fn new(world: &World, id: u64, place: Place, wanted: Wanted) -> Self {
        let expires = world.now.plus(world.scaled(LASTS).max(SECOND));
        Self { id, place, wanted, made: world.now, expires, started: false, waiting: VecDeque::new() }
    }

    /// Makes the updates that are due, and drops those that have waited too long.
    pub fn catch_up(&mut self, world: &mut World) {
        let until = world.now.min(self.expires);
        while self.made.plus(SECOND) <= until {
            let (from, to) = (self.made, self.made.plus(SECOND));
            self.made = to;
            let update = self.update(world, from, to);
            self.waiting.push_back(update);
            let count = |waiting: &VecDeque<Update>| waiting.iter().map(|update| update.lines.len()).sum::<usize>();
            while self.waiting.len() > MOST_UPDATES || count(&self.waiting) > MOST_WAITING {
                let Some(dropped) = self.waiting.pop_front() else { break };
                let lines: Vec<Line> = dropped.lines.into_iter().map(|(line, ..)| line).collect();
                self.lose(world, "dropped", (dropped.from, dropped.to), &lines);
            }
        }
    }

    /// What is to be sent now. A reader takes it all: how quickly it is asked for is its own affair.
    pub fn send(&mut self, world: &mut World) -> Told {
        self.catch_up(world);
        let mut frames = Vec::new();
        if !self.started {
            self.started = true;
            frames.extend(event("initial-response", "{}"));
            frames.extend(event("sessionStart", &self.start()));
        }
        for update in std::mem::take(&mut self.waiting) {
            frames.extend(event("sessionUpdate", &self.written(&update)));
        }
        if world.now >= self.expires {
            frames.extend(exception("SessionTimeoutException", "{\"message\":\"The session has timed out after three hours.\"}"));
            return Told { frames, next: None };
        }
        Told { frames, next: Some(self.made.plus(SECOND).min(self.expires)) }
    }

    fn streams(&self, world: &World) -> Vec<(String, Stream)> {
        let groups = self.wanted.groups.iter().filter_map(|name| stream::group(world, &self.place, name));
        let all = groups.flat_map(|group| stream::streams(world, &group).into_iter().map(move |stream| (group.name.clone(), stream)));
        let is_wanted = |stream: &Stream| {
            let name = stream.name();
            (self.wanted.streams.is_empty() || self.wanted.streams.contains(&name))
                && (self.wanted.prefixes.is_empty() || self.wanted.prefixes.iter().any(|prefix| name.starts_with(prefix)))
        };
        all.filter(|(_, stream)| is_wanted(stream)).collect()
    }

    fn update(&self, world: &mut World, from: Moment, to: Moment) -> Update {
        let mut lines: Vec<Sent> = Vec::new();
        for (group, stream) in self.streams(world) {
            let (name, pattern) = (stream.name(), &self.wanted.pattern);
            shelf::taken_in(world, &stream, from, to, |line| {
                if pattern.shows(&line.text) {
                    lines.push((line.clone(), group.clone(), name.clone()));
                }
            });
        }
        lines.sort_by_key(|(line, ..)| (line.ingested, line.at, line.id));
        let sampled = lines.len() > MOST_IN_UPDATE;
        if sampled {
            // Which ones does not depend on their order.
            lines.sort_by_cached_key(|(line, ..)| mix(line.id.unsigned_abs(), self.id));
            let lost: Vec<Line> = lines.drain(MOST_IN_UPDATE..).map(|(line, ..)| line).collect();
            lines.sort_by_key(|(line, ..)| (line.ingested, line.at, line.id));
            self.lose(world, "sampled", (from, to), &lost);
        }
        Update { from, to, sampled, lines }
    }

    fn lose(&self, world: &mut World, kind: &'static str, (from, to): (Moment, Moment), lines: &[Line]) {
        let (Some(first), Some(last)) = (lines.iter().map(|line| line.at).min(), lines.iter().map(|line| line.at).max()) else { return };
        let (groups, place) = (Arc::clone(&self.wanted.groups), self.place.clone());
        let lost = Lost { session: self.id, place, groups, kind, from, to, first, last, count: lines.len() };
        world.logs.lost.push(lost);
        if world.logs.lost.len() > MOST_LOST {
            world.logs.lost.remove(0);
        }
    }

    fn start(&self) -> String {
        let arns: Vec<String> = self.wanted.groups.iter().map(|name| arn(&self.place, name)).collect();
        let some = |texts: &[String]| (!texts.is_empty()).then(|| texts.to_vec());
        let pattern = Some(&self.wanted.written).filter(|written| !written.is_empty());
        Body::without_nulls(json!({
            "requestId": self.name(), "sessionId": self.name(), "logGroupIdentifiers": arns, "logEventFilterPattern": pattern,
            "logStreamNames": some(&self.wanted.streams), "logStreamNamePrefixes": some(&self.wanted.prefixes),
        }))
        .to_string()
    }

    fn name(&self) -> String {
        format!("{:016x}-{}", mix(hash(&self.place.account), self.id), self.id)
    }

    fn written(&self, update: &Update) -> String {
        let line = |(line, group, stream): &Sent| {
            json!({
                "logStreamName": stream, "logGroupIdentifier": format!("{}:{group}", self.place.account), "message": line.text,
                "timestamp": line.at.millis(), "ingestionTime": line.ingested.millis(),
            })
        };
        let lines: Vec<serde_json::Value> = update.lines.iter().map(line).collect();
        json!({ "sessionMetadata": { "sampled": update.sampled }, "sessionResults": lines }).to_string()
    }
}

/// The ARN of a group, as live tails take it.
#[must_use]
pub fn arn(place: &Place, group: &str) -> String {
    format!("arn:aws:logs:{}:{}:log-group:{group}", place.region, place.account)
}

impl World {
    /// What a session has to send now; `None` where it is not open any more.
    pub fn tail(&mut self, id: u64) -> Option<Told> {
        let place = self.logs.sessions.iter().position(|session| session.id == id)?;
        let mut session = self.logs.sessions.swap_remove(place);
        let told = session.send(self);
        if told.next.is_some() {
            self.logs.sessions.push(session);
        }
        Some(told)
    }

    /// Ends a session: nobody listens any more.
    pub fn end_tail(&mut self, id: u64) {
        self.logs.sessions.retain(|session| session.id != id);
    }

    /// Makes the updates of all sessions that are due, so that what is lost by now is known.
    pub fn catch_up_tails(&mut self) {
        let mut sessions = std::mem::take(&mut self.logs.sessions);
        for session in &mut sessions {
            session.catch_up(self);
        }
        self.logs.sessions = sessions;
    }
}
