//! What has changed of environments whose platform tells no events: seen between two readings, and drawn among the lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::clock::Timestamp;
use crate::model::environment::Environment;
use crate::model::health::Level;
use crate::model::id::{EnvironmentKey, InstanceId, Platform, VersionLabel};
use crate::model::log::note::{Marker, MarkerKind};

/// So many instances are named; the others are counted.
const NAMED: usize = 3;

/// What was read last of each environment that is followed.
#[derive(Debug, Default)]
pub struct Readings {
    each: BTreeMap<EnvironmentKey, Reading>,
}

/// What of an environment is compared. What is not known is none, and is no change.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Reading {
    level: Option<Level>,
    version: Option<VersionLabel>,
    instances: Option<BTreeSet<InstanceId>>,
}

impl Readings {
    /// Lets go of what was read of environments that are not there any more.
    pub fn keep(&mut self, is_there: impl Fn(&EnvironmentKey) -> bool) {
        self.each.retain(|key, _| is_there(key));
    }

    /// Of how many environments something was read.
    #[cfg(test)]
    pub(in crate::app) fn len(&self) -> usize {
        self.each.len()
    }

    /// What is different from what was read before. The time is that of the reading which shows it: the change itself
    /// came between that and the one before.
    pub fn compare(&mut self, environment: &Environment<'_>) -> Vec<Marker> {
        let key = environment.key();
        if key.platform == Platform::Beanstalk {
            return Vec::new();
        }
        let before = self.each.entry(key).or_default();
        let mut markers = Vec::new();
        let mut tell = |time: Timestamp, kind, text: String| markers.push(Marker { time: time.into(), kind, text: text.into() });
        if let Some(word) = environment.word().filter(|word| word.level != Level::Unknown)
            && let Some(old) = before.level.replace(word.level).filter(|old| *old != word.level)
        {
            let cause = environment.health().and_then(|health| health.value.causes.first().map(|cause| format!(": {cause}")));
            // In the words in which Elastic Beanstalk tells it: one list has both.
            let change = format!("health from {} to {}{}", old.name(), word.level.name(), cause.as_deref().unwrap_or("."));
            tell(word.at, MarkerKind::Health, change);
        }
        if let Some(version) = environment.version()
            && let label = version.value.label
            && let Some(old) = before.version.replace(label.clone()).filter(|old| *old != label)
        {
            tell(version.at, MarkerKind::Deploy, format!("runs {label}, ran {old}"));
        }
        // Of a list that is not whole nobody can tell who is gone.
        if let Some(told) = environment.instances().filter(|told| told.value.gaps.is_empty()) {
            let now: BTreeSet<InstanceId> = told.value.each.iter().map(|instance| instance.id.clone()).collect();
            if let Some(old) = before.instances.replace(now.clone()).filter(|old| *old != now) {
                tell(told.at, MarkerKind::Instance, came_and_went(&old, &now));
            }
        }
        markers
    }
}

/// Which instances are there that were not, and which are not that were.
fn came_and_went(before: &BTreeSet<InstanceId>, now: &BTreeSet<InstanceId>) -> String {
    let part = |these: &BTreeSet<InstanceId>, those: &BTreeSet<InstanceId>, word: &str| {
        let each: Vec<&str> = these.difference(those).map(InstanceId::as_str).collect();
        let more = if each.len() > NAMED { format!(" and {} more", each.len() - NAMED) } else { String::new() };
        let named: Vec<&str> = each.iter().take(NAMED).copied().collect();
        (!each.is_empty()).then(|| Arc::<str>::from(format!("{}{more} {word}", named.join(", "))))
    };
    let parts: Vec<Arc<str>> = [part(now, before, "came"), part(before, now, "went")].into_iter().flatten().collect();
    format!("{}; {} now", parts.join("; "), now.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_that_come_and_go_are_named_and_many_are_counted() {
        let ids = |from: u32, to: u32| (from..to).map(|number| InstanceId::from(format!("i-{number}").as_str())).collect::<BTreeSet<_>>();
        assert_eq!(came_and_went(&ids(1, 3), &ids(2, 4)), "i-3 came; i-1 went; 2 now");
        assert_eq!(came_and_went(&ids(0, 0), &ids(0, 5)), "i-0, i-1, i-2 and 2 more came; 5 now");
    }
}
