//! One EC2 instance that Elastic Beanstalk does not manage.
//!
//! Owns its state, its tags and what runs on it. Never decides how it changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::environment::{Name, Place, instance_name, private_ip, public_ip};
use crate::moment::{HOUR, Moment};

/// `InstanceState` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Starting.
    Pending,
    /// On.
    Running,
    /// Going away.
    ShuttingDown,
    /// Gone; listed for an hour.
    Terminated,
    /// Off.
    Stopped,
}

impl Power {
    /// The API's code and word.
    #[must_use]
    pub const fn state(self) -> (u16, &'static str) {
        match self {
            Self::Pending => (0, "pending"),
            Self::Running => (16, "running"),
            Self::ShuttingDown => (32, "shutting-down"),
            Self::Terminated => (48, "terminated"),
            Self::Stopped => (80, "stopped"),
        }
    }
}

/// What asking the application on a machine comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// 200.
    Well,
    /// Nothing listens.
    Refused,
    /// A connection, and no answer.
    Hangs,
    /// Another status.
    Status(u16),
    /// Nobody can tell: the load balancer has no result.
    Untold,
}

impl Answers {
    /// Reads a scenario's word: `well`, `refused`, `hangs`, `untold` or a status.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "well" => Some(Self::Well),
            "refused" => Some(Self::Refused),
            "hangs" => Some(Self::Hangs),
            "untold" => Some(Self::Untold),
            status => status.parse().ok().filter(|status| (100..600).contains(status)).map(Self::Status),
        }
    }
}

/// What comes of a deploy that a command makes on a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deploys {
    /// The new container runs.
    #[default]
    Well,
    /// The command fails, and the old container runs on.
    Fails,
    /// The command does not end, and the old container runs on.
    Hangs,
    /// The new container runs and never answers.
    Unwell,
    /// Its disk is full: no folder can be made there.
    Full,
}

impl Deploys {
    /// The words of a scenario.
    pub const WORDS: [&str; 5] = ["well", "fails", "hangs", "unwell", "full"];

    /// Reads one of them.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        let all = [Self::Well, Self::Fails, Self::Hangs, Self::Unwell, Self::Full];
        Self::WORDS.iter().zip(all).find(|(known, _)| **known == word).map(|(_, deploys)| deploys)
    }
}

/// A container that runs on a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name for docker.
    pub name: Name,
    /// The image without its tag, as in `111122223333.dkr.ecr.us-west-1.amazonaws.com/growl-backend`.
    pub image: Name,
    /// The tag that it was started with.
    pub tag: Name,
    /// The digest that the tag stood for.
    pub digest: Option<Name>,
    /// The commit that the image was built from.
    pub commit: Name,
    /// Since when it runs.
    pub started: Moment,
}

/// An EC2 instance.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, that any of the others may go with")]
#[derive(Clone, Debug)]
pub struct Machine {
    /// Whose and where.
    pub place: Place,
    /// The number in its id.
    pub id: u64,
    /// The number of its reservation: those launched together share one.
    pub reservation: u64,
    /// Which of the region's zones it is in.
    pub zone: u8,
    /// `InstanceType`.
    pub kind: Name,
    /// `ImageId`.
    pub ami: Name,
    /// When it was launched.
    pub launched: Moment,
    /// When it was gone.
    pub ended: Option<Moment>,
    /// Its state.
    pub power: Power,
    /// EC2's own checks of it have passed; what runs on it may be unwell all the same.
    pub checked: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// What runs on it.
    pub container: Option<Container>,
    /// What the application answers.
    pub answers: Answers,
    /// What it answers once it has started.
    pub usual: Answers,
    /// Once it has started it never answers.
    pub stillborn: bool,
    /// It may not be terminated through the API.
    pub protected: bool,
    /// Systems Manager reaches it.
    pub managed: bool,
    /// Files on it that a command may read.
    pub files: BTreeMap<String, String>,
    /// Folders that commands have made on it.
    pub folders: BTreeSet<String>,
    /// What comes of a deploy that a command makes on it.
    pub deploys: Deploys,
    /// Tells one boot or container from the next.
    pub turn: u64,
}

impl Machine {
    /// `i-` and seventeen hexadecimal digits.
    #[must_use]
    pub fn name(&self) -> String {
        instance_name(self.id)
    }

    /// Its address in the network.
    #[must_use]
    pub fn private_ip(&self) -> String {
        private_ip(self.id)
    }

    /// Its public address where no Elastic IP points to it.
    #[must_use]
    pub fn own_ip(&self) -> String {
        public_ip(self.id)
    }

    /// Whether the API still tells of it: for an hour after its end.
    #[must_use]
    pub fn listed(&self, now: Moment) -> bool {
        self.ended.is_none_or(|ended| now.since(ended) < HOUR)
    }

    /// Whether it is there: not ended, nor about to.
    #[must_use]
    pub const fn alive(&self) -> bool {
        !matches!(self.power, Power::ShuttingDown | Power::Terminated)
    }

    /// What a health check meets now.
    #[must_use]
    pub const fn answer(&self) -> Answers {
        match self.power {
            Power::Running => self.answers,
            Power::Pending | Power::ShuttingDown | Power::Terminated | Power::Stopped => Answers::Refused,
        }
    }
}
