//! Rolling deploys over target groups from the screen: keys in, screens out, and what the cloud was then asked to do.

use quarterdeck::app::state::State;
use serde_json::json;

use crate::support::live::{Live, goes_on};
use crate::support::sim::Sim;
use crate::support::sshd::Sshd;
use crate::support::systems::{ROLLED, ROLLED_WORLD};

async fn world() -> (Sim, tempfile::TempDir) {
    (Sim::of(ROLLED_WORLD, 60.0).await, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_is_chosen_planned_and_rolled_over_every_instance() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-dev").await.keys("D");
    console.says("deploy which version?");
    console.shows("also stable").await.keys("'1111 enter");
    console.shows("connections may go on for 5 m").await;
    console.says("Roll 1111111 over growl-dev us-west-1");
    console.says("2222222 → 1111111");
    console.says("2 of 2 healthy; 1 at a time, and no fewer than 1 healthy meanwhile");
    console.says("the workspace is growl-dev, nothing has drifted (sh -c echo No changes.), the image is in ECR, every host is reached");
    console.says("make ecr-deploy IMAGE_TAG=1111111111111111111111111111111111111111");
    console.says("proof the command's exit code, the group's health, and in the end what each instance tells that it runs");
    assert_eq!(sim.changes().await, Vec::<String>::new(), "nothing is sent before it is confirmed");
    console.keys("'y enter");
    let known = console.comes_to(1, "succeeded").await;
    assert_eq!(known.operation.tally().done, 3, "two instances, and a look at what they run");
    let proof = "every instance of growl-dev runs 1111111111111111111111111111111111111111 (2 of 2)";
    assert_eq!(known.operation.upshot().unwrap(), proof);
    console.says(proof);
    let once = ["DeregisterTargets", "RegisterTargets"];
    assert_eq!(sim.changes().await, [once, once].concat());
    let truth = sim.truth("growl-dev").await;
    assert_eq!(truth["instances"]["healthy"], json!(2), "{truth}");
    assert_eq!(truth["version"]["sha"], json!("1111111111111111111111111111111111111111"), "{truth}");
    console.keys("l").says("docker pull");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_drifted_is_not_touched_and_too_few_healthy_targets_need_a_reason() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-prod").await.keys("D");
    console.shows("also latest").await.keys("'2222 enter");
    console.shows("connections may go on for 5 m").await;
    console.says("2 targets of growl-prod us-west-2 are healthy: with one taken out, fewer than 3 are (minimum_healthy)");
    console.keys("'the-new-one-waits enter 'growl-prod enter");
    let known = console.comes_to(1, "refused").await;
    assert_eq!(sim.changes().await, Vec::<String>::new());
    let trouble = known.operation.trouble().unwrap_or_default();
    assert!(trouble.contains("what is there is not what was declared: it has drifted"), "{trouble}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_is_not_there_is_refused_and_nothing_else_is_done_to_a_target_group() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-dev").await.keys("D");
    console.shows("also stable").await.keys("'v9 enter");
    let said = console.said.last().unwrap();
    assert!(said.contains("v9 is not among the images of growl-backend in us-west-1: it was not built, or was removed"), "{said}");
    console.keys("B");
    let said = console.said.last().unwrap();
    assert!(said.contains("growl-dev is neither of Elastic Beanstalk nor on a plain host: I acts on one of its instances"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_connections_go_on_is_told_although_the_images_cannot_be_listed() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, ROLLED, folder.path());
    console.opens("growl-dev").await;
    sim.post("/_sim/faults", &json!({"service": "ecr", "operation": "DescribeImages", "kind": "denied"})).await;
    console.keys("D '1111111111111111111111111111111111111111 enter");
    console.shows("connections may go on for 5 m").await;
    console.says("its list could not be read");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_can_tell_of_runs_production_needs_a_reason() {
    let (sim, folder) = world().await;
    let around = "environments = [\"growl-*\"]\nrepository = \"growl-app/growl\"\ndirect_deploys = true";
    let settings = ROLLED.replace("environments = [\"growl-*\"]", around).replace("minimum_healthy = 3", "minimum_healthy = 1");
    let mut console = Live::on(&sim, &settings, folder.path());
    console.opens("growl-prod").await.keys("D");
    console.shows("also latest").await.keys("'2222 enter");
    console.shows("meanwhile cannot be checked").await;
    console.keys("'growl-prod enter");
    assert_eq!(console.state.operations.in_order(), [], "without a reason nothing is begun");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_files_are_copied_first_and_the_command_runs_once_on_each_instance() {
    let (sim, folder) = world().await;
    let (sshd, settings) = over_ssh(folder.path()).await;
    let mut console = Live::on(&sim, &settings, folder.path());
    console.opens("growl-dev").await.keys("R");
    console.shows("connections may go on for 5 m").await;
    console.says("copy a file, run the command over ssh (15 m at most)").keys("'y enter");
    console.comes_to(1, "succeeded").await;
    let line = "compose 2222222222222222222222222222222222222222\n";
    assert_eq!(std::fs::read_to_string(sshd.file("told")).unwrap(), line.repeat(2), "once on each of two instances");
    assert_eq!(std::fs::read_to_string(sshd.file("Makefile")).unwrap(), "all: deploy\n");
    assert_eq!(sim.changes().await, ["DeregisterTargets", "RegisterTargets", "DeregisterTargets", "RegisterTargets"]);
    console.keys("l").shows("all: deploy").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_command_of_a_rolling_deploy_writes_is_read_as_it_is_written_and_once() {
    let (sim, folder) = world().await;
    let sshd = Sshd::start().await;
    let go = sshd.file("go");
    // It says something, waits for this test, and says something more: in colour, over a line of progress, hostile.
    let script = r"printf 'pulling 1 %%\rpulling layers\n\033[31mWARN slow disk\033[0m\033]0;title\007\n'
while [ ! -e GO ]; do sleep 0.05; done
echo started $1; echo last without an end | tr -d '\n'";
    sshd.program("compose", &script.replace("GO", &go.display().to_string()));
    let over_ssh = format!("command = \"compose {{tag}}\"\nssh = \"shop\"\nssh_config = \"{}\"\n", sshd.config().display());
    let mut console = Live::on(&sim, &ROLLED.replacen("command = \"make ecr-deploy IMAGE_TAG={tag}\"\n", &over_ssh, 1), folder.path());
    console.opens("growl-dev").await.keys("R");
    // What it runs already: the sshd changes nothing in this world.
    console.shows("connections may go on for 5 m").await.keys("'y enter");
    // While it goes on, from the list of operations.
    console.until("it is listed", |state| !state.operations.in_order().is_empty()).await;
    console.keys("4 f").shows("pulling layers").await.shows("WARN slow disk").await;
    assert!(console.screen().lines().next().unwrap().contains("logs › "), "{}", console.screen());
    let goes_on = console.state.operations.in_order().iter().all(|id| console.state.operations.get(id).is_some_and(goes_on));
    assert!(goes_on && !console.screen().contains("started"), "{}", console.screen());
    assert!(!console.screen().contains(['\u{1b}', '\u{7}', '\r']), "{}", console.screen());
    // And beside whatever else the environment tells.
    console.keys("q").opens("growl-dev").await.keys("l");
    console.shows("logs › growl-dev").await.shows("WARN slow disk").await;
    std::fs::write(&go, "").unwrap();
    console.shows("started 2222222222222222222222222222222222222222").await;
    console.comes_to(1, "succeeded").await;
    console.shows("last without an end").await;
    // Once for each of two instances, though the screen was opened anew.
    let is_whole = |state: &State| state.logs.stream.as_ref().is_some_and(|stream| stream.buffer.lines() >= 8);
    console.keys("4 f").until("four lines of each", is_whole).await;
    for part in ["pulling layers", "WARN slow disk", "started 2222", "last without an end"] {
        let lines = console.screen().lines().filter(|line| line.contains(part)).count();
        assert_eq!(lines, 2, "{part}\n{}", console.screen());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_runs_another_version_in_the_end_is_named() {
    let (sim, folder) = world().await;
    // The command ends well and changes nothing of what runs there.
    let (_sshd, settings) = over_ssh(folder.path()).await;
    let mut console = Live::on(&sim, &settings.replacen("ssh_config", "versions_seconds = 1\nssh_config", 1), folder.path());
    console.opens("growl-dev").await.keys("D");
    console.shows("also stable").await.keys("'1111 enter");
    console.shows("connections may go on for 5 m").await.keys("'y enter");
    let known = console.comes_to(1, "failed").await;
    let tally = known.operation.tally();
    assert_eq!((tally.done, tally.failed), (2, 1), "{tally:?}");
    let trouble = known.operation.trouble().unwrap();
    assert!(
        trouble.starts_with("versions: see that every instance runs 1111111111111111111111111111111111111111: not within 1 s"),
        "{trouble}"
    );
    assert!(trouble.contains("0 of 2 run it; i-") && trouble.matches(" runs 2222222").count() == 2, "{trouble}");
}

/// What deploys over ssh: a host that notes what it was told, and the configuration.
async fn over_ssh(folder: &std::path::Path) -> (Sshd, String) {
    let sshd = Sshd::start().await;
    sshd.program("compose", &format!("cat {0}; echo compose $1 >> {1}", sshd.file("Makefile").display(), sshd.file("told").display()));
    std::fs::write(folder.join("Makefile"), "all: deploy\n").unwrap();
    let over_ssh = format!(
        "command = \"compose {{tag}}\"\nfolder = \"{}\"\nfiles = {{ \"Makefile\" = \"{}\" }}\nssh = \"shop\"\nssh_config = \"{}\"\n",
        folder.display(),
        sshd.file("Makefile").display(),
        sshd.config().display()
    );
    (sshd, ROLLED.replacen("command = \"make ecr-deploy IMAGE_TAG={tag}\"\n", &over_ssh, 1))
}

/// Six agencies in production, of which waves are told by the configuration.
const AGENCIES: &str = r#"
[[application]]
name = "orchid"
regions = ["us-east-1"]
keep = 1

[[application.version]]
label = "v2"
created = "-1h"

[[environment]]
app = "orchid"
names = ["orchid-a", "orchid-b", "orchid-c", "orchid-d", "orchid-e", "orchid-f"]
region = "us-east-1"
version = "v1"
instances = 1
"#;

const WAVES: &str = r#"
[[accounts]]
name = "sim-0"
regions = ["us-east-1"]

[apps.orchid]

[apps.orchid.waves]
canary = 1
batch = 2
at_once = 2
bake_minutes = 0
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waves_are_as_they_are_configured_and_a_purged_label_is_marked() {
    let (sim, folder) = (Sim::of(AGENCIES, 60.0).await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, WAVES, folder.path());
    console.opens("orchid-a").await.keys("q : 'wave enter");
    console.says("deploy which version?");
    console.shows("made 1h ago").await;
    console.says("✖ purged: there is no such version any more");
    console.keys("'v2 enter").says("* batch (0: all) 2 * at once 2 * watch, minutes 0").keys("enter");
    console.shows("canary 1").await;
    console.says("batch 1 2, 2 at once (").says("batch 2 2, 2 at once (").says("batch 3 1 (").keys("esc");
    console.opens("orchid-a").await.keys("D 'v0 enter");
    let refused = |said: &String| said.contains("v0 is not among the versions of orchid: it was removed, or never was");
    console.until("what is listed", |state| state.fleet.environments().any(|it| it.planning().is_some())).await;
    assert!(console.said.iter().any(refused), "{:?}\n{}", console.said, console.screen());
}
