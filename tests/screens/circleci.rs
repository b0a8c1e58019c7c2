//! Redeploying what CircleCI deploys: keys in, screens out, and what was asked of CircleCI.

use quarterdeck::app::act::{Act, prepare};
use quarterdeck::app::command::CommandId;
use quarterdeck::app::headless::proposed;
use quarterdeck::app::state::State;
use quarterdeck::model::operation::action::Action;
use serde_json::json;

use crate::support::circleci::{WORLD, asked, configuration};
use crate::support::live::Live;
use crate::support::sim::Sim;

/// The one call that runs a workflow again.
const RERUN: &str = "POST /workflow/{id}/rerun";
const ACCOUNT: &str = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-east-1\"]\n";

struct Rig {
    sim: Sim,
    console: Live,
    folder: tempfile::TempDir,
}

/// A console on this world that has read an environment and opened it.
async fn at(world: &str, name: &str, change: impl Fn(String) -> String) -> Rig {
    hurried(world, name, 60.0, change).await
}

/// The same in a world that goes so many times faster than ours.
async fn hurried(world: &str, name: &str, speed: f64, change: impl Fn(String) -> String) -> Rig {
    let (sim, folder) = (Sim::of(world, speed).await, tempfile::tempdir().unwrap());
    let (_, token) = sim.circleci().unwrap();
    let settings = change(configuration(&sim, ACCOUNT, &["echo", &token]));
    let mut console = Live::on(&sim, &settings, folder.path());
    let wanted = name.to_owned();
    let is_read = move |state: &State| {
        let found = state.fleet.environments().find(|it| it.key().name.as_str() == wanted);
        let is_told = found.is_some_and(|it| it.label().is_some() && it.instances().is_some_and(|told| told.value.healthy() == Some(1)));
        let is_asked = state.reading.connections.values().all(|connection| connection.identity.is_some());
        is_told && is_asked && state.locks.known == quarterdeck::model::lock::Known::Yes && !state.operations.is_unread
    };
    console.until(name, is_read).await.keys(&format!(": '{name} enter"));
    Rig { sim, console, folder }
}

/// The ids of the instances of an environment.
fn instances(state: &State, name: &str) -> Vec<String> {
    let found = state.fleet.environments().find(|it| it.key().name.as_str() == name);
    let told = found.and_then(|it| it.instances());
    told.map(|told| told.value.each.iter().map(|instance| instance.id.to_string()).collect()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_workflow_is_run_again_once_its_environment_is_named_and_followed_to_new_instances() {
    let Rig { sim, mut console, folder } = at(WORLD, "production", |text| text).await;
    console.keys("R").shows("build and deploy of pipeline 41, the newest: it has succeeded").await;
    console.says("Redeploy production us-east-1 by CircleCI").says("gh/desk/clerk at CircleCI, the tags v*");
    console.says("1111111 on v1.4").says("operator at CircleCI").says("type production");
    assert!(asked(&sim, true).await.is_empty(), "a plan sends nothing");
    console.keys("'production enter");
    let known = console.comes_to(1, "succeeded").await;
    assert_eq!(asked(&sim, true).await, [RERUN]);
    let proof = format!("{:?}", known.operation.plan());
    assert!(proof.contains("1111111111"), "{proof}");
    let audit = std::fs::read_to_string(folder.path().join("audit.jsonl")).unwrap();
    assert!(audit.contains("redeploy production us-east-1 by CircleCI") && audit.contains("operator at CircleCI"), "{audit}");
    let (_, token) = sim.circleci().unwrap();
    assert!(!audit.contains(&token), "a token is written nowhere");
    assert!(sim.changes().await.iter().all(|change| change == RERUN), "nothing else is changed from here");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_is_looked_for_and_nothing_is_sent_twice() {
    let Rig { sim, mut console, .. } = at(WORLD, "staging", |text| text).await;
    let before = instances(&console.state, "staging");
    let _ = sim.post("/_sim/faults", &json!({ "service": "circleci", "operation": RERUN, "kind": "lost-answer" })).await;
    console.keys("R").shows("build and deploy of pipeline 57, the newest").await.keys("'y enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(asked(&sim, true).await, [RERUN]);
    let is_new = move |state: &State| {
        let now = instances(state, "staging");
        now.len() == 1 && now.iter().all(|id| !before.contains(id))
    };
    console.keys(": 'staging enter").until("another instance alone", is_new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_somebody_else_has_begun_meanwhile_stops_it() {
    let Rig { sim, mut console, .. } = at(WORLD, "staging", |text| text).await;
    console.keys("R").shows("build and deploy of pipeline 57, the newest").await;
    let plan = proposed(&console.state).unwrap();
    let quarterdeck::app::decision::Content::Operation(undertaking) = &plan.content else { panic!() };
    let Action::Rerun(rerun) = undertaking.plan.units[0].steps[0].deed.action.clone() else { panic!() };
    sim.rerun_workflow(&rerun.workflow).await;
    console.keys("'y enter");
    console.comes_to(1, "refused").await;
    assert_eq!(asked(&sim, true).await.len(), 1, "theirs, and none of ours");
    console.keys("l");
    console.says("build and deploy of pipeline 57 runs already: wait until it is over");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_that_fails_is_told_and_leaves_what_it_launched() {
    let world = WORLD.replace("deploys = \"staging\"", "deploys = \"staging\"\nfails = true\nstatus = \"failed\"");
    // It is given up after an hour.
    let Rig { sim, mut console, .. } = hurried(&world, "staging", 600.0, |text| text).await;
    console.keys("R").shows("it has failed").await;
    console.says("if it fails again, what it has launched may stay beside what serves").keys("'y enter");
    console.comes_to(1, "failed").await;
    console.keys("l");
    console.says("build and deploy of pipeline 57 has failed: see workflow");
    assert_eq!(asked(&sim, true).await, [RERUN]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_commit_than_what_runs_needs_a_reason() {
    let world = WORLD.replacen(
        "revision = \"1111111111111111111111111111111111111111\"",
        "revision = \"3333333333333333333333333333333333333333\"",
        1,
    );
    let Rig { sim, mut console, .. } = at(&world, "production", |text| text).await;
    console.keys("R").shows("runs 3333333, and this deploys another commit: 1111111").await;
    console.keys("'production enter");
    assert!(asked(&sim, true).await.is_empty(), "without a reason nothing is sent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_a_sentence_says_so_and_nothing_is_asked() {
    let without = |text: String| format!("{}token_command = [\"false\"]\n", text.split("token_command").next().unwrap());
    let Rig { sim, mut console, .. } = at(WORLD, "staging", without).await;
    let is_told = |state: &State| {
        proposed(state)
            .and_then(|plan| plan.error.as_ref())
            .is_some_and(|why| why.contains("no token for CircleCI: the command false failed"))
    };
    console.keys("R").until("why nothing is known", is_told).await.says("no token for CircleCI").keys("'y enter");
    assert!(console.state.operations.in_order().is_empty(), "nothing is begun");
    assert!(asked(&sim, false).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_nothing_is_run_again_and_nothing_is_asked_where_nobody_said_what_deploys_it() {
    let Rig { sim, mut console, .. } =
        at(WORLD, "staging", |text| text.replace("[apps.clerk]\n", "[apps.clerk]\nread_only = true\n")).await;
    assert!(matches!(prepare(&console.state, CommandId::Redeploy), Err(why) if why.contains("read-only")));
    console.keys("R");
    assert!(console.said.last().unwrap().contains("read-only: nothing of clerk is changed from here"), "{:?}", console.said);
    assert!(asked(&sim, false).await.is_empty());
    let nobody = |text: String| text.lines().filter(|line| !line.starts_with("circleci")).map(|line| format!("{line}\n")).collect();
    let Rig { sim, mut console, .. } = at(WORLD, "staging", nobody).await;
    assert!(!matches!(prepare(&console.state, CommandId::Redeploy), Ok(Act::Plan(_))));
    console.keys("R");
    assert!(console.said.last().unwrap().contains("its pipeline deploys it"), "{:?}", console.said);
    assert!(asked(&sim, false).await.is_empty());
}
