//! The program's own log: off unless `QUARTERDECK_LOG` names a file.
//!
//! It tells of failures in this program, never of secrets: other crates speak
//! only of warnings.

use std::fs::OpenOptions;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// What is logged where `QUARTERDECK_LOG_FILTER` says nothing.
const FILTER: &str = "warn,quarterdeck=debug";

/// Starts the log; what it holds back is written when the guard is dropped.
#[must_use]
pub fn start(env: &dyn Fn(&str) -> Option<String>) -> Option<WorkerGuard> {
    let path = env("QUARTERDECK_LOG").filter(|path| !path.is_empty())?;
    let file = match OpenOptions::new().create(true).append(true).open(&path) {
        Ok(file) => file,
        Err(error) => {
            crate::cli::complain(&format!("QUARTERDECK_LOG names {path}, which cannot be written: {error}; going on without a log"));
            return None;
        }
    };
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = env("QUARTERDECK_LOG_FILTER").and_then(|text| EnvFilter::try_new(text).ok()).unwrap_or_else(|| EnvFilter::new(FILTER));
    let subscriber = tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).finish();
    // A second log in one process: the first stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Some(guard)
}
