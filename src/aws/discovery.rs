//! Finds out whose credentials a connection has and which regions there are to read.

use futures_util::future::BoxFuture;

use super::call::{Operation, Wire};
use super::clients::Clients;
use crate::model::fault::Fault;
use crate::model::id::{Connection, Region};
use crate::ops::limit::Limiter;
use crate::ops::port::{Discovery, Identity};

/// What STS and EC2 tell of an account.
#[derive(Clone)]
pub struct Account {
    wire: Wire,
    clients: Clients,
}

impl Account {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        Self { wire: Wire::new(clients.clone(), limiter), clients }
    }

    async fn enabled_regions(&self, connection: &Connection) -> Result<Vec<Region>, Fault> {
        if let Some(configured) = &self.clients.way(connection).settings().regions {
            return Ok(configured.clone());
        }
        let line = self.wire.line(connection, None).await;
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeRegions", about: None };
        let told = self.wire.call(&line, operation, line.opened.ec2().describe_regions().send()).await.told?;
        // AWS leaves out regions that are not enabled unless asked for all; not every server does.
        let enabled = told.regions().iter().filter(|region| region.opt_in_status() != Some("not-opted-in"));
        let mut names: Vec<Region> = enabled.filter_map(|region| region.region_name()).map(Region::from).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

impl Discovery for Account {
    fn identity<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Identity, Fault>> {
        Box::pin(async move {
            let line = self.wire.line(connection, None).await;
            let (account, arn) = self.wire.identity(&line).await?;
            Ok(Identity { account, arn })
        })
    }

    /// The configured regions where there are any, without a call; else those enabled for the account.
    fn regions<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Result<Vec<Region>, Fault>> {
        Box::pin(self.enabled_regions(connection))
    }

    fn home<'a>(&'a self, connection: &'a Connection) -> BoxFuture<'a, Region> {
        Box::pin(self.clients.home_region(connection))
    }
}
