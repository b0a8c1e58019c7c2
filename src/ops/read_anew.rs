//! The instances of an environment and what each runs, read now by what reads them for the console: for a look at what
//! became of an action.

use std::sync::Arc;

use super::port::{Ask, Source};
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, EnvironmentKey};
use crate::model::instance::{Instances, Versions};
use crate::model::sighting::{Identity, Observation, Question, Reading, Scope, Sighting};

/// What was read.
pub(super) struct ReadAnew {
    /// What the listing says of the environment.
    pub identity: Box<Identity>,
    /// Its instances.
    pub instances: Instances,
    /// What each says that it runs, where they are asked.
    pub versions: Option<Arc<Versions>>,
}

/// Reads it. The source is listed first, so it must be nobody else's. None: no listing holds the environment.
///
/// # Errors
/// When part of it cannot be read.
pub(super) async fn read_anew(source: &dyn Source, connection: Connection, key: &EnvironmentKey) -> Result<Option<ReadAnew>, Fault> {
    let scope = Arc::new(Scope { platform: key.platform, connection, region: key.region.clone() });
    let read = |ask| source.read(Arc::clone(&scope), ask);
    let listed = seen(read(Ask::Listing).await)?;
    let Some(identity) = reading(&listed, key).and_then(|reading| reading.identity.clone()) else { return Ok(None) };
    let told = seen(read(Ask::Instances(key.clone())).await)?;
    let Some(instances) = reading(&told, key).and_then(|reading| reading.instances.clone()) else {
        return Err(Fault::new(FaultKind::Malformed, format!("the instances of {} were not told", key.name)));
    };
    let versions = if identity.answers.iter().any(|question| question == Question::Versions) {
        let told = seen(read(Ask::Versions(key.clone())).await)?;
        reading(&told, key).and_then(|reading| reading.versions.clone())
    } else {
        None
    };
    Ok(Some(ReadAnew { identity, instances, versions }))
}

fn seen(observation: Observation) -> Result<Sighting, Fault> {
    match observation {
        Observation::Seen(sighting) => Ok(sighting),
        Observation::Failed(failure) => Err(failure.fault),
    }
}

fn reading<'s>(sighting: &'s Sighting, key: &EnvironmentKey) -> Option<&'s Reading> {
    sighting.readings.iter().find(|(other, _)| other == key).map(|(_, reading)| reading)
}
