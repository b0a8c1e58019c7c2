//! What cannot be read, each trouble told once.
//!
//! A region that fails is a trouble of its own. What befalls all that is read
//! through one connection (credentials that ran out, a network that is gone) is
//! one trouble of that connection, not one of each of its seventeen regions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::clock::Timestamp;
use super::fault::{Fault, FaultKind};
use super::fleet::Fleet;
use super::id::{Connection, Region};
use super::sighting::{Question, Scope, Source};

/// What a trouble is about. In the order in which troubles are told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum About<'a> {
    /// Everything that is read through the connection.
    Connection {
        /// So many regions fail alike.
        regions: usize,
    },
    /// Which regions the connection has.
    Regions,
    /// One question about one scope.
    Scope(Question, &'a Scope),
}

/// Something that cannot be read, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trouble<'a> {
    /// The way in.
    pub connection: &'a Connection,
    /// What it is about.
    pub about: About<'a>,
    /// Why; where several fail alike, that of the first.
    pub fault: &'a Fault,
    /// When it was last read all the same; of several, the one read longest ago. `None`: never.
    pub last_read: Option<Timestamp>,
    /// Whether it was read, but for what could not be understood.
    pub is_partial: bool,
}

/// One source that fails.
#[derive(Clone, Copy)]
struct Failing<'a> {
    source: &'a Source,
    fault: &'a Fault,
    last_read: Option<Timestamp>,
    is_partial: bool,
}

/// Every trouble, those of whole connections first, then what was read longest ago.
///
/// `scopes` is all that is to be read; `undiscovered` are the connections of which it
/// could not be found out what there is to read.
#[must_use]
pub fn troubles<'a>(
    fleet: &'a Fleet,
    scopes: &[Arc<Scope>],
    undiscovered: impl IntoIterator<Item = (&'a Connection, &'a Fault)>,
) -> Vec<Trouble<'a>> {
    let mut told = Vec::new();
    let mut whole: BTreeMap<&Connection, &Fault> = BTreeMap::new();
    for (connection, mut failing) in by_connection(fleet) {
        if let Some((first, regions)) = whole_connection(fleet, scopes, connection, &failing) {
            let last_read = failing.iter().filter(|one| is_like(one, &first)).filter_map(|one| one.last_read).min();
            failing.retain(|one| !is_like(one, &first));
            whole.insert(connection, first.fault);
            told.push(Trouble { connection, about: About::Connection { regions }, fault: first.fault, last_read, is_partial: false });
        }
        let about = |one: &Failing<'a>| About::Scope(one.source.question, &one.source.scope);
        told.extend(failing.iter().map(|one| {
            let Failing { fault, last_read, is_partial, .. } = *one;
            Trouble { connection, about: about(one), fault, last_read, is_partial }
        }));
    }
    let is_told = |connection: &Connection, fault: &Fault| whole.get(connection).is_some_and(|known| same_kind(known, fault));
    let untold = undiscovered.into_iter().filter(|(connection, fault)| !is_told(connection, fault));
    told.extend(untold.map(|(connection, fault)| {
        let about = if fault.kind == FaultKind::Expired { About::Connection { regions: 0 } } else { About::Regions };
        Trouble { connection, about, fault, last_read: None, is_partial: false }
    }));
    told.sort_by(|a, b| (rank(a), a.last_read, a.connection, a.about).cmp(&(rank(b), b.last_read, b.connection, b.about)));
    told
}

/// Whole connections first.
const fn rank(trouble: &Trouble<'_>) -> u8 {
    match trouble.about {
        About::Connection { .. } => 0,
        About::Regions => 1,
        About::Scope(..) => 2,
    }
}

/// The listings and events that fail, by connection.
fn by_connection(fleet: &Fleet) -> BTreeMap<&Connection, Vec<Failing<'_>>> {
    let mut failing: BTreeMap<&Connection, Vec<Failing<'_>>> = BTreeMap::new();
    let sources = fleet.sources().filter(|(source, _)| matches!(source.question, Question::Listing | Question::Events));
    for (source, state) in sources {
        let whole = state.current_fault();
        let Some((_, fault)) = whole.or_else(|| state.current_flaw()) else { continue };
        let last_read = state.answered.map(|stamp| stamp.asked_at);
        failing.entry(&source.scope.connection).or_default().push(Failing { source, fault, last_read, is_partial: whole.is_none() });
    }
    for each in failing.values_mut() {
        each.sort_by_key(|one| one.source);
    }
    failing
}

/// What stands for a whole connection where it fails as one, and how many of its regions do.
///
/// Credentials that ran out are the connection's, wherever that was noticed first: regions
/// that hold nothing are asked too seldom to wait for them. Anything else is, once it is
/// told of every one of its regions in the same words.
fn whole_connection<'a>(
    fleet: &Fleet,
    scopes: &[Arc<Scope>],
    connection: &Connection,
    failing: &[Failing<'a>],
) -> Option<(Failing<'a>, usize)> {
    let listings = || failing.iter().filter(|one| one.source.question.lists() && !one.is_partial);
    let ran_out = |one: &&Failing<'_>| one.fault.kind == FaultKind::Expired && !names_its_region(one);
    if let Some(first) = failing.iter().find(ran_out) {
        return Some((*first, listings().filter(ran_out).count()));
    }
    let first = listings().next()?;
    let alike = |one: &Failing<'_>| same_kind(one.fault, first.fault) && words(one) == words(first);
    let asked = fleet.sources().map(|(source, _)| source).filter(|source| source.question.lists()).map(|source| &source.scope);
    let mut ours = asked.chain(scopes).filter(|scope| scope.connection == *connection);
    let fails = |scope: &Arc<Scope>| listings().any(|one| one.source.scope == *scope);
    let count = listings().count();
    (count > 1 && listings().all(alike) && ours.all(fails)).then_some((*first, count))
}

/// Whether a source fails as the first of its connection does: a region that alone refuses
/// credentials (it may not be enabled) is not told by credentials that ran out.
fn is_like(one: &Failing<'_>, first: &Failing<'_>) -> bool {
    !one.is_partial
        && same_kind(one.fault, first.fault)
        && (one.fault.kind != FaultKind::Expired || names_its_region(one) == names_its_region(first))
}

/// The same kind, for however long it may be.
fn same_kind(one: &Fault, other: &Fault) -> bool {
    one.kind.word() == other.kind.word()
}

fn names_its_region(one: &Failing<'_>) -> bool {
    one.source.scope.region.as_ref().is_some_and(|region| one.fault.sentence.contains(region.as_str()))
}

/// A fault's sentence without the name of the region it is about.
fn words(one: &Failing<'_>) -> String {
    let region = one.source.scope.region.as_ref().map_or("", Region::as_str);
    if region.is_empty() { one.fault.sentence.to_string() } else { one.fault.sentence.replace(region, "*") }
}
