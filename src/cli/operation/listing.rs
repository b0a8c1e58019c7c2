//! Operations as text: a table of all, and one in full.

use std::sync::Arc;

use super::document::carried_on;
use super::progress::question;
use crate::app::operations::{Carrier, Known, Operations};
use crate::app::reader::{self, Tone};
use crate::model::clock::{Age, Timestamp};
use crate::model::operation::fact::Spot;
use crate::model::operation::look::spoken;
use crate::model::operation::plan::OperationId;
use crate::model::safe_text::safe;

/// A line for each.
pub fn table<'a>(known: impl Iterator<Item = &'a Known>, now: Timestamp) -> String {
    known.map(|known| line(known, now)).collect()
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

/// What a person is asked, a line each: of which step, and why nobody can tell.
fn questions(known: &Known) -> Vec<String> {
    let asked = known.operation.questions();
    let several = asked.len() > 1;
    let line = |(spot, why): (Spot, Arc<str>)| {
        let step = if several { format!(" (--step {spot})") } else { String::new() };
        format!("{}{step}", question(known, spot, &why))
    };
    asked.into_iter().map(line).collect()
}

/// The commands by which it is carried on, and answered where it asks.
pub fn how_on(id: &OperationId, asks: bool) -> Vec<String> {
    let operations = "quarterdeck operations";
    let answer = asks.then(|| format!("  say what became of it   {operations} answer {id} done|failed|again --reason \"…\""));
    let on = [
        format!("  finish it               {operations} resume {id}"),
        format!("  put it back             {operations} undo {id} --yes"),
        format!("  leave it as it is       {operations} leave {id} --reason \"…\""),
    ];
    answer.into_iter().chain(on).collect()
}

/// One in full: its state, and each step with what proves it.
pub fn whole(known: &Known, operations: &Operations) -> String {
    let reader = reader::of_operation(known, operations);
    let trouble = known.operation.trouble().map(|trouble| format!("went wrong: {trouble}"));
    let found = known.operation.found().map(|found| format!("found: {found}"));
    let head = std::iter::once(format!("{}: {}", known.condition().word(), reader.title)).chain(trouble).chain(found);
    let indented = reader.lines.into_iter().map(|line| match line.tone {
        Tone::Heading | Tone::Remark => line.text,
        Tone::Plain | Tone::Good | Tone::Bad | Tone::Live | Tone::Open => format!("  {}", line.text),
    });
    let lines = head.chain(questions(known)).chain(indented).chain(if_nobody(known));
    lines.map(|line| format!("{}\n", safe(&line))).collect()
}

/// How an operation is carried on that nobody carries on; nothing of any other.
fn if_nobody(known: &Known) -> Vec<String> {
    if known.carrier != Carrier::Nobody || known.operation.is_over() {
        return Vec::new();
    }
    let on = how_on(known.id(), !known.operation.questions().is_empty());
    std::iter::once("nobody carries it on, and what the platform has begun goes on there:".to_owned()).chain(on).collect()
}
