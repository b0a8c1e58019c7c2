use std::sync::Arc;
use std::time::Duration;

use quarterdeck::model::id::Repository;
use quarterdeck::model::operation::action::{Action, Place, Way};
use quarterdeck::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome};
use serde_json::json;

use super::targets::{rig, rig_of};
use super::{Rig, accepted, has_failed, is_done, is_refused};
use crate::support::sim::Sim;

const NEW: &str = "2222222222222222222222222222222222222222";

pub fn run(command: &str) -> Action {
    Action::Run { way: Way::Ssm, command: command.to_owned(), limit: Duration::from_secs(600) }
}

pub fn deploy() -> Action {
    run(&format!("make ecr-deploy IMAGE_TAG={NEW}"))
}

/// How many instances run the new image.
async fn new(rig: &Rig, place: &Place) -> u64 {
    let truth = rig.truth(&place.environment).await;
    let versions = truth["instances"]["versions"].as_array().unwrap();
    versions.iter().find(|version| version["label"] == NEW).map_or(0, |version| version["count"].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_runs_on_an_instance_and_its_output_is_told() {
    let (mut rig, places, _) = rig().await;
    is_done(&rig.carry_out(&places[0], &deploy()).await, "ended with exit code 0");
    assert_eq!(new(&rig, &places[0]).await, 1);
    let text = rig.text();
    assert!(text.starts_with("docker pull ") && text.ends_with("docker run shop\n"), "{text}");
    let failing = run("cat /srv/none");
    is_refused(
        rig.before(&places[0], &Action::Run { way: Way::Ssm, command: String::new(), limit: Duration::ZERO }).await,
        "no time that Systems Manager takes",
    );
    // Under the same mark nothing runs twice, whatever it is: what ran first is told.
    is_done(&rig.carry_out(&places[0], &failing).await, "ended with exit code 0");
    // What it wrote is told beside its end, and is no part of it: that is kept, and this may hold a secret.
    let ended = rig.carry_out(&places[1], &failing).await;
    assert!(matches!(&ended, Outcome::Failed(sentence) if sentence.ends_with("ended with exit code 1")), "{ended:?}");
    has_failed(&rig.carry_out(&places[2], &run("make test")).await, "exit code 127");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_befalls_the_request_is_told_and_a_lost_answer_is_found_by_its_mark() {
    let (rig, places, _) = rig().await;
    rig.befalls(&places[0], &deploy(), "SendCommand").await;
    let baseline = rig.before(&places[0], &deploy()).await.unwrap();
    assert!(matches!(rig.look(&places[0], &deploy(), &baseline, None).await.unwrap(), Observed::Unclear(_)));
    rig.let_time_pass();
    assert_eq!(rig.look(&places[0], &deploy(), &baseline, None).await.unwrap(), Observed::NotBegun);
    // A machine forgets its marks in the end: begun again after that, it would run a second time.
    let at = baseline.at.map(|at| at.checked_sub(Mark::KEPT).unwrap());
    let old = rig.look(&places[0], &deploy(), &Baseline { at, ..baseline }, None).await.unwrap();
    assert!(matches!(&old, Observed::Unclear(sentence) if sentence.contains("too long ago to tell")), "{old:?}");
    let baseline = rig.lose_the_answer(&places[0], &deploy(), "SendCommand").await;
    is_done(&rig.end(&places[0], &deploy(), &baseline, None).await, "ended with exit code 0");
    // Sent once more under the same mark it does nothing, and the first one is told.
    let second = accepted(rig.begin(&places[0], &deploy()).await);
    is_done(&rig.end(&places[0], &deploy(), &baseline, Some(&second)).await, "ended with exit code 0");
    assert_eq!(new(&rig, &places[0]).await, 1);
}

/// The usual world, whose instances deploy like this.
pub async fn with(deploys: &str) -> (Rig, Vec<Place>) {
    let world = format!(
        "[[target-group]]\nname = \"shop-prod\"\nregion = \"us-west-2\"\n[[target-group.instance]]\ncount = 2\nimage = \"shop\"\ncommit = \"{}\"\n{deploys}\n",
        "1".repeat(40)
    );
    let (rig, places, _) = rig_of(&world, 100.0).await;
    (rig, places)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_or_hangs_is_told_as_it_ends() {
    let (mut rig, places) = with("deploys = \"fails\"").await;
    has_failed(&rig.carry_out(&places[0], &deploy()).await, "ended with exit code 2");
    assert!(rig.text().contains("make: *** [Makefile:3: ecr-deploy] Error 1\n"));
    assert_eq!(new(&rig, &places[0]).await, 0);
    let (rig, places) = with("deploys = \"full\"").await;
    let unnoted = rig.carry_out(&places[0], &deploy()).await;
    has_failed(&unnoted, "nothing was run on i-");
    has_failed(&unnoted, "could not be noted in /var/lib/quarterdeck; look whether its disk is full or read-only");
    let (rig, places) = with("deploys = \"hangs\"").await;
    let command = format!("make ecr-deploy IMAGE_TAG={NEW}");
    let short = Action::Run { way: Way::Ssm, command, limit: Duration::from_secs(60) };
    has_failed(&rig.carry_out(&places[0], &short).await, "did not end within 60 s, and was ended there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_systems_manager_does_not_reach_gets_no_command() {
    let (rig, places) = with("managed = false").await;
    is_refused(rig.before(&places[0], &deploy()).await, "Systems Manager does not reach i-");
    let reached = Action::Reached(Way::Ssm);
    has_failed(&rig.carry_out_look(&places[0], &reached).await, "Systems Manager does not reach i-");
    match rig.begin(&places[0], &deploy()).await {
        Begun::Refused(fault) => assert!(fault.sentence.contains("not in a valid state"), "{fault}"),
        other => panic!("{other:?}"),
    }
    let (rig, places) = with("").await;
    is_done(&rig.carry_out_look(&places[0], &reached).await, "Systems Manager reaches i-");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_has_been_built_or_not() {
    let (rig, places, _) = rig().await;
    let built = |repository: &str, tag: &str| Action::Built { region: "us-west-2".into(), repository: repository.into(), tag: tag.into() };
    is_done(&rig.carry_out_look(&places[0], &built("shop", NEW)).await, &format!("shop:{NEW} is sha256:"));
    has_failed(&rig.carry_out_look(&places[0], &built("shop", "v9")).await, "us-west-2 has no image shop:v9");
    has_failed(&rig.carry_out_look(&places[0], &built("till", NEW)).await, "us-west-2 has no image till:");
    rig.spoil("DescribeImages", "throttle").await;
    let baseline = rig.before(&places[0], &built("shop", NEW)).await.unwrap();
    let fault = rig.look(&places[0], &built("shop", NEW), &baseline, None).await.unwrap_err();
    assert!(fault.sentence.contains("throttles DescribeImages"), "what cannot be looked at says nothing of the image: {fault}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_quiet_once_no_run_of_the_workflows_goes_on() {
    let rig = Rig::on(Sim::built_in("default").await);
    let place = Place { environment: "host:here:-:here".parse().unwrap(), id: None, instance: None, connection: None, writer: None };
    let quiet = |workflow: &str| Action::Quiet { repository: Repository::from("hypothesis/h"), workflows: vec![Arc::from(workflow)] };
    let world = rig.sim.get("/_sim/world").await;
    let runs = world["runs"].as_array().unwrap();
    let live = runs
        .iter()
        .find(|run| run["repository"] == "hypothesis/h" && run["status"] != "completed")
        .unwrap_or_else(|| panic!("{}", json!(runs)));
    let path = live["workflow"].as_str().or(live["path"].as_str()).unwrap();
    let file = path.rsplit('/').next().unwrap();
    match rig.look(&place, &quiet(file), &Baseline::default(), None).await.unwrap() {
        Observed::Underway(progress) => assert!(progress.note.unwrap().ends_with("wait until it is over, or cancel it")),
        other => panic!("a run may end, and is waited for: {other:?}"),
    }
    is_done(&rig.carry_out_look(&place, &quiet("no-such-workflow.yml")).await, "no run of no-such-workflow.yml goes on in hypothesis/h");
    // Without a way to GitHub nobody can tell.
    let (alone, places) = with("").await;
    let fault = alone.look(&places[0], &quiet(file), &Baseline::default(), None).await.unwrap_err();
    assert!(fault.sentence.contains("set up the way to GitHub"), "{fault}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_action_is_carried_out_by_who_can() {
    let (rig, places) = with("").await;
    let pause = Action::Pause(Duration::ZERO);
    is_done(&rig.carry_out_look(&places[0], &pause).await, "0 s have passed");
    assert!(matches!(rig.begin(&places[0], &pause).await, Begun::Refused(_)), "a pause is not sent");
    let nowhere = Way::Ssh(quarterdeck::model::destination::Destination::new("nowhere.invalid").unwrap());
    assert!(matches!(rig.carry_out_look(&places[0], &Action::Reached(nowhere)).await, Outcome::Failed(_)));
}

impl Rig {
    /// Looks at what is not begun, until it has ended.
    async fn carry_out_look(&self, place: &Place, action: &Action) -> Outcome {
        let baseline = self.before(place, action).await.unwrap();
        self.end(place, action, &baseline, None).await
    }
}
