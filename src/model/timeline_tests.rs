use proptest::prelude::*;

use super::*;
use crate::model::event::BeganKind;
use crate::model::health::Level;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn key() -> EnvironmentKey {
    "beanstalk:1:us-west-1:h-prod".parse().unwrap()
}

fn event(second: i64, message: &str, meaning: Option<Meaning>) -> PlatformEvent {
    PlatformEvent { at: at(second), severity: Severity::Info, message: message.into(), request: None, label: None, meaning }
}

const fn began(kind: ActivityKind) -> Meaning {
    Meaning::Began(BeganKind(kind))
}

/// What is told of these events, newest first, in words.
fn told(events: &[PlatformEvent]) -> Vec<(i64, Kind, String)> {
    let mut newest_first: Vec<&PlatformEvent> = events.iter().collect();
    newest_first.sort();
    newest_first.reverse();
    let entries = of_events(&key(), newest_first, Timestamp::MIN);
    entries.into_iter().map(|entry| (entry.at.as_second(), entry.kind, entry.text.to_string())).collect()
}

#[test]
fn an_update_is_called_what_it_turns_out_to_do() {
    let mut deploying = event(12, "Deploying new version to instance(s).", Some(began(ActivityKind::Deploy)));
    deploying.label = Some("v412".into());
    let events = [
        event(10, "Environment update is starting.", Some(began(ActivityKind::Unknown))),
        deploying,
        event(90, "Environment update completed successfully.", Some(Meaning::Ended)),
        event(100, "Environment update is starting.", Some(began(ActivityKind::Unknown))),
        event(101, "Updating environment h-prod's configuration settings.", Some(began(ActivityKind::Configuration))),
        event(150, "Failed to deploy configuration.", Some(Meaning::Failed)),
    ];
    let expected = [
        (10, Kind::Deploy, "deploy of v412 began"),
        (90, Kind::Deploy, "deploy completed"),
        (100, Kind::Configuration, "configuration update began"),
        (150, Kind::Configuration, "configuration update failed: Failed to deploy configuration."),
    ];
    assert_eq!(told(&events), expected.map(|(second, kind, text)| (second, kind, text.to_owned())));
}

#[test]
fn what_ended_without_a_known_beginning_is_an_update_and_remarks_are_no_changes() {
    let events = [
        event(5, "Environment update completed successfully.", Some(Meaning::Ended)),
        event(6, "Batch 1: Starting application deployment.", None),
        event(7, "Environment health has transitioned from Ok to Severe. All fail.", Some(Meaning::health_changed(Level::Severe))),
        event(8, "Added instance [i-0b1] to your environment.", Some(Meaning::InstancesChanged)),
    ];
    let expected = [
        (5, Kind::Lifecycle, "update completed"),
        (7, Kind::Health, "health from Ok to Severe. All fail."),
        (8, Kind::Instance, "Added instance [i-0b1] to your environment."),
    ];
    assert_eq!(told(&events), expected.map(|(second, kind, text)| (second, kind, text.to_owned())));
}

#[test]
fn a_change_to_degraded_is_worse_than_a_warning_whatever_the_platform_calls_it() {
    let to = |level| event(7, "Environment health has transitioned.", Some(Meaning::health_changed(level)));
    for (level, tone) in [(Level::Warning, Tone::Warning), (Level::Degraded, Tone::Degraded), (Level::Severe, Tone::Bad)] {
        assert_eq!(health_tone(&PlatformEvent { severity: Severity::Warning, ..to(level) }), tone);
    }
}

#[test]
fn two_updates_an_hour_apart_are_not_made_one() {
    let events = [
        event(10, "Environment update is starting.", Some(began(ActivityKind::Unknown))),
        event(4_000, "restartAppServer is starting.", Some(began(ActivityKind::Restart))),
    ];
    let words: Vec<String> = told(&events).into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(words, ["update began", "restart began"]);
}

#[test]
fn horizons_of_one_source_that_are_close_are_one_at_the_latest_of_them() {
    let of = |second, origin, name: &str| Horizon { at: at(second), origin, of: vec![name.into()] };
    let given = vec![of(10, Origin::Events, "b"), of(40, Origin::Events, "a"), of(500, Origin::Events, "c"), of(20, Origin::Runs, "o/r")];
    let joined = joined(given);
    let told: Vec<(i64, String)> = joined.iter().map(|horizon| (horizon.at.as_second(), horizon.sentence())).collect();
    let expected = [
        (500, "nothing is known before this from Elastic Beanstalk's events (c)"),
        (40, "nothing is known before this from Elastic Beanstalk's events (a, b)"),
        (20, "nothing is known before this from GitHub's runs (o/r)"),
    ];
    assert_eq!(told, expected.map(|(second, text)| (second, text.to_owned())));
}

fn any_event() -> impl Strategy<Value = PlatformEvent> {
    let meanings = prop::sample::select(vec![
        None,
        Some(began(ActivityKind::Unknown)),
        Some(began(ActivityKind::Deploy)),
        Some(began(ActivityKind::Restart)),
        Some(Meaning::Ended),
        Some(Meaning::Failed),
        Some(Meaning::health_changed(Level::Ok)),
        Some(Meaning::InstancesChanged),
    ]);
    (0i64..400, meanings).prop_map(|(second, meaning)| event(second, "x", meaning))
}

proptest! {
    /// Every event that tells of a change is told, once, whatever else happened; only a beginning that another one of the
    /// same update explains is not told twice.
    #[test]
    fn no_change_is_lost(events in prop::collection::vec(any_event(), 0..30)) {
        let each: std::collections::BTreeSet<PlatformEvent> = events.into_iter().collect();
        let entries = of_events(&key(), each.iter().rev(), Timestamp::MIN);
        let is_change = |event: &&PlatformEvent| event.meaning.is_some();
        let unexplained = each.iter().filter(is_change).filter(|event| event.meaning != Some(began(ActivityKind::Unknown))).count();
        prop_assert!(entries.len() >= unexplained, "{entries:?}");
        prop_assert!(entries.len() <= each.iter().filter(is_change).count());
    }

    /// What is told of some time is the same whether what came before is told as well, and of that hardly anything is
    /// looked at.
    #[test]
    fn a_window_is_told_like_the_whole(events in prop::collection::vec(any_event(), 0..30), since in 0i64..400) {
        let each: std::collections::BTreeSet<PlatformEvent> = events.into_iter().collect();
        let mut whole = of_events(&key(), each.iter().rev(), Timestamp::MIN);
        whole.retain(|entry| entry.at >= at(since));
        prop_assert_eq!(of_events(&key(), each.iter().rev(), at(since)), whole);
        let earlier = told_since(each.iter().rev(), at(since)).filter(|event| event.at < at(since)).count();
        prop_assert!(earlier <= 1, "{earlier} earlier events are looked at");
    }
}
