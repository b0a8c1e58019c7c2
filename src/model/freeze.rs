//! Freezes: times at which nothing is shipped without a written reason.
//!
//! Judges a moment that is handed in; the rules of time zones come along with the program.

use std::sync::Arc;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use super::catalogue::Tier;
use super::clock::Timestamp;
use super::id::AppName;

/// So many days around the present a weekly freeze is looked for: a week, and a day for what spans midnight.
const DAYS: std::ops::RangeInclusive<i64> = -8..=8;

/// When a freeze is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recurrence {
    /// Once.
    Once(Stretch),
    /// On these days of every week, by the clocks of the freeze's zone.
    Weekly {
        /// The days on which it begins.
        days: Vec<Weekday>,
        /// When it begins.
        from: Time,
        /// When it ends: on the next day where that is not after its beginning. None is the end of the day.
        until: Option<Time>,
    },
}

/// From one moment until before another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Stretch {
    fn holds(self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// A time at which nothing is shipped to some environments without a written reason.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Freeze {
    /// When.
    pub recurrence: Recurrence,
    /// The zone of its clocks, by which its times are told.
    pub zone: TimeZone,
    /// Only environments of this app.
    pub app: Option<AppName>,
    /// Only environments of this tier. One whose tier is unknown counts as production.
    pub tier: Tier,
    /// Why; not yet safe to show.
    pub reason: Option<Arc<str>>,
}

impl Freeze {
    /// Whether environments of this app and tier are meant.
    #[must_use]
    pub fn fits(&self, app: &AppName, tier: Tier) -> bool {
        let tier = if tier == Tier::Unknown { Tier::Production } else { tier };
        self.tier == tier && self.app.as_ref().is_none_or(|own| own == app)
    }

    /// The stretch that holds now, if one does: days that follow each other without a gap are one.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Option<Stretch> {
        self.stretches(now).into_iter().find(|stretch| stretch.holds(now))
    }

    /// The stretch that begins within so long from now, where none holds yet.
    #[must_use]
    pub fn soon(&self, now: Timestamp, within: SignedDuration) -> Option<Stretch> {
        let stretches = self.stretches(now);
        if stretches.iter().any(|stretch| stretch.holds(now)) {
            return None;
        }
        stretches.into_iter().find(|stretch| now < stretch.from && stretch.from.duration_since(now) <= within)
    }

    /// Every stretch around now, one after the other.
    fn stretches(&self, now: Timestamp) -> Vec<Stretch> {
        let (days, from, until) = match &self.recurrence {
            Recurrence::Once(stretch) => return vec![*stretch],
            Recurrence::Weekly { days, from, until } => (days, *from, *until),
        };
        let today = self.zone.to_datetime(now).date();
        let near = DAYS.filter_map(|days| today.checked_add(Span::new().days(days)).ok());
        let begun = near.filter(|date| days.contains(&date.weekday()));
        let mut joined: Vec<Stretch> = Vec::new();
        for stretch in begun.filter_map(|date| self.on(date, from, until)) {
            match joined.last_mut().filter(|last| stretch.from <= last.until) {
                Some(last) => last.until = last.until.max(stretch.until),
                None => joined.push(stretch),
            }
        }
        joined
    }

    /// The stretch that begins on this day. A clock that is set on that day counts as it is set.
    fn on(&self, date: Date, from: Time, until: Option<Time>) -> Option<Stretch> {
        let moment = |date: Date, time: Time| self.zone.to_timestamp(date.to_datetime(time)).ok();
        let end = match until {
            Some(until) if until > from => moment(date, until),
            until => moment(date.tomorrow().ok()?, until.unwrap_or(Time::midnight())),
        };
        Some(Stretch { from: moment(date, from)?, until: end? })
    }

    /// A moment by the clocks of its zone: `Mon 2022-11-14 09:00 CET`.
    #[must_use]
    pub fn clock(&self, moment: Timestamp) -> String {
        moment.to_zoned(self.zone.clone()).strftime("%a %Y-%m-%d %H:%M %Z").to_string()
    }

    /// Its reason, behind a colon; nothing where there is none.
    #[must_use]
    pub fn because(&self) -> String {
        self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn weekly(days: &[Weekday], from: &str, until: Option<&str>, zone: &str) -> Freeze {
        Freeze {
            recurrence: Recurrence::Weekly {
                days: days.to_vec(),
                from: from.parse().unwrap(),
                until: until.map(|until| until.parse().unwrap()),
            },
            zone: TimeZoneDatabase::bundled().get(zone).unwrap(),
            app: None,
            tier: Tier::Production,
            reason: Some("the weekend".into()),
        }
    }

    /// When the freeze that holds at this moment ends.
    fn until(freeze: &Freeze, now: &str) -> Option<String> {
        freeze.at(at(now)).map(|stretch| stretch.until.to_string())
    }

    #[test]
    fn a_freeze_holds_from_its_first_moment_until_its_last() {
        let stretch = Stretch { from: at("2026-12-20T00:00:00Z"), until: at("2027-01-02T00:00:00Z") };
        let freeze = Freeze { recurrence: Recurrence::Once(stretch), ..weekly(&[], "00:00", None, "UTC") };
        for (now, holds) in [
            ("2026-12-19T23:59:59Z", false),
            ("2026-12-20T00:00:00Z", true),
            ("2027-01-01T23:59:59Z", true),
            ("2027-01-02T00:00:00Z", false),
        ] {
            assert_eq!(freeze.at(at(now)).is_some(), holds, "{now}");
        }
        let hour = SignedDuration::from_hours(1);
        assert_eq!(freeze.soon(at("2026-12-19T23:00:00Z"), hour), Some(stretch));
        assert_eq!(freeze.soon(at("2026-12-19T22:59:59Z"), hour), None);
        assert_eq!(freeze.soon(at("2026-12-20T00:00:00Z"), hour), None);
    }

    #[test]
    fn a_weekly_freeze_goes_by_the_clocks_of_its_zone() {
        let friday = weekly(&[Weekday::Friday], "16:00", None, "Europe/Berlin");
        // Winter: an hour ahead of UTC; summer: two.
        assert_eq!(until(&friday, "2026-11-20T14:59:59Z"), None);
        assert_eq!(until(&friday, "2026-11-20T15:00:00Z").as_deref(), Some("2026-11-20T23:00:00Z"));
        assert_eq!(until(&friday, "2026-07-17T14:00:00Z").as_deref(), Some("2026-07-17T22:00:00Z"));
        assert_eq!(friday.clock(at("2026-11-20T23:00:00Z")), "Sat 2026-11-21 00:00 CET");
        assert_eq!(until(&friday, "2026-11-21T00:00:00Z"), None);
    }

    /// The clocks of Berlin go back on Sunday, 25 October 2026: that day has 25 hours.
    #[test]
    fn days_that_follow_each_other_are_one_freeze_and_nights_end_on_the_next_day() {
        let weekend = weekly(&[Weekday::Saturday, Weekday::Sunday], "00:00", None, "Europe/Berlin");
        assert_eq!(until(&weekend, "2026-10-24T10:00:00Z").as_deref(), Some("2026-10-25T23:00:00Z"));
        assert_eq!(weekend.at(at("2026-10-25T10:00:00Z")).unwrap().from, at("2026-10-23T22:00:00Z"));
        let night = weekly(&[Weekday::Friday], "18:00", Some("08:00"), "UTC");
        assert_eq!(until(&night, "2026-11-21T07:00:00Z").as_deref(), Some("2026-11-21T08:00:00Z"));
        assert_eq!(until(&night, "2026-11-20T07:00:00Z"), None);
        let soon = night.soon(at("2026-11-20T17:30:00Z"), SignedDuration::from_hours(1));
        assert_eq!(soon.map(|stretch| stretch.from), Some(at("2026-11-20T18:00:00Z")));
    }

    #[test]
    fn a_freeze_is_for_an_app_and_a_tier_and_what_is_unknown_is_production() {
        let all = weekly(&[], "00:00", None, "UTC");
        let own = Freeze { app: Some("h".into()), tier: Tier::Staging, ..all.clone() };
        for (app, tier, by_all, by_own) in [
            ("h", Tier::Production, true, false),
            ("via", Tier::Unknown, true, false),
            ("h", Tier::Staging, false, true),
            ("via", Tier::Staging, false, false),
        ] {
            assert_eq!((all.fits(&app.into(), tier), own.fits(&app.into(), tier)), (by_all, by_own), "{app} {tier}");
        }
    }
}
