//! `quarterdeck demo`: the console on a simulated cloud in the same process.
//!
//! Endpoint, credentials and settings are handed in: the demo reads nothing of
//! the user's configuration, environment, folders or credentials.

use std::net::SocketAddr;

use quarterdeck_sim::Running;

use super::{Common, Exit, World, complain, sim};
use crate::aws::{Access, ConnectionSettings, Keys};
use crate::config::Settings;
use crate::forge::Way;
use crate::github::{GitHubSettings, Token};
use crate::locks::{self, Keeping};
use crate::operations;
use crate::ops::audit::Audit;
use crate::remember;
use crate::shell::{self, Console, Ways};

/// Opens the console on a simulated cloud.
pub async fn run(common: &Common, world: &World) -> Exit {
    let options = sim::options(SocketAddr::from(([127, 0, 0, 1], 0)), world);
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
    // How it looks is known at once; what there is, once the world runs.
    let settings = common.apply(Settings::default());
    let (common, world) = (common.clone(), world.clone());
    let begin = async move {
        let running = match started {
            Some(running) => running,
            None => quarterdeck_sim::start(options).await.map_err(|error| error.to_string())?,
        };
        let text = sim::configuration::of(&world, &running).text;
        let settings = crate::config::parse(&text, "the demo's configuration").map_err(|findings| findings.to_string())?;
        let settings = common.apply(Settings { path: None, ..settings });
        let ways = ways(&settings, &running);
        // It serves for as long as this process lives.
        tokio::spawn(running.wait());
        Ok((settings, ways))
    };
    // It holds the whole program: on the heap.
    Box::pin(shell::run(Console { settings, world: Some("demo"), memory: remember::Way::Nowhere }, begin)).await
}

/// The ways into a world that runs, with nothing of this machine's own.
#[must_use]
pub fn ways(settings: &Settings, running: &Running) -> Ways {
    // The accounts of its configuration are in the order of the world's.
    let accounts = settings.accounts.iter().zip(running.accounts());
    let connection = |(account, (_, access_key, secret)): (&crate::config::Account, (String, String, String))| ConnectionSettings {
        connection: account.connection.clone(),
        profile: None,
        regions: settings.regions_of(account).map(<[_]>::to_vec),
        timeout: settings.reading.timeout,
        login: Vec::new(),
        access: Access { endpoint: Some(running.url()), keys: Some(Keys { access_key, secret, session: None }), isolated: true },
        role: account.role.clone(),
        writing: account.writing.clone(),
    };
    let way = |(url, token): (String, String)| Way {
        settings: GitHubSettings::new(Some(url), Token::known(&token)),
        // The demo leaves no file behind.
        audit: Ok(Audit::nowhere()),
    };
    Ways {
        connections: accounts.map(connection).collect(),
        github: running.github().map(way),
        locks: locks::Way { keeping: Keeping::Memory, audit: Ok(Audit::nowhere()) },
        operations: operations::Way { keeping: operations::Kept::passing(), audit: Ok(Audit::nowhere()) },
    }
}
