use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::canned::{Canned, Reply, json as answer, with};
use super::super::token::Token;
use super::{CircleCi, CircleCiSettings};
use crate::model::circleci::{Deploying, Pushed};
use crate::model::clock::Timestamp;
use crate::model::fault::FaultKind;
use crate::model::id::{EnvironmentKey, Platform as Kind};
use crate::model::operation::action::{Action, Place, Rerun};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Receipt};
use crate::ops::clock::{Clock, Stamps};
use crate::ops::limit::Limiter;
use crate::ops::port::Platform as _;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }
}

struct Rig {
    server: Canned,
    limiter: Limiter,
    circleci: CircleCi,
}

impl Rig {
    async fn of(replies: Vec<Reply>) -> Self {
        Self::with(replies, Token::known("secret-of-the-test")).await
    }

    async fn with(replies: Vec<Reply>, token: Token) -> Self {
        let server = Canned::serve(replies).await;
        let stamps = Stamps::new(Arc::new(Fixed));
        let limiter = Limiter::new(stamps.clone());
        let settings = CircleCiSettings { base: Some(server.url.clone()), token, timeout: Duration::from_secs(30) };
        let circleci = CircleCi::new(settings, limiter.clone(), stamps);
        Self { server, limiter, circleci }
    }

    async fn begin(&self) -> Begun {
        self.circleci.begin(place(), Action::Rerun(rerun("w-1")), Mark("m".into())).await
    }

    async fn observe(&self, known: &[&str], id: Option<&str>) -> Observed {
        let baseline = Baseline { known: known.iter().map(|id| (*id).into()).collect(), ..Baseline::default() };
        let receipt = id.map(|id| Receipt { id: Some(id.into()), ..Receipt::default() });
        self.circleci.observe(place(), Action::Rerun(rerun("w-1")), Mark("m".into()), baseline, receipt).await.unwrap()
    }
}

fn place() -> Place {
    let environment = EnvironmentKey { platform: Kind::TaggedEc2, account: None, region: None, name: "staging".into() };
    Place { environment, id: None, instance: None, connection: None, writer: None }
}

fn deploying() -> Deploying {
    Deploying { project: "gh/o/r".into(), workflow: Some("deploy it".into()), of: Pushed::Branch("main/x y".into()) }
}

fn rerun(workflow: &str) -> Rerun {
    Rerun { of: deploying(), workflow: workflow.into(), name: "deploy it".into(), pipeline: "p-8".into(), number: 8 }
}

fn pipelines(number: u64) -> Reply {
    answer(json!({ "items": [{
        "id": format!("p-{number}"), "number": number, "state": "created",
        "vcs": { "revision": "1234567890123456789012345678901234567890", "branch": "main/x y" },
    }], "next_page_token": "more" }))
}

fn row(id: &str, status: &str, by: &str) -> Value {
    json!({ "id": id, "name": "deploy it", "status": status, "started_by": by, "created_at": "2023-11-14T20:00:00Z", "pipeline_number": 8 })
}

fn workflows(rows: &[Value]) -> Reply {
    answer(json!({ "items": rows, "next_page_token": null }))
}

#[tokio::test]
async fn the_newest_workflow_is_found_with_the_token_in_its_header_and_each_call_is_counted() {
    let rig = Rig::of(vec![pipelines(8), workflows(&[row("w-1", "success", "u")])]).await;
    let latest = rig.circleci.latest(&deploying()).await.unwrap();
    assert_eq!((latest.pipeline.number, &*latest.workflow.id, latest.pipeline.commit.unwrap().short()), (8, "w-1", "1234567"));
    let lines = ["GET /api/v2/project/gh/o/r/pipeline?branch=main%2Fx%20y", "GET /api/v2/pipeline/p-8/workflow"];
    assert_eq!(rig.server.lines(), lines);
    let asked = rig.server.asked();
    assert!(
        asked.iter().all(|asked| asked.header("circle-token") == Some("secret-of-the-test") && asked.header("authorization").is_none())
    );
    assert_eq!(rig.limiter.calls().total, 2);
}

#[tokio::test]
async fn pages_are_turned_until_one_of_a_tag_is_found() {
    let tagged =
        json!({ "items": [{ "id": "p-3", "number": 3, "vcs": { "revision": "abcdef0", "tag": "v4.9" } }], "next_page_token": "x" });
    let rig = Rig::of(vec![pipelines(8), answer(tagged), workflows(&[row("w-3", "success", "u")])]).await;
    let of = Deploying { of: Pushed::Tags("v*".into()), ..deploying() };
    assert_eq!(rig.circleci.latest(&of).await.unwrap().pipeline.number, 3);
    assert_eq!(rig.server.lines()[1], "GET /api/v2/project/gh/o/r/pipeline?&page-token=more");
}

#[tokio::test]
async fn one_that_is_newer_or_goes_on_is_not_run_again() {
    for (replies, part) in [
        (vec![pipelines(9), workflows(&[row("w-2", "success", "u")])], "of pipeline 9 is newer than what was planned, of pipeline 8"),
        (vec![pipelines(8), workflows(&[row("w-1", "running", "u")])], "deploy it of pipeline 8 runs already"),
    ] {
        let rig = Rig::of(replies).await;
        let fault = rig.circleci.before(place(), Action::Rerun(rerun("w-1"))).await.unwrap_err();
        assert!(fault.kind == FaultKind::Refused && fault.sentence.contains(part), "{fault}");
        assert!(rig.server.lines().iter().all(|line| line.starts_with("GET ")));
    }
    let rig = Rig::of(vec![pipelines(8), workflows(&[row("w-1", "failed", "u"), row("w-0", "success", "u")])]).await;
    let baseline = rig.circleci.before(place(), Action::Rerun(rerun("w-1"))).await.unwrap();
    assert_eq!(baseline.known.len(), 2);
}

#[tokio::test]
async fn it_is_sent_once_and_the_new_workflow_is_followed() {
    let rig = Rig::of(vec![
        with(202, &[], json!({ "workflow_id": "w-9" })),
        answer(row("w-9", "running", "u")),
        answer(row("w-9", "success", "u")),
    ])
    .await;
    let Begun::Accepted(receipt) = rig.begin().await else { panic!() };
    assert_eq!(receipt.id.as_deref(), Some("w-9"));
    let asked = rig.server.asked();
    assert_eq!((asked[0].line(), asked[0].body.as_str()), ("POST /api/v2/workflow/w-1/rerun", r#"{"from_failed":false}"#));
    assert!(matches!(rig.observe(&["w-1"], Some("w-9")).await, Observed::Underway(_)));
    assert!(matches!(rig.observe(&["w-1"], Some("w-9")).await, Observed::Ended(Outcome::Done(_))));
    assert_eq!(rig.server.lines()[1], "GET /api/v2/workflow/w-9");
}

#[tokio::test]
async fn what_was_lost_is_looked_for_and_never_taken_for_another_s() {
    for (replies, is_found) in [
        (vec![workflows(&[row("w-1", "success", "u")])], None),
        (vec![workflows(&[row("w-9", "running", "me"), row("w-1", "success", "u")]), answer(json!({ "id": "me" }))], Some(true)),
        (vec![workflows(&[row("w-9", "running", "u"), row("w-1", "success", "u")]), answer(json!({ "id": "me" }))], Some(false)),
        (vec![workflows(&[row("w-9", "running", "me"), row("w-8", "running", "me")]), answer(json!({ "id": "me" }))], Some(false)),
    ] {
        let rig = Rig::of(replies).await;
        let seen = rig.observe(&["w-1"], None).await;
        match is_found {
            None => assert_eq!(seen, Observed::NotBegun),
            Some(true) => assert!(matches!(seen, Observed::Underway(_)), "{seen:?}"),
            Some(false) => assert!(matches!(seen, Observed::Unclear(_)), "{seen:?}"),
        }
    }
}

#[tokio::test]
async fn what_was_certainly_not_taken_is_refused_and_all_else_is_unclear() {
    let words = json!({ "message": "Permission denied" });
    for (reply, kind) in [(with(403, &[], &words), FaultKind::Denied), (with(404, &[], "{}"), FaultKind::Missing)] {
        let Begun::Refused(fault) = Rig::of(vec![reply]).await.begin().await else { panic!() };
        assert_eq!(fault.kind, kind, "{fault}");
    }
    let throttled = Rig::of(vec![with(429, &[("retry-after", "7")], "")]).await;
    let Begun::Refused(fault) = throttled.begin().await else { panic!() };
    assert_eq!(fault.kind, FaultKind::Throttled(Some(Duration::from_secs(7))));
    for reply in [Reply::Reset, with(502, &[], "<html>"), with(408, &[], "")] {
        let rig = Rig::of(vec![reply]).await;
        assert!(matches!(rig.begin().await, Begun::Unclear(_)));
        assert_eq!(rig.server.lines().len(), 1, "it is sent once");
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_asked_and_a_sentence_says_what_to_do() {
    let rig = Rig::with(vec![pipelines(8)], CircleCiSettings::find(None, None, |_| None).token).await;
    let fault = rig.circleci.latest(&deploying()).await.unwrap_err();
    assert!(fault.kind == FaultKind::Expired && fault.sentence.contains("set CIRCLE_TOKEN to a personal API token"), "{fault}");
    assert!(matches!(rig.begin().await, Begun::Refused(_)));
    assert!(rig.server.lines().is_empty());
    for name in ["CIRCLE_TOKEN", "CIRCLECI_TOKEN"] {
        let found = CircleCiSettings::find(None, None, |asked| (asked == name).then(|| "secret-of-a-variable".to_owned()));
        assert!(!format!("{found:?}").contains("secret"), "{found:?}");
        let rig = Rig::with(vec![with(401, &[], "{}")], found.token).await;
        let fault = rig.circleci.latest(&deploying()).await.unwrap_err();
        assert!(fault.sentence.contains("does not know the token") && !fault.sentence.contains("secret"), "{fault}");
        assert_eq!(rig.server.asked()[0].header("circle-token"), Some("secret-of-a-variable"));
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_a_fault() {
    for reply in [answer("<html>"), answer("{}"), answer(r#"{"items":[{"id":7}]}"#)] {
        let fault = Rig::of(vec![reply]).await.circleci.latest(&deploying()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Malformed, "{fault}");
    }
}
