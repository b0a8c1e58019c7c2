use quarterdeck::model::operation::action::{Action, Place};
use quarterdeck::model::operation::evidence::{Begun, Observed, Outcome};

use super::{Rig, accepted, has_failed, is_done, is_refused};

/// Environments that are updated in each way that there is, and versions that come to different ends.
const WORLD: &str = r#"
[[application]]
name = "till"
regions = ["us-west-1"]

[[application.version]]
label = "v2"
created = "-1h"

[[application.version]]
label = "v3-broken"
created = "-1h"
fails_at = 2

[[application.version]]
label = "v4-unfinished"
created = "-1m"
status = "Processing"

[[environment]]
app = "till"
names = ["till-prod", "till-blue", "till-slow"]
region = "us-west-1"
version = "v1"
instances = 3
policy = "Rolling"
batch = "1"

[[environment]]
app = "till"
name = "till-basic"
region = "us-west-1"
version = "v1"
health = "basic"
"#;

fn deploy(label: &str) -> Action {
    Action::Deploy(label.into())
}

async fn rig() -> (Rig, Place) {
    rig_at(100.0).await
}

/// Slowly enough that something can be seen while it goes on.
async fn slow_rig() -> (Rig, Place) {
    rig_at(8.0).await
}

async fn rig_at(speed: f64) -> (Rig, Place) {
    let rig = Rig::at(WORLD, speed).await;
    let place = rig.environment("us-west-1", "till-prod").await;
    (rig, place)
}

async fn runs(rig: &Rig, place: &Place) -> String {
    rig.truth(&place.environment).await["version"]["label"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_deployed_and_deployed_again() {
    let (rig, place) = slow_rig().await;
    let baseline = rig.before(&place, &deploy("v2")).await.unwrap();
    assert_eq!((baseline.version.clone(), baseline.state.as_deref()), (Some("v1".into()), Some("Ready")));
    assert!(baseline.deployment.is_some() && baseline.event_at.is_some() && baseline.updated_at.is_some(), "{baseline:?}");
    let receipt = accepted(rig.begin(&place, &deploy("v2")).await);
    assert!(receipt.request.is_some());
    assert!(matches!(rig.look(&place, &deploy("v2"), &baseline, Some(&receipt)).await.unwrap(), Observed::Underway(_)));
    // Nothing else may be begun meanwhile.
    is_refused(rig.before(&place, &deploy("v1")).await, "till-prod is Updating, and Elastic Beanstalk changes only what is Ready");
    let outcome = rig.end(&place, &deploy("v2"), &baseline, Some(&receipt)).await;
    is_done(&outcome, "till-prod runs v2 on 3 of 3 instances, is Ready, and no event tells of an error");
    assert_eq!(runs(&rig, &place).await, "v2");
    // The same version once more changes nothing that could be seen but the deployment.
    let again = rig.before(&place, &deploy("v2")).await.unwrap();
    assert!(again.deployment > baseline.deployment);
    is_done(&rig.carry_out(&place, &deploy("v2")).await, "till-prod runs v2 on 3 of 3 instances");
    assert_eq!(rig.calls("UpdateEnvironment").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_that_ends_ready_on_the_old_version_has_failed_with_the_event_s_sentence() {
    let (rig, place) = rig().await;
    let outcome = rig.carry_out(&place, &deploy("v3-broken")).await;
    has_failed(&outcome, "; it runs v1");
    // Whichever of its errors is told first: events become visible in any order.
    let errors = ["Command failed on instance.", "Unsuccessful command execution", "Failed to deploy application."];
    assert!(matches!(&outcome, Outcome::Failed(told) if errors.iter().any(|error| told.contains(error))), "{outcome:?}");
    assert_eq!(runs(&rig, &place).await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_somebody_else_aborts_has_failed_and_an_abort_of_ours_is_done() {
    let (rig, place) = slow_rig().await;
    let baseline = rig.before(&place, &deploy("v2")).await.unwrap();
    is_refused(rig.before(&place, &Action::Abort).await, "no update of till-prod goes on: there is nothing to abort");
    let receipt = accepted(rig.begin(&place, &deploy("v2")).await);
    is_done(&rig.carry_out(&place, &Action::Abort).await, "no update of till-prod goes on any more: it runs v1");
    // What was begun first is told that somebody has aborted it.
    has_failed(
        &rig.end(&place, &deploy("v2"), &baseline, Some(&receipt)).await,
        "somebody has aborted the update of till-prod, which runs v1",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_befalls_the_request_is_told_as_it_is() {
    let (rig, place) = rig().await;
    rig.befalls(&place, &deploy("v2"), "UpdateEnvironment").await;
    rig.befalls(&place, &Action::Restart, "RestartAppServer").await;
    rig.befalls(&place, &Action::Rebuild, "RebuildEnvironment").await;
    rig.befalls(&place, &Action::Abort, "AbortEnvironmentUpdate").await;
    let blue = rig.environment("us-west-1", "till-blue").await;
    let swap = Action::Swap { with: blue.environment, id: blue.id.unwrap() };
    rig.befalls(&place, &swap, "SwapEnvironmentCNAMEs").await;
    assert_eq!(runs(&rig, &place).await, "v1", "none of them was carried out");
    let baseline = rig.before(&place, &deploy("v2")).await.unwrap();
    assert!(matches!(rig.look(&place, &deploy("v2"), &baseline, None).await.unwrap(), Observed::Unclear(_)));
    rig.let_time_pass();
    assert_eq!(rig.look(&place, &deploy("v2"), &baseline, None).await.unwrap(), Observed::NotBegun);
    // The service itself says no.
    match rig.begin(&place, &deploy("v9")).await {
        Begun::Refused(fault) => assert!(fault.sentence.contains("No Application Version named 'v9' found"), "{fault}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_answer_is_lost_a_look_finds_what_was_begun() {
    let (rig, place) = rig().await;
    let basic = rig.environment("us-west-1", "till-basic").await;
    for (place, action, operation) in [
        (&place, deploy("v2"), "UpdateEnvironment"),
        // A redeploy, and one where no instance tells what is deployed.
        (&place, deploy("v2"), "UpdateEnvironment"),
        (&basic, deploy("v1"), "UpdateEnvironment"),
        (&place, Action::Restart, "RestartAppServer"),
        (&place, Action::Resize { fewest: 2, most: 6 }, "UpdateEnvironment"),
        (&place, Action::Rebuild, "RebuildEnvironment"),
    ] {
        let baseline = rig.lose_the_answer(place, &action, operation).await;
        assert!(matches!(rig.end(place, &action, &baseline, None).await, Outcome::Done(_)), "{action:?}");
    }
    assert_eq!(runs(&rig, &place).await, "v2");
    let failed = deploy("v3-broken");
    let baseline = rig.lose_the_answer(&place, &failed, "UpdateEnvironment").await;
    has_failed(&rig.end(&place, &failed, &baseline, None).await, "; it runs v2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_servers_restart_the_environment_is_made_anew_and_its_size_changes() {
    let (rig, place) = rig().await;
    is_done(&rig.carry_out(&place, &Action::Restart).await, "till-prod is Ready, and no event tells of an error");
    is_done(&rig.carry_out(&place, &Action::Rebuild).await, "till-prod is Ready");
    is_done(&rig.carry_out(&place, &Action::Resize { fewest: 2, most: 6 }).await, "till-prod is Ready");
    is_refused(
        rig.before(&place, &Action::Resize { fewest: 6, most: 2 }).await,
        "till-prod cannot have 6 instances at least and 2 at most",
    );
    assert_eq!(runs(&rig, &place).await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cnames_are_swapped_and_a_lost_answer_is_found_by_them() {
    let (rig, place) = rig().await;
    let blue = rig.environment("us-west-1", "till-blue").await;
    let swap = Action::Swap { with: blue.environment.clone(), id: blue.id.clone().unwrap() };
    is_done(&rig.carry_out(&place, &swap).await, "till-prod is Ready, and has the CNAME till-blue.");
    let baseline = rig.lose_the_answer(&place, &swap, "SwapEnvironmentCNAMEs").await;
    assert!(matches!(rig.end(&place, &swap, &baseline, None).await, Outcome::Done(_)));
    assert_eq!(rig.calls("SwapEnvironmentCNAMEs").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cnames_are_not_swapped_with_what_is_busy_or_elsewhere() {
    let (rig, place) = slow_rig().await;
    let blue = rig.environment("us-west-1", "till-blue").await;
    let id = blue.id.clone().unwrap();
    accepted(rig.begin(&blue, &deploy("v2")).await);
    let swap = Action::Swap { with: blue.environment.clone(), id: id.clone() };
    is_refused(rig.before(&place, &swap).await, "till-blue is Updating");
    let far = Action::Swap { with: "beanstalk:111122223333:eu-west-1:till-blue".parse().unwrap(), id };
    is_refused(rig.before(&place, &far).await, "till-blue is in another account or region");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_begun_on_what_is_not_there_or_not_meant() {
    let (rig, place) = rig().await;
    is_refused(rig.before(&place, &deploy("v9")).await, "till has no version v9: it was never made here");
    is_refused(rig.before(&place, &deploy("v4-unfinished")).await, "the version v4-unfinished of till is ");
    let renewed = Place { id: Some("e-abcdefghij".into()), ..place.clone() };
    is_refused(rig.before(&renewed, &Action::Restart).await, "there is no environment till-prod with the id e-abcdefghij any more");
    let elsewhere = Place { environment: "beanstalk:999999999999:us-west-1:till-prod".parse().unwrap(), ..place.clone() };
    is_refused(
        rig.before(&elsewhere, &Action::Restart).await,
        "the credentials lead into account 111122223333, and till-prod is in 999999999999",
    );
    let unknown = Place { id: None, ..place.clone() };
    assert!(matches!(rig.begin(&unknown, &Action::Restart).await, Begun::Refused(_)), "a name alone may be another's");
    let no_credentials = Place { connection: None, ..place.clone() };
    assert!(matches!(rig.begin(&no_credentials, &Action::Restart).await, Begun::Refused(_)));
    let group = Place { environment: "target-group:111122223333:us-west-1:till-prod".parse().unwrap(), ..place };
    assert!(matches!(rig.begin(&group, &Action::Restart).await, Begun::Refused(_)));
    assert_eq!(rig.calls("RestartAppServer").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_is_read_only_refuses_every_action() {
    let (rig, place) = rig().await;
    rig.sim.post("/_sim/read-only", &serde_json::json!({ "on": true })).await;
    let blue = rig.environment("us-west-1", "till-blue").await;
    let swap = Action::Swap { with: blue.environment, id: blue.id.unwrap() };
    let actions = [deploy("v2"), Action::Restart, Action::Rebuild, Action::Abort, swap, Action::Resize { fewest: 1, most: 2 }];
    for action in &actions {
        assert!(matches!(rig.begin(&place, action).await, Begun::Refused(_)), "{action:?}");
    }
    assert_eq!(rig.sim.get("/_sim/read-only").await["refused"], actions.len());
    assert_eq!(runs(&rig, &place).await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_is_watched_until_the_platform_finds_it_unwell() {
    let happening =
        "[[happening]]\nat = \"100s\"\ndo = \"incident\"\nenvironment = \"till-prod\"\nlevel = \"severe\"\ncauses = [\"all is lost\"]\n";
    let rig = Rig::of(&format!("{WORLD}{happening}")).await;
    let place = rig.environment("us-west-1", "till-prod").await;
    let baseline = rig.before(&place, &Action::Steady).await.unwrap();
    has_failed(&rig.end(&place, &Action::Steady, &baseline, None).await, "Elastic Beanstalk finds till-prod Severe");
    let slow = rig.environment("us-west-1", "till-slow").await;
    assert!(matches!(rig.look(&slow, &Action::Steady, &baseline, None).await.unwrap(), Observed::Underway(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_deploy_is_proven_and_what_disappears_has_failed() {
    let (rig, place) = rig().await;
    let proven = Action::Proven("v2".into());
    let baseline = rig.before(&place, &proven).await.unwrap();
    assert!(matches!(rig.look(&place, &proven, &baseline, None).await.unwrap(), Observed::Underway(_)));
    accepted(rig.begin(&place, &deploy("v2")).await);
    is_done(&rig.end(&place, &proven, &baseline, None).await, "till-prod runs v2 on 3 of 3 instances");
    let gone = Place { id: Some("e-abcdefghij".into()), ..place };
    has_failed(&rig.end(&gone, &proven, &baseline, None).await, "it was ended, or made anew");
}
