//! Reviews of pending deployments, and dispatches.
//!
//! Owns which of them GitHub accepts, and its sentences about the others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::motion::At;
use super::run::{Conclusion, Event, Phase, Review};
use super::start::Start;
use super::workflow::Input;
use crate::environment::Name;
use crate::world::World;

/// A reviewer's answer.
#[derive(Debug)]
pub struct Verdict {
    /// Ids of environments.
    pub environments: Vec<u64>,
    /// Whether they are approved.
    pub approved: bool,
    /// What is said with it.
    pub comment: Name,
    /// By whom.
    pub by: Name,
}

impl World {
    /// Lets jobs go, or fails them; the places of their deployments.
    ///
    /// # Errors
    ///
    /// GitHub's sentence where the run does not wait for one of the
    /// environments, or the reviewer is none; then nothing changes.
    pub(crate) fn review(&mut self, repository: usize, run: usize, verdict: &Verdict) -> Result<Vec<usize>, String> {
        let nothing = || String::from("No pending deployment requests to approve or reject");
        let found = self.github.repositories.get(repository).ok_or_else(nothing)?;
        let waiting = found.runs.get(run).ok_or_else(nothing)?;
        let names = waiting.waits_for();
        let mut reviewed = Vec::new();
        for id in &verdict.environments {
            let gate = found.gates.iter().find(|gate| gate.id == *id && names.contains(&gate.name)).ok_or_else(nothing)?;
            if !gate.may_approve {
                return Err(format!("User {} is not a required reviewer of {}", verdict.by, gate.name));
            }
            reviewed.push(Arc::clone(&gate.name));
        }
        if reviewed.is_empty() {
            return Err(nothing());
        }
        let of = |environment: Option<&str>| environment.is_some_and(|name| reviewed.iter().any(|known| **known == *name));
        let mut jobs = Vec::new();
        for (job, found) in waiting.jobs.iter().enumerate() {
            if found.phase == Phase::Gate && of(found.plan.environment.as_deref()) {
                jobs.push(At { repository, run, job });
            }
        }
        let now = self.now;
        if let Some(run) = self.run(repository, run) {
            run.reviews.push(Review {
                by: Arc::clone(&verdict.by),
                approved: verdict.approved,
                comment: Arc::clone(&verdict.comment),
                environments: reviewed,
                at: now,
            });
        }
        let mut deployments = Vec::new();
        for at in jobs {
            deployments.extend(self.reviewed(at, verdict.approved));
        }
        self.go_on(repository, run);
        Ok(deployments)
    }

    fn reviewed(&mut self, at: At, approved: bool) -> Option<usize> {
        let now = self.now;
        let deployment = match self.job(at)?.deployment {
            Some(deployment) => deployment,
            None => self.deployment(at)?,
        };
        let job = self.job(at)?;
        if !approved {
            self.finished(at, Conclusion::Failure);
            return Some(deployment);
        }
        job.approved = true;
        if job.timer.is_none_or(|timer| timer <= now) {
            self.queue(at);
        }
        Some(deployment)
    }

    /// Starts a run by hand; its place.
    ///
    /// # Errors
    ///
    /// GitHub's sentence about inputs or the workflow.
    pub(crate) fn dispatch(
        &mut self,
        repository: usize,
        path: &str,
        reference: &str,
        given: &BTreeMap<String, String>,
    ) -> Result<usize, String> {
        let now = self.now;
        let by = Arc::clone(&self.github.viewer);
        let missing = || format!("No ref found for: {reference}");
        let found = self.github.repositories.get(repository).ok_or_else(missing)?;
        let branch = found.branch_head(reference, now);
        let head = branch.or_else(|| found.tag(reference, now)).ok_or_else(missing)?;
        let none = || String::from("Workflow does not have 'workflow_dispatch' trigger");
        let workflow = found.workflow(head, path).ok_or_else(none)?;
        let known = workflow.dispatch.clone().ok_or_else(none)?;
        let inputs = inputs(&known, given, self.github.most_inputs())?;
        let name = ["refs/heads/", "refs/tags/", "heads/", "tags/"].iter().find_map(|prefix| reference.strip_prefix(prefix));
        let name: Name = name.unwrap_or(reference).into();
        let start = Start { workflow, event: Event::Dispatch, inputs, tag: branch.is_none(), ..Start::of_push(head, &name, &by) };
        self.start_run(repository, &start).ok_or_else(missing)
    }
}

/// The inputs of a dispatch with their defaults.
fn inputs(known: &[Input], given: &BTreeMap<String, String>, most: usize) -> Result<BTreeMap<String, String>, String> {
    if given.len() > most {
        return Err(format!("you may only define up to {most} `inputs` for a `workflow_dispatch` event"));
    }
    let unexpected: Vec<String> =
        given.keys().filter(|name| !known.iter().any(|input| input.name == **name)).map(|n| format!("{n:?}")).collect();
    if !unexpected.is_empty() {
        return Err(format!("Unexpected inputs provided: [{}]", unexpected.join(", ")));
    }
    let mut filled = BTreeMap::new();
    for input in known {
        let value = given.get(&input.name).or(input.default.as_ref()).filter(|value| !value.is_empty());
        let value = match (value, input.kind.as_str()) {
            (Some(value), _) => {
                fits(input, value)?;
                value.clone()
            }
            (None, _) if input.required => return Err(format!("Required input '{}' not provided", input.name)),
            (None, "boolean") => String::from("false"),
            (None, _) => String::new(),
        };
        filled.insert(input.name.clone(), value);
    }
    Ok(filled)
}

/// Whether a value is of the type that its input has.
fn fits(input: &Input, value: &str) -> Result<(), String> {
    let name = &input.name;
    match input.kind.as_str() {
        "boolean" if !matches!(value, "true" | "false") => Err(format!("Provided value '{value}' for input '{name}' not a boolean")),
        "number" if value.parse::<f64>().is_err() => Err(format!("Provided value '{value}' for input '{name}' not a number")),
        "choice" if !input.options.iter().any(|option| option == value) => {
            Err(format!("Provided value '{value}' for input '{name}' not in the list of allowed values"))
        }
        _ => Ok(()),
    }
}
