//! The Parameter Store: texts by name, of which only the newest version is kept.

use serde_json::json;

use super::super::json::{Answered, seconds};
use super::super::{Call, Fault};
use super::validation;
use crate::compute::parameter::Parameter;
use crate::world::World;

/// How many bytes a parameter of the standard tier has at most.
const LARGEST: usize = 4_096;
/// How many parts a name has at most.
const DEEPEST: usize = 15;

fn name<'a>(call: &Call<'a>) -> Result<&'a str, Fault> {
    call.body.text("Name").ok_or_else(|| validation("1 validation error detected: Value null at 'name' failed to satisfy constraint"))
}

fn missing(name: &str) -> Fault {
    Fault::new(400, "ParameterNotFound", format!("Parameter {name} not found."))
}

/// A name as the Parameter Store takes it: with its parts behind a slash, if it has any.
fn check(name: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        return Err(Fault::new(400, "AccessDeniedException", format!("No access to reserved parameter name: {name}.")));
    }
    if name.is_empty() || !name.chars().all(plain) || name.contains("//") || name.ends_with('/') {
        return Err(validation(
            "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided \
             by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_",
        ));
    }
    if name.contains('/') && !name.starts_with('/') {
        return Err(validation("Parameter name must be a fully qualified name."));
    }
    if name.split('/').count() > DEEPEST + 1 {
        return Err(Fault::new(
            400,
            "HierarchyLevelLimitExceededException",
            format!("The parameter {name} has more levels than the {DEEPEST} that there may be."),
        ));
    }
    Ok(())
}

/// `PutParameter`.
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answered {
    let (name, value) = (name(call)?.to_owned(), call.body.text("Value").unwrap_or("").to_owned());
    check(&name)?;
    if value.is_empty() || value.len() > LARGEST {
        return Err(validation("Standard tier parameters support a maximum parameter value of 4096 characters."));
    }
    let (key, now) = ((call.place.clone(), name), world.now);
    let known = world.compute.parameters.get(&key);
    if known.is_some() && !call.body.flag("Overwrite") {
        let sentence = "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(Fault::new(400, "ParameterAlreadyExists", sentence));
    }
    let kind = call.body.text("Type").map(str::to_owned).or_else(|| known.map(|known| known.kind.clone()));
    let kind = kind.ok_or_else(|| validation("A parameter type is required when you create a parameter."))?;
    let version = known.map_or(1, |known| known.version + 1);
    world.compute.parameters.insert(key, Parameter { kind, value, version, written: now });
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

/// `GetParameter`.
pub(super) fn get(world: &World, call: &Call<'_>) -> Answered {
    let name = name(call)?;
    let found = world.compute.parameters.get(&(call.place.clone(), name.to_owned())).ok_or_else(|| missing(name))?;
    let (account, region) = (&call.place.account, &call.place.region);
    Ok(json!({ "Parameter": {
        "Name": name,
        "Type": found.kind,
        "Value": found.value,
        "Version": found.version,
        "LastModifiedDate": seconds(found.written),
        "ARN": format!("arn:aws:ssm:{region}:{account}:parameter/{}", name.trim_start_matches('/')),
        "DataType": "text",
    } }))
}

/// `DeleteParameter`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answered {
    let name = name(call)?;
    world.compute.parameters.remove(&(call.place.clone(), name.to_owned())).ok_or_else(|| missing(name))?;
    Ok(json!({}))
}
