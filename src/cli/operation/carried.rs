//! From what is wanted to its end: all that the plan tells is read, it is shown, confirmed, begun once, and followed.

use std::time::Duration;

use super::super::session::{self, Session, is_compared, is_listed};
use super::super::signals::Signals;
use super::super::{Exit, answer, complain};
use super::flags::Confirming;
use super::follow::{self, Aim};
use super::plan;
use super::twins::Twin;
use crate::app::headless::{self, Unconfirmed};
use crate::app::operations::Order;
use crate::app::plans::Intent;
use crate::app::plans::operation::{Wanted, may_act};
use crate::app::state::State;
use crate::config::Settings;
use crate::model::id::{EnvironmentKey, Platform};
use crate::model::lock::Known;
use crate::model::safe_text::safe;
use crate::model::sighting::Question;

/// How long the regions and GitHub are waited for.
pub const LISTINGS: Duration = Duration::from_secs(30);
/// How long the details of an environment are waited for: at most one call a second is made in a region.
const DETAILS: Duration = Duration::from_secs(5);
/// How often is said how far the reading is.
const WORD: Duration = Duration::from_secs(20);
/// How many environments are read without a word about it.
const FEW: usize = 5;

/// Carries out what is wanted, or says why not.
pub async fn out(settings: &Settings, twin: &(impl Twin + Sync)) -> Exit {
    let (mut signals, confirming) = (Signals::listen(), twin.confirming());
    let mut session = Session::open(settings);
    // Nothing is read for what is not done anyway.
    if let Err(why) = may_act(&session.state, &[]) {
        return refuse(&why);
    }
    let order = tokio::select! {
        order = confirmed(&mut session, twin, confirming) => order,
        number = signals.next() => {
            complain(&"nothing was sent");
            return Exit::BySignal(number);
        }
    };
    match order {
        Ok(order) => {
            let id = order.id().clone();
            let effect = headless::order(&mut session.state, order);
            session.perform(effect);
            Box::pin(follow::to_its_end(session, &id, None, (Aim::Done, confirming.json), &mut signals)).await
        }
        Err(exit) => exit,
    }
}

/// What was planned, shown and confirmed; else the exit code, and why was said.
async fn confirmed(session: &mut Session, twin: &(impl Twin + Sync), confirming: &Confirming) -> Result<Order, Exit> {
    session.until(LISTINGS, is_listed).await;
    let wanted = twin.wanted(&session.state).map_err(|unclear| session::unfound(&session.state, &unclear))?;
    for trouble in session::troubles(&session.state) {
        complain(&safe(&format!("could not be read, and what is there is not part of this: {trouble}")));
    }
    read(session, &wanted).await;
    planned(session, &Intent::Operate(Box::new(wanted)), confirming).await
}

/// The order that follows from a plan that was shown and confirmed; else the exit code, and why was said.
pub async fn planned(session: &mut Session, intent: &Intent, confirming: &Confirming) -> Result<Order, Exit> {
    headless::propose(&mut session.state, intent).map_err(|why| refuse(&why))?;
    // What it compares on GitHub is asked for only now.
    session.until(LISTINGS, |state| headless::proposed(state).is_some_and(|decision| !decision.awaits)).await;
    headless::propose(&mut session.state, intent).map_err(|why| refuse(&why))?;
    if !show(&session.state, confirming) {
        return Err(Exit::Failed);
    }
    if confirming.plan {
        return Err(Exit::Complete);
    }
    headless::confirm(&mut session.state, confirming.said()).map_err(|why| match why {
        Unconfirmed::Lacking(lacking) => refuse(&plan::lacking(&lacking)),
        Unconfirmed::Changed(why) => refuse(&why),
    })
}

/// Says why nothing was sent.
pub fn refuse(why: &str) -> Exit {
    let why = why.strip_prefix("nothing was sent: ").unwrap_or(why);
    complain(&safe(&format!("nothing was sent: {why}")));
    Exit::Refused
}

/// Shows the plan: on standard output, unless that is for the outcome alone. Returns whether it was taken.
fn show(state: &State, confirming: &Confirming) -> bool {
    let Some(decision) = headless::proposed(state) else { return false };
    match (confirming.json, confirming.plan) {
        (true, true) => plan::json(decision, state).is_some_and(|text| answer(&text)),
        (true, false) => {
            complain(&plan::text(decision).trim_end());
            true
        }
        (false, _) => answer(&plan::text(decision)),
    }
}

/// Reads all that the plan tells, as far as it answers in time.
async fn read(session: &mut Session, wanted: &Wanted) {
    headless::regard(&mut session.state, wanted);
    session.state.stale_rows = true;
    let count = wanted.environments.len();
    if count > FEW {
        complain(&format!("reading {count} environments, at most one call a second in each region …"));
    }
    let mut left = LISTINGS + DETAILS * u32::try_from(count).unwrap_or(u32::MAX);
    while !left.is_zero() && !session.until(left.min(WORD), |state| is_read(state, wanted)).await {
        left = left.saturating_sub(WORD);
        let known = headless::concerned(wanted).iter().filter(|key| is_detailed(&session.state, key)).count();
        complain(&format!("{known} of {count} are read …"));
    }
}

/// Whether all that every plan tells is known, or cannot be.
pub fn is_surveyed(state: &State) -> bool {
    let identified = state.reading.connections.values().all(|connection| connection.identity.is_some() || connection.fault.is_some());
    is_compared(state) && identified && state.locks.known != Known::NotRead && !state.operations.is_unread
}

/// Whether all that the plan tells is known, or cannot be. Stopping waits for nothing that it can do without.
fn is_read(state: &State, wanted: &Wanted) -> bool {
    let detailed = || headless::concerned(wanted).iter().all(|key| is_detailed(state, key));
    if wanted.stops() { is_listed(state) && !state.operations.is_unread } else { is_surveyed(state) && detailed() }
}

/// Whether what the plan tells of one environment is known, or cannot be.
fn is_detailed(state: &State, key: &EnvironmentKey) -> bool {
    let Some(environment) = state.fleet.get(key) else { return true };
    let answered = |question| environment.answered_at(question).is_some() || environment.fault_of(question).is_some();
    let tells = environment.identity().is_some_and(|identity| identity.tells_versions);
    let is_rolled = key.platform == Platform::TargetGroup;
    let instances = environment.instances().is_some() || !(tells || is_rolled) || environment.detail_fault().is_some();
    let rest = match key.platform {
        // It alone tells how a version is brought to instances, and what has happened.
        Platform::Beanstalk => {
            let strategy = environment.strategy().is_some() || environment.fault_of(Question::Properties).is_some();
            strategy && answered(Question::Events)
        }
        Platform::TargetGroup => {
            let planned = environment.planning().is_some() || environment.fault_of(Question::Planning).is_some();
            planned && (!tells || environment.label().is_some() || answered(Question::Versions))
        }
        // A workflow of CircleCI may deploy it, and what is new is told from its instances.
        Platform::TaggedEc2 => answered(Question::Planning) && answered(Question::Instances),
        Platform::Host => true,
    };
    instances && rest
}
