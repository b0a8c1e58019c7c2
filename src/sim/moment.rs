//! Wall-clock moments, to the millisecond, and the lengths between them.
//!
//! Owns how times are read and written on the wire. Never reads the clock
//! except in [`Present::now`], which only the desk calls: the world is told
//! what time it is.

use jiff::Timestamp;

/// A length of time in milliseconds; negative reaches into the past.
pub type Millis = i64;

/// One second.
pub const SECOND: Millis = 1_000;
/// One minute.
pub const MINUTE: Millis = 60 * SECOND;
/// One hour.
pub const HOUR: Millis = 60 * MINUTE;
/// One day.
pub const DAY: Millis = 24 * HOUR;

/// A point in time, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// Where the present of a simulated cloud comes from: one for all that it serves, since they share a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Present {
    /// The machine's clock.
    #[default]
    Passing,
    /// It does not pass, so that whoever looks always sees the same.
    Held(Moment),
}

impl Present {
    /// What time it is.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where the simulated cloud's present comes from")]
    pub fn now(self) -> Moment {
        match self {
            Self::Passing => Moment(Timestamp::now().as_millisecond()),
            Self::Held(moment) => moment,
        }
    }
}

impl Moment {
    /// The moment that many milliseconds after 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This moment moved by `by`.
    #[must_use]
    pub const fn plus(self, by: Millis) -> Self {
        Self(self.0.saturating_add(by))
    }

    /// How long after `earlier` this is.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads an RFC 3339 time, as AWS clients send it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Some clients leave the zone out and mean UTC.
        let stamp = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse::<Timestamp>()).ok()?;
        Some(Self(stamp.as_millisecond()))
    }

    /// RFC 3339 in UTC with milliseconds, as AWS writes it.
    #[must_use]
    pub fn rfc3339(self) -> String {
        match Timestamp::from_millisecond(self.0) {
            Ok(stamp) => format!("{stamp:.3}"),
            Err(_) => String::from("1970-01-01T00:00:00.000Z"),
        }
    }

    /// Written after a `strftime` pattern; `None` when the pattern is wrong.
    #[must_use]
    pub fn strftime(self, pattern: &str) -> Option<String> {
        let stamp = Timestamp::from_millisecond(self.0).ok()?;
        let zoned = stamp.to_zoned(jiff::tz::TimeZone::UTC);
        jiff::fmt::strtime::format(pattern, &zoned).ok()
    }
}

/// Reads a length such as `90s`, `1m30s`, `-3d4h` or `500ms`.
///
/// # Errors
///
/// A sentence that says what a length looks like.
pub fn parse_length(text: &str) -> Result<Millis, String> {
    let wrong = || format!("\"{text}\" is not a length of time; write it like \"90s\", \"1m30s\", \"-3d4h\" or \"500ms\"");
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: Millis = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, after) = rest.split_at(digits);
        let letters = after.len() - after.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (unit, after) = after.split_at(letters);
        let scale = match unit {
            "ms" => 1,
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return Err(wrong()),
        };
        let number: i64 = number.parse().map_err(|_| wrong())?;
        total = number.checked_mul(scale).and_then(|part| total.checked_add(part)).ok_or_else(wrong)?;
        rest = after;
    }
    Ok(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_with_their_units() {
        assert_eq!(parse_length("90s"), Ok(90_000));
        assert_eq!(parse_length("1m30s"), Ok(90_000));
        assert_eq!(parse_length("-3d4h"), Ok(-(3 * DAY + 4 * HOUR)));
        assert_eq!(parse_length("500ms"), Ok(500));
        for bad in ["", "-", "90", "s", "1x", "9999999999999999999d", "999999999999999d"] {
            assert!(parse_length(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_go_through_the_wire_unchanged() {
        let moment = Moment::from_millis(1_763_607_431_123);
        assert_eq!(Moment::parse(&moment.rfc3339()), Some(moment));
        assert_eq!(Moment::parse("nonsense"), None);
        assert_eq!(moment.strftime("%Y").as_deref(), Some("2025"));
    }
}
