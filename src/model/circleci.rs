//! CircleCI: which workflow deploys an environment, which of them is the newest, and how it stands.
//!
//! A push starts a *pipeline* of a project, and a pipeline runs *workflows*. One that is run again is another workflow
//! of the same pipeline, on the same commit (CircleCI's API v2).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::id::Sha;
use super::pattern::NamePattern;

/// How many of the latest pipelines are looked through for the workflow that deploys.
pub const LOOKED_THROUGH: usize = 5;

/// What of CircleCI deploys an environment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Deploying {
    /// The project's slug: `gh/owner/name`.
    pub project: Arc<str>,
    /// The name of the workflow; none where each of its pipelines has one alone.
    pub workflow: Option<Arc<str>>,
    /// Which pushes it deploys.
    pub of: Pushed,
}

/// Which pushes are deployed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pushed {
    /// Those to this branch.
    Branch(Arc<str>),
    /// Those of tags of this name: `v*`.
    Tags(Arc<str>),
}

impl Pushed {
    /// Whether a pipeline is of such a push.
    #[must_use]
    pub fn fits(&self, pipeline: &Pipeline) -> bool {
        match self {
            Self::Branch(branch) => pipeline.branch.as_ref() == Some(branch),
            Self::Tags(pattern) => pipeline.tag.as_ref().is_some_and(|tag| NamePattern::new(pattern).matches(tag)),
        }
    }

    /// In words: `the branch main`. From the configuration.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Branch(branch) => format!("the branch {branch}"),
            Self::Tags(pattern) => format!("the tags {pattern}"),
        }
    }
}

/// What a push has started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pipeline {
    /// Its id.
    pub id: Arc<str>,
    /// Its number within the project: later ones have higher ones.
    pub number: u64,
    /// The branch that was pushed; not yet safe to show.
    pub branch: Option<Arc<str>>,
    /// The tag that was pushed; not yet safe to show.
    pub tag: Option<Arc<str>>,
    /// The commit.
    pub commit: Option<Sha>,
}

/// How a workflow stands (CircleCI's API v2, "Workflow", `status`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Status {
    /// It runs.
    Running,
    /// It runs, and a job of it has failed.
    Failing,
    /// It waits for somebody's approval.
    OnHold,
    /// It has ended, and all of it went well.
    Success,
    /// It has ended, and some of it did not.
    Failed,
    /// Somebody has ended it.
    Canceled,
    /// It has ended in another way, in CircleCI's own word: `error`, `unauthorized`, `not_run`.
    Ended(Arc<str>),
    /// A word that is not known; not yet safe to show.
    Unknown(Arc<str>),
}

impl Status {
    /// What CircleCI's word means.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "failing" => Self::Failing,
            "on_hold" => Self::OnHold,
            "success" => Self::Success,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            "error" | "unauthorized" | "not_run" => Self::Ended(word.into()),
            other => Self::Unknown(other.into()),
        }
    }

    /// Whether it goes on, or may.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Running | Self::Failing | Self::OnHold | Self::Unknown(_))
    }

    /// In a sentence, behind "it": `has failed`.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self {
            Self::Running => "runs".to_owned(),
            Self::Failing => "runs, and a job of it has failed".to_owned(),
            Self::OnHold => "waits for an approval at CircleCI".to_owned(),
            Self::Success => "has succeeded".to_owned(),
            Self::Failed => "has failed".to_owned(),
            Self::Canceled => "was cancelled".to_owned(),
            Self::Ended(word) => format!("has ended: {word}"),
            Self::Unknown(word) => format!("is \"{word}\", which is not known here"),
        }
    }
}

/// A workflow of a pipeline.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workflow {
    /// Its id.
    pub id: Arc<str>,
    /// Its name; not yet safe to show.
    pub name: Arc<str>,
    /// How it stands.
    pub status: Status,
    /// The id of who started it.
    pub started_by: Option<Arc<str>>,
    /// When it was started.
    pub created_at: Option<Timestamp>,
}

/// The newest workflow that deploys an environment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Latest {
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// The workflow.
    pub workflow: Workflow,
    /// Every workflow of that pipeline: one that comes behind it is told from them.
    pub known: Vec<Arc<str>>,
    /// Another that goes on, of this pipeline or of one before it, with the number of its pipeline.
    pub live: Option<(u64, Workflow)>,
    /// Whose token it would be run again with: a login, not yet safe to show; none where that was not asked.
    pub viewer: Option<Arc<str>>,
}

/// The newest workflow that deploys, among these pipelines with their workflows.
///
/// It is of the newest pipeline that has one: one of an older pipeline that was run again later deploys an older commit.
///
/// # Errors
/// When there is none, or nobody can tell which one deploys.
pub fn latest(of: &Deploying, looked: &[(Pipeline, Vec<Workflow>)]) -> Result<Latest, String> {
    let mut fitting: Vec<&(Pipeline, Vec<Workflow>)> = looked.iter().filter(|(pipeline, _)| of.of.fits(pipeline)).collect();
    fitting.sort_by_key(|(pipeline, _)| std::cmp::Reverse(pipeline.number));
    let is_meant = |workflow: &&Workflow| of.workflow.as_ref().is_none_or(|name| *name == workflow.name);
    let newest = fitting.iter().find_map(|(pipeline, workflows)| {
        let mut meant: Vec<&Workflow> = workflows.iter().filter(is_meant).collect();
        // Those without a time come last: nobody knows that they are newer.
        meant.sort_by_key(|workflow| std::cmp::Reverse(workflow.created_at));
        meant.first().map(|workflow| (pipeline, workflows, (*workflow).clone()))
    });
    let Some((pipeline, workflows, workflow)) = newest else { return Err(none(of)) };
    if let Some(other) = workflows.iter().find(|other| of.workflow.is_none() && other.name != workflow.name) {
        return Err(format!(
            "pipeline {} of {} has several workflows ({}, {}): name the one that deploys, with circleci_workflow",
            pipeline.number, of.project, workflow.name, other.name
        ));
    }
    let live = fitting.iter().find_map(|(pipeline, workflows)| {
        let live = workflows.iter().filter(is_meant).find(|other| other.status.is_live() && other.id != workflow.id)?;
        Some((pipeline.number, live.clone()))
    });
    let known = workflows.iter().map(|workflow| Arc::clone(&workflow.id)).collect();
    Ok(Latest { pipeline: pipeline.clone(), workflow, known, live, viewer: None })
}

fn none(of: &Deploying) -> String {
    let named = of.workflow.as_ref().map_or_else(|| "a workflow".to_owned(), |name| format!("the workflow \"{name}\""));
    format!(
        "none of the latest pipelines of {} on {} has {named}: check circleci_workflow, circleci_branch and circleci_tags",
        of.project,
        of.of.words()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deploying(workflow: Option<&str>) -> Deploying {
        Deploying { project: "gh/o/r".into(), workflow: workflow.map(Into::into), of: Pushed::Branch("main".into()) }
    }

    fn pipeline(number: u64, branch: &str) -> Pipeline {
        Pipeline { id: format!("p-{number}").into(), number, branch: Some(branch.into()), tag: None, commit: Sha::new("1234567") }
    }

    fn workflow(id: &str, name: &str, status: &str, second: i64) -> Workflow {
        let created_at = Timestamp::from_second(second).ok();
        Workflow { id: id.into(), name: name.into(), status: Status::read(status), started_by: None, created_at }
    }

    #[test]
    fn the_newest_is_of_the_newest_pipeline_of_its_branch_whenever_an_older_one_was_run_again() {
        let looked = [
            (pipeline(7, "main"), vec![workflow("old", "deploy", "success", 900)]),
            (pipeline(9, "feature"), vec![workflow("other", "deploy", "success", 800)]),
            (pipeline(8, "main"), vec![workflow("first", "deploy", "failed", 100), workflow("again", "deploy", "success", 200)]),
        ];
        let latest = latest(&deploying(Some("deploy")), &looked).unwrap();
        assert_eq!((latest.pipeline.number, &*latest.workflow.id, latest.live), (8, "again", None));
        assert_eq!(latest.known, ["first".into(), "again".into()]);
    }

    #[test]
    fn a_pipeline_that_has_not_the_workflow_is_passed_over_and_one_that_goes_on_is_told() {
        let looked = [
            (pipeline(8, "main"), vec![workflow("w", "deploy", "success", 100)]),
            (pipeline(9, "main"), vec![workflow("t", "tests", "running", 300)]),
            (pipeline(7, "main"), vec![workflow("l", "deploy", "on_hold", 50)]),
        ];
        let latest = latest(&deploying(Some("deploy")), &looked).unwrap();
        assert_eq!((&*latest.workflow.id, latest.live.map(|(number, live)| (number, live.id))), ("w", Some((7, "l".into()))));
    }

    #[test]
    fn nobody_guesses_which_of_several_deploys() {
        let looked = [(pipeline(8, "main"), vec![workflow("a", "tests", "success", 1), workflow("b", "deploy", "success", 2)])];
        let why = latest(&deploying(None), &looked).unwrap_err();
        assert!(why.contains("several workflows (deploy, tests)") && why.contains("circleci_workflow"), "{why}");
        let why = latest(&deploying(Some("ship")), &looked).unwrap_err();
        assert!(why.contains("the workflow \"ship\"") && why.contains("the branch main"), "{why}");
    }

    #[test]
    fn tags_fit_by_their_pattern_and_what_is_not_known_may_go_on() {
        let tagged = Pipeline { branch: None, tag: Some("v4.9.4".into()), ..pipeline(1, "") };
        assert!(Pushed::Tags("v*".into()).fits(&tagged) && !Pushed::Tags("rc*".into()).fits(&tagged));
        assert!(!Pushed::Branch("main".into()).fits(&tagged));
        for (word, is_live) in
            [("running", true), ("failing", true), ("on_hold", true), ("not_run", false), ("failed", false), ("new", true)]
        {
            assert_eq!(Status::read(word).is_live(), is_live, "{word}");
        }
    }
}
