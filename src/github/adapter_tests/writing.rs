//! Answers to gates: sent once, whatever happens, and looked at past everything that is kept.

use serde_json::{Value, json};

use super::super::canned::{Reply, Rig, json as told, tagged, with};
use crate::model::fault::FaultKind;
use crate::model::forge::Topic;
use crate::model::id::{GateId, RunId};
use crate::ops::port::{Forge as _, Review, Sent};

fn review(rig: &Rig) -> Review {
    Review { repository: rig.repository.clone(), run: RunId(3), gates: vec![GateId(9), GateId(8)], approve: true, comment: "go".into() }
}

async fn send(reply: Reply) -> (Sent, Rig) {
    let rig = Rig::new(vec![reply]).await;
    let sent = rig.github.review(review(&rig)).await;
    (sent, rig)
}

#[tokio::test]
async fn an_approval_is_one_post_of_ids() {
    let (sent, rig) = send(told("[]")).await;
    assert_eq!(sent, Sent::Done);
    let asked = rig.server.asked();
    assert_eq!(asked[0].line(), "POST /repos/o/r/actions/runs/3/pending_deployments");
    let body: Value = serde_json::from_str(&asked[0].body).unwrap();
    assert_eq!(body, json!({"environment_ids": [9, 8], "state": "approved", "comment": "go"}));
    assert_eq!(asked[0].header("content-type"), Some("application/json"));
    assert_eq!(asked[0].header("if-none-match"), None);
    assert_eq!(rig.limiter.calls().total, 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_unclear_and_nothing_is_sent_again() {
    let cut = Reply::Cut(502, String::new(), "x".into());
    for reply in [with(502, &[], "<html>"), with(500, &[], "{}"), Reply::Reset, Reply::Silence, cut] {
        let (sent, rig) = send(reply).await;
        assert!(matches!(sent, Sent::Unclear(_)), "{sent:?}");
        assert_eq!((rig.server.asked().len(), rig.limiter.calls().total), (1, 1));
    }
}

#[tokio::test]
async fn what_was_accepted_was_accepted_though_the_answer_was_cut() {
    let (sent, _) = send(Reply::Cut(200, String::new(), "[".into())).await;
    assert_eq!(sent, Sent::Done);
}

#[tokio::test]
async fn a_no_is_told_in_githubs_words() {
    for (reply, kind, says) in [
        (with(422, &[], "{\"message\": \"No pending deployment requests\"}"), FaultKind::Refused, "No pending deployment requests"),
        (with(403, &[("x-accepted-github-permissions", "deployments=write")], "{}"), FaultKind::Denied, "deployments=write"),
        (with(404, &[], "{}"), FaultKind::Missing, "the approval of run 3 of o/r"),
        (with(401, &[], "{}"), FaultKind::Expired, "gh auth login"),
        // Followed nowhere: a POST would become a GET, or go where nobody meant it.
        (
            with(307, &[("location", "HOST/repositories/5/actions/runs/3/pending_deployments")], ""),
            FaultKind::Refused,
            "nothing is written",
        ),
    ] {
        let (sent, rig) = send(reply).await;
        let Sent::Refused(fault) = sent else { panic!("{sent:?}") };
        assert_eq!(fault.kind, kind);
        assert!(fault.sentence.contains(says), "{fault}");
        assert_eq!(rig.server.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_could_not_leave_is_refused() {
    let rig = Rig::new(vec![Reply::Silence]).await;
    let settings = super::super::GitHubSettings::new(Some("http://127.0.0.1:1".into()), super::super::Token::known("t"));
    let stamps = crate::ops::clock::Stamps::new(std::sync::Arc::new(super::super::canned::Fixed));
    let nowhere = super::super::GitHub::new(settings, rig.limiter.clone(), stamps);
    assert!(matches!(nowhere.review(review(&rig)).await, Sent::Refused(_)));
}

#[tokio::test]
async fn before_a_write_all_is_read_past_what_is_kept() {
    let run = json!({"id": 3, "head_sha": "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012", "status": "waiting"});
    let gates = json!([{"environment": {"id": 9, "name": "Production"}}]);
    let rig = Rig::new(vec![tagged("g", json!([])), told(&run), tagged("h", &gates), told(&run), told(&gates)]).await;
    let _ = rig.see(Topic::Gates(RunId(3))).await;
    for _ in 0..2 {
        let (run, gates) = rig.github.look(rig.repository.clone(), RunId(3)).await.unwrap();
        assert_eq!((run.id, gates.len(), gates[0].may_approve), (RunId(3), 1, false));
    }
    let asked = rig.server.asked();
    assert!(asked.iter().all(|asked| asked.header("if-none-match").is_none()));
    let fault = Rig::new(vec![with(404, &[], "{}")]).await;
    let fault = fault.github.look(fault.repository.clone(), RunId(3)).await.unwrap_err();
    assert!(fault.sentence.contains("run 3 of o/r"), "{fault}");
}
