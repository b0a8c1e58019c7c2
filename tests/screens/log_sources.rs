//! The Logs screen beside environments: the jobs of runs, what operations write, what two readings show, what it costs.

use std::time::Duration;

use quarterdeck::app::event::Event;
use quarterdeck::app::logs::order::{FeedId, Item};
use quarterdeck::app::operations::Carrier;
use quarterdeck::model::forge::{News, Topic};
use quarterdeck::model::health::{Health, HealthSource, Level};
use quarterdeck::model::id::{EnvironmentKey, VersionLabel};
use quarterdeck::model::instance::Instances;
use quarterdeck::model::log::feed::{Feed, Streaming};
use quarterdeck::model::log::line::SourceId;
use quarterdeck::model::log::source::{Name, State};
use quarterdeck::model::operation::plan::OperationId;
use quarterdeck::model::run::{Conclusion, Progress};
use quarterdeck::model::sighting::{Identity, Question, Questions, Reading};
use quarterdeck::model::version::{Stated, VersionSource};

use crate::support::fleet::{ago as second, answer, instance, key};
use crate::support::forge::{self, RUN, report, repository, run};
use crate::support::lines::{Followed, WEB, WEB_2, WHOLE, follows, is, line, live, opened, sources, tell, with};
use crate::support::operations::{began, restart, step, told, wave};
use crate::support::stage::Stage;

fn has(stage: &Stage, part: &str) {
    assert!(stage.text().contains(part), "no \"{part}\" in\n{}", stage.text());
}

/// Whether the jobs of the run are followed.
fn jobs(followed: &Followed) -> Option<FeedId> {
    let wanted = Feed::Jobs { repository: repository(), run: RUN };
    followed.feeds.iter().find(|(_, feed)| *feed == wanted).map(|(id, _)| *id)
}

fn tell_jobs(stage: &mut Stage, followed: &Followed, feed: FeedId) {
    let title = format!("run {RUN}");
    let found = |source, stream: &str| Item::Found(source, feed, Name { group: title.as_str().into(), stream: stream.into() });
    let items = vec![
        found(WHOLE, ""),
        found(WEB, "Production / Deploy"),
        is(&[WHOLE], State::Polling { every: Duration::from_secs(5), why: "GitHub tells the lines of a job only once it is over".into() }),
        live(vec![line(WEB, 4_000, "##[group]Run make deploy"), line(WEB, 3_000, "Error: \u{1b}[31mno such version\u{202e}")]),
    ];
    tell(stage, followed, items);
}

#[test]
fn the_jobs_of_a_run_are_followed_from_wherever_it_is_shown() {
    for keys in ["3 l", "3 enter l", "2 j j j l"] {
        let mut stage = Stage::on(forge::rich((140, 42)));
        stage.keys(keys);
        let followed = follows(&stage).unwrap_or_else(|| panic!("{keys}: {}", stage.text()));
        let feed = jobs(&followed).unwrap();
        assert_eq!(followed.feeds.len(), 1);
        assert!(stage.line(0).contains("logs › hypothesis/h Deploy #4130"), "{}", stage.line(0));
        tell_jobs(&mut stage, &followed, feed);
        has(&stage, "Run make deploy");
        has(&stage, "Error: no such version");
        has(&stage, "searched every 5 s");
        assert!(!stage.text().contains('\u{202e}'));
        // Back where it was opened, and once more the same stream.
        stage.keys("q");
        assert!(!stage.line(0).contains("logs"), "{}", stage.line(0));
        stage.keys("5");
        has(&stage, "Run make deploy");
    }
}

#[test]
fn the_run_that_deploys_to_an_environment_is_among_its_logs_for_as_long_as_it_is_at_work() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    stage.keys("/ 'name:^h-prod$ enter g j l");
    let followed = follows(&stage).unwrap();
    assert!(jobs(&followed).is_none() && followed.feeds.len() == 1, "it waits for somebody: {:?}", followed.feeds);
    // Somebody has said yes: what is followed goes on, and the jobs are followed with it.
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::InProgress)]), 2));
    let more = follows(&stage).unwrap();
    assert_eq!((more.stream, more.feeds.len(), &more.feeds[0]), (followed.stream, 2, &followed.feeds[0]));
    let feed = jobs(&more).unwrap();
    tell_jobs(&mut stage, &more, feed);
    has(&stage, "Run make deploy");
    // It is not forgotten once it is over, and not followed twice.
    stage.tell(report(Topic::Runs, News::Runs(vec![run(Progress::Completed(Conclusion::Success))]), 1));
    assert!(follows(&stage).is_none());
    has(&stage, "Run make deploy");
}

/// The feed of what steps write, with its marks in words.
fn output(followed: &Followed) -> Option<(FeedId, Vec<String>)> {
    followed.feeds.iter().find_map(|(id, feed)| match feed {
        Feed::Output { marks } => Some((*id, marks.iter().map(|mark| mark.as_str().to_owned()).collect())),
        _ => None,
    })
}

#[test]
fn what_an_operation_of_this_console_writes_stands_among_the_lines_of_its_environment() {
    let mut stage = Stage::rich(140, 42);
    stage.keys("/ 'name:^orchid-00[12]$ enter g j l");
    let followed = follows(&stage).unwrap();
    assert!(output(&followed).is_none());
    let mut facts = restart(1, 100, &[key("us-east-2", "orchid-001"), key("us-east-2", "orchid-002")]);
    facts.push(began(step(0), 90));
    stage.tell(told(&facts, Carrier::Here, &[]));
    let more = follows(&stage).unwrap();
    let (feed, marks) = output(&more).unwrap();
    let id = OperationId::new(second(100), 1);
    let own = step(0).mark(&id);
    assert!(marks.contains(&own.as_str().to_owned()), "{marks:?}");
    assert!(!marks.contains(&step(1).mark(&id).as_str().to_owned()), "what is done to the other is not about this one: {marks:?}");
    assert_eq!((more.stream, more.feeds.len()), (followed.stream, 2));
    let found = |source, stream: &str| Item::Found(source, feed, Name { group: "operations".into(), stream: stream.into() });
    let items = vec![
        found(WEB_2, ""),
        found(WEB, own.as_str()),
        is(&[WEB_2, WEB], State::Live),
        live(vec![line(WEB, 2_000, "restarting \u{1b}[2Jworker 3 of 4")]),
    ];
    tell(&mut stage, &more, items);
    has(&stage, "worker 3 of 4");
    // Called by what is done, not by the name under which a machine knows it.
    assert!(stage.lines_with("worker 3 of 4")[0].contains("restart"), "{}", stage.text());
    assert!(!stage.text().contains("unit0-step0"), "{}", stage.text());
}

#[test]
fn an_environment_stands_once_in_the_list_and_its_sources_are_called_there_as_before_their_lines() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::rich(width, height);
        stage.keys("/ 'name:^orchid-00[12]$ enter g j space space l");
        let followed = follows(&stage).unwrap();
        let mut items = Vec::new();
        for ((feed, of), source) in followed.feeds.iter().zip([10, 20]) {
            let Feed::Beanstalk { environment, .. } = of else { panic!("{of:?}") };
            let found = |number, file: &str| {
                let group = format!("/aws/elasticbeanstalk/{environment}/var/log/{file}.log").into();
                Item::Found(SourceId(number), *feed, Name { group, stream: "i-0a3c59e17b4d2f680".into() })
            };
            items.extend([found(source, "web.stdout"), found(source + 1, "nginx/access")]);
            items.push(live(vec![line(SourceId(source), 2_000, format!("INFO of {environment}"))]));
        }
        tell(&mut stage, &followed, items);
        let file = if width < 200 { "stdout" } else { "web.stdout" };
        for name in ["orchid-001", "orchid-002"] {
            let told = stage.lines_with(&format!("INFO of {name}")).swap_remove(0);
            assert!(told.contains(&format!("▎{name} {file} ")) && told.contains(" 0a3c59 "), "{told}");
        }
        let facts = restart(1, 100, &[key("us-east-2", "orchid-001"), key("us-east-2", "orchid-002")]);
        stage.tell(told(&facts, Carrier::Here, &[]));
        if width < 120 {
            continue;
        }
        let text = stage.text();
        let listed: Vec<String> = text.lines().map(|line| line.chars().take(30).collect()).collect();
        let count = |part: &str| listed.iter().filter(|line| line.contains(part)).count();
        assert_eq!((count("orchid-001"), count("orchid-002"), count(&format!("▎{file} "))), (1, 1, 2), "{text}");
        // What else there is of each stands below its name, called what it is.
        assert_eq!(count("… restart"), 2, "{text}");
    }
}

#[test]
fn an_operation_is_followed_where_it_is_carried_out_and_nowhere_else() {
    let mut stage = Stage::rich(140, 42);
    let facts = wave(2, 600, quarterdeck::model::operation::plan::OnFailure::Pause);
    stage.tell(told(&facts, Carrier::Elsewhere, &[])).keys("4 f");
    has(&stage, "is heard only where it is carried out: l shows what was done");
    stage.tell(told(&facts, Carrier::Here, &[])).keys("f");
    let followed = follows(&stage).unwrap();
    let (_, marks) = output(&followed).unwrap();
    assert!(marks.len() >= 8 && followed.feeds.len() == 1, "{marks:?}");
    assert!(stage.line(0).contains("logs › deploy v413 to 8 of 9 environments"), "{}", stage.line(0));
}

/// An environment whose platform tells no events, as a listing tells of it.
fn target_group(seconds: i64, level: Level, label: &str, ids: &[&str]) -> Event {
    let key: EnvironmentKey = "target-group:111122223333:sa-east-1:growl-prod".parse().unwrap();
    let each = ids.iter().map(|id| instance(id, label, 100)).collect();
    let instances = Instances { each, health_known: true, ..Instances::default() };
    let answers = Questions::of([Question::Instances]);
    let reading = Reading {
        identity: Some(Box::new(Identity { answers, ..Identity::of("growl".into()) })),
        version: Some(Stated::by(VersionSource::InstanceTag, VersionLabel::from(label))),
        health: Some(Health {
            level,
            word: None,
            causes: vec!["1 of 2 targets is \u{202e}unhealthy".into()],
            source: HealthSource::TargetHealth,
        }),
        ..Reading::default()
    };
    let told = Reading { instances: Some(instances), ..Reading::default() };
    Event::Observed(vec![
        answer(Question::Listing, "sa-east-1", seconds, vec![(key.clone(), reading)]),
        answer(Question::Instances, "sa-east-1", seconds - 1, vec![(key, told)]),
    ])
}

#[test]
fn where_the_platform_tells_no_events_what_two_readings_show_stands_among_the_lines() {
    let mut stage = Stage::rich(140, 42);
    stage.tell(target_group(30, Level::Ok, "v41", &["i-0a", "i-0b"]));
    stage.keys("/ 'growl-prod enter g j l");
    assert!(stage.line(0).contains("logs › growl-prod"), "{}", stage.text());
    stage.tell(target_group(20, Level::Ok, "v41", &["i-0b", "i-0a"]));
    assert!(stage.lines_with("──").iter().all(|line| !line.contains('♥') && !line.contains('⇄')), "{}", stage.text());
    stage.tell(target_group(10, Level::Degraded, "v42", &["i-0b", "i-0c"]));
    has(&stage, "♥ health from Ok to Degraded: 1 of 2 targets is ");
    has(&stage, "⇡ runs v42, ran v41");
    has(&stage, "⇄ i-0c came; i-0a went; 2 now");
    assert!(!stage.text().contains('\u{202e}'));
    // Each is told once.
    stage.tell(target_group(5, Level::Degraded, "v42", &["i-0b", "i-0c"]));
    assert_eq!((stage.lines_with("♥ ").len(), stage.lines_with("⇄ ").len()), (1, 1), "{}", stage.text());
}

#[test]
fn what_live_sessions_cost_is_counted_in_minutes_and_ends_with_them() {
    for (width, height) in [(80, 24), (140, 42)] {
        let (mut stage, followed) = opened(width, height);
        tell(&mut stage, &followed, sources(followed.feeds[0].0));
        stage.pass(61);
        has(&stage, "1 live session, 2 min billed");
        stage.keys("x");
        has(&stage, "1,800");
        tell(&mut stage, &followed, vec![is(&[WHOLE], State::Ended)]);
        stage.keys("esc").pass(130);
        assert!(!stage.text().contains("live session"), "{}", stage.text());
        tell(&mut stage, &followed, vec![is(&[WHOLE], State::Live)]);
        has(&stage, "1 live session, 2 min billed");
    }
}

#[test]
fn groups_that_one_live_session_has_no_room_for_are_searched_until_a_person_says_otherwise() {
    for (width, height) in [(80, 24), (140, 42), (200, 60)] {
        let (mut stage, followed) = opened(width, height);
        let feed = followed.feeds[0].0;
        let further = SourceId(9);
        let title = "logs of h-websocket-prod, 5 more groups";
        let why = "one live session has at most ten log groups";
        let mut items = sources(feed);
        items.push(Item::Found(further, feed, Name::of_feed(title.into())));
        items.push(is(&[further], State::Polling { every: Duration::from_secs(2), why: why.into() }));
        tell(&mut stage, &followed, items);
        has(&stage, "● 1 live");
        has(&stage, "5 more groups only searched: x chooses");
        // The list of sources begins where there is something to choose.
        stage.keys("x");
        assert!(stage.selected().contains("5 more groups"), "{width}\n{}", stage.text());
        has(&stage, "searched every 2 s");
        stage.keys("enter");
        for part in
            ["5 more groups than one live session has room for", "search them", "stream them, ten a session", "billed by the minute"]
        {
            has(&stage, part);
        }
        assert!(follows(&stage).is_none(), "nothing is opened unasked");
        stage.keys("down enter");
        let more = follows(&stage).unwrap();
        assert_eq!((more.stream, more.feeds.len()), (followed.stream, followed.feeds.len()));
        assert_eq!(more.feeds[0].1, followed.feeds[0].1.clone().streamed(Streaming::AllGroups));
        tell(&mut stage, &more, vec![is(&[WHOLE, further], State::Live)]);
        stage.keys("esc").pass(61);
        has(&stage, "2 live sessions, 3 min billed");
        assert!(!stage.text().contains("x chooses"), "{}", stage.text());
        // And back.
        stage.keys("x j enter up enter");
        let back = follows(&stage).unwrap();
        assert_eq!(back.feeds[0].1, followed.feeds[0].1);
    }
}

#[test]
fn what_a_search_finds_at_the_far_end_of_a_line_comes_into_sight_however_lines_are_shown() {
    for (width, height) in [(80, 24), (140, 42), (200, 60)] {
        for keys in ["", "w"] {
            let mut endless = b"INFO \x1b[32m".to_vec();
            endless.extend("環境 ok ".repeat(9_000).into_bytes());
            endless.extend(b"\x1b[31mNEEDLE\x1b[0m and more of it ");
            endless.extend(vec![b'x'; 90_000]);
            let lines = vec![line(WEB, 5_000, "INFO before"), line(WEB, 4_000, endless), line(WEB, 3_000, "INFO behind")];
            let (mut stage, _) = with(width, height, lines);
            if !keys.is_empty() {
                stage.keys(keys);
            }
            assert!(!stage.text().contains("NEEDLE"));
            stage.keys("/ 'NEEDLE enter");
            assert!(stage.lines_with("NEEDLE").len() >= 2, "{width} {keys}: in the line, and where the search is told\n{}", stage.text());
            assert!(stage.selected().contains("NEEDLE"), "{width} {keys}\n{}", stage.text());
        }
    }
}
