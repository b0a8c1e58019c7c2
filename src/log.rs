//! The program's own log: off unless `QUARTERDECK_LOG` names a file.
//!
//! It tells of failures in this program, never of secrets: other crates speak
//! only of warnings.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// What is logged: other crates' own words may hold what the outside sent, so only their warnings are.
const FILTER: &str = "warn,quarterdeck=debug";

/// Starts the log; what it holds back is written when the guard is dropped.
#[must_use]
pub fn start(env: &dyn Fn(&str) -> Option<String>) -> Option<WorkerGuard> {
    let path = env("QUARTERDECK_LOG").filter(|path| !path.is_empty())?;
    let file = match OpenOptions::new().create(true).append(true).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(error) => {
            crate::cli::complain(&format!("QUARTERDECK_LOG names {path}, which cannot be written: {error}; going on without a log"));
            return None;
        }
    };
    let (writer, guard) = tracing_appender::non_blocking(file);
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(EnvFilter::new(FILTER)).finish();
    // A second log in one process: the first stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Some(guard)
}
