//! Every operation that is not a deploy: configuration, restart, rebuild,
//! abort, swap, termination, launch, and the replacement of an instance.
//!
//! Owns their steps and words. Never carries a step out: it plans them.

use std::sync::Arc;

use crate::aws::beanstalk::resources::group_name;
use crate::environment::{Environment, Kind, Name, Place};
use crate::moment::SECOND;
use crate::settings::Settings;
use crate::world::World;

use super::deploy::names;
use super::{Change, Ending, Timeline};

fn ids(environment: &Environment) -> Vec<u64> {
    environment.instances.iter().map(|instance| instance.id).collect()
}

/// Does something short on instances, one batch after the other.
fn in_batches(line: &mut Timeline, environment: &Environment, seconds: i64) {
    let all = ids(environment);
    for batch in all.chunks(environment.settings.batch.of(all.len())) {
        line.then(Change::Busy(batch.to_vec(), true));
        line.wait(seconds * SECOND);
        line.then(Change::Busy(batch.to_vec(), false));
    }
}

impl World {
    /// Begins a configuration update.
    pub fn configure(&mut self, slot: usize, settings: Settings, replace: bool, request: &Name) {
        let count = self.environments.get(slot).map_or(0, |e| e.instances.len());
        let fresh = if replace { self.new_instances(count) } else { Vec::new() };
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let mut line = Timeline::default();
        line.info("Environment update is starting.");
        line.then(Change::Abortable(true));
        line.wait(2 * SECOND);
        line.info(format!("Updating environment {}'s configuration settings.", environment.name));
        line.wait(3 * SECOND);
        if replace {
            replace_all(&mut line, environment, &fresh);
        } else {
            in_batches(&mut line, environment, 9);
        }
        line.then(Change::Abortable(false));
        line.info("Successfully deployed new configuration to environment.");
        line.wait(2 * SECOND);
        line.info("Environment update completed successfully.");
        line.then(Change::Ended(Ending::Done));
        self.begin(slot, Kind::Configuration, request, line);
        if let Some(environment) = self.environments.get_mut(slot) {
            environment.settings = Arc::new(settings);
        }
        self.settle(slot);
    }

    /// Begins a restart of the application servers.
    pub fn restart(&mut self, slot: usize, request: &Name) {
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let mut line = Timeline::default();
        line.info("restartAppServer is starting.");
        let all = ids(environment);
        line.then(Change::Busy(all.clone(), true));
        line.wait(14 * SECOND);
        line.then(Change::Busy(all, false));
        line.info("restartAppServer completed successfully.");
        line.then(Change::Ended(Ending::Done));
        self.begin(slot, Kind::Restart, request, line);
    }

    /// Begins a rebuild: every instance goes and new ones come.
    pub fn rebuild(&mut self, slot: usize, request: &Name) {
        let count = self.environments.get(slot).map_or(0, |e| e.instances.len()).max(1);
        let fresh = self.new_instances(count);
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let mut line = Timeline::default();
        line.info("rebuildEnvironment is starting.");
        line.wait(4 * SECOND);
        line.info(format!("Removed instance {} from your environment.", names(&ids(environment))));
        line.then(Change::Removed(ids(environment)));
        line.wait(20 * SECOND);
        line.then(Change::Launching(fresh.clone()));
        line.wait(18 * SECOND);
        line.info(format!("Added instance {} to your environment.", names(&fresh)));
        line.then(Change::InService(fresh, Some(Arc::clone(&environment.expected))));
        line.wait(6 * SECOND);
        line.info("rebuildEnvironment completed successfully.");
        line.then(Change::Ended(Ending::Done));
        self.begin(slot, Kind::Rebuild, request, line);
    }

    /// Begins to take the running update back.
    pub fn abort(&mut self, slot: usize, request: &Name) {
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        let deployment = environment.last_deployment;
        for instance in &mut environment.instances {
            instance.busy = false;
        }
        let on_it = |i: &&crate::environment::Instance| i.deployment.as_ref().is_some_and(|d| d.id == deployment);
        let (kept, fresh): (Vec<_>, Vec<_>) = if environment.operation.as_ref().is_some_and(|operation| operation.kind == Kind::Deploy) {
            environment.instances.iter().filter(on_it).partition(|i| i.before.is_some())
        } else {
            (Vec::new(), Vec::new())
        };
        let booting = environment.instances.iter().filter(|i| i.deployment.is_none());
        let gone: Vec<u64> = fresh.into_iter().chain(booting).map(|i| i.id).collect();
        let back: Vec<u64> = kept.into_iter().map(|i| i.id).collect();
        let mut line = Timeline::default();
        line.info("Environment update is being aborted.");
        line.wait(6 * SECOND);
        for batch in back.chunks(environment.settings.batch.of(environment.instances.len())) {
            line.wait(7 * SECOND);
            line.then(Change::Restored(batch.to_vec()));
        }
        if !gone.is_empty() {
            line.wait(4 * SECOND);
            line.then(Change::Removed(gone));
        }
        line.wait(3 * SECOND);
        line.info("The environment was reverted to the previous configuration setting.");
        line.then(Change::Ended(Ending::Aborted));
        self.begin(slot, Kind::Abort, request, line);
    }

    /// Exchanges the addresses of two environments.
    pub fn swap(&mut self, first: usize, second: usize, request: &Name) {
        let cnames = |slot: usize| self.environments.get(slot).map(|e| (Arc::clone(&e.cname), Arc::clone(&e.name), e.address()));
        let (Some(a), Some(b)) = (cnames(first), cnames(second)) else {
            return;
        };
        for (slot, cname) in [(first, &b.0), (second, &a.0)] {
            if let Some(environment) = self.environments.get_mut(slot) {
                environment.cname = Arc::clone(cname);
            }
        }
        for (slot, name, address) in [(first, &a.1, &b.2), (second, &b.1, &a.2)] {
            let mut line = Timeline::default();
            line.info("swapEnvironmentCNAMEs is starting.");
            line.wait(SECOND);
            line.info(format!("Swapping CNAMEs for environments '{}' and '{}'.", a.1, b.1));
            line.wait(3 * SECOND);
            line.info(format!("'{name}' now has CNAME '{address}'."));
            // Clients that go on from the latest date would miss two of one date.
            line.wait(SECOND);
            line.info(format!("Completed swapping CNAMEs for environments '{}' and '{}'.", a.1, b.1));
            line.then(Change::Ended(Ending::Done));
            self.begin(slot, Kind::Swap, request, line);
        }
    }

    /// Begins to end the environment.
    pub fn terminate(&mut self, slot: usize, request: &Name) {
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        environment.incident = None;
        environment.suspended = false;
        let mut line = Timeline::default();
        line.info("terminateEnvironment is starting.");
        line.wait(10 * SECOND);
        for instance in ids(environment) {
            line.wait(12 * SECOND);
            line.then(Change::Removed(vec![instance]));
        }
        line.info("Waiting for EC2 instances to terminate. This may take a few minutes.");
        line.wait(90 * SECOND);
        line.info(format!("Deleting SNS topic for environment {}.", environment.name));
        line.wait(2 * SECOND);
        line.info("terminateEnvironment completed successfully.");
        line.then(Change::Ended(Ending::Terminated));
        self.begin(slot, Kind::Terminate, request, line);
    }

    /// Begins the life of an environment that was just added.
    pub fn launch(&mut self, slot: usize, count: usize, request: &Name) {
        let fresh = self.new_instances(count);
        let Some(environment) = self.environments.get(slot) else {
            return;
        };
        let mut line = Timeline::default();
        line.info("createEnvironment is starting.");
        line.wait(12 * SECOND);
        line.then(Change::Launching(fresh.clone()));
        line.info("Waiting for EC2 instances to launch. This may take a few minutes.");
        line.wait(25 * SECOND);
        line.info(format!("Added instance {} to your environment.", names(&fresh)));
        line.then(Change::InService(fresh, Some(Arc::clone(&environment.expected))));
        line.wait(8 * SECOND);
        line.info(format!("Successfully launched environment: {}", environment.name));
        line.then(Change::Ended(Ending::Done));
        self.begin(slot, Kind::Launch, request, line);
    }

    /// An instance goes and another takes its place, without any update.
    pub fn replace_instance(&mut self, slot: usize) {
        self.replace_instance_at(slot, 0);
    }

    /// Ends an instance of an environment by its id, and another takes its place; the name of its Auto Scaling group.
    pub fn terminate_instance(&mut self, place: &Place, id: &str) -> Option<String> {
        let mut found = self.environments.iter().enumerate().filter(|(_, environment)| environment.place == *place && environment.listed());
        let (slot, index) =
            found.find_map(|(slot, environment)| Some((slot, environment.instances.iter().position(|known| known.name() == id)?)))?;
        let name = self.environments.get(slot).map(group_name)?;
        self.replace_instance_at(slot, index);
        Some(name)
    }

    fn replace_instance_at(&mut self, slot: usize, index: usize) {
        let now = self.now;
        let fresh = self.new_instances(1);
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        if environment.instances.len() <= index || fresh.is_empty() {
            return;
        }
        let gone = environment.instances.remove(index);
        let zones = crate::aws::ec2::zones_of(&environment.place.region).len();
        super::launch(environment, &fresh, now, zones);
        let label = Arc::clone(&environment.expected);
        super::in_service(environment, &fresh, Some(&label), now);
        self.say(slot, crate::events::Severity::Info, format!("Removed instance [{}] from your environment.", gone.name()));
        self.say(slot, crate::events::Severity::Info, format!("Added instance {} to your environment.", names(&fresh)));
        self.settle(slot);
    }
}

fn replace_all(line: &mut Timeline, environment: &Environment, fresh: &[u64]) {
    let size = environment.settings.batch.of(fresh.len());
    let old = ids(environment);
    for (new, gone) in fresh.chunks(size).zip(old.chunks(size)) {
        line.then(Change::Launching(new.to_vec()));
        line.wait(14 * SECOND);
        line.info(format!("Added instance {} to your environment.", names(new)));
        line.then(Change::InService(new.to_vec(), Some(Arc::clone(&environment.expected))));
        line.wait(4 * SECOND);
        line.info(format!("Removed instance {} from your environment.", names(gone)));
        line.then(Change::Removed(gone.to_vec()));
    }
}
