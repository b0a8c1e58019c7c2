//! Running again, cancelling, starting workflows, reverting: keys in, plan and order out.

use std::collections::BTreeMap;
use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::dispatch::InputKind;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{News, Topic};
use quarterdeck::model::id::{PullNumber, RunId};
use quarterdeck::model::run::{Conclusion, Job, Jobs, Progress, Run};
use quarterdeck::model::write::{Order, Premise, Receipt, Sent, Write};

use crate::support::forge::{self, NEW, RUN, report, run};
use crate::support::stage::Stage;

fn stage() -> Stage {
    Stage::on(forge::rich((140, 42)))
}

/// The writes that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

const FAILED: Progress = Progress::Completed(Conclusion::Failure);

/// The run is over, and of its jobs one has failed.
fn failed(stage: &mut Stage, newer: Option<Run>) {
    let runs = newer.into_iter().chain([Run { created_at: Some(crate::support::fleet::ago(600)), ..run(FAILED) }]).collect();
    stage.tell(report(Topic::Runs, News::Runs(runs), 0));
    let job = |name: &str, progress| Job {
        id: quarterdeck::model::id::JobId(1),
        name: name.into(),
        progress,
        started_at: None,
        completed_at: None,
        steps: Vec::new(),
        url: "https://example.com".into(),
    };
    let jobs = vec![job("Staging / Deploy", Progress::Completed(Conclusion::Success)), job("Production (Canada) / Deploy", FAILED)];
    stage.tell(report(Topic::Jobs(RUN), News::Jobs(Jobs { each: jobs, is_complete: true }), 0));
}

#[test]
fn what_has_failed_is_run_again_after_a_plan_that_names_it() {
    let mut stage = stage();
    stage.keys("3 enter");
    failed(&mut stage, None);
    stage.keys("F");
    let text = stage.text();
    assert!(text.contains("Run the failed jobs of run #4130 of hypothesis/h again, at 77c1d09"), "{text}");
    assert!(text.contains("Production (Canada) / Deploy") && text.contains("h-prod ca-central-1"), "{text}");
    assert!(!text.contains("h-prod us-west-1, h-prod"), "{text}");
    let _ = stage.asked();
    stage.keys("'h-prod enter");
    let sent = orders(&stage);
    assert!(matches!(sent.as_slice(), [one] if one.write == Write::RerunFailed(RUN)), "{sent:?}");
    assert!(matches!(&sent[0].premise, Premise::Quiet { again: Some((RUN, 1)), .. }), "{sent:?}");
}

/// It would roll back what the newer run has brought.
#[test]
fn nothing_is_run_again_when_a_newer_run_exists() {
    let mut stage = stage();
    stage.keys("3 enter");
    failed(&mut stage, Some(Run { id: RunId(5_000_000_000), number: 4131, ..run(Progress::Completed(Conclusion::Success)) }));
    stage.keys("F");
    assert!(stage.line(41).contains("run #4131 of Deploy is newer, so this would roll back: U rolls forward"), "{}", stage.line(41));
    assert!(!stage.text().contains("type "), "{}", stage.text());
}

#[test]
fn what_goes_on_or_has_succeeded_is_not_run_again() {
    let mut stage = stage();
    stage.keys("3 enter F");
    assert!(stage.line(41).contains("the run goes on"), "{}", stage.line(41));
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 0));
    stage.keys("F");
    assert!(stage.line(41).contains("all its jobs succeeded"), "{}", stage.line(41));
    stage.tell(report(Topic::Runs, News::Runs(vec![Run { created_at: Some(crate::support::fleet::ago(31 * 86_400)), ..run(FAILED) }]), 0));
    stage.keys("F");
    assert!(stage.line(41).contains("after 30 days"), "{}", stage.line(41));
}

#[test]
fn a_run_is_cancelled_with_one_y_and_what_goes_on_is_said() {
    let mut stage = stage();
    stage.keys("3 X");
    let text = stage.text();
    assert!(text.contains("Cancel run #4130 of hypothesis/h") && text.contains("goes on"), "{text}");
    let _ = stage.asked();
    stage.keys("y");
    let sent = orders(&stage);
    assert!(matches!(sent.as_slice(), [one] if one.write == Write::Cancel(RUN)), "{sent:?}");
    assert_eq!(sent[0].premise, Premise::Live { run: RUN, attempt: 1 });
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Done(Receipt::default()) });
    assert!(stage.line(41).contains("the cancellation of hypothesis/h: GitHub has taken it"), "{}", stage.line(41));
}

/// A run that waits for nobody has no gate to reject; who meant to reject has not meant to cancel.
#[test]
fn on_the_sheet_of_a_run_at_work_rejecting_does_not_cancel() {
    let mut stage = stage();
    stage.keys("3 enter");
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::InProgress)]), 0));
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
    stage.keys("X");
    assert!(stage.line(41).contains("this run does not wait for anybody"), "{}", stage.line(41));
    stage.keys("y ctrl-x");
    assert!(stage.text().contains("Cancel run #4130"), "{}", stage.text());
}

fn redeploys(values: &[(&str, &str)]) -> Write {
    let inputs: BTreeMap<Arc<str>, String> = values.iter().map(|(name, value)| (Arc::from(*name), (*value).to_owned())).collect();
    Write::Dispatch { workflow: ".github/workflows/redeploy.yml".into(), branch: "main".into(), inputs }
}

/// Whose answer was lost may have been taken: the next plan for the same place says so, and wants a reason.
#[test]
fn what_may_have_been_taken_is_remembered() {
    let mut stage = stage();
    let begin = |stage: &mut Stage| {
        stage.keys("3 D enter tab tab space enter");
    };
    begin(&mut stage);
    assert!(!stage.text().contains("may have been taken"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("'h-prod enter");
    let sent = orders(&stage);
    let fault = Fault::new(FaultKind::Unreachable, "GitHub did not answer.");
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Unclear(fault) });
    begin(&mut stage);
    assert!(stage.text().contains("the dispatch that was sent at 02:57"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("'again enter 'h-prod enter");
    let sent = orders(&stage);
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Done(Receipt::default()) });
    begin(&mut stage);
    assert!(!stage.text().contains("may have been taken"), "{}", stage.text());
}

/// A plan is made anew when it is confirmed: if it is another one by then, it is shown, and what was said is kept.
#[test]
fn a_plan_that_has_changed_is_shown_again_and_nothing_is_sent() {
    let mut stage = stage();
    stage.keys("3 D enter tab tab space enter");
    let _ = stage.asked();
    let other = Run { id: RunId(5_000_000_000), number: 4131, ..run(Progress::InProgress) };
    stage.tell(report(Topic::Runs, News::Runs(vec![other, run(Progress::Waiting)]), 0));
    stage.keys("'h-prod enter");
    assert!(orders(&stage).is_empty());
    let text = stage.text();
    assert!(text.contains("run #4131 of Deploy, which is in progress") && text.contains("\"cancels\" has come (run #4131"), "{text}");
    stage.keys("'h-prod enter");
    assert_eq!(orders(&stage).len(), 1);
}

/// Who has gone on to something else is not taken away from it.
#[test]
fn what_was_started_is_followed_only_where_it_was_confirmed() {
    let mut stage = stage();
    stage.keys("3 D enter tab tab space enter");
    let _ = stage.asked();
    stage.keys("'h-prod enter");
    let sent = orders(&stage);
    stage.keys("g g 1");
    let receipt = Receipt { run: Some(RunId(9)), url: None };
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Done(receipt) });
    assert!(stage.line(41).contains("3 shows its run") && !stage.line(0).contains("ship sheet"), "{}", stage.text());
}

/// Two panes may show the same: what was confirmed in one is not followed in the other.
#[test]
fn what_was_started_is_followed_in_the_pane_where_it_was_confirmed() {
    for (meanwhile, follows) in [("", true), ("ctrl-w w", false), ("ctrl-w w ctrl-w w", true), ("ctrl-w o", true)] {
        let mut stage = Stage::on(forge::rich((200, 60)));
        stage.keys("3 ctrl-w v D enter tab tab space enter");
        let _ = stage.asked();
        stage.keys("'h-prod enter");
        let sent = orders(&stage);
        stage.keys(meanwhile);
        let receipt = Receipt { run: Some(RunId(9)), url: None };
        stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Done(receipt) });
        assert_eq!(stage.text().contains("ship sheet"), follows, "{meanwhile}\n{}", stage.text());
    }
}

/// The workflow that deploys to what is selected is first, its tick is set; the run that it would cancel is named.
#[test]
fn a_workflow_is_started_with_its_inputs_after_naming_the_run_it_cancels() {
    let mut stage = stage();
    stage.keys("/ 'h-prod space 'region:us-west enter D");
    let text = stage.text();
    assert!(text.contains("start which workflow?"), "{text}");
    let redeploy = text.find("redeploy.yml").unwrap();
    assert!(redeploy < text.find("tasks.yml").unwrap(), "{text}");
    stage.keys("enter");
    let text = stage.text();
    assert!(text.contains("Redeploy of hypothesis/h"), "{text}");
    assert!(stage.lines_with("production  ")[0].contains("[x] yes"), "{text}");
    assert!(stage.lines_with("production_canada")[0].contains("[ ] no"), "{text}");
    stage.keys("enter");
    let text = stage.text();
    assert!(text.contains("run #4130 of Deploy, which is waiting"), "{text}");
    assert!(text.contains("h-prod us-west-1") && text.contains("type h-prod"), "{text}");
    let _ = stage.asked();
    stage.keys("'h-prod enter");
    let sent = orders(&stage);
    let values = [("staging", "false"), ("staging_websocket", "false"), ("production", "true"), ("production_canada", "false")];
    assert_eq!(sent[0].write, redeploys(&values));
    assert!(sent[0].plan.contains("production=true") && sent[0].plan.contains("h-prod us-west-1"), "{}", sent[0].plan);
    // What was started is followed.
    let receipt = Receipt { run: Some(RunId(9)), url: None };
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Done(receipt) });
    let started = Run { id: RunId(9), number: 77, event: "workflow_dispatch".into(), ..run(Progress::Queued) };
    stage.tell(report(Topic::Runs, News::Runs(vec![started]), 0));
    assert!(stage.text().contains("run #77 queued"), "{}", stage.text());
}

#[test]
fn two_ticks_are_two_environments_and_the_count_is_typed() {
    let mut stage = stage();
    stage.keys("3 D enter tab tab space tab space enter");
    let text = stage.text();
    assert!(text.contains("type 2"), "{text}");
    stage.keys("esc");
    assert!(stage.line(41).contains("nothing was sent"), "{}", stage.line(41));
}

#[test]
fn without_a_tick_nothing_is_deployed_and_the_run_is_cancelled_all_the_same() {
    let mut stage = stage();
    stage.keys("3 D enter enter");
    let text = stage.text();
    assert!(text.contains("nothing: no job that deploys is ticked") && text.contains("run #4130 of Deploy"), "{text}");
}

/// A tick that no deploying job asks for may be some other job's: what that does is not known, and one `y` is not enough.
#[test]
fn what_no_deploying_job_asks_for_is_not_taken_for_nothing() {
    let mut stage = stage();
    let mut overview = forge::overview_with_a_tag();
    for input in overview.manual.iter_mut().flat_map(|manual| &mut manual.inputs).filter(|input| input.description.is_empty()) {
        (input.name, input.kind) = ("reindex".into(), InputKind::Tick);
    }
    stage.tell(report(Topic::Overview, News::Overview(Box::new(overview)), 0));
    stage.keys("3 D enter backtab space enter");
    let text = stage.text();
    assert!(text.contains("reindex=true") && text.contains("? what it does is not known here"), "{text}");
    assert!(text.contains("type redeploy.yml"), "{text}");
    let _ = stage.asked();
    stage.keys("y");
    assert!(orders(&stage).is_empty());
}

/// What is deployed where nobody says which version may be older than what runs.
#[test]
fn a_version_that_is_left_out_needs_a_reason() {
    let mut stage = stage();
    stage.tell(report(Topic::Overview, News::Overview(Box::new(forge::overview_with_a_tag())), 0));
    stage.keys("3 D enter tab tab space enter");
    let text = stage.text();
    assert!(text.contains("image_tag is left empty: what is deployed then is not known") && text.contains("reason"), "{text}");
}

#[test]
fn inputs_are_checked_before_there_is_a_plan() {
    let mut stage = stage();
    stage.keys("3 D j enter enter");
    assert!(stage.text().contains("image_tag must be given"), "{}", stage.text());
    stage.keys("'77c1d09 enter");
    // It can be sent, since images may be tagged so; and it is said.
    let text = stage.text();
    assert!(text.contains("image_tag 77c1d09 is a short hash: the whole one is") && text.contains(NEW), "{text}");
    stage.keys("esc D j enter tab tab 'nonsense enter");
    assert!(stage.text().contains("is no commit's hash"), "{}", stage.text());
    stage.keys("ctrl-u");
    stage.raw(crossterm::event::Event::Paste(NEW.to_owned())).keys("backtab ctrl-u 'soon enter");
    assert!(stage.text().contains("timeout must be a number"), "{}", stage.text());
    stage.keys("ctrl-u '60 enter");
    let text = stage.text();
    assert!(text.contains("what it does is not known here") && text.contains("type tasks.yml"), "{text}");
    let _ = stage.asked();
    stage.keys("'tasks.yml enter");
    let Write::Dispatch { inputs, .. } = &orders(&stage)[0].write else { panic!() };
    let values: Vec<(&str, &str)> = inputs.iter().map(|(name, value)| (&**name, value.as_str())).collect();
    assert_eq!(values, [("image_tag", NEW), ("task", "db upgrade to head"), ("timeout", "60")]);
}

#[test]
fn a_commit_that_nobody_has_built_needs_a_reason() {
    let mut stage = stage();
    stage.keys("3 D j enter tab tab");
    stage.raw(crossterm::event::Event::Paste("0123456789".repeat(4))).keys("enter");
    let text = stage.text();
    assert!(text.contains("no run is known that has built 0123456, and no environment runs it"), "{text}");
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
}

#[test]
fn a_change_is_reverted_by_a_pull_request() {
    let mut stage = stage();
    stage.keys("u");
    while !stage.lines_with("▌").iter().any(|line| line.contains("#7702")) {
        stage.keys("j");
    }
    stage.keys("U");
    let text = stage.text();
    assert!(text.contains("Open a pull request that reverts #7702") && text.contains("nothing is merged or deployed"), "{text}");
    let _ = stage.asked();
    stage.keys("'it space 'breaks enter y");
    assert!(orders(&stage).is_empty() && stage.text().contains("type y"), "{}", stage.text());
    stage.keys("enter");
    let sent = orders(&stage);
    assert_eq!(sent[0].write, Write::Revert { pull: PullNumber(7702), body: "Reverts #7702, from Quarterdeck.\n\nit breaks".into() });
    let fault = Fault::new(FaultKind::Unreachable, "GitHub did not answer.");
    stage.tell(Event::Written { order: Box::new(sent[0].clone()), sent: Sent::Unclear(fault) });
    assert!(stage.line(41).contains("not known whether GitHub has taken it"), "{}", stage.line(41));
}

#[test]
fn read_only_writes_nothing_of_any_kind() {
    let mut state = forge::rich((140, 42));
    state.read_only = true;
    let mut stage = Stage::on(state);
    for (keys, place) in [("X", "3"), ("D", "3"), ("X", "3 enter"), ("A", "3 enter"), ("ctrl-x", "3 enter"), ("D", "3 enter")] {
        stage.keys(&format!("{place} {keys}"));
        refused(&mut stage, keys);
    }
    stage.keys("3 enter");
    failed(&mut stage, None);
    stage.keys("F");
    refused(&mut stage, "F");
    stage.keys("2");
    select(&mut stage, "#7702");
    stage.keys("U");
    refused(&mut stage, "U");
}

/// It says that nothing is changed, and what would confirm it sends nothing.
fn refused(stage: &mut Stage, keys: &str) {
    assert!(stage.line(41).contains("read-only: nothing is changed from here"), "{keys}: {}", stage.line(41));
    stage.keys("y enter 'x enter '2 enter 'h-prod enter");
    assert!(orders(stage).is_empty(), "{keys}");
}

/// Moves the selection of the Pending screen to this pull request.
fn select(stage: &mut Stage, name: &str) {
    for _ in 0..20 {
        if stage.lines_with("▌").iter().any(|line| line.contains(name)) {
            return;
        }
        stage.keys("j");
    }
    panic!("{name} is not there: {}", stage.text());
}

#[test]
fn what_a_change_changes_is_read_in_place() {
    let mut stage = stage();
    stage.keys("u");
    select(&mut stage, "#7703");
    stage.keys("d");
    let text = stage.text();
    assert!(text.contains("#7703 Limit the length of titles") && text.contains("h/config.py  (new)"), "{text}");
    assert!(text.contains("+    settings_manager.set(\"title_limit\", \"H_TITLE_LIMIT\")"), "{text}");
    assert!(!text.contains("12ab_title.py") && !text.contains('\u{202e}'), "{text}");
    stage.keys("q");
    assert!(stage.line(0).contains("pending › h"), "{}", stage.line(0));
    stage.keys("g d");
    assert!(stage.line(41).contains("select a change"), "{}", stage.line(41));
}

#[test]
fn the_checks_of_a_change_are_read_in_place() {
    let mut stage = stage();
    stage.keys("2");
    select(&mut stage, "#7704");
    stage.keys("i");
    let text = stage.text();
    assert!(text.contains("checks of #7704 at 91aa3f0") && text.contains("1 not over") && text.contains("↻ Tests"), "{text}");
}

/// A page opens in a browser; where there is none, its address goes to the clipboard.
#[test]
fn pages_are_opened_or_copied() {
    let mut stage = stage();
    stage.keys("u");
    select(&mut stage, "#7703");
    stage.keys("o");
    let text = stage.text();
    assert!(text.contains("pull request #7703") && text.contains("run #4130"), "{text}");
    let _ = stage.asked();
    stage.keys("enter");
    let address: Arc<str> = "https://github.com/hypothesis/h/pull/7703".into();
    assert!(stage.asked().contains(&Effect::Open(Arc::clone(&address))));
    stage.tell(Event::NotOpened(Arc::clone(&address)));
    assert_eq!(stage.shown().copied.as_deref(), Some(&*address));
    assert!(stage.line(41).contains("handed to the terminal's clipboard"), "{}", stage.line(41));
    stage.keys("o j c");
    assert!(stage.shown().copied.as_deref().is_some_and(|text| text.ends_with("/runs/4130000001")));
}
