//! How runs begin: by a push, a tag, a release, a dispatch, or once more.
//!
//! Owns which workflows are started and with which jobs. How those go on is
//! [`super::motion`]'s, which run goes on beside which [`super::group`]'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expression::{Value, Values};
use super::group::Group;
use super::repository::Repository;
use super::run::{Conclusion, Event, Job, Run};
use super::workflow::{Plan, Workflow};
use crate::environment::Name;
use crate::moment::{DAY, Millis};
use crate::world::World;

/// After so long a run cannot be started again.
const RETRY: Millis = 30 * DAY;

/// What a run is started for.
#[derive(Clone, Debug)]
pub struct Start {
    /// The workflow.
    pub workflow: Workflow,
    /// The place of the commit.
    pub head: usize,
    /// The branch, or the tag.
    pub branch: Name,
    /// It is a tag.
    pub tag: bool,
    /// What started it.
    pub event: Event,
    /// Who did.
    pub actor: Name,
    /// The inputs.
    pub inputs: BTreeMap<String, String>,
}

impl Start {
    /// What a push to a branch starts; the workflow is still to be said.
    #[must_use]
    pub fn of_push(head: usize, branch: &Name, by: &Name) -> Self {
        let (branch, actor) = (Arc::clone(branch), Arc::clone(by));
        Self { workflow: Workflow::default(), head, branch, tag: false, event: Event::Push, actor, inputs: BTreeMap::new() }
    }

    /// What a tag starts; the workflow is still to be said.
    #[must_use]
    pub fn of_tag(head: usize, tag: &Name, event: Event, by: &Name) -> Self {
        Self { tag: true, event, ..Self::of_push(head, tag, by) }
    }
}

/// Which jobs of a run are started anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// All of them.
    All,
    /// Those that did not succeed.
    Failed,
}

impl World {
    /// Moves the default branch to a commit, and starts what that starts.
    pub(crate) fn push(&mut self, repository: usize, place: usize, by: &Name) {
        let now = self.now;
        let Some(found) = self.repository(repository) else { return };
        let before = std::mem::replace(&mut found.head, place);
        found.pushed = now;
        let branch = Arc::clone(&found.branch);
        // What counts is the difference to where the branch was, also where it was set back.
        let files = found.between(before, place);
        let meets = |workflow: &Workflow| workflow.push.as_ref().is_some_and(|push| push.meets(&branch, &files));
        let started: Vec<Workflow> = found.workflows(place).into_iter().filter(meets).collect();
        self.start_runs(repository, started, &Start::of_push(place, &branch, by));
    }

    /// Starts a run of each workflow.
    pub(crate) fn start_runs(&mut self, repository: usize, workflows: Vec<Workflow>, start: &Start) {
        for workflow in workflows {
            self.start_run(repository, &Start { workflow, ..start.clone() });
        }
    }

    /// The jobs that a workflow comes to, with those of the workflows it calls; and
    /// its group.
    ///
    /// # Errors
    ///
    /// What it calls that cannot be called.
    pub(crate) fn plans(&self, repository: usize, start: &Start) -> Result<(Vec<Plan>, Option<Group>), String> {
        let Some(found) = self.github.repositories.get(repository) else { return Ok((Vec::new(), None)) };
        let values = values(found, start);
        let called = |uses: &str| self.called(repository, start.head, uses);
        let plans = start.workflow.plan(&values, &called)?;
        let group = start.workflow.concurrency.as_ref().map(|concurrency| concurrency.group(&values));
        Ok((plans, group))
    }

    /// The file that `uses` names: of this commit, or of another repository's head.
    fn called(&self, repository: usize, head: usize, uses: &str) -> Option<Workflow> {
        if let Some(path) = uses.strip_prefix("./") {
            return self.github.repositories.get(repository)?.workflow(head, path);
        }
        let (file, _) = uses.split_once('@')?;
        let mut parts = file.splitn(3, '/');
        let (owner, name, path) = (parts.next()?, parts.next()?, parts.next()?);
        let other = self.github.repositories.get(self.github.find(owner, name)?)?;
        other.workflow(other.head, path)
    }

    /// Starts a run; its place.
    pub(crate) fn start_run(&mut self, repository: usize, start: &Start) -> Option<usize> {
        let now = self.now;
        // What calls something that is not there has no jobs, and so is over at once.
        let (plans, group) = self.plans(repository, start).unwrap_or_default();
        let id = self.github.number();
        let jobs = plans.into_iter().map(|plan| Job::new(self.github.number(), Arc::new(plan), now, 1)).collect();
        let found = self.repository(repository)?;
        let number = next_number(found, &start.workflow.path);
        let place = found.runs.len();
        found.runs.push(Run::new(id, number, start, group, now, jobs));
        self.join_group(repository, place);
        self.go_on(repository, place);
        Some(place)
    }

    /// Deletes the runs of a commit. One that still goes on cannot be deleted.
    pub(crate) fn delete_runs(&mut self, repository: usize, head: usize) {
        let Some(found) = self.repository(repository) else { return };
        for run in found.runs.iter_mut().filter(|run| run.head == head && run.done()) {
            run.deleted = true;
        }
    }

    /// Starts a run once more: for the same commit, but in its group it comes last,
    /// and so takes the place of a newer run.
    ///
    /// # Errors
    ///
    /// GitHub's sentence where that cannot be.
    pub(crate) fn rerun(&mut self, repository: usize, place: usize, which: Again, by: &Name) -> Result<(), String> {
        let now = self.now;
        let Some(run) = self.run(repository, place) else { return Ok(()) };
        if !run.done() {
            return Err(String::from("This workflow run is already running"));
        }
        if run.created.plus(RETRY) < now {
            return Err(String::from("Unable to retry this workflow run because it was created over a month ago"));
        }
        if which == Again::Failed && run.conclusion() == Some(Conclusion::Success) {
            return Err(String::from("This workflow run cannot be retried"));
        }
        run.attempt += 1;
        run.cancelled = false;
        run.held = false;
        run.started = now;
        run.updated = now;
        run.triggering = Arc::clone(by);
        let attempt = run.attempt;
        let again = |job: &Job| which == Again::All || job.conclusion != Some(Conclusion::Success);
        let places: Vec<usize> = run.jobs.iter().enumerate().filter(|(_, job)| again(job)).map(|(job, _)| job).collect();
        for job in places {
            let id = self.github.number();
            let Some(run) = self.run(repository, place) else { return Ok(()) };
            if let Some(old) = run.jobs.get_mut(job) {
                let new = Job::new(id, Arc::clone(&old.plan), now, attempt);
                run.earlier.push(std::mem::replace(old, new));
            }
        }
        self.join_group(repository, place);
        self.go_on(repository, place);
        Ok(())
    }
}

/// What the expressions of a run's workflow can name.
fn values(repository: &Repository, start: &Start) -> Values {
    let sha = repository.history.at(start.head).map_or("", |commit| &*commit.id);
    let mut values: Values = [
        ("github.ref", format!("refs/{}/{}", if start.tag { "tags" } else { "heads" }, start.branch)),
        ("github.ref_type", String::from(if start.tag { "tag" } else { "branch" })),
        ("github.ref_name", start.branch.to_string()),
        ("github.sha", sha.to_owned()),
        ("github.workflow", start.workflow.name.clone()),
        ("github.event_name", start.event.word().to_owned()),
        ("github.actor", start.actor.to_string()),
        ("github.repository", repository.full_name()),
        ("github.repository_owner", repository.owner.to_string()),
    ]
    .map(|(name, text)| (name.to_owned(), Value::Text(text)))
    .into();
    for input in start.workflow.dispatch.iter().flatten() {
        values.extend(start.inputs.get(&input.name).map(|text| (format!("inputs.{}", input.name), input.typed(text))));
    }
    values
}

/// The number of a workflow's next run: each had some before all this.
pub(crate) fn next_number(repository: &Repository, path: &str) -> u64 {
    let last = repository.runs.iter().filter(|run| *run.path == *path).map(|run| run.number).max();
    last.unwrap_or_else(|| repository.workflow_id(path) % 800) + 1
}
