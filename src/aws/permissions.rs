//! What these credentials may read: each call that the console makes is made once, and asked for as little as it gives.
//!
//! Reads only. What would change something, and what costs money by the minute, is never tried. What an answer tells is
//! thrown away, but for the names that the next question needs.

use std::error::Error;
use std::future::Future;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::call::{Line, Operation, Wire};
use super::clients::Clients;
use super::told::text;
use crate::model::fault::Fault;
use crate::model::id::{Connection, Region};
use crate::ops::limit::Limiter;

/// The fewest machines that EC2 and Systems Manager can be asked for at once.
const FEWEST: i32 = 5;

/// A call that was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// The action as a policy names it, such as `elasticbeanstalk:DescribeEvents`.
    pub action: String,
    /// Whether it was answered, or why not.
    pub told: Result<(), Fault>,
}

/// What is configured in a region, beside the environments of Elastic Beanstalk that are found there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// Target groups, or instances by their tags.
    pub compute: bool,
    /// A pool of Elastic IP addresses.
    pub addresses: bool,
    /// Commands through Systems Manager.
    pub commands: bool,
    /// Repositories of images in ECR, by their names.
    pub images: Vec<String>,
}

/// Tries them.
#[derive(Clone)]
pub struct Permissions {
    wire: Wire,
}

/// Calls of one region, tried one after the other.
struct Trial<'w> {
    wire: &'w Wire,
    line: Line,
    tried: Vec<Tried>,
}

impl Permissions {
    /// Asks with these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter) -> Self {
        Self { wire: Wire::new(clients, limiter) }
    }

    /// Tries every read of one region that the console makes there.
    pub async fn tried(&self, connection: &Connection, region: &Region, uses: &Uses) -> Vec<Tried> {
        let line = self.wire.line(connection, Some(region)).await;
        let mut trial = Trial { wire: &self.wire, line, tried: Vec::new() };
        let has_environments = trial.beanstalk().await;
        if has_environments || uses.compute {
            trial.balancing().await;
        }
        if has_environments {
            trial.logs().await;
        }
        if uses.compute {
            trial.compute(uses).await;
        }
        trial.tried
    }
}

impl Trial<'_> {
    /// Makes one call and keeps whether it was answered.
    async fn call<T, E>(
        &mut self,
        service: &'static str,
        (api, name): (&'static str, &'static str),
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Option<T>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let operation = Operation { api, service, name, about: None, in_turn: false };
        let told = self.wire.call(&self.line, operation, send).await.told;
        let (answer, told) = match told {
            Ok(answer) => (Some(answer), Ok(())),
            Err(fault) => (None, Err(fault)),
        };
        self.tried.push(Tried { action: format!("{api}:{name}"), told });
        answer
    }

    /// Of Elastic Beanstalk, and whether it has any environment here.
    async fn beanstalk(&mut self) -> bool {
        const SERVICE: &str = "Elastic Beanstalk";
        let api = |name: &'static str| ("elasticbeanstalk", name);
        let client = self.line.opened.beanstalk(&self.line.region);
        let listed = self.call(SERVICE, api("DescribeEnvironments"), client.describe_environments().include_deleted(false).send()).await;
        let _ = self.call(SERVICE, api("DescribeEvents"), client.describe_events().max_records(1).send()).await;
        let environments = listed.and_then(|listed| listed.environments).unwrap_or_default();
        let named = |one: &aws_sdk_elasticbeanstalk::types::EnvironmentDescription| {
            let (name, application) = text(one.environment_name.as_ref()).zip(text(one.application_name.as_ref()))?;
            Some((name.to_owned(), application.to_owned()))
        };
        let Some((name, application)) = environments.iter().find_map(named) else { return false };
        let ask = client.describe_environment_health().environment_name(&name);
        let _ = self.call(SERVICE, api("DescribeEnvironmentHealth"), ask.send()).await;
        let ask = client.describe_instances_health().environment_name(&name);
        let _ = self.call(SERVICE, api("DescribeInstancesHealth"), ask.send()).await;
        let ask = client.describe_environment_resources().environment_name(&name);
        let _ = self.call(SERVICE, api("DescribeEnvironmentResources"), ask.send()).await;
        // It tells the values of environment properties, too: nobody looks at them.
        let ask = client.describe_configuration_settings().application_name(&application).environment_name(&name);
        drop(self.call(SERVICE, api("DescribeConfigurationSettings"), ask.send()).await);
        let ask = client.describe_application_versions().application_name(&application).max_records(1);
        let _ = self.call(SERVICE, api("DescribeApplicationVersions"), ask.send()).await;
        true
    }

    /// Of load balancers.
    async fn balancing(&mut self) {
        const SERVICE: &str = "Elastic Load Balancing v2";
        let api = |name: &'static str| ("elasticloadbalancing", name);
        let client = self.line.opened.balancing(&self.line.region);
        let listed = self.call(SERVICE, api("DescribeTargetGroups"), client.describe_target_groups().page_size(1).send()).await;
        let groups = listed.and_then(|listed| listed.target_groups).unwrap_or_default();
        let Some(arn) = groups.iter().find_map(|group| text(group.target_group_arn.as_ref())) else { return };
        let _ = self.call(SERVICE, api("DescribeTargetHealth"), client.describe_target_health().target_group_arn(arn).send()).await;
        let ask = client.describe_target_group_attributes().target_group_arn(arn);
        let _ = self.call(SERVICE, api("DescribeTargetGroupAttributes"), ask.send()).await;
    }

    /// Of logs: live tails are not tried, since they are paid for.
    async fn logs(&mut self) {
        const SERVICE: &str = "CloudWatch Logs";
        let client = self.line.opened.logs(&self.line.region);
        let listed = self.call(SERVICE, ("logs", "DescribeLogGroups"), client.describe_log_groups().limit(1).send()).await;
        let groups = listed.and_then(|listed| listed.log_groups).unwrap_or_default();
        let Some(name) = groups.iter().find_map(|group| text(group.log_group_name.as_ref())) else { return };
        // What was said before there was anything: no line is found.
        let ask = client.filter_log_events().log_group_name(name).start_time(0).end_time(1).limit(1);
        let _ = self.call(SERVICE, ("logs", "FilterLogEvents"), ask.send()).await;
    }

    /// Of machines, and of what is configured beside them.
    async fn compute(&mut self, uses: &Uses) {
        let client = self.line.opened.compute(&self.line.region);
        let _ = self.call("EC2", ("ec2", "DescribeInstances"), client.describe_instances().max_results(FEWEST).send()).await;
        let _ = self.call("EC2", ("ec2", "DescribeInstanceStatus"), client.describe_instance_status().max_results(FEWEST).send()).await;
        if uses.addresses {
            let _ = self.call("EC2", ("ec2", "DescribeAddresses"), client.describe_addresses().send()).await;
        }
        if uses.commands {
            let ask = self.line.opened.commands(&self.line.region).describe_instance_information().max_results(FEWEST);
            let _ = self.call("SSM", ("ssm", "DescribeInstanceInformation"), ask.send()).await;
        }
        for repository in &uses.images {
            let ask = self.line.opened.images(&self.line.region).describe_images().repository_name(repository).max_results(1);
            let _ = self.call("ECR", ("ecr", "DescribeImages"), ask.send()).await;
        }
    }
}
