//! What of an operation goes into the audit log: its plan, its end, and what a person decides in between.

use std::sync::Arc;

use super::{Conclusion, Driver, Parts};
use crate::model::operation::fact::{Command, Spot, Wish};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::Deed;
use crate::model::operation::verdict::Ending;
use crate::ops::audit::Entry;

impl Driver {
    /// Records what a person decides about the operation.
    pub(super) async fn audit_wish(&self, command: &Command) -> Result<(), Arc<str>> {
        let unit = |number: u32| self.operation.unit(number).map_or_else(String::new, |unit| unit.name.to_string());
        let of = |spot: Spot| {
            let words = self.operation.deed(spot).map(Deed::words).unwrap_or_default();
            format!("{words} {}", spot.unit().map(unit).unwrap_or_default())
        };
        let (what, reason) = match &command.wish {
            Wish::Pause => ("pause".to_owned(), None),
            Wish::Resume { reason } => ("resume".to_owned(), reason.as_ref()),
            Wish::Stop => ("stop".to_owned(), None),
            Wish::Skip { unit: number, reason } => (format!("skip {}", unit(*number)), Some(reason)),
            Wish::Resolve { spot, answer, reason } => (format!("{}: {}", of(*spot).trim(), answer.words()), Some(reason)),
            Wish::Leave { reason } => ("leave as it is".to_owned(), Some(reason)),
        };
        let recorded = audited(&self.parts, &self.operation, "intended", &what, Some(&command.by), reason.map(AsRef::as_ref)).await;
        heeded(Some(&command.wish), recorded)
    }

    pub(super) async fn audit_end(&self, conclusion: &Conclusion) {
        let (outcome, fault) = match conclusion {
            Conclusion::Ended(ending) => (ending.word(), self.operation.upshot()),
            Conclusion::Interrupted => ("interrupted", None),
            Conclusion::Broken(why) => ("interrupted", Some(why.to_string())),
        };
        // The journal has it all, where there is one: that the log has no line of the end stops nothing any more.
        let _ = audited(&self.parts, &self.operation, outcome, "", None, fault.as_deref()).await;
    }
}

/// Whether a wish is heeded although it may not have been recorded. What stops something is hindered by nothing; all else
/// is not done where it cannot be recorded.
pub(in crate::ops) fn heeded(wish: Option<&Wish>, recorded: Result<(), Arc<str>>) -> Result<(), Arc<str>> {
    match (wish, recorded) {
        (Some(Wish::Pause | Wish::Stop), Err(why)) => {
            tracing::error!(%why, "something is stopped or paused without a record of it");
            Ok(())
        }
        (_, recorded) => recorded,
    }
}

/// Appends a line about the operation to the audit log.
pub(in crate::ops) async fn audited(
    parts: &Parts,
    operation: &Operation,
    outcome: &'static str,
    what: &str,
    by: Option<&str>,
    said: Option<&str>,
) -> Result<(), Arc<str>> {
    if parts.audit.path().is_none() {
        return Ok(());
    }
    let plan = operation.plan();
    let title = if what.is_empty() { plan.title.to_string() } else { format!("{what}: {}", plan.title) };
    let title = format!("{title} (operation {})", plan.id);
    let actor = plan.actor.identity.clone().or_else(|| plan.actor.login.as_ref().map(|login| login.as_str().into()));
    let identity: Option<Arc<str>> = by.map(Arc::from).or(actor);
    let environments = plan.environments();
    let environment = environments.iter().next().filter(|_| environments.len() == 1).map(ToString::to_string);
    let intended = outcome == "intended";
    // What an end that is good has found is no fault.
    let is_fault = !intended && outcome != Ending::Succeeded.word();
    let comment: Arc<str> = said.filter(|_| !is_fault).or(plan.reason.as_deref().filter(|_| intended)).unwrap_or_default().into();
    let fault: Option<Arc<str>> = said.filter(|_| is_fault).map(Arc::from);
    let (audit, at) = (parts.audit.clone(), parts.clock.now());
    // A disk may take its time: nobody else has to wait for it.
    let written = tokio::task::spawn_blocking(move || {
        let entry = Entry::of(at, outcome, &title);
        let (identity, environment, fault) = (identity.as_deref(), environment.as_deref(), fault.as_deref());
        audit.append(&Entry { identity, environment, comment: &comment, fault, ..entry })
    });
    let path = || parts.audit.path().map_or_else(String::new, |path| path.display().to_string());
    let why = match written.await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(why)) => why.to_string(),
        Err(error) => error.to_string(),
    };
    Err(format!("the audit log {} cannot be written: {why}. What cannot be recorded is not done", path()).into())
}
