//! The shell towards what acts: who carries out actions, and what they write.

use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::aws::{self, Clients, ConnectionSettings};
use crate::config::Settings;
use crate::hosts;
use crate::ops::clock::Stamps;
use crate::ops::here::Here;
use crate::ops::limit::Limiter;
use crate::ops::looking::Looking;
use crate::ops::output::{Outputs, Written};
use crate::ops::output_logs::OutputLogs;
use crate::ops::port::{Forge, Leases, Tail};
use crate::ops::renewed::Renewed;
use crate::ops::router::Router;
use crate::ops::running::Running;
use crate::sources;

/// Who acts, where they hold targets against other machines, and what their actions write.
pub struct Actors {
    /// Carries actions out.
    pub router: Router,
    /// Where leases are kept, if anywhere.
    pub leases: Option<Arc<dyn Leases>>,
    /// What actions write, for their journals.
    pub written: mpsc::UnboundedReceiver<Written>,
    /// The same as logs.
    pub logs: Arc<dyn Tail>,
}

/// Who acts. The clients are their own; the budgets are those of all that is read, and so are the ways in.
#[must_use]
pub fn actors(
    settings: &Settings,
    connections: Vec<ConnectionSettings>,
    forge: Option<Arc<dyn Forge>>,
    limiter: &Limiter,
    stamps: Stamps,
) -> Actors {
    // Whatever is asked and sent here goes before what is only read.
    let limiter = &limiter.for_operations();
    let (outputs, written) = Outputs::new(stamps.clone());
    let clients = Clients::new(connections, limiter.clone());
    let logins = settings.catalogue.hosts.iter().filter_map(|host| host.login.clone());
    let hosts = hosts::acting::Acting::new(logins, settings.reading.timeout, limiter.clone(), outputs.clone())
        .with_groups(&settings.catalogue.target_groups);
    let circleci = sources::circleci(settings, limiter, &stamps);
    // One of its own: it is listed anew before each look.
    let instances = (!settings.compute.tagged.is_empty()).then(|| sources::tagged_instances(settings, clients.clone(), limiter.clone()));
    let logs = Arc::new(OutputLogs::new(outputs.clone()));
    let renewed = Looking::new(Renewed, stamps.clone(), instances);
    let groups = (!settings.compute.target_groups.is_empty()).then(|| sources::target_groups(settings, clients.clone(), limiter.clone()));
    let running = Looking::new(Running, stamps.clone(), groups);
    let aws = aws::Acting::new(clients, limiter.clone(), outputs.clone());
    let leases = settings.locks.parameters.as_ref().map(|path| Arc::new(aws.parameters(Arc::clone(path), machine())) as Arc<dyn Leases>);
    let router = Router {
        aws: Arc::new(aws),
        hosts: Arc::new(hosts),
        here: Arc::new(Here::new(stamps, forge, outputs)),
        circleci: Arc::new(circleci),
        renewed: Arc::new(renewed),
        running: Arc::new(running),
    };
    Actors { router, leases, written, logs }
}

/// What this machine is called, for whoever finds that something is held from here. POSIX has a program that says it;
/// the crates that ask the system build every SDK anew, for a feature of `libc` or `rustix`.
fn machine() -> Arc<str> {
    let told = Command::new("uname").arg("-n").stdin(Stdio::null()).output().ok();
    let name = told.and_then(|told| String::from_utf8(told.stdout).ok()).unwrap_or_default();
    if name.trim().is_empty() { "a machine without a name".into() } else { name.trim().into() }
}
