//! Runs, gates, jobs, comparisons: what is kept, what is followed, what is refused.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::canned::{Reply, Rig, json as told, tagged, with};
use crate::model::commit::{OpenPulls, Relation, RequiredCheck};
use crate::model::fault::FaultKind;
use crate::model::forge::{Between, News, Topic};
use crate::model::id::{RunId, Sha};
use crate::model::run::{Conclusion, Progress};
use crate::model::write::{Look, Sight};
use crate::ops::limit::BudgetKey;
use crate::ops::port::Forge as _;

const HEAD: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";

fn run(id: u64, status: &str) -> Value {
    json!({"id": id, "head_sha": HEAD, "run_number": 7, "run_attempt": 2, "path": ".github/workflows/deploy.yml@main", "name": null,
        "display_title": "Add \u{1b}[31mred", "head_branch": null, "event": "push", "status": status, "conclusion": null,
        "actor": null, "triggering_actor": {"login": "octo"}, "created_at": "2026-11-20T10:00:00Z", "updated_at": "yesterday",
        "html_url": "https://github.com/o/r/actions/runs/1", "pull_requests": null, "head_commit": null})
}

fn runs(list: &[Value]) -> Value {
    json!({"total_count": list.len(), "workflow_runs": list})
}

/// As many runs as a list has at most; these first, and then older ones that are over.
fn full(list: &[Value]) -> Value {
    let older = (list.len()..50).map(|place| {
        let mut older = run(900 + place as u64, "completed");
        older["created_at"] = json!("2026-11-19T10:00:00Z");
        older
    });
    runs(&list.iter().cloned().chain(older).collect::<Vec<_>>())
}

fn not_modified() -> Reply {
    with(304, &[("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "4600")], "")
}

fn between() -> Topic {
    Topic::Comparison(Between { base: Sha::new("abc1234").unwrap(), head: Sha::new(HEAD).unwrap() })
}

fn commit(number: usize) -> Value {
    json!({"sha": format!("{number:040x}"), "author": null, "parents": [{}, {}],
        "commit": {"message": "Title\n\nThis reverts commit 8a52aea1b2c3.", "author": {"name": "A"}, "committer": {"date": "2026-11-20T10:00:00Z"}}})
}

fn comparison(ahead: u64, commits: &[Value], files: usize) -> Value {
    let file = |number: usize| json!({"filename": format!("f{number}"), "status": "added", "patch": "+x"});
    json!({"status": "ahead", "ahead_by": ahead, "behind_by": 0, "total_commits": ahead, "commits": commits,
        "files": (0..files).map(file).collect::<Vec<_>>(), "base_commit": {"sha": "abc1234000000000000000000000000000000000"}})
}

#[tokio::test]
async fn runs_are_read_whatever_is_null_in_them() {
    let rig = Rig::new(vec![told(runs(&[run(1, "waiting"), run(2, "a new word")]))]).await;
    let News::Runs(runs) = rig.see(Topic::Runs).await else { panic!() };
    assert_eq!((runs[0].id, runs[0].progress, runs[1].progress), (RunId(1), Progress::Waiting, Progress::Unknown));
    assert_eq!((&*runs[0].workflow, &*runs[0].name), (".github/workflows/deploy.yml", ".github/workflows/deploy.yml"));
    assert_eq!((runs[0].attempt, runs[0].actor.as_ref().unwrap().as_str()), (2, "octo"));
    assert!(runs[0].created_at.is_some() && runs[0].updated_at.is_none() && runs[0].branch.is_none());
    let asked = rig.server.asked();
    assert_eq!(asked[0].line(), "GET /repos/o/r/actions/runs?per_page=50");
    assert_eq!(asked[0].header("authorization"), Some("Bearer secret-of-the-test"));
    assert!(asked[0].header("user-agent").unwrap().starts_with("quarterdeck/"));
    assert_eq!(asked[0].header("x-github-api-version"), Some("2022-11-28"));
}

#[tokio::test]
async fn what_has_not_changed_is_told_once_and_gates_each_time() {
    let gates = json!([{"environment": {"id": 9, "name": "Production (Canada)"}, "wait_timer": 5, "wait_timer_started_at": null,
        "current_user_can_approve": true, "reviewers": [{"type": "User", "reviewer": {"login": "octo"}}, {"type": "Team", "reviewer": {"slug": "devs"}}, null]}]);
    let rig = Rig::new(vec![
        tagged("a", runs(&[run(1, "waiting")])),
        not_modified(),
        tagged("b", runs(&[run(1, "completed")])),
        tagged("g", gates),
        not_modified(),
    ])
    .await;
    assert!(matches!(rig.see(Topic::Runs).await, News::Runs(_)));
    assert_eq!(rig.see(Topic::Runs).await, News::Same);
    let News::Runs(runs) = rig.see(Topic::Runs).await else { panic!() };
    assert_eq!(runs[0].progress, Progress::Completed(Conclusion::Other));
    let first = rig.see(Topic::Gates(RunId(1))).await;
    let News::Gates(gates) = &first else { panic!() };
    assert_eq!((gates[0].id.0, gates[0].may_approve, gates[0].wait_minutes), (9, true, 5));
    assert_eq!(gates[0].reviewers.iter().map(|name| &**name).collect::<Vec<_>>(), ["octo", "devs"]);
    assert_eq!(rig.see(Topic::Gates(RunId(1))).await, first);
    let asked = rig.server.asked();
    let tags: Vec<_> = asked.iter().map(|asked| asked.header("if-none-match")).collect();
    assert_eq!(tags, [None, Some("\"a\""), Some("\"a\""), None, Some("\"g\"")]);
    let allowance = rig.github.allowance().unwrap();
    assert_eq!((allowance.remaining, allowance.limit, allowance.resets_at.as_second()), (4_999, 5_000, 4_600));
}

/// A run with a time of creation and of its last change.
fn timed(id: u64, status: &str, created: u32, updated: u32) -> Value {
    let mut run = run(id, status);
    run["created_at"] = json!(format!("2026-11-20T10:00:{created:02}Z"));
    run["updated_at"] = json!(format!("2026-11-20T10:00:{updated:02}Z"));
    run
}

async fn seen(rig: &Rig) -> Vec<(u64, Progress)> {
    let News::Runs(runs) = rig.see(Topic::Runs).await else { panic!() };
    runs.iter().map(|run| (run.id.0, run.progress)).filter(|(id, _)| *id < 900).collect()
}

#[tokio::test]
async fn runs_that_wait_are_told_though_they_are_not_among_the_latest() {
    let latest = [timed(9, "in_progress", 9, 9), timed(8, "waiting", 8, 8), timed(7, "queued", 7, 7), timed(6, "waiting", 6, 9)];
    let waiting = [timed(8, "waiting", 8, 8), timed(7, "waiting", 7, 9), timed(6, "queued", 6, 8), timed(2, "waiting", 2, 2)];
    let rig = Rig::new(vec![
        tagged("a", full(&latest)),
        tagged("w", runs(&waiting)),
        // Only those that wait have changed.
        not_modified(),
        tagged("x", runs(&[timed(2, "waiting", 2, 2)])),
        // Neither has.
        not_modified(),
    ])
    .await;
    let (goes_on, waits) = (Progress::InProgress, Progress::Waiting);
    assert_eq!(seen(&rig).await, [(9, goes_on), (8, waits), (7, waits), (6, waits), (2, waits)]);
    assert_eq!(seen(&rig).await, [(9, goes_on), (8, waits), (7, Progress::Queued), (6, waits), (2, waits)]);
    assert_eq!(rig.see(Topic::Runs).await, News::Same);
    let asked = rig.server.asked();
    assert_eq!(asked[1].line(), "GET /repos/o/r/actions/runs?status=waiting&per_page=50");
    let tags: Vec<_> = asked.iter().map(|asked| asked.header("if-none-match")).collect();
    assert_eq!(tags, [None, None, Some("\"a\""), Some("\"w\""), Some("\"a\""), Some("\"x\"")]);
}

#[tokio::test]
async fn runs_that_could_be_read_in_part_are_told_when_the_rest_can_be() {
    let rig = Rig::new(vec![
        tagged("a", full(&[])),
        tagged("w", runs(&[])),
        tagged("b", full(&[run(1, "queued")])),
        with(502, &[], ""),
        // Neither has changed since it was asked for; but the first was never told.
        not_modified(),
        not_modified(),
        not_modified(),
    ])
    .await;
    assert_eq!(seen(&rig).await, []);
    assert_eq!(rig.fail(Topic::Runs).await.kind, FaultKind::Failed);
    assert_eq!(seen(&rig).await, [(1, Progress::Queued)]);
    assert_eq!(rig.see(Topic::Runs).await, News::Same);
}

#[tokio::test]
async fn what_was_cut_or_refused_is_never_kept() {
    let whole = runs(&[run(1, "waiting")]).to_string();
    let etag = "etag: \"x\"\r\n".to_owned();
    let rig = Rig::new(vec![
        Reply::Cut(200, etag.clone(), whole.clone()),
        with(200, &[("etag", "\"x\"")], &whole[..whole.len() - 5]),
        with(404, &[("etag", "\"x\"")], "{\"message\": \"Not Found\"}"),
        with(500, &[("etag", "\"x\"")], whole.clone()),
        with(200, &[("etag", "\"x\""), ("content-type", "text/html")], "<html>sign in</html>"),
        with(200, &[("etag", "\"x\"")], "{\"workflow_runs\": [{\"id\": 1, \"head_sha\": \"none\"}]}"),
        not_modified(),
    ])
    .await;
    for (kind, says) in [
        (FaultKind::Malformed, "breaks off"),
        (FaultKind::Malformed, "breaks off"),
        (FaultKind::Missing, "may not see it"),
        (FaultKind::Failed, "HTTP 500"),
        (FaultKind::Malformed, "a proxy or a sign-in"),
        (FaultKind::Malformed, "run 1 has no commit"),
        (FaultKind::Malformed, "an answer that it never gave"),
    ] {
        let fault = rig.fail(Topic::Runs).await;
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.sentence.contains(says), "{fault}");
    }
    assert!(rig.server.asked().iter().all(|asked| asked.header("if-none-match").is_none()));
}

#[tokio::test]
async fn jobs_are_read_page_by_page_as_the_links_say() {
    let job = |id: u64| json!({"id": id, "name": format!("Deploy {id}"), "status": "completed", "conclusion": "timed_out"});
    let next = "<HOST/repositories/5/actions/runs/3/jobs?page=2>; rel=\"next\", <HOST/x>; rel=\"last\"";
    let rig = Rig::new(vec![
        with(200, &[("etag", "\"1\""), ("link", next)], json!({"jobs": [job(1)]})),
        with(200, &[("etag", "\"2\"")], json!({"jobs": [job(2)]})),
        not_modified(),
        tagged("3", json!({"jobs": [job(2), job(3)]})),
    ])
    .await;
    for expected in [2, 3] {
        let News::Jobs(jobs) = rig.see(Topic::Jobs(RunId(3))).await else { panic!() };
        assert_eq!((jobs.each.len(), jobs.is_complete), (expected, true));
        assert_eq!(jobs.each[0].progress, Progress::Completed(Conclusion::TimedOut));
    }
    assert_eq!(rig.server.lines()[3], "GET /repositories/5/actions/runs/3/jobs?page=2");
    // There is always another page: the first thousand are not all.
    let rig = Rig::new(vec![with(200, &[("link", next)], json!({"jobs": (0..100).map(job).collect::<Vec<_>>()}))]).await;
    let News::Jobs(jobs) = rig.see(Topic::Jobs(RunId(3))).await else { panic!() };
    assert_eq!((jobs.each.len(), jobs.is_complete, rig.server.asked().len()), (1_000, false, 10));
}

#[tokio::test]
async fn eight_hundred_commits_are_paged_and_more_than_a_thousand_capped() {
    let pages = |count: usize, ahead: u64| {
        let page = |number: usize| {
            let commits: Vec<Value> = (0..100).map(|place| commit(number * 100 + place + 1)).collect();
            let link = format!("<HOST/repositories/5/compare/x?page={}>; rel=\"next\"", number + 2);
            let headers: &[(&str, &str)] = if number + 1 < count { &[("link", link.as_str())] } else { &[] };
            with(200, headers, comparison(ahead, &commits, if number == 0 { 300 } else { 0 }))
        };
        (0..count).map(page).collect::<Vec<_>>()
    };
    let rig = Rig::new(pages(8, 800)).await;
    let News::Comparison(told) = rig.see(between()).await else { panic!() };
    assert_eq!((told.commits.len(), told.ahead, told.is_complete(), told.relation), (800, 800, true, Relation::Ahead));
    assert_eq!((told.files.len(), told.files_complete), (300, false));
    assert_eq!(told.base.unwrap().as_str(), "abc1234000000000000000000000000000000000");
    let first = &told.commits[0];
    assert!(first.author.is_none() && first.is_merge && first.reverts.is_some());
    assert_eq!((&*first.title, first.author_name.as_deref()), ("Title", Some("A")));
    assert_eq!(rig.server.lines()[0], format!("GET /repos/o/r/compare/abc1234...{HEAD}?per_page=100&page=1"));
    let rig = Rig::new(pages(30, 3_000)).await;
    let News::Comparison(told) = rig.see(between()).await else { panic!() };
    assert_eq!((told.commits.len(), told.ahead, told.is_complete()), (1_000, 3_000, false));
    assert_eq!(rig.server.asked().len(), 10);
}

#[tokio::test]
async fn a_commit_that_is_gone_is_named() {
    let rig = Rig::new(vec![with(404, &[], "{\"message\": \"Not Found\"}")]).await;
    let fault = rig.fail(between()).await;
    assert_eq!(fault.kind, FaultKind::Missing);
    assert!(fault.sentence.contains("abc1234 or 8a52aea is not in it, perhaps after a forced push"), "{fault}");
}

#[tokio::test]
async fn a_renamed_repository_is_followed_and_remembered() {
    for location in ["HOST/repositories/5/actions/runs?per_page=50", "/repositories/5/actions/runs"] {
        follow(location).await;
    }
}

async fn follow(location: &str) {
    let rig =
        Rig::new(vec![with(301, &[("location", location)], "{}"), tagged("a", full(&[])), tagged("w", runs(&[])), not_modified()]).await;
    assert_eq!(seen(&rig).await, []);
    assert_eq!(rig.see(Topic::Runs).await, News::Same);
    let lines = rig.server.lines();
    let latest = "GET /repositories/5/actions/runs?per_page=50";
    let waiting = "GET /repositories/5/actions/runs?status=waiting&per_page=50";
    assert_eq!(lines[1..], [latest, waiting, latest, waiting]);
}

#[tokio::test]
async fn the_token_goes_to_no_other_server() {
    for (target, status) in
        [("http://127.0.0.2:9/x", 302), ("https://evil.example.com/", 301), ("HOST/repos/o/r/actions/runs?per_page=50", 307)]
    {
        let rig = Rig::new(vec![with(status, &[("location", target)], "{}")]).await;
        let fault = rig.fail(Topic::Runs).await;
        assert!(fault.kind == FaultKind::Refused && fault.sentence.contains("not followed"), "{fault}");
    }
    let rig = Rig::new(vec![with(200, &[("link", "<https://evil.example.com/2>; rel=\"next\"")], json!({"jobs": []}))]).await;
    assert!(rig.fail(Topic::Jobs(RunId(1))).await.sentence.contains("not followed"));
}

#[tokio::test]
async fn a_throttled_budget_rests_and_nothing_is_asked_twice() {
    let rig = Rig::new(vec![with(429, &[("retry-after", "90")], "{}"), told(runs(&[]))]).await;
    let fault = rig.fail(Topic::Runs).await;
    assert_eq!(fault.kind, FaultKind::Throttled(Some(Duration::from_secs(90))));
    assert_eq!(rig.server.asked().len(), 1);
    let host = rig.server.url.trim_start_matches("http://").split(':').next().unwrap();
    let key = BudgetKey { connection: host.into(), region: None, api: "github" };
    tokio::time::pause();
    let begin = tokio::time::Instant::now();
    let _ = rig.limiter.pass(&key).await;
    assert!(begin.elapsed() >= Duration::from_secs(89), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn no_answer_a_reset_and_no_server_are_told_apart_and_none_is_retried() {
    for (reply, says) in [(Reply::Silence, "did not tell"), (Reply::Reset, "broke"), (with(502, &[], ""), "HTTP 502")] {
        let rig = Rig::new(vec![reply]).await;
        assert!(rig.fail(Topic::Runs).await.sentence.contains(says), "{says}");
        assert_eq!(rig.server.asked().len(), 1);
    }
    let rig = Rig::new(vec![Reply::Silence]).await;
    let settings = super::super::GitHubSettings::new(Some("http://127.0.0.1:1".into()), super::super::Token::known("secret-of-the-test"));
    let stamps = crate::ops::clock::Stamps::new(std::sync::Arc::new(super::super::canned::Fixed));
    let nowhere = super::super::GitHub::new(settings, rig.limiter.clone(), stamps);
    let fault = nowhere.ask(rig.repository.clone(), Topic::Runs, None).await.news.unwrap_err();
    assert!(fault.kind == FaultKind::Unreachable && fault.sentence.contains("no connection to 127.0.0.1"), "{fault}");
    // What never left is not counted.
    assert_eq!(rig.limiter.calls().total, 0);
}

#[tokio::test]
async fn what_is_no_repository_is_never_asked_for() {
    for name in ["", "r", "o/", "../..", "o/..", "o/r/x"] {
        let mut rig = Rig::new(vec![told("{}")]).await;
        rig.repository = name.into();
        assert_eq!(rig.fail(Topic::Runs).await.kind, FaultKind::Refused, "{name}");
        assert!(rig.server.asked().is_empty());
    }
    let mut rig = Rig::new(vec![told(runs(&[]))]).await;
    rig.repository = "o/a b?c#d%".into();
    let _ = rig.see(Topic::Runs).await;
    assert_eq!(rig.server.lines(), ["GET /repos/o/a%20b%3Fc%23d%25/actions/runs?per_page=50"]);
}

#[tokio::test]
async fn the_viewer_is_the_tokens() {
    let rig = Rig::at(vec![told(json!({"login": "octo", "id": 1}))], "/api/v3").await;
    assert_eq!(rig.github.viewer().await.unwrap().as_str(), "octo");
    assert_eq!(rig.server.lines(), ["GET /api/v3/user"]);
}

#[tokio::test]
async fn the_checks_that_a_branch_requires_are_those_of_all_its_rules() {
    let rule = |names: &[&str]| {
        // Any app may report what begins with an L.
        let app = |name: &str| if name.starts_with('L') { -1 } else { 15_368 };
        let checks: Vec<Value> = names.iter().map(|name| json!({"context": name, "integration_id": app(name)})).collect();
        json!({"type": "required_status_checks", "parameters": {"required_status_checks": checks}})
    };
    let next = "<HOST/repositories/5/rules/branches/a%2Fb?per_page=100&page=2>; rel=\"next\"";
    let rig = Rig::new(vec![
        with(200, &[("etag", "\"1\""), ("link", next)], json!([{"type": "deletion"}, rule(&["Tests", "Lint"]), {"type": 7}])),
        tagged("2", json!([rule(&["Lint", "Build"])])),
        not_modified(),
        not_modified(),
        told(json!([])),
        told(json!([{"type": "required_status_checks", "parameters": null}])),
        with(403, &[], "{\"message\": \"Upgrade to GitHub Pro\"}"),
    ])
    .await;
    let topic = Topic::Rules("a/b".into());
    let of = |name: &str, app| RequiredCheck { app, ..name.into() };
    let required = News::Rules(vec![of("Build", Some(15_368)), of("Lint", None), of("Tests", Some(15_368))]);
    assert_eq!(rig.see(topic.clone()).await, required);
    assert_eq!(rig.see(topic.clone()).await, required);
    assert_eq!(rig.server.lines()[0], "GET /repos/o/r/rules/branches/a%2Fb?per_page=100");
    assert_eq!(rig.server.asked()[3].header("if-none-match"), Some("\"2\""));
    assert_eq!(rig.see(topic.clone()).await, News::Rules(Vec::new()));
    // What a rule requires that was not understood is not nothing.
    assert_eq!(rig.fail(topic.clone()).await.kind, FaultKind::Malformed);
    let fault = rig.fail(topic).await;
    assert!(fault.kind == FaultKind::Denied && fault.sentence.contains("the rules of the branch a/b of o/r"), "{fault}");
}

#[tokio::test]
async fn which_commits_touch_a_folder_is_told_a_hundred_at_a_time() {
    use crate::model::folder::Within;
    let within = Within {
        between: Between { base: Sha::new("abc1234").unwrap(), head: Sha::new(HEAD).unwrap() },
        folder: "apps/a b".into(),
        since: "2026-11-20T10:00:00Z".parse().ok(),
    };
    let next = "<HOST/repositories/5/commits?page=2>; rel=\"next\"";
    let page = |number: usize| json!([{"sha": format!("{number:040x}")}]);
    let rig = Rig::new(vec![with(200, &[("link", next)], page(1)), told(page(2))]).await;
    let News::Touched(touched) = rig.see(Topic::Touched(within.clone())).await else { panic!() };
    assert_eq!((touched.commits.len(), touched.is_complete), (2, true));
    let asked = format!("GET /repos/o/r/commits?sha={HEAD}&path=apps%2Fa%20b&since=2026-11-19T10%3A00%3A00Z&per_page=100");
    assert_eq!(rig.server.lines()[0], asked);
    // Without an end: what was told is not all.
    let rig = Rig::new(vec![with(200, &[("link", next)], page(1))]).await;
    let News::Touched(touched) = rig.see(Topic::Touched(within)).await else { panic!() };
    assert_eq!((touched.is_complete, rig.server.asked().len()), (false, 10));
}

#[tokio::test]
async fn a_budget_whose_hour_is_over_says_nothing_any_more() {
    let left = |resource: &str, remaining: &str, reset: &str| {
        let headers = [
            ("x-ratelimit-resource", resource),
            ("x-ratelimit-limit", "5000"),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", reset),
        ];
        with(200, &headers, runs(&[]))
    };
    // It is second 1,000.
    let rig = Rig::new(vec![left("graphql", "3", "999"), left("core", "4000", "1600"), left("search", "2000", "1601")]).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let _ = rig.see(Topic::Runs).await;
        seen.push(rig.github.allowance().map(|allowance| allowance.remaining));
    }
    // Of those that still count, the scarcest.
    assert_eq!(seen, [None, Some(4_000), Some(2_000)]);
}

#[tokio::test]
async fn tags_are_told_with_their_commits() {
    let next = "<HOST/repositories/5/tags?page=2>; rel=\"next\"";
    let tag = |name: &str, sha: &str| json!({"name": name, "commit": {"sha": sha}});
    let rig = Rig::new(vec![
        with(200, &[("link", next)], json!([tag("v5", HEAD), {"name": "odd"}])),
        told(json!([tag("v4.9", HEAD)])),
        told(json!([tag("v5", HEAD)])),
        with(200, &[("link", next)], json!([])),
        with(200, &[("link", next)], json!([])),
        with(200, &[("link", next)], json!([])),
    ])
    .await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let News::Tags(tags) = rig.see(Topic::Tags).await else { panic!() };
        let names: Vec<String> = tags.each.iter().map(|tag| format!("{} {}", tag.name, tag.commit)).collect();
        seen.push((names, tags.is_complete));
    }
    let both = vec![format!("v5 {HEAD}"), format!("v4.9 {HEAD}")];
    // What was not understood, and what lies beyond the pages that are read, is missing.
    assert_eq!(seen, [(both, false), (vec![format!("v5 {HEAD}")], true), (vec![], false)]);
    assert_eq!(rig.server.lines()[0], "GET /repos/o/r/tags?per_page=100");
}

#[tokio::test]
async fn open_pull_requests_are_told_with_what_they_would_bring() {
    let pull = |number: u64, sha: &str, draft: bool| {
        let author = json!({"login": "ada"});
        json!({"number": number, "title": "Add", "user": author, "draft": draft, "created_at": "2026-11-20T10:00:00Z", "head": {"sha": sha}})
    };
    let next = "<HOST/repositories/5/pulls?page=2>; rel=\"next\"";
    let rig = Rig::new(vec![
        with(200, &[("link", next)], json!([pull(9, HEAD, false), {"number": 8, "user": null, "head": {"sha": HEAD}}])),
        told(json!([pull(7, HEAD, true), {"number": 6, "head": null}])),
        told(json!([])),
    ])
    .await;
    let News::OpenPulls(pulls) = rig.see(Topic::OpenPulls("a/b".into())).await else { panic!() };
    let told: Vec<(u64, bool, bool)> = pulls.each.iter().map(|pull| (pull.number.0, pull.author.is_some(), pull.is_draft)).collect();
    assert_eq!((told, pulls.is_complete), (vec![(9, true, false), (8, false, false), (7, true, true)], false));
    assert_eq!(rig.server.lines()[0], "GET /repos/o/r/pulls?state=open&base=a%2Fb&sort=created&direction=desc&per_page=100");
    assert_eq!(rig.see(Topic::OpenPulls("a/b".into())).await, News::OpenPulls(OpenPulls { each: vec![], is_complete: true }));
}

/// Of the states of runs that are not over each has a list: a run that goes from one to the next is told once.
#[tokio::test]
async fn runs_that_go_on_behind_the_latest_are_told_by_themselves() {
    let rig = Rig::new(vec![
        tagged("i", runs(&[run(4, "in_progress")])),
        tagged("q", runs(&[run(4, "queued"), run(5, "queued")])),
        tagged("p", runs(&[])),
        tagged("r", runs(&[run(6, "requested")])),
    ])
    .await;
    let News::LiveRuns(live) = rig.see(Topic::LiveRuns).await else { panic!() };
    let (goes_on, queued) = (Progress::InProgress, Progress::Queued);
    assert_eq!(live.iter().map(|run| (run.id.0, run.progress)).collect::<Vec<_>>(), [(4, goes_on), (5, queued), (6, queued)]);
    let lines = rig.server.lines();
    for (line, status) in lines.iter().zip(["in_progress", "queued", "pending", "requested"]) {
        assert_eq!(*line, format!("GET /repos/o/r/actions/runs?status={status}&per_page=50"));
    }
}

/// Right before a write, too: where fifty are told of there may be others.
#[tokio::test]
async fn before_a_write_the_runs_that_go_on_behind_the_latest_are_looked_at() {
    let mut replies = vec![told(full(&[run(9, "completed")])), told(runs(&[]))];
    replies.extend([runs(&[run(4, "in_progress")]), runs(&[]), runs(&[]), runs(&[])].map(told));
    let rig = Rig::new(replies).await;
    let Sight::Runs(seen, None) = rig.github.look(rig.repository.clone(), Look::Runs(None)).await.unwrap() else { panic!() };
    assert!(seen.iter().any(|run| run.id == RunId(4)) && rig.server.asked().len() == 6);
    // Where they are all, one call tells it.
    let few = Rig::new(vec![told(runs(&[run(9, "completed")]))]).await;
    assert!(few.github.look(few.repository.clone(), Look::Runs(None)).await.is_ok() && few.server.asked().len() == 1);
}
