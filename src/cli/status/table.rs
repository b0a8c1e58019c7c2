//! The table of `quarterdeck status`, for people.

use unicode_width::UnicodeWidthStr as _;

use super::super::complain;
use super::Gathered;
use crate::model::clock::Age;
use crate::model::environment::Environment;
use crate::model::safe_text::safe;
use crate::model::version::Confidence;

const HEADINGS: [&str; 8] = ["APP", "ENVIRONMENT", "REGION", "TIER", "HEALTH", "VERSION", "INSTANCES", "NOW"];

/// The table, as wide as its widest cells.
pub(super) fn render(gathered: &Gathered, rows: &[Environment<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    lines.extend(rows.iter().map(|environment| cells(gathered, environment)));
    let widths: Vec<usize> = (0..HEADINGS.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    lines.iter().map(|line| format!("{}\n", padded(line, &widths).trim_end())).collect()
}

fn padded(line: &[String], widths: &[usize]) -> String {
    let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell}{}  ", " ".repeat(width.saturating_sub(cell.width()))));
    cells.collect()
}

fn cells(gathered: &Gathered, environment: &Environment<'_>) -> [String; 8] {
    let key = environment.key();
    let region = key.region.as_ref().map_or_else(|| "-".to_owned(), |region| safe(region.as_str()).into_owned());
    [
        safe(environment.app().as_str()).into_owned(),
        safe(key.name.as_str()).into_owned(),
        region,
        environment.tier().word().to_owned(),
        health(environment),
        version(environment),
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

fn version(environment: &Environment<'_>) -> String {
    let Some(told) = environment.version() else { return "unknown".to_owned() };
    let label = safe(told.value.label.as_str()).into_owned();
    if told.value.confidence == Confidence::Mixed { format!("{label} (mixed)") } else { label }
}

fn instances(environment: &Environment<'_>) -> String {
    environment.instances().map_or_else(String::new, |told| {
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
    environment.health().and_then(|told| told.value.causes.first().map(|cause| safe(cause).into_owned())).unwrap_or_default()
}

/// Says on standard error what could not be read, and where nothing was found.
pub(super) fn complain_of(gathered: &Gathered) {
    let sources = gathered.sources();
    for source in sources.iter().filter(|source| !source.ok) {
        complain(&format!("{}: {}", safe(&source.name), safe(source.error.as_deref().unwrap_or("did not answer"))));
    }
    if gathered.fleet.environments().next().is_none() && sources.iter().any(|source| source.ok) {
        complain(&"no environments were found: --region and --profile say where else to look");
    }
}
