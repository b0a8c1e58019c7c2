//! Follows an operation of this process to its end, and tells of it on standard error.

use std::time::Duration;

use super::super::session::Session;
use super::super::signals::Signals;
use super::super::{Exit, answer, complain};
use super::document;
use super::progress::Progress;
use crate::app::operations::{Carrier, Condition, Known};
use crate::app::state::State;
use crate::model::clock::seconds_since;
use crate::model::operation::plan::OperationId;
use crate::model::operation::verdict::{Ending, PutBack, Standing};
use crate::model::safe_text::safe;

/// How long what was sent is waited for once it is let go of.
const FAREWELL: Duration = crate::ops::LONGEST_WRITE;
/// How late it is, is noticed at least so often.
const TICK: Duration = Duration::from_secs(1);
/// For how many seconds nothing has to change before it counts as waiting for a person only.
const STILL: u64 = 20;

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

/// Follows an operation to its end, prints what it came to, and says so in the exit code.
pub async fn to_its_end(mut session: Session, id: &OperationId, aim: Aim, json: bool, signals: &mut Signals) -> Exit {
    let mut progress = Progress::default();
    let followed = loop {
        if let Some(followed) = told(&session.state, id, &mut progress) {
            break followed;
        }
        tokio::select! {
            () = session.step(TICK) => {}
            number = signals.next() => break Followed::Signal(number),
        }
    };
    let state = match followed {
        Followed::Signal(_) | Followed::Waits => {
            complain(&"what was sent is being written down, nothing else is begun …");
            let closed = session.close(FAREWELL);
            tokio::select! {
                state = closed => state,
                // Who says so twice means it: what is on the disk is enough to carry it on.
                number = signals.next() => return Exit::BySignal(number),
            }
        }
        Followed::Ended(_) | Followed::Refused(_) | Followed::Broken(_) => session.state,
    };
    conclude(&state, id, aim, &followed, json)
}

/// Tells what is new; why it is followed no longer, once that is so.
fn told(state: &State, id: &OperationId, progress: &mut Progress) -> Option<Followed> {
    if let Some((_, why)) = state.operations.refused.as_ref().filter(|(refused, _)| refused == id) {
        return Some(Followed::Refused(why.to_string()));
    }
    let known = state.operations.get(id)?;
    for line in progress.news(known, state.now) {
        complain(&format!("{}  {}", state.now.strftime("%TZ"), safe(&line)));
    }
    match (known.condition(), &known.broken) {
        (Condition::Over(ending), _) => Some(Followed::Ended(ending)),
        (_, Some(why)) => Some(Followed::Broken(why.to_string())),
        (Condition::Asks | Condition::Paused, None) if waits(state, known) => Some(Followed::Waits),
        // Before it is carried on here, its journal is nobody's.
        (Condition::Asks | Condition::Paused | Condition::Underway | Condition::Stopping | Condition::Interrupted, None) => None,
    }
}

/// Whether nothing comes any more until a person says something.
fn waits(state: &State, known: &Known) -> bool {
    let operation = &known.operation;
    let asked: Vec<_> = operation.questions().into_iter().map(|(spot, _)| spot).collect();
    let goes_on = operation.in_doubt().iter().any(|spot| !asked.contains(spot));
    // While one unit asks, the next may be about to begin.
    let is_still = operation.pause().is_some() || seconds_since(operation.changed_at(), state.now) >= STILL;
    known.carrier == Carrier::Here && !goes_on && is_still
}

fn conclude(state: &State, id: &OperationId, aim: Aim, followed: &Followed, json: bool) -> Exit {
    let Some(known) = state.operations.get(id) else {
        return match followed {
            Followed::Refused(why) => super::carried::refuse(why),
            Followed::Signal(number) => Exit::BySignal(*number),
            Followed::Ended(_) | Followed::Waits | Followed::Broken(_) => Exit::Failed,
        };
    };
    if let Followed::Refused(why) = followed {
        return super::carried::refuse(why);
    }
    let exit = match followed {
        Followed::Ended(ending) => exit(known, aim, *ending),
        Followed::Signal(number) => Exit::BySignal(*number),
        Followed::Waits if !known.operation.questions().is_empty() => Exit::Partial,
        Followed::Waits | Followed::Broken(_) | Followed::Refused(_) => Exit::Interrupted,
    };
    if let Followed::Broken(why) = followed {
        complain(&safe(why));
    }
    // Nobody carries it on once this program is gone.
    let interrupted = Known { carrier: Carrier::Nobody, ..known.clone() };
    let known = if matches!(followed, Followed::Ended(_)) { known } else { &interrupted };
    if !matches!(followed, Followed::Ended(_)) {
        for line in how_on(known) {
            complain(&safe(&line));
        }
    }
    let text = if json { document::of(known, state.now) } else { line(known) };
    if answer(&text) { exit } else { exit.max_failed() }
}

/// What it came to, in a line.
fn line(known: &Known) -> String {
    let trouble = known.operation.trouble().map_or_else(String::new, |trouble| format!(": {trouble}"));
    let plan = known.operation.plan();
    format!("{}\n", safe(&format!("{} {}: {}{trouble}", plan.id, known.condition().word(), plan.title)))
}

/// How it is carried on, line by line.
fn how_on(known: &Known) -> Vec<String> {
    let (id, operations) = (known.id(), "quarterdeck operations");
    let mut lines = vec!["it was not finished, and what the platform has begun goes on there:".to_owned()];
    if !known.operation.questions().is_empty() {
        lines.push(format!("  say what became of it   {operations} answer {id} done|failed|again --reason \"…\""));
    }
    lines.push(format!("  finish it               {operations} resume {id}"));
    lines.push(format!("  put it back             {operations} undo {id} --yes"));
    lines.push(format!("  leave it as it is       {operations} leave {id} --reason \"…\""));
    lines
}

fn exit(known: &Known, aim: Aim, ending: Ending) -> Exit {
    let operation = &known.operation;
    let is_back = || {
        !operation.units().any(|unit| {
            matches!(operation.standing(unit), Standing::Stopped(PutBack::Not(_)) | Standing::Failed { put_back: PutBack::Not(_), .. })
        })
    };
    match (aim, ending) {
        (_, Ending::Succeeded) | (Aim::Left, Ending::Left) => Exit::Complete,
        (Aim::PutBack, Ending::Stopped | Ending::Failed | Ending::Refused) if is_back() => Exit::Complete,
        (_, Ending::Refused) => Exit::Refused,
        (_, Ending::Failed | Ending::Stopped | Ending::Left) => Exit::Failed,
    }
}
