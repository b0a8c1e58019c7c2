//! That nothing moves under the reader.

use proptest::prelude::*;

use super::batch::Batch;
use super::buffer::{Bounds, Buffer};
use super::filter::{Filter, Pattern};
use super::line::{EntryId, Millis, NewLine, ReportId, SourceId};
use super::matches::Matches;
use super::view::{Bookmarks, Shown, View, Window};

const HEIGHT: usize = 5;

fn add(buffer: &mut Buffer, times: impl IntoIterator<Item = i64>) {
    let line = |time| NewLine { source: SourceId(0), time: Millis(time), ingested: None, text: format!("line {time}").into_bytes() };
    buffer.take(&Batch { report: ReportId(1), live: true, lines: times.into_iter().map(line).collect() });
}

fn times(buffer: &Buffer, ids: impl Iterator<Item = EntryId>) -> Vec<i64> {
    ids.map(|id| buffer.line(id).unwrap().time.0).collect()
}

fn seen(view: &View, buffer: &Buffer) -> Vec<i64> {
    let shown = Shown::new(buffer, None, None);
    times(buffer, shown.range(view.ranks(&shown, HEIGHT)))
}

#[test]
fn following_goes_along_and_scrolling_up_holds() {
    let mut buffer = Buffer::default();
    let mut view = View::default();
    add(&mut buffer, 0..10);
    assert_eq!(seen(&view, &buffer), [5, 6, 7, 8, 9]);
    view.scroll(1, &Shown::new(&buffer, None, None), HEIGHT);
    assert!(view.is_following());
    view.scroll(-2, &Shown::new(&buffer, None, None), HEIGHT);
    add(&mut buffer, 10..20);
    assert_eq!(seen(&view, &buffer), [3, 4, 5, 6, 7]);
    assert_eq!(view.waiting(&Shown::new(&buffer, None, None)), 10);
    // To the very end by hand: the reader did not ask to follow.
    view.scroll(100, &Shown::new(&buffer, None, None), HEIGHT);
    add(&mut buffer, 20..21);
    assert_eq!(seen(&view, &buffer), [15, 16, 17, 18, 19]);
    view.follow();
    assert_eq!(seen(&view, &buffer), [16, 17, 18, 19, 20]);
    assert_eq!(view.waiting(&Shown::new(&buffer, None, None)), 0);
    view.hold(&Shown::new(&buffer, None, None), HEIGHT);
    add(&mut buffer, 21..30);
    assert_eq!(seen(&view, &buffer), [16, 17, 18, 19, 20]);
}

#[test]
fn with_a_filter_only_what_it_shows_is_counted() {
    let mut buffer = Buffer::default();
    add(&mut buffer, 0..30);
    let mut matches = Matches::filtered(Filter::of(Pattern::parse("[05]$").unwrap()), &buffer);
    matches.step(&buffer, usize::MAX);
    let mut view = View::default();
    view.scroll(-1, &Shown::new(&buffer, Some(&matches), None), 2);
    add(&mut buffer, 30..40);
    matches.step(&buffer, usize::MAX);
    let shown = Shown::new(&buffer, Some(&matches), None);
    assert_eq!((view.waiting(&shown), times(&buffer, shown.range(view.ranks(&shown, 2)))), (2, vec![15, 20]));
    // The filter goes, the place stays.
    let all = Shown::new(&buffer, None, None);
    assert_eq!(times(&buffer, all.range(view.ranks(&all, 2))), [15, 16]);
}

#[test]
fn a_window_shows_its_time_only() {
    let mut buffer = Buffer::default();
    add(&mut buffer, 0..100);
    let window = Window { from: Some(Millis(40)), to: Some(Millis(43)) };
    let shown = Shown::new(&buffer, None, Some(window));
    assert_eq!(times(&buffer, shown.range(0..9)), [40, 41, 42]);
    assert_eq!((shown.len(), shown.get(3), View::default().ranks(&shown, 2)), (3, None, 1..3));
    let beyond = Shown::new(&buffer, None, Some(Window { from: Some(Millis(50)), to: Some(Millis(10)) }));
    assert!(beyond.is_empty() && View::default().ranks(&beyond, 2).is_empty());
}

#[test]
fn a_hit_comes_to_the_middle_and_one_that_is_seen_moves_nothing() {
    let mut buffer = Buffer::default();
    add(&mut buffer, 0..100);
    let mut view = View::default();
    let key = |time: usize| buffer.key(buffer.entries().nth(time).unwrap()).unwrap();
    view.go_to(key(50), &Shown::new(&buffer, None, None), HEIGHT);
    assert_eq!(seen(&view, &buffer), [48, 49, 50, 51, 52]);
    view.go_to(key(52), &Shown::new(&buffer, None, None), HEIGHT);
    assert_eq!(seen(&view, &buffer), [48, 49, 50, 51, 52]);
    view.go_to(key(99), &Shown::new(&buffer, None, None), HEIGHT);
    assert_eq!(seen(&view, &buffer), [95, 96, 97, 98, 99]);
}

#[test]
fn bookmarks_are_found_again_until_their_lines_are_gone() {
    let mut buffer = Buffer::new(Bounds { lines: 1_600, bytes: usize::MAX });
    add(&mut buffer, 0..100);
    let key = |buffer: &Buffer, time: usize| buffer.key(buffer.entries().nth(time).unwrap()).unwrap();
    let mut bookmarks = Bookmarks::default();
    for time in [10, 20, 30, 20] {
        bookmarks.toggle(key(&buffer, time));
    }
    assert!(bookmarks.has(key(&buffer, 10)) && !bookmarks.has(key(&buffer, 20)));
    assert_eq!(bookmarks.next(key(&buffer, 10), true), Some(key(&buffer, 30)));
    assert_eq!(bookmarks.next(key(&buffer, 30), false), Some(key(&buffer, 10)));
    assert_eq!(bookmarks.next(key(&buffer, 30), true), None);
    add(&mut buffer, 100..3_000);
    assert_eq!(bookmarks.forget(&buffer), 2);
}

proptest! {
    #[test]
    fn nothing_that_happens_moves_the_reader(
        up in 1_isize..40, later in proptest::collection::vec(0_i64..2_000, 0..50), after in proptest::collection::vec(100_i64..2_000, 0..50),
    ) {
        let mut buffer = Buffer::default();
        let mut view = View::default();
        add(&mut buffer, (0..60).map(|number| number * 10));
        view.scroll(-up, &Shown::new(&buffer, None, None), HEIGHT);
        let top = seen(&view, &buffer)[0];
        add(&mut buffer, later);
        add(&mut buffer, after);
        prop_assert_eq!(seen(&view, &buffer)[0], top);
    }

    #[test]
    fn what_is_thrown_away_moves_nobody_who_reads_what_is_kept(up in 1_isize..900) {
        let mut buffer = Buffer::new(Bounds { lines: 1_600, bytes: usize::MAX });
        let mut view = View::default();
        add(&mut buffer, 0..1_500);
        view.scroll(-up, &Shown::new(&buffer, None, None), HEIGHT);
        let before = seen(&view, &buffer);
        add(&mut buffer, 1_500..2_000);
        prop_assert!(buffer.evicted() > 0);
        prop_assert_eq!(seen(&view, &buffer), before);
    }
}
