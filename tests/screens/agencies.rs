//! A wave over all of Orchid's agencies in the demo's own world, which moves meanwhile: three at a time, one fails, one is
//! left out, and the rest goes on. What was sent and when is told by the cloud.

use std::collections::BTreeSet;

use quarterdeck::app::operations::{Condition, Known};
use quarterdeck::app::state::State;
use quarterdeck::model::operation::verdict::{Ending, Standing};
use serde_json::{Value, json};

use crate::support::haste::Haste;
use crate::support::live::Live;
use crate::support::sim::Sim;

/// The version that fails at the third instance of an environment, beginning as it is typed.
const VERSION: &str = "app-e07d";
/// The only agency with so many.
const FAILS: &str = "orchid-bellwater";

/// How much quicker than the program's own time that of the world is: looks are seconds apart, and a deploy takes minutes.
const SPEED: f64 = 30.0;
/// How much quicker than ours the program's own time is: almost all of it is waiting for looks and for budgets.
const HASTE: u16 = 16;

fn newest(state: &State) -> Option<&Known> {
    let newest = state.operations.in_order().into_iter().max()?;
    state.operations.get(&newest)
}

/// The names of what has failed, in one line.
fn failed(state: &State) -> String {
    let operation = &newest(state).unwrap().operation;
    let units = operation.plan().units.iter().zip(0..);
    let failed = units.filter(|(_, number)| matches!(operation.standing(*number), Standing::Failed { .. }));
    failed.map(|(unit, _)| unit.name.to_string()).collect::<Vec<_>>().join(" ")
}

fn condition(state: &State) -> Option<Condition> {
    newest(state).map(Known::condition)
}

/// How many environments the plan on the screen is for: that is what is to be typed.
fn counted(console: &Live) -> u32 {
    let words = console.words();
    let numbers = words.split("type ").skip(1).filter_map(|rest| rest.split(' ').next()?.parse().ok());
    numbers.last().unwrap_or_else(|| panic!("no plan in\n{}", console.screen()))
}

/// The calls that changed an environment, in their order.
async fn updates(sim: &Sim) -> Vec<String> {
    let told = sim.get("/_sim/calls").await;
    let calls = told["calls"].as_array().unwrap().iter();
    let is_update = |call: &&Value| call["write"] == json!(true) && call["service"] == json!("elasticbeanstalk");
    calls
        .filter(is_update)
        .map(|call| {
            assert_eq!(call["operation"], json!("UpdateEnvironment"), "{call}");
            call["at"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// The agencies to which something was deployed at a moment, as the world truly was. Staging is left out: the demo deploys there
/// itself.
async fn under_way(sim: &Sim, at: &str) -> BTreeSet<String> {
    let world = sim.get(&format!("/_sim/world?at={at}")).await;
    let rows = world["environments"].as_array().unwrap().iter();
    let deploys =
        |row: &&Value| row["app"] == json!("orchid") && row["tier"] == json!("production") && row["activity"]["kind"] == json!("deploy");
    rows.filter(deploys).map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// Opens the plan of a wave that asks where one fails, and confirms it; over how many it goes.
async fn begin(console: &mut Live) -> u32 {
    console.opens("orchid-ashford").await.keys(": 'wave enter");
    console.says("deploy which version?").shows(VERSION).await.keys(&format!("'{VERSION} enter"));
    // Nothing is watched between the waves; where one fails the rest waits for a word.
    console.says("at once 3").keys("↓ ↓ ↓ backspace '0 ↓ space enter");
    console.shows("the rest").await;
    // The world moves, and more of it is read: a plan that is shown anew is confirmed anew.
    loop {
        let count = counted(console);
        console.keys(&format!("'{count} enter"));
        if console.state.dialog.is_none() {
            return count;
        }
        let shown = console.state.now;
        console.until("something else is told", |state| state.now > shown).await;
    }
}

/// Whether nothing is under way, and the rest waits for a word.
fn is_held(state: &State) -> bool {
    newest(state).is_some_and(|known| known.condition() == Condition::Paused && known.operation.tally().under_way == 0)
}

fn is_over(state: &State) -> bool {
    matches!(condition(state), Some(Condition::Over(_)))
}

/// Lets what is left of so many begin.
async fn go_on(console: &mut Live, count: u32) {
    let left = newest(&console.state).unwrap().operation.tally().waiting;
    console.keys("P").says(&format!("left {left} of {count}")).keys(&format!("'{left} enter"));
    console.until("it goes on", |state| condition(state) != Some(Condition::Paused)).await;
}

#[tokio::test]
async fn a_wave_over_every_agency_stops_at_a_failure_and_goes_on_without_one() {
    let _haste = Haste::of(HASTE);
    let sim = Sim::demo(SPEED * f64::from(HASTE)).await;
    let folder = tempfile::tempdir().unwrap();
    let mut console = Live::demonstrated(&sim, folder.path());
    let mut count = begin(&mut console).await;
    assert!(count > 75, "{count} of Orchid's 84");

    // It stops at the failure: what is under way comes to its end, and nothing else begins. The demo itself deploys to staging
    // meanwhile, so that this may have failed before.
    loop {
        console.until("a failure that asks", |state| is_held(state) || is_over(state)).await;
        if is_over(&console.state) {
            // Where staging is being updated in the moment in which all are checked, nothing is begun at all.
            let before = newest(&console.state).unwrap().operation.clone();
            assert_eq!(before.tally().done + before.tally().failed, 0, "{}", console.screen());
            console.keys("1");
            count = begin(&mut console).await;
            console.until("another one", |state| newest(state).unwrap().operation.plan().id != before.plan().id).await;
            continue;
        }
        console.keys("4");
        if failed(&console.state).contains(FAILS) {
            break;
        }
        go_on(&mut console, count).await;
    }
    let tally = newest(&console.state).unwrap().operation.tally();
    assert!(failed(&console.state).contains(FAILS) && tally.waiting > 50, "{tally:?}");
    console.says("paused").says(&format!("{}/{count} done", tally.done)).says("✖ failed");
    let sent = updates(&sim).await.len();
    assert!(sent <= usize::try_from(tally.done + tally.failed).unwrap(), "what was begun has ended: {tally:?}");

    // One that has not begun is left out, with a reason.
    console.keys("tab G S").says("out of it: deploy").keys("'its-agency-is-closed enter");
    console.until("one is left out", |state| newest(state).unwrap().operation.tally().skipped == 1).await;
    assert_eq!(updates(&sim).await.len(), sent, "nothing has begun by itself");

    // The others go on, with a word; and so once more, should the world's own changes make another one fail.
    while condition(&console.state) == Some(Condition::Paused) {
        go_on(&mut console, count).await;
        console.until("it ends, or asks once more", |state| is_held(state) || is_over(state)).await;
    }
    let known = newest(&console.state).unwrap();
    let tally = known.operation.tally();
    assert_eq!((known.condition(), tally.skipped, tally.done + tally.failed + 1), (Condition::Over(Ending::Failed), 1, count), "{tally:?}");
    console.says("1 left out");

    // What the cloud says of it: each was changed once, never more than three at a time.
    let at = updates(&sim).await;
    assert!(at.len() < usize::try_from(count).unwrap(), "{} of {count}", at.len());
    let mut most = 0;
    for moment in &at {
        let names = under_way(&sim, moment).await;
        assert!(names.len() <= 3, "at {moment}: {names:?}");
        most = most.max(names.len());
    }
    assert!(most > 1, "they went one by one");
    let world = sim.get("/_sim/world").await;
    let rows =
        world["environments"].as_array().unwrap().iter().filter(|row| row["app"] == json!("orchid") && row["tier"] == json!("production"));
    let arrived = rows.filter(|row| row["version"]["label"].as_str().unwrap().starts_with(VERSION)).count();
    // Staging is not production, one has failed, one was left out.
    assert!(arrived + 1 >= usize::try_from(tally.done).unwrap(), "{arrived} of {tally:?}");
}
