//! Freezes: moments and clocks as people write them.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::{Time, Weekday};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::nearest::no_such_word;
use super::source::{At, Notes, quoted};
use super::table::Section;
use super::{file, shape};
use crate::model::catalogue::Tier;
use crate::model::clock::Timestamp;
use crate::model::freeze::{Freeze, Recurrence, Stretch};
use crate::model::id::AppName;

/// The days of a week as they are written.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

pub(super) struct FreezeEntry {
    /// None where it could not be understood.
    freeze: Option<Freeze>,
    pub app: Option<At<AppName>>,
}

impl FreezeEntry {
    pub fn freeze(self) -> Option<Freeze> {
        self.freeze
    }
}

/// Reads a section, whatever is wrong with parts of it.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> FreezeEntry {
    let app = file::app_name(section, notes);
    let tier = section.text("tier", notes).map_or(Some(Tier::Production), |text| shape::tier(&text, notes));
    let reason = section.text("reason", notes).map(|text| Arc::from(text.value));
    let zone = section.text("zone", notes).map(|text| zone(&text, notes));
    let when = if section.has("days") { weekly(section, &zone, notes) } else { once(section, &zone, notes) };
    let named = app.as_ref().map(|app| app.value.clone());
    let freeze = when.zip(tier).map(|((recurrence, zone), tier)| Freeze { recurrence, zone, app: named, tier, reason });
    FreezeEntry { freeze, app }
}

/// A zone that was written: none inside where it could not be understood.
type Zone = Option<Option<TimeZone>>;

fn once(section: &Section<'_>, zone: &Zone, notes: &mut Notes<'_>) -> Option<(Recurrence, TimeZone)> {
    section.require("from", "\"2026-12-19T18:00:00+01:00\"", notes);
    section.require("until", "\"2027-01-02T08:00:00+01:00\"", notes);
    let from = section.moment("from", notes).and_then(|text| moment(&text, zone, notes));
    let until = section.moment("until", notes).map(|text| (text.span.clone(), moment(&text, zone, notes)));
    let ((from, clocks), (span, until)) = from.zip(until)?;
    let (until, _) = until?;
    if until <= from {
        notes.add(&span, "this freeze ends before it has begun: write an until that is after its from");
        return None;
    }
    Some((Recurrence::Once(Stretch { from, until }), clocks))
}

/// A moment with its offset, or by the clocks of the zone; and by which clocks it is told.
fn moment(text: &At<String>, zone: &Zone, notes: &mut Notes<'_>) -> Option<(Timestamp, TimeZone)> {
    let pieces = Pieces::parse(&text.value).ok().filter(|pieces| pieces.time_zone_annotation().is_none());
    let Some(pieces) = pieces else {
        let sentence = format!("{} is no moment: write one such as \"2026-12-19T18:00:00+01:00\"", quoted(&text.value));
        notes.add(&text.span, sentence);
        return None;
    };
    let written = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let clocks = match (pieces.to_numeric_offset(), zone) {
        (Some(offset), _) => TimeZone::fixed(offset),
        // What is wrong with the zone was noted.
        (None, Some(zone)) => zone.clone()?,
        (None, None) => {
            let sentence = format!(
                "{} does not say by which clocks: add an offset, such as {written}+01:00, or zone = \"Europe/Berlin\"",
                quoted(&text.value)
            );
            notes.add(&text.span, sentence);
            return None;
        }
    };
    let Ok(moment) = clocks.to_timestamp(written) else {
        notes.add(&text.span, format!("{} is too far away: nothing is planned for then", quoted(&text.value)));
        return None;
    };
    Some((moment, zone.clone().flatten().unwrap_or(clocks)))
}

fn weekly(section: &Section<'_>, zone: &Zone, notes: &mut Notes<'_>) -> Option<(Recurrence, TimeZone)> {
    section.require("zone", "\"Europe/Berlin\"", notes);
    let before = notes.count();
    let texts = section.texts("days", notes).map(|texts| (texts.span, texts.value));
    let from = section.moment("from", notes).map_or(Some(Time::midnight()), |text| clock(&text, false, notes).flatten());
    let until = section.moment("until", notes).map_or(Some(None), |text| clock(&text, true, notes));
    let (span, texts) = texts?;
    let days: Vec<Weekday> = texts.iter().filter_map(|text| day(text, notes)).collect();
    let (zone, from, until) = (zone.clone().flatten()?, from?, until?);
    if notes.count() > before || never_ends(&days, from, until, &span, notes) {
        return None;
    }
    Some((Recurrence::Weekly { days, from, until }, zone))
}

fn day(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Weekday> {
    if let Some((_, day)) = DAYS.iter().find(|(word, _)| *word == text.value) {
        return Some(*day);
    }
    let meant = DAYS.iter().find(|(word, _)| text.value.to_ascii_lowercase().starts_with(word));
    let sentence = match meant {
        Some((word, _)) => format!("there is no day {}: write \"{word}\"", quoted(text.value)),
        None => no_such_word("day", text.value, DAYS.iter().map(|(word, _)| *word)),
    };
    notes.add(&text.span, sentence);
    None
}

/// A time of day; none inside for the end of the day, `24:00`, where that may be written.
#[expect(clippy::option_option, reason = "outside: whether it could be understood; inside: whether it is the end of the day")]
fn clock(text: &At<String>, may_end: bool, notes: &mut Notes<'_>) -> Option<Option<Time>> {
    let parts: Vec<Option<i8>> = text.value.split(':').map(|part| part.parse().ok().filter(|_| part.len() == 2)).collect();
    let time = match parts.as_slice() {
        [Some(24), Some(0)] if may_end => return Some(None),
        [Some(hour), Some(minute)] | [Some(hour), Some(minute), Some(0)] => Time::new(*hour, *minute, 0, 0).ok(),
        _ => None,
    };
    if time.is_none() {
        let sentence = format!("{} is no time of day: with days, write one such as \"16:00\"", quoted(&text.value));
        notes.add(&text.span, sentence);
    }
    time.map(Some)
}

fn never_ends(days: &[Weekday], from: Time, until: Option<Time>, span: &Range<usize>, notes: &mut Notes<'_>) -> bool {
    let whole_days = until.unwrap_or_default() == from;
    let endless = whole_days && days.len() == DAYS.len();
    if endless {
        notes.add(span, "this freeze never ends: leave a day out, or write read_only = true");
    }
    endless
}

fn zone(text: &At<&str>, notes: &mut Notes<'_>) -> Option<TimeZone> {
    let known = TimeZoneDatabase::bundled();
    // The database finds names whatever their capitals; one way of writing is enough.
    let found = known.get(text.value).ok().filter(|zone| zone.iana_name().is_none_or(|name| name == text.value));
    if found.is_none() {
        let written = text.value.replace(' ', "_");
        let is_meant = |name: &str| {
            name.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&written)) || name.eq_ignore_ascii_case(&written)
        };
        let sentence = match known.available().find(|name| is_meant(name.as_str())) {
            Some(meant) => format!("there is no time zone {}: write \"{}\"", quoted(text.value), meant.as_str()),
            None => format!("there is no time zone {}: write it as the IANA names it, such as \"Europe/Berlin\"", quoted(text.value)),
        };
        notes.add(&text.span, sentence);
    }
    found
}
