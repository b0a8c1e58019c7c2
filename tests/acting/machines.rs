use quarterdeck::model::id::InstanceId;
use quarterdeck::model::operation::action::{Action, Place};
use quarterdeck::model::operation::evidence::{Baseline, Observed, Receipt};

use super::targets::rig;
use super::{accepted, has_failed, is_done, is_refused};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_rebooted_and_nobody_pretends_to_know_where_the_answer_was_lost() {
    let (rig, places, _) = rig().await;
    rig.befalls(&places[0], &Action::Reboot, "RebootInstances").await;
    let baseline = rig.before(&places[0], &Action::Reboot).await.unwrap();
    assert_eq!(baseline.state.as_deref(), Some("running"));
    let receipt = accepted(rig.begin(&places[0], &Action::Reboot).await);
    // EC2's checks of before tell nothing of what comes.
    assert!(matches!(rig.look(&places[0], &Action::Reboot, &baseline, Some(&receipt)).await.unwrap(), Observed::Underway(_)));
    rig.let_time_pass();
    is_done(&rig.end(&places[0], &Action::Reboot, &baseline, Some(&receipt)).await, "EC2 took the reboot of i-");
    let baseline = rig.lose_the_answer(&places[0], &Action::Reboot, "RebootInstances").await;
    rig.let_time_pass();
    match rig.look(&places[0], &Action::Reboot, &baseline, None).await.unwrap() {
        Observed::Unclear(sentence) => assert!(sentence.contains("EC2 does not tell whether i-"), "{sentence}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_ended_and_found_ended_where_the_answer_was_lost() {
    let (rig, places, _) = rig().await;
    rig.befalls(&places[0], &Action::Terminate, "TerminateInstances").await;
    let baseline = rig.before(&places[0], &Action::Terminate).await.unwrap();
    rig.let_time_pass();
    assert_eq!(rig.look(&places[0], &Action::Terminate, &baseline, None).await.unwrap(), Observed::NotBegun);
    let baseline = rig.lose_the_answer(&places[0], &Action::Terminate, "TerminateInstances").await;
    is_done(&rig.end(&places[0], &Action::Terminate, &baseline, None).await, "is gone");
    is_refused(rig.before(&places[0], &Action::Terminate).await, "is terminated: nothing was done to it");
    is_refused(rig.before(&places[0], &Action::Reboot).await, "is terminated");
    has_failed(&rig.end(&places[0], &Action::Reboot, &baseline, Some(&Receipt::default())).await, "somebody has stopped or ended it");
    let unknown = Place { instance: Some(InstanceId::from("i-00000000000000000")), ..places[0].clone() };
    is_refused(rig.before(&unknown, &Action::Terminate).await, "there is no instance i-00000000000000000 any more");
    let nobody = Place { instance: None, ..places[0].clone() };
    is_refused(rig.before(&nobody, &Action::Terminate).await, "nothing says which instance of shop-prod is meant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_replaced_and_its_group_keeps_its_size() {
    let (rig, places, _) = rig().await;
    rig.befalls(&places[0], &Action::Replace, "TerminateInstanceInAutoScalingGroup").await;
    let baseline = rig.before(&places[0], &Action::Replace).await.unwrap();
    assert_eq!((baseline.group.as_deref(), baseline.known.len()), (Some("shop-prod"), 3));
    rig.let_time_pass();
    assert_eq!(rig.look(&places[0], &Action::Replace, &baseline, None).await.unwrap(), Observed::NotBegun);
    let outcome = rig.carry_out(&places[0], &Action::Replace).await;
    let old = places[0].instance.as_ref().unwrap();
    is_done(&outcome, &format!("has taken the place of {old} in shop-prod"));
    let baseline = rig.lose_the_answer(&places[1], &Action::Replace, "TerminateInstanceInAutoScalingGroup").await;
    is_done(&rig.end(&places[1], &Action::Replace, &baseline, None).await, "has taken the place of");
    let truth = rig.truth(&places[0].environment).await;
    assert_eq!(truth["instances"]["total"], 3);
    is_refused(rig.before(&places[0], &Action::Replace).await, "is in no Auto Scaling group: nothing would take its place");
    let forgotten = rig.look(&places[0], &Action::Replace, &Baseline::default(), None).await.unwrap();
    assert!(matches!(forgotten, Observed::Unclear(sentence) if sentence.contains("it was not noted in which")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_of_elastic_beanstalk_is_replaced_too() {
    let rig =
        super::Rig::of("[[environment]]\napp = \"till\"\nname = \"till-prod\"\nregion = \"us-west-1\"\nversion = \"v1\"\ninstances = 2\n")
            .await;
    let place = rig.environment("us-west-1", "till-prod").await;
    let clients = quarterdeck::aws::Clients::new(rig.sim.connections(), rig.limiter.clone());
    let source = quarterdeck::aws::Beanstalk::new(clients, rig.limiter.clone());
    let ask = quarterdeck::ops::port::Ask::Instances(place.environment.clone());
    let told = rig.read(&source, quarterdeck::model::id::Platform::Beanstalk, "us-west-1", ask).await;
    let first = told.readings[0].1.instances.as_ref().unwrap().each[0].id.clone();
    let place = Place { instance: Some(first), ..place };
    is_done(&rig.carry_out(&place, &Action::Replace).await, "has taken the place of i-");
}
