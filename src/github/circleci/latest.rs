//! Looking: the newest workflow that deploys something, one workflow, and whose token it is.

use super::super::call::encoded;
use super::CircleCi;
use super::call::Trouble;
use super::wire::{Me, Page, PipelineRow, WorkflowRow};
use crate::model::circleci::{self, Deploying, LOOKED_THROUGH, Latest, Pipeline, Pushed, Workflow};
use crate::model::fault::{Fault, FaultKind};

/// How many pages of pipelines are looked through for one of a tag: twenty on each.
const MOST_PAGES: usize = 10;

impl CircleCi {
    /// The newest workflow that deploys this: a call for the pipelines, and one for each that is looked through.
    ///
    /// # Errors
    /// When CircleCI does not tell, or none of its latest pipelines has such a workflow.
    pub async fn latest(&self, of: &Deploying) -> Result<Latest, Fault> {
        let what = || format!("the latest pipelines of {}", of.project);
        let looked = self.looked(of).await.map_err(|trouble| trouble.fault(&what()))?;
        circleci::latest(of, &looked).map_err(|why| Fault::new(FaultKind::Missing, why))
    }

    async fn looked(&self, of: &Deploying) -> Result<Vec<(Pipeline, Vec<Workflow>)>, Trouble> {
        let project = of.project.split('/').map(|part| encoded(part).to_string()).collect::<Vec<_>>().join("/");
        let (path, most) = match &of.of {
            Pushed::Branch(branch) => (format!("project/{project}/pipeline?branch={}", encoded(branch)), 1),
            // The API does not choose by tag.
            Pushed::Tags(_) => (format!("project/{project}/pipeline?"), MOST_PAGES),
        };
        let mut pipelines: Vec<Pipeline> = Vec::new();
        let mut next = String::new();
        for _ in 0..most {
            let page: Page<PipelineRow> = self.caller.get(&format!("{path}{next}")).await?;
            pipelines.extend(page.items.into_iter().map(Pipeline::from).filter(|pipeline| of.of.fits(pipeline)));
            let Some(token) = page.next_page_token.filter(|_| pipelines.is_empty()) else { break };
            next = format!("&page-token={}", encoded(&token));
        }
        pipelines.sort_by_key(|pipeline| std::cmp::Reverse(pipeline.number));
        let mut looked = Vec::new();
        for pipeline in pipelines.into_iter().take(LOOKED_THROUGH) {
            let workflows = self.workflows(&pipeline.id).await?;
            looked.push((pipeline, workflows));
        }
        Ok(looked)
    }

    /// The workflows of a pipeline, with those that were run again.
    pub(super) async fn workflows(&self, pipeline: &str) -> Result<Vec<Workflow>, Trouble> {
        let page: Page<WorkflowRow> = self.caller.get(&format!("pipeline/{}/workflow", encoded(pipeline))).await?;
        Ok(page.items.into_iter().map(Into::into).collect())
    }

    /// One workflow.
    pub(super) async fn workflow(&self, id: &str) -> Result<Workflow, Trouble> {
        let row: WorkflowRow = self.caller.get(&format!("workflow/{}", encoded(id))).await?;
        Ok(row.into())
    }

    /// Whose token it is.
    pub(super) async fn viewer(&self) -> Result<Me, Trouble> {
        self.caller.get("me").await
    }
}
