//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;
use quarterdeck::cli::signals::Signals;
use quarterdeck::cli::{self, Arguments, Exit};

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
        let mut signals = (!arguments.hears_signals()).then(Signals::listen);
        let told = async {
            match &mut signals {
                Some(signals) => signals.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            exit = cli::run(arguments) => exit,
            number = told => Exit::BySignal(number),
        }
    });
    // What still reads is not waited for, but let go of: with it, every process that it has started.
    runtime.shutdown_timeout(quarterdeck::shell::FAREWELL);
    exit.into()
}
