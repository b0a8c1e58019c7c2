//! What is pending, the ship sheet, and answering to a run: keys in, screen out.

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::clock::Stamp;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{News, Report, Topic};
use quarterdeck::model::id::{GateId, JobId};
use quarterdeck::model::lock::{Known, Lock, Locks};
use quarterdeck::model::property::Property;
use quarterdeck::model::run::{Conclusion, Gate, Job, Jobs, Progress, Run};
use quarterdeck::model::sighting::{Question, Reading};
use quarterdeck::model::write::{Order, Receipt, Sent, Write};

use crate::support::fleet::{NOW, ago, answer, key};
use crate::support::forge::{self, RUN, gate, report, repository, run};
use crate::support::stage::Stage;

fn stage(width: u16, height: u16) -> Stage {
    Stage::on(forge::rich((width, height)))
}

/// The answers that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

/// Tells which properties both productions have.
fn tell_properties(stage: &mut Stage, canada: &[&str]) {
    let names = |names: &[&str]| Reading {
        properties: Some(std::sync::Arc::new(names.iter().map(|name| (std::sync::Arc::from(*name), Property::Reference)).collect())),
        ..Reading::default()
    };
    let of = |region: &str, reading| answer(Question::Properties, region, 1, vec![(key(region, "h-prod"), reading)]);
    stage.tell(Event::Observed(vec![of("us-west-1", names(&["H_TITLE_LIMIT"])), of("ca-central-1", names(canada))]));
}

#[test]
fn the_fleet_tells_how_far_each_environment_is_behind() {
    let stage = stage(140, 42);
    let rows = stage.lines_with("h-prod");
    assert!(rows.iter().any(|row| row.contains("3 ⇡3")), "{rows:?}");
    let staging = stage.lines_with("h-staging");
    assert!(staging[0].contains("1 ⇡1"), "{staging:?}");
    assert!(stage.line(0).contains("◔ 1 to approve"), "{}", stage.line(0));
}

#[test]
fn pending_shows_the_chain_of_an_app_and_where_each_change_is() {
    let mut stage = stage(140, 42);
    stage.keys("u");
    assert!(stage.line(0).contains("pending › h"), "{}", stage.line(0));
    let text = stage.text();
    assert!(text.contains("h-prod ca-central-1, us-west-1 ← h-staging"), "{text}");
    assert!(text.contains("3 commits, 3 PRs") && text.contains("#7691"), "{text}");
    let waiting = stage.lines_with("#7702").join("\n");
    assert!(waiting.contains("◔ waits for approval") && waiting.contains("(account gone)"), "{waiting}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    stage.keys("m");
    let text = stage.text();
    assert!(text.contains("pending › mine") && text.contains("#7691") && !text.contains("#7702"), "{text}");
    stage.keys("2");
    assert!(stage.line(0).contains("all"), "{}", stage.line(0));
}

#[test]
fn the_inbox_leads_to_the_sheet() {
    let mut stage = stage(140, 42);
    stage.keys("3");
    let row = stage.lines_with("hypothesis/h #4130").join("");
    assert!(row.contains("Production, Production (Canada)") && row.contains("3d") && row.contains("✔ may approve"), "{row}");
    stage.keys("enter");
    assert!(stage.line(0).contains("ship sheet › hypothesis/h #4130"), "{}", stage.line(0));
    stage.keys("esc");
    assert!(stage.line(0).contains("promotions"), "{}", stage.line(0));
}

#[test]
fn the_sheet_names_a_dangerous_migration_and_a_missing_variable() {
    for (width, height) in [(80, 24), (140, 42), (200, 60)] {
        let mut stage = stage(width, height);
        stage.keys("3 enter");
        tell_properties(&mut stage, &["DATABASE_URL"]);
        let text = stage.text().replace(['\n', '│'], " ");
        let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("H_TITLE_LIMIT is not set in h-prod ca-central-1"), "{width}: {}", stage.text());
        if height > 24 {
            assert!(words.contains("adds a NOT NULL column without a server default (document.title)"), "{width}: {}", stage.text());
        }
        assert!(words.contains("in the way"), "{}", stage.text());
    }
}

#[test]
fn a_check_in_the_way_asks_for_a_reason_and_the_count_is_typed() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    tell_properties(&mut stage, &["DATABASE_URL"]);
    let _ = stage.asked();
    stage.keys("A");
    let text = stage.text();
    assert!(text.contains("Approve run #4130 of hypothesis/h at 77c1d09") && text.contains("@ada on GitHub"), "{text}");
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
    stage.keys("'canada space 'is space 'done space 'by space 'hand enter '3 enter");
    assert!(stage.text().contains("that is not what has to be typed"), "{}", stage.text());
    assert!(orders(&stage).is_empty());
    stage.keys("backspace '2 enter");
    let sent = orders(&stage);
    assert_eq!(sent.len(), 1);
    let comment = "canada is done by hand".to_owned();
    assert_eq!(sent[0].write, Write::Review { run: RUN, gates: vec![GateId(11), GateId(12)], approve: true, comment });
    assert!(stage.text().contains("it is on its way"), "{}", stage.text());
    let order = Box::new(sent[0].clone());
    stage.tell(Event::Written { order, sent: Sent::Done(Receipt::default()) });
    assert!(stage.text().contains("✔ approved by you"), "{}", stage.text());
}

/// What is read while a reason is written is drawn; what is read while it is being confirmed has to be looked at first.
#[test]
fn what_gets_known_is_drawn_until_the_confirmation_is_begun() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'why enter");
    assert!(stage.text().contains("type 2"), "{}", stage.text());
    assert!(stage.text().contains("2 is the number of environments  ·  ⏎ approves  ·  ⇤ back to the reason"), "{}", stage.text());
    tell_properties(&mut stage, &["H_TITLE_LIMIT"]);
    let is_unknown = |stage: &Stage| stage.lines_with("✖  ").iter().any(|line| line.contains("whether H_TITLE_LIMIT is set"));
    assert!(!is_unknown(&stage) && stage.text().contains("why"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("'2");
    let environment = key("us-west-1", "h-prod");
    let lock = Lock { environment: environment.clone(), by: "@kim".into(), at: ago(60), until: None, reason: "an index".into() };
    stage.tell(Event::Locks(Locks { each: [(environment, lock)].into(), known: Known::Yes })).keys("enter");
    assert!(orders(&stage).is_empty(), "{}", stage.text());
    let marked = stage.lines_with("▎");
    assert!(marked.iter().any(|line| line.contains("h-prod us-west-1 is locked by @kim")), "{marked:?}\n{}", stage.text());
    assert!(stage.text().contains("the checks have changed; confirm again"), "{}", stage.text());
    // The keys are where they were: what is typed next is no part of the reason.
    stage.keys("'2 enter");
    assert!(matches!(&orders(&stage)[0].write, Write::Review { comment, .. } if comment == "why"));
}

#[test]
fn an_approval_tells_what_its_sheet_warns_of() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A");
    let warned = |line: &String| line.contains("▲          ") && line.contains("NOT NULL column");
    assert!(stage.lines_with("▲").iter().any(warned), "{}", stage.text());
    assert!(stage.text().contains("in the way  ·  ⏎ to the confirmation"), "{}", stage.text());
    stage.keys("esc");
    assert!(stage.text().contains("nothing was sent"), "{}", stage.text());
    stage.keys("X");
    let text = stage.text();
    assert!(text.contains("then y     rejects") && text.contains("it may be empty  ·  ⏎ to the confirmation"), "{text}");
    assert!(!text.contains("nothing was sent"), "{text}");
}

#[test]
fn one_gate_can_be_left_out_and_its_environment_s_name_is_typed() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter j space");
    assert!(stage.text().contains("[ ] Production (Canada)"), "{}", stage.text());
    assert!(stage.text().contains("Production (Canada) stays as it is"), "{}", stage.text());
    stage.keys("A 'x enter");
    assert!(stage.text().contains("type h-prod"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("'h-prod enter");
    assert!(matches!(&orders(&stage)[0].write, Write::Review { gates, .. } if gates.as_slice() == [GateId(11)]));
}

#[test]
fn a_rejection_takes_one_y_and_always_says_something() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter X enter");
    assert!(stage.text().contains("the jobs behind these gates fail"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("y");
    let sent = orders(&stage);
    let is_one = |write: &Write| matches!(write, Write::Review { approve: false, comment, .. } if comment == "rejected from Quarterdeck");
    assert!(sent.len() == 1 && is_one(&sent[0].write), "{sent:?}");
}

/// What the decision rests on is looked at again when it is confirmed.
#[test]
fn what_changed_since_the_dialog_was_opened_stops_the_answer() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'x enter '2");
    let _ = stage.asked();
    let cancelled = run(Progress::Completed(Conclusion::Cancelled));
    stage.tell(report(Topic::Runs, News::Runs(vec![cancelled]), 0));
    stage.keys("enter");
    assert!(orders(&stage).is_empty());
    assert!(stage.line(41).contains("nothing was sent: this run does not wait for anybody"), "{}", stage.line(41));
}

#[test]
fn pasted_text_does_not_confirm() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'x enter");
    let _ = stage.asked();
    stage.raw(crossterm::event::Event::Paste("2".to_owned())).keys("enter");
    assert!(orders(&stage).is_empty(), "{}", stage.text());
    stage.keys("esc");
    assert!(stage.line(41).contains("nothing was sent"), "{}", stage.line(41));
}

#[test]
fn an_answer_whose_fate_is_not_known_is_said_to_be() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'x enter '2 enter");
    let order = Box::new(orders(&stage)[0].clone());
    let fault = Fault::new(FaultKind::Unreachable, "GitHub did not answer.");
    stage.tell(Event::Written { order: order.clone(), sent: Sent::Unclear(fault) });
    assert!(stage.text().contains("? whether it is approved is not known"), "{}", stage.text());
    let fault = Fault::new(FaultKind::Refused, "GitHub says no.");
    stage.tell(Event::Written { order, sent: Sent::Refused(fault) });
    assert!(stage.text().contains("✖ not approved: nothing has changed"), "{}", stage.text());
}

#[test]
fn whoever_may_not_approve_and_whoever_is_read_only_cannot() {
    let mut stage = stage(140, 42);
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![gate(11, "Production", false)]), 0));
    stage.keys("3 enter A");
    assert!(stage.line(41).contains("GitHub does not let you answer"), "{}", stage.line(41));
    let mut state = forge::rich((140, 42));
    state.read_only = true;
    let mut stage = Stage::on(state);
    stage.keys("3 enter A");
    assert!(stage.line(41).contains("read-only"), "{}", stage.line(41));
}

#[test]
fn after_the_answer_the_environments_are_followed_until_they_run_it() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::InProgress)]), 0));
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
    let text = stage.text();
    assert!(text.contains("run #4130 in progress") && text.contains("h-prod us-west-1     · still 8a52aea"), "{text}");
}

fn tell_run(stage: &mut Stage, progress: Progress) {
    stage.tell(report(Topic::Runs, News::Runs(vec![run(progress)]), 0));
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
}

/// No list of what waits has the run any more, and GitHub tells no more what was behind its gates.
#[test]
fn what_was_approved_here_is_found_again_and_its_end_is_told_wherever_one_is() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'why enter '2 enter");
    let order = Box::new(orders(&stage)[0].clone());
    stage.keys("esc");
    // Whoever leaves before the answer sees it all the same.
    stage.tell(Event::Written { order, sent: Sent::Done(Receipt::default()) });
    tell_run(&mut stage, Progress::InProgress);
    let row = stage.lines_with("hypothesis/h #4130").join("");
    assert!(row.contains("Production, Production (Canada)") && row.contains("↻ in progress"), "{}", stage.text());
    assert!(stage.text().contains("approved here 0s ago"), "{}", stage.text());
    stage.keys("enter");
    let text = stage.text();
    assert!(stage.line(1).contains(": 3 commits, 3 PRs, 2 authors"), "{text}");
    assert!(text.contains("✔ approved by you") && text.contains("h-prod us-west-1     · still 8a52aea"), "{text}");
    stage.keys("1");
    tell_run(&mut stage, Progress::Completed(Conclusion::Failure));
    assert!(stage.line(41).contains("#4130 of hypothesis/h, approved here, has failed: 3 shows it"), "{}", stage.text());
    assert!(stage.line(0).contains("✖ 1 of your runs failed"), "{}", stage.line(0));
    stage.keys("3");
    let row = stage.lines_with("hypothesis/h #4130").join("");
    assert!(row.contains("✖ failure"), "{row}");
    stage.keys("enter");
    assert!(!stage.line(0).contains("of your runs failed"), "it is looked at: {}", stage.line(0));
    // The same is told once.
    stage.keys("1").pass(60);
    tell_run(&mut stage, Progress::Completed(Conclusion::Failure));
    assert!(!stage.text().contains("has failed"), "{}", stage.text());
    stage.pass(3_700).keys("3");
    assert!(!stage.text().contains("#4130"), "{}", stage.text());
}

#[test]
fn what_was_not_taken_is_not_listed_as_approved() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter A 'why enter '2 enter");
    let order = Box::new(orders(&stage)[0].clone());
    let sent = Sent::Refused(Fault::new(FaultKind::Denied, "you may not approve it"));
    stage.tell(Event::Written { order, sent }).keys("esc esc");
    tell_run(&mut stage, Progress::InProgress);
    assert!(!stage.lines_with("hypothesis/h #4130").join("").contains("in progress"), "{}", stage.text());
}

/// A deploy that failed in the middle leaves several versions: what is undeployed there is asked then most of all.
#[test]
fn where_several_versions_run_it_is_told_what_has_not_arrived_everywhere() {
    let mut stage = stage(140, 42);
    stage.keys("u");
    let text = stage.text();
    let heading = stage.lines_with("h-websocket-prod us-west-1 ←").join("");
    assert!(heading.contains("2 versions → 77c1d09  ◐ 3 commits not everywhere"), "{text}");
    assert_eq!(stage.lines_with("◐ runs on 10 of 12").len(), 3, "{text}");
    // What has arrived nowhere stands as it did.
    assert_eq!(stage.lines_with("#7691").len(), 2, "{text}");
    stage.keys("G");
    assert!(stage.text().contains("runs on 10 of 12 instances"), "{}", stage.text());
    stage.keys("k k k");
    assert!(stage.text().contains("◐ 3 commits not everywhere  runs 10×77c1d09 2×8a52aea"), "{}", stage.text());
}

/// The gates of a run are read at another time than the list of the runs.
#[test]
fn what_was_answered_is_followed_while_the_run_is_still_said_to_wait() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    let ships = ": 3 commits, 3 PRs, 2 authors";
    assert!(stage.line(1).contains(ships), "{}", stage.text());
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
    assert!(stage.line(1).contains(ships), "{}", stage.text());
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::InProgress)]), 0));
    let text = stage.text();
    assert!(stage.line(1).contains(ships), "{text}");
    assert!(text.contains("h-prod us-west-1     · still 8a52aea") && text.contains("Add column document.title"), "{text}");
}

#[test]
fn without_a_repository_nothing_of_github_is_shown() {
    let mut stage = Stage::rich(140, 42);
    assert!(!stage.line(1).contains("BEHIND") && !stage.line(41).contains("pending"), "{}", stage.text());
    stage.keys("2");
    assert!(stage.line(41).contains("no app has a repository"), "{}", stage.line(41));
}

#[test]
fn the_sheet_is_copied_as_markdown_that_does_nothing_but_tell() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    tell_properties(&mut stage, &["DATABASE_URL"]);
    stage.keys("c");
    let copied = stage.shown().copied.clone().unwrap();
    for part in [
        "### 77c1d09 ships to production: `hypothesis/h` run #4130",
        "- from 8a52aea: `h-prod us-west-1`, `h-prod ca-central-1`",
        "- #7702 `Add column document.title` by (account gone)",
        "- ✖ `H_TITLE_LIMIT is not set in h-prod ca-central-1`",
        "To tell: @ada @grace",
    ] {
        assert!(copied.contains(part), "{part} is not in\n{copied}");
    }
    assert!(!copied.contains('\u{1b}') && !copied.contains('\u{202e}'), "{copied}");
    assert!(stage.line(41).contains("clipboard"), "{}", stage.line(41));
}

/// What GitHub told stays, with why it could not be read since and how old it is.
#[test]
fn what_github_does_not_tell_any_more_is_said_to_be_old() {
    let mut stage = stage(140, 42);
    let fault = Fault::new(FaultKind::Expired, "GitHub does not accept the token: run gh auth login.");
    let stamp = Stamp { asked_at: ago(1), sequence: NOW.unsigned_abs() };
    stage.tell(Event::Told(Box::new(Report { repository: repository(), topic: Topic::Runs, stamp, news: Err(fault) })));
    for keys in ["3", "enter", "2"] {
        stage.keys(keys);
        assert!(stage.line(41).contains("▲ GitHub expired, last read 3s ago"), "{}", stage.line(41));
        assert!(stage.text().contains("! GitHub does not accept the token"), "{keys}: {}", stage.text());
    }
    stage.keys("1");
    assert!(stage.line(41).contains("eu-central-1"), "{}", stage.line(41));
}

/// What a comparison has not told yet is no zero.
#[test]
fn how_much_ships_is_not_known_before_it_is_compared() {
    let mut state = forge::rich((140, 42));
    // Another version runs by now, which nobody has compared.
    let mut facts = crate::support::fleet::facts();
    for fact in facts.iter_mut().filter(|fact| fact.name == "h-prod") {
        fact.label = "h-prod20221110T123456Z-20221110-g1234567".to_owned();
        fact.instances = crate::support::fleet::instances(2, &fact.label, 600);
    }
    for region in ["us-west-1", "ca-central-1"] {
        let _ = quarterdeck::app::update::update(&mut state, Event::Observed(crate::support::fleet::told(&facts, region, 0)));
    }
    let mut stage = Stage::on(state);
    stage.keys("3 enter");
    assert!(stage.line(1).contains("how much is not known"), "{}", stage.text());
    assert!(!stage.line(1).contains("0 commits"), "{}", stage.line(1));
}

#[test]
fn a_run_with_more_jobs_than_were_read_says_so() {
    let job = Job {
        id: JobId(1),
        name: "Production".into(),
        progress: Progress::InProgress,
        started_at: None,
        completed_at: None,
        steps: Vec::new(),
        url: "https://github.com/x".into(),
    };
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 0));
    for is_complete in [true, false] {
        let jobs = Jobs { each: vec![job.clone(), job.clone()], is_complete };
        stage.tell(report(Topic::Jobs(RUN), News::Jobs(jobs), 0));
        let text = stage.text();
        assert!(text.contains("Production  in progress"), "{text}");
        assert_eq!(text.contains("the first 2 jobs only"), !is_complete, "{text}");
    }
}

/// How far behind something is that was not read yet is a dot, which is no number and no doubt.
#[test]
fn before_github_is_read_behind_is_a_dot() {
    let mut stage = Stage::on(forge::unread((140, 42)));
    let behind = |stage: &Stage| {
        let text = stage.text();
        let column = stage.line(1).split_once("BEHIND").unwrap().0.chars().count();
        let row = text.lines().find(|line| line.contains("h-prod ") && line.contains("us-west-1")).unwrap();
        row.chars().skip(column).take(6).collect::<String>().trim().to_owned()
    };
    assert_eq!(behind(&stage), "·");
    for event in forge::told() {
        stage.tell(event);
    }
    assert!(behind(&stage).chars().any(|character| character.is_ascii_digit()), "{}", stage.text());
}

#[test]
fn before_a_repository_was_read_its_branch_has_no_name() {
    let mut stage = Stage::on(forge::unread((140, 42)));
    stage.keys("2");
    let text = stage.text();
    assert!(text.contains(" ← ?  ") && !text.contains("main"), "{text}");
    for event in forge::told() {
        stage.tell(event);
    }
    let text = stage.text();
    assert!(text.contains(" ← main  ") && !text.contains("← ?"), "{text}");
}

/// A gate with a timer opens for nobody before it is over: that is told where one decides, and where one looks.
#[test]
fn a_timer_is_told_with_what_is_left_of_it() {
    let mut stage = stage(140, 42);
    let timed = |since: Option<i64>| {
        let gate = Gate { wait_minutes: 30, wait_since: since.map(ago), ..gate(11, "Production", true) };
        report(Topic::Gates(RUN), News::Gates(vec![gate]), 0)
    };
    stage.tell(timed(Some(600))).keys("3");
    assert!(stage.text().contains("· Production timer of 30m, 20m left"), "{}", stage.text());
    stage.keys("enter");
    assert!(stage.text().contains("[x] Production  timer of 30m, 20m left"), "{}", stage.text());
    for (since, told) in [(None, true), (Some(3_600), false)] {
        stage.tell(timed(since));
        assert_eq!(stage.text().contains("[x] Production  timer of 30m  h-prod"), told, "{}", stage.text());
    }
}

#[test]
fn a_run_that_has_waited_for_weeks_is_said_to_expire() {
    let mut stage = stage(140, 42);
    let old = |days: i64| {
        let run = Run { created_at: Some(ago(days * 86_400)), ..run(Progress::Waiting) };
        report(Topic::Runs, News::Runs(vec![run]), 0)
    };
    stage.keys("3 enter").tell(old(20));
    assert!(!stage.text().contains("fails by itself"), "{}", stage.text());
    stage.tell(old(28));
    assert!(stage.text().contains("▲ it has waited for 28 days and fails by itself in 2 days"), "{}", stage.text());
}

/// What the platform says counts, whatever became of the workflow.
#[test]
fn a_workflow_may_fail_where_the_platform_succeeds_and_the_other_way_round() {
    let mut stage = stage(140, 42);
    stage.keys("3 enter");
    let mut facts = crate::support::fleet::facts();
    for fact in facts.iter_mut().filter(|fact| fact.name == "h-prod" && fact.region == "us-west-1") {
        fact.label = "h-prod20221113T025102Z-20221113-g77c1d09".to_owned();
        fact.instances = crate::support::fleet::instances(2, &fact.label, 60);
    }
    stage.tell(Event::Observed(crate::support::fleet::told(&facts, "us-west-1", 0)));
    for (conclusion, word) in [(Conclusion::Failure, "failure"), (Conclusion::Success, "success")] {
        stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(conclusion))]), 0));
        let text = stage.text();
        assert!(text.contains(&format!("run #4130 {word}")), "{text}");
        assert!(text.contains("h-prod us-west-1     ✔ runs 77c1d09") && text.contains("h-prod ca-central-1  · still 8a52aea"), "{text}");
    }
}
