//! What load balancers tell of environments with basic health, and what is told where they tell nothing.

use super::*;
use crate::canned::{Reply, Rig, error, xml};
use crate::model::id::Platform;
use crate::model::sighting::Scope;
use crate::ops::port::{Ask, Source as _};

const BALANCER: &str = "arn:aws:elasticloadbalancing:us-west-1:111122223333:loadbalancer/app/awseb/1";

fn key() -> EnvironmentKey {
    "beanstalk:111122223333:us-west-1:via-prod".parse().unwrap()
}

fn resources(machines: &[&str], balancer: Option<&str>) -> Reply {
    let machines: String = machines.iter().map(|id| format!("<member><Id>{id}</Id></member>")).collect();
    let balancer = balancer.map_or_else(String::new, |name| format!("<member><Name>{name}</Name></member>"));
    xml(format!(
        "<DescribeEnvironmentResourcesResponse><DescribeEnvironmentResourcesResult><EnvironmentResources><EnvironmentName>via-prod</EnvironmentName>\
        <Instances>{machines}</Instances><LoadBalancers>{balancer}</LoadBalancers></EnvironmentResources></DescribeEnvironmentResourcesResult></DescribeEnvironmentResourcesResponse>"
    ))
}

fn groups(arns: &[&str]) -> Reply {
    let member =
        |arn: &&str| format!("<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>awseb-{arn}</TargetGroupName></member>");
    let members: String = arns.iter().map(member).collect();
    xml(format!(
        "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>{members}</TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"
    ))
}

fn targets(states: &[(&str, &str, &str)]) -> Reply {
    let member = |(id, state, why): &(&str, &str, &str)| {
        format!("<member><Target><Id>{id}</Id><Port>80</Port></Target><TargetHealth><State>{state}</State>{why}</TargetHealth></member>")
    };
    let members: String = states.iter().map(member).collect();
    xml(format!(
        "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>{members}</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
    ))
}

const TIMEOUT: &str = "<Reason>Target.Timeout</Reason><Description>Request timed out</Description>";
const JOINING: &str = "<Reason>Elb.RegistrationInProgress</Reason><Description>Target registration is in progress</Description>";
const DISABLED: &str =
    "<Reason>Target.HealthCheckDisabled</Reason><Description>Health checks are disabled for this target group</Description>";

async fn read(rig: &Rig) -> Instances {
    rig.see(Ask::Resources(key())).await.readings[0].1.instances.clone().unwrap()
}

fn cost(rig: &Rig) -> u32 {
    let scope = Scope { platform: Platform::Beanstalk, connection: rig.connection.clone(), region: Some("us-west-1".into()) };
    rig.beanstalk.calls(&scope, &Ask::Resources(key()))
}

/// The operations asked for, without what they ask about.
fn operations(rig: &Rig) -> Vec<String> {
    let name = |body: String| body.split('&').find_map(|part| part.strip_prefix("Action=").map(str::to_owned));
    rig.server.asked().into_iter().filter_map(name).collect()
}

const RESOURCES: &str = "DescribeEnvironmentResources";
const GROUPS: &str = "DescribeTargetGroups";
const HEALTH: &str = "DescribeTargetHealth";

#[tokio::test]
async fn machines_are_as_the_load_balancer_finds_them_and_a_steady_reading_costs_two_calls() {
    let machines = resources(&["i-1", "i-2", "i-3"], Some(BALANCER));
    let first = targets(&[("i-1", "healthy", ""), ("i-2", "unhealthy", TIMEOUT), ("i-3", "initial", JOINING), ("i-9", "draining", "")]);
    let second = targets(&[("i-1", "healthy", ""), ("i-2", "healthy", ""), ("i-3", "healthy", "")]);
    let rig = Rig::new(vec![machines.clone(), groups(&["tg-1"]), first, machines, second]).await;
    assert_eq!(cost(&rig), 3);
    let instances = read(&rig).await;
    assert_eq!((instances.total(), instances.healthy(), &instances.silence), (3, Some(1), &None));
    let told: Vec<_> = instances.each.iter().map(|one| (one.level, one.word.as_deref(), one.causes.first().map(AsRef::as_ref))).collect();
    assert_eq!(
        told,
        [
            (Level::Ok, Some("healthy"), None),
            (Level::Severe, Some("unhealthy"), Some("ELB health check failing (Target.Timeout): Request timed out")),
            (
                Level::Unknown,
                Some("initial"),
                Some("Joining the load balancer (Elb.RegistrationInProgress): Target registration is in progress")
            ),
        ]
    );
    // What runs on them is not told, and not made up.
    assert!(instances.versions().is_empty() && !instances.deployments_known());
    assert_eq!(cost(&rig), 2);
    assert_eq!(read(&rig).await.healthy(), Some(3));
    assert_eq!(operations(&rig), [RESOURCES, GROUPS, HEALTH, RESOURCES, HEALTH]);
    assert!(rig.server.asked()[1].contains("LoadBalancerArn=arn%3Aaws%3Aelasticloadbalancing"), "{}", rig.server.asked()[1]);
    assert_eq!(rig.limiter.calls_to(&rig.connection, Some(&"us-west-1".into())), 5);
}

#[tokio::test]
async fn every_state_has_its_level_and_one_that_says_nothing_leaves_health_unknown() {
    for (state, why, level, healthy, cause) in [
        ("healthy", "", Level::Ok, Some(1), None),
        ("unhealthy", TIMEOUT, Level::Severe, Some(0), Some("ELB health check failing (Target.Timeout): Request timed out")),
        ("unhealthy.draining", "", Level::Severe, Some(0), Some("Leaving the load balancer, ELB health check failing")),
        ("draining", "", Level::Warning, Some(0), Some("Leaving the load balancer")),
        (
            "unused",
            "<Reason>Target.NotInUse</Reason>",
            Level::Unknown,
            Some(0),
            Some("Gets no requests from the load balancer (Target.NotInUse)"),
        ),
        (
            "unavailable",
            DISABLED,
            Level::Unknown,
            None,
            Some("ELB does not check its health (Target.HealthCheckDisabled): Health checks are disabled for this target group"),
        ),
        ("dancing", "", Level::Unknown, None, Some("The load balancer tells a state that is not known here")),
    ] {
        let rig = Rig::new(vec![resources(&["i-1"], Some(BALANCER)), groups(&["tg-1"]), targets(&[("i-1", state, why)])]).await;
        let instances = read(&rig).await;
        let one = &instances.each[0];
        assert_eq!((one.level, instances.healthy(), one.causes.first().map(AsRef::as_ref)), (level, healthy, cause), "{state}");
        assert_eq!(instances.silence.is_some(), healthy.is_none(), "{state}");
    }
}

#[tokio::test]
async fn without_a_load_balancer_that_tells_there_are_the_machines_alone() {
    for (balancer, silence) in [(None, Silence::NoBalancer), (Some("awseb-e-x-AWSEBLoa-1ABC"), Silence::ClassicBalancer)] {
        let rig = Rig::new(vec![resources(&["i-1"], balancer)]).await;
        let instances = read(&rig).await;
        assert_eq!((instances.total(), instances.healthy(), instances.silence), (1, None, Some(silence)));
        assert_eq!((cost(&rig), operations(&rig)), (1, vec![RESOURCES.to_owned()]));
    }
    let rig = Rig::new(vec![resources(&[], Some(BALANCER))]).await;
    assert_eq!(read(&rig).await.total(), 0);
    assert_eq!(operations(&rig), [RESOURCES], "nothing is asked about no machines");
}

#[tokio::test]
async fn a_load_balancer_that_may_not_be_asked_is_not_asked_again_and_the_machines_stay() {
    for (no, sentence) in [
        (
            error(403, "AccessDenied", "no"),
            "the health of these instances is not known: us-west-1 denies elasticloadbalancing:DescribeTargetGroups to this connection: no",
        ),
        (error(400, "InvalidAction", "x"), "the health of these instances is not known: 127.0.0.1:"),
    ] {
        let machines = resources(&["i-1"], Some(BALANCER));
        let rig = Rig::new(vec![machines.clone(), no, machines]).await;
        let instances = read(&rig).await;
        assert_eq!((instances.total(), instances.healthy()), (1, None));
        let silence = instances.silence.unwrap();
        assert!(silence.sentence().starts_with(sentence), "{}", silence.sentence());
        assert_eq!(cost(&rig), 1);
        assert_eq!(read(&rig).await.silence, Some(silence), "why not is still said");
        assert_eq!(operations(&rig), [RESOURCES, GROUPS, RESOURCES]);
    }
}

#[tokio::test]
async fn a_target_group_that_is_gone_is_looked_for_at_once() {
    let machines = resources(&["i-1"], Some(BALANCER));
    let healthy = targets(&[("i-1", "healthy", "")]);
    let gone = error(400, "TargetGroupNotFound", "Target groups 'tg-1' not found");
    let rig = Rig::new(vec![machines.clone(), groups(&["tg-1"]), healthy.clone(), machines, gone, groups(&["tg-2"]), healthy]).await;
    assert_eq!(read(&rig).await.healthy(), Some(1));
    assert_eq!(read(&rig).await.healthy(), Some(1));
    assert_eq!(operations(&rig), [RESOURCES, GROUPS, HEALTH, RESOURCES, HEALTH, GROUPS, HEALTH]);
    assert!(rig.server.asked()[6].contains("TargetGroupArn=tg-2"));
}

#[tokio::test]
async fn another_load_balancer_makes_what_was_found_void() {
    let healthy = targets(&[("i-1", "healthy", "")]);
    let (old, new) = (resources(&["i-1"], Some(BALANCER)), resources(&["i-1"], Some("arn:new")));
    let rig = Rig::new(vec![old, groups(&["tg-1"]), healthy.clone(), new, groups(&["tg-2"]), healthy]).await;
    let _ = (read(&rig).await, read(&rig).await);
    assert_eq!(operations(&rig), [RESOURCES, GROUPS, HEALTH, RESOURCES, GROUPS, HEALTH]);
}

#[tokio::test]
async fn what_has_answered_before_and_fails_now_leaves_the_last_values() {
    let machines = resources(&["i-1"], Some(BALANCER));
    let broken = error(503, "ServiceUnavailable", "x");
    let rig = Rig::new(vec![
        machines.clone(),
        broken.clone(),
        machines.clone(),
        groups(&["tg-1"]),
        targets(&[("i-1", "healthy", "")]),
        machines,
        broken,
    ])
    .await;
    let first = read(&rig).await;
    assert_eq!((first.total(), first.healthy()), (1, None), "what never answered leaves the machines");
    assert_eq!(read(&rig).await.healthy(), Some(1));
    let fault = rig.fail(Ask::Resources(key())).await;
    assert_eq!(&*fault.sentence, "us-west-1 failed to answer DescribeTargetHealth of via-prod: HTTP 503 (ServiceUnavailable)");
}

#[tokio::test]
async fn a_machine_that_no_target_group_holds_leaves_health_unknown() {
    let machines = resources(&["i-1", "i-2"], Some(BALANCER));
    let one = targets(&[("i-1", "healthy", "")]);
    let rig = Rig::new(vec![machines.clone(), groups(&["tg-1"]), one.clone(), machines, one]).await;
    let instances = read(&rig).await;
    assert_eq!((instances.total(), instances.healthy(), instances.silence), (2, None, Some(Silence::NotRegistered)));
    assert_eq!(instances.each[0].level, Level::Ok, "what is known of the other is told");
    // The groups are not looked for at every reading.
    assert_eq!(cost(&rig), 2);
    let _ = read(&rig).await;
    assert_eq!(operations(&rig), [RESOURCES, GROUPS, HEALTH, RESOURCES, HEALTH]);
}

#[tokio::test]
async fn on_a_shared_load_balancer_only_the_own_groups_count() {
    let machines = resources(&["i-1"], Some(BALANCER));
    let (others, own) = (targets(&[("i-8", "unhealthy", TIMEOUT)]), targets(&[("i-1", "healthy", "")]));
    let rig = Rig::new(vec![machines.clone(), groups(&["tg-1", "via-prod-2"]), own.clone(), others.clone(), machines.clone(), own]).await;
    let _ = (read(&rig).await, read(&rig).await);
    assert_eq!(operations(&rig), [RESOURCES, GROUPS, HEALTH, HEALTH, RESOURCES, HEALTH]);
    let asked = rig.server.asked();
    assert!(
        [2, 5].iter().all(|at: &usize| asked[*at].contains("TargetGroupArn=via-prod-2")),
        "what is named like the environment is first"
    );

    let rig = Rig::new(vec![machines, groups(&["1", "2", "3", "4", "5", "6", "7"]), others]).await;
    let instances = read(&rig).await;
    assert_eq!((instances.healthy(), instances.silence), (None, Some(Silence::NotFound)));
    assert_eq!((operations(&rig).len(), cost(&rig)), (2 + MOST_GROUPS, 1), "and it is not tried again soon");
}

#[test]
fn whose_groups_are_remembered_is_forgotten_an_hour_after_it_has_gone() {
    let (here, elsewhere) = (key(), "beanstalk:111122223333:eu-west-1:via-prod".parse().unwrap());
    let (connection, region) = (Connection::from("default"), Region::from("us-west-1"));
    let mut memory = Memory::default();
    for key in [&here, &elsewhere] {
        memory.environments.insert((connection.clone(), key.clone()), Found::default());
    }
    let begin = Instant::now();
    let mut count = |listed: &[&EnvironmentKey], minutes: u64| {
        memory.keep(&connection, &region, &listed.iter().copied().collect(), begin + Duration::from_secs(minutes * 60));
        memory.environments.len()
    };
    assert_eq!(count(&[], 0), 2);
    assert_eq!(count(&[], 59), 2);
    assert_eq!(count(&[&here], 61), 2, "it is there again");
    assert_eq!(count(&[], 62), 2);
    assert_eq!(count(&[], 121), 2);
    assert_eq!(count(&[], 122), 1, "the other region's stays");
}
