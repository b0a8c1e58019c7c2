//! Plans of writes: what each resolves to, what stands in its way, and what has to be typed.
//!
//! A plan is made from what is known when its dialog opens, and anew when it is
//! confirmed: if it is another plan by then, it is shown again. Whether it holds
//! is looked at once more, past everything that is kept, right before it is sent.

pub mod dispatch;
pub mod merge;
pub mod migrate;
mod older;
pub mod operation;
mod reach;
mod revert;
mod review;
mod run;
pub mod tag;

pub use older::comparisons;
pub use run::comparisons as comparisons_of_run;

use super::decision::{Content, Decision};
use super::form::{Form, Purpose};
use super::pending::Change;
use super::state::State;
use crate::model::catalogue::App;
use crate::model::clock::Timestamp;
use crate::model::fault::Fault;
use crate::model::forge::RepositoryFacts;
use crate::model::id::{EnvironmentKey, Repository, RunId};
use crate::model::operation::plan::OperationId;
use crate::model::promotion::{self, Aim, Verdict};

/// What a person wants to have done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Intent {
    /// Approve, or reject, the chosen gates of the sheet that is open.
    Review {
        /// Approve.
        approve: bool,
    },
    /// Run the failed jobs of a run once more.
    Rerun(Repository, RunId),
    /// Cancel a run.
    Cancel(Repository, RunId),
    /// Start a workflow with these inputs.
    Dispatch(Box<Form>),
    /// Set a tag, or publish a release, that promotes.
    Tag(Box<Form>),
    /// Merge a pull request, which promotes.
    Merge(Box<Form>),
    /// Have a change taken back by a pull request.
    Revert(Repository, Box<Change>),
    /// Have something done to environments, from here.
    Operate(Box<operation::Wanted>),
    /// Go on with an operation that was interrupted, or is paused.
    CarryOn(OperationId),
}

impl Intent {
    /// What a form was filled in for.
    #[must_use]
    pub fn of(form: Box<Form>) -> Self {
        match &form.purpose {
            Purpose::Start(_) => Self::Dispatch(form),
            Purpose::Tag(_) => Self::Tag(form),
            Purpose::Merge(_) => Self::Merge(form),
        }
    }

    /// What is done, in a word or two: the dialog's title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Review { approve: true } => "approve",
            Self::Review { approve: false } => "reject",
            Self::Rerun(..) => "re-run failed jobs",
            Self::Cancel(..) => "cancel the run",
            Self::Dispatch(_) => "start a workflow",
            Self::Tag(_) => "tag",
            Self::Merge(_) => "merge",
            Self::Revert(..) => "revert",
            Self::Operate(wanted) => wanted.title(),
            Self::CarryOn(_) => "go on",
        }
    }

    /// What the confirmation does, as a hint says it.
    #[must_use]
    pub fn does(&self) -> &'static str {
        match self {
            Self::Review { approve: true } => "approves",
            Self::Review { approve: false } => "rejects",
            Self::Rerun(..) => "runs them again",
            Self::Cancel(..) => "cancels the run",
            Self::Dispatch(_) => "starts it",
            Self::Tag(_) => "sets the tag",
            Self::Merge(_) => "merges",
            Self::Revert(..) => "opens the pull request",
            Self::Operate(wanted) => wanted.does(),
            Self::CarryOn(_) => "goes on",
        }
    }

    /// The form that it was made from, where there was one.
    #[must_use]
    pub fn form(&self) -> Option<&Form> {
        match self {
            Self::Dispatch(form) | Self::Tag(form) | Self::Merge(form) => Some(form),
            Self::Review { .. } | Self::Rerun(..) | Self::Cancel(..) | Self::Revert(..) | Self::Operate(_) | Self::CarryOn(_) => None,
        }
    }

    /// Whether it stops something rather than start it: nothing stands in the way of that.
    const fn stops(&self) -> bool {
        matches!(self, Self::Review { approve: false } | Self::Cancel(..))
    }
}

/// The plan, as things are now.
///
/// # Errors
/// Why it cannot be done.
pub fn plan(state: &State, intent: &Intent) -> Result<Decision, String> {
    let mut decision = match intent {
        Intent::Review { approve } => review::plan(state, *approve),
        Intent::Rerun(repository, run) => run::rerun(state, repository, *run),
        Intent::Cancel(repository, run) => run::cancel(state, repository, *run),
        Intent::Dispatch(form) | Intent::Tag(form) | Intent::Merge(form) => match &form.purpose {
            Purpose::Start(_) => dispatch::plan(state, form),
            Purpose::Tag(tagging) => tag::plan(state, form, tagging),
            Purpose::Merge(merging) => merge::plan(state, form, merging),
        },
        Intent::Revert(repository, change) => revert::plan(state, repository, change),
        Intent::Operate(wanted) => operation::plan(state, wanted),
        Intent::CarryOn(id) => operation::carry_on::plan(state, id),
    }?;
    if !intent.stops() {
        let unresolved = unresolved(state, &decision);
        decision = decision.sealed_against(unresolved);
    }
    Ok(decision)
}

/// What was sent to the same place before, and of which nobody knows whether it was taken.
fn unresolved(state: &State, decision: &Decision) -> Vec<String> {
    let Content::Write(draft) = &decision.content else { return Vec::new() };
    let unclear = state.github.unclear.get(&(draft.repository.clone(), draft.write.place()));
    // A moment, not an age: with each new age it would be another plan.
    let sentence = |(noun, at): &(&'static str, Timestamp)| {
        format!("{noun} that was sent at {} may have been taken: look at GitHub first", at.strftime("%H:%M:%SZ"))
    };
    unclear.map(sentence).into_iter().collect()
}

/// Refuses where nothing is written: by a flag, or by an app of the repository.
///
/// # Errors
/// Why nothing is written.
pub fn may_write(state: &State, repository: &Repository) -> Result<(), &'static str> {
    let of_repository = |app: &&App| app.repository.as_deref() == Some(repository.as_str());
    if state.read_only || state.fleet.catalogue().apps.iter().filter(of_repository).any(|app| app.read_only) {
        return Err("read-only: nothing is changed from here");
    }
    Ok(())
}

/// Environments by name and region.
fn names(environments: &[EnvironmentKey]) -> String {
    let name = |key: &EnvironmentKey| match &key.region {
        Some(region) => format!("{} {region}", key.name),
        None => key.name.to_string(),
    };
    environments.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// What of a repository's runs and workflows could not be read again: anything may go on by now.
fn stale(facts: &RepositoryFacts) -> Vec<String> {
    let of = |what: &str, fault: Option<&Fault>| fault.map(|fault| format!("{what} could not be read again: {fault}"));
    [of("the runs", facts.runs.fault()), of("the workflows", facts.overview.fault())].into_iter().flatten().collect()
}

/// As whom it is written.
fn identity(state: &State) -> String {
    let viewer = state.github.forge.viewer.value();
    viewer.map_or_else(|| "? GitHub has not told whose token it is".to_owned(), |login| format!("@{login} on GitHub"))
}

/// The decision with the freezes that begin soon, and against the freezes and locks that are in its way now.
fn barred(state: &State, repository: &Repository, reach: &reach::Reach, mut decision: Decision) -> Decision {
    let apps = promotion::apps(&state.fleet, repository);
    let aim = Aim { environments: &reach.environments, apps: &apps, is_whole: reach.is_whole };
    let mut failed = Vec::new();
    for check in promotion::barriers(aim, &state.fleet, &state.locks, state.now) {
        match check.verdict.counted(reach.is_production) {
            Verdict::Fail => failed.push(check.sentence),
            Verdict::Warn | Verdict::Unknown => decision = decision.with("▲", check.sentence),
            Verdict::Pass => {}
        }
    }
    decision.against(failed)
}
