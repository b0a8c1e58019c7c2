//! What is odd at GitHub, through the wire: what the console then says.

use std::fmt::Write as _;

use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::cli::session::{faults, is_compared};
use quarterdeck::model::chain::Behind;
use quarterdeck::model::promotion::{Subject, Verdict};
use serde_json::json;

use super::figures::{app, configuration, round};
use crate::support::console::{Calls, screen, settled, until};
use crate::support::sim::Sim;

const SHOP: [&str; 1] = ["shop"];

/// The configuration of the shop.
fn shop() -> String {
    configuration(&SHOP.map(str::to_owned))
}

/// An environment of staging that runs this commit of the shop.
fn staging(name: &str, commit: &str) -> String {
    format!(
        "[[environment]]\napp = \"{name}\"\nname = \"{name}-staging\"\nregion = \"eu-west-1\"\ninstances = 1\nversion = \"{name}-{{commit:shop/{commit}}}\"\n\n"
    )
}

/// A commit that is pushed, with a file of its own.
fn pushed(name: &str, hours: usize) -> String {
    format!(
        "[[repository.commit]]\nname = \"{name}\"\ntitle = \"Change {name}\"\nat = \"-{hours}h\"\nfiles = {{ \"{name}.py\" = \"X = 1\\n\" }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_hundred_pending_commits_are_counted_and_what_is_capped_is_said() {
    let mut world = staging("shop", "c300") + &staging("store", "c0");
    world.push_str("[[repository]]\nname = \"acme/shop\"\ncreated = \"-2000h\"\n");
    for number in 0..=1_100 {
        world.push_str(&pushed(&format!("c{number}"), 1_500 - number));
    }
    let sim = Sim::of(&world, 1.0).await;
    // Git has written a thousand commits before the console asks: that may take longer than it waits.
    sim.get_github("/repos/acme/shop/commits").await;
    let both = format!("{}[apps.store]\nrepository = \"acme/shop\"\n", shop());
    let mut session = settled(&sim, &both).await;
    assert!(faults(&session.state).is_empty(), "{:?}", faults(&session.state));
    let mut heading = |app: &str| {
        session.go(Place::Pending(Some(app.into())));
        let shown = screen(&session);
        shown.lines().find(|line| line.contains("-staging eu-west-1")).unwrap_or(&shown).to_owned()
    };
    let (all, capped) = (heading("shop"), heading("store"));
    assert!(all.contains("800 commits") && !all.contains("listed"), "{all}");
    assert!(capped.contains("1100 commits") && capped.contains("  1000 of 1100 listed"), "{capped}");
    // Eight pages of the one, ten of the other.
    let calls = Calls::since(&sim, 0).await;
    assert_eq!(calls.rest.iter().filter(|call| call.contains("/compare/")).count(), 18);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_change_of_three_hundred_files_the_sheet_says_that_not_all_are_known() {
    let mut files = String::new();
    for number in 0..305 {
        let _ = write!(files, "\"f{number:03}.txt\" = \"x\\n\", ");
    }
    let world =
        app("shop", 1, true).replace("files = { \"b.py\" = \"B = 1\\n\" }", &format!("files = {{ {} }}", files.trim_end_matches(", ")));
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, &shop()).await;
    let run = session.state.github.promotions[0].run.id;
    session.go(Place::Sheet("acme/shop".into(), run));
    let shown = screen(&session);
    for part in ["not all files are known: there may be migrations", "not all files are known: there may be new environment"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let sheet = session.state.sheet_screen.sheet.as_ref().unwrap();
    for subject in [Subject::Migrations, Subject::Variables] {
        assert!(sheet.failed().any(|check| check.subject == subject && check.verdict == Verdict::Unknown), "{subject:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_forced_off_the_branch_has_diverged() {
    let world = staging("shop", "second")
        + "[[repository]]\nname = \"acme/shop\"\n"
        + &pushed("first", 50)
        + &pushed("second", 40)
        + "[[repository.commit]]\nnumber = 7\ntitle = \"Another way\"\nat = \"-30h\"\nfiles = { \"d.py\" = \"D = 1\\n\" }\n"
        + "[[happening]]\nat = \"-20m\"\ndo = \"force-push\"\ncommit = \"shop/first\"\n"
        + "[[happening]]\nat = \"-10m\"\ndo = \"merge\"\npull = \"shop#7\"\n";
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, &shop()).await;
    let behind: Vec<&Behind> = session.state.github.links.values().map(|linked| &linked.behind).collect();
    assert_eq!(behind, [&Behind::Diverged { ahead: 1, behind: 1 }]);
    session.go(Place::Pending(None));
    let shown = screen(&session);
    assert!(shown.contains("diverged: 1 commit pending, 1 commit that only it runs"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_deleted_leaves_the_inbox_and_its_sheet_says_so() {
    let world = app("shop", 1, true).replace("name = \"acme/shop\"\n", "name = \"acme/shop\"\npermission = \"write\"\n");
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, &shop()).await;
    let run = session.state.github.promotions[0].run.id;
    session.go(Place::Sheet("acme/shop".into(), run));
    assert!(session.state.sheet_screen.sheet.is_some());
    sim.delete_run("acme/shop", run.0).await;
    session.perform(Effect::ReadNow(None));
    until(&mut session, |state| state.github.promotions.is_empty() && state.sheet_screen.sheet.is_none()).await;
    let shown = screen(&session);
    assert!(shown.contains("not in the list of runs any more"), "{shown}");
    session.go(Place::Promotions);
    assert!(!screen(&session).contains("Go on"), "{}", screen(&session));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_in_the_middle_is_said_and_what_was_known_stays() {
    for (limit, fault, says) in [
        (None, json!({"service": "github", "kind": "throttle"}), "asks for fewer calls: not asking for 60 s"),
        (Some(30), json!(null), "the calls to 127.0.0.1 of this hour are used up: not asking for"),
    ] {
        let world = limit.map_or_else(String::new, |limit| format!("[github]\nlimit = {limit}\n\n")) + &app("shop", 1, true);
        let sim = Sim::of(&world, 1.0).await;
        let mut session = settled(&sim, &shop()).await;
        assert!(faults(&session.state).is_empty());
        if limit.is_some() {
            spend(&sim, 30).await;
        } else {
            sim.post("/_sim/faults", &fault).await;
        }
        session.perform(Effect::ReadNow(None));
        until(&mut session, |state| !faults(state).is_empty()).await;
        let told = faults(&session.state);
        assert!(told.iter().any(|(_, fault)| fault.sentence.contains(says)), "{told:?}");
        session.go(Place::Promotions);
        let shown = screen(&session);
        assert!(shown.contains("Go on") && shown.contains(if limit.is_some() { "used up" } else { "fewer calls" }), "{shown}");
    }
}

/// Uses up the hour's calls, as another program of the same person may.
async fn spend(sim: &Sim, calls: usize) {
    for _ in 0..calls {
        sim.get_github("/user").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_see_the_gates_is_told_what_it_lacks() {
    let sim = Sim::of(&app("shop", 1, true), 1.0).await;
    let gates = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
    sim.post("/_sim/faults", &json!({"service": "github", "operation": gates, "kind": "denied"})).await;
    let two = format!("{}[apps.nothing]\nrepository = \"acme/nothing\"\n", shop());
    let mut session = settled(&sim, &two).await;
    let told: Vec<String> = faults(&session.state).iter().map(|(repository, fault)| format!("{repository}: {fault}")).collect();
    for part in ["acme/shop: 127.0.0.1 denies what run", "acme/nothing: 127.0.0.1 does not find"] {
        assert!(told.iter().any(|told| told.contains(part)), "{part}: {told:?}");
    }
    // The run waits all the same, at gates that are not known.
    session.go(Place::Promotions);
    let shown = screen(&session);
    assert!(shown.contains("Go on"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_read_by_its_former_name() {
    let world = app("shop", 1, true).replace("name = \"acme/shop\"\n", "name = \"acme/shop\"\nformer = [\"acme/store\"]\n");
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, &shop().replace("acme/shop", "acme/store")).await;
    assert!(faults(&session.state).is_empty() && session.state.github.promotions.len() == 1);
    round(&mut session).await;
    let before = Calls::since(&sim, 0).await;
    round(&mut session).await;
    let calls = Calls::since(&sim, before.last).await;
    // It is not sent on again.
    assert!(calls.rest.is_empty() && calls.graph == 0, "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checks_that_the_branch_requires_are_those_that_the_sheet_looks_for() {
    let by_rules = app("shop", 1, true)
        .replace("checks = [\"Tests\"]", "checks = [\"Tests\", \"Lint\", \"Fun\"]\nrequired = [\"Tests\", \"Lint\"]")
        .replace("outcome = \"waiting\"", "outcome = \"waiting\"\nchecks = { \"Lint\" = \"missing\", \"Fun\" = \"failure\" }");
    // By a ruleset, or by a branch protection.
    for world in [&by_rules, &by_rules.replace("required =", "protection = \"branch\"\nrequired =")] {
        let sim = Sim::of(world, 1.0).await;
        let mut session = settled(&sim, &shop()).await;
        let run = session.state.github.promotions[0].run.id;
        session.go(Place::Sheet("acme/shop".into(), run));
        until(&mut session, is_compared).await;
        let shown = screen(&session);
        assert!(shown.contains("? did not run on") && shown.contains(": Lint"), "{shown}");
    }
    let sim = Sim::of(&by_rules, 1.0).await;
    // Who may not see the rules is told that it is not known, and can say it himself.
    let rules = "GET /repos/{owner}/{repo}/rules/branches/{branch}";
    sim.post("/_sim/faults", &json!({"service": "github", "operation": rules, "kind": "denied"})).await;
    let mut denied = settled(&sim, &shop()).await;
    denied.go(Place::Sheet("acme/shop".into(), denied.state.github.promotions[0].run.id));
    until(&mut denied, is_compared).await;
    assert!(denied.state.github.forge.get(&"acme/shop".into()).is_some_and(|facts| facts.rules.fault().is_some()));
    assert!(faults(&denied.state).is_empty(), "{:?}", faults(&denied.state));
    let mut named = settled(&sim, &format!("{}required_checks = [\"Tests\"]\n", shop())).await;
    named.go(Place::Sheet("acme/shop".into(), named.state.github.promotions[0].run.id));
    until(&mut named, is_compared).await;
    assert!(screen(&named).contains("✔ all required checks succeeded on"), "{}", screen(&named));
}
