//! A wave whose program is killed in its middle, and once more while it is carried on: judged by what the cloud was asked.

use std::process::Stdio;
use std::time::Duration;

use crate::support::desk::Desk;

const CONFIGURATION: &str = "regions = [\"us-west-1\", \"us-west-2\", \"us-east-1\"]\n[apps.orchid]\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"orchid-staging\"]\n";

const REGIONS: [(&str, [&str; 3]); 3] = [
    ("us-west-1", ["orchid-staging", "orchid-acme", "orchid-bell"]),
    ("us-west-2", ["orchid-cole", "orchid-dyer", "orchid-east"]),
    ("us-east-1", ["orchid-fern", "orchid-gray", "orchid-hill"]),
];

fn world() -> String {
    let begin = "[[application]]\nname = \"orchid\"\nregions = [\"us-west-1\", \"us-west-2\", \"us-east-1\"]\n\n[[application.version]]\nlabel = \"v413\"\ncreated = \"-1h\"\n";
    let region = |(region, names): (&str, [&str; 3])| {
        format!(
            "\n[[environment]]\napp = \"orchid\"\nnames = {names:?}\nregion = {region:?}\nversion = \"v412\"\ninstances = 2\npolicy = \"Rolling\"\nbatch = \"1\"\n"
        )
    };
    [begin.to_owned(), REGIONS.into_iter().map(region).collect()].concat()
}

/// Runs a command, and kills it once the cloud was asked for so many changes.
async fn killed(desk: &Desk, typed: &[&str], changes: usize) {
    let mut running = desk.program(typed).command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while desk.sim.writes().await.len() < changes {
        assert!(running.try_wait().unwrap().is_none(), "it ended before {changes} changes");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    running.kill().unwrap();
    running.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_that_is_killed_in_its_middle_begins_nothing_twice_and_leaves_nobody_out() {
    let desk = Desk::at(&world(), CONFIGURATION, 30.0).await;
    killed(&desk, &["wave", "--app", "orchid", "--version", "v413", "--at-once", "3", "--bake", "0", "--confirm", "9"], 4).await;
    let id = desk.newest();
    let left = || {
        let plan = desk.json(&["operations", "resume", &id, "--plan", "--json", "--yes"], 0);
        plan["confirm"]["text"].as_str().unwrap().to_owned()
    };
    killed(&desk, &["operations", "resume", &id, "--confirm", &left()], 6).await;
    let ended = desk.run(&["operations", "resume", &id, "--confirm", &left()]);
    assert!(ended.code == Some(0) && ended.stdout.contains("succeeded: deploy v413 to 9 environments"), "{ended:?}");
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"; 9]);
    for name in REGIONS.into_iter().flat_map(|(_, names)| names) {
        assert_eq!(desk.sim.version(name).await, "v413", "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_checked_first_asks_for_a_version_once_in_each_region() {
    let desk = Desk::at(&world(), CONFIGURATION, 60.0).await;
    let ended = desk.run(&["wave", "--app", "orchid", "--version", "v413", "--at-once", "9", "--bake", "0", "--confirm", "9"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = desk.sim.get("/_sim/calls").await;
    let calls: Vec<&str> = told["calls"].as_array().unwrap().iter().filter_map(|call| call["operation"].as_str()).collect();
    let first = calls.iter().position(|call| *call == "UpdateEnvironment").unwrap();
    // For the plan, for the checks of all nine, and once more right before the first one begins.
    let asked = calls[..first].iter().filter(|call| **call == "DescribeApplicationVersions").count();
    assert!(asked <= 3 + 3 + 1, "{asked} of {calls:?}");
}
