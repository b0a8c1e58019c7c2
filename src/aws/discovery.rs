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
        let operation = Operation { api: "ec2", service: "EC2", name: "DescribeRegions", about: None, in_turn: false };
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

#[cfg(test)]
mod tests {
    use super::super::canned::{Rig, error, xml};
    use super::*;
    use crate::model::fault::FaultKind;

    const REGIONS: &str = "<DescribeRegionsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId><regionInfo>\
        <item><regionName>us-west-1</regionName><regionEndpoint>x</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>\
        <item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>\
        <item><regionName>ca-central-1</regionName></item></regionInfo></DescribeRegionsResponse>";

    #[tokio::test]
    async fn enabled_regions_are_found() {
        let rig = Rig::new(vec![xml(REGIONS)]).await;
        let regions = rig.account.regions(&rig.connection).await.unwrap();
        assert_eq!(regions, ["ca-central-1", "us-west-1"].map(Region::from));
        assert_eq!(rig.limiter.calls_to(&rig.connection, Some(&Region::from("us-east-1"))), 1);
    }

    #[tokio::test]
    async fn configured_regions_cost_no_call() {
        let configured = vec![Region::from("eu-west-1")];
        let rig = Rig::with_regions(vec![xml(REGIONS)], Some(configured.clone())).await;
        assert_eq!(rig.account.regions(&rig.connection).await.unwrap(), configured);
        assert_eq!(rig.limiter.calls().total, 0);
        assert_eq!(rig.clients.home_region(&rig.connection).await.as_str(), "eu-west-1");
    }

    #[tokio::test]
    async fn errors_of_ec2_and_sts_are_faults() {
        let denied = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>";
        let rig = Rig::new(vec![super::super::canned::Reply::Http(403, "text/xml", denied.to_owned())]).await;
        let fault = rig.account.regions(&rig.connection).await.unwrap_err();
        assert_eq!(
            (fault.kind, &*fault.sentence),
            (FaultKind::Denied, "us-east-1 denies ec2:DescribeRegions to this connection: no; ask for that permission")
        );

        let rig = Rig::new(vec![error(403, "ExpiredToken", "x")]).await;
        let fault = rig.account.identity(&rig.connection).await.unwrap_err();
        assert_eq!((fault.kind, rig.limiter.calls().total), (FaultKind::Expired, 1));
    }
}
