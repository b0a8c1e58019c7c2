//! Going on with an operation that was interrupted, or that is paused: what is left of it begins, so that is decided on as
//! an operation is.
//!
//! Where it comes to an early end already, nothing else begins: to go on with that is to stop it, which is one key.

use std::collections::BTreeSet;

use super::super::super::decision::{Decision, Proof, Resumption};
use super::super::super::operations::{Carrier, Condition, Known};
use super::super::super::state::State;
use super::super::Intent;
use super::{first_of, target};
use crate::model::catalogue::Tier;
use crate::model::id::{AppName, EnvironmentKey};
use crate::model::operation::action::Place;
use crate::model::operation::plan::OperationId;
use crate::model::operation::verdict::Standing;
use crate::model::promotion::{self, Aim, Check, Subject, Verdict};

/// So many units are named.
const NAMED: usize = 6;

/// The dialog.
///
/// # Errors
/// Why it does not go on from here.
pub fn plan(state: &State, id: &OperationId) -> Result<Decision, String> {
    let known = state.operations.get(id).ok_or("that operation is not known any more")?;
    may_go_on(state, known)?;
    let title = &known.operation.plan().title;
    let is_interrupted = known.condition() == Condition::Interrupted;
    let left: Vec<u32> = known.operation.units().filter(|unit| is_left(known, *unit)).collect();
    let environments: Vec<EnvironmentKey> = if known.operation.is_halting() { Vec::new() } else { environments(known, &left) };
    let production = environments.iter().any(|key| is_production(state, key));
    let proof = if environments.is_empty() { Proof::Yes } else { Proof::of(&environments, production) };
    let (mut rests_on, mut failed, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    for check in barriers(state, &environments) {
        rests_on.push(check.sentence.clone());
        match check.verdict.counted(production) {
            Verdict::Fail => failed.push(check.sentence),
            Verdict::Warn | Verdict::Unknown | Verdict::Pass => remarks.push((check.verdict, check.sentence)),
        }
    }
    if known.operation.is_halting() {
        remarks.extend(not_put_back(state, known).map(|why| (Verdict::Warn, why)));
    } else if let Err(why) = may_write(state, known, &left) {
        failed.push(format!("{why}: what is left to be sent is refused; put that back, or leave it and plan it anew"));
    }
    let headline = format!("{} {title}", if is_interrupted { "Finish:" } else { "Go on with:" });
    let identity = Some(identities(state, known, &left)).filter(|arns| !arns.is_empty());
    let content = Resumption { id: id.clone(), left: left.clone(), environments, identity, rests_on };
    let mut decision = Decision::on(Intent::CarryOn(id.clone()), headline, content, proof)
        .with("left", named(known, &left))
        .with("first", "what has begun is looked at; what is proven to have begun is not begun again");
    if known.operation.is_halting() {
        decision =
            decision.with("means", "it comes to an early end: what has begun is followed to its end or put back, nothing else begins");
    }
    if let Some(trouble) = known.operation.trouble() {
        decision = decision.with("so far", trouble);
    }
    decision = decision.with("as", super::known_identities(places(known, &left).filter_map(|place| target::actor_in_words(state, place))));
    decision.remarks = remarks;
    Ok(decision.against(failed))
}

/// Refuses where nothing is changed from here, and what others carry on or has ended.
///
/// # Errors
/// Why nothing is wanted of it from here.
pub fn may_change(state: &State, known: &Known) -> Result<(), String> {
    let environments: Vec<EnvironmentKey> = known.operation.plan().environments().into_iter().collect();
    target::may_act(state, &environments)?;
    match known.condition() {
        Condition::Over(_) => Err("the operation has ended".to_owned()),
        _ if known.carrier == Carrier::Elsewhere => Err("another Quarterdeck on this machine carries it on: do that there".to_owned()),
        _ => Ok(()),
    }
}

fn may_go_on(state: &State, known: &Known) -> Result<(), String> {
    may_change(state, known)?;
    if known.condition() != Condition::Interrupted && known.operation.pause().is_none() {
        return Err("it was not interrupted and is not paused: it goes on by itself".to_owned());
    }
    Ok(())
}

/// Whether something of a unit may still begin, or has begun and not ended.
fn is_left(known: &Known, unit: u32) -> bool {
    match known.operation.standing(unit) {
        Standing::Waiting | Standing::Underway(_) | Standing::Baking | Standing::PuttingBack(_) | Standing::Asks(_) => true,
        Standing::Done | Standing::Failed { .. } | Standing::Stopped(_) | Standing::Skipped { .. } => false,
    }
}

/// The environments of these units, each once.
fn environments(known: &Known, units: &[u32]) -> Vec<EnvironmentKey> {
    let steps = units.iter().filter_map(|unit| known.operation.unit(*unit)).flat_map(|unit| &unit.steps);
    let all: BTreeSet<&EnvironmentKey> = steps.filter(|step| step.deed.writes()).flat_map(|step| step.deed.environments()).collect();
    all.into_iter().cloned().collect()
}

/// Whether it is production, or may be: so is what is not seen any more.
fn is_production(state: &State, key: &EnvironmentKey) -> bool {
    state.fleet.get(key).is_none_or(|environment| matches!(environment.tier(), Tier::Production | Tier::Unknown))
}

/// The freezes and locks in the way of what begins there.
fn barriers(state: &State, environments: &[EnvironmentKey]) -> Vec<Check> {
    if environments.is_empty() {
        return Vec::new();
    }
    let apps: BTreeSet<AppName> = environments.iter().filter_map(|key| Some(state.fleet.get(key)?.app())).collect();
    let apps: Vec<AppName> = apps.into_iter().collect();
    let mut checks = promotion::barriers(Aim { environments, apps: &apps, is_whole: true }, &state.fleet, &state.locks, state.now);
    // A freeze may be of one app, and whose app it is only a listing tells.
    if !state.fleet.catalogue().freezes.is_empty() {
        checks.extend(environments.iter().filter(|key| state.fleet.get(key).is_none()).map(unseen));
    }
    checks
}

fn unseen(key: &EnvironmentKey) -> Check {
    let sentence = format!("whether {} is frozen is not known: it is not seen", target::name(key));
    Check { subject: Subject::Freeze, verdict: Verdict::Unknown, sentence }
}

fn named(known: &Known, units: &[u32]) -> String {
    let names: Vec<String> = units.iter().filter_map(|unit| Some(known.operation.unit(*unit)?.name.to_string())).collect();
    let all = known.operation.plan().units.len();
    if names.is_empty() { format!("none of {all}") } else { format!("{} of {all}: {}", names.len(), first_of(&names, NAMED)) }
}

/// As whom it goes on: whose credentials act now in these places, whoever began it.
fn identities(state: &State, known: &Known, units: &[u32]) -> String {
    super::each_once(places(known, units).filter_map(|place| target::actor(state, place)))
}

/// Where these units do something.
fn places<'k>(known: &'k Known, units: &'k [u32]) -> impl Iterator<Item = &'k Place> {
    let steps = units.iter().filter_map(|unit| known.operation.unit(*unit)).flat_map(|unit| &unit.steps);
    steps.map(|step| &step.deed.place)
}

/// Why what is half done cannot be put back; none where it can, or where nothing has to be. No reason not to stop: what
/// has begun is followed to its end all the same.
#[must_use]
pub fn not_put_back(state: &State, known: &Known) -> Option<String> {
    let operation = &known.operation;
    let is_begun = |unit: &u32| is_left(known, *unit) && !matches!(operation.standing(*unit), Standing::Waiting);
    let steps = operation.units().filter(is_begun).filter_map(|unit| operation.unit(unit)).flat_map(|unit| &unit.steps);
    let deeds = steps.filter_map(|step| step.undo.as_ref()).flat_map(|undo| &undo.deeds);
    let why = deeds.filter(|deed| deed.writes()).find_map(|deed| target::may_still_write(state, &deed.place).err())?;
    Some(format!("{why}: what would put back what is half done is refused until that is configured as it was"))
}

/// Whether those are still named to write there who are in the plan.
fn may_write(state: &State, known: &Known, units: &[u32]) -> Result<(), String> {
    places(known, units).try_for_each(|place| target::may_still_write(state, place))
}

#[cfg(test)]
#[path = "carry_on_tests.rs"]
mod tests;
