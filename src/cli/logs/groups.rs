//! Which log groups are read: those that were named; else all of them, where they fit into one live session.

use std::sync::Arc;

use crate::aws::logs::GROUPS_IN_SESSION;
use crate::aws::{Clients, CloudWatchLogs};
use crate::config::Settings;
use crate::model::fault::Fault;
use crate::model::id::EnvironmentName;
use crate::model::log::feed::{Feed, Streaming};
use crate::model::pattern::NamePattern;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::shell::SystemClock;
use crate::sources;

/// Why an environment's groups are not read, as a sentence. From outside: not yet safe to show.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Unchosen {
    /// A person has to choose.
    #[error(
        "{name} has {} log groups, and one live session has at most {GROUPS_IN_SESSION}: choose with --group, which may be given several times and takes * for any letters (--group '*' follows all in several sessions, each of which costs money): {}",
        groups.len(),
        groups.join(", ")
    )]
    TooMany { name: EnvironmentName, groups: Vec<Arc<str>> },
    /// None of them was meant.
    #[error("{name} has no log group that --group names: {}", listed(groups))]
    NoneFits { name: EnvironmentName, groups: Vec<Arc<str>> },
    /// Nobody knows which there are.
    #[error("{name}: {fault}")]
    Unread { name: EnvironmentName, fault: Fault },
}

fn listed(groups: &[Arc<str>]) -> String {
    if groups.is_empty() { "it has none".to_owned() } else { format!("it has {}", groups.join(", ")) }
}

/// Chooses among groups.
pub(super) struct Choosing {
    clouds: CloudWatchLogs,
    wanted: Vec<NamePattern>,
    follows: bool,
}

impl Choosing {
    /// Of what these patterns name; of all where there are none.
    pub(super) fn new(settings: &Settings, wanted: Vec<NamePattern>, follows: bool) -> Self {
        let limiter = Limiter::new(Stamps::new(Arc::new(SystemClock)));
        let clouds = CloudWatchLogs::new(Clients::new(sources::connections(settings), limiter.clone()), limiter);
        Self { clouds, wanted, follows }
    }

    /// What is read of an environment's feeds.
    pub(super) async fn among(&self, name: &EnvironmentName, feeds: Vec<Feed>) -> Result<Vec<Feed>, Unchosen> {
        let (mut chosen, mut all) = (Vec::new(), Vec::new());
        for feed in feeds {
            if !self.has_to_know(&feed) {
                // Whoever names groups wants nothing else.
                chosen.extend(self.wanted.is_empty().then_some(feed));
                continue;
            }
            let groups = match self.groups(&feed).await {
                Ok(groups) => groups,
                // Whoever reads them tells why they cannot be read.
                Err(_) if self.wanted.is_empty() => {
                    chosen.push(feed);
                    continue;
                }
                Err(fault) => return Err(Unchosen::Unread { name: name.clone(), fault }),
            };
            if self.wanted.is_empty() {
                if groups.len() > GROUPS_IN_SESSION {
                    return Err(Unchosen::TooMany { name: name.clone(), groups });
                }
                chosen.push(feed);
                continue;
            }
            let fitting: Vec<NamePattern> =
                groups.iter().filter(|group| self.names(group, name)).map(|group| NamePattern::new(group)).collect();
            chosen.extend((!fitting.is_empty()).then(|| only(feed, fitting)).flatten());
            all.extend(groups);
        }
        if chosen.is_empty() && !self.wanted.is_empty() { Err(Unchosen::NoneFits { name: name.clone(), groups: all }) } else { Ok(chosen) }
    }

    /// Whether its groups decide about it: they were named, or it would open live sessions.
    fn has_to_know(&self, feed: &Feed) -> bool {
        match feed {
            Feed::Beanstalk { live, .. } | Feed::Groups { live, .. } => {
                !self.wanted.is_empty() || (self.follows && *live != Streaming::Off)
            }
            Feed::Command(_) | Feed::Jobs { .. } | Feed::Output { .. } => false,
        }
    }

    async fn groups(&self, feed: &Feed) -> Result<Vec<Arc<str>>, Fault> {
        let groups = match feed {
            Feed::Beanstalk { site, environment, .. } => self.clouds.groups(site, environment).await?,
            Feed::Groups { site, names, .. } => self.clouds.named_groups(site, names).await?,
            Feed::Command(_) | Feed::Jobs { .. } | Feed::Output { .. } => return Ok(Vec::new()),
        };
        Ok(groups.read)
    }

    /// Whether a group is named: in full, or by what stands behind that which all groups of its environment begin with.
    fn names(&self, group: &str, name: &EnvironmentName) -> bool {
        let own = group.strip_prefix(&format!("/aws/elasticbeanstalk/{name}/"));
        let file = own.and_then(|own| own.strip_prefix("var/log/"));
        let called = || [Some(group), own, file].into_iter().flatten();
        self.wanted.iter().any(|wanted| called().any(|called| wanted.matches(called)))
    }
}

/// A feed of these groups alone. They were named, so all of them are streamed where that is allowed.
fn only(feed: Feed, names: Vec<NamePattern>) -> Option<Feed> {
    match feed {
        Feed::Beanstalk { site, live, .. } | Feed::Groups { site, live, .. } => {
            let live = if live == Streaming::Off { live } else { Streaming::AllGroups };
            Some(Feed::Groups { site, names, live })
        }
        Feed::Command(_) | Feed::Jobs { .. } | Feed::Output { .. } => None,
    }
}
