//! What is looked at once more when something is confirmed, and what stays of what was typed when it is not sent.

use std::collections::BTreeMap;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::dispatch::Group;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{LATEST, News, Report, Topic};
use quarterdeck::model::id::RunId;
use quarterdeck::model::lock::{Known, Lock, Locks};
use quarterdeck::model::run::{Conclusion, Progress, Run};
use quarterdeck::model::write::{Order, Sent, Write};

use crate::support::fleet::{ago, failed, key};
use crate::support::forge::{self, report, run};
use crate::support::stage::Stage;

const FAILED: Progress = Progress::Completed(Conclusion::Failure);

/// The inputs of the workflow that redeploys production, ticked.
const REDEPLOY: &str = "3 D enter tab tab space";

fn stage() -> Stage {
    Stage::on(forge::rich((140, 42)))
}

/// The writes that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

/// The screen's words, lines joined.
fn words(stage: &Stage) -> String {
    stage.text().replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The workflow's file says something else by now.
fn changed(change: impl Fn(&mut quarterdeck::model::dispatch::Manual)) -> Event {
    let mut overview = forge::overview_with_a_tag();
    overview.manual.iter_mut().filter(|manual| manual.workflow.ends_with("redeploy.yml")).for_each(change);
    report(Topic::Overview, News::Overview(Box::new(overview)), 0)
}

fn fault(topic: Topic) -> Event {
    let fault = Fault::new(FaultKind::Failed, "GitHub answers with 502.");
    let stamp = Stamp { asked_at: ago(0), sequence: u64::MAX };
    Event::Told(Box::new(Report { repository: "hypothesis/h".into(), topic, stamp, news: Err(fault) }))
}

/// A key that was meant for the form starts nothing: what is about no production is typed and sent, too.
#[test]
fn behind_a_form_one_key_is_not_enough() {
    let mut stage = stage();
    stage.keys("3 D enter space enter");
    assert!(stage.text().contains("type y") && stage.text().contains("h-staging us-west-1"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("y");
    assert!(orders(&stage).is_empty());
    stage.keys("enter");
    assert!(matches!(orders(&stage).as_slice(), [Order { write: Write::Dispatch { .. }, .. }]), "{}", stage.text());
}

/// Which runs it cancels, and what it takes, is in the file: of another one nothing is sent.
#[test]
fn a_workflow_whose_file_has_changed_is_shown_again_with_what_was_entered() {
    let mut stage = stage();
    stage.tell(changed(|_| {}));
    stage.keys(&format!("{REDEPLOY} enter"));
    stage.keys("'canada space 'is space 'down enter 'h-prod");
    let _ = stage.asked();
    stage.tell(changed(|manual| {
        manual.group = Group::None;
        manual.inputs.retain(|input| &*input.name != "staging_websocket");
    }));
    stage.keys("enter");
    assert!(orders(&stage).is_empty());
    let text = stage.text();
    assert!(text.contains("nothing was sent: the file of Redeploy has changed: look at its inputs again"), "{text}");
    assert!(stage.lines_with("production  ")[0].contains("[x] yes") && !text.contains("staging_websocket"), "{text}");
    // The reason is still there as well.
    stage.keys("enter");
    assert!(stage.lines_with("reason")[0].contains("canada is down"), "{}", stage.text());
    stage.keys("enter 'h-prod enter");
    assert_eq!(orders(&stage).len(), 1);
    // One that cannot be started by hand any more is not started.
    let mut stage = self::stage();
    stage.keys(REDEPLOY);
    let mut overview = forge::overview_with_a_tag();
    overview.manual.clear();
    stage.tell(report(Topic::Overview, News::Overview(Box::new(overview)), 0)).keys("enter");
    assert!(stage.text().contains("Redeploy cannot be started by hand any more"), "{}", stage.text());
}

#[test]
fn what_was_said_stays_when_it_cannot_be_sent_any_more() {
    let mut stage = stage();
    stage.keys("3 enter A 'tested space 'by space 'hand enter '2");
    let _ = stage.asked();
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Cancelled))]), 0));
    stage.keys("enter");
    assert!(orders(&stage).is_empty());
    let text = stage.text();
    assert!(text.contains("tested by hand") && text.contains("nothing was sent: this run does not wait for anybody"), "{text}");
    stage.keys("enter");
    assert!(orders(&stage).is_empty());
}

/// The last look, or GitHub itself, says no: what was filled in is opened again where nothing else was begun.
#[test]
fn what_was_refused_is_opened_again_with_what_was_typed() {
    let no = || Fault::new(FaultKind::Refused, "GitHub says: no ref \u{202e}found.");
    for sent in [Sent::Changed("run #4131 of Deploy has come since".to_owned()), Sent::Refused(no())] {
        let mut stage = stage();
        stage.keys(&format!("{REDEPLOY} enter"));
        let _ = stage.asked();
        stage.keys("'h-prod enter");
        let order = orders(&stage).remove(0);
        stage.tell(Event::Written { order: Box::new(order.clone()), sent: sent.clone() });
        let text = stage.text();
        assert!(text.contains("Redeploy of hypothesis/h") && stage.lines_with("production  ")[0].contains("[x] yes"), "{text}");
        assert!(text.contains(if matches!(sent, Sent::Changed(_)) { "#4131 of Deploy has come" } else { "no ref �found" }), "{text}");
        // Who has begun something else is not taken away from it.
        stage.keys("enter 'h-prod enter");
        let order = orders(&stage).pop().unwrap();
        stage.keys("1").tell(Event::Written { order: Box::new(order), sent });
        assert!(!stage.text().contains("Redeploy of hypothesis/h"), "{}", stage.text());
    }
    let mut stage = stage();
    stage.keys("3 enter A 'tested enter '2 enter");
    let order = orders(&stage).remove(0);
    stage.tell(Event::Written { order: Box::new(order), sent: Sent::Refused(no()) });
    let text = stage.text();
    assert!(text.contains("Approve run #4130") && text.contains("tested") && text.contains("no ref �found"), "{text}");
}

fn lock(by: &str) -> Event {
    let lock = Lock { environment: key("us-west-1", "h-prod"), by: by.into(), at: ago(60), until: None, reason: "an index".into() };
    Event::Locks(Locks { each: BTreeMap::from([(lock.environment.clone(), lock)]), known: Known::Yes })
}

/// Both stand in the way, so the checks come out the same: whose word it overrides is not the same.
#[test]
fn another_lock_than_the_one_that_was_shown_is_shown_first() {
    let mut stage = stage();
    stage.tell(lock("@grace")).keys("3 enter A 'agreed enter '2");
    let _ = stage.asked();
    stage.tell(lock("@kim")).keys("enter");
    assert!(orders(&stage).is_empty());
    assert!(stage.line(41).contains("what stands in the way has changed since the dialog was opened"), "{}", stage.line(41));
    assert!(words(&stage).contains("locked by @kim") && stage.text().contains("agreed"), "{}", stage.text());
    stage.keys("enter '2 enter");
    assert_eq!(orders(&stage).len(), 1);
}

/// Old words of runs and environments are no reason to believe that nothing goes on.
#[test]
fn what_could_not_be_read_again_is_doubted() {
    for (event, says) in [
        (fault(Topic::Runs), "the runs could not be read again: GitHub answers with 502."),
        (fault(Topic::Overview), "the workflows could not be read again: GitHub answers with 502."),
        (
            Event::Observed(vec![failed("us-west-1", 0, FaultKind::Unreachable, "us-west-1 cannot be reached.")]),
            "h-prod us-west-1 could not be read again: us-west-1 cannot be reached.",
        ),
    ] {
        let mut stage = stage();
        stage.tell(event);
        stage.keys(&format!("{REDEPLOY} enter enter"));
        assert!(words(&stage).contains(&format!("✖ {says}")), "{says}: {}", stage.text());
        assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
        // Not so where no production is concerned.
        stage.keys("esc D enter space enter");
        assert!(!words(&stage).contains(says), "{}", stage.text());
    }
}

/// What has failed would come back over what runs by now: that is held against it as a version that is entered is.
#[test]
fn what_is_run_again_is_compared_with_what_runs() {
    let mut stage = stage();
    stage.keys("3 enter");
    stage.tell(report(Topic::Runs, News::Runs(vec![Run { created_at: Some(ago(600)), ..run(FAILED) }]), 0));
    for event in forge::going_back() {
        stage.tell(event);
    }
    stage.keys("F");
    assert!(stage.line(41).contains("77c1d09 would undo commits that h-prod us-west-1 runs: roll forward"), "{}", stage.line(41));
    // Of a run that somebody started by hand its commit says nothing.
    let by_hand = Run { event: "workflow_dispatch".into(), created_at: Some(ago(600)), ..run(FAILED) };
    stage.tell(report(Topic::Runs, News::Runs(vec![by_hand]), 0)).keys("F");
    assert!(words(&stage).contains("✖ somebody started this run by hand: what it deploys may be older than what runs"), "{}", stage.text());
}

/// Fifty runs are listed. An older one that goes on is met as well, and is asked for by itself.
#[test]
fn a_run_that_goes_on_behind_the_latest_is_met_too() {
    let mut stage = stage();
    let other = |number: u64| Run { id: RunId(5_000_000_000 + number), number, workflow: "tests.yml".into(), ..run(FAILED) };
    let others = (0..LATEST as u64).rev().map(other);
    stage.tell(report(Topic::Runs, News::Runs(others.collect()), 0));
    let _ = stage.asked();
    stage.keys("/ 'h-prod space 'region:us-west enter D enter enter");
    let asks = |effect: &Effect| matches!(effect, Effect::FindOut(wanted) if wanted.repositories.values().any(|wanted| wanted.live_runs));
    assert!(stage.asked().iter().any(asks));
    assert!(words(&stage).contains("✖ only the latest runs are known, an older one may go on as well"), "{}", stage.text());
    stage.keys("esc");
    stage.tell(report(Topic::LiveRuns, News::LiveRuns(vec![run(Progress::InProgress)]), 0));
    stage.keys("D enter enter");
    let text = words(&stage);
    assert!(text.contains("cancels run #4130 of Deploy, which is in progress") && !text.contains("only the latest runs"), "{text}");
}
