//! Tests of the reader with sources of their own and a clock that stands still.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;

use super::*;
use crate::model::clock::Timestamp;
use crate::model::sighting::{Coverage, Question, Reading, Sighting};
use crate::ops::clock::Clock;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Lists one environment per region; panics in one region and is stuck in another.
struct Odd {
    stamps: Stamps,
}

impl Source for Odd {
    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(async move {
            match scope.region.as_ref().map(Region::as_str) {
                Some("panics") => panic!("a bug"),
                Some("stuck") => std::future::pending().await,
                _ => {}
            }
            let region = scope.region.clone();
            let key = EnvironmentKey { platform: scope.platform, account: None, region, name: "only".into() };
            Observation::Seen(Sighting {
                source: Origin { question: ask.question(), scope },
                stamp: self.stamps.stamp(),
                coverage: Coverage::Complete,
                account: None,
                readings: vec![(key, Reading::default())],
                events: vec![],
            })
        })
    }
}

/// Says these regions, after so many failures.
struct Map {
    regions: Vec<Region>,
    failures: AtomicUsize,
    fault: Mutex<FaultKind>,
}

impl Discovery for Map {
    fn identity<'a>(&'a self, _: &'a Connection) -> BoxFuture<'a, Result<Identity, Fault>> {
        Box::pin(async { Ok(Identity { account: "111122223333".into(), arn: "arn".into() }) })
    }

    fn regions<'a>(&'a self, _: &'a Connection) -> BoxFuture<'a, Result<Vec<Region>, Fault>> {
        let fails = self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        let kind = *self.fault.lock().unwrap();
        Box::pin(async move { if fails { Err(Fault::new(kind, "no")) } else { Ok(self.regions.clone()) } })
    }

    fn home<'a>(&'a self, _: &'a Connection) -> BoxFuture<'a, Region> {
        Box::pin(async { "home".into() })
    }
}

fn begin(regions: &[&str], failures: usize, kind: FaultKind) -> (mpsc::UnboundedSender<Request>, mpsc::UnboundedReceiver<Report>) {
    let stamps = Stamps::new(Arc::new(Still));
    let source: Arc<dyn Source> = Arc::new(Odd { stamps: stamps.clone() });
    let map = Map { regions: regions.iter().map(|name| (*name).into()).collect(), failures: failures.into(), fault: Mutex::new(kind) };
    start(Parts {
        discovery: Arc::new(map),
        sources: HashMap::from([(Platform::Beanstalk, source)]),
        prober: None,
        connections: vec![ConnectionPlan { connection: "default".into(), regions: None }],
        limiter: Limiter::new(stamps.clone()),
        stamps,
        pace: Pace::default(),
        wanted: None,
    })
}

/// Reports until one fits; the ones before it are returned too.
async fn until(reports: &mut mpsc::UnboundedReceiver<Report>, fits: impl Fn(&Report) -> bool) -> Vec<Report> {
    let mut seen = Vec::new();
    loop {
        let report = reports.recv().await.expect("the reader goes on");
        let found = fits(&report);
        seen.push(report);
        if found {
            return seen;
        }
    }
}

fn listed(region: &str) -> impl Fn(&Report) -> bool {
    move |report| {
        let Report::Observed(Observation::Seen(sighting)) = report else { return false };
        sighting.source.question == Question::Listing && sighting.source.scope.region.as_ref().is_some_and(|own| own.as_str() == region)
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_or_hangs_takes_nothing_else_down() {
    let (_requests, mut reports) = begin(&["panics", "stuck", "well"], 0, FaultKind::Failed);
    let mut seen = until(&mut reports, listed("well")).await;
    seen.extend(until(&mut reports, listed("well")).await);
    let failed =
        |report: &Report| matches!(report, Report::Observed(Observation::Failed(failure)) if failure.fault.kind == FaultKind::Malformed);
    assert!(seen.iter().any(failed), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn discovery_is_tried_again_until_it_succeeds() {
    let (_requests, mut reports) = begin(&["well"], 2, FaultKind::Expired);
    let seen = until(&mut reports, listed("well")).await;
    let failures = seen.iter().filter(|report| matches!(report, Report::DiscoveryFailed { goes_on: false, .. })).count();
    assert_eq!(failures, 2);
}

#[tokio::test(start_paused = true)]
async fn where_the_regions_may_not_be_asked_for_those_that_everyone_has_are_read() {
    let (_requests, mut reports) = begin(&["well"], 1, FaultKind::Denied);
    let seen = until(&mut reports, listed("home")).await;
    let goes_on =
        |report: &Report| matches!(report, Report::DiscoveryFailed { fault, goes_on: true, .. } if fault.kind == FaultKind::Denied);
    assert!(seen.iter().any(goes_on), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_holds_something_is_worth_showing_and_reading_now_reads_at_once() {
    let (requests, mut reports) = begin(&["well"], 0, FaultKind::Failed);
    let _ = until(&mut reports, listed("well")).await;
    let begin = Instant::now();
    requests.send(Request::Hurry(None)).unwrap();
    let seen = until(&mut reports, listed("well")).await;
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?} {seen:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_asks_any_more() {
    let (requests, mut reports) = begin(&["well"], 0, FaultKind::Failed);
    let _ = until(&mut reports, listed("well")).await;
    drop(requests);
    while reports.recv().await.is_some() {}
}
