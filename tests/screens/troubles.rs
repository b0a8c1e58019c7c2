//! What cannot be read is said where it would have stood.

use quarterdeck::app::event::Event;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::sighting::{Coverage, Observation, Question};

use crate::support::fleet::{self, failed, key, scope, unanswered};
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
    assert!(title(&stage, "events").contains("! denied, tried 0s ago"), "{}", stage.text());
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
    assert!(title(&stage, "instances").contains("! throttled, tried 0s ago"), "{}", stage.text());
}

#[test]
fn a_pane_says_which_of_its_rows_are_shown_when_not_all_are() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("/ 'websocket-prod enter enter");
    assert!(title(&stage, "instances").contains("of 12"), "{}", stage.text());
    stage.keys("G");
    assert!(title(&stage, "instances").contains("–12 of 12"), "{}", stage.text());
}

/// As many regions as every account has.
const MANY: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const EXPIRED: &str = "the single sign-on session of profile work has expired: run `aws sso login --profile work` or put new keys into the profile; reading then goes on";

/// The sentences in the middle of an empty screen.
fn middle(stage: &Stage) -> Vec<String> {
    let text = stage.text();
    let count = text.lines().count();
    text.lines().skip(1).take(count - 2).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[test]
fn credentials_that_expired_are_the_trouble_of_one_connection() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    stage.tell(Event::Scopes(MANY.iter().map(|region| scope(region)).collect()));
    stage.tell(Event::DiscoveryFailed { connection: "default".into(), fault: Fault::new(FaultKind::Expired, EXPIRED) });
    for region in MANY {
        stage.tell(Event::Observed(vec![failed(region, 3, FaultKind::Expired, EXPIRED)]));
    }
    assert_eq!(
        middle(&stage),
        [
            "✖ default: the single sign-on session of profile work has expired: run",
            "`aws sso login --profile work` or put new keys into the profile; reading",
            "then goes on",
            "It is tried again by itself; ctrl-r tries now.",
            "→ quarterdeck doctor says which credentials are found, and what is",
            "missing.",
            "→ quarterdeck demo shows this console without an account.",
        ]
    );
    assert!(stage.line(23).ends_with("▲ default: credentials expired · run `aws sso login --profile work`"), "{}", stage.line(23));
}

/// Regions that hold nothing are listed too seldom to notice at once.
#[test]
fn credentials_that_expire_meanwhile_are_told_once_though_not_every_region_has_noticed() {
    let mut stage = Stage::rich(120, 40);
    let mut expired = vec![failed("ca-central-1", 0, FaultKind::Expired, EXPIRED), failed("us-west-1", 0, FaultKind::Expired, EXPIRED)];
    expired.push(unanswered(Question::Events, "us-west-1", None, 0, Fault::new(FaultKind::Expired, EXPIRED)));
    stage.tell(Event::Observed(expired));
    // The one more is the region that cannot be reached.
    assert!(stage.line(39).ends_with("▲ default: credentials expired · run `aws sso login --profile work` +1"), "{}", stage.line(39));
}

#[test]
fn what_fails_alike_everywhere_is_told_once_and_what_fails_in_some_regions_is_not() {
    let gone = |region: &str| format!("{region} cannot be reached: there is no network to elasticbeanstalk.{region}.amazonaws.com");
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    stage.tell(Event::Scopes(MANY.iter().map(|region| scope(region)).collect()));
    for region in &MANY[..2] {
        stage.tell(Event::Observed(vec![failed(region, 3, FaultKind::Unreachable, &gone(region))]));
    }
    assert!(stage.line(23).ends_with("▲ ap-northeast-1 unreachable, never read +1"), "{}", stage.line(23));
    for region in &MANY[2..] {
        stage.tell(Event::Observed(vec![failed(region, 3, FaultKind::Unreachable, &gone(region))]));
    }
    assert!(stage.line(23).ends_with("▲ default: all 17 regions unreachable"), "{}", stage.line(23));
    assert_eq!(middle(&stage).iter().filter(|line| line.starts_with('✖')).count(), 1, "{}", stage.text());
    stage.tell(Event::Observed(fleet::told(&[], "us-west-2", 0)));
    assert!(stage.line(23).ends_with("▲ ap-northeast-1 unreachable, never read +15"), "{}", stage.line(23));
}

/// A region that refuses credentials may not be enabled: the others are read with the same ones.
#[test]
fn a_region_that_alone_refuses_credentials_is_not_the_whole_connection() {
    let mut stage = Stage::rich(120, 40);
    let refused = "ca-central-1 does not accept the credentials of profile work (or is not enabled for its account): run `aws sso login`";
    stage.tell(Event::Observed(vec![failed("ca-central-1", 0, FaultKind::Expired, refused)]));
    assert!(stage.line(39).contains("▲ eu-central-1 unreachable") && stage.line(39).ends_with("+1"), "{}", stage.line(39));
}

const LONG: &str = "ca-central-1 denies elasticbeanstalk:DescribeInstancesHealth to profile work: User: arn:aws:sts::111122223333:assumed-role/on-call-engineers-read-only/someone@example.com is not authorized to perform: elasticbeanstalk:DescribeInstancesHealth on resource: arn:aws:elasticbeanstalk:ca-central-1:111122223333:environment/h/h-prod with an explicit deny in a service control policy; ask for that permission";

/// A text without blanks and line breaks: long words are broken as well.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Tells faults of every question about one environment.
fn all_denied(stage: &mut Stage) -> Vec<String> {
    let key = key("ca-central-1", "h-prod");
    let asked =
        [(Question::Listing, None), (Question::Events, None), (Question::Instances, Some(key.clone())), (Question::Health, Some(key))];
    let mut sentences = Vec::new();
    for (question, about) in asked {
        let sentence = LONG.replace("DescribeInstancesHealth", &format!("Describe{}", question.word()));
        let fault = Fault::new(FaultKind::Denied, sentence.as_str());
        stage.tell(Event::Observed(vec![unanswered(question, "ca-central-1", about, 0, fault)]));
        sentences.push(sentence);
    }
    sentences
}

#[test]
fn a_long_fault_can_be_read_whole_on_the_smallest_screen() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("enter");
    let about = Some(key("ca-central-1", "h-prod"));
    stage.tell(Event::Observed(vec![unanswered(Question::Instances, "ca-central-1", about, 0, Fault::new(FaultKind::Denied, LONG))]));
    assert!(stage.line(1).contains("backtab reads all"), "{}", stage.text());
    stage.keys("backtab");
    assert!(squeezed(&stage.text()).contains(&squeezed(LONG)), "{}", stage.text());
    // Why it is unwell stands there as well, and the same key leads on.
    assert!(stage.text().contains("✖ ELB health is failing or not available for 2 of 4 instances."), "{}", stage.text());
    stage.keys("tab");
    assert!(stage.text().contains("━━ instances"), "{}", stage.text());
}

#[test]
fn as_many_faults_as_there_are_can_be_read_by_scrolling() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("enter");
    let sentences = all_denied(&mut stage);
    stage.keys("tab tab");
    assert!(stage.text().contains(" lines "), "{}", stage.text());
    let mut screens = vec![squeezed(&stage.text())];
    for _ in 0..40 {
        screens.push(squeezed(&stage.keys("j").text()));
    }
    for sentence in sentences {
        assert!(screens.iter().any(|screen| screen.contains(&squeezed(&sentence))), "{sentence}");
    }
}

#[test]
fn a_well_environment_has_no_pane_that_says_what_is_wrong() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("/ 'name:^h-staging enter enter tab");
    assert!(stage.text().contains("━━ events"), "{}", stage.text());
    stage.keys("tab");
    assert!(stage.text().contains("━━ instances"), "{}", stage.text());
}

#[test]
fn what_is_left_out_of_a_listing_is_said_and_nothing_else_is_touched() {
    let facts = fleet::facts();
    let mut stage = Stage::on(fleet::arranged((80, 24), fleet::told(&facts, "us-west-1", 4)));
    let rows = stage.text().lines().count();
    let mut listing = fleet::told(&facts, "us-west-1", 2).remove(0);
    if let Observation::Seen(sighting) = &mut listing {
        let sentence = "us-west-1 lists an environment without a name (e-2): left out, the others are shown";
        sighting.coverage = Coverage::Except(Fault::new(FaultKind::Malformed, sentence));
        // One that had a name before may be the one that has none.
        sighting.readings.pop();
    }
    stage.tell(Event::Observed(vec![listing]));
    assert!(stage.line(23).contains("▲ us-west-1 lists an environment without a name (e-2)"), "{}", stage.line(23));
    assert_eq!((stage.text().lines().count(), stage.lines_with("old").len()), (rows, 0), "{}", stage.text());
    assert!(stage.text().contains("環境-本番"), "{}", stage.text());
}
