//! How runs go on: pushes and dispatches start them, and their jobs follow one
//! another.
//!
//! Owns GitHub's rules about that. Which run goes on beside which is
//! [`super::group`]'s, what reviewers do [`super::review`]'s, and what a deploy
//! job does to Elastic Beanstalk [`super::deploy`]'s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expression::{Value, Values, fill};
use super::repository::Repository;
use super::run::{Conclusion, Event, Job, Phase, Run};
use super::workflow::{Plan, Workflow};
use crate::chance::mix;
use crate::environment::Name;
use crate::moment::{DAY, MINUTE, Millis, SECOND};
use crate::world::{What, World};

/// After so long a run cannot be started again.
const RETRY: Millis = 30 * DAY;

/// Where a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The repository's place.
    pub repository: usize,
    /// The run's place in it.
    pub run: usize,
    /// The job's place in that.
    pub job: usize,
}

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

/// What a job that is blocked does next.
enum Next {
    Skip,
    Gate,
    Queue,
}

impl World {
    /// The repository at a place.
    pub(crate) fn repository(&mut self, place: usize) -> Option<&mut Repository> {
        self.github.repositories.get_mut(place)
    }

    /// The run at a place.
    pub(crate) fn run(&mut self, repository: usize, run: usize) -> Option<&mut Run> {
        self.repository(repository)?.runs.get_mut(run)
    }

    /// The job at a place.
    pub(crate) fn job(&mut self, at: At) -> Option<&mut Job> {
        self.run(at.repository, at.run)?.jobs.get_mut(at.job)
    }

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
    pub(crate) fn plans(&self, repository: usize, start: &Start) -> Result<(Vec<Plan>, Option<Name>), String> {
        let Some(found) = self.github.repositories.get(repository) else { return Ok((Vec::new(), None)) };
        let values = values(found, start);
        let called = |uses: &str| self.called(repository, start.head, uses);
        let plans = start.workflow.plan(&values, &called)?;
        let group = start.workflow.concurrency.as_ref().map(|concurrency| fill(&concurrency.group, &values).into());
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
        let cancels = start.workflow.concurrency.as_ref().is_some_and(|concurrency| concurrency.cancel);
        self.join_group(repository, place, cancels);
        self.go_on(repository, place);
        Some(place)
    }

    /// Ends a run from outside; whatever it began elsewhere goes on.
    pub(crate) fn cancel_run(&mut self, repository: usize, place: usize) {
        let now = self.now;
        let Some(run) = self.run(repository, place).filter(|run| !run.done()) else { return };
        run.cancelled = true;
        run.updated = now;
        let mut deployments = Vec::new();
        for job in run.jobs.iter_mut().filter(|job| !job.done()) {
            let begun = job.listed();
            job.conclusion = Some(if begun { Conclusion::Cancelled } else { Conclusion::Skipped });
            job.phase = Phase::Done;
            job.completed = Some(now);
            job.write(now, "##[error]The operation was canceled.");
            deployments.extend(job.deployment);
        }
        for deployment in deployments {
            self.deployed(repository, deployment, "error");
        }
        self.leave_group(repository, place);
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
        let (path, head) = (Arc::clone(&run.path), run.head);
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
        let workflow = self.github.repositories.get(repository).and_then(|found| found.workflow(head, &path));
        let cancels = workflow.and_then(|workflow| workflow.concurrency).is_some_and(|concurrency| concurrency.cancel);
        self.join_group(repository, place, cancels);
        self.go_on(repository, place);
        Ok(())
    }

    /// Lets every job on whose time has come.
    pub(crate) fn go_on(&mut self, repository: usize, run: usize) {
        while let Some((job, next)) = self.next_step(repository, run) {
            let at = At { repository, run, job };
            match next {
                Next::Skip => self.finish(at, Conclusion::Skipped),
                Next::Gate => self.gate(at),
                Next::Queue => self.queue(at),
            }
        }
        let now = self.now;
        let Some(found) = self.run(repository, run) else { return };
        found.updated = now;
        if found.done() {
            self.leave_group(repository, run);
        }
    }

    fn next_step(&self, repository: usize, run: usize) -> Option<(usize, Next)> {
        let found = self.github.repositories.get(repository)?;
        let run = found.runs.get(run).filter(|run| !run.held && !run.cancelled)?;
        run.jobs.iter().enumerate().filter(|(_, job)| job.phase == Phase::Blocked).find_map(|(place, job)| {
            let plan = &job.plan;
            if !run.before(job).iter().all(|job| job.done()) {
                return None;
            }
            let gated = plan.environment.as_deref().and_then(|name| found.gate(name));
            let gated = gated.is_some_and(|gate| !gate.reviewers.is_empty() || gate.wait > 0);
            let next = if !plan.when.after(run.standing(job)) {
                Next::Skip
            } else if gated {
                Next::Gate
            } else {
                Next::Queue
            };
            Some((place, next))
        })
    }

    /// A job comes to its environment's gate.
    fn gate(&mut self, at: At) {
        let now = self.now;
        let Some(found) = self.github.repositories.get(at.repository) else { return };
        let named = found.runs.get(at.run).and_then(|run| run.jobs.get(at.job)).and_then(|job| job.plan.environment.clone());
        let Some(gate) = named.and_then(|name| found.gate(&name)).cloned() else { return };
        let timer = (gate.wait > 0).then(|| now.plus(self.scaled(gate.wait * MINUTE)));
        let turn = self.github.number();
        let Some(job) = self.job(at) else { return };
        job.phase = Phase::Gate;
        job.created = now;
        job.turn = turn;
        job.approved = gate.reviewers.is_empty();
        job.timer = timer;
        if let Some(end) = timer {
            self.schedule(end, What::Job(at, turn));
        }
    }

    /// A job may start as soon as there is a runner.
    pub(crate) fn queue(&mut self, at: At) {
        let now = self.now;
        let turn = self.github.number();
        let Some(job) = self.job(at) else { return };
        if job.phase == Phase::Blocked {
            job.created = now;
        }
        job.phase = Phase::Queued;
        job.turn = turn;
        let environment = job.plan.environment.is_some();
        if environment && job.deployment.is_none() {
            self.deployment(at);
        }
        self.later(at, turn, 3 * SECOND);
    }

    /// Makes the next step of a job happen.
    pub(crate) fn later(&mut self, at: At, turn: u64, length: Millis) {
        let when = self.now.plus(self.scaled(length).max(1));
        self.schedule(when, What::Job(at, turn));
    }

    /// The next step of a job, unless it was ended or begun anew since.
    pub(crate) fn step(&mut self, at: At, turn: u64) {
        let now = self.now;
        let Some(job) = self.job(at).filter(|job| job.turn == turn) else { return };
        match job.phase.clone() {
            Phase::Gate => {
                if job.approved && job.timer.is_none_or(|timer| timer <= now) {
                    self.queue(at);
                    self.go_on(at.repository, at.run);
                }
            }
            Phase::Queued => {
                job.phase = Phase::Steps;
                job.started = Some(now);
                job.write(now, "Job is about to start running on the runner.");
                let length = if job.plan.deploy.is_some() { 7 * SECOND } else { usual(job.id) };
                let deployment = job.deployment;
                if let Some(deployment) = deployment {
                    self.deployed(at.repository, deployment, "in_progress");
                }
                self.later(at, turn, length);
                self.go_on(at.repository, at.run);
            }
            Phase::Steps if job.plan.deploy.is_some() => self.act(at),
            Phase::Steps => self.finished(at, Conclusion::Success),
            Phase::Following(slot, label) => self.follow(at, slot, &label),
            Phase::Blocked | Phase::Done => {}
        }
    }

    /// A job ends, and its run goes on.
    pub(crate) fn finished(&mut self, at: At, conclusion: Conclusion) {
        self.finish(at, conclusion);
        self.go_on(at.repository, at.run);
    }

    fn finish(&mut self, at: At, conclusion: Conclusion) {
        let now = self.now;
        let Some(job) = self.job(at) else { return };
        job.phase = Phase::Done;
        job.conclusion = Some(conclusion);
        job.completed = Some(now);
        if job.started.is_none() {
            job.created = now;
        }
        let deployment = job.deployment;
        let state = if conclusion == Conclusion::Success { "success" } else { "failure" };
        if let Some(deployment) = deployment {
            self.deployed(at.repository, deployment, state);
        }
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

/// How long a job without a deploy takes.
fn usual(id: u64) -> Millis {
    15 * SECOND + Millis::try_from(mix(id, 5) % 15_000).unwrap_or(0)
}
