//! Which instances are listed by their tags.

use super::*;

#[tokio::test]
async fn a_database_whose_tag_begins_with_a_capital_is_never_listed() {
    // A server that does not tell capital letters apart, and lists what is gone.
    let answer = machines(&[
        ("i-1", "running", &[("environment", "production")]),
        ("i-db", "running", &[("Environment", "production")]),
        ("i-up", "running", &[("environment", "Production")]),
        ("i-old", "terminated", &[("environment", "production")]),
    ]);
    let rig = tagged("environment=production", production(), vec![answer, xml(ACCOUNT), groups(&[])]).await;
    let listing = rig.see(Ask::Listing).await;
    assert_eq!(listing.coverage, Coverage::Complete);
    let (key, reading) = &listing.readings[0];
    assert_eq!((key.to_string().as_str(), listing.readings.len()), ("tagged-ec2:111122223333:us-west-2:production", 1));
    assert!(reading.identity.as_ref().unwrap().warnings.is_empty());
    let ids: Vec<String> =
        rig.one(Ask::Instances(rig.key("production"))).await.instances.unwrap().each.iter().map(|one| one.id.to_string()).collect();
    assert_eq!(ids, ["i-1"]);
    assert!(rig.server.asked().iter().any(|body| body.contains("tag%3Aenvironment")));
}

#[tokio::test]
async fn one_instance_too_many_is_told_with_what_the_next_deploy_will_do() {
    let two = machines(&[("i-1", "running", &[("environment", "production")]), ("i-2", "running", &[("environment", "production")])]);
    let rig = tagged(
        "environment=production",
        production(),
        vec![two, xml(ACCOUNT), groups(&["api"]), targets(&[("i-1", "healthy", ""), ("i-9", "healthy", "")]), statuses("")],
    )
    .await;
    let listing = rig.see(Ask::Listing).await;
    let warning = &listing.readings[0].1.identity.as_ref().unwrap().warnings[0];
    let expected = "2 running instances carry environment=production, 1 is expected: i-1 of 2022-11-10 12:00Z, i-2 of 2022-11-10 12:00Z; ";
    assert!(warning.sentence.starts_with(expected), "{}", warning.sentence);
    let reading = rig.one(Ask::Instances(rig.key("production"))).await;
    let health = reading.health.unwrap();
    assert_eq!((health.level, &*health.causes[0]), (Level::Warning, "i-2: it is not registered with api"));
    assert_eq!(reading.instances.unwrap().healthy(), Some(1));
}

#[tokio::test]
async fn nobody_who_answers_is_severe_and_a_denied_question_is_no_absence() {
    let none = tagged("environment=production", production(), vec![machines(&[]), xml(ACCOUNT)]).await;
    let warnings = none.see(Ask::Listing).await.readings[0].1.identity.clone().unwrap().warnings;
    assert_eq!((warnings[0].level, &*warnings[0].sentence), (Level::Severe, "no running instance carries environment=production"));
    let denied = tagged("environment=production", production(), vec![error(403, "UnauthorizedOperation", "no")]).await;
    assert!(matches!(denied.read(Ask::Listing).await, Observation::Failed(_)));
}

#[tokio::test]
async fn each_pull_request_has_a_preview_and_one_without_a_number_is_told() {
    let answer = machines(&[
        ("i-1", "running", &[("environment", "preview"), ("github-pr", "4325")]),
        ("i-2", "running", &[("environment", "preview"), ("github-pr", "4325")]),
        ("i-3", "running", &[("environment", "preview"), ("github-pr", "4321")]),
        ("i-4", "running", &[("environment", "preview"), ("GitHub-PR", "1")]),
    ]);
    let rig = tagged(
        "environment=preview",
        Tagged::Previews { pull_tag: "github-pr".into(), elastic_ips: false },
        vec![answer, xml(ACCOUNT), groups(&[])],
    )
    .await;
    let listing = rig.see(Ask::Listing).await;
    let names: Vec<&str> = listing.readings.iter().map(|(key, _)| key.name.as_str()).collect();
    assert_eq!(names, ["pr-4321", "pr-4325"]);
    let Coverage::Remarked(fault) = &listing.coverage else { panic!("{:?}", listing.coverage) };
    assert!(fault.sentence.contains("without a number in the tag github-pr (i-4)"), "{fault}");
    let twice = listing.readings[1].1.identity.as_ref().unwrap();
    assert!(twice.warnings[0].sentence.starts_with("2 running instances carry environment=preview of pull request 4325"));
    let reading = rig.one(Ask::Instances(rig.key("pr-4321"))).await;
    assert_eq!(reading.health, None, "that a machine runs does not tell that anything on it answers");
}

#[tokio::test]
async fn that_no_address_is_free_is_told_with_who_has_them() {
    let address = |ip: &str, instance: &str| {
        let taken = if instance.is_empty() {
            String::new()
        } else {
            format!("<instanceId>{instance}</instanceId><associationId>a</associationId>")
        };
        format!("<item><publicIp>{ip}</publicIp>{taken}</item>")
    };
    for (second, is_empty) in [("i-2", true), ("", false)] {
        let body = [address("203.0.113.1", "i-1"), address("203.0.113.2", second)].concat();
        let server = Canned::by(move |asked| match asked.operation.as_str() {
            "GetCallerIdentity" => xml(ACCOUNT),
            "DescribeAddresses" => xml(format!(
                "<DescribeAddressesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><addressesSet>{body}</addressesSet></DescribeAddressesResponse>"
            )),
            _ => {
                let pull = |number: &'static str| [("environment", "preview"), ("github-pr", number)];
                machines(&[("i-1", "running", &pull("1")), ("i-2", "running", &pull("2")), ("i-3", "running", &pull("3"))])
            }
        })
        .await;
        let (clients, limiter) = ways(&server, &["test"]);
        let declared = instances("environment=preview", Tagged::Previews { pull_tag: "github-pr".into(), elastic_ips: true });
        let source = TaggedInstances::new(clients, limiter, nobody(), vec![declared]);
        let rig = Rig { server, source, platform: Platform::TaggedEc2 };
        let listing = rig.see(Ask::Listing).await;
        let warnings = &listing.readings[2].1.identity.as_ref().unwrap().warnings;
        if is_empty {
            let told = listing.coverage.flaw().unwrap();
            let expected =
                "no Elastic IP address of us-west-2 is free: all 2 are taken, by pr-1, pr-2; the next preview gets none and fails";
            assert!(told.sentence.starts_with(expected) && listing.coverage.is_complete(), "{told}");
            assert!(warnings[0].sentence.starts_with("i-3 has no Elastic IP address, and none is free: all 2 are taken"), "{warnings:?}");
            assert!(listing.readings[0].1.identity.as_ref().unwrap().warnings.is_empty());
        } else {
            assert_eq!((&listing.coverage, warnings.len()), (&Coverage::Complete, 0));
        }
    }
}
