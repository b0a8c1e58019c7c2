//! A program that is run on this machine, and what its exit code means.

use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;

use tokio::process::Command;

use super::output::Outputs;
use super::process::{Piece, Process};
use crate::model::operation::action::Local;
use crate::model::operation::evidence::{Mark, Outcome};

/// How much of its output is kept for its last line.
const KEPT: usize = 4_096;

/// Runs it, and tells how it ended. What it wrote goes into the output alone: a verdict is kept for ever, and that may hold
/// a secret. Whoever lets go of this ends it, with all that it has started.
pub(super) async fn run(local: &Local, mark: &Mark, outputs: &Outputs) -> Outcome {
    let name = local.command.join(" ");
    let mut process = match start(local) {
        Ok(process) => process,
        Err(sentence) => return Outcome::Failed(sentence),
    };
    let mut told = Told { outputs, mark, from: outputs.read(mark), bytes: Vec::new(), end: Vec::new() };
    let followed = tokio::time::timeout(local.limit, follow(&mut process, &mut told)).await;
    // What it complains of stands behind what it prints, whenever that was; and whatever comes of it, why it hangs.
    let printed = told.last_line();
    told.hear(process.said().as_bytes(), true);
    match followed {
        Ok(Ok(status)) => ended(local, &name, status, &printed),
        Ok(Err(error)) => {
            process.stop().await;
            Outcome::Failed(format!("it is not known how {name} ended: {error}").into())
        }
        Err(_) => {
            process.stop().await;
            Outcome::Failed(format!("{name} did not end within {} s, and was ended", local.limit.as_secs()).into())
        }
    }
}

fn start(local: &Local) -> Result<Process, Arc<str>> {
    let Some((program, arguments)) = local.command.split_first() else { return Err("the command is empty: it names no program".into()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    if let Some(folder) = &local.folder {
        if !folder.is_dir() {
            return Err(format!("{program} cannot be run in {}: there is no such folder", folder.display()).into());
        }
        command.current_dir(folder);
    }
    Process::start(command).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{program} is not on this machine: install it, or correct the command").into(),
        _ => format!("{program} could not be started: {error}").into(),
    })
}

/// What a program has written, on its way into the operation's output.
struct Told<'a> {
    outputs: &'a Outputs,
    mark: &'a Mark,
    /// Behind how many bytes the kept ones stand, those of earlier tries included.
    from: u64,
    /// What was not taken yet: a character that breaks off.
    bytes: Vec<u8>,
    /// The end of what it has written, for its last line.
    end: Vec<u8>,
}

impl Told<'_> {
    fn hear(&mut self, bytes: &[u8], is_whole: bool) {
        self.end.extend_from_slice(bytes);
        self.end.drain(..self.end.len().saturating_sub(KEPT));
        self.bytes.extend_from_slice(bytes);
        self.outputs.take(self.mark, self.from, &self.bytes, is_whole);
        let taken = self.outputs.read(self.mark).saturating_sub(self.from);
        self.bytes.drain(..usize::try_from(taken).unwrap_or(usize::MAX).min(self.bytes.len()));
        self.from += taken;
    }

    fn last_line(&self) -> String {
        let text = String::from_utf8_lossy(&self.end);
        text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
    }
}

async fn follow(process: &mut Process, told: &mut Told<'_>) -> std::io::Result<ExitStatus> {
    loop {
        match process.next().await? {
            Piece::Output(bytes) => told.hear(&bytes, false),
            Piece::Ended(status) => return Ok(status),
        }
    }
}

fn ended(local: &Local, name: &str, status: ExitStatus, printed: &str) -> Outcome {
    let Some(code) = status.code() else {
        return Outcome::Failed(format!("{name} was ended by another program before it could tell anything").into());
    };
    if code == 0
        && let Some(wanted) = local.prints.as_ref().filter(|wanted| *wanted != printed)
    {
        let said = if printed.is_empty() { "says nothing" } else { "says something else" };
        return Outcome::Failed(format!("{name} {said}, and has to say {wanted}").into());
    }
    if code == 0 {
        return Outcome::Done(format!("{name} ended with exit code 0").into());
    }
    let meaning = local.meanings.get(&code).map_or_else(String::new, |meaning| format!(": {meaning}"));
    Outcome::Failed(format!("{name} ended with exit code {code}{meaning}").into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::model::clock::Timestamp;
    use crate::ops::clock::{Clock, Stamps};

    /// Long enough for a slow machine; reached only where something hangs.
    const STUCK: Duration = Duration::from_secs(60);

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn stamps() -> Stamps {
        Stamps::new(Arc::new(Fixed))
    }

    fn sh(script: &str) -> Local {
        let meanings = BTreeMap::from([(2, "the state has drifted".to_owned())]);
        Local { command: ["sh", "-c", script].map(str::to_owned).to_vec(), folder: None, meanings, prints: None, limit: STUCK }
    }

    async fn ran(local: Local) -> (Outcome, String) {
        let (outputs, mut written) = Outputs::new(stamps());
        let outcome = run(&local, &Mark("1.drift".into()), &outputs).await;
        let mut text = String::new();
        while let Ok(more) = written.try_recv() {
            text.push_str(&more.text);
        }
        (outcome, text)
    }

    fn sentence(outcome: &Outcome) -> &str {
        match outcome {
            Outcome::Done(sentence) | Outcome::Failed(sentence) => sentence,
        }
    }

    #[tokio::test]
    async fn an_exit_code_has_the_meaning_that_it_was_given() {
        let (outcome, text) = ran(sh("echo No changes.")).await;
        assert_eq!((outcome, text.as_str()), (Outcome::Done("sh -c echo No changes. ended with exit code 0".into()), "No changes.\n"));
        let (drifted, _) = ran(sh("exit 2")).await;
        assert_eq!(drifted, Outcome::Failed("sh -c exit 2 ended with exit code 2: the state has drifted".into()));
        let (failed, text) = ran(sh("echo out; echo the lock is held >&2; exit 1")).await;
        assert!(sentence(&failed).ends_with("ended with exit code 1"), "what it wrote is in no verdict: {failed:?}");
        assert_eq!(text, "out\nthe lock is held\n");
        assert!(sentence(&ran(sh("kill -KILL $$")).await.0).contains("was ended by another program"));
    }

    #[tokio::test]
    async fn what_has_to_be_said_is_compared_to_the_letter() {
        let wanted = |script: &str| Local { prints: Some("prod".to_owned()), ..sh(script) };
        assert!(matches!(ran(wanted("echo note >&2; echo prod")).await.0, Outcome::Done(_)));
        let other = ran(wanted("echo dev")).await.0;
        assert_eq!(other, Outcome::Failed("sh -c echo dev says something else, and has to say prod".into()));
        assert!(sentence(&ran(wanted("true")).await.0).ends_with("says nothing, and has to say prod"));
        assert!(sentence(&ran(wanted("echo prod; exit 1")).await.0).contains("ended with exit code 1"));
    }

    #[tokio::test]
    async fn what_cannot_be_run_or_does_not_end_has_failed() {
        let missing = Local { command: vec!["no-such-terraform".into()], ..sh("") };
        assert_eq!(sentence(&ran(missing).await.0), "no-such-terraform is not on this machine: install it, or correct the command");
        assert_eq!(sentence(&ran(Local { command: Vec::new(), ..sh("") }).await.0), "the command is empty: it names no program");
        let elsewhere = Local { folder: Some("/no/such/folder".into()), ..sh("true") };
        assert_eq!(sentence(&ran(elsewhere).await.0), "sh cannot be run in /no/such/folder: there is no such folder");
        let slow = Local { limit: Duration::from_millis(50), ..sh("echo begun; while :; do sleep 1; done") };
        assert!(matches!(ran(slow).await.0, Outcome::Failed(sentence) if sentence.contains("did not end within")));
        let folder = tempfile::tempdir().unwrap();
        let here = Local { folder: Some(folder.path().to_owned()), ..sh("pwd -P") };
        assert_eq!(ran(here).await.1.trim(), folder.path().canonicalize().unwrap().to_str().unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_program_that_hangs_has_said_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = "echo waiting for the lock >&2; : >pipe; while :; do sleep 1; done";
        let hangs = Local { folder: Some(folder.path().to_owned()), ..sh(script) };
        // The clock stands until it has said so.
        let has_said = tokio::task::spawn_blocking(move || std::fs::read(pipe));
        let (outcome, text) = ran(hangs).await;
        has_said.await.unwrap().unwrap();
        assert!(sentence(&outcome).contains("did not end within 60 s"), "{outcome:?}");
        assert_eq!(text, "waiting for the lock\n");
    }

    #[tokio::test]
    async fn a_second_try_writes_behind_the_first() {
        let (outputs, mut written) = Outputs::new(stamps());
        for _ in 0..2 {
            let _ = run(&sh("printf again"), &Mark("1.drift".into()), &outputs).await;
        }
        drop(outputs);
        let first = written.recv().await.unwrap();
        let second = written.recv().await.unwrap();
        assert_eq!(((first.from, first.text.as_str()), (second.from, second.text.as_str())), ((0, "again"), (5, "again")));
    }
}
