//! What a person does on GitHub: what is written, what it rests on, and what became of it.
//!
//! A write is sent only while a fresh look shows what its plan rested on, and
//! once. Where its answer is lost, another look may show what it has done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::commit::PullState;
use super::fault::Fault;
use super::id::{GateId, Login, PullNumber, Repository, RunId, Sha};
use super::run::{Approval, Conclusion, Gate, Progress, Run};

/// How a pull request is merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MergeMethod {
    /// By a merge commit.
    Merge,
    /// As one commit.
    Squash,
    /// Its commits anew on top of the branch.
    Rebase,
}

impl MergeMethod {
    /// Every method, the usual one first.
    pub const ALL: [Self; 3] = [Self::Merge, Self::Squash, Self::Rebase];

    /// As GitHub words it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Rebase => "rebase",
        }
    }
}

/// Something to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// Answer to gates that hold a run back.
    Review {
        /// The run.
        run: RunId,
        /// The gates, by their ids: names are display names.
        gates: Vec<GateId>,
        /// Whether they open (`true`) or the jobs behind them fail.
        approve: bool,
        /// What is said with it; GitHub keeps it.
        comment: String,
    },
    /// Run the failed jobs of a run once more, on its commit.
    RerunFailed(RunId),
    /// Cancel a run.
    Cancel(RunId),
    /// Start a workflow by hand.
    Dispatch {
        /// The workflow's file: `.github/workflows/redeploy.yml`.
        workflow: Arc<str>,
        /// The branch whose version of the file is run.
        branch: Arc<str>,
        /// The inputs by name; a tick is `true` or `false`.
        inputs: BTreeMap<Arc<str>, String>,
    },
    /// Set a tag.
    Tag {
        /// The tag.
        name: Arc<str>,
        /// The commit it stands for.
        commit: Sha,
        /// Whether a release is published with it.
        release: bool,
    },
    /// Merge a pull request.
    Merge {
        /// Which.
        pull: PullNumber,
        /// The newest commit of it that was looked at: GitHub refuses if it is another by then.
        head: Sha,
        /// How.
        method: MergeMethod,
    },
    /// Open a pull request that takes a merged one back.
    Revert {
        /// Which.
        pull: PullNumber,
        /// Why, for its description.
        body: String,
    },
}

impl Write {
    /// What it is called in sentences.
    #[must_use]
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Review { approve: true, .. } => "the approval",
            Self::Review { approve: false, .. } => "the rejection",
            Self::RerunFailed(_) => "the re-run",
            Self::Cancel(_) => "the cancellation",
            Self::Dispatch { .. } => "the dispatch",
            Self::Tag { release: false, .. } => "the tag",
            Self::Tag { release: true, .. } => "the release",
            Self::Merge { .. } => "the merge",
            Self::Revert { .. } => "the revert",
        }
    }

    /// What is done once it is taken: `approved`.
    #[must_use]
    pub const fn participle(&self) -> &'static str {
        match self {
            Self::Review { approve: true, .. } => "approved",
            Self::Review { approve: false, .. } => "rejected",
            Self::RerunFailed(_) => "run again",
            Self::Cancel(_) => "cancelled",
            Self::Dispatch { .. } => "started",
            Self::Tag { release: false, .. } => "tagged",
            Self::Tag { release: true, .. } => "released",
            Self::Merge { .. } => "merged",
            Self::Revert { .. } => "proposed for reverting",
        }
    }

    /// What of the repository it changes: two writes to one place do not go on at once.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Review { run, .. } | Self::RerunFailed(run) => format!("run {run}"),
            // What stops a run waits for nothing else that is written to it.
            Self::Cancel(run) => format!("end of run {run}"),
            Self::Dispatch { workflow, .. } => format!("workflow {workflow}"),
            Self::Tag { name, .. } => format!("tag {name}"),
            Self::Merge { pull, .. } | Self::Revert { pull, .. } => format!("pull request {pull}"),
        }
    }

    /// The run it is about, where it is about one.
    #[must_use]
    pub const fn run(&self) -> Option<RunId> {
        match self {
            Self::Review { run, .. } | Self::RerunFailed(run) | Self::Cancel(run) => Some(*run),
            Self::Dispatch { .. } | Self::Tag { .. } | Self::Merge { .. } | Self::Revert { .. } => None,
        }
    }

    /// Where to look for what it has done.
    #[must_use]
    pub fn traces(&self) -> Look {
        match self {
            Self::Review { run, .. } => Look::Approvals(*run),
            Self::RerunFailed(run) | Self::Cancel(run) => Look::Run(*run),
            Self::Dispatch { .. } => Look::Runs(None),
            Self::Tag { name, .. } => Look::Tag(Arc::clone(name)),
            Self::Merge { pull, .. } => Look::Pull(*pull),
            Self::Revert { pull, .. } => Look::Reverts(*pull),
        }
    }

    /// What it has done, if this sight shows it. `by` is whose token it was sent with; `before` is what was seen
    /// before it was sent.
    #[must_use]
    pub fn shown(&self, sight: &Sight, before: &Premise, by: Option<&Login>) -> Option<Receipt> {
        let is_ours = |login: Option<&Login>| by.zip(login).is_some_and(|(ours, theirs)| ours.is(theirs));
        match (self, sight) {
            (Self::Review { gates, approve, comment, .. }, Sight::Approvals(approvals, held)) => {
                // An attempt before this one may have had the same answer: then its gates hold still.
                if held.iter().any(|gate| gates.contains(&gate.id)) {
                    return None;
                }
                let fits = |approval: &&Approval| {
                    is_ours(approval.by.as_ref())
                        && approval.approved == Some(*approve)
                        && approval.comment == *comment
                        && gates.iter().all(|gate| approval.gates.contains(gate))
                };
                approvals.iter().any(|approval| fits(&approval)).then(Receipt::default)
            }
            (Self::RerunFailed(_), Sight::Run(run)) => {
                let again = before.attempt().is_some_and(|attempt| run.attempt > attempt);
                (again && is_ours(run.actor.as_ref())).then(|| Receipt::of(run))
            }
            // One that came to its end by itself was not cancelled.
            (Self::Cancel(_), Sight::Run(run)) => (run.progress == Progress::Completed(Conclusion::Cancelled)).then(|| Receipt::of(run)),
            (Self::Dispatch { workflow, branch, .. }, Sight::Runs(runs, _)) => {
                let new = |run: &&Run| before.is_older_than(run.id) && run.workflow == *workflow && &*run.event == "workflow_dispatch";
                let fits = |run: &&Run| run.branch.as_ref() == Some(branch) && is_ours(run.actor.as_ref());
                let mut ours = runs.iter().filter(new).filter(fits);
                let found = ours.next()?;
                // Two that fit, and nobody can say which of them it has started.
                ours.next().is_none().then(|| Receipt::of(found))
            }
            (Self::Tag { commit, .. }, Sight::Tag(Some(found))) => found.agrees_with(commit).then(Receipt::default),
            (Self::Merge { head, .. }, Sight::Pull(pull)) => {
                (pull.is_merged && pull.head.agrees_with(head)).then(|| Receipt { url: Some(Arc::clone(&pull.url)), ..Receipt::default() })
            }
            (Self::Revert { .. }, Sight::Reverts(found)) => found
                .iter()
                .find(|pull| is_ours(pull.author.as_ref()))
                .map(|pull| Receipt { url: Some(Arc::clone(&pull.url)), ..Receipt::default() }),
            _ => None,
        }
    }
}

/// What can be looked at, past everything that is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// A run.
    Run(RunId),
    /// A run, and the gates that hold it back.
    Held(RunId),
    /// The latest runs; with a branch, its newest commit as well.
    Runs(Option<Arc<str>>),
    /// The answers that were given to a run's gates, and the gates that hold it back all the same.
    Approvals(RunId),
    /// A pull request.
    Pull(PullNumber),
    /// Open pull requests of the repository itself that take this one back.
    Reverts(PullNumber),
    /// What a tag stands for.
    Tag(Arc<str>),
}

/// What a look shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sight {
    /// To [`Look::Run`].
    Run(Box<Run>),
    /// To [`Look::Held`].
    Held(Box<Run>, Vec<Gate>),
    /// To [`Look::Runs`], newest first; the newest commit where a branch was named.
    Runs(Vec<Run>, Option<Sha>),
    /// To [`Look::Approvals`].
    Approvals(Vec<Approval>, Vec<Gate>),
    /// To [`Look::Pull`].
    Pull(Box<PullState>),
    /// To [`Look::Reverts`].
    Reverts(Vec<PullState>),
    /// To [`Look::Tag`]; none where there is no such tag.
    Tag(Option<Sha>),
}

/// What a plan rests on, as GitHub showed it when the plan was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Premise {
    /// A run goes on, on this commit, behind these gates.
    Held {
        /// The run.
        run: RunId,
        /// The commit that it is on.
        head: Sha,
        /// Which attempt of it this is.
        attempt: u64,
        /// Every gate that holds it back.
        gates: Vec<GateId>,
    },
    /// A run goes on; what holds it back does not matter.
    Live {
        /// The run.
        run: RunId,
        /// Which attempt of it this is.
        attempt: u64,
    },
    /// Of these workflows the same runs go on, and no newer one has come.
    Quiet {
        /// The workflows' files.
        workflows: Vec<Arc<str>>,
        /// Their runs that go on.
        live: BTreeSet<RunId>,
        /// Every run that was seen.
        known: BTreeSet<RunId>,
        /// The attempt of the run that is meant, where one is.
        again: Option<(RunId, u64)>,
        /// The branch that a run is started on, and its newest commit: it has the workflow's file.
        on: Option<(Arc<str>, Sha)>,
    },
    /// Nothing has this tag.
    Free(Arc<str>),
    /// A pull request is open, and can be merged as it is.
    Open {
        /// Which.
        pull: PullNumber,
        /// Its newest commit.
        head: Sha,
        /// The branch that it is merged into.
        base: Arc<str>,
    },
    /// Nobody has opened a pull request that takes this one back.
    Unreverted(PullNumber),
}

impl Premise {
    /// That a run goes on as it is seen here.
    #[must_use]
    pub fn held(run: &Run, gates: impl IntoIterator<Item = GateId>) -> Self {
        Self::Held { run: run.id, head: run.head.clone(), attempt: run.attempt, gates: gates.into_iter().collect() }
    }

    /// That these workflows are as they are seen here; `again` is the run that is meant, where one is.
    #[must_use]
    pub fn quiet<'r>(workflows: Vec<Arc<str>>, runs: impl IntoIterator<Item = &'r Run>, again: Option<&Run>) -> Self {
        let ours: Vec<&Run> = runs.into_iter().filter(|run| workflows.contains(&run.workflow)).collect();
        let live = ours.iter().filter(|run| run.progress.is_live()).map(|run| run.id).collect();
        let known = ours.iter().map(|run| run.id).collect();
        Self::Quiet { workflows, live, known, again: again.map(|run| (run.id, run.attempt)), on: None }
    }

    /// And that the branch still ends with this commit.
    #[must_use]
    pub fn at(mut self, branch: Arc<str>, head: Sha) -> Self {
        if let Self::Quiet { on, .. } = &mut self {
            *on = Some((branch, head));
        }
        self
    }

    /// Where to look whether it still holds.
    #[must_use]
    pub fn look(&self) -> Look {
        match self {
            Self::Held { run, .. } => Look::Held(*run),
            Self::Live { run, .. } => Look::Run(*run),
            Self::Quiet { on, .. } => Look::Runs(on.as_ref().map(|(branch, _)| Arc::clone(branch))),
            Self::Free(tag) => Look::Tag(Arc::clone(tag)),
            Self::Open { pull, .. } => Look::Pull(*pull),
            Self::Unreverted(pull) => Look::Reverts(*pull),
        }
    }

    /// What is different now, as a sentence; none where it still holds.
    #[must_use]
    pub fn difference(&self, sight: &Sight) -> Option<String> {
        match (self, sight) {
            (Self::Held { head, attempt, gates, .. }, Sight::Held(run, now)) => held_difference(head, *attempt, gates, run, now),
            (Self::Live { attempt, .. }, Sight::Run(run)) => (!run.progress.is_live() || run.attempt != *attempt)
                .then(|| format!("the run is {} now, attempt {}", run.progress.word(), run.attempt)),
            (Self::Quiet { workflows, live, known, again, on }, Sight::Runs(runs, head)) => {
                let moved = on.as_ref().and_then(|(branch, then)| moved(branch, then, head.as_ref()));
                moved.or_else(|| quiet_difference(workflows, live, known, *again, runs))
            }
            (Self::Free(tag), Sight::Tag(found)) => found.as_ref().map(|sha| format!("{tag} stands for {} already", sha.short())),
            (Self::Open { head, base, .. }, Sight::Pull(pull)) => open_difference(head, base, pull),
            (Self::Unreverted(_), Sight::Reverts(found)) => found.first().map(|pull| format!("#{} takes it back already", pull.number)),
            _ => Some("GitHub showed something else than was asked for".to_owned()),
        }
    }

    /// Whether it rests on the same as another. The list of runs is as long as GitHub tells: which of the old ones are
    /// in it says nothing.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Quiet { known, .. }, Self::Quiet { known: others, .. }) => {
                let newest = |known: &BTreeSet<RunId>| known.last().copied();
                newest(known) == newest(others) && self.without_known() == other.without_known()
            }
            _ => self == other,
        }
    }

    /// It, whichever runs were seen.
    fn without_known(&self) -> Self {
        let mut same = self.clone();
        if let Self::Quiet { known, .. } = &mut same {
            known.clear();
        }
        same
    }

    /// The attempt of the run that is meant, where one is.
    #[must_use]
    pub const fn attempt(&self) -> Option<u64> {
        match self {
            Self::Held { attempt, .. } | Self::Live { attempt, .. } | Self::Quiet { again: Some((_, attempt)), .. } => Some(*attempt),
            _ => None,
        }
    }

    /// Whether this run is newer than every one that was seen then: the ids of runs only grow.
    fn is_older_than(&self, run: RunId) -> bool {
        matches!(self, Self::Quiet { known, .. } if known.iter().next_back().is_none_or(|newest| run > *newest))
    }
}

fn held_difference(head: &Sha, attempt: u64, gates: &[GateId], run: &Run, now: &[Gate]) -> Option<String> {
    let held: BTreeSet<GateId> = now.iter().map(|gate| gate.id).collect();
    let same = run.progress.is_live() && run.head == *head && run.attempt == attempt && held == gates.iter().copied().collect();
    let count = match now.len() {
        0 => "no gate holds".to_owned(),
        1 => "one gate holds".to_owned(),
        several => format!("{several} gates hold"),
    };
    (!same).then(|| format!("the run is {} now, and {count} it back", run.progress.word()))
}

/// Whether a branch ends with another commit now.
fn moved(branch: &str, then: &Sha, now: Option<&Sha>) -> Option<String> {
    match now {
        Some(now) if now == then => None,
        Some(now) => Some(format!("{branch} ends with {} by now", now.short())),
        None => Some(format!("GitHub does not tell where {branch} ends")),
    }
}

fn quiet_difference(
    workflows: &[Arc<str>],
    live: &BTreeSet<RunId>,
    known: &BTreeSet<RunId>,
    again: Option<(RunId, u64)>,
    runs: &[Run],
) -> Option<String> {
    let ours = || runs.iter().filter(|run| workflows.contains(&run.workflow));
    if let Some((id, attempt)) = again
        && let Some(run) = ours().find(|run| run.id == id && run.attempt != attempt)
    {
        return Some(format!("run #{} is at attempt {} by now", run.number, run.attempt));
    }
    // The list may begin later than it did: what was not in it then and is older is no news.
    let newest = known.iter().next_back();
    if let Some(run) = ours().find(|run| newest.is_none_or(|newest| run.id > *newest)) {
        return Some(format!("run #{} of {} has come since", run.number, run.name));
    }
    let now: BTreeSet<RunId> = ours().filter(|run| run.progress.is_live()).map(|run| run.id).collect();
    let gone = live.difference(&now).next().map(|run| format!("run {run} goes on no longer"));
    gone.or_else(|| now.difference(live).next().map(|run| format!("run {run} goes on again")))
}

fn open_difference(head: &Sha, base: &str, pull: &PullState) -> Option<String> {
    if pull.is_merged {
        Some("the pull request is merged already".to_owned())
    } else if !pull.is_open {
        Some("the pull request is closed".to_owned())
    } else if *pull.base != *base {
        Some(format!("the pull request would be merged into {} by now", pull.base))
    } else {
        (pull.head != *head).then(|| format!("the pull request has other commits by now, up to {}", pull.head.short()))
    }
}

/// A write with what it was decided on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Which write of this session.
    pub number: u64,
    /// The repository.
    pub repository: Repository,
    /// What is written.
    pub write: Write,
    /// What has to hold right before.
    pub premise: Premise,
    /// The commit that it is about, where it is about one.
    pub commit: Option<Sha>,
    /// As whom, where that is known.
    pub identity: Option<Login>,
    /// What was decided, in a person's words: what the audit log keeps.
    pub plan: String,
    /// Why, where a reason was given.
    pub reason: String,
}

/// What a write led to, as far as GitHub says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Receipt {
    /// The run that it started, or started again.
    pub run: Option<RunId>,
    /// Where a person reads what it led to.
    pub url: Option<Arc<str>>,
}

impl Receipt {
    fn of(run: &Run) -> Self {
        Self { run: Some(run.id), url: Some(Arc::clone(&run.url)) }
    }
}

/// What became of a write that was sent once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// It was accepted.
    Done(Receipt),
    /// Its answer was lost; a look shows that it was accepted.
    Found(Receipt),
    /// It was refused, or never left: nothing has changed.
    Refused(Fault),
    /// It left, no answer came, and no look shows it: look before asking again.
    Unclear(Fault),
    /// What it rests on no longer holds: nothing was sent.
    Changed(String),
}

impl Sent {
    /// What it led to, if it was accepted.
    #[must_use]
    pub const fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Done(receipt) | Self::Found(receipt) => Some(receipt),
            Self::Refused(_) | Self::Unclear(_) | Self::Changed(_) => None,
        }
    }

    /// As the audit log words it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "done",
            Self::Found(_) => "found",
            Self::Refused(_) => "refused",
            Self::Unclear(_) => "unclear",
            Self::Changed(_) => "changed",
        }
    }

    /// Why it did not come about, or is not known to have.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match self {
            Self::Done(_) | Self::Found(_) => None,
            Self::Refused(fault) | Self::Unclear(fault) => Some(&fault.sentence),
            Self::Changed(what) => Some(what),
        }
    }

    /// What to tell a person of it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Done(_) => "GitHub has taken it".to_owned(),
            Self::Found(_) => "no answer came, but a look shows that GitHub has taken it".to_owned(),
            Self::Refused(fault) => format!("nothing has changed: {fault}"),
            Self::Unclear(fault) => format!("not known whether GitHub has taken it: look there before you repeat it ({fault})"),
            Self::Changed(what) => format!("nothing was sent: {what}"),
        }
    }
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
