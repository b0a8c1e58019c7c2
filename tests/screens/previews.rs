//! The Previews screen: which previews nobody needs any more, and what can be done about them.

use insta::assert_snapshot;
use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::app::previews;
use quarterdeck::app::state::{Size, State};
use quarterdeck::model::environment::{Doubt, Need};
use quarterdeck::model::id::EnvironmentKey;

use super::systems::{has, named};
use crate::support::console::{screen, settled_as, until};
use crate::support::live::Live;
use crate::support::previews::rich;
use crate::support::sim::Sim;
use crate::support::stage::Stage;
use crate::support::systems::EAPD;

/// Sizes at which the screen is looked at.
const SIZES: [(u16, u16); 3] = [(80, 24), (140, 42), (200, 60)];

#[test]
fn what_the_screen_looks_like() {
    for size in SIZES {
        let mut stage = Stage::on(rich(size));
        assert_snapshot!(format!("previews_{}x{}", size.0, size.1), stage.keys("7").picture());
    }
}

/// Only what is proven to run though its pull request is over stands out, and nothing is called so on a guess.
#[test]
fn orphans_stand_first_and_nothing_else_is_called_one() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("7");
    let rows = stage.lines_with("pr-43");
    let is = |number: &str, word: &str| rows.iter().any(|row| row.contains(number) && row.contains(word));
    assert!(rows[0].contains("pr-4310") && rows[0].contains("▲ orphan"), "{rows:?}");
    assert!(is("pr-4318", "△ over") && is("pr-4321", "● open") && is("pr-4330", "· not read"), "{rows:?}");
    assert_eq!(stage.lines_with("▲ orphan").len(), 1);
    assert!(stage.text().contains("merged 9d ago, and it still runs: an orphan"), "{}", stage.text());
    stage.keys("z");
    assert_eq!((stage.lines_with("pr-43").len(), stage.line(0).contains("orphans only")), (2, true), "{}", stage.text());
    stage.keys("esc");
    assert!(stage.text().contains("pr-4330"), "{}", stage.text());
}

#[test]
fn the_pull_request_is_opened_or_copied_as_other_pages_are() {
    let mut stage = Stage::on(rich((80, 24)));
    stage.keys("7 u");
    assert!(stage.text().contains("https://github.com/acme/shop/pull/4310"), "{}", stage.text());
    stage.keys("enter");
    let opened = |effect: &Effect| matches!(effect, Effect::Open(address) if &**address == "https://github.com/acme/shop/pull/4310");
    assert!(stage.asked().iter().any(opened));
    // What GitHub has not told of has no page, and says why.
    stage.keys("j j u");
    assert!(stage.text().contains("GitHub has not told of its pull request yet"), "{}", stage.text());
    stage.keys("k k enter");
    assert!(stage.line(0).contains("fleet › pr-4310"), "{}", stage.text());
}

#[test]
fn the_table_and_the_branch_are_copied() {
    let mut stage = Stage::on(rich((140, 42)));
    stage.keys("7 c");
    assert!(stage.text().contains("branch") && stage.text().contains("export-pdf"), "{}", stage.text());
    stage.keys("G enter");
    let copied = stage.shown().copied.clone().unwrap();
    assert!(copied.contains("| `pr-4310` | `shop` | `#4310` | `orphan` |") && copied.contains("| `unknown` |"), "{copied}");
    assert!(!copied.contains('\u{1b}') && !copied.contains('\u{202e}'), "{copied}");
}

fn need(state: &State, name: &str) -> Option<Need> {
    let each = previews::each(&state.fleet, previews::shut_out(state));
    each.into_iter().find(|preview| preview.key.name.as_str() == name).map(|preview| preview.need)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphan_is_ended_from_here_after_its_plan() {
    let (sim, folder) = (Sim::built_in("eapd").await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, EAPD, folder.path());
    console.until("the orphan", |state| need(state, "pr-4310") == Some(Need::Orphan)).await;
    console.until("its instances", |state| named(state, "pr-4310").is_some_and(|it| it.instances().is_some())).await;
    console.until("what is locked", |state| state.locks.known == quarterdeck::model::lock::Known::Yes).await.keys("7 z");
    console.says("▲ orphan").says("Export to PDF").keys("X").shows("terminated, and nothing takes its place").await;
    console.shows_no_longer("is not read yet").await;
    let plan = console.words();
    let id = plan.split("End ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    console.keys(&format!("'{id} enter"));
    console.comes_to(1, "succeeded").await;
    assert_eq!(sim.changes().await, ["TerminateInstances"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_nothing_is_called_an_orphan() {
    let sim = Sim::built_in("eapd").await;
    let mut session = settled_as(&sim, EAPD, "not the token").await;
    session.state.size = Size { width: 140, height: 42 };
    session.go(Place::Previews);
    let is_doubted = |need: Option<Need>| matches!(need, Some(Need::Unknown(Doubt::Failed(_))));
    until(&mut session, |state| is_doubted(need(state, "pr-4310"))).await;
    let shown = screen(&session);
    has(&shown, "? not known");
    assert!(!shown.contains("▲ orphan") && !shown.contains("an orphan"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_logs_of_a_preview_are_followed_from_here() {
    let (sim, folder) = (Sim::built_in("eapd").await, tempfile::tempdir().unwrap());
    let mut console = Live::on(&sim, EAPD, folder.path());
    console.until("the orphan", |state| need(state, "pr-4310") == Some(Need::Orphan)).await.keys("7 g l");
    let Place::Logs(subject) = console.state.place() else { panic!("{}", console.screen()) };
    assert_eq!(subject.only().map(EnvironmentKey::to_string).as_deref(), Some("tagged-ec2:111122223333:us-east-1:pr-4310"));
}
