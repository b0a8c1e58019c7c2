//! Promotion by a tag: keys in, form, plan and order out.

use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::catalogue::Way;
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::forge::{Between, News, Topic};
use quarterdeck::model::id::{RunId, Sha};
use quarterdeck::model::instance::{Instance, Instances};
use quarterdeck::model::pattern::NamePattern;
use quarterdeck::model::run::{Conclusion, Progress};
use quarterdeck::model::sighting::{Question, Reading};
use quarterdeck::model::tag::{Tag, Tags};
use quarterdeck::model::write::{Order, Premise, Sent, Write};

use crate::support::fleet;
use crate::support::forge::{self, NEW, RUN, report, run};
use crate::support::stage::Stage;

/// A console on an app that tags promote; nothing waits for approval.
fn stage(release: bool) -> Stage {
    let way = Way::Tag { pattern: NamePattern::new("v*"), release };
    let mut stage = Stage::on(forge::rich_with((140, 42), |catalogue| catalogue.apps[0].promotion = way));
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 0));
    stage.tell(report(Topic::Gates(RUN), News::Gates(vec![]), 0));
    stage
}

fn tags(stage: &mut Stage, names: &[&str]) {
    let commit = Sha::new("8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012").unwrap();
    let each = names.iter().map(|name| Tag { name: Arc::from(*name), commit: commit.clone() }).collect();
    stage.tell(report(Topic::Tags, News::Tags(Tags { each, is_complete: true }), 0));
}

/// The form for the production environment of the fleet's first region.
fn form(stage: &mut Stage) -> String {
    stage.keys("/ 'h-prod space 'region:us-west enter A");
    stage.text()
}

/// The writes that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

#[test]
fn the_next_version_is_suggested_on_what_was_tried() {
    let mut stage = stage(false);
    assert!(!form(&mut stage).contains("promote by a tag"), "{}", stage.text());
    assert!(stage.line(41).contains("its tags were not read yet"), "{}", stage.line(41));
    tags(&mut stage, &["v4.9", "v5", "rc-6", "v5\u{1b}[31m"]);
    stage.keys("A");
    let text = stage.text();
    assert!(text.contains("promote by a tag") && text.contains("v5.1") && text.contains(NEW), "{text}");
    assert!(text.contains("The latest is v5, on 8a52aea."), "{text}");
}

#[test]
fn a_tag_is_set_after_its_plan_and_the_count_of_what_it_reaches() {
    for release in [false, true] {
        let mut stage = stage(release);
        tags(&mut stage, &["v5"]);
        let _ = form(&mut stage);
        stage.keys("enter");
        assert!(stage.text().contains("is being read"), "{}", stage.text());
        let between = Between { base: Sha::new("8a52aea").unwrap(), head: Sha::new(NEW).unwrap() };
        stage.tell(report(Topic::Comparison(between), News::Comparison(Box::new(forge::to_production())), 0));
        stage.keys("enter");
        let text = stage.text();
        let what = if release { "Publish the release v5.1 at 77c1d09" } else { "Set the tag v5.1 at 77c1d09" };
        assert!(text.contains(what) && text.contains("h-prod us-west-1, h-websocket-prod us-west-1, h-prod ca-central-1"), "{text}");
        // What stands in the way comes first and wants a reason; what else was looked at follows.
        assert!(
            text.contains("✔          h-staging us-west-1 runs it") && text.contains("NOT NULL column without a server default"),
            "{text}"
        );
        assert!(text.contains("H_TITLE_LIMIT") && text.contains("reason") && text.contains("type 3"), "{text}");
        let _ = stage.asked();
        stage.keys("'agreed enter '3 enter");
        let sent = orders(&stage);
        let commit = Sha::new(NEW).unwrap();
        assert_eq!(sent[0].write, Write::Tag { name: "v5.1".into(), commit, release });
        assert_eq!(sent[0].premise, Premise::Free("v5.1".into()));
        assert!(sent[0].plan.contains("v5.1 at 77c1d09 of hypothesis/h (h-prod us-west-1"), "{}", sent[0].plan);
    }
}

/// What was sent meanwhile, and may have been taken, was not on the plan: it is shown first.
#[test]
fn a_tag_that_may_have_been_set_since_is_shown_before_it_is_set_again() {
    let mut stage = stage(false);
    tags(&mut stage, &["v5"]);
    let _ = form(&mut stage);
    let between = Between { base: Sha::new("8a52aea").unwrap(), head: Sha::new(NEW).unwrap() };
    stage.keys("enter").tell(report(Topic::Comparison(between), News::Comparison(Box::new(forge::to_production())), 0));
    let _ = stage.asked();
    stage.keys("enter 'agreed enter '3 enter");
    let order = orders(&stage).remove(0);
    stage.keys("A enter 'again enter '3");
    let unclear = Sent::Unclear(Fault::new(FaultKind::Unreachable, "GitHub did not answer."));
    stage.tell(Event::Written { order: Box::new(order), sent: unclear }).keys("enter");
    assert!(orders(&stage).is_empty());
    assert!(stage.line(41).contains("what stands in the way has changed since the dialog was opened"), "{}", stage.line(41));
    assert!(stage.text().contains("the tag that was sent at 02:57"), "{}", stage.text());
}

#[test]
fn what_cannot_be_a_tag_or_was_not_tried_is_refused_and_nothing_typed_is_lost() {
    let mut stage = stage(false);
    tags(&mut stage, &["v5"]);
    let _ = form(&mut stage);
    for (typed, says) in [
        ("'release-1", "would not be deployed: those that are fit v*"),
        ("'v5", "stands for 8a52aea already"),
        ("'v..6", "is no name that git takes for a tag"),
        ("'v6 tab ctrl-u '0123456789012345678901234567890123456789", "only what was tried goes to production"),
        ("'v6 tab ctrl-u 'abcdef1", "no commit that was read begins with abcdef1"),
    ] {
        stage.keys(&format!("ctrl-u {typed} enter"));
        // The first time the comparison is asked for.
        stage.keys("enter");
        let text = stage.text().replace('\n', " ");
        assert!(text.contains(says), "{typed}: {text}");
        assert!(orders(&stage).is_empty());
        if typed.contains("tab") {
            stage.keys("backtab");
        }
    }
}

#[test]
fn only_production_is_promoted_to_by_tags_and_nothing_where_nothing_is_written() {
    let mut stage = stage(false);
    tags(&mut stage, &["v5"]);
    stage.keys("/ 'h-staging enter A");
    assert!(stage.line(41).contains("select one of its environments"), "{}", stage.line(41));
    let mut state = forge::rich_with((140, 42), |catalogue| {
        catalogue.apps[0].promotion = Way::Tag { pattern: NamePattern::new("v*"), release: false };
    });
    state.read_only = true;
    let mut stage = Stage::on(state);
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 0));
    stage.tell(report(Topic::Gates(RunId(RUN.0)), News::Gates(vec![]), 0));
    tags(&mut stage, &["v5"]);
    let _ = form(&mut stage);
    assert!(stage.line(41).contains("read-only: nothing is changed from here"), "{}", stage.line(41));
}

/// A deploy that stopped half way leaves two versions in one environment: what ships differs by what each instance runs.
#[test]
fn of_an_environment_with_two_versions_what_ships_to_each_is_compared() {
    let mut stage = stage(false);
    tags(&mut stage, &["v5"]);
    let labels = ["20221110-g8a52aea", "20221101-g1c0ffee"];
    let each = labels.iter().flat_map(|label| fleet::instances(1, label, 3_600)).zip(["i-1", "i-2"]);
    let each = each.map(|(instance, id)| Instance { id: id.into(), ..instance }).collect();
    let told = Reading { instances: Some(Instances { each, ..Instances::default() }), ..Reading::default() };
    let seen = fleet::answer(Question::Instances, "us-west-1", 0, vec![(fleet::key("us-west-1", "h-prod"), told)]);
    stage.tell(Event::Observed(vec![seen]));
    let _ = stage.asked();
    let _ = form(&mut stage);
    stage.keys("enter");
    let wanted: Vec<Between> = stage
        .asked()
        .into_iter()
        .filter_map(|effect| if let Effect::FindOut(wanted) = effect { Some(wanted) } else { None })
        .flat_map(|wanted| wanted.repositories.into_values().flat_map(|wanted| wanted.comparisons))
        .collect();
    for base in ["8a52aea", "1c0ffee"] {
        let between = Between { base: Sha::new(base).unwrap(), head: Sha::new(NEW).unwrap() };
        assert!(wanted.contains(&between), "{base}: {wanted:?}");
    }
}
