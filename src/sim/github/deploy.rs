//! What a deploy job does: the update of an Elastic Beanstalk environment of
//! the same world, followed to its end.
//!
//! Owns the script that such jobs run: a new application version with a label
//! from the commit, the update, and a look every five seconds until the
//! environment is ready. Deployments as GitHub keeps them are made here too.

use std::sync::Arc;

use super::motion::At;
use super::run::{Conclusion, Deployment, Phase};
use super::workflow::{Deploy, Update};
use crate::environment::{Environment, Name, Status};
use crate::moment::SECOND;
use crate::motion::deploy::Order;
use crate::scenario::populate::version;
use crate::world::World;

impl World {
    /// The environment that a deploy job speaks of.
    fn target(&self, deploy: &Update) -> Option<usize> {
        let long = format!("{}-{}", deploy.application, deploy.environment);
        let of = |environment: &Environment, name: &str| {
            environment.listed() && *environment.place.region == *deploy.region && *environment.name == *name
        };
        let find = |name: &str| self.environments.iter().position(|environment| of(environment, name));
        find(&long).or_else(|| find(&deploy.environment))
    }

    /// Begins what the job deploys. What is refused ends the job.
    pub(super) fn act(&mut self, at: At) {
        let deploy = self.job(at).and_then(|job| job.plan.deploy.clone());
        match deploy {
            Some(Deploy::Update(update)) => self.update(at, &update),
            Some(other) => self.deliver(at, &other),
            None => self.finished(at, Conclusion::Success),
        }
    }

    fn update(&mut self, at: At, update: &Update) {
        let now = self.now;
        let asked = self.ask_for_update(at, update);
        let Some(job) = self.job(at) else { return };
        match asked {
            Ok((slot, label)) => {
                job.write(now, format!("Updating environment to {label}."));
                job.phase = Phase::Following(slot, label);
                let turn = job.turn;
                self.later(at, turn, 5 * SECOND);
            }
            Err(sentence) => {
                job.write(
                    now,
                    format!("An error occurred (InvalidParameterValue) when calling the UpdateEnvironment operation: {sentence}"),
                );
                job.write(now, "##[error]Process completed with exit code 1.");
                self.finished(at, Conclusion::Failure);
            }
        }
    }

    fn ask_for_update(&mut self, at: At, deploy: &Update) -> Result<(usize, Name), String> {
        let missing = || String::from("there is no such job");
        let found = self.github.repositories.get(at.repository).ok_or_else(missing)?;
        let run = found.runs.get(at.run).ok_or_else(missing)?;
        let commit = found.history.at(run.head).cloned().ok_or_else(missing)?;
        let slot = self.target(deploy);
        let environment = slot.and_then(|slot| Some((slot, self.environments.get(slot)?)));
        let Some((slot, environment)) = environment else {
            return Err(format!("No Environment found for EnvironmentName = '{}-{}'.", deploy.application, deploy.environment));
        };
        let (place, app, name) = (environment.place.clone(), Arc::clone(&environment.app), Arc::clone(&environment.name));
        let (ready, running) = (environment.status == Status::Ready, Arc::clone(&environment.label));
        let now = self.now;
        let site = self.sites.entry(place.clone()).or_default();
        let known = site.applications.get_mut(&app).ok_or_else(|| format!("No Application named '{app}' found."))?;
        let label: Name = if deploy.again {
            running
        } else {
            let time = now.strftime("%Y%m%dT%H%M%SZ").unwrap_or_default();
            format!("{name}{time}-{}", commit.version()).into()
        };
        if !deploy.again && known.version(&label).is_none() {
            let mut made = version(&place, &app, Arc::clone(&label), now);
            made.description = commit.subject().into();
            made.fails_at = commit.fails_at;
            known.add(made);
        }
        let fails_at = known
            .version(&label)
            .map(|version| version.fails_at)
            .ok_or_else(|| format!("No Application Version named '{label}' found."))?;
        if !ready {
            return Err(format!("Environment named {name} is in an invalid state for this operation. Must be Ready."));
        }
        let request: Name = self.draws.request_id().into();
        self.deploy(slot, &Order { label: Arc::clone(&label), fails_at }, &request);
        Ok((slot, label))
    }

    /// Looks whether the update is over.
    pub(super) fn follow(&mut self, at: At, slot: usize, label: &Name) {
        let now = self.now;
        let state = self.environments.get(slot).map(|environment| (environment.status, environment.expected == *label));
        let Some(job) = self.job(at) else { return };
        let conclusion = match state {
            Some((Status::Ready, true)) => {
                job.write(now, "Environment update completed successfully.");
                Conclusion::Success
            }
            Some((Status::Ready | Status::Terminating | Status::Terminated, _)) | None => {
                job.write(now, "ERROR: Failed to deploy application.");
                job.write(now, "##[error]Process completed with exit code 1.");
                Conclusion::Failure
            }
            Some(_) => {
                let turn = job.turn;
                return self.later(at, turn, 5 * SECOND);
            }
        };
        self.finished(at, conclusion);
    }

    /// Makes the deployment of a job.
    pub(super) fn deployment(&mut self, at: At) -> Option<usize> {
        let now = self.now;
        let (id, state) = (self.github.number(), self.github.number());
        let found = self.repository(at.repository)?;
        let place = found.deployments.len();
        let run = found.runs.get_mut(at.run)?;
        let (commit, branch, creator, run_id) = (run.head, Arc::clone(&run.branch), Arc::clone(&run.actor), run.id);
        let job = run.jobs.get_mut(at.job)?;
        job.deployment = Some(place);
        let environment = job.plan.environment.as_deref().unwrap_or("").into();
        let deployment = Deployment {
            id,
            commit,
            branch,
            environment,
            url: job.plan.url.clone(),
            creator,
            states: vec![(state, "queued", now)],
            job: (run_id, job.id),
        };
        found.deployments.push(deployment);
        Some(place)
    }

    /// Notes what became of a deployment. A success makes earlier ones inactive.
    pub(super) fn deployed(&mut self, repository: usize, place: usize, state: &'static str) {
        let now = self.now;
        let id = self.github.number();
        let Some(found) = self.repository(repository) else { return };
        let Some(deployment) = found.deployments.get_mut(place) else { return };
        deployment.states.push((id, state, now));
        let environment = Arc::clone(&deployment.environment);
        if state != "success" {
            return;
        }
        let earlier = found.deployments.iter_mut().take(place).filter(|other| other.environment == environment);
        for other in earlier.filter(|other| other.states.last().is_some_and(|(_, state, _)| *state == "success")) {
            let id = other.id + 1 + other.states.len() as u64;
            other.states.push((id, "inactive", now));
        }
    }
}
