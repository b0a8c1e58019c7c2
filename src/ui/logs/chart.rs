//! Lines and errors over time: a row of bars each, or several with the time below.

use ratatui::layout::Rect;

use super::Scene;
use crate::app::logs::layout::Zone;
use crate::app::logs::screen::Period;
use crate::model::log::histogram::{Bucket, histogram};
use crate::model::log::line::Millis;
use crate::ui::line::{Line, Pen};
use crate::ui::text::per_second;
use crate::ui::theme::Role;

/// The eighths of a cell, from nothing to all of it.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// Lengths of a bar's time, in milliseconds: the eye reads round ones.
const STEPS: [i64; 20] = [
    1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 10_000, 12_000, 15_000, 20_000, 30_000, 60_000, 120_000, 180_000, 300_000, 600_000, 900_000,
    1_800_000, 3_600_000, 10_800_000,
];
/// The words on the left, and the figures on the right.
const LEFT: usize = 9;
const RIGHT: usize = 12;

/// Draws the chart, as high as it may be.
pub fn draw(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect) {
    let room = usize::from(area.width).saturating_sub(LEFT + RIGHT);
    if area.height == 0 || room == 0 {
        return;
    }
    let (step, buckets) = buckets(scene, room);
    let rows = usize::from(area.height);
    let (most_lines, most_errors) = most(&buckets);
    let (errors, axis) = match rows {
        0..=2 => (1, 0),
        3..=5 => (1, 1),
        _ => (3, 1),
    };
    let lines = rows.saturating_sub(errors + axis);
    let at = LEFT + room - buckets.len();
    bars(pen, area, (0, lines), at, &mut buckets.iter().map(|bucket| bucket.lines), most_lines, Role::Faint);
    bars(pen, area, (lines, errors), at, &mut buckets.iter().map(|bucket| bucket.errors), most_errors, Role::HealthSevere);
    label(pen, area, lines - 1, "lines", most_lines, step, Role::Faint);
    label(pen, area, lines + errors - 1, "errors", most_errors, step, if most_errors > 0 { Role::HealthSevere } else { Role::Faint });
    if axis > 0 {
        times(scene, pen, area, rows - 1, at, (step, &buckets));
    }
}

/// The pieces of time, so that the newest stands at the right, and how long each is. Their edges are round moments: bars do not
/// change their heights while time goes on.
fn buckets(scene: &Scene<'_>, room: usize) -> (i64, Vec<Bucket>) {
    let (stream, screen) = (scene.stream, scene.screen);
    let oldest = stream.buffer.span().map_or(stream.since, |(oldest, _)| oldest);
    let (from, to) = match screen.period {
        Period::All => (oldest.min(scene.now.plus(-60_000)), scene.now),
        Period::Last(length) => (scene.now.plus(-length), scene.now),
        Period::Between(from, to) => (from, to),
    };
    let wide = i64::try_from(room).unwrap_or(1).max(1);
    let span = to.since(from).max(1);
    let step = STEPS.into_iter().find(|step| span / step < wide).unwrap_or(span / wide + 1);
    let end = Millis(to.0.div_euclid(step).saturating_add(1).saturating_mul(step));
    let count = usize::try_from(end.since(from).div_euclid(step) + 1).unwrap_or(room).min(room);
    let begin = end.plus(-step * i64::try_from(count).unwrap_or(0));
    (step, histogram(&stream.buffer, screen.narrowing.matches(), begin, end, count))
}

fn most(buckets: &[Bucket]) -> (usize, usize) {
    buckets.iter().fold((0, 0), |(lines, errors), bucket| (lines.max(bucket.lines), errors.max(bucket.errors)))
}

/// Bars in some rows, the largest as high as all of them.
fn bars(
    pen: &mut Pen<'_>,
    area: Rect,
    (down, rows): (usize, usize),
    at: usize,
    counts: &mut dyn Iterator<Item = usize>,
    most: usize,
    role: Role,
) {
    let heights: Vec<usize> = counts.map(|count| height(count, most, rows)).collect();
    for row in 0..rows {
        let below = (rows - 1 - row) * 8;
        let cells: String = heights.iter().map(|height| EIGHTHS.get(height.saturating_sub(below).min(8)).copied().unwrap_or(" ")).collect();
        pen.line(area, down + row, at, Line::own(cells, role));
    }
}

/// The height of a bar, in eighths of a row. What is not nothing is seen.
fn height(count: usize, most: usize, rows: usize) -> usize {
    if count == 0 { 0 } else { (count * rows * 8 / most.max(1)).max(1) }
}

fn label(pen: &mut Pen<'_>, area: Rect, down: usize, word: &'static str, most: usize, step: i64, role: Role) {
    pen.line(area, down, 1, Line::own(word, role));
    #[expect(clippy::cast_precision_loss, reason = "a figure of two digits is made of it")]
    let rate = most as f64 * 1_000.0 / step as f64;
    // What the highest bar stands for: no mean.
    pen.line_at_end(area, down, 1, Line::own(format!("top {}/s", per_second(rate)), role));
}

/// The time below some bars: round moments, as many as there is room for.
fn times(scene: &Scene<'_>, pen: &mut Pen<'_>, area: Rect, down: usize, at: usize, (step, buckets): (i64, &[Bucket])) {
    const APART: i64 = 12;
    let round = STEPS.into_iter().find(|round| *round >= step * APART && round % step == 0).unwrap_or(step * APART);
    for (index, bucket) in buckets.iter().enumerate().filter(|(_, bucket)| bucket.from.0 % round == 0) {
        let moment = bucket.from.timestamp();
        let format = if round < 60_000 { "╵%H:%M:%S" } else { "╵%H:%M" };
        let text = match scene.screen.zone {
            Zone::Utc => moment.strftime(format).to_string(),
            Zone::Local => moment.to_zoned(scene.view.state.logs.zone.clone()).strftime(format).to_string(),
        };
        pen.line(area, down, at + index, Line::own(text, Role::Faint));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_nothing_is_seen_and_the_most_is_as_high_as_the_room() {
        assert_eq!((height(0, 10, 1), height(1, 10_000, 1), height(10, 10, 1), height(5, 10, 3)), (0, 1, 8, 12));
    }
}
