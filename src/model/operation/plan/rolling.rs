//! A rolling deploy over a target group: one instance after the other out of it, changed, and back in.

use std::sync::Arc;
use std::time::Duration;

use super::{Deed, Kind, Origin, Plan, PlanError, Step, Undo, Unit, Wave};
use crate::model::id::VersionLabel;
use crate::model::operation::action::{Action, Copied, Local, Place, Registration, Way};

/// How long the look at the versions will probably take.
const LOOK: Duration = Duration::from_secs(5);

/// How long each part may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// How long is waited until connections are drained; then it goes on.
    pub drain: Duration,
    /// How long copying the files may take.
    pub copy: Duration,
    /// How long the command may run.
    pub run: Duration,
    /// How long it may take until the group finds the instance healthy.
    pub healthy: Duration,
    /// The pause after each instance.
    pub pause: Duration,
    /// How long is waited for enough other targets to be healthy, and for a run to end, before an instance is taken out.
    pub hold: Duration,
    /// How long reaching a host may take.
    pub reach: Duration,
    /// How long a registration may take until the group shows it.
    pub registration: Duration,
    /// How long it may take until each instance tells in the end that it runs the version.
    pub versions: Duration,
}

impl Default for Times {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            drain: seconds(60),
            copy: seconds(120),
            run: seconds(900),
            healthy: seconds(300),
            pause: seconds(5),
            hold: seconds(300),
            reach: seconds(30),
            registration: seconds(60),
            versions: seconds(120),
        }
    }
}

/// One of the targets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// The instance, and whose credentials act.
    pub place: Place,
    /// What a person calls it.
    pub name: Arc<str>,
    /// The target's port; none where the group's own is meant.
    pub port: Option<u16>,
    /// How its host is reached.
    pub way: Way,
}

/// What is checked before the first change. Each is checked only where there is something to check.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Checks {
    /// That the workspace is the right one.
    pub workspace: Option<Local>,
    /// That nothing has drifted.
    pub drift: Option<Local>,
    /// That the image is there: [`Action::Built`], and whose credentials look.
    pub built: Option<(Place, Action)>,
    /// That no run goes on: [`Action::Quiet`]. Looked at again before each instance.
    pub quiet: Option<Action>,
}

/// A rolling deploy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roll {
    /// What a person calls it: the group, the region, the version.
    pub title: String,
    /// The target group.
    pub place: Place,
    /// Its ARN.
    pub group: Arc<str>,
    /// Its targets, in the order in which they are changed.
    pub members: Vec<Member>,
    /// What is checked first.
    pub checks: Checks,
    /// The version that each instance runs then.
    pub version: VersionLabel,
    /// Other names of that version: further tags of its image.
    pub also: Vec<VersionLabel>,
    /// What is copied to each host.
    pub files: Vec<Copied>,
    /// What is run on each host.
    pub command: String,
    /// How long each part may take.
    pub times: Times,
    /// How many instances may be under way at once.
    pub at_once: u32,
    /// How many other targets have to be healthy before one is taken out.
    pub fewest_healthy: u32,
}

/// Plans a rolling deploy.
///
/// Before the first change: workspace, drift, image, every host, capacity, no run. For each instance: no run, enough
/// others healthy, deregister, wait until drained, copy, run, register, wait until healthy, pause. Where it fails or is
/// stopped between being deregistered and being registered, it is registered again with what it runs then. In the end it
/// is seen what each instance of the group runs, one that has joined meanwhile included.
///
/// # Errors
/// When there is no target, or none may be taken out, or files should go where only Systems Manager does.
pub fn rolling(origin: Origin, roll: &Roll) -> Result<Plan, PlanError> {
    let targets = u32::try_from(roll.members.len()).unwrap_or(u32::MAX);
    if targets > 0 && targets <= roll.fewest_healthy {
        let counted = if targets == 1 { "1 target".to_owned() } else { format!("{targets} targets") };
        return Err(PlanError::TooFew { group: Arc::clone(&roll.group), targets: counted.into(), fewest: roll.fewest_healthy });
    }
    let mut units = roll.members.iter().map(|member| unit(roll, member)).collect::<Result<Vec<_>, _>>()?;
    // Without an instance nothing is done, and there is nothing to look at.
    units.extend((!units.is_empty()).then(|| look_at_versions(roll)));
    let waves = vec![Wave { name: "instances".into(), at_once: roll.at_once }, Wave { name: "versions".into(), at_once: 1 }];
    let mut plan = Plan::new(origin, Kind::RollingDeploy, roll.title.clone(), waves, units);
    plan.before = before(roll);
    plan.fewest_healthy = Some(roll.fewest_healthy);
    plan.check()?;
    Ok(plan)
}

/// The last unit: it changes nothing, and tells how it came out.
fn look_at_versions(roll: &Roll) -> Unit {
    let action = Action::Runs { version: roll.version.clone(), also: roll.also.clone(), except: Vec::new() };
    let look = Deed { expected: Some(LOOK), ..Deed::new(roll.place.clone(), action, roll.times.versions) };
    Unit { name: "versions".into(), wave: 1, steps: vec![look.into()], watch: Vec::new() }
}

fn registration(roll: &Roll, member: &Member) -> Registration {
    Registration { group: Arc::clone(&roll.group), port: member.port, keep: roll.fewest_healthy }
}

fn before(roll: &Roll) -> Vec<Deed> {
    let Checks { workspace, drift, built, quiet } = &roll.checks;
    let local = |local: &Local| Deed::new(roll.place.clone(), Action::Local(local.clone()), local.limit);
    let mut deeds: Vec<Deed> = workspace.iter().chain(drift).map(local).collect();
    deeds.extend(built.iter().map(|(place, built)| Deed::new(place.clone(), built.clone(), roll.times.reach)));
    for (number, member) in roll.members.iter().enumerate() {
        let reached = Deed::new(member.place.clone(), Action::Reached(member.way.clone()), roll.times.reach);
        deeds.push(if number == 0 { reached } else { reached.together() });
    }
    // All are in one group: what is true of the first is true of each.
    deeds.extend(roll.members.first().map(|first| deregister(roll, first).checked()));
    deeds.extend(quiet.iter().map(|quiet| Deed::new(roll.place.clone(), quiet.clone(), Duration::ZERO)));
    deeds
}

fn deregister(roll: &Roll, member: &Member) -> Deed {
    Deed::new(member.place.clone(), Action::Deregister(registration(roll, member)), roll.times.registration)
}

fn unit(roll: &Roll, member: &Member) -> Result<Unit, PlanError> {
    let (times, registration) = (&roll.times, registration(roll, member));
    let deed = |action, patience| Deed::new(member.place.clone(), action, patience);
    let back_in =
        [deed(Action::Register(registration.clone()), times.registration), deed(Action::Healthy(registration.clone()), times.healthy)];
    let mut steps: Vec<Step> = Vec::new();
    steps.extend(roll.checks.quiet.iter().map(|quiet| Step::from(Deed::new(roll.place.clone(), quiet.clone(), times.hold))));
    let taken_out = steps.len();
    steps.push(deregister(roll, member).held(times.hold).into());
    steps.push(deed(Action::Drained(registration), times.drain).at_most().into());
    if !roll.files.is_empty() {
        let Way::Ssh(destination) = &member.way else { return Err(PlanError::NoCopy(Arc::clone(&member.name))) };
        steps.push(deed(Action::Copy(destination.clone(), roll.files.clone()), times.copy).into());
    }
    // The command is ended on the machine at its limit: that is waited for, so that it never runs on unseen.
    let run = Action::Run { way: member.way.clone(), command: roll.command.clone(), limit: times.run };
    steps.push(deed(run, times.run + Duration::from_secs(60)).into());
    let until = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    steps.extend(back_in.clone().map(Step::from));
    steps.push(deed(Action::Pause(times.pause), times.pause).at_most().into());
    if let Some(step) = steps.get_mut(taken_out) {
        step.undo = Some(Undo { until, deeds: back_in.to_vec() });
    }
    Ok(Unit { name: Arc::clone(&member.name), wave: 0, steps, watch: Vec::new() })
}
