//! What an operation concludes from facts, by hand: the engine's own tests run it in worlds.

use std::sync::Arc;
use std::time::Duration;

use super::action::{Action, Place};
use super::command::NotNow;
use super::evidence::{Baseline, Observed, Outcome, Progress, Receipt};
use super::fact::{Answer, Command, Fact, Spot, Stamped, Wish};
use super::look::Look;
use super::next::Work;
use super::operation::{NoOperation, Operation};
use super::plan::{Actor, Aim, Deed, Kind, OnFailure, OperationId, Origin, Plan, environments};
use super::verdict::{Ending, Standing, Verdict};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};

const SETTLED: Look = Look { settled: true, failing_since: None };
const FIRST: Spot = Spot::Step { unit: 0, step: 0 };
const SECOND: Spot = Spot::Step { unit: 1, step: 0 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn plan(count: usize, at_once: u32) -> Plan {
    let id = OperationId::new(at(0), 1);
    let origin = Origin { id, actor: Actor::default(), reason: None, on_failure: OnFailure::Stop };
    let aim = |number: usize| Aim {
        place: Place {
            environment: format!("beanstalk:1:us-west-1:e{number}").parse().unwrap(),
            id: None,
            instance: None,
            connection: None,
            writer: None,
        },
        action: Action::Restart,
        patience: Duration::from_secs(300),
        expected: None,
    };
    let mut plan = environments(origin, Kind::Restart, "restart".to_owned(), (0..count).map(aim).collect(), at_once).unwrap();
    plan.before.clear();
    plan
}

fn operation(plan: Plan, facts: &[(i64, Fact)]) -> Operation {
    let planned = Stamped { at: at(0), fact: Fact::Planned { plan: Arc::new(plan) } };
    let rest = facts.iter().map(|(second, fact)| Stamped { at: at(*second), fact: fact.clone() });
    Operation::replay(&std::iter::once(planned).chain(rest).collect::<Vec<_>>()).unwrap()
}

fn began(spot: Spot) -> Fact {
    Fact::Began { spot, baseline: Baseline::default() }
}

fn accepted(spot: Spot) -> Fact {
    Fact::Accepted { spot, receipt: Receipt::default() }
}

fn done(spot: Spot) -> Fact {
    Fact::Ended { spot, outcome: Outcome::Done("it is so".into()) }
}

fn wants(wish: Wish) -> Command {
    Command { by: "ada".into(), wish }
}

#[test]
fn so_many_begin_at_once_and_the_next_when_one_has_ended() {
    let fresh = operation(plan(4, 2), &[]);
    assert_eq!(fresh.next(at(1)), [Work::Begin(FIRST), Work::Begin(SECOND)]);
    let two = operation(plan(4, 2), &[(1, began(FIRST)), (1, began(SECOND))]);
    assert_eq!((two.next(at(2)), two.in_doubt()), (vec![], vec![FIRST, SECOND]));
    let one = operation(plan(4, 2), &[(1, began(FIRST)), (1, began(SECOND)), (9, done(FIRST))]);
    assert_eq!(one.next(at(10)), [Work::Begin(Spot::Step { unit: 2, step: 0 })]);
}

#[test]
fn how_many_checks_are_over_is_told_until_all_of_them_are() {
    let checked = |of: usize| {
        let mut plan = plan(of, 3);
        plan.before = plan.units.iter().map(|unit| Deed { only_checked: true, together: true, ..unit.steps[0].deed.clone() }).collect();
        plan
    };
    let fresh = operation(checked(84), &[]);
    assert_eq!(fresh.checks(), Some((0, 84)));
    let over: Vec<(i64, Fact)> = (0..20).map(|step| (1, done(Spot::Before { step }))).collect();
    let later = operation(checked(84), &over);
    assert_eq!(later.checks(), Some((20, 84)));
    assert_eq!(later.next(at(2)).first(), Some(&Work::Begin(Spot::Before { step: 20 })));
    let all: Vec<(i64, Fact)> = (0..84).map(|step| (1, done(Spot::Before { step }))).collect();
    assert_eq!(operation(checked(84), &all).checks(), None, "then it begins");
}

#[test]
fn a_wait_begins_by_being_written_down_and_a_proof_with_a_look() {
    let with = |action: Action| {
        let mut plan = plan(1, 1);
        plan.units[0].steps[0].deed.action = action;
        operation(plan, &[]).next(at(1))
    };
    assert_eq!(with(Action::Proven("v2".into())), [Work::Begin(FIRST)]);
    let baseline = Baseline { at: Some(at(1)), ..Baseline::default() };
    assert_eq!(with(Action::Steady), [Work::Record(Fact::Began { spot: FIRST, baseline })]);
}

#[test]
fn what_was_taken_is_never_believed_not_to_have_begun() {
    let sent = operation(plan(1, 1), &[(1, began(FIRST))]);
    let not_begun = Ok(Observed::NotBegun);
    // One that was not answered may still arrive.
    assert_eq!(sent.conclude(FIRST, &not_begun, Look::default(), at(2)), None);
    assert_eq!(sent.conclude(FIRST, &not_begun, SETTLED, at(20)), Some(Fact::NotBegun { spot: FIRST }));
    let taken = operation(plan(1, 1), &[(1, began(FIRST)), (2, accepted(FIRST))]);
    assert_eq!(taken.conclude(FIRST, &not_begun, SETTLED, at(20)), None);
    assert!(matches!(taken.conclude(FIRST, &not_begun, SETTLED, at(400)), Some(Fact::Unclear { .. })));
}

#[test]
fn patience_ends_with_a_look_and_not_without_one() {
    let sent = operation(plan(1, 1), &[(1, began(FIRST)), (2, accepted(FIRST))]);
    let underway = Ok(Observed::Underway(Progress { parts: None, note: Some("2 of 4 instances".into()) }));
    assert_eq!(sent.conclude(FIRST, &underway, SETTLED, at(299)), None);
    let failed = Outcome::Failed("restart the application servers: not within 5 m: 2 of 4 instances".into());
    assert_eq!(sent.conclude(FIRST, &underway, SETTLED, at(301)), Some(Fact::Ended { spot: FIRST, outcome: failed }));
    let fault = |kind| Err(Fault::new(kind, "no way there"));
    for kind in [FaultKind::Expired, FaultKind::Throttled(None)] {
        assert_eq!(sent.conclude(FIRST, &fault(kind), SETTLED, at(9_000)), None);
    }
    let asked = Fact::Unclear { spot: FIRST, why: "no way there".into() };
    assert_eq!(sent.conclude(FIRST, &fault(FaultKind::Unreachable), SETTLED, at(9_000)), Some(asked.clone()));
    // Asked once; and what is seen afterwards counts.
    let asked = operation(plan(1, 1), &[(1, began(FIRST)), (2, accepted(FIRST)), (9_000, asked)]);
    assert_eq!((asked.verdict(), asked.conclude(FIRST, &fault(FaultKind::Unreachable), SETTLED, at(9_001))), (Verdict::Asks, None));
    let seen = Ok(Observed::Ended(Outcome::Done("it is so".into())));
    assert_eq!(asked.conclude(FIRST, &seen, SETTLED, at(9_002)), Some(done(FIRST)));
}

#[test]
fn what_is_refused_is_tried_again_only_where_that_may_help() {
    let sent = operation(plan(1, 1), &[(1, began(FIRST))]);
    let again = |kind, second| match sent.refused(FIRST, &Fault::new(kind, "no"), at(1), at(second)) {
        Fact::Refused { again, .. } => again,
        other => panic!("{other:?}"),
    };
    assert!(again(FaultKind::Throttled(None), 9_000) && again(FaultKind::Expired, 9_000));
    assert!(again(FaultKind::Unreachable, 30) && !again(FaultKind::Unreachable, 90));
    assert!(!again(FaultKind::Refused, 2) && !again(FaultKind::Denied, 2));
    let refused = Fact::Refused { spot: FIRST, why: "it must be Ready".into(), again: false };
    let ended = operation(plan(2, 1), &[(1, began(FIRST)), (2, refused)]);
    assert_eq!(ended.verdict(), Verdict::Ended(Ending::Failed));
    assert_eq!(ended.trouble().as_deref(), Some("e0 us-west-1: it must be Ready"));
}

#[test]
fn a_wish_is_heeded_where_it_makes_sense_and_refused_in_words_where_not() {
    let fresh = operation(plan(2, 1), &[]);
    let refused = |operation: &Operation, wish| operation.heeds(&wants(wish)).unwrap_err();
    assert_eq!(refused(&fresh, Wish::Resume { reason: None }), NotNow::NotPaused);
    assert_eq!(refused(&fresh, Wish::Skip { unit: 7, reason: "x".into() }), NotNow::NoUnit(7));
    assert_eq!(refused(&fresh, Wish::Skip { unit: 1, reason: " ".into() }), NotNow::NoReason);
    let resolve = Wish::Resolve { spot: FIRST, answer: Answer::Done, reason: "x".into() };
    assert_eq!(refused(&fresh, resolve), NotNow::NotAsked);
    let begun = operation(plan(2, 1), &[(1, began(FIRST)), (2, Fact::Paused { by: "ada".into() })]);
    assert_eq!(refused(&begun, Wish::Pause), NotNow::Already("paused"));
    let skip = Wish::Skip { unit: 0, reason: "x".into() };
    assert_eq!(
        refused(&begun, skip).to_string(),
        "e0 us-west-1 has begun: it can be stopped with the whole operation, and not be left out"
    );
    assert_eq!(begun.heeds(&wants(Wish::Stop)), Ok(Fact::Stopped { by: "ada".into() }));
    let left = operation(plan(2, 1), &[(1, began(FIRST)), (2, Fact::Left { by: "ada".into(), reason: "x".into() })]);
    assert_eq!((refused(&left, Wish::Stop), left.verdict()), (NotNow::Over, Verdict::Ended(Ending::Left)));
    assert_eq!((left.next(at(9)), left.in_doubt()), (vec![], vec![]));
}

#[test]
fn how_long_it_still_takes_follows_from_how_long_the_others_took() {
    let fresh = operation(plan(4, 2), &[]);
    assert_eq!((fresh.timing(at(5)).left, fresh.unit_timing(0, at(5))), (None, None), "nobody knows");
    let one =
        operation(plan(4, 2), &[(0, began(FIRST)), (0, began(SECOND)), (100, done(FIRST)), (100, began(Spot::Step { unit: 2, step: 0 }))]);
    let seconds = Duration::from_secs;
    let unit = one.unit_timing(1, at(140)).unwrap();
    assert_eq!((unit.taken, unit.left), (seconds(140), Some(Duration::ZERO)));
    assert_eq!(one.unit_timing(2, at(140)).unwrap().left, Some(seconds(60)));
    // Zero, sixty and a whole hundred, two at once: not less than the longest.
    assert_eq!(one.timing(at(140)).left, Some(seconds(100)));
    assert_eq!((one.steps_done(0), one.steps_done(1)), ((1, 1), (0, 1)));
    let mut planned = plan(2, 1);
    for unit in &mut planned.units {
        unit.steps[0].deed.expected = Some(seconds(240));
    }
    let known = operation(planned, &[(0, began(FIRST))]);
    assert_eq!((known.timing(at(60)).left, known.timing(at(60)).expected), (Some(seconds(180 + 240)), Some(seconds(480))));
}

#[test]
fn facts_without_a_plan_are_no_operation() {
    assert_eq!(Operation::replay(&[]), Err(NoOperation::NoPlan));
    assert_eq!(Operation::replay(&[Stamped { at: at(0), fact: began(FIRST) }]), Err(NoOperation::NoPlan));
    let facts = [(1, began(FIRST)), (2, accepted(FIRST)), (3, done(FIRST)), (4, began(SECOND)), (5, done(SECOND))];
    let ended = operation(plan(2, 1), &facts);
    assert_eq!((ended.verdict(), ended.standing(1)), (Verdict::Ended(Ending::Succeeded), Standing::Done));
}
