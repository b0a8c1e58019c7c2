//! An environment that something is done to: what names it, whose credentials act, and who deploys it else.

use super::super::super::state::State;
use crate::model::catalogue::{App, Tier};
use crate::model::environment::Environment;
use crate::model::id::{EnvironmentKey, Platform, Repository};
use crate::model::operation::action::Place;
use crate::model::pipeline::{Overview, Pipeline, Stage};
use crate::model::promotion;
use crate::model::sighting::Question;

/// One environment of Elastic Beanstalk.
pub(super) struct Target<'s> {
    /// What is known of it.
    pub environment: Environment<'s>,
    /// Where actions take place.
    pub place: Place,
    /// What it is for.
    pub tier: Tier,
    /// What is configured for its app.
    pub app: Option<&'s App>,
}

/// Refuses where nothing is written: by a flag, or by the app of one of these; and what is not Elastic Beanstalk's.
///
/// # Errors
/// Why nothing is done.
pub fn may_act(state: &State, environments: &[EnvironmentKey]) -> Result<(), String> {
    may_write(state, environments)?;
    if let Some(other) = environments.iter().find(|key| key.platform != Platform::Beanstalk) {
        return Err(format!("{} is no environment of Elastic Beanstalk: this is done to those alone", other.name));
    }
    Ok(())
}

/// Refuses where nothing is written: by a flag, or by the app of one of these.
///
/// # Errors
/// Why nothing is written.
pub(super) fn may_write(state: &State, environments: &[EnvironmentKey]) -> Result<(), String> {
    if state.read_only {
        return Err("read-only: nothing is changed from here".to_owned());
    }
    let app = |key: &EnvironmentKey| state.fleet.catalogue().app(&state.fleet.get(key)?.app());
    match environments.iter().filter_map(app).find(|app| app.read_only) {
        Some(app) => Err(format!("read-only: nothing of {} is changed from here", app.name)),
        None => Ok(()),
    }
}

impl<'s> Target<'s> {
    /// The environment of this key.
    ///
    /// # Errors
    /// When it cannot be told which one is meant, or by which way it is reached.
    pub fn of(state: &'s State, key: &EnvironmentKey) -> Result<Self, String> {
        let name = name(key);
        let environment = state.fleet.get(key).ok_or_else(|| format!("{name} is not there any more"))?;
        let id = environment.identity().and_then(|identity| identity.platform_id.clone());
        let id = id.ok_or_else(|| format!("the id of {name} is not known: nothing is done to what may be another one of its name"))?;
        let source = environment.source().ok_or_else(|| format!("{name} was not seen yet"))?;
        let connection = Some(source.scope.connection.clone());
        let app = state.fleet.catalogue().app(&environment.app());
        let place = Place { environment: key.clone(), id: Some(id), instance: None, connection };
        Ok(Self { tier: environment.tier(), environment, place, app })
    }

    /// Its key.
    pub const fn key(&self) -> &EnvironmentKey {
        &self.place.environment
    }

    /// Its name and region.
    pub fn name(&self) -> String {
        name(self.key())
    }

    /// Whether it is production, or may be.
    pub const fn is_production(&self) -> bool {
        matches!(self.tier, Tier::Production | Tier::Unknown)
    }

    /// Whose credentials act there.
    pub fn arn(&self, state: &'s State) -> Option<&'s str> {
        arn(state, &self.place)
    }

    /// Where it is, with all that tells it from others.
    pub fn place_in_words(&self) -> String {
        let key = self.key();
        let account = key.account.as_ref().map_or_else(|| "? its account is not known".to_owned(), |account| format!("account {account}"));
        let region = key.region.as_ref().map_or("", |region| region.as_str());
        let id = self.place.id.as_ref().map_or("", |id| id.as_str());
        format!("{account} · {region} · {id} · {} of {}", self.tier, self.environment.app())
    }

    /// What a deploy means there.
    pub fn strategy_in_words(&self) -> String {
        let told = self.environment.strategy();
        match (told.and_then(|told| told.value.sentence()), self.environment.fault_of(Question::Properties)) {
            (Some(sentence), _) => sentence,
            (None, _) if told.is_some() => "? the platform does not tell its deployment policy".to_owned(),
            (None, Some(fault)) => format!("? its deployment policy could not be read: {}", fault.value),
            (None, None) => "? its deployment policy is not read yet".to_owned(),
        }
    }

    /// Whether its deployment policy is still being read.
    pub fn awaits_strategy(&self) -> bool {
        self.environment.strategy().is_none() && self.environment.fault_of(Question::Properties).is_none()
    }
}

/// Whose credentials act in a place.
pub(super) fn arn<'s>(state: &'s State, place: &Place) -> Option<&'s str> {
    let connection = state.reading.connections.get(place.connection.as_ref()?)?;
    connection.identity.as_ref().map(|(_, arn)| &**arn)
}

/// Name and region.
pub(super) fn name(key: &EnvironmentKey) -> String {
    super::super::names(std::slice::from_ref(key))
}

/// Who deploys an environment, beside this console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deployer {
    /// Nobody that is known: its app has no repository, or no workflow that deploys there.
    Nobody,
    /// This workflow.
    Workflow(String),
    /// That is not known, and why.
    Unknown(String),
}

/// Who deploys this environment.
#[must_use]
pub fn deployer(state: &State, key: &EnvironmentKey) -> Deployer {
    let app = state.fleet.get(key).and_then(|environment| state.fleet.catalogue().app(&environment.app()));
    let Some(repository) = app.and_then(|app| app.repository.as_deref()).map(Repository::from) else { return Deployer::Nobody };
    let read = state.github.forge.get(&repository).map(|facts| &facts.overview);
    let Some(overview) = read.and_then(|read| read.value()) else {
        let why = read.and_then(|read| read.fault());
        return Deployer::Unknown(why.map_or_else(|| format!("the workflows of {repository} were not read yet"), ToString::to_string));
    };
    let one = std::slice::from_ref(key);
    let deploys = |stage| !promotion::targets(&[stage], one).0.is_empty();
    let workflow = overview.pipelines.iter().find(|pipeline| pipeline.stages.iter().any(deploys));
    let unknown =
        || may_deploy(overview).or_else(|| Some(format!("the workflows of {repository} could not be read again: {}", read?.fault()?)));
    match workflow {
        Some(pipeline) => Deployer::Workflow(pipeline.name.to_string()),
        None => unknown().map_or(Deployer::Nobody, Deployer::Unknown),
    }
}

/// The GitHub environment of GitHub's own pages, which are no environment of ours (GitHub's documentation, "Using
/// custom workflows with GitHub Pages").
const PAGES: &str = "github-pages";

/// Why it is not known of a repository's workflows that they deploy nowhere but where they say; none where it is.
fn may_deploy(overview: &Overview) -> Option<String> {
    let is_anywhere = |stage: &&Stage| stage.target.is_none() && stage.gate.as_deref() != Some(PAGES);
    let job = overview.pipelines.iter().find_map(|pipeline| Some((pipeline, pipeline.stages.iter().find(is_anywhere)?)));
    let anywhere = |(pipeline, stage): (&Pipeline, &Stage)| {
        format!("where the job {} of the workflow {} deploys to is not known", stage.name, pipeline.name)
    };
    let unread = || overview.unread.first().map(|path| format!("the workflow {path} could not be understood"));
    job.map(anywhere).or_else(unread)
}
