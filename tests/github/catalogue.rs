//! Environments out of a file that a repository keeps of them, through the wire.

use quarterdeck::app::state::State;
use quarterdeck::model::fleet::Fleet;
use quarterdeck::model::id::{EnvironmentKey, Repository};
use serde_json::{Value, json};

use crate::support::console::{screen, settled, until};
use crate::support::program::{Folder, Program};
use crate::support::sim::Sim;

const CONFIGURATION: &str = "regions = [\"eu-west-1\", \"ca-central-1\"]\n[apps.shop]\nenvironments = [\"till-*\"]\nrepository = \"acme/shop\"\ncatalogue = \".github/places.json\"\n";

/// One environment that is there, one that is not, and jobs of which only the file says where they deploy to.
fn world(file: &Value) -> String {
    format!(
        r#"
[[environment]]
app = "shop"
name = "shop-prod"
region = "eu-west-1"
version = "v1"

[[repository]]
name = "acme/shop"

[repository.files]
".github/places.json" = '{file}'

[[repository.workflow]]
file = "deploy.yml"
text = """
name: Deploy
on: {{push: {{branches: [main]}}}}
jobs:
  live: {{environment: Production, runs-on: x, steps: [{{run: ./deploy}}]}}
  far: {{environment: Production (Canada), runs-on: x, steps: [{{run: ./deploy}}]}}
"""

[[repository.commit]]
name = "first"
title = "Begin"
at = "-9d"
files = {{ "a" = "1" }}
"#
    )
}

fn places() -> Value {
    let place = |gate: &str, region: &str| json!({"github_environment_name": gate, "aws_region": region, "elasticbeanstalk_application": "shop", "elasticbeanstalk_environment": "prod"});
    json!({"live": place("Production", "eu-west-1"), "canada": place("Production (Canada)", "ca-central-1"), "odd": {"aws_region": 7}})
}

fn unseen(fleet: &Fleet) -> Vec<EnvironmentKey> {
    fleet.environments().filter(quarterdeck::model::environment::Environment::is_unseen).map(|environment| environment.key()).collect()
}

fn targets(state: &State) -> Vec<(String, Option<String>)> {
    let facts = state.github.forge.get(&Repository::from("acme/shop"));
    let overview = facts.and_then(|facts| facts.overview.value());
    let stages = overview.into_iter().flat_map(|overview| &overview.pipelines).flat_map(|pipeline| &pipeline.stages);
    let target = |target: &quarterdeck::model::pipeline::Target| format!("{}@{}", target.names[0], target.region.as_ref().unwrap());
    stages.map(|stage| (stage.name.to_string(), stage.target.as_ref().map(target))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_file_lists_has_a_row_and_its_names_for_approvals() {
    let sim = Sim::of(&world(&places()), 1.0).await;
    let mut session = settled(&sim, CONFIGURATION).await;
    until(&mut session, |state| !unseen(&state.fleet).is_empty() && targets(state).iter().all(|(_, target)| target.is_some())).await;
    assert_eq!(unseen(&session.state.fleet), ["beanstalk:-:ca-central-1:shop-prod".parse().unwrap()]);
    // What is there belongs to the app whose file lists it, though its name fits none of the app's patterns.
    let there = session.state.fleet.get(&"beanstalk:111122223333:eu-west-1:shop-prod".parse().unwrap()).unwrap();
    assert_eq!(there.app().as_str(), "shop");
    // The job is called otherwise than in the file: the gate tells which it is.
    let expected = [("live", "shop-prod@eu-west-1"), ("far", "shop-prod@ca-central-1")];
    assert_eq!(targets(&session.state), expected.map(|(job, target)| (job.to_owned(), Some(target.to_owned()))));
    // What cannot be understood is told, and takes nothing along.
    let (_, fault) = session.state.github.forge.faults().next().unwrap();
    assert!(fault.sentence.contains("some entries are left out: odd has no aws_region"), "{fault}");
    assert!(screen(&session).contains("ca-central-1"), "{}", screen(&session));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_tells_what_is_listed_and_not_there() {
    for (file, code, rows, says) in [
        (places(), 3, 2, "odd has no aws_region"),
        (json!({"canada": places()["canada"].clone()}), 0, 2, ""),
        (json!("no catalogue"), 3, 1, "is no JSON object"),
    ] {
        let sim = Sim::of(&world(&file), 1.0).await;
        let folder = Folder::new();
        folder.write(".config/quarterdeck/config.toml", CONFIGURATION);
        let (url, token) = sim.github().unwrap();
        let mut variables = crate::cli::status::variables(&sim);
        variables.extend([("GITHUB_API_URL".to_owned(), url), ("GITHUB_TOKEN".to_owned(), token)]);
        let program = Program::new(&folder, ["status", "--json", "--wait", "0"]).with(variables);
        let ended = tokio::task::block_in_place(|| program.run());
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let document: Value = serde_json::from_str(&ended.stdout).unwrap();
        let told = document["environments"].as_array().unwrap();
        assert_eq!(told.len(), rows, "{document:#}");
        if let Some(row) = told.iter().find(|row| row["region"] == "ca-central-1") {
            assert_eq!(
                row["error"],
                "shop-prod is declared in .github/places.json of acme/shop, but ca-central-1 lists no environment of that name"
            );
            assert_eq!((&row["app"], &row["tier"]), (&"shop".into(), &"production".into()));
        }
        let sources = document["sources"].as_array().unwrap();
        let github = sources.iter().find(|source| source["name"].as_str().unwrap().starts_with("github ")).unwrap();
        assert!(says.is_empty() == github["error"].is_null() && github["error"].to_string().contains(says), "{github}");
    }
}
