//! Logs that are followed over ssh: of containers, or what a configured command goes on telling.
//!
//! ```text
//! script    what runs at the other end, and ends with the connection
//! told      what a line says of itself: whose it is, when it was written
//! session   one connection after another, each a report of its own
//! ```

mod script;
mod session;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::model::compute::Site;
use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::InstanceId;
use crate::model::log::batch::News;
use crate::model::log::feed::{Command, Feed, Place};
use crate::model::log::line::SourceId;
use crate::model::log::source::{Name, State};
use crate::ops::limit::Limiter;
use crate::ops::port::{Addresses, Follow, Tail};
use crate::ssh::Ssh;
use session::Session;

/// How much may wait until whoever listens takes it. What more is written waits where it is written: ssh stops reading,
/// and nothing is lost.
const WAITING: usize = 64;

/// How long is waited for what. As a value, so that tests need not wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// For a connection.
    pub connection: Duration,
    /// Until it is tried again after it broke: the first time, then twice as long each time.
    pub again: Duration,
    /// The longest of these.
    pub longest: Duration,
    /// How long nothing comes once all that was written before was told.
    pub quiet: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connection: seconds(10), again: seconds(1), longest: seconds(30), quiet: seconds(2) }
    }
}

/// Follows commands over ssh. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    addresses: Option<Arc<dyn Addresses>>,
    limiter: Limiter,
    patience: Patience,
}

impl Commands {
    /// Asks `addresses` where instances are reached; without it only plain hosts are followed.
    #[must_use]
    pub fn new(addresses: Option<Arc<dyn Addresses>>, limiter: Limiter) -> Self {
        Self { addresses, limiter, patience: Patience::default() }
    }

    /// The same with other patience.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    async fn run(self, follow: Follow, out: mpsc::Sender<News>) {
        let Some(own) = follow.numbers.source() else { return };
        let name = Name::of_feed(follow.feed.title());
        let _ = out.send(News::Found(own, name.clone())).await;
        let Feed::Command(command) = &follow.feed else {
            let fault = Fault::new(FaultKind::Unsupported, "this is not followed over ssh");
            return drop(out.send(News::Is(vec![own], State::Failing(fault))).await);
        };
        match &command.at {
            Place::Host(login) => {
                let ssh = Ssh {
                    config: login.config.clone(),
                    options: login.options.clone(),
                    patience: self.patience.connection,
                    ..Ssh::default()
                };
                self.session(ssh, login.to.clone(), (own, &name), command, &follow, out).run().await;
            }
            Place::Instances { site, to, ids } => self.instances((site, to, ids), own, command, &follow, out).await,
        }
    }

    /// One session for each instance.
    async fn instances(
        &self,
        (site, to, ids): (&Site, &str, &[InstanceId]),
        own: SourceId,
        command: &Command,
        follow: &Follow,
        out: mpsc::Sender<News>,
    ) {
        let mut pause = self.patience.again;
        let places = loop {
            match self.places(site, to, ids).await {
                Ok(places) => break places,
                Err(fault) => drop(out.send(News::Is(vec![own], State::Failing(fault))).await),
            }
            if !follow.goes_on || out.is_closed() {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.patience.longest);
        };
        let mut sessions = JoinSet::new();
        for (id, to) in places {
            let Some(source) = follow.numbers.source() else { break };
            let name = Name { group: Arc::clone(&command.title), stream: id.as_str().into() };
            let _ = out.send(News::Found(source, name.clone())).await;
            let ssh = Ssh { patience: self.patience.connection, ..Ssh::default() };
            sessions.spawn(self.session(ssh, to, (source, &name), command, follow, out.clone()).run());
        }
        let _ = out.send(News::Is(vec![own], State::Live)).await;
        while sessions.join_next().await.is_some() {}
        let _ = out.send(News::Is(vec![own], State::Ended)).await;
    }

    async fn places(&self, site: &Site, to: &str, ids: &[InstanceId]) -> Result<Vec<(InstanceId, Destination)>, Fault> {
        let refused = |sentence: String| Fault::new(FaultKind::Refused, sentence);
        let addresses = self.addresses.as_ref().ok_or_else(|| refused("nobody tells where instances are reached".to_owned()))?;
        if ids.is_empty() {
            return Err(Fault::new(FaultKind::Missing, "no instances are known on which to run the command: open the environment first"));
        }
        let filled = addresses.fill(site, to, ids).await?;
        let checked = filled.into_iter().map(|(id, to)| match Destination::new(&to) {
            Ok(destination) => Ok((id, destination)),
            Err(why) => Err(refused(format!("{to} is no host to log in to: {why}"))),
        });
        checked.collect()
    }

    fn session(
        &self,
        ssh: Ssh,
        to: Destination,
        own: (SourceId, &Name),
        command: &Command,
        follow: &Follow,
        out: mpsc::Sender<News>,
    ) -> Session {
        Session::new(ssh, to, own, command.clone(), follow.clone(), self.limiter.clone(), self.patience, out)
    }
}

impl Tail for Commands {
    fn follow(&self, follow: Follow) -> BoxStream<'static, News> {
        let (out, news) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().run(follow, out));
        // The tasks end with the stream that holds them, and with them what they have started.
        stream::unfold((news, tasks), |(mut news, tasks)| async move { Some((news.recv().await?, (news, tasks))) }).boxed()
    }
}
