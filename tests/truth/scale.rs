//! As many target groups, tagged instances and servers as anybody is to have, together: all are told, what is on the
//! screen first, and the load balancers' API is asked no more often than it may be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use quarterdeck::model::environment::Environment;
use quarterdeck::model::fleet::Fleet;
use quarterdeck::model::health::Level;
use quarterdeck::model::id::{EnvironmentKey, Platform};
use quarterdeck::model::sighting::Observation;
use quarterdeck::ops::reader::{Report, Request};
use quarterdeck::ops::schedule::Focus;
use quarterdeck::sources::{self, Reading};
use serde_json::Value;

use crate::support::sim::Sim;

/// So many calls of DescribeTargetHealth may be made in a second, in an account and region.
const A_SECOND: usize = 5;
/// So many groups are on the screen: the last ones, which nobody else would ask for first.
const VISIBLE: usize = 10;

/// What was told of the world, and in which order the groups told of their targets.
struct Watched {
    fleet: Fleet,
    order: Vec<EnvironmentKey>,
    visible: BTreeSet<EnvironmentKey>,
}

impl Watched {
    fn of(&self, platform: Platform) -> impl Iterator<Item = Environment<'_>> {
        self.fleet.environments().filter(move |environment| environment.key().platform == platform)
    }

    fn is_complete(&self) -> bool {
        let has_instances = |platform| self.of(platform).all(|environment| environment.instances().is_some());
        let counts = [Platform::TargetGroup, Platform::TaggedEc2, Platform::Host].map(|platform| self.of(platform).count());
        counts == [50, 300, 200]
            && has_instances(Platform::TargetGroup)
            && has_instances(Platform::TaggedEc2)
            && self.of(Platform::Host).all(|environment| environment.level() == Level::Ok)
    }

    /// Takes a report in; once the groups are listed, some of them are on the screen.
    fn take(&mut self, report: Report, reading: &Reading) {
        let Report::Observed(observation) = report else { return };
        if let Observation::Seen(sighting) = &observation {
            let told =
                sighting.readings.iter().filter(|(key, reading)| key.platform == Platform::TargetGroup && reading.instances.is_some());
            for (key, _) in told {
                if !self.order.contains(key) {
                    self.order.push(key.clone());
                }
            }
        }
        let _ = self.fleet.observe(observation);
        if self.visible.is_empty() {
            let groups: BTreeSet<EnvironmentKey> = self.of(Platform::TargetGroup).map(|environment| environment.key()).collect();
            self.visible = groups.into_iter().rev().take(VISIBLE).collect();
            let focus = Focus { visible: self.visible.iter().cloned().collect(), ..Focus::default() };
            let _ = reading.requests.send(Request::Focus(focus));
        }
    }
}

/// The moments of the calls of an operation, in milliseconds, in their order.
async fn moments(sim: &Sim, operation: &str) -> Vec<i64> {
    let calls = sim.get("/_sim/calls").await;
    let ours = calls["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == operation);
    let moment = |call: &Value| call["at"].as_str().unwrap().parse::<quarterdeck::model::clock::Timestamp>().unwrap().as_millisecond();
    let mut moments: Vec<i64> = ours.map(moment).collect();
    moments.sort_unstable();
    moments
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_targets_and_five_hundred_others_are_all_told() {
    let sim = Sim::built_in("wide").await;
    let (mut settings, mut ways) = sim.demonstrated("wide");
    // A machine with much else to do answers late; how late is not what is asked here.
    settings.reading.timeout = Duration::from_secs(120);
    ways.connections.iter_mut().for_each(|connection| connection.timeout = settings.reading.timeout);
    let mut reading = sources::read(&settings, ways.connections, None);
    let fleet = Fleet::new(Arc::new(settings.catalogue));
    let mut watched = Watched { fleet, order: Vec::new(), visible: BTreeSet::new() };
    while !watched.is_complete() {
        let report = tokio::time::timeout(Duration::from_secs(240), reading.reports.recv()).await;
        let report = report.ok().flatten().unwrap_or_else(|| panic!("{} groups told", watched.order.len()));
        watched.take(report, &reading);
    }
    let targets: usize = watched.of(Platform::TargetGroup).map(|group| group.instances().unwrap().value.total()).sum();
    assert_eq!(targets, 1_000);
    assert!(watched.of(Platform::TaggedEc2).all(|preview| preview.instances().unwrap().value.total() == 1));
    // What is on the screen comes first, but for what was asked before anybody knew.
    let last = watched.visible.iter().filter_map(|key| watched.order.iter().position(|other| other == key)).max();
    assert!(last.is_some_and(|last| last < 2 * VISIBLE), "{last:?} of {:?}", watched.order);
    // Every stretch of the calls is as slow as it has to be; calls that a busy machine held up may arrive together.
    let moments = moments(&sim, "DescribeTargetHealth").await;
    assert!(moments.len() >= 50, "{}", moments.len());
    let held_up = 2 * A_SECOND;
    for (first, from) in moments.iter().enumerate() {
        let within = |seconds: i64| moments[first..].iter().take_while(|at| **at < from + seconds * 1_000).count();
        for seconds in [2_i64, 5, 10] {
            let most = A_SECOND * usize::try_from(seconds).unwrap() + held_up;
            assert!(within(seconds) <= most, "{} calls within {seconds} s: {moments:?}", within(seconds));
        }
    }
    // Machines are asked for many at once: what they cost follows from the groups, and previews cost none.
    assert!(self::moments(&sim, "DescribeInstances").await.len() < 150);
}
