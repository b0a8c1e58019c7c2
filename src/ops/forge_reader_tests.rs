//! Tests of the reader with a forge of their own and a clock that stands still.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::model::clock::Timestamp;
use crate::model::forge::{News, RepositoryInterest};
use crate::model::run::Progress;
use crate::ops::clock::Clock;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

type Seen = Result<(Run, Vec<Gate>), Fault>;

/// Tells nothing new; panics on one topic; answers to looks and reviews what it is given.
struct Canned {
    stamps: Stamps,
    looks: Mutex<VecDeque<Seen>>,
    sent: Mutex<VecDeque<Sent>>,
    reviews: AtomicUsize,
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

    fn look(&self, _: Repository, _: RunId) -> BoxFuture<'_, Seen> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.looks.lock().unwrap().pop_front().unwrap()
        })
    }

    fn review(&self, _: Review) -> BoxFuture<'_, Sent> {
        Box::pin(async move {
            self.reviews.fetch_add(1, Ordering::Relaxed);
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
        reviews: AtomicUsize::new(0),
        asked: AtomicU64::new(0),
        at_once: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    })
}

fn begin(forge: &Arc<Canned>) -> (mpsc::UnboundedSender<Order>, mpsc::UnboundedReceiver<Told>) {
    let port: Arc<dyn Forge> = Arc::<Canned>::clone(forge);
    start(port, forge.stamps.clone(), ForgePace::default())
}

fn seen(progress: Progress) -> (Run, Vec<Gate>) {
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

fn order(id: u64) -> Order {
    let (run, gates) = seen(Progress::Waiting);
    let review = Review { repository: "o/r".into(), run: RunId(3), gates: vec![GateId(9)], approve: true, comment: "go".into() };
    Order::Review(Box::new(ReviewOrder { id, review, expected: Expected::of(&run, &gates) }))
}

fn interest(names: &[&str], jobs: &[u64]) -> Order {
    let own = || RepositoryInterest { jobs: jobs.iter().map(|id| RunId(*id)).collect(), watched: true, ..RepositoryInterest::default() };
    Order::Interest(Interest { repositories: names.iter().map(|name| ((*name).into(), own())).collect() })
}

async fn outcome(told: &mut mpsc::UnboundedReceiver<Told>) -> (u64, Outcome) {
    loop {
        if let Told::Reviewed(id, outcome) = told.recv().await.unwrap() {
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
    let other_gates = (seen(Progress::Waiting).0, vec![]);
    let other_commit = (Run { head: Sha::new("bbbbbbb").unwrap(), ..seen(Progress::Waiting).0 }, seen(Progress::Waiting).1);
    let over = seen(Progress::Completed(crate::model::run::Conclusion::Cancelled));
    let forge = canned(
        vec![Ok(seen(Progress::Waiting)), Ok(other_gates), Ok(other_commit), Ok(over), Err(lost.clone()), Ok(seen(Progress::Waiting))],
        vec![Sent::Done, Sent::Unclear(lost.clone())],
    );
    let (orders, mut told) = begin(&forge);
    let mut outcomes = Vec::new();
    for id in 1..=6 {
        orders.send(order(id)).unwrap();
        let (told, outcome) = outcome(&mut told).await;
        assert_eq!(told, id);
        outcomes.push(outcome);
    }
    assert_eq!(outcomes[0], Outcome::Sent(Sent::Done));
    assert!(outcomes[1..4].iter().all(|outcome| matches!(outcome, Outcome::Changed(..))), "{outcomes:?}");
    assert_eq!(outcomes[4], Outcome::Unseen(lost.clone()));
    assert_eq!(outcomes[5], Outcome::Sent(Sent::Unclear(lost)));
    assert_eq!(forge.reviews.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn the_same_run_is_not_answered_twice_at_once_and_what_is_under_way_is_seen_through() {
    let forge = canned(vec![Ok(seen(Progress::Waiting))], vec![Sent::Done]);
    let (orders, mut told) = begin(&forge);
    orders.send(order(1)).unwrap();
    orders.send(order(2)).unwrap();
    let (id, refused) = outcome(&mut told).await;
    assert!(id == 2 && matches!(refused, Outcome::Sent(Sent::Refused(_))), "{refused:?}");
    drop(orders);
    assert_eq!(outcome(&mut told).await, (1, Outcome::Sent(Sent::Done)));
    assert_eq!(forge.reviews.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_an_answer_is_told_before_the_end_though_nothing_more_is_ordered() {
    // With a look that panics: of that answer it is not known.
    for (looks, sent) in [(vec![Ok(seen(Progress::Waiting))], vec![Sent::Done]), (vec![], vec![])] {
        let known = !sent.is_empty();
        let forge = canned(looks, sent);
        let (orders, mut told) = begin(&forge);
        orders.send(interest(&["o/r"], &[])).unwrap();
        orders.send(order(1)).unwrap();
        // Before any of it was heeded.
        drop(orders);
        let (id, outcome) = outcome(&mut told).await;
        assert_eq!((id, outcome == Outcome::Sent(Sent::Done)), (1, known));
        assert_eq!(matches!(outcome, Outcome::Sent(Sent::Unclear(_))), !known);
        // It ends, and with it what it tells; nothing new is read for it.
        while let Some(more) = told.recv().await {
            assert!(!matches!(more, Told::Reviewed(..)), "{more:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_is_read_again_at_once() {
    let forge = canned(vec![Ok(seen(Progress::Waiting))], vec![Sent::Done]);
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
