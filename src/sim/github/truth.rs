//! What `/_sim/world` says of repositories and runs.

use serde_json::{Value, json};

use super::Github;
use super::repository::Repository;
use super::run::{Conclusion, Job, Phase, Run};
use crate::moment::Moment;

/// The repositories: where their default branches are.
#[must_use]
pub fn repositories(github: &Github, now: Moment) -> Vec<Value> {
    let row = |repository: &Repository| {
        let open = repository.pulls.iter().filter(|pull| pull.opened <= now && pull.merged.is_none());
        json!({
            "name": repository.full_name(),
            "id": repository.id,
            "default_branch": &*repository.branch,
            "head": repository.head().map(|commit| &*commit.id),
            "pushed_at": repository.pushed.rfc3339(),
            "tags": repository.tags_at(now).into_iter().map(|tag| &*tag.name).collect::<Vec<_>>(),
            "open_pulls": open.map(|pull| pull.number).collect::<Vec<_>>(),
        })
    };
    github.repositories.iter().map(row).collect()
}

/// The runs with their states and jobs, newest first in each repository.
#[must_use]
pub fn runs(github: &Github) -> Vec<Value> {
    let of = |repository: &Repository| {
        let runs = repository.runs.iter().rev().filter(|run| !run.deleted);
        runs.map(|run| row(repository, run)).collect::<Vec<_>>()
    };
    github.repositories.iter().flat_map(of).collect()
}

fn row(repository: &Repository, run: &Run) -> Value {
    let job = |job: &Job| {
        let label = if let Phase::Following(_, label) = &job.phase { Some(&**label) } else { None };
        json!({
            "id": job.id, "key": job.plan.key, "name": job.plan.name, "environment": job.plan.environment, "listed": job.listed(),
            "status": job.status().word(), "conclusion": job.conclusion.map(Conclusion::word), "label": label,
        })
    };
    json!({
        "repository": repository.full_name(),
        "id": run.id,
        "number": run.number,
        "attempt": run.attempt,
        "workflow": &*run.path,
        "event": run.event.word(),
        "actor": &*run.actor,
        "inputs": run.inputs,
        "branch": &*run.branch,
        "head": repository.history.at(run.head).map(|commit| &*commit.id),
        "status": run.status().word(),
        "conclusion": run.conclusion().map(Conclusion::word),
        "waits_for": run.waits_for().iter().map(|name| &**name).collect::<Vec<_>>(),
        "created_at": run.created.rfc3339(),
        "updated_at": run.updated.rfc3339(),
        "jobs": run.jobs.iter().map(job).collect::<Vec<_>>(),
    })
}
