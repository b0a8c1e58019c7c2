//! Plain hosts as a source: what is declared, what the servers tell, and the previews of pull requests.
//!
//! Each server is two scopes, since the two are asked at moments of their own: the server itself, and the
//! previews that GitHub tells of and the server does not.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::previews::{self, Asked};
use super::server::Server;
use super::survey::{Found, Survey};
use crate::http::Prober;
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::host::{Host, HostedApp};
use crate::model::id::{AppName, Connection, EnvironmentKey, EnvironmentName, Platform, PullNumber};
use crate::model::sighting::{Coverage, Failure, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source as Origin};
use crate::model::version::{Stated, VersionSource};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Forge, Source, Sweep};

/// Several apps of a server are asked about one after the other: one login serves them.
const TOGETHER: Duration = Duration::from_secs(30);
/// How old what a server told of its folders may be when it is listed: a login costs more than a call.
const LISTED: Duration = Duration::from_secs(900);
/// Of each server two questions at a time, a second apart.
const SWEEP: Sweep = Sweep { turn: Duration::from_secs(1), at_once: 2 };

/// Every plain host that was declared.
pub struct Hosts {
    servers: Vec<Server>,
    previews: Asked,
    limiter: Limiter,
}

/// An answer, and when it was asked for.
type Answer = (Stamp, Result<(Coverage, Vec<(EnvironmentKey, Reading)>), Fault>);

impl Hosts {
    /// These hosts; their previews are asked of `forge`, where there is one.
    ///
    /// `patience` is how long the making of a connection and the answer of a page may take.
    #[must_use]
    pub fn new(hosts: &[Host], patience: Duration, prober: Prober, forge: Option<Arc<dyn Forge>>, limiter: Limiter) -> Self {
        let server = |host: &Host| Server::new(host.clone(), patience, limiter.clone());
        Self { servers: hosts.iter().map(server).collect(), previews: Asked::new(forge, prober, patience), limiter }
    }

    async fn observe(&self, scope: Arc<Scope>, ask: Ask) -> Observation {
        let (stamp, told) = self.answer(&scope, &ask).await;
        let source = Origin { question: ask.question(), scope };
        match told {
            Ok((coverage, readings)) => {
                Observation::Seen(Sighting { source, stamp, coverage, account: None, readings, events: Vec::new() })
            }
            Err(fault) => Observation::Failed(Failure { source, stamp, about: ask.about().cloned(), fault }),
        }
    }

    async fn answer(&self, scope: &Scope, ask: &Ask) -> Answer {
        let own = self.servers.iter().find(|server| server.host.connection() == scope.connection);
        let beside = || self.servers.iter().find(|server| server.host.previews_connection() == scope.connection);
        match (ask, own) {
            (Ask::Listing, Some(server)) => self.list(server).await,
            (Ask::Listing, None) => match beside() {
                Some(server) => self.list_previews(server).await,
                None => self.none(FaultKind::Missing, format!("no host is called {}: compare the configuration", scope.connection)),
            },
            (Ask::Versions(key), Some(server)) => versions(server, key).await.unwrap_or_else(|| self.unasked(ask)),
            // Nobody keeps a journal there.
            (Ask::Events { .. }, _) => (self.limiter.stamp(), Ok((Coverage::Complete, Vec::new()))),
            _ => self.unasked(ask),
        }
    }

    fn none(&self, kind: FaultKind, sentence: String) -> Answer {
        (self.limiter.stamp(), Err(Fault::new(kind, sentence)))
    }

    fn unasked(&self, ask: &Ask) -> Answer {
        self.none(FaultKind::Unsupported, format!("a plain host is not asked for {}", ask.question().word()))
    }

    /// What is declared is there; what the server tells of is there beside it. Where it does not answer the
    /// listing is not complete: what only the server tells of may be there or not.
    async fn list(&self, server: &Server) -> Answer {
        let surveyed = if server.host.folder.is_some() { server.survey(LISTED).await } else { None };
        let mut rows: Vec<(EnvironmentName, Identity)> = server.host.apps.iter().map(|app| declared(&server.host, app)).collect();
        let mut coverage = Coverage::Complete;
        match surveyed.as_ref().map(|(_, told)| told) {
            Some(Ok(survey)) if survey.has_folder => rows.extend(self.found(server, survey).await),
            Some(Ok(_)) => coverage = Coverage::Except(no_folder(&server.host)),
            Some(Err(fault)) => coverage = Coverage::Except(fault.clone()),
            None => {}
        }
        // As old as what the server told.
        let stamp = surveyed.map_or_else(|| self.limiter.stamp(), |(stamp, _)| stamp);
        (stamp, Ok((coverage, readings(&server.host, rows))))
    }

    /// What lives in the server's folder and is not declared. Previews are known by their names.
    async fn found(&self, server: &Server, survey: &Survey) -> Vec<(EnvironmentName, Identity)> {
        let host = &server.host;
        let mut rows = Vec::new();
        for name in names(host, survey).filter(|name| !host.apps.iter().any(|app| app.name == *name)) {
            let preview = host.app_of(&name).and_then(|(app, pull)| Some((app, pull?)));
            let identity = match preview {
                Some((app, pull)) => self.preview(host, app, pull).await,
                None => Identity { answers: Questions::of([Question::Versions]), ..Identity::of(AppName::from(name.as_str())) },
            };
            rows.push((name, identity));
        }
        rows
    }

    /// A preview, with what GitHub tells of its pull request.
    async fn preview(&self, host: &Host, app: &HostedApp, pull: PullNumber) -> Identity {
        let mut identity = Identity { pull: Some(pull), tier: Some(crate::model::catalogue::Tier::Preview), ..Identity::of(app.group()) };
        if host.login.is_some() {
            identity.answers = Questions::of([Question::Versions]);
        }
        if let Some(own) = &app.previews {
            let told = self.previews.ask(own).await;
            identity.warnings = previews::warnings(pull, told.as_ref(), own);
            let seen = told.as_ref().and_then(|(_, told)| told.as_ref().ok());
            identity.url = seen.and_then(|seen| seen.list.get(pull)?.url.clone());
        }
        identity
    }

    /// The previews that GitHub tells of and the server does not: of open pull requests those that somewhere said
    /// where they are, of closed ones those that still answer.
    async fn list_previews(&self, server: &Server) -> Answer {
        let surveyed = if server.host.folder.is_some() { server.survey(LISTED).await } else { None };
        let told_there = surveyed.and_then(|(_, told)| told.ok()).filter(|survey| survey.has_folder);
        let there: Vec<EnvironmentName> = told_there.iter().flat_map(|survey| names(&server.host, survey)).collect();
        let (mut rows, mut coverage, mut stamps) = (Vec::new(), Coverage::Complete, Vec::new());
        let asked = join_all(
            server
                .with_previews()
                .filter_map(|app| Some((app, app.previews.as_ref()?)))
                .map(|(app, own)| async move { (app, self.previews.ask(own).await) }),
        );
        for (app, told) in asked.await {
            let Some((stamp, told)) = told else { continue };
            stamps.push(stamp);
            match told {
                Err(fault) => return (stamp, Err(fault)),
                Ok(seen) => {
                    if !seen.list.is_complete {
                        coverage = Coverage::Partial;
                    }
                    let open = seen.list.each.iter().filter(|preview| preview.is_open && preview.url.is_some()).map(|preview| preview.pull);
                    for pull in open.chain(seen.left_over.iter().copied()) {
                        if !there.contains(&app.preview(pull)) {
                            rows.push((app.preview(pull), self.preview_without_login(app, pull).await));
                        }
                    }
                }
            }
        }
        let stamp = stamps.into_iter().min().unwrap_or_else(|| self.limiter.stamp());
        (stamp, Ok((coverage, readings(&server.host, rows))))
    }

    async fn preview_without_login(&self, app: &HostedApp, pull: PullNumber) -> Identity {
        let nowhere = Host { name: "".into(), login: None, folder: None, apps: Vec::new() };
        self.preview(&nowhere, app, pull).await
    }
}

fn no_folder(host: &Host) -> Fault {
    let folder = host.folder.as_deref().unwrap_or_default();
    Fault::new(FaultKind::Missing, format!("{} has no folder {folder} that this user may read: compare the configuration", host.name))
}

/// The names of the folders in the server's folder.
fn names(host: &Host, survey: &Survey) -> impl Iterator<Item = EnvironmentName> {
    let folder = host.folder.as_deref().map_or_else(String::new, |folder| format!("{}/", folder.trim_end_matches('/')));
    let name = move |found: &Found| {
        let name = found.path.strip_prefix(&*folder).filter(|name| !name.is_empty() && !name.contains('/'))?;
        Some(EnvironmentName::from(name))
    };
    survey.apps.iter().filter_map(name).collect::<Vec<_>>().into_iter()
}

fn readings(host: &Host, rows: Vec<(EnvironmentName, Identity)>) -> Vec<(EnvironmentKey, Reading)> {
    let reading = |(name, identity)| (host.key(name), Reading { identity: Some(Box::new(identity)), ..Reading::default() });
    rows.into_iter().map(reading).collect()
}

fn declared(host: &Host, app: &HostedApp) -> (EnvironmentName, Identity) {
    let mut identity = Identity { tier: Some(app.tier), ..Identity::of(app.group()) };
    identity.url = app.health.as_ref().map(|health| Arc::from(origin(&health.address)));
    if host.login.is_some() {
        identity.answers = Questions::of([Question::Versions]);
    }
    (app.name.clone(), identity)
}

/// Scheme and host of an address.
fn origin(address: &str) -> &str {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(address.len(), |at| start + at);
    address.get(..end).unwrap_or(address)
}

/// What the server tells of one environment; nothing where nobody may log in.
async fn versions(server: &Server, key: &EnvironmentKey) -> Option<Answer> {
    let (stamp, told) = server.survey(TOGETHER).await?;
    Some((stamp, told.and_then(|survey| reading(server, key, &survey)).map(|reading| (Coverage::Partial, vec![(key.clone(), reading)]))))
}

fn reading(server: &Server, key: &EnvironmentKey, survey: &Survey) -> Result<Reading, Fault> {
    let name = key.name.as_str();
    let path = server.path(&key.name);
    let found = path.as_deref().and_then(|path| survey.at(path));
    let slot = found.and_then(|found| found.slot.as_deref());
    let mut reading = Reading { instances: survey.instances(name, slot), health: survey.health(name, slot), ..Reading::default() };
    match found.map(|found| (found, &found.checked_out)) {
        Some((found, Ok(sha))) if survey.is_older(name, found) => {
            let sentence = format!("{} is checked out, and the containers were made before: what they run is older", sha.short());
            add(&mut reading, Level::Warning, sentence);
        }
        Some((_, Ok(sha))) => reading.version = Some(Stated::commit(VersionSource::SshCommand, sha.clone())),
        Some((found, Err(why))) if reading.instances.is_none() => {
            return Err(Fault::new(
                FaultKind::Refused,
                format!("what is checked out in {} on {} is not known: {why}", found.path, server.host.name),
            ));
        }
        Some((found, Err(why))) => add(&mut reading, Level::Info, format!("what is checked out in {} is not known: {why}", found.path)),
        None if reading.instances.is_none() => {
            let place = path.map_or_else(|| "nobody said where it lives".to_owned(), |path| format!("there is no folder {path}"));
            return Err(Fault::new(FaultKind::Missing, format!("{} does not tell of {name}: {place}", server.host.name)));
        }
        None => {}
    }
    Ok(reading)
}

/// Adds something to what is wrong.
fn add(reading: &mut Reading, level: Level, sentence: String) {
    let health =
        reading.health.get_or_insert_with(|| Health { level: Level::Ok, word: None, causes: Vec::new(), source: HealthSource::Containers });
    if level.urgency() > health.level.urgency() {
        health.level = level;
    }
    health.causes.push(Arc::from(sentence));
}

impl Source for Hosts {
    fn scopes(&self) -> Option<Vec<Scope>> {
        let scope = |connection: Connection| Scope { platform: Platform::Host, connection, region: None };
        let scopes = self.servers.iter().flat_map(|server| {
            let beside = server.with_previews().next().filter(|_| self.previews.is_asked()).map(|_| server.host.previews_connection());
            std::iter::once(server.host.connection()).chain(beside).map(scope)
        });
        Some(scopes.collect())
    }

    fn sweep(&self) -> Option<Sweep> {
        Some(SWEEP)
    }

    fn read(&self, scope: Arc<Scope>, ask: Ask) -> BoxFuture<'_, Observation> {
        Box::pin(async move { self.observe(scope, ask).await })
    }
}
