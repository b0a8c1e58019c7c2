//! What stands beside commits: issues, comments, statuses, deployments over ssh.

use serde_json::{Value, json};

use crate::support::{self, Server};

const TOWLION: &str = include_str!("towlion.toml");

fn numbers(issues: &Value) -> Vec<u64> {
    issues.as_array().unwrap().iter().map(|issue| issue["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn open_alerts_are_issues_with_their_label() {
    let server = Server::start(TOWLION, 1.0).await;
    let list = async |query: &str| server.get(&format!("/repos/towlion/wit/issues?{query}")).await.body;
    let alerts = list("labels=alert&state=open").await;
    assert_eq!((numbers(&alerts), &alerts[0]["labels"][0]["name"]), (vec![1], &json!("alert")));
    assert_eq!(numbers(&list("labels=alert&state=all").await), [1, 2]);
    // A pull request is an issue too, and says so.
    let all = list("").await;
    let pulls: Vec<bool> = all.as_array().unwrap().iter().map(|issue| issue.get("pull_request").is_some()).collect();
    assert_eq!((numbers(&all), pulls), (vec![3, 1, 7], vec![false, false, true]));
    assert_eq!((&all[2]["user"]["login"], &all[1]["comments"]), (&json!("ghost"), &json!(1)));
    let said = async |number: u64| server.get(&format!("/repos/towlion/wit/issues/{number}/comments")).await;
    let bodies = |said: &Value| said.as_array().unwrap().iter().map(|comment| comment["body"].clone()).collect::<Vec<_>>();
    assert_eq!(bodies(&said(1).await.body), ["Looking."]);
    assert_eq!(bodies(&said(7).await.body), ["Preview deployed: https://pr-7.preview.wit.example"]);
    assert_eq!(said(99).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_commit_may_have_statuses_of_its_own() {
    let server = Server::start(TOWLION, 1.0).await;
    let told = server.get("/repos/towlion/wit/commits/main/status").await.body;
    let state = |context: &str| {
        let rows = told["statuses"].as_array().unwrap();
        rows.iter().find(|row| row["context"] == context).map(|row| row["state"].clone())
    };
    assert_eq!((state("ci/circleci: backend deploy prod"), state("ci/circleci: smoke")), (Some(json!("success")), Some(json!("error"))));
    assert_eq!((state("coverage"), &told["state"], &told["total_count"]), (Some(json!("failure")), &json!("failure"), &json!(3)));
    // What was said before is in the list, and the last of each context is what counts.
    let all = server.get("/repos/towlion/wit/commits/main/statuses").await.body;
    let states: Vec<&str> = all.as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!((states.len(), states.iter().filter(|state| **state == "pending").count()), (6, 3));
    // Another commit has those of the repository only.
    let pull = server.get("/repos/towlion/wit/commits/wish-7/status").await.body;
    assert_eq!((&pull["state"], &pull["total_count"]), (&json!("success"), &json!(1)));
    server.stop().await;
}

#[tokio::test]
async fn a_deploy_over_ssh_is_a_deployment_of_its_commit() {
    let server = Server::start(TOWLION, 60.0).await;
    let pull = server.get("/repos/towlion/wit/pulls/7").await.body;
    assert_eq!((&pull["user"]["login"], &pull["state"], &pull["mergeable"]), (&json!("ghost"), &json!("open"), &json!(true)));
    assert_eq!(server.get("/repos/towlion/wit/pulls").await.body[0]["user"], Value::Null);
    let merged = server.send("PUT", "/repos/towlion/wit/pulls/7/merge", "", "").await.unwrap();
    assert_eq!(merged.status, 200, "{}", merged.text);
    let runs = server.get("/repos/towlion/wit/actions/runs").await.body;
    let run = runs["workflow_runs"][0]["id"].as_u64().unwrap();
    server.until(|world| support::run(world, run)["status"] == "completed").await;
    let deployments = server.get("/repos/towlion/wit/deployments?environment=production").await.body;
    let rows = deployments.as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["sha"], &rows[0]["ref"]), (2, &merged.body["sha"], &json!("main")));
    let states = server.get(&format!("/repos/towlion/wit/deployments/{}/statuses", rows[0]["id"])).await.body;
    assert_eq!((&states[0]["state"], &states[0]["environment_url"]), (&json!("success"), &json!("https://wit.example")));
    let earlier = server.get(&format!("/repos/towlion/wit/deployments/{}/statuses", rows[1]["id"])).await.body;
    assert_eq!(earlier[0]["state"], "inactive");
    server.stop().await;
}

#[tokio::test]
async fn a_deploy_reports_its_status_on_the_commit() {
    let further = r#"
[[tagged]]
app = "wit"
region = "eu-west-1"

[[instance]]
name = "wit"
region = "eu-west-1"
tags = { environment = "production" }
commit = "towlion/wit/first"

[[happening]]
at = "-10m"
do = "replace"
tagged = "production"
commit = "towlion/wit/first"
status = "ci/circleci: backend deploy"
"#;
    let server = Server::start(&format!("{TOWLION}{further}"), 1.0).await;
    let all = server.get("/repos/towlion/wit/commits/main/statuses").await.body;
    let rows = all.as_array().unwrap().iter().filter(|row| row["context"] == "ci/circleci: backend deploy");
    // No address was free, so the deploy failed.
    assert_eq!(rows.map(|row| row["state"].as_str().unwrap()).collect::<Vec<_>>(), ["failure", "pending"]);
    server.stop().await;
}
