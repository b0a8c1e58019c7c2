//! Dispatches and their inputs, and runs that are started anew.

use serde_json::{Value, json};

use crate::support::{Server, WORLD};

const INPUTS: &str = r#"
[[repository.workflow]]
file = "promote.yml"
text = '''
name: Promote
on:
  workflow_dispatch:
    inputs:
      image_tag: {type: string, required: true}
      where: {type: choice, options: [dev, prod], default: dev}
      size: {type: number}
      force: {type: boolean}
      target: {type: environment, default: production}
jobs:
  check: {name: 'Check ${{ inputs.image_tag }} for ${{ inputs.where }}', runs-on: x, steps: [{run: make}]}
  forced: {name: Forced, if: inputs.force, runs-on: x, steps: [{run: make}]}
'''
"#;
const PATH: &str = "/repos/acme/shop/actions/workflows/promote.yml/dispatches";

fn world() -> String {
    WORLD.replacen("[[repository.workflow]]", &format!("{INPUTS}\n[[repository.workflow]]"), 1)
}

#[tokio::test]
async fn inputs_are_what_the_workflow_says() {
    let server = Server::start(&world(), 1.0).await;
    let many: Value = (0..26).map(|number| (format!("i{number}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    for (inputs, says) in [
        (json!({}), "Required input 'image_tag' not provided"),
        (json!({ "image_tag": "" }), "Required input 'image_tag' not provided"),
        (json!({ "image_tag": "a", "x": "1" }), "Unexpected inputs provided: [\"x\"]"),
        (json!({ "image_tag": "a", "where": "moon" }), "Provided value 'moon' for input 'where' not in the list of allowed values"),
        (json!({ "image_tag": "a", "size": "big" }), "Provided value 'big' for input 'size' not a number"),
        (json!({ "image_tag": "a", "force": "yes" }), "Provided value 'yes' for input 'force' not a boolean"),
        (many, "you may only define up to 25 `inputs` for a `workflow_dispatch` event"),
    ] {
        let refused = server.post(PATH, &json!({ "ref": "main", "inputs": inputs })).await;
        assert_eq!((refused.status, refused.body["message"].as_str()), (422, Some(says)));
    }
    let wrong = server.post(&PATH.replace("promote", "called"), &json!({ "ref": "main" })).await;
    assert_eq!((wrong.status, wrong.body["message"].as_str()), (422, Some("Workflow does not have 'workflow_dispatch' trigger")));
    assert_eq!(server.post(&PATH.replace("promote", "nothing"), &json!({ "ref": "main" })).await.status, 404);
    assert_eq!(server.post(PATH, &json!({ "inputs": {} })).await.status, 422);
    let body = json!({ "ref": "main", "inputs": { "image_tag": "0a1b", "force": true, "size": 3 }, "return_run_details": true });
    let made = server.post(PATH, &body).await;
    let run = server.row(made.body["workflow_run_id"].as_u64().unwrap()).await;
    let names: Vec<&Value> = run["jobs"].as_array().unwrap().iter().map(|job| &job["name"]).collect();
    assert_eq!(names, ["Check 0a1b for dev", "Forced"]);
    assert_eq!(run["jobs"][1]["conclusion"], Value::Null, "an input that is true lets its job run");
    server.stop().await;
}

#[tokio::test]
async fn a_dispatch_can_be_for_a_tag_and_is_found_again() {
    let server = Server::start(&world(), 1.0).await;
    let first = server.get("/repos/acme/shop/commits?per_page=100").await.body.as_array().unwrap().last().unwrap()["sha"].clone();
    server.post("/repos/acme/shop/git/refs", &json!({ "ref": "refs/tags/v1", "sha": first })).await;
    assert_eq!(server.post(PATH, &json!({ "ref": "v1", "inputs": { "image_tag": "a" } })).await.status, 204);
    let filters = "event=workflow_dispatch&actor=jo&created=%3E%3D2026-01-01T00:00:00Z";
    for path in ["actions/runs", "actions/workflows/promote.yml/runs"] {
        let found = server.get(&format!("/repos/acme/shop/{path}?{filters}")).await.body;
        let run = &found["workflow_runs"][0];
        assert_eq!((found["total_count"].as_u64(), &run["head_sha"], &run["head_branch"]), (Some(1), &first, &json!("v1")), "{path}");
    }
    for nobody in ["actor=kim", "event=push", "branch=main", "created=%3C2026-01-01", "status=waiting"] {
        let found = server.get(&format!("/repos/acme/shop/actions/workflows/promote.yml/runs?{nobody}")).await.body;
        assert_eq!(found["total_count"], 0, "{nobody}");
    }
    server.stop().await;
}

#[tokio::test]
async fn an_older_server_does_not_know_of_details() {
    let server = Server::start(&world().replace("[github]", "[github]\nolder = true"), 1.0).await;
    let refused = server.post(PATH, &json!({ "ref": "main", "inputs": { "image_tag": "a" }, "return_run_details": true })).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body["message"].as_str().unwrap().contains("\"return_run_details\" is not a permitted key."), "{}", refused.text);
    assert_eq!(server.get("/repos/acme/shop/actions/runs?event=workflow_dispatch").await.body["total_count"], 0);
    assert_eq!(server.post(PATH, &json!({ "ref": "main", "inputs": { "image_tag": "a" } })).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn an_older_run_that_is_started_anew_cancels_a_newer_one() {
    let server = Server::start(&world(), 1.0).await;
    let waiting = server.waiting("acme/shop").await;
    let made = json!({ "ref": "main", "return_run_details": true });
    let newer = server.post("/repos/acme/shop/actions/workflows/redeploy.yml/dispatches", &made).await;
    assert_eq!((newer.status, &server.row(waiting).await["conclusion"]), (200, &json!("cancelled")));
    let third =
        server.post("/repos/acme/shop/actions/workflows/deploy.yml/dispatches", &made).await.body["workflow_run_id"].as_u64().unwrap();
    let before = server.row(waiting).await;
    let path = format!("/repos/acme/shop/actions/runs/{waiting}");
    assert_eq!(server.post(&format!("{path}/rerun"), &json!({})).await.status, 201);
    let after = server.row(waiting).await;
    assert_eq!((&after["attempt"], &after["head"]), (&json!(2), &before["head"]));
    assert_eq!(server.row(third).await["conclusion"], "cancelled");
    let refused = server.post(&format!("{path}/rerun"), &json!({})).await;
    assert_eq!((refused.status, refused.body["message"].as_str()), (403, Some("This workflow run is already running")));
    assert_eq!(server.post(&format!("{path}/force-cancel"), &json!({})).await.status, 202);
    assert_eq!(server.post(&format!("{path}/cancel"), &json!({})).await.status, 409);
    // What ran in the first attempt is still told.
    let jobs = server.get(&format!("{path}/jobs?filter=all")).await.body;
    let attempts: Vec<u64> = jobs["jobs"].as_array().unwrap().iter().map(|job| job["run_attempt"].as_u64().unwrap()).collect();
    assert!(attempts.contains(&1) && attempts.contains(&2), "{attempts:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_run_of_last_month_is_not_started_anew() {
    let server = Server::start(&WORLD.replace("at = \"-3d\"", "at = \"-40d\""), 1.0).await;
    let runs = server.get("/repos/acme/shop/actions/runs?status=success").await.body;
    let run = runs["workflow_runs"][0]["id"].as_u64().unwrap();
    let refused = server.post(&format!("/repos/acme/shop/actions/runs/{run}/rerun"), &json!({})).await;
    assert_eq!(refused.status, 403);
    assert!(refused.body["message"].as_str().unwrap().contains("over a month ago"), "{}", refused.text);
    server.stop().await;
}
