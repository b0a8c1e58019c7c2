//! The adapter on raw answers, as the service and its imitations give them.

use std::collections::BTreeSet;

use super::super::canned::{Reply, Rig, error, xml};
use crate::model::activity::{Activity, ActivityKind};
use crate::model::clock::Timestamp;
use crate::model::event::{Meaning, Severity};
use crate::model::fault::FaultKind;
use crate::model::health::{HealthSource, Level};
use crate::model::id::EnvironmentKey;
use crate::model::instance::DeploymentState;
use crate::model::sighting::Question;
use crate::model::sighting::{Busy, Coverage};
use crate::ops::port::Ask;

const ARN: &str = "<EnvironmentArn>arn:aws:elasticbeanstalk:us-west-1:111122223333:environment/h/h-prod</EnvironmentArn>";

fn listing(members: &str, rest: &str) -> String {
    let result = format!("<DescribeEnvironmentsResult><Environments>{members}</Environments>{rest}</DescribeEnvironmentsResult>");
    format!(
        "<DescribeEnvironmentsResponse xmlns=\"http://elasticbeanstalk.amazonaws.com/docs/2010-12-01/\">{result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeEnvironmentsResponse>\n"
    )
}

fn member(fields: &str) -> String {
    format!("<member>{fields}</member>")
}

fn named(name: &str) -> String {
    member(&format!("<EnvironmentName>{name}</EnvironmentName>{ARN}<Status>Ready</Status><HealthStatus>Ok</HealthStatus>"))
}

fn key(name: &str) -> EnvironmentKey {
    format!("beanstalk:111122223333:us-west-1:{name}").parse().unwrap()
}

const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>u</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

#[tokio::test]
async fn a_listing_tells_what_it_holds() {
    let fields = format!(
        "<EnvironmentName>h-prod</EnvironmentName><EnvironmentId>e-abc</EnvironmentId>{ARN}<ApplicationName>h</ApplicationName>\
         <VersionLabel>h-prod20221110T123456Z-20221110-g8a52aea</VersionLabel><SolutionStackName>64bit Amazon Linux 2023</SolutionStackName>\
         <CNAME>h-prod.eba-x.us-west-1.elasticbeanstalk.com</CNAME><DateCreated>2022-01-02T03:04:05.678Z</DateCreated>\
         <DateUpdated>2022-11-10T12:40:00Z</DateUpdated><Status>Updating</Status><Health>Yellow</Health><HealthStatus>Warning</HealthStatus>\
         <AbortableOperationInProgress>true</AbortableOperationInProgress>"
    );
    let rig = Rig::new(vec![xml(listing(&member(&fields), ""))]).await;
    let sighting = rig.see(Ask::Listing).await;
    assert_eq!(sighting.coverage, Coverage::Complete);
    assert_eq!(sighting.account.unwrap().as_str(), "111122223333");
    let (told, reading) = &sighting.readings[0];
    assert_eq!(*told, key("h-prod"));
    let identity = reading.identity.as_ref().unwrap();
    assert_eq!(identity.app.as_str(), "h");
    assert_eq!(identity.platform_id.as_ref().unwrap().as_str(), "e-abc");
    assert_eq!(identity.created_at.unwrap().to_string(), "2022-01-02T03:04:05.678Z");
    assert_eq!(identity.status.as_deref(), Some("Updating"));
    assert!(identity.abortable && identity.answers.holds(Question::Health) && identity.tells_versions);
    assert_eq!(reading.busy, Some(Busy::With(Activity::of(ActivityKind::Unknown))));
    let health = reading.health.as_ref().unwrap();
    assert_eq!((health.level, health.word.as_deref()), (Level::Warning, Some("Warning")));
    let asked = rig.server.asked();
    assert!(asked[0].contains("IncludeDeleted=false") && !asked[0].contains("MaxRecords"), "{}", asked[0]);
}

#[tokio::test]
async fn odd_listings_of_real_servers_are_read() {
    let members = [
        // Two with one id and one ARN, basic health, an empty label.
        format!("<EnvironmentName>a</EnvironmentName><EnvironmentId>e-1</EnvironmentId>{ARN}<Health>Red</Health><VersionLabel/>"),
        format!(
            "<EnvironmentName>b</EnvironmentName><EnvironmentId>e-1</EnvironmentId>{ARN}<HealthStatus>No Data</HealthStatus><Health>Grey</Health>"
        ),
        format!(
            "<EnvironmentName>c</EnvironmentName><EnvironmentId></EnvironmentId>{ARN}<VersionLabel>Sample Application</VersionLabel><Status>Pondering</Status>"
        ),
        format!("<EnvironmentName>gone</EnvironmentName>{ARN}<Status>Terminated</Status>"),
        format!("<EnvironmentId>e-2</EnvironmentId>{ARN}<Status>Ready</Status>"),
    ];
    let rig = Rig::new(vec![xml(listing(&members.map(|fields| member(&fields)).concat(), ""))]).await;
    let sighting = rig.see(Ask::Listing).await;
    let names: Vec<String> = sighting.readings.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(names, ["a", "b", "c"].map(|name| key(name).to_string()));
    // What has no name is said, and nothing disappears on account of it.
    let Coverage::Except(fault) = &sighting.coverage else { panic!("{:?}", sighting.coverage) };
    assert_eq!(fault.kind, FaultKind::Malformed);
    assert_eq!(&*fault.sentence, "us-west-1 lists an environment without a name (e-2): left out, the others are shown");
    let [(_, a), (_, b), (_, c)] = &sighting.readings[..] else { panic!() };
    let judged = |reading: &crate::model::sighting::Reading| reading.health.as_ref().map(|health| (health.level, health.source));
    assert_eq!(judged(a), Some((Level::Severe, HealthSource::BeanstalkBasic)));
    let answers = a.identity.as_ref().unwrap().answers;
    assert!(answers.holds(Question::Resources) && !answers.holds(Question::Health));
    assert_eq!((&a.version, &a.busy), (&None, &None));
    assert_eq!(judged(b), Some((Level::Unknown, HealthSource::BeanstalkEnhanced)));
    assert_eq!(judged(c), None);
    assert_eq!(c.identity.as_ref().unwrap().platform_id, None);
    assert_eq!(c.version.as_ref().unwrap().label.as_str(), "Sample Application");
    assert_eq!(c.busy, Some(Busy::With(Activity::of(ActivityKind::Unknown))));
}

#[tokio::test]
async fn an_environment_without_an_arn_gets_the_connections_account() {
    let bare = member("<EnvironmentName>h-prod</EnvironmentName><Status>Ready</Status>");
    let rig = Rig::new(vec![xml(listing(&bare, "")), xml(IDENTITY), xml(listing(&bare, ""))]).await;
    assert_eq!(rig.see(Ask::Listing).await.readings[0].0, key("h-prod"));
    assert_eq!(rig.see(Ask::Listing).await.readings[0].0, key("h-prod"));
    assert_eq!(rig.server.asked().len(), 3, "the account is asked for once");
}

#[tokio::test]
async fn pages_make_one_listing_or_none() {
    let first = xml(listing(&named("a"), "<NextToken>t1</NextToken>"));
    let rig = Rig::new(vec![first.clone(), xml(listing(&named("b"), ""))]).await;
    let sighting = rig.see(Ask::Listing).await;
    assert_eq!((sighting.readings.len(), sighting.stamp.sequence), (2, 1));
    assert!(rig.server.asked()[1].contains("NextToken=t1"));

    let rig = Rig::new(vec![first.clone(), error(500, "InternalFailure", "x")]).await;
    assert_eq!(rig.fail(Ask::Listing).await.kind, FaultKind::Failed);

    let rig = Rig::new(vec![first]).await;
    assert_eq!(rig.fail(Ask::Listing).await.kind, FaultKind::Malformed);
    assert_eq!(rig.server.asked().len(), 2, "a circle is left at once");
}

/// The SDK takes a document that ends between two tags for a finished one.
#[tokio::test]
async fn a_listing_that_breaks_off_anywhere_is_no_listing() {
    let whole = listing(&[named("a"), named("b")].concat(), "");
    let cuts: BTreeSet<usize> = whole.trim_end().match_indices(['<', '>']).flat_map(|(at, _)| [at, at + 1]).collect();
    for cut in cuts.into_iter().filter(|cut| *cut < whole.trim_end().len()) {
        let rig = Rig::new(vec![xml(&whole[..cut])]).await;
        assert_eq!(rig.fail(Ask::Listing).await.kind, FaultKind::Malformed, "{}", &whole[..cut]);
    }
    let rig = Rig::new(vec![Reply::Cut(whole)]).await;
    let fault = rig.fail(Ask::Listing).await;
    assert_eq!(fault.kind, FaultKind::Malformed);
    assert_eq!(&*fault.sentence, "the answer of us-west-1 to DescribeEnvironments breaks off in the middle");
}

#[tokio::test]
async fn each_failure_is_one_request_and_its_own_fault() {
    use FaultKind::{Denied, Expired, Failed, Malformed, Missing, Refused, Throttled, Unreachable, Unsupported};
    let page = "<!doctype html><html><title>500</title></html>";
    let plain = |status, body: &str| Reply::Http(status, "text/plain", body.to_owned());
    for (reply, kind) in [
        (error(400, "Throttling", "Rate exceeded"), Throttled(None)),
        (error(400, "Whatever", "Rate exceeded"), Throttled(None)),
        (Reply::With(429, "retry-after: 7\r\n", String::new()), Throttled(Some(std::time::Duration::from_secs(7)))),
        (error(503, "SlowDown", "x"), Throttled(None)),
        (error(403, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized"), Denied),
        (error(403, "InsufficientPrivilegesException", "x"), Denied),
        (plain(403, "no"), Denied),
        (error(403, "ExpiredToken", "The security token included in the request is expired"), Expired),
        (error(403, "InvalidClientTokenId", "x"), Expired),
        (error(403, "SignatureDoesNotMatch", "The Canonical String was session-of-the-test"), Expired),
        (error(400, "InvalidParameterValue", "No Environment found for EnvironmentName = 'h-prod'."), Missing),
        (error(400, "InvalidAction", "x"), Unsupported),
        (plain(404, "nope"), Unsupported),
        (plain(501, ""), Unsupported),
        (
            Reply::With(500, "server: Werkzeug/3.1.8 Python/3.11.7\r\ncontent-type: text/html; charset=utf-8\r\n", page.to_owned()),
            Unsupported,
        ),
        (Reply::Http(500, "text/html", page.to_owned()), Failed),
        (error(500, "InternalFailure", "x"), Failed),
        (plain(502, "bad gateway"), Failed),
        (plain(503, ""), Failed),
        (error(400, "InvalidRequestException", "DescribeEnvironmentHealth is not supported."), Refused),
        (plain(400, "<x"), Malformed),
        (plain(200, "garbage"), Malformed),
        (plain(200, ""), Malformed),
        (plain(200, page), Malformed),
        (Reply::Reset, Unreachable),
    ] {
        let rig = Rig::new(vec![reply]).await;
        let fault = rig.fail(Ask::Health(key("h-prod"))).await;
        assert_eq!(fault.kind, kind, "{fault}");
        assert_eq!(rig.server.asked().len(), 1, "nothing is sent twice: {fault}");
        assert!(!fault.sentence.contains("of-the-test"), "{fault}");
        assert!(!fault.sentence.ends_with('.') && !fault.sentence.contains(['\n', '{']), "{fault}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let rig = Rig::new(vec![xml("")]).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let access =
        super::super::Access { endpoint: Some(format!("http://{nobody}")), ..rig.clients.way(&rig.connection).settings().access.clone() };
    let settings = super::super::ConnectionSettings { access, ..rig.clients.way(&rig.connection).settings().clone() };
    let beanstalk = super::Beanstalk::new(super::super::Clients::new([settings], rig.limiter.clone()), rig.limiter.clone());
    let scope = crate::model::sighting::Scope {
        platform: crate::model::id::Platform::Beanstalk,
        connection: rig.connection.clone(),
        region: Some("ca-central-1".into()),
    };
    let told = crate::ops::port::Source::read(&beanstalk, std::sync::Arc::new(scope), Ask::Listing).await;
    let crate::model::sighting::Observation::Failed(failure) = told else { panic!("{told:?}") };
    assert_eq!(failure.fault.kind, FaultKind::Unreachable);
    assert_eq!(&*failure.fault.sentence, format!("ca-central-1 cannot be reached: nothing listens at {nobody}"));
}

#[tokio::test]
async fn a_call_that_never_left_does_not_count() {
    // Without credentials, and to an address that is none: `read` holds the count against the server's.
    let rig = Rig::with(vec![xml("")], |settings| settings.access.keys = None).await;
    let fault = rig.fail(Ask::Listing).await;
    assert_eq!((fault.kind, rig.limiter.calls().total), (FaultKind::Expired, 0), "{fault}");
    let rig = Rig::with(vec![xml("")], |settings| settings.access.endpoint = Some("localhost:5000".to_owned())).await;
    let fault = rig.fail(Ask::Listing).await;
    assert_eq!((fault.kind, rig.limiter.calls().total), (FaultKind::Refused, 0), "{fault}");
}

#[tokio::test]
async fn patience_is_as_configured() {
    let rig = Rig::with(vec![Reply::Silence], |settings| settings.timeout = std::time::Duration::from_secs(1)).await;
    let begin = std::time::Instant::now();
    let fault = rig.fail(Ask::Listing).await;
    assert_eq!((fault.kind, &*fault.sentence), (FaultKind::Unreachable, "us-west-1 did not answer within 1 s"));
    assert!(begin.elapsed() < std::time::Duration::from_secs(5));
}

#[tokio::test]
async fn events_are_told_by_environment() {
    let events = "<DescribeEventsResponse><DescribeEventsResult><Events>\
        <member><EventDate>2022-11-10T12:35:00.123Z</EventDate><Message>Environment update is starting.</Message><ApplicationName>h</ApplicationName>\
        <EnvironmentName>h-prod</EnvironmentName><RequestId>q-1</RequestId><Severity>INFO</Severity><VersionLabel>v1</VersionLabel></member>\
        <member><EventDate>2022-11-10T12:36:00Z</EventDate><Message>Failed to deploy application.</Message><EnvironmentName>h-prod</EnvironmentName><Severity>ERROR</Severity></member>\
        <member><EventDate>2022-11-10T12:36:00Z</EventDate><Message>Created new Application: h</Message><ApplicationName>h</ApplicationName><Severity>INFO</Severity></member>\
        <member><Message>no date</Message><EnvironmentName>h-prod</EnvironmentName></member>\
        </Events></DescribeEventsResult></DescribeEventsResponse>";
    let rig = Rig::new(vec![xml(events), xml(IDENTITY), xml(events)]).await;
    let since: Timestamp = "2022-11-10T12:30:00Z".parse().unwrap();
    let sighting = rig.see(Ask::Events { since }).await;
    assert_eq!(sighting.coverage, Coverage::Partial);
    assert_eq!(sighting.stamp.sequence, 1, "the stamp of the events, not that of the account");
    assert_eq!(sighting.events.len(), 2);
    let (told, event) = &sighting.events[0];
    assert_eq!(*told, key("h-prod"));
    assert_eq!(event.at.to_string(), "2022-11-10T12:35:00.123Z");
    assert_eq!((event.request.as_deref(), event.label.as_ref().unwrap().as_str()), (Some("q-1"), "v1"));
    assert_eq!((sighting.events[1].1.severity, sighting.events[1].1.meaning), (Severity::Error, Some(Meaning::Failed)));
    let _ = rig.see(Ask::Events { since }).await;
    let asked = rig.server.asked();
    assert_eq!(asked.len(), 3, "the account is asked for once");
    assert!(asked[0].contains("StartTime=2022-11-10T12%3A30%3A00Z"), "{}", asked[0]);
}

#[tokio::test]
async fn health_comes_with_causes_and_counts() {
    let body = "<DescribeEnvironmentHealthResponse><DescribeEnvironmentHealthResult><EnvironmentName>h-prod</EnvironmentName>\
        <HealthStatus>Degraded</HealthStatus><Status>Ready</Status><Color>Red</Color><Causes><member>Incorrect application version found on 3 out of 12 instances.</member></Causes>\
        <ApplicationMetrics><Duration>10</Duration><RequestCount>50</RequestCount><StatusCodes><Status2xx>40</Status2xx><Status5xx>10</Status5xx></StatusCodes>\
        <Latency><P50>0.01</P50><P99>1.5</P99></Latency></ApplicationMetrics></DescribeEnvironmentHealthResult></DescribeEnvironmentHealthResponse>";
    let rig = Rig::new(vec![xml(body)]).await;
    let sighting = rig.see(Ask::Health(key("h-prod"))).await;
    let (_, reading) = &sighting.readings[0];
    let health = reading.health.as_ref().unwrap();
    assert_eq!((health.level, health.causes.len()), (Level::Degraded, 1));
    let traffic = reading.traffic.unwrap();
    assert_eq!((traffic.requests_per_second, traffic.server_error_share, traffic.p99), (Some(5.0), Some(0.2), Some(1.5)));
    assert_eq!(reading.identity, None);
}

#[tokio::test]
async fn instances_come_from_every_page() {
    let page = |members: &str, rest: &str| {
        xml(format!(
            "<DescribeInstancesHealthResponse><DescribeInstancesHealthResult><InstanceHealthList>{members}</InstanceHealthList>{rest}</DescribeInstancesHealthResult></DescribeInstancesHealthResponse>"
        ))
    };
    let first = "<member><InstanceId>i-1</InstanceId><HealthStatus>Ok</HealthStatus><Deployment><VersionLabel>v1</VersionLabel><DeploymentId>7</DeploymentId>\
        <Status>Deployed</Status><DeploymentTime>2022-11-10T12:35:00Z</DeploymentTime></Deployment><System><CPUUtilization><User>20.5</User><System>4.5</System><Idle>75</Idle></CPUUtilization>\
        <LoadAverage><member>0.5</member><member>0.4</member></LoadAverage></System><InstanceType>t3.medium</InstanceType><AvailabilityZone>us-west-1b</AvailabilityZone></member>";
    let second = "<member><InstanceId>i-2</InstanceId><HealthStatus>Severe</HealthStatus><Causes><member>x</member></Causes><Deployment/></member><member><HealthStatus>Ok</HealthStatus></member>";
    let rig = Rig::new(vec![page(first, "<NextToken>n</NextToken>"), page(second, "")]).await;
    let sighting = rig.see(Ask::Instances(key("h-prod"))).await;
    let instances = sighting.readings[0].1.instances.as_ref().unwrap();
    assert_eq!((instances.total(), instances.healthy()), (2, Some(1)));
    let [one, two] = &instances.each[..] else { panic!() };
    let deployment = one.deployment.as_ref().unwrap();
    assert_eq!((deployment.number, deployment.state.as_ref()), (Some(7), Some(&DeploymentState::Deployed)));
    assert_eq!((one.cpu, one.load), (Some(0.25), Some(0.5)));
    assert_eq!((&two.deployment, two.level), (&None, Level::Severe));
}

#[tokio::test]
async fn resources_name_the_machines() {
    let body = "<DescribeEnvironmentResourcesResponse><DescribeEnvironmentResourcesResult><EnvironmentResources><EnvironmentName>via-prod</EnvironmentName>\
        <Instances><member><Id>i-1</Id></member><member><Id/></member></Instances></EnvironmentResources></DescribeEnvironmentResourcesResult></DescribeEnvironmentResourcesResponse>";
    let rig = Rig::new(vec![xml(body)]).await;
    let sighting = rig.see(Ask::Resources(key("via-prod"))).await;
    let instances = sighting.readings[0].1.instances.as_ref().unwrap();
    assert_eq!((instances.total(), instances.healthy()), (1, None));
}
