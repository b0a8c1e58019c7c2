//! What queries tell, in whole and in part.

use serde_json::{Value, json};

use super::super::canned::{Rig, json as told, tagged, with};
use crate::model::commit::CheckState;
use crate::model::fault::FaultKind;
use crate::model::forge::{News, Topic};
use crate::model::id::Sha;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn shas(all: &[&str]) -> Topic {
    Topic::Details(all.iter().map(|sha| Sha::new(sha).unwrap()).collect())
}

fn pull(number: u64, base: &str, merge: &str) -> Value {
    json!({"number": number, "title": "Title", "url": "https://x", "mergedAt": "2026-11-20T10:00:00Z", "baseRefName": base,
        "mergeCommit": {"oid": merge}, "author": null, "files": {"nodes": [{"path": "a.py"}, null], "pageInfo": {"hasNextPage": false}}})
}

fn commit(pulls: &[Value], contexts: &Value) -> Value {
    json!({"associatedPullRequests": {"nodes": pulls}, "statusCheckRollup": {"contexts": contexts}})
}

fn repository(parts: &Value) -> Value {
    json!({"data": {"repository": parts}})
}

#[tokio::test]
async fn pull_requests_and_checks_come_with_one_query() {
    let contexts = json!({"totalCount": 5, "nodes": [
        {"__typename": "CheckRun", "name": "tests", "status": "COMPLETED", "conclusion": "SUCCESS", "checkSuite": {"app": {"databaseId": 15_368}}},
        {"__typename": "StatusContext", "context": "ci/x", "state": "EXPECTED"},
        {"__typename": "CheckRun", "name": "lint", "status": "IN_PROGRESS", "conclusion": null}]});
    let open = json!({"number": 1, "mergedAt": null, "author": {"login": "x"}});
    let told_of = repository(&json!({"c0": commit(&[open, pull(2, "develop", B), pull(3, "main", B)], &contexts), "c1": null}));
    let rig = Rig::new(vec![told(told_of)]).await;
    let report = crate::ops::port::Forge::ask(&rig.github, rig.repository.clone(), shas(&[A, "abc1234"]), Some("main".into())).await;
    let News::Details(details) = report.news.unwrap() else { panic!() };
    let detail = &details[0].1;
    let pull = detail.pull.as_ref().unwrap();
    assert_eq!((pull.number.0, pull.author.as_ref(), pull.paths.as_ref().unwrap().len()), (3, None, 1));
    let checks = detail.checks.as_ref().unwrap();
    assert_eq!(
        checks.iter().map(|check| check.state).collect::<Vec<_>>(),
        [CheckState::Success, CheckState::Pending, CheckState::Pending, CheckState::Unknown]
    );
    assert_eq!(&*checks[3].name, "2 more");
    assert_eq!(checks.iter().map(|check| check.app).collect::<Vec<_>>(), [Some(15_368), None, None, None]);
    // A commit that is not there has nothing to tell.
    assert_eq!((details.len(), details[1].1.pull.is_none(), details[1].1.checks.is_none()), (2, true, true));
    let asked = rig.server.asked();
    assert_eq!((asked.len(), asked[0].line()), (1, "POST /graphql"));
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body["variables"], json!({"owner": "o", "name": "r"}));
    let query = body["query"].as_str().unwrap();
    assert!(query.contains(&format!("c0: object(oid: \"{A}\")")) && query.contains("c1: object(expression: \"abc1234\")"));
}

#[tokio::test]
async fn what_is_told_beside_errors_is_told() {
    let denied = json!({"type": "FORBIDDEN", "path": ["repository", "c0", "statusCheckRollup"], "message": "Resource not accessible"});
    let failed = json!({"path": ["repository", "c1"], "message": "Something went wrong"});
    let mut answer =
        repository(&json!({"c0": {"associatedPullRequests": {"nodes": [pull(2, "main", A)]}, "statusCheckRollup": null}, "c1": null,
        "c2": {"associatedPullRequests": {"nodes": []}, "statusCheckRollup": null}}));
    answer["errors"] = json!([denied, failed]);
    let rig = Rig::new(vec![told(answer)]).await;
    let News::Details(details) = rig.see(shas(&[A, B, "cccccccccccccccccccccccccccccccccccccccc"])).await else { panic!() };
    let known: Vec<&str> = details.iter().map(|(sha, _)| sha.short()).collect();
    assert_eq!(known, ["aaaaaaa", "ccccccc"]);
    assert!(details[0].1.pull.is_some() && details[0].1.checks.is_none());
    assert_eq!(details[1].1.checks.as_deref(), Some([].as_slice()));
}

#[tokio::test]
async fn a_query_that_tells_nothing_is_a_fault_of_its_kind() {
    let errors =
        |kind: &str| told(json!({"data": {"repository": null}, "errors": [{"type": kind, "message": "Words", "path": ["repository"]}]}));
    for (reply, kind) in [
        (errors("NOT_FOUND"), FaultKind::Missing),
        (errors("FORBIDDEN"), FaultKind::Denied),
        (errors("RATE_LIMITED"), FaultKind::Throttled(Some(std::time::Duration::from_secs(60)))),
        (errors("OTHER"), FaultKind::Failed),
        (told(json!({"data": null})), FaultKind::Malformed),
        (told("{\"data\": {\"repos"), FaultKind::Malformed),
        (told("[]"), FaultKind::Malformed),
        (with(307, &[("location", "HOST/x")], ""), FaultKind::Refused),
        (with(502, &[], "<html>"), FaultKind::Failed),
        (
            told(json!({"data": {"repository": {"c0": null}}, "errors": [{"path": ["repository", "c0"], "message": "Timeout"}]})),
            FaultKind::Failed,
        ),
    ] {
        let rig = Rig::new(vec![reply]).await;
        assert_eq!(rig.fail(shas(&[A])).await.kind, kind);
        assert_eq!(rig.server.asked().len(), 1);
    }
}

fn overview(head: &str) -> Value {
    let text = "on: push\njobs:\n  ship:\n    environment: Live\n";
    repository(&json!({"head": {"name": "main", "target": {"oid": head}},
        "workflows": {"entries": [{"name": "ship.yml", "object": {"text": text, "isTruncated": false}}, {"name": "README.md", "object": {"text": text}},
            {"name": "cut.yml", "object": {"text": text, "isTruncated": true}}, {"name": "odd.yml", "object": {"text": "on: [push"}}, {"name": "folder", "object": {}}, {"name": "x.yaml", "object": null}]},
        "catalogue": null}))
}

#[tokio::test]
async fn as_long_as_the_branch_stands_there_is_nothing_new() {
    let branch = |sha: &str| json!({"name": "main", "commit": {"sha": sha}});
    let rig = Rig::at(
        vec![
            told(overview(A)),
            tagged("1", branch(A)),
            with(304, &[], ""),
            tagged("2", branch(B)),
            told(overview(B)),
            with(404, &[], "{}"),
            told(overview(B)),
        ],
        "/api/v3",
    )
    .await;
    let News::Overview(first) = rig.see(Topic::Overview).await else { panic!() };
    assert_eq!((&*first.branch, first.head.as_str(), first.pipelines.len()), ("main", A, 1));
    assert_eq!(&*first.pipelines[0].workflow, ".github/workflows/ship.yml");
    // Of these it is not known that they deploy nothing.
    let unread: Vec<&str> = first.unread.iter().map(AsRef::as_ref).collect();
    assert_eq!(unread, [".github/workflows/cut.yml", ".github/workflows/odd.yml", ".github/workflows/x.yaml"]);
    assert_eq!(rig.see(Topic::Overview).await, News::Same);
    assert_eq!(rig.see(Topic::Overview).await, News::Same);
    assert!(matches!(rig.see(Topic::Overview).await, News::Overview(next) if next.head.as_str() == B));
    assert!(matches!(rig.see(Topic::Overview).await, News::Overview(_)));
    let lines = rig.server.lines();
    let (branch, query) = ("GET /api/v3/repos/o/r/branches/main", "POST /api/graphql");
    assert_eq!(lines, [query, branch, branch, branch, query, branch, query]);
    assert_eq!(rig.server.asked()[2].header("if-none-match"), Some("\"1\""));
}

#[tokio::test]
async fn an_overview_that_is_told_in_part_is_not_one() {
    let mut answer = overview(A);
    answer["data"]["repository"]["workflows"] = Value::Null;
    answer["errors"] = json!([{"path": ["repository", "workflows", "entries", 3, "object"], "message": "Timeout"}]);
    let empty = repository(&json!({"head": null, "workflows": null, "catalogue": null}));
    let rig = Rig::new(vec![told(answer), told(empty)]).await;
    assert_eq!(rig.fail(Topic::Overview).await.kind, FaultKind::Failed);
    let fault = rig.fail(Topic::Overview).await;
    assert!(fault.kind == FaultKind::Missing && fault.sentence.contains("nothing was pushed yet"), "{fault}");
    let report = crate::ops::port::Forge::ask(&rig.github, rig.repository.clone(), Topic::Overview, Some("a/b".into())).await;
    assert!(report.news.unwrap_err().sentence.contains("configured branch"));
    let body: Value = serde_json::from_str(&rig.server.asked()[2].body).unwrap();
    assert_eq!(body["variables"]["workflows"], "refs/heads/a/b:.github/workflows");
}

#[tokio::test]
async fn overviews_of_several_repositories_come_with_one_query() {
    let each = overview(A)["data"]["repository"].clone();
    let answer = json!({"data": {"repository0": each, "repository1": null, "repository2": each}, "errors": [
        {"type": "NOT_FOUND", "path": ["repository1"], "message": "Could not resolve"},
        {"path": ["repository2", "workflows"], "message": "Timeout"}]});
    let rig = Rig::new(vec![told(answer), tagged("1", json!({"commit": {"sha": A}}))]).await;
    let repositories = vec![("o/r".into(), None), ("o/gone".into(), None), ("o/slow".into(), Some("live".into()))];
    let reports = crate::ops::port::Forge::overviews(&rig.github, repositories).await;
    assert_eq!(reports.iter().map(|report| report.repository.as_str()).collect::<Vec<_>>(), ["o/r", "o/gone", "o/slow"]);
    assert!(matches!(&reports[0].news, Ok(News::Overview(overview)) if overview.head.as_str() == A && overview.pipelines.len() == 1));
    let faults: Vec<_> = reports[1..].iter().map(|report| report.news.as_ref().unwrap_err()).collect();
    assert_eq!(faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [FaultKind::Missing, FaultKind::Failed]);
    assert!(faults[0].sentence.contains("the workflows of o/gone"), "{}", faults[0]);
    let body: Value = serde_json::from_str(&rig.server.asked()[0].body).unwrap();
    let variables = &body["variables"];
    assert_eq!((&variables["owner2"], &variables["branch2"]), (&json!("o"), &json!("refs/heads/live")));
    assert_eq!(variables["branch0"], Value::Null);
    // What was told together is known: the branch is all that is asked for next.
    assert_eq!(rig.see(Topic::Overview).await, News::Same);
    assert_eq!(rig.server.lines(), ["POST /graphql", "GET /repos/o/r/branches/main"]);
}

#[tokio::test]
async fn a_limit_that_is_told_with_a_good_status_is_one() {
    let limited = |kind: &str, message: &str, headers: &[(&str, &str)]| {
        with(200, headers, json!({"data": {"repository": {"c0": null}}, "errors": [{"type": kind, "message": message}]}))
    };
    let words = "API rate limit exceeded for user ID 1.";
    for (reply, seconds, says) in [
        (limited("RATE_LIMITED", words, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1600")]), 600, "used up"),
        (limited("RATE_LIMITED", words, &[("retry-after", "7")]), 7, "fewer calls"),
        (limited("RATE_LIMITED", words, &[("x-ratelimit-remaining", "9"), ("x-ratelimit-reset", "4000")]), 60, "fewer calls"),
        (limited("OTHER", "You have exceeded a secondary rate limit.", &[]), 60, "fewer calls"),
    ] {
        let rig = Rig::new(vec![reply]).await;
        let fault = rig.fail(shas(&[A])).await;
        assert_eq!(fault.kind, FaultKind::Throttled(Some(std::time::Duration::from_secs(seconds))));
        assert!(fault.sentence.contains(says), "{fault}");
    }
}

#[tokio::test]
async fn a_commit_whose_pull_requests_could_not_be_told_is_left_out() {
    let commits = json!({"c0": {"associatedPullRequests": null, "statusCheckRollup": null},
        "c1": {"associatedPullRequests": {"nodes": []}, "statusCheckRollup": null}});
    let mut answer = repository(&commits);
    answer["errors"] = json!([{"path": ["repository", "c0", "associatedPullRequests"], "message": "Timeout"}]);
    let rig = Rig::new(vec![told(answer)]).await;
    let News::Details(details) = rig.see(shas(&[A, B])).await else { panic!() };
    // "There is none" is not what an error says: it is asked for again.
    assert_eq!(details.iter().map(|(sha, _)| sha.as_str()).collect::<Vec<_>>(), [B]);
}

#[tokio::test]
async fn an_overview_without_its_catalogue_is_not_one_where_that_could_not_be_told() {
    for (part, is_told) in [("catalogue", false), ("head", false), ("workflows", false), ("elsewhere", true)] {
        let mut answer = overview(A);
        answer["errors"] = json!([{"path": ["repository", part, "text"], "message": "Timeout"}]);
        let rig = Rig::new(vec![told(answer)]).await;
        match rig.read(Topic::Overview).await {
            Ok(news) => assert!(is_told && matches!(news, News::Overview(_)), "{part}: {news:?}"),
            Err(fault) => assert!(!is_told && fault.kind == FaultKind::Failed && fault.sentence.contains("Timeout"), "{part}: {fault}"),
        }
    }
}
