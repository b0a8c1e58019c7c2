//! How many calls GitHub gets: a screen that stands costs no quota, new commits few calls, a large start not many more.

use std::fmt::Write as _;
use std::time::Duration;

use quarterdeck::app::event::Effect;
use quarterdeck::app::history::Place;
use quarterdeck::app::state::State;
use quarterdeck::cli::session::Session;
use quarterdeck::model::chain::Behind;
use quarterdeck::model::clock::Timestamp;
use quarterdeck::ops::clock::Clock as _;
use quarterdeck::shell::SystemClock;
use serde_json::json;

use crate::support::console::{Calls, settled, until};
use crate::support::sim::Sim;

const WORKFLOW: &str = r#"
[[repository.workflow]]
file = "deploy.yml"
text = '''
name: Deploy
on: {push: {branches: [main]}}
concurrency: {group: deploy, cancel-in-progress: true}
jobs:
  staging:
    environment: staging
    runs-on: x
    steps: [{uses: acme/deploy@v1, with: {application_name: APP, environment_name: APP-staging, region: eu-west-1}}]
  production:
    needs: staging
    environment: production
    runs-on: x
    steps: [{uses: acme/deploy@v1, with: {application_name: APP, environment_name: APP-prod, region: eu-west-1}}]
'''

[[repository.environment]]
name = "production"
reviewers = ["team:Leads"]
may_approve = true
"#;

/// A repository with an app of its name: staging runs its newest commit, and so do so many environments of production,
/// unless something waits for them.
pub fn app(name: &str, live: usize, waits: bool) -> String {
    let mut text = String::new();
    let newest = if waits { "second" } else { "first" };
    let mut environment = |suffix: &str, commit: &str| {
        let _ = writeln!(
            text,
            "[[environment]]\napp = \"{name}\"\nname = \"{name}-{suffix}\"\nregion = \"eu-west-1\"\ninstances = 1\nversion = \"{name}-{{commit:{name}/{commit}}}\"\n"
        );
    };
    environment("staging", newest);
    for number in 0..live {
        environment(&if number == 0 { "prod".to_owned() } else { format!("prod-{number}") }, "first");
    }
    let _ = writeln!(
        text,
        "[[repository]]\nname = \"acme/{name}\"\nchecks = [\"Tests\"]\nfiles = {{ \"app.py\" = \"X = 1\\n\" }}\n{}",
        WORKFLOW.replace("APP", name)
    );
    text.push_str("[[repository.commit]]\nname = \"first\"\nnumber = 1\ntitle = \"Begin\"\nat = \"-5d\"\nmerged = \"-4d\"\nfiles = { \"a.py\" = \"A = 1\\n\" }\n");
    if waits {
        text.push_str("[[repository.commit]]\nname = \"second\"\nnumber = 2\ntitle = \"Go on\"\nat = \"-5h\"\nmerged = \"-4h\"\noutcome = \"waiting\"\nfiles = { \"b.py\" = \"B = 1\\n\" }\n");
    }
    text
}

pub fn configuration(apps: &[String]) -> String {
    let mut text = "regions = [\"eu-west-1\"]\n".to_owned();
    for name in apps {
        let _ = writeln!(text, "[apps.{name}]\nrepository = \"acme/{name}\"");
    }
    text
}

/// Whether everything that is asked again and again was asked again since then.
pub fn was_read_since(state: &State, then: Timestamp) -> bool {
    let later = |at: Option<Timestamp>| at.is_some_and(|at| at > then);
    state
        .github
        .forge
        .repositories()
        .all(|(_, facts)| later(facts.runs.at()) && later(facts.overview.at()) && facts.gates.values().all(|gates| later(gates.at())))
}

/// Reads everything again once.
pub async fn round(session: &mut Session) {
    let then = SystemClock.now();
    session.perform(Effect::ReadNow(None));
    until(session, |state| was_read_since(state, then)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_stands_costs_no_quota() {
    let sim = Sim::of(&app("shop", 2, true), 1.0).await;
    let mut session = settled(&sim, &configuration(&["shop".to_owned()])).await;
    assert_eq!(session.state.github.promotions.len(), 1);
    for place in [Place::Fleet, Place::Pending(None), Place::Promotions] {
        session.go(place.clone());
        round(&mut session).await;
        let before = Calls::since(&sim, 0).await;
        for _ in 0..5 {
            round(&mut session).await;
        }
        let calls = Calls::since(&sim, before.last).await;
        assert!(calls.rest.is_empty() && calls.graph == 0, "{place:?}: {calls:?}");
        // The branch, the runs and the gates of the one that waits, each time.
        assert!(calls.same.len() >= 15, "{place:?}: {calls:?}");
    }
}

/// Seven pull requests that are merged together, so many seconds after the start.
fn with_merges(seconds: u32) -> String {
    let mut text = app("shop", 1, false);
    for number in 11..18 {
        let _ = writeln!(
            text,
            "[[repository.commit]]\nnumber = {number}\ntitle = \"Change {number}\"\nat = \"-1d\"\nfiles = {{ \"c{number}.py\" = \"C = 1\\n\" }}"
        );
    }
    for number in 11..18 {
        let _ = writeln!(text, "[[happening]]\nat = \"{seconds}s\"\ndo = \"merge\"\npull = \"shop#{number}\"");
    }
    text
}

async fn head(sim: &Sim) -> String {
    sim.get("/_sim/world").await["repositories"][0]["head"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn seven_new_commits_cost_at_most_five_calls() {
    // Where the machine is too busy to have read all before they are merged, they are merged later.
    for seconds in [8, 40, 200] {
        let sim = Sim::of(&with_merges(seconds), 1.0).await;
        let first = head(&sim).await;
        let mut session = settled(&sim, &configuration(&["shop".to_owned()])).await;
        if head(&sim).await != first {
            continue;
        }
        let before = Calls::since(&sim, 0).await;
        while sim.get("/_sim/world").await["repositories"][0]["open_pulls"] != json!([]) {
            // What is told meanwhile is taken in.
            let _ = session.until(Duration::from_millis(100), |_| false).await;
        }
        session.perform(Effect::ReadNow(None));
        let has_all = |state: &State| {
            let staging = state.github.links.values().find(|linked| linked.link.environment.name.as_str() == "shop-staging");
            staging.is_some_and(|linked| linked.behind == Behind::Pending { commits: 7, pulls: Some(7) })
        };
        until(&mut session, has_all).await;
        let calls = Calls::since(&sim, before.last).await;
        assert!(calls.rest.len() <= 5, "{calls:?}");
        // The workflows, which may be others now, and the pull requests with their checks.
        assert!(calls.graph <= 3, "{calls:?}");
        return;
    }
    panic!("nothing was read before the commits were merged");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_repositories_with_a_hundred_environments_start_within_forty_calls() {
    let names: Vec<String> = (0..20).map(|number| format!("app{number:02}")).collect();
    let world: String = names.iter().enumerate().map(|(number, name)| app(name, 4, number % 7 == 0)).collect();
    let sim = Sim::of(&world, 1.0).await;
    let session = settled(&sim, &configuration(&names)).await;
    let state = &session.state;
    assert_eq!((state.fleet.environments().count(), state.github.links.len(), state.github.promotions.len()), (100, 100, 3));
    let calls = Calls::since(&sim, 0).await;
    assert!(calls.total() <= 40, "{}: {calls:?}", calls.total());
}

/// What only a decision needs is read when there is one: at the start nobody asks for rules, for tags or for what else
/// goes on, whatever waits and however the apps are promoted.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_decision_needs_is_no_part_of_the_start() {
    let names: Vec<String> = (0..20).map(|number| format!("app{number:02}")).collect();
    let waits = |number: usize| number.is_multiple_of(2);
    let world: String = names.iter().enumerate().map(|(number, name)| app(name, 1, waits(number))).collect();
    let ways = ["approval", "tag", "approval", "merge"];
    let configuration = names.iter().enumerate().fold("regions = [\"eu-west-1\"]\n".to_owned(), |mut text, (number, name)| {
        let way = ways[number % ways.len()];
        let _ = writeln!(text, "[apps.{name}]\nrepository = \"acme/{name}\"\npromotion = \"{way}\"");
        text
    });
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, &configuration).await;
    let selected = session.state.github.regarded.selected.clone();
    let of_decisions = |call: &&String| ["/rules/", "/tags", "/pulls"].iter().any(|part| call.contains(part));
    let calls = Calls::since(&sim, 0).await;
    let asked: Vec<&String> = calls.rest.iter().filter(of_decisions).collect();
    // Those of the one app that is selected, at most.
    assert!(asked.len() <= 1, "{selected:?}: {asked:?}");
    assert_eq!(calls.rest.iter().filter(|call| call.ends_with("/actions/runs")).count(), 20, "{calls:?}");
    // For each that waits its gates, what is pending and what its run ships; for all their runs.
    assert!(calls.rest.len() <= 20 + 3 * 10 + 2, "{}: {calls:?}", calls.rest.len());
    // The rules are asked for with the sheet.
    let run = session.state.github.promotions[0].clone();
    session.go(Place::Sheet(run.repository.clone(), run.run.id));
    until(&mut session, |state| state.github.forge.get(&run.repository).is_some_and(|facts| facts.rules.value().is_some())).await;
    let more = Calls::since(&sim, calls.last).await;
    assert_eq!(more.rest.iter().filter(|call| call.contains("/rules/")).count(), 1, "{more:?}");
}
