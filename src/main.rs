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
        // Listened to before anything is started.
        let told = (!arguments.shows_a_screen()).then(told_to_end);
        let told = async {
            match told {
                Some(told) => told.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            exit = cli::run(arguments) => exit.into(),
            number = told => ExitCode::from(BY_SIGNAL + number),
        }
    });
    // What still reads is not waited for, but let go of: with it, every process that it has started.
    runtime.shutdown_timeout(quarterdeck::shell::FAREWELL);
    exit
}

/// What the exit code of a program that a signal has ended begins at, as shells have it.
const BY_SIGNAL: u8 = 128;

/// Listens to whoever wants the program to end, from now on; the signal's number. What shows a screen listens itself,
/// since it has to give the terminal back. Without this a signal would end the program at once, and what it has started
/// would go on.
fn told_to_end() -> impl Future<Output = u8> {
    let listen = |kind: SignalKind| {
        let listening = signal(kind);
        async move {
            match listening {
                Ok(mut told) => told.recv().await,
                // The system's own way of ending it is in force then.
                Err(_) => std::future::pending().await,
            };
            u8::try_from(kind.as_raw_value()).unwrap_or_default()
        }
    };
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [interrupt, terminate, hang_up] = kinds.map(listen);
    async {
        tokio::select! {
            number = interrupt => number,
            number = terminate => number,
            number = hang_up => number,
        }
    }
}
