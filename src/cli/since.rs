//! From when on something is wanted, as it is typed: how long ago, or a moment.

use std::time::Duration;

use crate::model::clock::Timestamp;

/// From when on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Since {
    /// From so long ago.
    Ago(Duration),
    /// From a moment.
    At(Timestamp),
}

/// Nobody looks further back here.
const LONGEST_AGO: u64 = 366 * 86_400;

impl Since {
    /// Reads what was typed: `90s`, `15m`, `2h`, `1d`, or a time as RFC 3339 writes it.
    ///
    /// # Errors
    /// A sentence that says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        let unit = text.chars().last().map(|last| match last {
            's' => Some(1),
            'm' => Some(60),
            'h' => Some(3_600),
            'd' => Some(86_400),
            _ => None,
        });
        let number = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<u64>().ok());
        let seconds = number.zip(unit.flatten()).and_then(|(number, unit)| number.checked_mul(unit));
        let ago = seconds.filter(|seconds| (1..=LONGEST_AGO).contains(seconds)).map(|seconds| Self::Ago(Duration::from_secs(seconds)));
        ago.ok_or_else(|| "write how long ago, such as 90s, 15m, 2h or 1d, or a time such as 2026-11-20T02:57:00Z".to_owned())
    }

    /// The moment that it is.
    #[must_use]
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
            Self::At(at) => at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_how_long_ago_or_a_moment() {
        for (text, since) in [
            ("90s", Some(Since::Ago(Duration::from_secs(90)))),
            ("15m", Some(Since::Ago(Duration::from_secs(900)))),
            ("1d", Some(Since::Ago(Duration::from_secs(86_400)))),
            ("2026-11-20T02:57:00Z", Some(Since::At("2026-11-20T02:57:00Z".parse().unwrap()))),
            ("0s", None),
            ("15", None),
            ("m", None),
            ("", None),
            ("1.5h", None),
            ("-1h", None),
            ("99999999999999999999d", None),
            ("ä", None),
        ] {
            assert_eq!(Since::parse(text).ok(), since, "{text}");
        }
        let now: Timestamp = "2026-11-20T03:00:00Z".parse().unwrap();
        assert_eq!(Since::Ago(Duration::from_secs(60)).moment(now), "2026-11-20T02:59:00Z".parse().unwrap());
    }
}
