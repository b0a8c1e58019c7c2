//! The section about how a version goes through many environments of an app.

use std::time::Duration;

use super::source::Notes;
use super::table::Section;
use crate::model::operation::plan::OnFailure;
use crate::model::waves::Waves;

/// No app has more environments than this.
const MOST: u64 = 10_000;
/// Nobody watches a wave for longer than a day.
const LONGEST_BAKE: u64 = 24 * 60;

/// What a failure does to the rest, as it is written.
const FAILURES: [(&str, OnFailure); 3] = [("stop", OnFailure::Stop), ("ask", OnFailure::Pause), ("carry on", OnFailure::CarryOn)];

/// Reads the section.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> Waves {
    let usual = Waves::default();
    let canary = section.whole("canary", 0..=MOST, notes);
    let batch = section.whole("batch", 1..=MOST, notes);
    let at_once = section.whole("at_once", 1..=MOST, notes);
    if let (Some(batch), Some(at_once)) = (&batch, &at_once)
        && at_once.value > batch.value
    {
        let sentence =
            format!("so many are never under way at once, since a batch has {}: write at_once = {0}, or a larger batch", batch.value);
        notes.add(&at_once.span, sentence);
    }
    let bake = section.whole("bake_minutes", 0..=LONGEST_BAKE, notes);
    let on_failure = on_failure(section, notes).unwrap_or(usual.on_failure);
    let count = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    Waves {
        canary: canary.map_or(usual.canary, |at| count(at.value)),
        batch: batch.map(|at| count(at.value)),
        at_once: at_once.map_or(usual.at_once, |at| count(at.value)),
        bake: bake.map_or(usual.bake, |at| Duration::from_secs(at.value * 60)),
        on_failure,
    }
}

/// What a failure does to the rest, where that is said.
pub(super) fn on_failure(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<OnFailure> {
    section.word("on_failure", "way to go on after a failure", &FAILURES, notes).map(|word| word.value)
}
