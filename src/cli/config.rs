//! `quarterdeck config`: look at the configuration.

use clap::Subcommand;

use super::{Common, Exit, answer, complain, environment_variable};

/// What to do with the configuration.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Say every mistake in the file at once, or that there is none.
    Check,
    /// Print a file with every key, its default and what it means.
    Example,
}

/// Runs `quarterdeck config`.
#[must_use]
pub fn run(common: &Common, command: &Command) -> Exit {
    match command {
        Command::Example => said(crate::config::DEFAULT),
        Command::Check => match crate::config::check(&common.place(), &environment_variable) {
            Ok(summary) => said(&format!("{summary}\n")),
            Err(error) => {
                complain(&error);
                Exit::Usage
            }
        },
    }
}

fn said(text: &str) -> Exit {
    if answer(text) { Exit::Complete } else { Exit::Failed }
}
