//! What is followed: its lines, where they come from, and what is known of each source.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::StreamId;
use super::changes::Readings;
use super::layout::Named;
use super::names::Names;
use super::order::FeedId;
use super::subject::Subject;
use crate::app::accounts;
use crate::model::event::PlatformEvent;
use crate::model::id::EnvironmentKey;
use crate::model::log::buffer::{Bounds, Buffer};
use crate::model::log::feed::{Feed, Streaming};
use crate::model::log::line::{Millis, SourceId};
use crate::model::log::source::{Name, Source, Sources, State};

/// A feed, and whose it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fed {
    /// Whose lines it has; none where they are of no single environment.
    pub environment: Option<EnvironmentKey>,
    /// How they are read.
    pub feed: Feed,
    /// What it is called, where the feed itself does not know it. From outside: not yet safe to show.
    pub title: Option<Arc<str>>,
    /// What its sources are called in short, where their own names tell a person little.
    pub labels: BTreeMap<Arc<str>, Label>,
}

/// What a source is called in short: what tells, and where. From outside: not yet safe to show.
pub type Label = (Arc<str>, Arc<str>);

impl Fed {
    /// A feed of an environment.
    #[must_use]
    pub const fn of(environment: EnvironmentKey, feed: Feed) -> Self {
        Self { environment: Some(environment), feed, title: None, labels: BTreeMap::new() }
    }

    /// What it is called. From outside: not yet safe to show.
    #[must_use]
    pub fn title(&self) -> Arc<str> {
        self.title.clone().unwrap_or_else(|| self.feed.title())
    }

    /// Whether following it live costs money by the minute.
    #[must_use]
    pub const fn costs(&self) -> bool {
        !matches!(self.feed.streaming(), Streaming::Off)
    }
}

/// Where the lines of a source come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The feed.
    pub feed: FeedId,
    /// The number of its colour: those of one instance have one, or of one environment where there are several.
    pub mark: usize,
}

/// A stream.
#[derive(Debug)]
pub struct Stream {
    /// Which.
    pub id: StreamId,
    /// Of what.
    pub subject: Subject,
    /// From when on lines were asked for.
    pub since: Millis,
    /// It is followed; else it stands as it is.
    pub is_followed: bool,
    /// Its lines.
    pub buffer: Buffer,
    /// Its sources, the feeds as wholes among them.
    pub sources: Sources,
    /// Where each source's lines come from.
    pub origins: BTreeMap<SourceId, Origin>,
    /// What environments and sources are called.
    pub names: Names,
    /// What there is to follow.
    pub feeds: BTreeMap<FeedId, Fed>,
    /// What is followed.
    pub chosen: BTreeSet<FeedId>,
    /// The environments of which nothing can be followed, and why. Not yet safe to show.
    pub unfollowed: BTreeMap<EnvironmentKey, Arc<str>>,
    /// What of the platform's events stands among the lines already.
    pub(super) marked: BTreeSet<(EnvironmentKey, PlatformEvent)>,
    /// What was read of those whose platform tells no events.
    pub(super) readings: Readings,
    /// What has a colour of its own, in the order in which it was met.
    marks: Vec<Arc<str>>,
}

impl Stream {
    /// One of which nothing was told yet.
    #[must_use]
    pub fn new(id: StreamId, subject: Subject, since: Millis, bounds: Bounds) -> Self {
        Self {
            id,
            subject,
            since,
            is_followed: false,
            buffer: Buffer::new(bounds),
            sources: Sources::default(),
            origins: BTreeMap::new(),
            names: Names::default(),
            feeds: BTreeMap::new(),
            chosen: BTreeSet::new(),
            unfollowed: BTreeMap::new(),
            marked: BTreeSet::new(),
            readings: Readings::default(),
            marks: Vec::new(),
        }
    }

    /// Whether it is of more than one environment.
    #[must_use]
    pub fn has_several(&self) -> bool {
        self.subject.environments.len() > 1
    }

    /// Says anew what everything is called: something was met, or is known by another name.
    pub(super) fn rename(&mut self, accounts: &accounts::Names) {
        self.names = Names::of(self, accounts);
    }

    /// What the column of sources has to have room for.
    #[must_use]
    pub fn named(&self) -> Named {
        Named { several: self.has_several(), widths: self.names.widths() }
    }

    /// Notes a source, and where its lines come from. What it is called, [`Self::rename`] says.
    pub(super) fn introduce(&mut self, source: SourceId, feed: FeedId, name: Name) {
        let Some(of) = self.feeds.get(&feed) else { return };
        let environment = of.environment.as_ref().filter(|_| self.has_several());
        let coloured: Arc<str> = environment.map_or_else(|| Arc::clone(&name.stream), |key| key.to_string().into());
        let mark = if name.is_feed() { 0 } else { self.mark_of(&coloured) };
        self.origins.insert(source, Origin { feed, mark });
        self.sources.found(source, name);
    }

    fn mark_of(&mut self, coloured: &Arc<str>) -> usize {
        self.marks.iter().position(|known| known == coloured).unwrap_or_else(|| {
            self.marks.push(Arc::clone(coloured));
            self.marks.len() - 1
        })
    }

    /// The environment of a source.
    #[must_use]
    pub fn environment_of(&self, source: SourceId) -> Option<&EnvironmentKey> {
        let feed = self.origins.get(&source)?.feed;
        self.feeds.get(&feed)?.environment.as_ref()
    }

    /// How a feed is that is followed, as it says of itself.
    #[must_use]
    pub fn state_of(&self, feed: FeedId) -> Option<&State> {
        let wholes = self.sources_of(feed).filter(|(_, source)| source.name.is_feed());
        // Of several parts the one that fails is the one to know of, else the first.
        wholes.map(|(_, source)| &source.state).min_by_key(|state| !matches!(state, State::Failing(_)))
    }

    /// The sources of a feed, itself as a whole included, with their numbers.
    pub fn sources_of(&self, feed: FeedId) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources.iter().filter(move |(id, _)| self.origins.get(id).is_some_and(|origin| origin.feed == feed))
    }

    /// How the sources of a feed are is not known any more: it is not followed, or not yet again.
    pub(super) fn begin_anew(&mut self, feed: FeedId) {
        let of: Vec<SourceId> = self.sources_of(feed).map(|(id, _)| id).collect();
        for id in of {
            if let Some(source) = self.sources.get_mut(id) {
                source.state = State::Opening;
            }
        }
    }

    /// How many live sessions there are, each of which costs money by the minute.
    #[must_use]
    pub fn sessions(&self) -> usize {
        let wholes = self.sources.iter().filter(|(id, source)| {
            let feed = self.origins.get(id).map(|origin| origin.feed).filter(|feed| self.chosen.contains(feed));
            let costs = feed.and_then(|feed| self.feeds.get(&feed)).is_some_and(Fed::costs);
            costs && source.name.is_feed() && source.state == State::Live
        });
        if self.is_followed { wholes.count() } else { 0 }
    }

    /// Lines a second, of all sources.
    #[must_use]
    pub fn rate(&self, now: Millis) -> f64 {
        self.sources.iter().map(|(_, source)| source.rate(now)).sum()
    }

    /// How long lines take from being written to being told, of the sources that told some lately, in milliseconds: the
    /// median, since a single line may always come late.
    #[must_use]
    pub fn lag(&self, now: Millis) -> Option<i64> {
        let telling = self.sources.iter().filter(|(_, source)| source.rate(now) > 0.0);
        let mut lags: Vec<i64> = telling.filter_map(|(_, source)| source.lag()).collect();
        lags.sort_unstable();
        lags.get(lags.len() / 2).copied()
    }
}
