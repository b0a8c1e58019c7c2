//! That the truth is one, whoever asks for it and how.

use super::session::{MOST_IN_UPDATE, MOST_UPDATES, Session, Wanted};
use super::write::Line;
use super::{pattern::Pattern, shelf, stream};
use crate::environment::Place;
use crate::moment::{HOUR, Moment, SECOND};
use crate::scenario::{Source, populate};
use crate::world::World;

const START: i64 = 1_763_607_431_123;

fn world(requests: u32, seed: u64) -> World {
    let text = format!(
        "[[environment]]\napp = \"shop\"\nname = \"shop-prod\"\nregion = \"eu-west-1\"\nversion = \"v1\"\nrequests = {requests}\nplatform = \"Node.js 20\"\n"
    );
    let source = Source { file: String::from("test"), text };
    let mut world = populate::build(&source, Some(seed), 1.0, Moment::from_millis(START)).unwrap();
    world.advance_to(Moment::from_millis(START));
    world
}

fn place(world: &World) -> Place {
    world.sites.keys().next().unwrap().clone()
}

fn group(file: &str) -> String {
    format!("/aws/elasticbeanstalk/shop-prod/var/log/{file}")
}

fn written(world: &mut World, name: &str, from: i64, to: i64) -> Vec<Line> {
    let found = stream::group(world, &place(world), name).unwrap();
    let mut lines = Vec::new();
    for of in stream::streams(world, &found) {
        shelf::written(world, &of, Moment::from_millis(from), Moment::from_millis(to), |line| lines.push(line.clone()));
    }
    lines.sort_by_key(|line| (line.at, line.id));
    lines
}

fn session(world: &World, id: u64, file: &str) -> Session {
    let groups = vec![group(file)].into();
    let wanted = Wanted { groups, streams: Vec::new(), prefixes: Vec::new(), pattern: Pattern::default(), written: String::new() };
    Session::new(world, id, place(world), wanted)
}

fn told(frames: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(frames);
    (text.matches("\"sessionMetadata\"").count(), text.matches("\"ingestionTime\"").count())
}

#[test]
fn a_seed_writes_the_same_lines_at_any_time_of_asking() {
    let lines = |steps: i64, seed: u64| {
        let mut world = world(40, seed);
        for step in 1..=steps {
            world.advance_to(Moment::from_millis(START + step * 60 * SECOND / steps));
            let _ = written(&mut world, &group("pm2/api-out-0.log"), START, START + HOUR);
        }
        written(&mut world, &group("pm2/api-out-0.log"), START - 600 * SECOND, START + HOUR)
    };
    let once = lines(1, 7);
    assert!(once.len() > 1_000, "{}", once.len());
    assert_eq!(lines(7, 7), once);
    assert_ne!(lines(1, 8), once);
    assert!(once.windows(2).any(|two| (two[0].at, &two[0].text) == (two[1].at, &two[1].text)), "some say the same at once");
    assert!(once.iter().any(|line| line.ingested.since(line.at) > 5 * SECOND), "some are late");
}

#[test]
fn a_combined_file_has_what_its_parts_have() {
    let mut world = world(200, 3);
    world.advance_to(Moment::from_millis(START + 60 * SECOND));
    let mut texts = |file: &str| {
        let lines = written(&mut world, &group(file), START - 60 * SECOND, START + 50 * SECOND);
        lines.into_iter().map(|line| (line.at, line.text)).collect::<Vec<_>>()
    };
    let mut parts = texts("pm2/api-out-0.log");
    parts.extend(texts("pm2/api-error-0.log"));
    let mut both = texts("pm2/api-combined-0.log");
    parts.sort();
    both.sort();
    assert_eq!(both, parts);
}

#[test]
fn below_the_limit_a_session_sends_every_line_once() {
    let mut world = world(400, 5);
    let mut session = session(&world, 1, "nginx/access.log");
    let mut sent = 0;
    for second in 1..=60 {
        world.advance_to(Moment::from_millis(START + second * SECOND));
        sent += told(&session.send(&mut world).frames).1;
    }
    let lines = written(&mut world, &group("nginx/access.log"), START - 60 * SECOND, START + 61 * SECOND);
    let taken_in = lines.iter().filter(|line| (START + 1..=START + 60 * SECOND).contains(&line.ingested.millis())).count();
    assert_eq!((sent, world.logs.lost.len()), (taken_in, 0));
}

#[test]
fn above_the_limit_what_was_not_sent_is_known_exactly() {
    let mut world = world(8_000, 5);
    let mut session = session(&world, 1, "nginx/access.log");
    let mut sent = 0;
    for second in 1..=10 {
        world.advance_to(Moment::from_millis(START + second * SECOND));
        let (updates, lines) = told(&session.send(&mut world).frames);
        assert!(updates == 1 && lines <= MOST_IN_UPDATE);
        sent += lines;
    }
    let lines = written(&mut world, &group("nginx/access.log"), START - 60 * SECOND, START + 11 * SECOND);
    let taken_in = lines.iter().filter(|line| (START + 1..=START + 10 * SECOND).contains(&line.ingested.millis())).count();
    assert_eq!(sent + world.logs.lost.iter().map(|lost| lost.count).sum::<usize>(), taken_in);
    assert!(world.logs.lost.iter().all(|lost| lost.kind == "sampled" && lost.count > 100));
}

#[test]
fn a_slow_reader_loses_the_oldest_updates() {
    let mut world = world(400, 5);
    let mut session = session(&world, 1, "nginx/access.log");
    session.send(&mut world);
    world.advance_to(Moment::from_millis(START + 30 * SECOND));
    assert_eq!(told(&session.send(&mut world).frames).0, MOST_UPDATES);
    assert_eq!(world.logs.lost.iter().filter(|lost| lost.kind == "dropped").count(), 20);
    assert!(world.logs.lost.iter().all(|lost| lost.to <= Moment::from_millis(START + 20 * SECOND)));
}

#[test]
fn after_three_hours_a_session_is_over() {
    let mut world = world(0, 5);
    let mut session = session(&world, 1, "nginx/access.log");
    world.advance_to(Moment::from_millis(START + 3 * HOUR));
    let told = session.send(&mut world);
    assert!(told.next.is_none() && String::from_utf8_lossy(&told.frames).contains("SessionTimeoutException"));
}
