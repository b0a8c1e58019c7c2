//! Fleets to look at: a small one in which everything happens, and ones of any size.
//!
//! All are made of observations, as the adapters would tell them.

use std::sync::Arc;

use quarterdeck::app::event::Event;
use quarterdeck::app::state::{Size, State};
use quarterdeck::app::update::{settle, update};
use quarterdeck::model::activity::{Activity, ActivityKind};
use quarterdeck::model::catalogue::Catalogue;
use quarterdeck::model::clock::{Stamp, Timestamp};
use quarterdeck::model::event::{BeganKind, Meaning, PlatformEvent, Severity};
use quarterdeck::model::fault::{Fault, FaultKind};
use quarterdeck::model::health::{Health, HealthSource, Level, Traffic};
use quarterdeck::model::id::{EnvironmentKey, Platform, VersionLabel};
use quarterdeck::model::instance::{Deployment, DeploymentState, Instance, Instances, Whereabouts};
use quarterdeck::model::sighting::{Busy, Coverage, Failure, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source};
use quarterdeck::model::version::{Stated, VersionSource};

/// When the tests take place: `2022-11-13T02:57:00Z`.
pub const NOW: i64 = 1_668_308_220;
/// The account of every fleet.
pub const ACCOUNT: &str = "111122223333";

/// A moment so many seconds before the present.
pub fn ago(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW - seconds).unwrap()
}

/// The part of the world that one region is.
pub fn scope(region: &str) -> Arc<Scope> {
    Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some(region.into()) })
}

/// An environment's key.
pub fn key(region: &str, name: &str) -> EnvironmentKey {
    EnvironmentKey { platform: Platform::Beanstalk, account: Some(ACCOUNT.into()), region: Some(region.into()), name: name.into() }
}

fn stamp(seconds: i64) -> Stamp {
    Stamp { asked_at: ago(seconds), sequence: u64::try_from(NOW - seconds).unwrap() }
}

/// What is known of one environment, to be told in observations.
#[derive(Clone, Debug)]
pub struct Fact {
    pub region: &'static str,
    pub name: String,
    pub app: String,
    pub label: String,
    pub level: Level,
    pub word: Option<&'static str>,
    pub causes: Vec<&'static str>,
    pub enhanced: bool,
    pub busy: Option<ActivityKind>,
    pub instances: Vec<Instance>,
    pub health_known: bool,
    pub traffic: Option<Traffic>,
    pub events: Vec<PlatformEvent>,
    pub status: &'static str,
}

/// An environment that is well and of which only the listing was read.
pub fn environment(region: &'static str, app: &str, name: &str, label: &str) -> Fact {
    Fact {
        region,
        name: name.to_owned(),
        app: app.to_owned(),
        label: label.to_owned(),
        level: Level::Ok,
        word: None,
        causes: Vec::new(),
        enhanced: true,
        busy: None,
        instances: Vec::new(),
        health_known: true,
        traffic: None,
        events: Vec::new(),
        status: "Ready",
    }
}

/// An instance that is well and runs this.
pub fn instance(id: &str, label: &str, deployed_ago: i64) -> Instance {
    Instance {
        id: id.into(),
        level: Level::Ok,
        word: None,
        causes: Vec::new(),
        launched_at: Some(ago(deployed_ago + 3_600)),
        deployment: Some(Deployment {
            label: Some(label.into()),
            number: Some(33),
            state: Some(DeploymentState::Deployed),
            at: Some(ago(deployed_ago)),
        }),
        instance_type: Some("t3.medium".into()),
        zone: Some("us-west-1b".into()),
        cpu: Some(0.28),
        load: Some(0.42),
        traffic: Traffic { requests_per_second: Some(3.5), p99: Some(0.21), ..Traffic::default() },
        whereabouts: Whereabouts::default(),
    }
}

/// So many instances that are well and run this.
pub fn instances(count: usize, label: &str, deployed_ago: i64) -> Vec<Instance> {
    (0..count)
        .map(|index| instance(&format!("i-0{:016x}", (index as u64 + 1).wrapping_mul(0x0a3c_59e1_7b4d_2f68)), label, deployed_ago))
        .collect()
}

/// What the platform said so many seconds ago.
pub fn event(seconds: i64, severity: Severity, message: &str, meaning: Option<Meaning>) -> PlatformEvent {
    PlatformEvent { at: ago(seconds), severity, message: message.into(), request: None, label: None, meaning }
}

/// What a report tells of requests.
const fn traffic(rate: f64, p99: f64, errors: f64) -> Traffic {
    Traffic {
        requests_per_second: Some(rate),
        server_error_share: Some(errors),
        client_error_share: Some(0.014),
        p50: Some(0.04),
        p90: Some(0.12),
        p99: Some(p99),
    }
}

impl Fact {
    fn key(&self) -> EnvironmentKey {
        key(self.region, &self.name)
    }

    fn health(&self, with_causes: bool) -> Health {
        Health {
            level: self.level,
            word: self.word.map(Into::into),
            causes: if with_causes { self.causes.iter().map(|cause| Arc::from(*cause)).collect() } else { Vec::new() },
            source: if self.enhanced { HealthSource::BeanstalkEnhanced } else { HealthSource::BeanstalkBasic },
        }
    }

    fn answers(&self) -> Questions {
        let enhanced = Questions::of([Question::Instances, Question::Health]);
        if self.enhanced { enhanced } else { Questions::of([Question::Resources]) }
    }

    fn listed(&self) -> Reading {
        Reading {
            identity: Some(Box::new(Identity {
                platform_id: Some("e-fgakvzguyp".into()),
                url: Some("h-prod.eba-tnue2r2z.elasticbeanstalk.com".into()),
                stack: Some("64bit Amazon Linux 2023 v4.3.0 running Docker".into()),
                status: Some(self.status.into()),
                created_at: Some(ago(300 * 86_400)),
                updated_at: Some(ago(41 * 60)),
                answers: self.answers(),
                tells_versions: self.enhanced,
                ..Identity::of(self.app.as_str().into())
            })),
            version: Some(Stated::by(VersionSource::BeanstalkLabel, VersionLabel::from(self.label.as_str()))),
            health: Some(self.health(false)),
            busy: Some(self.busy.map_or(Busy::No, |kind| Busy::With(Activity::of(kind)))),
            ..Reading::default()
        }
    }

    fn detailed(&self) -> Vec<(Question, Reading)> {
        let mut told = Vec::new();
        if let Some(traffic) = self.traffic {
            told.push((Question::Health, Reading { health: Some(self.health(true)), traffic: Some(traffic), ..Reading::default() }));
        }
        if !self.instances.is_empty() {
            let read = Instances { each: self.instances.clone(), health_known: self.health_known, ..Default::default() };
            let question = if self.health_known { Question::Instances } else { Question::Resources };
            told.push((question, Reading { instances: Some(read), ..Reading::default() }));
        }
        told
    }
}

/// One answer about one region.
pub fn answer(question: Question, region: &str, seconds: i64, readings: Vec<(EnvironmentKey, Reading)>) -> Observation {
    let coverage = if question.lists() { Coverage::Complete } else { Coverage::Partial };
    Observation::Seen(Sighting {
        source: Source { question, scope: scope(region) },
        stamp: stamp(seconds),
        coverage,
        account: Some(ACCOUNT.into()),
        readings,
        events: Vec::new(),
    })
}

/// A listing that failed so many seconds ago.
pub fn failed(region: &str, seconds: i64, kind: FaultKind, sentence: &str) -> Observation {
    unanswered(Question::Listing, region, None, seconds, Fault::new(kind, sentence))
}

/// A question that failed so many seconds ago, about a whole region or about one environment in it.
pub fn unanswered(question: Question, region: &str, about: Option<EnvironmentKey>, seconds: i64, fault: Fault) -> Observation {
    let source = Source { question, scope: scope(region) };
    Observation::Failed(Failure { source, stamp: stamp(seconds), about, fault })
}

/// The complete listing of a region, so many seconds ago, and all details two seconds later.
pub fn told(facts: &[Fact], region: &str, seconds: i64) -> Vec<Observation> {
    let here: Vec<&Fact> = facts.iter().filter(|fact| fact.region == region).collect();
    let mut observations = vec![answer(Question::Listing, region, seconds, here.iter().map(|fact| (fact.key(), fact.listed())).collect())];
    for fact in &here {
        for (question, reading) in fact.detailed() {
            observations.push(answer(question, region, seconds - 2, vec![(fact.key(), reading)]));
        }
    }
    let events = here.iter().flat_map(|fact| fact.events.iter().map(|event| (fact.key(), event.clone()))).collect();
    observations.push(Observation::Seen(Sighting {
        source: Source { question: Question::Events, scope: scope(region) },
        stamp: stamp(seconds - 1),
        coverage: Coverage::Partial,
        account: None,
        readings: Vec::new(),
        events,
    }));
    observations
}

const H: &str = "h-prod20221110T123456Z-20221110-g8a52aea";
const H_NEW: &str = "h-websocket-prod20221113T025102Z-20221113-g77c1d09";
const H_OLD: &str = "h-websocket-prod20221110T124001Z-20221110-g8a52aea";
const DAYS: i64 = 86_400;

/// The regions of the rich fleet.
pub const REGIONS: [&str; 4] = ["us-west-1", "ca-central-1", "us-east-2", "eu-central-1"];

fn unwell() -> Fact {
    let mut each = instances(4, H, 3 * DAYS);
    for instance in each.iter_mut().take(2) {
        instance.level = Level::Severe;
        instance.causes = vec!["ELB health is failing or not available.".into()];
    }
    Fact {
        level: Level::Severe,
        causes: vec!["31 % of the requests are failing with HTTP 5xx.", "ELB health is failing or not available for 2 of 4 instances."],
        instances: each,
        traffic: Some(traffic(43.2, 1.918, 0.31)),
        events: vec![
            event(
                26 * 60,
                Severity::Warning,
                "Environment health has transitioned from Ok to Severe.",
                Some(Meaning::health_changed(Level::Severe)),
            ),
            event(41 * 60, Severity::Info, "Environment update completed successfully.", Some(Meaning::Ended)),
            event(44 * 60, Severity::Info, "Environment update is starting.", Some(Meaning::Began(BeganKind(ActivityKind::Configuration)))),
        ],
        ..environment("ca-central-1", "h", "h-prod", H)
    }
}

fn deploying() -> Fact {
    let mut each = instances(12, H_NEW, 120);
    // The last batch is under way on one instance.
    if let Some(deployment) = each.last_mut().and_then(|instance| instance.deployment.as_mut()) {
        deployment.state = Some(DeploymentState::InProgress);
    }
    for instance in each.iter_mut().take(2) {
        instance.deployment = Some(Deployment {
            label: Some(H_OLD.into()),
            number: Some(32),
            state: Some(DeploymentState::Deployed),
            at: Some(ago(3 * DAYS)),
        });
    }
    Fact {
        level: Level::Info,
        causes: vec!["Application update in progress on 3 instances. 9 out of 12 instances completed."],
        busy: Some(ActivityKind::Deploy),
        status: "Updating",
        instances: each,
        traffic: Some(traffic(9.0, 0.32, 0.0)),
        events: vec![event(250, Severity::Info, "Environment update is starting.", Some(Meaning::Began(BeganKind(ActivityKind::Deploy))))],
        ..environment("us-west-1", "h", "h-websocket-prod", H_NEW)
    }
}

fn orchid() -> Vec<Fact> {
    let mut each: Vec<Fact> = (1..=84)
        .map(|number| environment("us-east-2", "orchid", &format!("orchid-{number:03}"), if number % 28 == 0 { "v411" } else { "v412" }))
        .collect();
    each[11].level = Level::Degraded;
    each[11].causes = vec!["Impaired services on 1 of 2 instances."];
    each[29].level = Level::Unknown;
    each[29].word = Some("Suspended");
    each[56].level = Level::Unknown;
    each[56].busy = Some(ActivityKind::Terminate);
    each[56].status = "Terminating";
    each
}

/// Every environment of the rich fleet.
pub fn facts() -> Vec<Fact> {
    let mut facts = vec![
        unwell(),
        Fact {
            instances: instances(12, H, 3 * DAYS),
            traffic: Some(traffic(306.0, 0.21, 0.0)),
            ..environment("us-west-1", "h", "h-prod", H)
        },
        deploying(),
        Fact {
            instances: instances(2, "20221113-g77c1d09", 2 * 3_600),
            traffic: Some(Traffic::default()),
            ..environment("us-west-1", "h", "h-staging", "20221113-g77c1d09")
        },
        environment("us-west-1", "h", "h-websocket-staging", "20221113-g77c1d09"),
        Fact {
            enhanced: false,
            health_known: false,
            instances: instances(3, "x", 0)
                .into_iter()
                .map(|instance| Instance { deployment: None, level: Level::Unknown, ..instance })
                .collect(),
            ..environment("us-west-1", "via", "via-prod", "via-prod20221101T101112Z-20221101-g1d2f9b0")
        },
        Fact {
            instances: instances(2, "v9", DAYS),
            traffic: Some(traffic(2.0, 0.3, 0.002)),
            ..environment("eu-central-1", "via", "edu-via-prod", "v9")
        },
        environment("us-west-1", "tools", "evil\u{1b}[31m\u{202e}dorp\u{200b}", "v\u{7}1\n2"),
        environment("us-west-1", "tools", "環境-本番-とても長い名前の環境です-ステージング", "リリース-2022年11月13日-最終版-本番環境"),
    ];
    facts.extend(orchid());
    facts
}

/// All that was observed of the rich fleet: the last listing of one region failed.
pub fn observations() -> Vec<Observation> {
    let facts = facts();
    let mut told: Vec<Observation> = Vec::new();
    for (region, seconds) in [("us-west-1", 4), ("ca-central-1", 6), ("us-east-2", 9), ("eu-central-1", 43)] {
        told.extend(self::told(&facts, region, seconds));
    }
    told.push(failed(
        "eu-central-1",
        12,
        FaultKind::Unreachable,
        "eu-central-1 cannot be reached: the connection timed out. The network or AWS is at fault.",
    ));
    told
}

/// A program before anything was read.
pub fn fresh(size: (u16, u16)) -> State {
    let now = ago(0);
    State::new(Arc::new(Catalogue::default()), now, Size { width: size.0, height: size.1 })
}

/// A program that knows the rich fleet, arranged.
pub fn rich(size: (u16, u16)) -> State {
    arranged(size, observations())
}

/// A program that has taken in these observations, arranged.
pub fn arranged(size: (u16, u16), observations: Vec<Observation>) -> State {
    let mut state = fresh(size);
    let _ = update(&mut state, Event::Observed(observations));
    let _ = settle(&mut state);
    state
}

/// All that a listing tells of so many environments: in ten regions, forty to an app.
pub fn listings(count: usize) -> Vec<Observation> {
    const MANY: [&str; 10] = [
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "eu-west-1",
        "eu-central-1",
        "ap-south-1",
        "ap-southeast-1",
        "sa-east-1",
    ];
    let facts: Vec<Fact> = (0..count)
        .map(|number| {
            let label = format!("app-{:03}-20221110T123456Z-20221110-g{:07x}", number / 40, number % 7 + 0x008a_52ae);
            let mut fact =
                environment(MANY[number % MANY.len()], &format!("app-{:03}", number / 40), &format!("service-{number:05}-prod"), &label);
            fact.level = if number % 97 == 0 { Level::Degraded } else { Level::Ok };
            fact.instances = if number % 50 == 0 { instances(4, &label, DAYS) } else { Vec::new() };
            fact
        })
        .collect();
    MANY.into_iter().flat_map(|region| told(&facts, region, 5)).collect()
}

/// A program that knows so many environments, arranged: what frames and answers are measured on.
pub fn many(count: usize, size: (u16, u16)) -> State {
    arranged(size, listings(count))
}
