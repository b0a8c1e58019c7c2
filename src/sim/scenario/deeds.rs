//! `[[happening]]`s of instances and target groups.
//!
//! Owns which keys those need.

use std::sync::Arc;

use super::populate::Builder;
use super::{HappeningEntry, Mistake};
use crate::compute::deed::Deed;
use crate::compute::roll::{Image, RollOrder};
use crate::environment::Name;

impl Builder<'_> {
    /// What a happening does to instances or target groups.
    pub(super) fn compute_deed(&self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let needs = |key: &str| self.source.mistake(at, format!("do = \"{}\" needs `{key}`", entry.deed.get_ref()));
        let machine = || self.machine_named(entry.instance.as_ref().ok_or_else(|| needs("instance"))?);
        let group = || self.find_group(entry.target_group.as_ref().ok_or_else(|| needs("target_group"))?);
        Ok(match entry.deed.get_ref().as_str() {
            "roll" => Deed::Roll(group()?, self.roll_order(entry, at)?),
            "register" => Deed::Register(group()?, machine()?),
            "deregister" => Deed::Deregister(group()?, machine()?),
            "answer" => {
                let answers = entry.answers.as_ref().ok_or_else(|| needs("answers"))?;
                let lasts = entry.lasts.as_ref().map(|lasts| self.length(Some(lasts), 0)).transpose()?;
                Deed::Answer(machine()?, self.answers(Some(answers))?, lasts)
            }
            "reboot-instance" => Deed::Reboot(machine()?),
            _ => Deed::Terminate(machine()?),
        })
    }

    fn roll_order(&self, entry: &HappeningEntry, at: usize) -> Result<RollOrder, Mistake> {
        let Some(commit) = &entry.commit else {
            return Err(self.source.mistake(at, "do = \"roll\" needs `commit`, what the image was built from"));
        };
        let commit = self.commit_id(commit)?;
        let tag: Name = entry.tag.as_deref().map_or_else(|| Arc::clone(&commit), Name::from);
        let image = Image { tag, commit };
        Ok(RollOrder { image, fails_at: entry.fails_at, unhealthy_at: entry.unhealthy_at })
    }
}
