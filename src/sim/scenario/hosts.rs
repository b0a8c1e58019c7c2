//! `[[host]]`: servers without a cloud, and the apps on them.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::environments::tier_of;
use super::populate::Builder;
use super::{Mistake, Scenario};
use crate::history::History;
use crate::host::{HostApp, Page};

/// Entries stand for no more than these.
const MOST: u64 = 500;

/// `[[host]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostEntry {
    /// What configurations call the server.
    pub name: String,
    /// It stands for that many, with {n} filled in its name and those of its apps.
    #[serde(default)]
    pub times: Option<u64>,
    /// The apps on it.
    #[serde(default)]
    pub app: Vec<Spanned<HostAppEntry>>,
}

/// `[[host.app]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostAppEntry {
    /// Its name on the server.
    pub name: String,
    /// The app that the truth says it is; its name when left out.
    #[serde(default)]
    pub app: Option<String>,
    /// production, staging, development, preview, unknown; production when left out,
    /// and preview where the name says so.
    #[serde(default)]
    pub tier: Option<Spanned<String>>,
    /// The commit that runs.
    pub commit: Spanned<String>,
    /// The path that tells of its health; `/health` when left out.
    #[serde(default)]
    pub health: Option<String>,
    /// What that answers: well, garbage, redirect, hangs, reset, or a status.
    #[serde(default)]
    pub answers: Option<Spanned<String>>,
    /// The path that tells of its commit.
    #[serde(default)]
    pub version: Option<String>,
    /// Migrations fail in each deploy, which goes on all the same.
    #[serde(default)]
    pub migrations_fail: bool,
    /// What further paths answer.
    #[serde(default)]
    pub pages: BTreeMap<String, Spanned<String>>,
}

impl Builder<'_> {
    /// Adds the apps on hosts.
    pub(super) fn hosts(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        for spanned in &scenario.host {
            let (entry, at) = (spanned.get_ref(), spanned.span().start);
            let times = entry.times.unwrap_or(1);
            if !(1..=MOST).contains(&times) {
                return Err(self.source.mistake(at, format!("`times` is a number from 1 to {MOST}")));
            }
            for number in 1..=times {
                for app in &entry.app {
                    let fill = |text: &str| text.replace("{n}", &number.to_string());
                    let host = self.host_app(app.get_ref(), &fill(&entry.name), &fill(&app.get_ref().name))?;
                    let same = |known: &HostApp| known.server == host.server && known.name == host.name;
                    if self.world.hosts.iter().any(same) {
                        let sentence = format!("there are two apps \"{}\" on the host \"{}\"", host.name, host.server);
                        return Err(self.source.mistake(app.span().start, sentence));
                    }
                    self.world.hosts.push(host);
                }
            }
        }
        Ok(())
    }

    fn host_app(&self, entry: &HostAppEntry, server: &str, name: &str) -> Result<HostApp, Mistake> {
        let tier = match &entry.tier {
            Some(tier) => self.one_of(tier, &["production", "staging", "development", "preview", "unknown"])?,
            None if tier_of(name) == "unknown" => "production",
            None => tier_of(name),
        };
        let pages = entry.pages.iter().map(|(path, word)| Ok((path.clone(), self.page(Some(word))?)));
        Ok(HostApp {
            server: server.into(),
            app: entry.app.as_deref().unwrap_or(name).into(),
            name: name.into(),
            tier: tier.into(),
            url: String::new(),
            commit: self.commit_id(&entry.commit)?,
            health: entry.health.clone().unwrap_or_else(|| String::from("/health")),
            page: self.page(entry.answers.as_ref())?,
            version: entry.version.clone(),
            pages: pages.collect::<Result<_, Mistake>>()?,
            migrations_fail: entry.migrations_fail,
            deploy: None,
            deployed: None,
            turn: 0,
            history: History::default(),
        })
    }

    /// What a page answers.
    pub(super) fn page(&self, word: Option<&Spanned<String>>) -> Result<Page, Mistake> {
        let Some(word) = word else { return Ok(Page::Well) };
        Page::read(word.get_ref()).ok_or_else(|| {
            let sentence = format!("\"{}\" is no answer; write well, garbage, redirect, hangs, reset or a status", word.get_ref());
            self.source.mistake(word.span().start, sentence)
        })
    }

    /// The app that a happening names: `name` or `name@server`.
    pub(super) fn find_host(&self, named: &Spanned<String>) -> Result<usize, Mistake> {
        let text = named.get_ref();
        let (name, server) = text.split_once('@').map_or((text.as_str(), None), |(name, server)| (name, Some(server)));
        let fits = |host: &HostApp| *host.name == *name && server.is_none_or(|server| *host.server == *server);
        self.world.hosts.iter().position(fits).ok_or_else(|| {
            self.source.mistake(named.span().start, format!("there is no app \"{text}\" on any [[host]]; write name or name@host"))
        })
    }
}
