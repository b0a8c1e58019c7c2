//! Writes from their plan to their outcome, through the wire: sent once, followed, looked for where the answer is lost.

use quarterdeck::app::decision::Decision;
use quarterdeck::app::event::Effect;
use quarterdeck::app::form::{Form, Merging};
use quarterdeck::app::github::Following;
use quarterdeck::app::history::Place;
use quarterdeck::app::menu::Choice;
use quarterdeck::app::panes::split::Side;
use quarterdeck::app::plans::{self, Intent};
use quarterdeck::app::state::State;
use quarterdeck::cli::session::Session;
use quarterdeck::model::forge::Between;
use quarterdeck::model::id::{EnvironmentKey, Repository, RunId};
use quarterdeck::model::run::Progress;
use serde_json::{Value, json};

use super::SHOP;
use crate::support::console::{screen, settled, until};
use crate::support::sim::Sim;

const WORLD: &str = include_str!("../../src/sim/tests/github/shop.toml");
const CONFIGURATION: &str = "regions = [\"us-west-1\", \"ca-central-1\"]\n[apps.shop]\nrepository = \"acme/shop\"\n";
const DISPATCH: &str = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";

async fn ready(world: &str) -> (Sim, Session) {
    let sim = Sim::of(world, 1.0).await;
    let session = settled(&sim, CONFIGURATION).await;
    (sim, session)
}

/// Sends what was decided, and waits for what becomes of it: the sentence that says so.
async fn sent(session: &mut Session, decision: &Decision) -> String {
    session.state.writes += 1;
    let number = session.state.writes;
    session.state.github.follow =
        Some(Following { number, from: session.state.place().clone(), side: Side::First, decision: Box::new(decision.clone()) });
    let identity = session.state.github.forge.viewer.value().cloned();
    session.perform(Effect::Write(Box::new(decision.order(number, identity).unwrap())));
    until(session, |state| state.written >= number).await;
    session.state.notice.as_ref().map(|notice| notice.sentence.clone()).unwrap()
}

/// The writes that reached the server.
async fn writes(sim: &Sim) -> Vec<String> {
    let told = sim.get("/_sim/calls").await;
    let ours = told["calls"].as_array().unwrap().iter().filter(|call| call["service"] == "github" && call["write"] == json!(true));
    ours.map(|call| format!("{} {}", call["operation"].as_str().unwrap(), call["status"])).collect()
}

fn shop() -> Repository {
    SHOP.into()
}

fn production(session: &Session) -> EnvironmentKey {
    let mut keys = session.state.fleet.environments().map(|environment| environment.key());
    keys.find(|key| key.name.as_str() == "shop-prod" && key.region.as_ref().is_some_and(|region| region.as_str() == "us-west-1")).unwrap()
}

/// The inputs of the workflow that redeploys, opened for production.
fn redeploy(session: &Session) -> Form {
    let key = production(session);
    let menu = plans::dispatch::menu(&session.state, &shop(), Some(&key)).unwrap();
    let found = menu.items.into_iter().find_map(|item| match item.choice {
        Choice::Start { manual, environment, .. } if &*manual.name == "Redeploy" => Some((manual, environment)),
        _ => None,
    });
    let (manual, environment) = found.unwrap();
    plans::dispatch::form(&session.state, &shop(), &manual, environment.as_ref())
}

fn waiting(session: &Session) -> RunId {
    session.state.github.promotions.iter().find(|promotion| promotion.repository == shop()).unwrap().run.id
}

/// The run, as the simulated world has it.
async fn truth(sim: &Sim, run: RunId) -> Value {
    let world = sim.get("/_sim/world").await;
    let runs = world["runs"].as_array().unwrap();
    runs.iter().find(|row| row["id"].as_u64() == Some(run.0)).unwrap_or_else(|| panic!("{run} is not in {runs:?}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispatch_names_what_it_cancels_and_its_run_is_followed() {
    for older in [false, true] {
        let world = if older { WORLD.replace("[github]", "[github]\nolder = true") } else { WORLD.to_owned() };
        let (sim, mut session) = ready(&world).await;
        let run = waiting(&session);
        let decision = plans::plan(&session.state, &Intent::Dispatch(Box::new(redeploy(&session)))).unwrap();
        let lines = format!("{:?}", decision.lines);
        assert!(lines.contains("of Deploy, which is waiting") && lines.contains("production=true, staging=false"), "{lines}");
        assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
        // An older server refuses to name the run, and has started nothing by that.
        let expected: &[String] =
            if older { &[format!("{DISPATCH} 422"), format!("{DISPATCH} 204")] } else { &[format!("{DISPATCH} 200")] };
        assert_eq!(writes(&sim).await, expected);
        assert_eq!(truth(&sim, run).await["conclusion"], "cancelled");
        let Place::Sheet(_, started) = session.state.place().clone() else { panic!("{:?}", session.state.place()) };
        assert_eq!(truth(&sim, started).await["inputs"]["production"], "true");
        // It waits for a person as well, before it deploys to production.
        until(&mut session, |state| state.sheet_screen.sheet.as_ref().is_some_and(|sheet| sheet.chosen_gates().count() == 1)).await;
        let shown = screen(&session);
        assert!(shown.contains("[x] production  shop-prod us-west-1"), "{shown}");
    }
}

/// One call at the wire whatever happens; a look says what became of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_dispatch_that_is_not_answered_is_looked_for_and_never_sent_again() {
    for (fault, says, started) in [
        (json!({"kind": "lost-answer"}), "no answer came, but a look shows that GitHub has taken it", true),
        (json!({"kind": "status", "value": 502}), "not known whether GitHub has taken it", false),
        (json!({"kind": "reset"}), "not known whether GitHub has taken it", false),
    ] {
        let (sim, mut session) = ready(WORLD).await;
        let decision = plans::plan(&session.state, &Intent::Dispatch(Box::new(redeploy(&session)))).unwrap();
        let mut fault = fault;
        fault["service"] = json!("github");
        fault["operation"] = json!(DISPATCH);
        let _ = sim.post("/_sim/faults", &fault).await;
        let told = sent(&mut session, &decision).await;
        assert!(told.contains(says), "{fault} {told}");
        assert_eq!(writes(&sim).await.len(), 1, "{fault}");
        assert_eq!(matches!(session.state.place(), Place::Sheet(..)), started, "{fault}");
    }
}

/// Between the plan and the confirmation another run has come: starting this one would cancel that.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_once_the_plan_does_not_hold() {
    let (sim, mut session) = ready(WORLD).await;
    let decision = plans::plan(&session.state, &Intent::Dispatch(Box::new(redeploy(&session)))).unwrap();
    sim.post_github("/repos/acme/shop/actions/workflows/deploy.yml/dispatches", &json!({"ref": "main"})).await;
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("nothing was sent: run #") && told.contains("has come since"), "{told}");
    assert_eq!(writes(&sim).await, [format!("{DISPATCH} 204")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cancelled_between_sheet_and_answer_gets_no_answer() {
    let (sim, mut session) = ready(WORLD).await;
    let run = waiting(&session);
    session.go(Place::Sheet(shop(), run));
    until(&mut session, |state| state.sheet_screen.sheet.is_some()).await;
    let decision = plans::plan(&session.state, &Intent::Review { approve: true }).unwrap();
    sim.post_github(&format!("/repos/acme/shop/actions/runs/{run}/cancel"), &json!({})).await;
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("nothing was sent: the run is cancelled now"), "{told}");
    assert_eq!(writes(&sim).await, ["POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel 202"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_cancelled_and_its_jobs_are_run_again() {
    let (sim, mut session) = ready(WORLD).await;
    let run = waiting(&session);
    assert!(plans::plan(&session.state, &Intent::Rerun(shop(), run)).is_err());
    let decision = plans::plan(&session.state, &Intent::Cancel(shop(), run)).unwrap();
    assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
    assert_eq!(truth(&sim, run).await["conclusion"], "cancelled");
    let of_run = |state: &State| state.github.forge.get(&shop())?.run(run).cloned();
    until(&mut session, |state| of_run(state).is_some_and(|run| matches!(run.progress, Progress::Completed(_)))).await;
    assert!(plans::plan(&session.state, &Intent::Cancel(shop(), run)).is_err());
    // It is over: what did not succeed can be run again, and its second attempt waits as its first did.
    let decision = plans::plan(&session.state, &Intent::Rerun(shop(), run)).unwrap();
    assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
    assert_eq!(truth(&sim, run).await["attempt"], 2);
    until(&mut session, |state| of_run(state).is_some_and(|run| run.attempt == 2)).await;
    // The plan was for the first attempt.
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("is at attempt 2 by now"), "{told}");
    assert_eq!(writes(&sim).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_change_is_reverted_once() {
    let (sim, mut session) = ready(WORLD).await;
    session.go(Place::Pending(None));
    until(&mut session, |state| state.pending_screen.steps.iter().any(|step| !step.changes.is_empty())).await;
    let change = session.state.pending_screen.steps.iter().flat_map(|step| &step.changes).find(|change| change.name() == "#11");
    let change = change.unwrap().clone();
    let decision = plans::plan(&session.state, &Intent::Revert(shop(), Box::new(change))).unwrap();
    assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
    assert_eq!(writes(&sim).await, ["POST /graphql revertPullRequest 200"]);
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("takes it back already"), "{told}");
    assert_eq!(writes(&sim).await.len(), 1);
}

/// A console on the shop, which is promoted in this way.
async fn promoted_by(way: &str) -> (Sim, Session) {
    let world = format!("{WORLD}\n[[repository.tag]]\nname = \"v1\"\ncommit = \"start\"\n");
    let sim = Sim::of(&world, 1.0).await;
    let session = settled(&sim, &format!("{CONFIGURATION}promotion = \"{way}\"\n")).await;
    (sim, session)
}

/// What its form asks for is read, and the plan is made from it.
async fn planned(session: &mut Session, form: Form) -> Result<Decision, String> {
    let asked = plans::comparisons(&session.state, &form).into_iter().map(|between| (form.repository.clone(), between)).collect::<Vec<_>>();
    session.state.github.asked.clone_from(&asked);
    session.state.stale_rows = true;
    let is_read = |state: &State, (repository, between): &(Repository, Between)| {
        state.github.forge.get(repository).is_some_and(|facts| facts.comparisons.get(between).is_some_and(|read| read.value().is_some()))
    };
    until(session, |state| asked.iter().all(|one| is_read(state, one))).await;
    plans::plan(&session.state, &Intent::of(Box::new(form)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_set_once_on_what_was_tried() {
    for (way, wrote) in [("tag", "POST /repos/{owner}/{repo}/git/refs 201"), ("release", "POST /repos/{owner}/{repo}/releases 201")] {
        let (sim, mut session) = promoted_by(way).await;
        until(&mut session, |state| state.github.forge.get(&shop()).is_some_and(|facts| facts.tags.value().is_some())).await;
        let form = plans::tag::form(&session.state, &production(&session)).unwrap();
        assert_eq!(form.values().get("tag").map(String::as_str), Some("v1.1"));
        let decision = planned(&mut session, form).await.unwrap();
        let checked = format!("{:?} {:?}", decision.failed, decision.remarks);
        assert!(decision.headline.contains("v1.1 at") && checked.contains("shop-staging us-west-1 runs it"), "{checked}");
        assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
        assert_eq!(writes(&sim).await, [wrote]);
        // It is there now: nothing is sent a second time.
        let told = sent(&mut session, &decision).await;
        assert!(told.contains("nothing was sent: v1.1 stands for"), "{told}");
        assert_eq!(writes(&sim).await, [wrote]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_whose_answer_is_lost_is_looked_for() {
    let (sim, mut session) = promoted_by("tag").await;
    until(&mut session, |state| state.github.forge.get(&shop()).is_some_and(|facts| facts.tags.value().is_some())).await;
    let form = plans::tag::form(&session.state, &production(&session)).unwrap();
    let decision = planned(&mut session, form).await.unwrap();
    let fault = json!({"service": "github", "operation": "POST /repos/{owner}/{repo}/git/refs", "kind": "lost-answer"});
    let _ = sim.post("/_sim/faults", &fault).await;
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("a look shows that GitHub has taken it"), "{told}");
    assert_eq!(writes(&sim).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_merged_once_and_its_deploy_begins() {
    let (sim, mut session) = promoted_by("merge").await;
    until(&mut session, |state| state.github.forge.get(&shop()).is_some_and(|facts| facts.open_pulls.value().is_some())).await;
    let menu = plans::merge::menu(&session.state, &production(&session)).unwrap();
    assert!(menu.items.iter().any(|item| item.name.contains("#9 An idea") && item.detail.contains("(account gone)")), "{menu:?}");
    let Some(Choice::Merge { app, repository, pull }) = menu.items.into_iter().map(|item| item.choice).next() else { panic!() };
    let form = plans::merge::form(repository, Merging { app, pull });
    let decision = planned(&mut session, form).await.unwrap();
    assert!(sent(&mut session, &decision).await.ends_with("GitHub has taken it"));
    let wrote = ["PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge 200"];
    assert_eq!(writes(&sim).await, wrote);
    let told = sent(&mut session, &decision).await;
    assert!(told.contains("nothing was sent: the pull request is merged already"), "{told}");
    assert_eq!(writes(&sim).await, wrote);
    // What the merge has started is seen.
    let live = |state: &State| {
        state.github.forge.get(&shop()).and_then(|facts| Some(facts.runs.value()?.iter().any(|run| run.progress == Progress::InProgress)))
    };
    until(&mut session, |state| live(state) == Some(true)).await;
}
