//! Tests of what is kept between two runs.

use super::*;
use crate::model::version::VersionSource;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn origins() -> Origins {
    Origins::from([("default".into(), "aws profile=-".into())])
}

fn key(name: &str) -> EnvironmentKey {
    format!("beanstalk:111122223333:us-west-1:{name}").parse().unwrap()
}

fn scope() -> Arc<Scope> {
    Arc::new(Scope { platform: Platform::Beanstalk, connection: "default".into(), region: Some("us-west-1".into()) })
}

fn listed(name: &str, second: i64) -> Observation {
    let identity = Identity {
        platform_id: Some("e-abc".into()),
        url: Some("https://user:secret@h-prod.example".into()),
        created_at: Some(at(-900)),
        ..Identity::of("h".into())
    };
    let reading = Reading {
        identity: Some(Box::new(identity)),
        version: Some(Stated::by(VersionSource::BeanstalkLabel, "h-20221110-g8a52aea".into())),
        health: Some(Health {
            level: Level::Severe,
            word: Some("Severe".into()),
            causes: vec!["the password is hunter2".into()],
            source: HealthSource::BeanstalkEnhanced,
        }),
        busy: Some(Busy::With(Activity::of(ActivityKind::Deploy))),
        ..Reading::default()
    };
    Observation::Seen(Sighting {
        source: Source { question: Question::Listing, scope: scope() },
        stamp: Stamp { asked_at: at(second), sequence: 9 },
        coverage: Coverage::Complete,
        account: None,
        readings: vec![(key(name), reading)],
        events: Vec::new(),
    })
}

fn memory(observations: impl IntoIterator<Item = Observation>) -> Memory {
    let mut fleet = Fleet::new(Arc::default());
    for observation in observations {
        let _ = fleet.observe(observation);
    }
    Memory::of(fleet.environments(), origins())
}

#[test]
fn what_is_kept_comes_back_as_it_was_and_no_younger() {
    let before = memory([listed("h-prod", 0)]);
    let back = Memory::parse(&before.text(), &origins(), at(60)).unwrap();
    assert_eq!(back, before);
    let fleet = back.fleet(Arc::default());
    let it = fleet.get(&key("h-prod")).unwrap();
    assert_eq!((it.level(), it.listed_at()), (Level::Severe, Some(at(0))));
    assert_eq!(it.health().unwrap().value.word.as_deref(), Some("Severe"));
    let version = it.version().unwrap();
    assert_eq!((version.value.label.as_str(), version.value.sha.unwrap().as_str()), ("h-20221110-g8a52aea", "8a52aea"));
    assert_eq!((version.value.source, version.at), (VersionSource::BeanstalkLabel, at(0)));
    assert_eq!(it.activity().unwrap().value.map(|activity| activity.kind), Some(ActivityKind::Deploy));
    assert_eq!(it.app().as_str(), "h");
}

#[test]
fn neither_causes_nor_addresses_are_kept() {
    let text = memory([listed("h-prod", 0)]).text();
    for secret in ["hunter2", "secret", "example"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn what_is_remembered_proves_nothing_to_be_gone_and_goes_with_the_first_listing_without_it() {
    let mut fleet = memory([listed("h-prod", 0)]).fleet(Arc::default());
    let source = Source { question: Question::Listing, scope: scope() };
    assert_eq!(fleet.source(&source).unwrap().complete, None);
    let _ = fleet.observe(listed("other", 30));
    assert!(fleet.get(&key("h-prod")).is_none());
}

#[test]
fn a_file_of_another_place_edition_or_kind_is_none() {
    let text = memory([listed("h-prod", 0)]).text();
    let other = Origins::from([("default".into(), "aws profile=other".into())]);
    assert_eq!(Memory::parse(&text, &other, at(60)), Err(NoMemory::Elsewhere));
    assert_eq!(Memory::parse(&text.replace("\"version\":1,", "\"version\":2,"), &origins(), at(60)), Err(NoMemory::Edition(2)));
    assert_eq!(Memory::parse(&text, &origins(), at(-1)), Err(NoMemory::Future), "a clock that was set back");
    let is_refused = |text: &str| matches!(Memory::parse(text, &origins(), at(60)), Err(NoMemory::NotUnderstood(_)));
    for broken in ["", "{}", "[1]", text.get(..text.len() - 5).unwrap(), &text.replace("quarterdeck fleet", "locks")] {
        assert!(is_refused(broken), "{broken}");
    }
    assert!(is_refused(&text.replace("\"severe\"", "\"splendid\"")), "a word of nobody's");
    assert!(is_refused(&text.replace("us-west-1\",\"environments", "eu-west-1\",\"environments")), "of another region than its listing");
    assert!(is_refused(&text.replace("\"e-abc\"", &format!("\"{}\"", "x".repeat(600)))), "longer than anything kept");
}

#[test]
fn what_is_older_than_a_week_is_let_go() {
    let text = memory([listed("h-prod", 0)]).text();
    assert!(!Memory::parse(&text, &origins(), at(7 * 86_400)).unwrap().is_empty());
    assert!(Memory::parse(&text, &origins(), at(7 * 86_400 + 1)).unwrap().is_empty());
}

#[test]
fn it_is_bounded() {
    let many = |number: usize| {
        let Observation::Seen(sighting) = listed("x", 0) else { panic!() };
        let reading = sighting.readings[0].1.clone();
        Observation::Seen(Sighting { readings: (0..number).map(|it| (key(&format!("e-{it}")), reading.clone())).collect(), ..sighting })
    };
    let kept = memory([many(MOST + 50)]);
    assert_eq!(kept.listings.iter().map(|listing| listing.environments.len()).sum::<usize>(), MOST);
    assert!(kept.text().len() < 8 << 20);
    assert!(memory([listed(&"x".repeat(600), 0)]).is_empty());
}

#[test]
fn hostile_text_is_escaped_in_the_file() {
    let before = memory([listed("h\u{1b}[31m\u{202e}", 0)]);
    let text = before.text();
    assert!(!text.chars().any(|character| character.is_control() || character == '\u{202e}'), "{text}");
    assert_eq!(Memory::parse(&text, &origins(), at(60)).unwrap(), before);
}
