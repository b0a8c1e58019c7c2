//! `quarterdeck sim`: serve the simulated cloud.

use std::io::Write as _;
use std::net::SocketAddr;

use quarterdeck_sim::{ScenarioSource, start};

use super::{Exit, World, complain};

/// The simulated cloud's options for a world.
#[must_use]
pub fn options(listen: SocketAddr, world: &World) -> quarterdeck_sim::Options {
    quarterdeck_sim::Options { listen, scenario: ScenarioSource::named(&world.scenario), seed: world.seed, speed: world.speed }
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
    let mut out = std::io::stdout();
    // Who reads the variables through a pipe may close it after them.
    let _ = out.write_all(lines.as_bytes()).and_then(|()| out.flush());
    running.wait().await;
    Exit::Complete
}
