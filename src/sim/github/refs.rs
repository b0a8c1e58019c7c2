//! Tags, branches that were made by hand, and releases.
//!
//! Owns which of them can be made, and what workflows that starts. What a merge
//! does to the default branch is [`super::merging`]'s.

use std::sync::Arc;

use super::repository::Repository;
use super::run::Event;
use super::start::Start;
use super::workflow::Workflow;
use crate::environment::Name;
use crate::moment::Moment;
use crate::world::World;

/// A lightweight tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its name, without `refs/tags/`.
    pub name: Name,
    /// The place of its commit.
    pub commit: usize,
    /// From when on it is there.
    pub at: Moment,
}

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: u64,
    /// Its tag; a draft's need not be there.
    pub tag: Name,
    /// What the tag was made from, where it was not there.
    pub target: Name,
    /// Its title.
    pub name: Option<Name>,
    /// Its text.
    pub body: Option<Name>,
    /// Only those who may push see it, and it has no tag.
    pub draft: bool,
    /// It is not for everybody yet.
    pub prerelease: bool,
    /// Who made it.
    pub author: Name,
    /// When.
    pub at: Moment,
}

/// Whether git takes a name as that of a branch or a tag (`git check-ref-format`).
#[must_use]
pub fn is_ref_name(name: &str) -> bool {
    let part = |part: &str| {
        let lock = std::path::Path::new(part).extension().is_some_and(|ending| ending == "lock");
        !part.is_empty() && !part.starts_with('.') && !part.ends_with('.') && !lock
    };
    let letters = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    name != "@" && !name.contains("..") && !name.contains("@{") && !name.contains(letters) && name.split('/').all(part)
}

impl Repository {
    /// The tags that there are, in the order of their names.
    #[must_use]
    pub fn tags_at(&self, now: Moment) -> Vec<&Tag> {
        let mut tags: Vec<&Tag> = self.tags.iter().filter(|tag| tag.at <= now).collect();
        tags.sort_by(|a, b| a.name.cmp(&b.name));
        tags
    }

    /// Every branch and tag by its full name, with the place of its commit.
    #[must_use]
    pub fn refs(&self, now: Moment) -> Vec<(String, usize)> {
        let heads = self.branches(now).into_iter().map(|(name, head)| (format!("refs/heads/{name}"), head));
        let tags = self.tags_at(now).into_iter().map(|tag| (format!("refs/tags/{}", tag.name), tag.commit));
        let mut refs: Vec<(String, usize)> = heads.chain(tags).collect();
        refs.sort();
        refs.dedup_by(|a, b| a.0 == b.0);
        refs
    }

    /// The releases that there are, newest first; drafts for those who may push.
    #[must_use]
    pub fn releases_at(&self, now: Moment, drafts: bool) -> Vec<&Release> {
        let mut releases: Vec<&Release> = self.releases.iter().filter(|release| release.at <= now && (drafts || !release.draft)).collect();
        releases.sort_by_key(|release| std::cmp::Reverse((release.at, release.id)));
        releases
    }
}

impl World {
    /// Makes a tag, and starts what its push starts.
    pub(crate) fn make_tag(&mut self, repository: usize, name: &str, commit: usize, by: &Name) {
        let now = self.now;
        let Some(found) = self.repository(repository) else { return };
        let name: Name = name.into();
        found.tags.push(Tag { name: Arc::clone(&name), commit, at: now });
        found.pushed = now;
        let meets = |workflow: &Workflow| workflow.push.as_ref().is_some_and(|push| push.meets_tag(&name));
        let started: Vec<Workflow> = found.workflows(commit).into_iter().filter(meets).collect();
        self.start_runs(repository, started, &Start::of_tag(commit, &name, Event::Push, by));
    }

    /// Makes a branch, and starts what its push starts.
    pub(crate) fn make_branch(&mut self, repository: usize, name: &str, commit: usize, by: &Name) {
        let now = self.now;
        let Some(found) = self.repository(repository) else { return };
        let name: Name = name.into();
        found.made.push((Arc::clone(&name), commit));
        found.pushed = now;
        let files = found.changed(commit);
        let meets = |workflow: &Workflow| workflow.push.as_ref().is_some_and(|push| push.meets(&name, &files));
        let started: Vec<Workflow> = found.workflows(commit).into_iter().filter(meets).collect();
        self.start_runs(repository, started, &Start::of_push(commit, &name, by));
    }

    /// Publishes a release at a commit, or keeps a draft of it; its place.
    ///
    /// A published one makes its tag, where that is missing, and starts the
    /// workflows that wait for releases. A draft does neither.
    pub(crate) fn release(&mut self, repository: usize, release: Release, commit: usize) -> Option<usize> {
        let (tag, author) = (Arc::clone(&release.tag), Arc::clone(&release.author));
        let (draft, prerelease, now) = (release.draft, release.prerelease, self.now);
        let found = self.repository(repository)?;
        let place = found.releases.len();
        found.releases.push(release);
        if draft {
            return Some(place);
        }
        if found.tag(&tag, now).is_none() {
            self.make_tag(repository, &tag, commit, &author);
        }
        let found = self.repository(repository)?;
        // The workflows of the tag's commit, whatever the release's target says.
        let commit = found.tag(&tag, now).unwrap_or(commit);
        let words: &[&str] = if prerelease { &["created", "published", "prereleased"] } else { &["created", "published", "released"] };
        let meets = |workflow: &Workflow| {
            let types = workflow.release.as_deref();
            types.is_some_and(|types| types.is_empty() || types.iter().any(|word| words.contains(&word.as_str())))
        };
        let started: Vec<Workflow> = found.workflows(commit).into_iter().filter(meets).collect();
        self.start_runs(repository, started, &Start::of_tag(commit, &tag, Event::Release, &author));
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_refs_are_gits() {
        for (name, expected) in [
            ("v1.2.3", true),
            ("deploy/2026-11-21", true),
            ("", false),
            ("a b", false),
            ("a..b", false),
            (".a", false),
            ("a.lock", false),
            ("a/", false),
            ("@", false),
            ("a~1", false),
        ] {
            assert_eq!(is_ref_name(name), expected, "{name}");
        }
    }
}
