//! Database migrations: what is dangerous in those that ship, and whether somebody has run those that do not run by
//! themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sheet::{Check, Subject, Verdict};
use super::shipping::Shipping;
use crate::model::clock::{Age, Timestamp};
use crate::model::commit::ChangedFile;
use crate::model::forge::RepositoryFacts;
use crate::model::run::{Conclusion, Progress, Run};
use crate::model::scan::{self, Danger};

/// The workflow that a person starts to run an app's migrations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MigrationWorkflow {
    /// Its file's name: `tasks.yml`.
    pub file: Arc<str>,
    /// What is entered for its inputs, by their names.
    pub inputs: BTreeMap<Arc<str>, Arc<str>>,
}

impl MigrationWorkflow {
    /// Whether this is its file: `.github/workflows/tasks.yml`.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        path.rsplit('/').next() == Some(&*self.file)
    }
}

/// How the check for migrations comes out where these files ship, which may not be all.
pub(super) fn check(
    waiting: Option<&Run>,
    github: &RepositoryFacts,
    shipping: &Shipping,
    (files, complete): (&[ChangedFile], bool),
    now: Timestamp,
) -> Check {
    let found = scan::migrations(files, &shipping.migrations);
    let (verdict, sentence) = shipped(&found, complete);
    let by_hand =
        if shipping.migrations_run || (found.is_empty() && complete) { None } else { Some(by_hand(waiting, github, shipping, now)) };
    // Which of them a run has run is not told: what is dangerous or unknown stays so.
    let (verdict, sentence) = match by_hand {
        Some((theirs, told)) => (verdict.max(theirs), format!("{sentence}; {told}")),
        None => (verdict, sentence),
    };
    Check { subject: Subject::Migrations, verdict, sentence }
}

/// What ships, as if it ran by itself.
fn shipped(found: &[scan::Migration], complete: bool) -> (Verdict, String) {
    let dangers: Vec<String> = found.iter().flat_map(|migration| migration.dangers.iter().map(Danger::sentence)).collect();
    let not_told = found.iter().any(|migration| migration.dangers.contains(&Danger::NotTold));
    match (found.len(), dangers.first(), complete) {
        (_, Some(first), _) => {
            let more = if dangers.len() > 1 { format!(" and {} more", dangers.len() - 1) } else { String::new() };
            (if not_told { Verdict::Unknown } else { Verdict::Warn }, format!("migration {first}{more}"))
        }
        (_, None, false) => (Verdict::Unknown, "not all files are known: there may be migrations".to_owned()),
        (0, None, true) => (Verdict::Pass, "no migrations".to_owned()),
        (1, None, true) => (Verdict::Pass, "1 migration, nothing dangerous in it".to_owned()),
        (count, None, true) => (Verdict::Pass, format!("{count} migrations, nothing dangerous in them")),
    }
}

/// Whether somebody has run them since the promotion's run was created, as far as the workflow's newest run tells.
fn by_hand(waiting: Option<&Run>, github: &RepositoryFacts, shipping: &Shipping, now: Timestamp) -> (Verdict, String) {
    let Some(workflow) = &shipping.migration_workflow else {
        return (Verdict::Warn, "they do not run by themselves".to_owned());
    };
    let Some(run) = newest(waiting, github, workflow) else {
        return (Verdict::Warn, format!("run them first: M starts {}", workflow.file));
    };
    let name = format!("{} #{}", workflow.file, run.number);
    let Progress::Completed(conclusion) = run.progress else {
        return (Verdict::Warn, format!("{name} is {}", run.progress.word()));
    };
    let ago = run.updated_at.or(run.created_at).map_or_else(String::new, |at| format!(" {} ago", Age::of(at, now)));
    match conclusion {
        Conclusion::Success => (Verdict::Pass, format!("{name} succeeded{ago}, with what inputs is not told")),
        other => (Verdict::Fail, format!("{name} ended as {}{ago}", other.word())),
    }
}

/// The newest run of the workflow that a person started after the promotion's run was created: on its branch, or on the
/// one that is deployed.
fn newest<'f>(waiting: Option<&Run>, github: &'f RepositoryFacts, workflow: &MigrationWorkflow) -> Option<&'f Run> {
    let waiting = waiting?;
    let since = waiting.created_at?;
    let deployed = github.overview.value().map(|overview| &overview.branch);
    let branches = [waiting.branch.as_ref(), deployed];
    let runs = github.runs.value().into_iter().flatten();
    let counts = |run: &&Run| {
        let is_here = run.branch.is_some() && branches.contains(&run.branch.as_ref());
        &*run.event == "workflow_dispatch" && workflow.has_file(&run.workflow) && is_here && run.created_at.is_some_and(|at| at > since)
    };
    runs.filter(counts).max_by_key(|run| (run.created_at, run.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::forge::{News, Topic};
    use crate::model::github_facts::{NOW, added, forge, repository, run, tell};
    use crate::model::id::RunId;

    const SAFE: &str = "def upgrade():\n    op.create_table(\"price\")\n";

    fn at(second: i64) -> Option<Timestamp> {
        Timestamp::from_second(second).ok()
    }

    fn waiting() -> Run {
        Run { created_at: at(NOW - 3_600), branch: Some("main".into()), ..run(9, 'b', Progress::Waiting) }
    }

    /// A run of the workflow, created so many seconds after the one that waits.
    fn task(number: u64, seconds: i64, progress: Progress) -> Run {
        let created_at = at(NOW - 3_600 + seconds);
        Run {
            id: RunId(number),
            number,
            workflow: ".github/workflows/tasks.yml".into(),
            event: "workflow_dispatch".into(),
            progress,
            created_at,
            updated_at: at(NOW - 300),
            ..waiting()
        }
    }

    fn shipping(is_named: bool) -> Shipping {
        let workflow = MigrationWorkflow { file: "tasks.yml".into(), inputs: BTreeMap::new() };
        Shipping { migrations_run: false, migration_workflow: is_named.then_some(workflow), ..Shipping::default() }
    }

    fn of(shipping: &Shipping, tasks: Vec<Run>, files: &[ChangedFile], complete: bool) -> (Verdict, String) {
        let mut forge = forge('b');
        tell(&mut forge, Topic::Runs, News::Runs(tasks.into_iter().chain([waiting()]).collect()));
        let told = check(Some(&waiting()), forge.get(&repository()).unwrap(), shipping, (files, complete), at(NOW).unwrap());
        (told.verdict, told.sentence)
    }

    fn migration() -> Vec<ChangedFile> {
        vec![added("shop/migrations/versions/12_price.py", SAFE)]
    }

    #[test]
    fn what_somebody_has_to_run_is_said_until_a_run_of_its_workflow_succeeds() {
        let told = |tasks| of(&shipping(true), tasks, &migration(), true);
        let success = Progress::Completed(Conclusion::Success);
        let sentence = |rest: &str| format!("1 migration, nothing dangerous in it; {rest}");
        let first = (Verdict::Warn, sentence("run them first: M starts tasks.yml"));
        assert_eq!(told(vec![]), first);
        // Before the run there was nothing to run; a push and another branch say nothing of it.
        assert_eq!(told(vec![task(11, -1, success)]), first);
        assert_eq!(told(vec![Run { event: "push".into(), ..task(11, 60, success) }]), first);
        assert_eq!(told(vec![Run { branch: Some("try".into()), ..task(11, 60, success) }]), first);
        assert_eq!(told(vec![Run { branch: None, ..task(11, 60, success) }]), first);
        assert_eq!(told(vec![Run { workflow: ".github/workflows/other.yml".into(), ..task(11, 60, success) }]), first);
        assert_eq!(told(vec![task(12, 60, Progress::InProgress)]), (Verdict::Warn, sentence("tasks.yml #12 is in progress")));
        let done = (Verdict::Pass, sentence("tasks.yml #12 succeeded 5m ago, with what inputs is not told"));
        assert_eq!(told(vec![task(12, 60, success)]), done);
        // The newest counts, whatever the order.
        let failed = task(13, 90, Progress::Completed(Conclusion::Failure));
        assert_eq!(told(vec![task(12, 60, success), failed]), (Verdict::Fail, sentence("tasks.yml #13 ended as failure 5m ago")));
    }

    #[test]
    fn without_a_workflow_nothing_can_tell_that_they_ran() {
        let sentence = "1 migration, nothing dangerous in it; they do not run by themselves";
        let success = task(12, 60, Progress::Completed(Conclusion::Success));
        assert_eq!(of(&shipping(false), vec![success], &migration(), true), (Verdict::Warn, sentence.to_owned()));
        let automatic = of(&Shipping::default(), vec![], &migration(), true);
        assert_eq!(automatic, (Verdict::Pass, "1 migration, nothing dangerous in it".to_owned()));
        assert_eq!(of(&shipping(true), vec![], &[], true), (Verdict::Pass, "no migrations".to_owned()));
    }

    /// A run does not tell what it ran.
    #[test]
    fn what_is_dangerous_or_not_known_stays_so_after_a_run() {
        let success = || vec![task(12, 60, Progress::Completed(Conclusion::Success))];
        let drops = [added("shop/migrations/versions/12_price.py", "def upgrade():\n    op.drop_table(\"item\")\n")];
        let (verdict, sentence) = of(&shipping(true), success(), &drops, true);
        assert!(
            verdict == Verdict::Warn && sentence.ends_with("; tasks.yml #12 succeeded 5m ago, with what inputs is not told"),
            "{sentence}"
        );
        assert_eq!(of(&shipping(true), success(), &[], false).0, Verdict::Unknown);
    }
}
