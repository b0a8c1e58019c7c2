//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;
use quarterdeck::cli::{self, Arguments};

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
    let exit = runtime.block_on(cli::run(arguments));
    // What still reads is not waited for, but let go of.
    runtime.shutdown_timeout(quarterdeck::shell::FAREWELL);
    exit.into()
}
