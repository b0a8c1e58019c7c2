//! Capacity and CNAMEs from the screen: keys in, screens out, and what the cloud was then asked to do. And what is not done to an
//! instance that Elastic Beanstalk looks after.

use quarterdeck::app::state::State;

use crate::support::desk::TILL;
use crate::support::live::Live;
use crate::support::sim::Sim;

const SETTINGS: &str = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n\n[apps.till]\n";

async fn world() -> (Sim, tempfile::TempDir) {
    (Sim::of(TILL, 60.0).await, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_numbers_of_instances_are_planned_confirmed_and_kept() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-prod").await.keys("C");
    console.says("instances").keys("backspace '2 ↓ backspace '5 enter");
    console.shows("2 to 5").await.shows_no_longer("not read yet").await;
    assert!(sim.writes().await.is_empty(), "nothing is sent before it is confirmed");
    console.keys("'till-prod enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.writes().await, ["UpdateEnvironment"]);
    assert_eq!(sim.truth("till-prod").await["instances"]["total"], 3, "three are between two and five");
    // What the cloud keeps now is what the next plan begins with.
    console.keys("esc esc").opens("till-prod").await.keys("C");
    let keeps = |state: &State, name: &str, fewest: u32| {
        let mut named = state.fleet.environments().filter(|it| it.key().name.as_str() == name);
        named.any(|it| it.strategy().is_some_and(|told| told.value.fewest == Some(fewest)))
    };
    // It is asked for again while the numbers are entered.
    console.until("what it keeps now", move |state| keeps(state, "till-prod", 2)).await.keys("backspace '4 ↓ backspace '6 enter");
    console.shows("2 to 5 → 4 to 6").await;
    assert_eq!(sim.writes().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cnames_of_two_are_exchanged_once() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-prod").await.keys(": 'swap enter");
    console.says("till-blue").keys("'blue enter");
    console.shows("Swap the CNAMEs").await.shows_no_longer("not read yet").await;
    assert!(sim.writes().await.is_empty(), "nothing is sent before it is confirmed");
    console.keys("'2 enter");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.writes().await, ["SwapEnvironmentCNAMEs"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_said_why_an_instance_of_elastic_beanstalk_is_not_taken_out() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    let is_read = |state: &State| state.fleet.environments().any(|it| it.key().name.as_str() == "till-prod" && it.instances().is_some());
    console.opens("till-prod").await.until("its instances", is_read).await;
    console.keys("I");
    console.says("Elastic Beanstalk looks after its load balancer: it is not taken out of it from here");
    console.says("reboot").says("replace");
    assert!(!console.words().contains("take out i-"), "{}", console.screen());
}
