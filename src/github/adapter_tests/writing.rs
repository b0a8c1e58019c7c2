//! Answers to gates: sent once, whatever happens, and looked at past everything that is kept.

use serde_json::{Value, json};

use super::super::canned::{Reply, Rig, json as told, tagged, with};
use crate::model::fault::FaultKind;
use crate::model::forge::Topic;
use crate::model::id::{GateId, PullNumber, RunId, Sha};
use crate::model::write::{Look, MergeMethod, Receipt, Sent, Sight, Write};
use crate::ops::port::Forge as _;

fn review() -> Write {
    Write::Review { run: RunId(3), gates: vec![GateId(9), GateId(8)], approve: true, comment: "go".into() }
}

async fn send(reply: Reply) -> (Sent, Rig) {
    let rig = Rig::new(vec![reply]).await;
    let sent = rig.github.write(rig.repository.clone(), review()).await;
    (sent, rig)
}

#[tokio::test]
async fn an_approval_is_one_post_of_ids() {
    let (sent, rig) = send(told("[]")).await;
    assert_eq!(sent, Sent::Done(Receipt::default()));
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
    assert_eq!(sent, Sent::Done(Receipt::default()));
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
    assert!(matches!(nowhere.write(rig.repository.clone(), review()).await, Sent::Refused(_)));
}

#[tokio::test]
async fn before_a_write_all_is_read_past_what_is_kept() {
    let run = json!({"id": 3, "head_sha": "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012", "status": "waiting"});
    let gates = json!([{"environment": {"id": 9, "name": "Production"}}]);
    let rig = Rig::new(vec![tagged("g", json!([])), told(&run), tagged("h", &gates), told(&run), told(&gates)]).await;
    let _ = rig.see(Topic::Gates(RunId(3))).await;
    for _ in 0..2 {
        let Sight::Held(run, gates) = rig.github.look(rig.repository.clone(), Look::Held(RunId(3))).await.unwrap() else { panic!() };
        assert_eq!((run.id, gates.len(), gates[0].may_approve), (RunId(3), 1, false));
    }
    let asked = rig.server.asked();
    assert!(asked.iter().all(|asked| asked.header("if-none-match").is_none()));
    let fault = Rig::new(vec![with(404, &[], "{}")]).await;
    let fault = fault.github.look(fault.repository.clone(), Look::Held(RunId(3))).await.unwrap_err();
    assert!(fault.sentence.contains("run 3 of o/r"), "{fault}");
}

const HASH: &str = "8a52aea1b2c3d4e5f60718293a4b5c6d7e8f9012";

/// Each write is one call; what it was answered with becomes its receipt.
#[tokio::test]
async fn each_write_is_one_call_of_its_kind() {
    let head = Sha::new(HASH).unwrap();
    let dispatch = Write::Dispatch {
        workflow: ".github/workflows/re deploy.yml".into(),
        branch: "main".into(),
        inputs: [("production".into(), "true".to_owned())].into(),
    };
    let started = json!({"workflow_run_id": 77, "run_url": "x", "html_url": "https://example.com/77"});
    let at = |run: Option<u64>, url: Option<&str>| Receipt { run: run.map(RunId), url: url.map(Into::into) };
    for (write, answer, line, body, receipt) in [
        (
            Write::RerunFailed(RunId(3)),
            with(201, &[], "{}"),
            "POST /repos/o/r/actions/runs/3/rerun-failed-jobs",
            json!({}),
            at(Some(3), None),
        ),
        (Write::Cancel(RunId(3)), with(202, &[], "{}"), "POST /repos/o/r/actions/runs/3/cancel", json!({}), at(Some(3), None)),
        (
            dispatch.clone(),
            told(&started),
            "POST /repos/o/r/actions/workflows/re%20deploy.yml/dispatches",
            json!({"ref": "main", "inputs": {"production": "true"}, "return_run_details": true}),
            at(Some(77), Some("https://example.com/77")),
        ),
        (
            dispatch,
            with(204, &[], ""),
            "POST /repos/o/r/actions/workflows/re%20deploy.yml/dispatches",
            json!({"ref": "main", "inputs": {"production": "true"}, "return_run_details": true}),
            Receipt::default(),
        ),
        (
            Write::Tag { name: "v5".into(), commit: head.clone(), release: false },
            with(201, &[], "{}"),
            "POST /repos/o/r/git/refs",
            json!({"ref": "refs/tags/v5", "sha": HASH}),
            Receipt::default(),
        ),
        (
            Write::Tag { name: "v5".into(), commit: head.clone(), release: true },
            with(201, &[], json!({"html_url": "https://example.com/v5"})),
            "POST /repos/o/r/releases",
            json!({"tag_name": "v5", "target_commitish": HASH, "name": "v5", "generate_release_notes": true}),
            at(None, Some("https://example.com/v5")),
        ),
        (
            Write::Merge { pull: PullNumber(7), head, method: MergeMethod::Squash },
            told(json!({"merged": true})),
            "PUT /repos/o/r/pulls/7/merge",
            json!({"sha": HASH, "merge_method": "squash"}),
            Receipt::default(),
        ),
    ] {
        let rig = Rig::new(vec![answer]).await;
        assert_eq!(rig.github.write(rig.repository.clone(), write).await, Sent::Done(receipt));
        let asked = rig.server.asked();
        let sent: Value = serde_json::from_str(&asked[0].body).unwrap();
        assert_eq!((asked[0].line(), sent, asked.len()), (line, body, 1));
    }
}

/// Nothing was started by the first: an older server refuses what it does not know.
#[tokio::test]
async fn a_server_that_names_no_runs_is_asked_without() {
    let dispatch = || Write::Dispatch { workflow: "x.yml".into(), branch: "main".into(), inputs: [].into() };
    let refusal = with(422, &[], json!({"message": "Invalid request. \"return_run_details\" is not a permitted key."}));
    let rig = Rig::new(vec![refusal, with(204, &[], "")]).await;
    assert_eq!(rig.github.write(rig.repository.clone(), dispatch()).await, Sent::Done(Receipt::default()));
    let asked = rig.server.asked();
    assert!(asked.len() == 2 && !asked[1].body.contains("return_run_details"), "{asked:?}");
    let rig = Rig::new(vec![with(422, &[], json!({"message": "Unexpected inputs provided: [\"x\"]"}))]).await;
    let Sent::Refused(fault) = rig.github.write(rig.repository.clone(), dispatch()).await else { panic!() };
    assert!(fault.sentence.contains("Unexpected inputs") && rig.server.asked().len() == 1, "{fault}");
}

#[tokio::test]
async fn a_revert_is_one_mutation_and_its_no_is_a_no() {
    let pull =
        json!({"number": 7, "node_id": "PR_7", "state": "closed", "merged_at": "2026-01-01T00:00:00Z", "head": {"sha": HASH, "ref": "x"}});
    let revert = || Write::Revert { pull: PullNumber(7), body: "why".into() };
    let made = json!({"data": {"revertPullRequest": {"revertPullRequest": {"number": 8, "url": "https://example.com/8"}}}});
    let refused = json!({"data": {"revertPullRequest": null}, "errors": [{"type": "UNPROCESSABLE", "message": "It is not merged"}]});
    let rig = Rig::new(vec![told(&pull), told(&made), told(&pull), told(&refused), told(&pull), Reply::Reset, Reply::Reset]).await;
    let sent = rig.github.write(rig.repository.clone(), revert()).await;
    assert_eq!(sent, Sent::Done(Receipt { run: None, url: Some("https://example.com/8".into()) }));
    let asked = rig.server.asked();
    let body: Value = serde_json::from_str(&asked[1].body).unwrap();
    assert_eq!((asked[1].line(), &body["variables"]), ("POST /graphql", &json!({"pull": "PR_7", "body": "why"})));
    let Sent::Refused(fault) = rig.github.write(rig.repository.clone(), revert()).await else { panic!() };
    assert!(fault.sentence.contains("It is not merged"), "{fault}");
    assert!(matches!(rig.github.write(rig.repository.clone(), revert()).await, Sent::Unclear(_)));
    // What is to be reverted could not be read: nothing was sent.
    assert!(matches!(rig.github.write(rig.repository.clone(), revert()).await, Sent::Refused(_)));
    assert_eq!(rig.server.asked().iter().filter(|asked| asked.line() == "POST /graphql").count(), 3);
}

/// Only what GitHub calls a refusal is one: of anything else nobody knows whether it came before or after.
#[tokio::test]
async fn what_a_mutation_failed_with_is_not_guessed() {
    let pull = json!({"number": 7, "node_id": "PR_7", "head": {"sha": HASH, "ref": "x"}});
    for (kind, refused) in [
        (json!("FORBIDDEN"), true),
        (json!("NOT_FOUND"), true),
        (json!("RATE_LIMITED"), true),
        (json!("SERVICE_UNAVAILABLE"), false),
        (json!(null), false),
    ] {
        let flaw = json!({"data": {"revertPullRequest": null}, "errors": [{"type": kind, "message": "Something went wrong"}]});
        let rig = Rig::new(vec![told(&pull), told(&flaw)]).await;
        let sent = rig.github.write(rig.repository.clone(), Write::Revert { pull: PullNumber(7), body: String::new() }).await;
        assert_eq!((matches!(sent, Sent::Refused(_)), matches!(sent, Sent::Unclear(_))), (refused, !refused), "{kind} {sent:?}");
    }
}

#[tokio::test]
async fn a_look_shows_what_is_there_now() {
    let pull = |number: u64, branch: &str, from: u64| {
        let (head, base) =
            (json!({"sha": HASH, "ref": branch, "repo": {"id": from}}), json!({"sha": HASH, "ref": "main", "repo": {"id": 1}}));
        json!({"number": number, "state": "open", "title": "t", "user": {"login": "ada"}, "head": head, "base": base})
    };
    let rig = Rig::new(vec![
        told(json!([{"state": "approved", "comment": "go", "user": {"login": "ada"}, "environments": [{"id": 9}]}, {"user": null}])),
        told(json!([{"environment": {"id": 8, "name": "Live"}}])),
        // In a fork, anybody may call a branch anything.
        told(json!([pull(4, "revert-7-x", 2), pull(3, "revert-70-x", 1), pull(2, "revert-7-x", 1), pull(1, "fix", 1)])),
        with(404, &[], "{}"),
        told(json!({"object": {"type": "tag", "sha": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}})),
        told(json!({"object": {"type": "commit", "sha": HASH}})),
        told(json!({"object": {"type": "commit", "sha": HASH}})),
        told(json!({"workflow_runs": [{"id": 3, "head_sha": HASH}, {"id": 4, "head_sha": HASH}]})),
    ])
    .await;
    let look = |what: Look| rig.github.look(rig.repository.clone(), what);
    let Sight::Approvals(approvals, gates) = look(Look::Approvals(RunId(3))).await.unwrap() else { panic!() };
    let first = &approvals[0];
    assert_eq!(
        (first.approved, first.by.as_ref().map(crate::model::id::Login::as_str), first.gates.as_slice()),
        (Some(true), Some("ada"), &[GateId(9)][..])
    );
    assert_eq!((approvals[1].approved, approvals[1].by.as_ref()), (None, None));
    assert_eq!(gates.iter().map(|gate| gate.id).collect::<Vec<_>>(), [GateId(8)]);
    let Sight::Reverts(found) = look(Look::Reverts(PullNumber(7))).await.unwrap() else { panic!() };
    assert_eq!(found.iter().map(|pull| pull.number.0).collect::<Vec<_>>(), [2]);
    assert_eq!(look(Look::Tag("v5".into())).await.unwrap(), Sight::Tag(None));
    assert_eq!(look(Look::Tag("v/5 a".into())).await.unwrap(), Sight::Tag(Sha::new(HASH)));
    let Sight::Runs(runs, head) = look(Look::Runs(Some("main".into()))).await.unwrap() else { panic!() };
    assert_eq!(runs.iter().map(|run| run.id.0).collect::<Vec<_>>(), [4, 3]);
    assert_eq!(head, Sha::new(HASH));
    let lines = rig.server.lines();
    assert!(lines.contains(&"GET /repos/o/r/git/ref/tags/v/5%20a".to_owned()), "{lines:?}");
}
