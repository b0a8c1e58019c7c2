//! How versions are promoted: merges, tags, releases, reverts, and their rules.

use serde_json::{Value, json};

use crate::support::{self, Server, WORLD};

const TAGS: &str = r#"
[[repository.workflow]]
file = "release.yml"
text = '''
name: Release
on: {push: {tags: ['v*', '!v*-rc*']}, release: {types: [published]}}
jobs: {publish: {runs-on: x, steps: [{run: make}]}}
'''
"#;

/// Two pull requests that go together, and one that is in conflict with both.
const PULLS: &str = r#"
[[repository.commit]]
name = "stock"
number = 12
title = "Show the stock"
body = "How many are left."
author = "kim"
at = "-10m"
files = { "stock.py" = "STOCK = 1\n" }

[[repository.commit]]
name = "closing"
number = 13
title = "Close"
author = "kim"
at = "-9m"
edits = [{ path = "shop.py", find = "OPEN = True", replace = "OPEN = False" }]

[[repository.commit]]
name = "late"
number = 14
title = "Close later"
author = "kim"
at = "-8m"
draft = true
edits = [{ path = "shop.py", find = "OPEN = True", replace = "OPEN = 22" }]
"#;

fn world() -> String {
    format!("{}{PULLS}", WORLD.replacen("[[repository.workflow]]", &format!("{TAGS}\n[[repository.workflow]]"), 1))
}

async fn merge(server: &Server, number: u64, body: &Value) -> support::Answer {
    let path = format!("/repos/acme/shop/pulls/{number}/merge");
    server.send("PUT", &path, "content-type: application/json", &body.to_string()).await.unwrap()
}

async fn head(server: &Server) -> String {
    server.get("/repos/acme/shop/branches/main").await.body["commit"]["sha"].as_str().unwrap().to_owned()
}

fn named<'a>(runs: &'a Value, path: &str) -> Vec<&'a Value> {
    let runs = runs["workflow_runs"].as_array().unwrap();
    runs.iter().filter(|run| run["path"] == format!(".github/workflows/{path}")).collect()
}

#[tokio::test]
async fn merges_follow_one_another_and_conflicts_stay() {
    let server = Server::start(&world(), 1.0).await;
    let waiting = server.waiting("acme/shop").await;
    let before = head(&server).await;
    let first = merge(&server, 12, &json!({ "merge_method": "squash" })).await;
    assert_eq!(first.status, 200, "{}", first.text);
    let commit = server.get("/repos/acme/shop/commits/main").await.body;
    assert_eq!(commit["commit"]["message"], "Show the stock (#12)\n\nHow many are left.");
    assert_eq!((&commit["sha"], &commit["parents"][0]["sha"]), (&first.body["sha"], &json!(before)));
    assert_eq!((&commit["author"]["login"], &commit["committer"]["login"]), (&json!("kim"), &json!("web-flow")));
    // The push starts the deploy, which takes the place of the run that waited.
    assert_eq!(server.row(waiting).await["conclusion"], "cancelled");
    let runs = server.get(&format!("/repos/acme/shop/actions/runs?head_sha={}", first.body["sha"].as_str().unwrap())).await.body;
    assert_eq!((named(&runs, "deploy.yml").len(), &runs["workflow_runs"][0]["actor"]["login"]), (1, &json!("jo")));
    // The draft can be merged once it is ready, says git, until the other one is merged.
    let trial = server.get("/repos/acme/shop/pulls/14").await.body;
    assert_eq!((&trial["merged"], trial["merge_commit_sha"].as_str().map(str::len)), (&json!(false), Some(40)));
    let state = |pull: &Value| (pull["mergeable"].clone(), pull["mergeable_state"].clone());
    assert_eq!(state(&server.get("/repos/acme/shop/pulls/14").await.body), (json!(true), json!("draft")));
    assert_eq!(merge(&server, 14, &json!({})).await.body["message"], "Pull Request is still a draft");
    let rebased = merge(&server, 13, &json!({ "merge_method": "rebase" })).await;
    let commit = server.get("/repos/acme/shop/commits/main").await.body;
    assert_eq!((&commit["sha"], &commit["commit"]["message"]), (&rebased.body["sha"], &json!("Close")));
    assert_eq!((&commit["author"]["login"], &commit["commit"]["committer"]["name"]), (&json!("kim"), &json!("Jo")));
    assert_eq!(state(&server.get("/repos/acme/shop/pulls/14").await.body), (json!(false), json!("dirty")));
    let files = server.get(&format!("/repos/acme/shop/compare/{before}...main")).await.body;
    let names: Vec<&Value> = files["files"].as_array().unwrap().iter().map(|file| &file["filename"]).collect();
    assert_eq!(names, ["shop.py", "stock.py"]);
    let again = merge(&server, 13, &json!({})).await;
    assert_eq!((again.status, &again.body["message"]), (405, &json!("Pull Request is not mergeable")));
    server.stop().await;
}

#[tokio::test]
async fn what_a_branch_requires_stands_in_the_way_of_a_merge() {
    let failing = PULLS.replacen("author = \"kim\"", "author = \"kim\"\nchecks = { Tests = \"failure\" }", 1);
    let strict = format!("{}{failing}", WORLD.replace("checks = [\"Tests\"]", "checks = [\"Tests\"]\nmerges = [\"squash\"]"));
    let server = Server::start(&strict, 1.0).await;
    assert_eq!(server.get("/repos/acme/shop/pulls/12").await.body["mergeable_state"], "blocked");
    let refused = merge(&server, 12, &json!({ "merge_method": "squash" })).await;
    assert_eq!(refused.status, 405);
    assert!(refused.body["message"].as_str().unwrap().contains("Required status check \"Tests\" is failing."), "{}", refused.text);
    let other = merge(&server, 13, &json!({ "merge_method": "rebase" })).await;
    assert_eq!((other.status, &other.body["message"]), (405, &json!("Rebase merges are not allowed on this repository.")));
    assert_eq!(merge(&server, 13, &json!({ "merge_method": "squash" })).await.status, 200);
    let rules = server.get("/repos/acme/shop/rules/branches/main").await.body;
    let required = &rules[2]["parameters"]["required_status_checks"];
    assert_eq!(*required, json!([{ "context": "Tests", "integration_id": 15_368 }]));
    let classic = server.get("/repos/acme/shop/branches/main/protection/required_status_checks").await;
    assert_eq!((classic.status, &classic.body["message"]), (403, &json!("Must have admin rights to Repository.")));
    server.stop().await;
}

#[tokio::test]
async fn a_branch_protection_is_for_who_administers() {
    let classic = WORLD.replace("statuses = [\"coverage\"]", "statuses = [\"coverage\"]\nprotection = \"branch\"\npermission = \"admin\"");
    let server = Server::start(&classic.replace("required = [\"Tests\"]", "required = [\"Tests\", \"coverage\"]"), 1.0).await;
    let path = |branch: &str| format!("/repos/acme/shop/branches/{branch}/protection/required_status_checks");
    let told = server.get(&path("main")).await.body;
    assert_eq!(told["checks"], json!([{ "context": "Tests", "app_id": 15_368 }, { "context": "coverage", "app_id": null }]));
    assert_eq!(server.get("/repos/acme/shop/rules/branches/main").await.body, json!([]));
    let other = server.get(&path("old-idea-9")).await;
    assert_eq!((other.status, &other.body["message"]), (404, &json!("Branch not protected")));
    assert_eq!(server.get("/repos/acme/shop/branches/old-idea-9").await.body["protected"], false);
    assert_eq!(server.get("/repos/acme/shop/branches/main").await.body["protected"], true);
    server.stop().await;
    // Nothing is required, so nothing is protected.
    let server = Server::start(&WORLD.replace("required = [\"Tests\"]", "permission = \"admin\""), 1.0).await;
    assert_eq!(server.get("/repos/acme/shop/branches/main").await.body["protected"], false);
    assert_eq!(server.get(&path("main")).await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_tag_starts_what_waits_for_tags() {
    let server = Server::start(&world(), 1.0).await;
    let waiting = server.waiting("acme/shop").await;
    let sha = head(&server).await;
    let make = async |name: &str, sha: &str| server.post("/repos/acme/shop/git/refs", &json!({ "ref": name, "sha": sha })).await;
    for (name, sha, message) in [
        ("v1", sha.as_str(), "Reference name must start with 'refs/' and have at least two slashes."),
        ("refs/tags/a b", &sha, "Reference name must start with 'refs/' and have at least two slashes."),
        ("refs/tags/v1", "abc", "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."),
        ("refs/tags/v1", &"0".repeat(40), "Object does not exist"),
    ] {
        let refused = make(name, sha).await;
        assert_eq!((refused.status, refused.body["message"].as_str()), (422, Some(message)), "{name}");
    }
    assert_eq!(make("refs/tags/v1", &sha).await.status, 201);
    assert_eq!(make("refs/tags/v1", &sha).await.body["message"], "Reference already exists");
    assert_eq!(make("refs/tags/v2-rc1", &sha).await.status, 201);
    let all = server.get("/repos/acme/shop/git/matching-refs/tags/v").await.body;
    let names: Vec<&Value> = all.as_array().unwrap().iter().map(|found| &found["ref"]).collect();
    assert_eq!(names, ["refs/tags/v1", "refs/tags/v2-rc1"]);
    // Neither the pattern that takes back nor a workflow for branches is met.
    let runs = server.get("/repos/acme/shop/actions/runs?event=push").await.body;
    let releases: Vec<&Value> = named(&runs, "release.yml").into_iter().map(|run| &run["head_branch"]).collect();
    assert_eq!(releases, ["v1"]);
    assert_eq!(server.row(waiting).await["status"], "waiting");
    // A tag names a commit wherever one is asked for.
    let same = server.get("/repos/acme/shop/compare/v1...main").await.body;
    assert_eq!((&same["status"], &same["base_commit"]["sha"]), (&json!("identical"), &json!(sha)));
    assert_eq!(server.get("/repos/acme/shop/git/ref/tags/v").await.status, 404);
    server.stop().await;
}

#[tokio::test]
async fn a_release_makes_its_tag_once() {
    let server = Server::start(&world(), 1.0).await;
    let draft = server.post("/repos/acme/shop/releases", &json!({ "tag_name": "v1", "draft": true })).await;
    assert_eq!((draft.status, &draft.body["published_at"]), (201, &Value::Null));
    assert_eq!(server.get("/repos/acme/shop/tags").await.body, json!([]));
    assert_eq!(server.get("/repos/acme/shop/releases/latest").await.status, 404);
    let body = json!({ "tag_name": "v1", "target_commitish": "main", "generate_release_notes": true });
    let made = server.post("/repos/acme/shop/releases", &body).await;
    assert_eq!((made.status, &made.body["name"], &made.body["author"]["login"]), (201, &json!("v1"), &json!("jo")), "{}", made.text);
    let notes = made.body["body"].as_str().unwrap();
    let lines = ["* Explain by @kim in ", "* Show prices by @kim in ", "**Full Changelog**: "].map(|line| notes.find(line));
    assert!(lines.is_sorted() && lines.iter().all(Option::is_some), "{notes}");
    let again = server.post("/repos/acme/shop/releases", &body).await;
    assert_eq!((again.status, &again.body["errors"][0]["code"]), (422, &json!("already_exists")));
    let nowhere = server.post("/repos/acme/shop/releases", &json!({ "tag_name": "v2", "target_commitish": "nowhere" })).await;
    assert_eq!((nowhere.status, &nowhere.body["errors"][0]["field"]), (422, &json!("target_commitish")));
    let runs = server.get("/repos/acme/shop/actions/runs?branch=v1").await.body;
    let mut events: Vec<&str> = named(&runs, "release.yml").into_iter().map(|run| run["event"].as_str().unwrap()).collect();
    events.sort_unstable();
    assert_eq!(events, ["push", "release"]);
    server.stop().await;
}

const REVERT: &str = "mutation($id: ID!) { revertPullRequest(input: { pullRequestId: $id, draft: true }) {
    revertPullRequest { number title isDraft baseRefOid changedFiles } } }";

async fn revert(server: &Server, number: u64) -> Value {
    let id = server.get(&format!("/repos/acme/shop/pulls/{number}")).await.body["node_id"].clone();
    server.post("/graphql", &json!({ "query": REVERT, "variables": { "id": id } })).await.body
}

#[tokio::test]
async fn a_revert_is_a_pull_request_that_takes_back() {
    let server = Server::start(&world(), 1.0).await;
    let sha = head(&server).await;
    let made = &revert(&server, 11).await["data"]["revertPullRequest"]["revertPullRequest"];
    let expected = json!({ "number": 15, "title": "Revert \"Show prices\"", "isDraft": true, "baseRefOid": sha, "changedFiles": 1 });
    assert_eq!(*made, expected);
    let pull = server.get("/repos/acme/shop/pulls/15").await.body;
    assert_eq!((&pull["head"]["ref"], &pull["user"]["login"]), (&json!("revert-11-prices-11"), &json!("jo")));
    let patch = server.get("/repos/acme/shop/pulls/15/files").await.body[0]["patch"].as_str().unwrap().to_owned();
    assert!(patch.contains("-PRICES = {1: 2}\n+PRICES = {}"), "{patch}");
    let commit = server.get("/repos/acme/shop/commits/revert-11-prices-11").await.body;
    assert_eq!(commit["commit"]["message"], format!("Revert \"Show prices (#11)\"\n\nThis reverts commit {sha}."));
    // Its branch has another name when the first is taken.
    let second = &revert(&server, 11).await["data"]["revertPullRequest"]["revertPullRequest"]["number"];
    assert_eq!(server.get(&format!("/repos/acme/shop/pulls/{second}")).await.body["head"]["ref"], "revert-11-prices-11-1");
    for (number, says) in [(9, "hasn't been merged"), (12, "hasn't been merged")] {
        let told = revert(&server, number).await;
        assert!(told["errors"][0]["message"].as_str().unwrap().contains(says), "{told}");
        assert_eq!(told["data"]["revertPullRequest"], Value::Null);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_revert_that_is_merged_brings_back_what_was() {
    let server = Server::start(&world().replace("required = [\"Tests\"]\n", ""), 1.0).await;
    let ready = REVERT.replace(", draft: true", "");
    let id = server.get("/repos/acme/shop/pulls/11").await.body["node_id"].clone();
    server.post("/graphql", &json!({ "query": ready, "variables": { "id": id } })).await;
    let merged = merge(&server, 15, &json!({ "merge_method": "merge" })).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    let file = server.send("GET", "/repos/acme/shop/contents/shop.py", "accept: application/vnd.github.raw", "").await.unwrap();
    assert_eq!(file.text, "PRICES = {}\nOPEN = True\n");
    let runs = server.get("/repos/acme/shop/actions/runs?status=queued").await.body;
    assert_eq!(named(&runs, "deploy.yml")[0]["head_sha"], merged.body["sha"]);
    // What is taken back cannot be taken back once more.
    let told = revert(&server, 11).await;
    assert!(told["errors"][0]["message"].as_str().unwrap().contains("already been reverted"), "{told}");
    server.stop().await;
}

#[tokio::test]
async fn a_revert_is_a_write_of_its_own_name() {
    let server = Server::start(&world(), 1.0).await;
    let operation = "POST /graphql revertPullRequest";
    server.sim("POST", "/_sim/faults", &json!({ "service": "github", "operation": operation, "kind": "lost-answer" })).await;
    let id = server.get("/repos/acme/shop/pulls/11").await.body["node_id"].clone();
    let body = json!({ "query": REVERT, "variables": { "id": id } }).to_string();
    assert!(server.send("POST", "/graphql", "", &body).await.is_err());
    assert_eq!(server.get("/repos/acme/shop/pulls/15").await.status, 200, "its effect was had");
    server.sim("DELETE", "/_sim/faults", &Value::Null).await;
    server.sim("POST", "/_sim/read-only", &json!({ "on": true })).await;
    assert_eq!(server.send("POST", "/graphql", "", &body).await.unwrap().status, 403);
    assert_eq!(server.post("/graphql", &json!({ "query": "{ viewer { login } }" })).await.status, 200);
    let calls = server.sim("GET", "/_sim/calls", &Value::Null).await;
    let calls = calls["calls"].as_array().unwrap();
    let writes: Vec<&Value> = calls.iter().filter(|call| call["write"] == true).map(|call| &call["operation"]).collect();
    assert_eq!(writes, [operation, operation]);
    server.stop().await;
}
