//! What CircleCI tells of the environments of another source, beside what that tells: which workflow deployed last.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::CircleCi;
use crate::model::circleci::{Deploying, Latest};
use crate::model::compute::TaggedInstances;
use crate::model::fault::Fault;
use crate::model::id::EnvironmentKey;
use crate::model::planning::{Planning, Unread};
use crate::model::property::{PropertyKey, Value};
use crate::model::sighting::{Coverage, Observation, Reading, Scope, Sighting};
use crate::ops::port::{Ask, Source, Sweep};

/// A source of tagged instances, and the workflows that deploy them.
pub struct WithWorkflows {
    inner: Arc<dyn Source>,
    circleci: CircleCi,
    declared: Vec<TaggedInstances>,
}

impl WithWorkflows {
    /// This source, with what CircleCI tells of those of its environments that it deploys.
    #[must_use]
    pub fn new(inner: Arc<dyn Source>, circleci: CircleCi, declared: Vec<TaggedInstances>) -> Self {
        Self { inner, circleci, declared }
    }

    fn deploying(&self, scope: &Scope, key: &EnvironmentKey) -> Option<&Deploying> {
        let is_its = |one: &&TaggedInstances| {
            one.site.connection == scope.connection && Some(&one.site.region) == scope.region.as_ref() && one.is_called(key.name.as_str())
        };
        self.declared.iter().find(is_its)?.circleci.as_ref()
    }

    /// Each is told although the other could not be read.
    async fn planning(&self, scope: Arc<Scope>, ask: Ask, key: EnvironmentKey, of: Deploying) -> Observation {
        let told = self.inner.read(Arc::clone(&scope), ask).await;
        let latest = self.circleci.latest(&of).await;
        let (mut sighting, mut planning) = match told {
            Observation::Seen(sighting) => {
                let known = sighting.readings.iter().find(|(other, _)| *other == key).and_then(|(_, reading)| reading.planning.as_deref());
                let planning = known.cloned().unwrap_or_default();
                (sighting, planning)
            }
            Observation::Failed(failure) => {
                let unread = Unread { registered: Some(failure.fault), ..Unread::default() };
                let sighting = Sighting {
                    source: failure.source,
                    stamp: failure.stamp,
                    coverage: Coverage::Partial,
                    account: None,
                    readings: Vec::new(),
                    events: Vec::new(),
                };
                (sighting, Planning { unread, ..Planning::default() })
            }
        };
        match latest {
            Ok(latest) => {
                // That is told where it can be, and stands in no way.
                let viewer = self.circleci.viewer().await.ok().and_then(|me| me.login);
                planning.workflow = Some(Latest { viewer, ..latest });
            }
            Err(fault) => planning.unread.workflow = Some(fault),
        }
        sighting.readings = vec![(key, Reading { planning: Some(Arc::new(planning)), ..Reading::default() })];
        Observation::Seen(sighting)
    }
}

impl Source for WithWorkflows {
    fn scopes(&self) -> Option<Vec<Scope>> {
        self.inner.scopes()
    }

    fn sweep(&self) -> Option<Sweep> {
        self.inner.sweep()
    }

    fn calls(&self, scope: &Scope, ask: &Ask) -> u32 {
        self.inner.calls(scope, ask)
    }

    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        if let Ask::Planning { key, .. } = &ask
            && let Some(of) = self.deploying(&scope, key).cloned()
        {
            let key = key.clone();
            return Box::pin(self.planning(scope, ask, key, of));
        }
        self.inner.read(scope, ask)
    }

    fn reveal(&self, scope: Arc<Scope>, property: PropertyKey) -> BoxFuture<'_, Result<Value, Fault>> {
        self.inner.reveal(scope, property)
    }
}
