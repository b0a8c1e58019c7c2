//! What GitHub tells of environments that tags make: what was deployed there last, and whether the pull request of a
//! preview is still open.
//!
//! Pure: from what GitHub told to sightings of [`Question::Record`]. A pipeline that leaves no version on its
//! machines leaves a status on the commit that it deployed.

use std::sync::Arc;

use super::clock::Timestamp;
use super::compute::{Tagged, TaggedInstances};
use super::environment::Environment;
use super::fleet::Fleet;
use super::forge::{Forge, RepositoryFacts, RepositoryInterest};
use super::health::{Health, HealthSource, Level};
use super::id::{EnvironmentKey, Login, PullNumber, Repository, Sha};
use super::record::Answer;
use super::sighting::{Observation, Question, Reading};
use super::version::{Stated, VersionSource};

/// Where a pull request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PullState {
    /// It is open.
    Open,
    /// It was merged.
    Merged,
    /// It was closed and not merged.
    Closed,
    /// GitHub says something this program does not know.
    Unknown,
}

impl PullState {
    /// As a person says it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Closed => "closed",
            Self::Unknown => "in a state that is not known",
        }
    }
}

/// A pull request, asked for by its number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PullRequest {
    /// Its number.
    pub number: PullNumber,
    /// Its title; not yet safe to show.
    pub title: Arc<str>,
    /// Who opened it; none where the account is gone.
    pub author: Option<Login>,
    /// Where it stands.
    pub state: PullState,
    /// The branch that it would merge; not yet safe to show.
    pub branch: Option<Arc<str>>,
    /// Where a person reads it.
    pub url: Option<Arc<str>>,
    /// When it was opened.
    pub created_at: Option<Timestamp>,
    /// When it was merged or closed.
    pub closed_at: Option<Timestamp>,
    /// Of its last commits those on which statuses were left that say "success": what a pipeline has deployed of it.
    pub statuses: Statuses,
}

/// The commits of a branch on which statuses were left that say "success": the newest for each status.
pub type Statuses = Vec<(Arc<str>, Sha)>;

/// What has to be read of GitHub for environments that tags make, and for previews on plain hosts.
pub fn interest(fleet: &Fleet, repository: &Repository, wanted: &mut RepositoryInterest) {
    for environment in ours(fleet, repository) {
        let declared = declared(fleet, &environment);
        let of_branch = declared.filter(|declared| matches!(declared.what, Tagged::One { .. }));
        wanted.statuses |= of_branch.is_some_and(|declared| declared.status.is_some() || declared.frontend_status.is_some());
        wanted.pulls.extend(environment.identity().and_then(|identity| identity.pull));
    }
    wanted.pulls.sort_unstable();
    wanted.pulls.dedup();
}

/// Whether statuses on the commits of a branch are going to tell what runs in an environment that tags make.
#[must_use]
pub fn is_recorded(fleet: &Fleet, environment: &Environment<'_>) -> bool {
    let app = environment.app_ref().and_then(|app| fleet.catalogue().app(app));
    let of_branch = |declared: &TaggedInstances| matches!(declared.what, Tagged::One { .. }) && declared.status.is_some();
    app.is_some_and(|app| app.repository.is_some()) && declared(fleet, environment).is_some_and(of_branch)
}

/// What GitHub's record says of every environment that tags make, and of every preview on a plain host, whose app has this repository.
#[must_use]
pub fn sightings(fleet: &Fleet, forge: &Forge, repository: &Repository) -> Vec<Observation> {
    let Some(facts) = forge.get(repository) else { return Vec::new() };
    let told = ours(fleet, repository).filter_map(|environment| {
        let answer = answer(fleet, &environment, facts);
        let scope = Arc::clone(&environment.source()?.scope);
        Some(answer.observations(&scope, &environment.key()))
    });
    told.flatten().collect()
}

/// The environments that are listed with a pull request or whose declaration names statuses, of apps with this repository.
fn ours<'f>(fleet: &'f Fleet, repository: &Repository) -> impl Iterator<Item = Environment<'f>> {
    let has_it = move |environment: &Environment<'f>| {
        let app = environment.app_ref().and_then(|app| fleet.catalogue().app(app));
        app.is_some_and(|app| app.repository.as_deref() == Some(repository.as_str()))
    };
    let speaks = |environment: &Environment<'f>| {
        let is_preview = environment.identity().is_some_and(|identity| identity.pull.is_some());
        is_preview || declared(fleet, environment).is_some()
    };
    let has_any = !fleet.catalogue().tagged.is_empty() || !fleet.catalogue().hosts.is_empty();
    fleet.environments().filter(move |environment| has_any && speaks(environment) && has_it(environment))
}

/// The declaration of an environment that has one of its own.
fn declared<'f>(fleet: &'f Fleet, environment: &Environment<'f>) -> Option<&'f TaggedInstances> {
    let key: &EnvironmentKey = environment.seen_key()?;
    let scope = &environment.source()?.scope;
    let is_here = |one: &&TaggedInstances| one.site.connection == scope.connection && Some(&one.site.region) == scope.region.as_ref();
    let has_pull = environment.identity().is_some_and(|identity| identity.pull.is_some());
    let is_named = |one: &&TaggedInstances| match &one.what {
        Tagged::One { name, .. } => *name == key.name,
        Tagged::Previews { .. } => has_pull && environment.app_ref() == Some(&one.app),
    };
    fleet.catalogue().tagged.iter().filter(is_here).find(is_named)
}

/// What the record says of one environment, or why it could not be read.
fn answer<'f>(fleet: &Fleet, environment: &Environment<'_>, facts: &'f RepositoryFacts) -> Answer<'f> {
    if let Some(number) = environment.identity().and_then(|identity| identity.pull) {
        let pull = facts.pulls.value().and_then(|pulls| pulls.iter().find(|pull| pull.number == number));
        let status = declared(fleet, environment).and_then(|declared| declared.status.as_ref());
        let told = pull.map(|pull| of_preview(pull, status));
        return Answer { question: Question::Record, told: facts.pulls.stamp().zip(told), failed: facts.pulls.failed() };
    }
    let told = declared(fleet, environment).zip(facts.statuses.value()).map(|(declared, statuses)| of_statuses(declared, statuses));
    Answer { question: Question::Record, told: facts.statuses.stamp().zip(told), failed: facts.statuses.failed() }
}

/// What a status says was deployed of a pull request: its last commit with that status.
fn of_preview(pull: &PullRequest, status: Option<&Arc<str>>) -> Reading {
    let version = status.and_then(|status| deployed(&pull.statuses, status));
    Reading { health: left_over(pull), pull: Some(Arc::new(pull.clone())), version, ..Reading::default() }
}

fn deployed(statuses: &Statuses, context: &Arc<str>) -> Option<Stated> {
    let (_, sha) = statuses.iter().find(|(known, _)| known == context)?;
    Some(Stated::commit(VersionSource::GitHubStatus, sha.clone()))
}

fn of_statuses(declared: &TaggedInstances, statuses: &Statuses) -> Reading {
    let of = |context: &Option<Arc<str>>| deployed(statuses, context.as_ref()?);
    let (version, frontend) = (of(&declared.status), of(&declared.frontend_status));
    let commit = |stated: &Option<Stated>| stated.as_ref()?.sha.clone();
    let skew = commit(&frontend).zip(commit(&version)).and_then(|(web, own)| skew(&web, &own));
    Reading { version, frontend, health: skew, ..Reading::default() }
}

/// The frontend and the rest are deployed one by one, and may be of two commits.
fn skew(frontend: &Sha, own: &Sha) -> Option<Health> {
    let cause = format!("the frontend is of {} and the rest of {}: one of the two was not deployed", frontend.short(), own.short());
    (!frontend.agrees_with(own)).then(|| warning(cause))
}

/// A preview of a pull request that is over serves nobody. It counts only where a listing proves that it is still
/// there: see [`Environment::left_behind_by`].
fn left_over(pull: &PullRequest) -> Option<Health> {
    let is_over = matches!(pull.state, PullState::Merged | PullState::Closed);
    let at = pull.closed_at.map_or_else(String::new, |at| at.strftime(" on %Y-%m-%d at %H:%MZ").to_string());
    is_over.then(|| {
        let sentence = format!("an orphan: pull request {} was {}{at}, and its preview still runs", pull.number, pull.state.word());
        Health { source: HealthSource::PullRequest, ..warning(sentence) }
    })
}

fn warning(cause: String) -> Health {
    Health { level: Level::Warning, word: None, causes: vec![Arc::from(cause)], source: HealthSource::Pipeline }
}
