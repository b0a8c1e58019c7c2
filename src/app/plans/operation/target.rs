//! An environment that something is done to: what names it, whose credentials act, and who deploys it else.

use super::super::super::accounts::Names;
use super::super::super::state::State;
use crate::model::account::{WayIn, Writer};
use crate::model::catalogue::{App, Tier};
use crate::model::compute::TargetGroups;
use crate::model::environment::Environment;
use crate::model::id::{AccountId, Connection, EnvironmentKey, Platform, Repository};
use crate::model::operation::action::Place;
use crate::model::pipeline::{Overview, Pipeline, Stage};
use crate::model::promotion;
use crate::model::sighting::Question;

/// One environment.
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

/// Refuses where nothing is written: by a flag, or by the app of one of these. Of what is not seen nobody can tell whose
/// app it is: as long as any is read-only, it may be that one's.
///
/// # Errors
/// Why nothing is done.
pub fn may_act(state: &State, environments: &[EnvironmentKey]) -> Result<(), String> {
    if state.read_only {
        return Err("read-only: nothing is changed from here".to_owned());
    }
    let catalogue = state.fleet.catalogue();
    let any = catalogue.apps.iter().find(|app| app.read_only);
    for key in environments {
        match (state.fleet.get(key), any) {
            (Some(environment), _) => {
                if let Some(app) = catalogue.app(&environment.app()).filter(|app| app.read_only) {
                    return Err(format!("read-only: nothing of {} is changed from here", app.name));
                }
            }
            (None, Some(app)) => {
                return Err(format!(
                    "read-only: nothing of {} is changed from here, and whether {} is of it is not known: it is not seen",
                    app.name,
                    name(key)
                ));
            }
            (None, None) => {}
        }
    }
    Ok(())
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
        if id.is_none() && matches!(key.platform, Platform::Beanstalk | Platform::TargetGroup) {
            return Err(format!("the id of {name} is not known: nothing is done to what may be another one of its name"));
        }
        let source = environment.source().ok_or_else(|| format!("{name} was not seen yet"))?;
        let connection = source.scope.connection.clone();
        let app = state.fleet.catalogue().app(&environment.app());
        // Plain hosts are logged in to: nobody's credentials for AWS are needed.
        let writer = writer(state, &connection).filter(|_| key.platform != Platform::Host);
        if let Some(writer) = &writer {
            writer.may_write(&name, key.account.as_ref())?;
        }
        let place = Place { environment: key.clone(), id, instance: None, connection: Some(connection), writer };
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

    /// Who acts there.
    pub fn actor(&self, state: &State) -> Option<String> {
        actor(state, &self.place)
    }

    /// The same, as the plan says it.
    pub fn actor_in_words(&self, state: &State) -> Option<String> {
        actor_in_words(state, &self.place)
    }

    /// Where it is, with all that tells it from others.
    pub fn place_in_words(&self, state: &State) -> String {
        let (key, names) = (self.key(), Names::of(state));
        let known = |account: &AccountId| format!("account {}", names.full(account));
        let account = key.account.as_ref().map_or_else(|| "? its account is not known".to_owned(), known);
        let region = key.region.as_ref().map_or("", |region| region.as_str());
        // Of a target group's ARN only its end is not said already.
        let id = self.place.id.as_ref().map(|id| id.as_str().rsplit_once(':').map_or(id.as_str(), |(_, end)| end));
        let id = id.map_or_else(String::new, |id| format!("{id} · "));
        format!("{account} · {region} · {id}{} of {}", self.tier, self.environment.app())
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

/// Who acts in a place: who was named to write there, else whose credentials read it.
pub(super) fn actor(state: &State, place: &Place) -> Option<String> {
    place.writer.as_ref().map_or_else(|| arn(state, place).map(str::to_owned), |writer| Some(writer.to_string()))
}

/// The same, as a plan says it.
pub(super) fn actor_in_words(state: &State, place: &Place) -> Option<String> {
    let Some(writer) = &place.writer else { return arn(state, place).map(str::to_owned) };
    let read = arn(state, place).map_or_else(String::new, |arn| format!(" (looked at as {arn})"));
    Some(format!("written with {writer}{read}"))
}

/// Whose credentials read a place.
fn arn<'s>(state: &'s State, place: &Place) -> Option<&'s str> {
    let connection = state.reading.connections.get(place.connection.as_ref()?)?;
    connection.identity.as_ref().map(|(_, arn)| &**arn)
}

/// Who writes through a way in, where that is another than who reads.
fn writer(state: &State, connection: &Connection) -> Option<Writer> {
    state.fleet.catalogue().way_in(connection).and_then(WayIn::writer)
}

/// Refuses a place where another writes now than the plan of it says.
///
/// # Errors
/// What the plan says, and what is configured.
pub(super) fn may_still_write(state: &State, place: &Place) -> Result<(), String> {
    let Some(connection) = place.connection.as_ref().filter(|_| place.environment.platform != Platform::Host) else { return Ok(()) };
    let now = writer(state, connection);
    if now == place.writer {
        return Ok(());
    }
    let word = |writer: &Option<Writer>| writer.as_ref().map_or_else(|| "who reads it".to_owned(), Writer::to_string);
    Err(format!(
        "its plan says that {} is written by {}, and the configuration of {connection} says {} now",
        name(&place.environment),
        word(&place.writer),
        word(&now)
    ))
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
    let workflow = overview.pipelines.iter().find(|pipeline| pipeline.stages.iter().any(|stage| deploys(state, stage, key)));
    let unknown = || {
        may_deploy(state, overview).or_else(|| Some(format!("the workflows of {repository} could not be read again: {}", read?.fault()?)))
    };
    match workflow {
        Some(pipeline) => Deployer::Workflow(pipeline.name.to_string()),
        None => unknown().map_or(Deployer::Nobody, Deployer::Unknown),
    }
}

/// The workflow that deploys this environment, with what was read of its repository.
pub(super) fn pipeline<'s>(state: &'s State, key: &EnvironmentKey) -> Option<(Repository, &'s Overview, &'s Pipeline)> {
    let app = state.fleet.get(key).and_then(|environment| state.fleet.catalogue().app(&environment.app()))?;
    let repository = app.repository.as_deref().map(Repository::from)?;
    let overview = state.github.forge.get(&repository)?.overview.value()?;
    let found = overview.pipelines.iter().find(|pipeline| pipeline.stages.iter().any(|stage| deploys(state, stage, key)))?;
    Some((repository, overview, found))
}

/// The GitHub environment of GitHub's own pages, which are no environment of ours (GitHub's documentation, "Using
/// custom workflows with GitHub Pages").
const PAGES: &str = "github-pages";

/// Why it is not known of a repository's workflows that they deploy nowhere but where they say; none where it is.
fn may_deploy(state: &State, overview: &Overview) -> Option<String> {
    let is_known = |stage: &Stage| {
        let is_ours = |environment: Environment<'_>| deploys(state, stage, &environment.key());
        stage.target.is_some() || stage.gate.as_deref() == Some(PAGES) || state.fleet.environments().any(is_ours)
    };
    let is_anywhere = |stage: &&Stage| !is_known(stage);
    let job = overview.pipelines.iter().find_map(|pipeline| Some((pipeline, pipeline.stages.iter().find(is_anywhere)?)));
    let anywhere = |(pipeline, stage): (&Pipeline, &Stage)| {
        format!("where the job {} of the workflow {} deploys to is not known", stage.name, pipeline.name)
    };
    let unread = || overview.unread.first().map(|path| format!("the workflow {path} could not be understood"));
    job.map(anywhere).or_else(unread)
}

/// Whether a job deploys to this environment, as its file or the name of its GitHub environment tells.
pub(super) fn deploys(state: &State, stage: &Stage, key: &EnvironmentKey) -> bool {
    let named = || {
        let is_its = |group: &&TargetGroups| Some(&group.site.region) == key.region.as_ref() && group.name.matches(key.name.as_str());
        let group = state.fleet.catalogue().target_groups.iter().find(is_its).filter(|_| key.platform == Platform::TargetGroup);
        let environment = group.and_then(|group| group.environment_of(key.name.as_str()));
        environment.is_some() && environment == stage.gate
    };
    !promotion::targets(&[stage], std::slice::from_ref(key)).0.is_empty() || named()
}
