//! Which app and tier an environment belongs to, and which environments are declared.
//!
//! Declared, imported and discovered environments meet here. Explicit entries
//! make rows of their own ("declared, not seen"); patterns never do.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account::WayIn;
use super::compute::{TaggedInstances, TargetGroups};
use super::freeze::Freeze;
use super::host::{Host, Probe};
use super::id::{AccountId, AppName, Connection, EnvironmentKey, EnvironmentName, Platform, Region};
use super::link::Link;
use super::log::feeds::LogSettings;
use super::pattern::NamePattern;
use super::promotion::Shipping;
use super::version::LabelReader;
use super::waves::Waves;

/// What an environment is for. Unknown is treated as production wherever danger is weighed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Users work here.
    Production,
    /// What goes to production is tried here (QA).
    Staging,
    /// Work in progress.
    Development,
    /// One pull request.
    Preview,
    /// Nobody said.
    Unknown,
}

impl Tier {
    /// Every tier, in the order they are listed to people.
    pub const ALL: [Self; 5] = [Self::Production, Self::Staging, Self::Development, Self::Preview, Self::Unknown];

    /// The word used in `--json`, in filters and in the configuration.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Staging => "staging",
            Self::Development => "development",
            Self::Preview => "preview",
            Self::Unknown => "unknown",
        }
    }

    /// The tier that a name tells by itself, by one of its words: `h-prod`, `via_staging`, `pr-12`.
    #[must_use]
    pub fn told_by(name: &str) -> Self {
        let words: Vec<String> = name.split(['-', '_', '.']).map(str::to_ascii_lowercase).collect();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
        let numbered = words.windows(2).any(|pair| matches!(pair, [a, b] if a == "pr" && b.parse::<u32>().is_ok()));
        if numbered || has(&["preview", "review"]) {
            Self::Preview
        } else if has(&["staging", "stage", "stg", "qa", "uat", "preprod"]) {
            // Before production: `prod-staging` is no production.
            Self::Staging
        } else if has(&["dev", "development", "test", "sandbox"]) {
            Self::Development
        } else if has(&["prod", "production", "prd", "live"]) {
            Self::Production
        } else {
            Self::Unknown
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Which environments a rule speaks of. What is absent fits everything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selector {
    /// Any of these names.
    pub names: Vec<NamePattern>,
    /// Any of these platform groupings (Beanstalk application names).
    pub groups: Vec<NamePattern>,
    /// Any of these regions.
    pub regions: Vec<Region>,
}

impl Selector {
    /// Whether this environment is meant.
    #[must_use]
    pub fn fits(&self, key: &EnvironmentKey, group: &AppName) -> bool {
        let any = |patterns: &[NamePattern], text: &str| patterns.is_empty() || patterns.iter().any(|pattern| pattern.matches(text));
        any(&self.names, key.name.as_str())
            && any(&self.groups, group.as_str())
            && (self.regions.is_empty() || key.region.as_ref().is_some_and(|region| self.regions.contains(region)))
    }
}

/// A configured app.
#[derive(Clone, PartialEq, Debug)]
pub struct App {
    /// Its name on every screen.
    pub name: AppName,
    /// Which environments are its own.
    pub environments: Selector,
    /// How to find the commit in its labels; the defaults where absent.
    pub labels: Option<LabelReader>,
    /// Whether this app is only looked at, never written to.
    pub read_only: bool,
    /// `owner/name` of its repository.
    pub repository: Option<Arc<str>>,
    /// The branch that is deployed; the repository's default branch where nobody said.
    pub branch: Option<Arc<str>>,
    /// The folder of the repository that it lives in; none where it has all of it.
    pub folder: Option<Arc<str>>,
    /// The file of the repository that lists its environments; see [`import`](super::import).
    pub catalogue: Option<Arc<str>>,
    /// How it goes to production.
    pub promotion: Way,
    /// What its ship sheet is held against.
    pub shipping: Shipping,
    /// How a version goes through many of its environments.
    pub waves: Waves,
}

/// How a commit goes on to production.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Way {
    /// A run waits for somebody's approval, or a workflow is started.
    #[default]
    Approval,
    /// Somebody sets a tag.
    Tag {
        /// What such tags are called.
        pattern: NamePattern,
        /// Whether a release is published with it.
        release: bool,
    },
    /// Somebody merges its pull request.
    Merge,
}

/// A rule that gives environments a tier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TierRule {
    /// The tier.
    pub tier: Tier,
    /// For this app only.
    pub app: Option<AppName>,
    /// Which environments.
    pub environments: Selector,
}

/// An environment that the configuration names, seen or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Declared {
    /// The kind of place.
    pub platform: Platform,
    /// The account; any, where absent.
    pub account: Option<AccountId>,
    /// The region.
    pub region: Option<Region>,
    /// The name.
    pub name: EnvironmentName,
    /// The app it belongs to, where said.
    pub app: Option<AppName>,
    /// Its tier, where said.
    pub tier: Option<Tier>,
    /// Who says so; the configuration itself where nobody else does.
    pub by: Option<Arc<str>>,
}

impl Declared {
    /// Whether this entry speaks of that environment.
    #[must_use]
    pub fn fits(&self, key: &EnvironmentKey) -> bool {
        self.platform == key.platform
            && self.name == key.name
            && self.region == key.region
            && (self.account.is_none() || self.account == key.account)
    }

    /// The key of its row while it has not been seen.
    #[must_use]
    pub fn key(&self) -> EnvironmentKey {
        EnvironmentKey { platform: self.platform, account: self.account.clone(), region: self.region.clone(), name: self.name.clone() }
    }
}

/// Where an environment belongs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placement {
    /// Its app.
    pub app: AppName,
    /// Its tier.
    pub tier: Tier,
}

/// Everything declared.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Catalogue {
    /// The ways into AWS, in their order.
    pub accounts: Vec<WayIn>,
    /// The configured apps; the first that fits wins.
    pub apps: Vec<App>,
    /// The tier rules; the first that fits wins.
    pub tiers: Vec<TierRule>,
    /// The declared environments.
    pub declared: Vec<Declared>,
    /// The plain hosts.
    pub hosts: Vec<Host>,
    /// The pages that are asked of environments.
    pub probes: Vec<Probe>,
    /// Target groups that are environments.
    pub target_groups: Vec<TargetGroups>,
    /// Instances that are environments by their tags.
    pub tagged: Vec<TaggedInstances>,
    /// The pages about environments.
    pub links: Vec<Link>,
    /// The times at which nothing is shipped without a reason.
    pub freezes: Vec<Freeze>,
    /// How logs are read.
    pub logs: LogSettings,
}

impl Catalogue {
    /// A way into AWS.
    #[must_use]
    pub fn way_in(&self, connection: &Connection) -> Option<&WayIn> {
        self.accounts.iter().find(|way| way.connection == *connection)
    }

    /// Where an environment of this platform grouping belongs.
    ///
    /// An explicit entry wins over an app's patterns, they over the
    /// platform's own grouping; for the tier: an explicit entry, then the
    /// rules, then what the source was told (`tier`), then what the name itself tells.
    #[must_use]
    pub fn place(&self, key: &EnvironmentKey, group: &AppName, tier: Option<Tier>) -> Placement {
        let declared = self.declared.iter().find(|entry| entry.fits(key));
        let by_pattern = || self.apps.iter().find(|app| app.environments.fits(key, group)).map(|app| app.name.clone());
        let app = declared.and_then(|entry| entry.app.clone()).or_else(by_pattern).unwrap_or_else(|| group.clone());
        let fits = |rule: &&TierRule| rule.app.as_ref().is_none_or(|name| *name == app) && rule.environments.fits(key, group);
        let ruled = declared.and_then(|entry| entry.tier).or_else(|| self.tiers.iter().find(fits).map(|rule| rule.tier));
        Placement { tier: ruled.or(tier).unwrap_or_else(|| Tier::told_by(key.name.as_str())), app }
    }

    /// The server that an environment is on.
    #[must_use]
    pub fn host(&self, key: &EnvironmentKey) -> Option<&Host> {
        let name = key.account.as_ref().filter(|_| key.platform == Platform::Host)?;
        self.hosts.iter().find(|host| host.name == *name)
    }

    /// Whether a page is asked of this environment, which belongs there: one of its own on a server, or one that was
    /// declared for environments like it.
    #[must_use]
    pub fn is_probed(&self, key: &EnvironmentKey, placement: &Placement) -> bool {
        let hosted = self.host(key).and_then(|host| host.app_of(&key.name));
        let own = hosted.is_some_and(|(app, pull)| if pull.is_some() { app.previews.is_some() } else { app.health.is_some() });
        own || self.probes.iter().any(|probe| probe.fits(key, placement))
    }

    /// The configured app of this name.
    #[must_use]
    pub fn app(&self, name: &AppName) -> Option<&App> {
        self.apps.iter().find(|app| app.name == *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> EnvironmentKey {
        text.parse().unwrap()
    }

    #[test]
    fn names_tell_their_tier_by_whole_words() {
        for (name, tier) in [
            ("h-prod", Tier::Production),
            ("h-staging", Tier::Staging),
            ("via_qa", Tier::Staging),
            ("product-catalogue", Tier::Unknown),
            ("shop-pr-12", Tier::Preview),
            ("Orchid-Dev", Tier::Development),
            ("orchid-acme", Tier::Unknown),
            ("prod-staging", Tier::Staging),
        ] {
            assert_eq!(Tier::told_by(name), tier, "{name}");
        }
    }

    #[test]
    fn an_explicit_entry_wins_over_patterns_and_they_over_the_platform() {
        let app = |name: &str, pattern: &str| App {
            name: name.into(),
            environments: Selector { names: vec![NamePattern::new(pattern)], ..Selector::default() },
            labels: None,
            read_only: false,
            repository: None,
            branch: None,
            folder: None,
            catalogue: None,
            promotion: Way::default(),
            shipping: Shipping::default(),
            waves: Waves::default(),
        };
        let catalogue = Catalogue {
            apps: vec![app("h", "h-*"), app("rest", "*-prod")],
            tiers: vec![TierRule { tier: Tier::Production, app: Some("h".into()), environments: Selector::default() }],
            declared: vec![Declared {
                platform: Platform::Beanstalk,
                account: None,
                region: Some("us-west-1".into()),
                name: "h-odd".into(),
                app: Some("odd".into()),
                tier: Some(Tier::Development),
                by: None,
            }],
            ..Catalogue::default()
        };
        let place = |text: &str| catalogue.place(&key(text), &"group".into(), None);
        assert_eq!(place("beanstalk:1:us-west-1:h-odd"), Placement { app: "odd".into(), tier: Tier::Development });
        assert_eq!(place("beanstalk:1:eu-west-1:h-odd"), Placement { app: "h".into(), tier: Tier::Production });
        assert_eq!(place("beanstalk:1:us-west-1:via-prod"), Placement { app: "rest".into(), tier: Tier::Production });
        assert_eq!(place("beanstalk:1:us-west-1:via-qa"), Placement { app: "group".into(), tier: Tier::Staging });
    }
}
