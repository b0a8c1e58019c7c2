//! Runs on GitHub that deploy to where something is done from here.

use std::sync::Arc;

use super::super::super::state::State;
use super::judge::Judged;
use super::rolling::declared;
use super::target::{Deployer, Target, deployer, deploys};
use crate::model::id::Repository;
use crate::model::operation::action::Action;
use crate::model::promotion::Verdict;
use crate::model::rolling::Rolling;

/// The repository whose workflows may deploy there.
pub(super) fn repository(target: &Target<'_>) -> Option<Repository> {
    target.app?.repository.as_deref().map(Repository::from)
}

/// The workflows that deploy there, as their files tell, beside those that are configured.
fn workflows(state: &State, target: &Target<'_>, configured: &[Arc<str>]) -> Vec<Arc<str>> {
    let facts = repository(target).and_then(|repository| state.github.forge.get(&repository));
    let mut workflows = configured.to_vec();
    for pipeline in facts.and_then(|facts| facts.overview.value()).into_iter().flat_map(|overview| &overview.pipelines) {
        let is_its = pipeline.stages.iter().any(|stage| deploys(state, stage, target.key()));
        if is_its && !workflows.contains(&pipeline.workflow) {
            workflows.push(Arc::clone(&pipeline.workflow));
        }
    }
    workflows
}

/// A run that goes on of a workflow that deploys there, as a sentence begins.
pub(super) fn live_run(state: &State, target: &Target<'_>) -> Option<String> {
    let group = declared(state, target.key(), target.place.connection.as_ref());
    let configured = group.and_then(|group| group.rolling.as_ref()).map(|rolling| rolling.workflows.as_slice());
    let workflows = workflows(state, target, configured.unwrap_or_default());
    let is_of = |run: &str, workflow: &Arc<str>| *run == **workflow || run.rsplit('/').next() == Some(workflow);
    let facts = state.github.forge.get(&repository(target)?)?;
    let mut live = facts.known_runs().into_iter().filter(|run| run.progress.is_live());
    let run = live.find(|run| workflows.iter().any(|workflow| is_of(&run.workflow, workflow)))?;
    Some(format!("run #{} of {} is {}", run.number, run.name, run.progress.word()))
}

/// What no run of GitHub may be at; said where one is, and where nobody can tell.
pub(super) fn quiet(state: &State, judged: &mut Judged<'_>, rolling: &Rolling) -> Option<Action> {
    let repository = repository(&judged.target)?;
    let workflows = workflows(state, &judged.target, &rolling.workflows);
    let is_read = state.github.forge.get(&repository).is_some_and(|facts| facts.overview.value().is_some());
    if let Deployer::Unknown(why) = deployer(state, judged.target.key())
        && (workflows.is_empty() || !is_read)
    {
        let name = judged.target.name();
        judged.rest(Verdict::Unknown, format!("whether a run on GitHub deploys {name} meanwhile cannot be checked: {why}"));
    }
    if let Some(run) = live_run(state, &judged.target) {
        judged.refuse(format!("{run}: wait until it is over, or cancel it"));
    }
    (!workflows.is_empty()).then_some(Action::Quiet { repository, workflows })
}
