//! Targets of a load balancer's target group: taken out, put back, drained, healthy.
//!
//! The whole group is asked for each time: whether a target may go depends on the others.

use aws_sdk_elasticloadbalancingv2::operation::RequestId as _;
use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthDescription, TargetHealthReasonEnum};

use super::super::call::{Answer, Line};
use super::super::target_state::State;
use super::super::told::arn_parts;
use super::{Acting, Api, done, failed, instance, operation, refused, underway};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::{Place, Registration};
use crate::model::operation::evidence::{Baseline, Begun, Observed, Progress, Receipt};

/// The attribute of a target group that says for how many seconds connections may go on after a target left it.
const DELAY: &str = "deregistration_delay.timeout_seconds";

/// How a target group finds one target, and the others.
pub(super) struct Group {
    name: String,
    /// When it was asked for.
    at: Timestamp,
    targets: Vec<TargetHealthDescription>,
}

impl Group {
    /// The target, where it is registered, leaving included.
    fn target(&self, id: &str, port: Option<u16>) -> Option<&TargetHealthDescription> {
        self.registered().find(|told| is(told, id, port))
    }

    fn registered(&self) -> impl Iterator<Item = &TargetHealthDescription> {
        self.targets
            .iter()
            .filter(|told| told.target_health().and_then(|health| health.reason()) != Some(&TargetHealthReasonEnum::NotRegistered))
    }

    /// How many targets are healthy, how many fail their checks, and how many there are.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let count = |state: &str| self.registered().filter(|told| word(told) == state).count();
        (count("healthy"), count("unhealthy"), self.registered().count())
    }

    /// How many other machines are healthy.
    fn others(&self, id: &str) -> usize {
        let other = |told: &&TargetHealthDescription| told.target().and_then(TargetDescription::id) != Some(id);
        let mut healthy: Vec<&str> =
            self.registered().filter(other).filter(|told| word(told) == "healthy").filter_map(|told| told.target()?.id()).collect();
        healthy.sort_unstable();
        healthy.dedup();
        healthy.len()
    }
}

fn is(told: &TargetHealthDescription, id: &str, port: Option<u16>) -> bool {
    let Some(target) = told.target() else { return false };
    target.id() == Some(id) && port.is_none_or(|port| target.port() == Some(i32::from(port)))
}

fn word(told: &TargetHealthDescription) -> &str {
    told.target_health().and_then(State::of).map_or("", |state| state.word)
}

fn cause(told: &TargetHealthDescription) -> String {
    let state = told.target_health().and_then(State::of);
    state.and_then(|state| state.cause()).unwrap_or_else(|| word(told).to_owned())
}

fn is_leaving(word: &str) -> bool {
    matches!(word, "draining" | "unhealthy.draining")
}

impl Acting {
    /// The way to a target group, in the account of its ARN.
    async fn line_to(&self, place: &Place, registration: &Registration) -> Result<Line, Fault> {
        let line = self.line(place, None).await?;
        self.check_group(line, registration).await
    }

    /// The same, as who writes.
    async fn writing_line_to(&self, place: &Place, registration: &Registration) -> Result<Line, Fault> {
        let line = self.writing_line(place).await?;
        self.check_group(line, registration).await
    }

    async fn check_group(&self, line: Line, registration: &Registration) -> Result<Line, Fault> {
        if let (Some(account), _) = arn_parts(&registration.group) {
            self.check_account(&line, &name(registration), account).await?;
        }
        Ok(line)
    }

    pub(super) async fn group(&self, place: &Place, registration: &Registration) -> Result<Group, Fault> {
        let name = name(registration);
        let line = self.line_to(place, registration).await?;
        let ask = line.opened.balancing(&line.region).describe_target_health().target_group_arn(&*registration.group);
        let Answer { stamp, told } =
            self.wire.ask(&line, operation(Api::Balancing, "DescribeTargetHealth", &name), || ask.clone().send()).await;
        match told {
            Ok(told) => Ok(Group { targets: told.target_health_descriptions.unwrap_or_default(), at: stamp.asked_at, name }),
            Err(fault) if fault.kind == FaultKind::Missing => {
                let sentence = format!("there is no target group {name} in {} any more", line.region);
                Err(Fault::new(FaultKind::Missing, sentence))
            }
            Err(fault) => Err(fault),
        }
    }

    pub(super) async fn before_deregistering(&self, place: &Place, registration: &Registration) -> Result<Baseline, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        let Some(target) = group.target(id, registration.port) else {
            return Err(refused(format!("{id} is no target of {}: there is nothing to take out", group.name)));
        };
        let state = word(target);
        if is_leaving(state) {
            return Err(refused(format!("{id} is leaving {} already: somebody else takes it out", group.name)));
        }
        if state == "initial" {
            return Err(refused(format!("{id} is only joining {}: somebody else puts it in; wait until its health is known", group.name)));
        }
        let others = group.others(id);
        if others < usize::try_from(registration.keep).unwrap_or(usize::MAX) {
            let have = if others == 1 { "1 other target of it is".to_owned() } else { format!("{others} other targets of it are") };
            return Err(refused(format!("{id} stays in {}: {have} healthy, and {} have to be", group.name, registration.keep)));
        }
        Ok(Baseline { at: Some(group.at), state: Some(state.into()), ..Baseline::default() })
    }

    pub(super) async fn before_registering(&self, place: &Place, registration: &Registration) -> Result<Baseline, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        let target = group.target(id, registration.port);
        // What is gone cannot be put back; the service would only say that the target is not valid.
        if target.is_none() && self.is_gone(place, id).await? {
            return Err(Fault::new(FaultKind::Missing, format!("there is no instance {id} any more")));
        }
        // What is sent now has to show from now on, however long it took to be told all this.
        Ok(Baseline { at: Some(self.now()), state: target.map(|target| word(target).into()), ..Baseline::default() })
    }

    pub(super) async fn deregister(&self, place: &Place, registration: &Registration) -> Result<Receipt, Begun> {
        let (id, name) = (instance(place).map_err(Begun::Refused)?, name(registration));
        let line = self.writing_line_to(place, registration).await.map_err(Begun::Refused)?;
        let ask = line.opened.balancing(&line.region).deregister_targets().target_group_arn(&*registration.group);
        let ask = ask.targets(description(id, registration.port));
        let told = self.wire.write(&line, operation(Api::Balancing, "DeregisterTargets", &name), ask.send()).await?;
        Ok(self.receipt(told.request_id()))
    }

    pub(super) async fn register(&self, place: &Place, registration: &Registration) -> Result<Receipt, Begun> {
        let (id, name) = (instance(place).map_err(Begun::Refused)?, name(registration));
        let line = self.writing_line_to(place, registration).await.map_err(Begun::Refused)?;
        let ask = line.opened.balancing(&line.region).register_targets().target_group_arn(&*registration.group);
        let ask = ask.targets(description(id, registration.port));
        let told = self.wire.write(&line, operation(Api::Balancing, "RegisterTargets", &name), ask.send()).await?;
        Ok(self.receipt(told.request_id()))
    }

    pub(super) async fn see_deregistered(
        &self,
        place: &Place,
        registration: &Registration,
        baseline: &Baseline,
        receipt: Option<&Receipt>,
    ) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        Ok(match (group.target(id, registration.port), receipt) {
            (None, _) => done(format!("{id} is no target of {} any more", group.name)),
            (Some(target), _) if is_leaving(word(target)) => done(format!("{id} is leaving {}: it gets no new connections", group.name)),
            (Some(_), None) => self.unseen(baseline, format!("{id} is in {} still, but its leaving may be on its way", group.name)),
            (Some(_), Some(_)) if self.must_show(baseline, receipt) => {
                failed(format!("{id} is in {} again: somebody has put it back", group.name))
            }
            (Some(_), Some(_)) => underway("accepted, and not shown yet"),
        })
    }

    pub(super) async fn see_registered(
        &self,
        place: &Place,
        registration: &Registration,
        baseline: &Baseline,
        receipt: Option<&Receipt>,
    ) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        let target = group.target(id, registration.port).filter(|target| !is_leaving(word(target)));
        Ok(match (target, receipt) {
            (Some(target), _) => done(format!("{id} is a target of {} ({})", group.name, word(target))),
            (None, None) => self.unseen(baseline, format!("{id} is not in {} yet, but its joining may be on its way", group.name)),
            (None, Some(_)) if self.must_show(baseline, receipt) => {
                failed(format!("{id} is not in {}: somebody has taken it out again, or it is gone", group.name))
            }
            (None, Some(_)) => underway("accepted, and not shown yet"),
        })
    }

    pub(super) async fn see_drained(&self, place: &Place, registration: &Registration, baseline: &Baseline) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        match group.target(id, registration.port) {
            None => Ok(done(format!("{id} has no connections from {} any more", group.name))),
            Some(target) if is_leaving(word(target)) => {
                let passed = self.since(baseline, None).map_or(0, |passed| u32::try_from(passed.as_secs()).unwrap_or(u32::MAX));
                Ok(Observed::Underway(match self.delay(place, registration).await {
                    Ok(Some(delay)) => {
                        let note = format!("s of draining: {} lets connections go on so long", group.name);
                        Progress { parts: Some((passed.min(delay), delay)), note: Some(note.into()) }
                    }
                    Ok(None) => Progress::default(),
                    // That it drains is known all the same, and its end shows without that.
                    Err(fault) => {
                        let note = format!("connections may go on, and for how long could not be read: {fault}");
                        Progress { parts: None, note: Some(note.into()) }
                    }
                }))
            }
            Some(target) => Ok(failed(format!("{id} is in {} again ({}): somebody has put it back", group.name, word(target)))),
        }
    }

    /// For how many seconds connections may go on, where the group says so.
    async fn delay(&self, place: &Place, registration: &Registration) -> Result<Option<u32>, Fault> {
        let name = name(registration);
        let line = self.line_to(place, registration).await?;
        let ask = line.opened.balancing(&line.region).describe_target_group_attributes().target_group_arn(&*registration.group);
        let told =
            self.wire.ask(&line, operation(Api::Balancing, "DescribeTargetGroupAttributes", &name), || ask.clone().send()).await.told?;
        let delay = told.attributes().iter().find(|attribute| attribute.key() == Some(DELAY));
        Ok(delay.and_then(|attribute| attribute.value()?.parse().ok()))
    }

    pub(super) async fn see_healthy(&self, place: &Place, registration: &Registration) -> Result<Observed, Fault> {
        let id = instance(place)?;
        let group = self.group(place, registration).await?;
        let Some(target) = group.target(id, registration.port) else {
            return Ok(failed(format!("{id} is no target of {} any more: it is gone, or somebody has taken it out", group.name)));
        };
        Ok(match word(target) {
            "healthy" => done(format!("{} finds {id} healthy", group.name)),
            leaving if is_leaving(leaving) => failed(format!("{id} is leaving {}: somebody takes it out", group.name)),
            // Stopped, terminated, or in a group that no load balancer uses: waiting changes none of that.
            "unused" => failed(format!("{} does not use {id}: {}", group.name, cause(target))),
            "unavailable" => Observed::Unclear(format!("{} does not tell how {id} is: {}", group.name, cause(target)).into()),
            _ => underway(cause(target)),
        })
    }
}

/// The group's name, out of its ARN: `…:targetgroup/growl-prod/0123456789abcdef`.
fn name(registration: &Registration) -> String {
    registration.group.split('/').nth(1).unwrap_or(&registration.group).to_owned()
}

fn description(id: &str, port: Option<u16>) -> TargetDescription {
    TargetDescription::builder().id(id).set_port(port.map(i32::from)).build()
}
