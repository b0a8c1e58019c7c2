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
    /// It is no line: the container's log is read anew, from a little before it broke off.
    pub(super) is_anew: bool,
}

/// Understands a line.
///
/// The names and times that this program asked docker for are taken away from it; of a command of the configuration the
/// text stays as it is. `nonce` stands behind the name of a container whose log is read anew.
pub(super) fn read(what: &Followed, nonce: &str, line: String) -> Told {
    match what {
        Followed::Containers(_) => of_container(&line, nonce).unwrap_or_else(|| Told::of_command(None, line)),
        Followed::Line(_) => Told::of_command(time_of(&line), line),
    }
}

impl Told {
    const fn of_command(time: Option<Millis>, text: String) -> Self {
        Self { stream: None, time, text, is_anew: false }
    }
}

fn of_container(line: &str, nonce: &str) -> Option<Told> {
    let (name, rest) = line.split_once('\t')?;
    let stream = Some(name.to_owned());
    if rest == nonce {
        return Some(Told { stream, time: None, text: String::new(), is_anew: true });
    }
    let (time, text) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Told { stream, time: Some(moment(time)?), text: text.to_owned(), is_anew: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_puts_before_a_line_is_taken_away_and_nothing_else() {
        let of = |text: &str| read(&Followed::Containers("/opt/apps/wit".into()), "nonce", text.to_owned());
        let told = of("wit-app-1\t2026-11-20T02:57:14.123456789Z a\tb  c");
        assert_eq!(
            (told.stream.as_deref(), told.time, told.text.as_str()),
            (Some("wit-app-1"), Some(Millis(1_795_143_434_123)), "a\tb  c")
        );
        for other in ["Welcome to shop!", "a\tb", "wit\t2026 c"] {
            assert_eq!(of(other), Told::of_command(None, other.to_owned()));
        }
        assert_eq!(of("wit\t2026-11-20T02:57:14Z").text, "");
        let anew = of("wit-app-1\tnonce");
        assert_eq!((anew.stream.as_deref(), anew.is_anew), (Some("wit-app-1"), true));
        assert!(!of("wit-app-1\t2026-11-20T02:57:14Z nonce").is_anew);
    }
}
