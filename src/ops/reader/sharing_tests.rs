//! One account behind several ways in, on a clock that stands still: who reads it, and who when credentials fail.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, mpsc};

use super::super::{ConnectionPlan, Parts, Report, Request, start};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, EnvironmentKey, Platform, Region};
use crate::model::sighting::{Coverage, Failure, Observation, Reading, Scope, Sighting, Source as Origin};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Discovery, Identity, Source};
use crate::ops::schedule::Pace;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// What each way in leads to, and whether its credentials are good.
#[derive(Default)]
struct Cloud {
    accounts: BTreeMap<&'static str, &'static str>,
    expired: Mutex<BTreeSet<String>>,
    /// Every call: `a identity`, `a regions`, `a us-west-1`.
    calls: Mutex<Vec<String>>,
    /// Who says whose its credentials are only when it is told to.
    slow: Option<(&'static str, Notify)>,
    stamps: Option<Stamps>,
}

impl Cloud {
    fn asked(&self, connection: &Connection, what: &str) -> Result<(), Fault> {
        self.calls.lock().unwrap().push(format!("{connection} {what}"));
        let is_expired = self.expired.lock().unwrap().contains(connection.as_str());
        if is_expired {
            Err(Fault::new(FaultKind::Expired, format!("the credentials of {connection} have expired: run x")))
        } else {
            Ok(())
        }
    }

    fn set_expired(&self, names: &[&str]) {
        *self.expired.lock().unwrap() = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Every call since the last time, each once.
    fn calls(&self) -> BTreeSet<String> {
        self.calls.lock().unwrap().drain(..).collect()
    }
}

impl Discovery for Cloud {
    fn identity<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Identity, Fault>> {
        Box::pin(async move {
            if let Some((_, told)) = self.slow.as_ref().filter(|(name, _)| *name == connection.as_str()) {
                told.notified().await;
            }
            self.asked(connection, "identity")?;
            match self.accounts.get(connection.as_str()) {
                Some(account) => Ok(Identity { account: (*account).into(), arn: "arn".into() }),
                None => Err(Fault::new(FaultKind::Denied, "no")),
            }
        })
    }

    fn regions<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Vec<Region>, Fault>> {
        Box::pin(async move { self.asked(connection, "regions").map(|()| vec!["us-west-1".into()]) })
    }

    fn home<'a>(&'a self, _: &'a Connection) -> BoxFuture<'a, Region> {
        Box::pin(async { "us-west-1".into() })
    }
}

impl Source for Cloud {
    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(async move {
            let region = scope.region.clone().unwrap();
            let source = Origin { question: ask.question(), scope: Arc::clone(&scope) };
            let stamp = self.stamps.as_ref().unwrap().stamp();
            if let Err(fault) = self.asked(&scope.connection, region.as_str()) {
                return Observation::Failed(Failure { source, stamp, about: ask.about().cloned(), fault });
            }
            let account = self.accounts.get(scope.connection.as_str()).map(|account| (*account).into());
            let key = EnvironmentKey { platform: scope.platform, account: account.clone(), region: Some(region), name: "only".into() };
            let readings = vec![(key, Reading::default())];
            Observation::Seen(Sighting { source, stamp, coverage: Coverage::Complete, account, readings, events: vec![] })
        })
    }
}

struct Running {
    cloud: Arc<Cloud>,
    _requests: mpsc::UnboundedSender<Request>,
    reports: mpsc::UnboundedReceiver<Report>,
}

impl Running {
    /// A reader of these ways in, each with the account that it leads to; `named`: which regions there are is configured.
    fn of(accounts: &[(&'static str, &'static str)], named: bool, expired: &[&str]) -> Self {
        Self::plans(accounts, accounts.iter().map(|(name, _)| (*name).into()).collect(), named, expired)
    }

    fn plans(accounts: &[(&'static str, &'static str)], order: Vec<Connection>, named: bool, expired: &[&str]) -> Self {
        Self::over(Cloud { accounts: accounts.iter().copied().collect(), ..Cloud::default() }, order, named, expired)
    }

    fn over(cloud: Cloud, order: Vec<Connection>, named: bool, expired: &[&str]) -> Self {
        let stamps = Stamps::new(Arc::new(Still));
        let cloud = Arc::new(Cloud { stamps: Some(stamps.clone()), ..cloud });
        cloud.set_expired(expired);
        let source: Arc<dyn Source> = Arc::clone(&cloud) as _;
        let plan = |connection| ConnectionPlan { connection, regions: named.then(|| vec!["us-west-1".into()]) };
        let (requests, reports) = start(Parts {
            discovery: Arc::clone(&cloud) as _,
            sources: HashMap::from([(Platform::Beanstalk, source)]),
            prober: None,
            connections: order.into_iter().map(plan).collect(),
            limiter: Limiter::new(stamps.clone()),
            stamps,
            pace: Pace::default(),
            wanted: None,
        });
        Self { cloud, _requests: requests, reports }
    }

    /// Reports until one fits.
    async fn until(&mut self, fits: impl Fn(&Report) -> bool) -> Report {
        loop {
            let report = self.reports.recv().await.expect("the reader goes on");
            if fits(&report) {
                return report;
            }
        }
    }

    /// Until this way in has listed.
    async fn listed(&mut self, connection: &str) {
        let is_its = |report: &Report| matches!(report, Report::Observed(Observation::Seen(seen)) if seen.source.scope.connection.as_str() == connection);
        let _ = self.until(is_its).await;
    }

    /// Until it is told who stands by, in words.
    async fn standby(&mut self) -> Vec<String> {
        match self.until(|report| matches!(report, Report::StandBy(_))).await {
            Report::StandBy(standby) => standby.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }
}

const A_READS: &str = "b leads into the same account as a: a reads it, b stands by";
const B_READS: &str = "a leads into the same account as b: b reads it, a stands by";

#[tokio::test(start_paused = true)]
async fn an_account_behind_two_ways_in_is_read_through_the_first_and_no_call_is_made_twice() {
    for named in [true, false] {
        let mut running = Running::of(&[("a", "1"), ("b", "1")], named, &[]);
        assert_eq!(running.standby().await, [A_READS]);
        for _ in 0..3 {
            running.listed("a").await;
        }
        let mut expected = BTreeSet::from(["a identity", "a us-west-1", "b identity"].map(str::to_owned));
        expected.extend((!named).then(|| "a regions".to_owned()));
        assert_eq!(running.cloud.calls(), expected, "named: {named}");
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_of_their_own_are_each_read() {
    let mut running = Running::of(&[("a", "1"), ("b", "2")], false, &[]);
    running.listed("b").await;
    running.listed("a").await;
    assert!(running.cloud.calls().contains("b regions"));
}

#[tokio::test(start_paused = true)]
async fn who_stands_by_takes_over_and_gives_back() {
    let mut running = Running::of(&[("a", "1"), ("b", "1")], true, &[]);
    assert_eq!(running.standby().await, [A_READS]);
    running.listed("a").await;
    running.cloud.set_expired(&["a"]);
    assert_eq!(running.standby().await, [B_READS]);
    let told = running.until(|report| matches!(report, Report::DiscoveryFailed { .. })).await;
    let Report::DiscoveryFailed { connection, fault, goes_on: true } = told else { panic!("{told:?}") };
    assert_eq!(connection.as_str(), "a");
    assert_eq!(&*fault.sentence, "the credentials of a have expired: run x; until then b reads that account");
    running.listed("b").await;
    let _ = running.cloud.calls();
    running.listed("b").await;
    running.listed("b").await;
    assert!(!running.cloud.calls().contains("a us-west-1"), "nothing is read with what has expired");
    running.cloud.set_expired(&[]);
    let _ = running.until(|report| *report == Report::Found("a".into())).await;
    assert_eq!(running.standby().await, [A_READS]);
    running.listed("a").await;
    let _ = running.cloud.calls();
    running.listed("a").await;
    assert!(!running.cloud.calls().contains("b us-west-1"));
}

#[tokio::test(start_paused = true)]
async fn what_there_is_to_read_is_told_of_once_the_first_has_said_where_it_leads() {
    let (slow, order) = (Some(("old", Notify::new())), vec!["old".into(), "new".into()]);
    let cloud = Cloud { accounts: [("old", "1"), ("new", "1")].into(), slow, ..Cloud::default() };
    let mut running = Running::over(cloud, order, true, &["old"]);
    let (mut has_failed, mut is_known) = (false, false);
    // It is read before that, and does not answer; the other has said where it leads.
    while !(has_failed && is_known) {
        match running.reports.recv().await.expect("the reader goes on") {
            Report::Scopes(scopes) => panic!("{scopes:?} is not all"),
            Report::Observed(Observation::Failed(_)) => has_failed = true,
            Report::Identified(connection, _) => is_known |= connection.as_str() == "new",
            _ => {}
        }
    }
    running.cloud.slow.as_ref().unwrap().1.notify_one();
    let names = |report: &Report| match report {
        Report::Scopes(scopes) => Some(scopes.iter().map(|scope| scope.connection.to_string()).collect::<Vec<_>>()),
        _ => None,
    };
    let told = running.until(|report| names(report).is_some()).await;
    assert_eq!(names(&told), Some(vec!["new".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn who_lapsed_while_nobody_stood_by_is_told_of_and_reads_again_once_renewed() {
    let mut running = Running::of(&[("a", "1"), ("b", "1")], true, &["b"]);
    running.listed("a").await;
    running.cloud.set_expired(&["a", "b"]);
    let failed = |report: &Report| matches!(report, Report::Observed(Observation::Failed(failure)) if failure.source.scope.connection.as_str() == "a");
    let _ = running.until(failed).await;
    running.cloud.set_expired(&["a"]);
    assert_eq!(running.standby().await, [B_READS]);
    let told = running.until(|report| matches!(report, Report::DiscoveryFailed { connection, .. } if connection.as_str() == "a")).await;
    let Report::DiscoveryFailed { fault, goes_on: true, .. } = told else { panic!("{told:?}") };
    assert_eq!(&*fault.sentence, "the credentials of a have expired: run x; until then b reads that account");
    running.listed("b").await;
    running.cloud.set_expired(&[]);
    assert_eq!(running.standby().await, [A_READS]);
    running.listed("a").await;
}

#[tokio::test(start_paused = true)]
async fn who_never_had_good_credentials_is_told_of_and_reads_once_they_are() {
    let mut running = Running::of(&[("a", "1"), ("b", "1")], false, &["a"]);
    let told = running.until(|report| matches!(report, Report::DiscoveryFailed { .. })).await;
    assert!(matches!(&told, Report::DiscoveryFailed { fault, .. } if fault.kind == FaultKind::Expired), "{told:?}");
    running.listed("b").await;
    assert!(!running.cloud.calls().contains("a us-west-1"));
    running.cloud.set_expired(&[]);
    assert_eq!(running.standby().await, [A_READS]);
    running.listed("a").await;
}

#[tokio::test(start_paused = true)]
async fn one_that_expires_alone_is_asked_on_until_it_is_renewed() {
    let mut running = Running::of(&[("a", "1"), ("b", "2")], true, &[]);
    running.listed("b").await;
    running.listed("a").await;
    running.cloud.set_expired(&["a"]);
    let failed = |report: &Report| matches!(report, Report::Observed(Observation::Failed(failure)) if failure.source.scope.connection.as_str() == "a");
    let _ = running.until(failed).await;
    running.listed("b").await;
    running.cloud.set_expired(&[]);
    running.listed("a").await;
}

#[tokio::test(start_paused = true)]
async fn where_nobody_says_whose_they_are_two_are_read_as_two() {
    let mut running = Running::plans(&[("a", "1")], vec!["a".into(), "b".into()], true, &[]);
    running.listed("b").await;
    running.listed("a").await;
    running.listed("b").await;
}
