//! One server: asked once for all of its apps, and what it told kept for a while.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::survey::{self, Survey};
use crate::model::clock::Stamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::host::{Host, HostedApp};
use crate::model::id::{Connection, EnvironmentName};
use crate::ops::limit::{BudgetKey, Limiter};
use crate::ssh::{Limits, Ssh};

/// How old what a server told of its folders may be when it is listed: a login costs more than a call.
const LISTED: Duration = Duration::from_secs(900);
/// How old what a listing was told may be for who asks for the first time.
const TOGETHER: Duration = Duration::from_secs(30);
/// How soon a login that was not let in is tried again.
const DENIED: Duration = Duration::from_secs(300);
/// How soon one that failed otherwise is.
const FAILED: Duration = Duration::from_secs(60);
/// How long the whole answer may take beyond the connection: many apps, a slow disk.
const ANSWER: Duration = Duration::from_secs(20);

/// A server, and what it told last.
pub struct Server {
    pub host: Host,
    ssh: Ssh,
    limiter: Limiter,
    /// Held while it is asked: whoever asks meanwhile waits for the same answer.
    memory: Mutex<Memory>,
    /// What it told last that was understood, for whoever does not wait.
    known: std::sync::Mutex<Option<Arc<Survey>>>,
}

/// What a server told, when it was asked for, or why it did not answer.
pub type Told = (Stamp, Result<Arc<Survey>, Fault>);

#[derive(Default)]
struct Memory {
    last: Option<Kept>,
    /// The environments that were asked about already: who asks again wants to know what has changed.
    asked: HashSet<EnvironmentName>,
}

struct Kept {
    at: Instant,
    told: Told,
    /// Whether a listing has told it.
    is_listed: bool,
}

/// What a listing is made of.
pub struct Listed {
    pub told: Told,
    /// Whether no listing has told it before.
    pub is_new: bool,
}

impl Server {
    pub fn new(host: Host, patience: Duration, limiter: Limiter) -> Self {
        let usual = Ssh { patience, ..Ssh::default() };
        let ssh = host.login.as_ref().map_or_else(Ssh::default, |login| Ssh {
            config: login.config.clone(),
            options: login.options.clone(),
            ..usual
        });
        Self { host, ssh, limiter, memory: Mutex::default(), known: std::sync::Mutex::default() }
    }

    /// What it tells for a listing, for which something older does. Nothing where nobody may log in.
    pub async fn listed(&self) -> Option<Listed> {
        self.host.login.as_ref()?;
        let mut memory = self.memory.lock().await;
        let kept = memory.last.take().filter(|kept| kept.at.elapsed() < kept.for_how_long());
        let mut kept = match kept {
            Some(kept) => kept,
            None => self.ask().await?,
        };
        let is_new = !std::mem::replace(&mut kept.is_listed, true);
        let told = kept.told.clone();
        memory.last = Some(kept);
        drop(memory);
        Some(Listed { told, is_new })
    }

    /// What it tells now of this environment. What a listing has just been told serves whoever was never asked about;
    /// whoever asks again, as after a deploy, is not told what was true before. Nothing where nobody may log in.
    pub async fn asked(&self, name: &EnvironmentName) -> Option<Told> {
        self.host.login.as_ref()?;
        let mut memory = self.memory.lock().await;
        let is_first = memory.asked.insert(name.clone());
        let kept = memory.last.take().filter(|kept| is_first && kept.at.elapsed() < TOGETHER);
        let kept = match kept {
            Some(kept) => kept,
            None => self.ask().await?,
        };
        let told = kept.told.clone();
        memory.last = Some(kept);
        drop(memory);
        Some(told)
    }

    /// What it told last that was understood, without asking it or waiting for who does.
    pub fn known(&self) -> Option<Arc<Survey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self) -> Option<Kept> {
        let login = self.host.login.as_ref()?;
        let budget = BudgetKey { connection: Connection::from(self.host.name.as_str()), region: None, api: "ssh" };
        let stamp = self.limiter.pass(&budget).await;
        self.limiter.sent(&budget);
        let paths: Vec<String> = self.host.apps.iter().filter_map(|app| self.host.path(app)).collect();
        let command = survey::command(self.host.folder.as_deref(), paths.iter().map(String::as_str));
        let limits = Limits { time: self.ssh.patience + ANSWER, ..Limits::default() };
        let told = match self.ssh.run(&login.to, &command, limits).await {
            Ok(output) => survey::read(&output.text(), self.host.name.as_str()).map(Arc::new),
            Err(error) => Err(error.fault()),
        };
        if let Ok(survey) = &told {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(survey));
        }
        Some(Kept { at: Instant::now(), told: (stamp, told), is_listed: false })
    }

    /// Where this environment lives here, as far as anybody said.
    pub fn path(&self, name: &EnvironmentName) -> Option<String> {
        let declared = self.host.apps.iter().find(|app| app.name == *name);
        let below = || self.host.folder.as_ref().map(|folder| format!("{}/{name}", folder.trim_end_matches('/')));
        declared.and_then(|app| self.host.path(app)).or_else(below)
    }

    /// Its apps that have previews.
    pub fn with_previews(&self) -> impl Iterator<Item = &HostedApp> {
        self.host.apps.iter().filter(|app| app.previews.is_some())
    }
}

impl Kept {
    /// For how long this is good for a listing.
    fn for_how_long(&self) -> Duration {
        match &self.told.1 {
            Ok(_) => LISTED,
            Err(fault) if matches!(fault.kind, FaultKind::Denied | FaultKind::Missing) => DENIED,
            Err(_) => FAILED,
        }
    }
}
