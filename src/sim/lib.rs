//! The simulated cloud: a server on loopback that speaks the wire of AWS,
//! GitHub and CircleCI over a world that moves.
//!
//! It shares no code with anything that reads it, and uses no AWS SDK: that
//! the two agree is evidence. [`start`] makes a world from a scenario and
//! serves it; beside the services, `/_sim/` tells the truth, lists the calls
//! received and takes orders to misbehave.
//!
//! ```text
//! sockets ─ server ─► desk ─► calls, faults, sign
//!              │        ├──► aws/…      operations over the world, XML out
//!              │        └──► control    /_sim/
//!              ├──► github/serve        REST and GraphQL, JSON out; git beside it
//!              ├──► circleci/serve      API v2, JSON out
//!              └──► host/serve          pages of apps, each on a port of its own
//! world ◄─ motion, script   what is scheduled happens, each at its own moment
//!       ◄─ scenario, generate   how it begins
//! ```

#![forbid(unsafe_code)]

pub mod application;
pub mod aws;
pub mod calls;
pub mod chance;
pub mod circleci;
pub mod compute;
mod control;
pub mod desk;
pub mod environment;
pub mod events;
pub mod faults;
mod generate;
pub mod github;
pub mod health;
pub mod history;
pub mod host;
pub mod logs;
pub mod metrics;
pub mod moment;
pub mod motion;
pub mod registry;
pub mod scenario;
pub mod script;
mod server;
pub mod settings;
pub mod sign;
pub mod version;
pub mod wire;
pub mod world;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::desk::Desk;
use crate::moment::Present;
pub use crate::scenario::Mistake;
use crate::scenario::Source;

/// How a simulated cloud is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens: a loopback address; port 0 finds a free one.
    pub listen: SocketAddr,
    /// What its world is made from.
    pub scenario: ScenarioSource,
    /// The seed, in place of the scenario's.
    pub seed: Option<u64>,
    /// Scripted things happen that many times sooner.
    pub speed: f64,
    /// The git that builds repositories, where a scenario has any.
    pub git: OsString,
    /// What time it is; the world begins now.
    pub present: Present,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            scenario: ScenarioSource::BuiltIn(String::from("default")),
            seed: None,
            speed: 1.0,
            git: OsString::from("git"),
            present: Present::Passing,
        }
    }
}

/// Where a scenario comes from.
#[derive(Clone, Debug)]
pub enum ScenarioSource {
    /// One of those that are built in, by name.
    BuiltIn(String),
    /// A TOML file.
    File(PathBuf),
    /// TOML itself.
    Text(String),
}

impl ScenarioSource {
    /// What a person means who gives these two, either, or neither: without a
    /// scenario a seed generates a world, and without both there is the default.
    #[must_use]
    pub fn choose(scenario: Option<&str>, seed: Option<u64>) -> Self {
        match (scenario, seed) {
            (Some(text), _) => Self::named(text),
            (None, Some(_)) => Self::BuiltIn(String::from("generated")),
            (None, None) => Self::BuiltIn(String::from("default")),
        }
    }

    /// What a person means by `--scenario`: a file where it looks like one
    /// (a slash, or `.toml` at its end), else the name of a built-in.
    #[must_use]
    pub fn named(text: &str) -> Self {
        if text.contains('/') || Path::new(text).extension().is_some_and(|ending| ending == "toml") {
            Self::File(PathBuf::from(text))
        } else {
            Self::BuiltIn(text.to_owned())
        }
    }

    fn source(&self) -> Result<Source, Error> {
        match self {
            Self::BuiltIn(name) => Ok(Source::built_in(name)?),
            Self::Text(text) => Ok(Source { file: String::from("scenario"), text: text.clone() }),
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
                Ok(Source { file: path.display().to_string(), text })
            }
        }
    }
}

/// Why a simulated cloud does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address can be reached from elsewhere.
    #[error(
        "the simulated cloud listens on loopback only, since anyone who reaches it may write to it: use 127.0.0.1:{port} instead of {0}",
        port = .0.port()
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}; another --listen address, or port 0 for any that is free, may do")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The scenario's file cannot be read.
    #[error("cannot read the scenario {path}: {source}", path = .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The scenario makes no sense.
    #[error(transparent)]
    Scenario(#[from] Mistake),
    /// Time cannot pass at such a speed.
    #[error("a speed is a number above 0 and up to 1000, not {0}")]
    Speed(f64),
}

/// A simulated cloud that listens. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    desk: Arc<Desk>,
    listeners: JoinSet<()>,
}

/// Starts a simulated cloud on the current Tokio runtime.
///
/// # Errors
///
/// When the address is not loopback or cannot be had, or the scenario cannot
/// be read or makes no sense: each a sentence for a person.
pub async fn start(options: Options) -> Result<Running, Error> {
    if !options.listen.ip().is_loopback() {
        return Err(Error::NotLoopback(options.listen));
    }
    if !(options.speed > 0.0 && options.speed <= 1_000.0) {
        return Err(Error::Speed(options.speed));
    }
    let source = options.scenario.source()?;
    let mut world = scenario::populate::build(&source, options.seed, options.speed, options.present.now())?;
    let listener = bind(options.listen).await?;
    let addr = listener.local_addr().map_err(|source| Error::Listen { address: options.listen, source })?;
    let mut sites = Vec::new();
    for slot in 0..world.hosts.len() {
        let address = SocketAddr::new(addr.ip(), 0);
        let site = bind(address).await?;
        let own = site.local_addr().map_err(|source| Error::Listen { address, source })?;
        world.reach_host(slot, &format!("http://{own}"));
        sites.push(site);
    }
    let desk = Arc::new(Desk::new(world, options.git).at(options.present));
    let mut listeners = JoinSet::new();
    for (slot, site) in sites.into_iter().enumerate() {
        listeners.spawn(server::listen(site, Arc::clone(&desk), Some(slot)));
    }
    listeners.spawn(server::listen(listener, Arc::clone(&desk), None));
    Ok(Running { addr, desk, listeners })
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address).await.map_err(|source| Error::Listen { address, source })
}

impl Running {
    /// Where it listens.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The environment variables that point clients at it: those of AWS, for the
    /// first account, and those of GitHub where the scenario has repositories.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let mut variables = vec![(String::from("AWS_ENDPOINT_URL"), self.url())];
        if let Some((url, token)) = self.github() {
            variables.extend([(String::from("GITHUB_API_URL"), url), (String::from("GITHUB_TOKEN"), token)]);
        }
        if let Some(account) = self.desk.state().world.accounts.first() {
            variables.push((String::from("AWS_ACCESS_KEY_ID"), account.access_key.to_string()));
            variables.push((String::from("AWS_SECRET_ACCESS_KEY"), account.secret_key.to_string()));
        }
        variables
    }

    /// Where GitHub's REST is (GraphQL is at `/graphql` below it), and the
    /// token: where the scenario has repositories.
    #[must_use]
    pub fn github(&self) -> Option<(String, String)> {
        let state = self.desk.state();
        let github = &state.world.github;
        (!github.repositories.is_empty()).then(|| (self.url(), github.token.to_string()))
    }

    /// Where its CircleCI is, and the token, where the world has projects.
    #[must_use]
    pub fn circleci(&self) -> Option<(String, String)> {
        let state = self.desk.state();
        let circleci = &state.world.circleci;
        (!circleci.projects.is_empty()).then(|| (self.url(), circleci.token.clone()))
    }

    /// Where git keeps the repositories, once GitHub was asked for anything.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.desk.git.path()
    }

    /// The apps on hosts: the server, the app's name there, and where it is reached.
    #[must_use]
    pub fn hosts(&self) -> Vec<(String, String, String)> {
        let state = self.desk.state();
        let hosts = state.world.hosts.iter();
        hosts.map(|host| (host.server.to_string(), host.name.to_string(), host.url.clone())).collect()
    }

    /// The accounts: id, access key, secret key.
    #[must_use]
    pub fn accounts(&self) -> Vec<(String, String, String)> {
        let state = self.desk.state();
        let accounts = state.world.accounts.iter();
        accounts.map(|a| (a.id.to_string(), a.access_key.to_string(), a.secret_key.to_string())).collect()
    }

    /// The regions that hold environments or instances, in the order of their names.
    #[must_use]
    pub fn regions(&self) -> Vec<String> {
        let state = self.desk.state();
        let held = state.world.sites.iter().filter(|(_, site)| !site.environments.is_empty()).map(|(place, _)| place);
        let own = state.world.compute.groups.iter().map(|group| &group.place);
        let own = own.chain(state.world.compute.machines.iter().map(|machine| &machine.place));
        let mut regions: Vec<String> = held.chain(own).map(|place| place.region.to_string()).collect();
        regions.sort();
        regions.dedup();
        regions
    }

    /// Stops it: no more connections, and those that there are end.
    pub async fn stop(mut self) {
        self.listeners.shutdown().await;
    }

    /// Waits for as long as it listens.
    pub async fn wait(mut self) {
        while self.listeners.join_next().await.is_some() {}
    }
}
