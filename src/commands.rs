//! The shell towards commands of a team's own: writes down that one runs, runs it, writes down how it ended.
//!
//! What cannot be written down is not run. No shell reads what is run, and it reads nothing from the terminal unless
//! that is lent to it.

use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::app::custom::{Output, Ran, Run};
use crate::app::event::Event;
use crate::ops::audit::{Audit, Entry};
use crate::ops::clock::Clock;
use crate::ops::process::{Piece, Process};

/// How much of what one writes is kept, in bytes: its beginning.
const KEPT: usize = 1024 * 1024;

/// What is to be done.
#[derive(Debug)]
pub enum Order {
    /// Run this one; one that wants the terminal is told to have it.
    Run(Box<Run>),
    /// One that had the terminal has ended so.
    Note(Box<Ran>),
}

/// Runs what it is told to until the console is gone; then what still runs is ended, and that is written down.
pub async fn serve(
    audit: Result<Audit, String>,
    clock: Arc<dyn Clock>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::UnboundedSender<Event>,
) {
    let log = Log { audit, clock };
    let mut running = JoinSet::new();
    let (end, ending) = watch::channel(false);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => drop(running.spawn(heed(log.clone(), order, events.clone(), ending.clone()))),
                None => break,
            },
            Some(_) = running.join_next() => {}
        }
    }
    end.send_replace(true);
    while running.join_next().await.is_some() {}
}

async fn heed(log: Log, order: Order, events: mpsc::UnboundedSender<Event>, ending: watch::Receiver<bool>) {
    let event = match order {
        Order::Note(ran) => match log.ended(&ran).await {
            Ok(()) => return,
            Err(why) => Event::Returned(Err(format!("{} has ended, which could not be written down: {why}", ran.run.name))),
        },
        Order::Run(run) => match log.begins(&run).await {
            Err(why) => {
                let ended = Err(format!("not run, since it cannot be written down: {why}"));
                Event::Ran(Box::new(Ran { run: Run { output: Output::Reader, ..*run }, ended, written: String::new() }))
            }
            Ok(()) if run.output == Output::Terminal => Event::MayRun(run),
            Ok(()) => Event::Ran(Box::new(ended(&log, *run, ending).await)),
        },
    };
    let _ = events.send(event);
}

/// Runs one whose output is read, and writes down how it ended.
async fn ended(log: &Log, run: Run, ending: watch::Receiver<bool>) -> Ran {
    let (ended, written) = carry_out(&run, ending).await;
    let mut ran = Ran { run, ended, written };
    if let Err(why) = log.ended(&ran).await {
        ran.ended = Err(format!("it has ended, which could not be written down: {why}"));
    }
    ran
}

/// How it ended, in a sentence, and what it wrote.
async fn carry_out(run: &Run, mut ending: watch::Receiver<bool>) -> (Result<String, String>, String) {
    let Some((program, arguments)) = run.command.split_first() else { return (Err("it names no program".to_owned()), String::new()) };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    let mut process = match Process::start(command) {
        Ok(process) => process,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return (Err(format!("{program} is not on this machine: install it, or write its whole path")), String::new());
        }
        Err(error) => return (Err(format!("{program} could not be started: {error}")), String::new()),
    };
    let mut written = Vec::new();
    let mut left_out = 0;
    let read = timeout(Duration::from_secs(run.seconds), async {
        loop {
            match process.next().await? {
                Piece::Output(bytes) => {
                    let (kept, beyond) = bytes.split_at(bytes.len().min(KEPT.saturating_sub(written.len())));
                    written.extend_from_slice(kept);
                    left_out += beyond.len();
                }
                Piece::Ended(status) => return Ok::<_, std::io::Error>(status),
            }
        }
    });
    let end = tokio::select! {
        end = read => Some(end),
        // Gone means that as well.
        _ = ending.wait_for(|is_over| *is_over) => None,
    };
    let ended = match end {
        Some(Ok(Ok(status))) if status.success() => Ok("it has ended well".to_owned()),
        Some(Ok(Ok(status))) => Err(format!("it ended with {status}")),
        Some(Ok(Err(error))) => Err(format!("it could not be read: {error}")),
        Some(Err(_)) => Err(format!("it was ended after {} s: timeout_seconds says how long it may take", run.seconds)),
        None => Err("it was ended, since Quarterdeck was quit while it ran".to_owned()),
    };
    let errors = process.said();
    // One that is over already does not mind.
    process.stop().await;
    (ended, text(&written, left_out, &errors))
}

/// All that was written: standard output, what of it was left out, standard error.
fn text(written: &[u8], left_out: usize, errors: &str) -> String {
    let mut text = String::from_utf8_lossy(written).into_owned();
    if left_out > 0 {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "\n… and {left_out} bytes more");
    }
    if !errors.trim().is_empty() {
        if !text.is_empty() {
            text.push_str("\n── standard error ──\n");
        }
        text.push_str(errors);
    }
    text
}

/// The audit log, as far as it is about these.
#[derive(Clone)]
struct Log {
    audit: Result<Audit, String>,
    clock: Arc<dyn Clock>,
}

impl Log {
    async fn begins(&self, run: &Run) -> Result<(), String> {
        self.write(run, "intended", None).await
    }

    async fn ended(&self, ran: &Ran) -> Result<(), String> {
        let (outcome, fault) = match &ran.ended {
            Ok(_) => ("done", None),
            Err(why) => ("unclear", Some(why.clone())),
        };
        self.write(&ran.run, outcome, fault).await
    }

    async fn write(&self, run: &Run, outcome: &'static str, fault: Option<String>) -> Result<(), String> {
        let audit = self.audit.clone()?;
        let (at, plan) = (self.clock.now(), format!("run {}: {}", run.name, run.line()));
        let environment = run.environment.as_ref().map(ToString::to_string);
        let write = move || {
            let entry = Entry { environment: environment.as_deref(), fault: fault.as_deref(), ..Entry::of(at, outcome, &plan) };
            audit
                .append(&entry)
                .map_err(|error| audit.path().map_or_else(|| error.to_string(), |path| format!("{}: {error}", path.display())))
        };
        // A disk may take its time.
        tokio::task::spawn_blocking(write).await.map_err(|error| error.to_string())?
    }
}
