//! One feed from its beginning: finds its groups, and follows what it finds.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::super::call::Wire;
use super::follow::{self, Part};
use super::groups::{self, Wanted};
use super::out::Out;
use super::request::Requests;
use super::{GROUPS_IN_SESSION, Patience};
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::News;
use crate::model::log::feed::{Feed, Streaming};
use crate::model::log::line::SourceId;
use crate::model::log::note::{Marker, MarkerKind};
use crate::model::log::source::{Name, State};
use crate::ops::port::Follow;

/// Why groups are searched beside a live session.
const WITHOUT_ROOM: &str = "one live session has at most ten log groups, those that were there when it began; nobody asked for another";
/// The same where none may be opened.
const SWITCHED_OFF: &str = "live tails are switched off";
/// How many times longer than for anything else is waited until groups are looked for that were not there before, and
/// until the ends of files are requested again: each request leaves events in the environment.
const SELDOM: u32 = 5;

/// Follows a feed: until it is let go of, or until all that there was has been told.
pub(super) async fn run(wire: Wire, patience: Patience, follow: Follow, out: Out) {
    let title = follow.feed.title();
    let Some(own) = introduce(&follow, &out, title).await else { return };
    let (site, wanted, live) = match &follow.feed {
        Feed::Beanstalk { site, environment, live, .. } => (site.clone(), Wanted::Environment(environment.clone()), *live),
        Feed::Groups { site, names, live } => (site.clone(), Wanted::Named(names.clone()), *live),
        Feed::Command(_) | Feed::Jobs { .. } | Feed::Output { .. } => {
            let fault = Fault::new(FaultKind::Unsupported, "CloudWatch Logs has no such lines");
            return out.tell(News::Is(vec![own], State::Failing(fault))).await;
        }
    };
    let requests = match &follow.feed {
        Feed::Beanstalk { environment, request: true, .. } => {
            let place = (site.clone(), environment.clone());
            Some(Requests::new(wire.clone(), patience, place, follow.clone(), out.clone(), own))
        }
        _ => None,
    };
    let finder = Finder { wire, patience, site, wanted, live, follow, out, own, requests };
    finder.run().await;
}

/// Tells of a feed as a whole.
async fn introduce(follow: &Follow, out: &Out, title: Arc<str>) -> Option<SourceId> {
    let own = follow.numbers.source()?;
    out.tell(News::Found(own, Name::of_feed(title))).await;
    Some(own)
}

/// What a part of a feed is called that stands beside its first one: each by a name of its own.
fn part_title(feed: &str, number: usize, groups: usize) -> String {
    let groups = if groups == 1 { "1 more group".to_owned() } else { format!("{groups} more groups") };
    if number == 2 { format!("{feed}, {groups}") } else { format!("{feed}, {groups} ({number})") }
}

struct Finder {
    wire: Wire,
    patience: Patience,
    site: Site,
    wanted: Wanted,
    live: Streaming,
    follow: Follow,
    out: Out,
    own: SourceId,
    /// What is done where nothing is streamed.
    requests: Option<Requests>,
}

impl Finder {
    async fn run(mut self) {
        let (mut known, mut left_out) = (HashSet::new(), HashSet::new());
        let mut parts = JoinSet::new();
        loop {
            let found = groups::find(&self.wire, &self.site, &self.wanted).await;
            match found {
                Ok(found) if found.read.is_empty() && known.is_empty() => self.without_groups().await,
                Ok(found) => {
                    let fresh = found.fresh(&known);
                    for (copy, of) in fresh.beside.iter().filter(|(copy, _)| left_out.insert(Arc::clone(copy))) {
                        self.leave_out(copy, of).await;
                    }
                    self.start(&mut parts, &fresh.read).await;
                    known.extend(fresh.read);
                }
                // What is followed already tells by itself how it is.
                Err(_) if !known.is_empty() => {}
                Err(fault) => self.is(State::Failing(fault)).await,
            }
            if !self.follow.goes_on {
                while parts.join_next().await.is_some() {}
                return;
            }
            let is_seldom = !known.is_empty() || self.requests.is_some();
            tokio::time::sleep(if is_seldom { self.patience.again * SELDOM } else { self.patience.again }).await;
        }
    }

    /// Follows groups that are new: ten by one session, and those behind them as the feed says.
    async fn start(&self, parts: &mut JoinSet<()>, new: &[Arc<str>]) {
        let mut rest = new;
        while !rest.is_empty() {
            let (is_first, begun) = (parts.is_empty(), parts.len() + 1);
            let searched = match self.live {
                Streaming::Off => Some(SWITCHED_OFF),
                Streaming::OneSession if !is_first => Some(WITHOUT_ROOM),
                Streaming::OneSession | Streaming::AllGroups => None,
            };
            let most = if searched.is_some() { rest.len() } else { GROUPS_IN_SESSION };
            let (groups, behind) = rest.split_at(most.min(rest.len()));
            rest = behind;
            let own = if is_first {
                self.own
            } else {
                let title = part_title(&self.follow.feed.title(), begun, groups.len());
                let Some(own) = introduce(&self.follow, &self.out, title.into()).await else { return };
                own
            };
            let part = Part { site: self.site.clone(), groups: groups.to_vec(), searched, own, follow: self.follow.clone() };
            parts.spawn(follow::run(self.wire.clone(), self.patience, part, self.out.clone()));
        }
    }

    /// Says of a group that appeared why it is not read.
    async fn leave_out(&self, copy: &str, of: &str) {
        let text = format!("{copy} is not read: it holds lines that {of} tells already").into();
        let time = self.wire.stamp().asked_at.into();
        self.out.tell(News::Happened(Marker { time, kind: MarkerKind::Source, text })).await;
    }

    /// Requests what nobody streams; where that may not be, says that nothing is streamed.
    async fn without_groups(&mut self) {
        let nothing = self.nothing();
        let every = self.patience.again * SELDOM;
        let Some(requests) = &mut self.requests else { return self.is(State::Failing(nothing)).await };
        let state = match requests.once().await {
            Ok(()) if !self.follow.goes_on => State::Ended,
            Ok(()) => State::Polling { every, why: "it streams no logs, so the ends of its log files are requested".into() },
            Err(fault) => State::Failing(fault),
        };
        requests.is(state).await;
    }

    async fn is(&self, state: State) {
        self.out.tell(News::Is(vec![self.own], state)).await;
    }

    /// What to say where there is no group.
    fn nothing(&self) -> Fault {
        let region = &self.site.region;
        let sentence = match &self.wanted {
            Wanted::Environment(environment) => format!(
                "{environment} streams no logs to CloudWatch Logs in {region}: switch log streaming on (StreamLogs), or declare where they are in [[log_sources]]"
            ),
            Wanted::Named(_) => format!("no log group in {region} has such a name: correct groups in [[log_sources]]"),
        };
        Fault::new(FaultKind::Missing, sentence)
    }
}
