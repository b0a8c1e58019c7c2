//! `quarterdeck demo`: the console on a simulated cloud in the same process.
//!
//! Endpoint, credentials and settings are handed in: the demo reads nothing of
//! the user's configuration, environment, folders or credentials.

use std::net::SocketAddr;

use super::{Common, Exit, World, complain, sim};
use crate::aws::{Access, ConnectionSettings, Keys};
use crate::config::Settings;
use crate::forge::Way;
use crate::github::{GitHubSettings, Token};
use crate::locks::{self, Keeping};
use crate::operations;
use crate::ops::audit::Audit;
use crate::shell::{self, Console, Ways};

/// What the demo's own configuration says.
const SETTINGS: &str = include_str!("demo.toml");

/// Opens the console on a simulated cloud.
pub async fn run(common: &Common, world: &World) -> Exit {
    // Only the default world is known to the demo's configuration.
    let text = if world.is_default() { SETTINGS } else { "" };
    let settings = match crate::config::parse(text, "demo.toml") {
        Ok(settings) => Settings { path: None, ..settings },
        Err(findings) => {
            complain(&findings);
            return Exit::Usage;
        }
    };
    let settings = common.apply(settings);
    let options = sim::options(SocketAddr::from(([127, 0, 0, 1], 0)), world);
    let (regions, timeout) = (settings.regions.clone(), settings.reading.timeout);
    // A world of the user's own may make no sense: that is said while there is no screen yet.
    // The demo's own is good, and its first frame waits for nothing.
    let started = if world.is_default() { None } else { Some(quarterdeck_sim::start(options.clone()).await) };
    let started = match started.transpose() {
        Ok(started) => started,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let begin = async move {
        let running = match started {
            Some(running) => running,
            None => quarterdeck_sim::start(options).await.map_err(|error| error.to_string())?,
        };
        let connections = running.accounts().into_iter().enumerate().map(|(number, (_, access_key, secret))| ConnectionSettings {
            connection: if number == 0 { "demo".into() } else { format!("demo-{}", number + 1).into() },
            profile: None,
            regions: regions.clone(),
            timeout,
            access: Access { endpoint: Some(running.url()), keys: Some(Keys { access_key, secret, session: None }), isolated: true },
        });
        let connections = connections.collect();
        let way = |(url, token): (String, String)| Way {
            settings: GitHubSettings::new(Some(url), Token::known(&token)),
            // The demo leaves no file behind.
            audit: Ok(Audit::nowhere()),
        };
        let github = running.github().map(way);
        // It serves for as long as this process lives.
        tokio::spawn(running.wait());
        let locks = locks::Way { keeping: Keeping::Memory, audit: Ok(Audit::nowhere()) };
        let operations = operations::Way { keeping: operations::Kept::passing(), audit: Ok(Audit::nowhere()) };
        Ok(Ways { connections, github, locks, operations })
    };
    // It holds the whole program: on the heap.
    Box::pin(shell::run(Console { settings, world: Some("demo") }, begin)).await
}
