//! Plain hosts as they were declared: which apps live on which server, and how each is reached.
//!
//! What stands here came out of the configuration. Its texts are the user's own; what a server or a
//! page answers is told in sightings.

use std::path::PathBuf;
use std::sync::Arc;

use super::catalogue::{Placement, Selector, Tier};
use super::destination::Destination;
use super::id::{AccountId, AppName, Connection, EnvironmentKey, EnvironmentName, Platform, PullNumber, Repository};
use super::probe::Expectation;

/// A server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// Its name in keys and on screens.
    pub name: AccountId,
    /// How a command is run there; without it nothing is.
    pub login: Option<Login>,
    /// The folder whose folders are apps, where what is not declared is looked for too: `/opt/apps`.
    pub folder: Option<Arc<str>>,
    /// The apps that are known to live there.
    pub apps: Vec<HostedApp>,
}

/// How the system's ssh is called for a server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Login {
    /// Whereto.
    pub to: Destination,
    /// A configuration file of ssh in place of the user's own.
    pub config: Option<PathBuf>,
    /// Further options, such as `Port=2222`.
    pub options: Vec<String>,
}

/// An app on a server: one environment, and its previews.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HostedApp {
    /// The environment's name, and the app's where nothing else is said.
    pub name: EnvironmentName,
    /// What it is for.
    pub tier: Tier,
    /// The page that says how it is.
    pub health: Option<HealthPage>,
    /// Where it lives on the server; below the server's folder, where nothing is said.
    pub path: Option<Arc<str>>,
    /// The name of its environment in GitHub's record of deployments.
    pub deployment: Arc<str>,
    /// The label of issues that are alerts; none where nobody looks for any.
    pub alerts: Option<Arc<str>>,
    /// What the names of those steps of a deploy hold that migrate a database, whatever their capitals.
    pub migration_step: Arc<str>,
    /// The command that restarts it there; that of docker compose, where nothing is said.
    pub restart: Option<Arc<str>>,
    /// Its previews, where it has some.
    pub previews: Option<Previews>,
}

/// A page that says how something is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HealthPage {
    /// Its address.
    pub address: Arc<str>,
    /// What its body has to say.
    pub expected: Expectation,
}

/// The previews of an app: one environment for each open pull request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Previews {
    /// The repository whose pull requests they are.
    pub repository: Repository,
    /// Where a preview says how it is, below its own address: `/health`.
    pub page: Arc<str>,
    /// Whether somebody said that they have the secrets that production has.
    pub shares_secrets: bool,
}

/// A page that is asked of environments of any platform.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Which environments, by their names and regions.
    pub environments: Selector,
    /// Of these apps only; of any, where none is named.
    pub apps: Vec<AppName>,
    /// Of these tiers only; of any, where none is named.
    pub tiers: Vec<Tier>,
    /// On these platforms only; on any, where none is named.
    pub platforms: Vec<Platform>,
    /// A whole address, in which `{name}` and `{region}` stand for the environment's and `{host}` for where it is
    /// reached; or a path below that.
    pub page: Arc<str>,
    /// What the body has to say.
    pub expected: Expectation,
}

impl Host {
    /// The key of what lives there under this name.
    #[must_use]
    pub fn key(&self, name: EnvironmentName) -> EnvironmentKey {
        EnvironmentKey { platform: Platform::Host, account: Some(self.name.clone()), region: None, name }
    }

    /// The way in to the server itself.
    #[must_use]
    pub fn connection(&self) -> Connection {
        Connection::from(self.name.as_str())
    }

    /// The way by which GitHub tells of its previews.
    #[must_use]
    pub fn previews_connection(&self) -> Connection {
        Connection::from(format!("{} previews", self.name))
    }

    /// Where an app lives there, as far as anybody said.
    #[must_use]
    pub fn path(&self, app: &HostedApp) -> Option<String> {
        let below = || self.folder.as_ref().map(|folder| format!("{}/{}", folder.trim_end_matches('/'), app.name));
        app.path.as_deref().map(str::to_owned).or_else(below)
    }

    /// The app that this environment is, or is a preview of, with the preview's pull request.
    #[must_use]
    pub fn app_of<'h>(&'h self, name: &EnvironmentName) -> Option<(&'h HostedApp, Option<PullNumber>)> {
        if let Some(app) = self.apps.iter().find(|app| app.name == *name) {
            return Some((app, None));
        }
        let (base, pull) = preview(name.as_str())?;
        let app = self.apps.iter().find(|app| app.name.as_str() == base)?;
        Some((app, Some(pull)))
    }
}

impl HostedApp {
    /// The name of the environment that shows this pull request: as its folder on the server is called.
    #[must_use]
    pub fn preview(&self, pull: PullNumber) -> EnvironmentName {
        EnvironmentName::from(format!("{}-pr-{pull}", self.name))
    }

    /// The grouping it belongs to.
    #[must_use]
    pub fn group(&self) -> AppName {
        AppName::from(self.name.as_str())
    }
}

/// An app's name and the number of a pull request, from `app-pr-12`.
#[must_use]
pub fn preview(name: &str) -> Option<(&str, PullNumber)> {
    let (base, number) = name.rsplit_once("-pr-")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && !number.starts_with('0');
    let number = number.parse().ok().filter(|_| is_number)?;
    (!base.is_empty()).then_some((base, PullNumber(number)))
}

impl Probe {
    /// Whether it is asked of this environment, which belongs there.
    #[must_use]
    pub fn fits(&self, key: &EnvironmentKey, placement: &Placement) -> bool {
        fn any<T: PartialEq>(wanted: &[T], own: &T) -> bool {
            wanted.is_empty() || wanted.contains(own)
        }
        any(&self.apps, &placement.app)
            && any(&self.tiers, &placement.tier)
            && any(&self.platforms, &key.platform)
            && self.environments.fits(key, &placement.app)
    }

    /// The address to ask of this environment, which is reached at `url`; none where it is not known.
    #[must_use]
    #[expect(clippy::literal_string_with_formatting_args, reason = "these are placeholders of the configuration's own")]
    pub fn address(&self, key: &EnvironmentKey, url: Option<&str>) -> Option<String> {
        if self.page.starts_with('/') {
            let base = url?.trim_end_matches('/');
            let base = if base.contains("://") { base.to_owned() } else { format!("http://{base}") };
            return Some(format!("{base}{}", self.page));
        }
        let region = key.region.as_ref().map_or("", |region| region.as_str());
        // A name from outside must not lead elsewhere: `x@evil.example`, `x/..`.
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !is_plain(key.name.as_str()) || !is_plain(region) {
            return None;
        }
        let page = self.page.replace("{name}", key.name.as_str()).replace("{region}", region);
        if !page.contains("{host}") {
            return Some(page);
        }
        let host = host_of(url?);
        // A port, or an address of IPv6, beside what a name has.
        let is_host =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'[' | b']'));
        (!host.is_empty() && is_host(host)).then(|| page.replace("{host}", host))
    }
}

/// The host of an address, with its port where it has one, whether a scheme stands before it or not.
fn host_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_told_by_its_name() {
        assert_eq!(preview("wit-pr-12"), Some(("wit", PullNumber(12))));
        assert_eq!(preview("a-pr-1-pr-2"), Some(("a-pr-1", PullNumber(2))));
        for other in ["wit", "wit-pr-", "wit-pr-x", "wit-pr--1", "-pr-1", "wit-pr-01", "wit-pr-+1", "wit-pr-99999999999999999999"] {
            assert_eq!(preview(other), None, "{other}");
        }
    }

    #[test]
    fn a_page_is_a_whole_address_or_below_where_the_environment_is_reached() {
        let probe = |page: &str| probe(page, vec![], vec![], vec![]);
        let key: EnvironmentKey = "beanstalk:1:us-west-1:h-prod".parse().unwrap();
        let address = |page: &str, url| probe(page).address(&key, url);
        let placeholders = "https://NAME.REGION.example.com/x".replace("NAME", "{name}").replace("REGION", "{region}");
        assert_eq!(address("/_status", Some("h.example.com/")).as_deref(), Some("http://h.example.com/_status"));
        assert_eq!(address("/_status", Some("https://h.example.com")).as_deref(), Some("https://h.example.com/_status"));
        assert_eq!(address("/_status", None), None);
        assert_eq!(address(&placeholders, None).as_deref(), Some("https://h-prod.us-west-1.example.com/x"));
        // Who is told by a name alone where something is reached says with it how.
        let secret = "https://HOST/api/heartbeat".replace("HOST", "{host}");
        for (url, expected) in [
            ("ec2-1.example.com", Some("https://ec2-1.example.com/api/heartbeat")),
            ("http://h.example.com:8080/x", Some("https://h.example.com:8080/api/heartbeat")),
            ("user@evil.example.com", None),
            ("", None),
        ] {
            assert_eq!(address(&secret, Some(url)).as_deref(), expected, "{url}");
        }
        assert_eq!(address(&secret, None), None);
    }

    fn probe(page: &str, apps: Vec<AppName>, tiers: Vec<Tier>, platforms: Vec<Platform>) -> Probe {
        Probe { environments: Selector::default(), apps, tiers, platforms, page: page.into(), expected: Expectation::Usual }
    }

    #[test]
    fn a_probe_is_for_apps_tiers_and_platforms_that_it_names() {
        let key: EnvironmentKey = "beanstalk:1:us-west-1:h-prod".parse().unwrap();
        let here = Placement { app: "h".into(), tier: Tier::Production };
        for (apps, tiers, platforms, fits) in [
            (vec![], vec![], vec![], true),
            (vec!["h".into(), "via".into()], vec![Tier::Production], vec![Platform::Beanstalk], true),
            (vec!["via".into()], vec![], vec![], false),
            (vec![], vec![Tier::Staging, Tier::Preview], vec![], false),
            (vec![], vec![], vec![Platform::Host], false),
        ] {
            assert_eq!(probe("/x", apps.clone(), tiers, platforms).fits(&key, &here), fits, "{apps:?}");
        }
    }
}
