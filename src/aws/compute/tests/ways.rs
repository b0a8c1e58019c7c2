//! Regions and ways into accounts: none holds up another, and budgets are shared.

use super::*;

#[tokio::test]
async fn a_region_that_does_not_answer_stalls_no_other() {
    let server = Canned::by(|asked| match (asked.operation.as_str(), asked.region.as_str()) {
        ("DescribeTargetGroups", _) => groups(&["a"]),
        ("DescribeTargetHealth", _) => targets(&[("i-1", "healthy", "")]),
        ("DescribeInstanceStatus", _) => statuses(""),
        (_, "us-west-2") => machines(&[("i-1", "running", &[])]),
        _ => Reply::Silence,
    })
    .await;
    let (clients, limiter) = ways(&server, &["test"]);
    let elsewhere = compute::TargetGroups { site: Site { region: "us-east-1".into(), ..site() }, ..group("a", VersionMeans::default()) };
    let source = TargetGroups::new(clients, limiter, nobody(), vec![group("a", VersionMeans::default()), elsewhere]);
    let scope = |region: &str| Arc::new(Scope { platform: Platform::TargetGroup, connection: "test".into(), region: Some(region.into()) });
    let key = |region: &str| -> EnvironmentKey { format!("target-group:111122223333:{region}:a").parse().unwrap() };
    for region in ["us-east-1", "us-west-2"] {
        let _ = source.read(scope(region), Ask::Listing).await;
    }
    let mut slow = source.read(scope("us-east-1"), Ask::Instances(key("us-east-1")));
    let quick = source.read(scope("us-west-2"), Ask::Instances(key("us-west-2")));
    tokio::select! {
        told = quick => assert!(matches!(told, Observation::Seen(_)), "{told:?}"),
        told = &mut slow => panic!("{told:?}"),
    }
}

/// Two profiles lead into one account, and STS says no: the machines say whose they are.
#[tokio::test(start_paused = true)]
async fn two_ways_into_one_account_share_its_budgets_though_sts_says_no() {
    let server = Canned::by(|asked| match asked.operation.as_str() {
        "GetCallerIdentity" => error(403, "AccessDenied", "no"),
        _ => match machines(&[("i-1", "running", &[("environment", "production")])]) {
            Reply::Http(status, kind, body) => {
                Reply::Http(status, kind, body.replace("<instancesSet>", "<ownerId>111122223333</ownerId><instancesSet>"))
            }
            other => other,
        },
    })
    .await;
    let (clients, limiter) = ways(&server, &["one", "two"]);
    let declared = |name: &str| compute::TaggedInstances {
        site: Site { connection: name.into(), ..site() },
        ..instances("environment=production", production())
    };
    let source = TaggedInstances::new(clients, limiter.clone(), nobody(), vec![declared("one"), declared("two")]);
    for name in ["one", "two"] {
        let scope = Scope { platform: Platform::TaggedEc2, connection: name.into(), region: Some("us-west-2".into()) };
        let Observation::Seen(sighting) = source.read(Arc::new(scope), Ask::Listing).await else { panic!() };
        assert_eq!(sighting.account, Some("111122223333".into()));
    }
    let budget = |name: &str| crate::ops::limit::BudgetKey { connection: name.into(), region: Some("us-west-2".into()), api: "ec2" };
    limiter.throttled(&budget("one"), Some(std::time::Duration::from_secs(5)));
    let begin = tokio::time::Instant::now();
    let _ = limiter.pass(&budget("two")).await;
    assert!(begin.elapsed() >= std::time::Duration::from_secs(5));
    assert!(!server.asked().iter().any(|call| call.contains("GetCallerIdentity")), "nobody had to be asked");
}
