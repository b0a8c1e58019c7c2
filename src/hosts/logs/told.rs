//! What a line says of itself.

use crate::model::log::feed::Followed;
use crate::model::log::line::Millis;
use crate::model::log::timed::{moment, time_of};

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

#[cfg(test)]
mod tests {
    use super::*;

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
