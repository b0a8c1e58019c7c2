//! Target groups and tagged instances: what is told of a world at rest is what is true there.

use std::collections::BTreeMap;
use std::sync::Arc;

use quarterdeck::config::{Settings, parse};
use quarterdeck::model::environment::Environment;
use quarterdeck::model::fleet::Fleet;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::ops::reader::Report;
use quarterdeck::sources;
use serde_json::Value;

use super::judge::sorted;
use crate::support::sim::Sim;
use crate::support::systems::{EAPD, GROWL};

/// Everything that there is to read of a built-in world, each question once.
async fn read(world: &str, configuration: &str) -> (Sim, Fleet) {
    let sim = Sim::built_in(world).await;
    let fleet = read_of(&sim, configuration).await;
    (sim, fleet)
}

async fn read_of(sim: &Sim, configuration: &str) -> Fleet {
    let settings: Settings = parse(configuration, "test.toml").unwrap();
    let mut fleet = Fleet::new(Arc::new(settings.catalogue.clone()));
    let mut reading = sources::read(&settings, sim.connections(), Some(Arc::new(|_| true)));
    while let Some(report) = reading.reports.recv().await {
        match report {
            Report::Observed(observation) => drop(fleet.observe(observation)),
            Report::Swept => break,
            _ => {}
        }
    }
    fleet
}

/// The environments of the world by key.
async fn truth(sim: &Sim) -> BTreeMap<String, Value> {
    let world = sim.get("/_sim/world").await;
    let rows = world["environments"].as_array().unwrap().iter();
    rows.map(|row| (row["key"].as_str().unwrap().to_owned(), row.clone())).collect()
}

fn keys(fleet: &Fleet) -> Vec<String> {
    sorted(fleet.environments().map(|environment| environment.key().to_string()))
}

fn named<'f>(fleet: &'f Fleet, name: &str) -> Environment<'f> {
    fleet.environments().find(|environment| environment.key().name.as_str() == name).unwrap()
}

fn causes(environment: &Environment<'_>) -> Vec<String> {
    environment.causes().iter().map(|cause| cause.text.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn target_groups_run_what_the_digests_of_their_images_say() {
    let (sim, fleet) = read("growl", GROWL).await;
    let truth = truth(&sim).await;
    assert_eq!(keys(&fleet), truth.keys().cloned().collect::<Vec<_>>());
    for environment in fleet.environments() {
        let row = &truth[&environment.key().to_string()];
        let version = environment.version().unwrap_or_else(|| panic!("{} {:?}", environment.key(), environment.fault()));
        assert_eq!(Value::from(version.value.sha.unwrap().as_str()), row["version"]["sha"], "{}", environment.key());
        let instances = environment.instances().unwrap().value;
        assert_eq!(
            (Value::from(instances.total()), Value::from(instances.healthy())),
            (row["instances"]["total"].clone(), row["instances"]["healthy"].clone())
        );
        let counts: BTreeMap<String, u64> =
            instances.versions().into_iter().map(|(label, count)| (label.to_string(), count as u64)).collect();
        let of = |row: &Value| (row["label"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap());
        assert_eq!(counts, row["instances"]["versions"].as_array().unwrap().iter().map(of).collect());
        assert_eq!(environment.tier().word(), row["tier"].as_str().unwrap());
    }
    // One that booted `latest` last night is told apart from those that somebody deployed.
    let production = named(&fleet, "growl-prod");
    assert_eq!(production.is_uniform(), Some(false));
    let late = production.causes().into_iter().find(|cause| cause.source == HealthSource::Versions).unwrap();
    assert!(late.text.contains("was launched after the others"), "{}", late.text);
    // A name that is nowhere is told, and nobody else suffers.
    let flaws: Vec<String> =
        fleet.sources().filter_map(|(_, state)| state.current_flaw()).map(|(_, fault)| fault.sentence.to_string()).collect();
    assert_eq!(
        flaws,
        ["us-west-2 has no target group growl-gone: correct the name or the region in [[target_groups]]; the others are shown"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_compared_to_the_letter_and_what_is_left_behind_stands_out() {
    let (sim, fleet) = read("eapd", EAPD).await;
    let truth = truth(&sim).await;
    assert_eq!(keys(&fleet), truth.keys().cloned().collect::<Vec<_>>());
    for environment in fleet.environments() {
        let row = &truth[&environment.key().to_string()];
        let instances = environment.instances().unwrap_or_else(|| panic!("{} {:?}", environment.key(), environment.fault())).value;
        assert_eq!(Value::from(instances.total()), row["instances"]["total"], "{}", environment.key());
        assert_eq!(environment.tier().word(), row["tier"].as_str().unwrap(), "{}", environment.key());
    }
    let production = named(&fleet, "production");
    assert_eq!((production.level(), production.instances().unwrap().value.healthy()), (Level::Ok, Some(1)));
    let staging = named(&fleet, "staging");
    assert_eq!((staging.level(), staging.instances().unwrap().value.healthy()), (Level::Warning, Some(1)));
    let told = causes(&staging);
    assert!(told.iter().any(|cause| cause.starts_with("2 running instances carry environment=staging, 1 is expected")), "{told:?}");
    let preview = named(&fleet, "pr-4325");
    assert_eq!(preview.identity().unwrap().pull.unwrap().0, 4325);
    assert!(causes(&preview).iter().any(|cause| cause.contains("of pull request 4325")), "{:?}", causes(&preview));
}
