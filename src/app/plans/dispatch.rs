//! Starting a workflow by hand: which one, with which inputs, and what that would deploy and cancel.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::act::Refusal;
use super::super::decision::{Decision, Draft, Proof};
use super::super::form::Form;
use super::super::menu::{Choice, Item, Menu};
use super::super::state::State;
use super::run::meeting;
use super::{Reach, barred, deployed_to, identity, is_production, may_write, names};
use crate::model::dispatch::{InputKind, Manual, deploying, fates, rivals};
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, Repository, Sha};
use crate::model::pipeline::{Overview, Stage};
use crate::model::promotion::{self, Shipping, Verdict, older};
use crate::model::run::{Conclusion, Progress};
use crate::model::write::{Premise, Write};

/// The workflows of a repository that a person can start: those that deploy to this environment first.
///
/// # Errors
/// Why there is none.
pub fn menu(state: &State, repository: &Repository, environment: Option<&EnvironmentKey>) -> Result<Menu, Refusal> {
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let overview = facts.overview.value().ok_or("its workflows were not read yet")?;
    if overview.manual.is_empty() {
        return Err("no workflow of its repository can be started by hand (workflow_dispatch)");
    }
    let reaches = |manual: &Manual| {
        let stages = stages(overview, manual);
        environment.is_some_and(|key| deployed_to(state, repository, &stages).0.contains(key))
    };
    let mut items = overview.manual.clone();
    items.sort_by_key(|manual| (!reaches(manual), stages(overview, manual).is_empty()));
    let item = |manual: Manual| Item {
        name: Arc::clone(&manual.name),
        detail: manual.workflow.rsplit('/').next().unwrap_or_default().into(),
        choice: Choice::Start {
            repository: repository.clone(),
            manual: Box::new(manual),
            environment: environment.cloned(),
            entered: BTreeMap::new(),
        },
    };
    Ok(Menu {
        title: "start which workflow?",
        note: "⏎ its inputs · esc starts nothing",
        heading: repository.to_string(),
        items: items.into_iter().map(item).collect(),
        at: 0,
    })
}

/// Every job of the workflow that deploys.
fn stages<'o>(overview: &'o Overview, manual: &Manual) -> Vec<&'o Stage> {
    let pipeline = overview.pipelines.iter().find(|pipeline| pipeline.workflow == manual.workflow);
    pipeline.into_iter().flat_map(|pipeline| &pipeline.stages).collect()
}

/// A form for this workflow, filled in for the environment that it was opened for.
#[must_use]
pub fn form(state: &State, repository: &Repository, manual: &Manual, environment: Option<&EnvironmentKey>) -> Form {
    let mut form = Form::new(repository.clone(), manual.clone());
    let Some(facts) = state.github.forge.get(repository) else { return form };
    if let (Some(key), Some(overview)) = (environment, facts.overview.value()) {
        let ticked: Vec<&Stage> =
            stages(overview, manual).into_iter().filter(|stage| deployed_to(state, repository, &[stage]).0.contains(key)).collect();
        form.suggest(|input| input.kind == InputKind::Tick && ticked.iter().any(|stage| stage.job == input.name), "true");
    }
    // What is tried before it comes here is what is meant to come here.
    let offered = environment.and_then(|key| state.github.links.get(key)?.link.offered.as_ref());
    if let Some(sha) = offered.and_then(|sha| facts.full(sha)) {
        form.suggest(crate::model::dispatch::Input::wants_commit, sha.as_str());
    }
    form
}

/// The dialog that starts a workflow with these inputs.
///
/// # Errors
/// Why it cannot be started so.
pub fn plan(state: &State, form: &Form) -> Result<Decision, String> {
    let (repository, manual) = (&form.repository, &form.manual);
    may_write(state, repository).map_err(str::to_owned)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let overview = facts.overview.value().ok_or("its workflows were not read yet")?;
    let values = form.values();
    let pipeline = overview.pipelines.iter().find(|pipeline| pipeline.workflow == manual.workflow);
    let stages: Vec<&Stage> = pipeline.map(|pipeline| deploying(pipeline, manual, &values)).unwrap_or_default();
    let (environments, is_whole) = deployed_to(state, repository, &stages);
    let production = is_production(state, &environments) || !is_whole || pipeline.is_none();
    let commit = commit(form, facts)?;
    refuse_older(state, facts, &environments, commit.as_ref())?;
    let rivals = rivals(overview, &manual.workflow, &manual.group);
    let runs = facts.runs.value().map_or(&[][..], Vec::as_slice);
    let said = values.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ");
    let headline = format!("Start {} of {repository} on {}", manual.name, overview.branch);
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Dispatch { workflow: Arc::clone(&manual.workflow), branch: Arc::clone(&overview.branch), inputs: values.clone() },
        premise: Premise::quiet(rivals.clone(), runs, None),
        commit: commit.clone(),
        plan: format!("start {} of {repository} on {} with {said} ({})", manual.workflow, overview.branch, names(&environments)),
    };
    let nothing_ticked = pipeline.is_some() && stages.is_empty();
    let places = match (nothing_ticked, environments.is_empty()) {
        (true, _) => "nothing: no job is ticked".to_owned(),
        (false, true) => "? what it does is not known here".to_owned(),
        (false, false) if is_whole => names(&environments),
        (false, false) => format!("{}, and ? more", names(&environments)),
    };
    let mut decision = Decision::on("start a workflow", headline, draft, proof(manual, &environments, production && !nothing_ticked));
    decision = decision.with("inputs", if said.is_empty() { "none".to_owned() } else { said }).with("deploys", places);
    decision = meeting(decision, &manual.group, &fates(&manual.group, &rivals, runs)).with("as", identity(state));
    let is_known = nothing_ticked || (is_whole && pipeline.is_some());
    let reach = Reach { repository, environments: &environments, is_whole: is_known, production: production && !nothing_ticked };
    let (decision, mut failed) = barred(state, reach, decision);
    failed.extend(busy(state, &environments));
    failed.extend(commit.iter().flat_map(|commit| doubts(state, facts, overview, &environments, commit)));
    Ok(decision.against(failed))
}

/// The commit that is asked for.
fn commit(form: &Form, facts: &RepositoryFacts) -> Result<Option<Sha>, String> {
    let mut wanting = form.entries.iter().filter(|entry| entry.input.wants_commit()).map(|entry| (entry, entry.text()));
    let Some((entry, text)) = wanting.find(|(_, text)| !text.is_empty()) else { return Ok(None) };
    let named = entry.input.name.to_ascii_lowercase();
    match Sha::new(&text) {
        Some(sha) if sha.as_str().len() == 40 => Ok(Some(sha)),
        Some(sha) => facts.full(&sha).map_or_else(
            || Err(format!("{named} {text} is not a whole hash: forty hexadecimal digits")),
            |full| Err(format!("{named} wants the whole hash: {full}")),
        ),
        // A version by name may be meant: only what is called a hash has to be one.
        None if named.contains("sha") || named.contains("commit") || named.contains("image") => {
            Err(format!("{named} {text} is no commit's hash: forty hexadecimal digits"))
        }
        None => Ok(None),
    }
}

/// Environments that are being changed: the platform would refuse another change.
fn busy(state: &State, environments: &[EnvironmentKey]) -> Vec<String> {
    let activity = |key: &EnvironmentKey| Some(state.fleet.get(key)?.activity()?.value?.kind.phrase());
    let sentence = |key: &EnvironmentKey| Some(format!("{} is {} now", names(std::slice::from_ref(key)), activity(key)?));
    environments.iter().filter_map(sentence).collect()
}

/// What has to be compared before it can be said what starting a workflow with what was entered would undo.
#[must_use]
pub fn comparisons(state: &State, form: &Form) -> Vec<Between> {
    let facts = state.github.forge.get(&form.repository);
    let Some((facts, overview)) = facts.and_then(|facts| Some((facts, facts.overview.value()?))) else { return Vec::new() };
    let Ok(Some(commit)) = commit(form, facts) else { return Vec::new() };
    let pipeline = overview.pipelines.iter().find(|pipeline| pipeline.workflow == form.manual.workflow);
    let stages: Vec<&Stage> = pipeline.map(|pipeline| deploying(pipeline, &form.manual, &form.values())).unwrap_or_default();
    let (environments, _) = deployed_to(state, &form.repository, &stages);
    against(state, &environments, &commit).into_iter().map(|(_, between)| between).collect()
}

fn running(state: &State, key: &EnvironmentKey) -> Vec<Sha> {
    state.fleet.get(key).map(|environment| promotion::running(&environment, &state.fleet)).unwrap_or_default()
}

/// The commit beside each other commit that runs in these environments.
fn against<'e>(state: &State, environments: &'e [EnvironmentKey], commit: &Sha) -> Vec<(&'e EnvironmentKey, Between)> {
    let others = |key: &'e EnvironmentKey| {
        let others = running(state, key).into_iter().filter(|running| !running.agrees_with(commit));
        others.map(move |base| (key, Between { base, head: commit.clone() }))
    };
    environments.iter().flat_map(others).collect()
}

/// How the app of an environment is shipped.
fn shipping(state: &State, key: &EnvironmentKey) -> Shipping {
    let app = state.fleet.get(key).map(|environment| environment.app());
    let app = app.and_then(|app| state.fleet.catalogue().app(&app));
    app.map(|app| app.shipping.clone()).unwrap_or_default()
}

/// Refuses what would undo commits in an app that never goes back.
fn refuse_older(state: &State, facts: &RepositoryFacts, environments: &[EnvironmentKey], commit: Option<&Sha>) -> Result<(), String> {
    for (key, between) in commit.into_iter().flat_map(|commit| against(state, environments, commit)) {
        let shipping = shipping(state, key);
        if older::undoes(facts, &between) && shipping.older.refusal().is_some() {
            let (new, place) = (between.head.short(), names(std::slice::from_ref(key)));
            return Err(format!("{new} would undo commits that {place} runs: roll forward, U reverts"));
        }
    }
    Ok(())
}

/// Why what was asked about when the plan was made is refused by now; none where it is not.
#[must_use]
pub fn refused_since(state: &State, repository: &Repository) -> Option<Refusal> {
    let facts = state.github.forge.get(repository)?;
    let asked = state.github.asked.iter().filter(|(of, _)| of == repository);
    asked.into_iter().find(|(_, between)| older::undoes(facts, between))?;
    let apps = promotion::apps(&state.fleet, repository);
    apps.iter().find_map(|app| state.fleet.catalogue().app(app)?.shipping.older.refusal())
}

/// What speaks against deploying this commit: it was not built, or is older than what runs.
fn doubts(state: &State, facts: &RepositoryFacts, overview: &Overview, environments: &[EnvironmentKey], commit: &Sha) -> Vec<String> {
    let mut doubts = Vec::new();
    if !is_built(state, facts, overview, commit) {
        doubts.push(format!("no run is known that has built {}, and no environment runs it", commit.short()));
    }
    for key in environments.iter().filter(|key| running(state, key).is_empty()) {
        doubts.push(format!("it is not known what {} runs", names(std::slice::from_ref(key))));
    }
    for (key, between) in against(state, environments, commit) {
        let place = names(std::slice::from_ref(key));
        let (new, old) = (between.head.short(), between.base.short());
        if facts.comparisons.get(&between).and_then(|read| read.value()).is_none() {
            doubts.push(format!("how {new} lies to {old} in {place} is not known"));
        }
        let undone = older::undone(facts, &between, &place, &shipping(state, key).migrations);
        doubts.extend(undone.into_iter().filter(|(verdict, _)| *verdict > Verdict::Warn).map(|(_, sentence)| sentence));
    }
    doubts
}

/// Whether a run that deploys when something is pushed went through on it, or an environment runs it.
fn is_built(state: &State, facts: &RepositoryFacts, overview: &Overview, commit: &Sha) -> bool {
    let builds = |workflow: &Arc<str>| overview.pipelines.iter().any(|pipeline| pipeline.on_push && pipeline.workflow == *workflow);
    let passed = |progress| matches!(progress, Progress::Completed(Conclusion::Success) | Progress::Waiting);
    let mut runs = facts.runs.value().into_iter().flatten();
    let by_run = runs.any(|run| &*run.event == "push" && run.head == *commit && builds(&run.workflow) && passed(run.progress));
    by_run || state.fleet.environments().any(|environment| environment.commit().is_some_and(|running| running.agrees_with(commit)))
}

/// Where it deploys to may not be known: then the workflow's file is typed.
fn proof(manual: &Manual, environments: &[EnvironmentKey], production: bool) -> Proof {
    if environments.is_empty() && production {
        let file = manual.workflow.rsplit('/').next().unwrap_or_default();
        return Proof::Typed(file.to_owned());
    }
    Proof::of(environments, production)
}
