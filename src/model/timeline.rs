//! What changed: every change that is known, of whichever source, as one list.
//!
//! Pure. An entry carries its moment and how that is known: a source told it, or this console saw it between two
//! readings. A list of entries is a set: in which order they came, and how often, makes no difference. How far back a
//! source reaches is a [`Horizon`]: before it nothing is known, which is not the same as nothing.

use std::sync::Arc;
use std::time::Duration;

use super::activity::ActivityKind;
use super::clock::Timestamp;
use super::event::{Meaning, PlatformEvent, Severity};
use super::id::{EnvironmentKey, Repository};
use update::{Part, Turn};

pub mod update;

/// What kind of change it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// A version was brought to an environment, or was to be.
    Deploy,
    /// Its settings were changed.
    Configuration,
    /// It was restarted, rebuilt, launched, ended, its CNAME was swapped, or it was updated in a way that nobody told.
    Lifecycle,
    /// Its health is another one.
    Health,
    /// Instances came, went or were replaced.
    Instance,
    /// A workflow that deploys ran.
    Run,
    /// Somebody answered to a gate, or wrote something else to GitHub from here.
    Approval,
    /// An operation of this console.
    Operation,
}

impl Kind {
    /// Each, in the order in which they are listed to people.
    pub const ALL: [Self; 8] =
        [Self::Deploy, Self::Configuration, Self::Lifecycle, Self::Health, Self::Instance, Self::Run, Self::Approval, Self::Operation];

    /// The word for it, in tables and in `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Configuration => "config",
            Self::Lifecycle => "lifecycle",
            Self::Health => "health",
            Self::Instance => "instances",
            Self::Run => "run",
            Self::Approval => "approval",
            Self::Operation => "operation",
        }
    }

    /// What belongs to it, in a few words.
    #[must_use]
    pub const fn means(self) -> &'static str {
        match self {
            Self::Deploy => "versions that were deployed",
            Self::Configuration => "settings that were changed",
            Self::Lifecycle => "restarts, rebuilds, launches, ends, swaps, other updates",
            Self::Health => "how environments were",
            Self::Instance => "instances that came and went",
            Self::Run => "runs of workflows that deploy",
            Self::Approval => "approvals and other answers given from here",
            Self::Operation => "operations of this machine",
        }
    }
}

/// Who tells of a change. In the order in which they are named to people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Origin {
    /// The events of Elastic Beanstalk.
    Events,
    /// When instances were launched, as their platform tells it.
    Launches,
    /// GitHub's workflow runs.
    Runs,
    /// GitHub's record of deployments.
    Deployments,
    /// The journals of operations on this machine.
    Journals,
    /// What was written to GitHub from this console.
    Written,
    /// What this console saw between two readings.
    Seen,
}

impl Origin {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Events => "Elastic Beanstalk's events",
            Self::Launches => "launch times of instances",
            Self::Runs => "GitHub's runs",
            Self::Deployments => "GitHub's deployments",
            Self::Journals => "the journals of this machine",
            Self::Written => "what was answered from this console",
            Self::Seen => "what this console has seen",
        }
    }
}

/// How something came out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tone {
    /// It began, or says neither.
    Plain,
    /// Well.
    Good,
    /// Somebody should look.
    Warning,
    /// Worse than that, and not all is lost: how the level is called that comes before severe.
    Degraded,
    /// Badly.
    Bad,
}

impl Tone {
    /// The word in `--json`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Degraded => "degraded",
            Self::Bad => "bad",
        }
    }
}

/// A change. Ordered by its moment, then by everything else, so that a set of them is the same however it came together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Entry {
    /// When; where it was only seen: when it was read first that it is so.
    pub at: Timestamp,
    /// What kind.
    pub kind: Kind,
    /// Who tells.
    pub origin: Origin,
    /// The environments that it is about, sorted, each once.
    pub about: Vec<EnvironmentKey>,
    /// The repository that it is about.
    pub repository: Option<Repository>,
    /// What changed, on one line; not yet safe to show.
    pub text: Arc<str>,
    /// How it came out.
    pub tone: Tone,
    /// Who did it, where that is known; not yet safe to show.
    pub who: Option<Arc<str>>,
    /// What else is known, a line each; not yet safe to show.
    pub detail: Vec<Arc<str>>,
    /// What it is of an update, where its platform tells that.
    pub part: Option<Part>,
}

impl Entry {
    /// A change of one environment of which nothing else is known.
    #[must_use]
    pub fn of(at: Timestamp, (kind, origin): (Kind, Origin), about: Vec<EnvironmentKey>, text: impl Into<Arc<str>>) -> Self {
        Self { at, kind, origin, about, repository: None, text: text.into(), tone: Tone::Plain, who: None, detail: Vec::new(), part: None }
    }

    /// Whether it is about one of the same environments, or about the same repository.
    #[must_use]
    pub fn concerns_the_same(&self, other: &Self) -> bool {
        let shares = self.about.iter().any(|key| other.about.contains(key));
        shares || (self.repository.is_some() && self.repository == other.repository)
    }

    /// Whether its moment is only when it was seen: it came about some time before.
    #[must_use]
    pub const fn is_seen(&self) -> bool {
        matches!(self.origin, Origin::Seen)
    }
}

/// Before this, a source tells nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Horizon {
    /// The moment.
    pub at: Timestamp,
    /// Which source.
    pub origin: Origin,
    /// Of what: a region, a repository; empty where it is of everything. Not yet safe to show.
    pub of: Vec<Arc<str>>,
}

/// Horizons of one source so close to each other are told as one.
const CLOSE: Duration = Duration::from_secs(60);
/// So many places are named; the others are counted.
const NAMED: usize = 3;

impl Horizon {
    /// In words; not yet safe to show.
    #[must_use]
    pub fn sentence(&self) -> String {
        let more = self.of.len().saturating_sub(NAMED);
        let named: Vec<&str> = self.of.iter().take(NAMED).map(|name| &**name).collect();
        let of = match (named.is_empty(), more) {
            (true, _) => String::new(),
            (false, 0) => format!(" ({})", named.join(", ")),
            (false, more) => format!(" ({} and {more} more)", named.join(", ")),
        };
        let from = match self.origin {
            Origin::Written => "answers given from this console",
            told => told.word(),
        };
        format!("nothing is known before this from {from}{of}")
    }
}

/// The horizons with those of one source that are close to each other told as one, at the latest of their moments:
/// before that something may be missing. Newest first.
#[must_use]
pub fn joined(mut horizons: Vec<Horizon>) -> Vec<Horizon> {
    horizons.sort();
    horizons.dedup();
    let mut joined: Vec<Horizon> = Vec::new();
    for horizon in horizons {
        let same = joined.iter_mut().find(|known| known.origin == horizon.origin && known.at + CLOSE >= horizon.at);
        match same {
            Some(known) => {
                known.at = horizon.at;
                known.of.extend(horizon.of);
                known.of.sort();
                known.of.dedup();
            }
            None => joined.push(horizon),
        }
    }
    joined.sort_by(|a, b| b.cmp(a));
    joined
}

/// What the events of an environment tell of changes: `events` newest first, each with its meaning.
///
/// An update that is told to begin, and a moment later what it does, is one beginning. What has ended is called what had
/// begun before it; where that is not known, an update.
pub fn of_events<'e>(key: &EnvironmentKey, events: impl IntoIterator<Item = &'e PlatformEvent>, since: Timestamp) -> Vec<Entry> {
    let mut events: Vec<&PlatformEvent> = told_since(events, since).collect();
    events.reverse();
    let mut entries: Vec<Entry> = Vec::new();
    let mut begun: Option<(ActivityKind, &PlatformEvent)> = None;
    for event in events {
        let Some(meaning) = event.meaning else { continue };
        match meaning {
            Meaning::Began(kind) => {
                if let Some((ActivityKind::Unknown, first)) = begun
                    && is_one_update(first, event)
                {
                    // It is known now what the update does: that is told instead, from when it began.
                    entries.retain(|entry| entry.at != first.at || *entry.text != *began_words(ActivityKind::Unknown, first));
                    entries.push(Entry { at: first.at, ..began(key, kind.0, event) });
                } else {
                    entries.push(began(key, kind.0, event));
                }
                begun = Some((kind.0, event));
            }
            Meaning::Ended | Meaning::Failed => {
                let kind = begun.take().map_or(ActivityKind::Unknown, |(kind, _)| kind);
                entries.push(ended(key, kind, event, meaning == Meaning::Failed));
            }
            Meaning::HealthChanged { .. } => entries.push(health(key, event)),
            Meaning::InstancesChanged => entries.push(told(key, Kind::Instance, event, Tone::Plain, Arc::clone(&event.message))),
        }
    }
    entries.retain(|entry| entry.at >= since);
    entries
}

/// The events since then, newest first, and the last turn before: it tells what was under way then.
fn told_since<'e>(events: impl IntoIterator<Item = &'e PlatformEvent>, since: Timestamp) -> impl Iterator<Item = &'e PlatformEvent> {
    let is_turn = |event: &PlatformEvent| matches!(event.meaning, Some(Meaning::Began(_) | Meaning::Ended | Meaning::Failed));
    let mut is_known = false;
    let until = move |event: &&PlatformEvent| {
        let goes_on = !is_known;
        is_known |= event.at < since && is_turn(event);
        goes_on
    };
    events.into_iter().take_while(until).filter(move |event| event.at >= since || is_turn(event))
}

/// Whether two beginnings are of one update: of one request, or where neither names any, hardly apart.
fn is_one_update(first: &PlatformEvent, second: &PlatformEvent) -> bool {
    match (&first.request, &second.request) {
        (Some(first), Some(second)) => first == second,
        _ => first.at + CLOSE >= second.at,
    }
}

/// What kind of change something that goes on is.
const fn kind_of(kind: ActivityKind) -> Kind {
    match kind {
        ActivityKind::Deploy | ActivityKind::Roll => Kind::Deploy,
        ActivityKind::Configuration => Kind::Configuration,
        ActivityKind::Launch
        | ActivityKind::Restart
        | ActivityKind::Rebuild
        | ActivityKind::Abort
        | ActivityKind::Swap
        | ActivityKind::Terminate
        | ActivityKind::Unknown => Kind::Lifecycle,
    }
}

/// What goes on, as a noun.
const fn noun(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Launch => "launch",
        ActivityKind::Deploy => "deploy",
        ActivityKind::Configuration => "configuration update",
        ActivityKind::Restart => "restart",
        ActivityKind::Rebuild => "rebuild",
        ActivityKind::Abort => "abort of an update",
        ActivityKind::Swap => "CNAME swap",
        ActivityKind::Terminate => "termination",
        ActivityKind::Roll => "rolling deploy",
        ActivityKind::Unknown => "update",
    }
}

fn began_words(kind: ActivityKind, event: &PlatformEvent) -> String {
    let label = event.label.as_ref().filter(|_| kind == ActivityKind::Deploy);
    let of = label.map_or_else(String::new, |label| format!(" of {label}"));
    format!("{}{of} began", noun(kind))
}

fn began(key: &EnvironmentKey, kind: ActivityKind, event: &PlatformEvent) -> Entry {
    told(key, kind_of(kind), event, Tone::Plain, began_words(kind, event))
}

fn ended(key: &EnvironmentKey, kind: ActivityKind, event: &PlatformEvent, has_failed: bool) -> Entry {
    let (word, tone) = if has_failed { ("failed", Tone::Bad) } else { ("completed", Tone::Good) };
    let why = if has_failed { format!(": {}", event.message) } else { String::new() };
    told(key, kind_of(kind), event, tone, format!("{} {word}{why}", noun(kind)))
}

/// Before what a platform says of the health.
const TRANSITION: [&str; 2] = ["Environment health has transitioned ", "Environment health has been set "];

/// A change of health without the words that each of them begins with: `from Ok to Severe. …`. None where the message is
/// another one; not yet safe to show.
#[must_use]
pub fn transition(message: &str) -> Option<&str> {
    TRANSITION.iter().find_map(|start| message.strip_prefix(start))
}

/// How a change of health came out: the level that it came to counts before what the platform calls the event.
#[must_use]
pub fn health_tone(event: &PlatformEvent) -> Tone {
    let told = match event.severity {
        Severity::Debug | Severity::Info => Tone::Plain,
        Severity::Warning => Tone::Warning,
        Severity::Error | Severity::Fatal => Tone::Bad,
    };
    let is_now =
        |level: super::health::Level| matches!(event.meaning, Some(Meaning::HealthChanged { urgency }) if urgency == level.urgency());
    match told {
        _ if is_now(super::health::Level::Ok) => Tone::Good,
        // The platform itself calls that a warning.
        _ if is_now(super::health::Level::Severe) => Tone::Bad,
        _ if is_now(super::health::Level::Degraded) => Tone::Degraded,
        told => told,
    }
}

fn health(key: &EnvironmentKey, event: &PlatformEvent) -> Entry {
    let rest = transition(&event.message).unwrap_or(&event.message);
    told(key, Kind::Health, event, health_tone(event), format!("health {rest}"))
}

fn told(key: &EnvironmentKey, kind: Kind, event: &PlatformEvent, tone: Tone, text: impl Into<Arc<str>>) -> Entry {
    let label = event.label.as_ref().map(|label| format!("version {label}").into());
    let request = event.request.as_ref().map(|request| format!("request {request}").into());
    let detail = std::iter::once(Arc::clone(&event.message)).chain(label).chain(request).collect();
    let part = turn(event).map(|turn| Part { turn, request: event.request.clone(), label: event.label.clone() });
    Entry { tone, detail, part, ..Entry::of(event.at, (kind, Origin::Events), vec![key.clone()], text) }
}

/// What an event is of an update.
fn turn(event: &PlatformEvent) -> Option<Turn> {
    match event.meaning? {
        Meaning::Began(kind) => Some(Turn::Began(kind)),
        Meaning::Ended => Some(Turn::Ended),
        Meaning::Failed => Some(Turn::Failed),
        Meaning::HealthChanged { .. } => {
            // `from Ok to Info. Application update in progress.`, and no other change than between those two.
            let change = transition(&event.message)?.split('.').next()?;
            match change.trim() {
                "from Ok to Info" => Some(Turn::Stirred),
                "from Info to Ok" => Some(Turn::Settled),
                _ => None,
            }
        }
        Meaning::InstancesChanged => None,
    }
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
