//! Target groups and tagged instances on canned answers: the real SDKs on raw bodies.

use std::sync::Arc;

use super::super::canned::{Canned, Reply, error, limiter, xml};
use super::super::{Access, Clients, ConnectionSettings, Keys, TaggedInstances, TargetGroups};
use crate::model::compute::{self, ImageRepository, Site, Tag, Tagged, VersionMeans};
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, Platform, VersionLabel};
use crate::model::pattern::NamePattern;
use crate::model::sighting::{Coverage, Observation, Reading, Scope, Sighting};
use crate::ops::port::{Ask, Source};

const COMMIT: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";
const ACCOUNT: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
    <Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// A JSON answer.
fn json(body: &str) -> Reply {
    Reply::Http(200, "application/x-amz-json-1.1", body.to_owned())
}

/// An error in JSON.
fn json_error(kind: &str) -> Reply {
    Reply::Http(400, "application/x-amz-json-1.1", format!("{{\"__type\":\"{kind}\",\"message\":\"no\"}}"))
}

fn arn(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:us-west-2:111122223333:targetgroup/{name}/0123456789abcdef")
}

fn groups(names: &[&str]) -> Reply {
    let member = |name: &&str| {
        format!(
            "<member><TargetGroupArn>{}</TargetGroupArn><TargetGroupName>{name}</TargetGroupName><Protocol>TCP</Protocol><Port>8000</Port><TargetType>instance</TargetType></member>",
            arn(name)
        )
    };
    let members: String = names.iter().map(member).collect();
    xml(format!(
        "<DescribeTargetGroupsResponse xmlns=\"x\"><DescribeTargetGroupsResult><TargetGroups>{members}</TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>"
    ))
}

/// Targets by id, state and reason.
fn targets(each: &[(&str, &str, &str)]) -> Reply {
    let member = |(id, state, reason): &(&str, &str, &str)| {
        let reason = if reason.is_empty() { String::new() } else { format!("<Reason>{reason}</Reason>") };
        format!(
            "<member><Target><Id>{id}</Id><Port>8000</Port></Target><TargetHealth><State>{state}</State>{reason}</TargetHealth></member>"
        )
    };
    let members: String = each.iter().map(member).collect();
    xml(format!(
        "<DescribeTargetHealthResponse xmlns=\"x\"><DescribeTargetHealthResult><TargetHealthDescriptions>{members}</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>"
    ))
}

/// A machine: its id, its state, its tags.
type Told<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

/// Such machines, each launched at noon.
fn machines(each: &[Told<'_>]) -> Reply {
    let item = |(id, state, tags): &Told<'_>| {
        let tags: String = tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
        format!(
            "<item><instanceId>{id}</instanceId><instanceState><code>0</code><name>{state}</name></instanceState><instanceType>t3.small</instanceType><launchTime>2022-11-10T12:00:00.000Z</launchTime><tagSet>{tags}</tagSet></item>"
        )
    };
    let items: String = each.iter().map(item).collect();
    xml(format!(
        "<DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><reservationSet><item><instancesSet>{items}</instancesSet></item></reservationSet></DescribeInstancesResponse>"
    ))
}

struct Rig<S> {
    server: Canned,
    source: S,
    platform: Platform,
}

fn site() -> Site {
    Site { connection: "test".into(), region: "us-west-2".into() }
}

async fn clients(replies: Vec<Reply>) -> (Canned, Clients, crate::ops::limit::Limiter) {
    let server = Canned::serve(replies).await;
    let keys = Keys { access_key: "AKIDEXAMPLE".into(), secret: "secret-of-the-test".into(), session: None };
    let access = Access { endpoint: Some(server.url.clone()), keys: Some(keys), isolated: true };
    let settings = ConnectionSettings { connection: "test".into(), access, ..ConnectionSettings::default_chain() };
    let limiter = limiter();
    (server, Clients::new([settings], limiter.clone()), limiter)
}

/// Target groups of these names, with these means of telling versions.
async fn balanced(names: &[&str], version: VersionMeans, replies: Vec<Reply>) -> Rig<TargetGroups> {
    let (server, clients, limiter) = clients(replies).await;
    let declared = names.iter().map(|name| compute::TargetGroups {
        site: site(),
        name: NamePattern::new(name),
        app: "growl".into(),
        tier: None,
        version: version.clone(),
    });
    Rig { server, source: TargetGroups::new(clients, limiter, declared.collect()), platform: Platform::TargetGroup }
}

/// One environment of the instances with this tag.
async fn tagged(tag: &str, what: Tagged, replies: Vec<Reply>) -> Rig<TaggedInstances> {
    let (server, clients, limiter) = clients(replies).await;
    let declared = compute::TaggedInstances {
        site: site(),
        tags: vec![Tag::read(tag).unwrap()],
        what,
        app: "eapd".into(),
        tier: None,
        version: VersionMeans::default(),
        status: None,
        frontend_status: None,
    };
    Rig { server, source: TaggedInstances::new(clients, limiter, vec![declared]), platform: Platform::TaggedEc2 }
}

impl<S: Source> Rig<S> {
    fn key(&self, name: &str) -> EnvironmentKey {
        format!("{}:111122223333:us-west-2:{name}", self.platform).parse().unwrap()
    }

    async fn read(&self, ask: Ask) -> Observation {
        let scope = Scope { platform: self.platform, connection: "test".into(), region: Some("us-west-2".into()) };
        self.source.read(Arc::new(scope), ask).await
    }

    async fn see(&self, ask: Ask) -> Sighting {
        match self.read(ask).await {
            Observation::Seen(sighting) => sighting,
            Observation::Failed(failure) => panic!("{:?}", failure.fault),
        }
    }

    /// What is told of one environment.
    async fn one(&self, ask: Ask) -> Reading {
        self.see(ask).await.readings.into_iter().next().unwrap().1
    }

    /// The operations that were asked for: XML services name them in the body.
    fn actions(&self) -> Vec<String> {
        let asked = self.server.asked();
        let action = |body: &String| body.split('&').find_map(|part| part.strip_prefix("Action=")).unwrap_or("json").to_owned();
        asked.iter().map(action).collect()
    }
}

fn labels(reading: &Reading) -> Vec<Option<String>> {
    let each = &reading.instances.as_ref().unwrap().each;
    each.iter().map(|instance| Some(instance.deployment.as_ref()?.label.as_ref()?.to_string())).collect()
}

fn by_tag(images: bool) -> VersionMeans {
    let repository = ImageRepository { name: "growl".into(), region: "us-west-1".into() };
    VersionMeans { tag: Some("Version".into()), command: None, images: images.then_some(repository) }
}

#[tokio::test]
async fn a_name_that_is_nowhere_is_told_and_harms_no_other() {
    let rig = balanced(&["growl-dev", "growl-gone"], VersionMeans::default(), vec![groups(&["growl-dev", "other"])]).await;
    let sighting = rig.see(Ask::Listing).await;
    let keys: Vec<String> = sighting.readings.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(keys, ["target-group:111122223333:us-west-2:growl-dev"]);
    let Coverage::Except(fault) = sighting.coverage else { panic!("{:?}", sighting.coverage) };
    assert!(fault.sentence.contains("no target group growl-gone"), "{fault}");
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
    assert_eq!(rig.actions(), ["DescribeTargetGroups", "DescribeTargetHealth", "DescribeInstances", "DescribeTargetHealth"]);
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
        (
            &[("10.0.0.1", "unavailable", "Target.HealthCheckDisabled")][..],
            Level::Unknown,
            "10.0.0.1: ELB does not check its health (Target.HealthCheckDisabled)",
        ),
        (&[("10.0.0.1", "somersault", "")][..], Level::Severe, "none of 1 targets is healthy: requests are not answered"),
    ] {
        let rig = balanced(&["a"], VersionMeans::default(), vec![groups(&["a"]), targets(told)]).await;
        rig.see(Ask::Listing).await;
        let health = rig.one(Ask::Instances(rig.key("a"))).await.health.unwrap();
        assert_eq!((health.level, health.causes.first().map_or("", |cause| cause)), (level, cause), "{told:?}");
    }
}

/// A group of one instance whose tag names this, and what ECR answers to that.
async fn image_of(named: &str, replies: Vec<Reply>) -> Vec<Option<String>> {
    let mut all = vec![groups(&["a"]), targets(&[("i-1", "healthy", "")]), machines(&[("i-1", "running", &[("Version", named)])])];
    all.extend(replies);
    let rig = balanced(&["a"], by_tag(true), all).await;
    rig.see(Ask::Listing).await;
    labels(&rig.one(Ask::Instances(rig.key("a"))).await)
}

fn image(pushed: i64, tags: &str) -> Reply {
    json(&format!("{{\"imageDetails\":[{{\"imageDigest\":\"sha256:d\",\"imageTags\":[{tags}],\"imagePushedAt\":{pushed}}}]}}"))
}

/// Noon, as ECR writes it.
const LAUNCHED: i64 = 1_668_081_600;

#[tokio::test]
async fn a_moving_tag_tells_what_runs_only_if_it_has_stood_still_since_the_launch() {
    let tags = format!("\"latest\",\"{COMMIT}\"");
    assert_eq!(image_of("latest", vec![image(LAUNCHED - 60, &tags)]).await, [Some(COMMIT.to_owned())]);
    assert_eq!(image_of("latest", vec![image(LAUNCHED + 60, &tags)]).await, [Some("latest".to_owned())]);
    assert_eq!(image_of("latest", vec![json_error("ImageNotFoundException")]).await, [Some("latest".to_owned())]);
    // A tag that is a commit needs nobody.
    assert_eq!(image_of(COMMIT, vec![]).await, [Some(COMMIT.to_owned())]);
}

#[tokio::test]
async fn an_image_without_tags_is_found_in_the_index_that_holds_it() {
    let child = format!("sha256:{}", "ab".repeat(32));
    let index = format!(
        "{{\"imageDetails\":[{{\"imageDigest\":\"sha256:i\",\"imageTags\":[\"{COMMIT}\"],\"imagePushedAt\":1,\
         \"imageManifestMediaType\":\"application/vnd.oci.image.index.v1+json\"}}]}}"
    );
    let manifest = format!("{{\\\"manifests\\\":[{{\\\"digest\\\":\\\"{child}\\\"}}]}}");
    let got = format!("{{\"images\":[{{\"imageId\":{{\"imageDigest\":\"sha256:i\"}},\"imageManifest\":\"{manifest}\"}}],\"failures\":[]}}");
    let told = image_of(&format!("growl@{child}"), vec![image(1, ""), json(&index), json(&got)]).await;
    assert_eq!(told, [Some(COMMIT.to_owned())]);
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

fn production() -> Tagged {
    Tagged::One { name: "production".into(), expected: 1 }
}

#[tokio::test]
async fn a_database_whose_tag_begins_with_a_capital_is_never_listed() {
    // A server that does not tell capital letters apart, and lists what is gone.
    let answer = machines(&[
        ("i-1", "running", &[("environment", "production")]),
        ("i-db", "running", &[("Environment", "production")]),
        ("i-up", "running", &[("environment", "Production")]),
        ("i-old", "terminated", &[("environment", "production")]),
    ]);
    let rig = tagged("environment=production", production(), vec![xml(ACCOUNT), answer, groups(&[])]).await;
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
        vec![xml(ACCOUNT), two, groups(&["api"]), targets(&[("i-1", "healthy", ""), ("i-9", "healthy", "")])],
    )
    .await;
    let listing = rig.see(Ask::Listing).await;
    let warning = &listing.readings[0].1.identity.as_ref().unwrap().warnings[0];
    let expected = "2 running instances carry environment=production, 1 is expected: i-1 of 2022-11-10 12:00Z, i-2 of 2022-11-10 12:00Z; ";
    assert!(warning.sentence.starts_with(expected), "{}", warning.sentence);
    let reading = rig.one(Ask::Instances(rig.key("production"))).await;
    let health = reading.health.unwrap();
    assert_eq!((health.level, &*health.causes[0]), (Level::Warning, "i-2: no target group has it registered"));
    assert_eq!(reading.instances.unwrap().healthy(), Some(1));
}

#[tokio::test]
async fn nobody_who_answers_is_severe_and_a_denied_question_is_no_absence() {
    let none = tagged("environment=production", production(), vec![xml(ACCOUNT), machines(&[])]).await;
    let warnings = none.see(Ask::Listing).await.readings[0].1.identity.clone().unwrap().warnings;
    assert_eq!((warnings[0].level, &*warnings[0].sentence), (Level::Severe, "no running instance carries environment=production"));
    let denied = tagged("environment=production", production(), vec![xml(ACCOUNT), error(403, "UnauthorizedOperation", "no")]).await;
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
    let rig =
        tagged("environment=preview", Tagged::Previews { pull_tag: "github-pr".into() }, vec![xml(ACCOUNT), answer, groups(&[])]).await;
    let listing = rig.see(Ask::Listing).await;
    let names: Vec<&str> = listing.readings.iter().map(|(key, _)| key.name.as_str()).collect();
    assert_eq!(names, ["pr-4321", "pr-4325"]);
    let Coverage::Except(fault) = &listing.coverage else { panic!("{:?}", listing.coverage) };
    assert!(fault.sentence.contains("without a number in the tag github-pr (i-4)"), "{fault}");
    let twice = listing.readings[1].1.identity.as_ref().unwrap();
    assert!(twice.warnings[0].sentence.starts_with("2 running instances carry environment=preview of pull request 4325"));
    let reading = rig.one(Ask::Instances(rig.key("pr-4321"))).await;
    assert_eq!(reading.health, None, "that a machine runs does not tell that anything on it answers");
}
