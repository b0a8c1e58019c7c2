//! Operations while the service throttles: questions are asked again soon, and nothing is sent again.

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::canned::{Asked, Canned, Reply, limiter, xml};
use crate::connection::{Access, ConnectionSettings, Keys};
use crate::model::id::EnvironmentKey;
use crate::ops::clock::{Clock, Stamps};

/// As EC2 says it.
const THROTTLED: &str = "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error></Errors><RequestID>r</RequestID></Response>";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// A world that throttles so many calls before it answers one, and then begins again.
async fn acting(throttled: u32) -> (Canned, Acting, Place) {
    let count = AtomicU32::new(0);
    let server = Canned::by(move |asked: &Asked| {
        if count.fetch_add(1, Ordering::Relaxed) % (throttled + 1) < throttled {
            return Reply::Http(503, "text/xml", THROTTLED.to_owned());
        }
        match asked.operation.as_str() {
            "DescribeInstances" => xml("<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState></item></instancesSet></item></reservationSet></DescribeInstancesResponse>"),
            "RebootInstances" => xml("<RebootInstancesResponse><requestId>r</requestId><return>true</return></RebootInstancesResponse>"),
            other => Reply::Http(400, "text/xml", other.to_owned()),
        }
    })
    .await;
    let (acting, place) = of(&server, limiter(), Kind::TargetGroup, "growl-prod");
    (server, acting, place)
}

/// What acts on this server, and a place there.
fn of(server: &Canned, limiter: Limiter, platform: Kind, name: &str) -> (Acting, Place) {
    let keys = Keys { access_key: "AKIDEXAMPLE".into(), secret: "secret-of-the-test".into(), session: None };
    let access = Access { endpoint: Some(server.url.clone()), keys: Some(keys), isolated: true };
    let settings = ConnectionSettings { connection: "test".into(), access, ..ConnectionSettings::default_chain() };
    let (outputs, _) = Outputs::new(Stamps::new(Arc::new(Fixed)));
    let acting = Acting::new(Clients::new([settings], limiter.clone()), limiter, outputs);
    let environment = EnvironmentKey { platform, account: None, region: Some("us-west-2".into()), name: name.into() };
    let place = Place { environment, id: None, instance: Some("i-1".into()), connection: Some("test".into()), writer: None };
    (acting, place)
}

#[tokio::test]
async fn a_question_that_is_throttled_for_a_short_while_is_asked_until_it_is_answered() {
    let (server, acting, place) = acting(2).await;
    let baseline = acting.before(place, Action::Reboot).await.unwrap();
    assert_eq!(baseline.state.as_deref(), Some("running"));
    assert_eq!(server.asked(), ["us-west-2 DescribeInstances"; 3]);
}

#[tokio::test]
async fn a_question_that_is_always_throttled_is_given_up_and_the_driver_is_told_why() {
    let (server, acting, place) = acting(1_000).await;
    let fault = acting.before(place, Action::Reboot).await.unwrap_err();
    assert!(matches!(fault.kind, FaultKind::Throttled(_)), "{fault:?}");
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn what_changes_something_is_sent_once_although_it_is_throttled() {
    let (server, acting, place) = acting(2).await;
    let begun = acting.begin(place, Action::Reboot, Mark("o.0.0".into())).await;
    assert!(matches!(&begun, Begun::Refused(fault) if matches!(fault.kind, FaultKind::Throttled(_))), "{begun:?}");
    assert_eq!(server.asked(), ["us-west-2 RebootInstances"]);
}

/// A clock by which each question to this server takes a second.
#[derive(Default)]
struct Asking(Arc<AtomicU32>);

impl Clock for Asking {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(i64::from(self.0.load(Ordering::Relaxed))).unwrap()
    }
}

/// From the baseline on it is counted how soon what was sent has to show. What was asked before does not count.
#[tokio::test]
async fn what_is_sent_has_to_show_from_the_last_answer_before_it_on() {
    let clock = Asking::default();
    let count = Arc::clone(&clock.0);
    let server = Canned::by(move |asked: &Asked| {
        count.fetch_add(1, Ordering::Relaxed);
        match asked.operation.as_str() {
            "DescribeEnvironments" => xml("<DescribeEnvironmentsResponse><DescribeEnvironmentsResult><Environments><member><EnvironmentName>till</EnvironmentName><EnvironmentId>e-1</EnvironmentId><ApplicationName>till</ApplicationName><Status>Ready</Status></member></Environments></DescribeEnvironmentsResult></DescribeEnvironmentsResponse>"),
            "DescribeEvents" => xml("<DescribeEventsResponse><DescribeEventsResult><Events/></DescribeEventsResult></DescribeEventsResponse>"),
            other => Reply::Http(400, "text/xml", other.to_owned()),
        }
    })
    .await;
    let limiter = Limiter::new(Stamps::new(Arc::new(clock)));
    let (acting, place) = of(&server, limiter, Kind::Beanstalk, "till");
    let place = Place { id: Some("e-1".into()), instance: None, ..place };
    let baseline = acting.before(place, Action::Restart).await.unwrap();
    assert_eq!(server.asked(), ["us-west-2 DescribeEnvironments", "us-west-2 DescribeEvents"]);
    assert_eq!(baseline.at, Some(Timestamp::from_second(2).unwrap()));
}
