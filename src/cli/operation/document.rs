//! Operations as JSON, one or all.

use serde::Serialize;

use super::plan::on_failure;
use crate::app::operations::{Carrier, Known};
use crate::model::clock::Timestamp;
use crate::model::id::EnvironmentKey;
use crate::model::operation::verdict::{PutBack, Standing};
use crate::model::safe_text::harmless_json;

#[derive(Serialize)]
struct One<'a> {
    schema: u8,
    at: Timestamp,
    #[serde(flatten)]
    row: Row<'a>,
}

#[derive(Serialize)]
struct All<'a> {
    schema: u8,
    at: Timestamp,
    operations: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    kind: &'static str,
    title: &'a str,
    state: &'static str,
    carried_on: &'static str,
    planned_at: Timestamp,
    changed_at: Timestamp,
    taken_seconds: u64,
    /// Null where nobody knows.
    left_seconds: Option<u64>,
    identity: Option<&'a str>,
    reason: Option<&'a str>,
    on_failure: &'static str,
    /// The first thing that went wrong.
    trouble: Option<String>,
    /// What the look at its end has found: what the instances run. Null where it ends without one.
    found: Option<&'a str>,
    units: Vec<UnitRow<'a>>,
    questions: Vec<Question<'a>>,
}

#[derive(Serialize)]
struct UnitRow<'a> {
    name: &'a str,
    environment: Option<&'a EnvironmentKey>,
    wave: &'a str,
    state: &'static str,
    /// Why it failed, or was left out.
    why: Option<String>,
    /// Whether what was half done was put back; null where there was nothing to put back.
    put_back: Option<bool>,
    steps_done: u32,
    steps: u32,
    /// Null where it has not begun.
    taken_seconds: Option<u64>,
}

#[derive(Serialize)]
struct Question<'a> {
    unit: Option<&'a str>,
    step: String,
    what: String,
    why: String,
}

/// One operation.
pub fn of(known: &Known, at: Timestamp) -> String {
    written(&One { schema: 1, at, row: row(known, at) })
}

/// All of them.
pub fn all<'a>(known: impl Iterator<Item = &'a Known>, at: Timestamp) -> String {
    written(&All { schema: 1, at, operations: known.map(|known| row(known, at)).collect() })
}

fn written(document: &impl Serialize) -> String {
    serde_json::to_string_pretty(document).map_or_else(|_| String::new(), |text| harmless_json(&text) + "\n")
}

/// The word for who carries it on.
pub const fn carried_on(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Here => "here",
        Carrier::Elsewhere => "elsewhere",
        Carrier::Nobody => "nobody",
    }
}

fn row(known: &Known, at: Timestamp) -> Row<'_> {
    let operation = &known.operation;
    let (plan, timing) = (operation.plan(), operation.timing(at));
    Row {
        id: plan.id.as_str(),
        kind: plan.kind.word(),
        title: &plan.title,
        state: known.condition().word(),
        carried_on: carried_on(known.carrier),
        planned_at: operation.planned_at(),
        changed_at: operation.changed_at(),
        taken_seconds: timing.taken.as_secs(),
        left_seconds: timing.left.map(|left| left.as_secs()),
        identity: plan.actor.identity.as_deref(),
        reason: plan.reason.as_deref(),
        on_failure: on_failure(plan.on_failure),
        trouble: operation.trouble(),
        found: operation.found().map(|found| &**found),
        units: operation.units().filter_map(|unit| unit_row(known, unit, at)).collect(),
        questions: questions(known),
    }
}

fn unit_row(known: &Known, number: u32, at: Timestamp) -> Option<UnitRow<'_>> {
    let operation = &known.operation;
    let unit = operation.unit(number)?;
    let standing = operation.standing(number);
    let (steps_done, steps) = operation.steps_done(number);
    Some(UnitRow {
        name: &unit.name,
        environment: known.environment_of(number),
        wave: operation.plan().waves.get(unit.wave as usize).map_or("", |wave| &*wave.name),
        state: word(&standing),
        why: match &standing {
            Standing::Failed { why, .. } => Some(why.to_string()),
            Standing::Skipped { reason } => Some(reason.to_string()),
            Standing::Stopped(PutBack::Not(not)) => Some(not.to_string()),
            _ => None,
        },
        put_back: match &standing {
            Standing::Failed { put_back, .. } | Standing::Stopped(put_back) => is_back(put_back),
            _ => None,
        },
        steps_done,
        steps,
        taken_seconds: operation.unit_timing(number, at).map(|timing| timing.taken.as_secs()),
    })
}

const fn is_back(put_back: &PutBack) -> Option<bool> {
    match put_back {
        PutBack::NotNeeded => None,
        PutBack::Done => Some(true),
        PutBack::Not(_) => Some(false),
    }
}

const fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Waiting => "not begun",
        Standing::Underway(_) => "under way",
        Standing::Baking => "watched",
        Standing::PuttingBack(_) => "putting back",
        Standing::Asks(_) => "asks you",
        Standing::Done => "done",
        Standing::Failed { .. } => "failed",
        Standing::Stopped(_) => "stopped",
        Standing::Skipped { .. } => "left out",
    }
}

fn questions(known: &Known) -> Vec<Question<'_>> {
    let operation = &known.operation;
    let question = |(spot, why): (crate::model::operation::fact::Spot, std::sync::Arc<str>)| Question {
        unit: spot.unit().and_then(|unit| operation.unit(unit)).map(|unit| &*unit.name),
        step: spot.to_string(),
        what: operation.deed(spot).map(|deed| deed.words().into_owned()).unwrap_or_default(),
        why: why.to_string(),
    };
    operation.questions().into_iter().map(question).collect()
}
