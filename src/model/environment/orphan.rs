//! Whether a preview has been left behind: its pull request is over, and it is there all the same.
//!
//! That somebody ends what still serves costs more than that an orphan stands a minute longer. So it is only said where
//! a listing proves it: one that is complete, that nothing has failed since, that was asked for after the pull request
//! was closed, and not long before that was asked.

use std::time::Duration;

use super::{Environment, Told};
use crate::model::clock::Timestamp;
use crate::model::sighting::Question;
use crate::model::tagged::{PullRequest, PullState};

/// By how much the listing may be older than what GitHub told of the pull request.
const FRESH: Duration = Duration::from_secs(600);

impl<'a> Environment<'a> {
    /// The pull request that is over though this preview of it is there, with the older of the moments at which both
    /// were asked for. None where it is open, and where it is not proven that the preview is still there.
    #[must_use]
    pub fn left_behind_by(&self) -> Option<Told<&'a PullRequest>> {
        let told = self.pull()?;
        let is_over = matches!(told.value.state, PullState::Merged | PullState::Closed);
        let listed = self.listed_whole().filter(|_| is_over)?;
        let since = told.value.closed_at.unwrap_or(told.at);
        (listed >= since && listed + FRESH >= told.at).then_some(Told { at: told.at.min(listed), ..told })
    }

    /// When the newest listing of all that there is was asked for, if that one holds it and none has failed since.
    fn listed_whole(&self) -> Option<Timestamp> {
        let source = self.source().filter(|source| source.question == Question::Listing)?;
        let state = self.fleet.source(source)?;
        let at = self.listed_at()?;
        let is_whole = state.answered == state.complete && state.complete.is_some_and(|stamp| stamp.asked_at == at);
        (is_whole && state.current_fault().is_none()).then_some(at)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::super::tests::{at, fleet, key, listed};
    use super::*;
    use crate::model::fault::{Fault, FaultKind};
    use crate::model::fleet::Fleet;
    use crate::model::health::{Health, HealthSource, Level};
    use crate::model::id::PullNumber;
    use crate::model::sighting::{Coverage, Failure, Observation, Reading, Sighting, Source};

    pub fn record(second: i64, state: PullState, closed: Option<i64>) -> Observation {
        let pull = PullRequest {
            number: PullNumber(7),
            title: "x".into(),
            author: None,
            state,
            branch: None,
            url: None,
            created_at: Some(at(0)),
            closed_at: closed.map(at),
            statuses: Vec::new(),
        };
        let health = Health { level: Level::Warning, word: None, causes: vec!["an orphan".into()], source: HealthSource::PullRequest };
        let Observation::Seen(listing) = listed(second, vec![]) else { panic!() };
        let source = Source { question: Question::Record, scope: Arc::clone(&listing.source.scope) };
        let reading = Reading { pull: Some(Arc::new(pull)), health: Some(health), ..Reading::default() };
        let readings = vec![(listing.readings[0].0.clone(), reading)];
        Observation::Seen(Sighting { source, coverage: Coverage::Partial, readings, ..listing })
    }

    /// Whether it is said to have been left behind, in a word of its own and in its causes.
    fn is_orphan(fleet: &Fleet) -> bool {
        let environment = fleet.get(&key()).unwrap();
        let says = environment.causes().iter().any(|cause| &**cause.text == "an orphan");
        assert_eq!(says, environment.left_behind_by().is_some());
        says
    }

    #[test]
    fn only_a_fresh_and_complete_listing_proves_an_orphan() {
        let closed = |second| record(second, PullState::Merged, Some(50));
        assert!(is_orphan(&fleet([listed(60, vec![]), closed(61)])));
        assert!(!is_orphan(&fleet([listed(60, vec![]), record(61, PullState::Open, None)])));
        // It was listed before the pull request was closed: it may have been ended since.
        assert!(!is_orphan(&fleet([listed(40, vec![]), closed(61)])));
        // The listing is much older than GitHub's word.
        assert!(!is_orphan(&fleet([listed(60, vec![]), closed(10_000)])));
        // The listing has failed since.
        let mut stale = fleet([listed(60, vec![]), closed(61)]);
        let Observation::Seen(failed) = listed(90, vec![]) else { panic!() };
        let fault = Fault::new(FaultKind::Denied, "no");
        let _ =
            stale.observe(Observation::Failed(Failure { source: failed.source, stamp: failed.stamp, about: None, fault: fault.clone() }));
        assert!(!is_orphan(&stale));
        let _ = stale.observe(listed(120, vec![]));
        assert!(is_orphan(&stale));
        // A listing of which something was left out is none of all there is; one with a remark is.
        for (coverage, proves) in [(Coverage::Partial, false), (Coverage::Except(fault.clone()), false), (Coverage::Remarked(fault), true)]
        {
            let Observation::Seen(listing) = listed(60, vec![]) else { panic!() };
            let fleet = fleet([Observation::Seen(Sighting { coverage, ..listing }), closed(61)]);
            assert_eq!(is_orphan(&fleet), proves);
        }
    }
}
