//! `quarterdeck sim`: serve the simulated cloud.

use std::net::SocketAddr;

use quarterdeck_sim::{ScenarioSource, start};

use super::{Exit, World, answer, complain};

/// The scenario where none is named.
const DEFAULT: &str = "default";

/// The simulated cloud's options for a world.
#[must_use]
pub fn options(listen: SocketAddr, world: &World) -> quarterdeck_sim::Options {
    let scenario = ScenarioSource::choose(world.scenario.as_deref(), world.seed);
    quarterdeck_sim::Options { listen, scenario, seed: world.seed, speed: world.speed, ..quarterdeck_sim::Options::default() }
}

impl World {
    /// Whether it is the world that the demo's own configuration knows.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.scenario.as_deref().map_or(self.seed.is_none(), |name| name == DEFAULT)
    }
}

/// An address to listen on, as it is typed.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    let named = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let advice = |_| "write an address and a port, such as 127.0.0.1:4566; port 0 finds a free one".to_owned();
    named.as_deref().unwrap_or(text).parse().map_err(advice)
}

/// A speed, as it is typed.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    let speed = text.parse().ok().filter(|speed| *speed > 0.0 && *speed <= 1_000.0);
    speed.ok_or_else(|| "write a number above 0 and up to 1000".to_owned())
}

/// Serves until ended.
pub async fn run(listen: SocketAddr, world: &World) -> Exit {
    let running = match start(options(listen, world)).await {
        Ok(running) => running,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let variables = running.environment();
    let lines: String = variables.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
    if !answer(&lines) {
        return Exit::Failed;
    }
    running.wait().await;
    Exit::Complete
}
