//! How target groups and tagged instances are, also where a part cannot be read.

use super::*;

#[tokio::test]
async fn a_name_that_is_nowhere_is_told_and_harms_no_other() {
    let rig = balanced(&["growl-dev", "growl-gone"], VersionMeans::default(), vec![groups(&["growl-dev", "other"])]).await;
    let sighting = rig.see(Ask::Listing).await;
    let keys: Vec<String> = sighting.readings.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["target-group:111122223333:us-west-2:growl-dev"]);
    let Coverage::Remarked(fault) = &sighting.coverage else { panic!("{:?}", sighting.coverage) };
    assert!(fault.sentence.contains("no target group growl-gone"), "{fault}");
    assert!(sighting.coverage.is_complete(), "what has gone may disappear all the same");
}

#[tokio::test]
async fn machines_are_asked_for_once_for_all_groups() {
    let rig = balanced(
        &["*"],
        by_tag(false),
        vec![
            groups(&["a", "b"]),
            targets(&[("i-1", "healthy", ""), ("i-2", "unhealthy", "Target.Timeout")]),
            machines(&[("i-1", "running", &[("Version", "v1")]), ("i-2", "running", &[("version", "v2")])]),
            statuses(""),
            targets(&[("i-2", "healthy", ""), ("10.0.0.7", "draining", "Target.DeregistrationInProgress")]),
        ],
    )
    .await;
    rig.see(Ask::Listing).await;
    let a = rig.one(Ask::Instances(rig.key("a"))).await;
    assert_eq!(labels(&a), [Some("v1".to_owned()), None], "a tag of another case is another tag");
    let health = a.health.unwrap();
    assert_eq!(health.level, Level::Degraded);
    assert_eq!(&*health.causes[0], "only one of 2 targets is healthy: without it nobody answers");
    assert_eq!(&*health.causes[1], "i-2: ELB health check failing (Target.Timeout)");
    let b = rig.one(Ask::Instances(rig.key("b"))).await;
    assert_eq!(b.health.unwrap().level, Level::Warning);
    assert_eq!(
        rig.actions(),
        ["DescribeTargetGroups", "DescribeTargetHealth", "DescribeInstances", "DescribeInstanceStatus", "DescribeTargetHealth"]
    );
}

#[tokio::test]
async fn how_a_group_is_follows_from_its_targets() {
    for (told, level, cause) in [
        (&[][..], Level::Severe, "no target is registered: the load balancer has nobody to send requests to"),
        (&[("10.0.0.1", "healthy", "")][..], Level::Ok, ""),
        (
            &[("10.0.0.1", "unhealthy", "Target.ResponseCodeMismatch")][..],
            Level::Severe,
            "none of 1 targets is healthy: requests are not answered",
        ),
        (
            &[("10.0.0.1", "healthy", ""), ("10.0.0.2", "healthy", ""), ("10.0.0.3", "initial", "Elb.RegistrationInProgress")][..],
            Level::Info,
            "10.0.0.3: Joining the load balancer (Elb.RegistrationInProgress)",
        ),
        (&[("10.0.0.1", "unavailable", "Target.HealthCheckDisabled")][..], Level::Unknown, "the load balancer does not check 1 targets"),
        (
            &[("10.0.0.1", "somersault", "")][..],
            Level::Unknown,
            "none of 1 targets is healthy, and the states that are told are not known here",
        ),
        (
            &[("10.0.0.1", "initial", "Elb.RegistrationInProgress"), ("10.0.0.2", "draining", "Target.DeregistrationInProgress")][..],
            Level::Warning,
            "none of 2 targets is healthy yet: 1 being registered or checked for the first time",
        ),
        (
            &[("10.0.0.1", "unused", "Target.NotInUse"), ("10.0.0.2", "unused", "Target.NotInUse")][..],
            Level::Warning,
            "no requests are sent to any of 2 targets: no listener forwards to them, or their zones are not enabled for the load balancer",
        ),
        (
            &[("10.0.0.1", "healthy", ""), ("10.0.0.2", "healthy", ""), ("10.0.0.3", "unused", "Target.NotInUse")][..],
            Level::Info,
            "10.0.0.3: Gets no requests from the load balancer (Target.NotInUse)",
        ),
        (&[("10.0.0.1", "unused", "Target.InvalidState")][..], Level::Severe, "none of 1 targets is healthy: requests are not answered"),
        (
            &[("10.0.0.1", "draining", "Target.DeregistrationInProgress")][..],
            Level::Severe,
            "none of 1 targets is healthy: requests are not answered",
        ),
    ] {
        let rig = balanced(&["a"], VersionMeans::default(), vec![groups(&["a"]), targets(told)]).await;
        rig.see(Ask::Listing).await;
        let health = rig.one(Ask::Instances(rig.key("a"))).await.health.unwrap();
        assert_eq!((health.level, health.causes.first().map_or("", |cause| cause)), (level, cause), "{told:?}");
    }
}

#[tokio::test]
async fn how_targets_are_is_known_without_ec2_and_without_ecr() {
    // EC2 does not answer: what the load balancer tells stays, and the rest says why it is missing.
    let rig = balanced_by(by_tag(true), |asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => groups(&["a"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", ""), ("i-2", "healthy", "")]),
        _ => error(503, "ServiceUnavailable", "later"),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("a"))).await;
    let instances = reading.instances.unwrap();
    assert_eq!((reading.health.unwrap().level, instances.healthy()), (Level::Ok, Some(2)));
    assert!(instances.gaps[0].sentence.contains("DescribeInstances"), "{:?}", instances.gaps);
    // ECR does not answer: each says why it is not known what runs on it.
    let digest = format!("growl@sha256:{}", "ab".repeat(32));
    let rig = balanced_by(by_tag(true), move |asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => groups(&["a"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", ""), ("i-2", "unhealthy", "Target.Timeout")]),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeInstances" => machines(&[("i-1", "running", &[("Version", &digest)]), ("i-2", "running", &[("Version", &digest)])]),
        _ => json_error("ServerException"),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("a"))).await;
    assert_eq!(labels(&reading), [None, None]);
    let instances = reading.instances.unwrap();
    assert_eq!((reading.health.unwrap().level, instances.healthy(), instances.gaps.len()), (Level::Degraded, Some(1), 1));
    let why = instances.each[0].causes.last().unwrap();
    assert!(why.starts_with("what runs on it is not known: ") && why.contains("DescribeImages"), "{why}");
    assert_eq!(rig.server.asked().iter().filter(|call| call.contains("DescribeImages")).count(), 1, "nobody is asked for each machine");
}

#[tokio::test]
async fn tagged_machines_keep_their_target_health_without_ec2() {
    let is_down = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let rig = tagged_by(&["api"], VersionMeans::default(), move |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&["api", "web"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", "")]),
        "DescribeInstances" if down.load(std::sync::atomic::Ordering::Relaxed) => error(503, "ServiceUnavailable", "later"),
        _ => machines(&[("i-1", "running", &[("environment", "production")])]),
    })
    .await;
    tokio::time::pause();
    rig.see(Ask::Listing).await;
    is_down.store(true, std::sync::atomic::Ordering::Relaxed);
    tokio::time::advance(std::time::Duration::from_secs(5)).await;
    tokio::time::resume();
    let reading = rig.one(Ask::Instances(rig.key("production"))).await;
    let instances = reading.instances.unwrap();
    assert_eq!((reading.health.unwrap().level, instances.healthy(), instances.gaps.len()), (Level::Ok, Some(1), 1));
    // Only the group that somebody named was asked.
    assert_eq!(rig.server.asked().iter().filter(|call| call.ends_with("DescribeTargetHealth")).count(), 1);
}

#[tokio::test]
async fn a_machine_serves_where_one_of_its_target_groups_finds_it_healthy() {
    let rig = tagged_by(&["api", "spare"], VersionMeans::default(), |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&["api", "spare"]),
        "DescribeTargetHealth" if asked.body.contains("spare") => targets(&[("i-1", "unused", "Target.NotInUse")]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", "")]),
        _ => machines(&[("i-1", "running", &[("environment", "production")])]),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("production"))).await;
    let instances = reading.instances.unwrap();
    assert_eq!((instances.each[0].level, instances.healthy()), (Level::Ok, Some(1)));
    let health = reading.health.unwrap();
    // What the other one finds is said.
    let cause = "i-1: in spare: Gets no requests from the load balancer (Target.NotInUse)";
    assert_eq!((health.level, &*health.causes[0]), (Level::Warning, cause));
}

#[tokio::test]
async fn what_ec2_finds_wrong_and_what_it_has_scheduled_are_causes() {
    let rig = balanced_by(VersionMeans::default(), |asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => groups(&["a"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", ""), ("i-2", "healthy", "")]),
        "DescribeInstances" => machines(&[("i-1", "running", &[]), ("i-2", "running", &[])]),
        "DescribeInstanceStatus" => statuses(
            "<item><instanceId>i-1</instanceId><systemStatus><status>impaired</status></systemStatus><instanceStatus><status>ok</status></instanceStatus></item>\
             <item><instanceId>i-2</instanceId><systemStatus><status>ok</status></systemStatus><instanceStatus><status>ok</status></instanceStatus>\
             <eventsSet><item><code>instance-retirement</code><description>The instance is running on degraded hardware</description><notBefore>2022-11-20T12:00:00.000Z</notBefore></item>\
             <item><code>system-reboot</code><description>[Completed] Reboot</description></item></eventsSet></item>",
        ),
        other => panic!("{other}"),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("a"))).await;
    let health = reading.health.unwrap();
    let causes: Vec<&str> = health.causes.iter().map(|cause| &**cause).collect();
    assert_eq!(health.level, Level::Warning);
    assert_eq!(
        causes,
        [
            "i-1: EC2's system check fails: the hardware or the network under it",
            "i-2: EC2 has scheduled instance-retirement from 2022-11-20 12:00Z: The instance is running on degraded hardware",
        ]
    );
    assert_eq!(reading.instances.unwrap().healthy(), Some(2), "requests are answered still");
    // A look within the minute costs no call.
    rig.see(Ask::Instances(rig.key("a"))).await;
    assert_eq!(rig.server.asked().iter().filter(|call| call.ends_with("DescribeInstanceStatus")).count(), 1);
}
