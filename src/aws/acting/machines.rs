//! Single instances: rebooted, terminated, replaced in their Auto Scaling group.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_autoscaling::operation::RequestId as _;
use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance};
use aws_sdk_ec2::types::{InstanceState, InstanceStateName, Reservation, SummaryStatus};

use super::super::call::{Answer, Line};
use super::{Acting, Api, done, failed, instance, operation, refused, underway};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Observed, Receipt};

/// How long a reboot takes at least to show in EC2's checks of an instance: they are made every minute (EC2, "Status
/// checks for Amazon EC2 instances").
const CHECKED: Duration = Duration::from_secs(60);

impl Acting {
    pub(super) async fn before_machine(&self, place: &Place, action: &Action) -> Result<Baseline, Fault> {
        let id = instance(place)?;
        let (at, state) = self.state(place, id).await?;
        let Some(state) = state else {
            return Err(Fault::new(FaultKind::Missing, format!("there is no instance {id} any more")));
        };
        let may_begin = match action {
            // What is stopped can still be ended.
            Action::Terminate => matches!(&*state, "running" | "stopped" | "stopping" | "pending"),
            _ => &*state == "running",
        };
        if may_begin {
            Ok(Baseline { at: Some(at), state: Some(state), ..Baseline::default() })
        } else {
            Err(refused(format!("{id} is {state}: nothing was done to it")))
        }
    }

    /// Whether an instance is terminated, or about to be.
    pub(super) async fn is_gone(&self, place: &Place, id: &str) -> Result<bool, Fault> {
        let (_, state) = self.state(place, id).await?;
        Ok(state.is_none_or(|state| matches!(&*state, "terminated" | "shutting-down")))
    }

    /// When EC2 was asked for the state of an instance, and its word for it; none where it knows it no more.
    async fn state(&self, place: &Place, id: &str) -> Result<(Timestamp, Option<Arc<str>>), Fault> {
        let line = self.line(place, None).await?;
        let ask = line.opened.compute(&line.region).describe_instances().instance_ids(id);
        let Answer { stamp, told } = self.wire.ask(&line, operation(Api::Compute, "DescribeInstances", id), || ask.clone().send()).await;
        let told = match told {
            Ok(told) => told,
            Err(fault) if fault.kind == FaultKind::Missing => return Ok((stamp.asked_at, None)),
            Err(fault) => return Err(fault),
        };
        let found = told.reservations().iter().flat_map(Reservation::instances).find(|told| told.instance_id() == Some(id));
        let state = found.and_then(|told| told.state()).and_then(InstanceState::name);
        Ok((stamp.asked_at, state.map(|state: &InstanceStateName| Arc::from(state.as_str()))))
    }

    pub(super) async fn reboot(&self, place: &Place) -> Result<Receipt, Begun> {
        let id = instance(place).map_err(Begun::Refused)?;
        let line = self.writing_line(place).await.map_err(Begun::Refused)?;
        let send = line.opened.compute(&line.region).reboot_instances().instance_ids(id).send();
        let told = self.wire.write(&line, operation(Api::Compute, "RebootInstances", id), send).await?;
        Ok(self.receipt(told.request_id()))
    }

    /// EC2 tells nowhere that an instance was rebooted: only whoever was told that the request was taken knows.
    pub(super) async fn see_rebooted(&self, place: &Place, baseline: &Baseline, receipt: Option<&Receipt>) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let (_, state) = self.state(place, id).await?;
        if state.as_deref() != Some("running") {
            return Ok(failed(format!("{id} is {}: somebody has stopped or ended it", state.as_deref().unwrap_or("gone"))));
        }
        if receipt.is_none() {
            return Ok(Observed::Unclear(format!("EC2 does not tell whether {id} was rebooted: look how long it has been up").into()));
        }
        if self.since(baseline, receipt).is_none_or(|passed| passed < CHECKED) {
            return Ok(underway("accepted; EC2's checks tell of it within a minute"));
        }
        let line = self.line(place, None).await?;
        let ask = line.opened.compute(&line.region).describe_instance_status().instance_ids(id);
        let told = self.wire.ask(&line, operation(Api::Compute, "DescribeInstanceStatus", id), || ask.clone().send()).await.told?;
        let status = told.instance_statuses().iter().find(|told| told.instance_id() == Some(id));
        let word = |of: Option<&SummaryStatus>| of.map_or("unknown", SummaryStatus::as_str).to_owned();
        let machine = word(status.and_then(|status| status.instance_status()).and_then(|summary| summary.status()));
        let system = word(status.and_then(|status| status.system_status()).and_then(|summary| summary.status()));
        Ok(match (machine.as_str(), system.as_str()) {
            ("ok", "ok") => done(format!("EC2 took the reboot of {id}, and both of its checks pass")),
            _ => underway(format!("EC2's checks: instance {machine}, system {system}")),
        })
    }

    pub(super) async fn terminate(&self, place: &Place) -> Result<Receipt, Begun> {
        let id = instance(place).map_err(Begun::Refused)?;
        let line = self.writing_line(place).await.map_err(Begun::Refused)?;
        let send = line.opened.compute(&line.region).terminate_instances().instance_ids(id).send();
        let told = self.wire.write(&line, operation(Api::Compute, "TerminateInstances", id), send).await?;
        Ok(self.receipt(told.request_id()))
    }

    pub(super) async fn see_terminated(&self, place: &Place, baseline: &Baseline, receipt: Option<&Receipt>) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let (_, state) = self.state(place, id).await?;
        Ok(match state.as_deref() {
            None | Some("terminated") => done(format!("{id} is gone")),
            Some("shutting-down") => underway("it is shutting down"),
            Some(state) if receipt.is_some() => underway(format!("accepted, and {state} still")),
            Some(state) => self.unseen(baseline, format!("{id} is {state}, but its end may be on its way")),
        })
    }

    pub(super) async fn before_replacing(&self, place: &Place) -> Result<Baseline, Fault> {
        let id = instance(place)?;
        let line = self.line(place, None).await?;
        let ask = line.opened.scaling(&line.region).describe_auto_scaling_instances().instance_ids(id);
        let asked = operation(Api::Scaling, "DescribeAutoScalingInstances", id);
        let told = self.wire.ask(&line, asked, || ask.clone().send()).await.told?;
        let Some(found) = told.auto_scaling_instances().iter().find(|told| told.instance_id() == Some(id)) else {
            return Err(refused(format!("{id} is in no Auto Scaling group: nothing would take its place")));
        };
        let (name, state) = (found.auto_scaling_group_name().unwrap_or_default(), found.lifecycle_state().unwrap_or_default());
        if state != "InService" {
            return Err(refused(format!("{id} is {state} in {name}: only one that is in service is replaced")));
        }
        let group = self.scaling_group(&line, name).await?;
        let known: BTreeSet<Arc<str>> = group.instances().iter().filter_map(Instance::instance_id).map(Arc::from).collect();
        // Two services were asked, perhaps more than once; what is sent now has to show from now on.
        Ok(Baseline { at: Some(self.now()), state: Some(state.into()), group: Some(name.into()), known, ..Baseline::default() })
    }

    async fn scaling_group(&self, line: &Line, name: &str) -> Result<AutoScalingGroup, Fault> {
        let ask = line.opened.scaling(&line.region).describe_auto_scaling_groups().auto_scaling_group_names(name);
        let told = self.wire.ask(line, operation(Api::Scaling, "DescribeAutoScalingGroups", name), || ask.clone().send()).await.told?;
        let found = told.auto_scaling_groups.unwrap_or_default().into_iter().find(|group| group.auto_scaling_group_name() == Some(name));
        found.ok_or_else(|| Fault::new(FaultKind::Missing, format!("there is no Auto Scaling group {name} in {} any more", line.region)))
    }

    /// The group keeps its size: another instance takes the place.
    pub(super) async fn replace(&self, place: &Place) -> Result<Receipt, Begun> {
        let id = instance(place).map_err(Begun::Refused)?;
        let line = self.writing_line(place).await.map_err(Begun::Refused)?;
        let ask = line.opened.scaling(&line.region).terminate_instance_in_auto_scaling_group().instance_id(id);
        let send = ask.should_decrement_desired_capacity(false).send();
        let told = self.wire.write(&line, operation(Api::Scaling, "TerminateInstanceInAutoScalingGroup", id), send).await?;
        let activity = told.activity().and_then(|activity| activity.activity_id()).map(Arc::from);
        Ok(Receipt { id: activity, ..self.receipt(told.request_id()) })
    }

    pub(super) async fn see_replaced(&self, place: &Place, baseline: &Baseline, receipt: Option<&Receipt>) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let Some(name) = &baseline.group else {
            return Ok(Observed::Unclear(format!("it was not noted in which Auto Scaling group {id} was").into()));
        };
        let line = self.line(place, None).await?;
        let group = match self.scaling_group(&line, name).await {
            Ok(group) => group,
            Err(fault) if fault.kind == FaultKind::Missing => return Ok(failed(fault.sentence)),
            Err(fault) => return Err(fault),
        };
        if let Some(old) = group.instances().iter().find(|told| told.instance_id() == Some(id)) {
            let state = lifecycle(old);
            return Ok(match receipt {
                _ if state.starts_with("Terminat") => underway(format!("{id} is {state}")),
                Some(_) => underway(format!("accepted, and {id} is {state} still")),
                None => self.unseen(baseline, format!("{id} is {state} in {name}, but its end may be on its way")),
            });
        }
        let mut fresh = group.instances().iter().filter(|told| told.instance_id().is_some_and(|id| !baseline.known.contains(id)));
        if let Some(new) = fresh.clone().find(|told| lifecycle(told) == "InService") {
            return Ok(done(format!("{} has taken the place of {id} in {name}", new.instance_id().unwrap_or_default())));
        }
        if let Some(new) = fresh.next() {
            return Ok(underway(format!("{} is {}", new.instance_id().unwrap_or_default(), lifecycle(new))));
        }
        Ok(underway(self.newest_activity(&line, name).await?.unwrap_or_else(|| format!("{name} has no new instance yet"))))
    }

    /// What an Auto Scaling group says of what it did last: why nothing comes, where nothing does.
    async fn newest_activity(&self, line: &Line, name: &str) -> Result<Option<String>, Fault> {
        let ask = line.opened.scaling(&line.region).describe_scaling_activities().auto_scaling_group_name(name).max_records(1);
        let told = self.wire.ask(line, operation(Api::Scaling, "DescribeScalingActivities", name), || ask.clone().send()).await.told?;
        let newest = told.activities().first();
        Ok(newest.and_then(|activity| activity.status_message().or_else(|| activity.description())).map(str::to_owned))
    }
}

fn lifecycle(told: &Instance) -> &str {
    told.lifecycle_state().map_or("", |state| state.as_str())
}
