//! A process with all that it starts: it ends with whoever holds it.
//!
//! Programs start others (ssh its `ProxyCommand`, terraform its providers), so it leads a process group of its
//! own, and the group is what is ended: asked first, and killed if that does not help.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::signal::unix::{Signal as SignalStream, SignalKind, signal};
use tokio::time::Instant;

/// How long a group may take to end by itself once it was asked to.
const GRACE: Duration = Duration::from_millis(800);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);
/// How long is read on after the process itself has ended: something that it started may hold its output open.
const REMAINDER: Duration = Duration::from_millis(500);
/// How much of standard error is kept: its end.
const KEPT: usize = 4_096;
/// How much is read at once.
const CHUNK: usize = 8_192;

/// A process of which something is read.
pub struct Process {
    group: Option<Group>,
    output: Option<ChildStdout>,
    errors: Option<ChildStderr>,
    told: Vec<u8>,
    said: Vec<u8>,
    /// Until when is read on, once the process itself has ended.
    until: Option<Instant>,
    /// How it ended, once note was taken of that.
    status: Option<ExitStatus>,
}

/// What a process does next.
#[derive(Debug)]
pub enum Piece {
    /// It writes to standard output.
    Output(Vec<u8>),
    /// It has ended, and all is read.
    Ended(ExitStatus),
}

impl Process {
    /// Starts a program in a group of its own. What it reads from is said in the command.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        // Listened to before there is anybody to hear of.
        let ends = signal(SignalKind::child())?;
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn()?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = Some(Group { child, leader, ends, is_reaped: false });
        Ok(Self { group, output, errors, told: Vec::new(), said: Vec::new(), until: None, status: None })
    }

    /// The end of what it wrote to standard error so far.
    #[must_use]
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&self.said).into_owned()
    }

    /// Waits for what it does next. May be let go of and asked again: nothing is lost.
    ///
    /// # Errors
    /// When it cannot be read from, or waited for.
    pub async fn next(&mut self) -> io::Result<Piece> {
        loop {
            if let Some(status) = self.status {
                return Ok(Piece::Ended(status));
            }
            if self.until.is_some_and(|until| self.is_read() || until <= Instant::now()) {
                self.status = Some(reaped(&mut self.group).await?);
                continue;
            }
            tokio::select! {
                read = read(&mut self.output, &mut self.told) => {
                    if read? > 0 {
                        return Ok(Piece::Output(std::mem::take(&mut self.told)));
                    }
                    self.output = None;
                }
                read = read(&mut self.errors, &mut self.said) => {
                    if read? == 0 {
                        self.errors = None;
                    }
                    let too_many = self.said.len().saturating_sub(KEPT);
                    self.said.drain(..too_many);
                }
                () = over(&mut self.group), if self.until.is_none() => self.until = Some(Instant::now() + REMAINDER),
                () = past(self.until) => {}
            }
        }
    }

    const fn is_read(&self) -> bool {
        self.output.is_none() && self.errors.is_none()
    }

    /// Ends it, and waits until it has ended.
    pub async fn stop(mut self) {
        if let Some(group) = self.group.take() {
            group.finish().await;
        }
    }
}

/// Lets go of means: end it. Waiting is then nobody's, so it is done in the background.
impl Drop for Process {
    fn drop(&mut self) {
        let Some(group) = self.group.take().filter(|_| self.status.is_none()) else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            // Where the runtime itself is ending it drops this at once, and the group is killed.
            runtime.spawn(group.finish());
        }
    }
}

/// Adds what it reads; never ready where there is nothing to read from any more.
async fn read(from: &mut Option<impl tokio::io::AsyncRead + Unpin>, into: &mut Vec<u8>) -> io::Result<usize> {
    match from {
        Some(from) => {
            into.reserve(CHUNK);
            from.read_buf(into).await
        }
        None => std::future::pending().await,
    }
}

async fn over(group: &mut Option<Group>) {
    match group {
        Some(group) => group.over().await,
        None => std::future::pending().await,
    }
}

async fn reaped(group: &mut Option<Group>) -> io::Result<ExitStatus> {
    match group {
        Some(group) => group.reap().await,
        None => std::future::pending().await,
    }
}

async fn past(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// A process group, by its leader.
struct Group {
    child: Child,
    leader: Option<Pid>,
    /// Tells when some child of this program has ended.
    ends: SignalStream,
    /// Note was taken of the leader's end: its number may be somebody else's now.
    is_reaped: bool,
}

impl Group {
    /// Waits until the leader has ended, without taking note of it.
    async fn over(&mut self) {
        while !self.is_over() {
            if self.ends.recv().await.is_none() {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader.filter(|_| !self.is_reaped) {
            // Nobody is left to get it, or it is on its way.
            let _ = rustix::process::kill_process_group(leader, signal);
        }
    }

    /// Whether the leader has ended, without taking note of it: until then its number stays its own.
    fn is_over(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        self.leader.is_none_or(|leader| !matches!(rustix::process::waitid(WaitId::Pid(leader), options), Ok(None)))
    }

    /// Ends what is left of the group, as long as the number is its own, and takes note of the leader's end.
    async fn reap(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::KILL);
        let status = self.child.wait().await?;
        self.is_reaped = true;
        Ok(status)
    }

    async fn finish(mut self) {
        self.signal(Signal::TERM);
        let patience = Instant::now() + GRACE;
        while !self.is_over() && Instant::now() < patience {
            tokio::time::sleep(LOOK).await;
        }
        let _ = self.reap().await;
    }
}

/// However it comes to its end, nothing of the group is left.
impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Long enough for a slow machine; reached only where something hangs.
    const STUCK: Duration = Duration::from_secs(60);

    /// A process that holds a pipe open, and one that it has started and that does not heed being asked to end.
    async fn stubborn(folder: &Path) -> (Process, tokio::net::unix::pipe::Receiver) {
        let pipe = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let held = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&pipe).unwrap();
        let script = "exec 3>\"$1\"; trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' & echo ready; wait";
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", pipe.to_str().unwrap()]).stdin(Stdio::null());
        let mut process = Process::start(command).unwrap();
        assert!(matches!(process.next().await.unwrap(), Piece::Output(told) if told == b"ready\n"));
        (process, held)
    }

    /// Ends once nobody holds the other end.
    async fn all_have_let_go(mut held: tokio::net::unix::pipe::Receiver) {
        let mut told = Vec::new();
        tokio::time::timeout(STUCK, held.read_to_end(&mut told)).await.expect("something of the group is left").unwrap();
    }

    /// What it has started may outlive it, and nobody would know of that.
    #[tokio::test]
    async fn nothing_of_the_group_is_left_when_the_process_itself_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let held = tokio::net::unix::pipe::OpenOptions::new().open_receiver(&pipe).unwrap();
        let script = "exec 3>\"$1\"; sh -c 'trap \"\" TERM; while :; do sleep 1; done' >/dev/null 2>&1 & echo told; exit 5";
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", pipe.to_str().unwrap()]).stdin(Stdio::null());
        let mut process = Process::start(command).unwrap();
        assert!(matches!(process.next().await.unwrap(), Piece::Output(told) if told == b"told\n"));
        let Piece::Ended(status) = process.next().await.unwrap() else { panic!("it goes on") };
        assert_eq!(status.code(), Some(5));
        assert!(matches!(process.next().await.unwrap(), Piece::Ended(again) if again == status));
        all_have_let_go(held).await;
    }

    #[tokio::test]
    async fn all_that_a_process_has_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let (process, held) = stubborn(folder.path()).await;
        process.stop().await;
        all_have_let_go(held).await;
    }

    #[tokio::test]
    async fn letting_go_of_a_process_ends_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let (process, held) = stubborn(folder.path()).await;
        drop(process);
        all_have_let_go(held).await;
    }

    #[test]
    fn where_the_runtime_ends_nothing_is_left_either() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (first, second) = (runtime(), runtime());
        let (sender, receiver) = std::sync::mpsc::channel();
        let path = folder.path().to_owned();
        first.spawn(async move {
            let (mut process, held) = stubborn(&path).await;
            sender.send(path.clone()).unwrap();
            drop(held);
            let _ = process.next().await;
        });
        let path = receiver.recv().unwrap();
        let held = second.block_on(async { tokio::net::unix::pipe::OpenOptions::new().open_receiver(path.join("pipe")).unwrap() });
        first.shutdown_background();
        second.block_on(all_have_let_go(held));
    }
}
