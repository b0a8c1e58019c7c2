//! Starting a workflow by hand: which one, with which inputs, and what that would deploy and cancel.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::act::Refusal;
use super::super::decision::{Decision, Draft, Proof};
use super::super::form::Form;
use super::super::menu::{Choice, Item, Menu};
use super::super::state::State;
use super::older;
use super::reach::Reach;
use super::run::Met;
use super::{Intent, barred, identity, may_write, names};
use crate::model::dispatch::{Input, InputKind, Manual, deploying};
use crate::model::forge::RepositoryFacts;
use crate::model::id::{EnvironmentKey, Repository, Sha};
use crate::model::pipeline::{Overview, Pipeline, Stage};
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
        return Err("no workflow of its repository can be started by hand (workflow_dispatch)".into());
    }
    let reaches = |manual: &Manual| {
        let stages = stages(overview, manual);
        environment.is_some_and(|key| Reach::of(state, repository, &stages, true).environments.contains(key))
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
        heading: match environment {
            Some(key) => format!("{repository}: workflows deploy {}", names(std::slice::from_ref(key))),
            None => repository.to_string(),
        },
        items: items.into_iter().map(item).collect(),
        at: 0,
        filter: None,
        takes: None,
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
        let reaches = |stage: &&Stage| Reach::of(state, repository, &[stage], true).environments.contains(key);
        let ours: Vec<&Stage> = stages(overview, manual).into_iter().filter(reaches).collect();
        form.suggest(|input| input.kind == InputKind::Tick && ours.iter().any(|stage| stage.condition.asks_for(&input.name)), "true");
    }
    // What is tried before it comes here is what is meant to come here.
    let offered = environment.and_then(|key| state.github.links.get(key)?.link.offered.as_ref());
    if let Some(sha) = offered.and_then(|sha| facts.full(sha)) {
        form.suggest(Input::wants_commit, sha.as_str());
    }
    form
}

/// The dialog that starts a workflow with these inputs.
///
/// # Errors
/// Why it cannot be started so.
pub fn plan(state: &State, form: &Form) -> Result<Decision, String> {
    let repository = &form.repository;
    let manual = form.manual().ok_or("that is no workflow")?;
    may_write(state, repository)?;
    let facts = state.github.forge.get(repository).ok_or("nothing was read of that repository yet")?;
    let overview = facts.overview.value().ok_or("its workflows were not read yet")?;
    is_as_shown(overview, manual)?;
    let (values, effective) = (form.values(), form.effective());
    let pipeline = overview.pipelines.iter().find(|pipeline| pipeline.workflow == manual.workflow);
    let (stages, is_known) = pipeline.map_or_else(|| (Vec::new(), false), |pipeline| deploying(pipeline, manual, &effective));
    let mut reach = Reach::of(state, repository, &stages, is_known);
    let mut wanted = wanted(form, facts)?;
    older::refuse(state, facts, &reach, &wanted.commits)?;
    let unbuilt = wanted.commits.iter().filter(|commit| !is_built(state, facts, overview, commit));
    let unbuilt: Vec<String> =
        unbuilt.map(|commit| format!("no run is known that has built {}, and no environment runs it", commit.short())).collect();
    wanted.doubts.extend(unbuilt);
    let met = Met::of(facts, overview, &manual.workflow, &manual.group);
    let said = said(&values, &effective);
    let draft = Draft {
        repository: repository.clone(),
        write: Write::Dispatch { workflow: Arc::clone(&manual.workflow), branch: Arc::clone(&overview.branch), inputs: values },
        premise: Premise::quiet(met.workflows.clone(), met.runs.iter().copied(), None)
            .at(Arc::clone(&overview.branch), overview.head.clone()),
        commit: wanted.commits.first().cloned(),
        plan: format!("start {} of {repository} on {} with {said} ({})", manual.workflow, overview.branch, names(&reach.environments)),
    };
    let headline = format!("Start {} of {repository} on {}", manual.name, overview.branch);
    let deploys = deploys(pipeline, &stages, &effective, &reach);
    // What does not deploy by a job that is known may still change what runs.
    reach.is_whole &= deploys != Deploys::Unknown;
    reach.is_production |= deploys == Deploys::Unknown;
    let proof = if deploys == Deploys::Nothing { Proof::agreed() } else { reach.proof(file(manual)) };
    let decision = met.said_in(Decision::on(Intent::Dispatch(Box::new(form.clone())), headline, draft, proof));
    let decision = decision.with("inputs", said).with("deploys", deploys.said(&reach)).with("as", identity(state));
    if deploys == Deploys::Nothing {
        return Ok(decision.against(wanted.doubts));
    }
    let decision = barred(state, repository, &reach, decision);
    if deploys == Deploys::Unknown {
        return Ok(decision.against(wanted.doubts));
    }
    let mut failed = reach.doubts(state);
    failed.extend(wanted.doubts);
    if reach.is_production {
        failed.extend(met.doubts(facts));
    }
    for commit in &wanted.commits {
        failed.extend(older::doubts(state, facts, &reach, commit));
    }
    Ok(decision.against(failed))
}

/// Refuses what was filled in for a file that says something else by now: its inputs, or the runs that it cancels.
fn is_as_shown(overview: &Overview, manual: &Manual) -> Result<(), String> {
    match overview.manual.iter().find(|other| other.workflow == manual.workflow) {
        None => Err(format!("{} cannot be started by hand any more", manual.name)),
        Some(now) if now != manual => Err(format!("the file of {} has changed: look at its inputs again", manual.name)),
        Some(_) => Ok(()),
    }
}

/// What a workflow deploys with what was entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deploys {
    /// To places, known or not.
    Places,
    /// It has jobs that deploy, and none of them was asked for.
    Nothing,
    /// It has none that would be known, or something was asked for that none of them knows.
    Unknown,
}

impl Deploys {
    fn said(self, reach: &Reach) -> String {
        match self {
            Self::Places => reach.places(),
            Self::Nothing => "nothing: no job that deploys is ticked".to_owned(),
            Self::Unknown => "? what it does is not known here".to_owned(),
        }
    }
}

fn deploys(pipeline: Option<&Pipeline>, stages: &[&Stage], effective: &BTreeMap<Arc<str>, String>, reach: &Reach) -> Deploys {
    let Some(pipeline) = pipeline else { return Deploys::Unknown };
    if !stages.is_empty() {
        return Deploys::Places;
    }
    // What no deploying job asks for may be for some other job.
    let is_for_others = |(name, value): (&Arc<str>, &String)| {
        !matches!(value.as_str(), "" | "false") && !pipeline.stages.iter().any(|stage| stage.condition.asks_for(name))
    };
    if reach.is_whole && !effective.iter().any(is_for_others) { Deploys::Nothing } else { Deploys::Unknown }
}

/// The inputs as they are sent; what is left out is what the workflow makes of it.
fn said(values: &BTreeMap<Arc<str>, String>, effective: &BTreeMap<Arc<str>, String>) -> String {
    let one = |(name, value): (&Arc<str>, &String)| {
        if values.contains_key(name) { format!("{name}={value}") } else { format!("{name}={value} (its default)") }
    };
    if effective.is_empty() { "none".to_owned() } else { effective.iter().map(one).collect::<Vec<_>>().join(", ") }
}

fn file(manual: &Manual) -> &str {
    manual.workflow.rsplit('/').next().unwrap_or_default()
}

/// The commits that are asked for, and what is doubtful about how.
#[derive(Default)]
pub(super) struct Wanted {
    pub commits: Vec<Sha>,
    doubts: Vec<String>,
}

/// What the inputs that name a commit say.
pub(super) fn wanted(form: &Form, facts: &RepositoryFacts) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let effective = form.effective();
    for input in form.entries.iter().map(|entry| &entry.input).filter(|input| input.wants_commit()) {
        let name = &input.name;
        let Some(text) = effective.get(name) else {
            wanted.doubts.push(format!("{name} is left empty: what is deployed then is not known, it may be older than what runs"));
            continue;
        };
        let lower = name.to_ascii_lowercase();
        let is_hash = ["sha", "commit", "image"].iter().any(|word| lower.contains(word));
        match Sha::new(text) {
            Some(sha) if sha.as_str().len() == 40 => wanted.commits.push(sha),
            // Images may be tagged with short hashes: it can be sent, and it is said.
            Some(sha) => {
                let whole = facts.full(&sha);
                let rest = whole
                    .as_ref()
                    .map_or_else(|| "and no commit that was read begins so".to_owned(), |whole| format!("the whole one is {whole}"));
                wanted.doubts.push(format!("{name} {text} is a short hash: {rest}"));
                wanted.commits.extend(whole);
            }
            None if is_hash => return Err(format!("{name} {text} is no commit's hash: forty hexadecimal digits")),
            // A version by name may be meant.
            None => wanted.doubts.push(format!("what {name} {text} stands for is not known: it may be older than what runs")),
        }
    }
    Ok(wanted)
}

/// Whether a run that deploys when something is pushed went through on it, or an environment runs it.
fn is_built(state: &State, facts: &RepositoryFacts, overview: &Overview, commit: &Sha) -> bool {
    let builds = |workflow: &Arc<str>| overview.pipelines.iter().any(|pipeline| pipeline.on_push && pipeline.workflow == *workflow);
    let passed = |progress| matches!(progress, Progress::Completed(Conclusion::Success) | Progress::Waiting);
    let mut runs = facts.runs.value().into_iter().flatten();
    let by_run = runs.any(|run| &*run.event == "push" && run.head == *commit && builds(&run.workflow) && passed(run.progress));
    by_run || state.fleet.environments().any(|environment| environment.commit().is_some_and(|running| running.agrees_with(commit)))
}
