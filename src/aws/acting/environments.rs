//! Environments of Elastic Beanstalk: deploy, restart, rebuild, abort, swap, resize.
//!
//! Owns the calls. What they show is judged in [`super::judgement`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_elasticbeanstalk::Client;
use aws_sdk_elasticbeanstalk::operation::RequestId as _;
use aws_sdk_elasticbeanstalk::types::{
    ApplicationVersionStatus, ConfigurationOptionSetting, EnvironmentDescription, EnvironmentHealth, EnvironmentHealthStatus,
    EnvironmentStatus, EventDescription, InstancesHealthAttribute,
};

use super::super::beanstalk::{events, instances, words};
use super::super::call::{Answer, Line};
use super::super::pages;
use super::super::told::{arn_parts, moment, moment_to_ask, text};
use super::judgement::{Described, Look, number};
use super::{Acting, Api, operation, refused, sent};
use crate::model::clock::Timestamp;
use crate::model::event::PlatformEvent;
use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::id::{AccountId, EnvironmentName, Platform, PlatformId, Region, VersionLabel};
use crate::model::instance::Deployment;
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Observed, Receipt};

/// For how long a version that was there is not asked for again where an environment is only checked.
const VOUCHED: Duration = Duration::from_secs(60);
/// When each version was last seen to be there, by where and by its application. A wave asks for the same one for each of
/// its environments at once: the first asks, the others wait for that.
pub(super) type Versions = Arc<Mutex<HashMap<VersionKey, Arc<tokio::sync::Mutex<Option<Timestamp>>>>>>;
type VersionKey = (Option<AccountId>, Option<Region>, String, VersionLabel);

/// How many events a page holds at most.
const EVENTS_PER_PAGE: i32 = 1_000;

/// The place as the calls name it.
struct Target<'a> {
    line: Line,
    client: Client,
    /// The platform's own id.
    id: &'a PlatformId,
    name: &'a EnvironmentName,
}

impl Acting {
    async fn target<'a>(&self, place: &'a Place) -> Result<Target<'a>, Fault> {
        let (id, name) = named(place)?;
        let line = self.line(place, None).await?;
        Ok(Target { client: line.opened.beanstalk(&line.region), line, id, name })
    }

    /// The same, as who writes.
    async fn writing_target<'a>(&self, place: &'a Place) -> Result<Target<'a>, Fault> {
        let (id, name) = named(place)?;
        let line = self.writing_line(place).await?;
        Ok(Target { client: line.opened.beanstalk(&line.region), line, id, name })
    }

    pub(super) async fn before_environment(&self, place: &Place, action: &Action) -> Result<Baseline, Fault> {
        let target = self.target(place).await?;
        let described = self.described(&target, place).await.told?;
        may_begin(&described, action)?;
        let mut baseline = Baseline {
            version: described.label.clone(),
            updated_at: described.updated_at,
            state: Some(described.status.as_str().into()),
            ..Baseline::default()
        };
        match action {
            Action::Deploy(label) => self.check_version(&target, &described.application, label).await?,
            Action::Swap { with, id } => {
                let other = Place { environment: with.clone(), id: Some(id.clone()), instance: None, ..place.clone() };
                self.check_other(place, &other).await?;
                baseline.known.extend(described.cname.as_deref().map(Into::into));
            }
            _ => {}
        }
        if matches!(action, Action::Deploy(_) | Action::Proven(_)) && described.tells_deployments {
            baseline.deployment = self.deployments(&target).await?.iter().filter_map(number).max();
        }
        baseline.event_at = self.newest_event(&target).await?;
        // Several answers came before, some of them asked for again; what is sent now has to show from now on.
        baseline.at = Some(self.now());
        Ok(baseline)
    }

    /// Whether this could begin there. What it would be told from afterwards is not asked for: it is not begun behind this.
    pub(super) async fn check_environment(&self, place: &Place, action: &Action) -> Result<(), Fault> {
        let target = self.target(place).await?;
        let described = self.described(&target, place).await.told?;
        may_begin(&described, action)?;
        match action {
            Action::Deploy(label) => self.check_version_once(&target, place, &described.application, label).await,
            Action::Swap { with, id } => {
                let other = Place { environment: with.clone(), id: Some(id.clone()), instance: None, ..place.clone() };
                self.check_other(place, &other).await
            }
            _ => Ok(()),
        }
    }

    /// Whether there is such a version, as it was found a moment ago.
    async fn check_version_once(&self, target: &Target<'_>, place: &Place, application: &str, label: &VersionLabel) -> Result<(), Fault> {
        let key = (place.environment.account.clone(), place.environment.region.clone(), application.to_owned(), label.clone());
        let known = Arc::clone(self.versions.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let mut seen_at = known.lock().await;
        let is_recent = |at: Timestamp| self.now().duration_since(at).unsigned_abs() < VOUCHED;
        if !seen_at.is_some_and(is_recent) {
            self.check_version(target, application, label).await?;
            *seen_at = Some(self.now());
        }
        Ok(())
    }

    /// The environment itself, by its id.
    async fn described(&self, target: &Target<'_>, place: &Place) -> Answer<Described> {
        let ask = target.client.describe_environments().environment_ids(target.id.as_str()).include_deleted(false);
        let operation = operation(Api::Beanstalk, "DescribeEnvironments", target.name.as_str());
        let Answer { stamp, told } = self.wire.ask(&target.line, operation, || ask.clone().send()).await;
        Answer { stamp, told: told.and_then(|told| found(told.environments(), target, place)) }
    }

    /// How the platform finds the environment, and its word for it.
    pub(super) async fn see_health(&self, place: &Place) -> Result<(Level, String), Fault> {
        let target = self.target(place).await?;
        let environment = self.described(&target, place).await.told?;
        Ok((environment.level, environment.health))
    }

    /// Whether the other environment of a swap can take part in it.
    async fn check_other(&self, place: &Place, other: &Place) -> Result<(), Fault> {
        if (&place.environment.account, &place.environment.region) != (&other.environment.account, &other.environment.region) {
            return Err(refused(format!("{} is in another account or region: CNAMEs are swapped within one", other.environment.name)));
        }
        let target = self.target(other).await?;
        may_begin(&self.described(&target, other).await.told?, &Action::Restart)
    }

    /// Whether there is such a version, and it can be deployed.
    async fn check_version(&self, target: &Target<'_>, application: &str, label: &VersionLabel) -> Result<(), Fault> {
        let ask = target.client.describe_application_versions().application_name(application).version_labels(label.as_str());
        let operation = operation(Api::Beanstalk, "DescribeApplicationVersions", application);
        let told = self.wire.ask(&target.line, operation, || ask.clone().send()).await.told?;
        let found = told.application_versions().iter().find(|version| version.version_label() == Some(label.as_str()));
        let Some(version) = found else {
            let sentence =
                format!("{application} has no version {label}: it was never made here, or the application's lifecycle removed it");
            return Err(Fault::new(FaultKind::Missing, sentence));
        };
        match version.status() {
            // One that was made without being looked through is deployed all the same.
            None | Some(ApplicationVersionStatus::Processed | ApplicationVersionStatus::Unprocessed) => Ok(()),
            Some(status) => {
                Err(refused(format!("the version {label} of {application} is {}: only one that is processed is deployed", status.as_str())))
            }
        }
    }

    /// What each instance tells of what is deployed there.
    async fn deployments(&self, target: &Target<'_>) -> Result<Vec<Deployment>, Fault> {
        let operation = operation(Api::Beanstalk, "DescribeInstancesHealth", target.name.as_str());
        let told = pages::all(&target.line, operation, |token| {
            let ask = target.client.describe_instances_health().environment_id(target.id.as_str());
            let ask = ask.attribute_names(InstancesHealthAttribute::Deployment).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.ask(&target.line, operation, || ask.clone().send()).await;
                Answer { stamp, told: told.map(|page| (page.instance_health_list.unwrap_or_default(), page.next_token)) }
            })
        });
        let told = told.await.told?;
        Ok(instances::with_health(&told).each.into_iter().filter_map(|instance| instance.deployment).collect())
    }

    async fn newest_event(&self, target: &Target<'_>) -> Result<Option<Timestamp>, Fault> {
        let ask = target.client.describe_events().environment_id(target.id.as_str()).max_records(1);
        let operation = operation(Api::Beanstalk, "DescribeEvents", target.name.as_str());
        let told = self.wire.ask(&target.line, operation, || ask.clone().send()).await.told?;
        Ok(told.events().iter().filter_map(|event| moment(event.event_date())).max())
    }

    /// What has happened there since the look before, oldest first. What happened at the very moment of the newest
    /// event then, happened before.
    async fn events_since(&self, target: &Target<'_>, baseline: &Baseline) -> Result<Vec<PlatformEvent>, Fault> {
        let operation = operation(Api::Beanstalk, "DescribeEvents", target.name.as_str());
        let told = pages::all(&target.line, operation, |token| {
            let ask = target.client.describe_events().environment_id(target.id.as_str()).max_records(EVENTS_PER_PAGE);
            let ask = ask.set_start_time(baseline.event_at.map(moment_to_ask)).set_next_token(token);
            Box::pin(async move {
                let Answer { stamp, told } = self.wire.ask(&target.line, operation, || ask.clone().send()).await;
                Answer { stamp, told: told.map(|page| (page.events.unwrap_or_default(), page.next_token)) }
            })
        });
        let told: Vec<EventDescription> = told.await.told?;
        let events = events::Translator::default().events(&told, &target.line.region, None);
        let is_since = |event: &PlatformEvent| baseline.event_at.is_none_or(|before| event.at > before);
        // They come newest first; those of one moment keep that order.
        let mut since: Vec<PlatformEvent> = events.into_iter().rev().map(|(_, event)| event).filter(is_since).collect();
        since.sort_by_key(|event| event.at);
        Ok(since)
    }

    pub(super) async fn send_to_environment(&self, place: &Place, action: &Action) -> Result<Receipt, Begun> {
        let Target { line, client, id, name } = self.writing_target(place).await.map_err(Begun::Refused)?;
        let (id, about) = (id.as_str(), name.as_str());
        let named = |operation: &'static str| super::operation(Api::Beanstalk, operation, about);
        match action {
            // A version and a configuration never go together: the service refuses that, and one of both would fail alone.
            Action::Deploy(label) => {
                let ask = client.update_environment().environment_id(id).version_label(label.as_str());
                let told = self.wire.write(&line, named("UpdateEnvironment"), ask.send()).await?;
                Ok(self.receipt(told.request_id()))
            }
            Action::Resize { fewest, most } => {
                let ask = client.update_environment().environment_id(id).set_option_settings(Some(sizes(*fewest, *most)));
                let told = self.wire.write(&line, named("UpdateEnvironment"), ask.send()).await?;
                Ok(self.receipt(told.request_id()))
            }
            Action::Restart => {
                let ask = client.restart_app_server().environment_id(id);
                Ok(self.receipt(self.wire.write(&line, named("RestartAppServer"), ask.send()).await?.request_id()))
            }
            Action::Rebuild => {
                let ask = client.rebuild_environment().environment_id(id);
                Ok(self.receipt(self.wire.write(&line, named("RebuildEnvironment"), ask.send()).await?.request_id()))
            }
            Action::Abort => {
                let ask = client.abort_environment_update().environment_id(id);
                Ok(self.receipt(self.wire.write(&line, named("AbortEnvironmentUpdate"), ask.send()).await?.request_id()))
            }
            Action::Swap { id: other, .. } => {
                let ask = client.swap_environment_cnames().source_environment_id(id).destination_environment_id(other.as_str());
                Ok(self.receipt(self.wire.write(&line, named("SwapEnvironmentCNAMEs"), ask.send()).await?.request_id()))
            }
            _ => Err(Begun::Refused(super::elsewhere())),
        }
    }

    pub(super) async fn see_environment(
        &self,
        place: &Place,
        action: &Action,
        baseline: &Baseline,
        receipt: Option<&Receipt>,
    ) -> Result<Observed, Fault> {
        let target = self.target(place).await?;
        let environment = match self.described(&target, place).await.told {
            Ok(environment) => environment,
            // What is gone has come to its end, whatever was done to it.
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(super::failed(fault.sentence)),
            Err(fault) => return Err(fault),
        };
        let events = self.events_since(&target, baseline).await?;
        let wants_instances = baseline.deployment.is_some() && environment.tells_deployments;
        let deployments = if wants_instances { self.deployments(&target).await? } else { Vec::new() };
        let look = Look {
            action,
            environment: &environment,
            events: &events,
            deployments: &deployments,
            baseline,
            request: receipt.and_then(|receipt| receipt.request.as_deref()),
            was_accepted: receipt.is_some(),
            sent: sent(baseline, receipt),
            now: self.now(),
        };
        Ok(look.judge())
    }
}

/// The id of an environment of Elastic Beanstalk, and its name.
fn named(place: &Place) -> Result<(&PlatformId, &EnvironmentName), Fault> {
    let name = &place.environment.name;
    if place.environment.platform != Platform::Beanstalk {
        return Err(refused(format!("{name} is no environment of Elastic Beanstalk")));
    }
    let Some(id) = &place.id else {
        return Err(refused(format!("the id of {name} is not known, and its name alone may be another's by now: read it first")));
    };
    Ok((id, name))
}

/// The environment that is meant, among those that were told.
fn found(told: &[EnvironmentDescription], target: &Target<'_>, place: &Place) -> Result<Described, Fault> {
    let name = target.name;
    // Some servers give several environments one id.
    let found = told.iter().find(|told| told.environment_name() == Some(name.as_str()));
    let found = found.filter(|told| told.environment_id() == Some(target.id.as_str())).map(described).ok_or_else(|| {
        let sentence = format!("there is no environment {name} with the id {} any more: it was ended, or made anew", target.id);
        Fault::new(FaultKind::Missing, sentence)
    })?;
    match (&found.account, &place.environment.account) {
        (Some(there), Some(meant)) if there != meant.as_str() => {
            Err(refused(format!("the credentials lead into account {there}, and {name} is in {meant}: use others")))
        }
        _ => Ok(found),
    }
}

/// Whether an action can be begun on an environment as it is now.
fn may_begin(environment: &Described, action: &Action) -> Result<(), Fault> {
    let Described { name, status, .. } = environment;
    if environment.is_ending() {
        return Err(refused(format!("{name} is {status}: nothing more can be done to it")));
    }
    match action {
        Action::Proven(_) => Ok(()),
        Action::Abort if environment.is_abortable => Ok(()),
        Action::Abort if environment.is_ready() => Err(refused(format!("no update of {name} goes on: there is nothing to abort"))),
        Action::Abort => Err(refused(format!("what goes on at {name} ({status}) cannot be aborted: wait until it is over"))),
        Action::Resize { fewest, most } if fewest > most => {
            Err(refused(format!("{name} cannot have {fewest} instances at least and {most} at most")))
        }
        _ if environment.is_ready() => Ok(()),
        _ => Err(refused(format!(
            "{name} is {status}, and Elastic Beanstalk changes only what is Ready: wait until that is over, or abort it"
        ))),
    }
}

/// Whether it is checked at its environment alone.
pub(super) const fn is_checked(action: &Action) -> bool {
    matches!(action, Action::Deploy(_) | Action::Restart | Action::Rebuild | Action::Abort | Action::Swap { .. } | Action::Resize { .. })
}

/// The least and the most instances, as option settings (Elastic Beanstalk, "General options", `aws:autoscaling:asg`).
fn sizes(fewest: u32, most: u32) -> Vec<ConfigurationOptionSetting> {
    let setting = |name: &str, value: u32| {
        let setting = ConfigurationOptionSetting::builder().namespace("aws:autoscaling:asg").option_name(name);
        setting.value(value.to_string()).build()
    };
    vec![setting("MinSize", fewest), setting("MaxSize", most)]
}

fn described(told: &EnvironmentDescription) -> Described {
    let owned = |told: Option<&String>| text(told).map(str::to_owned);
    let status = told.health_status().map(EnvironmentHealthStatus::as_str).filter(|word| !word.is_empty());
    let color = told.health().map(EnvironmentHealth::as_str).filter(|word| !word.is_empty());
    let judged = words::judge(status, color);
    Described {
        name: owned(told.environment_name.as_ref()).unwrap_or_default(),
        application: owned(told.application_name.as_ref()).unwrap_or_default(),
        account: text(told.environment_arn.as_ref()).and_then(|arn| arn_parts(arn).0).map(str::to_owned),
        status: told.status().map(EnvironmentStatus::as_str).unwrap_or_default().to_owned(),
        label: text(told.version_label.as_ref()).map(VersionLabel::from),
        updated_at: moment(told.date_updated()),
        cname: owned(told.cname.as_ref()),
        is_abortable: told.abortable_operation_in_progress().unwrap_or_default(),
        level: judged.map_or(Level::Unknown, |judged| judged.level),
        health: judged.map_or("unknown", |judged| judged.word).to_owned(),
        // Only enhanced health has a status, and only with it instances tell what is deployed on them.
        tells_deployments: status.is_some(),
    }
}
