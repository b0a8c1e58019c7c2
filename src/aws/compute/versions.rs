//! What runs on machines, by whatever means the configuration names.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::call::{Answer, Line, Wire};
use super::commands::Commands;
use super::image_tags::Named;
use super::images::Images;
use super::machines::Machine;
use crate::model::clock::Timestamp;
use crate::model::compute::VersionMeans;
use crate::model::fault::Fault;
use crate::model::id::{EnvironmentKey, InstanceId, VersionLabel};
use crate::model::instance::{Deployment, Instances, Versions};
use crate::model::sighting::{Question, Questions, Reading};
use crate::model::version::VersionSource;

/// Reads versions of machines.
#[derive(Clone)]
pub struct VersionReader {
    images: Images,
    commands: Commands,
}

/// The questions that instances whose versions are told so have an answer to.
pub fn answers(means: &VersionMeans) -> Questions {
    let always = Questions::of([Question::Instances]);
    if means.command.is_some() { always.with(Question::Versions) } else { always }
}

impl VersionReader {
    pub fn new(wire: Wire) -> Self {
        Self { images: Images::new(wire.clone()), commands: Commands::new(wire) }
    }

    /// The same instances, each with the version that its tag names.
    pub async fn by_tag(
        &self,
        line: &Line,
        means: &VersionMeans,
        mut instances: Instances,
        machines: &HashMap<InstanceId, Machine>,
    ) -> Result<Instances, Fault> {
        let Some(key) = &means.tag else { return Ok(instances) };
        for instance in &mut instances.each {
            let told = machines.get(&instance.id).and_then(|machine| machine.tags.get(&**key)).filter(|text| !text.trim().is_empty());
            let Some(told) = told else { continue };
            instance.deployment = Some(Deployment::of(self.label(line, means, told.trim(), instance.launched_at).await?));
        }
        instances.versions_from = Some(if means.images.is_some() { VersionSource::ImageTag } else { VersionSource::InstanceTag });
        Ok(instances)
    }

    /// What a command tells of each of these machines.
    pub async fn by_command(
        &self,
        line: &Line,
        means: &VersionMeans,
        key: &EnvironmentKey,
        launched: &[(InstanceId, Option<Timestamp>)],
    ) -> Answer<Reading> {
        let Some(command) = &means.command else {
            return Answer { stamp: self.commands.stamp(), told: Ok(Reading::default()) };
        };
        let ids: Vec<InstanceId> = launched.iter().map(|(id, _)| id.clone()).collect();
        let Answer { stamp, told } = self.commands.run(line, command, key.name.as_str(), &ids).await;
        let printed = match told {
            Ok(printed) => printed,
            Err(fault) => return Answer { stamp, told: Err(fault) },
        };
        let mut each = Vec::new();
        for (id, printed) in printed {
            let since = launched.iter().find(|(known, _)| *known == id).and_then(|(_, launched)| *launched);
            let version = match printed {
                Ok(text) => match self.label(line, means, &text, since).await {
                    Ok(label) => Ok(label),
                    Err(fault) => return Answer { stamp, told: Err(fault) },
                },
                Err(why) => Err(why),
            };
            each.push((id, version));
        }
        let source = if means.images.is_some() { VersionSource::ImageTag } else { VersionSource::SsmCommand };
        let versions = Some(Arc::new(Versions { each, source }));
        Answer { stamp, told: Ok(Reading { versions, ..Reading::default() }) }
    }

    /// The label that a text stands for: the commit of the image, where it names one and that can be told.
    async fn label(&self, line: &Line, means: &VersionMeans, text: &str, since: Option<Timestamp>) -> Result<VersionLabel, Fault> {
        let Some(repository) = &means.images else { return Ok(VersionLabel::from(text)) };
        let named = Named::read(text);
        let commit = self.images.commit(line, repository, &named, since).await?;
        Ok(commit.map_or_else(|| named.label(), |sha| VersionLabel::from(sha.as_str())))
    }
}
