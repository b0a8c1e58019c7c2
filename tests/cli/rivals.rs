//! Several that want to change one target at the same moment: one of them does, and the others say which.

use std::process::Stdio;

use crate::support::desk::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_that_begin_on_one_target_at_once_one_sends_something() {
    let desk = Desk::quick().await;
    let begin = || {
        let program = desk.program(&["deploy", "till-staging", "--version", "v2", "--yes"]);
        program.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let rivals = [begin(), begin(), begin(), begin()];
    let ended = rivals.map(|rival| rival.wait_with_output().unwrap());
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"]);
    assert!(ended.iter().any(|ended| ended.status.code() == Some(0)), "{ended:?}");
    for lost in ended.iter().filter(|ended| ended.status.code() != Some(0)) {
        let said = String::from_utf8_lossy(&lost.stderr);
        // Whoever came late was told by the plan that it runs there already, or that the environment is busy.
        assert!(lost.status.code() == Some(4) && said.contains("nothing was sent: "), "{lost:?}");
    }
    let listed = desk.json(&["operations", "list", "--json"], 0);
    assert!(listed["operations"].as_array().unwrap().iter().all(|operation| operation["state"] == "succeeded"), "{listed}");
}
