//! What machines run, and how sure that is.

use super::*;

/// A group of one instance whose tag names this, and what ECR answers to that.
async fn sourced(named: &str, replies: Vec<Reply>) -> (Option<String>, Option<VersionSource>) {
    let mut all =
        vec![groups(&["a"]), targets(&[("i-1", "healthy", "")]), machines(&[("i-1", "running", &[("Version", named)])]), statuses("")];
    all.extend(replies);
    let rig = balanced(&["a"], by_tag(true), all).await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("a"))).await;
    (labels(&reading).swap_remove(0), reading.instances.unwrap().versions_from)
}

fn image(pushed: i64, tags: &str) -> Reply {
    json(&format!("{{\"imageDetails\":[{{\"imageDigest\":\"sha256:d\",\"imageTags\":[{tags}],\"imagePushedAt\":{pushed}}}]}}"))
}

/// Noon, as ECR writes it.
const LAUNCHED: i64 = 1_668_081_600;

#[tokio::test]
async fn a_moving_tag_tells_what_probably_runs_if_nothing_was_pushed_since_the_launch() {
    let tags = format!("\"latest\",\"{COMMIT}\"");
    let (told, source) = sourced("latest", vec![image(LAUNCHED - 60, &tags)]).await;
    assert_eq!((told, source), (Some(COMMIT.to_owned()), Some(VersionSource::MovingTag)));
    assert_eq!(VersionSource::MovingTag.confidence(), Confidence::Derived);
    let unmoved = (Some("latest".to_owned()), Some(VersionSource::InstanceTag));
    assert_eq!(sourced("latest", vec![image(LAUNCHED + 60, &tags)]).await, unmoved);
    // The tag stands where it stood before, but another image was pushed in between: it may have been there.
    let between = format!(
        "{{\"imageDetails\":[{{\"imageDigest\":\"sha256:d\",\"imageTags\":[{tags}],\"imagePushedAt\":{}}},\
         {{\"imageDigest\":\"sha256:e\",\"imagePushedAt\":{}}}]}}",
        LAUNCHED - 600,
        LAUNCHED - 60
    );
    assert_eq!(sourced("latest", vec![json(&between)]).await, unmoved);
    assert_eq!(sourced("latest", vec![json("{\"imageDetails\":[]}")]).await, unmoved);
    // A tag that is a commit needs nobody; but only the instance's own tag says it.
    assert_eq!(sourced(COMMIT, vec![]).await, (Some(COMMIT.to_owned()), Some(VersionSource::InstanceTag)));
}

#[tokio::test]
async fn what_ecr_tells_nothing_of_is_no_exact_version() {
    let digest = format!("sha256:{}", "cd".repeat(32));
    let gone = sourced(&format!("growl@{digest}"), vec![json_error("ImageNotFoundException")]).await;
    assert_eq!(gone, (Some(digest.clone()), Some(VersionSource::InstanceTag)));
    let told = sourced(&format!("growl@{digest}"), vec![image(1, &format!("\"{COMMIT}\""))]).await;
    assert_eq!(told, (Some(COMMIT.to_owned()), Some(VersionSource::ImageTag)));
}

/// What was read of ECR before an instance was launched does not tell where a tag stood then.
#[tokio::test]
async fn a_moving_tag_of_a_new_instance_is_looked_up_after_its_launch() {
    let moved = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let later = Arc::clone(&moved);
    let soon = "2099-01-01T00:00:00Z";
    let rig = balanced_by(by_tag(true), move |asked| match (asked.operation.as_str(), later.load(std::sync::atomic::Ordering::Relaxed)) {
        ("DescribeTargetGroups", _) => groups(&["a"]),
        ("DescribeTargetHealth", false) => targets(&[("i-1", "healthy", "")]),
        ("DescribeTargetHealth", true) => targets(&[("i-2", "healthy", "")]),
        ("DescribeInstanceStatus", _) => statuses(""),
        ("DescribeInstances", false) => machines(&[("i-1", "running", &[("Version", "latest")])]),
        ("DescribeInstances", true) => machines_of(&[("i-2", "running", &[("Version", "latest")])], soon),
        ("DescribeImages", false) => image(LAUNCHED - 60, &format!("\"latest\",\"{COMMIT}\"")),
        ("DescribeImages", true) => image(LAUNCHED + 60, &format!("\"latest\",\"{}\"", "9".repeat(40))),
        other => panic!("{other:?}"),
    })
    .await;
    rig.see(Ask::Listing).await;
    assert_eq!(labels(&rig.one(Ask::Instances(rig.key("a"))).await), [Some(COMMIT.to_owned())]);
    moved.store(true, std::sync::atomic::Ordering::Relaxed);
    rig.see(Ask::Listing).await;
    assert_eq!(labels(&rig.one(Ask::Instances(rig.key("a"))).await), [Some("9".repeat(40))]);
}

/// Of thousands of indexes those are opened that were pushed right behind the image.
#[tokio::test]
async fn an_image_without_tags_is_found_in_the_index_that_holds_it_however_many_there_are() {
    let child = format!("sha256:{}", "ab".repeat(32));
    let mut means = by_tag(true);
    means.tag = Some("Version".into());
    let named = format!("growl@{child}");
    let rig = balanced_by(means, move |asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => groups(&["a"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", "")]),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeInstances" => machines(&[("i-1", "running", &[("Version", &named)])]),
        "DescribeImages" if asked.body.contains("imageIds") => image(50_000, ""),
        "DescribeImages" => {
            let page: usize = asked.body.split("page-").nth(1).and_then(|text| text.chars().next()?.to_digit(10)).unwrap_or(0) as usize;
            assert!(asked.body.contains("\"maxResults\":1000"), "{}", asked.body);
            let index = |number: usize| {
                format!(
                    "{{\"imageDigest\":\"sha256:{number:064x}\",\"imageTags\":[\"{number:040x}\"],\"imagePushedAt\":{},\
                     \"imageManifestMediaType\":\"application/vnd.oci.image.index.v1+json\"}}",
                    number * 20
                )
            };
            let images: Vec<String> = (page * 1_000..(page + 1) * 1_000).map(index).collect();
            let next = if page < 4 { format!(",\"nextToken\":\"page-{}\"", page + 1) } else { String::new() };
            json(&format!("{{\"imageDetails\":[{}]{next}}}", images.join(",")))
        }
        "BatchGetImage" => {
            assert_eq!(asked.body.matches("imageDigest").count(), 100);
            // The image was pushed at 50,000: behind the index number 2,500 stands its commit.
            let digest = format!("sha256:{:064x}", 2_500);
            assert!(asked.body.contains(&digest));
            let manifest = format!("{{\\\"manifests\\\":[{{\\\"digest\\\":\\\"{child}\\\"}}]}}");
            json(&format!(
                "{{\"images\":[{{\"imageId\":{{\"imageDigest\":\"{digest}\"}},\"imageManifest\":\"{manifest}\"}}],\"failures\":[]}}"
            ))
        }
        other => panic!("{other}"),
    })
    .await;
    rig.see(Ask::Listing).await;
    let reading = rig.one(Ask::Instances(rig.key("a"))).await;
    assert_eq!(labels(&reading), [Some(format!("{:040x}", 2_500))]);
    assert_eq!(reading.instances.unwrap().versions_from, Some(VersionSource::ImageTag));
    let asked = rig.server.asked();
    assert_eq!(asked.iter().filter(|call| call.ends_with("DescribeImages")).count(), 6, "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn each_machine_says_what_runs_on_it_or_why_that_is_not_known() {
    let means = VersionMeans { command: Some("cat /srv/version".into()), ..VersionMeans::default() };
    let invocation = |id: &str, status: &str, code: i32, output: &str| {
        format!(
            "{{\"InstanceId\":\"{id}\",\"Status\":\"{status}\",\"CommandPlugins\":[{{\"ResponseCode\":{code},\"Output\":\"{output}\"}}]}}"
        )
    };
    let invocations = |each: &[String]| json(&format!("{{\"CommandInvocations\":[{}]}}", each.join(",")));
    let failed = invocation("i-2", "Failed", 127, "sh: cat: not found");
    let rig = balanced(&["a"], means, vec![
        groups(&["a"]),
        targets(&[("i-1", "healthy", ""), ("i-2", "healthy", ""), ("i-3", "healthy", "")]),
        machines(&[("i-1", "running", &[]), ("i-2", "running", &[]), ("i-3", "running", &[])]),
        json("{\"InstanceInformationList\":[{\"InstanceId\":\"i-1\",\"PingStatus\":\"Online\"},{\"InstanceId\":\"i-2\",\"PingStatus\":\"Online\"},{\"InstanceId\":\"i-3\",\"PingStatus\":\"ConnectionLost\"}]}"),
        json("{\"Command\":{\"CommandId\":\"c-1\"}}"),
        invocations(&[invocation("i-1", "InProgress", -1, ""), failed.clone()]),
        invocations(&[invocation("i-1", "Success", 0, "\\nv7\\n"), failed]),
    ])
    .await;
    let listing = rig.see(Ask::Listing).await;
    let identity = listing.readings[0].1.identity.as_ref().unwrap();
    assert!(identity.answers.holds(crate::model::sighting::Question::Versions) && identity.tells_versions);
    let versions = rig.one(Ask::Versions(rig.key("a"))).await.versions.unwrap();
    let told: Vec<(&str, Result<&str, &str>)> =
        versions.each.iter().map(|(id, told)| (id.as_str(), told.as_ref().map(VersionLabel::as_str).map_err(|why| &**why))).collect();
    assert_eq!(
        told,
        [
            ("i-1", Ok("v7")),
            ("i-2", Err("the command ended with 127: sh: cat: not found")),
            ("i-3", Err("Systems Manager does not reach it: its agent is not there, or not allowed to answer")),
        ]
    );
    // The command names the machines that answer, and nothing from outside is in it.
    let sent = rig.server.asked().into_iter().find(|body| body.contains("AWS-RunShellScript")).unwrap();
    assert!(sent.contains("[\"i-1\",\"i-2\"]") && sent.contains("[\"cat /srv/version\"]"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_where_the_console_only_reads() {
    let means = VersionMeans { command: Some("cat /srv/version".into()), is_read_only: true, ..VersionMeans::default() };
    let rig = balanced_by(means, |asked| match asked.operation.as_str() {
        "DescribeTargetGroups" => groups(&["a"]),
        "DescribeTargetHealth" => targets(&[("i-1", "healthy", "")]),
        "DescribeInstanceStatus" => statuses(""),
        "DescribeInstances" => machines(&[("i-1", "running", &[])]),
        other => panic!("{other} was sent"),
    })
    .await;
    rig.see(Ask::Listing).await;
    let versions = rig.one(Ask::Versions(rig.key("a"))).await.versions.unwrap();
    let (_, told) = &versions.each[0];
    assert!(told.as_ref().unwrap_err().contains("counts a command as a write"), "{told:?}");
}

#[tokio::test]
async fn machines_tell_what_they_run_over_ssh_or_by_a_page_of_theirs() {
    fn told(inquiry: &Inquiry) -> Result<String, Fault> {
        match inquiry {
            Inquiry::Command { to, command } if to.to.as_str() == "ec2-user@i-1" && to.options == ["Port=2222"] => {
                Ok(format!("ran {command}"))
            }
            Inquiry::Page { address, key } if address == "http://i-1:8000/version" => Ok(format!("page {key:?}")),
            other => Err(Fault::new(FaultKind::Unreachable, format!("there is no connection to {other:?}"))),
        }
    }
    let login = Template { to: "ec2-user@{id}".into(), config: None, options: vec!["Port=2222".to_owned()] };
    let ssh = VersionMeans { command: Some("cat v".into()), ssh: Some(login), ..VersionMeans::default() };
    let page = VersionMeans { page: Some("http://{id}:8000/version".into()), ..VersionMeans::default() };
    let private = VersionMeans { page: Some("http://{private_ip}/".into()), ..VersionMeans::default() };
    for (means, source, first, second) in [
        (ssh, VersionSource::SshCommand, Ok("ran cat v"), Err("there is no connection to")),
        (page, VersionSource::VersionUrl, Ok("page None"), Err("there is no connection to")),
        (private, VersionSource::VersionUrl, Err("EC2 tells nothing to put in for {private_ip}"), Err("EC2 tells nothing")),
    ] {
        let server = Canned::by(|asked| match asked.operation.as_str() {
            "DescribeTargetGroups" => groups(&["a"]),
            "DescribeTargetHealth" => targets(&[("i-1", "healthy", ""), ("i-2", "healthy", "")]),
            _ => machines(&[("i-1", "running", &[]), ("i-2", "running", &[])]),
        })
        .await;
        let (clients, limiter) = ways(&server, &["test"]);
        // What is over SSH and on a page is no write of AWS's.
        let means = VersionMeans { is_read_only: true, ..means };
        let source_of = TargetGroups::new(clients, limiter, Arc::new(Telling(told)), vec![group("a", means)]);
        let rig = Rig { server, source: source_of, platform: Platform::TargetGroup };
        let listing = rig.see(Ask::Listing).await;
        assert!(listing.readings[0].1.identity.as_ref().unwrap().answers.holds(crate::model::sighting::Question::Versions));
        let versions = rig.one(Ask::Versions(rig.key("a"))).await.versions.unwrap();
        assert_eq!(versions.source, source);
        let is = |told: &Result<VersionLabel, Arc<str>>, expected: Result<&str, &str>| match (told, expected) {
            (Ok(label), Ok(expected)) => assert_eq!(label.as_str(), expected),
            (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{why}"),
            other => panic!("{other:?}"),
        };
        is(&versions.each[0].1, first);
        is(&versions.each[1].1, second);
    }
}
