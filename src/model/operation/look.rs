//! What an answer means for an operation: of a look, of the look before, of a request that was turned down.
//!
//! What nobody can tell is waited out, then put to a person, and never guessed.

use std::sync::Arc;
use std::time::Duration;

use super::action::Action;
use super::evidence::{Observed, Outcome};
use super::fact::{Fact, Spot};
use super::next::after;
use super::operation::Operation;
use super::plan::{Deed, Then};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};

/// How long something is tried again that fails as networks and services do for a while.
const TRYING: Duration = Duration::from_secs(60);

/// The same for what puts something right: nobody is served while it is not.
const TRYING_TO_PUT_RIGHT: Duration = Duration::from_secs(600);

/// How long after a request its absence counts: one that was sent and not answered may still arrive.
pub const SETTLE: Duration = Duration::from_secs(10);

/// What kind of hindrance a fault is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hindrance {
    /// It passes, or a person takes it away: it is waited out.
    Passes,
    /// It may pass.
    MayPass,
    /// The answer is no.
    No,
}

const fn hindrance(kind: FaultKind) -> Hindrance {
    match kind {
        FaultKind::Throttled(_) | FaultKind::Expired => Hindrance::Passes,
        FaultKind::Unreachable | FaultKind::Failed | FaultKind::Malformed => Hindrance::MayPass,
        FaultKind::Denied | FaultKind::Missing | FaultKind::Unsupported | FaultKind::Refused => Hindrance::No,
    }
}

/// How a look was made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Whether it began at least [`SETTLE`] after the request could last have left.
    pub settled: bool,
    /// Since when looks at it fail without a break, where this one has failed too; none: since it was begun.
    pub failing_since: Option<Timestamp>,
}

/// Whether a fault is waited out without limit: it passes, or a person takes it away.
#[must_use]
pub fn is_waited_out(kind: FaultKind) -> bool {
    hindrance(kind) == Hindrance::Passes
}

impl Operation {
    /// What a look at something that has begun means. None: it goes on, or it is not yet time to say so.
    #[must_use]
    pub fn conclude(&self, spot: Spot, seen: &Result<Observed, Fault>, look: Look, now: Timestamp) -> Option<Fact> {
        let (deed, begun) = (self.deed(spot)?, self.begun(spot)?);
        let over = after(begun.at, deed.patience) <= now;
        match seen {
            Ok(Observed::Ended(outcome)) => Some(Fact::Ended { spot, outcome: outcome.clone() }),
            Ok(Observed::NotBegun) if deed.writes() => match &begun.receipt {
                None => look.settled.then_some(Fact::NotBegun { spot }),
                Some(_) => over.then(|| self.unclear(spot, "the service has taken it, and nothing shows that it has")).flatten(),
            },
            Ok(Observed::NotBegun | Observed::Underway(_)) => over.then(|| out_of_patience(spot, deed, seen)),
            Ok(Observed::Unclear(why)) => over.then(|| self.nobody_can_tell(spot, deed, why)).flatten(),
            Err(fault) => self.could_not_look(spot, fault, look.failing_since.unwrap_or(begun.at), now),
        }
    }

    fn could_not_look(&self, spot: Spot, fault: &Fault, since: Timestamp, now: Timestamp) -> Option<Fact> {
        let (deed, begun) = (self.deed(spot)?, self.begun(spot)?);
        if let Some(nothing) = nothing_to_put_right(spot, fault) {
            return Some(nothing);
        }
        let drained = matches!(deed.action, Action::Drained(_));
        if hindrance(fault.kind) == Hindrance::Passes && !drained {
            return None;
        }
        // A fault of a moment is no end, be the patience shorter or used up by what was waited out.
        let ends = if drained { after(begun.at, deed.patience) } else { after(begun.at, deed.patience).max(after(since, TRYING)) };
        if ends > now {
            return None;
        }
        self.nobody_can_tell(spot, deed, &fault.sentence)
    }

    /// Draining is a wait for its time, whoever can tell how it goes. Of nothing else is it guessed that it went well.
    fn nobody_can_tell(&self, spot: Spot, deed: &Deed, why: &str) -> Option<Fact> {
        if deed.then == Then::GoOn && matches!(deed.action, Action::Drained(_)) {
            let outcome = Outcome::Done(format!("went on after {}: {why}", spoken(deed.patience)).into());
            return Some(Fact::Ended { spot, outcome });
        }
        self.unseen(spot, deed, why)
    }

    /// Where nothing was changed, not knowing is a reason to change nothing. Else a person is asked.
    fn unseen(&self, spot: Spot, deed: &Deed, why: &str) -> Option<Fact> {
        if !spot.unit().is_some_and(|unit| self.has_touched(unit)) {
            let outcome = Outcome::Failed(format!("{}: it could not be told: {why}", deed.words()).into());
            return Some(Fact::Ended { spot, outcome });
        }
        self.unclear(spot, why)
    }

    fn unclear(&self, spot: Spot, why: &str) -> Option<Fact> {
        let asked = self.progress.get(&spot).is_some_and(|progress| progress.asked.is_some());
        (!asked).then(|| Fact::Unclear { spot, why: why.into() })
    }

    /// What it means that the look before says no: nothing was sent. None: it is tried again.
    ///
    /// `since`: since when it says so, without a break.
    #[must_use]
    pub fn hindered(&self, spot: Spot, fault: &Fault, since: Timestamp, now: Timestamp) -> Option<Fact> {
        let deed = self.deed(spot)?;
        if let Some(nothing) = nothing_to_put_right(spot, fault) {
            return Some(nothing);
        }
        let patience = match hindrance(fault.kind) {
            Hindrance::Passes => return None,
            Hindrance::MayPass => trying(spot).max(deed.hold),
            Hindrance::No => deed.hold,
        };
        let why = || Arc::clone(&fault.sentence);
        (after(since, patience) <= now).then(|| Fact::Refused { spot, why: why(), again: false })
    }

    /// What it means that a request was turned down, or never left.
    ///
    /// `since`: since when its requests are, without a break.
    #[must_use]
    pub fn refused(&self, spot: Spot, fault: &Fault, since: Timestamp, now: Timestamp) -> Fact {
        if let Some(nothing) = nothing_to_put_right(spot, fault) {
            return nothing;
        }
        let again = match hindrance(fault.kind) {
            Hindrance::Passes => true,
            Hindrance::MayPass => now < after(since, trying(spot)),
            Hindrance::No => false,
        };
        Fact::Refused { spot, why: Arc::clone(&fault.sentence), again }
    }
}

const fn trying(spot: Spot) -> Duration {
    match spot {
        Spot::Undo { .. } => TRYING_TO_PUT_RIGHT,
        Spot::Before { .. } | Spot::Step { .. } | Spot::Watch { .. } => TRYING,
    }
}

/// What is no longer there cannot be put back, and need not be: Auto Scaling has ended the instance.
fn nothing_to_put_right(spot: Spot, fault: &Fault) -> Option<Fact> {
    let gone = matches!(spot, Spot::Undo { .. }) && fault.kind == FaultKind::Missing;
    gone.then(|| Fact::Ended { spot, outcome: Outcome::Done(format!("there is nothing to put back: {}", fault.sentence).into()) })
}

fn out_of_patience(spot: Spot, deed: &Deed, seen: &Result<Observed, Fault>) -> Fact {
    let note = match seen {
        Ok(Observed::Underway(progress)) => progress.note.as_deref(),
        Ok(Observed::NotBegun | Observed::Ended(_) | Observed::Unclear(_)) | Err(_) => None,
    };
    let note = note.map_or_else(String::new, |note| format!(": {note}"));
    let outcome = match deed.then {
        Then::GoOn => Outcome::Done(format!("went on after {}{note}", spoken(deed.patience)).into()),
        Then::Fail if deed.patience.is_zero() => Outcome::Failed(format!("{}{note}", deed.words()).into()),
        Then::Fail => Outcome::Failed(format!("{}: not within {}{note}", deed.words(), spoken(deed.patience)).into()),
    };
    Fact::Ended { spot, outcome }
}

/// A length of time as a person says it: `5 s`, `2 m 30 s`, `1 h 5 m`.
#[must_use]
pub fn spoken(length: Duration) -> String {
    let seconds = length.as_secs();
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, _) => format!("{seconds} s"),
        (0, _, 0) => format!("{minutes} m"),
        (0, ..) => format!("{minutes} m {rest:02} s"),
        (_, 0, _) => format!("{hours} h"),
        _ => format!("{hours} h {minutes:02} m"),
    }
}
