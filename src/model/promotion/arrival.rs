//! How far a commit has come in an environment: the platform's word, whatever its workflow says.

use std::sync::Arc;

use super::{place, running, stale};
use crate::model::activity::ActivityKind;
use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::event::Severity;
use crate::model::fleet::Fleet;
use crate::model::id::{EnvironmentKey, Sha};

/// How far a commit has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The environment is not there, or could not be read again; the sentence says why.
    Unknown(String),
    /// Something goes on.
    Busy(ActivityKind),
    /// It runs everywhere, nothing goes on, and no error was told of since.
    Proven,
    /// It is what the environment says that it runs; not every instance tells what it runs.
    Stated,
    /// It runs, and the platform has told of an error since; not yet safe to show.
    Troubled(Arc<str>),
    /// Its instances run several versions.
    Mixed,
    /// It runs something else; none where that is not known.
    Other(Option<Sha>),
}

/// How far a commit has come in an environment, of which errors count since then.
#[must_use]
pub fn arrival(fleet: &Fleet, key: &EnvironmentKey, head: &Sha, since: Option<Timestamp>) -> Arrival {
    let Some(environment) = fleet.get(key) else { return Arrival::Unknown(format!("{} is not known", place(key))) };
    if let Some(activity) = environment.activity().and_then(|told| told.value) {
        return Arrival::Busy(activity.kind);
    }
    if let Some(why) = stale(fleet, key) {
        return Arrival::Unknown(why);
    }
    match running(&environment, fleet).as_slice() {
        [one] if one.agrees_with(head) => arrived(&environment, since),
        [] => stated(&environment, head),
        [other] => Arrival::Other(Some(other.clone())),
        _ => Arrival::Mixed,
    }
}

/// It runs the commit: is that all?
fn arrived(environment: &Environment<'_>, since: Option<Timestamp>) -> Arrival {
    let tells = environment.identity().is_some_and(|identity| identity.tells_versions);
    let error = environment.events().find(|event| event.severity >= Severity::Error && since.is_some_and(|since| event.at >= since));
    match (error, environment.is_uniform().unwrap_or(!tells)) {
        (Some(error), _) => Arrival::Troubled(Arc::clone(&error.message)),
        (None, true) => Arrival::Proven,
        (None, false) => Arrival::Stated,
    }
}

/// What its instances run is not known; what it says itself is no proof.
fn stated(environment: &Environment<'_>, head: &Sha) -> Arrival {
    match environment.commit() {
        Some(commit) if commit.agrees_with(head) => Arrival::Stated,
        other => Arrival::Other(other.cloned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_facts::{NOW, fleet, key, sha, tell_event, tell_fault, tell_instances};

    #[test]
    fn a_commit_has_arrived_where_all_run_it_and_no_error_was_told_of_since() {
        let live = key("eu-west-1", "shop-live");
        let mut fleet = fleet(&[("eu-west-1", "shop-live", 'b')]);
        let since = Timestamp::from_second(NOW - 600).ok();
        let of = |fleet: &Fleet, digit| arrival(fleet, &live, &sha(digit), since);
        // The label says it; the instances were not asked yet.
        assert_eq!((of(&fleet, 'b'), of(&fleet, 'a')), (Arrival::Stated, Arrival::Other(Some(sha('b')))));
        tell_instances(&mut fleet, "eu-west-1", "shop-live", "ab", 60);
        assert_eq!(of(&fleet, 'b'), Arrival::Mixed);
        tell_instances(&mut fleet, "eu-west-1", "shop-live", "bb", 60);
        assert_eq!(of(&fleet, 'b'), Arrival::Proven);
        tell_event(&mut fleet, "eu-west-1", "shop-live", Severity::Error, 900, "an old one");
        assert_eq!(of(&fleet, 'b'), Arrival::Proven);
        tell_event(&mut fleet, "eu-west-1", "shop-live", Severity::Error, 30, "Failed to deploy application.");
        assert_eq!(of(&fleet, 'b'), Arrival::Troubled("Failed to deploy application.".into()));
        tell_fault(&mut fleet, "eu-west-1", "it cannot be reached.");
        assert_eq!(of(&fleet, 'b'), Arrival::Unknown("shop-live eu-west-1 could not be read again: it cannot be reached.".to_owned()));
        assert_eq!(of(&fleet, 'b'), arrival(&fleet, &live, &sha('b'), None));
        assert!(matches!(arrival(&fleet, &key("x", "y"), &sha('b'), None), Arrival::Unknown(_)));
    }
}
