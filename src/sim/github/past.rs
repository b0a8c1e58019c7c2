//! Runs of before the start: told, not lived through.
//!
//! Owns how a run that is over (or waits) looks, out of what the scenario says
//! became of it. What happens from the start on is `motion`'s.

use std::sync::Arc;

use super::repository::{Gate, Reviewer};
use super::run::{Conclusion, Deployment, Job, Phase, Review, Run};
use super::start::{Start, next_number};
use super::workflow::Workflow;
use crate::chance::mix;
use crate::environment::Name;
use crate::moment::{MINUTE, Millis, Moment, SECOND};
use crate::world::World;

/// What became of the runs of a push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As the scenario says it, if it does.
    Unread(Option<String>),
    /// All went well.
    Success,
    /// The jobs that are named failed.
    Failure,
    /// The next one took its place.
    Cancelled,
    /// It waits for approval.
    Waiting,
}

/// A push of before the start.
#[derive(Clone, Debug)]
pub struct Past {
    /// The place of the commit.
    pub commit: usize,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by: Name,
    /// What became of it.
    pub outcome: Outcome,
    /// The ids of the jobs that failed.
    pub failed: Vec<String>,
    /// When the next one came.
    pub next: Option<Moment>,
    /// Where the scenario says so.
    pub line: usize,
}

impl Past {
    fn read(&self) -> Result<Outcome, String> {
        let Outcome::Unread(word) = &self.outcome else { return Ok(self.outcome.clone()) };
        match word.as_deref() {
            None if !self.failed.is_empty() => Ok(Outcome::Failure),
            None | Some("success") => Ok(Outcome::Success),
            Some("failure") if self.failed.is_empty() => {
                Err(String::from("outcome = \"failure\" needs `failed`, the ids of the jobs that did"))
            }
            Some("failure") => Ok(Outcome::Failure),
            Some("cancelled") => Ok(Outcome::Cancelled),
            Some("waiting") => Ok(Outcome::Waiting),
            Some(other) => Err(format!("\"{other}\" is no outcome; write success, failure, cancelled or waiting")),
        }
    }
}

impl World {
    /// Tells of the runs that a push started.
    ///
    /// # Errors
    ///
    /// A sentence about what cannot have been.
    pub(crate) fn tell_push(&mut self, repository: usize, past: &Past) -> Result<(), String> {
        let outcome = past.read()?;
        let Some(found) = self.github.repositories.get(repository) else { return Ok(()) };
        let branch = Arc::clone(&found.branch);
        let files = found.changed(past.commit);
        let meets = |workflow: &Workflow| workflow.push.as_ref().is_some_and(|push| push.meets(&branch, &files));
        let started: Vec<Workflow> = found.workflows(past.commit).into_iter().filter(meets).collect();
        if started.is_empty() && outcome != Outcome::Success {
            return Err(String::from("this push starts no workflow, so it has no outcome: its files are ignored, or there is none"));
        }
        for workflow in started {
            let start = Start { workflow, ..Start::of_push(past.commit, &branch, &past.by) };
            self.tell_run(repository, &start, past, &outcome)?;
        }
        Ok(())
    }

    fn tell_run(&mut self, repository: usize, start: &Start, past: &Past, outcome: &Outcome) -> Result<(), String> {
        let planned = self.plans(repository, start);
        let (plans, group) = planned
            .map_err(|uses| format!("{} uses {uses}, which no repository here has with `on: workflow_call`", start.workflow.path))?;
        let (id, created) = (self.github.number(), past.at.plus(4 * SECOND));
        let jobs = plans.into_iter().map(|plan| Job::new(self.github.number(), Arc::new(plan), created, 1)).collect();
        let Some(found) = self.github.repositories.get(repository) else { return Ok(()) };
        let waits = |run: &Run| group.as_ref().is_some_and(|group| run.beside(group)) && !run.done();
        if found.runs.iter().any(waits) {
            return Err(String::from("the run before it still waits: this one would have cancelled it"));
        }
        let number = next_number(found, &start.workflow.path);
        let mut run = Run::new(id, number, start, group, created, jobs);
        run.cancelled = *outcome == Outcome::Cancelled;
        let story = Story { past, outcome, gates: &found.gates, viewer: &self.github.viewer, end: past.next };
        let known = |failed: &String| run.jobs.iter().any(|job| job.plan.key == *failed);
        if let Some(unknown) = past.failed.iter().find(|failed| !known(failed)) {
            return Err(format!("there is no job \"{unknown}\" that could have failed"));
        }
        while story.next(&mut run) {}
        if run.updated > self.started {
            return Err(String::from("its run would not be over when the world starts: date it earlier, or let `do = \"merge\"` merge it"));
        }
        if *outcome == Outcome::Waiting && run.done() {
            return Err(String::from("its run has nothing to wait for: no environment of its jobs has reviewers"));
        }
        self.keep(repository, run);
        Ok(())
    }

    /// Keeps a told run and the deployments of its jobs.
    fn keep(&mut self, repository: usize, mut run: Run) {
        for place in 0..run.jobs.len() {
            let (id, state) = (self.github.number(), self.github.number());
            let Some(job) = run.jobs.get_mut(place) else { continue };
            let (Some(environment), Some(started), Some(completed)) = (&job.plan.environment, job.started, job.completed) else { continue };
            let end = if job.conclusion == Some(Conclusion::Success) { "success" } else { "failure" };
            let deployment = Deployment {
                id,
                commit: run.head,
                branch: Arc::clone(&run.branch),
                environment: environment.as_str().into(),
                url: job.plan.url.clone(),
                creator: Arc::clone(&run.actor),
                states: vec![
                    (state, "queued", started.plus(-3 * SECOND)),
                    (state + 1, "in_progress", started),
                    (state + 2, end, completed),
                ],
                job: (run.id, job.id),
            };
            if let Some(found) = self.repository(repository) {
                for other in found.deployments.iter_mut().filter(|other| other.environment == deployment.environment && end == "success") {
                    let id = other.id + 1 + other.states.len() as u64;
                    if other.states.last().is_some_and(|(_, word, _)| *word == "success") {
                        other.states.push((id, "inactive", completed));
                    }
                }
                job.deployment = Some(found.deployments.len());
                found.deployments.push(deployment);
            }
        }
        if let Some(found) = self.repository(repository) {
            found.runs.push(run);
        }
    }
}

/// How a told run went.
struct Story<'a> {
    past: &'a Past,
    outcome: &'a Outcome,
    gates: &'a [Gate],
    viewer: &'a Name,
    /// When the next one took its place.
    end: Option<Moment>,
}

impl Story<'_> {
    /// Tells of one more job; whether there was one.
    fn next(&self, run: &mut Run) -> bool {
        let ready = |job: &Job| job.phase == Phase::Blocked && run.before(job).iter().all(|other| other.done());
        let Some(place) = run.jobs.iter().position(ready) else {
            return self.close(run);
        };
        let Some(job) = run.jobs.get(place) else { return false };
        let needed = run.before(job);
        let from = needed.iter().filter_map(|other| other.completed).max().unwrap_or(run.created).plus(3 * SECOND);
        let skipped = !run.wants(job);
        let gate = self.gates.iter().find(|gate| job.plan.environment.as_deref() == Some(&*gate.name) && !gate.reviewers.is_empty());
        let mut job = job.clone();
        job.created = from;
        if skipped {
            end(&mut job, Conclusion::Skipped, from);
        } else if let Some(gate) = gate {
            self.at_gate(&mut job, gate, from, &mut run.reviews);
        } else {
            self.steps(&mut job, from);
        }
        run.updated = run.updated.max(job.completed.unwrap_or(from));
        if let Some(kept) = run.jobs.get_mut(place) {
            *kept = job;
        }
        true
    }

    /// What became of a job at its gate.
    fn at_gate(&self, job: &mut Job, gate: &Gate, from: Moment, reviews: &mut Vec<Review>) {
        match self.outcome {
            Outcome::Waiting => job.phase = Phase::Gate,
            Outcome::Cancelled => end(job, Conclusion::Cancelled, self.end.unwrap_or_else(|| from.plus(30 * MINUTE))),
            Outcome::Unread(_) | Outcome::Success | Outcome::Failure => {
                // All environments of a run are approved at once, by custom.
                let run = u64::try_from(self.past.at.millis()).unwrap_or(0);
                let at = from.plus((4 + Millis::try_from(mix(run, 1) % 20).unwrap_or(0)) * MINUTE + gate.wait * MINUTE);
                let by = gate.reviewers.iter().find_map(|reviewer| if let Reviewer::User(login) = reviewer { Some(login) } else { None });
                let by = by.unwrap_or(self.viewer);
                job.approved = true;
                match reviews.iter_mut().find(|review| review.at == at) {
                    Some(review) => review.environments.push(Arc::clone(&gate.name)),
                    None => reviews.push(Review {
                        by: Arc::clone(by),
                        approved: true,
                        comment: "".into(),
                        environments: vec![Arc::clone(&gate.name)],
                        at,
                    }),
                }
                self.steps(job, at);
            }
        }
    }

    fn steps(&self, job: &mut Job, from: Moment) {
        let started = from.plus(5 * SECOND);
        let spread = Millis::try_from(mix(job.id, 9) % 60_000).unwrap_or(0);
        let length = if job.plan.environment.is_some() { 3 * MINUTE } else { 2 * MINUTE } + spread;
        let failed = self.past.failed.contains(&job.plan.key);
        job.started = Some(started);
        job.write(started, "Job is about to start running on the runner.");
        if failed {
            job.write(started.plus(length), "##[error]Process completed with exit code 1.");
        }
        end(job, if failed { Conclusion::Failure } else { Conclusion::Success }, started.plus(length));
    }

    /// What never came to its turn in a run that was cancelled.
    fn close(&self, run: &mut Run) -> bool {
        if *self.outcome == Outcome::Cancelled {
            let at = run.updated;
            for job in run.jobs.iter_mut().filter(|job| !job.done()) {
                end(job, Conclusion::Skipped, at);
            }
        }
        false
    }
}

fn end(job: &mut Job, conclusion: Conclusion, at: Moment) {
    job.phase = Phase::Done;
    job.conclusion = Some(conclusion);
    job.completed = Some(at);
}
