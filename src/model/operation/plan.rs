//! All that an operation will do, written down before the first of it is done.
//!
//! A plan holds its steps and their undo, how long each may take, and the limits. It is kept on the disk with what
//! was done of it, so a newer program carries an older operation on as it was meant: nothing is looked up again in a
//! configuration. It holds no secret. Made by pure functions, one file for each family of operations.

mod environments;
mod instance;
mod rerun;
mod rolling;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use environments::{Aim, Waved, environments, waves};
pub use instance::{Target, end, put_back, reboot, replace, take_out};
pub use rerun::{Renewal, rerun};
pub use rolling::{Checks, Member, Roll, Times, rolling};

use super::action::{Action, Place};
pub use super::id::OperationId;
use crate::model::id::{EnvironmentKey, Login};

/// The edition of plans and facts that this program writes.
pub const VERSION: u32 = 1;

/// What an operation is, in a person's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Run a version.
    Deploy,
    /// Run the version that runs, once more.
    Redeploy,
    /// Restart the application servers.
    Restart,
    /// Make all resources anew.
    Rebuild,
    /// Abort the update that goes on.
    Abort,
    /// Exchange the CNAMEs of two environments.
    Swap,
    /// Other numbers of instances.
    Resize,
    /// Run a version on one instance of a target group after the other.
    RollingDeploy,
    /// Run a version in many environments, some at a time.
    Wave,
    /// Take an instance out of its load balancer.
    TakeOut,
    /// Put an instance into its load balancer.
    PutBack,
    /// Reboot an instance.
    Reboot,
    /// Have an instance replaced.
    Replace,
    /// Terminate what nobody needs any more.
    End,
}

impl Kind {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Redeploy => "redeploy",
            Self::Restart => "restart",
            Self::Rebuild => "rebuild",
            Self::Abort => "abort",
            Self::Swap => "swap",
            Self::Resize => "resize",
            Self::RollingDeploy => "rolling deploy",
            Self::Wave => "wave",
            Self::TakeOut => "take out",
            Self::PutBack => "put back",
            Self::Reboot => "reboot",
            Self::Replace => "replace",
            Self::End => "end",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Who wants something.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Actor {
    /// The identity that writes, as the cloud names it: an ARN.
    pub identity: Option<Arc<str>>,
    /// The login at GitHub.
    pub login: Option<Login>,
}

/// Which operation it is, who wants it, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The operation's id.
    pub id: OperationId,
    /// Who wants it.
    pub actor: Actor,
    /// The reason that was given, where one was.
    pub reason: Option<Arc<str>>,
    /// What a failure does to the rest.
    pub on_failure: OnFailure,
}

/// What a failure does to what has not begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The operation stops: what is half done is put back, nothing else begins.
    #[default]
    Stop,
    /// Nothing else begins until a person says whether to go on or to stop.
    Pause,
    /// The rest goes on.
    CarryOn,
}

/// What happens when patience ends and something still goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It has failed.
    #[default]
    Fail,
    /// It was long enough.
    GoOn,
}

/// One thing to do, to wait for, or to check, and how long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deed {
    /// Where.
    pub place: Place,
    /// What.
    pub action: Action,
    /// It is not done: only the look before it is taken, to see whether it might be.
    #[serde(default)]
    pub only_checked: bool,
    /// It begins together with the one before it in its list. Only where nothing is changed.
    #[serde(default)]
    pub together: bool,
    /// How long it may take, from when it was begun.
    pub patience: Duration,
    /// What happens then.
    #[serde(default)]
    pub then: Then,
    /// How long it is waited for until the place lets it begin: enough others are healthy, it is ready.
    #[serde(default)]
    pub hold: Duration,
    /// How long it will probably take: as the last one took.
    #[serde(default)]
    pub expected: Option<Duration>,
}

impl Deed {
    /// Something that has failed if it still goes on after so long.
    #[must_use]
    pub const fn new(place: Place, action: Action, patience: Duration) -> Self {
        Self { place, action, only_checked: false, together: false, patience, then: Then::Fail, hold: Duration::ZERO, expected: None }
    }

    /// The same, but after so long it is gone on.
    #[must_use]
    pub fn at_most(self) -> Self {
        Self { then: Then::GoOn, ..self }
    }

    /// The same, only checked.
    #[must_use]
    pub fn checked(self) -> Self {
        Self { only_checked: true, ..self }
    }

    /// The same, beginning together with the one before it.
    #[must_use]
    pub fn together(self) -> Self {
        Self { together: true, ..self }
    }

    /// The same, waiting so long until the place lets it begin.
    #[must_use]
    pub fn held(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    /// Whether something is sent for it.
    #[must_use]
    pub const fn writes(&self) -> bool {
        self.action.is_write() && !self.only_checked
    }

    /// The environments that it is about: of a swap both.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentKey> {
        let other = match &self.action {
            Action::Swap { with, .. } => Some(with),
            _ => None,
        };
        std::iter::once(&self.place.environment).chain(other)
    }

    /// What it is, for a person. Its parts come from outside: not yet safe to show.
    #[must_use]
    pub fn words(&self) -> Cow<'static, str> {
        let words = words(&self.action);
        if self.only_checked { format!("check: {words}").into() } else { words }
    }
}

fn words(action: &Action) -> Cow<'static, str> {
    match action {
        Action::Deploy(label) => format!("deploy {label}").into(),
        Action::Restart => "restart the application servers".into(),
        Action::Rebuild => "rebuild".into(),
        Action::Abort => "abort the update".into(),
        Action::Swap { with, .. } => format!("swap the CNAME with {}", with.name).into(),
        Action::Resize { fewest, most } => format!("resize to {fewest} to {most} instances").into(),
        Action::Rerun(rerun) => format!("run \"{}\" of pipeline {} again", rerun.name, rerun.number).into(),
        Action::Deregister(_) => "deregister".into(),
        Action::Register(_) => "register".into(),
        Action::Reboot => "reboot".into(),
        Action::Replace => "replace".into(),
        Action::Terminate => "terminate".into(),
        Action::Copy(_, files) if files.len() == 1 => "copy a file".into(),
        Action::Copy(_, files) => format!("copy {} files", files.len()).into(),
        Action::Run { .. } => "run the command".into(),
        Action::Local(local) => format!("run {}", local.command.join(" ")).into(),
        Action::Drained(_) => "wait until drained".into(),
        Action::Healthy(_) => "wait until healthy".into(),
        Action::Proven(label) => format!("wait until proven to run {label}").into(),
        Action::Renewed { .. } => "wait until new instances serve".into(),
        Action::Runs { version, .. } => format!("see that every instance runs {version}").into(),
        Action::Steady => "watch its health".into(),
        Action::Reached(_) => "reach the host".into(),
        Action::Built { tag, .. } => format!("find the image {tag}").into(),
        Action::Quiet { .. } => "see that no run goes on".into(),
        Action::Pause(_) => "pause".into(),
    }
}

/// How what a step did is put right when its unit fails or is stopped half way.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Undo {
    /// The number of the later step of the same unit after which nothing is to be put right any more.
    pub until: u32,
    /// What to do, in this order.
    pub deeds: Vec<Deed>,
}

/// A step of a unit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    /// What is done.
    pub deed: Deed,
    /// How that is put right, where it has to be.
    #[serde(default)]
    pub undo: Option<Undo>,
}

impl From<Deed> for Step {
    fn from(deed: Deed) -> Self {
        Self { deed, undo: None }
    }
}

/// What goes through its steps as one: an environment, or an instance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unit {
    /// What a person calls it. From outside: not yet safe to show.
    pub name: Arc<str>,
    /// The number of its wave.
    pub wave: u32,
    /// Its steps, one after the other.
    pub steps: Vec<Step>,
    /// What is watched once its whole wave is through. The next wave begins behind it.
    #[serde(default)]
    pub watch: Vec<Deed>,
}

/// Units that go together. The next wave begins when each of them has come to its end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Wave {
    /// What a person calls it: `staging`, `canary`.
    pub name: Arc<str>,
    /// How many of its units may be under way at once. At least one.
    pub at_once: u32,
}

/// Everything that an operation will do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// The edition: [`VERSION`].
    pub version: u32,
    /// Its id.
    pub id: OperationId,
    /// What it is.
    pub kind: Kind,
    /// What it resolves to, on one line. From outside: not yet safe to show.
    pub title: Arc<str>,
    /// Who wants it.
    pub actor: Actor,
    /// The reason that was given, where one was.
    #[serde(default)]
    pub reason: Option<Arc<str>>,
    /// What is checked before the first change, in this order, once: an operation that is resumed does not check it
    /// again, since what it would find is its own change.
    #[serde(default)]
    pub before: Vec<Deed>,
    /// The waves, in their order.
    pub waves: Vec<Wave>,
    /// The units, in the order in which they begin within their wave.
    pub units: Vec<Unit>,
    /// What a failure does to the rest.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// How many targets have to stay healthy, where that is limited.
    #[serde(default)]
    pub fewest_healthy: Option<u32>,
}

/// Why there is no plan, or why one makes no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlanError {
    /// It is of another edition.
    #[error("the plan is of edition {0}, and this program understands edition {VERSION}: use a newer Quarterdeck")]
    Version(u32),
    /// There is nothing to do.
    #[error("there is nothing to do: no environment and no instance was named")]
    Empty,
    /// Nothing could ever begin.
    #[error("{0} lets none begin: at least one must be let through at once")]
    NoneAtOnce(Arc<str>),
    /// Something in it points to what is not there.
    #[error("the plan for {0} does not fit together")]
    Broken(Arc<str>),
    /// Taking any instance out would leave too few.
    #[error("{group} has {targets} and {fewest} must stay healthy: none can be taken out; let fewer stay, with a reason")]
    TooFew {
        /// The target group.
        group: Arc<str>,
        /// How many targets it has, in words.
        targets: Arc<str>,
        /// How many must stay healthy.
        fewest: u32,
    },
    /// Files are copied over ssh only.
    #[error("files are copied over ssh, and {0} is reached by Systems Manager: name its ssh destination, or copy no files")]
    NoCopy(Arc<str>),
}

impl Plan {
    /// Whether it makes sense: one that was read from a disk may not.
    ///
    /// # Errors
    /// When it is of another edition, or does not fit together.
    pub fn check(&self) -> Result<(), PlanError> {
        if self.version != VERSION {
            return Err(PlanError::Version(self.version));
        }
        if self.units.is_empty() {
            return Err(PlanError::Empty);
        }
        if let Some(wave) = self.waves.iter().find(|wave| wave.at_once == 0) {
            return Err(PlanError::NoneAtOnce(Arc::clone(&wave.name)));
        }
        let fits = |unit: &Unit| {
            (unit.wave as usize) < self.waves.len()
                && !unit.steps.is_empty()
                && unit.watch.iter().all(|deed| !deed.writes())
                && unit.steps.iter().zip(0_u32..).all(|(step, number)| {
                    let ends = |undo: &Undo| undo.until > number && (undo.until as usize) < unit.steps.len();
                    step.undo.as_ref().is_none_or(ends)
                })
        };
        if let Some(unit) = self.units.iter().find(|unit| !fits(unit)) {
            return Err(PlanError::Broken(Arc::clone(&unit.name)));
        }
        if self.before.iter().any(Deed::writes) {
            return Err(PlanError::Broken(Arc::clone(&self.title)));
        }
        Ok(())
    }

    /// The environments that it changes: nobody else may change them meanwhile. What is only aborted is not among
    /// them: an update is aborted while it goes on, and whatever goes on there may hold the environment.
    #[must_use]
    pub fn targets(&self) -> BTreeSet<EnvironmentKey> {
        self.written().filter(|deed| deed.action != Action::Abort).flat_map(Deed::environments).cloned().collect()
    }

    /// What it holds on this machine, by names that are the same for whoever changes the same: its targets, and the
    /// target groups that it takes instances out of or puts them into, whichever environment that is for.
    #[must_use]
    pub fn holds(&self) -> Vec<Arc<str>> {
        // Environments first: a person who is refused knows them by name.
        let environments: Vec<Arc<str>> = self.targets().iter().map(|key| key.to_string().into()).collect();
        let names: BTreeSet<Arc<str>> = self.written().flat_map(|deed| held(&deed.place, &deed.action)).collect();
        let groups: Vec<Arc<str>> = names.into_iter().filter(|name| !environments.contains(name)).collect();
        environments.into_iter().chain(groups).collect()
    }

    /// The environments that it does something to, those where an update is aborted too.
    #[must_use]
    pub fn environments(&self) -> BTreeSet<EnvironmentKey> {
        self.written().flat_map(Deed::environments).cloned().collect()
    }

    /// The steps for which something is sent.
    fn written(&self) -> impl Iterator<Item = &Deed> {
        self.units.iter().flat_map(|unit| &unit.steps).map(|step| &step.deed).filter(|deed| deed.writes())
    }

    fn new(origin: Origin, kind: Kind, title: String, waves: Vec<Wave>, units: Vec<Unit>) -> Self {
        let Origin { id, actor, reason, on_failure } = origin;
        let title = title.into();
        Self { version: VERSION, id, kind, title, actor, reason, before: Vec::new(), waves, units, on_failure, fewest_healthy: None }
    }
}

/// What must be nobody else's while an action is done, by names that are the same for whoever changes the same.
///
/// The environments, and the target group that an instance leaves or enters; nothing where an update is only aborted.
#[must_use]
pub fn held(place: &Place, action: &Action) -> Vec<Arc<str>> {
    if !action.is_write() || *action == Action::Abort {
        return Vec::new();
    }
    let environment = |key: &EnvironmentKey| Arc::from(key.to_string());
    let other = match action {
        Action::Swap { with, .. } => Some(environment(with)),
        Action::Deregister(registration) | Action::Register(registration) => Some(Arc::clone(&registration.group)),
        _ => None,
    };
    std::iter::once(environment(&place.environment)).chain(other).collect()
}

#[cfg(test)]
mod tests;
