//! What Elastic Beanstalk collects on request: the ends of the log files of each instance, where it streams none.
//!
//! A request has every instance put a text into the environment's bucket; where it is, an address tells that is signed
//! for some minutes. Whoever has it has the logs: it is fetched at once, and nothing ever shows it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticbeanstalk::types::{EnvironmentInfoDescription, EnvironmentInfoType};
use tokio::time::Instant;

use super::super::call::{Line, Operation, Wire};
use super::out::Out;
use crate::model::compute::Site;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::EnvironmentName;
use crate::model::log::batch::{Batch, News};
use crate::model::log::known::Known;
use crate::model::log::line::{Millis, NewLine, ReportId, SourceId};
use crate::model::log::source::{Name, State};
use crate::model::log::timed::time_of;
use crate::ops::port::Numbers;

/// How long the instances may take.
const COLLECTING: Duration = Duration::from_secs(60);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_secs(2);
/// How much earlier than asked for a text may have been written: clocks differ, in milliseconds.
const SKEW: i64 = 5_000;
/// A rule around the name of a file has so many dashes at least.
const RULE: usize = 10;

/// Requests the ends of log files, again and again.
pub(super) struct Requests {
    wire: Wire,
    site: Site,
    environment: EnvironmentName,
    numbers: Arc<Numbers>,
    out: Out,
    own: SourceId,
    report: ReportId,
    files: HashMap<Name, File>,
}

/// One file of one instance.
struct File {
    id: SourceId,
    known: Known,
}

impl Requests {
    pub(super) fn new(wire: Wire, site: Site, environment: EnvironmentName, numbers: Arc<Numbers>, out: Out, own: SourceId) -> Self {
        let report = numbers.report();
        Self { wire, site, environment, numbers, out, own, report, files: HashMap::new() }
    }

    /// Has the ends of all files collected, and tells what is new in them.
    pub(super) async fn once(&mut self) -> Result<(), Fault> {
        let line = self.wire.line(&self.site.connection, Some(&self.site.region)).await;
        let asked: Millis = self.wire.stamp().asked_at.into();
        let client = line.opened.beanstalk(&line.region);
        let request = client.request_environment_info().environment_name(self.environment.as_str()).info_type(EnvironmentInfoType::Tail);
        self.wire.call(&line, self.operation("RequestEnvironmentInfo"), request.send()).await.told?;
        for told in self.collected(&line, asked).await? {
            let at = told.sample_timestamp.as_ref().and_then(|at| at.to_millis().ok()).map_or(asked, Millis);
            let (Some(instance), Some(address)) = (told.ec2_instance_id, told.message) else { continue };
            let text = self.fetch(&line, &instance, &address).await?;
            self.tell(&instance, at, &text).await;
        }
        Ok(())
    }

    fn operation(&self, name: &'static str) -> Operation<'_> {
        let about = Some(self.environment.as_str());
        Operation { api: "elasticbeanstalk", service: "Elastic Beanstalk", name, about, in_turn: false }
    }

    /// Waits until the instances have sent what they have: of each the newest.
    async fn collected(&self, line: &Line, asked: Millis) -> Result<Vec<EnvironmentInfoDescription>, Fault> {
        let until = Instant::now() + COLLECTING;
        let client = line.opened.beanstalk(&line.region);
        while Instant::now() < until {
            tokio::time::sleep(LOOK).await;
            let look = client.retrieve_environment_info().environment_name(self.environment.as_str()).info_type(EnvironmentInfoType::Tail);
            let told = self.wire.call(line, self.operation("RetrieveEnvironmentInfo"), look.send()).await.told?;
            let is_new = |told: &EnvironmentInfoDescription| {
                told.sample_timestamp().and_then(|at| at.to_millis().ok()).is_some_and(|at| at >= asked.0 - SKEW)
            };
            let mut newest: HashMap<String, EnvironmentInfoDescription> = HashMap::new();
            for told in told.environment_info.unwrap_or_default().into_iter().filter(is_new) {
                let Some(instance) = told.ec2_instance_id.clone() else { continue };
                if newest.get(&instance).is_none_or(|before| before.sample_timestamp() < told.sample_timestamp()) {
                    newest.insert(instance, told);
                }
            }
            if !newest.is_empty() {
                return Ok(newest.into_values().collect());
            }
        }
        let sentence = format!("no instance of {} has sent its logs within {} s", self.environment, COLLECTING.as_secs());
        Err(Fault::new(FaultKind::Unreachable, sentence))
    }

    async fn fetch(&self, line: &Line, instance: &str, address: &str) -> Result<Vec<u8>, Fault> {
        let told = line.way.fetch(address).await;
        told.map_err(|why| Fault::new(FaultKind::Unreachable, format!("what {instance} has sent of its logs cannot be fetched: {why}")))
    }

    /// Tells what is new in the files of an instance.
    async fn tell(&mut self, instance: &str, at: Millis, text: &[u8]) {
        for (path, lines) in sections(&String::from_utf8_lossy(text)) {
            let name = Name { group: path.into(), stream: instance.into() };
            let Some(id) = self.introduce(&name).await else { continue };
            let Some(file) = self.files.get_mut(&name) else { continue };
            let again = file.known.again(lines.iter().copied());
            let mut time = at;
            let mut told = Vec::new();
            for line in lines.get(again..).unwrap_or_default() {
                file.known.note(line);
                // A line without a time of its own is of the moment of the one before.
                time = time_of(line).unwrap_or(time);
                told.push(NewLine { source: id, time, ingested: None, text: (*line).into() });
            }
            if !told.is_empty() {
                self.out.tell(News::Lines(Batch { report: self.report, live: false, lines: told })).await;
            }
            self.out.tell(News::Told(vec![id], at)).await;
        }
    }

    async fn introduce(&mut self, name: &Name) -> Option<SourceId> {
        if let Some(known) = self.files.get(name) {
            return Some(known.id);
        }
        let id = self.numbers.source()?;
        self.files.insert(name.clone(), File { id, known: Known::default() });
        self.out.tell(News::Found(id, name.clone())).await;
        Some(id)
    }

    /// Says of all that was found how it is.
    pub(super) async fn is(&self, state: State) {
        let all = self.files.values().map(|file| file.id).chain([self.own]).collect();
        self.out.tell(News::Is(all, state)).await;
    }
}

/// The files in a text, by their paths, each with its lines: a path stands between two rules of dashes.
fn sections(text: &str) -> Vec<(&str, Vec<&str>)> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: Option<&&str>| line.is_some_and(|line| line.len() >= RULE && line.bytes().all(|byte| byte == b'-'));
    let path = |place: usize| -> Option<&str> {
        let between = is_rule(lines.get(place)) && is_rule(lines.get(place + 2));
        lines.get(place + 1).copied().filter(|path| between && path.starts_with('/'))
    };
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut place = 0;
    while let Some(line) = lines.get(place) {
        if let Some(path) = path(place) {
            sections.push((path, Vec::new()));
            place += 3;
            continue;
        }
        if let Some((_, section)) = sections.last_mut() {
            section.push(line);
        }
        place += 1;
    }
    // Between two files there are empty lines that are in neither.
    for (_, lines) in &mut sections {
        while lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stand_behind_their_paths_between_rules() {
        let text = "\n\n----------------------------------------\n/var/log/nginx/access.log\n----------------------------------------\none\n\
            -----------\ntwo\n\n\n----------------------------------------\n/var/log/web.stdout.log\n----------------------------------------\n\n";
        let expected =
            vec![("/var/log/nginx/access.log", vec!["one", "-----------", "two"]), ("/var/log/web.stdout.log", Vec::<&str>::new())];
        assert_eq!(sections(text), expected);
        assert!(sections("no section\n").is_empty());
    }
}
