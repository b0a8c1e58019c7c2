//! What Elastic Beanstalk collects on request: the ends of the log files of each instance, where it streams none.
//!
//! A request has every instance put a text into the environment's bucket, one sooner, another later; where it is, an
//! address tells that is signed for some minutes. Whoever has it has the logs: it is fetched at once, and nothing ever
//! shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use aws_sdk_elasticbeanstalk::types::{EnvironmentInfoDescription, EnvironmentInfoType};
use tokio::time::Instant;

use super::super::call::{Line, Operation, Wire};
use super::Patience;
use super::collected::sections;
use super::out::Out;
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::EnvironmentName;
use crate::model::log::batch::{Batch, News};
use crate::model::log::known::Known;
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::note::{Gap, Loss};
use crate::model::log::source::{Name, State};
use crate::model::log::timed::time_of;
use crate::ops::port::Follow;

/// How often it is looked whether the instances have sent what they have.
const LOOK: Duration = Duration::from_secs(2);
/// How much earlier than asked for a text may have been written: clocks differ, in milliseconds.
const SKEW: i64 = 5_000;
/// What an instance is called of which no file is known.
const FILES: &str = "log files";

/// Requests the ends of log files, again and again.
pub(super) struct Requests {
    wire: Wire,
    patience: Patience,
    site: Site,
    environment: EnvironmentName,
    follow: Follow,
    out: Out,
    own: SourceId,
    report: ReportId,
    files: HashMap<Name, File>,
    /// When it was asked first: what is older, nobody here has asked for.
    first: Option<Millis>,
    /// When the last text of each instance was written that was told.
    told: HashMap<String, Millis>,
    /// What is wrong with instances, since they were asked last.
    failing: BTreeMap<String, Fault>,
}

/// One file of one instance.
struct File {
    id: SourceId,
    known: Known,
}

/// A text that an instance has sent.
struct Text {
    instance: String,
    at: Millis,
    address: String,
}

impl Requests {
    pub(super) fn new(
        wire: Wire,
        patience: Patience,
        (site, environment): (Site, EnvironmentName),
        follow: Follow,
        out: Out,
        own: SourceId,
    ) -> Self {
        let report = follow.numbers.report();
        let (files, told, failing) = (HashMap::new(), HashMap::new(), BTreeMap::new());
        Self { wire, patience, site, environment, follow, out, own, report, files, first: None, told, failing }
    }

    /// Has the ends of all files collected, and tells what is new in them: of each instance as soon as it has sent them.
    pub(super) async fn once(&mut self) -> Result<(), Fault> {
        let line = self.wire.line(&self.site.connection, Some(&self.site.region)).await;
        let asked: Millis = self.wire.stamp().asked_at.into();
        self.first = self.first.or(Some(asked));
        self.failing.clear();
        let client = line.opened.beanstalk(&line.region);
        let request = client.request_environment_info().environment_name(self.environment.as_str()).info_type(EnvironmentInfoType::Tail);
        self.wire.call(&line, self.operation("RequestEnvironmentInfo"), request.send()).await.told?;
        let wanted = self.instances(&line).await;
        let (answered, unseen) = self.collect(&line, asked, wanted.as_ref().ok()).await;
        self.name_the_missing(&answered, wanted.as_ref().ok());
        match (wanted, unseen) {
            // Whoever is told of nothing should know why.
            (_, Some(fault)) if answered.is_empty() => Err(fault),
            (Ok(wanted), _) if !wanted.is_empty() && answered.is_empty() => Err(self.nobody(wanted.len())),
            (Ok(_), _) => Ok(()),
            // Lines were told, but nobody knows whether those were all.
            (Err(fault), _) => Err(fault),
        }
    }

    fn operation(&self, name: &'static str) -> Operation<'_> {
        let about = Some(self.environment.as_str());
        Operation { api: "elasticbeanstalk", service: "Elastic Beanstalk", name, about, in_turn: false }
    }

    /// The instances that have to answer.
    async fn instances(&self, line: &Line) -> Result<BTreeSet<String>, Fault> {
        let client = line.opened.beanstalk(&line.region);
        let ask = client.describe_environment_resources().environment_name(self.environment.as_str());
        let told = self.wire.call(line, self.operation("DescribeEnvironmentResources"), ask.send()).await.told?;
        let instances = told.environment_resources.and_then(|resources| resources.instances).unwrap_or_default();
        Ok(instances.into_iter().filter_map(|instance| instance.id).collect())
    }

    /// Looks until all that are wanted have answered, or until it is enough, and tells what they sent. Which have
    /// answered, and what was wrong with the last look.
    async fn collect(&mut self, line: &Line, asked: Millis, wanted: Option<&BTreeSet<String>>) -> (BTreeSet<String>, Option<Fault>) {
        let until = Instant::now() + self.patience.collecting;
        let (mut answered, mut unseen) = (BTreeSet::new(), None);
        while Instant::now() < until && wanted.is_none_or(|wanted| !wanted.is_subset(&answered)) {
            tokio::time::sleep(LOOK.min(self.patience.collecting)).await;
            let texts = match self.look(line).await {
                Ok(texts) => texts,
                Err(fault) => {
                    unseen = Some(fault);
                    continue;
                }
            };
            unseen = None;
            for text in texts {
                let is_fresh = text.at >= asked.plus(-SKEW);
                if self.take(line, &text).await && is_fresh {
                    answered.insert(text.instance);
                }
            }
        }
        (answered, unseen)
    }

    /// The newest text of each instance, where it is none that was told before. One that came too late for the request
    /// before this one is as good.
    async fn look(&self, line: &Line) -> Result<Vec<Text>, Fault> {
        let client = line.opened.beanstalk(&line.region);
        let look = client.retrieve_environment_info().environment_name(self.environment.as_str()).info_type(EnvironmentInfoType::Tail);
        let told = self.wire.call(line, self.operation("RetrieveEnvironmentInfo"), look.send()).await.told?;
        let mut newest: BTreeMap<String, Text> = BTreeMap::new();
        for text in told.environment_info.unwrap_or_default().into_iter().filter_map(text) {
            let is_new = match self.told.get(&text.instance) {
                Some(told) => text.at > *told,
                None => self.first.is_some_and(|first| text.at >= first.plus(-SKEW)),
            };
            if is_new && newest.get(&text.instance).is_none_or(|before| before.at < text.at) {
                newest.insert(text.instance.clone(), text);
            }
        }
        Ok(newest.into_values().collect())
    }

    /// Tells what an instance has sent; whether it could be fetched. If not, it is tried again with the next look, and
    /// holds up no other.
    async fn take(&mut self, line: &Line, text: &Text) -> bool {
        match line.way.fetch(&text.address).await {
            Ok(bytes) => {
                self.tell(&text.instance, text.at, &bytes).await;
                self.told.insert(text.instance.clone(), text.at);
                self.failing.remove(&text.instance);
                true
            }
            Err(why) => {
                let sentence = format!("what {} has sent of its logs cannot be fetched: {why}", text.instance);
                self.failing.insert(text.instance.clone(), Fault::new(FaultKind::Unreachable, sentence));
                false
            }
        }
    }

    /// Notes who has not answered.
    fn name_the_missing(&mut self, answered: &BTreeSet<String>, wanted: Option<&BTreeSet<String>>) {
        for instance in wanted.into_iter().flatten().filter(|instance| !answered.contains(*instance)) {
            let seconds = self.patience.collecting.as_secs();
            let sentence = format!("{instance} has not sent the ends of its log files within {seconds} s");
            self.failing.entry(instance.clone()).or_insert_with(|| Fault::new(FaultKind::Unreachable, sentence));
        }
    }

    fn nobody(&self, count: usize) -> Fault {
        let seconds = self.patience.collecting.as_secs();
        let sentence = format!("none of the {count} instances of {} has sent its logs within {seconds} s", self.environment);
        Fault::new(FaultKind::Unreachable, sentence)
    }

    /// Tells what is new in the files of an instance.
    async fn tell(&mut self, instance: &str, at: Millis, text: &[u8]) {
        for (path, lines) in sections(&String::from_utf8_lossy(text)) {
            let name = Name { group: path.into(), stream: instance.into() };
            let Some(id) = self.introduce(&name).await else { continue };
            let Some(file) = self.files.get_mut(&name) else { continue };
            let again = file.known.again(lines.iter().copied());
            let before = file.known.newest().filter(|_| again == 0);
            let mut time = at;
            let mut told = Vec::new();
            for line in lines.get(again..).unwrap_or_default() {
                let own = time_of(line);
                // A line without a time of its own is of the moment of the one before.
                time = own.unwrap_or(time);
                file.known.note(line.as_bytes(), time.min(at), own.is_some());
                told.push(NewLine { source: id, time, ingested: None, text: (*line).into() });
            }
            if let Some(first) = told.first().map(|line| line.time) {
                if let Some(before) = before {
                    self.out.tell(News::Missing(self.gap(id, before, first))).await;
                }
                self.out.tell(News::Lines(Batch { report: self.report, live: false, lines: told })).await;
            }
            self.out.tell(News::Told(vec![id], at)).await;
        }
    }

    /// Nothing of what a file ended with is there any more: what was written between is lost.
    fn gap(&self, id: SourceId, from: Millis, first: Millis) -> Gap {
        let (loss, sources) = (Loss::Disconnected, [id].into());
        Gap { id: self.follow.numbers.gap(), loss, sources, from, to: first.max(from), count: None, filled: false }
    }

    async fn introduce(&mut self, name: &Name) -> Option<SourceId> {
        if let Some(known) = self.files.get(name) {
            return Some(known.id);
        }
        let id = self.follow.numbers.source()?;
        let known = self.follow.known.get(name).cloned().unwrap_or_default();
        self.files.insert(name.clone(), File { id, known });
        self.out.tell(News::Found(id, name.clone())).await;
        Some(id)
    }

    /// Says of all that was found how it is; and of what did not answer why.
    pub(super) async fn is(&mut self, state: State) {
        for (instance, fault) in self.failing.clone() {
            let mut its: Vec<SourceId> = self.of(|stream| *stream == *instance);
            if its.is_empty() {
                its.extend(self.introduce(&Name { group: FILES.into(), stream: instance.as_str().into() }).await);
            }
            self.out.tell(News::Is(its, State::Failing(fault))).await;
        }
        let mut all = self.of(|stream| !self.failing.contains_key(stream));
        all.push(self.own);
        self.out.tell(News::Is(all, state)).await;
    }

    /// The files of some instances, in the order in which they were found.
    fn of(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<SourceId> {
        let mut ids: Vec<SourceId> = self.files.iter().filter(|(name, _)| is_wanted(&name.stream)).map(|(_, file)| file.id).collect();
        ids.sort_unstable();
        ids
    }
}

/// What an instance has sent, where that is told whole.
fn text(told: EnvironmentInfoDescription) -> Option<Text> {
    let at = Millis(told.sample_timestamp.as_ref()?.to_millis().ok()?);
    Some(Text { instance: told.ec2_instance_id?, at, address: told.message? })
}
