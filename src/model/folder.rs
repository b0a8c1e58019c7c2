//! Folders of a repository that has several apps: what of a change concerns the app that lives in one.
//!
//! A commit of which it is not known what it touches counts, and that is said.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clock::Timestamp;
use super::commit::Comparison;
use super::forge::{Between, RepositoryFacts};
use super::id::Sha;

/// Whether a path is in this folder, however deep.
#[must_use]
pub fn holds(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A question: which of the commits between two touch a folder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Within {
    /// The commits.
    pub between: Between,
    /// The folder.
    pub folder: Arc<str>,
    /// When the oldest of them was committed: what is older need not be looked at.
    pub since: Option<Timestamp>,
}

impl Within {
    /// The question about what a comparison lists; none where it lists nothing.
    #[must_use]
    pub fn of(between: &Between, comparison: &Comparison, folder: &Arc<str>) -> Option<Self> {
        let dates: Option<Vec<Timestamp>> = comparison.commits.iter().map(|commit| commit.committed_at).collect();
        let since = dates.and_then(|dates| dates.into_iter().min());
        (!comparison.commits.is_empty()).then(|| Self { between: between.clone(), folder: Arc::clone(folder), since })
    }
}

/// The commits that touch a folder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Touched {
    /// Those that are known to; others of the branch may be among them.
    pub commits: BTreeSet<Sha>,
    /// Whether no other commit does.
    pub is_complete: bool,
}

/// As much of a comparison as concerns an app.
pub struct Part<'f> {
    /// All of it.
    pub comparison: &'f Comparison,
    /// What touches each of the app's folders, where that could be read; empty where the app has the whole repository.
    touched: Vec<Option<&'f Touched>>,
}

impl<'f> Part<'f> {
    /// What concerns an app with these folders; none where that is not read yet.
    #[must_use]
    pub fn of(facts: &'f RepositoryFacts, between: &Between, folders: &[Arc<str>]) -> Option<Self> {
        let comparison = facts.comparisons.get(between)?.value()?;
        let mut touched = Vec::new();
        for within in folders.iter().filter_map(|folder| Within::of(between, comparison, folder)) {
            let read = facts.touched.get(&within)?;
            if read.value().is_none() && read.fault().is_none() {
                return None;
            }
            touched.push(read.value());
        }
        Some(Self { comparison, touched })
    }

    /// Whether a commit concerns the app, or may.
    #[must_use]
    pub fn concerns(&self, commit: &Sha) -> bool {
        let may = |touched: Option<&Touched>| touched.is_none_or(|touched| !touched.is_complete || touched.commits.contains(commit));
        self.touched.is_empty() || self.touched.iter().copied().any(may)
    }

    /// Whether some that are counted may not concern the app at all.
    #[must_use]
    pub fn is_vague(&self) -> bool {
        self.touched.iter().any(|touched| touched.is_none_or(|touched| !touched.is_complete))
    }

    /// How many commits the head has that the base lacks; those that are not listed count.
    #[must_use]
    pub fn ahead(&self) -> u64 {
        let others = self.comparison.commits.iter().filter(|commit| !self.concerns(&commit.sha)).count();
        self.comparison.ahead.saturating_sub(u64::try_from(others).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::{Fault, FaultKind};
    use crate::model::forge::{News, Report, Topic};
    use crate::model::github_facts::{ahead, between, forge, repository, sha, stamp, tell, tell_comparison};

    #[test]
    fn a_folder_holds_what_is_below_it() {
        for (path, held) in [("back/a.py", true), ("back/x/y", true), ("back", false), ("backend/a.py", false), ("x/back/a.py", false)] {
            assert_eq!(holds("back", path), held, "{path}");
        }
    }

    #[test]
    fn what_is_not_known_counts_and_is_said() {
        let mut forge = forge('3');
        let (between, folders) = (between('a', '3'), [Arc::from("back")]);
        tell_comparison(&mut forge, 'a', '3', Comparison { ahead: 5, ..ahead("123", Vec::new()) });
        let comparison = forge.get(&repository()).unwrap().comparisons[&between].value().unwrap().clone();
        let topic = Topic::Touched(Within::of(&between, &comparison, &folders[0]).unwrap());
        let seen = |forge: &crate::model::forge::Forge, folders: &[Arc<str>]| {
            let part = Part::of(forge.get(&repository()).unwrap(), &between, folders)?;
            Some((part.ahead(), part.is_vague(), part.concerns(&sha('1'))))
        };
        assert_eq!(seen(&forge, &[]), Some((5, false, true)));
        assert_eq!(seen(&forge, &folders), None);
        let fault = Fault::new(FaultKind::Failed, "no");
        forge.observe(Report { repository: repository(), topic: topic.clone(), stamp: stamp(), news: Err(fault) });
        assert_eq!(seen(&forge, &folders), Some((5, true, true)));
        let touched = |is_complete| News::Touched(Touched { commits: BTreeSet::from([sha('2'), sha('9')]), is_complete });
        tell(&mut forge, topic.clone(), touched(false));
        assert_eq!(seen(&forge, &folders), Some((5, true, true)));
        // One of the three that are listed, and the two that are not.
        tell(&mut forge, topic, touched(true));
        assert_eq!(seen(&forge, &folders), Some((3, false, false)));
    }
}
