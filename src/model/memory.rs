//! The last known fleet, as it is kept between two runs.
//!
//! Kept is what a listing tells of an environment, with how it was believed to be and what ran: no events, no
//! causes, no addresses, no properties. What is kept is told again as the sightings that it came of, with their own
//! moments, and only to a fleet of its own ([`Memory::fleet`]): so it cannot be taken for what was read.
//!
//! The file is versioned. Whatever is in it that this edition does not know makes it a file of another edition.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::activity::{Activity, ActivityKind};
use super::catalogue::{Catalogue, Tier};
use super::clock::{Stamp, Timestamp};
use super::environment::Environment;
use super::fleet::Fleet;
use super::health::{Health, HealthSource, Level};
use super::id::{AppName, Connection, EnvironmentKey, Platform, PlatformId, Region, Sha, VersionLabel};
use super::safe_text::harmless_json;
use super::sighting::{Busy, Coverage, Identity, Observation, Question, Questions, Reading, Scope, Sighting, Source};
use super::version::{Confidence, Stated, VersionSource};

/// What the file says that it is.
const FORMAT: &str = "quarterdeck fleet";
/// The edition of the format: another one is not understood.
const VERSION: u32 = 1;
/// At most so many environments are kept: the file stays one that is read within a frame.
pub const MOST: usize = 5_000;
/// An environment with a longer text than this, in bytes, is not kept.
const LONGEST_TEXT: usize = 512;
/// What is older than this is no picture of anything.
pub const OLDEST: Duration = Duration::from_secs(7 * 86_400);

/// Where each way in leads, in words that hold no secret: what is kept of one place is never shown for another.
pub type Origins = BTreeMap<Connection, Arc<str>>;

/// The last known fleet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Memory {
    origins: Origins,
    listings: Vec<Listing>,
}

/// Why a text is no memory.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoMemory {
    /// It makes no sense.
    #[error("it cannot be understood: {0}")]
    NotUnderstood(String),
    /// It is of another edition.
    #[error("it is of edition {0}, and this program keeps edition {VERSION}")]
    Edition(u32),
    /// It was read from elsewhere.
    #[error("it was read from another place than the one that is configured")]
    Elsewhere,
    /// It tells of what is yet to come.
    #[error("it tells of times that are yet to come: look at this machine's clock")]
    Future,
}

/// What is looked at before anything else is: an older or a newer program may have meant other things by the rest.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Written {
    format: String,
    version: u32,
    origins: Vec<Origin>,
    listings: Vec<Listing>,
}

#[derive(Serialize, Deserialize)]
struct Origin {
    connection: Connection,
    leads_to: Arc<str>,
}

/// What one scope's listing told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Listing {
    platform: Platform,
    connection: Connection,
    region: Option<Region>,
    environments: Vec<Kept>,
}

/// An environment as it was last read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Kept {
    key: EnvironmentKey,
    /// When the listing was asked for that told of it.
    asked_at: Timestamp,
    app: AppName,
    platform_id: Option<PlatformId>,
    tier: Option<Tier>,
    created_at: Option<Timestamp>,
    version: Option<KeptVersion>,
    health: Option<KeptHealth>,
    busy: Option<KeptActivity>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct KeptVersion {
    label: VersionLabel,
    sha: Option<String>,
    source: VersionSource,
    confidence: Confidence,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct KeptHealth {
    level: Level,
    word: Option<Arc<str>>,
    source: HealthSource,
}

/// What went on; `None` inside: nothing did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct KeptActivity {
    kind: Option<ActivityKind>,
    since: Option<Timestamp>,
}

impl Memory {
    /// What there is to keep of these fleets: of what was read, and of what was not read again since it was last kept.
    #[must_use]
    pub fn of<'f>(environments: impl Iterator<Item = Environment<'f>>, origins: Origins) -> Self {
        let mut scopes: BTreeMap<Arc<Scope>, Vec<Kept>> = BTreeMap::new();
        let known = environments.filter_map(|environment| Some((Arc::clone(&environment.source()?.scope), Kept::of(&environment)?)));
        for (scope, kept) in known.take(MOST) {
            scopes.entry(scope).or_default().push(kept);
        }
        let listing = |(scope, mut environments): (Arc<Scope>, Vec<Kept>)| {
            // Sorted, so that the same fleet makes the same file.
            environments.sort_by(|a, b| a.key.cmp(&b.key));
            Listing { platform: scope.platform, connection: scope.connection.clone(), region: scope.region.clone(), environments }
        };
        Self { origins, listings: scopes.into_iter().map(listing).collect() }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listings.is_empty()
    }

    /// As a file's text, in which no character is one that a terminal would obey.
    #[must_use]
    pub fn text(&self) -> String {
        let origin =
            |(connection, leads_to): (&Connection, &Arc<str>)| Origin { connection: connection.clone(), leads_to: Arc::clone(leads_to) };
        let written = Written {
            format: FORMAT.to_owned(),
            version: VERSION,
            origins: self.origins.iter().map(origin).collect(),
            listings: self.listings.clone(),
        };
        // Texts, numbers and lists: none of it can fail to be written.
        harmless_json(&serde_json::to_string(&written).unwrap_or_default())
    }

    /// Understands a file's text, where it was read from the places that these ways in lead to.
    ///
    /// # Errors
    /// When it cannot be understood as a whole, or is none of theirs.
    pub fn parse(text: &str, origins: &Origins, now: Timestamp) -> Result<Self, NoMemory> {
        let not_understood = |error: serde_json::Error| NoMemory::NotUnderstood(error.to_string());
        let head: Head = serde_json::from_str(text).map_err(not_understood)?;
        if head.format != FORMAT {
            return Err(NoMemory::NotUnderstood("it does not say that it is a remembered fleet".to_owned()));
        }
        if head.version != VERSION {
            return Err(NoMemory::Edition(head.version));
        }
        let written: Written = serde_json::from_str(text).map_err(not_understood)?;
        let kept: Origins = written.origins.into_iter().map(|origin| (origin.connection, origin.leads_to)).collect();
        if kept != *origins {
            return Err(NoMemory::Elsewhere);
        }
        let mut listings = written.listings;
        let each = || listings.iter().flat_map(|listing| &listing.environments);
        if each().any(|kept| kept.asked_at > now) {
            return Err(NoMemory::Future);
        }
        if each().count() > MOST || !each().all(Kept::is_bounded) || listings.iter().any(|listing| !listing.is_sound(origins)) {
            return Err(NoMemory::NotUnderstood("it holds what is never kept".to_owned()));
        }
        for listing in &mut listings {
            listing.environments.retain(|kept| now.duration_since(kept.asked_at).unsigned_abs() <= OLDEST);
        }
        listings.retain(|listing| !listing.environments.is_empty());
        Ok(Self { origins: kept, listings })
    }

    /// A fleet of what is remembered, and of nothing else.
    #[must_use]
    pub fn fleet(self, catalogue: Arc<Catalogue>) -> Fleet {
        let mut fleet = Fleet::new(catalogue);
        for listing in self.listings {
            for observation in listing.observations() {
                let _ = fleet.observe(observation);
            }
        }
        fleet
    }
}

impl Listing {
    /// Whether it is of a way in that is there, and each environment of the platform and region that was listed.
    fn is_sound(&self, origins: &Origins) -> bool {
        let mut keys = BTreeSet::new();
        let fits = |key: &EnvironmentKey| key.platform == self.platform && key.region == self.region;
        origins.contains_key(&self.connection) && self.environments.iter().all(|kept| fits(&kept.key) && keys.insert(&kept.key))
    }

    /// One for each moment at which it was asked for. None is complete: what is remembered proves nothing to be gone.
    fn observations(self) -> impl Iterator<Item = Observation> {
        let scope = Arc::new(Scope { platform: self.platform, connection: self.connection, region: self.region });
        let mut moments: BTreeMap<Timestamp, Vec<(EnvironmentKey, Reading)>> = BTreeMap::new();
        for kept in self.environments {
            moments.entry(kept.asked_at).or_default().push((kept.key.clone(), kept.reading()));
        }
        moments.into_iter().map(move |(asked_at, readings)| {
            Observation::Seen(Sighting {
                source: Source { question: Question::Listing, scope: Arc::clone(&scope) },
                stamp: Stamp { asked_at, sequence: 0 },
                coverage: Coverage::Partial,
                account: None,
                readings,
                events: Vec::new(),
            })
        })
    }
}

impl Kept {
    /// What is kept of an environment that some listing has held.
    fn of(environment: &Environment<'_>) -> Option<Self> {
        let identity = environment.identity()?;
        let level = environment.level();
        let version = environment.version().map(|told| KeptVersion {
            label: told.value.label,
            sha: told.value.sha.map(|sha| sha.as_str().to_owned()),
            source: told.value.source,
            confidence: told.value.confidence,
        });
        let health = environment.word().map(|word| KeptHealth {
            level,
            word: environment.health().filter(|told| told.value.level == level).and_then(|told| told.value.word.clone()),
            source: word.source,
        });
        let busy = environment.activity().map(|told| KeptActivity {
            kind: told.value.map(|activity| activity.kind),
            since: told.value.and_then(|activity| activity.since),
        });
        let kept = Self {
            key: environment.key(),
            asked_at: environment.listed_at()?,
            app: identity.app.clone(),
            platform_id: identity.platform_id.clone(),
            tier: identity.tier,
            created_at: identity.created_at,
            version,
            health,
            busy,
        };
        kept.is_bounded().then_some(kept)
    }

    fn is_bounded(&self) -> bool {
        let own = [Some(self.key.name.as_str()), Some(self.app.as_str()), self.platform_id.as_ref().map(PlatformId::as_str)];
        let version = self.version.iter().flat_map(|version| [Some(version.label.as_str()), version.sha.as_deref()]);
        let word = self.health.iter().map(|health| health.word.as_deref());
        own.into_iter().chain(version).chain(word).flatten().all(|text| text.len() <= LONGEST_TEXT)
    }

    /// What the listing told, with what was believed beside it as if the listing had told that as well.
    fn reading(self) -> Reading {
        let stated = |version: KeptVersion| Stated {
            label: version.label,
            sha: version.sha.as_deref().and_then(Sha::new),
            source: version.source,
            confidence: version.confidence,
        };
        let busy = |busy: KeptActivity| busy.kind.map_or(Busy::No, |kind| Busy::With(Activity { since: busy.since, ..Activity::of(kind) }));
        Reading {
            identity: Some(Box::new(Identity {
                platform_id: self.platform_id,
                created_at: self.created_at,
                tier: self.tier,
                // Nothing else is remembered: what a row lacks is shown as not read yet.
                answers: Questions::of([Question::Instances, Question::Health]),
                ..Identity::of(self.app)
            })),
            version: self.version.map(stated),
            health: self.health.map(|health| Health { level: health.level, word: health.word, causes: Vec::new(), source: health.source }),
            busy: self.busy.map(busy),
            ..Reading::default()
        }
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
