//! Promotion by merging a pull request: keys in, list, form, plan and order out.

use quarterdeck::app::event::Effect;
use quarterdeck::model::catalogue::Way;
use quarterdeck::model::commit::{OpenPull, OpenPulls};
use quarterdeck::model::forge::{Between, News, Topic};
use quarterdeck::model::id::{PullNumber, Sha};
use quarterdeck::model::run::{Conclusion, Progress};
use quarterdeck::model::write::{MergeMethod, Order, Premise, Write};

use crate::support::fleet::ago;
use crate::support::forge::{self, NEW, RUN, report, run};
use crate::support::stage::Stage;

fn pull(number: u64, title: &str, author: Option<&str>, is_draft: bool) -> OpenPull {
    OpenPull {
        number: PullNumber(number),
        title: title.into(),
        author: author.map(Into::into),
        head: Sha::new(NEW).unwrap(),
        is_draft,
        created_at: Some(ago(3 * 3_600)),
    }
}

/// A console on an app that is promoted by merging; nothing waits for approval.
fn stage() -> Stage {
    let mut stage = Stage::on(forge::rich_with((140, 42), |catalogue| catalogue.apps[0].promotion = Way::Merge));
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 0));
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
    stage
}

fn tell(stage: &mut Stage, each: Vec<OpenPull>) {
    stage.tell(report(Topic::OpenPulls("main".into()), News::OpenPulls(OpenPulls { each, is_complete: true }), 0));
}

fn begin(stage: &mut Stage) {
    stage.keys("/ 'h-prod space 'region:us-west enter A");
}

/// The writes that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

#[test]
fn a_pull_request_is_merged_once_after_its_plan() {
    let mut stage = stage();
    begin(&mut stage);
    assert!(stage.line(41).contains("its open pull requests were not read yet"), "{}", stage.line(41));
    tell(&mut stage, vec![pull(41, "Show prices \u{1b}[31m\u{202e}", None, true), pull(40, "Limit titles", Some("grace"), false)]);
    stage.keys("A");
    let text = stage.text();
    assert!(text.contains("merge which pull request?") && text.contains("(account gone)  3h  draft"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    stage.keys("j enter space enter");
    let between = Between { base: Sha::new("8a52aea").unwrap(), head: Sha::new(NEW).unwrap() };
    stage.tell(report(Topic::Comparison(between), News::Comparison(Box::new(forge::to_production())), 0));
    stage.keys("enter");
    let text = stage.text();
    assert!(text.contains("Merge #40 of hypothesis/h into main (squash) at 77c1d09") && text.contains("@grace"), "{text}");
    assert!(text.contains("the branch moves, and what deploys it starts by itself"), "{text}");
    let _ = stage.asked();
    stage.keys("'agreed enter '3 enter");
    let sent = orders(&stage);
    let head = Sha::new(NEW).unwrap();
    assert_eq!(sent[0].write, Write::Merge { pull: PullNumber(40), head: head.clone(), method: MergeMethod::Squash });
    assert_eq!(sent[0].premise, Premise::Open { pull: PullNumber(40), head, base: "main".into() });
    assert!(sent[0].plan.contains("merge #40 of hypothesis/h at 77c1d09 by squash (h-prod us-west-1"), "{}", sent[0].plan);
}

#[test]
fn a_draft_and_what_is_closed_meanwhile_are_not_merged() {
    let mut stage = stage();
    tell(&mut stage, vec![pull(41, "Show prices", None, true)]);
    begin(&mut stage);
    stage.keys("enter enter enter");
    assert!(stage.text().contains("#41 is a draft"), "{}", stage.text());
    tell(&mut stage, vec![]);
    stage.keys("enter");
    assert!(stage.text().contains("#41 is not open any more"), "{}", stage.text());
    stage.keys("esc A");
    assert!(stage.line(41).contains("no pull request is open"), "{}", stage.line(41));
    assert!(orders(&stage).is_empty());
}

/// Somebody pushed to it while it was decided on: what would be merged now is shown first.
#[test]
fn new_commits_of_a_pull_request_are_shown_before_it_is_merged() {
    let mut stage = stage();
    tell(&mut stage, vec![pull(40, "Limit titles", Some("grace"), false)]);
    begin(&mut stage);
    stage.keys("enter enter enter 'agreed enter '3");
    let _ = stage.asked();
    let moved = OpenPull { head: Sha::new("c".repeat(40).as_str()).unwrap(), ..pull(40, "Limit titles", Some("grace"), false) };
    tell(&mut stage, vec![moved]);
    stage.keys("enter");
    assert!(orders(&stage).is_empty());
    assert!(stage.text().contains("at ccccccc"), "{}", stage.text());
    assert!(stage.line(41).contains("the commit is another one since the dialog was opened"), "{}", stage.line(41));
}
