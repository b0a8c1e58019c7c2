//! The shell towards what acts: who carries out actions, and what they write.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::aws::{self, Clients, ConnectionSettings};
use crate::config::Settings;
use crate::hosts;
use crate::ops::clock::Stamps;
use crate::ops::here::Here;
use crate::ops::limit::Limiter;
use crate::ops::output::{Outputs, Written};
use crate::ops::port::Forge;
use crate::ops::router::Router;

/// Who acts, and what their actions write. The clients are their own; the budgets are those of all that is read, and
/// so are the ways in.
#[must_use]
pub fn actors(
    settings: &Settings,
    connections: Vec<ConnectionSettings>,
    forge: Option<Arc<dyn Forge>>,
    limiter: &Limiter,
    stamps: Stamps,
) -> (Router, mpsc::UnboundedReceiver<Written>) {
    let (outputs, written) = Outputs::new(stamps.clone());
    let clients = Clients::new(connections, limiter.clone());
    let logins = settings.catalogue.hosts.iter().filter_map(|host| host.login.clone());
    let hosts = hosts::acting::Acting::new(logins, settings.reading.timeout, limiter.clone(), outputs.clone())
        .with_groups(&settings.catalogue.target_groups);
    let router = Router {
        aws: Arc::new(aws::Acting::new(clients, limiter.clone(), outputs.clone())),
        hosts: Arc::new(hosts),
        here: Arc::new(Here::new(stamps, forge, outputs)),
    };
    (router, written)
}
