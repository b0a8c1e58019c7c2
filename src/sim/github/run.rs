//! Workflow runs, their jobs, and deployments.
//!
//! Owns their states in GitHub's words. Never decides what comes next.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::group::Group;
use super::start::Start;
use super::workflow::Plan;
use crate::environment::Name;
use crate::moment::Moment;

/// What started a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A push.
    Push,
    /// A person.
    Dispatch,
    /// A release.
    Release,
}

impl Event {
    /// GitHub's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Dispatch => "workflow_dispatch",
            Self::Release => "release",
        }
    }
}

/// `status` of a run or a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Held back by its concurrency group.
    Pending,
    /// Waits for a runner.
    Queued,
    /// Runs.
    InProgress,
    /// Waits for an approval or a timer.
    Waiting,
    /// Over.
    Completed,
}

impl Status {
    /// GitHub's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Waiting => "waiting",
            Self::Completed => "completed",
        }
    }
}

/// `conclusion` of a run or a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// All went well.
    Success,
    /// Something did not.
    Failure,
    /// It was ended.
    Cancelled,
    /// It was not needed, or something before it failed.
    Skipped,
    /// The workflow could not be started at all.
    StartupFailure,
}

impl Conclusion {
    /// GitHub's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::StartupFailure => "startup_failure",
        }
    }
}

/// Where a job is between its states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Others have to end first; GitHub does not list it yet.
    Blocked,
    /// At its environment's gate.
    Gate,
    /// A runner is on its way.
    Queued,
    /// Its steps run.
    Steps,
    /// It follows an update of the environment in that slot to a label.
    Following(usize, Name),
    /// It follows a deploy of another kind.
    Awaiting(Awaited),
    /// Over.
    Done,
}

/// A deploy that a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A rolling deploy: the target group, and the deploy's number.
    Roll(usize, u64),
    /// A deploy in place of the app on a host.
    Compose(usize),
}

/// A job of a run.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id; another one in each attempt.
    pub id: u64,
    /// What the workflow says about it.
    pub plan: Arc<Plan>,
    /// Where it is.
    pub phase: Phase,
    /// What was its end.
    pub conclusion: Option<Conclusion>,
    /// When it was made.
    pub created: Moment,
    /// When it started.
    pub started: Option<Moment>,
    /// When it ended.
    pub completed: Option<Moment>,
    /// Its environment's reviewers let it go.
    pub approved: bool,
    /// Its environment's timer ends then.
    pub timer: Option<Moment>,
    /// In which attempt it ran.
    pub attempt: u64,
    /// Tells its scheduled steps from those of an earlier attempt.
    pub turn: u64,
    /// Its deployment's place.
    pub deployment: Option<usize>,
    /// Whether the migrations ran that it has a step for.
    pub migrated: Option<bool>,
    /// What it wrote.
    pub log: Vec<(Moment, String)>,
}

impl Job {
    /// A job that has not begun.
    #[must_use]
    pub fn new(id: u64, plan: Arc<Plan>, created: Moment, attempt: u64) -> Self {
        Self {
            id,
            plan,
            phase: Phase::Blocked,
            conclusion: None,
            created,
            started: None,
            completed: None,
            approved: false,
            timer: None,
            attempt,
            turn: 0,
            deployment: None,
            migrated: None,
            log: Vec::new(),
        }
    }

    /// `status`.
    #[must_use]
    pub const fn status(&self) -> Status {
        match self.phase {
            Phase::Blocked | Phase::Queued => Status::Queued,
            Phase::Gate => Status::Waiting,
            Phase::Steps | Phase::Following(..) | Phase::Awaiting(_) => Status::InProgress,
            Phase::Done => Status::Completed,
        }
    }

    /// Whether it is over.
    #[must_use]
    pub const fn done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// Whether GitHub lists it: not before those that it needs are over.
    #[must_use]
    pub const fn listed(&self) -> bool {
        !matches!(self.phase, Phase::Blocked)
    }

    /// Writes a line of its log.
    pub fn write(&mut self, at: Moment, line: impl Into<String>) {
        self.log.push((at, line.into()));
    }
}

/// One answer of a reviewer.
#[derive(Clone, Debug)]
pub struct Review {
    /// Whose.
    pub by: Name,
    /// Approved or rejected.
    pub approved: bool,
    /// What they wrote.
    pub comment: Name,
    /// The environments.
    pub environments: Vec<Name>,
    /// When.
    pub at: Moment,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its id.
    pub id: u64,
    /// Its number among those of its workflow.
    pub number: u64,
    /// How often it was started.
    pub attempt: u64,
    /// The workflow's file.
    pub path: Name,
    /// The workflow's name.
    pub name: Name,
    /// What started it.
    pub event: Event,
    /// The place of the commit it runs for.
    pub head: usize,
    /// The branch, or the tag.
    pub branch: Name,
    /// Who started it.
    pub actor: Name,
    /// Who started its latest attempt.
    pub triggering: Name,
    /// The inputs of its dispatch.
    pub inputs: BTreeMap<String, String>,
    /// Its concurrency group.
    pub group: Option<Group>,
    /// When it was made.
    pub created: Moment,
    /// When its latest attempt began.
    pub started: Moment,
    /// When it changed last.
    pub updated: Moment,
    /// Held back by its group.
    pub held: bool,
    /// It was ended from outside.
    pub cancelled: bool,
    /// It was deleted and is not shown any more.
    pub deleted: bool,
    /// Its jobs.
    pub jobs: Vec<Job>,
    /// Jobs of earlier attempts that were started anew since.
    pub earlier: Vec<Job>,
    /// What reviewers said.
    pub reviews: Vec<Review>,
}

impl Run {
    /// A run that has not begun.
    #[must_use]
    pub fn new(id: u64, number: u64, start: &Start, group: Option<Group>, created: Moment, jobs: Vec<Job>) -> Self {
        Self {
            id,
            number,
            attempt: 1,
            path: start.workflow.path.as_str().into(),
            name: start.workflow.name.as_str().into(),
            event: start.event,
            head: start.head,
            branch: Arc::clone(&start.branch),
            actor: Arc::clone(&start.actor),
            triggering: Arc::clone(&start.actor),
            inputs: start.inputs.clone(),
            group,
            created,
            started: created,
            updated: created,
            held: false,
            cancelled: false,
            deleted: false,
            jobs,
            earlier: Vec::new(),
            reviews: Vec::new(),
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn done(&self) -> bool {
        self.jobs.iter().all(Job::done)
    }

    /// `status`.
    #[must_use]
    pub fn status(&self) -> Status {
        let any = |status: Status| self.jobs.iter().any(|job| job.listed() && job.status() == status);
        if self.done() {
            Status::Completed
        } else if self.held {
            Status::Pending
        } else if any(Status::InProgress) {
            Status::InProgress
        } else if any(Status::Waiting) {
            Status::Waiting
        } else if self.jobs.iter().any(Job::done) {
            Status::InProgress
        } else {
            Status::Queued
        }
    }

    /// `conclusion`, once it is over.
    #[must_use]
    pub fn conclusion(&self) -> Option<Conclusion> {
        let any = |conclusion: Conclusion| self.jobs.iter().any(|job| job.conclusion == Some(conclusion));
        if !self.done() {
            None
        } else if self.jobs.is_empty() {
            Some(Conclusion::StartupFailure)
        } else if self.cancelled {
            Some(Conclusion::Cancelled)
        } else if any(Conclusion::Failure) {
            Some(Conclusion::Failure)
        } else if any(Conclusion::Cancelled) {
            Some(Conclusion::Cancelled)
        } else if any(Conclusion::Success) {
            Some(Conclusion::Success)
        } else {
            Some(Conclusion::Skipped)
        }
    }

    /// The environments at whose gates jobs of it wait, each once.
    #[must_use]
    pub fn waits_for(&self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for job in self.jobs.iter().filter(|job| job.phase == Phase::Gate) {
            let name: Name = job.plan.environment.as_deref().unwrap_or("").into();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// What GitHub keeps of a job with an environment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its id.
    pub id: u64,
    /// The place of the commit: the run's, whatever is deployed.
    pub commit: usize,
    /// The branch.
    pub branch: Name,
    /// The environment.
    pub environment: Name,
    /// The environment's address.
    pub url: String,
    /// Who started the run.
    pub creator: Name,
    /// Its states: id, word, when. The first is its beginning.
    pub states: Vec<(u64, &'static str, Moment)>,
    /// The run and job it belongs to, by id.
    pub job: (u64, u64),
}
