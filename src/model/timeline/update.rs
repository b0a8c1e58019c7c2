//! What belongs to one update of one environment, told as one change.
//!
//! A platform tells of a deploy that it began, that the health says so, that it ended, and that the health is as before:
//! four changes that are one. Only what surely belongs together is made one. A failure, an abort, a change of health that
//! somebody should see, and whatever may be somebody else's, are never told away: in doubt changes stay apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::{CLOSE, Entry, Tone, noun};
use crate::model::activity::ActivityKind;
use crate::model::clock::Timestamp;
use crate::model::event::BeganKind;
use crate::model::id::{EnvironmentKey, VersionLabel};
use crate::model::operation::look::spoken;

/// After an update has ended, the health says so for a while.
const SETTLES: Duration = Duration::from_secs(300);

/// What a change is of an update.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Turn {
    /// It began.
    Began(BeganKind),
    /// It completed.
    Ended,
    /// It failed.
    Failed,
    /// The health went from Ok to Info: something goes on.
    Stirred,
    /// The health came back from Info to Ok.
    Settled,
}

/// What the platform tells of a change that may be a part of an update.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Part {
    /// What it is of it.
    pub turn: Turn,
    /// The request that caused it.
    pub request: Option<Arc<str>>,
    /// The version it is about.
    pub label: Option<VersionLabel>,
}

/// How far an update is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It goes on.
    Under,
    /// It began, the environment is not busy, and that it ended is not told.
    Open,
    /// It completed after so long.
    Done(Duration),
    /// It failed after so long.
    Failed(Duration),
}

/// Several changes that are one update of one environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    /// All of it as one change, at the moment of its end, or while that is not told, of its beginning.
    pub told: Arc<Entry>,
    /// When it began.
    pub began: Timestamp,
    /// What is done.
    pub kind: ActivityKind,
    /// The version it brings, where that is known.
    pub label: Option<VersionLabel>,
    /// How far it is.
    pub stage: Stage,
    /// Its changes, oldest first.
    pub parts: Vec<Arc<Entry>>,
}

impl Update {
    /// In words, with the version called like this; not yet safe to show.
    #[must_use]
    pub fn words(&self, version: Option<&str>) -> String {
        let behind = version.map_or_else(String::new, |version| format!(" {version}"));
        let of = version.map_or_else(String::new, |version| format!(" of {version}"));
        match self.stage {
            Stage::Under => format!("{}{behind}", self.kind.phrase()),
            Stage::Open => format!("{}{of} began", noun(self.kind)),
            Stage::Done(took) => format!("{}{behind} in {}", done(self.kind), spoken(took)),
            Stage::Failed(took) => format!("{}{of} failed after {}{}", noun(self.kind), spoken(took), self.why()),
        }
    }

    /// What the platform said when it failed.
    fn why(&self) -> String {
        let is_failure = |entry: &&Arc<Entry>| entry.part.as_ref().is_some_and(|part| part.turn == Turn::Failed);
        let said = self.parts.iter().find(is_failure).and_then(|entry| entry.detail.first());
        said.map_or_else(String::new, |said| format!(": {said}"))
    }

    /// Whether both are the same update, if perhaps not as far: it began at one moment in one environment.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.began == other.began && self.told.about == other.told.about
    }
}

/// What has been done.
const fn done(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Launch => "launched",
        ActivityKind::Deploy => "deployed",
        ActivityKind::Configuration => "configuration updated",
        ActivityKind::Restart => "restarted",
        ActivityKind::Rebuild => "rebuilt",
        ActivityKind::Abort => "aborted",
        ActivityKind::Swap => "CNAMEs swapped",
        ActivityKind::Terminate => "terminated",
        ActivityKind::Roll => "rolled",
        ActivityKind::Unknown => "updated",
    }
}

/// A change, or several that are one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// By itself.
    Alone(Arc<Entry>),
    /// An update.
    Update(Arc<Update>),
}

impl Told {
    /// As one change.
    #[must_use]
    pub fn entry(&self) -> &Arc<Entry> {
        match self {
            Self::Alone(entry) => entry,
            Self::Update(update) => &update.told,
        }
    }
}

/// An update of which a part was met.
struct Met {
    key: EnvironmentKey,
    kind: ActivityKind,
    /// That it began.
    first: Arc<Entry>,
    request: Option<Arc<str>>,
    /// When it ended, and whether it failed.
    ended: Option<(Timestamp, bool)>,
    /// Whether the health is at Info because of it.
    is_stirred: bool,
    /// What came after that.
    rest: Vec<Arc<Entry>>,
}

impl Met {
    fn of(key: EnvironmentKey, kind: ActivityKind, part: &Part, entry: &Arc<Entry>) -> Self {
        let (first, request) = (Arc::clone(entry), part.request.clone());
        Self { key, kind, first, request, ended: None, is_stirred: false, rest: Vec::new() }
    }

    /// Whether nothing says that it was another request.
    fn agrees(&self, part: &Part) -> bool {
        !matches!((&self.request, &part.request), (Some(mine), Some(other)) if mine != other)
    }

    /// Takes a change that comes after the beginning. Says where it contradicts what is known: then nothing is made one.
    fn take(&mut self, part: &Part, entry: &Arc<Entry>) -> Result<(), Contradiction> {
        let since_end = self.ended.and_then(|(at, _)| Duration::try_from(entry.at.duration_since(at)).ok());
        let is_part = match (part.turn, self.ended) {
            (Turn::Ended | Turn::Failed, None) if !self.agrees(part) => return Err(Contradiction),
            (Turn::Ended | Turn::Failed, None) => {
                self.ended = Some((entry.at, part.turn == Turn::Failed));
                true
            }
            // Of some updates the platform tells twice that they ended.
            (Turn::Ended, Some((_, false))) if self.agrees(part) && since_end <= Some(CLOSE) => {
                self.ended = Some((entry.at, false));
                true
            }
            (Turn::Failed, Some((_, false))) if since_end <= Some(CLOSE) => return Err(Contradiction),
            (Turn::Began(_), _) | (Turn::Ended | Turn::Failed, Some(_)) => false,
            (Turn::Stirred, ended) => {
                self.is_stirred = ended.is_none();
                self.is_stirred
            }
            (Turn::Settled, _) => std::mem::take(&mut self.is_stirred) && since_end.is_none_or(|since| since <= SETTLES),
        };
        if is_part {
            self.rest.push(Arc::clone(entry));
        }
        Ok(())
    }
}

/// What is told does not fit together.
struct Contradiction;

/// What of updates is found among changes, oldest first.
#[derive(Default)]
struct Found {
    over: Vec<Met>,
    /// The last one of each environment.
    last: BTreeMap<EnvironmentKey, Met>,
}

impl Found {
    fn take(&mut self, entry: &Arc<Entry>) {
        let [key] = entry.about.as_slice() else { return };
        let Some(part) = &entry.part else {
            // The health went elsewhere: where it comes from then is no part of the update.
            if let Some(met) = self.last.get_mut(key).filter(|_| entry.kind == super::Kind::Health) {
                met.is_stirred = false;
            }
            return;
        };
        if let Turn::Began(BeganKind(kind)) = part.turn {
            self.begin(key, kind, part, entry);
        } else if self.last.get_mut(key).is_some_and(|met| met.take(part, entry).is_err()) {
            self.last.remove(key);
        }
    }

    fn begin(&mut self, key: &EnvironmentKey, kind: ActivityKind, part: &Part, entry: &Arc<Entry>) {
        let before = self.last.remove(key);
        let is_clear = before.as_ref().is_none_or(|met| met.ended.is_some());
        self.over.extend(before.filter(|_| is_clear));
        // What begins while something goes on is an abort, or something else was missed: what ends then is not known.
        if is_clear && kind != ActivityKind::Abort {
            self.last.insert(key.clone(), Met::of(key.clone(), kind, part, entry));
        }
    }
}

/// What is known of environments beside their changes.
pub struct Beside<'w> {
    /// Whether something goes on there.
    pub is_busy: &'w dyn Fn(&EnvironmentKey) -> bool,
    /// The version that its machines say was deployed to them between two moments; none where they name several, or none.
    pub deployed: &'w dyn Fn(&EnvironmentKey, Timestamp, Timestamp) -> Option<VersionLabel>,
}

/// Changes, given oldest first, with those that are one update made one. Newest first.
#[must_use]
pub fn folded(entries: impl IntoIterator<Item = Entry>, beside: &Beside<'_>) -> Vec<Told> {
    let entries: Vec<Arc<Entry>> = entries.into_iter().map(Arc::new).collect();
    let mut found = Found::default();
    for entry in &entries {
        found.take(entry);
    }
    let met = found.over.iter().chain(found.last.values()).map(|met| update(met, beside));
    let updates: Vec<Update> = met.filter(|update| update.parts.len() > 1 || update.stage == Stage::Under).collect();
    let parts: BTreeSet<Arc<Entry>> = updates.iter().flat_map(|update| &update.parts).cloned().collect();
    let alone = entries.into_iter().filter(|entry| !parts.contains(entry)).map(Told::Alone);
    let mut told: Vec<Told> = alone.chain(updates.into_iter().map(|update| Told::Update(Arc::new(update)))).collect();
    told.sort_by(|one, other| other.entry().cmp(one.entry()));
    told
}

fn update(met: &Met, beside: &Beside<'_>) -> Update {
    let began = met.first.at;
    let took = |at: Timestamp| Duration::try_from(at.duration_since(began)).unwrap_or_default();
    let (stage, tone) = match met.ended {
        Some((at, true)) => (Stage::Failed(took(at)), Tone::Bad),
        Some((at, false)) => (Stage::Done(took(at)), Tone::Good),
        None if (beside.is_busy)(&met.key) => (Stage::Under, Tone::Plain),
        None => (Stage::Open, Tone::Plain),
    };
    let parts: Vec<Arc<Entry>> = std::iter::once(&met.first).chain(&met.rest).cloned().collect();
    let label = (met.kind == ActivityKind::Deploy).then(|| {
        let named = parts.iter().find_map(|entry| entry.part.as_ref()?.label.clone());
        // After a failure machines may have been taken back to what ran before.
        let until = match stage {
            Stage::Under => Some(Timestamp::MAX),
            Stage::Done(_) => met.ended.map(|(at, _)| at.checked_add(CLOSE).unwrap_or(at)),
            Stage::Open | Stage::Failed(_) => None,
        };
        named.or_else(|| (beside.deployed)(&met.key, began, until?))
    });
    let (at, detail) = (met.ended.map_or(began, |(at, _)| at), details(&parts));
    let told = Arc::new(Entry { at, tone, part: None, detail, ..Entry::clone(&met.first) });
    let mut update = Update { told, began, kind: met.kind, label: label.flatten(), stage, parts };
    let text = update.words(update.label.as_ref().map(VersionLabel::as_str));
    Arc::make_mut(&mut update.told).text = text.into();
    update
}

/// The parts with their moments, and what else is known of them, each once.
fn details(parts: &[Arc<Entry>]) -> Vec<Arc<str>> {
    let mut lines: Vec<Arc<str>> = parts.iter().map(|entry| format!("{} {}", entry.at.strftime("%H:%M:%SZ"), entry.text).into()).collect();
    for line in parts.iter().flat_map(|entry| entry.detail.iter().skip(1)) {
        if !lines.contains(line) {
            lines.push(Arc::clone(line));
        }
    }
    lines
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
