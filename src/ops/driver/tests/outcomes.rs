//! Each thing that can befall an operation, by itself: what it comes to, and what it leaves as it was.

use super::cases::{Case, Members, NEW, OLD, environments, members, roll, wave};
use super::run::{Finished, run};
use super::world::{Destiny, Ends, Weather};
use crate::model::operation::evidence::Outcome;
use crate::model::operation::fact::{Answer, Fact, Spot, Wish};
use crate::model::operation::plan::OnFailure;
use crate::model::operation::verdict::{Ending, PutBack, Standing, Tally};
use crate::ops::driver::Conclusion;

/// A rolling deploy over four, one of which is destined to this.
fn destined(destiny: Destiny) -> Case {
    let mut all = members(4);
    all[1].1 = destiny;
    roll(7, all, 1, 2, OnFailure::Stop)
}

fn ended(case: &Case, ending: Ending) -> Finished {
    let finished = run(case);
    assert_eq!(finished.violations, Vec::<String>::new());
    assert_eq!(finished.conclusion, Conclusion::Ended(ending), "{:?}", finished.operation.trouble());
    finished
}

fn tally(finished: &Finished) -> Tally {
    finished.operation.tally()
}

fn failed_at(finished: &Finished, unit: u32) -> (String, PutBack) {
    match finished.operation.standing(unit) {
        Standing::Failed { why, put_back } => (why.to_string(), put_back),
        other => panic!("{other:?}"),
    }
}

fn is_new(finished: &Finished, name: &str) -> bool {
    finished.world.with(|state| state.targets[name].is_new)
}

#[test]
fn a_rolling_deploy_changes_one_after_the_other_and_proves_each() {
    let finished = ended(&destined(Destiny::default()), Ending::Succeeded);
    assert_eq!(tally(&finished), Tally { done: 5, ..Tally::default() }, "four instances, and a look at all of them");
    assert_eq!(finished.operation.upshot().unwrap(), "every instance runs it");
    assert!((0..4).all(|number| is_new(&finished, &format!("i-{number:02}"))));
    let words: Vec<String> = finished
        .facts
        .iter()
        .filter_map(|stamped| match &stamped.fact {
            Fact::Ended { spot: spot @ (Spot::Before { .. } | Spot::Step { unit: 0, .. }), .. } => {
                Some(finished.operation.deed(*spot)?.words().into_owned())
            }
            _ => None,
        })
        .collect();
    let reached = ["reach the host"; 4];
    let before = ["run terraform workspace", "run terraform plan", "find the image v2"];
    let behind = ["check: deregister", "see that no run goes on"];
    let steps = [
        "see that no run goes on",
        "deregister",
        "wait until drained",
        "copy a file",
        "run the command",
        "register",
        "wait until healthy",
        "pause",
    ];
    assert_eq!(words, [&before[..], &reached, &behind, &steps].concat());
}

#[test]
fn an_instance_whose_command_fails_goes_back_in_and_the_operation_stops_there() {
    for destiny in [Destiny { command_fails: true, ..Destiny::default() }, Destiny { copy_fails: true, ..Destiny::default() }] {
        let finished = ended(&destined(destiny), Ending::Failed);
        assert_eq!(failed_at(&finished, 1), ("it ended with exit code 2".to_owned(), PutBack::Done));
        assert_eq!(tally(&finished), Tally { done: 1, failed: 1, waiting: 3, ..Tally::default() });
        assert!(!is_new(&finished, "i-01") && finished.healthy.contains(&"i-01".to_owned()));
        assert_eq!(finished.operation.trouble().unwrap(), "i-01: it ended with exit code 2; it was put back");
    }
}

#[test]
fn an_instance_that_never_becomes_healthy_stays_in_and_no_other_is_touched() {
    let finished = ended(&destined(Destiny { never_healthy: true, ..Destiny::default() }), Ending::Failed);
    assert_eq!(failed_at(&finished, 1), ("wait until healthy: not within 5 m".to_owned(), PutBack::NotNeeded));
    assert!(finished.world.with(|state| state.targets["i-01"].registered) && !is_new(&finished, "i-02"));
}

#[test]
fn a_drift_is_found_before_anything_is_touched() {
    let case = Case { drift: true, ..destined(Destiny::default()) };
    let finished = ended(&case, Ending::Refused);
    assert!(finished.world.with(|state| state.written.is_empty()));
    assert_eq!(finished.operation.trouble().unwrap(), "the state has drifted");
}

#[test]
fn a_run_that_goes_on_is_waited_for_between_two_instances_and_not_before_the_first() {
    let during = |from, until| Case { weather: Weather { busy: (from, until), ..Weather::default() }, ..destined(Destiny::default()) };
    let waited = ended(&during(30, 200), Ending::Succeeded);
    assert_eq!(tally(&waited), Tally { done: 5, ..Tally::default() });
    let endless = ended(&during(30, 100_000), Ending::Failed);
    let why = "see that no run goes on: not within 5 m: run #7 of Deploy is in progress";
    assert_eq!(failed_at(&endless, 1), (why.to_owned(), PutBack::NotNeeded));
    assert_eq!(tally(&endless), Tally { done: 1, failed: 1, waiting: 3, ..Tally::default() });
    let before = ended(&during(0, 100_000), Ending::Refused);
    assert!(before.world.with(|state| state.written.is_empty()));
    assert_eq!(before.operation.trouble().unwrap(), "see that no run goes on: run #7 of Deploy is in progress");
}

#[test]
fn draining_is_waited_for_no_longer_than_the_plan_says() {
    let mut case = destined(Destiny::default());
    let drained = &mut case.plan.units[0].steps[2].deed;
    drained.patience = std::time::Duration::from_secs(9);
    let finished = ended(&case, Ending::Succeeded);
    let drained = Spot::Step { unit: 0, step: 2 };
    let how = finished.facts.iter().find_map(|stamped| match &stamped.fact {
        Fact::Ended { spot, outcome: Outcome::Done(how) } if *spot == drained => Some(how.to_string()),
        _ => None,
    });
    assert_eq!(how.unwrap(), "went on after 9 s");
}

#[test]
fn a_target_that_disappears_ends_the_operation_and_one_that_appears_is_left_alone() {
    // While it is out of the group, so that nothing is left to be put back.
    let gone = ended(&destined(Destiny { vanishes: Some(130), ..Destiny::default() }), Ending::Failed);
    assert_eq!(tally(&gone), Tally { done: 1, failed: 1, waiting: 3, ..Tally::default() });
    let mut case = destined(Destiny::default());
    if let Members::Targets(targets) = &mut case.members {
        targets.push(("i-99".to_owned(), Destiny::default()));
    }
    let finished = ended(&case, Ending::Failed);
    assert!(!is_new(&finished, "i-99"));
    // What was wanted is not so: that one is named.
    assert_eq!(tally(&finished), Tally { done: 4, failed: 1, ..Tally::default() });
    assert_eq!(finished.operation.trouble().unwrap(), "versions: see that every instance runs v2: not within 2 m: i-99 runs v1");
}

#[test]
fn too_few_healthy_targets_are_waited_for_and_then_nothing_is_taken_out() {
    let mut case = destined(Destiny { vanishes: Some(0), ..Destiny::default() });
    case.plan.units.remove(1);
    for unit in &mut case.plan.units {
        unit.steps.retain(|step| !matches!(step.deed.action, crate::model::operation::action::Action::Reached(_)));
    }
    case.plan.before.clear();
    let members = Members::Targets(
        members(4)
            .into_iter()
            .zip(0..)
            .map(|((name, _), number)| (name, Destiny { vanishes: (number == 1 || number == 3).then_some(0), ..Destiny::default() }))
            .collect(),
    );
    let finished = ended(&Case { members, ..case }, Ending::Failed);
    assert_eq!(failed_at(&finished, 0), ("too few others are healthy".to_owned(), PutBack::NotNeeded));
    assert!(finished.world.with(|state| state.written.is_empty()));
}

/// Two may be under way at once, and only one may be out: one whose leaving was not answered may be leaving.
#[test]
fn what_may_be_on_its_way_out_is_not_counted_as_healthy() {
    for seed in 0..30 {
        let weather = Weather { lost_answer: 500, ..Weather::default() };
        ended(&Case { weather, ..roll(seed, members(4), 3, 2, OnFailure::Stop) }, Ending::Succeeded);
        ended(&Case { weather, ..roll(seed, members(3), 2, 2, OnFailure::Stop) }, Ending::Succeeded);
    }
}

#[test]
fn one_that_never_answers_holds_up_no_other() {
    let case = wave(9, environments(84), 3, OnFailure::CarryOn, NEW);
    let case = Case { silent: Some("agency-40".to_owned()), ..case };
    let finished = ended(&case, Ending::Failed);
    assert_eq!(tally(&finished), Tally { done: 83, failed: 1, ..Tally::default() });
    let beside = finished.world.with(|state| state.looked_beside);
    assert!(beside > 500, "{beside} looks while one of them hung");
    // All others are done before anybody gives up on it.
    let given_up = finished.facts.iter().position(|stamped| matches!(stamped.fact, Fact::Unclear { .. })).unwrap();
    let of_others = |fact: &Fact| matches!(fact, Fact::Ended { spot: Spot::Step { unit, .. }, .. } if *unit != 40);
    assert!(!finished.facts[given_up..].iter().any(|stamped| of_others(&stamped.fact)));
}

#[test]
fn an_environment_that_is_ready_and_green_on_the_old_version_has_failed() {
    for (ends, why) in
        [(Ends::OnTheOldVersion, "it is Ready and Green, and runs the old version"), (Ends::Aborted, "somebody has aborted the update")]
    {
        let mut all = environments(5);
        all[2].1 = ends;
        let finished = ended(&wave(11, all, 1, OnFailure::Stop, NEW), Ending::Failed);
        assert_eq!(failed_at(&finished, 2), (why.to_owned(), PutBack::NotNeeded));
        assert_eq!(tally(&finished), Tally { done: 2, failed: 1, waiting: 2, ..Tally::default() });
    }
}

#[test]
fn a_canary_that_becomes_unwell_while_it_is_watched_keeps_the_next_wave_back() {
    let mut all = environments(5);
    all[1].1 = Ends::Unwell;
    let finished = ended(&wave(12, all, 2, OnFailure::Stop, NEW), Ending::Failed);
    assert_eq!(failed_at(&finished, 1).0, "it is severe");
    assert_eq!(tally(&finished), Tally { done: 1, failed: 1, waiting: 3, ..Tally::default() });
}

#[test]
fn a_canary_of_which_nobody_can_tell_how_it_is_keeps_the_next_wave_back_until_a_person_says_so() {
    let mut all = environments(5);
    all[1].1 = Ends::Untold;
    let finished = ended(&wave(16, all, 2, OnFailure::Stop, NEW), Ending::Succeeded);
    let watch = Spot::Watch { unit: 1, step: 0 };
    let at = |wanted: &dyn Fn(&Fact) -> bool| finished.facts.iter().position(|stamped| wanted(&stamped.fact));
    let said = at(&|fact| matches!(fact, Fact::Resolved { spot, answer: Answer::Done, .. } if *spot == watch)).expect("nobody was asked");
    let next = at(&|fact| matches!(fact, Fact::Began { spot: Spot::Step { unit: 2.., .. }, .. })).unwrap();
    assert!(said < next);
}

/// Stopped while it is out, with what it runs then never healthy again: that is no quiet end.
#[test]
fn what_was_not_put_back_is_a_failure_and_is_told() {
    let mut told = 0;
    for at in (40..120).step_by(5) {
        let mut all = members(4);
        all[0].1.never_healthy = true;
        let case = Case { wishes: vec![(at, Wish::Stop)], ..roll(7, all, 1, 2, OnFailure::Stop) };
        let finished = run(&case);
        assert_eq!(finished.violations, Vec::<String>::new(), "stopped at {at}");
        if let Standing::Stopped(PutBack::Not(why)) = finished.operation.standing(0) {
            told += 1;
            assert_eq!(finished.conclusion, Conclusion::Ended(Ending::Failed));
            let trouble = finished.operation.trouble().unwrap();
            assert!(trouble.contains("i-00: it was stopped, and not put back") && trouble.contains(&*why), "{trouble}");
        }
    }
    assert!(told > 0, "it was never out with the new version");
}

#[test]
fn throttling_and_expired_credentials_are_waited_out() {
    let weather = Weather { refused: 500, blind: 400, expired: (100, 7_000), ..Weather::default() };
    ended(&Case { weather, ..destined(Destiny::default()) }, Ending::Succeeded);
    ended(&Case { weather, ..wave(13, environments(4), 2, OnFailure::Stop, OLD) }, Ending::Succeeded);
}

#[test]
fn a_pause_lets_what_has_begun_come_to_its_end_and_nothing_else_begin() {
    let wishes = vec![(20, Wish::Pause), (4_000, Wish::Resume { reason: None })];
    let finished = ended(&Case { wishes, ..destined(Destiny::default()) }, Ending::Succeeded);
    let at = |wanted: fn(&Fact) -> bool| finished.facts.iter().position(|stamped| wanted(&stamped.fact)).unwrap();
    let (paused, resumed) = (at(|fact| matches!(fact, Fact::Paused { .. })), at(|fact| matches!(fact, Fact::Resumed { .. })));
    let meanwhile = &finished.facts[paused..resumed];
    assert!(meanwhile.iter().all(|stamped| !matches!(stamped.fact, Fact::Began { spot: Spot::Step { unit: 1.., .. }, .. })));
    assert!(meanwhile.iter().any(|stamped| matches!(stamped.fact, Fact::Ended { spot: Spot::Step { unit: 0, step: 6 }, .. })));
}

#[test]
fn stopping_puts_back_what_is_out_and_begins_nothing_else() {
    for at in [8, 20, 45, 60, 75, 90] {
        let finished = ended(&Case { wishes: vec![(at, Wish::Stop)], ..destined(Destiny::default()) }, Ending::Stopped);
        assert!((1..4).all(|unit| finished.operation.standing(unit) == Standing::Waiting), "stopped at {at}");
        assert!(finished.healthy.contains(&"i-00".to_owned()), "stopped at {at}");
    }
}

#[test]
fn what_is_skipped_is_left_alone_and_the_rest_succeeds() {
    let wishes = vec![(1, Wish::Skip { unit: 2, reason: "its owner is away".into() })];
    let finished = ended(&Case { wishes, ..destined(Destiny::default()) }, Ending::Succeeded);
    assert_eq!(finished.operation.standing(2), Standing::Skipped { reason: "its owner is away".into() });
    assert!(!is_new(&finished, "i-02") && is_new(&finished, "i-03"));
}

#[test]
fn what_nobody_can_tell_is_put_to_a_person_and_never_guessed() {
    let finished = ended(&destined(Destiny { never_told: true, ..Destiny::default() }), Ending::Succeeded);
    let run = Spot::Step { unit: 1, step: 4 };
    let asked = finished.facts.iter().position(|stamped| matches!(&stamped.fact, Fact::Unclear { spot, .. } if *spot == run)).unwrap();
    let said = |fact: &Fact| matches!(fact, Fact::Resolved { spot, answer: Answer::Done, .. } if *spot == run);
    assert!(finished.facts[asked..].iter().any(|stamped| said(&stamped.fact)));
    let end = |fact: &Fact| matches!(fact, Fact::Ended { spot, .. } if *spot == run);
    assert!(!finished.facts.iter().any(|stamped| end(&stamped.fact)));
}

#[test]
fn a_failure_carried_on_from_spares_nobody_and_one_that_pauses_waits_for_a_person() {
    let destiny = Destiny { command_fails: true, ..Destiny::default() };
    let on = |on_failure| {
        let mut case = destined(destiny);
        case.plan.on_failure = on_failure;
        case
    };
    let finished = ended(&on(OnFailure::CarryOn), Ending::Failed);
    assert_eq!(tally(&finished), Tally { done: 4, failed: 1, ..Tally::default() });
    let waits = Case { wishes: vec![(9_000, Wish::Resume { reason: None })], ..on(OnFailure::Pause) };
    let finished = ended(&waits, Ending::Failed);
    assert_eq!(tally(&finished), Tally { done: 4, failed: 1, ..Tally::default() });
    let stopped = Case { wishes: vec![(9_000, Wish::Stop)], ..on(OnFailure::Pause) };
    assert_eq!(tally(&ended(&stopped, Ending::Failed)), Tally { done: 1, failed: 1, waiting: 3, ..Tally::default() });
}

/// Whatever the moment in which the disk is full: nothing is sent that is not written down.
#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let case = roll(15, members(2), 1, 1, OnFailure::Stop);
    let whole = run(&case).facts.len();
    for room in 1..whole {
        let finished = run(&Case { room: Some(room), ..case.clone() });
        assert_eq!(finished.violations, Vec::<String>::new(), "with room for {room}");
        let Conclusion::Broken(why) = finished.conclusion else { panic!("with room for {room}: {:?}", finished.conclusion) };
        assert!(why.contains("cannot be written") && why.contains("Nothing more is sent"), "{why}");
        assert_eq!(finished.facts.len(), room);
    }
}
