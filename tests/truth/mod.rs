//! The truth test: what the program tells agrees with the world at each value's own age, or says
//! that it does not know; and the calls it counts are the calls it makes.
//!
//! The real SDKs read a moving simulated world, generated from a seed, while
//! faults come and go. Afterwards every row of every look is held against the
//! world as it was when the row's values were asked for. At every look the
//! screen is drawn too, and has to tell what the rows tell.

mod compute;
mod hosts;
mod judge;
mod scale;
mod screen;

use std::sync::Arc;
use std::time::Duration;

use quarterdeck::app::event::Event;
use quarterdeck::app::update::{settle, update};
use quarterdeck::config::Settings;
use quarterdeck::model::fleet::Fleet;
use quarterdeck::model::sighting::Observation;
use quarterdeck::ops::clock::Clock as _;
use quarterdeck::ops::reader::Report;
use quarterdeck::shell::SystemClock;
use quarterdeck::sources;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::sim::Sim;
use judge::{Answered, Judge};

/// The faults that come and go during a run, one after the other.
fn faults(region: &str) -> Vec<Value> {
    vec![
        json!({"service": "elasticbeanstalk", "region": region, "kind": "latency", "value": 400}),
        json!({"service": "elasticbeanstalk", "region": region, "kind": "throttle", "rate": 0.5}),
        json!({"service": "elasticbeanstalk", "operation": "DescribeEnvironments", "kind": "status", "value": 503}),
        json!({"service": "elasticbeanstalk", "region": region, "kind": "reset"}),
        json!({"service": "elasticbeanstalk", "kind": "truncate", "value": 300, "rate": 0.5}),
        json!({"service": "elasticbeanstalk", "region": region, "kind": "garbage"}),
        json!({"service": "elasticbeanstalk", "operation": "DescribeInstancesHealth", "kind": "denied"}),
        json!({"service": "elasticbeanstalk", "region": region, "kind": "expired"}),
        json!({"service": "elasticloadbalancing", "kind": "throttle", "rate": 0.5}),
        json!({"service": "elasticloadbalancing", "kind": "truncate", "value": 400, "rate": 0.5}),
        json!({"service": "elasticloadbalancing", "region": region, "kind": "denied"}),
    ]
}

/// A small moving world of its own names and regions.
fn world(seed: u64) -> String {
    format!(
        "seed = {seed}\n[generate]\nenvironments = 40\nregions = [\"eu-west-3\", \"sa-east-1\", \"ap-south-1\"]\nmoving = true\nbasic = 0.3\n"
    )
}

/// A pace that fits many readings into a short test.
fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.reading.listing = Duration::from_millis(700);
    settings.reading.sweep = Duration::from_millis(60);
    settings
}

/// Everything told at one moment, to be judged when the run is over.
struct Look {
    rows: Vec<judge::Row>,
}

async fn watch(seed: u64) {
    let sim = Sim::of(&world(seed), 30.0).await;
    let settings = settings();
    let mut reading = sources::read(&settings, sim.connections(), Some(Arc::new(|_| true)));
    let mut state = screen::tall(SystemClock.now());
    let mut answered = Answered::default();
    let mut looks = Vec::new();
    let mut faults = faults("sa-east-1").into_iter();
    let begin = Instant::now();
    let mut next_fault = begin + Duration::from_secs(2);
    let mut next_look = begin + Duration::from_millis(500);
    let mut active = false;
    loop {
        let wake = next_fault.min(next_look);
        match tokio::time::timeout_at(wake, reading.reports.recv()).await {
            Ok(Some(Report::Observed(observation))) => {
                answered.note(&observation, SystemClock.now());
                assert!(!matches!(&observation, Observation::Failed(failure) if failure.fault.sentence.contains("this program failed")));
                let _ = update(&mut state, Event::Observed(vec![observation]));
            }
            Ok(Some(_)) | Err(_) => {}
            Ok(None) => panic!("the reader ended by itself"),
        }
        let now = Instant::now();
        if now >= next_look {
            next_look = now + Duration::from_millis(700);
            let _ = update(&mut state, Event::Tick(SystemClock.now()));
            let _ = settle(&mut state);
            looks.push(Look { rows: judge::rows(&state.fleet) });
            screen::agrees(&state);
        }
        if now >= next_fault {
            next_fault = now + Duration::from_millis(1_500);
            if active {
                sim.delete("/_sim/faults").await;
                active = false;
            } else if let Some(fault) = faults.next() {
                sim.post("/_sim/faults", &fault).await;
                active = true;
            } else {
                break;
            }
        }
    }
    let limiter = reading.limiter.clone();
    drop(reading.requests);
    while let Some(report) = reading.reports.recv().await {
        if let Report::Observed(observation) = report {
            answered.note(&observation, SystemClock.now());
            let _ = update(&mut state, Event::Observed(vec![observation]));
        }
    }
    looks.push(Look { rows: judge::rows(&state.fleet) });
    let calls = sim.get("/_sim/calls").await;
    assert_eq!(calls["calls"].as_array().unwrap().len() as u64, limiter.calls().total, "calls counted, against calls received");
    let mut judge = Judge::new(&sim, answered);
    for look in &looks {
        for row in &look.rows {
            judge.row(row).await;
        }
    }
    judge.verdict(looks.len(), &["label", "health", "activity", "instances", "targets"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_was_true_when_it_was_asked() {
    for seed in [3, 20_261_120] {
        watch(seed).await;
    }
}

/// A world of Elastic Beanstalk, faultless and without a configuration: what is listed is all there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_environment_of_a_whole_account_is_told() {
    let sim = Sim::built_in("beanstalk").await;
    let mut reading = sources::read(&Settings::default(), sim.connections(), None);
    let mut fleet = Fleet::new(Arc::default());
    let mut answered = Answered::default();
    while let Some(report) = reading.reports.recv().await {
        match report {
            Report::Observed(observation) => {
                answered.note(&observation, SystemClock.now());
                let _ = fleet.observe(observation);
            }
            Report::Swept => break,
            _ => {}
        }
    }
    let told: Vec<String> = judge::sorted(fleet.environments().map(|environment| environment.key().to_string()));
    let world = sim.get("/_sim/world").await;
    let truth = judge::sorted(world["environments"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned()));
    assert_eq!(told, truth);
    let mut judge = Judge::new(&sim, answered);
    for row in judge::rows(&fleet) {
        judge.row(&row).await;
    }
    judge.verdict(1, &["label", "health", "activity", "instances"]);
}
