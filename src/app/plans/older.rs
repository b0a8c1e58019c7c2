//! Whether what a workflow would deploy is older than what runs: asked for before there is a plan, refused or doubted in it.

use super::super::form::{Form, Purpose};
use super::super::state::State;
use super::dispatch::wanted;
use super::names;
use super::reach::Reach;
use super::{merge, tag};
use crate::model::dispatch::deploying;
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, Sha};
use crate::model::promotion::{self, Shipping, Verdict, older};

/// What has to be compared before it can be said what starting a workflow with what was entered would undo.
#[must_use]
pub fn comparisons(state: &State, form: &Form) -> Vec<Between> {
    let manual = match &form.purpose {
        Purpose::Start(manual) => manual,
        Purpose::Tag(_) => return tag::comparisons(state, form),
        Purpose::Merge(merging) => return merge::comparisons(state, form, merging),
    };
    let facts = state.github.forge.get(&form.repository);
    let Some((facts, overview)) = facts.and_then(|facts| Some((facts, facts.overview.value()?))) else { return Vec::new() };
    let Ok(wanted) = wanted(form, facts) else { return Vec::new() };
    let pipeline = overview.pipelines.iter().find(|pipeline| pipeline.workflow == manual.workflow);
    let (stages, is_known) = pipeline.map_or_else(|| (Vec::new(), false), |pipeline| deploying(pipeline, manual, &form.effective()));
    let reach = Reach::of(state, &form.repository, &stages, is_known);
    wanted.commits.iter().flat_map(|commit| comparisons_of(state, &reach, commit)).collect()
}

/// What has to be compared before it can be said what deploying this commit there would undo.
pub(super) fn comparisons_of(state: &State, reach: &Reach, commit: &Sha) -> Vec<Between> {
    against(state, reach, commit).into_iter().map(|(_, between)| between).collect()
}

/// What has to be compared where this commit goes to these environments: with every version that runs there.
pub(super) fn with_all_that_runs(state: &State, environments: &[EnvironmentKey], commit: &Sha) -> Vec<Between> {
    let running = environments.iter().flat_map(|key| running(state, key));
    running.filter(|base| !base.agrees_with(commit)).map(|base| Between { base, head: commit.clone() }).collect()
}

/// Refuses what would undo commits in an app that never goes back.
pub(super) fn refuse(state: &State, facts: &RepositoryFacts, reach: &Reach, commits: &[Sha]) -> Result<(), String> {
    for (key, between) in commits.iter().flat_map(|commit| against(state, reach, commit)) {
        if older::undoes(facts, &between) && shipping(state, key).older.refusal().is_some() {
            let (new, place) = (between.head.short(), names(std::slice::from_ref(key)));
            return Err(format!("{new} would undo commits that {place} runs: roll forward, U reverts"));
        }
    }
    Ok(())
}

/// What speaks against deploying this commit in the place of what runs: that is newer, or not known.
pub(super) fn doubts(state: &State, facts: &RepositoryFacts, reach: &Reach, commit: &Sha) -> Vec<String> {
    let mut doubts = Vec::new();
    for key in reach.environments.iter().filter(|key| reach.is_production && running(state, key).is_empty()) {
        doubts.push(format!("it is not known what {} runs: this may roll it back", names(std::slice::from_ref(key))));
    }
    for (key, between) in against(state, reach, commit) {
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

fn running(state: &State, key: &EnvironmentKey) -> Vec<Sha> {
    state.fleet.get(key).map(|environment| promotion::running(&environment, &state.fleet)).unwrap_or_default()
}

/// The commit beside each other commit that runs there.
fn against<'r>(state: &State, reach: &'r Reach, commit: &Sha) -> Vec<(&'r EnvironmentKey, Between)> {
    let others = |key: &'r EnvironmentKey| {
        let others = running(state, key).into_iter().filter(|running| !running.agrees_with(commit));
        others.map(move |base| (key, Between { base, head: commit.clone() }))
    };
    reach.environments.iter().flat_map(others).collect()
}

/// How the app of an environment is shipped.
fn shipping(state: &State, key: &EnvironmentKey) -> Shipping {
    let app = state.fleet.get(key).map(|environment| environment.app());
    let app = app.and_then(|app| state.fleet.catalogue().app(&app));
    app.map(|app| app.shipping.clone()).unwrap_or_default()
}
