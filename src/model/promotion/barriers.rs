//! What stands by rule in the way of shipping to environments, whatever ships: freezes and locks.

use jiff::SignedDuration;

use super::sheet::{Check, Subject, Verdict};
use super::{of_apps, place};
use crate::model::catalogue::Tier;
use crate::model::clock::Timestamp;
use crate::model::fleet::Fleet;
use crate::model::freeze::Freeze;
use crate::model::id::{AppName, EnvironmentKey};
use crate::model::lock::{Known, Locks};

/// So long before it begins a freeze is told of.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// Where something would ship to.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The environments, as far as they are known.
    pub environments: &'a [EnvironmentKey],
    /// The apps that it may belong to.
    pub apps: &'a [AppName],
    /// Whether these are all environments. Where they are not, it may be anything of these apps.
    pub is_whole: bool,
}

/// The freezes and locks that are in the way now, and the freezes that will be soon.
#[must_use]
pub fn barriers(aim: Aim<'_>, fleet: &Fleet, locks: &Locks, now: Timestamp) -> Vec<Check> {
    let mut checks = freezes(aim, fleet, now);
    checks.extend(locked(aim, fleet, locks, now));
    checks
}

fn freezes(aim: Aim<'_>, fleet: &Fleet, now: Timestamp) -> Vec<Check> {
    let of = |verdict, sentence| Check { subject: Subject::Freeze, verdict, sentence };
    let check = |freeze: &Freeze| {
        let places = places(aim, fleet, freeze).join(", ");
        if places.is_empty() {
            return None;
        }
        if let Some(stretch) = freeze.at(now) {
            let sentence = format!("frozen until {} ({places}){}", freeze.clock(stretch.until), freeze.because());
            return Some(of(Verdict::Fail, sentence));
        }
        let stretch = freeze.soon(now, AHEAD)?;
        Some(of(Verdict::Warn, format!("a freeze begins at {} ({places}){}", freeze.clock(stretch.from), freeze.because())))
    };
    fleet.catalogue().freezes.iter().filter_map(check).collect()
}

/// The places that a freeze is about, by name.
fn places(aim: Aim<'_>, fleet: &Fleet, freeze: &Freeze) -> Vec<String> {
    // What is not known may be production of any of the apps.
    let unknown = || aim.apps.iter().any(|app| freeze.fits(app, Tier::Unknown)) || (aim.apps.is_empty() && freeze.app.is_none());
    let fits =
        |key: &&EnvironmentKey| fleet.get(key).map_or_else(unknown, |environment| freeze.fits(&environment.app(), environment.tier()));
    let mut places: Vec<String> = aim.environments.iter().filter(fits).map(place).collect();
    if !aim.is_whole && unknown() {
        places.push("places that are not known".to_owned());
    }
    places
}

fn locked(aim: Aim<'_>, fleet: &Fleet, locks: &Locks, now: Timestamp) -> Vec<Check> {
    let of = |verdict, sentence| Check { subject: Subject::Lock, verdict, sentence };
    // Without ages: a plan that says something else by the time it is confirmed is another plan.
    let held = |key: &EnvironmentKey| Some(format!("{} is {}", place(key), locks.of(key, now)?.statement()));
    let mut checks: Vec<Check> = aim.environments.iter().filter_map(held).map(|sentence| of(Verdict::Fail, sentence)).collect();
    if !aim.is_whole {
        let others = of_apps(fleet, aim.apps);
        let others = others.iter().filter(|key| !aim.environments.contains(key)).filter_map(held);
        checks.extend(others.map(|sentence| of(Verdict::Unknown, format!("whether it ships there is not known: {sentence}"))));
    }
    match &locks.known {
        Known::Yes => {}
        Known::NotRead => checks.push(of(Verdict::Unknown, "what is locked is not read yet".to_owned())),
        Known::Failed(why) => checks.push(of(Verdict::Unknown, format!("what is locked is not known: {why}"))),
    }
    checks
}
