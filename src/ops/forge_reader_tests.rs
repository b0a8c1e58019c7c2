//! Tests of the reader with a forge of their own and a clock that stands still.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::model::clock::Timestamp;
use crate::model::forge::{News, RepositoryInterest};
use crate::model::id::{GateId, RunId, Sha};
use crate::model::run::{Gate, Progress, Run};
use crate::model::write::{Look, Premise, Receipt, Sight, Write};
use crate::ops::clock::Clock;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

type Seen = Result<Sight, Fault>;

/// Tells nothing new; panics on one topic; answers to looks and writes what it is given.
struct Canned {
    stamps: Stamps,
    looks: Mutex<VecDeque<Seen>>,
    sent: Mutex<VecDeque<Sent>>,
    writes: AtomicUsize,
    asked: AtomicU64,
    at_once: AtomicUsize,
    most: AtomicUsize,
}

impl Forge for Canned {
    fn viewer(&self) -> BoxFuture<'_, Result<Login, Fault>> {
        Box::pin(async { Ok("octo".into()) })
    }

    fn ask(&self, repository: Repository, topic: Topic, _: Option<Arc<str>>) -> BoxFuture<'_, Report> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let now = self.at_once.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(now, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.at_once.fetch_sub(1, Ordering::Relaxed);
            assert!(!matches!(topic, Topic::Jobs(_)), "a bug");
            Report { repository, topic, stamp: self.stamps.stamp(), news: Ok(News::Same) }
        })
    }

    fn overviews(&self, repositories: Vec<(Repository, Option<Arc<str>>)>) -> BoxFuture<'_, Vec<Report>> {
        Box::pin(async move {
            let mut reports = Vec::new();
            for (repository, branch) in repositories {
                reports.push(self.ask(repository, Topic::Overview, branch).await);
            }
            reports
        })
    }

    fn look(&self, _: Repository, _: Look) -> BoxFuture<'_, Seen> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.looks.lock().unwrap().pop_front().unwrap()
        })
    }

    fn write(&self, _: Repository, _: Write) -> BoxFuture<'_, Sent> {
        Box::pin(async move {
            self.writes.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.sent.lock().unwrap().pop_front().unwrap()
        })
    }

    fn allowance(&self) -> Option<Allowance> {
        let asked = self.asked.load(Ordering::Relaxed).min(1);
        Some(Allowance { remaining: 5_000 - asked, limit: 5_000, resets_at: Timestamp::UNIX_EPOCH })
    }
}

fn canned(looks: Vec<Seen>, sent: Vec<Sent>) -> Arc<Canned> {
    Arc::new(Canned {
        stamps: Stamps::new(Arc::new(Still)),
        looks: Mutex::new(looks.into()),
        sent: Mutex::new(sent.into()),
        writes: AtomicUsize::new(0),
        asked: AtomicU64::new(0),
        at_once: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    })
}

fn begin(forge: &Arc<Canned>) -> (mpsc::UnboundedSender<Order>, mpsc::UnboundedReceiver<Told>) {
    let port: Arc<dyn Forge> = Arc::<Canned>::clone(forge);
    start(port, forge.stamps.clone(), ForgePace::default())
}

fn run_and_gates(progress: Progress) -> (Run, Vec<Gate>) {
    let run = Run {
        id: RunId(3),
        number: 1,
        attempt: 1,
        workflow: "x".into(),
        name: "x".into(),
        title: "x".into(),
        head: Sha::new("8a52aea").unwrap(),
        branch: None,
        event: "push".into(),
        progress,
        actor: None,
        created_at: None,
        updated_at: None,
        url: "x".into(),
    };
    let gate = |id| Gate { id: GateId(id), name: "x".into(), may_approve: true, reviewers: vec![], wait_minutes: 0, wait_since: None };
    (run, vec![gate(9), gate(8)])
}

fn seen(progress: Progress) -> Sight {
    let (run, gates) = run_and_gates(progress);
    Sight::Held(Box::new(run), gates)
}

fn done() -> Sent {
    Sent::Done(Receipt::default())
}

fn order(id: u64) -> Order {
    let (run, gates) = run_and_gates(Progress::Waiting);
    let order = WriteOrder {
        number: id,
        repository: "o/r".into(),
        write: Write::Review { run: RunId(3), gates: vec![GateId(9)], approve: true, comment: "go".into() },
        premise: Premise::held(&run, gates.iter().map(|gate| gate.id)),
        commit: None,
        identity: Some("octo".into()),
        plan: String::new(),
        reason: String::new(),
    };
    Order::Write(id, Box::new(order))
}

fn interest(names: &[&str], jobs: &[u64]) -> Order {
    let own = || RepositoryInterest { jobs: jobs.iter().map(|id| RunId(*id)).collect(), watched: true, ..RepositoryInterest::default() };
    Order::Interest(Interest { repositories: names.iter().map(|name| ((*name).into(), own())).collect() })
}

async fn outcome(told: &mut mpsc::UnboundedReceiver<Told>) -> (u64, Sent) {
    loop {
        if let Told::Written(id, outcome) = told.recv().await.unwrap() {
            return (id, outcome);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wanted_is_told_four_at_a_time_and_nothing_before() {
    let forge = canned(vec![], vec![]);
    let (orders, mut told) = begin(&forge);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(told.try_recv().is_err());
    let names: Vec<String> = (0..10).map(|number| format!("o/r{number}")).collect();
    orders.send(interest(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[])).unwrap();
    tokio::time::sleep(Duration::from_secs(10)).await;
    let mut all = Vec::new();
    while let Ok(one) = told.try_recv() {
        all.push(one);
    }
    let reports = all.iter().filter(|told| matches!(told, Told::Report(_))).count();
    let viewers = all.iter().filter(|told| matches!(told, Told::Viewer(_, Ok(login)) if login.as_str() == "octo")).count();
    // Every repository's runs and branch, once within the first seconds.
    assert_eq!((reports, viewers, forge.most.load(Ordering::Relaxed)), (20, 1, 4));
    assert!(all.iter().any(|told| matches!(told, Told::Allowance(allowance) if allowance.remaining == 4_999)));
    drop(orders);
    while told.recv().await.is_some() {}
}

#[tokio::test(start_paused = true)]
async fn a_forge_that_panics_is_a_failed_reading() {
    let forge = canned(vec![], vec![]);
    let (orders, mut told) = begin(&forge);
    orders.send(interest(&["o/r"], &[3])).unwrap();
    loop {
        if let Told::Report(Report { topic: Topic::Jobs(_), news, .. }) = told.recv().await.unwrap() {
            assert_eq!(news.unwrap_err().kind, FaultKind::Malformed);
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_sent_once_if_all_is_as_it_was_seen() {
    let lost = Fault::new(FaultKind::Unreachable, "lost");
    let (run, gates) = run_and_gates(Progress::Waiting);
    let other_gates = Sight::Held(Box::new(run.clone()), vec![]);
    let other_commit = Sight::Held(Box::new(Run { head: Sha::new("bbbbbbb").unwrap(), ..run }), gates);
    let over = seen(Progress::Completed(crate::model::run::Conclusion::Cancelled));
    let forge = canned(
        vec![
            Ok(seen(Progress::Waiting)),
            Ok(other_gates),
            Ok(other_commit),
            Ok(over),
            Err(lost.clone()),
            Ok(seen(Progress::Waiting)),
            // What is looked at afterwards shows nothing of it.
            Err(lost.clone()),
            Ok(Sight::Approvals(vec![], vec![])),
            Ok(Sight::Approvals(vec![], vec![])),
        ],
        vec![done(), Sent::Unclear(lost.clone())],
    );
    let (orders, mut told) = begin(&forge);
    let mut outcomes = Vec::new();
    for id in 1..=6 {
        orders.send(order(id)).unwrap();
        let (told, outcome) = outcome(&mut told).await;
        assert_eq!(told, id);
        outcomes.push(outcome);
    }
    assert_eq!(outcomes[0], done());
    assert!(outcomes[1..4].iter().all(|outcome| matches!(outcome, Sent::Changed(_))), "{outcomes:?}");
    assert_eq!(outcomes[4], Sent::Refused(lost.clone()));
    assert_eq!(outcomes[5], Sent::Unclear(lost));
    assert_eq!(forge.writes.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_run_is_not_answered_twice_at_once_and_what_is_under_way_is_seen_through() {
    let forge = canned(vec![Ok(seen(Progress::Waiting))], vec![done()]);
    let (orders, mut told) = begin(&forge);
    orders.send(order(1)).unwrap();
    orders.send(order(2)).unwrap();
    let (id, refused) = outcome(&mut told).await;
    assert!(id == 2 && matches!(refused, Sent::Refused(_)), "{refused:?}");
    drop(orders);
    assert_eq!(outcome(&mut told).await, (1, done()));
    assert_eq!(forge.writes.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_an_answer_is_told_before_the_end_though_nothing_more_is_ordered() {
    // With a look that panics: of that answer it is not known.
    for (looks, sent) in [(vec![Ok(seen(Progress::Waiting))], vec![done()]), (vec![], vec![])] {
        let known = !sent.is_empty();
        let forge = canned(looks, sent);
        let (orders, mut told) = begin(&forge);
        orders.send(interest(&["o/r"], &[])).unwrap();
        orders.send(order(1)).unwrap();
        // Before any of it was heeded.
        drop(orders);
        let (id, outcome) = outcome(&mut told).await;
        assert_eq!((id, outcome == done()), (1, known));
        assert_eq!(matches!(outcome, Sent::Unclear(_)), !known);
        // It ends, and with it what it tells; nothing new is read for it.
        while let Some(more) = told.recv().await {
            assert!(!matches!(more, Told::Written(..)), "{more:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_is_read_again_at_once() {
    let forge = canned(vec![Ok(seen(Progress::Waiting))], vec![done()]);
    let (orders, mut told) = begin(&forge);
    orders.send(interest(&["o/r"], &[])).unwrap();
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(forge.asked.load(Ordering::Relaxed), 2);
    orders.send(order(1)).unwrap();
    let _ = outcome(&mut told).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(forge.asked.load(Ordering::Relaxed), 4);
    orders.send(Order::Hurry(None)).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(forge.asked.load(Ordering::Relaxed), 6);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_nothing_is_sent_again() {
    let lost = Fault::new(FaultKind::Unreachable, "lost");
    let approval =
        |by: &str| crate::model::run::Approval { by: Some(by.into()), approved: Some(true), comment: "go".into(), gates: vec![GateId(9)] };
    for (approvals, expected) in [
        (vec![approval("octo")], Sent::Found(Receipt::default())),
        // Somebody else has approved it: what was sent may still arrive.
        (vec![approval("ada")], Sent::Unclear(lost.clone())),
    ] {
        let after = |approvals: &Vec<_>| Ok(Sight::Approvals(approvals.clone(), vec![]));
        let looks = vec![Ok(seen(Progress::Waiting)), Err(lost.clone()), after(&approvals), after(&approvals)];
        let forge = canned(looks, vec![Sent::Unclear(lost.clone())]);
        let (orders, mut told) = begin(&forge);
        orders.send(order(1)).unwrap();
        assert_eq!(outcome(&mut told).await, (1, expected));
        assert_eq!(forge.writes.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dispatch_whose_run_is_not_named_is_looked_for() {
    let (run, _) = run_and_gates(Progress::Queued);
    let started =
        Run { id: RunId(7), branch: Some("main".into()), event: "workflow_dispatch".into(), actor: Some("octo".into()), ..run.clone() };
    let forge = canned(
        vec![
            Ok(Sight::Runs(vec![run.clone()], None)),
            Ok(Sight::Runs(vec![run.clone()], None)),
            Ok(Sight::Runs(vec![started, run.clone()], None)),
        ],
        vec![done()],
    );
    let (orders, mut told) = begin(&forge);
    let write = Write::Dispatch { workflow: "x".into(), branch: "main".into(), inputs: std::collections::BTreeMap::new() };
    let premise = Premise::quiet(vec!["x".into()], [&run], None);
    let Order::Write(_, order) = order(1) else { panic!() };
    orders.send(Order::Write(1, Box::new(WriteOrder { write, premise, ..*order }))).unwrap();
    let (_, sent) = outcome(&mut told).await;
    assert_eq!(sent, Sent::Done(Receipt { run: Some(RunId(7)), url: Some("x".into()) }));
}
