//! CloudWatch Logs: searched, and listened to.
//!
//! ```text
//! feed      one feed from its beginning: finds its groups, and follows what it finds
//! groups    which groups an environment has, and which of them hold the same
//! search    FilterLogEvents, page by page
//! live      one session of StartLiveTail
//! fill      what is searched for beside listening
//! follow    one after the other for as long as anybody listens: joins, fills, falls back
//! collected the texts that it collects
//! request   what Elastic Beanstalk collects where it streams nothing
//! out       what is told, and what is thrown away where nobody takes it
//! ```

mod collected;
mod feed;
mod fill;
mod follow;
mod groups;
mod host;
mod live;
mod out;
mod request;
mod search;
mod sources;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::task::JoinSet;

use super::call::{Operation, Wire};
use super::clients::Clients;
use crate::model::compute::Site;
use crate::model::fault::Fault;
use crate::model::id::EnvironmentName;
use crate::model::log::batch::News;
use crate::model::pattern::NamePattern;
use crate::ops::limit::Limiter;
use crate::ops::port::{Follow, Tail};

pub use groups::Groups;
pub use host::PlainHost;

/// How many groups one session may have (StartLiveTail's documentation).
pub const GROUPS_IN_SESSION: usize = 10;

/// How long is waited for what. As a value, so that tests need not wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// For the first frame of a session: the SDK itself would wait for ever.
    pub first_frame: Duration,
    /// For the next update: the service sends one every second, even an empty one.
    pub update: Duration,
    /// Until everything that was taken in is found by a search.
    pub settled: Duration,
    /// Until listening is tried again where it does not work, and what was not there is looked for again.
    pub again: Duration,
    /// Between two searches, at the least.
    pub search: Duration,
    /// A session that ends sooner is none to rely on, whatever it has told.
    pub steady: Duration,
    /// Until every instance has sent the ends of its log files.
    pub collecting: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            first_frame: seconds(10),
            update: seconds(8),
            settled: seconds(12),
            again: seconds(60),
            search: seconds(2),
            steady: seconds(20),
            collecting: seconds(60),
        }
    }
}

/// Reads CloudWatch Logs.
#[derive(Clone)]
pub struct CloudWatchLogs {
    wire: Wire,
    patience: Patience,
}

impl CloudWatchLogs {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        Self { wire: Wire::new(clients, limiter), patience: Patience::default() }
    }

    /// The same with other patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}

/// An operation of the service.
const fn operation(name: &'static str) -> Operation<'static> {
    Operation { api: "logs", service: "CloudWatch Logs", name, about: None, in_turn: false }
}

impl CloudWatchLogs {
    /// The groups of an Elastic Beanstalk environment, of no other whose name merely begins with its name.
    ///
    /// # Errors
    /// When they cannot be asked for.
    pub async fn groups(&self, site: &Site, environment: &EnvironmentName) -> Result<Groups, Fault> {
        groups::find(&self.wire, site, &groups::Wanted::Environment(environment.clone())).await
    }

    /// The groups with these names, or whose names fit these patterns.
    ///
    /// # Errors
    /// When they cannot be asked for.
    pub async fn named_groups(&self, site: &Site, names: &[NamePattern]) -> Result<Groups, Fault> {
        groups::find(&self.wire, site, &groups::Wanted::Named(names.to_vec())).await
    }
}

impl Tail for CloudWatchLogs {
    fn follow(&self, follow: Follow) -> BoxStream<'static, News> {
        let (out, news) = out::channel(Arc::clone(&follow.numbers));
        let mut tasks = JoinSet::new();
        tasks.spawn(feed::run(self.wire.clone(), self.patience, follow, out));
        // The tasks end with the stream that holds them.
        stream::unfold((news, tasks), |(mut news, tasks)| async move { Some((news.recv().await?, (news, tasks))) }).boxed()
    }
}
