//! Read-only: every command is pressed on every screen of worlds with every kind of environment, and nothing is written.

use std::collections::BTreeSet;

use quarterdeck::app::command::COMMANDS;
use quarterdeck::app::history::Place;
use quarterdeck::app::state::State;
use quarterdeck::model::id::Platform;
use serde_json::json;

use crate::support::desk::TILL;
use crate::support::live::Live;
use crate::support::sim::Sim;
use crate::support::systems::{EAPD, GROWL, towlion};

const TILL_SETTINGS: &str = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n\n[apps.till]\n";
/// Everything that is ever typed to confirm something.
const CONFIRMED: &str = "'y enter 'v2 enter";

const fn kind(place: &Place) -> &'static str {
    match place {
        Place::Fleet => "fleet",
        Place::Environment(_) => "environment",
        Place::Pending(_) => "pending",
        Place::Promotions => "promotions",
        Place::Sheet(..) => "sheet",
        Place::Operations => "operations",
        Place::Logs(_) => "logs",
        Place::Previews => "previews",
        Place::Timeline(_) => "timeline",
        Place::Properties(_) => "properties",
    }
}

/// Presses every command by each of its keys, and calls it by its name, on each screen of this world; the screens that it was on.
async fn press_all(sim: &Sim, settings: &str, environments: &[&str]) -> BTreeSet<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    sim.post("/_sim/read-only", &json!({"on": true})).await;
    let mut console = Live::on(sim, &format!("read_only = true\n{settings}"), folder.path());
    for name in environments {
        let is_there = |state: &State| state.fleet.environments().any(|it| it.key().name.as_str() == *name);
        console.until(name, is_there).await.keys(&format!(": '{name} enter"));
        // Nobody may log in to a plain host of this world: it has no instances that could be read.
        let is_read = |state: &State| {
            state
                .fleet
                .environments()
                .any(|it| it.key().name.as_str() == *name && (it.key().platform == Platform::Host || it.instances().is_some()))
        };
        console.until(name, is_read).await;
    }
    let opened = environments.iter().map(|name| format!(": '{name} enter"));
    let has_properties = console.state.fleet.environments().any(|it| it.key().platform == Platform::Beanstalk);
    let properties = has_properties.then(|| format!(": '{} enter p", environments[0]));
    let screens: Vec<String> =
        ["1", "2", "3", "3 enter", "4", "5", "6", "7"].into_iter().map(str::to_owned).chain(opened).chain(properties).collect();
    let mut seen = BTreeSet::new();
    for screen in &screens {
        for command in COMMANDS {
            for key in command.keys {
                console.keys(&format!("esc esc esc 1 {screen}"));
                seen.insert(kind(console.state.place()));
                console.keys(&format!("{key} {CONFIRMED} '{} enter y", environments[0]));
            }
            console.keys(&format!("esc esc esc 1 {screen} : '{} enter {CONFIRMED} '{} enter y esc esc", command.name, environments[0]));
        }
    }
    assert_eq!((sim.refused().await, sim.writes().await), (0, Vec::new()));
    assert!(!folder.path().join("audit.jsonl").exists() && !folder.path().join("operations").exists());
    assert_eq!(console.state.operations.in_order(), []);
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_to_elastic_beanstalk_whatever_is_pressed() {
    let sim = Sim::of(TILL, 1.0).await;
    let seen = press_all(&sim, TILL_SETTINGS, &["till-prod", "till-staging"]).await;
    assert!(seen.contains("properties"), "{seen:?}");
}

/// With a repository whose runs wait for somebody, so that there is a sheet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_to_target_groups_and_to_github_whatever_is_pressed() {
    let sim = Sim::built_in("growl").await;
    let rolling = "\n[target_groups.rolling]\ncommand = \"make ecr-deploy IMAGE_TAG={tag}\"\n";
    let _ = press_all(&sim, &[GROWL, rolling].concat(), &["growl-prod"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_to_tagged_instances_whatever_is_pressed() {
    let sim = Sim::built_in("eapd").await;
    let seen = press_all(&sim, EAPD, &["production", "pr-4310"]).await;
    assert_eq!(seen, BTreeSet::from(["environment", "fleet", "logs", "operations", "pending", "previews", "promotions", "timeline"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_written_to_plain_hosts_whatever_is_pressed() {
    let sim = Sim::built_in("towlion").await;
    let settings = towlion(&sim).await;
    let _ = press_all(&sim, &settings, &["wit"]).await;
}
