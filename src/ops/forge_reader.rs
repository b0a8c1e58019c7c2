//! Reads the forge: asks what the schedule says is due, answers to gates, and tells what came of it.
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
use super::port::{Forge, Review, Sent};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::forge::{Allowance, Interest, Report, Topic};
use crate::model::id::{GateId, Login, Repository, RunId, Sha};
use crate::model::run::{Gate, Run};

/// What the reader is told to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    /// Know this from now on. The latest replaces all before.
    Interest(Interest),
    /// Read again now: everything, or what concerns one repository.
    Hurry(Option<Repository>),
    /// Answer to gates, if what a person saw still holds.
    Review(Box<ReviewOrder>),
}

/// An answer to gates, with what the person saw who gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReviewOrder {
    /// By which the outcome is known.
    pub id: u64,
    /// The answer.
    pub review: Review,
    /// What was seen.
    pub expected: Expected,
}

/// What has to hold right before an answer is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// The commit that the run is on.
    pub head: Sha,
    /// Which attempt of the run it is.
    pub attempt: u64,
    /// Every gate that holds the run back.
    pub gates: Vec<GateId>,
}

impl Expected {
    /// What is seen here.
    #[must_use]
    pub fn of(run: &Run, gates: &[Gate]) -> Self {
        Self { head: run.head.clone(), attempt: run.attempt, gates: gates.iter().map(|gate| gate.id).collect() }
    }

    /// Whether this still holds: the run goes on, on the same commit, behind the same gates.
    #[must_use]
    pub fn holds(&self, run: &Run, gates: &[Gate]) -> bool {
        let now: HashSet<GateId> = gates.iter().map(|gate| gate.id).collect();
        let then: HashSet<GateId> = self.gates.iter().copied().collect();
        run.progress.is_live() && run.head == self.head && run.attempt == self.attempt && now == then
    }
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
    /// What became of the answer of this id.
    Reviewed(u64, Outcome),
}

/// What became of an answer to gates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was sent, once, or refused.
    Sent(Sent),
    /// Nothing was sent: what the person saw no longer holds. This does.
    Changed(Box<Run>, Vec<Gate>),
    /// Nothing was sent: what holds now could not be read.
    Unseen(Fault),
}

/// What a running task is about.
enum Task {
    Ask(ForgeAsk),
    Review(u64, Repository, RunId),
}

/// What came of a task.
enum Ended {
    Viewer(Stamp, Result<Login, Fault>),
    Overviews(Vec<Report>),
    Report(Box<Report>),
    Review(Box<Outcome>),
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
    /// Runs whose gates are being answered.
    answering: HashSet<(Repository, RunId)>,
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
            answering: HashSet::new(),
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
        // Reading is over; an answer that a person gave is seen through, though nobody may hear of it.
        while self.about.values().any(|task| matches!(task, Task::Review(..))) {
            let Some(ended) = self.tasks.join_next_with_id().await else { break };
            self.ended(ended);
        }
    }

    fn heed(&mut self, order: Order) {
        let now = Instant::now();
        match order {
            Order::Interest(interest) => self.schedule.interest(interest, now),
            Order::Hurry(about) => self.schedule.hurry(about.as_ref(), now),
            Order::Review(order) => self.review(*order),
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

    fn review(&mut self, order: ReviewOrder) {
        let (id, place) = (order.id, (order.review.repository.clone(), order.review.run));
        if !self.answering.insert(place.clone()) {
            let fault = Fault::new(
                FaultKind::Refused,
                format!("run {} of {} is being answered already: look at what comes of it", place.1, place.0),
            );
            self.tell(Told::Reviewed(id, Outcome::Sent(Sent::Refused(fault))));
            return;
        }
        let forge = Arc::clone(&self.forge);
        let handle = self.tasks.spawn(async move { Ended::Review(Box::new(answer(forge.as_ref(), order).await)) });
        self.about.insert(handle.id(), Task::Review(id, place.0, place.1));
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
            (Task::Review(id, repository, run), Some(Ended::Review(outcome))) => self.reviewed(id, repository, run, *outcome),
            (Task::Review(id, repository, run), _) => {
                tracing::error!(%repository, %run, "answering panicked");
                self.reviewed(id, repository, run, Outcome::Sent(Sent::Unclear(bug())));
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

    fn reviewed(&mut self, id: u64, repository: Repository, run: RunId, outcome: Outcome) {
        self.schedule.hurry(Some(&repository), Instant::now());
        self.answering.remove(&(repository, run));
        self.tell(Told::Reviewed(id, outcome));
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

/// How long the look before an answer may take, its wait for a budget included.
const LOOK: Duration = Duration::from_secs(20);

/// Looks once more, and answers if what was seen still holds.
async fn answer(forge: &dyn Forge, order: ReviewOrder) -> Outcome {
    // Who has confirmed it means now: what would be sent minutes later is not sent.
    let look = tokio::time::timeout(LOOK, forge.look(order.review.repository.clone(), order.review.run));
    let looked = look.await.unwrap_or_else(|_| {
        let sentence = "GitHub did not let the run be looked at once more in time, or asks for fewer calls: try again in a while";
        Err(Fault::new(FaultKind::Unreachable, sentence))
    });
    match looked {
        Err(fault) => Outcome::Unseen(fault),
        Ok((run, gates)) if !order.expected.holds(&run, &gates) => Outcome::Changed(Box::new(run), gates),
        Ok(_) => Outcome::Sent(forge.review(order.review).await),
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
        Topic::Runs => "runs",
        Topic::Gates(_) => "gates",
        Topic::Jobs(_) => "jobs",
        Topic::Comparison(_) => "comparison",
        Topic::Touched(_) => "touched",
        Topic::Details(_) => "details",
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
