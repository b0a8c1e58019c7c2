//! Target groups and tagged instances on canned answers: the real SDKs on raw bodies.

mod absence;
mod health;
mod tagged;
mod versions;
mod ways;

use std::sync::Arc;

use super::super::canned::{Asked, Canned, Reply, error, limiter, xml};
use super::super::{Access, Clients, ConnectionSettings, Keys, TaggedInstances, TargetGroups};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{self, ImageRepository, Site, Tag, Tagged, Template, VersionMeans};
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
    machines_of(each, "2022-11-10T12:00:00.000Z")
}

/// Such machines, each launched at this time.
fn machines_of(each: &[Told<'_>], launched: &str) -> Reply {
    let item = |(id, state, tags): &Told<'_>| {
        let tags: String = tags.iter().map(|(key, value)| format!("<item><key>{key}</key><value>{value}</value></item>")).collect();
        format!(
            "<item><instanceId>{id}</instanceId><instanceState><code>0</code><name>{state}</name></instanceState><instanceType>t3.small</instanceType><launchTime>{launched}</launchTime><tagSet>{tags}</tagSet></item>"
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
        rolling: None,
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
        circleci: None,
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

fn production() -> Tagged {
    Tagged::One { name: "production".into(), expected: 1 }
}
