//! `quarterdeck previews`.

use serde_json::Value;

use super::{Holds, case, check};
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;
use crate::support::systems::EAPD;

/// A folder with eAPD's configuration, and the variables that lead into its world; GitHub with this token.
fn ready(sim: &Sim, token: &str) -> (Folder, Vec<(String, String)>) {
    let folder = Folder::new();
    let (url, _) = sim.github().unwrap();
    // The way in is the default one.
    let configuration = EAPD.replace("[[accounts]]\nname = \"sim-0\"\nregions = [\"us-east-1\"]\n", "regions = [\"us-east-1\"]\n");
    folder.write(".config/quarterdeck/config.toml", &configuration);
    let mut variables = sim.variables();
    variables.extend([("GITHUB_API_URL", url.as_str()), ("GITHUB_TOKEN", token)].map(|(name, value)| (name.to_owned(), value.to_owned())));
    (folder, variables)
}

#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_printed_and_a_document_has_everything() {
    let sim = Sim::built_in("eapd").await;
    let (_, token) = sim.github().unwrap();
    let (folder, variables) = ready(&sim, &token);
    tokio::task::block_in_place(|| {
        let ended = Program::new(&folder, ["previews", "--orphans"]).with(variables.clone()).run();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("pr-4310") && ended.stdout.contains("orphan") && !ended.stdout.contains("pr-4321"), "{ended:?}");
        let ended = Program::new(&folder, ["previews", "--json"]).with(variables).run();
        let document: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        let row = |name: &str| {
            let rows = document["previews"].as_array().unwrap();
            rows.iter().find(|row| row["key"].as_str().unwrap().ends_with(name)).unwrap().clone()
        };
        assert_eq!((&row("pr-4310")["state"], &row("pr-4321")["state"]), (&"orphan".into(), &"open".into()));
        assert!(row("pr-4321")["branch"].is_string() && row("pr-4321")["pull_url"].as_str().unwrap().ends_with("/pull/4321"));
        assert!(row("pr-4310")["closed_at"].is_string() && row("pr-4310")["why"].is_null());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_it_says_that_it_does_not_know() {
    let sim = Sim::built_in("eapd").await;
    let (folder, variables) = ready(&sim, "wrong");
    tokio::task::block_in_place(|| {
        check(
            &folder,
            &variables,
            &[case(&["previews"], 3, Holds(&["pr-4310", "unknown"]), Holds(&["whether it is needed is not known"]))],
        );
        let ended = Program::new(&folder, ["previews", "--orphans"]).with(variables.clone()).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended:?}");
    });
}
