//! Two machines and one target: what `[locks] parameters` keeps apart, judged at the wire.

use serde_json::{Value, json};

use super::status::variables as aws;
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

const WORLD: &str = r#"
[[application]]
name = "till"
regions = ["us-west-1"]

[[application.version]]
label = "v2"
created = "-1h"

[[environment]]
app = "till"
names = ["till-staging"]
region = "us-west-1"
version = "v1"
instances = 3
policy = "Rolling"
batch = "1"
"#;

const CONFIGURATION: &str = "regions = [\"us-west-1\"]\n[apps.till]\n[[tiers]]\ntier = \"staging\"\n\
                             environments = [\"till-staging\"]\n[locks]\nparameters = \"/team/locks\"\n";

const DEPLOY: [&str; 5] = ["deploy", "till-staging", "--version", "v2", "--yes"];

fn machine() -> Folder {
    let folder = Folder::new();
    folder.write(".config/quarterdeck/config.toml", CONFIGURATION);
    folder
}

/// The writes in their order, those of leases among them.
async fn writes(sim: &Sim) -> Vec<String> {
    let told = sim.get("/_sim/calls").await;
    let calls = told["calls"].as_array().unwrap().iter();
    calls.filter(|call| call["write"] == json!(true)).map(|call| call["operation"].as_str().unwrap().to_owned()).collect()
}

/// The machine that deploys goes away in the middle of it: until it comes back, or its lease runs out, no other one begins
/// anything there. It comes back, ends what it began, and leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_machine_has_begun_is_left_alone_and_free_when_that_is_over() {
    let sim = Sim::of(WORLD, 60.0).await;
    let (here, there, variables) = (machine(), machine(), aws(&sim));
    let mut first = Program::new(&here, DEPLOY).with(variables.clone()).command().spawn().unwrap();
    while !writes(&sim).await.contains(&"UpdateEnvironment".to_owned()) {
        assert!(first.try_wait().unwrap().is_none(), "it ended before it sent anything");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let run = |folder: &Folder, typed: &[&str]| Program::new(folder, typed).with(variables.clone()).run();
    assert_eq!(run(&there, &["wait", "till-staging", "--version", "v2"]).code, Some(0));
    let second = run(&there, &["restart", "till-staging", "--yes"]);
    let said = format!("{}{}", second.stdout, second.stderr);
    assert!(second.code != Some(0) && said.contains("till-staging is being changed from") && said.contains("deploy v2"), "{second:?}");
    assert_eq!(writes(&sim).await, ["PutParameter", "UpdateEnvironment", "PutParameter"], "the second one only asked for the lease");
    let listed: Value = serde_json::from_str(&run(&here, &["operations", "list", "--json"]).stdout).unwrap();
    let resumed = run(&here, &["operations", "resume", listed["operations"][0]["id"].as_str().unwrap(), "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    // It had nothing left to begin, and so took no lease: the one that it had is given back all the same.
    let third = run(&there, &["restart", "till-staging", "--yes"]);
    assert_eq!(third.code, Some(0), "{third:?}");
    assert_eq!(writes(&sim).await[3..], ["DeleteParameter", "PutParameter", "RestartAppServer", "DeleteParameter"]);
}

/// Where the lease cannot be had, nothing is changed: what is asked for is that nobody else changes it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_right_to_leases_nothing_is_sent() {
    let sim = Sim::of(WORLD, 60.0).await;
    sim.post("/_sim/faults", &json!({"service": "ssm", "operation": "PutParameter", "kind": "denied"})).await;
    let ended = Program::new(&machine(), DEPLOY).with(aws(&sim)).run();
    assert!(ended.code != Some(0) && format!("{}{}", ended.stdout, ended.stderr).contains("PutParameter"), "{ended:?}");
    let told: Value = sim.get("/_sim/calls").await;
    let sent = told["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == json!("UpdateEnvironment")).count();
    assert_eq!(sent, 0);
}
