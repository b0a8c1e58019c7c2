//! What runs on machines, by whatever means the configuration names.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use super::super::call::{Answer, Line, Wire};
use super::commands::{Commands, Printed};
use super::image_tags::Named;
use super::images::{Images, Resolved};
use super::machines::Machine;
use crate::model::clock::{Stamp, Timestamp};
use crate::model::compute::{Place, Site, Template, VersionMeans};
use crate::model::fault::Fault;
use crate::model::id::{EnvironmentKey, InstanceId, VersionLabel};
use crate::model::instance::{Deployment, Instances, Versions};
use crate::model::sighting::{Question, Questions, Reading};
use crate::model::version::VersionSource;
use crate::ops::port::{Inquiry, Machines as Port};

/// Why nothing is sent where this console only reads.
const ONLY_READS: &str = "Systems Manager counts a command as a write, whatever it does, and this console only reads (read_only): \
     start it without that, or tell versions by version_tag";

/// How many machines of an environment are asked at once.
const AT_ONCE: usize = 8;

/// Reads versions of machines.
#[derive(Clone)]
pub struct VersionReader {
    images: Images,
    commands: Commands,
    machines: Arc<dyn Port>,
}

/// A label, and where it was read.
type Labelled = (VersionLabel, VersionSource);

/// The questions that instances whose versions are told so have an answer to.
pub fn answers(means: &VersionMeans) -> Questions {
    let always = Questions::of([Question::Instances]);
    if means.asks_machines() { always.with(Question::Versions) } else { always }
}

impl VersionReader {
    pub fn new(wire: Wire, machines: Arc<dyn Port>) -> Self {
        Self { images: Images::new(wire.clone()), commands: Commands::new(wire), machines }
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

    /// What each of these machines says that it runs: by a command, or by a page of its own.
    pub async fn by_asking(&self, line: &Line, means: &VersionMeans, key: &EnvironmentKey, machines: &[Machine]) -> Answer<Reading> {
        let (source, Answer { stamp, told }) = match (&means.command, &means.page) {
            (Some(command), _) => match &means.ssh {
                Some(ssh) => (VersionSource::SshCommand, self.each(line, machines, |place| over_ssh(place, ssh, command)).await),
                None => (VersionSource::SsmCommand, self.by_systems_manager(line, means, command, key, machines).await),
            },
            (None, Some(page)) => (VersionSource::VersionUrl, self.each(line, machines, |place| of_page(place, page, means)).await),
            (None, None) => return Answer { stamp: self.commands.stamp(), told: Ok(Reading::default()) },
        };
        let told = match told {
            Ok(said) => self.named(line, means, source, machines, said).await,
            Err(fault) => Err(fault),
        };
        Answer { stamp, told: told.map(|versions| Reading { versions: Some(Arc::new(versions)), ..Reading::default() }) }
    }

    async fn by_systems_manager(
        &self,
        line: &Line,
        means: &VersionMeans,
        command: &str,
        key: &EnvironmentKey,
        machines: &[Machine],
    ) -> Answer<Vec<(InstanceId, Printed)>> {
        let ids: Vec<InstanceId> = machines.iter().map(|machine| machine.id.clone()).collect();
        if means.is_read_only {
            let each = ids.into_iter().map(|id| (id, Err(Arc::from(ONLY_READS)))).collect();
            return Answer { stamp: self.commands.stamp(), told: Ok(each) };
        }
        self.commands.run(line, command, key.name.as_str(), &ids).await
    }

    /// What each of these machines answers to a question of its own, a few at a time. One that does not answer is told.
    async fn each(
        &self,
        line: &Line,
        machines: &[Machine],
        inquiry: impl Fn(&Place<'_>) -> Result<Inquiry, Arc<str>>,
    ) -> Answer<Vec<(InstanceId, Printed)>> {
        let site = Site { connection: line.connection.clone(), region: line.region.clone() };
        let wanted: Vec<(InstanceId, Result<Inquiry, Arc<str>>)> =
            machines.iter().map(|machine| (machine.id.clone(), inquiry(&machine.place()))).collect();
        let asked = wanted.into_iter().map(|(id, inquiry)| self.ask_one(site.clone(), id, inquiry));
        let told: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let stamp = told.iter().filter_map(|(stamp, _)| *stamp).min().unwrap_or_else(|| self.commands.stamp());
        Answer { stamp, told: Ok(told.into_iter().map(|(_, told)| told).collect()) }
    }

    async fn ask_one(&self, site: Site, id: InstanceId, inquiry: Result<Inquiry, Arc<str>>) -> (Option<Stamp>, (InstanceId, Printed)) {
        match inquiry {
            Ok(inquiry) => {
                let (stamp, told) = self.machines.ask(site, inquiry).await;
                (Some(stamp), (id, told.map_err(|fault| fault.sentence)))
            }
            Err(why) => (None, (id, Err(why))),
        }
    }

    /// What machines run that were launched then and have said this of themselves.
    ///
    /// Where the images cannot be asked for, the whole of it fails: what was known of them before stays.
    async fn named(
        &self,
        line: &Line,
        means: &VersionMeans,
        source: VersionSource,
        machines: &[Machine],
        said: Vec<(InstanceId, Printed)>,
    ) -> Result<Versions, Fault> {
        let (mut each, mut sources) = (Vec::new(), Vec::new());
        for (id, said) in said {
            let since = machines.iter().find(|machine| machine.id == id).and_then(|machine| machine.launched_at);
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

/// The command, run on the machine that is there.
fn over_ssh(place: &Place<'_>, ssh: &Template, command: &Arc<str>) -> Result<Inquiry, Arc<str>> {
    Ok(Inquiry::Command { to: ssh.login(place)?, command: Arc::clone(command) })
}

/// The page of the machine that is there.
fn of_page(place: &Place<'_>, page: &str, means: &VersionMeans) -> Result<Inquiry, Arc<str>> {
    Ok(Inquiry::Page { address: place.fill(page)?, key: means.page_key.clone() })
}
