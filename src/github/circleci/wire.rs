//! What CircleCI's API v2 answers, as the model has it. What is absent or of another shape is none.

use std::sync::Arc;

use serde::Deserialize;

use crate::model::circleci::{Pipeline, Status, Workflow};
use crate::model::id::Sha;

/// One page of a list, the newest first.
#[derive(Deserialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_page_token: Option<String>,
}

#[derive(Deserialize)]
pub struct PipelineRow {
    id: Arc<str>,
    number: u64,
    vcs: Option<Vcs>,
}

#[derive(Deserialize)]
struct Vcs {
    revision: Option<String>,
    branch: Option<Arc<str>>,
    tag: Option<Arc<str>>,
}

impl From<PipelineRow> for Pipeline {
    fn from(row: PipelineRow) -> Self {
        let (commit, branch, tag) =
            row.vcs.map_or((None, None, None), |vcs| (vcs.revision.as_deref().and_then(Sha::new), vcs.branch, vcs.tag));
        Self { id: row.id, number: row.number, branch, tag, commit }
    }
}

#[derive(Deserialize)]
pub struct WorkflowRow {
    id: Arc<str>,
    name: Arc<str>,
    status: String,
    started_by: Option<Arc<str>>,
    created_at: Option<String>,
}

impl From<WorkflowRow> for Workflow {
    fn from(row: WorkflowRow) -> Self {
        let created_at = row.created_at.and_then(|at| at.parse().ok());
        Self { id: row.id, name: row.name, status: Status::read(&row.status), started_by: row.started_by, created_at }
    }
}

/// Whose token it is.
#[derive(Deserialize)]
pub struct Me {
    pub id: Arc<str>,
    pub login: Option<Arc<str>>,
}

/// What a workflow that was run again is answered with.
#[derive(Deserialize)]
pub struct Taken {
    pub workflow_id: Arc<str>,
}
