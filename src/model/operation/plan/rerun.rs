//! Running a workflow of CircleCI again, and seeing that the environment runs what it deploys.

use std::sync::Arc;
use std::time::Duration;

use super::{Deed, Kind, Origin, Plan, PlanError, Unit, Wave};
use crate::model::id::{InstanceId, Sha};
use crate::model::operation::action::{Action, Place, Rerun};

/// How long a workflow may take. It waits without limit for an instance that never gets healthy, and for approvals.
const WORKFLOW: Duration = Duration::from_secs(7_200);
/// How long after its end the environment may take to be what it deployed.
const RENEWED: Duration = Duration::from_secs(900);

/// What is deployed where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renewal {
    /// The environment.
    pub place: Place,
    /// The instances that it has before.
    pub before: Vec<InstanceId>,
    /// The commit that it runs then, where CircleCI tells.
    pub commit: Option<Sha>,
}

/// Plans running a workflow again that deploys this environment.
///
/// # Errors
/// When the plan makes no sense.
pub fn rerun(origin: Origin, title: String, rerun: Rerun, to: Renewal) -> Result<Plan, PlanError> {
    let Renewal { place, before, commit } = to;
    let key = &place.environment;
    let name: Arc<str> = key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{} {region}", key.name)).into();
    let runs = Deed::new(place.clone(), Action::Rerun(rerun), WORKFLOW);
    let checked = runs.clone().checked();
    let renewed = Action::Renewed { before, commit: commit.map(|sha| sha.as_str().into()) };
    let steps = vec![runs.into(), Deed::new(place, renewed, RENEWED).into()];
    let unit = Unit { name, wave: 0, steps, watch: Vec::new() };
    let waves = vec![Wave { name: "environments".into(), at_once: 1 }];
    let plan = Plan { before: vec![checked], ..Plan::new(origin, Kind::Redeploy, title, waves, vec![unit]) };
    plan.check()?;
    Ok(plan)
}
