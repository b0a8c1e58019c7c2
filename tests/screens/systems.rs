//! The screens over simulated systems of every kind: the same screens, and nothing on them asks which kind it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use quarterdeck::app::history::Place;
use quarterdeck::app::links;
use quarterdeck::app::state::{Size, State};
use quarterdeck::cli::session::Session;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::version::VersionSource;

use crate::support::console::{screen, settled, settled_as, until};
use crate::support::sim::Sim;
use crate::support::sshd::Sshd;
use crate::support::systems::{EAPD, GROWL, towlion, url};
use crate::support::tls::Unsigned;

pub(super) fn named<'s>(state: &'s State, name: &str) -> Option<Environment<'s>> {
    state.fleet.environments().find(|environment| environment.key().name.as_str() == name)
}

fn key(session: &Session, name: &str) -> EnvironmentKey {
    named(&session.state, name).unwrap().key()
}

/// Opens an environment and waits until this holds of it.
pub(super) async fn open(session: &mut Session, name: &str, holds: impl Fn(&Environment<'_>) -> bool) -> String {
    session.state.size = Size { width: 160, height: 50 };
    session.go(Place::Environment(key(session, name)));
    let name = name.to_owned();
    until(session, move |state| named(state, &name).is_some_and(|environment| holds(&environment))).await;
    screen(session)
}

pub(super) fn has(screen: &str, part: &str) {
    assert!(screen.contains(part), "no \"{part}\" in\n{screen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_group_shows_what_each_of_its_instances_runs() {
    let sim = Sim::built_in("growl").await;
    let mut session = settled(&sim, GROWL).await;
    let shown = open(&mut session, "growl-prod", |environment| environment.is_uniform().is_some()).await;
    has(&shown, "2×");
    has(&shown, "image tag");
    has(&shown, "target health");
    has(&shown, "was launched after the others and runs");
    has(&shown, "target group TCP:8000, checked by HTTP /health");
    until(&mut session, |state| {
        let production = named(state, "growl-prod").unwrap();
        production.causes().iter().any(|cause| cause.source == HealthSource::EnvironmentFile)
    })
    .await;
    has(&screen(&session), "stale environment: i-");
    session.go(Place::Fleet);
    until(&mut session, |_| true).await;
    let shown = screen(&session);
    has(&shown, "growl-dev");
    has(&shown, "2×");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tagged_instances_run_what_a_status_on_a_commit_says() {
    let sim = Sim::built_in("eapd").await;
    let mut session = settled(&sim, EAPD).await;
    let shown = open(&mut session, "staging", |environment| environment.version().is_some() && environment.causes().len() > 2).await;
    has(&shown, "github commit status · derived");
    has(&shown, "2 running instances carry environment=staging, 1 is expected");
    has(&shown, "one of the two was not deployed");
    has(&shown, " · frontend ");
    let production = named(&session.state, "production").unwrap();
    assert_eq!(production.version().unwrap().value.source, VersionSource::GitHubStatus);
    assert!(session.state.fleet.environments().all(|environment| !environment.key().name.as_str().contains("Mongo")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_of_a_pull_request_that_is_over_is_an_orphan() {
    let sim = Sim::built_in("eapd").await;
    let mut session = settled(&sim, EAPD).await;
    let shown = open(&mut session, "pr-4310", |environment| environment.pull().is_some() && environment.instances().is_some()).await;
    has(&shown, "#4310 Export to PDF by min-jun, merged");
    has(&shown, "and its preview still runs");
    has(&shown, "previews are reached without a load balancer");
    let shown = open(&mut session, "pr-4321", |environment| environment.pull().is_some()).await;
    has(&shown, "#4321 Let officers choose their roles by ines-vidal, opened");
    assert!(!shown.contains("orphan"), "{shown}");
    // What was deployed of it, a status on its commit says.
    let told = |environment: &Environment<'_>| environment.version().is_some();
    has(&open(&mut session, "pr-4321", told).await, "github commit status · derived");
    let version = named(&session.state, "pr-4321").unwrap().version().unwrap().value.clone();
    assert_eq!(version.sha.unwrap().as_str(), commit_of(&sim, "pr-4321").await);
}

/// What really runs there.
async fn commit_of(sim: &Sim, name: &str) -> String {
    let world = sim.get("/_sim/world").await;
    let row = world["environments"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone();
    row["version"]["sha"].as_str().unwrap_or_else(|| panic!("{row}")).to_owned()
}

/// Systems Manager tells ten machines at a time unless asked for more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_machine_of_a_large_group_says_what_it_runs() {
    let world = include_str!("../../src/sim/scenarios/growl.toml").replacen("count = 2", "count = 12", 1);
    let sim = Sim::of(&world, 1.0).await;
    let mut session = settled(&sim, GROWL).await;
    let all =
        |environment: &Environment<'_>| environment.instances().is_some_and(|told| told.value.each.len() == 12 && told.value.all_told());
    let shown = open(&mut session, "growl-dev", all).await;
    assert!(!shown.contains("does not reach it"), "{shown}");
}

/// The keys of the world's environments but for the one that goes while it is looked at.
async fn truth(sim: &Sim) -> BTreeSet<String> {
    let world = sim.get("/_sim/world").await;
    let keys = world["environments"].as_array().unwrap().iter().map(|row| row["key"].as_str().unwrap().to_owned());
    keys.filter(|key| !key.ends_with(":orchid-wolf-creek")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_systems_are_one_fleet() {
    let sim = Sim::built_in("default").await;
    let (settings, ways) = sim.demonstrated("default");
    let mut session = Session::over(&settings, ways);
    session.state.size = Size { width: 140, height: 42 };
    session.go(Place::Fleet);
    let causes = |state: &State, name: &str, part: &str| {
        let mut called = state.fleet.environments().filter(|environment| environment.key().name.as_str() == name);
        called.any(|environment| environment.causes().iter().any(|cause| cause.text.contains(part)))
    };
    // In each system something is amiss, and each is told by another source.
    let all = session.until(Duration::from_secs(120), |state| {
        causes(state, "growl-prod", "was launched after the others and runs")
            && causes(state, "pr-4310", "and its preview still runs")
            && causes(state, "staging", "one of the two was not deployed")
            && causes(state, "wit-pr-27", "and its preview still runs")
            && causes(state, "wit", "what is no health answer")
            && causes(state, "atlas", "GET /health answers 502")
            && causes(state, "lms-staging", "Incorrect application version found on 2 out of 5 instances")
            && causes(state, "h-prod", "31.0 % of the requests")
    });
    assert!(all.await, "{}", screen(&session));
    let keys = session.state.fleet.environments().map(|environment| environment.key().to_string());
    let told: BTreeSet<String> = keys.filter(|key| !key.ends_with(":orchid-wolf-creek")).collect();
    assert_eq!(told, truth(&sim).await);
    session.go(Place::Fleet);
    until(&mut session, |_| true).await;
    let shown = screen(&session);
    for part in ["growl-prod", "wit-pr-27", "pr-4325", "h-websocket-prod", "84 environments", "folded", " growl ", "lion-2"] {
        has(&shown, part);
    }
    // Pages are where the configuration says, filled in for the environment that is selected.
    let commit = named(&session.state, "h-staging").unwrap().version().unwrap().value.sha.unwrap();
    session.go(Place::Environment(key(&session, "h-staging")));
    let pages: Vec<String> =
        links::menu(&session.state).unwrap().items.iter().map(|item| format!("{} {}", item.name, item.detail)).collect();
    let errors = format!("errors: h-staging https://errors.example.org/h?environment=staging&release={commit}");
    let dashboard = "dashboard: h-staging https://dashboards.example.org/d/h?var-region=us-west-1&var-environment=h-staging";
    assert_eq!(pages.get(..2), Some(&[errors, dashboard.to_owned()][..]), "{pages:?}");
    for kind in ["target-group", "tagged-ec2", "beanstalk"] {
        assert!(!shown.contains(kind), "{kind} in\n{shown}");
    }
}

/// Apps on a host, each with something else in the way of its health, and one whose repository is not there.
const HAZARDS: &str = r#"
[github]
user = "robin"

[[repository]]
name = "bear/app"

[repository.files]
"a" = "1"

[[host]]
name = "bear-1"

[[host.app]]
name = "garbage"
commit = "1111111111111111111111111111111111111111"
answers = "garbage"

[[host.app]]
name = "sent-on"
commit = "1111111111111111111111111111111111111111"
answers = "redirect"

[[host.app]]
name = "hanging"
commit = "1111111111111111111111111111111111111111"
answers = "hangs"

[[host.app]]
name = "down"
commit = "1111111111111111111111111111111111111111"
answers = "502"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_health_page_does_is_told_and_what_is_not_known_says_why() {
    let (sim, tls) = (Sim::of(HAZARDS, 1.0).await, Unsigned::start().await);
    let mut configuration = String::from("[reading]\ntimeout_seconds = 2\n[[hosts]]\nname = \"bear-1\"\n");
    for name in ["garbage", "sent-on", "hanging", "down"] {
        let _ = writeln!(configuration, "[[hosts.apps]]\nname = \"{name}\"\nhealth = \"{}/health\"", url(&sim, name).await);
    }
    let _ =
        writeln!(configuration, "[[hosts.apps]]\nname = \"unsigned\"\nhealth = \"{}/health\"\n[[hosts.apps]]\nname = \"mute\"", tls.url);
    let mut session = settled(&sim, &configuration).await;
    let is_looked_at = |environment: &Environment<'_>| environment.causes().iter().any(|cause| cause.source == HealthSource::Probe);
    for (name, level, sentence) in [
        ("garbage", Level::Warning, "answers 200 with what is no health answer"),
        ("sent-on", Level::Warning, "and sends on to"),
        ("hanging", Level::Severe, "and no answer came within 2 s"),
        ("down", Level::Severe, "GET /health answers 502 (Bad Gateway)"),
        ("unsigned", Level::Degraded, "is signed by nobody whom this machine trusts"),
    ] {
        let shown = open(&mut session, name, is_looked_at).await;
        has(&shown, sentence);
        // Nobody may log in, and there is no repository: each says so.
        has(&shown, "VERSION   ? not known: nothing tells it: write ssh in its [[hosts]] section, or the repository of its app");
        has(&shown, "ACTIVITY  ? not known: nothing that is configured tells it: no runs of a repository are read");
        assert_eq!(named(&session.state, name).unwrap().level(), level, "{name}");
    }
    let shown = open(&mut session, "mute", |_| true).await;
    has(&shown, "nothing that is configured tells it: no page of it is asked, and nobody looks at where it runs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_token_what_only_github_tells_says_that() {
    let sim = Sim::built_in("towlion").await;
    let mut session = settled_as(&sim, &towlion(&sim).await, "ghp_wrong").await;
    // Its own page is asked all the same.
    let is_told = |environment: &Environment<'_>| environment.why_no_version().is_some_and(|why| why.contains("token"));
    let shown = open(&mut session, "ledger", |environment| is_told(environment) && environment.level() != Level::Unknown).await;
    let version = shown.lines().find(|line| line.contains("VERSION")).unwrap();
    assert!(version.contains("? not known: ") && version.contains("token"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_runs_is_believed_and_what_github_s_record_says_stands_beside_it() {
    let (sim, sshd) = (Sim::built_in("towlion").await, Sshd::start().await);
    let runs = sshd.repository("apps/ledger");
    sshd.program("docker", "printf 'ledger\\t\\tledger-app-1\\trunning\\tUp 2 hours (healthy)\\t2999-01-01 00:00:00 +0000 UTC\\n'");
    let login = format!("ssh = \"shop\"\nssh_config = \"{}\"\nfolder = \"{}\"\n", sshd.config().display(), sshd.file("apps").display());
    let configuration = towlion(&sim).await.replace("name = \"lion-2\"\n", &format!("name = \"lion-2\"\n{login}"));
    let mut session = settled(&sim, &configuration).await;
    let differs = |environment: &Environment<'_>| environment.disagreement().is_some() && environment.instances().is_some();
    let shown = open(&mut session, "ledger", differs).await;
    has(&shown, &format!("VERSION   {}", runs.get(..7).unwrap()));
    has(&shown, "command over ssh · derived");
    has(&shown, "runs: what runs is believed");
    has(&shown, "ledger-app-1");
    // Of the other app of that server there is nothing: that is no outage, and it says so.
    let shown =
        open(&mut session, "atlas", |environment| environment.fault_of(quarterdeck::model::sighting::Question::Versions).is_some()).await;
    has(&shown, "lion-2 does not tell of atlas: there is no folder");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preview_that_is_left_over_says_whose_it_was() {
    let sim = Sim::built_in("towlion").await;
    let mut session = settled(&sim, &towlion(&sim).await).await;
    let shown = open(&mut session, "wit-pr-27", |environment| environment.pull().is_some()).await;
    has(&shown, "#27 Search in answers by ada-krol, merged");
    has(&shown, "and its preview still runs");
    has(&shown, "this preview has the secrets of production");
    let shown = open(&mut session, "wit-pr-33", |environment| environment.version().is_some()).await;
    has(&shown, "github deployment · derived");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deploy_whose_migration_failed_is_a_warning() {
    let world = include_str!("../../src/sim/scenarios/towlion.toml").replace("at = \"50s\"\ndo = \"merge\"", "at = \"2s\"\ndo = \"merge\"");
    let sim = Sim::of(&world, 8.0).await;
    let mut session = settled(&sim, &towlion(&sim).await).await;
    session.go(Place::Pending(None));
    let warned = |environment: Environment<'_>| environment.causes().iter().any(|cause| cause.text.contains("\"Run migrations\" failed"));
    until(&mut session, |state| named(state, "wit").is_some_and(warned)).await;
    let shown = open(&mut session, "wit", |_| true).await;
    has(&shown, "has deployed though its step");
}
