//! Plans of operations: one action in one environment of Elastic Beanstalk, in several, or in waves; a rolling
//! deploy over a target group; what is done to one instance.
//!
//! Each is made from the state alone. What cannot be done is refused with a sentence; where there are several
//! environments, those that something speaks against are left out and named.

mod abort;
pub mod carry_on;
mod deploy;
mod failed;
mod host;
mod instance;
mod judge;
pub mod labels;
mod planned;
mod rerun;
mod rolling;
mod runs;
mod several;
mod single;
pub mod swap;
mod taken_out;
mod target;

pub use abort::is_abortable;
pub use instance::{Change, registered};
pub use rerun::deploying;
pub use taken_out::taken_out;
pub use target::{Deployer, deployer, may_act};

use super::super::decision::{Decision, Undertaking};
use super::super::state::State;
use super::Intent;
use crate::model::forge::Between;
use crate::model::id::{EnvironmentKey, InstanceId, Platform, Repository, VersionLabel};
use crate::model::operation::plan::{Actor, Kind, OnFailure, Origin};
use crate::model::waves::Waves;
use target::Target;

/// What is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Run this version.
    Deploy(VersionLabel),
    /// Run the version that runs, once more.
    Redeploy,
    /// Restart the application servers.
    Restart,
    /// Make every resource anew.
    Rebuild,
    /// Abort the update that goes on.
    Abort,
    /// Exchange the CNAME with this one.
    Swap(EnvironmentKey),
    /// Other numbers of instances.
    Resize {
        /// The fewest.
        fewest: u32,
        /// The most.
        most: u32,
    },
    /// Something is done to one instance.
    Instance(Change, InstanceId),
}

/// How several environments are gone through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tempo {
    /// How many go alone before the rest does. Only of a deploy.
    pub canary: u32,
    /// How many of the others are one wave; 0: all of them. Only of a deploy.
    pub batch: u32,
    /// How many at once.
    pub at_once: u32,
    /// For how many minutes the health of a wave is watched before the next one. Only of a deploy.
    pub bake: u32,
    /// What a failure does to the rest.
    pub on_failure: OnFailure,
    /// Whether those go along of which a check stands in the way.
    pub with_failed: bool,
}

impl Default for Tempo {
    fn default() -> Self {
        Self::from(Waves::default())
    }
}

impl From<Waves> for Tempo {
    fn from(waves: Waves) -> Self {
        let Waves { canary, batch, at_once, bake, on_failure } = waves;
        let bake = u32::try_from(bake.as_secs() / 60).unwrap_or(u32::MAX);
        Self { canary, batch: batch.unwrap_or(0), at_once, bake, on_failure, with_failed: false }
    }
}

impl Tempo {
    /// As it is configured for the app of these environments; the usual one where they are of several.
    #[must_use]
    pub fn of(state: &State, environments: &[EnvironmentKey]) -> Self {
        let waves = |key: &EnvironmentKey| state.fleet.catalogue().app(&state.fleet.get(key)?.app()).map(|app| app.waves);
        let mut all = environments.iter().map(waves);
        let first = all.next().flatten();
        first.filter(|first| all.all(|other| other == Some(*first))).map_or_else(Self::default, Self::from)
    }
}

/// What a person wants to have done, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// What.
    pub deed: Deed,
    /// Where.
    pub environments: Vec<EnvironmentKey>,
    /// How, where there are several.
    pub tempo: Tempo,
}

impl Wanted {
    /// This, there, at the usual tempo.
    #[must_use]
    pub fn new(deed: Deed, environments: Vec<EnvironmentKey>) -> Self {
        Self { deed, environments, tempo: Tempo::default() }
    }

    /// What is done, in a word or two: the dialog's title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match (&self.deed, self.environments.len()) {
            (Deed::Deploy(_), 0 | 1) => "deploy",
            (Deed::Deploy(_), _) => "wave",
            (Deed::Redeploy, _) => "redeploy",
            (Deed::Restart, _) => "restart",
            (Deed::Rebuild, _) => "rebuild",
            (Deed::Abort, _) => "stop the update",
            (Deed::Swap(_), _) => "swap CNAMEs",
            (Deed::Resize { .. }, _) => "capacity",
            (Deed::Instance(change, _), _) => change.word(),
        }
    }

    /// What the confirmation does, as a hint says it.
    #[must_use]
    pub const fn does(&self) -> &'static str {
        match &self.deed {
            Deed::Deploy(_) => "deploys",
            Deed::Redeploy => "redeploys",
            Deed::Restart => "restarts",
            Deed::Rebuild => "rebuilds",
            Deed::Abort => "stops the update",
            Deed::Swap(_) => "swaps the CNAMEs",
            Deed::Resize { .. } => "sets the capacity",
            Deed::Instance(change, _) => change.does(),
        }
    }

    /// What is done, as a sentence begins.
    fn verb(&self) -> String {
        match &self.deed {
            Deed::Deploy(label) => format!("deploy {label} to"),
            Deed::Redeploy => "redeploy what runs in".to_owned(),
            Deed::Restart => "restart the application servers of".to_owned(),
            Deed::Rebuild => "rebuild".to_owned(),
            Deed::Abort => "abort the update of".to_owned(),
            Deed::Swap(with) => format!("swap the CNAME of {} with that of", with.name),
            Deed::Resize { fewest, most } => format!("keep {fewest} to {most} instances in"),
            Deed::Instance(change, id) => format!("{} {id} of", change.word()),
        }
    }

    const fn kind(&self) -> Kind {
        match self.deed {
            Deed::Deploy(_) => Kind::Deploy,
            Deed::Redeploy => Kind::Redeploy,
            Deed::Restart => Kind::Restart,
            Deed::Rebuild => Kind::Rebuild,
            Deed::Abort => Kind::Abort,
            Deed::Swap(_) => Kind::Swap,
            Deed::Resize { .. } => Kind::Resize,
            Deed::Instance(change, _) => change.kind(),
        }
    }

    /// Whether it stops something.
    #[must_use]
    pub const fn stops(&self) -> bool {
        matches!(self.deed, Deed::Abort)
    }
}

/// The plan, as things are now.
///
/// # Errors
/// Why it cannot be done.
pub fn plan(state: &State, wanted: &Wanted) -> Result<Decision, String> {
    may_act(state, &wanted.environments)?;
    may_do(wanted)?;
    let targets = wanted.environments.iter().map(|key| Target::of(state, key)).collect::<Result<Vec<_>, _>>();
    match (&wanted.deed, wanted.environments.as_slice()) {
        (Deed::Abort, _) => abort::plan(state, wanted, &targets?),
        (Deed::Swap(with), [one]) => swap::plan(state, wanted, &Target::of(state, one)?, &Target::of(state, with)?),
        (_, []) => Err("nothing is selected".to_owned()),
        (Deed::Instance(change, id), [one]) => instance::plan(state, wanted, *change, id, Target::of(state, one)?),
        (Deed::Restart, [one]) if one.platform == Platform::Host => host::restart(state, wanted, Target::of(state, one)?),
        (Deed::Redeploy, [one]) if one.platform == Platform::TaggedEc2 => rerun::plan(state, wanted, Target::of(state, one)?),
        (_, [one]) if rolling::is_rolled(one) => rolling::plan(state, wanted, Target::of(state, one)?),
        (_, [one]) => single::plan(state, wanted, judge::judge(state, &wanted.deed, Target::of(state, one)?)),
        // Of several, one that is gone is left out, as one is that is busy.
        (_, several) => several::plan(state, wanted, several),
    }
}

/// Refuses what is not done there.
fn may_do(wanted: &Wanted) -> Result<(), String> {
    let [_, _, ..] = wanted.environments.as_slice() else { return Ok(()) };
    match wanted.environments.iter().find(|key| key.platform != Platform::Beanstalk) {
        Some(other) => Err(format!("{} is acted on alone, since it is not of Elastic Beanstalk: unmark the others", other.name)),
        None => Ok(()),
    }
}

/// What has to be compared before it can be said what of what runs this would undo.
#[must_use]
pub fn comparisons(state: &State, wanted: &Wanted) -> Vec<(Repository, Between)> {
    let Deed::Deploy(label) = &wanted.deed else { return Vec::new() };
    let mut all: Vec<(Repository, Between)> = Vec::new();
    for target in wanted.environments.iter().filter_map(|key| Target::of(state, key).ok()) {
        for between in deploy::comparisons(state, &target, label) {
            if !all.contains(&between) {
                all.push(between);
            }
        }
    }
    all
}

/// Whether something that the plan tells is still being read.
fn awaits(state: &State, wanted: &Wanted) -> bool {
    let deploys = matches!(wanted.deed, Deed::Deploy(_) | Deed::Redeploy | Deed::Resize { .. });
    let unread =
        |key: &EnvironmentKey| key.platform == Platform::Beanstalk && Target::of(state, key).is_ok_and(|target| target.awaits_strategy());
    let uncompared = |(repository, between): &(Repository, Between)| {
        let read = state.github.forge.get(repository).and_then(|facts| facts.comparisons.get(between));
        read.is_none_or(|read| read.value().is_none() && read.fault().is_none())
    };
    let unlisted = |key: &EnvironmentKey| matches!(wanted.deed, Deed::Deploy(_)) && labels::awaits(state, key);
    (deploys && wanted.environments.iter().any(|key| unread(key) || unlisted(key))) || comparisons(state, wanted).iter().any(uncompared)
}

/// The dialog about this undertaking.
fn decision(state: &State, wanted: &Wanted, undertaking: Undertaking, proof: super::super::decision::Proof) -> Decision {
    let mut headline = undertaking.plan.title.to_string();
    if let Some(first) = headline.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let mut decision = Decision::on(Intent::Operate(Box::new(wanted.clone())), headline, undertaking, proof);
    decision.awaits = awaits(state, wanted);
    decision
}

/// Who wants it: with whose credentials it is done there, and who that is on GitHub.
fn origin(state: &State, targets: &[&Target<'_>], on_failure: OnFailure) -> Origin {
    let identity = Some(identities(state, targets)).filter(|identities| !identities.is_empty());
    let actor = Actor { identity: identity.map(Into::into), login: state.github.forge.viewer.value().cloned() };
    Origin { id: state.operations.next_id(state.now), actor, reason: None, on_failure }
}

fn identities(state: &State, targets: &[&Target<'_>]) -> String {
    each_once(targets.iter().filter_map(|target| target.actor(state)))
}

fn each_once(actors: impl Iterator<Item = String>) -> String {
    let mut known: Vec<String> = Vec::new();
    for actor in actors {
        if !known.contains(&actor) {
            known.push(actor);
        }
    }
    known.join(", ")
}

/// As whom it is written.
fn identity(state: &State, targets: &[&Target<'_>]) -> String {
    known_identities(targets.iter().filter_map(|target| target.actor_in_words(state)))
}

/// These identities, each once; or that none is known.
fn known_identities(actors: impl Iterator<Item = String>) -> String {
    let known = each_once(actors);
    if known.is_empty() { "? AWS has not told whose credentials these are".to_owned() } else { known }
}

/// Some of these, and how many more there are.
fn first_of(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
