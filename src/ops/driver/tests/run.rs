//! Runs a case to its end: kills the process where the case says, carries on, answers what a person is asked, and holds
//! what comes of it against the world.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};

use super::cases::{Case, NEW, OLD};
use super::world::{Ends, Fate, PausedClock, World};
use crate::model::operation::action::Action;
use crate::model::operation::evidence::Mark;
use crate::model::operation::fact::{Answer, Command, Fact, Spot, Stamped, Wish};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::Kind;
use crate::model::operation::verdict::{Ending, PutBack, Standing, Verdict};
use crate::ops::audit::Audit;
use crate::ops::clock::Clock as _;
use crate::ops::driver::{Conclusion, Driver, Parts, Request, Shown};
use crate::ops::journal::{JournalError, Record};

/// Longer than any operation may take that comes to an end at all.
const LONGEST: Duration = Duration::from_secs(48 * 3_600);

/// A journal in memory. The process may be killed before and behind every line.
#[derive(Clone)]
struct Memory {
    facts: Arc<Mutex<Vec<Stamped>>>,
    fate: Arc<Fate>,
    /// How many more facts the disk takes.
    room: Option<usize>,
}

impl Memory {
    fn facts(&self) -> Vec<Stamped> {
        self.facts.lock().unwrap().clone()
    }
}

impl Record for Memory {
    fn append(&mut self, facts: Vec<Stamped>) -> BoxFuture<'_, Result<(), JournalError>> {
        async move {
            self.fate.tick().await;
            for fact in facts {
                if self.room.is_some_and(|room| room <= self.facts.lock().unwrap().len()) {
                    let why = std::io::Error::from(std::io::ErrorKind::StorageFull);
                    return Err(JournalError::Unwritable { path: "memory".into(), why });
                }
                self.facts.lock().unwrap().push(fact);
                self.fate.tick().await;
            }
            Ok(())
        }
        .boxed()
    }
}

/// What came of a case.
pub(super) struct Finished {
    pub(super) operation: Operation,
    pub(super) facts: Vec<Stamped>,
    pub(super) world: World,
    pub(super) conclusion: Conclusion,
    /// How many moments there were in which it could have been killed.
    pub(super) ticks: u64,
    pub(super) kills: u32,
    pub(super) violations: Vec<String>,
    /// The targets that were healthy in the end.
    pub(super) healthy: Vec<String>,
}

/// Runs a case on a paused clock of its own.
pub(super) fn run(case: &Case) -> Finished {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut runner = Runner::new(case);
        let conclusion = tokio::time::timeout(LONGEST, runner.run()).await.unwrap_or_else(|_| Conclusion::Broken("it never ended".into()));
        runner.finish(conclusion)
    })
}

struct Runner<'a> {
    case: &'a Case,
    clock: PausedClock,
    world: World,
    memory: Memory,
    /// What the person still wants, with when.
    wishes: Vec<(Instant, Wish)>,
    /// What was wanted last: it is wanted again where the process was killed before it could say that it has heard.
    last: Option<Wish>,
    kills: u32,
    answered: u32,
}

impl<'a> Runner<'a> {
    fn new(case: &'a Case) -> Self {
        let clock = PausedClock::new(case.set_back.map(Duration::from_secs));
        let world = case.world();
        world.with(|state| state.silent.clone_from(&case.silent));
        let planned = Stamped { at: clock.now(), fact: Fact::Planned { plan: Arc::new(case.plan.clone()) } };
        let facts = Arc::new(Mutex::new(vec![planned]));
        let memory = Memory { facts, fate: Arc::clone(&world.fate), room: case.room };
        let mut wishes: Vec<_> = case.wishes.iter().map(|(at, wish)| (Instant::now() + Duration::from_secs(*at), wish.clone())).collect();
        wishes.sort_by_key(|(at, _)| *at);
        Self { case, clock, world, memory, wishes, last: None, kills: 0, answered: 0 }
    }

    async fn run(&mut self) -> Conclusion {
        let mut kills = self.case.kills.iter();
        loop {
            self.world.fate.kill_in(kills.next().copied());
            if let Some(conclusion) = self.live().await {
                return conclusion;
            }
            self.kills += 1;
            self.wishes.splice(0..0, self.last.take().map(|wish| (Instant::now(), wish)));
            // Whoever starts it again may be quick or slow.
            let away = [0, 1, 20, 900][self.kills as usize % 4];
            sleep(Duration::from_secs(away)).await;
        }
    }

    /// One life of the process; none where it was killed.
    async fn live(&mut self) -> Option<Conclusion> {
        let operation = Operation::replay(&self.memory.facts()).unwrap();
        let parts = Parts {
            platform: Arc::new(self.world.clone()),
            leased: None,
            record: Box::new(self.memory.clone()),
            clock: Arc::new(self.clock),
            audit: Audit::nowhere(),
        };
        let (driver, mut shown) = Driver::new(operation, parts);
        let (requests, heard) = mpsc::channel(16);
        let fate = Arc::clone(&self.world.fate);
        let mut driving = Box::pin(driver.run(heard));
        let mut asked: Option<Instant> = None;
        loop {
            let wish = self.wishes.first().map(|(at, _)| *at);
            let never = Instant::now() + LONGEST * 2;
            tokio::select! {
                biased;
                () = fate.killed.notified() => return None,
                () = &mut driving => break,
                () = sleep_until(wish.unwrap_or(never)) => {
                    let (_, wish) = self.wishes.remove(0);
                    self.last = Some(wish.clone());
                    want(&requests, wish).await;
                }
                () = sleep_until(asked.unwrap_or(never)) => {
                    asked = None;
                    let Shown { operation, .. } = shown.borrow().clone();
                    for (spot, _) in operation.questions() {
                        if let Some(answer) = self.answer(&operation, spot) {
                            want(&requests, Wish::Resolve { spot, answer, reason: "I have looked".into() }).await;
                        }
                    }
                    if !operation.questions().is_empty() {
                        asked = Some(Instant::now() + Duration::from_secs(60));
                    }
                }
                changed = shown.changed() => {
                    changed.unwrap();
                    if !shown.borrow_and_update().operation.questions().is_empty() {
                        asked.get_or_insert(Instant::now() + Duration::from_secs(60));
                    }
                }
            }
        }
        let Shown { conclusion, .. } = shown.borrow().clone();
        Some(conclusion.unwrap())
    }

    /// What a person says who looks at the world itself. None: it is too early to say.
    fn answer(&mut self, operation: &Operation, spot: Spot) -> Option<Answer> {
        let deed = operation.deed(spot).unwrap();
        let mark = spot.mark(&operation.plan().id);
        let name = deed.place.instance.as_ref().map_or(deed.place.environment.name.as_str(), |instance| instance.as_str());
        self.answered += 1;
        if self.answered > 400 || self.case.silent.is_some() {
            return Some(Answer::Failed);
        }
        self.world.with(|state| {
            if !deed.writes() {
                let well =
                    state.is_healthy(name) || state.environments.get(name).is_some_and(|environment| environment.ends != Ends::Unwell);
                return Some(if well { Answer::Done } else { Answer::Failed });
            }
            let begun = state.begun(&mark)?;
            Some(match begun {
                false => {
                    state.may_repeat(&mark);
                    Answer::Again
                }
                true if matches!(deed.action, Action::Deploy(_)) => {
                    let environment = state.environments.get_mut(name).filter(|environment| !environment.is_updating())?;
                    environment.settle();
                    if environment.went_well { Answer::Done } else { Answer::Failed }
                }
                true if state.how_it_ended(&mark)? => Answer::Done,
                true => Answer::Failed,
            })
        })
    }

    fn finish(self, conclusion: Conclusion) -> Finished {
        let facts = self.memory.facts();
        let operation = Operation::replay(&facts).unwrap();
        let mut violations = self.world.with(|state| state.violations.clone());
        let began = |mark: &Mark| {
            let this = |fact: &&Stamped| matches!(fact.fact, Fact::Began { spot, .. } if spot.mark(&operation.plan().id) == *mark);
            facts.iter().filter(this).count()
        };
        let requests =
            self.world.with(|state| state.written.iter().map(|(mark, written)| (mark.clone(), written.requests)).collect::<Vec<_>>());
        let unwritten = requests.into_iter().filter(|(mark, requests)| *requests as usize > began(mark));
        violations.extend(unwritten.map(|(mark, _)| format!("{} was sent without a fact", mark.0)));
        let ended = matches!(conclusion, Conclusion::Ended(_));
        if ended {
            violations.extend(self.left_out(&operation));
            violations.extend(self.untruths(&operation));
        } else if self.memory.room.is_none() {
            violations.push(format!("it ended as {conclusion:?}"));
        }
        if ended && operation.verdict() != (Verdict::Ended(ending(&conclusion))) {
            violations.push("the facts tell another end than the driver".to_owned());
        }
        let ticks = self.world.fate.ticks();
        let healthy = self.world.with(|state| state.targets.keys().filter(|name| state.is_healthy(name)).cloned().collect());
        Finished { operation, facts, conclusion, ticks, kills: self.kills, violations, healthy, world: self.world }
    }

    /// Instances that were in service and are not in their load balancer now; but for one that was to be taken out, and
    /// is.
    fn left_out(&self, operation: &Operation) -> Vec<String> {
        let is_taken_out = matches!(self.case.plan.kind, Kind::TakeOut | Kind::End);
        let is_done = |name: &str| {
            let unit = operation.units().find(|unit| self.case.name_of(*unit) == name);
            is_taken_out && unit.is_some_and(|unit| operation.standing(unit) == Standing::Done)
        };
        self.world.with(|state| {
            let out = state.targets.iter().filter(|(name, target)| !target.registered && !state.is_vanished(name) && !is_done(name));
            out.map(|(name, _)| format!("{name} was left out of its load balancer")).collect()
        })
    }

    /// What the operation says and is not so.
    fn untruths(&self, operation: &Operation) -> Vec<String> {
        let mut untruths = Vec::new();
        let said = |text: String| vec![text];
        let Verdict::Ended(ending) = operation.verdict() else { return said("it has not ended".to_owned()) };
        for unit in operation.units() {
            if operation.found_by(unit).is_some() {
                let expected = operation.unchanged();
                let other = self.world.with(|state| state.runs_another(|name| expected.iter().any(|id| id.as_str() == name)));
                untruths.extend(other.map(|name| format!("{name} runs the old version, and nobody is told")));
                continue;
            }
            let name = self.case.name_of(unit);
            let label = if self.case.is_redeploy() { OLD } else { NEW };
            let kind = self.case.plan.kind;
            let (is_new, is_gone) = self.world.with(|state| (state.is_as_wanted(&name, kind, label), state.is_vanished(&name)));
            match operation.standing(unit) {
                Standing::Done if !is_new && !is_gone => untruths.push(format!("{name} is not done")),
                Standing::Waiting if self.world.with(|state| state.is_touched(&name)) => untruths.push(format!("{name} was touched")),
                Standing::Skipped { .. } if self.world.with(|state| state.is_touched(&name)) => {
                    untruths.push(format!("{name} was touched and had been skipped"));
                }
                Standing::Stopped(PutBack::Not(why)) if ending != Ending::Failed && ending != Ending::Left => {
                    untruths.push(format!("{name} was not put back ({why}), and nobody is told"));
                }
                Standing::Failed { put_back: PutBack::Done, .. } | Standing::Stopped(PutBack::Done)
                    if self.world.with(|state| !state.is_gone_or_registered(&name)) =>
                {
                    untruths.push(format!("{name} is not put back"));
                }
                Standing::Underway(_) | Standing::Baking | Standing::PuttingBack(_) | Standing::Asks(_) if ending != Ending::Left => {
                    untruths.push(format!("{name} is half done at the end"));
                }
                _ => {}
            }
        }
        let wanted = |wish: fn(&Wish) -> bool| self.case.wishes.iter().any(|(_, wanted)| wish(wanted));
        let written = self.world.with(|state| state.written.values().any(|written| written.effects > 0));
        match ending {
            Ending::Refused if written => untruths.push("it was refused, and something was touched".to_owned()),
            Ending::Stopped if !wanted(|wish| matches!(wish, Wish::Stop | Wish::Skip { .. })) => {
                untruths.push("nobody stopped it".to_owned());
            }
            Ending::Stopped if operation.trouble().is_some() => untruths.push("it was stopped, and something went wrong".to_owned()),
            Ending::Left => untruths.push("nobody left it".to_owned()),
            Ending::Failed if operation.trouble().is_none() => untruths.push("it failed for no reason".to_owned()),
            Ending::Succeeded if self.case.must_fail => untruths.push("it cannot have succeeded".to_owned()),
            _ => {}
        }
        untruths
    }
}

fn ending(conclusion: &Conclusion) -> Ending {
    match conclusion {
        Conclusion::Ended(ending) => *ending,
        Conclusion::Interrupted | Conclusion::Broken(_) => Ending::Left,
    }
}

async fn want(requests: &mpsc::Sender<Request>, wish: Wish) {
    // What makes no sense any more is refused, and nobody listens to that here.
    let (answer, _) = oneshot::channel();
    let _ = requests.send(Request::Command(Command { by: "ada".into(), wish }, answer)).await;
}
