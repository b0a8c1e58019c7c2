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

/// The workflows whose runs are in this workflow's group: itself, at least.
#[must_use]
pub fn rivals(overview: &Overview, workflow: &Arc<str>, group: &Group) -> Vec<Arc<str>> {
    let mut found = vec![Arc::clone(workflow)];
    if let Group::Named { name, .. } = group {
        let is_in = |group: &Group| matches!(group, Group::Named { name: theirs, .. } if theirs == name);
        let pushed = overview.pipelines.iter().filter(|other| is_in(&other.group)).map(|other| &other.workflow);
        let manual = overview.manual.iter().filter(|other| is_in(&other.group));
        found.extend(pushed.chain(manual.map(|other| &other.workflow)).cloned());
    }
    found.sort();
    found.dedup();
    found
}

/// What becomes of the runs that go on in a group when another is started (GitHub's documentation, "Concurrency":
/// one goes on and one waits its turn; a third takes the place of the one that waits).
#[must_use]
pub fn fates<'r>(group: &Group, rivals: &[Arc<str>], runs: &'r [Run]) -> Vec<(&'r Run, Fate)> {
    let Group::Named { cancels, .. } = group else { return Vec::new() };
    let live = runs.iter().filter(|run| run.progress.is_live() && rivals.contains(&run.workflow));
    let fate = |run: &Run| match cancels {
        _ if run.progress == Progress::Queued => Fate::Cancelled,
        Some(true) => Fate::Cancelled,
        Some(false) => Fate::WaitedFor,
        None => Fate::MayBeCancelled,
    };
    live.map(|run| (run, fate(run))).collect()
}

/// The jobs of a workflow that would deploy with these inputs: those that are ticked, where ticks are named after jobs;
/// those behind the chosen gate; else all.
#[must_use]
pub fn deploying<'p>(pipeline: &'p Pipeline, manual: &Manual, values: &BTreeMap<Arc<str>, String>) -> Vec<&'p Stage> {
    let is_tick = |stage: &Stage| manual.inputs.iter().any(|input| input.kind == InputKind::Tick && input.name == stage.job);
    if pipeline.stages.iter().any(is_tick) {
        let ticked = |stage: &&Stage| !is_tick(stage) || values.get(&stage.job).is_some_and(|value| value == "true");
        return pipeline.stages.iter().filter(ticked).collect();
    }
    let chosen = |stage: &&Stage| stage.gate.as_ref().is_some_and(|gate| values.values().any(|value| **value == **gate));
    let behind: Vec<&Stage> = pipeline.stages.iter().filter(chosen).collect();
    if behind.is_empty() { pipeline.stages.iter().collect() } else { behind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_facts;

    fn tick(name: &str) -> Input {
        Input { name: name.into(), description: "".into(), kind: InputKind::Tick, required: false, default: None }
    }

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
    fn what_is_ticked_deploys_and_without_ticks_all() {
        let pipeline = github_facts::pipeline();
        let jobs: Vec<Arc<str>> = pipeline.stages.iter().map(|stage| Arc::clone(&stage.job)).collect();
        let ticks = manual(jobs.iter().map(|job| tick(job)).collect(), Group::None);
        let values = BTreeMap::from([(Arc::clone(&jobs[0]), "true".to_owned()), (Arc::clone(&jobs[1]), "false".to_owned())]);
        let names = |stages: Vec<&Stage>| stages.iter().map(|stage| Arc::clone(&stage.job)).collect::<Vec<_>>();
        assert_eq!(names(deploying(&pipeline, &ticks, &values)), [Arc::clone(&jobs[0])]);
        assert_eq!(names(deploying(&pipeline, &manual(vec![], Group::None), &values)), jobs);
        let gate = pipeline.stages.iter().find_map(|stage| stage.gate.clone()).unwrap();
        let chosen = BTreeMap::from([(Arc::from("environment"), gate.to_string())]);
        let found = deploying(&pipeline, &manual(vec![], Group::None), &chosen);
        assert!(!found.is_empty() && found.iter().all(|stage| stage.gate.as_ref() == Some(&gate)));
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
        let fates = |group: &Group| fates(group, &rivals, &runs).iter().map(|(run, fate)| (run.id.0, *fate)).collect::<Vec<_>>();
        let named = |cancels| Group::Named { name: "deploy".into(), cancels };
        assert_eq!(fates(&named(Some(true))), [(1, Fate::Cancelled), (2, Fate::Cancelled)]);
        assert_eq!(fates(&named(None)), [(1, Fate::MayBeCancelled), (2, Fate::Cancelled)]);
        assert_eq!(fates(&named(Some(false))), [(1, Fate::WaitedFor), (2, Fate::Cancelled)]);
        assert_eq!(fates(&Group::None), []);
    }
}
