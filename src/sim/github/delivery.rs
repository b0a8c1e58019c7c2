//! What deploy jobs do beside Elastic Beanstalk: push an image, roll over a
//! target group, deploy in place on a host.
//!
//! Owns what they ask for and how they follow it. What then happens is the
//! world's own doing, with or without the job: a job that is cancelled does not
//! take back what it began.

use std::sync::Arc;

use super::motion::At;
use super::run::{Awaited, Conclusion, Phase};
use super::workflow::Deploy;
use crate::compute::roll::{Image, RollOrder};
use crate::environment::Name;
use crate::moment::SECOND;
use crate::world::World;

impl World {
    /// Begins what a job brings. What is refused ends the job.
    pub(super) fn deliver(&mut self, at: At, deploy: &Deploy) {
        let begun = match deploy {
            Deploy::Push { repository, region, tag } => self.push_image(at, repository, region, tag).map(|()| None),
            Deploy::Roll { group, region, tag } => self.begin_roll(at, group, region, tag).map(Some),
            Deploy::Compose { host, app } => self.begin_compose(at, host, app).map(Some),
            Deploy::Update(_) => Ok(None),
        };
        let now = self.now;
        let Some(job) = self.job(at) else { return };
        match begun {
            Ok(None) => self.finished(at, Conclusion::Success),
            Ok(Some(awaited)) => {
                job.phase = Phase::Awaiting(awaited);
                let turn = job.turn;
                self.later(at, turn, 5 * SECOND);
            }
            Err(sentence) => {
                job.write(now, format!("##[error]{sentence}"));
                self.finished(at, Conclusion::Failure);
            }
        }
    }

    /// The commit that a job's run is for.
    fn head_of(&self, at: At) -> Option<(Name, Option<usize>)> {
        let found = self.github.repositories.get(at.repository)?;
        let commit = found.history.at(found.runs.get(at.run)?.head)?;
        Some((Arc::clone(&commit.id), commit.fails_at))
    }

    /// The image gets the tag, and `latest`.
    fn push_image(&mut self, at: At, repository: &str, region: &str, tag: &str) -> Result<(), String> {
        let now = self.now;
        let (commit, _) = self.head_of(at).ok_or("there is no such run")?;
        let mut here = self.registry.iter_mut().filter(|known| *known.place.region == *region);
        let found = here.find(|known| *known.name == *repository);
        let found = found.ok_or_else(|| format!("name unknown: The repository with name '{repository}' does not exist in the registry"))?;
        found.push(&commit, &[tag.into(), "latest".into()], now);
        let line = format!("Pushed {}:{tag}", found.uri());
        if let Some(job) = self.job(at) {
            job.write(now, line);
        }
        Ok(())
    }

    /// The commit that the image of a tag was built from, in any repository of images.
    fn built_from(&self, tag: &str) -> Option<(Name, Option<usize>)> {
        let image = self.registry.iter().find_map(|repository| repository.tagged(tag))?;
        let histories = self.github.repositories.iter().map(|repository| &repository.history);
        let fails_at = histories.filter_map(|history| history.at(history.place(&image.commit)?)).find_map(|commit| commit.fails_at);
        Some((Arc::clone(&image.commit), fails_at))
    }

    fn begin_roll(&mut self, at: At, name: &str, region: &str, tag: &str) -> Result<Awaited, String> {
        let now = self.now;
        let mut groups = self.compute.groups.iter();
        let group = groups.position(|group| *group.name == *name && *group.place.region == *region);
        let group = group.ok_or_else(|| format!("Target groups '[{name}]' not found"))?;
        // What was never built cannot be pulled: on no instance.
        let (commit, fails_at) = self.built_from(tag).ok_or_else(|| format!("manifest for {tag} not found: manifest unknown"))?;
        let order = RollOrder { image: Image { tag: tag.into(), commit }, fails_at, unhealthy_at: None };
        let number = self.roll(group, order)?;
        if let Some(job) = self.job(at) {
            job.write(now, format!("Rolling deploy of {tag} over {name}"));
        }
        Ok(Awaited::Roll(group, number))
    }

    fn begin_compose(&mut self, at: At, server: &str, app: &str) -> Result<Awaited, String> {
        let now = self.now;
        // The server pulls what the branch is then, whatever the run is for.
        let found = self.github.repositories.get(at.repository).and_then(|repository| repository.history.at(repository.head));
        let (commit, fails) = found.map(|commit| (Arc::clone(&commit.id), commit.fails_at.is_some())).ok_or("there is no such branch")?;
        let host = self.hosts.iter().position(|host| *host.server == *server && *host.name == *app);
        let host = host.ok_or_else(|| format!("ssh: Could not resolve hostname {server}: Name or service not known"))?;
        self.deploy_host(host, &commit, fails);
        if let Some(job) = self.job(at) {
            job.write(now, format!("docker compose -p {app} up -d --build"));
        }
        Ok(Awaited::Compose(host))
    }

    /// Looks whether what a job waits for is over.
    pub(super) fn await_deploy(&mut self, at: At, awaited: Awaited) {
        let now = self.now;
        let (ended, progress) = match awaited {
            Awaited::Roll(group, number) => (self.roll_ended(group, number), self.roll_progress(group)),
            Awaited::Compose(host) => (self.host_deploy_ended(host), None),
        };
        let migrations = match awaited {
            Awaited::Compose(host) if ended == Some(true) => self.hosts.get(host).map(|host| host.migrations_fail),
            Awaited::Compose(_) | Awaited::Roll(..) => None,
        };
        let Some(job) = self.job(at) else { return };
        let Some(well) = ended else {
            // The script tells each step once.
            if let Some(line) = progress.filter(|line| job.log.last().is_none_or(|(_, last)| last != line)) {
                job.write(now, line);
            }
            let turn = job.turn;
            return self.later(at, turn, 5 * SECOND);
        };
        if let Some(fail) = migrations {
            job.write(now, "alembic -c app/alembic.ini upgrade head");
            job.migrated = Some(!fail);
            if fail {
                // The job goes on: nothing but its step says so.
                job.write(now, "Alembic migration failed or not configured — continuing");
            }
        }
        job.write(now, if well { "The deploy is done." } else { "##[error]Process completed with exit code 1." });
        self.finished(at, if well { Conclusion::Success } else { Conclusion::Failure });
    }
}
