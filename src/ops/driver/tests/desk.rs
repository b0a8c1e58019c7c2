//! Starting and resuming as the screens and the command line do it: journals, locks and the audit log on a disk.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::cases::{Case, NEW, environments, members, roll, wave};
use super::world::{PausedClock, World};
use crate::model::operation::fact::{Command, Spot, Wish};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::{OnFailure, OperationId};
use crate::model::operation::verdict::{Ending, Verdict};
use crate::ops::audit::Audit;
use crate::ops::driver::Conclusion;
use crate::ops::journal::Journals;
use crate::ops::operation_lock::OperationLocks;
use crate::ops::operations::{Keeping, NotStarted, Operations};

struct Desk {
    folder: tempfile::TempDir,
    operations: Operations,
    journals: Journals,
    world: World,
    case: Case,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = roll(21, members(3), 1, 2, OnFailure::Stop);
        let world = case.world();
        let journals = Journals::at(folder.path().join("operations"));
        let locks = OperationLocks::at(folder.path().join("locks"));
        let operations = Operations {
            platform: Arc::new(world.clone()),
            clock: Arc::new(PausedClock::new(None)),
            audit: Audit::at(folder.path().join("audit.jsonl")),
            keeping: Keeping::Disk { journals: journals.clone(), locks },
            leases: None,
        };
        Self { folder, operations, journals, world, case }
    }

    fn id(&self) -> OperationId {
        self.case.plan.id.clone()
    }

    /// What the audit log says: the outcomes, and of whom.
    fn audit(&self) -> Vec<(String, String, String)> {
        let text = std::fs::read_to_string(self.folder.path().join("audit.jsonl")).unwrap();
        let line = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            let of = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            (of("outcome"), of("plan"), of("identity"))
        };
        text.lines().map(line).collect()
    }

    async fn interrupted(&self) {
        let mut handle = self.operations.start(self.case.plan.clone()).await.unwrap();
        // While the first instance is out.
        while !self.world.with(|state| state.targets.values().any(|target| !target.registered)) {
            handle.changed().await.unwrap();
        }
        handle.let_go().await;
        assert_eq!(handle.ended().await, Conclusion::Interrupted);
    }

    fn registered(&self) -> usize {
        self.world.with(|state| state.targets.values().filter(|target| target.registered).count())
    }
}

fn wants(wish: Wish) -> Command {
    Command { by: "grace".into(), wish }
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_written_down_from_its_plan_to_its_end() {
    let desk = Desk::new();
    let mut handle = desk.operations.start(desk.case.plan.clone()).await.unwrap();
    let mut seen = 0;
    while let Some(shown) = handle.changed().await {
        seen += 1;
        // What is shown is on the disk.
        let disk = desk.journals.read(&desk.id()).unwrap();
        assert!(disk.changed_at() >= shown.operation.changed_at());
    }
    assert!(seen > 20, "{seen}");
    assert_eq!(handle.ended().await, Conclusion::Ended(Ending::Succeeded));
    assert_eq!(*handle.shown().operation, desk.journals.read(&desk.id()).unwrap());
    let told: Vec<String> = desk.audit().into_iter().map(|(outcome, plan, identity)| format!("{outcome}|{plan}|{identity}")).collect();
    let title = format!("growl prod us-west-2 77c1d09 (operation {})|arn:aws:iam::1:user/ada", desk.id());
    assert_eq!(told, [format!("intended|{title}"), format!("succeeded|{title}")]);
    let error = desk.operations.resume(&desk.id(), None).await.unwrap_err().to_string();
    assert!(error.contains("has ended"), "{error}");
    assert!(handle.command(wants(Wish::Stop)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn two_operations_do_not_change_one_target() {
    let desk = Desk::new();
    let mut first = desk.operations.start(desk.case.plan.clone()).await.unwrap();
    let mut plan = desk.case.plan.clone();
    plan.id = OperationId::parse("20231114T221320Z-000000ff").unwrap();
    let error = desk.operations.start(plan.clone()).await.unwrap_err().to_string();
    assert!(error.contains("growl-prod is being changed") && error.contains(desk.id().as_str()), "{error}");
    assert!(desk.journals.read(&plan.id).is_err(), "nothing is left of it");
    let again = desk.operations.resume(&desk.id(), None).await.unwrap_err().to_string();
    assert!(again.contains("goes on in another Quarterdeck"), "{again}");
    first.ended().await;
    // The lock is let go of a moment after the end was told.
    let mut tries = 0;
    while desk.operations.start(plan.clone()).await.is_err() {
        tries += 1;
        assert!(tries < 1_000);
        sleep(Duration::from_millis(1)).await;
        plan.id = OperationId::new(crate::model::clock::Timestamp::UNIX_EPOCH, tries);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_interrupted_is_finished_put_back_or_left() {
    let finished = Desk::new();
    finished.interrupted().await;
    let list = finished.journals.list().unwrap();
    let (entry, operation) = (&list[0], list[0].operation.as_ref().unwrap());
    assert_eq!((entry.is_live, operation.verdict(), finished.registered()), (false, Verdict::Underway, 2));
    let mut handle = finished.operations.resume(&finished.id(), None).await.unwrap();
    assert_eq!((handle.ended().await, finished.registered()), (Conclusion::Ended(Ending::Succeeded), 3));

    let put_back = Desk::new();
    put_back.interrupted().await;
    let mut handle = put_back.operations.resume(&put_back.id(), Some(wants(Wish::Stop))).await.unwrap();
    assert_eq!((handle.ended().await, put_back.registered()), (Conclusion::Ended(Ending::Stopped), 3));

    let left = Desk::new();
    left.interrupted().await;
    let mut handle = left.operations.resume(&left.id(), Some(wants(Wish::Leave { reason: "I do it by hand".into() }))).await.unwrap();
    assert_eq!((handle.ended().await, left.registered()), (Conclusion::Ended(Ending::Left), 2));
    let told: Vec<(String, String)> = left.audit().into_iter().map(|(outcome, _, identity)| (outcome, identity)).collect();
    let ada = "arn:aws:iam::1:user/ada";
    let expected = [("intended", ada), ("interrupted", ada), ("intended", "grace"), ("left", ada)];
    assert_eq!(told, expected.map(|(outcome, identity)| (outcome.to_owned(), identity.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_recorded_is_not_begun() {
    let mut desk = Desk::new();
    let blocked = |folder: &Path| {
        let file = folder.join("file");
        std::fs::write(&file, "").unwrap();
        file
    };
    let file = blocked(desk.folder.path());
    desk.operations.audit = Audit::at(file.join("audit.jsonl"));
    assert!(matches!(desk.operations.start(desk.case.plan.clone()).await, Err(NotStarted::Audit(_))));
    assert_eq!(desk.journals.list().unwrap().len(), 0, "nothing was begun that could be resumed");
    desk.operations.audit = Audit::nowhere();
    desk.operations.keeping = Keeping::Disk { journals: Journals::at(file.join("operations")), locks: OperationLocks::nowhere() };
    assert!(matches!(desk.operations.start(desk.case.plan.clone()).await, Err(NotStarted::Journal(_))));
    assert_eq!(desk.world.fate.ticks(), 0, "no call");
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_in_memory_runs_and_cannot_be_resumed() {
    let mut desk = Desk::new();
    desk.operations.keeping = Keeping::Memory;
    let mut handle = desk.operations.start(desk.case.plan.clone()).await.unwrap();
    handle.command(wants(Wish::Stop)).await.unwrap();
    assert_eq!(handle.ended().await, Conclusion::Ended(Ending::Stopped));
    assert!(desk.operations.resume(&desk.id(), None).await.unwrap_err().to_string().contains("in memory only"));
    let left = std::fs::read_dir(desk.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.collect::<BTreeSet<_>>(), BTreeSet::from(["audit.jsonl".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn what_is_let_go_of_sends_nothing_else_although_looks_are_answered_meanwhile() {
    for seed in 40..60 {
        let mut desk = Desk::new();
        desk.case = wave(seed, environments(6), 4, OnFailure::Stop, NEW);
        desk.world = desk.case.world();
        desk.operations.platform = Arc::new(desk.world.clone());
        let mut handle = desk.operations.start(desk.case.plan.clone()).await.unwrap();
        let begun = |operation: &Operation| operation.in_doubt().iter().filter(|spot| matches!(spot, Spot::Step { unit: 2.., .. })).count();
        // The first of four that begin together: the looks before the others are on their way.
        while begun(&handle.changed().await.unwrap().operation) == 0 {}
        let before = begun(&handle.shown().operation);
        handle.let_go().await;
        assert_eq!(handle.ended().await, Conclusion::Interrupted);
        assert_eq!(begun(&desk.journals.read(&desk.id()).unwrap()), before, "seed {seed}");
    }
}

/// Whoever was busy when it ended is told the end all the same.
#[tokio::test(start_paused = true)]
async fn the_end_is_told_to_whoever_looks_late() {
    let desk = Desk::new();
    let mut late = desk.operations.start(desk.case.plan.clone()).await.unwrap();
    let mut first = late.clone();
    first.ended().await;
    sleep(Duration::from_secs(5)).await;
    let last = late.changed().await.expect("the end is not told");
    assert_eq!(last.conclusion, Some(Conclusion::Ended(Ending::Succeeded)));
    assert!(late.changed().await.is_none());
}

/// What cannot be recorded is not done, but for what stops something.
#[tokio::test(start_paused = true)]
async fn without_an_audit_log_an_operation_is_stopped_and_not_carried_on() {
    let mut desk = Desk::new();
    desk.interrupted().await;
    let file = desk.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    desk.operations.audit = Audit::at(file.join("audit.jsonl"));
    let resume = wants(Wish::Resume { reason: None });
    assert!(matches!(desk.operations.resume(&desk.id(), Some(resume.clone())).await, Err(NotStarted::Audit(_))));
    assert!(matches!(desk.operations.resume(&desk.id(), Some(wants(Wish::Leave { reason: "x".into() }))).await, Err(NotStarted::Audit(_))));
    // Where it goes on already: pausing it is heeded, going on is not.
    let mut paused = Desk::new();
    paused.operations.audit = Audit::at(paused.folder.path().join("log/audit.jsonl"));
    let handle = paused.operations.start(paused.case.plan.clone()).await.unwrap();
    std::fs::remove_file(paused.folder.path().join("log/audit.jsonl")).unwrap();
    std::fs::create_dir(paused.folder.path().join("log/audit.jsonl")).unwrap();
    handle.command(wants(Wish::Pause)).await.unwrap();
    let refused = handle.command(resume).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be written"), "{refused}");
    handle.let_go().await;
    let mut handle = desk.operations.resume(&desk.id(), Some(wants(Wish::Stop))).await.unwrap();
    assert_eq!((handle.ended().await, desk.registered()), (Conclusion::Ended(Ending::Stopped), 3));
}

/// Between the checks and the first change nothing of ours is changed: whoever goes on later checks again.
#[tokio::test(start_paused = true)]
async fn what_was_checked_before_a_pause_is_checked_again_while_nothing_is_changed() {
    let desk = Desk::new();
    let mut handle = desk.operations.start(desk.case.plan.clone()).await.unwrap();
    let is_checked = |operation: &Operation| operation.tried_since(Spot::Step { unit: 0, step: 0 }).is_some();
    while !is_checked(&handle.changed().await.unwrap().operation) {}
    handle.let_go().await;
    assert_eq!(handle.ended().await, Conclusion::Interrupted);
    desk.world.with(|state| {
        assert!(state.written.is_empty());
        state.drift = true;
    });
    let mut handle = desk.operations.resume(&desk.id(), Some(wants(Wish::Resume { reason: None }))).await.unwrap();
    assert_eq!(handle.ended().await, Conclusion::Ended(Ending::Refused));
    desk.world.with(|state| assert!(state.written.is_empty()));
    // Once something was changed, what would be found is our own change.
    let desk = Desk::new();
    desk.interrupted().await;
    desk.world.with(|state| state.drift = true);
    let mut handle = desk.operations.resume(&desk.id(), Some(wants(Wish::Resume { reason: None }))).await.unwrap();
    assert_eq!(handle.ended().await, Conclusion::Ended(Ending::Succeeded));
}
