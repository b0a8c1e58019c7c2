//! That something is nowhere is said only of what was looked for.

use super::*;

/// A region of 100 target groups, one of which has the first machine. The second is in none.
fn hundred(asked: &Asked) -> Reply {
    let names: Vec<String> = (0..100).map(|number| format!("group-{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&names),
        "DescribeTargetHealth" if asked.body.contains("group-7%2F") => targets(&[("i-1", "healthy", "")]),
        "DescribeTargetHealth" => targets(&[]),
        _ => machines(&[("i-1", "running", &[("environment", "production")]), ("i-2", "running", &[("environment", "production")])]),
    }
}

#[tokio::test(start_paused = true)]
async fn a_standing_orphan_does_not_have_a_region_looked_through_again_and_again() {
    let rig = tagged_by(&[], VersionMeans::default(), hundred).await;
    rig.see(Ask::Listing).await;
    let calls = |rig: &Rig<TaggedInstances>| rig.server.asked().iter().filter(|call| call.ends_with("DescribeTargetHealth")).count();
    let mut after = Vec::new();
    for _ in 0..60 {
        let reading = rig.one(Ask::Instances(rig.key("production"))).await;
        let health = reading.health.unwrap();
        assert_eq!((health.level, &*health.causes[0]), (Level::Warning, "i-2: it is not registered with group-7"));
        after.push(calls(&rig));
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
    }
    // Once for all, then at most every quarter of an hour; between that the one group.
    assert!(after[0] <= 101, "{after:?}");
    assert!(after[59] <= 100 * 8 + 60, "{after:?}");
    let quiet = after.windows(2).filter(|pair| pair[1] - pair[0] <= 1).count();
    assert!(quiet >= 50, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn that_nobody_has_a_machine_registered_is_only_said_of_a_complete_look_that_is_not_older_than_it() {
    let extra = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let more = Arc::clone(&extra);
    let rig = tagged_by(&[], VersionMeans::default(), move |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&["api"; 100]),
        "DescribeTargetHealth" => targets(&[]),
        _ if more.load(std::sync::atomic::Ordering::Relaxed) => {
            machines(&[("i-1", "running", &[("environment", "production")]), ("i-2", "running", &[("environment", "production")])])
        }
        _ => machines(&[("i-1", "running", &[("environment", "production")])]),
    })
    .await;
    rig.see(Ask::Listing).await;
    let first = rig.see(Ask::Instances(rig.key("production"))).await;
    let health = first.readings[0].1.health.clone().unwrap();
    assert_eq!((health.level, &*health.causes[1]), (Level::Severe, "i-1: no target group has it registered"));
    // A while later nobody has looked again: what is said is as old as the look.
    let mut stamps = Vec::new();
    for _ in 0..3 {
        tokio::time::advance(std::time::Duration::from_secs(10)).await;
        stamps.push(rig.see(Ask::Instances(rig.key("production"))).await.stamp);
    }
    assert!(stamps.windows(2).all(|pair| pair[0] == pair[1]), "{stamps:?}");
    // Of a machine that was not there then it is not known.
    extra.store(true, std::sync::atomic::Ordering::Relaxed);
    rig.see(Ask::Listing).await;
    let third = rig.one(Ask::Instances(rig.key("production"))).await;
    assert_eq!(third.health, None);
    let instances = third.instances.unwrap();
    assert_eq!(instances.healthy(), None);
    assert!(instances.silence.unwrap().sentence().contains("were launched after"), "{:?}", instances.each);
    // After a minute it is looked for.
    tokio::time::advance(std::time::Duration::from_secs(31)).await;
    let fourth = rig.one(Ask::Instances(rig.key("production"))).await;
    assert_eq!(fourth.health.unwrap().level, Level::Severe);
}

/// A look that fails midway proves nothing of the groups that it did not come to: what was known of them stays.
#[tokio::test(start_paused = true)]
async fn a_look_that_fails_midway_forgets_nothing() {
    let fails = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let rig = tagged_by(&[], VersionMeans::default(), move |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&["first", "second"]),
        "DescribeTargetHealth" if asked.body.contains("second%2F") => targets(&[("i-1", "healthy", "")]),
        "DescribeTargetHealth" if failing.load(std::sync::atomic::Ordering::Relaxed) => error(403, "AccessDenied", "no"),
        "DescribeTargetHealth" => targets(&[]),
        _ => machines(&[("i-1", "running", &[("environment", "production")]), ("i-2", "running", &[("environment", "production")])]),
    })
    .await;
    rig.see(Ask::Listing).await;
    let healthy = |reading: Reading| reading.instances.and_then(|told| told.each.first().map(|instance| instance.level));
    let before = healthy(rig.one(Ask::Instances(rig.key("production"))).await);
    assert_eq!(before, Some(Level::Ok));
    fails.store(true, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..3 {
        tokio::time::advance(std::time::Duration::from_secs(1_000)).await;
        assert_eq!(healthy(rig.one(Ask::Instances(rig.key("production"))).await), before);
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_through_a_part_of_the_groups_proves_nothing() {
    let names: Vec<String> = (0..101).map(|number| format!("group-{number}")).collect();
    let rig = tagged_by(&[], VersionMeans::default(), move |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        "DescribeTargetHealth" => targets(&[]),
        _ => machines(&[("i-1", "running", &[("environment", "production")])]),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("production"))).await;
    assert_eq!(reading.health, None);
    let silence = reading.instances.unwrap().silence.unwrap();
    let sentence = silence.sentence();
    assert!(sentence.contains("101 target groups, of which the first 100 were looked through: name theirs in target_groups"), "{sentence}");
}

#[tokio::test(start_paused = true)]
async fn that_one_instance_was_found_does_not_prove_that_another_is_in_no_group() {
    let names: Vec<String> = (0..101).map(|number| format!("group-{number}")).collect();
    let rig = tagged_by(&[], VersionMeans::default(), move |asked| match asked.operation.as_str() {
        "GetCallerIdentity" => xml(ACCOUNT),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeTargetGroups" => groups(&names.iter().map(String::as_str).collect::<Vec<_>>()),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", "")]),
        _ => machines(&[("i-1", "running", &[("environment", "production")]), ("i-2", "running", &[("environment", "production")])]),
    })
    .await;
    rig.see(Ask::Listing).await;
    let ask = Ask::Planning { key: rig.key("production"), group: "eapd".into() };
    let Observation::Failed(failure) = rig.read(ask).await else { panic!("i-2 may be in the last one") };
    let sentence = &failure.fault.sentence;
    assert!(
        sentence.contains("whether a target group has its instances is not known") && sentence.contains("101 target groups"),
        "{sentence}"
    );
}
