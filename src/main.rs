//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;
use quarterdeck::cli::{self, Arguments};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    quarterdeck::bugs::report_panics(&cli::environment_variable);
    let arguments = Arguments::parse();
    let _log = quarterdeck::log::start(&cli::environment_variable);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::complain(&format!("no threads can be started: {error}"));
            return ExitCode::from(1);
        }
    };
    let exit = runtime.block_on(async {
        let is_told = !arguments.shows_a_screen();
        tokio::select! {
            exit = cli::run(arguments) => exit.into(),
            number = told_to_end(), if is_told => ExitCode::from(BY_SIGNAL + number),
        }
    });
    // What still reads is not waited for, but let go of: with it, every process that it has started.
    runtime.shutdown_timeout(quarterdeck::shell::FAREWELL);
    exit
}

/// What the exit code of a program that a signal has ended begins at, as shells have it.
const BY_SIGNAL: u8 = 128;

/// Waits until somebody wants the program to end; the signal's number. What shows a screen listens itself, since it has
/// to give the terminal back. Without this a signal would end the program at once, and what it has started would go on.
async fn told_to_end() -> u8 {
    let listen = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut told) => told.recv().await,
            // The system's own way of ending it is in force then.
            Err(_) => std::future::pending().await,
        }
    };
    let kind = tokio::select! {
        _ = listen(SignalKind::interrupt()) => SignalKind::interrupt(),
        _ = listen(SignalKind::terminate()) => SignalKind::terminate(),
        _ = listen(SignalKind::hangup()) => SignalKind::hangup(),
    };
    u8::try_from(kind.as_raw_value()).unwrap_or_default()
}
