//! One action in one environment or in many: at once, or in waves.

use std::sync::Arc;
use std::time::Duration;

use super::{Deed, Kind, Origin, Plan, PlanError, Unit, Wave};
use crate::model::operation::action::{Action, Place};

/// What is done to one environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Aim {
    /// The environment.
    pub place: Place,
    /// What is done: to redeploy is to deploy the label that runs.
    pub action: Action,
    /// How long it may take.
    pub patience: Duration,
    /// How long the last one took, where that is known.
    pub expected: Option<Duration>,
}

/// One of several waves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waved {
    /// What a person calls it: `staging`, `canary`.
    pub name: Arc<str>,
    /// Its environments, in the order in which they begin.
    pub aims: Vec<Aim>,
    /// How many may be under way at once.
    pub at_once: u32,
    /// How long the health of its environments is watched before the next wave begins.
    pub bake: Duration,
}

/// Plans one action in one or several environments.
///
/// # Errors
/// When there is none, or none may begin.
pub fn environments(origin: Origin, kind: Kind, title: String, aims: Vec<Aim>, at_once: u32) -> Result<Plan, PlanError> {
    let wave = Waved { name: "environments".into(), aims, at_once, bake: Duration::ZERO };
    planned(origin, kind, title, vec![wave])
}

/// Plans a wave over many environments: staging first, a canary, then batches. Waves without environments are left out.
///
/// # Errors
/// When there is no environment, or a wave lets none begin.
pub fn waves(origin: Origin, title: String, waves: Vec<Waved>) -> Result<Plan, PlanError> {
    planned(origin, Kind::Wave, title, waves)
}

fn planned(origin: Origin, kind: Kind, title: String, waves: Vec<Waved>) -> Result<Plan, PlanError> {
    let waves: Vec<Waved> = waves.into_iter().filter(|wave| !wave.aims.is_empty()).collect();
    let last = waves.len().saturating_sub(1);
    let (mut limits, mut units, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (number, wave) in waves.into_iter().enumerate() {
        // Behind the last one nothing begins that a watch could hold back.
        let bake = if number == last { Duration::ZERO } else { wave.bake };
        limits.push(Wave { name: wave.name, at_once: wave.at_once });
        for aim in wave.aims {
            let deed = Deed { expected: aim.expected, ..Deed::new(aim.place, aim.action, aim.patience) };
            // Whether each is ready is seen before the first of them is touched.
            let checked = deed.clone().checked();
            before.push(if before.is_empty() { checked } else { checked.together() });
            units.push(unit(deed, u32::try_from(number).unwrap_or(u32::MAX), bake));
        }
    }
    let plan = Plan { before, ..Plan::new(origin, kind, title, limits, units) };
    plan.check()?;
    Ok(plan)
}

fn unit(deed: Deed, wave: u32, bake: Duration) -> Unit {
    let watch = Deed::new(deed.place.clone(), Action::Steady, bake).at_most();
    let key = &deed.place.environment;
    let name = key.region.as_ref().map_or_else(|| key.name.to_string(), |region| format!("{} {region}", key.name));
    Unit { name: name.into(), wave, steps: vec![deed.into()], watch: if bake.is_zero() { Vec::new() } else { vec![watch] } }
}
