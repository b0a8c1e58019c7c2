//! Workflows that a person can start by hand: what they take, which runs they meet, and where they deploy.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pipeline::{Overview, Pipeline, Stage};
use super::run::{Progress, Run};

/// The most inputs that GitHub takes.
pub const MOST_INPUTS: usize = 25;

/// What an input takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InputKind {
    /// Any text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Tick,
    /// One of these.
    Choice(Vec<Arc<str>>),
}

/// An input of a workflow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Input {
    /// Its name.
    pub name: Arc<str>,
    /// What it is for; not yet safe to show.
    pub description: Arc<str>,
    /// What it takes.
    pub kind: InputKind,
    /// Whether it must be given.
    pub required: bool,
    /// What it is where nobody says.
    pub default: Option<Arc<str>>,
}

impl Input {
    /// Whether it wants a commit: a tag of an image, a hash.
    #[must_use]
    pub fn wants_commit(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let words: Vec<&str> = name.split(['_', '-']).collect();
        self.kind == InputKind::Text && words.iter().any(|word| matches!(*word, "sha" | "commit" | "tag" | "version"))
    }

    /// What is wrong with this value; none where it can be sent.
    #[must_use]
    pub fn fault(&self, value: &str) -> Option<&'static str> {
        match &self.kind {
            _ if value.trim().is_empty() => self.required.then_some("must be given"),
            InputKind::Number => value.trim().parse::<f64>().is_err().then_some("must be a number"),
            InputKind::Tick => (!matches!(value, "true" | "false")).then_some("must be yes or no"),
            InputKind::Choice(options) => (!options.iter().any(|option| **option == *value)).then_some("must be one of its options"),
            InputKind::Text => None,
        }
    }
}

/// A workflow that a person can start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manual {
    /// Its file: `.github/workflows/redeploy.yml`.
    pub workflow: Arc<str>,
    /// Its name; not yet safe to show.
    pub name: Arc<str>,
    /// The group of runs of which only one goes on.
    pub group: Group,
    /// What it takes, in the file's order.
    pub inputs: Vec<Input>,
}

/// The group of runs of which only one goes on (`concurrency`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Group {
    /// There is none: runs go on side by side.
    None,
    /// It depends on what only a run knows.
    Unknown,
    /// This one.
    Named {
        /// Its name.
        name: Arc<str>,
        /// Whether a later run cancels one that goes on, rather than wait for it; none where only a run knows.
        cancels: Option<bool>,
    },
}

/// What becomes of a run when another of its group is started.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is cancelled.
    Cancelled,
    /// It may be: only GitHub knows.
    MayBeCancelled,
    /// It goes on; the new one waits for it.
    WaitedFor,
}

/// What a job's `if` makes of it: all of these must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Condition(pub Vec<Term>);

/// A part of a job's `if`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Term {
    /// This input counts as true: it is ticked, a number but zero, or any text.
    Given(Arc<str>),
    /// This input is ticked.
    Ticked(Arc<str>),
    /// This input is any text, be it "false".
    Filled(Arc<str>),
    /// This input has this value.
    Is(Arc<str>, Arc<str>),
    /// The run was started by this event.
    Event(Arc<str>),
    /// Something that only a run knows.
    Unknown,
}

impl Condition {
    /// Whether the job runs when a person starts the workflow with these inputs; none where only the run knows.
    #[must_use]
    pub fn holds(&self, inputs: &[Input], values: &BTreeMap<Arc<str>, String>) -> Option<bool> {
        let of = |name: &Arc<str>| values.get(name).map_or("", String::as_str);
        let kind = |name: &Arc<str>| inputs.iter().find(|input| input.name == *name).map(|input| &input.kind);
        let term = |term: &Term| match term {
            Term::Given(name) => match kind(name) {
                Some(InputKind::Tick) => Some(of(name) == "true"),
                Some(InputKind::Number) => Some(of(name).trim().parse::<f64>().is_ok_and(|number| number != 0.0)),
                Some(InputKind::Text | InputKind::Choice(_)) | None => Some(!of(name).is_empty()),
            },
            Term::Ticked(name) => (kind(name) == Some(&InputKind::Tick)).then(|| of(name) == "true"),
            Term::Filled(name) => Some(!of(name).is_empty()),
            // GitHub compares texts whatever their case.
            Term::Is(name, wanted) => Some(of(name).eq_ignore_ascii_case(wanted)),
            Term::Event(event) => Some(&**event == "workflow_dispatch"),
            Term::Unknown => None,
        };
        let told: Vec<Option<bool>> = self.0.iter().map(term).collect();
        if told.contains(&Some(false)) { Some(false) } else { told.iter().all(Option::is_some).then_some(true) }
    }

    /// Whether it asks for this input.
    #[must_use]
    pub fn asks_for(&self, input: &str) -> bool {
        self.0
            .iter()
            .any(|term| matches!(term, Term::Given(name) | Term::Ticked(name) | Term::Filled(name) | Term::Is(name, _) if **name == *input))
    }
}

/// The workflows whose runs are in this workflow's group: itself, at least.
#[must_use]
pub fn rivals(overview: &Overview, workflow: &Arc<str>, group: &Group) -> Vec<Arc<str>> {
    // Names of groups are told apart by more than capital letters (GitHub's documentation, "Concurrency").
    let of_group = |other: &Group| matches!((group, other), (Group::Named { name, .. }, Group::Named { name: theirs, .. }) if theirs.eq_ignore_ascii_case(name));
    let mut found = vec![Arc::clone(workflow)];
    found.extend(grouped(overview, of_group));
    found.sort();
    found.dedup();
    found
}

/// The workflows whose runs may be in this workflow's group: nobody but a run knows the one or the other.
#[must_use]
pub fn strangers(overview: &Overview, workflow: &Arc<str>, group: &Group) -> Vec<Arc<str>> {
    let may_be = |other: &Group| match group {
        Group::None => false,
        Group::Unknown => *other != Group::None,
        Group::Named { .. } => *other == Group::Unknown,
    };
    let mut found: Vec<Arc<str>> = grouped(overview, may_be).filter(|other| other != workflow).collect();
    found.sort();
    found.dedup();
    found
}

/// The workflows with a group such as this.
fn grouped(overview: &Overview, fits: impl Fn(&Group) -> bool) -> impl Iterator<Item = Arc<str>> {
    let pushed = overview.pipelines.iter().map(|other| (&other.workflow, &other.group));
    let manual = overview.manual.iter().map(|other| (&other.workflow, &other.group));
    pushed.chain(manual).filter(move |(_, group)| fits(group)).map(|(workflow, _)| Arc::clone(workflow))
}

/// What becomes of the runs that go on in a group when another is started (GitHub's documentation, "Concurrency":
/// one goes on and one waits its turn; a third takes the place of the one that waits).
#[must_use]
pub fn fates<'r>(group: &Group, rivals: &[Arc<str>], strangers: &[Arc<str>], runs: &[&'r Run]) -> Vec<(&'r Run, Fate)> {
    let live = runs.iter().copied().filter(|run| run.progress.is_live());
    let fate = |run: &'r Run| {
        let fate = match group {
            Group::None => return None,
            _ if strangers.contains(&run.workflow) => Fate::MayBeCancelled,
            _ if !rivals.contains(&run.workflow) => return None,
            Group::Named { .. } if run.progress == Progress::Queued => Fate::Cancelled,
            Group::Named { cancels: Some(true), .. } => Fate::Cancelled,
            Group::Named { cancels: Some(false), .. } => Fate::WaitedFor,
            Group::Unknown | Group::Named { cancels: None, .. } => Fate::MayBeCancelled,
        };
        Some((run, fate))
    };
    live.filter_map(fate).collect()
}

/// The jobs of a workflow that deploy, or may, when it is started with these inputs; and whether that is known of each.
#[must_use]
pub fn deploying<'p>(pipeline: &'p Pipeline, manual: &Manual, values: &BTreeMap<Arc<str>, String>) -> (Vec<&'p Stage>, bool) {
    let mut is_known = true;
    let may_run = |stage: &&Stage| {
        let holds = stage.condition.holds(&manual.inputs, values);
        is_known &= holds.is_some();
        holds != Some(false)
    };
    let stages = pipeline.stages.iter().filter(may_run).collect();
    (stages, is_known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_facts;

    fn manual(inputs: Vec<Input>, group: Group) -> Manual {
        Manual { workflow: ".github/workflows/redeploy.yml".into(), name: "Redeploy".into(), group, inputs }
    }

    #[test]
    fn an_input_takes_what_it_says() {
        let of = |kind, required| Input { name: "x".into(), description: "".into(), kind, required, default: None };
        for (kind, required, value, fault) in [
            (InputKind::Text, false, "", None),
            (InputKind::Text, true, " ", Some("must be given")),
            (InputKind::Number, true, "900", None),
            (InputKind::Number, true, "soon", Some("must be a number")),
            (InputKind::Tick, false, "true", None),
            (InputKind::Tick, false, "yes", Some("must be yes or no")),
            (InputKind::Choice(vec!["a".into()]), true, "a", None),
            (InputKind::Choice(vec!["a".into()]), true, "b", Some("must be one of its options")),
        ] {
            assert_eq!(of(kind.clone(), required).fault(value), fault, "{kind:?} {value}");
        }
        for (name, wants) in [("image_tag", true), ("sha", true), ("commit", true), ("stage", false), ("message", false)] {
            assert_eq!(Input { name: name.into(), ..of(InputKind::Text, false) }.wants_commit(), wants, "{name}");
        }
    }

    #[test]
    fn what_runs_follows_from_each_job_s_condition_and_from_nothing_else() {
        let mut pipeline = github_facts::pipeline();
        let jobs: Vec<Arc<str>> = pipeline.stages.iter().map(|stage| Arc::clone(&stage.job)).collect();
        // A tick that is called like a job, and that no job asks for, decides nothing.
        let values = BTreeMap::from([(Arc::clone(&jobs[0]), "false".to_owned()), (Arc::from("live"), "true".to_owned())]);
        let tick = Input { name: Arc::clone(&jobs[0]), description: "".into(), kind: InputKind::Tick, required: false, default: None };
        let ticks = manual(vec![tick], Group::None);
        let names =
            |(stages, is_known): (Vec<&Stage>, bool)| (stages.iter().map(|stage| Arc::clone(&stage.job)).collect::<Vec<_>>(), is_known);
        assert_eq!(names(deploying(&pipeline, &ticks, &values)), (jobs.clone(), true));
        pipeline.stages[0].condition = Condition(vec![Term::Given(Arc::clone(&jobs[0]))]);
        assert_eq!(names(deploying(&pipeline, &ticks, &values)), (jobs[1..].to_vec(), true));
        pipeline.stages[1].condition = Condition(vec![Term::Unknown]);
        assert_eq!(names(deploying(&pipeline, &ticks, &values)), (jobs[1..].to_vec(), false));
    }

    #[test]
    fn groups_that_only_a_run_knows_may_be_one() {
        let forge = github_facts::forge('b');
        let mut overview = forge.get(&github_facts::repository()).unwrap().overview.value().unwrap().clone();
        let ours: Arc<str> = "ours".into();
        let named = |name: &str| Group::Named { name: name.into(), cancels: Some(true) };
        let of = |workflow: &str, group| Manual { workflow: workflow.into(), ..manual(vec![], group) };
        overview.pipelines.clear();
        overview.manual = vec![
            of("ours", named("Deploy")),
            of("same", named("deploy")),
            of("other", named("x")),
            of("open", Group::Unknown),
            of("free", Group::None),
        ];
        let text = |found: Vec<Arc<str>>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(rivals(&overview, &ours, &named("Deploy"))), ["ours", "same"]);
        assert_eq!(text(strangers(&overview, &ours, &named("Deploy"))), ["open"]);
        assert_eq!(text(strangers(&overview, &ours, &Group::Unknown)), ["open", "other", "same"]);
        assert_eq!(text(strangers(&overview, &ours, &Group::None)), [""; 0]);
    }

    #[test]
    fn who_is_in_the_group_is_cancelled_or_waited_for() {
        let run = |id, workflow: &str, progress| Run {
            id: crate::model::id::RunId(id),
            workflow: workflow.into(),
            progress,
            ..github_facts::run(id, 'a', progress)
        };
        let runs = [run(1, "a", Progress::Waiting), run(2, "b", Progress::Queued), run(3, "c", Progress::InProgress)];
        let rivals: Vec<Arc<str>> = vec!["a".into(), "b".into()];
        let fates = |group: &Group| {
            fates(group, &rivals, &["c".into()], &runs.iter().collect::<Vec<_>>())
                .iter()
                .map(|(run, fate)| (run.id.0, *fate))
                .collect::<Vec<_>>()
        };
        let named = |cancels| Group::Named { name: "deploy".into(), cancels };
        let perhaps = (3, Fate::MayBeCancelled);
        assert_eq!(fates(&named(Some(true))), [(1, Fate::Cancelled), (2, Fate::Cancelled), perhaps]);
        assert_eq!(fates(&named(None)), [(1, Fate::MayBeCancelled), (2, Fate::Cancelled), perhaps]);
        assert_eq!(fates(&named(Some(false))), [(1, Fate::WaitedFor), (2, Fate::Cancelled), perhaps]);
        assert_eq!(fates(&Group::Unknown), [(1, Fate::MayBeCancelled), (2, Fate::MayBeCancelled), perhaps]);
        assert_eq!(fates(&Group::None), []);
    }
}
