//! What a test asks of the world in memory, once all is over.

use tokio::time::Instant;

use super::{FIRST, State, Target};
use crate::model::operation::evidence::Mark;
use crate::model::operation::plan::Kind;

impl State {
    pub(in crate::ops::driver::tests) fn is_vanished(&self, name: &str) -> bool {
        self.is_gone(name)
    }

    /// Whether a target is in its group, or is there no more.
    pub(in crate::ops::driver::tests) fn is_gone_or_registered(&self, name: &str) -> bool {
        self.is_gone(name) || self.targets.get(name).is_none_or(|target| target.registered)
    }

    /// Whether a write has arrived; none while it may still be on its way.
    pub(in crate::ops::driver::tests) fn begun(&self, mark: &Mark) -> Option<bool> {
        let on_its_way = self.arrivals.iter().any(|arrival| arrival.mark == *mark);
        (!on_its_way).then(|| self.written.get(mark).is_some_and(|written| written.effects > 0))
    }

    /// Somebody has looked, and says that it was not begun.
    pub(in crate::ops::driver::tests) fn may_repeat(&mut self, mark: &Mark) {
        self.written.entry(mark.clone()).or_default().may_repeat = true;
    }

    /// How a command has ended; none while it goes on. Whatever has no end of its own has come about.
    pub(in crate::ops::driver::tests) fn how_it_ended(&self, mark: &Mark) -> Option<bool> {
        match self.written.get(mark)?.ends {
            Some((ends, _)) if ends > Instant::now() => None,
            Some((_, well)) => Some(well),
            None => Some(true),
        }
    }

    /// Whether anything was done to it.
    pub(in crate::ops::driver::tests) fn is_touched(&self, name: &str) -> bool {
        let target = self.targets.get(name).is_some_and(|target| target.is_new || !target.registered);
        target || self.environments.get(name).is_some_and(|environment| environment.deployment > FIRST)
    }

    /// One that is in service and runs the old version, but for those of which that is expected.
    pub(in crate::ops::driver::tests) fn runs_another(&self, is_expected: impl Fn(&str) -> bool) -> Option<String> {
        let differs =
            |(name, target): &(&String, &Target)| !self.is_gone(name) && target.registered && !target.is_new && !is_expected(name);
        self.targets.iter().find(differs).map(|(name, _)| name.clone())
    }

    /// Whether what was wanted of a target or an environment is so.
    pub(in crate::ops::driver::tests) fn is_as_wanted(&mut self, name: &str, kind: Kind, label: &str) -> bool {
        match kind {
            Kind::End => !self.targets.contains_key(name),
            Kind::TakeOut => self.targets.get(name).is_none_or(|target| !target.registered),
            Kind::RollingDeploy => self.is_healthy(name) && self.targets.get(name).is_some_and(|target| target.is_new),
            _ => self.environments.get_mut(name).is_some_and(|environment| {
                environment.settle();
                environment.went_well && *environment.label == *label && environment.deployment == FIRST + 1
            }),
        }
    }
}
