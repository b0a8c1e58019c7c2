//! What quitting interrupts, and how a person is asked about it.

use super::state::State;

/// What goes on here that ends with this console.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AtWork {
    /// Operations that are carried on here.
    pub operations: usize,
    /// Commands of a team's own that run.
    pub commands: usize,
}

impl AtWork {
    /// What of this state does.
    #[must_use]
    pub fn of(state: &State) -> Self {
        Self { operations: state.operations.here(), commands: state.running.len() }
    }

    /// Whether quitting interrupts anything.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.operations + self.commands > 0
    }
}

/// What is asked before the program ends; none where nothing is interrupted. Not yet safe to show.
#[must_use]
pub fn question(state: &State) -> Option<String> {
    let AtWork { operations, commands } = AtWork::of(state);
    let operated = operated(operations);
    let run = ran(&state.running);
    match (operations, commands) {
        (0, 0) => None,
        (0, _) => run.map(|(what, then)| format!("Quit, while {what}? {then}")),
        (_, 0) => Some(format!("Quit, while {} on here? {}", operated.0, operated.1)),
        _ => run.map(|(what, then)| format!("Quit, while {} on here, and {what}? {}. {then}", operated.0, operated.1)),
    }
}

fn operated(count: usize) -> (String, String) {
    let (what, it) = if count == 1 { ("an operation goes".to_owned(), "it") } else { (format!("{count} operations go"), "them") };
    (what, format!("What the platform has begun goes on by itself, nothing else begins; started again, Quarterdeck offers to finish {it}"))
}

/// What runs, and what becomes of it.
fn ran(names: &[std::sync::Arc<str>]) -> Option<(String, &'static str)> {
    match names {
        [] => None,
        [only] => Some((format!("{only} runs"), "It is ended wherever it is, which the audit log then says")),
        several => Some((format!("{} run", several.join(", ")), "They are ended wherever they are, which the audit log then says")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::Size;
    use crate::model::clock::Timestamp;

    #[test]
    fn what_is_asked_names_what_ends() {
        let mut state = State::new(std::sync::Arc::default(), Timestamp::UNIX_EPOCH, Size { width: 80, height: 24 });
        assert_eq!((question(&state), AtWork::of(&state).is_any()), (None, false));
        state.running.push("notes".into());
        assert!(question(&state).unwrap().starts_with("Quit, while notes runs? It is ended"));
        state.running.push("bounce".into());
        assert!(question(&state).unwrap().starts_with("Quit, while notes, bounce run? They are ended"));
        assert!(operated(1).0 == "an operation goes" && operated(2).1.ends_with("finish them"));
    }
}
