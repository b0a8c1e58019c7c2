//! Elastic Beanstalk's words for how an environment is, and what they are taken for.
//!
//! The table in `doc/console.md` is made from these.

use crate::model::activity::{Activity, ActivityKind};
use crate::model::health::{HealthSource, Level};
use crate::model::sighting::Busy;

/// What each health status of enhanced health is taken for.
pub const HEALTH_STATUSES: [(&str, Level); 9] = [
    ("Ok", Level::Ok),
    ("Info", Level::Info),
    ("Warning", Level::Warning),
    ("Degraded", Level::Degraded),
    ("Severe", Level::Severe),
    ("Pending", Level::Unknown),
    ("NoData", Level::Unknown),
    ("Unknown", Level::Unknown),
    ("Suspended", Level::Unknown),
];

/// What each color is taken for, where there is no health status (basic health).
pub const COLORS: [(&str, Level); 4] = [("Green", Level::Ok), ("Yellow", Level::Warning), ("Red", Level::Severe), ("Grey", Level::Unknown)];

/// What each state of a target is taken for: how a load balancer finds a machine.
///
/// One that is still being registered or checked gets no requests and has not
/// failed; one that is leaving still finishes what it has.
pub const TARGET_STATES: [(&str, Level); 7] = [
    ("healthy", Level::Ok),
    ("initial", Level::Unknown),
    ("unhealthy", Level::Severe),
    ("unhealthy.draining", Level::Severe),
    ("draining", Level::Warning),
    ("unused", Level::Unknown),
    (UNAVAILABLE, Level::Unknown),
];

/// The state of a target whose health is not checked, or not to be had.
pub const UNAVAILABLE: &str = "unavailable";

/// What each status is taken for; `None` is "nothing goes on".
///
/// `Updating` does not tell what is updated: the events do.
pub const STATUSES: [(&str, Option<ActivityKind>); 8] = [
    ("Ready", None),
    ("Launching", Some(ActivityKind::Launch)),
    ("Updating", Some(ActivityKind::Unknown)),
    ("Aborting", Some(ActivityKind::Abort)),
    ("LinkingFrom", Some(ActivityKind::Swap)),
    ("LinkingTo", Some(ActivityKind::Swap)),
    ("Terminating", Some(ActivityKind::Terminate)),
    (TERMINATED, Some(ActivityKind::Terminate)),
];

/// The status of what is no longer there.
pub const TERMINATED: &str = "Terminated";

/// A judgement: the level, the platform's word for it, and which judgement it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Judgement<'a> {
    pub(crate) level: Level,
    pub(crate) word: &'a str,
    pub(crate) source: HealthSource,
}

/// The judgement in a health status and a color; the status counts, where there is one.
pub(crate) fn judge<'a>(status: Option<&'a str>, color: Option<&'a str>) -> Option<Judgement<'a>> {
    if let Some(status) = status {
        let (word, level) = look_up(&HEALTH_STATUSES, status).unwrap_or((status, Level::Unknown));
        return Some(Judgement { level, word, source: HealthSource::BeanstalkEnhanced });
    }
    let color = color?;
    let (word, level) = look_up(&COLORS, color).unwrap_or((color, Level::Unknown));
    Some(Judgement { level, word, source: HealthSource::BeanstalkBasic })
}

/// The level of a target's state, where it tells how the target is.
#[must_use]
pub fn target_level(state: &str) -> Option<Level> {
    TARGET_STATES.iter().find(|(word, _)| *word == state && *word != UNAVAILABLE).map(|(_, level)| *level)
}

/// The level of a word in an event, be it a health status or a color.
pub(super) fn level_of(word: &str) -> Option<Level> {
    look_up(&HEALTH_STATUSES, word).or_else(|| look_up(&COLORS, word)).map(|(_, level)| level)
}

/// What goes on, by an environment's status. A word of tomorrow is something going on.
pub(super) fn busy(status: &str) -> Busy {
    match look_up(&STATUSES, status) {
        Some((_, None)) => Busy::No,
        Some((_, Some(kind))) => Busy::With(Activity::of(kind)),
        None => Busy::With(Activity::of(ActivityKind::Unknown)),
    }
}

/// Finds a word whatever its case and blanks: answers have `No Data` for `NoData`, events have `GREEN`.
fn look_up<T: Copy>(table: &[(&'static str, T)], word: &str) -> Option<(&'static str, T)> {
    let same = |known: &str| {
        let told = word.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(|byte| byte.to_ascii_lowercase());
        told.eq(known.bytes().map(|byte| byte.to_ascii_lowercase()))
    };
    table.iter().find(|(known, _)| same(known)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_health_status_counts_before_a_color() {
        let judged = |status, color| judge(status, color).map(|told| (told.level, told.word, told.source));
        let (enhanced, basic) = (HealthSource::BeanstalkEnhanced, HealthSource::BeanstalkBasic);
        assert_eq!(judged(Some("Severe"), Some("Green")), Some((Level::Severe, "Severe", enhanced)));
        assert_eq!(judged(Some("No Data"), Some("Grey")), Some((Level::Unknown, "NoData", enhanced)));
        assert_eq!(judged(Some("Wobbly"), Some("Green")), Some((Level::Unknown, "Wobbly", enhanced)));
        assert_eq!(judged(None, Some("Green")), Some((Level::Ok, "Green", basic)));
        assert_eq!(judged(None, Some("Mauve")), Some((Level::Unknown, "Mauve", basic)));
        assert_eq!(judged(None, None), None);
    }

    #[test]
    fn every_status_of_the_service_is_placed() {
        assert_eq!(busy("Ready"), Busy::No);
        assert_eq!(busy("Updating"), Busy::With(Activity::of(ActivityKind::Unknown)));
        assert_eq!(busy("Juggling"), Busy::With(Activity::of(ActivityKind::Unknown)));
        for known in aws_sdk_elasticbeanstalk::types::EnvironmentStatus::values() {
            assert!(STATUSES.iter().any(|(word, _)| word == known), "{known}");
        }
        for known in aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum::values() {
            assert!(TARGET_STATES.iter().any(|(word, _)| word == known), "{known}");
        }
        for known in aws_sdk_elasticbeanstalk::types::EnvironmentHealthStatus::values() {
            assert!(HEALTH_STATUSES.iter().any(|(word, _)| word == known), "{known}");
        }
        for known in aws_sdk_elasticbeanstalk::types::EnvironmentHealth::values() {
            assert!(COLORS.iter().any(|(word, _)| word == known), "{known}");
        }
    }
}
