//! What needs no cloud and no host: programs of this machine, pauses, and what GitHub says of runs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::clock::Stamps;
use super::output::Outputs;
use super::port::{Forge, Platform};
use super::program;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Repository;
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Progress, Receipt};
use crate::model::run::Run;
use crate::model::write::{Look, Sight};

/// Carries out what is done on this machine.
pub struct Here {
    stamps: Stamps,
    forge: Option<Arc<dyn Forge>>,
    outputs: Outputs,
}

impl Here {
    /// By this clock, with this way to GitHub, where there is one.
    #[must_use]
    pub fn new(stamps: Stamps, forge: Option<Arc<dyn Forge>>, outputs: Outputs) -> Self {
        Self { stamps, forge, outputs }
    }

    async fn look(&self, action: Action, mark: Mark, baseline: Baseline) -> Result<Observed, Fault> {
        match action {
            Action::Local(local) => Ok(Observed::Ended(program::run(&local, &mark, &self.outputs).await)),
            Action::Pause(length) => Ok(paused(length, baseline.at, self.stamps.now())),
            Action::Quiet { repository, workflows } => self.quiet(repository, &workflows).await,
            _ => Err(elsewhere()),
        }
    }

    async fn quiet(&self, repository: Repository, workflows: &[Arc<str>]) -> Result<Observed, Fault> {
        let Some(forge) = &self.forge else {
            let sentence = format!("it is not known whether anything deploys from {repository}: set up the way to GitHub");
            return Err(Fault::new(FaultKind::Missing, sentence));
        };
        let Sight::Runs(runs, _) = forge.look(repository.clone(), Look::Runs(None)).await? else {
            return Err(Fault::new(FaultKind::Malformed, format!("GitHub told something else than the runs of {repository}")));
        };
        let live = runs.iter().find(|run| run.progress.is_live() && workflows.iter().any(|workflow| is_of(run, workflow)));
        Ok(match live {
            None => Observed::Ended(Outcome::Done(format!("no run of {} goes on in {repository}", workflows.join(", ")).into())),
            // Whoever waits says for how long.
            Some(run) => {
                let word = run.progress.word();
                let note = format!("run #{} of {} in {repository} is {word}: wait until it is over, or cancel it", run.number, run.name);
                Observed::Underway(Progress { parts: None, note: Some(note.into()) })
            }
        })
    }
}

/// A workflow is named by its file, with its folder or without.
fn is_of(run: &Run, workflow: &str) -> bool {
    let name = |path: &str| path.rsplit('/').next().map(str::to_owned);
    *run.workflow == *workflow || (!workflow.contains('/') && name(&run.workflow).as_deref() == Some(workflow))
}

fn paused(length: Duration, since: Option<Timestamp>, now: Timestamp) -> Observed {
    let Some(since) = since else { return Observed::Unclear("it is not known when the pause began".into()) };
    // A clock that was set back makes a pause longer, never shorter.
    let passed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    if passed >= length {
        return Observed::Ended(Outcome::Done(format!("{} s have passed", length.as_secs()).into()));
    }
    let whole = |length: Duration| u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
    Observed::Underway(Progress { parts: Some((whole(passed), whole(length))), note: None })
}

fn elsewhere() -> Fault {
    Fault::new(FaultKind::Unsupported, "this is not done on this machine: a cloud or a host does it")
}

impl Platform for Here {
    fn before(&self, _place: Place, _action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        let baseline = Baseline { at: Some(self.stamps.now()), ..Baseline::default() };
        Box::pin(std::future::ready(Ok(baseline)))
    }

    fn begin(&self, _place: Place, _action: Action, _mark: Mark) -> BoxFuture<'_, Begun> {
        let fault = Fault::new(FaultKind::Unsupported, "nothing is sent for this: there is only an end to wait for");
        Box::pin(std::future::ready(Begun::Refused(fault)))
    }

    fn observe(
        &self,
        _place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        _receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        Box::pin(self.look(action, mark, baseline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_pause_ends_once_its_time_has_passed() {
        let five = Duration::from_secs(5);
        let underway = Observed::Underway(Progress { parts: Some((3, 5)), note: None });
        assert_eq!(paused(five, Some(at(100)), at(103)), underway);
        assert_eq!(paused(five, Some(at(100)), at(105)), Observed::Ended(Outcome::Done("5 s have passed".into())));
        let back = Observed::Underway(Progress { parts: Some((0, 5)), note: None });
        assert_eq!(paused(five, Some(at(100)), at(90)), back, "a clock that was set back");
        assert!(matches!(paused(five, None, at(1)), Observed::Unclear(_)));
    }
}
