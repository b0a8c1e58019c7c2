//! Runs a command and collects what it tells, within limits.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use super::error::of_exit;
use super::{Command, Failure, Ssh, SshError};
use crate::model::destination::Destination;
use crate::ops::process::{Piece, Process};

/// How much a command may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// From the start to the end, the connection included.
    pub time: Duration,
    /// How many bytes it may tell.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(20), bytes: 256 * 1024 }
    }
}

/// What a command told that ended well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// Standard output, whole.
    pub bytes: Vec<u8>,
    /// The end of standard error.
    pub said: String,
}

impl Output {
    /// Standard output as text; what is no text is replaced.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl Ssh {
    /// Runs a command on a host, and ends it where a limit is reached or nobody waits any more.
    ///
    /// # Errors
    /// Where it did not end with exit code 0, told too much or took too long.
    pub async fn run(&self, to: &Destination, command: &Command, limits: Limits) -> Result<Output, SshError> {
        self.finish(self.start(to, command, Stdio::null())?, to, limits).await
    }

    /// The same for a command that reads a file of this machine.
    ///
    /// # Errors
    /// Where it did not end with exit code 0, told too much or took too long.
    pub async fn run_with(&self, to: &Destination, command: &Command, input: File, limits: Limits) -> Result<Output, SshError> {
        self.finish(self.start(to, command, Stdio::from(input))?, to, limits).await
    }

    async fn finish(&self, mut process: Process, to: &Destination, limits: Limits) -> Result<Output, SshError> {
        match tokio::time::timeout(limits.time, collect(&mut process, to, limits.bytes)).await {
            Ok(Ok(bytes)) => Ok(Output { bytes, said: process.said() }),
            Ok(Err(failure)) => {
                process.stop().await;
                Err(SshError { to: to.clone(), failure })
            }
            Err(_) => {
                process.stop().await;
                Err(SshError { to: to.clone(), failure: Failure::TooSlow { to: to.to_string(), limit: limits.time } })
            }
        }
    }

    pub(super) fn start(&self, to: &Destination, command: &Command, input: Stdio) -> Result<Process, SshError> {
        let mut program = tokio::process::Command::new(&self.program);
        program.args(self.arguments(to, command)).stdin(input);
        Process::start(program).map_err(|error| {
            let failure = match error.kind() {
                std::io::ErrorKind::NotFound => Failure::NotInstalled,
                _ => Failure::NotStarted(error.to_string()),
            };
            SshError { to: to.clone(), failure }
        })
    }
}

async fn collect(process: &mut Process, to: &Destination, most: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    loop {
        match process.next().await {
            Ok(Piece::Output(more)) if bytes.len() + more.len() > most => {
                return Err(Failure::TooMuch { to: to.to_string(), limit: most });
            }
            Ok(Piece::Output(more)) => bytes.extend_from_slice(&more),
            Ok(Piece::Ended(status)) => return ended(to, status, &process.said()).map(|()| bytes),
            Err(error) => return Err(Failure::Lost { to: to.to_string(), why: error.to_string() }),
        }
    }
}

/// What the end of ssh means.
pub(super) fn ended(to: &Destination, status: std::process::ExitStatus, said: &str) -> Result<(), Failure> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(of_exit(to, code, said)),
        None => Err(Failure::Killed(to.to_string())),
    }
}
