//! What is told beside the lines of environments: what this console's own operations write there, and the jobs of the
//! runs that deploy to them.
//!
//! Both come and go, so what there is is looked for again whenever something was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::order::FeedId;
use super::panel;
use super::stream::{Fed, Label, Stream};
use super::subject::{Subject, Work};
use crate::app::event::Effect;
use crate::app::operations::{Carrier, Known, Operations};
use crate::app::state::State;
use crate::model::chain;
use crate::model::fleet::Fleet;
use crate::model::forge::Forge;
use crate::model::id::{EnvironmentKey, Repository, RunId};
use crate::model::log::feed::Feed;
use crate::model::operation::evidence::Mark;
use crate::model::operation::fact::Spot;
use crate::model::operation::plan::{Deed, Plan};
use crate::model::run::{Progress, Run};

/// What there is beside the environments of a subject, or what the subject itself is.
#[must_use]
pub fn feeds(state: &State, subject: &Subject) -> Vec<Fed> {
    let own = match &subject.work {
        Some(Work::Run(repository, run)) => Some(jobs(repository.clone(), *run)),
        Some(Work::Operation(id)) => state.operations.get(id).and_then(|known| output(known, None)),
        None => None,
    };
    let operations = || subject.environments.iter().filter_map(|key| output(state.operations.changing(key)?, Some(key)));
    let runs = || subject.environments.iter().filter_map(|key| deploying(&state.fleet, &state.github.forge, key));
    let mut feeds: Vec<Fed> = own.into_iter().chain(operations()).collect();
    for (repository, run) in runs() {
        let fed = jobs(repository, run);
        // One run may deploy to many of them.
        if !feeds.contains(&fed) {
            feeds.push(fed);
        }
    }
    feeds
}

/// Follows what has begun since the stream was opened.
#[must_use]
pub fn complete(state: &mut State) -> Option<Effect> {
    let subject = state.logs.stream.as_ref().filter(|stream| stream.is_followed)?.subject.clone();
    let found = feeds(state, &subject);
    let stream = state.logs.stream.as_mut()?;
    let before = stream.feeds.len();
    for fed in found {
        let _ = add(stream, fed).map(|id| stream.chosen.insert(id));
    }
    (stream.feeds.len() > before).then(|| panel::follow(stream))
}

/// Adds a feed that is not there yet.
pub(super) fn add(stream: &mut Stream, fed: Fed) -> Option<FeedId> {
    if stream.feeds.values().any(|known| known.feed == fed.feed && known.environment == fed.environment) {
        return None;
    }
    let id = FeedId(u32::try_from(stream.feeds.len()).unwrap_or(u32::MAX));
    stream.feeds.insert(id, fed);
    Some(id)
}

/// Whether something that an operation's steps write can be read here.
#[must_use]
pub fn is_heard(operations: &Operations, known: &Known) -> bool {
    known.carrier == Carrier::Here || marks(known.operation.plan(), None).iter().any(|(mark, _)| operations.output(mark).is_some())
}

/// The jobs of a run.
fn jobs(repository: Repository, run: RunId) -> Fed {
    Fed { environment: None, feed: Feed::Jobs { repository, run }, title: None, labels: BTreeMap::new() }
}

/// What an operation's steps write, all of them or those that are about an environment.
fn output(known: &Known, of: Option<&EnvironmentKey>) -> Option<Fed> {
    // What another process carries out only that one hears.
    if of.is_some() && known.carrier != Carrier::Here {
        return None;
    }
    let plan = known.operation.plan();
    let marks = marks(plan, of);
    let labels = marks.iter().map(|(mark, label)| (Arc::clone(&mark.0), label.clone())).collect();
    let title = Some(Arc::clone(&plan.title));
    let feed = Feed::Output { marks: marks.into_iter().map(|(mark, _)| mark).collect() };
    Some(Fed { environment: of.cloned(), feed, title, labels })
}

/// The steps of a plan by the names under which they write, each with what it does and where.
fn marks(plan: &Plan, of: Option<&EnvironmentKey>) -> Vec<(Mark, Label)> {
    let mut marks = Vec::new();
    let mut put = |spot: Spot, deed: &Deed, place: &Arc<str>| {
        if of.is_none_or(|key| deed.place.environment == *key) {
            marks.push((spot.mark(&plan.id), (Arc::from(deed.words()), Arc::clone(place))));
        }
    };
    let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
    for (step, deed) in plan.before.iter().enumerate() {
        put(Spot::Before { step: number(step) }, deed, &"before".into());
    }
    for (unit, parts) in plan.units.iter().enumerate().map(|(unit, parts)| (number(unit), parts)) {
        for (step, part) in parts.steps.iter().enumerate().map(|(step, part)| (number(step), part)) {
            put(Spot::Step { unit, step }, &part.deed, &parts.name);
            for (deed, undo) in part.undo.iter().flat_map(|undo| &undo.deeds).enumerate() {
                put(Spot::Undo { unit, step, deed: number(deed) }, undo, &parts.name);
            }
        }
        for (step, deed) in parts.watch.iter().enumerate() {
            put(Spot::Watch { unit, step: number(step) }, deed, &parts.name);
        }
    }
    marks
}

/// The run that deploys to an environment now: the newest that is at work of the workflow that deploys there. One that
/// waits for somebody deploys nothing yet.
#[must_use]
pub fn deploying(fleet: &Fleet, forge: &Forge, key: &EnvironmentKey) -> Option<(Repository, RunId)> {
    let app = fleet.get(key)?.app();
    let repository = fleet.catalogue().app(&app)?.repository.as_deref().map(Repository::from)?;
    let facts = forge.get(&repository)?;
    let (pipeline, _) = chain::stage_of(&facts.overview.value()?.pipelines, key)?;
    let is_at_work = |run: &&&Run| matches!(run.progress, Progress::InProgress | Progress::Queued);
    // The same file may check pull requests, and then deploys nothing.
    let deploys = |run: &&&Run| run.workflow == pipeline.workflow && !run.event.starts_with("pull_request");
    let known = facts.known_runs();
    let newest = known.iter().filter(deploys).filter(is_at_work).max_by_key(|run| run.number)?;
    Some((repository, newest.id))
}
