use std::time::Duration;

use futures_util::FutureExt as _;
use quarterdeck::model::fault::FaultKind;
use quarterdeck::model::id::InstanceId;
use quarterdeck::model::operation::action::{Action, Place, Registration};
use quarterdeck::model::operation::evidence::{Baseline, Begun, Observed, Outcome, Progress};
use quarterdeck::ops::limit::BudgetKey;

use super::{Rig, accepted, has_failed, is_done, is_refused};

const WORLD: &str = r#"
[[image-repository]]
name = "shop"
region = "us-west-2"

[[image-repository.image]]
commit = "1111111111111111111111111111111111111111"
pushed = "-3d"

[[image-repository.image]]
commit = "2222222222222222222222222222222222222222"
pushed = "-1d"
tags = ["latest"]

[[target-group]]
name = "shop-prod"
region = "us-west-2"
deregistration_delay = 120
auto_scaling = "shop-prod"

[[target-group.instance]]
count = 3
image = "shop"
commit = "1111111111111111111111111111111111111111"

[[target-group]]
name = "shop-idle"
region = "us-west-2"
load_balancer = ""

[[target-group.instance]]
count = 1
"#;

/// Somebody else takes an instance out after a while.
const TAKEN_OUT: &str = "[[happening]]\nat = \"60s\"\ndo = \"deregister\"\ntarget_group = \"shop-prod\"\ninstance = \"shop-prod-3\"\n";

/// The group, and one of its instances as a place of its own.
pub async fn rig() -> (Rig, Vec<Place>, Registration) {
    rig_of(WORLD, 100.0).await
}

/// Slowly enough that something can be seen while it goes on.
async fn slow_rig() -> (Rig, Vec<Place>, Registration) {
    rig_of(WORLD, 15.0).await
}

pub async fn rig_of(world: &str, speed: f64) -> (Rig, Vec<Place>, Registration) {
    let rig = Rig::at(world, speed).await;
    let (group, instances) = rig.group("us-west-2", "shop-prod").await;
    let registration = Registration { group: group.id.as_ref().unwrap().as_str().into(), port: None, keep: 2 };
    let places = instances.into_iter().map(|id| Place { instance: Some(id), ..group.clone() }).collect();
    (rig, places, registration)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_leaves_its_group_drains_and_comes_back() {
    let (rig, places, registration) = slow_rig().await;
    let place = &places[0];
    let (out, back) = (Action::Deregister(registration.clone()), Action::Register(registration.clone()));
    let baseline = rig.before(place, &out).await.unwrap();
    assert_eq!(baseline.state.as_deref(), Some("healthy"));
    is_done(&rig.carry_out(place, &out).await, "is leaving shop-prod: it gets no new connections");
    let drained = Action::Drained(registration.clone());
    let from = rig.before(place, &drained).await.unwrap();
    match rig.look(place, &drained, &from, None).await.unwrap() {
        Observed::Underway(Progress { parts: Some((passed, 120)), note: Some(note) }) => {
            assert!(passed < 120 && note.contains("s of draining: shop-prod lets connections go on so long"), "{passed}: {note}");
        }
        other => panic!("{other:?}"),
    }
    is_done(&rig.end(place, &drained, &from, None).await, "has no connections from shop-prod any more");
    assert_eq!(rig.truth(&place.environment).await["instances"]["healthy"], 2);
    is_done(&rig.carry_out(place, &back).await, "is a target of shop-prod (initial)");
    let healthy = Action::Healthy(registration);
    assert!(matches!(rig.look(place, &healthy, &from, None).await.unwrap(), Observed::Underway(_)));
    is_done(&rig.end(place, &healthy, &from, None).await, "shop-prod finds i-");
    assert_eq!(rig.truth(&place.environment).await["instances"]["healthy"], 3);
    // What is healthy is drained no more: somebody has put it back.
    has_failed(&rig.end(place, &drained, &from, None).await, "is in shop-prod again (healthy)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_stays_where_too_few_others_are_healthy_or_somebody_else_moves_it() {
    let (rig, places, registration) = slow_rig().await;
    let strict = Action::Deregister(Registration { keep: 3, ..registration.clone() });
    is_refused(rig.before(&places[0], &strict).await, "2 other targets of it are healthy, and 3 have to be");
    let out = Action::Deregister(registration.clone());
    is_done(&rig.carry_out(&places[0], &out).await, "is leaving");
    is_refused(rig.before(&places[0], &out).await, "is leaving shop-prod already: somebody else takes it out");
    is_refused(rig.before(&places[1], &out).await, "1 other target of it is healthy, and 2 have to be");
    is_done(&rig.carry_out(&places[0], &Action::Register(registration.clone())).await, "is a target of shop-prod");
    is_refused(rig.before(&places[0], &out).await, "is only joining shop-prod");
    let stranger = Place { instance: Some(InstanceId::from("i-00000000000000000")), ..places[0].clone() };
    is_refused(rig.before(&stranger, &out).await, "is no target of shop-prod: there is nothing to take out");
    let gone = Action::Deregister(Registration { group: format!("{}9", registration.group).into(), ..registration });
    is_refused(rig.before(&places[0], &gone).await, "there is no target group shop-prod in us-west-2 any more");
    assert_eq!(rig.calls("DeregisterTargets").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_befalls_the_request_is_told_and_a_lost_answer_is_found() {
    let (rig, places, registration) = rig().await;
    let place = &places[0];
    let (out, back) = (Action::Deregister(registration.clone()), Action::Register(registration));
    rig.befalls(place, &out, "DeregisterTargets").await;
    let baseline = rig.before(place, &out).await.unwrap();
    assert!(matches!(rig.look(place, &out, &baseline, None).await.unwrap(), Observed::Unclear(_)));
    rig.let_time_pass();
    assert_eq!(rig.look(place, &out, &baseline, None).await.unwrap(), Observed::NotBegun);
    let baseline = rig.lose_the_answer(place, &out, "DeregisterTargets").await;
    is_done(&rig.end(place, &out, &baseline, None).await, "is leaving shop-prod");
    rig.befalls(place, &back, "RegisterTargets").await;
    let baseline = rig.lose_the_answer(place, &back, "RegisterTargets").await;
    is_done(&rig.end(place, &back, &baseline, None).await, "is a target of shop-prod");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_disappears_or_that_nobody_uses_is_not_waited_for() {
    let (rig, places, registration) = rig().await;
    let healthy = Action::Healthy(registration.clone());
    let from = Baseline::default();
    // Somebody ends the instance: its group of targets forgets it.
    is_done(&rig.carry_out(&places[2], &Action::Terminate).await, "is gone");
    has_failed(&rig.end(&places[2], &healthy, &from, None).await, "is no target of shop-prod any more");
    let (idle, instances) = rig.group("us-west-2", "shop-idle").await;
    let place = Place { instance: instances.first().cloned(), ..idle.clone() };
    let unused = Action::Healthy(Registration { group: idle.id.unwrap().as_str().into(), ..registration.clone() });
    has_failed(&rig.end(&place, &unused, &from, None).await, "shop-idle does not use i-");
    // What looks before tells that it is gone: there is nothing to put back.
    let gone = rig.before(&places[2], &Action::Register(registration.clone())).await.unwrap_err();
    assert!(gone.kind == FaultKind::Missing && gone.sentence.contains("there is no instance"), "{gone}");
    match rig.begin(&places[2], &Action::Register(registration)).await {
        Begun::Refused(fault) => assert!(fault.sentence.contains("not in a running state"), "{fault}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_watched_until_a_target_of_it_is_unhealthy() {
    let (rig, places) = super::commands::with("deploys = \"unwell\"").await;
    let baseline = Baseline::default();
    assert!(matches!(rig.look(&places[0], &Action::Steady, &baseline, None).await.unwrap(), Observed::Underway(_)));
    accepted(rig.begin(&places[0], &super::commands::deploy()).await);
    has_failed(&rig.end(&places[0], &Action::Steady, &baseline, None).await, "1 of 2 targets of shop-prod are healthy, 1 are not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_taken_out_by_somebody_is_told_so() {
    let (rig, places, registration) = rig_of(&format!("{WORLD}{TAKEN_OUT}"), 15.0).await;
    let healthy = Action::Healthy(registration);
    let baseline = Baseline::default();
    // What happens in this world after a while.
    let outcome = loop {
        match rig.look(&places[2], &healthy, &baseline, None).await.unwrap() {
            Observed::Ended(Outcome::Failed(sentence)) => break sentence,
            Observed::Ended(Outcome::Done(_)) => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
            other => panic!("{other:?}"),
        }
    };
    assert!(outcome.contains("is leaving shop-prod: somebody takes it out"), "{outcome}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_world_that_is_read_only_refuses_every_action() {
    let (rig, places, registration) = rig().await;
    rig.sim.post("/_sim/read-only", &serde_json::json!({ "on": true })).await;
    let run = super::commands::run("docker ps");
    let actions =
        [Action::Deregister(registration.clone()), Action::Register(registration), Action::Reboot, Action::Replace, Action::Terminate, run];
    for action in &actions {
        assert!(matches!(rig.begin(&places[0], action).await, Begun::Refused(_)), "{action:?}");
    }
    assert_eq!(rig.sim.get("/_sim/read-only").await["refused"], actions.len());
    // What only looks is not refused.
    let seen = rig.look(&places[0], &Action::Terminate, &Baseline::default(), None).await.unwrap();
    assert!(matches!(seen, Observed::Unclear(_)), "{seen:?}");
    assert_eq!(rig.truth(&places[0].environment).await["instances"]["healthy"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_put_back_by_somebody_while_it_is_out_is_told_so() {
    let (rig, places, registration) = slow_rig().await;
    let out = Action::Deregister(registration.clone());
    let baseline = rig.before(&places[0], &out).await.unwrap();
    let receipt = accepted(rig.begin(&places[0], &out).await);
    accepted(rig.begin(&places[0], &Action::Register(registration)).await);
    assert!(matches!(rig.look(&places[0], &out, &baseline, Some(&receipt)).await.unwrap(), Observed::Underway(_)));
    rig.let_time_pass();
    has_failed(&rig.end(&places[0], &out, &baseline, Some(&receipt)).await, "somebody has put it back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waited_long_before_it_was_sent_has_to_show_only_from_when_it_was_taken() {
    let (rig, places, registration) = slow_rig().await;
    let (out, back) = (Action::Deregister(registration.clone()), Action::Register(registration));
    let baseline = rig.before(&places[0], &out).await.unwrap();
    rig.let_time_pass();
    let receipt = accepted(rig.begin(&places[0], &out).await);
    // For now it shows as if it had not left, as a late answer does.
    accepted(rig.begin(&places[0], &back).await);
    let seen = rig.look(&places[0], &out, &baseline, Some(&receipt)).await.unwrap();
    assert!(matches!(seen, Observed::Underway(_)), "nobody has put it back: {seen:?}");
    rig.let_time_pass();
    has_failed(&rig.end(&places[0], &out, &baseline, Some(&receipt)).await, "somebody has put it back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_counts_from_when_it_was_let_through() {
    let (rig, places, registration) = rig().await;
    let (pressed, out) = (rig.now(), Action::Deregister(registration));
    let budget = BudgetKey { connection: "sim-0".into(), region: Some("us-west-2".into()), api: "elasticloadbalancing" };
    rig.limiter.throttled(&budget, Some(Duration::from_secs(1)));
    let mut looking = Box::pin(rig.before(&places[0], &out));
    assert!((&mut looking).now_or_never().is_none(), "it waits for its budget");
    rig.let_time_pass();
    assert!(looking.await.unwrap().at.unwrap() >= pressed + Duration::from_secs(60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_drains_is_told_where_its_delay_cannot_be_read() {
    let (rig, places, registration) = slow_rig().await;
    is_done(&rig.carry_out(&places[0], &Action::Deregister(registration.clone())).await, "is leaving");
    rig.spoil("DescribeTargetGroupAttributes", "denied").await;
    match rig.look(&places[0], &Action::Drained(registration), &Baseline::default(), None).await.unwrap() {
        Observed::Underway(Progress { parts: None, note: Some(note) }) => {
            assert!(note.contains("for how long could not be read"), "{note}");
        }
        other => panic!("{other:?}"),
    }
}

/// Credentials that were renewed, or a profile that was exchanged, may lead into another account. There nothing of what
/// is meant exists, and that would be taken for its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_account_does_not_know_is_not_gone() {
    let accounts = "[[account]]\nid = \"111122223333\"\n[[account]]\nid = \"444455556666\"\n";
    let (rig, places, registration) = rig_of(&format!("{accounts}{WORLD}"), 100.0).await;
    let foreign = Place { connection: Some("sim-1".into()), ..places[0].clone() };
    let back = Action::Register(registration.clone());
    let why = "the credentials lead into account 444455556666, and shop-prod is in 111122223333: use others";
    for action in [&back, &Action::Deregister(registration.clone()), &Action::Terminate, &super::commands::deploy()] {
        let fault = rig.before(&foreign, action).await.unwrap_err();
        assert_eq!((fault.kind, &*fault.sentence), (FaultKind::Refused, why), "{action:?}");
        match rig.begin(&foreign, action).await {
            Begun::Refused(fault) => assert_eq!(&*fault.sentence, why),
            other => panic!("{action:?}: {other:?}"),
        }
    }
    let baseline = rig.lose_the_answer(&places[0], &Action::Terminate, "TerminateInstances").await;
    for action in [Action::Terminate, back.clone(), Action::Healthy(registration)] {
        let fault = rig.look(&foreign, &action, &baseline, None).await.unwrap_err();
        assert_eq!(&*fault.sentence, why, "{action:?}");
    }
    // Where the environment's account is not known, that of the ARN counts.
    let mut unknown = foreign;
    (unknown.environment.account, unknown.id) = (None, None);
    assert_eq!(&*rig.before(&unknown, &back).await.unwrap_err().sentence, why);
    assert_eq!((rig.calls("RegisterTargets").await, rig.calls("DeregisterTargets").await, rig.calls("SendCommand").await), (0, 0, 0));
}
