//! What the machines of an environment show to be odd: pure.

use std::time::Duration;

use crate::model::clock::Timestamp;
use crate::model::health::Level;
use crate::model::id::VersionLabel;
use crate::model::instance::{Instance, Instances};
use crate::model::sighting::Warning;

/// Machines whose launches are no further apart were launched together.
const TOGETHER: Duration = Duration::from_secs(600);
/// How many machines are named one by one.
const MOST_NAMED: usize = 5;

/// The instances that were launched after the last rolling deploy and run something else than what it brought: they
/// took what was newest when they booted.
///
/// Where nobody tells when that deploy was, it follows from the launches, if they tell it: a deploy is over all that
/// are there, so those that were launched first run what it brought, and all of those launched well after them run
/// something else.
pub fn launched_late(instances: &Instances, deployed_at: Option<Timestamp>) -> Vec<Warning> {
    let mut each: Vec<Launched<'_>> = instances.each.iter().filter_map(Launched::of).collect();
    each.sort_by_key(|one| one.at);
    let since = deployed_at.or_else(|| split(&each));
    let Some(since) = since else { return Vec::new() };
    let (before, after): (Vec<Launched<'_>>, Vec<Launched<'_>>) = each.into_iter().partition(|one| one.at <= since);
    let brought: Vec<&VersionLabel> = before.iter().map(|one| one.label).collect();
    let when = deployed_at.map_or_else(|| "the others".to_owned(), |at| format!("the last rolling deploy ({})", moment(at)));
    let odd = after.into_iter().filter(|one| !brought.contains(&one.label));
    odd.map(|one| one.warning(&when)).collect()
}

/// When the last of those was launched that run what those launched first run, if all others were launched well after.
fn split(each: &[Launched<'_>]) -> Option<Timestamp> {
    let first = each.first()?.label;
    let last = each.iter().rfind(|one| one.label == first)?.at;
    let next = each.iter().filter(|one| one.label != first).map(|one| one.at).min()?;
    (last.checked_add(TOGETHER).ok()? < next).then_some(last)
}

/// An instance of which it is known what it runs and when it was launched.
struct Launched<'i> {
    instance: &'i Instance,
    label: &'i VersionLabel,
    at: Timestamp,
}

impl<'i> Launched<'i> {
    fn of(instance: &'i Instance) -> Option<Self> {
        let label = instance.deployment.as_ref()?.label.as_ref()?;
        Some(Self { instance, label, at: instance.launched_at? })
    }

    fn warning(&self, when: &str) -> Warning {
        let sentence = format!(
            "perhaps unapproved version: {} of {} was launched after {when} and runs {}, which was newest when it booted",
            self.instance.id,
            moment(self.at),
            self.label
        );
        Warning::new(Level::Warning, sentence)
    }
}

/// That some were launched before the file was changed which machines are given when they boot: they have the old one.
pub fn stale_environment(instances: &Instances, changed_at: Option<Timestamp>) -> Option<Warning> {
    let changed = changed_at?;
    let is_stale = |instance: &&Instance| instance.launched_at.is_some_and(|at| at < changed);
    let stale: Vec<&str> = instances.each.iter().filter(is_stale).map(|instance| instance.id.as_str()).collect();
    if stale.is_empty() {
        return None;
    }
    let named = stale.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = stale.len().saturating_sub(MOST_NAMED);
    let named = if more > 0 { format!("{named} and {more} more") } else { named };
    let (were, have) = if stale.len() == 1 { ("was", "has") } else { ("were", "have") };
    let sentence = format!(
        "stale environment: {named} {were} launched before the environment file was changed ({}) and {have} the old one until replaced",
        moment(changed)
    );
    Some(Warning::new(Level::Warning, sentence))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::instance::Deployment;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + minute * 60).unwrap()
    }

    /// Machines by the minute of their launch, each with what it runs.
    fn machines(each: &[(i64, &str)]) -> Instances {
        let one = |(number, (minute, label)): (usize, &(i64, &str))| Instance {
            launched_at: Some(at(*minute)),
            deployment: Some(Deployment::of((*label).into())),
            ..Instance::of(format!("i-{number}").into())
        };
        Instances { each: each.iter().enumerate().map(one).collect(), ..Instances::default() }
    }

    fn late(each: &[(i64, &str)], deployed: Option<i64>) -> Vec<String> {
        let told = launched_late(&machines(each), deployed.map(at));
        told.iter().map(|warning| warning.sentence.split(' ').find(|word| word.starts_with("i-")).unwrap().to_owned()).collect()
    }

    #[test]
    fn who_was_launched_after_the_last_deploy_is_odd_though_most_are_like_it() {
        // Two of three booted what nobody approved: they are the majority, and odd.
        let each = [(-900, "old"), (-60, "new"), (-30, "new")];
        assert_eq!(late(&each, Some(-100)), ["i-1", "i-2"]);
        assert_eq!(late(&each, None), ["i-1", "i-2"]);
        // The deploy was after them all: what they run it has brought, though it did not get to all.
        assert!(late(&each, Some(-10)).is_empty());
        // One that booted what was deployed is like the others.
        assert!(late(&[(-900, "old"), (-30, "old")], Some(-100)).is_empty());
        // All were replaced since.
        assert_eq!(late(&[(-30, "new"), (-20, "newer")], Some(-100)), ["i-0", "i-1"]);
    }

    #[test]
    fn without_the_moment_of_the_deploy_launches_tell_it_or_nothing_is_said() {
        // In the middle of a rolling deploy the versions do not follow the launches.
        assert!(late(&[(-900, "old"), (-800, "new"), (-30, "old")], None).is_empty());
        // Launched together, and one is deployed to already.
        assert!(late(&[(-900, "new"), (-899, "old"), (-899, "old")], None).is_empty());
        assert!(late(&[], None).is_empty());
    }

    #[test]
    fn machines_from_before_the_environment_file_have_the_old_one() {
        let told = |each: &[(i64, &str)], changed: Option<i64>| stale_environment(&machines(each), changed.map(at));
        let two = told(&[(-900, "x"), (-800, "x"), (-10, "x")], Some(-100)).unwrap();
        let expected =
            "stale environment: i-0, i-1 were launched before the environment file was changed (2023-11-14 20:33Z) and have the old";
        assert!(two.sentence.starts_with(expected), "{}", two.sentence);
        let many: Vec<(i64, &str)> = (0..7).map(|_| (-900, "x")).collect();
        assert!(told(&many, Some(-100)).unwrap().sentence.contains("i-4 and 2 more were launched"));
        assert_eq!((told(&[(-10, "x")], Some(-100)), told(&[(-10, "x")], None)), (None, None));
    }
}
