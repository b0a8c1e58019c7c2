//! Which feeds environments of each platform have, found and declared.

use std::sync::Arc;

use super::feed::{Feed, Followed, Place, Streaming};
use super::feeds::{DeclaredCommand, DeclaredFeed, LogSettings, feeds};
use crate::model::catalogue::{Catalogue, Declared, Selector, Tier};
use crate::model::clock::{Stamp, Timestamp};
use crate::model::destination::Destination;
use crate::model::fleet::Fleet;
use crate::model::host::{Host, HostedApp, Login};
use crate::model::id::{EnvironmentKey, Platform};
use crate::model::instance::{Instance, Instances};
use crate::model::pattern::NamePattern;
use crate::model::sighting::{Coverage, Identity, Observation, Question, Reading, Scope, Sighting, Source};

fn key(text: &str) -> EnvironmentKey {
    text.parse().unwrap()
}

/// What is followed of an environment that was seen with two instances.
fn told(catalogue: Catalogue, text: &str) -> Result<Vec<Feed>, String> {
    let key = key(text);
    let connection = if key.platform == Platform::Host { "tow-1" } else { "main" };
    let scope = Arc::new(Scope { platform: key.platform, connection: connection.into(), region: key.region.clone() });
    let each = vec![Instance::of("i-1".into()), Instance::of("i-2".into())];
    let instances = Instances { each, health_known: true, silence: None, versions_from: None, gaps: Vec::new() };
    let identity = Some(Box::new(Identity::of("shop".into())));
    let mut fleet = Fleet::new(Arc::new(catalogue));
    let readings = [
        (Question::Listing, Reading { identity, ..Reading::default() }),
        (Question::Instances, Reading { instances: Some(instances), ..Reading::default() }),
    ];
    for (question, reading) in readings {
        let _ = fleet.observe(Observation::Seen(Sighting {
            source: Source { question, scope: Arc::clone(&scope) },
            stamp: Stamp { asked_at: Timestamp::from_second(1_700_000_000).unwrap(), sequence: 1 },
            coverage: if question.lists() { Coverage::Complete } else { Coverage::Partial },
            account: None,
            readings: vec![(key.clone(), reading)],
            events: vec![],
        }));
    }
    feeds(fleet.catalogue(), &fleet.get(&key).unwrap()).map_err(|none| none.to_string())
}

fn declared() -> DeclaredFeed {
    DeclaredFeed { app: None, tier: None, environments: Selector::default(), live: None, groups: vec![], command: None }
}

fn with(declared: Vec<DeclaredFeed>) -> Catalogue {
    Catalogue { logs: LogSettings { declared, ..LogSettings::default() }, ..Catalogue::default() }
}

const BEANSTALK: &str = "beanstalk:111122223333:us-west-1:h-prod";
const TARGETS: &str = "target-group:111122223333:us-west-2:growl-prod";

#[test]
fn an_environment_of_elastic_beanstalk_has_what_it_streams_or_collects() {
    let feeds = told(Catalogue::default(), BEANSTALK).unwrap();
    let [Feed::Beanstalk { site, environment, live: Streaming::OneSession, request: true }] = feeds.as_slice() else { panic!("{feeds:?}") };
    assert_eq!((site.connection.as_str(), site.region.as_str(), environment.as_str()), ("main", "us-west-1", "h-prod"));
    let frugal = Catalogue { logs: LogSettings { live: false, request: false, ..LogSettings::default() }, ..Catalogue::default() };
    assert!(matches!(told(frugal, BEANSTALK).unwrap().as_slice(), [Feed::Beanstalk { live: Streaming::Off, request: false, .. }]));
}

#[test]
fn declared_groups_stand_in_place_of_those_that_are_found_and_a_command_beside_them() {
    let groups = DeclaredFeed { groups: vec!["/ecs/{name}".into(), "/lambda/h-*".into()], live: Some(false), ..declared() };
    let command = DeclaredCommand { title: "journal".into(), line: "journalctl -u {name}".into(), ssh: Some("ops@{id}".into()) };
    let command = DeclaredFeed { command: Some(command), ..declared() };
    let feeds = told(with(vec![groups.clone(), command.clone()]), BEANSTALK).unwrap();
    let [Feed::Groups { names, live: Streaming::Off, .. }, Feed::Command(followed)] = feeds.as_slice() else { panic!("{feeds:?}") };
    assert_eq!(names, &[NamePattern::new("/ecs/h-prod"), NamePattern::new("/lambda/h-*")]);
    let Place::Instances { to, ids, .. } = &followed.at else { panic!("{followed:?}") };
    assert_eq!((&**to, ids.len(), &followed.what), ("ops@{id}", 2, &Followed::Line("journalctl -u h-prod".into())));
    assert!(matches!(told(with(vec![command]), BEANSTALK).unwrap().as_slice(), [Feed::Command(_), Feed::Beanstalk { .. }]));
    // Who says only that nothing is streamed changes nothing else.
    let quiet = DeclaredFeed { live: Some(false), ..declared() };
    assert!(matches!(told(with(vec![quiet]), BEANSTALK).unwrap().as_slice(), [Feed::Beanstalk { live: Streaming::Off, .. }]));
    // What is declared for others is theirs.
    for other in [
        DeclaredFeed { app: Some("via".into()), ..groups.clone() },
        DeclaredFeed { tier: Some(Tier::Staging), ..groups.clone() },
        DeclaredFeed { environments: Selector { names: vec![NamePattern::new("h-prod-2")], ..Selector::default() }, ..groups },
    ] {
        assert!(matches!(told(with(vec![other]), BEANSTALK).unwrap().as_slice(), [Feed::Beanstalk { .. }]));
    }
}

#[test]
fn where_nothing_can_be_found_it_is_said_what_to_do() {
    let why = told(Catalogue::default(), TARGETS).unwrap_err();
    assert!(why.ends_with("declare them in a section [[log_sources]], with groups or a command"), "{why}");
    let fleet = Fleet::new(Arc::new(Catalogue {
        declared: vec![Declared {
            platform: Platform::Beanstalk,
            account: Some("111122223333".into()),
            region: Some("us-west-1".into()),
            name: "h-prod".into(),
            app: None,
            tier: None,
            by: None,
        }],
        ..Catalogue::default()
    }));
    let why = feeds(fleet.catalogue(), &fleet.get(&key(BEANSTALK)).unwrap()).unwrap_err().to_string();
    assert!(why.contains("only declared and was not found"), "{why}");
}

fn host(login: Option<Login>) -> Catalogue {
    let app = HostedApp {
        name: "wit".into(),
        tier: Tier::Production,
        health: None,
        path: None,
        deployment: "production".into(),
        alerts: None,
        migration_step: "migrat".into(),
        previews: None,
        restart: None,
    };
    let host = Host { name: "tow-1".into(), login, folder: Some("/opt/apps/".into()), apps: vec![app] };
    Catalogue { hosts: vec![host], ..Catalogue::default() }
}

#[test]
fn an_app_on_a_plain_host_has_its_containers_by_the_folder_that_it_lives_in() {
    let login = Login { to: Destination::new("deploy@tow-1").unwrap(), config: None, options: vec![] };
    for (name, folder) in [("wit", "/opt/apps/wit"), ("wit-pr-7", "/opt/apps/wit-pr-7"), ("other", "/opt/apps/other")] {
        let feeds = told(host(Some(login.clone())), &format!("host:tow-1:-:{name}")).unwrap();
        let [Feed::Command(command)] = feeds.as_slice() else { panic!("{feeds:?}") };
        assert_eq!((&command.at, &command.what), (&Place::Host(login.clone()), &Followed::Containers(folder.into())));
    }
    let line = DeclaredCommand { title: "journal".into(), line: "journalctl -f".into(), ssh: None };
    let declared = with(vec![DeclaredFeed { command: Some(line), ..declared() }]).logs;
    let feeds = told(Catalogue { logs: declared, ..host(Some(login)) }, "host:tow-1:-:wit").unwrap();
    assert!(matches!(feeds.as_slice(), [Feed::Command(command)] if matches!(command.what, Followed::Line(_))), "{feeds:?}");
    let why = told(host(None), "host:tow-1:-:wit").unwrap_err();
    assert!(why.ends_with("write ssh in its [[hosts]] section, and its logs come from there"), "{why}");
}
