//! The Timeline screen: what changed, newest first, and how far back that is known.

use insta::assert_snapshot;
use proptest::prelude::*;
use quarterdeck::app::event::Event;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::timeline::{Collected, collect};
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::activity::ActivityKind;
use quarterdeck::model::event::{BeganKind, Meaning, PlatformEvent, Severity};
use quarterdeck::model::forge::{News, Topic};
use quarterdeck::model::health::Level;
use quarterdeck::model::id::{GateId, RunId};
use quarterdeck::model::run::{Conclusion, Progress, Run};
use quarterdeck::model::sighting::{Coverage, Observation, Question, Sighting, Source};
use quarterdeck::model::write::{Order, Premise, Receipt, Sent, Write};

use crate::support::desk::TILL;
use crate::support::fleet::{self, ago, key, scope};
use crate::support::forge;
use crate::support::live::Live;
use crate::support::sim::Sim;
use crate::support::stage::Stage;

/// Sizes at which the screen is looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (140, 42), (200, 60)];

fn happened() -> Vec<(&'static str, &'static str, PlatformEvent)> {
    let event = fleet::event;
    let severe = Some(Meaning::health_changed(Level::Severe));
    let deploy = Some(Meaning::Began(BeganKind(ActivityKind::Deploy)));
    let mut deploying = event(3 * 3_600, Severity::Info, "Deploying new version to instance(s).", deploy);
    deploying.label = Some("h-prod-20221110-g8a52aea".into());
    let health = "Environment health has transitioned from Ok to Severe. 31.0 % of the requests are failing with HTTP 5xx.";
    vec![
        ("ca-central-1", "h-prod", event(25 * 60, Severity::Warning, health, severe)),
        ("us-west-1", "h-prod", deploying),
        ("us-west-1", "h-prod", event(10_500, Severity::Error, "Failed to deploy application.", Some(Meaning::Failed))),
        (
            "us-west-1",
            "h-prod",
            event(9_000, Severity::Info, "Removed instance [i-0b1] from your environment.", Some(Meaning::InstancesChanged)),
        ),
        // Longer ago than the list goes back.
        ("us-west-1", "h-prod", event(40 * 3_600, Severity::Info, "Environment update completed successfully.", Some(Meaning::Ended))),
    ]
}

fn observed() -> Vec<Observation> {
    let told = |(region, name, event): (&str, &str, PlatformEvent)| {
        Observation::Seen(Sighting {
            source: Source { question: Question::Events, scope: scope(region) },
            stamp: quarterdeck::model::clock::Stamp { asked_at: ago(3), sequence: u64::try_from(fleet::NOW - 3).unwrap() },
            coverage: Coverage::Partial,
            account: None,
            readings: Vec::new(),
            events: vec![(key(region, name), event)],
        })
    };
    happened().into_iter().map(told).collect()
}

/// A run that began and ended so many seconds ago.
fn run(id: u64, began: i64, ended: Option<(i64, Conclusion)>) -> Run {
    Run {
        id: RunId(id),
        number: id,
        created_at: Some(ago(began)),
        updated_at: ended.map(|(seconds, _)| ago(seconds)),
        progress: ended.map_or(Progress::InProgress, |(_, conclusion)| Progress::Completed(conclusion)),
        ..forge::run(Progress::InProgress)
    }
}

fn runs() -> Event {
    let runs = vec![run(4132, 300, None), run(4131, 11_000, Some((10_400, Conclusion::Failure)))];
    forge::report(Topic::Runs, News::Runs(runs), 1)
}

fn approved() -> Event {
    let write = Write::Review { run: RunId(4132), gates: vec![GateId(11)], approve: true, comment: "ship \u{202e}it".to_owned() };
    let order = Order {
        number: 1,
        repository: forge::repository(),
        write,
        premise: Premise::Live { run: RunId(4132), attempt: 1 },
        commit: None,
        identity: Some("ada".into()),
        plan: "approve run #4132".to_owned(),
        reason: String::new(),
    };
    Event::Written { order: Box::new(order), sent: Sent::Done(Receipt::default()) }
}

/// Everything that is told, in one of many orders.
fn facts() -> Vec<Event> {
    let observed = fleet::observations().into_iter().chain(observed()).map(|one| Event::Observed(vec![one]));
    observed.chain(forge::told()).chain([runs()]).collect()
}

/// A program that has taken these in, arranged.
fn after(size: (u16, u16), events: Vec<Event>) -> State {
    let mut state = forge::rich_with(size, |_| {});
    let catalogue = std::sync::Arc::new(state.fleet.catalogue().clone());
    state = State::new(catalogue, ago(0), Size { width: size.0, height: size.1 });
    for event in events {
        let _ = update(&mut state, event);
    }
    let _ = settle(&mut state);
    state
}

fn rich(size: (u16, u16)) -> State {
    let mut state = after(size, facts());
    let _ = update(&mut state, approved());
    let _ = settle(&mut state);
    state
}

#[test]
fn what_the_screen_looks_like() {
    for size in SIZES {
        let mut stage = Stage::on(rich(size));
        assert_snapshot!(format!("timeline_{}x{}", size.0, size.1), stage.keys("6").picture());
    }
}

#[test]
fn what_ends_in_degraded_has_the_sign_that_it_has_everywhere() {
    let mut stage = Stage::on(rich((140, 42)));
    let degraded = Some(Meaning::health_changed(Level::Degraded));
    let message = "Environment health has transitioned from Ok to Degraded.";
    let events = vec![(key("ca-central-1", "h-prod"), fleet::event(60, Severity::Warning, message, degraded))];
    let source = Source { question: Question::Events, scope: scope("ca-central-1") };
    let stamp = quarterdeck::model::clock::Stamp { asked_at: ago(1), sequence: u64::try_from(fleet::NOW).unwrap() };
    let seen = Sighting { source, stamp, coverage: Coverage::Partial, account: None, readings: Vec::new(), events };
    stage.tell(Event::Observed(vec![Observation::Seen(seen)])).keys("6");
    assert!(stage.text().contains("▲ health from Ok to Degraded."), "{}", stage.text());
}

/// Where a line stands on the screen.
fn row(stage: &Stage, part: &str) -> usize {
    let text = stage.text();
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no \"{part}\" in\n{text}"))
}

#[test]
fn changes_of_every_source_are_one_list_newest_first() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("6");
    let order = [
        "run #4132 of hypothesis/h: approved",
        "↻ deploying",
        "Deploy #4132 began",
        "health from Ok to Severe",
        "configuration updated in",
        "Removed instance",
        "Deploy #4131 ended: failure",
        "deploy of g8a52aea failed after 5 m: Failed to deploy application.",
        "Deploy #4131 began",
        "Elastic Beanstalk's events (",
    ];
    let rows = order.map(|part| row(&stage, part));
    assert!(rows.is_sorted(), "{rows:?}\n{}", stage.text());
    // Who did it where that is known, and a sign where it is not.
    assert!(stage.lines_with("approved")[0].contains(" ada"), "{}", stage.text());
    assert!(stage.lines_with("configuration updated in")[0].trim_end().ends_with('?'), "{}", stage.text());
    assert!(!stage.text().contains("Environment update completed"), "{}", stage.text());
}

/// One deploy is one line, from its beginning to its end; its parts are told where it is read.
#[test]
fn what_belongs_to_one_deploy_is_one_line() {
    let mut stage = Stage::on(rich((140, 42)));
    let event = |before: i64, text: &str, meaning: Meaning| {
        let events = vec![(key("us-west-1", "h-websocket-staging"), fleet::event(before, Severity::Info, text, Some(meaning)))];
        let source = Source { question: Question::Events, scope: scope("us-west-1") };
        let stamp = quarterdeck::model::clock::Stamp { asked_at: ago(1), sequence: u64::try_from(fleet::NOW).unwrap() };
        Event::Observed(vec![Observation::Seen(Sighting {
            source,
            stamp,
            coverage: Coverage::Partial,
            account: None,
            readings: Vec::new(),
            events,
        })])
    };
    let update = "Environment health has transitioned from Ok to Info. Application update in progress.";
    stage.tell(event(700, "Deploying new version to instance(s).", Meaning::Began(BeganKind(ActivityKind::Deploy))));
    stage.tell(event(700, update, Meaning::health_changed(Level::Info))).keys("6");
    assert_eq!(stage.lines_with("h-websocket-staging").len(), 1, "{}", stage.text());
    assert!(stage.lines_with("h-websocket-staging")[0].contains("deploy began"), "{}", stage.text());
    stage.keys("/ 'h-websocket-staging enter g");
    stage.tell(event(640, "Environment update completed successfully.", Meaning::Ended));
    stage.tell(event(610, "Environment health has transitioned from Info to Ok.", Meaning::health_changed(Level::Ok)));
    assert!(stage.selected().contains("✔ deployed in 1 m"), "{}", stage.text());
    stage.keys("d");
    for part in ["deploy began", "health from Ok to Info", "deploy completed", "health from Info to Ok"] {
        assert!(stage.text().contains(part), "no {part} in {}", stage.text());
    }
    // Who looks at the health sees all of it.
    stage.keys("esc f j j j j enter");
    assert_eq!(stage.lines_with("  health   ").len(), 2, "{}", stage.text());
}

/// How far back each source reaches stands below what has changed, and is not what is selected.
#[test]
fn what_is_not_known_stands_at_the_foot() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("6");
    assert!(!stage.selected().contains("nothing is known before this"), "{}", stage.text());
    let text = stage.text();
    let horizons: Vec<usize> =
        text.lines().enumerate().filter(|(_, line)| line.contains("┄ nothing is known")).map(|(row, _)| row).collect();
    let last = text.lines().collect::<Vec<_>>().iter().rposition(|line| line.contains("  run   ") || line.contains("  deploy   ")).unwrap();
    assert!(!horizons.is_empty() && horizons.iter().all(|row| *row > last), "{text}");
}

/// Where nothing has changed, how far back that is known is told beside it, and nothing is selected.
#[test]
fn where_nothing_has_changed_it_is_told_how_far_back_that_is_known() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("/ 'name:^via-prod enter g j t");
    let text = stage.text();
    assert!(stage.line(0).contains("timeline › via-prod") && text.contains("No change of the last 24 hours is known."), "{text}");
    assert!(text.contains("nothing is known before this from Elastic Beanstalk's events (us-west-1)"), "{text}");
    assert!(!text.contains("▌") && !text.contains("nothing older is listed"), "{text}");
}

#[test]
fn the_list_is_narrowed_and_what_came_before_is_found() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("6 / 'h-prod space 'failed enter");
    assert_eq!(stage.lines_with("✖ deploy of").len(), 1, "{}", stage.text());
    assert!(stage.lines_with("#4131").is_empty() && stage.lines_with("health from").is_empty(), "{}", stage.text());
    stage.keys("esc f j j j j enter");
    assert!(stage.line(0).contains("health only") && stage.lines_with("failed after").is_empty(), "{}", stage.text());
    stage.keys("esc / 'deploy space 'failed enter g esc");
    stage.keys("/ 'removed enter g");
    assert!(stage.selected().contains("Removed instance"), "{}", stage.text());
    // Set aside, the same line stays selected; before it is the deploy of the same environment, not the run between.
    stage.keys("esc b");
    assert!(stage.selected().contains("failed after 5 m"), "{}", stage.text());
    stage.keys("d");
    assert!(stage.text().contains("who     not known") && stage.text().contains("Elastic Beanstalk's events"), "{}", stage.text());
    stage.keys("esc enter");
    assert!(stage.line(0).contains("fleet › h-prod us-west-1"), "{}", stage.text());
}

#[test]
fn t_shows_what_changed_in_the_selected_environment_and_in_the_marked_ones() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("/ 'name:^h-prod space 'region:ca enter g j t");
    assert!(stage.line(0).contains("timeline › h-prod ca-central-1"), "{}", stage.text());
    assert!(stage.text().contains("health from Ok to Severe") && !stage.text().contains("Removed instance"), "{}", stage.text());
    // The runs of its repository belong to it.
    assert!(stage.text().contains("Deploy #4132 began"), "{}", stage.text());
    stage.keys("1 esc / 'name:^h-prod enter g j space space t");
    assert!(stage.line(0).contains("timeline › 2 environments") && stage.text().contains("Removed instance"), "{}", stage.text());
}

#[test]
fn it_is_copied_as_markdown_in_which_nothing_takes_effect() {
    let mut stage = Stage::on(rich((80, 24)));
    stage.keys("6 y");
    let copied = stage.shown().copied.clone().unwrap();
    assert!(copied.starts_with("**What changed**, as of 2022-11-13 02:57Z"), "{copied}");
    assert!(copied.contains("- 11-13 02:32:00Z **health** `h-prod ca-central-1`: `health from Ok to Severe."), "{copied}");
    assert!(copied.contains(", by `ada`") && copied.contains("nothing is known before this"), "{copied}");
    stage.keys("c");
    assert!(stage.text().contains("the timeline, as Markdown"), "{}", stage.text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// In which order facts arrive makes no difference: neither to the order of the list nor to what is in it.
    #[test]
    fn the_timeline_does_not_depend_on_the_order_in_which_facts_arrive(events in Just(facts()).prop_shuffle()) {
        let collected = |events| {
            let state = after((80, 24), events);
            collect(&state, &[], ago(24 * 3_600))
        };
        let Collected { entries, horizons, unread } = collected(facts());
        prop_assert!(entries.len() >= 10, "{entries:#?}");
        let other = collected(events);
        prop_assert_eq!(other.entries, entries);
        prop_assert_eq!(other.horizons, horizons);
        prop_assert_eq!(other.unread, unread);
    }
}

/// What is done from here is in the list with who wanted it, beside what the platform tells of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_and_what_the_platform_tells_of_it_stand_together() {
    let (sim, folder) = (Sim::of(TILL, 20.0).await, tempfile::tempdir().unwrap());
    let settings = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n\n[apps.till]\n";
    let mut console = Live::on(&sim, settings, folder.path());
    console.opens("till-staging").await.keys("B 'y enter");
    console.comes_to(1, "succeeded").await;
    console.keys("6").shows("succeeded").await;
    console.shows("restarted in").await;
    console.says("restart the application servers of till-staging");
}
