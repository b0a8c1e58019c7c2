//! Exchanging the CNAMEs of two environments: whose name leads where is turned around at once.

use super::super::super::act::Refusal;
use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::menu::{Choice, Item, Menu};
use super::super::super::state::State;
use super::judge::{Judged, barriers, judge_ready};
use super::target::{Target, name};
use super::{Deed, Wanted, decision, identity, origin};
use crate::model::id::EnvironmentKey;
use crate::model::operation::action::Action;
use crate::model::operation::plan::{Aim, OnFailure, environments};

/// How long a swap may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(900);

/// The environments that this one can be swapped with: those of the same application, in the same account and region.
///
/// # Errors
/// Why there is none.
pub fn menu(state: &State, key: &EnvironmentKey) -> Result<Menu, Refusal> {
    let target = Target::of(state, key)?;
    let group = target.environment.identity().map(|identity| &identity.app);
    let is_sibling = |other: &EnvironmentKey| {
        let same_place = (other.platform, &other.account, &other.region) == (key.platform, &key.account, &key.region);
        let identity = state.fleet.get(other).and_then(|other| other.identity().map(|identity| identity.app.clone()));
        other != key && same_place && identity.as_ref() == group
    };
    let siblings = state.fleet.environments().map(|environment| environment.key()).filter(is_sibling);
    let item = |other: EnvironmentKey| {
        let environment = state.fleet.get(&other);
        let label = environment.and_then(|environment| environment.label().map(ToString::to_string));
        let wanted = Wanted::new(Deed::Swap(other.clone()), vec![key.clone()]);
        Item {
            name: name(&other).into(),
            detail: label.unwrap_or_else(|| "?".to_owned()).into(),
            choice: Choice::Operate(Box::new(wanted)),
        }
    };
    let items: Vec<Item> = siblings.map(item).collect();
    if items.is_empty() {
        return Err(format!("{} has no other environment of its application in its region", target.name()).into());
    }
    Ok(Menu {
        title: "swap its CNAME with which?",
        note: "⏎ shows the plan · esc swaps nothing",
        heading: target.name(),
        items,
        at: 0,
        filter: None,
        takes: None,
    })
}

/// The dialog.
///
/// # Errors
/// Why they cannot be swapped.
pub(super) fn plan(state: &State, wanted: &Wanted, one: &Target<'_>, other: &Target<'_>) -> Result<Decision, String> {
    let keys = [one.key().clone(), other.key().clone()];
    super::may_act(state, &keys)?;
    let (mut rests_on, mut failed, mut remarks) = (Vec::new(), Vec::new(), Vec::new());
    for key in &keys {
        let mut judged = Judged::new(Target::of(state, key)?);
        judge_ready(state, &mut judged);
        barriers(state, &mut judged);
        if let Some(refused) = judged.refused {
            return Err(refused);
        }
        rests_on.append(&mut judged.rests_on);
        failed.append(&mut judged.failed);
        remarks.append(&mut judged.remarks);
    }
    let id = other.place.id.clone().ok_or_else(|| format!("the id of {} is not known", other.name()))?;
    let action = Action::Swap { with: other.key().clone(), id };
    let aim = Aim { place: one.place.clone(), action, patience: PATIENCE, expected: None };
    let title = format!("swap the CNAMEs of {} and {}", one.name(), other.name());
    let plan =
        environments(origin(state, &[one], OnFailure::Stop), wanted.kind(), title, vec![aim], 1).map_err(|error| error.to_string())?;
    let production = one.is_production() || other.is_production();
    let mut decision = decision(state, wanted, Undertaking { plan, rests_on }, Proof::of(&keys, production));
    for target in [one, other] {
        let url = target.environment.identity().and_then(|identity| identity.url.as_deref()).unwrap_or("? its address is not known");
        let label = target.environment.label().map_or("? not known", |label| label.as_str());
        decision = decision.with("is", format!("{}: {url}, runs {label}", target.name()));
    }
    let means = "each answers to the other's name at once; who has looked a name up before may go to the old place for a while";
    decision = decision.with("means", means).with("as", identity(state, &[one, other]));
    decision.remarks = remarks;
    Ok(decision.against(failed))
}
