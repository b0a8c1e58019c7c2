//! Tests of what a write rests on, and of what a look shows of it.

use super::*;
use crate::model::github_facts::sha;
use crate::model::run::{Conclusion, Progress};

fn run(id: u64, progress: Progress) -> Run {
    Run {
        id: RunId(id),
        number: id,
        attempt: 1,
        workflow: ".github/workflows/redeploy.yml".into(),
        name: "Redeploy".into(),
        title: "Redeploy".into(),
        head: sha('a'),
        branch: Some("main".into()),
        event: "workflow_dispatch".into(),
        progress,
        actor: Some("ada".into()),
        created_at: None,
        updated_at: None,
        url: "https://example.com/run".into(),
    }
}

const OVER: Progress = Progress::Completed(Conclusion::Success);

fn redeploy() -> Vec<Arc<str>> {
    vec![".github/workflows/redeploy.yml".into()]
}

fn state(is_open: bool, is_merged: bool, head: Sha) -> PullState {
    PullState {
        number: PullNumber(7),
        title: "x".into(),
        author: Some("ada".into()),
        is_open,
        is_merged,
        head,
        base: "main".into(),
        url: "https://example.com/7".into(),
    }
}

fn gate(id: u64) -> Gate {
    Gate { id: GateId(id), name: "x".into(), may_approve: true, reviewers: vec![], wait_minutes: 0, wait_since: None }
}

#[test]
fn a_premise_says_what_is_different() {
    let waiting = run(3, Progress::Waiting);
    let held = Premise::held(&waiting, [GateId(1), GateId(2)]);
    let quiet = Premise::quiet(redeploy(), [&run(3, Progress::Waiting), &run(2, OVER)], Some(&run(2, OVER)));
    let on_main = quiet.clone().at("main".into(), sha('a'));
    let open = Premise::Open { pull: PullNumber(7), head: sha('a'), base: "main".into() };
    let on = |head| Run { head, ..run(3, Progress::Waiting) };
    let elsewhere = Run { workflow: ".github/workflows/ci.yml".into(), ..run(9, Progress::InProgress) };
    for (premise, sight, expected) in [
        (&held, Sight::Held(Box::new(waiting.clone()), vec![gate(2), gate(1)]), None),
        (&held, Sight::Held(Box::new(waiting.clone()), vec![gate(1)]), Some("the run is waiting now, and one gate holds it back")),
        (&held, Sight::Held(Box::new(on(sha('b'))), vec![gate(1), gate(2)]), Some("the run is waiting now, and 2 gates hold it back")),
        (&held, Sight::Held(Box::new(run(3, OVER)), vec![]), Some("the run is success now, and no gate holds it back")),
        (&Premise::Live { run: RunId(3), attempt: 1 }, Sight::Run(Box::new(waiting)), None),
        (&Premise::Live { run: RunId(3), attempt: 1 }, Sight::Run(Box::new(run(3, OVER))), Some("the run is success now, attempt 1")),
        (&quiet, Sight::Runs(vec![elsewhere, run(3, Progress::Waiting), run(2, OVER)], None), None),
        (&quiet, Sight::Runs(vec![run(4, OVER), run(3, Progress::Waiting)], None), Some("run #4 of Redeploy has come since")),
        (&quiet, Sight::Runs(vec![run(3, OVER)], None), Some("run 3 goes on no longer")),
        (&quiet, Sight::Runs(vec![run(3, Progress::Waiting), run(2, Progress::Queued)], None), Some("run 2 goes on again")),
        (
            &quiet,
            Sight::Runs(vec![run(3, Progress::Waiting), Run { attempt: 2, ..run(2, OVER) }], None),
            Some("run #2 is at attempt 2 by now"),
        ),
        (&on_main, Sight::Runs(vec![run(3, Progress::Waiting), run(2, OVER)], Some(sha('a'))), None),
        (&on_main, Sight::Runs(vec![run(3, Progress::Waiting), run(2, OVER)], Some(sha('b'))), Some("main ends with bbbbbbb by now")),
        (&on_main, Sight::Runs(vec![run(3, Progress::Waiting), run(2, OVER)], None), Some("GitHub does not tell where main ends")),
        (&Premise::Free("v5".into()), Sight::Tag(None), None),
        (&Premise::Free("v5".into()), Sight::Tag(Some(sha('c'))), Some("v5 stands for ccccccc already")),
        (&open, Sight::Pull(Box::new(state(true, false, sha('a')))), None),
        (&open, Sight::Pull(Box::new(state(true, false, sha('b')))), Some("the pull request has other commits by now, up to bbbbbbb")),
        (
            &open,
            Sight::Pull(Box::new(PullState { base: "live".into(), ..state(true, false, sha('a')) })),
            Some("the pull request would be merged into live by now"),
        ),
        (&open, Sight::Pull(Box::new(state(false, true, sha('a')))), Some("the pull request is merged already")),
        (&open, Sight::Pull(Box::new(state(false, false, sha('a')))), Some("the pull request is closed")),
        (&Premise::Unreverted(PullNumber(5)), Sight::Reverts(vec![]), None),
        (&Premise::Unreverted(PullNumber(5)), Sight::Reverts(vec![state(true, false, sha('a'))]), Some("#7 takes it back already")),
        (&open, Sight::Tag(None), Some("GitHub showed something else than was asked for")),
    ] {
        assert_eq!(premise.difference(&sight).as_deref(), expected, "{premise:?} {sight:?}");
    }
}

#[test]
fn a_look_shows_what_a_write_has_done_and_nothing_of_anybody_else() {
    let ada: Login = "ada".into();
    let by = Some(&ada);
    let quiet = Premise::quiet(redeploy(), [&run(3, OVER)], None);
    let again = Premise::quiet(redeploy(), [&run(3, OVER)], Some(&run(3, OVER)));
    let dispatch = Write::Dispatch { workflow: ".github/workflows/redeploy.yml".into(), branch: "main".into(), inputs: BTreeMap::new() };
    let review = Write::Review { run: RunId(3), gates: vec![GateId(1)], approve: true, comment: "go".into() };
    let approval = |by: &str, comment: &str, approved| Approval {
        by: Some(by.into()),
        approved: Some(approved),
        comment: comment.into(),
        gates: vec![GateId(1), GateId(2)],
    };
    let by_grace = Run { actor: Some("grace".into()), ..run(3, Progress::Queued) };
    let grace = Run { actor: Some("grace".into()), ..run(4, Progress::Queued) };
    let pushed = Run { event: "push".into(), ..run(5, Progress::Queued) };
    let merge = Write::Merge { pull: PullNumber(7), head: sha('a'), method: MergeMethod::Merge };
    let tag = Write::Tag { name: "v5".into(), commit: sha('a'), release: false };
    let revert = Write::Revert { pull: PullNumber(5), body: String::new() };
    let cancel = Write::Cancel(RunId(3));
    let rerun = Write::RerunFailed(RunId(3));
    let is = |write: &Write, sight: &Sight, before: &Premise| write.shown(sight, before, by).is_some();
    for (write, sight, before, shown) in [
        (&dispatch, Sight::Runs(vec![grace, pushed, run(3, OVER)], None), &quiet, false),
        (&dispatch, Sight::Runs(vec![run(6, Progress::Queued)], None), &quiet, true),
        (&dispatch, Sight::Runs(vec![run(7, Progress::Queued), run(6, Progress::Queued)], None), &quiet, false),
        (&dispatch, Sight::Runs(vec![run(2, Progress::Queued)], None), &quiet, false),
        (&dispatch, Sight::Runs(vec![Run { branch: Some("other".into()), ..run(6, Progress::Queued) }], None), &quiet, false),
        (&review, Sight::Approvals(vec![approval("ada", "go", true)], vec![gate(1)]), &quiet, false),
        (&review, Sight::Approvals(vec![approval("ada", "go", true)], vec![gate(9)]), &quiet, true),
        (&review, Sight::Approvals(vec![approval("grace", "go", true), approval("ada", "stay", true)], vec![]), &quiet, false),
        (&review, Sight::Approvals(vec![approval("Ada", "go", false)], vec![]), &quiet, false),
        (&review, Sight::Approvals(vec![approval("Ada", "go", true)], vec![]), &quiet, true),
        (&rerun, Sight::Run(Box::new(run(3, OVER))), &again, false),
        (&rerun, Sight::Run(Box::new(Run { attempt: 2, ..run(3, Progress::Queued) })), &again, true),
        (&rerun, Sight::Run(Box::new(Run { attempt: 2, ..by_grace })), &again, false),
        (&cancel, Sight::Run(Box::new(run(3, Progress::InProgress))), &quiet, false),
        (&cancel, Sight::Run(Box::new(run(3, OVER))), &quiet, false),
        (&cancel, Sight::Run(Box::new(run(3, Progress::Completed(Conclusion::Cancelled)))), &quiet, true),
        (&tag, Sight::Tag(None), &quiet, false),
        (&tag, Sight::Tag(Some(sha('b'))), &quiet, false),
        (&tag, Sight::Tag(Some(sha('a'))), &quiet, true),
        (&merge, Sight::Pull(Box::new(state(false, false, sha('a')))), &quiet, false),
        (&merge, Sight::Pull(Box::new(state(false, true, sha('a')))), &quiet, true),
        (&revert, Sight::Reverts(vec![]), &quiet, false),
        (&revert, Sight::Reverts(vec![state(true, false, sha('a'))]), &quiet, true),
        (&revert, Sight::Reverts(vec![PullState { author: Some("grace".into()), ..state(true, false, sha('a')) }]), &quiet, false),
    ] {
        assert_eq!(is(write, &sight, before), shown, "{write:?} {sight:?}");
    }
    // Whose token it is, is not known: then nobody can say whose run that is.
    assert_eq!(dispatch.shown(&Sight::Runs(vec![run(6, Progress::Queued)], None), &quiet, None), None);
}
