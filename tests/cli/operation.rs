//! The commands that change environments: what they plan, how they are confirmed, what they send, how they end; and what
//! is known of that afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Exactly, Holds, Nothing, case, check};
use crate::support::desk::{Desk, TILL, TILL_CONFIGURATION};
use crate::support::program::Program;
use crate::support::systems::{GROUP_CONFIGURATION, ROLLED_WORLD};

/// Not one of these sends anything: they are plans, or are not confirmed as they have to be, or cannot be.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_are_shown_and_what_is_not_confirmed_is_not_begun() {
    let desk = Desk::quick().await;
    let plan = Holds(&["Deploy v2 to till-prod us-west-1", "v1 → v2", "rolling, 1 at a time", "confirmed with --confirm till-prod"]);
    check(
        &desk.folder,
        &desk.variables,
        &[
            case(&["deploy", "till-prod", "--version", "v2", "--plan"], 0, plan, Nothing),
            case(&["deploy", "till-staging", "--version", "v2", "--plan"], 0, Holds(&["confirmed with --yes"]), Nothing),
            case(
                &["deploy", "till-prod", "--version", "v2", "--yes"],
                4,
                Holds(&["Deploy v2"]),
                Exactly("nothing was sent: --yes is not enough here: confirm it with --confirm till-prod\n"),
            ),
            case(
                &["deploy", "till-prod", "--version", "v2", "--yes", "--confirm", "till-blue"],
                4,
                Holds(&["Deploy v2"]),
                Exactly("nothing was sent: --confirm says something else than till-prod: look at the plan again\n"),
            ),
            case(&["deploy", "till-staging", "--version", "v2"], 4, Holds(&["v1 → v2"]), Holds(&["confirm it with --yes"])),
            case(
                &["deploy", "till-staging", "--version", "v2", "--yes", "--confirm", "till-prod"],
                4,
                Holds(&["v1 → v2"]),
                Holds(&["something else than till-staging"]),
            ),
            case(
                &["deploy", "till-prod", "--version", "v1"],
                4,
                Nothing,
                Holds(&["nothing was sent: till-prod us-west-1 runs v1 already"]),
            ),
            case(
                &["deploy", "till-prod", "--version", "v413", "--plan"],
                4,
                Nothing,
                Holds(&["v413 is not among the versions of till: it was removed, or never was; the newest are v"]),
            ),
            case(&["deploy", "till-prod", "--version", "v3", "--plan"], 4, Nothing, Holds(&["like it there are v3-broken"])),
            case(&["deploy", "till-prdo", "--version", "v2"], 2, Nothing, Holds(&["no environment is called \"till-prdo\""])),
            case(&["deploy", "till-prod"], 2, Nothing, Holds(&["--version <LABEL>"])),
            case(
                &["redeploy", "till-prod", "till-blue", "till-prod", "--yes"],
                4,
                Holds(&["Redeploy what runs in 2 environments", "confirmed with --confirm 2"]),
                Holds(&["confirm it with --confirm 2"]),
            ),
            case(
                &["restart", "till-staging", "till-blue", "--confirm", "3"],
                4,
                Holds(&["2 environments"]),
                Holds(&["something else than 2"]),
            ),
            case(&["rebuild", "till-staging", "--yes"], 4, Holds(&["DESTROYS"]), Holds(&["confirm it with --confirm till-staging"])),
            case(&["abort", "till-prod", "--yes"], 4, Nothing, Holds(&["no update of till-prod us-west-1 goes on"])),
            case(&["swap", "till-prod", "till-blue", "--plan"], 0, Holds(&["Swap the CNAMEs", "confirmed with --confirm 2"]), Nothing),
            case(&["swap", "till-prod", "till-prod@us-west-1", "--plan"], 2, Nothing, Holds(&["are one environment"])),
            case(&["scale", "till-prod", "--min", "4", "--max", "2", "--plan"], 4, Nothing, Holds(&["4 is more than 2"])),
            case(&["scale", "till-prod", "--min", "2", "--max", "6", "--plan"], 0, Holds(&["→ 2 to 6", "--confirm till-prod"]), Nothing),
            case(
                &["scale", "till-prod", "--min", "0", "--max", "0", "--confirm", "till-prod"],
                4,
                Holds(&["in the way"]),
                Holds(&["--reason"]),
            ),
            case(&["wave", "--app", "tell", "--version", "v2"], 2, Nothing, Holds(&["no environment of an app \"tell\" is seen"])),
            case(
                &["wave", "--app", "till", "--version", "v2", "--at-once", "2", "--canary", "1", "--plan"],
                0,
                Holds(&["Deploy v2 to 3 environments", "before production 1 (till-staging us-west-1)", "canary 1 (", "--confirm 3"]),
                Nothing,
            ),
            case(&["wave", "--app", "till", "--version", "v2", "--at-once", "0"], 2, Nothing, Holds(&["--at-once"])),
            case(&["operations"], 0, Exactly("nothing was done from this machine yet\n"), Nothing),
            case(&["operations", "resume", "20231114", "--yes"], 2, Nothing, Holds(&["there is no operation \"20231114\""])),
            case(&["audit"], 0, Nothing, Holds(&["nothing is recorded yet"])),
        ],
    );
    assert!(desk.sim.writes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_as_json_tells_what_it_resolves_to_and_what_confirms_it() {
    let desk = Desk::quick().await;
    let plan = desk.json(&["deploy", "till-prod", "--version", "v2", "--plan", "--json"], 0);
    assert_eq!((&plan["schema"], &plan["kind"], &plan["needs_reason"]), (&json!(1), &json!("deploy"), &json!(false)));
    assert_eq!(plan["confirm"], json!({"by": "name", "text": "till-prod"}));
    assert_eq!(plan["waves"][0]["units"][0]["environment"], json!("beanstalk:111122223333:us-west-1:till-prod"));
    assert_eq!(plan["waves"][0]["units"][0]["steps"], json!(["deploy v2"]));
    let lines = plan["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| *line == json!({"label": "version", "text": "v1 → v2"})), "{lines:?}");
    assert_eq!(plan["checks"], json!([]), "{plan}");
    let hindered = desk.json(&["scale", "till-prod", "--min", "0", "--max", "0", "--plan", "--json"], 0);
    assert_eq!(hindered["needs_reason"], json!(true));
    assert!(hindered["checks"].as_array().unwrap().iter().any(|check| check["verdict"] == "fail"), "{hindered}");
    let several = desk.json(&["restart", "till-prod", "till-blue", "--plan", "--json"], 0);
    assert_eq!(several["confirm"], json!({"by": "count", "text": "2"}));
    let one = desk.json(&["restart", "till-staging", "--plan", "--json"], 0);
    assert_eq!(one["confirm"], json!({"by": "yes", "text": null}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_confirmed_is_sent_once_proven_and_recorded() {
    let desk = Desk::quick().await;
    let typed = ["deploy", "till-prod", "--version", "v2", "--confirm", "till-prod", "--reason", "it is Friday", "--json"];
    let ended = desk.run(&typed);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("Deploy v2 to till-prod") && ended.stderr.contains("till-prod us-west-1  ✔ done"), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&document["state"], &document["units"][0]["state"]), (&json!("succeeded"), &json!("done")));
    assert_eq!(document["reason"], json!("it is Friday"));
    assert_eq!((desk.sim.version("till-prod").await.as_str(), desk.sim.writes().await), ("v2", vec!["UpdateEnvironment".to_owned()]));
    let again = desk.run(&["redeploy", "till-staging", "--yes"]);
    assert!(again.code == Some(0) && again.stdout.contains("succeeded: redeploy what runs in till-staging"), "{again:?}");
    let restarted = desk.run(&["restart", "till-staging", "--confirm", "till-staging"]);
    assert_eq!(restarted.code, Some(0), "{restarted:?}");
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment", "UpdateEnvironment", "RestartAppServer"]);
    // All of it can be read afterwards, without the cloud.
    let id = document["id"].as_str().unwrap();
    let cases = [
        (vec!["operations"], "succeeded    1/1 done"),
        (vec!["operations", "show", id], "✔ deploy v2: till-prod runs v2 on 3 of 3 instances"),
        (vec!["audit"], "reason: it is Friday"),
        (vec!["audit", "-n", "1", "restart"], "succeeded    restart the application servers of till-staging"),
    ];
    for (typed, part) in cases {
        let ended = Program::new(&desk.folder, &typed).run();
        assert!(ended.code == Some(0) && ended.stdout.contains(part), "{typed:?}: {ended:?}");
    }
    assert_eq!(desk.json(&["operations", "show", id, "--json"], 0)["id"], json!(id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_and_what_the_cloud_does_not_take_is_told_by_the_code() {
    let desk = Desk::quick().await;
    let failed = desk.run(&["deploy", "till-staging", "--version", "v3-broken", "--yes"]);
    assert!(
        failed.code == Some(1) && failed.stdout.contains("failed: deploy v3-broken") && failed.stderr.contains("✖ failed"),
        "{failed:?}"
    );
    assert_eq!(desk.sim.version("till-staging").await, "v1");
    // A label that is not there is not planned.
    let refused = desk.run(&["deploy", "till-blue", "--version", "v9", "--confirm", "till-blue"]);
    assert!(refused.code == Some(4) && refused.stderr.contains("nothing was sent: v9 is not among the versions of till"), "{refused:?}");
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"]);
}

/// The file is the one that a team shares: what somebody else wrote there holds here, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_locked_is_changed_with_a_reason_only_and_that_is_kept() {
    let desk = Desk::quick().await;
    let lock = json!({"environment": "beanstalk:111122223333:us-west-1:till-prod", "by": "@kim-berg", "at": "2020-01-01T00:00:00Z", "until": null, "reason": "moving \u{202e}the database"});
    let file = desk.folder.write("share/locks.json", &json!({"version": 1, "locks": [lock]}).to_string());
    desk.folder.write(".config/quarterdeck/config.toml", &format!("{TILL_CONFIGURATION}[locks]\nfile = {:?}\n", file.to_str().unwrap()));
    let refused = desk.run(&["restart", "till-prod", "--confirm", "till-prod"]);
    assert!(refused.code == Some(4) && refused.stderr.contains("say why it is done all the same, with --reason"), "{refused:?}");
    assert!(refused.stdout.contains("✖ in the way: till-prod us-west-1 is locked by @kim-berg"), "{refused:?}");
    assert!(
        refused.stdout.contains("moving \u{fffd}the database") && refused.stdout.contains("--confirm till-prod --reason"),
        "{refused:?}"
    );
    assert!(desk.sim.writes().await.is_empty());
    let done = desk.run(&["restart", "till-prod", "--confirm", "till-prod", "--reason", "Kim agrees"]);
    assert_eq!((done.code, desk.sim.writes().await), (Some(0), vec!["RestartAppServer".to_owned()]), "{done:?}");
    let audit = Program::new(&desk.folder, ["audit"]).run();
    assert!(audit.stdout.contains("reason: Kim agrees (although till-prod us-west-1 is locked by @kim-berg"), "{audit:?}");
    // Of several, what is locked is left out and named, and the count is of those that go along.
    let several = desk.run(&["restart", "till-prod", "till-blue", "till-staging", "--plan"]);
    assert!(several.stdout.contains("left out") && several.stdout.contains("--confirm 2"), "{several:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_whose_answer_is_lost_is_not_sent_again() {
    let desk = Desk::quick().await;
    let fault = json!({"service": "elasticbeanstalk", "operation": "UpdateEnvironment", "kind": "lost-answer"});
    desk.sim.post("/_sim/faults", &fault).await;
    let ended = desk.run(&["deploy", "till-staging", "--version", "v2", "--yes"]);
    assert_eq!((ended.code, desk.sim.writes().await), (Some(0), vec!["UpdateEnvironment".to_owned()]), "{ended:?}");
    assert_eq!(desk.sim.version("till-staging").await, "v2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_are_exchanged_sizes_change_and_all_is_made_anew() {
    let desk = Desk::quick().await;
    for (typed, operation) in [
        (&["swap", "till-prod", "till-blue", "--confirm", "2"][..], "SwapEnvironmentCNAMEs"),
        (&["scale", "till-prod", "--min", "2", "--max", "6", "--confirm", "till-prod"], "UpdateEnvironment"),
        (&["rebuild", "till-staging", "--confirm", "till-staging"], "RebuildEnvironment"),
    ] {
        let ended = desk.run(typed);
        assert_eq!(ended.code, Some(0), "{typed:?}: {ended:?}");
        assert_eq!(desk.sim.writes().await.last().unwrap(), operation);
    }
    assert_eq!(desk.sim.writes().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_on_is_aborted_whoever_began_it() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 3.0).await;
    let deploy = desk.program(&["deploy", "till-staging", "--version", "v2", "--yes"]);
    let mut begun = deploy.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(begun.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.by_ref().any(|line| line.contains("is Updating")));
    let ended = desk.run(&["abort", "till-staging"]);
    assert!(ended.code == Some(4) && ended.stdout.contains("may be left with different versions"), "{ended:?}");
    let ended = desk.run(&["abort", "till-staging", "--yes"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(told.any(|line| line.contains("somebody has aborted")));
    assert_eq!(begun.wait().unwrap().code(), Some(1));
    assert_eq!(desk.sim.version("till-staging").await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_command_is_finished_by_another_and_nothing_is_sent_twice() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 10.0).await;
    let (code, _) = desk.signalled(&["deploy", "till-prod", "--version", "v2", "--confirm", "till-prod"], "KILL");
    assert_eq!(code, None);
    let id = desk.newest();
    let short = id.split_once('-').unwrap().1.to_owned();
    let shown = desk.json(&["operations", "show", &id, "--json"], 0);
    assert_eq!((&shown["state"], &shown["carried_on"]), (&json!("interrupted"), &json!("nobody")));
    // As long as that stands, nothing else is begun there without a word about it, even once the update is over.
    let arrived = desk.run(&["wait", "till-prod", "--version", "v2"]);
    assert_eq!(arrived.code, Some(0), "{arrived:?}");
    let refused = desk.run(&["restart", "till-prod", "--confirm", "till-prod"]);
    assert!(refused.code == Some(4) && refused.stderr.contains("with --reason"), "{refused:?}");
    let interrupted = "an operation of till-prod us-west-1 was interrupted and not finished, put back or left: deploy v2 to till-prod";
    assert!(refused.stdout.contains(interrupted), "{refused:?}");
    let plan = desk.run(&["operations", "resume", &short, "--plan", "--yes"]);
    assert!(plan.code == Some(0) && plan.stdout.contains("Finish: deploy v2 to till-prod"), "{plan:?}");
    assert_eq!(desk.json(&["operations", "show", &id, "--json"], 0)["state"], json!("interrupted"), "a plan carries nothing on");
    // What is left of it begins: that is confirmed as it was.
    let unconfirmed = desk.run(&["operations", "resume", &short, "--yes"]);
    assert!(unconfirmed.code == Some(4) && unconfirmed.stderr.contains("confirm it with --confirm till-prod"), "{unconfirmed:?}");
    let resumed = desk.run(&["operations", "finish", &short, "--confirm", "till-prod"]);
    assert!(resumed.code == Some(0) && resumed.stdout.contains("succeeded: deploy v2 to till-prod"), "{resumed:?}");
    assert_eq!((desk.sim.version("till-prod").await.as_str(), desk.sim.writes().await), ("v2", vec!["UpdateEnvironment".to_owned()]));
    let over = desk.run(&["operations", "undo", &id, "--yes"]);
    assert!(over.code == Some(4) && over.stderr.contains("nothing was sent"), "{over:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_command_says_how_it_is_carried_on() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 10.0).await;
    let (code, said) = desk.signalled(&["deploy", "till-staging", "--version", "v2", "--yes"], "INT");
    let id = desk.newest();
    assert_eq!(code, Some(130), "{said}");
    for part in ["resume", "undo", "leave"] {
        assert!(said.contains(&format!("quarterdeck operations {part} {id}")), "{part}: {said}");
    }
    let plan = desk.json(&["operations", "resume", &id, "--plan", "--json"], 0);
    assert_eq!((&plan["resumes"], &plan["kind"], &plan["confirm"]["by"]), (&json!(id), &json!("deploy"), &json!("yes")), "{plan}");
    assert_eq!(plan["waves"][0]["units"][0]["environment"], json!("beanstalk:111122223333:us-west-1:till-staging"));
    let other = desk.run(&["operations", "resume", &id, "--confirm", "till-blue"]);
    assert!(other.code == Some(4) && other.stderr.contains("something else than till-staging"), "{other:?}");
    // Whose app it is, and so whether it is frozen, nobody can tell while it is not seen.
    let freeze = "[[freezes]]\nfrom = \"2020-01-01\"\nuntil = \"2020-01-02\"\nzone = \"UTC\"\napp = \"till\"\n";
    desk.folder.write(".config/quarterdeck/config.toml", &format!("{TILL_CONFIGURATION}{freeze}"));
    let fault = json!({"service": "elasticbeanstalk", "operation": "DescribeEnvironments", "kind": "denied"});
    desk.sim.post("/_sim/faults", &fault).await;
    let unseen = desk.run(&["operations", "resume", &id, "--plan"]);
    assert!(unseen.code == Some(0) && unseen.stdout.contains("whether till-staging us-west-1 is frozen is not known"), "{unseen:?}");
    desk.sim.delete("/_sim/faults").await;
    let left = desk.run(&["operations", "leave", &id, "--reason", "seen to by hand"]);
    assert!(left.code == Some(0) && left.stdout.contains("left: deploy v2 to till-staging"), "{left:?}");
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"]);
    let audit = Program::new(&desk.folder, ["audit", "--json"]).run();
    assert!(audit.stdout.contains("seen to by hand") && audit.stdout.contains("\"outcome\":\"left\""), "{audit:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_down_is_not_begun() {
    let desk = Desk::quick().await;
    // Where the journals would be, there is a file.
    desk.folder.write(".local/state/quarterdeck/operations", "");
    let ended = desk.run(&["restart", "till-staging", "--yes", "--reason", "x"]);
    assert!(ended.code == Some(4) && ended.stderr.contains("nothing was sent: "), "{ended:?}");
    // That is no typing error: the operation may be there.
    for command in [&["show", "1a2b3c4d"][..], &["resume", "1a2b3c4d", "--yes"], &["undo", "1a2b3c4d", "--yes"]] {
        let ended = desk.run(&[&["operations"], command].concat());
        assert!(
            ended.code == Some(1) && ended.stderr.contains("operations cannot be read") && !ended.stderr.contains("there is no"),
            "{ended:?}"
        );
    }
    assert!(desk.sim.writes().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_that_cannot_be_understood_is_named_and_not_missing() {
    let desk = Desk::at(TILL, TILL_CONFIGURATION, 10.0).await;
    let _ = desk.signalled(&["deploy", "till-staging", "--version", "v2", "--yes"], "KILL");
    let id = desk.newest();
    let folder = desk.folder.path().join(".local/state/quarterdeck/operations");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("{\"version\":1,\"at\"", "{\"version\":99,\"at\"")).unwrap();
    }
    for command in [&["show", &id][..], &["undo", &id, "--yes"]] {
        let ended = desk.run(&[&["operations"], command].concat());
        assert!(ended.code == Some(1) && ended.stderr.contains("its version is 99"), "{ended:?}");
    }
    assert_eq!(desk.sim.writes().await, ["UpdateEnvironment"]);
}

/// An environment for each agency; in one with three instances the version fails.
const FLEET: &str = r#"
[[application]]
name = "orchid"
regions = ["us-west-1"]

[[application.version]]
label = "v413"
created = "-1h"
fails_at = 2

[[environment]]
app = "orchid"
names = ["orchid-staging", "orchid-acme", "orchid-bell", "orchid-dyer", "orchid-east"]
region = "us-west-1"
version = "v412"
instances = 1
policy = "AllAtOnce"

[[environment]]
app = "orchid"
name = "orchid-cole"
region = "us-west-1"
version = "v412"
instances = 3
policy = "Rolling"
batch = "1"
"#;

const FLEET_CONFIGURATION: &str =
    "regions = [\"us-west-1\"]\n[apps.orchid]\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"orchid-staging\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_stops_where_one_fails_and_tells_of_each() {
    let desk = Desk::at(FLEET, FLEET_CONFIGURATION, 60.0).await;
    let typed = ["wave", "--app", "orchid", "--version", "v413", "--at-once", "1", "--bake", "0", "--confirm", "6", "--json"];
    let ended = desk.run(&typed);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    let states: Vec<(&str, &str)> = document["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| (unit["name"].as_str().unwrap(), unit["state"].as_str().unwrap()))
        .collect();
    let of = |name: &str| states.iter().find(|(unit, _)| unit.starts_with(name)).unwrap().1;
    assert_eq!((of("orchid-staging"), of("orchid-acme"), of("orchid-cole")), ("done", "done", "failed"), "{states:?}");
    assert!(["orchid-dyer", "orchid-east"].iter().all(|name| of(name) != "done"), "{states:?}");
    assert!(ended.stderr.contains("of 6: 1 done"), "{ended:?}");
    let missed = desk.run(&["wave", "--app", "orchid", "--version", "v413", "--confirm", "6"]);
    assert!(missed.code == Some(4) && missed.stdout.contains("left out"), "those that run it already: {missed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_that_asks_is_paused_and_goes_on_without_what_is_skipped() {
    let desk = Desk::at(FLEET, FLEET_CONFIGURATION, 60.0).await;
    let typed = ["wave", "--app", "orchid", "--version", "v413", "--at-once", "1", "--bake", "0", "--on-failure", "ask", "--confirm", "6"];
    let ended = desk.run(&typed);
    let id = desk.newest();
    assert!(ended.code == Some(5) && ended.stderr.contains(&format!("quarterdeck operations resume {id}")), "{ended:?}");
    let writes = desk.sim.writes().await.len();
    let unreasoned = desk.run(&["operations", "skip", &id, "orchid-dyer", "--confirm", "2"]);
    assert!(unreasoned.code == Some(4) && unreasoned.stderr.contains("a reason is needed"), "{unreasoned:?}");
    assert_eq!(desk.sim.writes().await.len(), writes);
    let whole = desk.json(&["operations", "resume", &id, "--plan", "--json", "--yes"], 0);
    assert_eq!(whole["confirm"], json!({"by": "count", "text": "2"}));
    let units = whole["waves"].as_array().unwrap().iter().flat_map(|wave| wave["units"].as_array().unwrap());
    assert_eq!(units.count(), 2, "what is left: {whole}");
    // What is left then is planned, and confirmed.
    let skip = ["operations", "skip", &id, "orchid-dyer", "--reason", "its agency is closed"];
    let plan = desk.run(&[&skip[..], &["--plan", "--yes"]].concat());
    assert!(plan.code == Some(0) && plan.stdout.contains("1 of 6: orchid-east"), "{plan:?}");
    let counted = desk.run(&[&skip[..], &["--confirm", "2"]].concat());
    assert!(counted.code == Some(4) && counted.stderr.contains("something else than orchid-east"), "{counted:?}");
    let answered = desk.run(&["operations", "answer", &id, "failed", "--plan", "--yes", "--reason", "x"]);
    assert!(answered.code == Some(4) && answered.stderr.contains("nobody asks"), "{answered:?}");
    assert_eq!(desk.sim.writes().await.len(), writes);
    let skipped = desk.run(&[&skip[..], &["--confirm", "orchid-east", "--json"]].concat());
    assert_eq!((skipped.code, desk.sim.writes().await.len()), (Some(1), writes + 1), "one has failed: {skipped:?}");
    let document: Value = serde_json::from_str(&skipped.stdout).unwrap();
    let states: Vec<&str> = document["units"].as_array().unwrap().iter().map(|unit| unit["state"].as_str().unwrap()).collect();
    let count = |state: &str| states.iter().filter(|other| **other == state).count();
    assert_eq!((count("done"), count("failed"), count("left out")), (4, 1, 1), "{document}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_rolled_over_a_target_group_one_instance_after_the_other() {
    let desk = Desk::at(ROLLED_WORLD, GROUP_CONFIGURATION, 60.0).await;
    let tag = "1111111111111111111111111111111111111111";
    let changes = async || -> Vec<String> {
        // To tell what an instance runs is a command as well, and no change.
        desk.sim.writes().await.into_iter().filter(|name| name != "SendCommand").collect()
    };
    let plan = desk.run(&["roll", "growl-dev", "--version", tag, "--plan"]);
    assert!(plan.code == Some(0) && plan.stdout.contains(&format!("Roll {tag} over growl-dev us-west-1")), "{plan:?}");
    assert!(plan.stdout.contains("2 of 2 healthy; 1 at a time") && plan.stdout.contains("confirmed with --yes"), "{plan:?}");
    let missing = desk.run(&["roll", "growl-dev", "--version", "v9", "--yes"]);
    assert!(missing.code == Some(4) && missing.stderr.contains("v9 is not among the images of growl-backend"), "{missing:?}");
    let unconfirmed = desk.run(&["roll", "growl-dev", "--version", tag]);
    assert!(unconfirmed.code == Some(4) && unconfirmed.stderr.contains("confirm it with --yes"), "{unconfirmed:?}");
    assert!(changes().await.is_empty());
    let document = desk.json(&["roll", "growl-dev", "--version", tag, "--yes", "--json"], 0);
    let units: Vec<&str> = document["units"].as_array().unwrap().iter().map(|unit| unit["wave"].as_str().unwrap()).collect();
    assert_eq!((&document["state"], units), (&json!("succeeded"), vec!["instances", "instances", "versions"]), "{document}");
    let once = ["DeregisterTargets", "RegisterTargets"];
    assert_eq!(changes().await, [once, once].concat());
    // What is no target group is not rolled over.
    let elsewhere = Desk::quick().await;
    let refused = elsewhere.run(&["roll", "till-staging", "--version", "v2", "--yes"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("is no target group: quarterdeck deploy"), "{refused:?}");
    assert!(elsewhere.sim.writes().await.is_empty());
}
