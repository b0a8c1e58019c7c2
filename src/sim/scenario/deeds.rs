//! `[[happening]]`s of instances, target groups and hosts.
//!
//! Owns which keys those need.

use std::sync::Arc;

use super::populate::Builder;
use super::{HappeningEntry, Mistake};
use crate::compute::deed::Deed;
use crate::compute::replace::{ReplaceOrder, Report};
use crate::compute::roll::{Image, RollOrder};
use crate::environment::Name;
use crate::script;

impl Builder<'_> {
    /// What a happening does to instances or target groups.
    pub(super) fn compute_deed(&self, entry: &HappeningEntry, at: usize) -> Result<Deed, Mistake> {
        let needs = |key: &str| self.source.mistake(at, format!("do = \"{}\" needs `{key}`", entry.deed.get_ref()));
        let machine = || self.machine_named(entry.instance.as_ref().ok_or_else(|| needs("instance"))?);
        let group = || self.find_group(entry.target_group.as_ref().ok_or_else(|| needs("target_group"))?);
        Ok(match entry.deed.get_ref().as_str() {
            "roll" => Deed::Roll(group()?, self.roll_order(entry, at)?),
            "replace" => Deed::Replace(self.replace_order(entry, at)?),
            "register" => Deed::Register(group()?, machine()?),
            "deregister" => Deed::Deregister(group()?, machine()?),
            "answer" => {
                let answers = entry.answers.as_ref().ok_or_else(|| needs("answers"))?;
                let lasts = entry.lasts.as_ref().map(|lasts| self.length(Some(lasts), 0)).transpose()?;
                Deed::Answer(machine()?, self.answers(Some(answers))?, lasts)
            }
            "reboot-instance" => Deed::Reboot(machine()?),
            "scale-out" => Deed::ScaleOut(group()?),
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

    fn replace_order(&self, entry: &HappeningEntry, at: usize) -> Result<ReplaceOrder, Mistake> {
        let (Some(tagged), Some(commit)) = (&entry.tagged, &entry.commit) else {
            return Err(self.source.mistake(at, "do = \"replace\" needs `tagged`, an environment that tags make, and `commit`"));
        };
        let compute = &self.world.compute;
        let number = compute.tagged.iter().position(|known| *known.name == **tagged.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = compute.tagged.iter().map(|known| &*known.name).collect();
            let sentence = format!("no instance carries the tags of \"{}\"; there are {}", tagged.get_ref(), known.join(", "));
            self.source.mistake(tagged.span().start, sentence)
        })?;
        let report = match &entry.status {
            None => None,
            Some(context) => {
                let (repository, commit) = self
                    .commit_place(commit.get_ref())
                    .ok_or_else(|| self.source.mistake(commit.span().start, "a `status` needs a commit of a [[repository]]"))?;
                Some(Report { repository, commit, context: context.as_str().into() })
            }
        };
        Ok(ReplaceOrder { tagged: number, commit: self.commit_id(commit)?, fails: entry.fails, report })
    }

    /// What a happening does to an app on a host.
    pub(super) fn host_deed(&self, entry: &HappeningEntry, at: usize) -> Result<script::Deed, Mistake> {
        let needs = |key: &str| self.source.mistake(at, format!("do = \"{}\" needs `{key}`", entry.deed.get_ref()));
        let slot = self.find_host(entry.host.as_ref().ok_or_else(|| needs("host"))?)?;
        if entry.deed.get_ref() == "deploy-host" {
            let commit = self.commit_id(entry.commit.as_ref().ok_or_else(|| needs("commit"))?)?;
            return Ok(script::Deed::DeployHost(slot, commit, entry.fails));
        }
        if entry.instance.is_some() {
            return Err(self.source.mistake(at, "do = \"answer\" has an `instance` or a `host`, and not both"));
        }
        let answers = entry.answers.as_ref().ok_or_else(|| needs("answers"))?;
        let lasts = entry.lasts.as_ref().map(|lasts| self.length(Some(lasts), 0)).transpose()?;
        Ok(script::Deed::AnswerHost(slot, self.page(Some(answers))?, lasts))
    }
}
