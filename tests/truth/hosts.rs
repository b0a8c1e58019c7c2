//! Apps on a host: what a probe met is what was true when it asked, and an outage is an expected gap only while a deploy
//! goes on there.

use std::time::Duration;

use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::app::state::State;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::model::id::EnvironmentKey;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::console::settled;
use crate::support::sim::Sim;
use crate::support::systems::towlion;

/// What goes wrong beside the deploys.
const TROUBLES: &str = r#"
[[happening]]
at = "10s"
every = "50s"
do = "answer"
host = "ledger"
answers = "502"
lasts = "20s"

[[happening]]
at = "40s"
every = "50s"
do = "answer"
host = "ledger"
answers = "garbage"
lasts = "5s"
"#;

/// How much earlier than it is told a deploy's gap may have ended: an answer is on its way for as long.
const UNDER_WAY: Duration = Duration::from_millis(400);

/// What was told of the health page of an app: the level, whether the answer was that of a gateway, and when it was asked for.
type Told = (EnvironmentKey, Level, bool, Timestamp);

fn told(state: &State) -> Vec<Told> {
    let of = |name: &str| {
        let environment = state.fleet.environments().find(|environment| environment.key().name.as_str() == name)?;
        let causes = environment.causes();
        let cause = causes.iter().find(|cause| cause.source == HealthSource::Probe)?;
        Some((environment.key(), cause.level, cause.text.contains("502"), cause.at))
    };
    ["wit", "ledger", "atlas"].into_iter().filter_map(of).collect()
}

/// The levels that the world had around a moment.
async fn truths(sim: &Sim, key: &EnvironmentKey, at: Timestamp) -> Vec<String> {
    let mut levels = Vec::new();
    for moment in [at, at + UNDER_WAY / 2, at + UNDER_WAY] {
        let world = sim.get(&format!("/_sim/world?at={moment}")).await;
        let rows = world["environments"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == Value::from(key.to_string())).unwrap();
        levels.push(row["health"]["level"].as_str().unwrap().to_owned());
    }
    levels
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_a_gap_only_while_a_deploy_goes_on() {
    let world =
        include_str!("../../src/sim/scenarios/towlion.toml").replace("at = \"50s\"\ndo = \"merge\"", "at = \"900s\"\ndo = \"merge\"");
    let sim = Sim::of(&format!("{world}{TROUBLES}"), 1.0).await;
    let mut session = settled(&sim, &towlion(&sim).await).await;
    session.go(Place::Environment("host:lion-2:-:ledger".parse().unwrap()));
    let mut looks: Vec<Told> = Vec::new();
    let (mut gaps, mut outages) = (0, 0);
    let end = Instant::now() + Duration::from_secs(200);
    let mut next_deploy = Instant::now();
    // As long as it takes to have met each of both.
    while (gaps == 0 || outages == 0) && Instant::now() < end {
        if Instant::now() >= next_deploy {
            next_deploy += Duration::from_secs(40);
            let dispatch = "/repos/towlion/ledger/actions/workflows/deploy.yml/dispatches";
            sim.post_github(dispatch, &json!({ "ref": "main" })).await;
        }
        let known = looks.clone();
        let is_new = move |state: &State| told(state).iter().any(|one| !known.contains(one));
        if !session.until(Duration::from_secs(2), is_new).await {
            session.perform(Effect::ReadNow(None));
        }
        let new: Vec<Told> = told(&session.state).into_iter().filter(|one| !looks.contains(one)).collect();
        for one in new {
            gaps += usize::from(one.2 && one.1 == Level::Info);
            outages += usize::from(one.2 && one.1 == Level::Severe && one.0.name.as_str() == "ledger");
            looks.push(one);
        }
    }
    assert!(gaps > 0 && outages > 0, "{gaps} gaps and {outages} outages of {looks:?}");
    for (key, level, is_gateway, at) in looks {
        let true_levels = truths(&sim, &key, at).await;
        let has = |wanted: &str| true_levels.iter().any(|level| level == wanted);
        let agrees = match level {
            // Where GitHub has not told of a deploy yet, its gap is taken for the outage that it might be.
            Level::Severe if is_gateway => has("severe") || has("info"),
            Level::Info => has("info"),
            other => has(other.word()),
        };
        assert!(agrees, "{key} at {at}: told {level}, true was {true_levels:?}");
    }
}
