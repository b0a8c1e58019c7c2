//! The operations that change an environment.
//!
//! Owns the rules of when each is accepted, and the refusals in Elastic
//! Beanstalk's words. What then happens is `motion`'s.

use std::sync::Arc;

use crate::application::Processed;
use crate::environment::{Environment, Name, Status};
use crate::motion::deploy::Order;
use crate::wire::xml::Xml;
use crate::world::World;

use super::super::{Answered, Call, Fault};
use super::configuration::{Wanted, platform};
use super::{at, environments, find, named};

/// Refuses unless the environment is ready.
fn ready(environment: &Environment) -> Result<(), Fault> {
    if environment.status == Status::Ready {
        return Ok(());
    }
    Err(Fault::invalid(format!("Environment named {} is in an invalid state for this operation. Must be Ready.", environment.name)))
}

/// Answers `UpdateEnvironment`: a version or a configuration, never both.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn update(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let params = call.params;
    let slot = named(world, call)?;
    let environment = at(world, slot)?;
    if let Some(app) = params.get("ApplicationName").filter(|app| **app != *environment.app) {
        return Err(Fault::invalid(format!("Environment named {} does not belong to the application '{app}'.", environment.name)));
    }
    let label = params.get("VersionLabel");
    let wanted = Wanted::read(params)?;
    let stack = match params.get("PlatformArn").or(params.get("SolutionStackName")) {
        None => None,
        Some(name) => Some(platform(name, &call.place.region)?),
    };
    if let Some(template) = params.get("TemplateName") {
        let app = &environment.app;
        return Err(Fault::invalid(format!("No Configuration Template named '{app}/{template}' found.")));
    }
    let configures = !wanted.is_empty() || stack.is_some();
    if label.is_some() && configures {
        return Err(Fault::new(
            400,
            "InvalidParameterCombination",
            "You cannot update both the application version and the configuration of an environment in one call.",
        ));
    }
    let order = label.map(|label| order(world, environment, label)).transpose()?;
    ready(environment)?;
    let request: Name = call.request_id.into();
    let mut settings = (*environment.settings).clone();
    wanted.apply(&mut settings)?;
    settings.stack = stack.unwrap_or(settings.stack);
    let replace = wanted.replaces() || stack.is_some();
    if let Some(environment) = world.environments.get_mut(slot)
        && params.has("Description")
    {
        environment.description = params.get("Description").map(Into::into);
        environment.rendered = None;
    }
    match order {
        Some(order) => world.deploy(slot, &order, &request),
        None if configures => world.configure(slot, settings, replace, &request),
        None => {}
    }
    environments::entry(world, slot, xml);
    Ok(())
}

/// What deploying that label means here.
fn order(world: &World, environment: &Environment, label: &str) -> Result<Order, Fault> {
    let site = world.site(&environment.place);
    let app = site.and_then(|site| site.applications.get(&environment.app));
    let version =
        app.and_then(|app| app.version(label)).ok_or_else(|| Fault::invalid(format!("No Application Version named '{label}' found.")))?;
    match version.status {
        Processed::Processed | Processed::Unprocessed => Ok(Order { label: Arc::clone(&version.label), fails_at: version.fails_at }),
        Processed::Processing | Processed::Failed => {
            Err(Fault::invalid(format!("Application version '{label}' is in state {} and cannot be deployed.", version.status.word())))
        }
    }
}

/// Answers `AbortEnvironmentUpdate`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn abort(world: &mut World, call: &Call<'_>) -> Answered {
    let slot = named(world, call)?;
    let environment = at(world, slot)?;
    if environment.status != Status::Updating || !environment.abortable() {
        return Err(Fault::invalid(format!(
            "Environment named {} is in an invalid state for this operation. Must be pending deployment.",
            environment.name
        )));
    }
    world.abort(slot, &call.request_id.into());
    Ok(())
}

/// Answers `RestartAppServer`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn restart(world: &mut World, call: &Call<'_>) -> Answered {
    let slot = named(world, call)?;
    ready(at(world, slot)?)?;
    world.restart(slot, &call.request_id.into());
    Ok(())
}

/// Answers `RebuildEnvironment`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn rebuild(world: &mut World, call: &Call<'_>) -> Answered {
    let slot = named(world, call)?;
    ready(at(world, slot)?)?;
    world.rebuild(slot, &call.request_id.into());
    Ok(())
}

/// Answers `SwapEnvironmentCNAMEs`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn swap(world: &mut World, call: &Call<'_>) -> Answered {
    let params = call.params;
    let one = |which: &str| {
        let name = params.get(&format!("{which}EnvironmentName"));
        let id = params.get(&format!("{which}EnvironmentId"));
        find(world, &call.place, name, id)
    };
    let (source, destination) = (one("Source")?, one("Destination")?);
    if source == destination {
        return Err(Fault::invalid("The source and the destination environment must be different."));
    }
    ready(at(world, source)?)?;
    ready(at(world, destination)?)?;
    world.swap(source, destination, &call.request_id.into());
    Ok(())
}

/// Answers `TerminateEnvironment`.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn terminate(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    let slot = named(world, call)?;
    ready(at(world, slot)?)?;
    world.terminate(slot, &call.request_id.into());
    environments::entry(world, slot, xml);
    Ok(())
}
