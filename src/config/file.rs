//! The file's sections, read one by one, every entry with its place.
//!
//! Judges single values only; what entries say together is `contradiction`'s.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::account::{self, AccountEntry};
use super::binding::Entries;
use super::circleci;
use super::compute::ComputeEntries;
use super::custom;
use super::freeze::{self, FreezeEntry};
use super::host::{self, HostEntry, ProbeEntry};
use super::keys;
use super::link::{self, LinkEntry};
use super::log::{self, LogEntry};
use super::migrations;
use super::settings::{Account, CircleCi, Colors, Display, GitHub, Locks, Reading, Settings, Theme};
use super::shape;
use super::source::{At, Notes};
use super::table::Section;
use super::view;
use super::waves;
use crate::app::custom::Custom;
use crate::model::catalogue::{App, Catalogue, Declared, Selector, Tier, TierRule, Way};
use crate::model::compute::Compute;
use crate::model::host::Host;
use crate::model::id::{AccountId, AppName, Platform, Region};
use crate::model::log::feeds::LogSettings;
use crate::model::pattern::NamePattern;
use crate::model::preview::Marks;
use crate::model::promotion::{OlderVersions, Shipping};
use crate::model::scan::MigrationPaths;
use crate::model::version::LabelReader;
use crate::model::view::Configured;
use crate::model::waves::Waves;

/// Everything the file says that could be understood.
pub(super) struct File {
    pub regions: Option<Vec<At<Region>>>,
    pub read_only: Option<At<bool>>,
    pub accounts: Vec<AccountEntry>,
    pub apps: Vec<AppEntry>,
    /// Some apps could not be understood, so that a name may be theirs.
    pub apps_are_missing: bool,
    pub tiers: Vec<TierEntry>,
    pub environments: Vec<EnvironmentEntry>,
    pub compute: ComputeEntries,
    pub hosts: Vec<HostEntry>,
    pub probes: Vec<ProbeEntry>,
    pub links: Vec<LinkEntry>,
    pub freezes: Vec<FreezeEntry>,
    pub log_sources: Vec<LogEntry>,
    logs: LogSettings,
    locks: Locks,
    github: GitHub,
    circleci: CircleCi,
    reading: Reading,
    keys: Entries,
    commands: Arc<[Custom]>,
    display: Display,
    theme_path: Option<PathBuf>,
    fleet: Configured,
}

pub(super) struct AppEntry {
    pub name: At<AppName>,
    pub environments: SelectorEntry,
    pub read_only: Option<At<bool>>,
    repository: Option<Arc<str>>,
    branch: Option<Arc<str>>,
    folder: Option<Arc<str>>,
    pub catalogue: Option<At<Arc<str>>>,
    promotion: Way,
    labels: Option<LabelReader>,
    shipping: Shipping,
    waves: Waves,
}

pub(super) struct TierEntry {
    tier: Option<Tier>,
    pub app: Option<At<AppName>>,
    pub environments: SelectorEntry,
    pub span: Range<usize>,
}

pub(super) struct EnvironmentEntry {
    platform: Option<Platform>,
    pub name: Option<At<String>>,
    pub region: Option<At<Region>>,
    pub account: Option<AccountId>,
    pub app: Option<At<AppName>>,
    tier: Option<Tier>,
}

/// Which environments an entry speaks of.
#[derive(Default)]
pub(super) struct SelectorEntry {
    pub names: Vec<At<NamePattern>>,
    pub groups: Vec<At<NamePattern>>,
    pub regions: Vec<At<Region>>,
    /// A part of it could not be understood, so that it fits something else than was meant.
    pub broken: bool,
}

impl File {
    /// Reads the whole file, whatever is wrong with parts of it.
    pub fn read(top: &Section<'_>, notes: &mut Notes<'_>) -> Self {
        let (named, all) = top.by_name("apps", &keys::APP, notes);
        let apps: Vec<AppEntry> = named.iter().filter_map(|(name, section)| app(name, section, notes)).collect();
        let (logs, log_sources) = log::read(top, notes);
        let look = top.single("display", &keys::DISPLAY, notes);
        let mut bindings = Entries::read(top, notes);
        let commands = top.repeated("commands", &keys::COMMAND, notes).iter().map(|section| custom::read(section, notes)).collect();
        let commands = custom::settle(commands, &mut bindings, notes);
        bindings.check(notes);
        Self {
            logs,
            log_sources,
            keys: bindings,
            commands,
            regions: regions(top, notes),
            read_only: top.boolean("read_only", notes),
            accounts: top.repeated("accounts", &keys::ACCOUNT, notes).iter().map(|section| account::read(section, notes)).collect(),
            apps_are_missing: !all || apps.len() < named.len(),
            apps,
            tiers: top.repeated("tiers", &keys::TIER, notes).iter().map(|section| tier_rule(section, notes)).collect(),
            environments: top
                .repeated("environments", &keys::ENVIRONMENT, notes)
                .iter()
                .map(|section| environment(section, notes))
                .collect(),
            compute: ComputeEntries::read(top, notes),
            hosts: top.repeated("hosts", &keys::HOST, notes).iter().map(|section| host::host(section, notes)).collect(),
            probes: top.repeated("probes", &keys::PROBE, notes).iter().map(|section| host::probe(section, notes)).collect(),
            links: top.repeated("links", &keys::LINK, notes).iter().map(|section| link::read(section, notes)).collect(),
            freezes: top.repeated("freezes", &keys::FREEZE, notes).iter().map(|section| freeze::read(section, notes)).collect(),
            locks: top.single("locks", &keys::LOCKS, notes).map_or_else(Locks::default, |section| locks(&section, notes)),
            github: top.single("github", &keys::GITHUB, notes).map_or_else(GitHub::default, |section| github(&section, notes)),
            circleci: top
                .single("circleci", &keys::CIRCLECI, notes)
                .map_or_else(CircleCi::default, |section| circleci::read(&section, notes)),
            reading: top.single("reading", &keys::READING, notes).map_or_else(Reading::default, |section| reading(&section, notes)),
            display: look.as_ref().map_or_else(Display::default, |section| display(section, notes)),
            theme_path: look.as_ref().and_then(|section| shape::absolute_path(&section.text("theme_file", notes)?, notes)),
            fleet: Configured { columns: look.and_then(|section| view::shown(&section, notes)), views: view::read(top, notes) },
        }
    }

    /// What it comes to, where nothing was found wrong with it.
    pub fn settings(self) -> Settings {
        let accounts: Vec<Account> = self.accounts.into_iter().map(AccountEntry::account).collect();
        let apps: Vec<App> = self.apps.into_iter().map(AppEntry::app).collect();
        let hosts: Vec<Host> = self.hosts.into_iter().filter_map(|entry| entry.host(&apps)).collect();
        let usual = accounts.first().map_or_else(|| Account::default().connection, |account| account.connection.clone());
        let compute = self.compute.compute(&usual);
        // Who has plain hosts and nothing on AWS by name may have nothing to do with it.
        let is_elsewhere = !hosts.is_empty() && compute == Compute::default();
        let ways = accounts.iter().map(Account::way).collect();
        Settings {
            accounts: if accounts.is_empty() && !is_elsewhere { vec![Account::default()] } else { accounts },
            regions: self.regions.map(values),
            read_only: self.read_only.is_some_and(|said| said.value),
            catalogue: Catalogue {
                accounts: ways,
                apps,
                tiers: self.tiers.into_iter().filter_map(TierEntry::rule).collect(),
                declared: self.environments.into_iter().filter_map(EnvironmentEntry::declared).collect(),
                hosts,
                probes: self.probes.into_iter().filter_map(ProbeEntry::probe).collect(),
                target_groups: compute.target_groups.clone(),
                tagged: compute.tagged.clone(),
                links: self.links.into_iter().filter_map(LinkEntry::link).collect(),
                freezes: self.freezes.into_iter().filter_map(FreezeEntry::freeze).collect(),
                logs: LogSettings { declared: self.log_sources.into_iter().map(LogEntry::feed).collect(), ..self.logs },
            },
            compute,
            locks: self.locks,
            github: self.github,
            circleci: self.circleci,
            reading: self.reading,
            keys: self.keys.keymap(),
            commands: self.commands,
            display: self.display,
            theme_file: self.theme_path,
            own_theme: None,
            warnings: Vec::new(),
            fleet: self.fleet,
            path: None,
        }
    }
}

fn values<T>(entries: Vec<At<T>>) -> Vec<T> {
    entries.into_iter().map(|at| at.value).collect()
}

/// The regions listed; absent where any of them could not be understood, too, so that
/// nobody is told that a region is missing which was only misspelt.
pub(super) fn regions(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Vec<At<Region>>> {
    let before = notes.count();
    let texts = section.texts("regions", notes)?;
    let regions = texts.value.iter().filter_map(|text| shape::region(text, notes)).collect();
    (notes.count() == before).then_some(regions)
}

fn app(name: &At<&str>, section: &Section<'_>, notes: &mut Notes<'_>) -> Option<AppEntry> {
    let fits = shape::plain(name, "this app's name", notes);
    let mut environments = selector(section, notes);
    if environments.names.is_empty() && environments.groups.is_empty() && !environments.broken {
        // An app that does not say which environments are its own means those that its platform groups under its name.
        environments.groups.push(shape::pattern(name));
    }
    let entry = AppEntry {
        name: name.clone().map(AppName::from),
        environments,
        read_only: section.boolean("read_only", notes),
        repository: section.text("repository", notes).and_then(|text| shape::repository(&text, notes)),
        branch: section
            .text("branch", notes)
            .filter(|text| shape::plain(text, "this branch's name", notes))
            .map(|text| Arc::from(text.value)),
        folder: section.text("folder", notes).and_then(|text| shape::folder(&text, notes)),
        catalogue: section
            .text("catalogue", notes)
            .and_then(|text| shape::repository_file(&text, notes).map(|path| At::new(path, text.span))),
        labels: section.raw_text("version_pattern", notes).and_then(|text| shape::version_pattern(&text, notes)),
        promotion: promotion(section, notes),
        shipping: shipping(section, notes),
        waves: section.single("waves", &keys::WAVES, notes).map_or_else(Waves::default, |section| waves::read(&section, notes)),
    };
    fits.then_some(entry)
}

/// How an app goes to production.
fn promotion(section: &Section<'_>, notes: &mut Notes<'_>) -> Way {
    let words = [("approval", "approval"), ("tag", "tag"), ("release", "release"), ("merge", "merge")];
    let way = section.word("promotion", "way to production", &words, notes);
    let tags = section.text("promotion_tags", notes);
    let word = way.map_or("approval", |way| way.value);
    if let Some(tags) = tags.as_ref().filter(|_| !matches!(word, "tag" | "release")) {
        notes.add(&tags.span, "promotion_tags says which tags go to production: add promotion = \"tag\" or \"release\"");
    }
    let pattern = tags.map_or_else(|| NamePattern::new("v*"), |tags| NamePattern::new(tags.value));
    match word {
        "tag" | "release" => Way::Tag { pattern, release: word == "release" },
        "merge" => Way::Merge,
        _ => Way::Approval,
    }
}

/// What an app's ship sheet is held against.
fn shipping(section: &Section<'_>, notes: &mut Notes<'_>) -> Shipping {
    let default = Shipping::default();
    let texts = |key, notes: &mut Notes<'_>| section.texts(key, notes).map(|texts| texts.value);
    let (migrations_run, migration_workflow) = migrations::read(section, notes);
    Shipping {
        settle: section.seconds("settle_seconds", 0..=604_800, notes).map_or(default.settle, |seconds| seconds.value),
        required: texts("required_checks", notes).unwrap_or_default().into_iter().map(|text| Arc::from(text.value)).collect(),
        migrations_run,
        migration_workflow,
        migrations: texts("migration_paths", notes)
            .map_or(default.migrations, |paths| MigrationPaths::with(paths.iter().map(|path| NamePattern::new(path.value)).collect())),
        rules_count: false,
        older: section
            .word(
                "older_versions",
                "way with older versions",
                &[("never", OlderVersions::Never), ("with_reason", OlderVersions::WithReason)],
                notes,
            )
            .map_or(default.older, |older| older.value),
        direct: section.boolean("direct_deploys", notes).map_or(default.direct, |direct| direct.value),
        variables: texts("variable_patterns", notes).and_then(|texts| shape::variable_patterns(&texts, notes)).unwrap_or(default.variables),
    }
}

fn locks(section: &Section<'_>, notes: &mut Notes<'_>) -> Locks {
    Locks {
        file: section.text("file", notes).and_then(|text| shape::absolute_path(&text, notes)),
        parameters: section.text("parameters", notes).and_then(|text| shape::parameter_path(&text, notes)),
    }
}

fn github(section: &Section<'_>, notes: &mut Notes<'_>) -> GitHub {
    let words = section.texts("token_command", notes).map(|texts| texts.value).unwrap_or_default();
    let usual = Marks::default();
    let comments = section.texts("preview_comments", notes).map(|texts| texts.value);
    let environments = section.texts("preview_environments", notes).map(|texts| texts.value);
    let environments = environments.map(|texts| texts.iter().filter_map(|text| shape::preview_environment(text, notes)).collect());
    GitHub {
        previews: Marks {
            comments: comments.map_or(usual.comments, |texts| texts.into_iter().map(|text| Arc::from(text.value)).collect()),
            environments: environments.unwrap_or(usual.environments),
        },
        url: section.text("url", notes).and_then(|text| shape::github_url(&text, notes)),
        token_command: words.into_iter().map(|word| word.value.to_owned()).collect(),
    }
}

impl AppEntry {
    /// Whether it says which repository it is.
    pub const fn has_repository(&self) -> bool {
        self.repository.is_some()
    }

    fn app(self) -> App {
        App {
            name: self.name.value,
            environments: self.environments.selector(),
            labels: self.labels,
            read_only: self.read_only.is_some_and(|said| said.value),
            repository: self.repository,
            branch: self.branch,
            folder: self.folder,
            catalogue: self.catalogue.map(|path| path.value),
            promotion: self.promotion,
            shipping: self.shipping,
            waves: self.waves,
        }
    }
}

pub(super) fn selector(section: &Section<'_>, notes: &mut Notes<'_>) -> SelectorEntry {
    let before = notes.count();
    let names = section.texts("environments", notes).map(|texts| texts.value).unwrap_or_default();
    let groups = section.texts("applications", notes).map(|texts| texts.value).unwrap_or_default();
    let entry = SelectorEntry {
        names: names.iter().filter_map(|text| shape::name_pattern(text, notes)).collect(),
        groups: groups.iter().map(shape::pattern).collect(),
        regions: regions(section, notes).unwrap_or_default(),
        broken: false,
    };
    let broken = notes.count() > before || ["environments", "applications", "regions"].iter().any(|key| section.was_meant(key));
    SelectorEntry { broken, ..entry }
}

impl SelectorEntry {
    pub fn selector(self) -> Selector {
        Selector { names: values(self.names), groups: values(self.groups), regions: values(self.regions) }
    }
}

pub(super) fn app_name(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<At<AppName>> {
    section.text("app", notes).map(|text| text.map(AppName::from))
}

fn tier_rule(section: &Section<'_>, notes: &mut Notes<'_>) -> TierEntry {
    section.require("tier", "\"production\"", notes);
    let says_for_whom = ["environments", "applications", "app", "regions"].iter().any(|key| section.has(key));
    if !says_for_whom {
        notes.add(&section.span, "this rule does not say for which environments: write environments = [\"*-prod\"], or [\"*\"] for all");
    }
    let environments = selector(section, notes);
    TierEntry {
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
        app: app_name(section, notes),
        environments: SelectorEntry { broken: environments.broken || !says_for_whom, ..environments },
        span: section.span.clone(),
    }
}

impl TierEntry {
    fn rule(self) -> Option<TierRule> {
        Some(TierRule { tier: self.tier?, app: self.app.map(|app| app.value), environments: self.environments.selector() })
    }
}

fn environment(section: &Section<'_>, notes: &mut Notes<'_>) -> EnvironmentEntry {
    section.require("platform", "\"beanstalk\"", notes);
    section.require("name", "\"h-prod\"", notes);
    section.require("region", "\"us-west-1\"", notes);
    let name = section.text("name", notes).filter(|name| shape::environment_name(name, notes));
    EnvironmentEntry {
        platform: section.text("platform", notes).and_then(|text| shape::platform(&text, notes)),
        name: name.map(|name| name.map(str::to_owned)),
        region: section.text("region", notes).and_then(|text| shape::region(&text, notes)),
        account: section.text("account", notes).and_then(|text| shape::account(&text, notes)).map(|account| account.value),
        app: app_name(section, notes),
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
    }
}

impl EnvironmentEntry {
    fn declared(self) -> Option<Declared> {
        Some(Declared {
            platform: self.platform?,
            account: self.account,
            region: Some(self.region?.value),
            name: self.name?.value.into(),
            app: self.app.map(|app| app.value),
            tier: self.tier,
            by: None,
        })
    }
}

fn reading(section: &Section<'_>, notes: &mut Notes<'_>) -> Reading {
    let default = Reading::default();
    let mut seconds =
        |key, bounds, otherwise| section.seconds(key, bounds, notes).map_or(otherwise, |seconds| Duration::from_secs(seconds.value));
    Reading {
        // More often than every five seconds one tool alone runs into AWS's throttling.
        listing: seconds("listing_seconds", 5..=3_600, default.listing),
        sweep: seconds("sweep_seconds", 1..=600, default.sweep),
        timeout: seconds("timeout_seconds", 1..=120, default.timeout),
    }
}

fn display(section: &Section<'_>, notes: &mut Notes<'_>) -> Display {
    // A file is named to be used.
    let usual = section.has("theme_file").then_some(Theme::Own);
    let themes = Theme::ALL.map(|theme| (theme.word(), theme));
    let colors = Colors::ALL.map(|colors| (colors.word(), colors));
    Display {
        theme: section.word("theme", "theme", &themes, notes).map(|theme| theme.value).or(usual),
        colors: section.word("colors", "choice of colours", &colors, notes).map(|colors| colors.value).unwrap_or_default(),
        mouse: section.boolean("mouse", notes).is_none_or(|mouse| mouse.value),
    }
}
