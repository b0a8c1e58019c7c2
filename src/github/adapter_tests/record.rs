//! Deployments, alerts and previews: which calls they cost, and what is taken from them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::canned::{Rig, json as told, tagged, with};
use crate::model::fault::FaultKind;
use crate::model::forge::{News, Topic};
use crate::model::id::{PullNumber, Sha};
use crate::model::preview::Place;
use crate::model::record::RecordedState;
use crate::model::run::{Conclusion, Progress};
use crate::model::version::VersionSource;

const FIRST: &str = "1111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222";

fn deployment(id: u64, sha: &str) -> Value {
    json!({"id": id, "sha": sha, "environment": "production", "created_at": "2026-11-20T10:00:00Z", "payload": null, "creator": null})
}

fn status(state: &str) -> Value {
    json!([{"id": 1, "state": state, "environment_url": ""}])
}

#[tokio::test]
async fn deployments_are_read_as_far_back_as_the_last_that_went_well() {
    let list = json!([deployment(3, SECOND), deployment(2, FIRST), deployment(1, SECOND)]);
    let rig = Rig::new(vec![told(list), told(status("failure")), told(status("success"))]).await;
    let News::Deployments(read) = rig.see(Topic::Deployments("pro duction".into())).await else { panic!("other news") };
    let short: Vec<(&str, RecordedState)> = read.iter().map(|one| (one.sha.short(), one.state)).collect();
    assert_eq!(short, [("2222222", RecordedState::Failed), ("1111111", RecordedState::Success)]);
    let asked = rig.server.lines();
    assert_eq!(asked[0], "GET /repos/o/r/deployments?environment=pro%20duction&per_page=5");
    assert_eq!(asked[1..], ["GET /repos/o/r/deployments/3/statuses?per_page=1", "GET /repos/o/r/deployments/2/statuses?per_page=1"]);
}

#[tokio::test]
async fn a_deployment_without_a_status_has_just_begun_and_one_without_a_commit_is_none() {
    let rig = Rig::new(vec![told(json!([deployment(3, SECOND)])), told(json!([]))]).await;
    let News::Deployments(read) = rig.see(Topic::Deployments("p".into())).await else { panic!("other news") };
    assert_eq!(read[0].state, RecordedState::Pending);
    let rig = Rig::new(vec![told(json!([{"id": 3, "sha": null}]))]).await;
    let fault = rig.fail(Topic::Deployments("p".into())).await;
    assert!(fault.kind == FaultKind::Malformed && fault.sentence.contains("deployment 3 has no commit"), "{fault}");
}

#[tokio::test]
async fn alerts_are_issues_and_no_pull_requests() {
    let list = json!([{"number": 14, "title": "Alert: \u{1b}[31mdown", "created_at": null}, {"number": 15, "title": "x", "pull_request": {"url": "y"}}]);
    let rig = Rig::new(vec![told(list)]).await;
    let News::Alerts(read) = rig.see(Topic::Alerts("alert".into())).await else { panic!("other news") };
    assert_eq!(read.iter().map(|alert| alert.number).collect::<Vec<_>>(), [14]);
    assert_eq!(rig.server.lines(), ["GET /repos/o/r/issues?labels=alert&state=open&per_page=100"]);
}

fn pull(number: u64, state: &str, updated: &str) -> Value {
    json!({"number": number, "title": "Add x", "state": state, "user": {"login": "ada", "type": "User"},
        "updated_at": updated, "closed_at": if state == "closed" { json!("2026-11-20T10:00:00Z") } else { Value::Null }})
}

fn comment(kind: &str, association: &str, body: &str) -> Value {
    json!({"body": body, "user": {"login": "x", "type": kind}, "author_association": association})
}

#[tokio::test]
async fn previews_are_where_a_pipeline_says_and_comments_are_read_only_when_a_pull_request_changes() {
    let open = || tagged("open", json!([pull(8, "open", "2026-11-20T11:00:00Z")]));
    let said = json!([
        comment("Bot", "NONE", "Preview deployed: https://old.example.com"),
        comment("Bot", "NONE", "Preview deployed: https://pr-8.example.com"),
        comment("User", "NONE", "Preview deployed: https://evil.example.com"),
    ]);
    let replies = vec![
        open(),
        told(json!([pull(5, "closed", "2026-11-20T10:00:00Z")])),
        tagged("none", json!([])),
        told(said),
        told(json!([comment("User", "MEMBER", "Preview deployed: https://pr-5.example.com")])),
        with(304, &[], ""),
        told(json!([])),
        with(304, &[], ""),
    ];
    let rig = Rig::new(replies).await;
    let News::Previews(list) = rig.see(Topic::Previews).await else { panic!("other news") };
    let short: Vec<(u64, bool, Option<&str>)> =
        list.each.iter().map(|one| (one.pull.0, one.is_open, one.address().map(|url| &**url))).collect();
    assert_eq!(short, [(8, true, Some("https://pr-8.example.com")), (5, false, Some("https://pr-5.example.com"))]);
    assert!(list.is_complete && list.each[1].closed_at.is_some());
    let News::Previews(again) = rig.see(Topic::Previews).await else { panic!("other news") };
    assert_eq!(again.each[0].address().map(|url| &**url), Some("https://pr-8.example.com"));
    let asked = rig.server.lines();
    assert_eq!(asked.len(), 8, "{asked:?}");
    assert_eq!(asked[2..4], ["GET /repos/o/r/deployments?per_page=100", "GET /repos/o/r/issues/8/comments?per_page=100"]);
    assert!(asked[5].starts_with("GET /repos/o/r/pulls?state=open") && asked[6].starts_with("GET /repos/o/r/pulls?state=closed"));
}

#[tokio::test]
async fn the_record_of_deployments_tells_where_a_preview_is_and_what_runs_there() {
    let of = |id: u64, environment: &str, sha: &str| json!({"id": id, "environment": environment, "sha": sha});
    let deployed = json!([
        of(9, "production", FIRST),
        of(8, "pr-8", SECOND),
        of(7, "preview-7", FIRST),
        of(6, "pr-8", FIRST),
        of(5, "preview-5", FIRST),
    ]);
    let at = |state: &str, url: &str| told(json!([{"id": 1, "state": state, "environment_url": url}]));
    let pulls = json!([pull(8, "open", "a"), pull(7, "open", "a"), pull(5, "open", "a"), pull(4, "open", "a")]);
    let unfinished = format!("Preview deployed: https://pr-5.example.com\n\nCommit {SECOND}");
    let rig = Rig::new(vec![
        told(pulls),
        told(json!([])),
        told(deployed),
        at("success", "https://pr-8.example.com"),
        at("inactive", "https://pr-7.example.com"),
        at("in_progress", ""),
        told(json!([comment("Bot", "NONE", &unfinished)])),
        told(json!([])),
    ])
    .await;
    let News::Previews(list) = rig.see(Topic::Previews).await else { panic!("other news") };
    let places: Vec<Option<&str>> = list.each.iter().map(|one| one.address().map(|url| &**url)).collect();
    assert_eq!(places, [Some("https://pr-8.example.com"), None, Some("https://pr-5.example.com"), None]);
    let versions: Vec<Option<(VersionSource, &str)>> =
        list.each.iter().map(|one| one.version.as_ref().map(|stated| (stated.source, stated.sha.as_ref().unwrap().short()))).collect();
    let expected = [Some((VersionSource::GitHubDeployment, "2222222")), None, Some((VersionSource::GitHubComment, "2222222")), None];
    assert_eq!(versions, expected);
    assert_eq!(rig.server.lines()[3], "GET /repos/o/r/deployments/8/statuses?per_page=1");
}

/// One that is under way or has failed leaves what was there before; what was taken down is visited where its pull
/// request is over, and others may have deployed a hundred times since.
#[tokio::test]
async fn a_preview_is_where_its_last_deployment_that_came_to_an_end_has_left_it() {
    let of = |id: u64, environment: &str, sha: &str| json!({"id": id, "environment": environment, "sha": sha});
    let others: Vec<_> = (0..98).map(|id| of(id + 100, "production", FIRST)).collect();
    let first = json!([others, vec![of(90, "pr-8", SECOND), of(89, "pr-7", SECOND)]].concat());
    let second = json!([of(80, "pr-8", FIRST), of(79, "pr-7", FIRST), of(78, "pr-5", FIRST)]);
    let at = |state: &str, url: &str| told(json!([{"id": 1, "state": state, "environment_url": url}]));
    let rig = Rig::new(vec![
        told(json!([pull(8, "open", "a"), pull(7, "open", "a")])),
        told(json!([pull(5, "closed", "a")])),
        with(200, &[("link", "<HOST/repos/o/r/deployments?per_page=100&page=2>; rel=\"next\"")], first),
        told(second),
        at("in_progress", ""),
        at("success", "https://pr-8.example.com"),
        at("failure", "https://pr-7.example.com/new"),
        at("success", "https://pr-7.example.com"),
        at("inactive", "https://pr-5.example.com"),
    ])
    .await;
    let News::Previews(list) = rig.see(Topic::Previews).await else { panic!("other news") };
    let told: Vec<(Option<&str>, bool)> = list.each.iter().map(|one| (one.address().map(|url| &**url), one.version.is_some())).collect();
    let expected =
        [(Some("https://pr-8.example.com"), true), (Some("https://pr-7.example.com"), true), (Some("https://pr-5.example.com"), false)];
    assert_eq!(told, expected);
    let first = list.each[0].version.as_ref().unwrap().sha.as_ref().unwrap();
    assert_eq!(first.as_str(), FIRST);
}

/// Beyond the pages that are read there may be more.
#[tokio::test]
async fn a_preview_that_was_not_found_among_many_deployments_is_not_known() {
    let more = with(
        200,
        &[("link", "<HOST/repos/o/r/deployments?per_page=100&page=2>; rel=\"next\"")],
        json!([{"id": 1, "environment": "production", "sha": FIRST}]),
    );
    let begin = vec![told(json!([pull(8, "open", "a")])), told(json!([]))];
    let rig = Rig::new([begin, vec![more; 5], vec![told(json!([]))]].concat()).await;
    let News::Previews(list) = rig.see(Topic::Previews).await else { panic!("other news") };
    assert_eq!(list.each[0].place, Place::Unread);
    assert_eq!(rig.server.lines().iter().filter(|line| line.contains("/deployments")).count(), 5);
}

#[tokio::test]
async fn the_last_comment_that_tells_counts_however_many_there_are_and_what_was_not_read_is_not_known() {
    let page = |number: usize, body: &str| {
        let next = format!("<HOST/repos/o/r/issues/8/comments?per_page=100&page={number}>; rel=\"next\"");
        with(200, &[("link", &next)], json!([comment("Bot", "NONE", body)]))
    };
    let begin = || vec![told(json!([pull(8, "open", "a")])), told(json!([])), told(json!([]))];
    let last = told(json!([comment("Bot", "NONE", "Preview deployed: https://new.example.com")]));
    let rig = Rig::new([begin(), vec![page(2, "Preview deployed: https://old.example.com"), last]].concat()).await;
    let News::Previews(list) = rig.see(Topic::Previews).await else { panic!("other news") };
    assert_eq!(list.each[0].place, Place::At("https://new.example.com".into()));
    let endless = Rig::new([begin(), vec![page(2, "Preview deployed: https://old.example.com")]].concat()).await;
    let News::Previews(list) = endless.see(Topic::Previews).await else { panic!("other news") };
    assert_eq!(list.each[0].place, Place::Unread);
}

/// What a pipeline has deployed of a pull request is its last commit with the status that says so.
#[tokio::test]
async fn a_pull_request_is_told_with_what_was_deployed_of_it() {
    let commit = |sha: &str, state: &str, at: &str| {
        let context = json!({"__typename": "StatusContext", "context": "preview deploy", "state": state, "createdAt": at});
        json!({"commit": {"oid": sha, "statusCheckRollup": {"contexts": {"nodes": [context]}}}})
    };
    let commits = [
        commit(FIRST, "SUCCESS", "2026-11-20T09:00:00Z"),
        commit(SECOND, "FAILURE", "2026-11-20T10:00:00Z"),
        json!({"commit": {"oid": "9".repeat(40), "statusCheckRollup": null}}),
        json!(7),
    ];
    let told = json!({"data": {"repository": {
        "p7": {"number": 7, "title": "Add x", "state": "OPEN", "author": null, "commits": {"nodes": commits}}, "p8": null}}});
    let rig = Rig::new(vec![with(200, &[], told)]).await;
    let News::Pulls(pulls) = rig.see(Topic::Pulls(vec![PullNumber(7), PullNumber(8)])).await else { panic!("other news") };
    let [one] = pulls.as_slice() else { panic!("{pulls:?}") };
    assert_eq!(
        (one.number, one.statuses.as_slice()),
        (PullNumber(7), [(Arc::from("preview deploy"), Sha::new(FIRST).unwrap())].as_slice())
    );
}

#[tokio::test]
async fn jobs_are_told_with_their_steps() {
    let steps = json!([{"name": "Deploy", "status": "completed", "conclusion": "success"}, {"name": "Migrate", "status": "completed", "conclusion": "failure"}, 7]);
    let rig = Rig::new(vec![told(
        json!({"jobs": [{"id": 1, "name": "Deploy", "status": "completed", "conclusion": "success", "steps": steps}, {"id": 2}]}),
    )])
    .await;
    let News::Jobs(jobs) = rig.see(Topic::Jobs(crate::model::id::RunId(7))).await else { panic!("other news") };
    let told: Vec<(&str, Progress)> = jobs.each[0].steps.iter().map(|step| (&*step.name, step.progress)).collect();
    assert_eq!(told, [("Deploy", Progress::Completed(Conclusion::Success)), ("Migrate", Progress::Completed(Conclusion::Failure))]);
    assert!(jobs.each[1].steps.is_empty());
}

#[tokio::test]
async fn when_a_file_was_changed_is_when_its_newest_commit_came_to_the_branch() {
    let list = json!([{"sha": FIRST, "commit": {
        "author": {"date": "2026-11-01T08:00:00Z"}, "committer": {"date": "2026-11-20T09:30:00Z"}}}]);
    let rig = Rig::new(vec![told(list)]).await;
    let News::Changed(at) = rig.see(Topic::Changed("deploy/env prod.sha256".into())).await else { panic!("other news") };
    assert_eq!(at, Some("2026-11-20T09:30:00Z".parse().unwrap()));
    assert!(rig.server.lines()[0].starts_with("GET /repos/o/r/commits?path=deploy%2Fenv%20prod.sha256"), "{:?}", rig.server.lines());
    // A file that nobody has ever touched, and a commit that does not say when it was made.
    let rig = Rig::new(vec![told(json!([])), told(json!([{"sha": FIRST, "commit": {}}]))]).await;
    assert_eq!(rig.see(Topic::Changed("x".into())).await, News::Changed(None));
    assert_eq!(rig.fail(Topic::Changed("y".into())).await.kind, FaultKind::Malformed);
}

#[tokio::test]
async fn a_file_is_read_as_a_text_and_nothing_else_is() {
    // GitHub breaks the lines of what it encodes.
    let file = json!({"type": "file", "encoding": "base64", "content": "eyJwcm9k\ndWN0aW9u\nIjoge319\n"});
    let rig = Rig::new(vec![told(file)]).await;
    let News::Catalogue(text) = rig.see(Topic::Catalogue(".github/a b.json".into())).await else { panic!("other news") };
    assert_eq!(&*text, "{\"production\": {}}");
    assert_eq!(rig.server.lines(), ["GET /repos/o/r/contents/.github/a%20b.json"]);
    for (answer, says) in [
        (json!([{"type": "file", "name": "x"}]), "it is a folder"),
        (json!({"type": "file", "encoding": "none", "content": ""}), "more than a megabyte"),
        (json!({"type": "submodule"}), "it is no file"),
        (json!({"encoding": "base64", "content": "*"}), "no base64"),
        (json!({"encoding": "base64", "content": "/w=="}), "it is no text"),
    ] {
        let rig = Rig::new(vec![told(answer)]).await;
        let fault = rig.fail(Topic::Catalogue("environments.json".into())).await;
        assert!(fault.kind == FaultKind::Malformed && fault.sentence.contains(says), "{fault}");
    }
}
