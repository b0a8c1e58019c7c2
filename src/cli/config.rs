//! `quarterdeck config`: look at the configuration.

use clap::Subcommand;

use super::{Common, Exit, complain, environment_variable};

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
#[expect(clippy::print_stdout, reason = "the answer goes to standard output")]
pub fn run(common: &Common, command: &Command) -> Exit {
    match command {
        Command::Example => {
            print!("{}", crate::config::DEFAULT);
            Exit::Complete
        }
        Command::Check => match crate::config::check(&common.place(), &environment_variable) {
            Ok(summary) => {
                println!("{summary}");
                Exit::Complete
            }
            Err(error) => {
                complain(&error);
                Exit::Usage
            }
        },
    }
}
