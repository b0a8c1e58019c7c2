//! Migrations that somebody has to run: what is said of them, and how their workflow is started.

use std::collections::BTreeMap;
use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::model::forge::{News, Topic};
use quarterdeck::model::id::RunId;
use quarterdeck::model::promotion::{MigrationWorkflow, Shipping};
use quarterdeck::model::run::{Conclusion, Progress, Run};
use quarterdeck::model::write::{Order, Write};

use crate::support::fleet::ago;
use crate::support::forge::{self, NEW, report, run};
use crate::support::stage::Stage;

/// A console on an app whose migrations are run with this workflow.
fn by_hand(file: &str, inputs: &[(&str, &str)]) -> Stage {
    let inputs = inputs.iter().map(|(name, text)| (Arc::from(*name), Arc::from(*text))).collect();
    manual(Some(MigrationWorkflow { file: file.into(), inputs }))
}

fn manual(migration_workflow: Option<MigrationWorkflow>) -> Stage {
    let shipping = Shipping { migrations_run: false, migration_workflow, ..Shipping::default() };
    Stage::on(forge::rich_with((140, 42), |catalogue| catalogue.apps[0].shipping = shipping))
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

/// A run of the tasks that was started after the run that waits was created.
fn task(progress: Progress) -> Run {
    Run {
        id: RunId(4_140_000_001),
        number: 12,
        workflow: ".github/workflows/tasks.yml".into(),
        name: "Tasks".into(),
        event: "workflow_dispatch".into(),
        created_at: Some(ago(600)),
        updated_at: Some(ago(300)),
        ..run(progress)
    }
}

fn runs(task: Run) -> Event {
    report(Topic::Runs, News::Runs(vec![task, run(Progress::Waiting)]), 0)
}

#[test]
fn the_sheet_says_to_run_them_first_and_the_key_fills_in_their_workflow() {
    let mut stage = by_hand("tasks.yml", &[("task", "search reindex"), ("timeout", "60")]);
    stage.keys("3 enter");
    assert!(words(&stage).contains("(document.title); run them first: M starts tasks.yml"), "{}", stage.text());
    stage.keys("M");
    let text = words(&stage);
    assert!(text.contains("Tasks of hypothesis/h") && text.contains("search reindex"), "{text}");
    stage.keys("enter");
    assert!(words(&stage).contains("Start Tasks of hypothesis/h on main"), "{}", stage.text());
    // What it would do is not known here: a reason is not asked for, its file is.
    let _ = stage.asked();
    stage.keys("'tasks.yml enter");
    let inputs = BTreeMap::from([("image_tag", NEW), ("task", "search reindex"), ("timeout", "60")]);
    let inputs = inputs.into_iter().map(|(name, text)| (Arc::from(name), text.to_owned())).collect();
    let write = Write::Dispatch { workflow: ".github/workflows/tasks.yml".into(), branch: "main".into(), inputs };
    assert_eq!(orders(&stage).into_iter().map(|order| order.write).collect::<Vec<_>>(), [write]);
}

#[test]
fn what_became_of_them_is_told_on_the_sheet() {
    let mut stage = by_hand("tasks.yml", &[]);
    stage.keys("3 enter").tell(runs(task(Progress::InProgress)));
    assert!(words(&stage).contains("tasks.yml #12 is in progress"), "{}", stage.text());
    stage.tell(runs(task(Progress::Completed(Conclusion::Success))));
    assert!(words(&stage).contains("tasks.yml #12 succeeded 5m ago, with what inputs is not told"), "{}", stage.text());
    stage.tell(runs(task(Progress::Completed(Conclusion::Failure))));
    stage.keys("A");
    assert!(words(&stage).contains("tasks.yml #12 ended as failure 5m ago"), "{}", stage.text());
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
}

/// The commit that is to come to the environment is what its workflow is given.
#[test]
fn the_key_works_on_what_is_pending_as_well() {
    let mut stage = by_hand("tasks.yml", &[("task", "db upgrade to head")]);
    stage.keys("/ 'h-prod space 'region:us-west enter u ↓ ↓");
    assert!(stage.selected().contains("h-prod"), "{}", stage.text());
    stage.keys("M");
    let text = words(&stage);
    assert!(text.contains("db upgrade to head") && text.contains(NEW), "{text}");
}

#[test]
fn what_the_workflow_does_not_take_is_said_in_its_form() {
    let mut stage = by_hand("tasks.yml", &[("task", "db \u{202e}downgrade")]);
    stage.keys("3 enter M");
    let text = words(&stage);
    assert!(text.contains("Tasks does not take task = db �downgrade, which the configuration gives it"), "{text}");
    assert!(orders(&stage).is_empty());
}

#[test]
fn where_nothing_is_to_be_run_the_key_says_why() {
    let automatic = Stage::on(forge::rich((140, 42)));
    let mut reads = forge::rich_with((140, 42), |catalogue| catalogue.apps[0].shipping.migrations_run = false);
    reads.read_only = true;
    for (mut stage, why) in [
        (Box::new(automatic), "its migrations run when a version is deployed"),
        (Box::new(manual(None)), "say in the configuration which workflow runs its migrations"),
        (Box::new(by_hand("gone.yml", &[])), "the repository has no workflow of that name that a person can start"),
        (Box::new(Stage::on(reads)), "read-only: nothing is changed from here"),
    ] {
        stage.keys("3 enter");
        assert!(!stage.line(41).contains("M migrate"), "{}", stage.line(41));
        stage.keys("M");
        assert!(stage.line(41).contains(why), "{}", stage.line(41));
    }
    let mut stage = by_hand("tasks.yml", &[]);
    stage.keys("3 enter");
    assert!(stage.line(41).contains("M migrate"), "{}", stage.line(41));
}
