//! What every screen looks like, at three sizes: the text, and below it a map of the roles.
//!
//! `INSTA_UPDATE=always cargo test --test main pictures` writes the files anew; look at them before committing.

use insta::assert_snapshot;
use quarterdeck::app::event::Event;
use quarterdeck::model::fault::{Fault, FaultKind};

use crate::support::fleet::{self, REGIONS, failed, scope};
use crate::support::forge;
use crate::support::stage::Stage;

/// Sizes at which every screen is looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn pictured(name: &str, size: (u16, u16), stage: &Stage) {
    assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), stage.picture());
}

#[test]
fn the_fleet() {
    for size in SIZES {
        pictured("fleet", size, &Stage::rich(size.0, size.1));
    }
}

#[test]
fn an_unwell_environment() {
    for size in SIZES {
        let mut stage = Stage::rich(size.0, size.1);
        pictured("environment_severe", size, stage.keys("enter"));
    }
}

#[test]
fn a_mixed_environment_in_a_deployment() {
    for size in SIZES {
        let mut stage = Stage::rich(size.0, size.1);
        pictured("environment_mixed", size, stage.keys("/ 'websocket-prod enter enter tab"));
    }
}

#[test]
fn an_environment_with_basic_health() {
    let mut stage = Stage::rich(120, 40);
    assert_snapshot!(stage.keys("/ 'name:^via-prod enter enter").picture());
}

#[test]
fn an_environment_in_a_region_that_cannot_be_reached() {
    let mut stage = Stage::rich(120, 40);
    assert_snapshot!(stage.keys("/ 'edu-via enter enter").picture());
}

#[test]
fn what_is_pending_and_what_waits() {
    for (name, keys) in
        [("fleet_behind", ""), ("pending", "2 j"), ("promotions", "3"), ("sheet", "3 enter"), ("decision", "3 enter A 'why enter")]
    {
        for size in SIZES {
            let mut stage = Stage::on(forge::rich(size));
            pictured(name, size, stage.keys(keys));
        }
    }
}

#[test]
fn help() {
    for size in SIZES {
        let mut stage = Stage::rich(size.0, size.1);
        pictured("help", size, stage.keys("?"));
    }
}

#[test]
fn the_palette() {
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::rich(size.0, size.1);
        pictured("palette", size, stage.keys(": 'hprca"));
    }
}

#[test]
fn a_question() {
    let mut stage = Stage::rich(80, 24);
    assert_snapshot!(stage.keys("ctrl-c ctrl-c").picture());
}

#[test]
fn a_lock_being_given() {
    for size in SIZES {
        let mut stage = Stage::rich(size.0, size.1);
        pictured("lock", size, stage.keys("/ 'websocket-prod enter K 'moving space 'the space 'database enter '2h"));
    }
}

#[test]
fn a_filter_being_typed_with_marks_it_hides() {
    let mut stage = Stage::rich(120, 40);
    assert_snapshot!(stage.keys("space space / 'orchid space '!01").picture());
}

#[test]
fn sorted_by_a_column() {
    let mut stage = Stage::rich(120, 40);
    assert_snapshot!(stage.keys("> > > s s").picture());
}

/// What stands in the middle of the screen while there is no row.
fn middle(stage: &Stage) -> String {
    let text = stage.text();
    let count = text.lines().count();
    let lines = text.lines().skip(1).take(count - 2).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn before_anything_is_read_it_says_what_is_being_read() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    assert_snapshot!(middle(&stage), @"finding regions …");
    stage.tell(Event::Scopes(REGIONS.iter().map(|region| scope(region)).collect()));
    assert_snapshot!(middle(&stage), @"reading ca-central-1, eu-central-1, us-east-2, us-west-1 …");
    stage.tell(Event::Observed(vec![failed(
        "eu-central-1",
        0,
        FaultKind::Denied,
        "The identity may not list environments in eu-central-1: allow elasticbeanstalk:DescribeEnvironments.",
    )]));
    assert_snapshot!(middle(&stage), @"
    ✖ eu-central-1: The identity may not list environments in eu-central-1:
    allow elasticbeanstalk:DescribeEnvironments.
    reading ca-central-1, us-east-2, us-west-1 …
    → quarterdeck doctor prints the policy statement that would allow it.
    ");
    for region in ["us-west-1", "ca-central-1", "us-east-2"] {
        stage.tell(Event::Observed(fleet::told(&[], region, 0)));
    }
    assert_snapshot!(middle(&stage), @"
    ✖ eu-central-1: The identity may not list environments in eu-central-1:
    allow elasticbeanstalk:DescribeEnvironments.
    No environment was found in ca-central-1, us-east-2, us-west-1.
    → quarterdeck doctor prints the policy statement that would allow it.
    → Where not all regions are allowed, name those that are: --region
    ca-central-1, or regions in the configuration.
    ");
}

#[test]
fn what_cannot_be_found_out_is_said_with_what_to_do() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    let fault = Fault::new(FaultKind::Expired, "The credentials have expired: run `aws sso login`.");
    stage.tell(Event::DiscoveryFailed { connection: "default".into(), fault });
    assert_snapshot!(middle(&stage), @"
    ✖ default: The credentials have expired: run `aws sso login`.
    It is tried again by itself; ctrl-r tries now.
    → quarterdeck doctor says which credentials are found, and what is
    missing.
    → quarterdeck demo shows this console without an account.
    ");
    stage.tell(Event::Scopes(Vec::new()));
    stage.tell(Event::Found("default".into()));
    assert_snapshot!(middle(&stage), @r"
    There is no region to read: name some in the configuration.
    → Only Elastic Beanstalk is found by itself. quarterdeck init finds target
    groups and tagged instances as well, and writes a configuration.
    → quarterdeck doctor checks credentials, permissions and all the rest.
    ");
}

#[test]
fn rows_that_are_all_hidden_are_accounted_for() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("/ 'nosuch enter");
    let sentence = "None of 93 environments fits \"nosuch\". esc clears the filter.";
    assert_eq!(stage.lines_with("None of").join("").trim(), sentence);
    let well: Vec<_> = fleet::facts().into_iter().filter(|fact| fact.name == "h-staging").collect();
    let mut stage = Stage::on(fleet::arranged((80, 24), fleet::told(&well, "us-west-1", 4)));
    stage.keys("z");
    assert_snapshot!(middle(&stage), @"Nothing needs a person: all 1 environments are well. z shows them.");
}

#[test]
fn a_window_too_small_asks_for_more_room() {
    let mut stage = Stage::rich(80, 24);
    stage.resize(79, 24);
    let lines: Vec<String> = stage.text().lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["Quarterdeck needs 80 × 24 cells.", "Here are 79 × 24: enlarge the window,", "or make its letters smaller."]);
    stage.resize(80, 24);
    assert!(stage.line(0).contains("QUARTERDECK"));
}

#[test]
fn a_tiny_window_says_as_much_as_it_has_room_for() {
    let mut stage = Stage::rich(80, 24);
    for (size, expected) in [
        (
            (20, 8),
            &["Quarterdeck needs 80", "× 24 cells.", "Here are 20 × 8:", "enlarge the window,", "or make its letters", "smaller."][..],
        ),
        ((20, 5), &["needs 80 × 24, has", "20 × 5"][..]),
        ((20, 1), &["needs 80 × 24"][..]),
        ((6, 1), &["80×24"][..]),
    ] {
        stage.resize(size.0, size.1);
        let lines: Vec<String> = stage.text().lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, expected, "{size:?}");
    }
}
