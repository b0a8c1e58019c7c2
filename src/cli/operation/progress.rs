//! What is new in an operation, line by line: what is told while it is followed.

use std::collections::{BTreeMap, BTreeSet};

use crate::app::operations::Known;
use crate::model::clock::Timestamp;
use crate::model::operation::fact::Spot;
use crate::model::operation::look::spoken;
use crate::model::operation::verdict::{Standing, Tally};
use crate::ui::operations_units::standing_in_words;

/// What was told already.
#[derive(Default)]
pub struct Progress {
    units: BTreeMap<u32, String>,
    closed: u32,
    asked: BTreeSet<Spot>,
}

impl Progress {
    /// What is new, a line each; not yet safe to show.
    pub fn news(&mut self, known: &Known, now: Timestamp) -> Vec<String> {
        let mut lines = Vec::new();
        for unit in known.operation.units() {
            let Some(line) = line(known, unit) else { continue };
            if self.units.get(&unit) != Some(&line) {
                lines.push(line.clone());
                self.units.insert(unit, line);
            }
        }
        for (spot, why) in known.operation.questions() {
            if self.asked.insert(spot) {
                lines.push(question(known, spot, &why));
            }
        }
        let tally = known.operation.tally();
        let closed = tally.done + tally.failed + tally.skipped + tally.stopped;
        if closed > self.closed && known.operation.plan().units.len() > 1 {
            lines.push(whole(known, tally, now));
        }
        self.closed = closed;
        lines
    }
}

/// How a unit stands, and what is said of it; none while nothing of it has begun.
fn line(known: &Known, unit: u32) -> Option<String> {
    let operation = &known.operation;
    let standing = operation.standing(unit);
    let said = match &standing {
        Standing::Waiting => return None,
        Standing::Failed { why, .. } => why.to_string(),
        Standing::Skipped { reason } => reason.to_string(),
        Standing::Underway(spot) | Standing::PuttingBack(spot) => noted(known, *spot),
        Standing::Asks(_) | Standing::Baking | Standing::Done | Standing::Stopped(_) => String::new(),
    };
    let name = operation.unit(unit).map_or("", |unit| &*unit.name);
    let words = standing_in_words(known, &standing).plain();
    Some(if said.is_empty() { format!("{name}  {words}") } else { format!("{name}  {words}: {said}") })
}

fn noted(known: &Known, spot: Spot) -> String {
    let Some(note) = known.notes.get(&spot) else { return String::new() };
    let parts = note.parts.map(|(done, of)| format!("{done}/{of}"));
    parts.into_iter().chain(note.sentence.as_deref().map(str::to_owned)).collect::<Vec<_>>().join(" ")
}

fn question(known: &Known, spot: Spot, why: &str) -> String {
    let words = known.operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default();
    let name = spot.unit().and_then(|unit| known.operation.unit(unit)).map_or("", |unit| &*unit.name);
    format!("? nobody can tell what became of \"{words}\" {name}: {why}")
}

/// How far the whole is.
fn whole(known: &Known, tally: Tally, now: Timestamp) -> String {
    let counts = [
        (tally.done, "done"),
        (tally.failed, "failed"),
        (tally.stopped, "stopped"),
        (tally.skipped, "left out"),
        (tally.under_way, "under way"),
        (tally.waiting, "not begun"),
    ];
    let counted: Vec<String> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let timing = known.operation.timing(now);
    let left = match timing.left {
        _ if known.operation.is_over() => String::new(),
        Some(left) if left.is_zero() => ", longer than expected".to_owned(),
        Some(left) => format!(", about {} left", spoken(left)),
        None => ", how long it will take is not known".to_owned(),
    };
    format!("of {}: {}; {} taken{left}", known.operation.plan().units.len(), counted.join(", "), spoken(timing.taken))
}
