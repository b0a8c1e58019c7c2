//! What a line says of itself.

use crate::model::clock::Timestamp;
use crate::model::log::feed::Followed;
use crate::model::log::line::Millis;

/// No time that is written at the beginning of a line is longer: with nanoseconds and an offset.
const LONGEST_TIME: usize = 40;
/// No name of a container, with what `docker compose` puts behind it, is longer.
const LONGEST_NAME: usize = 120;

/// A line that was understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Told {
    /// Which container wrote it, where that is told.
    pub(super) stream: Option<String>,
    /// When it was written, where that is told.
    pub(super) time: Option<Millis>,
    /// The text.
    pub(super) text: String,
}

/// Understands a line.
///
/// The names and times that this program asked docker for are taken away from it; of a command of the configuration the
/// text stays as it is.
pub(super) fn read(what: &Followed, line: String) -> Told {
    match what {
        Followed::Containers(_) => of_container(&line).unwrap_or(Told { stream: None, time: None, text: line }),
        Followed::Line(_) => Told { stream: None, time: time_of(&line), text: line },
    }
}

fn of_container(line: &str) -> Option<Told> {
    let (name, rest) = line.split_once('\t')?;
    let (time, text) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Told { stream: Some(name.to_owned()), time: Some(moment(time)?), text: text.to_owned() })
}

/// The time at the beginning of a line, or behind the name that `docker compose logs` puts there: `web-1  | …`.
fn time_of(line: &str) -> Option<Millis> {
    let first = |text: &str| text.split_whitespace().next().and_then(moment);
    first(line).or_else(|| {
        let (name, rest) = line.split_once('|')?;
        (name.len() <= LONGEST_NAME).then(|| first(rest)).flatten()
    })
}

/// A moment as RFC 3339 writes it, or ISO 8601 with an offset without a colon, as `journalctl` does.
fn moment(word: &str) -> Option<Millis> {
    if word.len() > LONGEST_TIME || !word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    word.parse::<Timestamp>().ok().map(Millis::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Told {
        read(&Followed::Line("x".into()), text.to_owned())
    }

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
            let told = line(text);
            let expected = millis.map(|millis| Millis(1_795_143_434_000 + millis));
            assert_eq!((told.time, told.text.as_str()), (expected, text), "{text}");
        }
    }

    #[test]
    fn what_docker_puts_before_a_line_is_taken_away_and_nothing_else() {
        let of = |text: &str| read(&Followed::Containers("/opt/apps/wit".into()), text.to_owned());
        let told = of("wit-app-1\t2026-11-20T02:57:14.123456789Z a\tb  c");
        assert_eq!(
            (told.stream.as_deref(), told.time, told.text.as_str()),
            (Some("wit-app-1"), Some(Millis(1_795_143_434_123)), "a\tb  c")
        );
        for other in ["Welcome to shop!", "a\tb", "wit\t2026 c"] {
            assert_eq!(of(other), Told { stream: None, time: None, text: other.to_owned() });
        }
        assert_eq!(of("wit\t2026-11-20T02:57:14Z").text, "");
    }
}
