//! The configuration that goes with a simulated world: what a person would write who has those systems.
//!
//! Each system of a built-in world has a file of its own in `systems`. Which accounts they are in,
//! and where their pages are, is known once the world runs.

use std::fmt::Write as _;

use quarterdeck_sim::Running;

use super::World;

/// A system that is in a built-in world.
struct System {
    /// The account that its environments are in, if they are in any.
    account: Option<Account>,
    /// All else that is to be said of it; `{host:NAME}` stands for where an app on a host is reached.
    text: &'static str,
}

/// An account of AWS, as the systems name it.
#[derive(Clone, Copy)]
struct Account {
    name: &'static str,
    /// The regions to read; those that hold environments where there are none.
    regions: &'static [&'static str],
}

const BEANSTALK: System = System { account: Some(Account { name: "main", regions: &[] }), text: include_str!("systems/beanstalk.toml") };
const GROWL: System =
    System { account: Some(Account { name: "growl", regions: &["us-west-1", "us-west-2"] }), text: include_str!("systems/growl.toml") };
const EAPD: System = System { account: Some(Account { name: "eapd", regions: &["us-east-1"] }), text: include_str!("systems/eapd.toml") };
const TOWLION: System = System { account: None, text: include_str!("systems/towlion.toml") };

const WIDE: System = System { account: Some(Account { name: "main", regions: &["us-west-2"] }), text: include_str!("systems/wide.toml") };

/// The built-in worlds with their systems, whose accounts are in the order of the world's.
const WORLDS: [(&str, &[System]); 6] = [
    ("default", &[BEANSTALK, GROWL, EAPD, TOWLION]),
    ("beanstalk", &[BEANSTALK]),
    ("growl", &[GROWL]),
    ("eapd", &[EAPD]),
    ("towlion", &[TOWLION]),
    ("wide", &[WIDE]),
];

/// What leads into a running world beside the variables that lead into its first account.
pub struct Configuration {
    /// The configuration file.
    pub text: String,
    /// A profile file of AWS for the further accounts, where there are any.
    pub profiles: Option<String>,
}

/// The configuration for a world that runs.
///
/// The first account is the default credential chain, each other one a profile. Of a world that is
/// not built in nothing is known but its accounts and the apps on its hosts.
#[must_use]
pub fn of(world: &World, running: &Running) -> Configuration {
    let name = world.built_in();
    let systems = WORLDS.iter().find(|(known, _)| Some(*known) == name).map_or(&[][..], |(_, systems)| systems);
    let known: Vec<Account> = systems.iter().filter_map(|system| system.account).collect();
    let mut text = String::from("# The systems of a simulated cloud: they are there for as long as it runs.\n");
    let mut profiles = String::new();
    // Where nothing is on AWS, there is no account to be read.
    let accounts = if known.is_empty() && !systems.is_empty() { Vec::new() } else { running.accounts() };
    for (number, (_, access_key, secret)) in accounts.into_iter().enumerate() {
        let unnamed = || (format!("sim-{number}"), &[][..]);
        let (name, regions) = known.get(number).map_or_else(unnamed, |account| (account.name.to_owned(), account.regions));
        let means = if number == 0 { "name" } else { "profile" };
        let _ = writeln!(text, "\n[[accounts]]\n{means} = \"{name}\"");
        if !regions.is_empty() {
            let _ = writeln!(text, "regions = {regions:?}");
        }
        if number > 0 {
            let _ = writeln!(profiles, "[{name}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n");
        }
    }
    for system in systems {
        let _ = write!(text, "\n{}", system.text);
    }
    if let Some((url, token)) = running.circleci() {
        // The token of a simulated CircleCI is no secret: whoever runs it is told.
        let _ = write!(text, "\n[circleci]\nurl = {url:?}\ntoken_command = [\"echo\", {token:?}]\n");
    }
    let (named, others): (Vec<_>, Vec<_>) = running.hosts().into_iter().partition(|(_, app, _)| is_named(systems, app));
    for (_, app, url) in named {
        text = text.replace(&place(&app), url.trim_end_matches('/'));
    }
    text.push_str(&declared(&others));
    Configuration { text, profiles: (!profiles.is_empty()).then_some(profiles) }
}

/// What stands in a system's text for where an app on a host is reached.
fn place(app: &str) -> String {
    format!("{{host:{app}}}")
}

/// Whether what is to be said of an app on a host is said: by itself, or with the app that it is a preview of.
fn is_named(systems: &[System], app: &str) -> bool {
    let app = app.split_once("-pr-").map_or(app, |(app, _)| app);
    systems.iter().any(|system| system.text.contains(&place(app)))
}

/// Apps on hosts of which nothing is known but where they are reached.
fn declared(hosts: &[(String, String, String)]) -> String {
    let mut text = String::new();
    let mut last = None;
    for (server, app, url) in hosts {
        if last != Some(server) {
            let _ = writeln!(text, "\n[[hosts]]\nname = \"{server}\"");
        }
        last = Some(server);
        let _ = writeln!(text, "\n[[hosts.apps]]\nname = \"{app}\"\nhealth = \"{}/health\"", url.trim_end_matches('/'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, parse};

    async fn settings(scenario: &str) -> (Settings, Configuration) {
        let world = World { scenario: Some(scenario.to_owned()), seed: None, speed: 1.0 };
        let options = super::super::options(([127, 0, 0, 1], 0).into(), &world);
        let running = quarterdeck_sim::start(options).await.unwrap_or_else(|error| panic!("{error}"));
        let configuration = of(&world, &running);
        let settings = parse(&configuration.text, "a configuration").unwrap_or_else(|findings| panic!("{findings}"));
        (settings, configuration)
    }

    #[tokio::test]
    async fn the_configuration_of_every_built_in_world_has_no_mistakes() {
        for (name, _) in quarterdeck_sim::scenario::BUILT_IN.into_iter().filter(|(name, _)| *name != "large") {
            let (settings, configuration) = settings(name).await;
            assert!(!configuration.text.contains('{') || !configuration.text.contains("{host"), "{name}: {}", configuration.text);
            let is_known = WORLDS.iter().any(|(known, _)| *known == name);
            assert_eq!(is_known, !settings.catalogue.apps.is_empty(), "{name}");
            assert_eq!(
                settings.catalogue.hosts.len(),
                match name {
                    "default" | "towlion" => 2,
                    "wide" => 200,
                    _ => 0,
                },
                "{name}"
            );
        }
    }

    #[tokio::test]
    async fn each_account_but_the_first_is_a_profile() {
        let (whole, configuration) = settings("default").await;
        let names: Vec<(&str, bool)> =
            whole.accounts.iter().map(|account| (account.connection.as_str(), account.profile.is_some())).collect();
        assert_eq!(names, [("main", false), ("growl", true), ("eapd", true)]);
        let profiles = configuration.profiles.unwrap_or_default();
        assert!(profiles.contains("[growl]\naws_access_key_id = AKIASIM0444455556666\n"), "{profiles}");
        let (alone, configuration) = settings("eapd").await;
        assert_eq!((alone.accounts.len(), configuration.profiles), (1, None));
        let (elsewhere, _) = settings("towlion").await;
        assert!(elsewhere.accounts.is_empty(), "{:?}", elsewhere.accounts);
    }
}
