//! What holds up a look or a request, for how long that is tried again, and how often.

use super::cases::{Case, NEW, environments, members, roll, wave};
use super::run::run;
use super::world::Weather;
use crate::model::operation::fact::Fact;
use crate::model::operation::plan::OnFailure;
use crate::model::operation::verdict::Ending;
use crate::ops::driver::Conclusion;

fn succeeds(case: &Case) {
    let finished = run(case);
    assert_eq!(finished.violations, Vec::<String>::new());
    assert_eq!(finished.conclusion, Conclusion::Ended(Ending::Succeeded), "{:?}", finished.operation.trouble());
}

#[test]
fn what_is_waited_out_uses_up_no_patience_with_what_comes_behind_it() {
    for expired_until in [3_600, 3_603, 3_610] {
        let weather = Weather { expired: (0, expired_until), unreachable: (expired_until, expired_until + 40), ..Weather::default() };
        succeeds(&Case { weather, ..wave(31, environments(2), 1, OnFailure::Stop, NEW) });
        succeeds(&Case { weather, ..roll(32, members(3), 1, 2, OnFailure::Stop) });
    }
    // A request that is turned down, after others that were waited out.
    for from in [1, 2, 5, 40] {
        let weather = Weather { throttled: (from, 900), unreachable: (900, 950), ..Weather::default() };
        succeeds(&Case { weather, ..wave(33, environments(2), 1, OnFailure::Stop, NEW) });
        succeeds(&Case { weather, ..roll(34, members(3), 1, 2, OnFailure::Stop) });
    }
}

#[test]
fn too_few_healthy_targets_are_waited_for_however_long_something_else_was() {
    for from in [0, 1, 2, 5] {
        let mut all = members(4);
        all[3].1.well_from = Some(420);
        let mut case = roll(35, all, 1, 3, OnFailure::Stop);
        case.plan.before.clear();
        succeeds(&Case { weather: Weather { throttled: (from, 360), ..Weather::default() }, ..case });
    }
}

#[test]
fn what_is_not_reached_for_a_minute_has_failed() {
    let weather = Weather { unreachable: (10, 400), ..Weather::default() };
    let finished = run(&Case { weather, ..wave(36, environments(3), 1, OnFailure::Stop, NEW) });
    assert_eq!(finished.violations, Vec::<String>::new());
    assert!(matches!(finished.conclusion, Conclusion::Ended(Ending::Failed | Ending::Refused | Ending::Succeeded)));
}

/// A service that says no is asked less and less often.
#[test]
fn a_request_that_is_throttled_is_sent_less_and_less_often() {
    let weather = Weather { refuses_until: 300, ..Weather::default() };
    let finished = run(&Case { weather, ..wave(37, environments(1), 1, OnFailure::Stop, NEW) });
    assert_eq!((finished.violations, finished.conclusion), (Vec::new(), Conclusion::Ended(Ending::Succeeded)));
    let began = finished.facts.iter().filter(|stamped| matches!(stamped.fact, Fact::Began { .. })).count();
    assert!((5..20).contains(&began), "{began} times in five minutes");
}

/// Held up by too few healthy targets for longer than what was checked before counts: a run may have begun meanwhile.
#[test]
fn what_is_checked_before_an_instance_is_checked_again_where_that_is_long_ago() {
    let mut all = members(4);
    all[3].1.well_from = Some(280);
    let mut case = roll(38, all, 1, 3, OnFailure::Stop);
    case.plan.before.clear();
    succeeds(&Case { weather: Weather { busy: (60, 400), ..Weather::default() }, ..case });
}

/// Every look has to wait for its turn: asked all at once, the last of so many would have no answer within a call's limit.
#[test]
fn what_is_checked_of_a_whole_fleet_before_the_first_change_is_checked_a_few_at_a_time() {
    let weather = Weather { shared: 1, ..Weather::default() };
    succeeds(&Case { weather, ..wave(39, environments(84), 3, OnFailure::Stop, NEW) });
}
