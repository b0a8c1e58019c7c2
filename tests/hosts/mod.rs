//! Plain hosts as the console reads them: the real adapters on simulated servers and their GitHub.

use quarterdeck::app::state::State;
use quarterdeck::cli::session::Session;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::health::{HealthSource, Level};
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::version::VersionSource;

use crate::support::console::{screen, settled, until};
use crate::support::sim::Sim;
use crate::support::systems::towlion;

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
    let metrics = "[[probes]]\npage = \"/metrics\"\napps = [\"wit\"]\ntiers = [\"production\"]\nplatforms = [\"host\"]\n";
    let mut session = settled(&sim, &format!("{}{metrics}", towlion(&sim).await)).await;
    // A page that answers, one that answers garbage beside it, and one behind which nothing is.
    until(&mut session, |state| {
        has_level(state, "host:lion-1:-:wit", Level::Warning)
            && has_level(state, "host:lion-2:-:atlas", Level::Severe)
            && has_level(state, "host:lion-1:-:wit-pr-27", Level::Warning)
            && has_level(state, "host:lion-1:-:wit-pr-31", Level::Info)
            && has_level(state, "host:lion-1:-:wit-pr-33", Level::Info)
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
    has_cause(&session, "host:lion-1:-:wit-pr-27", HealthSource::PullRequest, "pull request 27 was merged on");
    let orphan = environment(&session.state, "host:lion-1:-:wit-pr-27").pull().unwrap().value.clone();
    assert_eq!((&*orphan.title, orphan.author.as_ref().map(ToString::to_string).as_deref()), ("Search in answers", Some("ada-krol")));
    has_cause(&session, "host:lion-1:-:wit-pr-31", HealthSource::Listing, "has the secrets of production");
    let preview = environment(&session.state, "host:lion-1:-:wit-pr-31");
    assert_eq!((preview.tier().word(), preview.identity().unwrap().pull.map(|pull| pull.0)), ("preview", Some(31)));
    assert!(!causes(&session, "host:lion-1:-:wit-pr-31").iter().any(|(_, sentence)| sentence.contains("orphan")));
    // Of one the record of deployments tells where it is, and what was deployed there.
    let recorded = environment(&session.state, "host:lion-1:-:wit-pr-33");
    let version = recorded.version().unwrap().value;
    assert_eq!((version.source, version.sha.is_some()), (VersionSource::GitHubDeployment, true));
    let shown = screen(&session);
    for name in ["wit", "wit-pr-27", "wit-pr-31", "wit-pr-33", "ledger", "atlas"] {
        assert!(shown.contains(name), "{name} is not in\n{shown}");
    }
}
