//! Workflow runs, their jobs, and the gates at which a person has to say yes.

use std::sync::Arc;

use super::clock::Timestamp;
use super::id::{GateId, JobId, Login, RunId, Sha};

/// How something ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conclusion {
    /// Well.
    Success,
    /// Badly.
    Failure,
    /// Somebody, or a later run, stopped it.
    Cancelled,
    /// It did not have to run.
    Skipped,
    /// It took too long.
    TimedOut,
    /// In a way this program does not know, or that says nothing.
    Other,
}

impl Conclusion {
    /// As GitHub words it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed out",
            Self::Other => "ended",
        }
    }
}

/// How far a run or a job is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// It has not begun.
    Queued,
    /// It waits for a person, a timer or a rule.
    Waiting,
    /// It runs.
    InProgress,
    /// It is over.
    Completed(Conclusion),
    /// GitHub says something this program does not know.
    Unknown,
}

impl Progress {
    /// As GitHub words it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::InProgress => "in progress",
            Self::Completed(conclusion) => conclusion.word(),
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is over and came to nothing good.
    #[must_use]
    pub const fn has_failed(self) -> bool {
        matches!(self, Self::Completed(Conclusion::Failure | Conclusion::TimedOut))
    }

    /// Whether it may still change by itself.
    #[must_use]
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Completed(_))
    }
}

/// A workflow run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its number within the workflow, which people see.
    pub number: u64,
    /// Which attempt this is, from 1.
    pub attempt: u64,
    /// The workflow's file: `.github/workflows/deploy.yml`.
    pub workflow: Arc<str>,
    /// The workflow's name; not yet safe to show.
    pub name: Arc<str>,
    /// The run's title; not yet safe to show.
    pub title: Arc<str>,
    /// The commit it runs on. For a dispatched run that is the branch's head, whatever it deploys.
    pub head: Sha,
    /// The branch.
    pub branch: Option<Arc<str>>,
    /// What started it: `push`, `workflow_dispatch`.
    pub event: Arc<str>,
    /// How far it is.
    pub progress: Progress,
    /// Who started it.
    pub actor: Option<Login>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Where a person reads it.
    pub url: Arc<str>,
}

impl Run {
    /// Whether somebody started it by hand: then its commit is the branch's newest, whatever it deploys.
    #[must_use]
    pub fn is_dispatched(&self) -> bool {
        matches!(&*self.event, "workflow_dispatch" | "repository_dispatch")
    }
}

/// A job of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Its name: `Production (Canada) / Deploy`; not yet safe to show.
    pub name: Arc<str>,
    /// How far it is.
    pub progress: Progress,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
    /// Its steps, as far as they are told; a job that is taken over by another workflow has none of its own.
    pub steps: Vec<Step>,
    /// Where a person reads it.
    pub url: Arc<str>,
}

/// A step of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its name; not yet safe to show.
    pub name: Arc<str>,
    /// How far it is. One that may fail has failed though its job goes on (`continue-on-error`).
    pub progress: Progress,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was over.
    pub completed_at: Option<Timestamp>,
}

/// The jobs of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jobs {
    /// Those that were read.
    pub each: Vec<Job>,
    /// Whether these are all.
    pub is_complete: bool,
}

/// A GitHub environment whose protection rules hold a run back ("pending deployment").
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The environment's id: approvals name it by this.
    pub id: GateId,
    /// The environment's name: `Production (Canada)`; not yet safe to show.
    pub name: Arc<str>,
    /// Whether whoever asks may approve.
    pub may_approve: bool,
    /// Who is asked to review: logins and names of teams.
    pub reviewers: Vec<Arc<str>>,
    /// How many minutes have to pass before it can go on, and since when they do.
    pub wait_minutes: u64,
    /// Since when the timer runs.
    pub wait_since: Option<Timestamp>,
}

/// An answer that somebody gave to gates of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// Who; none where the account is gone.
    pub by: Option<Login>,
    /// Whether it opened them; none where GitHub says something this program does not know.
    pub approved: Option<bool>,
    /// What was said with it; not yet safe to show.
    pub comment: String,
    /// The gates.
    pub gates: Vec<GateId>,
}
