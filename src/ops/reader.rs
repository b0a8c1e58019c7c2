//! Reads the world: finds out what there is to read, asks what the schedule
//! says is due, and reports what came of it.
//!
//! Owns no state of the fleet. A source that panics becomes a failed reading.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::clock::Stamps;
use super::limit::{Calls, Limiter};
use super::port::{Ask, Discovery, Identity, Prober, Source};
use super::schedule::{Focus, Pace, Schedule, Wanted};
use super::standby::Standing;
use crate::model::account::Standby;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{Connection, EnvironmentKey, Platform, Region};
use crate::model::property::{PropertyKey, Value};
use crate::model::sighting::{Failure, Observation, Scope, Source as Origin};

/// A way in, and the regions that are read through it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionPlan {
    /// The way in.
    pub connection: Connection,
    /// The regions, where they were named; else all that are enabled.
    pub regions: Option<Vec<Region>>,
}

/// What the reader is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Read these before the rest.
    Focus(Focus),
    /// Read again now.
    Hurry(Option<EnvironmentKey>),
    /// Read the value of this property, once, where its environment is listed.
    Reveal(Arc<Scope>, PropertyKey),
}

/// What the reader tells.
#[derive(Clone, PartialEq, Debug)]
pub enum Report {
    /// What is being read is known now, or has changed.
    Scopes(Vec<Arc<Scope>>),
    /// Who a connection's credentials are.
    Identified(Connection, Identity),
    /// What there is to read through a connection is known.
    Found(Connection),
    /// These ways in lead into accounts that others read: all that there are now.
    StandBy(Vec<Standby>),
    /// What there is to read could not be found out.
    DiscoveryFailed {
        /// Through this connection.
        connection: Connection,
        /// Why.
        fault: Fault,
        /// Whether some regions are read all the same.
        goes_on: bool,
    },
    /// Something was read, or could not be.
    Observed(Observation),
    /// The value of a property that was asked for, or why it cannot be read.
    Revealed(PropertyKey, Result<Value, Fault>),
    /// So many calls were made.
    Calls(Calls),
    /// Everything was read once that tells more of what is unwell or busy.
    Swept,
}

/// How soon discovery is tried again where a person has to renew credentials.
const RENEWAL_PAUSE: Duration = Duration::from_secs(8);
/// How soon it is tried again where the service has to recover.
const RECOVERY_PAUSE: Duration = Duration::from_secs(60);
/// The regions that are enabled in every account (AWS Account Management's guide, "Enable or disable
/// AWS Regions in your account"): what is read where the enabled ones cannot be asked for.
const ALWAYS_ENABLED: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];
/// How often the enabled regions are asked for again.
const REDISCOVERY: Duration = Duration::from_secs(1_800);

/// What a running task is about.
#[derive(Clone, Debug)]
enum Task {
    Identify(Connection),
    FindRegions(Connection),
    Read(Arc<Scope>, Ask),
    Reveal(PropertyKey),
}

/// What came of a task.
enum Outcome {
    Identity(Result<Identity, Fault>),
    Regions(Result<Vec<Region>, (Fault, Vec<Region>)>),
    Observed(Box<Observation>),
    Value(Result<Value, Fault>),
}

/// When discovery of one connection is due.
struct DiscoveryTurn {
    identify_at: Option<Instant>,
    regions_at: Option<Instant>,
}

/// Reads the world until told to stop by dropping its ends.
pub struct Reader {
    discovery: Arc<dyn Discovery>,
    sources: HashMap<Platform, Arc<dyn Source>>,
    prober: Option<Arc<dyn Prober>>,
    connections: Vec<ConnectionPlan>,
    limiter: Limiter,
    stamps: Stamps,
    schedule: Schedule,
    turns: HashMap<Connection, DiscoveryTurn>,
    known: HashMap<Connection, Vec<Region>>,
    tasks: JoinSet<Outcome>,
    about: HashMap<Id, Task>,
    reports: mpsc::UnboundedSender<Report>,
    shown: Option<Vec<Arc<Scope>>>,
    calls: Calls,
    swept: bool,
    failed: HashSet<Connection>,
    /// Whose credentials each way in has.
    standings: HashMap<Connection, Standing>,
    /// Those whose regions another has found.
    shared: HashSet<Connection>,
    /// Who stands by, as it was told.
    standby: Vec<Standby>,
    /// Those of whom it was told that another reads until their credentials are renewed.
    handed_over: HashSet<Connection>,
    /// Somebody has not said yet whose credentials they are: there may be more to read.
    is_waiting: bool,
}

/// What a reader is made of.
pub struct Parts {
    /// Finds out what there is.
    pub discovery: Arc<dyn Discovery>,
    /// Read each platform.
    pub sources: HashMap<Platform, Arc<dyn Source>>,
    /// Looks at environments from outside, whatever their platform.
    pub prober: Option<Arc<dyn Prober>>,
    /// The ways in.
    pub connections: Vec<ConnectionPlan>,
    /// The budgets: their count is reported.
    pub limiter: Limiter,
    /// The clock.
    pub stamps: Stamps,
    /// How often.
    pub pace: Pace,
    /// Of which environments the details are wanted though they are well: [`Report::Swept`] waits for them too.
    pub wanted: Option<Arc<Wanted>>,
}

impl Reader {
    /// A reader that reports here.
    #[must_use]
    pub fn new(parts: Parts, reports: mpsc::UnboundedSender<Report>) -> Self {
        let now = Instant::now();
        let first = parts.connections.first().map(|plan| plan.connection.clone());
        // Of an account that another leads into, the regions are known by then.
        let turn = |plan: &ConnectionPlan| DiscoveryTurn {
            identify_at: Some(now),
            regions_at: (plan.regions.is_none() && first.as_ref() == Some(&plan.connection)).then_some(now),
        };
        let turns = parts.connections.iter().map(|plan| (plan.connection.clone(), turn(plan))).collect();
        let standings = parts.connections.iter().map(|plan| (plan.connection.clone(), Standing::Asked)).collect();
        let mut schedule = Schedule::new(parts.pace);
        if let Some(wanted) = parts.wanted {
            schedule.want(wanted);
        }
        for (platform, source) in &parts.sources {
            if let Some(sweep) = source.sweep() {
                schedule.sweep(*platform, sweep);
            }
        }
        if let Some(prober) = parts.prober.clone() {
            schedule.probe(Arc::new(move |key, target| prober.probes(key, target)));
        }
        let known = parts.connections.iter().filter_map(|plan| Some((plan.connection.clone(), plan.regions.clone()?))).collect();
        Self {
            discovery: parts.discovery,
            sources: parts.sources,
            prober: parts.prober,
            connections: parts.connections,
            limiter: parts.limiter,
            stamps: parts.stamps,
            schedule,
            turns,
            known,
            tasks: JoinSet::new(),
            about: HashMap::new(),
            reports,
            shown: None,
            calls: Calls::default(),
            swept: false,
            failed: HashSet::new(),
            standings,
            shared: HashSet::new(),
            standby: Vec::new(),
            handed_over: HashSet::new(),
            is_waiting: false,
        }
    }

    /// Reads until the requests' other end is dropped; then waits for what is under way.
    pub async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        self.cover();
        loop {
            self.start_due();
            let wake = self.next_wake();
            tokio::select! {
                request = requests.recv() => match request {
                    Some(request) => self.heed(request),
                    None => break,
                },
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
                () = tokio::time::sleep_until(wake) => {}
            }
            if self.reports.is_closed() {
                return;
            }
        }
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.ended(ended);
        }
    }

    fn heed(&mut self, request: Request) {
        match request {
            Request::Focus(focus) => self.schedule.focus(focus, Instant::now()),
            Request::Reveal(scope, property) => {
                let Some(source) = self.sources.get(&scope.platform).cloned() else { return };
                let about = property.clone();
                let handle = self.tasks.spawn(async move { Outcome::Value(source.reveal(scope, property).await) });
                self.about.insert(handle.id(), Task::Reveal(about));
            }
            Request::Hurry(about) => {
                let now = Instant::now();
                self.schedule.hurry(about.as_ref(), now);
                if about.is_none() {
                    // Who presses "read now" may just have renewed the credentials.
                    self.turns.values_mut().filter_map(|turn| turn.regions_at.as_mut()).for_each(|at| *at = now);
                    let lapsed = self.turns.iter_mut().filter(|(name, _)| matches!(self.standings.get(*name), Some(Standing::Lapsed(_))));
                    lapsed.filter_map(|(_, turn)| turn.identify_at.as_mut()).for_each(|at| *at = now);
                }
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let far = now + Duration::from_secs(3_600);
        let discovery = self.turns.values().flat_map(|turn| [turn.identify_at, turn.regions_at]).flatten();
        discovery.chain(self.schedule.next_due(now)).min().unwrap_or(far)
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        for (connection, turn) in &mut self.turns {
            if turn.identify_at.is_some_and(|at| at <= now) {
                turn.identify_at = None;
                let (discovery, name) = (Arc::clone(&self.discovery), connection.clone());
                let handle = self.tasks.spawn(async move { Outcome::Identity(discovery.identity(&name).await) });
                self.about.insert(handle.id(), Task::Identify(connection.clone()));
            }
            if turn.regions_at.is_some_and(|at| at <= now) {
                turn.regions_at = None;
                let (discovery, name) = (Arc::clone(&self.discovery), connection.clone());
                let handle = self.tasks.spawn(async move { Outcome::Regions(find_regions(discovery.as_ref(), &name).await) });
                self.about.insert(handle.id(), Task::FindRegions(connection.clone()));
            }
        }
        for (scope, ask) in self.schedule.due(now, self.stamps.now()) {
            let (about, question) = (Arc::clone(&scope), ask.clone());
            let Some(handle) = self.start(scope, ask) else { continue };
            self.about.insert(handle.id(), Task::Read(about, question));
        }
    }

    /// Asks whoever answers this.
    fn start(&mut self, scope: Arc<Scope>, ask: Ask) -> Option<AbortHandle> {
        if let Ask::Probes { key, target } = ask {
            let prober = Arc::clone(self.prober.as_ref()?);
            return Some(self.tasks.spawn(async move { Outcome::Observed(Box::new(prober.look(scope, key, target).await)) }));
        }
        let source = Arc::clone(self.sources.get(&scope.platform)?);
        self.schedule.costs(&scope, &ask, source.calls(&scope, &ask));
        Some(self.tasks.spawn(async move { Outcome::Observed(Box::new(source.read(scope, ask).await)) }))
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, outcome)) => (id, Some(outcome)),
            Err(error) => (error.id(), None),
        };
        let Some(task) = self.about.remove(&id) else { return };
        match (task, outcome) {
            (Task::Identify(connection), Some(Outcome::Identity(result))) => self.identified(&connection, result),
            (Task::FindRegions(connection), Some(Outcome::Regions(result))) => self.found_regions(connection, result),
            (Task::Read(scope, ask), Some(Outcome::Observed(observation))) => self.observed(&scope, &ask, *observation),
            (Task::Read(scope, ask), _) => {
                let observation = self.panicked(&scope, &ask);
                self.observed(&scope, &ask, observation);
            }
            (Task::Reveal(property), Some(Outcome::Value(told))) => self.report(Report::Revealed(property, told)),
            (Task::Reveal(property), _) => self.report(Report::Revealed(property, Err(bug()))),
            (Task::Identify(connection), _) => self.identified(&connection, Err(bug())),
            (Task::FindRegions(connection), _) => self.found_regions(connection, Err((bug(), Vec::new()))),
        }
        self.report_calls();
    }

    fn panicked(&self, scope: &Arc<Scope>, ask: &Ask) -> Observation {
        tracing::error!(%scope, ?ask, "reading panicked");
        Observation::Failed(Failure {
            source: Origin { question: ask.question(), scope: Arc::clone(scope) },
            stamp: self.stamps.stamp(),
            about: ask.about().cloned(),
            fault: bug(),
        })
    }

    fn identified(&mut self, connection: &Connection, result: Result<Identity, Fault>) {
        match result {
            Ok(identity) => {
                self.limiter.leads_to(connection, &identity.account);
                let account = identity.account.clone();
                // What is read from now on comes first: whoever waits until all have said where they lead has it then.
                self.stands(connection, &Standing::Known(account));
                self.report(Report::Identified(connection.clone(), identity));
            }
            Err(fault) => {
                let again = !matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported);
                if let Some(turn) = self.turns.get_mut(connection).filter(|_| again) {
                    turn.identify_at = Some(Instant::now() + discovery_pause(fault.kind));
                }
                // Where it is read all the same, what is read with the same credentials tells what is wrong with them.
                tracing::debug!(%connection, kind = fault.kind.word(), sentence = %fault, "the identity could not be asked for");
                self.not_identified(connection, fault);
            }
        }
    }

    fn found_regions(&mut self, connection: Connection, result: Result<Vec<Region>, (Fault, Vec<Region>)>) {
        let now = Instant::now();
        let Some(turn) = self.turns.get_mut(&connection) else { return };
        turn.regions_at = Some(now + REDISCOVERY);
        match result {
            Ok(regions) => {
                self.failed.remove(&connection);
                self.known.insert(connection.clone(), regions);
                self.share();
                self.report(Report::Found(connection));
            }
            Err((fault, instead)) => {
                tracing::debug!(%connection, kind = fault.kind.word(), sentence = %fault, "the regions could not be found out");
                if !matches!(fault.kind, FaultKind::Denied | FaultKind::Unsupported) {
                    turn.regions_at = Some(now + discovery_pause(fault.kind));
                }
                if !instead.is_empty() {
                    self.known.entry(connection.clone()).or_insert(instead);
                }
                self.failed.insert(connection.clone());
                self.share();
                let goes_on = self.known.contains_key(&connection);
                self.report(Report::DiscoveryFailed { connection, fault, goes_on });
            }
        }
    }

    /// Whether it is known of every connection what there is to read through it, or that it cannot be.
    fn has_discovered(&self) -> bool {
        let is_known = |plan: &ConnectionPlan| self.regions_of(plan).is_some() || self.failed.contains(&plan.connection);
        !self.is_waiting && self.connections.iter().all(is_known)
    }

    /// Hands the schedule every scope that is known to be there.
    fn cover(&mut self) {
        // Where a source was told what to read, nothing has to be found out for it.
        let told = self.sources.values().filter_map(|source| source.scopes()).flatten();
        let mut scopes: Vec<Arc<Scope>> = told.map(Arc::new).collect();
        let found = !self.known.is_empty() || !scopes.is_empty();
        let duties = self.assign();
        for (plan, duty) in self.connections.iter().zip(&duties) {
            for region in &duty.reads {
                for (platform, _) in self.sources.iter().filter(|(_, source)| source.scopes().is_none()) {
                    let scope = Scope { platform: *platform, connection: plan.connection.clone(), region: Some(region.clone()) };
                    scopes.push(Arc::new(scope));
                }
            }
        }
        self.schedule.cover(&scopes, Instant::now());
        if found {
            self.report_scopes();
        }
    }

    fn observed(&mut self, scope: &Scope, ask: &Ask, observation: Observation) {
        let now = Instant::now();
        match &observation {
            Observation::Seen(sighting) => {
                tracing::trace!(%scope, question = ask.question().word(), rows = sighting.readings.len(), "answered");
            }
            Observation::Failed(failure) => {
                tracing::debug!(%scope, question = ask.question().word(), kind = failure.fault.kind.word(), sentence = %failure.fault, "failed");
            }
        }
        self.schedule.ended(scope, ask, &observation, now);
        let fault = if let Observation::Failed(failure) = &observation { Some(failure.fault.clone()) } else { None };
        // Who reads instead comes first: whoever waits for all that is listed would else believe to have it.
        self.judge(&scope.connection, fault);
        self.report_scopes();
        self.report(Report::Observed(observation));
        if !self.swept && self.has_discovered() && self.schedule.has_swept(now) {
            self.swept = true;
            self.report_calls();
            self.report(Report::Swept);
        }
    }

    fn report_scopes(&mut self) {
        if self.is_waiting {
            return;
        }
        let worth = self.schedule.worth_showing();
        if self.shown.as_ref() != Some(&worth) {
            self.shown = Some(worth.clone());
            self.report(Report::Scopes(worth));
        }
    }

    fn report_calls(&mut self) {
        let calls = self.limiter.calls();
        if calls != self.calls {
            self.calls = calls;
            self.report(Report::Calls(calls));
        }
    }

    fn report(&self, report: Report) {
        // Nobody listens any more: `run` is about to end.
        let _ = self.reports.send(report);
    }
}

/// The regions; or why not, with those to read all the same.
///
/// They are asked for in one region only: that one being down must not hide the
/// others. Only credentials that have run out would fail everywhere.
async fn find_regions(discovery: &dyn Discovery, connection: &Connection) -> Result<Vec<Region>, (Fault, Vec<Region>)> {
    match discovery.regions(connection).await {
        Ok(regions) => Ok(regions),
        Err(fault) if fault.kind == FaultKind::Expired => Err((fault, Vec::new())),
        Err(fault) => {
            let home = discovery.home(connection).await;
            let ordinary = ALWAYS_ENABLED.contains(&home.as_str());
            let instead = if ordinary { ALWAYS_ENABLED.iter().map(|name| (*name).into()).collect() } else { vec![home] };
            Err((fault, instead))
        }
    }
}

/// How soon to try again.
fn discovery_pause(kind: FaultKind) -> Duration {
    if kind == FaultKind::Expired { RENEWAL_PAUSE } else { RECOVERY_PAUSE }
}

fn bug() -> Fault {
    Fault::new(
        FaultKind::Malformed,
        "this program failed while reading an answer; start it again with QUARTERDECK_LOG=FILE and please report what the file says",
    )
}

/// Runs a reader in the background; it ends when either channel's other end is dropped.
#[must_use]
pub fn start(parts: Parts) -> (mpsc::UnboundedSender<Request>, mpsc::UnboundedReceiver<Report>) {
    let (requests, inbox) = mpsc::unbounded_channel();
    let (outbox, reports) = mpsc::unbounded_channel();
    let reader = Reader::new(parts, outbox);
    tokio::spawn(reader.run(inbox).boxed());
    (requests, reports)
}

mod sharing;

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
