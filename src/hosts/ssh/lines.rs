//! Follows what a command tells, line by line, until one of both ends.

use std::collections::VecDeque;
use std::process::Stdio;

use super::run::ended;
use super::{Command, Failure, Ssh, SshError};
use crate::model::destination::Destination;
use crate::ops::process::{Piece, Process};

/// A longer line is cut: as long as CloudWatch Logs takes one in (PutLogEvents' documentation).
const LONGEST: usize = 256 * 1024;

/// One line. It comes from outside: not yet safe to show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// Without its end; what is no text is replaced.
    pub text: String,
    /// Whether it was longer than what is kept of it.
    pub is_cut: bool,
}

/// The lines of a command that goes on. Dropping this ends it.
pub struct Lines {
    process: Process,
    to: Destination,
    splitter: Splitter,
    /// How it ended, once it has.
    end: Option<Result<(), Failure>>,
}

impl Ssh {
    /// Runs a command on a host and follows what it tells. Its standard input stays open, and empty, for as long as it is
    /// followed: by its end it knows that nobody does any more.
    ///
    /// # Errors
    /// Where ssh could not be started; what befalls it later is told by [`Lines::next`].
    pub fn stream(&self, to: &Destination, command: &Command) -> Result<Lines, SshError> {
        let process = self.start(to, command, Stdio::piped())?;
        Ok(Lines { process, to: to.clone(), splitter: Splitter::default(), end: None })
    }
}

impl Lines {
    /// The next line; `None` once the command has ended well. May be let go of and asked again.
    ///
    /// # Errors
    /// Where the command or the connection failed: after its last line, and from then on always.
    pub async fn next(&mut self) -> Result<Option<Line>, SshError> {
        loop {
            if let Some(line) = self.splitter.ready.pop_front() {
                return Ok(Some(line));
            }
            if let Some(end) = &self.end {
                return end.clone().map(|()| None).map_err(|failure| SshError { to: self.to.clone(), failure });
            }
            match self.process.next().await {
                Ok(Piece::Output(more)) => self.splitter.take(&more),
                Ok(Piece::Ended(status)) => {
                    self.splitter.finish();
                    self.end = Some(ended(&self.to, status, &self.process.said()));
                }
                Err(error) => self.end = Some(Err(Failure::Lost { to: self.to.to_string(), why: error.to_string() })),
            }
        }
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(self) {
        self.process.stop().await;
    }
}

/// Cuts what arrives into lines, and lines that do not end.
#[derive(Default)]
struct Splitter {
    ready: VecDeque<Line>,
    pending: Vec<u8>,
    is_cut: bool,
}

impl Splitter {
    fn take(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LONGEST.saturating_sub(self.pending.len()).min(part.len());
            self.pending.extend_from_slice(part.get(..room).unwrap_or_default());
            self.is_cut |= room < part.len();
            if parts.peek().is_some() {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.pending);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.ready.push_back(Line { text, is_cut: std::mem::take(&mut self.is_cut) });
    }

    fn finish(&mut self) {
        if !self.pending.is_empty() || self.is_cut {
            self.end_line();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(String, bool)> {
        let mut splitter = Splitter::default();
        for piece in pieces {
            splitter.take(piece);
        }
        splitter.finish();
        splitter.ready.into_iter().map(|line| (line.text, line.is_cut)).collect()
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let whole = lines(&[b"one\r\n\ntwo \xc3\xa9\nlast"]);
        let expected = ["one", "", "two é", "last"].map(|text| (text.to_owned(), false));
        assert_eq!(whole, expected);
        let bytes: Vec<&[u8]> = b"one\r\n\ntwo \xc3\xa9\nlast".chunks(1).collect();
        assert_eq!(lines(&bytes), expected);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_is_whole() {
        let long = vec![b'x'; LONGEST - 1];
        let told = lines(&[&long, b"yzz", &long, b"\nnext\n"]);
        assert_eq!(told.len(), 2);
        assert_eq!((told[0].0.len(), told[0].1, told[0].0.ends_with('y')), (LONGEST, true, true));
        assert_eq!(told[1], ("next".to_owned(), false));
    }
}
