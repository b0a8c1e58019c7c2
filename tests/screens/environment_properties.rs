//! The Properties screen: what differs between environments is seen without any value, and one value by who asks for it.

use std::sync::Arc;

use insta::assert_snapshot;
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::history::Place;
use quarterdeck::app::properties::Revealed;
use quarterdeck::app::state::State;
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::property::{Fingerprint, Properties, Property, PropertyKey, Value};
use quarterdeck::model::sighting::{Question, Reading};
use quarterdeck::ui::screen;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::systems::named;
use crate::support::fleet::{ago, answer, arranged, facts, key, told, unanswered};
use crate::support::live::Live;
use crate::support::sim::Sim;
use crate::support::stage::{Stage, lettered};

const SECRET: &str = "postgresql://h:hunter2@db";

fn tell(stage: &mut Stage, region: &str, name: &str, told: &[(&str, u64)]) {
    let property = |made: u64| if made == 0 { Property::Reference } else { Property::Plain(Fingerprint::new(made)) };
    let properties: Properties = told.iter().map(|(name, made)| (Arc::from(*name), property(*made))).collect();
    let reading = Reading { properties: Some(Arc::new(properties)), ..Reading::default() };
    stage.tell(Event::Observed(vec![answer(Question::Properties, region, 2, vec![(key(region, name), reading)])]));
}

/// On the properties of h-prod in us-west-1, with those of the app's others told.
fn opened(size: (u16, u16)) -> Stage {
    let mut stage = Stage::rich(size.0, size.1);
    stage.keys("/ 'name:^h-prod space 'region:us-west enter G p");
    let ours =
        [("APP_URL", 1), ("DATABASE_URL", 2), ("H_TITLE_LIMIT", 3), ("SENTRY_DSN", 4), ("TOKEN", 0), ("evil\u{1b}[31m\u{202e}name", 9)];
    tell(&mut stage, "us-west-1", "h-prod", &ours);
    let canada = [("APP_URL", 10), ("DATABASE_URL", 11), ("ONLY_CANADA", 12), ("SENTRY_DSN", 4), ("TOKEN", 0)];
    tell(&mut stage, "ca-central-1", "h-prod", &canada);
    stage
}

fn of(name: &str) -> PropertyKey {
    PropertyKey { environment: key("us-west-1", "h-prod"), group: "h".into(), name: name.into() }
}

fn reveal(stage: &mut Stage, name: &str) {
    stage.tell(Event::Revealed(of(name), Ok(Value::new(SECRET))));
}

fn asked_for(stage: &Stage) -> Vec<Arc<str>> {
    let asked = stage.asked().into_iter();
    asked.filter_map(|effect| if let Effect::Reveal(_, property) = effect { Some(property.name) } else { None }).collect()
}

#[test]
fn what_the_screen_looks_like() {
    for size in [(80, 24), (140, 42), (200, 60)] {
        assert_snapshot!(format!("environment_properties_{}x{}", size.0, size.1), opened(size).keys("j").picture());
    }
}

#[test]
fn what_differs_is_told_without_any_value() {
    let mut stage = opened((140, 42));
    let says = |stage: &Stage, name: &str, part: &str| {
        let rows = stage.lines_with(name);
        assert!(rows.iter().any(|row| row.contains(part)), "{name}: {rows:?}\n{}", stage.text());
    };
    says(&stage, "DATABASE_URL", "≠ differs in 1");
    says(&stage, "H_TITLE_LIMIT", "≠ not set in 1");
    says(&stage, "ONLY_CANADA", "— not set");
    says(&stage, "SENTRY_DSN", "= same in ");
    says(&stage, "TOKEN", "kept elsewhere");
    assert!(!stage.text().contains('\u{1b}') && !stage.text().contains('\u{202e}'));
    stage.keys("d");
    assert!(stage.line(0).contains("only what differs") && stage.lines_with("SENTRY_DSN").is_empty(), "{}", stage.text());
    stage.keys("esc");
    assert!(!stage.lines_with("SENTRY_DSN").is_empty(), "{}", stage.text());
    stage.keys("c");
    assert!(!stage.text().contains("as it is shown"), "{}", stage.text());
}

#[test]
fn one_value_is_shown_to_who_asks_and_to_nobody_for_longer() {
    // Without a key, a minute passes.
    let ends = [
        ("another row", "j"),
        ("another screen", "1"),
        ("the same key", "v"),
        ("escape", "esc"),
        ("another pane", "ctrl-w 1"),
        ("a second pane of the same", "ctrl-w s"),
        ("a minute", ""),
    ];
    for (what, end) in ends {
        let mut stage = opened((140, 42));
        stage.keys("j v");
        assert_eq!(asked_for(&stage), [Arc::from("DATABASE_URL")]);
        assert!(stage.text().contains("reading …") && !stage.text().contains(SECRET), "{}", stage.text());
        reveal(&mut stage, "DATABASE_URL");
        assert!(stage.text().contains(SECRET), "{}", stage.text());
        if end.is_empty() {
            stage.pass(61)
        } else {
            stage.keys(end)
        };
        assert!(!stage.text().contains(SECRET), "after {what}: {}", stage.text());
        // Whoever comes back asks again.
        stage.keys("1 - k k k j");
        assert!(!stage.text().contains(SECRET), "back after {what}: {}", stage.text());
    }
}

#[test]
fn a_value_that_comes_too_late_or_for_another_is_not_shown() {
    let mut stage = opened((140, 42));
    stage.keys("j v j");
    reveal(&mut stage, "DATABASE_URL");
    assert!(!stage.text().contains(SECRET), "{}", stage.text());
    stage.keys("v");
    reveal(&mut stage, "DATABASE_URL");
    assert!(!stage.text().contains(SECRET), "{}", stage.text());
}

#[test]
fn a_shown_value_is_copied_on_request_and_never_saved() {
    let mut stage = opened((140, 42));
    stage.keys("j v");
    reveal(&mut stage, "DATABASE_URL");
    stage.keys("c");
    let lines: Vec<String> = stage.lines_with("│").into_iter().filter(|line| !line.contains("copy")).collect();
    let at = lines.iter().position(|line| line.contains("which is shown")).unwrap();
    stage.keys(&format!("{} enter", "j ".repeat(at - lines.iter().position(|line| line.contains("▌")).unwrap_or(0))));
    assert_eq!(stage.shown().copied.as_deref(), Some(SECRET), "{}", stage.text());
    // What was copied stands in no sentence, which would outlive the value and be saved with the screen.
    stage.keys("v");
    assert!(!stage.text().contains("hunter2"), "{}", stage.text());
    stage.keys("v");
    reveal(&mut stage, "DATABASE_URL");
    assert!(stage.text().contains(SECRET), "{}", stage.text());
    stage.keys("ctrl-s j enter");
    let saved = stage.asked().into_iter().find_map(|effect| if let Effect::Store { text, .. } = effect { Some(text) } else { None });
    let saved = saved.unwrap();
    assert!(saved.contains("DATABASE_URL") && !saved.contains("hunter2"), "{saved}");
    assert!(!stage.text().contains(SECRET), "{}", stage.text());
}

/// Nobody copies a value that is hidden by now, though the list of what can be copied was opened before.
#[test]
fn a_list_of_what_can_be_copied_holds_no_value() {
    let mut stage = opened((140, 42));
    stage.keys("j v");
    reveal(&mut stage, "DATABASE_URL");
    stage.keys("c").pass(61);
    let lines: Vec<String> = stage.lines_with("│").into_iter().filter(|line| !line.contains("copy")).collect();
    let at = lines.iter().position(|line| line.contains("which is shown")).unwrap();
    stage.keys(&format!("{} enter", "j ".repeat(at - lines.iter().position(|line| line.contains("▌")).unwrap_or(0))));
    assert_eq!(stage.shown().copied, None);
    assert!(stage.text().contains("the value is hidden again"), "{}", stage.text());
}

/// Nothing but the value itself may wake the console: it is drawn again when the minute is over, whatever the clock shows.
#[test]
fn a_frame_is_due_when_the_minute_is_over() {
    // What else is on the screen is older than a minute, and counts by minutes.
    let mut state = arranged((140, 42), told(&facts(), "us-west-1", 700));
    let environment = key("us-west-1", "h-prod");
    state.history.go(Place::Properties(environment.clone()));
    let properties = Some(Arc::new(Properties::from([("DATABASE_URL".into(), Property::Reference)])));
    let read = answer(Question::Properties, "us-west-1", 700, vec![(environment, Reading { properties, ..Reading::default() })]);
    let _ = update(&mut state, Event::Observed(vec![read]));
    let _ = settle(&mut state);
    let area = Rect::new(0, 0, 140, 42);
    let due = |state: &State| screen::draw(state, &lettered(), area, &mut Buffer::empty(area)).changes_in.unwrap();
    assert!(due(&state) > 1);
    state.revealed = Revealed::Shown(of("DATABASE_URL"), Value::new(SECRET), ago(59));
    assert_eq!(due(&state), 1);
    assert!(update(&mut state, Event::Tick(ago(-1))).is_empty());
    let _ = settle(&mut state);
    assert_eq!(state.revealed, Revealed::Nothing);
}

#[test]
fn why_nothing_can_be_shown_is_said() {
    let mut stage = opened((140, 42));
    stage.keys("j v");
    let denied = Fault::new(FaultKind::Denied, "the reader may not call DescribeConfigurationSettings");
    stage.tell(Event::Revealed(of("DATABASE_URL"), Err(denied.clone())));
    assert!(stage.text().contains("may not call DescribeConfigurationSettings"), "{}", stage.text());
    // What is absent here has no value.
    stage.keys("j j v");
    assert!(stage.text().contains("ONLY_CANADA is not set in h-prod"), "{}", stage.text());
    assert_eq!(asked_for(&stage).len(), 1);
    let mut stage = Stage::rich(140, 42);
    stage.keys("/ 'name:^h-prod space 'region:us-west enter G p");
    assert!(stage.text().contains("Reading …"), "{}", stage.text());
    stage.tell(Event::Observed(vec![unanswered(Question::Properties, "us-west-1", Some(key("us-west-1", "h-prod")), 1, denied)]));
    assert!(stage.text().contains("may not call DescribeConfigurationSettings"), "{}", stage.text());
}

/// With the real SDK, and what the service answers: the value is in its answer, and nowhere but where it was asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_properties_of_an_app_are_compared_and_one_is_revealed() {
    let (sim, folder) = (Sim::built_in("default").await, tempfile::tempdir().unwrap());
    let mut console = Live::demonstrated(&sim, folder.path());
    console.until("h-prod", |state| named(state, "h-staging").is_some()).await;
    console.keys(": 'h-staging enter p").shows("SECRET_KEY").await.shows(", same in 2").await.shows_no_longer("not read yet").await;
    let screen = console.screen();
    assert!(screen.contains("≠ ") && !screen.contains("kept-out-of-sight") && !screen.contains("postgresql://"), "{screen}");
    let on = |state: &quarterdeck::app::state::State, name: &str| state.properties_screen.cursor.selected().is_some_and(|at| &**at == name);
    let at = console.state.properties_screen.rows.iter().position(|name| &**name == "SECRET_KEY").unwrap();
    console.keys(&format!("g {}", "j ".repeat(at)));
    assert!(on(&console.state, "SECRET_KEY"), "{}", console.screen());
    console.keys("v").shows("kept-out-of-sight").await;
    assert!(!format!("{:?}", console.state.fleet).contains("kept-out-of-sight"));
    console.keys("k");
    assert!(!console.screen().contains("kept-out-of-sight"), "{}", console.screen());
}
