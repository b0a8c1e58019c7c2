//! `quarterdeck sim`: serve the simulated cloud.

pub mod configuration;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use quarterdeck_sim::scenario::BUILT_IN;
use quarterdeck_sim::{ScenarioSource, start};

use configuration::Configuration;

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
    /// The built-in scenario that it is, if it is one.
    #[must_use]
    pub fn built_in(&self) -> Option<&str> {
        match ScenarioSource::choose(self.scenario.as_deref(), self.seed) {
            ScenarioSource::BuiltIn(name) => BUILT_IN.iter().map(|(known, _)| *known).find(|known| *known == name),
            ScenarioSource::File(_) | ScenarioSource::Text(_) => None,
        }
    }

    /// Whether it is the world that the demo opens where nothing else is asked for.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.built_in() == Some(DEFAULT)
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
pub async fn run(listen: SocketAddr, world: &World, config_out: Option<&Path>) -> Exit {
    let running = match start(options(listen, world)).await {
        Ok(running) => running,
        Err(error) => {
            complain(&error);
            return Exit::Usage;
        }
    };
    let mut variables = running.environment();
    if let Some(path) = config_out {
        match write(path, &configuration::of(world, &running)) {
            // First, since whoever reads these may wait for the keys.
            Ok(further) => variables.splice(0..0, further).for_each(drop),
            Err(sentence) => {
                complain(&sentence);
                return Exit::Usage;
            }
        }
    }
    let lines: String = variables.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect();
    if !answer(&lines) {
        return Exit::Failed;
    }
    running.wait().await;
    Exit::Complete
}

/// Writes a configuration, and beside it the profiles that it names. Returns the variables that lead there.
fn write(path: &Path, configuration: &Configuration) -> Result<Vec<(String, String)>, String> {
    let path = std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut beside = path.clone().into_os_string();
    beside.push(".aws");
    let mut files = vec![(path, configuration.text.as_str(), &["QUARTERDECK_CONFIG"][..])];
    // Both are named: of this shell's own profiles none is to be taken for one of these.
    let names = &["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"][..];
    files.extend(configuration.profiles.as_deref().map(|text| (PathBuf::from(beside), text, names)));
    if let Some((taken, _, _)) = files.iter().find(|(path, _, _)| path.exists()) {
        return Err(format!("{} is there already: nothing is written over it; name another file", taken.display()));
    }
    let mut variables = Vec::new();
    for (path, text, names) in files {
        let failed = |error: std::io::Error| format!("cannot write {}: {error}; name another file", path.display());
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        variables.extend(names.iter().map(|name| ((*name).to_owned(), path.display().to_string())));
    }
    Ok(variables)
}

/// A value as a shell reads it: in quotes where it has to be.
fn quoted(value: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-+@%,=".contains(&byte);
    if value.bytes().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_word_for_a_shell() {
        for (value, word) in [("http://127.0.0.1:1", "http://127.0.0.1:1"), ("/a b/c", "'/a b/c'"), ("it's $HOME", r"'it'\''s $HOME'")] {
            assert_eq!(quoted(value), word);
        }
    }
}
