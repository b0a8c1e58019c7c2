//! What is known of changes, out of all that is read and kept.
//!
//! In which order facts arrived makes no difference to what is collected, but for what only this console has seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::app::operations::{Condition, Known};
use crate::app::state::State;
use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::event::FIRST_WINDOW;
use crate::model::fleet::EVENTS_KEPT;
use crate::model::forge::{LATEST, RepositoryFacts};
use crate::model::id::{EnvironmentKey, Platform, Repository};
use crate::model::operation::verdict::Ending;
use crate::model::record::{Recorded, RecordedState};
use crate::model::run::{Conclusion, Progress, Run};
use crate::model::sighting::{Question, Scope, Source};
use crate::model::timeline::{Entry, Horizon, Kind, Origin, Tone, joined, of_events};

/// What was collected.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Collected {
    /// The changes, each once.
    pub entries: BTreeSet<Entry>,
    /// How far back each source reaches, newest first; only those within what is shown.
    pub horizons: Vec<Horizon>,
    /// What could not be read, in sentences; not yet safe to show.
    pub unread: Vec<String>,
}

/// Every change since then that is known, of these environments; of everything where none is named.
#[must_use]
pub fn collect(state: &State, about: &[EnvironmentKey], since: Timestamp) -> Collected {
    let repositories = repositories(state, about);
    let mut collected = Collected::default();
    for environment in state.fleet.environments().filter(|it| !it.is_unseen() && is_meant(about, &it.key())) {
        of_environment(&environment, since, &mut collected);
    }
    of_scopes(state, about, &mut collected);
    for (repository, facts) in state.github.forge.repositories().filter(|(repository, _)| repositories.contains(*repository)) {
        of_repository(repository, facts, &mut collected);
    }
    of_operations(state, about, &mut collected);
    of_this_console(state, about, &repositories, &mut collected);
    collected.entries.retain(|entry| entry.at >= since);
    collected.horizons.retain(|horizon| horizon.at >= since);
    collected.horizons = joined(collected.horizons);
    collected
}

fn is_meant(about: &[EnvironmentKey], key: &EnvironmentKey) -> bool {
    about.is_empty() || about.contains(key)
}

/// The repositories of the apps of what is meant.
fn repositories(state: &State, about: &[EnvironmentKey]) -> BTreeSet<Repository> {
    let catalogue = state.fleet.catalogue();
    let of_app = |app: &crate::model::catalogue::App| app.repository.as_deref().map(Repository::from);
    if about.is_empty() {
        return catalogue.apps.iter().filter_map(of_app).collect();
    }
    let apps = about.iter().filter_map(|key| catalogue.app(&state.fleet.get(key)?.app()));
    apps.filter_map(of_app).collect()
}

/// What the platform tells of an environment.
fn of_environment(environment: &Environment<'_>, since: Timestamp, collected: &mut Collected) {
    let key = environment.key();
    let entries = of_events(&key, environment.events(), since);
    if environment.events().nth(EVENTS_KEPT - 1).is_some()
        && let Some(oldest) = environment.events().last()
    {
        // More have happened, and only the newest are kept.
        collected.horizons.push(Horizon { at: oldest.at, origin: Origin::Events, of: vec![key.name.as_str().into()] });
    }
    collected.entries.extend(entries);
    // Elastic Beanstalk's events tell of its instances.
    if key.platform == Platform::Beanstalk {
        return;
    }
    for instance in environment.instances().iter().flat_map(|told| &told.value.each) {
        let Some(at) = instance.launched_at else { continue };
        let label = instance.deployment.as_ref().and_then(|deployment| deployment.label.as_ref());
        let runs = label.map(|label| format!("it runs {label} now").into());
        let text = format!("{} was launched", instance.id);
        let entry = Entry::of(at, (Kind::Instance, Origin::Launches), vec![key.clone()], text);
        collected.entries.insert(Entry { detail: runs.into_iter().collect(), ..entry });
    }
}

/// How far back the events of each scope reach, and of which they could not be read.
fn of_scopes(state: &State, about: &[EnvironmentKey], collected: &mut Collected) {
    let listed = state.fleet.environments().filter(|it| is_meant(about, &it.key()));
    let scopes: BTreeSet<&Arc<Scope>> = listed.filter_map(|it| it.source().map(|source| &source.scope)).collect();
    for scope in scopes.into_iter().filter(|scope| scope.platform == Platform::Beanstalk) {
        let name = scope.region.as_ref().map_or_else(|| scope.connection.to_string(), ToString::to_string);
        let source = Source { question: Question::Events, scope: Arc::clone(scope) };
        if let Some((_, fault)) = state.fleet.source(&source).and_then(|known| known.current_fault()) {
            collected.unread.push(format!("{} of {name} cannot be read: {fault}", Origin::Events.word()));
        }
        match state.timeline.seen.first_events().find(|(known, _)| *known == scope) {
            Some((_, first)) => {
                let at = first.checked_sub(FIRST_WINDOW).unwrap_or(first);
                collected.horizons.push(Horizon { at, origin: Origin::Events, of: vec![name.into()] });
            }
            None => collected.unread.push(format!("{} of {name} are not read yet", Origin::Events.word())),
        }
    }
}

/// What GitHub tells of runs and of deployments.
fn of_repository(repository: &Repository, facts: &RepositoryFacts, collected: &mut Collected) {
    match (facts.runs.value(), facts.runs.fault()) {
        (Some(runs), fault) => {
            collected.unread.extend(fault.map(|fault| format!("{} of {repository} cannot be read: {fault}", Origin::Runs.word())));
            let oldest = runs.iter().filter_map(|run| run.created_at).min().filter(|_| runs.len() >= LATEST);
            let horizon = |at| Horizon { at, origin: Origin::Runs, of: vec![repository.as_str().into()] };
            collected.horizons.extend(oldest.map(horizon));
        }
        (None, Some(fault)) => collected.unread.push(format!("{} of {repository} cannot be read: {fault}", Origin::Runs.word())),
        (None, None) => collected.unread.push(format!("{} of {repository} are not read yet", Origin::Runs.word())),
    }
    for run in facts.known_runs().into_iter().filter(|run| deploys(run, facts)) {
        of_run(repository, run, collected);
    }
    for (name, read) in &facts.deployments {
        let recorded = read.value().into_iter().flatten();
        collected.entries.extend(recorded.filter_map(|one| of_deployment(repository, name, one)));
        let oldest = read.value().into_iter().flatten().filter_map(|one| one.created_at).min();
        let of = vec![format!("{name} of {repository}").into()];
        collected.horizons.extend(oldest.map(|at| Horizon { at, origin: Origin::Deployments, of }));
    }
}

/// Whether a run may have changed an environment: its workflow deploys, or somebody started it by hand.
fn deploys(run: &Run, facts: &RepositoryFacts) -> bool {
    let overview = facts.overview.value();
    let of_pipeline = overview.is_some_and(|overview| overview.pipelines.iter().any(|pipeline| pipeline.workflow == run.workflow));
    of_pipeline || run.is_dispatched()
}

fn of_run(repository: &Repository, run: &Run, collected: &mut Collected) {
    let who = run.actor.as_ref().map(|login| login.as_str().into());
    let what = format!("{} #{}", run.name, run.number);
    let on = run.branch.as_ref().map_or_else(String::new, |branch| format!(" on {branch}"));
    let entry = |at, text: String| Entry {
        repository: Some(repository.clone()),
        who: who.clone(),
        detail: vec![
            Arc::clone(&run.title),
            format!("{}{on}, commit {}, by {}, attempt {}", repository, run.head.short(), run.event, run.attempt).into(),
            Arc::clone(&run.url),
        ],
        ..Entry::of(at, (Kind::Run, Origin::Runs), Vec::new(), text)
    };
    if let Some(at) = run.created_at {
        let entry = entry(at, format!("{what} began: {}", run.title));
        collected.entries.insert(entry);
    }
    if let (Progress::Completed(conclusion), Some(at)) = (run.progress, run.updated_at) {
        let tone = match conclusion {
            Conclusion::Success => Tone::Good,
            Conclusion::Failure | Conclusion::TimedOut => Tone::Bad,
            Conclusion::Cancelled => Tone::Warning,
            Conclusion::Skipped | Conclusion::Other => Tone::Plain,
        };
        // Who started it has not ended it.
        let ended = Entry { tone, who: None, ..entry(at, format!("{what} ended: {}", conclusion.word())) };
        collected.entries.insert(ended);
    }
}

fn of_deployment(repository: &Repository, name: &Arc<str>, recorded: &Recorded) -> Option<Entry> {
    let (word, tone) = match recorded.state {
        RecordedState::Success => ("success", Tone::Good),
        RecordedState::Inactive => ("done, and another since", Tone::Plain),
        RecordedState::Pending => ("under way", Tone::Plain),
        RecordedState::Failed => ("failed", Tone::Bad),
        RecordedState::Unknown => ("how it went is not known", Tone::Plain),
    };
    let text = format!("deployment of {} to {name}: {word}", recorded.sha.short());
    let entry = Entry::of(recorded.created_at?, (Kind::Deploy, Origin::Deployments), Vec::new(), text);
    let detail = vec![format!("GitHub's record of {repository}: what was meant, not what runs").into()];
    Some(Entry { repository: Some(repository.clone()), tone, detail, ..entry })
}

/// What operations of this machine have done.
fn of_operations(state: &State, about: &[EnvironmentKey], collected: &mut Collected) {
    collected.unread.extend(state.operations.doubt().map(|why| format!("operations of this machine: {why}")));
    for known in state.operations.in_order().iter().filter_map(|id| state.operations.get(id)) {
        let environments: Vec<EnvironmentKey> = known.operation.plan().environments().into_iter().collect();
        if about.is_empty() || environments.iter().any(|key| about.contains(key)) {
            of_operation(known, &environments, collected);
        }
    }
}

fn of_operation(known: &Known, environments: &[EnvironmentKey], collected: &mut Collected) {
    let plan = known.operation.plan();
    let login = plan.actor.login.as_ref().map(|login| Arc::from(login.as_str()));
    let who = login.or_else(|| plan.actor.identity.clone());
    let reason = plan.reason.as_ref().map(|reason| format!("reason: {reason}").into());
    let entry = |at, text: String| Entry {
        who: who.clone(),
        detail: reason.iter().cloned().chain([format!("operation {}", plan.id).into()]).collect(),
        ..Entry::of(at, (Kind::Operation, Origin::Journals), environments.to_vec(), text)
    };
    collected.entries.insert(entry(known.operation.planned_at(), format!("{} began", plan.title)));
    if let Condition::Over(ending) = known.condition() {
        let tone = match ending {
            Ending::Succeeded => Tone::Good,
            Ending::Failed => Tone::Bad,
            Ending::Refused | Ending::Stopped | Ending::Left => Tone::Warning,
        };
        let trouble = known.operation.trouble().map_or_else(String::new, |trouble| format!(": {trouble}"));
        let ended = entry(known.operation.changed_at(), format!("{}: {ending}{trouble}", plan.title));
        collected.entries.insert(Entry { tone, ..ended });
    }
}

/// What only this console knows: what it has seen, and what was written from it.
fn of_this_console(state: &State, about: &[EnvironmentKey], repositories: &BTreeSet<Repository>, collected: &mut Collected) {
    let known = &state.timeline;
    let seen = known.seen.entries().filter(|entry| about.is_empty() || entry.about.iter().any(|key| about.contains(key)));
    collected.entries.extend(seen.cloned());
    let is_ours =
        |entry: &&Entry| entry.repository.as_ref().is_some_and(|repository| about.is_empty() || repositories.contains(repository));
    collected.entries.extend(known.written().filter(is_ours).cloned());
    let Some(at) = known.since() else { return };
    let sees_any = state.fleet.environments().any(|it| it.key().platform != Platform::Beanstalk && is_meant(about, &it.key()));
    if sees_any {
        collected.horizons.push(Horizon { at, origin: Origin::Seen, of: Vec::new() });
    }
    if !repositories.is_empty() {
        collected.horizons.push(Horizon { at, origin: Origin::Written, of: Vec::new() });
    }
}

/// Whether a change has all these words, in lower case: `!word` is one that it must not have.
#[must_use]
pub fn fits(entry: &Entry, words: &str) -> bool {
    if words.trim().is_empty() {
        return true;
    }
    let names = entry.about.iter().flat_map(|key| [key.name.as_str(), key.region.as_ref().map_or("", |region| region.as_str())]);
    let rest =
        [&*entry.text, entry.who.as_deref().unwrap_or(""), entry.kind.word(), entry.repository.as_ref().map_or("", Repository::as_str)];
    let text = names.chain(rest).collect::<Vec<_>>().join(" ").to_lowercase();
    words.split_whitespace().all(|word| match word.strip_prefix('!').filter(|word| !word.is_empty()) {
        Some(unwanted) => !text.contains(unwanted),
        None => text.contains(word),
    })
}
