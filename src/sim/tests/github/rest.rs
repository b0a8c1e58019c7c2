//! REST: reads, reviews, dispatches, and how they fail.

use crate::support::{self, Server, WORLD};
use std::fmt::Write as _;

use serde_json::{Value, json};

#[tokio::test]
async fn a_request_needs_a_token() {
    let server = Server::start(WORLD, 1.0).await;
    let bare = server.raw("GET /repos/acme/shop HTTP/1.1", "").await.unwrap();
    assert!(bare.starts_with("HTTP/1.1 401") && bare.contains("Requires authentication"), "{bare}");
    let wrong = server.raw("GET /repos/acme/shop HTTP/1.1\r\nauthorization: Bearer x", "").await.unwrap();
    assert!(wrong.starts_with("HTTP/1.1 401") && wrong.contains("Bad credentials"), "{wrong}");
    assert_eq!(server.get("/user").await.body["login"], "jo");
    server.stop().await;
}

#[tokio::test]
async fn what_did_not_change_costs_nothing() {
    let server = Server::start(WORLD, 1.0).await;
    let first = server.get("/repos/acme/shop/commits").await;
    let tag = first.header("etag").unwrap();
    assert!(tag.starts_with("W/\""), "{tag}");
    let left = first.header("x-ratelimit-remaining");
    let again = server.send("GET", "/repos/acme/shop/commits", &format!("if-none-match: {tag}"), "").await.unwrap();
    assert_eq!((again.status, again.header("x-ratelimit-remaining")), (304, left));
    let other = server.get("/repos/acme/shop").await;
    assert_ne!(other.header("x-ratelimit-remaining"), again.header("x-ratelimit-remaining"));
    server.stop().await;
}

#[tokio::test]
async fn abbreviated_commits_are_found() {
    let server = Server::start(WORLD, 1.0).await;
    let head = server.get("/repos/acme/shop/branches/main").await.body["commit"]["sha"].as_str().unwrap().to_owned();
    let short = server.get(&format!("/repos/acme/shop/commits/{}", &head[..7])).await;
    assert_eq!(short.body["sha"], head.as_str());
    assert!(short.body["files"][0]["patch"].as_str().unwrap().starts_with("@@ "), "{}", short.body);
    let plain = server.send("GET", "/repos/acme/shop/commits/main", "accept: application/vnd.github.sha", "").await.unwrap();
    assert_eq!(plain.text, head);
    assert_eq!(server.get("/repos/acme/shop/commits/0000000").await.status, 422);
    server.stop().await;
}

/// A history of 260 commits, the last of which changes 310 files.
fn long() -> String {
    let mut text = String::from("[[repository]]\nname = \"acme/long\"\nfiles = { \"n\" = \"0\" }\n");
    for number in 1..=260 {
        let _ = write!(text, "[[repository.commit]]\nname = \"c{number}\"\ntitle = \"{number}\"\nat = \"-{}m\"\n", 1_000 - number);
        let _ = writeln!(text, "files = {{ \"n\" = \"{number}\" }}");
    }
    text += "[[repository.commit]]\ntitle = \"many\"\nat = \"-10m\"\n[repository.commit.files]\n";
    for number in 0..310 {
        let _ = writeln!(text, "\"many/{number:03}\" = \"{number}\"");
    }
    format!("{WORLD}\n{text}")
}

#[tokio::test]
async fn comparisons_have_pages() {
    let server = Server::start(&long(), 1.0).await;
    let commits = server.get("/repos/acme/long/commits?per_page=100&page=3").await;
    let first = commits.body.as_array().unwrap().last().unwrap()["sha"].as_str().unwrap().to_owned();
    let whole = server.get(&format!("/repos/acme/long/compare/{first}...main")).await.body;
    let count = |page: &Value| page["commits"].as_array().unwrap().len();
    assert_eq!((whole["total_commits"].as_u64(), count(&whole)), (Some(261), 250));
    // Without pages the newest are told, in their order.
    assert_eq!(whole["commits"][249]["commit"]["message"], "many");
    assert_eq!(whole["files"].as_array().unwrap().len(), 300);
    let one = server.get(&format!("/repos/acme/long/compare/{first}...main?per_page=100")).await;
    assert_eq!((count(&one.body), &one.body["commits"][0]["commit"]["message"]), (100, &json!("1")));
    let next = one.header("link").unwrap();
    assert!(next.contains("/repositories/") && next.contains("rel=\"next\""), "{next}");
    let address = next.split(['<', '>']).find(|part| part.contains("page=2")).unwrap();
    let two = server.get(address.split_once(&server.address()).unwrap().1).await.body;
    assert_eq!((count(&two), two.get("files")), (100, None));
    let back = server.get(&format!("/repos/acme/long/compare/main...{first}")).await.body;
    assert_eq!((&back["status"], &back["behind_by"]), (&json!("behind"), &json!(261)));
    let same = server.get("/repos/acme/long/compare/main...main").await.body;
    assert_eq!(same["status"], "identical");
    server.stop().await;
}

#[tokio::test]
async fn an_open_pull_request_has_diverged() {
    let server = Server::start(WORLD, 1.0).await;
    let apart = server.get("/repos/acme/shop/compare/main...old-idea-9").await.body;
    assert_eq!((&apart["status"], &apart["ahead_by"], &apart["behind_by"]), (&json!("diverged"), &json!(1), &json!(2)));
    assert_eq!(apart["files"][0]["filename"], "idea.txt");
    assert_eq!(server.get("/repos/acme/shop/compare/main...nowhere").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn pull_requests_have_githubs_order() {
    let server = Server::start(WORLD, 1.0).await;
    for (query, expected) in [
        ("", [11, 10, 9]),
        ("&sort=created&direction=asc", [9, 10, 11]),
        ("&sort=updated", [9, 10, 11]),
        ("&sort=updated&direction=desc", [11, 10, 9]),
    ] {
        let pulls = server.get(&format!("/repos/acme/shop/pulls?state=all{query}")).await.body;
        let numbers: Vec<u64> = pulls.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, expected, "{query}");
    }
    server.stop().await;
}

#[tokio::test]
async fn environments_are_approved_by_their_ids() {
    let server = Server::start(WORLD, 60.0).await;
    let run = server.waiting("acme/shop").await;
    let pending = server.get(&format!("/repos/acme/shop/actions/runs/{run}/pending_deployments")).await.body;
    let ids: Vec<u64> = pending.as_array().unwrap().iter().map(|row| row["environment"]["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let path = format!("/repos/acme/shop/actions/runs/{run}/pending_deployments");
    let body = |ids: &[u64]| json!({ "environment_ids": ids, "state": "approved", "comment": "go" });
    let missing = server.post(&path, &json!({ "environment_ids": ids })).await;
    assert_eq!(
        (missing.status, missing.text.contains("\\\"state\\\", \\\"comment\\\" weren't supplied.")),
        (422, true),
        "{}",
        missing.text
    );
    let other = server.post(&path, &body(&[ids[0], 7])).await;
    assert_eq!((other.status, &other.body["message"]), (422, &json!("No pending deployment requests to approve or reject")));
    assert!(server.row(run).await["waits_for"].as_array().unwrap().len() == 2, "a refused approval changed something");
    let made = server.post(&path, &body(&ids[..1])).await;
    assert_eq!((made.status, &made.body[0]["environment"]), (200, &json!("production")));
    assert_eq!(server.row(run).await["waits_for"], json!(["production-ca"]));
    assert_eq!(server.post(&path, &body(&ids[..1])).await.status, 422);
    server.stop().await;
}

#[tokio::test]
async fn an_approved_run_brings_its_version_to_every_environment() {
    let server = Server::start(WORLD, 60.0).await;
    let run = server.waiting("acme/shop").await;
    let head = server.row(run).await["head"].as_str().unwrap().to_owned();
    let path = format!("/repos/acme/shop/actions/runs/{run}/pending_deployments");
    let pending = server.get(&path).await.body;
    let ids: Vec<&Value> = pending.as_array().unwrap().iter().map(|row| &row["environment"]["id"]).collect();
    server.post(&path, &json!({ "environment_ids": ids, "state": "approved", "comment": "" })).await;
    let done = server.until(|world| support::run(world, run)["status"] == "completed").await;
    assert_eq!(support::run(&done, run)["conclusion"], "success", "{done}");
    for region in ["us-west-1", "ca-central-1"] {
        let row = support::environment(&done, "shop-prod", region);
        assert_eq!(row["version"]["sha"].as_str().unwrap(), &head[..7], "{row}");
        assert!(row["version"]["label"].as_str().unwrap().starts_with("shop-prod2"), "{row}");
    }
    let runs = server.get("/repos/acme/shop/actions/runs?status=success").await.body;
    assert_eq!(runs["workflow_runs"][0]["id"], run);
    server.stop().await;
}

#[tokio::test]
async fn a_rejected_environment_fails_the_run() {
    let server = Server::start(WORLD, 60.0).await;
    let run = server.waiting("acme/shop").await;
    let path = format!("/repos/acme/shop/actions/runs/{run}/pending_deployments");
    let pending = server.get(&path).await.body;
    let ids: Vec<&Value> = pending.as_array().unwrap().iter().map(|row| &row["environment"]["id"]).collect();
    server.post(&path, &json!({ "environment_ids": ids, "state": "rejected", "comment": "no" })).await;
    let row = server.row(run).await;
    assert_eq!((&row["status"], &row["conclusion"]), (&json!("completed"), &json!("failure")));
    let said = server.get(&format!("/repos/acme/shop/actions/runs/{run}/approvals")).await.body;
    assert_eq!((&said[0]["state"], &said[0]["comment"]), (&json!("rejected"), &json!("no")));
    assert_eq!(server.post(&format!("/repos/acme/shop/actions/runs/{run}/cancel"), &json!({})).await.status, 409);
    server.stop().await;
}

#[tokio::test]
async fn a_dispatch_cancels_what_waits_in_its_group() {
    let server = Server::start(WORLD, 60.0).await;
    let run = server.waiting("acme/shop").await;
    let path = "/repos/acme/shop/actions/workflows/redeploy.yml/dispatches";
    let unknown = server.post(path, &json!({ "ref": "main", "inputs": { "nowhere": "true" } })).await;
    assert_eq!((unknown.status, unknown.text.contains("Unexpected inputs provided")), (422, true));
    assert_eq!(server.post(path, &json!({ "ref": "nowhere" })).await.status, 422);
    assert_eq!(server.row(run).await["status"], "waiting");
    let body = json!({ "ref": "main", "inputs": { "staging": "true" }, "return_run_details": true });
    let made = server.post(path, &body).await;
    let started = made.body["workflow_run_id"].as_u64().unwrap();
    assert_eq!(server.row(run).await["conclusion"], "cancelled");
    let before = server.world().await;
    let label = support::environment(&before, "shop-staging", "us-west-1")["version"]["label"].clone();
    let done = server.until(|world| support::run(world, started)["status"] == "completed").await;
    assert_eq!(support::run(&done, started)["conclusion"], "success");
    assert_eq!(support::environment(&done, "shop-staging", "us-west-1")["version"]["label"], label);
    let skipped: Vec<&Value> = support::run(&done, started)["jobs"].as_array().unwrap().iter().map(|job| &job["conclusion"]).collect();
    assert_eq!(skipped, [&json!("success"), &json!("skipped")]);
    assert_eq!(server.post(path, &json!({ "ref": "main" })).await.status, 204);
    server.stop().await;
}

#[tokio::test]
async fn a_lost_answer_takes_effect_once() {
    let server = Server::start(WORLD, 60.0).await;
    let run = server.waiting("acme/shop").await;
    let path = format!("/repos/acme/shop/actions/runs/{run}/pending_deployments");
    let ids = server.get(&path).await.body[0]["environment"]["id"].clone();
    let operation = "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments";
    server.sim("POST", "/_sim/faults", &json!({ "service": "github", "operation": operation, "kind": "lost-answer" })).await;
    let body = json!({ "environment_ids": [ids], "state": "approved", "comment": "" }).to_string();
    assert!(server.send("POST", &path, "", &body).await.is_err());
    server.sim("DELETE", "/_sim/faults", &Value::Null).await;
    let said = server.get(&format!("/repos/acme/shop/actions/runs/{run}/approvals")).await.body;
    assert_eq!(said.as_array().unwrap().len(), 1);
    let calls = server.sim("GET", "/_sim/calls", &Value::Null).await;
    let calls: Vec<&Value> = calls["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == operation).collect();
    assert_eq!(calls.len(), 1);
    assert_eq!((&calls[0]["service"], &calls[0]["write"], &calls[0]["fault"]), (&json!("github"), &json!(true), &json!("lost-answer")));
    server.stop().await;
}

#[tokio::test]
async fn it_misbehaves_as_asked() {
    let server = Server::start(WORLD, 1.0).await;
    for (fault, status, says) in [
        (json!({ "kind": "throttle" }), 403, "secondary rate limit"),
        (json!({ "kind": "throttle", "value": 429 }), 429, "secondary rate limit"),
        (json!({ "kind": "denied" }), 403, "Resource not accessible by personal access token"),
        (json!({ "kind": "expired" }), 401, "Bad credentials"),
        (json!({ "kind": "status", "value": 502 }), 502, "502"),
        (json!({ "kind": "garbage" }), 200, "total_count"),
    ] {
        server.sim("POST", "/_sim/faults", &fault).await;
        let answer = server.get("/repos/acme/shop").await;
        assert_eq!((answer.status, answer.text.contains(says)), (status, true), "{fault} {}", answer.text);
        assert_eq!(answer.header("retry-after").is_some(), fault["kind"] == "throttle");
        server.sim("DELETE", "/_sim/faults", &Value::Null).await;
    }
    server.sim("POST", "/_sim/read-only", &json!({ "on": true })).await;
    let refused = server.post("/repos/acme/shop/actions/runs/1/cancel", &json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(server.sim("GET", "/_sim/read-only", &Value::Null).await["refused"], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_renamed_repository_is_found_where_it_is() {
    let server = Server::start(WORLD, 1.0).await;
    let moved = server.get("/repos/acme/store/branches/main").await;
    assert_eq!(moved.status, 301);
    let location = moved.header("location").unwrap();
    let found = server.get(location.split_once(&server.address()).unwrap().1).await;
    assert_eq!(found.body["name"], "main");
    let post = server.post("/repos/acme/store/actions/runs/1/cancel", &json!({})).await;
    assert_eq!(post.status, 307);
    server.stop().await;
}

#[tokio::test]
async fn logs_are_elsewhere_for_a_minute() {
    let server = Server::start(WORLD, 1.0).await;
    let run = server.waiting("acme/shop").await;
    let jobs = server.get(&format!("/repos/acme/shop/actions/runs/{run}/jobs")).await.body;
    let names: Vec<&Value> = jobs["jobs"].as_array().unwrap().iter().map(|job| &job["name"]).collect();
    assert_eq!(names, ["Image", "Staging / Deploy", "Production / Deploy", "Canada / Deploy"]);
    let answer = server.get(&format!("/repos/acme/shop/actions/jobs/{}/logs", jobs["jobs"][0]["id"])).await;
    assert_eq!(answer.status, 302);
    let address = answer.header("location").unwrap();
    let path = address.split_once(&server.address()).unwrap().1.to_owned();
    assert!(server.get(&path).await.text.contains("runner"), "{path}");
    let old = format!("{}1", path.split_once("until=").unwrap().0.to_owned() + "until=");
    assert_eq!(server.get(&old).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn without_git_only_github_is_missing() {
    let server = Server::with_git(WORLD, "/nowhere/git").await;
    let answer = server.get("/repos/acme/shop").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body["message"].as_str().unwrap().contains("install git"), "{}", answer.text);
    assert_eq!(server.world().await["environments"].as_array().unwrap().len(), 3);
    server.stop().await;
}

#[tokio::test]
async fn the_folder_goes_with_the_server() {
    let server = Server::start(WORLD, 1.0).await;
    server.get("/repos/acme/shop/commits").await;
    let folder = server.folder().unwrap();
    assert!(folder.join("0.git").is_dir());
    server.stop().await;
    assert!(!folder.exists());
}

/// Every merge of the built-in world is what git itself would have merged.
#[tokio::test]
async fn merges_are_gits_own() {
    let server = Server::built_in("default").await;
    server.get("/repos/hypothesis/h/commits").await;
    let folder = server.folder().unwrap();
    let git = |repository: &str, arguments: &[&str]| {
        let output = std::process::Command::new("git").arg("-C").arg(folder.join(repository)).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let mut merges = 0;
    for repository in ["0.git", "1.git", "2.git", "3.git"] {
        git(repository, &["fsck", "--strict"]);
        let all = git(repository, &["for-each-ref", "--format=%(objectname) %(parent) %(tree)"]);
        for line in all.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            if let [_, first, second, tree] = words.as_slice() {
                assert_eq!(git(repository, &["merge-tree", "--write-tree", first, second]), *tree);
                merges += 1;
            }
        }
    }
    assert!(merges > 0);
    server.stop().await;
}

#[tokio::test]
async fn it_can_stand_where_enterprise_server_does() {
    let server = Server::start(WORLD, 1.0).await;
    let branch = server.get("/api/v3/repos/acme/shop/branches/main").await.body;
    let url = branch["_links"]["self"].as_str().unwrap();
    assert!(url.ends_with("/api/v3/repos/acme/shop/branches/main"), "{url}");
    let told = server.post("/api/graphql", &json!({ "query": "{ viewer { login } }" })).await.body;
    assert_eq!(told, json!({ "data": { "viewer": { "login": "jo" } } }));
    server.stop().await;
}
