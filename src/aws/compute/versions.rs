//! What runs on machines, by whatever means the configuration names.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::call::{Answer, Line, Wire};
use super::commands::{Commands, Printed};
use super::image_tags::Named;
use super::images::{Images, Resolved};
use super::machines::Machine;
use crate::model::clock::Timestamp;
use crate::model::compute::VersionMeans;
use crate::model::fault::Fault;
use crate::model::id::{EnvironmentKey, InstanceId, VersionLabel};
use crate::model::instance::{Deployment, Instances, Versions};
use crate::model::sighting::{Question, Questions, Reading};
use crate::model::version::VersionSource;

/// Why nothing is sent where this console only reads.
const ONLY_READS: &str = "Systems Manager counts a command as a write, whatever it does, and this console only reads (read_only): \
     start it without that, or tell versions by version_tag";

/// Reads versions of machines.
#[derive(Clone)]
pub struct VersionReader {
    images: Images,
    commands: Commands,
}

/// A label, and where it was read.
type Labelled = (VersionLabel, VersionSource);

/// The questions that instances whose versions are told so have an answer to.
pub fn answers(means: &VersionMeans) -> Questions {
    let always = Questions::of([Question::Instances]);
    if means.command.is_some() { always.with(Question::Versions) } else { always }
}

impl VersionReader {
    pub fn new(wire: Wire) -> Self {
        Self { images: Images::new(wire.clone()), commands: Commands::new(wire) }
    }

    /// The same instances, each with the version that its tag names. What cannot be looked up is a gap.
    pub async fn by_tag(
        &self,
        line: &Line,
        means: &VersionMeans,
        mut instances: Instances,
        machines: &HashMap<InstanceId, Machine>,
    ) -> Instances {
        let Some(key) = &means.tag else { return instances };
        let mut sources = Vec::new();
        for instance in &mut instances.each {
            let told = machines.get(&instance.id).and_then(|machine| machine.tags.get(&**key)).filter(|text| !text.trim().is_empty());
            let Some(told) = told else { continue };
            match self.label(line, means, (told.trim(), VersionSource::InstanceTag), instance.launched_at).await {
                Ok((label, source)) => {
                    sources.push(source);
                    instance.deployment = Some(Deployment::of(label));
                }
                Err(fault) => {
                    instance.causes.push(Arc::from(format!("what runs on it is not known: {fault}")));
                    if !instances.gaps.contains(&fault) {
                        instances.gaps.push(fault);
                    }
                }
            }
        }
        instances.versions_from = VersionSource::least_sure(sources).or(Some(VersionSource::InstanceTag));
        instances
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
        if means.is_read_only {
            let each = launched.iter().map(|(id, _)| (id.clone(), Err(Arc::from(ONLY_READS)))).collect();
            let versions = Some(Arc::new(Versions { each, source: VersionSource::SsmCommand }));
            return Answer { stamp: self.commands.stamp(), told: Ok(Reading { versions, ..Reading::default() }) };
        }
        let ids: Vec<InstanceId> = launched.iter().map(|(id, _)| id.clone()).collect();
        let Answer { stamp, told } = self.commands.run(line, command, key.name.as_str(), &ids).await;
        let told = match told {
            Ok(printed) => self.named(line, means, VersionSource::SsmCommand, launched, printed).await,
            Err(fault) => Err(fault),
        };
        Answer { stamp, told: told.map(|versions| Reading { versions: Some(Arc::new(versions)), ..Reading::default() }) }
    }

    /// What machines run that were launched then and have said this of themselves.
    ///
    /// Where the images cannot be asked for, the whole of it fails: what was known of them before stays.
    async fn named(
        &self,
        line: &Line,
        means: &VersionMeans,
        source: VersionSource,
        launched: &[(InstanceId, Option<Timestamp>)],
        said: Vec<(InstanceId, Printed)>,
    ) -> Result<Versions, Fault> {
        let (mut each, mut sources) = (Vec::new(), Vec::new());
        for (id, said) in said {
            let since = launched.iter().find(|(known, _)| *known == id).and_then(|(_, launched)| *launched);
            let version = match said {
                Ok(text) => {
                    let (label, source) = self.label(line, means, (&text, source), since).await?;
                    sources.push(source);
                    Ok(label)
                }
                Err(why) => Err(why),
            };
            each.push((id, version));
        }
        Ok(Versions { each, source: VersionSource::least_sure(sources).unwrap_or(source) })
    }

    /// The label that a text stands for: the commit of the image, where it names one and ECR tells it.
    ///
    /// Who said the text is the source, unless ECR told more.
    async fn label(
        &self,
        line: &Line,
        means: &VersionMeans,
        (text, said_by): (&str, VersionSource),
        since: Option<Timestamp>,
    ) -> Result<Labelled, Fault> {
        let Some(repository) = &means.images else { return Ok((VersionLabel::from(text), said_by)) };
        let named = Named::read(text);
        if let Some(commit) = named.commit() {
            return Ok((VersionLabel::from(commit.as_str()), said_by));
        }
        Ok(match self.images.resolve(line, repository, &named, since).await? {
            Resolved::Image(sha) => (VersionLabel::from(sha.as_str()), VersionSource::ImageTag),
            Resolved::Tag(sha) => (VersionLabel::from(sha.as_str()), VersionSource::MovingTag),
            Resolved::Nothing => (named.label(), said_by),
        })
    }
}
