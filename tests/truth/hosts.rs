//! Apps on a host: what a probe met is what was true when it asked, and an outage is an expected gap only while a deploy
//! goes on there.

use std::time::Duration;

use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::app::state::State;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::ops::clock::Clock as _;
use quarterdeck::shell::SystemClock;
use serde_json::json;
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

/// For how long GitHub's word that a deploy goes on explains what a probe meets.
const EXPLAINS: Duration = Duration::from_secs(120);
/// How far what GitHub tells of a job and what happens on the server are apart: a job looks every five seconds whether
/// what it began is over.
const APART: Duration = Duration::from_secs(7);

/// What was told of the health page of an app.
#[derive(Clone, PartialEq, Debug)]
struct Told {
    key: EnvironmentKey,
    level: Level,
    /// Whether the answer was that of a gateway.
    is_gateway: bool,
    /// When the page was asked for.
    at: Timestamp,
    /// When GitHub was asked that says that a deploy goes on.
    deploys_at: Option<Timestamp>,
}

fn told(state: &State) -> Vec<Told> {
    let of = |name: &str| {
        let environment = state.fleet.environments().find(|environment| environment.key().name.as_str() == name)?;
        let causes = environment.causes();
        let cause = causes.iter().find(|cause| cause.source == HealthSource::Probe)?;
        let deploys_at = causes.iter().find(|cause| cause.text.contains(" deploys: until it is over")).map(|cause| cause.at);
        Some(Told { key: environment.key(), level: cause.level, is_gateway: cause.text.contains("502"), at: cause.at, deploys_at })
    };
    ["wit", "ledger", "atlas"].into_iter().filter_map(of).collect()
}

/// What was true of an app at some moments: the levels, and whether a deploy went on at any of them.
async fn truths(sim: &Sim, key: &EnvironmentKey, moments: &[Timestamp]) -> (Vec<String>, bool) {
    let (mut levels, mut deploys) = (Vec::new(), false);
    // Nobody knows the future.
    for moment in moments.iter().filter(|moment| **moment <= SystemClock.now()) {
        let world = sim.get(&format!("/_sim/world?at={moment}")).await;
        let rows = world["environments"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"].as_str() == Some(key.to_string().as_str())).unwrap();
        levels.push(row["health"]["level"].as_str().unwrap().to_owned());
        deploys |= row["activity"]["kind"] == "deploy";
    }
    (levels, deploys)
}

/// Whether what was told of an app is what was true of it.
async fn agrees(sim: &Sim, told: &Told) -> bool {
    let (levels, _) = truths(sim, &told.key, &[told.at, told.at + UNDER_WAY / 2, told.at + UNDER_WAY]).await;
    let has = |wanted: &str| levels.iter().any(|level| level == wanted);
    match (told.level, told.deploys_at) {
        // Where GitHub has not told of a deploy yet, its gap is taken for the outage that it might be.
        (Level::Severe, _) if told.is_gateway => has("severe") || has("info"),
        // What ails an app while it is deployed cannot be told from the gap; but there must have been a deploy when
        // GitHub was asked, and not long ago.
        (Level::Info, Some(asked)) if told.is_gateway => {
            let around = [asked - APART, asked - APART / 2, asked, asked + APART / 2, asked + APART];
            told.at <= asked + EXPLAINS && truths(sim, &told.key, &around).await.1
        }
        (other, _) => has(other.word()),
    }
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
            gaps += usize::from(one.is_gateway && one.level == Level::Info);
            outages += usize::from(one.is_gateway && one.level == Level::Severe && one.key.name.as_str() == "ledger");
            looks.push(one);
        }
    }
    assert!(gaps > 0 && outages > 0, "{gaps} gaps and {outages} outages of {looks:?}");
    for told in looks {
        assert!(agrees(&sim, &told).await, "{told:?} is not what was true");
    }
}
