//! What a scenario wants to happen, and doing it.
//!
//! Owns the deeds of the script. Never bends the platform's rules: a deed that
//! needs a ready environment waits for one.

use std::sync::Arc;

use crate::chance::mix;
use crate::environment::{Environment, Incident, Name, Status};
use crate::faults::Fault;
use crate::moment::{MINUTE, Millis, SECOND};
use crate::motion::deploy::Order;
use crate::world::{What, World};

/// A deed waits this long for its environment to be ready before it looks again.
const PATIENCE: Millis = 15 * SECOND;

/// One line of the script.
#[derive(Debug)]
pub struct Script {
    /// What is done.
    pub deed: Deed,
    /// Again and again, that far apart.
    pub every: Option<Millis>,
    /// How often it was done.
    pub done: usize,
}

/// Something a scenario makes happen.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A deploy of the next of some versions.
    Deploy {
        /// The environment.
        slot: usize,
        /// The versions, taken in turn.
        labels: Vec<Name>,
        /// It fails at this instance, counted from 1.
        fails_at: Option<usize>,
        /// Afterwards its health does not tell of mixed versions.
        unnoticed: bool,
    },
    /// Environment properties are set.
    Configure {
        /// The environment.
        slot: usize,
        /// The properties.
        properties: Vec<(String, String)>,
    },
    /// The application servers restart.
    Restart(usize),
    /// Everything is made anew.
    Rebuild(usize),
    /// The running update is taken back.
    Abort(usize),
    /// Two environments exchange their addresses.
    Swap(usize, usize),
    /// The environment ends.
    Terminate(usize),
    /// Something goes wrong.
    Incident {
        /// The environment.
        slot: usize,
        /// What.
        incident: Incident,
        /// For how long.
        lasts: Option<Millis>,
    },
    /// It is well again.
    Recover(usize),
    /// Health is no longer watched.
    Suspend(usize),
    /// Health is watched again.
    Resume(usize),
    /// An instance is replaced.
    Replace(usize),
    /// An environment is created.
    Launch(Box<Environment>, usize),
    /// The server misbehaves.
    Fault(Fault, Option<Millis>),
}

impl Deed {
    /// The environment that has to be ready for it.
    const fn needs_ready(&self) -> Option<usize> {
        match self {
            Self::Deploy { slot, .. }
            | Self::Configure { slot, .. }
            | Self::Restart(slot)
            | Self::Rebuild(slot)
            | Self::Swap(slot, _)
            | Self::Terminate(slot) => Some(*slot),
            Self::Abort(_)
            | Self::Incident { .. }
            | Self::Recover(_)
            | Self::Suspend(_)
            | Self::Resume(_)
            | Self::Replace(_)
            | Self::Launch(..)
            | Self::Fault(..) => None,
        }
    }
}

impl World {
    /// Does the line of the script at `index`, and plans its next time.
    pub(crate) fn perform(&mut self, index: usize) {
        let Some(script) = self.scripts.get_mut(index) else {
            return;
        };
        let deed = script.deed.clone();
        let again = script.every;
        let turn = script.done;
        if let Some(slot) = deed.needs_ready() {
            match self
                .environments
                .get(slot)
                .map(|environment| environment.status)
            {
                None | Some(Status::Terminating | Status::Terminated) => return,
                Some(Status::Ready) => {}
                Some(Status::Launching | Status::Updating | Status::Aborting) => {
                    let at = self.now.plus(self.scaled(PATIENCE).max(1));
                    self.schedule(at, What::Script(index));
                    return;
                }
            }
        }
        if let Some(script) = self.scripts.get_mut(index) {
            script.done += 1;
        }
        if let Some(every) = again {
            let at = self.now.plus(self.scaled(every).max(100));
            self.schedule(at, What::Script(index));
        }
        self.enact(deed, turn);
    }

    fn enact(&mut self, deed: Deed, turn: usize) {
        let request: Name = self.draws.request_id().into();
        match deed {
            Deed::Deploy {
                slot,
                labels,
                fails_at,
                unnoticed,
            } => {
                let Some(label) = labels.get(turn % labels.len().max(1)) else {
                    return;
                };
                if let Some(environment) = self.environments.get_mut(slot) {
                    environment.mixed_unnoticed = unnoticed;
                }
                self.deploy(
                    slot,
                    &Order {
                        label: Arc::clone(label),
                        fails_at,
                    },
                    &request,
                );
            }
            Deed::Configure { slot, properties } => {
                let Some(environment) = self.environments.get(slot) else {
                    return;
                };
                let mut settings = (*environment.settings).clone();
                settings.properties.extend(properties);
                self.configure(slot, settings, false, &request);
            }
            Deed::Restart(slot) => self.restart(slot, &request),
            Deed::Rebuild(slot) => self.rebuild(slot, &request),
            Deed::Abort(slot) => {
                if self
                    .environments
                    .get(slot)
                    .is_some_and(Environment::abortable)
                {
                    self.abort(slot, &request);
                }
            }
            Deed::Swap(first, second) => self.swap(first, second, &request),
            Deed::Terminate(slot) => self.terminate(slot, &request),
            Deed::Incident {
                slot,
                incident,
                lasts,
            } => self.strike(slot, incident, lasts),
            Deed::Recover(slot) => self.alter(slot, |environment| environment.incident = None),
            Deed::Suspend(slot) => self.alter(slot, |environment| environment.suspended = true),
            Deed::Resume(slot) => self.alter(slot, |environment| environment.suspended = false),
            Deed::Replace(slot) => self.replace_instance(slot),
            Deed::Launch(environment, count) => {
                let mut environment = *environment;
                environment.created = self.now;
                let slot = self.add(environment);
                self.launch(slot, count, &request);
            }
            Deed::Fault(fault, lasts) => {
                let until = lasts.map(|lasts| self.now.plus(self.scaled(lasts)));
                self.faults.add(fault, until);
            }
        }
    }

    fn alter(&mut self, slot: usize, change: impl FnOnce(&mut Environment)) {
        if let Some(environment) = self.environments.get_mut(slot) {
            change(environment);
            self.settle(slot);
        }
    }

    fn strike(&mut self, slot: usize, incident: Incident, lasts: Option<Millis>) {
        let number = self.draws.bits();
        let Some(environment) = self.environments.get_mut(slot) else {
            return;
        };
        if matches!(environment.status, Status::Terminating | Status::Terminated) {
            return;
        }
        environment.incident = Some(Incident { number, ..incident });
        self.settle(slot);
        if let Some(lasts) = lasts {
            let at = self.now.plus(self.scaled(lasts));
            self.schedule(
                at,
                What::Recover {
                    slot,
                    incident: number,
                },
            );
        }
    }

    /// Ends an incident, unless another one took its place.
    pub(crate) fn end_incident(&mut self, slot: usize, incident: u64) {
        let same = |environment: &Environment| {
            environment
                .incident
                .as_ref()
                .is_some_and(|current| current.number == incident)
        };
        if self.environments.get(slot).is_some_and(same) {
            self.alter(slot, |environment| environment.incident = None);
        }
    }

    /// A length around `usual`, different for each `number`, the same in each run.
    #[must_use]
    pub fn around(&self, usual: Millis, number: u64) -> Millis {
        let spread = u64::try_from(usual.max(MINUTE)).unwrap_or(1);
        usual / 2 + Millis::try_from(mix(self.seed, number) % spread).unwrap_or(0)
    }
}
