use std::ffi::OsString;

use serde_json::{Value, json};

use super::serve;
use crate::desk::{Answer, Asked, Delivery, Desk};
use crate::moment::{HOUR, Present};
use crate::scenario::{Source, populate};

/// The built-in world of eAPD, where a script does nothing for a while.
fn desk() -> (Desk, String) {
    let (_, text) = crate::scenario::BUILT_IN.iter().find(|(name, _)| *name == "eapd").unwrap();
    let (quiet, _) = text.split_once("# Staging is deployed once more").unwrap();
    let source = Source { file: "eapd".to_owned(), text: quiet.to_owned() };
    let world = populate::build(&source, None, 1.0, Present::Passing.now()).unwrap();
    let token = world.circleci.token.clone();
    (Desk::new(world, OsString::from("git")), token)
}

fn ask(desk: &Desk, token: Option<&str>, method: &str, address: &str, body: &str) -> Answer {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let asked = Asked {
        method,
        path,
        query,
        authorization: None,
        amz_target: None,
        accept: "application/json",
        if_none_match: None,
        circle_token: token,
        host: "127.0.0.1",
        body: body.as_bytes(),
    };
    assert!(serve::is_ours(path), "{path}");
    serve::answer(desk, &asked)
}

fn told(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn get(desk: &Desk, token: &str, address: &str) -> Value {
    let answer = ask(desk, Some(token), "GET", address, "");
    assert_eq!(answer.status, 200, "{}", answer.body);
    told(&answer)
}

/// The newest pipeline of main, and its workflow that deploys.
fn newest(desk: &Desk, token: &str) -> (Value, Value) {
    let pipelines = get(desk, token, "/api/v2/project/gh/Enterprise-CMCS/eAPD/pipeline?branch=main");
    let pipeline = pipelines["items"][0].clone();
    let workflows = get(desk, token, &format!("/api/v2/pipeline/{}/workflow", pipeline["id"].as_str().unwrap()));
    let items = workflows["items"].as_array().unwrap();
    let workflow = items.iter().find(|workflow| workflow["name"] == "test, build, and deploy").unwrap().clone();
    (pipeline, workflow)
}

#[test]
fn a_workflow_that_is_run_again_replaces_the_machine_and_ends_when_that_has() {
    let (desk, token) = desk();
    let (pipeline, workflow) = newest(&desk, &token);
    assert_eq!((&pipeline["number"], &pipeline["vcs"]["branch"]), (&json!(5120), &json!("main")));
    assert_eq!(workflow["status"], "failed");
    let path = format!("/api/v2/workflow/{}/rerun", workflow["id"].as_str().unwrap());
    let answer = ask(&desk, Some(&token), "POST", &path, r#"{"from_failed":false}"#);
    assert_eq!(answer.status, 202, "{}", answer.body);
    let again = format!("/api/v2/workflow/{}", told(&answer)["workflow_id"].as_str().unwrap());
    let running = get(&desk, &token, &again);
    assert_eq!((&running["status"], &running["stopped_at"], &running["pipeline_number"]), (&json!("running"), &Value::Null, &json!(5120)));
    assert_eq!(running["started_by"], get(&desk, &token, "/api/v2/me")["id"]);
    assert_eq!(newest(&desk, &token).1["id"], running["id"], "the newest comes first");
    let revision = pipeline["vcs"]["revision"].as_str().unwrap().to_owned();
    desk.state().world.advance_to(Present::Passing.now().plus(HOUR));
    assert_eq!(get(&desk, &token, &again)["status"], "success");
    let state = desk.state();
    let tagged = state.world.compute.tagged.iter().position(|tagged| &*tagged.name == "staging").unwrap();
    let left = state.world.compute.carrying(tagged);
    let machines: Vec<_> =
        left.iter().filter_map(|&slot| state.world.compute.machines.get(slot)).filter(|machine| machine.alive()).collect();
    assert!(matches!(machines.as_slice(), [one] if *one.container.as_ref().unwrap().commit == *revision), "{machines:?}");
    let posts = state.calls.since(0).filter(|call| call.service == "circleci" && call.write).count();
    assert_eq!(posts, 1);
}

#[test]
fn nobody_gets_further_without_the_token_and_nothing_is_written_where_nothing_may_be() {
    let (desk, token) = desk();
    for other in [None, Some("another")] {
        assert_eq!(ask(&desk, other, "GET", "/api/v2/me", "").status, 401);
    }
    let (_, workflow) = newest(&desk, &token);
    let path = format!("/api/v2/workflow/{}/rerun", workflow["id"].as_str().unwrap());
    desk.state().read_only = true;
    assert_eq!(ask(&desk, Some(&token), "POST", &path, "{}").status, 403);
    assert_eq!(desk.state().refused, 1);
    desk.state().read_only = false;
    let (_, tests) = (0, get(&desk, &token, "/api/v2/project/gh/Enterprise-CMCS/eAPD/pipeline"));
    assert_eq!(tests["items"].as_array().unwrap().len(), 4);
    assert_eq!(ask(&desk, Some(&token), "GET", "/api/v2/project/gh/nobody/nothing/pipeline", "").status, 404);
    assert_eq!(ask(&desk, Some(&token), "GET", "/api/v2/workflow/none", "").status, 404);
}

#[test]
fn an_answer_is_lost_after_it_has_taken_effect() {
    let (desk, token) = desk();
    let (_, workflow) = newest(&desk, &token);
    let fault = json!({ "service": "circleci", "operation": "POST /workflow/{id}/rerun", "kind": "lost-answer" });
    desk.state().world.faults.add(serde_json::from_value(fault).unwrap(), None);
    let path = format!("/api/v2/workflow/{}/rerun", workflow["id"].as_str().unwrap());
    assert_eq!(ask(&desk, Some(&token), "POST", &path, "{}").delivery, Delivery::Reset);
    assert_eq!(newest(&desk, &token).1["status"], "running");
}
