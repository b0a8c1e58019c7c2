//! The shell towards logs: who reads what, with the budgets of all that is read.

use std::sync::Arc;

use crate::aws::{Clients, CloudWatchLogs, ConnectionSettings, InstanceAddresses};
use crate::github::{GitHubSettings, JobLogs};
use crate::hosts::logs::Commands;
use crate::ops::clock::Stamps;
use crate::ops::limit::Limiter;
use crate::ops::port::Tail;
use crate::ops::tails::Tails;

/// Who reads logs through these ways in. `outputs` tells what this console's own actions write, where it acts.
#[must_use]
pub fn tails(
    connections: Vec<ConnectionSettings>,
    github: Option<GitHubSettings>,
    outputs: Option<Arc<dyn Tail>>,
    limiter: &Limiter,
    stamps: &Stamps,
) -> Tails {
    let clients = Clients::new(connections, limiter.clone());
    let addresses = InstanceAddresses::new(clients.clone(), limiter.clone());
    let github = github.map(|settings| Arc::new(JobLogs::new(settings, limiter.clone(), stamps.clone())) as Arc<dyn Tail>);
    Tails {
        aws: Arc::new(CloudWatchLogs::new(clients, limiter.clone())),
        hosts: Arc::new(Commands::new(Some(Arc::new(addresses)), limiter.clone())),
        github,
        outputs,
    }
}
