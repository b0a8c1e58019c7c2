//! Plain hosts as the console reads them: the real adapters on simulated servers and their GitHub.

use std::fmt::Write as _;

use quarterdeck::app::state::State;
use quarterdeck::cli::session::Session;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::version::VersionSource;

use crate::support::console::{screen, settled, until};
use crate::support::sim::Sim;

/// What stands about a server's apps in the configuration: each with the page that the world has for it.
async fn configuration(sim: &Sim) -> String {
    let world = sim.get("/_sim/world").await;
    let url = |name: &str| {
        let rows = world["environments"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        row["url"].as_str().unwrap().trim_end_matches('/').to_owned()
    };
    let mut text = String::from(
        "[apps.wit]\nrepository = \"towlion/wit\"\n[apps.ledger]\nrepository = \"towlion/ledger\"\n[[probes]]\npage = \"/metrics\"\nenvironments = [\"wit\"]\n",
    );
    for (host, apps) in [("lion-1", ["wit"].as_slice()), ("lion-2", ["ledger", "atlas"].as_slice())] {
        let _ = writeln!(text, "[[hosts]]\nname = \"{host}\"");
        for name in apps {
            let previews = *name == "wit";
            let _ = writeln!(text, "[[hosts.apps]]\nname = \"{name}\"\nhealth = \"{}/health\"\npreviews = {previews}", url(name));
        }
    }
    text
}

fn key(text: &str) -> EnvironmentKey {
    text.parse().unwrap()
}

fn environment<'s>(state: &'s State, text: &str) -> Environment<'s> {
    state.fleet.get(&key(text)).unwrap_or_else(|| panic!("{text} is not there"))
}

fn has_level(state: &State, text: &str, level: Level) -> bool {
    state.fleet.get(&key(text)).is_some_and(|environment| environment.level() == level)
}

fn causes(session: &Session, text: &str) -> Vec<(HealthSource, String)> {
    environment(&session.state, text).causes().iter().map(|cause| (cause.source, cause.text.to_string())).collect()
}

fn has_cause(session: &Session, text: &str, source: HealthSource, part: &str) {
    let told = causes(session, text);
    assert!(told.iter().any(|(other, sentence)| *other == source && sentence.contains(part)), "{text}: {told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_without_a_cloud_are_read_by_their_pages_and_by_github_s_record() {
    let sim = Sim::built_in("towlion").await;
    let mut session = settled(&sim, &configuration(&sim).await).await;
    // A page that answers, one that answers garbage beside it, and one behind which nothing is.
    until(&mut session, |state| {
        has_level(state, "host:lion-1:-:wit", Level::Warning)
            && has_level(state, "host:lion-2:-:atlas", Level::Severe)
            && has_level(state, "host:lion-1:-:wit-pr-27", Level::Warning)
            && has_level(state, "host:lion-1:-:wit-pr-31", Level::Info)
            && state.fleet.get(&key("host:lion-2:-:ledger")).is_some_and(|ledger| ledger.version().is_some() && !ledger.causes().is_empty())
    })
    .await;
    has_cause(&session, "host:lion-1:-:wit", HealthSource::Probe, "GET /metrics answers 200 with what is no health answer");
    has_cause(&session, "host:lion-2:-:atlas", HealthSource::Probe, "GET /health answers 502 (Bad Gateway)");
    has_cause(&session, "host:lion-2:-:ledger", HealthSource::Alerts, "open alert #14: Alert: atlas is unhealthy");
    assert!(!causes(&session, "host:lion-2:-:ledger").iter().any(|(_, sentence)| sentence.contains("#13")), "a closed one is none");
    // Where nobody may log in, what runs is what GitHub's record says, and it is said so.
    let version = environment(&session.state, "host:lion-2:-:ledger").version().unwrap().value;
    assert_eq!(version.source, VersionSource::GitHubDeployment);
    // One environment for each open pull request; of those that are closed the ones that are still there.
    has_cause(
        &session,
        "host:lion-1:-:wit-pr-27",
        HealthSource::Listing,
        "orphan: pull request #27 (Search in answers, by ada-krol) was closed",
    );
    has_cause(&session, "host:lion-1:-:wit-pr-31", HealthSource::Listing, "has the secrets of production");
    let preview = environment(&session.state, "host:lion-1:-:wit-pr-31");
    assert_eq!((preview.tier().word(), preview.identity().unwrap().pull.map(|pull| pull.0)), ("preview", Some(31)));
    assert!(!causes(&session, "host:lion-1:-:wit-pr-31").iter().any(|(_, sentence)| sentence.contains("orphan")));
    let shown = screen(&session);
    for name in ["wit", "wit-pr-27", "wit-pr-31", "ledger", "atlas"] {
        assert!(shown.contains(name), "{name} is not in\n{shown}");
    }
}
