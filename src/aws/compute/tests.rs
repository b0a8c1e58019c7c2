//! Target groups and tagged instances on canned answers: the real SDKs on raw bodies.

use std::sync::Arc;

use super::super::canned::{Asked, Canned, Reply, error, limiter, xml};
use super::super::{Access, Clients, ConnectionSettings, Keys, TaggedInstances, TargetGroups};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{self, ImageRepository, Site, Tag, Tagged, VersionMeans};
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, Platform, VersionLabel};
use crate::model::pattern::NamePattern;
use crate::model::sighting::{Coverage, Observation, Reading, Scope, Sighting};
use crate::model::version::{Confidence, VersionSource};
use crate::ops::port::{Ask, Inquiry, Machines, Source};

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

/// Machines that nobody asks by themselves.
fn nobody() -> Arc<dyn Machines> {
    Arc::new(Telling(|inquiry| panic!("{inquiry:?} was asked")))
}

/// Machines that answer so.
struct Telling(fn(&Inquiry) -> Result<String, Fault>);

impl Machines for Telling {
    fn ask(&self, _site: Site, inquiry: Inquiry) -> futures_util::future::BoxFuture<'_, (Stamp, Result<String, Fault>)> {
        let stamp = Stamp { asked_at: Timestamp::UNIX_EPOCH, sequence: 0 };
        Box::pin(std::future::ready((stamp, (self.0)(&inquiry))))
    }
}

/// EC2 tells nothing of its own checks.
fn statuses(items: &str) -> Reply {
    xml(format!(
        "<DescribeInstanceStatusResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><instanceStatusSet>{items}</instanceStatusSet></DescribeInstanceStatusResponse>"
    ))
}

fn site() -> Site {
    Site { connection: "test".into(), region: "us-west-2".into() }
}

async fn clients(replies: Vec<Reply>) -> (Canned, Clients, crate::ops::limit::Limiter) {
    let server = Canned::serve(replies).await;
    let (clients, limiter) = ways(&server, &["test"]);
    (server, clients, limiter)
}

/// These ways into what a server tells.
fn ways(server: &Canned, names: &[&str]) -> (Clients, crate::ops::limit::Limiter) {
    let keys = Keys { access_key: "AKIDEXAMPLE".into(), secret: "secret-of-the-test".into(), session: None };
    let access = Access { endpoint: Some(server.url.clone()), keys: Some(keys), isolated: true };
    let settings =
        |name: &&str| ConnectionSettings { connection: (*name).into(), access: access.clone(), ..ConnectionSettings::default_chain() };
    let limiter = limiter();
    (Clients::new(names.iter().map(settings), limiter.clone()), limiter)
}

/// Target groups of these names, with these means of telling versions.
async fn balanced(names: &[&str], version: VersionMeans, replies: Vec<Reply>) -> Rig<TargetGroups> {
    let (server, clients, limiter) = clients(replies).await;
    let declared = names.iter().map(|name| group(name, version.clone()));
    Rig { server, source: TargetGroups::new(clients, limiter, nobody(), declared.collect()), platform: Platform::TargetGroup }
}

fn group(name: &str, version: VersionMeans) -> compute::TargetGroups {
    compute::TargetGroups {
        site: site(),
        name: NamePattern::new(name),
        app: "growl".into(),
        tier: None,
        version,
        environment: None,
        environment_file: None,
    }
}

/// A target group on a server that answers by what is asked.
async fn balanced_by(version: VersionMeans, reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Rig<TargetGroups> {
    let server = Canned::by(reply).await;
    let (clients, limiter) = ways(&server, &["test"]);
    Rig { server, source: TargetGroups::new(clients, limiter, nobody(), vec![group("a", version)]), platform: Platform::TargetGroup }
}

/// Instances with a tag on a server that answers by what is asked.
async fn tagged_by(
    target_groups: &[&str],
    version: VersionMeans,
    reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> Rig<TaggedInstances> {
    let server = Canned::by(reply).await;
    let (clients, limiter) = ways(&server, &["test"]);
    let target_groups = target_groups.iter().map(|name| NamePattern::new(name)).collect();
    let declared = compute::TaggedInstances { target_groups, version, ..instances("environment=production", production()) };
    Rig { server, source: TaggedInstances::new(clients, limiter, nobody(), vec![declared]), platform: Platform::TaggedEc2 }
}

fn instances(tag: &str, what: Tagged) -> compute::TaggedInstances {
    compute::TaggedInstances {
        site: site(),
        tags: vec![Tag::read(tag).unwrap()],
        what,
        app: "eapd".into(),
        tier: None,
        target_groups: Vec::new(),
        version: VersionMeans::default(),
        status: None,
        frontend_status: None,
        environment_file: None,
    }
}

/// One environment of the instances with this tag.
async fn tagged(tag: &str, what: Tagged, replies: Vec<Reply>) -> Rig<TaggedInstances> {
    let (server, clients, limiter) = clients(replies).await;
    let declared = instances(tag, what);
    Rig { server, source: TaggedInstances::new(clients, limiter, nobody(), vec![declared]), platform: Platform::TaggedEc2 }
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
    VersionMeans { tag: Some("Version".into()), images: images.then_some(repository), ..VersionMeans::default() }
}

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

#[tokio::test]
async fn machines_tell_what_they_run_over_ssh_or_by_a_page_of_theirs() {
    fn told(inquiry: &Inquiry) -> Result<String, Fault> {
        match inquiry {
            Inquiry::Command { to, command } if to == "ec2-user@i-1" => Ok(format!("ran {command}")),
            Inquiry::Page { address, key } if address == "http://i-1:8000/version" => Ok(format!("page {key:?}")),
            other => Err(Fault::new(FaultKind::Unreachable, format!("there is no connection to {other:?}"))),
        }
    }
    let ssh = VersionMeans { command: Some("cat v".into()), ssh: Some("ec2-user@{id}".into()), ..VersionMeans::default() };
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
