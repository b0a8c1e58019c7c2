//! What a region holds that could be configured: environments, target groups, and machines with their tags.
//!
//! For who writes a configuration: asked once, by nobody's schedule. What to make of it is not decided here.

use std::collections::BTreeMap;

use aws_sdk_elasticbeanstalk::types::EnvironmentDescription;
use aws_sdk_elasticloadbalancingv2::types::TargetGroup;

use super::call::{Answer, Line, Operation, Wire};
use super::clients::Clients;
use super::compute::{Machine, Machines};
use super::pages;
use super::told::text;
use crate::model::fault::Fault;
use crate::model::id::{Connection, InstanceId, Region};
use crate::ops::limit::Limiter;

/// What a region holds, each kind by itself: one that cannot be read keeps nobody from the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Inventory {
    /// The environments of Elastic Beanstalk.
    pub environments: Result<Vec<FoundEnvironment>, Fault>,
    /// The target groups, but for those that Elastic Beanstalk has made.
    pub groups: Result<Vec<FoundGroup>, Fault>,
    /// The machines, but for those of Elastic Beanstalk.
    pub machines: Result<Vec<FoundMachine>, Fault>,
}

/// An environment of Elastic Beanstalk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundEnvironment {
    /// Its application.
    pub application: String,
    /// Its name.
    pub name: String,
    /// The label of the version that it runs.
    pub label: Option<String>,
}

/// A target group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundGroup {
    /// Its name.
    pub name: String,
    /// The machines that stand in it.
    pub machines: Vec<InstanceId>,
}

/// A machine of EC2.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundMachine {
    /// Its id.
    pub id: InstanceId,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// Looks for all that.
#[derive(Clone)]
pub struct Inventories {
    wire: Wire,
    machines: Machines,
}

/// The tag that Elastic Beanstalk gives to all that it makes (its developer guide, "Tagging resources").
const MANAGED: &str = "elasticbeanstalk:environment-name";
/// How the target groups are called that Elastic Beanstalk makes.
const MANAGED_GROUP: &str = "awseb-";

impl Inventories {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        let wire = Wire::new(clients, limiter);
        Self { machines: Machines::new(wire.clone()), wire }
    }

    /// Looks through one region.
    pub async fn of(&self, connection: &Connection, region: &Region) -> Inventory {
        let line = self.wire.line(connection, Some(region)).await;
        let (environments, groups, machines) = tokio::join!(self.environments(&line), self.groups(&line), self.machines.all(&line));
        let found = |machine: Machine| FoundMachine { id: machine.id, tags: machine.tags };
        let is_managed = |machine: &Machine| machine.tags.contains_key(MANAGED);
        let machines = machines.map(|all| all.into_iter().filter(|machine| !is_managed(machine)).map(found).collect());
        Inventory { environments, groups, machines }
    }

    async fn environments(&self, line: &Line) -> Result<Vec<FoundEnvironment>, Fault> {
        let operation =
            Operation { api: "elasticbeanstalk", service: "Elastic Beanstalk", name: "DescribeEnvironments", about: None, in_turn: false };
        let client = line.opened.beanstalk(&line.region);
        let pages = pages::all(line, operation, |token| {
            let ask = client.describe_environments().include_deleted(false).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.environments.unwrap_or_default(), page.next_token)) }
            })
        });
        Ok(pages.await.told?.iter().filter_map(environment).collect())
    }

    async fn groups(&self, line: &Line) -> Result<Vec<FoundGroup>, Fault> {
        let operation = balancing("DescribeTargetGroups");
        let client = line.opened.balancing(&line.region);
        let pages = pages::all(line, operation, |marker| {
            let ask = client.describe_target_groups().set_marker(marker);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.call(line, operation, ask.send()).await;
                Answer { stamp, told: told.map(|page| (page.target_groups.unwrap_or_default(), page.next_marker)) }
            })
        });
        let mut groups = Vec::new();
        for group in pages.await.told? {
            let Some((name, arn)) = named(&group) else { continue };
            if !name.starts_with(MANAGED_GROUP) {
                groups.push(FoundGroup { name: name.to_owned(), machines: self.standing_in(line, arn).await? });
            }
        }
        Ok(groups)
    }

    async fn standing_in(&self, line: &Line, arn: &str) -> Result<Vec<InstanceId>, Fault> {
        let ask = line.opened.balancing(&line.region).describe_target_health().target_group_arn(arn);
        let told = self.wire.call(line, balancing("DescribeTargetHealth"), ask.send()).await.told?;
        let ids = told.target_health_descriptions().iter().filter_map(|one| one.target()?.id());
        Ok(ids.map(InstanceId::from).collect())
    }
}

fn balancing(name: &'static str) -> Operation<'static> {
    Operation { api: "elasticloadbalancing", service: "Elastic Load Balancing v2", name, about: None, in_turn: false }
}

fn named(group: &TargetGroup) -> Option<(&str, &str)> {
    text(group.target_group_name.as_ref()).zip(text(group.target_group_arn.as_ref()))
}

fn environment(told: &EnvironmentDescription) -> Option<FoundEnvironment> {
    let is_over = told.status.as_ref().is_some_and(|status| status.as_str() == "Terminated");
    let (application, name) = text(told.application_name.as_ref()).zip(text(told.environment_name.as_ref()))?;
    let label = text(told.version_label.as_ref()).map(str::to_owned);
    (!is_over).then(|| FoundEnvironment { application: application.to_owned(), name: name.to_owned(), label })
}
