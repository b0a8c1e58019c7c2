//! The plan for several environments: those that something speaks against are left out and named, the rest goes in waves.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::super::accounts::Names;
use super::super::super::decision::{Decision, NEXT_WAVE, Proof, Undertaking, WAVES};
use super::super::super::state::State;
use super::judge::{Judged, judge};
use super::target::{Target, name};
use super::{Deed, Tempo, Wanted, decision, first_of, identity, origin};
use crate::model::id::EnvironmentKey;
use crate::model::operation::look::spoken;
use crate::model::operation::plan::{Aim, OnFailure, Plan, PlanError, Waved, environments, waves};
use crate::model::promotion::Verdict;

/// So many places are named in a line of the plan.
const NAMED: usize = 6;

/// Those that go along, and why the others do not.
struct Sorted<'s> {
    kept: Vec<Judged<'s>>,
    left_out: Vec<(String, String)>,
}

/// The dialog.
///
/// # Errors
/// Why nothing of it can be done.
pub(super) fn plan(state: &State, wanted: &Wanted, keys: &[EnvironmentKey]) -> Result<Decision, String> {
    let sorted = sorted(state, wanted, keys);
    let Sorted { kept, left_out } = &sorted;
    if kept.is_empty() {
        let (_, why) = left_out.first().ok_or("nothing is selected")?;
        return Err(format!("nothing can be done in any of {} environments: {why}", left_out.len()));
    }
    let count = kept.len();
    let counted = if left_out.is_empty() { format!("{count} environments") } else { format!("{count} of {} environments", keys.len()) };
    let plan = operation(state, wanted, &sorted, format!("{} {counted}", wanted.verb())).map_err(|error| error.to_string())?;
    let rests_on = kept.iter().flat_map(|judged| judged.rests_on.iter().cloned()).collect();
    let targets: Vec<&Target<'_>> = kept.iter().map(|judged| &judged.target).collect();
    let places: Vec<EnvironmentKey> = targets.iter().map(|target| target.key().clone()).collect();
    let proof = Proof::of(&places, targets.iter().any(|target| target.is_production()));
    let (order, takes) = (in_order(&plan), time(kept, &plan));
    let mut decision = decision(state, wanted, Undertaking { plan, rests_on }, proof).with("where", regions(state, &targets));
    decision = decision.with(WAVES, order);
    for (label, text) in merged(kept) {
        decision = decision.with(label, text);
    }
    decision = decision.with("takes", takes).with("on failure", failing(wanted.tempo.on_failure));
    decision = decision.with("as", identity(state, &targets));
    for (why, names) in by_reason(left_out) {
        decision = decision.with("left out", format!("{}: {why}", first_of(&names, usize::MAX)));
    }
    let failed = sentences(kept.iter().flat_map(|judged| judged.failed.iter().map(|why| (judged.target.name(), why.clone()))));
    let mut remarks: Vec<(Verdict, String)> = Vec::new();
    // What passed of each of many says nothing.
    for verdict in [Verdict::Fail, Verdict::Unknown, Verdict::Warn] {
        let of_verdict =
            |judged: &Judged<'_>| judged.remarks.iter().filter(|(other, _)| *other == verdict).map(|(_, why)| why.clone()).collect();
        let of_each = kept.iter().map(|judged| (judged.target.name(), of_verdict(judged)));
        let named = of_each.flat_map(|(name, whys): (String, Vec<String>)| whys.into_iter().map(move |why| (name.clone(), why)));
        remarks.extend(sentences(named).into_iter().map(|sentence| (verdict, sentence)));
    }
    decision.remarks = remarks;
    Ok(decision.against(failed))
}

/// Sentences about places, each once, with those that it is true of.
fn sentences(said: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let said: Vec<(String, String)> = said.collect();
    by_reason(&said).into_iter().map(|(why, names)| format!("{}: {why}", first_of(&names, NAMED))).collect()
}

fn sorted<'s>(state: &'s State, wanted: &Wanted, keys: &[EnvironmentKey]) -> Sorted<'s> {
    let mut sorted = Sorted { kept: Vec::new(), left_out: Vec::new() };
    for key in keys {
        let judged = match Target::of(state, key) {
            Ok(target) => judge(state, &wanted.deed, target),
            Err(why) => {
                sorted.left_out.push((name(key), why));
                continue;
            }
        };
        let fails = judged.failed.first().filter(|_| !wanted.tempo.with_failed);
        match judged.refused.as_ref().or(fails) {
            Some(why) => sorted.left_out.push((name(key), why.clone())),
            None => sorted.kept.push(judged),
        }
    }
    // The healthiest first: what is unwell already proves nothing as a canary.
    sorted.kept.sort_by_cached_key(|judged| (judged.target.environment.level().urgency(), judged.target.key().clone()));
    sorted
}

fn operation(state: &State, wanted: &Wanted, sorted: &Sorted<'_>, title: String) -> Result<Plan, PlanError> {
    let Tempo { canary, batch, at_once, bake, on_failure, .. } = wanted.tempo;
    let targets: Vec<&Target<'_>> = sorted.kept.iter().map(|judged| &judged.target).collect();
    let origin = origin(state, &targets, on_failure);
    if !matches!(wanted.deed, Deed::Deploy(_)) {
        return environments(origin, wanted.kind(), title, sorted.kept.iter().filter_map(Judged::aim).collect(), at_once);
    }
    let (production, before): (Vec<&Judged<'_>>, Vec<&Judged<'_>>) = sorted.kept.iter().partition(|judged| judged.target.is_production());
    let aims = |judged: &[&Judged<'_>]| -> Vec<Aim> { judged.iter().filter_map(|judged| judged.aim()).collect() };
    // With one environment of production only, it is its own canary.
    let alone = usize::try_from(canary).unwrap_or(usize::MAX).min(production.len().saturating_sub(1));
    let (canaries, rest) = production.split_at_checked(alone).unwrap_or((&[], &production));
    let bake = Duration::from_secs(u64::from(bake) * 60);
    let wave = |name: &str, judged: &[&Judged<'_>]| Waved { name: name.into(), aims: aims(judged), at_once, bake };
    let mut all = vec![wave("before production", &before), wave("canary", canaries)];
    let size = if batch == 0 { rest.len() } else { usize::try_from(batch).unwrap_or(usize::MAX) };
    let batches: Vec<&[&Judged<'_>]> = rest.chunks(size.max(1)).collect();
    let is_one = batches.len() == 1;
    all.extend(
        (1..).zip(batches).map(|(number, batch)| wave(&if is_one { "the rest".to_owned() } else { format!("batch {number}") }, batch)),
    );
    waves(origin, title, all)
}

/// How long the health of this wave is watched.
fn watched(plan: &Plan, number: u32) -> Option<Duration> {
    plan.units.iter().filter(|unit| unit.wave == number).flat_map(|unit| &unit.watch).map(|deed| deed.patience).max()
}

/// The waves in their order, with what goes in each.
fn in_order(plan: &Plan) -> String {
    let wave = |(number, wave): (u32, &crate::model::operation::plan::Wave)| {
        let units: Vec<String> = plan.units.iter().filter(|unit| unit.wave == number).map(|unit| unit.name.to_string()).collect();
        let at_once = if units.len() > 1 { format!(", {} at once", wave.at_once) } else { String::new() };
        let baked = watched(plan, number).map_or_else(String::new, |bake| format!(", then {} of watching", spoken(bake)));
        let title = if plan.waves.len() > 1 { format!("{} ", wave.name) } else { String::new() };
        format!("{title}{}{at_once} ({}){baked}", units.len(), first_of(&units, NAMED))
    };
    (0..).zip(&plan.waves).map(wave).collect::<Vec<_>>().join(NEXT_WAVE)
}

/// How many where.
fn regions(state: &State, targets: &[&Target<'_>]) -> String {
    let names = Names::of(state);
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for key in targets.iter().map(|target| target.key()) {
        let account = key.account.as_ref().map_or_else(|| "?".to_owned(), |account| names.full(account));
        *counts.entry((account, key.region.as_ref().map_or_else(String::new, ToString::to_string))).or_default() += 1;
    }
    counts.into_iter().map(|((account, region), count)| format!("{count} in account {account} · {region}")).collect::<Vec<_>>().join(", ")
}

/// So many texts of one label stand below each other; the rest is in the last of them.
const TEXTS: usize = 5;

/// Lines of one label below each other: each text with how many it is true of, what most have first.
fn merged(kept: &[Judged<'_>]) -> Vec<(&'static str, String)> {
    let mut labels: Vec<&'static str> = Vec::new();
    let mut counts: BTreeMap<(&'static str, &str), usize> = BTreeMap::new();
    for (label, text) in kept.iter().flat_map(|judged| &judged.lines) {
        if !labels.contains(label) {
            labels.push(label);
        }
        *counts.entry((*label, text.as_str())).or_default() += 1;
    }
    let lines = |label: &'static str| {
        let mut texts: Vec<(usize, &str)> =
            counts.iter().filter(|((other, _), _)| *other == label).map(|((_, text), count)| (*count, *text)).collect();
        texts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let is_one = texts.len() == 1;
        let mut texts: Vec<String> =
            texts.into_iter().map(|(count, text)| if is_one { text.to_owned() } else { format!("{count}× {text}") }).collect();
        let rest = texts.split_off(texts.len().min(TEXTS - 1));
        texts.extend((!rest.is_empty()).then(|| rest.join("; ")));
        texts.into_iter().map(move |text| (label, text))
    };
    labels.into_iter().flat_map(lines).collect()
}

/// How long it takes, as long as the last ones took.
fn time(kept: &[Judged<'_>], plan: &Plan) -> String {
    let known: Vec<Duration> = kept.iter().filter_map(|judged| judged.took).collect();
    let Some(count) = u32::try_from(known.len()).ok().filter(|count| *count > 0) else {
        let watching: Duration = (0..).zip(&plan.waves).filter_map(|(number, _)| watched(plan, number)).sum();
        let least = if watching.is_zero() { String::new() } else { format!(": {} of watching, and", spoken(watching)) };
        return format!("?{least} how long the last ones took is not known");
    };
    let each = known.iter().sum::<Duration>() / count;
    // The next wave begins when all of the one before are through.
    let of_wave = |number: u32| u32::try_from(plan.units.iter().filter(|unit| unit.wave == number).count()).unwrap_or(u32::MAX);
    let turns: u32 = (0..).zip(&plan.waves).map(|(number, wave)| of_wave(number).div_ceil(wave.at_once.max(1))).sum();
    format!("about {} in all, and the watching between waves: the last ones took {} each", spoken(each * turns), spoken(each))
}

const fn failing(on_failure: OnFailure) -> &'static str {
    match on_failure {
        OnFailure::Stop => "nothing else begins; what has begun is followed to its end",
        OnFailure::Pause => "it pauses: nothing else begins until somebody lets it go on, or stops it",
        OnFailure::CarryOn => "the rest goes on",
    }
}

/// Those that are left out, by why.
fn by_reason(left_out: &[(String, String)]) -> Vec<(String, Vec<String>)> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (name, why) in left_out {
        // Most reasons name the place themselves.
        let why = why.replace(&format!("{name} "), "it ").replace(&format!(" {name}"), "");
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name.clone()),
            None => reasons.push((why, vec![name.clone()])),
        }
    }
    reasons
}
