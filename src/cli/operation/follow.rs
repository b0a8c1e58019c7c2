//! Follows an operation of this process to its end, and tells of it on standard error.

use std::time::Duration;

use super::super::session::Session;
use super::super::signals::Signals;
use super::super::{Exit, answer, complain};
use super::progress::Progress;
use super::{document, listing};
use crate::app::headless;
use crate::app::operations::{Carrier, Condition, Known, Order};
use crate::app::state::State;
use crate::model::clock::Timestamp;
use crate::model::operation::fact::Command;
use crate::model::operation::operation::Pause;
use crate::model::operation::plan::OperationId;
use crate::model::operation::verdict::{Ending, PutBack, Standing};
use crate::model::safe_text::safe;

/// How long what was sent is waited for once it is let go of.
const FAREWELL: Duration = crate::ops::LONGEST_WRITE;
/// How late it is, is noticed at least so often.
const TICK: Duration = Duration::from_secs(1);

/// Why nothing is told any more.
const STOPPED: &str = "reading has stopped, so how it goes on is not told: this is a mistake in Quarterdeck; with QUARTERDECK_LOG=FILE it tells what to report";

/// What counts as success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aim {
    /// All of it is proven.
    Done,
    /// It has stopped, and what was half done is put back.
    PutBack,
    /// It is left as it is.
    Left,
}

/// Why it is followed no longer.
enum Followed {
    /// It has ended.
    Ended(Ending),
    /// It was not begun, and why.
    Refused(String),
    /// Nothing else comes until a person says something.
    Waits,
    /// What happens cannot be written down.
    Broken(String),
    /// Somebody wants this program to end.
    Signal(u8),
}

/// What is wanted of an operation behind what was ordered first.
enum Behind {
    Nothing,
    /// This, once it is carried on here.
    Wanted(Command),
    /// It was said while this held it up.
    Said(Pause),
}

/// Follows an operation to its end, with what is wanted of it once it is carried on here; prints what it came to, as
/// JSON where that is wanted, and says so in the exit code.
pub async fn to_its_end(
    mut session: Session,
    id: &OperationId,
    then: Option<Command>,
    (aim, json): (Aim, bool),
    signals: &mut Signals,
) -> Exit {
    let (mut progress, mut behind) = (Progress::default(), then.map_or(Behind::Nothing, Behind::Wanted));
    let followed = loop {
        behind = say(&mut session, id, behind);
        if let Some(followed) = told(&session.state, id, &behind, &mut progress) {
            break followed;
        }
        tokio::select! {
            is_open = session.step(TICK) => if !is_open {
                break told(&session.state, id, &behind, &mut progress).unwrap_or_else(|| Followed::Broken(STOPPED.to_owned()));
            },
            number = signals.next() => break Followed::Signal(number),
        }
    };
    let (state, is_written) = match followed {
        Followed::Signal(_) | Followed::Waits => {
            complain(&"what was sent is being written down, nothing else is begun …");
            let closed = session.close(FAREWELL);
            tokio::select! {
                closed = closed => closed,
                // Who says so twice means it: what is on the disk is enough to carry it on.
                number = signals.next() => return Exit::BySignal(number),
            }
        }
        Followed::Ended(_) | Followed::Refused(_) | Followed::Broken(_) => (session.state, true),
    };
    if !is_written {
        complain(&"what was sent is not answered yet: what became of it is looked at when it is carried on");
    }
    conclude(&state, id, aim, &followed, json)
}

/// Has said what is wanted behind, once the operation is carried on here and as long as a pause holds it up.
fn say(session: &mut Session, id: &OperationId, behind: Behind) -> Behind {
    let Some(known) = session.state.operations.get(id).filter(|known| known.carrier == Carrier::Here) else { return behind };
    let pause = known.operation.pause().filter(|_| !known.operation.is_over()).cloned();
    match (behind, pause) {
        (Behind::Wanted(command), Some(pause)) => {
            let effect = headless::order(&mut session.state, Order::Wish(id.clone(), command));
            session.perform(effect);
            Behind::Said(pause)
        }
        (Behind::Said(then), Some(pause)) if then == pause => Behind::Said(then),
        _ => Behind::Nothing,
    }
}

/// Tells what is new; why it is followed no longer, once that is so.
fn told(state: &State, id: &OperationId, behind: &Behind, progress: &mut Progress) -> Option<Followed> {
    if let Some((_, why)) = state.operations.refused.as_ref().filter(|(refused, _)| refused == id) {
        return Some(Followed::Refused(why.to_string()));
    }
    let known = state.operations.get(id)?;
    for line in progress.news(known, state.now) {
        complain(&format!("{}  {}", state.now.strftime("%TZ"), safe(&line)));
    }
    match (known.condition(), &known.broken) {
        // As long as it is carried on here, how it ended is being recorded.
        (Condition::Over(_), _) if known.carrier == Carrier::Here => None,
        (Condition::Over(ending), _) => Some(Followed::Ended(ending)),
        (_, Some(why)) => Some(Followed::Broken(why.to_string())),
        (Condition::Asks | Condition::Paused, None) if matches!(behind, Behind::Nothing) && waits(known, state.now) => {
            Some(Followed::Waits)
        }
        // Before it is carried on here, its journal is nobody's.
        (Condition::Asks | Condition::Paused | Condition::Underway | Condition::Stopping | Condition::Interrupted, None) => None,
    }
}

/// Whether nothing comes any more until a person says something.
fn waits(known: &Known, now: Timestamp) -> bool {
    let operation = &known.operation;
    let asked: Vec<_> = operation.questions().into_iter().map(|(spot, _)| spot).collect();
    let is_looked_at = operation.in_doubt().iter().any(|spot| !asked.contains(spot));
    // Nothing is in doubt while the next thing is looked at before it begins: an undo, another unit.
    known.carrier == Carrier::Here && !is_looked_at && operation.next(now).is_empty()
}

fn conclude(state: &State, id: &OperationId, aim: Aim, followed: &Followed, json: bool) -> Exit {
    let known = state.operations.get(id);
    if let Followed::Refused(why) = followed {
        return super::carried::refuse(why);
    }
    let broken = known.and_then(|known| known.broken.as_deref());
    if let Some(why) = if let Followed::Broken(why) = followed { Some(why.as_str()) } else { broken } {
        complain(&safe(why));
    }
    let Some(known) = known else {
        // It was ordered, and nobody has told of it: it may have begun.
        tell_how_on(id, false);
        return if let Followed::Signal(number) = followed { Exit::BySignal(*number) } else { Exit::Interrupted };
    };
    let exit = match followed {
        Followed::Ended(ending) => exit(known, aim, *ending),
        Followed::Signal(number) => Exit::BySignal(*number),
        Followed::Waits if !known.operation.questions().is_empty() => Exit::Partial,
        Followed::Waits | Followed::Broken(_) | Followed::Refused(_) => Exit::Interrupted,
    };
    // Nobody carries it on once this program is gone.
    let interrupted = Known { carrier: Carrier::Nobody, ..known.clone() };
    let known = if matches!(followed, Followed::Ended(_)) { known } else { &interrupted };
    if !matches!(followed, Followed::Ended(_)) {
        tell_how_on(id, !known.operation.questions().is_empty());
    }
    let text = if json { document::of(known, state.now) } else { line(known) };
    if answer(&text) { exit } else { exit.max_failed() }
}

/// What it came to, in a line.
fn line(known: &Known) -> String {
    let upshot = known.operation.upshot().map_or_else(String::new, |upshot| format!(": {upshot}"));
    let plan = known.operation.plan();
    format!("{}\n", safe(&format!("{} {}: {}{upshot}", plan.id, known.condition().word(), plan.title)))
}

/// Tells how it is carried on, line by line.
fn tell_how_on(id: &OperationId, asks: bool) {
    complain(&"it was not finished, and what the platform has begun goes on there:");
    for line in listing::how_on(id, asks) {
        complain(&safe(&line));
    }
}

fn exit(known: &Known, aim: Aim, ending: Ending) -> Exit {
    let operation = &known.operation;
    let is_half_done = |standing: Standing| match standing {
        Standing::Failed { put_back, .. } => put_back != PutBack::Done,
        Standing::Stopped(put_back) => matches!(put_back, PutBack::Not(_)),
        _ => false,
    };
    let is_back = || !operation.units().any(|unit| is_half_done(operation.standing(unit)));
    match (aim, ending) {
        (_, Ending::Succeeded) | (Aim::Left, Ending::Left) => Exit::Complete,
        (Aim::PutBack, Ending::Stopped | Ending::Failed | Ending::Refused) if is_back() => Exit::Complete,
        (_, Ending::Refused) => Exit::Refused,
        (_, Ending::Failed | Ending::Stopped | Ending::Left) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::id::VersionLabel;
    use crate::model::operation::action::{Action, Place};
    use crate::model::operation::evidence::{Baseline, Outcome};
    use crate::model::operation::fact::{Fact, Spot, Stamped};
    use crate::model::operation::operation::Operation;
    use crate::model::operation::plan::{Actor, Aim as Deploy, Kind, OnFailure, Origin, Plan, Undo, environments};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    /// Two deploys, so many at once; what fails makes it ask.
    fn plan(at_once: u32) -> Plan {
        let aim = |name: &str| Deploy {
            place: Place {
                environment: format!("beanstalk:1:us-west-1:{name}").parse().unwrap(),
                id: None,
                instance: None,
                connection: None,
                writer: None,
            },
            action: Action::Deploy(VersionLabel::from("v2")),
            patience: Duration::from_secs(60),
            expected: None,
        };
        let origin = Origin { id: OperationId::new(at(0), 1), actor: Actor::default(), reason: None, on_failure: OnFailure::Pause };
        let mut plan = environments(origin, Kind::Deploy, "deploy".to_owned(), vec![aim("a"), aim("b")], at_once).unwrap();
        plan.before.clear();
        plan
    }

    fn known(plan: Plan, facts: &[Fact], carrier: Carrier) -> Known {
        let planned = Fact::Planned { plan: Arc::new(plan) };
        let all = std::iter::once(&planned).chain(facts);
        let stamped: Vec<Stamped> = (0..).zip(all).map(|(second, fact)| Stamped { at: at(second), fact: fact.clone() }).collect();
        Known { operation: Arc::new(Operation::replay(&stamped).unwrap()), carrier, notes: Arc::default(), broken: None }
    }

    const FIRST: Spot = Spot::Step { unit: 0, step: 0 };

    fn began() -> Fact {
        Fact::Began { spot: FIRST, baseline: Baseline::default() }
    }

    fn failed() -> Fact {
        Fact::Ended { spot: FIRST, outcome: Outcome::Failed("it is Red".into()) }
    }

    #[test]
    fn it_waits_for_a_person_only_where_nothing_is_to_begin() {
        let paused = known(plan(1), &[began(), failed()], Carrier::Here);
        assert!(paused.operation.pause().is_some() && waits(&paused, at(9)), "the other unit is held back");
        let mut undone = plan(1);
        let steps = &mut undone.units[0].steps;
        let last = steps[0].clone();
        steps[0].undo = Some(Undo { deeds: vec![last.deed.clone()], until: 1 });
        steps.push(last);
        let undone = known(undone, &[began(), failed()], Carrier::Here);
        assert!(undone.operation.pause().is_some() && !waits(&undone, at(9)), "an undo is to begin, and nothing is in doubt");
        let unclear = Fact::Unclear { spot: FIRST, why: "two could be it".into() };
        let asks = known(plan(2), &[began(), unclear.clone()], Carrier::Here);
        assert!(asks.condition() == Condition::Asks && !waits(&asks, at(3_600)), "another unit is to begin, however late");
        let alone = known(plan(1), &[began(), unclear], Carrier::Here);
        assert!(waits(&alone, at(3)), "it takes the only place");
    }

    #[test]
    fn it_has_ended_once_how_it_ended_is_recorded() {
        let left = Fact::Left { by: "ada".into(), reason: "by hand".into() };
        let mut state = State::new(Arc::default(), at(9), crate::app::state::Size { width: 80, height: 24 });
        for (carrier, has_ended) in [(Carrier::Here, false), (Carrier::Nobody, true)] {
            let known = known(plan(1), std::slice::from_ref(&left), carrier);
            let id = known.id().clone();
            state.operations.take(crate::app::operations::News::Known(Box::new(known)));
            let followed = told(&state, &id, &Behind::Nothing, &mut Progress::default());
            assert_eq!(matches!(followed, Some(Followed::Ended(Ending::Left))), has_ended, "{carrier:?}");
        }
    }

    #[test]
    fn an_undo_that_has_put_nothing_back_is_no_success() {
        let stopped = Fact::Stopped { by: "ada".into() };
        let failed = known(plan(1), &[began(), stopped, failed()], Carrier::Nobody);
        let Condition::Over(ending) = failed.condition() else { panic!("{:?}", failed.condition()) };
        assert_eq!((ending, exit(&failed, Aim::PutBack, ending)), (Ending::Failed, Exit::Failed));
        let unbegun = known(plan(1), &[Fact::Stopped { by: "ada".into() }], Carrier::Nobody);
        let Condition::Over(ending) = unbegun.condition() else { panic!("{:?}", unbegun.condition()) };
        assert_eq!((ending, exit(&unbegun, Aim::PutBack, ending)), (Ending::Stopped, Exit::Complete), "nothing was half done");
    }

    #[test]
    fn where_reading_has_stopped_nothing_is_waited_for() {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (reading, here) = (runtime(), runtime());
        let settings = crate::config::parse("", "the test's configuration").unwrap();
        let session = reading.block_on(async { Session::open(&settings) });
        // All that reads is gone with it, as it is after a panic.
        drop(reading);
        let id = OperationId::new(at(0), 1);
        let exit = here.block_on(async { Box::pin(to_its_end(session, &id, None, (Aim::Done, false), &mut Signals::listen())).await });
        assert_eq!(exit, Exit::Interrupted);
    }
}
