//! Reads the forge: asks what the schedule says is due, writes what was confirmed, and tells what came of it.
//!
//! Owns no state of what was told. A forge that panics becomes a failed
//! reading; of a write it is not known then whether it was sent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::clock::Stamps;
use super::forge_schedule::{ForgeAsk, ForgePace, ForgeSchedule};
use super::port::Forge;
use super::writing;
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{Allowance, Interest, Report, Topic};
use crate::model::id::{Login, Repository};
use crate::model::write::{Order as WriteOrder, Sent};

/// What the reader is told to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Know this from now on. The latest replaces all before.
    Interest(Interest),
    /// Read again now: everything, or what concerns one repository.
    Hurry(Option<Repository>),
    /// Write something, if what its plan rests on still holds. The id is that by which the outcome is known.
    Write(u64, Box<WriteOrder>),
}

/// What the reader tells.
#[derive(Clone, PartialEq, Debug)]
pub enum Told {
    /// Something was read, or could not be.
    Report(Report),
    /// Whose token it is, or why that is not known.
    Viewer(Stamp, Result<Login, Fault>),
    /// How much may still be asked.
    Allowance(Allowance),
    /// What became of the write of this id.
    Written(u64, Sent),
}

/// What a running task is about.
enum Task {
    Ask(ForgeAsk),
    /// With its id, and the place that it changes.
    Write(u64, Place),
}

/// A repository, and what of it is changed.
type Place = (Repository, String);

/// What came of a task.
enum Ended {
    Viewer(Stamp, Result<Login, Fault>),
    Overviews(Vec<Report>),
    Report(Box<Report>),
    Write(Box<Sent>),
}

/// Reads the forge until told to stop by dropping its ends.
pub struct ForgeReader {
    forge: Arc<dyn Forge>,
    stamps: Stamps,
    schedule: ForgeSchedule,
    tasks: JoinSet<Ended>,
    about: HashMap<Id, Task>,
    told: mpsc::UnboundedSender<Told>,
    allowance: Option<Allowance>,
    /// What is being written to.
    writing: HashSet<Place>,
}

impl ForgeReader {
    /// A reader that tells here.
    #[must_use]
    pub fn new(forge: Arc<dyn Forge>, stamps: Stamps, pace: ForgePace, told: mpsc::UnboundedSender<Told>) -> Self {
        Self {
            forge,
            stamps,
            schedule: ForgeSchedule::new(pace),
            tasks: JoinSet::new(),
            about: HashMap::new(),
            told,
            allowance: None,
            writing: HashSet::new(),
        }
    }

    /// Reads until the orders' other end is dropped; then waits for what is under way.
    pub async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            self.start_due();
            let wake = self.schedule.next_due().unwrap_or_else(|| Instant::now() + Duration::from_secs(3_600));
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.heed(order),
                    None => break,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                () = tokio::time::sleep_until(wake) => {}
            }
            if self.told.is_closed() {
                break;
            }
        }
        // Reading is over; what a person has confirmed is seen through, though nobody may hear of it.
        while self.about.values().any(|task| matches!(task, Task::Write(..))) {
            let Some(ended) = self.tasks.join_next_with_id().await else { break };
            self.ended(ended);
        }
    }

    fn heed(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::Interest(interest) => self.schedule.interest(interest, now),
            Order::Hurry(about) => self.schedule.hurry(about.as_ref(), now),
            Order::Write(id, order) => self.write(id, *order),
        }
    }

    fn start_due(&mut self) {
        for ask in self.schedule.due(Instant::now()) {
            let (forge, stamps) = (Arc::clone(&self.forge), self.stamps.clone());
            let handle = match ask.clone() {
                ForgeAsk::Viewer => self.tasks.spawn(async move {
                    let stamp = stamps.stamp();
                    Ended::Viewer(stamp, forge.viewer().await)
                }),
                ForgeAsk::Overviews(repositories) => self.tasks.spawn(async move { Ended::Overviews(forge.overviews(repositories).await) }),
                ForgeAsk::Topic { repository, topic, branch } => {
                    self.tasks.spawn(async move { Ended::Report(Box::new(forge.ask(repository, topic, branch).await)) })
                }
            };
            self.about.insert(handle.id(), Task::Ask(ask));
        }
    }

    fn write(&mut self, id: u64, order: WriteOrder) {
        let place = (order.repository.clone(), order.write.place());
        if !self.writing.insert(place.clone()) {
            let sentence = format!("{} of {} is being written to already: look at what comes of it", place.1, place.0);
            self.tell(Told::Written(id, Sent::Refused(Fault::new(FaultKind::Refused, sentence))));
            return;
        }
        let forge = Arc::clone(&self.forge);
        let handle = self.tasks.spawn(async move { Ended::Write(Box::new(writing::write(forge.as_ref(), order).await)) });
        self.about.insert(handle.id(), Task::Write(id, place));
    }

    fn ended(&mut self, ended: Result<(Id, Ended), JoinError>) {
        let (id, ended) = match ended {
            Ok((id, ended)) => (id, Some(ended)),
            Err(error) => (error.id(), None),
        };
        let Some(task) = self.about.remove(&id) else { return };
        match (task, ended) {
            (Task::Ask(ForgeAsk::Viewer), Some(Ended::Viewer(stamp, told))) => self.viewer(stamp, told),
            (Task::Ask(ForgeAsk::Viewer), _) => self.viewer(self.stamps.stamp(), Err(bug())),
            (Task::Ask(ForgeAsk::Overviews(_)), Some(Ended::Overviews(reports))) => self.overviews(reports),
            (Task::Ask(ForgeAsk::Overviews(repositories)), _) => {
                tracing::error!(count = repositories.len(), "reading overviews panicked");
                let stamp = self.stamps.stamp();
                let report = |(repository, _)| Report { repository, topic: Topic::Overview, stamp, news: Err(bug()) };
                self.overviews(repositories.into_iter().map(report).collect());
            }
            (Task::Ask(ForgeAsk::Topic { .. }), Some(Ended::Report(report))) => self.report(*report),
            (Task::Ask(ForgeAsk::Topic { repository, topic, .. }), _) => {
                tracing::error!(%repository, ?topic, "reading panicked");
                self.report(Report { repository, topic, stamp: self.stamps.stamp(), news: Err(bug()) });
            }
            (Task::Write(id, place), Some(Ended::Write(sent))) => self.written(id, &place, *sent),
            (Task::Write(id, place), _) => {
                tracing::error!(repository = %place.0, place = place.1, "writing panicked");
                self.written(id, &place, Sent::Unclear(bug()));
            }
        }
        self.allow();
    }

    fn viewer(&mut self, stamp: Stamp, told: Result<Login, Fault>) {
        let brief = told.as_ref().map(|_| ()).map_err(|fault| fault.kind);
        self.schedule.viewer_ended(brief, Instant::now());
        self.tell(Told::Viewer(stamp, told));
    }

    fn overviews(&mut self, reports: Vec<Report>) {
        self.schedule.overviews_ended(&reports, Instant::now());
        for report in reports {
            note(&report);
            self.tell(Told::Report(report));
        }
    }

    fn report(&mut self, report: Report) {
        note(&report);
        self.schedule.ended(&report.repository, &report.topic, &report.news, Instant::now());
        self.tell(Told::Report(report));
    }

    fn written(&mut self, id: u64, place: &Place, sent: Sent) {
        self.schedule.hurry(Some(&place.0), Instant::now());
        self.writing.remove(place);
        self.tell(Told::Written(id, sent));
    }

    fn allow(&mut self) {
        if let Some(allowance) = self.forge.allowance().filter(|allowance| self.allowance != Some(*allowance)) {
            self.allowance = Some(allowance);
            self.schedule.allow(allowance, self.stamps.now());
            self.tell(Told::Allowance(allowance));
        }
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more: `run` is about to end.
        let _ = self.told.send(told);
    }
}

/// Notes in the log what failed.
fn note(report: &Report) {
    if let Err(fault) = &report.news {
        let topic = topic_word(&report.topic);
        tracing::debug!(repository = %report.repository, topic, kind = fault.kind.word(), sentence = %fault, "failed");
    }
}

const fn topic_word(topic: &Topic) -> &'static str {
    match topic {
        Topic::Overview => "overview",
        Topic::Rules(_) => "rules",
        Topic::Tags => "tags",
        Topic::LiveRuns => "live runs",
        Topic::OpenPulls(_) => "open pull requests",
        Topic::Runs => "runs",
        Topic::Gates(_) => "gates",
        Topic::Jobs(_) => "jobs",
        Topic::Comparison(_) => "comparison",
        Topic::Touched(_) => "touched",
        Topic::Details(_) => "details",
        Topic::Deployments(_) => "deployments",
        Topic::Alerts(_) => "alerts",
        Topic::Previews => "previews",
        Topic::Statuses => "statuses",
        Topic::Pulls(_) => "pull requests",
    }
}

fn bug() -> Fault {
    Fault::new(
        FaultKind::Malformed,
        "this program failed while reading an answer of GitHub's; start it again with QUARTERDECK_LOG=FILE and please report what the file says",
    )
}

/// Runs a reader in the background; it ends when either channel's other end is dropped.
#[must_use]
pub fn start(forge: Arc<dyn Forge>, stamps: Stamps, pace: ForgePace) -> (mpsc::UnboundedSender<Order>, mpsc::UnboundedReceiver<Told>) {
    let (orders, inbox) = mpsc::unbounded_channel();
    let (outbox, told) = mpsc::unbounded_channel();
    tokio::spawn(ForgeReader::new(forge, stamps, pace, outbox).run(inbox).boxed());
    (orders, told)
}

#[cfg(test)]
#[path = "forge_reader_tests.rs"]
mod tests;
