//! The table of `quarterdeck status`, for people.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr as _;

use super::super::complain;
use super::Gathered;
use crate::app::fleet::urgency;
use crate::model::clock::Age;
use crate::model::environment::Environment;
use crate::model::safe_text::safe;
use crate::model::version::Confidence;
use crate::ui::text::cut;
use crate::ui::version::{DIGITS, fit, shares};
use crate::ui::words::NOT_YET;

const HEADINGS: [&str; 8] = ["APP", "ENVIRONMENT", "REGION", "TIER", "HEALTH", "VERSION", "INSTANCES", "NOW"];

/// The column that is cut so that the commit stays in sight.
const VERSION: usize = 5;
/// The blanks behind a column.
const GAP: usize = 2;
/// No column is narrower than this.
const LEAST: usize = 6;

/// The table; on a terminal of so many columns no wider than that. Where something reads it,
/// every cell is whole.
pub(super) fn render(gathered: &Gathered, rows: &[Environment<'_>], columns: Option<usize>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut rows = rows.to_vec();
    if columns.is_some() {
        // For a person, what needs one first; for a program, the order of names.
        rows.sort_by_key(|environment| std::cmp::Reverse(urgency(environment)));
    }
    let heading = Line { cells: HEADINGS.map(str::to_owned), commit: None };
    let row = |environment: &Environment<'_>| Line {
        cells: cells(gathered, environment, columns.is_some()),
        commit: environment.commit().map(|commit| safe(commit.as_str()).into_owned()),
    };
    laid_out(&std::iter::once(heading).chain(rows.iter().map(row)).collect::<Vec<_>>(), columns)
}

/// A line of the table, whole.
struct Line {
    cells: [String; 8],
    /// The commit that the version's label names.
    commit: Option<String>,
}

fn laid_out(lines: &[Line], columns: Option<usize>) -> String {
    let widest = |column: usize| lines.iter().filter_map(|line| line.cells.get(column)).map(|cell| cell.width()).max().unwrap_or(0);
    let natural: Vec<usize> = (0..HEADINGS.len()).map(widest).collect();
    let widths = columns.map_or_else(|| natural.clone(), |columns| fitted(&natural, columns));
    lines.iter().map(|line| format!("{}\n", padded(line, &widths).trim_end())).collect()
}

/// The widths in a room that may be too narrow for them: all are capped alike, so that what is
/// short stays whole.
fn fitted(natural: &[usize], room: usize) -> Vec<usize> {
    let room = room.saturating_sub(GAP * natural.len().saturating_sub(1));
    let capped = |most: usize| natural.iter().map(move |width| (*width).min(most));
    let widest = natural.iter().copied().max().unwrap_or(0);
    let most = (LEAST..=widest).rev().find(|most| capped(*most).sum::<usize>() <= room).unwrap_or(LEAST);
    let mut widths: Vec<usize> = capped(most).collect();
    // What the cap leaves over is the last column's, which holds sentences.
    let spare = room.saturating_sub(widths.iter().sum());
    if let (Some(last), Some(wanted)) = (widths.last_mut(), natural.last()) {
        *last = (*last + spare).min(*wanted);
    }
    widths
}

fn padded(line: &Line, widths: &[usize]) -> String {
    let cells = line.cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
        let cell = match column {
            VERSION => fit(cell, line.commit.as_deref(), *width),
            _ => cut(Cow::Borrowed(cell), *width),
        };
        format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()) + GAP))
    });
    cells.collect()
}

fn cells(gathered: &Gathered, environment: &Environment<'_>, is_shown: bool) -> [String; 8] {
    let key = environment.key();
    let region = key.region.as_ref().map_or_else(|| "-".to_owned(), |region| safe(region.as_str()).into_owned());
    [
        safe(environment.app().as_str()).into_owned(),
        safe(key.name.as_str()).into_owned(),
        region,
        environment.tier().word().to_owned(),
        health(environment),
        version(gathered, environment, is_shown),
        instances(environment),
        now(gathered, environment),
    ]
}

fn health(environment: &Environment<'_>) -> String {
    let word = environment.health().and_then(|told| told.value.word.clone());
    let level = environment.level();
    match word {
        Some(word) if !word.eq_ignore_ascii_case(level.word()) => format!("{level} ({})", safe(&word)),
        Some(_) | None => level.word().to_owned(),
    }
}

/// What runs. On a terminal a commit is known by its first digits, and of several versions each is told.
fn version(gathered: &Gathered, environment: &Environment<'_>, is_shown: bool) -> String {
    let Some(told) = environment.version() else { return "unknown".to_owned() };
    let is_mixed = told.value.confidence == Confidence::Mixed;
    if let Some(instances) = environment.instances().filter(|_| is_shown && is_mixed) {
        return safe(&shares(&gathered.fleet, environment.app_ref(), instances.value)).into_owned();
    }
    let label = safe(told.value.label.as_str()).into_owned();
    let is_commit = told.value.sha.as_ref().is_some_and(|sha| sha.as_str() == label);
    let label = if is_shown && is_commit { label.chars().take(DIGITS).collect() } else { label };
    if is_mixed { format!("{label} (mixed)") } else { label }
}

fn instances(environment: &Environment<'_>) -> String {
    let unread = || if environment.awaits_instances() { NOT_YET.to_owned() } else { String::new() };
    environment.instances().map_or_else(unread, |told| {
        let total = told.value.total();
        told.value.healthy().map_or_else(|| format!("?/{total}"), |healthy| format!("{healthy}/{total}"))
    })
}

/// What goes on; else why it is unwell; else why it could not be read.
fn now(gathered: &Gathered, environment: &Environment<'_>) -> String {
    if let Some(told) = environment.fault() {
        return format!("{} ({} ago)", safe(&told.value.sentence), Age::of(told.at, gathered.at));
    }
    if let Some(sentence) = gathered.why_unseen(environment) {
        return safe(&sentence).into_owned();
    }
    if let Some(activity) = environment.activity().and_then(|told| told.value) {
        let progress = activity.done.zip(activity.total).map_or_else(String::new, |(done, total)| format!(" {done}/{total}"));
        return format!("{}{progress}", activity.kind.phrase());
    }
    let cause = environment.causes().first().map(|cause| safe(cause.text).into_owned());
    let mixed = environment.instances().filter(|told| told.value.mixed());
    let runs = || mixed.map(|told| format!("runs {}", safe(&shares(&gathered.fleet, environment.app_ref(), told.value))));
    cause.or_else(runs).unwrap_or_default()
}

/// Says on standard error what could not be read, and where nothing was found.
pub(super) fn complain_of(gathered: &Gathered) {
    let sources = gathered.sources();
    for source in sources.iter().filter(|source| !source.ok) {
        // What has no region has no place to name.
        let name = source.name.strip_suffix(" -").unwrap_or(&source.name);
        complain(&format!("{}: {}", safe(name), safe(source.error.as_deref().unwrap_or("did not answer"))));
    }
    for standby in &gathered.standby {
        complain(&safe(&standby.to_string()));
    }
    if gathered.fleet.environments().next().is_none() && sources.iter().any(|source| source.ok) {
        complain(&"no environments were found: --region and --profile say where else to look");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(version: &str, now: &str) -> Line {
        let cells = ["shop", "shop-prod", "eu-west-1", "production", "ok", version, "2/2", now];
        Line { cells: cells.map(str::to_owned), commit: Some("8a52aea".to_owned()) }
    }

    #[test]
    fn a_table_is_no_wider_than_its_terminal_and_whole_without_one() {
        let long = "31 % of the requests are failing with HTTP 5xx, and it is told at length";
        let heading = Line { cells: HEADINGS.map(str::to_owned), commit: None };
        let lines = [heading, line("shop-20221110T123456Z-20221110-g8a52aea", long)];
        let whole = laid_out(&lines, None);
        assert!(whole.contains(long) && whole.contains("shop-20221110T123456Z-20221110-g8a52aea") && !whole.contains('…'), "{whole}");
        assert_eq!(laid_out(&lines, Some(200)), whole);
        for columns in [80, 100, 120] {
            let cut = laid_out(&lines, Some(columns));
            assert!(cut.lines().all(|line| line.width() <= columns), "{cut}");
            assert!(cut.contains("8a52aea") && cut.contains("shop  ") && cut.contains('…'), "{cut}");
            assert_eq!(cut.lines().nth(1).map(str::width), Some(columns), "no room is wasted: {cut}");
        }
    }
}
