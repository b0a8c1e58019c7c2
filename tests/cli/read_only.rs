//! Read-only: no command of the command line writes anything, whatever is typed with it.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::desk::{Desk, TILL, TILL_CONFIGURATION};
use crate::support::systems::{GROUP_CONFIGURATION, ROLLED_WORLD};

/// The commands that only read.
const READS: [&str; 14] =
    ["audit", "config", "demo", "doctor", "help", "init", "logs", "pending", "previews", "promotions", "sim", "status", "timeline", "wait"];
/// Those that answer runs of GitHub: a case each in [`super::promotions`].
const ANSWERS: [&str; 2] = ["approve", "reject"];
/// What only looks at operations.
const LOOKS: [&str; 3] = ["help", "list", "show"];

/// The commands that a help lists.
fn listed(desk: &Desk, typed: &[&str]) -> BTreeSet<String> {
    let ended = desk.run(typed);
    let (_, commands) = ended.stdout.split_once("Commands:\n").unwrap();
    let lines = commands.lines().take_while(|line| !line.is_empty());
    // What a command does goes on in lines that are indented further.
    lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn names<'n>(groups: impl IntoIterator<Item = &'n str>) -> BTreeSet<String> {
    groups.into_iter().map(str::to_owned).collect()
}

/// With the cloud's own switch, which counts what it is asked for all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn read_only_refuses_every_one_of_them() {
    let (_, groups) = GROUP_CONFIGURATION.split_once("[apps.growl]").unwrap();
    let configuration = format!("{TILL_CONFIGURATION}\n[apps.growl]{groups}");
    let desk = Desk::at(&[TILL, ROLLED_WORLD].concat(), &configuration, 10.0).await;
    let _ = desk.signalled(&["deploy", "till-staging", "--version", "v2", "--yes"], "KILL");
    let (id, before) = (desk.newest(), desk.sim.writes().await.len());
    desk.sim.post("/_sim/read-only", &json!({"on": true})).await;
    let commands: [&[&str]; 15] = [
        &["deploy", "till-prod", "--version", "v2", "--confirm", "till-prod", "--reason", "x"],
        &["deploy", "till-prod", "till-blue", "--version", "v2", "--confirm", "2", "--reason", "x"],
        &["roll", "growl-dev", "--version", "1111111111111111111111111111111111111111", "--yes", "--reason", "x"],
        &["redeploy", "till-prod", "--confirm", "till-prod", "--reason", "x"],
        &["restart", "till-staging", "--yes", "--reason", "x"],
        &["rebuild", "till-blue", "--confirm", "till-blue", "--reason", "x"],
        &["abort", "till-staging", "--yes"],
        &["swap", "till-prod", "till-blue", "--confirm", "2", "--reason", "x"],
        &["scale", "till-prod", "--min", "1", "--max", "2", "--confirm", "till-prod", "--reason", "x"],
        &["wave", "--app", "till", "--version", "v2", "--confirm", "3", "--reason", "x"],
        &["operations", "resume", &id, "--yes", "--reason", "x"],
        &["operations", "undo", &id, "--yes"],
        &["operations", "leave", &id, "--reason", "x"],
        &["operations", "skip", &id, "till-staging", "--yes", "--reason", "x"],
        &["operations", "answer", &id, "failed", "--yes", "--reason", "x"],
    ];
    // Every command there is: what is added to the program is added here.
    let tried = names(commands.iter().map(|command| command[0]));
    assert_eq!(listed(&desk, &["--help"]), &(&tried | &names(READS)) | &names(ANSWERS));
    let tried = names(commands.iter().filter(|command| command[0] == "operations").map(|command| command[1]));
    assert_eq!(listed(&desk, &["operations", "--help"]), &tried | &names(LOOKS));
    let configured = configuration
        .replace("[apps.till]\n", "[apps.till]\nread_only = true\n")
        .replace("[apps.growl]\n", "[apps.growl]\nread_only = true\n");
    for (text, flag) in [(&configuration, Some("--read-only")), (&format!("read_only = true\n{configuration}"), None), (&configured, None)]
    {
        desk.folder.write(".config/quarterdeck/config.toml", text);
        for command in commands {
            let typed: Vec<&str> = flag.into_iter().chain(command.iter().copied()).collect();
            let ended = desk.run(&typed);
            assert!(ended.code == Some(4) && ended.stderr.contains("nothing was sent: read-only"), "{typed:?}: {ended:?}");
        }
    }
    // Whose app an environment is that is not seen, nobody can tell.
    let fault = json!({"service": "elasticbeanstalk", "operation": "DescribeEnvironments", "kind": "denied"});
    desk.sim.post("/_sim/faults", &fault).await;
    for command in commands.iter().filter(|command| command[0] == "operations") {
        let ended = desk.run(command);
        let why =
            "nothing was sent: read-only: nothing of till is changed from here, and whether till-staging us-west-1 is of it is not known";
        assert!(ended.code == Some(4) && ended.stderr.contains(why), "{command:?}: {ended:?}");
    }
    assert_eq!((desk.sim.writes().await.len(), desk.sim.refused().await), (before, 0));
}
