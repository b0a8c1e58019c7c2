//! Files that are put on a host: each whole or not at all.

use std::fs::File;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::scripts::{RECEIVE, RECEIVED, REFUSALS};
use super::{Acting, Host, not_understood, unanswered};
use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};
use crate::model::operation::action::Copied;
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Receipt};
use crate::ssh::{Command, Failure, Limits, SshError};

/// How long a file may take, beyond what its size takes.
const LONGEST: Duration = Duration::from_secs(60);
/// The slowest line that a file is sent over: bytes a second.
const SLOWEST: u64 = 64 * 1024;

/// A file that is open, as it is sent.
struct Opened {
    file: File,
    size: u64,
    /// Its permissions: `644`.
    mode: u32,
}

/// Whether each of these can be read. A name that no host has is refused as well.
pub(super) fn check(files: &[Copied]) -> Result<(), Fault> {
    for file in files {
        open(file)?;
        if file.to.is_empty() || file.to.ends_with('/') || file.to.contains('\0') {
            let sentence = format!("{} cannot be copied to {:?}: name the file that it becomes", file.from.display(), file.to);
            return Err(Fault::new(FaultKind::Refused, sentence));
        }
    }
    Ok(())
}

fn open(file: &Copied) -> Result<Opened, Fault> {
    let from = file.from.display();
    let unreadable = |why: &io::Error| Fault::new(FaultKind::Missing, format!("{from} cannot be copied: {why}"));
    // Before it is opened: opening a pipe would wait for somebody who writes into it.
    let told = std::fs::metadata(&file.from).map_err(|error| unreadable(&error))?;
    if !told.is_file() {
        return Err(Fault::new(FaultKind::Refused, format!("{from} cannot be copied: it is no file")));
    }
    let opened = File::open(&file.from).map_err(|error| unreadable(&error))?;
    Ok(Opened { file: opened, size: told.len(), mode: told.permissions().mode() & 0o777 })
}

impl Acting {
    pub(super) async fn copy(&self, Host { to, ssh }: Host<'_>, files: &[Copied], mark: &Mark) -> Begun {
        // All are opened before the first is sent.
        let opened = match files.iter().map(open).collect::<Result<Vec<_>, Fault>>() {
            Ok(opened) => opened,
            Err(fault) => return Begun::Refused(fault),
        };
        for (number, (file, Opened { file: input, size, mode })) in files.iter().zip(opened).enumerate() {
            let command = Command::script(RECEIVE).arg(mark.as_str()).arg(&file.to).arg(&size.to_string());
            let command = command.arg(&format!("{mode:o}")).arg(&number.to_string());
            self.pass(to).await;
            let limits = Limits { time: ssh.patience + LONGEST + Duration::from_secs(size / SLOWEST), ..Limits::default() };
            if let Err(error) = ssh.run_with(to, &command, input, limits).await {
                let there = files.get(..number).unwrap_or_default();
                return not_copied(to, file, there, &error);
            }
        }
        Begun::Accepted(Receipt::default())
    }

    pub(super) async fn copied(
        &self,
        host: Host<'_>,
        count: usize,
        mark: &Mark,
        baseline: &Baseline,
        was_accepted: bool,
    ) -> Result<Observed, Fault> {
        let to = host.to;
        let done = || Ok(Observed::Ended(Outcome::Done(format!("{} on {to}", of_files(count)).into())));
        if was_accepted {
            // The host answered once each was in its place.
            return done();
        }
        let output = self.ask(host, &Command::script(RECEIVED).arg(mark.as_str())).await.map_err(|error| error.fault())?;
        let copied = read(&output.text(), count).ok_or_else(|| not_understood(to))?;
        // To copy a file once more does no harm.
        if copied == count { done() } else { Ok(self.unseen(baseline, "a file")) }
    }
}

/// What became of a file that was not answered for, behind those that are in their places.
fn not_copied(to: &Destination, file: &Copied, there: &[Copied], error: &SshError) -> Begun {
    match &error.failure {
        // The host itself said no. Any other code may be ssh's own, behind a file that is in its place.
        Failure::Exited { code, last_line, .. } if REFUSALS.contains(code) => {
            let why = last_line.as_ref().map_or_else(String::new, |line| format!(": {line}"));
            let names: Vec<&str> = there.iter().map(|file| file.to.as_str()).collect();
            let before = if names.is_empty() { String::new() } else { format!("; put there before it: {}", names.join(", ")) };
            let sentence = format!("{} could not be put on {to} as {}{why}{before}", file.from.display(), file.to);
            Begun::Refused(Fault::new(FaultKind::Refused, sentence))
        }
        _ => unanswered(error),
    }
}

/// How many of so many files are in their places.
fn read(text: &str, count: usize) -> Option<usize> {
    let lines: Vec<&str> = text.lines().skip_while(|line| *line != "quarterdeck 1").collect();
    if lines.len() < 2 || lines.last() != Some(&"end") {
        return None;
    }
    let is_there = |number: &usize| lines.contains(&format!("copied {number}").as_str());
    Some((0..count).filter(is_there).count())
}

fn of_files(count: usize) -> String {
    if count == 1 { "the file is".to_owned() } else { format!("all {count} files are") }
}
