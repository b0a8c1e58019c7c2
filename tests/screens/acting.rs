//! Acting on environments: keys in, screens out, and what the simulated cloud was then asked to do. Real SDKs, real
//! journals.

use std::path::Path;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use quarterdeck::app::event::Event;
use quarterdeck::app::operations::{News, Order};
use quarterdeck::model::fault::Fault;
use quarterdeck::model::operation::action::{Action, Place};
use quarterdeck::model::operation::evidence::{Baseline, Begun, Mark, Observed, Receipt};
use quarterdeck::model::operation::fact::Fact;
use quarterdeck::operations::{self, Acts, Kept};
use quarterdeck::ops::audit::Audit;
use quarterdeck::ops::port::Platform;
use quarterdeck::shell::SystemClock;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::desk::TILL;
use crate::support::live::{Live, goes_on};
use crate::support::sim::Sim;

const SETTINGS: &str = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n\n[apps.till]\n";

/// A world whose minutes take a second or less, and a folder for what the console keeps.
async fn world() -> (Sim, tempfile::TempDir) {
    (Sim::of(TILL, 100.0).await, tempfile::tempdir().unwrap())
}

/// The lines of the audit log.
fn audited(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_planned_confirmed_run_and_followed_to_its_proof() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-prod").await.keys("D");
    console.says("deploy which version?").keys("'v2");
    console.says("not seen here yet: ⏎ takes it as it is typed").keys("enter");
    console.shows("rolling, 1 at a time").await;
    console.says("Deploy v2 to till-prod us-west-1").says("v1 → v2").says("account sim-0 111122223333 · us-west-1 · e-");
    console.says("arn:aws:").says("both versions answer for a while").says("till-prod us-west-1 has not shown v2 yet");
    assert!(sim.writes().await.is_empty(), "nothing is sent before it is confirmed");
    console.keys("'till-prod enter");
    let known = console.comes_to(1, "succeeded").await;
    assert_eq!(sim.version("till-prod").await, "v2");
    assert_eq!(sim.writes().await, ["UpdateEnvironment"]);
    console.says("deploy v2 to till-prod us-west-1").says("✔ done").says("runs v2 on 3 of 3 instances");
    assert_eq!(known.operation.tally().done, 1);
    console.keys("l").says("✔ deploy v2: till-prod runs v2 on 3 of 3 instances");
    let audited = audited(folder.path());
    let outcomes: Vec<&str> = audited.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!((outcomes.first(), outcomes.last()), (Some(&"intended"), Some(&"succeeded")), "{audited:?}");
    assert!(audited[0]["identity"].as_str().unwrap().starts_with("arn:aws:"), "{audited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redeploy_and_a_restart_are_proven_although_nothing_else_changes() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-staging").await.keys("R");
    console.says("Redeploy what runs in till-staging us-west-1").says("v1, once more");
    console.shows("rolling, 1 at a time").await.keys("'y enter");
    console.comes_to(1, "succeeded").await;
    console.until("it is Ready", |state| !state.fleet.environments().any(|environment| environment.is_busy())).await;
    console.keys("q B").says("Restart the application servers of till-staging").keys("'y enter");
    console.comes_to(2, "succeeded").await;
    assert_eq!(sim.writes().await, ["UpdateEnvironment", "RestartAppServer"]);
    assert_eq!(sim.version("till-staging").await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_that_fails_is_told_as_it_failed() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-staging").await.keys("D 'v3-broken enter");
    console.shows("rolling, 1 at a time").await.keys("'y enter");
    console.comes_to(1, "failed").await;
    console.says("✖ failed").says("it runs v1");
    assert_eq!(sim.version("till-staging").await, "v1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_is_aborted_with_one_key_where_the_platform_says_that_it_can_be() {
    let sim = Sim::of(TILL, 2.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-staging").await.keys("X");
    assert!(console.said.iter().any(|said| said.contains("no update goes on there that can be aborted")), "{:?}", console.said);
    // Somebody else deploys.
    let other_folder = tempfile::tempdir().unwrap();
    let mut other = Live::on(&sim, SETTINGS, other_folder.path());
    other.opens("till-staging").await.keys("D 'v2 enter");
    other.shows("rolling, 1 at a time").await.keys("'y enter");
    other.until("it goes on", |state| state.operations.live().any(|known| !known.operation.in_doubt().is_empty())).await;
    console
        .keys("ctrl-r")
        .until("it can be aborted", |state| {
            state.fleet.environments().any(|environment| environment.identity().is_some_and(|identity| identity.abortable))
        })
        .await;
    console.keys("X").says("Abort the update of till-staging us-west-1").says("may be left with different versions").keys("y");
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.version("till-staging").await, "v1");
    let failed = other.comes_to(1, "failed").await;
    assert!(failed.operation.trouble().is_some_and(|trouble| trouble.contains("somebody has aborted")), "{:?}", failed.operation.trouble());
}

/// The console that deploys may abort that deploy: whoever holds the environment, stopping waits for nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_begun_from_here_is_aborted_from_here() {
    let sim = Sim::of(TILL, 2.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-staging").await.keys("D 'v2 enter");
    console.shows("rolling, 1 at a time").await.keys("'y enter");
    console.until("it can be aborted", |state| state.fleet.environments().any(|it| it.identity().is_some_and(|it| it.abortable))).await;
    console.keys(": 'till-staging enter X").says("Abort the update of till-staging us-west-1").keys("y");
    console.comes_to(2, "succeeded").await;
    console.until("the deploy has ended", |state| state.operations.live().next().is_none()).await;
    assert_eq!(sim.version("till-staging").await, "v1");
    let deploy = console.state.operations.in_order().into_iter().min().unwrap();
    let deploy = console.state.operations.get(&deploy).unwrap();
    assert_eq!(deploy.condition().word(), "failed");
    assert!(deploy.operation.trouble().is_some_and(|trouble| trouble.contains("somebody has aborted")), "{:?}", deploy.operation.trouble());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_that_has_changed_since_it_was_drawn_begins_nothing() {
    let (sim, folder) = world().await;
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-prod").await.keys("D 'v2 enter");
    console.shows("rolling, 1 at a time").await.keys("'till-prod");
    // Meanwhile somebody locks it.
    console.state.locks = locked(&console);
    console.keys("enter");
    console.says("nothing was sent").says("till-prod us-west-1 is locked by @grace");
    assert!(sim.writes().await.is_empty());
    assert!(console.state.operations.in_order().is_empty());
    // With a reason it is done all the same, and the reason is kept.
    console.keys("'urgent enter 'till-prod enter");
    console.comes_to(1, "succeeded").await;
    let audited = audited(folder.path());
    assert!(audited[0]["comment"].as_str().unwrap().starts_with("urgent (although till-prod us-west-1 is locked"), "{audited:?}");
}

fn locked(console: &Live) -> quarterdeck::model::lock::Locks {
    use quarterdeck::model::lock::{Change, Lock};
    let environment = console.state.fleet.environments().map(|it| it.key()).find(|key| key.name.as_str() == "till-prod").unwrap();
    let mut locks = console.state.locks.clone();
    let lock = Lock { environment, by: "@grace".into(), at: console.state.now, until: None, reason: "moving the database".into() };
    locks.change(&Change::Lock(lock), console.state.now).unwrap();
    locks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_whose_console_is_gone_is_finished_by_another() {
    let sim = Sim::of(TILL, 10.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut first = Live::on(&sim, SETTINGS, folder.path());
    first.opens("till-prod").await.keys("D 'v2 enter");
    first.shows("rolling, 1 at a time").await.keys("'till-prod enter");
    first.until("it goes on", |state| state.operations.live().any(|known| !known.operation.in_doubt().is_empty())).await;
    // Another console on this machine sees it, and may not touch it.
    let mut second = Live::on(&sim, SETTINGS, folder.path());
    second.until("it is seen", |state| state.operations.live().next().is_some()).await;
    second.keys("4").says("elsewhere").keys("X");
    assert!(second.said.iter().any(|said| said.contains("another Quarterdeck on this machine carries it on")), "{:?}", second.said);
    // Quitting asks.
    first.keys("1 q").says("Quit, while an operation goes on here?");
    assert!(!first.has_quit());
    first.keys("y");
    assert!(first.has_quit());
    drop(first);
    second.shows("! interrupted").await;
    second.says("nobody carries it on. F finishes it").keys("F").says("Finish: deploy v2 to till-prod us-west-1").keys("y enter");
    assert!(sim.writes().await.len() == 1, "to go on in production wants its name");
    second.keys("backspace 'till-prod enter");
    second.comes_to(1, "succeeded").await;
    assert_eq!(sim.version("till-prod").await, "v2");
    assert_eq!(sim.writes().await, ["UpdateEnvironment"], "it was begun once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_written_down_is_not_begun_and_that_is_said() {
    let (sim, folder) = world().await;
    // Where the journals would be, there is a file.
    std::fs::write(folder.path().join("operations"), "").unwrap();
    let mut console = Live::on(&sim, SETTINGS, folder.path());
    console.opens("till-staging").await.keys("B 'y enter");
    console.shows("nothing was sent: the journal").await;
    assert!(sim.writes().await.is_empty());
}

/// A platform of which no look is ever answered.
struct Silent;

impl Platform for Silent {
    fn before(&self, _: Place, _: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        std::future::pending().boxed()
    }

    fn begin(&self, _: Place, _: Action, _: Mark) -> BoxFuture<'_, Begun> {
        std::future::pending().boxed()
    }

    fn observe(&self, _: Place, _: Action, _: Mark, _: Baseline, _: Option<Receipt>) -> BoxFuture<'_, Result<Observed, Fault>> {
        std::future::pending().boxed()
    }
}

/// Whoever confirms and quits at once finds it again: what is just being started is written down before the console goes.
#[tokio::test]
async fn what_is_just_being_started_when_the_console_goes_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let way = operations::Way { keeping: Ok(Kept::in_folder(folder.path())), audit: Ok(Audit::at(folder.path().join("audit.jsonl"))) };
    let facts = crate::support::operations::restart(1, 100, &[crate::support::fleet::key("us-west-1", "till-prod")]);
    let Fact::Planned { plan } = &facts[0].fact else { panic!() };
    let (orders, heard) = mpsc::unbounded_channel();
    let (_writes, written) = mpsc::unbounded_channel();
    let (events, mut told) = mpsc::unbounded_channel();
    orders.send(Order::Start(Box::new((**plan).clone()))).unwrap();
    drop(orders);
    let acts = Acts { platform: Arc::new(Silent), leases: None, written };
    operations::serve(way, acts, Arc::new(SystemClock), heard, events).await;
    let known = Kept::in_folder(folder.path()).journals.read(&plan.id).unwrap();
    assert!(!known.is_over() && known.in_doubt().is_empty());
    assert!(std::iter::from_fn(|| told.try_recv().ok()).any(|event| matches!(event, Event::Operations(News::Known(_)))));
}

/// A fleet of one environment per agency: staging first, a canary, the rest three at a time; one of them fails.
const FLEET: &str = r#"
[[application]]
name = "orchid"
regions = ["us-west-1"]

[[application.version]]
label = "v413"
created = "-1h"

[[environment]]
app = "orchid"
names = ["orchid-staging", "orchid-acme", "orchid-bell", "orchid-cole", "orchid-dyer", "orchid-east"]
region = "us-west-1"
version = "v412"
instances = 1
policy = "AllAtOnce"
"#;

const FLEET_SETTINGS: &str = "[[accounts]]\nname = \"sim-0\"\nregions = [\"us-west-1\"]\n\n[apps.orchid]\n\n[[tiers]]\ntier = \"staging\"\nenvironments = [\"orchid-staging\"]\n\n[[tiers]]\ntier = \"production\"\napp = \"orchid\"\nenvironments = [\"*\"]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_goes_by_staging_canary_and_the_rest_and_stops_where_one_fails() {
    let sim = Sim::of(FLEET, 100.0).await;
    let folder = tempfile::tempdir().unwrap();
    let mut console = Live::on(&sim, FLEET_SETTINGS, folder.path());
    console.opens("orchid-bell").await.keys(": 'wave enter 'v413 enter");
    console.says("v413 to 6 environments").keys("↓ ↓ backspace '1 ↓ backspace '0 enter");
    console.shows("all at once").await.shows_no_longer("not read yet").await;
    console.says("Deploy v413 to 6 environments").says("before production 1 (orchid-staging us-west-1)").says("canary 1 (");
    console.says("the rest 4, 1 at once").says("all at once: no instance serves for a while");
    // From the fourth on they may not be changed.
    let refused = json!({"service": "elasticbeanstalk", "operation": "UpdateEnvironment", "kind": "denied", "after": 3});
    sim.post("/_sim/faults", &refused).await;
    console.keys("'6 enter");
    let known = console.comes_to(1, "failed").await;
    let tally = known.operation.tally();
    assert_eq!((tally.done, tally.failed, tally.waiting + tally.stopped), (3, 1, 2), "{tally:?}");
    assert!(!goes_on(&known));
    console.says("✖ failed").says("3/6 done");
    assert_eq!(sim.version("orchid-staging").await, "v413");
}
