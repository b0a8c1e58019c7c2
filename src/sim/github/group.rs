//! Concurrency groups of runs.
//!
//! Owns GitHub's rules: in a group one run goes on and one is held back. A new
//! one cancels the one that is held back, and with `cancel-in-progress` also the
//! one that goes on, or waits for approval.

use super::run::Run;
use crate::environment::Name;
use crate::world::World;

/// The group of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name, as it was filled in for the run.
    pub name: Name,
    /// Whether the run cancels what goes on in it.
    pub cancels: bool,
}

impl Run {
    /// Whether both are in the same group: letters count alike in either case.
    #[must_use]
    pub fn beside(&self, group: &Group) -> bool {
        self.group.as_ref().is_some_and(|own| own.name.eq_ignore_ascii_case(&group.name))
    }
}

impl World {
    /// At most one run of a group goes on, and at most one is held back.
    pub(super) fn join_group(&mut self, repository: usize, place: usize) {
        let Some(found) = self.repository(repository) else { return };
        let Some(group) = found.runs.get(place).and_then(|run| run.group.clone()) else { return };
        let cancels = group.cancels;
        let same = |(other, run): &(usize, &Run)| *other != place && run.beside(&group) && !run.done();
        let others: Vec<(usize, bool)> = found.runs.iter().enumerate().filter(same).map(|(other, run)| (other, run.held)).collect();
        let busy = others.iter().any(|(_, held)| !held);
        for (other, held) in others {
            if cancels || held {
                self.cancel_run(repository, other);
            }
        }
        if busy
            && !cancels
            && let Some(run) = self.run(repository, place)
        {
            run.held = true;
        }
    }

    /// Lets the run in that its group held back.
    pub(super) fn leave_group(&mut self, repository: usize, place: usize) {
        let Some(found) = self.repository(repository) else { return };
        let Some(group) = found.runs.get(place).and_then(|run| run.group.clone()) else { return };
        let of_group = |run: &Run| run.beside(&group) && !run.done();
        if found.runs.iter().any(|run| of_group(run) && !run.held) {
            return;
        }
        let Some(next) = found.runs.iter().position(|run| of_group(run) && run.held) else { return };
        if let Some(run) = found.runs.get_mut(next) {
            run.held = false;
        }
        self.go_on(repository, next);
    }
}
