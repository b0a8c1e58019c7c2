//! What is done to one instance, and ending what nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use super::{Deed, Kind, Origin, Plan, PlanError, Step, Times, Undo, Unit, Wave};
use crate::model::operation::action::{Action, Place, Registration};

/// One instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Target {
    /// The instance, and whose credentials act.
    pub place: Place,
    /// What a person calls it.
    pub name: Arc<str>,
    /// The target groups that it is in.
    pub groups: Vec<Registration>,
}

/// How long a reboot or a replacement may take.
const ANEW: Duration = Duration::from_secs(1_800);

impl Target {
    fn deed(&self, action: Action, patience: Duration) -> Deed {
        Deed::new(self.place.clone(), action, patience)
    }

    fn out(&self, group: &Registration, times: &Times) -> Deed {
        self.deed(Action::Deregister(group.clone()), times.registration).held(times.hold)
    }

    fn back_in(&self, group: &Registration, times: &Times) -> [Deed; 2] {
        [self.deed(Action::Register(group.clone()), times.registration), self.deed(Action::Healthy(group.clone()), times.healthy)]
    }

    /// Out of every group, each put back if what comes behind them does not come about.
    fn all_out(&self, times: &Times, behind: Vec<Deed>) -> Vec<Step> {
        let drained = |group: &Registration| self.deed(Action::Drained(group.clone()), times.drain).at_most();
        let mut steps: Vec<Step> = self.groups.iter().map(|group| self.out(group, times).into()).collect();
        steps.extend(self.groups.iter().map(|group| Step::from(drained(group))));
        steps.extend(behind.into_iter().map(Step::from));
        let until = u32::try_from(steps.len().saturating_sub(1)).unwrap_or(u32::MAX);
        for (step, group) in steps.iter_mut().zip(&self.groups) {
            step.undo = Some(Undo { until, deeds: self.back_in(group, times).to_vec() });
        }
        steps
    }

    fn plan(&self, origin: Origin, kind: Kind, steps: Vec<Step>) -> Result<Plan, PlanError> {
        let title = format!("{kind} {} of {}", self.name, self.place.environment.name);
        let unit = Unit { name: Arc::clone(&self.name), wave: 0, steps, watch: Vec::new() };
        let plan = Plan::new(origin, kind, title, vec![Wave { name: "instance".into(), at_once: 1 }], vec![unit]);
        plan.check()?;
        Ok(plan)
    }
}

/// Plans taking an instance out of its load balancer, where it stays out.
///
/// # Errors
/// When it is in none.
pub fn take_out(origin: Origin, target: &Target, times: &Times) -> Result<Plan, PlanError> {
    if target.groups.is_empty() {
        return Err(PlanError::Empty);
    }
    target.plan(origin, Kind::TakeOut, target.all_out(times, Vec::new()))
}

/// Plans putting an instance into its load balancer, until it is healthy there.
///
/// # Errors
/// When no target group is named.
pub fn put_back(origin: Origin, target: &Target, times: &Times) -> Result<Plan, PlanError> {
    if target.groups.is_empty() {
        return Err(PlanError::Empty);
    }
    let steps = target.groups.iter().flat_map(|group| target.back_in(group, times)).map(Step::from).collect();
    target.plan(origin, Kind::PutBack, steps)
}

/// Plans rebooting an instance, until its target groups find it healthy again.
///
/// # Errors
/// When the plan does not fit together.
pub fn reboot(origin: Origin, target: &Target, times: &Times) -> Result<Plan, PlanError> {
    let healthy = target.groups.iter().map(|group| target.deed(Action::Healthy(group.clone()), times.healthy));
    let steps = std::iter::once(target.deed(Action::Reboot, ANEW)).chain(healthy).map(Step::from).collect();
    target.plan(origin, Kind::Reboot, steps)
}

/// Plans having an instance replaced by its Auto Scaling group.
///
/// # Errors
/// When the plan does not fit together.
pub fn replace(origin: Origin, target: &Target) -> Result<Plan, PlanError> {
    target.plan(origin, Kind::Replace, vec![target.deed(Action::Replace, ANEW).into()])
}

/// Plans ending an instance that nobody needs any more: out of its target groups, drained, terminated.
///
/// # Errors
/// When the plan does not fit together.
pub fn end(origin: Origin, target: &Target, times: &Times) -> Result<Plan, PlanError> {
    target.plan(origin, Kind::End, target.all_out(times, vec![target.deed(Action::Terminate, ANEW)]))
}
