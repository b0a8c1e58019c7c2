//! What passes is waited out, and sends nothing twice: throttling throughout, and credentials that expire halfway.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::support::desk::{Desk, TILL, TILL_CONFIGURATION};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_that_is_throttled_throughout_comes_to_its_end() {
    let desk = Desk::quick().await;
    let fault = json!({"service": "elasticbeanstalk", "kind": "throttle", "rate": 0.4});
    desk.sim.post("/_sim/faults", &fault).await;
    let ended = desk.run(&["deploy", "till-staging", "--version", "v2", "--yes"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = desk.sim.get("/_sim/calls").await;
    let calls = told["calls"].as_array().unwrap();
    assert!(calls.iter().any(|call| call["fault"] == "throttle"), "{told}");
    let taken = calls.iter().filter(|call| call["operation"] == "UpdateEnvironment" && call["status"] == 200).count();
    assert_eq!((taken, desk.sim.version("till-staging").await.as_str()), (1, "v2"));
}

/// What is not found where not all could be read may be there: nobody is told that it is not, and nothing is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_whose_region_cannot_be_listed_is_not_said_to_be_missing() {
    let desk = Desk::quick().await;
    desk.sim.post("/_sim/faults", &json!({"service": "elasticbeanstalk", "operation": "DescribeEnvironments", "kind": "denied"})).await;
    for command in [
        &["deploy", "till-staging", "--version", "v2", "--yes"][..],
        &["wave", "--app", "till", "--version", "v2"],
        &["wait", "till-staging", "--version", "v2"],
        &["timeline", "till-staging"],
    ] {
        let ended = desk.run(command);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("not everything could be read, so it may be there all the same"), "{ended:?}");
    }
    assert_eq!(desk.sim.writes().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_expire_halfway_are_waited_for() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 10.0).await;
    let mut command = desk.program(&["deploy", "till-staging", "--version", "v2", "--yes"]).command();
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(running.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("is Updating")));
    desk.sim.post("/_sim/faults", &json!({"kind": "expired"})).await;
    let mut said = told.by_ref().take_while(|line| !line.contains("expired"));
    assert!(said.all(|line| !line.contains("✔ done")));
    desk.sim.delete("/_sim/faults").await;
    assert!(told.any(|line| line.contains("✔ done")));
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"]);
}
