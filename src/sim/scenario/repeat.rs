//! Entries that stand for several: `times` of a commit, `alike` of a repository,
//! `apps` of an environment.
//!
//! Owns what differs between them: a number or a name, where the file says `{n}`,
//! `{repository}` or `{app}`.

use toml::Spanned;

use super::populate::Builder;
use super::repositories::{CommitEntry, RepositoryEntry};
use super::{EnvironmentEntry, Mistake};
use crate::moment::{MINUTE, Millis};

/// More times than this no entry is meant.
const MOST: u64 = 5_000;

impl Builder<'_> {
    /// Each repository that an entry stands for, with each of its commits.
    pub(crate) fn repositories_of(&self, spanned: &Spanned<RepositoryEntry>) -> Result<Vec<RepositoryEntry>, Mistake> {
        let entry = spanned.get_ref();
        let mut commits = Vec::new();
        for commit in &entry.commit {
            commits.extend(self.commits_of(commit)?);
        }
        let whole = RepositoryEntry { commit: commits, ..entry.clone() };
        let names = std::iter::once(entry.name.get_ref()).chain(&entry.alike);
        Ok(names.map(|name| named(&whole, name)).collect())
    }

    fn commits_of(&self, spanned: &Spanned<CommitEntry>) -> Result<Vec<Spanned<CommitEntry>>, Mistake> {
        let (entry, span) = (spanned.get_ref(), spanned.span());
        let Some(times) = entry.times else { return Ok(vec![spanned.clone()]) };
        if !(1..=MOST).contains(&times) {
            return Err(self.source.mistake(span.start, format!("`times` is a number from 1 to {MOST}")));
        }
        let every = self.length(entry.every.as_ref(), MINUTE)?;
        if every < 1 {
            return Err(self.source.mistake(span.start, "`every` is longer than nothing"));
        }
        let mut commits = Vec::new();
        for number in 1..=times {
            let after = every.saturating_mul(Millis::try_from(number - 1).unwrap_or(Millis::MAX));
            commits.push(Spanned::new(span.clone(), self.numbered(entry, number, after)?));
        }
        Ok(commits)
    }

    /// The commit of that number, so long after the first.
    fn numbered(&self, entry: &CommitEntry, number: u64, after: Millis) -> Result<CommitEntry, Mistake> {
        let fill = |text: &String| text.replace("{n}", &number.to_string());
        let later = |text: &Spanned<String>| {
            let at = self.length(Some(text), 0)?.saturating_add(after);
            Ok(Spanned::new(text.span(), format!("{at}ms")))
        };
        Ok(CommitEntry {
            name: entry.name.as_ref().map(fill),
            number: entry.number.map(|first| first + number - 1),
            title: fill(&entry.title),
            body: entry.body.as_ref().map(fill),
            branch: entry.branch.as_ref().map(fill),
            at: later(&entry.at)?,
            merged: entry.merged.as_ref().map(later).transpose()?,
            files: entry.files.iter().map(|(path, text)| (fill(path), fill(text))).collect(),
            times: None,
            ..entry.clone()
        })
    }
}

/// The repository with that name in place of its own.
fn named(entry: &RepositoryEntry, name: &str) -> RepositoryEntry {
    let short = name.rsplit('/').next().unwrap_or(name);
    let fill = |text: &String| text.replace("{repository}", short);
    let mut entry = RepositoryEntry { name: Spanned::new(entry.name.span(), name.to_owned()), ..entry.clone() };
    entry.files = entry.files.iter().map(|(path, text)| (fill(path), fill(text))).collect();
    for workflow in &mut entry.workflow {
        let workflow = workflow.as_mut();
        workflow.text = fill(&workflow.text);
    }
    entry
}

/// Each entry that one with several apps stands for.
#[expect(clippy::literal_string_with_formatting_args, reason = "the braces are the scenario's")]
pub(super) fn environments_of(entry: &EnvironmentEntry) -> Vec<EnvironmentEntry> {
    if entry.apps.is_empty() {
        return vec![entry.clone()];
    }
    let of = |app: &String| {
        let fill = |text: &String| text.replace("{app}", app);
        EnvironmentEntry {
            app: app.clone(),
            apps: Vec::new(),
            name: entry.name.as_ref().map(fill),
            names: entry.names.iter().map(fill).collect(),
            version: fill(&entry.version),
            ..entry.clone()
        }
    };
    entry.apps.iter().map(of).collect()
}
