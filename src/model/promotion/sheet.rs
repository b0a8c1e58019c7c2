//! The ship sheet: what a promotion ships to which environments, and the checks it has to pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::{self, About};
use super::migrations::MigrationWorkflow;
use super::older::OlderVersions;
use super::{Held, Promotion, folders, running};
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::folder::Part;
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{EnvironmentKey, GateId, Sha};
use crate::model::lock::Locks;
use crate::model::scan::{MigrationPaths, VariablePatterns};

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Nothing stands against it.
    Pass,
    /// A person should know.
    Warn,
    /// It is not known.
    Unknown,
    /// It stands in the way.
    Fail,
}

impl Verdict {
    /// What it counts as: what is not known stands in the way of production.
    #[must_use]
    pub const fn counted(self, production: bool) -> Self {
        match self {
            Self::Unknown if production => Self::Fail,
            other => other,
        }
    }
}

/// What a check is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// Whether it was tried where its workflow says it is tried first.
    Staging,
    /// Whether a newer run waits.
    Newest,
    /// Whether what runs now is one version.
    Agreement,
    /// Whether it is a time at which nothing is shipped.
    Freeze,
    /// Whether somebody has locked an environment.
    Lock,
    /// Whether the environments are well and idle.
    Condition,
    /// Whether the commit's checks succeeded.
    Checks,
    /// Database migrations.
    Migrations,
    /// Environment variables that are not set.
    Variables,
    /// Files of the platform.
    Platform,
    /// Whether it undoes what runs.
    Older,
    /// Whether all of a change is known.
    Extent,
    /// Whether what the checks look at could be read lately.
    Reading,
    /// Whether only some of the environments are chosen.
    Partial,
    /// Whether the approval is about to expire.
    Expiry,
}

/// A check with how it came out, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Check {
    /// What it is about.
    pub subject: Subject,
    /// How it came out.
    pub verdict: Verdict,
    /// Why, in one sentence. Its parts come from outside: not yet safe to show.
    pub sentence: String,
}

/// What a promotion ships to environments that run one version now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shipment {
    /// What they run; none where that is not known.
    pub from: Option<Sha>,
    /// The environments.
    pub environments: Vec<EnvironmentKey>,
    /// What to compare; none where it is not known or both are one commit.
    pub between: Option<Between>,
}

impl Shipment {
    /// Whether its environments run already what the promotion ships.
    #[must_use]
    pub fn runs(&self, promotion: &Promotion) -> bool {
        !promotion.is_dispatched() && self.from.as_ref().is_some_and(|from| from.agrees_with(&promotion.run.head))
    }
}

/// How an app is shipped: what its sheet is held against.
#[derive(Clone, PartialEq, Debug)]
pub struct Shipping {
    /// For how many seconds a version has to have been well where it is tried.
    pub settle: u64,
    /// Where its migrations lie.
    pub migrations: MigrationPaths,
    /// Whether its migrations run by themselves when it is deployed.
    pub migrations_run: bool,
    /// The workflow with which somebody runs them, where they do not.
    pub migration_workflow: Option<MigrationWorkflow>,
    /// How it reads environment variables.
    pub variables: VariablePatterns,
    /// The checks that must have succeeded, whatever the branch's rules require; what those require where none is
    /// named, and all that there are where they require none.
    pub required: Vec<Arc<str>>,
    /// What becomes of a version that is older than what runs.
    pub older: OlderVersions,
}

impl Default for Shipping {
    fn default() -> Self {
        Self {
            settle: 600,
            migrations: MigrationPaths::default(),
            migrations_run: true,
            migration_workflow: None,
            variables: VariablePatterns::default(),
            required: Vec::new(),
            older: OlderVersions::default(),
        }
    }
}

/// What a promotion would ship, and what stands in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// The promotion.
    pub promotion: Promotion,
    /// The gates that are chosen.
    pub chosen: Vec<GateId>,
    /// What it ships, by what runs now.
    pub shipments: Vec<Shipment>,
    /// Where it is tried before it comes to the chosen gates.
    pub tried_in: Vec<EnvironmentKey>,
    /// The checks, worst first.
    pub checks: Vec<Check>,
    /// Whether production is among the chosen environments, or may be.
    pub production: bool,
    /// Why it must not ship at all, whatever reason is given.
    pub refused: Option<&'static str>,
    /// The folders of the repository that it ships; empty where all of it does.
    pub folders: Vec<Arc<str>>,
}

impl Sheet {
    /// The checks that stand in the way.
    pub fn failed(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.verdict.counted(self.production) == Verdict::Fail)
    }

    /// The chosen gates.
    pub fn chosen_gates(&self) -> impl Iterator<Item = &Held> {
        self.promotion.held.iter().filter(|held| self.chosen.contains(&held.gate.id))
    }

    /// The environments behind the chosen gates.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentKey> {
        self.chosen_gates().flat_map(|held| &held.environments)
    }

    /// How many commits ship; none where something of it is not compared.
    #[must_use]
    pub fn commits(&self, facts: &RepositoryFacts) -> Option<u64> {
        let is_read = |between: &Between| Part::of(facts, between, &self.folders).is_some();
        let is_known = |shipment: &Shipment| shipment.runs(&self.promotion) || shipment.between.as_ref().is_some_and(is_read);
        let known = !self.shipments.is_empty() && self.shipments.iter().all(is_known);
        known.then(|| self.largest(facts).map_or(0, |part| part.ahead()))
    }

    /// The shipment with most commits: all ship one commit, so the others are parts of it unless what runs has diverged.
    #[must_use]
    pub fn largest<'f>(&self, facts: &'f RepositoryFacts) -> Option<Part<'f>> {
        let read = self.shipments.iter().filter_map(|shipment| Part::of(facts, shipment.between.as_ref()?, &self.folders));
        read.max_by_key(Part::ahead)
    }
}

/// What it ships, by what runs now.
pub(super) fn shipments(promotion: &Promotion, chosen: Option<&[GateId]>, fleet: &Fleet) -> Vec<Shipment> {
    let mut by_version: BTreeMap<Option<Sha>, Vec<EnvironmentKey>> = BTreeMap::new();
    let held = promotion.held.iter().filter(|held| chosen.is_none_or(|chosen| chosen.contains(&held.gate.id)));
    for key in held.flat_map(|held| &held.environments) {
        let versions = fleet.get(key).map(|environment| running(&environment, fleet)).unwrap_or_default();
        if versions.is_empty() {
            by_version.entry(None).or_default().push(key.clone());
        }
        for version in versions {
            by_version.entry(Some(version)).or_default().push(key.clone());
        }
    }
    let shipment = |(from, environments): (Option<Sha>, Vec<EnvironmentKey>)| {
        let base = from.clone().filter(|from| !promotion.is_dispatched() && !from.agrees_with(&promotion.run.head));
        Shipment { from, environments, between: base.map(|base| Between { base, head: promotion.run.head.clone() }) }
    };
    by_version.into_iter().map(shipment).collect()
}

/// The sheet of a promotion, with these gates chosen.
#[must_use]
pub fn sheet(
    promotion: &Promotion,
    chosen: &[GateId],
    fleet: &Fleet,
    facts: &RepositoryFacts,
    shipping: &Shipping,
    locks: &Locks,
    now: Timestamp,
) -> Sheet {
    let shipments = shipments(promotion, Some(chosen), fleet);
    let chosen_environments = promotion.held.iter().filter(|held| chosen.contains(&held.gate.id)).flat_map(|held| &held.environments);
    let folders = folders(chosen_environments, fleet);
    let about = About { promotion, chosen, shipments: &shipments, folders: &folders, fleet, github: facts, shipping, locks, now };
    let mut checks = about.checks();
    checks.sort_by_key(|check| (std::cmp::Reverse(check.verdict), check.subject));
    let refused = if about.goes_back().next().is_some() { shipping.older.refusal() } else { None };
    // A gate whose environment is not known may be anybody's production.
    let unknown = about.held().any(|held| !held.is_whole);
    Sheet {
        promotion: promotion.clone(),
        chosen: chosen.to_vec(),
        tried_in: about.tried_before(),
        refused,
        checks,
        folders: folders.clone(),
        production: unknown || about.targets().any(|(_, environment)| checks::is_production(environment.as_ref())),
        shipments,
    }
}
