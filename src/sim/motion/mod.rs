//! How environments change: the steps of operations, and carrying them out.
//!
//! Owns every way in which an operation alters an environment. An operation is
//! planned as a whole when it begins (`deploy`, `other`), as changes with their
//! moments; an abort replaces it, which voids what was still to come.

pub mod deploy;
pub mod other;

use std::sync::Arc;

use crate::environment::{Deployment, Environment, Instance, Kind, Name, Operation, Progress, Status};
use crate::events::Severity;
use crate::moment::{Millis, Moment};
use crate::world::{What, World};

/// One step of an operation.
#[derive(Clone, Debug)]
pub enum Change {
    /// An event is written.
    Say(Severity, String),
    /// The deployment of a label begins on instances.
    Deploying(Vec<u64>, Name),
    /// The deployment on instances is finished.
    Deployed(Vec<u64>),
    /// The deployment on an instance failed.
    Failed(u64),
    /// Instances go back to what they ran before.
    Restored(Vec<u64>),
    /// Something short is being done on instances, or no more.
    Busy(Vec<u64>, bool),
    /// New instances boot.
    Launching(Vec<u64>),
    /// New instances take requests; with a label they run it already.
    InService(Vec<u64>, Option<Name>),
    /// Instances go.
    Removed(Vec<u64>),
    /// The environment is updated in some settled way.
    Ended(Ending),
    /// Whether the operation can be aborted.
    Abortable(bool),
}

/// How an operation ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Done,
    /// The deploy failed: the old version is expected again.
    DeployFailed,
    /// The update was taken back.
    Aborted,
    /// The environment is gone.
    Terminated,
}

/// Changes and when they happen, counted from the beginning.
#[derive(Debug, Default)]
pub struct Timeline {
    at: Millis,
    steps: Vec<(Millis, Change)>,
}

impl Timeline {
    /// Lets time pass.
    pub const fn wait(&mut self, length: Millis) {
        self.at += length;
    }

    /// Something happens.
    pub fn then(&mut self, change: Change) {
        self.steps.push((self.at, change));
    }

    /// An INFO event.
    pub fn info(&mut self, message: impl Into<String>) {
        self.then(Change::Say(Severity::Info, message.into()));
    }

    /// An event of another severity.
    pub fn say(&mut self, severity: Severity, message: impl Into<String>) {
        self.then(Change::Say(severity, message.into()));
    }
}

impl World {
    /// Begins an operation: what stands at its very beginning happens at once.
    pub fn begin(&mut self, slot: usize, kind: Kind, request: &Name, timeline: Timeline) {
        let now = self.now;
        let id = self.draws.bits();
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        environment.status = match kind {
            Kind::Launch => Status::Launching,
            Kind::Abort => Status::Aborting,
            Kind::Terminate => Status::Terminating,
            Kind::Deploy | Kind::Configuration | Kind::Restart | Kind::Rebuild | Kind::Swap => Status::Updating,
        };
        environment.updated = now;
        // An abort goes back to before what it aborts.
        let previous = match &environment.operation {
            Some(aborted) if kind == Kind::Abort => Arc::clone(&aborted.previous),
            Some(_) | None => Arc::clone(&environment.settings),
        };
        environment.operation = Some(Operation {
            id,
            kind,
            since: now,
            request: Arc::clone(request),
            deployment: environment.last_deployment,
            abortable: false,
            previous,
        });
        for (offset, change) in timeline.steps {
            if offset == 0 {
                self.apply(slot, change);
            } else {
                let at = now.plus(self.scaled(offset));
                self.schedule(at, What::Change { slot, operation: id, change });
            }
        }
        self.settle(slot);
    }

    /// Carries out a scheduled change, unless its operation was replaced.
    pub(crate) fn change(&mut self, slot: usize, operation: u64, change: Change) {
        let current = self.environments.get(slot).and_then(|e| e.operation.as_ref());
        if current.is_none_or(|current| current.id != operation) {
            return;
        }
        if self.apply(slot, change) {
            self.settle(slot);
        }
    }

    /// Carries out a change; says whether the environment is different now.
    fn apply(&mut self, slot: usize, change: Change) -> bool {
        let now = self.now;
        if let Change::Say(severity, message) = change {
            self.say(slot, severity, message);
            return false;
        }
        let zones = crate::aws::ec2::zones_of;
        let Some(environment) = self.environments.get_mut(slot) else {
            return false;
        };
        match change {
            Change::Say(..) => {}
            Change::Deploying(ids, label) => deploying(environment, &ids, &label, now),
            Change::Deployed(ids) => progress(environment, &ids, Progress::Deployed, now),
            Change::Failed(id) => progress(environment, &[id], Progress::Failed, now),
            Change::Restored(ids) => restore(environment, &ids),
            Change::Busy(ids, busy) => each(environment, &ids, |instance| instance.busy = busy),
            Change::Launching(ids) => {
                let count = zones(&environment.place.region).len();
                launch(environment, &ids, now, count);
            }
            Change::InService(ids, label) => in_service(environment, &ids, label.as_ref(), now),
            Change::Removed(ids) => environment.instances.retain(|i| !ids.contains(&i.id)),
            Change::Abortable(able) => {
                if let Some(operation) = &mut environment.operation {
                    operation.abortable = able;
                }
            }
            Change::Ended(ending) => self.end(slot, &ending),
        }
        true
    }

    fn end(&mut self, slot: usize, ending: &Ending) {
        let now = self.now;
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        environment.updated = now;
        environment.status = Status::Ready;
        let finished = environment.operation.take();
        match ending {
            Ending::Done => {
                if let Some(operation) = finished.filter(|o| o.kind == Kind::Deploy) {
                    environment.expected = Arc::clone(&environment.label);
                    environment.expected_deployment = operation.deployment;
                    environment.mixed_unnoticed = false;
                }
            }
            Ending::DeployFailed | Ending::Aborted => {
                environment.label = Arc::clone(&environment.expected);
                if let Some(operation) = finished {
                    environment.settings = operation.previous;
                }
            }
            Ending::Terminated => {
                environment.status = Status::Terminated;
                environment.instances.clear();
                let (place, name) = (environment.place.clone(), Arc::clone(&environment.name));
                if let Some(site) = self.sites.get_mut(&place)
                    && site.names.get(&name) == Some(&slot)
                {
                    site.names.remove(&name);
                }
            }
        }
    }

    /// Ids for `count` new instances of an environment.
    pub fn new_instances(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.draws.bits()).collect()
    }
}

fn each(environment: &mut Environment, ids: &[u64], mut act: impl FnMut(&mut Instance)) {
    for instance in &mut environment.instances {
        if ids.contains(&instance.id) {
            act(instance);
        }
    }
}

fn deploying(environment: &mut Environment, ids: &[u64], label: &Name, now: Moment) {
    let id = environment.last_deployment;
    each(environment, ids, |instance| {
        let next = Deployment { label: Arc::clone(label), id, at: now, progress: Progress::InProgress };
        instance.before = instance.deployment.replace(next).map(Box::new);
    });
}

fn progress(environment: &mut Environment, ids: &[u64], to: Progress, now: Moment) {
    each(environment, ids, |instance| {
        if let Some(deployment) = &mut instance.deployment {
            deployment.progress = to;
            deployment.at = now;
        }
    });
}

fn restore(environment: &mut Environment, ids: &[u64]) {
    each(environment, ids, |instance| {
        if let Some(before) = instance.before.take() {
            instance.deployment = Some(*before);
        }
    });
}

fn launch(environment: &mut Environment, ids: &[u64], now: Moment, zones: usize) {
    for &id in ids {
        let zone = u8::try_from(environment.instances.len() % zones.max(1)).unwrap_or(0);
        environment.instances.push(Instance { id, launched: now, zone, in_service: false, busy: false, deployment: None, before: None });
    }
}

fn in_service(environment: &mut Environment, ids: &[u64], label: Option<&Name>, now: Moment) {
    let id = if label.is_some_and(|label| *label == environment.expected) {
        environment.expected_deployment
    } else {
        environment.last_deployment
    };
    each(environment, ids, |instance| {
        instance.in_service = true;
        if let Some(label) = label {
            let deployment = Deployment { label: Arc::clone(label), id, at: now, progress: Progress::Deployed };
            instance.deployment = Some(deployment);
        }
    });
}
