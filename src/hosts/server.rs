//! One server: asked once for all of its apps, and what it told kept for a while.

use std::sync::Arc;
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
    last: Mutex<Option<Kept>>,
}

/// What a server told, when it was asked for, or why it did not answer.
pub type Told = (Stamp, Result<Arc<Survey>, Fault>);

struct Kept {
    at: Instant,
    told: Told,
}

impl Server {
    pub fn new(host: Host, patience: Duration, limiter: Limiter) -> Self {
        let usual = Ssh { patience, ..Ssh::default() };
        let ssh = host.login.as_ref().map_or_else(Ssh::default, |login| Ssh {
            config: login.config.clone(),
            options: login.options.clone(),
            ..usual
        });
        Self { host, ssh, limiter, last: Mutex::new(None) }
    }

    /// What it tells, or told no longer than this ago. Nothing where nobody may log in.
    pub async fn survey(&self, no_older: Duration) -> Option<Told> {
        self.host.login.as_ref()?;
        let mut last = self.last.lock().await;
        if let Some(kept) = last.as_ref().filter(|kept| kept.at.elapsed() < kept.for_how_long(no_older)) {
            return Some(kept.told.clone());
        }
        let told = self.ask().await?;
        *last = Some(Kept { at: Instant::now(), told: told.clone() });
        Some(told)
    }

    async fn ask(&self) -> Option<Told> {
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
        Some((stamp, told))
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
    /// For how long this is good.
    fn for_how_long(&self, no_older: Duration) -> Duration {
        match &self.told.1 {
            Ok(_) => no_older,
            Err(fault) if matches!(fault.kind, FaultKind::Denied | FaultKind::Missing) => DENIED,
            Err(_) => FAILED,
        }
    }
}
