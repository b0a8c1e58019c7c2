//! The time that a line says of itself.

use super::line::Millis;
use crate::model::clock::Timestamp;

/// No time that is written at the beginning of a line is longer: with nanoseconds and an offset.
const LONGEST_TIME: usize = 40;
/// No name of a container, with what `docker compose` puts behind it, is longer.
const LONGEST_NAME: usize = 120;

/// The time at the beginning of a line, or behind the name that `docker compose logs` puts there: `web-1  | …`.
#[must_use]
pub fn time_of(line: &str) -> Option<Millis> {
    let first = |text: &str| text.split_whitespace().next().and_then(moment);
    first(line).or_else(|| {
        let (name, rest) = line.split_once('|')?;
        (name.len() <= LONGEST_NAME).then(|| first(rest)).flatten()
    })
}

/// A moment as RFC 3339 writes it, or ISO 8601 with an offset without a colon, as `journalctl` does.
#[must_use]
pub fn moment(word: &str) -> Option<Millis> {
    if word.len() > LONGEST_TIME || !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    word.parse::<Timestamp>().ok().map(Millis::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_at_the_beginning_is_the_line_s() {
        for (text, millis) in [
            ("2026-11-20T02:57:14.123456789Z GET /", Some(123)),
            ("2026-11-20T03:57:14.5+01:00 shop web[7]: GET /", Some(500)),
            ("2026-11-20T03:57:14.500000+0100 shop web[7]: GET /", Some(500)),
            ("web-1  | 2026-11-20T02:57:14.250Z GET /", Some(250)),
            ("GET / | 2026 times", None),
            ("2026 was a year", None),
            ("", None),
        ] {
            let expected = millis.map(|millis| Millis(1_795_143_434_000 + millis));
            assert_eq!(time_of(text), expected, "{text}");
        }
    }
}
