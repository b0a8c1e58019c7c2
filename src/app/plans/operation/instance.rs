//! What is done to one instance: taken out of its load balancer, put back, rebooted, replaced, ended.

use std::sync::Arc;

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::judge::{Judged, barriers, judge_known, judge_others};
use super::taken_out::taken_out;
use super::target::Target;
use super::{Wanted, decision, identity, origin, planned, rolling, runs};
use crate::model::environment::Environment;
use crate::model::fault::FaultKind;
use crate::model::health::Level;
use crate::model::id::{InstanceId, Platform};
use crate::model::instance::{Instance, Registered};
use crate::model::operation::action::{Place, Registration};
use crate::model::operation::look::spoken;
use crate::model::operation::plan::{self, Kind, OnFailure, PlanError, Times};
use crate::model::promotion::Verdict;
use crate::model::sighting::Question;
use crate::model::tagged::PullState;

/// What is done to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It gets no requests any more.
    TakeOut,
    /// It gets requests again.
    PutBack,
    /// It is rebooted.
    Reboot,
    /// It is terminated in its Auto Scaling group, which starts another.
    Replace,
    /// It is terminated, and nothing takes its place.
    End,
}

impl Change {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::TakeOut, Self::PutBack, Self::Reboot, Self::Replace, Self::End];

    /// The words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TakeOut => "take out",
            Self::PutBack => "put back",
            Self::Reboot => "reboot",
            Self::Replace => "replace",
            Self::End => "end",
        }
    }

    /// What the confirmation does, as a hint says it.
    #[must_use]
    pub const fn does(self) -> &'static str {
        match self {
            Self::TakeOut => "takes it out",
            Self::PutBack => "puts it back",
            Self::Reboot => "reboots it",
            Self::Replace => "replaces it",
            Self::End => "ends it",
        }
    }

    /// What it comes to, in a line.
    #[must_use]
    pub const fn means(self) -> &'static str {
        match self {
            Self::TakeOut => "no requests any more, until somebody puts it back",
            Self::PutBack => "requests again, once it is found healthy",
            Self::Reboot => "requests to it fail until it is up again",
            Self::Replace => "terminated; its Auto Scaling group starts another",
            Self::End => "terminated, and nothing takes its place",
        }
    }

    /// What it is in the journal.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::TakeOut => Kind::TakeOut,
            Self::PutBack => Kind::PutBack,
            Self::Reboot => Kind::Reboot,
            Self::Replace => Kind::Replace,
            Self::End => Kind::End,
        }
    }

    /// Whether requests go elsewhere, or nowhere, because of it.
    const fn takes_away(self) -> bool {
        !matches!(self, Self::PutBack)
    }
}

/// The target groups that have this instance, where that is known; `None`: it is not.
///
/// Of what a sweep and what a plan has read the newer counts; a sweep that names no group of tagged instances may not
/// have looked into all of them.
#[must_use]
pub fn registered(state: &State, environment: &Environment<'_>, id: &InstanceId) -> Option<Vec<Registered>> {
    let planned = planned::standing(state, environment, id);
    let swept = environment.instances().and_then(|told| {
        let standing = &told.value.each.iter().find(|instance| instance.id == *id)?.whereabouts.registered;
        let is_told = environment.key().platform == Platform::TargetGroup || !standing.is_empty();
        is_told.then(|| (told.at, standing.clone()))
    });
    match (planned, swept) {
        (Some((asked, planned)), Some((at, mut swept))) if at >= asked => {
            let others = planned.into_iter().filter(|one| !swept.iter().any(|other| other.group == one.group));
            let others: Vec<Registered> = others.collect();
            swept.extend(others);
            Some(swept)
        }
        (Some((_, planned)), _) => Some(planned),
        (None, swept) => swept.map(|(_, swept)| swept),
    }
}

/// An instance that something is done to.
struct Subject {
    id: InstanceId,
    /// What is known of it, where it is among the environment's instances.
    instance: Option<Instance>,
    registrations: Vec<Registration>,
    /// How its target groups have it; `None` where that is not known.
    registered: Option<Vec<Registered>>,
}

impl Subject {
    fn of(state: &State, target: &Target<'_>, change: Change, id: &InstanceId, keep: u32) -> Result<Self, String> {
        let instance = target.environment.instances().and_then(|told| told.value.each.iter().find(|it| it.id == *id).cloned());
        let before = taken_out(state, target.key()).into_iter().find(|(other, _)| other == id);
        if instance.is_none() && (change != Change::PutBack || before.is_none()) {
            return Err(format!("{id} is no instance of {} any more", target.name()));
        }
        let registered = registered(state, &target.environment, id);
        let is_meant = |one: &&Registered| one.is_leaving == (change == Change::PutBack);
        let registration = |one: &Registered| Registration { group: Arc::clone(&one.group), port: one.port, keep };
        let mut registrations: Vec<Registration> = registered.iter().flatten().filter(is_meant).map(registration).collect();
        if change == Change::PutBack {
            let is_new = |one: &Registration| !registrations.iter().any(|other| (&other.group, other.port) == (&one.group, one.port));
            let more: Vec<Registration> = before.into_iter().flat_map(|(_, all)| all).filter(is_new).collect();
            registrations.extend(more);
        }
        Ok(Self { id: id.clone(), instance, registrations, registered })
    }

    /// Whether it is still to be told which target groups have it. The groups of Elastic Beanstalk's instances never are.
    fn is_untold(&self, target: &Target<'_>) -> bool {
        self.registered.is_none() && target.key().platform == Platform::TaggedEc2
    }

    /// Where it does not answer, taking it away takes nothing: no more others have to be healthy than are.
    fn spare_the_ill(&mut self) {
        for registration in &mut self.registrations {
            let stands = |one: &&Registered| (&one.group, one.port) == (&registration.group, registration.port);
            if let Some(one) = self.registered.iter().flatten().find(stands).filter(|one| !one.is_healthy) {
                registration.keep = registration.keep.min(one.healthy_others);
            }
        }
    }

    /// How many others answer at the worst, and where.
    fn fewest_others(&self) -> Option<(&str, u32)> {
        let serving = self.registered.iter().flatten().filter(|registered| registered.is_healthy);
        serving.map(|registered| (registered.name(), registered.healthy_others)).min_by_key(|(_, others)| *others)
    }
}

/// The dialog.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn plan(state: &State, wanted: &Wanted, change: Change, id: &InstanceId, target: Target<'_>) -> Result<Decision, String> {
    let rolling = rolling::declared(state, target.key(), target.place.connection.as_ref()).and_then(|group| group.rolling.as_ref());
    let times = rolling.map_or_else(Times::default, |rolling| rolling.times);
    let keep = rolling.map_or(1, |rolling| rolling.minimum_healthy);
    let mut subject = Subject::of(state, &target, change, id, keep)?;
    let mut judged = Judged::new(target);
    judge_others(state, &mut judged);
    judge_now(state, &mut judged, change);
    barriers(state, &mut judged);
    judge_serving(&mut judged, change, &mut subject, keep);
    if change == Change::End {
        judge_end(&mut judged, &subject);
    }
    if let Some(refused) = judged.refused {
        return Err(refused);
    }
    let place = Place { instance: Some(id.clone()), ..judged.target.place.clone() };
    let what = plan::Target { place, name: id.as_str().into(), groups: subject.registrations.clone() };
    let origin = origin(state, &[&judged.target], OnFailure::Stop);
    let plan = match change {
        Change::TakeOut => plan::take_out(origin, &what, &times),
        Change::PutBack => plan::put_back(origin, &what, &times),
        Change::Reboot => plan::reboot(origin, &what, &times),
        Change::Replace => plan::replace(origin, &what),
        Change::End => plan::end(origin, &what, &times),
    };
    let none_has_it = || format!("no target group is known to have {id}: there is nothing to {} it of", change.word());
    let plan = plan.map_err(|error| if error == PlanError::Empty { none_has_it() } else { error.to_string() })?;
    let proof = match change {
        // What is gone does not come back.
        Change::End | Change::Replace => Proof::Typed(id.to_string()),
        Change::TakeOut | Change::PutBack | Change::Reboot => {
            Proof::of(std::slice::from_ref(judged.target.key()), judged.target.is_production())
        }
    };
    let undertaking = Undertaking { plan, rests_on: judged.rests_on.clone() };
    let mut decision = decision(state, wanted, undertaking, proof).with("where", judged.target.place_in_words(state));
    decision.awaits |= subject.is_untold(&judged.target) && planned::awaits(state, &judged.target.environment);
    for (label, text) in described(&subject, &times, change) {
        decision = decision.with(label, text);
    }
    decision.lines.extend(judged.lines.iter().cloned());
    let mut decision = decision.with("means", change.means()).with("as", identity(state, &[&judged.target]));
    decision.remarks = judged.remarks;
    Ok(decision.against(judged.failed))
}

/// What goes on there, and whether what is known of it is of now.
fn judge_now(state: &State, judged: &mut Judged<'_>, change: Change) {
    let name = judged.target.name();
    let environment = judged.target.environment;
    match environment.activity().map(|told| told.value) {
        Some(Some(activity)) => {
            let verdict = if change.takes_away() { Verdict::Fail } else { Verdict::Warn };
            judged.rest(verdict, format!("{name} is busy: {}: fewer may answer than is told", activity.kind.phrase()));
        }
        Some(None) => {}
        None => judged.rest(Verdict::Unknown, format!("what goes on in {name} is not known")),
    }
    if let Some(run) = runs::live_run(state, &judged.target) {
        judged.rest(Verdict::Fail, format!("{run}: it may be at the same instances"));
    }
    judge_known(judged);
    // Basic health tells of no instances, and that is no fault.
    if let Some(fault) = environment.fault_of(Question::Instances).filter(|told| told.value.kind != FaultKind::Unsupported) {
        let sentence = format!("the instances of {name} could not be read again: what is known of them is old: {}", fault.value);
        judged.rest(Verdict::Unknown, sentence);
    }
}

/// Whether enough others answer: the last one that does is not taken away without a reason.
fn judge_serving(judged: &mut Judged<'_>, change: Change, subject: &mut Subject, keep: u32) {
    if !change.takes_away() {
        return;
    }
    subject.spare_the_ill();
    if change != Change::End && subject.is_untold(&judged.target) {
        judged.rest(Verdict::Unknown, untold(&judged.target));
    }
    let id = subject.id.clone();
    if let Some((group, others)) = subject.fewest_others() {
        if others >= keep {
            return;
        }
        let sentence = match others {
            0 => format!("{id} is the only healthy target of {group}: nothing answers there without it"),
            1 => format!("1 other target of {group} is healthy, and {keep} have to be (minimum_healthy)"),
            _ => format!("{others} other targets of {group} are healthy, and {keep} have to be (minimum_healthy)"),
        };
        if change == Change::End && others == 0 {
            judged.refuse(sentence);
        } else {
            judged.rest(Verdict::Fail, sentence);
        }
        for registration in &mut subject.registrations {
            registration.keep = registration.keep.min(others);
        }
        return;
    }
    let is_well = |instance: &Instance| matches!(instance.level, Level::Ok | Level::Info);
    let others = judged
        .target
        .environment
        .instances()
        .map_or(0, |told| told.value.each.iter().filter(|other| other.id != id && is_well(other)).count());
    let unregistered = subject.registered.as_ref().is_some_and(|registered| !registered.iter().any(|one| one.is_healthy));
    if others == 0 && !unregistered && change != Change::End {
        judged.rest(
            Verdict::Fail,
            format!("no other instance of {} is known to be well: nothing may answer without it", judged.target.name()),
        );
    }
}

/// Whether it is one that nobody needs any more, and what else is like it.
fn judge_end(judged: &mut Judged<'_>, subject: &Subject) {
    let name = judged.target.name();
    let environment = judged.target.environment;
    let told = environment.instances();
    let others: Vec<String> =
        told.iter().flat_map(|told| &told.value.each).filter(|other| other.id != subject.id).map(|other| other.id.to_string()).collect();
    let expected = environment.identity().and_then(|identity| identity.expected).unwrap_or(1);
    let stays = if others.is_empty() {
        "nothing else carries the same tags".to_owned()
    } else {
        format!("{} stay, with the same tags", others.join(", "))
    };
    judged.lines.push(("beside it", stays));
    match environment.pull().map(|told| told.value) {
        Some(pull) => {
            judged.lines.push(("preview of", format!("#{} {}: {}", pull.number, pull.state.word(), pull.title)));
            if environment.left_behind_by().is_none() {
                let why = if pull.state == PullState::Open { "is open" } else { "is not proven to be over since the last listing" };
                judged.rest(Verdict::Fail, format!("pull request #{} {why}: somebody may use its preview", pull.number));
            }
        }
        None if environment.identity().is_some_and(|identity| identity.pull.is_some()) => {
            judged.rest(Verdict::Fail, format!("whether the pull request of {name} is over is not known"));
        }
        None if u32::try_from(others.len()).unwrap_or(u32::MAX) < expected => {
            let be = if expected == 1 { "1 instance is" } else { "that many instances are" };
            judged.refuse(format!("{be} expected in {name} ({expected}): none of them is one too many"));
        }
        None => {}
    }
    if subject.registered.is_none() {
        judged.rest(Verdict::Fail, untold(&judged.target));
    }
}

/// Why it is not known which target groups have it.
fn untold(target: &Target<'_>) -> String {
    let part = target.environment.planning().and_then(|told| told.value.unread.registered.as_ref());
    match target.environment.fault_of(Question::Planning).map(|fault| fault.value).or(part) {
        Some(fault) => format!("which target groups have it could not be read: {fault}"),
        None => "which target groups have it is not read yet".to_owned(),
    }
}

/// What is known of it, and what is waited for.
fn described(subject: &Subject, times: &Times, change: Change) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(instance) = &subject.instance {
        let word = instance.word.as_ref().map_or_else(|| instance.level.to_string(), ToString::to_string);
        let launched = instance.launched_at.map_or_else(String::new, |at| format!(", launched {}", at.strftime("%Y-%m-%d %H:%MZ")));
        let label = instance.deployment.as_ref().and_then(|deployment| deployment.label.as_ref());
        let runs = label.map_or_else(String::new, |label| format!(", runs {label}"));
        lines.push(("instance", format!("{}: {word}{runs}{launched}", subject.id)));
    } else {
        lines.push(("instance", format!("{}, which was taken out from here", subject.id)));
    }
    let stands = |one: &Registered| {
        let state = if one.is_healthy {
            "healthy"
        } else if one.is_leaving {
            "leaving"
        } else {
            "not healthy"
        };
        format!("{} ({state}, {} others healthy)", one.name(), one.healthy_others)
    };
    let groups: Vec<String> = subject.registered.iter().flatten().map(stands).collect();
    if !groups.is_empty() {
        lines.push(("stands in", groups.join(", ")));
    }
    let out = format!("deregistered, drained {}", spoken(times.drain));
    match change {
        Change::TakeOut => lines.push(("does", out)),
        Change::End if subject.registrations.is_empty() => lines.push(("does", "terminated".to_owned())),
        Change::End => lines.push(("does", format!("{out}, terminated"))),
        Change::PutBack => lines.push(("does", format!("registered, then healthy within {}", spoken(times.healthy)))),
        Change::Reboot | Change::Replace => {}
    }
    if change == Change::Replace {
        lines.push(("runs then", "what a new instance boots: that may be another version than what runs".to_owned()));
    }
    lines
}
