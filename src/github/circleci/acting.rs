//! Running a workflow again: a look before, one request, and looks at what became of it.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::super::call::encoded;
use super::CircleCi;
use super::call::Trouble;
use super::wire::Taken;
use crate::model::circleci::{Status, Workflow};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Action, Place, Rerun};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Progress, Receipt};
use crate::ops::port::Platform;

impl CircleCi {
    /// The workflow is still the newest that deploys there, and none goes on.
    async fn before_rerun(&self, rerun: &Rerun) -> Result<Baseline, Fault> {
        let at = Some(self.caller.now());
        let latest = self.latest(&rerun.of).await?;
        let own = Some((latest.pipeline.number, latest.workflow.clone())).filter(|(_, workflow)| workflow.status.is_live());
        if let Some((number, workflow)) = own.or_else(|| latest.live.clone()) {
            let sentence = format!("{} of pipeline {number} {} already: wait until it is over", workflow.name, workflow.status.phrase());
            return Err(Fault::new(FaultKind::Refused, sentence));
        }
        if latest.workflow.id != rerun.workflow {
            let sentence = format!(
                "{} of pipeline {} is newer than what was planned, of pipeline {}: plan it anew",
                latest.workflow.name, latest.pipeline.number, rerun.number
            );
            return Err(Fault::new(FaultKind::Refused, sentence));
        }
        Ok(Baseline { at, known: latest.known.into_iter().collect(), ..Baseline::default() })
    }

    /// Sends it. Once.
    async fn send_rerun(&self, rerun: &Rerun) -> Begun {
        let path = format!("workflow/{}/rerun", encoded(&rerun.workflow));
        match self.caller.post(&path, &json!({ "from_failed": false })).await {
            Ok(body) => {
                // An answer that does not name the new workflow is one all the same: it is looked for.
                let id = serde_json::from_slice::<Taken>(&body).ok().map(|taken| taken.workflow_id);
                Begun::Accepted(Receipt { request: None, id, at: Some(self.caller.now()) })
            }
            Err(trouble) => {
                let (is_untaken, fault) = (trouble.is_untaken(), trouble.fault(&format!("running {} again", rerun.name)));
                if is_untaken { Begun::Refused(fault) } else { Begun::Unclear(fault) }
            }
        }
    }

    async fn see_rerun(&self, rerun: &Rerun, baseline: &Baseline, receipt: Option<&Receipt>) -> Result<Observed, Fault> {
        let of = |trouble: Trouble| trouble.fault(&format!("{} of pipeline {}", rerun.name, rerun.number));
        if let Some(id) = receipt.and_then(|receipt| receipt.id.as_ref()) {
            return match self.workflow(id).await {
                Ok(workflow) => Ok(judge(&workflow, rerun)),
                Err(Trouble::Refused(404, _)) => Ok(Observed::NotBegun),
                Err(trouble) => Err(of(trouble)),
            };
        }
        let all = self.workflows(&rerun.pipeline).await.map_err(of)?;
        let new: Vec<&Workflow> =
            all.iter().filter(|workflow| workflow.name == rerun.name && !baseline.known.contains(&workflow.id)).collect();
        if new.is_empty() {
            return Ok(Observed::NotBegun);
        }
        let viewer = self.viewer().await.map_err(of)?.id;
        Ok(found(&new, &viewer).map_or_else(|why| Observed::Unclear(why.into()), |workflow| judge(workflow, rerun)))
    }
}

/// Which of the new workflows is ours.
fn found<'w>(new: &[&'w Workflow], viewer: &Arc<str>) -> Result<&'w Workflow, &'static str> {
    match new {
        [one] if one.started_by.as_ref() == Some(viewer) => Ok(one),
        [_] => Err("it was run again since, and not by whose token this is: look at CircleCI"),
        _ => Err("it was run again more than once since: look at CircleCI which of them deploys"),
    }
}

/// What a workflow says of itself.
fn judge(workflow: &Workflow, rerun: &Rerun) -> Observed {
    let phrase = format!("{} of pipeline {} {}", workflow.name, rerun.number, workflow.status.phrase());
    match &workflow.status {
        Status::Success => Observed::Ended(Outcome::Done(phrase.into())),
        Status::Failed | Status::Canceled | Status::Ended(_) => Observed::Ended(Outcome::Failed(
            format!("{phrase}: see workflow {} at CircleCI; what it launched may still be there", workflow.id).into(),
        )),
        Status::Running | Status::Failing | Status::OnHold | Status::Unknown(_) => {
            Observed::Underway(Progress { parts: None, note: Some(phrase.into()) })
        }
    }
}

fn elsewhere() -> Fault {
    Fault::new(FaultKind::Unsupported, "CircleCI does not do this: it runs workflows again")
}

impl Platform for CircleCi {
    fn before(&self, _place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        Box::pin(async move {
            match action {
                Action::Rerun(rerun) => self.before_rerun(&rerun).await,
                _ => Err(elsewhere()),
            }
        })
    }

    fn begin(&self, _place: Place, action: Action, _mark: Mark) -> BoxFuture<'_, Begun> {
        Box::pin(async move {
            match action {
                Action::Rerun(rerun) => self.send_rerun(&rerun).await,
                _ => Begun::Refused(elsewhere()),
            }
        })
    }

    fn observe(
        &self,
        _place: Place,
        action: Action,
        _mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        Box::pin(async move {
            match action {
                Action::Rerun(rerun) => self.see_rerun(&rerun, &baseline, receipt.as_ref()).await,
                _ => Err(elsewhere()),
            }
        })
    }
}
