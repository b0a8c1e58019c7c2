//! Where lines come from, and how each source is: its state, its rate, its lag.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::line::{Millis, SourceId};
use crate::model::fault::Fault;

/// Over how many seconds a rate is taken.
const WINDOW: usize = 10;
/// The same.
const SECONDS: i64 = 10;

/// What a source is called. From outside: not yet safe to show.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name {
    /// What it is part of: a log group, a file, a job.
    pub group: Arc<str>,
    /// Which one of its parts: a log stream, which is mostly an instance's id. Empty for a feed as a whole.
    pub stream: Arc<str>,
}

impl Name {
    /// A feed as a whole, which has a state of its own and may have no lines.
    #[must_use]
    pub fn of_feed(title: Arc<str>) -> Self {
        Self { group: title, stream: Arc::from("") }
    }

    /// Whether this is a feed as a whole.
    #[must_use]
    pub fn is_feed(&self) -> bool {
        self.stream.is_empty()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_feed() { f.pad(&self.group) } else { f.pad(&format!("{} {}", self.group, self.stream)) }
    }
}

/// How a source is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// It is being opened.
    #[default]
    Opening,
    /// Its lines come as they are written.
    Live,
    /// It is asked again and again, since it does not stream, or may not.
    Polling {
        /// How often, at the moment.
        every: Duration,
        /// Why it is not live, as a sentence.
        why: Arc<str>,
    },
    /// Reading failed, and is tried again.
    Failing(Fault),
    /// It will tell nothing more.
    Ended,
}

impl State {
    /// One word for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Live => "live",
            Self::Polling { .. } => "polling",
            Self::Failing(fault) => fault.kind.word(),
            Self::Ended => "ended",
        }
    }
}

/// One source.
#[derive(Clone, Debug)]
pub struct Source {
    /// What it is called.
    pub name: Name,
    /// How it is.
    pub state: State,
    /// How many lines it has told.
    pub lines: u64,
    /// Everything up to this moment was told.
    pub told: Option<Millis>,
    counts: [u32; WINDOW],
    second: i64,
    lag: Option<i64>,
}

impl Source {
    /// One that is being opened.
    #[must_use]
    pub const fn new(name: Name) -> Self {
        Self { name, state: State::Opening, lines: 0, told: None, counts: [0; WINDOW], second: i64::MIN, lag: None }
    }

    /// Counts lines that arrived at `now`, of which the newest happened at `newest`.
    pub fn count(&mut self, lines: u32, newest: Millis, now: Millis) {
        self.lines += u64::from(lines);
        self.lag = Some(now.since(newest).max(0));
        self.pass(now);
        if let Some(count) = self.counts.get_mut(slot(self.second)) {
            *count = count.saturating_add(lines);
        }
    }

    /// Forgets the counts of seconds that are over.
    fn pass(&mut self, now: Millis) {
        let second = now.0.div_euclid(1_000);
        if self.second == i64::MIN || second.saturating_sub(self.second) >= SECONDS {
            self.counts = [0; WINDOW];
            self.second = second;
        }
        while self.second < second {
            self.second += 1;
            if let Some(count) = self.counts.get_mut(slot(self.second)) {
                *count = 0;
            }
        }
    }

    /// Lines a second, over the last ten.
    #[must_use]
    pub fn rate(&self, now: Millis) -> f64 {
        let mut then = self.clone();
        then.pass(now);
        f64::from(then.counts.iter().sum::<u32>()) / 10.0
    }

    /// How long ago its newest lines had happened when they arrived, in milliseconds.
    #[must_use]
    pub const fn lag(&self) -> Option<i64> {
        self.lag
    }
}

/// The place of a second's count.
fn slot(second: i64) -> usize {
    usize::try_from(second.rem_euclid(SECONDS)).unwrap_or(0)
}

/// The sources of a stream, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    sources: BTreeMap<SourceId, Source>,
}

impl Sources {
    /// A source was found. One that is there already stays as it is.
    pub fn found(&mut self, id: SourceId, name: Name) {
        self.sources.entry(id).or_insert_with(|| Source::new(name));
    }

    /// A source.
    #[must_use]
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(&id)
    }

    /// A source, to change it.
    pub fn get_mut(&mut self, id: SourceId) -> Option<&mut Source> {
        self.sources.get_mut(&id)
    }

    /// All, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().map(|(id, source)| (*id, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(stream: &str) -> Name {
        Name { group: "/web".into(), stream: stream.into() }
    }

    #[test]
    fn a_rate_is_that_of_ten_seconds_and_ends() {
        let mut source = Source::new(name("i-1"));
        for second in 0..20 {
            source.count(50, Millis(second * 1_000 - 700), Millis(second * 1_000));
        }
        let at = |second: i64| (source.rate(Millis(second * 1_000)) * 10.0).round();
        assert_eq!((at(19), at(24), at(40)), (500.0, 250.0, 0.0));
        assert_eq!((source.lag(), source.lines), (Some(700), 1_000));
    }

    #[test]
    fn a_source_is_found_once() {
        let mut sources = Sources::default();
        sources.found(SourceId(7), name("i-1"));
        sources.get_mut(SourceId(7)).unwrap().state = State::Live;
        sources.found(SourceId(7), name("i-1"));
        sources.found(SourceId(8), name("i-2"));
        let told: Vec<_> = sources.iter().map(|(id, source)| (id.0, source.name.to_string(), source.state.word())).collect();
        assert_eq!(told, [(7, "/web i-1".to_owned(), "live"), (8, "/web i-2".to_owned(), "opening")]);
    }
}
