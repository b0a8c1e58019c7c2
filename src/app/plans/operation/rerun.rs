//! Redeploying tagged instances: the workflow of CircleCI that deploys them is run again.

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::judge::{Judged, judge_known, judge_others};
use super::planned;
use super::target::Target;
use super::{Wanted, decision, origin};
use crate::model::circleci::{Deploying, Latest, Status};
use crate::model::compute::TaggedInstances;
use crate::model::environment::Environment;
use crate::model::id::{EnvironmentKey, InstanceId, Platform, Sha};
use crate::model::operation::action::Rerun;
use crate::model::operation::plan::{self, Actor, Origin, Renewal};
use crate::model::promotion::{self, Verdict};

/// What of CircleCI deploys this environment, where somebody said.
#[must_use]
pub fn deploying<'s>(state: &'s State, key: &EnvironmentKey) -> Option<&'s Deploying> {
    declared(state, &state.fleet.get(key)?)?.circleci.as_ref()
}

fn declared<'s>(state: &'s State, environment: &Environment<'_>) -> Option<&'s TaggedInstances> {
    let (key, source) = (environment.key(), environment.source()?);
    let is_its = |one: &&TaggedInstances| {
        let site = &one.site;
        key.platform == Platform::TaggedEc2
            && site.connection == source.scope.connection
            && Some(&site.region) == key.region.as_ref()
            && one.is_called(key.name.as_str())
    };
    state.fleet.catalogue().tagged.iter().find(is_its)
}

/// What has been read of CircleCI for this plan.
enum Read<'s> {
    Latest(&'s Latest),
    /// It is still being read.
    Awaited,
}

/// The dialog. While CircleCI is still being read it says so, and what it then is cannot be begun.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn plan(state: &State, wanted: &Wanted, target: Target<'_>) -> Result<Decision, String> {
    let name = target.name();
    let of = deploying(state, target.key())
        .ok_or_else(|| format!("nobody said what deploys {name}: write circleci in its [[tagged_instances]] section"))?;
    let read = read(state, &target)?;
    let before = instances(&target)?;
    let all = deployed(state, of, target.key());
    let mut judged = Judged::new(target);
    judge_others(state, &mut judged);
    match judged.target.environment.activity().map(|told| told.value) {
        Some(Some(activity)) => judged.refuse(format!("{name} is busy: {}: wait until that is over", activity.kind.phrase())),
        Some(None) => {}
        None => judged.rest(Verdict::Unknown, format!("what goes on in {name} is not known")),
    }
    judge_known(&mut judged);
    barriers(state, &mut judged, &all);
    if let Read::Latest(latest) = &read {
        judge_latest(&mut judged, latest);
        judge_version(state, &mut judged, latest);
    }
    if let Some(refused) = judged.refused {
        return Err(refused);
    }
    let is_awaited = matches!(read, Read::Awaited) || before.is_none();
    let (rerun, commit, actor) = resolved(of, &read);
    let Origin { id, actor: usual, reason, on_failure } = origin(state, &[&judged.target], wanted.tempo.on_failure);
    let origin = Origin { id, actor: Actor { identity: actor.clone(), ..usual }, reason, on_failure };
    // Without the instances of now nobody could tell later which are new: then it is none that could be begun.
    let rerun = if is_awaited { Rerun { workflow: "".into(), ..rerun } } else { rerun };
    let renewal = Renewal { place: judged.target.place.clone(), before: before.clone().unwrap_or_default(), commit };
    let made = plan::rerun(origin, format!("redeploy {name} by CircleCI"), rerun, renewal).map_err(|error| error.to_string())?;
    let undertaking = Undertaking { plan: made, rests_on: judged.rests_on.clone() };
    let is_production = judged.target.is_production() || all.iter().any(|key| is_production(state, key));
    let proof = Proof::of(std::slice::from_ref(judged.target.key()), is_production);
    let mut decision = decision(state, wanted, undertaking, proof).with("where", judged.target.place_in_words(state));
    for (label, text) in described(of, &read, before.as_deref(), &all, judged.target.key()) {
        decision = decision.with(label, text);
    }
    decision.lines.extend(judged.lines.iter().cloned());
    let token = actor.map_or_else(|| "? CircleCI has not told whose token it is".to_owned(), |actor| actor.to_string());
    let mut decision =
        decision.with("as", token).with("then", "followed until the workflow has ended and new instances alone serve what it deployed");
    decision.awaits |= is_awaited;
    decision.remarks = judged.remarks;
    Ok(decision.against(judged.failed))
}

/// What is known of the newest workflow.
fn read<'s>(state: &State, target: &Target<'s>) -> Result<Read<'s>, String> {
    let unknown = |why: &dyn std::fmt::Display| format!("which workflow deployed {} last could not be read: {why}", target.name());
    if let Some(told) = planned::planning(state, &target.environment) {
        return match (&told.value.workflow, &told.value.unread.workflow) {
            (Some(latest), _) => Ok(Read::Latest(latest)),
            (None, Some(fault)) => Err(unknown(fault)),
            (None, None) => Ok(Read::Awaited),
        };
    }
    match target.environment.fault_of(crate::model::sighting::Question::Planning) {
        Some(fault) => Err(unknown(fault.value)),
        None => Ok(Read::Awaited),
    }
}

/// The instances that it has now; none where they are still being read.
fn instances(target: &Target<'_>) -> Result<Option<Vec<InstanceId>>, String> {
    let told = target.environment.instances();
    if let (None, Some(fault)) = (&told, target.environment.fault_of(crate::model::sighting::Question::Instances)) {
        return Err(format!("the instances of {} could not be read, and nobody could tell which are new: {}", target.name(), fault.value));
    }
    Ok(told.map(|told| told.value.each.iter().map(|instance| instance.id.clone()).collect()))
}

/// Every environment that the same workflow deploys.
fn deployed(state: &State, of: &Deploying, key: &EnvironmentKey) -> Vec<EnvironmentKey> {
    let is_its = |environment: &Environment<'_>| {
        environment.key() == *key || declared(state, environment).is_some_and(|one| one.circleci.as_ref() == Some(of))
    };
    state.fleet.environments().filter(|environment| !environment.is_unseen()).filter(is_its).map(|environment| environment.key()).collect()
}

fn is_production(state: &State, key: &EnvironmentKey) -> bool {
    Target::of(state, key).map_or(true, |target| target.is_production())
}

/// The freezes and locks in the way of any of them.
fn barriers(state: &State, judged: &mut Judged<'_>, all: &[EnvironmentKey]) {
    let apps: Vec<_> = all.iter().filter_map(|key| state.fleet.get(key)).map(|environment| environment.app()).collect();
    let aim = promotion::Aim { environments: all, apps: &apps, is_whole: true };
    for check in promotion::barriers(aim, &state.fleet, &state.locks, state.now) {
        judged.rest(check.verdict, check.sentence);
    }
}

fn judge_latest(judged: &mut Judged<'_>, latest: &Latest) {
    let (workflow, number) = (&latest.workflow, latest.pipeline.number);
    let own = Some((number, workflow)).filter(|_| workflow.status.is_live());
    if let Some((number, live)) = own.or_else(|| latest.live.as_ref().map(|(number, live)| (*number, live))) {
        judged.refuse(format!("{} of pipeline {number} {}: wait until it is over", live.name, live.status.phrase()));
    }
    if !matches!(workflow.status, Status::Success) {
        let sentence = format!(
            "{} of pipeline {number} {}: if it fails again, what it has launched may stay beside what serves",
            workflow.name,
            workflow.status.phrase()
        );
        judged.rest(Verdict::Warn, sentence);
    }
}

/// To redeploy is to deploy what runs: another commit wants a reason.
fn judge_version(state: &State, judged: &mut Judged<'_>, latest: &Latest) {
    let name = judged.target.name();
    let environment = judged.target.environment;
    let running = environment.label().and_then(|label| state.fleet.commit_of(&environment.app(), label));
    let (verdict, sentence) = match (running, &latest.pipeline.commit) {
        (Some(running), Some(commit)) if running.agrees_with(commit) => return,
        (Some(running), Some(commit)) => {
            (Verdict::Fail, format!("{name} runs {}, and this deploys another commit: {}", running.short(), commit.short()))
        }
        (_, None) => (Verdict::Unknown, format!("CircleCI does not tell which commit this deploys to {name}")),
        (None, Some(commit)) => (Verdict::Unknown, format!("whether {name} runs what this deploys, {}, is not known", commit.short())),
    };
    judged.rest(verdict, sentence);
}

/// What is run again, on which commit, and with whose token.
fn resolved(of: &Deploying, read: &Read<'_>) -> (Rerun, Option<Sha>, Option<std::sync::Arc<str>>) {
    let Read::Latest(latest) = read else {
        return (Rerun { of: of.clone(), workflow: "".into(), name: "".into(), pipeline: "".into(), number: 0 }, None, None);
    };
    let rerun = Rerun {
        of: of.clone(),
        workflow: std::sync::Arc::clone(&latest.workflow.id),
        name: std::sync::Arc::clone(&latest.workflow.name),
        pipeline: std::sync::Arc::clone(&latest.pipeline.id),
        number: latest.pipeline.number,
    };
    let actor = latest.viewer.as_ref().map(|login| format!("{login} at CircleCI").into());
    (rerun, latest.pipeline.commit.clone(), actor)
}

/// What it resolves to.
fn described(
    of: &Deploying,
    read: &Read<'_>,
    before: Option<&[InstanceId]>,
    all: &[EnvironmentKey],
    key: &EnvironmentKey,
) -> Vec<(&'static str, String)> {
    let mut lines = vec![("project", format!("{} at CircleCI, {}", of.project, of.of.words()))];
    match read {
        Read::Awaited => lines.push(("workflow", "? the newest is being read".to_owned())),
        Read::Latest(latest) => {
            let (workflow, pipeline) = (&latest.workflow, &latest.pipeline);
            let at = workflow.created_at.map_or_else(String::new, |at| format!(", {}", at.strftime("%Y-%m-%d %H:%MZ")));
            let phrase = workflow.status.phrase();
            lines.push(("workflow", format!("{} of pipeline {}, the newest: it {phrase}{at}", workflow.name, pipeline.number)));
            let on = pipeline.tag.as_ref().or(pipeline.branch.as_ref()).map_or_else(String::new, |of| format!(" on {of}"));
            let commit = pipeline.commit.as_ref().map_or_else(|| "? CircleCI does not tell".to_owned(), |sha| sha.short().to_owned());
            lines.push(("commit", format!("{commit}{on}")));
        }
    }
    let ids: Vec<&str> = before.unwrap_or_default().iter().map(InstanceId::as_str).collect();
    let replaced = if before.is_some() { ids.join(", ") } else { "? its instances are being read".to_owned() };
    lines.push(("replaces", replaced));
    let others: Vec<&str> = all.iter().filter(|other| *other != key).map(|other| other.name.as_str()).collect();
    if !others.is_empty() {
        lines.push(("deploys too", others.join(", ")));
    }
    lines.push(("means", "every job of the workflow runs again, on this commit, and new instances take over".to_owned()));
    lines
}
