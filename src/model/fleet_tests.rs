//! Tests of the merge: any order and any repetition of the same observations give the same fleet.

use proptest::prelude::*;

use super::*;
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Timestamp;
use crate::model::event::{BeganKind, Meaning, Severity};
use crate::model::fault::FaultKind;
use crate::model::health::{Health, HealthSource, Level};
use crate::model::id::Platform;
use crate::model::instance::{Deployment, DeploymentState, Instance, Instances, Versions};
use crate::model::sighting::{Busy, Coverage, Identity, Questions, Scope};
use crate::model::version::{Confidence, Stated, VersionSource};

fn stamp(second: i64) -> Stamp {
    Stamp { asked_at: at(second), sequence: u64::try_from(second).unwrap() }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn source(question: Question) -> Source {
    Source {
        question,
        scope: Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some("us-west-1".into()) }),
    }
}

fn key(name: &str) -> EnvironmentKey {
    format!("beanstalk:111122223333:us-west-1:{name}").parse().unwrap()
}

fn listed(label: &str, level: Level, busy: Busy) -> Reading {
    let identity = Identity {
        platform_id: Some("e-1".into()),
        answers: Questions::of([Question::Instances, Question::Health]),
        tells_versions: true,
        ..Identity::of("h".into())
    };
    Reading {
        identity: Some(Box::new(identity)),
        version: Some(Stated::by(VersionSource::BeanstalkLabel, label.into())),
        health: Some(Health { level, word: None, causes: vec![], source: HealthSource::BeanstalkEnhanced }),
        busy: Some(busy),
        ..Reading::default()
    }
}

fn listing(second: i64, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    answer(Question::Listing, second, Coverage::Complete, readings)
}

fn answer(question: Question, second: i64, coverage: Coverage, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    Observation::Seen(Sighting { source: source(question), stamp: stamp(second), coverage, account: None, readings, events: vec![] })
}

fn failure(question: Question, second: i64, about: Option<EnvironmentKey>) -> Observation {
    let fault = Fault::new(FaultKind::Unreachable, format!("us-west-1 did not answer ({second})"));
    Observation::Failed(Failure { source: source(question), stamp: stamp(second), about, fault })
}

fn event(second: i64, meaning: Meaning) -> PlatformEvent {
    PlatformEvent { at: at(second), severity: Severity::Info, message: "x".into(), request: None, label: None, meaning: Some(meaning) }
}

fn happened(second: i64, name: &str, events: Vec<PlatformEvent>) -> Observation {
    Observation::Seen(Sighting {
        source: source(Question::Events),
        stamp: stamp(second),
        coverage: Coverage::Partial,
        account: None,
        readings: vec![],
        events: events.into_iter().map(|event| (key(name), event)).collect(),
    })
}

fn instance(id: &str, label: &str, state: DeploymentState) -> Instance {
    Instance {
        id: id.into(),
        level: Level::Ok,
        word: None,
        causes: vec![],
        launched_at: None,
        deployment: Some(Deployment { label: Some(label.into()), number: None, state: Some(state), at: None }),
        instance_type: None,
        zone: None,
        cpu: None,
        load: None,
        traffic: crate::model::health::Traffic::default(),
        whereabouts: crate::model::instance::Whereabouts::default(),
    }
}

fn instances(second: i64, name: &str, each: Vec<Instance>) -> Observation {
    let reading = Reading { instances: Some(Instances { each, health_known: true, ..Instances::default() }), ..Reading::default() };
    answer(Question::Instances, second, Coverage::Partial, vec![(key(name), reading)])
}

fn versions(second: i64, name: &str, label: &str) -> Observation {
    let versions = Versions { each: vec![("i-1".into(), Ok(label.into()))], source: VersionSource::SsmCommand };
    let reading = Reading { versions: Some(Arc::new(versions)), ..Reading::default() };
    answer(Question::Versions, second, Coverage::Partial, vec![(key(name), reading)])
}

fn recorded(second: i64, name: &str) -> Observation {
    let version = Sha::new(&format!("{second:040x}")).map(|sha| Stated::commit(VersionSource::GitHubDeployment, sha));
    answer(Question::Record, second, Coverage::Partial, vec![(key(name), Reading { version, ..Reading::default() })])
}

fn fleet(observations: impl IntoIterator<Item = Observation>) -> Fleet {
    let mut fleet = Fleet::new(Arc::default());
    for observation in observations {
        let _ = fleet.observe(observation);
    }
    fleet
}

/// Everything that a reader of the fleet can tell, in an order of its own.
fn visible(fleet: &Fleet) -> Vec<String> {
    let environment = |environment: Environment<'_>| {
        format!(
            "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            environment.key(),
            environment.label(),
            environment.causes(),
            environment.disagreement(),
            environment.app(),
            environment.tier(),
            environment.version(),
            environment.health(),
            environment.activity(),
            environment.instances(),
            environment.fault(),
            environment.events().collect::<Vec<_>>(),
        )
    };
    let mut lines: Vec<String> = fleet.environments().map(environment).collect();
    lines.extend(fleet.sources().map(|(source, state)| format!("{source:?} {state:?}")));
    lines.sort();
    lines
}

/// Moments over some hours, so that what is gone is forgotten within them.
fn moment() -> impl Strategy<Value = i64> {
    (0..40_i64).prop_map(|step| step * 400)
}

fn observation() -> impl Strategy<Value = Observation> {
    let name = prop_oneof![Just("a"), Just("b"), Just("c")];
    let label = prop_oneof![Just("20221110-g8a52aea"), Just("20221113-g77c1d09")];
    let level = prop_oneof![Just(Level::Ok), Just(Level::Severe)];
    let row = (name.clone(), label, level).prop_map(|(name, label, level)| (key(name), listed(label, level, Busy::No)));
    prop_oneof![
        3 => (moment(), proptest::collection::btree_map(name.clone(), row.clone(), 0..3))
            .prop_map(|(second, rows)| listing(second, rows.into_iter().map(|(name, (_, reading))| (key(name), reading)).collect())),
        1 => (moment(), row.clone()).prop_map(|(second, row)| answer(Question::Listing, second, Coverage::Partial, vec![row])),
        1 => (moment(), row).prop_map(|(second, row)| {
            let fault = Fault::new(FaultKind::Malformed, format!("us-west-1 lists an environment without a name ({second})"));
            answer(Question::Listing, second, Coverage::Except(fault), vec![row])
        }),
        1 => (moment(), name.clone(), "[ab]").prop_map(|(second, name, label)| versions(second, name, &label)),
        1 => (moment(), name.clone()).prop_map(|(second, name)| recorded(second, name)),
        1 => moment().prop_map(|second| failure(Question::Listing, second, None)),
        1 => (moment(), name.clone()).prop_map(|(second, name)| failure(Question::Health, second, Some(key(name)))),
        1 => (moment(), name.clone()).prop_map(|(second, name)| instances(
            second,
            name,
            vec![instance("i-1", "x", DeploymentState::Deployed)]
        )),
        1 => (moment(), name, moment()).prop_map(|(second, name, happened_at)| happened(second, name, vec![event(happened_at, Meaning::Ended)])),
    ]
}

/// No two observations of one source carry the same stamp: sequences are unique.
fn with_unique_stamps(observations: Vec<Observation>) -> Vec<Observation> {
    let unique = |(number, observation): (usize, Observation)| {
        let sequence = number as u64;
        match observation {
            Observation::Seen(mut sighting) => {
                sighting.stamp.sequence = sequence;
                Observation::Seen(sighting)
            }
            Observation::Failed(mut failure) => {
                failure.stamp.sequence = sequence;
                Observation::Failed(failure)
            }
        }
    };
    observations.into_iter().enumerate().map(unique).collect()
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_give_the_same_fleet(
        (observations, shuffled) in proptest::collection::vec(observation(), 0..25)
            .prop_map(with_unique_stamps)
            .prop_flat_map(|observations| {
                let repeated: Vec<Observation> = observations.iter().chain(observations.iter().step_by(2)).cloned().collect();
                (Just(observations), Just(repeated).prop_shuffle())
            })
    ) {
        prop_assert_eq!(visible(&fleet(observations)), visible(&fleet(shuffled)));
    }
}

#[test]
fn only_a_complete_listing_makes_an_environment_disappear() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let mut fleet = fleet([listing(1, vec![row("a"), row("b")]), answer(Question::Listing, 2, Coverage::Partial, vec![row("a")])]);
    assert_eq!(fleet.environments().count(), 2);
    assert_eq!(fleet.observe(failure(Question::Listing, 3, None)), Change::Values);
    assert_eq!(fleet.environments().count(), 2);
    assert_eq!(fleet.observe(listing(4, vec![row("a")])), Change::Members);
    assert_eq!(fleet.environments().map(|environment| environment.key()).collect::<Vec<_>>(), [key("a")]);
    // An older answer that comes late does not bring it back.
    let _ = fleet.observe(listing(2, vec![row("b")]));
    assert_eq!(fleet.environments().count(), 1);
}

#[test]
fn an_answer_that_tells_nothing_new_changes_only_ages() {
    let row = || (key("a"), listed("x", Level::Ok, Busy::No));
    let mut fleet = fleet([listing(1, vec![row()])]);
    assert_eq!(fleet.observe(listing(2, vec![row()])), Change::Ages);
    assert_eq!(fleet.get(&key("a")).unwrap().listed_at(), Some(at(2)));
    assert_eq!(fleet.observe(listing(3, vec![(key("a"), listed("y", Level::Ok, Busy::No))])), Change::Values);
}

#[test]
fn a_failed_reading_keeps_the_value_its_age_and_says_why() {
    let mut fleet = fleet([listing(1, vec![(key("a"), listed("x", Level::Ok, Busy::No))]), failure(Question::Listing, 5, None)]);
    let environment = fleet.get(&key("a")).unwrap();
    assert_eq!(environment.version().unwrap().at, at(1));
    assert_eq!(environment.health().unwrap().value.level, Level::Ok);
    assert!(environment.fault().unwrap().value.sentence.contains("did not answer"));
    let _ = fleet.observe(listing(6, vec![(key("a"), listed("x", Level::Ok, Busy::No))]));
    assert_eq!(fleet.get(&key("a")).unwrap().fault(), None);
}

#[test]
fn an_outage_that_comes_again_in_the_same_words_is_news() {
    let row = || vec![(key("a"), listed("x", Level::Ok, Busy::No))];
    let same = |second| match failure(Question::Listing, second, None) {
        Observation::Failed(failure) => {
            Observation::Failed(Failure { fault: Fault::new(FaultKind::Unreachable, "us-west-1 did not answer"), ..failure })
        }
        Observation::Seen(_) => unreachable!("it failed"),
    };
    let mut fleet = fleet([listing(1, row())]);
    assert_eq!(fleet.observe(same(2)), Change::Values);
    assert_eq!(fleet.observe(same(3)), Change::Ages);
    assert_eq!(fleet.observe(listing(4, row())), Change::Values);
    assert_eq!(fleet.observe(same(5)), Change::Values);
}

#[test]
fn an_answer_about_one_environment_is_none_about_another_of_its_scope() {
    let both = || vec![(key("h-prod"), listed("v1", Level::Ok, Busy::No)), (key("h-staging"), listed("v1", Level::Ok, Busy::No))];
    let events = answer(Question::Events, 6, Coverage::Partial, Vec::new());
    let fleet = fleet([listing(3, both()), instances(5, "h-prod", vec![instance("i-1", "v1", DeploymentState::Deployed)]), events]);
    let answered = |name: &str, question| fleet.get(&key(name)).unwrap().answered_at(question);
    assert_eq!(answered("h-prod", Question::Instances), Some(at(5)));
    assert_eq!(answered("h-staging", Question::Instances), None);
    assert_eq!(answered("h-staging", Question::Events), Some(at(6)), "that is put to the whole scope");
}

#[test]
fn mixed_versions_are_found_under_a_green_light() {
    let each = vec![instance("i-1", "x", DeploymentState::Deployed), instance("i-2", "y", DeploymentState::Deployed)];
    let fleet = fleet([listing(1, vec![(key("a"), listed("x", Level::Ok, Busy::No))]), instances(2, "a", each)]);
    let version = fleet.get(&key("a")).unwrap().version().unwrap();
    assert_eq!((version.value.confidence, version.at), (Confidence::Mixed, at(1)));
}

#[test]
fn causes_are_shown_with_their_own_age_and_only_while_the_level_stands() {
    let report = |second, level| {
        let health = Health { level, word: None, causes: vec!["ELB".into()], source: HealthSource::BeanstalkEnhanced };
        answer(Question::Health, second, Coverage::Partial, vec![(key("a"), Reading { health: Some(health), ..Reading::default() })])
    };
    let row = |level| vec![(key("a"), listed("x", level, Busy::No))];
    let mut fleet = fleet([listing(1, row(Level::Severe)), report(2, Level::Severe), listing(3, row(Level::Severe))]);
    let health = fleet.get(&key("a")).unwrap().health().unwrap();
    assert_eq!((health.value.causes.len(), health.at), (1, at(2)));
    let _ = fleet.observe(listing(4, row(Level::Ok)));
    let health = fleet.get(&key("a")).unwrap().health().unwrap();
    assert_eq!((health.value.level, health.value.causes.len(), health.at), (Level::Ok, 0, at(4)));
}

#[test]
fn the_kind_and_progress_of_an_activity_come_from_events_and_instances_after_its_start() {
    let busy = Busy::With(Activity::of(ActivityKind::Unknown));
    let row = || vec![(key("a"), listed("y", Level::Info, busy))];
    let began = event(10, Meaning::Began(BeganKind(ActivityKind::Deploy)));
    let each = || vec![instance("i-1", "y", DeploymentState::Deployed), instance("i-2", "x", DeploymentState::Deployed)];
    let mut fleet = fleet([listing(12, row()), instances(5, "a", each())]);
    assert_eq!(fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap().kind, ActivityKind::Unknown);
    let _ = fleet.observe(happened(13, "a", vec![event(3, Meaning::Ended), began]));
    let activity = fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap();
    assert_eq!((activity.kind, activity.done, activity.since), (ActivityKind::Deploy, None, Some(at(10))));
    // Read after the listing, and no instance is at it: it may be over by then.
    let _ = fleet.observe(instances(14, "a", each()));
    assert_eq!(fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap().done, None);
    let mut ongoing = each();
    ongoing.push(instance("i-3", "y", DeploymentState::InProgress));
    let _ = fleet.observe(instances(15, "a", ongoing));
    let told = fleet.get(&key("a")).unwrap().activity().unwrap();
    assert_eq!((told.value.unwrap().done, told.value.unwrap().total, told.at), (Some(1), Some(3), at(15)));
    let _ = fleet.observe(listing(16, row()));
    let _ = fleet.observe(instances(15, "a", each()));
    let told = fleet.get(&key("a")).unwrap().activity().unwrap();
    assert_eq!((told.value.unwrap().done, told.at), (Some(1), at(15)));
    let _ = fleet.observe(listing(20, vec![(key("a"), listed("y", Level::Ok, Busy::No))]));
    assert_eq!(fleet.get(&key("a")).unwrap().activity().unwrap().value, None);
}

/// Events are read more often than listings: what a listing found at work is not what has begun since.
#[test]
fn an_activity_that_began_after_the_listing_is_not_this_one() {
    let busy = || listed("y", Level::Info, Busy::With(Activity::of(ActivityKind::Unknown)));
    let deploy = event(10, Meaning::Began(BeganKind(ActivityKind::Deploy)));
    let restart = event(15, Meaning::Began(BeganKind(ActivityKind::Restart)));
    let mut fleet = fleet([listing(12, vec![(key("a"), busy())]), happened(16, "a", vec![deploy, event(14, Meaning::Ended), restart])]);
    let kind = |fleet: &Fleet| fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap().kind;
    assert_eq!(kind(&fleet), ActivityKind::Deploy);
    let _ = fleet.observe(listing(17, vec![(key("a"), busy())]));
    assert_eq!(kind(&fleet), ActivityKind::Restart);
}

/// Events arrive late: what is known of the last activity may be about one that is over.
#[test]
fn an_activity_that_began_before_the_last_change_is_not_this_one() {
    let mut reading = listed("y", Level::Info, Busy::With(Activity::of(ActivityKind::Unknown)));
    if let Some(identity) = reading.identity.as_mut() {
        identity.updated_at = Some(at(20));
    }
    let old = event(10, Meaning::Began(BeganKind(ActivityKind::Restart)));
    let mut fleet = fleet([listing(21, vec![(key("a"), reading)]), happened(21, "a", vec![old])]);
    assert_eq!(fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap().kind, ActivityKind::Unknown);
    let _ = fleet.observe(happened(25, "a", vec![event(20, Meaning::Began(BeganKind(ActivityKind::Deploy)))]));
    assert_eq!(fleet.get(&key("a")).unwrap().activity().unwrap().value.unwrap().kind, ActivityKind::Deploy);
}

#[test]
fn of_many_events_the_newest_are_kept_whatever_their_order() {
    let count = i64::try_from(EVENTS_KEPT).unwrap() + 50;
    let events = |order: Vec<i64>| {
        fleet([
            listing(1, vec![(key("a"), listed("x", Level::Ok, Busy::No))]),
            happened(2, "a", order.into_iter().map(|second| event(second, Meaning::Ended)).collect()),
        ])
    };
    let (forward, backward) = (events((0..count).collect()), events((0..count).rev().collect()));
    assert_eq!(visible(&forward), visible(&backward));
    let environment = forward.get(&key("a")).unwrap();
    assert_eq!((environment.events().count(), environment.events().next().unwrap().at), (EVENTS_KEPT, at(count - 1)));
}

#[test]
fn answers_about_an_older_environment_of_the_same_name_are_not_believed() {
    let mut reading = listed("x", Level::Ok, Busy::No);
    if let Some(identity) = reading.identity.as_mut() {
        identity.created_at = Some(at(10));
    }
    let each = || vec![instance("i-1", "x", DeploymentState::Deployed)];
    let mut fleet = fleet([instances(5, "a", each()), listing(12, vec![(key("a"), reading)])]);
    assert_eq!(fleet.get(&key("a")).unwrap().instances(), None);
    let _ = fleet.observe(instances(13, "a", each()));
    assert_eq!(fleet.get(&key("a")).unwrap().instances().unwrap().value.total(), 1);
}

#[test]
fn whoever_comes_goes_or_comes_back_changes_the_members() {
    let here = |name: &str| (key(name), listed("v1", Level::Ok, Busy::No));
    let mut fleet = fleet([listing(1, vec![here("a"), here("b")])]);
    assert_eq!(fleet.observe(listing(2, vec![here("a"), here("b")])), Change::Ages);
    assert_eq!(fleet.observe(listing(3, vec![here("a")])), Change::Members);
    assert_eq!(fleet.observe(listing(4, vec![here("a")])), Change::Ages);
    assert_eq!(fleet.observe(listing(5, vec![here("b")])), Change::Members, "as many as before, but others");
    assert_eq!(fleet.observe(listing(5, vec![here("b")])), Change::Ages);
    assert_eq!(fleet.observe(listing(4, vec![here("a"), here("b")])), Change::Ages, "an older answer");
    let names: Vec<String> = fleet.environments().map(|environment| environment.key().name.to_string()).collect();
    assert_eq!(names, ["b"]);
}

/// A listing of one environment, created when told, whose platform tells health per instance or not.
fn described(second: i64, enhanced_health: bool, created: Option<i64>) -> Observation {
    let mut reading = listed("x", Level::Ok, Busy::No);
    if let Some(identity) = reading.identity.as_mut() {
        let (enhanced, basic) = (Questions::of([Question::Instances, Question::Health]), Questions::of([Question::Resources]));
        identity.answers = if enhanced_health { enhanced } else { basic };
        identity.created_at = created.map(at);
    }
    listing(second, vec![(key("a"), reading)])
}

fn detail_fault(fleet: &Fleet) -> Option<crate::model::clock::Timestamp> {
    let environment = fleet.get(&key("a")).unwrap();
    assert_eq!(environment.fault_of(Question::Health).map(|told| told.at), environment.detail_fault().map(|told| told.at));
    environment.detail_fault().map(|told| told.at)
}

#[test]
fn a_fault_of_a_question_that_is_not_asked_any_more_is_none() {
    let mut fleet = fleet([described(1, true, None), failure(Question::Health, 2, Some(key("a")))]);
    assert_eq!(detail_fault(&fleet), Some(at(2)));
    let _ = fleet.observe(described(3, false, None));
    assert_eq!(detail_fault(&fleet), None);
}

#[test]
fn a_fault_of_one_connection_is_over_once_another_has_answered() {
    let mut fleet = fleet([described(1, true, None), failure(Question::Health, 5, Some(key("a")))]);
    let answered = |second| {
        let report = Reading { health: listed("x", Level::Ok, Busy::No).health, ..Reading::default() };
        match answer(Question::Health, second, Coverage::Partial, vec![(key("a"), report)]) {
            Observation::Seen(mut sighting) => {
                let scope = Scope { connection: "another".into(), ..(*sighting.source.scope).clone() };
                sighting.source.scope = Arc::new(scope);
                Observation::Seen(sighting)
            }
            Observation::Failed(_) => unreachable!("it was answered"),
        }
    };
    let _ = fleet.observe(answered(4));
    assert_eq!(detail_fault(&fleet), Some(at(5)));
    let _ = fleet.observe(answered(6));
    assert_eq!(detail_fault(&fleet), None);
}

#[test]
fn a_fault_from_before_an_environment_was_created_is_about_another_one() {
    let mut fleet = fleet([described(1, true, Some(0)), failure(Question::Health, 5, Some(key("a")))]);
    assert_eq!(detail_fault(&fleet), Some(at(5)));
    let _ = fleet.observe(described(9, true, Some(7)));
    assert_eq!(detail_fault(&fleet), None);
}

const HOUR: i64 = 3_600;

#[test]
fn what_a_complete_listing_no_longer_holds_is_forgotten_an_hour_later() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let each = || vec![instance("i-1", "x", DeploymentState::Deployed)];
    let mut fleet =
        fleet([listing(1, vec![row("a"), row("b")]), instances(2, "b", each()), happened(3, "b", vec![event(2, Meaning::Ended)])]);
    let _ = fleet.observe(listing(HOUR - 5, vec![row("a")]));
    assert_eq!((fleet.environments().count(), fleet.records.len()), (1, 2), "it may still be asked for");
    // However long the listing fails or is not complete, nothing more is forgotten.
    let _ = fleet.observe(failure(Question::Listing, 3 * HOUR, None));
    let _ = fleet.observe(answer(Question::Listing, 3 * HOUR, Coverage::Partial, vec![row("a")]));
    assert_eq!(fleet.records.len(), 2);
    let _ = fleet.observe(listing(HOUR + 10, vec![row("a")]));
    assert_eq!(fleet.records.len(), 1);
    // What comes late about it, or fails, is not remembered either.
    let _ = fleet.observe(instances(2, "b", each()));
    let _ = fleet.observe(happened(HOUR + 11, "b", vec![event(2, Meaning::Ended)]));
    let _ = fleet.observe(failure(Question::Health, 5, Some(key("b"))));
    assert_eq!(fleet.records.len(), 1);
}

#[test]
fn one_that_is_there_keeps_what_is_old() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let each = || vec![instance("i-1", "x", DeploymentState::Deployed)];
    let fleet = fleet([
        listing(1, vec![row("a")]),
        instances(2, "a", each()),
        happened(3, "a", vec![event(2, Meaning::Ended)]),
        listing(5 * HOUR, vec![row("a")]),
    ]);
    let environment = fleet.get(&key("a")).unwrap();
    assert_eq!((environment.instances().map(|told| told.at), environment.events().count()), (Some(at(2)), 1));
}

#[test]
fn one_that_comes_back_has_nothing_of_the_one_before() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let each = || vec![instance("i-1", "x", DeploymentState::Deployed)];
    let about_the_first = [instances(2, "a", each()), happened(3, "a", vec![event(2, Meaning::Ended)])];
    let listings = [listing(1, vec![row("a")]), listing(2 * HOUR, vec![]), listing(3 * HOUR, vec![row("a")])];
    for observations in [[&listings[..], &about_the_first[..]].concat(), [&about_the_first[..], &listings[..]].concat()] {
        let fleet = fleet(observations);
        let environment = fleet.get(&key("a")).unwrap();
        assert_eq!((environment.instances(), environment.events().count()), (None, 0));
    }
}

#[test]
fn a_fleet_that_is_always_another_one_is_not_remembered_for_ever() {
    let row = |hour: i64| {
        let mut reading = listed("x", Level::Ok, Busy::No);
        reading.version = Some(Stated::by(VersionSource::BeanstalkLabel, format!("20221110-g{hour:07x}").as_str().into()));
        (key(&format!("e-{hour}")), reading)
    };
    let mut fleet = fleet([]);
    for hour in 0..3_000 {
        let _ = fleet.observe(listing(hour * HOUR, vec![row(hour)]));
    }
    assert!(fleet.records.len() <= 3 && fleet.commits.len() <= LABELS_KEPT + 20, "{} {}", fleet.records.len(), fleet.commits.len());
}

#[test]
fn what_is_left_out_of_an_answer_is_a_fault_of_the_source_and_of_no_environment() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let fault = Fault::new(FaultKind::Malformed, "us-west-1 lists an environment without a name");
    let except = |second, rows| answer(Question::Listing, second, Coverage::Except(fault.clone()), rows);
    let mut fleet = fleet([listing(1, vec![row("a"), row("b")])]);
    assert_eq!(fleet.observe(except(2, vec![row("a")])), Change::Values);
    assert_eq!(fleet.observe(except(3, vec![row("a")])), Change::Ages);
    assert_eq!(fleet.environments().count(), 2, "the one without a name may be the one that is missing");
    assert!(fleet.environments().all(|environment| environment.fault().is_none()));
    let flaw = |fleet: &Fleet| {
        fleet.source(&source(Question::Listing)).unwrap().current_flaw().map(|(stamp, fault)| (stamp.asked_at, fault.clone()))
    };
    assert_eq!(flaw(&fleet), Some((at(3), fault.clone())));
    assert_eq!(fleet.observe(listing(4, vec![row("a")])), Change::Members);
    assert_eq!(flaw(&fleet), None);
    let _ = fleet.observe(except(2, vec![row("a")]));
    assert_eq!(flaw(&fleet), None, "an older answer");
}

/// What wants a person's attention beside a listing that is whole does not keep what has gone on the screen.
#[test]
fn what_a_whole_listing_lacks_is_gone_whatever_it_remarks() {
    let row = |name: &str| (key(name), listed("x", Level::Ok, Busy::No));
    let fault = Fault::new(FaultKind::Missing, "us-west-1 has no target group gone");
    let remarked = answer(Question::Listing, 2, Coverage::Remarked(fault.clone()), vec![row("a")]);
    let fleet = fleet([listing(1, vec![row("a"), row("b")]), remarked]);
    let names: Vec<String> = fleet.environments().map(|environment| environment.key().name.to_string()).collect();
    assert_eq!(names, ["a"]);
    let (_, state) = fleet.sources().next().unwrap();
    assert_eq!(state.current_flaw().map(|(_, flaw)| flaw), Some(&fault));
}

#[test]
fn what_was_seen_is_read_anew_with_another_catalogue() {
    use crate::model::catalogue::{Catalogue, Declared, Tier};
    let mut fleet = Fleet::new(Arc::default());
    let _ = fleet.observe(listing(1, vec![(key("odd"), listed("v1", Level::Ok, Busy::No))]));
    assert_eq!(fleet.get(&key("odd")).map(|environment| environment.tier()), Some(Tier::Unknown));
    let declared = |name: &str| Declared {
        platform: Platform::Beanstalk,
        account: None,
        region: Some("us-west-1".into()),
        name: name.into(),
        app: Some("shop".into()),
        tier: Some(Tier::Staging),
        by: None,
    };
    fleet.configure(Arc::new(Catalogue { declared: vec![declared("odd"), declared("missing")], ..Catalogue::default() }));
    let odd = fleet.get(&key("odd")).unwrap();
    assert_eq!((odd.tier(), odd.app()), (Tier::Staging, "shop".into()));
    assert_eq!(fleet.environments().filter(Environment::is_unseen).count(), 1);
}
