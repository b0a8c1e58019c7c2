//! What a million lines cost: taking them in, filtering and searching them, keeping them.
//!
//! Measures, never judges. Lines of 120 bytes as an application writes them, out
//! of twenty-four sources whose lines arrive up to two seconds out of order, in
//! batches of 500, which is what one update of a live tail has. A thousand were written
//! in each second; a hundred thousand, where the intake is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::sync::LazyLock;

use divan::Bencher;
use quarterdeck::model::log::ansi;
use quarterdeck::model::log::batch::Batch;
use quarterdeck::model::log::buffer::Buffer;
use quarterdeck::model::log::filter::{Filter, Pattern};
use quarterdeck::model::log::histogram::histogram;
use quarterdeck::model::log::line::{Millis, NewLine, ReportId, SourceId};
use quarterdeck::model::log::matches::Matches;
use quarterdeck::model::log::view::{Shown, View};

/// How many lines there are.
const LINES: i64 = 1_000_000;
/// How many bytes each has.
const LENGTH: usize = 120;
/// How many arrive at once.
const AT_ONCE: i64 = 500;
/// From how many sources.
const SOURCES: i64 = 24;

static FULL: LazyLock<Buffer> = LazyLock::new(|| filled(1));

fn main() {
    let before = resident();
    let (lines, bytes) = (FULL.lines(), FULL.bytes());
    let taken = resident().saturating_sub(before);
    // Not a time, so not a benchmark of divan's; `scripts/figures` reads it all the same.
    #[expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]
    {
        println!("resident: {lines} lines, {bytes} bytes of text, {taken} bytes resident, {:.2} of the text", ratio(taken, bytes));
    }
    divan::main();
}

#[expect(clippy::cast_precision_loss, reason = "hundreds of megabytes are far below 2^52")]
fn ratio(taken: usize, bytes: usize) -> f64 {
    taken as f64 / bytes as f64
}

/// What this process has in memory, in bytes: Linux tells it in pages of 4 KiB, other systems do not.
fn resident() -> usize {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    told.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4_096
}

/// A number that looks random and is the same at every run.
const fn scattered(number: i64) -> i64 {
    (number.wrapping_mul(2_654_435_761) >> 7).rem_euclid(1 << 20)
}

fn text(number: i64) -> Vec<u8> {
    let what = match scattered(number) % 1_000 {
        0 => "ERROR upstream Timeout while reading the answer",
        1 => "ERROR connection refused by database-7",
        2..=50 => "WARNING slow answer",
        _ => "INFO handled",
    };
    let mut text = format!("web (stderr) | 2026-11-20 02:57:11,{:03} [{:05}] {what} id={number:08x} ", number % 1_000, number % 700);
    while text.len() < LENGTH {
        text.push(char::from(b'a' + u8::try_from(text.len() % 26).unwrap()));
    }
    text.truncate(LENGTH);
    text.into_bytes()
}

fn batch(from: i64, in_a_milli: i64) -> Batch {
    let line = |number| {
        let time = Millis(number / in_a_milli - scattered(number) % 2_000);
        let source = SourceId(u16::try_from(number % SOURCES).unwrap());
        NewLine { source, time, ingested: Some(time.plus(700)), text: text(number) }
    };
    Batch { report: ReportId(1), live: true, lines: (from..from + AT_ONCE).map(line).collect() }
}

fn filled(in_a_milli: i64) -> Buffer {
    let mut buffer = Buffer::default();
    for from in (0..LINES / AT_ONCE).map(|batch| batch * AT_ONCE) {
        buffer.take(&batch(from, in_a_milli));
    }
    buffer
}

fn all(pattern: &str) -> usize {
    let mut matches = Matches::found(Filter::of(Pattern::parse(pattern).unwrap()), &FULL);
    while !matches.step(&FULL, 4 * 1024 * 1024) {}
    matches.len()
}

/// 100,000 lines into a full buffer, throwing as many away: the pipeline's second.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn intake(bencher: Bencher<'_, '_>) {
    let mut buffer = filled(100);
    let mut from = LINES;
    bencher
        .with_inputs(|| {
            let batches: Vec<Batch> = (0..200).map(|turn| batch(from + turn * AT_ONCE, 100)).collect();
            from += 200 * AT_ONCE;
            batches
        })
        .bench_local_refs(|batches| batches.iter().map(|batch| buffer.take(batch).new).sum::<usize>());
}

/// A text that few lines have, among a million.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn literal() -> usize {
    all("refused")
}

/// A text that every line has.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn literal_everywhere() -> usize {
    all("stderr")
}

/// An expression, among a million.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn expression() -> usize {
    all("(?i)timeout|refused")
}

/// How long the loop is held up by one step of a filter, which it takes between two frames.
#[divan::bench(sample_count = 100)]
fn one_step(bencher: Bencher<'_, '_>) {
    let made = || Matches::found(Filter::of(Pattern::parse("(?i)timeout|refused").unwrap()), &FULL);
    bencher.with_inputs(made).bench_local_refs(|matches| matches.step(&FULL, 256 * 1024));
}

/// What a frame asks: the ranks on the screen, its lines in their colours, the histogram.
#[divan::bench]
fn frame() -> usize {
    let shown = Shown::new(&FULL, None, None);
    let spans = |id| FULL.line(id).map_or(0, |line| ansi::spans(line.text, 200).len());
    let drawn: usize = shown.range(View::default().ranks(&shown, 60)).map(spans).sum();
    drawn + histogram(&FULL, None, Millis(0), Millis(LINES), 200).len()
}
