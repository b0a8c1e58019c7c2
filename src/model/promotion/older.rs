//! Going back: what of what runs a commit does not hold, and which migrations that crosses.
//!
//! A comparison tells only how many commits would be undone. Which they are is told by the
//! comparison the other way round, which is asked for where there are any.

use super::sheet::Verdict;
use crate::model::commit::{Comparison, Relation};
use crate::model::forge::{Between, RepositoryFacts};
use crate::model::remote::Remote;
use crate::model::scan::{self, MigrationPaths};

/// So many of the commits that would be undone are named.
const NAMED: usize = 3;

/// What becomes of a version that is older than what runs, the strictest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum OlderVersions {
    /// It is refused: the way back is a roll forward.
    #[default]
    Never,
    /// It needs a written reason, as every check that stands in the way.
    WithReason,
}

impl OlderVersions {
    /// Why a version that goes back is refused, whatever reason is given; none where a reason is enough.
    #[must_use]
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Never => Some("it would undo what runs: roll forward instead, U reverts (older_versions)"),
            Self::WithReason => None,
        }
    }
}

/// The comparison that tells which commits would be undone.
#[must_use]
pub fn backwards(between: &Between) -> Between {
    Between { base: between.head.clone(), head: between.base.clone() }
}

/// Whether what would run is known to lack commits that run.
#[must_use]
pub fn undoes(facts: &RepositoryFacts, between: &Between) -> bool {
    compared(facts, between).is_some_and(|comparison| matches!(comparison.relation, Relation::Behind | Relation::Diverged))
}

fn compared<'f>(facts: &'f RepositoryFacts, between: &Between) -> Option<&'f Comparison> {
    facts.comparisons.get(between)?.value()
}

/// What would be undone in these places, where anything is known to be: the commits, then the migrations that this
/// crosses. Parts of it are not yet safe to show.
#[must_use]
pub fn undone(facts: &RepositoryFacts, between: &Between, places: &str, paths: &MigrationPaths) -> Vec<(Verdict, String)> {
    let Some(comparison) = compared(facts, between).filter(|_| undoes(facts, between)) else { return Vec::new() };
    let how = if comparison.relation == Relation::Behind { "is older than" } else { "has diverged from" };
    let count = comparison.behind;
    let commits = if count == 1 { "1 commit".to_owned() } else { format!("{count} commits") };
    let (new, old) = (between.head.short(), between.base.short());
    let sentence = format!("{new} {how} {old}, which runs in {places}: it would undo {commits}");
    let read = facts.comparisons.get(&backwards(between));
    match (read.and_then(Remote::value), read.and_then(Remote::fault)) {
        (Some(undone), _) => vec![(Verdict::Fail, format!("{sentence}: {}", named(facts, undone, count))), crossed(undone, paths)],
        (None, Some(fault)) => vec![
            (Verdict::Fail, sentence),
            (Verdict::Unknown, format!("which commits would be undone, and whether migrations are among them, is not known: {fault}")),
        ],
        (None, None) => vec![
            (Verdict::Fail, sentence),
            (Verdict::Unknown, "which commits would be undone, and whether migrations are among them, is not read yet".to_owned()),
        ],
    }
}

/// The newest of them by their pull requests, or by their titles.
fn named(facts: &RepositoryFacts, undone: &Comparison, count: u64) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut commits: u64 = 0;
    for commit in undone.commits.iter().rev() {
        let pull = facts.commits.get(&commit.sha).and_then(|detail| detail.pull.as_ref());
        let name =
            pull.map_or_else(|| format!("{} {}", commit.sha.short(), commit.title), |pull| format!("#{} {}", pull.number, pull.title));
        if !names.contains(&name) {
            if names.len() == NAMED {
                break;
            }
            names.push(name);
        }
        commits += 1;
    }
    let more = count.saturating_sub(commits);
    let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{rest}", names.join(", "))
}

/// The migrations that have run and whose code would be gone.
fn crossed(undone: &Comparison, paths: &MigrationPaths) -> (Verdict, String) {
    let found = scan::migrations(&undone.files, paths);
    let names: Vec<&str> = found.iter().take(NAMED).map(|migration| &*migration.path).collect();
    let more = found.len().saturating_sub(names.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    match (names.is_empty(), undone.files_complete) {
        (true, true) => (Verdict::Pass, "no migrations are among what would be undone".to_owned()),
        (true, false) => (Verdict::Unknown, "not all files are known: there may be migrations among what would be undone".to_owned()),
        (false, true) => (Verdict::Fail, format!("going back crosses migrations: {}{rest}", names.join(", "))),
        (false, false) => (Verdict::Fail, format!("going back crosses migrations, of which there may be more: {}{rest}", names.join(", "))),
    }
}
