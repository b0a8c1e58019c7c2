//! Elastic Beanstalk.
//!
//! Owns the routing to its operations and what they share: finding the
//! environment that a call names. The operations themselves are in the files
//! beside this one, by subject.

pub mod actions;
pub mod applications;
pub mod configuration;
pub mod environments;
pub mod events;
pub mod health;
pub mod info;
pub mod platforms;
pub mod resources;

use crate::environment::{Environment, Place};
use crate::wire::xml::Xml;
use crate::world::World;

use super::{Answered, Call, Fault};

/// Answers a call.
///
/// # Errors
///
/// What Elastic Beanstalk refuses it with.
pub fn answer(world: &mut World, call: &Call<'_>, xml: &mut Xml) -> Answered {
    match call.operation {
        "DescribeEnvironments" => environments::describe(world, call, xml),
        "DescribeEnvironmentHealth" => health::environment(world, call, xml),
        "DescribeInstancesHealth" => health::instances(world, call, xml),
        "DescribeEvents" => events::describe(world, call, xml),
        "DescribeApplications" => applications::describe(world, call, xml),
        "DescribeApplicationVersions" => applications::versions(world, call, xml),
        "CreateApplicationVersion" => applications::create_version(world, call, xml),
        "CreateStorageLocation" => applications::storage_location(call, xml),
        "DescribeEnvironmentResources" => resources::describe(world, call, xml),
        "DescribeConfigurationSettings" => configuration::settings(world, call, xml),
        "DescribeConfigurationOptions" => configuration::options(world, call, xml),
        "ValidateConfigurationSettings" => configuration::validate(xml),
        "UpdateEnvironment" => actions::update(world, call, xml),
        "AbortEnvironmentUpdate" => actions::abort(world, call),
        "RestartAppServer" => actions::restart(world, call),
        "RebuildEnvironment" => actions::rebuild(world, call),
        "SwapEnvironmentCNAMEs" => actions::swap(world, call),
        "TerminateEnvironment" => actions::terminate(world, call, xml),
        "RequestEnvironmentInfo" => info::request(world, call),
        "RetrieveEnvironmentInfo" => info::retrieve(world, call, xml),
        "ListTagsForResource" => info::tags(world, call, xml),
        "DescribeEnvironmentManagedActions" => info::managed_actions(world, call, xml),
        "DescribeEnvironmentManagedActionHistory" => info::managed_history(world, call),
        "CheckDNSAvailability" => info::dns(world, call, xml),
        "DescribeAccountAttributes" => platforms::account(xml),
        "ListAvailableSolutionStacks" => platforms::stacks(xml),
        "ListPlatformVersions" => platforms::versions(call, xml),
        "ListPlatformBranches" => platforms::branches(xml),
        "DescribePlatformVersion" => platforms::version(call, xml),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// The bucket of an account in a region.
#[must_use]
pub fn bucket(place: &Place) -> String {
    format!("elasticbeanstalk-{}-{}", place.region, place.account)
}

/// The live environment that `EnvironmentName` or `EnvironmentId` names.
///
/// # Errors
///
/// When none is named, or there is none of that name.
pub fn named(world: &World, call: &Call<'_>) -> Result<usize, Fault> {
    let (name, id) = (call.params.get("EnvironmentName"), call.params.get("EnvironmentId"));
    find(world, &call.place, name, id)
}

/// The live environment of a name or an id.
///
/// # Errors
///
/// When none is named, or there is none of that name.
pub fn find(world: &World, place: &Place, name: Option<&str>, id: Option<&str>) -> Result<usize, Fault> {
    if let Some(id) = id {
        let found = world.identified(place, id);
        let live = found.filter(|&slot| world.environments.get(slot).is_some_and(Environment::listed));
        return live.ok_or_else(|| Fault::invalid(format!("No Environment found for EnvironmentId = '{id}'.")));
    }
    let Some(name) = name else {
        return Err(Fault::new(400, "MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."));
    };
    world.named(place, name).ok_or_else(|| Fault::invalid(format!("No Environment found for EnvironmentName = '{name}'.")))
}

/// What is at a slot that was just found.
///
/// # Errors
///
/// Never, for a slot of this world.
pub fn at(world: &World, slot: usize) -> Result<&Environment, Fault> {
    world.environments.get(slot).ok_or_else(|| Fault::new(500, "InternalFailure", "An internal error has occurred."))
}
