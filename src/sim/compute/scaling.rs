//! Auto Scaling groups that keep the instances of a target group.
//!
//! Owns how many there are and what takes the place of one that ends. What is new boots the
//! image that is tagged `latest`, whatever the others run, and joins the target group once it is on.

use super::Due;
use super::machine::{Machine, Power};
use super::motion::Launch;
use crate::environment::{Name, Place};
use crate::moment::{Millis, Moment, SECOND};
use crate::world::World;

/// How far apart a group looks at its instances.
const LOOK: Millis = 5 * SECOND;
/// What a new instance boots.
const TAG: &str = "latest";

/// An Auto Scaling group.
#[derive(Clone, Debug)]
pub struct ScalingGroup {
    /// Whose and where.
    pub place: Place,
    /// `AutoScalingGroupName`.
    pub name: Name,
    /// The target group that its instances join.
    pub target_group: usize,
    /// `DesiredCapacity`.
    pub desired: usize,
    /// Its instances, in the order in which they came.
    pub members: Vec<usize>,
    /// Those of them that have not joined the target group.
    pub joining: Vec<usize>,
    /// What it did, newest last.
    pub activities: Vec<Activity>,
    /// When it was made.
    pub created: Moment,
}

/// Something that a group did.
#[derive(Clone, Debug)]
pub struct Activity {
    /// `ActivityId`.
    pub id: String,
    /// `Description`.
    pub description: String,
    /// `Cause`.
    pub cause: String,
    /// `StartTime`.
    pub begun: Moment,
    /// The instance.
    pub machine: usize,
    /// Whether it makes an instance.
    pub launches: bool,
}

impl ScalingGroup {
    /// `LifecycleState` of an instance of it.
    #[must_use]
    pub fn lifecycle(&self, slot: usize, machine: &Machine) -> &'static str {
        match machine.power {
            Power::ShuttingDown | Power::Stopped => "Terminating",
            Power::Terminated => "Terminated",
            Power::Pending => "Pending",
            Power::Running if self.joining.contains(&slot) => "Pending",
            Power::Running => "InService",
        }
    }
}

impl World {
    /// The Auto Scaling group that an instance is in.
    #[must_use]
    pub fn scaling_of(&self, machine: usize) -> Option<usize> {
        self.compute.scaling.iter().position(|group| group.members.contains(&machine))
    }

    /// Ends an instance of a group; the activity. Without `shrinks` another takes its place.
    pub fn terminate_in_group(&mut self, slot: usize, machine: usize, shrinks: bool) -> Option<Activity> {
        let name = self.compute.machines.get(machine)?.name();
        let id = self.draws.request_id();
        let now = self.now;
        let group = self.compute.scaling.get_mut(slot)?;
        if shrinks {
            group.desired = group.desired.saturating_sub(1);
        }
        let cause = format!("At {} instance {name} was taken out of service in response to a user request.", now.rfc3339());
        let activity =
            Activity { id, description: format!("Terminating EC2 instance: {name}"), cause, begun: now, machine, launches: false };
        group.activities.push(activity.clone());
        let target_group = group.target_group;
        self.deregister(target_group, machine);
        self.terminate_machine(machine);
        Some(activity)
    }

    /// Lets the group of a target group have one instance more.
    pub fn scale_out(&mut self, target_group: usize) {
        let Some(slot) = self.compute.scaling.iter().position(|group| group.target_group == target_group) else { return };
        if let Some(group) = self.compute.scaling.get_mut(slot) {
            group.desired += 1;
        }
        self.scaling_on(slot);
    }

    /// An instance has ended: its group will look.
    pub(super) fn scaling_changed(&mut self, machine: usize) {
        if let Some(slot) = self.scaling_of(machine) {
            self.compute_later(LOOK, Due::Scaling(slot));
        }
    }

    /// A look of a group at its instances.
    pub(super) fn scaling_on(&mut self, slot: usize) {
        self.scaling_launch(slot);
        let Some(group) = self.compute.scaling.get_mut(slot) else { return };
        let machines = &self.compute.machines;
        let power = |slot: &usize| machines.get(*slot).map(|machine| machine.power);
        group.members.retain(|slot| power(slot) != Some(Power::Terminated));
        group.joining.retain(|slot| power(slot).is_some_and(|power| matches!(power, Power::Pending | Power::Running)));
        let (on, waiting): (Vec<usize>, Vec<usize>) = group.joining.iter().partition(|slot| power(slot) == Some(Power::Running));
        group.joining = waiting;
        let is_settled = group.joining.is_empty() && group.members.iter().all(|slot| power(slot) == Some(Power::Running));
        let target_group = group.target_group;
        for machine in on {
            self.register(target_group, machine, None);
        }
        if !is_settled {
            self.compute_later(LOOK, Due::Scaling(slot));
        }
    }

    /// Launches what is missing.
    fn scaling_launch(&mut self, slot: usize) {
        let Some(group) = self.compute.scaling.get(slot) else { return };
        let alive = group.members.iter().filter(|&&slot| self.compute.machines.get(slot).is_some_and(Machine::alive)).count();
        let Some(&like) = group.members.first() else { return };
        for _ in alive..group.desired {
            let Some(launch) = self.like(like) else { return };
            let (reservation, id, now) = (self.draws.bits(), self.draws.request_id(), self.now);
            let machine = self.launch_machine(launch, reservation);
            let name = self.compute.machines.get(machine).map(Machine::name).unwrap_or_default();
            let cause = format!("At {} an instance was started to increase the capacity to the desired one.", now.rfc3339());
            let description = format!("Launching a new EC2 instance: {name}");
            let Some(group) = self.compute.scaling.get_mut(slot) else { return };
            group.members.push(machine);
            group.joining.push(machine);
            group.activities.push(Activity { id, description, cause, begun: now, machine, launches: true });
        }
    }

    /// How an instance is launched that is like another, but for what it boots.
    fn like(&self, slot: usize) -> Option<Launch> {
        let old = self.compute.machines.get(slot)?;
        let repository = old.container.as_ref().and_then(|container| self.registry.iter().find(|known| known.uri() == *container.image));
        let newest = repository.and_then(|repository| repository.tagged(TAG)).map(|image| image.commit.clone());
        let container = newest.and_then(|commit| self.container_of(slot, &TAG.into(), &commit)).or_else(|| old.container.clone());
        let (place, ami, kind, tags) = (old.place.clone(), old.ami.clone(), old.kind.clone(), old.tags.clone());
        Some(Launch { place, ami, kind, tags, container, usual: old.usual, stillborn: false })
    }
}
