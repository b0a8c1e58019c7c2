//! Crash sweeps: killed before and after every call and every write of the journal, and carried on.

use super::cases::{Case, NEW, OLD, environments, members, roll, wave};
use super::run::{Finished, run};
use crate::model::operation::plan::OnFailure;
use crate::model::operation::verdict::Ending;
use crate::ops::driver::Conclusion;

/// How many seeds are run; more where the environment says so.
fn seeds(usual: u64) -> u64 {
    wanted().unwrap_or(usual)
}

fn wanted() -> Option<u64> {
    std::env::var("QUARTERDECK_SEEDS").ok().and_then(|text| text.parse().ok())
}

fn hold(case: &Case, finished: &Finished) {
    let Finished { violations, facts, conclusion, kills, .. } = finished;
    let facts = || facts.iter().skip(1).map(|fact| format!("  {} {:?}\n", fact.at, fact.fact)).collect::<String>();
    assert!(
        violations.is_empty(),
        "seed {} killed at {:?} ({kills} times): {}\nended as {conclusion:?}\n{:?}\n{}",
        case.seed,
        case.kills,
        violations.join("; "),
        case.members,
        facts()
    );
}

#[test]
fn random_operations_in_random_weather_end_in_the_truth() {
    let mut ends = std::collections::BTreeMap::<String, u32>::new();
    for seed in 0..seeds(200) {
        let case = Case::of(seed);
        let finished = run(&case);
        hold(&case, &finished);
        *ends.entry(format!("{:?}", finished.conclusion)).or_default() += 1;
    }
    // A sweep that only ever saw one end would show little.
    for ending in [Ending::Succeeded, Ending::Failed, Ending::Stopped, Ending::Refused] {
        assert!(ends.contains_key(&format!("{:?}", Conclusion::Ended(ending))), "{ends:?}");
    }
}

#[test]
fn killed_at_random_moments_and_carried_on_they_end_in_the_truth() {
    for seed in 0..seeds(300) {
        let case = Case::of(seed);
        let mut rng = fastrand::Rng::with_seed(!seed);
        let kills = (0..rng.usize(1..6)).map(|_| rng.u64(1..160)).collect();
        let case = case.killed(kills);
        hold(&case, &run(&case));
    }
}

/// Facts then go back in time. That makes nothing begin twice and leaves nothing out, and whatever counts from a
/// moment that is still to come waits for it.
#[test]
fn a_clock_that_is_set_back_by_an_hour_changes_the_moments_alone() {
    for second in (2..120).step_by(3) {
        let back = |case: Case| Case { set_back: Some(second), ..case };
        for case in [back(roll(5, members(3), 1, 1, OnFailure::Stop)), back(wave(6, environments(3), 2, OnFailure::Stop, OLD))] {
            let finished = run(&case);
            hold(&case, &finished);
            assert_eq!(finished.conclusion, Conclusion::Ended(Ending::Succeeded), "set back after {second} s");
            let killed = case.killed(vec![second]);
            hold(&killed, &run(&killed));
        }
        let random = back(Case::of(second));
        hold(&random, &run(&random));
    }
}

/// Killed in every moment there is, or in one of so many, each in a run of its own.
fn sweep(case: &Case, one_of: usize) {
    let one_of = if wanted().is_some() { 1 } else { one_of };
    let whole = run(case);
    hold(case, &whole);
    assert_eq!(whole.conclusion, Conclusion::Ended(Ending::Succeeded));
    for moment in (1..=whole.ticks).step_by(one_of) {
        let case = case.clone().killed(vec![moment]);
        let finished = run(&case);
        hold(&case, &finished);
        assert_eq!((finished.kills, finished.conclusion), (1, Conclusion::Ended(Ending::Succeeded)), "killed at {moment}");
    }
}

#[test]
fn a_rolling_deploy_killed_in_any_moment_is_carried_on_to_its_end() {
    sweep(&roll(1, members(2), 1, 1, OnFailure::Stop), 1);
    sweep(&roll(2, members(4), 2, 2, OnFailure::Stop), 7);
}

#[test]
fn a_wave_killed_in_any_moment_is_carried_on_to_its_end() {
    sweep(&wave(3, environments(3), 2, OnFailure::Stop, NEW), 1);
    // What redeploys leaves the label as it was: only the look before tells it from nothing done.
    sweep(&wave(4, environments(4), 2, OnFailure::Stop, OLD), 3);
}
