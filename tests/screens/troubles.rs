//! What cannot be read is said where it would have stood.

use quarterdeck::app::event::Event;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::sighting::Question;

use crate::support::fleet::{self, key, unanswered};
use crate::support::stage::Stage;

const DENIED: &str = "The identity may not read events in ca-central-1: allow elasticbeanstalk:DescribeEvents.";

/// The title of a pane of the Environment screen.
fn title(stage: &Stage, pane: &str) -> String {
    stage.lines_with(&format!(" {pane}  ")).join("\n")
}

#[test]
fn events_that_cannot_be_read_are_marked_in_their_pane_and_in_the_footer() {
    let mut stage = Stage::on(fleet::arranged((120, 40), fleet::told(&fleet::facts(), "ca-central-1", 6)));
    stage.keys("enter");
    assert!(!title(&stage, "events").contains('!'), "{}", stage.text());
    stage.tell(Event::Observed(vec![unanswered(Question::Events, "ca-central-1", None, 0, Fault::new(FaultKind::Denied, DENIED))]));
    assert!(title(&stage, "events").contains("! denied for 0s"), "{}", stage.text());
    stage.keys("esc");
    assert!(stage.line(39).contains("ca-central-1 events denied"), "{}", stage.line(39));
}

#[test]
fn events_that_were_never_read_are_not_shown_as_none() {
    let facts: Vec<_> = fleet::facts().into_iter().filter(|fact| fact.name == "h-staging").collect();
    let listing = fleet::told(&facts, "us-west-1", 4).remove(0);
    let mut stage = Stage::on(fleet::arranged((120, 40), vec![listing]));
    stage.keys("enter");
    assert!(stage.text().contains("· not read yet") && !stage.text().contains("None in what was read."), "{}", stage.text());
    stage.tell(Event::Observed(vec![unanswered(Question::Events, "us-west-1", None, 0, Fault::new(FaultKind::Denied, DENIED))]));
    assert!(stage.text().contains("! The identity may not read events"), "{}", stage.text());
}

#[test]
fn instances_that_cannot_be_read_again_are_marked_in_their_pane() {
    let mut stage = Stage::rich(120, 40);
    stage.keys("enter");
    let fault = Fault::new(FaultKind::Throttled(None), "Elastic Beanstalk asks for fewer calls in ca-central-1.");
    stage.tell(Event::Observed(vec![unanswered(Question::Instances, "ca-central-1", Some(key("ca-central-1", "h-prod")), 0, fault)]));
    assert!(title(&stage, "instances").contains("! throttled for 0s"), "{}", stage.text());
}

#[test]
fn a_pane_says_which_of_its_rows_are_shown_when_not_all_are() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("/ 'websocket-prod enter enter");
    assert!(title(&stage, "instances").contains("of 12"), "{}", stage.text());
    stage.keys("G");
    assert!(title(&stage, "instances").contains("–12 of 12"), "{}", stage.text());
}
