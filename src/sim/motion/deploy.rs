//! Deploys of a version, by policy.
//!
//! Owns the order in which instances get the new version and Elastic
//! Beanstalk's words about it. Never carries a step out: it plans them.

use std::sync::Arc;

use crate::chance::mix;
use crate::environment::{Environment, Kind, Name, instance_name};
use crate::events::Severity;
use crate::moment::{Millis, SECOND};
use crate::settings::Policy;
use crate::world::World;

use super::{Change, Ending, Timeline};

/// What is to be deployed.
#[derive(Clone, Debug)]
pub struct Order {
    /// The version.
    pub label: Name,
    /// It fails at this instance, counted from 1.
    pub fails_at: Option<usize>,
}

impl World {
    /// Begins a deploy. The caller has seen to it that the environment is ready.
    pub fn deploy(&mut self, slot: usize, order: &Order, request: &Name) {
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        environment.label = Arc::clone(&order.label);
        environment.last_deployment += 1;
        let total = environment.instances.len();
        let new = match environment.settings.policy {
            Policy::AllAtOnce | Policy::Rolling => 0,
            Policy::RollingWithAdditionalBatch => environment.settings.batch.of(total),
            Policy::Immutable => total.max(1),
        };
        let fresh = self.new_instances(new);
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let timeline = Plan::new(environment, order, fresh).timeline();
        self.begin(slot, Kind::Deploy, request, timeline);
    }
}

/// A deploy being planned.
struct Plan<'a> {
    environment: &'a Environment,
    order: &'a Order,
    /// The instances there are.
    old: Vec<u64>,
    /// The instances that will be launched for it.
    fresh: Vec<u64>,
    line: Timeline,
    /// How many instances were begun so far.
    begun: usize,
    number: u64,
}

impl<'a> Plan<'a> {
    fn new(environment: &'a Environment, order: &'a Order, fresh: Vec<u64>) -> Self {
        Self {
            environment,
            order,
            old: environment.instances.iter().map(|instance| instance.id).collect(),
            fresh,
            line: Timeline::default(),
            begun: 0,
            number: mix(environment.number(), environment.last_deployment),
        }
    }

    fn timeline(mut self) -> Timeline {
        self.line.info("Environment update is starting.");
        self.line.then(Change::Abortable(true));
        self.line.wait(3 * SECOND);
        let done = match self.environment.settings.policy {
            Policy::AllAtOnce => self.all_at_once(),
            Policy::Rolling => self.rolling(),
            Policy::RollingWithAdditionalBatch => self.additional_batch(),
            Policy::Immutable => self.immutable(),
        };
        self.line.wait(2 * SECOND);
        self.line.then(Change::Abortable(false));
        if done {
            self.line.info("New application version was deployed to running EC2 instances.");
            self.line.wait(2 * SECOND);
            self.line.info("Environment update completed successfully.");
            self.line.then(Change::Ended(Ending::Done));
        } else {
            self.failed();
        }
        self.line
    }

    fn failed(&mut self) {
        self.line.say(
            Severity::Error,
            "During an aborted deployment, some instances may have deployed the new application version. \
             To ensure all instances are running the same version, re-deploy the appropriate application version.",
        );
        self.line.wait(SECOND);
        self.line.say(Severity::Error, "Failed to deploy application.");
        self.line.then(Change::Ended(Ending::DeployFailed));
    }

    fn all_at_once(&mut self) -> bool {
        self.line.info("Deploying new version to instance(s).");
        let all = self.old.clone();
        let done = self.instances(&all, None);
        if done {
            self.line.info("Instance deployment completed successfully.");
        }
        done
    }

    fn rolling(&mut self) -> bool {
        self.line.info("Deploying new version to instance(s).");
        let old = self.old.clone();
        self.batches(&old, 1)
    }

    fn additional_batch(&mut self) -> bool {
        let extra = self.fresh.clone();
        self.line.info(format!(
            "Rolling with additional batch deployment policy enabled. Launching a new batch of {} additional instance(s).",
            extra.len()
        ));
        self.launch(&extra);
        self.line.info("Deploying new version to instance(s).");
        if !self.batch(&extra, 1) {
            return false;
        }
        let stay = self.old.len().saturating_sub(extra.len());
        let (first, last) = self.old.split_at(stay);
        let (first, last) = (first.to_vec(), last.to_vec());
        if !self.batches(&first, 2) {
            return false;
        }
        self.line.info(format!("Terminating excess instance(s): {}.", names(&last)));
        self.line.wait(6 * SECOND);
        self.line.then(Change::Removed(last));
        true
    }

    fn immutable(&mut self) -> bool {
        let (one, rest) = self.fresh.split_at(self.fresh.len().min(1));
        let (one, rest) = (one.to_vec(), rest.to_vec());
        self.line.info("Immutable deployment policy enabled. Launching one instance with the new settings to verify health.");
        self.launch(&one);
        if !self.instances(&one, None) {
            return false;
        }
        self.line.info("Test instance passed health checks. Launching remaining instances.");
        if !rest.is_empty() {
            self.launch(&rest);
            if !self.instances(&rest, None) {
                return false;
            }
        }
        self.line.info("Deployment succeeded. Terminating old instances and temporary Auto Scaling group.");
        self.line.wait(8 * SECOND);
        let old = self.old.clone();
        self.line.then(Change::Removed(old));
        true
    }

    fn batches(&mut self, ids: &[u64], first: usize) -> bool {
        let size = self.environment.settings.batch.of(self.old.len());
        ids.chunks(size).enumerate().all(|(index, chunk)| self.batch(chunk, first + index))
    }

    fn batch(&mut self, ids: &[u64], number: usize) -> bool {
        self.instances(ids, Some(number))
    }

    fn launch(&mut self, ids: &[u64]) {
        self.line.then(Change::Launching(ids.to_vec()));
        self.line.wait(self.length(12 * SECOND));
        self.line.info(format!("Added instance {} to your environment.", names(ids)));
        self.line.then(Change::InService(ids.to_vec(), None));
        self.line.wait(2 * SECOND);
    }

    /// Deploys to instances at once; `false` when it fails among them.
    fn instances(&mut self, ids: &[u64], batch: Option<usize>) -> bool {
        if let Some(number) = batch {
            self.line.info(format!("Batch {number}: Starting application deployment on instance(s) {}.", names(ids)));
        }
        let label = Arc::clone(&self.order.label);
        self.line.then(Change::Deploying(ids.to_vec(), label));
        self.line.wait(self.length(16 * SECOND));
        if let Some(number) = self.order.fails_at.filter(|&n| n <= self.begun + ids.len()) {
            self.fail(ids, number.saturating_sub(self.begun + 1));
            return false;
        }
        self.begun += ids.len();
        self.line.then(Change::Deployed(ids.to_vec()));
        if let Some(number) = batch {
            self.line.wait(3 * SECOND);
            self.line.info(format!("Batch {number}: Completed application deployment."));
        }
        self.line.wait(2 * SECOND);
        true
    }

    /// The instance at `index` fails: those before it have the new version,
    /// those after it keep the old one.
    fn fail(&mut self, ids: &[u64], index: usize) {
        let index = index.min(ids.len().saturating_sub(1));
        let (before, from) = ids.split_at(index);
        let Some((&bad, after)) = from.split_first() else {
            return;
        };
        self.line.then(Change::Deployed(before.to_vec()));
        self.line.then(Change::Failed(bad));
        self.line.then(Change::Restored(after.to_vec()));
        let name = instance_name(bad);
        self.line.say(
            Severity::Error,
            format!("[Instance: {name}] Command failed on instance. An unexpected error has occurred [ErrorCode: 0000000001]."),
        );
        self.line.info(format!("Command execution completed on all instances. Summary: [Successful: {}, Failed: 1].", before.len()));
        self.line.say(Severity::Error, format!("Unsuccessful command execution on instance id(s) '{name}'. Aborting the operation."));
        // Instances that were launched for this deploy do not outlive it.
        let fresh = self.fresh.clone();
        if !fresh.is_empty() {
            self.line.wait(4 * SECOND);
            self.line.then(Change::Removed(fresh));
        }
    }

    /// A length that differs from one deploy to the next, and repeats.
    fn length(&self, usual: Millis) -> Millis {
        let spread = u64::try_from(usual / 3).unwrap_or(1).max(1);
        usual + Millis::try_from(mix(self.number, self.begun as u64) % spread).unwrap_or(0)
    }
}

/// `[i-…, i-…]`.
pub(super) fn names(ids: &[u64]) -> String {
    let names: Vec<String> = ids.iter().map(|&id| instance_name(id)).collect();
    format!("[{}]", names.join(", "))
}
