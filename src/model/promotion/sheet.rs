//! The ship sheet: what a promotion ships to which environments, and the checks it has to pass.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::checks::{self, About, Offer};
use super::shipping::Shipping;
use super::{Held, Promotion, folders, running};
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::folder::Part;
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::id::{AppName, EnvironmentKey, GateId, Sha};
use crate::model::lock::Locks;
use crate::model::run::Gate;

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
        commits(&self.shipments, &self.folders, facts, |shipment| shipment.runs(&self.promotion))
    }

    /// The shipment with most commits: all ship one commit, so the others are parts of it unless what runs has diverged.
    #[must_use]
    pub fn largest<'f>(&self, facts: &'f RepositoryFacts) -> Option<Part<'f>> {
        largest(&self.shipments, &self.folders, facts)
    }
}

/// What it ships, by what runs now.
pub(super) fn shipments(offer: Offer<'_>, chosen: Option<&[GateId]>, fleet: &Fleet) -> Vec<Shipment> {
    let mut by_version: BTreeMap<Option<Sha>, Vec<EnvironmentKey>> = BTreeMap::new();
    let held = offer.held.iter().filter(|held| chosen.is_none_or(|chosen| chosen.contains(&held.gate.id)));
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
        let base = from.clone().filter(|from| !offer.is_dispatched() && !from.agrees_with(offer.head));
        Shipment { from, environments, between: base.map(|base| Between { base, head: offer.head.clone() }) }
    };
    by_version.into_iter().map(shipment).collect()
}

/// What the world is like in which something ships.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// What runs.
    pub fleet: &'a Fleet,
    /// What GitHub tells of the repository.
    pub github: &'a RepositoryFacts,
    /// How what ships is shipped, by the strictest rules of its apps.
    pub shipping: &'a Shipping,
    /// What is locked.
    pub locks: &'a Locks,
    /// The moment.
    pub now: Timestamp,
}

/// What was found out of something that is to ship.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Findings {
    /// What it ships, by what runs now.
    pub shipments: Vec<Shipment>,
    /// Where it is tried before.
    pub tried_in: Vec<EnvironmentKey>,
    /// The checks, worst first.
    pub checks: Vec<Check>,
    /// Whether production is among the environments, or may be.
    pub production: bool,
    /// Why it must not ship at all, whatever reason is given.
    pub refused: Option<&'static str>,
    /// The folders of the repository that it ships; empty where all of it does.
    pub folders: Vec<Arc<str>>,
}

impl Findings {
    /// How many commits ship; none where something of it is not compared.
    #[must_use]
    pub fn commits(&self, head: &Sha, facts: &RepositoryFacts) -> Option<u64> {
        commits(&self.shipments, &self.folders, facts, |shipment| shipment.from.as_ref().is_some_and(|from| from.agrees_with(head)))
    }
}

/// How many commits these shipments ship; none where one of them is not compared.
fn commits(shipments: &[Shipment], folders: &[Arc<str>], facts: &RepositoryFacts, runs: impl Fn(&Shipment) -> bool) -> Option<u64> {
    let is_read = |between: &Between| Part::of(facts, between, folders).is_some();
    let is_known = |shipment: &Shipment| runs(shipment) || shipment.between.as_ref().is_some_and(is_read);
    let known = !shipments.is_empty() && shipments.iter().all(is_known);
    known.then(|| largest(shipments, folders, facts).map_or(0, |part| part.ahead()))
}

/// The shipment with most commits: all ship one commit, so the others are parts of it unless what runs has diverged.
fn largest<'f>(shipments: &[Shipment], folders: &[Arc<str>], facts: &'f RepositoryFacts) -> Option<Part<'f>> {
    let read = shipments.iter().filter_map(|shipment| Part::of(facts, shipment.between.as_ref()?, folders));
    read.max_by_key(Part::ahead)
}

fn findings(offer: Offer<'_>, chosen: &[GateId], around: Around<'_>) -> Findings {
    let Around { fleet, github, shipping, locks, now } = around;
    let shipments = shipments(offer, Some(chosen), fleet);
    let chosen_environments = offer.held.iter().filter(|held| chosen.contains(&held.gate.id)).flat_map(|held| &held.environments);
    let folders = folders(chosen_environments, fleet);
    let about = About { offer, chosen, shipments: &shipments, folders: &folders, fleet, github, shipping, locks, now };
    let mut checks = about.checks();
    checks.sort_by_key(|check| (std::cmp::Reverse(check.verdict), check.subject));
    let refused = if about.goes_back().next().is_some() { shipping.older.refusal() } else { None };
    // A gate whose environment is not known may be anybody's production.
    let unknown = about.held().any(|held| !held.is_whole);
    let production = unknown || about.targets().any(|(_, environment)| checks::is_production(environment.as_ref()));
    let tried_in = about.tried_before();
    Findings { tried_in, refused, checks, production, folders: folders.clone(), shipments }
}

/// The sheet of a promotion, with these gates chosen.
#[must_use]
pub fn sheet(promotion: &Promotion, chosen: &[GateId], around: Around<'_>) -> Sheet {
    let Findings { shipments, tried_in, checks, production, refused, folders } = findings(Offer::of(promotion), chosen, around);
    Sheet { promotion: promotion.clone(), chosen: chosen.to_vec(), shipments, tried_in, checks, production, refused, folders }
}

/// What is promoted without a run that waits for somebody.
#[derive(Clone, Copy)]
pub struct Proposed<'a> {
    /// The commit.
    pub head: &'a Sha,
    /// What it is called: a tag, a pull request.
    pub name: &'a str,
    /// Where it goes to.
    pub environments: &'a [EnvironmentKey],
    /// The app, or those of the repository.
    pub apps: &'a [AppName],
    /// Whether it is merged into what runs.
    pub is_merge: bool,
}

/// What speaks for and against shipping a commit where no run waits with it: by a tag, or by a merge.
#[must_use]
pub fn proposal(proposed: Proposed<'_>, around: Around<'_>) -> Findings {
    let Proposed { head, name, environments, apps, is_merge } = proposed;
    let id = GateId(0);
    let gate = Gate { id, name: name.into(), may_approve: true, reviewers: Vec::new(), wait_minutes: 0, wait_since: None };
    let held = [Held { gate, environments: environments.to_vec(), is_whole: !environments.is_empty() }];
    findings(Offer { head, run: None, apps, held: &held, is_merge }, &[id], around)
}
