//! What stands in a promotion's way by rule: keys in, screen out.

use jiff::tz::TimeZone;
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::catalogue::{Catalogue, Tier};
use quarterdeck::model::commit::{Comparison, Relation};
use quarterdeck::model::forge::{Between, News, Topic};
use quarterdeck::model::freeze::{Freeze, Recurrence, Stretch};
use quarterdeck::model::promotion::OlderVersions;
use quarterdeck::model::run::{Conclusion, Progress};
use quarterdeck::model::write::{Order, Write};

use crate::support::fleet::ago;
use crate::support::forge::{self, HEAD, OLD, report, run};
use crate::support::stage::Stage;

fn stage(say: impl FnOnce(&mut Catalogue)) -> Stage {
    Stage::on(forge::rich_with((140, 42), say))
}

/// The screen's words, lines joined.
fn words(stage: &Stage) -> String {
    stage.text().replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The writes that were to be sent.
fn orders(stage: &Stage) -> Vec<Order> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Write(order) = effect { Some(*order) } else { None }).collect()
}

fn tell_all(stage: &mut Stage, events: Vec<Event>) {
    for event in events {
        stage.tell(event);
    }
}

#[test]
fn what_would_undo_commits_is_refused_and_names_them() {
    let mut stage = stage(|_| {});
    stage.keys("3 enter");
    tell_all(&mut stage, forge::going_back());
    let text = words(&stage);
    assert!(text.contains("77c1d09 is older than 8a52aea, which runs in h-prod us-west-1, h-prod ca-central-1"), "{text}");
    assert!(text.contains("it would undo 2 commits: #7702 Add column document.title, #7691 Add New Relic"), "{text}");
    assert!(text.contains("going back crosses migrations: h/migrations/versions/12ab_title.py"), "{text}");
    stage.keys("A");
    assert!(stage.line(41).contains("it would undo what runs: roll forward instead, U reverts"), "{}", stage.line(41));
    assert!(!stage.text().contains("Approve run"), "{}", stage.text());
    // Saying no to it is always possible.
    stage.keys("X");
    assert!(stage.text().contains("Reject run #4130"), "{}", stage.text());
}

#[test]
fn where_the_app_may_go_back_a_reason_is_asked_for() {
    let mut stage = stage(|catalogue| catalogue.apps[0].shipping.older = OlderVersions::WithReason);
    stage.keys("3 enter");
    tell_all(&mut stage, forge::going_back());
    stage.keys("A enter");
    assert!(words(&stage).contains("✖ 77c1d09 is older than 8a52aea"), "{}", stage.text());
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
    let _ = stage.asked();
    stage.keys("'titles space 'break enter '2 enter");
    let sent = orders(&stage);
    assert!(matches!(&sent[0].write, Write::Review { approve: true, comment, .. } if comment == "titles break"), "{sent:?}");
    assert!(sent[0].plan.contains("although") && sent[0].plan.contains("is older than"), "{}", sent[0].plan);
}

/// How the commit that is typed lies to what runs is asked for, and asking for the plan again gets what is known by then.
#[test]
fn a_workflow_that_would_deploy_an_older_commit_is_not_started() {
    let mut stage = stage(|_| {});
    stage.tell(report(Topic::Overview, News::Overview(Box::new(forge::overview_with_a_tag())), 0));
    let _ = stage.keys("3 D enter tab tab space tab tab").asked();
    stage.raw(crossterm::event::Event::Paste(HEAD.to_owned())).keys("enter");
    assert!(words(&stage).contains("how that commit lies to what runs is being read: ⏎ again in a moment"), "{}", stage.text());
    let wanted = |effect: &Effect| match effect {
        Effect::FindOut(interest) => interest.repositories.values().flat_map(|wanted| wanted.comparisons.clone()).collect(),
        _ => Vec::new(),
    };
    let asked: Vec<Between> = stage.asked().iter().flat_map(wanted).collect();
    assert!(asked.iter().any(|between| between.head.as_str() == HEAD && between.base.as_str() == &OLD[..7]), "{asked:?}");
    // Without an answer it is not known, which needs a reason.
    stage.keys("enter");
    assert!(words(&stage).contains("✖ how 91aa3f0 lies to 8a52aea in h-prod us-west-1 is not known"), "{}", stage.text());
    let behind = Comparison { relation: Relation::Behind, ahead: 0, behind: 2, commits: vec![], ..forge::to_production() };
    let between = asked.into_iter().find(|between| between.head.as_str() == HEAD && between.base.as_str() == &OLD[..7]).unwrap();
    let answer = report(Topic::Comparison(between), News::Comparison(Box::new(behind)), 0);
    stage.tell(answer.clone());
    // What is told before it is confirmed counts.
    stage.keys("'why enter 'h-prod enter");
    assert!(stage.line(41).contains("nothing was sent: 91aa3f0 would undo commits that h-prod us-west-1 runs"), "{}", stage.line(41));
    // What was entered is there still.
    assert!(stage.lines_with("image_tag")[0].contains(HEAD) && stage.lines_with("production  ")[0].contains("[x] yes"), "{}", stage.text());
    stage.keys("esc D enter tab tab space tab tab");
    stage.raw(crossterm::event::Event::Paste(HEAD.to_owned())).keys("enter");
    stage.tell(answer).keys("enter");
    let text = words(&stage);
    assert!(text.contains("91aa3f0 would undo commits that h-prod us-west-1 runs: roll forward, U reverts"), "{text}");
    assert!(!text.contains("type h-prod") && orders(&stage).is_empty(), "{text}");
}

/// From then to then, so many seconds from the present; on production.
fn freeze(from: i64, until: i64) -> Freeze {
    Freeze {
        recurrence: Recurrence::Once(Stretch { from: ago(-from), until: ago(-until) }),
        zone: TimeZone::UTC,
        app: None,
        tier: Tier::Production,
        reason: Some("moving the \u{202e}database".into()),
    }
}

#[test]
fn in_a_freeze_a_reason_is_asked_for_and_its_end_is_told() {
    let mut stage = stage(|catalogue| catalogue.freezes.push(freeze(-60, 3_600)));
    stage.keys("3 enter A");
    let text = words(&stage);
    let sentence = "✖ frozen until Sun 2022-11-13 03:57 UTC (h-prod us-west-1, h-prod ca-central-1):";
    assert!(text.contains(sentence) && text.contains("moving the �database"), "{text}");
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
    // The same where a workflow is started, or run again.
    stage.keys("esc D enter tab tab space enter");
    assert!(words(&stage).contains("✖ frozen until Sun 2022-11-13 03:57 UTC (h-prod us-west-1)"), "{}", stage.text());
    stage.keys("esc");
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Failure))]), 0));
    stage.keys("F");
    assert!(words(&stage).contains("✖ frozen until"), "{}", stage.text());
}

#[test]
fn a_freeze_is_told_of_an_hour_before_and_staging_is_not_production() {
    let soon = || stage(|catalogue| catalogue.freezes.push(freeze(3_600, 7_200)));
    let mut stage = soon();
    stage.keys("3 enter");
    let text = words(&stage);
    assert!(text.contains("▲ a freeze begins at Sun 2022-11-13 03:57 UTC (h-prod us-west-1, h-prod ca-central-1)"), "{text}");
    stage.keys("D enter tab tab space enter");
    assert!(words(&stage).contains("▲ a freeze begins at"), "{}", stage.text());
    stage.keys("esc D enter space enter");
    assert!(words(&stage).contains("h-staging us-west-1") && !words(&stage).contains("a freeze begins"), "{}", stage.text());
}

/// Whoever opened the dialog before the freeze began did not know of it: nothing is sent.
#[test]
fn what_a_freeze_has_overtaken_is_not_sent() {
    let mut stage = stage(|catalogue| catalogue.freezes.push(freeze(2, 7_200)));
    stage.keys("3 enter A 'why enter");
    let _ = stage.asked();
    stage.pass(2).keys("'2 enter");
    assert!(stage.line(41).contains("the checks have changed since the dialog was opened: nothing was sent"), "{}", stage.line(41));
    assert!(orders(&stage).is_empty());
}
