//! Locking an environment, and what a lock then says and stands in the way of: keys in, screen and change out.

use std::collections::BTreeMap;
use std::sync::Arc;

use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::state::State;
use quarterdeck::model::id::EnvironmentKey;
use quarterdeck::model::lock::{Change, Known, Lock, Locks};

use crate::support::fleet::{self, ago, key};
use crate::support::forge;
use crate::support::stage::Stage;

fn production() -> EnvironmentKey {
    key("us-west-1", "h-prod")
}

fn lock(until: Option<i64>) -> Lock {
    let until = until.map(|seconds| ago(-seconds));
    let reason = "moving \u{1b}[31m\u{202e}the database";
    Lock { environment: production(), by: "@grace".into(), at: ago(1_800), until, reason: reason.into() }
}

fn locked(lock: Lock) -> Event {
    Event::Locks(Locks { each: BTreeMap::from([(lock.environment.clone(), lock)]), known: Known::Yes })
}

/// The changes of locks that were asked for.
fn changes(stage: &Stage) -> Vec<Change> {
    let asked = stage.asked();
    asked.into_iter().filter_map(|effect| if let Effect::Lock(change) = effect { Some(*change) } else { None }).collect()
}

/// On the Fleet screen, with production in California selected.
fn at_production(state: State) -> Stage {
    let mut stage = Stage::on(state);
    stage.keys("/ 'h-prod space 'region:us-west enter");
    assert!(stage.selected().contains("h-prod"), "{}", stage.text());
    let _ = stage.asked();
    stage
}

/// The screen's words, lines joined.
fn words(stage: &Stage) -> String {
    stage.text().replace(['\n', '│'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_environment_is_locked_with_a_reason_and_for_a_time() {
    let mut stage = at_production(fleet::rich((140, 42)));
    stage.keys("K");
    assert!(stage.lines_with("why   ")[0].contains("▌why") && stage.lines_with("why   ")[0].contains("____"), "{}", stage.text());
    stage.keys("enter");
    assert!(stage.text().contains("say why: whoever meets the lock wants to know"), "{}", stage.text());
    stage.keys("'moving enter '2x enter");
    assert!(stage.text().contains("write for how long, such as 30m, 2h or 3d"), "{}", stage.text());
    assert!(changes(&stage).is_empty());
    stage.keys("backspace 'h enter");
    let asked = changes(&stage);
    let [Change::Lock(asked)] = asked.as_slice() else { panic!("{}", stage.text()) };
    assert_eq!((&asked.environment, asked.until, &*asked.reason), (&production(), Some(ago(-7_200)), "moving"));
    // Nobody has told who sits here.
    assert_eq!(&*asked.by, "somebody");
    stage.tell(Event::LockAnswer { sentence: "nothing was done: the \u{202e}disk is full".into(), is_fault: true });
    assert!(stage.line(41).contains("nothing was done: the �disk is full"), "{}", stage.line(41));
}

#[test]
fn whoever_locks_is_named_as_github_knows_them_or_as_the_machine_does() {
    let by = |state: State| {
        let mut stage = at_production(state);
        stage.keys("K 'why enter enter");
        changes(&stage).first().map(|change| Arc::clone(change.by()))
    };
    assert_eq!(by(forge::rich((140, 42))).as_deref(), Some("@ada"));
    let mut here = fleet::rich((140, 42));
    here.person = Some("ada.l".into());
    assert_eq!(by(here).as_deref(), Some("ada.l"));
}

#[test]
fn a_lock_is_marked_and_told_with_who_when_why_and_for_how_long() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = at_production(fleet::rich(size));
        stage.tell(locked(lock(Some(7_200))));
        assert!(stage.selected().contains("⊘ h-prod"), "{}", stage.text());
        if size.0 > 80 {
            let sentence = "⊘ locked by @grace 30m ago, for 2h more: moving ␛[31m�the database";
            assert!(stage.text().contains(sentence), "{}", stage.text());
        }
        stage.keys("enter");
        assert!(words(&stage).contains("LOCK ⊘ locked by @grace 30m ago, for 2h more: moving"), "{}", stage.text());
    }
}

#[test]
fn a_lock_is_over_when_its_time_is() {
    let mut stage = at_production(fleet::rich((140, 42)));
    stage.tell(locked(lock(Some(2))));
    assert!(stage.selected().contains("⊘ h-prod"), "{}", stage.text());
    stage.pass(2);
    assert!(stage.selected().contains("h-prod") && !stage.text().contains('⊘'), "{}", stage.text());
}

#[test]
fn what_is_locked_is_unlocked_after_being_told_by_whom_it_was_locked() {
    let mut stage = at_production(forge::rich((140, 42)));
    stage.tell(locked(lock(None))).keys("K");
    assert!(
        words(&stage).contains("Unlock h-prod us-west-1? It is locked by @grace 30m ago: moving ␛[31m�the database"),
        "{}",
        stage.text()
    );
    stage.keys("esc");
    assert!(changes(&stage).is_empty());
    stage.keys("K y");
    assert_eq!(changes(&stage), [Change::Unlock { lock: lock(None), by: "@ada".into() }]);
    stage.tell(Event::Locks(Locks::default()));
    assert!(!stage.text().contains('⊘'), "{}", stage.text());
}

#[test]
fn nothing_is_locked_where_nothing_is_written_or_nothing_is_known() {
    let mut reads = fleet::rich((140, 42));
    reads.read_only = true;
    let mut stage = at_production(reads);
    stage.keys("K");
    assert!(stage.line(41).contains("read-only: nothing is changed from here"), "{}", stage.line(41));
    let mut unknown = fleet::rich((140, 42));
    unknown.locks = Locks::not_read();
    let mut stage = at_production(unknown);
    stage.keys("K");
    assert!(stage.line(41).contains("what is locked is not read yet"), "{}", stage.line(41));
    stage.tell(Event::Locks(Locks::default())).keys("K esc");
    assert!(stage.line(41).contains("nothing was locked"), "{}", stage.line(41));
    assert!(changes(&stage).is_empty());
}

#[test]
fn a_lock_stands_in_the_way_of_approving_and_of_starting_until_a_reason_is_given() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    stage.tell(locked(lock(None))).keys("3 enter A");
    let sentence = "✖ h-prod us-west-1 is locked by @grace since Sun 2022-11-13 02:27 UTC: moving";
    assert!(words(&stage).contains(sentence) && stage.text().contains("␛[31m�the database"), "{}", stage.text());
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
    stage.keys("esc D enter tab tab space enter");
    assert!(words(&stage).contains(sentence), "{}", stage.text());
    // Canada is not locked.
    stage.keys("esc q D enter tab tab tab space enter");
    let text = words(&stage);
    assert!(text.contains("deploys h-prod ca-central-1") && !text.contains("is locked by"), "{text}");
}

/// What could not be read may hold a lock.
#[test]
fn locks_that_cannot_be_read_stand_in_the_way_of_production_and_what_was_read_stays() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    let known = Known::Failed("/srv/locks.json cannot be read: it is a \u{202e}folder".into());
    let Event::Locks(before) = locked(lock(None)) else { unreachable!() };
    stage.tell(Event::Locks(Locks { known, ..before })).keys("3 enter A");
    let text = words(&stage);
    assert!(text.contains("what is locked is not known: /srv/locks.json cannot be read: it is a �folder"), "{text}");
    assert!(text.contains("is locked by @grace"), "{text}");
    stage.keys("enter");
    assert!(stage.text().contains("say why it is done all the same"), "{}", stage.text());
}

#[test]
fn a_workflow_is_not_started_where_a_lock_has_overtaken_its_plan() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    // Canada is no matter of a lock in California.
    for (tabs, sent) in [("tab tab", 0), ("tab tab tab", 1)] {
        stage.tell(Event::Locks(Locks::default())).keys(&format!("3 D enter {tabs} space enter 'h-prod"));
        let _ = stage.asked();
        stage.tell(locked(lock(None))).keys("enter");
        assert_eq!(stage.asked().iter().filter(|effect| matches!(effect, Effect::Write(_))).count(), sent, "{}", stage.text());
        let says = stage.line(41).contains("what stands in the way has changed since the dialog was opened: nothing was sent");
        assert_eq!(says, sent == 0, "{}", stage.line(41));
    }
}

/// Whoever opened the dialog before it was locked did not know of it: nothing is sent.
#[test]
fn what_a_lock_has_overtaken_is_not_sent() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    stage.keys("3 enter A 'why enter");
    let _ = stage.asked();
    stage.tell(locked(lock(None))).keys("'2 enter");
    assert!(stage.line(41).contains("the checks have changed since the dialog was opened: nothing was sent"), "{}", stage.line(41));
    let sent = stage.asked().iter().filter(|effect| matches!(effect, Effect::Write(_))).count();
    assert_eq!(sent, 0);
}
