//! A rolling deploy over the targets of one target group: each is taken out, deployed to, put back and waited for.
//!
//! What the configuration says becomes a plan that stands for itself; what can be known before is said here, and what
//! only a look can tell (drift, hosts, capacity, runs) is what the operation checks before it touches anything.

use std::sync::Arc;
use std::time::Duration;

use super::super::super::decision::{Decision, Proof, Undertaking};
use super::super::super::state::State;
use super::deploy::{around_workflow, shipped};
use super::judge::{Judged, barriers, judge_ready};
use super::runs::{quiet, repository};
use super::target::Target;
use super::{Deed, Wanted, decision, identity, origin, planned};
use crate::model::compute::{Place as Reached, TargetGroups};
use crate::model::destination::Destination;
use crate::model::id::{EnvironmentKey, Platform, Repository, VersionLabel};
use crate::model::instance::{Instance, Registered};
use crate::model::operation::action::{Action, Copied, Local, Place, Way};
use crate::model::operation::look::spoken;
use crate::model::operation::plan::{self, Checks, Member, OnFailure, Roll, Times};
use crate::model::planning::Release;
use crate::model::promotion::Verdict;
use crate::model::rolling::{Drift, Filling, Rolling};
use crate::model::sighting::Question;

/// How long a program that tells which workspace is selected may take.
const WORKSPACE: Duration = Duration::from_secs(60);
/// What an exit code of `terraform plan -detailed-exitcode` means (its documentation, "Planning Modes and Options").
const DRIFTED: [(i32, &str); 2] = [(1, "the drift check itself has failed"), (2, "what is there is not what was declared: it has drifted")];

/// The declaration of a target group, and what is configured for rolling deploys of it.
pub(super) struct Configured<'s> {
    pub group: &'s TargetGroups,
    pub rolling: &'s Rolling,
}

impl<'s> Configured<'s> {
    /// What is configured for this environment.
    ///
    /// # Errors
    /// What to write, where nothing is.
    pub fn of(state: &'s State, target: &Target<'_>) -> Result<Self, String> {
        let group = declared(state, target.key(), target.place.connection.as_ref());
        let rolling = group.and_then(|group| group.rolling.as_ref());
        group.zip(rolling).map(|(group, rolling)| Self { group, rolling }).ok_or_else(|| {
            format!("how {} is deployed to from here is not configured: write [target_groups.rolling] below its section", target.name())
        })
    }
}

/// The declaration of a target group.
pub(super) fn declared<'s>(
    state: &'s State,
    key: &EnvironmentKey,
    connection: Option<&crate::model::id::Connection>,
) -> Option<&'s TargetGroups> {
    let is_it = |group: &&TargetGroups| {
        Some(&group.site.connection) == connection
            && Some(&group.site.region) == key.region.as_ref()
            && group.name.matches(key.name.as_str())
    };
    state.fleet.catalogue().target_groups.iter().find(is_it)
}

/// The dialog.
///
/// # Errors
/// Why it cannot be done.
pub(super) fn plan(state: &State, wanted: &Wanted, target: Target<'_>) -> Result<Decision, String> {
    let configured = Configured::of(state, &target)?;
    let tag = tag(&target, &wanted.deed)?;
    let mut judged = Judged::new(target);
    judge_ready(state, &mut judged);
    around_workflow(state, &mut judged);
    judge_image(state, &mut judged, &configured, &tag);
    let (members, left_out) = members(&judged.target, &configured)?;
    let fewest = judge_capacity(&mut judged, configured.rolling, members.len());
    let quiet = quiet(state, &mut judged, configured.rolling);
    if matches!(wanted.deed, Deed::Redeploy) {
        barriers(state, &mut judged);
    } else {
        shipped(state, &mut judged, &tag);
    }
    if let Some(refused) = judged.refused {
        return Err(refused);
    }
    let also = other_tags(state, &judged.target, &tag);
    let roll = Roll { also, ..roll(&judged.target, &configured, &tag, members, (fewest, quiet))? };
    let origin = origin(state, &[&judged.target], configured.rolling.on_failure);
    let plan = plan::rolling(origin, &roll).map_err(|error| error.to_string())?;
    let undertaking = Undertaking { plan, rests_on: judged.rests_on.clone() };
    let proof = Proof::of(std::slice::from_ref(judged.target.key()), judged.target.is_production());
    let mut decision = decision(state, wanted, undertaking, proof);
    decision.awaits |= awaits(state, &judged.target);
    decision = decision.with("where", judged.target.place_in_words(state));
    let from = judged.target.environment.label().map_or("? not known", VersionLabel::as_str);
    decision = decision.with("version", if *from == *tag.as_str() { format!("{tag}, once more") } else { format!("{from} → {tag}") });
    decision.lines.extend(judged.lines.iter().cloned());
    for (label, text) in lines(&roll, configured.rolling, draining(state, &judged.target, roll.times.drain)) {
        decision = decision.with(label, text);
    }
    decision = decision.with("proof", proven_by(configured.group));
    for (name, why) in left_out {
        decision = decision.with("left out", format!("{name}: {why}"));
    }
    let mut decision = decision.with("as", identity(state, &[&judged.target]));
    decision.remarks = judged.remarks;
    Ok(decision.against(judged.failed))
}

/// The image's tag: what was chosen, or what runs.
fn tag(target: &Target<'_>, deed: &Deed) -> Result<VersionLabel, String> {
    match deed {
        Deed::Deploy(label) => Ok(label.clone()),
        Deed::Redeploy if target.environment.is_uniform() == Some(false) => {
            Err(format!("instances of {} run different versions: choose one of them (D)", target.name()))
        }
        Deed::Redeploy => target.environment.label().cloned().ok_or_else(|| format!("what {} runs is not known", target.name())),
        Deed::Restart | Deed::Rebuild | Deed::Abort | Deed::Swap(_) | Deed::Resize { .. } | Deed::Instance(..) => {
            Err(format!("{} is a target group: a version is deployed to it (D), or one of its instances is acted on", target.name()))
        }
    }
}

/// Whether something that the plan tells is still being read.
fn awaits(state: &State, target: &Target<'_>) -> bool {
    let overview = |repository: Repository| {
        let read = state.github.forge.get(&repository).map(|facts| &facts.overview);
        read.is_none_or(|read| read.value().is_none() && read.fault().is_none())
    };
    planned::awaits(state, &target.environment) || repository(target).is_some_and(overview)
}

/// Whether there is such an image.
fn judge_image(state: &State, judged: &mut Judged<'_>, configured: &Configured<'_>, tag: &VersionLabel) {
    if configured.group.version.images.is_none() {
        judged.rest(Verdict::Warn, "whether there is such an image is not checked: image_repository is not configured".to_owned());
        return;
    }
    let environment = judged.target.environment;
    let planning = planned::planning(state, &environment).map(|told| told.value);
    let fault = planning.and_then(|told| told.unread.releases.as_ref()).or(environment.fault_of(Question::Planning).map(|told| told.value));
    match (planning.and_then(|told| told.releases.as_ref()), fault) {
        (Some(releases), _) if releases.get(tag).is_none() && !is_other_tag(releases, tag) => {
            judged.refuse(format!("{tag} is not among {}: it was not built, or was removed", releases.of));
        }
        (Some(_), _) => {}
        (None, Some(fault)) => {
            judged
                .rest(Verdict::Unknown, format!("whether there is an image {tag} is looked at first: its list could not be read: {fault}"));
        }
        (None, None) => judged.rest(Verdict::Unknown, format!("whether there is an image {tag} is not read yet")),
    }
}

/// Whether another of an image's tags is meant.
fn is_other_tag(releases: &crate::model::planning::Releases, tag: &VersionLabel) -> bool {
    let names = |text: &Arc<str>| text.trim_start_matches("also ").split(", ").any(|other| other == tag.as_str());
    releases.each.iter().any(|release| release.description.as_ref().is_some_and(names))
}

/// The other tags of the image that is meant: an instance may tell any of them.
fn other_tags(state: &State, target: &Target<'_>, tag: &VersionLabel) -> Vec<VersionLabel> {
    let planning = planned::planning(state, &target.environment).map(|told| told.value);
    let Some(releases) = planning.and_then(|told| told.releases.as_ref()) else { return Vec::new() };
    let of_release = |release: &Release| -> Vec<VersionLabel> {
        let others = release.description.iter().flat_map(|text| text.trim_start_matches("also ").split(", ")).map(VersionLabel::from);
        std::iter::once(release.label.clone()).chain(others).collect()
    };
    let names = releases.each.iter().map(of_release).find(|names| names.contains(tag));
    names.unwrap_or_default().into_iter().filter(|name| name != tag).collect()
}

/// Those that are left out, by name, and why.
type LeftOut = Vec<(String, String)>;

/// The targets in the platform's order, with how each is reached; and those that are left out.
fn members(target: &Target<'_>, configured: &Configured<'_>) -> Result<(Vec<Member>, LeftOut), String> {
    let told = target.environment.instances().ok_or_else(|| format!("the instances of {} are not read yet", target.name()))?;
    let (mut members, mut left_out) = (Vec::new(), Vec::new());
    for instance in &told.value.each {
        let Some(registered) = only(instance, &target.name(), own(target, instance))? else { continue };
        if registered.is_leaving {
            left_out.push((instance.id.to_string(), "it is leaving the target group".to_owned()));
            continue;
        }
        if !instance.id.as_str().starts_with("i-") {
            return Err(format!("{} of {} is no EC2 instance: it cannot be deployed to from here", instance.id, target.name()));
        }
        members.push(Member {
            place: Place { instance: Some(instance.id.clone()), ..target.place.clone() },
            name: instance.id.as_str().into(),
            port: registered.port,
            way: way(instance, configured.rolling)?,
        });
    }
    Ok((members, left_out))
}

/// How the target group has an instance; none, where it does not.
///
/// # Errors
/// When it has it at several ports: taken out at one, it would still get requests at the others.
fn only<'i>(instance: &Instance, group: &str, mut all: impl Iterator<Item = &'i Registered>) -> Result<Option<&'i Registered>, String> {
    let first = all.next();
    match all.count() {
        0 => Ok(first),
        more => Err(format!("{} is registered with {group} at {} ports: that is not deployed to from here", instance.id, more + 1)),
    }
}

/// How the target group itself has an instance.
fn own<'i>(target: &Target<'_>, instance: &'i Instance) -> impl Iterator<Item = &'i Registered> {
    let group = target.place.id.clone();
    let is_its = move |one: &&Registered| group.as_ref().is_some_and(|group| *one.group == *group.as_str());
    instance.whereabouts.registered.iter().filter(is_its)
}

fn way(instance: &Instance, rolling: &Rolling) -> Result<Way, String> {
    let Some(login) = &rolling.login else { return Ok(Way::Ssm) };
    let to = reached(instance).fill(&login.to).map_err(|why| format!("{} cannot be logged in to: {why}", instance.id))?;
    Destination::new(&to).map(Way::Ssh).map_err(|why| format!("{} cannot be logged in to: {why}", instance.id))
}

/// What is filled into texts about an instance.
pub(super) fn reached(instance: &Instance) -> Reached<'_> {
    let whereabouts = &instance.whereabouts;
    Reached { id: instance.id.as_str(), private_ip: whereabouts.private_ip.as_deref(), address: whereabouts.address.as_deref() }
}

/// Whether enough targets stay healthy; so many others have to be, before one is taken out.
fn judge_capacity(judged: &mut Judged<'_>, rolling: &Rolling, members: usize) -> u32 {
    let Some(told) = judged.target.environment.instances() else { return rolling.minimum_healthy };
    let name = judged.target.name();
    let target = &judged.target;
    let healthy = told.value.each.iter().filter(|instance| own(target, instance).any(|registered| registered.is_healthy)).count();
    let healthy = u32::try_from(healthy).unwrap_or(u32::MAX);
    let wanted = rolling.minimum_healthy;
    judged.lines.push(("capacity", capacity(healthy, members, rolling)));
    // What is unhealthy takes nothing away when it is taken out; whoever is healthy leaves one less.
    let others = healthy.saturating_sub(1);
    if others >= wanted {
        return wanted;
    }
    let sentence = match healthy {
        0 => format!("no target of {name} is healthy: nothing answers requests while it is deployed to"),
        1 => format!("1 target of {name} is healthy, and it is taken out: nothing answers requests meanwhile"),
        _ => format!("{healthy} targets of {name} are healthy: with one taken out, fewer than {wanted} are (minimum_healthy)"),
    };
    judged.rest(Verdict::Fail, sentence);
    others
}

fn capacity(healthy: u32, members: usize, rolling: &Rolling) -> String {
    let (at_once, keep) = (rolling.at_once, rolling.minimum_healthy);
    format!("{healthy} of {members} healthy; {at_once} at a time, and no fewer than {keep} healthy meanwhile")
}

fn roll(
    target: &Target<'_>,
    configured: &Configured<'_>,
    tag: &VersionLabel,
    members: Vec<Member>,
    (fewest_healthy, quiet): (u32, Option<Action>),
) -> Result<Roll, String> {
    let Configured { group, rolling } = configured;
    let name = target.key().name.as_str();
    let environment = group.environment_of(name);
    let filling = Filling { tag: tag.as_str(), name, environment: environment.as_deref() };
    let files = rolling.files.iter().map(|file| Ok(Copied { from: file.from.clone(), to: filling.fill(&file.to)? }));
    let built = group.version.images.as_ref().map(|images| {
        let action = Action::Built { region: images.region.clone(), repository: Arc::clone(&images.name), tag: tag.as_str().into() };
        (target.place.clone(), action)
    });
    let (workspace, drift) = checked(rolling, &filling)?;
    let arn = target.place.id.as_ref().map(|id| Arc::from(id.as_str())).ok_or_else(|| format!("the ARN of {name} is not known"))?;
    Ok(Roll {
        title: format!("roll {tag} over {}", target.name()),
        place: target.place.clone(),
        group: arn,
        members,
        checks: Checks { workspace, drift, built, quiet },
        version: tag.clone(),
        also: Vec::new(),
        files: files.collect::<Result<_, String>>()?,
        command: filling.fill(&rolling.command)?,
        times: rolling.times,
        at_once: rolling.at_once,
        fewest_healthy,
    })
}

/// The programs that tell which workspace is selected and whether anything has drifted.
fn checked(rolling: &Rolling, filling: &Filling<'_>) -> Result<(Option<Local>, Option<Local>), String> {
    let Some(Drift { command, limit, workspace }) = &rolling.drift else { return Ok((None, None)) };
    let filled = |words: &[String]| words.iter().map(|word| filling.fill(word)).collect::<Result<Vec<_>, _>>();
    let local = |command, limit| Local {
        command,
        folder: rolling.folder.clone(),
        meanings: std::collections::BTreeMap::new(),
        prints: None,
        limit,
    };
    let drift = Local { meanings: DRIFTED.map(|(code, means)| (code, means.to_owned())).into(), ..local(filled(command)?, *limit) };
    let workspace = workspace.as_ref().map(|workspace| {
        Ok::<_, String>(Local { prints: Some(filling.fill(&workspace.name)?), ..local(filled(&workspace.command)?, WORKSPACE) })
    });
    Ok((workspace.transpose()?, Some(drift)))
}

/// What is to be said of connections that go on after a target was taken out.
fn draining(state: &State, target: &Target<'_>, waited: Duration) -> Option<String> {
    let told = planned::planning(state, &target.environment).map(|told| told.value);
    let unread = told.and_then(|told| told.unread.drain.as_ref());
    let fault = unread.or(target.environment.fault_of(Question::Planning).map(|told| told.value));
    match (told, fault) {
        (_, Some(fault)) => Some(format!("? how long connections may go on after one was taken out could not be read: {fault}")),
        (Some(told), None) => {
            let delay = told.drain.filter(|delay| *delay > waited)?;
            let (delay, waited) = (spoken(delay), spoken(waited));
            Some(format!("connections may go on for {delay} after one was taken out, and {waited} is waited: what is open then is cut"))
        }
        (None, None) => Some("? how long connections may go on after one was taken out is not read yet".to_owned()),
    }
}

/// What it does, part by part.
fn lines(roll: &Roll, rolling: &Rolling, draining: Option<String>) -> Vec<(&'static str, String)> {
    let Times { drain, run, healthy, pause, .. } = roll.times;
    let way = match roll.members.first().map(|member| &member.way) {
        Some(Way::Ssh(_)) => "over ssh",
        Some(Way::Ssm) | None => "by Systems Manager",
    };
    let copied = match roll.files.len() {
        0 => String::new(),
        1 => "copy a file, ".to_owned(),
        files => format!("copy {files} files, "),
    };
    let each = format!(
        "deregister, drain {}, {copied}run the command {way} ({} at most), register, wait until healthy ({} at most), pause {}",
        spoken(drain),
        spoken(run),
        spoken(healthy),
        spoken(pause)
    );
    let mut lines = vec![("first", first(roll)), ("each", each), ("command", roll.command.clone())];
    lines.extend(draining.map(|sentence| ("draining", sentence)));
    lines.push(("takes", takes(roll)));
    let fails = match rolling.on_failure {
        OnFailure::Stop => "it goes back in with what it runs then, and nothing else begins",
        OnFailure::Pause => "it goes back in with what it runs then; nothing else begins until you say so: P goes on, X stops",
        OnFailure::CarryOn => "it goes back in with what it runs then, and the next one begins",
    };
    lines.push(("on failure", fails.to_owned()));
    lines
}

/// What tells that it was done.
const fn proven_by(group: &TargetGroups) -> &'static str {
    if group.version.is_some() {
        "the command's exit code, the group's health, and in the end what each instance tells that it runs"
    } else {
        "the command's exit code and the group's health; what the instances run then is not known: nothing is configured that tells it"
    }
}

/// What is checked before anything is touched.
fn first(roll: &Roll) -> String {
    let Checks { workspace, drift, built, quiet } = &roll.checks;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(workspace.as_ref().and_then(|local| Some(format!("the workspace is {}", local.prints.as_ref()?))));
    parts.extend(drift.as_ref().map(|local| format!("nothing has drifted ({})", local.command.join(" "))));
    parts.extend(built.as_ref().map(|_| "the image is in ECR".to_owned()));
    parts.push("every host is reached".to_owned());
    parts.push("enough targets are healthy".to_owned());
    parts.extend(quiet.as_ref().map(|_| "no run on GitHub deploys there".to_owned()));
    let last = parts.pop().unwrap_or_default();
    format!("it is checked that {} and {last}; else nothing is touched", parts.join(", "))
}

/// The waits that are certain; the rest is known once one is done.
fn takes(roll: &Roll) -> String {
    let turns = u32::try_from(roll.members.len()).unwrap_or(u32::MAX).div_ceil(roll.at_once.max(1));
    let waits = (roll.times.drain + roll.times.pause) * turns;
    format!("{} of draining and pauses, and what {} commands and checks take", spoken(waits), roll.members.len())
}

/// Whether this is a place where instances are deployed to one after the other.
pub(super) fn is_rolled(key: &EnvironmentKey) -> bool {
    key.platform == Platform::TargetGroup
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_at_two_ports_of_its_group_is_not_taken_out_at_one() {
        let instance = Instance::of("i-1".into());
        let at = |port| Registered { group: "growl".into(), port: Some(port), is_healthy: true, is_leaving: false, healthy_others: 1 };
        let all = [at(8000), at(8001)];
        assert_eq!(only(&instance, "growl", all[..0].iter()), Ok(None));
        assert_eq!(only(&instance, "growl", all[..1].iter()), Ok(Some(&all[0])));
        let refused = only(&instance, "growl", all.iter()).unwrap_err();
        assert_eq!(refused, "i-1 is registered with growl at 2 ports: that is not deployed to from here");
    }
}
