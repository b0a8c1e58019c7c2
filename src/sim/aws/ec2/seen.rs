//! An instance as EC2 tells of it, whoever launched it.
//!
//! Owns what the answers say of an instance of an environment and of one of its
//! own alike. Never chooses or writes.

use crate::chance::{hash, mix};
use crate::compute::machine::Machine;
use crate::environment::{Environment, Instance, Place, Status};
use crate::health::{self, Light};
use crate::moment::Moment;

use super::tags;

/// An instance, as filters and answers see it.
pub enum Seen<'a> {
    /// One of an environment.
    Managed {
        /// The environment.
        environment: &'a Environment,
        /// The instance.
        instance: &'a Instance,
        /// Its place among the environment's.
        index: usize,
    },
    /// One of its own.
    Own {
        /// The instance.
        machine: &'a Machine,
        /// Its public address.
        ip: Option<String>,
    },
}

impl Seen<'_> {
    /// The number in its id.
    pub const fn number(&self) -> u64 {
        match self {
            Self::Managed { instance, .. } => instance.id,
            Self::Own { machine, .. } => machine.id,
        }
    }

    /// Whose and where.
    pub const fn place(&self) -> &Place {
        match self {
            Self::Managed { environment, .. } => &environment.place,
            Self::Own { machine, .. } => &machine.place,
        }
    }

    /// The code and the word of its state.
    pub const fn state(&self) -> (u16, &'static str) {
        match self {
            Self::Managed { environment, instance, .. } => {
                if matches!(environment.status, Status::Terminating) && !instance.in_service {
                    (32, "shutting-down")
                } else if instance.in_service || instance.deployment.is_some() {
                    (16, "running")
                } else {
                    (0, "pending")
                }
            }
            Self::Own { machine, .. } => machine.power.state(),
        }
    }

    /// `ReservationId`: instances that were launched together share one.
    pub fn reservation(&self) -> String {
        let number = match self {
            Self::Managed { instance, .. } => mix(instance.id, 1),
            Self::Own { machine, .. } => machine.reservation,
        };
        format!("r-0{number:016x}")
    }

    /// `ImageId`.
    pub fn ami(&self) -> String {
        match self {
            Self::Managed { environment, .. } => {
                format!("ami-0{:016x}", mix(hash(environment.settings.stack.version), hash(&environment.place.region)))
            }
            Self::Own { machine, .. } => machine.ami.to_string(),
        }
    }

    /// `InstanceType`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Managed { environment, .. } => &environment.settings.instance_type,
            Self::Own { machine, .. } => &machine.kind,
        }
    }

    /// Which of the region's zones it is in.
    pub const fn zone(&self) -> u8 {
        match self {
            Self::Managed { instance, .. } => instance.zone,
            Self::Own { machine, .. } => machine.zone,
        }
    }

    /// When it was launched.
    pub const fn launched(&self) -> Moment {
        match self {
            Self::Managed { instance, .. } => instance.launched,
            Self::Own { machine, .. } => machine.launched,
        }
    }

    /// Whether it is gone: then it has neither network nor address.
    pub const fn gone(&self) -> bool {
        self.state().0 == 48
    }

    /// Its private address.
    pub fn private_ip(&self) -> Option<String> {
        match self {
            Self::Managed { instance, .. } => Some(instance.private_ip()),
            Self::Own { machine, .. } => (!self.gone()).then(|| machine.private_ip()),
        }
    }

    /// Its public address.
    pub fn public_ip(&self) -> Option<String> {
        match self {
            Self::Managed { instance, .. } => Some(instance.public_ip()),
            Self::Own { ip, .. } => ip.clone().filter(|_| !self.gone()),
        }
    }

    /// Its tags.
    pub fn tags(&self) -> Vec<(&str, String)> {
        match self {
            Self::Managed { environment, .. } => tags(environment).into(),
            Self::Own { machine, .. } => machine.tags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect(),
        }
    }

    /// The id and name of its security group.
    pub fn security_group(&self) -> (String, String) {
        match self {
            Self::Managed { environment, .. } => {
                (format!("sg-0{:016x}", mix(environment.number(), 3)), format!("awseb-{}-stack-AWSEBSecurityGroup", environment.id))
            }
            Self::Own { machine, .. } => {
                let number = mix(hash(&machine.place.account), hash(&machine.place.region));
                (format!("sg-0{:016x}", mix(number, 3)), String::from("application"))
            }
        }
    }

    /// Whether the machine has passed its checks; what runs on it may be unwell all the same.
    pub fn passed(&self, now: Moment) -> bool {
        match self {
            Self::Managed { environment, index, .. } => health::of_instance(environment, *index, now).0 != Light::Pending,
            Self::Own { machine, .. } => machine.checked,
        }
    }
}
