//! Who reads which feed, and several feeds as one stream.

use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::port::{Follow, Numbers, Tail};
use crate::model::fault::{Fault, FaultKind};
use crate::model::log::batch::News;
use crate::model::log::feed::Feed;
use crate::model::log::line::Millis;
use crate::model::log::source::{Name, State};

/// Hands each feed to whoever reads it. Cheap to clone.
#[derive(Clone)]
pub struct Tails {
    /// What AWS keeps.
    pub aws: Arc<dyn Tail>,
    /// What is followed over ssh.
    pub hosts: Arc<dyn Tail>,
    /// What GitHub keeps, where there is a way to it.
    pub github: Option<Arc<dyn Tail>>,
    /// What actions of this console write, where it acts.
    pub outputs: Option<Arc<dyn Tail>>,
}

impl Tails {
    /// Several feeds as one stream: it ends once each of them has ended.
    ///
    /// The numbers may be those of other streams, which then can be shown as one with this.
    #[must_use]
    pub fn together(&self, feeds: Vec<Feed>, since: Millis, goes_on: bool, numbers: &Arc<Numbers>) -> BoxStream<'static, News> {
        let follow = |feed| self.follow(Follow { feed, since, goes_on, numbers: Arc::clone(numbers), known: Arc::default() });
        stream::select_all(feeds.into_iter().map(follow)).boxed()
    }

    fn reader(&self, feed: &Feed) -> Result<&Arc<dyn Tail>, Fault> {
        let missing = |sentence: &str| Fault::new(FaultKind::Unsupported, sentence);
        match feed {
            Feed::Beanstalk { .. } | Feed::Groups { .. } => Ok(&self.aws),
            Feed::Command(_) => Ok(&self.hosts),
            Feed::Jobs { .. } => self.github.as_ref().ok_or_else(|| missing("there is no way to GitHub here, so its logs are not read")),
            Feed::Output { .. } => self.outputs.as_ref().ok_or_else(|| missing("nothing is carried out here, so there is no output")),
        }
    }
}

impl Tail for Tails {
    fn follow(&self, follow: Follow) -> BoxStream<'static, News> {
        match self.reader(&follow.feed) {
            Ok(reader) => reader.follow(follow),
            Err(fault) => {
                let own = follow.numbers.source();
                let told =
                    own.map(|own| [News::Found(own, Name::of_feed(follow.feed.title())), News::Is(vec![own], State::Failing(fault))]);
                stream::iter(told.into_iter().flatten()).boxed()
            }
        }
    }
}
