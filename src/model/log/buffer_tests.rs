//! What holds of a buffer, whatever arrives and in whichever order.

use proptest::prelude::*;

use super::batch::Batch;
use super::buffer::{Bounds, Buffer, Entry};
use super::filter::{Filter, Pattern};
use super::histogram::histogram;
use super::level::Level;
use super::line::{EntryId, Millis, NewLine, ReportId, SourceId};
use super::matches::Matches;
use super::note::{Gap, GapId, Loss, Marker, MarkerKind, Note};

fn line(source: u16, time: i64, text: impl AsRef<[u8]>) -> NewLine {
    NewLine { source: SourceId(source), time: Millis(time), ingested: Some(Millis(time).plus(300)), text: text.as_ref().to_vec() }
}

fn batch(report: u32, lines: Vec<NewLine>) -> Batch {
    Batch { report: ReportId(report), live: true, lines }
}

/// Everything that identifies each line, in order.
fn told(buffer: &Buffer) -> Vec<(u16, i64, Option<i64>, Vec<u8>)> {
    let line = |id| buffer.line(id).map(|line| (line.source.0, line.time.0, line.ingested.map(|at| at.0), line.text.to_vec()));
    buffer.entries().filter_map(line).collect()
}

fn texts(buffer: &Buffer) -> Vec<String> {
    told(buffer).into_iter().map(|(.., text)| String::from_utf8(text).unwrap()).collect()
}

#[test]
fn lines_stand_by_time_and_those_that_came_late_are_marked() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, vec![line(0, 10_000, "c"), line(0, 20_000, "d")]));
    let taken = buffer.take(&batch(1, vec![line(1, 12_000, "late"), line(1, 19_000, "nearly")]));
    assert_eq!((taken.new, taken.late), (2, 1));
    assert_eq!(texts(&buffer), ["c", "late", "nearly", "d"]);
    let late: Vec<bool> = buffer.entries().filter_map(|id| Some(buffer.line(id)?.late)).collect();
    assert_eq!(late, [false, true, false, false]);
    buffer.take(&Batch { live: false, ..batch(2, vec![line(1, 0, "looked up")]) });
    assert!(!buffer.line(buffer.entries().next().unwrap()).unwrap().late);
}

#[test]
fn identical_lines_of_one_moment_all_count() {
    let same = || line(0, 1_000, "same");
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, vec![same(), same()]));
    assert_eq!(buffer.take(&batch(2, vec![same(), same(), same()])).doubled, 2, "the other report saw one more");
    assert_eq!(buffer.take(&batch(3, vec![same(), same(), same()])).doubled, 3);
    assert_eq!(buffer.take(&batch(1, vec![same()])).doubled, 1, "the first one catches up");
    assert_eq!(buffer.take(&batch(1, vec![same()])).new, 1, "and saw a fourth");
    assert_eq!(buffer.lines(), 4);
    // Another source, another moment, another ingestion: other lines.
    let others = vec![line(1, 1_000, "same"), line(0, 1_001, "same"), NewLine { ingested: None, ..same() }];
    assert_eq!(buffer.take(&batch(4, others)).new, 3);
}

#[test]
fn losses_and_markers_stand_where_they_happened() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, vec![line(0, 1_000, "a"), line(0, 2_000, "b"), line(0, 3_000, "c")]));
    let gap = |count, filled| {
        let (from, to) = (Millis(2_000), Millis(2_900));
        Note::Gap(Gap { id: GapId(7), loss: Loss::Sampled, sources: [SourceId(0)].into(), from, to, count, filled })
    };
    let id = buffer.note(gap(None, false));
    buffer.note(Note::Marker(Marker { time: Millis(2_000), kind: MarkerKind::Deploy, text: "deploy".into() }));
    assert_eq!(buffer.note(gap(Some(412), true)), id, "the same loss, counted and filled by now");
    let shown: Vec<String> = buffer
        .entries()
        .map(|id| match buffer.entry(id).unwrap() {
            Entry::Line(line) => String::from_utf8(line.text.to_vec()).unwrap(),
            Entry::Note(Note::Gap(gap)) => format!("{:?} {:?} {}", gap.loss, gap.count, gap.length()),
            Entry::Note(Note::Marker(marker)) => marker.text.to_string(),
        })
        .collect();
    assert_eq!(shown, ["a", "deploy", "b", "Sampled Some(412) 900", "c"]);
    let pieces: Vec<usize> = histogram(&buffer, None, Millis(1_000), Millis(4_000), 3).iter().map(|piece| piece.lines).collect();
    assert_eq!(pieces, [1, 1, 1], "what is no line does not count");
}

#[test]
fn endless_lines_and_garbage_are_kept_as_they_are() {
    let mut buffer = Buffer::default();
    let endless = vec![b'x'; 90_000];
    let garbage: Vec<u8> = (0..=255).collect();
    buffer.take(&batch(
        1,
        vec![line(0, 1, &endless), line(0, 2, &garbage), line(0, 3, ""), line(0, i64::MAX, "end"), line(0, i64::MIN, "start")],
    ));
    assert_eq!(
        told(&buffer).into_iter().map(|(.., text)| text).collect::<Vec<_>>(),
        [b"start".to_vec(), endless, garbage, vec![], b"end".to_vec()]
    );
}

#[test]
fn what_is_over_the_bounds_goes_and_ids_stay() {
    let mut buffer = Buffer::new(Bounds { lines: 10_000, bytes: 400_000 });
    let mut matches = Matches::filtered(Filter::of(Pattern::literal("7 ")), &buffer);
    let mut remembered = Vec::new();
    for round in 0..40_i64 {
        let lines = (0..500)
            .map(|number| line(u16::try_from(number % 3).unwrap(), round * 500 + number, format!("{number} ERROR {}", "x".repeat(100))));
        buffer.take(&batch(1, lines.collect()));
        remembered.push((buffer.entries().next_back().unwrap(), round * 500 + 499));
        matches.step(&buffer, usize::MAX);
    }
    assert!(buffer.bytes() <= 400_000 && buffer.lines() > 3_000, "{} lines", buffer.lines());
    assert_eq!(buffer.evicted() + buffer.lines() as u64, 20_000);
    assert_eq!(buffer.entries().count(), buffer.lines());
    for (id, time) in remembered {
        assert!(buffer.line(id).is_none_or(|line| line.time.0 == time), "an id means the same line for ever");
    }
    assert!(buffer.entries().all(|id| buffer.line(id).is_some()));
    let wanted: Vec<EntryId> = buffer.entries().filter(|id| buffer.line(*id).unwrap().text.windows(2).any(|two| two == b"7 ")).collect();
    assert_eq!(matches.entries().collect::<Vec<_>>(), wanted);
    let first = buffer.key(buffer.entries().next().unwrap()).unwrap();
    assert_eq!(buffer.next_error(first, true), buffer.entries().nth(1));
}

#[test]
fn what_is_known_of_lines_takes_less_than_half_their_text() {
    let mut buffer = Buffer::default();
    for round in 0..40_i64 {
        let lines = (0..5_000).map(|number| line(u16::try_from(number % 7).unwrap(), round * 5_000 + number, "x".repeat(80)));
        buffer.take(&batch(1, lines.collect()));
    }
    let mut matches = Matches::filtered(Filter { least: None, ..Filter::of(Pattern::literal("x")) }, &buffer);
    matches.step(&buffer, usize::MAX);
    // A filter that shows everything included; of the chunk that is being filled not.
    let taken = buffer.memory() + matches.len() * size_of::<EntryId>();
    assert!(taken < buffer.bytes() * 3 / 2 + 1024 * 1024, "{taken} bytes for {} of text", buffer.bytes());
}

#[test]
fn a_search_goes_from_hit_to_hit_and_stays_within_the_filter() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(
        1,
        ["a timeout", "b", "c timeout health", "d timeout"].iter().zip(0..).map(|(text, time)| line(0, time, text)).collect(),
    ));
    let mut hits = Matches::found(Filter::of(Pattern::literal("timeout")), &buffer);
    assert!(hits.step(&buffer, usize::MAX));
    let mut filter = Filter::of(Pattern::literal("health"));
    filter.inverted = true;
    let ids: Vec<EntryId> = buffer.entries().collect();
    let at = |index: usize| buffer.key(ids[index]).unwrap();
    assert_eq!(hits.next(&buffer, at(0), true, &filter), Some(ids[3]));
    assert_eq!(hits.next(&buffer, at(0), true, &Filter::default()), Some(ids[2]));
    assert_eq!(hits.next(&buffer, at(3), false, &filter), Some(ids[0]));
    assert_eq!(hits.next(&buffer, at(3), true, &filter), None);
    assert_eq!(buffer.around(ids[2], 1, 5), ids[1..]);
}

#[test]
fn a_text_across_two_lines_is_in_neither() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, vec![line(0, 1, "ab"), line(0, 2, "ca"), line(0, 3, ""), line(0, 4, "bcabc")]));
    for (needle, found) in [("bc", 1), ("ca", 2), ("a", 3), ("abca", 0)] {
        let mut matches = Matches::found(Filter::of(Pattern::literal(needle)), &buffer);
        matches.step(&buffer, usize::MAX);
        assert_eq!(matches.len(), found, "{needle}");
    }
}

/// Lines as a service has them: few moments and texts, so that many look the same.
fn marker(time: i64) -> Note {
    Note::Marker(Marker { time: Millis(time), kind: MarkerKind::Deploy, text: "v2".into() })
}

#[test]
fn what_a_search_finds_is_counted_without_notes_that_it_does_not_show() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, (0..10).map(|time| line(0, time * 1_000, if time % 5 == 0 { "ERROR hit" } else { "other" })).collect()));
    for time in 0..40 {
        let _ = buffer.note(marker(time * 200));
    }
    let filter = || Filter::of(Pattern::literal("hit"));
    let (mut found, mut filtered) = (Matches::found(filter(), &buffer), Matches::filtered(filter(), &buffer));
    let counted = |shown: &Matches, buffer: &Buffer| -> Vec<(usize, usize)> {
        histogram(buffer, Some(shown), Millis(0), Millis(10_000), 2).iter().map(|bucket| (bucket.lines, bucket.errors)).collect()
    };
    // Before anything was looked at as well.
    assert_eq!((counted(&found, &buffer), counted(&filtered, &buffer)), (vec![(0, 0); 2], vec![(0, 0); 2]));
    while !found.step(&buffer, 100) || !filtered.step(&buffer, 100) {}
    let _ = buffer.note(marker(100));
    assert_eq!((counted(&found, &buffer), counted(&filtered, &buffer)), (vec![(1, 1); 2], vec![(1, 1); 2]));
}

#[test]
fn a_filter_shows_no_note_that_the_buffer_has_forgotten() {
    let mut buffer = Buffer::default();
    let mut filtered = Matches::filtered(Filter::default(), &buffer);
    for time in 0..11_500 {
        // In no order of time: a place that is not known any more would be in the way of others.
        let _ = buffer.note(marker((time * 7_919) % 11_503));
        if time % 1_000 == 0 {
            filtered.step(&buffer, 1_000_000);
        }
    }
    filtered.step(&buffer, 1_000_000);
    assert!(filtered.entries().eq(buffer.entries()), "{} of {}", filtered.len(), buffer.entries().count());
    assert!(buffer.entries().count() <= 10_000 && buffer.entries().count() > 8_000, "{}", buffer.entries().count());
}

fn written() -> impl Strategy<Value = Vec<NewLine>> {
    let one = (0_u16..3, 0_i64..6, 0_i64..2, "[ab]{0,2}").prop_map(|(source, time, lag, text)| NewLine {
        source: SourceId(source),
        time: Millis(time * 4_000),
        ingested: Some(Millis(time * 4_000 + lag)),
        text: text.into_bytes(),
    });
    proptest::collection::vec(one, 0..40)
}

/// What is told of them: overlapping pieces, each by a report of its own, cut into batches.
fn pieces() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    proptest::collection::vec((0_usize..40, 1_usize..40, 1_usize..9), 1..6)
}

proptest! {
    #[test]
    fn any_order_and_any_overlap_give_the_same_buffer(mut lines in written(), pieces in pieces(), turns in any::<u64>()) {
        lines.sort_by_key(|line| line.time);
        // Every report has all lines of the moments that it covers, as the services do.
        let covers = |from: usize, length: usize| {
            let (first, last) = (lines.get(from)?.time, lines.get((from + length).min(lines.len()) - 1)?.time);
            Some(lines.iter().filter(|line| (first..=last).contains(&line.time)).cloned().collect::<Vec<_>>())
        };
        let mut reports: Vec<(u32, Vec<NewLine>, usize)> = vec![(0, lines.clone(), 5)];
        reports.extend(pieces.iter().zip(1..).filter_map(|((from, length, cut), report)| Some((report, covers(*from, *length)?, *cut))));
        let mut batches: Vec<Batch> = Vec::new();
        for (report, lines, cut) in reports {
            batches.extend(lines.chunks(cut).map(|part| batch(report, part.to_vec())));
        }
        let mut whole = Buffer::default();
        whole.take(&batch(0, lines.clone()));
        // Shuffled: the same every time for one number.
        let mut order: Vec<usize> = (0..batches.len()).collect();
        order.sort_by_key(|index| (turns ^ (*index as u64)).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17));
        let mut buffer = Buffer::default();
        for index in order {
            buffer.take(&batches[index]);
        }
        // Lines that nothing tells apart but their text may stand in either order.
        let sorted = |buffer: &Buffer| {
            let mut told = told(buffer);
            let ordered = told.is_sorted_by_key(|(source, time, ingested, _)| (*time, *source, *ingested));
            told.sort_by(|a, b| (a.1, a.0, a.2, &a.3).cmp(&(b.1, b.0, b.2, &b.3)));
            (ordered, told)
        };
        prop_assert_eq!(sorted(&buffer), sorted(&whole));
        prop_assert_eq!(buffer.lines(), lines.len());
    }

    #[test]
    fn what_one_report_tells_keeps_its_order(lines in written(), cut in 1_usize..9) {
        let mut buffer = Buffer::default();
        for part in lines.chunks(cut) {
            buffer.take(&batch(1, part.to_vec()));
        }
        let mut wanted: Vec<_> = lines.iter().map(|line| (line.source.0, line.time.0, line.ingested.map(|at| at.0), line.text.clone())).collect();
        wanted.sort_by_key(|(source, time, ingested, _)| (*time, *source, *ingested));
        prop_assert_eq!(told(&buffer), wanted);
    }

    #[test]
    fn a_filter_in_steps_shows_what_it_shows_at_once(
        lines in written(), more in written(), needle in proptest::sample::select(vec!["a", "bb", "ab", "a.", "b+$", "^$"]), inverted: bool, budget in 1_usize..4_000,
    ) {
        let mut buffer = Buffer::default();
        buffer.take(&batch(1, lines));
        let filter = Filter { inverted, ..Filter::of(Pattern::parse(needle).unwrap()) };
        let mut matches = Matches::filtered(filter.clone(), &buffer);
        matches.step(&buffer, budget);
        buffer.take(&batch(1, more));
        buffer.note(Note::Marker(Marker { time: Millis(8_000), kind: MarkerKind::Health, text: "worse".into() }));
        while !matches.step(&buffer, budget) {}
        let wanted: Vec<EntryId> = buffer.entries().filter(|id| buffer.line(*id).is_none_or(|line| filter.shows(&line))).collect();
        prop_assert_eq!(matches.entries().collect::<Vec<_>>(), wanted);
        prop_assert!(matches.is_done(&buffer));
        prop_assert_eq!(matches.looked_at(&buffer), buffer.lines() as u64);
    }
}

#[test]
fn levels_are_those_of_the_text() {
    let mut buffer = Buffer::default();
    buffer.take(&batch(1, vec![line(0, 1, "INFO a"), line(0, 2, "ERROR b"), line(0, 3, "c")]));
    let levels: Vec<Option<Level>> = buffer.entries().map(|id| buffer.line(id).unwrap().level).collect();
    assert_eq!(levels, [Some(Level::Info), Some(Level::Error), None]);
    let errors: Vec<usize> = histogram(&buffer, None, Millis(1), Millis(4), 3).iter().map(|piece| piece.errors).collect();
    assert_eq!(errors, [0, 1, 0]);
}
