//! Plain hosts as a source: what is declared, what the servers tell, and the previews of pull requests.
//!
//! Each server is two scopes, since the two are asked at moments of their own: the server itself, and the
//! previews that GitHub tells of and the server does not.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};

use super::previews::Asked;
use super::server::{Listed, Server};
use super::survey::{Found, Sought, Survey};
use crate::http::Prober;
use crate::model::catalogue::Tier;
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::{Health, HealthSource, Level};
use crate::model::host::{Host, HostedApp};
use crate::model::id::{AppName, Connection, EnvironmentKey, EnvironmentName, Platform, PullNumber};
use crate::model::preview::Preview;
use crate::model::sighting::{
    Coverage, Failure, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source as Origin, Warning,
};
use crate::model::version::{Stated, VersionSource};
use crate::ops::limit::Limiter;
use crate::ops::port::{Ask, Forge, Source, Sweep};

/// Of each server one question at a time: its answer tells of all that lives there.
const SWEEP: Sweep = Sweep { turn: Duration::from_secs(1), at_once: 1 };

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

    /// What is declared is there; what the server tells of is there beside it, as old as the login that told it. Between
    /// two logins only what is declared is told anew, and that is not all that there is.
    async fn list(&self, server: &Server) -> Answer {
        let host = &server.host;
        let mut rows: Vec<(EnvironmentName, Identity)> = host.apps.iter().map(|app| declared(host, app)).collect();
        let listed = if host.folder.is_some() { server.listed().await } else { None };
        let Some(Listed { told: (asked_at, told), is_new }) = listed else {
            return (self.limiter.stamp(), Ok((Coverage::Complete, readings(host, rows))));
        };
        let coverage = match told {
            Ok(survey) if survey.has_folder && is_new => {
                rows.extend(self.found(server, &survey));
                return (asked_at, Ok((Coverage::Complete, readings(host, rows))));
            }
            Ok(survey) if survey.has_folder => Coverage::Partial,
            Ok(_) => Coverage::Except(no_folder(host)),
            Err(fault) => Coverage::Except(fault),
        };
        (self.limiter.stamp(), Ok((coverage, readings(host, rows))))
    }

    /// What lives in the server's folder and is not declared. Previews are known by their names. GitHub is not waited
    /// for: what it says of a preview is told as its record.
    fn found(&self, server: &Server, survey: &Survey) -> Vec<(EnvironmentName, Identity)> {
        let host = &server.host;
        let others = names(host, survey).filter(|name| !host.apps.iter().any(|app| app.name == *name));
        let row = |name: EnvironmentName| {
            let identity = match host.app_of(&name).and_then(|(app, pull)| Some((app, pull?))) {
                Some((app, pull)) => {
                    let known = app.previews.as_ref().and_then(|own| self.previews.known(&own.repository));
                    let url = known.and_then(|seen| seen.list.get(pull)?.address().map(Arc::clone));
                    Identity { url, ..preview(app, pull) }
                }
                None => Identity::of(AppName::from(name.as_str())),
            };
            (name, Identity { answers: Questions::of([Question::Versions]), ..identity })
        };
        others.map(row).collect()
    }

    /// The previews that GitHub tells of and the server does not: of open pull requests those that somewhere said
    /// where they are, of closed ones those that are proven to be there still.
    async fn list_previews(&self, server: &Server) -> Answer {
        let asked = join_all(
            server
                .with_previews()
                .filter_map(|app| Some((app, app.previews.as_ref()?)))
                .map(|(app, own)| async move { (app, self.previews.ask(own).await) }),
        );
        let (mut rows, mut stamps, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_any_told = false;
        for (app, told) in asked.await {
            let Some((stamp, told)) = told else { continue };
            stamps.push(stamp);
            match told {
                Err(fault) => faults.push(fault),
                Ok(seen) => {
                    is_any_told = true;
                    faults.extend(seen.doubt.clone());
                    let shown = seen.list.each.iter().filter(|preview| preview.is_open && preview.address().is_some());
                    let shown = shown.chain(&seen.left_over).map(|shown| (app.preview(shown.pull), reading_of(app, shown)));
                    rows.extend(shown);
                }
            }
        }
        // Whatever the server itself has told of by now.
        let there: Vec<EnvironmentName> = server.known().iter().flat_map(|survey| names(&server.host, survey)).collect();
        rows.retain(|(name, _)| !there.contains(name));
        let stamp = stamps.into_iter().min().unwrap_or_else(|| self.limiter.stamp());
        let rows = rows.into_iter().map(|(name, reading)| (server.host.key(name), reading)).collect();
        match faults.into_iter().next() {
            Some(fault) if !is_any_told => (stamp, Err(fault)),
            Some(fault) => (stamp, Ok((Coverage::Except(fault), rows))),
            None => (stamp, Ok((Coverage::Complete, rows))),
        }
    }
}

/// The preview of a pull request, as far as its app was declared.
fn preview(app: &HostedApp, pull: PullNumber) -> Identity {
    let mut identity = Identity { pull: Some(pull), tier: Some(Tier::Preview), ..Identity::of(app.group()) };
    if app.previews.as_ref().is_some_and(|own| own.shares_secrets) {
        let sentence = "this preview has the secrets of production: what its pull request does, it can do there";
        identity.warnings.push(Warning::new(Level::Info, sentence));
    }
    identity
}

/// A preview, with what GitHub alone tells of it.
fn reading_of(app: &HostedApp, shown: &Preview) -> Reading {
    let identity = Identity { url: shown.address().map(Arc::clone), ..preview(app, shown.pull) };
    Reading { identity: Some(Box::new(identity)), version: shown.version.clone(), ..Reading::default() }
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

/// What the server tells of one environment and, since one login tells of all, of the others; nothing where nobody may
/// log in.
async fn versions(server: &Server, key: &EnvironmentKey) -> Option<Answer> {
    let (stamp, told) = server.asked(&key.name).await?;
    let readings = told.and_then(|survey| {
        let own = reading(server, &key.name, &survey)?;
        let declared = server.host.apps.iter().map(|app| app.name.clone());
        let others: BTreeSet<EnvironmentName> = declared.chain(names(&server.host, &survey)).filter(|name| *name != key.name).collect();
        let others = others.into_iter().filter_map(|name| Some((server.host.key(name.clone()), reading(server, &name, &survey).ok()?)));
        Ok(std::iter::once((key.clone(), own)).chain(others).collect())
    });
    Some((stamp, readings.map(|readings| (Coverage::Partial, readings))))
}

fn reading(server: &Server, name: &EnvironmentName, survey: &Survey) -> Result<Reading, Fault> {
    let host = server.host.name.as_str();
    let path = server.path(name);
    let found = path.as_deref().and_then(|path| survey.at(path));
    let sought = Sought { name: name.as_str(), found, host };
    let instances = survey.instances(sought);
    let is_known = instances.is_some();
    let mut reading = Reading { instances, health: Some(survey.health(sought)), ..Reading::default() };
    match found.map(|found| (found, &found.checked_out)) {
        Some((found, Ok(sha))) if survey.is_older(sought) => {
            let (short, path) = (sha.short(), &found.path);
            let sentence =
                format!("{short} is checked out in {path} on {host}, and the containers were made before: what they run is older");
            add(&mut reading, Level::Warning, sentence);
        }
        Some((_, Ok(sha))) => reading.version = Some(Stated::commit(VersionSource::SshCommand, sha.clone())),
        Some((found, Err(why))) => {
            let sentence = format!("what is checked out in {} on {host} is not known: {why}", found.path);
            if !is_known {
                return Err(Fault::new(FaultKind::Refused, sentence));
            }
            add(&mut reading, Level::Info, sentence);
        }
        None if !is_known => {
            let place = path.map_or_else(|| "nobody said where it lives".to_owned(), |path| format!("there is no folder {path}"));
            return Err(Fault::new(FaultKind::Missing, format!("{host} does not tell of {name}: {place}")));
        }
        None => {}
    }
    Ok(reading)
}

/// Adds something to what is wrong.
fn add(reading: &mut Reading, level: Level, sentence: String) {
    let health =
        reading.health.get_or_insert_with(|| Health { level: Level::Ok, word: None, causes: Vec::new(), source: HealthSource::Containers });
    if level.urgency() > health.level.urgency() && health.level != Level::Unknown {
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
