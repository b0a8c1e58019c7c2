//! Commands that go on without us: begun once under a mark, looked at by it.

use std::time::Duration;

use super::scripts::{BEGIN, LOOK, SUPERVISE};
use super::{Acting, Host, not_understood, unanswered};
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Progress, Receipt};
use crate::ssh::Command;

/// How much output a look reads at once.
const PIECE: u64 = 64 * 1024;
/// How many pieces are read when a command has ended: more than this nobody reads here, and the host keeps it.
const MOST_PIECES: usize = 16;

/// Where a command is.
#[derive(Clone, PartialEq, Eq, Debug)]
enum State {
    /// Nobody has begun it.
    None,
    /// Its folder is there, and it is about to start.
    Claimed,
    /// Its folder has been there for a while, and it never started.
    Unstarted,
    /// It runs.
    Running,
    /// It ended with this exit code.
    Ended(i32),
    /// It took too long, and was ended.
    Late,
    /// It runs no more, and nobody was left to write down how it ended.
    Lost,
}

impl State {
    /// Whether it has run, and writes nothing more.
    const fn is_over(&self) -> bool {
        matches!(self, Self::Ended(_) | Self::Late | Self::Lost)
    }
}

/// What a look shows.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Seen {
    state: State,
    /// How many bytes it has written.
    size: u64,
    /// What stands behind those that were asked for.
    output: Vec<u8>,
}

impl Acting {
    pub(super) async fn run(&self, host: Host<'_>, command: &str, limit: Duration, mark: &Mark) -> Begun {
        let to = host.to;
        let script = Command::script(BEGIN).arg(mark.as_str()).arg(&seconds(limit).to_string()).arg(command);
        let script = script.arg(SUPERVISE).arg(&Mark::KEPT_DAYS.to_string());
        let output = match self.ask(host, &script).await {
            Ok(output) => output,
            Err(error) => return unanswered(&error),
        };
        match output.text().lines().find_map(|line| line.strip_prefix("quarterdeck ")) {
            // Under this mark it runs once, whoever has begun it.
            Some("begun" | "already") => Begun::Accepted(Receipt::default()),
            Some("no-place") => Begun::Refused(Fault::new(
                FaultKind::Refused,
                format!("{to} has no place to note what runs there, so nothing was run: make room in the home folder or in /tmp"),
            )),
            _ => Begun::Unclear(not_understood(to)),
        }
    }

    /// What became of a command. What it wrote goes into the output alone: a verdict is kept for ever, and that may hold a
    /// secret.
    pub(super) async fn ran(
        &self,
        host: Host<'_>,
        limit: Duration,
        mark: &Mark,
        baseline: &Baseline,
        was_accepted: bool,
    ) -> Result<Observed, Fault> {
        let to = host.to;
        let mut seen = self.see(host, mark).await?;
        for _ in 0..MOST_PIECES {
            if !seen.state.is_over() || self.outputs.read(mark) >= seen.size || seen.output.is_empty() {
                break;
            }
            seen = self.see(host, mark).await?;
        }
        let failed = |sentence: String| Ok(Observed::Ended(Outcome::Failed(sentence.into())));
        match seen.state {
            // It may run all the same: a home on a network can be away for a while.
            State::None if was_accepted => Ok(Observed::Unclear(
                format!("nothing on {to} tells what became of the command, which it has taken: its folder is not there").into(),
            )),
            State::None => Ok(self.unseen_command(baseline)),
            State::Claimed => Ok(underway("about to start".to_owned())),
            State::Unstarted => failed(format!("the command never started on {to}: look whether its disk is full")),
            State::Running => Ok(underway(format!("it runs on {to}"))),
            State::Ended(0) => Ok(Observed::Ended(Outcome::Done(format!("the command on {to} ended with exit code 0").into()))),
            State::Ended(code) => failed(format!("the command on {to} ended with exit code {code}")),
            State::Late => failed(format!("the command on {to} did not end within {} s, and was ended there", seconds(limit))),
            State::Lost => failed(format!(
                "the command on {to} runs no more, and nothing tells how it ended: the host was restarted, or somebody ended it there"
            )),
        }
    }

    /// Looks once, and hands the output on.
    async fn see(&self, host: Host<'_>, mark: &Mark) -> Result<Seen, Fault> {
        let after = self.outputs.read(mark);
        let script = Command::script(LOOK).arg(mark.as_str()).arg(&after.to_string()).arg(&PIECE.to_string());
        let output = self.ask(host, &script).await.map_err(|error| error.fault())?;
        let seen = read(&output.bytes).ok_or_else(|| not_understood(host.to))?;
        let is_last = seen.state.is_over() && after + seen.output.len() as u64 >= seen.size;
        self.outputs.take(mark, after, &seen.output, is_last);
        Ok(seen)
    }
}

fn underway(note: String) -> Observed {
    Observed::Underway(Progress { parts: None, note: Some(note.into()) })
}

/// Whole seconds, at least one: that is as exactly as a host's clock is asked.
fn seconds(limit: Duration) -> u64 {
    limit.as_secs().max(1)
}

/// Understands an answer of [`LOOK`]. What a login shell greets with comes before.
fn read(bytes: &[u8]) -> Option<Seen> {
    let mut lines = Lines(bytes);
    while lines.next()? != b"quarterdeck 1" {}
    let state = state(std::str::from_utf8(lines.next()?.strip_prefix(b"state ")?).ok()?)?;
    let mut seen = Seen { state, size: 0, output: Vec::new() };
    while let Some(line) = lines.next() {
        if line == b"output" {
            seen.output = lines.0.to_vec();
            return Some(seen);
        }
        seen.size = std::str::from_utf8(line.strip_prefix(b"size ")?).ok()?.parse().ok()?;
    }
    // An answer that breaks off before the output is none.
    (seen.size == 0).then_some(seen)
}

/// The lines of an answer; what is behind them stays.
struct Lines<'a>(&'a [u8]);

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some(line)
    }
}

fn state(text: &str) -> Option<State> {
    Some(match text {
        "none" => State::None,
        "claimed" => State::Claimed,
        "unstarted" => State::Unstarted,
        "running" => State::Running,
        "late" => State::Late,
        "lost" => State::Lost,
        _ => State::Ended(text.strip_prefix("ended ")?.trim().parse().ok()?),
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whatever_the_command_wrote() {
        let told = b"Welcome!\nquarterdeck 1\nstate ended 2\nsize 9\noutput\n\xff\x00output\n";
        let seen = read(told).unwrap();
        assert_eq!((seen.state, seen.size), (State::Ended(2), 9));
        assert_eq!(seen.output, b"\xff\x00output\n");
        assert_eq!(read(b"quarterdeck 1\nstate none\n").unwrap().state, State::None);
        assert_eq!(read(b"quarterdeck 1\nstate claimed\n").unwrap().output, b"");
    }

    #[test]
    fn what_breaks_off_or_is_something_else_is_no_answer() {
        for told in [
            "",
            "quarterdeck 1",
            "quarterdeck 1\nstate",
            "quarterdeck 1\nstate running\nsize 7\n",
            "quarterdeck 1\nstate ended x\n",
            "quarterdeck 1\nstate running\nrm -rf /\n",
            "This account is not available.\n",
        ] {
            assert_eq!(read(told.as_bytes()), None, "{told:?}");
        }
    }
}
