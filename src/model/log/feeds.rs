//! Which feeds an environment has: what its platform is known to write, and what was declared.
//!
//! The one place that decides it. Pure: nothing is asked here, so a feed may turn out to have no lines.

use std::sync::Arc;
use std::time::Duration;

use super::buffer::Bounds;
use super::feed::{Command, Feed, Followed, Place};
use crate::model::catalogue::{Catalogue, Selector, Tier};
use crate::model::compute::Site;
use crate::model::environment::Environment;
use crate::model::host::Host;
use crate::model::id::{AppName, EnvironmentKey, EnvironmentName, InstanceId, Platform};
use crate::model::pattern::NamePattern;

/// How logs are read, as it was declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogSettings {
    /// Whether lines may be streamed by StartLiveTail, which costs money by the minute.
    pub live: bool,
    /// Whether Elastic Beanstalk may be asked to collect log files where it streams none.
    pub request: bool,
    /// How far back a stream opens.
    pub opening: Duration,
    /// How much is kept.
    pub bounds: Bounds,
    /// What was declared of single environments.
    pub declared: Vec<DeclaredFeed>,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { live: true, request: true, opening: Duration::from_secs(600), bounds: Bounds::default(), declared: Vec::new() }
    }
}

/// What was declared of the logs of some environments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeclaredFeed {
    /// Only environments of this app.
    pub app: Option<AppName>,
    /// Only environments of this tier.
    pub tier: Option<Tier>,
    /// Which environments, by their names, groupings and regions.
    pub environments: Selector,
    /// Whether lines may be streamed, where that was said for these.
    pub live: Option<bool>,
    /// Groups of CloudWatch Logs in place of those that are found; `{name}` in them is the environment's name.
    pub groups: Vec<Arc<str>>,
    /// A command beside what is found.
    pub command: Option<DeclaredCommand>,
}

/// A command that was declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeclaredCommand {
    /// What its lines are called on screen.
    pub title: Arc<str>,
    /// The command line, as [`Followed::Line`] has it; `{name}` in it is the environment's name.
    pub line: Arc<str>,
    /// Where it is run on instances of EC2, as [`Place::Instances`] has it; on plain hosts nothing has to be said.
    pub ssh: Option<Arc<str>>,
}

/// Why an environment has no feeds, as a sentence.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoFeeds {
    /// It was not seen.
    #[error("{} is only declared and was not found, so nothing is known of its logs", named(.0))]
    Unseen(EnvironmentKey),
    /// Its platform does not say where its logs are.
    #[error("nothing says where the logs of {} are: declare them in a section [[log_sources]], with groups or a command", named(.0))]
    Undeclared(EnvironmentKey),
    /// Nobody may log in to its server.
    #[error("nobody said how to log in to the server of {}: write ssh in its [[hosts]] section, and its logs come from there", named(.0))]
    NoLogin(EnvironmentKey),
}

/// An environment as a person calls it.
fn named(key: &EnvironmentKey) -> String {
    key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{} {region}", key.name))
}

/// The feeds of an environment.
///
/// # Errors
/// Why it has none.
pub fn feeds(catalogue: &Catalogue, environment: &Environment<'_>) -> Result<Vec<Feed>, NoFeeds> {
    let key = environment.key();
    let Some(source) = environment.source() else { return Err(NoFeeds::Unseen(key)) };
    let (app, tier, group) = (environment.app(), environment.tier(), environment.identity().map(|identity| &identity.app));
    let group = group.unwrap_or(&app);
    let declared: Vec<&DeclaredFeed> = catalogue.logs.declared.iter().filter(|declared| declared.fits(&key, group, &app, tier)).collect();
    let instances = environment.instances().map(|told| told.value.each.iter().map(|instance| instance.id.clone()).collect());
    let subject = Subject {
        site: source.scope.region.clone().map(|region| Site { connection: source.scope.connection.clone(), region }),
        host: catalogue.host(&key),
        instances: instances.unwrap_or_default(),
        live: catalogue.logs.live,
        request: catalogue.logs.request,
        key,
    };
    subject.feeds(&declared)
}

impl DeclaredFeed {
    fn fits(&self, key: &EnvironmentKey, group: &AppName, app: &AppName, tier: Tier) -> bool {
        self.app.as_ref().is_none_or(|wanted| wanted == app)
            && self.tier.is_none_or(|wanted| wanted == tier)
            && self.environments.fits(key, group)
    }
}

/// What of an environment decides about its feeds.
struct Subject<'a> {
    key: EnvironmentKey,
    /// Where it is on AWS.
    site: Option<Site>,
    host: Option<&'a Host>,
    instances: Vec<InstanceId>,
    live: bool,
    request: bool,
}

impl Subject<'_> {
    fn feeds(self, declared: &[&DeclaredFeed]) -> Result<Vec<Feed>, NoFeeds> {
        // Of several that say it the first counts, as everywhere in the configuration.
        let live = declared.iter().find_map(|declared| declared.live).unwrap_or(self.live);
        let mut feeds: Vec<Feed> = declared.iter().filter_map(|declared| self.groups(declared, live)).collect();
        feeds.extend(declared.iter().filter_map(|declared| self.command(declared)));
        let has_groups = feeds.iter().any(|feed| matches!(feed, Feed::Groups { .. }));
        match self.key.platform {
            Platform::Beanstalk if !has_groups => feeds.extend(self.beanstalk(live)),
            Platform::Host if feeds.is_empty() => feeds.extend(self.containers()),
            Platform::Beanstalk | Platform::Host | Platform::TargetGroup | Platform::TaggedEc2 => {}
        }
        if !feeds.is_empty() {
            return Ok(feeds);
        }
        let logs_in = self.host.is_some_and(|host| host.login.is_some());
        Err(if self.key.platform == Platform::Host && !logs_in { NoFeeds::NoLogin(self.key) } else { NoFeeds::Undeclared(self.key) })
    }

    fn groups(&self, declared: &DeclaredFeed, live: bool) -> Option<Feed> {
        if declared.groups.is_empty() {
            return None;
        }
        let names = declared.groups.iter().map(|group| NamePattern::new(&self.named(group))).collect();
        Some(Feed::Groups { site: self.site.clone()?, names, live: live.into() })
    }

    fn command(&self, declared: &DeclaredFeed) -> Option<Feed> {
        let command = declared.command.as_ref()?;
        let at = match (&command.ssh, &self.site, self.host) {
            (Some(to), Some(site), _) => Place::Instances { site: site.clone(), to: Arc::clone(to), ids: self.instances.clone() },
            (_, _, Some(host)) => Place::Host(host.login.clone()?),
            (_, _, None) => return None,
        };
        let what = Followed::Line(self.named(&command.line).into());
        Some(Feed::Command(Command { title: Arc::clone(&command.title), at, what }))
    }

    fn named(&self, text: &str) -> String {
        text.replace("{name}", self.key.name.as_str())
    }

    fn beanstalk(&self, live: bool) -> Option<Feed> {
        Some(Feed::Beanstalk { site: self.site.clone()?, environment: self.key.name.clone(), live: live.into(), request: self.request })
    }

    /// The containers of an app on a plain host: they are its own by the folder that it lives in.
    fn containers(&self) -> Option<Feed> {
        let host = self.host?;
        let folder = folder_on(host, &self.key.name)?;
        let what = Followed::Containers(folder.into());
        Some(Feed::Command(Command { title: "containers".into(), at: Place::Host(host.login.clone()?), what }))
    }
}

/// Where an environment lives on its server, as far as anybody said; a preview lives beside its app, under its own name.
fn folder_on(host: &Host, name: &EnvironmentName) -> Option<String> {
    let below = || host.folder.as_ref().map(|folder| format!("{}/{name}", folder.trim_end_matches('/')));
    match host.app_of(name) {
        Some((app, None)) => host.path(app),
        Some((app, Some(_))) => {
            let path = host.path(app)?;
            path.rsplit_once('/').map(|(beside, _)| format!("{beside}/{name}"))
        }
        None => below(),
    }
}
