//! What goes wrong with environments on EC2, as a person sees it.

use quarterdeck::model::health::Level;

use super::systems::{has, named, open};
use crate::support::console::{settled, until};
use crate::support::sim::Sim;
use crate::support::systems::{EAPD, GROWL, UNWELL_GROUPS, UNWELL_GROUPS_CONFIGURED, UNWELL_TAGS, UNWELL_TAGS_CONFIGURED};

async fn growl() -> Sim {
    Sim::of(&[include_str!("../../src/sim/scenarios/growl.toml"), UNWELL_GROUPS].concat(), 1.0).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_group_says_who_does_not_answer_who_leaves_and_that_nobody_sends_requests() {
    let sim = growl().await;
    let mut session = settled(&sim, &[GROWL, UNWELL_GROUPS_CONFIGURED].concat()).await;
    let shown = open(&mut session, "growl-single", |environment| environment.instances().is_some()).await;
    has(&shown, "only one of 2 targets is healthy: without it nobody answers");
    has(&shown, "ELB health check failing");
    assert_eq!(named(&session.state, "growl-single").unwrap().level(), Level::Degraded);

    let leaves = |environment: &quarterdeck::model::environment::Environment<'_>| {
        environment.causes().iter().any(|cause| cause.text.contains("Leaving the load balancer"))
    };
    let shown = open(&mut session, "growl-leaving", leaves).await;
    has(&shown, "Leaving the load balancer (Target.DeregistrationInProgress)");
    let leaving = named(&session.state, "growl-leaving").unwrap();
    assert_eq!((leaving.level(), leaving.instances().unwrap().value.healthy()), (Level::Info, Some(2)));
    assert!(leaving.is_busy());

    let shown = open(&mut session, "growl-unused", |environment| environment.instances().is_some()).await;
    has(&shown, "no requests are sent to any of 2 targets: no listener forwards to them");
    assert_eq!(named(&session.state, "growl-unused").unwrap().level(), Level::Warning);

    let shown = open(&mut session, "growl-down", |environment| environment.instances().is_some()).await;
    has(&shown, "none of 1 targets is healthy: requests are not answered");
    assert_eq!(named(&session.state, "growl-down").unwrap().level(), Level::Severe);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tagged_instances_say_that_none_answers_that_two_do_and_that_nobody_has_them_registered() {
    let sim = Sim::of(&[include_str!("../../src/sim/scenarios/eapd.toml"), UNWELL_TAGS].concat(), 1.0).await;
    let mut session = settled(&sim, &[EAPD, UNWELL_TAGS_CONFIGURED].concat()).await;
    let level = |session: &quarterdeck::cli::session::Session, name: &str| named(&session.state, name).unwrap().level();

    let shown = open(&mut session, "training", |environment| environment.instances().is_some()).await;
    has(&shown, "none of 1 registered instances is healthy: requests are not answered");
    assert_eq!(level(&session, "training"), Level::Severe);

    let shown = open(&mut session, "double", |environment| environment.instances().is_some()).await;
    has(&shown, "requests go to 2 instances where 1 should answer");
    has(&shown, "2 running instances carry environment=double, 1 is expected");
    assert_eq!(level(&session, "double"), Level::Warning);

    let shown = open(&mut session, "lonely", |environment| environment.health().is_some()).await;
    has(&shown, "no instance is a healthy target of a load balancer: requests are not answered");
    has(&shown, "no target group has it registered");
    assert_eq!(level(&session, "lonely"), Level::Severe);
    // The database says `Environment=production`, with a capital: it is nobody's.
    let production = named(&session.state, "production").unwrap();
    assert!(production.instances().is_none_or(|told| told.value.total() == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_that_found_no_free_address_says_so() {
    let sim = Sim::built_in("eapd").await;
    let mut session = settled(&sim, EAPD).await;
    let shown = open(&mut session, "pr-4325", |environment| environment.instances().is_some()).await;
    has(&shown, "has no Elastic IP address, and none is free: all 3 are taken");
    has(&shown, "2 running instances carry environment=preview of pull request 4325");
    until(&mut session, |state| state.fleet.sources().any(|(_, source)| source.current_flaw().is_some())).await;
    let flaws: Vec<String> = session
        .state
        .fleet
        .sources()
        .filter_map(|(_, source)| source.current_flaw())
        .map(|(_, fault)| fault.sentence.to_string())
        .collect();
    assert!(flaws[0].contains("no Elastic IP address of us-east-1 is free: all 3 are taken, by pr-4310, pr-4321, pr-4325"), "{flaws:?}");
}

/// What lists an orphan has to be whole and younger than the end of its pull request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphan_that_the_listing_does_not_prove_any_more_is_none() {
    let sim = Sim::built_in("eapd").await;
    let mut session = settled(&sim, EAPD).await;
    let shown = open(&mut session, "pr-4310", |environment| environment.left_behind_by().is_some()).await;
    has(&shown, "and its preview still runs");
    let fault = serde_json::json!({"service": "ec2", "operation": "DescribeInstances", "kind": "denied"});
    sim.post("/_sim/faults", &fault).await;
    until(&mut session, |state| named(state, "pr-4310").unwrap().listing_fault().is_some()).await;
    let orphan = named(&session.state, "pr-4310").unwrap();
    assert!(orphan.left_behind_by().is_none());
    assert!(orphan.causes().iter().all(|cause| !cause.text.contains("an orphan")), "{:?}", orphan.causes().len());
}

/// A command through Systems Manager is a write to AWS: a console that only reads sends none, and says why it does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_that_only_reads_sends_no_command_and_says_so() {
    let sim = Sim::built_in("growl").await;
    sim.post("/_sim/read-only", &serde_json::json!({"on": true})).await;
    let mut session = settled(&sim, &["read_only = true\n", GROWL].concat()).await;
    let knows_why = |environment: &quarterdeck::model::environment::Environment<'_>| {
        environment.instances().is_some_and(|told| {
            told.value.each.iter().all(|instance| instance.causes.iter().any(|cause| cause.contains("counts a command as a write")))
        })
    };
    let shown = open(&mut session, "growl-prod", knows_why).await;
    has(&shown, "what runs on it is not known: Systems Manager counts a command as a write");
    assert_eq!(sim.get("/_sim/read-only").await["refused"], 0);
}
