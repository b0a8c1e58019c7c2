//! Rolling deploys that do not go well, through the whole program: what is left of the group, and what it was asked for.

use serde_json::{Value, json};

use crate::support::desk::Desk;
use crate::support::systems::{GROUP_CONFIGURATION, ROLLED_WORLD};

const NEW: &str = "1111111111111111111111111111111111111111";
const OLD: &str = "2222222222222222222222222222222222222222";
/// Out and in again: once, of the first instance.
const ONCE: [&str; 2] = ["DeregisterTargets", "RegisterTargets"];

/// Rolls over two instances whose deploys come to this, with these waits; what the program tells at the end, which is a failure.
async fn rolled(deploys: &str, waits: &str) -> (Desk, Value) {
    let world = ROLLED_WORLD.replacen("count = 2\n", &format!("count = 2\ndeploys = \"{deploys}\"\n"), 1);
    let desk = Desk::at(&world, &[GROUP_CONFIGURATION, waits].concat(), 60.0).await;
    let told = desk.json(&["roll", "growl-dev", "--version", NEW, "--yes", "--json"], 1);
    assert_eq!(
        (&told["state"], &told["units"][0]["state"], &told["units"][1]["state"]),
        (&json!("failed"), &json!("failed"), &json!("not begun"))
    );
    assert_eq!(desk.sim.changes().await, ONCE, "{told}");
    (desk, told)
}

/// So many are in service, and run this.
async fn is_left(desk: &Desk, healthy: u32, versions: &[(&str, u32)]) {
    let truth = desk.sim.truth("growl-dev").await;
    assert_eq!((&truth["instances"]["healthy"], &truth["instances"]["total"]), (&json!(healthy), &json!(2)), "{truth}");
    let expected: Vec<Value> = versions.iter().map(|(label, count)| json!({"label": label, "count": count})).collect();
    assert_eq!(truth["instances"]["versions"], json!(expected), "{truth}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_command_fails_the_instance_goes_back_in_with_what_it_runs() {
    let (desk, _) = rolled("fails", "").await;
    is_left(&desk, 2, &[(OLD, 2)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_command_hangs_it_is_ended_and_the_instance_goes_back_in() {
    let (desk, _) = rolled("hangs", "command_seconds = 10\n").await;
    is_left(&desk, 2, &[(OLD, 2)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_health_never_comes_no_other_is_touched() {
    let (desk, _) = rolled("unwell", "healthy_seconds = 10\n").await;
    is_left(&desk, 1, &[(NEW, 1), (OLD, 1)]).await;
}
