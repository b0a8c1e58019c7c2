//! `[[circleci]]`: projects that CircleCI builds, and what their pipelines have done.

use serde::Deserialize;
use toml::Spanned;

use super::populate::Builder;
use super::{Mistake, Scenario};
use crate::chance::{hash, mix};
use crate::circleci::{Pipeline, Project, State, Workflow, uuid};
use crate::compute::replace::{ReplaceOrder, Report};
use crate::moment::MINUTE;

/// The statuses of workflows that stay as they are (CircleCI's API v2, "Workflow").
const STATUSES: [&str; 7] = ["success", "failed", "canceled", "error", "unauthorized", "on_hold", "running"];

/// `[[circleci]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircleCiEntry {
    /// Its slug: `gh/owner/name`.
    pub project: String,
    /// Its pipelines, the oldest first.
    #[serde(default)]
    pub pipeline: Vec<Spanned<PipelineEntry>>,
}

/// `[[circleci.pipeline]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineEntry {
    /// Its number.
    pub number: u64,
    /// The branch that was pushed.
    #[serde(default)]
    pub branch: Option<String>,
    /// The tag that was pushed.
    #[serde(default)]
    pub tag: Option<String>,
    /// The commit: as `commit` of `[[instance]]`.
    pub commit: Spanned<String>,
    /// When.
    #[serde(default)]
    pub at: Option<Spanned<String>>,
    /// Its workflows.
    #[serde(default)]
    pub workflow: Vec<Spanned<WorkflowEntry>>,
}

/// `[[circleci.pipeline.workflow]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowEntry {
    /// Its name.
    pub name: String,
    /// How it stands; success when left out.
    #[serde(default)]
    pub status: Option<Spanned<String>>,
    /// The environment that tags make which it deploys when it is run again.
    #[serde(default)]
    pub deploys: Option<Spanned<String>>,
    /// The status that its job leaves on the commit.
    #[serde(default)]
    pub report: Option<String>,
    /// What it deploys when it is run again never answers.
    #[serde(default)]
    pub fails: bool,
}

impl Builder<'_> {
    /// Adds the projects of CircleCI. Behind the instances, which its workflows deploy.
    pub(super) fn circleci(&mut self, scenario: &Scenario) -> Result<(), Mistake> {
        if scenario.circleci.is_empty() {
            return Ok(());
        }
        let seed = self.world.seed;
        self.world.circleci.token = format!("sim-circleci-{}", uuid(mix(seed, hash("token"))));
        self.world.circleci.viewer = uuid(mix(seed, hash("viewer")));
        for entry in &scenario.circleci {
            let slug = entry.get_ref().project.as_str();
            let pipelines = entry.get_ref().pipeline.iter().map(|of| self.pipeline(slug, of)).collect::<Result<Vec<_>, _>>()?;
            self.world.circleci.projects.push(Project { slug: slug.into(), pipelines });
        }
        Ok(())
    }

    fn pipeline(&self, slug: &str, spanned: &Spanned<PipelineEntry>) -> Result<Pipeline, Mistake> {
        let entry = spanned.get_ref();
        if entry.branch.is_some() == entry.tag.is_some() {
            return Err(self.source.mistake(spanned.span().start, "a pipeline is of a `branch` or of a `tag`"));
        }
        let created = self.start.plus(self.length(entry.at.as_ref(), -60 * MINUTE)?);
        let seed = mix(self.world.seed, hash(&format!("{slug} {}", entry.number)));
        let mut pipeline = Pipeline {
            id: uuid(seed),
            number: entry.number,
            branch: entry.branch.as_deref().map(Into::into),
            tag: entry.tag.as_deref().map(Into::into),
            revision: self.commit_id(&entry.commit)?,
            created,
            workflows: Vec::new(),
        };
        for of in &entry.workflow {
            let workflow = self.workflow(&pipeline, &entry.commit, seed, of)?;
            pipeline.workflows.push(workflow);
        }
        Ok(pipeline)
    }

    fn workflow(
        &self,
        pipeline: &Pipeline,
        commit: &Spanned<String>,
        seed: u64,
        spanned: &Spanned<WorkflowEntry>,
    ) -> Result<Workflow, Mistake> {
        let entry = spanned.get_ref();
        let status = entry.status.as_ref().map_or("success", |status| status.get_ref().as_str());
        if !STATUSES.contains(&status) {
            let sentence = format!("\"{status}\" is no status of a workflow; write one of {}", STATUSES.join(", "));
            return Err(self.source.mistake(spanned.span().start, sentence));
        }
        let goes_on = matches!(status, "on_hold" | "running");
        let state = if goes_on { State::Stays(status.into()) } else { State::Until(pipeline.created.plus(15 * MINUTE), status.into()) };
        let order = entry.deploys.as_ref().map(|deploys| self.order(entry, deploys, commit)).transpose()?;
        let id = uuid(mix(seed, hash(&entry.name)));
        Ok(Workflow { id, name: entry.name.as_str().into(), by: uuid(seed), created: pipeline.created, state, order })
    }

    fn order(&self, entry: &WorkflowEntry, deploys: &Spanned<String>, commit: &Spanned<String>) -> Result<ReplaceOrder, Mistake> {
        let known = self.world.compute.tagged.iter().position(|tagged| *tagged.name == **deploys.get_ref());
        let tagged = known.ok_or_else(|| {
            let sentence = format!("no instance carries the tags of \"{}\"", deploys.get_ref());
            self.source.mistake(deploys.span().start, sentence)
        })?;
        let report = entry.report.as_deref().and_then(|context| {
            let (repository, commit) = self.commit_place(commit.get_ref())?;
            Some(Report { repository, commit, context: context.into() })
        });
        Ok(ReplaceOrder { tagged, commit: self.commit_id(commit)?, fails: entry.fails, report })
    }
}
