//! The sections about plain hosts, and about pages that are probed.

use std::path::PathBuf;
use std::sync::Arc;

use super::file::{SelectorEntry, selector};
use super::keys;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::catalogue::{App, Tier};
use crate::model::destination::Destination;
use crate::model::host::{HealthPage, Host, HostedApp, Login, Previews, Probe};
use crate::model::id::{AccountId, AppName, EnvironmentName, Platform, Repository};
use crate::model::probe::Expectation;

/// Where a preview says how it is, where nobody said.
const PREVIEW_PAGE: &str = "/health";
/// The label of issues that are alerts, where nobody said.
const ALERT: &str = "alert";
/// What the names of steps hold that migrate a database, where nobody said.
const MIGRATION_STEP: &str = "migrat";
/// The name of an environment in GitHub's record, where nobody said.
const DEPLOYMENT: &str = "production";

pub(super) struct HostEntry {
    pub name: Option<At<String>>,
    login: Option<Login>,
    folder: Option<Arc<str>>,
    pub apps: Vec<HostedEntry>,
}

pub(super) struct HostedEntry {
    pub name: Option<At<String>>,
    tier: Option<Tier>,
    health: Option<HealthPage>,
    path: Option<Arc<str>>,
    deployment: Option<Arc<str>>,
    alerts: Option<Arc<str>>,
    migration_step: Option<Arc<str>>,
    restart: Option<Arc<str>>,
    pub previews: Option<At<bool>>,
    preview_page: Option<Arc<str>>,
    shares_secrets: Option<bool>,
}

pub(super) struct ProbeEntry {
    pub environments: SelectorEntry,
    pub apps: Vec<At<AppName>>,
    tiers: Vec<Tier>,
    platforms: Vec<Platform>,
    page: Option<Arc<str>>,
    expected: Expectation,
}

pub(super) fn host(section: &Section<'_>, notes: &mut Notes<'_>) -> HostEntry {
    section.require("name", "\"shop-1\"", notes);
    for key in ["ssh_config", "ssh_options"].into_iter().filter(|key| section.has(key) && !section.has("ssh")) {
        notes.add(&section.span, format!("{key} says how ssh is called, and nothing says whereto: write ssh = \"user@host\""));
    }
    let name = section.text("name", notes).filter(|text| shape::part_of_a_key(text, "a server's name", notes));
    HostEntry {
        name: name.map(|name| name.map(str::to_owned)),
        login: login(section, notes),
        folder: section.text("folder", notes).and_then(|text| shape::absolute(&text, notes)),
        apps: section.repeated("apps", &keys::HOSTED_APP, notes).iter().map(|section| hosted(section, notes)).collect(),
    }
}

fn login(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Login> {
    let config = section.text("ssh_config", notes).and_then(|text| shape::absolute(&text, notes)).map(|path| PathBuf::from(&*path));
    let options = section.texts("ssh_options", notes).map(|texts| texts.value).unwrap_or_default();
    let options = options.iter().filter(|text| shape::ssh_option(text, notes)).map(|text| text.value.to_owned()).collect();
    let text = section.text("ssh", notes)?;
    match Destination::new(text.value) {
        Ok(to) => Some(Login { to, config, options }),
        Err(error) => {
            notes.add(&text.span, format!("{} cannot be given to ssh: {error}", quoted(text.value)));
            None
        }
    }
}

fn hosted(section: &Section<'_>, notes: &mut Notes<'_>) -> HostedEntry {
    section.require("name", "\"shop\"", notes);
    let expected = expected(section, notes);
    let address = section.text("health", notes).and_then(|text| shape::page(&text, false, notes));
    let text = |key, notes: &mut Notes<'_>| section.text(key, notes).map(|text| Arc::from(text.value));
    HostedEntry {
        name: section.text("name", notes).filter(|name| shape::folder_name(name, notes)).map(|name| name.map(str::to_owned)),
        tier: section.text("tier", notes).and_then(|text| shape::tier(&text, notes)),
        health: address.map(|address| HealthPage { address, expected }),
        path: section.text("path", notes).and_then(|text| shape::absolute(&text, notes)),
        deployment: text("deployment", notes),
        alerts: text("alerts", notes),
        migration_step: text("migration_step", notes),
        restart: text("restart", notes),
        previews: section.boolean("previews", notes),
        preview_page: section.text("preview_page", notes).and_then(|text| shape::absolute(&text, notes)),
        shares_secrets: section.boolean("shares_secrets", notes).map(|said| said.value),
    }
}

pub(super) fn probe(section: &Section<'_>, notes: &mut Notes<'_>) -> ProbeEntry {
    section.require("page", "\"/_status\"", notes);
    let texts = |key, notes: &mut Notes<'_>| section.texts(key, notes).map(|texts| texts.value).unwrap_or_default();
    let (apps, tiers, platforms) = (texts("apps", notes), texts("tiers", notes), texts("platforms", notes));
    ProbeEntry {
        environments: selector(section, notes),
        apps: apps.into_iter().map(|text| text.map(AppName::from)).collect(),
        tiers: tiers.iter().filter_map(|text| shape::tier(text, notes)).collect(),
        platforms: platforms.iter().filter_map(|text| shape::any_platform(text, notes)).collect(),
        page: section.text("page", notes).and_then(|text| shape::page(&text, true, notes)),
        expected: expected(section, notes),
    }
}

/// What a body has to say. The empty text is one, too: anything.
fn expected(section: &Section<'_>, notes: &mut Notes<'_>) -> Expectation {
    section.raw_text("expect", notes).map_or_else(Expectation::default, |text| Expectation::written(text.value))
}

impl HostEntry {
    /// What it comes to, with the repositories of these apps.
    pub fn host(self, apps: &[App]) -> Option<Host> {
        let mut host = Host { name: AccountId::from(self.name?.value), login: self.login, folder: self.folder, apps: Vec::new() };
        let told = self.apps.into_iter().filter_map(|entry| entry.app(&host, apps)).collect();
        host.apps = told;
        Some(host)
    }
}

impl HostedEntry {
    fn app(self, host: &Host, apps: &[App]) -> Option<HostedApp> {
        let name = EnvironmentName::from(self.name?.value);
        let key = host.key(name.clone());
        let group = AppName::from(name.as_str());
        let repository = apps.iter().find(|app| app.environments.fits(&key, &group)).and_then(|app| app.repository.as_deref());
        let wanted = self.previews.is_some_and(|said| said.value);
        let previews = repository.filter(|_| wanted).map(|repository| Previews {
            repository: Repository::from(repository),
            page: self.preview_page.unwrap_or_else(|| Arc::from(PREVIEW_PAGE)),
            shares_secrets: self.shares_secrets.unwrap_or(false),
        });
        Some(HostedApp {
            name,
            tier: self.tier.unwrap_or(Tier::Production),
            health: self.health,
            path: self.path,
            deployment: self.deployment.unwrap_or_else(|| Arc::from(DEPLOYMENT)),
            migration_step: self.migration_step.unwrap_or_else(|| Arc::from(MIGRATION_STEP)),
            alerts: self.alerts.or_else(|| Some(Arc::from(ALERT))).filter(|_| repository.is_some()),
            restart: self.restart,
            previews,
        })
    }
}

impl ProbeEntry {
    pub fn probe(self) -> Option<Probe> {
        let Self { apps, tiers, platforms, expected, .. } = self;
        let apps = apps.into_iter().map(|app| app.value).collect();
        Some(Probe { environments: self.environments.selector(), apps, tiers, platforms, page: self.page?, expected })
    }
}
