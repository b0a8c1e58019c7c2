//! GitHub's record in `quarterdeck status`: deployments, statuses on commits, alerts and pull requests.
//!
//! Only what says something of an environment is asked for: nothing that is pending, nothing that waits.
//! GitHub is not asked at all where no environment that is there has a record.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::{Kind, SourceRow};
use crate::github::{GitHub, GitHubSettings};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::fleet::Fleet;
use crate::model::forge::{Forge, Interest, RepositoryFacts, RepositoryInterest, Topic};
use crate::model::id::{Connection, Repository};
use crate::model::import;
use crate::model::record;
use crate::model::remote::Remote;
use crate::ops::clock::Stamps;
use crate::ops::forge_reader::{self, Order, Told};
use crate::ops::forge_schedule::ForgePace;
use crate::ops::limit::Limiter;

/// Reads the record, from the moment on at which something of it is wanted.
pub(super) struct Record {
    settings: GitHubSettings,
    limiter: Limiter,
    stamps: Stamps,
    reader: Option<Reader>,
    wanted: Interest,
    forge: Forge,
}

/// Both ends of a reader at work.
struct Reader {
    orders: UnboundedSender<Order>,
    told: UnboundedReceiver<Told>,
}

/// What was asked of one repository, and what came of it: when it was answered, or why it was not.
type Outcome<'r> = (Option<Stamp>, Option<&'r Fault>);

impl Record {
    /// Nothing is read yet.
    pub fn new(settings: GitHubSettings, limiter: Limiter, stamps: Stamps) -> Self {
        Self { settings, limiter, stamps, reader: None, wanted: Interest::default(), forge: Forge::default() }
    }

    /// Has what says something of these environments read, and lets what was told already say it of those that are new.
    pub fn want(&mut self, fleet: &mut Fleet) {
        let wanted = record::wanted(fleet, &self.forge);
        if wanted == self.wanted {
            return;
        }
        let (settings, limiter, stamps) = (&self.settings, &self.limiter, &self.stamps);
        let reader = self.reader.get_or_insert_with(|| {
            let github = GitHub::new(settings.clone(), limiter.clone(), stamps.clone());
            let (orders, told) = forge_reader::start(Arc::new(github), stamps.clone(), ForgePace::default());
            Reader { orders, told }
        });
        let _ = reader.orders.send(Order::Interest(wanted.clone()));
        for repository in wanted.repositories.keys() {
            take(fleet, &self.forge, repository);
        }
        self.wanted = wanted;
    }

    /// What is told next; never anything where nothing was asked.
    pub async fn next(&mut self) -> Told {
        let told = match &mut self.reader {
            Some(reader) => reader.told.recv().await,
            None => None,
        };
        match told {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }

    /// Takes in what was told.
    pub fn take(&mut self, fleet: &mut Fleet, told: Told) {
        match told {
            Told::Report(report) => {
                let repository = report.repository.clone();
                let is_catalogue = matches!(report.topic, Topic::Catalogue(_));
                self.forge.observe(report);
                if is_catalogue {
                    let _ = fleet.import(import::declared(fleet.configured(), &self.forge));
                }
                take(fleet, &self.forge, &repository);
            }
            Told::Viewer(stamp, viewer) => self.forge.viewer.take(stamp, viewer),
            Told::Allowance(_) | Told::Written(..) => {}
        }
    }

    /// Whether all that is wanted was answered, or will not be: what fails for everything is not waited out.
    pub fn is_known(&self) -> bool {
        let is_told = |(at, fault): Outcome<'_>| at.is_some() || fault.is_some();
        self.way_fault().is_some() || self.outcomes().all(|(_, outcome)| is_told(outcome))
    }

    /// Its row among the sources, where it was read.
    pub fn source(&self) -> Option<SourceRow> {
        self.reader.as_ref()?;
        let host = self.settings.host();
        let error = self.error();
        Some(SourceRow {
            kind: Kind::Record,
            name: format!("github {host}"),
            ok: error.is_none(),
            at: self.outcomes().filter_map(|(_, (at, _))| at).max().map(|stamp| stamp.asked_at),
            calls: self.limiter.calls_to(&Connection::from(host), None),
            error,
        })
    }

    /// Why not all of it was answered.
    fn error(&self) -> Option<String> {
        if let Some(fault) = self.way_fault() {
            return Some(fault.sentence.to_string());
        }
        let failed = self.outcomes().filter_map(|(repository, (at, fault))| match (at, fault) {
            (_, Some(fault)) => Some(format!("{repository}: {}", fault.sentence)),
            (None, None) => Some(format!("{repository} had not answered when the time was up")),
            (Some(_), None) => None,
        });
        let failed: BTreeSet<String> = failed.collect();
        (!failed.is_empty()).then(|| failed.into_iter().collect::<Vec<_>>().join("; "))
    }

    /// Why nothing at all can be asked: no token, no way there, too many calls.
    fn way_fault(&self) -> Option<&Fault> {
        let of_way = |fault: &&Fault| matches!(fault.kind, FaultKind::Expired | FaultKind::Unreachable | FaultKind::Throttled(_));
        self.outcomes().filter_map(|(_, (_, fault))| fault).chain(self.forge.viewer.fault()).find(of_way)
    }

    /// What came of each question that matters here, with the repository that it is about.
    fn outcomes(&self) -> impl Iterator<Item = (&Repository, Outcome<'_>)> {
        self.wanted.repositories.iter().flat_map(|(repository, wanted)| {
            let each = match self.forge.get(repository) {
                Some(facts) => of(facts, wanted),
                None => vec![(None, None)],
            };
            each.into_iter().map(move |outcome| (repository, outcome))
        })
    }
}

/// What the record of a repository says stands beside what environments tell themselves.
fn take(fleet: &mut Fleet, forge: &Forge, repository: &Repository) {
    for observation in record::told(fleet, forge, repository) {
        let _ = fleet.observe(observation);
    }
}

fn of<'r>(facts: &'r RepositoryFacts, wanted: &RepositoryInterest) -> Vec<Outcome<'r>> {
    fn outcome<T>(remote: Option<&Remote<T>>) -> Outcome<'_> {
        remote.map_or((None, None), |remote| (remote.stamp(), remote.fault()))
    }
    let mut each: Vec<Outcome<'r>> = Vec::new();
    each.extend(wanted.deployments.iter().map(|name| outcome(facts.deployments.get(name))));
    let read = |path| facts.catalogues.get(path);
    each.extend(wanted.catalogues.iter().map(|path| match read(path).and_then(Remote::value).and_then(|import| import.flaw.as_ref()) {
        Some(flaw) => (read(path).and_then(Remote::stamp), Some(flaw)),
        None => outcome(read(path)),
    }));
    each.extend(wanted.alerts.iter().map(|label| outcome(facts.alerts.get(label))));
    // Whether a deploy goes on says what an answer of 502 means.
    each.extend((!wanted.deployments.is_empty()).then(|| outcome(Some(&facts.runs))));
    each.extend(wanted.statuses.then(|| outcome(Some(&facts.statuses))));
    each.extend((!wanted.pulls.is_empty()).then(|| outcome(Some(&facts.pulls))));
    each
}
