//! The Logs screen over the real adapter, its desk and a simulated service.

use serde_json::json;

use crate::support::live::Live;
use crate::support::sim::Sim;

const SETTINGS: &str = r#"
regions = ["us-east-1"]
"#;

async fn world() -> (Sim, tempfile::TempDir) {
    let sim = Sim::of(&super::world(400), 1.0).await;
    (sim, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn l_shows_a_living_stream_of_the_environment_and_of_no_other() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("shop-prod").await.keys("l");
    console.shows("● 1 live").await.shows("nginx/access").await;
    let count = |state: &quarterdeck::app::state::State| state.logs.stream.as_ref().map_or(0, |stream| stream.buffer.arrived());
    let before = count(&console.state);
    console.until("more lines", move |state| count(state) > before + 50).await;
    // What both the combined file and its parts have is read once, and `shop-prod` is not `shop-prod-2`.
    let screen = console.screen();
    assert!(!screen.contains("combined") && !screen.contains("shop-prod-2"), "{screen}");
    // What was written before it was opened is there, too.
    let stream = console.state.logs.stream.as_ref().unwrap();
    let (oldest, newest) = stream.buffer.span().unwrap();
    assert!(newest.since(oldest) > 500_000, "{} ms", newest.since(oldest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_live_tails_are_denied_it_searches_says_why_and_the_session_ends_with_the_screen() {
    let (sim, folder) = world().await;
    sim.post("/_sim/faults", &json!({ "service": "logs", "operation": "StartLiveTail", "kind": "denied", "value": 0 })).await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("shop-prod").await.keys("l");
    console.shows("searched every").await.shows("logs of shop-prod: searched again and again, not listened to").await;
    console.shows("GET /").await;
    // Another subject: of the first nothing is asked any more.
    console.keys("q q").opens("shop-prod-2").await.keys("l");
    console.shows("logs › shop-prod-2").await;
    let of = console.state.logs.stream.as_ref().unwrap().subject.only().unwrap().name.to_string();
    assert_eq!(of, "shop-prod-2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_a_run_that_waits_are_read_from_where_it_waits() {
    let sim = Sim::of(include_str!("../../src/sim/tests/github/shop.toml"), 1.0).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = "regions = [\"us-west-1\", \"ca-central-1\"]\n[apps.shop]\nrepository = \"acme/shop\"\n";
    let mut console = Live::on(&sim, settings, folder.path());
    console.keys("3").shows("acme/shop #").await.keys("l");
    // What is over is read whole; of what goes on it is said why it is not.
    console.shows("logs › acme/shop Deploy #").await.shows("searched every 5 s").await;
    console.until("lines of a job", |state| state.logs.stream.as_ref().is_some_and(|stream| stream.buffer.arrived() > 0)).await;
    console.shows("Staging").await;
}
