//! Everything known of every environment: the merge of all that was seen.
//!
//! The merge keeps the latest answer per (environment, source) and the latest
//! fault beside it; what to believe is decided when reading
//! ([`super::environment`]). So merging is commutative and idempotent: any
//! order and any repetition of the same observations give the same fleet.
//! An environment disappears only when a complete listing no longer holds it.
//!
//! What has disappeared is forgotten an hour later, and the merge stays what it is, since what
//! is forgotten follows from all that was observed, not from when it was: whatever is older
//! than an hour before the newest complete listing that does not hold its environment does not
//! count, whether it came before that listing or after it. That moment only ever moves on, so
//! what was dropped early would be dropped at the end as well.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::catalogue::{Catalogue, Declared, Placement};
use super::clock::{Stamp, Timestamp};
use super::environment::{Environment, version};
use super::event::PlatformEvent;
use super::fault::Fault;
use super::health::HealthSource;
use super::id::{AccountId, EnvironmentKey, Sha, VersionLabel};
use super::instance::Instances;
use super::records::Records;
use super::sighting::{Failure, Observation, Question, Reading, Scope, Sighting, Source, Warning};
use super::version::LabelReader;

/// How many events are kept for one environment: the newest ones.
pub const EVENTS_KEPT: usize = 200;

/// For how long what a complete listing no longer holds is remembered: who asks for the history
/// of the last minutes may ask for what is gone.
pub const MEMORY: Duration = Duration::from_secs(3_600);
/// How many labels whose commit was read are remembered beyond four for each environment.
const LABELS_KEPT: usize = 1_000;

/// What an observation changed, so that an unchanged screen is not drawn again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[must_use]
pub enum Change {
    /// Nothing that was not known, or only that it is still so.
    Ages,
    /// Values of environments that were there.
    Values,
    /// Which environments there are.
    Members,
}

/// The latest answer and the latest fault of one source, about one environment.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Slot {
    pub(super) source: Source,
    pub(super) answer: Option<(Stamp, Reading)>,
    pub(super) fault: Option<(Stamp, Fault)>,
    /// Of a listing: the newest complete one that does not hold the environment.
    absent: Option<Stamp>,
    /// Of a listing: the number of the one that was merged last and holds the environment.
    held: u64,
}

impl Slot {
    const fn new(source: Source) -> Self {
        Self { source, answer: None, fault: None, absent: None, held: 0 }
    }

    /// The fault, where nothing was answered since.
    pub(super) fn current_fault(&self) -> Option<(Stamp, &Fault)> {
        let (stamp, fault) = self.fault.as_ref()?;
        self.answer.as_ref().is_none_or(|(answered, _)| answered < stamp).then_some((*stamp, fault))
    }
}

/// Everything seen of one environment.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Record {
    pub(super) key: EnvironmentKey,
    pub(super) slots: Vec<Slot>,
    pub(super) events: BTreeSet<PlatformEvent>,
    /// Follows from the latest listing and the catalogue; kept, since it is asked for at every frame.
    pub(super) placement: Option<Placement>,
    /// The commit of the version that is believed; kept for the same reason.
    pub(super) commit: Option<Sha>,
    /// What most of its instances run, where they tell it and the listing does not.
    pub(super) majority: Option<VersionLabel>,
    /// Its instances with the versions that a question of its own told.
    pub(super) merged: Option<Box<Instances>>,
    /// What its machines show to be odd, and what shows it.
    pub(super) odd: Vec<(Warning, HealthSource)>,
}

impl Record {
    pub(super) const fn new(key: EnvironmentKey) -> Self {
        Self {
            key,
            slots: Vec::new(),
            events: BTreeSet::new(),
            placement: None,
            commit: None,
            majority: None,
            merged: None,
            odd: Vec::new(),
        }
    }

    fn slot_mut(&mut self, source: &Source) -> &mut Slot {
        let index = self.slots.iter().position(|slot| slot.source == *source).unwrap_or_else(|| {
            // Most environments are only ever listed: room for one, not for the four of a growing vector.
            self.slots.reserve_exact(1);
            self.slots.push(Slot::new(source.clone()));
            // Sorted, so that two records filled in different orders are equal.
            self.slots.sort_by(|a, b| a.source.cmp(&b.source));
            self.slots.iter().position(|slot| slot.source == *source).unwrap_or_default()
        });
        #[expect(clippy::indexing_slicing, reason = "the index was just found, or the slot just inserted")]
        &mut self.slots[index]
    }

    /// Whether anything is known of it.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.events.is_empty()
    }

    /// What was asked for before this, through this scope, does not count.
    fn horizon(&self, scope: &Arc<Scope>, sources: &HashMap<Source, SourceState>) -> Option<Timestamp> {
        let listing = self.slots.iter().find(|slot| slot.source.question.lists() && slot.source.scope == *scope);
        let absent = match listing {
            Some(slot) => slot.absent,
            // No listing has ever held it.
            None => sources.get(&Source { question: Question::Listing, scope: Arc::clone(scope) }).and_then(|state| state.complete),
        };
        absent.and_then(|stamp| stamp.asked_at.checked_sub(MEMORY).ok())
    }

    /// Events from before this do not count. Those who list the environment decide; where nobody does,
    /// those who told of the events.
    fn events_horizon(&self, sources: &HashMap<Source, SourceState>) -> Option<Timestamp> {
        let is_listed = self.slots.iter().any(|slot| slot.source.question.lists());
        let asked = if is_listed { Question::Listing } else { Question::Events };
        let scopes = self.slots.iter().filter(|slot| slot.source.question == asked).map(|slot| &slot.source.scope);
        scopes.filter_map(|scope| self.horizon(scope, sources)).max()
    }

    /// Drops what does not count any more, and says whether nothing is left.
    fn forget(&mut self, sources: &HashMap<Source, SourceState>) -> bool {
        if let Some(horizon) = self.events_horizon(sources) {
            while self.events.first().is_some_and(|event| event.at < horizon) {
                self.events.pop_first();
            }
        }
        let horizons: Vec<Option<Timestamp>> = self.slots.iter().map(|slot| self.horizon(&slot.source.scope, sources)).collect();
        for (slot, horizon) in self.slots.iter_mut().zip(horizons) {
            let is_old = |stamp: Stamp| horizon.is_some_and(|horizon| stamp.asked_at < horizon);
            slot.answer.take_if(|(stamp, _)| is_old(*stamp));
            slot.fault.take_if(|(stamp, _)| is_old(*stamp));
        }
        let has_events = !self.events.is_empty();
        // The slot of the events holds nothing but who told of them.
        let is_needed =
            |slot: &Slot| slot.answer.is_some() || slot.fault.is_some() || (has_events && slot.source.question == Question::Events);
        self.slots.retain(is_needed);
        version::conclude(self);
        self.slots.is_empty() && self.events.is_empty()
    }

    /// The same after a quick look, since nearly all that is read counts.
    fn forget_what_may_be(&mut self, sources: &HashMap<Source, SourceState>) -> bool {
        let mut listings = self.slots.iter().filter(|slot| slot.source.question.lists()).peekable();
        let may = listings.peek().is_none() || listings.any(|slot| slot.absent.is_some());
        may && self.forget(sources)
    }

    /// When a source last answered.
    fn stamp_of(&self, source: &Source) -> Option<Stamp> {
        self.slots.iter().find(|slot| slot.source == *source)?.answer.as_ref().map(|(stamp, _)| *stamp)
    }

    /// The latest answer to a question, whichever way in it came by.
    pub(super) fn latest(&self, question: Question) -> Option<(&Slot, Stamp, &Reading)> {
        let answered = self.slots.iter().filter(|slot| slot.source.question == question);
        answered.filter_map(|slot| slot.answer.as_ref().map(|(stamp, reading)| (slot, *stamp, reading))).max_by_key(|(_, stamp, _)| *stamp)
    }
}

/// What is known of one source.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourceState {
    /// The latest answer.
    pub answered: Option<Stamp>,
    /// The latest complete answer.
    pub complete: Option<Stamp>,
    /// The latest fault about the whole source.
    pub fault: Option<(Stamp, Fault)>,
    /// What was left out of an answer or is to be seen to, the latest of which something was.
    pub flaw: Option<(Stamp, Fault)>,
    /// The account that answered, where an answer showed it.
    pub account: Option<AccountId>,
}

impl SourceState {
    /// The fault, where nothing was answered since.
    #[must_use]
    pub fn current_fault(&self) -> Option<(Stamp, &Fault)> {
        let (stamp, fault) = self.fault.as_ref()?;
        self.answered.is_none_or(|answered| answered < *stamp).then_some((*stamp, fault))
    }

    /// What was left out of the latest answer. What was not left out is as good as any.
    #[must_use]
    pub fn current_flaw(&self) -> Option<(Stamp, &Fault)> {
        let (stamp, fault) = self.flaw.as_ref()?;
        self.answered.is_none_or(|answered| answered <= *stamp).then_some((*stamp, fault))
    }
}

/// All environments. One value owns it; nothing else changes it.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    /// What is configured.
    configured: Arc<Catalogue>,
    /// That, with what was imported.
    catalogue: Arc<Catalogue>,
    labels: LabelReader,
    records: Records,
    sources: HashMap<Source, SourceState>,
    commits: HashMap<(Option<super::id::AppName>, VersionLabel), Option<Sha>>,
    /// Whether nothing is left of some record.
    emptied: bool,
}

impl Fleet {
    /// An empty fleet, read with this catalogue.
    #[must_use]
    pub fn new(catalogue: Arc<Catalogue>) -> Self {
        Self { configured: Arc::clone(&catalogue), catalogue, ..Self::default() }
    }

    /// What was declared, by the configuration and by what was imported.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Reads all that was seen anew, with another catalogue.
    pub fn configure(&mut self, catalogue: Arc<Catalogue>) {
        if *self.configured == *catalogue {
            return;
        }
        self.configured = Arc::clone(&catalogue);
        self.read_anew(catalogue);
    }

    /// Takes these declarations in beside the configured ones, in place of those of before. Returns whether anything changed.
    pub fn import(&mut self, declared: Vec<Declared>) -> bool {
        let ours = self.catalogue.declared.get(self.configured.declared.len()..).unwrap_or_default();
        if declared == ours {
            return false;
        }
        let mut catalogue = Catalogue::clone(&self.configured);
        catalogue.declared.extend(declared);
        self.read_anew(Arc::new(catalogue));
        true
    }

    /// What is configured, without what was imported.
    #[must_use]
    pub fn configured(&self) -> &Catalogue {
        &self.configured
    }

    fn read_anew(&mut self, catalogue: Arc<Catalogue>) {
        self.catalogue = catalogue;
        // Labels may be read another way.
        self.commits.clear();
        for record in self.records.iter_mut() {
            Self::place(record, &self.catalogue, &self.labels, &mut self.commits);
        }
    }

    /// Takes in what was seen.
    pub fn observe(&mut self, observation: Observation) -> Change {
        match observation {
            Observation::Seen(sighting) => self.see(sighting),
            Observation::Failed(failure) => self.fail(failure),
        }
    }

    fn see(&mut self, sighting: Sighting) -> Change {
        let Sighting { source, stamp, coverage, account, readings, events } = sighting;
        let state = self.sources.entry(source.clone()).or_default();
        let recovered = state.current_fault().is_some_and(|(failed, _)| failed < stamp);
        let flawed = state.current_flaw().map(|(_, fault)| fault.clone());
        state.answered = state.answered.max(Some(stamp));
        let is_complete = coverage.is_complete();
        if let Some(fault) = coverage.flaw()
            && state.flaw.as_ref().is_none_or(|(known, _)| *known < stamp)
        {
            state.flaw = Some((stamp, fault.clone()));
        }
        let recovered = recovered || flawed.as_ref() != state.current_flaw().map(|(_, fault)| fault);
        if account.is_some() {
            state.account = account;
        }
        let complete_before = state.complete;
        if is_complete {
            state.complete = state.complete.max(Some(stamp));
        }
        let complete = state.complete;
        let mut change = if recovered { Change::Values } else { Change::Ages };
        for (key, reading) in readings {
            change = change.max(self.take(key, &source, stamp, complete_before, reading));
        }
        for (key, event) in events {
            change = change.max(self.happen(key, &source, event));
        }
        if source.question.lists() && change < Change::Members && self.lost_any(&source, complete_before, complete) {
            change = Change::Members;
        }
        if source.question.lists() && is_complete {
            self.miss(&source, stamp);
        }
        self.forget_empty();
        change
    }

    /// Lets go the records of which nothing is left.
    fn forget_empty(&mut self) {
        if std::mem::take(&mut self.emptied) {
            self.records.forget_empty();
        }
    }

    /// Notes which environments a complete listing does not hold.
    fn miss(&mut self, source: &Source, stamp: Stamp) {
        for record in self.records.iter_mut() {
            if let Some(slot) = record.slots.iter_mut().find(|slot| slot.source == *source) {
                if slot.held == stamp.sequence {
                    continue;
                }
                slot.absent = slot.absent.max(Some(stamp));
            }
            if record.slots.iter().any(|slot| slot.source.scope == source.scope) {
                self.emptied |= record.forget(&self.sources);
            }
        }
        if self.commits.len() > LABELS_KEPT + 4 * self.records.len() {
            self.commits.clear();
        }
    }

    fn take(&mut self, key: EnvironmentKey, source: &Source, stamp: Stamp, complete: Option<Stamp>, reading: Reading) -> Change {
        let (record, known) = self.records.take(key);
        let mut change = if known { Change::Ages } else { Change::Members };
        let slot = record.slot_mut(source);
        let recovered = slot.current_fault().is_some_and(|(failed, _)| failed < stamp);
        let lists = source.question.lists();
        if lists {
            slot.held = stamp.sequence;
            if slot.answer.is_none() {
                // Had one of the complete listings so far held it, it would be remembered.
                slot.absent = slot.absent.max(complete);
            }
        }
        match &mut slot.answer {
            Some((newer, _)) if *newer >= stamp => return change,
            Some((at, old)) => {
                // One that had gone, and is there again.
                let returned = lists && complete.is_some_and(|complete| *at < complete);
                let changed = *old != reading;
                *at = stamp;
                // What says the same is let go and does not take the old one's place: so an answer
                // leaves next to nothing behind in the memory that it took.
                if changed {
                    *old = reading;
                }
                change = change.max(match (returned, changed || recovered) {
                    (true, _) => Change::Members,
                    (false, true) => Change::Values,
                    (false, false) => Change::Ages,
                });
            }
            None => {
                slot.answer = Some((stamp, reading));
                // A first listing makes a row of what only had details.
                change = change.max(if lists { Change::Members } else { Change::Values });
            }
        }
        let settled = change == Change::Ages;
        self.emptied |= record.forget_what_may_be(&self.sources);
        if !settled {
            version::conclude(record);
            Self::place(record, &self.catalogue, &self.labels, &mut self.commits);
        }
        change
    }

    /// Works out again what follows from a record's latest answers and the catalogue.
    fn place(
        record: &mut Record,
        catalogue: &Catalogue,
        labels: &LabelReader,
        commits: &mut HashMap<(Option<super::id::AppName>, VersionLabel), Option<Sha>>,
    ) {
        let listed = record.latest(Question::Listing).and_then(|(_, _, reading)| reading.identity.as_deref());
        let placement = listed.map(|identity| catalogue.place(&record.key, &identity.app, identity.tier));
        let own = placement.as_ref().and_then(|placement| catalogue.app(&placement.app)).filter(|app| app.labels.is_some());
        let commit = version::commit(record, |label| {
            let memo = (own.map(|app| app.name.clone()), label.clone());
            let reader = own.and_then(|app| app.labels.as_ref()).unwrap_or(labels);
            commits.entry(memo).or_insert_with(|| reader.commit(label)).clone()
        });
        record.placement = placement;
        record.commit = commit;
    }

    fn happen(&mut self, key: EnvironmentKey, source: &Source, event: PlatformEvent) -> Change {
        let (record, _) = self.records.take(key);
        record.slot_mut(source);
        if !record.events.insert(event) {
            return Change::Ages;
        }
        // The newest of all that were ever offered, whatever their order.
        while record.events.len() > EVENTS_KEPT {
            record.events.pop_first();
        }
        self.emptied |= record.forget_what_may_be(&self.sources);
        Change::Values
    }

    fn fail(&mut self, failure: Failure) -> Change {
        let Failure { source, stamp, about, fault } = failure;
        match about {
            Some(key) => {
                let (record, _) = self.records.take(key);
                let slot = record.slot_mut(&source);
                let known = slot.current_fault().is_some();
                let change = Self::blame(&mut slot.fault, known, stamp, fault);
                self.emptied |= record.forget_what_may_be(&self.sources);
                self.forget_empty();
                change
            }
            None => {
                let state = self.sources.entry(source).or_default();
                let known = state.current_fault().is_some();
                Self::blame(&mut state.fault, known, stamp, fault)
            }
        }
    }

    /// `known`: whether a fault stands already; one that an answer has ended is news when it comes again.
    fn blame(last: &mut Option<(Stamp, Fault)>, known: bool, stamp: Stamp, fault: Fault) -> Change {
        match last {
            Some((newer, _)) if *newer >= stamp => Change::Ages,
            Some((_, same)) if known && *same == fault => {
                *last = Some((stamp, fault));
                Change::Ages
            }
            Some(_) | None => {
                *last = Some((stamp, fault));
                Change::Values
            }
        }
    }

    /// Whether a complete listing no longer holds what the one before it held.
    fn lost_any(&self, source: &Source, before: Option<Stamp>, now: Option<Stamp>) -> bool {
        let lost = |stamp: Stamp| before.is_none_or(|before| stamp >= before) && now.is_some_and(|now| stamp < now);
        before != now && self.records.iter().any(|record| record.stamp_of(source).is_some_and(lost))
    }

    /// The latest listing that holds this record, unless a later complete one does not.
    fn listed_by<'a>(sources: &HashMap<Source, SourceState>, record: &'a Record) -> Option<&'a Slot> {
        let listings = record.slots.iter().filter(|slot| slot.source.question.lists());
        let holds = |slot: &&Slot| {
            let complete = sources.get(&slot.source).and_then(|state| state.complete);
            slot.answer.as_ref().is_some_and(|(stamp, _)| complete.is_none_or(|complete| *stamp >= complete))
        };
        listings.filter(holds).max_by_key(|slot| slot.answer.as_ref().map(|(stamp, _)| *stamp))
    }

    /// One environment, if it is there (or declared).
    #[must_use]
    pub fn get(&self, key: &EnvironmentKey) -> Option<Environment<'_>> {
        let seen = self.records.get(key).and_then(|record| self.seen(record));
        let unseen = || self.unseen().find(|environment| environment.key() == *key);
        seen.or_else(unseen).or_else(|| self.appeared(key))
    }

    /// What was declared without its account under this key, and has been seen in one since.
    fn appeared(&self, key: &EnvironmentKey) -> Option<Environment<'_>> {
        let entry = self.catalogue.declared.iter().find(|entry| entry.account.is_none() && entry.key() == *key)?;
        self.records.iter().filter(|record| entry.fits(&record.key)).find_map(|record| self.seen(record))
    }

    fn seen<'a>(&'a self, record: &'a Record) -> Option<Environment<'a>> {
        let listing = Self::listed_by(&self.sources, record)?;
        Some(Environment::seen(self, record, listing))
    }

    /// Declared environments that no present record stands for.
    fn unseen(&self) -> impl Iterator<Item = Environment<'_>> {
        let missing = |entry: &&Declared| {
            !self.records.iter().any(|record| entry.fits(&record.key) && Self::listed_by(&self.sources, record).is_some())
        };
        self.catalogue.declared.iter().filter(missing).map(|entry| Environment::declared(self, entry))
    }

    /// Every environment, in no order.
    pub fn environments(&self) -> impl Iterator<Item = Environment<'_>> {
        self.records.iter().filter_map(|record| self.seen(record)).chain(self.unseen())
    }

    /// Every source that was asked, in no order.
    pub fn sources(&self) -> impl Iterator<Item = (&Source, &SourceState)> {
        self.sources.iter()
    }

    /// What is known of one source.
    #[must_use]
    pub fn source(&self, source: &Source) -> Option<&SourceState> {
        self.sources.get(source)
    }

    /// The listing of the same platform and region as this key that failed and has not answered since.
    pub(super) fn listing_fault(&self, key: &EnvironmentKey) -> Option<(Stamp, &Fault)> {
        let here = |source: &&Source| source.question.lists() && source.scope.platform == key.platform && source.scope.region == key.region;
        let faults = self.sources.iter().filter(|(source, _)| here(source)).filter_map(|(_, state)| state.current_fault());
        faults.max_by_key(|(stamp, _)| *stamp)
    }

    /// The commit that a label stands for, read as the app's own pattern says.
    #[must_use]
    pub fn commit_of(&self, app: &super::id::AppName, label: &VersionLabel) -> Option<Sha> {
        let own = self.catalogue.app(app).and_then(|app| app.labels.as_ref());
        own.unwrap_or(&self.labels).commit(label)
    }
}

#[cfg(test)]
#[path = "fleet_tests.rs"]
mod tests;
