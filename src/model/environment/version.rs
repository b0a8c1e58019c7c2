//! What an environment runs, of all that was said of it.
//!
//! What the platform states of the whole environment comes first, then what a machine or the environment itself
//! tells, then what its instances run, and GitHub's record last: a record tells what a pipeline meant to do.

use super::{Disagreement, Environment, Told, Version};
use crate::model::clock::Timestamp;
use crate::model::fleet::Record;
use crate::model::health::Level;
use crate::model::id::{Sha, VersionLabel};
use crate::model::instance::{Instance, Instances};
use crate::model::sighting::{Question, Warning};
use crate::model::version::{Confidence, Stated};

/// Whose statement about the whole environment counts first. GitHub's record is not among them.
const STATE_IT: [Question; 4] = [Question::Listing, Question::Versions, Question::Health, Question::Probes];

/// Where GitHub's record stands: in its own answer, and in a listing of what only GitHub tells of.
const RECORDS: [Question; 2] = [Question::Record, Question::Listing];

impl<'a> Environment<'a> {
    /// What runs. `None`: unknown.
    #[must_use]
    pub fn version(&self) -> Option<Told<Version>> {
        let told = self.believed()?;
        let Believed { label, source, confidence, at } = told;
        let mixed = self.instances().is_some_and(|instances| instances.value.mixed());
        let confidence = if mixed { Confidence::Mixed } else { confidence };
        // The label's age is that of its own source; how old it is that instances differ, the instances tell.
        let sha = self.commit().cloned();
        Some(Told { value: Version { label: label.clone(), sha, source, confidence }, at })
    }

    /// The label alone, borrowed: what tables sort and filter by.
    #[must_use]
    pub fn label(&self) -> Option<&'a VersionLabel> {
        self.believed().map(|told| told.label)
    }

    /// The commit of the label, borrowed.
    #[must_use]
    pub fn commit(&self) -> Option<&'a Sha> {
        self.believed()?;
        self.record()?.commit.as_ref()
    }

    /// What GitHub's record says runs, where that is another commit than what is believed to.
    #[must_use]
    pub fn disagreement(&self) -> Option<Told<Disagreement<'a>>> {
        let (at, reading) = self.answer(Question::Record)?;
        let stated = reading.version.as_ref()?;
        let recorded = stated.sha.as_ref()?;
        let known = self.infrastructure()?;
        let runs = self.commit()?;
        // While a deploy goes on, the record is ahead of the machines, as it should be.
        let differs = !runs.agrees_with(recorded) && known.label != &stated.label && !self.is_busy();
        differs.then_some(Told { value: Disagreement { stated, sha: recorded }, at })
    }

    /// Whether every instance is known to run its version; none where the platform does not tell, or it was not read.
    #[must_use]
    pub fn is_uniform(&self) -> Option<bool> {
        let instances = self.instances()?.value;
        let label = self.label()?;
        if instances.versions().iter().any(|(version, _)| version != label) {
            return Some(false);
        }
        (instances.deployments_known() && instances.all_told()).then_some(true)
    }

    /// The statement that is believed.
    fn believed(&self) -> Option<Believed<'a>> {
        self.infrastructure().or_else(|| RECORDS.into_iter().find_map(|question| self.stated(question)))
    }

    /// The same without GitHub's record.
    fn infrastructure(&self) -> Option<Believed<'a>> {
        let stated = STATE_IT.into_iter().filter_map(|question| self.stated(question)).find(|told| !told.source.is_record());
        stated.or_else(|| self.of_instances())
    }

    fn stated(&self, question: Question) -> Option<Believed<'a>> {
        let (at, reading) = if question.lists() { self.listed()? } else { self.answer(question)? };
        let Stated { label, source, confidence, .. } = reading.version.as_ref()?;
        Some(Believed { label, source: *source, confidence: *confidence, at })
    }

    /// What most of its instances run.
    fn of_instances(&self) -> Option<Believed<'a>> {
        let told = self.instances()?;
        let source = told.value.versions_from?;
        let label = self.record()?.majority.as_ref()?;
        let asked = self.answer(Question::Versions).map(|(at, _)| at);
        Some(Believed { label, source, confidence: source.confidence(), at: asked.unwrap_or(told.at) })
    }
}

/// A statement, and when it was asked for.
struct Believed<'a> {
    label: &'a VersionLabel,
    source: crate::model::version::VersionSource,
    confidence: Confidence,
    at: Timestamp,
}

/// What follows from a record's answers on its version: kept beside them, since it is asked for at every frame.
pub fn conclude(record: &mut Record) {
    let answered = |question: Question| record.latest(question).map(|(_, stamp, reading)| (stamp, reading));
    let instances = [Question::Instances, Question::Resources, Question::Versions].into_iter().filter_map(answered);
    let newest = instances.filter_map(|(stamp, reading)| Some((stamp, reading.instances.as_ref()?))).max_by_key(|(stamp, _)| *stamp);
    let versions = answered(Question::Versions).and_then(|(_, reading)| reading.versions.as_deref());
    let merged = newest.zip(versions).map(|((_, instances), versions)| Box::new(instances.with(versions)));
    let counted = merged.as_deref().or(newest.map(|(_, instances)| instances)).filter(|instances| instances.versions_from.is_some());
    let majority = counted.and_then(|instances| instances.versions().into_iter().next()).map(|(label, _)| label);
    record.odd = counted.map(|instances| launched_since(instances, majority.as_ref())).unwrap_or_default();
    record.merged = merged;
    record.majority = majority;
}

/// The instances that run something else than most, and were launched after all that run what most do: they took
/// what was newest when they booted, and no deploy has been over them since.
fn launched_since(instances: &Instances, majority: Option<&VersionLabel>) -> Vec<Warning> {
    let label = |instance: &'_ Instance| instance.deployment.as_ref().and_then(|deployment| deployment.label.clone());
    let Some(majority) = majority else { return Vec::new() };
    let usual = instances.each.iter().filter(|instance| label(instance).as_ref() == Some(majority));
    let Some(last) = usual.map(|instance| instance.launched_at).max().flatten() else { return Vec::new() };
    let late = instances.each.iter().filter(|instance| instance.launched_at.is_some_and(|at| at > last));
    let others = late.filter_map(|instance| label(instance).filter(|label| label != majority).map(|label| (instance, label)));
    let warning = |(instance, label): (&Instance, VersionLabel)| {
        let at = instance.launched_at.map_or_else(String::new, |at| at.strftime(" of %Y-%m-%d %H:%MZ").to_string());
        let sentence = format!(
            "{}{at} was launched after the others and runs {label}: it booted what was newest then, which perhaps nobody has approved",
            instance.id
        );
        Warning::new(Level::Warning, sentence)
    };
    others.map(warning).collect()
}

/// The commit of what a record is believed to run, and the label it is read from where no answer tells it.
pub fn commit(record: &Record, read: impl FnOnce(&VersionLabel) -> Option<Sha>) -> Option<Sha> {
    let stated = |question: Question| record.latest(question).and_then(|(_, _, reading)| reading.version.as_ref());
    let told = STATE_IT.into_iter().filter_map(stated).find(|stated| !stated.source.is_record());
    let of = |stated: &Stated| (stated.sha.clone(), stated.label.clone());
    let recorded = || RECORDS.into_iter().find_map(stated).map(of);
    let (sha, label) = told.map(of).or_else(|| record.majority.clone().map(|label| (None, label))).or_else(recorded)?;
    sha.or_else(|| read(&label))
}
