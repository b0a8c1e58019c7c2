//! Drives an operation: does what [`Operation::next`] says, looks at what is in doubt, and writes down what comes of it.
//!
//! Level-triggered: it acts on how the operation stands. What it remembers besides is only when to look again. So a
//! driver that begins with a new plan and one that carries on after a crash run the same code.
//!
//! What begins is on the disk before it is sent, and is sent once. Nothing is retried here: what was not answered is
//! looked at, and only a look that says that it was not begun lets it be sent once more.

mod audited;
mod calls;
mod pace;
mod shown;

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::audit::Audit;
use super::clock::Clock;
use super::journal::{JournalError, Record};
use super::lease::Leased;
use super::port::Platform;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::evidence::{Baseline, Begun, Observed, Outcome};
use crate::model::operation::fact::{Command, Fact, Spot, Stamped};
use crate::model::operation::look::Look;
use crate::model::operation::next::Work;
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::Deed;
use crate::model::operation::verdict::Verdict;
pub(super) use audited::{audited, heeded};
use calls::{Answer, Call};
use pace::Pace;
pub use shown::{Conclusion, NotHeeded, Note, Shown};

/// So many checks before the first change are looked at at once. Those of 84 environments wait for one budget of calls: asked
/// all together, the last would have no answer within the limit of a call, and the whole operation would be refused.
const CHECKS: usize = 8;

/// How long the driver sleeps at most while nothing is due.
const LONGEST_SLEEP: Duration = Duration::from_secs(3_600);

pub(super) enum Request {
    Command(Command, oneshot::Sender<Result<(), NotHeeded>>),
    LetGo,
}

/// What a driver is made of.
pub struct Parts {
    /// Carries actions out.
    pub platform: Arc<dyn Platform>,
    /// What of it holds targets against other machines, where that is wanted.
    pub leased: Option<Arc<Leased>>,
    /// Keeps what happens.
    pub record: Box<dyn Record>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The audit log.
    pub audit: Audit,
}

pub(super) struct Driver {
    operation: Arc<Operation>,
    parts: Parts,
    calls: JoinSet<Answer>,
    about: HashMap<Id, Call>,
    paces: BTreeMap<Spot, Pace>,
    told: watch::Sender<Shown>,
    /// What follows from the operation as it is; none when that has to be worked out anew.
    due: Option<Due>,
    /// When this driver began: before it, another one may have sent something.
    since: Timestamp,
}

/// What follows from an operation, until it changes or the next pause ends.
#[derive(Clone, Debug, Default)]
struct Due {
    in_doubt: Vec<Spot>,
    begins: Vec<Spot>,
    wakes_at: Option<Timestamp>,
    is_over: bool,
}

/// Why the loop ended.
enum Stop {
    Over,
    LetGo,
}

impl Driver {
    pub(super) fn new(operation: Operation, parts: Parts) -> (Self, watch::Receiver<Shown>) {
        let operation = Arc::new(operation);
        let (told, shown) = watch::channel(Shown { operation: Arc::clone(&operation), notes: Arc::default(), conclusion: None });
        let since = parts.clock.now();
        (Self { operation, parts, calls: JoinSet::new(), about: HashMap::new(), paces: BTreeMap::new(), told, due: None, since }, shown)
    }

    /// Drives until the operation has ended, nothing can be written down, or somebody says to let go.
    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        let leased = self.parts.leased.clone();
        let driven = tokio::select! {
            biased;
            driven = self.drive(&mut requests) => driven,
            never = renewed(leased.as_deref()) => match never {},
        };
        let conclusion = match driven {
            Ok(Stop::Over) => match self.operation.verdict() {
                Verdict::Ended(ending) => Conclusion::Ended(ending),
                Verdict::Underway | Verdict::Paused | Verdict::Asks | Verdict::Stopping => Conclusion::Interrupted,
            },
            Ok(Stop::LetGo) => self.let_go().await,
            Err(error) => {
                self.see_through().await;
                Conclusion::Broken(error.to_string().into())
            }
        };
        self.audit_end(&conclusion).await;
        // Before its end is told: a program that followed it may end with it. What was interrupted keeps its leases.
        if let (Conclusion::Ended(_), Some(leased)) = (&conclusion, leased) {
            leased.give_back().await;
        }
        self.tell(Some(conclusion));
    }

    async fn drive(&mut self, requests: &mut mpsc::Receiver<Request>) -> Result<Stop, JournalError> {
        let mut heeding = true;
        loop {
            let due = self.settle().await?;
            if due.is_over && !self.is_sending() {
                return Ok(Stop::Over);
            }
            self.start(&due);
            self.tell(None);
            let wake = self.wake(&due);
            self.due = Some(due);
            tokio::select! {
                // In this order, so that stopping is heard first, and so that one seed is one course of events.
                biased;
                request = requests.recv(), if heeding => match request {
                    Some(Request::Command(command, answer)) => self.heed(command, answer).await?,
                    Some(Request::LetGo) => return Ok(Stop::LetGo),
                    None => heeding = false,
                },
                Some(ended) = self.calls.join_next_with_id() => self.ended(ended).await?,
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Writes down all that follows without a call, and tells what else does.
    async fn settle(&mut self) -> Result<Due, JournalError> {
        if let Some(due) = self.due.take().filter(|due| due.wakes_at.is_none_or(|wakes_at| self.now() < wakes_at)) {
            return Ok(due);
        }
        loop {
            let (mut facts, mut begins) = (Vec::new(), Vec::new());
            for work in self.operation.next(self.now()) {
                match work {
                    Work::Record(fact) => facts.push(fact),
                    Work::Begin(spot) => begins.push(spot),
                }
            }
            if facts.is_empty() {
                let (in_doubt, wakes_at) = (self.operation.in_doubt(), self.operation.wakes_at());
                self.paces.retain(|spot, pace| pace.is_busy || !self.operation.has_ended(*spot));
                return Ok(Due { in_doubt, begins, wakes_at, is_over: self.operation.is_over() });
            }
            self.append(facts).await?;
        }
    }

    /// Writes facts down, and then believes them. Nothing else changes the operation.
    async fn append(&mut self, facts: Vec<Fact>) -> Result<(), JournalError> {
        let at = self.now();
        let facts: Vec<Stamped> = facts.into_iter().map(|fact| Stamped { at, fact }).collect();
        self.parts.record.append(facts.clone()).await?;
        self.due = None;
        let operation = Arc::make_mut(&mut self.operation);
        for fact in &facts {
            operation.evolve(fact);
        }
        Ok(())
    }

    /// Starts every call whose time has come: a look at each thing in doubt, and what is to begin.
    fn start(&mut self, due: &Due) {
        let now = Instant::now();
        for spot in &due.in_doubt {
            let waits_for_us = self.operation.deed(*spot).is_some_and(calls::is_ours);
            if !waits_for_us && self.pace(*spot).is_due(now) {
                self.look(*spot);
            }
        }
        for spot in &due.begins {
            if self.pace(*spot).is_due(now) && !self.has_to_wait(*spot) {
                self.call(Call::Before(*spot));
            }
        }
    }

    /// Whether something is to begin, as the operation stands now.
    fn is_to_begin(&self, spot: Spot) -> bool {
        self.operation.next(self.now()).contains(&Work::Begin(spot))
    }

    fn look(&mut self, spot: Spot) {
        let asked_at = self.now();
        let sent = self.paces.get(&spot).and_then(|pace| pace.sent).unwrap_or(self.since);
        self.call(Call::Look { spot, settled: calls::is_settled(sent, asked_at) });
    }

    fn call(&mut self, call: Call) {
        let spot = call.spot();
        let is_check = self.operation.deed(spot).is_some_and(|deed| deed.only_checked);
        let platform = match &self.parts.leased {
            Some(leased) if is_check => leased.unheld(),
            _ => &self.parts.platform,
        };
        let Some(answer) = calls::answer(platform, &self.operation, call) else { return };
        self.pace(spot).is_busy = true;
        let id = self.calls.spawn(answer).id();
        self.about.insert(id, call);
    }

    /// Takes in what came of a call.
    async fn ended(&mut self, ended: Result<(Id, Answer), JoinError>) -> Result<(), JournalError> {
        let (id, answer) = match ended {
            Ok((id, answer)) => (id, Some(answer)),
            Err(error) => (error.id(), None),
        };
        let Some(call) = self.about.remove(&id) else { return Ok(()) };
        self.pace(call.spot()).is_busy = false;
        match (call, answer.unwrap_or_else(|| calls::panicked(call))) {
            (Call::Before(spot), Answer::Before(answer)) => self.looked_before(spot, answer).await,
            (Call::Begin(spot), Answer::Begun(answer)) => self.sent(spot, answer).await,
            (Call::Look { spot, settled }, Answer::Seen(answer)) => self.seen(spot, settled, answer).await,
            // A call has an answer of its own kind.
            (Call::Before(_) | Call::Begin(_) | Call::Look { .. }, Answer::Before(_) | Answer::Begun(_) | Answer::Seen(_)) => Ok(()),
        }
    }

    async fn looked_before(&mut self, spot: Spot, answer: Result<Baseline, Fault>) -> Result<(), JournalError> {
        // Somebody may have stopped it meanwhile, or what was checked before is too long ago: then that comes first.
        if !self.is_to_begin(spot) {
            self.due = None;
            return Ok(());
        }
        let baseline = match answer {
            Ok(baseline) => baseline,
            Err(fault) => return self.is_hindered(spot, fault).await,
        };
        self.pace(spot).let_begin();
        if self.operation.deed(spot).is_some_and(|deed| deed.only_checked) {
            let outcome = Outcome::Done("nothing stands in its way".into());
            return self.append(vec![Fact::Ended { spot, outcome }]).await;
        }
        self.append(vec![Fact::Began { spot, baseline }]).await?;
        if self.operation.deed(spot).is_some_and(Deed::writes) {
            self.call(Call::Begin(spot));
        }
        Ok(())
    }

    async fn is_hindered(&mut self, spot: Spot, fault: Fault) -> Result<(), JournalError> {
        let now = self.now();
        let since = self.pace(spot).hindered(&fault, now);
        let fact = self.operation.hindered(spot, &fault, since, now);
        self.pace(spot).put_off(fault);
        match fact {
            Some(fact) => self.append(vec![fact]).await,
            None => Ok(()),
        }
    }

    async fn sent(&mut self, spot: Spot, answer: Begun) -> Result<(), JournalError> {
        let now = self.now();
        self.pace(spot).sent = Some(now);
        match answer {
            Begun::Accepted(receipt) => {
                self.pace(spot).accepted();
                self.append(vec![Fact::Accepted { spot, receipt }]).await
            }
            Begun::Refused(fault) => {
                let since = self.pace(spot).turned_down(&fault, now);
                let fact = self.operation.refused(spot, &fault, since, now);
                self.pace(spot).put_off(fault);
                self.append(vec![fact]).await
            }
            // No fact: that it began is one already, and only a look tells what became of it.
            Begun::Unclear(fault) => {
                self.pace(spot).note = Some(Note::Unclear(fault.sentence));
                Ok(())
            }
        }
    }

    async fn seen(&mut self, spot: Spot, settled: bool, answer: Result<Observed, Fault>) -> Result<(), JournalError> {
        let now = self.now();
        let failing_since = answer.as_ref().err().map(|fault| self.pace(spot).hindered(fault, now));
        let fact = self.operation.conclude(spot, &answer, Look { settled, failing_since }, now);
        let interval = calls::interval(&self.operation, spot);
        self.pace(spot).saw(answer, interval);
        match fact {
            Some(fact) => self.append(vec![fact]).await,
            None => Ok(()),
        }
    }

    async fn heed(&mut self, command: Command, answer: oneshot::Sender<Result<(), NotHeeded>>) -> Result<(), JournalError> {
        let fact = match self.operation.heeds(&command) {
            Ok(fact) => fact,
            Err(not_now) => {
                // Whoever asked may have gone.
                let _ = answer.send(Err(not_now.into()));
                return Ok(());
            }
        };
        if let Err(why) = self.audit_wish(&command).await {
            let _ = answer.send(Err(NotHeeded::NotRecorded(why)));
            return Ok(());
        }
        // What is in doubt is looked at at once, now that it matters; another try does not wait.
        self.paces.values_mut().for_each(Pace::hurry);
        let appended = self.append(vec![fact]).await;
        let told = appended.as_ref().copied().map_err(|error| NotHeeded::NotRecorded(error.to_string().into()));
        let _ = answer.send(told);
        appended
    }

    /// Lets what was sent be answered, writes the answers down, and begins nothing else: what looks show meanwhile is
    /// not acted on. Whoever carries it on looks again.
    async fn let_go(&mut self) -> Conclusion {
        self.about.retain(|_, call| matches!(call, Call::Begin(_)));
        while self.is_sending() {
            let Some(ended) = self.calls.join_next_with_id().await else { break };
            if let Err(error) = self.ended(ended).await {
                self.see_through().await;
                return Conclusion::Broken(error.to_string().into());
            }
        }
        Conclusion::Interrupted
    }

    /// Waits until what was sent is answered, though it cannot be written down: cutting it off would help nobody.
    async fn see_through(&mut self) {
        while self.is_sending() {
            let Some(ended) = self.calls.join_next_with_id().await else { break };
            self.about.remove(&match ended {
                Ok((id, _)) => id,
                Err(error) => error.id(),
            });
        }
    }

    fn is_sending(&self) -> bool {
        self.about.values().any(|call| matches!(call, Call::Begin(_)))
    }

    fn takes_out(&self, spot: Spot) -> bool {
        self.operation.deed(spot).is_some_and(|deed| deed.writes() && deed.action.takes_out())
    }

    /// Whether it takes an instance out while the look before another one, or its request, is on its way: the next look
    /// has to see that.
    fn has_to_wait(&self, spot: Spot) -> bool {
        if matches!(spot, Spot::Before { .. }) {
            return self.about.values().filter(|call| matches!(call.spot(), Spot::Before { .. })).count() >= CHECKS;
        }
        let other = |call: &Call| matches!(call, Call::Before(spot) | Call::Begin(spot) if self.takes_out(*spot));
        self.takes_out(spot) && self.about.values().any(other)
    }

    fn pace(&mut self, spot: Spot) -> &mut Pace {
        self.paces.entry(spot).or_default()
    }

    fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// When something is due next. What has to wait for another call is thought of again when that has ended.
    fn wake(&self, due: &Due) -> Instant {
        let now = Instant::now();
        let spots = due.in_doubt.iter().chain(due.begins.iter().filter(|spot| !self.has_to_wait(**spot)));
        let paced = spots.filter_map(|spot| self.paces.get(spot)?.wakes());
        let ends = due.wakes_at.map(|at| now + Duration::try_from(at.duration_since(self.now())).unwrap_or_default());
        paced.chain(ends).min().unwrap_or(now + LONGEST_SLEEP).max(now + Duration::from_millis(1))
    }

    fn tell(&self, conclusion: Option<Conclusion>) {
        let notes: BTreeMap<Spot, Note> =
            self.paces.iter().filter_map(|(spot, pace)| pace.note.clone().map(|note| (*spot, note))).collect();
        self.told.send_if_modified(|shown| {
            let same = shown.conclusion == conclusion && *shown.notes == notes && Arc::ptr_eq(&shown.operation, &self.operation);
            if !same {
                *shown = Shown { operation: Arc::clone(&self.operation), notes: Arc::new(notes), conclusion };
            }
            !same
        });
    }
}

/// Renews what is held against other machines, for as long as this is polled.
async fn renewed(leased: Option<&Leased>) -> Infallible {
    match leased {
        Some(leased) => leased.renew().await,
        None => std::future::pending().await,
    }
}

/// What an answer that never came is taken for.
fn no_answer(what: &str, limit: Duration) -> Fault {
    let limit = crate::model::operation::look::spoken(limit);
    Fault::new(FaultKind::Unreachable, format!("{what} was not answered within {limit}: it is looked at again"))
}

#[cfg(test)]
mod tests;
