//! Tests of the schedule: a fleet of any size costs the same few calls, and nothing starves.

use std::collections::BTreeMap;

use super::*;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Stamp;
use crate::model::event::{PlatformEvent, Severity};
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::instance::Instances;
use crate::model::sighting::{Busy, Coverage, Failure, Identity, Questions, Reading, Sighting, Source};

fn scope() -> Arc<Scope> {
    Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some("us-west-1".into()) })
}

fn key(number: usize) -> EnvironmentKey {
    format!("beanstalk:1:us-west-1:e-{number}").parse().unwrap()
}

fn reading(level: Level, busy: bool) -> Reading {
    let identity = Identity { answers: Questions::of([Question::Instances, Question::Health]), ..Identity::of("app".into()) };
    Reading {
        identity: Some(Box::new(identity)),
        health: Some(Health { level, word: None, causes: vec![], source: HealthSource::BeanstalkEnhanced }),
        busy: Some(if busy { Busy::With(Activity::of(ActivityKind::Deploy)) } else { Busy::No }),
        ..Reading::default()
    }
}

fn seen(ask: &Ask, sequence: u64, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    Observation::Seen(Sighting {
        source: Source { question: ask.question(), scope: scope() },
        stamp: Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence },
        coverage: Coverage::Complete,
        account: None,
        readings,
        events: vec![],
    })
}

fn failed(ask: &Ask, kind: FaultKind) -> Observation {
    Observation::Failed(Failure {
        source: Source { question: ask.question(), scope: scope() },
        stamp: Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence: 0 },
        about: ask.about().cloned(),
        fault: Fault::new(kind, "x"),
    })
}

/// Runs a schedule for so many seconds against a fleet, answering at once; returns what was asked when.
fn simulate(schedule: &mut Schedule, seconds: u64, answer: impl Fn(&Ask, u64) -> Observation) -> Vec<(u64, Ask)> {
    let begin = Instant::now();
    schedule.cover(&[scope()], begin);
    let mut asked = Vec::new();
    for tenth in 0..seconds * 10 {
        let now = begin + Duration::from_millis(tenth * 100);
        for (at, ask) in schedule.due(now, Timestamp::UNIX_EPOCH) {
            schedule.ended(&at, &ask, &answer(&ask, tenth), now);
            asked.push((tenth / 10, ask));
        }
    }
    asked
}

fn count(asked: &[(u64, Ask)], question: Question) -> usize {
    asked.iter().filter(|(_, ask)| ask.question() == question).count()
}

#[test]
fn what_a_plan_of_many_is_made_from_is_asked_first() {
    let fleet: Vec<_> = (0..84).map(|number| (key(number), reading(Level::Ok, false))).collect();
    let mut schedule = Schedule::new(Pace::default());
    let planned: Vec<_> = fleet.iter().map(|(key, _)| (key.clone(), AppName::from("app"))).collect();
    schedule.focus(Focus { compared: planned, ..Focus::default() }, Instant::now());
    let asked = simulate(&mut schedule, 170, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
    assert_eq!((count(&asked, Question::Properties), count(&asked, Question::Instances)), (84, 84));
    assert!(count(&asked, Question::Health) <= 2, "how each is stands in the listing, and is asked after what the plan waits for");
}

#[test]
fn a_steady_fleet_of_any_size_costs_two_calls_in_fifteen_seconds_and_one_a_second_of_details() {
    for size in [1, 84, 2_000] {
        let fleet: Vec<_> = (0..size).map(|number| (key(number), reading(Level::Ok, false))).collect();
        let mut schedule = Schedule::new(Pace::default());
        let asked = simulate(&mut schedule, 60, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
        assert_eq!((count(&asked, Question::Listing), count(&asked, Question::Events)), (4, 4), "{size}");
        let mut per_second: BTreeMap<u64, usize> = BTreeMap::new();
        for (second, _) in asked.iter().filter(|(_, ask)| ask.about().is_some()) {
            *per_second.entry(*second).or_default() += 1;
        }
        assert!(per_second.values().all(|calls| *calls <= 1), "{size}: {per_second:?}");
    }
}

#[test]
fn what_costs_several_calls_leaves_each_of_them_its_turn() {
    let mut basic = reading(Level::Ok, false);
    basic.identity.as_mut().unwrap().answers = Questions::of([Question::Resources]);
    let fleet: Vec<_> = (0..84).map(|number| (key(number), if number < 40 { basic.clone() } else { reading(Level::Ok, false) })).collect();
    let mut schedule = Schedule::new(Pace::default());
    let begin = Instant::now();
    schedule.cover(&[scope()], begin);
    let cost = |ask: &Ask| if ask.question() == Question::Resources { 3 } else { 1 };
    // When the calls of what was asked last are over, one a second.
    let mut free_at = begin;
    let mut calls = 0;
    for tenth in 0..3_000_u64 {
        let now = begin + Duration::from_millis(tenth * 100);
        for (at, ask) in schedule.due(now, Timestamp::UNIX_EPOCH) {
            schedule.costs(&at, &ask, cost(&ask));
            if ask.about().is_some() {
                assert!(now >= free_at, "{ask:?} at {tenth}");
                free_at = now + Duration::from_secs(u64::from(cost(&ask)));
                calls += cost(&ask);
            }
            schedule.ended(&at, &ask, &seen(&ask, tenth, if ask == Ask::Listing { fleet.clone() } else { vec![] }), now);
        }
    }
    // Every environment was read, and no turn was wasted until then.
    assert_eq!(calls, 40 * 3 + 44 * 2);
}

#[test]
fn an_empty_region_is_listed_rarely_and_has_no_events() {
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 120, |ask, at| seen(ask, at, vec![]));
    assert_eq!(asked.len(), 1);
    assert!(schedule.worth_showing().is_empty());
}

#[test]
fn every_environment_is_read_in_time_even_when_many_are_unwell() {
    let fleet: Vec<_> = (0..100).map(|number| (key(number), reading(if number < 60 { Level::Severe } else { Level::Ok }, false))).collect();
    let mut schedule = Schedule::new(Pace::default());
    schedule.focus(Focus { open: None, visible: (0..10).map(key).collect(), ..Focus::default() }, Instant::now());
    let asked = simulate(&mut schedule, 1_200, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
    let reads = |number: usize| asked.iter().filter(|(_, ask)| *ask == Ask::Instances(key(number))).count();
    assert!((0..100).all(|number| reads(number) >= 1));
    assert!(reads(0) > reads(50) && reads(50) > reads(99), "{} {} {}", reads(0), reads(50), reads(99));
}

#[test]
fn what_is_unwell_is_read_first() {
    let fleet: Vec<_> = (0..50).map(|number| (key(number), reading(if number == 42 { Level::Severe } else { Level::Ok }, false))).collect();
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 5, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
    let details: Vec<&Ask> = asked.iter().map(|(_, ask)| ask).filter(|ask| ask.about().is_some()).take(2).collect();
    assert!(details.iter().all(|ask| ask.about() == Some(&key(42))), "{details:?}");
}

#[test]
fn a_failing_region_is_asked_ever_less_often_and_its_details_not_at_all() {
    let mut schedule = Schedule::new(Pace::default());
    let fleet = vec![(key(1), reading(Level::Ok, false))];
    let asked =
        simulate(&mut schedule, 600, |ask, at| if at < 10 { seen(ask, at, fleet.clone()) } else { failed(ask, FaultKind::Unreachable) });
    let listings = count(&asked, Question::Listing);
    assert!((5..=14).contains(&listings), "{listings}");
    assert!(asked.iter().filter(|(second, ask)| *second > 20 && ask.about().is_some()).count() == 0);
}

#[test]
fn what_the_service_does_not_offer_is_asked_once() {
    let mut schedule = Schedule::new(Pace::default());
    let fleet: Vec<_> = (0..5).map(|number| (key(number), reading(Level::Ok, false))).collect();
    let asked = simulate(&mut schedule, 120, |ask, at| match ask {
        Ask::Listing => seen(ask, at, fleet.clone()),
        _ => failed(ask, FaultKind::Unsupported),
    });
    assert_eq!((count(&asked, Question::Events), count(&asked, Question::Instances), count(&asked, Question::Health)), (1, 1, 1));
}

#[test]
fn expired_credentials_are_tried_again_soon() {
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 60, |ask, _| failed(ask, FaultKind::Expired));
    assert!((6..=9).contains(&count(&asked, Question::Listing)));
}

#[test]
fn while_something_goes_on_listing_is_faster() {
    let mut schedule = Schedule::new(Pace::default());
    let fleet = vec![(key(1), reading(Level::Ok, true))];
    let asked = simulate(&mut schedule, 60, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
    // Every 6 s, and once more after each reading of the instances.
    assert!((10..=14).contains(&count(&asked, Question::Listing)), "{}", count(&asked, Question::Listing));
}

/// An event so many seconds after the epoch.
fn happened(ask: &Ask, asked_at: i64, events: &[i64]) -> Observation {
    let event = |second: &i64| {
        let event = PlatformEvent {
            at: Timestamp::from_second(*second).unwrap(),
            severity: Severity::Info,
            message: "x".into(),
            request: None,
            label: None,
            meaning: None,
        };
        (key(1), event)
    };
    match seen(ask, 1, vec![]) {
        Observation::Seen(sighting) => Observation::Seen(Sighting {
            stamp: Stamp { asked_at: Timestamp::from_second(asked_at).unwrap(), sequence: 1 },
            events: events.iter().map(event).collect(),
            ..sighting
        }),
        Observation::Failed(_) => unreachable!("it was answered"),
    }
}

/// However wrong this machine's clock is, windows follow the platform's events and leave nothing between them.
#[test]
fn the_windows_of_events_do_not_trust_this_machines_clock() {
    for wrong_by in [-900, 0, 900] {
        let mut schedule = Schedule::new(Pace::default());
        let begin = Instant::now();
        schedule.cover(&[scope()], begin);
        let mut windows = Vec::new();
        // Every minute something happens, and is told the next time.
        for minute in 0..60_i64 {
            let (now, true_now) = (begin + Duration::from_secs(60 * minute.unsigned_abs()), 1_000_000 + 60 * minute);
            let present = Timestamp::from_second(true_now + wrong_by).unwrap();
            for (at, ask) in schedule.due(now, present).into_iter().chain(schedule.due(now, present)) {
                let observation = match ask {
                    Ask::Listing => seen(&ask, 1, vec![(key(1), reading(Level::Ok, false))]),
                    Ask::Events { since } => {
                        windows.push((since.as_second(), true_now));
                        happened(&ask, true_now + wrong_by, &[true_now - 30])
                    }
                    Ask::Health(_)
                    | Ask::Instances(_)
                    | Ask::Resources(_)
                    | Ask::Versions(_)
                    | Ask::Probes { .. }
                    | Ask::Properties { .. }
                    | Ask::Planning { .. } => seen(&ask, 1, vec![]),
                };
                schedule.ended(&at, &ask, &observation, now);
            }
        }
        assert!(windows.len() > 50, "{}", windows.len());
        for ((_, before), (since, _)) in windows.iter().zip(&windows[1..]) {
            assert!(*since <= before - 120, "clock wrong by {wrong_by} s: a window ended at {before}, the next begins at {since}");
            assert!(*since >= before - 120 - 30 - wrong_by.min(0).abs(), "{wrong_by}: {since} is long before {before}");
        }
    }
}

/// Without an event nobody knows what time it is there: the same window is asked for again.
#[test]
fn a_window_without_events_is_asked_for_again() {
    let mut schedule = Schedule::new(Pace::default());
    let begin = Instant::now();
    let asked = {
        schedule.cover(&[scope()], begin);
        let mut windows = Vec::new();
        for minute in 0..10_u64 {
            let now = begin + Duration::from_secs(60 * minute);
            let present = Timestamp::from_second(1_000_000 + i64::try_from(60 * minute).unwrap()).unwrap();
            for (at, ask) in schedule.due(now, present) {
                if let Ask::Events { since } = ask {
                    windows.push(since);
                }
                let readings = if ask == Ask::Listing { vec![(key(1), reading(Level::Ok, false))] } else { vec![] };
                schedule.ended(&at, &ask, &seen(&ask, minute, readings), now);
            }
        }
        windows
    };
    assert!(asked.len() > 5 && asked.iter().all(|since| Some(since) == asked.first()), "{asked:?}");
}

#[test]
fn logins_are_few_unless_something_has_changed_or_is_opened() {
    let mut told = reading(Level::Ok, false);
    told.identity.as_mut().unwrap().answers = Questions::of([Question::Instances, Question::Versions]);
    let machines = |id: &str| {
        let each = vec![crate::model::instance::Instance::of(id.into())];
        Reading { instances: Some(Instances { each, ..Instances::default() }), ..Reading::default() }
    };
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 600, |ask, at| match ask {
        Ask::Listing => seen(ask, at, vec![(key(1), told.clone())]),
        Ask::Instances(_) => seen(ask, at, vec![(key(1), machines("i-1"))]),
        _ => seen(ask, at, vec![]),
    });
    assert_eq!(count(&asked, Question::Versions), 1);
    let now = Instant::now();
    let subject =
        |schedule: &mut Schedule| schedule.scopes[0].subjects.get_mut(&key(1)).map(|subject| subject.asked.get(Question::Versions));
    // Another machine, the end of a deploy, and opening: each has them read again.
    schedule.scopes[0]
        .subjects
        .get_mut(&key(1))
        .unwrap()
        .learn(&key(1), &seen(&Ask::Instances(key(1)), 1, vec![(key(1), machines("i-2"))]));
    assert_eq!(subject(&mut schedule), Some(None));
    for change in ["deploy", "opening"] {
        let one = schedule.scopes[0].subjects.get_mut(&key(1)).unwrap();
        one.asked.set(Question::Versions, now - LOGINS_AT_LEAST);
        if change == "deploy" {
            one.set_busy(true);
            assert!(one.asked.get(Question::Versions).is_some());
            one.set_busy(false);
        } else {
            schedule.focus(Focus { open: Some(key(1)), ..Focus::default() }, now);
        }
        assert_eq!(subject(&mut schedule), Some(None), "{change}");
    }
}

/// A quick deploy begins and ends between two listings, and nobody sees the environment busy.
#[test]
fn another_version_has_its_instances_asked_at_once() {
    use crate::model::version::{Stated, VersionSource};
    const DEPLOYED: u64 = 100;
    let running = |label: &str| {
        let version = Some(Stated::by(VersionSource::BeanstalkLabel, label.into()));
        Reading { version, ..reading(Level::Ok, false) }
    };
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 200, |ask, tenth| match ask {
        Ask::Listing => seen(ask, tenth, vec![(key(1), running(if tenth < DEPLOYED * 10 { "v1" } else { "v2" }))]),
        _ => seen(ask, tenth, vec![]),
    });
    for question in [Question::Instances, Question::Health] {
        let at: Vec<u64> = asked.iter().filter(|(_, ask)| ask.question() == question).map(|(at, _)| *at).collect();
        // Once at the start, and once with the first listing behind the deploy.
        assert!(at.len() == 2 && (DEPLOYED..DEPLOYED + 20).contains(&at[1]), "{question:?}: {at:?}");
    }
}

#[test]
fn probes_keep_nothing_waiting_and_only_what_is_probed_is() {
    let fleet: Vec<_> = (0..40).map(|number| (key(number), reading(Level::Ok, false))).collect();
    let mut schedule = Schedule::new(Pace::default());
    schedule.probe(Arc::new(|key, _| key.name.as_str() != "e-3"));
    let asked = simulate(&mut schedule, 60, |ask, at| seen(ask, at, if *ask == Ask::Listing { fleet.clone() } else { vec![] }));
    let probed =
        |number: usize| asked.iter().filter(|(_, ask)| matches!(ask, Ask::Probes { key: about, .. } if *about == key(number))).count();
    assert!((0..40).all(|number| (probed(number) > 0) == (number != 3)));
    let details = asked.iter().filter(|(_, ask)| ask.about().is_some() && ask.question() != Question::Probes).count();
    assert!(details >= 59, "{details}");
}

#[test]
fn one_answer_that_tells_of_several_asks_none_of_them_again() {
    let mut alone = reading(Level::Ok, false);
    alone.identity.as_mut().unwrap().answers = Questions::of([Question::Versions]);
    let fleet: Vec<_> = (0..5).map(|number| (key(number), alone.clone())).collect();
    let mut schedule = Schedule::new(Pace::default());
    let asked = simulate(&mut schedule, 120, |ask, at| seen(ask, at, fleet.clone()));
    assert_eq!(count(&asked, Question::Versions), 1, "one login for all that live on a machine");
    // What happens to one of them has all of it read again.
    schedule.hurry(Some(&key(3)), Instant::now() + Duration::from_secs(120));
    let again = schedule.due(Instant::now() + Duration::from_secs(121), Timestamp::UNIX_EPOCH);
    assert!(again.iter().any(|(_, ask)| *ask == Ask::Versions(key(3))), "{again:?}");
}
