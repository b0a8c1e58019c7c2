//! A plan as text and as JSON, and what confirms it.

use serde::Serialize;

use crate::app::decision::{AGREED, Content, Decision, Lacking, Proof};
use crate::app::state::State;
use crate::model::clock::Timestamp;
use crate::model::id::EnvironmentKey;
use crate::model::operation::plan::{Deed, OnFailure, OperationId, Plan, Unit};
use crate::model::promotion::Verdict;
use crate::model::safe_text::{harmless_json, safe};
use crate::ui::chain::verdict as sign;

/// The plan as text: what it resolves to, what was checked, and what confirms it.
pub fn text(decision: &Decision) -> String {
    let mut lines = vec![decision.headline.clone()];
    lines.extend(decision.lines.iter().map(|(label, text)| format!("  {label:<11} {text}")));
    lines.extend(checks(decision).map(|(verdict, sentence)| format!("{} {}: {sentence}", sign(verdict).0, word(verdict))));
    lines.push(format!("confirmed with {}", confirmation(decision)));
    lines.iter().flat_map(|line| [safe(line), "\n".into()]).collect()
}

/// What stands in the way first, then what else was checked.
fn checks(decision: &Decision) -> impl Iterator<Item = (Verdict, &str)> {
    let failed = decision.failed.iter().map(|sentence| (Verdict::Fail, sentence.as_str()));
    failed.chain(decision.remarks.iter().map(|(verdict, sentence)| (*verdict, sentence.as_str())))
}

const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "ok",
        Verdict::Warn => "warning",
        Verdict::Unknown => "unknown",
        Verdict::Fail => "in the way",
    }
}

/// The flags that confirm it.
fn confirmation(decision: &Decision) -> String {
    let proof = match &decision.proof {
        Proof::Yes => "--yes".to_owned(),
        Proof::Typed(typed) if typed == AGREED => "--yes".to_owned(),
        Proof::Typed(typed) => format!("--confirm {typed}"),
    };
    if decision.needs_reason() { format!("{proof} --reason \"…\"") } else { proof }
}

/// What is missing, and which flag says it.
pub fn lacking(lacking: &Lacking) -> String {
    match lacking {
        Lacking::Reason => "a check stands in the way: say why it is done all the same, with --reason".to_owned(),
        Lacking::Yes => "confirm it with --yes".to_owned(),
        Lacking::Proof(wanted) => format!("--yes is not enough here: confirm it with --confirm {wanted}"),
        Lacking::Mismatch(wanted) => format!("--confirm says something else than {wanted}: look at the plan again"),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u8,
    at: Timestamp,
    kind: &'static str,
    title: &'a str,
    /// The operation that goes on; null where a new one is begun.
    resumes: Option<&'a OperationId>,
    confirm: Confirm<'a>,
    needs_reason: bool,
    /// As whom it is written; null where that is not known.
    identity: Option<&'a str>,
    on_failure: &'static str,
    lines: Vec<Line<'a>>,
    checks: Vec<Check<'a>>,
    waves: Vec<Wave<'a>>,
}

/// What confirms it: `yes`, or a `name` or a `count` that has to be given.
#[derive(Serialize)]
struct Confirm<'a> {
    by: &'static str,
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    label: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Check<'a> {
    verdict: &'static str,
    sentence: &'a str,
}

#[derive(Serialize)]
struct Wave<'a> {
    name: &'a str,
    at_once: u32,
    units: Vec<UnitRow<'a>>,
}

#[derive(Serialize)]
struct UnitRow<'a> {
    name: &'a str,
    environment: Option<&'a EnvironmentKey>,
    steps: Vec<String>,
}

/// The word of what a failure does, as the flag has it.
pub const fn on_failure(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Stop => "stop",
        OnFailure::Pause => "ask",
        OnFailure::CarryOn => "carry-on",
    }
}

/// The plan as JSON; none where it is no operation's.
pub fn json(decision: &Decision, state: &State) -> Option<String> {
    let (plan, resumption) = match &decision.content {
        Content::Operation(undertaking) => (&undertaking.plan, None),
        Content::Resumption(resumption) => (&**state.operations.get(&resumption.id)?.operation.plan(), Some(resumption)),
        Content::Write(_) => return None,
    };
    let identity = resumption.map_or(plan.actor.identity.as_deref(), |resumption| resumption.identity.as_deref());
    let is_left = |unit: u32| resumption.is_none_or(|resumption| resumption.left.contains(&unit));
    let document = Document {
        schema: 1,
        at: state.now,
        kind: plan.kind.word(),
        title: &plan.title,
        resumes: resumption.map(|resumption| &resumption.id),
        confirm: confirm(&decision.proof),
        needs_reason: decision.needs_reason(),
        identity,
        on_failure: on_failure(plan.on_failure),
        lines: decision.lines.iter().map(|(label, text)| Line { label, text }).collect(),
        checks: checks(decision).map(|(verdict, sentence)| Check { verdict: verdict_word(verdict), sentence }).collect(),
        waves: waves(plan, &is_left),
    };
    serde_json::to_string_pretty(&document).ok().map(|text| harmless_json(&text) + "\n")
}

fn confirm(proof: &Proof) -> Confirm<'_> {
    match proof {
        Proof::Yes => Confirm { by: "yes", text: None },
        Proof::Typed(typed) if typed == AGREED => Confirm { by: "yes", text: None },
        Proof::Typed(typed) if typed.bytes().all(|byte| byte.is_ascii_digit()) => Confirm { by: "count", text: Some(typed) },
        Proof::Typed(typed) => Confirm { by: "name", text: Some(typed) },
    }
}

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "warn",
        Verdict::Unknown => "unknown",
        Verdict::Fail => "fail",
    }
}

/// The waves, with those of their units that are left.
fn waves<'p>(plan: &'p Plan, is_left: &dyn Fn(u32) -> bool) -> Vec<Wave<'p>> {
    let row = |unit: &'_ Unit| -> Vec<String> { unit.steps.iter().map(|step| Deed::words(&step.deed).into_owned()).collect() };
    let units = |number: u32| {
        let of_wave = (0..).zip(&plan.units).filter(move |(at, unit)| unit.wave == number && is_left(*at));
        of_wave.map(|(_, unit)| UnitRow {
            name: &unit.name,
            environment: unit.steps.first().map(|step| &step.deed.place.environment),
            steps: row(unit),
        })
    };
    let wave = |(number, wave)| {
        let wave: &crate::model::operation::plan::Wave = wave;
        Wave { name: &wave.name, at_once: wave.at_once, units: units(number).collect() }
    };
    (0..).zip(&plan.waves).map(wave).collect()
}
