//! How runs go on: their jobs follow one another.
//!
//! Owns GitHub's rules about that. How runs begin is [`super::start`]'s, which run goes on beside which is
//! [`super::group`]'s, what reviewers do [`super::review`]'s, and what a deploy
//! job does to Elastic Beanstalk [`super::deploy`]'s, and to anything else [`super::delivery`]'s.

use super::repository::Repository;
use super::run::{Conclusion, Job, Phase, Run};
use crate::chance::mix;
use crate::moment::{MINUTE, Millis, SECOND};
use crate::world::{What, World};

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
            let next = if !run.wants(job) {
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
            Phase::Awaiting(awaited) => self.await_deploy(at, awaited),
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

/// How long a job without a deploy takes.
fn usual(id: u64) -> Millis {
    15 * SECOND + Millis::try_from(mix(id, 5) % 15_000).unwrap_or(0)
}
