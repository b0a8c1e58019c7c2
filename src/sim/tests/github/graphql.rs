//! GraphQL: what queries of a console come to.

use serde_json::{Value, json};

use crate::support::{Server, WORLD};

async fn ask(server: &Server, query: &str, variables: Value) -> Value {
    let answer = server.post("/graphql", &json!({ "query": query, "variables": variables })).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn one_query_tells_of_several_repositories() {
    let server = Server::start(WORLD, 1.0).await;
    let query = "query Fleet($owner: String!, $name: String = \"shop\") {
        viewer { login }
        rateLimit { cost remaining resetAt limit }
        a: repository(owner: $owner, name: $name) { ...Head isArchived viewerPermission }
        b: repository(owner: $owner, name: \"nothing\") { nameWithOwner }
    }
    fragment Head on Repository { __typename nameWithOwner defaultBranchRef { name target { __typename oid } } }";
    let told = ask(&server, query, json!({ "owner": "acme" })).await;
    let head = server.get("/repos/acme/shop/branches/main").await.body["commit"]["sha"].clone();
    let expected = json!({
        "__typename": "Repository", "nameWithOwner": "acme/shop", "isArchived": false, "viewerPermission": "WRITE",
        "defaultBranchRef": { "name": "main", "target": { "__typename": "Commit", "oid": head } },
    });
    assert_eq!(told["data"]["a"], expected);
    assert_eq!((&told["data"]["viewer"]["login"], &told["data"]["b"]), (&json!("jo"), &Value::Null));
    assert_eq!((&told["errors"][0]["type"], &told["errors"][0]["path"]), (&json!("NOT_FOUND"), &json!(["b"])));
    assert_eq!(told["data"]["rateLimit"]["cost"], 1);
    server.stop().await;
}

#[tokio::test]
async fn a_commit_tells_of_its_pull_request_and_checks() {
    let server = Server::start(WORLD, 1.0).await;
    let query = "{ repository(owner: \"acme\", name: \"shop\") { object(expression: \"main\") { ... on Tree { oid } ... on Commit {
        messageHeadline author { name user { login } }
        associatedPullRequests(first: 1) { nodes { number title author { login } mergedAt baseRefName mergeCommit { oid }
            files(first: 1) { nodes { path } pageInfo { hasNextPage endCursor } } } }
        statusCheckRollup { state contexts(first: 50) { nodes { __typename
            ... on CheckRun { name status conclusion detailsUrl } ... on StatusContext { context state targetUrl } } } }
    } } } }";
    let told = ask(&server, query, json!({})).await;
    assert_eq!(told.get("errors"), None, "{told}");
    let commit = &told["data"]["repository"]["object"];
    assert_eq!((&commit["messageHeadline"], &commit["author"]["user"]["login"]), (&json!("Show prices (#11)"), &json!("kim")));
    assert_eq!(commit.get("oid"), None);
    let pull = &commit["associatedPullRequests"]["nodes"][0];
    assert_eq!((&pull["number"], &pull["files"]["nodes"]), (&json!(11), &json!([{ "path": "shop.py" }])));
    assert_eq!(pull["files"]["pageInfo"]["hasNextPage"], false);
    let contexts = commit["statusCheckRollup"]["contexts"]["nodes"].as_array().unwrap();
    let kinds: Vec<(&Value, &Value)> = contexts.iter().map(|context| (&context["__typename"], &context["conclusion"])).collect();
    assert_eq!(kinds[0], (&json!("CheckRun"), &json!("SUCCESS")));
    assert!(contexts.iter().any(|context| context["status"] == "WAITING"), "{contexts:?}");
    assert!(contexts.iter().any(|context| context["state"] == "SUCCESS" && context["context"] == "coverage"));
    server.stop().await;
}

#[tokio::test]
async fn files_are_read_in_folders() {
    let server = Server::start(WORLD, 1.0).await;
    let query = "query($at: String!) { repository(owner: \"acme\", name: \"shop\") {
        object(expression: $at) { ... on Tree { entries { name type object { ... on Blob { text isTruncated } } } } ... on Blob { text } } } }";
    let folder = ask(&server, query, json!({ "at": "main:" })).await;
    let entries = folder["data"]["repository"]["object"]["entries"].as_array().unwrap().clone();
    let names: Vec<(&Value, &Value)> = entries.iter().map(|entry| (&entry["name"], &entry["type"])).collect();
    assert_eq!(names, [(&json!(".github"), &json!("tree")), (&json!("docs"), &json!("tree")), (&json!("shop.py"), &json!("blob"))]);
    assert_eq!(entries[2]["object"]["text"], "PRICES = {1: 2}\nOPEN = True\n");
    let file = ask(&server, query, json!({ "at": "main:docs/a.md" })).await;
    assert_eq!(file["data"]["repository"]["object"]["text"], "# Shop\n");
    let none = ask(&server, query, json!({ "at": "main:nowhere" })).await;
    assert_eq!(none["data"]["repository"]["object"], Value::Null);
    server.stop().await;
}

#[tokio::test]
async fn mistakes_stand_beside_what_is_known() {
    let server = Server::start(WORLD, 1.0).await;
    let query = "{ repository(owner: \"acme\", name: \"shop\") { nameWithOwner color pullRequest(number: 9) { author { login } title }
        pullRequests { totalCount } owner name: url { x } } }";
    let told = ask(&server, query, json!({})).await;
    let repository = &told["data"]["repository"];
    assert_eq!((&repository["nameWithOwner"], &repository["color"]), (&json!("acme/shop"), &Value::Null));
    assert_eq!(repository["pullRequest"], json!({ "author": null, "title": "An idea" }));
    let errors = told["errors"].as_array().unwrap();
    assert_eq!((&errors[0]["path"], &errors[0]["extensions"]["code"]), (&json!(["repository", "color"]), &json!("undefinedField")));
    assert!(errors[1]["message"].as_str().unwrap().contains("`first` or `last`"));
    assert_eq!(errors.len(), 4);
    for (query, says) in [
        ("{", "Parse error"),
        ("mutation { a }", "Field 'a' doesn't exist on type 'Mutation'"),
        ("query($x: Int!) { viewer { login } }", "Variable $x of type Int!"),
    ] {
        let told = ask(&server, query, json!({})).await;
        assert!(told["errors"][0]["message"].as_str().unwrap().contains(says), "{told}");
    }
    let cycle = "{ viewer { ...A } } fragment A on User { login ...A }";
    assert!(ask(&server, cycle, json!({})).await["errors"][0]["message"].as_str().unwrap().contains("too deeply"));
    server.stop().await;
}

#[tokio::test]
async fn pages_go_on_from_their_cursors() {
    let server = Server::start(WORLD, 1.0).await;
    let query = "query($after: String) { repository(owner: \"acme\", name: \"shop\") { defaultBranchRef {
        compare(headRef: \"old-idea-9\") { status aheadBy behindBy }
        target { ... on Commit { history(first: 3, after: $after) { totalCount nodes { oid } edges { cursor } pageInfo { hasNextPage endCursor } } } } } } }";
    let first = ask(&server, query, json!({})).await["data"]["repository"]["defaultBranchRef"].clone();
    assert_eq!(first["compare"], json!({ "status": "DIVERGED", "aheadBy": 1, "behindBy": 2 }));
    let page = &first["target"]["history"];
    assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(4), &json!(true)));
    let second = ask(&server, query, json!({ "after": page["pageInfo"]["endCursor"] })).await;
    let rest = &second["data"]["repository"]["defaultBranchRef"]["target"]["history"];
    assert_eq!((rest["nodes"].as_array().unwrap().len(), &rest["pageInfo"]["hasNextPage"]), (1, &json!(false)));
    server.stop().await;
}
