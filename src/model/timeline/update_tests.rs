use proptest::prelude::*;

use super::super::of_events;
use super::*;
use crate::model::event::{Meaning, PlatformEvent, Severity};
use crate::model::health::Level;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn key() -> EnvironmentKey {
    "beanstalk:1:us-west-1:h-prod".parse().unwrap()
}

fn event(second: i64, message: &str, meaning: Meaning) -> PlatformEvent {
    PlatformEvent { at: at(second), severity: Severity::Info, message: message.into(), request: None, label: None, meaning: Some(meaning) }
}

const fn began(kind: ActivityKind) -> Meaning {
    Meaning::Began(BeganKind(kind))
}

fn deploy(second: i64) -> PlatformEvent {
    event(second, "Deploying new version to instance(s).", began(ActivityKind::Deploy))
}

fn done(second: i64) -> PlatformEvent {
    event(second, "Environment update completed successfully.", Meaning::Ended)
}

fn failed(second: i64) -> PlatformEvent {
    event(second, "Failed to deploy application.", Meaning::Failed)
}

fn health(second: i64, from: &str, to: Level) -> PlatformEvent {
    let message = format!("Environment health has transitioned from {from} to {}. So it is.", to.name());
    event(second, &message, Meaning::health_changed(to))
}

/// The same event, of this request.
fn of(request: &str, event: PlatformEvent) -> PlatformEvent {
    PlatformEvent { request: Some(request.into()), ..event }
}

/// Every change that is told of these events, oldest first.
fn entries(events: &[PlatformEvent]) -> BTreeSet<Entry> {
    let each: BTreeSet<&PlatformEvent> = events.iter().collect();
    of_events(&key(), each.into_iter().rev(), Timestamp::MIN).into_iter().collect()
}

fn told_where(is_busy: bool, label: Option<&str>, events: &[PlatformEvent]) -> Vec<Told> {
    let deployed = |_: &EnvironmentKey, _: Timestamp, _: Timestamp| label.map(VersionLabel::from);
    folded(entries(events), &Beside { is_busy: &|_| is_busy, deployed: &deployed })
}

/// What is told of these events, newest first, in words.
fn told(events: &[PlatformEvent]) -> Vec<(i64, String)> {
    told_where(false, None, events).iter().map(|told| (told.entry().at.as_second(), told.entry().text.to_string())).collect()
}

#[test]
fn a_deploy_and_what_the_health_says_of_it_are_one_change() {
    let events = [deploy(10), health(10, "Ok", Level::Info), done(74), health(100, "Info", Level::Ok)];
    assert_eq!(told(&events), [(74, "deployed in 1 m 04 s".to_owned())]);
    let of_all = told_where(false, Some("v412"), &events);
    let [Told::Update(update)] = of_all.as_slice() else { panic!("{of_all:?}") };
    assert_eq!((&*update.told.text, update.told.tone, update.parts.len()), ("deployed v412 in 1 m 04 s", Tone::Good, 4));
    assert!(update.told.detail.iter().any(|line| &**line == "00:00:10Z health from Ok to Info. So it is."), "{update:?}");
    assert_eq!(update.words(Some("g8a52aea")), "deployed g8a52aea in 1 m 04 s");
}

#[test]
fn what_goes_on_is_told_from_its_beginning_and_what_failed_with_the_reason() {
    let under = told_where(true, None, &[deploy(10), health(10, "Ok", Level::Info)]);
    let [Told::Update(update)] = under.as_slice() else { panic!("{under:?}") };
    assert_eq!((&*update.told.text, update.stage), ("deploying", Stage::Under));
    let mut labelled = deploy(10);
    labelled.label = Some("v412".into());
    let failure = [labelled.clone(), failed(57)];
    assert_eq!(told(&failure), [(57, "deploy of v412 failed after 47 s: Failed to deploy application.".to_owned())]);
    // Whose end nobody tells, and which does not go on, only began.
    assert_eq!(told(&[labelled, health(10, "Ok", Level::Info)]), [(10, "deploy of v412 began".to_owned())]);
}

#[test]
fn what_somebody_should_see_stays_apart() {
    let events =
        [deploy(10), health(10, "Ok", Level::Info), health(30, "Info", Level::Degraded), failed(57), health(90, "Degraded", Level::Ok)];
    let expected = [
        (90, "health from Degraded to Ok. So it is."),
        (57, "deploy failed after 47 s: Failed to deploy application."),
        (30, "health from Info to Degraded. So it is."),
    ];
    assert_eq!(told(&events), expected.map(|(second, text)| (second, text.to_owned())));
}

#[test]
fn an_abort_somebody_else_s_request_and_a_late_failure_are_never_told_away() {
    let abort = event(30, "abortEnvironmentUpdate is starting.", began(ActivityKind::Abort));
    let aborted = told(&[deploy(10), abort, done(60)]);
    assert_eq!(
        aborted.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
        ["abort of an update completed", "abort of an update began", "deploy began"]
    );
    assert_eq!(told(&[of("a", deploy(10)), of("b", done(60))]).len(), 2);
    assert_eq!(told(&[deploy(10), done(60), failed(61)]).len(), 3);
    // Two that overlap: which of them ended is not known.
    assert_eq!(told(&[of("a", deploy(10)), of("b", deploy(80)), done(90)]).len(), 3);
}

#[test]
fn two_ends_of_one_update_are_one() {
    let configured = event(20, "Successfully deployed new configuration to environment.", Meaning::Ended);
    let events =
        [event(10, "Updating environment h-prod's configuration settings.", began(ActivityKind::Configuration)), configured, done(26)];
    assert_eq!(told(&events), [(26, "configuration updated in 16 s".to_owned())]);
}

fn any_event() -> impl Strategy<Value = PlatformEvent> {
    let second = 0i64..600;
    (second, 0usize..8, prop::option::of(0u8..2)).prop_map(|(second, which, request)| {
        let event = match which {
            0 => deploy(second),
            1 => done(second),
            2 => failed(second),
            3 => health(second, "Ok", Level::Info),
            4 => health(second, "Info", Level::Ok),
            5 => health(second, "Info", Level::Severe),
            6 => event(second, "abortEnvironmentUpdate is starting.", began(ActivityKind::Abort)),
            _ => event(second, "Added instance [i-0b1].", Meaning::InstancesChanged),
        };
        PlatformEvent { request: request.map(|number| format!("r{number}").into()), ..event }
    })
}

proptest! {
    /// Every change is told once: by itself, or as a part of one update. What is told by itself whatever else happened is
    /// told so, and a failure is seen where it is a part.
    #[test]
    fn no_change_is_told_away(events in prop::collection::vec(any_event(), 0..30), is_busy in any::<bool>()) {
        let told = told_where(is_busy, None, &events);
        let mut each: Vec<Entry> = Vec::new();
        for one in &told {
            match one {
                Told::Alone(entry) => each.push(Entry::clone(entry)),
                Told::Update(update) => {
                    let has = |turn: Turn| update.parts.iter().any(|part| part.part.as_ref().is_some_and(|part| part.turn == turn));
                    prop_assert_eq!(has(Turn::Failed), update.told.tone == Tone::Bad);
                    prop_assert!(!has(Turn::Began(BeganKind(ActivityKind::Abort))));
                    prop_assert!(update.parts.iter().all(|part| part.part.is_some()));
                    each.extend(update.parts.iter().map(|part| Entry::clone(part)));
                }
            }
        }
        each.sort();
        prop_assert_eq!(each, entries(&events).into_iter().collect::<Vec<_>>());
    }
}
