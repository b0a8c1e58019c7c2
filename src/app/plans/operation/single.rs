//! The plan for one environment.

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::judge::Judged;
use super::{Deed, Wanted, decision, identity, origin};
use crate::model::operation::look::spoken;
use crate::model::operation::plan::environments;

/// The dialog.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn plan(state: &State, wanted: &Wanted, judged: Judged<'_>) -> Result<Decision, String> {
    if let Some(refused) = judged.refused {
        return Err(refused);
    }
    let target = &judged.target;
    let title = format!("{} {}", wanted.verb(), target.name());
    let aims = judged.aim().into_iter().collect();
    let plan = environments(origin(state, &[target], wanted.tempo.on_failure), wanted.kind(), title, aims, 1);
    let undertaking = Undertaking { plan: plan.map_err(|error| error.to_string())?, rests_on: judged.rests_on.clone() };
    let proof = match wanted.deed {
        // What destroys is never a single key.
        Deed::Rebuild => Proof::Typed(target.key().name.to_string()),
        Deed::Deploy(_) | Deed::Redeploy | Deed::Restart | Deed::Abort | Deed::Swap(_) | Deed::Resize { .. } | Deed::Instance(..) => {
            Proof::of(std::slice::from_ref(target.key()), target.is_production())
        }
    };
    let mut decision = decision(state, wanted, undertaking, proof).with("where", target.place_in_words(state));
    decision.lines.extend(judged.lines.iter().cloned());
    let took = judged
        .took
        .map_or_else(|| "? how long the last one took is not known".to_owned(), |took| format!("the last one took {}", spoken(took)));
    let decision = decision
        .with("takes", took)
        .with("needs", "the environment to be Ready: that is looked at again right before")
        .with("as", identity(state, &[target]));
    let mut decision = decision.with("then", then(&wanted.deed));
    decision.remarks = judged.remarks;
    Ok(decision.against(judged.failed))
}

/// What comes behind it.
const fn then(deed: &Deed) -> &'static str {
    match deed {
        Deed::Deploy(_) | Deed::Redeploy => {
            "followed until every instance is proven to run it; where it fails, nothing is put back by itself: the platform decides"
        }
        Deed::Restart | Deed::Rebuild | Deed::Resize { .. } | Deed::Abort | Deed::Swap(_) | Deed::Instance(..) => {
            "followed until the platform says that it is done"
        }
    }
}
