//! Operations as text: a table of all, and one in full.

use super::document::carried_on;
use crate::app::operations::{Known, Operations};
use crate::app::reader::{self, Tone};
use crate::model::clock::{Age, Timestamp};
use crate::model::operation::look::spoken;
use crate::model::safe_text::safe;

/// A line for each.
pub fn table<'a>(known: impl Iterator<Item = &'a Known>, now: Timestamp) -> String {
    let lines: Vec<String> = known.map(|known| line(known, now)).collect();
    if lines.is_empty() { "nothing was done from this machine yet\n".to_owned() } else { lines.concat() }
}

fn line(known: &Known, now: Timestamp) -> String {
    let operation = &known.operation;
    let plan = operation.plan();
    let tally = operation.tally();
    let ago = Age::of(operation.planned_at(), now);
    let taken = spoken(operation.timing(now).taken);
    let line = format!(
        "{}  {:<11}  {}/{} done  {:<9}  {ago} ago, {taken}  {}",
        plan.id,
        known.condition().word(),
        tally.done,
        plan.units.len(),
        carried_on(known.carrier),
        plan.title
    );
    format!("{}\n", safe(&line))
}

/// One in full: its state, and each step with what proves it.
pub fn whole(known: &Known, operations: &Operations) -> String {
    let reader = reader::of_operation(known, operations);
    let trouble = known.operation.trouble().map(|trouble| format!("went wrong: {trouble}"));
    let head = std::iter::once(format!("{}: {}", known.condition().word(), reader.title)).chain(trouble);
    let indented = reader.lines.into_iter().map(|line| match line.tone {
        Tone::Heading | Tone::Remark => line.text,
        Tone::Plain | Tone::Good | Tone::Bad | Tone::Open => format!("  {}", line.text),
    });
    head.chain(indented).map(|line| format!("{}\n", safe(&line))).collect()
}
