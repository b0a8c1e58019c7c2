//! What a scenario lets happen to instances and target groups.

use super::machine::Answers;
use super::replace::ReplaceOrder;
use super::roll::RollOrder;
use crate::moment::Millis;
use crate::world::World;

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Deed {
    /// A rolling deploy over a target group.
    Roll(usize, RollOrder),
    /// One machine takes the place of another.
    Replace(ReplaceOrder),
    /// An instance is registered in a target group.
    Register(usize, usize),
    /// An instance is deregistered from it.
    Deregister(usize, usize),
    /// An instance answers otherwise, for a while or from then on.
    Answer(usize, Answers, Option<Millis>),
    /// An instance restarts.
    Reboot(usize),
    /// An instance ends.
    Terminate(usize),
    /// The Auto Scaling group of a target group has one instance more.
    ScaleOut(usize),
}

impl World {
    /// Does it.
    pub(crate) fn do_to_compute(&mut self, deed: Deed) {
        match deed {
            // One that runs already goes on, and this one is not made.
            Deed::Roll(group, order) => drop(self.roll(group, order)),
            Deed::Replace(order) => self.replace_machine(order),
            Deed::Register(group, machine) => self.register(group, machine, None),
            Deed::Deregister(group, machine) => self.deregister(group, machine),
            Deed::Answer(machine, answers, lasts) => self.answer_with(machine, answers, lasts),
            Deed::Reboot(machine) => self.reboot_machine(machine),
            Deed::Terminate(machine) => self.terminate_machine(machine),
            Deed::ScaleOut(group) => self.scale_out(group),
        }
    }
}
