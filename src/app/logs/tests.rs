//! How the Logs screen changes, without a screen.

use std::sync::Arc;

use super::act::Deed;
use super::find::Search;
use super::layout::{Layout, Named, Shows};
use super::saving::{Extent, SaveId, Saving};
use super::screen::{LogsScreen, Period};
use super::stream::{Fed, Stream};
use super::subject::Subject;
use super::{StreamId, choice, update};
use crate::app::act::Motion;
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::logs::order::{FeedId, Order};
use crate::app::state::{Size, State};
use crate::model::clock::Timestamp;
use crate::model::compute::Site;
use crate::model::log::batch::Batch;
use crate::model::log::buffer::{Bounds, Buffer};
use crate::model::log::feed::Feed;
use crate::model::log::filter::{Filter, Pattern};
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::matches::Matches;

fn fed(name: &str, live: bool) -> Fed {
    let environment: crate::model::id::EnvironmentKey = format!("beanstalk:1:us-west-1:{name}").parse().unwrap();
    let site = Site { connection: "default".into(), region: "us-west-1".into() };
    let feed = Feed::Beanstalk { site, environment: environment.name.clone(), live: live.into(), request: true };
    Fed::of(environment, feed)
}

fn filled(count: i64) -> Buffer {
    let mut buffer = Buffer::default();
    add(&mut buffer, 0..count);
    buffer
}

fn add(buffer: &mut Buffer, times: impl Iterator<Item = i64>) {
    let line = |time| NewLine { source: SourceId(1), time: Millis(time), ingested: None, text: format!("line {time}").into_bytes() };
    buffer.take(&Batch { report: ReportId(1), live: true, lines: times.map(line).collect() });
}

fn layout(screen: &LogsScreen) -> Layout {
    screen.layout(Size { width: 80, height: 24 }, Named::default())
}

#[test]
fn of_what_costs_money_the_first_ten_are_followed_unasked_and_all_that_is_free() {
    let subject = Subject::of((0..30).map(|number| fed(&format!("e-{number:02}"), true).environment.unwrap()));
    let mut stream = Stream::new(StreamId(1), subject, Millis(0), Bounds::default());
    for number in 0..30_u32 {
        // Every third one is searched for only.
        stream.feeds.insert(FeedId(number), fed(&format!("e-{number:02}"), number % 3 != 0));
    }
    let chosen = choice::unasked(&stream);
    assert_eq!(chosen.iter().filter(|id| id.0 % 3 != 0).count(), choice::UNASKED);
    assert_eq!(chosen.iter().filter(|id| id.0 % 3 == 0).count(), 10);
}

#[test]
fn pages_overlap_by_a_line_and_end_at_both_ends() {
    let buffer = filled(100);
    let mut screen = LogsScreen::default();
    let (layout, now) = (layout(&screen), Millis(100));
    let tops = |screen: &LogsScreen| screen.sight(&buffer, layout, now).visible(&screen.view).start;
    assert_eq!(tops(&screen), 100 - layout.rows);
    screen.step(Motion::Pages(-1), &buffer, layout, now);
    assert_eq!(tops(&screen), 100 - layout.rows - (layout.rows - 1));
    for _ in 0..20 {
        screen.step(Motion::Pages(-1), &buffer, layout, now);
    }
    assert_eq!((tops(&screen), screen.cursor.map(|key| key.time())), (0, Some(Millis(0))));
    for _ in 0..20 {
        screen.step(Motion::HalfPages(1), &buffer, layout, now);
    }
    assert_eq!((tops(&screen), screen.cursor.map(|key| key.time())), (100 - layout.rows, Some(Millis(99))));
    assert!(!screen.view.is_following(), "to the end by hand is not to follow");
}

#[test]
fn a_window_of_the_last_minutes_goes_along_and_one_that_is_paused_does_not() {
    let mut screen = LogsScreen { period: Period::Last(60_000), ..LogsScreen::default() };
    assert_eq!(screen.window(Millis(100_000)).and_then(|window| window.from), Some(Millis(40_000)));
    assert_eq!(screen.window(Millis(101_000)).and_then(|window| window.from), Some(Millis(41_000)));
    screen.paused = Some(Millis(90_000));
    assert_eq!(screen.window(Millis(200_000)).and_then(|window| window.to), Some(Millis(90_001)));
}

#[test]
fn a_search_tells_the_number_of_a_hit_and_begins_again_at_the_other_end() {
    let buffer = filled(100);
    let search = Search::new("5$", None, &buffer).unwrap();
    assert_eq!(search.found(), 10);
    let key = |time: usize| buffer.key(buffer.entries().nth(time).unwrap()).unwrap();
    let next = |time, forward, here| {
        search.next(&buffer, super::find::Jump { from: key(time), forward, here }).map(|(key, around)| (key.time().0, around))
    };
    assert_eq!((search.number(&buffer, key(25)), search.number(&buffer, key(26))), (Some(3), None));
    assert_eq!(
        (next(25, true, false), next(25, false, false), next(25, false, true)),
        (Some((35, false)), Some((15, false)), Some((25, false)))
    );
    assert_eq!((next(95, true, false), next(3, false, true)), (Some((5, true)), Some((95, true))));
}

fn stream_of(bounds: Bounds) -> Stream {
    Stream::new(StreamId(1), Subject::of([fed("h-prod", true).environment.unwrap()]), Millis(0), bounds)
}

/// Saves to its end; `meanwhile` is done between the pieces, with how many of them there were.
fn saved(stream: &mut Stream, saving: &mut Saving, mut meanwhile: impl FnMut(&mut Stream, usize)) -> String {
    let (mut text, mut pieces) = (String::new(), 0);
    while saving.can_go_on() {
        pieces += 1;
        meanwhile(stream, pieces);
        let Some(Order::Piece { text: piece, is_last, .. }) = saving.work(stream, 64 * 1024) else { continue };
        text.push_str(std::str::from_utf8(&piece).unwrap());
        saving.written(piece.len() as u64);
        assert_eq!(is_last, saving.is_sent());
    }
    text
}

fn numbers(text: &str) -> Vec<i64> {
    text.lines().filter(|line| !line.starts_with("--")).map(|line| line.rsplit(' ').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn what_is_saved_is_what_was_there_when_it_began_each_line_once() {
    let mut stream = stream_of(Bounds::default());
    add(&mut stream.buffer, 0..5_000);
    let mut saving = Saving::new(SaveId(1), "x".into(), Extent::Everything, &stream.buffer, None, None);
    // More lines come meanwhile, early and late ones.
    let text = saved(&mut stream, &mut saving, |stream, pieces| {
        let after = 10_000 + i64::try_from(pieces).unwrap() * 100;
        add(&mut stream.buffer, after..after + 10);
        add(&mut stream.buffer, -after..10 - after);
    });
    assert_eq!(numbers(&text), (0..5_000).collect::<Vec<_>>());
    assert_eq!(saving.outcome(), ("5,000 lines are in x".to_owned(), false));
}

/// What is typed meanwhile is about the screen. And a filter that has not been through everything is waited for, since it
/// looks at what is newest first.
#[test]
fn what_is_saved_is_what_the_filter_of_its_beginning_shows_all_of_it() {
    let mut stream = stream_of(Bounds::default());
    add(&mut stream.buffer, 0..60_000);
    let filter = Filter::of(Pattern::literal("7"));
    let mut shown = Matches::filtered(filter, &stream.buffer);
    assert!(!shown.step(&stream.buffer, 1_000), "it is not through yet");
    let mut saving = Saving::new(SaveId(1), "x".into(), Extent::Shown, &stream.buffer, Some(&shown), None);
    drop(shown);
    assert_eq!(saving.progress(), None);
    let text = saved(&mut stream, &mut saving, |stream, pieces| {
        let after = 77_000 + i64::try_from(pieces).unwrap() * 100;
        add(&mut stream.buffer, after..after + 10);
    });
    assert_eq!(numbers(&text), (0..60_000).filter(|number: &i64| number.to_string().contains('7')).collect::<Vec<_>>());
}

#[test]
fn what_is_thrown_away_before_it_is_written_is_told_where_it_stood_and_counted() {
    let mut stream = stream_of(Bounds { lines: 20_000, bytes: 1 << 30 });
    add(&mut stream.buffer, 0..20_000);
    let mut saving = Saving::new(SaveId(1), "x".into(), Extent::Everything, &stream.buffer, None, None);
    let text = saved(&mut stream, &mut saving, |stream, pieces| {
        if pieces == 3 {
            add(&mut stream.buffer, 100_000..113_000);
        }
    });
    let kept = numbers(&text);
    let lost = 20_000 - kept.len();
    assert!(lost > 1_000 && kept.is_sorted() && kept.last() == Some(&19_999), "{lost} are lost");
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("--")).collect();
    let count = super::markers::thousands(u64::try_from(lost).unwrap());
    assert_eq!(told, [format!("-- {count} lines were thrown away here before they could be written: there was no more room for them --")]);
    let place = text.lines().position(|line| line.starts_with("--")).unwrap();
    assert!(text.lines().nth(place - 1).unwrap().ends_with(&format!(" {}", place - 1)), "behind the last line that was written");
    let of = super::markers::thousands(u64::try_from(kept.len()).unwrap());
    let said = format!("{of} of 20,000 lines are in x: there was no more room for the others, it says where");
    assert_eq!(saving.outcome(), (said, true));
}

#[test]
fn every_size_has_room_for_lines() {
    for width in [80, 100, 120, 140, 200, 400] {
        for height in [24, 30, 42, 100] {
            for panel in [None, Some(true), Some(false)] {
                for several in [false, true] {
                    let named = Named { several, widths: [60, 50, 40, 30] };
                    let shows = Shows { panel, narrowed: true, prompt: true, ..LogsScreen::default().shows(named) };
                    let layout = Layout::of(Size { width, height }, shows);
                    assert!(layout.rows >= 14 && layout.text >= 10, "{width}x{height} {panel:?}: {layout:?}");
                }
            }
        }
    }
}

/// What costs money, and runs at hosts, ends with the stream whose place another takes.
#[test]
fn what_was_followed_ends_when_a_subject_without_any_feed_is_opened() {
    let mut state = State::new(Arc::default(), Timestamp::UNIX_EPOCH, Size { width: 80, height: 24 });
    let (before, after) = (fed("h-prod", true).environment.unwrap(), fed("gone", true).environment.unwrap());
    let subject = Subject::of([before]);
    let mut stream = Stream::new(StreamId(7), subject, Millis(0), Bounds::default());
    stream.is_followed = true;
    state.logs.stream = Some(stream);
    state.history.go(Place::Logs(Subject::of([after])));
    let asked = update::settle(&mut state);
    assert_eq!(asked, [Effect::Logs(Order::End(StreamId(7)))]);
    assert_eq!(update::settle(&mut state), [], "it is asked once");
}

/// Looking through a large stream takes a while: who scrolls meanwhile is not thrown to what is found then.
#[test]
fn a_search_moves_nobody_who_has_moved_on() {
    let moves: [fn(&mut State); 4] = [
        |state| update::step(state, Motion::By(-3)),
        |state| update::wheel(state, -3),
        |state| update::click(state, 10),
        |state| drop(update::perform(state, Deed::Follow)),
    ];
    for moves in moves {
        let mut state = State::new(Arc::default(), Timestamp::UNIX_EPOCH, Size { width: 80, height: 24 });
        let mut stream = Stream::new(StreamId(7), Subject::of([fed("h-prod", true).environment.unwrap()]), Millis(0), Bounds::default());
        add(&mut stream.buffer, 0..100);
        let from = stream.buffer.key(stream.buffer.entries().last().unwrap()).unwrap();
        let mut search = Search::new("5$", None, &stream.buffer).unwrap();
        search.jump = Some(super::find::Jump { from, forward: false, here: false });
        state.logs.stream = Some(stream);
        state.logs.screen.search = Some(search);
        moves(&mut state);
        assert!(state.logs.screen.search.unwrap().jump.is_none());
    }
}
