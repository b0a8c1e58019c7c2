//! The first frame of a console that remembers a fleet: what it shows, and how it gives way to what is read.

use std::sync::Arc;

use insta::assert_snapshot;
use quarterdeck::app::event::Event;
use quarterdeck::app::remembered::Remembered;
use quarterdeck::app::state::{Size, State};
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::fault::FaultKind;
use quarterdeck::model::id::Platform;
use quarterdeck::model::memory::{Memory, Origins};
use quarterdeck::model::sighting::Scope;

use crate::support::fleet::{self, REGIONS, facts, failed, told};
use crate::support::stage::Stage;

/// Five hours after everything of the rich fleet was read.
const LATER: i64 = 5 * 3_600;

/// The rich fleet, remembered by a console that has read nothing yet.
fn remembering(width: u16, height: u16) -> Stage {
    let mut before = fleet::rich((width, height));
    let origins = Origins::from([("default".into(), Arc::from("aws profile=-"))]);
    before.remembered = Remembered::new(origins.clone(), None, &before.fleet);
    let text = before.memory().unwrap().text();
    let now = Timestamp::from_second(fleet::NOW + LATER).unwrap();
    let mut state = State::new(Arc::new(Catalogue::default()), now, Size { width, height });
    let memory = Memory::parse(&text, &origins, now).unwrap();
    state.remembered = Remembered::new(origins, Some(memory), &state.fleet);
    Stage::on(state)
}

#[test]
fn the_first_frame() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        assert_snapshot!(format!("remembered_{width}x{height}"), remembering(width, height).picture());
    }
}

#[test]
fn every_row_says_how_old_it_is_until_it_is_read() {
    let mut stage = remembering(120, 40);
    assert!(stage.line(0).contains("◌") && stage.line(0).contains("from 5h ago"), "{}", stage.line(0));
    assert!(!stage.line(0).contains("severe"), "how it was is not counted as how it is: {}", stage.line(0));
    let row = stage.lines_with("ca-central-1").into_iter().find(|line| line.contains("h-prod")).unwrap();
    assert!(row.contains("◌ 5h Severe"), "{row}");
    // What is read takes its place; of what cannot be read the rows stay, with why.
    let read = told(&facts(), "ca-central-1", -LATER);
    let unread = failed("us-west-1", -LATER, FaultKind::Expired, "the session of default has expired");
    stage.tell(Event::Observed(read)).tell(Event::Observed(vec![unread]));
    let rows: Vec<String> = stage.lines_with("h-prod").into_iter().filter(|line| !line.starts_with("──")).collect();
    let of = |region: &str| rows.iter().find(|line| line.contains(region)).unwrap().clone();
    assert!(of("ca-central-1").contains("✖ Severe") && !of("ca-central-1").contains('◌'), "{}", of("ca-central-1"));
    assert!(of("us-west-1").contains("◌ 5h") && of("us-west-1").contains("5h old"), "{}", of("us-west-1"));
    assert!(stage.line(0).contains("1 severe"), "{}", stage.line(0));
}

#[test]
fn nothing_of_it_is_left_once_every_region_is_read() {
    let mut stage = remembering(200, 60);
    let scope =
        |region: &&str| Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some((*region).into()) });
    stage.tell(Event::Scopes(REGIONS.iter().map(scope).collect()));
    for region in REGIONS {
        stage.tell(Event::Observed(told(&facts(), region, -LATER)));
    }
    assert!(!stage.text().contains('◌'), "{}", stage.text());
}

#[test]
fn what_was_well_is_not_said_to_be_well() {
    let mut before = fleet::arranged((120, 40), told(&[fleet::environment("us-west-1", "h", "h-prod", "v1")], "us-west-1", 10));
    let origins = Origins::from([("default".into(), Arc::from("aws profile=-"))]);
    before.remembered = Remembered::new(origins.clone(), None, &before.fleet);
    let memory = before.memory().unwrap();
    let mut state = State::new(Arc::new(Catalogue::default()), before.now, before.size);
    state.remembered = Remembered::new(origins, Some(memory), &state.fleet);
    let mut stage = Stage::on(state);
    assert!(stage.keys("z").text().contains("environments were not read yet"), "{}", stage.text());
}

#[test]
fn an_environment_that_was_not_read_is_opened_and_nothing_is_done_to_it() {
    let mut stage = remembering(120, 40);
    assert!(stage.keys("B").text().contains("was not read yet"), "{}", stage.text());
    assert!(stage.keys("enter").text().contains("This environment was not read yet in this run."), "{}", stage.text());
    assert!(stage.text().contains("5h ago it was Severe and ran"), "{}", stage.text());
    assert!(stage.keys("R").text().contains("nothing is planned on that"), "{}", stage.text());
    stage.tell(Event::Observed(told(&facts(), "ca-central-1", -LATER)));
    assert!(stage.text().contains("HEALTH    ✖ Severe"), "{}", stage.text());
}
