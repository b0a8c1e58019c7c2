//! The first minute: nothing is shown yet, and the screen says what to do next.

use insta::assert_snapshot;
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::state::State;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{Report, Topic};

use crate::support::fleet::{self, failed, scope};
use crate::support::forge;
use crate::support::stage::Stage;

/// The sizes at which each is looked at.
const SIZES: [(u16, u16); 2] = [(80, 24), (140, 42)];

/// All regions that an account has from its first day on.
const REGIONS: [&str; 6] = ["eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"];

/// As the adapter says it.
const NO_CREDENTIALS: &str = "there are no credentials for the default profile: run `aws configure` or `aws sso login`, or set AWS_PROFILE";

fn denied(region: &str) -> String {
    format!("{region} denies elasticbeanstalk:DescribeEnvironments to profile work: explicit deny by policy; ask for that permission")
}

fn pictured(name: &str, size: (u16, u16), stage: &Stage) {
    assert_snapshot!(format!("first_{name}_{}x{}", size.0, size.1), stage.picture());
}

/// The screen as one line of words.
fn words(stage: &Stage) -> String {
    stage.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A console that can log in.
fn fresh(size: (u16, u16)) -> State {
    let mut state = fleet::fresh(size);
    let commands: [&[&str]; 2] = [&["aws", "configure"], &["aws", "sso", "login"]];
    state.logins.insert("default".into(), commands.map(|words| words.iter().map(|word| (*word).to_owned()).collect()).to_vec());
    state
}

fn listed(stage: &mut Stage, regions: &[&str]) {
    stage.tell(Event::Scopes(regions.iter().map(|region| scope(region)).collect()));
    stage.tell(Event::Found("default".into()));
    let arn = "arn:aws:sts::111122223333:assumed-role/Reader/jo".into();
    stage.tell(Event::Identified { connection: "default".into(), account: "111122223333".into(), arn });
}

fn locked_out(size: (u16, u16)) -> Stage {
    let mut stage = Stage::on(fresh(size));
    let fault = Fault::new(FaultKind::Expired, NO_CREDENTIALS);
    stage.tell(Event::DiscoveryFailed { connection: "default".into(), fault });
    stage
}

#[test]
fn without_credentials() {
    for size in SIZES {
        let stage = locked_out(size);
        pictured("without_credentials", size, &stage);
        let text = words(&stage);
        assert!(
            text.contains("⏎ runs `aws configure`") && text.contains("quarterdeck doctor") && text.contains("quarterdeck demo"),
            "{text}"
        );
        let footer = stage.line(usize::from(size.1) - 1);
        assert!(footer.ends_with("▲ default: no credentials · run `aws configure`"), "{footer}");
        assert!(!footer.contains("/ filter") && !footer.contains("z faults"), "nothing is there to be narrowed: {footer}");
    }
}

#[test]
fn enter_lends_the_terminal_to_the_login_and_reads_again() {
    let mut stage = locked_out((80, 24));
    let _ = stage.asked();
    stage.keys("enter");
    assert_eq!(stage.shown().lent, ["aws configure"]);
    assert_eq!(stage.asked(), [Effect::ReadNow(None)], "what it renewed is tried at once");
    // With rows on the screen Enter is theirs: another key does it, and the footer says which.
    let mut state = fleet::rich((120, 40));
    state.logins.insert("default".into(), vec![["aws", "sso", "login"].map(str::to_owned).to_vec()]);
    let mut stage = Stage::on(state);
    assert!(stage.lines_with("ctrl-e log in").is_empty(), "nothing has run out");
    let sentence =
        "the credentials of the default profile have expired: run `aws sso login` or put new keys in place; reading then goes on";
    stage.tell(Event::Observed(vec![failed("us-west-1", 0, FaultKind::Expired, sentence)]));
    assert!(!stage.lines_with("ctrl-e log in").is_empty(), "{}", stage.text());
    stage.keys("ctrl-e");
    assert_eq!(stage.shown().lent, ["aws sso login"]);
}

#[test]
fn what_no_login_mends_is_not_offered_one() {
    for sentence in [
        "us-east-1 finds this machine's clock wrong: set it right",
        "the credentials of the environment (AWS_ACCESS_KEY_ID) have expired: start again with new keys, or use a profile, which is read anew",
    ] {
        let mut stage = Stage::on(fresh((80, 24)));
        stage.tell(Event::DiscoveryFailed { connection: "default".into(), fault: Fault::new(FaultKind::Expired, sentence) });
        stage.keys("enter ctrl-e");
        assert!(stage.shown().lent.is_empty(), "{sentence}");
        assert!(!stage.text().contains('⏎') || !stage.text().contains("runs `"), "{}", stage.text());
    }
}

#[test]
fn where_only_one_region_is_read() {
    for size in SIZES {
        let mut stage = Stage::on(fresh(size));
        listed(&mut stage, &["us-west-1"]);
        stage.tell(Event::Observed(fleet::told(&[], "us-west-1", 0)));
        pictured("one_region", size, &stage);
        assert!(words(&stage).contains("Only us-west-1 is read: --region NAME"), "{}", stage.text());
    }
}

/// A policy of the organization allows one region: the others say no in the same words, which are told once.
#[test]
fn where_only_one_region_is_allowed() {
    for size in SIZES {
        let mut stage = Stage::on(fresh(size));
        listed(&mut stage, &REGIONS);
        let (allowed, others) = REGIONS.split_last().unwrap();
        let faults = others.iter().map(|region| failed(region, 0, FaultKind::Denied, &denied(region)));
        stage.tell(Event::Observed(faults.collect()));
        stage.tell(Event::Observed(fleet::told(&[], allowed, 0)));
        pictured("one_region_allowed", size, &stage);
        let text = words(&stage);
        assert_eq!(text.matches("explicit deny").count(), 1, "{text}");
        assert!(text.contains("--region us-west-2") && text.contains("policy statement"), "{text}");
    }
}

/// The fact comes first, and what a person can look at.
#[test]
fn where_nothing_can_be_reached() {
    for size in SIZES {
        let mut stage = Stage::on(fresh(size));
        stage.tell(Event::Scopes(REGIONS.iter().map(|region| scope(region)).collect()));
        let sentence = |region: &str| format!("{region} cannot be reached: nothing listens at 127.0.0.1:9");
        let faults = REGIONS.iter().map(|region| failed(region, 0, FaultKind::Unreachable, &sentence(region)));
        stage.tell(Event::Observed(faults.collect()));
        pictured("nothing_reached", size, &stage);
        let text = words(&stage);
        assert!(text.contains("each of its 6 regions cannot be reached: nothing listens at 127.0.0.1:9"), "{text}");
        assert!(text.contains("AWS_ENDPOINT_URL") && text.contains("quarterdeck doctor"), "{text}");
    }
}

#[test]
fn where_nothing_is_found() {
    for size in SIZES {
        let mut stage = Stage::on(fresh(size));
        listed(&mut stage, &REGIONS);
        for region in REGIONS {
            assert!(!stage.text().contains("quarterdeck init"), "not before all is read");
            stage.tell(Event::Observed(fleet::told(&[], region, 0)));
        }
        pictured("nothing_found", size, &stage);
        let text = words(&stage);
        assert!(text.contains("account 111122223333") && text.contains("quarterdeck init"), "{text}");
        // In a simulated cloud there is no other account to look at.
        let mut state = fresh(size);
        state.world = Some("demo");
        let mut stage = Stage::on(state);
        listed(&mut stage, &["us-west-1"]);
        stage.tell(Event::Observed(fleet::told(&[], "us-west-1", 0)));
        assert!(!stage.text().contains("quarterdeck"), "{}", stage.text());
    }
}

#[test]
fn without_a_token() {
    let fault = || Fault::new(FaultKind::Expired, "no token for GitHub: set GITHUB_TOKEN, or install gh and run gh auth login");
    for size in SIZES {
        let mut stage = Stage::on(forge::unread(size));
        let stamp = quarterdeck::model::clock::Stamp { asked_at: fleet::ago(0), sequence: 1 };
        stage.tell(Event::Viewer(stamp, Err(fault())));
        let report = Report { repository: forge::repository(), topic: Topic::Overview, stamp, news: Err(fault()) };
        stage.tell(Event::Told(Box::new(report)));
        for (name, key) in [("pending", "2"), ("promotions", "3")] {
            stage.keys(key);
            pictured(&format!("without_a_token_{name}"), size, &stage);
        }
        stage.keys("1");
        assert!(!stage.lines_with("h-websocket-prod").is_empty(), "the Fleet goes on: {}", stage.text());
    }
}

#[test]
fn what_to_press_is_what_is_bound() {
    let settings = quarterdeck::config::parse("[keys]\nread-now = \"f5\"\nfleet = \"f2\"\nopen = \"f9\"\n", "keys").unwrap();
    let mut state = fresh((120, 40));
    state.keymap = settings.keys.clone();
    state.logins.insert("default".into(), vec![["aws", "sso", "login"].map(str::to_owned).to_vec()]);
    let mut stage = Stage::on(state);
    let expired = Fault::new(FaultKind::Expired, "the credentials have expired: run `aws sso login`; reading then goes on");
    stage.tell(Event::DiscoveryFailed { connection: "default".into(), fault: expired });
    let text = words(&stage);
    assert!(text.contains("f9 runs `aws sso login`") && text.contains("f5 tries now") && !text.contains('⏎'), "{text}");
    let mut state = forge::unread((120, 40));
    state.keymap = settings.keys;
    let mut stage = Stage::on(state);
    let stamp = quarterdeck::model::clock::Stamp { asked_at: fleet::ago(0), sequence: 1 };
    let fault = || Fault::new(FaultKind::Expired, "no token for GitHub");
    stage.tell(Event::Viewer(stamp, Err(fault())));
    let report = Report { repository: forge::repository(), topic: Topic::Overview, stamp, news: Err(fault()) };
    stage.tell(Event::Told(Box::new(report)));
    stage.keys("3");
    assert!(words(&stage).contains("The Fleet (f2) goes on without it"), "{}", stage.text());
}
