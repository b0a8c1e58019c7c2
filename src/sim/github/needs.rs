//! Which jobs of a run come before which, and whether one runs after them.
//!
//! Owns GitHub's rules about `needs`, within a file and within a called one.

use super::expression::Before;
use super::run::{Conclusion, Job, Run};

impl Run {
    /// The jobs that have to be over before one of its jobs.
    #[must_use]
    pub fn before(&self, job: &Job) -> Vec<&Job> {
        self.needed(job).into_iter().chain(self.needed_inside(job)).collect()
    }

    /// Those that its file names.
    fn needed(&self, job: &Job) -> Vec<&Job> {
        self.jobs.iter().filter(|other| job.plan.needs.contains(&other.plan.key)).collect()
    }

    /// Those that the called file names.
    fn needed_inside(&self, job: &Job) -> Vec<&Job> {
        let plan = &job.plan;
        let inside =
            |other: &&Job| other.plan.key == plan.key && other.plan.part.as_ref().is_some_and(|part| plan.part_needs.contains(part));
        self.jobs.iter().filter(inside).collect()
    }

    /// Whether a job is to run, once those before it are over. For a called job both
    /// have to say so: the condition of its caller, about those before that, and its
    /// own, about those before it in the called file.
    #[must_use]
    pub fn wants(&self, job: &Job) -> bool {
        let outside = standing(self.needed(job), |other| self.before(other));
        let inside = standing(self.needed_inside(job), |other| self.needed_inside(other));
        job.plan.when.after(outside) && job.plan.part_when.after(inside)
    }
}

/// How it stands with jobs and all before them, at whatever distance: one that was
/// skipped far up keeps the rest from being called a success.
fn standing<'a>(mut next: Vec<&'a Job>, before: impl Fn(&Job) -> Vec<&'a Job>) -> Before {
    let mut known: Vec<&Job> = Vec::new();
    while let Some(job) = next.pop() {
        if !known.iter().any(|known| known.id == job.id) {
            known.push(job);
            next.extend(before(job));
        }
    }
    if known.iter().any(|job| job.conclusion == Some(Conclusion::Failure)) {
        Before::Failed
    } else if known.iter().all(|job| job.conclusion == Some(Conclusion::Success)) {
        Before::Well
    } else {
        Before::Stopped
    }
}
